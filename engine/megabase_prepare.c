/*
 * Indexes, opened: where their parts lie. Nothing of them is read before a probe does (key_index.h). And whole sections
 * proved in one parallel pass, for jobs that go through all of them: since blocks are proved at first touch by whichever
 * thread comes first, a job that asks for rows at random needs no such pass.
 */
#include "megabase_internal.h"

#include "key_slot.h"
#include "parallel.h"

static rv_status index_section(rv_megabase *m, uint32_t key, uint32_t part, const rv_rvl_entry **out, rv_error *err) {
    *out = rv_rvl_find(m->file, RV_SECTION_INDEX + 4 * key + part);
    if (!*out || (*out)->codec != RV_RVL_RAW) return rv_megabase_corrupt(m, err, "a part of a key index is missing");
    return RV_OK;
}

static rv_status open_index(rv_megabase *m, uint32_t key, rv_error *err) {
    const rv_rvl_entry *buckets, *proofs, *runs;
    RV_TRY(index_section(m, key, RV_INDEX_BUCKETS, &buckets, err));
    RV_TRY(index_section(m, key, RV_INDEX_PROOFS, &proofs, err));
    RV_TRY(index_section(m, key, RV_INDEX_RUNS, &runs, err));
    uint64_t n_buckets = buckets->stored / sizeof(rv_bucket);
    if (buckets->stored % sizeof(rv_bucket) || proofs->stored != n_buckets * sizeof(rv_proofs) || runs->stored % 4)
        return rv_megabase_corrupt(m, err, "the parts of a key index don't fit each other");
    rv_key_index index = {.buckets = rv_rvl_bytes(m->file, buckets),
                          .proofs = rv_rvl_bytes(m->file, proofs),
                          .runs = (const uint32_t *)(const void *)rv_rvl_bytes(m->file, runs),
                          .n_buckets = n_buckets,
                          .n_home = buckets->param,
                          .n_runs = runs->stored / 4,
                          .n_keys = m->counts[key],
                          .nonce = rv_index_nonce(&m->meta.secret, rv_rvl_head(m->file)->file_id, key, buckets->param),
                          .in_file = true,
                          .rows = m->meta.rows,
                          .bucket_view = rv_rvl_view_of(m->file, buckets),
                          .proof_view = rv_rvl_view_of(m->file, proofs),
                          .run_view = rv_rvl_view_of(m->file, runs)};
    rv_status status = rv_key_index_check(&index, err);
    if (status != RV_OK) {
        rv_error_at(err, rv_rvl_path(m->file), 0, 0);
        return status;
    }
    m->indexes[key] = index;
    atomic_store_explicit(&m->index_ready[key], true, memory_order_release);
    return RV_OK;
}

static rv_status ready_index(rv_megabase *m, uint32_t key, rv_error *err) {
    if (atomic_load_explicit(&m->index_ready[key], memory_order_acquire)) return RV_OK;
    rv_status status = RV_OK;
    pthread_mutex_lock(&m->lock);
    if (!atomic_load(&m->index_ready[key])) status = open_index(m, key, err);
    pthread_mutex_unlock(&m->lock);
    return status;
}

rv_status rv_megabase_index(rv_megabase *m, const char *key, const rv_key_index **out, rv_error *err) {
    for (uint32_t i = 0; i < m->schema.n_keys; i++) {
        if (strcmp(m->schema.keys[i], key) != 0) continue;
        if (!rv_rvl_find(m->file, RV_SECTION_INDEX + 4 * i)) break;
        RV_TRY(ready_index(m, i, err));
        *out = &m->indexes[i];
        return RV_OK;
    }
    *out = NULL;
    return RV_OK;
}

static rv_status prepare_index(rv_megabase *m, uint32_t key, int threads, rv_error *err) {
    RV_TRY(ready_index(m, key, err));
    for (uint32_t part = RV_INDEX_BUCKETS; part <= RV_INDEX_RUNS; part++) {
        const rv_rvl_entry *section;
        RV_TRY(index_section(m, key, part, &section, err));
        RV_TRY(rv_rvl_prove_all(m->file, section, threads, err));
    }
    return RV_OK;
}

static rv_status prepare_rows(rv_megabase *m, rv_rows_section *section, int threads, rv_error *err) {
    if (section->width == 0) return RV_OK;
    RV_TRY(rv_rows_ready(m, section, err));
    if (!section->frames) return rv_rvl_prove_all(m->file, section->entry, threads, err);
    RV_TRY(rv_rvl_frames_all(section->frames, threads, err));
    section->decoded = section->data;
    return RV_OK;
}

static rv_status prepare_strings(rv_megabase *m, int threads, rv_error *err) {
    RV_TRY(rv_rvl_prove_all(m->file, m->contacts, threads, err));
    if (m->places) RV_TRY(rv_rvl_prove_all(m->file, m->places, threads, err));
    return m->origins ? rv_rvl_prove_all(m->file, m->origins, threads, err) : RV_OK;
}

rv_status rv_megabase_prepare(rv_megabase *m, unsigned what, int threads, rv_error *err) {
    if (threads < 1) threads = rv_threads(NULL);
    for (uint32_t i = 0; i < m->schema.n_keys && (what & RV_PREPARE_INDEXES); i++)
        if (rv_rvl_find(m->file, RV_SECTION_INDEX + 4 * i)) RV_TRY(prepare_index(m, i, threads, err));
    if (what & RV_PREPARE_PERSONS) RV_TRY(prepare_rows(m, &m->persons, threads, err));
    if (what & RV_PREPARE_RECORDS) {
        RV_TRY(prepare_rows(m, &m->records, threads, err));
        for (uint32_t i = 0; i < m->schema.n_attributes; i++) RV_TRY(prepare_rows(m, &m->wide[i], threads, err));
    }
    return what & RV_PREPARE_STRINGS ? prepare_strings(m, threads, err) : RV_OK;
}
