/*
 * Grouping by partition: entries are cut by the key's top bits into parts that fit a core's cache, and each part is
 * grouped in a small table by one worker. Cutting is stable, so rows ascend within a part and thus within a group.
 */
#include "build_keys.h"

enum {
    PART_ENTRIES = 16 << 10, /* 384 KB of entries: half a megabyte of L2 with the table beside them */
    PARTS_MAX_BITS = 12,     /* more parts than this and the scatter itself misses the TLB on each write */
    LARGE_LIST = 8 << 20,    /* bytes */
    RANGES = 64              /* of entries, counted and scattered each by one worker */
};
static const uint32_t NO_ROW = UINT32_MAX, ALONE = UINT32_MAX;

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

/* --- Cutting ------------------------------------------------------------------------------------------------------ */

typedef struct cutting {
    const rv_key_entry *from;
    rv_key_entry *to;
    size_t n;
    unsigned shift; /* part = key.hi >> shift */
    size_t parts;
    size_t *counts; /* RANGES * parts: entries, then where the next one goes */
    size_t *starts; /* parts + 1 */
} cutting;

static size_t part_of(const cutting *c, rv_key key) { return c->parts == 1 ? 0 : (size_t)(key.hi >> c->shift); }
static size_t range_start(const cutting *c, size_t range) {
    return c->n / RANGES * range + (range == RANGES ? c->n % RANGES : 0);
}

static rv_status count_range(void *ctx, size_t range, int worker, rv_error *err) {
    (void)worker, (void)err;
    const cutting *c = ctx;
    size_t *counts = c->counts + range * c->parts, end = range_start(c, range + 1);
    for (size_t i = range_start(c, range); i < end; i++) counts[part_of(c, c->from[i].key)]++;
    return RV_OK;
}

static rv_status scatter_range(void *ctx, size_t range, int worker, rv_error *err) {
    (void)worker, (void)err;
    const cutting *c = ctx;
    size_t *next = c->counts + range * c->parts, end = range_start(c, range + 1);
    for (size_t i = range_start(c, range); i < end; i++) c->to[next[part_of(c, c->from[i].key)]++] = c->from[i];
    return RV_OK;
}

static void counts_to_places(cutting *c) {
    size_t at = 0;
    for (size_t part = 0; part < c->parts; part++) {
        c->starts[part] = at;
        for (size_t range = 0; range < RANGES; range++) {
            size_t n = c->counts[range * c->parts + part];
            c->counts[range * c->parts + part] = at;
            at += n;
        }
    }
    c->starts[c->parts] = at;
}

/* Reorders the list by part; starts (parts + 1, the caller's) says where each begins. */
static rv_status cut(rv_key_list *list, int threads, size_t **starts, size_t *parts, rv_error *err) {
    unsigned bits = 0;
    while (bits < PARTS_MAX_BITS && list->n >> bits > PART_ENTRIES) bits++;
    cutting c = {.from = list->entries, .n = list->n, .parts = (size_t)1 << bits, .shift = 64 - bits};
    rv_status status = RV_NO_MEMORY;
    c.counts = rv_array_new(RANGES * c.parts, sizeof *c.counts, err);
    c.starts = rv_array_new(c.parts + 1, sizeof *c.starts, err);
    c.to = entries_of(&(rv_key_list){0}, list->n, err);
    if (!c.counts || !c.starts || !c.to) goto done;
    status = rv_parallel(threads, RANGES, count_range, &c, err);
    if (status != RV_OK) goto done;
    counts_to_places(&c);
    status = rv_parallel(threads, RANGES, scatter_range, &c, err);
    if (status != RV_OK) goto done;
    rv_key_list cut = {c.to, list->n, list->n};
    rv_key_list_free(list);
    *list = cut;
    c.to = NULL;
    *starts = c.starts;
    *parts = c.parts;
    c.starts = NULL;
done:
    rv_free(c.counts);
    rv_free(c.starts);
    rv_key_list_free(&(rv_key_list){c.to, list->n, list->n});
    return status;
}

/* --- Grouping a part ---------------------------------------------------------------------------------------------- */

typedef struct part_table { /* one per worker, as large as its largest part so far */
    uint32_t *slots;        /* power of two: entry's number within the part + 1, 0 free */
    uint32_t *key_of;       /* per entry: number of its key */
    uint32_t *counts;       /* per key: rows, then where its next member goes */
    uint32_t *last;         /* per key: the last row, so that a row counts once */
    size_t n_slots, cap;
} part_table;

typedef struct grouping {
    const rv_key_entry *entries;
    const size_t *starts;
    rv_key_groups *out; /* part p writes its members from starts[p], its groups from starts[p] / 2 */
    size_t *n_groups;   /* per part */
    part_table *tables; /* per worker */
} grouping;

static void part_table_free(part_table *t) {
    rv_free(t->slots);
    rv_free(t->key_of);
    rv_free(t->counts);
    rv_free(t->last);
    *t = (part_table){0};
}

static rv_status part_table_ready(part_table *t, size_t n, rv_error *err) {
    if (n > t->cap) {
        size_t n_slots = 1024;
        while (n_slots < n * 2) n_slots *= 2;
        part_table_free(t);
        t->slots = rv_array_new(n_slots, sizeof *t->slots, err);
        t->key_of = rv_array_new(n, sizeof *t->key_of, err);
        t->counts = rv_array_new(n, sizeof *t->counts, err);
        t->last = rv_array_new(n, sizeof *t->last, err);
        if (!t->slots || !t->key_of || !t->counts || !t->last) return RV_NO_MEMORY;
        t->n_slots = n_slots;
        t->cap = n;
    } else {
        memset(t->slots, 0, t->n_slots * sizeof *t->slots);
    }
    return RV_OK;
}

/* Numbers the keys in order of appearance and counts their rows. slots hold the first entry of each key. */
static size_t number_keys(part_table *t, const rv_key_entry *entries, size_t n) {
    size_t keys = 0, mask = t->n_slots - 1;
    for (size_t i = 0; i < n; i++) {
        size_t slot = (size_t)entries[i].key.lo & mask;
        while (t->slots[slot] && !rv_key_equal(entries[t->slots[slot] - 1].key, entries[i].key))
            slot = (slot + 1) & mask;
        if (t->slots[slot] == 0) {
            t->slots[slot] = (uint32_t)i + 1;
            t->key_of[i] = (uint32_t)keys;
            t->counts[keys] = 0;
            t->last[keys] = NO_ROW;
            keys++;
        } else {
            t->key_of[i] = t->key_of[t->slots[slot] - 1];
        }
        uint32_t key = t->key_of[i];
        t->counts[key] += t->last[key] != entries[i].row;
        t->last[key] = entries[i].row;
    }
    return keys;
}

static rv_status group_part(void *ctx, size_t part, int worker, rv_error *err) {
    const grouping *g = ctx;
    part_table *t = &g->tables[worker];
    size_t start = g->starts[part], n = g->starts[part + 1] - start, n_groups = 0;
    const rv_key_entry *entries = g->entries + start;
    if (n == 0) return RV_OK;
    RV_TRY(part_table_ready(t, n, err));
    size_t keys = number_keys(t, entries, n);
    rv_key_group *groups = g->out->groups + start / 2;
    uint32_t *members = g->out->members, at = (uint32_t)start;
    for (size_t key = 0; key < keys; key++) {
        uint32_t count = t->counts[key];
        t->last[key] = NO_ROW;
        t->counts[key] = count < 2 ? ALONE : at;
        if (count < 2) continue;
        groups[n_groups++] = (rv_key_group){.start = at, .count = count};
        at += count;
    }
    for (size_t i = 0; i < n; i++) { /* rows ascend: a row that bears its key twice meets itself next */
        uint32_t key = t->key_of[i], row = entries[i].row;
        if (t->counts[key] == ALONE || t->last[key] == row) continue;
        members[t->counts[key]++] = row;
        t->last[key] = row;
    }
    for (size_t i = 0; i < n_groups; i++) groups[i].first = members[groups[i].start];
    g->n_groups[part] = n_groups;
    return RV_OK;
}

/* --- Order -------------------------------------------------------------------------------------------------------- */

/* Stable, by first row, 11 bits a pass. */
static rv_status sort_by_first(rv_key_group *groups, size_t n, rv_error *err) {
    enum { BITS = 11, VALUES = 1 << BITS };
    rv_key_group *spare = rv_array_grow(NULL, n, sizeof *spare, err);
    if (!spare) return RV_NO_MEMORY;
    rv_key_group *from = groups, *to = spare;
    for (unsigned shift = 0; shift < 33; shift += BITS) {
        size_t next[VALUES + 1] = {0};
        for (size_t i = 0; i < n; i++) next[(from[i].first >> shift & (VALUES - 1)) + 1]++;
        for (size_t v = 0; v < VALUES; v++) next[v + 1] += next[v];
        for (size_t i = 0; i < n; i++) to[next[from[i].first >> shift & (VALUES - 1)]++] = from[i];
        rv_key_group *swap = from;
        from = to;
        to = swap;
    }
    if (from != groups) memcpy(groups, from, n * sizeof *groups);
    rv_free(spare);
    return RV_OK;
}

static bool group_before(const rv_key_groups *g, const rv_key_group *a, const rv_key_group *b) {
    uint32_t n = a->count < b->count ? a->count : b->count;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = g->members[a->start + i], y = g->members[b->start + i];
        if (x != y) return x < y;
    }
    return a->count < b->count;
}

/* A row may give several keys of one kind: its groups stand in order of the key so far, which the secret decides. */
static void order_ties(rv_key_groups *g) {
    for (size_t i = 1; i < g->n; i++) {
        rv_key_group group = g->groups[i];
        size_t at = i;
        while (at > 0 && g->groups[at - 1].first == group.first && group_before(g, &group, &g->groups[at - 1])) {
            g->groups[at] = g->groups[at - 1];
            at--;
        }
        g->groups[at] = group;
    }
}

rv_status rv_key_groups_make(rv_key_list *list, int threads, rv_key_groups *out, rv_error *err) {
    *out = (rv_key_groups){0};
    if (list->n < 2) return RV_OK;
    if (list->n >= UINT32_MAX) return rv_fail(err, RV_BAD_ARGUMENT, "more than 4 billion keys of one kind");
    size_t *starts = NULL, parts = 0;
    rv_key_groups groups = {0};
    RV_TRY(cut(list, threads, &starts, &parts, err));
    grouping g = {.entries = list->entries, .starts = starts, .out = &groups};
    rv_status status = RV_NO_MEMORY;
    groups.members = rv_array_grow(NULL, list->n, sizeof *groups.members, err);
    groups.groups = rv_array_grow(NULL, list->n / 2 + 1, sizeof *groups.groups, err);
    g.n_groups = rv_array_new(parts, sizeof *g.n_groups, err);
    g.tables = rv_array_new((size_t)threads, sizeof *g.tables, err);
    if (!groups.members || !groups.groups || !g.n_groups || !g.tables) goto done;
    rv_pages_prefer_huge(groups.members, list->n * sizeof *groups.members);
    rv_pages_prefer_huge(groups.groups, (list->n / 2 + 1) * sizeof *groups.groups);
    status = rv_parallel(threads, parts, group_part, &g, err);
    if (status != RV_OK) goto done;
    for (size_t part = 0; part < parts; part++) {
        memmove(groups.groups + groups.n, groups.groups + starts[part] / 2, g.n_groups[part] * sizeof *groups.groups);
        groups.n += g.n_groups[part];
    }
    status = sort_by_first(groups.groups, groups.n, err);
    if (status != RV_OK) goto done;
    order_ties(&groups);
    *out = groups;
    groups = (rv_key_groups){0};
done:
    for (int i = 0; g.tables && i < threads; i++) part_table_free(&g.tables[i]);
    rv_free(g.tables);
    rv_free(g.n_groups);
    rv_free(starts);
    rv_key_groups_free(&groups);
    return status;
}

void rv_key_groups_free(rv_key_groups *groups) {
    rv_free(groups->groups);
    rv_free(groups->members);
    rv_free(groups->pairs);
    *groups = (rv_key_groups){0};
}
