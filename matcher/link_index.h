/*
 * Who could be whom: candidates by blocking keys, held as indexes over the right file.
 *
 * A rule makes a key out of a few fields of a row (phonetic last name + postcode, first name + birth date...). Rules are
 * many and cover each other, so that a person with errors in any two or three fields still meets his other self; each
 * key's list is capped, so that a value borne by thousands costs nothing and the same rules serve a thousand rows and
 * ten million: single values (a rare last name, a street) block by themselves where they are rare, and are over the cap
 * where they aren't. What was over the cap is counted and reported: nothing is dropped unsaid.
 *
 * Keys are 64-bit hashes (a candidate is compared afterwards, so a collision costs a comparison and nothing else).
 * Memory: 8 bytes a row and rule, and 4 bytes a bucket; known before the index is built (rv_link_index_bytes).
 * Read-only once built, and shareable.
 */
#ifndef RV_LINK_INDEX_H
#define RV_LINK_INDEX_H

#include "link_compare.h"

enum { RV_LINK_RULES_MAX = 32, RV_LINK_CANDIDATES_MAX = 1024 };

typedef struct rv_link_candidate {
    uint32_t row;   /* of the right file */
    uint32_t rules; /* 1 << rule that led to it */
} rv_link_candidate;

typedef struct rv_link_index rv_link_index;
uint64_t rv_link_index_bytes(const rv_link_people *people);
rv_status rv_link_index_new(const rv_link_people *people, const rv_settings *settings, rv_link_index **out,
                            rv_error *err);
/* Candidates that somebody else has found, instead: those of left row r stand at rows[starts[r]] up to starts[r + 1],
 * ascending, each once. One rule, which asks for nothing. The arrays are the index's from now on, even on failure. */
rv_status rv_link_index_given(const rv_link_people *people, uint32_t *starts, uint32_t *rows, rv_link_index **out,
                              rv_error *err);
uint32_t rv_link_given_count(const rv_link_index *index, uint32_t left); /* of such an index */
void rv_link_index_free(rv_link_index *index);
unsigned rv_link_rules(const rv_link_index *index);
const char *rv_link_rule_name(const rv_link_index *index, unsigned rule);
/* Fields that agree, or nearly, because the rule asked for it: 1 << rv_link_field. Training leaves them out. */
uint32_t rv_link_rule_fields(const rv_link_index *index, unsigned rule);

/* The candidates of n left rows (adjacent, from `first`): those of row first + i stand at out[starts[i]] up to starts[i + 1],
 * each right row once, ascending. One file against itself: only rows after the left one. Work is done for the whole batch
 * at once so that cache misses overlap. `out` grows as needed and is the caller's (rv_free). Any thread. */
typedef struct rv_link_batch {
    rv_link_candidate *at;
    size_t cap;
    uint32_t *starts; /* n + 1 */
    uint32_t starts_cap;
    void *scratch; /* the index's own */
} rv_link_batch;
rv_status rv_link_candidates(const rv_link_index *index, uint32_t first, uint32_t n, rv_link_batch *batch,
                             rv_error *err);
void rv_link_batch_reset(rv_link_batch *batch);

/* For the report: per rule, keys over the cap and rows behind them, and the heaviest blocks. */
typedef struct rv_link_skew {
    uint64_t keys, rows, over_cap_keys, over_cap_rows, heaviest_rows;
    uint32_t heaviest_row; /* a row of the right file that bears it */
} rv_link_skew;
uint32_t rv_link_index_limit(const rv_link_index *index,
                             unsigned rule); /* rows that a key's list may have on either side */
void rv_link_index_skew(const rv_link_index *index, unsigned rule, rv_link_skew *out);

#endif
