/*
 * Who is a client already: every contact that shares any key with any row of a client file. A prospect list must hold
 * no client, so this is generous where matching is careful: no guard asks whether first names or birth dates agree, a
 * key that a whole crowd shares takes the whole crowd out, and clear values are also sought among the base's digests.
 */
#ifndef RV_EXCLUDE_H
#define RV_EXCLUDE_H

#include "megabase.h"
#include "report.h"

typedef struct rv_exclusion {
    _Atomic uint64_t *bits; /* one per row of the megabase; NULL: nobody is excluded */
    uint64_t clients;       /* good rows of the file */
    uint64_t known;         /* of them, those that share a key with some contact */
    uint64_t without_key;   /* of them, those that have no key to be known by */
    uint64_t contacts;      /* excluded */
} rv_exclusion;

/* Reads the file; rejects go the way of the settings. Rows, rejects and the input's hash go into the summary.
 * RV_BAD_INPUT: no column of the file can tell who its clients are, by the keys that the megabase has. */
rv_status rv_exclude_clients(rv_megabase *megabase, const rv_table_options *clients, const rv_settings *settings,
                             rv_summary *summary, rv_exclusion *out, rv_error *err);
void rv_exclusion_reset(rv_exclusion *exclusion);

#endif
