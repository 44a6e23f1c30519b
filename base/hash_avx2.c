/* XXH3-64 with AVX2: hash_simd.h. */
#include "hash_simd.h"

#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_AVX2
#include <xxhash.h>

uint64_t rv_hash64_avx2(const void *ptr, size_t len, uint64_t seed) { return XXH3_64bits_withSeed(ptr, len, seed); }
