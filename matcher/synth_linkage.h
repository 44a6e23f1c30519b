/*
 * The linkage set: two flat files of people, a table of who is who, and an error model of its own, made to measure record
 * linkage and nothing else. docs/LINKAGE-SET.md is its description for others.
 *
 * People, households and dwellings are those of the synthetic world (synth_world.h). What differs is what two files tell
 * of one person. Each row of either file is put down by a hand that slips: every kind of slip has a rate of its own, for
 * contacts and for clients, out of the rows where it can happen. Slips are drawn apart from each other, so that a row may
 * have several, and the truth file names those of both rows of each pair: who measures can tell what is missed.
 *
 * Two in five clients are no contact, and many of those are hard to tell from one: relatives under the same roof, a
 * father and a son of one name, twins.
 */
#ifndef RV_SYNTH_LINKAGE_H
#define RV_SYNTH_LINKAGE_H

#include "memory.h"
#include "synth_record.h"

typedef enum rv_slip {
    /* names */
    RV_SLIP_FIRST_TYPO,
    RV_SLIP_LAST_TYPO,
    RV_SLIP_FIRST_BY_EAR,
    RV_SLIP_LAST_BY_EAR,
    RV_SLIP_NICKNAME,
    RV_SLIP_COMPOUND,
    RV_SLIP_INITIAL,
    RV_SLIP_SECOND_NAME,
    RV_SLIP_NO_FIRST,
    RV_SLIP_BIRTH_NAME,
    RV_SLIP_BOTH_NAMES,
    RV_SLIP_PARTICLE,
    RV_SLIP_CIVILITY,
    RV_SLIP_SWAPPED,
    /* birth date, mobile, e-mail */
    RV_SLIP_NO_BIRTH,
    RV_SLIP_BIRTH_DIGIT,
    RV_SLIP_BIRTH_TURNED,
    RV_SLIP_BIRTH_YEAR,
    RV_SLIP_BIRTH_NEW_YEAR,
    RV_SLIP_BIRTH_STOP,
    RV_SLIP_NO_MOBILE,
    RV_SLIP_NEW_MOBILE,
    RV_SLIP_REUSED_MOBILE,
    RV_SLIP_MOBILE_DIGIT,
    RV_SLIP_MOBILE_STOP,
    RV_SLIP_NO_EMAIL,
    RV_SLIP_NEW_EMAIL,
    /* address */
    RV_SLIP_MOVED,
    RV_SLIP_NO_ADDRESS,
    RV_SLIP_NO_NUMBER,
    RV_SLIP_OTHER_NUMBER,
    RV_SLIP_STREET_TYPE,
    RV_SLIP_SMALL_WORD,
    RV_SLIP_STREET_TYPO,
    RV_SLIP_EXTRA_LOST,
    RV_SLIP_EXTRA_IN_LINE,
    RV_SLIP_HAMLET,
    RV_SLIP_CITY_TYPO,
    RV_SLIP_NO_CITY,
    RV_SLIP_POSTCODE_DIGIT,
    RV_SLIP_POSTCODE_ZERO,
    RV_SLIP_NO_POSTCODE,
    RV_SLIP_TOWN_POSTCODE,
    RV_SLIP_CEDEX,
    /* the whole row */
    RV_SLIP_CODE_PAGE,
    RV_SLIPS
} rv_slip;
typedef enum rv_linkage_side { RV_LINKAGE_CONTACTS, RV_LINKAGE_CLIENTS } rv_linkage_side;
/* Name in the truth file, and rate by side, of the rows where it can happen. */
extern const struct rv_slip_kind {
    const char *name;
    double rate[2];
} rv_slip_kinds[RV_SLIPS];

/* Out of the clients that are no contact: a parent or child of a contact, with the same two names at the same address; a
 * twin of a contact, at the same address. */
#define RV_LINKAGE_NAMESAKES 0.01
#define RV_LINKAGE_TWINS 0.01

typedef enum rv_linkage_kind { /* who a client is */
                               RV_KIND_CONTACT,
                               RV_KIND_NAMESAKE,
                               RV_KIND_TWIN,
                               RV_KIND_RELATIVE, /* of the same household as a contact */
                               RV_KIND_ELSEWHERE,
                               RV_KINDS
} rv_linkage_kind;

typedef struct rv_linkage_set {
    const rv_world *world;
    bool with_email;
    rv_permutation rows, ids; /* order of contacts.csv; numbers in the ids */
} rv_linkage_set;
void rv_linkage_set_make(rv_linkage_set *set, const rv_world *world, bool with_email);

typedef struct rv_linkage_record {
    rv_synth_record cells; /* FIRST LAST BIRTH MOBILE EMAIL LINE EXTRA POSTCODE CITY */
    uint64_t could, made;  /* one bit a slip: it could happen in this row; it did */
} rv_linkage_record;
/* What `side` writes of a person; at_home: never moved, whatever the dice say. */
void rv_linkage_record_make(const rv_world *world, rv_linkage_side side, const rv_synth_person *person, bool at_home,
                            rv_dice *dice, rv_linkage_record *out);
void rv_linkage_contact(const rv_linkage_set *set, uint64_t contact, rv_linkage_record *out);
/* *contact receives the contact whom the client is, or UINT64_MAX. */
rv_linkage_kind rv_linkage_client(const rv_linkage_set *set, uint64_t client, uint64_t *contact,
                                  rv_linkage_record *out);

#define RV_LINKAGE_TRUTH_HEADER "client_id,contact_id,kind,client_slips,contact_slips\n"
const char *rv_linkage_header(rv_linkage_side side, bool with_email);
/* For rv_synth_file (synth_output.h); ctx: the set; items are rows of the file. */
uint64_t rv_linkage_contact_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);
uint64_t rv_linkage_client_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);
uint64_t rv_linkage_truth_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);

#endif
