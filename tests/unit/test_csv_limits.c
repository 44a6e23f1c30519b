/* Tables at their edges: encodings, packings, headers, hostile shapes, what fails and what must not. */
#include "csv_reader.h"
#include "csv_sniff.h"
#include "csv_writer.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

typedef struct tally {
    uint64_t rows, rejects, raw_bytes, last_line, last_offset;
    char reasons[256]; /* the first few, joined */
    char first[64];    /* first cell of the first row */
    char last[64];     /* last cell of the last row */
    rv_table_info info;
    rv_table_counts counts;
} tally;

static rv_status count(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    tally *t = ctx;
    const rv_batch *b = &block->batch;
    for (uint32_t r = 0; r < b->rows; r++) {
        rv_text first = rv_batch_cell(b, r, 0), last = rv_batch_cell(b, r, b->columns - 1);
        if (t->rows++ == 0) snprintf(t->first, sizeof t->first, "%.*s", (int)first.len, first.ptr);
        snprintf(t->last, sizeof t->last, "%.*s", (int)(last.len < 60 ? last.len : 60), last.ptr);
        t->last_line = b->lines[r];
        t->last_offset = b->offsets[r];
    }
    for (size_t i = 0; i < block->n_rejects; i++) {
        t->rejects++;
        t->raw_bytes += block->rejects[i].raw.len;
        size_t n = strlen(t->reasons);
        if (n < 200)
            snprintf(t->reasons + n, sizeof t->reasons - n, "%s%s@%llu", n ? " " : "", block->rejects[i].reason,
                     (unsigned long long)block->rejects[i].line);
    }
    return RV_OK;
}

static rv_status walk(const char *path, const rv_dialect *dialect, int threads, size_t block, size_t limit, tally *t,
                      rv_error *err) {
    memset(t, 0, sizeof *t);
    rv_table *csv;
    RV_TRY(rv_csv_open_sized(path, dialect, block, limit, &csv, err));
    t->info = *rv_table_describe(csv);
    t->info.names = NULL;
    rv_table_visitor visitor = {.consume = count, .ctx = t};
    rv_status status = rv_table_each(csv, threads, &visitor, err);
    t->counts = rv_table_counted(csv);
    rv_table_close(csv);
    return status;
}

static tally read_bytes(const char *bytes, size_t n, const rv_dialect *dialect) {
    tally t;
    rv_error err = {0};
    rv_status status = walk(scratch_file("table.csv", bytes, n), dialect, 1, 100, RV_RECORD_LIMIT, &t, &err);
    cr_assert_eq(status, RV_OK, "%s", err.message);
    return t;
}
static tally read_text(const char *text) { return read_bytes(text, strlen(text), NULL); }

/* --- Hostile shapes: rows are conserved -------------------------------------------------------------------------- */

Test(csv_limits, a_forgotten_quote_costs_its_line_and_no_other) {
    tally t = read_text("a,b,c\n1,\"open,x\n2,y,z\n3,\"q\",z\n4,y,z\n");
    cr_assert_eq(t.rows, 3);
    cr_assert_str_eq(t.reasons, "unclosed_quote@2");
    t = read_text("a,b,c\n1,y,z\n2,\"open,x\n");
    cr_assert_eq(t.rows, 1);
    cr_assert_str_eq(t.reasons, "unclosed_quote@3");
}

Test(csv_limits, zero_bytes_and_bad_utf8_cost_their_rows) {
    const rv_dialect utf8 = {.encoding = RV_UTF8};
    static const char text[] = "a,b\n1,x\0y\n2,\xff\n3,\xc3\xa9\n4,\xed\xa0\x80,\n5,z\n";
    tally t = read_bytes(text, sizeof text - 1, &utf8);
    cr_assert_eq(t.rows, 2);
    cr_assert_str_eq(t.reasons, "nul_byte@2 bad_encoding@3 bad_encoding@5");
    cr_assert_str_eq(t.last, "z");
}

Test(csv_limits, ragged_rows_are_rejects_and_empty_lines_are_none) {
    tally t = read_text("a,b\n1,2\n\n1\n1,2,3\n\r\n,\n4,5");
    cr_assert_eq(t.rows, 2);
    cr_assert_str_eq(t.reasons, "ragged@4 ragged@5");
    cr_assert_eq(t.last_line, 8);
}

Test(csv_limits, cr_alone_ends_lines) {
    tally t = read_text("a,b\r1,2\r3,4\r");
    cr_assert(t.rows == 2 && t.rejects == 0 && t.last_line == 3);
}

Test(csv_limits, a_change_of_dialect_ends_in_rejects_wherever_it_comes) {
    static const unsigned places[] = {3, 2046, 2047};
    for (size_t k = 0; k < 3; k++) {
        rv_buffer b = {0};
        rv_buffer_string(&b, "id;name;city\n");
        for (unsigned i = 1; i <= 3000; i++) rv_buffer_format(&b, i < places[k] ? "%u;n;c\n" : "%u,n,c\n", i);
        tally t;
        for (int threads = 1; threads <= 2; threads++) {
            cr_assert_eq(walk(scratch_file("t.csv", b.data, b.len), NULL, threads, 512, RV_RECORD_LIMIT, &t, NULL),
                         RV_OK);
            cr_assert_eq(t.info.separator, ';');
            cr_assert_eq(t.rows, places[k] - 1);
            cr_assert_eq(t.rejects, 3000 - places[k] + 1);
        }
        rv_buffer_free(&b);
    }
}

Test(csv_limits, a_field_of_100_mb_is_one_reject_and_the_rows_around_it_are_read) {
    size_t field = (size_t)100 << 20;
    char *text = malloc(field + 100);
    size_t n = (size_t)sprintf(text, "a,b\n1,2\n3,");
    memset(text + n, 'x', field);
    n += field;
    n += (size_t)sprintf(text + n, "\n5,6\n");
    tally t;
    cr_assert_eq(walk(scratch_file("big.csv", text, n), NULL, 2, 512 << 10, RV_RECORD_LIMIT, &t, NULL), RV_OK);
    cr_assert_eq(t.rows, 2);
    cr_assert_str_eq(t.reasons, "too_long@3");
    cr_assert_eq(t.raw_bytes, RV_RECORD_LIMIT);
    cr_assert(t.last_line == 4 && t.last_offset == n - 4);
    cr_assert_eq(t.counts.decoded_bytes, n);
    char *packed = malloc(1 << 20);
    size_t packed_n = ZSTD_compress(packed, 1 << 20, text, n, 1);
    tally again;
    cr_assert_eq(walk(scratch_file("big.zst", packed, packed_n), NULL, 1, 512 << 10, RV_RECORD_LIMIT, &again, NULL),
                 RV_OK);
    cr_assert(again.rows == 2 && again.rejects == 1 && again.last_offset == t.last_offset);
    free(text), free(packed);
}

Test(csv_limits, both_sides_of_the_record_limit) {
    for (size_t n = 48; n <= 53; n++)
        for (int quoted = 0; quoted < 2; quoted++)
            for (size_t block = 1; block < 60; block += 7) {
                char text[300];
                int len = quoted ? sprintf(text, "a,b\n1,\"%0*d\"\n2,3\n", (int)n - 4, 7)
                                 : sprintf(text, "a,b\n1,%0*d\n2,3\n", (int)n - 2, 7);
                tally t;
                cr_assert_eq(walk(scratch_file("l.csv", text, (size_t)len), NULL, 1, block, 50, &t, NULL), RV_OK);
                cr_assert_eq(t.rows, n <= 50 ? 2 : 1, "%zu bytes, block %zu", n, block);
                cr_assert_eq(t.rejects, n <= 50 ? 0 : 1);
                cr_assert_eq(t.last_line, 3);
            }
}

Test(csv_limits, a_crlf_split_by_the_record_limit_is_one_line_end) {
    tally t;
    rv_dialect dialect = {.separator = ',', .header = RV_YES};
    const char *path = scratch_text("split.csv", "a,b\n2,3\n1,\"34567\r\n\"");
    cr_assert_eq(walk(path, &dialect, 1, 4, 9, &t, NULL), RV_OK);
    cr_assert_str_eq(t.reasons, "too_long@3 unclosed_quote@4");
}

/* Were the search for a closing quote started anew at each line, this would take hours. */
Test(csv_limits, quotes_that_never_close_cost_linear_time) {
    rv_buffer b = {0};
    rv_buffer_string(&b, "a,b\n");
    while (b.len < (size_t)3 << 20) rv_buffer_string(&b, "\"\"x,\n");
    tally t;
    cr_assert_eq(walk(scratch_file("q.csv", b.data, b.len), &(rv_dialect){.separator = ','}, 2, 64 << 10,
                      RV_RECORD_LIMIT, &t, NULL),
                 RV_OK);
    cr_assert_eq(t.rows + t.rejects, (b.len - 4) / 5);
    cr_assert_eq(t.rows, 0);
    gzFile gz = gzopen(scratch_path("q.csv.gz"), "wb1");
    gzwrite(gz, b.data, (unsigned)b.len);
    gzclose(gz);
    tally again;
    cr_assert_eq(
        walk(scratch_path("q.csv.gz"), &(rv_dialect){.separator = ','}, 1, 64 << 10, RV_RECORD_LIMIT, &again, NULL),
        RV_OK);
    cr_assert_eq(again.rejects, t.rejects);
    rv_buffer_free(&b);
}

/* --- Encodings and packings -------------------------------------------------------------------------------------- */

static const char sample[] =
    "id,pr\xc3\xa9nom,ville\n1,H\xc3\xa9l\xc3\xa8ne,\"Saint-\xc3\x89tienne, Loire\"\n2,Ren\xc3\xa9,\xc5\x92uilly\n";

static void expect_sample(const char *path, rv_encoding encoding, const char *compression) {
    for (int threads = 1; threads <= 2; threads++)
        for (size_t block = 1; block < 200; block += 40) {
            tally t;
            rv_error err = {0};
            cr_assert_eq(walk(path, NULL, threads, block, RV_RECORD_LIMIT, &t, &err), RV_OK, "%s", err.message);
            cr_assert(t.rows == 2 && t.rejects == 0 && t.info.columns == 3);
            cr_assert_str_eq(t.last, "\xc5\x92uilly");
            cr_assert_eq(t.info.encoding, encoding);
            cr_assert_str_eq(t.info.compression, compression);
        }
}

static size_t to_utf16(const char *utf8, bool big, bool mark, char *out) { /* two-byte sequences at most */
    size_t n = 0;
    if (mark) out[n++] = big ? '\xfe' : '\xff', out[n++] = big ? '\xff' : '\xfe';
    for (const unsigned char *p = (const unsigned char *)utf8; *p; p++) {
        unsigned c = *p < 0x80 ? *p : (unsigned)(*p & 31) << 6 | (p[1] & 63);
        p += *p >= 0x80;
        out[n++] = (char)(big ? c >> 8 : c);
        out[n++] = (char)(big ? c : c >> 8);
    }
    return n;
}

Test(csv_limits, the_same_table_in_any_encoding_and_packing) {
    size_t n = sizeof sample - 1;
    expect_sample(scratch_file("u8", sample, n), RV_UTF8, "none");
    char text[1000];
    memcpy(text, "\xef\xbb\xbf", 3);
    memcpy(text + 3, sample, n);
    expect_sample(scratch_file("bom", text, n + 3), RV_UTF8, "none");
    for (int big = 0; big < 2; big++)
        for (int mark = 0; mark < 2; mark++) {
            size_t len = to_utf16(sample, big, mark, text);
            expect_sample(scratch_file("u16", text, len), big ? RV_UTF16BE : RV_UTF16LE, "none");
            gzFile gz = gzopen(scratch_path("u16.gz"), "wb");
            gzwrite(gz, text, (unsigned)len);
            gzclose(gz);
            expect_sample(scratch_path("u16.gz"), big ? RV_UTF16BE : RV_UTF16LE, "gzip");
        }
    size_t len = 0;
    for (const unsigned char *p = (const unsigned char *)sample; *p; p++) { /* to CP1252 */
        unsigned c = *p < 0x80 ? *p : (unsigned)(*p & 31) << 6 | (p[1] & 63);
        p += *p >= 0x80;
        text[len++] = (char)(c == 0x152 ? 0x8c : c);
    }
    expect_sample(scratch_file("cp1252", text, len), RV_CP1252, "none");
    char packed[1000];
    expect_sample(scratch_file("zst", packed, ZSTD_compress(packed, sizeof packed, sample, n, 3)), RV_UTF8, "zstd");
}

Test(csv_limits, half_a_surrogate_pair_costs_its_row_only) {
    char text[200];
    size_t n = to_utf16("a,b\n1,?\n2,3\n", false, true, text);
    for (size_t i = 0; i < n; i += 2)
        if (text[i] == '?') text[i + 1] = '\xd8';
    tally t = read_bytes(text, n, NULL);
    cr_assert_eq(t.rows, 1);
    cr_assert_str_eq(t.reasons, "bad_encoding@2");
}

Test(csv_limits, cut_and_damaged_packings_fail_the_walk) {
    rv_buffer b = {0};
    rv_buffer_string(&b, "a,b\n");
    for (unsigned i = 0; i < 400000; i++) rv_buffer_format(&b, "%u,%u\n", i, i * 2654435761u);
    char *packed = malloc(b.len + 1000);
    size_t n = ZSTD_compress(packed, b.len + 1000, b.data, b.len, 1);
    for (int threads = 1; threads <= 2; threads++) {
        tally t;
        rv_error err = {0};
        cr_assert_eq(walk(scratch_file("cut.zst", packed, n - 5), NULL, threads, 64 << 10, RV_RECORD_LIMIT, &t, &err),
                     RV_CORRUPT);
        cr_assert(err.file[0] && err.offset > 0);
    }
    gzFile gz = gzopen(scratch_path("t.gz"), "wb");
    gzwrite(gz, b.data, (unsigned)b.len);
    gzclose(gz);
    size_t gz_n;
    char *gz_bytes = scratch_read(scratch_path("t.gz"), &gz_n);
    tally t;
    cr_assert_eq(walk(scratch_file("cut.gz", gz_bytes, gz_n / 2), NULL, 1, 64 << 10, RV_RECORD_LIMIT, &t, NULL),
                 RV_CORRUPT);
    cr_assert_eq(walk(scratch_file("whole.gz", gz_bytes, gz_n), NULL, 2, 64 << 10, RV_RECORD_LIMIT, &t, NULL), RV_OK);
    cr_assert_eq(t.rows, 400000);
    free(gz_bytes), free(packed);
    rv_buffer_free(&b);
}

/* --- Headers and dialects ---------------------------------------------------------------------------------------- */

static void expect_names(const char *text, const rv_dialect *dialect, const char *joined, bool header) {
    rv_table *csv;
    rv_error err = {0};
    cr_assert_eq(rv_table_open(scratch_text("h.csv", text), dialect, &csv, &err), RV_OK, "%s", err.message);
    const rv_table_info *info = rv_table_describe(csv);
    char names[256] = "";
    for (uint32_t i = 0; i < info->columns; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "[%.*s]", (int)info->names[i].len,
                 info->names[i].ptr);
    cr_assert_str_eq(names, joined);
    cr_assert_eq(info->has_header, header, "%s", text);
    rv_table_close(csv);
}

Test(csv_limits, header_names_are_trimmed_and_unquoted) {
    expect_names("a, b ,\"c \"\"x\"\"\",\n", NULL, "[a][b][c \"x\"][c4]", true);
    expect_names("\n\n\na;b\n1;2\n", NULL, "[a][b]", true);
}

Test(csv_limits, data_in_the_first_line_are_no_header) {
    expect_names("1,jean@example.fr\n2,x@example.fr\n", NULL, "[c1][c2]", false);
    expect_names("17,0612345678\n18,0612345679\n", NULL, "[c1][c2]", false);
    expect_names("id,2019,2020\n1,5,6\n", NULL, "[id][2019][2020]", true);
    expect_names("id,12345\nx,abc\n", NULL, "[id][12345]", true);
    expect_names("name,email\n", NULL, "[name][email]", true);
    expect_names("id,name\n1,2\n", &(rv_dialect){.header = RV_NO}, "[c1][c2]", false);
    expect_names("1,a@b.fr\n", &(rv_dialect){.header = RV_YES}, "[1][a@b.fr]", true);
}

Test(csv_limits, without_a_header_the_first_line_is_a_row) {
    tally t = read_bytes("x,y\nz,w\n", 8, &(rv_dialect){.header = RV_NO});
    cr_assert_eq(t.rows, 2);
    cr_assert_str_eq(t.first, "x");
}

Test(csv_limits, separators_are_found) {
    static const struct {
        const char *text;
        char separator;
    } cases[] = {{"a,b\n1,2\n", ','},       {"a;b\n1,5;2,5\n3,1;4,4\n", ';'}, {"a\tb\n1\t2\n", '\t'},
                 {"a|b\n1|2\n", '|'},       {"\"a;b\",c\n\"1;2\",3\n", ','},  {"a:b\n1:2\n", ','},
                 {"one\n1\n", ','},         {"one\nx,y z\nb\nc\n", ';'},      {"Title\na,b\n1,2\n3,4\n", ','},
                 {"a;b,c\n1;2\n3;4\n", ';'}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_csv_sample head = {cases[i].text, strlen(cases[i].text), true, 0};
        rv_csv_rules rules = {.record_limit = RV_RECORD_LIMIT};
        rv_sniffed found = {0};
        rv_csv_sniff_rules(NULL, &head, &rules, &found);
        cr_assert_eq(rules.separator, cases[i].separator, "case %zu: %c", i, rules.separator);
    }
}

Test(csv_limits, lines_above_the_header_can_be_skipped) {
    tally t = read_bytes("Export\r\n\"\r\na,b\r\n1,2\r\n", 22, &(rv_dialect){.skip_lines = 2});
    cr_assert(t.rows == 1 && t.info.columns == 2 && t.info.header_line == 3 && t.last_line == 4);
}

Test(csv_limits, another_quote_and_separator_can_be_given) {
    tally t = read_bytes("a:b\n'x:y''z':2\n", 15, &(rv_dialect){.separator = ':', .quote = '\''});
    cr_assert(t.rows == 1 && t.rejects == 0);
    cr_assert_str_eq(t.first, "x:y'z");
}

Test(csv_limits, impossible_dialects_and_headers_are_refused_in_words) {
    static const struct {
        const char *text;
        rv_dialect dialect;
        rv_status status;
        uint64_t line;
    } cases[] = {
        {"a,b\n", {.separator = '"'}, RV_BAD_ARGUMENT, 0},    {"a,b\n", {.separator = '\n'}, RV_BAD_ARGUMENT, 0},
        {"a,b\n", {.quote = '\r'}, RV_BAD_ARGUMENT, 0},       {"", {0}, RV_BAD_INPUT, 1},
        {"a\nb\n", {.skip_lines = 5}, RV_BAD_INPUT, 3},       {"a,\"b\n1,2\n", {.separator = ','}, RV_BAD_INPUT, 1},
        {"a,\xff\n", {.encoding = RV_UTF8}, RV_BAD_INPUT, 1}, {"a,b\"c\n", {.strict = true}, RV_BAD_INPUT, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_table *csv;
        rv_error err = {0};
        cr_assert_eq(rv_table_open(scratch_text("x.csv", cases[i].text), &cases[i].dialect, &csv, &err),
                     cases[i].status, "case %zu", i);
        cr_assert(err.message[0] && err.hint[0] && err.file[0], "case %zu", i);
        cr_assert_eq(err.line, cases[i].line, "case %zu: line %llu", i, (unsigned long long)err.line);
    }
}

Test(csv_limits, both_sides_of_the_column_limit) {
    char *text = malloc(70000);
    memset(text, ',', 70000);
    rv_table *csv;
    text[65535] = '\n';
    cr_assert_eq(rv_table_open(scratch_file("wide.csv", text, 65536), &(rv_dialect){.separator = ','}, &csv, NULL),
                 RV_OK);
    cr_assert_eq(rv_table_describe(csv)->columns, 65536);
    rv_table_close(csv);
    text[65535] = ',', text[65536] = '\n';
    cr_assert_eq(rv_table_open(scratch_file("wide.csv", text, 65537), &(rv_dialect){.separator = ','}, &csv, NULL),
                 RV_BAD_INPUT);
    free(text);
}

/* --- Strict ------------------------------------------------------------------------------------------------------ */

Test(csv_limits, strict_reading_tells_line_and_column_in_characters) {
    static const struct {
        const char *text;
        uint64_t line, column;
    } cases[] = {
        {"a,b\n\xc3\xa9\xc3\xa9,x\"\n", 2, 5},
        {"a,b\n1,\"x\ny\" z\n", 2, 3},
        {"a,b\n1,\"x\n\ny\",3\n", 4, 4},
        {"a,b\n1,2\n\n3,4\n", 3, 1},
        {"a,b\n1\n", 2, 2},
        {"a,b\r\n\r\n", 2, 1},
        {"a,b\n1,\xff\n", 2, 3},
        {"a,b\n1,\"2\n", 2, 3},
    };
    rv_dialect strict = {.strict = true, .encoding = RV_UTF8};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t block = 1; block < 64; block += 9) {
            tally t;
            rv_error err = {0};
            cr_assert_eq(walk(scratch_text("s.csv", cases[i].text), &strict, 1, block, RV_RECORD_LIMIT, &t, &err),
                         RV_BAD_INPUT, "case %zu", i);
            cr_assert(err.line == cases[i].line && err.column == cases[i].column, "case %zu: %llu:%llu %s", i,
                      (unsigned long long)err.line, (unsigned long long)err.column, err.message);
        }
    tally t;
    cr_assert_eq(walk(scratch_file("nul.csv", "a,b\n1,\0\n", 8), &strict, 1, 100, RV_RECORD_LIMIT, &t, NULL),
                 RV_BAD_INPUT);
    cr_assert_eq(walk(scratch_text("long.csv", "a,b\n1,23456789012\n"), &strict, 1, 100, 10, &t, NULL), RV_BAD_INPUT);
    rv_table *csv;
    rv_error err = {0};
    cr_assert_eq(rv_table_open(scratch_text("head.csv", "\"a\nb\",\xc3\xa9\"c\n"), &strict, &csv, &err), RV_BAD_INPUT);
    cr_assert(err.line == 2 && err.column == 5, "a header of two lines: %llu:%llu", (unsigned long long)err.line,
              (unsigned long long)err.column);
    cr_assert_eq(walk(scratch_text("ok.csv", "a,b\n1,\"2\n\"\"\"\n"), &strict, 1, 100, RV_RECORD_LIMIT, &t, NULL),
                 RV_OK);
}

/* --- Callbacks and memory ---------------------------------------------------------------------------------------- */

static int living;
static rv_status make_user(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)worker;
    if (!block->user) {
        block->user = rv_new(8, err);
        if (!block->user) return RV_NO_MEMORY;
        __atomic_add_fetch(&living, 1, __ATOMIC_RELAXED);
    }
    if (!rv_arena_get(block->arena, 100)) return rv_fail_memory(err, 100);
    return ctx && block->number == *(uint64_t *)ctx ? rv_fail(err, RV_FAILED, "enough") : RV_OK;
}
static rv_status stop_at(void *ctx, rv_table_block *block, rv_error *err) {
    return ctx && block->number == *(uint64_t *)ctx ? rv_fail(err, RV_INTERRUPTED, "stop") : RV_OK;
}
static void free_user(void *user) {
    living--;
    rv_free(user);
}

Test(csv_limits, a_failing_callback_ends_the_walk_and_everything_is_freed) {
    rv_buffer b = {0};
    rv_buffer_string(&b, "a,b\n");
    for (int i = 0; i < 2000; i++) rv_buffer_string(&b, "1,2\n");
    const char *path = scratch_file("c.csv", b.data, b.len);
    for (int threads = 1; threads <= 2; threads++)
        for (int in_work = 0; in_work < 2; in_work++) {
            rv_table *csv;
            rv_error err = {0};
            uint64_t at = 7;
            cr_assert_eq(rv_csv_open_sized(path, NULL, 100, RV_RECORD_LIMIT, &csv, NULL), RV_OK);
            rv_table_visitor visitor = {
                .work = make_user, .consume = in_work ? NULL : stop_at, .free_user = free_user, .ctx = &at};
            cr_assert_eq(rv_table_each(csv, threads, &visitor, &err), RV_FAILED,
                         "work fails first: it comes before consume");
            cr_assert_eq(living, 0);
            cr_assert_eq(rv_table_each(csv, 1, &visitor, &err), RV_FAILED, "one walk per opening");
            rv_table_close(csv);
        }
    rv_table_close(NULL);
    rv_buffer_free(&b);
}

Test(csv_limits, the_answer_and_the_input_hash_do_not_depend_on_threads) {
    rv_buffer b = {0};
    rv_buffer_string(&b, "a,b\n");
    for (int i = 0; i < 5000; i++) rv_buffer_format(&b, "%d,\"x\n%d\"\n", i, i);
    const char *path = scratch_file("d.csv", b.data, b.len);
    tally one, two, changed;
    cr_assert_eq(walk(path, NULL, 1, 1000, RV_RECORD_LIMIT, &one, NULL), RV_OK);
    cr_assert_eq(walk(path, NULL, 2, 1000, RV_RECORD_LIMIT, &two, NULL), RV_OK);
    cr_assert(one.counts.input_hash == two.counts.input_hash && one.counts.rows == two.counts.rows && two.rows == 5000);
    b.data[0] = 'z';
    cr_assert_eq(walk(scratch_file("d2.csv", b.data, b.len), NULL, 2, 1000, RV_RECORD_LIMIT, &changed, NULL), RV_OK);
    cr_assert_neq(one.counts.input_hash, changed.counts.input_hash, "the header counts too");
    rv_buffer_free(&b);
}

static rv_status sum_cells(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    uint64_t *sum = ctx;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        rv_text cell = rv_batch_cell(&block->batch, r, 0);
        sum[0]++;
        sum[1] += (uint64_t)strtoul(cell.ptr, NULL, 10); /* a comma ends it */
    }
    return RV_OK;
}

/* Pages of a map are given back on the way: every row is still what it was, on one thread and on several. */
Test(csv_limits, a_file_larger_than_what_is_kept_of_it) {
    enum { ROWS = 100000, PADDING = 500 }; /* 50 MB */
    const char *path = scratch_path("large.csv");
    char padding[PADDING + 1];
    memset(padding, 'x', PADDING);
    padding[PADDING] = 0;
    FILE *f = fopen(path, "wb");
    cr_assert(f != NULL);
    fprintf(f, "n,padding\n");
    for (unsigned i = 0; i < ROWS; i++) fprintf(f, "%u,%s\n", i, padding);
    cr_assert_eq(fclose(f), 0);
    for (int threads = 1; threads <= 3; threads += 2) {
        rv_table *csv;
        uint64_t sum[2] = {0, 0};
        cr_assert_eq(rv_table_open(path, NULL, &csv, NULL), RV_OK);
        rv_table_visitor visitor = {.consume = sum_cells, .ctx = sum};
        cr_assert_eq(rv_table_each(csv, threads, &visitor, NULL), RV_OK);
        cr_expect_eq(sum[0], ROWS);
        cr_expect_eq(sum[1], (uint64_t)ROWS * (ROWS - 1) / 2);
        rv_table_close(csv);
    }
}

#ifdef RV_TESTING
static rv_status open_and_walk(const char *path) {
    rv_table *csv;
    RV_TRY(rv_csv_open_sized(path, NULL, 64, RV_RECORD_LIMIT, &csv, NULL));
    rv_table_visitor visitor = {.work = make_user, .free_user = free_user};
    rv_status status = rv_table_each(csv, 1, &visitor, NULL);
    rv_table_close(csv);
    return status;
}

Test(csv_limits, any_failing_allocation_is_an_error_and_no_leak) {
    static const char *const texts[] = {"a,b\n1,\"x\"\"y\"\n2,3\n4\n5,\xc3\xa9\n", "a;b\n1;h\xe9\n2;y\"z\n",
                                        "a,b\n1,x\"y\n\"\"\"\",2\n"};
    for (size_t i = 0; i < 3; i++) {
        const char *path = scratch_text("m.csv", texts[i]);
        unsigned failures = 0;
        for (uint64_t k = 1; k < 1000; k++) {
            rv_memory_fail_at(k, k % 2);
            rv_status status = open_and_walk(path);
            rv_memory_fail_at(0, false);
            cr_assert_eq(living, 0);
            if (status == RV_OK) break;
            cr_assert_eq(status, RV_NO_MEMORY);
            failures++;
        }
        cr_assert(failures > 8, "%u", failures);
    }
}
#endif
