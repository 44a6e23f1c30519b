/*
 * The inner loop of a probe, written once and compiled for each instruction set: the files key_probe_*.c differ in how
 * they compare a bucket's tags, which the compiler then puts in line.
 */
#ifndef RV_KEY_PROBE_H
#define RV_KEY_PROBE_H

#include "key_seal.h"

/* Which of a bucket's slots bear this tag: bit 2 i for slot i. Empty slots may be among them. Any alignment. */
typedef unsigned (*rv_tag_match_fn)(const void *bucket, uint16_t tag);
unsigned rv_tag_match_scalar(const void *bucket, uint16_t tag);
unsigned rv_tag_match_avx2(const void *bucket, uint16_t tag);

enum { RV_PROBE_GROUP = 32, RV_MASK_BITS = 2 * RV_SLOTS }; /* keys whose cache misses overlap */
/* index->n_home > 0. */
typedef rv_status (*rv_probe_keys_fn)(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit,
                                      rv_run *runs, rv_error *err);
rv_status rv_probe_keys_scalar(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                               rv_error *err);
rv_status rv_probe_keys_avx2(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                             rv_error *err);

/* The rows of a slot that isn't empty: proved and checked when they come from a file. */
rv_status rv_slot_run(const rv_key_index *index, uint32_t row, uint32_t limit, rv_run *out, rv_error *err);
/* For a bucket whose seal doesn't agree: what is damaged. */
rv_status rv_bucket_corrupt(const rv_key_index *index, uint64_t bucket, rv_error *err);

RV_INLINE const rv_bucket *rv_bucket_at(const rv_key_index *index, uint64_t bucket) {
    return (const rv_bucket *)index->buckets + bucket;
}
RV_INLINE const unsigned char *rv_proof_at(const rv_key_index *index, uint64_t bucket, unsigned slot) {
    return ((const rv_proofs *)index->proofs + bucket)->of[slot];
}

/* --- One key, one step after the other: what is rare ---------------------------------------------------------------- */

RV_INLINE rv_status rv_bucket_check(const rv_key_index *index, uint64_t bucket, rv_error *err) {
    const rv_bucket *b = rv_bucket_at(index, bucket);
    rv_rvl_note(&index->bucket_view, bucket * sizeof *b);
    return b->seal == rv_bucket_seal(index->nonce, bucket, b) ? RV_OK : rv_bucket_corrupt(index, bucket, err);
}

/* Looks at one bucket's candidates. out->count stays 0 when none is the key. */
RV_INLINE rv_status rv_probe_resolve(const rv_key_index *index, uint64_t bucket, unsigned mask, rv_key key,
                                     uint32_t limit, rv_run *out, rv_error *err) {
    const rv_bucket *b = rv_bucket_at(index, bucket);
    for (; mask; mask &= mask - 1) {
        unsigned slot = (unsigned)__builtin_ctz(mask) / 2;
        if (b->rows[slot] == 0) continue;
        const unsigned char *proof = rv_proof_at(index, bucket, slot);
        if (rv_slot_holds(b->tags[slot], proof, key)) return rv_slot_run(index, b->rows[slot], limit, out, err);
        uint64_t at = (uint64_t)(proof - (const unsigned char *)index->proofs);
        if (index->in_file) RV_TRY(rv_rvl_touch(&index->proof_view, at, RV_PROOF_BYTES, err));
    }
    return RV_OK;
}

/* The next bucket from this one on that has a candidate; *mask = 0 when the search ends without. */
RV_INLINE rv_status rv_probe_walk(const rv_key_index *index, bool sealed, rv_key key, uint64_t *bucket, unsigned *mask,
                                  rv_tag_match_fn match, rv_error *err) {
    for (*mask = 0; *bucket < index->n_buckets; ++*bucket) {
        const rv_bucket *b = rv_bucket_at(index, *bucket);
        __builtin_prefetch(b + 2);
        if (sealed) RV_TRY(rv_bucket_check(index, *bucket, err));
        *mask = match(b, (uint16_t)key.lo);
        if (*mask || !rv_bucket_passed(b, key)) return RV_OK;
    }
    return RV_OK;
}

/* --- Many keys ------------------------------------------------------------------------------------------------------ */

/* A key that has a candidate in this bucket, or is to be sought in it. */
typedef struct rv_probe_step {
    uint64_t place; /* bucket << RV_MASK_BITS | mask */
    size_t key;
} rv_probe_step;
typedef struct rv_probe_steps {
    rv_probe_step at[2 * RV_PROBE_GROUP];
    unsigned n;
} rv_probe_steps;
/* Of a group and the one before or after, by turns: homes; keys that have a candidate; keys to be sought further on. */
typedef struct rv_probe_way {
    uint64_t homes[2][RV_PROBE_GROUP];
    rv_probe_steps hits[2], on[2];
    bool sealed; /* buckets are to be checked by their seals */
} rv_probe_way;

RV_INLINE rv_probe_step rv_probe_step_of(uint64_t bucket, unsigned mask, size_t key) {
    return (rv_probe_step){bucket << RV_MASK_BITS | mask, key};
}

RV_INLINE void rv_probe_fetch(const rv_key_index *index, rv_key key, uint64_t *home) {
    *home = rv_home_bucket(key, index->n_home);
    __builtin_prefetch(rv_bucket_at(index, *home));
}

/* Asks for what rv_probe_proofs will read: a proof, and its second line or the rows. */
RV_INLINE void rv_probe_fetch_proof(const rv_key_index *index, const rv_probe_step *step) {
    uint64_t bucket = step->place >> RV_MASK_BITS;
    unsigned slot = (unsigned)__builtin_ctzll(step->place) / 2;
    uint32_t row = rv_bucket_at(index, bucket)->rows[slot];
    const unsigned char *proof = rv_proof_at(index, bucket, slot), *end = proof + RV_PROOF_BYTES - 1;
    const void *rows = index->runs + (row & ~RV_SLOT_RUN);
    __builtin_prefetch(proof);
    __builtin_prefetch(row & RV_SLOT_RUN ? rows : end);
}

/* A group's buckets, and the keys of the group after, whose buckets are asked for meanwhile. */
typedef struct rv_probe_homes {
    const uint64_t *home;
    size_t n, after;
    const rv_key *key_after;
    uint64_t *home_after;
} rv_probe_homes;

/* One test for all of a group, so that the hashes overlap; which one is damaged is seen afterwards. */
RV_INLINE rv_status rv_probe_check(const rv_key_index *index, const rv_probe_homes *h, rv_error *err) {
    uint64_t differ = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (i < h->after) rv_probe_fetch(index, h->key_after[i], &h->home_after[i]);
        const rv_bucket *b = rv_bucket_at(index, h->home[i]);
        rv_rvl_note(&index->bucket_view, h->home[i] * sizeof *b);
        differ |= b->seal ^ rv_bucket_seal(index->nonce, h->home[i], b);
    }
    for (size_t i = 0; differ && i < h->n; i++) RV_TRY(rv_bucket_check(index, h->home[i], err));
    return RV_OK;
}

/* Compares a group's tags. No branch depends on the data, since it would be guessed wrong too often: keys that need more
 * work are put on a list. */
RV_INLINE void rv_probe_tags(const rv_key_index *index, const rv_key *keys, size_t at, const rv_probe_homes *h,
                             rv_probe_way *way, rv_tag_match_fn match) {
    size_t group = at / RV_PROBE_GROUP;
    rv_probe_steps *hits = &way->hits[group % 2], *on = &way->on[group % 2];
    unsigned n_hits = hits->n, n_on = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (!way->sealed && i < h->after) rv_probe_fetch(index, h->key_after[i], &h->home_after[i]);
        rv_key key = keys[at + i];
        uint64_t home = h->home[i];
        const rv_bucket *bucket = rv_bucket_at(index, home);
        unsigned some = (key.lo | key.hi) != 0, mask = match(bucket, (uint16_t)key.lo);
        hits->at[n_hits] = rv_probe_step_of(home, mask, at + i);
        on->at[n_on] = rv_probe_step_of(home + 1, 0, at + i);
        n_hits += (mask != 0) & some;
        n_on += (mask == 0) & rv_bucket_passed(bucket, key) & some;
    }
    for (unsigned k = 0; k < n_on; k++) {
        const rv_bucket *next = rv_bucket_at(index, on->at[k].place >> RV_MASK_BITS);
        __builtin_prefetch(next);
        __builtin_prefetch(next + 1);
    }
    hits->n = n_hits;
    on->n = n_on;
}

/* Beyond their homes, keys of the group before: to their candidates. */
RV_INLINE rv_status rv_probe_further(const rv_key_index *index, const rv_key *keys, bool sealed, rv_probe_steps *on,
                                     rv_probe_steps *hits, rv_tag_match_fn match, rv_error *err) {
    for (unsigned k = 0; k < on->n; k++) {
        uint64_t bucket = on->at[k].place >> RV_MASK_BITS;
        unsigned mask;
        RV_TRY(rv_probe_walk(index, sealed, keys[on->at[k].key], &bucket, &mask, match, err));
        hits->at[hits->n] = rv_probe_step_of(bucket, mask, on->at[k].key);
        hits->n += mask != 0;
    }
    on->n = 0;
    return RV_OK;
}

/* A candidate that isn't the key alone, of a single row: others in its bucket, buckets behind it, or many rows. */
RV_INLINE rv_status rv_probe_rest(const rv_key_index *index, bool sealed, const rv_probe_step *step, rv_key key,
                                  uint32_t limit, rv_run *run, rv_tag_match_fn match, rv_error *err) {
    uint64_t bucket = step->place >> RV_MASK_BITS;
    unsigned mask = step->place & ((1u << RV_MASK_BITS) - 1);
    while (mask) {
        RV_TRY(rv_probe_resolve(index, bucket, mask, key, limit, run, err));
        if (run->count || !rv_bucket_passed(rv_bucket_at(index, bucket), key)) break;
        bucket++;
        RV_TRY(rv_probe_walk(index, sealed, key, &bucket, &mask, match, err));
    }
    return RV_OK;
}

/* Compares the proofs that were fetched a group ago. Nearly always the first candidate is the key, of a single row. */
RV_INLINE rv_status rv_probe_proofs(const rv_key_index *index, const rv_key *keys, bool sealed, rv_probe_steps *hits,
                                    uint32_t limit, rv_run *runs, rv_tag_match_fn match, rv_error *err) {
    uint32_t rows = index->in_file && index->rows < RV_SLOT_RUN ? index->rows : RV_SLOT_RUN - 1;
    for (unsigned k = 0; k < hits->n; k++) {
        const rv_probe_step *step = &hits->at[k];
        uint64_t bucket = step->place >> RV_MASK_BITS;
        unsigned slot = (unsigned)__builtin_ctzll(step->place) / 2;
        const rv_bucket *b = rv_bucket_at(index, bucket);
        rv_run *run = &runs[step->key];
        uint32_t single = b->rows[slot] - 1;
        if (rv_slot_holds(b->tags[slot], rv_proof_at(index, bucket, slot), keys[step->key]) && single < rows) {
            run->count = 1;
            run->single = single;
            continue;
        }
        RV_TRY(rv_probe_rest(index, sealed, step, keys[step->key], limit, run, match, err));
    }
    hits->n = 0;
    return RV_OK;
}

/* One group more, or none: then what is under way goes a step further. */
RV_INLINE rv_status rv_probe_group(const rv_key_index *index, const rv_key *keys, size_t n, size_t at, uint32_t limit,
                                   rv_run *runs, rv_probe_way *way, rv_tag_match_fn match, rv_error *err) {
    size_t group = at / RV_PROBE_GROUP, left = at < n ? n - at : 0, m = left < RV_PROBE_GROUP ? left : RV_PROBE_GROUP,
           after = left - m < RV_PROBE_GROUP ? left - m : RV_PROBE_GROUP;
    rv_probe_steps *hits = &way->hits[group % 2];
    if (m) {
        rv_probe_homes homes = {way->homes[group % 2], m, after, keys + at + m, way->homes[(group + 1) % 2]};
        if (way->sealed) RV_TRY(rv_probe_check(index, &homes, err));
        memset(runs + at, 0, m * sizeof *runs);
        rv_probe_tags(index, keys, at, &homes, way, match);
    }
    RV_TRY(rv_probe_further(index, keys, way->sealed, &way->on[(group + 1) % 2], hits, match, err));
    for (unsigned k = 0; k < hits->n; k++) rv_probe_fetch_proof(index, &hits->at[k]);
    return rv_probe_proofs(index, keys, way->sealed, &way->hits[(group + 1) % 2], limit, runs, match, err);
}

/*
 * A probe costs two cache misses, bucket and proof, 50-110 ns each when waited for. So steps, each a group behind the one
 * before: fetch the buckets; compare tags, and fetch the proofs of those that agree and the next buckets of those that may
 * stand there; compare the proofs. The misses overlap each other, hashing and comparing, and nothing waits for a branch
 * guessed wrong.
 *
 * Bound by lines: 24 M keys, their pages huge, two threads of a Xeon with AMX: 115 M absent keys (1.12 lines each) and 50 M
 * present ones (2.3) a second; 91 M and 45 M when buckets are checked by their seals, 56 bytes hashed each. Random lines
 * alone come at 145 M a second from huge pages (2026-11-22).
 */
RV_INLINE rv_status rv_probe_keys(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                                  rv_tag_match_fn match, rv_error *err) {
    rv_probe_way way;
    way.hits[0].n = way.hits[1].n = way.on[0].n = way.on[1].n = 0;
    way.sealed = index->in_file && !rv_rvl_all_proved(index->bucket_view.rvl, index->bucket_view.section);
    for (size_t i = 0; i < n && i < RV_PROBE_GROUP; i++) rv_probe_fetch(index, keys[i], &way.homes[0][i]);
    for (size_t at = 0; at < n + 2 * RV_PROBE_GROUP; at += RV_PROBE_GROUP)
        RV_TRY(rv_probe_group(index, keys, n, at, limit, runs, &way, match, err));
    return RV_OK;
}

#endif
