/* A CSV file as a table: opening, cutting, parsing. */
#include "csv_reader.h"

#include "csv_asides.h"
#include "csv_table.h"
#include "hash.h"

static const rv_table_kind csv_kind;

static rv_status copy_path(rv_csv *csv, const char *path, rv_error *err) {
    csv->path = rv_new(strlen(path) + 1, err);
    if (!csv->path) return RV_NO_MEMORY;
    memcpy(csv->path, path, strlen(path));
    return RV_OK;
}

rv_status rv_csv_open_source(const char *path, rv_csv_source *source, const rv_dialect *dialect, size_t block_bytes,
                             size_t record_limit, rv_table **out, rv_error *err) {
    static const rv_dialect found = {0};
    if (!dialect) dialect = &found;
    rv_dialect plain = *dialect;
    if (rv_stream_compression(source->stream) == RV_WORKBOOK) { /* what was asked for was meant for a text file */
        plain.separator = ',';
        plain.quote = '"';
        plain.escape = 0;
        plain.encoding = RV_UTF8;
        dialect = &plain;
    }
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
    rv_status status = copy_path(csv, path, err);
    if (status == RV_OK) status = rv_csv_settle(csv, dialect, err);
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

/* Names, the header's bytes and lines above it stay the first table's. A file of another length has changed: it is looked
 * at anew. */
static rv_status again(const rv_table *table, const char *path, rv_table **out, rv_error *err) {
    const rv_csv *like = (const rv_csv *)table;
    size_t size, now;
    rv_stream *stream;
    if (!like->cutter.source.mapped) return RV_OK;
    rv_stream_mapped(like->cutter.source.stream, &size);
    RV_TRY(rv_stream_open(path, &stream, err));
    rv_csv *csv = rv_stream_mapped(stream, &now) && now == size ? rv_new(sizeof *csv, err) : NULL;
    if (!csv) {
        rv_stream_close(stream);
        return now == size ? RV_NO_MEMORY : RV_OK;
    }
    csv->table = (rv_table){.kind = &csv_kind, .info = table->info};
    csv->cutter = (rv_csv_cutter){.rules = like->cutter.rules,
                                  .block_bytes = like->cutter.block_bytes,
                                  .line = like->first.line,
                                  .passed_hash = like->first.passed_hash};
    csv->reading = like->reading;
    csv->sniffed = like->sniffed;
    csv->preamble = like->preamble;
    csv->n_preamble = like->n_preamble;
    csv->first = like->first;
    rv_csv_source_init(&csv->cutter.source, stream);
    rv_csv_source_advance(&csv->cutter.source, (size_t)like->first.offset);
    rv_status status = copy_path(csv, path, err);
    if (status == RV_OK) *out = &csv->table;
    else rv_table_close(&csv->table);
    return status;
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
    rv_buffer thin; /* the lines that are left of it, of a thin walk */
    rv_table_rows rows;
    rv_csv_scratch scratch;
} csv_piece;

/* Behind the last line end of a block's length; true when there is one. What lies in quotes isn't asked: that would mean
 * looking at every byte. */
static bool cut_anywhere(rv_csv_cutter *c, rv_csv_piece *piece) {
    rv_csv_source *s = &c->source;
    size_t n = s->n < c->block_bytes ? s->n : c->block_bytes;
    if (!s->mapped) return false;
    if (n < s->n)
        while (n && s->data[n - 1] != '\n') n--;
    if (n == 0 && s->n) return false;
    *piece = (rv_csv_piece){.data = s->data, .n = n, .line = c->line, .offset = s->offset};
    rv_csv_source_advance(s, n);
    return true;
}

static rv_status cut(rv_table *table, void *at, bool *end, rv_error *err) {
    csv_piece *p = at;
    rv_csv *csv = (rv_csv *)table;
    if (!table->thin || !cut_anywhere(&csv->cutter, &p->at))
        RV_TRY(rv_csv_cut_next(&csv->cutter, &p->at, &p->copy, err));
    *end = p->at.n == 0;
    return RV_OK;
}

static size_t count_of(const char *p, size_t n, char c) {
    size_t count = 0;
    for (const char *end = p + n; (p = memchr(p, c, (size_t)(end - p))); p++) count++;
    return count;
}

/* A line that is looked at is in no cache: asked for four steps before, the lines of all together wait as long as one. */
static inline void ask_for_line(const char *data, const char *end, const char *from, size_t step) {
    enum { STEPS = 4, LINE = 64, CLIENT = 4 * LINE };
    if ((size_t)(end - from) < STEPS * step + CLIENT) return;
    size_t at = (size_t)(from - data) + STEPS * step;
    for (size_t i = 0; i < CLIENT; i += LINE) __builtin_prefetch(data + at + i);
}

/* Leaves about one line in `step` bytes: the first that begins at or behind each such place. A line that doesn't close its
 * quotes is a part of a record, and left out. */
static rv_status thin_out(const rv_csv *csv, csv_piece *p, size_t step, rv_error *err) {
    const rv_csv_rules *rules = &csv->reading.rules;
    const char *data = p->at.data, *end = data + p->at.n, quote = rules->quote;
    size_t quotes = 0;
    p->thin.len = 0;
    for (const char *from = data, *line = data; line && line < end;) {
        ask_for_line(data, end, from, step);
        const char *stop = memchr(line, '\n', (size_t)(end - line)), *next = stop ? stop + 1 : end;
        size_t here = quote == RV_NO_QUOTE ? 0 : count_of(line, (size_t)(next - line), quote);
        if (here % 2 == 0) {
            rv_buffer_add(&p->thin, line, (size_t)(next - line));
            quotes += here;
        }
        from = (size_t)(next - from) < step ? from + step : next;
        if (from >= end) break;
        line = memchr(from - 1, '\n', (size_t)(end - from) + 1);
        if (line) line++;
    }
    p->at.data = p->thin.data ? p->thin.data : "";
    p->at.n = p->thin.len;
    p->at.n_exact = quotes > 0 && !rv_csv_is_regular(rules, p->at.data, p->at.n);
    p->at.exact[0] = (rv_csv_stretch){0, p->at.n};
    p->at.last = false;
    return rv_buffer_check(&p->thin, err);
}

static rv_status parse(rv_table *table, void *at, rv_table_block *b, uint64_t *hash, rv_error *err) {
    const rv_csv *csv = (const rv_csv *)table;
    const rv_table_info *info = &table->info;
    csv_piece *p = at;
    rv_table_rows *r = &p->rows;
    uint64_t after = p->at.offset + p->at.n;
    bool thin = table->thin && !p->at.too_long;
    if (thin) RV_TRY(thin_out(csv, p, table->thin, err));
    RV_TRY(rv_csv_parse(r, &p->scratch, &csv->reading, &p->at, err));
    if (b->number == 0 && csv->n_preamble) RV_TRY(rv_csv_begin_with(r, csv->preamble, csv->n_preamble, err));
    if (csv->reading.strict) RV_TRY(rv_csv_refuse(r, &p->scratch, &csv->cutter.rules, &p->at, csv->path, err));
    *hash = thin ? 0 : rv_hash64(p->at.data, p->at.n, p->at.offset);
    rv_table_rows_show(r, b);
    b->end_offset = after;
    b->unquoted = !p->scratch.quotes;
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
    rv_buffer_free(&p->thin);
}

static void count(const rv_table *table, rv_table_counts *counts) {
    const rv_csv_cutter *c = &((const rv_csv *)table)->cutter;
    counts->decoded_bytes = c->source.offset;
    rv_table_bytes_add(&counts->tally.bytes, &c->bytes);
    counts->input_hash = rv_hash64(&c->passed_hash, sizeof(uint64_t), counts->input_hash);
}

static bool can_thin(const rv_table *table) { return !((const rv_csv *)table)->reading.strict; }

static rv_status check_unchanged(const rv_table *table, rv_error *err) {
    return rv_stream_check_unchanged(((const rv_csv *)table)->cutter.source.stream, err);
}

static void trust(rv_table *table) { ((rv_csv *)table)->reading.sound = true; }

static const rv_table_kind csv_kind = {sizeof(csv_piece), cut,   parse,    free_piece,     count,
                                       close_csv,         again, can_thin, check_unchanged, trust};
