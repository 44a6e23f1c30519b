/*
 * From weighed pairs to answers: one best contact per client, or clusters of one file.
 *
 * A client has at most one other self, and so has a contact. So candidates are rivals: who claims one contact weakens
 * the others who claim it, unless they are the same person as he (duplicates in a file are no doubt), and weakens them
 * the less the better he is placed elsewhere. That is the sum over all matchings of the two files; it is worked out by
 * passing messages along the pairs (belief propagation; for matchings: Huang and Jebara 2009, "Approximating the
 * permanent with belief propagation"). A good candidate whom rivals have made doubtful is ambiguous, and says so.
 *
 * Memory: RV_LINK_KEPT candidates a client, or RV_LINK_KEPT_CLIENTS a contact, whatever the files.
 */
#ifndef RV_LINK_DECIDE_H
#define RV_LINK_DECIDE_H

#include "link_model.h"

enum {
    RV_LINK_KEPT = 4,         /* of a client: who comes fifth is no rival to speak of */
    RV_LINK_KEPT_CLIENTS = 64 /* of a contact: a client may be in his file many times */
};

typedef struct rv_link_pair {
    uint32_t left, right;
    rv_link_weight weight;
} rv_link_pair;
/* All pairs whose log odds reach `floor`, at most `kept` best a left row (0: all), in order of left row, then weight descending,
 * then right row. The same whatever the threads. */
typedef struct rv_link_pairs {
    rv_link_pair *at;
    size_t n;
    uint64_t candidates, compared; /* candidates met; of them, those not given up early */
} rv_link_pairs;
rv_status rv_link_find(const rv_link_people *people, const rv_link_index *index, const rv_link_scorer *scorer,
                       float floor, unsigned kept, const rv_settings *settings, rv_link_pairs *out, rv_error *err);
void rv_link_pairs_reset(rv_link_pairs *pairs);

typedef enum rv_link_verdict { RV_LINK_NONE, RV_LINK_MATCH, RV_LINK_AMBIGUOUS, RV_LINK_HOUSEHOLD } rv_link_verdict;
typedef struct rv_link_answer {
    uint32_t right, runner_up; /* UINT32_MAX: none */
    float probability, runner_up_probability;
    uint8_t verdict; /* rv_link_verdict */
} rv_link_answer;
typedef struct rv_link_rule_of_decision {
    double threshold; /* --threshold, or by --link: strict .95, default .5, wide .2 */
    bool one_to_one;  /* --one-to-one */
} rv_link_rule_of_decision;
/* answers: one per left row. */
rv_status rv_link_decide(const rv_link_people *people, const rv_link_model *model, const rv_link_pairs *pairs,
                         const rv_link_rule_of_decision *rule, rv_link_answer *answers, rv_error *err);

/* Left becomes right: the same pairs, in the order of the other file, so that the larger file can be walked along an
 * index of the smaller one. */
void rv_link_turn(rv_link_people *people);
rv_status rv_link_pairs_turn(rv_link_pairs *pairs, uint32_t n_right, rv_error *err);

/* One file: cluster[row] is the smallest row of its cluster. Clusters are joined pair by pair, strongest first, as long as
 * the pairs between the two speak for it on the average (pairs that no rule proposed are compared too): a chain of
 * doubtful links holds nothing together. */
rv_status rv_link_cluster(const rv_link_people *people, const rv_link_scorer *scorer, const rv_link_pairs *pairs,
                          double threshold, uint32_t *cluster, rv_error *err);
/* And household[row], the smallest row of its household, from these clusters: link_household.c. */
rv_status rv_link_households(const rv_link_people *people, const rv_link_scorer *scorer, const uint32_t *cluster,
                             double threshold, const rv_settings *settings, uint32_t *household, rv_error *err);

#endif
