/* Codes of attributes: the same value, the same code, however long it is and whatever was remembered before; what says that
 * nothing is known has code 0. Against the dictionary asked for each value. */
#include "build_codes.h"
#include "random.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { ATTRIBUTES = 3, VALUES = 200, ROWS = 20000 };

static rv_text value_of(uint64_t number, char *room) {
    static const char *const missing[] = {"", " ", "null", "N/A", "#N/A", "\xc2\xa0"};
    if (number < 6) return rv_text_of(missing[number]);
    size_t n = number % 23; /* both sides of 15, 16 and of what fits a digit */
    for (size_t i = 0; i < n; i++)
        room[i] = (char)(i == number % 7 ? "0123456789:;/-ab"[number / 23] : '0' + (char)(n % 10));
    return rv_text_make(room, n);
}

static bool says_nothing(rv_text value) {
    rv_text t = rv_text_trim(value);
    return t.len == 0 || rv_text_is_nocase(t, "null") || rv_text_is_nocase(t, "n/a") || rv_text_is_nocase(t, "#n/a");
}

Test(build_codes, a_value_has_one_code_and_nothing_has_none) {
    rv_dictionary_builder *dictionaries[ATTRIBUTES];
    rv_codes codes;
    rv_random random;
    uint32_t carried[] = {0, 2}, read[2], wanted;
    int32_t columns[ATTRIBUTES] = {4, -1, 1};
    rv_build_file file = {.carried = carried, .n_carried = 2, .attributes = columns};
    rv_random_init(&random, 20261122, 0);
    for (int a = 0; a < ATTRIBUTES; a++) cr_assert_eq(rv_dictionary_builder_new(&dictionaries[a], NULL), RV_OK);
    cr_assert_eq(rv_codes_new(dictionaries, ATTRIBUTES, 2, &codes, NULL), RV_OK);
    for (uint32_t row = 0; row < ROWS; row++) {
        char room[2][32];
        rv_text cells[5] = {[4] = value_of(rv_random_below(&random, VALUES), room[0]),
                            [1] = value_of(rv_random_below(&random, VALUES), room[1])};
        cr_assert_eq(rv_codes_read(&codes, (int)(row % 2), &file, cells, read, NULL), RV_OK);
        for (int k = 0; k < 2; k++) {
            rv_text value = rv_text_trim(cells[columns[carried[k]]]);
            wanted = 0;
            if (!says_nothing(value))
                cr_assert_eq(rv_dictionary_add(dictionaries[carried[k]], value, &wanted, NULL), RV_OK);
            cr_assert_eq(read[k], wanted, "row %u: %.*s", row, (int)value.len, value.ptr);
        }
    }
    rv_codes_free(&codes);
    for (int a = 0; a < ATTRIBUTES; a++) rv_dictionary_builder_free(dictionaries[a]);
}
