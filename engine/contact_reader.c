/*
 * Reading contacts: each is found in its block and decoded alone. In an image blocks are small and lie in the file; rows
 * come at random, so a group of them asks memory for all its places, then for all its bytes, and only then decodes. In
 * an archive a block is 4,096 contacts, decoded at first touch (contact_archive.c).
 */
#include "megabase_internal.h"

enum { GROUP = 32 };

struct rv_contact_reader {
    rv_megabase *megabase;
    rv_contact_view view;
    rv_cursor one;                    /* the contact's bytes */
    rv_cursor *cursors[RV_PARTS_MAX]; /* per part: all the same, in row form */
    rv_archive_decoder *decoder;
};

rv_status rv_contact_reader_new(rv_megabase *megabase, rv_contact_reader **out, rv_error *err) {
    rv_contact_reader *r = rv_new(sizeof *r, err);
    if (!r) return RV_NO_MEMORY;
    r->megabase = megabase;
    for (unsigned p = 0; p < RV_PARTS_MAX; p++) r->cursors[p] = &r->one;
    if (!megabase->image && rv_archive_decoder_new(&r->decoder, err) != RV_OK) {
        rv_free(r);
        return RV_NO_MEMORY;
    }
    *out = r;
    return RV_OK;
}

void rv_contact_reader_free(rv_contact_reader *r) {
    if (!r) return;
    rv_archive_decoder_free(r->decoder);
    rv_free(r);
}

/* --- Image ------------------------------------------------------------------------------------------------------- */

typedef struct small_block {
    uint64_t at, n;
    uint32_t rows;
} small_block;

static const unsigned char *places_of(const rv_megabase *m, uint32_t row) {
    return m->places_view.bytes + (uint64_t)(row / RV_SMALL_BLOCK) * 8;
}

static rv_status find_block(rv_megabase *m, uint32_t row, small_block *out, rv_error *err) {
    uint64_t number = row / RV_SMALL_BLOCK, ends[2];
    RV_TRY(rv_rvl_touch(&m->places_view, number * 8, 16, err));
    memcpy(ends, places_of(m, row), 16);
    uint32_t left = m->meta.rows - (uint32_t)number * RV_SMALL_BLOCK;
    *out = (small_block){ends[0], ends[1] - ends[0], left < RV_SMALL_BLOCK ? left : RV_SMALL_BLOCK};
    if (ends[0] > ends[1] || ends[1] > m->contacts->stored || out->n < out->rows * 2)
        return rv_megabase_corrupt(m, err, "a block of contacts has no sensible place");
    return RV_OK;
}

/* The bytes of one contact in its block, asked for but not proved yet: after the table of ends, whose entries are as wide
 * as the block needs. */
static rv_status find_contact(rv_megabase *m, uint32_t row, const small_block *block, rv_cursor *out, rv_error *err) {
    const unsigned char *bytes = m->contacts_view.bytes + block->at;
    uint32_t width = block->n <= 65535 ? 2 : 4, i = row % RV_SMALL_BLOCK, from = block->rows * width, to = 0;
    bool sane = block->n >= from;
    if (sane) RV_TRY(rv_rvl_touch(&m->contacts_view, block->at, from, err));
    if (sane && i) {
        from = 0;
        memcpy(&from, bytes + (i - 1) * width, width);
    }
    if (sane) memcpy(&to, bytes + i * width, width);
    if (!sane || from < block->rows * width || from >= to || to > block->n)
        return rv_megabase_corrupt(m, err, "a contact has no sensible place in its block");
    rv_rvl_fetch(&m->contacts_view, block->at + from, to - from);
    *out = (rv_cursor){bytes + from, bytes + to, true};
    return RV_OK;
}

/* fields: per contact, or NULL; out NULL: the view alone, of the last one. */
static rv_status read_image(rv_contact_reader *r, const uint32_t *rows, size_t n, const uint64_t *fields,
                            rv_arena *arena, rv_contact *out, rv_error *err) {
    rv_megabase *m = r->megabase;
    small_block blocks[GROUP];
    rv_cursor cursors[GROUP];
    const unsigned char *bytes = m->contacts_view.bytes;
    for (size_t i = 0; i < n; i++) __builtin_prefetch(places_of(m, rows[i]));
    for (size_t i = 0; i < n; i++) {
        RV_TRY(find_block(m, rows[i], &blocks[i], err));
        rv_rvl_expect(&m->contacts_view, blocks[i].at);
    }
    for (size_t i = 0; i < n; i++)
        if (blocks[i].n) rv_rvl_fetch(&m->contacts_view, blocks[i].at, 2 * RV_SMALL_BLOCK);
    for (size_t i = 0; i < n; i++) RV_TRY(find_contact(m, rows[i], &blocks[i], &cursors[i], err));
    for (size_t i = 0; i < n; i++) {
        r->one = cursors[i];
        RV_TRY(rv_rvl_touch(&m->contacts_view, (uint64_t)(r->one.at - bytes), (uint64_t)(r->one.end - r->one.at), err));
        RV_TRY(rv_contact_decode(&m->shape, r->cursors, out != NULL, &r->view, err));
        if (!out) continue;
        RV_TRY(rv_contact_materialize(&m->shape, &r->view, m->tables, fields ? &fields[i] : NULL, arena, &out[i], err));
    }
    return RV_OK;
}

/* --- Archive ----------------------------------------------------------------------------------------------------- */

/* The view of a contact in an archive. */
static rv_status view_archive(rv_contact_reader *r, uint32_t row, bool with_texts, rv_error *err) {
    const rv_row_block *block;
    RV_TRY(rv_archive_block(r->decoder, r->megabase, row / r->megabase->block_rows, &block, err));
    uint32_t i = row % r->megabase->block_rows, from = block->rows * 4, to;
    if (i) memcpy(&from, block->bytes + (i - 1) * 4, 4);
    memcpy(&to, block->bytes + i * 4, 4);
    r->one = (rv_cursor){block->bytes + from, block->bytes + to, true};
    return rv_contact_decode(&r->megabase->shape, r->cursors, with_texts, &r->view, err);
}

static rv_status read_archive(rv_contact_reader *r, const uint32_t *rows, size_t n, const uint64_t *fields,
                              rv_arena *arena, rv_contact *out, rv_error *err) {
    for (size_t i = 0; i < n; i++) {
        RV_TRY(view_archive(r, rows[i], true, err));
        RV_TRY(rv_contact_materialize(&r->megabase->shape, &r->view, NULL, fields ? &fields[i] : NULL, arena, &out[i],
                                      err));
    }
    return RV_OK;
}

static rv_status at_file(const rv_megabase *m, rv_status status, rv_error *err) {
    if (status != RV_OK && err && !err->file[0]) rv_error_at(err, rv_rvl_path(m->file), 0, 0);
    return status;
}

rv_status rv_contact_read_some(rv_contact_reader *r, const uint32_t *rows, size_t n, const uint64_t *fields,
                               rv_arena *arena, rv_contact *out, rv_error *err) {
    rv_megabase *m = r->megabase;
    RV_TRY(rv_rows_check(m, rows, n, err));
    if (!m->image) return at_file(m, read_archive(r, rows, n, fields, arena, out, err), err);
    for (size_t at = 0; at < n; at += GROUP) {
        size_t some = n - at < GROUP ? n - at : GROUP;
        RV_TRY(at_file(m, read_image(r, rows + at, some, fields ? fields + at : NULL, arena, out + at, err), err));
    }
    return RV_OK;
}

rv_status rv_contact_read(rv_contact_reader *r, const uint32_t *rows, size_t n, rv_arena *arena, rv_contact *out,
                          rv_error *err) {
    return rv_contact_read_some(r, rows, n, NULL, arena, out, err);
}

/* --- Origins of attributes --------------------------------------------------------------------------------------- */

/* With dates, for codes that rv_megabase_codes gave; {UINT16_MAX, RV_DATE_NONE} where the code is 0. */
static rv_status attribute_origins(rv_contact_reader *r, const uint32_t *rows, size_t n, const uint32_t *codes,
                                   const uint32_t *attributes, size_t n_attributes, rv_origin *out, rv_error *err) {
    rv_megabase *m = r->megabase;
    RV_TRY(rv_rows_check(m, rows, n, err));
    for (size_t i = 0; i < n; i++) {
        rv_status status =
            m->image ? read_image(r, &rows[i], 1, NULL, NULL, NULL, err) : view_archive(r, rows[i], false, err);
        if (status != RV_OK) return at_file(m, status, err);
        for (size_t j = 0; j < n_attributes; j++) {
            size_t to = i * n_attributes + j;
            out[to] = codes[to] && r->view.n_origins ? rv_contact_attribute_origin(&m->shape, &r->view, attributes[j])
                                                     : (rv_origin){UINT16_MAX, RV_DATE_NONE};
        }
    }
    return RV_OK;
}

rv_status rv_megabase_attribute_sources(rv_contact_reader *r, const uint32_t *rows, size_t n,
                                        const uint32_t *attributes, size_t n_attributes, uint16_t *out, rv_error *err) {
    if (n == 0 || n_attributes == 0) return RV_OK;
    uint32_t *codes = rv_array_new(n, n_attributes * sizeof *codes, err);
    rv_origin *origins = codes ? rv_array_new(n, n_attributes * sizeof *origins, err) : NULL;
    rv_status status =
        origins ? rv_megabase_codes(r->megabase, rows, n, attributes, n_attributes, codes, err) : RV_NO_MEMORY;
    if (status == RV_OK)
        status = attribute_origins(r, rows, n, codes, attributes, n_attributes, origins, err);
    for (size_t i = 0; status == RV_OK && i < n * n_attributes; i++) out[i] = origins[i].source;
    rv_free(codes);
    rv_free(origins);
    return status;
}
