/*
 * The seal of a bucket: XXH3-64 of its first 56 bytes, seeded by the index and the bucket's number, so that a bucket that is
 * damaged, or stands in another place, index or file than it was made for, doesn't agree with its seal. The library's header
 * in line, as in base/hash.c: of so few bytes a call costs as much as the hash (16 multiplications, some 6 ns).
 */
#ifndef RV_KEY_SEAL_H
#define RV_KEY_SEAL_H

#include "key_slot.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t rv_bucket_seal(uint64_t nonce, uint64_t number, const rv_bucket *bucket) {
    return XXH3_64bits_withSeed(bucket, offsetof(rv_bucket, seal), nonce + number * 0x9e3779b97f4a7c15u);
}

#endif
