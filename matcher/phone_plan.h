/*
 * Which telephone numbers are in use: per calling code ranges of national numbers, each with its kind and the lengths it
 * has. Near countries are told to the last digit, far ones by their first two. Arcep's own exceptions (calling
 * platforms, overseas parts written as French numbers) are phone.c's affair.
 */
#ifndef RV_PHONE_PLAN_H
#define RV_PHONE_PLAN_H

#include "text.h"

typedef enum rv_range_kind {
    RV_RANGE_FIXED, /* numbers of internet boxes too */
    RV_RANGE_MOBILE,
    RV_RANGE_EITHER,   /* not told apart, as in North America */
    RV_RANGE_PERSONAL, /* follows its person: 070 in Britain */
    RV_RANGE_SERVICE   /* free, dear, of companies, voice mail */
} rv_range_kind;

typedef struct rv_phone_range {
    char country[3]; /* ISO 3166; "": the countries of this code share the range */
    char head[4];    /* the national number begins with this */
    uint8_t kind, shortest, longest;
    const char *behind; /* and then with one of these, parted by blanks; [2-46] is one digit, . any; "": anything */
} rv_phone_range;

typedef struct rv_phone_plan {
    const char *code;  /* calling code; no code begins with another */
    const char *trunk; /* in front of national numbers dialled at home: "0", or "" */
    const char *leave; /* dialled before a foreign number: "00" */
    uint16_t first, count;
} rv_phone_plan;

typedef struct rv_phone_country {
    char code[3]; /* ISO 3166 */
    uint8_t plan;
} rv_phone_country;

extern const rv_phone_range rv_phone_ranges[];
extern const rv_phone_plan rv_phone_plans[]; /* ascending by code, as strings */
extern const size_t rv_phone_plans_count;
extern const rv_phone_country rv_phone_countries[]; /* ascending */
extern const size_t rv_phone_countries_count;

const rv_phone_plan *rv_phone_plan_of_number(const char *digits); /* that begin with a calling code; NULL: none */
const rv_phone_country *rv_phone_country_find(rv_text code);      /* in capitals; NULL: none */
/* NULL: not in use. `national` ends with a zero byte. */
const rv_phone_range *rv_phone_range_find(const rv_phone_plan *plan, const char *national, size_t digits);
/* The shortest and the longest number of a plan. */
void rv_phone_plan_lengths(const rv_phone_plan *plan, unsigned *shortest, unsigned *longest);
bool rv_phone_begins(const char *digits, const char *list); /* with one of a list like `behind` */

#endif
