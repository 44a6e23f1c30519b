/*
 * E-mail addresses in two forms. Strict: trimmed, lower case. Folded: what several spellings of one mailbox have in
 * common: no "+tag", no dots in a Gmail name, googlemail.com is gmail.com. Brands mostly send the hash of the strict
 * form; both are keys, and which one matched is recorded.
 */
#ifndef RV_EMAIL_H
#define RV_EMAIL_H

#include "text.h"

enum { RV_EMAIL_MAX = 254 };
typedef struct rv_email {
    char strict[RV_EMAIL_MAX], folded[RV_EMAIL_MAX];
    uint16_t strict_len, folded_len;
} rv_email;

/* NULL, or why it is no e-mail address ("no_at", "bad_domain"...): *out is untouched then. */
const char *rv_email_read(rv_text value, rv_email *out);

/* A mailbox of a function and not of a person (info@, noreply@, contact@), or an obvious invention (test@test.fr). It
 * may be valid, but nobody is recognised by it. */
bool rv_email_is_shared(rv_text strict);

#endif
