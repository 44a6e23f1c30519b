/*
 * Birth dates as files write them. A date that nobody living can have is no date: customers are born from 1900 on (the
 * 1st of January 1900 is a spreadsheet's zero) and before 2030. The library reads no clock, so the same file gives the
 * same answer next year.
 */
#ifndef RV_BIRTH_H
#define RV_BIRTH_H

#include "date.h"

typedef struct rv_birth {
    int32_t date; /* days; RV_DATE_NONE: none */
    bool weak;    /* the first of January, or a year alone: often not known better */
    bool year_only; /* "1985"; "03/1985" too: its month speaks for nobody without a day */
} rv_birth;

/* NULL, or why not ("not_a_date", "out_of_range", "empty"); *out is untouched then. A two-digit year above 14 is of the
 * 1900s: babies are no customers. */
const char *rv_birth_read(rv_text value, rv_date_order order, rv_birth *out);
/* From separate columns; day and month may be empty (weak then). */
const char *rv_birth_read_parts(rv_text day, rv_text month, rv_text year, rv_birth *out);

#endif
