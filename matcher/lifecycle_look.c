/*
 * One look at every client, shared by all threads, and what follows from it before anybody is scored: quintiles, the
 * mean interval, and the groups that the models of buying and of spending are fitted on.
 *
 * A client is read once; its amount and its (x, T, t_x) are put where its part of the table has its place in two arrays,
 * of which the second is then sorted. Counts are whole numbers, so it doesn't matter which thread made them.
 */
#include "lifecycle_detail.h"
#include "parallel.h"
#include "sort.h"

enum { AGES = RV_AGE_MAX + 2 };

typedef struct tally { /* one worker's */
    uint64_t silence[AGES], orders[AGES + 1];
    uint64_t span, intervals;
    rv_spend_tally spend;
} tally;

typedef struct look {
    rv_life_detail *life;
    tally *tallies; /* per worker */
    int workers;
    size_t first[RV_CLIENT_PARTS];  /* where a part's buyers begin in the arrays */
    size_t buyers[RV_CLIENT_PARTS]; /* how many there are */
    int64_t *money;
    uint64_t *keys; /* with as much room again behind, to sort in */
} look;

/* x << 32 | T << 16 | t_x: sorted, equal (x, T) are neighbours. */
static uint64_t key_of(const rv_client_record *c) {
    return (uint64_t)(c->orders - 1u) << 32 | (uint32_t)c->first_age << 16 | (uint32_t)(c->first_age - c->last_age);
}

static rv_status look_at_part(void *ctx, size_t index, int worker, rv_error *err) {
    look *l = ctx;
    tally *t = &l->tallies[worker];
    int64_t *money = l->money + l->first[index];
    uint64_t *keys = l->keys + l->first[index];
    size_t n = 0;
    rv_client_walk walk = rv_client_walk_part(index);
    rv_client_ref ref;
    for (const rv_client_record *c; (c = rv_client_table_next(l->life->table, &walk, &ref));) {
        if (!c->orders) continue;
        t->silence[c->last_age]++;
        t->orders[c->orders]++;
        t->span += (uint64_t)(c->first_age - c->last_age);
        t->intervals += c->orders - 1u;
        money[n] = c->amount;
        keys[n++] = key_of(c);
        if (c->amount > 0) RV_TRY(rv_spend_tally_add(&t->spend, c->orders, rv_amount_value(c->amount), err));
    }
    l->buyers[index] = n;
    return RV_OK;
}

/* Adds the workers' counts up in the first one's, and moves the parts' values together. */
static void join(look *l) {
    tally *all = l->tallies;
    for (int w = 1; w < l->workers; w++) {
        const tally *t = &l->tallies[w];
        for (size_t i = 0; i < AGES; i++) all->silence[i] += t->silence[i], all->orders[i] += t->orders[i];
        all->span += t->span;
        all->intervals += t->intervals;
    }
    size_t n = 0;
    for (size_t p = 0; p < RV_CLIENT_PARTS; p++) {
        memmove(l->money + n, l->money + l->first[p], l->buyers[p] * sizeof *l->money);
        memmove(l->keys + n, l->keys + l->first[p], l->buyers[p] * sizeof *l->keys);
        n += l->buyers[p];
    }
    l->life->buyers = n;
}

static rv_status make_groups(look *l, rv_error *err) {
    rv_life_detail *life = l->life;
    uint64_t *keys = l->keys;
    size_t n = life->buyers, distinct = 0, g = 0;
    rv_sort_u64(keys, keys + n, n);
    for (size_t i = 0; i < n; i++) distinct += i == 0 || keys[i] != keys[i - 1];
    rv_btyd_group *groups = rv_array_new(distinct ? distinct : 1, sizeof *groups, err);
    if (!groups) return RV_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && keys[i] == keys[i - 1]) groups[g - 1].count++;
        else groups[g++] = (rv_btyd_group){(uint16_t)(keys[i] >> 32), (uint16_t)keys[i], (uint16_t)(keys[i] >> 16), 1};
    }
    life->groups = groups;
    life->n_groups = distinct;
    return RV_OK;
}

static rv_status make_spenders(look *l, rv_error *err) {
    rv_spend_tally *all = &l->tallies[0].spend;
    for (int w = 1; w < l->workers; w++) RV_TRY(rv_spend_tally_join(all, &l->tallies[w].spend, err));
    return rv_spend_tally_groups(all, &l->life->spenders, &l->life->n_spenders, err);
}

/* 0: the thresholds of money; 1: the groups of the buying model; 2: those of the spending model. */
static rv_status sort_one(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    look *l = ctx;
    if (index == 1) return make_groups(l, err);
    if (index == 2) return make_spenders(l, err);
    size_t n = l->life->buyers;
    if (n == 0) return RV_OK;
    return rv_quintiles_of(l->money, n, rv_rfm_limits_own(&l->life->rfm, 2), &l->life->money, err);
}

static void count_quintiles(rv_life_detail *life, const tally *all) {
    if (all->intervals > 0) life->population_days = (double)all->span / (double)all->intervals;
    if (!life->buyers) return;
    rv_quintiles_of_counts(all->silence, AGES, rv_rfm_limits_own(&life->rfm, 0), &life->recency);
    rv_quintiles_of_counts(all->orders, AGES, rv_rfm_limits_own(&life->rfm, 1), &life->frequency);
    for (unsigned s = 0; s < 2; s++) { /* counts by score, 5 being the fewest days of silence */
        uint64_t swap = life->recency.count[s];
        life->recency.count[s] = life->recency.count[4 - s];
        life->recency.count[4 - s] = swap;
    }
}

rv_status rv_life_look(rv_life_detail *life, int threads, rv_error *err) {
    look l = {.life = life, .workers = threads};
    for (size_t p = 0; p < RV_CLIENT_PARTS; p++) {
        l.first[p] = life->n;
        life->n += rv_client_table_part_count(life->table, p);
    }
    rv_status status = RV_NO_MEMORY;
    l.tallies = rv_array_new((size_t)threads, sizeof *l.tallies, err);
    if (l.tallies) l.money = rv_array_new(life->n, sizeof *l.money, err);
    if (l.money) l.keys = rv_array_new(life->n, 2 * sizeof *l.keys, err);
    if (l.keys) status = rv_parallel(threads, RV_CLIENT_PARTS, look_at_part, &l, err);
    if (status == RV_OK) {
        join(&l);
        count_quintiles(life, l.tallies);
        status = rv_parallel(threads, 3, sort_one, &l, err);
    }
    for (int w = 0; w < threads && l.tallies; w++) rv_spend_tally_reset(&l.tallies[w].spend);
    rv_free(l.tallies);
    rv_free(l.money);
    rv_free(l.keys);
    return status;
}
