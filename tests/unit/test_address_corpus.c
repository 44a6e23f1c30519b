/* The address reader on public strings with known number, street, postcode and city. Prints the rate; the floor keeps it
 * from falling. Rows whose query lacks a part don't judge that part. */
#include "address.h"
#include "scratch.h"
#include "csv_reader.h"
#include <criterion/criterion.h>
#include <stdio.h>

typedef struct score {
    int query, number, street, city, postcode; /* columns */
    unsigned rows, right, street_exact, number_right;
    bool show;
} score;

static rv_text cell(const rv_batch *batch, uint32_t row, int column) {
    return column < 0 ? (rv_text){0} : rv_batch_cell(batch, row, (uint32_t)column);
}

/* Does the canonical query hold these words in a row? */
static bool holds(rv_text query, rv_text part) {
    char q[RV_LETTERS_MAX + 2], p[RV_LETTERS_MAX + 2];
    size_t n = rv_letters(query, 0, q + 1, RV_LETTERS_MAX), m = rv_letters(part, 0, p + 1, RV_LETTERS_MAX);
    q[0] = p[0] = q[n + 1] = p[m + 1] = ' ';
    return m > 0 && memmem(q, n + 2, p, m + 2) != NULL;
}

static bool same_street(const rv_address *read, rv_text expected) {
    char text[RV_LETTERS_MAX];
    int n = snprintf(text, sizeof text, "1 %.*s", (int)expected.len, expected.ptr);
    rv_address right;
    rv_address_init(&right);
    rv_address_read_line(rv_text_make(text, (size_t)n), false, &right);
    return rv_text_equal(read->type, right.type) && rv_text_equal(read->street, right.street);
}

static bool same_number(const rv_address *read, rv_text expected) {
    rv_address right;
    rv_address_init(&right);
    rv_address_read_number(expected, &right);
    return rv_text_equal(read->number, right.number) && rv_text_equal(read->repeat, right.repeat);
}

static void judge(score *s, const rv_batch *batch, uint32_t row) {
    rv_text query = cell(batch, row, s->query), number = cell(batch, row, s->number),
            street = cell(batch, row, s->street);
    rv_text city = cell(batch, row, s->city), postcode = cell(batch, row, s->postcode);
    if (street.len == 0) return;
    rv_address a;
    rv_address_init(&a);
    rv_address_read_line(query, true, &a);
    bool number_right = number.len == 0 || same_number(&a, number);
    bool street_right = same_street(&a, street);
    bool place_right = true;
    if (postcode.len && holds(query, postcode)) place_right = rv_text_equal(a.postcode, postcode);
    if (city.len && holds(query, city)) {
        rv_address right;
        rv_address_init(&right);
        rv_address_read_city(city, &right);
        place_right = place_right && rv_text_equal(a.city, right.city);
    }
    s->rows++;
    s->number_right += number_right;
    s->street_exact += street_right;
    bool right = number_right && street_right && place_right;
    s->right += right;
    if (!right && s->show)
        fprintf(stderr, "%.*s -> %.*s|%.*s|%.*s|%.*s|%.*s|%.*s\n", (int)query.len, query.ptr, (int)a.number.len,
                a.number.ptr, (int)a.type.len, a.type.ptr, (int)a.street.len, a.street.ptr, (int)a.extra.len,
                a.extra.ptr, (int)a.postcode.len, a.postcode.ptr, (int)a.city.len, a.city.ptr);
}

static rv_status consume(void *ctx, rv_csv_block *block, rv_error *err) {
    (void)err;
    for (uint32_t row = 0; row < block->batch.rows; row++) judge(ctx, &block->batch, row);
    return RV_OK;
}

static double rate(const char *relative, bool show) {
    char path[512];
    if (!shared_data(relative, path, sizeof path)) cr_skip_test("no shared data");
    rv_csv *csv;
    rv_dialect dialect = {.separator = ','};
    cr_assert_eq(rv_csv_open(path, &dialect, &csv, NULL), RV_OK);
    const rv_csv_info *info = rv_csv_describe(csv);
    score s = {.query = -1, .number = -1, .street = -1, .city = -1, .postcode = -1, .show = show};
    for (uint32_t i = 0; i < info->columns; i++) {
        if (rv_text_is(info->names[i], "query")) s.query = (int)i;
        if (rv_text_is(info->names[i], "expected_housenumber")) s.number = (int)i;
        if (rv_text_is(info->names[i], "expected_street")) s.street = (int)i;
        if (rv_text_is(info->names[i], "expected_city")) s.city = (int)i;
        if (rv_text_is(info->names[i], "expected_postcode")) s.postcode = (int)i;
    }
    rv_csv_visitor visitor = {.consume = consume, .ctx = &s};
    cr_assert_eq(rv_csv_each(csv, 1, &visitor, NULL), RV_OK);
    rv_csv_close(csv);
    fprintf(stderr, "%s: %u rows, all parts right %.1f %%, number %.1f %%, street %.1f %%\n", relative, s.rows,
            100.0 * s.right / s.rows, 100.0 * s.number_right / s.rows, 100.0 * s.street_exact / s.rows);
    return (double)s.right / s.rows;
}

Test(address_corpus, complete_addresses_of_three_regions) {
    bool show = getenv("SHOW_MISSES") != NULL;
    cr_expect_gt(rate("linkage/fr-address/bretagne__test_addresses.csv", show), 0.5);
    cr_expect_gt(rate("linkage/fr-address/iledefrance__test_addresses.csv", show), 0.5);
    cr_expect_gt(rate("linkage/fr-address/rhonealpes__test_addresses.csv", show), 0.5);
}

Test(address_corpus, what_people_typed) {
    bool show = getenv("SHOW_MISSES") != NULL;
    cr_expect_gt(rate("linkage/fr-address/bretagne__test_from_user_input.csv", show), 0.1);
    cr_expect_gt(rate("linkage/fr-address/iledefrance__test_from_user_input.csv", show), 0.5);
    cr_expect_gt(rate("linkage/fr-address/rhonealpes__test_from_user_input.csv", show), 0.5);
}
