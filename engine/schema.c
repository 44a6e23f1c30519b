/* The schema as bytes: counts, then each name as length and bytes, numbers as u32 or u64, little-endian. */
#include "schema.h"

#include "date.h"
#include <stdio.h>

void rv_schema_reset(rv_schema *schema) {
    rv_free(schema->fields);
    rv_free(schema->attributes);
    rv_free(schema->sources);
    rv_free(schema->keys);
    *schema = (rv_schema){0};
}

static rv_status check_counts(uint32_t fields, uint32_t attributes, uint32_t sources, uint32_t keys, rv_status status,
                              rv_error *err) {
    if (fields <= RV_MAX_FIELDS && attributes <= RV_MAX_ATTRIBUTES && sources <= RV_MAX_SOURCES && keys <= RV_MAX_KEYS)
        return RV_OK;
    return rv_fail(
        err, status,
        "a megabase holds at most %d contact fields, %d attributes, %d sources and %d keys; here are %u, %u, %u, %u",
        RV_MAX_FIELDS, RV_MAX_ATTRIBUTES, RV_MAX_SOURCES, RV_MAX_KEYS, fields, attributes, sources, keys);
}

static rv_status allocate(rv_schema *schema, rv_error *err) {
    schema->fields = rv_array_new(schema->n_fields + 1, sizeof *schema->fields, err);
    schema->attributes = rv_array_new(schema->n_attributes + 1, sizeof *schema->attributes, err);
    schema->sources = rv_array_new(schema->n_sources + 1, sizeof *schema->sources, err);
    schema->keys = rv_array_new(schema->n_keys + 1, sizeof *schema->keys, err);
    if (schema->fields && schema->attributes && schema->sources && schema->keys) return RV_OK;
    rv_schema_reset(schema);
    return RV_NO_MEMORY;
}

rv_status rv_schema_copy(const rv_schema *from, rv_schema *to, rv_error *err) {
    rv_schema copy = *from;
    RV_TRY(allocate(&copy, err));
    if (from->n_fields) memcpy(copy.fields, from->fields, from->n_fields * sizeof *copy.fields);
    if (from->n_attributes) memcpy(copy.attributes, from->attributes, from->n_attributes * sizeof *copy.attributes);
    if (from->n_sources) memcpy(copy.sources, from->sources, from->n_sources * sizeof *copy.sources);
    if (from->n_keys) memcpy(copy.keys, from->keys, from->n_keys * sizeof *copy.keys);
    *to = copy;
    return RV_OK;
}

static void put_u32(rv_buffer *out, uint32_t value) { rv_buffer_add(out, &value, 4); }
static void put_u64(rv_buffer *out, uint64_t value) { rv_buffer_add(out, &value, 8); }
static void put_name(rv_buffer *out, const char *name) {
    size_t n = strnlen(name, RV_SCHEMA_NAME_MAX);
    put_u32(out, (uint32_t)n);
    rv_buffer_add(out, name, n);
}

rv_status rv_schema_write(const rv_schema *schema, rv_buffer *out, rv_error *err) {
    RV_TRY(
        check_counts(schema->n_fields, schema->n_attributes, schema->n_sources, schema->n_keys, RV_BAD_ARGUMENT, err));
    put_u32(out, schema->n_fields);
    put_u32(out, schema->n_attributes);
    put_u32(out, schema->n_sources);
    put_u32(out, schema->n_keys);
    put_u32(out, schema->person_bytes);
    for (uint32_t i = 0; i < schema->n_fields; i++) put_name(out, schema->fields[i].name);
    for (uint32_t i = 0; i < schema->n_attributes; i++) {
        const rv_attribute *a = &schema->attributes[i];
        put_name(out, a->name);
        put_u32(out, (uint32_t)a->type);
        put_u32(out, (uint32_t)a->sensitive | (uint32_t)a->consent << 1);
        put_u32(out, a->values);
        put_u32(out, a->bits);
    }
    for (uint32_t i = 0; i < schema->n_sources; i++) {
        const rv_source *s = &schema->sources[i];
        put_name(out, s->name);
        put_u32(out, (uint32_t)s->date);
        put_u32(out, s->priority);
        put_u64(out, s->rows);
    }
    for (uint32_t i = 0; i < schema->n_keys; i++) put_name(out, schema->keys[i]);
    return rv_buffer_check(out, err);
}

/* --- Reading ----------------------------------------------------------------------------------------------------- */

typedef struct cursor { /* reads past the end give zeros and clear `good` */
    const unsigned char *at;
    size_t left;
    bool good;
} cursor;

static void take(cursor *c, void *out, size_t n) {
    if (n > c->left) {
        c->good = false;
        c->left = 0;
        memset(out, 0, n);
        return;
    }
    if (n) memcpy(out, c->at, n);
    c->at += n;
    c->left -= n;
}
static uint32_t take_u32(cursor *c) {
    uint32_t value;
    take(c, &value, 4);
    return value;
}
static uint64_t take_u64(cursor *c) {
    uint64_t value;
    take(c, &value, 8);
    return value;
}
static void take_name(cursor *c, char out[RV_SCHEMA_NAME_MAX + 1]) {
    uint32_t n = take_u32(c);
    if (n > RV_SCHEMA_NAME_MAX) {
        c->good = false;
        return;
    }
    take(c, out, n);
    if (memchr(out, 0, n)) c->good = false;
    out[n] = 0;
}

static bool take_attribute(cursor *c, rv_attribute *a) {
    take_name(c, a->name);
    uint32_t type = take_u32(c), flags = take_u32(c);
    a->values = take_u32(c);
    a->bits = take_u32(c);
    if (type > RV_FREE_TEXT || flags > 3) return false;
    a->type = (rv_type)type;
    a->sensitive = flags & 1;
    a->consent = flags & 2;
    return (a->bits == 4 && a->values < 16) || (a->bits == 8 && a->values < 256) ||
           (a->bits == 16 && a->values < 65536) || a->bits == 32;
}

static bool take_all(cursor *c, rv_schema *s) {
    bool sane = true;
    for (uint32_t i = 0; i < s->n_fields && c->good; i++) take_name(c, s->fields[i].name);
    for (uint32_t i = 0; i < s->n_attributes && c->good && sane; i++) sane = take_attribute(c, &s->attributes[i]);
    for (uint32_t i = 0; i < s->n_sources && c->good && sane; i++) {
        take_name(c, s->sources[i].name);
        s->sources[i].date = (int32_t)take_u32(c);
        s->sources[i].priority = take_u32(c);
        s->sources[i].rows = take_u64(c);
    }
    for (uint32_t i = 0; i < s->n_keys && c->good; i++) take_name(c, s->keys[i]);
    return sane && c->good && c->left == 0;
}

rv_status rv_schema_read(const void *bytes, size_t size, rv_schema *out, rv_error *err) {
    cursor c = {bytes, size, true};
    rv_schema schema = {0};
    schema.n_fields = take_u32(&c);
    schema.n_attributes = take_u32(&c);
    schema.n_sources = take_u32(&c);
    schema.n_keys = take_u32(&c);
    schema.person_bytes = take_u32(&c);
    RV_TRY(check_counts(schema.n_fields, schema.n_attributes, schema.n_sources, schema.n_keys, RV_CORRUPT, err));
    if (schema.person_bytes > RV_MAX_PERSON_BYTES)
        return rv_fail(err, RV_CORRUPT, "the megabase's schema makes no sense");
    /* Each name takes four bytes at least: a count that the bytes can't hold isn't allocated for. */
    uint64_t names = (uint64_t)schema.n_fields + schema.n_attributes + schema.n_sources + schema.n_keys;
    if (!c.good || names * 4 > c.left) return rv_fail(err, RV_CORRUPT, "the megabase's schema is cut short");
    RV_TRY(allocate(&schema, err));
    if (!take_all(&c, &schema)) {
        rv_schema_reset(&schema);
        return rv_fail(err, RV_CORRUPT, "the megabase's schema makes no sense");
    }
    *out = schema;
    return RV_OK;
}

int rv_schema_field(const rv_schema *schema, const char *name) {
    for (uint32_t i = 0; i < schema->n_fields; i++)
        if (strcmp(schema->fields[i].name, name) == 0) return (int)i;
    return -1;
}

int rv_schema_attribute(const rv_schema *schema, const char *name) {
    for (uint32_t i = 0; i < schema->n_attributes; i++)
        if (strcmp(schema->attributes[i].name, name) == 0) return (int)i;
    return -1;
}
