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

enum { RV_PROBE_GROUP = 32, RV_PROBE_QUEUE = 128 }; /* keys whose cache misses overlap; those on their way further */
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

/* A key that has a candidate in this bucket, or is to be sought in it. */
typedef struct rv_probe_step {
    uint64_t place; /* bucket << RV_SLOTS | mask */
    size_t key;
} rv_probe_step;
typedef struct rv_probe_hits {
    rv_probe_step steps[RV_PROBE_QUEUE + RV_PROBE_GROUP];
    unsigned n;
} rv_probe_hits;
/* What is under way: the homes of two groups, candidates of this group and the one before, keys beyond their homes. */
typedef struct rv_probe_way {
    uint64_t homes[2][RV_PROBE_GROUP];
    rv_probe_hits hits[2];
    rv_probe_step on[RV_PROBE_QUEUE + RV_PROBE_GROUP];
    unsigned n_on;
} rv_probe_way;

RV_INLINE rv_probe_step rv_probe_step_of(uint64_t bucket, unsigned mask, size_t key) {
    return (rv_probe_step){bucket << RV_SLOTS | mask, key};
}

RV_INLINE void rv_probe_fetch(const rv_key_index *index, rv_key key, uint64_t *home) {
    *home = rv_home_bucket(key, index->n_home);
    __builtin_prefetch((const rv_bucket *)index->buckets + *home);
}

RV_INLINE uint64_t rv_bucket_proved(const rv_key_index *index, uint64_t bucket) {
    uint64_t block = bucket * sizeof(rv_bucket) >> index->bucket_view.shift;
    return atomic_load_explicit(&index->bucket_view.proved[block / 64], memory_order_acquire) >> (block % 64);
}

/* Proves these buckets: one test for them all, since but for the first touches they are proved. */
RV_INLINE rv_status rv_probe_prove_homes(const rv_key_index *index, const uint64_t *homes, size_t n, rv_error *err) {
    uint64_t proved = 1;
    for (size_t i = 0; i < n; i++) proved &= rv_bucket_proved(index, homes[i]);
    for (size_t i = 0; !(proved & 1) && i < n; i++) RV_TRY(rv_bucket_touch(index, homes[i], err));
    return RV_OK;
}
RV_INLINE rv_status rv_probe_prove_steps(const rv_key_index *index, const rv_probe_step *steps, unsigned n,
                                         rv_error *err) {
    uint64_t proved = 1;
    for (unsigned i = 0; i < n; i++) proved &= rv_bucket_proved(index, steps[i].place >> RV_SLOTS);
    for (unsigned i = 0; !(proved & 1) && i < n; i++) RV_TRY(rv_bucket_touch(index, steps[i].place >> RV_SLOTS, err));
    return RV_OK;
}

/* Compares a group's tags while the buckets of the group after are fetched. No branch depends on the data, since it would
 * be guessed wrong too often: keys that need more work are put on a list. */
RV_INLINE void rv_probe_tags(const rv_key_index *index, const rv_key *keys, size_t at, size_t m, size_t after,
                             rv_probe_way *way, rv_tag_match_fn match) {
    const rv_bucket *buckets = index->buckets;
    size_t group = at / RV_PROBE_GROUP;
    const uint64_t *home = way->homes[group % 2];
    uint64_t *home_after = way->homes[(group + 1) % 2];
    rv_probe_hits *hits = &way->hits[group % 2];
    unsigned n_hits = hits->n, n_on = way->n_on;
    for (size_t i = 0; i < m; i++) {
        if (i < after) rv_probe_fetch(index, keys[at + m + i], &home_after[i]);
        rv_key key = keys[at + i];
        const rv_bucket *bucket = &buckets[home[i]];
        unsigned some = (key.lo | key.hi) != 0, mask = match(bucket, (uint32_t)key.lo),
                 on = rv_bucket_spilled(bucket) & (home[i] + 1 < index->n_buckets);
        hits->steps[n_hits] = rv_probe_step_of(home[i], mask, at + i);
        way->on[n_on] = rv_probe_step_of(home[i] + 1, 0, at + i);
        n_hits += (mask != 0) & some;
        n_on += (mask == 0) & on & some;
    }
    for (unsigned k = way->n_on; k < n_on; k++) {
        const rv_bucket *next = &buckets[way->on[k].place >> RV_SLOTS];
        __builtin_prefetch(next);
        __builtin_prefetch(next + 1);
    }
    hits->n = n_hits;
    way->n_on = n_on;
}

/* Looks at the next bucket of the keys that were on their way before this group: found, further on, or absent. */
RV_INLINE rv_status rv_probe_further(const rv_key_index *index, const rv_key *keys, unsigned n_old, rv_probe_way *way,
                                     rv_probe_hits *hits, rv_tag_match_fn match, rv_error *err) {
    const rv_bucket *buckets = index->buckets;
    if (index->in_file) RV_TRY(rv_probe_prove_steps(index, way->on, n_old, err));
    unsigned kept = 0, n_hits = hits->n;
    for (unsigned k = 0; k < n_old; k++) {
        size_t key = way->on[k].key;
        uint64_t at = way->on[k].place >> RV_SLOTS;
        const rv_bucket *bucket = &buckets[at];
        unsigned mask = match(bucket, (uint32_t)keys[key].lo),
                 on = rv_bucket_spilled(bucket) & (at + 1 < index->n_buckets);
        __builtin_prefetch(bucket + 2 * on);
        hits->steps[n_hits] = rv_probe_step_of(at, mask, key);
        way->on[kept] = rv_probe_step_of(at + 1, 0, key);
        n_hits += mask != 0;
        kept += (mask == 0) & on;
    }
    memmove(way->on + kept, way->on + n_old, (way->n_on - n_old) * sizeof *way->on);
    way->n_on -= n_old - kept;
    hits->n = n_hits;
    return RV_OK;
}

/* Compares the proofs that were fetched a group ago. Nearly always the first candidate is the key, of a single row. */
RV_INLINE rv_status rv_probe_proofs(const rv_key_index *index, const rv_key *keys, rv_probe_hits *hits, uint32_t limit,
                                    rv_run *runs, rv_tag_match_fn match, rv_error *err) {
    const rv_bucket *buckets = index->buckets;
    uint32_t rows = index->in_file && index->rows < RV_SLOT_RUN ? index->rows : RV_SLOT_RUN - 1;
    for (unsigned k = 0; k < hits->n; k++) {
        rv_probe_step step = hits->steps[k];
        uint64_t bucket = step.place >> RV_SLOTS;
        unsigned slot = (unsigned)__builtin_ctzll(step.place);
        const rv_slot *s = &buckets[bucket].slots[slot];
        rv_run *run = &runs[step.key];
        if (rv_slot_holds(s, rv_proof_at(index, bucket, slot), keys[step.key]) && s->row <= rows) {
            run->count = 1;
            run->single = s->row - 1;
            continue;
        }
        RV_TRY(rv_probe_resolve(index, bucket, (unsigned)(step.place & 255), keys[step.key], limit, run, err));
        if (run->count == 0) RV_TRY(rv_probe_on(index, bucket, keys[step.key], limit, run, match, err));
    }
    hits->n = 0;
    return RV_OK;
}

/* One group more, or none: then what is under way goes a step further. */
RV_INLINE rv_status rv_probe_group(const rv_key_index *index, const rv_key *keys, size_t n, size_t at, uint32_t limit,
                                   rv_run *runs, rv_probe_way *way, rv_tag_match_fn match, rv_error *err) {
    size_t group = at / RV_PROBE_GROUP, left = at < n ? n - at : 0, m = left < RV_PROBE_GROUP ? left : RV_PROBE_GROUP,
           after = left - m < RV_PROBE_GROUP ? left - m : RV_PROBE_GROUP;
    rv_probe_hits *hits = &way->hits[group % 2];
    unsigned n_old = way->n_on;
    if (m) {
        if (index->in_file) RV_TRY(rv_probe_prove_homes(index, way->homes[group % 2], m, err));
        memset(runs + at, 0, m * sizeof *runs);
        rv_probe_tags(index, keys, at, m, after, way, match);
    }
    RV_TRY(rv_probe_further(index, keys, n_old, way, hits, match, err));
    for (unsigned k = 0; k < hits->n; k++)
        __builtin_prefetch(
            rv_proof_at(index, hits->steps[k].place >> RV_SLOTS, (unsigned)__builtin_ctzll(hits->steps[k].place)));
    RV_TRY(rv_probe_proofs(index, keys, &way->hits[(group + 1) % 2], limit, runs, match, err));
    while (way->n_on > RV_PROBE_QUEUE) { /* a crowd: many keys with long ways to go */
        const rv_probe_step *step = &way->on[--way->n_on];
        RV_TRY(rv_probe_on(index, (step->place >> RV_SLOTS) - 1, keys[step->key], limit, &runs[step->key], match, err));
    }
    return RV_OK;
}

/*
 * A probe costs two cache misses, bucket and proof, 50-110 ns each when waited for, and a third of the absent keys go on
 * beyond their home, three buckets on average: 1.9 lines an absent key. So steps, each a group behind the one before:
 * fetch the buckets; compare tags, and fetch the proofs of those that agree and the next buckets of those that spilled;
 * compare the proofs. The misses overlap each other and the comparing, and nothing waits for a branch guessed wrong.
 *
 * Bound by lines: 31.5 M keys, their pages huge, two threads of a Xeon with AMX: 60-67 M absent and 40 M present keys a
 * second, that is 120 M lines for either; random lines alone come at 145 M a second from huge pages and at 90 M from
 * pages of 4 KB. In the third cache (1 M keys) it is 100 M and 80 M keys (2026-11-22).
 */
RV_INLINE rv_status rv_probe_keys(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                                  rv_tag_match_fn match, rv_error *err) {
    rv_probe_way way;
    way.hits[0].n = way.hits[1].n = way.n_on = 0;
    for (size_t i = 0; i < n && i < RV_PROBE_GROUP; i++) rv_probe_fetch(index, keys[i], &way.homes[0][i]);
    for (size_t at = 0; at < n || way.n_on || way.hits[0].n || way.hits[1].n; at += RV_PROBE_GROUP)
        RV_TRY(rv_probe_group(index, keys, n, at, limit, runs, &way, match, err));
    return RV_OK;
}

#endif
