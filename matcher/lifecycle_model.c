/*
 * Clients to groups for the models, and groups' answers back to clients.
 *
 * Days being whole, a million clients are some hundred thousand distinct (x, t_x, T), and far fewer distinct (x, T), on
 * which the costly half of the expectation depends: that half is kept per (x, T), the cheap half (P(alive), one power)
 * is computed when a client is looked at.
 */
#include "lifecycle_detail.h"
#include "parallel.h"
#include "sort.h"
#include <math.h>

enum { AGES_RANGE = 512 };

/* Distinct triples as x << 32 | T << 16 | t_x, so that equal (x, T) are neighbours. */
static rv_status make_groups(const rv_life_detail *life, rv_btyd_group **out, size_t *n_out, rv_error *err) {
    size_t n = life->buyers;
    uint64_t *keys = rv_array_new(n ? n : 1, 2 * sizeof *keys, err);
    if (!keys) return RV_NO_MEMORY;
    size_t at = 0;
    rv_client_walk walk = {0};
    rv_client_ref ref;
    for (const rv_client_record *r; (r = rv_client_table_next(life->table, &walk, &ref));)
        if (r->orders)
            keys[at++] = (uint64_t)(r->orders - 1u) << 32 | (uint32_t)r->first_age << 16 |
                         (uint32_t)(r->first_age - r->last_age);
    rv_sort_u64(keys, keys + n, n);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) distinct += i == 0 || keys[i] != keys[i - 1];
    rv_btyd_group *groups = rv_array_new(distinct ? distinct : 1, sizeof *groups, err);
    if (groups) {
        size_t g = 0;
        for (size_t i = 0; i < n; i++) {
            if (i > 0 && keys[i] == keys[i - 1]) groups[g - 1].count++;
            else
                groups[g++] =
                    (rv_btyd_group){(uint16_t)(keys[i] >> 32), (uint16_t)keys[i], (uint16_t)(keys[i] >> 16), 1};
        }
        *out = groups;
        *n_out = distinct;
    }
    rv_free(keys);
    return groups ? RV_OK : RV_NO_MEMORY;
}

static rv_status expect_range(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    rv_life_detail *life = ctx;
    size_t end = (index + 1) * AGES_RANGE < life->n_ages ? (index + 1) * AGES_RANGE : life->n_ages;
    for (size_t i = index * AGES_RANGE; i < end; i++)
        life->if_alive[i] = rv_btyd_orders_if_alive(&life->fit, (uint32_t)(life->ages[i] >> 16),
                                                    (uint32_t)(life->ages[i] & 0xffff), life->horizon_days);
    return RV_OK;
}

static rv_status make_expectations(rv_life_detail *life, const rv_btyd_group *groups, size_t n, int threads,
                                   rv_error *err) {
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        distinct +=
            i == 0 || groups[i].repeats != groups[i - 1].repeats || groups[i].age_days != groups[i - 1].age_days;
    life->ages = rv_array_new(distinct, sizeof *life->ages, err);
    life->if_alive = life->ages ? rv_array_new(distinct, sizeof *life->if_alive, err) : NULL;
    if (!life->if_alive) return RV_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = (uint64_t)groups[i].repeats << 16 | groups[i].age_days;
        if (life->n_ages == 0 || life->ages[life->n_ages - 1] != key) life->ages[life->n_ages++] = key;
    }
    return rv_parallel(threads, (distinct + AGES_RANGE - 1) / AGES_RANGE, expect_range, life, err);
}

rv_status rv_life_fit(rv_life_detail *life, rv_btyd_model model, int threads, rv_error *err) {
    rv_btyd_group *groups;
    size_t n;
    RV_TRY(make_groups(life, &groups, &n, err));
    rv_status status = rv_btyd_fit(model, groups, n, threads, &life->fit, err);
    if (status == RV_OK && life->fit.fitted) status = make_expectations(life, groups, n, threads, err);
    if (status == RV_OK && life->fit.fitted)
        for (size_t i = 0; i < n; i++) { /* in order of groups: the same sum whatever the threads */
            const rv_client_record like = {.orders = (uint16_t)(groups[i].repeats + 1),
                                           .first_age = groups[i].age_days,
                                           .last_age = (uint16_t)(groups[i].age_days - groups[i].last_days)};
            double orders, alive;
            rv_life_expect(life, &like, &orders, &alive);
            life->expected += groups[i].count * orders;
        }
    rv_free(groups);
    return status;
}

void rv_life_expect(const rv_life_detail *life, const rv_client_record *client, double *orders, double *alive) {
    *orders = *alive = NAN;
    if (!life->fit.fitted || !client->orders) return;
    uint32_t x = client->orders - 1u;
    uint64_t key = (uint64_t)x << 16 | client->first_age;
    size_t low = 0, high = life->n_ages;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (life->ages[mid] <= key) low = mid;
        else high = mid;
    }
    *alive = rv_btyd_alive(&life->fit, x, (uint32_t)(client->first_age - client->last_age), client->first_age);
    *orders = *alive * life->if_alive[low];
}
