/*
 * One contact from its rows. The freshest value wins, field by field: the row's updated_on, else its source's date;
 * then the source's priority; then the order of rows. Each value keeps its source and date.
 *
 * An address is one thing: it is taken from the freshest row that has one, and older rows only add what that row lacks
 * where they don't speak of another place. Field by field would send mail to the old street in the new town.
 *
 * An e-mail, number or identifier that so many bear that it is nobody's (build_cluster.h) isn't taken: an older row's own
 * comes in its place, else none. It stays a key.
 *
 * Consent: a no is taken back by a later yes alone. Of one day, or where either has no date, the no holds, whatever the sources'
 * priorities: writing to one who refused costs more than not writing to one who agreed.
 */
#ifndef RV_BUILD_MERGE_H
#define RV_BUILD_MERGE_H

#include "build.h"

typedef struct rv_merge_row {
    uint32_t row;
    uint32_t file, source;
    const char *record;
    const rv_guard *guard;
    rv_spool_head head;
    const char *texts; /* of the record, behind its head */
    int32_t date;      /* how fresh; RV_DATE_NONE is oldest */
    uint32_t priority;
} rv_merge_row;

typedef struct rv_merge_scratch { /* one per worker or slot; zero is empty */
    rv_text *fields;              /* rows * n_fields */
    const char **numbers;         /* rows: where the record's numbers begin */
    size_t rows_cap;
} rv_merge_scratch;
void rv_merge_scratch_free(rv_merge_scratch *scratch);

typedef struct rv_merge_codes { /* per attribute */
    uint32_t *const *remap; /* from a row's number to the code */
    bool *const *refuses;   /* NULL: not consent; else per code: does this value refuse? */
} rv_merge_codes;

/* rows: row, file, record and guard set; sorted freshest first on return. Fills all of *contact but id and aliases
 * (its arrays are the caller's), codes, attribute_origins, and the person that indexes keep. A contact of one
 * row (n = 1) has one origin, which stands at contact->origins: attribute_origins isn't touched then. Texts point into
 * the records. */
rv_status rv_merge_contact(const rv_build_plan *plan, const rv_merge_codes *values, rv_merge_row *rows, size_t n,
                           rv_merge_scratch *scratch, rv_contact *contact, uint32_t *codes,
                           rv_origin *attribute_origins, rv_guard *person, rv_error *err);

#endif
