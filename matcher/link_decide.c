/*
 * Who is whom, all pairs considered.
 *
 * A pair sends two messages: how much the left row claims the right one (its odds, divided by one and what the left row's
 * other candidates offer it), and the other way round. What is offered and claimed is worked out anew some ten times,
 * from the values of the round before, so that the answer doesn't depend on the order of the work; without rivals the
 * first round is the last. The belief in a pair is claim times offer over its odds.
 *
 * Two candidates may be one person who is twice in the file; then they are no rivals. How likely that is, is told by how
 * often surely matched rows have a second sure match, and by what the two rows say of each other: a family differs in
 * first name or birth date. So a rival, however strong, makes a pair less likely by no more than duplicates are rare.
 */
#include "link_decide.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 12, LOOKED_AT = 8 };
#define WEIGHT_MAX 40.0  /* of an exponent */
#define SURE 1000.0      /* odds */
#define TWICE_MIN 0.002  /* no file is free of duplicates */
#define LIKENESS_MAX 2.0 /* log odds: they resemble each other in any case */
#define DOUBT_MIN 0.02   /* a weaker candidate is no rival to speak of */

typedef struct side {  /* the pairs of each row of one side */
    uint64_t *starts;  /* rows + 1 */
    uint32_t *pairs;   /* pair numbers; NULL: in order */
    uint32_t *shared;  /* n_shared rows that have several pairs: the others' odds are what they are */
    uint32_t n_shared;
    uint64_t *rivalry; /* per row: where its square begins; 0: it has none */
    double twice;      /* the chance that two candidates of a row are one person, from the other side */
} side;

typedef struct decision {
    const rv_link_people *people;
    const rv_link_pairs *pairs;
    side left, right;
    double *odds, *claim, *offer;
    float *squares; /* the probability that two candidates are one person; of a row's first LOOKED_AT */
    size_t n_squares, room;
    double prior; /* log odds of any pair */
} decision;

static uint32_t pair_at(const side *s, uint64_t i) { return s->pairs ? s->pairs[i] : (uint32_t)i; }

/* --- Who is the same person on one side -------------------------------------------------------------------------- */

typedef struct judge { /* compares rows of one file with each other */
    rv_link_people view;
    rv_link_scorer *scorer;
    rv_link_scratch *scratch;
} judge;

static rv_status judge_open(const rv_link_people *people, const rv_link_table *table, const rv_link_model *model,
                            judge *out, rv_error *err) {
    out->view = rv_link_one_side(people, table);
    RV_TRY(rv_link_scorer_new(&out->view, model, &out->scorer, err));
    return (out->scratch = rv_link_scratch_new(err)) ? RV_OK : RV_NO_MEMORY;
}

static void judge_close(judge *j) {
    rv_link_scorer_free(j->scorer);
    rv_link_scratch_free(j->scratch);
}

static double share(double log_odds) { return 1 / (1 + exp(-log_odds)); }

/* Of the rows that surely are somebody's other self, how many surely are another row's too? */
static double chance_of_twice(const decision *d, const side *s, uint32_t rows) {
    double once = 1, more = .02;
    for (uint32_t r = 0; r < rows; r++) {
        unsigned sure = 0;
        for (uint64_t i = s->starts[r]; i < s->starts[r + 1]; i++) sure += d->odds[pair_at(s, i)] > SURE;
        once += sure > 0;
        more += sure > 1;
    }
    return fmin(fmax(more / once, TWICE_MIN), .5);
}

/* The probability that two rows of one file, both candidates of a third one, are one person. */
static float one_person(const decision *d, const judge *j, uint32_t a, uint32_t b, double twice) {
    rv_link_weight w = {0};
    rv_link_score(j->scorer, a < b ? a : b, a < b ? b : a, -INFINITY, j->scratch, &w, NULL);
    double person = share((double)w.person), family = share((double)w.household) - person;
    double likeness = (double)w.person - d->prior;
    if (family > 0) likeness = fmin(likeness, log(person) - log(family));
    double odds = twice / (1 - twice) * exp(fmin(likeness, LIKENESS_MAX));
    return (float)(odds / (1 + odds));
}

/* The rivalries among the pairs of each row of side `s`; `j` compares those who stand at their other ends. */
static rv_status weigh_rivals(decision *d, side *s, bool other_is_right, const judge *j, rv_error *err) {
    for (uint32_t row = 0; row < s->n_shared; row++) {
        uint32_t r = s->shared[row];
        uint64_t from = s->starts[r], n = s->starts[r + 1] - from;
        if (n > LOOKED_AT) n = LOOKED_AT;
        if (d->odds[pair_at(s, from + 1)] < DOUBT_MIN) continue;
        if (d->n_squares + n * n > d->room) {
            size_t room = d->room * 2 + 4096;
            if (!rv_array_resize(&d->squares, room, sizeof *d->squares, err)) return RV_NO_MEMORY;
            d->room = room;
        }
        s->rivalry[r] = d->n_squares;
        for (uint64_t i = 0; i < n; i++)
            for (uint64_t k = 0; k <= i; k++) {
                const rv_link_pair *a = &d->pairs->at[pair_at(s, from + i)], *b = &d->pairs->at[pair_at(s, from + k)];
                float one = i == k ? 1
                                   : one_person(d, j, other_is_right ? a->right : a->left,
                                                other_is_right ? b->right : b->left, s->twice);
                d->squares[d->n_squares + i * n + k] = d->squares[d->n_squares + k * n + i] = one;
            }
        d->n_squares += n * n;
    }
    return RV_OK;
}

/* The rows that have several pairs, once `starts` is right. */
static rv_status find_shared(side *s, uint32_t rows, rv_error *err) {
    uint32_t n = 0;
    for (uint32_t r = 0; r < rows; r++) n += s->starts[r + 1] - s->starts[r] > 1;
    if (!(s->shared = rv_array_new((size_t)n + 1, sizeof *s->shared, err))) return RV_NO_MEMORY;
    for (uint32_t r = 0; r < rows; r++)
        if (s->starts[r + 1] - s->starts[r] > 1) s->shared[s->n_shared++] = r;
    return RV_OK;
}

/* --- Sides ------------------------------------------------------------------------------------------------------- */

static rv_status left_side(decision *d, rv_error *err) {
    uint32_t rows = d->people->left.n;
    d->left.starts = rv_array_new((size_t)rows + 1, sizeof *d->left.starts, err);
    d->left.rivalry = rv_array_new((size_t)rows + 1, sizeof *d->left.rivalry, err);
    if (!d->left.starts || !d->left.rivalry) return RV_NO_MEMORY;
    for (size_t i = 0; i < d->pairs->n; i++) d->left.starts[d->pairs->at[i].left + 1]++;
    for (uint32_t r = 0; r < rows; r++) d->left.starts[r + 1] += d->left.starts[r];
    return find_shared(&d->left, rows, err);
}

/* Within a row of the right file by weight, so that the strongest are looked at. */
static void order_row(const decision *d, uint32_t *pairs, uint64_t n) {
    for (uint64_t i = 1; i < n; i++) {
        uint32_t pair = pairs[i];
        uint64_t at = i;
        for (; at > 0 && d->odds[pairs[at - 1]] < d->odds[pair]; at--) pairs[at] = pairs[at - 1];
        pairs[at] = pair;
    }
}

static rv_status right_side(decision *d, rv_error *err) {
    uint32_t rows = rv_link_right(d->people)->n;
    side *s = &d->right;
    s->starts = rv_array_new((size_t)rows + 2, sizeof *s->starts, err);
    s->rivalry = rv_array_new((size_t)rows + 1, sizeof *s->rivalry, err);
    s->pairs = rv_array_new(d->pairs->n + 1, sizeof *s->pairs, err);
    if (!s->starts || !s->rivalry || !s->pairs) return RV_NO_MEMORY;
    for (size_t i = 0; i < d->pairs->n; i++) s->starts[d->pairs->at[i].right + 2]++;
    for (uint32_t r = 0; r <= rows; r++) s->starts[r + 1] += s->starts[r];
    for (size_t i = 0; i < d->pairs->n; i++) s->pairs[s->starts[d->pairs->at[i].right + 1]++] = (uint32_t)i;
    RV_TRY(find_shared(s, rows, err));
    enum { FEW = 64 };
    for (uint32_t i = 0; i < s->n_shared; i++) {
        uint64_t from = s->starts[s->shared[i]], n = s->starts[s->shared[i] + 1] - from;
        if (n <= FEW) order_row(d, s->pairs + from, n);
    }
    return RV_OK;
}

/* --- Messages ---------------------------------------------------------------------------------------------------- */

/* out = odds x (1 + what `in` brings of those who are the same person) / (1 + what it brings of all the row's other
 * candidates). Few are added up anew for each, since the difference of two sums loses what is small beside them. */
static void pass(const decision *d, const side *s, const double *in, double *out) {
    enum { FEW = 32 };
    for (uint32_t row = 0; row < s->n_shared; row++) {
        uint32_t r = s->shared[row];
        uint64_t from = s->starts[r], n = s->starts[r + 1] - from, looked = n < LOOKED_AT ? n : LOOKED_AT;
        const float *square = s->rivalry[r] ? d->squares + s->rivalry[r] : NULL;
        double sum = 0;
        for (uint64_t i = 0; n > FEW && i < n; i++) sum += in[pair_at(s, from + i)];
        for (uint64_t i = 0; i < n; i++) {
            uint32_t pair = pair_at(s, from + i);
            double others = n > FEW && sum > in[pair] ? sum - in[pair] : 0, same = others * s->twice;
            for (uint64_t k = 0; k < n && (n <= FEW || k < looked); k++) {
                if (k == i) continue;
                double brings = in[pair_at(s, from + k)];
                double one = square && i < looked && k < looked ? (double)square[i * looked + k] : s->twice;
                if (n <= FEW) others += brings;
                same += brings * (n > FEW ? one - s->twice : one);
            }
            out[pair] = d->odds[pair] * (1 + fmax(same, 0)) / (1 + others);
        }
    }
}

static void settle(const decision *d) {
    for (int round = 0; round < ROUNDS; round++) {
        pass(d, &d->left, d->offer, d->claim);
        pass(d, &d->right, d->claim, d->offer);
    }
    pass(d, &d->left, d->offer, d->claim);
}

static double belief(const decision *d, uint32_t pair) {
    double x = d->claim[pair] / d->odds[pair] * d->offer[pair];
    return x / (1 + x);
}

/* --- Answers ----------------------------------------------------------------------------------------------------- */

static void answer_row(const decision *d, uint32_t row, double threshold, rv_link_answer *out) {
    const side *s = &d->left;
    uint32_t best = UINT32_MAX, second = UINT32_MAX;
    *out = (rv_link_answer){.right = UINT32_MAX, .runner_up = UINT32_MAX, .verdict = RV_LINK_NONE};
    for (uint64_t i = s->starts[row]; i < s->starts[row + 1]; i++)
        if (best == UINT32_MAX || belief(d, (uint32_t)i) > belief(d, best)) best = (uint32_t)i;
    if (best == UINT32_MAX) return;
    for (uint64_t i = s->starts[row]; i < s->starts[row + 1]; i++)
        if (i != best && (second == UINT32_MAX || belief(d, (uint32_t)i) > belief(d, second))) second = (uint32_t)i;
    const rv_link_pair *p = &d->pairs->at[best];
    out->right = p->right;
    out->probability = (float)belief(d, best);
    if (second != UINT32_MAX) {
        out->runner_up = d->pairs->at[second].right;
        out->runner_up_probability = (float)belief(d, second);
    }
    if (out->probability >= threshold) out->verdict = RV_LINK_MATCH;
    else if (share((double)p->weight.person) >= threshold) out->verdict = RV_LINK_AMBIGUOUS;
    else if (share((double)p->weight.household) >= threshold) out->verdict = RV_LINK_HOUSEHOLD;
}

typedef struct ranked {
    double belief;
    uint32_t pair;
} ranked;

static int by_belief(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->belief != y->belief) return x->belief > y->belief ? -1 : 1;
    return x->pair < y->pair ? -1 : 1;
}

/* The strongest pair first; who has been taken is out. */
static rv_status one_to_one(const decision *d, double threshold, rv_link_answer *answers, rv_error *err) {
    ranked *order = rv_array_new(d->pairs->n + 1, sizeof *order, err);
    uint8_t *taken = rv_array_new((size_t)rv_link_right(d->people)->n + 1, 1, err);
    rv_status status = order && taken ? RV_OK : RV_NO_MEMORY;
    size_t n = 0;
    for (size_t i = 0; status == RV_OK && i < d->pairs->n; i++) {
        double b = belief(d, (uint32_t)i);
        if (b >= threshold) order[n++] = (ranked){b, (uint32_t)i};
    }
    if (n > 1) qsort(order, n, sizeof *order, by_belief);
    for (uint32_t r = 0; status == RV_OK && r < d->people->left.n; r++)
        if (answers[r].verdict == RV_LINK_MATCH) answers[r].verdict = RV_LINK_AMBIGUOUS;
    for (size_t i = 0; i < n; i++) {
        const rv_link_pair *p = &d->pairs->at[order[i].pair];
        rv_link_answer *a = &answers[p->left];
        if (taken[p->right] || a->verdict == RV_LINK_MATCH) continue;
        taken[p->right] = 1;
        a->verdict = RV_LINK_MATCH;
        if (a->right == p->right) continue;
        a->runner_up = a->right;
        a->runner_up_probability = a->probability;
        a->right = p->right;
        a->probability = (float)order[i].belief;
    }
    rv_free(order);
    rv_free(taken);
    return status;
}

/* --- Whole ------------------------------------------------------------------------------------------------------- */

static rv_status prepare(decision *d, rv_error *err) {
    if (d->pairs->n >= UINT32_MAX) return rv_fail(err, RV_BAD_INPUT, "too many pairs");
    double **const arrays[] = {&d->odds, &d->claim, &d->offer};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (!(*arrays[i] = rv_array_new(d->pairs->n + 1, sizeof **arrays[i], err))) return RV_NO_MEMORY;
    for (size_t i = 0; i < d->pairs->n; i++) {
        double w = (double)d->pairs->at[i].weight.person;
        d->odds[i] = exp(w > WEIGHT_MAX ? WEIGHT_MAX : w < -WEIGHT_MAX ? -WEIGHT_MAX : w);
        d->claim[i] = d->offer[i] = d->odds[i];
    }
    RV_TRY(left_side(d, err));
    return right_side(d, err);
}

static rv_status weigh_all_rivals(decision *d, const rv_link_model *model, rv_error *err) {
    judge left = {0}, right = {0};
    d->prior = log(model->person) - log1p(-model->person);
    d->n_squares = 1; /* 0 means none */
    rv_status status = judge_open(d->people, &d->people->left, model, &left, err);
    if (status == RV_OK) status = judge_open(d->people, rv_link_right(d->people), model, &right, err);
    d->left.twice = chance_of_twice(d, &d->left, d->people->left.n);
    d->right.twice = chance_of_twice(d, &d->right, rv_link_right(d->people)->n);
    if (status == RV_OK) status = weigh_rivals(d, &d->left, true, &right, err);
    if (status == RV_OK) status = weigh_rivals(d, &d->right, false, &left, err);
    judge_close(&left);
    judge_close(&right);
    return status;
}

rv_status rv_link_decide(const rv_link_people *people, const rv_link_model *model, const rv_link_pairs *pairs,
                         const rv_link_rule_of_decision *rule, rv_link_answer *answers, rv_error *err) {
    decision d = {.people = people, .pairs = pairs};
    rv_status status = prepare(&d, err);
    if (status == RV_OK) status = weigh_all_rivals(&d, model, err);
    if (status == RV_OK) settle(&d);
    for (uint32_t r = 0; status == RV_OK && r < people->left.n; r++) answer_row(&d, r, rule->threshold, &answers[r]);
    if (status == RV_OK && rule->one_to_one) status = one_to_one(&d, rule->threshold, answers, err);
    void *const held[] = {d.odds,        d.claim,        d.offer,        d.squares,       d.left.starts,  d.left.rivalry,
                          d.left.shared, d.right.starts, d.right.shared, d.right.rivalry, d.right.pairs};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) rv_free(held[i]);
    return status;
}
