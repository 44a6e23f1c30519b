/*
 * The methods that need counts only. See method.h for formulas.
 *
 * The smoothing constant K stands for ten people who behave like everybody: a value that five seeds share says little,
 * whatever its ratio. Chosen among 1, 3, 10 and 30 on Adult with 50, 200 and 1,000 seeds (docs/DECISIONS.md).
 */
#include "method.h"

#include <math.h>
#include <string.h>

static const double K = 10.0;

static double share(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : 0; }

static double weigh_index(const rv_evidence *e, const rv_bin_counts *c, uint32_t b) {
    double expected = (double)e->seeds * share(c->people[b], e->people);
    return log(((double)c->seeds[b] + K) / (expected + K));
}

static double weigh_centroid(const rv_evidence *e, const rv_bin_counts *c, uint32_t b) {
    return share(c->seeds[b], e->seeds) - share(c->people[b], e->people);
}

static double weigh_shared(const rv_evidence *e, const rv_bin_counts *c, uint32_t b) {
    return share(c->seeds[b], e->seeds);
}

static double weigh_woe(const rv_evidence *e, const rv_bin_counts *c, uint32_t b) {
    double q = share(c->seeds[b] + c->others[b], e->seeds + e->others);
    double among_seeds = ((double)c->seeds[b] + K * q) / ((double)e->seeds + K);
    double among_others = ((double)c->others[b] + K * q) / ((double)e->others + K);
    return among_seeds > 0 && among_others > 0 ? log(among_seeds / among_others) : 0;
}

static void each_bin(const rv_evidence *evidence, double (*weigh)(const rv_evidence *, const rv_bin_counts *, uint32_t),
                     double *weights) {
    for (uint32_t c = 0; c < evidence->columns; c++) {
        const rv_bin_counts *counts = &evidence->counts[c];
        for (uint32_t b = 0; b < counts->bins; b++)
            weights[(size_t)c * RV_BINS_MAX + b] = counts->people[b] ? weigh(evidence, counts, b) : 0;
    }
}

static rv_status index_method(const rv_evidence *evidence, double *weights, rv_error *err) {
    (void)err;
    each_bin(evidence, weigh_index, weights);
    return RV_OK;
}

static rv_status centroid_method(const rv_evidence *evidence, double *weights, rv_error *err) {
    (void)err;
    each_bin(evidence, weigh_centroid, weights);
    return RV_OK;
}

static rv_status shared_method(const rv_evidence *evidence, double *weights, rv_error *err) {
    (void)err;
    each_bin(evidence, weigh_shared, weights);
    return RV_OK;
}

static rv_status woe_method(const rv_evidence *evidence, double *weights, rv_error *err) {
    (void)err;
    each_bin(evidence, weigh_woe, weights);
    return RV_OK;
}

const rv_method rv_methods[] = {
    {"index", index_method, 0},
    {"centroid", centroid_method, 0},
    {"shared", shared_method, 0},
    {"woe", woe_method, 0},
};
const unsigned rv_method_count = sizeof rv_methods / sizeof *rv_methods;

const rv_method *rv_method_find(const char *name) {
    for (unsigned m = 0; m < rv_method_count; m++)
        if (strcmp(rv_methods[m].name, name) == 0) return &rv_methods[m];
    return NULL;
}

static const char *const names[] = {"auto", "index", "centroid", "shared", "woe", NULL};
_Static_assert(sizeof names / sizeof *names == sizeof rv_methods / sizeof *rv_methods + 2, "one name per method");
const char *const *rv_method_names(void) { return names; }
