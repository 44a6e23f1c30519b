/* What a slot of a key index is made of: shared by building and probing, so that they can't disagree. */
#ifndef RV_KEY_SLOT_H
#define RV_KEY_SLOT_H

#include "key_index.h"

enum { RV_SLOTS = 8, RV_PROOF_BYTES = 12 };
#define RV_SLOT_RUN 0x80000000u

typedef struct rv_slot {
    uint32_t tag;
    uint32_t row; /* 0 empty, 1 + row, or RV_SLOT_RUN | offset */
} rv_slot;
typedef struct rv_bucket {
    rv_slot slots[RV_SLOTS];
} rv_bucket;
_Static_assert(sizeof(rv_bucket) == 64, "a bucket is a cache line");

#ifdef RV_WEAK_HASH
enum { RV_TAG_MASK = 0xfff };
static inline uint64_t rv_key_place(rv_key key) { return (key.lo & 0xfff) << 52; }
#else
#define RV_TAG_MASK 0xffffffffu
static inline uint64_t rv_key_place(rv_key key) { return key.hi; }
#endif

__extension__ typedef unsigned __int128 rv_wide;

static inline uint64_t rv_home_bucket(rv_key key, uint64_t n_home) {
    return (uint64_t)(((rv_wide)rv_key_place(key) * n_home) >> 64);
}

static inline void rv_proof_write(unsigned char *proof, rv_key key) {
    uint32_t high = (uint32_t)(key.lo >> 32);
    memcpy(proof, &key.hi, 8);
    memcpy(proof + 8, &high, 4);
}

/* All 128 bits: the tag in the slot and the proof beside it. */
static inline bool rv_slot_holds(const rv_slot *slot, const unsigned char *proof, rv_key key) {
    uint64_t hi;
    uint32_t high;
    memcpy(&hi, proof, 8);
    memcpy(&high, proof + 8, 4);
    return slot->tag == (uint32_t)key.lo && hi == key.hi && high == (uint32_t)(key.lo >> 32);
}

static inline rv_key rv_slot_key(const rv_slot *slot, const unsigned char *proof) {
    rv_key key;
    uint32_t high;
    memcpy(&key.hi, proof, 8);
    memcpy(&high, proof + 8, 4);
    key.lo = (uint64_t)high << 32 | slot->tag;
    return key;
}

static inline bool rv_bucket_spilled(const rv_bucket *bucket) {
    return (bucket->slots[RV_SLOTS - 1].row != 0) & (bucket->slots[0].tag >= bucket->slots[RV_SLOTS - 1].tag);
}

#endif
