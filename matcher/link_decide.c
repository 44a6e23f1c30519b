/*
 * Who is whom, all pairs considered.
 *
 * A pair sends two messages: how much the left row claims the right one (its odds, divided by one and what the left row's
 * other candidates offer it), and the other way round. What is offered and claimed is worked out anew some ten times,
 * from the values of the round before, so that the answer doesn't depend on the order of the work; without rivals the
 * first round is the last. The belief in a pair is claim times offer over its odds.
 *
 * Rivals who are one person count once, as the better of them, and are no rivals of each other: a client who is twice in
 * the file gets the same contact twice.
 */
#include "link_decide.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 12, LOOKED_AT = 6 };
#define WEIGHT_MAX 40.0 /* of an exponent */

typedef struct side { /* the pairs of each row of one side */
    uint64_t *starts; /* rows + 1 */
    uint32_t *pairs;  /* pair numbers; NULL: in order */
    uint32_t *group;  /* per pair: smallest pair number, within its row, of the same person on the other side */
} side;

typedef struct decision {
    const rv_link_people *people;
    const rv_link_pairs *pairs;
    side left, right;
    double *odds, *claim, *offer, *next;
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
    memcpy(out->view.words, people->words, sizeof people->words);
    out->view.left = *table;
    out->view.self = true;
    RV_TRY(rv_link_scorer_new(&out->view, model, &out->scorer, err));
    return (out->scratch = rv_link_scratch_new(err)) ? RV_OK : RV_NO_MEMORY;
}

static void judge_close(judge *j) {
    rv_link_scorer_free(j->scorer);
    rv_link_scratch_free(j->scratch);
}

static bool one_person(const judge *j, uint32_t a, uint32_t b) {
    rv_link_weight weight;
    return rv_link_score(j->scorer, a < b ? a : b, a < b ? b : a, 0, j->scratch, &weight, NULL) && weight.person >= 0;
}

/* Groups the pairs of each row of side `s` by who stands at their other ends, which `j` compares. Of many only the
 * strongest are looked at, the others are by themselves. */
static void group_side(const decision *d, const side *s, uint32_t rows, bool other_is_right, const judge *j) {
    for (uint32_t r = 0; r < rows; r++) {
        uint32_t leaders[LOOKED_AT];
        unsigned n = 0, looked = 0;
        for (uint64_t i = s->starts[r]; i < s->starts[r + 1]; i++) {
            uint32_t pair = pair_at(s, i);
            const rv_link_pair *p = &d->pairs->at[pair];
            uint32_t other = other_is_right ? p->right : p->left;
            s->group[pair] = pair;
            if (s->starts[r + 1] - s->starts[r] == 1 || looked++ >= LOOKED_AT) continue;
            for (unsigned k = 0; k < n && s->group[pair] == pair; k++) {
                const rv_link_pair *leader = &d->pairs->at[leaders[k]];
                if (one_person(j, other, other_is_right ? leader->right : leader->left)) s->group[pair] = leaders[k];
            }
            if (s->group[pair] == pair) leaders[n++] = pair;
        }
    }
}

/* --- Sides ------------------------------------------------------------------------------------------------------- */

static rv_status left_side(decision *d, rv_error *err) {
    uint32_t rows = d->people->left.n;
    d->left.starts = rv_array_new((size_t)rows + 1, sizeof *d->left.starts, err);
    d->left.group = rv_array_new(d->pairs->n + 1, sizeof *d->left.group, err);
    if (!d->left.starts || !d->left.group) return RV_NO_MEMORY;
    for (size_t i = 0; i < d->pairs->n; i++) d->left.starts[d->pairs->at[i].left + 1]++;
    for (uint32_t r = 0; r < rows; r++) d->left.starts[r + 1] += d->left.starts[r];
    return RV_OK;
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
    s->group = rv_array_new(d->pairs->n + 1, sizeof *s->group, err);
    s->pairs = rv_array_new(d->pairs->n + 1, sizeof *s->pairs, err);
    if (!s->starts || !s->group || !s->pairs) return RV_NO_MEMORY;
    for (size_t i = 0; i < d->pairs->n; i++) s->starts[d->pairs->at[i].right + 2]++;
    for (uint32_t r = 0; r <= rows; r++) s->starts[r + 1] += s->starts[r];
    for (size_t i = 0; i < d->pairs->n; i++) s->pairs[s->starts[d->pairs->at[i].right + 1]++] = (uint32_t)i;
    enum { FEW = 64 };
    for (uint32_t r = 0; r < rows; r++) {
        uint64_t n = s->starts[r + 1] - s->starts[r];
        if (n > 1 && n <= FEW) order_row(d, s->pairs + s->starts[r], n);
    }
    return RV_OK;
}

/* --- Messages ---------------------------------------------------------------------------------------------------- */

/* What the other people at this row bring: all but the pair's own group. Few are added up anew for each, since the
 * difference of two sums loses what is small beside them. */
static double others_of(const decision *d, const side *s, uint64_t from, uint64_t to, uint32_t group, double sum) {
    enum { FEW = 16 };
    if (to - from > FEW) return sum > d->next[group] ? sum - d->next[group] : 0;
    double others = 0;
    for (uint64_t i = from; i < to; i++) {
        uint32_t pair = pair_at(s, i);
        if (s->group[pair] == pair && pair != group) others += d->next[pair];
    }
    return others;
}

/* out = odds / (1 + the sum, over the other people at this row, of what `in` brings of them). */
static void pass(const decision *d, const side *s, uint32_t rows, const double *in, double *out) {
    for (uint32_t r = 0; r < rows; r++) {
        uint64_t from = s->starts[r], to = s->starts[r + 1];
        if (to - from == 1) out[pair_at(s, from)] = d->odds[pair_at(s, from)];
        if (to - from < 2) continue;
        double sum = 0;
        for (uint64_t i = from; i < to; i++) d->next[s->group[pair_at(s, i)]] = 0;
        for (uint64_t i = from; i < to; i++) { /* of each person the best */
            uint32_t pair = pair_at(s, i);
            double *best = &d->next[s->group[pair]];
            if (in[pair] <= *best) continue;
            sum += in[pair] - *best;
            *best = in[pair];
        }
        for (uint64_t i = from; i < to; i++) {
            uint32_t pair = pair_at(s, i);
            out[pair] = d->odds[pair] / (1 + others_of(d, s, from, to, s->group[pair], sum));
        }
    }
}

static void settle(const decision *d) {
    for (int round = 0; round < ROUNDS; round++) {
        pass(d, &d->left, d->people->left.n, d->offer, d->claim);
        pass(d, &d->right, rv_link_right(d->people)->n, d->claim, d->offer);
    }
    pass(d, &d->left, d->people->left.n, d->offer, d->claim);
}

static double belief(const decision *d, uint32_t pair) {
    double x = d->claim[pair] / d->odds[pair] * d->offer[pair];
    return x / (1 + x);
}

/* --- Answers ----------------------------------------------------------------------------------------------------- */

static double share(float log_odds) { return 1 / (1 + exp(-(double)log_odds)); }

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
    else if (share(p->weight.person) >= threshold) out->verdict = RV_LINK_AMBIGUOUS;
    else if (share(p->weight.household) >= threshold) out->verdict = RV_LINK_HOUSEHOLD;
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
    double **const arrays[] = {&d->odds, &d->claim, &d->offer, &d->next};
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

static rv_status group(decision *d, const rv_link_model *model, rv_error *err) {
    judge left = {0}, right = {0};
    rv_status status = judge_open(d->people, &d->people->left, model, &left, err);
    if (status == RV_OK) status = judge_open(d->people, rv_link_right(d->people), model, &right, err);
    if (status == RV_OK) {
        group_side(d, &d->left, d->people->left.n, true, &right);
        group_side(d, &d->right, rv_link_right(d->people)->n, false, &left);
    }
    judge_close(&left);
    judge_close(&right);
    return status;
}

rv_status rv_link_decide(const rv_link_people *people, const rv_link_model *model, const rv_link_pairs *pairs,
                         const rv_link_rule_of_decision *rule, rv_link_answer *answers, rv_error *err) {
    decision d = {.people = people, .pairs = pairs};
    rv_status status = prepare(&d, err);
    if (status == RV_OK) status = group(&d, model, err);
    if (status == RV_OK) settle(&d);
    for (uint32_t r = 0; status == RV_OK && r < people->left.n; r++) answer_row(&d, r, rule->threshold, &answers[r]);
    if (status == RV_OK && rule->one_to_one) status = one_to_one(&d, rule->threshold, answers, err);
    void *const held[] = {d.odds,       d.claim,        d.offer,       d.next,       d.left.starts,
                          d.left.group, d.right.starts, d.right.group, d.right.pairs};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) rv_free(held[i]);
    return status;
}
