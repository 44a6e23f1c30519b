/* What the files of the index of linkage share: link_index_fill.c makes it, link_index_limit.c finds how long lists may be,
 * link_candidates.c walks the other file along it; link_index.c does these in turn. */
#ifndef RV_LINK_INDEX_DETAIL_H
#define RV_LINK_INDEX_DETAIL_H

#include "link_index.h"
#include "link_rules.h"

enum {
    RV_LINK_PIECE = 4096,   /* rows */
    RV_LINK_AHEAD = 8,      /* rows whose words are asked for before their keys are made */
    RV_LINK_LIMIT_MAX = 512 /* of a list */
};

typedef struct rv_link_key_rows { /* of one key: rows from `begin` to the next key's */
    uint32_t key, begin;
} rv_link_key_rows;

typedef struct rv_link_rule_table {
    uint64_t *entries; /* while building: key << 32 | row */
    uint32_t n_entries;
    rv_link_key_rows *keys; /* n, ascending, and one that ends the last */
    uint32_t n;
    uint32_t *rows;
    size_t keys_bytes, rows_bytes; /* of the pages they stand in */
    uint32_t *starts; /* of each range of keys; ranges + 1 */
    unsigned shift;   /* range = key >> shift */
    uint64_t *bits; /* of key >> bit_shift: some key begins so. Most keys of a large file are nobody's in a small one */
    unsigned bit_shift; /* bits and starts are the index's */
    uint32_t *met;  /* while building: rows of the left file that have the key */
    size_t met_bytes;
    uint64_t *live; /* once keys are noted: by number, those that have rows still; a sixty-fourth of the keys' own bytes */
    rv_link_skew skew;
} rv_link_rule_table;

struct rv_link_index {
    const rv_link_people *people;
    rv_link_parts parts;
    rv_link_rule_table rules[RV_RULE_COUNT];
    uint32_t limits[RV_RULE_COUNT]; /* of lists */
    char *starts;                   /* bits and starts of all rules */
    size_t starts_bytes;
    bool large;
    uint32_t wanted;                /* rules that pay for files of this size */
    uint8_t order[RV_RULE_COUNT];   /* all rules, in the order in which they are worked at */
    uint32_t alive;                 /* rules that have keys */
    uint32_t **met;                 /* two files: per piece of the left one, noted keys below; or NULL */
    size_t n_met;                   /* pieces of it */
    uint64_t noted, noted_at_most;  /* bytes of them */
    unsigned row_bits;
    uint32_t *given_starts, *given_rows; /* rv_link_index_given; or NULL */
};

/* How many rows of the left file a key has, as far as the right one tells: as many as there, by size. */
static inline double rv_link_ratio(const rv_link_index *index) {
    double right = rv_link_right(index->people)->n;
    return index->people->self || right == 0 ? 1 : (double)index->people->left.n / right;
}

/* The rules' tables: each key of the right file, ascending, and its rows. */
rv_status rv_link_index_fill(rv_link_index *index, int threads, rv_error *err);
/* Bits and starts, anew; after keys have gone. */
rv_status rv_link_index_starts(rv_link_index *index, int threads, rv_error *err);
/* The room behind a table's keys and rows. */
void rv_link_rule_give_back(rv_link_rule_table *t);
/* index->limits from what is known: of the right file alone, or of both once they have met. */
rv_status rv_link_index_find_limits(rv_link_index *index, int threads, rv_error *err);
/* Lists over the limit, and those that lead nowhere, go. */
rv_status rv_link_index_trim(rv_link_index *index, int threads, rv_error *err);
/* Counts the rows of the left file that have each key, and notes the keys as far as there is room. */
rv_status rv_link_index_meet(rv_link_index *index, const rv_settings *settings, rv_error *err);
uint64_t rv_link_noted_bytes(const rv_link_people *people); /* at most */

#endif
