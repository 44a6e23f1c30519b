/*
 * The whole chain in one process: the base is opened once, each client file is read once. While its enriched rows are
 * written they also become a frame of codes (attributes come as the megabase's own codes, nothing is parsed twice),
 * and the frame is what the profile learns from and the scores are made of.
 *
 * Transactions are segmented first: the states are the labels. They never enter the frame, so what defines a state
 * can't leak into the profile.
 */
#include "job_settings.h"

#include "enrich.h"
#include "file.h"
#include "frame.h"
#include "gates.h"
#include "lifecycle.h"
#include "score.h"

#include <stdio.h>
#include <string.h>

/* --- Before the work --------------------------------------------------------------------------------------------- */

static rv_status check_output(const rv_job_description *job, const char *path, const rv_settings *settings,
                              rv_error *err) {
    if (!path || strcmp(path, "-") == 0) return RV_OK;
    const char *inputs[] = {job->path, job->megabase, job->transactions.path, job->profile, job->build_schema};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) RV_TRY(rv_file_check_distinct(inputs[i], path, err));
    for (size_t i = 0; i < job->n_clients; i++) RV_TRY(rv_file_check_distinct(job->clients[i].path, path, err));
    if (!settings->force && rv_file_exists(path)) {
        rv_fail(err, RV_BAD_ARGUMENT, "the output exists already and is kept");
        rv_error_at(err, path, 0, 0);
        rv_error_hint(err, "to replace the outputs of the job, add --force");
        return RV_BAD_ARGUMENT;
    }
    return RV_OK;
}

/* Found out now rather than after the work. Two outputs under one name would lose one of them. */
static rv_status check_outputs(rv_job_description *job, const rv_settings *settings, rv_error *err) {
    const char *paths[7] = {job->out.enriched, job->out.segments, job->out.scores, job->out.rejects,
                            job->out.profile,  job->out.quality,  job->out.summary};
    for (int i = 0; i < 7; i++) {
        for (int j = 0; paths[i] && j < i; j++) {
            if (!paths[j] || strcmp(paths[i], paths[j]) != 0) continue;
            rv_fail(err, RV_BAD_ARGUMENT, "two outputs of the job have the same name");
            rv_error_at(err, paths[i], 0, 0);
            return RV_BAD_ARGUMENT;
        }
        for (size_t c = 0; c < job->n_clients; c++)
            RV_TRY(check_output(job,
                                i == 1 || i == 6 ? paths[i] : rv_job_output_for(job, paths[i], job->clients[c].path),
                                settings, err));
    }
    return RV_OK;
}

static rv_status build_if_missing(const rv_job_description *job, const rv_settings *settings, rv_summary *summary,
                                  rv_error *err) {
    if (!job->build_schema || rv_file_exists(job->megabase)) return RV_OK;
    double since = rv_clock_seconds();
    rv_build_options o = {.schema = job->build_schema,
                          .sources = job->build_sources.n ? job->build_sources.words : NULL,
                          .n_sources = job->build_sources.n,
                          .out = job->megabase,
                          .layout =
                              job->build_layout && strcmp(job->build_layout, "archive") == 0 ? RV_ARCHIVE : RV_IMAGE};
    rv_settings own = *settings;
    own.rejects = NULL; /* the job's reject file is the clients'; `reveil build --rejects` tells about sources */
    own.held = NULL;    /* the next steps read the megabase; a job run again needn't build it again */
    rv_report report = {0};
    rv_status status = rv_build(&o, &own, &report, err);
    if (status == RV_OK) {
        rv_buffer_string(&summary->text, report.text ? report.text : "");
        rv_buffer_byte(&summary->text, '\n');
        rv_summary_timing(summary, "build", since);
    }
    rv_report_reset(&report);
    return status;
}

static rv_segment_options segment_options(const rv_job_description *job) {
    return (rv_segment_options){.transactions = job->transactions,
                                .as_of = job->as_of,
                                .horizon_days = (uint32_t)job->horizon_days,
                                .active_months = (uint32_t)job->active_months,
                                .own_rhythm = job->states && strcmp(job->states, "rhythm") == 0,
                                .model = job->model && strcmp(job->model, "bg") == 0 ? RV_BG : RV_MBG,
                                .out = job->out.segments};
}

static rv_status segment(rv_job_description *job, const rv_settings *settings, rv_lifecycle *life, rv_summary *summary,
                         rv_error *err) {
    rv_segment_options o = segment_options(job);
    rv_settings own = *settings;
    own.rejects = rv_job_beside(job, settings->rejects, "transactions");
    double since = rv_clock_seconds();
    RV_TRY(rv_lifecycle_compute(&o, &own, life, summary, err));
    if (o.out && !settings->dry_run) RV_TRY(rv_lifecycle_write(life, &o, settings, err));
    rv_summary_timing(summary, "segment", since);
    return RV_OK;
}

/* --- One client file --------------------------------------------------------------------------------------------- */

/* Where a label comes from: --active C=V, C a column of the lifecycle or of the client file. */
typedef struct labels {
    char column[128];
    const char *value;
    const rv_lifecycle *life; /* NULL: from the client file */
    bool by_segment;
    uint8_t wanted; /* the state or segment of that name; UINT8_MAX: none has it, so nobody is active */
    int32_t client_column;
    uint8_t *of; /* per row */
    uint64_t n, cap;
} labels;

/* What a block in flight brings for the frame. */
typedef struct fed {
    rv_frame_piece *piece;
    uint8_t *labels;
    uint32_t room;
} fed;

typedef struct feed {
    const rv_job_description *job;
    rv_frame_builder *builder;
    labels labels;
    uint32_t *columns; /* client columns that enter the frame, by index */
    uint32_t n_columns;
    int32_t id_column;
} feed;

static void feed_reset(feed *f) {
    rv_frame_builder_free(f->builder);
    rv_free(f->labels.of);
    rv_free(f->columns);
}

static void fed_free(void *user) {
    fed *p = user;
    rv_frame_piece_free(p->piece);
    rv_free(p->labels);
    rv_free(p);
}

static bool enters_frame(const rv_enrich_plan *plan, const feed *f, uint32_t c) {
    if (plan->roles->ignored[c] || (int32_t)c == f->labels.client_column || plan->csv->names[c].len > 127) return false;
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)plan->csv->names[c].len, plan->csv->names[c].ptr);
    return rv_column_is_scored(name, plan->roles->roles[c]);
}

static rv_status find_label_column(feed *f, const rv_enrich_plan *plan, rv_error *err) {
    f->labels.client_column = -1;
    if (!f->job->active || f->labels.life) return RV_OK;
    const rv_csv_info *csv = plan->csv;
    for (uint32_t c = 0; c < csv->columns; c++)
        if (rv_text_is(csv->names[c], f->labels.column)) f->labels.client_column = (int32_t)c;
    if (f->labels.client_column >= 0) return RV_OK;
    rv_fail(err, RV_BAD_ARGUMENT, "score.active: the client file has no column '%s', and the job has no transactions",
            f->labels.column);
    rv_error_at(err, f->job->path, 0, 0);
    return RV_BAD_ARGUMENT;
}

static rv_status begin_frame(void *ctx, const rv_enrich_plan *plan, rv_error *err) {
    feed *f = ctx;
    RV_TRY(find_label_column(f, plan, err));
    f->id_column = plan->roles->of[RV_ROLE_ID];
    const rv_schema *schema = rv_megabase_schema(plan->megabase);
    uint32_t clients = plan->csv->columns;
    f->columns = rv_array_new(clients, sizeof *f->columns, err);
    rv_frame_spec *specs = rv_array_new(clients + plan->n_taken, sizeof *specs, err);
    char(*names)[128] = rv_array_new(clients, sizeof *names, err);
    rv_status status = f->columns && specs && names ? RV_OK : RV_NO_MEMORY;
    uint32_t n = 0;
    for (uint32_t c = 0; c < clients && status == RV_OK; c++) {
        if (!enters_frame(plan, f, c)) continue;
        snprintf(names[n], sizeof *names, "%.*s", (int)plan->csv->names[c].len, plan->csv->names[c].ptr);
        specs[n] = (rv_frame_spec){.name = names[n], .role = plan->roles->roles[c]};
        f->columns[n++] = c;
    }
    f->n_columns = n;
    for (size_t i = 0; i < plan->n_taken && status == RV_OK; i++) {
        const rv_attribute *a = &schema->attributes[plan->taken[i]];
        const rv_dictionary *dictionary;
        status = rv_megabase_dictionary(plan->megabase, plan->taken[i], &dictionary, err);
        if (status == RV_OK)
            specs[n++] = (rv_frame_spec){
                .name = a->name, .role = RV_ROLE_ATTRIBUTE, .sensitive = a->sensitive, .dictionary = dictionary};
    }
    if (status == RV_OK) status = rv_frame_builder_new(specs, n, &f->builder, err);
    rv_free(specs);
    rv_free(names);
    return status;
}

/* Who is labelled by the lifecycle; a client without an id has none. */
static void label_by_life(const feed *f, const rv_batch *batch, uint8_t *out) {
    enum { GROUP = 1024 };
    const labels *l = &f->labels;
    uint8_t segments[GROUP], states[GROUP];
    memset(out, RV_UNLABELLED, batch->rows);
    for (uint32_t begin = 0; begin < batch->rows && f->id_column >= 0; begin += GROUP) {
        uint32_t n = batch->rows - begin < GROUP ? batch->rows - begin : GROUP;
        const rv_text *ids = batch->cells + (size_t)begin * batch->columns + f->id_column;
        rv_lifecycle_places(l->life, ids, batch->columns, n, segments, states);
        for (uint32_t i = 0; i < n; i++) {
            if (states[i] == RV_STATE_NONE) continue;
            uint8_t place = l->by_segment ? segments[i] : states[i];
            out[begin + i] = place == l->wanted ? RV_SEED : RV_NON_SEED;
        }
    }
}

static bool wants_column(const void *ctx, uint32_t column) {
    const feed *f = ctx;
    for (uint32_t i = 0; i < f->n_columns; i++)
        if (f->columns[i] == column) return true;
    return false;
}

static uint8_t label_of(const feed *f, const rv_enriched_block *block, uint32_t row) {
    const labels *l = &f->labels;
    if (l->client_column < 0) return RV_UNLABELLED;
    rv_text cell = rv_batch_cell(&block->clients->batch, row, (uint32_t)l->client_column);
    if (cell.len == 0) return RV_UNLABELLED;
    return rv_text_is(rv_text_trim(cell), l->value) ? RV_SEED : RV_NON_SEED;
}

static rv_status ready_fed(fed **out, uint32_t rows, rv_error *err) {
    if (!*out && !(*out = rv_new(sizeof **out, err))) return RV_NO_MEMORY;
    if (rows <= (*out)->room) return RV_OK;
    if (!rv_array_resize(&(*out)->labels, rows, 1, err)) return RV_NO_MEMORY;
    (*out)->room = rows;
    return RV_OK;
}

/* Any thread: looking up and coding a million clients of 70 columns is a second's work. */
static rv_status feed_block(void *ctx, const rv_enriched_block *block, void **user, rv_error *err) {
    feed *f = ctx;
    const rv_batch *batch = &block->clients->batch;
    fed *p = *user;
    rv_status status = ready_fed(&p, batch->rows, err);
    *user = p;
    if (status != RV_OK) return status;
    const rv_text *ids = f->id_column >= 0 ? batch->cells + f->id_column : NULL;
    if (f->labels.life) label_by_life(f, batch, p->labels);
    else
        for (uint32_t r = 0; r < batch->rows; r++) p->labels[r] = label_of(f, block, r);
    rv_text none = {0};
    rv_frame_rows rows = {.rows = batch->rows,
                          .cells = block->cells,
                          .stride = f->n_columns,
                          .ids = ids ? ids : &none,
                          .id_stride = ids ? batch->columns : 0,
                          .codes = block->codes};
    return rv_frame_piece_fill(f->builder, &rows, &p->piece, err);
}

static rv_status take_block(void *ctx, const rv_enrich_plan *plan, const rv_enriched_block *block, void *user,
                            rv_error *err) {
    (void)plan;
    feed *f = ctx;
    const fed *p = user;
    uint32_t rows = block->clients->batch.rows;
    if (f->labels.n + rows > f->labels.cap) {
        uint64_t cap = (f->labels.n + rows) * 2;
        if (!rv_array_resize(&f->labels.of, cap, 1, err)) return RV_NO_MEMORY;
        f->labels.cap = cap;
    }
    memcpy(f->labels.of + f->labels.n, p->labels, rows);
    f->labels.n += rows;
    return rv_frame_builder_take(f->builder, p->piece, err);
}

static rv_status prepare_labels(feed *f, const rv_lifecycle *life, rv_error *err) {
    if (!f->job->active) return RV_OK;
    const char *equals = strchr(f->job->active, '=');
    size_t n = equals ? (size_t)(equals - f->job->active) : 0;
    if (n == 0 || n >= sizeof f->labels.column) {
        rv_fail(err, RV_BAD_ARGUMENT, "score.active: COLUMN=VALUE was expected, for example state=active");
        rv_error_at(err, f->job->path, 0, 0);
        return RV_BAD_ARGUMENT;
    }
    memcpy(f->labels.column, f->job->active, n);
    f->labels.value = equals + 1;
    bool state = strcmp(f->labels.column, "state") == 0;
    f->labels.by_segment = strcmp(f->labels.column, "segment") == 0;
    if (life && (state || f->labels.by_segment)) f->labels.life = life;
    f->labels.wanted = UINT8_MAX;
    for (uint8_t i = 1; i < (f->labels.by_segment ? (uint8_t)RV_SEGMENT_COUNT : (uint8_t)(RV_LOST + 1)); i++) {
        const char *name = f->labels.by_segment ? rv_segment_name(i) : rv_state_name((rv_state)i);
        if (strcmp(name, f->labels.value) == 0) f->labels.wanted = i;
    }
    return RV_OK;
}

static rv_status score(rv_job_description *job, const char *client, feed *f, const rv_settings *settings,
                       rv_summary *summary, rv_error *err) {
    rv_frame frame = {0};
    rv_frame_builder *builder = f->builder;
    f->builder = NULL;
    if (!builder || f->labels.n == 0) {
        rv_frame_builder_free(builder);
        rv_fail(err, RV_BAD_INPUT, "no client could be read, so there is nobody to score");
        rv_error_at(err, client, 0, 0);
        return RV_BAD_INPUT;
    }
    RV_TRY(rv_frame_builder_finish(builder, &frame, err));
    rv_score_options o = {.active = job->active,
                          .profile = job->profile,
                          .method = job->method,
                          .min_seeds = (uint32_t)job->min_seeds,
                          .reasons = (uint32_t)job->reasons,
                          .use_sensitive = job->use_sensitive.words,
                          .n_use_sensitive = job->use_sensitive.n,
                          .out = rv_job_output_for(job, job->out.scores, client),
                          .quality_out = rv_job_output_for(job, job->out.quality, client),
                          .profile_out = rv_job_output_for(job, job->out.profile, client)};
    double since = rv_clock_seconds();
    rv_status status = rv_score_frame(&frame, job->profile ? NULL : f->labels.of, &o, settings, summary, err);
    if (status == RV_OK) rv_summary_timing(summary, "score", since);
    rv_frame_reset(&frame);
    return status;
}

static rv_enrich_options enrich_options(rv_job_description *job, size_t client) {
    return (rv_enrich_options){.megabase = job->megabase,
                               .clients = job->clients[client],
                               .out = rv_job_output_for(job, job->out.enriched, job->clients[client].path),
                               .take = job->take.n ? job->take.words : NULL,
                               .n_take = job->take.n,
                               .sources = job->sources.n ? job->sources.words : NULL,
                               .n_sources = job->sources.n};
}

static rv_status run_client_file(rv_job_description *job, size_t client, rv_megabase *megabase,
                                 const rv_lifecycle *life, const rv_settings *settings, rv_summary *summary,
                                 rv_error *err) {
    const char *path = job->clients[client].path;
    feed f = {.job = job, .labels.client_column = -1};
    rv_settings own = *settings;
    own.rejects = rv_job_output_for(job, settings->rejects, path);
    rv_enrich_options o = enrich_options(job, client);
    bool scoring = job->active || job->profile;
    const rv_enrich_sink sink = {begin_frame, wants_column, feed_block, take_block, fed_free, &f};
    rv_json_object(&summary->json);
    rv_json_put_string(&summary->json, "file", path);
    double since = rv_clock_seconds();
    rv_status status = prepare_labels(&f, life, err);
    if (status == RV_OK)
        status = rv_enrich_file(megabase, &o, &own, scoring && !settings->dry_run ? &sink : NULL, summary, err);
    if (status == RV_OK) rv_summary_timing(summary, "enrich", since);
    if (status == RV_OK && scoring && !settings->dry_run) status = score(job, path, &f, settings, summary, err);
    rv_json_end(&summary->json, '}');
    feed_reset(&f);
    return status;
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

static void list_outputs(const rv_job_description *job, rv_buffer *text) {
    struct {
        const char *what, *path;
    } outs[] = {{"enriched", job->out.enriched}, {"segments", job->out.segments}, {"scores", job->out.scores},
                {"profile", job->out.profile},   {"quality", job->out.quality},   {"rejects", job->out.rejects},
                {"summary", job->out.summary}};
    rv_buffer_string(text, "\noutputs\n");
    for (size_t i = 0; i < sizeof outs / sizeof *outs; i++)
        if (outs[i].path) rv_buffer_format(text, "  %-12s %s\n", outs[i].what, outs[i].path);
    if (job->n_clients > 1) rv_buffer_string(text, "  (one each per client file, named after it)\n");
}

static rv_status run_all(rv_job_description *job, const rv_settings *settings, rv_summary *summary, rv_error *err) {
    static const char *const measures[] = {"match_rate", "auc", NULL}, *const without_score[] = {"match_rate", NULL};
    RV_TRY(rv_gates_validate(settings, job->active ? measures : without_score, err));
    RV_TRY(check_outputs(job, settings, err));
    RV_TRY(build_if_missing(job, settings, summary, err));
    rv_lifecycle life = {0};
    rv_megabase *megabase = NULL;
    rv_status status = RV_OK;
    if (job->transactions.path) status = segment(job, settings, &life, summary, err);
    if (status == RV_OK) status = rv_megabase_open(job->megabase, &megabase, err);
    if (status == RV_OK) {
        rv_json_key(&summary->json, "files");
        rv_json_array(&summary->json);
        for (size_t i = 0; i < job->n_clients && status == RV_OK; i++)
            status = run_client_file(job, i, megabase, job->transactions.path ? &life : NULL, settings, summary, err);
        rv_json_end(&summary->json, ']');
    }
    rv_megabase_close(megabase);
    rv_lifecycle_reset(&life);
    return status;
}

static rv_status write_summary(const char *path, const rv_report *report, const rv_settings *settings, rv_error *err) {
    rv_output *out = NULL;
    RV_TRY(rv_output_open(path, settings->force, &out, err));
    rv_status status = rv_output_write(out, report->json, strlen(report->json), err);
    if (status == RV_OK) status = rv_output_write(out, "\n", 1, err);
    if (status != RV_OK) {
        rv_output_abort(out);
        return status;
    }
    return rv_output_finish(out, settings->held, err);
}

rv_status rv_run_job(const rv_run_options *o, const rv_settings *given, rv_report *report, rv_error *err) {
    rv_job_description job;
    RV_TRY(rv_job_read(o->job, o->overrides, o->n_overrides, o->environment, &job, err));
    rv_settings settings;
    rv_summary summary;
    rv_summary_begin(&summary, "run");
    rv_held_outputs held = {0}; /* a gate missed by the last step must leave nothing of the first */
    rv_status status = rv_job_settings(&job, given, &settings, err);
    settings.held = &held;
    if (status == RV_OK) status = run_all(&job, &settings, &summary, err);
    if (status == RV_OK && !settings.dry_run) list_outputs(&job, &summary.text);
    if (status == RV_OK) status = rv_summary_finish(&summary, report, err);
    if (status == RV_OK && job.out.summary && !settings.dry_run)
        status = write_summary(job.out.summary, report, &settings, err);
    if (status == RV_OK) status = rv_held_publish(&held, err);
    if (status != RV_OK) rv_report_reset(report);
    rv_held_abort(&held);
    rv_summary_reset(&summary);
    rv_job_reset(&job);
    return status;
}
