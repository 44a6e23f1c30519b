/*
 * The clean command: a table as it was understood, written as plain CSV. Its report says what was assumed, so that whoever
 * wonders how a file was read sees it, and which flag says otherwise.
 */
#include "csv_writer.h"
#include "encoding.h"
#include "file.h"
#include "messages.h"
#include "parallel.h"
#include "report.h"
#include "table_reader.h"

typedef struct cleaning {
    const rv_clean_options *options;
    const rv_settings *settings;
    rv_table *table;
    rv_rejects *rejects;
    rv_table_out *out; /* NULL: a dry run */
} cleaning;

typedef struct slot {
    rv_buffer lines;
} slot;

static void free_slot(void *user) {
    rv_buffer_free(&((slot *)user)->lines);
    rv_free(user);
}

/* An empty value alone on its line stands in quotes, or it would be an empty line. */
static void put_cells(rv_buffer *lines, const rv_text *cells, uint32_t n) {
    for (uint32_t c = 0; c < n; c++) {
        if (c) rv_csv_comma(lines);
        rv_text cell = {cells[c].ptr, cells[c].len, 0};
        if (n == 1 && cell.len == 0) cell.flags = RV_TEXT_QUOTED;
        rv_csv_put(lines, cell);
    }
    rv_csv_end(lines);
}

static rv_status write_block(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)ctx, (void)worker;
    if (!block->user && !(block->user = rv_new(sizeof(slot), err))) return RV_NO_MEMORY;
    rv_buffer *lines = &((slot *)block->user)->lines;
    const rv_batch *batch = &block->batch;
    lines->len = 0;
    for (uint32_t r = 0; r < batch->rows; r++)
        put_cells(lines, batch->cells + (size_t)r * batch->columns, batch->columns);
    const cleaning *c = ctx;
    return c->out ? rv_table_out_pack(c->out, lines, err) : rv_buffer_check(lines, err);
}

static rv_status take_block(void *ctx, rv_table_block *block, rv_error *err) {
    cleaning *c = ctx;
    RV_TRY(rv_check_cancel(c->settings, err));
    for (size_t i = 0; i < block->n_rejects; i++) {
        const rv_reject *r = &block->rejects[i];
        RV_TRY(rv_rejects_add(c->rejects, c->options->in.path, r->line, r->offset, r->reason, r->raw, err));
    }
    rv_progress(c->settings, "clean", block->end_offset, 0);
    return c->out ? rv_table_out_append(c->out, &((slot *)block->user)->lines, err) : RV_OK;
}

static rv_status write_header(cleaning *c, rv_error *err) {
    const rv_table_info *info = rv_table_describe(c->table);
    rv_buffer line = {0};
    put_cells(&line, info->names, info->columns);
    rv_status status = rv_table_out_put(c->out, &line, err);
    rv_buffer_free(&line);
    return status;
}

/* --- What is told ------------------------------------------------------------------------------------------------- */

static void put_character(rv_buffer *text, char c) {
    if (c == RV_NO_QUOTE) rv_tell(text, "none");
    else if (c == '\t') rv_tell(text, "tab");
    else if (c > ' ') rv_buffer_add(text, &c, 1);
    else rv_buffer_format(text, "U+%04X", (unsigned)(unsigned char)c);
}

static void put_character_member(rv_json *json, const char *key, char c) {
    rv_buffer text = {0};
    put_character(&text, c);
    rv_buffer_add(&text, "", 1);
    rv_json_put_string(json, key, text.failed ? "" : text.data);
    rv_buffer_free(&text);
}

static void put_summary(const cleaning *c, rv_summary *summary) {
    const rv_table_info *info = rv_table_describe(c->table);
    rv_table_counts counts = rv_table_counted(c->table);
    const rv_sniffed *s = info->sniffed;
    rv_json *json = &summary->json;
    rv_json_key(json, "clean");
    rv_json_object(json);
    rv_json_put_unsigned(json, "columns", info->columns);
    if (s) {
        put_character_member(json, "separator", s->dialect.separator);
        put_character_member(json, "quote", s->dialect.quote);
        put_character_member(json, "escape", s->dialect.escape);
        rv_json_put_string(json, "encoding", rv_encoding_name(s->dialect.encoding));
        rv_json_put_bool(json, "header", info->has_header);
        rv_json_put_unsigned(json, "preamble_lines", s->preamble_lines);
    }
    rv_json_put_unsigned(json, "set_aside", counts.tally.asides);
    rv_json_put_unsigned(json, "empty_lines", counts.tally.empty);
    rv_json_put_unsigned(json, "surplus_separators", counts.tally.surplus);
    rv_json_put_unsigned(json, "repaired", counts.tally.repaired);
    rv_json_put_unsigned(json, "stray_quotes", counts.irregular);
    rv_json_end(json, '}');
    summary->rejected = counts.rejected;
    summary->rows_out = counts.rows;
    summary->rows_in = counts.rows + counts.rejected;
    rv_summary_table(summary, c->options->in.path, &counts);
    rv_buffer *text = &summary->text;
    rv_tell(text, "%llu rows of %u columns", (unsigned long long)counts.rows, info->columns);
    if (s) {
        rv_tell(text, "; separator ");
        put_character(text, s->dialect.separator);
        rv_buffer_format(text, ", %s, ", rv_encoding_name(s->dialect.encoding));
        rv_tell_padded(text, info->has_header ? "with a header" : "no header", 0);
    }
    rv_buffer_string(text, "\n");
    if (s && s->preamble_lines) rv_tell(text, "%u lines above the table\n", s->preamble_lines);
    if (counts.tally.asides)
        rv_tell(text, "%llu lines set aside (--rejects shows them)\n", (unsigned long long)counts.tally.asides);
    if (counts.tally.empty) rv_tell(text, "%llu empty lines\n", (unsigned long long)counts.tally.empty);
    if (counts.tally.surplus)
        rv_tell(text, "%llu rows with separators too many at their end\n", (unsigned long long)counts.tally.surplus);
    if (counts.tally.repaired) rv_tell(text, "%llu rows repaired\n", (unsigned long long)counts.tally.repaired);
    if (counts.rejected) rv_tell(text, "%llu rows rejected\n", (unsigned long long)counts.rejected);
    if (counts.irregular) rv_tell(text, "%llu quotes read as data\n", (unsigned long long)counts.irregular);
    for (size_t i = 0; s && i < s->n_notes; i++) rv_buffer_format(text, "%s\n", s->notes[i]);
}

/* --- The job ------------------------------------------------------------------------------------------------------ */

static rv_status check_paths(const rv_clean_options *o, const rv_settings *settings, rv_error *err) {
    if (!o->in.path || (!o->out && !settings->dry_run)) {
        rv_fail(err, RV_BAD_ARGUMENT, "--in and --out are needed");
        rv_error_hint(err, "reveil clean export.csv --out clean.csv");
        return RV_BAD_ARGUMENT;
    }
    RV_TRY(rv_file_check_distinct(o->in.path, o->out, err));
    RV_TRY(rv_file_check_distinct(o->in.path, settings->rejects, err));
    return rv_file_check_distinct(o->out, settings->rejects, err);
}

static rv_status run(cleaning *c, rv_error *err) {
    const rv_clean_options *o = c->options;
    RV_TRY(rv_table_open(o->in.path, &o->in.dialect, &c->table, err));
    RV_TRY(rv_rejects_open(NULL, c->settings, &c->rejects, err));
    if (!c->settings->dry_run) {
        RV_TRY(rv_table_out_open(o->out, c->settings->force, &c->out, err));
        rv_table_out_for_people(c->out, c->settings, 0, 0);
        RV_TRY(write_header(c, err));
    }
    rv_table_visitor visitor = {.work = write_block, .consume = take_block, .free_user = free_slot, .ctx = c};
    RV_TRY(rv_table_each(c->table, rv_threads(c->settings), &visitor, err));
    return rv_rejects_check(c->rejects, rv_table_counted(c->table).rows, err);
}

static rv_status commit(cleaning *c, rv_error *err) {
    rv_table_out *out = c->out;
    rv_rejects *rejects = c->rejects;
    c->out = NULL;
    c->rejects = NULL;
    rv_status status = out ? rv_table_out_finish(out, NULL, err) : RV_OK;
    if (status != RV_OK) {
        rv_rejects_abort(rejects);
        return status;
    }
    return rv_rejects_commit(rejects, err);
}

rv_status rv_clean(const rv_clean_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    static const rv_settings defaults;
    cleaning c = {.options = options, .settings = settings ? settings : &defaults};
    RV_TRY(check_paths(options, c.settings, err));
    rv_summary summary;
    rv_summary_begin(&summary, "clean");
    rv_summary_speak(&summary, settings);
    rv_status status = run(&c, err);
    if (status == RV_OK) status = commit(&c, err);
    if (status == RV_OK) {
        put_summary(&c, &summary);
        status = rv_summary_finish(&summary, report, err);
    } else if (err && err->file[0] == 0) {
        rv_error_at(err, options->in.path, err->line, err->column);
    }
    rv_table_out_abort(c.out);
    rv_rejects_abort(c.rejects);
    rv_table_close(c.table);
    rv_summary_reset(&summary);
    return status;
}
