/*
 * Consent, as attributes tell it: those whose role the schema says is consent, or whose name says it (a megabase of an
 * older build has no roles). Values are read by their words.
 */
#ifndef RV_CONSENT_H
#define RV_CONSENT_H

#include "schema.h"

typedef enum rv_consent_kind { RV_NO_CONSENT, RV_OPT_IN, RV_OPT_OUT } rv_consent_kind;
/* What an attribute says when it says yes: nothing about consent, that it is given, that it is refused (optout). */
rv_consent_kind rv_consent_of(const rv_attribute *attribute);
/* Does this value refuse? Empty and unknown words don't. */
bool rv_consent_is_refused(rv_consent_kind kind, rv_text value);

#endif
