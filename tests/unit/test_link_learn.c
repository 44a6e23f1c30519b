/* Learning from patterns that were drawn from known numbers; the model's file. */
#include "file.h"
#include "link_learn.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

static unsigned draw(rv_random *random, const double *shares, unsigned n) {
    double x = rv_random_unit(random);
    for (unsigned l = 1; l + 1 < n; l++) {
        x -= shares[l];
        if (x < 0) return l;
    }
    return n - 1;
}

/* The levels of one pair of a kind: 0 person, 1 household, 2 strangers. */
static uint64_t draw_pattern(rv_random *random, const rv_link_model *truth, int kind, uint32_t fields) {
    rv_link_pattern pattern = {.swapped = kind == 0 && rv_random_unit(random) < truth->swapped};
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        if (!(fields >> f & 1)) continue;
        bool agrees = kind == 0 || (kind == 1 && rv_random_unit(random) < rv_link_household_share((rv_link_field)f));
        unsigned n = rv_link_levels((rv_link_field)f);
        pattern.level[f] = (uint8_t)draw(random, agrees ? truth->m[f] : truth->u[f], n);
    }
    return rv_pattern_pack(&pattern);
}

#define F(name) (1u << RV_FIELD_##name)
static const uint32_t seen = F(FIRST) | F(LAST) | F(BIRTH) | F(SEX) | F(STREET) | F(NUMBER) | F(PLACE) | F(PHONE);

static void make_truth(rv_link_model *truth) {
    rv_link_model_built_in(truth);
    truth->swapped = .03;
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) { /* dirtier than the built-in numbers */
        unsigned n = rv_link_levels((rv_link_field)f);
        for (unsigned l = 1; l < n; l++) truth->m[f][l] = l + 1 == n ? .55 : .45 / (n - 2);
    }
}

static double unbounded[RV_FIELD_COUNT];

static double furthest(const double *a, const double *b, unsigned n) {
    double most = 0;
    for (unsigned l = 1; l < n; l++) most = fmax(most, fabs(a[l] - b[l]));
    return most;
}

Test(link_learn, finds_the_numbers_that_patterns_were_drawn_from) {
    printf("seed 7\n");
    rv_random random;
    rv_random_init(&random, 7, 0);
    rv_link_model truth, model;
    make_truth(&truth);
    rv_patterns candidates = {0}, strangers = {0};
    for (int i = 0; i < 40000; i++) {
        int kind = i % 10 < 4 ? 0 : i % 10 < 6 ? 1 : 2;
        rv_patterns_add(&candidates, draw_pattern(&random, &truth, kind, seen), 1, 1, NULL);
    }
    for (int i = 0; i < 300000; i++) rv_patterns_add(&strangers, draw_pattern(&random, &truth, 2, seen), 0, 1, NULL);
    rv_patterns_list(&candidates);
    rv_patterns_list(&strangers);
    rv_link_model_built_in(&model);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) unbounded[f] = 1;
    for (int cycle = 0; cycle < 3; cycle++) {
        rv_link_learn_u(&strangers, &candidates, 40000, 0, unbounded, &model);
        rv_link_learn(&candidates, 40000, 1e9, 50, &model);
    }
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        if (!(seen >> f & 1)) {
            cr_expect_not(model.trained[f]);
            continue;
        }
        unsigned n = rv_link_levels((rv_link_field)f);
        cr_expect(model.trained[f]);
        cr_expect_lt(furthest(model.m[f], truth.m[f], n), .025, "m of %s", rv_link_field_name((rv_link_field)f));
        cr_expect_lt(furthest(model.u[f], truth.u[f], n), .005, "u of %s", rv_link_field_name((rv_link_field)f));
    }
    cr_expect_float_eq(model.swapped, truth.swapped, .01);
    cr_expect_float_eq(model.person * 40000, 16000, 300);
    cr_expect_float_eq(model.household * 40000, 8000, 500, "%g", model.household * 40000);
    cr_expect_not(model.bounded);
    rv_patterns_reset(&candidates);
    rv_patterns_reset(&strangers);
}

/* Two fields that go together by themselves split the pairs better than identity does: half of all pairs would be persons. */
static void add_regular_pairs(rv_patterns *to) {
    for (int i = 0; i < 20000; i++) {
        rv_link_pattern pattern = {0};
        bool person = i % 100 == 0, alike = i % 2 == 0;
        pattern.level[RV_FIELD_SEX] = alike || person ? 2 : 1;
        pattern.level[RV_FIELD_PLACE] = (uint8_t)(alike || person ? rv_link_levels(RV_FIELD_PLACE) - 1 : 1);
        pattern.level[RV_FIELD_STREET] = (uint8_t)(alike || person ? rv_link_levels(RV_FIELD_STREET) - 1 : 1);
        pattern.level[RV_FIELD_LAST] = (uint8_t)(person ? rv_link_levels(RV_FIELD_LAST) - 1 : 1);
        pattern.level[RV_FIELD_FIRST] = (uint8_t)(person ? rv_link_levels(RV_FIELD_FIRST) - 1 : 1);
        rv_patterns_add(to, rv_pattern_pack(&pattern), 1, 1, NULL);
    }
    rv_patterns_list(to);
}

Test(link_learn, no_more_pairs_are_persons_than_there_can_be) {
    rv_patterns pairs = {0};
    rv_link_model free_one, bounded;
    add_regular_pairs(&pairs);
    rv_link_model_built_in(&free_one);
    free_one.person = .3;
    free_one.m[RV_FIELD_LAST][1] = free_one.m[RV_FIELD_FIRST][1] = .5;
    bounded = free_one;
    rv_link_learn(&pairs, 20000, 1e9, 50, &free_one);
    rv_link_learn(&pairs, 20000, 600, 50, &bounded);
    cr_expect_not(free_one.bounded);
    cr_expect_gt(free_one.person * 20000, 2000, "%g", free_one.person * 20000);
    cr_expect(bounded.bounded || bounded.person * 20000 < 600);
    cr_expect_leq(bounded.person * 20000, 601, "%g", bounded.person * 20000);
    rv_link_shares all = {bounded.person, bounded.household, 1 - bounded.person - bounded.household};
    double persons = 0;
    for (size_t i = 0; i < pairs.n; i++)
        persons += (double)pairs.at[i].pairs * rv_link_posterior(&bounded, all, pairs.at[i].packed, 0).person;
    cr_expect_leq(persons, 1500, "%g", persons);
    rv_patterns_reset(&pairs);
}

Test(link_learn, strangers_are_equal_no_more_often_than_is_known) {
    rv_patterns random = {0}, near = {0};
    rv_link_pattern equal = {0};
    double most[RV_FIELD_COUNT];
    unsigned top = rv_link_levels(RV_FIELD_EMAIL) - 1;
    equal.level[RV_FIELD_EMAIL] = (uint8_t)top;
    rv_patterns_add(&random, rv_pattern_pack(&equal), 0, 1000, NULL);
    equal.level[RV_FIELD_EMAIL] = RV_LEVEL_DIFFERENT;
    rv_patterns_add(&random, rv_pattern_pack(&equal), 0, 99000, NULL);
    rv_patterns_list(&random);
    rv_patterns_list(&near);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) most[f] = 1;
    for (int known = 0; known < 2; known++) {
        rv_link_model model;
        rv_link_model_built_in(&model);
        if (known) most[RV_FIELD_EMAIL] = 1e-6;
        rv_link_learn_u(&random, &near, 1e5, 0, most, &model);
        if (known) cr_expect_eq(model.u[RV_FIELD_EMAIL][top], 1e-6);
        else cr_expect_gt(model.u[RV_FIELD_EMAIL][top], 1e-3);
    }
    rv_patterns_reset(&random);
    rv_patterns_reset(&near);
}

/* Nothing to learn from: no true pair at all among few. */
Test(link_learn, few_pairs_leave_the_built_in_numbers_nearly_as_they_are) {
    rv_random random;
    rv_random_init(&random, 8, 0);
    rv_link_model truth, model, own;
    make_truth(&truth);
    rv_link_model_built_in(&own);
    rv_link_model_built_in(&model);
    rv_patterns candidates = {0};
    for (int i = 0; i < 30; i++) rv_patterns_add(&candidates, draw_pattern(&random, &truth, 2, seen), 1, 1, NULL);
    rv_patterns_list(&candidates);
    rv_link_learn(&candidates, 1e6, 1e9, 50, &model);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        cr_expect_not(model.trained[f]);
        cr_expect_lt(furthest(model.m[f], own.m[f], rv_link_levels((rv_link_field)f)), .1);
    }
    rv_patterns_reset(&candidates);
}

Test(link_learn, counting_in_parts_gives_one_list) {
    rv_patterns whole = {0}, parts[3] = {{0}}, joined = {0};
    rv_random random;
    rv_random_init(&random, 9, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t packed = rv_random_below(&random, 3000);
        uint32_t rules = 1 + rv_random_below(&random, 4);
        cr_assert_eq(rv_patterns_add(&whole, packed, rules, 1, NULL), RV_OK);
        cr_assert_eq(rv_patterns_add(&parts[i % 3], packed, rules, 1, NULL), RV_OK);
    }
    for (int i = 2; i >= 0; i--) cr_assert_eq(rv_patterns_merge(&joined, &parts[i], NULL), RV_OK);
    rv_patterns_list(&whole);
    rv_patterns_list(&joined);
    cr_assert_eq(whole.n, joined.n);
    cr_assert_eq(memcmp(whole.at, joined.at, whole.n * sizeof *whole.at), 0);
    rv_patterns_reset(&whole);
    rv_patterns_reset(&joined);
}

Test(link_learn, a_model_file_reads_back_to_the_same_bits) {
    const char *path = scratch_path("model.json"), *again = scratch_path("again.json");
    rv_link_model model, back;
    rv_error err = {0};
    rv_settings settings = {.force = true};
    make_truth(&model);
    model.trained[RV_FIELD_LAST] = true;
    model.person = 1.0 / 3e7;
    model.pairs_seen = 12345;
    cr_assert_eq(rv_link_model_write(&model, path, &settings, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_link_model_read(path, &back, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_link_model_write(&back, again, &settings, &err), RV_OK);
    cr_assert_eq(memcmp(model.m, back.m, sizeof model.m), 0);
    cr_assert_eq(memcmp(model.u, back.u, sizeof model.u), 0);
    cr_assert(model.person == back.person && model.swapped == back.swapped);
    char *a, *b;
    size_t n_a, n_b;
    cr_assert_eq(rv_file_read(path, 1 << 20, &a, &n_a, &err), RV_OK);
    cr_assert_eq(rv_file_read(again, 1 << 20, &b, &n_b, &err), RV_OK);
    cr_assert(n_a == n_b && memcmp(a, b, n_a) == 0);
    rv_free(a);
    rv_free(b);
}
