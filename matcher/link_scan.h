/*
 * Which of tens of millions of contacts could the clients be that no key found? One pass over the guards of the base (32
 * bytes a contact, read at the speed of memory), against a table of keys made of the clients' guards: the base needs no
 * index for it, and the file stays as small as it is.
 *
 * What comes out is a short list for each client, the few contacts nearest to him; linkage then reads their names and
 * addresses in full and decides. A contact that the guard turns away is on no list.
 *
 * Keys are 64-bit hashes of a few parts of a guard (birth date + the beginning of a name, postcode + the last name's
 * consonants, postcode + street...): many, and overlapping, so that errors in any two parts leave one. A key that more than
 * RV_SCAN_CLIENTS clients or RV_SCAN_CONTACTS contacts share says nothing and proposes nobody; such keys are counted.
 *
 * Costs some 0.4 us a contact (44 M contacts, 453,000 clients: 8 s on two threads, most of it cache misses of the table of
 * keys and comparing guards); memory: 200 bytes a client asked for and 16 bytes a proposal.
 */
#ifndef RV_LINK_SCAN_H
#define RV_LINK_SCAN_H

#include "megabase.h"
#include "person.h"

enum { RV_SCAN_CLIENTS = 100, RV_SCAN_CONTACTS = 200, RV_SCAN_KEPT = 8, RV_SCAN_KEYS_MAX = 12 };

typedef struct rv_link_scan {
    uint32_t n;       /* clients */
    uint32_t *starts; /* n + 1: client c's list stands at rows[starts[c]] up to rows[starts[c + 1]] */
    uint32_t *rows;   /* contacts, the nearest first; at most RV_SCAN_KEPT a client */
    bool *household;  /* some contact lives at his address under his last name and is another person */
    uint64_t keys, client_stops, contact_stops; /* distinct keys; of them, those over either limit */
    uint64_t met;                               /* pairs that shared a key, as often as they did */
} rv_link_scan;

/* clients: n guards. The same lists whatever the number of threads. */
rv_status rv_link_scan_run(rv_megabase *megabase, const rv_guard *clients, uint32_t n, const rv_settings *settings,
                           rv_link_scan *out, rv_error *err);
void rv_link_scan_reset(rv_link_scan *scan);

/* The keys of a guard, for tests. Returns how many. */
unsigned rv_link_scan_keys(const rv_guard *guard, uint64_t keys[RV_SCAN_KEYS_MAX]);

#endif
