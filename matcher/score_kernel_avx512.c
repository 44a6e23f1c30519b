/*
 * A table of up to 64 entries lies in four registers, where a permutation looks sixteen codes up at once: a gather asks the
 * cache for each of them. A quarter of a cycle a code up to 32 values, half of one up to 64.
 */
#include "score_kernel.h"

#include <immintrin.h>
#include <string.h>

void rv_points_add_few_avx512(const int32_t *points, size_t values, const uint8_t *codes, size_t n, int32_t *sums) {
    int32_t table[RV_POINTS_FEW] = {0};
    memcpy(table, points, values * sizeof *table);
    const __m512i a = _mm512_loadu_si512(table), b = _mm512_loadu_si512(table + 16);
    const __m512i c = _mm512_loadu_si512(table + 32), d = _mm512_loadu_si512(table + 48);
    const __m512i half = _mm512_set1_epi32(32);
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 some = (__mmask16)(n - i < 16 ? (1u << (n - i)) - 1 : 0xFFFFu);
        __m512i code = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(some, codes + i));
        __m512i x = _mm512_permutex2var_epi32(a, code, b);
        if (values > 32)
            x = _mm512_mask_mov_epi32(x, _mm512_test_epi32_mask(code, half), _mm512_permutex2var_epi32(c, code, d));
        x = _mm512_add_epi32(x, _mm512_maskz_loadu_epi32(some, sums + i));
        _mm512_mask_storeu_epi32(sums + i, some, x);
    }
}
