/* The gamma-gamma model of spending against the published fit, the formulas as printed, and simulated clients. */
#include "cdnow.h"
#include "date.h"
#include "memory.h"
#include "random.h"
#include "scratch.h"
#include "spend_tally.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct one {
    uint32_t orders;
    double amount;
} one;

static rv_spend fit_of(const one *clients, size_t n) {
    rv_spend_tally tally = {0};
    rv_spend_group *groups = NULL;
    size_t n_groups = 0;
    for (size_t i = 0; i < n; i++)
        if (clients[i].amount > 0)
            cr_assert_eq(rv_spend_tally_add(&tally, clients[i].orders, clients[i].amount, NULL), RV_OK);
    cr_assert_eq(rv_spend_tally_groups(&tally, &groups, &n_groups, NULL), RV_OK);
    rv_spend fit;
    rv_spend_fit(groups, n_groups, &fit);
    rv_spend_tally_reset(&tally);
    rv_free(groups);
    return fit;
}

/* As the paper prints it. */
static double naive_likelihood(double p, double q, double v, const one *c) {
    int sign;
    double x = c->orders, z = c->amount / x;
    return lgamma_r(p * x + q, &sign) - lgamma_r(p * x, &sign) - lgamma_r(q, &sign) + q * log(v) +
           (p * x - 1) * log(z) + p * x * log(x) - (p * x + q) * log(x * z + v);
}

static void simulate(double p, double q, double v, size_t n, uint64_t seed, one *out) {
    for (size_t i = 0; i < n; i++) {
        rv_random random;
        rv_random_init(&random, seed, i);
        double rate = rv_random_gamma(&random, q) / v;
        out[i] = (one){1 + (i % 3 ? rv_random_below(&random, 8) : 0), 0};
        for (uint32_t k = 0; k < out[i].orders; k++) out[i].amount += rv_random_gamma(&random, p) / rate;
    }
}

/* Fader and Hardie leave each customer's first order out; 946 of the sample have another. */
Test(spend, cdnow_repeat_orders_give_the_published_parameters) {
    char path[512];
    static cdnow_customer customers[CDNOW_CUSTOMERS];
    if (!shared_data("scoring/cdnow/CDNOW_sample.txt", path, sizeof path) ||
        !cdnow_read(rv_date_of(1997, 9, 30), customers))
        cr_skip_test("no shared data");
    static one repeat[CDNOW_CUSTOMERS + 1], all[CDNOW_CUSTOMERS + 1];
    FILE *in = fopen(path, "r");
    unsigned id, day;
    double dollars;
    while (fscanf(in, " %*u %u %u %*u %lf", &id, &day, &dollars) == 3) {
        const cdnow_customer *c = &customers[id - 1];
        int32_t date = rv_date_of((int)(day / 10000), (int)(day / 100 % 100), (int)(day % 100));
        if (date > rv_date_of(1997, 9, 30)) continue;
        all[id - 1].orders = c->x + 1, all[id - 1].amount += dollars;
        repeat[id - 1].orders = c->x;
        if (date > c->first) repeat[id - 1].amount += dollars;
    }
    fclose(in);
    rv_spend fit = fit_of(repeat, CDNOW_CUSTOMERS);
    printf("p %.4f (%.4f) q %.4f (%.4f) v %.4f (%.4f), log-likelihood %.4f, correlation %.4f\n", fit.theta[0],
           fit.deviation[0], fit.theta[1], fit.deviation[1], fit.theta[2], fit.deviation[2], fit.log_likelihood,
           fit.correlation);
    cr_assert(fit.fitted && fit.converged && !fit.at_bound);
    cr_assert_eq(fit.clients, 946);
    cr_assert_float_eq(fit.theta[RV_SPEND_P], 6.25, .005);
    cr_assert_float_eq(fit.theta[RV_SPEND_Q], 3.74, .005);
    cr_assert_float_eq(fit.theta[RV_SPEND_V], 15.44, .005);
    cr_assert_float_eq(fit.correlation, .1139, .0005);
    cr_assert_float_eq(fit.log_likelihood, -4055.918, .01);
    cr_assert_float_eq(fit.deviation[RV_SPEND_P], 1.190, .002); /* lifetimes 0.11.3 */
    cr_assert_float_eq(fit.deviation[RV_SPEND_Q], .2901, .0005);
    cr_assert_float_eq(fit.deviation[RV_SPEND_V], 4.159, .005);

    fit = fit_of(all, CDNOW_CUSTOMERS); /* what segment fits; SciPy's Nelder-Mead finds the same */
    cr_assert_eq(fit.clients, 2349);
    cr_assert_float_eq(fit.theta[RV_SPEND_P], 9.8813, .002);
    cr_assert_float_eq(fit.theta[RV_SPEND_Q], 3.3988, .0005);
    cr_assert_float_eq(fit.theta[RV_SPEND_V], 7.9286, .002);
}

Test(spend, likelihood_is_that_of_the_paper_and_nothing_nearby_is_better) {
    enum { N = 3000 };
    static one clients[N];
    printf("seed 5\n");
    simulate(4, 3, 40, N, 5, clients);
    rv_spend fit = fit_of(clients, N);
    cr_assert(fit.fitted, "%s", fit.why);
    double found = 0, best = 0;
    for (unsigned turn = 0; turn < 7; turn++) {
        double t[3] = {fit.theta[0], fit.theta[1], fit.theta[2]};
        if (turn) t[(turn - 1) / 2] *= turn % 2 ? 1.01 : 1 / 1.01;
        double sum = 0;
        for (size_t i = 0; i < N; i++) sum += naive_likelihood(t[0], t[1], t[2], &clients[i]);
        if (turn == 0) found = best = sum;
        best = fmax(best, sum);
    }
    cr_assert_float_eq(fit.log_likelihood, found, 1e-6 * fabs(found), "%.6f, as printed %.6f", fit.log_likelihood,
                       found);
    cr_assert_eq(best, found);
}

Test(spend, simulated_parameters_are_found_within_their_errors) {
    enum { N = 20000 };
    static one clients[N];
    const double truth[3] = {2.5, 4, 90};
    printf("seed 9\n");
    simulate(truth[0], truth[1], truth[2], N, 9, clients);
    rv_spend fit = fit_of(clients, N);
    cr_assert(fit.fitted && fit.converged, "%s", fit.why);
    for (unsigned j = 0; j < 3; j++) {
        printf("%.4f +- %.4f, true %.4f\n", fit.theta[j], fit.deviation[j], truth[j]);
        cr_assert(fabs(fit.theta[j] - truth[j]) < 4 * fit.deviation[j], "parameter %u", j);
        cr_assert(fit.deviation[j] < .2 * truth[j]);
    }
    cr_assert(fabs(fit.correlation) < .03);
}

Test(spend, an_order_is_worth_the_own_mean_drawn_towards_everybodys) {
    rv_spend fit = {.fitted = true, .theta = {6.25, 3.74, 15.44}};
    /* one order of 30: 6.25 (15.44 + 30) / (6.25 + 2.74) */
    cr_assert_float_eq(rv_spend_order_value(&fit, 1, 30), 6.25 * 45.44 / 8.99, 1e-12);
    cr_assert_float_eq(rv_spend_order_value(&fit, 1000, 30000), 30, .1);
    cr_assert(isnan(rv_spend_order_value(&fit, 0, 30)));
    cr_assert(isnan(rv_spend_order_value(&fit, 2, 0)));
    cr_assert(isnan(rv_spend_order_value(&fit, 2, -3)));
    fit.fitted = false;
    cr_assert(isnan(rv_spend_order_value(&fit, 1, 30)));
}

static void not_fitted(const one *clients, size_t n, const char *words) {
    rv_spend fit = fit_of(clients, n);
    cr_assert_not(fit.fitted, "%s", words);
    cr_assert(strstr(fit.why, words), "%s", fit.why);
}

Test(spend, what_the_model_takes_for_granted_is_checked) {
    enum { N = 400 };
    static one clients[N];
    not_fitted(NULL, 0, "fewer than 50");
    simulate(4, 3, 40, N, 1, clients);
    not_fitted(clients, 49, "fewer than 50");
    cr_assert(fit_of(clients, 50).fitted);
    for (unsigned i = 0; i < N; i++) clients[i].orders = 1 + (i < 9); /* on both sides of the limit */
    not_fitted(clients, N, "fewer than 10");
    clients[9].orders = 2;
    cr_assert(fit_of(clients, N).fitted);
    for (unsigned i = 0; i < N; i++) clients[i] = (one){1 + i % 5, 9.99 * (1 + i % 5)};
    not_fitted(clients, N, "the same");
    simulate(4, 30, 400, N, 2, clients); /* who orders often, orders much */
    for (unsigned i = 0; i < N; i++) clients[i].amount *= clients[i].orders;
    not_fitted(clients, N, "go together");
}

/* Everybody always pays the same, but not the same as others: the own mean is all there is to say. */
Test(spend, orders_without_any_spread_of_their_own_give_the_own_mean) {
    enum { N = 1000 };
    static one clients[N];
    for (unsigned i = 0; i < N; i++) {
        rv_random random;
        rv_random_init(&random, 3, i);
        clients[i].orders = 1 + i % 7;
        clients[i].amount = clients[i].orders * 60 / rv_random_gamma(&random, 3);
    }
    rv_spend fit = fit_of(clients, N);
    printf("fitted %d p %g q %g v %g bound %u: %s\n", fit.fitted, fit.theta[0], fit.theta[1], fit.theta[2],
           fit.at_bound, fit.why ? fit.why : "");
    cr_assert(fit.fitted && fit.theta[RV_SPEND_P] > 1000);
    cr_assert_float_eq(rv_spend_order_value(&fit, 3, 90), 30, .1);
    cr_assert_float_eq(rv_spend_order_value(&fit, 1, 5), 5, .1);
}

/* --- The tally ---------------------------------------------------------------------------------------------------- */

Test(spend, a_tally_keeps_counts_and_means_whoever_counts) {
    printf("seed 13\n");
    rv_random random;
    rv_random_init(&random, 13, 0);
    rv_spend_tally whole = {0}, parts[3] = {{0}};
    double sum = 0;
    enum { N = 30000 };
    for (unsigned i = 0; i < N; i++) {
        uint32_t orders = 1 + rv_random_below(&random, 4);
        double amount = rv_random_below(&random, 50) ? exp(rv_random_unit(&random) * 8 - 2) : 1e14;
        if (amount < 1e14) sum += amount;
        cr_assert_eq(rv_spend_tally_add(&whole, orders, amount, NULL), RV_OK);
        cr_assert_eq(rv_spend_tally_add(&parts[i % 3], orders, amount, NULL), RV_OK);
    }
    for (unsigned k = 0; k < 2; k++) cr_assert_eq(rv_spend_tally_join(&parts[2], &parts[k], NULL), RV_OK);
    rv_spend_group *a, *b;
    size_t na, nb;
    cr_assert_eq(rv_spend_tally_groups(&whole, &a, &na, NULL), RV_OK);
    cr_assert_eq(rv_spend_tally_groups(&parts[2], &b, &nb, NULL), RV_OK);
    cr_assert_eq(na, nb);
    cr_assert(na < N / 3 && na > 1000, "%zu", na);
    uint64_t count = 0;
    double found = 0;
    for (size_t i = 0; i < na; i++) {
        cr_assert(a[i].orders == b[i].orders && a[i].count == b[i].count && a[i].amount == b[i].amount);
        if (i && a[i].orders == a[i - 1].orders) cr_assert_gt(a[i].amount, a[i - 1].amount);
        else if (i) cr_assert_gt(a[i].orders, a[i - 1].orders);
        count += a[i].count;
        if (a[i].amount < 1e13) found += a[i].count * a[i].amount;
    }
    cr_assert_eq(count, N);
    cr_assert_float_eq(found, sum, 1e-7 * sum);
    rv_free(a);
    rv_free(b);
    rv_spend_tally_reset(&whole);
    for (unsigned k = 0; k < 3; k++) rv_spend_tally_reset(&parts[k]);
}

#ifdef RV_TESTING
Test(spend, failing_allocations_are_errors_without_leaks) {
    for (uint64_t n = 1;; n++) {
        rv_spend_tally tally = {0};
        rv_spend_group *groups = NULL;
        size_t n_groups;
        rv_status status = RV_OK;
        rv_memory_fail_at(n, false);
        for (unsigned i = 1; i <= 2000 && status == RV_OK; i++) status = rv_spend_tally_add(&tally, i, i, NULL);
        if (status == RV_OK) status = rv_spend_tally_groups(&tally, &groups, &n_groups, NULL);
        rv_memory_fail_at(0, false);
        rv_spend_tally_reset(&tally);
        rv_free(groups);
        if (status == RV_OK) {
            cr_assert_gt(n, 4);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif
