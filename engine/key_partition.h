/*
 * Keys cut by place: the first step of grouping rows by key and of building an index.
 *
 * The entries are cut into chunks, and each chunk is copied to a worker's scratch and dealt out again, by the top bits of the
 * key's place. A part then is one piece of each chunk. All in the place where they lie, since fresh memory of the entries'
 * size costs more than the cutting. (Following cycles of exchanges instead waits for memory at each step: three times as
 * long.) Entries that are cut already, by as many bits or more, are only read.
 */
#ifndef RV_KEY_PARTITION_H
#define RV_KEY_PARTITION_H

#include "key_index.h"

enum { RV_KEY_CHUNKS = 64 };

typedef struct rv_key_parts { /* zero is empty */
    int bits;
    size_t n;       /* 2^bits */
    size_t *pieces; /* RV_KEY_CHUNKS x (n + 1): where each part begins in each chunk; whole when the call returns */
} rv_key_parts;

/* Reorders the entries; the order depends on them alone, not on the threads. */
rv_status rv_key_parts_make(rv_key_entry *entries, size_t n, int bits, int threads, rv_key_parts *out, rv_error *err);
void rv_key_parts_free(rv_key_parts *parts);

/* A part's piece of a chunk: entries piece[0] to piece[1]. */
static inline const size_t *rv_key_piece(const rv_key_parts *parts, size_t chunk, size_t part) {
    return parts->pieces + chunk * (parts->n + 1) + part;
}
size_t rv_key_part_entries(const rv_key_parts *parts, size_t part);

#endif
