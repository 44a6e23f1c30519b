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

enum { RV_PROBE_GROUP = 32 }; /* keys whose cache misses overlap */
/* index->n_home > 0. */
typedef rv_status (*rv_probe_keys_fn)(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit,
                                      rv_run *runs, rv_error *err);
rv_status rv_probe_keys_scalar(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                               rv_error *err);
rv_status rv_probe_keys_avx2(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                             rv_error *err);

/* The rows of a slot that stands for a run: proved and checked when they come from a file. */
rv_status rv_slot_many(const rv_key_index *index, uint32_t row, uint32_t limit, rv_run *out, rv_error *err);
rv_status rv_slot_corrupt(const rv_key_index *index, rv_error *err);

#define RV_INLINE static inline __attribute__((always_inline))

RV_INLINE const unsigned char *rv_proof_at(const rv_key_index *index, uint64_t bucket, unsigned slot) {
    return (const unsigned char *)index->proofs + (bucket * RV_SLOTS + slot) * RV_PROOF_BYTES;
}

/* The rows that a slot stands for. */
RV_INLINE rv_status rv_slot_run(const rv_key_index *index, uint32_t row, uint32_t limit, rv_run *out, rv_error *err) {
    if (row & RV_SLOT_RUN) return rv_slot_many(index, row, limit, out, err);
    if (index->in_file && row > index->rows) return rv_slot_corrupt(index, err);
    *out = (rv_run){1, row - 1, NULL};
    return RV_OK;
}

RV_INLINE rv_status rv_bucket_touch(const rv_key_index *index, uint64_t bucket, rv_error *err) {
    return index->in_file ? rv_rvl_touch(&index->bucket_view, bucket * sizeof(rv_bucket), sizeof(rv_bucket), err)
                          : RV_OK;
}

/* Looks at one bucket's candidates. out->count stays 0 when none is the key. */
RV_INLINE rv_status rv_probe_resolve(const rv_key_index *index, uint64_t bucket, unsigned mask, rv_key key,
                                     uint32_t limit, rv_run *out, rv_error *err) {
    const rv_bucket *b = (const rv_bucket *)index->buckets + bucket;
    for (; mask; mask &= mask - 1) {
        unsigned slot = (unsigned)__builtin_ctz(mask);
        if (rv_slot_holds(&b->slots[slot], rv_proof_at(index, bucket, slot), key))
            return rv_slot_run(index, b->slots[slot].row, limit, out, err);
        if (index->in_file)
            RV_TRY(rv_rvl_touch(&index->proof_view, (bucket * RV_SLOTS + slot) * RV_PROOF_BYTES, RV_PROOF_BYTES, err));
    }
    return RV_OK;
}

/* Beyond the home bucket. The last bucket of all never spills (rv_key_index_check). */
RV_INLINE rv_status rv_probe_on(const rv_key_index *index, uint64_t bucket, rv_key key, uint32_t limit, rv_run *out,
                                rv_tag_match_fn match, rv_error *err) {
    const rv_bucket *buckets = index->buckets;
    while (rv_bucket_spilled(&buckets[bucket]) && bucket + 1 < index->n_buckets && out->count == 0) {
        bucket++;
        RV_TRY(rv_bucket_touch(index, bucket, err));
        unsigned mask = match(&buckets[bucket], (uint32_t)key.lo);
        if (mask) RV_TRY(rv_probe_resolve(index, bucket, mask, key, limit, out, err));
    }
    return RV_OK;
}

RV_INLINE void rv_probe_fetch(const rv_key_index *index, const rv_key *keys, size_t n, uint64_t *home) {
    for (size_t i = 0; i < n; i++) {
        home[i] = rv_home_bucket(keys[i], index->n_home);
        __builtin_prefetch((const rv_bucket *)index->buckets + home[i]);
    }
}

/* Compares a group's tags, and asks for what comes next: the proof of a slot that agrees, else, where the bucket has
 * spilled, the next one (else nothing new: no branch, since it would be guessed wrong too often). */
RV_INLINE rv_status rv_probe_tags(const rv_key_index *index, const rv_key *keys, size_t n, const uint64_t *home,
                                  unsigned char *masks, rv_tag_match_fn match, rv_error *err) {
    const rv_bucket *buckets = index->buckets;
    for (size_t i = 0; i < n; i++) {
        RV_TRY(rv_bucket_touch(index, home[i], err));
        const rv_bucket *bucket = &buckets[home[i]];
        masks[i] = (unsigned char)match(bucket, (uint32_t)keys[i].lo);
        const void *proof = rv_proof_at(index, home[i], (unsigned)__builtin_ctz(masks[i] | 256u) & 7);
        const void *next = bucket + rv_bucket_spilled(bucket);
        __builtin_prefetch(masks[i] ? proof : next);
    }
    return RV_OK;
}

/*
 * A probe costs two cache misses, bucket and proof, 50-110 ns each when waited for. So: fetch the buckets of a group
 * while the tags of the group before are compared; fetch the proofs of those that agree; then compare the proofs. The
 * misses overlap each other and the comparing. A key whose search goes on beyond its home (one in ten) is followed by
 * itself at the end.
 *
 * Bound by cache and TLB misses: 31.5 M keys from 4 KB pages of a file, two threads of a Xeon with AMX: 23 M absent and
 * 28 M present keys a second, three quarters of it spent waiting for lines; a random line alone costs 28 ns a thread
 * from such pages, 18 ns from huge ones (2026-11-22).
 */
RV_INLINE rv_status rv_probe_keys(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                                  rv_tag_match_fn match, rv_error *err) {
    const rv_bucket *buckets = index->buckets;
    uint64_t homes[2][RV_PROBE_GROUP];
    unsigned char masks[RV_PROBE_GROUP];
    rv_probe_fetch(index, keys, n < RV_PROBE_GROUP ? n : RV_PROBE_GROUP, homes[0]);
    for (size_t at = 0, group = 0; at < n; at += RV_PROBE_GROUP, group++) {
        size_t m = n - at < RV_PROBE_GROUP ? n - at : RV_PROBE_GROUP, left = n - at - m;
        const uint64_t *home = homes[group % 2];
        rv_probe_fetch(index, keys + at + m, left < RV_PROBE_GROUP ? left : RV_PROBE_GROUP, homes[(group + 1) % 2]);
        RV_TRY(rv_probe_tags(index, keys + at, m, home, masks, match, err));
        for (size_t i = 0; i < m; i++) {
            rv_key key = keys[at + i];
            rv_run *run = &runs[at + i];
            *run = (rv_run){0};
            if ((key.lo | key.hi) == 0) continue;
            if (masks[i]) RV_TRY(rv_probe_resolve(index, home[i], masks[i], key, limit, run, err));
            if (run->count == 0 && rv_bucket_spilled(&buckets[home[i]]))
                RV_TRY(rv_probe_on(index, home[i], key, limit, run, match, err));
        }
    }
    return RV_OK;
}

#endif
