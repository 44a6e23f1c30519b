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

/* Made from a table; what packing needs. Each contact is packed with the tables of all columns in turn, so it is kept
 * small: the first-level cache must hold as much of them as can be. A code is kept as 1 + code, 0 is none. */
typedef struct rv_symbol_packer {
    rv_symbol_table table;
    uint8_t next[256];                  /* by code: the chain goes on */
    uint8_t single[256];                /* the symbol that is this byte */
    uint8_t long_heads[RV_SYMBOL_HASH]; /* by the first three bytes: the longest */
    uint8_t pair_heads[RV_SYMBOL_HASH]; /* symbols of two bytes */
} rv_symbol_packer;

/* Learns a table from texts (some 16-64 KB in all suffice; more costs time). The same texts give the same table. */
rv_status rv_symbols_train(const rv_text *texts, size_t n, rv_symbol_table *out, rv_error *err);
void rv_symbols_prepare(const rv_symbol_table *table, rv_symbol_packer *out);

/* At most 2 * len bytes into out; returns how many. */
size_t rv_symbols_pack(const rv_symbol_packer *packer, const char *text, size_t len, unsigned char *out);
/* The unpacked length, or SIZE_MAX when the bytes name a symbol that isn't there or end in an escape. */
size_t rv_symbols_length(const rv_symbol_table *table, const unsigned char *packed, size_t n);
/* Room for the unpacked length + RV_SYMBOL_SLACK; the packed bytes were measured by rv_symbols_length. */
void rv_symbols_unpack(const rv_symbol_table *table, const unsigned char *packed, size_t n, char *out);

#endif
