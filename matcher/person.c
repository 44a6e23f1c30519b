/*
 * One row to one person, part by part: whoever asks for a part that hasn't been read gets it read. Every normaliser
 * works on the stack; what it found is copied into the arena, or stays a view of the row where it stands there as it
 * should.
 */
#include "person.h"

#include "address.h"
#include "birth.h"
#include "bytes16.h"
#include "digest.h"
#include "email.h"
#include "letters.h"
#include "name.h"
#include "overshared.h"
#include "phone.h"
#include "placeholder.h"
#include <assert.h>

typedef struct row {
    const rv_person_reader *reader;
    const rv_batch *batch;
    uint32_t number;
    const char *country;
} row;

/* Texts to be moved from the stack into the arena. Half of them are empty, in no order that a processor could foretell:
 * they are moved like the others. */
enum { MAX_MOVED = 8 };
typedef struct moved {
    rv_text *texts[MAX_MOVED];
    size_t n, bytes;
} moved;

static rv_text cell(const row *r, rv_role role) {
    int32_t column = r->reader->roles->of[role];
    return column < 0 ? (rv_text){0} : rv_batch_cell(r->batch, r->number, (uint32_t)column);
}

static void set(moved *m, rv_text *target, const char *ptr, size_t len) {
    assert(m->n < MAX_MOVED);
    *target = rv_text_make(ptr, len);
    m->texts[m->n++] = target;
    m->bytes += len;
}

static bool move_into(moved *m, rv_arena *arena) {
    static const char nothing[16] = {0};
    if (m->bytes == 0) return true;
    char *to = rv_arena_get(arena, m->bytes + 16);
    if (!to) return false;
    for (size_t i = 0; i < m->n; i++) {
        rv_text *text = m->texts[i];
        const char *from = text->len ? text->ptr : nothing;
        if (__builtin_expect(text->len <= 16, 1)) rv_store_16(to, rv_load_16(from, text->len ? text->len : 1));
        else rv_copy_16(to, from, text->len);
        text->ptr = to;
        to += text->len;
    }
    rv_arena_trim(arena, to);
    return true;
}

static bool is_nobodys(const row *r, rv_shared_kind kind) {
    return r->reader->overshared &&
           rv_overshared_has(r->reader->overshared, kind, r->reader->roles, r->batch, r->number);
}

static const char *country_of(const row *r) {
    const char *fallback = r->reader->country && *r->reader->country ? r->reader->country : "FR";
    rv_text value = rv_text_trim(cell(r, RV_ROLE_COUNTRY));
    if (value.len == 0 || rv_text_is_nocase(value, fallback)) return fallback;
    const char *found = rv_country_find(value);
    return found ? found : fallback;
}

/* --- Parts ------------------------------------------------------------------------------------------------------- */

/* The folded form of an address whose domain was a known typing error; `right`: mended, or empty. */
static bool read_mended(rv_text right, rv_arena *arena, rv_person *out) {
    rv_email email;
    moved m = {.n = 0};
    if (right.len == 0 || rv_email_read(right, &email) != NULL) return true;
    out->email_shared = rv_email_is_shared(rv_text_make(email.strict, email.strict_len));
    set(&m, &out->email_folded, email.folded, email.folded_len);
    return move_into(&m, arena);
}

static bool read_email(const row *r, rv_arena *arena, rv_person *out) {
    rv_text value = cell(r, RV_ROLE_EMAIL), strict, folded;
    if (value.len == 0) return true;
    char room[2 * RV_EMAIL_PLAIN], mended_room[RV_EMAIL_MAX];
    rv_email email;
    if (!rv_email_read_plain(value, room, &strict, &folded)) {
        if (rv_email_read(value, &email) != NULL)
            return read_mended(rv_email_mend(value, mended_room), arena, out);
        strict = rv_text_make(email.strict, email.strict_len);
        folded = rv_text_make(email.folded, email.folded_len);
    }
    if (!read_mended(rv_email_mend_valid(strict, mended_room), arena, out)) return false;
    bool mended = out->email_folded.len > 0;
    moved m = {.n = 0};
    out->email_shared = rv_email_is_shared(strict) || is_nobodys(r, RV_SHARED_EMAIL);
    out->email = strict;
    if (strict.ptr != value.ptr) set(&m, &out->email, strict.ptr, strict.len);
    bool same = strict.ptr == folded.ptr || rv_text_equal(strict, folded);
    if (!same && !mended) set(&m, &out->email_folded, folded.ptr, folded.len);
    if (!move_into(&m, arena)) return false;
    if (same && !mended) out->email_folded = out->email;
    return true;
}

static bool read_names(const row *r, rv_arena *arena, rv_person *out) {
    rv_name name;
    moved m = {.n = 0};
    rv_text first = cell(r, RV_ROLE_FIRST_NAME), last = cell(r, RV_ROLE_LAST_NAME);
    rv_name_init(&name);
    bool nobodys = out->name_nobodys = is_nobodys(r, RV_SHARED_NAME);
    if (nobodys) first = last = (rv_text){0};
    if (last.len) rv_name_read_last(last, &name);
    if (first.len) rv_name_read_first(first, &name);
    if (!nobodys && !name.first_len && !name.last_len) {
        rv_text full = cell(r, RV_ROLE_FULL_NAME);
        if (full.len) rv_name_read_full(full, &name);
    }
    rv_text sex = cell(r, RV_ROLE_SEX), civility = cell(r, RV_ROLE_CIVILITY);
    rv_sex told = sex.len ? rv_sex_read(sex) : RV_SEX_UNKNOWN;
    if (told == RV_SEX_UNKNOWN && civility.len) told = rv_civility_read(civility, NULL);
    out->sex = told != RV_SEX_UNKNOWN ? told : name.sex;
    if (!name.first_len && told == RV_SEX_UNKNOWN && civility.len) name.several |= rv_civility_is_couple(civility);
    out->several = name.several && !name.first_len;
    if (out->several) out->sex = RV_SEX_UNKNOWN;
    set(&m, &out->first, name.first, name.first_len);
    set(&m, &out->last, name.last, name.last_len);
    set(&m, &out->birth_name, name.birth_name, name.birth_name_len);
    return move_into(&m, arena);
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
    if (value.len == 0 || is_nobodys(r, role == RV_ROLE_MOBILE ? RV_SHARED_MOBILE : RV_SHARED_PHONE)) return 0;
    rv_phone phone;
    const char *reason = rv_phone_read(value, r->country, &phone);
    if (!reason) {
        memcpy(out, phone.e164, RV_PHONE_MAX);
        *kind = phone.kind;
        return phone.len;
    }
    bool other_plan = strcmp(reason, "not_in_plan") == 0 || strcmp(reason, "too_short") == 0;
    return other_plan && !rv_placeholder(value) ? rv_phone_local(value, out) : 0;
}

/* Each number goes where its kind belongs, as long as that place is free; a second one of a kind keeps the other. */
static bool read_phones(const row *r, rv_arena *arena, rv_person *out) {
    char mobile[RV_PHONE_MAX], phone[RV_PHONE_MAX];
    moved m = {.n = 0};
    rv_phone_kind mobile_kind, phone_kind;
    size_t mobile_len = read_phone(r, RV_ROLE_MOBILE, mobile, &mobile_kind);
    size_t phone_len = read_phone(r, RV_ROLE_PHONE, phone, &phone_kind);
    bool swap = (phone_len && phone_kind == RV_PHONE_MOBILE && (!mobile_len || mobile_kind == RV_PHONE_FIXED)) ||
                (mobile_len && mobile_kind == RV_PHONE_FIXED && !phone_len);
    bool same = mobile_len && mobile_len == phone_len && memcmp(mobile, phone, phone_len) == 0;
    if (same) {
        set(&m, mobile_kind == RV_PHONE_FIXED ? &out->phone : &out->mobile, mobile, mobile_len);
    } else {
        set(&m, swap ? &out->phone : &out->mobile, mobile, mobile_len);
        set(&m, swap ? &out->mobile : &out->phone, phone, phone_len);
    }
    return move_into(&m, arena);
}

/* Five digits in a column of its own are the postcode. false: anything else, which read_address knows about. */
static bool read_postcode(const row *r, rv_person *out) {
    rv_text value = cell(r, RV_ROLE_POSTCODE);
    if (rv_five_digits(value) <= 0) return false;
    out->postcode = rv_text_make(value.ptr, value.len);
    return true;
}

/* "69001 LYON", "LYON 69001", "1000 Bruxelles": a column that holds both. Takes the postcode's digits off the city. */
static rv_text take_postcode(rv_text *city, const char *country) {
    uint32_t least = strcmp(country, "FR") == 0 ? 5 : 4, ahead = 0, behind = 0;
    while (ahead < city->len && rv_is_digit(city->ptr[ahead])) ahead++;
    while (behind < city->len && rv_is_digit(city->ptr[city->len - 1 - behind])) behind++;
    rv_text digits = {0};
    if (ahead >= least && ahead <= 5 && ahead < city->len && city->ptr[ahead] == ' ') {
        digits = rv_text_make(city->ptr, ahead);
        *city = rv_text_trim(rv_text_make(city->ptr + ahead, city->len - ahead));
    } else if (behind >= least && behind <= 5 && behind < city->len && city->ptr[city->len - 1 - behind] == ' ') {
        digits = rv_text_make(city->ptr + city->len - behind, behind);
        *city = rv_text_trim(rv_text_make(city->ptr, city->len - behind));
    }
    return digits;
}

static bool read_address(const row *r, rv_arena *arena, rv_person *out) {
    rv_text number = cell(r, RV_ROLE_STREET_NUMBER), street = cell(r, RV_ROLE_STREET);
    rv_text line = cell(r, RV_ROLE_ADDRESS_LINE), extra = cell(r, RV_ROLE_ADDRESS_EXTRA);
    rv_text postcode = cell(r, RV_ROLE_POSTCODE), city = cell(r, RV_ROLE_CITY);
    rv_address address, *a = &address;
    moved m = {.n = 0};
    rv_address_init(a);
    if (number.len) rv_address_read_number(number, a);
    if (postcode.len == 0) {
        city = rv_text_trim(city);
        postcode = take_postcode(&city, r->country);
    }
    if (read_postcode(r, out)) a->postcode = out->postcode;
    else if (postcode.len) rv_address_read_postcode(postcode, r->country, a);
    if (city.len) rv_address_read_city(city, a);
    bool whole = a->postcode.len == 0 && a->city.len == 0;
    if (street.len) rv_address_read_line(street, false, a);
    if (line.len && a->street.len == 0 && a->type.len == 0) rv_address_read_line(line, whole, a);
    else if (line.len) rv_address_read_extra(line, a);
    if (extra.len) {
        if (a->street.len == 0 && a->type.len == 0) rv_address_read_line(extra, whole, a);
        else rv_address_read_extra(extra, a);
    }
    set(&m, &out->number, a->number.ptr, a->number.len);
    set(&m, &out->repeat, a->repeat.ptr, a->repeat.len);
    out->street_type = a->type; /* static */
    set(&m, &out->street, a->street.ptr, a->street.len);
    set(&m, &out->extra, a->extra.ptr, a->extra.len);
    if (a->postcode.ptr != postcode.ptr) set(&m, &out->postcode, a->postcode.ptr, a->postcode.len);
    set(&m, &out->city, a->city.ptr, a->city.len);
    return move_into(&m, arena);
}

static bool read_identifier(const row *r, rv_arena *arena, rv_person *out) {
    char identifier[RV_NAME_MAX];
    moved m = {.n = 0};
    rv_text value = cell(r, RV_ROLE_IDENTIFIER);
    if (value.len == 0 || rv_placeholder(value)) return true;
    set(&m, &out->identifier, identifier, rv_letters(value, 0, identifier, sizeof identifier));
    return move_into(&m, arena);
}

static bool read_hashes(const row *r, rv_arena *arena, rv_person *out) {
    static const struct {
        rv_role role;
        rv_digest_kind kind;
    } columns[4] = {{RV_ROLE_EMAIL_SHA256, RV_SHA256},
                    {RV_ROLE_EMAIL_MD5, RV_MD5},
                    {RV_ROLE_EMAIL_SHA1, RV_SHA1},
                    {RV_ROLE_PHONE_SHA256, RV_SHA256}};
    rv_held_digest *held = NULL;
    for (int i = 0; i < 4; i++) {
        rv_digest digest;
        rv_text value = cell(r, columns[i].role);
        if (value.len == 0 || rv_digest_read(columns[i].kind, value, &digest) != NULL) continue;
        if (!held) {
            if (!(held = rv_arena_get(arena, 4 * sizeof *held))) return false;
            memset(held, 0, 4 * sizeof *held);
        }
        memcpy(held[i].bytes, digest.bytes, digest.size);
        held[i].size = digest.size;
    }
    out->hashes = held;
    return true;
}

bool rv_person_read_parts(const rv_person_reader *reader, const rv_batch *batch, uint32_t number, uint32_t parts,
                          rv_arena *arena, rv_person *person) {
    row r = {reader, batch, number, NULL};
    parts &= ~person->parts;
    if (parts & (RV_PERSON_PHONES | RV_PERSON_ADDRESS | RV_PERSON_POSTCODE)) r.country = country_of(&r);
    if ((parts & RV_PERSON_POSTCODE) && !(parts & RV_PERSON_ADDRESS) && !read_postcode(&r, person))
        parts |= RV_PERSON_ADDRESS & ~person->parts;
    bool good = (!(parts & RV_PERSON_EMAIL) || read_email(&r, arena, person)) &&
                (!(parts & RV_PERSON_PHONES) || read_phones(&r, arena, person)) &&
                (!(parts & RV_PERSON_NAMES) || read_names(&r, arena, person)) &&
                (!(parts & RV_PERSON_ADDRESS) || read_address(&r, arena, person)) &&
                (!(parts & RV_PERSON_IDENTIFIER) || read_identifier(&r, arena, person)) &&
                (!(parts & RV_PERSON_HASHES) || read_hashes(&r, arena, person));
    if (parts & RV_PERSON_BIRTH) read_birth(&r, person);
    if (good) person->parts |= parts | (parts & RV_PERSON_ADDRESS ? RV_PERSON_POSTCODE : 0);
    return good;
}

bool rv_person_read(const rv_person_reader *reader, const rv_batch *batch, uint32_t number, rv_arena *arena,
                    rv_person *out) {
    rv_person person;
    rv_person_init(&person);
    if (!rv_person_read_parts(reader, batch, number, RV_PERSON_ALL, arena, &person)) return false;
    *out = person;
    return true;
}
