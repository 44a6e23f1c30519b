/* Encoding a block of contacts: pure, any thread, no state but the block's own scratch. */
#include "megabase_block.h"

/* Whose texts are packed together, column by column: so many that a column's symbols are fetched once for them, so few that
 * all their texts stay in the second-level cache. */
enum { PACKED_ROWS = RV_IMAGE_BLOCK };

void rv_encoded_block_free(rv_encoded_block *e) {
    if (!e) return;
    rv_buffer_free(&e->contacts);
    rv_buffer_free(&e->places);
    rv_buffer_free(&e->origins);
    rv_buffer_free(&e->records.bytes);
    rv_buffer_free(&e->persons.bytes);
    for (uint32_t i = 0; e->wide && i < e->n_attributes; i++) rv_buffer_free(&e->wide[i].bytes);
    rv_free(e->wide);
    rv_free(e->fill);
    rv_arena_free(&e->arena);
    rv_codec_free(e->codec);
    for (unsigned p = 0; e->streams && p < e->n_streams; p++) rv_buffer_free(&e->streams[p]);
    rv_free(e->streams);
    rv_free(e->runs);
    rv_text_column_free(e->column);
    rv_buffer_free(&e->packed);
    rv_free(e->texts);
    rv_buffer_free(&e->turned);
    rv_free(e);
}

static rv_status new_block(const rv_megabase_writer *w, rv_encoded_block **out, rv_error *err) {
    rv_encoded_block *e = rv_new(sizeof *e, err);
    if (!e) return RV_NO_MEMORY;
    e->n_attributes = w->schema.n_attributes;
    e->wide = rv_array_new(e->n_attributes + 1, sizeof *e->wide, err);
    e->fill = rv_array_new(w->schema.n_fields + e->n_attributes + 1, sizeof *e->fill, err);
    unsigned columns = rv_contact_columns(&w->shape);
    size_t texts = w->image ? PACKED_ROWS : RV_CONTACT_BLOCK,
           runs = 1 + columns * (RV_COLUMN_STREAMS + RV_COLUMN_PAIRS_MAX);
    e->texts = rv_array_new(texts * columns, sizeof *e->texts, err);
    e->n_streams = columns * RV_COLUMN_STREAMS; /* more than RV_ORIGIN_PARTS: there are two columns at least */
    e->streams = rv_array_new(e->n_streams, sizeof *e->streams, err);
    e->runs = rv_array_new(runs, sizeof *e->runs, err);
    if (!e->wide || !e->fill || !e->texts || !e->streams || !e->runs || rv_codec_new(&e->codec, err) != RV_OK ||
        rv_text_column_new(&e->column, err) != RV_OK) {
        rv_encoded_block_free(e);
        return RV_NO_MEMORY;
    }
    *out = e;
    return RV_OK;
}

/* --- Fixed-width rows -------------------------------------------------------------------------------------------- */

/* `bytes` holds the rows; for an archive they are transposed and packed in place. */
static rv_status pack_rows(const rv_megabase_writer *w, rv_encoded_block *e, rv_packed_rows *rows, uint32_t width,
                           rv_error *err) {
    RV_TRY(rv_buffer_check(&rows->bytes, err));
    rows->raw = rows->bytes.len;
    if (w->image) return RV_OK;
    size_t ends[RV_MAX_PERSON_BYTES + RV_MAX_ATTRIBUTES]; /* a byte of each row is a run */
    for (uint32_t j = 0; j < width; j++) ends[j] = (size_t)(j + 1) * e->rows;
    e->turned.len = 0;
    if (!rv_buffer_reserve(&e->turned, rows->raw)) return rv_fail_memory(err, rows->raw);
    rv_bytes_transpose(rows->bytes.data, e->rows, width, e->turned.data);
    rows->bytes.len = 0;
    return rv_codec_pack_runs(e->codec, RV_PACK_LEVEL_ROWS, e->turned.data, ends, width, &rows->bytes, err);
}

static rv_status check_codes(const rv_megabase_writer *w, const rv_contact_block *b, rv_error *err) {
    uint32_t n = w->schema.n_attributes, wrong = 0;
    for (size_t i = 0; i < b->rows && !wrong; i++)
        for (uint32_t j = 0; j < n; j++) wrong |= b->codes[i * n + j] > w->most[j]; /* no branch: several a step */
    for (size_t i = 0; i < b->rows && wrong; i++)
        for (uint32_t j = 0; j < n; j++)
            if (b->codes[i * n + j] > w->most[j])
                return rv_fail(err, RV_BAD_ARGUMENT, "code %u of attribute %s isn't in its dictionary",
                               b->codes[i * n + j], w->schema.attributes[j].name);
    return RV_OK;
}

static const rv_origin *origins_of(const rv_contact_block *b, size_t row, uint32_t n_attributes) {
    return b->one_origin && b->one_origin[row] ? NULL : b->attribute_origins + row * n_attributes;
}

/* Image: persons in sealed lines. A block begins with a line, lines being powers of two and smaller. */
static rv_status line_persons(const rv_megabase_writer *w, const rv_contact_block *b, rv_encoded_block *e,
                              rv_error *err) {
    uint32_t width = w->schema.person_bytes, bytes = rv_person_line(width), rows = 1u << rv_person_shift(width);
    size_t total = (size_t)rv_person_lines(b->rows, width) * bytes;
    rv_buffer *out = &e->persons.bytes;
    if (!rv_buffer_reserve(out, total)) return rv_fail_memory(err, total);
    memset(out->data, 0, total);
    for (uint32_t at = 0; at < b->rows; at += rows) {
        char *line = out->data + (size_t)(at / rows) * bytes;
        uint32_t n = b->rows - at < rows ? b->rows - at : rows;
        memcpy(line, (const char *)b->persons + (size_t)at * width, (size_t)n * width);
        uint64_t seal = rv_person_seal(rv_rvl_writer_seed(w->file), (b->first + at) / rows, line, width);
        memcpy(line + bytes - sizeof seal, &seal, sizeof seal);
    }
    out->len = e->persons.raw = total;
    return RV_OK;
}

static rv_status encode_rows(const rv_megabase_writer *w, const rv_contact_block *b, rv_encoded_block *e,
                             rv_error *err) {
    uint32_t n = w->schema.n_attributes, width = w->layout.width;
    RV_TRY(check_codes(w, b, err));
    if (width) {
        rv_buffer *out = &e->records.bytes;
        out->len = 0;
        size_t bytes = (size_t)b->rows * width;
        if (!rv_buffer_reserve(out, bytes)) return rv_fail_memory(err, bytes);
        memset(out->data, 0, bytes);
        for (size_t i = 0; i < b->rows; i++)
            rv_record_pack(&w->layout, b->codes + i * n, (unsigned char *)out->data + i * width);
        out->len = bytes;
        RV_TRY(pack_rows(w, e, &e->records, width, err));
    }
    for (uint32_t j = 0; j < n; j++) {
        uint32_t wide = w->layout.places[j].bits / 8;
        if (wide < 2) continue;
        e->wide[j].bytes.len = 0;
        for (size_t i = 0; i < b->rows; i++) rv_buffer_add(&e->wide[j].bytes, &b->codes[i * n + j], wide);
        RV_TRY(pack_rows(w, e, &e->wide[j], wide, err));
    }
    if (!w->schema.person_bytes) return RV_OK;
    e->persons.bytes.len = 0;
    if (w->image) return line_persons(w, b, e, err);
    rv_buffer_add(&e->persons.bytes, b->persons, (size_t)b->rows * w->schema.person_bytes);
    return pack_rows(w, e, &e->persons, w->schema.person_bytes, err);
}

static void count_rows(const rv_megabase_writer *w, const rv_contact_block *b, rv_encoded_block *e) {
    uint32_t fields = w->schema.n_fields, n = w->schema.n_attributes, filled[RV_MAX_ATTRIBUTES];
    memset(e->fill, 0, (fields + n) * sizeof *e->fill);
    memset(filled, 0, n * sizeof *filled);
    e->first_date = e->last_date = RV_DATE_NONE;
    for (size_t i = 0; i < b->rows; i++) {
        const rv_contact *c = &b->contacts[i];
        for (uint32_t f = 0; f < fields; f++) e->fill[f] += c->fields[f].len != 0;
        for (uint32_t j = 0; j < n; j++) filled[j] += b->codes[i * n + j] != 0;
        if (c->last_seen == RV_DATE_NONE) continue;
        if (e->first_date == RV_DATE_NONE || c->last_seen < e->first_date) e->first_date = c->last_seen;
        if (c->last_seen > e->last_date) e->last_date = c->last_seen;
    }
    for (uint32_t j = 0; j < n; j++) e->fill[fields + j] = filled[j];
}

/* --- Strings, image ---------------------------------------------------------------------------------------------- */

/* The texts of some contacts, packed in e->packed; e->texts has them by column. */
static rv_status pack_texts(const rv_megabase_writer *w, const rv_contact_block *b, uint32_t first, uint32_t rows,
                            rv_encoded_block *e, rv_error *err) {
    unsigned columns = rv_contact_columns(&w->shape);
    rv_text own[RV_COLUMNS_MAX];
    size_t room[RV_COLUMNS_MAX] = {0}, total = 0;
    for (uint32_t i = 0; i < rows; i++) {
        RV_TRY(rv_contact_texts(&w->shape, &b->contacts[first + i], own, err));
        for (unsigned c = 0; c < columns; c++) {
            e->texts[(size_t)c * PACKED_ROWS + i] = own[c];
            room[c] += 2 * (size_t)own[c].len;
        }
    }
    for (unsigned c = 0; c < columns; c++) total += room[c];
    e->packed.len = 0;
    total += RV_CONTACT_SLACK;
    if (!rv_buffer_reserve(&e->packed, total)) return rv_fail_memory(err, total);
    unsigned char *at = (unsigned char *)e->packed.data;
    for (unsigned c = 0; c < columns; at += room[c++])
        rv_symbols_pack(&w->packers[c], e->texts + (size_t)c * PACKED_ROWS, rows, at);
    return RV_OK;
}

/* One contact, sealed with its record, behind those before. */
static rv_status encode_contact(const rv_megabase_writer *w, const rv_contact_block *b, size_t i, const rv_text *texts,
                                const char *records, rv_buffer *out, rv_error *err) {
    static const char room[RV_CONTACT_SEAL];
    uint32_t n = w->schema.n_attributes;
    size_t start = out->len;
    rv_buffer_add(out, room, sizeof room);
    RV_TRY(rv_contact_encode(&w->shape, &b->contacts[i], texts, b->codes + i * n, origins_of(b, i, n), out, err));
    RV_TRY(rv_buffer_check(out, err));
    size_t form = start + sizeof room;
    uint64_t seal = rv_contact_seal(rv_rvl_writer_seed(w->file), b->first + (uint32_t)i, records + i * w->layout.width,
                                    w->layout.width, out->data + form, out->len - form);
    memcpy(out->data + start, &seal, sizeof seal);
    return RV_OK;
}

/* The contacts that share a line of places, counted from the block's first byte. Their packed texts stand from `at` on in
 * each column of e->texts. */
static rv_status encode_line(const rv_megabase_writer *w, const rv_contact_block *b, uint32_t first, uint32_t rows,
                             uint32_t at, rv_encoded_block *e, rv_error *err) {
    rv_text own[RV_COLUMNS_MAX];
    rv_places line = {.base = e->contacts.len};
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t c = 0; c < rv_contact_columns(&w->shape); c++)
            own[c] = e->texts[(size_t)c * PACKED_ROWS + at + i];
        RV_TRY(encode_contact(w, b, first + i, own, e->records.bytes.data, &e->contacts, err));
        rv_place_set_end(&line, i, (uint32_t)(e->contacts.len - line.base));
    }
    rv_buffer_add(&e->places, &line, sizeof line);
    return RV_OK;
}

/* What sixteen contacts may take, in whole: packed texts are at most twice as long, an origin and its number some 16 bytes. */
_Static_assert(RV_PLACE_ROWS * (RV_COLUMNS_MAX * (2 * RV_CONTACT_TEXT_MAX + 10ull) +
                                (RV_MAX_ATTRIBUTES + RV_MAX_FIELDS) * 16ull + 100) < 1ull << RV_PLACE_BITS,
               "a line of places reaches over its contacts");

static uint32_t at_most(uint32_t n, uint32_t most) { return n < most ? n : most; }

rv_status rv_block_encode_strings(const rv_megabase_writer *w, const rv_contact_block *b, rv_encoded_block *e,
                                  rv_error *err) {
    e->contacts.len = e->places.len = 0;
    for (uint32_t first = 0; first < b->rows; first += PACKED_ROWS) {
        uint32_t rows = at_most(b->rows - first, PACKED_ROWS);
        RV_TRY(pack_texts(w, b, first, rows, e, err));
        for (uint32_t at = 0; at < rows; at += RV_PLACE_ROWS)
            RV_TRY(encode_line(w, b, first + at, at_most(rows - at, RV_PLACE_ROWS), at, e, err));
    }
    return rv_buffer_check(&e->places, err);
}

static bool copy_text(rv_arena *arena, rv_text *text) {
    if (text->len) *text = rv_arena_copy(arena, text->ptr, text->len);
    return text->len == 0 || text->ptr;
}

static void *copy_array(rv_arena *arena, const void *from, size_t bytes) {
    void *to = rv_arena_get(arena, bytes);
    if (to && bytes) memcpy(to, from, bytes);
    return to;
}

/* Keeps what the symbol tables will be learned from and used on. */
static bool copy_contacts(const rv_megabase_writer *w, const rv_contact_block *b, rv_encoded_block *e) {
    rv_arena_reset(&e->arena);
    size_t n = w->schema.n_attributes, fields = w->schema.n_fields;
    rv_contact *contacts = copy_array(&e->arena, b->contacts, b->rows * sizeof *contacts);
    uint32_t *codes = copy_array(&e->arena, b->codes, b->rows * n * sizeof *codes);
    rv_origin *origins = copy_array(&e->arena, b->attribute_origins, b->rows * n * sizeof *origins);
    uint8_t *one = b->one_origin ? copy_array(&e->arena, b->one_origin, b->rows) : NULL;
    if (!contacts || !codes || !origins || (b->one_origin && !one)) return false;
    for (size_t i = 0; i < b->rows; i++) {
        rv_contact *c = &contacts[i];
        c->fields = copy_array(&e->arena, c->fields, fields * sizeof *c->fields);
        c->origins = copy_array(&e->arena, c->origins, fields * sizeof *c->origins);
        if (!c->fields || !c->origins || !copy_text(&e->arena, &c->id) || !copy_text(&e->arena, &c->aliases))
            return false;
        for (size_t f = 0; f < fields; f++)
            if (!copy_text(&e->arena, &c->fields[f])) return false;
    }
    e->copy = (rv_contact_block){
        .first = b->first, .rows = b->rows, .contacts = contacts, .codes = codes, .attribute_origins = origins, .one_origin = one};
    return true;
}

/* --- Strings, archive -------------------------------------------------------------------------------------------- */

/* A frame: the lengths of its parts, u32 each, then the parts; e->runs are set for the parts by now, counted
 * from the end of the lengths. */
static rv_status pack_parts(rv_encoded_block *e, const rv_buffer *parts, unsigned n, rv_buffer *out, size_t *raw,
                            rv_error *err) {
    size_t total = n * 4;
    for (unsigned p = 0; p < n; p++) total += parts[p].len;
    e->turned.len = 0;
    for (unsigned p = 0; p < n; p++) rv_buffer_add(&e->turned, &(uint32_t){(uint32_t)parts[p].len}, 4);
    for (unsigned p = 0; p < n; p++)
        if (parts[p].len) rv_buffer_add(&e->turned, parts[p].data, parts[p].len);
    RV_TRY(rv_buffer_check(&e->turned, err));
    out->len = 0;
    *raw = total;
    return rv_codec_pack_runs(e->codec, RV_PACK_LEVEL_TEXT, e->turned.data, e->runs, e->n_runs, out, err);
}

static void begin_runs(rv_encoded_block *e, unsigned parts) {
    e->n_runs = 1;
    e->runs[0] = parts * 4;
}
static void add_run(rv_encoded_block *e, size_t end) { e->runs[e->n_runs++] = end; }

static rv_status encode_origins(const rv_megabase_writer *w, const rv_contact_block *b, rv_encoded_block *e,
                                rv_error *err) {
    rv_buffer *parts[RV_ORIGIN_PARTS];
    uint32_t n = w->schema.n_attributes;
    for (unsigned p = 0; p < RV_ORIGIN_PARTS; p++) {
        parts[p] = &e->streams[p];
        parts[p]->len = 0;
    }
    for (size_t i = 0; i < b->rows; i++)
        RV_TRY(
            rv_contact_encode_origins(&w->shape, &b->contacts[i], b->codes + i * n, origins_of(b, i, n), parts, err));
    begin_runs(e, RV_ORIGIN_PARTS);
    for (unsigned p = 0; p < RV_ORIGIN_PARTS; p++) {
        RV_TRY(rv_buffer_check(parts[p], err));
        add_run(e, e->runs[e->n_runs - 1] + parts[p]->len);
    }
    return pack_parts(e, e->streams, RV_ORIGIN_PARTS, &e->origins, &e->origins_raw, err);
}

static rv_status encode_columns(const rv_megabase_writer *w, const rv_contact_block *b, rv_encoded_block *e,
                                rv_error *err) {
    unsigned columns = rv_contact_columns(&w->shape);
    uint64_t total = 0;
    for (size_t i = 0; i < b->rows; i++) {
        RV_TRY(rv_contact_texts(&w->shape, &b->contacts[i], e->texts + i * columns, err));
        for (unsigned c = 0; c < columns; c++) total += e->texts[i * columns + c].len;
    }
    if (total > RV_ARCHIVE_TEXT_MAX)
        return rv_fail(err, RV_BAD_INPUT, "%d contacts take more than 32 MB: their texts are too long",
                       RV_CONTACT_BLOCK);
    begin_runs(e, columns * RV_COLUMN_STREAMS);
    for (unsigned c = 0; c < columns; c++) {
        rv_buffer *streams[RV_COLUMN_STREAMS];
        size_t ends[RV_COLUMN_PAIRS_MAX], n_ends;
        for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) {
            streams[s] = &e->streams[c * RV_COLUMN_STREAMS + s];
            streams[s]->len = 0;
        }
        RV_TRY(rv_text_column_pack(e->column, e->codec, e->texts + c, b->rows, columns, streams, ends, &n_ends, err));
        for (unsigned s = 0; s < RV_STREAM_DIGITS; s++) add_run(e, e->runs[e->n_runs - 1] + streams[s]->len);
        size_t start = e->runs[e->n_runs - 1];
        for (size_t i = 0; i < n_ends; i++) add_run(e, start + ends[i]);
    }
    return pack_parts(e, e->streams, columns * RV_COLUMN_STREAMS, &e->contacts, &e->contacts_raw, err);
}

rv_status rv_megabase_encode(const rv_megabase_writer *w, const rv_contact_block *b, rv_encoded_block **encoded,
                             rv_error *err) {
    if (b->rows == 0 || b->rows > rv_block_rows(w->image ? RV_IMAGE : RV_ARCHIVE))
        return rv_fail(err, RV_BAD_ARGUMENT, "a block of %u contacts", b->rows);
    rv_encoded_block *e = *encoded;
    if (!e) RV_TRY(new_block(w, &e, err));
    *encoded = e;
    e->first = b->first;
    e->rows = b->rows;
    e->pending = w->image && !atomic_load_explicit(&w->trained, memory_order_acquire);
    RV_TRY(encode_rows(w, b, e, err));
    count_rows(w, b, e);
    if (!w->image) {
        RV_TRY(encode_origins(w, b, e, err));
        return encode_columns(w, b, e, err);
    }
    if (!e->pending) return rv_block_encode_strings(w, b, e, err);
    return copy_contacts(w, b, e) ? RV_OK : rv_fail_memory(err, 0);
}
