/*
 * Excel workbooks in: the first sheet that isn't hidden, as plain CSV (comma, ", LF, UTF-8), so that everything that is known
 * about tables people make (preambles, totals, headers, roles) holds for them too. A line is a row: rows left out are empty
 * lines, but for cells that hold line ends themselves.
 *
 * Cells are what a spreadsheet shows, as text: formulas by their last value, dates as 2026-11-01 (with a time where it isn't
 * midnight), numbers with 15 digits, those formatted as 00000 with their zeros, true and false. Rows end with the last cell
 * of the sheet that holds anything.
 */
#ifndef RV_WORKBOOK_IN_H
#define RV_WORKBOOK_IN_H

#include "error.h"

/* A zip archive that holds a workbook. */
bool rv_workbook_begins(const void *archive, size_t n);

/* Writes the CSV to an open, empty file; *sheets is how many show, of which the first is it. RV_BAD_INPUT where libexpat isn't there or no sheet holds a table, RV_CORRUPT
 * where the workbook isn't what its format says. */
rv_status rv_workbook_to_csv(const void *archive, size_t n, int fd, unsigned *sheets, rv_error *err);

#endif
