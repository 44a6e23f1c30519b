/*
 * `reveil build`: partner files in, one megabase out. Four steps, one file each:
 *
 *   build_sources   which files, which column is what: everything that can be wrong with names is told before a row is
 *                   read
 *   build_rows      every file once, in parallel: normalise, keys, guard; rows to the spool, keys to lists
 *   build_cluster   which rows are one person (over build_keys' groups)
 *   build_contacts  each contact from its rows: the freshest value per field, with its source and date
 *
 * and then one index per kind of key. Rows are numbered over all files: sources in the schema's order, files in order
 * of name, rows as they stand. All ties are broken by that number.
 *
 * Memory, in bytes per row, the spool apart (some 125 bytes a row with 64 attributes, half of which a file has):
 *     guard 32 + hash of the id 4 + 20 per key (some 3.5 keys a row) + 12 of clusters + 2 of name counts
 *     + 10 per key of the kinds that merge + 26 per key of one kind while it is grouped
 *   = about 170 at the peak: 10 GB for 59 M rows (44 M contacts), and 8 GB of spool; 18.5 GB measured, before keys were cut in place.
 *
 * --memory-limit: the spool gets what these tables leave, half of the limit while rows are read; the rest of it lies in
 * --tmpdir. Once the rows read so far need tables beyond the limit, the build is refused (RV_NO_MEMORY), in the midst of
 * reading and not after an hour.
 */
#ifndef RV_BUILD_H
#define RV_BUILD_H

#include "build_cluster.h"
#include "build_spool.h"
#include "table_reader.h"
#include "megabase_writer.h"
#include "schema_file.h"

typedef struct rv_build_file {
    const char *path;
    uint32_t source;
    rv_table *held; /* open already: stdin can't be opened twice */
    uint64_t stored_bytes;
    rv_table_roles roles;
    int32_t *fields;                   /* column of each field, or -1 */
    int32_t *attributes;               /* column of each attribute, or -1 */
    uint32_t *carried, n_carried;      /* the attributes that it has a column of, ascending */
    int32_t id, updated_on, last_seen; /* columns, or -1 */
} rv_build_file;

typedef struct rv_build_source {
    const char *name;
    int32_t date;
    uint32_t priority;
    const char *id;
    rv_dialect dialect;
    const rv_schema_source *schema; /* NULL: only the command line names it */
    uint64_t rows, rejected, irregular;
    uint64_t late_dates; /* updated_on, last_seen: later than they can be */
} rv_build_source;

typedef struct rv_build_plan {
    rv_schema_file schema;
    rv_build_source *sources;
    rv_build_file *files;
    uint32_t n_sources, n_files, n_fields, n_attributes;
    rv_role fields[RV_ROLE_COUNT];       /* in the order of roles */
    const rv_schema_column **attributes; /* in the schema's order */
    uint32_t merging;                    /* kinds of key that merge rows, asked for as indexes or not */
    rv_arena arena;
} rv_build_plan;

rv_status rv_build_plan_make(const rv_build_options *options, const rv_settings *settings, rv_build_plan *plan,
                             rv_error *err);
void rv_build_plan_reset(rv_build_plan *plan);

/* All rows of all files. */
typedef struct rv_build_rows {
    rv_spool spool;
    rv_guard *guards;
    size_t guards_cap, guards_gone; /* the latter given back */
    rv_key_list keys[RV_KEY_KINDS];
    rv_key_list mailboxes; /* rows whose e-mail is a function's (info@): no key, but perhaps many people's */
    uint32_t *id_hashes; /* per row: build_ids.h */
    size_t id_hashes_cap;
    rv_dictionary_builder **dictionaries; /* one per attribute */
    uint32_t n_attributes;
} rv_build_rows;
rv_status rv_build_rows_read(rv_build_plan *plan, const rv_secret *secret, const rv_settings *settings,
                             rv_rejects *rejects, rv_summary *summary, rv_build_rows *rows, rv_error *err);
/* What guards, keys and clusters of these rows take at the peak, by the formula above; merging: kinds of key. */
uint64_t rv_build_table_bytes(const rv_build_rows *rows, uint32_t merging);
/* Rows below `row` are done with: gives the memory of their records and guards back. Others may read rows from there on. */
void rv_build_rows_release(rv_build_rows *rows, uint32_t row);
void rv_build_rows_forget_ids(rv_build_rows *rows); /* the hashes of the ids */
/* Frees records, guards and what is left of the ids; keys and dictionaries stay. */
void rv_build_rows_forget(rv_build_rows *rows);
void rv_build_rows_reset(rv_build_rows *rows);

#endif
