/* See synth_sampling.h: weighted picks and permutations without tables. */
#include "synth_sampling.h"

#include "memory.h"

rv_status rv_alias_new(const double *weights, uint32_t n, rv_alias *out, rv_error *err) {
    struct rv_alias_slot *slots = rv_array_new(n, sizeof *slots, err);
    double *share = rv_array_new(n, sizeof *share, err);
    uint32_t *work = rv_array_new(n, sizeof *work, err);
    rv_status status = slots && share && work ? RV_OK : RV_NO_MEMORY;
    if (status != RV_OK) goto done;

    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += weights[i];
    uint32_t small = 0, large = n; /* work: light slots from the left, heavy ones from the right */
    for (uint32_t i = 0; i < n; i++) {
        share[i] = weights[i] * n / sum;
        slots[i] = (struct rv_alias_slot){UINT32_MAX, i};
        if (share[i] < 1) work[small++] = i;
        else work[--large] = i;
    }
    while (small > 0 && large < n) {
        uint32_t light = work[--small], heavy = work[large];
        slots[light] = (struct rv_alias_slot){(uint32_t)(share[light] * 0xffffffffu), heavy};
        share[heavy] -= 1 - share[light];
        if (share[heavy] < 1) {
            large++;
            work[small++] = heavy;
        }
    }
    *out = (rv_alias){n, slots};
    slots = NULL;
done:
    rv_free(work);
    rv_free(share);
    rv_free(slots);
    return status;
}

void rv_alias_free(rv_alias *alias) {
    rv_free(alias->slots);
    *alias = (rv_alias){0};
}

rv_permutation rv_permutation_of(uint64_t n, uint64_t key) {
    unsigned bits = 2; /* two halves of one bit at least */
    while (bits < 62 && (UINT64_C(1) << bits) < n) bits++;
    return (rv_permutation){n, rv_dice_mix(key), bits / 2, bits - bits / 2};
}

uint64_t rv_permutation_at(const rv_permutation *permutation, uint64_t x) {
    uint64_t low_mask = (UINT64_C(1) << permutation->low_bits) - 1;
    uint64_t high_mask = (UINT64_C(1) << permutation->high_bits) - 1;
    do { /* the power of two is below 2n (n > 2), so two walks on average at most */
        uint64_t low = x & low_mask, high = x >> permutation->low_bits, key = permutation->key;
        for (int round = 0; round < 3; round++) { /* the high half of a product depends on all bits below */
            low = (low ^ (high + key) * 0x9e3779b97f4a7c15u >> 32) & low_mask;
            key = key << 23 | key >> 41;
            high = (high ^ (low + key) * 0xd1342543de82ef95u >> 32) & high_mask;
            key = key << 23 | key >> 41;
        }
        x = high << permutation->low_bits | low;
    } while (x >= permutation->n);
    return x;
}
