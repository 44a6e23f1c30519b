/*
 * One block of a CSV file, from bytes to rows and rejects. Blocks begin and end at record boundaries, so they are parsed
 * apart from one another, on any thread, each into an rv_table_rows of its own, which is reused from block to block.
 */
#ifndef RV_CSV_PARSE_H
#define RV_CSV_PARSE_H

#include "csv_reader.h"
#include "csv_scan.h"
#include "table_rows.h"

/* Most stretches of a block that csv_exact.h reads. A block with more of them ends before the next: at one bad line in
 * four that is some 30 KB, where handing over a block still costs little. */
enum { RV_CSV_STRETCHES = 64 };
typedef struct rv_csv_stretch { /* whole records */
    size_t from, to;
} rv_csv_stretch;

typedef struct rv_csv_piece { /* a block as the cutter made it */
    const char *data;
    size_t n;
    uint64_t line, offset; /* of data[0]: physical line from 1, bytes from the start of the decoded file */
    size_t n_exact;
    rv_csv_stretch exact[RV_CSV_STRETCHES]; /* in order, apart: csv_exact.h reads these, all quotes between are regular */
    bool too_long;         /* the head of a record beyond the limit, all of it one reject */
    bool last;             /* nothing follows: its last lines may be a footer */
} rv_csv_piece;

typedef struct rv_csv_reading { /* how the rows of a table are read */
    rv_csv_rules rules;
    size_t columns;
    bool strict, repair, footer;
    bool sound; /* the file is known to hold no zero byte, and nothing but UTF-8 */
    rv_text header;       /* the header's bytes, so that it is known when it comes again; empty: none */
    rv_text other_header; /* the same with its quotes, or without, the other way than it is written */
} rv_csv_reading;

typedef struct rv_csv_scratch { /* zeroed is ready; reused from block to block */
    uint32_t *marks;            /* of one piece of the scan */
    rv_csv_span *spans;         /* of one record */
    uint64_t stray_offset;      /* strict: of the first stray quote, when rows->irregular */
    bool quotes;                /* the block may hold some */
    bool as_written;            /* no row was kept that csv_exact.h has read: records are regular CSV as they stand */
} rv_csv_scratch;

/* Fills rows (reset first). Views point into piece->data and rows->arena. Fails only for want of memory. */
rv_status rv_csv_parse(rv_table_rows *rows, rv_csv_scratch *scratch, const rv_csv_reading *reading,
                       const rv_csv_piece *piece, rv_error *err);
/* Strict reading: RV_BAD_INPUT with line and column of what RFC 4180 doesn't allow in this block, if anything. */
rv_status rv_csv_refuse(const rv_table_rows *rows, const rv_csv_scratch *scratch, const rv_csv_rules *rules,
                        const rv_csv_piece *piece, const char *path, rv_error *err);
void rv_csv_scratch_free(rv_csv_scratch *scratch);

#endif
