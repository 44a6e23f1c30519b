/*
 * Two steps: a table of the clients' keys (sorted, behind a bitmap that most contacts don't pass), then the walk over the
 * base. Who meets a client is compared at once, while the guard is at hand; lists are put in order at the end, so that
 * threads need no order among themselves. A contact that shares two keys with a client is proposed twice, and listed once.
 */
#include "link_scan.h"

#include "guard_store.h"
#include "parallel.h"
#include "report.h"
#include "sort.h"

enum { PIECE = 1 << 16, STEP = 256, LETTER = 5, LETTERS = 12, LEAST_AFFINITY = 30 };

/* --- Keys ---------------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t kind, uint64_t a, uint64_t b) {
    uint64_t x = (a ^ kind * 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
    x ^= x >> 32;
    x = (x + b) * 0xc4ceb9fe1a85ec53;
    return x ^ x >> 29;
}

static uint64_t head(uint64_t name, unsigned letters) { return name >> (LETTER * (LETTERS - letters)); }

/*
 * The consonants of a packed name by the place where they are spoken, vowels, H and doubled letters left out: what is left
 * of DUPOND, DUPONT and DUPPON is one. Six of them, four bits each.
 */
static uint32_t skeleton(uint64_t name) {
    static const uint8_t place[32] = {
        ['B' - 64] = 1, ['P' - 64] = 1,  ['C' - 64] = 2,  ['K' - 64] = 2,  ['Q' - 64] = 2,
        ['G' - 64] = 3, ['J' - 64] = 3,  ['D' - 64] = 4,  ['T' - 64] = 4,  ['F' - 64] = 5,
        ['V' - 64] = 5, ['W' - 64] = 5,  ['L' - 64] = 6,  ['M' - 64] = 7,  ['N' - 64] = 8,
        ['R' - 64] = 9, ['S' - 64] = 10, ['Z' - 64] = 10, ['X' - 64] = 10,
    };
    uint32_t out = 0, last = 0;
    unsigned n = 0;
    for (int shift = LETTER * (LETTERS - 1); shift >= 0 && n < 6; shift -= LETTER) {
        uint32_t here = place[name >> shift & 31];
        if (here && here != last) {
            out = out << 4 | here;
            n++;
        }
        if (here) last = here;
    }
    return out;
}

unsigned rv_link_scan_keys(const rv_guard *g, uint64_t keys[RV_SCAN_KEYS_MAX]) {
    unsigned n = 0;
    uint64_t spoken = g->last ? skeleton(g->last) : 0, year = 0;
    if (g->birth != RV_DATE_NONE) {
        int y, m, d;
        rv_date_split(g->birth, &y, &m, &d);
        year = (uint64_t)y;
        if (!(g->flags & RV_GUARD_BIRTH_WEAK)) { /* day and month in either order; first and last name too */
            uint64_t day = year << 10 | (uint64_t)(m < d ? m << 5 | d : d << 5 | m);
            if (g->first) keys[n++] = mix(1, day, head(g->first, 3));
            if (g->last) keys[n++] = mix(1, day, head(g->last, 3));
        }
    }
    if (g->first && g->last) {
        uint64_t low = g->first < g->last ? g->first : g->last, high = g->first < g->last ? g->last : g->first;
        keys[n++] = mix(2, low, high);
        if (year) keys[n++] = mix(3, year << 24 | spoken, head(g->first, 3));
        if (g->postcode) keys[n++] = mix(4, (uint64_t)(g->postcode / 1000) << 24 | spoken, head(g->first, 3));
    }
    if (!g->postcode) return n;
    if (g->last) keys[n++] = mix(5, g->postcode, spoken);
    if (g->birth_name) keys[n++] = mix(5, g->postcode, skeleton((uint64_t)g->birth_name << (LETTER * 6)));
    if (g->first && year) keys[n++] = mix(6, g->postcode, head(g->first, 4) << 12 | year);
    if (g->street) keys[n++] = mix(7, (uint64_t)g->postcode << 16 | g->street, g->first ? head(g->first, 1) : 0);
    return n;
}

/* --- The clients' keys ----------------------------------------------------------------------------------------------- */

typedef struct key_table {
    uint64_t *keys;    /* distinct, ascending */
    uint32_t *starts;  /* n + 1: into clients */
    uint32_t *clients; /* who bears each */
    uint32_t *first;   /* directory by the top bits: first key of each */
    uint32_t *met;     /* contacts that bore it so far */
    uint64_t *bits;    /* a key's low bits: is it here at all? */
    uint32_t n;
    unsigned directory_bits, filter_bits;
} key_table;

static void free_table(key_table *t) {
    rv_free(t->keys);
    rv_free(t->starts);
    rv_free(t->clients);
    rv_free(t->first);
    rv_free(t->met);
    rv_free(t->bits);
}

/* Keys give up their low bits to the client's number while they are sorted, and so are told apart by the upper ones. */
static unsigned bits_for(uint64_t n) {
    unsigned bits = 1;
    while ((uint64_t)1 << bits < n) bits++;
    return bits;
}

static rv_status list_pairs(const rv_guard *clients, uint32_t n, unsigned low, uint64_t **out, size_t *n_out,
                            rv_error *err) {
    uint64_t keys[RV_SCAN_KEYS_MAX], *pairs = rv_array_new((size_t)n * RV_SCAN_KEYS_MAX + 1, sizeof *pairs, err);
    uint64_t *scratch = NULL;
    size_t count = 0;
    if (!pairs) return RV_NO_MEMORY;
    for (uint32_t c = 0; c < n; c++) {
        unsigned made = rv_link_scan_keys(&clients[c], keys);
        for (unsigned k = 0; k < made; k++) pairs[count++] = keys[k] >> low << low | c;
    }
    if (!(scratch = rv_array_new(count + 1, sizeof *scratch, err))) {
        rv_free(pairs);
        return RV_NO_MEMORY;
    }
    rv_sort_u64(pairs, scratch, count);
    rv_free(scratch);
    *out = pairs;
    *n_out = count;
    return RV_OK;
}

static rv_status room_for_table(key_table *t, size_t pairs, rv_error *err) {
    t->directory_bits = bits_for(pairs / 2 + 2);
    t->filter_bits = bits_for(pairs * 8 + 64);
    t->keys = rv_array_new(pairs + 1, sizeof *t->keys, err);
    t->starts = rv_array_new(pairs + 1, sizeof *t->starts, err);
    t->clients = rv_array_new(pairs + 1, sizeof *t->clients, err);
    t->met = rv_array_new(pairs + 1, sizeof *t->met, err);
    t->first = rv_array_new(((size_t)1 << t->directory_bits) + 1, sizeof *t->first, err);
    t->bits = rv_array_new(((size_t)1 << t->filter_bits) / 64, sizeof *t->bits, err);
    return t->keys && t->starts && t->clients && t->met && t->first && t->bits ? RV_OK : RV_NO_MEMORY;
}

/* Two bits of one word: a key that isn't here passes once in a hundred times, for one cache miss. */
static size_t filter_word(const key_table *t, uint64_t key) { return key >> (64 - t->filter_bits) >> 6; }
static uint64_t filter_mask(uint64_t key) { return (uint64_t)1 << (key >> 30 & 63) | (uint64_t)1 << (key >> 24 & 63); }

static rv_status make_table(const rv_guard *clients, uint32_t n, unsigned low, key_table *t, rv_link_scan *out,
                            rv_error *err) {
    uint64_t *pairs;
    size_t count;
    RV_TRY(list_pairs(clients, n, low, &pairs, &count, err));
    rv_status status = room_for_table(t, count, err);
    uint64_t mask = ((uint64_t)1 << low) - 1;
    uint32_t listed = 0;
    for (size_t i = 0, end; status == RV_OK && i < count; i = end) {
        uint64_t key = pairs[i] & ~mask;
        for (end = i + 1; end < count && (pairs[end] & ~mask) == key;) end++;
        out->keys++;
        if (end - i > RV_SCAN_CLIENTS) {
            out->client_stops++;
            continue;
        }
        t->keys[t->n] = key;
        t->starts[t->n++] = listed;
        for (size_t k = i; k < end; k++)
            if (k == i || pairs[k] != pairs[k - 1]) t->clients[listed++] = (uint32_t)(pairs[k] & mask);
        t->bits[filter_word(t, key)] |= filter_mask(key);
    }
    rv_free(pairs);
    if (status != RV_OK) return status;
    t->starts[t->n] = listed;
    size_t at = 0;
    for (uint32_t i = 0; i < t->n; i++)
        for (size_t slot = t->keys[i] >> (64 - t->directory_bits); at <= slot;) t->first[at++] = i;
    for (; at <= (size_t)1 << t->directory_bits; at++) t->first[at] = t->n;
    return RV_OK;
}

static uint32_t find_key(const key_table *t, uint64_t key) {
    size_t slot = key >> (64 - t->directory_bits);
    for (uint32_t i = t->first[slot]; i < t->first[slot + 1] && t->keys[i] <= key; i++)
        if (t->keys[i] == key) return i;
    return UINT32_MAX;
}

/* --- The walk -------------------------------------------------------------------------------------------------------- */

typedef struct proposal {
    uint32_t client, row, key, worth;
} proposal;

typedef struct asked { /* a key of a contact of this step */
    uint64_t key;
    uint32_t contact, found; /* in the step; in the table */
} asked;

typedef struct worker {
    proposal *at;
    size_t n, cap;
    uint64_t met;
    rv_guard guards[STEP];
    uint32_t rows[STEP];
    asked asked[STEP * RV_SCAN_KEYS_MAX];
} worker;

typedef struct walk {
    rv_megabase *megabase;
    const rv_guard *clients;
    key_table table;
    unsigned low;
    worker *workers;
    unsigned char *household; /* per client; only ever set */
    const rv_settings *settings;
} walk;

static rv_status propose(worker *w, const proposal *p, rv_error *err) {
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 4096;
        if (!rv_array_resize(&w->at, cap, sizeof *w->at, err)) return RV_NO_MEMORY;
        w->cap = cap;
    }
    w->at[w->n++] = *p;
    return RV_OK;
}

static bool one_home(const rv_guard *a, const rv_guard *b) {
    return a->last && a->last == b->last && a->postcode && a->postcode == b->postcode && a->street &&
           a->street == b->street;
}

static rv_status meet_clients(walk *k, worker *w, uint32_t key, const rv_guard *contact, uint32_t row, rv_error *err) {
    if (__atomic_fetch_add(&k->table.met[key], 1, __ATOMIC_RELAXED) >= RV_SCAN_CONTACTS) return RV_OK;
    for (uint32_t i = k->table.starts[key]; i < k->table.starts[key + 1]; i++) {
        uint32_t client = k->table.clients[i];
        const rv_guard *guard = &k->clients[client];
        w->met++;
        rv_guard_verdict verdict = rv_guard_compare(guard, contact);
        if (verdict == RV_GUARD_CONTRADICTS) {
            if (one_home(guard, contact)) __atomic_store_n(&k->household[client], 1, __ATOMIC_RELAXED);
            continue;
        }
        unsigned affinity = rv_guard_affinity(guard, contact);
        if (affinity < LEAST_AFFINITY) continue;
        RV_TRY(propose(w, &(proposal){client, row, key, affinity * 4 + (unsigned)verdict}, err));
    }
    return RV_OK;
}

/* Each turn asks memory for what the next one needs, so that the misses of a step overlap: the filter's word, the
 * directory's entry, the key, the first client's guard. */
static size_t list_keys(const walk *k, worker *w, uint32_t n) {
    uint64_t mask = ((uint64_t)1 << k->low) - 1, keys[RV_SCAN_KEYS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        unsigned made = rv_link_scan_keys(&w->guards[i], keys);
        for (unsigned j = 0; j < made; j++) {
            w->asked[count++] = (asked){keys[j] & ~mask, i, 0};
            __builtin_prefetch(&k->table.bits[filter_word(&k->table, keys[j])]);
        }
    }
    return count;
}

static size_t filter_keys(const walk *k, worker *w, size_t n) {
    const key_table *t = &k->table;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        asked a = w->asked[i];
        uint64_t mask = filter_mask(a.key);
        w->asked[kept] = a;
        kept += (t->bits[filter_word(t, a.key)] & mask) == mask;
    }
    for (size_t i = 0; i < kept; i++) __builtin_prefetch(&t->first[w->asked[i].key >> (64 - t->directory_bits)]);
    for (size_t i = 0; i < kept; i++)
        __builtin_prefetch(&t->keys[t->first[w->asked[i].key >> (64 - t->directory_bits)]]);
    return kept;
}

static size_t find_keys(const walk *k, worker *w, size_t n) {
    const key_table *t = &k->table;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t found = find_key(t, w->asked[i].key);
        if (found == UINT32_MAX) continue;
        __builtin_prefetch(&t->starts[found]);
        __builtin_prefetch(&t->met[found], 1);
        w->asked[kept++] = (asked){w->asked[i].key, w->asked[i].contact, found};
    }
    for (size_t i = 0; i < kept; i++) __builtin_prefetch(&t->clients[t->starts[w->asked[i].found]]);
    return kept;
}

static rv_status walk_step(walk *k, worker *w, uint32_t first, uint32_t n, rv_error *err) {
    for (uint32_t i = 0; i < n; i++) w->rows[i] = first + i;
    RV_TRY(rv_guards_fetch(k->megabase, w->rows, n, w->guards, err));
    size_t count = find_keys(k, w, filter_keys(k, w, list_keys(k, w, n)));
    for (size_t i = 0; i < count; i++) {
        const asked *a = &w->asked[i];
        if (i + 4 < count) __builtin_prefetch(&k->clients[k->table.clients[k->table.starts[w->asked[i + 4].found]]]);
        RV_TRY(meet_clients(k, w, a->found, &w->guards[a->contact], first + a->contact, err));
    }
    return RV_OK;
}

static rv_status walk_piece(void *ctx, size_t piece, int number, rv_error *err) {
    walk *k = ctx;
    uint32_t rows = rv_megabase_rows(k->megabase), from = (uint32_t)piece * PIECE;
    uint32_t end = rows - from < PIECE ? rows : from + PIECE;
    RV_TRY(rv_check_cancel(k->settings, err));
    for (uint32_t at = from; at < end; at += STEP)
        RV_TRY(walk_step(k, &k->workers[number], at, end - at < STEP ? end - at : STEP, err));
    return RV_OK;
}

/* --- The lists ------------------------------------------------------------------------------------------------------- */

static bool nearer(const proposal *a, const proposal *b) {
    return a->worth != b->worth ? a->worth > b->worth : a->row < b->row;
}

/* Puts a proposal in its place among a client's; the last one falls out where there are too many. */
static void place(proposal *list, unsigned *n, const proposal *p) {
    unsigned at = 0;
    for (unsigned i = 0; i < *n; i++)
        if (list[i].row == p->row) return;
    while (at < *n && !nearer(p, &list[at])) at++;
    if (at == RV_SCAN_KEPT) return;
    unsigned moved = (*n < RV_SCAN_KEPT ? *n : RV_SCAN_KEPT - 1) - at;
    memmove(list + at + 1, list + at, moved * sizeof *list);
    list[at] = *p;
    if (*n < RV_SCAN_KEPT) (*n)++;
}

static rv_status make_lists(const walk *k, int threads, uint32_t n, rv_link_scan *out, rv_error *err) {
    proposal *lists = rv_array_new((size_t)n * RV_SCAN_KEPT + 1, sizeof *lists, err);
    unsigned *counts = rv_array_new((size_t)n + 1, sizeof *counts, err);
    rv_status status = lists && counts ? RV_OK : RV_NO_MEMORY;
    for (int t = 0; status == RV_OK && t < threads; t++)
        for (size_t i = 0; i < k->workers[t].n; i++) {
            const proposal *p = &k->workers[t].at[i];
            if (k->table.met[p->key] > RV_SCAN_CONTACTS) continue;
            place(lists + (size_t)p->client * RV_SCAN_KEPT, &counts[p->client], p);
        }
    size_t listed = 0;
    for (uint32_t c = 0; status == RV_OK && c < n; c++) listed += counts[c];
    if (status == RV_OK && (!(out->rows = rv_array_new(listed + 1, sizeof *out->rows, err)) ||
                            !(out->starts = rv_array_new((size_t)n + 1, sizeof *out->starts, err)) ||
                            !(out->household = rv_array_new((size_t)n + 1, sizeof *out->household, err))))
        status = RV_NO_MEMORY;
    for (uint32_t c = 0, at = 0; status == RV_OK && c < n; c++) {
        for (unsigned i = 0; i < counts[c]; i++) out->rows[at++] = lists[(size_t)c * RV_SCAN_KEPT + i].row;
        out->starts[c + 1] = at;
        out->household[c] = k->household[c] != 0;
    }
    rv_free(lists);
    rv_free(counts);
    return status;
}

static rv_status walk_all(walk *k, uint32_t n, rv_link_scan *out, rv_error *err) {
    int threads = rv_threads(k->settings);
    if (!(k->workers = rv_array_new((size_t)threads, sizeof *k->workers, err)) ||
        !(k->household = rv_array_new((size_t)n + 1, 1, err)))
        return RV_NO_MEMORY;
    size_t pieces = ((size_t)rv_megabase_rows(k->megabase) + PIECE - 1) / PIECE;
    rv_status status = rv_parallel(threads, pieces, walk_piece, k, err);
    if (status == RV_OK) status = make_lists(k, threads, n, out, err);
    for (int t = 0; t < threads; t++) {
        out->met += k->workers[t].met;
        rv_free(k->workers[t].at);
    }
    for (uint32_t i = 0; i < k->table.n; i++) out->contact_stops += k->table.met[i] > RV_SCAN_CONTACTS;
    return status;
}

rv_status rv_link_scan_run(rv_megabase *megabase, const rv_guard *clients, uint32_t n, const rv_settings *settings,
                           rv_link_scan *out, rv_error *err) {
    walk k = {.megabase = megabase, .clients = clients, .settings = settings, .low = bits_for((uint64_t)n + 1)};
    *out = (rv_link_scan){.n = n};
    rv_status status = make_table(clients, n, k.low, &k.table, out, err);
    if (status == RV_OK) status = walk_all(&k, n, out, err);
    free_table(&k.table);
    rv_free(k.workers);
    rv_free(k.household);
    if (status != RV_OK) rv_link_scan_reset(out);
    return status;
}

void rv_link_scan_reset(rv_link_scan *scan) {
    rv_free(scan->starts);
    rv_free(scan->rows);
    rv_free(scan->household);
    *scan = (rv_link_scan){0};
}
