/* A reader of CSV as plain as can be: one byte after another, no blocks, no masks, quadratic where that is simplest.
 * It is written from the rules in csv_reader.h, apart from the product's code, and tests hold the reader to it. */
#ifndef TEST_CSV_TWIN_H
#define TEST_CSV_TWIN_H

#include <stddef.h>
#include <stdint.h>

typedef struct twin_row {
    const char *reason; /* NULL: a good row */
    uint64_t line, offset;
    size_t n_raw; /* the record is text + offset, n_raw bytes */
    size_t fields;
    char **values; /* zero-terminated copies, with their lengths */
    size_t *lengths;
    int *quoted;
} twin_row;

typedef struct twin {
    twin_row *rows;
    size_t n;
    uint64_t irregular; /* fields with stray quotes, in rows that aren't unclosed or too long */
} twin;

/* Reads [text, text + n) from `start` (line number `line`); `columns` 0: takes the first record's. */
twin twin_read(const char *text, size_t n, size_t start, uint64_t line, char separator, char quote, size_t columns,
               size_t limit);
void twin_free(twin *t);

#endif
