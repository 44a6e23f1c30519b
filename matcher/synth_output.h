/*
 * The files of a world: rows of a fixed range are formatted and compressed by whichever thread is free, and appended
 * in order. All files stay under their temporary names until the last of them is whole, then all are published.
 */
#ifndef RV_SYNTH_OUTPUT_H
#define RV_SYNTH_OUTPUT_H

#include "csv_writer.h"

enum { RV_SYNTH_ROW_BYTES = 16384 }; /* more than any row takes: room to reserve before formatting one */

typedef struct rv_synth_file {
    char name[64];      /* within the folder */
    uint64_t items;     /* numbered things that rows are made of: contacts, clients */
    uint32_t piece;     /* items per piece; fixed, so that bytes don't depend on the threads */
    const char *header; /* first line with its \n */
    /* Adds the rows of items first..last-1 to the buffer and returns how many there were. Any thread. */
    uint64_t (*rows)(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);
    const void *ctx;
    /* filled */
    rv_table_out *out;
    uint64_t n_rows, bytes; /* bytes before compression */
} rv_synth_file;

rv_status rv_synth_file_open(rv_synth_file *file, const char *folder, bool replace, rv_error *err);
rv_status rv_synth_file_write(rv_synth_file *file, const rv_settings *settings, rv_error *err);

/* One cell, in quotes where the separator or a quote is in it; returns the end. Room for 2 * len + 2. */
char *rv_synth_put(char *to, const char *text, uint32_t len, char separator);

#endif
