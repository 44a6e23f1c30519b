/*
 * Values that are there and say nothing: "#N/A", "NULL", "-", "inconnu". They are missing, wherever they stand. Names
 * have some of their own: "TEST", "CLIENT".
 */
#ifndef RV_PLACEHOLDER_H
#define RV_PLACEHOLDER_H

#include "text.h"

bool rv_placeholder(rv_text value);           /* any text, as it stands in a file; empty is missing too */
bool rv_placeholder_letters(rv_text letters); /* the same for a text in canonical capitals */
bool rv_placeholder_name(rv_text letters);    /* nobody's name; holds for all that rv_placeholder_letters holds for */

#endif
