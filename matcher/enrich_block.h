/*
 * One block of clients on its way through enriching: people, cascade, contacts, fills, lines. Everything here works on
 * one block at a time and is pure but for its slot; enrich.c brings the blocks and takes them in order.
 */
#ifndef RV_ENRICH_BLOCK_H
#define RV_ENRICH_BLOCK_H

#include "cascade.h"
#include "fill.h"

struct rv_enrich_link;
struct rv_enrich_left;

/* What matching leaves for fetching when the clients are gone through twice: 16 bytes each. */
typedef struct rv_kept_match {
    uint32_t row, runner_up;
    float probability;
    uint8_t tier, runner_up_tier, refused;
    bool elsewhere;
} rv_kept_match;
typedef struct rv_kept_block {
    rv_kept_match *matches;
    uint32_t n;
} rv_kept_block;

typedef struct rv_enrich_stage { /* fixed while blocks run; shared by threads */
    rv_megabase *megabase;
    rv_cascade cascade;
    rv_person_reader reader;
    rv_fill_plan fill;
    rv_enrich_plan plan;        /* for the sink */
    const rv_table_out *out;    /* NULL: fills are counted, no lines are made */
    const rv_enrich_sink *sink; /* or NULL */
    const rv_kept_block *kept;  /* by block; NULL: matching and fetching go together */
    uint64_t n_kept;
    struct rv_enrich_link *link;      /* gets the clients without a contact while matching; or NULL */
    int key_fields[RV_TIER_COUNT][2]; /* the fields that a tier rests on, or -1 */
} rv_enrich_stage;

/* What a block leaves for the one who takes it; reused from block to block. */
typedef struct rv_enrich_slot {
    const rv_enrich_stage *stage;
    uint32_t capacity; /* clients that the arrays have room for */
    rv_person *persons;
    rv_match *matches;        /* per client */
    uint32_t *clients, *rows; /* per attached contact: the client's index, the megabase's row */
    uint32_t n_contacts;
    uint64_t *fields; /* per attached contact: what may come back of it */
    bool *elsewhere;  /* per attached contact: its postcode isn't the client's */
    /* Contacts, n_taken codes each, and their texts: a sink sees all of the block's, else a few at a time will do, in memory
     * that stays in the nearest caches. */
    rv_contact *contacts;
    uint32_t *codes;
    rv_arena texts;
    rv_text *cells; /* with a sink */
    void *sink_user;
    struct rv_enrich_left *left; /* for linkage */
    rv_cascade_scratch *scratch;
    rv_contact_reader *contact_reader;
    rv_cascade_counts cascade;
    rv_fill_counts fills;
    rv_buffer lines;
} rv_enrich_slot;

/* block->user is the slot, made when NULL. Any thread. */
rv_status rv_enrich_block_work(const rv_enrich_stage *stage, rv_table_block *block, rv_error *err);
/* The matching alone, and what to keep of it. */
rv_status rv_enrich_block_match(const rv_enrich_stage *stage, rv_table_block *block, rv_error *err);
rv_status rv_enrich_slot_keep(const rv_enrich_slot *slot, uint32_t n, rv_kept_block *out, rv_error *err);
/* What the sink is shown of a slot. */
rv_enriched_block rv_enrich_slot_block(const rv_enrich_slot *slot, const rv_table_block *block, uint64_t first_row);
void rv_enrich_slot_free(void *slot);

/* Counts of the whole job, for the summary. */
typedef struct rv_enrich_totals {
    uint64_t rows;
    uint64_t shared_contacts; /* clients whose contact another client before them has already */
    uint64_t n_contacts;      /* distinct contacts attached */
    rv_cascade_counts cascade;
    rv_fill_counts fills;
} rv_enrich_totals;
/* How the stage will go through a client file of so many bytes on disk (0: unknown), plain or packed: bytes of an image
 * mapped at a time, and whether in two passes to stay below the limit. In enrich.c. */
typedef struct rv_enrich_load {
    uint64_t mapped, limit;
    bool twice;
} rv_enrich_load;
rv_enrich_load rv_enrich_expect(const rv_megabase *megabase, const rv_settings *settings, uint64_t stored_bytes,
                                bool plain);

/* What a sample of clients costs: the stage as it will run with its sink (may be NULL), its lines made and thrown away. In
 * enrich.c, for predict.c.
 * Messages, rejects and gates of the settings are left alone. */
typedef struct rv_enrich_cost {
    uint64_t rows, rejected, line_bytes; /* line_bytes: packed, if the output will be */
    double seconds;
    rv_core_time cores;
    uint64_t steady_rows; /* of the blocks after the first ones, which also make room */
    double steady_seconds;
    rv_core_time steady_cores;
    uint64_t anonymous_bytes; /* resident and of no file, while blocks ran */
} rv_enrich_cost;
rv_status rv_enrich_measure(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                            const rv_enrich_sink *sink, rv_enrich_cost *out, rv_error *err);

void rv_enrich_report(const rv_enrich_stage *stage, const rv_enrich_totals *totals, rv_summary *summary);

#endif
