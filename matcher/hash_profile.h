/*
 * Which writing of an e-mail or a telephone a client's digest was made of. Platforms differ (docs/MATCHING.md, "Writings of
 * what is hashed", of November 2026), the base hashes each of its values in all of them, and a digest tells nothing: so it
 * is found again by hashing the contact's own values. Who wants to know why two people were joined is told.
 */
#ifndef RV_HASH_PROFILE_H
#define RV_HASH_PROFILE_H

#include "cascade.h"
#include "megabase.h"

typedef enum rv_hash_profile {
    RV_HASH_STRICT,   /* e-mail: trimmed, lower case */
    RV_HASH_FOLDED,   /* e-mail: without dots of Gmail and +tag */
    RV_HASH_E164,     /* +33612345678 */
    RV_HASH_DIGITS,   /* 33612345678 */
    RV_HASH_NATIONAL, /* 0612345678, of French numbers */
    RV_HASH_HELD,     /* the base was given the digest itself, and can't tell */
    RV_HASH_PROFILES
} rv_hash_profile;
const char *rv_hash_profile_name(rv_hash_profile profile);

typedef struct rv_hash_writing {
    rv_hash_profile profile;
    rv_text text;
} rv_hash_writing;
enum { RV_HASH_ROOM = 32, RV_HASH_PHONE_WRITINGS = 3 };
/* The writings of a number in E.164; others have none. `room` keeps what isn't part of it. */
unsigned rv_hash_phone_writings(rv_text e164, char room[RV_HASH_ROOM], rv_hash_writing out[RV_HASH_PHONE_WRITINGS]);

static inline bool rv_tier_is_hash(rv_tier tier) { return tier == RV_TIER_EMAIL_HASH || tier == RV_TIER_PHONE_HASH; }
/* The contact's fields that digests are made of, as 1 << field. */
uint64_t rv_hash_fields(const rv_schema *schema);
/* client: its digests were read. contact: the fields of rv_hash_fields. RV_NO_MEMORY. */
rv_status rv_hash_profile_of(const rv_schema *schema, const rv_contact *contact, const rv_person *client, rv_tier tier,
                             rv_arena *arena, rv_hash_profile *out, rv_error *err);

#endif
