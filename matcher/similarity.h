/*
 * How like are two texts? Distances and likenesses of words, without a word about people: what they mean for a name or a
 * street is link_compare's affair.
 *
 * All are of bytes: canonical text (letters.h) is ASCII but for names in other scripts, whose letters take two or three.
 * Pure; any thread; no memory is taken.
 */
#ifndef RV_SIMILARITY_H
#define RV_SIMILARITY_H

#include "text.h"

/* Beyond this many bytes both of the texts are compared by their beginnings only. */
enum { RV_SIMILARITY_MAX = 64 };

/*
 * Letters left out, added, exchanged for another, or two neighbours swapped, each counted once and no part edited twice
 * (optimal string alignment; Damerau, CACM 7(3), 1964). Bit-parallel: H. Hyyro, "A bit-vector algorithm for computing
 * Levenshtein and Damerau edit distances", Nordic Journal of Computing 10(1), 2003. Exact where one of the two has at
 * most RV_SIMILARITY_MAX bytes.
 */
unsigned rv_edit_distance(rv_text a, rv_text b);

/* rv_edit_distance is at most one. */
bool rv_within_one_edit(rv_text a, rv_text b);
/* The same of texts of at most eight bytes, each as one number (rv_load_bytes). */
static inline bool rv_within_one_edit_of_8(uint64_t a, uint32_t a_len, uint64_t b, uint32_t b_len) {
    if (a_len > b_len) return rv_within_one_edit_of_8(b, b_len, a, a_len);
    uint64_t differ = a ^ b;
    if (b_len - a_len > 1 || differ == 0) return b_len - a_len <= 1;
    unsigned at = (unsigned)__builtin_ctzll(differ) & ~7u; /* the first byte that differs */
    uint64_t before = ((uint64_t)1 << at) - 1;
    if (a_len < b_len) return ((b & before) | (b >> 8 & ~before)) == a;
    uint64_t rest = differ >> at, x = a >> at & 0xffff, y = b >> at & 0xffff;
    return rest <= 0xff || (rest <= 0xffff && x == (y >> 8 | (y & 0xff) << 8));
}

/* 0 to 1; letters in common, in order, the first four weighing more (Winkler, "String comparator metrics and enhanced
 * decision rules in the Fellegi-Sunter model", ASA 1990). Of two empty texts: 0. */
double rv_jaro_winkler(rv_text a, rv_text b);

/* 0 to 1: pairs of neighbouring letters in common, out of all (Dice). For longer texts whose words stand in another
 * order. Texts of one letter have no pairs: 0. */
double rv_pair_overlap(rv_text a, rv_text b);

/* Which letters a text has, as bits; some stand for more than one letter. */
uint32_t rv_letter_set(rv_text a);
/* How many letters a has that b lacks. Counted here: a call, where the processor isn't known to count bits. */
static inline unsigned rv_letters_beyond(uint32_t a, uint32_t b) {
    uint32_t set = a & ~b;
    set -= set >> 1 & 0x55555555;
    set = (set & 0x33333333) + (set >> 2 & 0x33333333);
    return ((set + (set >> 4)) & 0x0f0f0f0f) * 0x01010101u >> 24;
}
/* At least so many edits are between two texts of these letters. */
static inline unsigned rv_least_distance(uint32_t a, uint32_t b) {
    unsigned more = rv_letters_beyond(a, b), less = rv_letters_beyond(b, a);
    return more > less ? more : less;
}

#endif
