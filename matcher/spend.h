/*
 * What an order is worth: the gamma-gamma model of spending (Fader, Hardie: "The Gamma-Gamma Model of Monetary Value",
 * 2013; Colombo, Jiang 1999).
 *
 * A client's orders are gamma distributed (shape p, rate nu), so their mean is p / nu; nu differs between clients by
 * another gamma distribution (shape q, rate v). With x orders of S together, the likelihood of their mean S / x is
 *   L = G(px + q) / (G(px) G(q)) * S^(px) v^q / (S + v)^(px + q) * x / S
 * and the mean value of the client's orders to come is expected to be
 *   E = p (v + S) / (px + q - 1)
 * the own mean, drawn towards everybody's the more the fewer orders there are.
 *
 * Taken for granted: what an order is worth has nothing to do with how often a client orders. Where the two go together
 * (correlation beyond RV_SPEND_CORRELATION) nothing is foretold. All orders count, the first included: one-time buyers
 * are most of a file, and on CDNOW the hold-out is foretold better so (docs/SCORING.md).
 */
#ifndef RV_SPEND_H
#define RV_SPEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rv_spend_group { /* clients who look alike to the model */
    uint32_t orders;            /* x, at least 1 */
    uint32_t count;
    double amount; /* S: of all orders of one client, above 0 */
} rv_spend_group;

enum { RV_SPEND_P, RV_SPEND_Q, RV_SPEND_V, RV_SPEND_PARAMETERS };

typedef struct rv_spend {
    bool fitted;                           /* false: `why` says why not, and nothing is to be expected of anybody */
    const char *why;                       /* static */
    uint64_t clients, repeat_clients;      /* with an amount above 0; those of them with two orders or more */
    double mean, correlation;              /* of the clients' mean order values; with their orders, NaN: no spread */
    double theta[RV_SPEND_PARAMETERS];     /* p, q, v (in the currency) */
    double deviation[RV_SPEND_PARAMETERS]; /* standard errors; NaN where the likelihood is flat */
    double log_likelihood;
    bool converged;
    unsigned at_bound, iterations;
} rv_spend;

enum { RV_SPEND_MIN_CLIENTS = 50, RV_SPEND_MIN_REPEAT = 10 };
/* At .28 what one-time buyers are expected to spend is 17 % too high on average, at .44 28 % (simulated: docs/DECISIONS.md). */
#define RV_SPEND_CORRELATION 0.3

/* Groups in ascending order of orders. Never fails: too few or unfit data are told by out->why. */
void rv_spend_fit(const rv_spend_group *groups, size_t n, rv_spend *out);

/* What an order to come of a client is worth; NaN without a fit, without an order, or with nothing paid. */
double rv_spend_order_value(const rv_spend *fit, uint32_t orders, double amount);

#endif
