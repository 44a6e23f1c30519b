/*
 * Why parts: ids fall into 64 parts by hash, each with its own lock, index and pool of records. A block of transactions
 * is sorted by part first, so a thread takes a lock once per block and part, and probes of one part overlap their misses.
 *
 * Why not a list of days per client: all that is wanted is how many distinct days there are, and the first and last are
 * in the record. So only days strictly between them are noted, as pairs (record, day), when they become so: a day that
 * widens the range pushes the old end inside. One- and two-time buyers, most clients, cost nothing. At the end the notes
 * are sorted, and distinct ones counted. Notes beyond the memory allowed go to an unlinked scratch file.
 *
 * A record never moves: pools are chains of chunks. A reference is part (6 bits) and offset in units of 8 bytes (24
 * bits); an index slot is 8 bits of hash and the same offset, so most wrong slots are passed over without a look at the
 * record.
 */
#include "client_table.h"
#include "file.h"
#include "hash.h"
#include "parallel.h"
#include "random.h"
#include "sort.h"
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    PART_BITS = 6,
    PARTS = 1 << PART_BITS, /* RV_CLIENT_PARTS */
    OFFSET_BITS = 24,
    CHUNK_UNITS = 1 << 15, /* 256 KB: from the system page by page, so a small table stays small */
    CHUNKS = (1 << OFFSET_BITS) / CHUNK_UNITS,
    FIRST_SLOTS = 64,
    NOTES = 4096 /* a chunk of notes: 32 KB */
};
_Static_assert(PARTS == (int)RV_CLIENT_PARTS, "the header's parts are these");
#define OFFSET_MASK (((uint32_t)1 << OFFSET_BITS) - 1)

typedef struct note_chunk {
    uint64_t *notes; /* NULL: at `at` in the scratch file */
    uint64_t at;
} note_chunk;

typedef struct part {
    pthread_mutex_t lock;
    uint32_t *slots; /* 0: empty; offset 0 is never a record */
    uint32_t n_slots, n;
    uint32_t used; /* units of the pool; starts at 1 */
    uint64_t *chunks[CHUNKS];
    uint64_t *notes; /* being filled: offset << 16 | age */
    uint32_t n_notes;
    note_chunk *full;
    size_t n_full, cap_full;
    bool overflow;
} part;

struct rv_client_table {
    uint64_t seed;
    const char *tmpdir;
    size_t chunks_allowed;
    _Atomic size_t chunks_kept;
    _Atomic uint64_t scratch_size;
    pthread_mutex_t scratch_lock;
    int scratch; /* -1: not needed so far */
    part parts[PARTS];
};

rv_status rv_client_table_new(const rv_settings *settings, size_t visit_memory, rv_client_table **out, rv_error *err) {
    rv_client_table *table = rv_new(sizeof *table, err);
    if (!table) return RV_NO_MEMORY;
    rv_secret secret;
    if (settings->seeded) rv_secret_from_seed(&secret, settings->seed);
    else if (!rv_secret_random(&secret)) rv_secret_from_seed(&secret, (uint64_t)(uintptr_t)table);
    memcpy(&table->seed, secret.bytes, sizeof table->seed);
    table->tmpdir = settings->tmpdir;
    table->chunks_allowed = (visit_memory ? visit_memory : RV_VISIT_MEMORY) / (NOTES * sizeof(uint64_t));
    table->scratch = -1;
    pthread_mutex_init(&table->scratch_lock, NULL);
    for (unsigned p = 0; p < PARTS; p++) {
        pthread_mutex_init(&table->parts[p].lock, NULL);
        table->parts[p].used = 1;
    }
    *out = table;
    return RV_OK;
}

static void free_notes(part *p) {
    rv_free(p->notes);
    for (size_t i = 0; i < p->n_full; i++) rv_free(p->full[i].notes);
    rv_free(p->full);
    p->notes = NULL, p->full = NULL;
    p->n_full = p->cap_full = p->n_notes = 0;
}

void rv_client_table_free(rv_client_table *table) {
    if (!table) return;
    for (unsigned i = 0; i < PARTS; i++) {
        part *p = &table->parts[i];
        free_notes(p);
        rv_free(p->slots);
        for (unsigned c = 0; c < CHUNKS && p->chunks[c]; c++) rv_free(p->chunks[c]);
        pthread_mutex_destroy(&p->lock);
    }
    if (table->scratch >= 0) rv_io_now()->close(table->scratch);
    pthread_mutex_destroy(&table->scratch_lock);
    rv_free(table);
}

/* --- Records ------------------------------------------------------------------------------------------------------ */

static rv_client_record *record_at(const part *p, uint32_t offset) {
    return (rv_client_record *)(p->chunks[offset / CHUNK_UNITS] + offset % CHUNK_UNITS);
}

static uint32_t units_of(size_t id_bytes) { return (uint32_t)((offsetof(rv_client_record, id) + id_bytes + 7) / 8); }

static rv_status new_record(part *p, rv_text id, uint32_t hash, uint32_t *offset, rv_error *err) {
    uint32_t units = units_of(id.len), at = p->used;
    if (at % CHUNK_UNITS + units > CHUNK_UNITS)
        at += CHUNK_UNITS - at % CHUNK_UNITS; /* records don't straddle chunks */
    if (at + units > OFFSET_MASK)
        return rv_fail(err, RV_NO_MEMORY, "more clients than a table holds (some 200 million)");
    uint64_t **chunk = &p->chunks[at / CHUNK_UNITS];
    if (!*chunk && !(*chunk = rv_array_new(CHUNK_UNITS, sizeof **chunk, err))) return RV_NO_MEMORY;
    p->used = at + units;
    rv_client_record *r = record_at(p, at);
    r->hash = hash;
    r->id_bytes = (uint16_t)id.len;
    memcpy(r->id, id.ptr, id.len);
    *offset = at;
    return RV_OK;
}

/* --- Index -------------------------------------------------------------------------------------------------------- */

static uint32_t part_of(uint64_t hash) { return (uint32_t)(hash >> (64 - PART_BITS)); }
static uint32_t tag_of(uint32_t hash) { return hash & ~OFFSET_MASK; }

static rv_status grow_index(part *p, rv_error *err) {
    uint32_t n = p->n_slots ? p->n_slots * 2 : FIRST_SLOTS, mask = n - 1;
    uint32_t *slots = rv_array_new(n, sizeof *slots, err);
    if (!slots) return RV_NO_MEMORY;
    memset(slots, 0, n * sizeof *slots); /* written before it is read: else its pages fault twice, the second time for all */
    for (uint32_t i = 0; i < p->n_slots; i++) {
        if (!p->slots[i]) continue;
        uint32_t at = record_at(p, p->slots[i] & OFFSET_MASK)->hash & mask;
        while (slots[at]) at = (at + 1) & mask;
        slots[at] = p->slots[i];
    }
    rv_free(p->slots);
    p->slots = slots;
    p->n_slots = n;
    return RV_OK;
}

/* Ids are short: two words tell nearly all of them. A record's id has zeros behind it up to a whole word. */
static bool id_is(const rv_client_record *r, rv_text id) {
    if (r->id_bytes != id.len) return false;
    uint64_t a, b;
    memcpy(&a, r->id, sizeof a);
    if (id.len <= 8) return a == rv_load_bytes(id.ptr, id.len);
    if (id.len > 16) return memcmp(r->id, id.ptr, id.len) == 0;
    memcpy(&b, r->id + id.len - 8, sizeof b);
    return a == rv_load_bytes(id.ptr, 8) && b == rv_load_bytes(id.ptr + id.len - 8, 8);
}

/* The slot of an id: its own, or the empty one where it belongs. The index is never full. */
static uint32_t *find_slot(const part *p, rv_text id, uint32_t hash) {
    uint32_t mask = p->n_slots - 1, tag = tag_of(hash);
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        uint32_t slot = p->slots[at];
        if (!slot) return &p->slots[at];
        if (tag_of(slot) != tag) continue;
        const rv_client_record *r = record_at(p, slot & OFFSET_MASK);
        if (r->hash == hash && id_is(r, id)) return &p->slots[at];
    }
}

static rv_status find_or_add(part *p, rv_text id, uint32_t hash, uint32_t *offset, bool *added, rv_error *err) {
    if (p->n + 1 > p->n_slots / 4 * 3) RV_TRY(grow_index(p, err));
    uint32_t *slot = find_slot(p, id, hash);
    *added = *slot == 0;
    if (*added) {
        RV_TRY(new_record(p, id, hash, offset, err));
        *slot = tag_of(hash) | *offset;
        p->n++;
    } else *offset = *slot & OFFSET_MASK;
    return RV_OK;
}

/* --- Notes of days within the range of a client's orders ------------------------------------------------------------ */

static rv_status spill(rv_client_table *table, uint64_t *notes, uint64_t *at, rv_error *err) {
    pthread_mutex_lock(&table->scratch_lock);
    if (table->scratch < 0) table->scratch = rv_file_scratch(table->tmpdir, err);
    int fd = table->scratch;
    pthread_mutex_unlock(&table->scratch_lock);
    if (fd < 0) return err && err->status != RV_OK ? err->status : RV_FAILED;
    *at = atomic_fetch_add(&table->scratch_size, NOTES * sizeof *notes);
    return rv_file_write_at(fd, notes, NOTES * sizeof *notes, *at, err);
}

static rv_status put_chunk_away(rv_client_table *table, part *p, rv_error *err) {
    if (p->n_full == p->cap_full) {
        size_t cap = p->cap_full ? p->cap_full * 2 : 16;
        note_chunk *full = rv_array_grow(p->full, cap, sizeof *full, err);
        if (!full) return RV_NO_MEMORY;
        p->full = full;
        p->cap_full = cap;
    }
    note_chunk chunk = {p->notes, 0};
    if (atomic_fetch_add(&table->chunks_kept, 1) < table->chunks_allowed) {
        uint64_t *fresh = rv_array_new(NOTES, sizeof *fresh, err);
        if (!fresh) return RV_NO_MEMORY;
        p->notes = fresh;
    } else {
        atomic_fetch_sub(&table->chunks_kept, 1);
        RV_TRY(spill(table, p->notes, &chunk.at, err));
        chunk.notes = NULL;
    }
    p->full[p->n_full++] = chunk;
    p->n_notes = 0;
    return RV_OK;
}

static rv_status note_day(rv_client_table *table, part *p, uint32_t offset, uint16_t age, rv_error *err) {
    if (!p->notes && !(p->notes = rv_array_new(NOTES, sizeof *p->notes, err))) return RV_NO_MEMORY;
    if (p->n_notes == NOTES) RV_TRY(put_chunk_away(table, p, err));
    p->notes[p->n_notes++] = (uint64_t)offset << 16 | age;
    return RV_OK;
}

/* While adding, orders is 1 for whoever has bought at all. */
static rv_status add_visit(rv_client_table *table, part *p, uint32_t offset, rv_client_record *r, uint16_t age,
                           rv_error *err) {
    if (r->orders == 0) {
        r->orders = 1;
        r->first_age = r->last_age = age;
        return RV_OK;
    }
    if (age == r->first_age || age == r->last_age) return RV_OK;
    uint16_t inside = age;
    if (age > r->first_age) inside = r->first_age, r->first_age = age;
    else if (age < r->last_age) inside = r->last_age, r->last_age = age;
    if (inside == r->first_age || inside == r->last_age) return RV_OK; /* the only day so far is now the other end */
    return note_day(table, p, offset, inside, err);
}

/* --- Adding ------------------------------------------------------------------------------------------------------- */

static rv_status add_to_part(rv_client_table *table, part *p, const rv_transaction *all, const uint64_t *hashes,
                             const uint32_t *rows, size_t n, rv_error *err) {
    for (size_t i = 0; i < n && p->n_slots; i++)
        __builtin_prefetch(&p->slots[(uint32_t)hashes[rows[i]] & (p->n_slots - 1)]);
    for (size_t i = 0; i < n && p->n_slots; i++) {
        uint32_t slot = p->slots[(uint32_t)hashes[rows[i]] & (p->n_slots - 1)];
        if (slot) __builtin_prefetch(record_at(p, slot & OFFSET_MASK));
    }
    uint32_t offset = 0;
    for (size_t i = 0; i < n; i++) {
        const rv_transaction *t = &all[rows[i]];
        bool added, again = i && hashes[rows[i]] == hashes[rows[i - 1]]; /* files often have a client's orders together */
        if (!again || !id_is(record_at(p, offset), t->id))
            RV_TRY(find_or_add(p, t->id, (uint32_t)hashes[rows[i]], &offset, &added, err));
        rv_client_record *r = record_at(p, offset);
        p->overflow |= __builtin_add_overflow(r->amount, t->amount, &r->amount);
        if (t->visit) RV_TRY(add_visit(table, p, offset, r, t->age, err));
    }
    return RV_OK;
}

rv_status rv_client_table_add(rv_client_table *table, const rv_transaction *transactions, size_t n, rv_arena *scratch,
                              rv_error *err) {
    uint64_t *hashes = rv_arena_get(scratch, n * sizeof *hashes);
    uint32_t *rows = rv_arena_get(scratch, n * sizeof *rows);
    if (!hashes || !rows) return rv_fail_memory(err, n * (sizeof *hashes + sizeof *rows));
    uint32_t start[PARTS + 1] = {0};
    for (size_t i = 0; i < n; i++) {
        assert(transactions[i].id.len >= 1 && transactions[i].id.len <= RV_CLIENT_ID_MAX);
        hashes[i] = rv_hash64(transactions[i].id.ptr, transactions[i].id.len, table->seed);
        start[part_of(hashes[i]) + 1]++;
    }
    for (unsigned p = 0; p < PARTS; p++) start[p + 1] += start[p];
    uint32_t next[PARTS];
    memcpy(next, start, sizeof next);
    for (size_t i = 0; i < n; i++) rows[next[part_of(hashes[i])]++] = (uint32_t)i;
    unsigned first = n ? part_of(hashes[0]) : 0; /* threads begin at different parts */
    for (unsigned k = 0; k < PARTS; k++) {
        unsigned i = (first + k) % PARTS;
        if (start[i] == start[i + 1]) continue;
        part *p = &table->parts[i];
        pthread_mutex_lock(&p->lock);
        rv_status status = add_to_part(table, p, transactions, hashes, rows + start[i], start[i + 1] - start[i], err);
        pthread_mutex_unlock(&p->lock);
        if (status != RV_OK) return status;
    }
    return RV_OK;
}

rv_status rv_client_table_put(rv_client_table *table, rv_text id, const rv_client_record *values, bool *added,
                              rv_error *err) {
    uint64_t hash = rv_hash64(id.ptr, id.len, table->seed);
    part *p = &table->parts[part_of(hash)];
    uint32_t offset;
    pthread_mutex_lock(&p->lock);
    rv_status status = find_or_add(p, id, (uint32_t)hash, &offset, added, err);
    if (status == RV_OK && *added) {
        rv_client_record *r = record_at(p, offset);
        r->amount = values->amount;
        r->first_age = values->first_age;
        r->last_age = values->last_age;
        r->orders = values->orders;
    }
    pthread_mutex_unlock(&p->lock);
    return status;
}

/* --- Finishing ---------------------------------------------------------------------------------------------------- */

static rv_status gather_notes(const rv_client_table *table, const part *p, uint64_t *out, rv_error *err) {
    for (size_t i = 0; i < p->n_full; i++, out += NOTES) {
        if (p->full[i].notes) memcpy(out, p->full[i].notes, NOTES * sizeof *out);
        else RV_TRY(rv_file_read_at(table->scratch, out, NOTES * sizeof *out, p->full[i].at, err));
    }
    if (p->n_notes) memcpy(out, p->notes, p->n_notes * sizeof *out);
    return RV_OK;
}

static rv_status count_part(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    rv_client_table *table = ctx;
    part *p = &table->parts[index];
    size_t n = p->n_full * NOTES + p->n_notes;
    rv_client_walk walk = rv_client_walk_part(index);
    rv_client_ref ref;
    for (rv_client_record *r; (r = rv_client_table_next(table, &walk, &ref));)
        if (r->orders == 1 && r->first_age != r->last_age) r->orders = 2;
    if (n == 0) return RV_OK;
    uint64_t *notes = rv_array_new(n, 2 * sizeof *notes, err);
    if (!notes) return RV_NO_MEMORY;
    rv_status status = gather_notes(table, p, notes, err);
    if (status == RV_OK) {
        free_notes(p);
        rv_sort_u64(notes, notes + n, n);
        for (size_t i = 0; i < n; i++)
            if (i == 0 || notes[i] != notes[i - 1]) record_at(p, (uint32_t)(notes[i] >> 16))->orders++;
    }
    rv_free(notes);
    return status;
}

rv_status rv_client_table_finish(rv_client_table *table, int threads, rv_error *err) {
    bool overflow = false;
    for (unsigned i = 0; i < PARTS; i++) overflow |= table->parts[i].overflow;
    if (overflow) return rv_fail(err, RV_BAD_INPUT, "the amounts of one client add up to more than 9e14");
    return rv_parallel(threads, PARTS, count_part, table, err);
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

uint64_t rv_client_table_count(const rv_client_table *table) {
    uint64_t n = 0;
    for (unsigned p = 0; p < PARTS; p++) n += table->parts[p].n;
    return n;
}

uint32_t rv_client_table_part_count(const rv_client_table *table, size_t index) { return table->parts[index].n; }

rv_client_record *rv_client_table_at(const rv_client_table *table, rv_client_ref ref) {
    return record_at(&table->parts[ref >> OFFSET_BITS], ref & OFFSET_MASK);
}

rv_client_record *rv_client_table_find(const rv_client_table *table, rv_text id) {
    uint64_t hash = rv_hash64(id.ptr, id.len, table->seed);
    const part *p = &table->parts[part_of(hash)];
    if (!p->n_slots) return NULL;
    uint32_t slot = *find_slot(p, id, (uint32_t)hash);
    return slot ? record_at(p, slot & OFFSET_MASK) : NULL;
}

/* Each look-up is a miss in the index and one in the records: both are asked for beforehand. */
void rv_client_table_find_many(const rv_client_table *table, const rv_text *ids, size_t n,
                               const rv_client_record **found) {
    uint64_t hashes[RV_FIND_MANY];
    assert(n <= RV_FIND_MANY);
    for (size_t i = 0; i < n; i++) {
        hashes[i] = rv_hash64(ids[i].ptr, ids[i].len, table->seed);
        const part *p = &table->parts[part_of(hashes[i])];
        if (p->n_slots) __builtin_prefetch(&p->slots[(uint32_t)hashes[i] & (p->n_slots - 1)]);
    }
    for (size_t i = 0; i < n; i++) {
        const part *p = &table->parts[part_of(hashes[i])];
        uint32_t slot = p->n_slots ? p->slots[(uint32_t)hashes[i] & (p->n_slots - 1)] : 0;
        if (slot) __builtin_prefetch(record_at(p, slot & OFFSET_MASK));
    }
    for (size_t i = 0; i < n; i++) {
        const part *p = &table->parts[part_of(hashes[i])];
        uint32_t slot = p->n_slots ? *find_slot(p, ids[i], (uint32_t)hashes[i]) : 0;
        found[i] = slot ? record_at(p, slot & OFFSET_MASK) : NULL;
    }
}

rv_client_record *rv_client_table_next(const rv_client_table *table, rv_client_walk *walk, rv_client_ref *ref) {
    for (uint32_t end = walk->end ? walk->end : PARTS; walk->part < end; walk->part++, walk->at = 0) {
        const part *p = &table->parts[walk->part];
        if (walk->at == 0) walk->at = 1;
        /* a hole at the end of a chunk starts with a record of no id, or is too short for any */
        uint32_t left = CHUNK_UNITS - walk->at % CHUNK_UNITS;
        if (walk->at < p->used && (left < units_of(1) || record_at(p, walk->at)->id_bytes == 0)) walk->at += left;
        if (walk->at >= p->used) continue;
        rv_client_record *r = record_at(p, walk->at);
        *ref = walk->part << OFFSET_BITS | walk->at;
        walk->at += units_of(r->id_bytes);
        return r;
    }
    return NULL;
}
