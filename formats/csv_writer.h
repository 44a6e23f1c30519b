/*
 * CSV out: UTF-8, comma, LF, quotes only where needed (separator, quote, CR, LF, or a blank or tab at
 * either end), or as spreadsheets want it (csv_form.h). Formatting into buffers is pure and parallel; rv_table_out takes the buffers in order, compresses when
 * the name ends in .gz or .zst (each buffer is one zstd frame or gzip member, compressed by the worker), makes Parquet of
 * it when it ends in .parquet (parquet_out.h), JSON Lines when it ends in .jsonl (json_lines_out.h), an Excel workbook when
 * it ends in .xlsx (workbook_out.h), and publishes the file whole.
 */
#ifndef RV_CSV_WRITER_H
#define RV_CSV_WRITER_H

#include "batch.h"
#include "file.h"
#include "memory.h"

/* One cell, quoted if needed. A text flagged RV_TEXT_QUOTED and empty is written as "" so that it comes back so. */
void rv_csv_put(rv_buffer *buffer, rv_text cell);
/* The same where room was made before: 2 * cell.len + 16 bytes, of which those behind the cell may be written over.
 * Returns the end. */
char *rv_csv_put_at(char *to, rv_text cell);
static inline void rv_csv_byte(rv_buffer *buffer, char c) {
    if (buffer->len < buffer->cap && !buffer->failed) buffer->data[buffer->len++] = c;
    else rv_buffer_byte(buffer, c);
}
static inline void rv_csv_comma(rv_buffer *buffer) { rv_csv_byte(buffer, ','); }
static inline void rv_csv_end(rv_buffer *buffer) { rv_csv_byte(buffer, '\n'); }

typedef struct rv_table_out rv_table_out;
rv_status rv_table_out_open(const char *path, bool replace, rv_table_out **out, rv_error *err);
/* An output that is packed as `path` would be and thrown away: for measuring. */
rv_status rv_table_out_nowhere(const char *path, rv_table_out **out, rv_error *err);
/* Writes it as settings->out_dialect and formula_safe want it (csv_form.h): before the first pack. reveil's own numbers and
 * dates are the columns own_from + i where bit i of `own` is set; as JSON Lines or a workbook they are such, Parquet stays
 * as it is. settings->cancel is kept and heeded at the end. out NULL: nothing. */
void rv_table_out_for_people(rv_table_out *out, const rv_settings *settings, uint32_t own_from, uint64_t own);
/* Give the form, and compress, in place: whole records; any thread. Then append, in order. */
rv_status rv_table_out_pack(const rv_table_out *out, rv_buffer *buffer, rv_error *err);
rv_status rv_table_out_append(rv_table_out *out, const rv_buffer *packed, rv_error *err);
/* Both, for who writes alone; the buffer is empty afterwards. out NULL: only that. */
rv_status rv_table_out_put(rv_table_out *out, rv_buffer *buffer, rv_error *err);
rv_status rv_table_out_commit(rv_table_out *out, rv_error *err);                        /* frees, in any case */
rv_status rv_table_out_finish(rv_table_out *out, rv_held_outputs *held, rv_error *err); /* as rv_output_finish */
void rv_table_out_abort(rv_table_out *out);                                             /* NULL is fine */

#endif
