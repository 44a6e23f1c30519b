/*
 * Tables out as Excel workbooks, through libxlsxwriter: one sheet, the header bold and frozen, with a filter, columns as wide
 * as their texts. In the columns that reveil writes itself (csv_form.h) numbers are numbers and dates are dates; all else is
 * text to the letter, leading zeros, signs and = included: no cell is ever a formula. Empty cells aren't written.
 *
 * The rows come as CSV, as to any other file, and wait in an unlinked scratch file beside the output; each is held against
 * what a sheet has room for as it comes. Once they are whole the workbook is written into the output's temporary, and read
 * again: the library doesn't notice a disk that fills while it works.
 */
#ifndef RV_WORKBOOK_OUT_H
#define RV_WORKBOOK_OUT_H

#include "csv_form.h"
#include "file.h"

/* What a sheet has room for (Excel's own limits): the header is a row; text is counted in UTF-16, as Excel counts it. */
#define RV_SHEET_ROWS 1048576u
#define RV_SHEET_COLUMNS 16384u
#define RV_SHEET_CELL 32767u

bool rv_workbook_is_name(const char *path); /* ends in .xlsx */

typedef struct rv_workbook_out rv_workbook_out;
/* For the open output of `path`. RV_BAD_ARGUMENT where libxlsxwriter isn't there: before any work is done. */
rv_status rv_workbook_out_new(const char *path, const rv_output *output, rv_workbook_out **out, rv_error *err);
/* RV_BAD_ARGUMENT with the row at which a sheet has no more room. */
rv_status rv_workbook_out_add(rv_workbook_out *out, const char *csv, size_t n, rv_error *err);
/* Writes all rows into the open output. cancel (may be NULL): as in rv_settings. */
rv_status rv_workbook_out_write(rv_workbook_out *out, const rv_csv_form *form, const rv_output *output,
                                const volatile int *cancel, rv_error *err);
void rv_workbook_out_free(rv_workbook_out *out); /* NULL is fine */

#endif
