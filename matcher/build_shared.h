/*
 * Values that many bear, of kinds that merge nobody: a switchboard's number, info@ of a shop. Grouping all telephones of a
 * build for the few that are heavy would cost as much as another kind to merge by; counting them first doesn't: a counter for
 * every two entries or so says which keys can have more than so many, and only their entries are grouped. Counters are
 * shared by keys that fall together (Cormode and Muthukrishnan 2005, with one row of counters), so a count is never too low
 * and what is found is exact.
 */
#ifndef RV_BUILD_SHARED_H
#define RV_BUILD_SHARED_H

#include "build_keys.h"

/* The groups of list's keys that stand on more than `least` entries, and perhaps some smaller ones; the list is left as it
 * is. least < 255. Memory while it counts: half a byte to a byte an entry, 64 MB at most. */
rv_status rv_shared_groups(const rv_key_list *list, unsigned least, rv_key_groups *out, rv_error *err);

#endif
