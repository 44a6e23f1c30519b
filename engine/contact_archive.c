/*
 * An archive's contacts: a block of 16,384 is two packed frames, one of origins and one of columns (text_column.h).
 * Jobs ask for rows at random, and would decode a block for each; so a block is decoded once, into row form, and kept
 * until the megabase closes (some 130 bytes a contact). Threads that meet in a block may decode it twice; one of the
 * results is kept.
 */
#include "megabase_internal.h"

typedef struct frame { /* decoded, and its parts */
    unsigned char *bytes;
    size_t cap;
    rv_text parts[RV_COLUMNS_MAX * RV_COLUMN_STREAMS];
} frame;

struct rv_archive_decoder {
    rv_codec *codec;
    frame contacts, origins;
    rv_text_column *columns[RV_COLUMNS_MAX];
    rv_cursor parts[RV_PARTS_MAX];
    rv_contact_view view;
    rv_buffer rows;
    uint32_t *ends;          /* of a block's contacts in row form */
    rv_row_block *own_block; /* when the megabase forgets blocks */
    uint64_t own_number;
};

rv_status rv_archive_decoder_new(rv_archive_decoder **out, rv_error *err) {
    rv_archive_decoder *d = rv_new(sizeof *d, err);
    if (!d) return RV_NO_MEMORY;
    if (rv_codec_new(&d->codec, err) != RV_OK) {
        rv_free(d);
        return RV_NO_MEMORY;
    }
    *out = d;
    return RV_OK;
}

void rv_archive_decoder_free(rv_archive_decoder *d) {
    if (!d) return;
    rv_codec_free(d->codec);
    rv_pages_free(d->contacts.bytes, d->contacts.cap);
    rv_pages_free(d->origins.bytes, d->origins.cap);
    for (unsigned c = 0; c < RV_COLUMNS_MAX; c++) rv_text_column_free(d->columns[c]);
    rv_buffer_free(&d->rows);
    rv_free(d->ends);
    rv_free(d->own_block);
    rv_free(d);
}

/* A frame: the lengths of its parts, u32 each, then the parts. */
static rv_status decode_frame(rv_archive_decoder *d, rv_megabase *m, const rv_rvl_entry *e, uint64_t number, frame *out,
                              unsigned parts, rv_error *err) {
    const unsigned char *packed;
    size_t n, raw;
    RV_TRY(rv_rvl_frame(m->file, e, number, &packed, &n, err));
    if (!rv_codec_raw_size(packed, n, RV_RVL_FRAME_MAX, &raw) || raw < parts * 4)
        return rv_megabase_corrupt(m, err, "a block of contacts makes no sense");
    if (raw > out->cap) {
        rv_pages_free(out->bytes, out->cap);
        out->cap = 0;
        out->bytes = rv_pages_new(raw + raw / 4, err);
        if (!out->bytes) return RV_NO_MEMORY;
        out->cap = raw + raw / 4;
    }
    RV_TRY(rv_codec_unpack(d->codec, packed, n, out->bytes, raw, err));
    size_t at = parts * 4;
    for (unsigned p = 0; p < parts; p++) {
        uint32_t length;
        memcpy(&length, out->bytes + p * 4, 4);
        if (length > raw - at) return rv_megabase_corrupt(m, err, "a block of contacts makes no sense");
        out->parts[p] = rv_text_make((const char *)out->bytes + at, length);
        at += length;
    }
    return RV_OK;
}

static rv_cursor cursor_of(rv_text text) {
    const unsigned char *at = (const unsigned char *)text.ptr;
    return (rv_cursor){at, at + text.len, true};
}

static rv_status unpack_column(rv_archive_decoder *d, rv_megabase *m, unsigned c, uint32_t rows, size_t *limit,
                               rv_text *lengths, rv_text *bytes, rv_error *err) {
    if (!d->columns[c]) RV_TRY(rv_text_column_new(&d->columns[c], err));
    rv_status status = rv_text_column_unpack(d->columns[c], d->contacts.parts + c * RV_COLUMN_STREAMS, rows, *limit,
                                             lengths, bytes, err);
    if (status == RV_CORRUPT) return rv_megabase_corrupt(m, err, "a block of contacts makes no sense");
    if (status == RV_OK) *limit -= bytes->len;
    return status;
}

/* Both frames of a block, each part under its cursor. */
static rv_status open_block(rv_archive_decoder *d, rv_megabase *m, uint64_t number, uint32_t rows, rv_error *err) {
    unsigned columns = rv_contact_columns(&m->shape);
    size_t limit = RV_ARCHIVE_TEXT_MAX;
    RV_TRY(decode_frame(d, m, m->origins, number, &d->origins, RV_ORIGIN_PARTS, err));
    RV_TRY(decode_frame(d, m, m->contacts, number, &d->contacts, columns * RV_COLUMN_STREAMS, err));
    for (unsigned p = 0; p < RV_ORIGIN_PARTS; p++) d->parts[p] = cursor_of(d->origins.parts[p]);
    for (unsigned c = 0; c < columns; c++) {
        rv_text lengths, bytes;
        RV_TRY(unpack_column(d, m, c, rows, &limit, &lengths, &bytes, err));
        d->parts[rv_part_lengths(c)] = cursor_of(lengths);
        d->parts[rv_part_bytes(c)] = cursor_of(bytes);
    }
    return RV_OK;
}

/* Columns into rows. */
static rv_status turn_block(rv_archive_decoder *d, rv_megabase *m, uint64_t number, rv_row_block **out, rv_error *err) {
    uint32_t left = m->meta.rows - (uint32_t)number * m->block_rows, rows = left < m->block_rows ? left : m->block_rows;
    RV_TRY(open_block(d, m, number, rows, err));
    d->rows.len = 0;
    if (!d->ends && !(d->ends = rv_array_new(m->block_rows, sizeof *d->ends, err))) return RV_NO_MEMORY;
    uint32_t *ends = d->ends;
    for (uint32_t i = 0; i < rows; i++) {
        RV_TRY(rv_contact_decode_columns(&m->shape, d->parts, &d->view, err));
        rv_contact_rewrite(&m->shape, &d->view, &d->rows);
        if (d->rows.len > UINT32_MAX - rows * 4)
            return rv_megabase_corrupt(m, err, "a block of contacts makes no sense");
        ends[i] = (uint32_t)(d->rows.len + rows * 4);
    }
    RV_TRY(rv_buffer_check(&d->rows, err));
    rv_row_block *block = rv_new(sizeof *block + rows * 4 + d->rows.len, err);
    if (!block) return RV_NO_MEMORY;
    block->rows = rows;
    block->n = rows * 4 + d->rows.len;
    memcpy(block->bytes, ends, rows * 4);
    if (d->rows.len) memcpy(block->bytes + rows * 4, d->rows.data, d->rows.len);
    *out = block;
    return RV_OK;
}

rv_status rv_archive_block(rv_archive_decoder *d, rv_megabase *m, uint64_t number, const rv_row_block **out,
                           rv_error *err) {
    rv_row_block *kept = atomic_load_explicit(&m->blocks[number], memory_order_acquire), *made;
    if (!kept && d->own_block && d->own_number == number) kept = d->own_block;
    if (!kept) {
        RV_TRY(turn_block(d, m, number, &made, err));
        if (m->forget_blocks) {
            rv_free(d->own_block);
            d->own_block = made;
            d->own_number = number;
            kept = made;
        } else if (atomic_compare_exchange_strong(&m->blocks[number], &kept, made)) {
            kept = made;
        } else {
            rv_free(made);
        }
    }
    *out = kept;
    return RV_OK;
}
