/*
 * Lines that are no rows: those above the table, and totals and notes at the end of the file.
 */
#ifndef RV_CSV_ASIDES_H
#define RV_CSV_ASIDES_H

#include "csv_parse.h"

/* What was a row or a reject of the last block and is neither. */
rv_status rv_csv_footer_aside(rv_table_rows *rows, const rv_csv_reading *reading, const rv_csv_piece *piece,
                              rv_error *err);
/* Puts lines that stood above the table before the block's rejects. */
rv_status rv_csv_begin_with(rv_table_rows *rows, const rv_reject *asides, size_t n, rv_error *err);
bool rv_csv_only(const char *p, size_t n, char c); /* nothing but c; true of nothing */

#endif
