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

const char *rv_street_type(const rv_text *words, size_t n, bool after_number, size_t *used) {
    if (n == 0) return NULL;
    *used = 2;
    bool may_be_double = n > 1 && words[0].len > 2 && strchr("RPDCA", words[1].ptr[0]);
    for (size_t i = 0; may_be_double && i < sizeof double_types / sizeof *double_types; i++)
        if (words[0].ptr[0] == double_types[i].first[0] && rv_text_is(words[1], double_types[i].second) &&
            rv_text_is(words[0], double_types[i].first))
            return double_types[i].full;
    *used = 1;
    const rv_word *found = rv_word_find(words[0]);
    if (!found || (words[0].len <= 2 && !after_number && !rv_word_in(words[0], "AV BD"))) return NULL;
    return found->type;
}
