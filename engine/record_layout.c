/* Four-bit codes first, two to a byte, the even one in the low half, in schema order; then the bytes. */
#include "record_layout.h"

uint32_t rv_code_bits(uint32_t values) { return values < 16 ? 4 : values < 256 ? 8 : values < 65536 ? 16 : 32; }

rv_status rv_record_layout_of(const rv_schema *schema, rv_record_layout *out, rv_error *err) {
    rv_record_layout layout = {.n = schema->n_attributes};
    layout.places = rv_array_new(schema->n_attributes + 1, sizeof *layout.places, err);
    if (!layout.places) return RV_NO_MEMORY;
    uint32_t halves = 0, bytes = 0;
    for (uint32_t i = 0; i < layout.n; i++) {
        const rv_attribute *a = &schema->attributes[i];
        layout.places[i] = (rv_record_place){.bits = (uint8_t)a->bits, .values = a->values};
        if (a->bits != 4) continue;
        layout.places[i].at = halves / 2;
        layout.places[i].shift = (uint8_t)(halves++ % 2 * 4);
    }
    for (uint32_t i = 0; i < layout.n; i++)
        if (layout.places[i].bits == 8) layout.places[i].at = (halves + 1) / 2 + bytes++;
    layout.width = (halves + 1) / 2 + bytes;
    *out = layout;
    return RV_OK;
}

void rv_record_layout_reset(rv_record_layout *layout) {
    rv_free(layout->places);
    *layout = (rv_record_layout){0};
}

void rv_record_pack(const rv_record_layout *layout, const uint32_t *codes, unsigned char *record) {
    for (uint32_t i = 0; i < layout->n; i++) {
        const rv_record_place *p = &layout->places[i];
        if (p->bits <= 8) record[p->at] = (unsigned char)(record[p->at] | codes[i] << p->shift);
    }
}

void rv_record_unpack(const rv_record_place *places, size_t n, const unsigned char *record, uint32_t *out) {
    for (size_t i = 0; i < n; i++) {
        const rv_record_place *p = &places[i];
        if (p->bits <= 8) out[i] = (uint32_t)(record[p->at] >> p->shift) & ((1u << p->bits) - 1);
    }
}
