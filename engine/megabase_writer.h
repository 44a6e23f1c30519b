/*
 * Writing a megabase: contacts in order, block by block (encoding is pure and parallel, appending serial), then the
 * indexes, then finish, which publishes the file whole. Both layouts go through here; `rv_megabase_convert` re-codes
 * an existing file into the other layout without touching values.
 */
#ifndef RV_MEGABASE_WRITER_H
#define RV_MEGABASE_WRITER_H

#include "megabase.h"

typedef struct rv_contact_block {
    uint32_t first, rows;               /* first: the number of its first row */
    const rv_contact *contacts;         /* rows */
    const uint32_t *codes;              /* rows * n_attributes: final dictionary codes */
    const rv_origin *attribute_origins; /* rows * n_attributes; ignored where the code is 0 */
    const void *persons;                /* rows * person_bytes */
    const uint8_t *one_origin; /* NULL, or rows: not 0 where all of a contact's values have the origin that stands
                                * first in its own; its attribute_origins aren't read */
} rv_contact_block;

typedef struct rv_megabase_settings {
    rv_layout layout;
    bool replace;
    bool seeded; /* file id and secret from the seed instead of the system's random source; created = 0 */
    uint64_t seed;
    rv_secret secret; /* the secret that the caller hashed its keys with */
    int threads;
    uint32_t
        rows; /* contacts that will come, exactly; 0: not known, and what is as long as they are many is written twice */
} rv_megabase_settings;

typedef struct rv_megabase_writer rv_megabase_writer;
typedef struct rv_encoded_block rv_encoded_block; /* one per slot of a pipeline, reusable */

/* schema: attributes' bits are set here from their number of values; dictionaries: one per attribute. Copied. */
rv_status rv_megabase_create(const char *path, const rv_schema *schema, const rv_dictionary *dictionaries,
                             const rv_megabase_settings *settings, rv_megabase_writer **out, rv_error *err);
/* Image: learns the symbol tables that pack strings from a sample, n contacts from all over the base (some 4,096), before
 * the first block is encoded. Without it the first block appended is the sample, which packs less well when it doesn't
 * resemble the rest. Nothing to do for an archive. */
rv_status rv_megabase_train(rv_megabase_writer *writer, const rv_contact *sample, size_t n, rv_error *err);
/* Any thread. *encoded is made when NULL and reused else. */
rv_status rv_megabase_encode(const rv_megabase_writer *writer, const rv_contact_block *block,
                             rv_encoded_block **encoded, rv_error *err);
void rv_encoded_block_free(rv_encoded_block *encoded);
/* In order; every block but the last has rv_block_rows(layout) rows. */
rv_status rv_megabase_append(rv_megabase_writer *writer, rv_encoded_block *encoded, rv_error *err);
/* The index of key `name` (one of the schema's). Entries are consumed (reordered). Any order of names. */
rv_status rv_megabase_add_index(rv_megabase_writer *writer, const char *name, rv_key_entry *entries, size_t n,
                                rv_error *err);
rv_status rv_megabase_publish(rv_megabase_writer *writer, rv_error *err); /* frees, in any case */
void rv_megabase_abandon(rv_megabase_writer *writer);                     /* NULL is fine */
/* Contacts appended so far that have each field, then each attribute. Borrowed. */
const uint64_t *rv_megabase_fill(const rv_megabase_writer *writer);

rv_status rv_megabase_convert(const char *from, const char *to, rv_layout layout, bool replace, int threads,
                              rv_error *err);

#endif
