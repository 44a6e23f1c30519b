/*
 * Addresses as French files write them (NF Z10-011), read into number, repeat, type, street, extra lines, postcode and
 * city, all in canonical capitals with abbreviations written out: "12bis, av. du Gal Leclerc" is 12, BIS, AVENUE, DU
 * GENERAL LECLERC. Addresses of other countries pass through without harm ("6 tullaroop street").
 *
 * This is normalisation for recognising people; it doesn't check against a register of addresses.
 */
#ifndef RV_ADDRESS_H
#define RV_ADDRESS_H

#include "letters.h"

enum { RV_ADDRESS_TEXT = 2 * RV_LETTERS_MAX };
typedef struct rv_address {
    rv_text number, repeat, type, street, extra, postcode, city; /* views into text, or empty */
    char text[RV_ADDRESS_TEXT];
    size_t used;
} rv_address;

/* Zero `used` and the texts before the first call (rv_address_init). `whole`: the line may end in postcode and city. */
void rv_address_init(rv_address *address);
void rv_address_read_line(rv_text value, bool whole, rv_address *address);
void rv_address_read_number(rv_text value, rv_address *address); /* a column of its own: "12 bis" */
void rv_address_read_extra(rv_text value, rv_address *address);
/* "1300" is 01300 in France: a spreadsheet ate the zero. NULL, or why it is no postcode. */
const char *rv_address_read_postcode(rv_text value, const char *country, rv_address *address);
void rv_address_read_city(rv_text value, rv_address *address); /* CEDEX and arrondissement out, ST written SAINT */

/* The word of a street by which it is recognised however it is written: the last one that isn't an article or a
 * number ("GENERAL DE GAULLE", "CHARLES DE GAULLE" and "DE GAULLE" are GAULLE), or the whole when there is none. */
rv_text rv_address_street_word(rv_text street);

#endif
