/* See csv_cutter.h. A block that holds no record end is doubled until it does, or until the record's limit is reached. */
#include "csv_cutter.h"

#include "hash.h"

static size_t larger_view(const rv_csv_cutter *c, size_t view) {
    size_t most = c->rules.record_limit + 2; /* the record and its CRLF */
    return view < most / 2 ? view * 2 : most;
}

/* [from, to) is for csv_exact.h. False: the block has no room for another stretch. */
static bool add_stretch(rv_csv_piece *piece, size_t from, size_t to) {
    if (piece->n_exact && piece->exact[piece->n_exact - 1].to == from) {
        piece->exact[piece->n_exact - 1].to = to;
        return true;
    }
    if (piece->n_exact == RV_CSV_STRETCHES) return false;
    piece->exact[piece->n_exact++] = (rv_csv_stretch){from, to};
    return true;
}

/* The record at *at, whatever its quotes. False, and nothing is passed: it isn't whole, or begins the next block. */
static bool cut_exact(rv_csv_cutter *c, size_t *at, size_t n, bool at_end, rv_csv_piece *piece, uint64_t *breaks) {
    const rv_csv_source *s = &c->source;
    rv_csv_record record;
    rv_csv_outcome end = rv_csv_record_at(&c->rules, s->data, *at, n, at_end, s->offset, &c->ahead, NULL, &record);
    if (end == RV_CSV_MORE || (end == RV_CSV_TOO_LONG && *at > 0)) return false;
    if (!add_stretch(piece, *at, record.next)) return false;
    piece->too_long = end == RV_CSV_TOO_LONG;
    *at = record.next;
    *breaks += record.breaks;
    return true;
}

/* Where to cut [0, n) of the window; 0: more is needed. */
static size_t cut_at(rv_csv_cutter *c, size_t n, bool at_end, rv_csv_piece *piece, uint64_t *breaks) {
    const char *data = c->source.data;
    size_t seen = !at_end && data[n - 1] == '\r' ? n - 1 : n; /* an LF may follow */
    /* No view is larger than the limit but the last resort's. */
    bool regular = n <= c->rules.record_limit && !(c->rules.escape && memchr(data, c->rules.escape, n));
    for (size_t at = 0;;) {
        if (regular && at < seen) {
            rv_csv_cut cut;
            rv_csv_cut_scan(&c->rules, data + at, seen - at, &cut);
            bool clear = cut.irregular == seen - at; /* as far as can be seen */
            *breaks += cut.breaks;
            if (clear && at_end && !cut.inside) {
                *breaks += cut.end < n - at;
                return n;
            }
            at += cut.end;
            if (clear && !at_end) return at;
        }
        if (at >= n || at >= c->block_bytes || !cut_exact(c, &at, n, at_end, piece, breaks) || piece->too_long)
            return at;
    }
}

static void pass_over(rv_csv_cutter *c, size_t n) {
    c->passed_hash = rv_hash64(c->source.data, n, c->passed_hash);
    rv_csv_source_advance(&c->source, n);
}

rv_status rv_csv_cut_skip_line(rv_csv_cutter *c, rv_error *err) {
    rv_csv_source *s = &c->source;
    for (;;) {
        RV_TRY(rv_csv_source_fill(s, c->block_bytes + 2, err));
        size_t n = s->mapped ? s->n : s->n < c->block_bytes + 2 ? s->n : c->block_bytes + 2;
        size_t end = rv_csv_line_end(s->data, 0, n);
        bool whole = end + 1 < n || (s->at_end && n == s->n);
        if (whole) {
            size_t next = rv_csv_after_line_end(s->data, end, n);
            c->line += end < n;
            c->bytes.passed += end;
            c->bytes.line_ends += next - end;
            pass_over(c, next);
            return RV_OK;
        }
        c->bytes.passed += end;
        pass_over(c, end);
    }
}

rv_status rv_csv_cut_next(rv_csv_cutter *c, rv_csv_piece *piece, rv_buffer *copy, rv_error *err) {
    rv_csv_source *s = &c->source;
    size_t view = c->block_bytes, cut;
    uint64_t breaks;
    for (;;) {
        RV_TRY(rv_csv_source_fill(s, view, err));
        size_t n = s->n < view ? s->n : view;
        breaks = 0;
        *piece = (rv_csv_piece){.line = c->line, .offset = s->offset};
        if (n == 0) return RV_OK;
        cut = cut_at(c, n, s->at_end && n == s->n, piece, &breaks);
        if (cut > 0) break;
        view = larger_view(c, view);
    }
    piece->n = cut;
    piece->data = s->data;
    if (!s->mapped) {
        copy->len = 0;
        rv_buffer_add(copy, s->data, cut);
        RV_TRY(rv_buffer_check(copy, err));
        piece->data = copy->data;
    }
    rv_csv_source_advance(s, cut);
    c->line += breaks;
    if (piece->too_long) RV_TRY(rv_csv_cut_skip_line(c, err));
    if (s->n == 0) RV_TRY(rv_csv_source_fill(s, 1, err)); /* a stream may not know yet that it has ended */
    piece->last = s->n == 0;
    return RV_OK;
}

rv_status rv_csv_cut_record(rv_csv_cutter *c, rv_csv_spans *spans, rv_csv_outcome *end, rv_csv_record *record,
                            rv_error *err) {
    rv_csv_source *s = &c->source;
    for (size_t view = c->block_bytes;; view = larger_view(c, view)) {
        RV_TRY(rv_csv_source_fill(s, view, err));
        size_t n = s->n < view ? s->n : view;
        if (n == 0) return RV_OK;
        *end = rv_csv_record_at(&c->rules, s->data, 0, n, s->at_end && n == s->n, s->offset, &c->ahead, spans, record);
        if (*end != RV_CSV_MORE) return RV_OK;
    }
}
