/*
 * Grouping by partition: entries are cut by the key's place into parts that fit a core's cache (key_partition.h), and each part
 * is grouped in a small table by one worker, into memory of its own. Groups are then dealt out by ranges of rows; a range is
 * put in order by one worker, and its members are laid one group behind the other, as merging goes through them.
 */
#include "build_keys.h"

#include "key_partition.h"
#include <stdlib.h>

enum {
    PART_ENTRIES = 16 << 10, /* 320 KB of entries: half a megabyte of L2 with the table beside them */
    PART_BITS_MAX = 12,      /* more parts than this and cutting itself misses the TLB on each write */
    LARGE_LIST = 8 << 20,    /* bytes */
    RANGES_MAX = 1024,       /* of rows */
    RANGE_ROWS_MIN = 1 << 13,
    BLOCKS = 64, /* of parts, counted and dealt out each by one worker */
    FEW = 32     /* members that are sorted by insertion */
};
static const uint32_t ALONE = UINT32_MAX;

static size_t bytes_of(size_t cap) { return cap * sizeof(rv_key_entry); }

/* Blocks have short lists, a build's are as long as its rows are many: those lie in huge pages, and grow without being
 * copied. Which it is, cap says. */
static rv_key_entry *entries_of(rv_key_list *list, size_t cap, rv_error *err) {
    if (bytes_of(cap) < LARGE_LIST) return rv_array_grow(list->entries, cap, sizeof *list->entries, err);
    if (bytes_of(list->cap) >= LARGE_LIST) return rv_pages_grow(list->entries, bytes_of(list->cap), bytes_of(cap), err);
    rv_key_entry *grown = rv_pages_new(bytes_of(cap), err);
    if (grown && list->n) memcpy(grown, list->entries, bytes_of(list->n));
    if (grown) rv_free(list->entries);
    return grown;
}

rv_status rv_key_list_add(rv_key_list *list, const rv_key_entry *entries, size_t n, rv_error *err) {
    if (n == 0) return RV_OK;
    if (list->cap - list->n < n) {
        size_t cap = list->cap + list->cap / 2 + n + 1024;
        rv_key_entry *grown = entries_of(list, cap, err);
        if (!grown) return RV_NO_MEMORY;
        list->entries = grown;
        list->cap = cap;
    }
    memcpy(list->entries + list->n, entries, n * sizeof *entries);
    list->n += n;
    return RV_OK;
}

void rv_key_list_free(rv_key_list *list) {
    if (bytes_of(list->cap) < LARGE_LIST) rv_free(list->entries);
    else rv_pages_free(list->entries, bytes_of(list->cap));
    *list = (rv_key_list){0};
}

/* --- Grouping a part ---------------------------------------------------------------------------------------------- */

typedef struct found_group {
    uint32_t first, count;
    size_t at; /* in the worker's members */
} found_group;

typedef struct group_worker {
    rv_key_entry *entries; /* of the part at hand, side by side; room for the largest part */
    uint32_t *slots;       /* power of two: entry's number within the part + 1, 0 free */
    uint32_t *key_of;      /* per entry: number of its key */
    uint32_t *counts;      /* per key: entries, then where its next member goes */
    size_t n_slots, cap;
    uint32_t *members; /* of all groups that it found, a row once in each */
    size_t n_members, members_cap;
    found_group *groups;
    size_t n_groups, groups_cap;
} group_worker;

typedef struct found_part { /* where a part's groups are */
    int worker;
    size_t at, n;
    uint32_t last_first; /* the largest first row */
} found_part;

typedef struct range_place { /* groups and members of one range, in one block of parts or in all before */
    size_t groups, members;
} range_place;

typedef struct dealt_group {
    uint32_t first, count;
    const uint32_t *rows;
} dealt_group;

typedef struct grouping {
    rv_key_list *list;
    rv_key_parts parts;
    group_worker *workers;
    int n_workers;
    found_part *found; /* per part */
    unsigned shift;    /* range = first row >> shift */
    size_t n_ranges;
    range_place *places; /* BLOCKS x n_ranges: counted, then where the next one goes */
    range_place *starts; /* n_ranges + 1 */
    dealt_group *dealt;  /* all groups, by range */
    rv_key_groups out;
} grouping;

static void worker_free(group_worker *w) {
    rv_free(w->entries);
    rv_free(w->slots);
    rv_free(w->key_of);
    rv_free(w->counts);
    rv_free(w->members);
    rv_free(w->groups);
    *w = (group_worker){0};
}

static rv_status worker_ready(group_worker *w, size_t n, rv_error *err) {
    if (n > w->cap) {
        size_t n_slots = 1024;
        while (n_slots < n * 2) n_slots *= 2;
        rv_free(w->entries);
        rv_free(w->slots);
        rv_free(w->key_of);
        rv_free(w->counts);
        w->cap = 0;
        w->entries = rv_array_grow(NULL, n, sizeof *w->entries, err);
        w->slots = rv_array_new(n_slots, sizeof *w->slots, err);
        w->key_of = rv_array_grow(NULL, n, sizeof *w->key_of, err);
        w->counts = rv_array_grow(NULL, n, sizeof *w->counts, err);
        if (!w->entries || !w->slots || !w->key_of || !w->counts) return RV_NO_MEMORY;
        w->n_slots = n_slots;
        w->cap = n;
    } else {
        memset(w->slots, 0, w->n_slots * sizeof *w->slots);
    }
    if (w->members_cap - w->n_members < n) {
        size_t cap = w->members_cap + w->members_cap / 4 + n;
        if (!rv_array_resize(&w->members, cap, sizeof *w->members, err)) return RV_NO_MEMORY;
        w->members_cap = cap;
    }
    if (w->groups_cap - w->n_groups < n / 2) {
        size_t cap = w->groups_cap + w->groups_cap / 4 + n / 2;
        if (!rv_array_resize(&w->groups, cap, sizeof *w->groups, err)) return RV_NO_MEMORY;
        w->groups_cap = cap;
    }
    return RV_OK;
}

static void collect_part(const grouping *g, size_t part, rv_key_entry *to) {
    for (size_t chunk = 0; chunk < RV_KEY_CHUNKS; chunk++) {
        const size_t *piece = rv_key_piece(&g->parts, chunk, part);
        size_t n = piece[1] - piece[0];
        if (n) memcpy(to, g->list->entries + piece[0], n * sizeof *to);
        to += n;
    }
}

/* Numbers the keys in order of appearance and counts their entries. slots hold the first entry of each key. */
static size_t number_keys(group_worker *w, size_t n) {
    const rv_key_entry *entries = w->entries;
    size_t keys = 0, mask = w->n_slots - 1;
    for (size_t i = 0; i < n; i++) {
        size_t slot = (size_t)entries[i].key.lo & mask;
        while (w->slots[slot] && !rv_key_equal(entries[w->slots[slot] - 1].key, entries[i].key))
            slot = (slot + 1) & mask;
        if (w->slots[slot] == 0) {
            w->slots[slot] = (uint32_t)i + 1;
            w->key_of[i] = (uint32_t)keys;
            w->counts[keys++] = 0;
        } else {
            w->key_of[i] = w->key_of[w->slots[slot] - 1];
        }
        w->counts[w->key_of[i]]++;
    }
    return keys;
}

static int by_row(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Ascending, each row once; returns how many are left. */
static uint32_t order_members(uint32_t *rows, uint32_t n) {
    if (n > FEW) qsort(rows, n, sizeof *rows, by_row);
    for (uint32_t i = 1; i < n && n <= FEW; i++) {
        uint32_t row = rows[i], j = i;
        for (; j > 0 && rows[j - 1] > row; j--) rows[j] = rows[j - 1];
        rows[j] = row;
    }
    uint32_t kept = 1;
    for (uint32_t i = 1; i < n; i++)
        if (rows[i] != rows[kept - 1]) rows[kept++] = rows[i];
    return kept;
}

static rv_status group_part(void *ctx, size_t part, int worker, rv_error *err) {
    grouping *g = ctx;
    group_worker *w = &g->workers[worker];
    found_part *found = &g->found[part];
    size_t n = rv_key_part_entries(&g->parts, part);
    if (n == 0) return RV_OK;
    RV_TRY(worker_ready(w, n, err));
    *found = (found_part){.worker = worker, .at = w->n_groups};
    collect_part(g, part, w->entries);
    size_t keys = number_keys(w, n), n_groups = 0;
    found_group *groups = w->groups + w->n_groups;
    uint32_t *members = w->members + w->n_members, at = 0;
    for (size_t key = 0; key < keys; key++) {
        uint32_t count = w->counts[key];
        w->counts[key] = count < 2 ? ALONE : at;
        if (count < 2) continue;
        groups[n_groups++] = (found_group){.count = count, .at = at};
        at += count;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t *next = &w->counts[w->key_of[i]];
        if (*next != ALONE) members[(*next)++] = w->entries[i].row;
    }
    for (size_t i = 0; i < n_groups; i++) {
        found_group group = groups[i];
        uint32_t *rows = members + group.at, count = order_members(rows, group.count);
        if (count < 2) continue; /* one row that bears its key twice */
        if (rows[0] > found->last_first) found->last_first = rows[0];
        groups[found->n++] = (found_group){.first = rows[0], .count = count, .at = w->n_members + group.at};
    }
    w->n_members += at;
    w->n_groups += found->n;
    return RV_OK;
}

/* --- Order -------------------------------------------------------------------------------------------------------- */

static size_t block_start(const grouping *g, size_t block) { return g->parts.n * block / BLOCKS; }

static rv_status count_block(void *ctx, size_t block, int worker, rv_error *err) {
    (void)worker, (void)err;
    const grouping *g = ctx;
    range_place *places = g->places + block * g->n_ranges;
    for (size_t part = block_start(g, block); part < block_start(g, block + 1); part++) {
        const found_part *found = &g->found[part];
        const found_group *groups = g->workers[found->worker].groups + found->at;
        for (size_t i = 0; i < found->n; i++) {
            range_place *place = &places[groups[i].first >> g->shift];
            place->groups++;
            place->members += groups[i].count;
        }
    }
    return RV_OK;
}

static rv_status deal_block(void *ctx, size_t block, int worker, rv_error *err) {
    (void)worker, (void)err;
    const grouping *g = ctx;
    range_place *places = g->places + block * g->n_ranges;
    for (size_t part = block_start(g, block); part < block_start(g, block + 1); part++) {
        const found_part *found = &g->found[part];
        const group_worker *w = &g->workers[found->worker];
        const found_group *groups = w->groups + found->at;
        for (size_t i = 0; i < found->n; i++)
            g->dealt[places[groups[i].first >> g->shift].groups++] =
                (dealt_group){groups[i].first, groups[i].count, w->members + groups[i].at};
    }
    return RV_OK;
}

static void counts_to_places(grouping *g) {
    range_place at = {0, 0};
    for (size_t range = 0; range < g->n_ranges; range++) {
        g->starts[range] = at;
        for (size_t block = 0; block < BLOCKS; block++) {
            range_place *place = &g->places[block * g->n_ranges + range], counted = *place;
            *place = at;
            at.groups += counted.groups;
            at.members += counted.members;
        }
    }
    g->starts[g->n_ranges] = at;
}

/* By first row; a row may give several keys of one kind, and its groups would stand as the secret orders keys: so by all rows. */
static int by_rows(const void *a, const void *b) {
    const dealt_group *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    uint32_t n = x->count < y->count ? x->count : y->count;
    for (uint32_t i = 1; i < n; i++)
        if (x->rows[i] != y->rows[i]) return x->rows[i] < y->rows[i] ? -1 : 1;
    return (x->count > y->count) - (x->count < y->count);
}

static rv_status order_range(void *ctx, size_t range, int worker, rv_error *err) {
    (void)worker, (void)err;
    grouping *g = ctx;
    size_t from = g->starts[range].groups, n = g->starts[range + 1].groups - from, at = g->starts[range].members;
    if (n > 1) qsort(g->dealt + from, n, sizeof *g->dealt, by_rows);
    for (size_t i = from; i < from + n; i++) {
        const dealt_group *group = &g->dealt[i];
        g->out.groups[i] = (rv_key_group){group->first, (uint32_t)at, group->count};
        memcpy(g->out.members + at, group->rows, group->count * sizeof *group->rows);
        at += group->count;
    }
    return RV_OK;
}

static rv_status order_groups(grouping *g, rv_error *err) {
    uint32_t last = 0;
    for (size_t part = 0; part < g->parts.n; part++)
        if (g->found[part].n && g->found[part].last_first > last) last = g->found[part].last_first;
    while (last >> g->shift >= RANGES_MAX || (uint32_t)1 << g->shift < RANGE_ROWS_MIN) g->shift++;
    g->n_ranges = (size_t)(last >> g->shift) + 1;
    g->places = rv_array_new(BLOCKS * g->n_ranges, sizeof *g->places, err);
    g->starts = rv_array_new(g->n_ranges + 1, sizeof *g->starts, err);
    if (!g->places || !g->starts) return RV_NO_MEMORY;
    RV_TRY(rv_parallel(g->n_workers, BLOCKS, count_block, g, err));
    counts_to_places(g);
    size_t groups = g->starts[g->n_ranges].groups, members = g->starts[g->n_ranges].members;
    g->dealt = rv_array_grow(NULL, groups, sizeof *g->dealt, err);
    g->out.groups = rv_array_grow(NULL, groups, sizeof *g->out.groups, err);
    g->out.members = rv_array_grow(NULL, members, sizeof *g->out.members, err);
    if (!g->dealt || !g->out.groups || !g->out.members) return RV_NO_MEMORY;
    rv_pages_prefer_huge(g->dealt, groups * sizeof *g->dealt);
    rv_pages_prefer_huge(g->out.groups, groups * sizeof *g->out.groups);
    rv_pages_prefer_huge(g->out.members, members * sizeof *g->out.members);
    g->out.n = groups;
    RV_TRY(rv_parallel(g->n_workers, BLOCKS, deal_block, g, err));
    return rv_parallel(g->n_workers, g->n_ranges, order_range, g, err);
}

/* --- All together ------------------------------------------------------------------------------------------------- */

static rv_status group(grouping *g, rv_error *err) {
    int bits = 0;
    while (bits < PART_BITS_MAX && g->list->n >> bits > PART_ENTRIES) bits++;
    RV_TRY(rv_key_parts_make(g->list->entries, g->list->n, bits, g->n_workers, &g->parts, err));
    g->found = rv_array_new(g->parts.n, sizeof *g->found, err);
    g->workers = rv_array_new((size_t)g->n_workers, sizeof *g->workers, err);
    if (!g->found || !g->workers) return RV_NO_MEMORY;
    RV_TRY(rv_parallel(g->n_workers, g->parts.n, group_part, g, err));
    return order_groups(g, err);
}

rv_status rv_key_groups_make(rv_key_list *list, int threads, rv_key_groups *out, rv_error *err) {
    *out = (rv_key_groups){0};
    if (list->n < 2) return RV_OK;
    if (list->n >= UINT32_MAX) return rv_fail(err, RV_BAD_ARGUMENT, "more than 4 billion keys of one kind");
    grouping g = {.list = list, .n_workers = threads};
    rv_status status = group(&g, err);
    if (status == RV_OK) *out = g.out;
    else rv_key_groups_free(&g.out);
    for (int i = 0; g.workers && i < threads; i++) worker_free(&g.workers[i]);
    rv_free(g.workers);
    rv_free(g.found);
    rv_free(g.places);
    rv_free(g.starts);
    rv_free(g.dealt);
    rv_key_parts_free(&g.parts);
    return status;
}

void rv_key_groups_free(rv_key_groups *groups) {
    rv_free(groups->groups);
    rv_free(groups->members);
    rv_free(groups->pairs);
    *groups = (rv_key_groups){0};
}
