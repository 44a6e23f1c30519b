/*
 * Packing the texts of a column, many at once: the kernel behind rv_symbols_pack, compiled from symbol_pack_simd.h as it is
 * and for AVX2. The bytes are the same whichever packs them.
 *
 * Texts are laid one behind the other, each with a zero behind it, which no symbol holds (a table that has such a symbol is
 * packed text by text).
 */
#ifndef RV_SYMBOL_PACK_H
#define RV_SYMBOL_PACK_H

#include "symbol_table.h"

enum { RV_LAID_TEXTS = 512, RV_LAID_BYTES = 16 << 10 };

typedef struct rv_laid_texts {
    uint32_t n, len;
    rv_text *texts[RV_LAID_TEXTS + 1]; /* none of them empty */
    uint32_t stops[RV_LAID_TEXTS + 1]; /* where each ends in the bytes; 0 behind the last */
    uint32_t ends[RV_LAID_TEXTS + 1];  /* where its packed form ends */
    char bytes[RV_LAID_BYTES + sizeof(uint64_t)];
} rv_laid_texts;

static inline uint32_t rv_symbol_hash(uint64_t word) {                  /* of the first three bytes */
    return (uint32_t)(((word & 0xffffff) * 0x9e3779b97f4a7c15u) >> 54); /* 10 bits: RV_SYMBOL_HASH */
}

/* Replaces each text by its packed form, which stands somewhere in out: room for twice the bytes of all. */
void rv_laid_pack(const rv_symbol_packer *packer, rv_laid_texts *laid, unsigned char *out);
void rv_laid_pack_scalar(const rv_symbol_packer *packer, rv_laid_texts *laid, unsigned char *out);
void rv_laid_pack_avx2(const rv_symbol_packer *packer, rv_laid_texts *laid, unsigned char *out);

#endif
