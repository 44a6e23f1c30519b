/* The scalar twin, and the choice between the twins. */
#define RV_BTYD_TILE_SUM rv_btyd_tile_sum_scalar
#include "btyd_kernel_simd.h"

#include "cpu.h"

void rv_btyd_tile_sum(const rv_btyd_tile *tile, size_t n, rv_btyd_sums *add) {
    switch (rv_cpu_level()) {
    case RV_CPU_AVX512: rv_btyd_tile_sum_avx512(tile, n, add); break;
    case RV_CPU_AVX2: rv_btyd_tile_sum_avx2(tile, n, add); break;
    default: rv_btyd_tile_sum_scalar(tile, n, add);
    }
}
