/* What a profile means for a megabase: which attribute each of its columns is, and the points of each code. */
#ifndef RV_PROSPECT_PLAN_H
#define RV_PROSPECT_PLAN_H

#include "profile.h"
#include "score_base.h"

typedef struct rv_prospect_plan {
    rv_profile profile;
    rv_profile_view view;   /* points and bins per code of each column of the profile; codes are per block of rows */
    uint32_t *attributes;   /* of the profile's columns that count, in their order */
    uint32_t *columns;      /* which columns these are */
    uint32_t n;             /* of them */
    rv_base_points *points; /* n */
    rv_base_pair pairs[RV_PAIRS_MAX]; /* view.pairs of them: whose two columns count */
    rv_base_filter *filters;
    size_t n_filters, n_consents; /* the last n_consents of the filters are refusals of consent */
} rv_prospect_plan;

/*
 * RV_BAD_INPUT: the megabase lacks columns of the profile that aren't named in options->without. RV_REFUSED: a column
 * is sensitive by the megabase's schema or by its name, and not named in use_sensitive. RV_BAD_ARGUMENT: --require or
 * --without names what isn't there.
 */
rv_status rv_prospect_plan_make(rv_megabase *megabase, const rv_prospect_options *options, rv_prospect_plan *out,
                                rv_error *err);
void rv_prospect_plan_reset(rv_prospect_plan *plan);

#endif
