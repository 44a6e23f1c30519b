/*
 * Which ids of the sources name two contacts? While rows are read four bytes of an id's hash are kept, and nearly all ids
 * prove by them to stand in one row only; the others are read again and compared in full. (An entry of 24 bytes for each
 * row's id, as for the keys, was a tenth of what a build held.)
 */
#ifndef RV_BUILD_IDS_H
#define RV_BUILD_IDS_H

#include "build.h"

/* What is kept of a row's id; 0: it has none. */
uint32_t rv_build_id_hash(rv_text id);

/* The rows that share an id; rows->spool is ready. One thread. 4 to 8 bytes a row for the time it lasts. */
rv_status rv_build_id_groups(const rv_build_rows *rows, const rv_secret *secret, rv_key_groups *out, rv_error *err);

/* The rows whose id doesn't name one contact, a bit each; NULL: there is none. */
typedef struct rv_id_clashes {
    unsigned char *between; /* another contact bears the id too */
    unsigned char *within;  /* and has it from the same source: a card that a couple shares */
    uint64_t ids;
} rv_id_clashes;
/* groups: of the rows' ids. `out` is zeroed by the caller, and freed by rv_id_clashes_free whatever comes of it. */
rv_status rv_build_find_clashes(const rv_build_plan *plan, const rv_key_groups *groups, const uint32_t *contact,
                                rv_id_clashes *out, rv_error *err);
void rv_id_clashes_free(rv_id_clashes *clashes);

#endif
