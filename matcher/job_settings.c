/* What follows from flags and job file together: how to run, and what each output is called. */
#include "job_settings.h"

#include <stdio.h>
#include <string.h>

void rv_job_settings(const rv_job_description *job, const rv_settings *given, rv_settings *out) {
    rv_settings s = *given;
    if (s.threads == 0 && job->threads != UINT64_MAX) s.threads = (int)job->threads;
    if (!s.seeded && job->seed != UINT64_MAX) {
        s.seeded = true;
        s.seed = job->seed;
    }
    if (!s.memory_limit) s.memory_limit = job->memory_limit;
    if (!s.tmpdir) s.tmpdir = job->tmpdir;
    if (job->max_rejects.given) {
        s.max_rejects = job->max_rejects.value;
        s.max_rejects_is_share = job->max_rejects.is_share;
    }
    if (!s.rejects) s.rejects = job->out.rejects;
    s.force |= job->force;
    s.formula_safe |= job->formula_safe;
    if (!s.out_dialect && job->out_dialect)
        s.out_dialect = strcmp(job->out_dialect, "excel-fr") == 0 ? RV_OUT_EXCEL_FR : RV_OUT_PLAIN;
    if (!s.n_gates) {
        s.gates = job->gates.words;
        s.n_gates = job->gates.n;
    }
    *out = s;
}

const char *rv_job_output_for(rv_job_description *job, const char *path, const char *client) {
    if (!path || job->n_clients == 1 || strcmp(path, "-") == 0) return path;
    const char *slash = strrchr(client, '/'), *stem = slash ? slash + 1 : client;
    size_t stem_len = strcspn(stem, ".");
    slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t before = (size_t)(name - path) + strcspn(name, ".");
    size_t size = strlen(path) + stem_len + 2;
    char *out = rv_arena_get(&job->arena, size);
    if (out) snprintf(out, size, "%.*s-%.*s%s", (int)before, path, (int)stem_len, stem, path + before);
    return out;
}

const char *rv_job_beside(rv_job_description *job, const char *path, const char *suffix) {
    if (!path || strcmp(path, "-") == 0) return path;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t before = (size_t)(name - path) + strcspn(name, ".");
    size_t size = strlen(path) + strlen(suffix) + 2;
    char *out = rv_arena_get(&job->arena, size);
    if (out) snprintf(out, size, "%.*s-%s%s", (int)before, path, suffix, path + before);
    return out;
}

static rv_linkage_options linkage_options(const rv_job_description *job) {
    rv_linkage_options out = {
        .threshold = job->threshold, .model = job->link_model, .model_out = job->link_model_out};
    if (job->link) rv_linkage_find(job->link, &out.level);
    return out;
}

void rv_job_enrich_options(rv_job_description *job, size_t client, rv_enrich_options *out) {
    *out = (rv_enrich_options){.megabase = job->megabase,
                               .clients = job->clients[client],
                               .out = rv_job_output_for(job, job->out.enriched, job->clients[client].path),
                               .take = job->take.n ? job->take.words : NULL,
                               .n_take = job->take.n,
                               .sources = job->sources.n ? job->sources.words : NULL,
                               .n_sources = job->sources.n,
                               .linkage = linkage_options(job)};
}
