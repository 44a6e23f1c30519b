/*
 * What a cell looks like, whatever its column means: a number and its marks, a date and its order, a flag, an e-mail, a
 * telephone number, nothing. The sniffer adds these up over samples; no value is changed here.
 */
#ifndef RV_CSV_VALUES_H
#define RV_CSV_VALUES_H

#include "text.h"
#include <reveil.h>

typedef enum rv_digit_group { /* what groups digits by three */
                              RV_GROUP_NONE,
                              RV_GROUP_BLANK,
                              RV_GROUP_NO_BREAK, /* U+00A0 */
                              RV_GROUP_NARROW,   /* U+202F */
                              RV_GROUP_POINT,
                              RV_GROUP_COMMA,
                              RV_GROUP_APOSTROPHE,
                              RV_GROUP_COUNT
} rv_digit_group;

typedef struct rv_value_look {
    rv_value_kind kind;
    bool placeholder;            /* kind is RV_VALUE_EMPTY */
    bool comma, point;           /* this mark can only be decimal here */
    rv_digit_group group;        /* proven by itself: 1 234, 1.234,50; not by 1,234 */
    bool scientific, apostrophe; /* 3,36E+10; '0612 */
    bool day_first, month_first, year_first, unclear_day, serial;
    bool short_year;           /* 02/03/26... */
    uint8_t first_two, last_two; /* ...and its first and last number */
} rv_value_look;

rv_value_look rv_csv_value_look(rv_text value);
/* A name of a column as French and English files have them ("Code postal", "customer_email"): some word of it is one
 * that names columns. */
bool rv_csv_names_column(rv_text cell);
/* A label of totals: "Total", "Sous-total Lyon", "Grand total:". */
bool rv_csv_names_total(rv_text cell);
/* A line drawn below a header or around a table: ---;---, +----+----+, |:---|---:|. */
bool rv_csv_is_rule(rv_text line);
/* How lines begin that stand below a table: "Source : ...", "12 lignes", "Export du ...", "-- fin". */
bool rv_csv_begins_note(rv_text line);

#endif
