/*
 * A stand-in for Criterion under ThreadSanitizer, whose fixed address layout leaves Criterion's sandbox no room to start in
 * ("could not initialize inheritable arena"). Same macros, as far as our tests use them; each test runs in a process of its
 * own, one after the other, and its first failure ends it.
 */
#ifndef PLAIN_CRITERION_H
#define PLAIN_CRITERION_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct plain_options {
    void (*init)(void);
    void (*fini)(void);
    double timeout;        /* not kept: ctest has one */
    int signal, exit_code; /* how the test must end */
    const char *description;
} plain_options;

typedef struct plain_test {
    const char *suite, *name;
    void (*body)(void); /* NULL: a suite's options */
    plain_options options;
    struct plain_test *next;
} plain_test;

void plain_add(plain_test *test);
_Noreturn void plain_fail(const char *file, int line, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
_Noreturn void plain_skip(void);

#define Test(S, N, ...)                                                                                                \
    static void plain_body_##S##_##N(void);                                                                            \
    static plain_test plain_test_##S##_##N = {                                                                         \
        .suite = #S, .name = #N, .body = plain_body_##S##_##N, .options = {__VA_ARGS__}};                              \
    __attribute__((constructor)) static void plain_add_##S##_##N(void) { plain_add(&plain_test_##S##_##N); }           \
    static void plain_body_##S##_##N(void)
#define TestSuite(S, ...)                                                                                              \
    static plain_test plain_suite_##S = {.suite = #S, .options = {__VA_ARGS__}};                                       \
    __attribute__((constructor)) static void plain_add_suite_##S(void) { plain_add(&plain_suite_##S); }                \
    extern int plain_suite_ends_##S

#define cr_assert(condition, ...) ((condition) ? (void)0 : plain_fail(__FILE__, __LINE__, #condition, "" __VA_ARGS__))
#define cr_assert_not(condition, ...) cr_assert(!(condition), __VA_ARGS__)
#define cr_assert_fail(...) plain_fail(__FILE__, __LINE__, "fail", "" __VA_ARGS__)
#define cr_assert_null(p, ...) cr_assert((p) == NULL, __VA_ARGS__)
#define cr_assert_not_null(p, ...) cr_assert((p) != NULL, __VA_ARGS__)
#define cr_assert_eq(a, b, ...) cr_assert((a) == (b), __VA_ARGS__)
#define cr_assert_neq(a, b, ...) cr_assert((a) != (b), __VA_ARGS__)
#define cr_assert_lt(a, b, ...) cr_assert((a) < (b), __VA_ARGS__)
#define cr_assert_leq(a, b, ...) cr_assert((a) <= (b), __VA_ARGS__)
#define cr_assert_gt(a, b, ...) cr_assert((a) > (b), __VA_ARGS__)
#define cr_assert_geq(a, b, ...) cr_assert((a) >= (b), __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) cr_assert(strcmp(a, b) == 0, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...) cr_assert(strcmp(a, b) != 0, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...) cr_assert(strcmp(a, b) != 0, __VA_ARGS__)
#define cr_assert_arr_eq(a, b, bytes, ...) cr_assert(memcmp(a, b, bytes) == 0, __VA_ARGS__)
#define cr_assert_float_eq(a, b, within, ...) cr_assert(fabs((double)(a) - (double)(b)) <= (within), __VA_ARGS__)
#define cr_expect cr_assert
#define cr_expect_not cr_assert_not
#define cr_expect_null cr_assert_null
#define cr_expect_not_null cr_assert_not_null
#define cr_expect_eq cr_assert_eq
#define cr_expect_neq cr_assert_neq
#define cr_expect_lt cr_assert_lt
#define cr_expect_leq cr_assert_leq
#define cr_expect_gt cr_assert_gt
#define cr_expect_geq cr_assert_geq
#define cr_expect_str_eq cr_assert_str_eq
#define cr_expect_str_neq cr_assert_str_neq
#define cr_expect_float_eq cr_assert_float_eq
#define cr_skip_test(...) plain_skip()
#define cr_log_info(...) printf(__VA_ARGS__)

#endif
