/*
 * The rows of one block while a parser makes them: cells, records, places and rejects, in arrays that grow and are reused
 * from block to block.
 */
#ifndef RV_TABLE_ROWS_H
#define RV_TABLE_ROWS_H

#include "table_reader.h"

typedef struct rv_table_rows {
    rv_text *cells, *records;
    uint64_t *lines, *offsets;
    size_t n, columns; /* rows; cells are n * columns */
    size_t room_cells, room_rows;
    rv_reject *rejects;
    size_t n_rejects, room_rejects;
    uint64_t irregular;
    rv_table_tally tally;
    rv_arena arena; /* values that don't stand in the input as they are; and the callbacks' scratch */
} rv_table_rows;

void rv_table_rows_reset(rv_table_rows *rows, size_t columns);
rv_status rv_table_rows_cells(rv_table_rows *rows, size_t need, rv_error *err); /* room for so many cells in all */
rv_status rv_table_rows_room(rv_table_rows *rows, size_t need, rv_error *err);  /* and so many rows */
rv_status rv_table_rows_reject(rv_table_rows *rows, rv_reject reject, rv_error *err);
/* Batch, rejects, irregular and arena of a block are those of these rows. */
void rv_table_rows_show(rv_table_rows *rows, rv_table_block *block);
void rv_table_rows_free(rv_table_rows *rows);

#endif
