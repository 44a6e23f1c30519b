/*
 * What a table looks like, from samples of its bytes as UTF-8: how its lines are written, where it begins, whether its
 * first line names the columns, what its values are. Every decision has a confidence and its evidence (rv_sniffed).
 *
 * Each way of writing (separator, quote, escape) is tried on the head of the file; the one that makes lines of one width
 * and cells that look like values wins. That is the idea of G. van den Burg, A. Nazabal, C. Sutton, "Wrangling messy CSV
 * files by detecting row and type patterns" (Data Mining and Knowledge Discovery 33, 2019), with measures of our own: lines
 * above and below the table don't count against it, and a cell that holds what separates elsewhere is no value.
 */
#ifndef RV_CSV_SNIFF_H
#define RV_CSV_SNIFF_H

#include "csv_exact.h"
#include "memory.h"

typedef struct rv_csv_sample {
    const char *data;
    size_t n;
    bool at_end;     /* nothing follows data[n - 1] */
    uint64_t offset; /* about where in the file */
} rv_csv_sample;

/* Lines of the head as some rules read them. Empty lines are left out, and so is everything beyond the room. */
enum { RV_CSV_LINES = 300 };
typedef struct rv_csv_lines {
    size_t n, empty;
    struct {
        size_t start, end, next;
        uint32_t fields; /* 0: a quote that doesn't close */
        bool after_empty;
    } at[RV_CSV_LINES];
    size_t irregular; /* lines with stray quotes */
    bool all;         /* nothing of the sample was left out */
} rv_csv_lines;
void rv_csv_lines_read(const rv_csv_rules *rules, const char *data, size_t n, bool at_end, rv_csv_lines *out);

/* Where the table is in the head. */
typedef struct rv_csv_layout {
    size_t start;   /* byte of the head at which the header or the first row begins */
    size_t columns; /* less than the header's fields when those beyond have no name and no values */
    bool header;
} rv_csv_layout;

/* Settles what `given` leaves open; `rules` has the record limit. Returns how many fields most lines have then. */
size_t rv_csv_sniff_rules(const rv_dialect *given, const rv_csv_sample *head, rv_csv_rules *rules, rv_sniffed *out);
void rv_csv_sniff_layout(const rv_dialect *given, const rv_csv_sample *head, const rv_csv_rules *rules, size_t width,
                         rv_csv_layout *layout, rv_sniffed *out);
/* "sep=;" in the first line, as one spreadsheet asks for and others leave in place: the separator, or 0. */
char rv_csv_announced(const rv_csv_sample *head);
/* The columns' values and what follows from them, and whether the other samples agree with the head. out->columns are
 * there, with their names. `from`: byte of the head at which the rows begin. */
rv_status rv_csv_sniff_values(const rv_dialect *given, const rv_csv_sample *samples, size_t n_samples, size_t from,
                              const rv_csv_rules *rules, rv_arena *arena, rv_sniffed *out, rv_error *err);
/* A sentence more for out->notes. */
rv_status rv_csv_note(rv_arena *arena, rv_sniffed *out, rv_error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* How many of the last lines are no rows but totals and notes. `lines` end with the last line of the table. */
size_t rv_csv_footer(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t first,
                     size_t columns);

/* Another separator by which the record has exactly `columns` fields; 0: none. */
char rv_csv_other_separator(const rv_csv_rules *rules, const char *record, size_t n, size_t columns);

void rv_finding_say(rv_finding *finding, double confidence, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rv_finding_given(rv_finding *finding);

#endif
