/* Opening a megabase: what a section must look like given the schema and the number of rows. Little is read: the rest is
 * mapped, and proved when it is used. */
#include "megabase_internal.h"

#include "parallel.h"
#include <stdio.h>

rv_status rv_megabase_corrupt(const rv_megabase *m, rv_error *err, const char *what) {
    rv_fail_phrase(err, RV_CORRUPT, "the megabase is damaged: %s", what);
    rv_error_at(err, rv_rvl_path(m->file), 0, 0);
    rv_error_hint(err, "fetch or build it again, then: reveil verify '%s'", rv_rvl_path(m->file));
    return RV_CORRUPT;
}

/* A section that must be there, raw, proved whole: small ones. */
static rv_status whole_section(rv_megabase *m, uint32_t id, const rv_rvl_entry **entry, rv_error *err) {
    *entry = rv_rvl_find(m->file, id);
    if (!*entry || (*entry)->codec != RV_RVL_RAW) return rv_megabase_corrupt(m, err, "a section is missing");
    return rv_rvl_prove(m->file, *entry, 0, (*entry)->stored, err);
}

static rv_status read_schema(rv_megabase *m, rv_error *err) {
    const rv_rvl_entry *e;
    RV_TRY(whole_section(m, RV_SECTION_SCHEMA, &e, err));
    RV_TRY(rv_schema_read(rv_rvl_bytes(m->file, e), (size_t)e->stored, &m->schema, err));
    const rv_schema *s = &m->schema;
    m->shape = (rv_contact_shape){s->n_fields, s->n_attributes, s->n_sources};
    RV_TRY(whole_section(m, RV_SECTION_META, &e, err));
    size_t counts = (size_t)s->n_keys + s->n_fields + s->n_attributes;
    if (e->stored != sizeof m->meta + 8 * counts) return rv_megabase_corrupt(m, err, "its counts don't fit its schema");
    memcpy(&m->meta, rv_rvl_bytes(m->file, e), sizeof m->meta);
    m->counts = rv_array_new(counts + 1, sizeof *m->counts, err);
    if (!m->counts) return RV_NO_MEMORY;
    memcpy(m->counts, rv_rvl_bytes(m->file, e) + sizeof m->meta, 8 * counts);
    if (m->meta.rows > RV_ROWS_MAX) return rv_megabase_corrupt(m, err, "it has more rows than it can have");
    if (m->meta.placement != RV_PLACEMENT)
        return rv_fail(err, RV_NEWER, "the megabase's keys are placed in a way unknown to this program");
    return rv_record_layout_of(s, &m->layout, err);
}

/* bytes: what they must be in all. */
static rv_status find_rows(rv_megabase *m, uint32_t id, uint32_t width, uint64_t bytes, rv_rows_section *out,
                           rv_error *err) {
    if (width == 0) return RV_OK;
    out->width = width;
    out->entry = rv_rvl_find(m->file, id);
    if (!out->entry || out->entry->raw != bytes)
        return rv_megabase_corrupt(m, err, "a section doesn't hold a record for each row");
    bool packed = out->entry->codec == RV_RVL_ZSTD;
    if (packed == m->image || (packed && out->entry->frame_raw == 0 && m->meta.rows))
        return rv_megabase_corrupt(m, err, "a section isn't packed as its layout says");
    return RV_OK;
}

static rv_status find_contacts(rv_megabase *m, rv_error *err) {
    m->contacts = rv_rvl_find(m->file, m->image ? RV_SECTION_CONTACTS : RV_SECTION_COLUMNS);
    if (!m->contacts || (m->contacts->codec == RV_RVL_RAW) != m->image)
        return rv_megabase_corrupt(m, err, "its contacts are missing");
    if (m->image) {
        m->places = rv_rvl_find(m->file, RV_SECTION_PLACES);
        if (!m->places || m->places->codec != RV_RVL_RAW ||
            m->places->stored != rv_place_lines(m->meta.rows) * sizeof(rv_places))
            return rv_megabase_corrupt(m, err, "its contacts' places are missing");
        m->contacts_view = rv_rvl_view_of(m->file, m->contacts);
        m->places_view = rv_rvl_view_of(m->file, m->places);
        const rv_rvl_entry *e;
        RV_TRY(whole_section(m, RV_SECTION_SYMBOLS, &e, err));
        if (e->stored != rv_contact_columns(&m->shape) * sizeof *m->tables)
            return rv_megabase_corrupt(m, err, "its symbol tables don't fit its schema");
        m->tables = rv_array_new(rv_contact_columns(&m->shape), sizeof *m->tables, err);
        if (!m->tables) return RV_NO_MEMORY;
        memcpy(m->tables, rv_rvl_bytes(m->file, e), (size_t)e->stored);
        for (unsigned c = 0; c < rv_contact_columns(&m->shape); c++)
            for (unsigned i = 0; i < 256; i++)
                if (m->tables[c].lengths[i] > RV_SYMBOL_BYTES)
                    return rv_megabase_corrupt(m, err, "a symbol table makes no sense");
        return RV_OK;
    }
    uint64_t block_rows = m->contacts->param;
    if (block_rows == 0 || block_rows > RV_COLUMN_ROWS_MAX)
        return rv_megabase_corrupt(m, err, "its blocks of contacts have no sensible size");
    m->block_rows = (uint32_t)block_rows;
    uint64_t frames = (m->meta.rows + block_rows - 1) / block_rows;
    m->origins = rv_rvl_find(m->file, RV_SECTION_ORIGINS);
    if (!m->origins || m->origins->codec != RV_RVL_ZSTD || m->origins->frames != frames ||
        m->contacts->frames != frames)
        return rv_megabase_corrupt(m, err, "its contacts are missing");
    m->blocks = rv_array_new((size_t)frames + 1, sizeof *m->blocks, err);
    return m->blocks ? RV_OK : RV_NO_MEMORY;
}

static rv_status find_sections(rv_megabase *m, rv_error *err) {
    const rv_schema *s = &m->schema;
    uint64_t rows = m->meta.rows, persons = rows * s->person_bytes;
    if (m->image && persons) persons = rv_person_lines(rows, s->person_bytes) * rv_person_line(s->person_bytes);
    RV_TRY(find_rows(m, RV_SECTION_RECORDS, m->layout.width, rows * m->layout.width, &m->records, err));
    RV_TRY(find_rows(m, RV_SECTION_PERSONS, s->person_bytes, persons, &m->persons, err));
    m->wide = rv_array_new(s->n_attributes + 1, sizeof *m->wide, err);
    m->dictionaries = rv_array_new(s->n_attributes + 1, sizeof *m->dictionaries, err);
    m->dictionary_ready = rv_array_new(s->n_attributes + 1, sizeof *m->dictionary_ready, err);
    m->indexes = rv_array_new(s->n_keys + 1, sizeof *m->indexes, err);
    m->index_ready = rv_array_new(s->n_keys + 1, sizeof *m->index_ready, err);
    if (!m->wide || !m->dictionaries || !m->dictionary_ready || !m->indexes || !m->index_ready) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < s->n_attributes; i++)
        if (s->attributes[i].bits > 8)
            RV_TRY(find_rows(m, RV_SECTION_WIDE + i, s->attributes[i].bits / 8, rows * (s->attributes[i].bits / 8),
                             &m->wide[i], err));
    m->dictionaries_entry = rv_rvl_find(m->file, RV_SECTION_DICTIONARIES);
    if (!m->dictionaries_entry || m->dictionaries_entry->raw < (uint64_t)s->n_attributes * 16)
        return rv_megabase_corrupt(m, err, "its dictionaries are missing");
    return find_contacts(m, err);
}

/* A section that this program doesn't know was written by a later one that says it can't be left out. */
static rv_status check_known(const rv_megabase *m, rv_error *err) {
    for (uint32_t i = 0; i < rv_rvl_head(m->file)->n_sections; i++) {
        const rv_rvl_entry *e = rv_rvl_section(m->file, i);
        bool known = (e->id >= RV_SECTION_META && e->id <= RV_SECTION_COLUMNS) ||
                     (e->id >= RV_SECTION_INDEX && e->id < RV_SECTION_INDEX + 4 * RV_MAX_KEYS) ||
                     (e->id >= RV_SECTION_WIDE && e->id < RV_SECTION_WIDE + RV_MAX_ATTRIBUTES);
        if (known || !(e->flags & RV_RVL_CRITICAL)) continue;
        rv_fail(err, RV_NEWER, "the megabase has a part unknown to this program, section %s", e->name);
        rv_error_hint(err, "update reveil, or build the megabase with this one");
        return rv_error_at(err, rv_rvl_path(m->file), 0, 0);
    }
    return RV_OK;
}

rv_status rv_megabase_open(const char *path, rv_megabase **out, rv_error *err) {
    rv_megabase *m = rv_new(sizeof *m, err);
    if (!m) return RV_NO_MEMORY;
    rv_status status = rv_rvl_open(path, &m->file, err);
    if (status != RV_OK) goto done;
    m->image = rv_rvl_head(m->file)->layout == RV_IMAGE;
    m->seed = rv_rvl_base_seed(m->file);
    m->lock_made = pthread_mutex_init(&m->lock, NULL) == 0;
    status = check_known(m, err);
    if (status == RV_OK) status = read_schema(m, err);
    if (status == RV_OK) status = find_sections(m, err);
    if (status != RV_OK) rv_error_at(err, path, 0, 0);
done:
    if (status == RV_OK) *out = m;
    else rv_megabase_close(m);
    return status;
}

void rv_megabase_close(rv_megabase *m) {
    if (!m) return;
    rv_rvl_frames_free(m->records.frames);
    rv_rvl_frames_free(m->persons.frames);
    for (uint32_t i = 0; m->wide && i < m->schema.n_attributes; i++) rv_rvl_frames_free(m->wide[i].frames);
    for (uint64_t i = 0; m->blocks && i < m->contacts->frames; i++) rv_free(atomic_load(&m->blocks[i]));
    rv_free(m->blocks);
    rv_rvl_frames_free(m->dictionary_frames);
    rv_free(m->counts);
    rv_free(m->wide);
    rv_free(m->dictionaries);
    rv_free(m->dictionary_ready);
    rv_free(m->indexes);
    rv_free(m->index_ready);
    rv_free(m->tables);
    rv_record_layout_reset(&m->layout);
    rv_schema_reset(&m->schema);
    if (m->lock_made) pthread_mutex_destroy(&m->lock);
    rv_rvl_close(m->file);
    rv_free(m);
}

uint32_t rv_megabase_rows(const rv_megabase *m) { return m->meta.rows; }
const rv_schema *rv_megabase_schema(const rv_megabase *m) { return &m->schema; }
const rv_secret *rv_megabase_secret(const rv_megabase *m) { return &m->meta.secret; }
rv_layout rv_megabase_layout(const rv_megabase *m) { return m->image ? RV_IMAGE : RV_ARCHIVE; }
