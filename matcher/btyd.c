/*
 * What a fitted model says of one client.
 *
 * The textbook expression of the orders to come is C / (a - 1) [1 - ((alpha + T)/(alpha + T + t))^A 2F1(A, B; C; z)],
 * z = t / (alpha + T + t): a division by zero at a = 1, a difference of nearly equal numbers around it, and a series
 * that converges slowly. Euler's transformation 2F1(A, B; C; z) = (1 - z)^(C - A - B) 2F1(C - A, C - B; C; z) has
 * C - B = a - 1, so the factor a - 1 can be taken out of every term of the series but the first, and cancels:
 *
 *   orders = -C expm1((a - 1) ln(1 - z)) / (a - 1) - (1 - z)^(a - 1) S
 *   S      = sum over n >= 1 of (D)_n (a)_(n-1) / ((C + 1)_(n-1) n!) z^n,     D = C - A
 *
 * with C = a + b + x (MBG) or a + b + x - 1 (BG). Nothing is singular at a = 1 or C = 0. Where D is well below zero the
 * terms alternate and cancel, and the integral is taken instead.
 */
#include "btyd.h"
#include <math.h>

static const double days_a_week = 7;

double rv_btyd_alive(const rv_btyd *fit, uint32_t repeats, uint32_t last_days, uint32_t age_days) {
    if (fit->model == RV_BG && repeats == 0) return 1;
    const double *theta = fit->theta;
    double alpha = theta[RV_BTYD_ALPHA], x = repeats;
    double ratio = (alpha + age_days / days_a_week) / (alpha + last_days / days_a_week);
    double odds_gone = theta[RV_BTYD_A] / (theta[RV_BTYD_B] + (fit->model == RV_BG ? x - 1 : x)) *
                       exp((theta[RV_BTYD_R] + x) * log(ratio));
    return 1 / (1 + odds_gone);
}

/* S above; false when it doesn't settle. */
static bool sum_series(double d, double a, double c, double z, double *out) {
    double term = d * z, sum = term;
    for (unsigned n = 1; n < 20000; n++) {
        if (fabs(term) <= 1e-16 * fabs(sum) && n > fabs(d)) {
            *out = sum;
            return true;
        }
        term *= (d + n) * (a + n - 1) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        if (term == 0) {
            *out = sum;
            return true;
        }
    }
    return false;
}

double rv_btyd_orders_if_alive(const rv_btyd *fit, uint32_t repeats, uint32_t age_days, uint32_t horizon_days) {
    double r = fit->theta[RV_BTYD_R], alpha = fit->theta[RV_BTYD_ALPHA];
    double a = fit->theta[RV_BTYD_A], b = fit->theta[RV_BTYD_B];
    double x = repeats, t = horizon_days / days_a_week;
    double z = t / (alpha + age_days / days_a_week + t);
    double c = fit->model == RV_BG ? a + b + x - 1 : a + b + x;
    double d = c - (r + x), s;
    if (d < -5 || !sum_series(d, a, c, z, &s)) return rv_btyd_orders_by_integral(fit, repeats, age_days, horizon_days);
    double log_rest = log1p(-z), power = (a - 1) * log_rest;
    double first = a == 1 ? -log_rest : -expm1(power) / (a - 1);
    double orders = c * first - exp(power) * s;
    return orders > 0 ? orders : 0;
}

/*
 * A client alive with rate l and probability p to leave places (1 - exp(-l p t)) / p orders on average. Over l, gamma
 * with shape A and rate alpha + T: [1 - (1 + p t / (alpha + T))^-A] / p. Over p, beta(a, b'), b' = b + x + 1 (MBG) or
 * b + x (BG): the trapezoid rule in v, where the log-odds of p are centre + width sinh(v), which decays doubly
 * exponentially, so that equal steps are nearly exact (Takahasi, Mori 1974). The weights are normalised by their own sum.
 */
double rv_btyd_orders_by_integral(const rv_btyd *fit, uint32_t repeats, uint32_t age_days, uint32_t horizon_days) {
    double a = fit->theta[RV_BTYD_A], shape = fit->theta[RV_BTYD_R] + repeats;
    double b = fit->theta[RV_BTYD_B] + repeats + (fit->model == RV_BG ? 0 : 1);
    double scaled = horizon_days / days_a_week / (fit->theta[RV_BTYD_ALPHA] + age_days / days_a_week);
    double centre = log(a / b), width = sqrt(1 / a + 1 / b);
    double peak = -a * log1p(b / a) - b * log1p(a / b);
    double total = 0, sum = 0;
    for (int i = -320; i <= 320; i++) {
        double v = i / 64.0, odds = centre + width * sinh(v);
        double log_p = odds > 0 ? -log1p(exp(-odds)) : odds - log1p(exp(odds));
        double log_q = log_p - odds;
        double weight = exp(a * log_p + b * log_q - peak) * cosh(v);
        if (!(weight > 0)) continue;
        double p = exp(log_p);
        double orders = p > 1e-300 ? -expm1(-shape * log1p(p * scaled)) / p : shape * scaled;
        total += weight;
        sum += weight * orders;
    }
    return sum / total;
}
