/*
 * The whole base in one pass: records and side columns, range by range, each range proved just before it is shown, so
 * that the seal and whoever looks share one read of memory.
 */
#ifndef RV_MEGABASE_WALK_H
#define RV_MEGABASE_WALK_H

#include "megabase.h"
#include "record_layout.h"

enum {
    RV_WALK_STEP = 2048
}; /* rows shown at a time, at most: 64 KB of records of 64 attributes, for the second cache */

/* Where the codes lie in what the walk shows; the megabase's until it is closed. */
const rv_record_layout *rv_megabase_record_layout(const rv_megabase *megabase);

typedef struct rv_walk_rows { /* rows first .. first + n - 1; borrowed until the visitor returns */
    uint32_t first, n;
    const unsigned char *records;      /* n * layout->width bytes */
    const unsigned char *const *sides; /* per side column asked for: n codes of its places[].bits, little-endian */
} rv_walk_rows;

/* Called from any thread (worker is 0..threads-1); for one worker rows ascend. */
typedef rv_status (*rv_walk_fn)(void *ctx, const rv_walk_rows *rows, int worker, rv_error *err);

/*
 * Shows every row once, in steps that begin at multiples of RV_WALK_STEP. `sides` names the attributes of 16 or 32 bits
 * that are wanted. An image is read where it is mapped, and its pages are given back behind the walk: some 20 MB a
 * thread stay resident. An archive is decoded frame by frame into some 4,096 rows a thread. RV_CORRUPT: a block isn't what was
 * sealed.
 */
rv_status rv_megabase_walk(rv_megabase *megabase, const uint32_t *sides, size_t n_sides, int threads, rv_walk_fn visit,
                           void *ctx, rv_error *err);

#endif
