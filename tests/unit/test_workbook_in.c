/* Workbooks in: what a number format makes of a number, whole workbooks against what a person would type off them
 * (tests/data/workbooks), our own read back, and damage that is noticed or makes no difference. */
#include "csv_writer.h"
#include "random.h"
#include "scratch.h"
#include "stream.h"
#include "table_reader.h"
#include "workbook_in.h"
#include "workbook_values.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void shows(const char *code, const char *number, const char *expected) {
    rv_buffer text = {0};
    rv_sheet_number_put(&text, rv_text_of(number), rv_number_format_of(code), false);
    char *got = rv_buffer_take(&text, NULL);
    cr_expect_str_eq(got, expected, "%s as %s", number, code);
    rv_free(got);
}

Test(workbook_values, a_number_is_what_its_format_shows) {
    static const char *const cases[][3] = {
        {"General", "12.5", "12.5"},
        {"General", "0.30000000000000004", "0.3"},
        {"General", "3.3612345678E10", "33612345678"},
        {"General", "1E-3", "0.001"},
        {"General", "12345678901234567890", "1.23456789012346e+19"},
        {"General", "-3", "-3"},
        {"General", "abc", "abc"},
        {"0.00", "12.5", "12.5"},
        {"#,##0.00", "1234567.89", "1234567.89"},
        {"0%", "0.25", "0.25"},
        {"0", "7", "7"},
        {"00000", "1000", "01000"},
        {"00000", "75011", "75011"},
        {"00000", "12.5", "12.5"},
        {"00000", "-1", "-1"},
        {"0#\" \"##\" \"##\" \"##\" \"##", "612345678", "0612345678"},
        {"0#\\ ##\\ ##\\ ##\\ ##", "612345678", "0612345678"},
        {"dd/mm/yyyy", "46327", "2026-11-01"},
        {"[$-40C]d mmmm yyyy;@", "46327", "2026-11-01"},
        {"mmm", "46327", "2026-11-01"},
        {"\"day\" 0", "46327", "46327"},
        {"yyyy-mm-dd", "46327.75", "2026-11-01 18:00:00"},
        {"dd/mm/yyyy hh:mm", "46327", "2026-11-01"},
        {"dd/mm/yyyy hh:mm", "46327.999999", "2026-11-02"},
        {"hh:mm:ss", "0.75", "18:00:00"},
        {"[h]:mm", "1.5", "36:00:00"},
        {"mm:ss", "0.0005", "00:00:43"},
        {"yyyy-mm-dd", "1", "1900-01-01"},
        {"yyyy-mm-dd", "59", "1900-02-28"},
        {"yyyy-mm-dd", "61", "1900-03-01"},
        {"yyyy-mm-dd", "0", "0"},
        {"yyyy-mm-dd", "-1", "-1"},
        {"yyyy-mm-dd", "2958466", "2958466"},
        {"yyyy-mm-dd", "2958465", "9999-12-31"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) shows(cases[i][0], cases[i][1], cases[i][2]);
    rv_buffer text = {0};
    rv_sheet_number_put(&text, RV_TEXT("44865"), rv_number_format_builtin(14), true);
    cr_expect(text.len == 10 && memcmp(text.data, "2026-11-01", 10) == 0);
    rv_buffer_free(&text);
}

/* The stream's bytes; NULL where it can't be opened. */
static char *opened(const char *path, size_t *n, rv_error *err) {
    rv_stream *stream;
    if (rv_stream_open(path, &stream, err) != RV_OK) return NULL;
    const char *bytes = rv_stream_mapped(stream, n);
    cr_assert(bytes && rv_stream_compression(stream) == RV_WORKBOOK);
    char *copy = malloc(*n + 1);
    memcpy(copy, bytes, *n);
    copy[*n] = 0;
    size_t got;
    char head[4];
    cr_expect_eq(rv_stream_read(stream, head, *n < 4 ? *n : 4, &got, err), RV_OK);
    cr_expect(got == (*n < 4 ? *n : 4) && memcmp(head, copy, got) == 0);
    rv_stream_close(stream);
    return copy;
}

static bool reads(rv_error *err) {
    size_t n;
    char *csv = opened(TEST_DATA "/data/workbooks/prefixed.xlsx", &n, err);
    free(csv);
    if (!csv && strstr(err->message, "libexpat")) cr_skip_test("libexpat isn't there");
    return csv != NULL;
}

Test(workbook_in, workbooks_of_others_are_read_as_they_show) {
    static const char *const names[] = {"openpyxl", "prefixed"};
    rv_error err = {0};
    if (!reads(&err)) cr_assert_fail("%s", err.message);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        size_t n, m;
        snprintf(path, sizeof path, TEST_DATA "/data/workbooks/%s.xlsx", names[i]);
        char *got = opened(path, &n, &err);
        cr_assert(got, "%s: %s", path, err.message);
        snprintf(path, sizeof path, TEST_DATA "/data/workbooks/%s.csv", names[i]);
        char *wanted = scratch_read(path, &m);
        cr_assert(wanted, "%s", path);
        cr_expect_str_eq(got, wanted, "%s", names[i]);
        free(got), free(wanted);
    }
}

static void put_random(rv_buffer *csv, rv_random *random) {
    static const char *const pieces[] = {
        "a", "0", "é", "\"", ",", "\n", "\r\n", " ", "_x0041_", "<", "&", "\001", "\xf0\x9f\x98\x80", "="};
    rv_buffer cell = {0};
    for (uint64_t n = rv_random_below(random, 4); n > 0; n--)
        rv_buffer_string(&cell, pieces[rv_random_below(random, sizeof pieces / sizeof *pieces)]);
    rv_csv_put(csv, rv_text_make(cell.data, cell.len));
    rv_buffer_free(&cell);
}

Test(workbook_in, what_is_written_as_a_workbook_is_read_back) {
    rv_error err = {0};
    if (!rv_xlsxwriter_version()) cr_skip_test("libxlsxwriter isn't there");
    if (!rv_xlsxwriter_version() || !reads(&err)) return;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 0);
        uint64_t rows = 1 + rv_random_below(&random, 6), columns = 1 + rv_random_below(&random, 4);
        rv_buffer csv = {0};
        for (uint64_t r = 0; r < rows; r++) {
            for (uint64_t c = 0; c < columns; c++) {
                if (c) rv_csv_comma(&csv);
                if (c + 1 == columns || r == 0) rv_buffer_byte(&csv, 'x'); /* the last column is never empty */
                else put_random(&csv, &random);
            }
            rv_csv_end(&csv);
        }
        char *wanted = malloc(csv.len + 1);
        memcpy(wanted, csv.data, csv.len);
        wanted[csv.len] = 0;
        rv_table_out *out;
        cr_assert_eq(rv_table_out_open(scratch_path("r.xlsx"), true, &out, &err), RV_OK);
        cr_assert_eq(rv_table_out_put(out, &csv, &err), RV_OK);
        cr_assert_eq(rv_table_out_commit(out, &err), RV_OK);
        size_t n;
        char *got = opened(scratch_path("r.xlsx"), &n, &err);
        cr_assert(got, "seed %llu: %s", (unsigned long long)seed, err.message);
        cr_expect(strcmp(got, wanted) == 0, "seed %llu: <%s>, wanted <%s>", (unsigned long long)seed, got, wanted);
        free(got), free(wanted);
        rv_buffer_free(&csv);
    }
}

static rv_status convert(const void *archive, size_t n, char **csv, rv_error *err) {
    rv_workbook_notes notes;
    int fd = memfd_create("test", MFD_CLOEXEC);
    rv_status status = rv_workbook_to_csv(archive, n, fd, &notes, err);
    off_t size = lseek(fd, 0, SEEK_END);
    *csv = calloc(1, (size_t)size + 1);
    cr_assert_eq(pread(fd, *csv, (size_t)size, 0), size);
    close(fd);
    return status;
}

Test(workbook_in, a_changed_byte_is_noticed_or_makes_no_difference) {
    rv_error err = {0};
    if (!reads(&err)) return;
    size_t n, noticed = 0;
    char *archive = scratch_read(TEST_DATA "/data/workbooks/prefixed.xlsx", &n), *whole, *got;
    cr_assert_eq(convert(archive, n, &whole, &err), RV_OK);
    for (size_t i = 0; i < n; i++) {
        archive[i] = (char)(archive[i] ^ 1 << i % 8);
        rv_status status = rv_workbook_begins(archive, n) ? convert(archive, n, &got, &err) : (got = NULL, RV_CORRUPT);
        if (status == RV_OK) cr_expect_str_eq(got, whole, "byte %zu", i);
        else noticed++;
        free(got);
        archive[i] = (char)(archive[i] ^ 1 << i % 8);
    }
    cr_expect_gt(noticed, n / 2);
    free(archive), free(whole);
}

#ifdef RV_TESTING
Test(workbook_in, want_of_memory_is_said_and_nothing_leaks) {
    rv_error err = {0};
    if (!reads(&err)) return;
    size_t n;
    char *archive = scratch_read(TEST_DATA "/data/workbooks/openpyxl.xlsx", &n), *csv;
    for (uint64_t k = 1;; k++) {
        rv_memory_fail_at(k, false);
        rv_status status = convert(archive, n, &csv, &err);
        rv_memory_fail_at(0, false);
        free(csv);
        if (status == RV_OK) {
            cr_assert_gt(k, 8);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY, "allocation %llu: %s", (unsigned long long)k, err.message);
    }
    free(archive);
}
#endif
