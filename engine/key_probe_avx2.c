/* One compare and one movemask for nine tags of two bytes, hence two bits each: the upper one of each is dropped. */
#include "key_probe.h"

#include <immintrin.h>

unsigned rv_tag_match_avx2(const void *bucket, uint16_t tag) {
    __m256i tags = _mm256_loadu_si256(bucket), want = _mm256_set1_epi16((short)(tag & RV_TAG_MASK));
    if (RV_TAG_MASK != 0xffff) tags = _mm256_and_si256(tags, _mm256_set1_epi16((short)RV_TAG_MASK));
    return (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi16(tags, want)) & 0x15555;
}

rv_status rv_probe_keys_avx2(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                             rv_error *err) {
    return rv_probe_keys(index, keys, n, limit, runs, rv_tag_match_avx2, err);
}
