/* See csv_asides.h. */
#include "csv_asides.h"

#include "csv_sniff.h"
#include <stdlib.h>

enum { TAIL_RECORDS = 40 };

bool rv_csv_only(const char *p, size_t n, char c) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != c) return false;
    return true;
}

static int by_offset(const void *a, const void *b) {
    const rv_reject *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Where the last few records begin. */
static uint64_t tail_offset(const rv_table_rows *r, const rv_csv_piece *piece) {
    uint64_t row = r->n > TAIL_RECORDS ? r->offsets[r->n - TAIL_RECORDS] : piece->offset;
    uint64_t reject = r->n_rejects > TAIL_RECORDS ? r->rejects[r->n_rejects - TAIL_RECORDS].offset : piece->offset;
    return row > reject ? row : reject;
}

/* Totals and notes below the table: what was a row or a reject there is set aside. */
rv_status rv_csv_footer_aside(rv_table_rows *r, const rv_csv_reading *reading, const rv_csv_piece *piece,
                              rv_error *err) {
    rv_csv_lines lines;
    uint64_t start = tail_offset(r, piece);
    size_t at = (size_t)(start - piece->offset);
    rv_csv_lines_read(&reading->rules, piece->data + at, piece->n - at, true, &lines);
    size_t n = lines.all ? rv_csv_footer(&reading->rules, piece->data + at, &lines, 0, r->columns) : 0;
    if (n == 0) return RV_OK;
    uint64_t from = start + lines.at[lines.n - n].start;
    size_t k = r->n_rejects;
    for (; k > 0 && r->rejects[k - 1].offset >= from; k--) {
        r->rejects[k - 1].reason = RV_FOOTER;
        r->tally.asides++;
    }
    for (; r->n > 0 && r->offsets[r->n - 1] >= from; r->n--) {
        size_t i = r->n - 1;
        RV_TRY(rv_table_rows_reject(r, (rv_reject){r->lines[i], r->offsets[i], RV_FOOTER, r->records[i]}, err));
        r->tally.asides++;
    }
    if (r->n_rejects) qsort(r->rejects, r->n_rejects, sizeof *r->rejects, by_offset);
    return RV_OK;
}

rv_status rv_csv_begin_with(rv_table_rows *r, const rv_reject *asides, size_t n, rv_error *err) {
    for (size_t i = 0; i < n; i++) RV_TRY(rv_table_rows_reject(r, asides[i], err));
    r->tally.asides += n;
    if (r->n_rejects) qsort(r->rejects, r->n_rejects, sizeof *r->rejects, by_offset);
    return RV_OK;
}
