/*
 * Maximum likelihood for models of a few positive parameters: BFGS on their logarithms with exact gradients (Nocedal,
 * Wright: Numerical Optimization, 2nd ed., algorithm 6.1), standard errors from the curvature. The caller's function
 * decides what threads there are; called in one order, so the same function gives the same bits.
 */
#ifndef RV_LIKELIHOOD_H
#define RV_LIKELIHOOD_H

#include <stdbool.h>

enum { RV_LIKELIHOOD_MAX = 4 };

/* Data without any spread, or in which something never happens, drive parameters to 0 or infinity. Beyond
 * e^-RV_LIKELIHOOD_BOUND .. e^RV_LIKELIHOOD_BOUND the likelihood hardly tells values apart. */
#define RV_LIKELIHOOD_BOUND 12.0

typedef struct rv_likelihood {
    /* The log-likelihood of all, and its derivatives by the logarithms. Can't fail. */
    double (*evaluate)(void *ctx, const double *log_theta, double *gradient);
    void *ctx;
    unsigned n;    /* parameters, up to RV_LIKELIHOOD_MAX */
    double people; /* the search goes by the mean, so that its limits mean the same for few and for many */
} rv_likelihood;

typedef struct rv_maximum {
    double theta[RV_LIKELIHOOD_MAX];
    double deviation[RV_LIKELIHOOD_MAX]; /* standard errors (delta method); NaN where the likelihood is flat */
    double log_likelihood;
    bool converged;    /* the gradient vanished, parameters at their bounds apart */
    unsigned at_bound; /* bit j: parameter j ended at a bound */
    unsigned iterations, evaluations;
} rv_maximum;

void rv_likelihood_maximise(const rv_likelihood *likelihood, const double *log_start, rv_maximum *out);

#endif
