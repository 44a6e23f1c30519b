/*
 * Probing, and checking an index that comes from a file.
 *
 * A probe costs two cache misses, bucket and proof, 50-110 ns each when waited for. Keys are taken in groups: fetch all
 * buckets; then compare tags and fetch the proofs of those that agree; then compare the proofs. The misses of a group
 * overlap. A key whose search goes on beyond its home (one in ten) is followed by itself at the end.
 */
#include "key_index.h"

#include "cpu.h"
#include "key_probe.h"
#include "key_slot.h"

enum { GROUP = 64 };

static const unsigned char *proof_of(const rv_key_index *index, uint64_t bucket, unsigned slot) {
    return (const unsigned char *)index->proofs + (bucket * RV_SLOTS + slot) * RV_PROOF_BYTES;
}

unsigned rv_tag_match_scalar(const void *bucket, uint32_t tag) {
    const rv_bucket *b = bucket;
    unsigned mask = 0;
    for (unsigned i = 0; i < RV_SLOTS; i++)
        mask |= (unsigned)(((b->slots[i].tag ^ tag) & RV_TAG_MASK) == 0 && b->slots[i].row != 0) << i;
    return mask;
}

/* The rows that a slot stands for. */
static rv_run run_of(const rv_key_index *index, uint32_t row) {
    if (!(row & RV_SLOT_RUN)) return (rv_run){1, row - 1, NULL};
    uint32_t at = row & ~RV_SLOT_RUN;
    uint32_t count = index->runs[at];
    return (rv_run){count, index->runs[at + 1], index->runs + at + 1};
}

/* Looks at one bucket's candidates. */
static bool resolve(const rv_key_index *index, uint64_t bucket, unsigned mask, rv_key key, rv_run *out) {
    const rv_bucket *b = (const rv_bucket *)index->buckets + bucket;
    for (; mask; mask &= mask - 1) {
        unsigned slot = (unsigned)__builtin_ctz(mask);
        if (!rv_slot_holds(&b->slots[slot], proof_of(index, bucket, slot), key)) continue;
        *out = run_of(index, b->slots[slot].row);
        return true;
    }
    return false;
}

/* Beyond the home bucket. The last bucket of all never spills (rv_key_index_check). */
static rv_run search_on(const rv_key_index *index, uint64_t bucket, rv_key key, rv_tag_match_fn match) {
    const rv_bucket *buckets = index->buckets;
    rv_run run = {0};
    while (rv_bucket_spilled(&buckets[bucket]) && bucket + 1 < index->n_buckets) {
        bucket++;
        unsigned mask = match(&buckets[bucket], (uint32_t)key.lo);
        if (mask && resolve(index, bucket, mask, key, &run)) break;
    }
    return run;
}

static void probe_group(const rv_key_index *index, const rv_key *keys, size_t n, rv_run *runs, rv_tag_match_fn match) {
    const rv_bucket *buckets = index->buckets;
    uint64_t home[GROUP];
    unsigned char masks[GROUP];
    for (size_t i = 0; i < n; i++) {
        home[i] = rv_home_bucket(keys[i], index->n_home);
        __builtin_prefetch(&buckets[home[i]]);
    }
    for (size_t i = 0; i < n; i++) {
        masks[i] = (unsigned char)match(&buckets[home[i]], (uint32_t)keys[i].lo);
        if (masks[i]) __builtin_prefetch(proof_of(index, home[i], (unsigned)__builtin_ctz(masks[i])));
        else if (rv_bucket_spilled(&buckets[home[i]])) __builtin_prefetch(&buckets[home[i] + 1]);
    }
    for (size_t i = 0; i < n; i++) {
        runs[i] = (rv_run){0};
        if ((keys[i].lo | keys[i].hi) == 0) continue;
        if (masks[i] && resolve(index, home[i], masks[i], keys[i], &runs[i])) continue;
        if (rv_bucket_spilled(&buckets[home[i]])) runs[i] = search_on(index, home[i], keys[i], match);
    }
}

void rv_key_index_probe(const rv_key_index *index, const rv_key *keys, size_t n, rv_run *runs) {
    if (index->n_home == 0) {
        for (size_t i = 0; i < n; i++) runs[i] = (rv_run){0};
        return;
    }
    rv_tag_match_fn match = rv_cpu_level() >= RV_CPU_AVX2 ? rv_tag_match_avx2 : rv_tag_match_scalar;
    for (size_t at = 0; at < n; at += GROUP)
        probe_group(index, keys + at, n - at < GROUP ? n - at : GROUP, runs + at, match);
}

/* --- Checking ---------------------------------------------------------------------------------------------------- */

rv_status rv_key_runs_check(const uint32_t *runs, uint64_t n_runs, uint32_t rows, rv_run_starts *out, rv_error *err) {
    if (n_runs >= RV_SLOT_RUN) return rv_fail(err, RV_CORRUPT, "the runs of a key index are longer than they may be");
    uint64_t *bits = rv_array_new((size_t)(n_runs / 64 + 1), sizeof *bits, err);
    if (!bits) return RV_NO_MEMORY;
    bool sane = true;
    for (uint64_t at = 0; at < n_runs && sane;) {
        uint64_t count = runs[at];
        sane = count >= 2 && count < n_runs - at;
        bits[at / 64] |= (uint64_t)1 << (at % 64);
        for (uint64_t i = 1; sane && i <= count; i++) sane = runs[at + i] < rows && (i == 1 || runs[at + i] > runs[at + i - 1]);
        at += count + 1;
    }
    if (!sane) {
        rv_free(bits);
        return rv_fail(err, RV_CORRUPT, "the runs of a key index make no sense");
    }
    out->bits = bits;
    return RV_OK;
}

rv_status rv_key_buckets_check(const void *buckets, uint64_t n_buckets, const rv_run_starts *starts, uint64_t n_runs,
                               uint32_t rows, rv_error *err) {
    const rv_slot *slots = buckets;
    for (uint64_t i = 0; i < n_buckets * RV_SLOTS; i++) {
        uint32_t row = slots[i].row, at = row & ~RV_SLOT_RUN;
        bool sane = row & RV_SLOT_RUN ? at < n_runs && (starts->bits[at / 64] >> (at % 64) & 1) : row <= rows;
        if (!sane) return rv_fail(err, RV_CORRUPT, "a key index points at a row that isn't there");
    }
    return RV_OK;
}

rv_status rv_key_index_check(const rv_key_index *index, rv_error *err) {
    const rv_bucket *buckets = index->buckets;
    bool sane = index->n_home <= index->n_buckets && (index->n_home > 0) == (index->n_buckets > 0) &&
                (index->n_buckets == 0 || buckets[index->n_buckets - 1].slots[RV_SLOTS - 1].row == 0);
    return sane ? RV_OK : rv_fail(err, RV_CORRUPT, "a key index has no sensible size");
}

void rv_key_index_reset(rv_key_index *index) {
    if (index->owned) {
        rv_pages_free((void *)(uintptr_t)index->buckets, (size_t)index->n_buckets * sizeof(rv_bucket));
        rv_pages_free((void *)(uintptr_t)index->proofs, (size_t)index->n_buckets * RV_SLOTS * RV_PROOF_BYTES);
        rv_free((void *)(uintptr_t)index->runs);
    }
    *index = (rv_key_index){0};
}
