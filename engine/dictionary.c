/*
 * Building: values are spread over shards by hash; a shard is an open table of atomic pointers to entries. Looking a
 * known value up takes no lock (values are few and rows are many); a new one takes its shard's lock. A table that grows
 * leaves its predecessor to the readers that may still be in it, until the builder goes: half as much again in all.
 */
#include "dictionary.h"

#include "hash.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SHARDS = 16, FIRST_SLOTS = 64 };

typedef struct entry {
    uint64_t hash;
    uint32_t number, len;
    char bytes[];
} entry;

typedef struct table {
    struct table *older;
    size_t slots; /* a power of two */
    _Atomic(entry *) entries[];
} table;

typedef struct shard {
    pthread_mutex_t lock;
    _Atomic(table *) table;
    size_t used;
    rv_arena arena;
    char apart[64]; /* shards on cache lines of their own */
} shard;

struct rv_dictionary_builder {
    shard shards[SHARDS];
    atomic_uint next; /* the last number given */
};

rv_status rv_dictionary_builder_new(rv_dictionary_builder **out, rv_error *err) {
    rv_dictionary_builder *b = rv_new(sizeof *b, err);
    if (!b) return RV_NO_MEMORY;
    for (int i = 0; i < SHARDS; i++) pthread_mutex_init(&b->shards[i].lock, NULL);
    *out = b;
    return RV_OK;
}

void rv_dictionary_builder_free(rv_dictionary_builder *b) {
    if (!b) return;
    for (int i = 0; i < SHARDS; i++) {
        for (table *t = atomic_load(&b->shards[i].table), *older; t; t = older) {
            older = t->older;
            rv_free(t);
        }
        rv_arena_free(&b->shards[i].arena);
        pthread_mutex_destroy(&b->shards[i].lock);
    }
    rv_free(b);
}

static entry *find(const table *t, uint64_t hash, rv_text value) {
    for (size_t at = hash & (t->slots - 1);; at = (at + 1) & (t->slots - 1)) {
        entry *e = atomic_load_explicit(&t->entries[at], memory_order_acquire);
        if (!e) return NULL;
        if (e->hash == hash && e->len == value.len && memcmp(e->bytes, value.ptr, value.len) == 0) return e;
    }
}

static void insert(table *t, entry *e) {
    size_t at = e->hash & (t->slots - 1);
    while (atomic_load_explicit(&t->entries[at], memory_order_relaxed)) at = (at + 1) & (t->slots - 1);
    atomic_store_explicit(&t->entries[at], e, memory_order_release);
}

/* Room for one more; under the shard's lock. */
static rv_status make_room(shard *s, rv_error *err) {
    table *old = atomic_load(&s->table);
    if (old && (s->used + 1) * 2 <= old->slots) return RV_OK;
    size_t slots = old ? old->slots * 2 : FIRST_SLOTS;
    table *t = rv_new(sizeof *t + slots * sizeof t->entries[0], err);
    if (!t) return RV_NO_MEMORY;
    t->slots = slots;
    t->older = old;
    for (size_t i = 0; old && i < old->slots; i++) {
        entry *e = atomic_load(&old->entries[i]);
        if (e) insert(t, e);
    }
    atomic_store(&s->table, t);
    return RV_OK;
}

static rv_status add_new(rv_dictionary_builder *b, shard *s, uint64_t hash, rv_text value, uint32_t *out,
                         rv_error *err) {
    table *t = atomic_load(&s->table);
    entry *e = t ? find(t, hash, value) : NULL; /* another thread may have been first */
    if (!e) {
        RV_TRY(make_room(s, err));
        e = rv_arena_get(&s->arena, sizeof *e + value.len);
        if (!e) return rv_fail_memory(err, sizeof *e + value.len);
        e->hash = hash;
        e->len = value.len;
        memcpy(e->bytes, value.ptr, value.len);
        e->number = atomic_fetch_add(&b->next, 1) + 1;
        insert(atomic_load(&s->table), e);
        s->used++;
    }
    *out = e->number;
    return RV_OK;
}

static shard *shard_of(rv_dictionary_builder *b, uint64_t hash) { return &b->shards[hash >> 60]; }

static rv_status add_hashed(rv_dictionary_builder *b, uint64_t hash, rv_text value, uint32_t *provisional,
                            rv_error *err) {
    shard *s = shard_of(b, hash);
    table *t = atomic_load_explicit(&s->table, memory_order_acquire);
    entry *e = t ? find(t, hash, value) : NULL;
    if (e) {
        *provisional = e->number;
        return RV_OK;
    }
    pthread_mutex_lock(&s->lock);
    rv_status status = add_new(b, s, hash, value, provisional, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

rv_status rv_dictionary_add(rv_dictionary_builder *b, rv_text value, uint32_t *provisional, rv_error *err) {
    if (value.len == 0) {
        *provisional = 0;
        return RV_OK;
    }
    return add_hashed(b, rv_hash64(value.ptr, value.len, 0), value, provisional, err);
}

/* Where a value is likely to stand, or NULL. */
static const _Atomic(entry *) *place_of(rv_dictionary_builder *b, uint64_t hash) {
    const table *t = atomic_load_explicit(&shard_of(b, hash)->table, memory_order_acquire);
    return t ? &t->entries[hash & (t->slots - 1)] : NULL;
}

rv_status rv_dictionary_add_some(rv_dictionary_builder *b, const rv_text *values, size_t n, uint32_t *provisional,
                                 rv_error *err) {
    uint64_t hashes[RV_DICTIONARY_SOME];
    for (size_t i = 0; i < n; i++) {
        hashes[i] = rv_hash64(values[i].ptr, values[i].len, 0);
        __builtin_prefetch((const void *)place_of(b, hashes[i]));
    }
    for (size_t i = 0; i < n; i++) {
        const _Atomic(entry *) *place = place_of(b, hashes[i]);
        if (place) __builtin_prefetch(atomic_load_explicit(place, memory_order_relaxed));
    }
    for (size_t i = 0; i < n; i++) RV_TRY(add_hashed(b, hashes[i], values[i], &provisional[i], err));
    return RV_OK;
}

/* --- Finishing --------------------------------------------------------------------------------------------------- */

typedef struct sorted_value {
    rv_text text;
    double number;
    uint32_t provisional;
    bool is_number;
} sorted_value;

/* Numbers by value, before other text; equals bytewise ("1" and "1.0" are two values). */
static int compare_values(const sorted_value *a, const sorted_value *b) {
    if (a->is_number != b->is_number) return a->is_number ? -1 : 1;
    if (a->is_number && a->number != b->number) return a->number < b->number ? -1 : 1;
    return rv_text_compare(a->text, b->text);
}
static int compare_sorted(const void *a, const void *b) { return compare_values(a, b); }

static sorted_value value_of(rv_text text) {
    sorted_value v = {.text = text};
    v.is_number = rv_text_to_decimal(text, '.', &v.number);
    return v;
}

static rv_status collect(const rv_dictionary_builder *b, size_t n, sorted_value **out, size_t *bytes, rv_error *err) {
    sorted_value *values = rv_array_new(n + 1, sizeof *values, err);
    if (!values) return RV_NO_MEMORY;
    *bytes = 0;
    for (int i = 0; i < SHARDS; i++) {
        const table *t = atomic_load(&b->shards[i].table);
        for (size_t j = 0; t && j < t->slots; j++) {
            const entry *e = atomic_load(&t->entries[j]);
            if (!e) continue;
            sorted_value v = value_of(rv_text_make(e->bytes, e->len));
            v.provisional = e->number;
            values[e->number - 1] = v;
            *bytes += e->len;
        }
    }
    *out = values;
    return RV_OK;
}

rv_status rv_dictionary_finish(rv_dictionary_builder *b, rv_dictionary *out, uint32_t **remap, rv_error *err) {
    size_t n = atomic_load(&b->next), bytes;
    sorted_value *values;
    RV_TRY(collect(b, n, &values, &bytes, err));
    qsort(values, n, sizeof *values, compare_sorted);
    uint32_t *numbers = rv_array_new(n + 1, sizeof *numbers, err);
    uint64_t *starts = numbers ? rv_new((n + 1) * sizeof *starts + bytes, err) : NULL;
    if (!numbers || !starts) {
        rv_free(values);
        rv_free(numbers);
        return RV_NO_MEMORY;
    }
    char *text = (char *)(starts + n + 1);
    uint64_t at = 0;
    for (size_t i = 0; i < n; i++) {
        starts[i] = at;
        memcpy(text + at, values[i].text.ptr, values[i].text.len);
        at += values[i].text.len;
        numbers[values[i].provisional] = (uint32_t)(i + 1);
    }
    starts[n] = at;
    rv_free(values);
    *out = (rv_dictionary){(uint32_t)n, starts, text, starts, NULL};
    *remap = numbers;
    return RV_OK;
}

uint32_t rv_dictionary_find(const rv_dictionary *d, rv_text value) {
    sorted_value wanted = value_of(value);
    uint32_t lo = 1, hi = d->n + 1;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        sorted_value here = value_of(rv_dictionary_value(d, mid));
        if (compare_values(&here, &wanted) < 0) lo = mid + 1;
        else hi = mid;
    }
    return lo <= d->n && rv_text_equal(rv_dictionary_value(d, lo), value) ? lo : 0;
}

void rv_dictionary_reset(rv_dictionary *d) {
    rv_free(d->owned);
    rv_free(d->owned_bytes);
    *d = (rv_dictionary){0};
}
