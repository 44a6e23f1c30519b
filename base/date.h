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
/* Which of the two first numbers is the day, by order (auto: the first unless impossible). */
int32_t rv_date_ordered(int a, int b, int year, rv_date_order order);
void rv_date_format(int32_t date, char out[11]); /* "yyyy-mm-dd" and a zero */

/* --- In date_written.c --------------------------------------------------------------------------------------------- */

/*
 * Dates beyond those forms, as spreadsheets, shops and people write them: years of two digits (01/03/26, 3-1-98; by order
 * ymd 26-03-01), digits alone (010326, 01032026, 20260301103000), months in words, whole or shortened, in French,
 * English, German, Dutch, Italian and Spanish (1er mars 2026, 01-mars-26, Mar 1, 2026, 2026-Mar-01), with or without a
 * day of the week in front and a time behind (, 10:00; a 10h30; 10:00:00 CET). A year of two digits up to `pivot` is of the
 * 2000s, the others of the 1900s. RV_DATE_NONE when it is none of these.
 */
int32_t rv_date_written(rv_text text, rv_date_order order, int pivot);
int rv_date_month(rv_text word); /* 1 to 12; 0: no month's name */
int rv_date_year(int year, unsigned digits, int pivot);

/* How a cell of dates was written, added up. */
typedef struct rv_date_forms {
    uint64_t day_first, month_first; /* 25/02/2026, 02/25/2026: can't be read otherwise */
    uint64_t unclear;                /* 02/03/2026: either */
    uint64_t short_years;            /* 02/03/26 */
} rv_date_forms;
/*
 * A cell of a column known to hold dates on which something was done: all forms above; a spreadsheet's mark of text (') in
 * front is passed over, and its own numbers are read: days since 1899-12-30, from 20000 to 59999 (1954 to 2064), with or
 * without a time behind a mark; so are seconds and milliseconds since 1970, from 2001 on. Years of two digits are 1970 to
 * 2069. `forms` may be NULL; it counts only where the order is open.
 */
enum { RV_SHORT_YEAR_PIVOT = 69 };
int32_t rv_date_in_cell(rv_text text, rv_date_order order, rv_date_forms *forms);

#endif
