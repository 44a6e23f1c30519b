/*
 * What stands behind a table: one of these per kind of file. table_reader.c runs the pipeline; a kind cuts pieces off its
 * input, serially and in order, and parses each on any thread.
 */
#ifndef RV_TABLE_SOURCE_H
#define RV_TABLE_SOURCE_H

#include "table_reader.h"

typedef struct rv_table_kind {
    size_t piece_bytes; /* a piece is reused from block to block, and zeroed at first */
    /* The next piece, or *end. */
    rv_status (*cut)(rv_table *table, void *piece, bool *end, rv_error *err);
    /* Fills the block's batch, rejects, irregular, end_offset, verbatim and arena; *hash is of what the piece held. */
    rv_status (*parse)(rv_table *table, void *piece, rv_table_block *block, uint64_t *hash, rv_error *err);
    void (*free_piece)(rv_table *table, void *piece);
    /* After the last block: completes counts.decoded_bytes and counts.input_hash. */
    void (*count)(const rv_table *table, rv_table_counts *counts);
    void (*close)(rv_table *table); /* frees the table's own things, not the table */
    /* rv_table_again; leaves *out NULL where opening anew is the only way. NULL: it always is. */
    rv_status (*again)(const rv_table *like, const char *path, rv_table **out, rv_error *err);
    bool (*can_thin)(const rv_table *table); /* NULL: no */
    /* After the last block: RV_BAD_INPUT when the file was written to since it was opened. NULL: that can't be told. */
    rv_status (*check_unchanged)(const rv_table *table, rv_error *err);
    void (*trust)(rv_table *table); /* rv_table_trust; NULL: nothing is spared */
} rv_table_kind;

struct rv_table { /* the first member of each kind's own struct; rv_new'ed by it, freed by rv_table_close */
    const rv_table_kind *kind;
    rv_table_info info;
    rv_table_counts counts;
    struct rv_table_held *held; /* the first block, where it has been looked at beforehand; or rv_table_next's last one */
    int threads; /* that will parse at a time; 0: not known yet */
    bool walked, pulled; /* by rv_table_each; by rv_table_next */
    uint64_t blocks;     /* that rv_table_next has given */
    size_t thin;         /* rv_table_thin; 0: all rows */
};

#endif
