/*
 * Tables out as JSON Lines: each row an object with the header's names as keys. Values are strings, save in columns that
 * reveil writes as numbers (csv_form.h); an empty cell is null, a quoted empty one the empty string. The rows come as CSV in
 * their order, since the first record names the keys of all others.
 */
#ifndef RV_JSON_LINES_OUT_H
#define RV_JSON_LINES_OUT_H

#include "csv_form.h"

bool rv_json_lines_is_name(const char *path); /* ends in .jsonl, or that and .gz or .zst */

typedef struct rv_json_lines_out {
    rv_arena arena;
    rv_text *names;
    uint32_t n, cap;
    bool named;
} rv_json_lines_out;

/* Appends the rows of `csv`, whole records, to `to`. */
rv_status rv_json_lines_out_put(rv_json_lines_out *out, const rv_csv_form *form, const char *csv, size_t n,
                                rv_buffer *to, rv_error *err);
void rv_json_lines_out_reset(rv_json_lines_out *out);

#endif
