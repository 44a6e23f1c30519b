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

/* Values that agree from a byte on keep their order: each has its place below. */
Test(sort, by_the_upper_bytes_alone_is_stable) {
    static uint64_t values[3000], scratch[3000];
    rv_random random;
    printf("seed 6\n");
    rv_random_init(&random, 6, 0);
    for (unsigned round = 0; round < 200; round++) {
        size_t n = round < 80 ? round : rv_random_below(&random, 3000);
        unsigned low = 3 + round % 4, kinds = 1 + rv_random_below(&random, 300);
        for (size_t i = 0; i < n; i++)
            values[i] = (uint64_t)rv_random_below(&random, kinds) * 0x9E3779B97F4A7C15u >> 8 * low << 8 * low | i;
        rv_sort_u64_from(values, scratch, n, low);
        uint64_t seen = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t place = values[i] & (((uint64_t)1 << 8 * low) - 1);
            seen += place;
            if (i) cr_assert_leq(values[i - 1], values[i], "round %u: places ascend within equals", round);
        }
        cr_assert_eq(seen, n ? (uint64_t)n * (n - 1) / 2 : 0, "round %u: none lost", round);
    }
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
