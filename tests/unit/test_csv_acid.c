/* The public acid tests of ../shared/data/csv, and what --strict refuses. */
#include "csv_reader.h"
#include "document.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

typedef struct expected {
    const char *file;
    const rv_node *rows; /* of objects or of arrays; a lone object is one row */
    uint64_t seen;
    const rv_table_info *info;
    const char *except; /* a column whose expected value is known to be wrong */
    bool without_cr;    /* its JSON speaks of CRs that its CSV has lost */
} expected;

static const rv_node *row_of(const expected *e, uint64_t index) {
    if (rv_node_kind_of(e->rows) == RV_NODE_MAPPING) return index == 0 ? e->rows : NULL;
    bool arrays = rv_node_size(e->rows) && rv_node_kind_of(rv_node_item(e->rows, 0)) == RV_NODE_SEQUENCE;
    index += arrays; /* the first array is the header */
    return index < rv_node_size(e->rows) ? rv_node_item(e->rows, index) : NULL;
}

static rv_status compare(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    expected *e = ctx;
    cr_assert_eq(block->n_rejects, 0, "%s: rejects a line as %s", e->file,
                 block->n_rejects ? block->rejects[0].reason : "");
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        const rv_node *row = row_of(e, e->seen++);
        cr_assert(row, "%s: row %llu is one too many", e->file, (unsigned long long)e->seen);
        cr_assert_eq(rv_node_size(row), block->batch.columns, "%s", e->file);
        for (uint32_t c = 0; c < block->batch.columns; c++) {
            bool object = rv_node_kind_of(row) == RV_NODE_MAPPING;
            if (object) cr_assert(rv_text_is(e->info->names[c], rv_node_key(row, c)), "%s: column %u", e->file, c);
            if (object && e->except && strcmp(e->except, rv_node_key(row, c)) == 0) continue;
            const char *value = rv_node_string(object ? rv_node_value(row, c) : rv_node_item(row, c));
            rv_text cell = rv_batch_cell(&block->batch, r, c);
            char plain[256];
            if (e->without_cr) {
                size_t n = 0;
                for (const char *p = value; *p && n + 1 < sizeof plain; p++)
                    if (*p != '\r') plain[n++] = *p;
                plain[n] = 0;
                value = plain;
            }
            cr_assert(rv_text_is(cell, value), "%s: row %llu column %u is '%.*s', not '%s'", e->file,
                      (unsigned long long)e->seen, c, (int)cell.len, cell.ptr, value);
        }
    }
    return RV_OK;
}

static void read_as(const char *csv_path, const char *json_path, const char *except) {
    rv_document *document;
    rv_error err = {0};
    cr_assert_eq(rv_document_open(json_path, &document, &err), RV_OK, "%s: %s", json_path, err.message);
    rv_dialect dialect = {.header = RV_YES};
    rv_table *csv;
    cr_assert_eq(rv_table_open(csv_path, &dialect, &csv, &err), RV_OK, "%s: %s", csv_path, err.message);
    expected e = {csv_path, rv_document_root(document),
                  0,        rv_table_describe(csv),
                  except,   strstr(csv_path, "newlines_crlf") != NULL};
    if (rv_node_kind_of(e.rows) == RV_NODE_SEQUENCE && rv_node_size(e.rows) &&
        rv_node_kind_of(rv_node_item(e.rows, 0)) == RV_NODE_SEQUENCE) {
        const rv_node *header = rv_node_item(e.rows, 0);
        cr_assert_eq(rv_node_size(header), e.info->columns, "%s", csv_path);
        for (uint32_t c = 0; c < e.info->columns; c++)
            cr_assert(rv_text_is(e.info->names[c], rv_node_string(rv_node_item(header, c))));
    }
    rv_table_visitor visitor = {.consume = compare, .ctx = &e};
    cr_assert_eq(rv_table_each(csv, 2, &visitor, &err), RV_OK, "%s", err.message);
    cr_assert_null(row_of(&e, e.seen), "%s: rows are missing after %llu", csv_path, (unsigned long long)e.seen);
    rv_table_close(csv);
    rv_document_close(document);
}

static bool public_file(const char *folder, const char *name, const char *suffix, char *out) {
    char relative[256];
    snprintf(relative, sizeof relative, "csv/%s/%s%s", folder, name, suffix);
    return shared_data(relative, out, 512);
}

Test(csv_acid, csv_spectrum_reads_as_its_json_says) {
    static const char *const names[] = {"comma_in_quotes", "empty",         "empty_crlf",
                                        "escaped_quotes",  "json",          "location_coordinates",
                                        "newlines",        "newlines_crlf", "quotes_and_newlines",
                                        "simple",          "simple_crlf",   "utf8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char csv[512], json[512];
        if (!public_file("csv-spectrum/csvs", names[i], ".csv", csv) ||
            !public_file("csv-spectrum/json", names[i], ".json", json))
            cr_skip_test("../shared/data is not here");
        /* its JSON has another phone number than its CSV */
        read_as(csv, json, strcmp(names[i], "location_coordinates") == 0 ? "Contact Phone Number" : NULL);
    }
}

static const char *const test_data[] = {"all-empty",
                                        "empty-field",
                                        "empty-one-column",
                                        "header-no-rows",
                                        "header-simple",
                                        "leading-space",
                                        "one-column",
                                        "quotes-empty",
                                        "quotes-with-comma",
                                        "quotes-with-escaped-quote",
                                        "quotes-with-newline",
                                        "quotes-with-space",
                                        "simple-crlf",
                                        "simple-lf",
                                        "trailing-newline-one-field",
                                        "trailing-newline",
                                        "trailing-space",
                                        "utf8"};

Test(csv_acid, csv_test_data_reads_as_its_json_says) {
    for (size_t i = 0; i < sizeof test_data / sizeof *test_data; i++) {
        char csv[512], json[512];
        if (!public_file("csv-test-data/csv", test_data[i], ".csv", csv) ||
            !public_file("csv-test-data/json", test_data[i], ".json", json))
            cr_skip_test("../shared/data is not here");
        read_as(csv, json, NULL);
    }
}

static rv_status read_strictly(const char *path, rv_error *err) {
    rv_dialect dialect = {.strict = true, .header = RV_YES};
    rv_table *csv;
    RV_TRY(rv_table_open(path, &dialect, &csv, err));
    rv_table_visitor visitor = {0};
    rv_status status = rv_table_each(csv, 2, &visitor, err);
    rv_table_close(csv);
    return status;
}

Test(csv_acid, strict_takes_every_good_file_and_refuses_every_bad_one_with_line_and_column) {
    static const struct {
        const char *name;
        uint64_t line, column;
    } bad[] = {
        {"bad-header-less-fields", 2, 4}, {"bad-header-more-fields", 2, 7},           {"bad-header-no-header", 1, 1},
        {"bad-missing-quote", 2, 3},      {"bad-quotes-with-unescaped-quote", 2, 18}, {"bad-unescaped-quote", 2, 8}};
    char path[512];
    rv_error err = {0};
    for (size_t i = 0; i < sizeof test_data / sizeof *test_data; i++) {
        if (!public_file("csv-test-data/csv", test_data[i], ".csv", path)) cr_skip_test("../shared/data is not here");
        cr_assert_eq(read_strictly(path, &err), RV_OK, "%s: %s", test_data[i], err.message);
    }
    cr_assert(public_file("csv-test-data/csv", "bad-header-wrong-header", ".csv", path));
    cr_assert_eq(read_strictly(path, &err), RV_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert(public_file("csv-test-data/csv", bad[i].name, ".csv", path));
        err = (rv_error){0};
        cr_assert_eq(read_strictly(path, &err), RV_BAD_INPUT, "%s", bad[i].name);
        cr_assert(err.line == bad[i].line && err.column == bad[i].column, "%s: %llu:%llu %s", bad[i].name,
                  (unsigned long long)err.line, (unsigned long long)err.column, err.message);
        cr_assert_str_eq(err.file, path);
    }
}

/* --- Files without JSON, whose reading follows from the rules ---------------------------------------------------- */

typedef struct tally {
    uint64_t rows, rejects, last_line;
    const char *reason;
    char cell[64]; /* row, column wanted, and its text */
    uint64_t row;
    uint32_t column;
} tally;

static rv_status count(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    tally *t = ctx;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        t->last_line = block->batch.lines[r];
        if (t->rows++ == t->row) {
            rv_text cell = rv_batch_cell(&block->batch, r, t->column);
            snprintf(t->cell, sizeof t->cell, "%.*s", (int)cell.len, cell.ptr);
        }
    }
    t->rejects += block->n_rejects;
    if (block->n_rejects) t->reason = block->rejects[0].reason;
    return RV_OK;
}

static tally read_file(const char *relative, char separator, uint32_t columns, rv_encoding encoding, uint64_t row,
                       uint32_t column) {
    char path[512];
    if (!shared_data(relative, path, sizeof path)) cr_skip_test("../shared/data is not here");
    tally t = {.row = row, .column = column};
    rv_table *csv;
    rv_error err = {0};
    rv_dialect dialect = {.header = RV_YES};
    cr_assert_eq(rv_table_open(path, &dialect, &csv, &err), RV_OK, "%s: %s", relative, err.message);
    const rv_table_info *info = rv_table_describe(csv);
    cr_assert_eq(info->separator, separator, "%s: separator %c", relative, info->separator);
    cr_assert_eq(info->columns, columns, "%s: %u columns", relative, info->columns);
    cr_assert_eq(info->encoding, encoding, "%s", relative);
    rv_table_visitor visitor = {.consume = count, .ctx = &t};
    cr_assert_eq(rv_table_each(csv, 1, &visitor, &err), RV_OK);
    rv_table_close(csv);
    return t;
}

Test(csv_acid, french_exports_read_in_their_own_dialect) {
    tally t = read_file("csv/fr-synthetic/excel-fr-cp1252-semicolon.csv", ';', 7, RV_CP1252, 1, 1);
    cr_assert(t.rows == 2 && t.rejects == 0);
    cr_assert_str_eq(t.cell, "\xc5\x92uvre");
    t = read_file("csv/fr-synthetic/utf8-bom-quoted-header.csv", ';', 2, RV_UTF8, 0, 1);
    cr_assert(t.rows == 1 && t.rejects == 0);
    cr_assert_str_eq(t.cell, "B");
}

Test(csv_acid, other_files_read_as_the_rules_say) {
    tally t = read_file("csv/zsv/test/embedded.csv", ',', 3, RV_UTF8, 2, 2);
    cr_assert(t.rows == 4 && t.rejects == 0 && t.last_line == 10);
    cr_assert_str_eq(t.cell, "opq df dkfjd f\nrst skdfjksjd f\nuv");
    t = read_file("csv/zsv/test/embedded_dos.csv", ',', 3, RV_UTF8, 0, 0);
    cr_assert(t.rows == 4 && t.rejects == 0 && t.last_line == 10);
    cr_assert_str_eq(t.cell, "d\r\ne\r\nf");
    t = read_file("csv/zsv/test/latin1.csv", ',', 5, RV_CP1252, 0, 1);
    cr_assert(t.rows == 7 && t.rejects == 0);
    cr_assert_str_eq(t.cell, "caf\xc3\xa9");
    t = read_file("csv/zsv/test/quoted3.csv", ',', 2, RV_UTF8, 0, 0);
    cr_assert(t.rows == 0 && t.rejects == 1);
    cr_assert_str_eq(t.reason, "unclosed_quote");
    t = read_file("csv/zsv/test/crlf.txt", '|', 4, RV_CP1252, 1, 0);
    cr_assert(t.rows == 3 && t.rejects == 3, "%llu rows, %llu rejects", (unsigned long long)t.rows,
              (unsigned long long)t.rejects);
    t = read_file("csv/zsv/Excel.tsv", '\t', 2, RV_UTF8, 0, 1);
    cr_assert(t.rows == 2 && t.rejects == 0);
    cr_assert_str_eq(t.cell, "tab\tk");
}

Test(csv_acid, mixed_line_ends_keep_their_line_numbers) {
    tally t = read_file("csv/zsv/test/mixed-line-endings.csv", ',', 3, RV_UTF8, 4, 0);
    cr_assert_str_eq(t.cell, "A3");
    cr_assert_eq(t.rejects, 0);
    cr_assert_eq(t.rows + 1, t.last_line, "every line is a record");
}
