/* Buy-till-you-die models against published fits, textbook formulas and simulated clients. */
#include "btyd.h"
#include "btyd_kernel.h"
#include "cdnow.h"
#include "cpu.h"
#include "date.h"
#include "memory.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

/* The likelihoods as the papers print them, with gamma functions. */
static double naive_likelihood(rv_btyd_model model, const double t[4], const rv_btyd_group *g) {
    double r = t[0], alpha = t[1], a = t[2], b = t[3], x = g->repeats, tx = g->last_days / 7.0, T = g->age_days / 7.0;
    int sign;
    double common =
        lgamma_r(r + x, &sign) - lgamma_r(r, &sign) + r * log(alpha) + lgamma_r(a + b, &sign) - lgamma_r(b, &sign);
    if (model == RV_BG) {
        double u = pow(alpha + T, -(r + x)), v = g->repeats ? a / (b + x - 1) * pow(alpha + tx, -(r + x)) : 0;
        return common + lgamma_r(b + x, &sign) - lgamma_r(a + b + x, &sign) + log(u + v);
    }
    double stay = lgamma_r(b + x + 1, &sign) - lgamma_r(a + b + x + 1, &sign);
    double odds = a / (b + x) * pow((alpha + T) / (alpha + tx), r + x);
    return common + stay - (r + x) * log(alpha + T) + log1p(odds);
}

static rv_btyd_group random_group(rv_random *random) {
    uint16_t age = (uint16_t)(1 + rv_random_below(random, 800));
    uint16_t x = rv_random_below(random, 3) ? (uint16_t)rv_random_below(random, age < 40 ? age : 40) : 0;
    uint16_t last = x ? (uint16_t)(x + rv_random_below(random, age - x + 1u)) : 0;
    return (rv_btyd_group){x, last, age, 1 + rv_random_below(random, 5)};
}

static void random_theta(rv_random *random, double theta[4]) {
    for (unsigned j = 0; j < 4; j++) theta[j] = exp(3 * rv_random_unit(random) - 1.5);
    theta[RV_BTYD_ALPHA] *= 5;
}

Test(btyd, likelihood_is_that_of_the_papers) {
    rv_random random;
    printf("seed 7\n");
    rv_random_init(&random, 7, 0);
    for (unsigned round = 0; round < 200; round++) {
        rv_btyd_group groups[50];
        double theta[4];
        rv_btyd_model model = round % 2 ? RV_BG : RV_MBG;
        random_theta(&random, theta);
        double expected = 0, found;
        for (unsigned i = 0; i < 50; i++) {
            groups[i] = random_group(&random);
            expected += groups[i].count * naive_likelihood(model, theta, &groups[i]);
        }
        cr_assert_eq(rv_btyd_likelihood(model, theta, groups, 50, 1, &found, NULL), RV_OK);
        cr_assert_float_eq(found, expected, 1e-9 * fabs(expected));
    }
}

Test(btyd, series_and_integral_agree) {
    rv_random random;
    printf("seed 11\n");
    rv_random_init(&random, 11, 0);
    for (unsigned round = 0; round < 3000; round++) {
        rv_btyd fit = {.model = round % 2 ? RV_BG : RV_MBG, .fitted = true};
        random_theta(&random, fit.theta);
        if (round % 10 == 0) fit.theta[RV_BTYD_A] = 1; /* where the textbook formula divides by zero */
        if (round % 10 == 3) fit.theta[RV_BTYD_A] = 1 + 1e-9;
        rv_btyd_group g = random_group(&random);
        uint32_t horizon = 1 + rv_random_below(&random, 700);
        double series = rv_btyd_orders_if_alive(&fit, g.repeats, g.age_days, horizon);
        double integral = rv_btyd_orders_by_integral(&fit, g.repeats, g.age_days, horizon);
        cr_assert_float_eq(series, integral, 1e-9 * (1 + integral), "round %u: %.12g and %.12g", round, series,
                           integral);
    }
}

Test(btyd, very_regular_clients_fall_back_on_the_integral) {
    rv_btyd fit = {.model = RV_MBG, .fitted = true, .theta = {5000, 5000, 0.01, 100}}; /* one a week, and they stay */
    double orders = rv_btyd_orders_if_alive(&fit, 100, 700, 364);
    cr_assert(orders > 51 && orders < 52.1, "%g", orders);
    cr_assert_float_eq(rv_btyd_alive(&fit, 100, 700, 700), 1, 1e-3);
    cr_assert(rv_btyd_alive(&fit, 100, 500, 700) < 1e-3);
}

Test(btyd, alive_is_certain_for_bg_one_time_buyers_only) {
    rv_btyd bg = {.model = RV_BG, .theta = {.25, 4, .8, 2.4}}, mbg = {.model = RV_MBG, .theta = {.25, 4, .8, 2.4}};
    cr_assert_eq(rv_btyd_alive(&bg, 0, 0, 400), 1);
    double alive = rv_btyd_alive(&mbg, 0, 0, 400);
    cr_assert(alive > 0 && alive < 1);
    /* 1 / (1 + a / (b + x) ((alpha + T) / (alpha + t_x))^(r + x)), x = 2, t_x = 70 days, T = 140 days */
    cr_assert_float_eq(rv_btyd_alive(&mbg, 2, 70, 140), 1 / (1 + .8 / 4.4 * pow(24.0 / 14, 2.25)), 1e-12);
    cr_assert_float_eq(rv_btyd_alive(&bg, 2, 70, 140), 1 / (1 + .8 / 3.4 * pow(24.0 / 14, 2.25)), 1e-12);
}

static void assert_near(double found, double published, double share, const char *what) {
    printf("%s: %.5f, published %.5f\n", what, found, published);
    cr_assert_float_eq(found, published, share * fabs(published), "%s: %.6f, published %.6f", what, found, published);
}

Test(btyd, cdnow_fits_are_the_published_ones) {
    static cdnow_customer customers[CDNOW_CUSTOMERS];
    static rv_btyd_group groups[CDNOW_CUSTOMERS];
    if (!cdnow_read(rv_date_of(1997, 9, 30), customers)) cr_skip_test("no shared data");
    size_t n = cdnow_group(customers, groups);
    rv_btyd bg, mbg;
    cr_assert_eq(rv_btyd_fit(RV_BG, groups, n, 1, &bg, NULL), RV_OK);
    cr_assert(bg.fitted && bg.converged);
    cr_assert_eq(bg.clients, CDNOW_CUSTOMERS);
    assert_near(bg.theta[RV_BTYD_R], .2426, .005, "r");
    assert_near(bg.theta[RV_BTYD_ALPHA], 4.414, .005, "alpha");
    assert_near(bg.theta[RV_BTYD_A], .7929, .005, "a");
    assert_near(bg.theta[RV_BTYD_B], 2.426, .005, "b");
    cr_assert_float_eq(bg.log_likelihood, -9582.4, .05, "%.3f", bg.log_likelihood);
    for (unsigned j = 0; j < 4; j++) cr_assert(bg.deviation[j] > 0 && bg.deviation[j] < bg.theta[j]);
    cr_assert_eq(rv_btyd_fit(RV_MBG, groups, n, 1, &mbg, NULL), RV_OK);
    cr_assert(mbg.converged);
    cr_assert_float_eq(mbg.log_likelihood, -9582.1, .06, "%.3f", mbg.log_likelihood);
    printf("%u iterations, %u evaluations; MBG r %.4f alpha %.4f a %.4f b %.4f\n", mbg.iterations, mbg.evaluations,
           mbg.theta[0], mbg.theta[1], mbg.theta[2], mbg.theta[3]);

    double error = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    for (size_t i = 0; i < CDNOW_CUSTOMERS; i++) {
        const cdnow_customer *c = &customers[i];
        double x = rv_btyd_alive(&mbg, c->x, c->t_x, c->T) * rv_btyd_orders_if_alive(&mbg, c->x, c->T, 273),
               y = c->after;
        error += fabs(x - y), sx += x, sy += y, sxx += x * x, syy += y * y, sxy += x * y;
    }
    double m = CDNOW_CUSTOMERS, correlation = (sxy - sx * sy / m) / sqrt((sxx - sx * sx / m) * (syy - sy * sy / m));
    printf("hold-out: MAE %.4f, correlation %.4f\n", error / m, correlation);
    cr_assert(error / m <= .77);
    cr_assert(correlation >= .625);
}

/* The share of pairs (one who stayed away, one who came back) that the silence ranks rightly; ties count half. */
static double auc(const double *silence, const bool *away, size_t n) {
    double right = 0, pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n && away[i]; k++) {
            if (away[k]) continue;
            pairs++;
            right += silence[i] > silence[k] ? 1 : silence[i] == silence[k] ? .5 : 0;
        }
    return right / pairs;
}

Test(btyd, cdnow_expected_orders_rank_better_than_recency_and_own_rhythm) {
    static cdnow_customer customers[CDNOW_CUSTOMERS];
    static rv_btyd_group groups[CDNOW_CUSTOMERS];
    static double expected[CDNOW_CUSTOMERS], recency[CDNOW_CUSTOMERS], rhythm[CDNOW_CUSTOMERS];
    static bool away[CDNOW_CUSTOMERS];
    if (!cdnow_read(rv_date_of(1997, 12, 31), customers)) cr_skip_test("no shared data"); /* 181 days to the last one */
    rv_btyd mbg;
    cr_assert_eq(rv_btyd_fit(RV_MBG, groups, cdnow_group(customers, groups), 1, &mbg, NULL), RV_OK);
    size_t n = 0;
    for (size_t i = 0; i < CDNOW_CUSTOMERS; i++) {
        const cdnow_customer *c = &customers[i];
        if (c->x == 0) continue;
        away[n] = c->after == 0;
        expected[n] = -rv_btyd_alive(&mbg, c->x, c->t_x, c->T) * rv_btyd_orders_if_alive(&mbg, c->x, c->T, 181);
        recency[n] = c->T - c->t_x;
        rhythm[n++] = (c->T - c->t_x) / ((double)c->t_x / c->x);
    }
    double by_model = auc(expected, away, n), by_recency = auc(recency, away, n), by_rhythm = auc(rhythm, away, n);
    printf("%zu repeat buyers: AUC of expected orders %.4f, recency %.4f, own rhythm %.4f\n", n, by_model, by_recency,
           by_rhythm);
    cr_assert(by_model >= .70 && by_model > by_recency && by_model > by_rhythm);
}

/* Clients who buy and leave as MBG/NBD says. */
static size_t simulate(const double theta[4], size_t n, uint64_t seed, rv_btyd_group *out) {
    for (size_t i = 0; i < n; i++) {
        rv_random random;
        rv_random_init(&random, seed, i);
        double rate = rv_random_gamma(&random, theta[0]) / theta[1];
        double ga = rv_random_gamma(&random, theta[2]), gb = rv_random_gamma(&random, theta[3]), leave = ga / (ga + gb);
        uint16_t age = (uint16_t)(100 + rv_random_below(&random, 600));
        double at = 0, last = 0;
        uint16_t x = 0;
        while (rv_random_unit(&random) >= leave) {
            at += -log(1 - rv_random_unit(&random)) / rate * 7;
            if (!(at < age)) break;
            if (floor(at) > floor(last)) x++, last = at;
        }
        out[i] = (rv_btyd_group){x, (uint16_t)last, age, 1};
    }
    return n;
}

Test(btyd, simulated_parameters_are_found_within_their_errors) {
    static rv_btyd_group groups[30000];
    const double truth[4] = {.8, 12, .7, 2.5};
    size_t n = simulate(truth, 30000, 3, groups);
    rv_btyd fit;
    cr_assert_eq(rv_btyd_fit(RV_MBG, groups, n, 2, &fit, NULL), RV_OK);
    cr_assert(fit.converged);
    for (unsigned j = 0; j < 4; j++) {
        printf("%.4f +- %.4f, true %.4f\n", fit.theta[j], fit.deviation[j], truth[j]);
        cr_assert(fabs(fit.theta[j] - truth[j]) < 5 * fit.deviation[j] + .03 * truth[j], "parameter %u", j);
    }
}

Test(btyd, a_fit_is_the_same_to_the_bit_for_any_number_of_threads) {
    static rv_btyd_group groups[50000];
    const double truth[4] = {.5, 6, .7, 2.5};
    size_t n = simulate(truth, 50000, 5, groups);
    rv_btyd one, four;
    cr_assert_eq(rv_btyd_fit(RV_MBG, groups, n, 1, &one, NULL), RV_OK);
    cr_assert_eq(rv_btyd_fit(RV_MBG, groups, n, 4, &four, NULL), RV_OK);
    cr_assert_eq(memcmp(one.theta, four.theta, sizeof one.theta), 0);
    cr_assert_eq(memcmp(&one.log_likelihood, &four.log_likelihood, sizeof(double)), 0);
    cr_assert_eq(one.evaluations, four.evaluations);
}

Test(btyd, too_few_clients_or_repeats_are_said_and_not_fitted) {
    rv_btyd_group few[2] = {{0, 0, 100, 30}, {2, 50, 100, 19}};
    rv_btyd_group once[5] = {{0, 0, 100, 50}, {0, 0, 200, 40}, {0, 0, 300, 30}, {1, 50, 100, 5}, {2, 200, 300, 4}};
    rv_btyd fit;
    cr_assert_eq(rv_btyd_fit(RV_MBG, few, 2, 1, &fit, NULL), RV_OK);
    cr_assert_not(fit.fitted);
    cr_assert_not_null(fit.why);
    cr_assert_eq(rv_btyd_fit(RV_MBG, once, 5, 1, &fit, NULL), RV_OK);
    cr_assert_not(fit.fitted);
    cr_assert(strstr(fit.why, "second order"), "%s", fit.why);
    cr_assert_eq(rv_btyd_fit(RV_MBG, NULL, 0, 1, &fit, NULL), RV_OK);
    cr_assert_not(fit.fitted);
    once[4].count = 5;
    cr_assert_eq(rv_btyd_fit(RV_MBG, once, 5, 1, &fit, NULL), RV_OK);
    cr_assert(fit.fitted, "%s", fit.why);
    once[3].count = 10;
    cr_assert_eq(rv_btyd_fit(RV_MBG, once, 4, 1, &fit, NULL), RV_OK);
    cr_assert_not(fit.fitted);
    cr_assert(strstr(fit.why, "distinct"), "%s", fit.why);
}

Test(btyd, odd_populations_give_finite_answers_or_say_so) {
    static rv_btyd_group alike[5] = {
        {5, 300, 361, 500}, {5, 300, 362, 50}, {5, 300, 363, 50}, {5, 300, 364, 50}, {5, 300, 365, 500}};
    static rv_btyd_group stay[5] = {
        {10, 364, 365, 1000}, {20, 365, 365, 700}, {30, 360, 365, 400}, {3, 350, 360, 90}, {0, 0, 9, 9}};
    static rv_btyd_group daily[5] = {
        {364, 364, 364, 60}, {365, 365, 365, 40}, {366, 366, 366, 9}, {367, 367, 367, 9}, {32767, 32767, 32767, 3}};
    static rv_btyd_group today[5] = {{0, 0, 0, 500}, {0, 0, 1, 50}, {1, 1, 1, 20}, {1, 1, 2, 9}, {2, 2, 2, 7}};
    const rv_btyd_group *worlds[] = {alike, stay, daily, today};
    for (unsigned w = 0; w < 8; w++) {
        rv_btyd fit;
        if (TEST_SMALL_WORLDS && w / 2 == 2) continue; /* the daily ones: sums over 32767 orders */
        cr_assert_eq(rv_btyd_fit(w % 2 ? RV_BG : RV_MBG, worlds[w / 2], 5, 1, &fit, NULL), RV_OK);
        cr_assert(fit.fitted == fit.converged && !fit.fitted == (fit.why != NULL));
        if (worlds[w / 2] == stay) cr_assert(fit.fitted && fit.at_bound >> RV_BTYD_A & 1, "nobody leaves: a is 0");
        printf("world %u: fitted %d converged %d, %u iterations, r %g alpha %g a %g b %g\n", w, fit.fitted,
               fit.converged, fit.iterations, fit.theta[0], fit.theta[1], fit.theta[2], fit.theta[3]);
        if (!fit.fitted) continue;
        const rv_btyd_group *g = &worlds[w / 2][0];
        double alive = rv_btyd_alive(&fit, g->repeats, g->last_days, g->age_days);
        double orders = rv_btyd_orders_if_alive(&fit, g->repeats, g->age_days, 182);
        cr_assert(alive >= 0 && alive <= 1);
        cr_assert(isfinite(orders) && orders >= 0, "%g", orders);
    }
}

#ifdef RV_TESTING
Test(btyd, failing_allocations_are_errors_without_leaks) {
    rv_btyd_group groups[5] = {{0, 0, 100, 50}, {0, 0, 200, 40}, {0, 0, 300, 30}, {1, 50, 100, 5}, {2, 200, 300, 40}};
    rv_btyd fit;
    for (uint64_t n = 1;; n++) {
        rv_error err = {0};
        rv_memory_fail_at(n, false);
        rv_status status = rv_btyd_fit(RV_MBG, groups, 5, 1, &fit, &err);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            cr_assert(n > 3);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif

/* Kernels of all instruction sets give the same bits, and those are libm's within rounding. */
Test(btyd, kernels_agree_bit_by_bit_and_with_the_library) {
    rv_random random;
    printf("seed 41\n");
    rv_random_init(&random, 41, 0);
    static const double special[] = {0,    -0.0, 1e-300, -1e-300,   708,  -708,  709,
                                     -709, 1e6,  -1e6,   -INFINITY, 36.7, -36.7, 1e-17};
    static rv_btyd_tile tile;
    rv_cpu level = rv_cpu_level();
    for (unsigned round = 0; round < 300; round++) {
        size_t n = (1 + rv_random_below(&random, RV_BTYD_TILE / RV_BTYD_LANES)) * RV_BTYD_LANES;
        double log_sum = 0, gone_sum = 0;
        for (size_t i = 0; i < n; i++) {
            unsigned pick = rv_random_below(&random, 40);
            double gap = pick < sizeof special / sizeof *special
                             ? special[pick]
                             : (rv_random_unit(&random) - 0.5) * (pick < 25 ? 10 : 200);
            tile.gap[i] = gap;
            tile.people[i] = rv_random_below(&random, 5);
            tile.by_r[i] = rv_random_normal(&random);
            tile.by_alpha[i] = rv_random_normal(&random);
            tile.by_b[i] = rv_random_normal(&random);
            log_sum += tile.people[i] * (gap > 0 ? gap + log1p(exp(-gap)) : log1p(exp(gap)));
            gone_sum += tile.people[i] * (gap > 0 ? 1 / (1 + exp(-gap)) : exp(gap) / (1 + exp(gap)));
        }
        rv_btyd_sums scalar = {.log = 1}, other = {.log = 1};
        rv_btyd_tile_sum_scalar(&tile, n, &scalar);
        cr_assert_float_eq(scalar.log - 1, log_sum, 1e-12 * (1 + log_sum));
        cr_assert_float_eq(scalar.gone, gone_sum, 1e-12 * (1 + gone_sum));
        if (level >= RV_CPU_AVX2) {
            rv_btyd_tile_sum_avx2(&tile, n, &other);
            cr_assert_arr_eq(&other, &scalar, sizeof other, "AVX2, %zu groups", n);
        }
        if (level >= RV_CPU_AVX512) {
            other = (rv_btyd_sums){.log = 1};
            rv_btyd_tile_sum_avx512(&tile, n, &other);
            cr_assert_arr_eq(&other, &scalar, sizeof other, "AVX-512, %zu groups", n);
        }
    }
}
