/*
 * Two tables a kind: how often a value stands in the file, and how often with its partner. Both by hash, in two rows of
 * counters each; the smaller of the two counts. A value that stands there often and with this partner less than half
 * as often is over-shared. Cells are taken as they stand: two spellings of one value count as two.
 */
#include "overshared.h"

#include "hash.h"
#include "parallel.h"
#include "random.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS = 1 << 14, ROWS_COUNTED = 1 << 16, BYTES_A_ROW = 100, NAMED_MAX = 32, NAMED_TEXT = 64 };

typedef struct sketch {
    uint32_t count[2][BUCKETS];
} sketch;

typedef struct tables { /* of one thread, then of all */
    sketch value[RV_SHARED_KINDS], pair[RV_SHARED_KINDS];
    uint64_t rows, bytes; /* bytes: of these rows' records */
} tables;

typedef struct named { /* an over-shared value that some row held */
    uint64_t hash, rows;
    rv_shared_kind kind;
    char text[NAMED_TEXT];
    uint32_t len;
} named;

struct rv_overshared {
    tables *counts;
    uint32_t least[RV_SHARED_KINDS]; /* of the rows counted */
    double every;                    /* rows of the file for one that was counted */
    bool any[RV_SHARED_KINDS];       /* some bucket is over the bar */
    uint64_t over[RV_SHARED_KINDS][2][BUCKETS / 64]; /* which: nearly all rows are told by these bits, which stay cached */
    pthread_mutex_t lock;
    atomic_uint n_named;
    named named[NAMED_MAX];
};

static const rv_role value_roles[RV_SHARED_KINDS][4] = {
    [RV_SHARED_EMAIL] = {RV_ROLE_EMAIL, RV_ROLE_NONE},
    [RV_SHARED_MOBILE] = {RV_ROLE_MOBILE, RV_ROLE_NONE},
    [RV_SHARED_PHONE] = {RV_ROLE_PHONE, RV_ROLE_NONE},
    [RV_SHARED_NAME] = {RV_ROLE_FIRST_NAME, RV_ROLE_LAST_NAME, RV_ROLE_FULL_NAME, RV_ROLE_NONE},
};
static const rv_role partner_roles[] = {RV_ROLE_EMAIL,  RV_ROLE_MOBILE,       RV_ROLE_PHONE,   RV_ROLE_BIRTH_DATE,
                                        RV_ROLE_STREET, RV_ROLE_ADDRESS_LINE, RV_ROLE_POSTCODE};
static const rv_role *const name_roles = value_roles[RV_SHARED_NAME];

static rv_text cell(const rv_table_roles *roles, const rv_batch *batch, uint32_t row, rv_role role) {
    return roles->of[role] < 0 ? (rv_text){0} : rv_batch_cell(batch, row, (uint32_t)roles->of[role]);
}

static uint64_t add_cell(uint64_t hash, rv_text text) {
    return text.len ? rv_hash64(text.ptr, text.len, hash + 1) : hash + 1;
}

static bool has_columns(const rv_table_roles *roles, rv_shared_kind kind) {
    if (kind != RV_SHARED_NAME) return roles->of[value_roles[kind][0]] >= 0;
    /* a last name alone is shared by many */
    return roles->of[RV_ROLE_FULL_NAME] >= 0 ||
           (roles->of[RV_ROLE_FIRST_NAME] >= 0 && roles->of[RV_ROLE_LAST_NAME] >= 0);
}

/* 0: empty. */
static uint64_t hash_value(const rv_table_roles *roles, const rv_batch *batch, uint32_t row, rv_shared_kind kind) {
    uint64_t hash = kind;
    unsigned filled = 0, needed = kind == RV_SHARED_NAME && roles->of[RV_ROLE_FULL_NAME] < 0 ? 2 : 1;
    for (const rv_role *role = value_roles[kind]; *role != RV_ROLE_NONE; role++) {
        rv_text text = cell(roles, batch, row, *role);
        filled += text.len > 0;
        hash = add_cell(hash, text);
    }
    return filled >= needed ? hash | 1 : 0;
}

typedef struct partner { /* with whom a value stands */
    uint64_t hash;
    bool empty; /* with nobody */
} partner;

static partner partner_of(const rv_table_roles *roles, const rv_batch *batch, uint32_t row, const rv_role *role, size_t n) {
    partner p = {0, true};
    for (size_t i = 0; i < n; i++) {
        rv_text text = cell(roles, batch, row, role[i]);
        p.empty &= text.len == 0;
        p.hash = add_cell(p.hash, text);
    }
    return p;
}

/* Names beside e-mails and telephones, and the other way round. */
static partner partner_of_contact(const rv_table_roles *roles, const rv_batch *batch, uint32_t row) {
    return partner_of(roles, batch, row, name_roles, 3);
}
static partner partner_of_name(const rv_table_roles *roles, const rv_batch *batch, uint32_t row) {
    return partner_of(roles, batch, row, partner_roles, sizeof partner_roles / sizeof *partner_roles);
}

static unsigned bucket_of(uint64_t hash, unsigned row) { return (unsigned)(hash >> (row ? 32 : 1)) & (BUCKETS - 1); }

static void add(sketch *s, uint64_t hash) {
    for (unsigned r = 0; r < 2; r++) s->count[r][bucket_of(hash, r)]++;
}

static uint32_t count_of(const sketch *s, uint64_t hash) {
    uint32_t a = s->count[0][bucket_of(hash, 0)], b = s->count[1][bucket_of(hash, 1)];
    return a < b ? a : b;
}

static bool may_be_over(const rv_overshared *o, rv_shared_kind kind, uint64_t hash) {
    for (unsigned r = 0; r < 2; r++) {
        unsigned bucket = bucket_of(hash, r);
        if (!(o->over[kind][r][bucket / 64] >> (bucket % 64) & 1)) return false;
    }
    return true;
}

/* --- Counting ---------------------------------------------------------------------------------------------------- */

typedef struct counting {
    const rv_table_roles *roles;
    const rv_settings *settings;
    tables *workers;
    uint32_t every; /* row of a block; 1 when the walk leaves rows out itself */
} counting;

static rv_status count_block(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    const counting *c = ctx;
    tables *t = &c->workers[worker];
    RV_TRY(rv_check_cancel(c->settings, err));
    for (uint32_t row = 0; row < block->batch.rows; row += c->every) {
        t->rows++;
        t->bytes += block->batch.records[row].len + 1;
        partner names = partner_of_contact(c->roles, &block->batch, row);
        for (unsigned k = 0; k < RV_SHARED_KINDS; k++) {
            rv_shared_kind kind = (rv_shared_kind)k;
            uint64_t hash = has_columns(c->roles, kind) ? hash_value(c->roles, &block->batch, row, kind) : 0;
            if (!hash) continue;
            partner with = kind == RV_SHARED_NAME ? partner_of_name(c->roles, &block->batch, row) : names;
            add(&t->value[kind], hash);
            if (!with.empty) add(&t->pair[kind], rv_mix64(hash ^ with.hash));
        }
    }
    return RV_OK;
}

static void join(tables *all, const tables *more) {
    for (unsigned k = 0; k < RV_SHARED_KINDS; k++)
        for (unsigned r = 0; r < 2; r++)
            for (unsigned i = 0; i < BUCKETS; i++) {
                all->value[k].count[r][i] += more->value[k].count[r][i];
                all->pair[k].count[r][i] += more->pair[k].count[r][i];
            }
    all->rows += more->rows;
    all->bytes += more->bytes;
}

/* *every: rows of the file for one that was counted. */
static rv_status count_file(const rv_table_options *clients, const rv_table *table, counting *c, double *every,
                            rv_error *err) {
    rv_table *csv;
    int threads = rv_threads(c->settings);
    rv_table_visitor visitor = {.work = count_block, .ctx = c};
    uint32_t nth = (uint32_t)(rv_table_describe(table)->stored_bytes / BYTES_A_ROW / ROWS_COUNTED) + 1;
    *every = nth;
    RV_TRY(rv_table_again(table, clients->path, &clients->dialect, &csv, err));
    bool thin = nth > 1 && rv_table_thin(csv, (size_t)nth * BYTES_A_ROW);
    c->every = thin ? 1 : nth;
    rv_status status = rv_table_each(csv, threads, &visitor, err);
    for (int t = 1; t < threads; t++) join(&c->workers[0], &c->workers[t]);
    uint64_t bytes = c->workers[0].bytes;
    if (thin && bytes) *every = (double)rv_table_counted(csv).decoded_bytes / (double)bytes;
    rv_table_close(csv);
    return status;
}

/* From how many counted rows on a value is over-shared, by kind. Beside no name column at all the bar is a name's: one
 * client of a file of orders has many rows, too. */
static void set_bars(rv_overshared *o, const rv_table_roles *roles) {
    uint64_t rows = (uint64_t)((double)o->counts->rows * o->every + .5);
    for (unsigned k = 0; k < RV_SHARED_KINDS; k++) {
        bool high = k == RV_SHARED_NAME || !has_columns(roles, RV_SHARED_NAME);
        uint64_t least = rows / (high ? RV_SHARED_NAME_ONE_IN : RV_SHARED_CONTACT_ONE_IN);
        if (least < RV_SHARED_LEAST) least = RV_SHARED_LEAST;
        o->least[k] = (uint32_t)ceil((double)least / o->every);
    }
}

/* true: some value of some kind may be over its bar. */
static bool mark_buckets(rv_overshared *o) {
    bool any = false;
    for (unsigned k = 0; k < RV_SHARED_KINDS; k++) {
        for (unsigned r = 0; r < 2; r++)
            for (unsigned i = 0; i < BUCKETS; i++) {
                bool over = o->counts->value[k].count[r][i] >= o->least[k];
                o->over[k][r][i / 64] |= (uint64_t)over << (i % 64);
                o->any[k] |= over;
            }
        any |= o->any[k];
    }
    return any;
}

rv_status rv_overshared_find(const rv_table_options *clients, const rv_table *table, const rv_table_roles *roles,
                             const rv_settings *settings, rv_overshared **out, rv_error *err) {
    counting c = {.roles = roles, .settings = settings};
    bool worth = false;
    *out = NULL;
    for (unsigned k = 0; k < RV_SHARED_KINDS; k++) worth |= has_columns(roles, (rv_shared_kind)k);
    if (!worth || rv_table_describe(table)->stored_bytes == 0) return RV_OK;
    rv_overshared *o = rv_new(sizeof *o, err);
    if (!o || !(c.workers = rv_array_new((size_t)rv_threads(settings), sizeof *c.workers, err))) {
        rv_free(o);
        return RV_NO_MEMORY;
    }
    pthread_mutex_init(&o->lock, NULL);
    rv_status status = count_file(clients, table, &c, &o->every, err);
    o->counts = c.workers;
    set_bars(o, roles);
    if (status == RV_OK && mark_buckets(o)) *out = o;
    else rv_overshared_free(o);
    return status;
}

void rv_overshared_free(rv_overshared *o) {
    if (!o) return;
    pthread_mutex_destroy(&o->lock);
    rv_free(o->counts);
    rv_free(o);
}

/* --- Asking ------------------------------------------------------------------------------------------------------ */

static void note(rv_overshared *o, rv_shared_kind kind, uint64_t hash, uint32_t rows, const rv_text *parts, size_t n) {
    pthread_mutex_lock(&o->lock);
    unsigned i = 0, count = atomic_load(&o->n_named);
    while (i < count && o->named[i].hash != hash) i++;
    if (i == count && count < NAMED_MAX) {
        named *to = &o->named[i];
        *to = (named){.hash = hash, .kind = kind, .rows = (uint64_t)(rows * o->every + .5)};
        for (size_t p = 0; p < n; p++) {
            uint32_t room = NAMED_TEXT - to->len, len = parts[p].len < room ? parts[p].len : room;
            if (len == 0) continue;
            memcpy(to->text + to->len, parts[p].ptr, len);
            to->len += len;
            if (p + 1 < n && to->len < NAMED_TEXT) to->text[to->len++] = ' ';
        }
        while (to->len && to->text[to->len - 1] == ' ') to->len--;
        atomic_store(&o->n_named, count + 1);
    }
    pthread_mutex_unlock(&o->lock);
}

static bool is_named(rv_overshared *o, uint64_t hash) {
    for (unsigned i = 0, n = atomic_load(&o->n_named); i < n; i++)
        if (o->named[i].hash == hash) return true;
    return false;
}

bool rv_overshared_has(rv_overshared *o, rv_shared_kind kind, const rv_table_roles *roles, const rv_batch *batch,
                       uint32_t row) {
    uint64_t hash = o && o->any[kind] && has_columns(roles, kind) ? hash_value(roles, batch, row, kind) : 0;
    if (!hash || !may_be_over(o, kind, hash)) return false;
    uint32_t rows = count_of(&o->counts->value[kind], hash);
    partner with =
        kind == RV_SHARED_NAME ? partner_of_name(roles, batch, row) : partner_of_contact(roles, batch, row);
    if (!with.empty && 2 * (uint64_t)count_of(&o->counts->pair[kind], rv_mix64(hash ^ with.hash)) > rows) return false;
    if (is_named(o, hash)) return true;
    rv_text parts[3] = {{0}};
    size_t n = 0;
    for (const rv_role *role = value_roles[kind]; *role != RV_ROLE_NONE; role++)
        parts[n++] = cell(roles, batch, row, *role);
    note(o, kind, hash, rows, parts, n);
    return true;
}

/* --- Report ------------------------------------------------------------------------------------------------------ */

static int by_rows(const void *a, const void *b) {
    const named *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->rows != y->rows) return x->rows > y->rows ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

void rv_overshared_report(const rv_overshared *o, const rv_settings *settings, rv_summary *summary) {
    static const char *const kinds[RV_SHARED_KINDS] = {"email", "mobile", "phone", "name"};
    unsigned n = o ? atomic_load(&o->n_named) : 0;
    named list[NAMED_MAX];
    if (n) memcpy(list, o->named, n * sizeof *list);
    qsort(list, n, sizeof *list, by_rows);
    rv_json_key(&summary->json, "shared_values");
    rv_json_array(&summary->json);
    for (unsigned i = 0; i < n; i++) {
        char shown[NAMED_TEXT + 1];
        rv_text text = rv_text_make(list[i].text, list[i].len);
        if (settings->show_values) snprintf(shown, sizeof shown, "%.*s", (int)text.len, text.ptr);
        else rv_text_shape(text, shown, sizeof shown);
        rv_json_object(&summary->json);
        rv_json_put_string(&summary->json, "kind", kinds[list[i].kind]);
        rv_json_put_string(&summary->json, "value", shown);
        rv_json_put_unsigned(&summary->json, "rows", list[i].rows);
        rv_json_end(&summary->json, '}');
        rv_buffer_format(&summary->text, "  %llu rows share one %s (%s): nobody is recognised by it\n",
                         (unsigned long long)list[i].rows, kinds[list[i].kind], shown);
    }
    rv_json_end(&summary->json, ']');
}
