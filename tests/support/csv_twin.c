/* See csv_twin.h. */
#include "csv_twin.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct text {
    const char *p;
    size_t n, limit;
    char separator, quote;
} text;

static bool at_line_end(const text *t, size_t i) { return t->p[i] == '\n' || t->p[i] == '\r'; }
static bool ends_field(const text *t, size_t i) { return i >= t->n || t->p[i] == t->separator || at_line_end(t, i); }
static size_t past_line_end(const text *t, size_t i) {
    if (i >= t->n) return t->n;
    return i + (t->p[i] == '\r' && i + 1 < t->n && t->p[i + 1] == '\n' ? 2 : 1);
}

static bool utf8(const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n;) {
        unsigned c = p[i], more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c >= 0x80 && c < 0xc0) return false;
        if (c > 0xf7 || i + more >= n) return false;
        uint32_t code = more == 0 ? c : c & (0x3fu >> more);
        for (unsigned k = 1; k <= more; k++) {
            if ((p[i + k] & 0xc0) != 0x80) return false;
            code = code << 6 | (p[i + k] & 0x3f);
        }
        static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
        if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
        i += 1 + more;
    }
    return true;
}

static void add_value(twin_row *row, const char *p, size_t n, int quoted, bool undouble, char quote) {
    row->values = realloc(row->values, (row->fields + 1) * sizeof *row->values);
    row->lengths = realloc(row->lengths, (row->fields + 1) * sizeof *row->lengths);
    row->quoted = realloc(row->quoted, (row->fields + 1) * sizeof *row->quoted);
    char *copy = malloc(n + 1);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        copy[len++] = p[i];
        if (undouble && p[i] == quote && i + 1 < n && p[i + 1] == quote) i++;
    }
    copy[len] = 0;
    row->values[row->fields] = copy;
    row->lengths[row->fields] = len;
    row->quoted[row->fields++] = quoted;
}

/* Where the quoted field opened at `open` closes; 0: never. *stray is set for lone quotes on its first line. */
static size_t closing(const text *t, size_t start, size_t open, bool *stray, bool *passed_line) {
    *passed_line = false;
    for (size_t i = open + 1; i < t->n && i - start <= t->limit + 1; i++) {
        if (at_line_end(t, i)) *passed_line = true;
        if (t->p[i] != t->quote) continue;
        if (i + 1 < t->n && t->p[i + 1] == t->quote && i + 1 - start <= t->limit + 1) {
            i++;
            continue;
        }
        if (i - start == t->limit + 1 && i + 1 < t->n) return 0;
        if (ends_field(t, i + 1)) return i;
        if (*passed_line) return 0;
        *stray = true;
    }
    return 0;
}

/* One record from `start`; returns where it ends (at its line end or t->n), or SIZE_MAX with the reason set. */
static size_t record(const text *t, size_t start, twin_row *row, uint64_t *irregular, size_t *resume) {
    size_t i = start;
    for (;;) {
        bool stray = false, passed_line;
        if (i < t->n && t->p[i] == t->quote && i - start <= t->limit + 1) {
            size_t close = closing(t, start, i, &stray, &passed_line);
            if (close == 0) {
                size_t end = i;
                while (end < t->n && !at_line_end(t, end)) end++;
                bool long_line = end - start > t->limit;
                row->reason = long_line ? "too_long" : "unclosed_quote";
                row->n_raw = long_line ? t->limit : end - start;
                *resume = start + row->n_raw;
                return SIZE_MAX;
            }
            add_value(row, t->p + i + 1, close - i - 1, 1, true, t->quote);
            i = close + 1;
        } else {
            size_t from = i;
            for (; !ends_field(t, i); i++) stray |= t->p[i] == t->quote;
            add_value(row, t->p + from, i - from, 0, false, t->quote);
        }
        *irregular += stray;
        if (i - start > t->limit) {
            row->reason = "too_long";
            row->n_raw = t->limit;
            *resume = start + t->limit;
            return SIZE_MAX;
        }
        if (i >= t->n || t->p[i] != t->separator) return i;
        i++;
    }
}

static uint64_t lines_between(const text *t, size_t from, size_t to) {
    uint64_t lines = 0;
    for (size_t i = from; i < to;) {
        if (at_line_end(t, i)) {
            lines++;
            i = past_line_end(t, i);
        } else {
            i++;
        }
    }
    return lines;
}

/* Why a row of another width is none. */
static const char *other_width(const text *t, size_t at, size_t end, size_t columns) {
    static const char others[] = {',', ';', '\t', '|'};
    for (size_t i = 0; i < sizeof others && columns > 1; i++) {
        text other = {t->p, end, t->limit, others[i], t->quote};
        twin_row row = {0};
        uint64_t irregular = 0;
        size_t resume;
        if (others[i] == t->separator || others[i] == t->quote) continue;
        bool fits = record(&other, at, &row, &irregular, &resume) == end && row.fields == columns;
        for (size_t k = 0; k < row.fields; k++) free(row.values[k]);
        free(row.values), free(row.lengths), free(row.quoted);
        if (fits) return "other_separator";
    }
    return "ragged";
}

twin twin_read(const char *p, size_t n, size_t start, uint64_t line, char separator, char quote, size_t columns,
               size_t limit) {
    text t = {p, n, limit, separator, quote};
    twin out = {0};
    for (size_t at = start; at < n;) {
        twin_row row = {.line = line, .offset = at};
        uint64_t irregular = 0;
        size_t resume = 0, end = record(&t, at, &row, &irregular, &resume);
        size_t next;
        if (end == SIZE_MAX) {
            while (resume < n && !at_line_end(&t, resume)) resume++;
            next = past_line_end(&t, resume);
        } else {
            next = past_line_end(&t, end);
            row.n_raw = end - at;
            out.irregular += irregular;
            if (columns == 0) columns = row.fields;
            size_t surplus = 0; /* separators at the end that part nothing */
            while (surplus < row.fields && row.n_raw > surplus && p[end - 1 - surplus] == separator) surplus++;
            while (row.fields > columns && row.fields - columns <= surplus && row.fields > 1) {
                row.fields--, surplus--;
                free(row.values[row.fields]);
            }
            if (row.fields != columns) row.reason = other_width(&t, at, end, columns);
            else if (memchr(p + at, 0, row.n_raw)) row.reason = "nul_byte";
            else if (!utf8((const unsigned char *)p + at, row.n_raw)) row.reason = "bad_encoding";
        }
        line += lines_between(&t, at, next);
        bool empty_line = end != SIZE_MAX && columns > 1;
        for (size_t i = at; empty_line && i < end; i++) empty_line = p[i] == separator;
        at = next;
        if (empty_line) {
            for (size_t i = 0; i < row.fields; i++) free(row.values[i]);
            free(row.values), free(row.lengths), free(row.quoted);
            continue;
        }
        out.rows = realloc(out.rows, (out.n + 1) * sizeof *out.rows);
        out.rows[out.n++] = row;
    }
    return out;
}

void twin_free(twin *t) {
    for (size_t i = 0; i < t->n; i++) {
        for (size_t k = 0; k < t->rows[i].fields; k++) free(t->rows[i].values[k]);
        free(t->rows[i].values), free(t->rows[i].lengths), free(t->rows[i].quoted);
    }
    free(t->rows);
    *t = (twin){0};
}
