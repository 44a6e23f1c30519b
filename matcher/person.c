/*
 * One row to one person. Every normaliser works on the stack; what it found is copied into the arena in one piece at
 * the end, so a row costs one allocation and no free.
 */
#include "person.h"

#include "address.h"
#include "birth.h"
#include "digest.h"
#include "email.h"
#include "letters.h"
#include "name.h"
#include "phone.h"
#include "placeholder.h"

typedef struct row {
    const rv_person_reader *reader;
    const rv_batch *batch;
    uint32_t number;
    const char *country;
} row;

/* Texts to be moved from the stack into the arena. */
enum { MAX_MOVED = 20 };
typedef struct moved {
    rv_text *texts[MAX_MOVED];
    size_t n, bytes;
} moved;

static rv_text cell(const row *r, rv_role role) {
    int32_t column = r->reader->roles->of[role];
    return column < 0 ? (rv_text){0} : rv_batch_cell(r->batch, r->number, (uint32_t)column);
}

static void set(moved *m, rv_text *target, const char *ptr, size_t len) {
    *target = rv_text_make(ptr, len);
    if (len == 0 || m->n == MAX_MOVED) return;
    m->texts[m->n++] = target;
    m->bytes += len;
}

static bool move_into(moved *m, rv_arena *arena) {
    if (m->bytes == 0) return true;
    char *to = rv_arena_get(arena, m->bytes);
    if (!to) return false;
    for (size_t i = 0; i < m->n; i++) {
        memcpy(to, m->texts[i]->ptr, m->texts[i]->len);
        m->texts[i]->ptr = to;
        to += m->texts[i]->len;
    }
    return true;
}

static const char *country_of(const row *r) {
    const char *fallback = r->reader->country ? r->reader->country : "FR";
    rv_text value = rv_text_trim(cell(r, RV_ROLE_COUNTRY));
    if (value.len == 0 || rv_text_is_nocase(value, fallback)) return fallback;
    const char *found = rv_country_find(value);
    return found ? found : fallback;
}

static void read_names(const row *r, rv_name *name) {
    rv_text first = cell(r, RV_ROLE_FIRST_NAME), last = cell(r, RV_ROLE_LAST_NAME);
    if (last.len) rv_name_read_last(last, name);
    if (first.len) rv_name_read_first(first, name);
    if (!name->first_len && !name->last_len) {
        rv_text full = cell(r, RV_ROLE_FULL_NAME);
        if (full.len) rv_name_read_full(full, name);
    }
    rv_text sex = cell(r, RV_ROLE_SEX), civility = cell(r, RV_ROLE_CIVILITY);
    rv_sex told = sex.len ? rv_sex_read(sex) : RV_SEX_UNKNOWN;
    if (told == RV_SEX_UNKNOWN && civility.len) told = rv_civility_read(civility, NULL);
    if (told != RV_SEX_UNKNOWN) name->sex = told;
}

static void read_birth(const row *r, rv_person *out) {
    rv_birth birth = {.date = RV_DATE_NONE};
    rv_text date = cell(r, RV_ROLE_BIRTH_DATE), year = cell(r, RV_ROLE_BIRTH_YEAR);
    if (date.len == 0 || rv_birth_read(date, r->reader->date_order, &birth) != NULL)
        if (year.len) rv_birth_read_parts(cell(r, RV_ROLE_BIRTH_DAY), cell(r, RV_ROLE_BIRTH_MONTH), year, &birth);
    out->birth = birth.date;
    out->birth_weak = birth.weak;
}

/* A number of the right plan, or its digits where it fits none ("local", told by the missing '+'). */
static size_t read_phone(const row *r, rv_role role, char out[RV_PHONE_MAX], rv_phone_kind *kind) {
    rv_text value = cell(r, role);
    *kind = RV_PHONE_UNKNOWN;
    if (value.len == 0) return 0;
    rv_phone phone;
    const char *reason = rv_phone_read(value, r->country, &phone);
    if (!reason) {
        memcpy(out, phone.e164, phone.len);
        *kind = phone.kind;
        return phone.len;
    }
    bool other_plan = strcmp(reason, "not_in_plan") == 0 || strcmp(reason, "too_short") == 0;
    return other_plan && !rv_placeholder(value) ? rv_phone_local(value, out) : 0;
}

/* Each number goes where its kind belongs, as long as that place is free; a second one of a kind keeps the other. */
static void read_phones(const row *r, char mobile[RV_PHONE_MAX], char phone[RV_PHONE_MAX], moved *m, rv_person *out) {
    rv_phone_kind mobile_kind, phone_kind;
    size_t mobile_len = read_phone(r, RV_ROLE_MOBILE, mobile, &mobile_kind);
    size_t phone_len = read_phone(r, RV_ROLE_PHONE, phone, &phone_kind);
    bool swap = (phone_len && phone_kind == RV_PHONE_MOBILE && (!mobile_len || mobile_kind == RV_PHONE_FIXED)) ||
                (mobile_len && mobile_kind == RV_PHONE_FIXED && !phone_len);
    bool same = mobile_len && mobile_len == phone_len && memcmp(mobile, phone, phone_len) == 0;
    if (same) {
        set(m, mobile_kind == RV_PHONE_FIXED ? &out->phone : &out->mobile, mobile, mobile_len);
    } else {
        set(m, swap ? &out->phone : &out->mobile, mobile, mobile_len);
        set(m, swap ? &out->mobile : &out->phone, phone, phone_len);
    }
}

static void read_address(const row *r, rv_address *address, moved *m, rv_person *out) {
    rv_text number = cell(r, RV_ROLE_STREET_NUMBER), street = cell(r, RV_ROLE_STREET);
    rv_text line = cell(r, RV_ROLE_ADDRESS_LINE), extra = cell(r, RV_ROLE_ADDRESS_EXTRA);
    rv_text postcode = cell(r, RV_ROLE_POSTCODE), city = cell(r, RV_ROLE_CITY);
    rv_address_init(address);
    if (number.len) rv_address_read_number(number, address);
    if (postcode.len) rv_address_read_postcode(postcode, r->country, address);
    if (city.len) rv_address_read_city(city, address);
    bool whole = address->postcode.len == 0 && address->city.len == 0;
    if (street.len) rv_address_read_line(street, false, address);
    if (line.len && address->street.len == 0 && address->type.len == 0) rv_address_read_line(line, whole, address);
    else if (line.len) rv_address_read_extra(line, address);
    if (extra.len) {
        if (address->street.len == 0 && address->type.len == 0) rv_address_read_line(extra, whole, address);
        else rv_address_read_extra(extra, address);
    }
    set(m, &out->number, address->number.ptr, address->number.len);
    set(m, &out->repeat, address->repeat.ptr, address->repeat.len);
    out->street_type = address->type; /* static */
    set(m, &out->street, address->street.ptr, address->street.len);
    set(m, &out->extra, address->extra.ptr, address->extra.len);
    set(m, &out->postcode, address->postcode.ptr, address->postcode.len);
    set(m, &out->city, address->city.ptr, address->city.len);
}

static void read_hashes(const row *r, rv_person *out) {
    static const struct {
        rv_role role;
        rv_digest_kind kind;
    } columns[4] = {{RV_ROLE_EMAIL_SHA256, RV_SHA256},
                    {RV_ROLE_EMAIL_MD5, RV_MD5},
                    {RV_ROLE_EMAIL_SHA1, RV_SHA1},
                    {RV_ROLE_PHONE_SHA256, RV_SHA256}};
    for (int i = 0; i < 4; i++) {
        rv_digest digest;
        rv_text value = cell(r, columns[i].role);
        if (value.len == 0 || rv_digest_read(columns[i].kind, value, &digest) != NULL) continue;
        memcpy(out->hashes[i].bytes, digest.bytes, digest.size);
        out->hashes[i].size = digest.size;
    }
}

bool rv_person_read(const rv_person_reader *reader, const rv_batch *batch, uint32_t number, rv_arena *arena,
                    rv_person *out) {
    row r = {reader, batch, number, NULL};
    moved m = {.n = 0};
    rv_person person = {.sex = RV_SEX_UNKNOWN};
    rv_email email;
    rv_name name = {.civility = ""};
    rv_address address;
    char mobile[RV_PHONE_MAX], phone[RV_PHONE_MAX], identifier[RV_NAME_MAX];
    r.country = country_of(&r);

    rv_text value = cell(&r, RV_ROLE_EMAIL);
    if (value.len && rv_email_read(value, &email) == NULL) {
        set(&m, &person.email, email.strict, email.strict_len);
        set(&m, &person.email_folded, email.folded, email.folded_len);
    }
    read_phones(&r, mobile, phone, &m, &person);
    read_names(&r, &name);
    set(&m, &person.first, name.first, name.first_len);
    set(&m, &person.last, name.last, name.last_len);
    set(&m, &person.birth_name, name.birth_name, name.birth_name_len);
    person.sex = name.sex;
    read_birth(&r, &person);
    read_address(&r, &address, &m, &person);
    value = cell(&r, RV_ROLE_IDENTIFIER);
    if (value.len && !rv_placeholder(value))
        set(&m, &person.identifier, identifier, rv_letters(value, 0, identifier, sizeof identifier));
    read_hashes(&r, &person);
    if (!move_into(&m, arena)) return false;
    *out = person;
    return true;
}
