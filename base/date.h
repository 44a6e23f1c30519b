/* Civil dates as days since 1970-01-01 (proleptic Gregorian; H. Hinnant's days_from_civil, 2013). */
#ifndef RV_DATE_H
#define RV_DATE_H

#include "text.h"
#include <reveil.h>

#define RV_DATE_NONE INT32_MIN

int32_t rv_date_of(int year, int month, int day); /* RV_DATE_NONE unless it exists, years 1-9999 */
void rv_date_split(int32_t date, int *year, int *month, int *day);
/* yyyy-mm-dd, yyyy/mm/dd, yyyymmdd, dd/mm/yyyy, dd-mm-yyyy, dd.mm.yyyy (by order; auto: day first unless impossible),
 * each with an optional time after 'T' or a blank, which is dropped. RV_DATE_NONE when it is none of these. */
int32_t rv_date_parse(rv_text text, rv_date_order order);
/* The same for a cell of a column known to hold dates: a spreadsheet's mark of text (') in front is passed over, and its
 * own numbers are read: days since 1899-12-30, from 20000 to 59999 (1954 to 2064), with or without a time behind a mark. */
int32_t rv_date_in_cell(rv_text text, rv_date_order order);
void rv_date_format(int32_t date, char out[11]); /* "yyyy-mm-dd" and a zero */

#endif
