/* A bucket is one register, its eight slots eight lanes: two tests give the mask. */
#include "key_probe.h"

#include <immintrin.h>

unsigned rv_tag_match_avx512(const void *bucket, uint32_t tag) {
    __m512i slots = _mm512_loadu_si512(bucket);
    __m512i other = _mm512_xor_si512(slots, _mm512_set1_epi64((long long)(tag & RV_TAG_MASK)));
    __mmask8 same = _mm512_testn_epi64_mask(other, _mm512_set1_epi64((long long)RV_TAG_MASK));
    return _mm512_mask_test_epi64_mask(same, slots, _mm512_set1_epi64((long long)0xffffffff00000000ull));
}

rv_status rv_probe_keys_avx512(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                               rv_error *err) {
    return rv_probe_keys(index, keys, n, limit, runs, rv_tag_match_avx512, err);
}
