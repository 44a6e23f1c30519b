/*
 * The clients of a transaction file, one compact record each, gathered in any order and by any number of threads.
 *
 * Everything kept is independent of order: sums are whole numbers, first and last are minima and maxima, and orders are
 * the size of a set of days. So the table's answers are the same whatever the threads and the order of the file.
 *
 * Memory: 24 bytes and the id per client, rounded up to 8, and 4 to 12 bytes of index; beyond that a constant
 * (RV_VISIT_MEMORY) for visits, whatever their number: what doesn't fit goes to a scratch file.
 *
 * Ages are days before the as-of date, 0..RV_AGE_MAX: 16 bits reach back 89 years.
 */
#ifndef RV_CLIENT_TABLE_H
#define RV_CLIENT_TABLE_H

#include "memory.h"

enum { RV_AGE_MAX = 32767, RV_CLIENT_ID_MAX = 1000 };
#define RV_VISIT_MEMORY ((size_t)64 << 20)

typedef struct rv_client_record {
    int64_t amount;               /* of purchases and refunds, RV_AMOUNT_UNIT-ths */
    uint32_t hash;                /* of the id: the index grows without reading ids again */
    uint16_t first_age, last_age; /* of purchases; first_age >= last_age */
    uint16_t orders; /* distinct days with a purchase; exact after rv_client_table_finish. 0: refunds only */
    uint16_t id_bytes;
    uint32_t r : 3, f : 3, m : 3, segment : 4, state : 3, previous : 3, cause : 3, : 10; /* the caller's */
    char id[];
} rv_client_record;
static inline rv_text rv_client_id(const rv_client_record *client) {
    return rv_text_make(client->id, client->id_bytes);
}

typedef uint32_t rv_client_ref; /* names a record; valid as long as the table */
typedef struct rv_client_table rv_client_table;

typedef struct rv_transaction {
    rv_text id; /* 1..RV_CLIENT_ID_MAX bytes */
    int64_t amount;
    uint16_t age;
    bool visit; /* false: a refund, which changes the amount only */
} rv_transaction;

/* visit_memory 0: RV_VISIT_MEMORY. tmpdir NULL: /tmp; touched only when visits don't fit. Ids are hashed with a random
 * seed (or `seed` when seeded), so that nobody can choose ids that collide. */
rv_status rv_client_table_new(const rv_settings *settings, size_t visit_memory, rv_client_table **out, rv_error *err);
void rv_client_table_free(rv_client_table *table); /* NULL is fine */

/* Any thread. scratch is used for the call only. */
rv_status rv_client_table_add(rv_client_table *table, const rv_transaction *transactions, size_t n, rv_arena *scratch,
                              rv_error *err);
/* Adds a client as a whole; RV_OK and *added = false when the id is there already. Any thread. */
rv_status rv_client_table_put(rv_client_table *table, rv_text id, const rv_client_record *values, bool *added,
                              rv_error *err);
/* Counts orders, frees what only adding needed. Amounts that overflow (beyond 9e14 for one client) are RV_BAD_INPUT. */
rv_status rv_client_table_finish(rv_client_table *table, int threads, rv_error *err);

uint64_t rv_client_table_count(const rv_client_table *table);
uint32_t rv_client_table_part_count(const rv_client_table *table, size_t part);
rv_client_record *rv_client_table_at(const rv_client_table *table, rv_client_ref ref);
rv_client_record *rv_client_table_find(const rv_client_table *table, rv_text id); /* NULL: absent */
/* Of at most RV_FIND_MANY ids at once: their misses overlap. */
enum { RV_FIND_MANY = 64 };
void rv_client_table_find_many(const rv_client_table *table, const rv_text *ids, size_t n,
                               const rv_client_record **found);
/* Walks all records in no particular order: start with {0}; NULL at the end. Or those of one of the table's parts, so
 * that threads share a walk: start with rv_client_walk_part(part). */
enum { RV_CLIENT_PARTS = 64 };
typedef struct rv_client_walk {
    uint32_t part, at;
    uint32_t end; /* the part before which the walk ends; 0: the last */
} rv_client_walk;
static inline rv_client_walk rv_client_walk_part(size_t part) {
    return (rv_client_walk){(uint32_t)part, 0, (uint32_t)part + 1};
}
rv_client_record *rv_client_table_next(const rv_client_table *table, rv_client_walk *walk, rv_client_ref *ref);

/* All clients in ascending order of id, bytewise; the caller's (rv_free). In client_order.c. */
rv_status rv_client_table_order(const rv_client_table *table, int threads, rv_client_ref **out, rv_error *err);

#endif
