/*
 * Reading contacts. In an image each is read alone: its place (an array that fits the last-level cache), its bytes. Rows
 * come at random, so a group of them asks memory for all its places, then for all its bytes, and only then decodes.
 * In an archive a block of 4,096 is decoded whole; rows are visited block by block, and the last block is kept.
 */
#include "megabase_internal.h"

#include <stdlib.h>

enum { GROUP = 32, FRAME_MAX = 64 << 20 };

typedef struct archive_part { /* a decoded frame and its streams */
    unsigned char *bytes;
    size_t cap;
    rv_cursor cursors[RV_PARTS_MAX];
} archive_part;

typedef struct sorted_row {
    uint32_t row, at;
} sorted_row;

struct rv_contact_reader {
    rv_megabase *megabase;
    rv_contact_view view;
    rv_cursor one;                   /* image: the contact's bytes */
    rv_cursor *cursors[RV_PARTS_MAX]; /* per part: image, all the same */
    rv_codec *codec;
    archive_part contacts, origins;
    uint64_t block;    /* the frame that is decoded, or UINT64_MAX */
    uint32_t next;     /* the row that the cursors stand before */
    bool with_texts;   /* contacts is decoded too */
    sorted_row *order;
    size_t order_cap;
};

rv_status rv_contact_reader_new(rv_megabase *megabase, rv_contact_reader **out, rv_error *err) {
    rv_contact_reader *r = rv_new(sizeof *r, err);
    if (!r) return RV_NO_MEMORY;
    r->megabase = megabase;
    r->block = UINT64_MAX;
    for (unsigned p = 0; p < RV_PARTS_MAX; p++)
        r->cursors[p] = megabase->image         ? &r->one
                        : p < RV_ORIGIN_PARTS ? &r->origins.cursors[p]
                                              : &r->contacts.cursors[p];
    *out = r;
    return RV_OK;
}

void rv_contact_reader_free(rv_contact_reader *r) {
    if (!r) return;
    rv_codec_free(r->codec);
    rv_pages_free(r->contacts.bytes, r->contacts.cap);
    rv_pages_free(r->origins.bytes, r->origins.cap);
    rv_free(r->order);
    rv_free(r);
}

/* --- Image ------------------------------------------------------------------------------------------------------- */

typedef struct small_block {
    uint64_t at, n;
    uint32_t rows;
} small_block;

static const unsigned char *places_of(const rv_megabase *m, uint32_t row) {
    return rv_rvl_bytes(m->file, m->places) + (uint64_t)(row / RV_SMALL_BLOCK) * 8;
}

static rv_status find_block(rv_megabase *m, uint32_t row, small_block *out, rv_error *err) {
    uint64_t number = row / RV_SMALL_BLOCK, ends[2];
    RV_TRY(rv_rvl_prove(m->file, m->places, number * 8, 16, err));
    memcpy(ends, places_of(m, row), 16);
    uint32_t left = m->meta.rows - (uint32_t)number * RV_SMALL_BLOCK;
    *out = (small_block){ends[0], ends[1] - ends[0], left < RV_SMALL_BLOCK ? left : RV_SMALL_BLOCK};
    if (ends[0] > ends[1] || ends[1] > m->contacts->stored || out->n < out->rows * 2)
        return rv_megabase_corrupt(m, err, "a block of contacts has no sensible place");
    return RV_OK;
}

/* The bytes of one contact in its block: after the table of ends, whose entries are as wide as the block needs. */
static rv_status find_contact(rv_megabase *m, uint32_t row, const small_block *block, rv_cursor *out, rv_error *err) {
    RV_TRY(rv_rvl_prove(m->file, m->contacts, block->at, block->n, err));
    const unsigned char *bytes = rv_rvl_bytes(m->file, m->contacts) + block->at;
    uint32_t width = block->n <= 65535 ? 2 : 4, i = row % RV_SMALL_BLOCK, from = block->rows * width, to = 0;
    if (i) {
        from = 0;
        memcpy(&from, bytes + (i - 1) * width, width);
    }
    if (block->n >= (uint64_t)block->rows * width) memcpy(&to, bytes + i * width, width);
    if (from < block->rows * width || from > to || to > block->n)
        return rv_megabase_corrupt(m, err, "a contact has no sensible place in its block");
    *out = (rv_cursor){bytes + from, bytes + to, true};
    return RV_OK;
}

static rv_status read_image(rv_contact_reader *r, const uint32_t *rows, size_t n, rv_arena *arena, rv_contact *out, rv_error *err) {
    rv_megabase *m = r->megabase;
    small_block blocks[GROUP];
    rv_cursor cursors[GROUP];
    const unsigned char *bytes = rv_rvl_bytes(m->file, m->contacts);
    for (size_t i = 0; i < n; i++) __builtin_prefetch(places_of(m, rows[i]));
    for (size_t i = 0; i < n; i++) {
        RV_TRY(find_block(m, rows[i], &blocks[i], err));
        __builtin_prefetch(bytes + blocks[i].at + rows[i] % RV_SMALL_BLOCK * 2);
    }
    for (size_t i = 0; i < n; i++) {
        RV_TRY(find_contact(m, rows[i], &blocks[i], &cursors[i], err));
        for (const unsigned char *line = cursors[i].at; line < cursors[i].end && line < cursors[i].at + 256; line += 64)
            __builtin_prefetch(line);
    }
    for (size_t i = 0; i < n; i++) {
        r->one = cursors[i];
        RV_TRY(rv_contact_decode(&m->shape, r->cursors, out != NULL, &r->view, err));
        if (out) RV_TRY(rv_contact_materialize(&m->shape, &r->view, m->tables, arena, &out[i], err));
    }
    return RV_OK;
}

/* --- Archive ----------------------------------------------------------------------------------------------------- */

/* A frame: the lengths of its parts, u32 each, then the parts. */
static rv_status decode_part(rv_contact_reader *r, const rv_rvl_entry *e, archive_part *part, unsigned first, unsigned parts,
                             rv_error *err) {
    rv_megabase *m = r->megabase;
    const unsigned char *packed;
    size_t n, raw;
    RV_TRY(rv_rvl_frame(m->file, e, r->block, &packed, &n, err));
    if (!rv_codec_raw_size(packed, n, FRAME_MAX, &raw) || raw < parts * 4) return rv_megabase_corrupt(m, err, "a block of contacts makes no sense");
    if (raw > part->cap) {
        rv_pages_free(part->bytes, part->cap);
        part->cap = 0;
        part->bytes = rv_pages_new(raw + raw / 4, err);
        if (!part->bytes) return RV_NO_MEMORY;
        part->cap = raw + raw / 4;
    }
    if (!r->codec) RV_TRY(rv_codec_new(&r->codec, err));
    RV_TRY(rv_codec_unpack(r->codec, packed, n, part->bytes, raw, err));
    size_t at = parts * 4;
    for (unsigned p = 0; p < parts; p++) {
        uint32_t length;
        memcpy(&length, part->bytes + p * 4, 4);
        if (length > raw - at) return rv_megabase_corrupt(m, err, "a block of contacts makes no sense");
        part->cursors[first + p] = (rv_cursor){part->bytes + at, part->bytes + at + length, true};
        at += length;
    }
    return RV_OK;
}

static rv_status open_block(rv_contact_reader *r, uint64_t block, bool with_texts, rv_error *err) {
    r->block = block;
    r->next = (uint32_t)block * RV_CONTACT_BLOCK;
    r->with_texts = with_texts;
    rv_status status = decode_part(r, r->megabase->origins, &r->origins, 0, RV_ORIGIN_PARTS, err);
    if (status == RV_OK && with_texts)
        status = decode_part(r, r->megabase->contacts, &r->contacts, RV_ORIGIN_PARTS,
                             2 * rv_contact_columns(&r->megabase->shape), err);
    if (status != RV_OK) r->block = UINT64_MAX;
    return status;
}

/* Moves the cursors behind `row` and leaves it in view. */
static rv_status seek_row(rv_contact_reader *r, uint32_t row, bool with_texts, rv_error *err) {
    uint64_t block = row / RV_CONTACT_BLOCK;
    if (block == r->block && r->next == row + 1 && with_texts == r->with_texts) return RV_OK; /* still in view */
    if (block != r->block || r->next > row || with_texts != r->with_texts) RV_TRY(open_block(r, block, with_texts, err));
    while (r->next <= row) {
        rv_status status = rv_contact_decode(&r->megabase->shape, r->cursors, with_texts, &r->view, err);
        if (status != RV_OK) {
            r->block = UINT64_MAX;
            return status;
        }
        r->next++;
    }
    return RV_OK;
}

static int by_row(const void *a, const void *b) {
    const sorted_row *x = a, *y = b;
    return x->row != y->row ? (x->row < y->row ? -1 : 1) : (x->at > y->at) - (x->at < y->at);
}

static rv_status sort_rows(rv_contact_reader *r, const uint32_t *rows, size_t n, rv_error *err) {
    if (n > r->order_cap) {
        sorted_row *grown = rv_array_grow(r->order, n, sizeof *grown, err);
        if (!grown) return RV_NO_MEMORY;
        r->order = grown;
        r->order_cap = n;
    }
    bool sorted = true;
    for (size_t i = 0; i < n; i++) {
        r->order[i] = (sorted_row){rows[i], (uint32_t)i};
        sorted &= i == 0 || rows[i - 1] <= rows[i];
    }
    if (!sorted) qsort(r->order, n, sizeof *r->order, by_row);
    return RV_OK;
}

static rv_status read_archive(rv_contact_reader *r, const uint32_t *rows, size_t n, rv_arena *arena, rv_contact *out,
                              rv_error *err) {
    RV_TRY(sort_rows(r, rows, n, err));
    for (size_t i = 0; i < n; i++) {
        const sorted_row *s = &r->order[i];
        if (i && s[0].row == s[-1].row) { /* its texts are read-only: shared */
            out[s->at] = out[s[-1].at];
            continue;
        }
        RV_TRY(seek_row(r, s->row, true, err));
        RV_TRY(rv_contact_materialize(&r->megabase->shape, &r->view, NULL, arena, &out[s->at], err));
    }
    return RV_OK;
}

static rv_status at_file(const rv_megabase *m, rv_status status, rv_error *err) {
    if (status != RV_OK && err && !err->file[0]) rv_error_at(err, rv_rvl_path(m->file), 0, 0);
    return status;
}

rv_status rv_contact_read(rv_contact_reader *r, const uint32_t *rows, size_t n, rv_arena *arena, rv_contact *out, rv_error *err) {
    rv_megabase *m = r->megabase;
    RV_TRY(rv_rows_check(m, rows, n, err));
    if (!m->image) return at_file(m, read_archive(r, rows, n, arena, out, err), err);
    for (size_t at = 0; at < n; at += GROUP)
        RV_TRY(at_file(m, read_image(r, rows + at, n - at < GROUP ? n - at : GROUP, arena, out + at, err), err));
    return RV_OK;
}

/* --- Origins of attributes --------------------------------------------------------------------------------------- */

static rv_status view_origins(rv_contact_reader *r, uint32_t row, rv_error *err) {
    return r->megabase->image ? read_image(r, &row, 1, NULL, NULL, err) : seek_row(r, row, false, err);
}

rv_status rv_megabase_attribute_origins(rv_contact_reader *r, const uint32_t *rows, size_t n, const uint32_t *codes,
                                        const uint32_t *attributes, size_t n_attributes, rv_origin *out, rv_error *err) {
    rv_megabase *m = r->megabase;
    RV_TRY(rv_rows_check(m, rows, n, err));
    RV_TRY(sort_rows(r, rows, n, err));
    for (size_t i = 0; i < n; i++) {
        const sorted_row *s = &r->order[i];
        size_t to = s->at * n_attributes;
        if (i == 0 || s[0].row != s[-1].row) RV_TRY(at_file(m, view_origins(r, s->row, err), err));
        for (size_t j = 0; j < n_attributes; j++)
            out[to + j] = codes[to + j] && r->view.n_origins ? rv_contact_attribute_origin(&m->shape, &r->view, attributes[j])
                                                             : (rv_origin){UINT16_MAX, RV_DATE_NONE};
    }
    return RV_OK;
}

rv_status rv_megabase_attribute_sources(rv_contact_reader *r, const uint32_t *rows, size_t n, const uint32_t *attributes,
                                        size_t n_attributes, uint16_t *out, rv_error *err) {
    if (n == 0 || n_attributes == 0) return RV_OK;
    uint32_t *codes = rv_array_new(n, n_attributes * sizeof *codes, err);
    rv_origin *origins = codes ? rv_array_new(n, n_attributes * sizeof *origins, err) : NULL;
    rv_status status = origins ? rv_megabase_codes(r->megabase, rows, n, attributes, n_attributes, codes, err) : RV_NO_MEMORY;
    if (status == RV_OK) status = rv_megabase_attribute_origins(r, rows, n, codes, attributes, n_attributes, origins, err);
    for (size_t i = 0; status == RV_OK && i < n * n_attributes; i++) out[i] = origins[i].source;
    rv_free(codes);
    rv_free(origins);
    return status;
}
