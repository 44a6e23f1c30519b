/*
 * How long a list may be: the highest limits whose comparisons stay within a budget a row. What is longer, and what leads
 * nowhere, is dropped and told.
 */
#include "link_index_detail.h"

#include "parallel.h"

enum {
    PAIRS_A_ROW = 100,       /* of the smaller file where files are small, what two rules propose counted twice */
    PAIRS_A_ROW_NARROW = 10, /* of larger files, by narrow rules; what these don't need nobody gets */
    PAIRS_A_ROW_WIDE = 4,
    PAIRS_AT_LEAST = 4 << 20 /* what costs less than a second isn't worth missing anything for */
};

enum { STEPS = 16 }; /* RV_LINK_LIMIT_MAX, then each by the square root of two less */
static uint32_t limit_of(unsigned step) {
    uint32_t limit = RV_LINK_LIMIT_MAX >> (step / 2);
    return step % 2 ? limit * 181 / 256 : limit;
}

typedef struct costs {
    rv_link_index *index;
    uint64_t pairs[RV_RULE_COUNT][STEPS]; /* of lists within the step's limit */
} costs;

static rv_status cost_rule(void *ctx, size_t at, int worker, rv_error *err) {
    costs *c = ctx;
    uint8_t rule = c->index->order[at];
    const rv_link_rule_table *t = &c->index->rules[rule];
    double ratio = rv_link_ratio(c->index);
    (void)worker;
    (void)err;
    for (uint32_t k = 0; k < t->n; k++) {
        uint64_t right = t->keys[k + 1].begin - t->keys[k].begin;
        uint64_t left = t->met ? t->met[k] : (uint64_t)((double)right * ratio);
        uint64_t longer = left > right ? left : right;
        uint64_t pairs = c->index->people->self ? right * (right - 1) / 2 : left * right;
        for (unsigned s = 0; s < STEPS && longer <= limit_of(s); s++) c->pairs[rule][s] += pairs;
    }
    return RV_OK;
}

static void note_heavy(rv_link_rule_table *t, uint32_t k, uint32_t rows, uint32_t longer, bool over) {
    t->skew.over_cap_keys += over;
    t->skew.over_cap_rows += over ? rows : 0;
    if (longer <= t->skew.heaviest_rows) return;
    t->skew.heaviest_rows = longer;
    t->skew.heaviest_row = t->rows[t->keys[k].begin];
}

/* Drops what is over the limit and what leads nowhere; tells what was dropped. Before the left file was walked its rows
 * are guessed, with room for error. Once keys are noted they keep their numbers, and what is dropped has no rows. */
static rv_status trim_rule(void *ctx, size_t at, int worker, rv_error *err) {
    rv_link_index *index = ctx;
    uint8_t rule = index->order[at];
    rv_link_rule_table *t = &index->rules[rule];
    double ratio = rv_link_ratio(index);
    bool known = t->met || index->people->self;
    uint32_t kept = 0, rows = 0, limit = rv_link_index_limit(index, rule);
    (void)worker;
    if (!t->keys) return RV_OK; /* not wanted */
    for (uint32_t k = 0; k < t->n; k++) {
        uint32_t from = t->keys[k].begin, right = t->keys[k + 1].begin - from;
        uint32_t left = t->met ? t->met[k] : (uint32_t)((double)right * ratio), longer = left > right ? left : right;
        bool useless = t->met ? left == 0 : index->people->self && right == 1;
        bool over = !useless && longer > (known ? limit : rule < RV_RULES_NARROW ? RV_LINK_LIMIT_MAX : 4 * limit + 4);
        if (!useless && (over || known)) note_heavy(t, k, right, longer, over);
        if (over || useless) right = 0;
        if (right == 0 && !t->met) continue;
        t->keys[kept++] = (rv_link_key_rows){t->keys[k].key, rows};
        memmove(&t->rows[rows], &t->rows[from], right * sizeof *t->rows);
        rows += right;
    }
    t->n = kept;
    t->keys[kept] = (rv_link_key_rows){0, rows};
    if (!t->met) {
        rv_link_rule_give_back(t);
        return RV_OK;
    }
    rv_pages_free(t->met, t->met_bytes);
    t->met = NULL;
    if (!(t->live = rv_array_new((size_t)t->n / 64 + 1, sizeof *t->live, err))) return RV_NO_MEMORY;
    for (uint32_t k = 0; k < t->n; k++)
        t->live[k / 64] |= (uint64_t)(t->keys[k].begin < t->keys[k + 1].begin) << k % 64;
    rv_link_rule_give_back(t);
    return RV_OK;
}

rv_status rv_link_index_trim(rv_link_index *index, int threads, rv_error *err) {
    bool numbered = index->met;
    RV_TRY(rv_parallel(threads, RV_RULE_COUNT, trim_rule, index, err));
    if (!numbered) RV_TRY(rv_link_index_starts(index, threads, err));
    index->alive = 0;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) index->alive |= (uint32_t)(index->rules[rule].n && index->rules[rule].keys[index->rules[rule].n].begin) << rule;
    return RV_OK;
}

/* Limits of some rules from their part of the budget. Every rule gets the same share; what a rule doesn't need is shared
 * by the others, so that dear rules pay for being dear. Returns what all take. */
static uint64_t spend(const costs *c, int from, int to, uint64_t budget, uint32_t limits[RV_RULE_COUNT]) {
    uint64_t rest = budget, spent = 0;
    bool done[RV_RULE_COUNT] = {false}, changed = true;
    int open = to - from;
    while (changed && open > 0) { /* who is content with less than a share */
        uint64_t share = rest / (uint64_t)open;
        changed = false;
        for (int rule = from; rule < to; rule++) {
            if (done[rule] || c->pairs[rule][0] > share) continue;
            limits[rule] = limit_of(0);
            rest -= c->pairs[rule][0];
            spent += c->pairs[rule][0];
            open--;
            done[rule] = changed = true;
        }
    }
    for (int rule = from; rule < to; rule++) {
        unsigned s = 0;
        if (done[rule]) continue;
        while (s + 1 < STEPS && c->pairs[rule][s] > rest / (uint64_t)open) s++;
        limits[rule] = limit_of(s);
        spent += c->pairs[rule][s];
    }
    return spent < budget ? spent : budget;
}

rv_status rv_link_index_find_limits(rv_link_index *index, int threads, rv_error *err) {
    costs *c = rv_new(sizeof *c, err);
    if (!c) return RV_NO_MEMORY;
    c->index = index;
    rv_status status = rv_parallel(threads, RV_RULE_COUNT, cost_rule, c, err);
    uint32_t left = index->people->left.n, right = rv_link_right(index->people)->n;
    uint64_t rows = left < right ? left : right, small = rows * PAIRS_A_ROW;
    if (small < PAIRS_AT_LEAST) small = PAIRS_AT_LEAST;
    uint64_t narrow = index->large ? rows * PAIRS_A_ROW_NARROW : small / 2;
    uint64_t spent = spend(c, 0, RV_RULES_NARROW, narrow, index->limits);
    uint64_t wide = index->large ? rows * PAIRS_A_ROW_WIDE : small - spent;
    spend(c, RV_RULES_NARROW, RV_RULE_COUNT, wide, index->limits);
    rv_free(c);
    return status;
}
