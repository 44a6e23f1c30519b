/*
 * Clients in ascending order of id. Ids of one brand share a beginning ("C000") and differ in a few bytes after it, so:
 * skip what all share, deal the clients into buckets by the next two bytes, and sort each bucket by the bytes after
 * those, as many as fit beside a position into one 64-bit number. What still ties is sorted by the bytes after those.
 */
#include "client_table.h"
#include "parallel.h"
#include "sort.h"

enum { BUCKETS = 1 << 16, FEW = 24 };

typedef struct order {
    const rv_client_table *table;
    rv_client_ref *refs;
    uint32_t *starts; /* BUCKETS + 1 */
    uint32_t shared;  /* bytes that all ids begin with */
} order;

static rv_text id_of(const order *o, rv_client_ref ref) { return rv_client_id(rv_client_table_at(o->table, ref)); }

/* `bytes` (up to 7) bytes of the id from `depth` on, as a number; an id that ends early counts as followed by zeros. */
static uint64_t word_at(rv_text id, uint32_t depth, unsigned bytes) {
    uint64_t word = 0;
    for (unsigned i = 0; i < bytes; i++) word = word << 8 | (depth + i < id.len ? (unsigned char)id.ptr[depth + i] : 0);
    return word;
}

static void insert_all(const order *o, rv_client_ref *refs, size_t n) {
    for (size_t i = 1; i < n; i++) {
        rv_client_ref ref = refs[i];
        rv_text id = id_of(o, ref);
        size_t at = i;
        for (; at > 0 && rv_text_compare(id_of(o, refs[at - 1]), id) > 0; at--) refs[at] = refs[at - 1];
        refs[at] = ref;
    }
}

/* words: room for 2 n; copy: room for n. Both are free again when a range of ties is sorted. */
static void sort_range(const order *o, rv_client_ref *refs, size_t n, uint32_t depth, uint64_t *words,
                       rv_client_ref *copy) {
    if (n <= FEW ||
        depth > RV_CLIENT_ID_MAX) { /* beyond all ids only zero bytes can differ: compare them as they are */
        insert_all(o, refs, n);
        return;
    }
    unsigned position_bits = 64 - (unsigned)__builtin_clzll(n);
    unsigned bytes = (64 - position_bits) / 8;
    for (size_t i = 0; i < n; i++) words[i] = word_at(id_of(o, refs[i]), depth, bytes) << position_bits | i;
    rv_sort_u64(words, words + n, n);
    memcpy(copy, refs, n * sizeof *refs);
    for (size_t i = 0; i < n; i++) refs[i] = copy[words[i] & (((uint64_t)1 << position_bits) - 1)];
    /* Ties need the words no more once their ends are known; those are found again from the ids. */
    for (size_t i = 0; i < n;) {
        uint64_t word = word_at(id_of(o, refs[i]), depth, bytes);
        size_t end = i + 1;
        while (end < n && word_at(id_of(o, refs[end]), depth, bytes) == word) end++;
        if (end - i > 1) sort_range(o, refs + i, end - i, depth + bytes, words, copy);
        i = end;
    }
}

static rv_status sort_bucket(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    const order *o = ctx;
    size_t n = o->starts[index + 1] - o->starts[index];
    if (n < 2) return RV_OK;
    uint64_t *words = rv_array_new(n, 2 * sizeof *words + sizeof(rv_client_ref), err);
    if (!words) return RV_NO_MEMORY;
    sort_range(o, o->refs + o->starts[index], n, o->shared + 2, words, (rv_client_ref *)(words + 2 * n));
    rv_free(words);
    return RV_OK;
}

static uint32_t shared_bytes(const rv_client_table *table) {
    rv_client_walk walk = {0};
    rv_client_ref ref;
    rv_client_record *r = rv_client_table_next(table, &walk, &ref);
    if (!r) return 0;
    rv_text first = rv_client_id(r);
    uint32_t shared = first.len;
    while ((r = rv_client_table_next(table, &walk, &ref)) && shared > 0) {
        uint32_t i = 0;
        while (i < shared && i < r->id_bytes && r->id[i] == first.ptr[i]) i++;
        shared = i;
    }
    return shared;
}

static void deal(order *o) {
    rv_client_walk walk = {0};
    rv_client_ref ref;
    rv_client_record *r;
    while ((r = rv_client_table_next(o->table, &walk, &ref))) o->starts[word_at(rv_client_id(r), o->shared, 2) + 1]++;
    for (size_t b = 0; b < BUCKETS; b++) o->starts[b + 1] += o->starts[b];
    walk = (rv_client_walk){0};
    while ((r = rv_client_table_next(o->table, &walk, &ref)))
        o->refs[o->starts[word_at(rv_client_id(r), o->shared, 2)]++] = ref;
    memmove(o->starts + 1, o->starts, BUCKETS * sizeof *o->starts); /* each start had moved to the next one's place */
    o->starts[0] = 0;
}

rv_status rv_client_table_order(const rv_client_table *table, int threads, rv_client_ref **out, rv_error *err) {
    uint64_t n = rv_client_table_count(table);
    order o = {.table = table};
    rv_status status = RV_NO_MEMORY;
    o.refs = rv_array_new(n ? n : 1, sizeof *o.refs, err);
    o.starts = o.refs ? rv_array_new(BUCKETS + 1, sizeof *o.starts, err) : NULL;
    if (!o.starts) goto done;
    o.shared = shared_bytes(table);
    deal(&o);
    status = rv_parallel(threads, BUCKETS, sort_bucket, &o, err);
done:
    rv_free(o.starts);
    if (status == RV_OK) *out = o.refs;
    else rv_free(o.refs);
    return status;
}
