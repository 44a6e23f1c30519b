/*
 * `reveil normalize`: one value a line in, what its reader makes of it out. Lines are values whole, commas and quotes
 * included, so this doesn't go through the CSV reader.
 */
#include "csv_writer.h"
#include "encoding.h"
#include "hash.h"
#include "messages.h"
#include "normal_form.h"
#include "report.h"
#include "stream.h"

enum { CHUNK = 1 << 18, LINE_LIMIT = 1 << 26, PACK_AT = 1 << 20 };

typedef struct normalizing {
    const rv_settings *settings;
    const char *path;
    rv_role role;
    const char *country;
    const char *const *columns;
    rv_stream *stream;
    rv_table_out *out; /* NULL: nothing is written (--dry-run) */
    rv_buffer lines;   /* UTF-8, from the first line not yet read */
    rv_buffer csv;
    rv_buffer room; /* of one line in another encoding */
    rv_transcoder transcoder;
    bool encoding_known;
    rv_encoding encoding;
    uint64_t rows, valid, bytes, hash;
} normalizing;

static void put_header(normalizing *j) {
    rv_buffer_string(&j->csv, "input,valid,reason");
    for (const char *const *column = j->columns; *column; column++) {
        rv_csv_comma(&j->csv);
        rv_buffer_string(&j->csv, *column);
    }
    rv_csv_end(&j->csv);
}

/* A line of a UTF-8 file that isn't UTF-8 is read as CP1252, as its writer meant it. `room` holds it. */
static rv_text as_utf8(rv_text value, rv_buffer *room) {
    if (rv_utf8_is_valid(value.ptr, value.len)) return value;
    rv_transcoder transcoder = {.from = RV_CP1252};
    if (!rv_buffer_reserve(room, rv_transcode_room(value.len))) return (rv_text){0};
    room->len = rv_transcode(&transcoder, value.ptr, value.len, true, room->data);
    return rv_text_make(room->data, room->len);
}

static void put_line(normalizing *j, rv_text value) {
    rv_normal_form form;
    value = as_utf8(value, &j->room);
    j->room.len = 0;
    rv_normal_form_of(j->role, value, j->country, &form);
    rv_csv_put(&j->csv, value);
    rv_buffer_string(&j->csv, form.valid ? ",true," : ",false,");
    rv_buffer_string(&j->csv, form.reason);
    for (int i = 0; j->columns[i]; i++) {
        rv_csv_comma(&j->csv);
        rv_csv_put(&j->csv, form.values[i]);
    }
    rv_csv_end(&j->csv);
    j->rows++;
    j->valid += form.valid;
}

/* The lines that are whole; at the end also the last one without a line end. */
static rv_status put_lines(normalizing *j, bool end, rv_error *err) {
    size_t from = 0;
    while (from < j->lines.len) {
        char *start = j->lines.data + from, *stop = memchr(start, '\n', j->lines.len - from);
        if (!stop && !end) break;
        size_t n = stop ? (size_t)(stop - start) : j->lines.len - from;
        from += n + 1;
        if (n && start[n - 1] == '\r') n--;
        put_line(j, rv_text_make(start, n));
        if (j->csv.len >= PACK_AT) RV_TRY(rv_table_out_put(j->out, &j->csv, err));
    }
    if (from > j->lines.len) from = j->lines.len;
    if (from) memmove(j->lines.data, j->lines.data + from, j->lines.len - from);
    j->lines.len -= from;
    if (j->lines.len > LINE_LIMIT) {
        rv_fail(err, RV_BAD_INPUT, "a line of more than 64 MB");
        return rv_error_at(err, j->path, j->rows + 1, 0);
    }
    return RV_OK;
}

static rv_status add_chunk(normalizing *j, const char *chunk, size_t n, bool last, rv_error *err) {
    if (!j->encoding_known) {
        size_t mark = rv_encoding_bom(chunk, n, &j->encoding);
        if (mark == 0) {
            rv_encoding_evidence evidence = {0};
            rv_encoding_look(&evidence, chunk, n, 0);
            j->encoding = rv_encoding_guess(&evidence);
        }
        chunk += mark;
        n -= mark;
        j->encoding_known = true;
        j->transcoder.from = j->encoding;
    }
    if (j->encoding == RV_UTF8) {
        rv_buffer_add(&j->lines, chunk, n);
    } else if (rv_buffer_reserve(&j->lines, rv_transcode_room(n))) {
        j->lines.len += rv_transcode(&j->transcoder, chunk, n, last, j->lines.data + j->lines.len);
    }
    RV_TRY(rv_buffer_check(&j->lines, err));
    return put_lines(j, last, err);
}

static rv_status read_all(normalizing *j, rv_error *err) {
    char *chunk = rv_new(CHUNK, err);
    if (!chunk) return RV_NO_MEMORY;
    rv_status status = RV_OK;
    size_t got = 1;
    while (status == RV_OK && got > 0) {
        status = rv_check_cancel(j->settings, err);
        if (status == RV_OK) status = rv_stream_read(j->stream, chunk, CHUNK, &got, err);
        if (status != RV_OK) break;
        j->bytes += got;
        if (got) j->hash = rv_hash64(chunk, got, j->hash);
        status = add_chunk(j, chunk, got, got == 0, err);
    }
    rv_free(chunk);
    return status;
}

static rv_status open_all(normalizing *j, const rv_normalize_options *options, rv_error *err) {
    if (!options->role || !rv_role_find(options->role, &j->role)) {
        rv_status status = rv_fail(err, RV_BAD_ARGUMENT, "'%s' is not a role", options->role ? options->role : "");
        const char *near = options->role ? rv_nearest_word(options->role, rv_role_names()) : NULL;
        if (near) rv_error_hint(err, "did you mean '%s'?", near);
        return status;
    }
    j->columns = rv_normal_columns(j->role);
    if (!j->columns) {
        rv_fail(err, RV_BAD_ARGUMENT, "values of the role '%s' are kept as they are: nothing to normalise",
                options->role);
        rv_error_hint(err, "--role email|phone|address_line|full_name|birth_date");
        return RV_BAD_ARGUMENT;
    }
    RV_TRY(rv_file_check_distinct(options->in, options->out, err));
    RV_TRY(rv_stream_open(j->path, &j->stream, err));
    if (j->settings->dry_run) return RV_OK;
    RV_TRY(rv_table_out_open(options->out ? options->out : "-", j->settings->force, &j->out, err));
    rv_table_out_for_people(j->out, j->settings, 3, j->role == RV_ROLE_BIRTH_DATE); /* date */
    return RV_OK;
}

static void put_summary(const normalizing *j, rv_summary *summary) {
    rv_json_key(&summary->json, "normalize");
    rv_json_object(&summary->json);
    rv_json_put_unsigned(&summary->json, "values", j->rows);
    rv_json_put_unsigned(&summary->json, "valid", j->valid);
    rv_json_end(&summary->json, '}');
    summary->rows_in = summary->rows_out = j->rows;
    rv_summary_input(summary, j->path, j->bytes, j->hash);
    rv_tell(&summary->text, "%llu values, %llu of them valid\n", (unsigned long long)j->rows,
            (unsigned long long)j->valid);
}

rv_status rv_normalize(const rv_normalize_options *options, const rv_settings *settings, rv_report *report,
                       rv_error *err) {
    static const rv_settings defaults;
    normalizing j = {.settings = settings ? settings : &defaults,
                     .path = options->in ? options->in : "-",
                     .country = *options->country ? options->country : "FR"};
    rv_summary summary;
    rv_summary_begin(&summary, "normalize");
    rv_summary_speak(&summary, j.settings);
    rv_status status = open_all(&j, options, err);
    if (status == RV_OK) {
        put_header(&j);
        status = read_all(&j, err);
    }
    if (status == RV_OK) status = rv_buffer_check(&j.room, err);
    if (status == RV_OK) status = rv_table_out_put(j.out, &j.csv, err);
    if (status == RV_OK && j.out) {
        status = rv_table_out_commit(j.out, err);
        j.out = NULL;
    }
    if (status == RV_OK) {
        put_summary(&j, &summary);
        status = rv_summary_finish(&summary, report, err);
    }
    rv_table_out_abort(j.out);
    rv_stream_close(j.stream);
    rv_buffer_free(&j.lines);
    rv_buffer_free(&j.csv);
    rv_buffer_free(&j.room);
    rv_summary_reset(&summary);
    return status;
}
