/*
 * Tables out as Parquet, through libduckdb. The rows come as CSV, as to any other file, and wait in an unlinked scratch file
 * beside the output; once they are whole they are rewritten as columns of text into the output's temporary. An empty cell is
 * NULL, a quoted empty one is the empty string: what is read back is what was written, value by value.
 *
 * Columns of one name (case apart) are told apart by a number behind it, as Parquet wants them.
 */
#ifndef RV_PARQUET_OUT_H
#define RV_PARQUET_OUT_H

#include "file.h"

bool rv_parquet_is_name(const char *path); /* ends in .parquet */

typedef struct rv_parquet_out rv_parquet_out;
/* For the open output of `path`. RV_BAD_INPUT where libduckdb isn't there: before any work is done. */
rv_status rv_parquet_out_new(const char *path, const rv_output *output, rv_parquet_out **out, rv_error *err);
rv_status rv_parquet_out_add(rv_parquet_out *out, const char *csv, size_t n, rv_error *err);
/* Writes all rows into the open output. cancel (may be NULL): as in rv_settings. */
rv_status rv_parquet_out_write(const rv_parquet_out *out, const rv_output *output, const volatile int *cancel,
                               rv_error *err);
void rv_parquet_out_free(rv_parquet_out *out); /* NULL is fine */

#endif
