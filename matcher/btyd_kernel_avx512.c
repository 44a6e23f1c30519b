/* See btyd_kernel_simd.h. */
#define RV_BTYD_TILE_SUM rv_btyd_tile_sum_avx512
#include "btyd_kernel_simd.h"
