/* JSON Lines read as the table they were written from, whatever the spelling; rejects with line and raw text; limits. */
#include "json_lines.h"
#include "json_scan.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static rv_status gather(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    rv_buffer *b = ctx;
    const rv_batch *batch = &block->batch;
    size_t reject = 0;
    for (uint32_t r = 0; r <= batch->rows; r++) {
        uint64_t until = r < batch->rows ? batch->offsets[r] : UINT64_MAX;
        for (; reject < block->n_rejects && block->rejects[reject].offset < until; reject++) {
            const rv_reject *x = &block->rejects[reject];
            rv_buffer_format(b, "%llu!%s@%llu:%.*s\n", (unsigned long long)x->line, x->reason,
                             (unsigned long long)x->offset, (int)x->raw.len, x->raw.ptr);
        }
        if (r == batch->rows) break;
        rv_buffer_format(b, "%llu", (unsigned long long)batch->lines[r]);
        for (uint32_t c = 0; c < batch->columns; c++) {
            rv_text cell = rv_batch_cell(batch, r, c);
            rv_buffer_format(b, "%s<%.*s>", cell.flags & RV_TEXT_QUOTED ? "q" : "", (int)cell.len, cell.ptr);
        }
        rv_buffer_byte(b, '\n');
    }
    return RV_OK;
}

static rv_status read_sized(const char *path, bool strict, int threads, size_t block, size_t limit, size_t ahead,
                            char **out, rv_table_counts *counts, rv_error *err) {
    rv_stream *stream;
    rv_csv_source source;
    rv_table *table;
    RV_TRY(rv_stream_open(path, &stream, err));
    rv_csv_source_init(&source, stream);
    rv_csv_source_fill(&source, 64, err);
    RV_TRY(rv_json_lines_open(path, &source, strict, block, limit, ahead, &table, err));
    rv_buffer text = {0};
    const rv_table_info *info = rv_table_describe(table);
    for (uint32_t c = 0; c < info->columns; c++)
        rv_buffer_format(&text, "[%.*s]", (int)info->names[c].len, info->names[c].ptr);
    rv_buffer_byte(&text, '\n');
    rv_table_visitor visitor = {.consume = gather, .ctx = &text};
    rv_status status = rv_table_each(table, threads, &visitor, err);
    if (counts) *counts = rv_table_counted(table);
    rv_table_close(table);
    *out = rv_buffer_take(&text, NULL);
    return status;
}

static void reads(const char *text, const char *expected) {
    const char *path = scratch_text("a.jsonl", text);
    char *shown = NULL;
    rv_error err = {0};
    cr_assert_eq(read_sized(path, false, 1, 1 << 16, 1000, 4000, &shown, NULL, &err), RV_OK, "%s: %s", text,
                 err.message);
    cr_assert_str_eq(shown, expected, "%s", text);
    rv_free(shown);
}

Test(json_lines, values_are_text_as_they_were_written) {
    reads("{\"a\":1.50,\"b\":-2e+10,\"c\":true,\"d\":null,\"e\":\"\"}\n",
          "[a][b][c][d][e]\n1<1.50><-2e+10><true><>q<>\n");
    reads("{\"a\":{\"x\": [1, \"]}\"]},\"b\":[]}", "[a][b]\n1<{\"x\": [1, \"]}\"]}><[]>\n");
    reads("{\"a\":\"\\u00e9\\ud83d\\ude00\\n\\\"\\\\\\/\\t\"}\n", "[a]\n1q<\xc3\xa9\xf0\x9f\x98\x80\n\"\\/\t>\n");
    reads(" { \"a\" : \"x\" , \"b\" : false } \r\n\r\n\n{\"b\":7}\n", "[a][b]\n1q<x><false>\n4<><7>\n");
    reads("\xef\xbb\xbf{\"\\u0061\":1}\n{\"a\":2}\n", "[a]\n1<1>\n2<2>\n");
    reads("{}\n{\"a\":1}\n", "[a]\n1<>\n2<1>\n");
}

Test(json_lines, columns_come_in_order_of_first_appearance) {
    reads("{\"b\":1}\n{\"a\":2,\"b\":3}\n{\"c\":4,\"a\":5}\n", "[b][a][c]\n1<1><><>\n2<3><2><>\n3<><5><4>\n");
}

Test(json_lines, what_is_no_row_is_a_reject_with_line_place_and_raw_text) {
    static const struct {
        const char *line, *reason;
    } cases[] = {
        {"{\"a\":1", "bad_json"},
        {"{\"a\":1}x", "bad_json"},
        {"{\"a\":01}", "bad_json"},
        {"{\"a\":1.}", "bad_json"},
        {"{\"a\":+1}", "bad_json"},
        {"{\"a\":1,}", "bad_json"},
        {"{\"a\" 1}", "bad_json"},
        {"{a:1}", "bad_json"},
        {"{\"a\":'x'}", "bad_json"},
        {"{\"a\":\"\\x\"}", "bad_json"},
        {"{\"a\":\"\\u12g4\"}", "bad_json"},
        {"{\"a\":\"tab\there\"}", "bad_json"},
        {"{\"a\":nul}", "bad_json"},
        {"{\"a\":[1,2}", "bad_json"},
        {"[1]", "bad_json"},
        {"nonsense", "bad_json"},
        {"{\"a\":1,\"a\":2}", "duplicate_key"},
        {"{\"a\":null,\"a\":2}", "duplicate_key"},
        {"{\"a\":\"\\ud83d\"}", "bad_encoding"},
        {"{\"a\":\"\\ude00\\ud83d\"}", "bad_encoding"},
        {"{\"a\":\"\xe9\"}", "bad_encoding"},
        {"{\"a\":\"\\u0000\"}", "nul_byte"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200], expected[200];
        snprintf(text, sizeof text, "{\"a\":0}\n%s\n{\"a\":9}\n", cases[i].line);
        snprintf(expected, sizeof expected, "[a]\n1<0>\n2!%s@8:%s\n3<9>\n", cases[i].reason, cases[i].line);
        reads(text, expected);
        char *shown = NULL;
        rv_error err = {0};
        cr_assert_eq(read_sized(scratch_path("a.jsonl"), true, 1, 1 << 16, 1000, 4000, &shown, NULL, &err),
                     RV_BAD_INPUT, "%s", text);
        cr_assert_eq(err.line, 2, "%s", text);
        cr_assert(err.column >= 1 && err.column <= strlen(cases[i].line) + 1, "%s: %llu", text,
                  (unsigned long long)err.column);
        rv_free(shown);
    }
}

Test(json_lines, a_zero_byte_is_a_reject) {
    static const char bytes[] = "{\"a\":\"x\"}\n{\"a\":\"\0\"}\n";
    char *shown = NULL;
    cr_assert_eq(
        read_sized(scratch_file("z.jsonl", bytes, sizeof bytes - 1), false, 1, 1000, 1000, 1000, &shown, NULL, NULL),
        RV_OK);
    cr_assert(strstr(shown, "2!nul_byte@10:"));
    rv_free(shown);
}

Test(json_lines, nesting_is_read_to_its_limit_and_no_further) {
    char line[300], expected[400];
    for (int depth = RV_JSON_DEPTH - 1; depth <= RV_JSON_DEPTH + 1; depth++) {
        char nest[200] = "";
        for (int i = 0; i < depth; i++) strcat(nest, "[");
        for (int i = 0; i < depth; i++) strcat(nest, "]");
        snprintf(line, sizeof line, "{\"a\":0}\n{\"a\":%s}\n", nest);
        if (depth <= RV_JSON_DEPTH) snprintf(expected, sizeof expected, "[a]\n1<0>\n2<%s>\n", nest);
        else snprintf(expected, sizeof expected, "[a]\n1<0>\n2!bad_json@8:{\"a\":%s}\n", nest);
        reads(line, expected);
    }
}

Test(json_lines, a_key_beyond_the_look_ahead_is_a_reject_never_a_lost_value) {
    char *shown = NULL;
    const char *path = scratch_text("late.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":3,\"new\":\"x\"}\n{\"a\":4}\n");
    cr_assert_eq(read_sized(path, false, 1, 1000, 1000, 20, &shown, NULL, NULL), RV_OK);
    cr_assert_str_eq(shown, "[a]\n1<1>\n2<2>\n3!unknown_key@16:{\"a\":3,\"new\":\"x\"}\n4<4>\n");
    rv_free(shown);
}

Test(json_lines, the_record_limit_has_two_sides) {
    const char *text = "{\"a\":0}\n{\"a\":12345678}\n{\"a\":3}\n";
    char *shown = NULL;
    cr_assert_eq(read_sized(scratch_text("l.jsonl", text), false, 1, 4, 14, 8, &shown, NULL, NULL), RV_OK);
    cr_assert_str_eq(shown, "[a]\n1<0>\n2<12345678>\n3<3>\n");
    rv_free(shown);
    cr_assert_eq(read_sized(scratch_path("l.jsonl"), false, 1, 4, 13, 8, &shown, NULL, NULL), RV_OK);
    cr_assert_str_eq(shown, "[a]\n1<0>\n2!too_long@8:{\"a\":12345678\n3<3>\n");
    rv_free(shown);
}

Test(json_lines, what_holds_no_object_says_where_it_stops_being_one) {
    rv_error err = {0};
    rv_table *table;
    cr_assert_eq(rv_table_open(scratch_text("p.json", "{\"a\":\n  1\n}\n"), NULL, &table, &err), RV_BAD_INPUT);
    cr_assert_eq(err.line, 1);
    cr_assert_eq(err.column, 6);
    cr_assert(strstr(err.hint, "jq -c"));
    cr_assert_eq(rv_table_open(scratch_text("a.json", "[{\"a\":1},\n{\"a\":2}\n]\n"), NULL, &table, &err),
                 RV_BAD_INPUT);
    cr_assert(strstr(err.hint, "jq -c"));
}

Test(json_lines, is_told_by_its_first_bytes) {
    static const struct {
        const char *head;
        bool json;
    } cases[] = {{"{\"a\":1}", true},      {" {\n", false},   {"{ }", true},
                 {"{a,b\n1,2\n", false},   {"\n {\"a", true}, {"a,{\"b\"", false},
                 {"[\n {\"a\":1},", true}, {"[1,2]", false},  {"", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(rv_json_lines_begin(cases[i].head, strlen(cases[i].head)), cases[i].json, "%s", cases[i].head);
}

/* --- Random tables, spelled at random ---------------------------------------------------------------------------- */

enum { COLUMNS = 6 };

static void spell_string(rv_random *random, rv_buffer *json, const char *text) {
    rv_buffer_byte(json, '"');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x80) rv_buffer_byte(json, *p);
        else if (rv_random_below(random, 4) == 0 || c < 0x20) rv_buffer_format(json, "\\u%04x", c);
        else if (c == '"' || c == '\\') rv_buffer_format(json, "\\%c", c);
        else rv_buffer_byte(json, *p);
    }
    rv_buffer_byte(json, '"');
}

static void blank(rv_random *random, rv_buffer *json) {
    while (rv_random_below(random, 4) == 0) rv_buffer_byte(json, " \t"[rv_random_below(random, 2)]);
}

static void random_line(rv_random *random, uint64_t line, rv_buffer *json, rv_buffer *expected) {
    static const char *const strings[] = {
        "", "x", "Zo\xc3\xa9", "a \"b\" \\", "l\nm", "{,}:[]", "a long one that is more than sixteen bytes"};
    static const char *const plain[] = {"0", "-1.0", "1e5", "true", "false", "[1,{\"a\":[]}]", "{}"};
    const char *value[COLUMNS] = {0};
    bool string[COLUMNS] = {0};
    unsigned order[COLUMNS];
    for (unsigned c = 0; c < COLUMNS; c++) {
        order[c] = c;
        unsigned swap = (unsigned)rv_random_below(random, c + 1);
        if (line > 1 && rv_random_below(random, 3) == 0) {
            order[c] = order[swap];
            order[swap] = c;
        }
        unsigned kind = (unsigned)rv_random_below(random, 4);
        string[c] = kind < 2;
        if (kind < 2) value[c] = strings[rv_random_below(random, sizeof strings / sizeof *strings)];
        else if (kind == 2 || line == 1) value[c] = plain[rv_random_below(random, sizeof plain / sizeof *plain)];
    }
    blank(random, json);
    rv_buffer_byte(json, '{');
    const char *comma = "";
    for (unsigned i = 0; i < COLUMNS; i++) {
        unsigned c = order[i];
        if (!value[c] && rv_random_below(random, 2)) continue;
        char key[2] = {(char)('a' + c), 0};
        rv_buffer_string(json, comma);
        blank(random, json);
        spell_string(random, json, key);
        blank(random, json);
        rv_buffer_byte(json, ':');
        blank(random, json);
        if (!value[c]) rv_buffer_string(json, "null");
        else if (string[c]) spell_string(random, json, value[c]);
        else rv_buffer_string(json, value[c]);
        blank(random, json);
        comma = ",";
    }
    rv_buffer_byte(json, '}');
    blank(random, json);
    rv_buffer_format(expected, "%llu", (unsigned long long)line);
    for (unsigned c = 0; c < COLUMNS; c++)
        rv_buffer_format(expected, "%s<%s>", string[c] ? "q" : "", value[c] ? value[c] : "");
    rv_buffer_byte(expected, '\n');
}

Test(json_lines, any_spelling_of_a_table_reads_as_the_table_whatever_blocks_and_threads) {
    uint64_t seed = 20261122;
    rv_random random;
    rv_random_init(&random, seed, 0);
    for (int round = 0; round < 60; round++) {
        rv_buffer json = {0}, expected = {0};
        rv_buffer_string(&expected, "[a][b][c][d][e][f]\n");
        uint64_t lines = 1 + rv_random_below(&random, 40);
        for (uint64_t line = 1; line <= lines; line++) {
            random_line(&random, line, &json, &expected);
            if (line < lines || rv_random_below(&random, 2))
                rv_buffer_string(&json, rv_random_below(&random, 2) ? "\n" : "\r\n");
        }
        const char *path = scratch_file("r.jsonl", json.data, json.len);
        rv_buffer_byte(&expected, 0);
        for (int way = 0; way < 3; way++) {
            size_t block = way == 2 ? 1 << 16 : 16 + rv_random_below(&random, 600);
            char *shown = NULL;
            rv_table_counts counts;
            rv_error err = {0};
            cr_assert_eq(read_sized(path, false, 1 + way, block, 1 << 20, 1 << 20, &shown, &counts, &err), RV_OK,
                         "seed %llu round %d: %s", (unsigned long long)seed, round, err.message);
            cr_assert_str_eq(shown, expected.data, "seed %llu round %d", (unsigned long long)seed, round);
            cr_assert_eq(counts.rows, lines);
            cr_assert_eq(counts.decoded_bytes, json.len);
            rv_free(shown);
        }
        rv_buffer_free(&json);
        rv_buffer_free(&expected);
    }
}

#ifdef RV_TESTING
Test(json_lines, want_of_memory_is_said_and_nothing_leaks) {
    const char *path = scratch_text("m.jsonl", "{\"\\u0061\":\"\\u0062\",\"b\":1}\n{\"b\":3}\nbad\n");
    for (uint64_t n = 1;; n++) {
        char *shown = NULL;
        rv_error err = {0};
        rv_memory_fail_at(n, false);
        rv_status status = read_sized(path, false, 1, 16, 1000, 1000, &shown, NULL, &err);
        rv_memory_fail_at(0, false);
        rv_free(shown);
        if (status == RV_OK) {
            cr_assert_gt(n, 5);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY, "allocation %llu: %s", (unsigned long long)n, err.message);
    }
}
#endif
