/* Eight bytes at a time: each byte becomes a 32-bit lane, its halves are parted, and the lanes interleaved again. */
#include "record_layout.h"
#include <immintrin.h>

void rv_nibbles_unpack_avx2(const unsigned char *bytes, size_t n, uint32_t *out) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(bytes + i / 2)));
        __m256i low = _mm256_and_si256(wide, _mm256_set1_epi32(15)), high = _mm256_srli_epi32(wide, 4);
        __m256i even = _mm256_unpacklo_epi32(low, high), odd = _mm256_unpackhi_epi32(low, high);
        _mm256_storeu_si256((__m256i *)(void *)(out + i), _mm256_permute2x128_si256(even, odd, 0x20));
        _mm256_storeu_si256((__m256i *)(void *)(out + i + 8), _mm256_permute2x128_si256(even, odd, 0x31));
    }
    for (; i < n; i++) out[i] = (uint32_t)(bytes[i / 2] >> (i % 2 * 4)) & 15;
}
