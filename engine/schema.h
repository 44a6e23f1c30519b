/*
 * The schema of a megabase: what its columns, keys and sources are called. The engine knows names, kinds and widths;
 * what a role means is the matcher's affair.
 *
 * A column is either a field (contact data, text, kept per contact with its origin) or an attribute (a coded value).
 */
#ifndef RV_SCHEMA_H
#define RV_SCHEMA_H

#include "memory.h"

enum {
    RV_SCHEMA_NAME_MAX = 127,
    RV_MAX_FIELDS = 64,
    RV_MAX_ATTRIBUTES = 4096,
    RV_MAX_SOURCES = 4095,
    RV_MAX_KEYS = 32,
    RV_MAX_PERSON_BYTES = 1024
};

typedef enum rv_type { RV_CATEGORY, RV_INTEGER, RV_DECIMAL, RV_DATE, RV_FLAG, RV_FREE_TEXT } rv_type;

typedef struct rv_field {              /* contact data */
    char name[RV_SCHEMA_NAME_MAX + 1]; /* the role's name: "email", "first_name"... */
} rv_field;

typedef struct rv_attribute {
    char name[RV_SCHEMA_NAME_MAX + 1];
    rv_type type;
    bool sensitive;
    uint32_t values; /* distinct values, the missing one apart; codes are 1..values, 0 is missing */
    uint32_t bits;   /* 4, 8, 16 or 32: width of a code in the records; set by the megabase writer */
    bool consent;    /* says whether the person agrees to be contacted */
} rv_attribute;

typedef struct rv_source {
    char name[RV_SCHEMA_NAME_MAX + 1];
    int32_t date; /* RV_DATE_NONE: unknown */
    uint32_t priority;
    uint64_t rows;
} rv_source;

typedef struct rv_schema {
    uint32_t n_fields, n_attributes, n_sources, n_keys;
    rv_field *fields;
    rv_attribute *attributes;
    rv_source *sources;
    char (*keys)[RV_SCHEMA_NAME_MAX + 1]; /* index names: "email", "person_birth"... */
    uint32_t person_bytes;                /* width of the matcher's fixed record per contact (rv_guard) */
} rv_schema;

void rv_schema_reset(rv_schema *schema); /* frees its arrays, zeroes it */
rv_status rv_schema_copy(const rv_schema *from, rv_schema *to, rv_error *err);
/* Bytes for the file's schema section, and back. Parsing is bounded and refuses what isn't whole (RV_CORRUPT). */
rv_status rv_schema_write(const rv_schema *schema, rv_buffer *out, rv_error *err);
rv_status rv_schema_read(const void *bytes, size_t size, rv_schema *out, rv_error *err);
int rv_schema_field(const rv_schema *schema, const char *name);     /* index or -1 */
int rv_schema_attribute(const rv_schema *schema, const char *name); /* index or -1 */

#endif
