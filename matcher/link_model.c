/*
 * See link_model.h: the built-in weights, and pairs weighed by a model.
 *
 * Most candidates are strangers, and most strangers show it in the first few fields. A pair is therefore compared step by
 * step, and before each step the most that the rest could still add is known from the codes alone: what is equal is
 * worth what it is worth, what isn't is worth at most the best of the other levels.
 */
#include "link_model.h"

#include "link_weigh.h"
#include <math.h>

/* --- Built-in weights --------------------------------------------------------------------------------------------- */

/* Where nothing can be learned, and what little evidence is weighed against. Rounded from what clean and dirty files of
 * several countries have in common; the order is that of the levels, `missing` first. */
typedef struct built_in {
    double m[RV_LEVELS_MAX], u[RV_LEVELS_MAX];
} built_in;

static const built_in built_in_of[] = {
    [RV_FIELD_FIRST] = {{0, .04, .03, .02, .03, .06, .06, .76}, {0, .88, .07, .03, .005, .003, .004, .008}},
    [RV_FIELD_LAST] = {{0, .05, .03, .02, .03, .02, .06, .79}, {0, .935, .055, .003, .003, .0015, .0015, .001}},
    [RV_FIELD_BIRTH] = {{0, .03, .02, .02, .03, .05, .01, .84}, {0, .944, .015, .03, .008, .0025, .0004, .0001}},
    [RV_FIELD_SEX] = {{0, .02, .98}, {0, .5, .5}},
    [RV_FIELD_AGE] = {{0, .1, .3, .6}, {0, .91, .07, .02}},
    [RV_FIELD_NUMBER] = {{0, .10, .10, .80}, {0, .90, .08, .02}},
    [RV_FIELD_STREET] = {{0, .12, .05, .06, .05, .07, .65}, {0, .975, .019, .003, .001, .001, .001}},
    [RV_FIELD_EXTRA] = {{0, .20, .06, .06, .05, .08, .55}, {0, .975, .019, .003, .001, .001, .001}},
    [RV_FIELD_PLACE] = {{0, .07, .05, .04, .06, .08, .05, .65}, {0, .88, .10, .008, .004, .004, .001, .003}},
    [RV_FIELD_PHONE] = {{0, .25, .03, .72}, {0, .99998, .00001, .00001}},
    [RV_FIELD_EMAIL] = {{0, .25, .04, .05, .06, .60}, {0, .996, .0036, .0002, .0001, .0001}},
    [RV_FIELD_IDENTIFIER] = {{0, .05, .04, .91}, {0, .99996, .00002, .00002}},
    [RV_FIELD_COMPARE] = {{0, .15, .05, .80}, {0, .85, .05, .10}},
};

void rv_link_model_built_in(rv_link_model *out) {
    *out = (rv_link_model){.swapped = .01, .person = 1e-4, .household = 2e-5};
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        const built_in *from = &built_in_of[f < RV_FIELD_COMPARE ? f : RV_FIELD_COMPARE];
        memcpy(out->m[f], from->m, sizeof from->m);
        memcpy(out->u[f], from->u, sizeof from->u);
    }
    static const rv_link_field by_value[] = {RV_FIELD_FIRST, RV_FIELD_LAST,  RV_FIELD_STREET, RV_FIELD_EXTRA,
                                             RV_FIELD_PLACE, RV_FIELD_PHONE, RV_FIELD_EMAIL,  RV_FIELD_IDENTIFIER};
    for (size_t i = 0; i < sizeof by_value / sizeof *by_value; i++) out->by_value[by_value[i]] = true;
}

/* A family shares its home, mostly its name, often a fixed telephone, now and then a mailbox. */
double rv_link_household_share(rv_link_field field) {
    switch (field) {
    case RV_FIELD_LAST: return .85;
    case RV_FIELD_NUMBER:
    case RV_FIELD_STREET:
    case RV_FIELD_EXTRA:
    case RV_FIELD_PLACE: return 1;
    case RV_FIELD_PHONE: return .5;
    case RV_FIELD_EMAIL: return .1;
    case RV_FIELD_BIRTH: return .02; /* twins */
    default: return 0;
    }
}

/* --- A model made ready ------------------------------------------------------------------------------------------- */

enum { LOGS = 4096 };
/* Mr and Mrs Dupont and one Dupont of their home: which of the two nobody can tell. One in twenty, below any threshold. */
static const float ONE_OF_SEVERAL = -3;
static const float RARE_MOST = 5; /* natural log: a value is worth at most 150 times the average one */

struct rv_link_scorer {
    const rv_link_people *people;
    rv_link_people strangers; /* a view: whose values are counted */
    rv_link_model model;
    float weight[RV_FIELD_COUNT][RV_LEVELS_MAX];
    float best_unequal[RV_FIELD_COUNT], best[RV_FIELD_COUNT];
    float prior, swapped, straight; /* logs */
    float log_strangers;
    struct {
        double expected; /* log of average share x rows */
        double floor;    /* bearers beyond the two that are counted at least */
    } value[RV_COLUMN_COUNTED];
    float logs[LOGS];
};

static uint32_t bearers(const rv_link_people *people, rv_link_column column, uint32_t code) {
    const rv_link_bearers *b = people->bearers[column];
    if (!b) return 0;
    return b[code].of[people->left.side] + (people->self ? 0 : b[code].of[people->right.side]);
}

static double filled(const rv_link_people *people, rv_link_column column) {
    double n = (double)people->left.filled[column];
    return people->self ? n : n + (double)people->right.filled[column];
}

/* Two strangers' chance of the same value, from the counts: the same people, met twice, left out. */
static double chance_of_equal(const rv_link_people *people, rv_link_column column, rv_link_words_kind kind,
                              double persons) {
    double same = 0, left = (double)people->left.filled[column], right = (double)rv_link_right(people)->filled[column];
    const rv_link_bearers *b = people->bearers[column];
    unsigned l = people->left.side, r = rv_link_right(people)->side;
    if (!b) return 0;
    for (uint32_t i = 1; i < people->words[kind].n; i++)
        same += people->self ? (double)b[i].of[l] * ((double)b[i].of[l] - 1) / 2 : (double)b[i].of[l] * (double)b[i].of[r];
    double pairs = people->self ? left * (left - 1) / 2 : left * right;
    if (pairs <= 0) return 0;
    double share = same / pairs;
    return share - persons > share / 10 ? share - persons : share / 10;
}

/* The share of the column's average value, x rows, is what a value's bearers are measured by. */
static void prepare_value(rv_link_scorer *s, rv_link_column column, double chance) {
    double n = filled(&s->strangers, column), expected = chance * n;
    if (expected < 1e-6) expected = 1e-6;
    s->value[column].expected = log(expected);
    s->value[column].floor = expected < 1 ? expected : 1;
}

static void prepare_values(rv_link_scorer *s) {
    const rv_link_model *m = &s->model;
    prepare_value(s, RV_COLUMN_FIRST, m->u[RV_FIELD_FIRST][rv_link_levels(RV_FIELD_FIRST) - 1]);
    prepare_value(s, RV_COLUMN_LAST, m->u[RV_FIELD_LAST][rv_link_levels(RV_FIELD_LAST) - 1]);
    prepare_value(s, RV_COLUMN_STREET, m->u[RV_FIELD_STREET][rv_link_levels(RV_FIELD_STREET) - 1]);
    prepare_value(s, RV_COLUMN_EMAIL, m->u[RV_FIELD_EMAIL][rv_link_levels(RV_FIELD_EMAIL) - 1]);
    prepare_value(s, RV_COLUMN_IDENTIFIER, m->u[RV_FIELD_IDENTIFIER][rv_link_levels(RV_FIELD_IDENTIFIER) - 1]);
    double phone = m->u[RV_FIELD_PHONE][rv_link_levels(RV_FIELD_PHONE) - 1];
    prepare_value(s, RV_COLUMN_MOBILE, phone);
    prepare_value(s, RV_COLUMN_PHONE, phone);
    prepare_value(s, RV_COLUMN_POSTCODE,
                  chance_of_equal(&s->strangers, RV_COLUMN_POSTCODE, RV_WORDS_NUMBER, m->person));
    prepare_value(s, RV_COLUMN_CITY, chance_of_equal(&s->strangers, RV_COLUMN_CITY, RV_WORDS_PLACE, m->person));
}

static void prepare_weights(rv_link_scorer *s) {
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        unsigned n = rv_link_levels((rv_link_field)f);
        s->best_unequal[f] = 0;
        for (unsigned l = RV_LEVEL_DIFFERENT; l < n; l++) {
            s->weight[f][l] = (float)log(s->model.m[f][l] / s->model.u[f][l]);
            if (l + 1 < n && s->weight[f][l] > s->best_unequal[f]) s->best_unequal[f] = s->weight[f][l];
        }
        s->best[f] = fmaxf(s->best_unequal[f], s->weight[f][n - 1]) + (s->model.by_value[f] ? RARE_MOST : 0);
    }
}

rv_status rv_link_scorer_new(const rv_link_people *people, const rv_link_model *model, rv_link_scorer **out,
                             rv_error *err) {
    rv_link_scorer *s = rv_new(sizeof *s, err);
    if (!s) return RV_NO_MEMORY;
    s->people = people;
    s->strangers = rv_link_unchosen(people);
    s->model = *model;
    double strangers = 1 - model->person - model->household;
    s->prior = (float)log(model->person / strangers);
    s->swapped = (float)log(model->swapped);
    s->straight = (float)log1p(-model->swapped);
    for (unsigned i = 1; i < LOGS; i++) s->logs[i] = (float)log(i);
    prepare_weights(s);
    prepare_values(s);
    *out = s;
    return RV_OK;
}

void rv_link_scorer_free(rv_link_scorer *scorer) { rv_free(scorer); }

/* --- Rare values -------------------------------------------------------------------------------------------------- */

/* What a value says beyond the average value of its column. The pair itself is no evidence of how common a value is. */
static float rarity(const rv_link_scorer *s, rv_link_column column, uint32_t code) {
    uint32_t n = bearers(&s->strangers, column, code);
    double log_bearers = n >= 3 && n - 2 < LOGS ? (double)s->logs[n - 2] : n >= 3 ? log(n - 2) : -1e9;
    if (n < 3 || (double)(n - 2) < s->value[column].floor) log_bearers = log(s->value[column].floor);
    float extra = (float)(s->value[column].expected - log_bearers);
    return extra > RARE_MOST ? RARE_MOST : extra < -RARE_MOST ? -RARE_MOST : extra;
}

static float rarity_of_phone(const rv_link_scorer *s, const rv_link_row *a, const rv_link_row *b) {
    if (a->mobile && (a->mobile == b->mobile || a->mobile == b->phone)) return rarity(s, RV_COLUMN_MOBILE, a->mobile);
    return rarity(s, RV_COLUMN_PHONE, a->phone);
}

/* 0 where the level isn't equality of one value. */
static float rarity_of(const rv_link_scorer *s, rv_link_field field, const rv_link_row *a, const rv_link_row *b) {
    switch (field) {
    case RV_FIELD_FIRST: return a->first == b->first ? rarity(s, RV_COLUMN_FIRST, a->first) : 0;
    case RV_FIELD_LAST: return a->last == b->last ? rarity(s, RV_COLUMN_LAST, a->last) : 0;
    case RV_FIELD_STREET: return a->street == b->street ? rarity(s, RV_COLUMN_STREET, a->street) : 0;
    case RV_FIELD_PLACE:
        if (a->postcode && a->postcode == b->postcode) return rarity(s, RV_COLUMN_POSTCODE, a->postcode);
        return a->city && a->city == b->city ? rarity(s, RV_COLUMN_CITY, a->city) : 0;
    case RV_FIELD_PHONE: return rarity_of_phone(s, a, b);
    case RV_FIELD_EMAIL: return rarity(s, RV_COLUMN_EMAIL, a->email);
    case RV_FIELD_IDENTIFIER: return rarity(s, RV_COLUMN_IDENTIFIER, a->identifier);
    default: return 0;
    }
}

/* Levels that stand for an equal value; a place is equal in parts. */
static bool is_by_value(const rv_link_scorer *s, rv_link_field field, unsigned level) {
    if (!s->model.by_value[field]) return false;
    return level + 1 == rv_link_levels(field) || (field == RV_FIELD_PLACE && level >= 4);
}

static float weight_of(const rv_link_scorer *s, rv_link_field field, unsigned level, const rv_link_row *a,
                       const rv_link_row *b) {
    if (level == RV_LEVEL_MISSING) return 0;
    float weight = s->weight[field][level];
    return is_by_value(s, field, level) ? weight + rarity_of(s, field, a, b) : weight;
}

/* --- Pairs -------------------------------------------------------------------------------------------------------- */

static void weigh(const rv_link_scorer *s, const float part[RV_FIELD_COUNT], float order, rv_link_weight *out) {
    double household = (double)order, person = household;
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        double share = rv_link_household_share((rv_link_field)f);
        person += (double)part[f];
        if (part[f] == 0 || share == 0) continue;
        household += share == 1 ? (double)part[f] : log1p(share * expm1((double)part[f]));
    }
    double strangers = 1 - s->model.person - s->model.household;
    double home = s->model.household / strangers * exp(household), one = (double)s->prior + person;
    out->person = (float)(one - log1p(home));
    out->household = (float)log(exp(fmin(one, 80)) + home);
}

/* The most that a step may add: by the codes of its fields. */
static float most_of(const rv_link_scorer *s, rv_link_field field, uint32_t a, uint32_t b) {
    if (a == 0 || b == 0) return 0;
    return a == b ? s->best[field] : s->best_unequal[field];
}

static float most_of_names(const rv_link_scorer *s, const rv_link_row *a, const rv_link_row *b) {
    bool crossed = (a->flags | b->flags) & RV_LINK_ONE_NAME || (a->first && a->first == b->last) ||
                   (a->last && a->last == b->first) || a->birth_name || b->birth_name;
    if (crossed) return s->best[RV_FIELD_FIRST] + s->best[RV_FIELD_LAST];
    bool missing = a->first == 0 || b->first == 0 || a->last == 0 || b->last == 0;
    if (missing)
        return most_of(s, RV_FIELD_FIRST, a->first, b->first) + most_of(s, RV_FIELD_LAST, a->last, b->last) +
               s->best_unequal[RV_FIELD_FIRST];
    return most_of(s, RV_FIELD_FIRST, a->first, b->first) + most_of(s, RV_FIELD_LAST, a->last, b->last);
}

/* Where neither postcode nor city is equal a place is near at most. */
static float most_of_place(const rv_link_scorer *s, const rv_link_row *a, const rv_link_row *b) {
    const float *weight = s->weight[RV_FIELD_PLACE];
    if ((a->postcode && a->postcode == b->postcode) || (a->city && a->city == b->city)) return s->best[RV_FIELD_PLACE];
    float most = fmaxf(fmaxf(0, weight[RV_LEVEL_DIFFERENT]), weight[RV_PLACE_NEAR]);
    bool region = (a->region && b->region) || (a->country && b->country);
    return region ? fmaxf(most, weight[RV_PLACE_REGION]) : most;
}

/* The lines may stand in each other's columns. */
static float most_of_street(const rv_link_scorer *s, const rv_link_row *a, const rv_link_row *b) {
    float straight = most_of(s, RV_FIELD_STREET, a->street, b->street) + most_of(s, RV_FIELD_EXTRA, a->extra, b->extra);
    float crossed = most_of(s, RV_FIELD_STREET, a->extra, b->street) + most_of(s, RV_FIELD_EXTRA, a->street, b->extra);
    return fmaxf(straight, crossed);
}

static float most_of_step(const rv_link_scorer *s, rv_link_step step, const rv_link_row *a, const rv_link_row *b) {
    switch (step) {
    case RV_STEP_BIRTH:
        return most_of(s, RV_FIELD_BIRTH, a->birth, b->birth) + (a->sex && b->sex ? s->best[RV_FIELD_SEX] : 0) +
               (a->age && b->age ? s->best[RV_FIELD_AGE] : 0);
    case RV_STEP_NAMES: return most_of_names(s, a, b);
    case RV_STEP_NUMBER: return most_of(s, RV_FIELD_NUMBER, a->number, b->number);
    case RV_STEP_PLACE: return most_of_place(s, a, b);
    case RV_STEP_STREET: return most_of_street(s, a, b);
    case RV_STEP_PHONE:
        if ((a->mobile | a->phone) == 0 || (b->mobile | b->phone) == 0) return 0;
        return a->mobile == b->mobile || a->phone == b->phone || a->mobile == b->phone || a->phone == b->mobile
                   ? s->best[RV_FIELD_PHONE]
                   : s->best_unequal[RV_FIELD_PHONE];
    case RV_STEP_EMAIL: return most_of(s, RV_FIELD_EMAIL, a->email, b->email);
    case RV_STEP_IDENTIFIER: return most_of(s, RV_FIELD_IDENTIFIER, a->identifier, b->identifier);
    default: break;
    }
    float most = 0;
    for (unsigned i = 0; i < s->people->left.n_compare && i < rv_link_right(s->people)->n_compare; i++)
        most += s->best[RV_FIELD_COMPARE + i];
    return most;
}

static float weigh_step(const rv_link_scorer *s, uint32_t fields, const rv_link_pattern *pattern, const rv_link_row *a,
                        const rv_link_row *b, float part[RV_FIELD_COUNT]) {
    float sum = 0;
    for (; fields; fields &= fields - 1) {
        unsigned f = (unsigned)__builtin_ctz(fields);
        part[f] = weight_of(s, (rv_link_field)f, pattern->level[f], a, b);
        sum += part[f];
    }
    return sum;
}

static bool shares_number(const rv_link_row *a, const rv_link_row *b) {
    return (a->mobile && (a->mobile == b->mobile || a->mobile == b->phone)) || (a->email && a->email == b->email) ||
           (a->identifier && a->identifier == b->identifier);
}

bool rv_link_score(const rv_link_scorer *s, uint32_t left, uint32_t right, float floor, rv_link_scratch *scratch,
                   rv_link_weight *out, rv_link_pattern *pattern) {
    const rv_link_row *a = &s->people->left.rows[left], *b = &rv_link_right(s->people)->rows[right];
    rv_link_pattern own, *levels = pattern ? pattern : &own;
    rv_link_pair_of_rows pair = {s->people, left, right, a, b};
    float part[RV_FIELD_COUNT] = {0}, most[RV_STEPS], rest = 0, person = 0;
    memset(levels, 0, sizeof *levels);
    for (unsigned step = 0; step < RV_STEPS; step++) rest += most[step] = most_of_step(s, (rv_link_step)step, a, b);
    for (unsigned step = 0; step < RV_STEPS; step++) {
        if (s->prior + person + rest < floor) return false;
        uint32_t fields = rv_link_compare_step(&pair, (rv_link_step)step, scratch, levels);
        person += weigh_step(s, fields, levels, a, b, part);
        rest -= most[step];
    }
    float order = levels->swapped ? s->swapped : s->straight;
    if (s->prior + person + order < floor) return false;
    weigh(s, part, order, out);
    if ((a->flags ^ b->flags) & RV_LINK_SEVERAL && !shares_number(a, b)) out->person = fminf(out->person, ONE_OF_SEVERAL);
    return out->person >= floor;
}

void rv_link_waterfall(const rv_link_scorer *s, uint32_t left, uint32_t right, rv_link_scratch *scratch,
                       float part[RV_FIELD_COUNT], float *prior) {
    const rv_link_row *a = &s->people->left.rows[left], *b = &rv_link_right(s->people)->rows[right];
    rv_link_pattern pattern;
    rv_link_compare(s->people, left, right, scratch, &pattern);
    weigh_step(s, (1u << RV_FIELD_COUNT) - 1, &pattern, a, b, part);
    *prior = s->prior + (pattern.swapped ? s->swapped : s->straight);
}
