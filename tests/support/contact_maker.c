#include "contact_maker.h"

#include "random.h"
#include <stdio.h>
#include <stdlib.h>

static const char *const first_names[] = {"MARIE", "JEAN",  "CAMILLE", "LOUISE", "GABRIEL",
                                          "EMMA",  "JULES", "ALICE",   "HUGO",   "INES"};
static const char *const cities[] = {"PARIS", "LYON", "MARSEILLE", "SAINT-ETIENNE", "NANTES", "LA ROCHELLE", "QUIMPER"};
static const char *const fields[] = {"email", "mobile", "first_name", "city"};
enum { FIELDS = 4, SOURCES = 5, PERSON_BYTES = 28 };

static rv_text keep(const char *s) {
    size_t n = strlen(s);
    char *copy = malloc(n + 1);
    memcpy(copy, s, n + 1);
    return rv_text_make(copy, n);
}

static void make_dictionary(rv_dictionary *d, uint32_t n) {
    size_t head = (n + 1) * sizeof(uint64_t);
    uint64_t *starts = calloc(1, head + n * 12 + 1);
    char *bytes = (char *)starts + head;
    for (uint32_t i = 0; i < n; i++) starts[i + 1] = starts[i] + (uint64_t)sprintf(bytes + starts[i], "v%u", i);
    *d = (rv_dictionary){n, starts, bytes, NULL, NULL};
}

static void make_schema(made_contacts *m, const making *how) {
    rv_schema *s = &m->schema;
    s->n_fields = FIELDS;
    s->n_attributes = how->narrow + 2 + (how->wide ? 2 : 0);
    s->n_sources = SOURCES;
    s->n_keys = 2;
    s->person_bytes = PERSON_BYTES;
    s->fields = calloc(FIELDS, sizeof *s->fields);
    s->attributes = calloc(s->n_attributes, sizeof *s->attributes);
    s->sources = calloc(SOURCES, sizeof *s->sources);
    s->keys = calloc(2, sizeof *s->keys);
    m->dictionaries = calloc(s->n_attributes, sizeof *m->dictionaries);
    for (int i = 0; i < FIELDS; i++) strcpy(s->fields[i].name, fields[i]);
    for (int i = 0; i < SOURCES; i++) {
        sprintf(s->sources[i].name, "source%d", i);
        s->sources[i].date = 20000 + i;
        s->sources[i].rows = 10;
    }
    strcpy(s->keys[0], "email");
    strcpy(s->keys[1], "mobile");
    for (uint32_t i = 0; i < s->n_attributes; i++) {
        sprintf(s->attributes[i].name, "attribute%u", i);
        uint32_t values = i < how->narrow        ? 1 + i % 15
                          : i < how->narrow + 2  ? 16 + i * 7 % 200
                          : i == how->narrow + 2 ? 300
                                                 : 70000;
        make_dictionary(&m->dictionaries[i], values);
        s->attributes[i].type = RV_CATEGORY;
        s->attributes[i].sensitive = i % 3 == 0;
    }
}

static void make_texts(rv_contact *c, rv_random *random, uint32_t row, const making *how) {
    char text[4000];
    sprintf(text, "S%u-%07u", row % 3, row);
    c->id = keep(text);
    if (rv_random_below(random, 10) == 0) {
        sprintf(text, "S1-%07u|S2-%u", row, rv_random_below(random, 1000000));
        c->aliases = keep(text);
    }
    const char *first = first_names[rv_random_below(random, 10)];
    sprintf(text, "%s.%u@example.%s", first, rv_random_below(random, 100000), row % 2 ? "fr" : "com");
    if (rv_random_below(random, 10) < 7) c->fields[0] = keep(text);
    sprintf(text, "+336%08u", rv_random_below(random, 100000000));
    if (rv_random_below(random, 10) < 6) c->fields[1] = keep(text);
    if (rv_random_below(random, 10) < 9) c->fields[2] = keep(first);
    if (how->long_texts && rv_random_below(random, how->long_texts) == 0) {
        for (int i = 0; i < 3000; i++) text[i] = (char)(1 + rv_random_below(random, 255));
        text[3000] = 0;
        c->fields[3] = keep(text);
    } else {
        c->fields[3] = keep(cities[rv_random_below(random, 7)]);
    }
}

static void make_contact(made_contacts *m, rv_random *random, uint32_t row, const making *how) {
    rv_contact *c = &m->contacts[row];
    uint32_t n = m->schema.n_attributes;
    c->fields = calloc(FIELDS, sizeof *c->fields);
    c->origins = calloc(FIELDS, sizeof *c->origins);
    make_texts(c, random, row, how);
    enum { MOST_ORIGINS = 8 };
    rv_origin origins[MOST_ORIGINS];
    c->source_rows = rv_random_below(random, 10) < 7 ? 1 : 1 + rv_random_below(random, MOST_ORIGINS);
    c->last_seen = RV_DATE_NONE;
    for (uint32_t i = 0; i < c->source_rows; i++) {
        origins[i] =
            (rv_origin){(uint16_t)rv_random_below(random, SOURCES), 18000 + (int32_t)rv_random_below(random, 2500)};
        if (rv_random_below(random, 20) == 0) origins[i].date = RV_DATE_NONE;
        if (origins[i].date > c->last_seen) c->last_seen = origins[i].date;
    }
    if (rv_random_below(random, 8) == 0) c->last_seen = 15000 + (int32_t)rv_random_below(random, 9000);
    uint32_t kinds = c->source_rows;
    for (int f = 0; f < FIELDS; f++) c->origins[f] = origins[rv_random_below(random, kinds)];
    for (uint32_t j = 0; j < n; j++) {
        uint32_t *code = &m->codes[(size_t)row * n + j];
        *code = rv_random_below(random, 4) ? rv_random_below(random, m->dictionaries[j].n + 1) : 0;
        m->attribute_origins[(size_t)row * n + j] = origins[rv_random_below(random, kinds)];
    }
    for (int i = 0; i < PERSON_BYTES; i++)
        m->persons[(size_t)row * PERSON_BYTES + (size_t)i] = (unsigned char)rv_random_below(random, i < 8 ? 200 : 3);
    for (int k = 0; k < 2; k++)
        if (c->fields[k].len)
            m->entries[k][m->n_entries[k]++] =
                (rv_key_entry){rv_key_of(&m->secret, c->fields[k].ptr, c->fields[k].len), row};
}

made_contacts *contacts_make(const making *how) {
    made_contacts *m = calloc(1, sizeof *m);
    m->rows = how->rows;
    rv_secret_from_seed(&m->secret, how->seed);
    make_schema(m, how);
    size_t cells = (size_t)how->rows * m->schema.n_attributes + 1;
    m->contacts = calloc(how->rows + 1, sizeof *m->contacts);
    m->codes = calloc(cells, sizeof *m->codes);
    m->attribute_origins = calloc(cells, sizeof *m->attribute_origins);
    m->persons = calloc(how->rows + 1, PERSON_BYTES);
    for (int k = 0; k < 2; k++) m->entries[k] = calloc(how->rows + 1, sizeof *m->entries[k]);
    for (uint32_t row = 0; row < how->rows; row++) {
        rv_random random;
        rv_random_init(&random, how->seed, row);
        make_contact(m, &random, row, how);
    }
    return m;
}

void contacts_free(made_contacts *m) {
    for (uint32_t row = 0; row < m->rows; row++) {
        rv_contact *c = &m->contacts[row];
        free((void *)(uintptr_t)c->id.ptr);
        free((void *)(uintptr_t)c->aliases.ptr);
        for (int f = 0; f < FIELDS; f++) free((void *)(uintptr_t)c->fields[f].ptr);
        free(c->fields);
        free(c->origins);
    }
    for (uint32_t i = 0; i < m->schema.n_attributes; i++) free((void *)(uintptr_t)m->dictionaries[i].starts);
    free(m->dictionaries);
    free(m->schema.fields);
    free(m->schema.attributes);
    free(m->schema.sources);
    free(m->schema.keys);
    free(m->contacts);
    free(m->codes);
    free(m->attribute_origins);
    free(m->persons);
    free(m->entries[0]);
    free(m->entries[1]);
    free(m);
}

static rv_status append_all(const made_contacts *m, rv_layout layout, rv_megabase_writer *w, rv_error *err) {
    rv_status status = RV_OK;
    rv_encoded_block *slots[2] = {NULL, NULL}; /* two in flight, as a pipeline has them */
    uint32_t n = m->schema.n_attributes, step = rv_block_rows(layout), blocks = (m->rows + step - 1) / step;
    for (uint32_t b = 0; b < blocks + 1 && status == RV_OK; b++) {
        if (b < blocks) {
            size_t first = (size_t)b * step;
            uint32_t left = m->rows - (uint32_t)first;
            rv_contact_block block = {.first = (uint32_t)first,
                                      .rows = left < step ? left : step,
                                      .contacts = m->contacts + first,
                                      .codes = m->codes + first * n,
                                      .attribute_origins = m->attribute_origins + first * n,
                                      .persons = m->persons + first * PERSON_BYTES};
            status = rv_megabase_encode(w, &block, &slots[b % 2], err);
        }
        if (b > 0 && status == RV_OK) status = rv_megabase_append(w, slots[(b - 1) % 2], err);
    }
    rv_encoded_block_free(slots[0]);
    rv_encoded_block_free(slots[1]);
    return status;
}

rv_status contacts_write(const made_contacts *m, const char *path, const rv_megabase_settings *settings,
                         rv_error *err) {
    rv_megabase_settings set = *settings;
    set.secret = m->secret;
    rv_megabase_writer *w;
    RV_TRY(rv_megabase_create(path, &m->schema, m->dictionaries, &set, &w, err));
    rv_status status = append_all(m, settings->layout, w, err);
    for (int k = 1; k >= 0 && status == RV_OK; k--) {
        rv_key_entry *entries = malloc((m->n_entries[k] + 1) * sizeof *entries);
        memcpy(entries, m->entries[k], m->n_entries[k] * sizeof *entries);
        status = rv_megabase_add_index(w, m->schema.keys[k], entries, m->n_entries[k], err);
        free(entries);
    }
    if (status == RV_OK) return rv_megabase_publish(w, err);
    rv_megabase_abandon(w);
    return status;
}

/* --- Comparing --------------------------------------------------------------------------------------------------- */

static bool same_contact(const rv_contact *a, const rv_contact *b) {
    bool same = rv_text_equal(a->id, b->id) && rv_text_equal(a->aliases, b->aliases) && a->last_seen == b->last_seen &&
                a->source_rows == b->source_rows;
    for (int f = 0; f < FIELDS && same; f++) {
        same = rv_text_equal(a->fields[f], b->fields[f]);
        if (same && a->fields[f].len)
            same = a->origins[f].source == b->origins[f].source && a->origins[f].date == b->origins[f].date;
    }
    return same;
}

static bool same_probe(const made_contacts *m, rv_megabase *megabase, int k, uint32_t row, rv_error *err) {
    rv_text text = m->contacts[row].fields[k];
    if (text.len == 0) return true;
    const rv_key_index *index;
    if (rv_megabase_index(megabase, m->schema.keys[k], &index, err) != RV_OK) return false;
    rv_key key = rv_key_of(&m->secret, text.ptr, text.len);
    rv_run run;
    if (rv_key_index_probe(index, &key, 1, UINT32_MAX, &run, err) != RV_OK) return false;
    uint32_t at = 0;
    for (size_t i = 0; i < m->n_entries[k]; i++) {
        if (!rv_key_equal(m->entries[k][i].key, key)) continue;
        if (at >= run.count || rv_run_row(&run, at++) != m->entries[k][i].row) return false;
    }
    return at == run.count;
}

uint32_t contacts_differ(const made_contacts *m, rv_megabase *megabase, const uint32_t *rows, size_t n, rv_error *err) {
    uint32_t n_attributes = m->schema.n_attributes, differ = 0;
    uint32_t *attributes = calloc(n_attributes + 1, sizeof *attributes),
             *codes = calloc(n * n_attributes + 1, sizeof *codes),
             *read_codes = calloc(n * n_attributes + 1, sizeof *read_codes);
    uint16_t *sources = calloc(n * n_attributes + 1, sizeof *sources);
    unsigned char *persons = calloc(n + 1, PERSON_BYTES);
    rv_contact *contacts = calloc(n + 1, sizeof *contacts);
    rv_arena arena = {0};
    rv_contact_reader *reader = NULL;
    for (uint32_t j = 0; j < n_attributes; j++)
        attributes[j] = n_attributes - 1 - j; /* another order than the file's */
    bool read = rv_contact_reader_new(megabase, &reader, err) == RV_OK &&
                rv_contact_read_coded(reader, rows, n, NULL, attributes, n_attributes, &arena, contacts, read_codes,
                                      err) == RV_OK &&
                rv_megabase_persons(megabase, rows, n, persons, err) == RV_OK &&
                rv_megabase_codes(megabase, rows, n, attributes, n_attributes, codes, err) == RV_OK &&
                rv_megabase_attribute_sources(reader, rows, n, attributes, n_attributes, sources, err) == RV_OK;
    if (!read) differ = UINT32_MAX;
    for (uint32_t j = 0; j < n_attributes && read; j++) { /* dictionaries */
        const rv_dictionary *d;
        if (rv_megabase_dictionary(megabase, j, &d, err) != RV_OK || d->n != m->dictionaries[j].n) differ = UINT32_MAX;
        for (uint32_t c = 1; c <= m->dictionaries[j].n && !differ; c += 1 + c / 16)
            if (!rv_text_equal(rv_dictionary_value(d, c), rv_dictionary_value(&m->dictionaries[j], c)))
                differ = UINT32_MAX;
    }
    for (size_t i = 0; i < n && !differ; i++) {
        uint32_t row = rows[i];
        bool same = same_contact(&m->contacts[row], &contacts[i]) &&
                    memcmp(persons + i * PERSON_BYTES, m->persons + (size_t)row * PERSON_BYTES, PERSON_BYTES) == 0;
        for (uint32_t j = 0; j < n_attributes && same; j++) {
            size_t truth = (size_t)row * n_attributes + attributes[j];
            uint32_t code = m->codes[truth];
            same = codes[i * n_attributes + j] == code && read_codes[i * n_attributes + j] == code &&
                   sources[i * n_attributes + j] == (code ? m->attribute_origins[truth].source : UINT16_MAX);
            if (!code || !same) continue;
            rv_origin origin = rv_origin_at(&contacts[i].all, m->schema.n_fields + attributes[j]);
            same = contacts[i].all.n && origin.source == m->attribute_origins[truth].source &&
                   origin.date == m->attribute_origins[truth].date;
        }
        if (i < 200) same = same && same_probe(m, megabase, 0, row, err) && same_probe(m, megabase, 1, row, err);
        if (!same) differ = row + 1;
    }
    rv_contact_reader_free(reader);
    rv_arena_free(&arena);
    free(attributes);
    free(codes);
    free(read_codes);
    free(sources);
    free(persons);
    free(contacts);
    return differ;
}
