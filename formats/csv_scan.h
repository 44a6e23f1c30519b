/*
 * The two kernels of CSV: one finds where a block can be cut, the other where its fields end. Both see 64 bytes at a
 * time as bit masks of separators, quotes and line ends; a running XOR over the quote bits tells inside from outside.
 * That is exact as long as every quote is regular: an opening one follows a separator, a line end, the start or a
 * quote, a closing one is followed by a separator, a line end, the end or a quote. The cutter stops at the first that
 * is not, and csv_exact.h takes over.
 *
 * Each kernel has a scalar twin and picks itself by rv_cpu_level(); tests hold them equal.
 */
#ifndef RV_CSV_SCAN_H
#define RV_CSV_SCAN_H

#include "csv_exact.h"

/* What the cutter knows of [0, n), which begins at a record's start. */
typedef struct rv_csv_cut {
    size_t end;       /* after the last line end outside quotes and before `irregular`; 0: none */
    uint64_t breaks;  /* line ends in [0, end), those inside quotes too, one for CRLF */
    size_t irregular; /* at or just before the first irregular quote; n: none */
    bool inside;      /* at n (or at irregular) a quoted field is open */
} rv_csv_cut;
/* A closing quote at n - 1 counts as regular. A CR at n - 1 counts as a line end: whoever has more data behind it
 * passes n - 1. */
void rv_csv_cut_scan(const rv_csv_rules *rules, const char *data, size_t n, rv_csv_cut *out);
/* Whole records, none of whose quotes asks for csv_exact.h. */
bool rv_csv_is_regular(const rv_csv_rules *rules, const char *data, size_t n);
void rv_csv_cut_scalar(const rv_csv_rules *rules, const char *data, size_t n, rv_csv_cut *out);
void rv_csv_cut_avx2(const rv_csv_rules *rules, const char *data, size_t n, rv_csv_cut *out);
void rv_csv_cut_avx512(const rv_csv_rules *rules, const char *data, size_t n, rv_csv_cut *out);

/* Carried from piece to piece of one block. Zero-initialised at its start. */
typedef struct rv_csv_marks {
    bool inside, after_cr, after_quote;
    bool quotes;       /* this piece has quotes, or began inside them */
    bool doubled;      /* a doubled quote was seen since the start of the block */
    bool inner_breaks; /* this piece has line ends inside quotes */
} rv_csv_marks;
/* Positions of separators and line ends outside quotes in [from, to), a CRLF counting once, at its CR; `at` has room
 * for to - from + 64. Returns their count. All quotes must be regular. to - from is a multiple of 64 but in the last
 * piece. */
typedef size_t rv_csv_index_fn(const rv_csv_rules *rules, const char *data, size_t from, size_t to, rv_csv_marks *marks,
                               uint32_t *at);
rv_csv_index_fn rv_csv_index_scalar, rv_csv_index_avx2, rv_csv_index_avx512;
rv_csv_index_fn *rv_csv_index(void);

#endif
