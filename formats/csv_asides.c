/*
 * Checks that hardly ever fail (zero bytes, invalid UTF-8, the header once more) are made over the whole block; only a
 * block that fails is looked through row by row.
 */
#include "csv_asides.h"

#include "csv_sniff.h"
#include "encoding.h"
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

static bool is_empty_row(const rv_csv_reading *reading, rv_text record) {
    return record.len + 1 == reading->columns && rv_csv_only(record.ptr, record.len, reading->rules.separator);
}

static bool is_header(const rv_csv_reading *reading, rv_text record) {
    return record.len == reading->header.len && memcmp(record.ptr, reading->header.ptr, record.len) == 0;
}

/* Are there rows of separators only, or the header once more? Hardly ever: lengths alone answer nearly always. */
static bool has_no_rows(const rv_table_rows *r, const rv_csv_reading *reading) {
    if (reading->strict || reading->columns < 2) return false;
    size_t header = reading->header.len ? reading->header.len : SIZE_MAX, empty = reading->columns - 1;
    for (size_t i = 0; i < r->n; i++) {
        size_t n = r->records[i].len;
        if ((n == empty && is_empty_row(reading, r->records[i])) || (n == header && is_header(reading, r->records[i])))
            return true;
    }
    return false;
}

/* Takes the rows out that are none, that hold a zero byte, or that aren't UTF-8. */
static rv_status filter_rows(rv_table_rows *r, const rv_csv_reading *reading, rv_error *err) {
    size_t kept = 0, columns = r->columns;
    bool several = !reading->strict && columns > 1;
    for (size_t i = 0; i < r->n; i++) {
        rv_text record = r->records[i];
        if (several && is_empty_row(reading, record)) {
            r->tally.empty++;
            continue;
        }
        bool again = several && reading->header.len && is_header(reading, record);
        const char *reason = again                                             ? RV_REPEATED_HEADER
                             : record.len && memchr(record.ptr, 0, record.len) ? "nul_byte"
                             : !rv_utf8_is_valid(record.ptr, record.len)       ? "bad_encoding"
                                                                               : NULL;
        if (reason) {
            RV_TRY(rv_table_rows_reject(r, (rv_reject){r->lines[i], r->offsets[i], reason, record}, err));
            r->tally.asides += again;
            continue;
        }
        memmove(r->cells + kept * columns, r->cells + i * columns, columns * sizeof *r->cells);
        r->records[kept] = record;
        r->lines[kept] = r->lines[i];
        r->offsets[kept] = r->offsets[i];
        kept++;
    }
    r->n = kept;
    if (r->n_rejects) qsort(r->rejects, r->n_rejects, sizeof *r->rejects, by_offset);
    return RV_OK;
}

/* Where the last few records begin. */
static uint64_t tail_offset(const rv_table_rows *r, const rv_csv_piece *piece) {
    uint64_t row = r->n > TAIL_RECORDS ? r->offsets[r->n - TAIL_RECORDS] : piece->offset;
    uint64_t reject = r->n_rejects > TAIL_RECORDS ? r->rejects[r->n_rejects - TAIL_RECORDS].offset : piece->offset;
    return row > reject ? row : reject;
}

/* Totals and notes below the table: what was a row or a reject there is set aside. */
static rv_status set_footer_aside(rv_table_rows *r, const rv_csv_reading *reading, const rv_csv_piece *piece,
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

rv_status rv_csv_set_aside(rv_table_rows *r, const rv_csv_reading *reading, const rv_csv_piece *piece, rv_error *err) {
    if (memchr(piece->data, 0, piece->n) || has_no_rows(r, reading) || !rv_utf8_is_valid(piece->data, piece->n))
        RV_TRY(filter_rows(r, reading, err));
    return piece->last && reading->footer ? set_footer_aside(r, reading, piece, err) : RV_OK;
}
