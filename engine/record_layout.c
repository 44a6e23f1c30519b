/* Four-bit codes first, two to a byte, the even one in the low half, in schema order; then the bytes. */
#include "record_layout.h"

#include "cpu.h"

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

size_t rv_record_stretches(const rv_record_place *places, size_t n, rv_record_stretch *stretches) {
    size_t made = 0;
    for (size_t i = 0, length; i < n; i += length) {
        const rv_record_place *p = &places[i];
        length = 1;
        if (p->bits > 8) continue;
        for (; i + length < n && places[i + length].bits == p->bits; length++) {
            const rv_record_place *q = &places[i + length];
            size_t halves = (size_t)p->at * 2 + (p->shift != 0), wanted = halves + length * (p->bits / 4);
            if (p->shift || (size_t)q->at * 2 + (q->shift != 0) != wanted) break;
        }
        bool single = p->bits == 4 && length == 1;
        stretches[made++] = (rv_record_stretch){p->at, (uint32_t)i, (uint32_t)length, single ? 0 : p->bits, p->shift};
    }
    return made;
}

void rv_nibbles_unpack_scalar(const unsigned char *bytes, size_t n, uint32_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = (uint32_t)(bytes[i / 2] >> (i % 2 * 4)) & 15;
}

void rv_record_unpack(const rv_record_stretch *stretches, size_t n, const unsigned char *record, uint32_t *out) {
    bool wide = rv_cpu_level() >= RV_CPU_AVX2;
    for (const rv_record_stretch *s = stretches; s < stretches + n; s++) {
        uint32_t *to = out + s->out;
        if (s->bits == 0) *to = (uint32_t)(record[s->at] >> s->shift) & 15;
        else if (s->bits == 8)
            for (uint32_t i = 0; i < s->n; i++) to[i] = record[s->at + i];
        else if (wide) rv_nibbles_unpack_avx2(record + s->at, s->n, to);
        else rv_nibbles_unpack_scalar(record + s->at, s->n, to);
    }
}
