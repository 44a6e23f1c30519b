/* The scanner's kernels for AVX-512: 64 bytes are one register, a compare gives the mask, and compressing the numbers
 * 0-63 by a mask gives the positions of its bits without a loop over them. */
#include "csv_scan_simd.h"

#include <immintrin.h>

struct needles {
    __m512i separator, quote, cr, lf;
};

static needles needles_of(const rv_csv_rules *rules) {
    return (needles){_mm512_set1_epi8(rules->separator), _mm512_set1_epi8(rules->quote), _mm512_set1_epi8('\r'),
                     _mm512_set1_epi8('\n')};
}

static inline masks masks_of(const needles *s, const char *p) {
    __m512i v = _mm512_loadu_si512(p);
    return (masks){_mm512_cmpeq_epi8_mask(v, s->separator), _mm512_cmpeq_epi8_mask(v, s->quote),
                   _mm512_cmpeq_epi8_mask(v, s->cr), _mm512_cmpeq_epi8_mask(v, s->lf)};
}

static inline uint64_t running_xor(uint64_t bits) {
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xff), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

static const unsigned char numbers[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};

static inline void widen16(uint32_t *at, __m128i bytes, __m512i base) {
    _mm512_storeu_si512(at, _mm512_add_epi32(_mm512_cvtepu8_epi32(bytes), base));
}

static inline uint32_t *flatten(uint32_t *at, uint64_t bits, uint32_t base) {
    __m512i places = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(numbers)), from = _mm512_set1_epi32((int)base);
    int n = __builtin_popcountll(bits);
    widen16(at, _mm512_castsi512_si128(places), from);
    if (n > 16) {
        widen16(at + 16, _mm512_extracti32x4_epi32(places, 1), from);
        widen16(at + 32, _mm512_extracti32x4_epi32(places, 2), from);
        widen16(at + 48, _mm512_extracti32x4_epi32(places, 3), from);
    }
    return at + n;
}

void rv_csv_cut_avx512(const rv_csv_rules *rules, const char *data, size_t n, rv_csv_cut *out) {
    needles sought = needles_of(rules);
    cut_body(&sought, data, n, out);
}

size_t rv_csv_index_avx512(const rv_csv_rules *rules, const char *data, size_t from, size_t to, rv_csv_marks *marks,
                           uint32_t *at) {
    needles sought = needles_of(rules);
    return index_body(&sought, data, from, to, marks, at);
}
