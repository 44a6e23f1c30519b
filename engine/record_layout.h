/*
 * Where each attribute's code lies. Codes of 4 and 8 bits share one record per row, fixed in width, since a client file
 * hits one row in a hundred at random: what is fetched together lies together (64 attributes of 4 bits are half a cache
 * line; 64 columns would be 64 misses). Codes of 16 and 32 bits have a side column each.
 */
#ifndef RV_RECORD_LAYOUT_H
#define RV_RECORD_LAYOUT_H

#include "schema.h"

typedef struct rv_record_place {
    uint32_t at;    /* byte of the record; 0 for a side column */
    uint8_t bits;   /* 4, 8, 16, 32 */
    uint8_t shift;  /* 0 or 4 */
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


/* The codes at n places of a record; places of side columns are skipped. */
void rv_record_unpack(const rv_record_place *places, size_t n, const unsigned char *record, uint32_t *out);

#endif
