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

/* u from pairs drawn at random, and of rare levels from the candidates among `pairs`: those that the model takes for
 * persons or households count as little as it says. `alone`: fields that a rule asks for and for nothing else. `most`:
 * what strangers can't be equal more often than (1: nothing is known). */
void rv_link_learn_u(const rv_patterns *random, const rv_patterns *candidates, double pairs, uint32_t alone,
                     const double most[RV_FIELD_COUNT], rv_link_model *model);

/* m, and the shares of persons and households among `pairs`, by EM over the candidates: all other pairs are strangers'.
 * At most `most` pairs are taken for persons, the likeliest (model->bounded tells): in a file that is too regular something else
 * than identity splits the pairs best. The model is the start and the result; iterations are added to. */
void rv_link_learn(const rv_patterns *candidates, double pairs, double most, unsigned rounds, rv_link_model *model);

#endif
