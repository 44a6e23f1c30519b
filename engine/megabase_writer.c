/*
 * The order of a file: dictionaries; the fixed-width rows of contacts, whose places are kept when their number is known;
 * contacts as they come; then what was spooled meanwhile, the indexes, schema and counts last.
 */
#include "key_slot.h"
#include "megabase_block.h"

#include "random.h"
#include <stdio.h>
#include <time.h>

enum { DICTIONARY_FRAME = 1 << 20, SAMPLE_BYTES = 65536 };

static void free_writer(rv_megabase_writer *w) {
    if (!w) return;
    rv_rvl_abandon(w->file);
    rv_schema_reset(&w->schema);
    rv_record_layout_reset(&w->layout);
    rv_free(w->counts);
    rv_free(w->most);
    rv_free(w->packers);
    rv_free(w->wide);
    rv_free(w->has_index);
    rv_key_index_room_free(&w->room);
    rv_free(w);
}

void rv_megabase_abandon(rv_megabase_writer *writer) { free_writer(writer); }
const uint64_t *rv_megabase_fill(const rv_megabase_writer *writer) { return writer->counts + writer->schema.n_keys; }

/* --- Creating ---------------------------------------------------------------------------------------------------- */

static rv_status choose_identity(const rv_megabase_settings *settings, rv_identity *out, rv_error *err) {
    rv_secret random;
    if (settings->seeded) rv_secret_from_seed(&random, rv_mix64(settings->seed ^ 0x66696c65));
    else if (!rv_secret_random(&random)) return rv_fail(err, RV_FAILED, "the system gives no random numbers");
    memcpy(out->file_id, random.bytes, sizeof out->file_id);
    out->generation = 1;
    out->created = settings->seeded ? 0 : (int64_t)time(NULL);
    return RV_OK;
}

/* Places of each attribute's part, then the parts: starts, bytes. */
static rv_status dictionary_bytes(uint32_t n, const rv_dictionary *dictionaries, rv_buffer *out, rv_error *err) {
    uint64_t at = (uint64_t)n * 16;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t text = dictionaries[i].n ? dictionaries[i].starts[dictionaries[i].n] : 0;
        uint64_t place[2] = {at, ((uint64_t)dictionaries[i].n + 1) * 8 + text};
        rv_buffer_add(out, place, 16);
        at += (place[1] + 7) & ~(uint64_t)7;
    }
    for (uint32_t i = 0; i < n; i++) {
        const rv_dictionary *d = &dictionaries[i];
        if (d->n == 0) rv_buffer_add(out, &(uint64_t){0}, 8);
        else rv_buffer_add(out, d->starts, ((size_t)d->n + 1) * 8);
        if (d->n && d->starts[d->n]) rv_buffer_add(out, d->bytes, (size_t)d->starts[d->n]);
        while (out->len % 8 && !out->failed) rv_buffer_byte(out, 0);
    }
    return rv_buffer_check(out, err);
}

static rv_status put_packed(rv_megabase_writer *w, uint32_t id, const char *name, const rv_buffer *bytes,
                            rv_error *err) {
    rv_rvl_spec spec = {.name = name, .id = id, .codec = RV_RVL_ZSTD, .frame_raw = DICTIONARY_FRAME, .direct = true};
    rv_rvl_stream *stream;
    rv_codec *codec = NULL;
    rv_buffer packed = {0};
    rv_status status = rv_rvl_begin(w->file, &spec, &stream, err);
    if (status != RV_OK) return status;
    status = rv_codec_new(&codec, err);
    for (size_t at = 0, n; at < bytes->len && status == RV_OK; at += n) {
        n = bytes->len - at < DICTIONARY_FRAME ? bytes->len - at : DICTIONARY_FRAME;
        packed.len = 0;
        status = rv_codec_pack(codec, RV_PACK_LEVEL_TEXT, bytes->data + at, n, &packed, err);
        if (status == RV_OK) status = rv_rvl_add(stream, packed.data, packed.len, n, err);
    }
    if (status == RV_OK) status = rv_rvl_end(w->file, stream, err);
    rv_codec_free(codec);
    rv_buffer_free(&packed);
    return status;
}

static rv_status put_dictionaries(rv_megabase_writer *w, const rv_dictionary *dictionaries, rv_error *err) {
    rv_buffer bytes = {0};
    rv_status status = dictionary_bytes(w->schema.n_attributes, dictionaries, &bytes, err);
    if (status == RV_OK && w->image)
        status = rv_rvl_put(w->file, RV_SECTION_DICTIONARIES, "dictionaries", 0, bytes.data, bytes.len, err);
    else if (status == RV_OK) status = put_packed(w, RV_SECTION_DICTIONARIES, "dictionaries", &bytes, err);
    rv_buffer_free(&bytes);
    return status;
}

/* fixed: the bytes that an image's will have, 0: not known. */
static rv_status begin_rows(rv_megabase_writer *w, uint32_t id, const char *name, uint64_t fixed, uint32_t width,
                            rv_rvl_stream **out, rv_error *err) {
    if (width == 0) return RV_OK;
    rv_rvl_spec spec = {.name = name, .id = id, .fixed = fixed};
    if (!w->image) {
        spec.codec = RV_RVL_ZSTD;
        spec.width = width;
        spec.frame_raw = (uint64_t)RV_CONTACT_BLOCK * width;
    }
    return rv_rvl_begin(w->file, &spec, out, err);
}

/* Those of known length first; wide attributes are small and may be many, each with a piece of memory on its way. */
static rv_status begin_streams(rv_megabase_writer *w, uint64_t rows, rv_error *err) {
    rv_rvl_spec contacts = {.name = "contacts", .id = RV_SECTION_CONTACTS, .direct = true};
    rv_rvl_spec columns = {
        .name = "columns", .id = RV_SECTION_COLUMNS, .codec = RV_RVL_ZSTD, .param = RV_CONTACT_BLOCK, .direct = true};
    rv_rvl_spec places = {.name = "places", .id = RV_SECTION_PLACES, .fixed = rv_place_lines(rows) * sizeof(rv_places)};
    rv_rvl_spec origins = {.name = "origins", .id = RV_SECTION_ORIGINS, .codec = RV_RVL_ZSTD};
    if (w->image) RV_TRY(rv_rvl_begin(w->file, &places, &w->places, err));
    else RV_TRY(rv_rvl_begin(w->file, &origins, &w->origins, err));
    RV_TRY(begin_rows(w, RV_SECTION_RECORDS, "records", rows * w->layout.width, w->layout.width,
                      &w->records, err));
    uint32_t person = w->schema.person_bytes;
    uint64_t persons = person ? rv_person_lines(rows, person) * rv_person_line(person) : 0;
    RV_TRY(begin_rows(w, RV_SECTION_PERSONS, "persons", persons, person, &w->persons, err));
    for (uint32_t i = 0; i < w->schema.n_attributes; i++) {
        char name[RV_RVL_NAME];
        snprintf(name, sizeof name, "wide.%u", i);
        uint32_t width = w->schema.attributes[i].bits > 8 ? w->schema.attributes[i].bits / 8 : 0;
        RV_TRY(begin_rows(w, RV_SECTION_WIDE + i, name, 0, width, &w->wide[i], err));
    }
    return rv_rvl_begin(w->file, w->image ? &contacts : &columns, &w->contacts, err);
}

static rv_status set_up(rv_megabase_writer *w, const char *path, const rv_schema *schema,
                        const rv_dictionary *dictionaries, const rv_megabase_settings *settings,
                        const rv_identity *identity, rv_error *err) {
    rv_buffer checked = {0};
    RV_TRY(rv_schema_copy(schema, &w->schema, err));
    uint32_t wide = 0, n = w->schema.n_attributes;
    for (uint32_t i = 0; i < n; i++) {
        w->schema.attributes[i].values = dictionaries[i].n;
        w->schema.attributes[i].bits = rv_code_bits(dictionaries[i].n);
        wide += w->schema.attributes[i].bits > 8;
    }
    rv_status status = rv_schema_write(&w->schema, &checked, err); /* its limits hold */
    rv_buffer_free(&checked);
    RV_TRY(status);
    RV_TRY(rv_record_layout_of(&w->schema, &w->layout, err));
    w->shape = (rv_contact_shape){w->schema.n_fields, n, w->schema.n_sources};
    w->counts = rv_array_new(w->schema.n_keys + w->schema.n_fields + n + 1, sizeof *w->counts, err);
    w->wide = rv_array_new(n + 1, sizeof *w->wide, err);
    w->has_index = rv_array_new(w->schema.n_keys + 1, sizeof *w->has_index, err);
    if (w->image) w->packers = rv_array_new(rv_contact_columns(&w->shape), sizeof *w->packers, err);
    w->most = rv_array_new(n + 1, sizeof *w->most, err);
    if (!w->counts || !w->most || !w->wide || !w->has_index || (w->image && !w->packers)) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < n; i++) w->most[i] = dictionaries[i].n;
    rv_rvl_options options = {.replace = settings->replace,
                              .generation = identity->generation,
                              .created = identity->created,
                              .layout = settings->layout,
                              .max_sections = 9 + wide + 3 * w->schema.n_keys};
    memcpy(options.file_id, identity->file_id, sizeof options.file_id);
    memcpy(w->file_id, identity->file_id, sizeof w->file_id);
    RV_TRY(rv_rvl_create(path, &options, &w->file, err));
    RV_TRY(put_dictionaries(w, dictionaries, err));
    return begin_streams(w, settings->rows, err);
}

rv_status rv_megabase_create_as(const char *path, const rv_schema *schema, const rv_dictionary *dictionaries,
                                const rv_megabase_settings *settings, const rv_identity *identity,
                                rv_megabase_writer **out, rv_error *err) {
    rv_megabase_writer *w = rv_new(sizeof *w, err);
    if (!w) return RV_NO_MEMORY;
    w->image = settings->layout == RV_IMAGE;
    w->threads = settings->threads > 0 ? settings->threads : 1;
    w->meta = (rv_meta){
        .first_date = RV_DATE_NONE, .last_date = RV_DATE_NONE, .placement = RV_PLACEMENT, .secret = settings->secret};
    rv_status status = set_up(w, path, schema, dictionaries, settings, identity, err);
    if (status == RV_OK) *out = w;
    else free_writer(w);
    return status;
}

rv_status rv_megabase_create(const char *path, const rv_schema *schema, const rv_dictionary *dictionaries,
                             const rv_megabase_settings *settings, rv_megabase_writer **out, rv_error *err) {
    rv_identity identity;
    RV_TRY(choose_identity(settings, &identity, err));
    return rv_megabase_create_as(path, schema, dictionaries, settings, &identity, out, err);
}

/* --- Symbols ----------------------------------------------------------------------------------------------------- */

static rv_text column_text(const rv_contact *contact, unsigned column) {
    return column == RV_COLUMN_ID        ? contact->id
           : column == RV_COLUMN_ALIASES ? contact->aliases
                                         : contact->fields[column - RV_COLUMN_FIELDS];
}

static rv_status train_column(rv_megabase_writer *w, unsigned column, const rv_contact *sample, size_t n,
                              rv_text *texts, rv_error *err) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < n; i++) bytes += column_text(&sample[i], column).len;
    size_t step = (size_t)(bytes / SAMPLE_BYTES) + 1, kept = 0;
    for (size_t i = 0; i < n; i += step) texts[kept++] = column_text(&sample[i], column);
    rv_symbol_table table = {0};
    if (bytes) RV_TRY(rv_symbols_train(texts, kept, &table, err));
    rv_symbols_prepare(&table, &w->packers[column]);
    return RV_OK;
}

rv_status rv_megabase_train(rv_megabase_writer *w, const rv_contact *sample, size_t n, rv_error *err) {
    if (!w->image || atomic_load(&w->trained)) return RV_OK;
    rv_text *texts = rv_array_new(n + 1, sizeof *texts, err);
    if (!texts) return RV_NO_MEMORY;
    rv_status status = RV_OK;
    for (unsigned c = 0; c < rv_contact_columns(&w->shape) && status == RV_OK; c++)
        status = train_column(w, c, sample, n, texts, err);
    rv_free(texts);
    if (status == RV_OK) atomic_store_explicit(&w->trained, true, memory_order_release);
    return status;
}

/* --- Appending --------------------------------------------------------------------------------------------------- */

static rv_status append_contacts(rv_megabase_writer *w, rv_encoded_block *e, rv_error *err) {
    if (!w->image) {
        RV_TRY(rv_rvl_add(w->origins, e->origins.data, e->origins.len, e->origins_raw, err));
        return rv_rvl_add(w->contacts, e->contacts.data, e->contacts.len, e->contacts_raw, err);
    }
    rv_places *lines = (rv_places *)(void *)e->places.data;
    for (size_t i = 0; i < e->places.len / sizeof *lines; i++) lines[i].base += w->stored_contacts;
    w->stored_contacts += e->contacts.len;
    RV_TRY(rv_rvl_add(w->places, e->places.data, e->places.len, e->places.len, err));
    return rv_rvl_add(w->contacts, e->contacts.data, e->contacts.len, e->contacts.len, err);
}

static rv_status append_rows(rv_rvl_stream *stream, const rv_packed_rows *rows, rv_error *err) {
    return stream ? rv_rvl_add(stream, rows->bytes.data, rows->bytes.len, rows->raw, err) : RV_OK;
}

rv_status rv_megabase_append(rv_megabase_writer *w, rv_encoded_block *e, rv_error *err) {
    uint32_t rows = rv_block_rows(w->image ? RV_IMAGE : RV_ARCHIVE);
    if (w->closed || w->meta.rows % rows || e->first != w->meta.rows || w->meta.rows > RV_ROWS_MAX - e->rows)
        return rv_fail(err, RV_BAD_ARGUMENT, "contacts come in blocks of %u, before the indexes, and at most %d in all",
                       rows, RV_ROWS_MAX);
    if (e->pending) {
        RV_TRY(rv_megabase_train(w, e->copy.contacts, e->copy.rows, err));
        RV_TRY(rv_block_encode_strings(w, &e->copy, e, err));
        e->pending = false;
    }
    RV_TRY(append_contacts(w, e, err));
    RV_TRY(append_rows(w->records, &e->records, err));
    RV_TRY(append_rows(w->persons, &e->persons, err));
    for (uint32_t i = 0; i < w->schema.n_attributes; i++) RV_TRY(append_rows(w->wide[i], &e->wide[i], err));
    uint64_t *fill = w->counts + w->schema.n_keys;
    for (uint32_t i = 0; i < w->schema.n_fields + w->schema.n_attributes; i++) fill[i] += e->fill[i];
    if (e->first_date != RV_DATE_NONE && (w->meta.first_date == RV_DATE_NONE || e->first_date < w->meta.first_date))
        w->meta.first_date = e->first_date;
    if (e->last_date > w->meta.last_date) w->meta.last_date = e->last_date;
    w->meta.rows += e->rows;
    return RV_OK;
}

static rv_status end_stream(rv_megabase_writer *w, rv_rvl_stream **stream, rv_error *err) {
    rv_rvl_stream *ended = *stream;
    *stream = NULL;
    return ended ? rv_rvl_end(w->file, ended, err) : RV_OK;
}

static rv_status put_symbols(rv_megabase_writer *w, rv_error *err) {
    rv_buffer bytes = {0};
    for (unsigned c = 0; c < rv_contact_columns(&w->shape); c++)
        rv_buffer_add(&bytes, &w->packers[c].table, sizeof w->packers[c].table);
    rv_status status = rv_buffer_check(&bytes, err);
    if (status == RV_OK) status = rv_rvl_put(w->file, RV_SECTION_SYMBOLS, "symbols", 0, bytes.data, bytes.len, err);
    rv_buffer_free(&bytes);
    return status;
}

static rv_status close_contacts(rv_megabase_writer *w, rv_error *err) {
    if (w->closed) return RV_OK;
    w->closed = true;
    RV_TRY(end_stream(w, &w->contacts, err));
    RV_TRY(end_stream(w, &w->places, err));
    RV_TRY(end_stream(w, &w->origins, err));
    RV_TRY(end_stream(w, &w->records, err));
    RV_TRY(end_stream(w, &w->persons, err));
    for (uint32_t i = 0; i < w->schema.n_attributes; i++) RV_TRY(end_stream(w, &w->wide[i], err));
    return w->image ? put_symbols(w, err) : RV_OK;
}

/* --- Indexes ----------------------------------------------------------------------------------------------------- */

static rv_status put_part(rv_megabase_writer *w, uint32_t key, uint32_t part, uint64_t param, const void *bytes,
                          uint64_t n, rv_error *err) {
    static const char *const parts[] = {"buckets", "proofs", "runs"};
    char name[RV_RVL_NAME];
    snprintf(name, sizeof name, "index.%.40s.%s", w->schema.keys[key], parts[part]);
    return rv_rvl_put_large(w->file, RV_SECTION_INDEX + 4 * key + part, name, param, bytes, (size_t)n, w->threads, err);
}

rv_status rv_megabase_put_index(rv_megabase_writer *w, uint32_t key, const rv_key_index *index, rv_error *err) {
    RV_TRY(close_contacts(w, err));
    RV_TRY(put_part(w, key, RV_INDEX_BUCKETS, index->n_home, index->buckets, index->n_buckets * sizeof(rv_bucket), err));
    RV_TRY(put_part(w, key, RV_INDEX_PROOFS, 0, index->proofs, index->n_buckets * sizeof(rv_proofs), err));
    RV_TRY(put_part(w, key, RV_INDEX_RUNS, 0, index->runs, index->n_runs * 4, err));
    w->counts[key] = index->n_keys;
    w->has_index[key] = true;
    return RV_OK;
}

rv_status rv_megabase_add_index(rv_megabase_writer *w, const char *name, rv_key_entry *entries, size_t n,
                                rv_error *err) {
    uint32_t key = 0;
    while (key < w->schema.n_keys && strcmp(w->schema.keys[key], name) != 0) key++;
    if (key == w->schema.n_keys || w->has_index[key])
        return rv_fail(err, RV_BAD_ARGUMENT, "key %s isn't in the schema, or has its index already", name);
    for (size_t i = 0; i < n; i++)
        if (entries[i].row >= w->meta.rows)
            return rv_fail(err, RV_BAD_ARGUMENT, "a key of row %u in a megabase of %u rows", entries[i].row,
                           w->meta.rows);
    rv_key_index index;
    RV_TRY(rv_key_index_build(entries, n, w->threads, &w->room, &index, err));
    rv_status status =
        rv_key_index_seal(&index, rv_index_nonce(&w->meta.secret, w->file_id, key, index.n_home), w->threads, err);
    if (status == RV_OK) status = rv_megabase_put_index(w, key, &index, err);
    rv_key_index_reset(&index);
    return status;
}

/* --- Publishing -------------------------------------------------------------------------------------------------- */

static rv_status put_heads(rv_megabase_writer *w, rv_error *err) {
    rv_buffer schema = {0}, meta = {0};
    size_t counts = (w->schema.n_keys + w->schema.n_fields + w->schema.n_attributes) * sizeof *w->counts;
    rv_status status = rv_schema_write(&w->schema, &schema, err);
    rv_buffer_add(&meta, &w->meta, sizeof w->meta);
    rv_buffer_add(&meta, w->counts, counts);
    if (status == RV_OK) status = rv_buffer_check(&meta, err);
    if (status == RV_OK) status = rv_rvl_put(w->file, RV_SECTION_SCHEMA, "schema", 0, schema.data, schema.len, err);
    if (status == RV_OK) status = rv_rvl_put(w->file, RV_SECTION_META, "counts", 0, meta.data, meta.len, err);
    rv_buffer_free(&schema);
    rv_buffer_free(&meta);
    return status;
}

rv_status rv_megabase_publish(rv_megabase_writer *w, rv_error *err) {
    rv_status status = close_contacts(w, err);
    if (status == RV_OK) status = put_heads(w, err);
    if (status == RV_OK) {
        status = rv_rvl_publish(w->file, err);
        w->file = NULL;
    }
    free_writer(w);
    return status;
}
