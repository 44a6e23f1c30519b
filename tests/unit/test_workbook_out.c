/* Workbooks out: what stands in a sheet, what it has no room for, and that a workbook is whole or isn't. Values are held
 * against an independent reader by tests/reference/workbook.py. */
#include "csv_writer.h"
#include "scratch.h"
#include "workbook_out.h"
#include "zip_reader.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool there(void) {
    if (rv_xlsxwriter_version()) return true;
    cr_skip_test("libxlsxwriter isn't there");
    return false;
}

/* The text as one table to `name`; the columns of `own` are reveil's. */
static rv_status write_text(const char *name, const char *text, size_t n, uint64_t own, rv_error *err) {
    rv_table_out *out;
    const rv_settings settings = {.formula_safe = true, .out_dialect = RV_OUT_EXCEL_FR}; /* for CSV only */
    RV_TRY(rv_table_out_open(scratch_path(name), true, &out, err));
    rv_table_out_for_people(out, &settings, 0, own);
    rv_buffer rows = {0};
    rv_buffer_add(&rows, text, n);
    rv_status status = rv_table_out_put(out, &rows, err);
    rv_buffer_free(&rows);
    if (status == RV_OK) return rv_table_out_commit(out, err);
    rv_table_out_abort(out);
    return status;
}

static rv_status gather(void *ctx, const char *bytes, size_t n, rv_error *err) {
    (void)err;
    rv_buffer_add(ctx, bytes, n);
    return RV_OK;
}

/* The XML of the sheet's rows. */
static char *sheet_of(const char *name) {
    size_t n;
    char *archive = scratch_read(scratch_path(name), &n);
    rv_zip_member member;
    cr_assert(rv_zip_find(archive, n, "xl/worksheets/sheet1.xml", &member));
    rv_buffer xml = {0};
    rv_error err = {0};
    cr_assert_eq(rv_zip_read(&member, gather, &xml, &err), RV_OK, "%s", err.message);
    free(archive);
    char *text = rv_buffer_take(&xml, NULL);
    char *data = strstr(text, "<sheetData>"), *end = strstr(text, "</sheetData>");
    cr_assert(data && end);
    *end = 0;
    memmove(text, data + 11, strlen(data + 11) + 1);
    return text;
}

static void expect_rows(const char *csv, uint64_t own, const char *xml) {
    rv_error err = {0};
    cr_assert_eq(write_text("t.xlsx", csv, strlen(csv), own, &err), RV_OK, "%s", err.message);
    char *got = sheet_of("t.xlsx");
    cr_expect_str_eq(got, xml, "%s", csv);
    rv_free(got);
}

#define TEXT(at, text) "<c r=\"" at "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define HEAD "<row r=\"1\"><c r=\"A1\" s=\"1\" t=\"inlineStr\"><is><t>a</t></is></c></row>"

Test(workbook_out, texts_stay_texts_to_the_letter) {
    if (!there()) return;
    expect_rows("a\n0042\n", 0, HEAD "<row r=\"2\">" TEXT("A2", "0042") "</row>");
    expect_rows("a\n12.5\n", 0, HEAD "<row r=\"2\">" TEXT("A2", "12.5") "</row>");
    expect_rows("a\n=1+1\n", 1, HEAD "<row r=\"2\">" TEXT("A2", "=1+1") "</row>");
    expect_rows("a\n\"x, \"\"y\"\"\"\n", 0, HEAD "<row r=\"2\">" TEXT("A2", "x, \"y\"") "</row>");
    expect_rows("a\n<&>\n", 0, HEAD "<row r=\"2\">" TEXT("A2", "&lt;&amp;&gt;") "</row>");
    expect_rows("a\n\"\"\n", 0, HEAD);
}
Test(workbook_out, what_xml_cannot_hold_is_escaped_and_comes_back) {
    if (!there()) return;
    expect_rows("a\nx\001y\n", 0, HEAD "<row r=\"2\">" TEXT("A2", "x_x0001_y") "</row>");
    expect_rows("a\n\"x\r\ny\"\n", 0, HEAD "<row r=\"2\">" TEXT("A2", "x_x000D_\ny") "</row>");
    expect_rows("a\n_x0041_\n", 0, HEAD "<row r=\"2\">" TEXT("A2", "_x005F_x0041_") "</row>");
    expect_rows("a\n_x004_\n", 0, HEAD "<row r=\"2\">" TEXT("A2", "_x004_") "</row>");
    expect_rows("a\nx\xff\xe9y\xef\xbf\xbf\n", 0,
                HEAD "<row r=\"2\">" TEXT("A2", "x\xef\xbf\xbd\xef\xbf\xbdy\xef\xbf\xbd") "</row>");
}
Test(workbook_out, own_numbers_and_dates_are_such) {
    if (!there()) return;
    expect_rows("a\n-0.250000\n", 1, HEAD "<row r=\"2\"><c r=\"A2\"><v>-0.25</v></c></row>");
    expect_rows("a\n2026-11-01\n", 1, HEAD "<row r=\"2\"><c r=\"A2\" s=\"2\"><v>46327</v></c></row>");
    expect_rows("a\n1900-03-01\n", 1, HEAD "<row r=\"2\"><c r=\"A2\" s=\"2\"><v>61</v></c></row>");
    expect_rows("a\n1900-02-28\n", 1, HEAD "<row r=\"2\">" TEXT("A2", "1900-02-28") "</row>");
    expect_rows("a\n2026-02-30\n", 1, HEAD "<row r=\"2\">" TEXT("A2", "2026-02-30") "</row>");
    expect_rows("a\n012\n", 1, HEAD "<row r=\"2\">" TEXT("A2", "012") "</row>");
    expect_rows("a\n123456789012345\n", 1, HEAD "<row r=\"2\"><c r=\"A2\"><v>123456789012345</v></c></row>");
    expect_rows("a\n123456789012345678\n", 1, HEAD "<row r=\"2\">" TEXT("A2", "123456789012345678") "</row>");
}
Test(workbook_out, the_same_table_gives_the_same_bytes_and_only_to_its_owner) {
    if (!there()) return;
    cr_assert_eq(write_text("a.xlsx", "a,b\n1,2\n", 8, 1, NULL), RV_OK);
    cr_assert_eq(write_text("b.xlsx", "a,b\n1,2\n", 8, 1, NULL), RV_OK);
    size_t n, m;
    char *a = scratch_read(scratch_path("a.xlsx"), &n), *b = scratch_read(scratch_path("b.xlsx"), &m);
    cr_assert(n == m && memcmp(a, b, n) == 0);
    struct stat st;
    cr_assert_eq(stat(scratch_path("a.xlsx"), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    cr_assert_eq(scratch_count(), 2);
    free(a), free(b);
}

/* One cell of `units` characters as Excel counts them, each of them `c`. */
static rv_status write_cell(const char *c, uint32_t count, rv_error *err) {
    rv_buffer csv = {0};
    rv_buffer_string(&csv, "a\n\"");
    for (uint32_t i = 0; i < count; i++) rv_buffer_string(&csv, c);
    rv_buffer_string(&csv, "\"\n");
    rv_status status = write_text("c.xlsx", csv.data, csv.len, 0, err);
    rv_buffer_free(&csv);
    return status;
}

Test(workbook_out, a_cell_has_room_for_so_many_characters) {
    if (!there()) return;
    static const struct {
        const char *character;
        uint32_t most;
    } cases[] = {
        {"x", RV_SHEET_CELL}, {"é", RV_SHEET_CELL}, {"\"\"", RV_SHEET_CELL}, {"\xf0\x9f\x98\x80", RV_SHEET_CELL / 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_error err = {0};
        cr_expect_eq(write_cell(cases[i].character, cases[i].most, &err), RV_OK, "%zu: %s", i, err.message);
        cr_expect_eq(write_cell(cases[i].character, cases[i].most + 1, &err), RV_BAD_ARGUMENT, "%zu", i);
        cr_expect(strstr(err.message, "row 2, column 1: a text of 32768 characters"), "%s", err.message);
    }
}
Test(workbook_out, a_sheet_has_room_for_so_many_columns) {
    if (!there()) return;
    rv_buffer csv = {0};
    for (uint32_t c = 0; c < RV_SHEET_COLUMNS; c++) rv_buffer_string(&csv, c ? ",x" : "x");
    rv_buffer_byte(&csv, '\n');
    cr_expect_eq(write_text("w.xlsx", csv.data, csv.len, 0, NULL), RV_OK);
    csv.len--;
    rv_buffer_string(&csv, ",x\n");
    rv_error err = {0};
    cr_expect_eq(write_text("w.xlsx", csv.data, csv.len, 0, &err), RV_BAD_ARGUMENT);
    cr_expect(strstr(err.message, "room for 16384 columns"), "%s", err.message);
    rv_buffer_free(&csv);
}
Test(workbook_out, a_sheet_has_room_for_so_many_rows_and_says_so_at_once) {
    if (!there()) return;
    rv_table_out *out;
    rv_error err = {0};
    cr_assert_eq(rv_table_out_open(scratch_path("r.xlsx"), true, &out, &err), RV_OK);
    rv_buffer rows = {0};
    for (uint32_t r = 0; r < RV_SHEET_ROWS / 16; r++) rv_buffer_string(&rows, "x\n");
    for (int i = 0; i < 16; i++) cr_assert_eq(rv_table_out_append(out, &rows, &err), RV_OK, "%s", err.message);
    rows.len = 2;
    cr_expect_eq(rv_table_out_append(out, &rows, &err), RV_BAD_ARGUMENT);
    cr_expect(strstr(err.message, "room for 1048576 rows"), "%s", err.message);
    rv_buffer_free(&rows);
    rv_table_out_abort(out);
    cr_expect_eq(scratch_count(), 0);
}
Test(workbook_out, who_asks_to_stop_gets_no_workbook) {
    if (!there()) return;
    rv_table_out *out;
    rv_error err = {0};
    const volatile int cancel = 1;
    cr_assert_eq(rv_table_out_open(scratch_path("s.xlsx"), true, &out, &err), RV_OK);
    rv_table_out_for_people(out, &(rv_settings){.cancel = &cancel}, 0, 0);
    rv_buffer rows = {0};
    for (int r = 0; r < 5000; r++) rv_buffer_string(&rows, "x\n");
    cr_assert_eq(rv_table_out_put(out, &rows, &err), RV_OK);
    rv_buffer_free(&rows);
    cr_expect_eq(rv_table_out_commit(out, &err), RV_INTERRUPTED);
    cr_expect_eq(scratch_count(), 0);
}

/* --- Zip archives ------------------------------------------------------------------------------------------------ */

static rv_status take(const char *archive, size_t n, rv_buffer *out, bool *found) {
    rv_zip_member member;
    out->len = 0;
    *found = rv_zip_find(archive, n, "xl/worksheets/sheet1.xml", &member);
    return *found ? rv_zip_read(&member, gather, out, NULL) : RV_OK;
}

Test(zip_reader, a_changed_or_missing_byte_never_gives_other_contents) {
    if (!there()) return;
    cr_assert_eq(write_text("z.xlsx", "a,b\n1,2\n", 8, 1, NULL), RV_OK);
    size_t n;
    char *archive = scratch_read(scratch_path("z.xlsx"), &n);
    rv_buffer whole = {0}, got = {0};
    bool found;
    cr_assert_eq(take(archive, n, &whole, &found), RV_OK);
    cr_assert(found);
    for (size_t i = 0; i < n; i++) {
        archive[i] = (char)(archive[i] ^ 1 << i % 8);
        rv_status status = take(archive, n, &got, &found);
        if (status == RV_OK && found)
            cr_assert(got.len == whole.len && memcmp(got.data, whole.data, got.len) == 0, "byte %zu", i);
        archive[i] = (char)(archive[i] ^ 1 << i % 8);
    }
    for (size_t cut = 0; cut < n; cut++) {
        char *part = malloc(cut + 1); /* of this very size, for the sanitizer */
        memcpy(part, archive, cut);
        cr_assert(!rv_zip_find(part, cut, "xl/worksheets/sheet1.xml", &(rv_zip_member){0}), "cut at %zu", cut);
        free(part);
    }
    rv_buffer_free(&whole);
    rv_buffer_free(&got);
    free(archive);
}

#ifdef RV_TESTING
Test(workbook_out, want_of_memory_is_said_and_nothing_leaks) {
    if (!there()) return;
    for (uint64_t k = 1;; k++) {
        rv_error err = {0};
        rv_memory_fail_at(k, false);
        rv_status status = write_text("m.xlsx", "a,b\n1,\"x\"\"y\"\n", 14, 1, &err);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            cr_assert_gt(k, 8);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY, "allocation %llu: %s", (unsigned long long)k, err.message);
        cr_assert_eq(scratch_count(), 0);
    }
}
#endif
