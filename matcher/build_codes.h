/*
 * The attributes of rows as codes: the provisional numbers that dictionaries give to values. A row has dozens of them, most
 * empty, a digit or a word that came just before, so each worker remembers the values that it met.
 */
#ifndef RV_BUILD_CODES_H
#define RV_BUILD_CODES_H

#include "build.h"

typedef struct rv_codes {                 /* zero is empty */
    rv_dictionary_builder **dictionaries; /* one per attribute; borrowed */
    struct rv_code_cache *caches;         /* per worker and attribute */
    uint32_t n_attributes;
} rv_codes;

rv_status rv_codes_new(rv_dictionary_builder **dictionaries, uint32_t n_attributes, int workers, rv_codes *out,
                       rv_error *err);
void rv_codes_free(rv_codes *codes);
/* The attributes that the file carries, of the row whose cells these are: file->n_carried codes, 0 where it has none. Any
 * thread, each as a worker of its own. */
rv_status rv_codes_read(const rv_codes *codes, int worker, const rv_build_file *file, const rv_text *cells,
                        uint32_t *out, rv_error *err);

#endif
