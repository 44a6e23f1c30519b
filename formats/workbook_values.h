/*
 * What a number in a workbook's cell says, which its number format decides: a date, a time, a postcode with its zeros, or
 * the number. Formats: ECMA-376 part 1, 18.8.30 and 18.8.31, and the codes that Excel itself uses beyond them.
 */
#ifndef RV_WORKBOOK_VALUES_H
#define RV_WORKBOOK_VALUES_H

#include "memory.h"

typedef struct rv_number_format {
    bool date, time; /* shows a day, an hour */
    uint8_t digits;  /* of a number that keeps its zeros (00000): at least so many; else 0 */
} rv_number_format;

rv_number_format rv_number_format_builtin(unsigned id);
rv_number_format rv_number_format_of(const char *code); /* dd/mm/yyyy, 00000, 0#" "##... */

/* Appends the number as text: dates as 2026-11-01, times behind a blank where they aren't midnight, numbers with the 15
 * digits that a spreadsheet shows. What is no number stays as it is. */
void rv_sheet_number_put(rv_buffer *to, rv_text number, rv_number_format format, bool since_1904);

#endif
