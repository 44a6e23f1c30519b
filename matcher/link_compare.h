/*
 * Two people, field by field: how well does each agree? The answer is a small number per field, its agreement level;
 * what a level is worth is the model's affair (link_model.h).
 *
 * Fields that say the same thing twice count once: postcode, city and region are one place, mobile and phone one
 * telephone, since a model that takes fields for independent would count a shared home three times.
 */
#ifndef RV_LINK_COMPARE_H
#define RV_LINK_COMPARE_H

#include "link_table.h"

typedef enum rv_link_field {
    RV_FIELD_FIRST,
    RV_FIELD_LAST, /* the name at birth too */
    RV_FIELD_BIRTH,
    RV_FIELD_SEX,
    RV_FIELD_AGE, /* where a side has no birth date */
    RV_FIELD_NUMBER,
    RV_FIELD_STREET,
    RV_FIELD_EXTRA,
    RV_FIELD_PLACE,
    RV_FIELD_PHONE,
    RV_FIELD_EMAIL,
    RV_FIELD_IDENTIFIER,
    RV_FIELD_COMPARE, /* and RV_LINK_COMPARE_MAX - 1 more */
    RV_FIELD_COUNT = RV_FIELD_COMPARE + RV_LINK_COMPARE_MAX
} rv_link_field;
const char *rv_link_field_name(rv_link_field field);

/* Level 0: a side lacks the field. Level 1: different. Then better and better; the last of a field is equal. */
enum { RV_LEVEL_MISSING, RV_LEVEL_DIFFERENT, RV_LEVELS_MAX = 8 };
enum { RV_PLACE_REGION = 2, RV_PLACE_NEAR }; /* and those where postcode or city is equal */
unsigned rv_link_levels(rv_link_field field);                        /* how many, missing included */
const char *rv_link_level_name(rv_link_field field, unsigned level); /* "equal" "one_error" "initial"... */

typedef struct rv_link_pattern {
    uint8_t level[RV_FIELD_COUNT];
    bool swapped; /* first and last name were compared crosswise */
} rv_link_pattern;

/* Pure; any thread. `scratch`: one per thread, holds what was worked out for pairs of words. */
typedef struct rv_link_scratch rv_link_scratch;
rv_link_scratch *rv_link_scratch_new(rv_error *err);
void rv_link_scratch_free(rv_link_scratch *scratch);
void rv_link_compare(const rv_link_people *people, uint32_t left, uint32_t right, rv_link_scratch *scratch,
                     rv_link_pattern *out);

/* The same in steps, from what is cheap and telling to what is dear, for who may stop early. Each sets the levels of its
 * fields in *out, which was zeroed before the first one, and returns them as 1 << rv_link_field. Steps are in order:
 * some look at levels of earlier ones. */
typedef enum rv_link_step {
    RV_STEP_BIRTH, /* sex and age too */
    RV_STEP_NAMES,
    RV_STEP_NUMBER,
    RV_STEP_PLACE,
    RV_STEP_STREET, /* extra too */
    RV_STEP_IDENTIFIER,
    RV_STEP_COMPARE,
    RV_STEP_PHONE,
    RV_STEP_EMAIL,
    RV_STEPS
} rv_link_step;
typedef struct rv_link_pair_of_rows {
    const rv_link_people *people;
    uint32_t left, right;
    const rv_link_row *a, *b;
} rv_link_pair_of_rows;
uint32_t rv_link_compare_step(const rv_link_pair_of_rows *pair, rv_link_step step, rv_link_scratch *scratch,
                              rv_link_pattern *out);

#endif
