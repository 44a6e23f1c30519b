/*
 * The Arrow C stream interface at the library's boundary. A stream comes in as a file: it can be read once only, jobs read
 * their inputs several times, and nothing is kept between calls. A table goes out block by block, as the consumer asks.
 */
#include "arrow_reader.h"
#include "arrow_writer.h"
#include "csv_writer.h"
#include "messages.h"
#include "report.h"
#include "table_reader.h"
#include <errno.h>
#include <stdio.h>

enum { LINES_BYTES = 1 << 20 };

/* --- In ---------------------------------------------------------------------------------------------------------- */

static rv_status copy_rows(rv_arrow_reader *reader, rv_table_out *out, const rv_settings *settings, rv_error *err) {
    rv_buffer lines = {0};
    rv_status status = RV_OK;
    bool end = false;
    rv_arrow_reader_header(reader, &lines);
    while (status == RV_OK && !end) {
        status = rv_check_cancel(settings, err);
        if (status == RV_OK) status = rv_arrow_reader_lines(reader, LINES_BYTES, &lines, &end, err);
        if (status == RV_OK && out) status = rv_table_out_put(out, &lines, err);
        lines.len = 0;
        rv_progress(settings, "arrow", rv_arrow_reader_rows(reader), 0);
    }
    rv_buffer_free(&lines);
    return status;
}

static rv_status write_stream(struct ArrowArrayStream *stream, const char *path, const rv_settings *settings,
                              rv_summary *summary, rv_error *err) {
    rv_arrow_reader *reader = NULL;
    rv_table_out *out = NULL;
    rv_status status = rv_arrow_reader_open(stream, &reader, err);
    if (status == RV_OK && !settings->dry_run) status = rv_table_out_open(path, settings->force, &out, err);
    if (status == RV_OK) status = copy_rows(reader, out, settings, err);
    if (status == RV_OK) {
        summary->rows_in = summary->rows_out = rv_arrow_reader_rows(reader);
        rv_json_key(&summary->json, "arrow");
        rv_json_object(&summary->json);
        rv_json_put_unsigned(&summary->json, "columns", rv_arrow_reader_columns(reader));
        rv_json_end(&summary->json, '}');
        rv_tell(&summary->text, "%llu rows of %u columns\n", (unsigned long long)summary->rows_in,
                         rv_arrow_reader_columns(reader));
    }
    rv_arrow_reader_close(reader);
    if (status == RV_OK && out) return rv_table_out_finish(out, settings->held, err);
    rv_table_out_abort(out);
    return status;
}

rv_status rv_table_from_arrow(struct ArrowArrayStream *stream, const char *out, rv_dialect *dialect,
                              const rv_settings *settings, rv_report *report, rv_error *err) {
    static const rv_settings defaults;
    if (!settings) settings = &defaults;
    if (!stream || !stream->release) return rv_fail(err, RV_BAD_ARGUMENT, "the Arrow stream has been released before");
    rv_summary summary;
    rv_summary_begin(&summary, "arrow");
    rv_summary_speak(&summary, settings);
    rv_status status = out || settings->dry_run ? write_stream(stream, out, settings, &summary, err)
                                                : rv_fail(err, RV_BAD_ARGUMENT, "--out is needed");
    stream->release(stream);
    if (status == RV_OK && report) status = rv_summary_finish(&summary, report, err);
    if (status == RV_OK && dialect)
        *dialect = (rv_dialect){.separator = ',', .quote = '"', .escape = '"', .encoding = RV_UTF8, .header = RV_YES,
                                .skip_given = true, .footer = RV_NO, .strict = true};
    rv_summary_reset(&summary);
    return status;
}

/* --- Out --------------------------------------------------------------------------------------------------------- */

typedef struct table_stream {
    rv_table *table;
    rv_rejects *rejects;
    rv_settings settings; /* the rejects' */
    char *path;
    rv_status status; /* what failed stays failed */
    bool end;
    rv_error error;
    char words[sizeof((rv_error *)0)->file + sizeof((rv_error *)0)->message + sizeof((rv_error *)0)->hint + 32];
} table_stream;

static void free_table_stream(table_stream *s) {
    if (!s) return;
    rv_table_close(s->table);
    rv_rejects_abort(s->rejects);
    rv_free(s->path);
    rv_free(s);
}

/* The error's words for get_last_error, and its number. */
static int failed(table_stream *s, rv_status status) {
    const rv_error *e = &s->error;
    size_t n = 0;
    s->status = status;
    if (e->file[0] && e->line) n = (size_t)snprintf(s->words, sizeof s->words, "%s:%llu: ", e->file, (unsigned long long)e->line);
    else if (e->file[0]) n = (size_t)snprintf(s->words, sizeof s->words, "%s: ", e->file);
    snprintf(s->words + n, sizeof s->words - n, e->hint[0] ? "%s (%s)" : "%s%s", e->message, e->hint);
    if (status == RV_NO_MEMORY) return ENOMEM;
    if (status == RV_NO_SPACE) return ENOSPC;
    return e->sys_errno ? e->sys_errno : EINVAL;
}

static rv_status finish_table(table_stream *s) {
    s->end = true;
    RV_TRY(rv_rejects_check(s->rejects, rv_table_counted(s->table).rows, &s->error));
    rv_rejects *rejects = s->rejects;
    s->rejects = NULL;
    return rv_rejects_commit(rejects, &s->error);
}

static rv_status take_block(table_stream *s, struct ArrowArray *out) {
    const rv_table_block *block;
    do {
        RV_TRY(rv_table_next(s->table, &block, &s->error));
        if (!block) return finish_table(s);
        for (size_t i = 0; i < block->n_rejects; i++) {
            const rv_reject *r = &block->rejects[i];
            RV_TRY(rv_rejects_add(s->rejects, s->path, r->line, r->offset, r->reason, r->raw, &s->error));
        }
    } while (block->batch.rows == 0);
    return rv_arrow_array_of(&block->batch, out, &s->error);
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    table_stream *s = stream->private_data;
    const rv_table_info *info = rv_table_describe(s->table);
    rv_error err = {0};
    rv_status status = rv_arrow_schema_of(info->names, info->columns, out, &err);
    if (status == RV_OK) return 0;
    s->error = err;
    return failed(s, status);
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    table_stream *s = stream->private_data;
    if (s->status != RV_OK) return failed(s, s->status);
    out->release = NULL;
    rv_status status = s->end ? RV_OK : take_block(s, out);
    return status == RV_OK ? 0 : failed(s, status);
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    const table_stream *s = stream->private_data;
    return s->status == RV_OK ? NULL : s->words;
}

static void release(struct ArrowArrayStream *stream) {
    free_table_stream(stream->private_data);
    stream->private_data = NULL;
    stream->release = NULL;
}

static rv_status open_table(table_stream *s, const rv_table_options *in, const rv_settings *settings, rv_error *err) {
    s->settings = (rv_settings){.rejects = settings->rejects,
                                .force = settings->force,
                                .dry_run = settings->dry_run,
                                .max_rejects = settings->max_rejects,
                                .max_rejects_is_share = settings->max_rejects_is_share};
    s->path = rv_new(strlen(in->path) + 1, err);
    if (!s->path) return RV_NO_MEMORY;
    memcpy(s->path, in->path, strlen(in->path));
    RV_TRY(rv_file_check_distinct(in->path, settings->rejects, err));
    RV_TRY(rv_table_open(s->path, &in->dialect, &s->table, err));
    RV_TRY(rv_rejects_open(NULL, &s->settings, &s->rejects, err));
    s->settings.rejects = NULL; /* the caller's */
    return RV_OK;
}

rv_status rv_table_to_arrow(const rv_table_options *in, const rv_settings *settings, struct ArrowArrayStream *out,
                            rv_error *err) {
    static const rv_settings defaults;
    if (!in || !in->path || !out) return rv_fail(err, RV_BAD_ARGUMENT, "a table and a place for its stream are needed");
    table_stream *s = rv_new(sizeof *s, err);
    rv_status status = s ? open_table(s, in, settings ? settings : &defaults, err) : RV_NO_MEMORY;
    if (status != RV_OK) {
        if (s && err && err->file[0] == 0) rv_error_at(err, in->path, err->line, err->column);
        free_table_stream(s);
        return status;
    }
    *out = (struct ArrowArrayStream){get_schema, get_next, get_last_error, release, s};
    return RV_OK;
}
