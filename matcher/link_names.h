/*
 * How well do two names agree? Words are aligned, whatever their order and number: a compound first name beside its
 * first part, DUPONT MARTIN beside DUPONT, an initial beside the name. The answers are levels, ordered by how much they
 * usually say; the first names' and the last names' scales have the same steps, so that crosswise comparisons (first and
 * last swapped) are on either scale.
 */
#ifndef RV_LINK_NAMES_H
#define RV_LINK_NAMES_H

#include "text.h"

typedef enum rv_name_level {
    RV_NAME_MISSING,
    RV_NAME_DIFFERENT,
    RV_NAME_WEAK,       /* a likeness that strangers have too: some letters, one word of several */
    RV_NAME_PART,       /* an initial; of last names: one of two, DUPONT of DUPONT MARTIN */
    RV_NAME_TWO_ERRORS, /* in a name long enough */
    RV_NAME_VARIANT,    /* a short form, a compound name and its part; of last names: what sounds alike */
    RV_NAME_ONE_ERROR,
    RV_NAME_EQUAL
} rv_name_level;

/* Of canonical capitals; pure, any thread. `sound`: the two have one phonetic code. */
rv_name_level rv_first_names_compare(rv_text a, rv_text b, bool sound);
rv_name_level rv_last_names_compare(rv_text a, rv_text b, bool sound);

/* What is known of a name without its text. */
typedef struct rv_name_sketch {
    uint32_t letters, len; /* rv_letter_set; bytes */
    uint32_t begin;        /* of the first byte, at least its lowest five bits; of both names the same ones */
    uint32_t groups;       /* rv_first_name_groups */
} rv_name_sketch;
/* True: comparing them gives RV_NAME_DIFFERENT. Most pairs of names are told so. */
bool rv_first_names_are_far(const rv_name_sketch *a, const rv_name_sketch *b);
bool rv_last_names_are_far(const rv_name_sketch *a, const rv_name_sketch *b, bool sound);

/* Whole names, where one was cut out of one column and the cut is a guess: words of first and last are aligned
 * irrespective of their order. *last: the level of the pair of words that agrees best, the longer the better; *first:
 * that of the worst of the others (RV_NAME_MISSING when one side has a single word). */
typedef struct rv_whole_name {
    rv_text first, last;
} rv_whole_name;
void rv_whole_names_compare(const rv_whole_name *a, const rv_whole_name *b, rv_name_level *first, rv_name_level *last);

#endif
