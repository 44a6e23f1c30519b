/*
 * The tables of the rules: keys of all rows are made once, in pieces of rows, moved to their rule's entries, and sorted. Then
 * each rule's keys stand in ascending order beside their rows, and ranges of keys and bits tell where to look.
 */
#include "link_index_detail.h"

#include "parallel.h"
#include <math.h>

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
        if (r + RV_LINK_AHEAD < to) rv_link_keys_ask(&index->parts, &table->rows[r + RV_LINK_AHEAD]);
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
    uint32_t from = (uint32_t)(piece * RV_LINK_PIECE), ends[RV_LINK_PIECE], at[RV_RULE_COUNT], sum = 0;
    uint32_t to = table->n - from < RV_LINK_PIECE ? table->n : from + RV_LINK_PIECE;
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
        rv_link_rule_table *t = &index->rules[rule];
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
static rv_status make_entries(rv_link_index *index, int threads, rv_error *err) {
    size_t n = ((size_t)rv_link_right(index->people)->n + RV_LINK_PIECE - 1) / RV_LINK_PIECE;
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
static size_t ranges_of(const rv_link_rule_table *t) { return (size_t)1 << (32 - t->shift); }
static size_t starts_bytes(const rv_link_rule_table *t) { return ((ranges_of(t) + 1) * sizeof *t->starts + 63) & ~(size_t)63; }
static size_t bits_bytes(const rv_link_rule_table *t) { return (size_t)1 << (32 - t->bit_shift - 3); }

static rv_status fill_starts(void *ctx, size_t at, int worker, rv_error *err) {
    rv_link_index *index = ctx;
    rv_link_rule_table *t = &index->rules[index->order[at]];
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
rv_status rv_link_index_starts(rv_link_index *index, int threads, rv_error *err) {
    size_t bytes = 0;
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        rv_link_rule_table *t = &index->rules[rule];
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
        rv_link_rule_table *t = &index->rules[rule];
        if (!t->keys) continue;
        t->bits = (uint64_t *)(void *)at;
        at += bits_bytes(t);
        t->starts = (uint32_t *)(void *)at;
        at += starts_bytes(t);
    }
    return rv_parallel(threads, RV_RULE_COUNT, fill_starts, index, err);
}

/* Sorted entries to keys and rows. Lists that are sure to be too long are told and left out. */
static rv_status compress(const rv_link_index *index, rv_link_rule_table *t, rv_error *err) {
    uint32_t n = 0, most = (uint32_t)(2 * RV_LINK_LIMIT_MAX / fmax(1, rv_link_ratio(index))) + 2, rows = 0;
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
        t->keys[t->n++] = (rv_link_key_rows){key, rows};
        for (uint32_t i = from; i < end; i++, rows++) {
            uint32_t row = (uint32_t)t->entries[i];
            memcpy(to + (size_t)rows * sizeof row, &row, sizeof row);
        }
    }
    t->rows = (uint32_t *)(void *)to;
    t->entries = NULL;
    t->keys[t->n] = (rv_link_key_rows){0, rows};
    return RV_OK;
}

void rv_link_rule_give_back(rv_link_rule_table *t) {
    size_t rows = ((size_t)t->keys[t->n].begin + 1) * sizeof *t->rows, keys = ((size_t)t->n + 1) * sizeof *t->keys;
    rv_pages_trim(t->rows, t->rows_bytes, rows);
    rv_pages_trim(t->keys, t->keys_bytes, keys);
    t->rows_bytes = rows;
    t->keys_bytes = keys;
}

static rv_status order_rule(void *ctx, size_t at, int worker, rv_error *err) {
    rv_link_index *index = ctx;
    rv_link_rule_table *t = &index->rules[index->order[at]];
    (void)worker;
    if (!t->entries) return RV_OK; /* not wanted */
    uint64_t *scratch = rv_array_new((size_t)t->n_entries + 1, sizeof *scratch, err);
    if (!scratch) return RV_NO_MEMORY;
    sort_by_key(t->entries, scratch, t->n_entries);
    rv_free(scratch);
    rv_status status = compress(index, t, err);
    if (status == RV_OK) rv_link_rule_give_back(t);
    return status;
}

rv_status rv_link_index_fill(rv_link_index *index, int threads, rv_error *err) {
    RV_TRY(make_entries(index, threads, err));
    order_rules(index);
    return rv_parallel(threads, RV_RULE_COUNT, order_rule, index, err);
}
