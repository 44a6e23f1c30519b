/* A microsecond for each client who was found by a digest; nobody else pays. */
#include "hash_profile.h"

#include "digest.h"
#include <string.h>

const char *rv_hash_profile_name(rv_hash_profile profile) {
    static const char *const names[RV_HASH_PROFILES] = {"strict", "folded", "e164", "digits", "national", "held"};
    return names[profile];
}

unsigned rv_hash_phone_writings(rv_text e164, char room[RV_HASH_ROOM], rv_hash_writing out[RV_HASH_PHONE_WRITINGS]) {
    if (e164.len < 4 || e164.len >= RV_HASH_ROOM || e164.ptr[0] != '+') return 0;
    out[0] = (rv_hash_writing){RV_HASH_E164, e164};
    out[1] = (rv_hash_writing){RV_HASH_DIGITS, rv_text_make(e164.ptr + 1, e164.len - 1)};
    if (memcmp(e164.ptr, "+33", 3) != 0) return 2;
    room[0] = '0';
    memcpy(room + 1, e164.ptr + 3, e164.len - 3);
    out[2] = (rv_hash_writing){RV_HASH_NATIONAL, rv_text_make(room, e164.len - 2)};
    return 3;
}

static const rv_role roles[] = {RV_ROLE_EMAIL, RV_ROLE_MOBILE, RV_ROLE_PHONE};
enum { N_ROLES = sizeof roles / sizeof *roles };

uint64_t rv_hash_fields(const rv_schema *schema) {
    uint64_t fields = 0;
    for (unsigned i = 0; i < N_ROLES; i++) {
        int field = rv_schema_field(schema, rv_role_name(roles[i]));
        if (field >= 0) fields |= (uint64_t)1 << field;
    }
    return fields;
}

/* As hash_scan and build read it: a row of the contact's values. */
static bool read_contact(const rv_schema *schema, const rv_contact *contact, rv_arena *arena, rv_person *out) {
    rv_text cells[N_ROLES];
    rv_role role_of[N_ROLES];
    bool ignored[N_ROLES] = {false};
    rv_table_roles table = {.columns = N_ROLES, .roles = role_of, .ignored = ignored};
    for (unsigned r = 0; r < RV_ROLE_COUNT; r++) table.of[r] = -1;
    for (unsigned i = 0; i < N_ROLES; i++) {
        int field = rv_schema_field(schema, rv_role_name(roles[i]));
        role_of[i] = roles[i];
        cells[i] = field >= 0 ? contact->fields[field] : (rv_text){0};
        table.of[roles[i]] = (int32_t)i;
    }
    rv_batch batch = {.rows = 1, .columns = N_ROLES, .cells = cells};
    rv_person_reader reader = {.roles = &table};
    rv_person_init(out);
    return rv_person_read_parts(&reader, &batch, 0, RV_PERSON_EMAIL | RV_PERSON_PHONES, arena, out);
}

static bool is_digest_of(const rv_held_digest *held, rv_digest_kind kind, rv_text text) {
    rv_digest digest;
    return text.len && held->size && rv_digest_of(kind, text.ptr, text.len, &digest) && digest.size == held->size &&
           memcmp(digest.bytes, held->bytes, held->size) == 0;
}

static rv_hash_profile profile_of_email(const rv_held_digest *held, const rv_person *base) {
    static const rv_digest_kind kinds[] = {RV_SHA256, RV_MD5, RV_SHA1};
    for (unsigned i = 0; i < 3; i++) {
        if (is_digest_of(&held[i], kinds[i], base->email)) return RV_HASH_STRICT;
        if (is_digest_of(&held[i], kinds[i], base->email_folded)) return RV_HASH_FOLDED;
    }
    return RV_HASH_HELD;
}

static rv_hash_profile profile_of_phone(const rv_held_digest *held, const rv_person *base) {
    const rv_text numbers[] = {base->mobile, base->phone};
    for (unsigned i = 0; i < 2; i++) {
        char room[RV_HASH_ROOM];
        rv_hash_writing writings[RV_HASH_PHONE_WRITINGS];
        unsigned n = rv_hash_phone_writings(numbers[i], room, writings);
        for (unsigned k = 0; k < n; k++)
            if (is_digest_of(held, RV_SHA256, writings[k].text)) return writings[k].profile;
    }
    return RV_HASH_HELD;
}

rv_status rv_hash_profile_of(const rv_schema *schema, const rv_contact *contact, const rv_person *client, rv_tier tier,
                             rv_arena *arena, rv_hash_profile *out, rv_error *err) {
    rv_person base;
    *out = RV_HASH_HELD;
    if (!client->hashes) return RV_OK;
    if (!read_contact(schema, contact, arena, &base)) return rv_fail_memory(err, sizeof base);
    *out = tier == RV_TIER_EMAIL_HASH ? profile_of_email(client->hashes, &base)
                                      : profile_of_phone(&client->hashes[3], &base);
    return RV_OK;
}
