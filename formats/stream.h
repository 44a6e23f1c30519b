/*
 * Streams of bytes: plain, gzip (also multi-member), zstd (also multi-frame), a regular file, a pipe or stdin, told
 * apart by their first bytes. A plain regular file is mapped and given without a copy; so is the CSV that an Excel workbook
 * (a regular file) is turned into, in memory.
 *
 * Memory is bounded whatever the file says: input in pieces of RV_STREAM_INPUT bytes, zstd windows up to 128 MB. A
 * stream that expands beyond RV_STREAM_FREE_BYTES *and* RV_STREAM_MAX_RATIO times what was read is refused as a bomb.
 * One stream is one thread's at a time.
 */
#ifndef RV_STREAM_H
#define RV_STREAM_H

#include "file.h"
#include "memory.h"
#include "workbook_in.h"

#define RV_STREAM_INPUT ((size_t)256 << 10)
#define RV_STREAM_FREE_BYTES ((uint64_t)512 << 20)
#define RV_STREAM_MAX_RATIO 2000u

typedef enum rv_compression { RV_PLAIN, RV_GZIP, RV_ZSTD, RV_WORKBOOK } rv_compression;
typedef struct rv_stream rv_stream;
/* RV_BAD_INPUT when missing or unreadable, or when the first bytes are those of another kind of archive. */
rv_status rv_stream_open(const char *path, rv_stream **out, rv_error *err);
void rv_stream_close(rv_stream *stream); /* NULL is fine */
rv_compression rv_stream_compression(const rv_stream *stream);
rv_compression rv_compression_of(const void *head, size_t n);          /* by the first bytes: gzip, zstd, or plain */
const char *rv_compression_name(rv_compression compression);          /* "none" "gzip" "zstd" "xlsx" */
const rv_workbook_notes *rv_stream_workbook(const rv_stream *stream); /* NULL: it is none */
/* The whole of a plain mapped file (or a workbook's table), or NULL: then rv_stream_read. */
const char *rv_stream_mapped(const rv_stream *stream, size_t *size);
/* Exactly n decoded bytes, fewer only at the end: *got 0 is the end. A cut or damaged stream is RV_CORRUPT, with the
 * offset in the stored file. */
rv_status rv_stream_read(rv_stream *stream, void *buf, size_t n, size_t *got, rv_error *err);
/* RV_BAD_INPUT when a regular file was written to since it was opened. */
rv_status rv_stream_check_unchanged(const rv_stream *stream, rv_error *err);
uint64_t rv_stream_stored_size(const rv_stream *stream); /* 0: unknown */
uint64_t rv_stream_stored_read(const rv_stream *stream); /* stored bytes taken so far */

#endif
