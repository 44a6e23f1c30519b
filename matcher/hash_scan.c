/* See the header. The set of wanted keys is read-only while the base is scanned, so threads share it without locks. */
#include "hash_scan.h"

#include "file.h"
#include "parallel.h"

enum { SCAN_ROWS = 4096, SCAN_COLUMNS_MAX = 16 };

static const rv_role ROLE_OF_KIND[RV_KEY_KINDS] = {[RV_KEY_EMAIL_SHA256] = RV_ROLE_EMAIL_SHA256,
                                                   [RV_KEY_EMAIL_MD5] = RV_ROLE_EMAIL_MD5,
                                                   [RV_KEY_EMAIL_SHA1] = RV_ROLE_EMAIL_SHA1,
                                                   [RV_KEY_PHONE_SHA256] = RV_ROLE_PHONE_SHA256};

typedef struct entries {
    rv_key_entry *at;
    size_t n, capacity;
} entries;

struct rv_hash_scan {
    rv_key_index index[RV_KEY_KINDS];
};

void rv_hash_scan_free(rv_hash_scan *scan) {
    if (!scan) return;
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++)
        if (scan->index[kind].owned) rv_key_index_reset(&scan->index[kind]);
    rv_free(scan);
}

/* --- The digests that clients bring ------------------------------------------------------------------------------ */

typedef struct wanted { /* open addressing, at most half full; {0,0} is free */
    rv_key *slots;
    uint64_t n_slots, n;
} wanted;

static bool wanted_has(const wanted *set, rv_key key) {
    uint64_t at = key.lo & (set->n_slots - 1);
    for (; set->slots[at].lo | set->slots[at].hi; at = (at + 1) & (set->n_slots - 1))
        if (rv_key_equal(set->slots[at], key)) return true;
    return false;
}

static void wanted_put(wanted *set, rv_key key) {
    uint64_t at = key.lo & (set->n_slots - 1);
    for (; set->slots[at].lo | set->slots[at].hi; at = (at + 1) & (set->n_slots - 1))
        if (rv_key_equal(set->slots[at], key)) return;
    set->slots[at] = key;
    set->n++;
}

static rv_status wanted_grow(wanted *set, rv_error *err) {
    wanted bigger = {.n_slots = set->n_slots ? set->n_slots * 2 : 1024};
    if (!(bigger.slots = rv_array_new(bigger.n_slots, sizeof *bigger.slots, err))) return RV_NO_MEMORY;
    for (uint64_t i = 0; i < set->n_slots; i++)
        if (set->slots[i].lo | set->slots[i].hi) wanted_put(&bigger, set->slots[i]);
    rv_free(set->slots);
    *set = bigger;
    return RV_OK;
}

typedef struct scanning {
    rv_cascade *cascade;
    const rv_person_reader *reader; /* of the clients */
    const rv_settings *settings;
    uint32_t kinds;
    wanted set;

    rv_table_roles base_roles; /* of the batches made from contacts */
    rv_role base_role[SCAN_COLUMNS_MAX];
    bool base_ignored[SCAN_COLUMNS_MAX];
    uint32_t field[SCAN_COLUMNS_MAX];
    struct scan_worker *workers;
} scanning;

static void free_keys(void *user) {
    entries *list = user;
    rv_free(list->at);
    rv_free(list);
}

static rv_status push(entries *list, rv_key key, uint32_t row, rv_error *err) {
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 256;
        if (!rv_array_resize(&list->at, capacity, sizeof *list->at, err)) return RV_NO_MEMORY;
        list->capacity = capacity;
    }
    list->at[list->n++] = (rv_key_entry){key, row};
    return RV_OK;
}

static rv_status read_clients(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    const scanning *s = ctx;
    (void)worker;
    if (!block->user && !(block->user = rv_new(sizeof(entries), err))) return RV_NO_MEMORY;
    entries *list = block->user;
    list->n = 0;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        rv_person person;
        rv_person_key keys[RV_PERSON_KEYS_MAX];
        if (!rv_person_read(s->reader, &block->batch, r, block->arena, &person))
            return rv_fail_memory(err, sizeof person);
        unsigned n = rv_person_keys(&person, s->cascade->secret, s->kinds, false, keys);
        for (unsigned k = 0; k < n; k++) RV_TRY(push(list, keys[k].key, 0, err));
    }
    return RV_OK;
}

static rv_status take_clients(void *ctx, rv_table_block *block, rv_error *err) {
    scanning *s = ctx;
    const entries *list = block->user;
    RV_TRY(rv_check_cancel(s->settings, err));
    for (size_t i = 0; i < list->n; i++) {
        if (s->set.n * 2 >= s->set.n_slots) RV_TRY(wanted_grow(&s->set, err));
        wanted_put(&s->set, list->at[i].key);
    }
    return RV_OK;
}

static rv_status collect_wanted(scanning *s, const rv_enrich_options *options, rv_error *err) {
    if (rv_file_reads_once(options->clients.path)) {
        rv_fail(err, RV_BAD_ARGUMENT,
                "hashed columns from stdin: the megabase has no index of them, so the client file "
                "must be read twice");
        rv_error_hint(err, "give a file, or build the megabase with these hash_keys in its schema");
        return RV_BAD_ARGUMENT;
    }
    rv_table *csv;
    RV_TRY(wanted_grow(&s->set, err));
    RV_TRY(rv_table_open(options->clients.path, &options->clients.dialect, &csv, err));
    rv_table_visitor visitor = {.work = read_clients, .consume = take_clients, .free_user = free_keys, .ctx = s};
    rv_status status = rv_table_each(csv, rv_threads(s->settings), &visitor, err);
    rv_table_close(csv);
    return status;
}

/* --- The base ---------------------------------------------------------------------------------------------------- */

typedef struct scan_worker {
    rv_contact_reader *reader;
    rv_arena arena;
    uint32_t rows[SCAN_ROWS];
    rv_contact contacts[SCAN_ROWS];
    rv_text cells[SCAN_ROWS * SCAN_COLUMNS_MAX];
    entries found[RV_KEY_KINDS];
} scan_worker;

/* The fields that digests come from, as columns of a table with known roles. */
static void find_base_columns(scanning *s) {
    static const rv_role roles[] = {RV_ROLE_EMAIL,     RV_ROLE_MOBILE,     RV_ROLE_PHONE,       RV_ROLE_EMAIL_SHA256,
                                    RV_ROLE_EMAIL_MD5, RV_ROLE_EMAIL_SHA1, RV_ROLE_PHONE_SHA256};
    const rv_schema *schema = rv_megabase_schema(s->cascade->megabase);
    rv_table_roles *table = &s->base_roles;
    for (unsigned i = 0; i < RV_ROLE_COUNT; i++) table->of[i] = -1;
    for (unsigned i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        int field = rv_schema_field(schema, rv_role_name(roles[i]));
        if (field < 0) continue;
        table->of[roles[i]] = (int32_t)table->columns;
        s->base_role[table->columns] = roles[i];
        s->field[table->columns++] = (uint32_t)field;
    }
    table->roles = s->base_role;
    table->ignored = s->base_ignored;
}

static rv_status scan_contacts(scanning *s, scan_worker *w, uint32_t first, uint32_t n, rv_error *err) {
    uint32_t columns = s->base_roles.columns;
    for (uint32_t i = 0; i < n; i++) w->rows[i] = first + i;
    rv_arena_reset(&w->arena);
    RV_TRY(rv_contact_read(w->reader, w->rows, n, &w->arena, w->contacts, err));
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < columns; c++) w->cells[(size_t)i * columns + c] = w->contacts[i].fields[s->field[c]];
    rv_batch batch = {.rows = n, .columns = columns, .cells = w->cells};
    rv_person_reader reader = {.roles = &s->base_roles};
    for (uint32_t i = 0; i < n; i++) {
        rv_person person;
        rv_person_key keys[RV_PERSON_KEYS_MAX];
        if (!rv_person_read(&reader, &batch, i, &w->arena, &person)) return rv_fail_memory(err, sizeof person);
        unsigned n_keys = rv_person_keys(&person, s->cascade->secret, s->kinds, true, keys);
        for (unsigned k = 0; k < n_keys; k++)
            if (wanted_has(&s->set, keys[k].key)) RV_TRY(push(&w->found[keys[k].kind], keys[k].key, first + i, err));
    }
    return RV_OK;
}

static rv_status scan_piece(void *ctx, size_t index, int worker, rv_error *err) {
    scanning *s = ctx;
    scan_worker *w = &s->workers[worker];
    RV_TRY(rv_check_cancel(s->settings, err));
    if (!w->reader) RV_TRY(rv_contact_reader_new(s->cascade->megabase, &w->reader, err));
    uint32_t rows = rv_megabase_rows(s->cascade->megabase), first = (uint32_t)(index * SCAN_ROWS);
    return scan_contacts(s, w, first, rows - first < SCAN_ROWS ? rows - first : SCAN_ROWS, err);
}

/* What the workers found, as indexes: the order in which they found it doesn't matter to an index. */
static rv_status make_indexes(scanning *s, int threads, rv_hash_scan *scan, rv_error *err) {
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++) {
        if (!(s->kinds & 1u << kind)) continue;
        entries all = {0};
        rv_status status = RV_OK;
        for (int t = 0; t < threads && status == RV_OK; t++)
            for (size_t i = 0; i < s->workers[t].found[kind].n && status == RV_OK; i++)
                status = push(&all, s->workers[t].found[kind].at[i].key, s->workers[t].found[kind].at[i].row, err);
        if (status == RV_OK) status = rv_key_index_build(all.at, all.n, threads, NULL, &scan->index[kind], err);
        rv_free(all.at);
        RV_TRY(status);
    }
    return RV_OK;
}

static rv_status scan_base(scanning *s, rv_hash_scan *scan, rv_error *err) {
    int threads = rv_threads(s->settings);
    size_t pieces = ((size_t)rv_megabase_rows(s->cascade->megabase) + SCAN_ROWS - 1) / SCAN_ROWS;
    find_base_columns(s);
    if (!(s->workers = rv_array_new((size_t)threads, sizeof *s->workers, err))) return RV_NO_MEMORY;
    rv_status status = rv_parallel(threads, pieces, scan_piece, s, err);
    if (status == RV_OK) status = make_indexes(s, threads, scan, err);
    for (int t = 0; t < threads; t++) {
        rv_contact_reader_free(s->workers[t].reader);
        rv_arena_free(&s->workers[t].arena);
        for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++) rv_free(s->workers[t].found[kind].at);
    }
    rv_free(s->workers);
    return status;
}

rv_status rv_hash_scan_run(rv_cascade *cascade, const rv_person_reader *reader, const rv_enrich_options *options,
                           const rv_settings *settings, rv_hash_scan **out, rv_error *err) {
    scanning s = {.cascade = cascade, .reader = reader, .settings = settings};
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++) {
        rv_role role = ROLE_OF_KIND[kind];
        if (role != RV_ROLE_NONE && reader->roles->of[role] >= 0 && !cascade->index[kind]) s.kinds |= 1u << kind;
    }
    *out = NULL;
    if (!s.kinds) return RV_OK;
    rv_hash_scan *scan = rv_new(sizeof *scan, err);
    if (!scan) return RV_NO_MEMORY;
    rv_note(settings, "the megabase has no index of the clients' digests: its contacts are hashed in one scan");
    rv_status status = collect_wanted(&s, options, err);
    if (status == RV_OK) status = scan_base(&s, scan, err);
    rv_free(s.set.slots);
    if (status != RV_OK) {
        rv_hash_scan_free(scan);
        return status;
    }
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++)
        if (s.kinds & 1u << kind) cascade->index[kind] = &scan->index[kind];
    *out = scan;
    return RV_OK;
}
