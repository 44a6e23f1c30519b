/*
 * A batch: some thousand rows of a table, the common currency between layers. Cells are views, row by row, as a CSV
 * file gives them; every row has exactly `columns` cells. Views live as long as the batch's owner says.
 */
#ifndef RV_BATCH_H
#define RV_BATCH_H

#include "text.h"

typedef struct rv_batch {
    uint32_t rows, columns;
    const rv_text *cells;    /* rows * columns, row-major */
    const rv_text *records;  /* rows: the record's bytes as UTF-8, without its line end; RV_TEXT_UNQUOTED */
    const uint64_t *lines;   /* rows: line number in the file, from 1 (the first line of the record) */
    const uint64_t *offsets; /* rows: byte offset of the record in the decoded file */
} rv_batch;
static inline rv_text rv_batch_cell(const rv_batch *batch, uint32_t row, uint32_t column) {
    return batch->cells[(size_t)row * batch->columns + column];
}

#endif
