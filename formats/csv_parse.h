/*
 * One block of a CSV file, from bytes to rows and rejects. Blocks begin and end at record boundaries, so they are parsed
 * apart from one another, on any thread, each into an rv_csv_rows of its own, which is reused from block to block.
 */
#ifndef RV_CSV_PARSE_H
#define RV_CSV_PARSE_H

#include "csv_reader.h"
#include "csv_scan.h"

typedef struct rv_csv_piece { /* a block as the cutter made it */
    const char *data;
    size_t n;
    uint64_t line, offset; /* of data[0]: physical line from 1, bytes from the start of the decoded file */
    bool exact;            /* holds irregular quotes: csv_exact.h reads it */
    bool too_long;         /* the head of a record beyond the limit, all of it one reject */
} rv_csv_piece;

typedef struct rv_csv_rows {
    rv_text *cells, *records;
    uint64_t *lines, *offsets;
    size_t n, columns; /* rows; cells are n * columns */
    size_t room_cells, room_rows;
    rv_reject *rejects;
    size_t n_rejects, room_rejects;
    uint64_t irregular;
    uint64_t stray_offset; /* strict: of the first stray quote, when irregular */
    uint32_t *marks;       /* scratch of one piece of the scan */
    rv_csv_span *spans;    /* scratch of one record */
    rv_arena arena;        /* values whose doubled quotes were made single; and the callbacks' scratch */
} rv_csv_rows;

/* Fills rows (reset first). Views point into piece->data and rows->arena. Fails only for want of memory. */
rv_status rv_csv_parse(rv_csv_rows *rows, const rv_csv_rules *rules, size_t columns, bool strict,
                       const rv_csv_piece *piece, rv_error *err);
/* Strict reading: RV_BAD_INPUT with line and column of what RFC 4180 doesn't allow in this block, if anything. */
rv_status rv_csv_refuse(const rv_csv_rows *rows, const rv_csv_rules *rules, const rv_csv_piece *piece, const char *path,
                        rv_error *err);
void rv_csv_rows_free(rv_csv_rows *rows);

#endif
