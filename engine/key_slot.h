/* What a bucket of a key index is made of: shared by building and probing, so that they can't disagree. */
#ifndef RV_KEY_SLOT_H
#define RV_KEY_SLOT_H

#include "key_index.h"

enum { RV_SLOTS = 9, RV_PROOF_BYTES = 14 };
#define RV_SLOT_RUN 0x80000000u

typedef struct rv_bucket {
    uint16_t tags[RV_SLOTS];
    uint16_t passed;         /* a filter: the keys that stand beyond this bucket and have their home here or before */
    uint32_t rows[RV_SLOTS]; /* 0 empty, 1 + row, or RV_SLOT_RUN | offset */
    uint64_t seal;           /* of what stands before it, in a file (key_seal.h); else 0 */
} rv_bucket;
_Static_assert(sizeof(rv_bucket) == 64, "a bucket is a cache line");

typedef struct rv_proofs { /* of a bucket's keys. Two lines, and one proof in nine lies in both */
    unsigned char of[RV_SLOTS][RV_PROOF_BYTES];
    unsigned char zero[2];
} rv_proofs;
_Static_assert(sizeof(rv_proofs) == 128, "two cache lines");

#ifdef RV_WEAK_HASH
enum { RV_TAG_MASK = 0xfff, RV_PASS_SHIFT = 0 };
static inline uint64_t rv_key_place(rv_key key) { return (key.lo & 0xfff) << 52; }
#else
enum { RV_TAG_MASK = 0xffff, RV_PASS_SHIFT = 16 };
static inline uint64_t rv_key_place(rv_key key) { return key.hi; }
#endif

__extension__ typedef unsigned __int128 rv_wide;

static inline uint64_t rv_home_bucket(rv_key key, uint64_t n_home) {
    return (uint64_t)(((rv_wide)rv_key_place(key) * n_home) >> 64);
}

/* The key's bit in `passed`, of four bits that are neither its tag's nor its home's. */
static inline uint16_t rv_pass_bit(rv_key key) { return (uint16_t)(1u << (key.lo >> RV_PASS_SHIFT & 15)); }
static inline bool rv_bucket_passed(const rv_bucket *bucket, rv_key key) { return bucket->passed & rv_pass_bit(key); }

/* All 128 bits but the tag: `hi`, then the upper six bytes of `lo`. */
static inline void rv_proof_write(unsigned char *proof, rv_key key) {
    uint64_t rest = key.lo >> 16;
    memcpy(proof, &key.hi, 8);
    memcpy(proof + 8, &rest, 6);
}

/* The tag in the bucket and the proof beside it: all 128 bits. */
static inline bool rv_slot_holds(uint16_t tag, const unsigned char *proof, rv_key key) {
    uint64_t first, last; /* they overlap by two bytes */
    memcpy(&first, proof, 8);
    memcpy(&last, proof + 6, 8);
    return (tag == (uint16_t)key.lo) & (first == key.hi) & (last == ((key.lo & ~(uint64_t)0xffff) | key.hi >> 48));
}

static inline rv_key rv_slot_key(uint16_t tag, const unsigned char *proof) {
    rv_key key = {0};
    memcpy(&key.hi, proof, 8);
    memcpy(&key.lo, proof + 8, 6);
    key.lo = key.lo << 16 | tag;
    return key;
}

#endif
