/*
 * Opening a CSV file and taking it apart. Opening looks at the first megabyte (and, of a mapped file, at its middle and
 * end, for the encoding), settles the dialect and takes the header.
 */
#include "csv_reader.h"

#include "csv_cutter.h"
#include "csv_sniff.h"
#include "hash.h"
#include "table_source.h"
#include <stdio.h>

enum { SAMPLE_BYTES = 1 << 20, SIDE_SAMPLE_BYTES = 256 << 10, MAX_COLUMNS = 65536 };

typedef struct rv_csv {
    rv_table table; /* first: a kind of table */
    char *path;
    rv_csv_cutter cutter;
    rv_arena arena; /* names */
    bool strict;
} rv_csv;

/* --- Opening ----------------------------------------------------------------------------------------------------- */

static rv_status refuse(const rv_csv *csv, rv_error *err, uint64_t column, const char *hint) {
    rv_error_at(err, csv->path, csv->cutter.line, column);
    rv_error_hint_text(err, hint);
    return RV_BAD_INPUT;
}

static void pass_over(rv_csv *csv, size_t n) {
    csv->cutter.passed_hash = rv_hash64(csv->cutter.source.data, n, csv->cutter.passed_hash);
    rv_csv_source_advance(&csv->cutter.source, n);
}

static rv_encoding guess_encoding(const rv_csv_source *s) {
    rv_encoding_evidence evidence = {0};
    size_t n = s->n < SAMPLE_BYTES ? s->n : SAMPLE_BYTES, side = SIDE_SAMPLE_BYTES;
    rv_encoding_look(&evidence, s->data, n, 0);
    if (s->n > n + 2 * side) {
        rv_encoding_look(&evidence, s->data + s->n / 2, side, s->n / 2);
        rv_encoding_look(&evidence, s->data + s->n - side, side, s->n - side);
    }
    return rv_encoding_guess(&evidence);
}

static rv_status settle_encoding(rv_csv *csv, const rv_dialect *dialect, rv_error *err) {
    rv_csv_source *s = &csv->cutter.source;
    RV_TRY(rv_csv_source_fill(s, SAMPLE_BYTES, err));
    rv_encoding marked = RV_ENCODING_AUTO, encoding = dialect->encoding;
    size_t mark = rv_encoding_bom(s->data, s->n, &marked);
    if (encoding == RV_ENCODING_AUTO) encoding = mark ? marked : guess_encoding(s);
    if (mark && marked == encoding) pass_over(csv, mark); /* a mark of another encoding is data in the one asked for */
    csv->table.info.encoding = encoding;
    RV_TRY(rv_csv_source_encoding(s, encoding, err));
    return rv_csv_source_fill(s, SAMPLE_BYTES, err);
}

static rv_status check_dialect(const rv_csv *csv, const rv_dialect *d, rv_error *err) {
    char quote = d->quote ? d->quote : '"';
    const char *what = NULL;
    if (d->separator == '\n' || d->separator == '\r' || (unsigned char)d->separator >= 0x80) what = "separator";
    if (quote == '\n' || quote == '\r' || (unsigned char)quote >= 0x80) what = "quote";
    if (!what && d->separator == quote) what = "separator (it is the quote too)";
    if (!what) return RV_OK;
    rv_fail(err, RV_BAD_ARGUMENT, "this can't be a %s", what);
    rv_error_at(err, csv->path, 0, 0);
    rv_error_hint(err, "use one ASCII character, for example --sep ';'");
    return RV_BAD_ARGUMENT;
}

static rv_status settle_dialect(rv_csv *csv, const rv_dialect *dialect, rv_error *err) {
    rv_csv_cutter *c = &csv->cutter;
    rv_csv_source *s = &c->source;
    for (uint32_t i = 0; i < dialect->skip_lines && s->n > 0; i++) RV_TRY(rv_csv_cut_skip_line(c, err));
    RV_TRY(rv_csv_source_fill(s, SAMPLE_BYTES, err));
    if (s->n == 0) {
        rv_fail(err, RV_BAD_INPUT, "the file is empty: not even a header");
        return refuse(csv, err, 1, "check the export; a table has at least its header line");
    }
    size_t n = s->n < SAMPLE_BYTES ? s->n : SAMPLE_BYTES;
    bool at_end = s->at_end && n == s->n;
    c->rules.quote = dialect->quote ? dialect->quote : '"';
    c->rules.separator =
        dialect->separator ? dialect->separator : rv_csv_guess_separator(s->data, n, at_end, c->rules.quote);
    csv->table.info.separator = c->rules.separator;
    csv->table.info.quote = c->rules.quote;
    csv->table.info.has_header =
        dialect->header == RV_AUTO ? rv_csv_guess_header(&c->rules, s->data, n, at_end) : dialect->header == RV_YES;
    return RV_OK;
}

/* Empty lines above a table of several columns are passed over: as a header they would mean a table of one. */
static rv_status skip_empty_lines(rv_csv *csv, rv_error *err) {
    rv_csv_source *s = &csv->cutter.source;
    size_t n = s->n < SAMPLE_BYTES ? s->n : SAMPLE_BYTES, at = 0;
    while (at < n && (s->data[at] == '\n' || s->data[at] == '\r')) at++;
    if (at == 0 || at == n) return RV_OK;
    rv_csv_ahead ahead = {0};
    rv_csv_record first;
    rv_csv_outcome end =
        rv_csv_record_at(&csv->cutter.rules, s->data, at, n, s->at_end && n == s->n, 0, &ahead, NULL, &first);
    if (end != RV_CSV_WHOLE || first.fields == 1) return RV_OK;
    while (s->data[0] == '\n' || s->data[0] == '\r') RV_TRY(rv_csv_cut_skip_line(&csv->cutter, err));
    return RV_OK;
}

static rv_status name_columns(rv_csv *csv, const rv_csv_spans *spans, rv_error *err) {
    const char *data = csv->cutter.source.data;
    rv_text *names = rv_arena_get(&csv->arena, spans->n * sizeof *names);
    if (!names) return rv_fail_memory(err, spans->n * sizeof *names);
    for (size_t i = 0; i < spans->n; i++) {
        rv_csv_span s = spans->at[i];
        char number[24];
        size_t n = s.end - s.start;
        if (!csv->table.info.has_header) n = (size_t)snprintf(number, sizeof number, "c%zu", i + 1);
        char *name = rv_arena_get(&csv->arena, n ? n : 1);
        if (!name) return rv_fail_memory(err, n);
        if (!csv->table.info.has_header) memcpy(name, number, n);
        else n = rv_csv_undouble(data + s.start, n, csv->cutter.rules.quote, name);
        names[i] = rv_text_trim(rv_text_make(name, n));
    }
    csv->table.info.names = names;
    csv->table.info.columns = (uint32_t)spans->n;
    return RV_OK;
}

static rv_status check_header(rv_csv *csv, rv_csv_outcome end, const rv_csv_record *record, size_t fields,
                              rv_error *err) {
    const char *data = csv->cutter.source.data, *what = NULL;
    if (end == RV_CSV_UNCLOSED) what = "a quoted field in the header doesn't close";
    else if (end == RV_CSV_TOO_LONG) what = "the header is longer than any table's";
    else if (fields > MAX_COLUMNS) what = "more columns than the 65536 that are supported";
    else if (record->end && memchr(data, 0, record->end)) what = "the header holds a zero byte: is this a text file?";
    else if (!rv_utf8_is_valid(data, record->end)) what = "the header isn't valid UTF-8";
    else if (csv->strict && record->irregular)
        what = "a quote in the header that is neither at a field's edge nor doubled";
    if (!what) return RV_OK;
    rv_fail_text(err, RV_BAD_INPUT, what);
    size_t start = record->stray; /* of its line */
    while (start > 0 && data[start - 1] != '\n' && data[start - 1] != '\r') start--;
    uint64_t column = 1;
    for (size_t i = start; i < record->stray; i++) column += ((unsigned char)data[i] & 0xc0) != 0x80;
    csv->cutter.line += rv_csv_breaks(data, 0, start);
    return refuse(csv, err, column,
                  end == RV_CSV_WHOLE ? "give --encoding, --skip-lines or --no-header if the first line is no header"
                                      : "check the quotes of the first line, or give --quote or --skip-lines");
}

static rv_status take_header(rv_csv *csv, rv_error *err) {
    rv_csv_cutter *c = &csv->cutter;
    RV_TRY(skip_empty_lines(csv, err));
    rv_csv_outcome end = RV_CSV_MORE;
    rv_csv_record record;
    rv_csv_spans spans = {0}; /* first for the count only */
    RV_TRY(rv_csv_cut_record(c, &spans, &end, &record, err));
    RV_TRY(check_header(csv, end, &record, spans.n, err));
    spans.cap = spans.n;
    spans.at = rv_array_new(spans.n, sizeof *spans.at, err);
    if (!spans.at) return RV_NO_MEMORY;
    rv_status status = rv_csv_cut_record(c, &spans, &end, &record, err);
    if (status == RV_OK) status = name_columns(csv, &spans, err);
    rv_free(spans.at);
    if (status != RV_OK || !csv->table.info.has_header) return status;
    csv->table.info.header_line = c->line;
    c->line += record.breaks;
    pass_over(csv, record.next);
    return RV_OK;
}

static const rv_table_kind csv_kind;

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
    csv->cutter = (rv_csv_cutter){.source = *source, .rules = {',', '"', record_limit}, .line = 1};
    csv->cutter.block_bytes = block_bytes < record_limit ? block_bytes : record_limit;
    csv->strict = dialect->strict;
    *source = (rv_csv_source){0};
    const rv_stream *stream = csv->cutter.source.stream;
    csv->table.info.stored_bytes = rv_stream_stored_size(stream);
    csv->table.info.compression = rv_compression_name(rv_stream_compression(stream));
    rv_status status = RV_NO_MEMORY;
    csv->path = rv_new(strlen(path) + 1, err);
    if (!csv->path) goto done;
    memcpy(csv->path, path, strlen(path));
    status = check_dialect(csv, dialect, err);
    if (status == RV_OK) status = settle_encoding(csv, dialect, err);
    if (status == RV_OK) status = settle_dialect(csv, dialect, err);
    if (status == RV_OK) status = take_header(csv, err);
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

static rv_status parse(const rv_table *table, void *at, rv_table_block *b, uint64_t *hash, rv_error *err) {
    const rv_csv *csv = (const rv_csv *)table;
    const rv_table_info *info = &table->info;
    csv_piece *p = at;
    rv_table_rows *r = &p->rows;
    RV_TRY(rv_csv_parse(r, &p->scratch, &csv->cutter.rules, info->columns, csv->strict, &p->at, err));
    if (csv->strict) RV_TRY(rv_csv_refuse(r, &p->scratch, &csv->cutter.rules, &p->at, csv->path, err));
    *hash = rv_hash64(p->at.data, p->at.n, p->at.offset);
    rv_table_rows_show(r, b);
    b->end_offset = p->at.offset + p->at.n;
    b->verbatim = !p->at.exact && info->separator == ',' && info->quote == '"';
    return RV_OK;
}

static void free_piece(void *at) {
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
