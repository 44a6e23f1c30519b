/*
 * Doubtful pairs for people to judge: the clerical sample. As many from each stretch of probabilities around the
 * threshold, so that the labels tell where the threshold belongs; `evaluate links --truth` reads the labelled file.
 */
#ifndef RV_LINK_REVIEW_H
#define RV_LINK_REVIEW_H

#include "link_job.h"

/* Writes <out>.review.csv (its ending replaced): left_id, right_id, is_match (empty: yes or no goes there), probability,
 * and what was read of both rows, side by side. Needs linking->pairs. The same pairs whatever the threads. */
rv_status rv_link_review_write(const rv_linking *linking, const char *out, uint32_t n, const rv_settings *settings,
                               rv_error *err);
/* RV_BAD_ARGUMENT where that file would be an input of the job (NULL is none). */
rv_status rv_link_review_check(const char *input, const char *out, rv_error *err);

#endif
