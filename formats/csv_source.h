/*
 * The bytes of a table as UTF-8, seen through a window that moves forward: the map itself for a plain UTF-8 file, else
 * a buffer that is filled from the stream and transcoded where needed.
 */
#ifndef RV_CSV_SOURCE_H
#define RV_CSV_SOURCE_H

#include "encoding.h"
#include "stream.h"

typedef struct rv_csv_source {
    rv_stream *stream;
    const char *data; /* the window; moves with rv_csv_source_fill */
    size_t n;
    bool at_end;     /* nothing follows data[n - 1] */
    bool mapped;     /* data outlive the window: they are the map */
    uint64_t offset; /* of data[0] in the decoded file */
    bool transcodes, stream_ended;
    rv_transcoder transcoder;
    rv_buffer buffer; /* unless mapped: holds the window from `head` */
    size_t head;
    rv_buffer raw;    /* bytes before transcoding */
    uint64_t dropped; /* of a map: bytes whose pages have been given back */
    uint64_t brought; /* of a map: bytes whose pages have been asked for */
} rv_csv_source;

/* Takes over the stream. Nothing is read yet; the encoding may be set while that is so. */
void rv_csv_source_init(rv_csv_source *source, rv_stream *stream);
/* What the file holds comes in this encoding (not auto). Bytes in the window are transcoded. */
rv_status rv_csv_source_encoding(rv_csv_source *source, rv_encoding encoding, rv_error *err);
/* At least `want` bytes in the window, unless the file ends before. */
rv_status rv_csv_source_fill(rv_csv_source *source, size_t want, rv_error *err);
void rv_csv_source_advance(rv_csv_source *source, size_t n);
void rv_csv_source_free(rv_csv_source *source); /* closes the stream */

#endif
