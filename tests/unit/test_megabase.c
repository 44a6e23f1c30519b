/* A megabase against the contacts it was made from, in both layouts. */
#include "contact_maker.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
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
        rv_megabase_settings settings = {.layout = layouts[l], .seeded = true, .seed = how->seed, .threads = 2, .replace = true};
        cr_assert_eq(contacts_write(made, path, &settings, &err), RV_OK, "%s", err.message);
        check_file(made, path, layouts[l], 0);
        check_file(made, path, layouts[l], RV_PREPARE_ALL);
    }
    contacts_free(made);
}

Test(megabase, contacts_come_back_as_they_went_in) { round_trip(&(making){.rows = 9000, .seed = 1, .narrow = 11, .wide = true, .long_texts = 500}); }
Test(megabase, both_sides_of_a_block_of_contacts) {
    uint32_t sizes[] = {0, 1, 31, 32, 33, 4095, 4096, 4097};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) round_trip(&(making){.rows = sizes[i], .seed = 2 + i, .narrow = 3});
}
Test(megabase, a_base_without_narrow_attributes) { round_trip(&(making){.rows = 100, .seed = 20, .narrow = 0, .wide = true}); }
