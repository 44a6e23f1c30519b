/*
 * A profile: per attribute, points for each bin; a score is base + the sum of a person's points. Learned from the
 * seeds against a reference population (learn.h), kept as JSON that people can read (profile_file.h), applied to any
 * table that has its columns.
 *
 * Points are weights of the method, centred on the reference population attribute by attribute and scaled so that 100
 * points are one standard deviation of its scores: whatever the method, 500 is the average person, and an entry above
 * 0 speaks for, one below against. A value nobody had while learning counts 0.
 */
#ifndef RV_PROFILE_H
#define RV_PROFILE_H

#include "binning.h"
#include "calibration.h"
#include "frame.h"
#include "method.h"

enum {
    RV_SCORE_AVERAGE = 500,
    RV_SCORE_DEVIATION = 100,
    RV_POINTS_LIMIT = 30000,
    RV_PROFILE_COLUMNS = 8192 - RV_PAIRS_MAX
};

typedef struct rv_profile_column {
    char name[128];
    rv_binning binning;
    int32_t points[RV_BINS_MAX];
    uint64_t seeds[RV_BINS_MAX], people[RV_BINS_MAX]; /* of the learning file; 0 where masked */
    uint8_t masked[RV_BINS_MAX];                      /* RV_MASKED_*: fewer than RV_MASK_BELOW, not told */
} rv_profile_column;

enum { RV_MASK_BELOW = 11, RV_MASKED_SEEDS = 1, RV_MASKED_PEOPLE = 2 };

/* Points of two attributes together. Points of a cell that few people have are 0. */
typedef struct rv_pair_points {
    uint32_t a, b;   /* columns, a < b */
    uint32_t width;  /* bins of b */
    int32_t *points; /* bins of a * width, at most RV_PAIR_CELLS */
} rv_pair_points;

typedef struct rv_profile {
    char method[32];
    int32_t base;
    uint32_t columns;
    rv_profile_column *column; /* by name of the learning file's columns, in their order */
    uint64_t seeds, others, people;
    bool against_pool; /* others are the unlabelled: no known non-seeds */
    uint32_t pairs;
    rv_pair_points pair[RV_PAIRS_MAX]; /* by a, then b */
    rv_calibration calibration;
} rv_profile;
void rv_profile_reset(rv_profile *profile);

/*
 * A profile made ready for one frame: points by code. `points[c]` has dictionary.n + 1 entries for the frame's column
 * `codes[c]`; `bins[c]` gives the bin, for reasons.
 */
typedef struct rv_profile_view {
    uint32_t columns;
    rv_codes *codes;  /* borrowed */
    uint32_t *values; /* entries of points and bins */
    int32_t **points;
    uint8_t **bins;
    uint32_t pairs;
    rv_pair_points pair[RV_PAIRS_MAX]; /* the profile's */
} rv_profile_view;
/* RV_BAD_INPUT names the columns that the frame lacks (at most eight of them). `path` is for messages. */
rv_status rv_profile_view_make(const rv_profile *profile, const rv_frame *frame, int threads, const char *path,
                               rv_profile_view *out, rv_error *err);
void rv_profile_view_reset(rv_profile_view *view);
/* Adds the points of one column to sums, for rows begin..begin + n - 1. */
void rv_profile_add_column(const rv_profile_view *view, uint32_t column, uint64_t begin, size_t n, int32_t *sums);
/* The same for one pair. */
void rv_profile_add_pair(const rv_profile_view *view, uint32_t pair, uint64_t begin, size_t n, int32_t *sums);
/* Of one row. */
static inline int32_t rv_profile_pair_at(const rv_profile_view *view, uint32_t pair, uint64_t row) {
    const rv_pair_points *p = &view->pair[pair];
    uint32_t a = view->bins[p->a][rv_code_at(view->codes[p->a], row)];
    return p->points[a * p->width + view->bins[p->b][rv_code_at(view->codes[p->b], row)]];
}
/* scores (rows of the frame): base + sum of points, not clamped. */
rv_status rv_profile_score(const rv_profile *profile, const rv_profile_view *view, uint64_t rows, int threads,
                           int32_t *scores, rv_error *err);

#endif
