/* Eight rows at a time: a gather each, from a table that stays in the first cache. */
#include "score_kernel.h"

#include <immintrin.h>

void rv_points_add_avx2(const int32_t *points, const uint32_t *codes, size_t n, int32_t *sums) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(codes + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)(codes + i + 8));
        __m256i x = _mm256_i32gather_epi32(points, a, 4), y = _mm256_i32gather_epi32(points, b, 4);
        x = _mm256_add_epi32(x, _mm256_loadu_si256((const __m256i *)(sums + i)));
        y = _mm256_add_epi32(y, _mm256_loadu_si256((const __m256i *)(sums + i + 8)));
        _mm256_storeu_si256((__m256i *)(sums + i), x);
        _mm256_storeu_si256((__m256i *)(sums + i + 8), y);
    }
    for (; i < n; i++) sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)points[codes[i]]);
}

void rv_points_add_narrow_avx2(const int32_t *points, const uint8_t *codes, size_t n, int32_t *sums) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(codes + i));
        __m256i a = _mm256_cvtepu8_epi32(bytes), b = _mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8));
        __m256i x = _mm256_i32gather_epi32(points, a, 4), y = _mm256_i32gather_epi32(points, b, 4);
        x = _mm256_add_epi32(x, _mm256_loadu_si256((const __m256i *)(sums + i)));
        y = _mm256_add_epi32(y, _mm256_loadu_si256((const __m256i *)(sums + i + 8)));
        _mm256_storeu_si256((__m256i *)(sums + i), x);
        _mm256_storeu_si256((__m256i *)(sums + i + 8), y);
    }
    for (; i < n; i++) sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)points[codes[i]]);
}

void rv_points_add_chosen_avx2(const int32_t *points, const uint8_t *tables, const uint8_t *codes, size_t n,
                               int32_t *sums) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i code = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(codes + i)));
        __m256i table = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(tables + i)));
        __m256i place = _mm256_or_si256(_mm256_slli_epi32(table, 8), code);
        __m256i x = _mm256_i32gather_epi32(points, place, 4);
        __m256i *to = (__m256i *)(sums + i);
        _mm256_storeu_si256(to, _mm256_add_epi32(x, _mm256_loadu_si256(to)));
    }
    rv_points_add_chosen_scalar(points, tables + i, codes + i, n - i, sums + i);
}
_Static_assert(RV_POINTS_TABLE == 1 << 8, "a place is the table's number above the code");

void rv_points_add_pair_avx2(const int32_t *points, uint32_t width, const uint8_t *a, const uint8_t *b, size_t n,
                             int32_t *sums) {
    const __m256i wide = _mm256_set1_epi32((int32_t)width);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i x = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(a + i)));
        __m256i y = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(b + i)));
        __m256i place = _mm256_add_epi32(_mm256_mullo_epi32(x, wide), y);
        __m256i *to = (__m256i *)(sums + i);
        _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), _mm256_i32gather_epi32(points, place, 4)));
    }
    rv_points_add_pair_scalar(points, width, a + i, b + i, n - i, sums + i);
}

/* Eight rows at a time; the least of each step goes on to the next place. */
void rv_strongest_add_avx2(const int32_t *points, size_t n, uint32_t column, uint32_t most, int32_t *best) {
    const __m256i last = _mm256_set1_epi32((1 << RV_KEY_COLUMN_BITS) - 1 - (int32_t)column);
    for (size_t i = 0; i < n; i += 8) {
        __m256i strength = _mm256_abs_epi32(_mm256_loadu_si256((const __m256i *)(points + i)));
        __m256i none = _mm256_cmpeq_epi32(strength, _mm256_setzero_si256());
        __m256i key = _mm256_or_si256(_mm256_slli_epi32(strength, RV_KEY_COLUMN_BITS), last);
        key = _mm256_andnot_si256(none, key);
        for (uint32_t k = 0; k < most; k++) {
            __m256i *at = (__m256i *)(best + k * n + i), held = _mm256_loadu_si256(at);
            _mm256_storeu_si256(at, _mm256_max_epi32(held, key));
            key = _mm256_min_epi32(held, key);
        }
    }
}
