/* The scanner's kernels for AVX2: 64 bytes are two registers; masks by compare and movemask. */
#include "csv_scan_simd.h"

#include <immintrin.h>

struct needles {
    __m256i separator, quote, cr, lf;
};

static needles needles_of(const rv_csv_rules *rules) {
    return (needles){_mm256_set1_epi8(rules->separator), _mm256_set1_epi8(rules->quote), _mm256_set1_epi8('\r'),
                     _mm256_set1_epi8('\n')};
}

static inline uint64_t equal(__m256i a, __m256i b, __m256i needle) {
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, needle));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, needle));
    return (uint64_t)high << 32 | low;
}

static inline masks masks_of(const needles *s, const char *p) {
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
    return (masks){equal(a, b, s->separator), equal(a, b, s->quote), equal(a, b, s->cr), equal(a, b, s->lf)};
}

/* A carry-less product with all ones is the running XOR (as in simdjson; G. Langdale and D. Lemire, 2019). */
static inline uint64_t running_xor(uint64_t bits) {
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xff), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* Eight at a time, whether they are there or not: a branch per eight is guessed right far more often than one a bit. */
static inline uint32_t *flatten(uint32_t *at, uint64_t bits, uint32_t base) {
    uint32_t *end = at + __builtin_popcountll(bits);
    while (bits) {
        for (int k = 0; k < 8; k++) {
            at[k] = base + (uint32_t)_tzcnt_u64(bits);
            bits = _blsr_u64(bits);
        }
        at += 8;
    }
    return end;
}

void rv_csv_cut_avx2(const rv_csv_rules *rules, const char *data, size_t n, rv_csv_cut *out) {
    needles sought = needles_of(rules);
    cut_body(&sought, data, n, out);
}

size_t rv_csv_index_avx2(const rv_csv_rules *rules, const char *data, size_t from, size_t to, rv_csv_marks *marks,
                         uint32_t *at) {
    needles sought = needles_of(rules);
    return index_body(&sought, data, from, to, marks, at);
}
