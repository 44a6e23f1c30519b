/*
 * Streams of bytes: plain, gzip (also multi-member), zstd (also multi-frame), a regular file or stdin, told apart by
 * their first bytes. A plain regular file is mapped and given without a copy.
 */
#ifndef RV_STREAM_H
#define RV_STREAM_H

#include "file.h"
#include "memory.h"

typedef enum rv_compression { RV_PLAIN, RV_GZIP, RV_ZSTD } rv_compression;
typedef struct rv_stream rv_stream;
rv_status rv_stream_open(const char *path, rv_stream **out, rv_error *err);
void rv_stream_close(rv_stream *stream);
rv_compression rv_stream_compression(const rv_stream *stream);
/* The whole of a plain mapped file, or NULL: then rv_stream_read. */
const char *rv_stream_mapped(const rv_stream *stream, size_t *size);
/* Up to n decoded bytes; *got 0 is the end. A cut or damaged stream is RV_CORRUPT, with the offset. */
rv_status rv_stream_read(rv_stream *stream, void *buf, size_t n, size_t *got, rv_error *err);
uint64_t rv_stream_stored_size(const rv_stream *stream); /* 0: unknown */

#endif
