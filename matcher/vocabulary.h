/*
 * The words that names and addresses are made of besides names: civilities, particles, types of streets and their
 * abbreviations, titles, floors. A word may be several things at once: DE is an article and a particle, PORTE a type of
 * street and a part of a house.
 */
#ifndef RV_VOCABULARY_H
#define RV_VOCABULARY_H

#include "text.h"

enum {                      /* classes */
       RV_WORD_ARTICLE = 1, /* of streets: DE LA AUX */
       RV_WORD_REPEAT = 2,  /* of house numbers: BIS TER */
       RV_WORD_EXTRA = 4,   /* where in the house: APPT BAT BP */
       RV_WORD_MONTH = 8,
       RV_WORD_PARTICLE = 16,  /* of last names: DE VAN BEN */
       RV_WORD_BORN = 32,      /* before the name at birth: NEE */
       RV_WORD_MARRIED = 64,   /* before the married name: EPOUSE */
       RV_WORD_FORMERLY = 128, /* before another name of the same person: DIT, DIVORCEE */
       RV_WORD_NOTHING = 256,  /* stands where a value is missing: NULL, INCONNU; blanks left out */
       RV_WORD_NOBODY = 512,   /* the same where a name is missing: CLIENTPASSAGE */
       RV_WORD_BEFORE = 1024,  /* written out only in front of a name: GAL, not in "chemin du Gal" */
       RV_WORD_DOUBLE = 2048   /* begins a street's type of two words: ROND POINT */
};
enum { RV_WORD_MAX = 15 };

typedef struct rv_word { /* texts are static, or NULL */
    char word[RV_WORD_MAX + 1];
    uint32_t classes;
    const char *type;        /* a street's type in front, written out: AV is AVENUE */
    const char *type_behind; /* an English one behind: ST is STREET */
    const char *full;        /* inside a street's name: GAL is GENERAL */
    const char *day;         /* before a month: ONZE is 11 */
    const char *civility;    /* MONSIEUR is M */
} rv_word;

/* NULL: no word of ours. Of one word in canonical capitals. */
const rv_word *rv_word_find(rv_text word);
static inline bool rv_word_is(rv_text word, unsigned classes) {
    const rv_word *found = rv_word_find(word);
    return found && (found->classes & classes) != 0;
}
const rv_word *rv_word_table(size_t *n); /* the whole, for tests */

#endif
