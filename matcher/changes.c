/*
 * --if-changed: is there anything to do? A fingerprint of all that decides about a job's results (the program's version,
 * the command and its options, the bytes of its inputs) is kept in the summary of a job that ended well, and compared
 * before the next one begins. Inputs are hashed before the job reads them, so that one that changes meanwhile is noticed
 * the next time. A megabase is known by its own seals, which spares reading it; one that the job has to make first is
 * hashed when it has been made.
 */
#include "file.h"
#include "file_keys.h"
#include "hash.h"
#include "job_config.h"
#include "job_settings.h"
#include "megabase.h"
#include "schema_file.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t hash, const char *text) { return rv_hash64(text, strlen(text) + 1, hash); }

static bool is_megabase(const char *path) {
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".rvl") == 0;
}

/* The name counts, and whether it is there; what is there counts by its bytes. */
static rv_status mix_file(const char *path, uint64_t *hash, rv_error *err) {
    *hash = mix(*hash, path);
    if (!rv_file_exists(path)) {
        *hash = mix(*hash, "absent");
        return RV_OK;
    }
    if (is_megabase(path)) {
        rv_megabase *megabase;
        uint64_t bytes, identity[2];
        RV_TRY(rv_megabase_open(path, &megabase, err));
        identity[0] = rv_megabase_identity(megabase, &bytes);
        identity[1] = bytes;
        rv_megabase_close(megabase);
        *hash = rv_hash64(identity, sizeof identity, *hash);
        return RV_OK;
    }
    rv_mapping map;
    RV_TRY(rv_file_map(path, &map, err));
    *hash = rv_hash64(map.data ? (const void *)map.data : "", map.size, *hash);
    rv_file_unmap(&map);
    return RV_OK;
}

/* The files of a schema's sources, in bytewise order: what build reads when none is named. */
static rv_status mix_sources(const char *schema, uint64_t *hash, rv_error *err) {
    rv_schema_file file;
    RV_TRY(rv_schema_file_open(schema, &file, err));
    rv_status status = RV_OK;
    for (size_t i = 0; i < file.n_sources && status == RV_OK; i++)
        for (size_t j = 0; j < file.sources[i].n_files && status == RV_OK; j++) {
            glob_t found = {0}; /* sorted by the C library as long as the locale is C, which nothing here changes */
            int result = glob(file.sources[i].files[j], 0, NULL, &found);
            if (result == GLOB_NOSPACE) status = rv_fail_memory(err, 0);
            for (size_t k = 0; result == 0 && k < found.gl_pathc && status == RV_OK; k++)
                status = mix_file(found.gl_pathv[k], hash, err);
            globfree(&found);
        }
    rv_schema_file_reset(&file);
    return status;
}

/* --- A job ------------------------------------------------------------------------------------------------------- */

/* Of the files that a job names by a key of its own. */
static bool is_input(const rv_file_key *k) {
    static const char *const others[] = {"megabase", "build.schema", "model_out", "tmpdir"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(k->path, others[i]) == 0) return false;
    return k->form == RV_FORM_PATH && k->at != RV_NO_PLACE && strncmp(k->path, "out.", 4) != 0;
}

static rv_status mix_named(const rv_job_description *job, const rv_file_key *k, uint64_t *hash, rv_error *err) {
    const char *path;
    memcpy(&path, (const char *)job + k->at, sizeof path);
    return path ? mix_file(path, hash, err) : RV_OK;
}

static rv_status mix_job(const rv_run_options *run, uint64_t *hash, uint64_t *base, bool *due, rv_error *err) {
    rv_job_description job;
    RV_TRY(rv_job_read(run->job, run->overrides, run->n_overrides, run->environment, &job, err));
    rv_buffer config = {0};
    rv_status status = rv_job_config(&job, run->environment, &config, err);
    if (status == RV_OK) *hash = rv_hash64(config.data, config.len, *hash);
    rv_buffer_free(&config);
    if (status == RV_OK && job.transactions.path) status = mix_file(job.transactions.path, hash, err);
    for (const rv_file_key *k = rv_job_keys; k->path && status == RV_OK; k++)
        if (is_input(k)) status = mix_named(&job, k, hash, err);
    for (size_t i = 0; i < job.n_clients && status == RV_OK; i++) {
        status = mix_file(job.clients[i].path, hash, err);
        if (status == RV_OK && job.clients[i].schema) status = mix_file(job.clients[i].schema, hash, err);
    }
    *due = job.build_schema && !rv_file_exists(job.megabase);
    if (status == RV_OK) status = mix_file(job.megabase, base, err);
    rv_job_reset(&job);
    return status;
}

rv_status rv_fingerprint_of(const rv_work *work, rv_fingerprint *out, rv_error *err) {
    uint64_t hash = mix(mix(0, rv_version()), work->command), base = 0;
    bool due = false;
    for (size_t i = 0; i < work->n_inputs; i++) RV_TRY(mix_file(work->inputs[i], &hash, err));
    if (work->build_schema) RV_TRY(mix_sources(work->build_schema, &hash, err));
    if (work->run) RV_TRY(mix_job(work->run, &hash, &base, &due, err));
    snprintf(out->text, sizeof out->text, "%016llx-%016llx", (unsigned long long)hash, (unsigned long long)base);
    out->megabase_is_due = due;
    return RV_OK;
}

/* --- The last summary -------------------------------------------------------------------------------------------- */

static bool told_by(const char *summary, const char *fingerprint) {
    rv_document *document;
    if (!rv_file_exists(summary) || rv_document_open(summary, &document, NULL) != RV_OK) return false;
    const rv_node *root = rv_document_root(document);
    const rv_node *status = rv_node_get(root, "status"), *print = rv_node_get(root, "fingerprint");
    bool same = status && print && rv_node_string(status) && rv_node_string(print) &&
                strcmp(rv_node_string(status), "ok") == 0 && strcmp(rv_node_string(print), fingerprint) == 0;
    rv_document_close(document);
    return same;
}

static rv_status job_outputs_are_there(const rv_run_options *run, bool *all, rv_error *err) {
    rv_job_description job;
    RV_TRY(rv_job_read(run->job, run->overrides, run->n_overrides, run->environment, &job, err));
    const char *each[] = {job.out.enriched, job.out.scores}, *once[] = {job.out.segments, job.out.summary};
    for (size_t i = 0; i < 2; i++) {
        if (once[i] && strcmp(once[i], "-") != 0) *all &= rv_file_exists(once[i]);
        for (size_t c = 0; each[i] && c < job.n_clients; c++) {
            const char *path = rv_job_output_for(&job, each[i], job.clients[c].path);
            *all &= path && rv_file_exists(path);
        }
    }
    rv_job_reset(&job);
    return RV_OK;
}

rv_status rv_check_changed(const rv_work *work, const rv_fingerprint *fingerprint, const char *summary,
                           rv_error *err) {
    if (fingerprint->megabase_is_due || !told_by(summary, fingerprint->text)) return RV_OK;
    bool all = true;
    for (size_t i = 0; i < work->n_outputs; i++) all &= rv_file_exists(work->outputs[i]);
    if (work->run) RV_TRY(job_outputs_are_there(work->run, &all, err));
    if (!all) return RV_OK;
    return rv_fail(err, RV_UNCHANGED, "nothing to do: inputs, options and program are those of the last summary");
}
