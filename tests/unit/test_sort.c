/* The radix sort against the C library's. */
#include "random.h"
#include "sort.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

Test(sort, agrees_with_qsort_on_random_lengths_and_widths) {
    static uint64_t values[3000], expected[3000], scratch[3000];
    rv_random random;
    printf("seed 5\n");
    rv_random_init(&random, 5, 0);
    for (unsigned round = 0; round < 400; round++) {
        size_t n = round < 80 ? round : rv_random_below(&random, 3000);
        unsigned shift = rv_random_below(&random, 64);
        for (size_t i = 0; i < n; i++) values[i] = rv_random_next(&random) >> shift << (round % 3 ? 0 : shift / 2);
        memcpy(expected, values, sizeof values);
        qsort(expected, n, sizeof *expected, ascending);
        rv_sort_u64(values, scratch, n);
        cr_assert_eq(memcmp(values, expected, n * sizeof *values), 0, "round %u, n %zu", round, n);
    }
}
