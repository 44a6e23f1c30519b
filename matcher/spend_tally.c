/*
 * An amount is a double whose bits, read as a whole number, ascend with it: the upper ones (exponent and 7 bits: 128 steps
 * per doubling) name its step, the 24 below them its place within, in which a step is linear. Sums of places can't
 * overflow before there are 2^40 clients, which amounts themselves could.
 */
#include "spend_tally.h"
#include "memory.h"
#include "sort.h"
#include <assert.h>

enum { STEP_BITS = 7, PLACE_BITS = 24, FRACTION_BITS = 52, FIRST_SLOTS = 1024 };
enum { STEP_SHIFT = FRACTION_BITS - STEP_BITS, PLACE_SHIFT = STEP_SHIFT - PLACE_BITS };
enum { KEY_BITS = 11 + STEP_BITS }; /* of an amount; the number of orders stands above */

static rv_spend_slot *find_slot(const rv_spend_tally *t, uint64_t key) {
    size_t mask = t->n_slots - 1;
    size_t at = (size_t)(key * 0x9e3779b97f4a7c15 >> 20) & mask;
    while (t->slots[at].count && t->slots[at].key != key) at = (at + 1) & mask;
    return &t->slots[at];
}

static rv_status grow(rv_spend_tally *t, rv_error *err) {
    rv_spend_tally wider = {.n_slots = t->n_slots ? 2 * t->n_slots : FIRST_SLOTS, .used = t->used};
    wider.slots = rv_array_new(wider.n_slots, sizeof *wider.slots, err);
    if (!wider.slots) return RV_NO_MEMORY;
    for (size_t i = 0; i < t->n_slots; i++)
        if (t->slots[i].count) *find_slot(&wider, t->slots[i].key) = t->slots[i];
    rv_free(t->slots);
    *t = wider;
    return RV_OK;
}

static rv_status add(rv_spend_tally *t, const rv_spend_slot *more, rv_error *err) {
    if (t->used >= t->n_slots / 2) RV_TRY(grow(t, err));
    rv_spend_slot *slot = find_slot(t, more->key);
    t->used += slot->count == 0;
    slot->key = more->key;
    slot->count += more->count;
    slot->sum += more->sum;
    return RV_OK;
}

rv_status rv_spend_tally_add(rv_spend_tally *tally, uint32_t orders, double amount, rv_error *err) {
    assert(amount > 0 && orders >= 1 && orders <= UINT16_MAX);
    uint64_t bits;
    memcpy(&bits, &amount, sizeof bits);
    return add(tally,
               &(rv_spend_slot){.key = (uint64_t)orders << KEY_BITS | bits >> STEP_SHIFT,
                                .count = 1,
                                .sum = bits >> PLACE_SHIFT & (((uint64_t)1 << PLACE_BITS) - 1)},
               err);
}

rv_status rv_spend_tally_join(rv_spend_tally *tally, const rv_spend_tally *other, rv_error *err) {
    for (size_t i = 0; i < other->n_slots; i++)
        if (other->slots[i].count) RV_TRY(add(tally, &other->slots[i], err));
    return RV_OK;
}

static rv_spend_group group_of(const rv_spend_slot *slot) {
    uint64_t low = (slot->key & (((uint64_t)1 << KEY_BITS) - 1)) << STEP_SHIFT,
             high = low + ((uint64_t)1 << STEP_SHIFT);
    double from, to;
    memcpy(&from, &low, sizeof from);
    memcpy(&to, &high, sizeof to);
    double place = ((double)slot->sum / (double)slot->count + 0.5) / (double)(1 << PLACE_BITS);
    return (rv_spend_group){(uint32_t)(slot->key >> KEY_BITS), (uint32_t)slot->count, from + place * (to - from)};
}

rv_status rv_spend_tally_groups(const rv_spend_tally *tally, rv_spend_group **out, size_t *n, rv_error *err) {
    size_t used = tally->used, found = 0;
    uint64_t *keys = rv_array_new(used + 1, 2 * sizeof *keys, err);
    rv_spend_group *groups = keys ? rv_array_new(used + 1, sizeof *groups, err) : NULL;
    if (groups) {
        for (size_t i = 0; i < tally->n_slots; i++)
            if (tally->slots[i].count) keys[found++] = tally->slots[i].key;
        assert(found == used);
        rv_sort_u64(keys, keys + used, used);
        for (size_t i = 0; i < used; i++) groups[i] = group_of(find_slot(tally, keys[i]));
    }
    rv_free(keys);
    if (!groups) return RV_NO_MEMORY;
    *out = groups;
    *n = used;
    return RV_OK;
}

void rv_spend_tally_reset(rv_spend_tally *tally) {
    rv_free(tally->slots);
    *tally = (rv_spend_tally){0};
}
