/* Probing, and checking an index that comes from a file. */
#include "key_index.h"

#include "cpu.h"
#include "key_probe.h"

unsigned rv_tag_match_scalar(const void *bucket, uint32_t tag) {
    const rv_bucket *b = bucket;
    unsigned mask = 0;
    for (unsigned i = 0; i < RV_SLOTS; i++)
        mask |= (unsigned)(((b->slots[i].tag ^ tag) & RV_TAG_MASK) == 0 && b->slots[i].row != 0) << i;
    return mask;
}

void rv_probe_group_scalar(const rv_key_index *index, const rv_key *keys, size_t n, rv_run *runs) {
    rv_probe_group(index, keys, n, runs, rv_tag_match_scalar);
}

void rv_key_index_probe(const rv_key_index *index, const rv_key *keys, size_t n, rv_run *runs) {
    if (index->n_home == 0) {
        for (size_t i = 0; i < n; i++) runs[i] = (rv_run){0};
        return;
    }
    bool wide = rv_cpu_level() >= RV_CPU_AVX2;
    for (size_t at = 0, step; at < n; at += step) {
        step = n - at < RV_PROBE_GROUP ? n - at : RV_PROBE_GROUP;
        if (wide) rv_probe_group_avx2(index, keys + at, step, runs + at);
        else rv_probe_group_scalar(index, keys + at, step, runs + at);
    }
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
        for (uint64_t i = 1; sane && i <= count; i++)
            sane = runs[at + i] < rows && (i == 1 || runs[at + i] > runs[at + i - 1]);
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
