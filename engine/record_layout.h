/*
 * Where each attribute's code lies. Codes of 4 and 8 bits share one record per row, fixed in width, since a client file
 * hits one row in a hundred at random: what is fetched together lies together (64 attributes of 4 bits are half a cache
 * line; 64 columns would be 64 misses). Codes of 16 and 32 bits have a side column each.
 */
#ifndef RV_RECORD_LAYOUT_H
#define RV_RECORD_LAYOUT_H

#include "schema.h"

typedef struct rv_record_place {
    uint32_t at;     /* byte of the record; 0 for a side column */
    uint8_t bits;    /* 4, 8, 16, 32 */
    uint8_t shift;   /* 0 or 4 */
    uint32_t values; /* the largest code there is */
} rv_record_place;

typedef struct rv_record_layout {
    uint32_t width; /* bytes of a record; may be 0 */
    uint32_t n;
    rv_record_place *places; /* per attribute */
} rv_record_layout;

uint32_t rv_code_bits(uint32_t values); /* the narrowest width that holds codes 0..values */
rv_status rv_record_layout_of(const rv_schema *schema, rv_record_layout *out, rv_error *err);
void rv_record_layout_reset(rv_record_layout *layout);

/* One row's codes into a zeroed record; side columns are left alone. */
void rv_record_pack(const rv_record_layout *layout, const uint32_t *codes, unsigned char *record);

/* How to fetch the codes of some attributes: where neighbours in the record are wanted side by side, they are unpacked
 * together. */
typedef struct rv_record_stretch {
    uint32_t at;   /* first byte of the record */
    uint32_t out;  /* where its codes go */
    uint32_t n;    /* codes */
    uint8_t bits;  /* 4 (two to a byte, from the low half of the first) or 8; 0: one code, by its shift */
    uint8_t shift; /* of a single code of 4 bits */
} rv_record_stretch;
/* stretches: room for n; returns their number. Places of side columns are left out. */
size_t rv_record_stretches(const rv_record_place *places, size_t n, rv_record_stretch *stretches);
void rv_record_unpack(const rv_record_stretch *stretches, size_t n, const unsigned char *record, uint32_t *out);

/* Kernel: n codes of 4 bits, two to a byte. Reads (n + 1) / 2 bytes. */
void rv_nibbles_unpack_scalar(const unsigned char *bytes, size_t n, uint32_t *out);
void rv_nibbles_unpack_avx2(const unsigned char *bytes, size_t n, uint32_t *out);

#endif
