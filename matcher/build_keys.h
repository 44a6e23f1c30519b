/*
 * The keys of all rows of a build, one list per kind, and their groups: the rows that bear one key. Groups come in the
 * order of their first row (ties: of the next rows), never of the key, so that what is decided over them depends
 * neither on the secret nor on the threads.
 *
 * Memory: a list is 20 bytes an entry; grouping takes another 26 an entry at most for the time it lasts, if each key has two
 * rows, and next to nothing for keys of one row; 10 an entry at most stay.
 */
#ifndef RV_BUILD_KEYS_H
#define RV_BUILD_KEYS_H

#include "key_index.h"
#include "parallel.h"

typedef struct rv_key_list { /* zero is empty */
    rv_key_entry *entries;   /* in order of row, until they are grouped */
    size_t n, cap;
} rv_key_list;
rv_status rv_key_list_add(rv_key_list *list, const rv_key_entry *entries, size_t n, rv_error *err);
void rv_key_list_free(rv_key_list *list);

typedef struct rv_key_group {
    uint32_t first; /* its smallest row */
    uint32_t
        start; /* members[start] ... members[start + count - 1], ascending, each row once; groups stand side by side */
    uint32_t count; /* at least 2 */
} rv_key_group;

typedef struct rv_key_groups {
    rv_key_group *groups;
    uint32_t *members;
    uint8_t
        *pairs; /* per group, once they have been weighed (build_cluster.h): the verdict on two rows; NULL: not yet */
    size_t n;
} rv_key_groups;

/* Groups the list's entries by key; keys of one row only make no group. The list is left as it was, save that its
 * entries are reordered, by the key's place (key_partition.h). At most 2^32 - 1 entries (RV_BAD_ARGUMENT). */
rv_status rv_key_groups_make(rv_key_list *list, int threads, rv_key_groups *out, rv_error *err);
void rv_key_groups_free(rv_key_groups *groups);

#endif
