/* A dozen shifts a guard: less than the cache line that they spare. */
#include "guard_store.h"

#include <string.h>

enum { LETTERS_BITS = 60, NAME_BITS = 30, DAYS = 1 << 19 };
#define LETTERS_MASK (((uint64_t)1 << LETTERS_BITS) - 1)
#define NAME_MASK (((uint32_t)1 << NAME_BITS) - 1)

typedef struct stored_guard {
    uint64_t first, last, middle;
    uint16_t birth, street;
} __attribute__((packed)) stored_guard;
_Static_assert(sizeof(stored_guard) == RV_GUARD_STORED, "stored as it is");

void rv_guard_store(const rv_guard *g, unsigned char out[RV_GUARD_STORED]) {
    uint64_t flags = g->flags & 7;
    uint32_t birth = g->birth > -DAYS && g->birth < DAYS ? (uint32_t)(g->birth + DAYS) : 0;
    uint64_t postcode = g->postcode <= NAME_MASK ? g->postcode : 0;
    stored_guard s = {.first = (g->first & LETTERS_MASK) | (uint64_t)(g->sex & 3) << 60 | (flags & 3) << 62,
                      .last = (g->last & LETTERS_MASK) | flags >> 2 << 60,
                      .middle = (g->birth_name & NAME_MASK) | postcode << 30 | (uint64_t)(birth >> 16) << 60,
                      .birth = (uint16_t)birth,
                      .street = g->street};
    memcpy(out, &s, sizeof s);
}

void rv_guard_recall(const unsigned char stored[RV_GUARD_STORED], rv_guard *out) {
    stored_guard s;
    memcpy(&s, stored, sizeof s);
    uint32_t birth = (uint32_t)(s.middle >> 60) << 16 | s.birth;
    *out = (rv_guard){.first = s.first & LETTERS_MASK,
                      .last = s.last & LETTERS_MASK,
                      .birth_name = (uint32_t)s.middle & NAME_MASK,
                      .birth = birth ? (int32_t)birth - DAYS : RV_DATE_NONE,
                      .postcode = (uint32_t)(s.middle >> 30) & NAME_MASK,
                      .sex = (uint8_t)(s.first >> 60 & 3),
                      .flags = (uint8_t)(s.first >> 62 | (s.last >> 60 & 1) << 2),
                      .street = s.street};
}

/* Fetched to the end of `out`, and spread from the front: what is written never reaches what is still to be read. */
rv_status rv_guards_fetch(rv_megabase *megabase, const uint32_t *rows, size_t n, rv_guard *out, rv_error *err) {
    unsigned char *stored = (unsigned char *)(out + n) - n * RV_GUARD_STORED;
    RV_TRY(rv_megabase_persons(megabase, rows, n, stored, err));
    for (size_t i = 0; i < n; i++) {
        unsigned char one[RV_GUARD_STORED];
        memcpy(one, stored + i * sizeof one, sizeof one);
        rv_guard_recall(one, &out[i]);
    }
    return RV_OK;
}
