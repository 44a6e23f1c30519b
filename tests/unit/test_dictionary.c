/* Codes depend on the values only: not on the order in which threads meet them. */
#include "dictionary.h"
#include "parallel.h"
#include "random.h"
#include <criterion/criterion.h>
#include <stdio.h>

typedef struct adding {
    rv_dictionary_builder *builder;
    uint32_t values, provisional[64][512];
} adding;

static rv_status add_many(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker;
    adding *a = ctx;
    rv_random random;
    rv_random_init(&random, piece, 5);
    for (int i = 0; i < 512; i++) {
        char text[24];
        int n = snprintf(text, sizeof text, "value %u", rv_random_below(&random, a->values));
        RV_TRY(rv_dictionary_add(a->builder, rv_text_make(text, (size_t)n), &a->provisional[piece][i], err));
    }
    return RV_OK;
}

/* Looked up some at a time, values have the numbers that they have one by one, be they new, known or twice in one go. */
Test(dictionary, some_at_a_time_are_the_same_as_one_by_one) {
    rv_dictionary_builder *builder;
    cr_assert_eq(rv_dictionary_builder_new(&builder, NULL), RV_OK);
    unsigned before = 0;
    for (unsigned round = 0; round < 60; round++) {
        char room[RV_DICTIONARY_SOME][40];
        rv_text values[RV_DICTIONARY_SOME];
        uint32_t numbers[RV_DICTIONARY_SOME], again, n = round % (RV_DICTIONARY_SOME + 1), most = 0;
        for (uint32_t i = 0; i < n; i++) {
            snprintf(room[i], sizeof room[i], "%u %s", (i * 7 + round * 3) % 90, round % 2 ? "a value of some length" : "");
            values[i] = rv_text_of(room[i]);
        }
        cr_assert_eq(rv_dictionary_add_some(builder, values, n, numbers, NULL), RV_OK);
        for (uint32_t i = 0; i < n; i++) {
            cr_assert_eq(rv_dictionary_add(builder, values[i], &again, NULL), RV_OK);
            cr_assert_eq(numbers[i], again, "round %u, value %u", round, i);
            cr_assert(again > 0 && again <= 180);
            most = again > most ? again : most;
        }
        before = most > before ? most : before;
    }
    cr_assert_gt(before, 90u);
    rv_dictionary_builder_free(builder);
}

Test(dictionary, threads_agree_on_codes) {
    for (int threads = 1; threads <= 3; threads++) {
        static adding a;
        a = (adding){.values = 3000};
        rv_dictionary d;
        uint32_t *remap;
        cr_assert_eq(rv_dictionary_builder_new(&a.builder, NULL), RV_OK);
        cr_assert_eq(rv_parallel(threads, 64, add_many, &a, NULL), RV_OK);
        cr_assert_eq(rv_dictionary_finish(a.builder, &d, &remap, NULL), RV_OK);
        for (size_t piece = 0; piece < 64; piece++) {
            rv_random random;
            rv_random_init(&random, piece, 5);
            for (int i = 0; i < 512; i++) {
                char text[24];
                int n = snprintf(text, sizeof text, "value %u", rv_random_below(&random, a.values));
                rv_text value = rv_text_make(text, (size_t)n);
                uint32_t code = remap[a.provisional[piece][i]];
                cr_assert(rv_text_equal(rv_dictionary_value(&d, code), value));
                cr_assert_eq(rv_dictionary_find(&d, value), code);
            }
        }
        for (uint32_t c = 2; c <= d.n; c++)
            cr_assert(rv_text_compare(rv_dictionary_value(&d, c - 1), rv_dictionary_value(&d, c)) < 0);
        rv_free(remap);
        rv_dictionary_reset(&d);
        rv_dictionary_builder_free(a.builder);
    }
}

Test(dictionary, numbers_go_by_value_before_other_text) {
    static const char *const given[] = {"10", "9", "Z", "-3", "2.50", "A", "2.5", "1e1", "é", "+9"};
    static const char *const sorted[] = {"-3", "2.5", "2.50", "+9", "9", "10", "1e1", "A", "Z", "é"};
    rv_dictionary_builder *b;
    rv_dictionary d;
    uint32_t *remap, number;
    cr_assert_eq(rv_dictionary_builder_new(&b, NULL), RV_OK);
    cr_assert_eq(rv_dictionary_add(b, (rv_text){0}, &number, NULL), RV_OK);
    cr_assert_eq(number, 0u);
    for (int i = 0; i < 10; i++) cr_assert_eq(rv_dictionary_add(b, rv_text_of(given[i]), &number, NULL), RV_OK);
    cr_assert_eq(rv_dictionary_finish(b, &d, &remap, NULL), RV_OK);
    cr_assert_eq(d.n, 10u);
    cr_assert_eq(remap[0], 0u);
    for (uint32_t i = 0; i < 10; i++)
        cr_assert(rv_text_is(rv_dictionary_value(&d, i + 1), sorted[i]), "code %u", i + 1);
    cr_assert_eq(rv_dictionary_find(&d, RV_TEXT("9.0")), 0u);
    cr_assert_eq(rv_dictionary_find(&d, RV_TEXT("")), 0u);
    rv_free(remap);
    rv_dictionary_reset(&d);
    rv_dictionary_builder_free(b);
}

Test(dictionary, an_empty_one_has_no_codes) {
    rv_dictionary_builder *b;
    rv_dictionary d;
    uint32_t *remap;
    cr_assert_eq(rv_dictionary_builder_new(&b, NULL), RV_OK);
    cr_assert_eq(rv_dictionary_finish(b, &d, &remap, NULL), RV_OK);
    cr_assert_eq(d.n, 0u);
    cr_assert_eq(rv_dictionary_find(&d, RV_TEXT("x")), 0u);
    rv_free(remap);
    rv_dictionary_reset(&d);
    rv_dictionary_builder_free(b);
    rv_dictionary_builder_free(NULL);
}

#ifdef RV_TESTING
Test(dictionary, every_failed_allocation_is_an_error_without_a_leak) {
    for (uint64_t k = 1, done = 0; !done; k++) {
        rv_dictionary_builder *b = NULL;
        rv_dictionary d = {0};
        uint32_t *remap = NULL, number;
        rv_memory_fail_at(k, true);
        rv_status status = rv_dictionary_builder_new(&b, NULL);
        for (int i = 0; i < 500 && status == RV_OK; i++) {
            char text[12];
            int n = snprintf(text, sizeof text, "%d", i);
            status = rv_dictionary_add(b, rv_text_make(text, (size_t)n), &number, NULL);
        }
        if (status == RV_OK) status = rv_dictionary_finish(b, &d, &remap, NULL);
        rv_memory_fail_at(0, false);
        done = status == RV_OK;
        cr_assert(done || status == RV_NO_MEMORY);
        rv_free(remap);
        rv_dictionary_reset(&d);
        rv_dictionary_builder_free(b);
    }
}
#endif
