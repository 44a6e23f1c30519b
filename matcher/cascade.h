/*
 * The exact cascade: for each client the one contact that a strong key leads to, or the reason why there is none.
 *
 * Keys are tried from the most telling to the least, a whole block of clients at a time, so that the cache misses of
 * hundreds of probes overlap. A key only proposes: the guard (first name, sex, birth date) must not contradict, since
 * families share e-mails and telephones and a father and his son may share name and address. A contact that the guard
 * refuses never comes back through a weaker key. See docs/DECISIONS.md, "Cascade", for the order and the evidence that
 * each tier asks for.
 */
#ifndef RV_CASCADE_H
#define RV_CASCADE_H

#include "enrich.h"

/* A key that more contacts than this share is nobody's: a shop's till, a place-holder that slipped through. */
enum { RV_CASCADE_RUN_MAX = 100 };

typedef struct rv_cascade { /* fixed once open; shared by threads */
    rv_megabase *megabase;
    const rv_secret *secret;
    const rv_key_index *index[RV_KEY_KINDS]; /* NULL: the megabase has none; hash_scan may put one here */
} rv_cascade;

/* Finds the indexes. The megabase is open, prepared, and stays the caller's. A megabase whose persons aren't guards of
 * this version is RV_NEWER. */
rv_status rv_cascade_open(rv_megabase *megabase, rv_cascade *out, rv_error *err);
/* Can columns of these roles give a key that the megabase has an index of? */
bool rv_cascade_can_know(const rv_cascade *cascade, const rv_table_roles *roles);

/* Clients per tier. Each client counts once in `matched` of one tier, which is thus the tier's gain over those before. */
typedef struct rv_cascade_counts {
    struct {
        uint64_t asked;    /* clients still without a contact that have a key of this tier */
        uint64_t met;      /* of them, those whose key some contact bears */
        uint64_t refused;  /* of them, those where the guard turned every contact away */
        uint64_t unproved; /* of them, those where nothing spoke against, but too little for this tier */
        uint64_t in_doubt; /* of them, those where several contacts fit equally */
        uint64_t matched;
    } tier[RV_TIER_COUNT];
    uint64_t stop_keys; /* keys met that more than RV_CASCADE_RUN_MAX contacts share */
    uint64_t ambiguous, household, none;
} rv_cascade_counts;
void rv_cascade_counts_add(rv_cascade_counts *to, const rv_cascade_counts *from);

/* What explain wants to see. Called in order of tiers; within a tier in any order of clients. */
typedef struct rv_cascade_step {
    rv_tier tier;
    uint32_t client; /* index in the block */
    enum {
        RV_STEP_NO_KEY,
        RV_STEP_NO_INDEX,
        RV_STEP_ABSENT,
        RV_STEP_STOP_KEY,
        RV_STEP_CANDIDATE,
        RV_STEP_DECIDED
    } what;
    uint32_t row;             /* of a candidate, or of the contact decided on (UINT32_MAX: none by this tier) */
    rv_guard_verdict verdict; /* of a candidate */
    unsigned affinity;
} rv_cascade_step;
typedef void (*rv_cascade_watch)(void *ctx, const rv_cascade_step *step);

/* Scratch of one thread at a time, reused from block to block. NULL at first. */
typedef struct rv_cascade_scratch rv_cascade_scratch;
void rv_cascade_scratch_free(rv_cascade_scratch *scratch);

/* The clients of a block. What a tier or a guard needs of a row is read when it asks for it: `persons` are initialised
 * (rv_person_init) or read before. */
typedef struct rv_people {
    const rv_person_reader *reader;
    const rv_batch *batch;
    rv_arena *arena;
    rv_person *persons; /* n: of the batch's rows in order */
    uint32_t n;
} rv_people;
static inline rv_status rv_people_need(const rv_people *people, uint32_t client, uint32_t parts, rv_error *err) {
    rv_person *person = &people->persons[client];
    if ((person->parts & parts) == parts ||
        rv_person_read_parts(people->reader, people->batch, client, parts, people->arena, person))
        return RV_OK;
    return rv_fail_memory(err, sizeof *person);
}

/* matches: people->n, overwritten. counts: added to. watch may be NULL. */
rv_status rv_cascade_run(const rv_cascade *cascade, const rv_people *people, rv_cascade_scratch **scratch,
                         rv_match *matches, rv_cascade_counts *counts, rv_cascade_watch watch, void *watch_ctx,
                         rv_error *err);

/* The estimated precision of a tier at a verdict. */
float rv_tier_probability(rv_tier tier, rv_guard_verdict verdict);

#endif
