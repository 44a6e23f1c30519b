/*
 * Numbers are the trap: nine digits are a telephone that lost its zero, a company's number, or anything. They count as
 * telephones only where a header says so, and never where nearly all end in a check digit.
 */
#include "role_content.h"

#include "address.h"
#include "birth.h"
#include "commune.h"
#include "email.h"
#include "first_name.h"
#include "hash.h"
#include "letters.h"
#include "name.h"
#include "phone.h"
#include "placeholder.h"
#include "sort.h"

enum { VALUE_MAX = 160, NAME_WORDS = 6 };

typedef struct shape { /* of one value, at a glance */
    uint32_t digits, letters, others;
    bool at, colon, hex;
} shape;

static shape shape_of(rv_text t) {
    shape s = {.hex = true};
    for (uint32_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i], low = c | 32;
        if (c >= '0' && c <= '9') s.digits++;
        else if ((low >= 'a' && low <= 'z') || c >= 0xc3) {
            s.letters++;
            s.hex &= low <= 'f';
        } else {
            s.others++;
            s.at |= c == '@';
            s.colon |= c == ':';
            s.hex = false;
        }
    }
    return s;
}

/* Luhn's check digit: SIREN and SIRET have it, and one telephone in ten. */
static bool luhn(const char *digits, size_t n) {
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)(digits[n - 1 - i] - '0');
        if (i % 2) d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return sum % 10 == 0;
}

static bool ean(const char *digits) {
    unsigned sum = 0;
    for (size_t i = 0; i < 13; i++) sum += (unsigned)(digits[i] - '0') * (i % 2 ? 3 : 1);
    return sum % 10 == 0;
}

static void see_number(rv_text t, const shape *s, const char *country, rv_column_content *c) {
    bool plain = s->digits == t.len;
    char code[6] = "0";
    c->digits += plain;
    if (plain && (t.len == 9 || t.len == 14)) c->checked += luhn(t.ptr, t.len);
    if (plain && t.len == 13) c->checked += ean(t.ptr);
    if (plain && (t.len == 5 || t.len == 4)) {
        memcpy(code + (t.len == 4), t.ptr, t.len);
        rv_text alone;
        c->postcode += rv_postcode_find(rv_text_make(code, 5), &alone);
    }
    if (s->digits < 6 && !s->letters) return;
    rv_phone phone;
    const char *bad = rv_phone_read(t, country, &phone);
    if (bad) {
        c->rounded += strcmp(bad, "spreadsheet_rounded") == 0;
        c->numberlike += !s->letters || strcmp(bad, "spreadsheet_rounded") == 0;
        return;
    }
    c->numberlike++;
    c->phone++;
    c->mobile += phone.kind == RV_PHONE_MOBILE;
    c->fixed += phone.kind == RV_PHONE_FIXED;
    c->bare += plain && t.len == 9;
}

static void see_date(rv_text t, const shape *s, rv_date_order order, rv_column_content *c) {
    rv_birth birth;
    if (s->digits == t.len && t.len < 8) return; /* days of a spreadsheet, years: any number may be one */
    if (s->letters && (s->digits < 3 || t.len > 24)) return;
    if (rv_birth_read(t, order, &birth) != NULL || birth.year_only) return;
    int year, month, day;
    rv_date_split(birth.date, &year, &month, &day);
    c->date++;
    c->time += s->colon;
    c->two_thousands += year > 2015;
    c->late += year > 2002;
    if (s->colon || year > 2015) return;
    c->birth++;
    if (!c->first_year || year < c->first_year) c->first_year = year;
    if (year > c->last_year) c->last_year = year;
}

/* Is it still worth the while to ask a slow reader? Not where hardly any value so far was of the kind. */
static bool hopeful(uint32_t hits, const rv_column_content *c) { return hits * 4 + 8 >= c->filled; }

static void see_words(rv_text t, rv_column_content *c) {
    char letters[VALUE_MAX * 2];
    rv_text words[NAME_WORDS];
    size_t len = rv_letters(t, 0, letters, sizeof letters);
    rv_text text = rv_text_make(letters, len);
    size_t n = rv_words(text, words, NAME_WORDS), known = 0, civil = 0;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) {
        known += rv_first_name_find(words[i]) != RV_FIRST_NAME_UNKNOWN;
        civil += rv_word_in(words[i], "M MR MME MLLE MELLE MONSIEUR MADAME MADEMOISELLE MRS MS MISS DR PR ME DOCTEUR "
                                      "MAITRE OU ET");
    }
    c->civility += civil == n && !rv_text_is(words[0], "OU") && !rv_text_is(words[0], "ET");
    c->sex += n == 1 && rv_word_in(text, "M F H HOMME FEMME MALE FEMALE MASCULIN FEMININ");
    c->flag += n == 1 && rv_word_in(text, "OUI NON O N YES NO Y TRUE FALSE VRAI FAUX");
    c->country += len >= 2 && len <= 32 && hopeful(c->country, c) && rv_country_find(t) != NULL;
    c->one_word += n == 1;
    c->first_name += n <= 3 && rv_first_name_find(words[0]) != RV_FIRST_NAME_UNKNOWN;
    c->full_name += n - civil >= 2 && n < NAME_WORDS && known > 0 && known < n - civil + (n - civil == 2);
    if (!hopeful(c->city, c)) return;
    rv_commune commune;
    rv_address address;
    rv_address_init(&address);
    rv_address_read_city(t, &address);
    c->city += address.city.len > 1 && rv_commune_find(address.city, &commune) && !commune.ordinary;
}

static void see_address(rv_text t, rv_column_content *c) {
    if (!hopeful(c->address, c)) return;
    rv_address address;
    rv_address_init(&address);
    rv_address_read_line(t, true, &address);
    c->address +=
        address.street.len > 0 && address.type.len > 0 && (address.number.len > 0 || address.postcode.len > 0);
}

static void see(rv_text t, const char *country, rv_date_order order, rv_column_content *c) {
    if (t.len && t.ptr[0] == '\'') t = rv_text_make(t.ptr + 1, t.len - 1); /* a spreadsheet's mark of text */
    shape s = shape_of(t);
    rv_email email;
    c->has_digit += s.digits > 0;
    c->has_letter += s.letters > 0;
    c->letters += s.letters > 0 && s.digits == 0;
    c->at_sign += s.at;
    if (t.len > VALUE_MAX) return;
    if (s.at) {
        c->email += rv_email_read(t, &email) == NULL;
        return;
    }
    if (s.hex && t.len >= 32) {
        c->hex64 += t.len == 64;
        c->hex40 += t.len == 40;
        c->hex32 += t.len == 32;
        return;
    }
    c->flag += t.len == 1 && (t.ptr[0] == '0' || t.ptr[0] == '1');
    if (s.digits >= 4 && s.letters <= 2) see_number(t, &s, country, c);
    if (s.digits >= 3) see_date(t, &s, order, c);
    if (s.letters && !s.digits) see_words(t, c);
    else if (s.letters > 3 && s.digits) see_address(t, c);
}

static void count_distinct(const rv_batch *sample, uint32_t rows, uint32_t column, uint64_t *hashes,
                           rv_column_content *c) {
    size_t n = 0;
    for (uint32_t row = 0; row < rows; row++) {
        rv_text t = rv_text_trim(rv_batch_cell(sample, row, column));
        if (t.len) hashes[n++] = rv_hash64(t.ptr, t.len, 0);
    }
    rv_sort_u64(hashes, hashes + RV_CONTENT_ROWS, n);
    for (size_t i = 0; i < n; i++) c->distinct += i == 0 || hashes[i] != hashes[i - 1];
}

rv_status rv_content_read(const rv_batch *sample, const char *country, rv_date_order order, rv_column_content *contents,
                          rv_error *err) {
    uint32_t rows = sample->rows < RV_CONTENT_ROWS ? sample->rows : RV_CONTENT_ROWS;
    uint64_t *hashes = rv_array_new(2 * RV_CONTENT_ROWS, sizeof *hashes, err);
    if (!hashes) return RV_NO_MEMORY;
    if (country && !*country) country = NULL;
    for (uint32_t column = 0; column < sample->columns; column++) {
        rv_column_content *c = &contents[column];
        *c = (rv_column_content){.rows = rows};
        for (uint32_t row = 0; row < rows; row++) {
            rv_text t = rv_text_trim(rv_batch_cell(sample, row, column));
            bool one = t.len == 1; /* the 0 of a yes or no is no place-holder */
            if (t.len == 0 || (!one && rv_placeholder(t)) || (one && !rv_is_digit(*t.ptr) && rv_placeholder(t)))
                continue;
            c->filled++;
            see(t, country, order, c);
        }
        count_distinct(sample, rows, column, hashes, c);
    }
    rv_free(hashes);
    return RV_OK;
}

/* --- Verdicts ---------------------------------------------------------------------------------------------------- */

static bool most(uint32_t part, uint32_t whole, unsigned percent) { return part * 100 >= whole * percent && part > 0; }

static rv_content_role shown(rv_role role, uint32_t hits) { return (rv_content_role){role, hits}; }

rv_content_role rv_content_role_of(const rv_column_content *c, bool quiet) {
    uint32_t n = c->filled;
    if (n < 2) return shown(RV_ROLE_NONE, 0);
    if (most(c->email, n, 80)) return shown(RV_ROLE_EMAIL, c->email);
    if (most(c->hex64, n, 95)) return shown(RV_ROLE_EMAIL_SHA256, c->hex64);
    if (most(c->hex40, n, 95)) return shown(RV_ROLE_EMAIL_SHA1, c->hex40);
    if (most(c->hex32, n, 95)) return shown(RV_ROLE_EMAIL_MD5, c->hex32);
    bool number = most(c->checked, n, 60) || most(c->date, n, 60) || most(c->postcode, n, 60);
    if (!number && most(c->phone - c->bare, n, 80))
        return shown(most(c->mobile, n, 60) ? RV_ROLE_MOBILE : RV_ROLE_PHONE, c->phone);
    if (!quiet) return shown(RV_ROLE_NONE, 0);
    bool nine = !number && most(c->phone, n, 95) && most(c->mobile, n, 95); /* 612345678 in every row */
    if (nine) return shown(RV_ROLE_MOBILE, c->phone);
    bool lived = c->last_year - c->first_year >= 15 || n < 5;
    if (most(c->birth, n, 80) && lived && c->late * 2 < n) return shown(RV_ROLE_BIRTH_DATE, c->birth);
    if (most(c->postcode, n, 80)) return shown(RV_ROLE_POSTCODE, c->postcode);
    if (most(c->address, n, 60)) return shown(RV_ROLE_ADDRESS_LINE, c->address);
    if (most(c->sex, n, 95) && c->distinct <= 3 && !most(c->civility, n, 100)) return shown(RV_ROLE_SEX, c->sex);
    if (most(c->civility, n, 90) && c->distinct <= 12) return shown(RV_ROLE_CIVILITY, c->civility);
    if (most(c->country, n, 95) && !most(c->first_name, n, 30)) return shown(RV_ROLE_COUNTRY, c->country);
    if (most(c->full_name, n, 60)) return shown(RV_ROLE_FULL_NAME, c->full_name);
    if (most(c->first_name, n, 65) && c->first_name >= c->city) return shown(RV_ROLE_FIRST_NAME, c->first_name);
    if (most(c->city, n, 65)) return shown(RV_ROLE_CITY, c->city);
    return shown(RV_ROLE_NONE, 0);
}

int64_t rv_content_fits(const rv_column_content *c, rv_role role) {
    switch (role) {
    case RV_ROLE_EMAIL: return c->at_sign;
    case RV_ROLE_EMAIL_SHA256:
    case RV_ROLE_PHONE_SHA256: return c->hex64;
    case RV_ROLE_EMAIL_SHA1: return c->hex40;
    case RV_ROLE_EMAIL_MD5: return c->hex32;
    case RV_ROLE_MOBILE:
    case RV_ROLE_PHONE: return c->numberlike;
    case RV_ROLE_BIRTH_DATE: return c->date + c->digits;
    case RV_ROLE_CIVILITY:
    case RV_ROLE_SEX: return c->civility + c->sex + c->digits;
    case RV_ROLE_COUNTRY: return c->has_letter;
    case RV_ROLE_POSTCODE:
    case RV_ROLE_AGE: return c->has_digit;
    case RV_ROLE_FIRST_NAME:
    case RV_ROLE_LAST_NAME:
    case RV_ROLE_FULL_NAME: return c->letters;
    case RV_ROLE_CITY:
    case RV_ROLE_STREET:
    case RV_ROLE_ADDRESS_LINE: return c->has_letter;
    default: return -1;
    }
}
