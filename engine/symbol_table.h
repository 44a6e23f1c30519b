/*
 * Short strings, packed one by one: each byte of the packed form stands for a symbol of 1-8 bytes, of which a table has
 * up to 255, learned from a sample. A contact can then be read alone, at memory speed: a zstd block of 32 contacts must
 * be decoded whole, ten times the bytes and fifty times the time, for some 15 % less room (docs/DECISIONS.md).
 *
 * After P. Boncz, T. Neumann, V. Leis: FSST: Fast Random Access String Compression, VLDB 2020. We differ: symbols that
 * begin alike may live side by side (a chain per hash, longest first), and training counts all pairs exactly.
 */
#ifndef RV_SYMBOL_TABLE_H
#define RV_SYMBOL_TABLE_H

#include "memory.h"

enum {
    RV_SYMBOLS = 255,
    RV_SYMBOL_ESCAPE = 255, /* the next packed byte stands for itself */
    RV_SYMBOL_BYTES = 8,
    RV_SYMBOL_HASH = 1024,
    RV_SYMBOL_SLACK = 8, /* unpacking may write this far beyond the text's end */
};

typedef struct rv_symbol_table { /* 2.3 KB: what unpacking needs */
    uint64_t symbols[256];       /* little-endian bytes, zeros behind */
    uint8_t lengths[256];        /* 0: no such symbol */
} rv_symbol_table;

/* Symbols of three bytes and more whose first three bytes have one hash, longest first. A place that holds none has a
 * mask of 0 and a symbol of 1: no word agrees with it. */
enum { RV_SYMBOL_BUCKET = 4 };
typedef struct rv_symbol_bucket {
    uint64_t masks[RV_SYMBOL_BUCKET], symbols[RV_SYMBOL_BUCKET];
} rv_symbol_bucket;

/* Made from a table; what packing needs. A step is a code and, from bit 8 on, the bytes of text that it stands for. Of
 * the 150 KB a column touches some ten. */
typedef struct rv_symbol_packer {
    rv_symbol_table table;
    bool has_zeros;                                   /* a symbol holds a zero byte */
    uint8_t heads[RV_SYMBOL_HASH];                    /* by the first three bytes: a bucket; 0, which is empty: none */
    uint8_t next[RV_SYMBOLS + 1];                     /* by bucket: where what had no room in it is, or 0 */
    uint16_t steps[RV_SYMBOLS + 1][RV_SYMBOL_BUCKET]; /* by bucket */
    uint16_t shorts[65536];                           /* by the first two bytes: a symbol of two or one, or escape */
    rv_symbol_bucket buckets[RV_SYMBOLS + 1];
} rv_symbol_packer;

/* Learns a table from texts (some 16-64 KB in all suffice; more costs time). The same texts give the same table. */
rv_status rv_symbols_train(const rv_text *texts, size_t n, rv_symbol_table *out, rv_error *err);
void rv_symbols_prepare(const rv_symbol_table *table, rv_symbol_packer *out);

/* Replaces each text by its packed form, which lies in out: room for twice the bytes of all texts. A column at a time, as
 * long as its symbols stay in the first-level cache. */
void rv_symbols_pack(const rv_symbol_packer *packer, rv_text *texts, size_t n, unsigned char *out);
/* The unpacked length, or SIZE_MAX when the bytes name a symbol that isn't there or end in an escape. Room for 8 * n +
 * RV_SYMBOL_SLACK bytes; what stands there behind the text is of no account. */
size_t rv_symbols_unpack(const rv_symbol_table *table, const unsigned char *packed, size_t n, char *out);

#endif
