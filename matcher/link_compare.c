/*
 * See link_compare.h. Nearly all comparisons are of codes that are equal, missing, or a pair of words seen a moment ago:
 * what a pair of words gives is remembered per thread, in a table where a newcomer takes the place of what was there.
 * Names are few beside pairs of rows, so most are found there.
 *
 * The levels are made to carry over: what kind of difference it is, not how large in some unit that suits one file. A
 * level should be about as telling for one pair as for another, since the model gives all its pairs one weight.
 */
#include "link_compare.h"

#include "letters.h"
#include "link_names.h"
#include "similarity.h"

/* --- Names of things --------------------------------------------------------------------------------------------- */

static const char *const field_names[RV_FIELD_COUNT] = {
    "first_name", "last_name", "birth_date", "sex",       "age",        "number",    "street",
    "extra",      "place",     "phone",      "email",     "identifier", "compare_1", "compare_2",
    "compare_3",  "compare_4", "compare_5",  "compare_6", "compare_7",  "compare_8"};

static const char *const first_levels[] = {"missing",    "different", "weak",      "initial",
                                           "two_errors", "variant",   "one_error", "equal"};
static const char *const last_levels[] = {"missing",    "different",   "weak",      "part",
                                          "two_errors", "sounds_same", "one_error", "equal"};
static const char *const birth_levels[] = {"missing",   "different", "year",    "two_digits",
                                           "two_parts", "one_digit", "swapped", "equal"};
static const char *const sex_levels[] = {"missing", "different", "equal"};
static const char *const age_levels[] = {"missing", "different", "near", "equal"};
static const char *const text_levels[] = {"missing", "different", "weak", "part", "two_errors", "one_error", "equal"};
static const char *const place_levels[] = {"missing", "different", "region",       "near",
                                           "city",    "postcode",  "one_and_near", "equal"};
static const char *const email_levels[] = {"missing", "different", "weak", "same_local", "near", "equal"};
static const char *const near_levels[] = {"missing", "different", "near", "equal"};

typedef struct levels {
    const char *const *names;
    unsigned n;
} levels;
#define LEVELS(array)                                                                                                  \
    { array, sizeof array / sizeof *array }

static levels levels_of(rv_link_field field) {
    static const levels all[] = {
        [RV_FIELD_FIRST] = LEVELS(first_levels),  [RV_FIELD_LAST] = LEVELS(last_levels),
        [RV_FIELD_BIRTH] = LEVELS(birth_levels),  [RV_FIELD_SEX] = LEVELS(sex_levels),
        [RV_FIELD_AGE] = LEVELS(age_levels),      [RV_FIELD_NUMBER] = LEVELS(near_levels),
        [RV_FIELD_STREET] = LEVELS(text_levels),  [RV_FIELD_EXTRA] = LEVELS(text_levels),
        [RV_FIELD_PLACE] = LEVELS(place_levels),  [RV_FIELD_PHONE] = LEVELS(near_levels),
        [RV_FIELD_EMAIL] = LEVELS(email_levels),  [RV_FIELD_IDENTIFIER] = LEVELS(near_levels),
        [RV_FIELD_COMPARE] = LEVELS(near_levels),
    };
    return all[field < RV_FIELD_COMPARE ? field : RV_FIELD_COMPARE];
}

const char *rv_link_field_name(rv_link_field field) { return field_names[field]; }
unsigned rv_link_levels(rv_link_field field) { return levels_of(field).n; }
const char *rv_link_level_name(rv_link_field field, unsigned level) { return levels_of(field).names[level]; }

/* --- What pairs of words gave ------------------------------------------------------------------------------------ */

/* Kinds of comparison; each has its own words, so that a code means one thing. */
typedef enum word_kind {
    OF_FIRST,
    OF_LAST,
    OF_STREET,
    OF_NUMBER,
    OF_CITY,
    OF_POSTCODE,
    OF_PHONE,
    OF_EMAIL,
    OF_IDENTIFIER,
    OF_OTHER,
    WORD_KINDS
} word_kind;

enum { MEMO_BITS = 16, CODE_BITS = 28 }; /* half a megabyte a thread */
struct rv_link_scratch {
    uint64_t memo[1 << MEMO_BITS]; /* a, b, kind, level; 0: nothing yet */
};

rv_link_scratch *rv_link_scratch_new(rv_error *err) { return rv_new(sizeof(rv_link_scratch), err); }
void rv_link_scratch_free(rv_link_scratch *scratch) { rv_free(scratch); }

/* Levels of numbers and texts that aren't names, above RV_LEVEL_DIFFERENT. */
enum { NEAR = 2, NEAR_EQUAL = 3 };
enum { TEXT_WEAK = 2, TEXT_PART, TEXT_TWO_ERRORS, TEXT_ONE_ERROR, TEXT_EQUAL };
enum { EMAIL_WEAK = 2, EMAIL_LOCAL, EMAIL_NEAR, EMAIL_EQUAL };
enum { BIRTH_YEAR = 2, BIRTH_TWO_DIGITS, BIRTH_TWO_PARTS, BIRTH_ONE_DIGIT, BIRTH_SWAPPED, BIRTH_EQUAL };
enum { PLACE_CITY = RV_PLACE_NEAR + 1, PLACE_POSTCODE, PLACE_ONE_AND_NEAR, PLACE_EQUAL };

static uint32_t longer_of(rv_text a, rv_text b) { return a.len > b.len ? a.len : b.len; }

/* Words of a street or a line of an address: all of one within the other, in whatever order? */
static bool is_part(rv_text a, rv_text b) {
    rv_text left[12], right[12];
    size_t n_left = rv_words(a, left, 12), n_right = rv_words(b, right, 12), found = 0;
    size_t shorter = n_left < n_right ? n_left : n_right;
    for (size_t i = 0; i < n_left; i++)
        for (size_t j = 0; j < n_right; j++)
            if (rv_text_equal(left[i], right[j])) {
                found += left[i].len > 1;
                right[j].len = 0;
                break;
            }
    return found > 0 && found == shorter;
}

static unsigned compare_text(rv_text a, rv_text b) {
    uint32_t longer = longer_of(a, b), in_a = rv_letter_set(a), in_b = rv_letter_set(b);
    if (rv_least_distance(in_a, in_b) * 3 > longer) return is_part(a, b) ? TEXT_PART : RV_LEVEL_DIFFERENT;
    unsigned errors = rv_edit_distance(a, b);
    if (errors <= 1 && longer >= 4) return TEXT_ONE_ERROR;
    if (errors * 6 <= longer + 5 && longer >= 6) return TEXT_TWO_ERRORS; /* two in 7 letters, three in 13 */
    if (is_part(a, b)) return TEXT_PART;
    if (errors * 3 <= longer || rv_pair_overlap(a, b) >= .6) return TEXT_WEAK;
    return RV_LEVEL_DIFFERENT;
}

/* House numbers, postcodes, identifiers, telephones: one digit off, or two neighbours swapped. Nearly all are short. */
static unsigned compare_number(word_kind kind, const rv_link_words *words, uint32_t a, uint32_t b) {
    static const uint8_t shortest[WORD_KINDS] = {[OF_NUMBER] = 2, [OF_POSTCODE] = 4, [OF_PHONE] = 6, [OF_IDENTIFIER] = 5};
    const rv_link_word *x = &words->words[a], *y = &words->words[b];
    uint32_t longer = x->len > y->len ? x->len : y->len;
    if (longer < shortest[kind]) return RV_LEVEL_DIFFERENT;
    bool near = longer <= 8 ? rv_within_one_edit_of_8(x->head, x->len, y->head, y->len)
                            : rv_within_one_edit(rv_link_text(words, a), rv_link_text(words, b));
    return near ? NEAR : RV_LEVEL_DIFFERENT;
}

static rv_text local_part(rv_text email) {
    const char *at = memchr(email.ptr, '@', email.len);
    return rv_text_make(email.ptr, at ? (size_t)(at - email.ptr) : email.len);
}

static unsigned compare_email(rv_text a, rv_text b) {
    unsigned errors = rv_edit_distance(a, b);
    rv_text left = local_part(a), right = local_part(b);
    if (errors <= 2) return EMAIL_NEAR;
    if (rv_text_equal(left, right)) return EMAIL_LOCAL;
    return errors * 3 <= longer_of(a, b) ? EMAIL_WEAK : RV_LEVEL_DIFFERENT;
}

static unsigned compare_other(rv_text a, rv_text b) {
    uint32_t longer = longer_of(a, b);
    if (longer < 4) return RV_LEVEL_DIFFERENT;
    return rv_edit_distance(a, b) <= 1 || rv_jaro_winkler(a, b) >= .92 ? NEAR : RV_LEVEL_DIFFERENT;
}

static unsigned compare_words(word_kind kind, rv_text a, rv_text b, bool sound) {
    switch (kind) {
    case OF_FIRST: return rv_first_names_compare(a, b, sound);
    case OF_LAST: return rv_last_names_compare(a, b, sound);
    case OF_STREET: return compare_text(a, b);
    case OF_CITY: return compare_text(a, b);
    case OF_EMAIL: return compare_email(a, b);
    default: return compare_other(a, b);
    }
}

static rv_link_words_kind words_of(word_kind kind) {
    static const rv_link_words_kind of[WORD_KINDS] = {
        RV_WORDS_NAME,   RV_WORDS_NAME,   RV_WORDS_STREET, RV_WORDS_NUMBER, RV_WORDS_PLACE,
        RV_WORDS_NUMBER, RV_WORDS_NUMBER, RV_WORDS_EMAIL,  RV_WORDS_NUMBER, RV_WORDS_OTHER};
    return of[kind];
}

static unsigned level_when_equal(word_kind kind) {
    static const uint8_t equal[WORD_KINDS] = {RV_NAME_EQUAL, RV_NAME_EQUAL, TEXT_EQUAL,  NEAR_EQUAL, TEXT_EQUAL,
                                              NEAR_EQUAL,    NEAR_EQUAL,    EMAIL_EQUAL, NEAR_EQUAL, NEAR_EQUAL};
    return equal[kind];
}

static rv_name_sketch sketch_of(const rv_link_word *word) {
    return (rv_name_sketch){.letters = word->letters, .len = word->len, .begin = word->begin, .groups = word->groups};
}

/* compare_text gives RV_LEVEL_DIFFERENT, as far as letters tell: each has one that the other lacks, so that neither is
 * part of the other (of which twelve words are looked at). */
static bool texts_are_far(const rv_link_word *a, const rv_link_word *b) {
    enum { LETTERS_OF_TWELVE_WORDS = 24 };
    uint32_t longer = a->len > b->len ? a->len : b->len;
    return longer < LETTERS_OF_TWELVE_WORDS && (a->letters & ~b->letters) && (b->letters & ~a->letters) &&
           rv_least_distance(a->letters, b->letters) * 3 > longer;
}

/* Most pairs of words are told apart without their texts, and without a place in the memory for pairs. */
static bool are_far(word_kind kind, const rv_link_word *a, const rv_link_word *b) {
    rv_name_sketch left = sketch_of(a), right = sketch_of(b);
    switch (kind) {
    case OF_FIRST: return rv_first_names_are_far(&left, &right);
    case OF_LAST: return rv_last_names_are_far(&left, &right, a->phonetic == b->phonetic);
    case OF_STREET:
    case OF_CITY: return texts_are_far(a, b);
    default: return false;
    }
}

static bool is_number(word_kind kind) {
    return kind == OF_NUMBER || kind == OF_POSTCODE || kind == OF_PHONE || kind == OF_IDENTIFIER;
}

/* The level of two codes. */
static unsigned level_of(const rv_link_people *people, rv_link_scratch *scratch, word_kind kind, uint32_t a,
                         uint32_t b) {
    if (a == 0 || b == 0) return RV_LEVEL_MISSING;
    if (a == b) return level_when_equal(kind);
    const rv_link_words *words = &people->words[words_of(kind)];
    const rv_link_word *of_a = &words->words[a], *of_b = &words->words[b];
    if (are_far(kind, of_a, of_b)) return RV_LEVEL_DIFFERENT;
    if (is_number(kind)) return compare_number(kind, words, a, b);
    if (a > b) { /* all comparisons are symmetric */
        uint32_t swap = a;
        a = b, b = swap;
    }
    uint64_t pair = (uint64_t)a << (CODE_BITS + 8) | (uint64_t)b << 8 | (uint64_t)kind << 4;
    uint64_t *slot = &scratch->memo[pair * 0x9e3779b97f4a7c15 >> (64 - MEMO_BITS)];
    bool fits = b < (uint32_t)1 << CODE_BITS;
    if (fits && (*slot & ~(uint64_t)15) == pair && (*slot & 15)) return (unsigned)(*slot & 15);
    bool sound = of_a->phonetic && of_a->phonetic == of_b->phonetic;
    unsigned level = compare_words(kind, rv_link_text(words, a), rv_link_text(words, b), sound);
    if (fits) *slot = pair | level;
    return level;
}

/* --- Names ------------------------------------------------------------------------------------------------------- */

typedef struct compared {
    const rv_link_people *people;
    uint32_t left, right;
    const rv_link_row *a, *b;
    rv_link_scratch *scratch;
    rv_link_pattern *out;
} compared;

static unsigned max_of(unsigned a, unsigned b) { return a > b ? a : b; }
static unsigned min_of(unsigned a, unsigned b) { return a < b ? a : b; }

/* Last names in all their readings: a woman is DUPONT here and MARTIN, born DUPONT, there. */
static unsigned compare_last(const compared *c) {
    const rv_link_row *a = c->a, *b = c->b;
    unsigned level = level_of(c->people, c->scratch, OF_LAST, a->last, b->last);
    if (level == RV_NAME_EQUAL || (a->birth_name | b->birth_name) == 0) return level;
    unsigned other = level_of(c->people, c->scratch, OF_LAST, a->birth_name, b->last);
    other = max_of(other, level_of(c->people, c->scratch, OF_LAST, a->last, b->birth_name));
    other = max_of(other, level_of(c->people, c->scratch, OF_LAST, a->birth_name, b->birth_name));
    return max_of(level, other >= RV_NAME_ONE_ERROR ? RV_NAME_PART : min_of(other, RV_NAME_WEAK));
}

/* First and last name may stand in each other's columns. Believed only where crosswise something agrees well and
 * straight nothing does. What is missing on a side leaves its field missing. */
static void compare_swapped(const compared *c) {
    const rv_link_row *a = c->a, *b = c->b;
    uint8_t *level = c->out->level;
    if (level[RV_FIELD_FIRST] >= RV_NAME_TWO_ERRORS || level[RV_FIELD_LAST] >= RV_NAME_PART) return;
    unsigned last = level_of(c->people, c->scratch, OF_LAST, a->first, b->last);
    unsigned first = level_of(c->people, c->scratch, OF_FIRST, a->last, b->first);
    unsigned best = max_of(first, last), worst = min_of(first, last);
    unsigned straight = max_of(level[RV_FIELD_FIRST], level[RV_FIELD_LAST]);
    if (best < RV_NAME_ONE_ERROR || (worst == RV_NAME_DIFFERENT && straight > RV_NAME_DIFFERENT)) return;
    level[RV_FIELD_FIRST] = (uint8_t)first;
    level[RV_FIELD_LAST] = (uint8_t)last;
    c->out->swapped = true;
}

static void compare_whole_names(const compared *c) {
    const rv_link_words *words = &c->people->words[RV_WORDS_NAME];
    rv_whole_name left = {rv_link_text(words, c->a->first), rv_link_text(words, c->a->last)};
    rv_whole_name right = {rv_link_text(words, c->b->first), rv_link_text(words, c->b->last)};
    rv_name_level first, last;
    rv_whole_names_compare(&left, &right, &first, &last);
    c->out->level[RV_FIELD_FIRST] = (uint8_t)first;
    c->out->level[RV_FIELD_LAST] = (uint8_t)last;
    c->out->swapped = false;
}

static void compare_names(const compared *c) {
    const rv_link_row *a = c->a, *b = c->b;
    uint8_t *level = c->out->level;
    level[RV_FIELD_FIRST] = (uint8_t)level_of(c->people, c->scratch, OF_FIRST, a->first, b->first);
    level[RV_FIELD_LAST] = (uint8_t)compare_last(c);
    if (level[RV_FIELD_FIRST] == RV_NAME_EQUAL && level[RV_FIELD_LAST] == RV_NAME_EQUAL) return;
    if ((a->flags | b->flags) & RV_LINK_ONE_NAME) compare_whole_names(c);
    else compare_swapped(c);
}

/* --- Birth dates and the like ------------------------------------------------------------------------------------ */

static unsigned different_digits(uint32_t a, uint32_t b, bool *neighbours_swapped) {
    unsigned n = 0, at = 0, first_a = 0, first_b = 0;
    *neighbours_swapped = false;
    for (unsigned i = 0; i < 8; i++, a /= 10, b /= 10) {
        unsigned x = a % 10, y = b % 10;
        if (x == y) continue;
        if (n == 1 && i == at + 1 && x == first_b && y == first_a) *neighbours_swapped = true;
        n++, at = i, first_a = x, first_b = y;
    }
    if (n != 2) *neighbours_swapped = false;
    return n;
}

static unsigned compare_birth(const rv_link_row *a, const rv_link_row *b) {
    if (a->birth == 0 || b->birth == 0) return RV_LEVEL_MISSING;
    bool same_year = a->birth / 10000 == b->birth / 10000;
    if (a->birth_weak || b->birth_weak) return same_year ? BIRTH_YEAR : RV_LEVEL_DIFFERENT;
    if (a->birth == b->birth) return BIRTH_EQUAL;
    uint32_t month_a = a->birth / 100 % 100, day_a = a->birth % 100;
    uint32_t month_b = b->birth / 100 % 100, day_b = b->birth % 100;
    if (same_year && month_a == day_b && day_a == month_b) return BIRTH_SWAPPED;
    bool swapped;
    unsigned digits = different_digits(a->birth, b->birth, &swapped);
    if (digits == 1 || swapped) return BIRTH_ONE_DIGIT;
    if (same_year + (month_a == month_b) + (day_a == day_b) == 2) return BIRTH_TWO_PARTS;
    if (digits == 2) return BIRTH_TWO_DIGITS;
    return same_year ? BIRTH_YEAR : RV_LEVEL_DIFFERENT;
}

static unsigned compare_sex(const rv_link_row *a, const rv_link_row *b) {
    if (a->sex == RV_SEX_UNKNOWN || b->sex == RV_SEX_UNKNOWN) return RV_LEVEL_MISSING;
    return a->sex == b->sex ? 2 : RV_LEVEL_DIFFERENT;
}

/* Only where birth dates don't say it better. */
static unsigned compare_age(const compared *c) {
    if (c->out->level[RV_FIELD_BIRTH] != RV_LEVEL_MISSING || c->a->age == 0 || c->b->age == 0) return RV_LEVEL_MISSING;
    int apart = (int)c->a->age - (int)c->b->age;
    return apart == 0 ? NEAR_EQUAL : apart >= -2 && apart <= 2 ? NEAR : RV_LEVEL_DIFFERENT;
}

/* --- Homes ------------------------------------------------------------------------------------------------------- */

/* The lines of an address may stand in each other's columns too. */
static void compare_streets(const compared *c) {
    const rv_link_row *a = c->a, *b = c->b;
    uint8_t *level = c->out->level;
    unsigned street = level_of(c->people, c->scratch, OF_STREET, a->street, b->street);
    unsigned extra = level_of(c->people, c->scratch, OF_STREET, a->extra, b->extra);
    if (street < TEXT_PART && extra < TEXT_PART && (a->extra | b->extra) && (a->street | b->street)) {
        unsigned crossed_street = level_of(c->people, c->scratch, OF_STREET, a->extra, b->street);
        unsigned crossed_extra = level_of(c->people, c->scratch, OF_STREET, a->street, b->extra);
        if (max_of(crossed_street, crossed_extra) >= TEXT_TWO_ERRORS) street = crossed_street, extra = crossed_extra;
    }
    level[RV_FIELD_STREET] = (uint8_t)street;
    level[RV_FIELD_EXTRA] = (uint8_t)extra;
}

static unsigned compare_region(const rv_link_row *a, const rv_link_row *b) {
    if (a->region && b->region) return a->region == b->region ? RV_PLACE_REGION : RV_LEVEL_DIFFERENT;
    if (a->country && b->country) return a->country == b->country ? RV_PLACE_REGION : RV_LEVEL_DIFFERENT;
    return RV_LEVEL_MISSING;
}

static unsigned compare_place(const compared *c) {
    const rv_link_row *a = c->a, *b = c->b;
    unsigned postcode = level_of(c->people, c->scratch, OF_POSTCODE, a->postcode, b->postcode);
    unsigned city = level_of(c->people, c->scratch, OF_CITY, a->city, b->city);
    bool near_city = city >= TEXT_PART, near_postcode = postcode == NEAR;
    if (postcode == NEAR_EQUAL)
        return city == TEXT_EQUAL ? PLACE_EQUAL : near_city ? PLACE_ONE_AND_NEAR : PLACE_POSTCODE;
    if (city == TEXT_EQUAL) return near_postcode ? PLACE_ONE_AND_NEAR : PLACE_CITY;
    if (near_postcode || near_city) return RV_PLACE_NEAR;
    unsigned region = compare_region(a, b);
    return region ? region : max_of(postcode, city) ? RV_LEVEL_DIFFERENT : RV_LEVEL_MISSING;
}

/* Any number of one beside any of the other; that a mobile differs from a fixed one says nothing. */
static unsigned compare_phones(const compared *c) {
    const rv_link_row *a = c->a, *b = c->b;
    unsigned same_kind = max_of(level_of(c->people, c->scratch, OF_PHONE, a->mobile, b->mobile),
                                level_of(c->people, c->scratch, OF_PHONE, a->phone, b->phone));
    if (same_kind == NEAR_EQUAL) return NEAR_EQUAL;
    if ((a->mobile && a->mobile == b->phone) || (a->phone && a->phone == b->mobile)) return NEAR_EQUAL;
    return same_kind;
}

/* --- All --------------------------------------------------------------------------------------------------------- */

static uint32_t compare_columns(const compared *c) {
    const rv_link_table *left = &c->people->left, *right = rv_link_right(c->people);
    uint32_t n = left->n_compare < right->n_compare ? left->n_compare : right->n_compare;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = left->compared[(size_t)c->left * left->n_compare + i];
        uint32_t y = right->compared[(size_t)c->right * right->n_compare + i];
        c->out->level[RV_FIELD_COMPARE + i] = (uint8_t)level_of(c->people, c->scratch, OF_OTHER, x, y);
    }
    return ((1u << n) - 1) << RV_FIELD_COMPARE;
}

static uint32_t put(const compared *c, rv_link_field field, unsigned level) {
    c->out->level[field] = (uint8_t)level;
    return 1u << field;
}

/* E-mails are lower case, names are capitals. */
static bool holds(rv_text email, rv_text name) {
    rv_text local = local_part(email);
    for (uint32_t at = 0; name.len >= 3 && at + name.len <= local.len; at++) {
        uint32_t i = 0;
        while (i < name.len && (local.ptr[at + i] & ~0x20) == name.ptr[i]) i++;
        if (i == name.len) return true;
    }
    return false;
}

static bool made_of_name(const compared *c, const rv_link_row *row) {
    rv_text email = rv_link_text(&c->people->words[RV_WORDS_EMAIL], row->email);
    return holds(email, rv_link_text(&c->people->words[RV_WORDS_NAME], row->last)) ||
           holds(email, rv_link_text(&c->people->words[RV_WORDS_NAME], row->first));
}

/* Addresses made of names resemble one another where the names do, and say nothing beside them: two strangers called
 * PATRICIA COLIN are patricia.colin12 and patricia_colin70. */
static unsigned compare_emails(const compared *c) {
    unsigned level = level_of(c->people, c->scratch, OF_EMAIL, c->a->email, c->b->email);
    return level == EMAIL_WEAK && made_of_name(c, c->a) && made_of_name(c, c->b) ? RV_LEVEL_MISSING : level;
}

static uint32_t compare_pair(const compared *c, rv_link_field field, word_kind kind, uint32_t a, uint32_t b) {
    return put(c, field, level_of(c->people, c->scratch, kind, a, b));
}

uint32_t rv_link_compare_step(const rv_link_pair_of_rows *pair, rv_link_step step, rv_link_scratch *scratch,
                              rv_link_pattern *out) {
    const rv_link_row *a = pair->a, *b = pair->b;
    compared c = {pair->people, pair->left, pair->right, a, b, scratch, out};
    switch (step) {
    case RV_STEP_BIRTH: {
        uint32_t fields = put(&c, RV_FIELD_BIRTH, compare_birth(a, b)) | put(&c, RV_FIELD_SEX, compare_sex(a, b));
        return fields | put(&c, RV_FIELD_AGE, compare_age(&c));
    }
    case RV_STEP_NAMES: compare_names(&c); return 1u << RV_FIELD_FIRST | 1u << RV_FIELD_LAST;
    case RV_STEP_NUMBER: return compare_pair(&c, RV_FIELD_NUMBER, OF_NUMBER, a->number, b->number);
    case RV_STEP_PLACE: return put(&c, RV_FIELD_PLACE, compare_place(&c));
    case RV_STEP_STREET: compare_streets(&c); return 1u << RV_FIELD_STREET | 1u << RV_FIELD_EXTRA;
    case RV_STEP_IDENTIFIER: return compare_pair(&c, RV_FIELD_IDENTIFIER, OF_IDENTIFIER, a->identifier, b->identifier);
    case RV_STEP_COMPARE: return compare_columns(&c);
    case RV_STEP_PHONE: return put(&c, RV_FIELD_PHONE, compare_phones(&c));
    default: return put(&c, RV_FIELD_EMAIL, compare_emails(&c));
    }
}

void rv_link_compare(const rv_link_people *people, uint32_t left, uint32_t right, rv_link_scratch *scratch,
                     rv_link_pattern *out) {
    rv_link_pair_of_rows pair = {people, left, right, &people->left.rows[left], &rv_link_right(people)->rows[right]};
    memset(out, 0, sizeof *out);
    for (unsigned step = 0; step < RV_STEPS; step++) rv_link_compare_step(&pair, (rv_link_step)step, scratch, out);
}
