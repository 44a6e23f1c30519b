/*
 * The job `score --megabase`: the best contacts of the whole base who aren't clients yet. Clients are looked up first
 * (exclude.h), then the base is scored in one pass (score_base.h), and only the best are read: their ids, and their
 * codes for the reasons.
 */
#include "messages.h"
#include "prospect_plan.h"

#include "file.h"
#include "gates.h"
#include "parallel.h"
#include "score_write.h"

enum { BLOCK = 1024 }; /* contacts written at a time */

typedef struct job {
    const rv_prospect_options *options;
    const rv_settings *settings;
    rv_summary *summary;
    rv_megabase *megabase;
    rv_prospect_plan plan;
    rv_exclusion exclusion;
    rv_best best;
    rv_table_out *out;
} job;

/* --- Before ------------------------------------------------------------------------------------------------------ */

static rv_status check_options(const rv_prospect_options *o, const rv_settings *settings, rv_error *err) {
    if (!o->megabase) return rv_fail(err, RV_BAD_ARGUMENT, "--megabase is needed");
    if (!o->profile)
        return rv_fail(err, RV_BAD_ARGUMENT, "--profile P.json is needed: the base is scored, not learned from");
    if (!o->top) {
        rv_fail(err, RV_BAD_ARGUMENT, "--top N is needed: how many contacts to propose");
        rv_error_hint(err, "--top 100000");
        return RV_BAD_ARGUMENT;
    }
    if (!o->out && !settings->dry_run) return rv_fail(err, RV_BAD_ARGUMENT, "--out is needed");
    if (o->reasons > RV_REASONS_MAX)
        return rv_fail(err, RV_BAD_ARGUMENT, "--reasons %u: %d are the most", o->reasons, RV_REASONS_MAX);
    const char *outputs[] = {o->out, settings->rejects};
    for (size_t i = 0; i < 2; i++) {
        RV_TRY(rv_file_check_distinct(o->megabase, outputs[i], err));
        RV_TRY(rv_file_check_distinct(o->profile, outputs[i], err));
        RV_TRY(rv_file_check_distinct(o->exclude.path, outputs[i], err));
    }
    return RV_OK;
}

/* --- Writing ----------------------------------------------------------------------------------------------------- */

typedef struct slot {
    uint32_t first, n; /* of the best */
    rv_contact_reader *reader;
    rv_arena arena;
    uint32_t *rows, *codes, *turned; /* codes by row, then by column */
    rv_codes *columns;               /* per column of the profile: into turned, or zeros */
    rv_contact *contacts;
    rv_buffer text, scratch;
} slot;

typedef struct writing {
    const job *job;
    rv_reasons reasons;
    uint32_t next;
} writing;

static void free_slot(slot *s) {
    rv_contact_reader_free(s->reader);
    rv_arena_free(&s->arena);
    rv_free(s->rows);
    rv_free(s->codes);
    rv_free(s->turned);
    rv_free(s->columns);
    rv_free(s->contacts);
    rv_buffer_free(&s->text);
    rv_buffer_free(&s->scratch);
}

/* The column behind the last is zeros: for those that don't count. */
static rv_status make_slot(const job *j, slot *s, rv_error *err) {
    const rv_prospect_plan *p = &j->plan;
    if (s->reader) return RV_OK;
    s->rows = rv_array_new(BLOCK, sizeof *s->rows, err);
    s->codes = rv_array_new((size_t)BLOCK * (p->n + 1), sizeof *s->codes, err);
    s->turned = rv_array_new((size_t)BLOCK * (p->n + 1), sizeof *s->turned, err);
    s->columns = rv_array_new((size_t)p->profile.columns + 1, sizeof *s->columns, err);
    s->contacts = rv_array_new(BLOCK, sizeof *s->contacts, err);
    if (!s->rows || !s->codes || !s->turned || !s->columns || !s->contacts) return RV_NO_MEMORY;
    for (uint32_t c = 0, i = 0; c < p->profile.columns; c++) {
        bool counts = i < p->n && p->columns[i] == c;
        s->columns[c] = (rv_codes){.wide = s->turned + (size_t)BLOCK * (counts ? i : p->n)};
        i += counts;
    }
    return rv_contact_reader_new(j->megabase, &s->reader, err);
}

static rv_status next_block(void *ctx, void *at, bool *end, rv_error *err) {
    writing *w = ctx;
    slot *s = at;
    uint32_t left = w->job->best.n - w->next;
    *end = left == 0;
    s->first = w->next;
    s->n = left < BLOCK ? left : BLOCK;
    w->next += s->n;
    return rv_check_cancel(w->job->settings, err);
}

static rv_status write_block(void *ctx, void *at, int worker, rv_error *err) {
    (void)worker;
    const writing *w = ctx;
    const job *j = w->job;
    const rv_prospect_plan *p = &j->plan;
    slot *s = at;
    RV_TRY(make_slot(j, s, err));
    for (uint32_t i = 0; i < s->n; i++) s->rows[i] = j->best.rows[s->first + i].row;
    rv_arena_reset(&s->arena);
    RV_TRY(rv_contact_read_coded(s->reader, s->rows, s->n, NULL, p->attributes, p->n, &s->arena, s->contacts, s->codes,
                                 err));
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t c = 0; c < p->n; c++) s->turned[(size_t)c * BLOCK + i] = s->codes[(size_t)i * p->n + c];
    rv_profile_view view = p->view;
    view.codes = s->columns;
    uint32_t reasons = j->options->reasons ? j->options->reasons : (uint32_t)RV_REASONS_DEFAULT;
    s->text.len = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        uint64_t rank = (uint64_t)s->first + i + 1;
        rv_scored_line line = {s->contacts[i].id, j->best.rows[rank - 1].score, rank, j->best.eligible, i};
        rv_scored_put(&p->profile, &view, &w->reasons, reasons, &line, &s->scratch, &s->text);
    }
    RV_TRY(rv_buffer_check(&s->scratch, err));
    RV_TRY(rv_buffer_check(&s->text, err));
    return rv_table_out_pack(j->out, &s->text, err);
}

static rv_status append_block(void *ctx, void *at, rv_error *err) {
    const writing *w = ctx;
    const slot *s = at;
    rv_progress(w->job->settings, "write", s->first, w->job->best.n);
    return rv_table_out_append(w->job->out, &s->text, err);
}

static rv_status write_best(job *j, rv_error *err) {
    int threads = rv_threads(j->settings);
    size_t slots = (size_t)threads * 2 + 1;
    writing w = {.job = j};
    RV_TRY(rv_scored_header(j->out, "contact_id", err));
    RV_TRY(rv_reasons_make(&j->plan.profile, &w.reasons, err));
    slot *ring = rv_array_new(slots, sizeof *ring, err);
    rv_status status = RV_NO_MEMORY;
    if (ring) {
        rv_pipeline pipeline = {.produce = next_block,
                                .work = write_block,
                                .consume = append_block,
                                .ctx = &w,
                                .slot_array = ring,
                                .slot_bytes = sizeof *ring,
                                .slots = slots};
        status = rv_pipeline_run(&pipeline, threads, err);
        for (size_t i = 0; i < slots; i++) free_slot(&ring[i]);
    }
    rv_free(ring);
    rv_reasons_reset(&w.reasons);
    return status;
}

/* --- The summary ------------------------------------------------------------------------------------------------- */

static void put_exclusion(const job *j, rv_json *json, rv_buffer *text) {
    const rv_exclusion *e = &j->exclusion;
    rv_json_key(json, "excluded");
    rv_json_object(json);
    rv_json_put_unsigned(json, "clients", e->clients);
    rv_json_put_unsigned(json, "known", e->known);
    rv_json_put_unsigned(json, "without_key", e->without_key);
    rv_json_put_unsigned(json, "contacts", e->contacts);
    rv_json_end(json, '}');
    rv_tell(text, "excluded: %llu contacts, by any key of %llu of %llu clients\n", (unsigned long long)e->contacts,
            (unsigned long long)e->known, (unsigned long long)e->clients);
    if (e->without_key)
        rv_warn(j->settings, "%llu clients have no key to be known by: contacts who are these may be proposed",
                (unsigned long long)e->without_key);
}

static void put_left_out(const job *j, rv_json *json) {
    const rv_prospect_plan *p = &j->plan;
    uint32_t left_out = p->profile.columns - p->n;
    rv_json_key(json, "left_out");
    rv_json_array(json);
    for (uint32_t c = 0, i = 0; c < p->profile.columns; c++) {
        bool counts = i < p->n && p->columns[i] == c;
        i += counts;
        if (!counts) rv_json_string(json, p->profile.column[c].name);
    }
    rv_json_end(json, ']');
    if (left_out)
        rv_warn(j->settings,
                "%u of the profile's %u columns don't count: scores and probabilities are those of people "
                "who are average in them",
                left_out, p->profile.columns);
}

static void summarise(const job *j) {
    rv_json *json = &j->summary->json;
    rv_buffer *text = &j->summary->text;
    const rv_prospect_plan *p = &j->plan;
    const rv_best *b = &j->best;
    uint64_t rows = rv_megabase_rows(j->megabase);
    rv_json_key(json, "prospects");
    rv_json_object(json);
    rv_json_put_unsigned(json, "megabase_rows", rows);
    rv_json_put_string(json, "method", p->profile.method);
    rv_json_put_unsigned(json, "attributes", p->n);
    put_left_out(j, json);
    if (j->exclusion.bits) put_exclusion(j, json, text);
    rv_json_put_unsigned(json, "required", p->n_filters - p->n_consents);
    rv_json_key(json, "consents");
    rv_json_array(json);
    for (size_t i = p->n_filters - p->n_consents; i < p->n_filters; i++)
        rv_json_string(json, rv_megabase_schema(j->megabase)->attributes[p->filters[i].attribute].name);
    rv_json_end(json, ']');
    rv_json_put_unsigned(json, "filtered", rows - j->exclusion.contacts - b->eligible);
    rv_json_put_unsigned(json, "scored", b->eligible);
    rv_json_put_unsigned(json, "proposed", b->n);
    if (b->n) {
        rv_json_key(json, "best_score");
        rv_json_integer(json, b->rows[0].score);
        rv_json_key(json, "last_score");
        rv_json_integer(json, b->rows[b->n - 1].score);
    }
    rv_json_put_string(json, "probability", p->profile.calibration.n ? "given" : "withheld");
    rv_json_end(json, '}');
    if (p->n_filters)
        rv_tell(text, "left out: %llu contacts, by %zu required values and %zu refusals of consent\n",
                (unsigned long long)(rows - j->exclusion.contacts - b->eligible), p->n_filters - p->n_consents,
                p->n_consents);
    rv_tell(text, "profile: %s, method %s, %u attributes\nscored: %llu of %llu contacts; proposed: the best %u",
            j->options->profile, p->profile.method, p->n, (unsigned long long)b->eligible, (unsigned long long)rows,
            b->n);
    if (b->n) rv_tell(text, ", with scores from %d to %d", b->rows[0].score, b->rows[b->n - 1].score);
    rv_buffer_byte(text, '\n');
    if (b->n < j->options->top)
        rv_warn(j->settings, "%u contacts are all there are to propose; --top asks for %u", b->n, j->options->top);
}

/* --- The job ----------------------------------------------------------------------------------------------------- */

static rv_status run(job *j, rv_error *err) {
    const rv_prospect_options *o = j->options;
    double since = rv_clock_seconds();
    if (o->out && !j->settings->dry_run) RV_TRY(rv_table_out_open(o->out, j->settings->force, &j->out, err));
    rv_table_out_for_people(j->out, j->settings, 1, 15); /* score, probability, rank, decile */
    RV_TRY(rv_megabase_open(o->megabase, &j->megabase, err));
    RV_TRY(rv_prospect_plan_make(j->megabase, o, &j->plan, err));
    rv_summary_timing(j->summary, "open", since);
    if (o->exclude.path) {
        since = rv_clock_seconds();
        RV_TRY(rv_exclude_clients(j->megabase, &o->exclude, j->settings, j->summary, &j->exclusion, err));
        rv_megabase_release(j->megabase, RV_PREPARE_INDEXES); /* 3.4 GB of a base of 44 M that nobody asks again */
        rv_summary_timing(j->summary, "exclude", since);
    }
    since = rv_clock_seconds();
    rv_best_query query = {.base = j->plan.profile.base,
                           .points = j->plan.points,
                           .n_points = j->plan.n,
                           .pairs = j->plan.pairs,
                           .n_pairs = j->plan.view.pairs,
                           .filters = j->plan.filters,
                           .n_filters = j->plan.n_filters,
                           .exclusion = &j->exclusion,
                           .top = o->top};
    RV_TRY(rv_best_rows(j->megabase, &query, j->settings, &j->best, err));
    rv_summary_timing(j->summary, "score", since);
    since = rv_clock_seconds();
    if (j->out) RV_TRY(write_best(j, err));
    rv_summary_timing(j->summary, "write", since);
    summarise(j);
    return RV_OK;
}

static void job_reset(job *j) {
    rv_table_out_abort(j->out);
    rv_free(j->best.rows);
    rv_exclusion_reset(&j->exclusion);
    rv_prospect_plan_reset(&j->plan);
    rv_megabase_close(j->megabase);
}

rv_status rv_prospects(const rv_prospect_options *options, const rv_settings *settings, rv_report *report,
                       rv_error *err) {
    static const rv_settings defaults;
    static const char *const measures[] = {NULL};
    if (!settings) settings = &defaults;
    RV_TRY(rv_gates_validate(settings, measures, err));
    RV_TRY(check_options(options, settings, err));
    rv_summary summary;
    rv_summary_begin(&summary, "score");
    rv_summary_speak(&summary, settings);
    job j = {.options = options, .settings = settings, .summary = &summary};
    rv_status status = run(&j, err);
    if (status == RV_OK && report) status = rv_summary_finish(&summary, report, err);
    if (status == RV_OK && j.out) {
        rv_table_out *out = j.out;
        j.out = NULL;
        status = rv_table_out_finish(out, settings->held, err);
        if (status != RV_OK && report) rv_report_reset(report);
    }
    job_reset(&j);
    rv_summary_reset(&summary);
    return status;
}
