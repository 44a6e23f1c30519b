/*
 * Each stage of enriching alone, on real files: a client file and a megabase, as the jobs use them, with nothing in
 * between. The figures are wall times; data are in the page cache after the first round.
 *
 * usage: bench_stages MEGABASE CLIENTS ROUNDS [COLUMN=ROLE...]
 */
#include "bench_probe.h"
#include "table_reader.h"
#include "csv_writer.h"
#include "megabase.h"
#include "person.h"
#include "random.h"
#include <string.h>

enum { PIECE = 4096, GATHERED = 600000, SAMPLED = 1 << 20, WORKERS = 64 };

typedef struct bench {
    const char *megabase_path;
    rv_table_options table;
    rv_megabase *megabase;
    int rounds, threads;
    rv_key *keys[RV_KEY_KINDS]; /* of the clients, per kind */
    size_t n_keys[RV_KEY_KINDS], room[RV_KEY_KINDS];
} bench;

/* --- The client file ---------------------------------------------------------------------------------------------- */

typedef struct client_pass {
    bench *b;
    const rv_secret *secret;
    rv_table_roles roles;
    bool keep;
    uint64_t sums[WORKERS];
    rv_buffer out; /* of the writer */
    uint64_t written;
} client_pass;

static rv_status key_block(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)err;
    client_pass *p = ctx;
    rv_person_reader reader = {.roles = &p->roles, .date_order = RV_DATE_ORDER_AUTO};
    rv_person_key keys[RV_PERSON_KEYS_MAX];
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        rv_person person;
        if (!rv_person_read(&reader, &block->batch, r, block->arena, &person)) return RV_NO_MEMORY;
        unsigned n = rv_person_keys(&person, p->secret, (1u << RV_KEY_EMAIL_SHA256) - 1, false, keys);
        for (unsigned i = 0; i < n; i++) p->sums[worker] += keys[i].key.lo;
        for (unsigned i = 0; p->keep && i < n; i++) {
            bench *b = p->b;
            rv_key_kind k = keys[i].kind;
            if (b->n_keys[k] == b->room[k] &&
                !rv_array_resize(&b->keys[k], b->room[k] = b->room[k] ? 2 * b->room[k] : 65536, sizeof(rv_key), err))
                return RV_NO_MEMORY;
            b->keys[k][b->n_keys[k]++] = keys[i].key;
        }
    }
    return RV_OK;
}

static rv_status write_block(void *ctx, rv_table_block *block, rv_error *err) {
    client_pass *p = ctx;
    p->out.len = 0;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        for (uint32_t c = 0; c < block->batch.columns; c++) {
            if (c) rv_csv_comma(&p->out);
            rv_csv_put(&p->out, rv_batch_cell(&block->batch, r, c));
        }
        rv_csv_end(&p->out);
    }
    p->written += p->out.len;
    return rv_buffer_check(&p->out, err);
}

static rv_table_counts pass(bench *b, int threads, client_pass *p, bool key, bool write) {
    rv_error err = {0};
    rv_table *csv;
    bench_check(rv_table_open(b->table.path, &b->table.dialect, &csv, &err), &err);
    const rv_table_info *info = rv_table_describe(csv);
    bench_check(rv_table_roles_find(&b->table, info->names, info->columns, &p->roles, &err), &err);
    rv_table_visitor visitor = {.work = key ? key_block : NULL, .consume = write ? write_block : NULL, .ctx = p};
    bench_check(rv_table_each(csv, threads, &visitor, &err), &err);
    rv_table_counts counts = rv_table_counted(csv);
    rv_table_roles_reset(&p->roles);
    rv_table_close(csv);
    return counts;
}

static void clients(bench *b) {
    rv_secret secret;
    rv_secret_from_seed(&secret, 1);
    for (int threads = 1; threads <= b->threads; threads *= 2) {
        bench_rounds parse = {0}, key = {0}, write = {0};
        rv_table_counts counts = {0};
        uint64_t written = 0;
        for (int i = 0; i < b->rounds; i++) {
            client_pass p = {.b = b, .secret = &secret};
            double since = bench_now();
            counts = pass(b, threads, &p, false, false);
            bench_add(&parse, since);
            since = bench_now();
            pass(b, threads, &p, true, false);
            bench_add(&key, since);
            if (threads > 1) continue;
            since = bench_now();
            pass(b, threads, &p, false, true);
            bench_add(&write, since);
            written = p.written;
            rv_buffer_free(&p.out);
        }
        bench_tell("parse the client file", threads, (double)counts.decoded_bytes, "B", &parse);
        bench_tell("parse, normalise, make keys", threads, (double)counts.rows, "client", &key);
        if (threads > 1) continue;
        for (int i = 0; i < b->rounds; i++) write.seconds[i] -= parse.seconds[i];
        bench_tell("write the client file's cells (parsing taken off)", 1, (double)written, "B", &write);
    }
}

/* --- The megabase ------------------------------------------------------------------------------------------------- */

static void opening(bench *b) {
    static const struct {
        unsigned what;
        const char *name;
    } parts[] = {{RV_PREPARE_INDEXES, "prove or load: indexes"},
                 {RV_PREPARE_PERSONS, "prove or load: persons"},
                 {RV_PREPARE_RECORDS, "prove or load: attribute records"},
                 {RV_PREPARE_STRINGS, "prove or load: contact strings"},
                 {RV_PREPARE_ALL, "prove or load: everything"}};
    rv_error err = {0};
    bench_rounds open = {0};
    for (int i = 0; i < b->rounds; i++) {
        rv_megabase_close(b->megabase);
        double since = bench_now();
        bench_check(rv_megabase_open(b->megabase_path, &b->megabase, &err), &err);
        bench_add(&open, since);
    }
    bench_tell("open", 1, 1, "open", &open);
    uint32_t rows = rv_megabase_rows(b->megabase);
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        bench_rounds prove = {0};
        for (int i = 0; i < b->rounds; i++) {
            rv_megabase_close(b->megabase);
            bench_check(rv_megabase_open(b->megabase_path, &b->megabase, &err), &err);
            double since = bench_now();
            bench_check(rv_megabase_prepare(b->megabase, parts[k].what, b->threads, &err), &err);
            bench_add(&prove, since);
        }
        bench_tell(parts[k].name, b->threads, rows, "contact", &prove);
    }
}

static void probe(bench *b, const char *name, const rv_key_index *index, const rv_key *keys, size_t n) {
    if (n == 0) return;
    for (int threads = 1; threads <= b->threads; threads *= 2) {
        bench_rounds r = {0};
        for (int i = 0; i < b->rounds; i++) {
            double since = bench_now();
            bench_probe(index, keys, n, threads);
            bench_add(&r, since);
        }
        bench_tell(name, threads, (double)n, "probe", &r);
    }
}

/* Keys that the e-mail index holds: of contacts from all over the megabase, PIECE neighbours at a time. */
static size_t present_keys(bench *b, const rv_key_index *index, rv_key *keys) {
    rv_error err = {0};
    rv_contact_reader *reader;
    const rv_schema *schema = rv_megabase_schema(b->megabase);
    int field = rv_schema_field(schema, "email");
    uint32_t rows = rv_megabase_rows(b->megabase), *asked = calloc(PIECE, sizeof *asked);
    rv_contact *contacts = calloc(PIECE, sizeof *contacts);
    rv_arena arena = {0};
    size_t n = 0, pieces = rows / PIECE, step = pieces / (SAMPLED / PIECE) + 1;
    if (field < 0 || !asked || !contacts) return 0;
    rv_role role = RV_ROLE_EMAIL;
    rv_table_roles roles = {.columns = 1, .roles = &role};
    for (int i = 0; i < RV_ROLE_COUNT; i++) roles.of[i] = -1;
    roles.of[RV_ROLE_EMAIL] = 0;
    rv_person_reader persons = {.roles = &roles};
    bench_check(rv_contact_reader_new(b->megabase, &reader, &err), &err);
    for (size_t p = 0; p < pieces; p += step) {
        for (uint32_t i = 0; i < PIECE; i++) asked[i] = (uint32_t)(p * PIECE) + i;
        bench_check(rv_contact_read(reader, asked, PIECE, &arena, contacts, &err), &err);
        for (uint32_t i = 0; i < PIECE && n < SAMPLED; i++) {
            rv_batch batch = {.rows = 1, .columns = 1, .cells = &contacts[i].fields[field]};
            rv_person person;
            rv_person_key key[RV_PERSON_KEYS_MAX];
            rv_run run;
            if (!rv_person_read(&persons, &batch, 0, &arena, &person)) exit(1);
            if (!rv_person_keys(&person, rv_megabase_secret(b->megabase), 1u << RV_KEY_EMAIL, true, key)) continue;
            bench_check(rv_key_index_probe(index, &key[0].key, 1, RV_CASCADE_RUN_MAX, &run, &err), &err);
            if (run.count) keys[n++] = key[0].key;
        }
        rv_arena_reset(&arena);
    }
    rv_contact_reader_free(reader);
    rv_arena_free(&arena);
    free(asked), free(contacts);
    return n;
}

static void probes(bench *b) {
    rv_error err = {0};
    client_pass p = {.b = b, .secret = rv_megabase_secret(b->megabase), .keep = true};
    pass(b, 1, &p, true, false);
    for (int k = 0; k < RV_KEY_KINDS; k++) {
        const rv_key_index *index;
        char name[96];
        bench_check(rv_megabase_index(b->megabase, rv_key_kind_name((rv_key_kind)k), &index, &err), &err);
        snprintf(name, sizeof name, "probe the clients' keys: %s", rv_key_kind_name((rv_key_kind)k));
        if (index) probe(b, name, index, b->keys[k], b->n_keys[k]);
    }
    const rv_key_index *index;
    bench_check(rv_megabase_index(b->megabase, "email", &index, &err), &err);
    rv_key *keys = calloc(SAMPLED, sizeof *keys);
    if (!index || !keys) return;
    rv_random random;
    rv_random_init(&random, 5, 0);
    for (size_t i = 0; i < SAMPLED; i++) keys[i] = (rv_key){rv_random_next(&random), rv_random_next(&random)};
    probe(b, "probe absent keys (tags decide)", index, keys, SAMPLED);
    size_t n = present_keys(b, index, keys);
    for (size_t i = n; i > 1; i--) { /* shuffled: clients come in no order */
        size_t j = rv_random_below(&random, (uint32_t)i);
        rv_key swap = keys[i - 1];
        keys[i - 1] = keys[j], keys[j] = swap;
    }
    probe(b, "probe present keys (128 bits compared)", index, keys, n);
    free(keys);
}

typedef struct fetching {
    rv_megabase *megabase;
    uint32_t *rows, *attributes;
    size_t n, n_attributes;
    bool strings;
    struct fetcher {
        rv_contact_reader *reader;
        rv_arena arena;
        uint32_t *codes;
        rv_contact *contacts;
    } workers[WORKERS];
} fetching;

static rv_status fetch_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    fetching *f = ctx;
    struct fetcher *w = &f->workers[worker];
    size_t from = piece * PIECE, n = f->n - from < PIECE ? f->n - from : PIECE;
    if (!f->strings)
        return rv_megabase_codes(f->megabase, f->rows + from, n, f->attributes, f->n_attributes, w->codes, err);
    rv_arena_reset(&w->arena);
    return rv_contact_read(w->reader, f->rows + from, n, &w->arena, w->contacts, err);
}

static void gathers(bench *b) {
    rv_error err = {0};
    fetching f = {
        .megabase = b->megabase, .n = GATHERED, .n_attributes = rv_megabase_schema(b->megabase)->n_attributes};
    f.rows = calloc(f.n, sizeof *f.rows);
    f.attributes = calloc(f.n_attributes + 1, sizeof *f.attributes);
    if (!f.rows || !f.attributes) exit(1);
    rv_random random;
    rv_random_init(&random, 3, 0);
    for (size_t i = 0; i < f.n; i++) f.rows[i] = rv_random_below(&random, rv_megabase_rows(b->megabase));
    for (uint32_t a = 0; a < f.n_attributes; a++) f.attributes[a] = a;
    for (int t = 0; t < b->threads; t++) {
        f.workers[t].codes = calloc(PIECE * (f.n_attributes + 1), sizeof *f.workers[t].codes);
        f.workers[t].contacts = calloc(PIECE, sizeof *f.workers[t].contacts);
        bench_check(rv_contact_reader_new(b->megabase, &f.workers[t].reader, &err), &err);
    }
    for (int strings = 0; strings < 2; strings++) {
        f.strings = strings;
        for (int threads = 1; threads <= b->threads; threads *= 2) {
            bench_rounds r = {0};
            for (int i = 0; i < b->rounds; i++) {
                double since = bench_now();
                bench_check(rv_parallel(threads, (f.n + PIECE - 1) / PIECE, fetch_piece, &f, &err), &err);
                bench_add(&r, since);
            }
            bench_tell(strings ? "contact strings of random rows" : "gather all attributes of random rows", threads,
                       (double)f.n, "row", &r);
        }
    }
    for (int t = 0; t < b->threads; t++) {
        rv_contact_reader_free(f.workers[t].reader);
        rv_arena_free(&f.workers[t].arena);
        free(f.workers[t].codes), free(f.workers[t].contacts);
    }
    free(f.rows), free(f.attributes);
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: bench_stages MEGABASE CLIENTS ROUNDS [COLUMN=ROLE...]\n");
        return 2;
    }
    bench b = {.megabase_path = argv[1], .rounds = atoi(argv[3]), .threads = rv_threads(NULL)};
    if (b.rounds > BENCH_ROUNDS_MAX) b.rounds = BENCH_ROUNDS_MAX;
    if (b.threads > WORKERS) b.threads = WORKERS;
    rv_assignment *roles = calloc((size_t)argc, sizeof *roles);
    if (!roles) return 1;
    b.table = (rv_table_options){.path = argv[2], .roles = roles};
    for (int i = 4; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) continue;
        *equals = 0;
        roles[b.table.n_roles++] = (rv_assignment){argv[i], equals + 1};
    }
    clients(&b);
    opening(&b);
    probes(&b);
    gathers(&b);
    for (int k = 0; k < RV_KEY_KINDS; k++) rv_free(b.keys[k]);
    rv_megabase_close(b.megabase);
    free(roles);
    return 0;
}
