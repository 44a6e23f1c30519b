/*
 * A table of linkage while it grows, block by block, wherever its rows come from: a file (link_table.c), or the clients
 * and contacts of an enrichment (enrich_link.c).
 *
 * Blocks are read as people and numbered within themselves on any thread; one thread at a time, in the order of the rows,
 * then gives the block's words their codes and appends its rows, which is little work, since most texts of a block are
 * words it has had before.
 */
#ifndef RV_LINK_LOADER_H
#define RV_LINK_LOADER_H

#include "link_words.h"

typedef struct rv_link_loader { /* of one table; zero-initialised but for the first seven */
    const rv_settings *settings;
    rv_person_reader reader;              /* roles and dates of the rows' columns */
    int32_t compare[RV_LINK_COMPARE_MAX]; /* columns, or -1 */
    uint32_t n_compare;
    rv_words_builder *words; /* RV_WORDS_KINDS; shared by both tables */
    rv_link_table *table;
    bool walked;                /* the larger of two: nobody will look at its rows at random */
    const rv_link_table *other; /* read before, for the memory's account; or NULL */
    uint64_t room, ids_room, ids_used;
} rv_link_loader;

/* A block's people. `*people` is NULL at first, and used again for the next block of its slot. The batch's cells stay the
 * caller's until the block is merged. Any thread. */
rv_status rv_link_block_read(const rv_link_loader *loader, const rv_batch *batch, void **people, rv_error *err);
/* Serial, in order. */
rv_status rv_link_block_merge(rv_link_loader *loader, const rv_batch *batch, void *people, rv_error *err);
void rv_link_block_free(void *people); /* NULL is fine */

/* Both tables are whole (right NULL: one only): the words are handed over to `people`, whose tables they are of, and
 * counted. */
rv_status rv_link_people_finish(rv_link_people *people, rv_link_loader *left, rv_link_loader *right, rv_error *err);

#endif
