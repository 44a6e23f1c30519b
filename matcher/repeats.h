/*
 * Rows whose id an earlier row has. A file of one row a client is what most jobs expect, and nobody looks: an export
 * joined with orders has a row per order. Every row stays, since rows in are rows out; but it is told, with a count.
 */
#ifndef RV_REPEATS_H
#define RV_REPEATS_H

#include "memory.h"

typedef struct rv_repeat {
    uint32_t first, row; /* first: the first row with the id of this later one */
} rv_repeat;
typedef struct rv_repeats {
    rv_repeat *at; /* by first, then by row */
    size_t n;
    uint64_t empty; /* rows without an id, which aren't among them */
} rv_repeats;

/* Id of row r: bytes[starts[r]] to bytes[starts[r + 1]]. Takes 16 bytes a row while it works. RV_NO_MEMORY. */
rv_status rv_repeats_find(const char *bytes, const uint64_t *starts, uint32_t rows, int threads, rv_repeats *out,
                          rv_error *err);
void rv_repeats_reset(rv_repeats *repeats);

#endif
