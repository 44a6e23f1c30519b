/* What a guard has of a contact comes back from its 28 bytes; what has no place there is missing, not another value. */
#include "guard_store.h"
#include "random.h"
#include <criterion/criterion.h>
#include <string.h>

static void check(const rv_guard *guard, const rv_guard *expected, int round) {
    unsigned char stored[RV_GUARD_STORED];
    rv_guard back;
    rv_guard_store(guard, stored);
    rv_guard_recall(stored, &back);
    cr_assert(back.first == expected->first && back.last == expected->last && back.birth_name == expected->birth_name &&
                  back.birth == expected->birth && back.postcode == expected->postcode && back.sex == expected->sex &&
                  back.flags == expected->flags && back.street == expected->street,
              "seed 81, round %d", round);
}

Test(guard_store, every_part_comes_back) {
    rv_random random;
    rv_random_init(&random, 81, 0);
    for (int round = 0; round < 20000; round++) {
        rv_guard g = {.first = rv_random_next(&random) >> 4,
                      .last = rv_random_next(&random) >> 4,
                      .birth_name = rv_random_below(&random, 1u << 30),
                      .birth = (int32_t)rv_random_below(&random, (1u << 20) - 1) - (1 << 19) + 1,
                      .postcode = rv_random_below(&random, 1000000000),
                      .sex = (uint8_t)rv_random_below(&random, 3),
                      .flags = (uint8_t)rv_random_below(&random, 8),
                      .street = (uint16_t)rv_random_below(&random, 65536)};
        if (round % 5 == 0) g.birth = RV_DATE_NONE;
        check(&g, &g, round);
    }
}

Test(guard_store, both_sides_of_each_limit) {
    enum { LETTERS = 60 };
    rv_guard none = {.birth = RV_DATE_NONE},
             full = {((uint64_t)1 << LETTERS) - 1, ((uint64_t)1 << LETTERS) - 1, (1u << 30) - 1, (1 << 19) - 1,
                     (1u << 30) - 1, 3, 7, 65535};
    check(&none, &none, -1);
    check(&full, &full, -2);
    rv_guard low = none, beyond = none, rows = none, kept = none;
    low.birth = -(1 << 19) + 1;
    check(&low, &low, -3);
    beyond.birth = -(1 << 19);
    check(&beyond, &none, -4);
    beyond.birth = 1 << 19;
    check(&beyond, &none, -5);
    beyond.birth = RV_DATE_NONE, beyond.postcode = 1u << 30;
    check(&beyond, &none, -6);
    rows.flags = 0xff, kept.flags = 7; /* those of a build's rows aren't kept */
    check(&rows, &kept, -7);
}

/* As a person is read: the longest names, and the postcode of nine digits. */
Test(guard_store, a_guard_that_was_read_comes_back) {
    rv_person person = {0};
    rv_person_init(&person);
    person.first = rv_text_make("ZZZZZZZZZZZZZZ", 14);
    person.last = rv_text_make("ZZZZZZZZZZZZZZ", 14);
    person.birth_name = rv_text_make("ZZZZZZZZ", 8);
    person.postcode = rv_text_make("999999999", 9);
    person.birth = -25567;
    person.sex = RV_SEX_FEMALE;
    rv_guard guard;
    rv_guard_of(&person, &guard);
    cr_assert(guard.postcode == 999999999 && guard.first >> 55 == 26);
    check(&guard, &guard, -8);
}
