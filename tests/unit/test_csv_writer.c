/* What is written is quoted only where needed, and reads back as it was. */
#include "csv_reader.h"
#include "csv_writer.h"
#include "parallel.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void expect_cell(const char *bytes, size_t n, uint32_t flags, const char *written) {
    char *exact = malloc(n ? n : 1); /* ASan sees a read beyond the cell */
    memcpy(exact, bytes, n);
    rv_buffer b = {0};
    rv_csv_put(&b, (rv_text){exact, (uint32_t)n, flags});
    cr_assert(b.len == strlen(written) && (b.len == 0 || memcmp(b.data, written, b.len) == 0), "%.*s, not %s",
              (int)b.len, b.data, written);
    rv_buffer_free(&b);
    free(exact);
}
#define CELL(text, written) expect_cell(text, sizeof(text) - 1, 0, written)

Test(csv_writer, quotes_stand_only_where_needed) {
    CELL("plain", "plain");
    CELL("a b", "a b");
    CELL("a,b", "\"a,b\"");
    CELL("say \"hi\"", "\"say \"\"hi\"\"\"");
    CELL("a\nb", "\"a\nb\"");
    CELL("a\rb", "\"a\rb\"");
    CELL(" lead", "\" lead\"");
    CELL("trail ", "\"trail \"");
    CELL("\ttab", "\"\ttab\"");
    CELL("a\tb;c|d", "a\tb;c|d");
    CELL("\xc3\xa9", "\xc3\xa9");
    CELL("\"", "\"\"\"\"");
    expect_cell("", 0, 0, "");
    expect_cell("", 0, RV_TEXT_QUOTED, "\"\"");
    expect_cell("x", 1, RV_TEXT_QUOTED, "x");
}

Test(csv_writer, a_special_byte_is_found_at_every_place_of_every_length) {
    for (size_t n = 1; n < 70; n++)
        for (size_t at = 0; at <= n; at++)
            for (const char *c = ",\"\r\n"; *c; c++) {
                char text[80], expected[160] = "";
                memset(text, 'x', n);
                if (at < n) text[at] = *c;
                text[n] = 0;
                if (at == n) {
                    strcpy(expected, text);
                } else {
                    size_t len = 0;
                    expected[len++] = '"';
                    for (size_t i = 0; i < n; i++) {
                        if (text[i] == '"') expected[len++] = '"';
                        expected[len++] = text[i];
                    }
                    expected[len++] = '"';
                    expected[len] = 0;
                }
                expect_cell(text, n, 0, expected);
            }
}

/* --- Round trip -------------------------------------------------------------------------------------------------- */

enum { ROWS = 3000, COLUMNS = 4 };
typedef struct table {
    rv_arena arena;
    rv_text cells[ROWS * COLUMNS];
    uint32_t next;
} table;

static table *random_table(uint64_t seed) {
    static const char *const bits[] = {
        "\"", ",", "\n", "\r", "\r\n", " ", "\t", "a", "bcdef", "\xc3\xa9", "\xf0\x9f\x98\x8e", "0123456789", "\"\""};
    table *t = calloc(1, sizeof *t);
    for (uint32_t i = 0; i < ROWS * COLUMNS; i++) {
        rv_random random;
        rv_random_init(&random, seed, i);
        char text[200];
        size_t n = 0;
        for (unsigned k = rv_random_below(&random, 8); k > 0; k--) {
            const char *bit = bits[rv_random_below(&random, 13)];
            memcpy(text + n, bit, strlen(bit));
            n += strlen(bit);
        }
        t->cells[i] = rv_arena_copy(&t->arena, text, n);
        if (n == 0 && rv_random_below(&random, 2)) t->cells[i].flags = RV_TEXT_QUOTED;
    }
    return t;
}

static void write_rows(const table *t, uint32_t from, uint32_t to, rv_buffer *b) {
    for (uint32_t r = from; r < to; r++) {
        for (uint32_t c = 0; c < COLUMNS; c++) {
            if (c) rv_csv_comma(b);
            rv_csv_put(b, t->cells[r * COLUMNS + c]);
        }
        rv_csv_end(b);
    }
}

static rv_status compare(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    table *t = ctx;
    cr_assert_eq(block->n_rejects, 0);
    cr_assert_eq(block->irregular, 0);
    cr_assert(block->verbatim);
    for (uint32_t i = 0; i < block->batch.rows * COLUMNS; i++) {
        rv_text found = block->batch.cells[i], expected = t->cells[t->next++];
        cr_assert(rv_text_equal(found, expected), "cell %u is '%.*s', not '%.*s'", t->next, (int)found.len, found.ptr,
                  (int)expected.len, expected.ptr);
        if (expected.len == 0) cr_assert_eq(found.flags, expected.flags, "a quoted nothing comes back quoted");
    }
    return RV_OK;
}

typedef struct job {
    const table *table;
    const rv_table_out *out;
    rv_buffer buffers[6];
} job;
static rv_status fill(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    job *j = ctx;
    if (index == 0) rv_buffer_string(&j->buffers[0], "a,b,c,d\n");
    write_rows(j->table, (uint32_t)index * ROWS / 6, (uint32_t)(index + 1) * ROWS / 6, &j->buffers[index]);
    return rv_table_out_pack(j->out, &j->buffers[index], err);
}

static rv_status write_table(const table *t, const char *path, bool replace, int threads, rv_error *err) {
    rv_table_out *out;
    RV_TRY(rv_table_out_open(path, replace, &out, err));
    job j = {.table = t, .out = out};
    rv_status status = rv_parallel(threads, 6, fill, &j, err);
    for (int i = 0; i < 6; i++) {
        if (status == RV_OK) status = rv_table_out_append(out, &j.buffers[i], err);
        rv_buffer_free(&j.buffers[i]);
    }
    if (status == RV_OK) return rv_table_out_commit(out, err);
    rv_table_out_abort(out);
    return status;
}

static void round_trip(const char *name, const char *compression) {
    table *t = random_table(5);
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path(name));
    rv_error err = {0};
    char *bytes[2];
    size_t n[2];
    for (int threads = 1; threads <= 2; threads++) {
        cr_assert_eq(write_table(t, path, threads == 2, threads, &err), RV_OK, "%s", err.message);
        bytes[threads - 1] = scratch_read(path, &n[threads - 1]);
        rv_table *csv;
        rv_dialect dialect = {.header = RV_YES, .separator = ','};
        cr_assert_eq(rv_csv_open_sized(path, &dialect, 3000, RV_RECORD_LIMIT, &csv, &err), RV_OK, "%s", err.message);
        cr_assert_str_eq(rv_table_describe(csv)->compression, compression);
        t->next = 0;
        rv_table_visitor visitor = {.consume = compare, .ctx = t};
        cr_assert_eq(rv_table_each(csv, threads, &visitor, &err), RV_OK, "%s", err.message);
        cr_assert_eq(t->next, ROWS * COLUMNS);
        rv_table_close(csv);
    }
    cr_assert(n[0] == n[1] && memcmp(bytes[0], bytes[1], n[0]) == 0, "the same bytes on one thread and two");
    cr_assert_eq(write_table(t, path, false, 1, &err), RV_BAD_ARGUMENT, "what exists is kept");
    free(bytes[0]), free(bytes[1]);
    rv_arena_free(&t->arena);
    free(t);
}
Test(csv_writer, random_tables_come_back_plain) { round_trip("t.csv", "none"); }
Test(csv_writer, random_tables_come_back_from_gzip) { round_trip("t.csv.gz", "gzip"); }
Test(csv_writer, random_tables_come_back_from_zstd) { round_trip("t.csv.zst", "zstd"); }

/* --- What fails -------------------------------------------------------------------------------------------------- */

static unsigned writes, fail_at;
static ssize_t full_disk(int fd, const void *buf, size_t n) {
    return ++writes >= fail_at ? (errno = ENOSPC, -1) : write(fd, buf, n);
}

Test(csv_writer, a_full_disk_leaves_nothing_behind) {
    table *t = random_table(6);
    const char *path = scratch_path("full.csv.zst");
    rv_io io = rv_io_system;
    io.write = full_disk;
    for (fail_at = 1; fail_at <= 3; fail_at++) {
        writes = 0;
        rv_io_use(&io);
        rv_error err = {0};
        rv_status status = write_table(t, path, false, 1, &err);
        rv_io_use(NULL);
        if (status == RV_OK) { /* it took fewer writes than that */
            cr_assert(fail_at > 1);
            break;
        }
        cr_assert_eq(status, RV_NO_SPACE, "%s", err.message);
        cr_assert_eq(scratch_count(), 0);
    }
    rv_arena_free(&t->arena);
    free(t);
}

#ifdef RV_TESTING
Test(csv_writer, any_failing_allocation_is_an_error_and_no_leak) {
    table *t = random_table(7);
    static const char *const names[] = {"m.csv", "m.csv.gz", "m.csv.zst"};
    for (int i = 0; i < 3; i++) {
        unsigned failures = 0;
        for (uint64_t k = 1; k < 1000; k++) {
            rv_memory_fail_at(k, k % 2);
            rv_status status = write_table(t, scratch_path(names[i]), false, 1, NULL);
            rv_memory_fail_at(0, false);
            if (status == RV_OK) break;
            cr_assert_eq(status, RV_NO_MEMORY);
            cr_assert_eq(scratch_count(), (size_t)i, "no file, no temporary: %s, allocation %llu, %zu files", names[i],
                         (unsigned long long)k, scratch_count());
            failures++;
        }
        cr_assert(failures > 5);
    }
    rv_arena_free(&t->arena);
    free(t);
}
#endif
