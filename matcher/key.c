/*
 * The keys of a person.
 *
 * A key must be the same for all plausible writings of one person and different for everybody else. Writings: accents,
 * case, marks and particles are out; a compound name gives its whole and its parts; first and last name are put in
 * ascending order, so that a file with the two swapped finds the same people. Others: a key of names always holds
 * enough beside them (a full birth date, or number, street and postcode) that two namesakes share it once in many
 * thousands. An initial is no first name here.
 *
 * The street enters with one word (address.h: rv_address_street_word) and without its type: beside name, house number
 * and postcode it only has to tell streets of one small town apart, and every further word is a place for a typing
 * error or an abbreviation.
 */
#include "person.h"

#include "address.h"
#include "bytes16.h"
#include "digest.h"
#include "email.h"
#include "hash_profile.h"
#include "letters.h"
#include "vocabulary.h"

static const char *const names[RV_KEY_KINDS] = {
    "email",      "email_folded", "mobile",    "phone",      "person_birth", "person_address",
    "identifier", "email_sha256", "email_md5", "email_sha1", "phone_sha256",
};

const char *rv_key_kind_name(rv_key_kind kind) { return (unsigned)kind < RV_KEY_KINDS ? names[kind] : ""; }

bool rv_key_kind_find(const char *name, rv_key_kind *out) {
    for (int kind = 0; kind < RV_KEY_KINDS; kind++) {
        if (strcmp(names[kind], name) != 0) continue;
        *out = (rv_key_kind)kind;
        return true;
    }
    return false;
}

/* What a key is made of: the domain tells kinds apart, a zero byte ends each part. */
typedef struct material {
    char bytes[1024];
    size_t len;
} material;

static void begin(material *m, char domain) {
    m->bytes[0] = domain;
    m->len = 1;
}

/* Without blanks: "LE FEBVRE" is "LEFEBVRE". */
static void add(material *m, rv_text text) {
    if (text.len && text.len + 16 < sizeof m->bytes - m->len) { /* nearly all */
        char *to = m->bytes + m->len;
        uint64_t blanks = 0;
        for (size_t i = 0, at; 16 * i < text.len; i++) {
            at = rv_piece_at(i, text.len);
            __m128i v = rv_load_piece(text.ptr, at, text.len);
            blanks |= rv_mask_equal(v, ' ');
            rv_store_16(to + at, v);
        }
        if (!blanks) {
            to[text.len] = 0;
            m->len += text.len + 1;
            return;
        }
    }
    for (uint32_t i = 0; i < text.len && m->len < sizeof m->bytes - 1; i++)
        if (text.ptr[i] != ' ') m->bytes[m->len++] = text.ptr[i];
    m->bytes[m->len++] = 0;
}

typedef struct keys {
    const rv_secret *secret;
    uint32_t kinds;
    rv_person_key *out;
    unsigned n;
} keys;

static bool wanted(const keys *k, rv_key_kind kind) { return k->kinds >> kind & 1; }

static void emit(keys *k, rv_key_kind kind, const void *ptr, size_t len) {
    if (k->n == RV_PERSON_KEYS_MAX) return;
    rv_person_key key = {kind, rv_key_of(k->secret, ptr, len)};
    for (unsigned i = 0; i < k->n; i++)
        if (k->out[i].kind == kind && rv_key_equal(k->out[i].key, key.key)) return;
    k->out[k->n++] = key;
}

enum { SHORT = 256 };

static void emit_text(keys *k, rv_key_kind kind, char domain, rv_text text) {
    material m;
    if (text.len == 0 || !wanted(k, kind)) return;
    begin(&m, domain);
    if (text.len <= SHORT && domain != 'I') { /* an e-mail or a number, which hold no blank */
        for (size_t i = 0, at; 16 * i < text.len; i++) {
            at = rv_piece_at(i, text.len);
            rv_store_16(m.bytes + 1 + at, rv_load_piece(text.ptr, at, text.len));
        }
        m.bytes[1 + text.len] = 0;
        m.len = text.len + 2;
    } else {
        add(&m, text);
    }
    emit(k, kind, m.bytes, m.len);
}

/* --- E-mails, phones, digests ------------------------------------------------------------------------------------ */

static void emit_digest(keys *k, rv_key_kind kind, const unsigned char *bytes, unsigned size) {
    char parts[1 + RV_DIGEST_MAX];
    if (size == 0 || !wanted(k, kind)) return;
    parts[0] = (char)('a' + kind); /* domains of clear keys are capitals */
    memcpy(parts + 1, bytes, size);
    emit(k, kind, parts, 1 + size);
}

static void digest_text(keys *k, rv_key_kind kind, rv_digest_kind digest_kind, rv_text text) {
    rv_digest digest;
    if (text.len && wanted(k, kind) && rv_digest_of(digest_kind, text.ptr, text.len, &digest))
        emit_digest(k, kind, digest.bytes, digest.size);
}

static void email_keys(keys *k, const rv_person *p, bool of_base) {
    if ((p->email.len == 0 && p->email_folded.len == 0) || p->email_shared) return;
    bool folds = !rv_person_email_is_folded(p);
    emit_text(k, RV_KEY_EMAIL, 'E', p->email);
    if (folds || !of_base) emit_text(k, RV_KEY_EMAIL_FOLDED, 'E', p->email_folded);
    if (!of_base) return;
    static const struct {
        rv_key_kind kind;
        rv_digest_kind digest;
    } digests[] = {{RV_KEY_EMAIL_SHA256, RV_SHA256}, {RV_KEY_EMAIL_MD5, RV_MD5}, {RV_KEY_EMAIL_SHA1, RV_SHA1}};
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        digest_text(k, digests[i].kind, digests[i].digest, p->email);
        if (folds) digest_text(k, digests[i].kind, digests[i].digest, p->email_folded);
    }
}

/* In all the writings that platforms ask for. */
static void digest_phone(keys *k, rv_text phone) {
    char room[RV_HASH_ROOM];
    rv_hash_writing writings[RV_HASH_PHONE_WRITINGS];
    if (!wanted(k, RV_KEY_PHONE_SHA256)) return;
    unsigned n = rv_hash_phone_writings(phone, room, writings);
    for (unsigned i = 0; i < n; i++) digest_text(k, RV_KEY_PHONE_SHA256, RV_SHA256, writings[i].text);
}

static void phone_keys(keys *k, const rv_person *p, bool of_base) {
    emit_text(k, RV_KEY_MOBILE, 'P', p->mobile);
    emit_text(k, RV_KEY_PHONE, 'P', p->phone);
    if (!of_base) return;
    digest_phone(k, p->mobile);
    digest_phone(k, p->phone);
}

static void held_digest_keys(keys *k, const rv_person *p) {
    static const rv_key_kind kinds[4] = {RV_KEY_EMAIL_SHA256, RV_KEY_EMAIL_MD5, RV_KEY_EMAIL_SHA1, RV_KEY_PHONE_SHA256};
    for (int i = 0; i < 4 && p->hashes; i++) emit_digest(k, kinds[i], p->hashes[i].bytes, p->hashes[i].size);
}

/* --- Names ------------------------------------------------------------------------------------------------------- */

enum { MAX_FIRST = 2, MAX_LAST = 4, MAX_NAME_WORDS = 8 };

/* Belongs to the word behind it; never a name of its own. */
static bool is_particle(rv_text word) { return rv_word_is(word, RV_WORD_PARTICLE); }

/* "JEAN PIERRE": both, and JEAN. None for initials. */
static size_t first_readings(rv_text first, rv_text out[MAX_FIRST]) {
    rv_text words[MAX_NAME_WORDS];
    size_t n = rv_words(first, words, MAX_NAME_WORDS), count = 0;
    bool initials = true;
    for (size_t i = 0; i < n; i++) initials &= words[i].len == 1;
    if (initials) return 0;
    out[count++] = first;
    if (n > 1 && words[0].len > 1) out[count++] = words[0];
    return count;
}

static void add_reading(rv_text text, rv_text out[MAX_LAST], size_t *count) {
    if (*count < MAX_LAST && text.len > 1) out[(*count)++] = text;
}

/* "DE LA TOUR": the whole, and TOUR. "DUPONT MARTIN": the whole, and each. */
static void last_readings(rv_text last, rv_text out[MAX_LAST], size_t *count) {
    rv_text words[MAX_NAME_WORDS], parts[MAX_NAME_WORDS];
    size_t n = rv_words(last, words, MAX_NAME_WORDS), n_parts = 0, skip = 0;
    if (n == 0) return;
    add_reading(last, out, count);
    if (n > 1 && rv_word_in(words[0], "DE D")) {
        skip = n > 2 && rv_word_in(words[1], "LA L") ? 2 : 1;
        add_reading(rv_text_make(words[skip].ptr, (size_t)(last.ptr + last.len - words[skip].ptr)), out, count);
    }
    for (size_t i = skip; i < n; i++)
        if (!is_particle(words[i]) && words[i].len > 2) parts[n_parts++] = words[i];
    if (n_parts < 2) return;
    add_reading(parts[0], out, count);
    add_reading(parts[n_parts - 1], out, count);
}

static void add_names(material *m, rv_text first, rv_text last) {
    bool swap = rv_text_compare(first, last) > 0;
    add(m, swap ? last : first);
    add(m, swap ? first : last);
}

static rv_text without_zeros(rv_text postcode) {
    while (postcode.len > 1 && postcode.ptr[0] == '0') postcode = rv_text_make(postcode.ptr + 1, postcode.len - 1);
    return postcode;
}

static bool birth_tail(const rv_person *p, material *tail) {
    tail->len = 0;
    if (p->birth == RV_DATE_NONE || (p->birth_weak && p->postcode.len == 0)) return false;
    memcpy(tail->bytes, &p->birth, sizeof p->birth);
    tail->len = sizeof p->birth;
    if (p->birth_weak) add(tail, without_zeros(p->postcode)); /* a year alone isn't enough */
    return true;
}

static bool address_tail(const rv_person *p, material *tail) {
    tail->len = 0;
    if (p->postcode.len == 0 && p->city.len == 0) return false;
    rv_text street = p->street.len ? p->street : p->street_type;
    if (p->number.len == 0 && street.len == 0) return false;
    add(tail, p->number);
    add(tail, p->number.len ? rv_address_street_word(street) : street);
    add(tail, p->postcode.len ? without_zeros(p->postcode) : p->city);
    return true;
}

static void name_keys(keys *k, rv_key_kind kind, char domain, const rv_text *firsts, size_t n_firsts,
                      const rv_text *lasts, size_t n_lasts, const material *tail) {
    for (size_t f = 0; f < n_firsts; f++)
        for (size_t l = 0; l < n_lasts; l++) {
            material m;
            begin(&m, domain);
            add_names(&m, firsts[f], lasts[l]);
            if (m.len + tail->len > sizeof m.bytes) continue;
            if (m.len + tail->len + 16 <= sizeof m.bytes) rv_copy_16(m.bytes + m.len, tail->bytes, tail->len);
            else memcpy(m.bytes + m.len, tail->bytes, tail->len);
            emit(k, kind, m.bytes, m.len + tail->len);
        }
}

static void person_keys(keys *k, const rv_person *p) {
    rv_text firsts[MAX_FIRST], lasts[MAX_LAST];
    material birth, address;
    bool by_birth = wanted(k, RV_KEY_PERSON_BIRTH) && birth_tail(p, &birth);
    bool by_address = wanted(k, RV_KEY_PERSON_ADDRESS) && address_tail(p, &address);
    if (!by_birth && !by_address) return;
    size_t n_lasts = 0, n_firsts = first_readings(p->first, firsts);
    if (n_firsts == 0) return;
    last_readings(p->last, lasts, &n_lasts);
    if (p->birth_name.len > 1) {
        if (n_lasts == MAX_LAST) n_lasts--;
        add_reading(p->birth_name, lasts, &n_lasts);
    }
    if (by_birth) name_keys(k, RV_KEY_PERSON_BIRTH, 'B', firsts, n_firsts, lasts, n_lasts, &birth);
    if (by_address) name_keys(k, RV_KEY_PERSON_ADDRESS, 'A', firsts, n_firsts, lasts, n_lasts, &address);
}

enum {
    OF_EMAIL = 1 << RV_KEY_EMAIL | 1 << RV_KEY_EMAIL_FOLDED | 1 << RV_KEY_EMAIL_SHA256 | 1 << RV_KEY_EMAIL_MD5 |
               1 << RV_KEY_EMAIL_SHA1,
    OF_PHONE = 1 << RV_KEY_MOBILE | 1 << RV_KEY_PHONE | 1 << RV_KEY_PHONE_SHA256,
    DIGESTS = 1 << RV_KEY_EMAIL_SHA256 | 1 << RV_KEY_EMAIL_MD5 | 1 << RV_KEY_EMAIL_SHA1 | 1 << RV_KEY_PHONE_SHA256,
    OF_NAMES = 1 << RV_KEY_PERSON_BIRTH | 1 << RV_KEY_PERSON_ADDRESS
};

/* The cascade asks for one or two kinds at a time: what they don't need isn't looked at. */
unsigned rv_person_keys(const rv_person *person, const rv_secret *secret, uint32_t kinds, bool of_base,
                        rv_person_key out[RV_PERSON_KEYS_MAX]) {
    keys k = {secret, kinds, out, 0};
    if (kinds & OF_EMAIL) email_keys(&k, person, of_base);
    if (kinds & OF_PHONE) phone_keys(&k, person, of_base);
    if (kinds & 1 << RV_KEY_IDENTIFIER) emit_text(&k, RV_KEY_IDENTIFIER, 'I', person->identifier);
    if (kinds & DIGESTS) held_digest_keys(&k, person);
    if (kinds & OF_NAMES) person_keys(&k, person);
    return k.n;
}
