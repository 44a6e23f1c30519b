/* Quintiles with ties, the grid of segments, and the states on both sides of each limit. */
#include "date.h"
#include "random.h"
#include "rfm.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

Test(rfm, quintiles_of_ten_distinct_values_are_pairs) {
    int64_t values[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    rv_quintiles q;
    cr_assert_eq(rv_quintiles_of(values, 10, NULL, &q, NULL), RV_OK);
    for (unsigned i = 0; i < 10; i++) cr_assert_eq(rv_quintile_score(&q, values[i]), 1 + i / 2, "value %u", i + 1);
    for (unsigned s = 0; s < 5; s++) cr_assert_eq(q.count[s], 2);
    cr_assert_not(q.collapsed);
}

Test(rfm, one_time_buyers_share_the_lowest_score_and_the_gap_is_told) {
    int64_t values[10] = {1, 1, 1, 1, 1, 1, 2, 2, 3, 9};
    rv_quintiles q;
    cr_assert_eq(rv_quintiles_of(values, 10, NULL, &q, NULL), RV_OK);
    cr_assert_eq(rv_quintile_score(&q, 1), 1);
    cr_assert_eq(rv_quintile_score(&q, 2), 4);
    cr_assert_eq(rv_quintile_score(&q, 3), 5);
    cr_assert(q.collapsed);
    cr_assert_eq(q.count[0], 6);
    cr_assert_eq(q.count[1], 0);
    cr_assert_eq(q.count[2], 0);
    cr_assert_eq(q.count[3], 2);
    cr_assert_eq(q.count[4], 2);
}

Test(rfm, a_single_value_scores_1) {
    int64_t value = 7;
    rv_quintiles q;
    cr_assert_eq(rv_quintiles_of(&value, 1, NULL, &q, NULL), RV_OK);
    cr_assert_eq(rv_quintile_score(&q, 7), 1);
    cr_assert(q.collapsed);
}

Test(rfm, quintiles_keep_their_promises_on_random_values) {
    uint64_t seed = 20261121;
    printf("seed %llu\n", (unsigned long long)seed);
    rv_random random;
    rv_random_init(&random, seed, 0);
    for (unsigned round = 0; round < 300; round++) {
        uint64_t n = 1 + rv_random_below(&random, 200);
        uint32_t spread = 1 + rv_random_below(&random, round % 2 ? 10 : 100000);
        int64_t values[200];
        for (uint64_t i = 0; i < n; i++) values[i] = (int64_t)rv_random_below(&random, spread) - spread / 2;
        qsort(values, n, sizeof *values, ascending);
        rv_quintiles q;
        cr_assert_eq(rv_quintiles_of(values, n, NULL, &q, NULL), RV_OK);
        if (spread <= 10) { /* the histogram says the same; shifted to begin at 0 */
            uint64_t counts[16] = {0};
            for (uint64_t i = 0; i < n; i++) counts[values[i] + spread / 2]++;
            rv_quintiles h;
            rv_quintiles_of_counts(counts, 16, NULL, &h);
            for (unsigned k = 0; k < 4; k++) cr_assert_eq(h.threshold[k] - spread / 2, q.threshold[k]);
            for (unsigned k = 0; k < 5; k++) cr_assert_eq(h.count[k], q.count[k]);
            cr_assert_eq(h.collapsed, q.collapsed);
        }
        uint64_t total = 0;
        for (unsigned s = 0; s < 5; s++) total += q.count[s];
        cr_assert_eq(total, n);
        for (uint64_t i = 0; i < n; i++) {
            unsigned score = rv_quintile_score(&q, values[i]);
            cr_assert(score >= 1 && score <= 5);
            /* naive twin: the share of values strictly below, up to the last of equals, in fifths */
            uint64_t below = 0;
            while (below < n && values[below] < values[i]) below++;
            unsigned naive = 1;
            for (unsigned k = 1; k <= 4; k++) naive += 5 * below >= k * n; /* the k-th fifth lies wholly below */
            cr_assert_eq(score, naive, "n %llu value %lld", (unsigned long long)n, (long long)values[i]);
            if (i > 0) cr_assert(rv_quintile_score(&q, values[i - 1]) <= score);
        }
    }
}

Test(rfm, limits_of_ones_own_take_the_place_of_quintiles) {
    rv_rfm_limits limits;
    cr_assert_eq(rv_rfm_limits_parse("m=0.5/10/20.25/1000,f=1/2/4/9", &limits, NULL), RV_OK);
    cr_assert(!limits.given[0] && limits.given[1] && limits.given[2]);
    cr_assert_null(rv_rfm_limits_own(&limits, 0));
    cr_assert_eq(limits.threshold[2][0], 5000);
    cr_assert_eq(limits.threshold[2][2], 202500);
    int64_t orders[8] = {1, 1, 2, 3, 4, 5, 9, 10};
    static const unsigned scores[8] = {1, 1, 2, 3, 3, 4, 4, 5};
    rv_quintiles q, h;
    cr_assert_eq(rv_quintiles_of(orders, 8, rv_rfm_limits_own(&limits, 1), &q, NULL), RV_OK);
    uint64_t counts[11] = {0};
    for (unsigned i = 0; i < 8; i++) {
        cr_assert_eq(rv_quintile_score(&q, orders[i]), scores[i], "%u", i);
        counts[orders[i]]++;
    }
    rv_quintiles_of_counts(counts, 11, rv_rfm_limits_own(&limits, 1), &h);
    for (unsigned s = 0; s < 5; s++) cr_assert_eq(h.count[s], q.count[s]);
    cr_assert(q.own && h.own && !q.collapsed);
    cr_assert_eq(rv_rfm_limits_parse(NULL, &limits, NULL), RV_OK);
    cr_assert(!limits.given[0] && !limits.given[1] && !limits.given[2]);
}

Test(rfm, limits_that_cant_be_read_are_refused) {
    static const char *const wrong[] = {"",
                                        "r",
                                        "r=",
                                        "r=1/2/3",
                                        "r=1/2/3/4/5",
                                        "r=1/2/2/4",
                                        "r=4/3/2/1",
                                        "r=1/2/3/x",
                                        "r=1/2/3/4,",
                                        "f=1.5/2/3/4",
                                        "q=1/2/3/4",
                                        "rf=1/2/3/4",
                                        "r=-1/2/3/4",
                                        "r=1/2/3/4,r=1/2/3/4",
                                        "m=1/2/3/nan",
                                        "r=1//3/4",
                                        "m=1/2/3/4 f=1/2/3/4"};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rv_rfm_limits limits;
        rv_error err = {0};
        cr_assert_eq(rv_rfm_limits_parse(wrong[i], &limits, &err), RV_BAD_ARGUMENT, "'%s'", wrong[i]);
        cr_assert(strstr(err.hint, "--rfm"));
    }
}

Test(rfm, every_cell_of_the_grid_has_exactly_one_segment_and_every_segment_a_cell) {
    unsigned cells[RV_SEGMENT_COUNT] = {0};
    for (unsigned r = 1; r <= 5; r++)
        for (unsigned f = 1; f <= 5; f++)
            for (unsigned m = 1; m <= 5; m++) {
                rv_segment_id segment = rv_rfm_segment(r, f, m);
                cr_assert(segment > RV_SEGMENT_NONE && segment < RV_SEGMENT_COUNT);
                cells[segment]++;
            }
    for (unsigned s = 1; s < RV_SEGMENT_COUNT; s++) cr_assert(cells[s] > 0, "%s has no cell", rv_segment_name(s));
    cr_assert_eq(rv_rfm_segment(5, 5, 5), RV_CHAMPIONS);
    cr_assert_eq(rv_rfm_segment(5, 1, 5), RV_NEW);
    cr_assert_eq(rv_rfm_segment(1, 5, 5), RV_CANT_LOSE);
    cr_assert_eq(rv_rfm_segment(1, 1, 1), RV_SEGMENT_LOST);
}

Test(rfm, more_recent_never_is_a_sleepier_segment) {
    /* awake: the six first names; asleep: the five others */
    for (unsigned f = 1; f <= 5; f++)
        for (unsigned m = 1; m <= 5; m++) {
            bool awake = false;
            for (unsigned r = 1; r <= 5; r++) {
                bool now = rv_rfm_segment(r, f, m) <= RV_NEED_ATTENTION;
                cr_assert(now || !awake, "f %u m %u r %u", f, m, r);
                awake = now;
            }
            cr_assert(awake);
        }
}

Test(rfm, names_are_those_of_the_interface) {
    const char *names[] = {
        "champions",      "loyal",   "potential_loyalist", "new",         "promising", "need_attention",
        "about_to_sleep", "at_risk", "cant_lose",          "hibernating", "lost"};
    for (unsigned s = 1; s < RV_SEGMENT_COUNT; s++) cr_assert_str_eq(rv_segment_name(s), names[s - 1]);
    rv_state state;
    cr_assert(rv_state_find("inactive", 8, &state));
    cr_assert_eq(state, RV_INACTIVE);
    cr_assert_not(rv_state_find("inactiv", 7, &state));
    cr_assert_not(rv_state_find("", 0, &state));
    cr_assert_str_eq(rv_state_name(RV_AT_RISK), "at_risk");
}

Test(rfm, states_change_on_the_day_after_the_limit) {
    int32_t as_of = rv_date_of(2026, 11, 21);
    rv_state_limits limits;
    rv_state_limits_of(as_of, 12, &limits);
    int32_t active = rv_date_of(2025, 11, 21), at_risk = rv_date_of(2025, 5, 21), inactive = rv_date_of(2023, 11, 21);
    cr_assert_eq(rv_state_of(&limits, as_of), RV_ACTIVE);
    cr_assert_eq(rv_state_of(&limits, active), RV_ACTIVE);
    cr_assert_eq(rv_state_of(&limits, active - 1), RV_AT_RISK);
    cr_assert_eq(rv_state_of(&limits, at_risk), RV_AT_RISK);
    cr_assert_eq(rv_state_of(&limits, at_risk - 1), RV_INACTIVE);
    cr_assert_eq(rv_state_of(&limits, inactive), RV_INACTIVE);
    cr_assert_eq(rv_state_of(&limits, inactive - 1), RV_LOST);
}

Test(rfm, months_end_where_the_shorter_month_ends) {
    rv_state_limits limits;
    rv_state_limits_of(rv_date_of(2026, 8, 31), 6, &limits);
    cr_assert_eq(limits.since[0], rv_date_of(2026, 2, 28));
    cr_assert_eq(limits.since[1], rv_date_of(2025, 11, 30));
    cr_assert_eq(limits.months[2], 18);
    rv_state_limits_of(rv_date_of(3, 1, 1), 1200, &limits);
    cr_assert_eq(limits.since[0], rv_date_of(1, 1, 1));
}

Test(rfm, own_rhythm_is_shrunk_towards_the_population) {
    /* ten intervals of 10 days, population 100: own = (100 + 200) / 12 = 25 */
    cr_assert_eq(rv_state_of_rhythm(50, 100, 10, 100), RV_ACTIVE);
    cr_assert_eq(rv_state_of_rhythm(51, 100, 10, 100), RV_AT_RISK);
    cr_assert_eq(rv_state_of_rhythm(75, 100, 10, 100), RV_AT_RISK);
    cr_assert_eq(rv_state_of_rhythm(76, 100, 10, 100), RV_INACTIVE);
    cr_assert_eq(rv_state_of_rhythm(150, 100, 10, 100), RV_INACTIVE);
    cr_assert_eq(rv_state_of_rhythm(151, 100, 10, 100), RV_LOST);
    /* a one-time buyer has the population's */
    cr_assert_eq(rv_state_of_rhythm(200, 0, 0, 100), RV_ACTIVE);
    cr_assert_eq(rv_state_of_rhythm(201, 0, 0, 100), RV_AT_RISK);
}
