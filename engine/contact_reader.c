/*
 * Reading contacts. In an image each carries a seal, its own and its record's: rows come at random, so a group of them asks
 * memory for all their places and records, then for all their bytes and no others, and only then proves and decodes them.
 * In an archive a block is 16,384 contacts, decoded at first touch (contact_archive.c).
 */
#include "megabase_internal.h"

enum { GROUP = 32 };

struct rv_contact_reader {
    rv_megabase *megabase;
    rv_contact_view view;
    rv_archive_decoder *decoder;
};

rv_status rv_contact_reader_new(rv_megabase *megabase, rv_contact_reader **out, rv_error *err) {
    rv_contact_reader *r = rv_new(sizeof *r, err);
    if (!r) return RV_NO_MEMORY;
    r->megabase = megabase;
    rv_status status = megabase->image ? rv_rvl_check_size(megabase->file, err) /* what is touched later must be there */
                                       : rv_archive_decoder_new(&r->decoder, err);
    if (status == RV_OK) status = rv_rows_ready(megabase, &megabase->records, err);
    if (status == RV_OK) *out = r;
    else rv_contact_reader_free(r);
    return status;
}

void rv_contact_reader_free(rv_contact_reader *r) {
    if (!r) return;
    rv_archive_decoder_free(r->decoder);
    rv_free(r);
}

/* --- Image ------------------------------------------------------------------------------------------------------- */

/* A place that can't be, or bytes that aren't those sealed: says which block is damaged, if one is. Places that were
 * moved with all their seals show nowhere else. */
static rv_status contact_damaged(rv_megabase *m, uint32_t row, rv_error *err) {
    uint64_t at, n;
    RV_TRY(rv_rvl_prove(m->file, m->places, (uint64_t)(row / RV_PLACE_ROWS) * sizeof(rv_places), sizeof(rv_places),
                        err));
    if (!rv_contact_place(m, row, &at, &n))
        return rv_megabase_corrupt(m, err, "a contact has no sensible place");
    RV_TRY(rv_rvl_prove(m->file, m->contacts, at, n, err));
    uint64_t width = m->records.width;
    if (width) RV_TRY(rv_rvl_prove(m->file, m->records.entry, row * width, width, err));
    return rv_megabase_corrupt(m, err, "a contact doesn't agree with its seal");
}

static bool is_sealed(const rv_megabase *m, uint32_t row, const unsigned char *bytes, size_t n) {
    uint64_t seal;
    memcpy(&seal, bytes, sizeof seal);
    return seal == rv_contact_seal(m->seed, row, rv_record_of(m, row), m->records.width, bytes + RV_CONTACT_SEAL,
                                   n - RV_CONTACT_SEAL);
}

typedef struct placed_contact {
    uint64_t at, n;
} placed_contact;

/* All that seals cover is proved: then no contact needs to be by itself. */
static bool is_prepared(const rv_megabase *m) {
    return rv_rvl_all_proved(m->file, m->contacts) && rv_rvl_all_proved(m->file, m->places) &&
           (!m->records.width || rv_rvl_all_proved(m->file, m->records.entry));
}

static void note_read(const rv_megabase *m, uint32_t row, uint64_t at) {
    rv_rvl_note(&m->places_view, (uint64_t)(row / RV_PLACE_ROWS) * sizeof(rv_places));
    rv_rvl_note(&m->contacts_view, at);
    if (m->records.width) rv_rvl_note(&m->records.view, (uint64_t)row * m->records.width);
}

/* fields: per contact, or NULL; out NULL: the view alone, of the last one. */
static rv_status read_image(rv_contact_reader *r, const uint32_t *rows, size_t n, const uint64_t *fields,
                            rv_arena *arena, rv_contact *out, rv_error *err) {
    rv_megabase *m = r->megabase;
    placed_contact placed[GROUP];
    bool prepared = is_prepared(m);
    for (size_t i = 0; i < n; i++) {
        rv_places_fetch(m, rows[i]);
        if (!prepared) rv_lines_fetch(rv_record_of(m, rows[i]), m->records.width);
    }
    for (size_t i = 0; i < n; i++) {
        if (!rv_contact_place(m, rows[i], &placed[i].at, &placed[i].n)) return contact_damaged(m, rows[i], err);
        rv_lines_fetch(m->contacts_view.bytes + placed[i].at, placed[i].n);
    }
    for (size_t i = 0; i < n; i++) {
        const unsigned char *bytes = m->contacts_view.bytes + placed[i].at;
        size_t length = (size_t)placed[i].n;
        if (!prepared) {
            if (!is_sealed(m, rows[i], bytes, length)) return contact_damaged(m, rows[i], err);
            note_read(m, rows[i], placed[i].at);
        }
        RV_TRY(rv_contact_decode(&m->shape, bytes + RV_CONTACT_SEAL, length - RV_CONTACT_SEAL, out != NULL, &r->view,
                                 err));
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
    return rv_contact_decode(&r->megabase->shape, block->bytes + from, to - from, with_texts, &r->view, err);
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

rv_status rv_contact_read_coded(rv_contact_reader *r, const uint32_t *rows, size_t n, const uint64_t *fields,
                                const uint32_t *attributes, size_t n_attributes, rv_arena *arena, rv_contact *out,
                                uint32_t *out_codes, rv_error *err) {
    RV_TRY(rv_contact_read_some(r, rows, n, fields, arena, out, err));
    return rv_codes_of(r->megabase, rows, n, r->megabase->image, attributes, n_attributes, out_codes, err);
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
