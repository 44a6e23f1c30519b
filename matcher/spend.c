/*
 * Fitting spend.h. What x alone decides (gamma functions and their slopes) is made once per x and evaluation; a group costs
 * two logarithms. Amounts are divided by the mean order value first, so that the search begins and is bounded alike
 * whatever the currency.
 */
#include "spend.h"
#include "likelihood.h"
#include <math.h>
#include <string.h>

enum { P = RV_SPEND_PARAMETERS };

typedef struct objective {
    const rv_spend_group *groups;
    size_t n;
    double scale;
} objective;

/* What Stirling's series (Abramowitz, Stegun 6.1.41 and 6.3.18) adds to the leading terms of ln G(z) and of its slope;
 * exact to the last digits from 10 on. libm's lgamma has no slope, and a global sign that threads would share. */
static void stirling(double z, double *value, double *slope) {
    double i = 1 / z, i2 = i * i;
    *value = i * (1.0 / 12 - i2 * (1.0 / 360 - i2 * (1.0 / 1260 - i2 * (1.0 / 1680 - i2 * (1.0 / 1188)))));
    *slope = -i / 2 - i2 * (1.0 / 12 - i2 * (1.0 / 120 - i2 * (1.0 / 252 - i2 * (1.0 / 240 - i2 * (1.0 / 132)))));
}

/* ln G(z) and its slope, z > 0: smaller z are led to 10 by G(z + 1) = z G(z). */
static void log_gamma(double z, double *value, double *slope) {
    double product = 1, inverses = 0, rest, bend;
    for (; z < 10; z++) {
        product *= z;
        inverses += 1 / z;
    }
    double log_z = log(z);
    stirling(z, &rest, &bend);
    *value = (z - 0.5) * log_z - z + 0.91893853320467274178 - log(product) + rest;
    *slope = log_z - inverses + bend;
}

/* ln G(z + d) - ln G(z) without the loss of digits that the difference of two great numbers would bring: parameters near
 * their bounds make z great, and the search needs a value that doesn't tremble. */
static double log_gamma_step(double z, double d) {
    double from, to, slope;
    if (z < 10) {
        log_gamma(z, &from, &slope);
        log_gamma(z + d, &to, &slope);
        return to - from;
    }
    stirling(z, &from, &slope);
    stirling(z + d, &to, &slope);
    return (z + d - 0.5) * log1p(d / z) + d * (log(z) - 1) + (to - from);
}

/* Without what no parameter changes: x / S. */
static double evaluate(void *ctx, const double *log_theta, double *gradient) {
    const objective *o = ctx;
    double p = exp(log_theta[RV_SPEND_P]), q = exp(log_theta[RV_SPEND_Q]), v = exp(log_theta[RV_SPEND_V]);
    double of_q, slope_q, value = 0, by_p = 0, by_q = 0, by_v = 0;
    log_gamma(q, &of_q, &slope_q);
    for (size_t i = 0; i < o->n;) {
        double x = o->groups[i].orders, people = 0, paid = 0, kept = 0, inverse = 0;
        for (; i < o->n && o->groups[i].orders == x; i++) {
            double amount = o->groups[i].amount / o->scale, count = o->groups[i].count;
            people += count;
            paid -= count * log1p(v / amount);
            kept -= count * log1p(amount / v);
            inverse += count / (amount + v);
        }
        double of_px, slope_px, of_both, slope_both, px = p * x;
        log_gamma(px, &of_px, &slope_px);
        log_gamma(px + q, &of_both, &slope_both);
        double beta = px > q ? log_gamma_step(px, q) - of_q : log_gamma_step(q, px) - of_px;
        value += people * beta + px * paid + q * kept;
        by_p += x * (people * (slope_both - slope_px) + paid);
        by_q += people * (slope_both - slope_q) + kept;
        by_v += people * q / v - (px + q) * inverse;
    }
    gradient[RV_SPEND_P] = by_p * p;
    gradient[RV_SPEND_Q] = by_q * q;
    gradient[RV_SPEND_V] = by_v * v;
    return value;
}

/* Counts, mean and correlation; the spread of the mean order values' logarithms, and the log of the constants. */
static void look_over(const rv_spend_group *groups, size_t n, rv_spend *out, double *spread, double *constant) {
    double people = 0, x = 0, xx = 0, m = 0, mm = 0, xm = 0, logs = 0, squares = 0;
    *constant = 0;
    for (size_t i = 0; i < n; i++) {
        double count = groups[i].count, orders = groups[i].orders, mean = groups[i].amount / orders;
        double log_mean = log(mean);
        out->clients += groups[i].count;
        if (groups[i].orders > 1) out->repeat_clients += groups[i].count;
        people += count;
        x += count * orders, xx += count * orders * orders;
        m += count * mean, mm += count * mean * mean, xm += count * orders * mean;
        logs += count * log_mean, squares += count * log_mean * log_mean;
        *constant -= count * log_mean;
    }
    out->mean = people > 0 ? m / people : NAN;
    double vx = xx - x * x / people, vm = mm - m * m / people;
    out->correlation = people > 0 && vx > 1e-9 * xx && vm > 1e-9 * mm ? (xm - x * m / people) / sqrt(vx * vm) : NAN;
    *spread = people > 0 ? squares / people - logs / people * (logs / people) : 0;
}

static const char *why_not(const rv_spend *s, double spread) {
    if (s->clients < RV_SPEND_MIN_CLIENTS) return "fewer than 50 clients with an amount above zero";
    if (s->repeat_clients < RV_SPEND_MIN_REPEAT) return "fewer than 10 clients with a second order";
    if (spread < 1e-6) return "all orders are worth the same";
    if (fabs(s->correlation) > RV_SPEND_CORRELATION)
        return "order value and number of orders go together (correlation beyond .3), which the model excludes";
    return NULL;
}

void rv_spend_fit(const rv_spend_group *groups, size_t n, rv_spend *out) {
    rv_spend fit = {0};
    double spread, constant;
    look_over(groups, n, &fit, &spread, &constant);
    fit.why = why_not(&fit, spread);
    if (!fit.why) {
        objective o = {groups, n, fit.mean};
        /* p = q = 3 and v = q - 1 give the mean; orders that differ by half of it, clients by as much */
        static const double start[P] = {1.0986122886681098, 1.0986122886681098, 0.69314718055994531};
        rv_maximum best;
        rv_likelihood_maximise(&(rv_likelihood){evaluate, &o, P, (double)fit.clients}, start, &best);
        memcpy(fit.theta, best.theta, sizeof fit.theta);
        memcpy(fit.deviation, best.deviation, sizeof fit.deviation);
        fit.theta[RV_SPEND_V] *= fit.mean;
        fit.deviation[RV_SPEND_V] *= fit.mean;
        fit.log_likelihood = best.log_likelihood + constant;
        fit.converged = best.converged;
        fit.at_bound = best.at_bound;
        fit.iterations = best.iterations;
        if (!fit.converged || !isfinite(fit.log_likelihood))
            fit.why = "the search for the likelihood's maximum didn't converge";
        else if (fit.theta[RV_SPEND_P] + fit.theta[RV_SPEND_Q] <= 1)
            fit.why = "order values spread so widely that they have no mean";
        fit.fitted = !fit.why;
    }
    *out = fit;
}

double rv_spend_order_value(const rv_spend *fit, uint32_t orders, double amount) {
    if (!fit->fitted || orders == 0 || !(amount > 0)) return NAN;
    double p = fit->theta[RV_SPEND_P];
    return p * (fit->theta[RV_SPEND_V] + amount) / (p * orders + fit->theta[RV_SPEND_Q] - 1);
}
