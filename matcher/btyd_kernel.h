/*
 * The inner loop of a fit: of a tile of groups, the logarithm ln(1 + v / u), the share that is gone, v / (u + v), and
 * what those add to the gradient. All levels give the same bits: eight sums are kept apart and joined at the end,
 * whatever a register holds, and exp and log are our own, in plain multiplications and additions.
 */
#ifndef RV_BTYD_KERNEL_H
#define RV_BTYD_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum { RV_BTYD_TILE = 256, RV_BTYD_LANES = 8 };

typedef struct rv_btyd_tile {              /* n is a multiple of RV_BTYD_LANES: pad with people 0, gap 0 */
    _Alignas(64) double gap[RV_BTYD_TILE]; /* ln(v / u), -inf where v is absent */
    double people[RV_BTYD_TILE];
    double by_r[RV_BTYD_TILE], by_alpha[RV_BTYD_TILE], by_b[RV_BTYD_TILE]; /* what one who is gone adds */
} rv_btyd_tile;

/* Sums over people: of ln(1 + e^gap), of gone, and of gone times each by_... */
typedef struct rv_btyd_sums {
    double log, gone, by_r, by_alpha, by_b;
} rv_btyd_sums;

void rv_btyd_tile_sum(const rv_btyd_tile *tile, size_t n, rv_btyd_sums *add); /* dispatches; adds to *add */
void rv_btyd_tile_sum_scalar(const rv_btyd_tile *tile, size_t n, rv_btyd_sums *add);
void rv_btyd_tile_sum_avx2(const rv_btyd_tile *tile, size_t n, rv_btyd_sums *add);
void rv_btyd_tile_sum_avx512(const rv_btyd_tile *tile, size_t n, rv_btyd_sums *add);

#endif
