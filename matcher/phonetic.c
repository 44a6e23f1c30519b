/*
 * Two steps. First the ending is cut back to what is heard: plural marks, a mute E (then the consonant before it is
 * heard), else the silent consonants D, T, P, S, X, Z; "-ER" is the sound of É. Then the letters are read from left to
 * right by the first rule that fits, longest first; signs that follow themselves are written once (letters
 * beyond A-Z stay as they are), and a last E is
 * dropped: without accents nobody can tell "BOUCHE" from "BOUCHÉ", and "-ER", "-ET", "-EZ", "-AY" sound like it.
 */
#include "phonetic.h"

typedef enum follow { ANY, VOWEL, SOFT, HARD, CONSONANT, BROAD, LAST } follow; /* what must stand behind the letters */

typedef struct rule {
    const char *letters; /* behind the first one; NULL: no more rules */
    follow behind;
    const char *signs;
} rule;

static bool is_one_of(char c, const char *set) { return c && strchr(set, c) != NULL; }

/* The letters [at, end) are heard, those up to `all` were cut: a mute E still makes G soft and ends no nasal vowel.
 * HARD ends one: the name's end, or a consonant but M, N and H. BROAD: A and O, which make the E of GE mute. */
static bool follows(const char *at, const char *end, const char *all, follow behind) {
    if (behind == ANY) return true;
    if (at == all) return behind == HARD || behind == LAST;
    bool vowel = is_one_of(*at, "AEIOUY");
    switch (behind) {
    case VOWEL: return vowel;
    case SOFT: return is_one_of(*at, "EIY");
    case HARD: return !vowel && !is_one_of(*at, "MNH");
    case CONSONANT: return !vowel && *at != 'H';
    case BROAD: return is_one_of(*at, "AO");
    default: return at == end && !vowel;
    }
}

/* By first letter, the longest first. A letter that no rule takes up stands for itself. */
/* clang-format off */
#define RULES(...) (const rule[]){__VA_ARGS__, {0}}
static const rule *const rules[26] = {
    ['A' - 'A'] = RULES({"ILL", ANY, "AI"}, {"IL", LAST, "AI"}, {"IN", HARD, "1"}, {"IM", HARD, "1"},
        {"I", VOWEL, "EI"}, {"Y", VOWEL, "EI"}, {"I", ANY, "E"}, {"Y", ANY, "E"}, {"E", ANY, "E"}, {"U", ANY, "O"},
        {"N", HARD, "2"}, {"M", HARD, "2"}),
    ['B' - 'A'] = RULES({"V", ANY, "V"}),
    ['C' - 'A'] = RULES({"H", CONSONANT, "K"}, {"H", ANY, "X"}, {"Z", ANY, "X"}, {"", SOFT, "S"}, {"", ANY, "K"}),
    ['D' - 'A'] = RULES({"J", ANY, "J"}),
    ['E' - 'A'] = RULES({"AU", ANY, "O"}, {"AN", HARD, "2"}, {"ILL", ANY, "EI"}, {"IL", LAST, "EI"},
        {"UIL", ANY, "EI"}, {"IN", HARD, "1"}, {"IM", HARD, "1"}, {"I", VOWEL, "EI"}, {"Y", VOWEL, "EI"},
        {"I", ANY, "E"}, {"Y", ANY, "E"}, {"UN", HARD, "1"}, {"U", ANY, "E"}, {"N", HARD, "2"}, {"M", HARD, "2"}),
    ['G' - 'A'] = RULES({"E", BROAD, "J"}, {"U", SOFT, "G"}, {"N", ANY, "N"}, {"H", ANY, "G"}, {"", SOFT, "J"}),
    ['H' - 'A'] = RULES({"", ANY, ""}),
    ['I' - 'A'] = RULES({"EN", HARD, "I1"}, {"EM", HARD, "I1"}, {"N", HARD, "1"}, {"M", HARD, "1"}),
    ['M' - 'A'] = RULES({"C", ANY, "MAK"}),
    ['O' - 'A'] = RULES({"MPT", ANY, "3T"}, {"UILL", ANY, "UI"}, {"IN", HARD, "U1"}, {"EU", ANY, "E"},
        {"E", ANY, "E"}, {"U", ANY, "U"}, {"O", ANY, "U"}, {"Y", VOWEL, "UAI"}, {"I", VOWEL, "UAI"}, {"I", ANY, "UA"},
        {"Y", ANY, "UA"}, {"N", HARD, "3"}, {"M", HARD, "3"}),
    ['P' - 'A'] = RULES({"H", ANY, "F"}),
    ['Q' - 'A'] = RULES({"U", ANY, "K"}, {"", ANY, "K"}),
    ['S' - 'A'] = RULES({"CH", ANY, "X"}, {"H", ANY, "X"}, {"C", SOFT, "S"}),
    ['T' - 'A'] = RULES({"SCH", ANY, "X"}, {"CH", ANY, "X"}),
    ['U' - 'A'] = RULES({"N", HARD, "1"}, {"M", HARD, "1"}),
    ['V' - 'A'] = RULES({"", LAST, "F"}),
    ['W' - 'A'] = RULES({"", LAST, "F"}, {"", ANY, "V"}),
    ['X' - 'A'] = RULES({"", ANY, "KS"}),
    ['Y' - 'A'] = RULES({"EN", HARD, "I1"}, {"N", HARD, "1"}, {"M", HARD, "1"}, {"", ANY, "I"}),
    ['Z' - 'A'] = RULES({"", ANY, "S"}),
};
/* clang-format on */

enum { LONGEST = 40, SHORTEST = 2 }; /* letters read; an ending is never cut below SHORTEST */

/* How many of the letters are heard. */
static size_t cut_ending(const char *name, size_t n) {
    if (n > SHORTEST && is_one_of(name[n - 1], "SXZ")) n--; /* of a plural, or silent anyway */
    if (n > SHORTEST && name[n - 1] == 'E') return n - 1;
    if (n > SHORTEST && name[n - 1] == 'R' && name[n - 2] == 'E') return n - 1; /* "-ER": the E is dropped later */
    size_t all = n;
    while (n > SHORTEST && is_one_of(name[n - 1], "DTPSXZ")) n--;
    if (n < all && n > SHORTEST && name[n - 1] == 'L' && name[n - 2] == 'U') n--; /* RENAULT, ARNOULD */
    return n;
}

/* Not the first byte of a character. */
static bool is_inside(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

static const rule *rule_for(const char *at, const char *end, const char *all, size_t *length) {
    const rule *r = *at >= 'A' && *at <= 'Z' ? rules[*at - 'A'] : NULL;
    for (; r && r->letters; r++) {
        size_t n = strlen(r->letters);
        *length = n + 1;
        if (*length <= (size_t)(end - at) && memcmp(at + 1, r->letters, n) == 0 &&
            follows(at + n + 1, end, all, r->behind))
            return r;
    }
    *length = 1;
    return NULL;
}

size_t rv_phonetic(rv_text name, char out[RV_PHONETIC_MAX]) {
    char letters[LONGEST], signs[2 * LONGEST];
    size_t n = 0, count = 0;
    memset(out, 0, RV_PHONETIC_MAX);
    for (uint32_t i = 0; i < name.len && n < LONGEST; i++)
        if (name.ptr[i] != ' ') letters[n++] = name.ptr[i];
    const char *end = letters + cut_ending(letters, n);
    for (const char *at = letters; at < end;) {
        size_t length;
        const rule *r = rule_for(at, end, letters + n, &length);
        const char own[2] = {*at, 0};
        for (const char *sign = r ? r->signs : own; *sign; sign++)
            if (count == 0 || signs[count - 1] != *sign || *sign < 0) signs[count++] = *sign;
        at += length;
    }
    if (count > 2 && signs[count - 1] == 'E') count--;
    if (count > RV_PHONETIC_MAX) {
        count = RV_PHONETIC_MAX;
        while (count && is_inside(signs[count])) count--;
    }
    memcpy(out, signs, count);
    return count;
}
