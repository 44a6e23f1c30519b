/*
 * A table of distinct texts, each with a number in order of first appearance: identifiers become u32, and comparing
 * them costs nothing. Not shared between threads. At most 2^32 - 2 texts.
 */
#ifndef RV_ID_TABLE_H
#define RV_ID_TABLE_H

#include "memory.h"

typedef struct rv_id_table { /* zero-initialised is empty and ready */
    uint32_t n;
    rv_buffer bytes;
    uint64_t *starts; /* n + 1 once something is in it */
    uint64_t *hashes; /* n */
    uint32_t *slots;  /* number + 1, or 0; a power of two of them, at most half full */
    uint32_t capacity;
    uint64_t n_slots;
} rv_id_table;

#define RV_ID_NONE UINT32_MAX

/* The number of `id`, entered when new. The text is copied. */
rv_status rv_id_table_add(rv_id_table *table, rv_text id, uint32_t *out, rv_error *err);
uint32_t rv_id_table_find(const rv_id_table *table, rv_text id); /* RV_ID_NONE: absent */
rv_text rv_id_table_text(const rv_id_table *table, uint32_t number);
void rv_id_table_reset(rv_id_table *table);

#endif
