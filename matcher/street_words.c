/* Double types: what takes more than one word to tell. */
#include "street_words.h"

#include "letters.h"
#include "vocabulary.h"

static const struct {
    const char *first, *second, *full;
} double_types[] = {
    {"GRANDE", "RUE", "GRANDE RUE"},
    {"GRAND", "RUE", "GRANDE RUE"},
    {"GDE", "RUE", "GRANDE RUE"},
    {"PETITE", "RUE", "PETITE RUE"},
    {"ROND", "POINT", "ROND POINT"},
    {"LIEU", "DIT", "LIEU DIT"},
    {"VIEUX", "CHEMIN", "VIEUX CHEMIN"},
    {"ANCIEN", "CHEMIN", "ANCIEN CHEMIN"},
    {"ANCIENNE", "ROUTE", "ANCIENNE ROUTE"},
    {"VIEILLE", "ROUTE", "VIEILLE ROUTE"},
    {"NOUVELLE", "ROUTE", "NOUVELLE ROUTE"},
    {"GRAND", "PLACE", "GRANDE PLACE"},
    {"GRANDE", "PLACE", "GRANDE PLACE"},
    {"GRANDE", "ALLEE", "GRANDE ALLEE"},
    {"PETITE", "AVENUE", "PETITE AVENUE"},
    {"PETIT", "CHEMIN", "PETIT CHEMIN"},
    {"PETITE", "ROUTE", "PETITE ROUTE"},
    {"BASSE", "RUE", "BASSE RUE"},
    {"HAUTE", "RUE", "HAUTE RUE"},
};

/* NULL: the two words are none. */
static const char *double_type(rv_text first, rv_text second) {
    for (size_t i = 0; i < sizeof double_types / sizeof *double_types; i++)
        if (rv_text_is(second, double_types[i].second) && rv_text_is(first, double_types[i].first))
            return double_types[i].full;
    return NULL;
}

const char *rv_street_type(const rv_text *words, size_t n, bool after_number, size_t *used) {
    const rv_word *found = n ? rv_word_find(words[0]) : NULL;
    if (!found) return NULL;
    const char *both = n > 1 && found->classes & RV_WORD_DOUBLE ? double_type(words[0], words[1]) : NULL;
    *used = both ? 2 : 1;
    if (both) return both;
    return words[0].len <= 2 && !after_number && !rv_word_in(words[0], "AV BD") ? NULL : found->type;
}
