/* Two compares and two movemasks. A slot is 64 bits, so the mask of 32-bit lanes has the tag's bit at even places. */
#include "key_probe.h"

#include <immintrin.h>

unsigned rv_tag_match_avx2(const void *bucket, uint32_t tag) {
    const __m256i *lines = bucket;
    __m256i masked = _mm256_set1_epi64x((long long)RV_TAG_MASK),
            want = _mm256_set1_epi64x((long long)(tag & RV_TAG_MASK));
    __m256i row = _mm256_set1_epi64x((long long)0xffffffff00000000ull), zero = _mm256_setzero_si256();
    unsigned mask = 0;
    for (int half = 0; half < 2; half++) {
        __m256i slots = _mm256_loadu_si256(lines + half);
        __m256i same = _mm256_cmpeq_epi64(_mm256_and_si256(slots, masked), want);
        __m256i empty = _mm256_cmpeq_epi64(_mm256_and_si256(slots, row), zero);
        mask |= (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_andnot_si256(empty, same))) << (4 * half);
    }
    return mask;
}

rv_status rv_probe_keys_avx2(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                             rv_error *err) {
    return rv_probe_keys(index, keys, n, limit, runs, rv_tag_match_avx2, err);
}
