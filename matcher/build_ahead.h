/*
 * Fresh pages of long arrays, made before they are written to. The system clears two megabytes in the time of a block of
 * rows or of ten (0.6 to 8 GB/s, as a guest has them or must ask its host), and a turn in which that happened would be
 * waited for by all. So the turn says which pages come next, and whoever works meanwhile has them made.
 */
#ifndef RV_BUILD_AHEAD_H
#define RV_BUILD_AHEAD_H

#include "memory.h"
#include <stdatomic.h>

typedef struct rv_ahead { /* zero: nothing asked for */
    _Atomic(void *) next; /* the pages to make; NULL: none */
} rv_ahead;

/* One thread at a time. Of an array of `cap` bytes of rv_pages, `used` of which are written, the next pages are asked for,
 * unless they were or others are still asked for. *made: how far they are, 0 at first; the caller's, one per array. */
void rv_ahead_ask(rv_ahead *ahead, void *bytes, size_t used, size_t cap, size_t *made);
/* Any thread: makes what was asked for. The array may have been moved since, or be gone: then nothing comes of it, or pages
 * of another array are made, whose contents stay. */
void rv_ahead_make(rv_ahead *ahead);

#endif
