/*
 * The other file along the index: its rows' keys are probed, a group of rows at a time so that their misses overlap. Once to
 * count who meets whom, and to note the keys that were met; then for the candidates, by the notes where they were kept.
 */
#include "link_index_detail.h"

#include "parallel.h"
#include <stdlib.h>

enum {
    GROUP = 16,      /* rows whose misses overlap */
    RAW_MAX = 4096,  /* candidates of a row before the same ones of several rules are joined */
    KEY_BITS = 27,   /* of a key's number among its rule's */
    NOTED_A_ROW = 12 /* keys that a row met, on average */
};

/* --- Probing ----------------------------------------------------------------------------------------------------- */

typedef struct probe {
    rv_rule_key key;
    uint32_t at;       /* range, then key */
    uint32_t from, to; /* rows */
} probe;
typedef struct probes { /* of a group of rows */
    rv_rule_key keys[GROUP * RV_RULE_KEYS_MAX];
    probe at[GROUP * RV_RULE_KEYS_MAX];
    uint32_t row_start[GROUP + 1];
    uint64_t raw[RAW_MAX], sorted[RAW_MAX];
} probes;

/* Finds every key of the rows, and its rows; the misses of all overlap. */
static void probe_rows(const rv_link_index *index, uint32_t first, uint32_t n, probes *p) {
    uint32_t n_keys = 0, at = 0;
    rv_rule_key *keys = p->keys;
    const rv_link_table *left = &index->people->left;
    for (uint32_t r = 0; r < n; r++) {
        p->row_start[r] = n_keys;
        if (first + r + RV_LINK_AHEAD < left->n) rv_link_keys_ask(&index->parts, &left->rows[first + r + RV_LINK_AHEAD]);
        n_keys += rv_link_keys(&index->parts, left, first + r, index->alive, keys + n_keys);
        for (uint32_t i = p->row_start[r]; i < n_keys; i++) {
            const rv_link_rule_table *t = &index->rules[keys[i].rule];
            __builtin_prefetch(&t->bits[keys[i].hash >> t->bit_shift >> 6]);
        }
    }
    p->row_start[n] = n_keys;
    for (uint32_t r = 0; r < n; r++) {
        uint32_t from = p->row_start[r];
        p->row_start[r] = at;
        for (uint32_t i = from; i < p->row_start[r + 1]; i++) {
            const rv_link_rule_table *t = &index->rules[keys[i].rule];
            uint32_t bit = keys[i].hash >> t->bit_shift;
            if (!(t->bits[bit / 64] >> bit % 64 & 1)) continue;
            __builtin_prefetch(&t->starts[keys[i].hash >> t->shift]);
            p->at[at++].key = keys[i];
        }
    }
    p->row_start[n] = at;
    for (uint32_t i = 0; i < at; i++) {
        const rv_link_rule_table *t = &index->rules[p->at[i].key.rule];
        p->at[i].at = t->starts[p->at[i].key.hash >> t->shift];
        __builtin_prefetch(&t->keys[p->at[i].at]);
    }
    for (uint32_t i = 0; i < at; i++) {
        const rv_link_rule_table *t = &index->rules[p->at[i].key.rule];
        uint32_t k = p->at[i].at, key = p->at[i].key.hash;
        while (k < t->n && t->keys[k].key < key) k++;
        bool found = k < t->n && t->keys[k].key == key;
        p->at[i].at = k;
        p->at[i].from = found ? t->keys[k].begin : 0;
        p->at[i].to = found ? t->keys[k + 1].begin : 0;
        if (found) __builtin_prefetch(t->met ? &t->met[k] : &t->rows[p->at[i].from]);
    }
}

/* --- Meeting ------------------------------------------------------------------------------------------------------ */

/* A piece's noted keys: where those of each row begin, and where the last ones end; then number << 5 | rule. */
typedef struct notes {
    uint32_t *at;
    size_t n, room;
} notes;

static bool note(notes *to, uint32_t value) {
    if (to->n == to->room) {
        size_t room = to->room + to->room / 2;
        if (!rv_array_resize(&to->at, room, sizeof *to->at, NULL)) return false;
        to->room = room;
    }
    to->at[to->n++] = value;
    return true;
}

/* Kept, or not if all pieces together take too much. */
static void keep_notes(rv_link_index *index, size_t piece, notes *own) {
    uint64_t bytes = own->n * sizeof *own->at;
    bool fits = __atomic_add_fetch(&index->noted, bytes, __ATOMIC_RELAXED) <= index->noted_at_most;
    if (fits && rv_array_resize(&own->at, own->n, sizeof *own->at, NULL)) {
        index->met[piece] = own->at;
        own->at = NULL;
    }
    rv_free(own->at);
}

static rv_status meet_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    rv_link_index *index = ctx;
    uint32_t from = (uint32_t)(piece * RV_LINK_PIECE), rows = index->people->left.n;
    uint32_t to = rows - from < RV_LINK_PIECE ? rows : from + RV_LINK_PIECE;
    notes own = {.n = (size_t)to - from + 1, .room = ((size_t)to - from + 1) * 4};
    probes *p = rv_new(sizeof *p, err);
    bool noting = p && (own.at = rv_array_new(own.room, sizeof *own.at, NULL));
    (void)worker;
    if (!p) return RV_NO_MEMORY;
    for (uint32_t r = from; r < to; r += GROUP) {
        uint32_t n = to - r < GROUP ? to - r : GROUP;
        probe_rows(index, r, n, p);
        for (uint32_t k = 0; k < n; k++) {
            if (noting) own.at[r - from + k] = (uint32_t)own.n;
            for (uint32_t i = p->row_start[k]; i < p->row_start[k + 1]; i++) {
                const probe *found = &p->at[i];
                if (found->from == found->to) continue;
                __atomic_fetch_add(&index->rules[found->key.rule].met[found->at], 1, __ATOMIC_RELAXED);
                noting = noting && !(found->at >> KEY_BITS) && note(&own, found->at << 5 | found->key.rule);
            }
        }
    }
    if (noting) {
        own.at[to - from] = (uint32_t)own.n;
        keep_notes(index, piece, &own);
    } else {
        rv_free(own.at);
    }
    rv_free(p);
    return RV_OK;
}

uint64_t rv_link_noted_bytes(const rv_link_people *people) {
    enum { AT_LEAST = 16 << 20 };
    return (uint64_t)people->left.n * (NOTED_A_ROW + 1) * sizeof(uint32_t) + AT_LEAST;
}

rv_status rv_link_index_meet(rv_link_index *index, const rv_settings *settings, rv_error *err) {
    size_t pieces = ((size_t)index->people->left.n + RV_LINK_PIECE - 1) / RV_LINK_PIECE;
    uint64_t have = rv_resident_bytes().anonymous, limit = settings->memory_limit;
    index->noted_at_most = rv_link_noted_bytes(index->people);
    if (limit && (limit < have || limit - have < index->noted_at_most)) index->noted_at_most = 0;
    if (!(index->met = rv_array_new(pieces + 1, sizeof *index->met, err))) return RV_NO_MEMORY;
    index->n_met = pieces;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        rv_link_rule_table *t = &index->rules[rule];
        t->met_bytes = (size_t)t->n * sizeof *t->met;
        if (t->n && !(t->met = rv_pages_new(t->met_bytes, err))) return RV_NO_MEMORY;
    }
    return rv_parallel(rv_threads(settings), pieces, meet_piece, index, err);
}

/* --- Candidates -------------------------------------------------------------------------------------------------- */

/* row << 5 | rule, ascending. Few are put in order where they stand, many by their digits. */
static uint64_t *sort_raw(uint64_t *values, uint64_t *scratch, uint32_t n, unsigned bits) {
    enum { FEW = 48 };
    if (n <= FEW) {
        for (uint32_t i = 1; i < n; i++) {
            uint64_t v = values[i];
            uint32_t at = i;
            for (; at > 0 && values[at - 1] > v; at--) values[at] = values[at - 1];
            values[at] = v;
        }
        return values;
    }
    for (unsigned shift = 5; shift < bits + 5; shift += 8) { /* rules come in ascending order already */
        uint32_t start[257] = {0};
        for (uint32_t i = 0; i < n; i++) start[(values[i] >> shift & 255) + 1]++;
        for (unsigned v = 0; v < 256; v++) start[v + 1] += start[v];
        for (uint32_t i = 0; i < n; i++) scratch[start[values[i] >> shift & 255]++] = values[i];
        uint64_t *swap = values;
        values = scratch;
        scratch = swap;
    }
    return values;
}

/* The shortest lists first, when all of them are too many. */
static int by_length(const void *a, const void *b) {
    const probe *x = a, *y = b;
    uint32_t n = x->to - x->from, m = y->to - y->from;
    if (n != m) return n < m ? -1 : 1;
    return x->key.rule != y->key.rule ? (x->key.rule < y->key.rule ? -1 : 1)
                                      : (x->key.hash > y->key.hash) - (x->key.hash < y->key.hash);
}

static int by_rule(const void *a, const void *b) {
    const probe *x = a, *y = b;
    return x->key.rule != y->key.rule ? (x->key.rule < y->key.rule ? -1 : 1)
                                      : (x->key.hash > y->key.hash) - (x->key.hash < y->key.hash);
}

static uint32_t choose_lists(probe *at, uint32_t n) {
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++) total += at[i].to - at[i].from;
    if (total <= RV_LINK_CANDIDATES_MAX) return n;
    qsort(at, n, sizeof *at, by_length);
    uint32_t kept = 0;
    for (total = 0; kept < n && total + at[kept].to - at[kept].from <= RV_LINK_CANDIDATES_MAX; kept++)
        total += at[kept].to - at[kept].from;
    qsort(at, kept, sizeof *at, by_rule);
    return kept;
}

static uint32_t gather(const rv_link_index *index, probes *p, uint32_t row, uint32_t left, rv_link_candidate *out) {
    probe *at = &p->at[p->row_start[row]];
    uint32_t n = choose_lists(at, p->row_start[row + 1] - p->row_start[row]), raw = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *rows = index->rules[at[i].key.rule].rows;
        for (uint32_t e = at[i].from; e < at[i].to; e++) {
            uint32_t right = rows[e];
            if (index->people->self && right <= left) continue;
            p->raw[raw++] = (uint64_t)right << 5 | at[i].key.rule;
        }
    }
    const uint64_t *sorted = sort_raw(p->raw, p->sorted, raw, index->row_bits);
    for (uint32_t i = 0; i < raw; i++) {
        uint32_t right = (uint32_t)(sorted[i] >> 5);
        if (!kept || out[kept - 1].row != right) out[kept++] = (rv_link_candidate){right, 0};
        out[kept - 1].rules |= 1u << (sorted[i] & 31);
    }
    return kept;
}

static rv_status room_for(rv_link_batch *batch, size_t need, rv_error *err) {
    if (need <= batch->cap) return RV_OK;
    size_t cap = batch->cap * 2 > need ? batch->cap * 2 : need;
    if (!rv_array_resize(&batch->at, cap, sizeof *batch->at, err)) return RV_NO_MEMORY;
    batch->cap = cap;
    return RV_OK;
}

static rv_status copy_given(const rv_link_index *index, uint32_t first, uint32_t n, rv_link_batch *batch,
                            rv_error *err) {
    const uint32_t *starts = index->given_starts + first, from = starts[0];
    RV_TRY(room_for(batch, (size_t)(starts[n] - from) + 1, err));
    for (uint32_t r = 0; r <= n; r++) batch->starts[r] = starts[r] - from;
    for (uint32_t i = 0; i < starts[n] - from; i++) batch->at[i] = (rv_link_candidate){index->given_rows[from + i], 1};
    return RV_OK;
}

/* What was noted of the rows; false: not of all. */
static bool recall_rows(const rv_link_index *index, uint32_t first, uint32_t n, probes *p) {
    uint32_t count = 0;
    for (uint32_t r = 0; r < n; r++) {
        const uint32_t *own = index->met ? index->met[(first + r) / RV_LINK_PIECE] : NULL;
        uint32_t row = (first + r) % RV_LINK_PIECE;
        if (!own) return false;
        p->row_start[r] = count;
        for (uint32_t i = own[row]; i < own[row + 1]; i++) {
            const rv_link_rule_table *t = &index->rules[own[i] & 31];
            uint32_t k = own[i] >> 5;
            if (!(t->live[k / 64] >> k % 64 & 1)) continue;
            p->at[count++] = (probe){.key.rule = own[i] & 31, .at = k};
            __builtin_prefetch(&t->keys[k]);
        }
    }
    p->row_start[n] = count;
    for (uint32_t i = 0; i < count; i++) {
        const rv_link_rule_table *t = &index->rules[p->at[i].key.rule];
        const rv_link_key_rows *key = &t->keys[p->at[i].at];
        p->at[i].key.hash = key->key;
        p->at[i].from = key[0].begin;
        p->at[i].to = key[1].begin;
        __builtin_prefetch(&t->rows[key->begin]);
    }
    return true;
}

rv_status rv_link_candidates(const rv_link_index *index, uint32_t first, uint32_t n, rv_link_batch *batch,
                             rv_error *err) {
    if (!batch->scratch && !(batch->scratch = rv_new(sizeof(probes), err))) return RV_NO_MEMORY;
    if (n + 1 > batch->starts_cap) {
        if (!rv_array_resize(&batch->starts, (size_t)n + 1, sizeof *batch->starts, err)) return RV_NO_MEMORY;
        batch->starts_cap = n + 1;
    }
    if (index->given_starts) return copy_given(index, first, n, batch, err);
    uint32_t used = 0;
    for (uint32_t r = 0; r < n; r += GROUP) {
        uint32_t rows = n - r < GROUP ? n - r : GROUP;
        RV_TRY(room_for(batch, used + (size_t)GROUP * RV_LINK_CANDIDATES_MAX, err));
        if (!recall_rows(index, first + r, rows, batch->scratch)) probe_rows(index, first + r, rows, batch->scratch);
        for (uint32_t i = 0; i < rows; i++) {
            batch->starts[r + i] = used;
            used += gather(index, batch->scratch, i, first + r + i, batch->at + used);
        }
    }
    batch->starts[n] = used;
    return RV_OK;
}

void rv_link_batch_reset(rv_link_batch *batch) {
    rv_free(batch->at);
    rv_free(batch->starts);
    rv_free(batch->scratch);
    *batch = (rv_link_batch){0};
}
