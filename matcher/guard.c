/*
 * The guard: who can't be the same person, although a key says so. Families share e-mails, phones and addresses, so a
 * shared key is a hint and the first name decides. Most comparisons are of equal names and end in a few instructions;
 * all that is slow here runs only where two people under one key bear different first names.
 *
 * Two known first names that differ are two people, unless they are forms of one name. A name that isn't known beside
 * one that is, or two unknown ones, may differ by a typing error (Damerau 1964): one edit, two in long names.
 */
#include "person.h"

#include "address.h"
#include "bytes16.h"
#include "first_name.h"
#include "letters.h"
#include "similarity.h"

enum { BITS = 5, GAP = 27, LETTERS = 12 };

/* --- Packing ----------------------------------------------------------------------------------------------------- */

/* Letter by letter; of anything that isn't a capital or a blank. */
static uint64_t pack_any(rv_text text, unsigned letters) {
    uint64_t packed = 0;
    unsigned n = 0;
    for (uint32_t i = 0; i < text.len && n < letters; i++, n++) {
        unsigned char c = (unsigned char)text.ptr[i];
        uint64_t code = c == ' ' ? GAP : c >= 'A' && c <= 'Z' ? (uint64_t)(c - 'A' + 1) : (uint64_t)(c % 26 + 1);
        packed = packed << BITS | code;
    }
    return packed << (BITS * (letters - n));
}

/* All letters at once: codes in bytes, then two in ten bits, four in twenty. */
static uint64_t pack(rv_text text, unsigned letters) {
    unsigned n = text.len < letters ? text.len : letters;
    if (n == 0) return 0;
    __m128i v = rv_load_16(text.ptr, n), capital = rv_in_range(v, 'A', 25), blank = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
    if (rv_mask_16(_mm_or_si128(capital, blank)) != (1u << n) - 1) return pack_any(text, letters);
    v = _mm_or_si128(_mm_and_si128(capital, _mm_sub_epi8(v, _mm_set1_epi8('A' - 1))),
                     _mm_and_si128(blank, _mm_set1_epi8(GAP)));
    v = _mm_or_si128(_mm_slli_epi16(_mm_and_si128(v, _mm_set1_epi16(255)), BITS), _mm_srli_epi16(v, 8));
    v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 1 << (2 * BITS)));
    uint64_t first8 = (uint64_t)_mm_cvtsi128_si64(v), last4 = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v)) & 0xfffff;
    uint64_t packed = (first8 & 0xfffff) << (8 * BITS) | first8 >> 32 << (4 * BITS) | last4;
    return packed >> (BITS * (LETTERS - letters));
}

/* Back to text; a truncated last word keeps what there is. */
static rv_text unpack(uint64_t packed, unsigned letters, char out[LETTERS]) {
    uint32_t n = 0;
    for (unsigned i = 0; i < letters; i++) {
        unsigned code = (unsigned)(packed >> (BITS * (letters - 1 - i))) & 31;
        if (code == 0) break;
        out[n++] = code == GAP ? ' ' : (char)('A' + code - 1);
    }
    while (n && out[n - 1] == ' ') n--;
    return rv_text_make(out, n);
}

uint32_t rv_postcode_number(rv_text postcode) {
    uint64_t value = 0;
    int32_t usual = rv_five_digits(postcode);
    if (usual >= 0) return (uint32_t)usual;
    return postcode.len <= 9 && rv_text_to_unsigned(postcode, &value) ? (uint32_t)value : 0;
}

static uint16_t street_hash(const rv_person *p) {
    if (p->street.len == 0 && p->number.len == 0) return 0;
    char text[64];
    rv_text word = p->street.len ? rv_address_street_word(p->street) : p->street;
    size_t number = p->number.len < 16 ? p->number.len : 16, n = word.len < 40 ? word.len : 40;
    if (number) memcpy(text, p->number.ptr, number);
    text[number] = ' ';
    if (n) memcpy(text + number + 1, word.ptr, n);
    uint16_t hash = (uint16_t)rv_hash64(text, number + 1 + n, 0);
    return hash ? hash : 1;
}

static bool only_initials(rv_text first) {
    for (uint32_t i = 0; i < first.len; i++)
        if (first.ptr[i] != ' ' && i + 1 < first.len && first.ptr[i + 1] != ' ') return false;
    return first.len > 0;
}

void rv_guard_of(const rv_person *p, rv_guard *out) {
    *out = (rv_guard){
        .first = pack(p->first, LETTERS),
        .last = pack(p->last, LETTERS),
        .birth_name = (uint32_t)pack(p->birth_name, 6),
        .birth = p->birth,
        .postcode = rv_postcode_number(p->postcode),
        .sex = (uint8_t)p->sex,
        .flags = (uint8_t)((p->birth_weak ? RV_GUARD_BIRTH_WEAK : 0) |
                           (only_initials(p->first) ? RV_GUARD_INITIAL_ONLY : 0) |
                           (p->name_nobodys ? RV_GUARD_NAME_NOBODYS : 0)),
        .street = street_hash(p),
    };
}

/* --- Birth dates ------------------------------------------------------------------------------------------------- */

typedef enum agreement { DIFFERS, UNKNOWN, NEAR, EQUAL } agreement;

static agreement compare_birth(const rv_guard *a, const rv_guard *b) {
    if (a->birth == RV_DATE_NONE || b->birth == RV_DATE_NONE) return UNKNOWN;
    bool weak = (a->flags | b->flags) & RV_GUARD_BIRTH_WEAK;
    if (a->birth == b->birth) return weak ? NEAR : EQUAL;
    int ya, ma, da, yb, mb, db;
    rv_date_split(a->birth, &ya, &ma, &da);
    rv_date_split(b->birth, &yb, &mb, &db);
    if (weak) return ya == yb ? NEAR : UNKNOWN;
    if (ya == yb && ma == db && da == mb) return NEAR;
    int left = (ya * 100 + ma) * 100 + da, right = (yb * 100 + mb) * 100 + db;
    int digits_a[8], digits_b[8], different = 0, at[8] = {0};
    for (int i = 7; i >= 0; i--, left /= 10, right /= 10) {
        digits_a[i] = left % 10;
        digits_b[i] = right % 10;
    }
    for (int i = 0; i < 8; i++)
        if (digits_a[i] != digits_b[i]) at[different++] = i;
    if (different == 1) return NEAR;
    bool transposed = different == 2 && at[1] == at[0] + 1 && digits_a[at[0]] == digits_b[at[1]] &&
                      digits_a[at[1]] == digits_b[at[0]];
    return transposed ? NEAR : DIFFERS;
}

/* Within a year and a month. Errors of all kinds land there; two bearers of one first name in a family don't. */
static bool close_births(const rv_guard *a, const rv_guard *b) {
    int32_t days = a->birth > b->birth ? a->birth - b->birth : b->birth - a->birth;
    return days <= 400;
}

/* --- First names ------------------------------------------------------------------------------------------------- */

/* The feminine of an unknown name ("ABDEL", "ABDELA"; "X", "XE") isn't a typing error unless both sexes are told. */
static bool looks_feminine(rv_text a, rv_text b) {
    rv_text longer = a.len > b.len ? a : b, shorter = a.len > b.len ? b : a;
    char end = longer.ptr[longer.len - 1];
    return longer.len == shorter.len + 1 && (end == 'E' || end == 'A') &&
           memcmp(longer.ptr, shorter.ptr, shorter.len) == 0;
}

/* `sure`: sex, birth date and last name are the same, so that two known names one edit apart (ROMAN, ROMAIN) are a typing
 * error; without that they are two people. */
static agreement compare_words(rv_text a, rv_text b, bool same_sex, bool sure) {
    if (rv_text_equal(a, b)) return EQUAL;
    rv_text longer = a.len >= b.len ? a : b, shorter = a.len >= b.len ? b : a;
    if (shorter.len == 1) return longer.ptr[0] == shorter.ptr[0] ? NEAR : DIFFERS;
    if (rv_first_name_same(a, b)) return NEAR;
    int known_a = rv_first_name_find(a), known_b = rv_first_name_find(b);
    if (known_a && known_b) return sure && shorter.len > 3 && rv_edit_distance(a, b) <= 1 ? NEAR : DIFFERS;
    int known_short = shorter.ptr == a.ptr ? known_a : known_b;
    if (!known_short && shorter.len >= 3 && memcmp(longer.ptr, shorter.ptr, shorter.len) == 0 &&
        longer.len >= shorter.len + 2)
        return NEAR; /* cut off, or a short form of its own */
    if (shorter.len < 3 || (!same_sex && looks_feminine(a, b) && !(known_a || known_b))) return DIFFERS;
    unsigned allowed = shorter.len >= 8 ? 2 : 1;
    if (longer.len - shorter.len > allowed) return DIFFERS;
    return rv_edit_distance(a, b) <= allowed ? NEAR : DIFFERS;
}

static rv_text joined(rv_text text, char out[LETTERS]) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < text.len; i++)
        if (text.ptr[i] != ' ') out[n++] = text.ptr[i];
    return rv_text_make(out, n);
}

static agreement compare_first(const rv_guard *a, const rv_guard *b) {
    if (a->first == b->first) return EQUAL;
    char text_a[LETTERS], text_b[LETTERS], joined_a[LETTERS], joined_b[LETTERS];
    rv_text words_a[LETTERS], words_b[LETTERS];
    rv_text first_a = unpack(a->first, LETTERS, text_a), first_b = unpack(b->first, LETTERS, text_b);
    bool same_sex = a->sex && a->sex == b->sex;
    bool sure = same_sex && a->last == b->last && a->last && compare_birth(a, b) == EQUAL;
    size_t n_a = rv_words(first_a, words_a, LETTERS), n_b = rv_words(first_b, words_b, LETTERS);
    if (n_a != n_b || n_a > 1) { /* "JEANPIERRE" */
        rv_text whole_a = joined(first_a, joined_a), whole_b = joined(first_b, joined_b);
        if ((n_a == 1) != (n_b == 1) && whole_a.len > 3 && rv_text_equal(whole_a, whole_b)) return EQUAL;
    }
    agreement worst = compare_words(words_a[0], words_b[0], same_sex, sure);
    size_t both = n_a < n_b ? n_a : n_b;
    for (size_t i = 1; i < both && worst != DIFFERS; i++) {
        rv_text x = words_a[i], y = words_b[i];
        bool cut = (i + 1 == n_a && first_a.len == LETTERS) || (i + 1 == n_b && first_b.len == LETTERS);
        uint32_t shorter = x.len < y.len ? x.len : y.len;
        agreement here = cut && memcmp(x.ptr, y.ptr, shorter) == 0 ? NEAR : compare_words(x, y, same_sex, sure);
        if (here < worst) worst = here;
    }
    if (worst == EQUAL) worst = NEAR; /* one of them has a further name */
    return worst;
}

/* First and last name under each other's heading; one of them may hold a typing error. */
static agreement compare_swapped(const rv_guard *a, const rv_guard *b) {
    if (!a->last || !b->last || (a->first != b->last && a->last != b->first)) return DIFFERS;
    rv_guard x = *a, y = *b;
    if (a->first == b->last) x.first = a->last;
    else y.first = b->last;
    return compare_first(&x, &y);
}

/* The sex that an initial's civility tells, against the sex of the other's name. */
static bool sex_of_name_differs(const rv_guard *a, const rv_guard *b) {
    if (a->sex == RV_SEX_UNKNOWN) return false;
    char text[LETTERS];
    rv_text words[LETTERS], first = unpack(b->first, LETTERS, text);
    if (rv_words(first, words, LETTERS) == 0) return false;
    int sex = rv_first_name_find(words[0]);
    return (sex == RV_FIRST_NAME_MALE && a->sex == RV_SEX_FEMALE) ||
           (sex == RV_FIRST_NAME_FEMALE && a->sex == RV_SEX_MALE);
}

rv_guard_verdict rv_guard_compare(const rv_guard *a, const rv_guard *b) {
    agreement birth = compare_birth(a, b);
    if (birth == DIFFERS && !close_births(a, b)) return RV_GUARD_CONTRADICTS;
    agreement first = a->first && b->first ? compare_first(a, b) : UNKNOWN;
    bool swapped = false;
    if (first == DIFFERS && compare_swapped(a, b) != DIFFERS) {
        swapped = true;
        first = compare_swapped(a, b);
    }
    if (birth == DIFFERS && first >= NEAR && !((a->flags | b->flags) & RV_GUARD_INITIAL_ONLY)) birth = NEAR;
    if (birth == DIFFERS || first == DIFFERS) return RV_GUARD_CONTRADICTS;
    if (a->sex && b->sex && a->sex != b->sex) {
        if (first == EQUAL && birth == EQUAL && !((a->flags | b->flags) & RV_GUARD_INITIAL_ONLY))
            return RV_GUARD_COMPATIBLE;
        return RV_GUARD_CONTRADICTS;
    }
    bool initial = (a->flags | b->flags) & RV_GUARD_INITIAL_ONLY;
    if (first != EQUAL && !swapped) { /* names differ, or one is missing: the other's name may tell */
        bool unclear = initial || !a->first || !b->first;
        if (unclear && (sex_of_name_differs(a, b) || sex_of_name_differs(b, a))) return RV_GUARD_CONTRADICTS;
    }
    if (first == EQUAL) return initial && birth != EQUAL ? RV_GUARD_COMPATIBLE : RV_GUARD_AGREES;
    if (birth == EQUAL && first == NEAR) return RV_GUARD_AGREES;
    if (first == NEAR || birth >= NEAR) return RV_GUARD_COMPATIBLE;
    return RV_GUARD_SILENT;
}

/* --- Affinity ---------------------------------------------------------------------------------------------------- */

/* Prefixes of six letters: the name at birth is kept that short. */
static bool bears(uint64_t last, uint32_t birth_name) {
    return birth_name && (uint32_t)(last >> (BITS * 6)) == birth_name;
}

static unsigned last_affinity(const rv_guard *a, const rv_guard *b) {
    if (!a->last || !b->last) return 0;
    if (a->last == b->last) return 40;
    if (bears(a->last, b->birth_name) || bears(b->last, a->birth_name) ||
        (a->birth_name && a->birth_name == b->birth_name))
        return 35;
    if (a->last == b->first && b->last == a->first) return 35;
    char text_a[LETTERS], text_b[LETTERS];
    rv_text last_a = unpack(a->last, LETTERS, text_a), last_b = unpack(b->last, LETTERS, text_b);
    rv_text words_a[LETTERS], words_b[LETTERS];
    size_t n_a = rv_words(last_a, words_a, LETTERS), n_b = rv_words(last_b, words_b, LETTERS);
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = 0; j < n_b; j++)
            if (words_a[i].len > 2 && rv_text_equal(words_a[i], words_b[j])) return 30;
    uint32_t shorter = last_a.len < last_b.len ? last_a.len : last_b.len;
    unsigned edits = rv_edit_distance(last_a, last_b);
    return edits <= 1 || (edits == 2 && shorter >= 8) ? 30 : 0;
}

unsigned rv_guard_affinity(const rv_guard *a, const rv_guard *b) {
    unsigned sum = last_affinity(a, b);
    agreement birth = compare_birth(a, b);
    sum += birth == EQUAL ? 30 : birth == NEAR ? 15 : 0;
    if (a->postcode && b->postcode) {
        if (a->postcode == b->postcode) sum += 15;
        else if (a->postcode / 1000 == b->postcode / 1000) sum += 5;
    }
    if (a->street && a->street == b->street) sum += 15;
    return sum;
}
