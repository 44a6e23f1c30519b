/*
 * Each rule has its own table: its keys in ascending order, where each range of keys begins, and the rows of each key one
 * after the other. What a probe touches is the beginning of a range, a key or two, and the rows, asked for a whole batch
 * of rows ahead.
 *
 * How long a list may be is found from the files: the limit is the highest one whose comparisons, all rules together,
 * stay within a budget a row. A list is as long as the longer of its two sides: a name that one client and five thousand
 * contacts bear says as little as one that five thousand clients bear. Keys that one side doesn't have are dropped.
 *
 * The indexed file alone tells of most keys that they'll be too heavy; they go before the other file is walked, so that
 * wide rules cost a large file next to nothing. While that one is walked the keys that its rows met are noted: their
 * candidates are asked for by these, and nobody's keys are made twice. Where that would take too much memory, the rest of
 * the file is walked again.
 */
#include "link_index.h"

#include "link_rules.h"
#include "parallel.h"
#include <math.h>
#include <stdlib.h>

_Static_assert((int)RV_RULE_COUNT <= (int)RV_LINK_RULES_MAX, "a bit each");

enum {
    ROWS_PER_PIECE = 4096,
    GROUP = 16,               /* rows whose misses overlap */
    AHEAD = 8,                /* rows whose words are asked for before their keys are made */
    RAW_MAX = 4096,           /* candidates of a row before the same ones of several rules are joined */
    LIMIT_MAX = 512,          /* of a list */
    PAIRS_A_ROW = 100,        /* of the smaller file up to LARGE rows, what two rules propose counted twice */
    PAIRS_A_ROW_NARROW = 10,  /* of larger files, by narrow rules; what these don't need nobody gets */
    PAIRS_A_ROW_WIDE = 4,
    PAIRS_AT_LEAST = 4 << 20, /* what costs less than a second isn't worth missing anything for */
    KEY_BITS = 27,            /* of a key's number among its rule's */
    NOTED_A_ROW = 12,         /* keys that a row met, on average */
    LARGE = 150000 /* rows of the smaller file from which rules that pay in small files only are left out */
};

typedef struct key_rows { /* of one key: rows from `begin` to the next key's */
    uint32_t key, begin;
} key_rows;

typedef struct rule_table {
    uint64_t *entries; /* while building: key << 32 | row */
    uint32_t n_entries;
    key_rows *keys; /* n, ascending, and one that ends the last */
    uint32_t n;
    uint32_t *rows;
    size_t keys_bytes, rows_bytes; /* of the pages they stand in */
    uint32_t *starts; /* of each range of keys; ranges + 1 */
    unsigned shift;   /* range = key >> shift */
    uint64_t *bits; /* of key >> bit_shift: some key begins so. Most keys of a large file are nobody's in a small one */
    unsigned bit_shift; /* bits and starts are the index's */
    uint32_t *met;  /* while building: rows of the left file that have the key */
    size_t met_bytes;
    uint64_t *live; /* once keys are noted: by number, those that have rows still; a sixty-fourth of the keys' own bytes */
    rv_link_skew skew;
} rule_table;

struct rv_link_index {
    const rv_link_people *people;
    rv_link_parts parts;
    rule_table rules[RV_RULE_COUNT];
    uint32_t limits[RV_RULE_COUNT]; /* of lists */
    char *starts;                   /* bits and starts of all rules */
    size_t starts_bytes;
    bool large;
    uint32_t wanted;                /* rules that pay for files of this size */
    uint8_t order[RV_RULE_COUNT];   /* all rules, in the order in which they are worked at */
    uint32_t alive;                 /* rules that have keys */
    uint32_t **met;                 /* two files: per piece of the left one, noted keys below; or NULL */
    size_t n_met;                   /* pieces of it */
    uint64_t noted, noted_at_most;  /* bytes of them */
    unsigned row_bits;
    uint32_t *given_starts, *given_rows; /* rv_link_index_given; or NULL */
};

unsigned rv_link_rules(const rv_link_index *index) { return index->given_starts ? 1 : RV_RULE_COUNT; }
const char *rv_link_rule_name(const rv_link_index *index, unsigned rule) {
    return index->given_starts ? "given" : rv_rule_name((rv_rule)rule);
}
uint32_t rv_link_rule_fields(const rv_link_index *index, unsigned rule) {
    return index->given_starts ? 0 : rv_rule_fields((rv_rule)rule);
}
void rv_link_index_skew(const rv_link_index *index, unsigned rule, rv_link_skew *out) {
    *out = index->rules[rule].skew;
}
uint32_t rv_link_index_limit(const rv_link_index *index, unsigned rule) { return index->limits[rule]; }

/* --- Filling ----------------------------------------------------------------------------------------------------- */

typedef struct filled { /* the entries of a piece of rows, rule by rule */
    uint64_t *entries;
    uint32_t n[RV_RULE_COUNT], to[RV_RULE_COUNT]; /* how many, and where they go among the rule's */
} filled;

typedef struct filler {
    rv_link_index *index;
    filled *pieces;
} filler;

/* The keys of rows up to `to`, one row after the other; ends[i] is where those of row from + i end. */
static rv_status make_keys(const rv_link_index *index, uint32_t from, uint32_t to, rv_rule_key **out, uint32_t *ends,
                           rv_error *err) {
    const rv_link_table *table = rv_link_right(index->people);
    uint32_t n = 0, room = 0;
    for (uint32_t r = from; r < to; r++) {
        if (n + RV_RULE_KEYS_MAX > room) {
            room = room ? room + room / 2 : (to - from) * 16 + RV_RULE_KEYS_MAX;
            if (!rv_array_resize(out, room, sizeof **out, err)) return RV_NO_MEMORY;
        }
        if (r + AHEAD < to) rv_link_keys_ask(&index->parts, &table->rows[r + AHEAD]);
        n += rv_link_keys(&index->parts, table, r, index->wanted, *out + n);
        ends[r - from] = n;
    }
    return RV_OK;
}

static rv_status fill_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    filler *f = ctx;
    filled *own = &f->pieces[piece];
    const rv_link_table *table = rv_link_right(f->index->people);
    (void)worker;
    uint32_t from = (uint32_t)(piece * ROWS_PER_PIECE), ends[ROWS_PER_PIECE], at[RV_RULE_COUNT], sum = 0;
    uint32_t to = table->n - from < ROWS_PER_PIECE ? table->n : from + ROWS_PER_PIECE;
    rv_rule_key *keys = NULL;
    rv_status status = make_keys(f->index, from, to, &keys, ends, err);
    uint32_t n = status == RV_OK ? ends[to - from - 1] : 0;
    if (status == RV_OK && !(own->entries = rv_array_new((size_t)n + 1, sizeof *own->entries, err))) status = RV_NO_MEMORY;
    for (uint32_t i = 0; status == RV_OK && i < n; i++) own->n[keys[i].rule]++;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        at[rule] = sum;
        sum += own->n[rule];
    }
    for (uint32_t r = from, i = 0; status == RV_OK && r < to; r++)
        for (; i < ends[r - from]; i++) own->entries[at[keys[i].rule]++] = (uint64_t)keys[i].hash << 32 | r;
    rv_free(keys);
    return status;
}

/* Room for the entries of all rules, by the pieces' counts, and where each piece's go. */
static rv_status make_room(rv_link_index *index, filled *pieces, size_t n, rv_error *err) {
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        rule_table *t = &index->rules[rule];
        uint64_t sum = 0;
        if (!(index->wanted >> rule & 1)) continue;
        for (size_t p = 0; p < n; p++) {
            pieces[p].to[rule] = (uint32_t)sum;
            sum += pieces[p].n[rule];
        }
        if (sum > UINT32_MAX) return rv_fail(err, RV_BAD_INPUT, "too many rows to link");
        t->n_entries = (uint32_t)sum;
        t->rows_bytes = (sum + 1) * sizeof *t->entries;
        if (!(t->entries = rv_pages_new(t->rows_bytes, err))) return RV_NO_MEMORY;
    }
    return RV_OK;
}

static rv_status move_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    filler *f = ctx;
    filled *own = &f->pieces[piece];
    const uint64_t *from = own->entries;
    (void)worker;
    (void)err;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        if (own->n[rule]) memcpy(f->index->rules[rule].entries + own->to[rule], from, own->n[rule] * sizeof *from);
        from += own->n[rule];
    }
    rv_free(own->entries);
    own->entries = NULL;
    return RV_OK;
}

/* The entries of all rules, in the order of the rows. Keys are dear, so they are made once and moved. */
static rv_status fill(rv_link_index *index, int threads, rv_error *err) {
    size_t n = ((size_t)rv_link_right(index->people)->n + ROWS_PER_PIECE - 1) / ROWS_PER_PIECE;
    filler f = {.index = index, .pieces = rv_array_new(n + 1, sizeof *f.pieces, err)};
    if (!f.pieces) return RV_NO_MEMORY;
    rv_status status = rv_parallel(threads, n, fill_piece, &f, err);
    if (status == RV_OK) status = make_room(index, f.pieces, n, err);
    if (status == RV_OK) status = rv_parallel(threads, n, move_piece, &f, err);
    for (size_t p = 0; p < n; p++) rv_free(f.pieces[p].entries);
    rv_free(f.pieces);
    return status;
}

/* The rules, those with the most entries first: threads that begin with the small ones wait for the last large one. */
static void order_rules(rv_link_index *index) {
    for (uint8_t rule = 0; rule < RV_RULE_COUNT; rule++) {
        unsigned at = rule;
        for (; at > 0 && index->rules[index->order[at - 1]].n_entries < index->rules[rule].n_entries; at--)
            index->order[at] = index->order[at - 1];
        index->order[at] = rule;
    }
}

/* --- Order ------------------------------------------------------------------------------------------------------- */

/* By key; rows are in order already, and stay so. */
static void sort_by_key(uint64_t *values, uint64_t *scratch, uint32_t n) {
    uint32_t count[4][256] = {{0}};
    for (uint32_t i = 0; i < n; i++)
        for (unsigned b = 0; b < 4; b++) count[b][values[i] >> (32 + 8 * b) & 255]++;
    uint64_t *from = values, *to = scratch;
    for (unsigned b = 0; b < 4; b++) {
        uint32_t start[256], sum = 0;
        for (unsigned v = 0; v < 256; v++) {
            start[v] = sum;
            sum += count[b][v];
        }
        for (uint32_t i = 0; i < n; i++) to[start[from[i] >> (32 + 8 * b) & 255]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
}

static unsigned bits_for(uint64_t n, unsigned most) {
    unsigned bits = 6;
    while (bits < most && (uint64_t)1 << bits < n) bits++;
    return bits;
}

/* Ranges of two keys or so, and sixteen bits a key. */
static size_t ranges_of(const rule_table *t) { return (size_t)1 << (32 - t->shift); }
static size_t starts_bytes(const rule_table *t) { return ((ranges_of(t) + 1) * sizeof *t->starts + 63) & ~(size_t)63; }
static size_t bits_bytes(const rule_table *t) { return (size_t)1 << (32 - t->bit_shift - 3); }

static rv_status fill_starts(void *ctx, size_t at, int worker, rv_error *err) {
    rv_link_index *index = ctx;
    rule_table *t = &index->rules[index->order[at]];
    (void)worker;
    (void)err;
    if (!t->keys) return RV_OK;
    size_t ranges = ranges_of(t), range = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t bit = t->keys[i].key >> t->bit_shift;
        t->bits[bit / 64] |= (uint64_t)1 << bit % 64;
        for (uint32_t own = t->keys[i].key >> t->shift; range < own;) t->starts[++range] = i;
    }
    while (range < ranges) t->starts[++range] = t->n;
    return RV_OK;
}

/* Where ranges begin and which keys there may be, of all rules one after the other: they are looked at at random by every
 * row of the other file, and small pages would be looked for as often. */
static rv_status make_starts(rv_link_index *index, int threads, rv_error *err) {
    size_t bytes = 0;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        rule_table *t = &index->rules[rule];
        if (!t->keys) continue;
        t->shift = 32 - bits_for(t->n / 2, 31);
        t->bit_shift = 32 - bits_for((uint64_t)t->n * 16, 32);
        bytes += starts_bytes(t) + bits_bytes(t);
    }
    rv_pages_free(index->starts, index->starts_bytes);
    index->starts = NULL;
    index->starts_bytes = bytes;
    if (!(index->starts = rv_pages_new(bytes, err))) return RV_NO_MEMORY;
    char *at = index->starts;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        rule_table *t = &index->rules[rule];
        if (!t->keys) continue;
        t->bits = (uint64_t *)(void *)at;
        at += bits_bytes(t);
        t->starts = (uint32_t *)(void *)at;
        at += starts_bytes(t);
    }
    return rv_parallel(threads, RV_RULE_COUNT, fill_starts, index, err);
}

/* How many rows of the left file a key has, as far as the right one tells: as many as there, by size. */
static double ratio_of(const rv_link_index *index) {
    double right = rv_link_right(index->people)->n;
    return index->people->self || right == 0 ? 1 : (double)index->people->left.n / right;
}

/* Sorted entries to keys and rows. Lists that are sure to be too long are told and left out. */
static rv_status compress(const rv_link_index *index, rule_table *t, rv_error *err) {
    uint32_t n = 0, most = (uint32_t)(2 * LIMIT_MAX / fmax(1, ratio_of(index))) + 2, rows = 0;
    for (uint32_t i = 0; i < t->n_entries; i++) n += i == 0 || t->entries[i] >> 32 != t->entries[i - 1] >> 32;
    t->keys_bytes = ((size_t)n + 1) * sizeof *t->keys;
    if (!(t->keys = rv_pages_new(t->keys_bytes, err))) return RV_NO_MEMORY;
    char *to = (char *)t->entries; /* rows are half as large, in place: what is written has been read */
    for (uint32_t from = 0, end; from < t->n_entries; from = end) {
        uint32_t key = (uint32_t)(t->entries[from] >> 32);
        for (end = from + 1; end < t->n_entries && t->entries[end] >> 32 == key;) end++;
        t->skew.keys++;
        t->skew.rows += end - from;
        if (end - from > most) {
            t->skew.over_cap_keys++;
            t->skew.over_cap_rows += end - from;
            if (end - from > t->skew.heaviest_rows) {
                t->skew.heaviest_rows = end - from;
                t->skew.heaviest_row = (uint32_t)t->entries[from];
            }
            continue;
        }
        t->keys[t->n++] = (key_rows){key, rows};
        for (uint32_t i = from; i < end; i++, rows++) {
            uint32_t row = (uint32_t)t->entries[i];
            memcpy(to + (size_t)rows * sizeof row, &row, sizeof row);
        }
    }
    t->rows = (uint32_t *)(void *)to;
    t->entries = NULL;
    t->keys[t->n] = (key_rows){0, rows};
    return RV_OK;
}

static void give_back(rule_table *t) {
    size_t rows = ((size_t)t->keys[t->n].begin + 1) * sizeof *t->rows, keys = ((size_t)t->n + 1) * sizeof *t->keys;
    rv_pages_trim(t->rows, t->rows_bytes, rows);
    rv_pages_trim(t->keys, t->keys_bytes, keys);
    t->rows_bytes = rows;
    t->keys_bytes = keys;
}

static rv_status order_rule(void *ctx, size_t at, int worker, rv_error *err) {
    rv_link_index *index = ctx;
    rule_table *t = &index->rules[index->order[at]];
    (void)worker;
    if (!t->entries) return RV_OK; /* not wanted */
    uint64_t *scratch = rv_array_new((size_t)t->n_entries + 1, sizeof *scratch, err);
    if (!scratch) return RV_NO_MEMORY;
    sort_by_key(t->entries, scratch, t->n_entries);
    rv_free(scratch);
    rv_status status = compress(index, t, err);
    if (status == RV_OK) give_back(t);
    return status;
}

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
        if (first + r + AHEAD < left->n) rv_link_keys_ask(&index->parts, &left->rows[first + r + AHEAD]);
        n_keys += rv_link_keys(&index->parts, left, first + r, index->alive, keys + n_keys);
        for (uint32_t i = p->row_start[r]; i < n_keys; i++) {
            const rule_table *t = &index->rules[keys[i].rule];
            __builtin_prefetch(&t->bits[keys[i].hash >> t->bit_shift >> 6]);
        }
    }
    p->row_start[n] = n_keys;
    for (uint32_t r = 0; r < n; r++) {
        uint32_t from = p->row_start[r];
        p->row_start[r] = at;
        for (uint32_t i = from; i < p->row_start[r + 1]; i++) {
            const rule_table *t = &index->rules[keys[i].rule];
            uint32_t bit = keys[i].hash >> t->bit_shift;
            if (!(t->bits[bit / 64] >> bit % 64 & 1)) continue;
            __builtin_prefetch(&t->starts[keys[i].hash >> t->shift]);
            p->at[at++].key = keys[i];
        }
    }
    p->row_start[n] = at;
    for (uint32_t i = 0; i < at; i++) {
        const rule_table *t = &index->rules[p->at[i].key.rule];
        p->at[i].at = t->starts[p->at[i].key.hash >> t->shift];
        __builtin_prefetch(&t->keys[p->at[i].at]);
    }
    for (uint32_t i = 0; i < at; i++) {
        const rule_table *t = &index->rules[p->at[i].key.rule];
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
    uint32_t from = (uint32_t)(piece * ROWS_PER_PIECE), rows = index->people->left.n;
    uint32_t to = rows - from < ROWS_PER_PIECE ? rows : from + ROWS_PER_PIECE;
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

static uint64_t noted_bytes(const rv_link_people *people) {
    enum { AT_LEAST = 16 << 20 };
    return (uint64_t)people->left.n * (NOTED_A_ROW + 1) * sizeof(uint32_t) + AT_LEAST;
}

/* Counts the rows of the left file that have each key, and notes the keys. */
static rv_status meet(rv_link_index *index, const rv_settings *settings, rv_error *err) {
    size_t pieces = ((size_t)index->people->left.n + ROWS_PER_PIECE - 1) / ROWS_PER_PIECE;
    uint64_t have = rv_resident_bytes().anonymous, limit = settings->memory_limit;
    index->noted_at_most = noted_bytes(index->people);
    if (limit && (limit < have || limit - have < index->noted_at_most)) index->noted_at_most = 0;
    if (!(index->met = rv_array_new(pieces + 1, sizeof *index->met, err))) return RV_NO_MEMORY;
    index->n_met = pieces;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        rule_table *t = &index->rules[rule];
        t->met_bytes = (size_t)t->n * sizeof *t->met;
        if (t->n && !(t->met = rv_pages_new(t->met_bytes, err))) return RV_NO_MEMORY;
    }
    return rv_parallel(rv_threads(settings), pieces, meet_piece, index, err);
}

/* --- The limit of lists ------------------------------------------------------------------------------------------ */

enum { STEPS = 16 }; /* LIMIT_MAX, then each by the square root of two less */
static uint32_t limit_of(unsigned step) {
    uint32_t limit = LIMIT_MAX >> (step / 2);
    return step % 2 ? limit * 181 / 256 : limit;
}

typedef struct costs {
    rv_link_index *index;
    uint64_t pairs[RV_RULE_COUNT][STEPS]; /* of lists within the step's limit */
} costs;

static rv_status cost_rule(void *ctx, size_t at, int worker, rv_error *err) {
    costs *c = ctx;
    uint8_t rule = c->index->order[at];
    const rule_table *t = &c->index->rules[rule];
    double ratio = ratio_of(c->index);
    (void)worker;
    (void)err;
    for (uint32_t k = 0; k < t->n; k++) {
        uint64_t right = t->keys[k + 1].begin - t->keys[k].begin;
        uint64_t left = t->met ? t->met[k] : (uint64_t)((double)right * ratio);
        uint64_t longer = left > right ? left : right;
        uint64_t pairs = c->index->people->self ? right * (right - 1) / 2 : left * right;
        for (unsigned s = 0; s < STEPS && longer <= limit_of(s); s++) c->pairs[rule][s] += pairs;
    }
    return RV_OK;
}

static void note_heavy(rule_table *t, uint32_t k, uint32_t rows, uint32_t longer, bool over) {
    t->skew.over_cap_keys += over;
    t->skew.over_cap_rows += over ? rows : 0;
    if (longer <= t->skew.heaviest_rows) return;
    t->skew.heaviest_rows = longer;
    t->skew.heaviest_row = t->rows[t->keys[k].begin];
}

/* Drops what is over the limit and what leads nowhere; tells what was dropped. Before the left file was walked its rows
 * are guessed, with room for error. Once keys are noted they keep their numbers, and what is dropped has no rows. */
static rv_status trim_rule(void *ctx, size_t at, int worker, rv_error *err) {
    rv_link_index *index = ctx;
    uint8_t rule = index->order[at];
    rule_table *t = &index->rules[rule];
    double ratio = ratio_of(index);
    bool known = t->met || index->people->self;
    uint32_t kept = 0, rows = 0, limit = rv_link_index_limit(index, rule);
    (void)worker;
    if (!t->keys) return RV_OK; /* not wanted */
    for (uint32_t k = 0; k < t->n; k++) {
        uint32_t from = t->keys[k].begin, right = t->keys[k + 1].begin - from;
        uint32_t left = t->met ? t->met[k] : (uint32_t)((double)right * ratio), longer = left > right ? left : right;
        bool useless = t->met ? left == 0 : index->people->self && right == 1;
        bool over = !useless && longer > (known ? limit : rule < RV_RULES_NARROW ? LIMIT_MAX : 4 * limit + 4);
        if (!useless && (over || known)) note_heavy(t, k, right, longer, over);
        if (over || useless) right = 0;
        if (right == 0 && !t->met) continue;
        t->keys[kept++] = (key_rows){t->keys[k].key, rows};
        memmove(&t->rows[rows], &t->rows[from], right * sizeof *t->rows);
        rows += right;
    }
    t->n = kept;
    t->keys[kept] = (key_rows){0, rows};
    if (!t->met) {
        give_back(t);
        return RV_OK;
    }
    rv_pages_free(t->met, t->met_bytes);
    t->met = NULL;
    if (!(t->live = rv_array_new((size_t)t->n / 64 + 1, sizeof *t->live, err))) return RV_NO_MEMORY;
    for (uint32_t k = 0; k < t->n; k++)
        t->live[k / 64] |= (uint64_t)(t->keys[k].begin < t->keys[k + 1].begin) << k % 64;
    give_back(t);
    return RV_OK;
}

static rv_status trim(rv_link_index *index, int threads, rv_error *err) {
    bool numbered = index->met;
    RV_TRY(rv_parallel(threads, RV_RULE_COUNT, trim_rule, index, err));
    if (!numbered) RV_TRY(make_starts(index, threads, err));
    index->alive = 0;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) index->alive |= (uint32_t)(index->rules[rule].n && index->rules[rule].keys[index->rules[rule].n].begin) << rule;
    return RV_OK;
}

/* Limits of some rules from their part of the budget. Every rule gets the same share; what a rule doesn't need is shared
 * by the others, so that dear rules pay for being dear. Returns what all take. */
static uint64_t spend(const costs *c, int from, int to, uint64_t budget, uint32_t limits[RV_RULE_COUNT]) {
    uint64_t rest = budget, spent = 0;
    bool done[RV_RULE_COUNT] = {false}, changed = true;
    int open = to - from;
    while (changed && open > 0) { /* who is content with less than a share */
        uint64_t share = rest / (uint64_t)open;
        changed = false;
        for (int rule = from; rule < to; rule++) {
            if (done[rule] || c->pairs[rule][0] > share) continue;
            limits[rule] = limit_of(0);
            rest -= c->pairs[rule][0];
            spent += c->pairs[rule][0];
            open--;
            done[rule] = changed = true;
        }
    }
    for (int rule = from; rule < to; rule++) {
        unsigned s = 0;
        if (done[rule]) continue;
        while (s + 1 < STEPS && c->pairs[rule][s] > rest / (uint64_t)open) s++;
        limits[rule] = limit_of(s);
        spent += c->pairs[rule][s];
    }
    return spent < budget ? spent : budget;
}

static rv_status find_limit(rv_link_index *index, int threads, rv_error *err) {
    costs *c = rv_new(sizeof *c, err);
    if (!c) return RV_NO_MEMORY;
    c->index = index;
    rv_status status = rv_parallel(threads, RV_RULE_COUNT, cost_rule, c, err);
    uint32_t left = index->people->left.n, right = rv_link_right(index->people)->n;
    uint64_t rows = left < right ? left : right, small = rows * PAIRS_A_ROW;
    if (small < PAIRS_AT_LEAST) small = PAIRS_AT_LEAST;
    uint64_t narrow = index->large ? rows * PAIRS_A_ROW_NARROW : small / 2;
    uint64_t spent = spend(c, 0, RV_RULES_NARROW, narrow, index->limits);
    uint64_t wide = index->large ? rows * PAIRS_A_ROW_WIDE : small - spent;
    spend(c, RV_RULES_NARROW, RV_RULE_COUNT, wide, index->limits);
    rv_free(c);
    return status;
}

/* --- Whole ------------------------------------------------------------------------------------------------------- */

/* A row that tells all has some 60 keys; each is a row, a key, part of a range, bits and, while building, a count and an
 * entry. Where rules are left out it has half of them. Pairs found are part of what a row takes. */
uint64_t rv_link_index_bytes(const rv_link_people *people) {
    enum { KEYS_A_FIELD = 8, KEYS_COMPARED = 6, A_KEY = 26, A_KEY_OF_LARGE = 18, A_ROW = 28, REST = 8 << 20 };
    const rv_link_table *right = rv_link_right(people);
    uint64_t keys = 0;
    for (int c = 0; c < RV_COLUMN_COUNTED; c++) keys += KEYS_A_FIELD * right->filled[c];
    keys += (uint64_t)KEYS_COMPARED * right->n_compare * right->n;
    return rv_link_parts_bytes(people) + keys * (right->n > LARGE ? A_KEY_OF_LARGE : A_KEY) +
           ((uint64_t)people->left.n + right->n) * A_ROW + noted_bytes(people) + REST;
}

rv_status rv_link_index_new(const rv_link_people *people, const rv_settings *settings, rv_link_index **out,
                            rv_error *err) {
    int threads = rv_threads(settings);
    rv_link_index *index = rv_new(sizeof *index, err);
    if (!index) return RV_NO_MEMORY;
    index->people = people;
    for (index->row_bits = 1; index->row_bits < 32 && rv_link_right(people)->n >> index->row_bits; index->row_bits++) {}
    index->large = rv_link_right(people)->n > LARGE;
    index->wanted = index->large ? rv_rules_of_large_files : rv_rules_of_small_files;
    rv_status status = rv_link_parts_new(people, index->wanted, threads, &index->parts, err);
    if (status == RV_OK) status = fill(index, threads, err);
    order_rules(index);
    if (status == RV_OK) status = rv_parallel(threads, RV_RULE_COUNT, order_rule, index, err);
    if (status == RV_OK && !people->self) { /* first by the right file alone */
        status = find_limit(index, threads, err);
        if (status == RV_OK) status = trim(index, threads, err);
        if (status == RV_OK) status = meet(index, settings, err);
    }
    if (status == RV_OK) status = find_limit(index, threads, err);
    if (status == RV_OK) status = trim(index, threads, err);
    if (status == RV_OK) *out = index;
    else rv_link_index_free(index);
    return status;
}

rv_status rv_link_index_given(const rv_link_people *people, uint32_t *starts, uint32_t *rows, rv_link_index **out,
                              rv_error *err) {
    rv_link_index *index = rv_new(sizeof *index, err);
    if (!index) {
        rv_free(starts);
        rv_free(rows);
        return RV_NO_MEMORY;
    }
    index->people = people;
    index->given_starts = starts;
    index->given_rows = rows;
    *out = index;
    return RV_OK;
}

uint32_t rv_link_given_count(const rv_link_index *index, uint32_t left) {
    return index->given_starts[left + 1] - index->given_starts[left];
}

void rv_link_index_free(rv_link_index *index) {
    if (!index) return;
    rv_free(index->given_starts);
    rv_free(index->given_rows);
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        rule_table *t = &index->rules[rule];
        rv_pages_free(t->entries, t->rows_bytes);
        rv_pages_free(t->keys, t->keys_bytes);
        rv_pages_free(t->rows, t->rows_bytes);
        rv_pages_free(t->met, t->met_bytes);
        rv_free(t->live);
    }
    rv_pages_free(index->starts, index->starts_bytes);
    rv_link_parts_free(&index->parts);
    for (size_t piece = 0; piece < index->n_met; piece++) rv_free(index->met[piece]);
    rv_free(index->met);
    rv_free(index);
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
        const uint32_t *own = index->met ? index->met[(first + r) / ROWS_PER_PIECE] : NULL;
        uint32_t row = (first + r) % ROWS_PER_PIECE;
        if (!own) return false;
        p->row_start[r] = count;
        for (uint32_t i = own[row]; i < own[row + 1]; i++) {
            const rule_table *t = &index->rules[own[i] & 31];
            uint32_t k = own[i] >> 5;
            if (!(t->live[k / 64] >> k % 64 & 1)) continue;
            p->at[count++] = (probe){.key.rule = own[i] & 31, .at = k};
            __builtin_prefetch(&t->keys[k]);
        }
    }
    p->row_start[n] = count;
    for (uint32_t i = 0; i < count; i++) {
        const rule_table *t = &index->rules[p->at[i].key.rule];
        const key_rows *key = &t->keys[p->at[i].at];
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
