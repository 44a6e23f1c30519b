/* See json_lines_out.h. */
#include "json_lines_out.h"

#include "json_writer.h"
#include <string.h>

bool rv_json_lines_is_name(const char *path) {
    static const char *const ends[] = {".jsonl", ".jsonl.gz", ".jsonl.zst"};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t len = strlen(ends[i]);
        if (n > len && strcmp(path + n - len, ends[i]) == 0) return true;
    }
    return false;
}

static rv_status add_name(rv_json_lines_out *out, rv_text name, rv_error *err) {
    if (out->n == out->cap) {
        uint32_t cap = out->cap ? 2 * out->cap : 32;
        rv_text *grown = rv_array_new(cap, sizeof *grown, err);
        if (!grown) return RV_NO_MEMORY;
        if (out->n) memcpy(grown, out->names, out->n * sizeof *grown);
        rv_free(out->names);
        out->names = grown;
        out->cap = cap;
    }
    char *own = rv_arena_get(&out->arena, (size_t)name.len + 1);
    if (!own) return rv_fail_memory(err, name.len);
    if (name.len) memcpy(own, name.ptr, name.len);
    out->names[out->n++] = rv_text_make(own, name.len);
    return RV_OK;
}

static void put_value(rv_json *json, const rv_csv_form *form, uint32_t column, const char *p, size_t n,
                      rv_buffer *room) {
    if (n == 0) {
        rv_json_null(json);
    } else if (rv_csv_form_is_own(form, column) && rv_csv_is_number(p, n)) {
        rv_json_digits(json, rv_text_make(p, n));
    } else {
        rv_json_text(json, rv_csv_cell_text(p, n, room));
    }
}

rv_status rv_json_lines_out_put(rv_json_lines_out *out, const rv_csv_form *form, const char *csv, size_t n,
                                rv_buffer *to, rv_error *err) {
    const char *p = csv, *end = csv + n;
    rv_buffer room = {0};
    rv_json json = {0};
    rv_status status = RV_OK;
    uint32_t column = 0;
    while (p < end && status == RV_OK) {
        const char *stop = rv_csv_cell_end(p, end);
        size_t len = (size_t)(stop - p);
        bool last = stop == end || *stop == '\n';
        if (!out->named) {
            status = add_name(out, rv_csv_cell_text(p, len, &room), err);
        } else if (column < out->n) {
            if (column == 0) {
                rv_json_init(&json, to, false);
                rv_json_object(&json);
            }
            rv_json_text_key(&json, out->names[column]);
            put_value(&json, form, column, p, len, &room);
        }
        column++;
        if (last) {
            if (out->named) {
                rv_json_end(&json, '}');
                rv_buffer_byte(to, '\n');
            }
            out->named = true;
            column = 0;
        }
        p = stop + 1;
    }
    if (status == RV_OK) status = rv_buffer_check(&room, err);
    rv_buffer_free(&room);
    return status == RV_OK ? rv_buffer_check(to, err) : status;
}

void rv_json_lines_out_reset(rv_json_lines_out *out) {
    rv_arena_free(&out->arena);
    rv_free(out->names);
    *out = (rv_json_lines_out){0};
}
