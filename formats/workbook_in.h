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

/* What a reader of the table should be told. */
typedef struct rv_workbook_notes {
    unsigned sheets;      /* that show; the first is read */
    char sheet[128];      /* its name */
    uint32_t hidden_rows; /* read as any other */
    uint32_t merged_down; /* cells merged over several rows: the value stands in the first one */
    uint32_t unvalued;    /* formulas that no program has worked out yet: empty */
} rv_workbook_notes;

/*
 * Writes the CSV to an open, empty file. RV_BAD_INPUT where libexpat isn't there, no sheet holds a table, a cell holds more
 * than the 32,767 characters that Excel allows, or the whole expands beyond reason: what is kept of it (texts, rows, the CSV
 * that they make) beyond RV_WORKBOOK_FREE_BYTES *and* RV_WORKBOOK_MAX_RATIO times the archive. So memory is bounded by the
 * larger of both, whatever the archive says. RV_CORRUPT where the workbook isn't what its format says.
 */
#define RV_WORKBOOK_FREE_BYTES ((uint64_t)128 << 20)
enum { RV_WORKBOOK_MAX_RATIO = 100, RV_WORKBOOK_CELL_MAX = 32767 };
rv_status rv_workbook_to_csv(const void *archive, size_t n, int fd, rv_workbook_notes *notes, rv_error *err);

#endif
