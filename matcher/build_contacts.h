/* The last step of a build: contacts from their rows, block by block, in the order of their first rows. */
#ifndef RV_BUILD_CONTACTS_H
#define RV_BUILD_CONTACTS_H

#include "build_merge.h"
#include "csv_writer.h"

typedef struct rv_build_contacts {
    const rv_build_plan *plan;
    const rv_build_rows *rows;
    const uint32_t *contact;         /* per row */
    const uint32_t *next;            /* ring of the rows of one contact */
    const unsigned char *clash;      /* bit per row: its id is borne by another contact too; NULL: none is */
    uint32_t n_contacts, block_rows; /* in all; in a block of the layout */
    uint32_t *const *remap;          /* per attribute: provisional number to code */
    const rv_settings *settings;
    uint64_t *source_contacts; /* counted here, per source: contacts that it has a row of */
    rv_table_out *ids;         /* id,contact_id per row, or NULL */
} rv_build_contacts;

rv_status rv_build_contacts_write(const rv_build_contacts *build, rv_megabase_writer *writer, rv_error *err);

/* The rows whose id several contacts bear, as bits (the caller's, rv_free; NULL when there are none). *clashes counts
 * the ids. groups: of the rows' ids. */
rv_status rv_build_find_clashes(const rv_key_groups *groups, uint32_t rows, const uint32_t *contact,
                                unsigned char **bits, uint64_t *clashes, rv_error *err);

#endif
