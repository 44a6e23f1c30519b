/* Arrow streams in and out through the public functions: round trips, slices, dictionaries, what another program may get wrong,
 * releases, and want of memory. Beside libduckdb where it is there; beside pyarrow: reference/arrow.py. */
#include "duckdb_library.h"
#include "memory.h"
#include "random.h"
#include "scratch.h"
#include "table_reader.h"
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* --- A stream by hand: one struct array of columns that borrow everything ----------------------------------------- */

enum { COLUMNS_MAX = 8 };
typedef struct hand {
    struct ArrowSchema schemas[COLUMNS_MAX], words_schema;
    struct ArrowArray columns[COLUMNS_MAX];
    struct ArrowSchema *schema_children[COLUMNS_MAX];
    struct ArrowArray *children[COLUMNS_MAX];
    int n;
    int64_t rows, offset;
    bool given, fails;
    int streams_released, schemas_released, arrays_released;
} hand;

static void hand_release_schema(struct ArrowSchema *schema) {
    ((hand *)schema->private_data)->schemas_released++;
    schema->release = NULL;
}
static void hand_release_array(struct ArrowArray *array) {
    ((hand *)array->private_data)->arrays_released++;
    array->release = NULL;
}
static void hand_release(struct ArrowArrayStream *stream) {
    ((hand *)stream->private_data)->streams_released++;
    stream->release = NULL;
}
static int hand_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    hand *h = stream->private_data;
    for (int c = 0; c < h->n; c++) h->schema_children[c] = &h->schemas[c];
    *out = (struct ArrowSchema){.format = "+s", .n_children = h->n, .children = h->schema_children,
                                .release = hand_release_schema, .private_data = h};
    return 0;
}
static int hand_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    static const void *none[1];
    hand *h = stream->private_data;
    if (h->fails) return 5;
    *out = (struct ArrowArray){0};
    if (h->given) return 0;
    h->given = true;
    for (int c = 0; c < h->n; c++) h->children[c] = &h->columns[c];
    *out = (struct ArrowArray){.length = h->rows, .offset = h->offset, .n_buffers = 1, .buffers = none, .n_children = h->n,
                               .children = h->children, .release = hand_release_array, .private_data = h};
    return 0;
}
static const char *hand_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "no row after 'Zoe'\nsecond line";
}

static void add_column(hand *h, const char *name, const char *format, int64_t offset, int64_t n_buffers,
                       const void **buffers) {
    h->schemas[h->n] = (struct ArrowSchema){.format = format, .name = name};
    h->columns[h->n] = (struct ArrowArray){.length = h->rows + h->offset, .null_count = -1, .offset = offset,
                                           .n_buffers = n_buffers, .buffers = buffers};
    h->n++;
}

/* The file that the stream becomes, or its error; the stream is released once in any case. */
static rv_status written(hand *h, char **out, rv_error *err) {
    struct ArrowArrayStream stream = {hand_schema, hand_next, hand_error, hand_release, h};
    rv_settings settings = {.force = true};
    const char *path = scratch_path("hand.csv");
    *out = NULL;
    rv_status status = rv_table_from_arrow(&stream, path, NULL, &settings, NULL, err);
    cr_assert(!stream.release && h->streams_released == 1, "the stream is released once");
    cr_assert_leq(h->schemas_released, 1);
    cr_assert_eq(h->arrays_released, h->given ? 1 : 0, "each array is released once");
    if (status == RV_OK) *out = scratch_read(path, NULL);
    return status;
}

static void becomes(hand *h, const char *expected) {
    char *shown;
    rv_error err = {0};
    cr_assert_eq(written(h, &shown, &err), RV_OK, "%s", err.message);
    cr_assert_str_eq(shown, expected);
    cr_assert_eq(h->schemas_released, 1);
    free(shown);
}

static void fails(hand *h, const char *words) {
    char *shown;
    rv_error err = {0};
    cr_assert_eq(written(h, &shown, &err), RV_BAD_INPUT, "%s", words);
    cr_assert(strstr(err.message, words), "'%s' isn't in '%s'", words, err.message);
    cr_assert_eq(err.code, 412);
    cr_assert_str_neq(err.french, err.message);
}

Test(arrow, offsets_of_the_struct_and_of_a_column_add_up) {
    static const int32_t numbers[] = {1, 2, 3, 4, 5, 6}, starts[] = {0, 1, 1, 3, 3, 6, 6, 7};
    static const uint8_t valid[] = {0x2f}; /* 1, 2, 3, 4, 6; not 5 */
    hand h = {.rows = 3, .offset = 1};
    add_column(&h, "n", "i", 2, 2, (const void *[]){valid, numbers});
    add_column(&h, "t,", "u", 3, 3, (const void *[]){NULL, starts, "axx\"y,z"});
    becomes(&h, "n,\"t,\"\n4,\"\"\"y,\"\n,\"\"\n6,z\n");
}

Test(arrow, a_null_alone_on_its_line_is_quoted_and_a_null_struct_is_a_row_of_nulls) {
    hand h = {.rows = 2};
    add_column(&h, "a", "n", 0, 0, NULL);
    becomes(&h, "a\n\"\"\n\"\"\n");
    hand two = {.rows = 1};
    add_column(&two, "a", "n", 0, 0, NULL);
    add_column(&two, "b", "n", 0, 0, NULL);
    becomes(&two, "a,b\n,\n");
}

static void add_words(hand *h, struct ArrowArray *words, const int8_t *codes, const uint8_t *valid) {
    h->words_schema = (struct ArrowSchema){.format = "u"};
    const void **buffers = calloc(2, sizeof *buffers);
    buffers[0] = valid;
    buffers[1] = codes;
    add_column(h, "w", "c", 0, 2, buffers);
    h->schemas[h->n - 1].dictionary = &h->words_schema;
    h->columns[h->n - 1].dictionary = words;
}

Test(arrow, a_dictionary_may_be_a_slice_and_have_nulls_of_its_own) {
    static const int32_t starts[] = {0, 2, 4, 4, 6};
    static const uint8_t known[] = {0x0b}; /* not word 2 */
    static const int8_t codes[] = {0, 2, 1, 0, -9};
    static const uint8_t valid[] = {0x0f};
    struct ArrowArray words = {.length = 3, .offset = 1, .null_count = 1, .n_buffers = 3,
                               .buffers = (const void *[]){known, starts, "aabbdd"}};
    hand h = {.rows = 5};
    add_words(&h, &words, codes, valid);
    becomes(&h, "w\nbb\ndd\n\"\"\nbb\n\"\"\n");
    hand beyond = {.rows = 5};
    add_words(&beyond, &words, codes, NULL);
    fails(&beyond, "a code beyond its dictionary (column 'w', row 5)");
    words.length = 2;
    hand far = {.rows = 2};
    add_words(&far, &words, codes, NULL);
    fails(&far, "a code beyond its dictionary (column 'w', row 2)");
    hand without = {.rows = 2};
    add_words(&without, NULL, codes, NULL);
    fails(&without, "a dictionary that isn't there (column 'w')");
    free((void *)h.columns[0].buffers), free((void *)beyond.columns[0].buffers);
    free((void *)far.columns[0].buffers), free((void *)without.columns[0].buffers);
}

Test(arrow, dates_and_times_at_their_limits) {
    static const int32_t days[] = {-719162, 2932896, -719163, 2932897};
    static const int64_t nanos[] = {-1, 1, 1500000000, -86400000000001};
    hand h = {.rows = 2};
    add_column(&h, "d", "tdD", 0, 2, (const void *[]){NULL, days});
    add_column(&h, "t", "tsn:Europe/Paris", 2, 2, (const void *[]){NULL, nanos});
    h.columns[1].length = 2;
    becomes(&h, "d,t\n0001-01-01,1970-01-01 00:00:01.5+00\n9999-12-31,1969-12-30 23:59:59.999999999+00\n");
    for (int i = 2; i < 4; i++) {
        hand out = {.rows = 1};
        add_column(&out, "d", "tdD", i, 2, (const void *[]){NULL, days});
        fails(&out, "a date outside the years 1 to 9999 (column 'd', row 1)");
    }
}

Test(arrow, what_another_program_gets_wrong_is_told_with_its_column) {
    static const int32_t back[] = {0, 3, 1}, two[] = {0, 1, 2};
    static const struct {
        const char *format, *words;
        int64_t n_buffers;
        const void *buffers[3];
    } cases[] = {
        {"u", "offsets that go back (column 'c', row 2)", 3, {NULL, back, "abc"}},
        {"u", "offsets into nothing (column 'c', row 1)", 3, {NULL, two, NULL}},
        {"u", "its number of buffers (column 'c')", 2, {NULL, two, NULL}},
        {"i", "its number of buffers (column 'c')", 3, {NULL, two, NULL}},
        {"i", "a buffer that isn't there (column 'c')", 2, {NULL, NULL, NULL}},
        {"u", "a text that holds a zero byte (column 'c', row 2)", 3, {NULL, two, "a\0"}},
        {"u", "a text that isn't valid UTF-8 (column 'c', row 2)", 3, {NULL, two, "a\xe9"}},
        {"z", "column 'c' is binary (Arrow type 'z')", 3, {NULL, two, "ab"}},
        {"w:4", "column 'c' is binary (Arrow type 'w:4')", 2, {NULL, two, "ab"}},
        {"+l", "column 'c' has the Arrow type '+l'", 2, {NULL, two, "ab"}},
        {"d:39,2", "column 'c' has the Arrow type 'd:39,2'", 2, {NULL, two, "ab"}},
        {"d:3,2x", "column 'c' has the Arrow type 'd:3,2x'", 2, {NULL, two, "ab"}},
        {"d:3,2,256", "column 'c' has the Arrow type 'd:3,2,256'", 2, {NULL, two, "ab"}},
        {"tsx:", "column 'c' has the Arrow type 'tsx:'", 2, {NULL, two, "ab"}},
        {"", "column 'c' has the Arrow type ''", 2, {NULL, two, "ab"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hand h = {.rows = 2};
        const void *buffers[3];
        memcpy(buffers, cases[i].buffers, sizeof buffers);
        add_column(&h, "c", cases[i].format, 0, cases[i].n_buffers, buffers);
        fails(&h, cases[i].words);
    }
    hand shorter = {.rows = 2};
    add_column(&shorter, "c", "i", 0, 2, (const void *[]){NULL, two});
    shorter.columns[0].length = 1;
    fails(&shorter, "its length (column 'c')");
    hand none = {.rows = 2};
    fails(&none, "0 columns");
    hand broken = {.rows = 2, .fails = true};
    add_column(&broken, "c", "n", 0, 0, NULL);
    fails(&broken, "no row after 'Aaa'");
    struct ArrowArrayStream gone = {0};
    cr_assert_eq(rv_table_from_arrow(&gone, "x.csv", NULL, NULL, NULL, NULL), RV_BAD_ARGUMENT);
}

/* --- There and back ------------------------------------------------------------------------------------------------ */

static char *random_table(uint64_t seed, size_t *n) {
    static const char *const cells[] = {"", "\"\"", "x", "Zo\xc3\xa9", "\"a,b\"", "\"say \"\"hi\"\"\"", "\"two\nlines\"",
                                        "00123", "NULL", "a value of more than twelve bytes", "\" blank\""};
    rv_random random;
    rv_random_init(&random, seed, 0);
    rv_buffer csv = {0};
    unsigned columns = 2 + rv_random_below(&random, 6);
    unsigned rows = 80000 / columns + rv_random_below(&random, 10000); /* several blocks */
    for (unsigned c = 0; c < columns; c++) rv_buffer_format(&csv, c ? ",name %u" : "name %u", c);
    rv_buffer_byte(&csv, '\n');
    for (unsigned r = 0; r < rows; r++)
        for (unsigned c = 0; c < columns; c++) {
            rv_buffer_string(&csv, cells[rv_random_below(&random, sizeof cells / sizeof *cells)]);
            rv_buffer_byte(&csv, c + 1 < columns ? ',' : '\n');
        }
    *n = csv.len;
    return rv_buffer_take(&csv, NULL);
}

static const rv_dialect exact = {.separator = ',', .quote = '"', .escape = '"', .encoding = RV_UTF8, .header = RV_YES,
                                 .skip_given = true, .footer = RV_NO, .strict = true};

static rv_status there_and_back(const char *path, const char *back, rv_error *err) {
    struct ArrowArrayStream stream;
    rv_table_options in = {.path = path, .dialect = exact};
    rv_settings settings = {.force = true};
    RV_TRY(rv_table_to_arrow(&in, &settings, &stream, err));
    rv_dialect dialect = {0};
    rv_status status = rv_table_from_arrow(&stream, back, &dialect, &settings, NULL, err);
    if (status == RV_OK)
        cr_assert(dialect.strict && dialect.separator == ',' && dialect.header == RV_YES && dialect.footer == RV_NO);
    return status;
}

Test(arrow, a_table_comes_back_byte_by_byte) {
    for (uint64_t seed = 1; seed <= 5; seed++) {
        size_t n, m;
        char *csv = random_table(seed, &n);
        const char *path = scratch_file("there.csv", csv, n), *back = scratch_path("back.csv");
        rv_error err = {0};
        cr_assert_eq(there_and_back(path, back, &err), RV_OK, "seed %llu: %s", (unsigned long long)seed, err.message);
        char *again = scratch_read(back, &m);
        cr_assert(m == n && memcmp(csv, again, n) == 0, "seed %llu: another table came back", (unsigned long long)seed);
        free(again);
        rv_free(csv);
    }
}

Test(arrow, any_kind_of_table_goes_out_and_children_may_be_moved_out) {
    const char *path = scratch_text("t.jsonl", "{\"a\":\"x\",\"b\":1.50}\n{\"a\":\"\",\"b\":null}\n");
    struct ArrowArrayStream stream;
    struct ArrowSchema schema, again;
    struct ArrowArray array;
    rv_table_options in = {.path = path};
    cr_assert_eq(rv_table_to_arrow(&in, NULL, &stream, NULL), RV_OK);
    cr_assert(stream.get_schema(&stream, &schema) == 0 && stream.get_schema(&stream, &again) == 0);
    cr_assert(stream.get_next(&stream, &array) == 0 && array.release);
    cr_assert_null(stream.get_last_error(&stream));
    struct ArrowArray end;
    for (int i = 0; i < 2; i++) cr_assert(stream.get_next(&stream, &end) == 0 && !end.release, "the end stays the end");
    stream.release(&stream);
    cr_assert_null(stream.release);
    again.release(&again);
    cr_assert_str_eq(schema.format, "+s");
    struct ArrowSchema name = *schema.children[1];
    schema.children[1]->release = NULL;
    schema.release(&schema);
    cr_assert(strcmp(name.name, "b") == 0 && strcmp(name.format, "u") == 0 && name.flags & ARROW_FLAG_NULLABLE);
    name.release(&name);
    struct ArrowArray moved = *array.children[1];
    array.children[1]->release = NULL;
    cr_assert_eq(array.length, 2);
    array.release(&array);
    cr_assert(!array.release && moved.length == 2 && moved.null_count == 1 && moved.n_buffers == 3);
    cr_assert_eq((uintptr_t)moved.buffers[1] % 64, 0);
    cr_assert_eq(((const uint8_t *)moved.buffers[0])[0], 1);
    cr_assert_arr_eq(moved.buffers[2], "1.50", 4);
    moved.release(&moved);
}

Test(arrow, rejected_rows_are_told_at_the_end_and_kept) {
    const char *path = scratch_text("bad.csv", "a,b\n1,2\n3,4,5,6\n7,8\n9,9\n"), *rejects = scratch_path("rejects.csv");
    for (int allowed = 0; allowed < 2; allowed++) {
        struct ArrowArrayStream stream;
        struct ArrowArray array = {0};
        rv_table_options in = {.path = path, .dialect = {.separator = ',', .header = RV_YES}};
        rv_settings settings = {.max_rejects = allowed, .rejects = rejects, .force = true};
        cr_assert_eq(rv_table_to_arrow(&in, &settings, &stream, NULL), RV_OK);
        memset(&settings, 0xff, sizeof settings); /* it owes nothing to them */
        int code = stream.get_next(&stream, &array);
        cr_assert(code == 0 && array.length == 3);
        array.release(&array);
        code = stream.get_next(&stream, &array);
        cr_assert_null(array.release);
        cr_assert_eq(code == 0, allowed == 1);
        if (!allowed) {
            cr_assert(strstr(stream.get_last_error(&stream), "1 of 4 rows rejected"), "%s", stream.get_last_error(&stream));
            cr_assert(stream.get_next(&stream, &array) == code, "what failed stays failed");
        }
        stream.release(&stream);
        char *lines = scratch_read(rejects, NULL);
        cr_assert(lines && strstr(lines, ",3,8,ragged,\"3,4,5,6\"\n"), "%s", lines);
        free(lines);
        remove(rejects);
    }
    rv_error err = {0};
    struct ArrowArrayStream stream = {0};
    cr_assert_eq(rv_table_to_arrow(&(rv_table_options){.path = "no/such.csv"}, NULL, &stream, &err), RV_BAD_INPUT);
    cr_assert(!stream.release && strstr(err.file, "no/such.csv"));
}

/* What the exact dialect is for: none of these rows is taken for anything but a row. */
Test(arrow, rows_that_look_like_headers_totals_or_nothing_are_rows) {
    static const char csv[] = "a,b\n,\na,b\n\"\",\"\"\nTotal,\n,\n";
    const char *path = scratch_text("odd.csv", csv), *back = scratch_path("odd-back.csv");
    rv_error err = {0};
    cr_assert_eq(there_and_back(path, back, &err), RV_OK, "%s", err.message);
    char *again = scratch_read(back, NULL);
    cr_assert_str_eq(again, csv);
    free(again);
}

Test(arrow, a_file_is_replaced_only_by_force_and_a_dry_run_counts) {
    const char *path = scratch_text("there.csv", "kept\n");
    for (int i = 0; i < 3; i++) {
        hand h = {.rows = 3};
        add_column(&h, "a", "n", 0, 0, NULL);
        struct ArrowArrayStream stream = {hand_schema, hand_next, hand_error, hand_release, &h};
        rv_settings settings = {.dry_run = i == 1};
        volatile int cancel = i == 2;
        if (i == 2) settings = (rv_settings){.force = true, .cancel = &cancel};
        rv_report report = {0};
        rv_status status = rv_table_from_arrow(&stream, path, NULL, &settings, &report, NULL);
        static const rv_status expected[] = {RV_BAD_ARGUMENT, RV_OK, RV_INTERRUPTED};
        cr_assert_eq(status, expected[i]);
        cr_assert(!stream.release && h.streams_released == 1);
        if (i == 1) cr_assert(strstr(report.json, "\"rows\":{\"in\":3,\"out\":3,\"rejected\":0}"), "%s", report.json);
        rv_report_reset(&report);
        char *kept = scratch_read(path, NULL);
        cr_assert_str_eq(kept, "kept\n");
        free(kept);
        cr_assert_eq(scratch_count(), 1, "nothing is left behind");
    }
}

/* The pull walk beside the push one, looked at beforehand or not. */
Test(arrow, blocks_are_pulled_as_they_are_pushed) {
    size_t n;
    char *csv = random_table(11, &n);
    const char *path = scratch_file("pull.csv", csv, n);
    rv_free(csv);
    rv_table *table;
    rv_error err = {0};
    cr_assert_eq(rv_table_open(path, &exact, &table, &err), RV_OK);
    cr_assert_eq(rv_table_each(table, 1, &(rv_table_visitor){0}, &err), RV_OK);
    rv_table_counts pushed = rv_table_counted(table), pulled;
    rv_table_close(table);
    for (int look = 0; look < 2; look++) {
        cr_assert_eq(rv_table_open(path, &exact, &table, &err), RV_OK);
        rv_batch first;
        if (look) cr_assert_eq(rv_table_peek(table, &first, &err), RV_OK);
        const rv_table_block *block;
        uint64_t blocks = 0, rows = 0;
        for (;;) {
            cr_assert_eq(rv_table_next(table, &block, &err), RV_OK);
            if (!block) break;
            cr_assert_eq(block->number, blocks++);
            rows += block->batch.rows;
        }
        cr_assert_neq(rv_table_peek(table, &first, &err), RV_OK);
        cr_assert_neq(rv_table_each(table, 1, &(rv_table_visitor){0}, &err), RV_OK);
        pulled = rv_table_counted(table);
        cr_assert_gt(blocks, 1, "%zu bytes are one block", n);
        cr_assert(rows == pushed.rows && pulled.rows == rows);
        cr_assert(pulled.input_hash == pushed.input_hash && pulled.decoded_bytes == pushed.decoded_bytes);
        rv_table_close(table);
    }
}

#ifdef RV_TESTING
Test(arrow, want_of_memory_is_said_and_nothing_leaks) {
    const char *path = scratch_text("m.csv", "a,b\nx,\n\"\",y\n"), *back = scratch_path("m-back.csv");
    for (uint64_t n = 1;; n++) {
        rv_error err = {0};
        rv_memory_fail_at(n, false);
        rv_status status = there_and_back(path, back, &err);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            cr_assert_gt(n, 12);
            break;
        }
        /* On the other side of the interface it is the producer's failure. */
        cr_assert(status == RV_NO_MEMORY || strstr(err.message, "producer says"), "%llu: %s", (unsigned long long)n,
                  err.message);
    }
}
#endif

/* --- Beside libduckdb ------------------------------------------------------------------------------------------------ */

typedef struct duck_stream {
    void *result;
    int (*get_schema)(void *, struct ArrowSchema **);
    int (*get_array)(void *, struct ArrowArray **);
    void (*destroy)(void **);
} duck_stream;

static int duck_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    duck_stream *d = stream->private_data;
    return d->get_schema(d->result, &out);
}
static int duck_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    duck_stream *d = stream->private_data;
    *out = (struct ArrowArray){0};
    return d->get_array(d->result, &out);
}
static void duck_release(struct ArrowArrayStream *stream) {
    duck_stream *d = stream->private_data;
    d->destroy(&d->result);
    stream->release = NULL;
}

static void *symbol(const char *name) {
    void *library = dlopen("libduckdb.so", RTLD_NOW);
    return library ? dlsym(library, name) : NULL;
}

/* Each value as the text that DuckDB itself casts it to. */
Test(arrow, values_have_duckdbs_text) {
    duck_stream d = {0};
    int (*query)(void *, const char *, void **);
    *(void **)&query = symbol("duckdb_query_arrow");
    *(void **)&d.get_schema = symbol("duckdb_query_arrow_schema");
    *(void **)&d.get_array = symbol("duckdb_query_arrow_array");
    *(void **)&d.destroy = symbol("duckdb_destroy_arrow");
    if (!rv_duckdb_version() || !query || !d.get_schema || !d.get_array || !d.destroy) {
        cr_skip_test("libduckdb isn't there");
        return;
    }
    static const char select[] =
        "SELECT CASE WHEN i % 7 = 3 THEN NULL ELSE i - 3000 END AS n, (i * 37 % 256)::UTINYINT AS u, "
        "(i * 0.37 - 500)::DECIMAL(9,3) AS d, (i * 1234567890123456789::HUGEINT)::DECIMAL(38,10) AS w, "
        "(i - 2500) / 7.0::DOUBLE AS g, ((i - 2500) / 7)::FLOAT AS f, "
        "i % 3 = 0 AS b, DATE '1900-01-01' + (i * 20)::INTEGER AS day, "
        "TIMESTAMP '1950-03-04 05:06:07' + INTERVAL (i * 7654321) MILLISECONDS AS at, "
        "(TIMESTAMP '1950-03-04 05:06:07' + INTERVAL (i * 654321) MICROSECONDS)::TIMESTAMP_S AS s, "
        "('t' || i % 5)::ENUM('t0', 't1', 't2', 't3', 't4') AS e, "
        "CASE i % 4 WHEN 0 THEN '' WHEN 1 THEN NULL WHEN 2 THEN 'a,\"b\"' ELSE 'Zo\xc3\xa9 ' || i END AS t "
        "FROM range(5000) r(i)";
    rv_duck duck = {0};
    rv_error err = {0};
    cr_assert_eq(rv_duck_open(&duck, &err), RV_OK, "%s", err.message);
    cr_assert_eq(query(duck.connection, select, &d.result), 0);
    struct ArrowArrayStream stream = {duck_schema, duck_next, hand_error, duck_release, &d};
    const char *ours = scratch_path("ours.csv"), *theirs = scratch_path("theirs.csv");
    cr_assert_eq(rv_table_from_arrow(&stream, ours, NULL, NULL, NULL, &err), RV_OK, "%s", err.message);
    char path[sizeof select + 8];
    snprintf(path, sizeof path, "duckdb:%s", select);
    rv_table_options in = {.path = path};
    cr_assert_eq(rv_table_to_arrow(&in, NULL, &stream, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_table_from_arrow(&stream, theirs, NULL, NULL, NULL, &err), RV_OK, "%s", err.message);
    size_t n, m;
    char *a = scratch_read(ours, &n), *b = scratch_read(theirs, &m);
    size_t at = 0, line = 0;
    while (at < n && at < m && a[at] == b[at]) at++;
    for (line = at; line > 0 && a[line - 1] != '\n';) line--;
    cr_assert(n == m && at == n, "%.200s\n%.200s", a + line, b + line);
    cr_assert_gt(n, 300000);
    free(a), free(b);
    rv_duck_close(&duck);
}

/* DuckDB takes a schema from the stream three times and leaves it to the stream to release: it is lent one. */
typedef struct lender {
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
} lender;
static void lent(struct ArrowSchema *schema) { schema->release = NULL; }
static int lend_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    *out = ((lender *)stream->private_data)->schema;
    out->release = lent;
    return 0;
}
static int lend_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    lender *l = stream->private_data;
    return l->stream.get_next(&l->stream, out);
}
static void keep(struct ArrowArrayStream *stream) { stream->release = NULL; }

/* A table of ours is one that DuckDB can ask: what it says of it is what it says of the file. */
Test(arrow, duckdb_reads_our_streams) {
    int (*scan)(void *, const char *, struct ArrowArrayStream *);
    *(void **)&scan = symbol("duckdb_arrow_scan");
    if (!rv_duckdb_version() || !scan) {
        cr_skip_test("libduckdb isn't there");
        return;
    }
    size_t n;
    char *csv = random_table(11, &n);
    const char *path = scratch_file("scan.csv", csv, n);
    rv_free(csv);
    rv_duck duck = {0};
    rv_error err = {0};
    cr_assert_eq(rv_duck_open(&duck, &err), RV_OK, "%s", err.message);
    lender l;
    rv_table_options in = {.path = path, .dialect = exact};
    cr_assert_eq(rv_table_to_arrow(&in, NULL, &l.stream, &err), RV_OK, "%s", err.message);
    cr_assert_eq(l.stream.get_schema(&l.stream, &l.schema), 0);
    struct ArrowArrayStream stream = {lend_schema, lend_next, hand_error, keep, &l};
    cr_assert_eq(scan(duck.connection, "ours", &stream), 0);
    char sql[900];
    snprintf(sql, sizeof sql,
             "CREATE TABLE a AS FROM ours; CREATE TABLE b AS FROM read_csv('%s', all_varchar=true, header=true, delim=',', "
             "quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false); "
             "SELECT CASE WHEN (SELECT count(*) FROM a) > 1000 AND NOT EXISTS (FROM a EXCEPT ALL FROM b) AND "
             "NOT EXISTS (FROM b EXCEPT ALL FROM a) THEN 1 ELSE error('they differ') END",
             path);
    cr_assert_eq(rv_duck_do(&duck, sql, &err), RV_OK, "%s", err.message);
    l.schema.release(&l.schema);
    l.stream.release(&l.stream);
    rv_duck_close(&duck);
}
