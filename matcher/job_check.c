/*
 * The check command. One pass over the file for what is filled and what is rejected, its first rows for roles and
 * examples, and a sample of it against the megabase for the match rate to expect. Nothing is written.
 */
#include "file.h"
#include "check.h"
#include "enrich.h"
#include "file_samples.h"
#include "megabase.h"
#include "parallel.h"
#include "placeholder.h"
#include <stdio.h>

/* --- The first rows ------------------------------------------------------------------------------------------------ */

enum { SHAPES = 16 };
typedef struct shapes {
    char text[SHAPES][28];
    unsigned count[SHAPES], n;
} shapes;

static void note_shape(shapes *s, rv_text value, bool show) {
    char shape[28];
    rv_text cut = value.len > 26 ? rv_text_make(value.ptr, 26) : value;
    if (show) snprintf(shape, sizeof shape, "%.*s", (int)cut.len, cut.ptr);
    else rv_text_shape(cut, shape, sizeof shape);
    for (char *c = shape; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t') *c = ' ';
    for (unsigned i = 0; i < s->n; i++)
        if (strcmp(s->text[i], shape) == 0) {
            s->count[i]++;
            return;
        }
    if (s->n == SHAPES) return;
    memcpy(s->text[s->n], shape, sizeof shape);
    s->count[s->n++] = 1;
}

static void take_examples(const rv_batch *sample, uint32_t column, bool show, rv_checked_column *out) {
    shapes s = {0};
    for (uint32_t row = 0; row < sample->rows && row < RV_CONTENT_ROWS; row++) {
        rv_text value = rv_text_trim(rv_batch_cell(sample, row, column));
        if (value.len) note_shape(&s, value, show);
    }
    for (unsigned k = 0; k < RV_CHECK_EXAMPLES && k < s.n; k++) {
        unsigned best = 0;
        for (unsigned i = 1; i < s.n; i++)
            if (s.count[i] > s.count[best]) best = i;
        if (s.count[best] == 0) break;
        memcpy(out->examples[k], s.text[best], sizeof out->examples[k]);
        s.count[best] = 0;
    }
}

static rv_status look_at_head(rv_checked *c, rv_table *table, const rv_settings *settings, rv_error *err) {
    const rv_dialect *dialect = &c->options->clients.dialect;
    rv_batch sample;
    RV_TRY(rv_table_roles_of(&c->options->clients, table, &c->roles, err));
    RV_TRY(rv_table_peek(table, &sample, err));
    rv_column_content *contents = rv_array_new(c->info->columns, sizeof *contents, err);
    if (!contents) return RV_NO_MEMORY;
    rv_status status = rv_content_read(&sample, dialect->country, dialect->date_order, contents, err);
    for (uint32_t i = 0; status == RV_OK && i < c->info->columns; i++) {
        c->columns[i].content = contents[i];
        take_examples(&sample, i, settings->show_values, &c->columns[i]);
    }
    rv_free(contents);
    return status;
}

/* --- All rows ------------------------------------------------------------------------------------------------------ */

typedef struct passing {
    rv_checked *checked;
    const rv_settings *settings;
} passing;

static rv_status count_filled(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)ctx, (void)worker;
    const rv_batch *batch = &block->batch;
    uint64_t *filled = rv_arena_get(block->arena, (batch->columns + 1) * sizeof *filled);
    if (!filled) return rv_fail_memory(err, 0);
    memset(filled, 0, (batch->columns + 1) * sizeof *filled);
    for (uint32_t row = 0; row < batch->rows; row++)
        for (uint32_t i = 0; i < batch->columns; i++) filled[i] += rv_text_trim(rv_batch_cell(batch, row, i)).len > 0;
    block->user = filled;
    return RV_OK;
}

static rv_status add_block(void *ctx, rv_table_block *block, rv_error *err) {
    passing *p = ctx;
    rv_checked *c = p->checked;
    const uint64_t *filled = block->user;
    block->user = NULL; /* the arena's */
    for (uint32_t i = 0; i < c->info->columns; i++) c->columns[i].filled += filled[i];
    for (size_t k = 0; k < block->n_rejects; k++) {
        unsigned i = 0;
        if (rv_reject_is_aside(block->rejects[k].reason)) continue;
        while (i < c->n_reasons && strcmp(c->reasons[i].reason, block->rejects[k].reason) != 0) i++;
        if (i == RV_CHECK_REASONS) continue;
        if (i == c->n_reasons) {
            c->reasons[i].reason = block->rejects[k].reason;
            c->reasons[c->n_reasons++].first_line = block->rejects[k].line;
        }
        c->reasons[i].count++;
    }
    rv_progress(p->settings, "check", block->end_offset, 0);
    return rv_check_cancel(p->settings, err);
}

/* --- The match rate ------------------------------------------------------------------------------------------------ */

static rv_status count_matches(void *ctx, const rv_enrich_plan *plan, const rv_enriched_block *block, void *user,
                               rv_error *err) {
    (void)plan, (void)user, (void)err;
    rv_checked *c = ctx;
    c->sampled += block->clients->batch.rows;
    c->matched += block->n_attached;
    return RV_OK;
}

static bool wants_none(const void *ctx, uint32_t column) {
    (void)ctx, (void)column;
    return false;
}

static bool has_two_bytes_a_letter(rv_encoding encoding) { return encoding == RV_UTF16LE || encoding == RV_UTF16BE; }

/* Pieces from all over the file, as for a prediction. Small files are taken whole. */
static rv_status measure_matches(rv_checked *c, const rv_settings *settings, rv_error *err) {
    rv_file_samples samples;
    rv_status status = rv_file_samples_take(c->options->clients.path, &samples, err);
    c->whole = samples.times <= 1;
    if (status == RV_OK && samples.known && (c->whole || !has_two_bytes_a_letter(c->info->encoding))) {
        rv_megabase *megabase;
        static const char *const nothing[1];
        rv_enrich_options options = {.clients = c->options->clients, .take = nothing};
        options.clients.path = samples.of[0].path;
        rv_settings quiet = *settings;
        quiet.message = NULL;
        quiet.progress = NULL;
        quiet.rejects = NULL;
        quiet.dry_run = quiet.max_rejects_is_share = true;
        quiet.max_rejects = 1;
        quiet.n_gates = 0;
        rv_enrich_sink sink = {.wants = wants_none, .take = count_matches, .ctx = c};
        rv_summary aside;
        rv_summary_begin(&aside, "check");
        status = rv_megabase_open(c->options->megabase, &megabase, err);
        if (status == RV_OK) {
            status = rv_enrich_file(megabase, &options, &quiet, &sink, &aside, err);
            rv_megabase_close(megabase);
        }
        rv_summary_reset(&aside);
        c->rated = status == RV_OK && c->sampled > 0;
    }
    rv_file_samples_close(&samples);
    return status;
}

/* --- The job ------------------------------------------------------------------------------------------------------- */

static rv_status gather(rv_checked *c, rv_table *table, const rv_settings *settings, rv_summary *summary,
                        rv_error *err) {
    double since = rv_clock_seconds();
    c->info = rv_table_describe(table);
    if (!(c->columns = rv_array_new(c->info->columns, sizeof *c->columns, err))) return RV_NO_MEMORY;
    RV_TRY(look_at_head(c, table, settings, err));
    passing p = {c, settings};
    rv_table_visitor visitor = {.work = count_filled, .consume = add_block, .ctx = &p};
    RV_TRY(rv_table_each(table, rv_threads(settings), &visitor, err));
    rv_table_counts counts = rv_table_counted(table);
    c->rows = counts.rows;
    c->rejected = counts.rejected;
    c->irregular = counts.irregular;
    c->asides = counts.tally.asides;
    summary->rows_in = c->rows + c->rejected;
    summary->rows_out = c->rows;
    summary->rejected = c->rejected;
    rv_summary_table(summary, c->options->clients.path, &counts);
    rv_summary_timing(summary, "check", since);
    since = rv_clock_seconds();
    if (c->options->megabase && !rv_file_reads_once(c->options->clients.path)) {
        RV_TRY(measure_matches(c, settings, err));
        rv_summary_timing(summary, "match_sample", since);
    }
    return RV_OK;
}

rv_status rv_check(const rv_check_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    rv_table *table;
    rv_checked checked = {.options = options};
    RV_TRY(rv_table_open(options->clients.path, &options->clients.dialect, &table, err));
    rv_summary summary;
    rv_summary_begin(&summary, "check");
    rv_summary_speak(&summary, settings);
    summary.is_answer = true; /* a job file */
    rv_status status = gather(&checked, table, settings, &summary, err);
    if (status == RV_OK) {
        rv_check_write_json(&checked, &summary.json);
        rv_check_write_text(&checked, &summary.text);
        status = rv_summary_finish(&summary, report, err);
    }
    rv_summary_reset(&summary);
    rv_table_roles_reset(&checked.roles);
    rv_free(checked.columns);
    rv_table_close(table);
    return status;
}
