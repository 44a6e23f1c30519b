/*
 * Guards as a megabase keeps them: 28 bytes, so that two and a seal fill a cache line (engine/megabase_internal.h). What
 * a guard has of a contact is 221 bits.
 *
 *   u64: first (60 bits), sex (2), flags (2, the low ones)   u64: birth_name (30), postcode (30), birth (4, the high ones)
 *   u64: last (60), flag 4 (1)                               u16: birth (the low bits), u16: street
 *
 * birth is 2^19 + days since 1970, from 534 to 3405; 0: none, and so are days beyond. Little-endian.
 */
#ifndef RV_GUARD_STORE_H
#define RV_GUARD_STORE_H

#include "megabase.h"
#include "person.h"

enum { RV_GUARD_STORED = 28 };
void rv_guard_store(const rv_guard *guard, unsigned char out[RV_GUARD_STORED]);
/* Of any bytes; flags of a build's rows aren't kept. */
void rv_guard_recall(const unsigned char stored[RV_GUARD_STORED], rv_guard *out);
/* rv_megabase_persons as guards. The megabase keeps RV_GUARD_STORED bytes a person. */
rv_status rv_guards_fetch(rv_megabase *megabase, const uint32_t *rows, size_t n, rv_guard *out, rv_error *err);

#endif
