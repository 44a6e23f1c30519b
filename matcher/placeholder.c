/* The words are kept without blanks ("N C", "N/C" and "NC" are one) in one list per first letter: most values are
 * dismissed by their first letter and length. */
#include "placeholder.h"

#include "letters.h"

enum { LONGEST = 24 };

static const char *const words_by_letter[26] = {
    ['A' - 'A'] = "AUCUN AUCUNE ACOMPLETER ARENSEIGNER ADEFINIR",
    ['D' - 'A'] = "DIV0",
    ['E' - 'A'] = "EMPTY",
    ['I' - 'A'] = "INCONNU INCONNUE INCONNUS INVALID INVALIDE",
    ['M' - 'A'] = "MISSING MANQUANT",
    ['N' - 'A'] =
        "NA NC ND NR NSP NULL NIL NONE NAN NAME NEANT NOTAVAILABLE NOTPROVIDED NOTAPPLICABLE NONRENSEIGNE "
        "NONRENSEIGNEE "
        "NONCOMMUNIQUE NONCOMMUNIQUEE NONCONNU NONCONNUE NONDEFINI NONDISPONIBLE NONAPPLICABLE NESAITPAS NOEMAIL "
        "NOMAIL NOPHONE",
    ['P' - 'A'] = "PASDEMAIL PASDEMEL PASDEMAILS PASDEMOBILE PASDETELEPHONE PASDADRESSE PASRENSEIGNE",
    ['R' - 'A'] = "REF RIEN",
    ['S' - 'A'] = "SANS SANSMAIL SANSEMAIL SANSTELEPHONE SANSOBJET",
    ['U' - 'A'] = "UNKNOWN UNDEFINED UNDISCLOSED",
    ['V' - 'A'] = "VIDE VALUE VALEUR",
};

static const char *const names_by_letter[26] = {
    ['A' - 'A'] = "ANONYME ANONYMOUS AZERTY ASDF AZE",
    ['C' - 'A'] = "CLIENT CLIENTE CLIENTPASSAGE CLIENTCOMPTANT CLIENTDIVERS CLIENTINCONNU CUSTOMER",
    ['D' - 'A'] = "DIVERS DOUBLON",
    ['F' - 'A'] = "FIRSTNAME FAMILYNAME",
    ['G' - 'A'] = "GUEST",
    ['L' - 'A'] = "LASTNAME",
    ['N' - 'A'] = "NOM NOMPRENOM NOMDEFAMILLE",
    ['P' - 'A'] = "PRENOM PASSAGE",
    ['Q' - 'A'] = "QWERTY QSDF",
    ['S' - 'A'] = "SURNAME",
    ['T' - 'A'] = "TEST TESTS TESTEUR TESTTEST TOTO",
};

static bool listed(const char *const lists[26], const char *word, size_t len) {
    if (word[0] < 'A' || word[0] > 'Z') return false;
    const char *list = lists[word[0] - 'A'];
    return list && rv_word_in(rv_text_make(word, len), list);
}

/* The letters without blanks; 0 when there are too many to be a place-holder. */
static size_t joined(rv_text letters, char word[LONGEST]) {
    size_t n = 0;
    if (letters.len > 2 * LONGEST) return 0;
    for (uint32_t i = 0; i < letters.len; i++) {
        if (letters.ptr[i] == ' ') continue;
        if (n == LONGEST) return 0;
        word[n++] = letters.ptr[i];
    }
    return n;
}

static bool all_same(const char *word, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (word[i] != word[0]) return false;
    return true;
}

bool rv_placeholder_letters(rv_text letters) {
    if (letters.len == 0) return true;
    char word[LONGEST];
    size_t n = joined(letters, word);
    if (n == 0) return false;
    if (word[0] == '0' || (word[0] == 'X' && n >= 2)) return all_same(word, n);
    return listed(words_by_letter, word, n);
}

bool rv_placeholder_name(rv_text letters) {
    if (rv_placeholder_letters(letters)) return true;
    char word[LONGEST];
    size_t n = joined(letters, word);
    if (n == 0) return false;
    bool letter = false; /* digits alone are nobody's name */
    for (size_t i = 0; i < n && !letter; i++) letter = !rv_is_digit(word[i]);
    return !letter || (n >= 3 && all_same(word, n)) || listed(names_by_letter, word, n);
}

bool rv_placeholder(rv_text value) {
    value = rv_text_trim(value);
    if (value.len > 2 * LONGEST) return false;
    char letters[4 * LONGEST];
    size_t n = rv_letters(value, 0, letters, sizeof letters);
    return rv_placeholder_letters(rv_text_make(letters, n));
}
