/*
 * The quality sheet of a match, without anybody's labels: what the probabilities themselves say of precision and recall,
 * threshold by threshold; which rows tell too little to be linked to anybody; which blocks were too heavy to look at.
 */
#ifndef RV_LINK_SHEET_H
#define RV_LINK_SHEET_H

#include "link_job.h"

/* Links by tier, as they are written. */
typedef struct rv_link_tiers {
    uint64_t links[RV_TIER_COUNT];
    double probabilities[RV_TIER_COUNT]; /* sums */
} rv_link_tiers;

/* "tiers", "probabilities", "thresholds"; answers may be NULL (all pairs were asked for): then of the pairs. */
void rv_link_sheet_links(const rv_linking *linking, const rv_link_tiers *tiers, const rv_link_answer *answers,
                         rv_summary *summary);
/* "unlinkable": rows of the left file, by a sample of at most 100,000, that wouldn't reach the threshold even beside an
 * exact copy of themselves. */
rv_status rv_link_sheet_unlinkable(const rv_linking *linking, rv_summary *summary, rv_error *err);
/* "blocks": lists that were too long, rule by rule. */
void rv_link_sheet_blocks(const rv_linking *linking, rv_summary *summary);

#endif
