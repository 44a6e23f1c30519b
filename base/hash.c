/* XXH3 behind our own names: the library's header is included here and in hash_avx*.c only. */
#include "hash.h"

#include "cpu.h"
#include "hash_simd.h"
#include "random.h"
#include <sys/random.h>

#define XXH_INLINE_ALL /* keys and seals of small blocks are short: a call costs as much as the hash */
#include <xxhash.h>

rv_key rv_key_of(const rv_secret *secret, const void *ptr, size_t len) {
    XXH128_hash_t h = XXH3_128bits_withSecret(ptr, len, secret->bytes, sizeof secret->bytes);
    rv_key key = {h.low64, h.high64};
    if (key.lo == 0 && key.hi == 0) key.lo = 1;
    return key;
}

void rv_secret_from_seed(rv_secret *secret, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 0x5ec7e7);
    for (size_t i = 0; i < sizeof secret->bytes; i += 8) {
        uint64_t word = rv_random_next(&random);
        memcpy(secret->bytes + i, &word, 8);
    }
}

bool rv_secret_random(rv_secret *secret) {
    return getrandom(secret->bytes, sizeof secret->bytes, 0) == (ssize_t)sizeof secret->bytes;
}

uint64_t rv_hash64_scalar(const void *ptr, size_t len, uint64_t seed) { return XXH3_64bits_withSeed(ptr, len, seed); }

uint64_t rv_hash64(const void *ptr, size_t len, uint64_t seed) {
    if (len < RV_HASH_LONG) return rv_hash64_scalar(ptr, len, seed);
    switch (rv_cpu_level()) {
    case RV_CPU_AVX512: return rv_hash64_avx512(ptr, len, seed);
    case RV_CPU_AVX2: return rv_hash64_avx2(ptr, len, seed);
    default: return rv_hash64_scalar(ptr, len, seed);
    }
}
