/*
 * Learning the model's numbers from patterns of agreement: pure sums over lists of counts (link_patterns.h), without a
 * file or a person in sight.
 *
 * Every estimate is drawn towards the built-in number as if some pairs more had been seen (maximum a posteriori): with
 * fifty true pairs among a hundred thousand, plain EM runs away to whatever else splits the pairs in two.
 */
#ifndef RV_LINK_LEARN_H
#define RV_LINK_LEARN_H

#include "link_patterns.h"
#include "link_weigh.h"

/* Of the three kinds, by a model: the pattern's posterior shares. `leave_out`: fields that aren't looked at, as
 * 1 << rv_link_field. */
typedef struct rv_link_shares {
    double person, household, strangers;
} rv_link_shares;
rv_link_shares rv_link_posterior(const rv_link_model *model, rv_link_shares prior, uint64_t packed, uint32_t leave_out);

/* u from pairs drawn at random: those that the model takes for persons or households count as little as it says. */
void rv_link_learn_u(const rv_patterns *random, rv_link_model *model);

/* m by EM within the pairs of each rule. fields[r]: what rule r asks for. model->m is the start, and replaced. */
void rv_link_learn_m(const rv_patterns *candidates, const uint32_t *fields, unsigned rules, rv_link_model *model);

/* Shares of persons and households among `pairs` of which these are the candidates; the others are strangers'. */
void rv_link_learn_shares(const rv_patterns *candidates, double pairs, rv_link_model *model);

#endif
