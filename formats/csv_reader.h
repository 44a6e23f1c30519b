/*
 * CSV in: any file that design calls a table, as batches of rows.
 *
 * A serial cutter finds true record ends (quotes counted, so line breaks inside quoted fields never cut a record),
 * workers parse the blocks, and a consumer sees them in order. The file is never held whole: memory is bounded by the
 * blocks in flight, save that one record may need as much as RV_RECORD_LIMIT.
 *
 * Reading rules (--strict refuses what RFC 4180 refuses, with line and column):
 * - A quote opens a field only at its first byte. Inside a quoted field a doubled quote is one quote; a quote followed
 *   by separator, line end or end of file closes; any other quote is data, and counted as irregular.
 * - A quote inside an unquoted field is data, and counted.
 * - A quoted field that never closes (before the end, or RV_RECORD_LIMIT), or that has passed a line end when a lone
 *   quote comes that can't close it, makes its record up to the end of the line where it opened a reject
 *   ("unclosed_quote"); reading goes on at the next line, so nothing after it is swallowed.
 * - Rows with too few or too many fields are rejects ("ragged"). Empty lines are no rows (in a one-column file they
 *   are rows with an empty value). LF, CRLF and CR end lines.
 * - Invalid UTF-8 makes its row a reject ("bad_encoding"), and so do zero bytes ("nul_byte") and records beyond
 *   RV_RECORD_LIMIT ("too_long"; the reject holds the first RV_RECORD_LIMIT bytes). One reason a row: the first of
 *   too_long, unclosed_quote, ragged, nul_byte, bad_encoding.
 * - Strict reading (--strict) turns the first reject, stray quote, or empty line in a table of several columns into
 *   RV_BAD_INPUT with line and column.
 */
#ifndef RV_CSV_READER_H
#define RV_CSV_READER_H

#include "batch.h"
#include "memory.h"

#define RV_RECORD_LIMIT ((size_t)64 << 20)

typedef struct rv_reject {
    uint64_t line, offset;
    const char *reason; /* static: "ragged", "unclosed_quote", "bad_encoding", "too_long", "nul_byte"... */
    rv_text raw;        /* the record's bytes without its line end; lives as long as its block */
} rv_reject;

typedef struct rv_csv_info {
    uint32_t columns;
    const rv_text *names; /* header names; c1, c2... without a header. Duplicates and empties as they stand */
    char separator, quote;
    rv_encoding encoding;
    bool has_header;
    uint64_t header_line;
    uint64_t stored_bytes;   /* size on disk, 0 when unknown (stdin) */
    const char *compression; /* "none" "gzip" "zstd" */
} rv_csv_info;

typedef struct rv_csv rv_csv;

/* Opens, tells compression by magic bytes, encoding and separator by looking (or as the dialect says), reads the
 * header. dialect may be NULL. An empty file is RV_BAD_INPUT. One thread at a time. */
rv_status rv_csv_open(const char *path, const rv_dialect *dialect, rv_csv **out, rv_error *err);
/* Same, with another block size and record limit: for tests, so that cuts fall everywhere. */
rv_status rv_csv_open_sized(const char *path, const rv_dialect *dialect, size_t block_bytes, size_t record_limit,
                            rv_csv **out, rv_error *err);
void rv_csv_close(rv_csv *csv); /* NULL is fine */
const rv_csv_info *rv_csv_describe(const rv_csv *csv);

typedef struct rv_csv_block {
    uint64_t number;          /* 0, 1, 2... */
    rv_batch batch;           /* the good rows */
    const rv_reject *rejects; /* in order of line */
    size_t n_rejects;
    uint64_t irregular;  /* fields with stray quotes, read as data */
    uint64_t end_offset; /* decoded bytes up to the end of this block */
    bool verbatim;       /* records can be written as they stand: comma, ", and every quote regular */
    rv_arena *arena;     /* scratch for the callbacks; reset when the slot is used again */
    void *user;          /* work's result for consume; persists per slot (NULL at first) so that it can be reused */
} rv_csv_block;

/* work: any thread, any order. consume: one at a time, in order of number. Either may be NULL. See rv_pipeline.
 * free_user (may be NULL) gets each non-NULL block->user at the end. Can be called once per open. */
typedef struct rv_csv_visitor {
    rv_status (*work)(void *ctx, rv_csv_block *block, int worker, rv_error *err);
    rv_status (*consume)(void *ctx, rv_csv_block *block, rv_error *err);
    void (*free_user)(void *user);
    void *ctx;
} rv_csv_visitor;
rv_status rv_csv_each(rv_csv *csv, int threads, const rv_csv_visitor *visitor, rv_error *err);

/* Counted after rv_csv_each. */
typedef struct rv_csv_counts {
    uint64_t rows, rejected, irregular, decoded_bytes;
    uint64_t input_hash; /* XXH3-64 of the decoded bytes, chained over blocks in order: the summary's input hash */
} rv_csv_counts;
rv_csv_counts rv_csv_counted(const rv_csv *csv);

#endif
