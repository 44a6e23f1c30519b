/*
 * Groups of like clients to a fitted model, and the model's answers back to clients.
 *
 * Days being whole, a million clients are some hundred thousand distinct (x, t_x, T), and far fewer distinct (x, T), on
 * which the costly half of the expectation depends: that half is kept per (x, T), the cheap half (P(alive), one power)
 * is computed when a client is looked at.
 */
#include "lifecycle_detail.h"
#include "parallel.h"
#include <math.h>

enum { RANGE = 512 };

static rv_status expect_ages(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    rv_life_detail *life = ctx;
    size_t end = (index + 1) * RANGE < life->n_ages ? (index + 1) * RANGE : life->n_ages;
    for (size_t i = index * RANGE; i < end; i++)
        life->if_alive[i] = rv_btyd_orders_if_alive(&life->fit, (uint32_t)(life->ages[i] >> 16),
                                                    (uint32_t)(life->ages[i] & 0xffff), life->horizon_days);
    return RV_OK;
}

static rv_status make_expectations(rv_life_detail *life, int threads, rv_error *err) {
    const rv_btyd_group *groups = life->groups;
    size_t n = life->n_groups, distinct = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        distinct +=
            i == 0 || groups[i].repeats != groups[i - 1].repeats || groups[i].age_days != groups[i - 1].age_days;
    life->n_x = n ? groups[n - 1].repeats + (size_t)1 : 0;
    life->of_x = rv_array_new(life->n_x + 1, sizeof *life->of_x, err);
    life->ages = life->of_x ? rv_array_new(distinct, sizeof *life->ages, err) : NULL;
    life->if_alive = life->ages ? rv_array_new(distinct, sizeof *life->if_alive, err) : NULL;
    if (!life->if_alive) return RV_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = (uint64_t)groups[i].repeats << 16 | groups[i].age_days;
        if (life->n_ages == 0 || life->ages[life->n_ages - 1] != key) life->ages[life->n_ages++] = key;
    }
    for (size_t x = 0; x <= life->n_x; x++) {
        while (at < life->n_ages && life->ages[at] >> 16 < x) at++;
        life->of_x[x] = (uint32_t)at;
    }
    return rv_parallel(threads, (distinct + RANGE - 1) / RANGE, expect_ages, life, err);
}

/* Orders to be expected of whole ranges of groups: each range's own sum, whoever makes it. */
typedef struct expecting {
    const rv_life_detail *life;
    double *sums;
} expecting;

static rv_status expect_groups(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const expecting *e = ctx;
    const rv_btyd_group *groups = e->life->groups;
    size_t end = (index + 1) * RANGE < e->life->n_groups ? (index + 1) * RANGE : e->life->n_groups;
    double sum = 0;
    for (size_t i = index * RANGE; i < end; i++) {
        const rv_client_record like = {.orders = (uint16_t)(groups[i].repeats + 1),
                                       .first_age = groups[i].age_days,
                                       .last_age = (uint16_t)(groups[i].age_days - groups[i].last_days)};
        double orders, alive;
        rv_life_expect(e->life, &like, &orders, &alive);
        sum += groups[i].count * orders;
    }
    e->sums[index] = sum;
    return RV_OK;
}

static rv_status expect_all(rv_life_detail *life, int threads, rv_error *err) {
    size_t ranges = (life->n_groups + RANGE - 1) / RANGE;
    expecting e = {life, rv_array_new(ranges, sizeof *e.sums, err)};
    if (!e.sums) return RV_NO_MEMORY;
    rv_status status = rv_parallel(threads, ranges, expect_groups, &e, err);
    for (size_t i = 0; i < ranges; i++) life->expected += e.sums[i];
    rv_free(e.sums);
    return status;
}

rv_status rv_life_fit(rv_life_detail *life, rv_btyd_model model, int threads, rv_error *err) {
    rv_status status = rv_btyd_fit(model, life->groups, life->n_groups, threads, &life->fit, err);
    if (status == RV_OK && life->fit.fitted) status = make_expectations(life, threads, err);
    if (status == RV_OK && life->fit.fitted) status = expect_all(life, threads, err);
    rv_spend_fit(life->spenders, life->n_spenders, &life->spend);
    rv_free(life->groups);
    rv_free(life->spenders);
    life->groups = NULL;
    life->spenders = NULL;
    return status;
}

/* Within the ages of one x no two are alike, so an age can't lie further from either end than there are days between:
 * where every day is there, as among those who bought seldom, that leaves one place. */
static size_t find_age(const rv_life_detail *life, uint32_t x, uint32_t age) {
    size_t low = life->of_x[x], high = life->of_x[x + 1];
    uint64_t key = (uint64_t)x << 16 | age;
    size_t from_first = (size_t)(key - life->ages[low]) + 1, from_last = (size_t)(life->ages[high - 1] - key) + 1;
    if (from_last < high - low) low = high - from_last;
    if (from_first < high - life->of_x[x]) high = life->of_x[x] + from_first;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (life->ages[mid] <= key) low = mid;
        else high = mid;
    }
    return low;
}

void rv_life_expect(const rv_life_detail *life, const rv_client_record *client, double *orders, double *alive) {
    *orders = *alive = NAN;
    if (!life->fit.fitted || !client->orders) return;
    uint32_t x = client->orders - 1u;
    *alive = rv_btyd_alive(&life->fit, x, (uint32_t)(client->first_age - client->last_age), client->first_age);
    *orders = *alive * life->if_alive[find_age(life, x, client->first_age)];
}

double rv_life_order_value(const rv_life_detail *life, const rv_client_record *client) {
    return rv_spend_order_value(&life->spend, client->orders, rv_amount_value(client->amount));
}
