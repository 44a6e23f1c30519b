/*
 * The best rows of a whole megabase by a sum of points, in one pass over its records (megabase_walk.h). Each thread
 * keeps its own best and a threshold below which nothing can enter; what they kept is joined at the end. The order is
 * by score, then by row, and depends on nothing else.
 */
#ifndef RV_SCORE_BASE_H
#define RV_SCORE_BASE_H

#include "exclude.h"

typedef struct rv_base_points { /* what an attribute counts */
    uint32_t attribute;         /* of the schema; named once */
    const int32_t *points;      /* by code: values + 1 */
} rv_base_points;

typedef struct rv_base_pair {       /* what two attributes count together; both are among the points */
    uint32_t a, b;                  /* of the schema */
    const uint8_t *bins_a, *bins_b; /* by code: values + 1 */
    uint32_t width;                 /* bins of b */
    const int32_t *points;          /* bins of a * width */
} rv_base_pair;

typedef struct rv_base_filter { /* who may be among the best */
    uint32_t attribute;
    const uint8_t *allowed; /* by code: values + 1; 0: not this one */
} rv_base_filter;

typedef struct rv_best_query {
    int32_t base;
    const rv_base_points *points;
    size_t n_points;
    const rv_base_pair *pairs;
    size_t n_pairs;
    const rv_base_filter *filters;
    size_t n_filters;
    const rv_exclusion *exclusion; /* NULL: nobody is excluded */
    uint32_t top;
} rv_best_query;

typedef struct rv_best_row {
    int32_t score;
    uint32_t row;
} rv_best_row;

typedef struct rv_best {
    rv_best_row *rows; /* best first; rv_free */
    uint32_t n;        /* query's top, or all that were eligible */
    uint64_t eligible; /* rows that nothing excludes */
} rv_best;

/* Memory: 16 bytes per row asked for and thread, 64 KB at least; RV_NO_MEMORY when that is over --memory-limit.
 * RV_CORRUPT: damage, or a code that its dictionary hasn't. */
rv_status rv_best_rows(rv_megabase *megabase, const rv_best_query *query, const rv_settings *settings, rv_best *out,
                       rv_error *err);

#endif
