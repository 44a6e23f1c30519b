/* Telling what kind of table a file is, and walking any of them: a pipeline of cut, parse and work, consume. */
#include "table_source.h"

#include "csv_cutter.h"
#include "duckdb_reader.h"
#include "hash.h"
#include "json_lines.h"
#include "parallel.h"

enum { LOOK_BYTES = 4096 };

/* One look at the first bytes: what isn't known by them is CSV. */
rv_status rv_table_open(const char *path, const rv_dialect *dialect, rv_table **out, rv_error *err) {
    if (rv_table_is_query(path)) return rv_duckdb_open(path, out, err);
    if (rv_parquet_begins(path)) return rv_parquet_open(path, out, err);
    rv_stream *stream;
    rv_csv_source source;
    RV_TRY(rv_stream_open(path, &stream, err));
    rv_csv_source_init(&source, stream);
    rv_status status = rv_csv_source_fill(&source, LOOK_BYTES, err);
    if (status != RV_OK) {
        rv_csv_source_free(&source);
        return status;
    }
    rv_encoding marked;
    size_t n = source.n < LOOK_BYTES ? source.n : LOOK_BYTES, mark = rv_encoding_bom(source.data, n, &marked);
    if (rv_json_lines_begin(source.data + mark, n - mark))
        return rv_json_lines_open(path, &source, dialect && dialect->strict, RV_CSV_BLOCK_BYTES, RV_RECORD_LIMIT,
                                  RV_JSON_LINES_AHEAD, out, err);
    return rv_csv_open_source(path, &source, dialect, RV_CSV_BLOCK_BYTES, RV_RECORD_LIMIT, out, err);
}

struct rv_table_held { /* a block cut and parsed, on its way through the walk or before it */
    void *piece;
    rv_table_block block;
    uint64_t hash;
    bool parsed, end;
};
typedef struct rv_table_held slot;

static void free_slot(rv_table *table, slot *s) {
    if (s->piece) table->kind->free_piece(table, s->piece);
    rv_free(s->piece);
}

void rv_table_close(rv_table *table) {
    if (!table) return;
    if (table->held) free_slot(table, table->held);
    rv_free(table->held);
    table->kind->close(table);
    rv_free(table);
}

rv_status rv_table_again(const rv_table *like, const char *path, const rv_dialect *dialect, rv_table **out,
                         rv_error *err) {
    rv_table *table = NULL;
    if (like->kind->again) RV_TRY(like->kind->again(like, path, &table, err));
    if (!table) return rv_table_open(path, dialect, out, err);
    *out = table;
    return RV_OK;
}

void rv_table_trust(rv_table *table, const rv_table *walked) {
    if (table->kind->trust && table->kind == walked->kind && walked->walked && walked->counts.rejected == 0)
        table->kind->trust(table);
}

bool rv_table_thin(rv_table *table, size_t bytes) {
    bool can = table->kind->can_thin && table->kind->can_thin(table);
    if (can) table->thin = bytes;
    return can;
}

const rv_table_info *rv_table_describe(const rv_table *table) { return &table->info; }
rv_table_counts rv_table_counted(const rv_table *table) { return table->counts; }

bool rv_reject_is_aside(const char *reason) {
    static const char *const asides[] = {RV_PREAMBLE, RV_FOOTER, RV_REPEATED_HEADER};
    for (size_t i = 0; i < sizeof asides / sizeof *asides; i++)
        if (strcmp(reason, asides[i]) == 0) return true;
    return false;
}

/* --- Walking ----------------------------------------------------------------------------------------------------- */

static rv_status cut(rv_table *table, slot *s, bool *end, rv_error *err) {
    if (!s->piece && !(s->piece = rv_new(table->kind->piece_bytes, err))) return RV_NO_MEMORY;
    return table->kind->cut(table, s->piece, end, err);
}

rv_status rv_table_peek(rv_table *table, rv_batch *out, rv_error *err) {
    if (table->walked || table->pulled) return rv_fail(err, RV_FAILED, "a table is looked at before it is walked");
    if (!table->held) {
        slot *s = rv_new(sizeof *s, err);
        if (!s) return RV_NO_MEMORY;
        table->held = s;
        RV_TRY(cut(table, s, &s->end, err));
        if (!s->end) RV_TRY(table->kind->parse(table, s->piece, &s->block, &s->hash, err));
        s->parsed = true;
    }
    *out = table->held->end ? (rv_batch){.columns = table->info.columns} : table->held->block.batch;
    return RV_OK;
}

typedef struct walk {
    rv_table *table;
    const rv_table_visitor *visitor;
    uint64_t blocks;
} walk;

static rv_status produce(void *ctx, void *at, bool *end, rv_error *err) {
    walk *w = ctx;
    slot *s = at;
    slot *held = w->table->held;
    if (held) {
        free_slot(w->table, s);
        *s = *held;
        rv_free(held);
        w->table->held = NULL;
        *end = s->end;
    } else {
        s->parsed = false;
        RV_TRY(cut(w->table, s, end, err));
    }
    if (!*end) s->block.number = w->blocks++;
    return RV_OK;
}

static rv_status work(void *ctx, void *at, int worker, rv_error *err) {
    walk *w = ctx;
    slot *s = at;
    if (!s->parsed) RV_TRY(w->table->kind->parse(w->table, s->piece, &s->block, &s->hash, err));
    return w->visitor->work ? w->visitor->work(w->visitor->ctx, &s->block, worker, err) : RV_OK;
}

void rv_table_bytes_add(rv_table_bytes *to, const rv_table_bytes *more) {
    to->header += more->header;
    to->rows += more->rows;
    to->rejects += more->rejects;
    to->asides += more->asides;
    to->empty += more->empty;
    to->line_ends += more->line_ends;
    to->passed += more->passed;
}

uint64_t rv_table_bytes_sum(const rv_table_bytes *b) {
    return b->header + b->rows + b->rejects + b->asides + b->empty + b->line_ends + b->passed;
}

static void count_block(rv_table *table, const slot *s) {
    rv_table_counts *counts = &table->counts;
    counts->rows += s->block.batch.rows;
    counts->rejected += s->block.n_rejects - s->block.tally.asides;
    counts->tally.asides += s->block.tally.asides;
    counts->tally.empty += s->block.tally.empty;
    counts->tally.surplus += s->block.tally.surplus;
    counts->tally.repaired += s->block.tally.repaired;
    rv_table_bytes_add(&counts->tally.bytes, &s->block.tally.bytes);
    counts->irregular += s->block.irregular;
    counts->input_hash = rv_hash64(&s->hash, sizeof s->hash, counts->input_hash);
}

static rv_status consume(void *ctx, void *at, rv_error *err) {
    walk *w = ctx;
    slot *s = at;
    count_block(w->table, s);
    return w->visitor->consume ? w->visitor->consume(w->visitor->ctx, &s->block, err) : RV_OK;
}

static void after(void *ctx) {
    const walk *w = ctx;
    w->visitor->after(w->visitor->ctx);
}

/* Decoding is the cutter's, and takes as long as a tenth of the work. */
static bool is_decoded(const rv_table *table) {
    return table->info.compression && strcmp(table->info.compression, "none") != 0;
}

static rv_status check_end(rv_table *table, rv_error *err) {
    table->kind->count(table, &table->counts);
    return table->kind->check_unchanged ? table->kind->check_unchanged(table, err) : RV_OK;
}

rv_status rv_table_each(rv_table *table, int threads, const rv_table_visitor *visitor, rv_error *err) {
    if (table->walked || table->pulled) return rv_fail(err, RV_FAILED, "a table can be walked once per opening");
    table->walked = true;
    table->threads = threads;
    walk w = {table, visitor, 0};
    size_t n = threads > 1 ? 2 * (size_t)threads + 1 : 1;
    slot *slots = rv_array_new(n, sizeof *slots, err);
    if (!slots) return RV_NO_MEMORY;
    rv_pipeline pipeline = {.produce = produce,
                            .work = work,
                            .consume = consume,
                            .ctx = &w,
                            .slot_array = slots,
                            .slot_bytes = sizeof *slots,
                            .slots = n,
                            .after = visitor->after ? after : NULL,
                            .ahead = is_decoded(table)};
    rv_status status = rv_pipeline_run(&pipeline, threads, err);
    if (status == RV_OK) status = check_end(table, err);
    else table->kind->count(table, &table->counts);
    for (size_t i = 0; i < n; i++) {
        free_slot(table, &slots[i]);
        if (slots[i].block.user && visitor->free_user) visitor->free_user(slots[i].block.user);
    }
    rv_free(slots);
    return status;
}

rv_status rv_table_next(rv_table *table, const rv_table_block **out, rv_error *err) {
    if (table->walked) return rv_fail(err, RV_FAILED, "a table can be walked once per opening");
    slot *s = table->held;
    if (!s && !(s = table->held = rv_new(sizeof *s, err))) return RV_NO_MEMORY;
    bool looked_at = s->parsed && !table->pulled;
    table->pulled = true;
    table->threads = 1;
    *out = NULL;
    if (!looked_at) {
        RV_TRY(cut(table, s, &s->end, err));
        if (!s->end) RV_TRY(table->kind->parse(table, s->piece, &s->block, &s->hash, err));
    }
    if (s->end) {
        table->walked = true;
        return check_end(table, err);
    }
    s->block.number = table->blocks++;
    count_block(table, s);
    *out = &s->block;
    return RV_OK;
}
