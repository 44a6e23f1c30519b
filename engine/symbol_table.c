/* Training takes rounds: pack the sample with the table so far, count symbols and neighbouring pairs, keep the 255
 * that save most. Symbols grow from bytes to words by joining pairs. */
#include "symbol_table.h"

#include <stdlib.h>

enum { ROUNDS = 6, CODES = 512, CANDIDATES_MAX = 1 << 16 };

static uint64_t low_bytes(uint64_t word, unsigned n) { return n >= 8 ? word : word & (((uint64_t)1 << (8 * n)) - 1); }
static uint32_t hash_bytes(uint64_t word) {
    return (uint32_t)((word * 0x9e3779b97f4a7c15u) >> 54); /* 10 bits: RV_SYMBOL_HASH */
}

void rv_symbols_prepare(const rv_symbol_table *table, rv_symbol_packer *out) {
    memset(out, 0, sizeof *out);
    out->table = *table;
    /* Short ones first: later ones go to the head, so that chains begin with the longest. */
    for (unsigned length = 1; length <= RV_SYMBOL_BYTES; length++)
        for (unsigned code = 0; code < RV_SYMBOLS; code++) {
            if (table->lengths[code] != length) continue;
            uint8_t *head = length == 1   ? &out->single[table->symbols[code] & 0xff]
                            : length == 2 ? &out->pair_heads[hash_bytes(table->symbols[code])]
                                          : &out->long_heads[hash_bytes(low_bytes(table->symbols[code], 3))];
            out->next[code] = *head;
            *head = (uint8_t)(code + 1);
        }
}

/* The longest symbol that the text begins with; RV_SYMBOL_ESCAPE when there is none. */
static unsigned longest_symbol(const rv_symbol_packer *p, uint64_t word, size_t left) {
    if (left >= 3)
        for (unsigned at = p->long_heads[hash_bytes(low_bytes(word, 3))]; at; at = p->next[at - 1]) {
            unsigned length = p->table.lengths[at - 1]; /* 3 to 8 */
            if (word << (64 - 8 * length) == p->table.symbols[at - 1] << (64 - 8 * length) && length <= left)
                return at - 1;
        }
    if (left >= 2)
        for (unsigned at = p->pair_heads[hash_bytes(low_bytes(word, 2))]; at; at = p->next[at - 1])
            if (low_bytes(word, 2) == p->table.symbols[at - 1]) return at - 1;
    unsigned at = p->single[word & 0xff];
    return at ? at - 1 : (unsigned)RV_SYMBOL_ESCAPE;
}

/* The same for a word that is followed by other bytes than the text's: at least 8 bytes are left. */
static inline unsigned longest_symbol_inside(const rv_symbol_packer *p, uint64_t word) {
    for (unsigned at = p->long_heads[hash_bytes(word & 0xffffff)]; at; at = p->next[at - 1]) {
        unsigned shift = 64 - 8 * (unsigned)p->table.lengths[at - 1];
        if ((word ^ p->table.symbols[at - 1]) << shift == 0) return at - 1;
    }
    for (unsigned at = p->pair_heads[hash_bytes(word & 0xffff)]; at; at = p->next[at - 1])
        if ((word & 0xffff) == p->table.symbols[at - 1]) return at - 1;
    unsigned at = p->single[word & 0xff];
    return at ? at - 1 : (unsigned)RV_SYMBOL_ESCAPE;
}

size_t rv_symbols_pack(const rv_symbol_packer *packer, const char *text, size_t len, unsigned char *out) {
    unsigned char *o = out;
    size_t at = 0;
    while (len - at >= 8) { /* bound by two mispredicted branches a symbol */
        uint64_t word;
        memcpy(&word, text + at, 8);
        unsigned code = longest_symbol_inside(packer, word);
        *o++ = (unsigned char)code;
        if (code == RV_SYMBOL_ESCAPE) *o++ = (unsigned char)text[at++];
        else at += packer->table.lengths[code];
    }
    uint64_t rest = at < len ? rv_load_bytes(text + at, len - at) : 0;
    while (at < len) {
        unsigned code = longest_symbol(packer, rest, len - at), length = 1;
        *o++ = (unsigned char)code;
        if (code == RV_SYMBOL_ESCAPE) *o++ = (unsigned char)rest;
        else length = packer->table.lengths[code];
        at += length;
        rest = length < 8 ? rest >> (8 * length) : 0;
    }
    return (size_t)(o - out);
}

size_t rv_symbols_length(const rv_symbol_table *table, const unsigned char *packed, size_t n) {
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned code = packed[i];
        if (code == RV_SYMBOL_ESCAPE) {
            if (++i == n) return SIZE_MAX;
            length++;
        } else {
            if (table->lengths[code] == 0) return SIZE_MAX;
            length += table->lengths[code];
        }
    }
    return length;
}

void rv_symbols_unpack(const rv_symbol_table *table, const unsigned char *packed, size_t n, char *out) {
    for (size_t i = 0; i < n; i++) {
        unsigned code = packed[i];
        if (code == RV_SYMBOL_ESCAPE) {
            *out++ = (char)packed[++i];
        } else {
            memcpy(out, &table->symbols[code], 8);
            out += table->lengths[code];
        }
    }
}

/* --- Training ---------------------------------------------------------------------------------------------------- */

typedef struct candidate {
    uint64_t bytes;
    uint64_t gain;
    uint8_t length;
} candidate;

typedef struct trainer {
    rv_symbol_packer packer;
    uint32_t singles[CODES];       /* by code; escaped bytes are 256 + byte */
    uint32_t pairs[CODES * CODES]; /* neighbours in one text */
    candidate candidates[CANDIDATES_MAX];
} trainer;

static void count_text(trainer *t, const char *text, size_t len) {
    unsigned before = CODES;
    for (size_t at = 0; at < len;) {
        uint64_t word = rv_load_bytes(text + at, len - at);
        unsigned code = longest_symbol(&t->packer, word, len - at);
        at += code == RV_SYMBOL_ESCAPE ? 1 : t->packer.table.lengths[code];
        if (code == RV_SYMBOL_ESCAPE) code = 256 + (unsigned)(word & 0xff);
        t->singles[code]++;
        if (before < CODES) t->pairs[before * CODES + code]++;
        before = code;
    }
}

static candidate symbol_of(const trainer *t, unsigned code, uint64_t count) {
    candidate c = {code >= 256 ? code - 256 : t->packer.table.symbols[code], 0,
                   code >= 256 ? 1 : t->packer.table.lengths[code]};
    c.gain = count * c.length * (c.length == 1 ? 8 : 1); /* without its bytes a symbol can't grow again */
    return c;
}

static int by_bytes(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}
static int by_gain(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->gain != y->gain) return x->gain > y->gain ? -1 : 1;
    return by_bytes(a, b);
}

static void choose_symbols(trainer *t) {
    size_t n = 0;
    for (unsigned a = 0; a < CODES; a++) {
        if (!t->singles[a]) continue;
        candidate one = symbol_of(t, a, t->singles[a]);
        if (n < CANDIDATES_MAX) t->candidates[n++] = one;
        for (unsigned b = 0; b < CODES; b++) {
            uint32_t count = t->pairs[a * CODES + b];
            if (count < 2 || one.length == RV_SYMBOL_BYTES || n == CANDIDATES_MAX) continue;
            candidate two = symbol_of(t, b, 1);
            unsigned length = one.length + two.length;
            if (length > RV_SYMBOL_BYTES) length = RV_SYMBOL_BYTES;
            uint64_t bytes = low_bytes(one.bytes | two.bytes << (8 * one.length), length);
            t->candidates[n++] = (candidate){bytes, (uint64_t)count * length, (uint8_t)length};
        }
    }
    qsort(t->candidates, n, sizeof *t->candidates, by_bytes);
    size_t kept = 0; /* one symbol may come from several pairs */
    for (size_t i = 0; i < n; i++) {
        if (kept && by_bytes(&t->candidates[kept - 1], &t->candidates[i]) == 0)
            t->candidates[kept - 1].gain += t->candidates[i].gain;
        else t->candidates[kept++] = t->candidates[i];
    }
    qsort(t->candidates, kept, sizeof *t->candidates, by_gain);
    rv_symbol_table table = {0};
    for (size_t i = 0; i < kept && i < RV_SYMBOLS; i++) {
        table.symbols[i] = t->candidates[i].bytes;
        table.lengths[i] = t->candidates[i].length;
    }
    rv_symbols_prepare(&table, &t->packer);
}

rv_status rv_symbols_train(const rv_text *texts, size_t n, rv_symbol_table *out, rv_error *err) {
    trainer *t = rv_new(sizeof *t, err);
    if (!t) return RV_NO_MEMORY;
    for (int round = 0; round < ROUNDS; round++) {
        memset(t->singles, 0, sizeof t->singles);
        memset(t->pairs, 0, sizeof t->pairs);
        for (size_t i = 0; i < n; i++) count_text(t, texts[i].ptr, texts[i].len);
        choose_symbols(t);
    }
    *out = t->packer.table;
    rv_free(t);
    return RV_OK;
}
