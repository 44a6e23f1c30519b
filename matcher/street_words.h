/* The vocabulary of French (and a little English) addresses. */
#ifndef RV_STREET_WORDS_H
#define RV_STREET_WORDS_H

#include "text.h"

/* The type of street that the words begin with, written out; *used words belong to it. NULL: none. Short forms of one
 * or two letters (R, CH, PL) count only where `after_number`. */
const char *rv_street_type(const rv_text *words, size_t n, bool after_number, size_t *used);
/* The English type that an address ends in ("tullaroop STREET"), or NULL. */
const char *rv_street_type_behind(rv_text last);
/* A word inside a street's name written out: GAL is GENERAL, ST is SAINT; NULL: as it is. */
const char *rv_street_word_full(rv_text word);
/* Streets are named after days: "rue du HUIT MAI". The day's number as digits, NULL: none. */
const char *rv_street_day(rv_text word);
bool rv_street_is_month(rv_text word);
bool rv_street_is_article(rv_text word);
bool rv_street_is_repeat(rv_text word); /* BIS TER QUATER QUINQUIES */
/* Begins a line that says where in the house, not in which street: APPT, BAT, RES... */
bool rv_street_is_extra(rv_text word);
/* The number of words at the end of `words` that are the name of a large city; 0: none. */
size_t rv_large_city_behind(const rv_text *words, size_t n);

#endif
