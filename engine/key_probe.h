/*
 * The inner loop of a probe, written once and compiled for each instruction set: the files key_probe_*.c differ in how
 * they compare a bucket's tags, which the compiler then puts in line.
 */
#ifndef RV_KEY_PROBE_H
#define RV_KEY_PROBE_H

#include "key_slot.h"

/* Which of a bucket's slots bear this tag, as a mask; empty slots don't. A bucket is 64 bytes, any alignment. */
typedef unsigned (*rv_tag_match_fn)(const void *bucket, uint32_t tag);
unsigned rv_tag_match_scalar(const void *bucket, uint32_t tag);
unsigned rv_tag_match_avx2(const void *bucket, uint32_t tag);

enum { RV_PROBE_GROUP = 64 }; /* keys whose cache misses overlap */
/* n <= RV_PROBE_GROUP, index->n_home > 0. */
void rv_probe_group_scalar(const rv_key_index *index, const rv_key *keys, size_t n, rv_run *runs);
void rv_probe_group_avx2(const rv_key_index *index, const rv_key *keys, size_t n, rv_run *runs);

#define RV_INLINE static inline __attribute__((always_inline))

RV_INLINE const unsigned char *rv_proof_at(const rv_key_index *index, uint64_t bucket, unsigned slot) {
    return (const unsigned char *)index->proofs + (bucket * RV_SLOTS + slot) * RV_PROOF_BYTES;
}

/* The rows that a slot stands for. */
RV_INLINE rv_run rv_slot_run(const rv_key_index *index, uint32_t row) {
    if (!(row & RV_SLOT_RUN)) return (rv_run){1, row - 1, NULL};
    uint32_t at = row & ~RV_SLOT_RUN;
    return (rv_run){index->runs[at], index->runs[at + 1], index->runs + at + 1};
}

/* Looks at one bucket's candidates. */
RV_INLINE bool rv_probe_resolve(const rv_key_index *index, uint64_t bucket, unsigned mask, rv_key key, rv_run *out) {
    const rv_bucket *b = (const rv_bucket *)index->buckets + bucket;
    for (; mask; mask &= mask - 1) {
        unsigned slot = (unsigned)__builtin_ctz(mask);
        if (!rv_slot_holds(&b->slots[slot], rv_proof_at(index, bucket, slot), key)) continue;
        *out = rv_slot_run(index, b->slots[slot].row);
        return true;
    }
    return false;
}

/* Beyond the home bucket. The last bucket of all never spills (rv_key_index_check). */
RV_INLINE rv_run rv_probe_on(const rv_key_index *index, uint64_t bucket, rv_key key, rv_tag_match_fn match) {
    const rv_bucket *buckets = index->buckets;
    rv_run run = {0};
    while (rv_bucket_spilled(&buckets[bucket]) && bucket + 1 < index->n_buckets) {
        bucket++;
        unsigned mask = match(&buckets[bucket], (uint32_t)key.lo);
        if (mask && rv_probe_resolve(index, bucket, mask, key, &run)) break;
    }
    return run;
}

/*
 * A probe costs two cache misses, bucket and proof, 50-110 ns each when waited for. So: fetch all buckets of the group;
 * then compare tags, and fetch the proofs of those that agree; then compare the proofs. The misses overlap. A key whose
 * search goes on beyond its home (one in ten) is followed by itself at the end.
 */
RV_INLINE void rv_probe_group(const rv_key_index *index, const rv_key *keys, size_t n, rv_run *runs,
                              rv_tag_match_fn match) {
    const rv_bucket *buckets = index->buckets;
    uint64_t home[RV_PROBE_GROUP];
    unsigned char masks[RV_PROBE_GROUP];
    for (size_t i = 0; i < n; i++) {
        home[i] = rv_home_bucket(keys[i], index->n_home);
        __builtin_prefetch(&buckets[home[i]]);
    }
    for (size_t i = 0; i < n; i++) {
        masks[i] = (unsigned char)match(&buckets[home[i]], (uint32_t)keys[i].lo);
        if (masks[i]) __builtin_prefetch(rv_proof_at(index, home[i], (unsigned)__builtin_ctz(masks[i])));
        else if (rv_bucket_spilled(&buckets[home[i]])) __builtin_prefetch(&buckets[home[i] + 1]);
    }
    for (size_t i = 0; i < n; i++) {
        runs[i] = (rv_run){0};
        if ((keys[i].lo | keys[i].hi) == 0) continue;
        if (masks[i] && rv_probe_resolve(index, home[i], masks[i], keys[i], &runs[i])) continue;
        if (rv_bucket_spilled(&buckets[home[i]])) runs[i] = rv_probe_on(index, home[i], keys[i], match);
    }
}

#endif
