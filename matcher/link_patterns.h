/*
 * Patterns of agreement and how many pairs show each: all that training looks at. A pattern is one number, three bits a
 * field, so that a million pairs become some thousand patterns and every round of EM is over these.
 */
#ifndef RV_LINK_PATTERNS_H
#define RV_LINK_PATTERNS_H

#include "link_compare.h"

enum { RV_PATTERN_BITS = 3, RV_PATTERN_SWAPPED = RV_PATTERN_BITS * RV_FIELD_COUNT };
_Static_assert(RV_LEVELS_MAX <= 1 << RV_PATTERN_BITS && RV_PATTERN_SWAPPED < 64, "a pattern is 64 bits");
static inline unsigned rv_pattern_level(uint64_t packed, unsigned field) {
    return (unsigned)(packed >> (RV_PATTERN_BITS * field)) & ((1 << RV_PATTERN_BITS) - 1);
}
static inline bool rv_pattern_swapped(uint64_t packed) { return packed >> RV_PATTERN_SWAPPED & 1; }
uint64_t rv_pattern_pack(const rv_link_pattern *pattern);

typedef struct rv_pattern_count {
    uint64_t packed;
    uint32_t rules; /* that led to the pairs */
    uint32_t used;  /* the slot; 1 in a list */
    uint64_t pairs;
} rv_pattern_count;

/* Counts of patterns, one for each set of rules. Zero-initialised is empty and ready. Not shared between threads. */
typedef struct rv_patterns {
    rv_pattern_count *at; /* slots while counting; after rv_patterns_list a list of n, ascending by pattern and rules */
    size_t n, slots;
} rv_patterns;
rv_status rv_patterns_add(rv_patterns *patterns, uint64_t packed, uint32_t rules, uint64_t pairs, rv_error *err);
/* All of `from` into `into`; from is emptied. */
rv_status rv_patterns_merge(rv_patterns *into, rv_patterns *from, rv_error *err);
/* Ends the counting: the order no longer depends on who counted what. */
void rv_patterns_list(rv_patterns *patterns);
void rv_patterns_reset(rv_patterns *patterns);

#endif
