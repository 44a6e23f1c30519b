/*
 * Why a client was matched, filled, segmented and scored. The match is told by going through the cascade again, step
 * by step; segment and score are read back from the job's own outputs, so that what is explained is what was delivered.
 */
#include "table_reader.h"
#include "enrich.h"
#include "explain_score.h"
#include "file.h"
#include "id_table.h"
#include "parallel.h"
#include "job_settings.h"
#include "profile_file.h"
#include "messages.h"

#include <string.h>

/* --- The ids ----------------------------------------------------------------------------------------------------- */

typedef struct id_list {
    const char **ids;
    size_t n;
    char *text; /* stdin, cut into lines */
    bool owned;
} id_list;

static rv_status read_ids(const rv_explain_options *o, id_list *out, rv_error *err) {
    if (o->n_clients != 1 || strcmp(o->clients[0], "-") != 0) {
        *out = (id_list){.ids = (const char **)(uintptr_t)o->clients, .n = o->n_clients};
        return RV_OK;
    }
    id_list list = {.owned = true};
    size_t len;
    RV_TRY(rv_file_read("-", (size_t)64 << 20, &list.text, &len, err));
    size_t lines = 1;
    for (size_t i = 0; i < len; i++) lines += list.text[i] == '\n';
    list.ids = rv_array_new(lines, sizeof *list.ids, err);
    if (!list.ids) {
        rv_free(list.text);
        return RV_NO_MEMORY;
    }
    for (char *rest = list.text, *line; (line = strsep(&rest, "\n"));) {
        size_t n = strlen(line);
        if (n && line[n - 1] == '\r') line[n - 1] = 0;
        if (line[0]) list.ids[list.n++] = line;
    }
    *out = list;
    return RV_OK;
}

static void free_ids(id_list *list) {
    if (!list->owned) return;
    rv_free(list->ids);
    rv_free(list->text);
}

/* --- What the outputs say ---------------------------------------------------------------------------------------- */

typedef struct lookup lookup;
struct lookup {
    rv_id_table wanted;
    const rv_table_info *csv;
    const rv_job_description *job;
    const rv_profile *profile; /* of the scores at hand, or NULL */
    rv_buffer *text;           /* one per wanted id, by its number, as all of these */
    bool *known;               /* in a client file or in a result */
    bool *scored;
    bool *taught; /* labelled active by the segmentation: the profile is learned from them */
    void (*tell)(lookup *l, uint32_t number, const rv_text *cells);
};

static rv_status look(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    lookup *l = ctx;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        const rv_text *cells = block->batch.cells + (size_t)r * block->batch.columns;
        uint32_t number = rv_id_table_find(&l->wanted, cells[0]);
        if (number == RV_ID_NONE) continue;
        l->known[number] = true;
        l->tell(l, number, cells);
    }
    return RV_OK;
}

/* The rows of a result file whose first column is one of the ids. A result that isn't there (yet) says nothing. */
static rv_status look_up(const char *path, lookup *l, int threads, rv_error *err) {
    if (!path || strcmp(path, "-") == 0 || !rv_file_exists(path)) return RV_OK;
    rv_table *csv;
    static const rv_dialect own = {.separator = ',', .encoding = RV_UTF8, .header = RV_YES};
    RV_TRY(rv_table_open(path, &own, &csv, err));
    l->csv = rv_table_describe(csv);
    rv_table_visitor visitor = {.consume = look, .ctx = l};
    rv_status status = rv_table_each(csv, threads, &visitor, err);
    rv_table_close(csv);
    return status;
}

static rv_text cell_named(const rv_table_info *csv, const rv_text *cells, const char *name) {
    for (uint32_t c = 0; c < csv->columns; c++)
        if (rv_text_is(csv->names[c], name)) return cells[c];
    return (rv_text){0};
}

static void put_told(rv_buffer *text, const char *before, rv_text value, const char *after) {
    if (!value.len) return;
    rv_tell_padded(text, before, 0);
    rv_buffer_text(text, value);
    rv_tell_padded(text, after, 0);
}

/* score.active is COLUMN=VALUE of the segmentation, and this is its value. */
static bool is_active(const lookup *l, const char *column, rv_text value) {
    const char *active = l->job->active;
    size_t n = strlen(column);
    return active && strncmp(active, column, n) == 0 && active[n] == '=' && rv_text_is(value, active + n + 1);
}

static void tell_segment(lookup *l, uint32_t number, const rv_text *cells) {
    rv_buffer *text = &l->text[number];
    rv_text state = cell_named(l->csv, cells, "state"), segment = cell_named(l->csv, cells, "segment");
    put_told(text, "  state      ", state, "");
    put_told(text, ", segment ", segment, "");
    put_told(text, ": ", cell_named(l->csv, cells, "orders"), " orders");
    put_told(text, ", the last one ", cell_named(l->csv, cells, "recency_days"), " days ago");
    put_told(text, ", one every ", cell_named(l->csv, cells, "mean_interval_days"), " days");
    put_told(text, "; expected next: ", cell_named(l->csv, cells, "expected_orders"), "");
    put_told(text, ", alive with probability ", cell_named(l->csv, cells, "p_alive"), "");
    rv_buffer_byte(text, '\n');
    l->taught[number] = is_active(l, "state", state) || is_active(l, "segment", segment);
}

static void tell_score(lookup *l, uint32_t number, const rv_text *cells) {
    rv_score_line line = {cell_named(l->csv, cells, "score"), cell_named(l->csv, cells, "rank"),
                          cell_named(l->csv, cells, "decile"), cell_named(l->csv, cells, "probability"),
                          cell_named(l->csv, cells, "reasons")};
    rv_explain_score(&l->text[number], &line, l->profile);
    l->scored[number] = true;
}

/* The profile of the scores: the one that the job applied, or the one that it wrote. One that isn't there adds nothing. */
static rv_status look_up_scores(rv_job_description *job, size_t client, lookup *l, int threads, rv_error *err) {
    const char *file = job->clients[client].path, *path = job->profile;
    rv_profile profile = {0};
    if (!path) path = rv_job_output_for(job, job->out.profile, file);
    if (path && rv_file_exists(path)) RV_TRY(rv_profile_read(path, &profile, err));
    l->profile = profile.columns ? &profile : NULL;
    rv_status status = look_up(rv_job_output_for(job, job->out.scores, file), l, threads, err);
    l->profile = NULL;
    rv_profile_reset(&profile);
    return status;
}

/* Scores were made, and this client has none. */
static void tell_unscored(lookup *l, uint32_t number) {
    rv_buffer *text = &l->text[number];
    if (l->taught[number])
        rv_tell(text, "  score      none: %s, so the profile is learned from this client\n", l->job->active);
    else if (l->job->active && !l->job->profile)
        rv_tell(text, "  score      none: clients with %s teach the profile and aren't scored\n",
                         l->job->active);
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

static rv_status explain_matches(rv_job_description *job, const rv_settings *settings, const id_list *ids, lookup *l,
                                 rv_buffer *text, rv_error *err) {
    rv_megabase *megabase;
    RV_TRY(rv_megabase_open(job->megabase, &megabase, err));
    rv_status status = RV_OK;
    bool *seen = rv_array_new(ids->n ? ids->n : 1, sizeof *seen, err);
    if (!seen) status = RV_NO_MEMORY;
    for (size_t i = 0; i < job->n_clients && status == RV_OK; i++) {
        rv_enrich_options o;
        rv_job_enrich_options(job, i, &o);
        o.out = NULL;
        status = rv_enrich_explain(megabase, &o, settings, ids->ids, ids->n, text, seen, err);
        if (status == RV_OK) status = rv_enrich_explain_linkage(megabase, &o, settings, ids->ids, ids->n, text, err);
    }
    for (size_t i = 0; i < ids->n && status == RV_OK; i++)
        if (seen[i]) l->known[rv_id_table_find(&l->wanted, rv_text_of(ids->ids[i]))] = true;
    rv_free(seen);
    rv_megabase_close(megabase);
    return status;
}

static rv_status lookup_make(lookup *l, const id_list *ids, rv_error *err) {
    size_t n = ids->n ? ids->n : 1;
    uint32_t number;
    if (!(l->text = rv_array_new(n, sizeof *l->text, err))) return RV_NO_MEMORY;
    if (!(l->known = rv_array_new(n, 3 * sizeof *l->known, err))) return RV_NO_MEMORY;
    l->scored = l->known + n;
    l->taught = l->scored + n;
    for (size_t i = 0; i < ids->n; i++) RV_TRY(rv_id_table_add(&l->wanted, rv_text_of(ids->ids[i]), &number, err));
    return RV_OK;
}

static void lookup_reset(lookup *l, size_t ids) {
    for (size_t i = 0; l->text && i < ids; i++) rv_buffer_free(&l->text[i]);
    rv_free(l->text);
    rv_free(l->known);
    rv_id_table_reset(&l->wanted);
}

static bool has_scores(rv_job_description *job) {
    for (size_t i = 0; i < job->n_clients; i++) {
        const char *path = rv_job_output_for(job, job->out.scores, job->clients[i].path);
        if (path && strcmp(path, "-") != 0 && rv_file_exists(path)) return true;
    }
    return false;
}

/* What was found of all is told; that some are unknown is the end's error. */
static rv_status check_known(const lookup *l, const id_list *ids, rv_error *err) {
    const char *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < ids->n; i++) {
        if (l->known[rv_id_table_find(&l->wanted, rv_text_of(ids->ids[i]))]) continue;
        if (!first) first = ids->ids[i];
        n++;
    }
    if (!n) return RV_OK;
    if (n == 1) rv_fail(err, RV_BAD_INPUT, "no client of the job has the id '%s'", first);
    else
        rv_fail(err, RV_BAD_INPUT, "no client of the job has the id '%s', nor %zu others of those asked for", first,
                n - 1);
    rv_error_hint(err, "ids are compared as they stand in the client file: case, zeros and marks count");
    return RV_BAD_INPUT;
}

static rv_status tell_all(rv_job_description *job, const rv_settings *settings, const id_list *ids, lookup *l,
                          rv_buffer *text, rv_error *err) {
    int threads = rv_threads(settings);
    RV_TRY(explain_matches(job, settings, ids, l, text, err));
    l->tell = tell_segment;
    RV_TRY(look_up(job->out.segments, l, threads, err));
    l->tell = tell_score;
    for (size_t i = 0; i < job->n_clients; i++) RV_TRY(look_up_scores(job, i, l, threads, err));
    bool scores = has_scores(job);
    for (uint32_t i = 0; i < l->wanted.n; i++)
        if (scores && l->known[i] && !l->scored[i]) tell_unscored(l, i);
    for (size_t i = 0; i < ids->n; i++) {
        const rv_buffer *told = &l->text[rv_id_table_find(&l->wanted, rv_text_of(ids->ids[i]))];
        RV_TRY(rv_buffer_check(told, err));
        if (told->len == 0) continue;
        if (ids->n > 1) rv_tell(text, "client %s\n", ids->ids[i]);
        rv_buffer_add(text, told->data, told->len);
    }
    return RV_OK;
}

static rv_status explain(rv_job_description *job, const rv_settings *settings, const id_list *ids, rv_report *report,
                         rv_error *err) {
    rv_summary summary;
    rv_summary_begin(&summary, "explain");
    rv_summary_speak(&summary, settings);
    summary.is_answer = true;
    lookup l = {.job = job};
    rv_status status = lookup_make(&l, ids, err);
    for (size_t i = 0; l.text && i < ids->n; i++) l.text[i].language = summary.text.language;
    if (status == RV_OK) status = tell_all(job, settings, ids, &l, &summary.text, err);
    if (status == RV_OK) status = rv_summary_finish(&summary, report, err);
    if (status == RV_OK) status = check_known(&l, ids, err);
    if (status != RV_OK) rv_summary_unfinished(&summary, report);
    lookup_reset(&l, ids->n);
    rv_summary_reset(&summary);
    return status;
}

rv_status rv_explain(const rv_explain_options *o, const rv_settings *given, rv_report *report, rv_error *err) {
    rv_job_description job;
    RV_TRY(rv_job_read(o->job, o->overrides, o->n_overrides, o->environment, &job, err));
    rv_settings settings;
    id_list ids = {0};
    rv_job_settings(&job, given, &settings);
    rv_status status = read_ids(o, &ids, err);
    if (status == RV_OK) status = explain(&job, &settings, &ids, report, err);
    free_ids(&ids);
    rv_job_reset(&job);
    return status;
}
