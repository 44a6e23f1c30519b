/* Parquet and SQL as tables: the same cells as the CSV of the same table, types as canonical text, faults said. Skipped where
 * libduckdb isn't there (scripts/get_duckdb.sh). */
#include "duckdb_reader.h"
#include "duckdb_library.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static bool there(void) {
    if (rv_duckdb_version()) return true;
    cr_skip_test("libduckdb isn't there");
    return false;
}

typedef struct seen {
    rv_buffer text;
    bool lines; /* with the number of the row */
} seen;

static rv_status gather(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    seen *s = ctx;
    const rv_batch *batch = &block->batch;
    for (uint32_t r = 0; r < batch->rows; r++) {
        if (s->lines) rv_buffer_format(&s->text, "%llu", (unsigned long long)batch->lines[r]);
        for (uint32_t c = 0; c < batch->columns; c++) {
            rv_text cell = rv_batch_cell(batch, r, c);
            rv_buffer_format(&s->text, "%s<%.*s>", cell.len == 0 && cell.flags & RV_TEXT_QUOTED ? "q" : "",
                             (int)cell.len, cell.ptr);
        }
        rv_buffer_byte(&s->text, '\n');
        if (block->verbatim && !memchr(batch->records[r].ptr, '"', batch->records[r].len)) { /* what enrich relies on */
            rv_text record = batch->records[r];
            for (uint32_t c = 0; c < batch->columns; c++) {
                rv_text cell = rv_batch_cell(batch, r, c);
                cr_assert(cell.ptr >= record.ptr && cell.ptr + cell.len <= record.ptr + record.len,
                          "a cell is no view of its record");
            }
        }
    }
    for (size_t i = 0; i < block->n_rejects; i++)
        rv_buffer_format(&s->text, "%llu!%s\n", (unsigned long long)block->rejects[i].line, block->rejects[i].reason);
    return RV_OK;
}

static rv_status read_table(const char *path, bool lines, int threads, char **out, rv_table_counts *counts,
                            rv_error *err) {
    rv_table *table;
    *out = NULL;
    RV_TRY(rv_table_open(path, NULL, &table, err));
    seen s = {.lines = lines};
    const rv_table_info *info = rv_table_describe(table);
    for (uint32_t c = 0; c < info->columns; c++)
        rv_buffer_format(&s.text, "[%.*s]", (int)info->names[c].len, info->names[c].ptr);
    rv_buffer_byte(&s.text, '\n');
    rv_table_visitor visitor = {.consume = gather, .ctx = &s};
    rv_status status = rv_table_each(table, threads, &visitor, err);
    if (counts) *counts = rv_table_counted(table);
    rv_table_close(table);
    *out = rv_buffer_take(&s.text, NULL);
    return status;
}

static void reads(const char *path, const char *expected) {
    char *shown;
    rv_error err = {0};
    cr_assert_eq(read_table(path, true, 2, &shown, NULL, &err), RV_OK, "%s: %s", path, err.message);
    cr_assert_str_eq(shown, expected, "%s", path);
    rv_free(shown);
}

Test(duckdb_reader, each_type_has_its_canonical_text) {
    static const char *const cases[][2] = {
        {"'x'", "x"},
        {"''", "q"},
        {"NULL", ""},
        {"CAST(NULL AS INTEGER)", ""},
        {"-5::TINYINT", "-5"},
        {"18446744073709551615::UBIGINT", "18446744073709551615"},
        {"170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"},
        {"1.50::DECIMAL(9,2)", "1.50"},
        {"0.1::DOUBLE", "0.1"},
        {"1e300::DOUBLE", "1e+300"},
        {"2::DOUBLE", "2.0"},
        {"pow(2::DOUBLE, 81)", "2.4178516392292583e+24"},
        {"pow(2::DOUBLE, 91)", "2.4758800785707605e+27"},
        {"-pow(2::DOUBLE, 807)", "-8.5350584740862135e+242"},
        {"'nan'::DOUBLE", "nan"},
        {"'-inf'::DOUBLE", "-inf"},
        {"NULL::DOUBLE", ""},
        {"0.1::FLOAT", "0.1"},
        {"(1/3)::DOUBLE", "0.3333333333333333"},
        {"DATE '2026-02-03'", "2026-02-03"},
        {"TIMESTAMP '2026-02-03 04:05:06'", "2026-02-03 04:05:06"},
        {"TIMESTAMP '2026-02-03 04:05:06.789'", "2026-02-03 04:05:06.789"},
        {"TIMESTAMPTZ '2026-02-03 04:05:06+02'", "2026-02-03 02:05:06+00"},
        {"TIME '04:05:06'", "04:05:06"},
        {"true", "true"},
        {"[1, NULL, 3]", "[1,null,3]"},
        {"{'a': 'x', 'b': [1.5]}", "{\"a\":\"x\",\"b\":[1.5]}"},
        {"MAP {'k': 1}", "{\"k\":1}"},
        {"CAST(NULL AS INTEGER[])", ""},
        {"encode('Zo\xc3\xa9')", "Zo\xc3\xa9"},
        {"'\\xFF'::BLOB", "\\xFF"},
        {"'a'::ENUM('a','b')", "a"},
        {"'00000000-0000-0000-0000-00000000000f'::UUID", "00000000-0000-0000-0000-00000000000f"},
    };
    if (!there()) return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[200], expected[200];
        snprintf(path, sizeof path, "duckdb:SELECT %s AS v, 1 AS one", cases[i][0]);
        bool quoted = strcmp(cases[i][1], "q") == 0;
        snprintf(expected, sizeof expected, "[v][one]\n1%s<%s><1>\n", quoted ? "q" : "", quoted ? "" : cases[i][1]);
        reads(path, expected);
    }
}

Test(duckdb_reader, a_query_may_have_statements_before_it_and_comments_anywhere) {
    if (!there()) return;
    reads("duckdb:SELECT 1 AS a;", "[a]\n1<1>\n");
    reads("duckdb: CREATE TABLE t AS SELECT ';' AS a; -- one; two\n INSERT INTO t VALUES ('x'';y'); FROM t; /* ; */ -- "
          "end",
          "[a]\n1<;>\n2<x';y>\n");
    reads("duckdb:SELECT 1 AS \"a;b\", 2 AS a, 3 AS a", "[a;b][a][a_1]\n1<1><2><3>\n");
    reads("duckdb:SELECT x FROM (VALUES (3), (1), (2)) v(x) ORDER BY x DESC", "[x]\n1<3>\n2<2>\n3<1>\n");
}

Test(duckdb_reader, faults_are_told_with_the_librarys_words) {
    if (!there()) return;
    static const char *const bad[] = {"duckdb:", "duckdb:SELEC 1", "duckdb:SELECT * FROM no_such_table",
                                      "duckdb:SELECT 1/0; nonsense"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *shown;
        rv_error err = {0};
        cr_assert_eq(read_table(bad[i], false, 1, &shown, NULL, &err), RV_BAD_INPUT, "%s", bad[i]);
        cr_assert(strstr(err.message, "libduckdb says: ") && !strchr(err.message, '\n'), "%s", err.message);
    }
    char *shown;
    rv_error err = {0};
    cr_assert_eq(
        read_table("duckdb:SELECT CASE WHEN x < 9000 THEN x::INT ELSE ('z' || x)::INT END AS v FROM range(10000) t(x)",
                   false, 1, &shown, NULL, &err),
        RV_BAD_INPUT, "a fault half-way");
    cr_assert(strstr(err.message, "libduckdb says: ") && strstr(err.message, "'a9999'") && !strstr(err.message, "z9"),
              "%s", err.message);
    rv_free(shown);
}

Test(duckdb_reader, want_of_memory_or_room_is_no_fault_of_the_input) {
    rv_error err = {0};
    cr_expect_eq(rv_duck_fail(&err, "Out of Memory Error: Allocation failure"), RV_NO_MEMORY);
    cr_expect_eq(err.status, RV_NO_MEMORY);
    cr_expect_eq(rv_duck_fail(&err, "IO Error: Could not write: No space left on device"), RV_NO_SPACE);
    cr_expect_eq(rv_duck_fail(&err, "IO Error: No files found"), RV_BAD_INPUT);
    cr_expect_eq(rv_duck_fail(&err, NULL), RV_BAD_INPUT);
}

Test(duckdb_reader, a_zero_byte_is_a_reject) {
    if (!there()) return;
    reads("duckdb:SELECT CASE x WHEN 2 THEN 'b' || chr(0) ELSE 'a' END AS v FROM range(1, 4) t(x)",
          "[v]\n1<a>\n3<a>\n2!nul_byte\n");
}

/* --- Parquet beside CSV ------------------------------------------------------------------------------------------ */

static void random_cell(rv_random *random, rv_buffer *csv) {
    static const char *const cells[] = {"",
                                        "\"\"",
                                        "x",
                                        "Zo\xc3\xa9",
                                        "\"a,b\"",
                                        "\"say \"\"hi\"\"\"",
                                        "\"two\nlines\"",
                                        "00123",
                                        "1.50",
                                        "NULL",
                                        "a value of more than twelve bytes",
                                        "\" blank\""};
    rv_buffer_string(csv, cells[rv_random_below(random, sizeof cells / sizeof *cells)]);
}

Test(duckdb_reader, parquet_reads_as_the_csv_it_was_made_of_whatever_the_threads) {
    if (!there()) return;
    uint64_t seed = 4;
    rv_random random;
    rv_random_init(&random, seed, 0);
    rv_buffer csv = {0};
    rv_buffer_string(&csv, "a,b,c\n");
    enum { ROWS = 7000 };
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < 3; c++) {
            if (c) rv_buffer_byte(&csv, ',');
            if (c == 0) rv_buffer_byte(&csv, 'r'); /* a line of separators alone is no row to the reader of CSV */
            else random_cell(&random, &csv);
        }
        rv_buffer_byte(&csv, '\n');
    }
    const char *path = scratch_file("t.csv", csv.data, csv.len);
    rv_buffer_free(&csv);
    rv_duck duck = {0};
    rv_error err = {0};
    cr_assert_eq(rv_duck_open(&duck, &err), RV_OK, "%s", err.message);
    char sql[600];
    snprintf(sql, sizeof sql,
             "COPY (FROM read_csv('%s', all_varchar=true, header=true, delim=',', quote='\"', escape='\"', nullstr='', "
             "allow_quoted_nulls=false)) TO '%s' (FORMAT parquet, ROW_GROUP_SIZE 2048)",
             path, scratch_path("it's.parquet"));
    char *quote = strstr(sql, "it's");
    memmove(quote + 3, quote + 2, strlen(quote + 2) + 1);
    cr_assert_eq(rv_duck_do(&duck, sql, &err), RV_OK, "%s", err.message);
    rv_duck_close(&duck);
    char *expected, *shown;
    rv_table_counts counts = {0}, again = {0};
    cr_assert_eq(read_table(path, false, 1, &expected, NULL, &err), RV_OK, "%s", err.message);
    for (int threads = 1; threads <= 3; threads++) {
        cr_assert_eq(
            read_table(scratch_path("it's.parquet"), false, threads, &shown, threads == 1 ? &counts : &again, &err),
            RV_OK, "%s", err.message);
        cr_assert_str_eq(shown, expected, "seed %llu", (unsigned long long)seed);
        rv_free(shown);
    }
    cr_assert_eq(counts.rows, ROWS);
    cr_assert_eq(counts.input_hash, again.input_hash);
    cr_assert_eq(counts.decoded_bytes, again.decoded_bytes);
    rv_free(expected);
}

Test(duckdb_reader, a_damaged_parquet_file_is_refused) {
    if (!there()) return;
    rv_duck duck = {0};
    rv_error err = {0};
    cr_assert_eq(rv_duck_open(&duck, &err), RV_OK);
    char sql[300];
    snprintf(sql, sizeof sql, "COPY (SELECT range AS a FROM range(5000)) TO '%s'", scratch_path("d.parquet"));
    cr_assert_eq(rv_duck_do(&duck, sql, &err), RV_OK, "%s", err.message);
    rv_duck_close(&duck);
    size_t n;
    char *bytes = scratch_read(scratch_path("d.parquet"), &n);
    memset(bytes + n - 60, 0xff, 40);
    char *shown;
    cr_assert_neq(read_table(scratch_file("d.parquet", bytes, n), false, 1, &shown, NULL, &err), RV_OK);
    cr_assert(strstr(err.file, "d.parquet"));
    rv_free(shown);
    cr_assert_neq(read_table(scratch_file("cut.parquet", bytes, n / 2), false, 1, &shown, NULL, &err), RV_OK);
    cr_assert(strstr(err.message, "a Parquet file"), "%s", err.message);
    free(bytes);
}

#ifdef RV_TESTING
Test(duckdb_reader, want_of_memory_is_said_and_nothing_leaks) {
    if (!there()) return;
    for (uint64_t n = 1;; n++) {
        char *shown = NULL;
        rv_error err = {0};
        rv_memory_fail_at(n, false);
        rv_status status = read_table("duckdb:SELECT 1; SELECT 'x' AS a, 'y,' AS b", false, 1, &shown, NULL, &err);
        rv_memory_fail_at(0, false);
        rv_free(shown);
        if (status == RV_OK) {
            cr_assert_gt(n, 8);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY, "allocation %llu: %s", (unsigned long long)n, err.message);
    }
}
#endif
