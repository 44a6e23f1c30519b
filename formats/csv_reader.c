/* A CSV file as a table: opening, cutting, parsing. */
#include "csv_reader.h"

#include "csv_asides.h"
#include "csv_table.h"
#include "hash.h"

static const rv_table_kind csv_kind;

rv_status rv_csv_open_source(const char *path, rv_csv_source *source, const rv_dialect *dialect, size_t block_bytes,
                             size_t record_limit, rv_table **out, rv_error *err) {
    static const rv_dialect found = {0};
    if (!dialect) dialect = &found;
    rv_csv *csv = rv_new(sizeof *csv, err);
    if (!csv) {
        rv_csv_source_free(source);
        return RV_NO_MEMORY;
    }
    csv->table.kind = &csv_kind;
    csv->cutter = (rv_csv_cutter){.source = *source, .rules = {',', '"', record_limit, 0}, .line = 1};
    csv->cutter.block_bytes = block_bytes < record_limit ? block_bytes : record_limit;
    *source = (rv_csv_source){0};
    const rv_stream *stream = csv->cutter.source.stream;
    csv->table.info.stored_bytes = rv_stream_stored_size(stream);
    csv->table.info.compression = rv_compression_name(rv_stream_compression(stream));
    rv_status status = RV_NO_MEMORY;
    csv->path = rv_new(strlen(path) + 1, err);
    if (!csv->path) goto done;
    memcpy(csv->path, path, strlen(path));
    status = rv_csv_settle(csv, dialect, err);
done:
    if (status == RV_OK) *out = &csv->table;
    else rv_table_close(&csv->table);
    return status;
}

/* Block size and record limit are parameters for tests, which let cuts fall everywhere. */
rv_status rv_csv_open_sized(const char *path, const rv_dialect *dialect, size_t block_bytes, size_t record_limit,
                            rv_table **out, rv_error *err) {
    rv_stream *stream;
    RV_TRY(rv_stream_open(path, &stream, err));
    rv_csv_source source;
    rv_csv_source_init(&source, stream);
    return rv_csv_open_source(path, &source, dialect, block_bytes, record_limit, out, err);
}

static void close_csv(rv_table *table) {
    rv_csv *csv = (rv_csv *)table;
    rv_csv_source_free(&csv->cutter.source);
    rv_arena_free(&csv->arena);
    rv_free(csv->path);
}

/* --- Walking ----------------------------------------------------------------------------------------------------- */

typedef struct csv_piece {
    rv_csv_piece at;
    rv_buffer copy; /* its bytes, unless they are the map's */
    rv_table_rows rows;
    rv_csv_scratch scratch;
} csv_piece;

static rv_status cut(rv_table *table, void *at, bool *end, rv_error *err) {
    csv_piece *p = at;
    RV_TRY(rv_csv_cut_next(&((rv_csv *)table)->cutter, &p->at, &p->copy, err));
    *end = p->at.n == 0;
    return RV_OK;
}

static rv_status parse(rv_table *table, void *at, rv_table_block *b, uint64_t *hash, rv_error *err) {
    const rv_csv *csv = (const rv_csv *)table;
    const rv_table_info *info = &table->info;
    csv_piece *p = at;
    rv_table_rows *r = &p->rows;
    RV_TRY(rv_csv_parse(r, &p->scratch, &csv->reading, &p->at, err));
    if (b->number == 0 && csv->n_preamble) RV_TRY(rv_csv_begin_with(r, csv->preamble, csv->n_preamble, err));
    if (csv->reading.strict) RV_TRY(rv_csv_refuse(r, &p->scratch, &csv->cutter.rules, &p->at, csv->path, err));
    *hash = rv_hash64(p->at.data, p->at.n, p->at.offset);
    rv_table_rows_show(r, b);
    b->end_offset = p->at.offset + p->at.n;
    b->verbatim =
        p->scratch.as_written && info->separator == ',' && info->quote == '"' && !r->tally.surplus && !r->tally.repaired;
    return RV_OK;
}

static void free_piece(rv_table *table, void *at) {
    (void)table;
    csv_piece *p = at;
    rv_table_rows_free(&p->rows);
    rv_csv_scratch_free(&p->scratch);
    rv_buffer_free(&p->copy);
}

static void count(const rv_table *table, rv_table_counts *counts) {
    const rv_csv_cutter *c = &((const rv_csv *)table)->cutter;
    counts->decoded_bytes = c->source.offset;
    counts->input_hash = rv_hash64(&c->passed_hash, sizeof(uint64_t), counts->input_hash);
}

static const rv_table_kind csv_kind = {sizeof(csv_piece), cut, parse, free_piece, count, close_csv};
