/*
 * Drawing by name instead of in order: every draw of the synthetic world hangs on (seed, kind of thing, its number),
 * so that any thread can make any row, and a client's file can speak of a contact that no one has kept in memory.
 *
 * - dice: a short run of random words for one thing (splitmix64, inlined: a row needs some fifty of them);
 * - alias tables (Walker 1977, built as Vose 1991): a weighted pick in one look-up;
 * - permutations of 0..n-1 without a table (a Feistel network over the next power of two, walking until inside), and
 *   their use as "the k-th of a random choice without repetition".
 */
#ifndef RV_SYNTH_SAMPLING_H
#define RV_SYNTH_SAMPLING_H

#include "error.h"

/* splitmix64's finaliser, inlined here: base/random.h's is a call, and a row draws some fifty words. */
static inline uint64_t rv_dice_mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

typedef struct rv_dice {
    uint64_t state;
} rv_dice;
static inline rv_dice rv_dice_of(uint64_t seed, uint64_t kind, uint64_t number) {
    return (rv_dice){rv_dice_mix(rv_dice_mix(seed + kind * 0x9e3779b97f4a7c15u) + number * 0xd1342543de82ef95u)};
}
static inline uint64_t rv_dice_next(rv_dice *dice) { return rv_dice_mix(dice->state += 0x9e3779b97f4a7c15u); }
static inline uint32_t rv_dice_below(rv_dice *dice, uint32_t n) { /* bias below n / 2^32: of no matter here */
    return (uint32_t)((rv_dice_next(dice) >> 32) * n >> 32);
}
/* True with probability `rate`. */
static inline bool rv_dice_chance(rv_dice *dice, double rate) {
    return (double)(rv_dice_next(dice) >> 40) < rate * 0x1p24;
}

typedef struct rv_alias {
    uint32_t n;
    struct rv_alias_slot {
        uint32_t keep, other;
    } * slots;
} rv_alias;
/* Weights are finite, none negative, at least one positive. */
rv_status rv_alias_new(const double *weights, uint32_t n, rv_alias *out, rv_error *err);
void rv_alias_free(rv_alias *alias);
static inline uint32_t rv_alias_pick(const rv_alias *alias, uint64_t word) {
    uint32_t i = (uint32_t)((word >> 32) * alias->n >> 32);
    return (uint32_t)word <= alias->slots[i].keep ? i : alias->slots[i].other;
}

typedef struct rv_permutation {
    uint64_t n, key;
    unsigned low_bits, high_bits;
} rv_permutation;
rv_permutation rv_permutation_of(uint64_t n, uint64_t key);                /* n < 2^62 */
uint64_t rv_permutation_at(const rv_permutation *permutation, uint64_t x); /* x < n; the result too */

#endif
