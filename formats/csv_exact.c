/* See csv_exact.h. Scalar on purpose: it is the definition; only the leaps over plain bytes are hurried. */
#include "csv_exact.h"

#include <emmintrin.h>
#include <string.h>

uint64_t rv_csv_breaks(const char *data, size_t from, size_t to) {
    if (from >= to) return 0;
    uint64_t breaks = data[from] == '\n' || data[from] == '\r';
    size_t i = from + 1;
    const __m128i cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
    __m128i sums = zero; /* of two halves, by _mm_sad_epu8 */
    for (; to - i >= 16; i += 16) {
        __m128i now = _mm_loadu_si128((const __m128i *)(const void *)(data + i));
        __m128i before = _mm_loadu_si128((const __m128i *)(const void *)(data + i - 1));
        __m128i second = _mm_cmpeq_epi8(before, cr); /* the LF of a CRLF */
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(now, cr), _mm_andnot_si128(second, _mm_cmpeq_epi8(now, lf)));
        sums = _mm_add_epi64(sums, _mm_sad_epu8(_mm_sub_epi8(zero, hit), zero));
    }
    breaks += (uint64_t)_mm_cvtsi128_si64(sums) + (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums));
    for (; i < to; i++) breaks += data[i] == '\r' || (data[i] == '\n' && data[i - 1] != '\r');
    return breaks;
}

/* First byte of [from, to) that is one of three, or to. SSE2 is the base of amd64, so this needs no twin. */
static size_t find3(const char *data, size_t from, size_t to, char a, char b, char c) {
    const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b), vc = _mm_set1_epi8(c);
    size_t i = from;
    for (; to - i >= 16; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(data + i));
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, va), _mm_cmpeq_epi8(v, vb)), _mm_cmpeq_epi8(v, vc));
        int mask = _mm_movemask_epi8(hit);
        if (mask) return i + (size_t)__builtin_ctz((unsigned)mask);
    }
    while (i < to && data[i] != a && data[i] != b && data[i] != c) i++;
    return i;
}

size_t rv_csv_line_end(const char *data, size_t from, size_t n) { return find3(data, from, n, '\r', '\n', '\n'); }

size_t rv_csv_after_line_end(const char *data, size_t at, size_t n) {
    if (at >= n) return n;
    return at + 1 + (size_t)(data[at] == '\r' && at + 1 < n && data[at + 1] == '\n');
}

/* A backslash before anything else is a backslash: C:\\Users. */
static bool can_be_escaped(const rv_csv_rules *rules, char c) {
    return c == rules->quote || c == rules->escape || c == rules->separator || c == '\n' || c == '\r';
}

static size_t unescape(const rv_csv_rules *rules, const char *from, size_t n, char *out) {
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        bool pair = i + 1 < n && ((from[i] == rules->escape && can_be_escaped(rules, from[i + 1])) ||
                                  (from[i] == rules->quote && from[i + 1] == rules->quote));
        out[to++] = from[i += pair];
    }
    return to;
}

size_t rv_csv_plain(const rv_csv_rules *rules, const char *from, size_t n, char *out) {
    if (rules->escape) return unescape(rules, from, n, out);
    const char quote = rules->quote;
    char *to = out;
    const char *end = from + n;
    for (;;) {
        const char *q = from < end ? memchr(from, quote, (size_t)(end - from)) : NULL;
        size_t len = (size_t)((q ? q + 1 : end) - from);
        memcpy(to, from, len);
        to += len;
        if (!q) return (size_t)(to - out);
        from = q + 1 + (q + 1 < end && q[1] == quote);
    }
}

/* Does an odd number of escapes, none of them before `from`, stand in front of data[i]? */
static bool is_escaped(const rv_csv_rules *rules, const char *data, size_t from, size_t i) {
    size_t k = i;
    while (k > from && data[k - 1] == rules->escape) k--;
    return (i - k) % 2 == 1;
}

/* The first odd run of quotes in [from, n), from not within a run: its last quote in *last. Runs that touch an end
 * that isn't the end of the data are undecided. False: none; *until is how far that is sure. */
static bool odd_run(const rv_csv_rules *rules, const char *data, size_t from, size_t n, bool at_end, size_t *start,
                    size_t *last, size_t *until) {
    const char quote = rules->quote;
    while (from < n) {
        const char *q = memchr(data + from, quote, n - from);
        if (!q) break;
        size_t i = (size_t)(q - data), j = i;
        if (rules->escape && is_escaped(rules, data, 0, i)) {
            from = i + 1;
            continue;
        }
        while (j < n && data[j] == quote) j++;
        if (j == n && !at_end) {
            *until = i;
            return false;
        }
        if ((j - i) % 2) {
            *start = i;
            *last = j - 1;
            return true;
        }
        from = j;
    }
    *until = n;
    return false;
}

static bool odd_run_ahead(const rv_csv_rules *rules, rv_csv_ahead *ahead, const char *data, size_t from, size_t n,
                          bool at_end, uint64_t base, size_t *last) {
    uint64_t at = base + from;
    bool covered = ahead->known && at >= ahead->from && at <= ahead->until;
    if (covered && ahead->found) {
        *last = (size_t)(ahead->last - base);
        return *last < n;
    }
    size_t start = 0, until = 0;
    size_t scan = covered ? (size_t)(ahead->until - base) : from;
    bool found = scan < n ? odd_run(rules, data, scan, n, at_end, &start, last, &until) : (until = scan, false);
    *ahead = (rv_csv_ahead){covered ? ahead->from : at, base + (found ? start : until), base + (found ? *last : 0),
                            true, found};
    return found;
}

/* The first quote of [from, to) that no escape makes plain data, or NULL. */
static const char *lone_quote(const rv_csv_rules *rules, const char *data, size_t from, size_t to) {
    for (size_t at = from; at < to;) {
        const char *q = memchr(data + at, rules->quote, to - at);
        if (!q || !rules->escape || !is_escaped(rules, data, from, (size_t)(q - data))) return q;
        at = (size_t)(q - data) + 1;
    }
    return NULL;
}

typedef struct view {
    const rv_csv_rules *rules;
    const char *data;
    size_t start, hard; /* nothing at or beyond hard is looked at */
    bool at_end;        /* hard is the end of the data */
    bool over;          /* hard is the limit's end */
} view;

static bool ends_field(const view *v, size_t i) {
    if (i >= v->hard) return v->at_end;
    char c = v->data[i];
    return c == v->rules->separator || c == '\n' || c == '\r';
}

/* Where a quoted field that opens at `open` closes. WHOLE: *close; MORE stands for "the view ended". */
static rv_csv_outcome close_of(const view *v, size_t open, size_t n, bool data_end, uint64_t base, rv_csv_ahead *ahead,
                               size_t *close, bool *doubled, rv_csv_record *out, bool *past_line) {
    const char quote = v->rules->quote, *data = v->data;
    bool stray = false;
    size_t i = open + 1;
    *past_line = false;
    for (;;) {
        i = find3(data, i, v->hard, quote, '\n', '\r');
        if (i >= v->hard) return RV_CSV_MORE;
        if (data[i] != quote) break;
        if (v->rules->escape && is_escaped(v->rules, data, open + 1, i)) {
            i++;
            continue;
        }
        if (i + 1 >= v->hard && !v->at_end) return RV_CSV_MORE;
        if (i + 1 < v->hard && data[i + 1] == quote) {
            *doubled = true;
            i += 2;
            continue;
        }
        if (ends_field(v, i + 1)) {
            *close = i;
            return RV_CSV_WHOLE;
        }
        if (!stray) {
            stray = true;
            if (out->irregular++ == 0) out->stray = i;
        }
        i++;
    }
    *past_line = true;
    size_t last = 0;
    if (!odd_run_ahead(v->rules, ahead, data, i + 1, n, data_end, base, &last) || last >= v->hard) return RV_CSV_MORE;
    if (last + 1 >= v->hard && !v->at_end) return RV_CSV_MORE;
    if (!ends_field(v, last + 1)) return RV_CSV_UNCLOSED;
    if (memchr(data + i, quote, last - i)) *doubled = true;
    *close = last;
    return RV_CSV_WHOLE;
}

/* The line's end is looked for from the limit on; a CRLF that the limit splits is counted there, once. */
static rv_csv_outcome too_long(const view *v, rv_csv_record *out) {
    size_t end = v->start + v->rules->record_limit;
    out->end = out->next = end;
    out->breaks =
        rv_csv_breaks(v->data, v->start, end) - (end > v->start && v->data[end - 1] == '\r' && v->data[end] == '\n');
    return RV_CSV_TOO_LONG;
}

static rv_csv_outcome give_up_line(const view *v, size_t open, size_t n, rv_csv_record *out) {
    size_t end = rv_csv_line_end(v->data, open, n);
    out->breaks = rv_csv_breaks(v->data, v->start, end) + (end < n);
    out->end = end;
    out->next = rv_csv_after_line_end(v->data, end, n);
    out->stray = open;
    return end - v->start <= v->rules->record_limit ? RV_CSV_UNCLOSED : too_long(v, out);
}

rv_csv_outcome rv_csv_record_at(const rv_csv_rules *rules, const char *data, size_t start, size_t n, bool at_end,
                                uint64_t base, rv_csv_ahead *ahead, rv_csv_spans *spans, rv_csv_record *out) {
    view v = {rules, data, start, n, at_end, false};
    if (n - start >= rules->record_limit + 2) { /* room for the record and CRLF: what isn't over by then is too long */
        v.hard = start + rules->record_limit + 2;
        v.over = true;
        v.at_end = at_end && v.hard == n;
    }
    memset(out, 0, sizeof *out);
    if (spans) spans->n = 0;
    size_t i = start;
    bool multi_line = false;
    for (;;) {
        rv_csv_span span = {i, i, false, false};
        if (i < v.hard && data[i] == rules->quote) {
            size_t close = 0;
            bool past_line;
            rv_csv_outcome end = close_of(&v, i, n, at_end, base, ahead, &close, &span.doubled, out, &past_line);
            if (end == RV_CSV_MORE && v.over && !past_line) return too_long(&v, out);
            if (end == RV_CSV_UNCLOSED || (end == RV_CSV_MORE && (v.over || v.at_end)))
                return give_up_line(&v, i, n, out);
            if (end == RV_CSV_MORE) return RV_CSV_MORE;
            bool escapes = rules->escape && memchr(data + i, rules->escape, close - i);
            span = (rv_csv_span){i + 1, close, true, span.doubled || escapes};
            multi_line |= past_line;
            i = close + 1;
        } else {
            i = find3(data, i, v.hard, rules->separator, '\n', '\r');
            while (rules->escape && i < v.hard && is_escaped(rules, data, span.start, i)) {
                multi_line |= data[i] != rules->separator;
                i = find3(data, i + 1, v.hard, rules->separator, '\n', '\r');
            }
            span.end = i;
            span.doubled = rules->escape && i > span.start && memchr(data + span.start, rules->escape, i - span.start);
            const char *stray = lone_quote(rules, data, span.start, i);
            if (stray && out->irregular++ == 0) out->stray = (size_t)(stray - data);
        }
        if (spans && spans->n < spans->cap) spans->at[spans->n] = span;
        if (spans) spans->n++;
        out->fields++;
        if (i >= v.hard || data[i] != rules->separator) break;
        i++;
    }
    if (i - start > rules->record_limit) return too_long(&v, out);
    if (i >= v.hard && !v.at_end) return RV_CSV_MORE;
    if (i + 1 >= n && !at_end && data[i] == '\r') return RV_CSV_MORE;
    out->end = i;
    out->next = rv_csv_after_line_end(data, i, n);
    out->breaks = (multi_line ? rv_csv_breaks(data, start, i) : 0) + (i < n);
    return RV_CSV_WHOLE;
}
