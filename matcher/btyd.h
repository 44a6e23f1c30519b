/*
 * Buy till you die: how many orders a client will still place, and whether it is still a client.
 *
 * A client buys at its own rate (gamma over clients: shape r, rate alpha) until it leaves for good, with its own
 * probability per occasion (beta over clients: a, b). The occasions to leave are
 *   BG/NBD   after each repeat purchase (Fader, Hardie, Lee: "Counting your customers" the easy way, Marketing Science
 *            24, 2005); a one-time buyer then is alive for sure, so P(alive) ranks clients worse than chance;
 *   MBG/NBD  also right after the first purchase (Batislam, Denizel, Filiztekin: Int. J. Research in Marketing 24, 2007).
 *            The default.
 *
 * A client is (x, t_x, T): repeat purchases (distinct days after the first), the last one's time and the as-of date's,
 * both since the first purchase. Days here, weeks inside the models: rates are per week.
 *
 * With A = r + x and
 *   MBG  u = (b + x) (alpha + T)^-A,  v = a (alpha + t_x)^-A
 *   BG   u = (alpha + T)^-A,          v = a / (b + x - 1) (alpha + t_x)^-A for x > 0, else 0
 * the likelihood of a client is, n being x + 1 (MBG) or x (BG),
 *   L = alpha^r G(r + x)/G(r) * B-part * (u + v),   B-part = [G(b + x)/G(b)] [G(a + b)/G(a + b + n)],
 * and P(alive) = u / (u + v). Ratios of gamma functions at whole distances are products of x factors: tables by x, and
 * no gamma function at all.
 */
#ifndef RV_BTYD_H
#define RV_BTYD_H

#include "error.h"

typedef struct rv_btyd_group {             /* clients that look alike to the models; times up to RV_BTYD_DAYS */
    uint16_t repeats, last_days, age_days; /* x, t_x, T; x = 0 exactly where t_x = 0; t_x <= T */
    uint32_t count;
} rv_btyd_group;
enum { RV_BTYD_DAYS = 32767 };

enum { RV_BTYD_R, RV_BTYD_ALPHA, RV_BTYD_A, RV_BTYD_B, RV_BTYD_PARAMETERS };

typedef struct rv_btyd {
    rv_btyd_model model;
    bool fitted;                          /* false: `why` says why not, and nothing is to be expected of anybody */
    const char *why;                      /* static */
    bool converged;                       /* the gradient vanished, parameters at their bounds (e^-12, e^12) apart */
    unsigned at_bound;                    /* bit j: parameter j is at its bound: nobody leaves, or all buy alike */
    double theta[RV_BTYD_PARAMETERS];     /* r, alpha (weeks), a, b */
    double deviation[RV_BTYD_PARAMETERS]; /* standard errors, from the curvature; NaN where the likelihood is flat */
    double log_likelihood;
    unsigned iterations, evaluations;
    uint64_t clients, repeat_clients, groups;
} rv_btyd;

/* Fewer clients, repeat buyers or distinct groups than these can't carry four parameters. */
enum { RV_BTYD_MIN_CLIENTS = 50, RV_BTYD_MIN_REPEAT = 10, RV_BTYD_MIN_DISTINCT = 5 };

/*
 * Maximum likelihood by BFGS on the logarithms of the parameters, with exact gradients. Sums run over fixed ranges of
 * groups, joined in order: the same groups give the same bits whatever the threads. Too few data is no failure:
 * out->fitted is false. Only RV_NO_MEMORY fails.
 */
rv_status rv_btyd_fit(rv_btyd_model model, const rv_btyd_group *groups, size_t n, int threads, rv_btyd *out,
                      rv_error *err);

/* Log-likelihood of the groups under given parameters; for tests and for comparing models. */
rv_status rv_btyd_likelihood(rv_btyd_model model, const double theta[RV_BTYD_PARAMETERS], const rv_btyd_group *groups,
                             size_t n, int threads, double *out, rv_error *err);

double rv_btyd_alive(const rv_btyd *fit, uint32_t repeats, uint32_t last_days, uint32_t age_days);
/*
 * Orders to come within the horizon from a client who still is one; times P(alive) it is the expectation. It depends on
 * x and T only, so callers may keep it per (x, T).
 */
double rv_btyd_orders_if_alive(const rv_btyd *fit, uint32_t repeats, uint32_t age_days, uint32_t horizon_days);
/* The same by numerical integration: slower, for every parameter. Used where the series would lose digits. */
double rv_btyd_orders_by_integral(const rv_btyd *fit, uint32_t repeats, uint32_t age_days, uint32_t horizon_days);

#endif
