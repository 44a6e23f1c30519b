/*
 * The methods that need counts only, and the list of all. See method.h for formulas.
 *
 * The smoothing constants stand for imaginary people who behave like everybody. They were chosen on Adult with 50, 200
 * and 1,000 seeds hidden in the pool (docs/DECISIONS.md): index loses with more than one, woe gains up to a hundred,
 * since its other side is the whole pool.
 */
#include "method.h"

#include <math.h>
#include <string.h>

static const double K_INDEX = 1.0, K_WOE = 100.0;

static double share(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : 0; }

static double weigh_index(const rv_evidence *e, const rv_bin_counts *c, uint32_t b) {
    double expected = (double)e->seeds * share(c->people[b], e->people);
    return log(((double)c->seeds[b] + K_INDEX) / (expected + K_INDEX));
}

static double weigh_centroid(const rv_evidence *e, const rv_bin_counts *c, uint32_t b) {
    return share(c->seeds[b], e->seeds) - share(c->people[b], e->people);
}

static double weigh_shared(const rv_evidence *e, const rv_bin_counts *c, uint32_t b) {
    return share(c->seeds[b], e->seeds);
}

double rv_weight_of_evidence(uint64_t s, uint64_t o, uint64_t seeds, uint64_t others) {
    double q = share(s + o, seeds + others);
    double among_seeds = ((double)s + K_WOE * q) / ((double)seeds + K_WOE);
    double among_others = ((double)o + K_WOE * q) / ((double)others + K_WOE);
    return among_seeds > 0 && among_others > 0 ? log(among_seeds / among_others) : 0;
}

static double weigh_woe(const rv_evidence *e, const rv_bin_counts *c, uint32_t b) {
    return rv_weight_of_evidence(c->seeds[b], c->others[b], e->seeds, e->others);
}

static rv_status each_bin(const rv_evidence *evidence, double *weights,
                          double (*weigh)(const rv_evidence *, const rv_bin_counts *, uint32_t)) {
    for (uint32_t c = 0; c < evidence->columns; c++) {
        const rv_bin_counts *counts = &evidence->counts[c];
        for (uint32_t b = 0; b < counts->bins; b++)
            if (counts->people[b]) weights[(size_t)c * RV_BINS_MAX + b] = weigh(evidence, counts, b);
    }
    return RV_OK;
}

static rv_status method_index(const rv_evidence *e, rv_weights *weights, rv_error *err) {
    (void)err;
    return each_bin(e, weights->main, weigh_index);
}
static rv_status method_centroid(const rv_evidence *e, rv_weights *weights, rv_error *err) {
    (void)err;
    return each_bin(e, weights->main, weigh_centroid);
}
static rv_status method_shared(const rv_evidence *e, rv_weights *weights, rv_error *err) {
    (void)err;
    return each_bin(e, weights->main, weigh_shared);
}
static rv_status method_woe(const rv_evidence *e, rv_weights *weights, rv_error *err) {
    (void)err;
    return each_bin(e, weights->main, weigh_woe);
}

void rv_weights_reset(rv_weights *weights) {
    for (uint32_t i = 0; i < weights->pairs; i++) rv_free(weights->pair[i].weight);
    weights->pairs = 0;
}

const rv_method rv_methods[] = {
    {"index", method_index, false, 0},
    {"centroid", method_centroid, false, 0},
    {"shared", method_shared, false, 0},
    {"woe", method_woe, false, 0},
    {"scorecard", rv_method_scorecard, true, 500},
    {"lda", rv_method_lda, true, 1000},
    {"logistic", rv_method_logistic, true, 500},
    {"boosted", rv_method_boosted, true, 500},
};
const unsigned rv_method_count = sizeof rv_methods / sizeof *rv_methods;

const rv_method *rv_method_find(const char *name) {
    for (unsigned m = 0; m < rv_method_count; m++)
        if (strcmp(rv_methods[m].name, name) == 0) return &rv_methods[m];
    return NULL;
}

static const char *const names[] = {"auto",      "index", "centroid", "shared",  "woe",
                                    "scorecard", "lda",   "logistic", "boosted", NULL};
_Static_assert(sizeof names / sizeof *names == sizeof rv_methods / sizeof *rv_methods + 2, "one name per method");
const char *const *rv_method_names(void) { return names; }
