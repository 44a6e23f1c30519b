/* Frames: every cell comes back as it was, whatever the way in; what may be scored and what may not. */
#include "frame.h"
#include "random.h"
#include "report.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static rv_text cell(const rv_frame *frame, const char *name, uint64_t row) {
    const rv_frame_column *column = rv_frame_find(frame, name);
    cr_assert(column, "no column %s", name);
    cr_assert_eq(column->codes.narrow != NULL, column->dictionary.n <= RV_NARROW_VALUES, "%s", name);
    uint32_t code = rv_code_at(column->codes, row);
    return code ? rv_dictionary_value(&column->dictionary, code) : (rv_text){"", 0, 0};
}

Test(frame, a_file_comes_back_cell_by_cell_for_any_threads) {
    enum { ROWS = 20000 };
    rv_buffer csv = {0};
    rv_buffer_string(&csv, "client_id,short,long,blank\n");
    for (unsigned i = 0; i < ROWS; i++) {
        rv_random r;
        rv_random_init(&r, 3, i);
        unsigned few = rv_random_below(&r, 5000), fewer = rv_random_below(&r, 50);
        rv_buffer_format(&csv, "id-%u, v%u ,a value that is longer than fifteen bytes %u,%s\n", i, few, fewer,
                         i % 3 ? "x" : "");
    }
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_file("in.csv", csv.data, csv.len));
    rv_buffer_free(&csv);
    for (int threads = 1; threads <= 3; threads++) {
        rv_table_options table = {.path = path};
        rv_settings settings = {.threads = threads};
        rv_frame frame;
        rv_summary summary;
        rv_error err = {0};
        rv_summary_begin(&summary, "test");
        cr_assert_eq(rv_frame_read(&table, NULL, &settings, &frame, &summary, &err), RV_OK, "%s", err.message);
        cr_assert_eq(frame.rows, ROWS);
        cr_assert_eq(summary.rows_in, ROWS);
        cr_assert_eq(frame.columns, 3);
        for (unsigned i = 0; i < ROWS; i++) {
            rv_random r;
            char text[64];
            rv_random_init(&r, 3, i);
            snprintf(text, sizeof text, "v%u", rv_random_below(&r, 5000));
            cr_assert(rv_text_is(cell(&frame, "short", i), text), "row %u", i);
            snprintf(text, sizeof text, "a value that is longer than fifteen bytes %u", rv_random_below(&r, 50));
            cr_assert(rv_text_is(cell(&frame, "long", i), text));
            cr_assert(rv_text_is(cell(&frame, "blank", i), i % 3 ? "x" : ""));
            snprintf(text, sizeof text, "id-%u", i);
            cr_assert(rv_text_is(rv_dictionary_value(&frame.ids, i + 1), text));
        }
        rv_summary_reset(&summary);
        rv_frame_reset(&frame);
    }
}

Test(frame, codes_depend_on_the_values_only) {
    const char *path = scratch_text("in.csv", "id,a\n1,10\n2,9\n3,beta\n4,alpha\n5,9\n");
    rv_table_options table = {.path = path};
    rv_frame frame;
    cr_assert_eq(rv_frame_read(&table, NULL, NULL, &frame, NULL, NULL), RV_OK);
    const uint8_t *codes = rv_frame_find(&frame, "a")->codes.narrow;
    cr_assert(codes[1] < codes[0] && codes[3] < codes[2] && codes[1] == codes[4]);
    rv_frame_reset(&frame);
}

Test(frame, names_keys_and_contact_data_are_never_scored) {
    const rv_role never[] = {RV_ROLE_ID,           RV_ROLE_FIRST_NAME,   RV_ROLE_LAST_NAME,    RV_ROLE_FULL_NAME,
                             RV_ROLE_EMAIL,        RV_ROLE_EMAIL_SHA256, RV_ROLE_MOBILE,       RV_ROLE_PHONE,
                             RV_ROLE_PHONE_SHA256, RV_ROLE_STREET,       RV_ROLE_ADDRESS_LINE, RV_ROLE_IDENTIFIER};
    const rv_role always[] = {RV_ROLE_NONE,    RV_ROLE_AGE,      RV_ROLE_CIVILITY, RV_ROLE_REGION,
                              RV_ROLE_COUNTRY, RV_ROLE_POSTCODE, RV_ROLE_ATTRIBUTE};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) cr_assert_not(rv_column_is_scored("x", never[i]));
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) cr_assert(rv_column_is_scored("x", always[i]));
    cr_assert_not(rv_column_is_scored("rv_tier", RV_ROLE_NONE));
}

Test(frame, a_postcode_gives_its_first_two_digits_and_a_kept_column_is_there_whatever_it_is) {
    const char *path = scratch_text("in.csv", "id,email,postcode,x\n1,a@b.fr,75011,1\n2,c@d.fr,75002,2\n3,,9,3\n");
    rv_table_options table = {.path = path};
    rv_frame frame;
    cr_assert_eq(rv_frame_read(&table, "email", NULL, &frame, NULL, NULL), RV_OK);
    cr_assert(rv_text_is(cell(&frame, "postcode", 0), "75") && rv_text_is(cell(&frame, "postcode", 1), "75"));
    cr_assert(rv_text_is(cell(&frame, "postcode", 2), "9"));
    cr_assert(rv_text_is(cell(&frame, "email", 1), "c@d.fr"));
    cr_assert_not(rv_frame_find(&frame, "email")->scored);
    cr_assert_null(rv_frame_find(&frame, "id"));
    rv_frame_reset(&frame);
    const char *const ignored[] = {"x"};
    table.ignore = ignored;
    table.n_ignore = 1;
    cr_assert_eq(rv_frame_read(&table, NULL, NULL, &frame, NULL, NULL), RV_OK);
    cr_assert_null(rv_frame_find(&frame, "x"));
    rv_frame_reset(&frame);
    rv_error err = {0};
    cr_assert_eq(rv_frame_read(&table, "emial", NULL, &frame, NULL, &err), RV_BAD_ARGUMENT);
    cr_assert(strstr(err.hint, "email"), "%s", err.hint);
}

Test(frame, a_birth_date_is_one_value_whatever_its_form) {
    const char *path = scratch_text("in.csv", "id,date_naissance\n1,1975-12-31\n2,31.12.1975\n3,19751231\n4,1975\n"
                                              "5,1769-12-31\n6,31/12/1769\n7,1770-01-01\n8,2128-11-10\n9,2128-11-11\n"
                                              "10,2128-11-12\n11,12.11.2128\n12,9999-12-31\n");
    rv_table_options table = {.path = path};
    rv_settings settings = {.threads = 1};
    rv_frame frame;
    rv_summary summary;
    rv_summary_begin(&summary, "test");
    cr_assert_eq(rv_frame_read(&table, NULL, &settings, &frame, &summary, NULL), RV_OK);
    for (unsigned i = 0; i < 3; i++)
        cr_assert(rv_text_is(cell(&frame, "date_naissance", i), "1975-12-31"), "row %u", i);
    static const char *const others[] = {"1975",       "1769-12-31", "1769-12-31", "1770-01-01", "2128-11-10",
                                         "2128-11-11", "2128-11-12", "2128-11-12", "9999-12-31"}; /* the table's ends */
    for (unsigned i = 0; i < 9; i++)
        cr_assert(rv_text_is(cell(&frame, "date_naissance", 3 + i), others[i]), "%s", others[i]);
    cr_assert_eq(rv_frame_find(&frame, "date_naissance")->dictionary.n, 8, "no day twice");
    rv_summary_reset(&summary);
    rv_frame_reset(&frame);
}

Test(frame, rejected_rows_are_counted_and_over_budget_stops_the_job) {
    const char *path = scratch_text("in.csv", "id,a\n1,x\n2,y,z\n3,w\n");
    rv_table_options table = {.path = path};
    rv_settings generous = {.max_rejects = 2}, strict = {0};
    rv_frame frame;
    rv_summary summary;
    rv_summary_begin(&summary, "test");
    cr_assert_eq(rv_frame_read(&table, NULL, &generous, &frame, &summary, NULL), RV_OK);
    cr_assert_eq(frame.rows, 2);
    cr_assert_eq(summary.rejected, 1);
    cr_assert_eq(summary.rows_in, 3);
    rv_frame_reset(&frame);
    rv_summary_reset(&summary);
    cr_assert_eq(rv_frame_read(&table, NULL, &strict, &frame, NULL, NULL), RV_OVER_BUDGET);
}

Test(frame, a_builder_takes_codes_as_they_are_and_texts_by_cell) {
    static const uint64_t starts[] = {0, 3, 6};
    const rv_dictionary dictionary = {2, starts, "lowtop", NULL, NULL};
    const rv_frame_spec specs[] = {{"band", RV_ROLE_ATTRIBUTE, true, &dictionary},
                                   {"town", RV_ROLE_CITY, false, NULL},
                                   {"religion", RV_ROLE_NONE, false, NULL}};
    const rv_text ids[] = {RV_TEXT("k1"), RV_TEXT("k2")};
    const rv_text texts[] = {RV_TEXT("Lyon"), RV_TEXT("a"), RV_TEXT("Nice"), RV_TEXT("")};
    const uint32_t codes[] = {2, 0};
    rv_frame_builder *builder;
    rv_frame frame;
    cr_assert_eq(rv_frame_builder_new(specs, 3, &builder, NULL), RV_OK);
    cr_assert_eq(rv_frame_builder_add(builder, 2, ids, texts, codes, NULL), RV_OK);
    cr_assert_eq(rv_frame_builder_finish(builder, 2, &frame, NULL), RV_OK);
    cr_assert(rv_text_is(cell(&frame, "band", 0), "top") && rv_text_is(cell(&frame, "band", 1), ""));
    cr_assert(rv_text_is(cell(&frame, "town", 0), "Lyon") && rv_text_is(cell(&frame, "town", 1), "Nice"));
    cr_assert(rv_text_is(rv_dictionary_value(&frame.ids, 2), "k2"));
    cr_assert(rv_frame_find(&frame, "band")->sensitive && rv_frame_find(&frame, "religion")->sensitive);
    cr_assert_not(rv_frame_find(&frame, "town")->sensitive);
    rv_frame_reset(&frame);
    rv_frame_builder_free(NULL);
}

/* Codes given of some rows only are those of all rows, with zeros between; pieces are used again. What is expected of a file
 * changes no code, be it too little, too much or nothing. */
static void codes_of_some_rows(uint64_t file_bytes) {
    enum { ROWS = 300, WIDE = 400, ROUNDS = 12 };
    uint64_t starts[WIDE + 1];
    for (size_t i = 0; i <= WIDE; i++) starts[i] = 0;
    const rv_dictionary narrow = {RV_NARROW_VALUES, starts, "", NULL, NULL}, wide = {WIDE, starts, "", NULL, NULL};
    const rv_frame_spec specs[] = {{"n", RV_ROLE_ATTRIBUTE, false, &narrow},
                                   {"t", RV_ROLE_NONE, false, NULL},
                                   {"w", RV_ROLE_ATTRIBUTE, false, &wide}};
    rv_frame_builder *some, *all;
    rv_frame_piece *piece = NULL;
    rv_frame a, b;
    rv_random random;
    rv_random_init(&random, 7, 11);
    cr_assert_eq(rv_frame_builder_new(specs, 3, &some, NULL), RV_OK);
    cr_assert_eq(rv_frame_builder_new(specs, 3, &all, NULL), RV_OK);
    rv_frame_builder_expect(some, 10, 50, file_bytes);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t rows = rv_random_below(&random, ROWS + 1), n = 0, coded[ROWS], given[2 * ROWS], full[2 * ROWS] = {0};
        rv_text texts[ROWS];
        for (uint32_t r = 0; r < rows; r++) {
            texts[r] = r % 3 ? RV_TEXT("x") : RV_TEXT("");
            if (rv_random_below(&random, 12) >= (uint32_t)round) continue; /* from none to nearly all */
            coded[n] = r;
            given[2 * n] = full[2 * r] = rv_random_below(&random, RV_NARROW_VALUES + 1);
            given[2 * n + 1] = full[2 * r + 1] = rv_random_below(&random, WIDE + 1);
            n++;
        }
        rv_frame_rows in = {.rows = rows, .cells = texts, .stride = 1, .codes = given, .coded = coded, .n_coded = n};
        cr_assert_eq(rv_frame_piece_fill(some, &in, &piece, NULL), RV_OK);
        cr_assert_eq(rv_frame_builder_take(some, piece, NULL), RV_OK);
        cr_assert_eq(rv_frame_builder_add(all, rows, NULL, texts, full, NULL), RV_OK);
    }
    rv_frame_piece_free(piece);
    cr_assert_eq(rv_frame_builder_finish(some, 2, &a, NULL), RV_OK);
    cr_assert_eq(rv_frame_builder_finish(all, 2, &b, NULL), RV_OK);
    cr_assert_eq(a.rows, b.rows);
    for (uint32_t c = 0; c < 3; c++)
        for (uint64_t r = 0; r < a.rows; r++)
            cr_assert_eq(rv_code_at(a.column[c].codes, r), rv_code_at(b.column[c].codes, r), "column %u row %llu", c,
                         (unsigned long long)r);
    rv_frame_reset(&a);
    rv_frame_reset(&b);
}

Test(frame, codes_of_some_rows_are_codes_of_all_with_zeros_between) {
    static const uint64_t file_bytes[] = {0, 20, 500, 7000, 1000000, UINT64_MAX};
    for (size_t i = 0; i < sizeof file_bytes / sizeof *file_bytes; i++) codes_of_some_rows(file_bytes[i]);
}

#ifdef RV_TESTING
Test(frame, every_allocation_of_a_builder_may_fail) {
    const rv_frame_spec specs[] = {{"a", RV_ROLE_NONE, false, NULL}, {"b", RV_ROLE_NONE, false, NULL}};
    const rv_text texts[] = {RV_TEXT("x"), RV_TEXT("y"), RV_TEXT("z"), RV_TEXT("a value of more than fifteen bytes")};
    bool done = false;
    for (uint64_t n = 1; !done && n < 200; n++) {
        rv_frame_builder *builder = NULL;
        rv_frame frame = {0};
        rv_memory_fail_at(n, false);
        rv_status status = rv_frame_builder_new(specs, 2, &builder, NULL);
        if (status == RV_OK) {
            status = rv_frame_builder_add(builder, 2, NULL, texts, NULL, NULL);
            if (status == RV_OK) status = rv_frame_builder_finish(builder, 2, &frame, NULL);
            else rv_frame_builder_free(builder);
        }
        rv_memory_fail_at(0, false);
        done = status == RV_OK;
        cr_assert(done || status == RV_NO_MEMORY);
        rv_frame_reset(&frame);
    }
    cr_assert(done);
}
#endif
