/*
 * Phone numbers in E.164, whatever they were written like: "06.12.34.56.78", "0033 6...", "+33 (0)6...", a zero eaten
 * by a spreadsheet. France, its overseas parts and its neighbours are known in detail, other countries by the beginnings
 * and lengths of their numbers (phone_plan.h).
 */
#ifndef RV_PHONE_H
#define RV_PHONE_H

#include "text.h"

typedef enum rv_phone_kind { RV_PHONE_UNKNOWN, RV_PHONE_FIXED, RV_PHONE_MOBILE } rv_phone_kind;
enum { RV_PHONE_MAX = 16 }; /* '+' and 15 digits */
typedef struct rv_phone {
    char e164[RV_PHONE_MAX + 1]; /* with '+', zero-terminated */
    uint8_t len;
    rv_phone_kind kind;
    char country[3]; /* ISO 3166, or "" */
} rv_phone;

/* `country` is the one whose numbers come without a code ("FR" when NULL). NULL, or why it is no person's number:
 * "not_in_plan", "too_short", "too_long", "not_a_number", "spreadsheet_rounded" (3,36E+10), "calling_platform",
 * "service_number", "machine_number", "stop_value" (0600000000), "empty"; *out is untouched then. */
const char *rv_phone_read(rv_text value, const char *country, rv_phone *out);
const char *rv_phone_kind_name(rv_phone_kind kind);

/* The digits of a number that fits no plan we know ("555 0123" in a file of unknown country): it still tells people
 * apart within its file's world. Its length, or 0 unless there are 7 to 15 digits, three different ones at least, without
 * a '+', that aren't a stop value. */
size_t rv_phone_local(rv_text value, char out[RV_PHONE_MAX]);

/* ISO code of a country as files write it ("FR", "FRA", "France", "BELGIQUE"...), static; NULL: not known. */
const char *rv_country_find(rv_text value);

#endif
