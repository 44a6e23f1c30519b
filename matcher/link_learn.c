/*
 * See link_learn.h. Likelihoods are products of ratios against strangers, so a field costs one multiplication and what
 * is missing costs nothing.
 */
#include "link_learn.h"

#include <math.h>

/* Pairs that the built-in numbers count for. */
static const double OWN_M = 20, OWN_U = 20;
static const double DRAWN = .3,
                    OWN_BORN = 50; /* first names towards the errors of last names: pairs beside those seen */
static const double CONVERGED = 1e-3;

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
    double order = rv_pattern_swapped(packed) ? r->swapped : r->straight; /* of a family's names too */
    double person = prior.person * order, household = prior.household * order;
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

static void count_strangers(const rv_patterns *patterns, const rv_link_model *model, tally *out) {
    ratios r;
    make_ratios(model, 0, &r);
    *out = (tally){0};
    for (size_t i = 0; i < patterns->n; i++) {
        double strangers = posterior(&r, shares_of(model), patterns->at[i].packed).strangers;
        count(out, patterns->at[i].packed, r.fields, strangers * (double)patterns->at[i].pairs);
    }
}

/* What no random pair shows is so rare that a rule leads to all pairs that have it, an equal telephone: they are counted
 * among `pairs`, a number many times larger. */
void rv_link_learn_u(const rv_patterns *random, const rv_patterns *candidates, double pairs, uint32_t alone,
                     const double most[RV_FIELD_COUNT], rv_link_model *model) {
    rv_link_model own;
    rv_link_model_built_in(&own);
    tally all, near;
    count_strangers(random, model, &all);
    count_strangers(candidates, model, &near);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        unsigned n = rv_link_levels((rv_link_field)f);
        double seen = 0, filled;
        for (unsigned l = 1; l < n; l++) seen += all.at[f][l];
        filled = all.all > 0 ? seen / all.all * pairs : 0;
        for (unsigned l = 1; l < n; l++) {
            double share = (all.at[f][l] + .5 + OWN_U * own.u[f][l]) / (seen + .5 * (n - 1) + OWN_U);
            double rare = (near.at[f][l] + .5) / (filled + 1);
            if ((alone >> f & 1) && l + 1 == n && filled > seen && (all.at[f][l] < 1 || rare > share)) share = rare;
            model->u[f][l] = l + 1 == n && share > most[f] ? most[f] : share;
        }
    }
}

/* --- m and shares ------------------------------------------------------------------------------------------------- */

typedef struct expected {
    tally persons;
    double person, household;
    double first_differs;                 /* of the households */
    double born_alike, born_alike_differ; /* persons with one birth date; of them, those of another first name */
} expected;

static void count_born_alike(uint64_t packed, double pairs, expected *out) {
    unsigned first = rv_pattern_level(packed, RV_FIELD_FIRST);
    if (first == RV_LEVEL_MISSING || rv_pattern_level(packed, RV_FIELD_BIRTH) + 1 < rv_link_levels(RV_FIELD_BIRTH))
        return;
    out->born_alike += pairs;
    if (first == RV_LEVEL_DIFFERENT) out->born_alike_differ += pairs;
}

static void expect(const rv_patterns *candidates, const rv_link_model *model, expected *out) {
    ratios r;
    make_ratios(model, 0, &r);
    rv_link_shares prior = shares_of(model);
    *out = (expected){.person = .5, .household = .1}; /* never none */
    for (size_t i = 0; i < candidates->n; i++) {
        double pairs = (double)candidates->at[i].pairs;
        rv_link_shares share = posterior(&r, prior, candidates->at[i].packed);
        out->household += pairs * share.household;
        if (rv_pattern_level(candidates->at[i].packed, RV_FIELD_FIRST) == RV_LEVEL_DIFFERENT)
            out->first_differs += pairs * share.household;
        if (share.person < 1e-6) continue;
        out->person += pairs * share.person;
        count(&out->persons, candidates->at[i].packed, r.fields, pairs * share.person);
        count_born_alike(candidates->at[i].packed, pairs * share.person, out);
    }
}

static void take_m(const tally *persons, const rv_link_model *own, rv_link_model *model) {
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        double seen = take_shares(persons->at[f], own->m[f], OWN_M, rv_link_levels((rv_link_field)f), model->m[f]);
        model->trained[f] = seen >= OWN_M;
    }
    model->swapped = (persons->swapped + OWN_M * own->swapped) / (persons->all + OWN_M);
}

/* A pair that differs in the first name alone may be two of a family or one person with an error: nothing in the pair
 * tells, and both shares would explain all such pairs. What is known of errors decides: how often first names are wrong
 * where birth dates agree; without these, that first names aren't wrong much more often than last names, where a family
 * is no explanation. So their errors are drawn towards that rate, or towards all such pairs where these are fewer; what
 * goes beyond are families. */
static void take_first_name_errors(const expected *e, rv_link_model *model) {
    double *first = model->m[RV_FIELD_FIRST], seen = 0, was = first[RV_LEVEL_DIFFERENT];
    for (unsigned l = 1; l < RV_LEVELS_MAX; l++) seen += e->persons.at[RV_FIELD_FIRST][l];
    double all = (e->persons.at[RV_FIELD_FIRST][RV_LEVEL_DIFFERENT] + e->first_differs) / fmax(seen, 1);
    double likely = fmin(2 * model->m[RV_FIELD_LAST][RV_LEVEL_DIFFERENT], fmin(all, .5));
    likely = (e->born_alike_differ + OWN_BORN * likely) / (e->born_alike + OWN_BORN);
    double next = (was + DRAWN * likely) / (1 + DRAWN);
    for (unsigned l = RV_LEVEL_DIFFERENT + 1; l < rv_link_levels(RV_FIELD_FIRST); l++)
        first[l] *= (1 - next) / (1 - was);
    first[RV_LEVEL_DIFFERENT] = next;
}

static double take_parts(const expected *e, double pairs, rv_link_model *model) {
    double most = fmax(1, (e->person + e->household) / pairs / .95); /* some are strangers */
    double person = e->person / pairs / most, household = e->household / pairs / most;
    double moved = fabs(person - model->person) / model->person + fabs(household - model->household) / model->household;
    model->person = person;
    model->household = household;
    return moved;
}

/* Where EM takes more pairs for persons than there can be, their share is the one that lets through as many as there can
 * be: the likeliest. Half of the logarithms are gone through each time, so 40 times are as exact as a double needs. */
static void expect_at_most(const rv_patterns *candidates, double most, rv_link_model *model, expected *out) {
    expect(candidates, model, out);
    model->bounded = out->person > most;
    if (!model->bounded) return;
    double high = log(model->person), low = high - 200;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;
        model->person = exp(middle);
        expect(candidates, model, out);
        if (out->person > most) high = middle;
        else low = middle;
    }
}

void rv_link_learn(const rv_patterns *candidates, double pairs, double most, unsigned rounds, rv_link_model *model) {
    rv_link_model own;
    rv_link_model_built_in(&own);
    if (candidates->n == 0 || pairs <= 0) return;
    model->converged = false;
    for (unsigned round = 0; round < rounds && !model->converged; round++) {
        expected e;
        expect_at_most(candidates, most, model, &e);
        take_m(&e.persons, &own, model);
        take_first_name_errors(&e, model);
        model->converged = take_parts(&e, pairs, model) < CONVERGED;
        model->iterations++;
    }
}
