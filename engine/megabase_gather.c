/*
 * Fetching by row: persons, codes, dictionaries. Rows come at random: a group of them is asked of memory at once, and then
 * read. What a row costs is mostly the look-up of its page, of which a core does several at a time when nothing stands
 * between them; asked for one by one, between other work, rows cost more (docs/DECISIONS.md).
 */
#include "megabase_internal.h"

#include "parallel.h"

enum { GROUP = 32 };

rv_status rv_rows_check(const rv_megabase *m, const uint32_t *rows, size_t n, rv_error *err) {
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) largest = rows[i] > largest ? rows[i] : largest;
    if (n == 0 || largest < m->meta.rows) return RV_OK;
    return rv_fail(err, RV_BAD_ARGUMENT, "row %u isn't in a megabase of %u rows", largest, m->meta.rows);
}

rv_status rv_rows_ready(rv_megabase *m, rv_rows_section *section, rv_error *err) {
    if (section->width == 0 || atomic_load_explicit(&section->ready, memory_order_acquire)) return RV_OK;
    rv_status status = RV_OK;
    pthread_mutex_lock(&m->lock);
    if (!atomic_load(&section->ready)) {
        if (section->entry->codec == RV_RVL_ZSTD)
            status = rv_rvl_frames_new(m->file, section->entry, &section->frames, err);
        else section->view = rv_rvl_view_of(m->file, section->entry);
        if (status == RV_OK) status = rv_rvl_check_size(m->file, err); /* what seals itself is proved without */
        if (status == RV_OK) {
            section->data = section->frames ? rv_rvl_frames_bytes(section->frames) : section->view.bytes;
            atomic_store_explicit(&section->ready, true, memory_order_release);
        }
    }
    pthread_mutex_unlock(&m->lock);
    return status;
}

/* Image: whether a line is what was sealed. */
static rv_status prove_line(const rv_megabase *m, uint64_t number, const unsigned char *line, rv_error *err) {
    uint32_t width = m->persons.width, bytes = rv_person_line(width);
    uint64_t seal;
    memcpy(&seal, line + bytes - sizeof seal, sizeof seal);
    rv_rvl_note(&m->persons.view, number * bytes);
    if (seal == rv_person_seal(m->seed, number, line, width)) return RV_OK;
    RV_TRY(rv_rvl_prove(m->file, m->persons.entry, number * bytes, bytes, err));
    return rv_megabase_corrupt(m, err, "a person doesn't agree with its seal");
}

static rv_status read_lines(const rv_megabase *m, const uint32_t *rows, size_t n, unsigned char *out, rv_error *err) {
    uint32_t width = m->persons.width, bytes = rv_person_line(width);
    unsigned shift = rv_person_shift(width);
    for (size_t i = 0; i < n; i++)
        rv_lines_fetch(m->persons.data + (uint64_t)(rows[i] >> shift) * bytes, bytes);
    bool proved = rv_rvl_all_proved(m->file, m->persons.entry);
    for (size_t i = 0; i < n; i++) {
        uint64_t number = rows[i] >> shift;
        const unsigned char *line = m->persons.data + number * bytes;
        bool again = i && rows[i - 1] >> shift == number;
        if (!proved && !again) RV_TRY(prove_line(m, number, line, err));
        memcpy(out + i * width, line + (rows[i] & ((1u << shift) - 1)) * width, width);
    }
    return RV_OK;
}

rv_status rv_megabase_persons(rv_megabase *m, const uint32_t *rows, size_t n, void *out, rv_error *err) {
    size_t width = m->schema.person_bytes;
    RV_TRY(rv_rows_check(m, rows, n, err));
    if (width == 0 || n == 0) return RV_OK;
    RV_TRY(rv_rows_ready(m, &m->persons, err));
    for (size_t at = 0; m->image && at < n; at += GROUP)
        RV_TRY(read_lines(m, rows + at, n - at < GROUP ? n - at : GROUP, (unsigned char *)out + at * width, err));
    for (size_t i = 0; i < n && !m->image; i++) {
        RV_TRY(rv_rows_touch(&m->persons, rows[i], err));
        memcpy((char *)out + i * width, m->persons.data + rows[i] * width, width);
    }
    return RV_OK;
}

static uint32_t read_wide(const rv_rows_section *column, uint32_t row) {
    uint32_t code = 0;
    memcpy(&code, column->data + (size_t)row * column->width, column->width);
    return code;
}

/* A group's rows of an array: asked for, and proved unless they are. */
static rv_status touch_rows(const rv_rows_section *section, const uint32_t *rows, size_t n, bool proved,
                            rv_error *err) {
    for (size_t i = 0; i < n; i++) rv_lines_fetch(section->data + (uint64_t)rows[i] * section->width, section->width);
    for (size_t i = 0; i < n && !proved; i++) RV_TRY(rv_rows_touch(section, rows[i], err));
    return RV_OK;
}

/* Side columns, one after the other: each is an array of its own. */
static rv_status gather_wide(rv_megabase *m, rv_rows_section *column, const uint32_t *rows, size_t n, uint32_t *out,
                             size_t step, rv_error *err) {
    RV_TRY(rv_rows_ready(m, column, err));
    for (size_t at = 0; at < n; at += GROUP) {
        size_t end = n - at < GROUP ? n : at + GROUP;
        RV_TRY(touch_rows(column, rows + at, end - at, false, err));
        for (size_t i = at; i < end; i++) out[i * step] = read_wide(column, rows[i]);
    }
    return RV_OK;
}

static rv_status gather_records(rv_megabase *m, const rv_record_stretch *stretches, size_t n_stretches,
                                const uint32_t *rows, size_t n, bool proved, uint32_t *out, size_t step,
                                rv_error *err) {
    RV_TRY(rv_rows_ready(m, &m->records, err));
    for (size_t at = 0; at < n; at += GROUP) {
        size_t end = n - at < GROUP ? n : at + GROUP;
        RV_TRY(touch_rows(&m->records, rows + at, end - at, proved, err));
        for (size_t i = at; i < end; i++)
            rv_record_unpack(stretches, n_stretches, m->records.data + (size_t)rows[i] * m->layout.width, out + i * step);
    }
    return RV_OK;
}

/* What is asked of every row, worked out once a call. */
typedef struct wanted {
    rv_record_place *places;
    uint32_t *limits; /* the largest code of each */
    rv_record_stretch *stretches;
    size_t n_stretches;
} wanted;

static void free_wanted(wanted *w) {
    rv_free(w->places);
    rv_free(w->limits);
    rv_free(w->stretches);
}

static rv_status make_wanted(const rv_megabase *m, const uint32_t *attributes, size_t n, wanted *out, rv_error *err) {
    out->places = rv_array_new(n, sizeof *out->places, err);
    out->limits = rv_array_new(n, sizeof *out->limits, err);
    out->stretches = rv_array_new(n, sizeof *out->stretches, err);
    if (!out->places || !out->limits || !out->stretches) return RV_NO_MEMORY;
    for (size_t j = 0; j < n; j++) {
        if (attributes[j] >= m->schema.n_attributes)
            return rv_fail(err, RV_BAD_ARGUMENT, "attribute %u isn't in the megabase", attributes[j]);
        out->places[j] = m->layout.places[attributes[j]];
        out->limits[j] = out->places[j].values;
    }
    out->n_stretches = rv_record_stretches(out->places, n, out->stretches);
    return RV_OK;
}

/* A code beyond its dictionary would be read as a value that isn't there. */
static rv_status check_codes(const rv_megabase *m, const uint32_t *limits, size_t n_limits, const uint32_t *codes,
                             size_t n, rv_error *err) {
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n_limits; j++) bad |= codes[i * n_limits + j] > limits[j];
    return bad ? rv_megabase_corrupt(m, err, "a record holds a code that its dictionary hasn't") : RV_OK;
}

rv_status rv_codes_of(rv_megabase *m, const uint32_t *rows, size_t n, bool proved, const uint32_t *attributes,
                      size_t n_attributes, uint32_t *out, rv_error *err) {
    RV_TRY(rv_rows_check(m, rows, n, err));
    if (n == 0 || n_attributes == 0) return RV_OK;
    wanted w = {0};
    rv_status status = make_wanted(m, attributes, n_attributes, &w, err);
    for (size_t j = 0; j < n_attributes && status == RV_OK; j++)
        if (w.places[j].bits > 8) status = gather_wide(m, &m->wide[attributes[j]], rows, n, out + j, n_attributes, err);
    if (status == RV_OK && w.n_stretches)
        status = gather_records(m, w.stretches, w.n_stretches, rows, n, proved, out, n_attributes, err);
    if (status == RV_OK) status = check_codes(m, w.limits, n_attributes, out, n, err);
    free_wanted(&w);
    return status;
}

rv_status rv_megabase_codes(rv_megabase *m, const uint32_t *rows, size_t n, const uint32_t *attributes,
                            size_t n_attributes, uint32_t *out, rv_error *err) {
    return rv_codes_of(m, rows, n, false, attributes, n_attributes, out, err);
}

/* --- Dictionaries ------------------------------------------------------------------------------------------------ */

static rv_status prove_dictionary(rv_megabase *m, uint64_t at, uint64_t n, rv_error *err) {
    if (at > m->dictionaries_entry->raw || n > m->dictionaries_entry->raw - at)
        return rv_megabase_corrupt(m, err, "a dictionary lies outside its section");
    return m->dictionary_frames ? RV_OK : rv_rvl_prove(m->file, m->dictionaries_entry, at, n, err);
}

static rv_status open_dictionaries(rv_megabase *m, rv_error *err) {
    const rv_rvl_entry *e = m->dictionaries_entry;
    if (e->codec == RV_RVL_ZSTD) {
        if (!m->dictionary_frames) RV_TRY(rv_rvl_frames_new(m->file, e, &m->dictionary_frames, err));
        RV_TRY(rv_rvl_frames_all(m->dictionary_frames, rv_threads(NULL), err));
    }
    m->dictionary_bytes = m->dictionary_frames ? rv_rvl_frames_bytes(m->dictionary_frames) : rv_rvl_bytes(m->file, e);
    return RV_OK;
}

static rv_status open_dictionary(rv_megabase *m, uint32_t attribute, rv_error *err) {
    if (!m->dictionary_bytes) RV_TRY(open_dictionaries(m, err));
    uint64_t place[2], values = m->schema.attributes[attribute].values;
    RV_TRY(prove_dictionary(m, (uint64_t)attribute * 16, 16, err));
    memcpy(place, m->dictionary_bytes + (size_t)attribute * 16, 16);
    RV_TRY(prove_dictionary(m, place[0], place[1], err));
    if (place[0] % 8 || place[1] < (values + 1) * 8) return rv_megabase_corrupt(m, err, "a dictionary makes no sense");
    const uint64_t *starts = (const uint64_t *)(const void *)(m->dictionary_bytes + place[0]);
    uint64_t bytes = place[1] - (values + 1) * 8;
    bool sane = starts[0] == 0 && starts[values] == bytes;
    for (uint64_t i = 0; i < values; i++) sane &= starts[i] <= starts[i + 1] && starts[i + 1] - starts[i] <= UINT32_MAX;
    if (!sane) return rv_megabase_corrupt(m, err, "a dictionary makes no sense");
    m->dictionaries[attribute] = (rv_dictionary){(uint32_t)values, starts, (const char *)(starts + values + 1), NULL, NULL};
    atomic_store_explicit(&m->dictionary_ready[attribute], true, memory_order_release);
    return RV_OK;
}

rv_status rv_megabase_dictionary(rv_megabase *m, uint32_t attribute, const rv_dictionary **out, rv_error *err) {
    if (attribute >= m->schema.n_attributes)
        return rv_fail(err, RV_BAD_ARGUMENT, "attribute %u isn't in the megabase", attribute);
    rv_status status = RV_OK;
    if (!atomic_load_explicit(&m->dictionary_ready[attribute], memory_order_acquire)) {
        pthread_mutex_lock(&m->lock);
        if (!atomic_load(&m->dictionary_ready[attribute])) status = open_dictionary(m, attribute, err);
        pthread_mutex_unlock(&m->lock);
    }
    if (status == RV_OK) *out = &m->dictionaries[attribute];
    return status;
}
