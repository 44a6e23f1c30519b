/*
 * What agreement is worth: Fellegi and Sunter's model ("A Theory for Record Linkage", JASA 64, 1969), with parameters by
 * expectation-maximisation (Winkler 1988) and rare values weighing more (Winkler 1989).
 *
 * Pairs are of three kinds, not two: the same person, another person of the same household (last name, home and
 * telephone agree as for one person; first name, birth date and sex as for strangers), and strangers. With two kinds only, a
 * model that takes fields for independent takes a family for one person: five fields agree.
 *
 * - u (strangers): from random pairs, and from the counts of values for equality.
 * - m (one person): EM per blocking rule over the fields that the rule doesn't ask for, u fixed; the rules' answers are
 *   averaged by the matches each has seen.
 * - shares of persons and households among all pairs: EM over all candidates, started from the deterministic keys.
 * Too little to learn from (rv_link_model.trained tells): the built-in weights stay, and the report says so.
 *
 * Training is serial in its sums or adds whole numbers, and draws by a fixed seed: the same files give the same bytes.
 */
#ifndef RV_LINK_MODEL_H
#define RV_LINK_MODEL_H

#include "link_index.h"

enum { RV_LINK_MODEL_VERSION = 1 }; /* of its file */
typedef struct rv_link_model {
    double m[RV_FIELD_COUNT][RV_LEVELS_MAX]; /* P(level | one person, both have the field); [0] unused */
    double u[RV_FIELD_COUNT][RV_LEVELS_MAX]; /* P(level | strangers) */
    double swapped;                          /* P(names swapped | one person) */
    double person, household;                /* shares of all pairs of the two files */
    bool by_value[RV_FIELD_COUNT];           /* equality is weighed by how rare the value is */
    bool trained[RV_FIELD_COUNT];            /* false: built in */
    uint64_t pairs_seen;
    uint32_t iterations;
    bool converged;
    double persons_a_row; /* pairs taken for persons while it was learned, to a left row; 0: it was read, or is built in */
    bool bounded;         /* EM wanted more of them than there can be */
    uint32_t met;         /* fields that some pair had on both sides while it was learned, as 1 << rv_link_field */
} rv_link_model;

void rv_link_model_built_in(rv_link_model *out);
rv_status rv_link_model_train(const rv_link_people *people, const rv_link_index *index, const rv_settings *settings,
                              rv_link_model *out, rv_error *err);
/* --model, --model-out: JSON, strict keys, numbers that read back to the same bits. */
rv_status rv_link_model_read(const char *path, rv_link_model *out, rv_error *err);
rv_status rv_link_model_write(const rv_link_model *model, const char *path, const rv_settings *settings, rv_error *err);

/* A pair weighed. Logarithms are natural. */
typedef struct rv_link_weight {
    float person;    /* log odds of one person against all else */
    float household; /* log odds of one household (persons included) against strangers */
} rv_link_weight;

typedef struct rv_link_scorer rv_link_scorer; /* a model made ready for two files; shareable */
rv_status rv_link_scorer_new(const rv_link_people *people, const rv_link_model *model, rv_link_scorer **out,
                             rv_error *err);
void rv_link_scorer_free(rv_link_scorer *scorer);
/* Compares and weighs, cheapest and most telling fields first; gives up (false) once `person` can't reach `floor`.
 * pattern: may be NULL. */
bool rv_link_score(const rv_link_scorer *scorer, uint32_t left, uint32_t right, float floor, rv_link_scratch *scratch,
                   rv_link_weight *out, rv_link_pattern *pattern);
/* For explain: each field's part of the weight of `person` (natural log of m / u, rare values weighed), which add up with
 * *prior to the log of the ratio between one person and strangers. */
void rv_link_waterfall(const rv_link_scorer *scorer, uint32_t left, uint32_t right, rv_link_scratch *scratch,
                       float part[RV_FIELD_COUNT], float *prior);

#endif
