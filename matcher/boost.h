/*
 * What boosting (boost.c) and the search for pairs (boost_pairs.c) share: rows in parts, margins, and the terms that take
 * turns. One fit belongs to one caller; threads work inside its passes.
 */
#ifndef RV_BOOST_H
#define RV_BOOST_H

#include "method.h"

enum { RV_BOOST_PARTS = 5, RV_BOOST_ONE = 1 << 16 }; /* weights and margins are in 65,536ths */
enum { RV_BOOST_LOOKUP = 4096, RV_BOOST_SHIFT = 9 }; /* by margin, 128 places a unit, from -16 to 16 */
typedef struct rv_boost_lookup {
    uint64_t chance[RV_BOOST_LOOKUP]; /* of being a seed, and its variance */
    float loss[RV_BOOST_LOOKUP];      /* minus log-likelihood of a seed; of an other that of the opposite margin */
} rv_boost_lookup;

/* A table that is fitted: of an attribute (a == b), or of two. */
typedef struct rv_boost_term {
    uint32_t a, b, cells, width; /* cells = bins of a * width; width: bins of b, 1 of an attribute */
    double ridge;
    int32_t *weight, *best, *step; /* cells */
    double *mean;                  /* cells: of several fits */
    uint64_t *seeds;               /* RV_BOOST_PARTS * cells */
} rv_boost_term;

typedef struct rv_boost {
    const rv_bin_counts *columns; /* n_columns */
    const bool *alone; /* n_columns, may be NULL: which are in no pair */
    uint32_t n_columns;
    uint64_t n, part_begin[RV_BOOST_PARTS + 1];
    uint8_t *rows, **bins; /* by column: n bins, part by part */
    uint8_t *seed;         /* n */
    int32_t *margin, intercept;
    rv_boost_lookup *lookup;
    rv_boost_term *terms; /* the columns', then the pairs' */
    uint32_t n_terms;
    unsigned held; /* the part held back */
    int threads;
    uint64_t *sums; /* threads * 2 * RV_PAIR_CELLS */
} rv_boost;

/* A new term with weights of 0. */
rv_status rv_boost_add(rv_boost *boost, uint32_t a, uint32_t b, double ridge, rv_error *err);
/* Label less chance, and the chance's variance, of one row at the present margins. */
void rv_boost_residual(const rv_boost *boost, uint64_t row, float *residual, float *variance);
/* Adds the pairs worth a table. In boost_pairs.c. */
rv_status rv_boost_find_pairs(rv_boost *boost, rv_error *err);

#endif
