/* See arrow_reader.h. */
#include "arrow_reader.h"

#include "arrow_values.h"
#include "csv_writer.h"
#include "encoding.h"
#include <stdio.h>

enum { MAX_COLUMNS = 65536 };

typedef struct column {
    const char *name; /* the schema's */
    rv_arrow_type type;
    rv_arrow_type index; /* of a dictionary's codes, where `coded` */
    bool coded;
} column;

struct rv_arrow_reader {
    struct ArrowArrayStream *stream;
    struct ArrowSchema schema;
    struct ArrowArray array; /* the one at hand; release NULL: none */
    column *columns;
    uint32_t n_columns;
    int64_t row;   /* of the array */
    uint64_t rows; /* before it */
};

/* --- The schema -------------------------------------------------------------------------------------------------- */

static rv_status stream_failed(rv_arrow_reader *r, int code, rv_error *err) {
    const char *words = r->stream->get_last_error(r->stream);
    char shown[512];
    snprintf(shown, sizeof shown, "errno %d", code);
    if (words && *words) rv_text_hide_quoted(words, shown, sizeof shown);
    return rv_fail(err, RV_BAD_INPUT, "the Arrow stream's producer says: %s", shown);
}

static rv_status bind_column(const struct ArrowSchema *schema, column *out, rv_error *err) {
    const char *format = schema->format;
    *out = (column){.name = schema->name ? schema->name : "", .coded = schema->dictionary != NULL};
    if (!rv_utf8_is_valid(out->name, strlen(out->name)))
        return rv_fail(err, RV_BAD_INPUT, "a column's name isn't valid UTF-8");
    if (out->coded) {
        if (!rv_arrow_type_of(format, &out->index) ||
            (out->index.kind != RV_ARROW_SIGNED && out->index.kind != RV_ARROW_UNSIGNED))
            return rv_fail(err, RV_BAD_INPUT, "column '%s': a dictionary's codes are whole numbers, not '%s'", out->name,
                           format);
        format = schema->dictionary->format;
    }
    if (rv_arrow_type_of(format, &out->type) && !(out->coded && schema->dictionary->dictionary)) return RV_OK;
    if ((*format && strchr("zZw", *format)) || strcmp(format, "vz") == 0) {
        rv_fail(err, RV_BAD_INPUT, "column '%s' is binary (Arrow type '%s'): cells are text", out->name, format);
        rv_error_hint(err, "leave it out; or cast it to a string, where it holds text");
    } else {
        rv_fail(err, RV_BAD_INPUT, "column '%s' has the Arrow type '%s', which isn't read", out->name, format);
        rv_error_hint(err, "leave it out, or cast it to a string");
    }
    return RV_BAD_INPUT;
}

static rv_status bind_schema(rv_arrow_reader *r, rv_error *err) {
    const struct ArrowSchema *schema = &r->schema;
    if (strcmp(schema->format, "+s") != 0)
        return rv_fail(err, RV_BAD_INPUT, "an Arrow stream of '%s' is no table: a struct of columns is", schema->format);
    if (schema->n_children < 1 || schema->n_children > MAX_COLUMNS)
        return rv_fail(err, RV_BAD_INPUT, "the Arrow stream has %lld columns; 1 to 65536 are supported",
                       (long long)schema->n_children);
    r->columns = rv_array_new((size_t)schema->n_children, sizeof *r->columns, err);
    if (!r->columns) return RV_NO_MEMORY;
    r->n_columns = (uint32_t)schema->n_children;
    for (uint32_t c = 0; c < r->n_columns; c++) RV_TRY(bind_column(schema->children[c], &r->columns[c], err));
    return RV_OK;
}

rv_status rv_arrow_reader_open(struct ArrowArrayStream *stream, rv_arrow_reader **out, rv_error *err) {
    rv_arrow_reader *r = rv_new(sizeof *r, err);
    if (!r) return RV_NO_MEMORY;
    r->stream = stream;
    int code = stream->get_schema(stream, &r->schema);
    if (code) r->schema.release = NULL;
    rv_status status = code ? stream_failed(r, code, err) : bind_schema(r, err);
    if (status == RV_OK) *out = r;
    else rv_arrow_reader_close(r);
    return status;
}

static void drop_array(rv_arrow_reader *r) {
    if (r->array.release) r->array.release(&r->array);
    r->array = (struct ArrowArray){0};
}

void rv_arrow_reader_close(rv_arrow_reader *r) {
    if (!r) return;
    drop_array(r);
    if (r->schema.release) r->schema.release(&r->schema);
    rv_free(r->columns);
    rv_free(r);
}

uint32_t rv_arrow_reader_columns(const rv_arrow_reader *r) { return r->n_columns; }
uint64_t rv_arrow_reader_rows(const rv_arrow_reader *r) { return r->rows + (uint64_t)r->row; }

void rv_arrow_reader_header(const rv_arrow_reader *r, rv_buffer *lines) {
    for (uint32_t c = 0; c < r->n_columns; c++) {
        if (c) rv_csv_comma(lines);
        rv_text name = rv_text_of(r->columns[c].name);
        name.flags = RV_TEXT_QUOTED;
        rv_csv_put(lines, name);
    }
    rv_csv_end(lines);
}

/* --- Rows -------------------------------------------------------------------------------------------------------- */

static const char *column_fault(const column *c, const struct ArrowArray *a, int64_t rows) {
    if (!a) return "an array that isn't there";
    const char *fault = rv_arrow_array_fault(c->coded ? &c->index : &c->type, a, rows);
    if (fault || !c->coded) return fault;
    return a->dictionary ? rv_arrow_array_fault(&c->type, a->dictionary, a->dictionary->length) : "a dictionary that isn't there";
}

static rv_status next_array(rv_arrow_reader *r, bool *end, rv_error *err) {
    r->rows += (uint64_t)r->row;
    r->row = 0;
    drop_array(r);
    int code = r->stream->get_next(r->stream, &r->array);
    if (code) {
        r->array.release = NULL;
        return stream_failed(r, code, err);
    }
    *end = !r->array.release;
    if (*end) return RV_OK;
    const struct ArrowArray *a = &r->array;
    if (a->n_children != r->n_columns || a->length < 0 || a->offset < 0 || a->offset > INT64_MAX / 16 - a->length)
        return rv_fail(err, RV_BAD_INPUT, "an Arrow array isn't what the stream's schema says");
    for (uint32_t c = 0; c < r->n_columns; c++) {
        const char *fault = column_fault(&r->columns[c], a->children[c], a->offset + a->length);
        if (fault) {
            rv_fail_phrase(err, RV_BAD_INPUT, "an Arrow array isn't what its type says: %s", fault);
            rv_error_add(err, " (column '%s')", r->columns[c].name);
            return RV_BAD_INPUT;
        }
    }
    return RV_OK;
}

static const char *put_cell(const column *c, const struct ArrowArray *a, int64_t row, rv_buffer *lines) {
    int64_t at = a->offset + row;
    if (c->type.kind == RV_ARROW_NULL || !rv_arrow_is_valid(a, at)) return NULL;
    if (!c->coded) return rv_arrow_put(&c->type, a, at, lines);
    const struct ArrowArray *words = a->dictionary;
    int64_t code = rv_arrow_integer(&c->index, a, at);
    if (code < 0 || code >= words->length) return "a code beyond its dictionary";
    at = words->offset + code;
    return rv_arrow_is_valid(words, at) ? rv_arrow_put(&c->type, words, at, lines) : NULL;
}

static rv_status put_row(const rv_arrow_reader *r, rv_buffer *lines, rv_error *err) {
    const struct ArrowArray *a = &r->array;
    const int64_t row = a->offset + r->row;
    const size_t start = lines->len;
    const bool valid = rv_arrow_is_valid(a, row);
    for (uint32_t c = 0; c < r->n_columns; c++) {
        if (c) rv_csv_comma(lines);
        const char *wrong = valid ? put_cell(&r->columns[c], a->children[c], row, lines) : NULL;
        if (wrong) {
            rv_fail_phrase(err, RV_BAD_INPUT, "an Arrow value can't be written: %s", wrong);
            rv_error_add(err, " (column '%s', row %llu)", r->columns[c].name,
                         (unsigned long long)rv_arrow_reader_rows(r) + 1);
            return RV_BAD_INPUT;
        }
    }
    if (lines->len == start) rv_buffer_string(lines, "\"\"");
    rv_csv_end(lines);
    return RV_OK;
}

rv_status rv_arrow_reader_lines(rv_arrow_reader *r, size_t bytes, rv_buffer *lines, bool *end, rv_error *err) {
    const size_t enough = lines->len + bytes;
    *end = false;
    while (lines->len < enough && !lines->failed) {
        while (!r->array.release || r->row == r->array.length) {
            RV_TRY(next_array(r, end, err));
            if (*end) return rv_buffer_check(lines, err);
        }
        RV_TRY(put_row(r, lines, err));
        r->row++;
    }
    return rv_buffer_check(lines, err);
}
