/* Keys are 32 bits: what two different keys of a rule have in common by chance is a candidate too many in a thousand. */
#include "link_rules.h"

#include "address.h"
#include "letters.h"
#include "parallel.h"
#include "phonetic.h"
#include "vocabulary.h"

#define F(name) (1u << RV_FIELD_##name)
static const struct {
    const char *name;
    uint32_t fields;
} rules[RV_RULE_COUNT] = {
    [RV_RULE_EMAIL] = {"email", F(EMAIL)},
    [RV_RULE_PHONE] = {"phone", F(PHONE)},
    [RV_RULE_IDENTIFIER] = {"identifier", F(IDENTIFIER)},
    [RV_RULE_LAST_POSTCODE] = {"last_postcode", F(LAST) | F(PLACE)},
    [RV_RULE_LAST_CITY] = {"last_city", F(LAST) | F(PLACE)},
    [RV_RULE_FIRST_BIRTH] = {"first_birth", F(FIRST) | F(BIRTH)},
    [RV_RULE_LAST_BIRTH] = {"last_birth", F(LAST) | F(BIRTH)},
    [RV_RULE_NAMES] = {"names", F(FIRST) | F(LAST)},
    [RV_RULE_NAMES_YEAR] = {"names_year", F(FIRST) | F(LAST) | F(BIRTH)},
    [RV_RULE_NAMES_PLACE] = {"names_place", F(FIRST) | F(LAST) | F(PLACE)},
    [RV_RULE_BIRTH_PLACE] = {"birth_place", F(BIRTH) | F(PLACE)},
    [RV_RULE_FIRST_BIRTH_PART] = {"first_birth_part", F(FIRST) | F(BIRTH)},
    [RV_RULE_LAST_BIRTH_PART] = {"last_birth_part", F(LAST) | F(BIRTH)},
    [RV_RULE_FIRST_PLACE_YEAR] = {"first_place_year", F(FIRST) | F(PLACE) | F(BIRTH)},
    [RV_RULE_STREET_PLACE] = {"street_place", F(STREET) | F(PLACE)}, /* and house number or first name */
    [RV_RULE_STREET_NAME] = {"street_name", F(STREET) | F(FIRST) | F(LAST)},
    [RV_RULE_PHONE_PART] = {"phone_part", F(PHONE) | F(FIRST) | F(LAST)},
    [RV_RULE_EMAIL_PART] = {"email_part", F(EMAIL)},
    [RV_RULE_IDENTIFIER_PART] = {"identifier_part", F(IDENTIFIER)},
    [RV_RULE_BIRTH] = {"birth", F(BIRTH)},
    [RV_RULE_STREET_NUMBER] = {"street_number", F(STREET) | F(NUMBER)},
    [RV_RULE_HOME_INITIAL] = {"home_initial", F(STREET) | F(NUMBER) | F(PLACE) | F(FIRST) | F(LAST)},
    [RV_RULE_LAST_INITIAL] = {"last_initial", F(FIRST) | F(LAST)},
    [RV_RULE_BEGINNINGS] = {"beginnings", F(FIRST) | F(LAST)},
    [RV_RULE_BEGINNING_YEAR] = {"beginning_year", F(FIRST) | F(LAST) | F(BIRTH) | F(AGE)},
    [RV_RULE_BEGINNING_PLACE] = {"beginning_place", F(FIRST) | F(LAST) | F(PLACE)},
    [RV_RULE_LAST] = {"last", F(LAST)},
    [RV_RULE_FIRST] = {"first", F(FIRST)},
    [RV_RULE_YEAR_PLACE] = {"year_place", F(BIRTH) | F(AGE) | F(PLACE)},
    [RV_RULE_HOME] = {"home", F(STREET) | F(NUMBER) | F(PLACE)},
    [RV_RULE_CROSSWISE] = {"crosswise", F(FIRST) | F(LAST) | F(BIRTH) | F(PLACE)},
    [RV_RULE_COMPARE] = {"compare",
                         F(FIRST) | F(LAST) | F(BIRTH) | ((1u << RV_LINK_COMPARE_MAX) - 1) << RV_FIELD_COMPARE},
};
#undef F

#define R(rule) (1u << RV_RULE_##rule)
/* Of 600,000 true pairs among five million contacts the rules that large files do without proposed some hundred that no
 * other rule did, for nine candidates in ten. */
const uint32_t rv_rules_of_small_files = ~R(LAST_INITIAL);
const uint32_t rv_rules_of_large_files =
    R(EMAIL) | R(PHONE) | R(IDENTIFIER) | R(LAST_POSTCODE) | R(LAST_CITY) | R(FIRST_BIRTH) | R(LAST_BIRTH) | R(NAMES) |
    R(NAMES_YEAR) | R(NAMES_PLACE) | R(BIRTH_PLACE) | R(STREET_PLACE) | R(EMAIL_PART) | R(IDENTIFIER_PART) |
    R(LAST_INITIAL) | R(COMPARE);

const char *rv_rule_name(rv_rule rule) { return rules[rule].name; }
uint32_t rv_rule_fields(rv_rule rule) { return rules[rule].fields; }

/* --- Words ------------------------------------------------------------------------------------------------------- */

static uint32_t text_hash(rv_text text) {
    uint32_t hash = (uint32_t)rv_hash64(text.ptr, text.len, 7);
    return hash ? hash : 1;
}

static uint32_t sound_hash(rv_text text) {
    char code[RV_PHONETIC_MAX];
    if (text.len == 0) return 0;
    return rv_phonetic(text, code) ? text_hash(rv_text_make(code, sizeof code)) : text_hash(text);
}

static void part_name(rv_text name, rv_name_parts *out) {
    rv_text words[8];
    size_t n = rv_words(name, words, 8), kept = 0;
    for (size_t i = 0; i < n && kept < 3; i++)
        if (words[i].len > 1 && !rv_word_is(words[i], RV_WORD_PARTICLE)) out->token[kept++] = sound_hash(words[i]);
    if (!kept) out->token[0] = sound_hash(name);
    uint32_t letters = name.len < 3 ? name.len : 3;
    out->end = text_hash(rv_text_make(name.ptr + name.len - letters, letters));
    out->begin = (text_hash(rv_text_make(name.ptr, letters)) & ~31u) | ((unsigned char)name.ptr[0] & 31u);
}

/* The end of a number and what stands before it: an error hits one of the two. And its digits in any order, for two that
 * have changed places. */
static rv_number_parts part_number(rv_text number) {
    uint32_t end = number.len >= 10 ? 4 : number.len / 2, counts = 0;
    if (number.len < 6) return (rv_number_parts){0};
    for (uint32_t i = 0; i < number.len; i++) counts += 1u << 3 * ((unsigned char)number.ptr[i] & 15) % 30;
    return (rv_number_parts){text_hash(rv_text_make(number.ptr + number.len - end, end)),
                             text_hash(rv_text_make(number.ptr, number.len - end)), counts ? counts : 1};
}

/* Of the domain only with the first letters of the name, for large providers. */
static rv_two_parts part_email(rv_text email) {
    const char *at = memchr(email.ptr, '@', email.len);
    if (!at) return (rv_two_parts){0};
    size_t before = (size_t)(at - email.ptr);
    rv_two_parts parts = {before >= 4 ? text_hash(rv_text_make(email.ptr, before)) : 0, 0};
    uint32_t begin = text_hash(rv_text_make(email.ptr, before < 2 ? before : 2));
    parts.b = text_hash(rv_text_make(at, email.len - before)) ^ begin * 0x9e3779b1u;
    return parts;
}

enum { PIECE = 1 << 13 };

static rv_status part_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    const rv_link_parts *p = ctx;
    const rv_link_words *words = p->people->words;
    (void)worker;
    (void)err;
    uint64_t from = (uint64_t)piece * PIECE, to = from + PIECE;
    for (uint64_t i = from ? from : 1; i < to; i++) {
        uint32_t code = (uint32_t)i;
        if (i < words[RV_WORDS_NAME].n) part_name(rv_link_text(&words[RV_WORDS_NAME], code), &p->names[i]);
        if (i < words[RV_WORDS_STREET].n)
            p->streets[i] = sound_hash(rv_address_street_word(rv_link_text(&words[RV_WORDS_STREET], code)));
        if (p->emails && i < words[RV_WORDS_EMAIL].n) p->emails[i] = part_email(rv_link_text(&words[RV_WORDS_EMAIL], code));
        if (p->numbers && i < words[RV_WORDS_NUMBER].n) p->numbers[i] = part_number(rv_link_text(&words[RV_WORDS_NUMBER], code));
    }
    return RV_OK;
}

uint64_t rv_link_parts_bytes(const rv_link_people *people) {
    const rv_link_words *w = people->words;
    return w[RV_WORDS_NAME].n * sizeof(rv_name_parts) + w[RV_WORDS_STREET].n * sizeof(uint32_t) +
           ((uint64_t)w[RV_WORDS_EMAIL].n + w[RV_WORDS_NUMBER].n) * sizeof(rv_number_parts);
}

static bool any(const rv_link_people *people, rv_link_column column) {
    return people->left.filled[column] || rv_link_right(people)->filled[column];
}

rv_status rv_link_parts_new(const rv_link_people *people, uint32_t rules_wanted, int threads, rv_link_parts *out,
                            rv_error *err) {
    const rv_link_words *w = people->words;
    rv_link_parts p = {.people = people};
    bool emails = rules_wanted & R(EMAIL_PART) && any(people, RV_COLUMN_EMAIL);
    bool numbers = (rules_wanted & R(PHONE_PART) && (any(people, RV_COLUMN_MOBILE) || any(people, RV_COLUMN_PHONE))) ||
                   (rules_wanted & R(IDENTIFIER_PART) && any(people, RV_COLUMN_IDENTIFIER));
    p.names = rv_array_new(w[RV_WORDS_NAME].n, sizeof *p.names, err);
    p.streets = rv_array_new(w[RV_WORDS_STREET].n, sizeof *p.streets, err);
    if (emails) p.emails = rv_array_new(w[RV_WORDS_EMAIL].n, sizeof *p.emails, err);
    if (numbers) p.numbers = rv_array_new(w[RV_WORDS_NUMBER].n, sizeof *p.numbers, err);
    bool whole = p.names && p.streets && (p.emails || !emails) && (p.numbers || !numbers);
    rv_status status = whole ? RV_OK : RV_NO_MEMORY;
    uint32_t most = w[RV_WORDS_NAME].n > w[RV_WORDS_STREET].n ? w[RV_WORDS_NAME].n : w[RV_WORDS_STREET].n;
    if (emails && w[RV_WORDS_EMAIL].n > most) most = w[RV_WORDS_EMAIL].n;
    if (numbers && w[RV_WORDS_NUMBER].n > most) most = w[RV_WORDS_NUMBER].n;
    if (status == RV_OK) status = rv_parallel(threads, ((size_t)most + PIECE - 1) / PIECE, part_piece, &p, err);
    if (status == RV_OK) *out = p;
    else rv_link_parts_free(&p);
    return status;
}

void rv_link_parts_free(rv_link_parts *parts) {
    rv_free(parts->names);
    rv_free(parts->streets);
    rv_free(parts->emails);
    rv_free(parts->numbers);
    *parts = (rv_link_parts){0};
}

/* --- Keys -------------------------------------------------------------------------------------------------------- */

enum { TOKENS = 3 };
typedef struct maker { /* of one row; 0: not told */
    rv_rule_key *out;
    unsigned n;
    uint32_t rules;                       /* those that are asked for */
    uint32_t first[TOKENS], last[TOKENS]; /* of the last name and the one at birth */
    unsigned n_first, n_last;
    uint32_t first_begin, last_begin, first_end, last_end;
    uint32_t birth, year, low, high; /* of day and month the lower and the higher: they are often swapped */
    uint32_t birth_digits;           /* in any order */
    uint32_t postcode, city, street, extra, number;
} maker;

static uint32_t mix(uint32_t a, uint32_t b) {
    uint64_t x = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15;
    x ^= x >> 29;
    return (uint32_t)((x * 0xbf58476d1ce4e5b9) >> 32);
}

/* A part that isn't told makes no key. */
static void emit(maker *m, rv_rule rule, uint32_t a, uint32_t b, uint32_t c) {
    if (!a || !b || !c || !(m->rules >> rule & 1) || m->n == RV_RULE_KEYS_MAX) return;
    uint32_t hash = mix(mix(a, b), c + (uint32_t)rule);
    for (unsigned i = m->n; i > 0 && m->out[i - 1].rule == (uint32_t)rule; i--)
        if (m->out[i - 1].hash == hash) return;
    m->out[m->n++] = (rv_rule_key){hash, (uint32_t)rule};
}

static uint32_t either_way(uint32_t a, uint32_t b) { return !a || !b ? 0 : a < b ? mix(a, b) : mix(b, a); }

static void add_tokens(uint32_t tokens[TOKENS], unsigned *n, const rv_name_parts *parts) {
    for (unsigned i = 0; i < 3 && parts->token[i] && *n < TOKENS; i++) {
        bool known = false;
        for (unsigned k = 0; k < *n; k++) known |= tokens[k] == parts->token[i];
        if (!known) tokens[(*n)++] = parts->token[i];
    }
}

static void look(maker *m, const rv_link_parts *parts, const rv_link_row *row) {
    const rv_name_parts *names = parts->names;
    add_tokens(m->first, &m->n_first, &names[row->first]);
    add_tokens(m->last, &m->n_last, &names[row->last]);
    add_tokens(m->last, &m->n_last, &names[row->birth_name]);
    m->first_begin = names[row->first].begin;
    m->last_begin = names[row->last].begin;
    m->first_end = names[row->first].end;
    m->last_end = names[row->last].end;
    m->postcode = row->postcode;
    m->city = row->city;
    m->number = row->number;
    m->street = parts->streets[row->street ? row->street : row->extra];
    m->extra = parts->streets[row->street ? row->extra : 0];
    if (!row->birth) return;
    uint32_t day = row->birth % 100, month = row->birth / 100 % 100;
    m->year = row->birth / 10000;
    if (!month && !day) return;
    m->low = 1 + (day < month ? day : month);
    m->high = 1 + (day < month ? month : day);
    m->birth = mix(m->year, m->low << 8 | m->high);
    if (!(m->rules & R(BIRTH))) return;
    for (uint32_t digits = row->birth; digits; digits /= 10) m->birth_digits += 1u << 3 * (digits % 10);
}

static void phone_parts(maker *m, const rv_number_parts *p) {
    for (uint32_t last = 0; last < 2; last++) {
        uint32_t name = last ? m->last[0] : m->first[0];
        emit(m, RV_RULE_PHONE_PART, p->end, name, 1 + last);
        emit(m, RV_RULE_PHONE_PART, p->head, name, 3 + last);
        emit(m, RV_RULE_PHONE_PART, p->digits, name, 5 + last);
    }
}

static void numbers(maker *m, const rv_link_parts *parts, const rv_link_row *row) {
    uint32_t phones[2] = {row->mobile, row->phone};
    emit(m, RV_RULE_EMAIL, row->email, 1, 1);
    for (int i = 0; i < 2; i++) emit(m, RV_RULE_PHONE, phones[i], 1, 1);
    emit(m, RV_RULE_IDENTIFIER, row->identifier, 1, 1);
    if (m->rules & R(PHONE_PART) && parts->numbers)
        for (int i = 0; i < 2; i++) phone_parts(m, &parts->numbers[phones[i]]);
    if (m->rules & R(EMAIL_PART) && parts->emails) {
        emit(m, RV_RULE_EMAIL_PART, parts->emails[row->email].a, 1, 1);
        emit(m, RV_RULE_EMAIL_PART, parts->emails[row->email].b, 1, 2);
    }
    if (m->rules & R(IDENTIFIER_PART) && row->identifier) {
        const rv_number_parts *p = &parts->numbers[row->identifier];
        emit(m, RV_RULE_IDENTIFIER_PART, p->end, 1, 1);
        emit(m, RV_RULE_IDENTIFIER_PART, p->head, 1, 2);
        emit(m, RV_RULE_IDENTIFIER_PART, p->digits, 1, 3);
    }
}

static void names(maker *m) {
    for (unsigned i = 0; i < m->n_last; i++) emit(m, RV_RULE_LAST_POSTCODE, m->last[i], m->postcode, 1);
    for (unsigned i = 0; i < m->n_last; i++) emit(m, RV_RULE_LAST_CITY, m->last[i], m->city, 1);
    for (unsigned i = 0; i < m->n_first; i++) emit(m, RV_RULE_FIRST_BIRTH, m->first[i], m->birth, 1);
    for (unsigned i = 0; i < m->n_last; i++) emit(m, RV_RULE_LAST_BIRTH, m->last[i], m->birth, 1);
    for (unsigned i = 0; i < m->n_first && i < 2; i++)
        for (unsigned k = 0; k < m->n_last; k++) emit(m, RV_RULE_NAMES, either_way(m->first[i], m->last[k]), 1, 1);
    for (unsigned k = 0; k < m->n_last; k++)
        emit(m, RV_RULE_NAMES_YEAR, either_way(m->first[0], m->last[k]), m->year, 1);
    for (unsigned k = 0; k < m->n_last; k++) {
        emit(m, RV_RULE_NAMES_PLACE, either_way(m->first[0], m->last[k]), m->postcode, 1);
        emit(m, RV_RULE_NAMES_PLACE, either_way(m->first[0], m->last[k]), m->city, 2);
    }
}

static void births(maker *m) {
    emit(m, RV_RULE_BIRTH_PLACE, m->birth, m->postcode, 1);
    emit(m, RV_RULE_BIRTH_PLACE, m->birth, m->city, 2);
    for (int last = 0; last < 2; last++) { /* one of the three numbers may be wrong */
        uint32_t name = last ? m->last[0] : m->first[0];
        rv_rule rule = last ? RV_RULE_LAST_BIRTH_PART : RV_RULE_FIRST_BIRTH_PART;
        if (!m->birth) break;
        emit(m, rule, name, m->low << 8 | m->high, 1);
        emit(m, rule, name, m->year << 8 | m->low, 2);
        emit(m, rule, name, m->year << 8 | m->high, 2);
    }
    emit(m, RV_RULE_FIRST_PLACE_YEAR, m->first[0], m->postcode, m->year);
    emit(m, RV_RULE_FIRST_PLACE_YEAR, m->first[0], m->city, m->year ? m->year + 10000 : 0);
}

static void homes(maker *m) {
    emit(m, RV_RULE_STREET_PLACE, m->street, m->number, m->postcode);
    emit(m, RV_RULE_STREET_PLACE, m->street, m->number, m->city ? ~m->city : 0);
    for (unsigned i = 0; i < m->n_first; i++) { /* a hamlet has no numbers */
        emit(m, RV_RULE_STREET_PLACE, m->first[i], m->street, m->postcode);
        emit(m, RV_RULE_STREET_PLACE, m->first[i], m->street, m->city ? ~m->city : 0);
    }
    for (unsigned i = 0; i < m->n_last; i++) emit(m, RV_RULE_STREET_NAME, m->street, m->last[i], 1);
    for (unsigned i = 0; i < m->n_first; i++) emit(m, RV_RULE_STREET_NAME, m->street, m->first[i], 1);
}

/* --- Keys of rules with long lists ------------------------------------------------------------------------------- */

static void wide_homes(maker *m) {
    emit(m, RV_RULE_STREET_NUMBER, m->street, m->number, 1);
    uint32_t initials[2] = {m->first_begin & 31, m->last_begin & 31}, homes[2] = {m->number, m->street};
    for (uint32_t h = 0; h < 2; h++)
        for (uint32_t i = 0; i < 2; i++) {
            emit(m, RV_RULE_HOME_INITIAL, homes[h], m->postcode, initials[i] ? initials[i] + 64 * h : 0);
            emit(m, RV_RULE_HOME_INITIAL, homes[h], m->city, initials[i] ? initials[i] + 64 * h + 32 : 0);
        }
    emit(m, RV_RULE_HOME, m->street, 1, 1);
    emit(m, RV_RULE_HOME, m->extra, 1, 1);
    emit(m, RV_RULE_HOME, m->number, m->postcode, 2);
    emit(m, RV_RULE_HOME, m->number, m->city, 3);
    emit(m, RV_RULE_HOME, m->postcode, 1, 4);
    emit(m, RV_RULE_HOME, m->city, 1, 5);
}

static void wide_births(maker *m, uint32_t age) {
    const uint32_t places[2] = {m->postcode, m->city};
    emit(m, RV_RULE_BIRTH, m->birth, 1, 1);
    emit(m, RV_RULE_BIRTH, m->birth_digits, 1, 2);
    for (uint32_t p = 0; p < 2; p++) {
        emit(m, RV_RULE_YEAR_PLACE, m->year, places[p], 1 + p);
        emit(m, RV_RULE_YEAR_PLACE, m->birth ? m->low << 8 | m->high : 0, places[p], 3 + p);
        emit(m, RV_RULE_YEAR_PLACE, age, places[p], 5 + p);
    }
}

/* What a name short, misspelt or known by its initial keeps: its beginning or its end. */
static void last_and_initial(maker *m) {
    for (unsigned i = 0; i < m->n_last; i++) {
        emit(m, RV_RULE_LAST_INITIAL, m->last[i], m->first_begin & 31, 1);
        emit(m, RV_RULE_LAST_INITIAL, m->last[i], m->first_end, 2);
    }
}

static void wide_names(maker *m, uint32_t age) {
    const uint32_t ends[4] = {m->first_begin, m->last_begin, m->first_end, m->last_end};
    emit(m, RV_RULE_BEGINNINGS, either_way(m->first_begin, m->last_begin), 1, 1);
    emit(m, RV_RULE_BEGINNINGS, either_way(m->first_end, m->last_end), 1, 2);
    for (uint32_t i = 0; i < 4; i++) {
        emit(m, RV_RULE_BEGINNING_YEAR, ends[i], m->year, 1 + i / 2);
        emit(m, RV_RULE_BEGINNING_YEAR, ends[i], age, 3 + i / 2);
        emit(m, RV_RULE_BEGINNING_PLACE, ends[i], m->postcode, 1 + i / 2);
        emit(m, RV_RULE_BEGINNING_PLACE, ends[i], m->city, 3 + i / 2);
    }
    for (unsigned i = 0; i < m->n_last; i++) emit(m, RV_RULE_LAST, m->last[i], 1, 1);
    emit(m, RV_RULE_LAST, m->last_begin, 1, 2);
    emit(m, RV_RULE_LAST, m->last_end, 1, 3);
    for (unsigned i = 0; i < m->n_first; i++) emit(m, RV_RULE_FIRST, m->first[i], 1, 1);
    emit(m, RV_RULE_FIRST, m->first_begin, 1, 2);
    emit(m, RV_RULE_FIRST, m->first_end, 1, 3);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t name = i ? m->last[0] : m->first[0];
        emit(m, RV_RULE_CROSSWISE, name, 1, 1);
        emit(m, RV_RULE_CROSSWISE, name, m->birth, 2);
        emit(m, RV_RULE_CROSSWISE, name, m->year, 3);
        emit(m, RV_RULE_CROSSWISE, name, m->postcode, 4);
        emit(m, RV_RULE_CROSSWISE, name, m->city, 5);
    }
}

static void compared(maker *m, const rv_link_table *table, uint32_t number) {
    for (uint32_t k = 0; k < table->n_compare; k++) {
        uint32_t word = table->compared[(size_t)number * table->n_compare + k];
        if (!word) continue;
        emit(m, RV_RULE_COMPARE, word, 1, 10 + k);
        emit(m, RV_RULE_COMPARE, word, m->first[0], 20 + k);
        emit(m, RV_RULE_COMPARE, word, m->last[0], 30 + k);
        emit(m, RV_RULE_COMPARE, word, m->birth, 40 + k);
    }
}

enum {
    WIDE_BIRTHS = R(BIRTH) | R(YEAR_PLACE),
    WIDE_HOMES = R(STREET_NUMBER) | R(HOME_INITIAL) | R(HOME),
    WIDE_NAMES = R(BEGINNINGS) | R(BEGINNING_YEAR) | R(BEGINNING_PLACE) | R(LAST) | R(FIRST) | R(CROSSWISE)
};

unsigned rv_link_keys(const rv_link_parts *parts, const rv_link_table *table, uint32_t row, uint32_t rules_wanted,
                      rv_rule_key out[RV_RULE_KEYS_MAX]) {
    maker m = {.out = out, .rules = rules_wanted};
    if (!rules_wanted) return 0;
    look(&m, parts, &table->rows[row]);
    numbers(&m, parts, &table->rows[row]);
    names(&m);
    births(&m);
    homes(&m);
    if (rules_wanted & R(LAST_INITIAL)) last_and_initial(&m);
    if (rules_wanted & WIDE_BIRTHS) wide_births(&m, table->rows[row].age);
    if (rules_wanted & WIDE_HOMES) wide_homes(&m);
    if (rules_wanted & WIDE_NAMES) wide_names(&m, table->rows[row].age);
    if (rules_wanted & R(COMPARE)) compared(&m, table, row);
    return m.n;
}
