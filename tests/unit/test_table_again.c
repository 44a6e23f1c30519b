/* A table's file once more, told as before; and walks that leave most of its rows out. */
#include "csv_reader.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct rows { /* what a walk gave: ids in their order, and the widths */
    unsigned *ids;
    size_t n, asides;
    uint32_t columns;
    uint64_t lines;
} rows;

static rv_status gather(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    rows *r = ctx;
    r->columns = block->batch.columns;
    r->asides += block->tally.asides;
    r->ids = realloc(r->ids, (r->n + block->batch.rows + 1) * sizeof *r->ids);
    cr_assert_not_null(r->ids);
    for (uint32_t i = 0; i < block->batch.rows; i++) {
        char id[16];
        rv_text cell = rv_batch_cell(&block->batch, i, 0);
        snprintf(id, sizeof id, "%.*s", (int)cell.len, cell.ptr ? cell.ptr : "");
        r->ids[r->n++] = (unsigned)strtoul(id, NULL, 10);
        r->lines += block->batch.lines[i];
    }
    return RV_OK;
}

static rows walk(rv_table *table, int threads) {
    rows r = {0};
    rv_table_visitor visitor = {.consume = gather, .ctx = &r};
    cr_assert_eq(rv_table_each(table, threads, &visitor, NULL), RV_OK);
    return r;
}

/* Rows "number,name,text"; with `quotes` some in quotes. */
static const char *numbered(unsigned n, bool quotes, const char *above) {
    char *text = malloc((size_t)n * 80 + 200);
    int at = sprintf(text, "%sid,name,text\n", above);
    for (unsigned i = 1; i <= n; i++)
        at += sprintf(text + at, quotes && i % 3 == 0 ? "%u,name%u,\"a, %0*u\"\n" : "%u,name%u,a %0*u\n", i, i,
                      (int)(1 + i * 7 % 40), i);
    const char *path = scratch_text("numbered.csv", text);
    free(text);
    return path;
}

Test(table_again, the_same_rows_come_again_before_and_after_the_first_walk) {
    const char *path = numbered(3000, true, "a title\n\n");
    rv_table *first, *second, *third;
    cr_assert_eq(rv_table_open(path, NULL, &first, NULL), RV_OK);
    rv_batch peeked;
    cr_assert_eq(rv_table_peek(first, &peeked, NULL), RV_OK);
    cr_assert_eq(rv_table_again(first, path, NULL, &second, NULL), RV_OK);
    rows b = walk(second, 2), a = walk(first, 1);
    cr_assert_eq(rv_table_again(first, path, NULL, &third, NULL), RV_OK);
    rows c = walk(third, 1);
    cr_assert_eq(a.n, 3000);
    cr_expect_eq(a.asides, 1);
    cr_expect_eq(rv_table_describe(second)->header_line, rv_table_describe(first)->header_line);
    for (int i = 0; i < 2; i++) {
        rows *other = i ? &c : &b;
        rv_table_counts theirs = rv_table_counted(i ? third : second), ours = rv_table_counted(first);
        cr_assert_eq(other->n, a.n);
        cr_expect_eq(memcmp(other->ids, a.ids, a.n * sizeof *a.ids), 0);
        cr_expect_eq(other->lines, a.lines);
        cr_expect_eq(other->asides, a.asides);
        cr_expect_eq(theirs.input_hash, ours.input_hash);
        cr_expect_eq(theirs.decoded_bytes, ours.decoded_bytes);
        free(other->ids);
    }
    free(a.ids);
    rv_table_close(third);
    rv_table_close(second);
    rv_table_close(first);
}

Test(table_again, a_file_that_has_changed_its_length_is_looked_at_anew) {
    const char *path = scratch_text("changing.csv", "a,b\n1,2\n");
    rv_table *first, *second;
    cr_assert_eq(rv_table_open(path, NULL, &first, NULL), RV_OK);
    scratch_text("changing.csv", "a;b;c\n1;2;3\n4;5;6\n");
    cr_assert_eq(rv_table_again(first, path, NULL, &second, NULL), RV_OK);
    cr_expect_eq(rv_table_describe(second)->columns, 3);
    rv_table_close(second);
    cr_expect_neq(rv_table_again(first, "no such file", NULL, &second, NULL), RV_OK);
    rv_table_close(first);
}

Test(table_again, other_kinds_of_tables_are_opened_anew) {
    const char *path = scratch_text("rows.jsonl", "{\"id\": 1, \"b\": 2}\n{\"id\": 7, \"b\": 3}\n");
    rv_table *first, *second;
    cr_assert_eq(rv_table_open(path, NULL, &first, NULL), RV_OK);
    cr_assert_eq(rv_table_again(first, path, NULL, &second, NULL), RV_OK);
    cr_expect_not(rv_table_thin(second, 100));
    rows r = walk(second, 1);
    cr_assert_eq(r.n, 2);
    cr_expect_eq(r.ids[1], 7);
    free(r.ids);
    rv_table_close(second);
    rv_table_close(first);
}

#ifdef RV_TESTING
Test(table_again, without_memory_it_fails_cleanly) {
    const char *path = numbered(10, false, "");
    rv_table *first, *second;
    cr_assert_eq(rv_table_open(path, NULL, &first, NULL), RV_OK);
    unsigned failures = 0;
    for (uint64_t at = 1; at < 100; at++) {
        rv_memory_fail_at(at, false);
        rv_status status = rv_table_again(first, path, NULL, &second, NULL);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            rv_table_close(second);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
        failures++;
    }
    cr_expect_gt(failures, 1);
    rv_table_close(first);
}
#endif

/* --- Thin walks -------------------------------------------------------------------------------------------------- */

static void thin_rows_are_some_of_all(bool quotes, int threads) {
    enum { ROWS = 30000, STEP = 700 };
    const char *path = numbered(ROWS, quotes, "");
    rv_table *table, *alone;
    cr_assert_eq(rv_table_open(path, NULL, &table, NULL), RV_OK);
    cr_assert_eq(rv_table_again(table, path, NULL, &alone, NULL), RV_OK);
    cr_assert(rv_table_thin(table, STEP));
    cr_assert(rv_table_thin(alone, STEP));
    rows r = walk(table, threads), same = walk(alone, 1);
    uint64_t bytes = rv_table_counted(table).decoded_bytes;
    cr_expect_eq(bytes, rv_table_describe(table)->stored_bytes);
    cr_expect(r.n > bytes / STEP * 9 / 10 && r.n < bytes / STEP * 11 / 10, "%zu rows of %llu bytes", r.n,
              (unsigned long long)bytes);
    uint64_t quoted = 0;
    for (size_t i = 0; i < r.n; i++) {
        cr_assert(r.ids[i] > (i ? r.ids[i - 1] : 0) && r.ids[i] <= ROWS, "whole rows, in order, none twice");
        quoted += r.ids[i] % 3 == 0;
    }
    cr_expect(quoted > r.n / 4 && quoted < r.n / 2, "rows in quotes are taken as often as others");
    cr_assert_eq(same.n, r.n);
    cr_expect_eq(memcmp(same.ids, r.ids, r.n * sizeof *r.ids), 0, "whatever the threads");
    free(r.ids);
    free(same.ids);
    rv_table_close(alone);
    rv_table_close(table);
}

Test(table_again, a_thin_walk_gives_whole_rows_evenly) { thin_rows_are_some_of_all(false, 1); }
Test(table_again, a_thin_walk_of_quoted_rows) { thin_rows_are_some_of_all(true, 2); }

Test(table_again, strict_reading_is_never_thin) {
    rv_dialect strict = {.strict = true};
    rv_table *table;
    cr_assert_eq(rv_table_open(numbered(10, false, ""), &strict, &table, NULL), RV_OK);
    cr_expect_not(rv_table_thin(table, 100));
    rv_table_close(table);
}

/* Nothing is promised of the rows but their width. */
Test(table_again, a_thin_walk_of_hostile_text_stays_within_it) {
    static const char *const bits[] = {"\"", ",", "\n", "\r\n", "abc", "\"\"", "\",\"", "\"\n", "\n\"", "\xc3\xa9"};
    enum { SEED = 11, ROUNDS = 300, BYTES = 3000 };
    for (unsigned round = 0; round < ROUNDS; round++) {
        rv_random random;
        rv_random_init(&random, SEED, round);
        static char text[BYTES + 64];
        int n = sprintf(text, "a,b,c\n1,2,3\n");
        while (n < BYTES) n += sprintf(text + n, "%s", bits[rv_random_below(&random, sizeof bits / sizeof *bits)]);
        rv_table *table;
        rv_dialect dialect = {.separator = ',', .quote = '"', .header = RV_YES};
        cr_assert_eq(rv_csv_open_sized(scratch_text("hostile.csv", text), &dialect, 1 + rv_random_below(&random, 500),
                                       4000, &table, NULL),
                     RV_OK);
        cr_assert(rv_table_thin(table, 1 + rv_random_below(&random, 200)));
        rows r = walk(table, 1);
        cr_assert(r.n == 0 || r.columns == rv_table_describe(table)->columns, "seed %d, round %u", SEED, round);
        free(r.ids);
        rv_table_close(table);
    }
}

/* --- Trust ------------------------------------------------------------------------------------------------------- */

/* A second walk over letters with accents and quotes, and over rows that no walk may give. */
Test(table_again, what_is_trusted_is_read_as_before) {
    char text[4096], *at = text;
    at += sprintf(at, "id,name,text\n");
    for (int i = 1; i <= 60; i++) at += sprintf(at, i % 9 ? "%d,L\xc3\xa9""a,b\n" : "%d,\"L\xc3\xa9, a\",b\n", i);
    size_t clean = (size_t)(at - text);
    sprintf(at, "61,L\xe9""a,b\n62,c,d\n");
    for (int damaged = 0; damaged < 2; damaged++) {
        text[damaged ? strlen(text) : clean] = 0;
        const char *path = scratch_text("trusted.csv", text);
        rv_dialect dialect = {.encoding = RV_UTF8};
        rv_table *first, *second;
        cr_assert_eq(rv_csv_open_sized(path, &dialect, 300, 4000, &first, NULL), RV_OK);
        cr_assert_eq(rv_table_again(first, path, &dialect, &second, NULL), RV_OK);
        rv_table_trust(first, second); /* not walked yet: nothing is known of it */
        rows b = walk(second, 2);
        rv_table_counts theirs = rv_table_counted(second);
        rv_table_trust(first, second);
        rows a = walk(first, 1);
        rv_table_counts ours = rv_table_counted(first);
        cr_assert_eq(a.n, damaged ? 61u : 60u);
        cr_assert_eq(b.n, a.n);
        cr_expect_eq(memcmp(a.ids, b.ids, a.n * sizeof *a.ids), 0);
        cr_expect_eq(ours.rejected, (uint64_t)damaged);
        cr_expect_eq(theirs.rejected, ours.rejected);
        cr_expect_eq(theirs.input_hash, ours.input_hash);
        free(a.ids);
        free(b.ids);
        rv_table_close(second);
        rv_table_close(first);
        sprintf(at, "61,L\xe9""a,b\n62,c,d\n");
    }
}

static rv_status look_for_quotes(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    unsigned *blocks = ctx;
    bool quotes = false;
    for (uint32_t i = 0; i < block->batch.rows; i++) {
        rv_text record = block->batch.records[i];
        bool holds = memchr(record.ptr, '"', record.len) != NULL;
        cr_assert(!(holds && record.flags & RV_TEXT_UNQUOTED), "a record with a quote says that it has none");
        quotes |= holds;
    }
    cr_assert(!quotes || !block->unquoted, "a block with quotes says that it has none");
    blocks[block->unquoted]++;
    blocks[2] += block->unquoted == quotes; /* in doubt */
    return RV_OK;
}

/* Regular quotes, and such as only the exact reader understands. */
Test(table_again, a_block_without_quotes_knows_it) {
    const char *path = scratch_path("quotes.csv");
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs("id,text\n", f);
    for (int i = 0; i < 400; i++) fprintf(f, i % 97 == 5 ? "%d,\"a\"\n" : i % 97 == 60 ? "%d,5\" of it\n" : "%d,a\n", i);
    cr_assert_eq(fclose(f), 0);
    rv_dialect dialect = {.separator = ',', .quote = '"', .header = RV_YES};
    rv_table *table;
    unsigned blocks[3] = {0};
    rv_table_visitor visitor = {.consume = look_for_quotes, .ctx = blocks};
    cr_assert_eq(rv_csv_open_sized(path, &dialect, 100, 4000, &table, NULL), RV_OK);
    cr_assert_eq(rv_table_each(table, 1, &visitor, NULL), RV_OK);
    cr_expect(blocks[0] >= 8 && blocks[1] > 8, "%u with quotes, %u without", blocks[0], blocks[1]);
    cr_expect_lt(blocks[2], 5, "%u in doubt", blocks[2]);
    rv_table_close(table);
}

/* --- Files that somebody writes to --------------------------------------------------------------------------------- */

static void add_to(const char *path, const char *text) {
    FILE *f = fopen(path, "a");
    cr_assert_not_null(f);
    fputs(text, f);
    cr_assert_eq(fclose(f), 0);
}

Test(table_again, a_file_that_grows_while_it_is_read_is_no_file_to_rely_on) {
    const char *names[] = {"grows.csv", "grows.jsonl"};
    const char *texts[] = {"id,name\n1,a\n2,b\n", "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":\"b\"}\n"};
    for (int i = 0; i < 2; i++) {
        const char *path = scratch_text(names[i], texts[i]);
        rv_table *table;
        rows seen = {0};
        rv_table_visitor visitor = {.consume = gather, .ctx = &seen};
        rv_error err = {0};
        cr_assert_eq(rv_table_open(path, NULL, &table, NULL), RV_OK);
        add_to(path, "3,c\n");
        cr_assert_eq(rv_table_each(table, 2, &visitor, &err), RV_BAD_INPUT);
        cr_assert(strstr(err.message, "changed while it was read"), "%s", err.message);
        cr_assert_eq(err.code, 307);
        rv_table_close(table);
        free(seen.ids);
    }
}

Test(table_again, a_file_put_in_the_place_of_another_disturbs_no_reader) {
    const char *path = scratch_text("there.csv", "id,name\n1,a\n2,b\n"), *other = scratch_path("other.csv");
    char place[256];
    snprintf(place, sizeof place, "%s", path);
    rv_table *table;
    cr_assert_eq(rv_table_open(place, NULL, &table, NULL), RV_OK);
    add_to(other, "id,name\n7,a\n");
    cr_assert_eq(rename(other, place), 0);
    rows seen = walk(table, 1);
    cr_assert_eq(seen.n, 2);
    cr_assert_eq(seen.ids[0], 1);
    rv_table_close(table);
    free(seen.ids);
}
