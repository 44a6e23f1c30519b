/*
 * What is settled before the first row is read: encoding, dialect, where the table begins, its header. Opening looks at the
 * first megabyte and, of a mapped file, at its middle and end.
 */
#include "csv_asides.h"
#include "csv_sniff.h"
#include "csv_table.h"
#include "csv_values.h"
#include "hash.h"
#include <stdio.h>

enum {
    SAMPLE_BYTES = 1 << 20,
    HEAD_BYTES = 256 << 10,
    HEAD_MOST = 16 << 20,
    SIDE_BYTES = 64 << 10,
    MAX_COLUMNS = 65536
};

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

static bool larger_than_head(size_t size) { return size > SAMPLE_BYTES + 2 * (size_t)SIDE_BYTES; }

static void tell_encoding(const rv_encoding_evidence *e, rv_sniffed *out) {
    rv_encoding found = out->dialect.encoding;
    uint64_t letters = e->sequences + e->strays;
    out->undefined_bytes = found == RV_CP1252 ? e->undefined : 0;
    if (found == RV_UTF16LE || found == RV_UTF16BE)
        rv_finding_say(&out->encoding, .97, "every second byte is zero, or the line ends are of 16 bits, as in UTF-16");
    else if (found == RV_UTF8_TWICE)
        rv_finding_say(&out->encoding, .9, "%llu of %llu characters are parts of one that was written as UTF-8 twice",
                       (unsigned long long)e->twice, (unsigned long long)e->sequences);
    else if (found == RV_LATIN9 || found == RV_MACROMAN || found == RV_CP850)
        rv_finding_say(&out->encoding, letters >= 20 ? .85 : .6,
                       "%llu bytes are no UTF-8; as letters in their places they count %llu, in CP1252 %llu",
                       (unsigned long long)e->strays, (unsigned long long)e->fits[found - RV_LATIN9 + 1],
                       (unsigned long long)e->fits[0]);
    else if (letters == 0) rv_finding_say(&out->encoding, .9, "nothing but ASCII in the samples");
    else if (found == RV_UTF8)
        rv_finding_say(&out->encoding, e->strays ? .8 : .99, "%llu characters are well-formed UTF-8, %llu bytes aren't",
                       (unsigned long long)e->sequences, (unsigned long long)e->strays);
    else
        rv_finding_say(&out->encoding, e->undefined * 20 > e->strays ? .5 : .9,
                       "%llu bytes are no UTF-8; %llu have no character in CP1252", (unsigned long long)e->strays,
                       (unsigned long long)e->undefined);
}

static rv_encoding guess_encoding(const rv_csv_source *s, rv_sniffed *out) {
    rv_encoding_evidence evidence = {0};
    size_t n = s->n < SAMPLE_BYTES ? s->n : SAMPLE_BYTES, side = SIDE_BYTES;
    rv_encoding_look(&evidence, s->data, n, 0);
    if (larger_than_head(s->n)) {
        rv_encoding_look(&evidence, s->data + s->n / 2, side, s->n / 2);
        rv_encoding_look(&evidence, s->data + s->n - side, side, s->n - side);
    }
    out->dialect.encoding = rv_encoding_guess(&evidence);
    tell_encoding(&evidence, out);
    return out->dialect.encoding;
}

static bool is_wide(rv_encoding encoding) { return encoding == RV_UTF16LE || encoding == RV_UTF16BE; }

/* An encoding that was asked for is taken at its word, but for units of two bytes where there are none, or the other way
 * round: that reads without an error, as Chinese, or rejects each row. A table's separators and line ends have a zero byte
 * each in UTF-16, so that its want is a proof. */
static rv_status check_encoding(const rv_csv *csv, rv_encoding given, rv_error *err) {
    const rv_csv_source *s = &csv->cutter.source;
    rv_encoding_evidence evidence = {0};
    rv_encoding_look(&evidence, s->data, s->n < SAMPLE_BYTES ? s->n : SAMPLE_BYTES, 0);
    rv_encoding looks = rv_encoding_guess(&evidence);
    uint64_t zeros = given == RV_UTF16LE ? evidence.odd_zeros : evidence.even_zeros;
    bool wrong = is_wide(given) ? (is_wide(looks) ? looks != given : zeros == 0) : is_wide(looks);
    if (!wrong || evidence.bytes < 4) return RV_OK;
    rv_fail(err, RV_BAD_INPUT, "the file isn't %s: its bytes are those of %s", rv_encoding_name(given),
            rv_encoding_name(looks));
    rv_error_at(err, csv->path, 1, 0);
    rv_error_hint(err, "--encoding %s, or leave it out: it is found", rv_encoding_name(looks));
    return RV_BAD_INPUT;
}

static rv_status settle_encoding(rv_csv *csv, const rv_dialect *dialect, rv_error *err) {
    rv_csv_source *s = &csv->cutter.source;
    rv_sniffed *out = &csv->sniffed;
    RV_TRY(rv_csv_source_fill(s, SAMPLE_BYTES, err));
    rv_encoding marked = RV_ENCODING_AUTO, encoding = dialect->encoding;
    size_t mark = rv_encoding_bom(s->data, s->n, &marked);
    if (encoding != RV_ENCODING_AUTO) {
        RV_TRY(check_encoding(csv, encoding, err));
        rv_finding_given(&out->encoding);
    } else if (mark) {
        encoding = marked;
        rv_finding_say(&out->encoding, 1, "the file begins with its byte order mark");
    } else {
        encoding = guess_encoding(s, out);
    }
    out->byte_order_mark = mark && marked == encoding;
    if (out->byte_order_mark) { /* a mark of another encoding is data in the one asked for */
        csv->cutter.bytes.passed += mark;
        pass_over(csv, mark);
    }
    while (encoding == RV_UTF8 && rv_utf8_begins_with_mark(s->data, s->n)) { /* files put together, one of them empty */
        csv->cutter.bytes.passed += RV_UTF8_MARK;
        pass_over(csv, RV_UTF8_MARK);
    }
    csv->table.info.encoding = out->dialect.encoding = encoding;
    RV_TRY(rv_csv_source_encoding(s, encoding, err));
    return rv_csv_source_fill(s, SAMPLE_BYTES, err);
}

static rv_status check_dialect(const rv_csv *csv, const rv_dialect *d, rv_error *err) {
    char quote = d->quote;
    const char *what = NULL;
    if (d->separator == '\n' || d->separator == '\r' || (unsigned char)d->separator >= 0x80) what = "separator";
    if (quote == '\n' || quote == '\r' || ((unsigned char)quote >= 0x80 && quote != RV_NO_QUOTE)) what = "quote";
    if (d->escape == '\n' || d->escape == '\r' || (unsigned char)d->escape >= 0x80) what = "escape";
    if (!what && d->separator && d->separator == (quote ? quote : '"')) what = "separator (it is the quote too)";
    if (!what) return RV_OK;
    rv_fail(err, RV_BAD_ARGUMENT, "this can't be a %s", what);
    rv_error_at(err, csv->path, 0, 0);
    rv_error_hint(err, "use one ASCII character, for example --sep ';'");
    return RV_BAD_ARGUMENT;
}

/* A header of many thousand columns is longer than the usual head: then the head has two lines, if there are two in
 * HEAD_MOST. */
static rv_status fill_head(rv_csv *csv, rv_error *err) {
    rv_csv_source *s = &csv->cutter.source;
    csv->head_bytes = HEAD_BYTES;
    for (;;) {
        RV_TRY(rv_csv_source_fill(s, csv->head_bytes < SAMPLE_BYTES ? SAMPLE_BYTES : csv->head_bytes, err));
        size_t n = s->n < csv->head_bytes ? s->n : csv->head_bytes;
        size_t end = rv_csv_after_line_end(s->data, rv_csv_line_end(s->data, 0, n), n);
        if (rv_csv_line_end(s->data, end, n) < n || (s->at_end && n == s->n) || n >= HEAD_MOST) return RV_OK;
        csv->head_bytes *= 4;
    }
}

static rv_csv_sample head_of(const rv_csv *csv) {
    const rv_csv_source *s = &csv->cutter.source;
    size_t n = s->n < csv->head_bytes ? s->n : csv->head_bytes;
    return (rv_csv_sample){s->data, n, s->at_end && n == s->n, s->offset};
}

/* Lines above the table are told with the first block. */
static rv_status keep_preamble(rv_csv *csv, size_t n, rv_error *err) {
    rv_csv_cutter *c = &csv->cutter;
    const char *data = c->source.data;
    size_t lines = (size_t)rv_csv_breaks(data, 0, n), at = 0;
    csv->preamble = rv_arena_get(&csv->arena, lines * sizeof *csv->preamble);
    char *copy = rv_arena_get(&csv->arena, n);
    if (!csv->preamble || !copy) return rv_fail_memory(err, n);
    memcpy(copy, data, n);
    for (size_t i = 0; i < lines; i++) {
        size_t end = rv_csv_line_end(data, at, n);
        if (end > at) {
            rv_text raw = rv_text_make(copy + at, end - at);
            csv->preamble[csv->n_preamble++] = (rv_reject){c->line + i, c->source.offset + at, RV_PREAMBLE, raw};
            c->bytes.asides += raw.len;
        }
        at = rv_csv_after_line_end(data, end, n);
        c->bytes.line_ends += at - end;
    }
    csv->sniffed.preamble_lines += (uint32_t)lines;
    c->line += lines;
    pass_over(csv, n);
    return RV_OK;
}

/* Empty lines above a table of several columns are passed over: as a header they would mean a table of one. */
static rv_status skip_empty_lines(rv_csv *csv, size_t width, rv_error *err) {
    const rv_csv_source *s = &csv->cutter.source;
    size_t n = s->n < SAMPLE_BYTES ? s->n : SAMPLE_BYTES, at = 0;
    while (at < n && (s->data[at] == '\n' || s->data[at] == '\r')) at++;
    if (at == 0 || at == n || width < 2) return RV_OK;
    while (s->data[0] == '\n' || s->data[0] == '\r') {
        RV_TRY(rv_csv_cut_skip_line(&csv->cutter, err));
        csv->sniffed.preamble_lines++;
    }
    return RV_OK;
}

static rv_status settle_dialect(rv_csv *csv, const rv_dialect *dialect, size_t *columns, rv_error *err) {
    rv_csv_cutter *c = &csv->cutter;
    rv_csv_source *s = &c->source;
    rv_csv_layout layout;
    for (uint32_t i = 0; i < dialect->skip_lines && s->n > 0; i++) RV_TRY(rv_csv_cut_skip_line(c, err));
    csv->sniffed.preamble_lines = (uint32_t)c->line - 1;
    RV_TRY(fill_head(csv, err));
    if (s->n == 0) {
        rv_fail(err, RV_BAD_INPUT, "the file is empty: not even a header");
        return refuse(csv, err, 1, "check the export; a table has at least its header line");
    }
    rv_csv_sample head = head_of(csv);
    size_t width = rv_csv_sniff_rules(dialect, &head, &c->rules, &csv->sniffed);
    rv_csv_sniff_layout(dialect, &head, &c->rules, width, &layout, &csv->sniffed);
    if (layout.start) RV_TRY(keep_preamble(csv, layout.start, err));
    else RV_TRY(skip_empty_lines(csv, layout.columns, err));
    *columns = layout.columns;
    rv_table_info *info = &csv->table.info;
    info->separator = c->rules.separator;
    info->quote = c->rules.quote;
    info->has_header = layout.header;
    csv->sniffed.dialect.header = layout.header ? RV_YES : RV_NO;
    csv->sniffed.dialect.skip_lines = csv->sniffed.preamble_lines;
    csv->sniffed.dialect.skip_given = true;
    return RV_OK;
}

/* --- The header -------------------------------------------------------------------------------------------------- */

typedef struct name_set { /* hashes of names, to see which come again */
    uint64_t *slots;
    size_t mask;
} name_set;

static bool add_name(name_set *set, const char *name, size_t n) {
    uint64_t hash = rv_hash64(name, n, 0) | 1;
    for (size_t i = (size_t)hash & set->mask;; i = (i + 1) & set->mask) {
        if (set->slots[i] == hash) return false;
        if (set->slots[i] == 0) return set->slots[i] = hash, true;
    }
}

/* A name that comes again gets a number: email, email_2; one that is empty is called by its place: c3. */
static void make_unique(name_set *set, size_t index, char *name, size_t *n, size_t cap) {
    size_t base = *n;
    if (base == 0) *n = base = (size_t)snprintf(name, cap, "c%zu", index + 1);
    for (unsigned k = 2; !add_name(set, name, *n); k++) *n = base + (size_t)snprintf(name + base, cap - base, "_%u", k);
}

static rv_status name_columns(rv_csv *csv, const rv_csv_spans *spans, size_t columns, rv_error *err) {
    const char *data = csv->cutter.source.data;
    bool header = csv->table.info.has_header, unique = !csv->reading.strict && columns > 1;
    rv_text *names = rv_arena_get(&csv->arena, columns * sizeof *names);
    name_set set = {.mask = 1};
    while (set.mask < 2 * columns) set.mask = 2 * set.mask + 1;
    csv->sniffed.columns = rv_arena_get(&csv->arena, columns * sizeof *csv->sniffed.columns);
    if (!names || !csv->sniffed.columns) return rv_fail_memory(err, columns * sizeof *csv->sniffed.columns);
    if (!(set.slots = rv_array_new(set.mask + 1, sizeof *set.slots, err))) return RV_NO_MEMORY;
    for (size_t i = 0; i < columns; i++) {
        rv_csv_span s = spans->at[i];
        size_t n = header ? s.end - s.start : 0, cap = n + 32, full;
        char *name = rv_arena_get(&csv->arena, cap);
        if (!name) {
            rv_free(set.slots);
            return rv_fail_memory(err, cap);
        }
        if (header) n = rv_csv_plain(&csv->cutter.rules, data + s.start, n, name);
        rv_text trimmed = rv_text_trim(rv_text_make(name, n));
        memmove(name, trimmed.ptr, full = n = trimmed.len);
        if (unique || !header) make_unique(&set, i, name, &n, cap);
        name[n] = 0;
        names[i] = rv_text_make(name, n);
        csv->sniffed.columns[i] = (rv_column_found){.name = name, .renamed = header && n != full};
    }
    rv_free(set.slots);
    csv->table.info.names = names;
    csv->table.info.columns = csv->sniffed.n_columns = (uint32_t)columns;
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
    else if (csv->reading.strict && record->irregular)
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

/* A header written with quotes around each name, where it is without them; else without any. Of another export's, that is:
 * the same names, written by another program. */
static rv_status keep_other_header(rv_csv *csv, const rv_csv_spans *spans, bool quoted, rv_error *err) {
    const rv_csv_rules *rules = &csv->cutter.rules;
    const char *data = csv->cutter.source.data;
    size_t room = 0, n = 0;
    if (rules->quote == RV_NO_QUOTE) return RV_OK;
    for (size_t i = 0; i < spans->n; i++) room += spans->at[i].end - spans->at[i].start + 3;
    char *other = rv_arena_get(&csv->arena, room);
    if (!other) return rv_fail_memory(err, room);
    for (size_t i = 0; i < spans->n; i++) {
        rv_csv_span s = spans->at[i];
        if (i) other[n++] = rules->separator;
        if (!quoted) other[n++] = rules->quote;
        memcpy(other + n, data + s.start, s.end - s.start);
        n += s.end - s.start;
        if (!quoted) other[n++] = rules->quote;
    }
    csv->reading.other_header = rv_text_make(other, n);
    return RV_OK;
}

/* The header's bytes, so that it is known when it comes again in the middle of the file. */
static rv_status keep_header(rv_csv *csv, const rv_csv_record *record, const rv_csv_spans *spans, rv_error *err) {
    bool quoted = false;
    for (size_t i = 0; i < spans->n; i++) quoted |= spans->at[i].quoted;
    RV_TRY(keep_other_header(csv, spans, quoted, err));
    char *copy = rv_arena_get(&csv->arena, record->end + 1);
    if (!copy) return rv_fail_memory(err, record->end);
    memcpy(copy, csv->cutter.source.data, record->end);
    csv->reading.header = rv_text_make(copy, record->end);
    csv->table.info.header_line = csv->cutter.line;
    csv->cutter.line += record->breaks;
    csv->cutter.bytes.header = record->end;
    csv->cutter.bytes.line_ends += record->next - record->end;
    pass_over(csv, record->next);
    return RV_OK;
}

/* Databases' clients underline the header. */
static rv_status pass_rule(rv_csv *csv, rv_error *err) {
    rv_csv_cutter *c = &csv->cutter;
    rv_csv_source *s = &c->source;
    RV_TRY(rv_csv_source_fill(s, SAMPLE_BYTES, err));
    size_t n = s->n < SAMPLE_BYTES ? s->n : SAMPLE_BYTES, end = rv_csv_line_end(s->data, 0, n);
    if (csv->reading.strict || !rv_csv_is_rule(rv_text_make(s->data, end))) return RV_OK;
    rv_reject *lines = rv_arena_get(&csv->arena, (csv->n_preamble + 1) * sizeof *lines);
    char *copy = rv_arena_get(&csv->arena, end);
    if (!lines || !copy) return rv_fail_memory(err, end);
    for (size_t i = 0; i < csv->n_preamble; i++) lines[i] = csv->preamble[i];
    memcpy(copy, s->data, end);
    lines[csv->n_preamble++] = (rv_reject){c->line, s->offset, RV_PREAMBLE, rv_text_make(copy, end)};
    csv->preamble = lines;
    size_t next = rv_csv_after_line_end(s->data, end, n);
    c->line += next > end;
    c->bytes.asides += end;
    c->bytes.line_ends += next - end;
    pass_over(csv, next);
    return RV_OK;
}

static rv_status take_header(rv_csv *csv, size_t columns, rv_error *err) {
    rv_csv_cutter *c = &csv->cutter;
    rv_csv_outcome end = RV_CSV_MORE;
    rv_csv_record record;
    rv_csv_spans spans = {0}; /* first for the count only */
    RV_TRY(rv_csv_cut_record(c, &spans, &end, &record, err));
    RV_TRY(check_header(csv, end, &record, spans.n, err));
    spans.cap = spans.n;
    if (columns == 0 || columns > spans.n) columns = spans.n;
    spans.at = rv_array_new(spans.n, sizeof *spans.at, err);
    if (!spans.at) return RV_NO_MEMORY;
    rv_status status = rv_csv_cut_record(c, &spans, &end, &record, err);
    if (status == RV_OK) status = name_columns(csv, &spans, columns, err);
    if (status == RV_OK && csv->table.info.has_header) status = keep_header(csv, &record, &spans, err);
    rv_free(spans.at);
    if (status == RV_OK && csv->table.info.has_header) status = pass_rule(csv, err);
    return status;
}

/* --- What the values are ----------------------------------------------------------------------------------------- */

/* A piece of a mapped file as UTF-8: the map's own bytes, or a copy. */
static rv_status side_sample(rv_csv *csv, size_t from, rv_csv_sample *out, rv_error *err) {
    size_t size, n;
    const char *map = rv_stream_mapped(csv->cutter.source.stream, &size);
    rv_encoding encoding = csv->table.info.encoding;
    from -= from % 2;
    n = size - from < SIDE_BYTES ? size - from : SIDE_BYTES;
    *out = (rv_csv_sample){map + from, n, from + n == size, from};
    if (encoding == RV_UTF8) return RV_OK;
    char *copy = rv_arena_get(&csv->arena, rv_transcode_room(n));
    if (!copy) return rv_fail_memory(err, rv_transcode_room(n));
    rv_transcoder transcoder = {.from = encoding};
    out->n = rv_transcode(&transcoder, map + from, n, true, copy);
    out->data = copy;
    return RV_OK;
}

static rv_status tell_workbook(rv_csv *csv, const rv_workbook_notes *book, rv_error *err) {
    rv_sniffed *out = &csv->sniffed;
    if (book->sheets > 1)
        RV_TRY(rv_csv_note(&csv->arena, out, err, "the workbook has %u sheets that show: the first, '%s', is read",
                           book->sheets, book->sheet));
    if (book->hidden_rows)
        RV_TRY(rv_csv_note(&csv->arena, out, err, "%u rows of the sheet are hidden: they are read as any other",
                           book->hidden_rows));
    if (book->merged_down)
        RV_TRY(rv_csv_note(&csv->arena, out, err,
                           "%u cells are merged over several rows: the value stands in the first row alone",
                           book->merged_down));
    if (book->unvalued)
        RV_TRY(
            rv_csv_note(&csv->arena, out, err,
                        "%u formulas have no value yet and are empty: open the workbook in a spreadsheet and save it",
                        book->unvalued));
    return RV_OK;
}

static rv_status tell_layout(rv_csv *csv, rv_error *err) {
    rv_sniffed *out = &csv->sniffed;
    uint32_t renamed = 0;
    const rv_workbook_notes *book = rv_stream_workbook(csv->cutter.source.stream);
    if (book) RV_TRY(tell_workbook(csv, book, err));
    out->n_warnings = out->n_notes;
    for (uint32_t i = 0; i < out->n_columns; i++) renamed += out->columns[i].renamed;
    if (renamed)
        RV_TRY(rv_csv_note(&csv->arena, out, err, "%u columns have no name or another's: they are called by number",
                           renamed));
    if (out->trailing_separators)
        RV_TRY(rv_csv_note(&csv->arena, out, err, "lines end with separators that part nothing"));
    if (out->undefined_bytes)
        RV_TRY(rv_csv_note(&csv->arena, out, err, "%llu bytes have no character in CP1252",
                           (unsigned long long)out->undefined_bytes));
    return RV_OK;
}

/* Head, middle and tail. Of a stream only the head can be seen. */
static rv_status look_at_values(rv_csv *csv, const rv_dialect *dialect, rv_error *err) {
    rv_csv_sample samples[3] = {head_of(csv)};
    size_t n = 1, size = 0;
    bool mapped = rv_stream_mapped(csv->cutter.source.stream, &size) != NULL;
    csv->sniffed.ends_unseen = !mapped && !samples[0].at_end;
    if (mapped && larger_than_head(size)) {
        RV_TRY(side_sample(csv, size / 2, &samples[n++], err));
        RV_TRY(side_sample(csv, size - SIDE_BYTES, &samples[n++], err));
    }
    RV_TRY(tell_layout(csv, err));
    return rv_csv_sniff_values(dialect, samples, n, 0, &csv->cutter.rules, &csv->arena, &csv->sniffed, err);
}

/* --- All --------------------------------------------------------------------------------------------------------- */

/* 2026-03-01 says by itself that the year comes first, and where the samples have nothing else dates of another order may
 * still follow. 26-03-01 doesn't. */
static rv_date_order order_to_read_by(const rv_sniffed *found, rv_date_order given) {
    bool short_years = false;
    for (uint32_t c = 0; c < found->n_columns; c++) short_years |= found->columns[c].short_years > 0;
    return found->dialect.date_order == RV_YMD && !short_years ? given : found->dialect.date_order;
}

rv_status rv_csv_settle(rv_csv *csv, const rv_dialect *dialect, rv_error *err) {
    rv_table_info *info = &csv->table.info;
    rv_sniffed *out = &csv->sniffed;
    size_t columns = 0;
    out->dialect = *dialect;
    out->compression = info->compression;
    out->bytes = info->stored_bytes;
    csv->reading.strict = dialect->strict;
    RV_TRY(check_dialect(csv, dialect, err));
    RV_TRY(settle_encoding(csv, dialect, err));
    RV_TRY(settle_dialect(csv, dialect, &columns, err));
    RV_TRY(take_header(csv, columns, err));
    RV_TRY(look_at_values(csv, dialect, err));
    csv->reading.rules = csv->cutter.rules;
    csv->reading.columns = info->columns;
    csv->reading.repair = dialect->repair && !dialect->strict;
    csv->reading.footer = dialect->footer != RV_NO && !dialect->strict;
    info->decimal = out->dialect.decimal;
    info->date_order = order_to_read_by(out, dialect->date_order);
    info->sniffed = out;
    csv->first.offset = csv->cutter.source.offset;
    csv->first.line = csv->cutter.line;
    csv->first.passed_hash = csv->cutter.passed_hash;
    return RV_OK;
}
