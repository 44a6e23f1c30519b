/*
 * schema.yaml: what partner files bring. Sources (which files, how fresh, how trusted), columns (role or attribute) and
 * the keys that people will be matched by. Keys are strict: an unknown one is an error at its line with the nearest
 * known one.
 *
 *   version: 1
 *   sources: [{name, files, date, priority, id, sep, quote, encoding, header, decimal, date_order, skip_lines, strict}]
 *   columns: [{name, role, type, sensitive, values}]
 *   keys: [email, mobile, ...]            default: those that the columns' roles can give
 *   hash_keys: [email_sha256, ...]        default: none
 *
 * `files` is a path or a list of them, relative to the schema's folder; * ? [] match as in a shell. `priority` 1 is the
 * most trusted source, 2 the next; a source without one comes after those that have one. A column without a role is an
 * attribute.
 */
#ifndef RV_SCHEMA_FILE_H
#define RV_SCHEMA_FILE_H

#include "document.h"
#include "person.h"
#include "schema.h"

enum { RV_PRIORITY_NONE = INT32_MAX };

typedef struct rv_schema_source {
    const char *name;
    const char **files; /* patterns, resolved against the schema's folder */
    size_t n_files;
    int32_t date;      /* RV_DATE_NONE: unknown */
    uint32_t priority; /* RV_PRIORITY_NONE: not given */
    const char *id;    /* column, or NULL */
    rv_dialect dialect;
    uint64_t line, column;
} rv_schema_source;

typedef struct rv_schema_column {
    const char *name;
    rv_role role; /* never RV_ROLE_NONE */
    rv_type type;
    bool sensitive;
    const char **values; /* those that are expected; NULL: any */
    size_t n_values;
    uint64_t line, column_at;
} rv_schema_column;

typedef struct rv_schema_file {
    const char *path;
    rv_schema_source *sources;
    rv_schema_column *columns;
    size_t n_sources, n_columns;
    uint32_t keys;         /* set of 1 << rv_key_kind, hash kinds included */
    rv_document *document; /* the texts above live in it and in the arena */
    rv_arena arena;
} rv_schema_file;

/* RV_BAD_INPUT when it can't be read, RV_BAD_ARGUMENT with line and column when it isn't a schema. */
rv_status rv_schema_file_open(const char *path, rv_schema_file *out, rv_error *err);
void rv_schema_file_reset(rv_schema_file *file);
/* The column of that name, or NULL. */
const rv_schema_column *rv_schema_file_column(const rv_schema_file *file, rv_text name);
/* path relative to base's folder, unless it is absolute; in the arena (NULL: no memory). */
const char *rv_path_beside(rv_arena *arena, const char *base, const char *path);

#endif
