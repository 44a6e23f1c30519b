/* Groups of rows by key: against a naive twin, in the order of first rows, whatever the threads and the secret. */
#include "build_shared.h"
#include "hash.h"
#include "random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct naive_group {
    uint32_t n, rows[64];
} naive_group;

/* Keys from a small world of values, under a secret of their own; rows may bear a value twice. */
static rv_key_list make_list(rv_random *random, uint64_t secret_seed, uint32_t rows, uint32_t values,
                             uint32_t *value_of) {
    rv_secret secret;
    rv_secret_from_seed(&secret, secret_seed);
    rv_key_list list = {0};
    for (uint32_t row = 0; row < rows; row++) {
        for (unsigned k = 0; k < 2; k++) {
            uint32_t value = value_of[row * 2 + k];
            if (value == 0) continue;
            rv_key_entry entry = {.key = rv_key_of(&secret, &value, sizeof value), .row = row};
            cr_assert_eq(rv_key_list_add(&list, &entry, 1, NULL), RV_OK);
        }
    }
    (void)random, (void)values;
    return list;
}

static void fill(rv_random *random, uint32_t rows, uint32_t values, uint32_t *value_of) {
    for (uint32_t i = 0; i < rows * 2; i++)
        value_of[i] = rv_random_below(random, 3) ? rv_random_below(random, values + 1) : 0;
}

static int by_rows(const void *a, const void *b) {
    const naive_group *x = a, *y = b;
    for (uint32_t i = 0; i < x->n && i < y->n; i++)
        if (x->rows[i] != y->rows[i]) return x->rows[i] < y->rows[i] ? -1 : 1;
    return (x->n > y->n) - (x->n < y->n);
}

static size_t naive(const uint32_t *value_of, uint32_t rows, uint32_t values, naive_group *out) {
    size_t n = 0;
    for (uint32_t value = 1; value <= values; value++) {
        naive_group *group = &out[n];
        group->n = 0;
        for (uint32_t row = 0; row < rows; row++)
            if (value_of[row * 2] == value || value_of[row * 2 + 1] == value)
                if (group->n < 64) group->rows[group->n++] = row;
        if (group->n >= 2) n++;
    }
    qsort(out, n, sizeof *out, by_rows);
    return n;
}

Test(build_keys, groups_are_those_of_a_naive_search_in_order_of_first_row) {
    static naive_group expected[600];
    for (uint64_t seed = 1; seed <= 40; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 0);
        uint32_t rows = 2 + rv_random_below(&random, 300), values = 1 + rows / 8 + rv_random_below(&random, rows);
        uint32_t *value_of = calloc(rows * 2, sizeof *value_of);
        fill(&random, rows, values, value_of);
        rv_key_list list = make_list(&random, seed * 77, rows, values, value_of);
        rv_key_groups groups = {0};
        cr_assert_eq(rv_key_groups_make(&list, 1 + (int)(seed & 1), &groups, NULL), RV_OK);
        size_t n = naive(value_of, rows, values, expected);
        cr_assert_eq(groups.n, n, "seed %llu: %zu groups, not %zu", (unsigned long long)seed, groups.n, n);
        for (size_t g = 0; g < n; g++) {
            cr_assert_eq(groups.groups[g].first, expected[g].rows[0]);
            cr_assert(groups.groups[g].count >= expected[g].n);
            for (uint32_t i = 0; i < expected[g].n; i++)
                cr_assert_eq(groups.members[groups.groups[g].start + i], expected[g].rows[i], "seed %llu group %zu",
                             (unsigned long long)seed, g);
        }
        rv_key_groups_free(&groups);
        rv_key_list_free(&list);
        free(value_of);
    }
}

Test(build_keys, large_lists_are_the_same_for_any_threads_and_any_secret) {
    enum { ROWS = 60000, VALUES = 30000 };
    rv_random random;
    rv_random_init(&random, 5, 0);
    uint32_t *value_of = calloc(ROWS * 2, sizeof *value_of);
    fill(&random, ROWS, VALUES, value_of);
    rv_key_groups groups[2] = {0};
    for (int run = 0; run < 2; run++) {
        rv_key_list list = make_list(&random, 1 + (uint64_t)run, ROWS, VALUES, value_of);
        cr_assert_eq(rv_key_groups_make(&list, 1 + run * 2, &groups[run], NULL), RV_OK);
        rv_key_list_free(&list);
    }
    cr_assert_eq(groups[0].n, groups[1].n);
    cr_assert(groups[0].n > VALUES / 2);
    for (size_t g = 0; g < groups[0].n; g++) {
        cr_assert_eq(groups[0].groups[g].first, groups[1].groups[g].first);
        cr_assert_eq(groups[0].groups[g].count, groups[1].groups[g].count);
        cr_assert_eq(memcmp(groups[0].members + groups[0].groups[g].start,
                            groups[1].members + groups[1].groups[g].start,
                            groups[0].groups[g].count * sizeof(uint32_t)),
                     0);
        if (g) cr_assert(groups[0].groups[g - 1].first <= groups[0].groups[g].first);
    }
    for (int run = 0; run < 2; run++) rv_key_groups_free(&groups[run]);
    free(value_of);
}

Test(build_keys, empty_and_single_lists_have_no_groups) {
    rv_key_list list = {0};
    rv_key_groups groups;
    cr_assert_eq(rv_key_groups_make(&list, 2, &groups, NULL), RV_OK);
    cr_assert_eq(groups.n, 0u);
    rv_key_entry entry = {.key = {1, 2}, .row = 0};
    cr_assert_eq(rv_key_list_add(&list, &entry, 1, NULL), RV_OK);
    cr_assert_eq(rv_key_groups_make(&list, 2, &groups, NULL), RV_OK);
    cr_assert_eq(groups.n, 0u);
    rv_key_groups_free(&groups);
    rv_key_list_free(&list);
}

Test(build_keys, one_key_on_all_rows_is_one_group) {
    rv_key_list list = {0};
    rv_key_groups groups;
    for (uint32_t row = 0; row < 100000; row++) {
        rv_key_entry entry = {.key = {1, UINT64_MAX}, .row = row};
        cr_assert_eq(rv_key_list_add(&list, &entry, 1, NULL), RV_OK);
    }
    cr_assert_eq(rv_key_groups_make(&list, 2, &groups, NULL), RV_OK);
    cr_assert_eq(groups.n, 1u);
    cr_assert_eq(groups.groups[0].count, 100000u);
    for (uint32_t i = 0; i < 100000; i++) cr_assert_eq(groups.members[groups.groups[0].start + i], i);
    rv_key_groups_free(&groups);
    rv_key_list_free(&list);
}

/* --- Keys of many rows ------------------------------------------------------------------------------------------- */

/* Few values for many rows, and one counter for several keys: some keys stand just under the bar, some just over it. */
Test(build_keys, all_that_is_heavier_than_the_bar_is_found_whole_and_the_list_stays) {
    enum { ROWS = 6000, VALUES = 500, LEAST = 16 };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static uint32_t value_of[ROWS], rows_of[VALUES + 1];
        rv_random random;
        rv_secret secret;
        rv_key_list list = {0};
        rv_random_init(&random, seed, 3);
        rv_secret_from_seed(&secret, seed);
        memset(rows_of, 0, sizeof rows_of);
        for (uint32_t row = 0; row < ROWS; row++) {
            uint32_t value = rv_random_below(&random, 3) ? rv_random_below(&random, VALUES) : rv_random_below(&random, 40);
            value_of[row] = value;
            rows_of[value]++;
            rv_key_entry entry = {.key = rv_key_of(&secret, &value, sizeof value), .row = row};
            cr_assert_eq(rv_key_list_add(&list, &entry, 1, NULL), RV_OK);
        }
        rv_key_groups groups;
        cr_assert_eq(rv_shared_groups(&list, LEAST, &groups, NULL), RV_OK);
        unsigned heavy = 0, found = 0;
        for (uint32_t value = 0; value < VALUES; value++) heavy += rows_of[value] > LEAST;
        for (size_t i = 0; i < groups.n; i++) {
            uint32_t value = value_of[groups.groups[i].first];
            cr_assert_eq(groups.groups[i].count, rows_of[value], "seed %llu: a group is whole", (unsigned long long)seed);
            found += rows_of[value] > LEAST;
        }
        cr_assert(heavy > 0 && heavy < VALUES);
        cr_assert_eq(found, heavy, "seed %llu", (unsigned long long)seed);
        for (uint32_t row = 0; row < ROWS; row++) cr_assert_eq(list.entries[row].row, row);
        rv_key_groups_free(&groups);
        rv_key_list_free(&list);
    }
}

Test(build_keys, a_short_list_has_nothing_heavy) {
    rv_key_list list = {0};
    rv_key_groups groups;
    rv_key_entry entry = {.key = {1, 2}};
    for (entry.row = 0; entry.row < 17; entry.row++) {
        cr_assert_eq(rv_shared_groups(&list, 16, &groups, NULL), RV_OK);
        cr_assert_eq(groups.n, 0u);
        cr_assert_eq(rv_key_list_add(&list, &entry, 1, NULL), RV_OK);
    }
    cr_assert_eq(rv_shared_groups(&list, 16, &groups, NULL), RV_OK);
    cr_assert_eq(groups.n, 1u);
    cr_assert_eq(groups.groups[0].count, 17u);
    rv_key_groups_free(&groups);
    rv_key_list_free(&list);
}

#ifdef RV_TESTING
Test(build_keys, without_memory_the_list_is_still_whole_and_nothing_leaks) {
    for (uint64_t n = 1;; n++) {
        rv_key_list list = {0};
        rv_key_groups groups = {0};
        for (uint32_t row = 0; row < 100; row++) {
            rv_key_entry entry = {.key = {row % 10, 7}, .row = row};
            cr_assert_eq(rv_key_list_add(&list, &entry, 1, NULL), RV_OK);
        }
        rv_memory_fail_at(n, false);
        rv_status status = rv_key_groups_make(&list, 1, &groups, NULL);
        rv_memory_fail_at(0, false);
        cr_assert_eq(list.n, 100u);
        cr_assert_eq(list.entries[99].key.hi, 7u);
        rv_key_groups_free(&groups);
        rv_key_list_free(&list);
        if (status == RV_OK) break;
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif
