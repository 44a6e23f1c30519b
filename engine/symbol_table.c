/* Training takes rounds: pack the sample with the table so far, count symbols and neighbouring pairs, keep the 255
 * that save most. Symbols grow from bytes to words by joining pairs. */
#include "symbol_table.h"

#include "bytes16.h"
#include "symbol_pack.h"
#include <stdlib.h>

enum { ROUNDS = 6, CODES = 512, CANDIDATES_MAX = 1 << 16 };

static uint64_t low_bytes(uint64_t word, unsigned n) { return n >= 8 ? word : word & (((uint64_t)1 << (8 * n)) - 1); }

static uint16_t step_of(unsigned code, unsigned length) { return (uint16_t)(code | length << 8); }

/* Behind the symbols of its hash, which are as long or longer. */
static void put_long(rv_symbol_packer *p, unsigned code, uint8_t *used) {
    uint64_t symbol = p->table.symbols[code], mask = low_bytes(UINT64_MAX, p->table.lengths[code]);
    uint8_t *link = &p->heads[rv_symbol_hash(symbol)];
    while (*link && p->buckets[*link].masks[RV_SYMBOL_BUCKET - 1]) link = &p->next[*link];
    if (!*link) *link = ++*used;
    rv_symbol_bucket *bucket = &p->buckets[*link];
    unsigned at = 0;
    while (bucket->masks[at]) at++;
    bucket->masks[at] = mask;
    bucket->symbols[at] = symbol;
    p->steps[*link][at] = step_of(code, p->table.lengths[code]);
}

static void put_shorts(rv_symbol_packer *p) {
    uint16_t single[256];
    for (unsigned byte = 0; byte < 256; byte++) single[byte] = step_of(RV_SYMBOL_ESCAPE, 1);
    for (unsigned code = 0; code < RV_SYMBOLS; code++)
        if (p->table.lengths[code] == 1) single[p->table.symbols[code] & 0xff] = step_of(code, 1);
    for (unsigned pair = 0; pair < 65536; pair++) p->shorts[pair] = single[pair & 0xff];
    for (unsigned code = 0; code < RV_SYMBOLS; code++)
        if (p->table.lengths[code] == 2) p->shorts[p->table.symbols[code] & 0xffff] = step_of(code, 2);
}

void rv_symbols_prepare(const rv_symbol_table *table, rv_symbol_packer *out) {
    memset(out, 0, sizeof *out);
    out->table = *table;
    for (unsigned bucket = 0; bucket <= RV_SYMBOLS; bucket++)
        for (unsigned i = 0; i < RV_SYMBOL_BUCKET; i++) out->buckets[bucket].symbols[i] = 1;
    uint8_t used = 0;
    for (unsigned length = RV_SYMBOL_BYTES; length > 2; length--)
        for (unsigned code = 0; code < RV_SYMBOLS; code++)
            if (table->lengths[code] == length) put_long(out, code, &used);
    put_shorts(out);
    for (unsigned code = 0; code < RV_SYMBOLS; code++)
        for (unsigned i = 0; i < table->lengths[code]; i++)
            if ((table->symbols[code] >> (8 * i) & 0xff) == 0) out->has_zeros = true;
}

/* The longest symbol that the text begins with, or escape, as a step. word: its first bytes, zeros behind its end. The
 * definition; symbol_pack.h says the same where no symbol holds a zero. */
static unsigned longest_symbol(const rv_symbol_packer *p, uint64_t word, size_t left) {
    for (unsigned b = p->heads[rv_symbol_hash(word)]; b && left >= 3; b = p->next[b])
        for (unsigned i = 0; i < RV_SYMBOL_BUCKET; i++)
            if ((word & p->buckets[b].masks[i]) == p->buckets[b].symbols[i] && (size_t)(p->steps[b][i] >> 8) <= left)
                return p->steps[b][i];
    unsigned step = p->shorts[word & 0xffff];
    for (unsigned second = 1; step >> 8 > left; second++) step = p->shorts[(word & 0xff) | second << 8];
    return step;
}

/* Texts one by one, whatever symbols and texts hold. */
static void pack_alone(const rv_symbol_packer *packer, rv_text *texts, size_t n, unsigned char *out) {
    for (size_t i = 0; i < n; i++) {
        unsigned char *o = out;
        for (size_t at = 0, len = texts[i].len; at < len;) {
            uint64_t word = rv_load_bytes(texts[i].ptr + at, len - at);
            unsigned step = longest_symbol(packer, word, len - at);
            *o++ = (unsigned char)step;
            if ((step & 0xff) == RV_SYMBOL_ESCAPE) *o++ = (unsigned char)word;
            at += step >> 8;
        }
        texts[i] = rv_text_make((const char *)out, (size_t)(o - out));
        out = o;
    }
}

/* As many of the texts from `first` on as there is room for; returns behind the last of them. An empty one stands at `out`. */
static size_t lay_texts(rv_laid_texts *laid, rv_text *texts, size_t first, size_t n, const unsigned char *out) {
    laid->n = laid->len = 0;
    for (; first < n && laid->n < RV_LAID_TEXTS; first++) {
        uint32_t len = texts[first].len;
        if (len >= RV_LAID_BYTES - 16 - laid->len) break;
        rv_copy_16(laid->bytes + laid->len, texts[first].ptr, len);
        texts[first].ptr = (const char *)out;
        laid->texts[laid->n] = &texts[first];
        laid->stops[laid->n] = laid->len + len;
        laid->n += len > 0;
        laid->len += len + (len > 0);
        laid->bytes[laid->len - (laid->len > 0)] = 0;
    }
    memset(laid->bytes + laid->len, 0, sizeof(uint64_t));
    return first;
}

static void pack_side_by_side(const rv_symbol_packer *p, rv_text *texts, size_t n, unsigned char *out) {
    rv_laid_texts laid;
    for (size_t i = 0; i < n;) {
        size_t first = i;
        i = lay_texts(&laid, texts, first, n, out);
        uint32_t bytes = laid.len - laid.n;
        laid.stops[laid.n] = 0;
        if (i == first) { /* a text that is longer than all the room */
            bytes = texts[i].len;
            pack_alone(p, &texts[i++], 1, out);
        } else {
            rv_laid_pack(p, &laid, out);
        }
        out += 2 * (size_t)bytes;
    }
}

void rv_symbols_pack(const rv_symbol_packer *packer, rv_text *texts, size_t n, unsigned char *out) {
    if (packer->has_zeros) pack_alone(packer, texts, n, out);
    else pack_side_by_side(packer, texts, n, out);
}

size_t rv_symbols_unpack(const rv_symbol_table *table, const unsigned char *packed, size_t n, char *out) {
    char *to = out;
    unsigned none = 0; /* some symbol isn't there */
    for (const unsigned char *end = packed + n; packed < end; packed++) {
        unsigned code = *packed, length = table->lengths[code];
        if (code == RV_SYMBOL_ESCAPE) {
            if (++packed == end) return SIZE_MAX;
            *to++ = (char)*packed;
            continue;
        }
        memcpy(to, &table->symbols[code], 8);
        none |= length == 0;
        to += length;
    }
    return none ? SIZE_MAX : (size_t)(to - out);
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
        unsigned step = longest_symbol(&t->packer, word, len - at), code = step & 0xff;
        at += step >> 8;
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
    rv_symbols_prepare(&(rv_symbol_table){0}, &t->packer);
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
