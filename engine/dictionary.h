/*
 * Dictionaries: an attribute's distinct values and their codes.
 *
 * While files are parsed on several threads, values get provisional numbers in whatever order they come; finishing
 * sorts the values (numbers by value, other text bytewise; bytewise among equals) and renumbers them 1..n, so that the
 * codes depend on the data only. Code 0 is "missing" and has no entry.
 */
#ifndef RV_DICTIONARY_H
#define RV_DICTIONARY_H

#include "memory.h"

typedef struct rv_dictionary { /* immutable, shareable */
    uint32_t n;                /* codes 1..n */
    const uint64_t *starts;    /* n + 1 offsets into bytes; value of code c is starts[c-1]..starts[c] */
    const char *bytes;
    void *owned, *owned_bytes; /* what rv_dictionary_reset frees; NULL for a view, and where one block holds both */
} rv_dictionary;
static inline rv_text rv_dictionary_value(const rv_dictionary *d, uint32_t code) {
    return rv_text_make(d->bytes + d->starts[code - 1], (size_t)(d->starts[code] - d->starts[code - 1]));
}
uint32_t rv_dictionary_find(const rv_dictionary *d, rv_text value); /* code or 0; binary search */
void rv_dictionary_reset(rv_dictionary *d);

typedef struct rv_dictionary_builder rv_dictionary_builder;
rv_status rv_dictionary_builder_new(rv_dictionary_builder **out, rv_error *err);
void rv_dictionary_builder_free(rv_dictionary_builder *builder);
/* Any thread. The empty text gets 0. Else a provisional number >= 1. Lock-free when the value is known already. */
rv_status rv_dictionary_add(rv_dictionary_builder *builder, rv_text value, uint32_t *provisional, rv_error *err);
/* The same for up to RV_DICTIONARY_SOME values that aren't empty: memory is asked for all of them at once. */
enum { RV_DICTIONARY_SOME = 64 };
rv_status rv_dictionary_add_some(rv_dictionary_builder *builder, const rv_text *values, size_t n, uint32_t *provisional,
                                 rv_error *err);
/* After all adds. remap (the caller's, rv_free) has one entry per provisional number, remap[0] = 0. */
rv_status rv_dictionary_finish(rv_dictionary_builder *builder, rv_dictionary *out, uint32_t **remap, rv_error *err);

#endif
