/*
 * See link_learn.h. Likelihoods are products of ratios against strangers, so a field costs one multiplication and what
 * is missing costs nothing.
 */
#include "link_learn.h"

#include <math.h>

/* Pairs that the built-in numbers count for. */
static const double OWN_M = 20, OWN_U = 1;
enum { ROUNDS = 60 };
static const double CONVERGED = 1e-5;

/* --- Posterior ---------------------------------------------------------------------------------------------------- */

/* Ratios against strangers, ready for use; [0] is 1. */
typedef struct ratios {
    double person[RV_FIELD_COUNT][RV_LEVELS_MAX], household[RV_FIELD_COUNT][RV_LEVELS_MAX];
    double swapped, straight;
    uint32_t fields;
} ratios;

static void make_ratios(const rv_link_model *model, uint32_t leave_out, ratios *out) {
    out->fields = ((1u << RV_FIELD_COUNT) - 1) & ~leave_out;
    out->swapped = model->swapped;
    out->straight = 1 - model->swapped;
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        double share = rv_link_household_share((rv_link_field)f);
        out->person[f][0] = out->household[f][0] = 1;
        for (unsigned l = 1; l < rv_link_levels((rv_link_field)f); l++) {
            out->person[f][l] = model->m[f][l] / model->u[f][l];
            out->household[f][l] = 1 + share * (out->person[f][l] - 1);
        }
    }
}

static rv_link_shares posterior(const ratios *r, rv_link_shares prior, uint64_t packed) {
    double person = prior.person * (rv_pattern_swapped(packed) ? r->swapped : r->straight), household = prior.household;
    for (uint32_t fields = r->fields; fields; fields &= fields - 1) {
        unsigned f = (unsigned)__builtin_ctz(fields), level = rv_pattern_level(packed, f);
        person *= r->person[f][level];
        household *= r->household[f][level];
    }
    double all = person + household + prior.strangers;
    return (rv_link_shares){person / all, household / all, prior.strangers / all};
}

rv_link_shares rv_link_posterior(const rv_link_model *model, rv_link_shares prior, uint64_t packed,
                                 uint32_t leave_out) {
    ratios r;
    make_ratios(model, leave_out, &r);
    return posterior(&r, prior, packed);
}

static rv_link_shares shares_of(const rv_link_model *model) {
    return (rv_link_shares){model->person, model->household, 1 - model->person - model->household};
}

/* --- Tallies ------------------------------------------------------------------------------------------------------ */

typedef struct tally {
    double at[RV_FIELD_COUNT][RV_LEVELS_MAX];
    double swapped, all;
} tally;

static void count(tally *t, uint64_t packed, uint32_t fields, double pairs) {
    t->all += pairs;
    t->swapped += rv_pattern_swapped(packed) ? pairs : 0;
    for (; fields; fields &= fields - 1) {
        unsigned f = (unsigned)__builtin_ctz(fields);
        t->at[f][rv_pattern_level(packed, f)] += pairs;
    }
}

/* Shares of a field's levels, drawn towards `own` as if `weight` pairs more had been seen. Returns the pairs seen. */
static double take_shares(const double at[RV_LEVELS_MAX], const double own[RV_LEVELS_MAX], double weight, unsigned n,
                          double out[RV_LEVELS_MAX]) {
    double seen = 0;
    for (unsigned l = 1; l < n; l++) seen += at[l];
    for (unsigned l = 1; l < n; l++) out[l] = (at[l] + weight * own[l]) / (seen + weight);
    return seen;
}

/* --- u ------------------------------------------------------------------------------------------------------------ */

void rv_link_learn_u(const rv_patterns *random, rv_link_model *model) {
    rv_link_model own;
    rv_link_model_built_in(&own);
    ratios r;
    make_ratios(model, 0, &r);
    tally t = {0};
    for (size_t i = 0; i < random->n; i++) {
        double strangers = posterior(&r, shares_of(model), random->at[i].packed).strangers;
        count(&t, random->at[i].packed, r.fields, strangers * (double)random->at[i].pairs);
    }
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++)
        take_shares(t.at[f], own.u[f], OWN_U, rv_link_levels((rv_link_field)f), model->u[f]);
}

/* --- m ------------------------------------------------------------------------------------------------------------ */

typedef struct learned { /* sums over rules, weighed by the persons that each has seen */
    tally persons;
    uint32_t rounds;
    bool converged;
} learned;

/* One rule's pairs: how many of each kind, and the persons' levels. */
static tally expect(const rv_patterns *p, uint32_t rule, const ratios *r, rv_link_shares prior, rv_link_shares *next) {
    tally persons = {0};
    double all = 0;
    *next = (rv_link_shares){0};
    for (size_t i = 0; i < p->n; i++) {
        if (!(p->at[i].rules & rule)) continue;
        double pairs = (double)p->at[i].pairs;
        rv_link_shares share = posterior(r, prior, p->at[i].packed);
        count(&persons, p->at[i].packed, r->fields, pairs * share.person);
        next->person += pairs * share.person;
        next->household += pairs * share.household;
        all += pairs;
    }
    if (all > 0) { /* each kind is there, if hardly */
        next->person = (next->person + 1) / (all + 3);
        next->household = (next->household + 1) / (all + 3);
    }
    next->strangers = 1 - next->person - next->household;
    return persons;
}

static double maximise(const tally *persons, const rv_link_model *own, uint32_t fields, rv_link_model *model) {
    double moved = 0;
    for (; fields; fields &= fields - 1) {
        unsigned f = (unsigned)__builtin_ctz(fields), n = rv_link_levels((rv_link_field)f);
        double next[RV_LEVELS_MAX] = {0};
        take_shares(persons->at[f], own->m[f], OWN_M, n, next);
        for (unsigned l = 1; l < n; l++) {
            moved = fmax(moved, fabs(next[l] - model->m[f][l]));
            model->m[f][l] = next[l];
        }
    }
    model->swapped = (persons->swapped + OWN_M * own->swapped) / (persons->all + OWN_M);
    return moved;
}

static void learn_rule(const rv_patterns *p, uint32_t rule, uint32_t leave_out, const rv_link_model *start,
                       learned *sum) {
    rv_link_model own, model = *start;
    rv_link_model_built_in(&own);
    rv_link_shares prior = {.3, .05, .65}, next;
    tally persons = {0};
    double moved = 1;
    unsigned round = 0;
    for (; round < ROUNDS && moved > CONVERGED; round++) {
        ratios r;
        make_ratios(&model, leave_out, &r);
        persons = expect(p, rule, &r, prior, &next);
        moved = fmax(maximise(&persons, &own, r.fields, &model), fabs(next.person - prior.person));
        prior = next;
    }
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++)
        for (unsigned l = 1; l < RV_LEVELS_MAX; l++) sum->persons.at[f][l] += persons.at[f][l];
    if (!(leave_out & (1u << RV_FIELD_FIRST | 1u << RV_FIELD_LAST))) {
        sum->persons.swapped += persons.swapped;
        sum->persons.all += persons.all;
    }
    if (round > sum->rounds) sum->rounds = round;
    sum->converged = sum->converged && moved <= CONVERGED;
}

void rv_link_learn_m(const rv_patterns *candidates, const uint32_t *fields, unsigned rules, rv_link_model *model) {
    rv_link_model own;
    rv_link_model_built_in(&own);
    learned sum = {.converged = true};
    for (unsigned rule = 0; rule < rules; rule++) learn_rule(candidates, 1u << rule, fields[rule], model, &sum);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        unsigned n = rv_link_levels((rv_link_field)f);
        model->trained[f] = take_shares(sum.persons.at[f], own.m[f], OWN_M, n, model->m[f]) >= OWN_M;
    }
    model->swapped = (sum.persons.swapped + OWN_M * own.swapped) / (sum.persons.all + OWN_M);
    model->iterations = sum.rounds;
    model->converged = sum.converged;
}

/* --- Shares ------------------------------------------------------------------------------------------------------- */

void rv_link_learn_shares(const rv_patterns *candidates, double pairs, rv_link_model *model) {
    ratios r;
    make_ratios(model, 0, &r);
    rv_link_shares prior = shares_of(model);
    if (candidates->n == 0 || pairs <= 0) return;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double persons = .5, households = .1; /* never none */
        for (size_t i = 0; i < candidates->n; i++) {
            rv_link_shares share = posterior(&r, prior, candidates->at[i].packed);
            persons += share.person * (double)candidates->at[i].pairs;
            households += share.household * (double)candidates->at[i].pairs;
        }
        double moved = fabs(persons / pairs - prior.person) / prior.person +
                       fabs(households / pairs - prior.household) / prior.household;
        double most = fmax(1, (persons + households) / pairs / .95); /* some are strangers */
        prior.person = persons / pairs / most;
        prior.household = households / pairs / most;
        prior.strangers = 1 - prior.person - prior.household;
        if (moved < 1e-4) break;
    }
    model->person = prior.person;
    model->household = prior.household;
}
