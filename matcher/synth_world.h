/*
 * The synthetic world: people in households, each a pure function of (seed, number of the person).
 *
 * Nobody is kept in memory. People stand in blocks of sixteen, cut into households of one to five by one of 256
 * patterns; of each block twelve are contacts of the megabase and four are not (a client may be the wife or the
 * neighbour of a contact, without being one). So "which person is contact c" and "who lives with w" are a division and
 * a look-up. Behind the blocks there are as many people as needed whom no source knows.
 *
 * People change: 3 % take another name, about a tenth move, 8 % get a new e-mail address. Each change has a day on
 * which it happened; a row of a source shows the state of its own date. The client file lies on the other side of the
 * change than most source rows: stale when the change is old, fresh when it is new. That's what makes matching hard.
 */
#ifndef RV_SYNTH_WORLD_H
#define RV_SYNTH_WORLD_H

#include "synth_names.h"
#include "synth_places.h"

/* Behind the behaviour of a person; unit variance each, in 1/1024. */
enum {
    RV_AFFLUENCE,
    RV_DIGITAL,
    RV_FAMILY,
    RV_LEISURE,
    RV_AFFINITY,
    RV_URBAN,
    RV_AGE,
    RV_LATENTS,
    RV_LATENT_ONE = 1024
};
enum { RV_BLOCK_PEOPLE = 16, RV_BLOCK_CONTACTS = 12, RV_BLOCK_OTHERS = RV_BLOCK_PEOPLE - RV_BLOCK_CONTACTS };

/* Rates, documented in docs/SYNTH.md and printed by the job. Shares of people; changes are counted where the client
 * file and the freshest source row tell different states. */
#define RV_SYNTH_MOVERS 0.10
#define RV_SYNTH_RENAMED 0.03
#define RV_SYNTH_NEW_EMAIL 0.08
#define RV_SYNTH_SHARED_EMAIL 0.02
#define RV_SYNTH_SHARED_PHONE 0.05
#define RV_SYNTH_CLIENTS_INSIDE 0.60
#define RV_SYNTH_CLIENT_DUPLICATES 0.015

typedef struct rv_world {
    uint64_t seed, contacts, clients;
    uint64_t blocks;           /* with contacts in them */
    uint64_t people;           /* of the whole world: 16 a block, and as many beyond as there are clients */
    uint64_t distinct_clients; /* people behind the client rows */
    uint64_t inside_clients;   /* of them, contacts of the megabase */
    int32_t today;             /* as-of date of the job */
    rv_names names;
    rv_places places;
    rv_permutation email, mobile, landline; /* numbers to addresses that tell nothing */
    rv_permutation client_rows, client_again, client_contacts, client_others;
    int16_t normal[1024]; /* quantiles of the normal law, in 1/1024 */
    uint8_t household_start[256][RV_BLOCK_PEOPLE], household_size[256][RV_BLOCK_PEOPLE];
    uint8_t inside[256][RV_BLOCK_CONTACTS], outside[256][RV_BLOCK_OTHERS];
} rv_world;
rv_status rv_world_new(uint64_t seed, uint64_t contacts, uint64_t clients, rv_world **out, rv_error *err);
void rv_world_free(rv_world *world); /* NULL is fine */

uint64_t rv_world_contact(const rv_world *world, uint64_t contact); /* person who is contact c; c < contacts */
/* Person who is client row j; *contact receives the contact, or UINT64_MAX when the megabase doesn't know him or her.
 * Two rows in a hundred or so are people whom another row has already. */
uint64_t rv_world_client(const rv_world *world, uint64_t client, uint64_t *contact);
/* Is a member of the person's household a contact (the person or another one)? */
bool rv_world_lives_with_contact(const rv_world *world, uint64_t number);

typedef enum rv_change { RV_MOVED, RV_RENAMED, RV_NEW_EMAIL, RV_CHANGES } rv_change;
typedef struct rv_synth_person {
    uint64_t number, household; /* household: number of its first member */
    uint8_t rank, size;         /* within the household */
    bool female, twin;
    uint16_t first;             /* of the table of the sex */
    uint32_t last, last_before; /* before: at birth, or before the change of name */
    int32_t birth;
    int32_t changed_on[RV_CHANGES]; /* day of the change, or RV_DATE_NONE */
    bool client_stale[RV_CHANGES];  /* the client file shows what was before */
    bool shares_email, shares_mobile, has_landline;
    uint64_t commune, commune_before, street, street_before; /* words for rv_synth_address_make */
    uint64_t home, home_before;                              /* names of the dwellings: landlines hang on them */
    int16_t latent[RV_LATENTS];
    uint64_t attribute_dice; /* what the attributes' noise is drawn from */
    float propensity;        /* to be an active customer; mean 0, deviation 1 or so */
} rv_synth_person;
void rv_world_person(const rv_world *world, uint64_t number, rv_synth_person *out);

/* E-mail address and phone numbers of a person, in their plain form ("0612345678"); return the end, at most 96 bytes. */
char *rv_world_write_email(const rv_world *world, const rv_synth_person *person, bool before, char *to);
char *rv_world_write_mobile(const rv_world *world, const rv_synth_person *person, char *to);
char *rv_world_write_landline(const rv_world *world, uint64_t home, char *to);

/* Kinds of dice: each thing that is drawn has its own. */
enum {
    RV_DICE_PATTERN = 1,
    RV_DICE_HOUSEHOLD,
    RV_DICE_PERSON,
    RV_DICE_DWELLING,
    RV_DICE_EMAIL,
    RV_DICE_MEMBERSHIP,
    RV_DICE_ATTRIBUTE,
    RV_DICE_CLIENT,
    RV_DICE_ORDERS,
    RV_DICE_LINKAGE_CONTACT,
    RV_DICE_LINKAGE_CLIENT,
    RV_DICE_SOURCE = 32 /* + number of the source */
};

#endif
