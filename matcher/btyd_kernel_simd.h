/*
 * The body of the kernels, once: vectors of eight doubles, which the compiler cuts into registers of whatever width the
 * including file is compiled for. Each including file defines RV_BTYD_TILE_SUM, the function's name.
 *
 * s = e^-|gap| by Cody and Waite: -|gap| = k ln 2 + r, |r| <= ln 2 / 2, e^r by its series up to r^13 (the next term is below
 * 1e-17), 2^k put together from k's bits. ln(1 + s), s in 0..1, is 2 artanh(f), f = s / (2 + s) <= 1/3, by its series in f^2.
 * Both are within two units of the last place, and cost no table and no branch.
 */
#include "btyd_kernel.h"

#include <string.h>

typedef double lanes __attribute__((vector_size(64)));
typedef int64_t masks __attribute__((vector_size(64)));
_Static_assert(sizeof(lanes) == RV_BTYD_LANES * sizeof(double), "eight lanes");

#define ALL(x) ((lanes){x, x, x, x, x, x, x, x})

void RV_BTYD_TILE_SUM(const rv_btyd_tile *tile, size_t n, rv_btyd_sums *add) {
    static const double inverse_factorial[] = {
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
        1.0 / 720,        1.0 / 120,       1.0 / 24,       1.0 / 6,       1.0 / 2,      1,           1};
    const lanes one = ALL(1.0), to_whole = ALL(0x1.8p52), lowest = ALL(-708.0);
    lanes log = ALL(0.0), gone_sum = log, by_r = log, by_alpha = log, by_b = log;
    for (size_t i = 0; i < n; i += RV_BTYD_LANES) {
        lanes gap, people, r_of, alpha_of, b_of;
        memcpy(&gap, tile->gap + i, sizeof gap);
        memcpy(&people, tile->people + i, sizeof people);
        memcpy(&r_of, tile->by_r + i, sizeof r_of);
        memcpy(&alpha_of, tile->by_alpha + i, sizeof alpha_of);
        memcpy(&b_of, tile->by_b + i, sizeof b_of);
        masks above = gap > 0.0;
        lanes y = (lanes)((masks)gap | INT64_MIN); /* -|gap| */
        masks low = y < lowest;
        y = (lanes)((low & (masks)lowest) | (~low & (masks)y));
        lanes shifted = y * 0x1.71547652b82fep0 + to_whole, k = shifted - to_whole;
        lanes r = (y - k * 0x1.62e42fefa3800p-1) - k * 0x1.ef35793c76730p-45;
        lanes e = ALL(inverse_factorial[0]);
        for (unsigned t = 1; t < sizeof inverse_factorial / sizeof *inverse_factorial; t++)
            e = e * r + inverse_factorial[t];
        lanes s = e * (lanes)(((masks)shifted + 1023) << 52);
        lanes f = s / (s + 2.0), f2 = f * f, series = ALL(1.0 / 33);
        for (int t = 31; t >= 1; t -= 2) series = series * f2 + 1.0 / t;
        lanes positive = (lanes)((masks)gap & above);
        lanes gone = (lanes)((above & (masks)one) | (~above & (masks)s)) / (s + 1.0) * people;
        log += people * (positive + (f + f) * series);
        gone_sum += gone;
        by_r += gone * r_of;
        by_alpha += gone * alpha_of;
        by_b += gone * b_of;
    }
    for (unsigned lane = 0; lane < RV_BTYD_LANES; lane++) {
        add->log += log[lane];
        add->gone += gone_sum[lane];
        add->by_r += by_r[lane];
        add->by_alpha += by_alpha[lane];
        add->by_b += by_b[lane];
    }
}
