/*
 * Enriching, as a stage that other jobs build on: client blocks in, matched and filled rows out. `rv_enrich` writes
 * them as CSV; `rv_run_job` also feeds them to the profile and the scores in the same pass.
 */
#ifndef RV_ENRICH_H
#define RV_ENRICH_H

#include "table_reader.h"
#include "megabase.h"
#include "person.h"
#include "report.h"

typedef enum rv_tier {
    RV_TIER_NONE,
    RV_TIER_EMAIL,
    RV_TIER_EMAIL_FOLDED,
    RV_TIER_EMAIL_HASH,
    RV_TIER_MOBILE,
    RV_TIER_PHONE,
    RV_TIER_PHONE_HASH,
    RV_TIER_PERSON_BIRTH,
    RV_TIER_PERSON_ADDRESS,
    RV_TIER_IDENTIFIER,
    RV_TIER_LINKAGE,
    RV_TIER_HOUSEHOLD,
    RV_TIER_AMBIGUOUS,
    RV_TIER_COUNT
} rv_tier;
const char *rv_tier_name(rv_tier tier);

/* What the cascade says of one client. */
typedef struct rv_match {
    rv_tier tier;
    uint32_t row;       /* of the megabase, or UINT32_MAX when no contact is attached */
    float probability;  /* the tier's estimated precision for this verdict */
    uint32_t runner_up; /* another contact that the cascade met, or UINT32_MAX */
    rv_tier runner_up_tier;
    uint32_t postcode; /* the contact's, as its guard has it */
    uint8_t refused;   /* contacts met under some key that the guard turned away, capped at 255 */
} rv_match;

/* One block of enriched clients, in the order of the file. Views live until the sink returns. */
typedef struct rv_enriched_block {
    const rv_table_block *clients; /* the rows as they came */
    const rv_match *matches;     /* per row */
    const rv_text *cells;        /* per row and column that the sink wants: the client's value, or its fill */
    const uint32_t *attached;    /* rows with a contact, ascending */
    uint32_t n_attached;
    const uint32_t *codes; /* per attached row and taken attribute: dictionary codes, 0 missing */
    uint64_t first_row;    /* number of the block's first row among the good rows of the file */
} rv_enriched_block;

typedef struct rv_enrich_plan { /* fixed after opening */
    rv_megabase *megabase;
    const rv_table_info *csv;
    const rv_table_roles *roles;
    const uint32_t *taken; /* attribute indexes of the megabase's schema */
    size_t n_taken;
    const uint32_t *wanted; /* client columns whose cells the sink is given; known after begin */
    uint32_t n_wanted;
} rv_enrich_plan;

/* Who else wants the blocks. begin: once, before the first one. wants: of which columns, asked after begin; NULL: of all.
 * work: any thread, any order; *user is NULL at first,
 * stays with one of the blocks in flight, and is handed to take and at the end to free_user. take: in order of blocks, one at
 * a time. All but take may be NULL; first_row counts in take only. */
typedef struct rv_enrich_sink {
    rv_status (*begin)(void *ctx, const rv_enrich_plan *plan, rv_error *err);
    bool (*wants)(const void *ctx, uint32_t column);
    rv_status (*work)(void *ctx, const rv_enriched_block *block, void **user, rv_error *err);
    rv_status (*take)(void *ctx, const rv_enrich_plan *plan, const rv_enriched_block *block, void *user, rv_error *err);
    void (*free_user)(void *user);
    void *ctx;
} rv_enrich_sink;

/* The whole stage: opens the client file, cascades, fills, writes options->out (may be NULL: no CSV), rejects, counts
 * into the summary under "enrich". `megabase` is open and stays the caller's. */
rv_status rv_enrich_file(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                         const rv_enrich_sink *sink, rv_summary *summary, rv_error *err); /* sink may be NULL */

/* One client row against the megabase, step by step, for explain: writes lines for people. known: n_ids, true is set for
 * ids that the file has; NULL is fine. */
rv_status rv_enrich_explain(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                            const char *const *ids, size_t n_ids, rv_buffer *text, bool *known, rv_error *err);

/* For the clients of these ids whom no exact key found: whom linkage compared them with, field by field. The whole file is
 * matched for it, since weights are learned from all clients. Nothing when options->linkage is off. */
rv_status rv_enrich_explain_linkage(rv_megabase *megabase, const rv_enrich_options *options,
                                    const rv_settings *settings, const char *const *ids, size_t n_ids, rv_buffer *text,
                                    rv_error *err);

#endif
