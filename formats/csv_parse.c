/*
 * The scan marks 32 KB at a time, so that marks and text stay in the nearest cache while rows are made of them. Cells
 * are written ahead and a row is kept by moving one pointer: a ragged row costs nothing but its reject.
 *
 * A row of another width is looked at once more, byte by byte; that costs only such rows. Zero bytes and bytes that are no
 * UTF-8 are looked for ahead of the rows, at the speed of memory: a row learns of its damage from one comparison.
 */
#include "csv_parse.h"

#include "csv_asides.h"
#include "csv_sniff.h"
#include "encoding.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCAN_BYTES = 32 << 10 };

void rv_csv_scratch_free(rv_csv_scratch *scratch) {
    rv_free(scratch->marks);
    rv_free(scratch->spans);
    *scratch = (rv_csv_scratch){0};
}

/* --- Cells and rows ---------------------------------------------------------------------------------------------- */

typedef struct parser {
    rv_table_rows *rows;
    rv_csv_scratch *scratch;
    const rv_csv_reading *reading;
    const rv_csv_rules *rules;
    const rv_csv_piece *piece;
    rv_text *row, *next; /* first cell of the row at hand, place of its next cell */
    size_t row_start, cell_start;
    uint64_t line;      /* of row_start */
    uint64_t line_ends; /* bytes of them so far */
    size_t zero, stray,
        damage; /* the first zero byte, the first that is no UTF-8, from row_start on; the first of both */
    size_t empty, header, other; /* lengths that only an empty row, the header once more, may have; SIZE_MAX: none */
    bool bare;                   /* the row at hand is known to hold no quote */
    bool quotes, doubled, inner; /* may the row at hand hold quotes, doubled ones, line ends within? */
    bool failed;                 /* out of memory */
} parser;

static rv_text unquoted(parser *p, const char *from, size_t n, uint32_t flags) {
    char *copy = rv_arena_get(&p->rows->arena, n);
    if (!copy) {
        p->failed = true;
        return (rv_text){from, 0, flags};
    }
    return (rv_text){copy, (uint32_t)rv_csv_plain(p->rules, from, n, copy), flags};
}

/* data[start] can be read. */
static inline rv_text cell_of(parser *p, const char *data, char quote, size_t start, size_t end, const bool quotes) {
    const char *text = data + start;
    if (!quotes || *text != quote || start == end) return (rv_text){text, (uint32_t)(end - start), 0};
    size_t n = end - start - 2;
    if (p->doubled && n && memchr(text + 1, quote, n)) return unquoted(p, text + 1, n, RV_TEXT_QUOTED);
    return (rv_text){text + 1, (uint32_t)n, RV_TEXT_QUOTED};
}

static rv_status turn_away(parser *p, size_t end, const char *reason, rv_error *err) {
    rv_reject reject = {p->line, p->piece->offset + p->row_start, reason,
                        rv_text_make(p->piece->data + p->row_start, end - p->row_start)};
    p->next = p->row;
    return rv_table_rows_reject(p->rows, reject, err);
}

static void look_for_damage(parser *p, size_t from) {
    const char *data = p->piece->data;
    size_t n = p->piece->n;
    if (p->reading->sound) {
        p->zero = p->stray = p->damage = SIZE_MAX;
        return;
    }
    if (p->zero <= from) {
        const char *zero = from < n ? memchr(data + from, 0, n - from) : NULL;
        p->zero = zero ? (size_t)(zero - data) : SIZE_MAX;
    }
    if (p->stray <= from) {
        size_t stray = from + rv_utf8_prefix(data + from, n - from);
        p->stray = stray < n ? stray : SIZE_MAX;
    }
    p->damage = p->zero < p->stray ? p->zero : p->stray;
}

/* But for the case of letters: what a program writes again, another one may write in capitals. */
static bool is_alike(rv_text a, rv_text b) {
    for (uint32_t i = 0; i < a.len; i++) {
        char x = a.ptr[i], y = b.ptr[i];
        if (x != y && ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z')) return false;
    }
    return true;
}

/* A row that is none (*none), or why it can't be one, or NULL. */
static const char *fault_of_row(parser *p, size_t end, bool *none) {
    rv_text record = rv_text_make(p->piece->data + p->row_start, end - p->row_start);
    *none = record.len == p->empty && rv_csv_only(record.ptr, record.len, p->rules->separator);
    if (*none) return NULL;
    if ((record.len == p->header && is_alike(record, p->reading->header)) ||
        (record.len == p->other && is_alike(record, p->reading->other_header)))
        return RV_REPEATED_HEADER;
    if (p->damage < p->row_start) look_for_damage(p, p->row_start);
    return p->zero < end ? "nul_byte" : p->stray < end ? "bad_encoding" : NULL;
}

static rv_status put_row(parser *p, size_t end) {
    rv_table_rows *r = p->rows;
    r->records[r->n] = (rv_text){p->piece->data + p->row_start, (uint32_t)(end - p->row_start),
                                 p->bare ? RV_TEXT_UNQUOTED : 0};
    r->lines[r->n] = p->line;
    r->offsets[r->n] = p->piece->offset + p->row_start;
    r->n++;
    p->row = p->next;
    return RV_OK;
}

static rv_status keep_doubtful_row(parser *p, size_t end, rv_error *err) {
    bool none;
    const char *fault = fault_of_row(p, end, &none);
    if (!none && !fault) return put_row(p, end);
    p->next = p->row;
    p->rows->tally.empty += none;
    p->rows->tally.bytes.empty += none ? end - p->row_start : 0;
    p->rows->tally.asides += fault && rv_reject_is_aside(fault);
    return none ? RV_OK : turn_away(p, end, fault, err);
}

static inline rv_status keep_row(parser *p, size_t end, rv_error *err) {
    size_t n = end - p->row_start;
    if (__builtin_expect(end > p->damage || n == p->empty || n == p->header || n == p->other, 0))
        return keep_doubtful_row(p, end, err);
    return put_row(p, end);
}

/* --- Rows of another width --------------------------------------------------------------------------------------- */

/* The record's first fields by these rules become the row's cells, those that lack stay empty. */
static rv_status cells_again(parser *p, const rv_csv_rules *rules, size_t end, size_t *fields, rv_error *err) {
    rv_table_rows *r = p->rows;
    size_t row = (size_t)(p->row - r->cells);
    RV_TRY(rv_table_rows_cells(r, row + r->columns + 1, err));
    p->row = p->next = r->cells + row;
    rv_csv_ahead ahead = {0};
    rv_csv_record record;
    rv_csv_spans spans = {p->scratch->spans, 0, r->columns};
    rv_csv_record_at(rules, p->piece->data, p->row_start, end, true, 0, &ahead, &spans, &record);
    *fields = spans.n;
    for (size_t i = 0; i < r->columns; i++) {
        rv_csv_span s = i < spans.n ? p->scratch->spans[i] : (rv_csv_span){end, end, false, false};
        rv_text cell = {p->piece->data + s.start, (uint32_t)(s.end - s.start), s.quoted ? RV_TEXT_QUOTED : 0};
        *p->next++ = s.doubled ? unquoted(p, cell.ptr, cell.len, cell.flags) : cell;
    }
    return RV_OK;
}

/* Asked to: a short row gets empty cells, a long one's last cell takes the rest of the line, one that is written with
 * another separator is read by that. */
static rv_status repair_row(parser *p, size_t end, size_t fields, char other, rv_error *err) {
    rv_table_rows *r = p->rows;
    if (other) {
        rv_csv_rules rules = *p->rules;
        rules.separator = other;
        RV_TRY(cells_again(p, &rules, end, &fields, err));
    } else if (fields > r->columns) {
        size_t from = p->scratch->spans[r->columns - 1].start - p->scratch->spans[r->columns - 1].quoted;
        p->next[-1] = rv_text_make(p->piece->data + from, end - from);
    }
    r->tally.repaired++;
    return keep_row(p, end, err);
}

/* Too few fields or too many. Separators at the end that part nothing take nothing away; all else isn't guessed at. */
static rv_status mend_row(parser *p, size_t end, rv_error *err) {
    rv_table_rows *r = p->rows;
    const char *record = p->piece->data + p->row_start;
    size_t n = end - p->row_start, fields;
    if (p->reading->strict) return turn_away(p, end, "ragged", err);
    if (r->columns > 1 && rv_csv_only(record, n, p->rules->separator)) {
        r->tally.empty++;
        r->tally.bytes.empty += n;
        p->next = p->row;
        return RV_OK;
    }
    RV_TRY(cells_again(p, p->rules, end, &fields, err));
    if (fields > r->columns &&
        rv_csv_only(record + n - (fields - r->columns), fields - r->columns, p->rules->separator)) {
        r->tally.surplus++;
        return keep_row(p, end, err);
    }
    char other = rv_csv_other_separator(p->rules, record, n, r->columns);
    if (p->reading->repair) return repair_row(p, end, fields, other, err);
    return turn_away(p, end, other ? "other_separator" : "ragged", err);
}

/* A byte order mark where files have been put together: no part of the first value. */
static rv_status end_marked_row(parser *p, size_t end, rv_error *err) {
    size_t fields;
    p->row_start += RV_UTF8_MARK;
    p->rows->tally.bytes.passed += RV_UTF8_MARK;
    p->scratch->as_written = false;
    RV_TRY(cells_again(p, p->rules, end, &fields, err));
    return fields == p->rows->columns ? keep_row(p, end, err) : mend_row(p, end, err);
}

/* The row [row_start, end) is complete: kept, skipped when it is an empty line, mended or a reject. */
static inline rv_status end_row(parser *p, size_t end, rv_error *err) {
    if (__builtin_expect(p->piece->data[p->row_start] == '\xef', 0) && !p->reading->strict &&
        rv_utf8_begins_with_mark(p->piece->data + p->row_start, end - p->row_start))
        return end_marked_row(p, end, err);
    if (p->next - p->row == (ptrdiff_t)p->rows->columns) return keep_row(p, end, err);
    if (end > p->row_start || p->reading->strict) return mend_row(p, end, err);
    p->rows->tally.empty++;
    p->next = p->row;
    return RV_OK;
}

/* --- Regular blocks: from marks to rows -------------------------------------------------------------------------- */

/* Writes the cells of a row of the usual shape: as many marks as there are columns, the last of them a line end and the only
 * one, no cell in quotes. false: it is of another. Empty cells and rows' ends aren't asked for by branches, which would
 * be guessed wrong. Data lies behind each mark but the last one. */
static inline bool plain_row(const char *data, const uint32_t *marks, size_t columns, char separator, char quote,
                             size_t start, rv_text *cells, const bool quotes) {
    unsigned odd = 0;
    for (size_t i = 0; i + 1 < columns; i++) {
        size_t at = marks[i];
        cells[i] = (rv_text){data + start, (uint32_t)(at - start), 0};
        odd |= (unsigned char)(data[at] ^ separator);
        if (quotes) odd |= data[start] == quote;
        start = at + 1;
    }
    size_t end = marks[columns - 1];
    cells[columns - 1] = (rv_text){data + start, (uint32_t)(end - start), 0};
    return !odd && data[end] != separator && (!quotes || data[start] != quote);
}

static inline rv_status rows_of(parser *p, const uint32_t *marks, size_t n, size_t bytes, const bool quotes,
                                rv_error *err) {
    const char *data = p->piece->data, separator = p->rules->separator, quote = p->rules->quote;
    size_t start = p->cell_start, columns = p->rows->columns;
    rv_text *next = p->next;
    for (size_t i = 0; i < n; i++) {
        if (next == p->row && columns <= n - i &&
            plain_row(data, marks + i, columns, separator, quote, start, next, quotes)) {
            p->bare = true;
            i += columns - 1;
            next += columns;
            start = marks[i] + 1;
        } else {
            *next++ = cell_of(p, data, quote, start, marks[i], quotes);
            start = marks[i] + 1;
            if (data[marks[i]] == separator) continue;
            p->bare = !quotes;
        }
        size_t at = start - 1;
        p->next = next;
        RV_TRY(end_row(p, at, err));
        next = p->next;
        if (quotes && p->inner) p->line += rv_csv_breaks(data, p->row_start, at);
        p->line++;
        if (data[at] == '\r' && start < bytes && data[start] == '\n') start++;
        p->line_ends += start - at;
        p->row_start = start;
    }
    p->next = next;
    p->cell_start = start;
    return RV_OK;
}

/* Room for `more` cells and rows beyond what there is; keeps the pointers right. A row that is far too long already
 * need not keep its cells. */
static rv_status room_for_marks(parser *p, size_t more, rv_error *err) {
    rv_table_rows *r = p->rows;
    size_t row = (size_t)(p->row - r->cells), used = (size_t)(p->next - p->row);
    if (used > r->columns + 1) used = r->columns + 1;
    RV_TRY(rv_table_rows_cells(r, row + used + more, err));
    RV_TRY(rv_table_rows_room(r, r->n + more, err));
    p->row = r->cells + row;
    p->next = p->row + used;
    return RV_OK;
}

static rv_status parse_regular(parser *p, size_t from, size_t n, rv_error *err) {
    rv_table_rows *r = p->rows;
    const char *data = p->piece->data;
    rv_csv_index_fn *index = rv_csv_index();
    rv_csv_marks state = {0};
    RV_TRY(rv_table_rows_cells(r, (r->n + 1) * r->columns + 1, err));
    p->row = p->next = r->cells + r->n * r->columns;
    p->row_start = p->cell_start = from;
    for (; from < n; from += SCAN_BYTES) {
        size_t to = n - from > SCAN_BYTES ? from + SCAN_BYTES : n;
        size_t count = index(p->rules, data, from, to, &state, p->scratch->marks);
        bool open = p->row_start < from; /* the row at hand began in an earlier piece */
        p->quotes = state.quotes || (open && p->quotes);
        p->scratch->quotes |= state.quotes;
        p->inner = state.inner_breaks || (open && p->inner);
        p->doubled = state.doubled;
        RV_TRY(room_for_marks(p, count + 2, err));
        RV_TRY(p->quotes ? rows_of(p, p->scratch->marks, count, n, true, err)
                         : rows_of(p, p->scratch->marks, count, n, false, err));
    }
    if (p->row_start < n) { /* the last line of the file has no end */
        RV_TRY(room_for_marks(p, 2, err));
        *p->next++ = cell_of(p, data, p->rules->quote, p->cell_start, n, p->cell_start < n);
        p->bare = false;
        RV_TRY(end_row(p, n, err));
    }
    return RV_OK;
}

/* --- Irregular quotes: record by record ---------------------------------------------------------------------------- */

static rv_status take_record(parser *p, const rv_csv_spans *spans, const rv_csv_record *record, rv_error *err) {
    rv_table_rows *r = p->rows;
    size_t kept = spans->n < r->columns ? spans->n : r->columns;
    RV_TRY(rv_table_rows_cells(r, (r->n + 1) * r->columns + 1, err));
    RV_TRY(rv_table_rows_room(r, r->n + 1, err));
    p->row = p->next = r->cells + r->n * r->columns;
    for (size_t i = 0; i < kept; i++) {
        rv_csv_span s = spans->at[i];
        rv_text cell = {p->piece->data + s.start, (uint32_t)(s.end - s.start), s.quoted ? RV_TEXT_QUOTED : 0};
        *p->next++ = s.doubled ? unquoted(p, cell.ptr, cell.len, cell.flags) : cell;
    }
    if (spans->n > r->columns) p->next++;
    return end_row(p, record->end, err);
}

static rv_status parse_exact(parser *p, size_t at, size_t n, rv_error *err) {
    rv_table_rows *r = p->rows;
    const rv_csv_piece *piece = p->piece;
    rv_csv_ahead ahead = {0};
    rv_csv_spans spans = {p->scratch->spans, 0, r->columns};
    size_t before = r->n;
    p->bare = false;
    while (at < n) {
        rv_csv_record record;
        p->row_start = at;
        rv_csv_outcome end = rv_csv_record_at(p->rules, piece->data, at, n, true, 0, &ahead, &spans, &record);
        assert(end == RV_CSV_WHOLE || end == RV_CSV_UNCLOSED); /* what is too long stands alone in its block */
        if (record.irregular && r->irregular == 0) p->scratch->stray_offset = piece->offset + record.stray;
        p->next = p->row;
        if (end == RV_CSV_WHOLE) {
            r->irregular += record.irregular;
            RV_TRY(take_record(p, &spans, &record, err));
        } else {
            RV_TRY(turn_away(p, record.end, "unclosed_quote", err));
        }
        p->line += record.breaks;
        p->line_ends += record.next - record.end;
        at = record.next;
    }
    p->scratch->as_written &= r->n == before;
    return RV_OK;
}

/* --- All --------------------------------------------------------------------------------------------------------- */

static void count_bytes(rv_table_rows *r, uint64_t line_ends) {
    rv_table_bytes *bytes = &r->tally.bytes;
    for (size_t i = 0; i < r->n; i++) bytes->rows += r->records[i].len;
    for (size_t i = 0; i < r->n_rejects; i++)
        *(rv_reject_is_aside(r->rejects[i].reason) ? &bytes->asides : &bytes->rejects) += r->rejects[i].raw.len;
    bytes->line_ends = line_ends;
}

rv_status rv_csv_parse(rv_table_rows *r, rv_csv_scratch *scratch, const rv_csv_reading *reading,
                       const rv_csv_piece *piece, rv_error *err) {
    rv_table_rows_reset(r, reading->columns);
    if (!scratch->marks) scratch->marks = rv_array_new(SCAN_BYTES + 64, sizeof *scratch->marks, err);
    if (!scratch->spans) scratch->spans = rv_array_new(r->columns, sizeof *scratch->spans, err);
    if (!scratch->marks || !scratch->spans) return RV_NO_MEMORY;
    parser p = {.rows = r,
                .scratch = scratch,
                .reading = reading,
                .rules = &reading->rules,
                .piece = piece,
                .line = piece->line,
                .empty = SIZE_MAX,
                .header = SIZE_MAX,
                .other = SIZE_MAX};
    scratch->as_written = true;
    scratch->quotes = piece->n_exact > 0;
    if (piece->too_long) {
        RV_TRY(turn_away(&p, piece->n, "too_long", err));
        count_bytes(r, 0);
        return RV_OK;
    }
    if (!reading->strict && reading->columns > 1) {
        p.empty = reading->columns - 1;
        if (reading->header.len) p.header = reading->header.len;
        if (reading->other_header.len) p.other = reading->other_header.len;
    }
    look_for_damage(&p, 0);
    size_t at = 0;
    for (size_t i = 0; i < piece->n_exact; i++) {
        rv_csv_stretch exact = piece->exact[i];
        RV_TRY(parse_regular(&p, at, exact.from, err));
        RV_TRY(parse_exact(&p, exact.from, exact.to, err));
        at = exact.to;
    }
    RV_TRY(parse_regular(&p, at, piece->n, err));
    if (p.failed) return rv_fail_memory(err, piece->n);
    if (piece->last && reading->footer) RV_TRY(rv_csv_footer_aside(r, reading, piece, err));
    count_bytes(r, p.line_ends);
    return RV_OK;
}

/* --- Strict ------------------------------------------------------------------------------------------------------ */

/* Line and column (in characters) of data[at]. */
static void locate(const rv_csv_piece *piece, size_t at, uint64_t *line, uint64_t *column) {
    size_t start = at;
    while (start > 0 && piece->data[start - 1] != '\n' && piece->data[start - 1] != '\r') start--;
    *line = piece->line + rv_csv_breaks(piece->data, 0, start);
    *column = 1;
    for (size_t i = start; i < at; i++) *column += ((unsigned char)piece->data[i] & 0xc0) != 0x80;
}

/* Where in a rejected record the fault lies; err says what it is. */
static size_t fault_of(const rv_table_rows *r, const rv_csv_scratch *scratch, const rv_csv_rules *rules,
                       const rv_csv_piece *piece, const rv_reject *reject, rv_error *err) {
    size_t start = (size_t)(reject->offset - piece->offset), end = start + reject->raw.len;
    if (strcmp(reject->reason, "bad_encoding") == 0) {
        rv_fail(err, RV_BAD_INPUT, "bytes that are no valid UTF-8");
        return start + rv_utf8_prefix(reject->raw.ptr, reject->raw.len);
    }
    if (strcmp(reject->reason, "nul_byte") == 0) {
        rv_fail(err, RV_BAD_INPUT, "a zero byte");
        return start + (size_t)((const char *)memchr(reject->raw.ptr, 0, reject->raw.len) - reject->raw.ptr);
    }
    if (strcmp(reject->reason, "too_long") == 0) {
        rv_fail(err, RV_BAD_INPUT, "a record of more than %zu bytes", rules->record_limit);
        return start;
    }
    rv_csv_ahead ahead = {0};
    rv_csv_record record;
    rv_csv_spans spans = {scratch->spans, 0, r->columns};
    if (strcmp(reject->reason, "unclosed_quote") == 0) {
        rv_csv_record_at(rules, piece->data, start, piece->n, true, 0, &ahead, NULL, &record);
        rv_fail(err, RV_BAD_INPUT, "a quoted field that doesn't close");
        return record.stray < end ? record.stray : start;
    }
    rv_csv_record_at(rules, piece->data, start, end, true, 0, &ahead, &spans, &record);
    if (spans.n == 1) rv_fail(err, RV_BAD_INPUT, "1 field where the header has %zu", r->columns);
    else rv_fail(err, RV_BAD_INPUT, "%zu fields where the header has %zu", spans.n, r->columns);
    if (spans.n <= r->columns) return end;
    rv_csv_span last = spans.at[r->columns - 1];
    return last.end + (size_t)last.quoted + 1; /* the first field too many */
}

rv_status rv_csv_refuse(const rv_table_rows *r, const rv_csv_scratch *scratch, const rv_csv_rules *rules,
                        const rv_csv_piece *piece, const char *path, rv_error *err) {
    if (r->n_rejects == 0 && r->irregular == 0) return RV_OK;
    size_t at;
    if (r->irregular && (r->n_rejects == 0 || scratch->stray_offset < r->rejects[0].offset)) {
        at = (size_t)(scratch->stray_offset - piece->offset);
        rv_fail(err, RV_BAD_INPUT, "a quote that is neither at the edge of its field nor doubled");
    } else {
        at = fault_of(r, scratch, rules, piece, &r->rejects[0], err);
    }
    uint64_t line, column;
    locate(piece, at, &line, &column);
    rv_error_at(err, path, line, column);
    if (err) err->offset = piece->offset + at;
    rv_error_hint(err, "mend the line, or read without --strict and look at --rejects FILE");
    return RV_BAD_INPUT;
}
