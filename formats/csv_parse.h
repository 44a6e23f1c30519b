/*
 * One block of a CSV file, from bytes to rows and rejects. Blocks begin and end at record boundaries, so they are parsed
 * apart from one another, on any thread, each into an rv_table_rows of its own, which is reused from block to block.
 */
#ifndef RV_CSV_PARSE_H
#define RV_CSV_PARSE_H

#include "csv_reader.h"
#include "csv_scan.h"
#include "table_rows.h"

typedef struct rv_csv_piece { /* a block as the cutter made it */
    const char *data;
    size_t n;
    uint64_t line, offset; /* of data[0]: physical line from 1, bytes from the start of the decoded file */
    bool exact;            /* holds irregular quotes: csv_exact.h reads it */
    bool too_long;         /* the head of a record beyond the limit, all of it one reject */
    bool last;             /* nothing follows: its last lines may be a footer */
} rv_csv_piece;

typedef struct rv_csv_reading { /* how the rows of a table are read */
    rv_csv_rules rules;
    size_t columns;
    bool strict, repair, footer;
    rv_text header; /* the header's bytes, so that it is known when it comes again; empty: none */
} rv_csv_reading;

typedef struct rv_csv_scratch { /* zeroed is ready; reused from block to block */
    uint32_t *marks;            /* of one piece of the scan */
    rv_csv_span *spans;         /* of one record */
    uint64_t stray_offset;      /* strict: of the first stray quote, when rows->irregular */
} rv_csv_scratch;

/* Fills rows (reset first). Views point into piece->data and rows->arena. Fails only for want of memory. */
rv_status rv_csv_parse(rv_table_rows *rows, rv_csv_scratch *scratch, const rv_csv_reading *reading,
                       const rv_csv_piece *piece, rv_error *err);
/* Strict reading: RV_BAD_INPUT with line and column of what RFC 4180 doesn't allow in this block, if anything. */
rv_status rv_csv_refuse(const rv_table_rows *rows, const rv_csv_scratch *scratch, const rv_csv_rules *rules,
                        const rv_csv_piece *piece, const char *path, rv_error *err);
void rv_csv_scratch_free(rv_csv_scratch *scratch);

#endif
