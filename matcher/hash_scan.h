/*
 * Clients that bring digests, against a megabase without an index of that kind: one pass over the clients for their
 * digests, one parallel pass over the base that hashes its e-mails and telephones (strict and folded forms) and keeps
 * what some client asks for. What comes out is an ordinary key index, so that the cascade knows no difference.
 *
 * Costs a decoding of all contact strings: some seconds for 40 million contacts. `hash_keys` in the schema saves it.
 */
#ifndef RV_HASH_SCAN_H
#define RV_HASH_SCAN_H

#include "cascade.h"

typedef struct rv_hash_scan rv_hash_scan;
/* Scans for the kinds of digests that the client file has a column for and the cascade no index; puts what it made into
 * the cascade, borrowed from *out, which the caller frees after the cascade. *out is NULL when there was nothing to do. */
rv_status rv_hash_scan_run(rv_cascade *cascade, const rv_person_reader *reader, const rv_enrich_options *options,
                           const rv_settings *settings, rv_hash_scan **out, rv_error *err);
void rv_hash_scan_free(rv_hash_scan *scan); /* NULL is fine */

#endif
