/*
 * Keys: 128 bits that stand for an identifier. Two people are matched only when all 128 agree (docs/DECISIONS.md:
 * 64 bits would attach a stranger's data twice a year on a busy service). XXH3-128 with a random 192-byte secret kept
 * in the megabase: with a known seed, colliding e-mails are found in seconds.
 */
#ifndef RV_HASH_H
#define RV_HASH_H

#include "text.h"

enum { RV_SECRET_BYTES = 192 };
typedef struct rv_secret {
    unsigned char bytes[RV_SECRET_BYTES];
} rv_secret;

typedef struct rv_key {
    uint64_t lo, hi;
} rv_key;
static inline bool rv_key_equal(rv_key a, rv_key b) { return a.lo == b.lo && a.hi == b.hi; }
static inline int rv_key_compare(rv_key a, rv_key b) {
    return a.hi != b.hi ? (a.hi < b.hi ? -1 : 1) : a.lo != b.lo ? (a.lo < b.lo ? -1 : 1) : 0;
}

/* Never {0,0}: that value is free for "no key". */
rv_key rv_key_of(const rv_secret *secret, const void *ptr, size_t len);
void rv_secret_from_seed(rv_secret *secret, uint64_t seed);     /* for tests and --seed */
bool rv_secret_random(rv_secret *secret);                       /* from the system; false: no entropy source */
uint64_t rv_hash64(const void *ptr, size_t len, uint64_t seed); /* XXH3-64: seals, in-memory tables of trusted words */

#endif
