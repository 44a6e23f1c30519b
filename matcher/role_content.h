/*
 * What a column's values say it is, whatever its header: counts over a sample of rows, by the readers that matching
 * uses. Values lie about nothing: a column full of @ is an e-mail.
 */
#ifndef RV_ROLE_CONTENT_H
#define RV_ROLE_CONTENT_H

#include "batch.h"
#include "memory.h"
#include "role.h"

typedef struct rv_column_content {
    uint32_t rows, filled; /* filled: neither empty nor a place-holder; all counts below are among these */
    uint32_t distinct;
    uint32_t email, at_sign;
    uint32_t hex64, hex40, hex32;
    uint32_t phone, mobile, fixed;           /* of the plan */
    uint32_t bare;                           /* of those, nine digits without a zero, which any number may be */
    uint32_t rounded;                        /* 6,12E+08: a spreadsheet has lost the digits */
    uint32_t numberlike;                     /* six digits and more, no letters */
    uint32_t checked;                        /* 9 or 14 digits or 13 with the check digit of SIREN, SIRET or EAN */
    uint32_t postcode;                       /* of communes */
    uint32_t digits;                         /* nothing but digits */
    uint32_t has_digit, has_letter, letters; /* letters: and no digit */
    uint32_t city, first_name, full_name, one_word, civility, sex, country, address;
    uint32_t date, time, birth; /* birth: a date that a birth may have; time: with an hour behind */
    uint32_t flag;              /* oui, non, 0, 1... */
    uint32_t two_thousands;     /* births after 2015 */
    int first_year, last_year;  /* of `birth`, 0: none */
    uint32_t late;              /* births from 2003 on */
} rv_column_content;

enum { RV_CONTENT_ROWS = 1000 };
/* contents: one per column of the batch, filled from its first RV_CONTENT_ROWS rows. Fails only for want of memory. */
rv_status rv_content_read(const rv_batch *sample, const char *country, rv_date_order order, rv_column_content *contents,
                          rv_error *err);

/* The role that the values show, RV_ROLE_NONE when none does; `hits` of `filled` values are of it. `quiet` roles are told
 * by words that other columns have as well (first names, cities): to be asked for where no header says anything. */
typedef struct rv_content_role {
    rv_role role;
    uint32_t hits;
} rv_content_role;
rv_content_role rv_content_role_of(const rv_column_content *content, bool quiet);
/* How many values could be of this role, read kindly; -1: no value speaks against it. */
int64_t rv_content_fits(const rv_column_content *content, rv_role role);

#endif
