/* See symbol_pack_simd.h. */
#define RV_LAID_PACK rv_laid_pack_avx2
#include "symbol_pack_simd.h"
