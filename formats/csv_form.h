/*
 * Plain CSV, as all writers make it, in the form that a spreadsheet opens right. It works on finished text, so that no
 * writer knows of it and the usual output costs nothing; and on one buffer of whole records at a time, so that any thread
 * does it and the bytes don't depend on how many there are.
 *
 * excel-fr: UTF-8 with a byte order mark, `;`, CRLF; in columns that reveil itself writes 0.25 is 0,25 and 2026-11-01 is
 * 01/11/2026. All other cells stay as they are, whatever they look like.
 *
 * Formula-safe: a cell that a spreadsheet would run gets ' in front: after OWASP's advice on CSV injection those that begin
 * with = + - @ (of full width too), tab, CR or LF. Left alone, because nothing can be run in them: numbers with a sign
 * (-12,5) and telephone numbers with + (7 to 15 digits, blanks, dots, hyphens, brackets).
 */
#ifndef RV_CSV_FORM_H
#define RV_CSV_FORM_H

#include "memory.h"

typedef struct rv_csv_form {
    bool excel_fr, formula_safe;
    uint32_t own_from; /* columns that reveil writes as numbers and dates: own_from + i where bit i of own is set */
    uint64_t own;
} rv_csv_form;

#define RV_CSV_BOM "\xef\xbb\xbf"

static inline bool rv_csv_form_is_plain(const rv_csv_form *form) { return !form->excel_fr && !form->formula_safe; }
static inline bool rv_csv_form_is_own(const rv_csv_form *form, uint32_t column) {
    return column >= form->own_from && column - form->own_from < 64 && form->own >> (column - form->own_from) & 1;
}
/* The end of a cell of such CSV that begins at p: the comma or line feed behind it, or `end`. */
const char *rv_csv_cell_end(const char *p, const char *end);
/* The text of the cell [p, p + n), in `room` where quotes were doubled. */
rv_text rv_csv_cell_text(const char *p, size_t n, rv_buffer *room);
bool rv_csv_is_number(const char *p, size_t n); /* as reveil and JSON write them: -0.25, 12; not 012, .5, 1e3 */
bool rv_csv_is_date(const char *p, size_t n);   /* 2026-11-01, by its form */
/* Appends the records of `csv`, which are whole and written by rv_csv_put and the like. Room that lacks fails `to`. */
void rv_csv_form_put(const rv_csv_form *form, const char *csv, size_t n, rv_buffer *to);
bool rv_csv_is_formula(rv_text cell); /* begins as a formula, and is neither number nor telephone number */

#endif
