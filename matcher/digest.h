/*
 * Digests of e-mails and phones: recognised in what clients bring, computed from what the base holds. Hashing isn't
 * anonymising (all French mobiles are hashed in a minute): a digest is a key like another, and guarded like one.
 */
#ifndef RV_DIGEST_H
#define RV_DIGEST_H

#include "text.h"

typedef enum rv_digest_kind { RV_SHA256, RV_MD5, RV_SHA1, RV_DIGEST_KINDS } rv_digest_kind;
enum { RV_DIGEST_MAX = 32 };
typedef struct rv_digest {
    unsigned char bytes[RV_DIGEST_MAX];
    unsigned size; /* 0: none */
} rv_digest;

/* Hexadecimal in either case, or base64 (also the URL alphabet, padded or not), of the kind's own length. NULL, or why
 * not ("not_a_digest", "digest_of_nothing" for the digest of the empty text). */
const char *rv_digest_read(rv_digest_kind kind, rv_text value, rv_digest *out);
/* false: no memory, or the library refuses the algorithm (MD5 under FIPS). Any thread. */
bool rv_digest_of(rv_digest_kind kind, const void *ptr, size_t len, rv_digest *out);
void rv_digest_hex(const rv_digest *digest, char out[2 * RV_DIGEST_MAX + 1]); /* lower case, and a zero */

#endif
