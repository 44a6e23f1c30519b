/* Random contacts with everything a megabase keeps, held in memory as the naive twin of the file made from them. */
#ifndef TEST_CONTACT_MAKER_H
#define TEST_CONTACT_MAKER_H

#include "megabase_writer.h"

typedef struct made_contacts {
    uint32_t rows;
    rv_schema schema;
    rv_dictionary *dictionaries;
    rv_contact *contacts;
    uint32_t *codes;              /* rows * n_attributes */
    rv_origin *attribute_origins; /* rows * n_attributes */
    unsigned char *persons;       /* rows * person_bytes */
    rv_key_entry *entries[2];     /* for keys "email" and "mobile" */
    size_t n_entries[2];
    rv_secret secret;
} made_contacts;

typedef struct making {
    uint32_t rows;
    uint64_t seed;
    uint32_t narrow; /* attributes of 4 bits; behind them come two of 8 bits, and with `wide` one of 16 and one of 32 */
    bool wide;
    uint32_t long_texts; /* one contact in so many has a text of some 3,000 bytes; 0: none */
} making;

made_contacts *contacts_make(const making *how);
void contacts_free(made_contacts *made);
/* Builds the file; RV_OK or the first failure. settings->secret is set here. */
rv_status contacts_write(const made_contacts *made, const char *path, const rv_megabase_settings *settings,
                         rv_error *err);
/* Compares everything that can be read, at the rows given; 0 or the number of the first difference's row + 1. */
uint32_t contacts_differ(const made_contacts *made, rv_megabase *megabase, const uint32_t *rows, size_t n,
                         rv_error *err);

#endif
