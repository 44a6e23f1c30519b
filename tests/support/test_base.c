#include "test_base.h"

#include "guard_store.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS_MAX = 32, SOURCES_MAX = 8 };

typedef struct table {
    uint32_t rows, columns;
    rv_text names[COLUMNS_MAX];
    rv_text *cells;
} table;

static void check(rv_status status, const rv_error *error) {
    if (status == RV_OK) return;
    fprintf(stderr, "test base: %s\n", error->message);
    abort();
}

static table parse(const char *text) {
    table t = {0};
    size_t capacity = 0, n = 0;
    rv_text *cells = NULL;
    while (*text) {
        size_t len = strcspn(text, ",\n");
        if (n == capacity) cells = realloc(cells, (capacity = capacity ? capacity * 2 : 256) * sizeof *cells);
        cells[n++] = rv_text_make(text, len);
        text += len;
        if (*text == '\n' && !t.columns) t.columns = (uint32_t)n;
        if (*text) text++;
    }
    memcpy(t.names, cells, t.columns * sizeof *cells);
    memmove(cells, cells + t.columns, (n - t.columns) * sizeof *cells);
    t.cells = cells;
    t.rows = (uint32_t)(n / t.columns - 1);
    if (n % t.columns) abort();
    return t;
}

typedef struct base { /* being made */
    table t;
    rv_schema schema;
    rv_role roles[COLUMNS_MAX];
    int field[COLUMNS_MAX], attribute[COLUMNS_MAX]; /* per column, or -1 */
    int id, source, date;
    rv_dictionary *dictionaries;
    uint32_t *codes; /* rows * attributes */
} base;

static void make_schema(base *b, unsigned kinds) {
    rv_schema *schema = &b->schema;
    schema->fields = calloc(COLUMNS_MAX, sizeof *schema->fields);
    schema->attributes = calloc(COLUMNS_MAX, sizeof *schema->attributes);
    schema->sources = calloc(SOURCES_MAX, sizeof *schema->sources);
    schema->keys = calloc(RV_MAX_KEYS, sizeof *schema->keys);
    schema->person_bytes = RV_GUARD_STORED;
    b->id = b->source = b->date = -1;
    for (uint32_t c = 0; c < b->t.columns; c++) {
        char name[64] = "";
        memcpy(name, b->t.names[c].ptr, b->t.names[c].len);
        b->field[c] = b->attribute[c] = -1;
        b->roles[c] = RV_ROLE_NONE;
        if (!strcmp(name, "id")) b->id = (int)c;
        else if (!strcmp(name, "source")) b->source = (int)c;
        else if (!strcmp(name, "date")) b->date = (int)c;
        else if (rv_role_find(name, &b->roles[c]) && rv_role_is_contact(b->roles[c])) {
            b->field[c] = (int)schema->n_fields;
            strcpy(schema->fields[schema->n_fields++].name, name);
        } else {
            b->attribute[c] = (int)schema->n_attributes;
            strcpy(schema->attributes[schema->n_attributes++].name, name);
        }
    }
    for (uint32_t kind = 0; kind < RV_KEY_KINDS; kind++)
        if (kinds & 1u << kind) strcpy(schema->keys[schema->n_keys++], rv_key_kind_name((rv_key_kind)kind));
}

static uint16_t source_of(base *b, rv_text name) {
    rv_schema *schema = &b->schema;
    uint32_t s = 0;
    while (s < schema->n_sources && !rv_text_is(name, schema->sources[s].name)) s++;
    if (s == schema->n_sources) memcpy(schema->sources[schema->n_sources++].name, name.ptr, name.len);
    schema->sources[s].date = RV_DATE_NONE;
    return (uint16_t)s;
}

static void code_attributes(base *b) {
    rv_error error;
    uint32_t n = b->schema.n_attributes;
    b->dictionaries = calloc(n + 1, sizeof *b->dictionaries);
    b->codes = calloc((size_t)b->t.rows * n + 1, sizeof *b->codes);
    for (uint32_t c = 0; c < b->t.columns; c++) {
        if (b->attribute[c] < 0) continue;
        uint32_t a = (uint32_t)b->attribute[c], *remap;
        rv_dictionary_builder *builder;
        check(rv_dictionary_builder_new(&builder, &error), &error);
        for (uint32_t r = 0; r < b->t.rows; r++)
            check(rv_dictionary_add(builder, b->t.cells[r * b->t.columns + c], &b->codes[r * n + a], &error), &error);
        check(rv_dictionary_finish(builder, &b->dictionaries[a], &remap, &error), &error);
        for (uint32_t r = 0; r < b->t.rows; r++) b->codes[r * n + a] = remap[b->codes[r * n + a]];
        rv_free(remap);
        rv_dictionary_builder_free(builder);
        b->schema.attributes[a].values = b->dictionaries[a].n;
    }
}

static rv_contact contact_of(base *b, uint32_t r, rv_origin *origin) {
    const rv_text *cells = b->t.cells + (size_t)r * b->t.columns;
    rv_contact contact = {.id = cells[b->id],
                          .fields = calloc(b->schema.n_fields + 1, sizeof(rv_text)),
                          .origins = calloc(b->schema.n_fields + 1, sizeof(rv_origin)),
                          .source_rows = 1};
    *origin = (rv_origin){b->source >= 0 ? source_of(b, cells[b->source]) : source_of(b, RV_TEXT("src")),
                          b->date >= 0 ? rv_date_parse(cells[b->date], RV_YMD) : RV_DATE_NONE};
    contact.last_seen = origin->date;
    for (uint32_t c = 0; c < b->t.columns; c++)
        if (b->field[c] >= 0) {
            contact.fields[b->field[c]] = cells[c];
            contact.origins[b->field[c]] = *origin;
        }
    return contact;
}

const char *base_make(const char *name, const char *text, unsigned kinds, rv_layout layout) {
    rv_error error;
    base b = {.t = parse(text)};
    make_schema(&b, kinds);
    code_attributes(&b);
    uint32_t n = b.t.rows, n_attributes = b.schema.n_attributes;
    rv_megabase_settings settings = {.layout = layout, .replace = true, .seeded = true, .seed = 1, .threads = 1};
    rv_secret_from_seed(&settings.secret, 1);
    rv_contact *contacts = calloc(n + 1, sizeof *contacts);
    rv_origin *origins = calloc((size_t)n * n_attributes + 1, sizeof *origins);
    rv_guard *guards = calloc(n + 1, sizeof *guards);
    rv_key_entry *entries[RV_KEY_KINDS] = {0};
    size_t n_entries[RV_KEY_KINDS] = {0};
    rv_arena arena = {0};
    bool ignored[COLUMNS_MAX] = {0};
    rv_table_roles roles = {.columns = b.t.columns, .roles = b.roles, .ignored = ignored};
    for (unsigned i = 0; i < RV_ROLE_COUNT; i++) roles.of[i] = -1;
    for (uint32_t c = b.t.columns; c-- > 0;) roles.of[b.roles[c]] = (int32_t)c;
    rv_person_reader reader = {.roles = &roles};
    rv_batch batch = {.rows = n, .columns = b.t.columns, .cells = b.t.cells};
    for (uint32_t r = 0; r < n; r++) {
        rv_origin origin;
        rv_person person;
        rv_person_key keys[RV_PERSON_KEYS_MAX];
        contacts[r] = contact_of(&b, r, &origin);
        for (uint32_t a = 0; a < n_attributes; a++) origins[(size_t)r * n_attributes + a] = origin;
        if (!rv_person_read(&reader, &batch, r, &arena, &person)) abort();
        rv_guard_of(&person, &guards[r]);
        unsigned n_keys = rv_person_keys(&person, &settings.secret, kinds, true, keys);
        for (unsigned k = 0; k < n_keys; k++) {
            rv_key_kind kind = keys[k].kind;
            entries[kind] = realloc(entries[kind], (n_entries[kind] + 1) * sizeof **entries);
            entries[kind][n_entries[kind]++] = (rv_key_entry){keys[k].key, r};
        }
    }
    const char *path = scratch_path(name);
    rv_megabase_writer *writer;
    check(rv_megabase_create(path, &b.schema, b.dictionaries, &settings, &writer, &error), &error);
    rv_encoded_block *encoded = NULL;
    unsigned char *persons = calloc(n + 1, RV_GUARD_STORED);
    for (uint32_t r = 0; r < n; r++) rv_guard_store(&guards[r], persons + (size_t)r * RV_GUARD_STORED);
    for (uint32_t first = 0; first < n; first += rv_block_rows(layout)) {
        rv_contact_block block = {.first = first,
                                  .rows = n - first < rv_block_rows(layout) ? n - first : rv_block_rows(layout),
                                  .contacts = contacts + first,
                                  .codes = b.codes + (size_t)first * n_attributes,
                                  .attribute_origins = origins + (size_t)first * n_attributes,
                                  .persons = persons + (size_t)first * RV_GUARD_STORED};
        check(rv_megabase_encode(writer, &block, &encoded, &error), &error);
        check(rv_megabase_append(writer, encoded, &error), &error);
    }
    rv_encoded_block_free(encoded);
    free(persons);
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++)
        if (kinds & 1u << kind)
            check(rv_megabase_add_index(writer, rv_key_kind_name((rv_key_kind)kind), entries[kind], n_entries[kind],
                                        &error),
                  &error);
    check(rv_megabase_publish(writer, &error), &error);

    for (uint32_t r = 0; r < n; r++) {
        free(contacts[r].fields);
        free(contacts[r].origins);
    }
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++) free(entries[kind]);
    for (uint32_t a = 0; a < n_attributes; a++) rv_dictionary_reset(&b.dictionaries[a]);
    free(contacts);
    free(origins);
    free(guards);
    free(b.dictionaries);
    free(b.codes);
    free(b.t.cells);
    free(b.schema.fields);
    free(b.schema.attributes);
    free(b.schema.sources);
    free(b.schema.keys);
    rv_arena_free(&arena);
    return path;
}
