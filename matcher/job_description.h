/*
 * A job file, read: what rv_run_job and rv_explain do. Strict keys, errors with line and column, ${NAME} from the
 * caller's environment, overrides from the command line. Relative paths start at the job file's own folder.
 */
#ifndef RV_JOB_DESCRIPTION_H
#define RV_JOB_DESCRIPTION_H

#include "document.h"
#include "memory.h"

typedef struct rv_job_list { /* words of a list key */
    const char **words;
    size_t n;
} rv_job_list;

typedef struct rv_job_share { /* 100, or 2 % as .02 */
    double value;
    bool is_share, given;
} rv_job_share;

typedef struct rv_job_description {
    const char *path;
    const char *megabase;
    const char *build_schema; /* build: {schema, sources, layout}: made first when the megabase is missing */
    rv_job_list build_sources;
    const char *build_layout;
    rv_table_options *clients; /* one per client file */
    size_t n_clients;
    rv_table_options transactions; /* path NULL: none */
    const char *as_of, *link, *link_model, *link_model_out;
    double threshold; /* 0: not given */
    rv_job_list take, sources, gates, use_sensitive, monotone;
    uint64_t horizon_days, active_months;
    const char *model, *states, *rfm, *previous;
    const char *active, *method, *profile, *previous_profile;
    uint64_t min_seeds, reasons;
    struct {
        const char *enriched, *segments, *scores, *rejects, *profile, *quality, *summary;
    } out;
    uint64_t threads, seed; /* UINT64_MAX: not given */
    uint64_t memory_limit; /* bytes; 0: not given */
    rv_job_share max_rejects;
    const char *tmpdir;
    bool force, formula_safe;
    const char *out_dialect;
    rv_arena arena;        /* owns all texts */
    rv_document *document; /* what was read, with what the environment and the command line put into it */
} rv_job_description;

typedef char *(*rv_environment)(const char *name);
rv_status rv_job_read(const char *path, const rv_assignment *overrides, size_t n_overrides, rv_environment environment,
                      rv_job_description *out, rv_error *err);
void rv_job_reset(rv_job_description *job);

#endif
