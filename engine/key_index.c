/* Probing, and checking what an index in a file says. */
#include "key_index.h"

#include "cpu.h"
#include "key_probe.h"

unsigned rv_tag_match_scalar(const void *bucket, uint16_t tag) {
    const rv_bucket *b = bucket;
    unsigned mask = 0;
    for (unsigned i = 0; i < RV_SLOTS; i++) mask |= (unsigned)(((b->tags[i] ^ tag) & RV_TAG_MASK) == 0) << 2 * i;
    return mask;
}

rv_status rv_probe_keys_scalar(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                               rv_error *err) {
    return rv_probe_keys(index, keys, n, limit, runs, rv_tag_match_scalar, err);
}

rv_status rv_key_index_probe(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                             rv_error *err) {
    if (index->n_home == 0) {
        for (size_t i = 0; i < n; i++) runs[i] = (rv_run){0};
        return RV_OK;
    }
    rv_probe_keys_fn probe = rv_cpu_level() >= RV_CPU_AVX2 ? rv_probe_keys_avx2 : rv_probe_keys_scalar;
    return probe(index, keys, n, limit, runs, err);
}

/* --- What a file's index says, checked before it is believed ------------------------------------------------------- */

static rv_status corrupt(const rv_key_index *index, rv_error *err, const char *what) {
    rv_fail_phrase(err, RV_CORRUPT, "the megabase is damaged: %s", what);
    return rv_rvl_fail_at(index->bucket_view.rvl, err, RV_CORRUPT);
}

static rv_status corrupt_row(const rv_key_index *index, rv_error *err) {
    return corrupt(index, err, "a key index points at a row that isn't there");
}

/* The container's seal tells the block; when that agrees, whoever made it had the bucket as it is. */
rv_status rv_bucket_corrupt(const rv_key_index *index, uint64_t bucket, rv_error *err) {
    const rv_rvl_view *view = &index->bucket_view;
    RV_TRY(rv_rvl_prove(view->rvl, view->section, bucket * sizeof(rv_bucket), sizeof(rv_bucket), err));
    return corrupt(index, err, "a bucket of a key index doesn't agree with its seal");
}

static rv_status slot_many(const rv_key_index *index, uint32_t row, uint32_t limit, rv_run *out, rv_error *err) {
    uint64_t at = row & ~RV_SLOT_RUN;
    const uint32_t *run = index->runs + at;
    if (index->in_file) {
        if (at >= index->n_runs) return corrupt_row(index, err);
        RV_TRY(rv_rvl_touch(&index->run_view, at * 4, 4, err));
        if (run[0] < 2 || run[0] >= index->n_runs - at)
            return corrupt(index, err, "a run of a key index makes no sense");
    }
    uint32_t count = run[0];
    if (index->in_file && count <= limit) {
        RV_TRY(rv_rvl_touch(&index->run_view, (at + 1) * 4, (uint64_t)count * 4, err));
        bool sane = run[count] < index->rows;
        for (uint32_t i = 2; i <= count; i++) sane &= run[i] > run[i - 1];
        if (!sane) return corrupt(index, err, "a run of a key index makes no sense");
    }
    *out = (rv_run){count, run[1], count <= limit ? run + 1 : NULL};
    return RV_OK;
}

rv_status rv_slot_run(const rv_key_index *index, uint32_t row, uint32_t limit, rv_run *out, rv_error *err) {
    if (row & RV_SLOT_RUN) return slot_many(index, row, limit, out, err);
    if (index->in_file && row > index->rows) return corrupt_row(index, err);
    *out = (rv_run){1, row - 1, NULL};
    return RV_OK;
}

rv_status rv_key_index_check(const rv_key_index *index, rv_error *err) {
    const rv_bucket *buckets = index->buckets;
    bool sane = index->n_home <= index->n_buckets && (index->n_home > 0) == (index->n_buckets > 0);
    if (sane && index->n_buckets) {
        uint64_t last = index->n_buckets - 1;
        if (index->in_file) RV_TRY(rv_rvl_touch(&index->bucket_view, last * sizeof *buckets, sizeof *buckets, err));
        sane = buckets[last].passed == 0;
    }
    return sane ? RV_OK : rv_fail(err, RV_CORRUPT, "a key index has no sensible size");
}

void rv_key_index_reset(rv_key_index *index) {
    if (index->owned && !index->in_room) {
        rv_pages_free((void *)(uintptr_t)index->buckets, (size_t)index->n_buckets * sizeof(rv_bucket));
        rv_pages_free((void *)(uintptr_t)index->proofs, (size_t)index->n_buckets * sizeof(rv_proofs));
    }
    if (index->owned) rv_free((void *)(uintptr_t)index->runs);
    *index = (rv_key_index){0};
}
