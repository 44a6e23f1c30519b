/*
 * The definition of a CSV record, byte by byte: what the fast paths must agree with, and what reads the blocks that
 * hold an irregular quote (an opening one not preceded by separator or line end, a closing one not followed by them).
 *
 * - A field is quoted when its first byte is a quote. Within it a doubled quote is one quote; a quote followed by
 *   separator, line end or end of data closes the field; another one is data as long as the field is on its first
 *   line, and is counted.
 * - Once a quoted field has passed a line end, the first lone quote decides: it closes the field, or the field was
 *   never meant to be open (its quote is typically that of a later row). Else one forgotten quote would swallow row
 *   after row into one value, in silence.
 * - An unclosed field gives up its record up to the end of the line on which the field began; reading goes on at the
 *   next line.
 * - LF, CRLF and CR end lines.
 * - With an escape, whatever stands behind it is data: a quote, a separator, a line end, another escape.
 */
#ifndef RV_CSV_EXACT_H
#define RV_CSV_EXACT_H

#include "error.h"
#include "text.h"

typedef struct rv_csv_rules {
    char separator, quote;
    size_t record_limit; /* bytes of a record without its line end; RV_RECORD_LIMIT, less in tests */
    char escape;         /* 0: none, quotes are doubled */
} rv_csv_rules;

typedef struct rv_csv_span { /* a field within the data: its value, quotes apart, doubled quotes still doubled */
    size_t start, end;
    bool quoted, doubled; /* doubled: rv_csv_plain has something to do */
} rv_csv_span;
typedef struct rv_csv_spans {
    rv_csv_span *at; /* room for cap; n may exceed it: fields beyond are only counted */
    size_t n, cap;
} rv_csv_spans;

/* What is known of lone quotes ahead, so that a file where no quote ever closes is still read in linear time.
 * Zero-initialised knows nothing. Positions count from the start of the file (base + index). */
typedef struct rv_csv_ahead {
    uint64_t from, until; /* no odd run of quotes begins in [from, until) */
    uint64_t last;        /* when found: the last quote of the odd run that begins at until */
    bool known, found;
} rv_csv_ahead;

typedef enum rv_csv_outcome {
    RV_CSV_WHOLE,
    RV_CSV_UNCLOSED, /* see above */
    RV_CSV_TOO_LONG, /* no end within the limit: `end` is start + limit, `next` where to look for the line's end */
    RV_CSV_MORE      /* the data end before the record does */
} rv_csv_outcome;

typedef struct rv_csv_record {
    size_t end;      /* of the record's bytes, without the line end */
    size_t next;     /* the first byte after the line end */
    uint64_t breaks; /* line ends from start to next (one for CRLF) */
    size_t fields;
    uint64_t irregular; /* fields with stray quotes */
    size_t stray;       /* the first stray quote, or the opening quote that never closes */
} rv_csv_record;

/* The record that begins at data[start], start < n. `at_end`: nothing follows data[n - 1]. `base` is the position of
 * data[0] in the file, for `ahead`. spans may be NULL. Never allocates. */
rv_csv_outcome rv_csv_record_at(const rv_csv_rules *rules, const char *data, size_t start, size_t n, bool at_end,
                                uint64_t base, rv_csv_ahead *ahead, rv_csv_spans *spans, rv_csv_record *out);
/* Line ends in [from, to), one for CRLF; data[to] isn't looked at, so a CR at to - 1 counts. */
uint64_t rv_csv_breaks(const char *data, size_t from, size_t to);
/* First CR or LF in [from, n), or n. */
size_t rv_csv_line_end(const char *data, size_t from, size_t n);
/* The byte after the line end that begins at `at` (n when at is n). */
size_t rv_csv_after_line_end(const char *data, size_t at, size_t n);
/* Copies [from, from + n) with doubled quotes made single, and with escapes taken away before what they escape; returns
 * the length written. */
size_t rv_csv_plain(const rv_csv_rules *rules, const char *from, size_t n, char *out);

#endif
