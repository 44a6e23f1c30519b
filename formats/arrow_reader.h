/*
 * An Arrow C stream as lines of CSV: the rows of one array after another, a struct's children side by side. NULL is an
 * empty cell, an empty text is "", as in Parquet files; alone on its line a NULL is "" too, or the line would be empty.
 */
#ifndef RV_ARROW_READER_H
#define RV_ARROW_READER_H

#include "memory.h"

typedef struct rv_arrow_reader rv_arrow_reader;
/* Asks for the schema. RV_BAD_INPUT with the column's name when one has a type that isn't read. The stream is borrowed, and
 * outlives the reader. */
rv_status rv_arrow_reader_open(struct ArrowArrayStream *stream, rv_arrow_reader **out, rv_error *err);
uint32_t rv_arrow_reader_columns(const rv_arrow_reader *reader);
void rv_arrow_reader_header(const rv_arrow_reader *reader, rv_buffer *lines);
/* Appends rows until there are about `bytes` more, or the stream's end. */
rv_status rv_arrow_reader_lines(rv_arrow_reader *reader, size_t bytes, rv_buffer *lines, bool *end, rv_error *err);
uint64_t rv_arrow_reader_rows(const rv_arrow_reader *reader); /* given so far */
void rv_arrow_reader_close(rv_arrow_reader *reader);          /* NULL is fine */

#endif
