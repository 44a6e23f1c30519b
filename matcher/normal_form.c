/* One function per role, each a thin coat over its reader: nothing is decided here. */
#include "normal_form.h"

#include "address.h"
#include "birth.h"
#include "digest.h"
#include "email.h"
#include "name.h"
#include "phone.h"
#include "phonetic.h"
#include "placeholder.h"

static const char *const email_columns[] = {"strict", "folded", "sha256_strict", "sha256", NULL};
static const char *const phone_columns[] = {"e164", "kind", "country", NULL};
static const char *const address_columns[] = {"number", "repeat", "type", "street", "extra", "postcode", "city", NULL};
static const char *const name_columns[] = {"civility", "first", "last", "birth_name", NULL};
static const char *const first_columns[] = {"first", NULL};
static const char *const last_columns[] = {"last", "birth_name", "phonetic", NULL};
static const char *const birth_columns[] = {"date", NULL};
static const char *const civility_columns[] = {"civility", "sex", NULL};
static const char *const sex_columns[] = {"sex", NULL};
static const char *const postcode_columns[] = {"postcode", NULL};
static const char *const city_columns[] = {"city", NULL};
static const char *const country_columns[] = {"country", NULL};
static const char *const digest_columns[] = {"digest", NULL};

const char *const *rv_normal_columns(rv_role role) {
    switch (role) {
    case RV_ROLE_EMAIL: return email_columns;
    case RV_ROLE_PHONE:
    case RV_ROLE_MOBILE: return phone_columns;
    case RV_ROLE_ADDRESS_LINE:
    case RV_ROLE_STREET: return address_columns;
    case RV_ROLE_FULL_NAME: return name_columns;
    case RV_ROLE_FIRST_NAME: return first_columns;
    case RV_ROLE_LAST_NAME: return last_columns;
    case RV_ROLE_BIRTH_DATE: return birth_columns;
    case RV_ROLE_CIVILITY: return civility_columns;
    case RV_ROLE_SEX: return sex_columns;
    case RV_ROLE_POSTCODE: return postcode_columns;
    case RV_ROLE_CITY: return city_columns;
    case RV_ROLE_COUNTRY: return country_columns;
    case RV_ROLE_EMAIL_SHA256:
    case RV_ROLE_EMAIL_MD5:
    case RV_ROLE_EMAIL_SHA1:
    case RV_ROLE_PHONE_SHA256: return digest_columns;
    default: return NULL;
    }
}

/* A value that doesn't fit is left empty; readers' own limits keep that from happening. */
static void put(rv_normal_form *f, int column, const char *ptr, size_t len) {
    if (len == 0 || f->used + len > sizeof f->text) return;
    memcpy(f->text + f->used, ptr, len);
    f->values[column] = rv_text_make(f->text + f->used, len);
    f->used += len;
}

static void put_text(rv_normal_form *f, int column, rv_text text) { put(f, column, text.ptr, text.len); }

static void put_hash(rv_normal_form *f, int column, const char *ptr, size_t len) {
    rv_digest digest;
    char hex[2 * RV_DIGEST_MAX + 1];
    if (!rv_digest_of(RV_SHA256, ptr, len, &digest)) return;
    rv_digest_hex(&digest, hex);
    put(f, column, hex, strlen(hex));
}

static const char *email(rv_text value, rv_normal_form *f) {
    rv_email e;
    const char *reason = rv_email_read(value, &e);
    if (reason) return reason;
    put(f, 0, e.strict, e.strict_len);
    put(f, 1, e.folded, e.folded_len);
    put_hash(f, 2, e.strict, e.strict_len);
    put_hash(f, 3, e.folded, e.folded_len);
    if (rv_email_is_shared(rv_text_make(e.strict, e.strict_len))) f->reason = "shared_mailbox";
    char room[RV_EMAIL_MAX];
    if (!*f->reason && rv_email_mend(value, room).len) f->reason = "typing_error";
    return NULL;
}

static const char *phone(rv_text value, const char *country, rv_normal_form *f) {
    rv_phone p;
    const char *reason = rv_phone_read(value, country, &p);
    if (reason) return reason;
    put(f, 0, p.e164, p.len);
    put_text(f, 1, rv_text_of(rv_phone_kind_name(p.kind)));
    put_text(f, 2, rv_text_of(p.country));
    return NULL;
}

static const char *address(rv_text value, bool whole, rv_normal_form *f) {
    rv_address a;
    rv_address_init(&a);
    rv_address_read_line(value, whole, &a);
    const rv_text parts[7] = {a.number, a.repeat, a.type, a.street, a.extra, a.postcode, a.city};
    size_t found = 0;
    for (int i = 0; i < 7; i++) {
        put_text(f, i, parts[i]);
        found += parts[i].len;
    }
    return found ? NULL : "no_address";
}

static const char *name(rv_role role, rv_text value, rv_normal_form *f) {
    rv_name n;
    rv_name_init(&n);
    if (role == RV_ROLE_FULL_NAME) {
        rv_name_read_full(value, &n);
        put_text(f, 0, rv_text_of(n.civility));
        put(f, 1, n.first, n.first_len);
        put(f, 2, n.last, n.last_len);
        put(f, 3, n.birth_name, n.birth_name_len);
    } else if (role == RV_ROLE_FIRST_NAME) {
        rv_name_read_first(value, &n);
        put(f, 0, n.first, n.first_len);
    } else {
        rv_name_read_last(value, &n);
        put(f, 0, n.last, n.last_len);
        put(f, 1, n.birth_name, n.birth_name_len);
        char code[RV_PHONETIC_MAX];
        put(f, 2, code, rv_phonetic(rv_text_make(n.last, n.last_len), code));
    }
    if (n.several && !n.first_len) f->reason = "several";
    return n.first_len + n.last_len || (n.several && role == RV_ROLE_FIRST_NAME) ? NULL : "no_name";
}

static const char *birth_date(rv_text value, rv_normal_form *f) {
    rv_birth b;
    char text[11];
    const char *reason = rv_birth_read(value, RV_DATE_ORDER_AUTO, &b);
    if (reason) return reason;
    rv_date_format(b.date, text);
    put(f, 0, text, b.year_only ? 4 : 10);
    f->reason = b.year_only ? "year_only" : b.weak ? "first_of_january" : "";
    return NULL;
}

static const char *sex_name(rv_sex sex) { return sex == RV_SEX_MALE ? "M" : sex == RV_SEX_FEMALE ? "F" : ""; }

static const char *civility(rv_text value, rv_normal_form *f) {
    const char *word;
    rv_sex sex = rv_civility_read(value, &word);
    put_text(f, 0, rv_text_of(word));
    put_text(f, 1, rv_text_of(sex_name(sex)));
    return *word || sex ? NULL : "not_a_civility";
}

static const char *place(rv_role role, rv_text value, const char *country, rv_normal_form *f) {
    rv_address a;
    rv_address_init(&a);
    if (role == RV_ROLE_POSTCODE) {
        const char *reason = rv_address_read_postcode(value, country, &a);
        put_text(f, 0, a.postcode);
        return reason;
    }
    if (role == RV_ROLE_COUNTRY) {
        const char *found = rv_country_find(value);
        put_text(f, 0, rv_text_of(found));
        return found ? NULL : "not_known";
    }
    rv_address_read_city(value, &a);
    put_text(f, 0, a.city);
    return a.city.len ? NULL : "no_city";
}

static const char *digest(rv_role role, rv_text value, rv_normal_form *f) {
    rv_digest_kind kind = role == RV_ROLE_EMAIL_MD5 ? RV_MD5 : role == RV_ROLE_EMAIL_SHA1 ? RV_SHA1 : RV_SHA256;
    rv_digest d;
    char hex[2 * RV_DIGEST_MAX + 1];
    const char *reason = rv_digest_read(kind, value, &d);
    if (reason) return reason;
    rv_digest_hex(&d, hex);
    put(f, 0, hex, strlen(hex));
    return NULL;
}

static const char *read_role(rv_role role, rv_text value, const char *country, rv_normal_form *f) {
    switch (role) {
    case RV_ROLE_EMAIL: return email(value, f);
    case RV_ROLE_PHONE:
    case RV_ROLE_MOBILE: return phone(value, country, f);
    case RV_ROLE_ADDRESS_LINE: return address(value, true, f);
    case RV_ROLE_STREET: return address(value, false, f);
    case RV_ROLE_FULL_NAME:
    case RV_ROLE_FIRST_NAME:
    case RV_ROLE_LAST_NAME: return name(role, value, f);
    case RV_ROLE_BIRTH_DATE: return birth_date(value, f);
    case RV_ROLE_CIVILITY: return civility(value, f);
    case RV_ROLE_SEX: {
        const char *word = sex_name(rv_sex_read(value));
        put_text(f, 0, rv_text_of(word));
        return *word ? NULL : "not_a_sex";
    }
    case RV_ROLE_EMAIL_SHA256:
    case RV_ROLE_EMAIL_MD5:
    case RV_ROLE_EMAIL_SHA1:
    case RV_ROLE_PHONE_SHA256: return digest(role, value, f);
    default: return place(role, value, country, f);
    }
}

void rv_normal_form_of(rv_role role, rv_text value, const char *country, rv_normal_form *f) {
    memset(f, 0, offsetof(rv_normal_form, text));
    f->used = 0;
    f->reason = "";
    const char *reason = rv_text_trim(value).len == 0 ? "empty" : NULL;
    if (!reason && role != RV_ROLE_SEX && role != RV_ROLE_CIVILITY && rv_placeholder(value)) reason = "placeholder";
    if (!reason) reason = read_role(role, value, country, f);
    f->valid = reason == NULL;
    if (!reason) return;
    f->reason = reason;
    memset(f->values, 0, sizeof f->values);
}
