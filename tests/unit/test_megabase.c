/* A megabase against the contacts it was made from, in both layouts. */
#include "contact_maker.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const rv_layout layouts[] = {RV_IMAGE, RV_ARCHIVE};

/* Every row once, and as many again at random. */
static uint32_t *rows_to_ask(uint32_t rows, uint64_t seed, size_t *n) {
    uint32_t *asked = calloc(2 * (size_t)rows + 1, sizeof *asked);
    rv_random random;
    rv_random_init(&random, seed, 99);
    for (uint32_t i = 0; i < rows; i++) {
        asked[i] = i;
        asked[rows + i] = rv_random_below(&random, rows);
    }
    for (size_t i = 2 * (size_t)rows; i > 1; i--) {
        size_t j = rv_random_below(&random, (uint32_t)i);
        uint32_t held = asked[i - 1];
        asked[i - 1] = asked[j];
        asked[j] = held;
    }
    *n = 2 * (size_t)rows;
    return asked;
}

static void check_file(const made_contacts *made, const char *path, rv_layout layout, unsigned prepare) {
    rv_error err = {0};
    rv_megabase *megabase;
    cr_assert_eq(rv_megabase_open(path, &megabase, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_megabase_rows(megabase), made->rows);
    cr_assert_eq(rv_megabase_layout(megabase), layout);
    cr_assert_eq(memcmp(rv_megabase_secret(megabase), &made->secret, sizeof made->secret), 0);
    if (prepare) cr_assert_eq(rv_megabase_prepare(megabase, prepare, 2, &err), RV_OK, "%s", err.message);
    size_t n;
    uint32_t *rows = rows_to_ask(made->rows, 5, &n);
    uint32_t differ = contacts_differ(made, megabase, rows, n, &err);
    cr_assert_eq(differ, 0u, "row %u differs: %s", differ - 1, err.message);
    free(rows);
    rv_megabase_close(megabase);
}

static void round_trip(const making *how) {
    made_contacts *made = contacts_make(how);
    rv_error err = {0};
    for (int l = 0; l < 2; l++) {
        const char *path = scratch_path(l ? "archive.rvl" : "image.rvl");
        rv_megabase_settings settings = {
            .layout = layouts[l], .seeded = true, .seed = how->seed, .threads = 2, .replace = true};
        cr_assert_eq(contacts_write(made, path, &settings, &err), RV_OK, "%s", err.message);
        check_file(made, path, layouts[l], 0);
        check_file(made, path, layouts[l], RV_PREPARE_ALL);
    }
    contacts_free(made);
}

Test(megabase, contacts_come_back_as_they_went_in) {
    round_trip(&(making){.rows = 9000, .seed = 1, .narrow = 11, .wide = true, .long_texts = 500});
}
/* Read in part, a contact has the fields asked for as the whole one has them, and none of the others. */
Test(megabase, contacts_in_part_are_parts_of_the_whole) {
    enum { N = 700 };
    made_contacts *made = contacts_make(&(making){.rows = N, .seed = 31, .narrow = 3, .long_texts = 50});
    for (int l = 0; l < 2; l++) {
        const char *path = scratch_path("parts.rvl");
        rv_megabase_settings settings = {
            .layout = layouts[l], .seeded = true, .seed = 31, .threads = 1, .replace = true};
        rv_error err = {0};
        rv_megabase *megabase;
        rv_contact_reader *reader;
        rv_arena arena = {0};
        static uint32_t rows[N];
        static uint64_t fields[N];
        static rv_contact whole[N], part[N];
        cr_assert_eq(contacts_write(made, path, &settings, &err), RV_OK, "%s", err.message);
        cr_assert_eq(rv_megabase_open(path, &megabase, &err), RV_OK, "%s", err.message);
        cr_assert_eq(rv_contact_reader_new(megabase, &reader, &err), RV_OK);
        rv_random random;
        rv_random_init(&random, 31, (uint64_t)l);
        for (uint32_t i = 0; i < N; i++) {
            rows[i] = rv_random_below(&random, N);
            fields[i] = i % 7 ? rv_random_next(&random) : 0;
        }
        cr_assert_eq(rv_contact_read(reader, rows, N, &arena, whole, &err), RV_OK, "%s", err.message);
        cr_assert_eq(rv_contact_read_some(reader, rows, N, fields, &arena, part, &err), RV_OK, "%s", err.message);
        for (uint32_t i = 0; i < N; i++) {
            cr_assert(rv_text_equal(part[i].id, whole[i].id));
            cr_assert_eq(part[i].aliases.len, 0u);
            cr_assert_eq(part[i].present, whole[i].present);
            for (uint32_t f = 0; f < made->schema.n_fields; f++) {
                rv_text expected = fields[i] >> f & 1 ? whole[i].fields[f] : (rv_text){0};
                cr_assert(rv_text_equal(part[i].fields[f], expected), "seed 31, contact %u, field %u", i, f);
                cr_assert_eq(whole[i].present >> f & 1, whole[i].fields[f].len > 0);
            }
        }
        rv_contact_reader_free(reader);
        rv_megabase_close(megabase);
        rv_arena_free(&arena);
    }
    contacts_free(made);
}

Test(megabase, both_sides_of_a_block_of_contacts) {
    uint32_t sizes[] = {0, 1, 15, 16, 17, 511, 512, 513, 4097};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        round_trip(&(making){.rows = sizes[i], .seed = 2 + i, .narrow = 3});
}
Test(megabase, a_base_without_narrow_attributes) {
    round_trip(&(making){.rows = 100, .seed = 20, .narrow = 0, .wide = true});
}

/* --- Convert ----------------------------------------------------------------------------------------------------- */

Test(megabase, converting_there_and_back_changes_no_value) {
    made_contacts *made =
        contacts_make(&(making){.rows = 9000, .seed = 41, .narrow = 5, .wide = true, .long_texts = 700});
    rv_error err = {0};
    rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .seed = 41, .threads = 2};
    char image[256], archive[256], back[256], again[256];
    snprintf(image, sizeof image, "%s", scratch_path("image.rvl"));
    snprintf(archive, sizeof archive, "%s", scratch_path("archive.rvl"));
    snprintf(back, sizeof back, "%s", scratch_path("back.rvl"));
    snprintf(again, sizeof again, "%s", scratch_path("again.rvl"));
    cr_assert_eq(contacts_write(made, image, &settings, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_megabase_convert(image, archive, RV_ARCHIVE, false, 2, &err), RV_OK, "%s", err.message);
    check_file(made, archive, RV_ARCHIVE, 0);
    cr_assert_eq(rv_megabase_convert(archive, back, RV_IMAGE, false, 2, &err), RV_OK, "%s", err.message);
    check_file(made, back, RV_IMAGE, RV_PREPARE_ALL);
    cr_assert_eq(rv_megabase_convert(archive, again, RV_IMAGE, false, 1, &err), RV_OK, "%s", err.message);
    size_t n, m;
    char *one = scratch_read(back, &n), *two = scratch_read(again, &m);
    cr_assert(n == m && memcmp(one, two, n) == 0, "the bytes depend on the threads");
    free(one);
    free(two);
    contacts_free(made);
}

Test(megabase, a_converted_file_keeps_its_id_and_takes_the_next_generation) {
    made_contacts *made = contacts_make(&(making){.rows = 50, .seed = 42, .narrow = 2});
    rv_error err = {0};
    rv_megabase_settings settings = {.layout = RV_IMAGE, .threads = 1};
    char image[256], archive[256];
    snprintf(image, sizeof image, "%s", scratch_path("image.rvl"));
    snprintf(archive, sizeof archive, "%s", scratch_path("archive.rvl"));
    cr_assert_eq(contacts_write(made, image, &settings, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_megabase_convert(image, archive, RV_ARCHIVE, false, 1, &err), RV_OK, "%s", err.message);
    rv_megabase *a, *b;
    rv_megabase_report ra, rb;
    cr_assert_eq(rv_megabase_open(image, &a, &err), RV_OK);
    cr_assert_eq(rv_megabase_open(archive, &b, &err), RV_OK);
    cr_assert_eq(rv_megabase_describe(a, &ra, &err), RV_OK);
    cr_assert_eq(rv_megabase_describe(b, &rb, &err), RV_OK);
    cr_assert_eq(memcmp(ra.file_id, rb.file_id, 16), 0);
    cr_assert_eq(ra.generation + 1, rb.generation);
    cr_assert(ra.created != 0 && ra.created == rb.created);
    for (uint32_t i = 0; i < made->schema.n_fields; i++) {
        uint64_t filled = 0;
        for (uint32_t row = 0; row < made->rows; row++) filled += made->contacts[row].fields[i].len != 0;
        cr_assert_eq(ra.field_fill[i], filled);
        cr_assert_eq(rb.field_fill[i], filled);
    }
    rv_megabase_report_reset(&ra);
    rv_megabase_report_reset(&rb);
    rv_megabase_close(a);
    rv_megabase_close(b);
    cr_assert_eq(rv_megabase_convert(image, image, RV_ARCHIVE, true, 1, &err), RV_BAD_ARGUMENT);    /* onto itself */
    cr_assert_eq(rv_megabase_convert(image, archive, RV_ARCHIVE, false, 1, &err), RV_BAD_ARGUMENT); /* it exists */
    contacts_free(made);
}

/* --- Refusals of the writer -------------------------------------------------------------------------------------- */

Test(megabase_writer, the_same_contacts_and_seed_give_the_same_bytes) {
    made_contacts *made = contacts_make(&(making){.rows = 5000, .seed = 43, .narrow = 6, .wide = true});
    for (int l = 0; l < 2; l++) {
        char *bytes[2];
        size_t n[2];
        for (int i = 0; i < 2; i++) {
            rv_megabase_settings settings = {
                .layout = layouts[l], .seeded = true, .seed = 9, .threads = 1 + i, .replace = true};
            const char *path = scratch_path("same.rvl");
            cr_assert_eq(contacts_write(made, path, &settings, NULL), RV_OK);
            bytes[i] = scratch_read(path, &n[i]);
        }
        cr_assert(n[0] == n[1] && memcmp(bytes[0], bytes[1], n[0]) == 0);
        free(bytes[0]);
        free(bytes[1]);
    }
    contacts_free(made);
}

Test(megabase_writer, what_breaks_a_promise_is_refused_and_nothing_is_published) {
    made_contacts *made = contacts_make(&(making){.rows = 40, .seed = 44, .narrow = 3});
    const char *path = scratch_path("refused.rvl");
    rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .threads = 1};
    rv_error err = {0};
    rv_contact_block block = {.rows = 40,
                              .contacts = made->contacts,
                              .codes = made->codes,
                              .attribute_origins = made->attribute_origins,
                              .persons = made->persons};
    for (int what = 0; what < 6; what++) {
        rv_megabase_writer *w;
        rv_encoded_block *e = NULL;
        cr_assert_eq(rv_megabase_create(path, &made->schema, made->dictionaries, &settings, &w, &err), RV_OK, "%s",
                     err.message);
        rv_text city = made->contacts[7].fields[3];
        char *huge = calloc(1, 70000);
        if (what == 0) made->codes[5] = 99; /* beyond its dictionary */
        if (what == 1) made->contacts[7].origins[3].source = 77;
        if (what == 2) made->contacts[7].fields[3] = rv_text_make(huge, 70000);
        rv_status status = rv_megabase_encode(w, &block, &e, &err);
        if (what == 0) made->codes[5] = 0;
        if (status == RV_OK) status = rv_megabase_append(w, e, &err);
        if (what == 1) made->contacts[7].origins[3].source = 0;
        made->contacts[7].fields[3] = city;
        if (status == RV_OK && what == 3) status = rv_megabase_append(w, e, &err); /* after a short block */
        rv_key_entry entry = {{1, 2}, what == 4 ? 40 : 0};
        if (status == RV_OK && what >= 4)
            status = rv_megabase_add_index(w, what == 5 ? "shoe_size" : "email", &entry, 1, &err);
        cr_assert_neq(status, RV_OK, "case %d", what);
        rv_encoded_block_free(e);
        rv_megabase_abandon(w);
        free(huge);
    }
    cr_assert_eq(scratch_count(), 0u);
    cr_assert_eq(
        rv_megabase_create("-", &made->schema, made->dictionaries, &settings, &(rv_megabase_writer *){0}, &err),
        RV_BAD_ARGUMENT);
    contacts_free(made);
}

Test(megabase, asking_for_what_is_not_there) {
    made_contacts *made = contacts_make(&(making){.rows = 10, .seed = 45, .narrow = 2});
    const char *path = scratch_path("small.rvl");
    rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .threads = 1};
    cr_assert_eq(contacts_write(made, path, &settings, NULL), RV_OK);
    rv_megabase *m;
    cr_assert_eq(rv_megabase_open(path, &m, NULL), RV_OK);
    uint32_t row = 10, attribute = 4, out[4];
    cr_assert_eq(rv_megabase_codes(m, &row, 1, &(uint32_t){0}, 1, out, NULL), RV_BAD_ARGUMENT);
    cr_assert_eq(rv_megabase_codes(m, &(uint32_t){0}, 1, &attribute, 1, out, NULL), RV_BAD_ARGUMENT);
    cr_assert_eq(rv_megabase_dictionary(m, attribute, &(const rv_dictionary *){0}, NULL), RV_BAD_ARGUMENT);
    const rv_key_index *index = (const rv_key_index *)1;
    cr_assert_eq(rv_megabase_index(m, "shoe_size", &index, NULL), RV_OK);
    cr_assert_null(index);
    rv_megabase_close(m);
    contacts_free(made);
}
