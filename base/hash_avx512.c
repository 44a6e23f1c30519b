/* XXH3-64 with AVX-512: hash_simd.h. */
#include "hash_simd.h"

#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_AVX512
#include <xxhash.h>

uint64_t rv_hash64_avx512(const void *ptr, size_t len, uint64_t seed) { return XXH3_64bits_withSeed(ptr, len, seed); }
