/* Pages made ahead: one huge page at a time, the next one that nothing was written to, each once; never beyond the array. */
#include "build_ahead.h"

#include <criterion/criterion.h>
#include <sys/mman.h>

enum { STEP = 2 << 20, CAP = 8 << 20 };

static bool is_there(const char *page) {
    unsigned char in;
    return mincore((void *)(uintptr_t)page, 4096, &in) == 0 && in & 1;
}

Test(build_ahead, the_next_page_is_made_once_and_none_beyond_the_end) {
    static const struct {
        size_t used, made; /* bytes from the start that are asked for by then */
    } steps[] = {{1, 2 * STEP},        {STEP - 1, 2 * STEP},     {STEP, 2 * STEP}, {STEP + 1, 3 * STEP},
                 {3 * STEP, 4 * STEP}, {3 * STEP + 9, 4 * STEP}, {CAP, 4 * STEP}};
    rv_ahead ahead = {NULL};
    char *pages = rv_pages_new(CAP, NULL);
    size_t made = 0;
    cr_assert(pages);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        rv_ahead_ask(&ahead, pages, steps[i].used, CAP, &made);
        cr_assert_eq(made, steps[i].made, "step %zu: %zu", i, made);
        rv_ahead_make(&ahead);
        rv_ahead_make(&ahead); /* nothing asked for: nothing done */
    }
    for (size_t at = STEP; at < CAP; at += 4096) cr_assert(is_there(pages + at), "%zu", at);
    for (size_t at = 0; at < CAP; at++) cr_assert_eq(pages[at], 0);
    rv_pages_free(pages, CAP);
}

Test(build_ahead, short_arrays_and_a_second_wish_wait) {
    rv_ahead ahead = {NULL};
    size_t one = 0, two = 0;
    char *a = rv_pages_new(CAP, NULL), *b = rv_pages_new(CAP, NULL);
    cr_assert(a && b);
    rv_ahead_ask(&ahead, a, 1, CAP - 1, &one);
    cr_assert_eq(one, 0);
    rv_ahead_ask(&ahead, a, 1, CAP, &one);
    rv_ahead_ask(&ahead, b, 1, CAP, &two);
    cr_assert(one == 2 * STEP && two == 0);
    rv_ahead_make(&ahead);
    rv_ahead_ask(&ahead, b, 1, CAP, &two);
    cr_assert_eq(two, 2 * STEP);
    rv_pages_free(a, CAP); /* gone: nothing comes of it */
    rv_pages_free(b, CAP);
    rv_ahead_make(&ahead);
}
