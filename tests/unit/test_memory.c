/* Memory: checked sizes, arenas that keep their largest chunk, buffers that remember a failure; and random streams. */
#include "cpu.h"
#include "hash.h"
#include "memory.h"
#include "random.h"
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

Test(memory, sizes_that_overflow_are_refused) {
    rv_error err = {0};
    cr_assert_null(rv_array_new(SIZE_MAX / 2, 4, &err));
    cr_assert_eq(err.status, RV_NO_MEMORY);
    void *p = rv_array_new(10, 4, NULL);
    cr_assert_null(rv_array_grow(p, SIZE_MAX / 2, 4, &err));
    p = rv_array_grow(p, 1000, 4, &err);
    void *same = p;
    cr_assert(!rv_array_resize(&p, SIZE_MAX / 2, 4, &err));
    cr_assert_eq(p, same);
    cr_assert(rv_array_resize(&p, 5000, 4, &err));
    cr_assert(p);
    rv_free(p);
    rv_arena arena = {0};
    cr_assert_null(rv_arena_get(&arena, SIZE_MAX));
    rv_arena_free(&arena);
}

Test(memory, what_an_arena_gave_too_much_of_is_given_again) {
    rv_arena arena = {0};
    for (size_t kept = 0; kept < 40; kept++) {
        char *piece = rv_arena_get(&arena, 100);
        memset(piece, (int)kept, 100);
        rv_arena_trim(&arena, piece + kept);
        char *next = rv_arena_get(&arena, 1);
        cr_assert_eq((size_t)(next - piece), (kept + 15) / 16 * 16);
    }
    rv_arena_free(&arena);
}

Test(memory, arena_pieces_dont_overlap_and_survive_until_reset) {
    rv_arena arena = {0};
    rv_random r;
    rv_random_init(&r, 3, 3);
    for (int round = 0; round < 5; round++) {
        enum { N = 2000 };
        static unsigned char *piece[N];
        static uint32_t size[N];
        for (int i = 0; i < N; i++) {
            size[i] = rv_random_below(&r, i % 100 == 0 ? 100000 : 100);
            piece[i] = rv_arena_get(&arena, size[i]);
            cr_assert_eq((uintptr_t)piece[i] % 16, 0);
            memset(piece[i], i & 255, size[i]);
        }
        for (int i = 0; i < N; i++)
            for (uint32_t k = 0; k < size[i]; k++) cr_assert_eq(piece[i][k], i & 255);
        rv_arena_reset(&arena);
    }
    rv_text copy = rv_arena_copy(&arena, "abc", 3);
    cr_assert(rv_text_is(copy, "abc"));
    rv_arena_free(&arena);
    rv_arena_reset(&arena);
}

Test(memory, buffers_write_numbers_as_the_c_library_does) {
    rv_buffer b = {0};
    rv_buffer_unsigned(&b, 0);
    rv_buffer_byte(&b, ' ');
    rv_buffer_unsigned(&b, UINT64_MAX);
    rv_buffer_byte(&b, ' ');
    rv_buffer_integer(&b, INT64_MIN);
    rv_buffer_byte(&b, ' ');
    rv_buffer_fixed(&b, 0.1234567, 6);
    rv_buffer_format(&b, " %s-%d", "x", 7);
    rv_buffer_text(&b, RV_TEXT("!"));
    char *s = rv_buffer_take(&b, NULL);
    cr_assert_str_eq(s, "0 18446744073709551615 -9223372036854775808 0.123457 x-7!");
    rv_free(s);
    cr_assert_null(b.data);
}

/* Halves, neighbours of halves, tiny, huge, negative and no numbers: byte for byte what printf writes. */
Test(memory, fixed_decimals_are_printfs) {
    static const double plain[] = {0,
                                   -0.0,
                                   0.5,
                                   1.5,
                                   2.5,
                                   0.125,
                                   0.375,
                                   1e-300,
                                   5e-324,
                                   1e15,
                                   9007199254740993.0,
                                   1e18,
                                   1e19,
                                   123456789.987654321,
                                   0.9999999,
                                   0.99999949999,
                                   1e300,
                                   INFINITY,
                                   -INFINITY,
                                   1e-9,
                                   4503599627370497.5};
    rv_random random;
    printf("seed 23\n");
    rv_random_init(&random, 23, 0);
    rv_buffer b = {0};
    for (unsigned round = 0; round < 200000; round++) {
        uint64_t bits = rv_random_next(&random);
        double value;
        if (round < sizeof plain / sizeof *plain) value = plain[round];
        else if (round % 4 == 0) memcpy(&value, &bits, sizeof value);
        else if (round % 4 == 1) value = rv_random_below(&random, 4000001) / 2.0 / 1e6; /* as near a half as can be */
        else if (round % 4 == 2) value = (rv_random_below(&random, 20001) - 10000.0) / 128;
        else value = ldexp(rv_random_unit(&random) - 0.5, (int)rv_random_below(&random, 80) - 20);
        int decimals = (int)rv_random_below(&random, 12);
        char expected[400];
        int n = snprintf(expected, sizeof expected, "%.*f", decimals, value);
        b.len = 0;
        rv_buffer_fixed(&b, value, decimals);
        cr_assert(b.len == (size_t)n && memcmp(b.data, expected, b.len) == 0, "%a with %d decimals: %.*s for %s", value,
                  decimals, (int)b.len, b.data, expected);
    }
    rv_buffer_free(&b);
}

#ifdef RV_TESTING
Test(memory, a_failed_append_is_remembered) {
    rv_buffer b = {0};
    rv_memory_fail_at(1, false);
    rv_buffer_string(&b, "abc");
    cr_assert_eq(rv_memory_fail_at(0, false), 1);
    rv_buffer_string(&b, "def");
    cr_assert_eq(b.len, 0);
    rv_error err = {0};
    cr_assert_eq(rv_buffer_check(&b, &err), RV_NO_MEMORY);
    rv_buffer_free(&b);
}

Test(memory, failing_for_good_goes_on_failing) {
    rv_memory_fail_at(2, true);
    void *a = rv_new(1, NULL), *b = rv_new(1, NULL), *c = rv_pages_new(1, NULL);
    rv_memory_fail_at(0, false);
    cr_assert(a && !b && !c);
    rv_free(a);
}
#endif

Test(memory, pages_are_zeroed) {
    unsigned char *p = rv_pages_new((size_t)5 << 20, NULL);
    for (size_t i = 0; i < (size_t)5 << 20; i += 4096) cr_assert_eq(p[i], 0);
    rv_pages_free(p, (size_t)5 << 20);
    rv_pages_free(NULL, 0);
}

/* From nothing, below and above the size of huge pages. */
Test(memory, pages_grow_with_their_contents) {
    static const size_t sizes[] = {
        1, 100000, (size_t)5 << 20, ((size_t)5 << 20) + 1, (size_t)9 << 20, (size_t)40 << 20};
    unsigned char *p = NULL;
    for (size_t i = 0, before = 0; i < sizeof sizes / sizeof *sizes; before = sizes[i++]) {
        p = rv_pages_grow(p, before, sizes[i], NULL);
        cr_assert_not_null(p);
        for (size_t at = 0; at < sizes[i]; at += 997)
            cr_assert_eq(p[at], at < before ? (unsigned char)(at / 997 + 1) : 0);
        for (size_t at = 0; at < sizes[i]; at += 997) p[at] = (unsigned char)(at / 997 + 1);
    }
#ifdef RV_TESTING
    rv_memory_fail_at(1, false);
    cr_assert_null(rv_pages_grow(p, (size_t)40 << 20, (size_t)80 << 20, NULL));
    rv_memory_fail_at(0, false);
    cr_assert_eq(p[997], 2);
#endif
    rv_pages_free(p, (size_t)40 << 20);
}

/* Whether the system has the page at p. */
static bool mapped(const unsigned char *p) {
    unsigned char resident;
    return mincore((void *)((uintptr_t)p & ~(uintptr_t)4095), 1, &resident) == 0;
}

/* Below, at and above the size of huge pages, to nothing and to all. */
Test(memory, pages_are_trimmed_where_they_stand_and_the_rest_is_given_back) {
    static const size_t sizes[] = {1, 4096, 4097, 100000, (4u << 20) - 1, 4u << 20, (4u << 20) + 1, 9u << 20, 40u << 20};
    enum { N = sizeof sizes / sizeof *sizes, HUGE_PAGE = 2 << 20 };
    for (int from = 0; from < N; from++)
        for (int to = -1; to <= from; to++) {
            size_t old = sizes[from], bytes = to < 0 ? 0 : sizes[to];
            unsigned char *p = rv_pages_new(old, NULL);
            for (size_t at = 0; at < old; at += 4096) p[at] = (unsigned char)(at / 4096 + 1);
            rv_pages_trim(p, old, bytes);
            for (size_t at = 0; at < bytes; at += 4096) cr_assert_eq(p[at], (unsigned char)(at / 4096 + 1));
            /* What is kept ends on a page, large ones on a huge page. */
            size_t unit = bytes >= 4u << 20 ? HUGE_PAGE : 4096, kept = (bytes + unit - 1) / unit * unit;
            if (kept == 0) kept = 4096;
            cr_assert(mapped(p + kept - 1));
            if (kept < old) cr_assert(!mapped(p + kept) && !mapped(p + old - 1), "%zu to %zu", old, bytes);
            rv_pages_free(p, bytes);
            cr_assert(!mapped(p) && !mapped(p + kept - 1), "%zu to %zu: a rest stays", old, bytes);
        }
    rv_pages_trim(NULL, 5u << 20, 1);
}

/* The system's flags of the mapping at p ("rd wr mr ..."), of /proc/self/smaps; "" when it doesn't tell. */
static const char *mapping_flags(const void *p) {
    static char line[4096];
    FILE *maps = fopen("/proc/self/smaps", "r");
    bool here = false, found = false;
    while (maps && !found && fgets(line, sizeof line, maps)) {
        uintptr_t from, to;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2) here = (uintptr_t)p >= from && (uintptr_t)p < to;
        found = here && strncmp(line, "VmFlags:", 8) == 0;
    }
    if (maps) fclose(maps);
    return found ? line : "";
}

Test(memory, large_pages_are_huge_unless_small_ones_are_preferred) {
    size_t large = (size_t)6 << 20;
    unsigned char *p = rv_pages_new(large, NULL);
    if (!strstr(mapping_flags(p), " hg")) cr_skip_test("no huge pages here");
    p[5000] = 7;
    rv_pages_prefer_small(p, large);
    cr_assert(strstr(mapping_flags(p), " nh") && !strstr(mapping_flags(p), " hg"), "%s", mapping_flags(p));
    cr_assert(p[5000] == 7 && p[large - 1] == 0);
    rv_pages_prefer_huge(p, large); /* too little to be worth it: stays as it is */
    cr_assert(strstr(mapping_flags(p), " nh"));
    rv_pages_free(p, large);
    rv_pages_prefer_small(NULL, large);
    p = rv_pages_new(100000, NULL); /* small ones by themselves */
    rv_pages_prefer_small(p, 100000);
    cr_assert(!strstr(mapping_flags(p), " nh") && !strstr(mapping_flags(p), " hg"));
    rv_pages_free(p, 100000);
}

Test(random, streams_depend_on_seed_and_name_only) {
    rv_random a, b, c;
    rv_random_init(&a, 1, 2);
    rv_random_init(&b, 1, 2);
    rv_random_init(&c, 1, 3);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = rv_random_next(&a);
        cr_assert_eq(x, rv_random_next(&b));
        same += x == rv_random_next(&c);
    }
    cr_assert_eq(same, 0);
}

Test(random, moments_are_those_of_the_distributions) {
    rv_random r;
    rv_random_init(&r, 42, 1);
    double unit = 0, normal = 0, square = 0, gamma = 0, small = 0;
    enum { N = 200000 };
    int count[7] = {0};
    for (int i = 0; i < N; i++) {
        unit += rv_random_unit(&r);
        double x = rv_random_normal(&r);
        normal += x;
        square += x * x;
        gamma += rv_random_gamma(&r, 3.5);
        small += rv_random_gamma(&r, 0.25);
        count[rv_random_below(&r, 7)]++;
    }
    cr_assert_lt(fabs(unit / N - 0.5), 0.01);
    cr_assert_lt(fabs(normal / N), 0.02);
    cr_assert_lt(fabs(square / N - 1), 0.03);
    cr_assert_lt(fabs(gamma / N - 3.5), 0.05);
    cr_assert_lt(fabs(small / N - 0.25), 0.02);
    for (int i = 0; i < 7; i++) cr_assert_lt(abs(count[i] - N / 7), 1000);
}

Test(hash, keys_depend_on_the_secret_and_never_are_zero) {
    rv_secret a, b, c;
    rv_secret_from_seed(&a, 1);
    rv_secret_from_seed(&b, 1);
    cr_assert(rv_secret_random(&c));
    rv_key x = rv_key_of(&a, "key", 3);
    cr_assert(rv_key_equal(x, rv_key_of(&b, "key", 3)));
    cr_assert_not(rv_key_equal(x, rv_key_of(&c, "key", 3)));
    cr_assert(x.lo || x.hi);
    cr_assert_eq(rv_key_compare(x, x), 0);
    cr_assert_eq(rv_key_compare((rv_key){1, 2}, (rv_key){2, 1}), 1);
    cr_assert_neq(rv_hash64("a", 1, 0), rv_hash64("a", 1, 1));
}

/* trust.md, row 1: equal under XXH3-64 with seed 0. With 128 bits under a secret they are two. */
Test(hash, the_known_collision_is_two_keys) {
    const char *p = "lcclkoaokjfopbcd@example.fr", *q = "gcmkpnnjjdfiecmi@example.fr";
    cr_assert_eq(rv_hash64(p, strlen(p), 0), rv_hash64(q, strlen(q), 0),
                 "the fixture no longer collides: is it mistyped?");
    rv_secret s;
    rv_secret_from_seed(&s, 5);
    cr_assert_not(rv_key_equal(rv_key_of(&s, p, strlen(p)), rv_key_of(&s, q, strlen(q))));
}

Test(cpu, limit_lowers_the_level) {
    cr_assert_not(rv_cpu_limit("sse9"));
    cr_assert(rv_cpu_limit("scalar"));
    cr_assert_eq(rv_cpu_level(), RV_CPU_SCALAR);
    cr_assert_str_eq(rv_cpu_name(rv_cpu_level()), "scalar");
    cr_assert(rv_cpu_limit("avx512"));
}
