/*
 * Whom to wake: a profile learned from the seeds, and scores by look-up. A score is an offset plus a sum of integer
 * points, one entry per attribute, so reasons are exact: they are the entries. See docs/SCORING.md.
 */
#ifndef RV_SCORE_H
#define RV_SCORE_H

#include "frame.h"
#include "report.h"

typedef enum rv_label { RV_UNLABELLED, RV_SEED, RV_NON_SEED } rv_label; /* per row */

/* Privacy floors: a profile of fewer people tells of persons (docs/SCORING.md). */
enum { RV_MIN_SEEDS = 100, RV_MIN_SEEDS_FLOOR = 25 };

/*
 * Learns on labelled rows, scores every row that isn't a seed (or all with options->profile), writes out, quality,
 * profile as options say; counts under "score". labels: frame->rows entries (NULL with options->profile). `in` and
 * `active` of the options are read for messages only.
 *
 * RV_BAD_INPUT: no seeds, nobody else, no attribute left, a column of the profile missing. RV_REFUSED: fewer seeds than
 * options->min_seeds, min_seeds below 25, or fewer than 25 others. All outputs appear, or none.
 */
rv_status rv_score_frame(const rv_frame *frame, const uint8_t *labels, const rv_score_options *options,
                         const rv_settings *settings, rv_summary *summary, rv_error *err);

#endif
