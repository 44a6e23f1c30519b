/* A CSV file while it is read: what csv_open.c settles and csv_reader.c walks over. */
#ifndef RV_CSV_TABLE_H
#define RV_CSV_TABLE_H

#include "csv_cutter.h"
#include "table_source.h"

typedef struct rv_csv {
    rv_table table; /* first: a kind of table */
    char *path;
    rv_csv_cutter cutter;
    rv_csv_reading reading;
    rv_sniffed sniffed;
    rv_reject *preamble; /* lines above the table, to be told with the first block */
    size_t n_preamble;
    size_t head_bytes; /* of the sample that is the file's beginning */
    rv_arena arena; /* names, the header's bytes, lines above it */
    struct {        /* where the rows begin */
        uint64_t offset, line, passed_hash;
    } first;
} rv_csv;

/* Encoding, separator and all else of a table whose source is set; takes the header. */
rv_status rv_csv_settle(rv_csv *csv, const rv_dialect *dialect, rv_error *err);

#endif
