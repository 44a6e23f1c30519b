/* Repeated ids against the naive comparison of all rows with all. */
#include "repeats.h"
#include "random.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 120 };
typedef struct table {
    char bytes[ROWS * 8];
    uint64_t starts[ROWS + 1];
    uint32_t n;
} table;

static void put(table *t, const char *id) {
    size_t len = strlen(id);
    memcpy(t->bytes + t->starts[t->n], id, len);
    t->starts[t->n + 1] = t->starts[t->n] + len;
    t->n++;
}

static bool same(const table *t, uint32_t a, uint32_t b) {
    uint64_t n = t->starts[a + 1] - t->starts[a];
    return n == t->starts[b + 1] - t->starts[b] && memcmp(t->bytes + t->starts[a], t->bytes + t->starts[b], n) == 0;
}

/* By first, then by row, as the header says. */
static void compare_with_naive(const table *t) {
    rv_repeats found;
    cr_assert_eq(rv_repeats_find(t->bytes, t->starts, t->n, 1 + t->n % 3, &found, NULL), RV_OK);
    size_t at = 0;
    uint64_t empty = 0;
    for (uint32_t first = 0; first < t->n; first++) {
        bool earlier = false;
        empty += t->starts[first] == t->starts[first + 1];
        for (uint32_t r = 0; r < first; r++) earlier |= same(t, r, first);
        if (earlier || t->starts[first] == t->starts[first + 1]) continue;
        for (uint32_t r = first + 1; r < t->n; r++) {
            if (!same(t, first, r)) continue;
            cr_assert_lt(at, found.n);
            cr_assert_eq(found.at[at].first, first);
            cr_assert_eq(found.at[at++].row, r);
        }
    }
    cr_assert_eq(at, found.n);
    cr_assert_eq(found.empty, empty);
    rv_repeats_reset(&found);
}

Test(repeats, agree_with_comparing_all_rows) {
    rv_random random;
    printf("seed 3\n");
    rv_random_init(&random, 3, 0);
    for (unsigned round = 0; round < 300; round++) {
        table t = {.n = 0};
        uint32_t rows = rv_random_below(&random, ROWS), kinds = 1 + rv_random_below(&random, 200);
        for (uint32_t r = 0; r < rows; r++) {
            char id[8];
            uint32_t kind = rv_random_below(&random, kinds);
            snprintf(id, sizeof id, "%u", kind);
            put(&t, kind % 7 == 3 ? "" : id);
        }
        compare_with_naive(&t);
    }
}

/* More rows than one thread reads at a time, each id four times or once. */
Test(repeats, ids_of_many_ranges_meet) {
    enum { MANY = 200000 };
    static char bytes[MANY * 8];
    static uint64_t starts[MANY + 1];
    uint64_t at = 0;
    for (uint32_t r = 0; r < MANY; r++) {
        char id[16];
        int n = snprintf(id, sizeof id, "%u", r < 100000 ? r % 25000 : r);
        memcpy(bytes + at, id, (size_t)n);
        starts[r + 1] = at += (uint64_t)n;
    }
    for (int threads = 1; threads <= 3; threads += 2) {
        rv_repeats found;
        cr_assert_eq(rv_repeats_find(bytes, starts, MANY, threads, &found, NULL), RV_OK);
        cr_assert_eq(found.n, 75000u);
        cr_assert_eq(found.empty, 0u);
        for (uint32_t i = 0; i < found.n; i++) {
            cr_assert_eq(found.at[i].first, i / 3);
            cr_assert_eq(found.at[i].row, i / 3 + 25000 * (1 + i % 3));
        }
        rv_repeats_reset(&found);
    }
}

Test(repeats, ids_differ_by_case_and_by_their_ends) {
    table t = {.n = 0};
    const char *const ids[] = {"a", "A", "a ", "", "aa", "a", "", "A"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) put(&t, ids[i]);
    compare_with_naive(&t);
}

#ifdef RV_TESTING
Test(repeats, failed_allocations_leave_nothing) {
    table t = {.n = 0};
    for (int i = 0; i < 6; i++) put(&t, "x");
    for (uint64_t k = 1;; k++) {
        rv_repeats found;
        rv_memory_fail_at(k, false);
        rv_status status = rv_repeats_find(t.bytes, t.starts, t.n, 2, &found, NULL);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            cr_assert_eq(found.n, 5);
            rv_repeats_reset(&found);
            cr_assert_gt(k, 3);
            return;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
        cr_assert_null(found.at);
    }
}
#endif
