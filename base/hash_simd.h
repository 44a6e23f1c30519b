/*
 * XXH3-64 of long inputs, compiled for each instruction set from the library's own header: the packaged library has no
 * dispatch and uses SSE2. Seals are what it is for: 64 KB blocks in the second cache are hashed at 17.6 GB/s by the
 * library, 38.6 with AVX2, 52.8 with AVX-512; 1.4 GB in memory, two threads, in 142, and 74 ms (2026-11-21). The same
 * function whatever the twin: files sealed by one are read by all.
 */
#ifndef RV_HASH_SIMD_H
#define RV_HASH_SIMD_H

#include <stddef.h>
#include <stdint.h>

enum {
    RV_HASH_LONG = 256
}; /* blocks of 512 bytes: 37 ns with SSE2, 24 with AVX2 or AVX-512; 256: 25, 21 (2026-11-22) */

uint64_t rv_hash64_scalar(const void *ptr, size_t len, uint64_t seed); /* the library's, SSE2 */
uint64_t rv_hash64_avx2(const void *ptr, size_t len, uint64_t seed);
uint64_t rv_hash64_avx512(const void *ptr, size_t len, uint64_t seed);

#endif
