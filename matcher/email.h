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

/* The same for what nearly all are: at most 64 bytes of letters, digits and . - _ + @ and nothing around. The forms are
 * views: of the value where it is in lower case already, else of `room`; `folded` is `strict` where nothing folds. false:
 * of another shape, or no e-mail address; rv_email_read says which. */
enum { RV_EMAIL_PLAIN = 64 };
bool rv_email_read_plain(rv_text value, char room[2 * RV_EMAIL_PLAIN], rv_text *strict, rv_text *folded);

/* A typing error in a frequent domain put right: "x@gmial.com" is "x@gmail.com", "x@orange.f" is "x@orange.fr". The
 * address in `room`, to be read like another; empty: no such error. "x@orange,fr" and "x@orange;fr" (the keys beside the
 * point) are "x@orange.fr". A guess: for a weaker key than the strict form. */
rv_text rv_email_mend(rv_text value, char room[RV_EMAIL_MAX]);
/* The same for a strict form, which has a point. */
rv_text rv_email_mend_valid(rv_text strict, char room[RV_EMAIL_MAX]);

/* A mailbox of a function and not of a person (info@, noreply@, contact@), or an obvious invention (test@test.fr). It
 * may be valid, but nobody is recognised by it. */
bool rv_email_is_shared(rv_text strict);

/* Of these, what nobody at all reads: a machine's (noreply@, mailer-daemon@) or an invention. contact@ of a small firm is
 * read by somebody. */
bool rv_email_is_dead(rv_text strict);
/* Right domains, each with what people type for it, parted by blanks: for tests. */
const char *const (*rv_email_typos(size_t *n))[2];

#endif
