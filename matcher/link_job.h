/*
 * What `match` and `dedupe` have in common: people read, candidates indexed, weights learned or read, pairs found.
 *
 * The index is made over the smaller file and the larger one walks along it: a tenth of the memory for one million
 * clients and ten million contacts, and what is touched at random fits the caches. When that is the left file, the two
 * change places until the pairs are found.
 */
#ifndef RV_LINK_JOB_H
#define RV_LINK_JOB_H

#include "enrich.h"
#include "link_decide.h"

typedef struct rv_linking {
    rv_link_people people; /* don't move it while index or scorer are there */
    rv_link_index *index;
    rv_link_model model;
    rv_link_scorer *scorer;
    rv_link_pairs pairs;
    bool turned;       /* left and right have changed places */
    bool left_indexed; /* they had while the index was made: its rows are the left file's */
    double threshold;
} rv_linking;

/* right NULL: one file against itself. */
rv_status rv_linking_open(const rv_table_options *left, const rv_table_options *right,
                          const rv_linkage_options *options, const rv_settings *settings, rv_summary *summary,
                          rv_linking *out, rv_error *err);
/* The same for people that are there already: index, unless candidates are given (rv_link_index_given), and weights. */
rv_status rv_linking_prepare(rv_linking *linking, const rv_linkage_options *options, const rv_settings *settings,
                             rv_summary *summary, rv_error *err);
/* Pairs whose log odds reach `floor`, at most the `kept` best of a left row (0: all; where the right file walks,
 * RV_LINK_KEPT_CLIENTS of a right row). Of two files in the order of the left one, left and right where they were. */
rv_status rv_linking_find(rv_linking *linking, float floor, unsigned kept, const rv_settings *settings,
                          rv_summary *summary, rv_error *err);
void rv_linking_close(rv_linking *linking);

/* --pairs: link_given.c. */
rv_status rv_link_given(const rv_match_options *options, const rv_settings *settings, rv_summary *summary,
                        rv_error *err);

/* The log odds from which a pair counts as a rival of links of this probability: down to a hundredth. */
double rv_linking_floor(double threshold);

/* Lines of links.csv. The left id and its comma come first, from the caller. */
#define RV_LINKS_HEADER "left_id,right_id,tier,probability\n"
void rv_links_put(rv_buffer *csv, rv_text right_id, rv_tier tier, double probability);

double rv_log_odds(double probability);
double rv_odds_share(double log_odds); /* the probability */

/* The exact key of the cascade that two rows share and that their guards don't contradict; else RV_TIER_LINKAGE. */
rv_tier rv_link_tier(const rv_link_people *people, uint32_t left, uint32_t right);

#endif
