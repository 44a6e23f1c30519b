/* What follows from flags and job file together: how to run, and what each output is called. */
#include "job_settings.h"

#include <stdio.h>
#include <string.h>

static rv_status read_share(const char *text, rv_settings *s, rv_error *err) {
    rv_text t = rv_text_of(text);
    bool share = t.len && t.ptr[t.len - 1] == '%';
    if (share) t.len--;
    double n;
    if (!rv_text_to_decimal(t, '.', &n) || n < 0 || (share && n > 100))
        return rv_fail(err, RV_BAD_ARGUMENT, "max_rejects: a number or a share such as 2%% was expected, not '%s'",
                       text);
    s->max_rejects = share ? n / 100 : n;
    s->max_rejects_is_share = share;
    return RV_OK;
}

static rv_status read_bytes(const char *text, uint64_t *out, rv_error *err) {
    rv_text t = rv_text_of(text);
    uint64_t scale = 1;
    if (t.len && (t.ptr[t.len - 1] == 'B' || t.ptr[t.len - 1] == 'b')) t.len--;
    if (t.len && t.ptr[t.len - 1] == 'i') t.len--;
    if (t.len) {
        switch (t.ptr[t.len - 1]) {
        case 'T':
        case 't': scale <<= 10; /* fall through */
        case 'G':
        case 'g': scale <<= 10; /* fall through */
        case 'M':
        case 'm': scale <<= 10; /* fall through */
        case 'K':
        case 'k':
            scale <<= 10;
            t.len--;
            break;
        default: break;
        }
    }
    double n;
    if (!rv_text_to_decimal(t, '.', &n) || n < 0 || n > 1e6 * (scale == 1 ? 1e12 : 1))
        return rv_fail(err, RV_BAD_ARGUMENT, "memory_limit: a size such as 6G was expected, not '%s'", text);
    *out = (uint64_t)(n * (double)scale);
    return RV_OK;
}

rv_status rv_job_settings(const rv_job_description *job, const rv_settings *given, rv_settings *out, rv_error *err) {
    rv_settings s = *given;
    if (s.threads == 0 && job->threads != UINT64_MAX) s.threads = (int)job->threads;
    if (!s.seeded && job->seed != UINT64_MAX) {
        s.seeded = true;
        s.seed = job->seed;
    }
    if (!s.memory_limit && job->memory_limit) RV_TRY(read_bytes(job->memory_limit, &s.memory_limit, err));
    if (!s.tmpdir) s.tmpdir = job->tmpdir;
    if (job->max_rejects) RV_TRY(read_share(job->max_rejects, &s, err));
    if (!s.rejects) s.rejects = job->out.rejects;
    s.force |= job->force;
    if (!s.n_gates) {
        s.gates = job->gates.words;
        s.n_gates = job->gates.n;
    }
    *out = s;
    return RV_OK;
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

static rv_status linkage_options(const rv_job_description *job, rv_linkage_options *out, rv_error *err) {
    *out = (rv_linkage_options){.model = job->link_model, .model_out = job->link_model_out};
    if (job->link) rv_linkage_find(job->link, &out->level);
    if (!job->threshold) return RV_OK;
    if (rv_text_to_decimal(rv_text_of(job->threshold), '.', &out->threshold) && out->threshold > 0 &&
        out->threshold < 1)
        return RV_OK;
    return rv_fail(err, RV_BAD_ARGUMENT, "threshold: a probability between 0 and 1 was expected, not '%s'",
                   job->threshold);
}

rv_status rv_job_enrich_options(rv_job_description *job, size_t client, rv_enrich_options *out, rv_error *err) {
    *out = (rv_enrich_options){.megabase = job->megabase,
                               .clients = job->clients[client],
                               .out = rv_job_output_for(job, job->out.enriched, job->clients[client].path),
                               .take = job->take.n ? job->take.words : NULL,
                               .n_take = job->take.n,
                               .sources = job->sources.n ? job->sources.words : NULL,
                               .n_sources = job->sources.n};
    return linkage_options(job, &out->linkage, err);
}
