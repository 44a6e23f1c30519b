/*
 * A block of clients becomes keys, all keys are probed in all the indexes that may hold them, and the rows found set
 * bits in a map shared by the threads: whatever their order, the same bits are set.
 */
#include "exclude.h"

#include "cascade.h"
#include "hash_scan.h"
#include "parallel.h"
#include <stdatomic.h>

enum {
    CLEAR_HASHES =
        1u << RV_KEY_EMAIL_SHA256 | 1u << RV_KEY_EMAIL_MD5 | 1u << RV_KEY_EMAIL_SHA1 | 1u << RV_KEY_PHONE_SHA256
};

typedef struct excluding {
    const rv_settings *settings;
    const char *path;
    rv_cascade cascade;
    rv_person_reader reader;
    uint32_t kinds, hash_kinds;           /* that some index holds */
    _Atomic uint64_t *seen[RV_KEY_KINDS]; /* per index: the long runs that are done, by where they begin */
    rv_rejects *rejects;
    rv_exclusion *out;
} excluding;

typedef struct slot { /* of a block */
    rv_key *keys;
    uint32_t *clients;
    uint8_t *kinds;
    size_t n, capacity;
    rv_key *probe_keys; /* those that one index may hold */
    uint32_t *probe_clients;
    rv_run *runs;
    bool *known; /* per client */
    uint64_t known_clients, without_key;
} slot;

static void free_slot(void *user) {
    slot *s = user;
    if (!s) return;
    rv_free(s->keys);
    rv_free(s->clients);
    rv_free(s->kinds);
    rv_free(s->probe_keys);
    rv_free(s->probe_clients);
    rv_free(s->runs);
    rv_free(s->known);
    rv_free(s);
}

/* --- Keys -------------------------------------------------------------------------------------------------------- */

static rv_status room_for_keys(slot *s, size_t more, rv_error *err) {
    if (s->n + more <= s->capacity) return RV_OK;
    size_t n = (s->n + more) * 2;
    if (!rv_array_resize(&s->keys, n, sizeof *s->keys, err) ||
        !rv_array_resize(&s->clients, n, sizeof *s->clients, err) ||
        !rv_array_resize(&s->kinds, n, sizeof *s->kinds, err) ||
        !rv_array_resize(&s->probe_keys, n, sizeof *s->probe_keys, err) ||
        !rv_array_resize(&s->probe_clients, n, sizeof *s->probe_clients, err) ||
        !rv_array_resize(&s->runs, n, sizeof *s->runs, err))
        return RV_NO_MEMORY;
    s->capacity = n;
    return RV_OK;
}

static void take_keys(slot *s, const rv_person_key *keys, unsigned n, uint32_t client) {
    for (unsigned k = 0; k < n; k++) {
        s->keys[s->n] = keys[k].key;
        s->kinds[s->n] = (uint8_t)keys[k].kind;
        s->clients[s->n++] = client;
    }
}

static rv_status make_keys(const excluding *e, slot *s, const rv_table_block *block, rv_error *err) {
    s->n = 0;
    s->without_key = 0;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        rv_person person;
        rv_person_key keys[RV_PERSON_KEYS_MAX];
        if (!rv_person_read(&e->reader, &block->batch, r, block->arena, &person))
            return rv_fail_memory(err, sizeof person);
        RV_TRY(room_for_keys(s, (size_t)2 * RV_PERSON_KEYS_MAX, err));
        size_t before = s->n;
        take_keys(s, keys, rv_person_keys(&person, e->cascade.secret, e->kinds, false, keys), r);
        if (e->hash_kinds) /* as a contact's: digests of what the client has in clear */
            take_keys(s, keys, rv_person_keys(&person, e->cascade.secret, e->hash_kinds, true, keys), r);
        s->without_key += s->n == before;
    }
    return RV_OK;
}

/* --- Contacts ---------------------------------------------------------------------------------------------------- */

static bool test_and_set(_Atomic uint64_t *bits, uint64_t at) {
    uint64_t bit = (uint64_t)1 << (at % 64);
    if (atomic_load_explicit(&bits[at / 64], memory_order_relaxed) & bit) return true;
    return atomic_fetch_or_explicit(&bits[at / 64], bit, memory_order_relaxed) & bit;
}

static void exclude_run(const excluding *e, rv_key_kind index, const rv_run *run) {
    /* A crowd's key may come with every client: its run is gone through once. */
    if (run->count > RV_CASCADE_RUN_MAX &&
        test_and_set(e->seen[index], (uint64_t)(run->many - e->cascade.index[index]->runs)))
        return;
    for (uint32_t i = 0; i < run->count; i++) test_and_set(e->out->bits, rv_run_row(run, i));
}

/* Kinds that share a domain (person.h) may stand in each other's index. */
static unsigned indexes_of(rv_key_kind kind, rv_key_kind out[2]) {
    out[0] = kind;
    if (kind == RV_KEY_EMAIL || kind == RV_KEY_EMAIL_FOLDED)
        out[1] = kind == RV_KEY_EMAIL ? RV_KEY_EMAIL_FOLDED : RV_KEY_EMAIL;
    else if (kind == RV_KEY_MOBILE || kind == RV_KEY_PHONE)
        out[1] = kind == RV_KEY_MOBILE ? RV_KEY_PHONE : RV_KEY_MOBILE;
    else return 1;
    return 2;
}

static rv_status probe_index(const excluding *e, slot *s, rv_key_kind index, rv_error *err) {
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        rv_key_kind in[2];
        unsigned n_in = indexes_of((rv_key_kind)s->kinds[i], in);
        if (in[0] != index && (n_in < 2 || in[1] != index)) continue;
        s->probe_keys[n] = s->keys[i];
        s->probe_clients[n++] = s->clients[i];
    }
    RV_TRY(rv_key_index_probe(e->cascade.index[index], s->probe_keys, n, UINT32_MAX, s->runs, err));
    for (size_t i = 0; i < n; i++) {
        if (s->runs[i].count == 0) continue;
        s->known[s->probe_clients[i]] = true;
        exclude_run(e, index, &s->runs[i]);
    }
    return RV_OK;
}

static rv_status work_block(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)worker;
    const excluding *e = ctx;
    if (!block->user && !(block->user = rv_new(sizeof(slot), err))) return RV_NO_MEMORY;
    slot *s = block->user;
    if (!rv_array_resize(&s->known, block->batch.rows + 1, sizeof *s->known, err)) return RV_NO_MEMORY;
    memset(s->known, 0, block->batch.rows * sizeof *s->known);
    RV_TRY(make_keys(e, s, block, err));
    for (unsigned index = 0; index < RV_KEY_KINDS; index++)
        if (e->cascade.index[index]) RV_TRY(probe_index(e, s, (rv_key_kind)index, err));
    s->known_clients = 0;
    for (uint32_t r = 0; r < block->batch.rows; r++) s->known_clients += s->known[r];
    return RV_OK;
}

static rv_status take_block(void *ctx, rv_table_block *block, rv_error *err) {
    excluding *e = ctx;
    const slot *s = block->user;
    RV_TRY(rv_check_cancel(e->settings, err));
    for (size_t i = 0; i < block->n_rejects; i++) {
        const rv_reject *r = &block->rejects[i];
        RV_TRY(rv_rejects_add(e->rejects, e->path, r->line, r->offset, r->reason, r->raw, err));
    }
    e->out->clients += block->batch.rows;
    e->out->known += s->known_clients;
    e->out->without_key += s->without_key;
    return RV_OK;
}

/* --- The file ---------------------------------------------------------------------------------------------------- */

static rv_status make_maps(excluding *e, rv_megabase *megabase, rv_error *err) {
    size_t words = (size_t)rv_megabase_rows(megabase) / 64 + 1;
    if (!(e->out->bits = rv_array_new(words, sizeof *e->out->bits, err))) return RV_NO_MEMORY;
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++) {
        const rv_key_index *index = e->cascade.index[kind];
        if (!index) continue;
        e->kinds |= 1u << kind;
        if (!(e->seen[kind] = rv_array_new((size_t)index->n_runs / 64 + 1, sizeof *e->seen[kind], err)))
            return RV_NO_MEMORY;
    }
    e->hash_kinds = e->kinds & CLEAR_HASHES;
    /* a folded e-mail is sought among the strict ones even where none is indexed as folded */
    if (e->kinds & 1u << RV_KEY_EMAIL) e->kinds |= 1u << RV_KEY_EMAIL_FOLDED;
    if (e->kinds & (1u << RV_KEY_MOBILE | 1u << RV_KEY_PHONE)) e->kinds |= 1u << RV_KEY_MOBILE | 1u << RV_KEY_PHONE;
    return RV_OK;
}

static rv_status read_clients(excluding *e, rv_table *csv, rv_summary *summary, rv_error *err) {
    RV_TRY(rv_rejects_open(NULL, e->settings, &e->rejects, err));
    rv_table_visitor visitor = {.work = work_block, .consume = take_block, .free_user = free_slot, .ctx = e};
    RV_TRY(rv_table_each(csv, rv_threads(e->settings), &visitor, err));
    RV_TRY(rv_rejects_check(e->rejects, e->out->clients, err));
    rv_table_counts counts = rv_table_counted(csv);
    rv_summary_table(summary, e->path, &counts);
    summary->rows_in += counts.rows + counts.rejected;
    summary->rows_out += e->out->clients;
    summary->rejected += counts.rejected;
    rv_rejects *rejects = e->rejects;
    e->rejects = NULL;
    return rv_rejects_commit(rejects, err);
}

static rv_status exclude_all(excluding *e, rv_megabase *megabase, const rv_table_options *clients, rv_table *csv,
                             const rv_table_roles *roles, rv_hash_scan **scan, rv_summary *summary, rv_error *err) {
    e->reader = (rv_person_reader){
        .roles = roles, .date_order = rv_table_describe(csv)->date_order, .country = clients->dialect.country};
    RV_TRY(rv_cascade_open(megabase, &e->cascade, err));
    rv_enrich_options as_enrich = {.clients = *clients};
    RV_TRY(rv_hash_scan_run(&e->cascade, &e->reader, &as_enrich, e->settings, scan, err));
    if (!rv_cascade_can_know(&e->cascade, roles)) {
        rv_fail(err, RV_BAD_INPUT,
                "no column of the clients to exclude can tell who they are: the megabase has no key "
                "that they could give");
        rv_error_hint(err, "--role COLUMN=email (or mobile, phone, last_name...) says what a column means");
        return rv_error_at(err, clients->path, 0, 0);
    }
    RV_TRY(make_maps(e, megabase, err));
    return read_clients(e, csv, summary, err);
}

rv_status rv_exclude_clients(rv_megabase *megabase, const rv_table_options *clients, const rv_settings *settings,
                             rv_summary *summary, rv_exclusion *out, rv_error *err) {
    rv_exclusion made = {0};
    excluding e = {.settings = settings, .path = clients->path, .out = &made};
    rv_table *csv = NULL;
    rv_table_roles roles = {0};
    rv_hash_scan *scan = NULL;
    rv_status status = rv_table_open(clients->path, &clients->dialect, &csv, err);
    if (status == RV_OK) status = rv_table_roles_of(clients, csv, &roles, err);
    if (status == RV_OK) status = exclude_all(&e, megabase, clients, csv, &roles, &scan, summary, err);
    rv_rejects_abort(e.rejects);
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++) rv_free((void *)e.seen[kind]);
    rv_hash_scan_free(scan);
    rv_table_roles_reset(&roles);
    rv_table_close(csv);
    if (status != RV_OK) {
        rv_exclusion_reset(&made);
        return status;
    }
    for (size_t i = 0; i <= rv_megabase_rows(megabase) / 64; i++)
        made.contacts += (uint64_t)__builtin_popcountll(made.bits[i]);
    *out = made;
    return RV_OK;
}

void rv_exclusion_reset(rv_exclusion *exclusion) {
    rv_free((void *)exclusion->bits);
    *exclusion = (rv_exclusion){0};
}
