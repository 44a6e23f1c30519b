/* The last step of a build: contacts from their rows, block by block, in the order of their first rows. */
#ifndef RV_BUILD_CONTACTS_H
#define RV_BUILD_CONTACTS_H

#include "build_ids.h"
#include "build_merge.h"
#include "csv_writer.h"

typedef struct rv_build_contacts {
    const rv_build_plan *plan;
    rv_build_rows *rows;     /* given back as they become contacts */
    const uint32_t *contact; /* per row */
    const uint32_t *next;    /* ring of the rows of one contact */
    const rv_id_clashes *clashes;
    uint32_t n_contacts, block_rows; /* in all; in a block of the layout */
    rv_merge_codes values;
    const rv_settings *settings;
    uint64_t *source_contacts; /* counted here, per source: contacts that it has a row of */
    rv_table_out *ids;         /* id,contact_id per row, or NULL */
} rv_build_contacts;

rv_status rv_build_contacts_write(const rv_build_contacts *build, rv_megabase_writer *writer, rv_error *err);

#endif
