/* Parquet out: what is written is read back value by value, the file is the user's alone, and nothing is left behind. */
#include "csv_writer.h"
#include "parquet_out.h"
#include "random.h"
#include "scratch.h"
#include "table_reader.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

static bool there(void) {
    if (rv_duckdb_version()) return true;
    cr_skip_test("libduckdb isn't there");
    return false;
}

static rv_status gather(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    const rv_batch *batch = &block->batch;
    for (uint32_t r = 0; r < batch->rows; r++) {
        for (uint32_t c = 0; c < batch->columns; c++) {
            rv_text cell = rv_batch_cell(batch, r, c);
            rv_buffer_format(ctx, "%s<%.*s>", cell.len == 0 && cell.flags & RV_TEXT_QUOTED ? "q" : "", (int)cell.len,
                             cell.ptr);
        }
        rv_buffer_byte(ctx, '\n');
    }
    return RV_OK;
}

static char *shown(const char *path) {
    rv_table *table;
    rv_error err = {0};
    cr_assert_eq(rv_table_open(path, NULL, &table, &err), RV_OK, "%s: %s", path, err.message);
    rv_buffer text = {0};
    const rv_table_info *info = rv_table_describe(table);
    for (uint32_t c = 0; c < info->columns; c++)
        rv_buffer_format(&text, "[%.*s]", (int)info->names[c].len, info->names[c].ptr);
    rv_table_visitor visitor = {.consume = gather, .ctx = &text};
    cr_assert_eq(rv_table_each(table, 2, &visitor, &err), RV_OK, "%s", err.message);
    rv_table_close(table);
    return rv_buffer_take(&text, NULL);
}

/* The pieces as one table to `name`. */
static rv_status write_pieces(const char *name, const char *const *pieces, size_t n, rv_error *err) {
    rv_table_out *out;
    RV_TRY(rv_table_out_open(scratch_path(name), false, &out, err));
    rv_status status = RV_OK;
    for (size_t i = 0; i < n && status == RV_OK; i++) {
        rv_buffer buffer = {0};
        rv_buffer_string(&buffer, pieces[i]);
        status = rv_table_out_put(out, &buffer, err);
        rv_buffer_free(&buffer);
    }
    if (status == RV_OK) return rv_table_out_commit(out, err);
    rv_table_out_abort(out);
    return status;
}

Test(parquet_out, what_is_written_is_read_back_value_by_value) {
    static const char *const cells[] = {"",
                                        "\"\"",
                                        "x",
                                        "Zo\xc3\xa9",
                                        "\"a,b\"",
                                        "\"say \"\"hi\"\"\"",
                                        "\"two\nlines\"",
                                        "\"cr\rlf\r\n\"",
                                        "00123",
                                        "NULL",
                                        "'",
                                        "\" x \"",
                                        "a value of more than twelve bytes"};
    if (!there()) return;
    uint64_t seed = 7;
    rv_random random;
    rv_random_init(&random, seed, 0);
    rv_buffer csv = {0};
    rv_buffer_string(&csv, "\"a\"\"b\",it's,\"c,\nd\"\n");
    for (int r = 0; r < 5000; r++)
        for (int c = 0; c < 3; c++) {
            unsigned from = c == 0 ? 2 : 0; /* a line of separators alone is no row to the reader of CSV */
            rv_buffer_string(&csv,
                             cells[from + rv_random_below(&random, (unsigned)(sizeof cells / sizeof *cells) - from)]);
            rv_buffer_byte(&csv, c < 2 ? ',' : '\n');
        }
    char *text = rv_buffer_take(&csv, NULL);
    rv_error err = {0};
    cr_assert_eq(write_pieces("a.csv", (const char *const[]){text}, 1, &err), RV_OK, "%s", err.message);
    cr_assert_eq(write_pieces("a.parquet", (const char *const[]){text}, 1, &err), RV_OK, "%s", err.message);
    struct stat st;
    cr_assert_eq(stat(scratch_path("a.parquet"), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    char *expected = shown(scratch_path("a.csv")), *got = shown(scratch_path("a.parquet"));
    size_t same = 0;
    while (got[same] && got[same] == expected[same]) same++;
    cr_assert_eq(got[same], expected[same], "seed %llu, byte %zu: %.60s, not %.60s", (unsigned long long)seed, same,
                 got + same, expected + same);
    cr_assert_eq(scratch_count(), 2, "something stayed behind");
    rv_free(expected);
    rv_free(got);
    rv_free(text);
}

Test(parquet_out, columns_of_one_name_are_told_apart) {
    if (!there()) return;
    rv_error err = {0};
    const char *const pieces[] = {"a,A,a_1,,a\n", "1,2,3,4,5\n"};
    cr_assert_eq(write_pieces("n.parquet", pieces, 2, &err), RV_OK, "%s", err.message);
    char *got = shown(scratch_path("n.parquet"));
    cr_assert_str_eq(got, "[a][A_1][a_1_1][c4][a_2]<1><2><3><4><5>\n");
    rv_free(got);
}

Test(parquet_out, a_table_without_rows_keeps_its_columns) {
    if (!there()) return;
    rv_error err = {0};
    cr_assert_eq(write_pieces("e.parquet", (const char *const[]){"a,b\n"}, 1, &err), RV_OK, "%s", err.message);
    char *got = shown(scratch_path("e.parquet"));
    cr_assert_str_eq(got, "[a][b]");
    rv_free(got);
}

Test(parquet_out, an_output_given_up_leaves_nothing) {
    if (!there()) return;
    rv_table_out *out;
    rv_buffer buffer = {0};
    rv_error err = {0};
    cr_assert_eq(rv_table_out_open(scratch_path("g.parquet"), false, &out, &err), RV_OK, "%s", err.message);
    rv_buffer_string(&buffer, "a\n1\n");
    cr_assert_eq(rv_table_out_put(out, &buffer, &err), RV_OK);
    rv_table_out_abort(out);
    rv_buffer_free(&buffer);
    cr_assert_eq(write_pieces("r.parquet", (const char *const[]){"a,b\n1\n"}, 1, &err), RV_FAILED, "a ragged row");
    cr_assert_eq(scratch_count(), 0);
}

Test(parquet_out, who_asks_to_stop_gets_no_file) {
    if (!there()) return;
    rv_table_out *out;
    rv_error err = {0};
    const volatile int cancel = 1;
    cr_assert_eq(rv_table_out_open(scratch_path("s.parquet"), false, &out, &err), RV_OK);
    rv_table_out_for_people(out, &(rv_settings){.cancel = &cancel}, 0, 0);
    rv_buffer rows = {0};
    for (int r = 0; r < 20000; r++) rv_buffer_format(&rows, "%d,%d\n", r, r * 7);
    cr_assert_eq(rv_table_out_put(out, &rows, &err), RV_OK);
    rv_buffer_free(&rows);
    cr_expect_eq(rv_table_out_commit(out, &err), RV_INTERRUPTED);
    cr_expect_eq(scratch_count(), 0);
}

#ifdef RV_TESTING
Test(parquet_out, want_of_memory_is_said_and_nothing_leaks) {
    if (!there()) return;
    for (uint64_t n = 1;; n++) {
        rv_error err = {0};
        rv_memory_fail_at(n, false);
        rv_status status = write_pieces("m.parquet", (const char *const[]){"a,b\n1,2\n"}, 1, &err);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            cr_assert_gt(n, 8);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY, "allocation %llu: %s", (unsigned long long)n, err.message);
        cr_assert_eq(scratch_count(), 0);
    }
}
#endif
