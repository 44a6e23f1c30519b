/*
 * Attributes that a profile leaves out unless they are named: special categories of personal data (ethnic origin,
 * religion, health, politics, trade union, sexual life: GDPR article 9), told from the words of a column's name.
 */
#ifndef RV_SENSITIVE_H
#define RV_SENSITIVE_H

#include "text.h"

/* Case, accents and punctuation apart, by whole words ("ethnic_group", "etatSante", "Religion"). */
bool rv_name_is_sensitive(rv_text name);

#endif
