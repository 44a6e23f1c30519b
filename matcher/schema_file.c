#include "schema_file.h"
#include "table_reader.h"

#include "file_keys.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct reading {
    rv_schema_file *file;
    const rv_document *document;
    rv_error *err;
} reading;

static rv_status no_memory(const reading *r) { return rv_fail_memory(r->err, 0); }

static rv_status expect(const reading *r, const rv_node *node, rv_node_kind kind, const char *what, const char *form) {
    if (node && rv_node_kind_of(node) == kind) return RV_OK;
    return rv_node_fail(r->document, node, r->err, "'%s' must be %s", what, form);
}

static rv_status check_keys(const reading *r, const rv_node *mapping, const char *path) {
    const char *names[RV_MAX_FILE_KEYS];
    rv_file_keys_under(rv_schema_keys, path, names);
    return rv_node_check_keys(r->document, mapping, names, r->err);
}

/* --- Small values ------------------------------------------------------------------------------------------------- */

static rv_status read_name(const reading *r, const rv_node *node, const char *what, const char **out) {
    const char *name = NULL;
    RV_TRY(rv_node_read_string(r->document, node, what, &name, r->err));
    size_t len = strlen(name);
    if (len == 0) return rv_node_fail(r->document, node, r->err, "'%s' is empty", what);
    if (len > RV_SCHEMA_NAME_MAX)
        return rv_node_fail(r->document, node, r->err, "'%s' is longer than %d bytes", what, RV_SCHEMA_NAME_MAX);
    *out = name;
    return RV_OK;
}

/* The index of node's word among `words`; another word is an error with the nearest of them. */
static rv_status read_word(const reading *r, const rv_node *node, const char *what, const char *const *words,
                           int *out) {
    const char *word = NULL;
    RV_TRY(rv_node_read_string(r->document, node, what, &word, r->err));
    for (int i = 0; words[i]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = i;
            return RV_OK;
        }
    }
    const char *near = rv_nearest_word(word, words);
    rv_status status = rv_node_fail(r->document, node, r->err, "unknown %s '%.64s'", what, word);
    if (near) rv_error_hint(r->err, "did you mean '%s'?", near);
    else if (words[0] && words[1]) rv_error_hint(r->err, "one of them is '%s', another '%s'", words[0], words[1]);
    return status;
}

static rv_status read_date(const reading *r, const rv_node *node, int32_t *out) {
    const char *text = NULL;
    RV_TRY(rv_node_read_string(r->document, node, "date", &text, r->err));
    int32_t date = rv_date_parse(rv_text_of(text), RV_YMD);
    if (date == RV_DATE_NONE) return rv_node_fail(r->document, node, r->err, "'date' must be a day as 2026-01-31");
    *out = date;
    return RV_OK;
}

static rv_status read_char(const reading *r, const rv_node *node, const char *what, char *out) {
    const char *text = NULL;
    RV_TRY(rv_node_read_string(r->document, node, what, &text, r->err));
    if (strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0) text = "\t";
    bool none = strcmp(what, "quote") == 0 && strcmp(text, "none") == 0;
    if (!none && strlen(text) != 1) return rv_node_fail(r->document, node, r->err, "'%s' must be one character", what);
    *out = none ? RV_NO_QUOTE : text[0];
    return RV_OK;
}

/* A text or a list of texts, as an array in the arena. */
static rv_status read_list(const reading *r, const rv_node *node, const char *what, const char ***out, size_t *n) {
    bool one = rv_node_kind_of(node) == RV_NODE_SCALAR;
    if (!one) RV_TRY(expect(r, node, RV_NODE_SEQUENCE, what, "a text or a list of texts"));
    size_t count = one ? 1 : rv_node_size(node);
    const char **list = rv_arena_get(&r->file->arena, (count ? count : 1) * sizeof *list);
    if (!list) return no_memory(r);
    for (size_t i = 0; i < count; i++)
        RV_TRY(rv_node_read_string(r->document, one ? node : rv_node_item(node, i), what, &list[i], r->err));
    *out = list;
    *n = count;
    return RV_OK;
}

/* --- Sources ------------------------------------------------------------------------------------------------------ */

const char *rv_path_beside(rv_arena *arena, const char *base, const char *path) {
    const char *slash = strrchr(base, '/');
    size_t folder = slash && path[0] != '/' && !rv_table_is_query(path) ? (size_t)(slash - base) + 1 : 0;
    char *joined = rv_arena_get(arena, folder + strlen(path) + 1);
    if (!joined) return NULL;
    memcpy(joined, base, folder);
    memcpy(joined + folder, path, strlen(path) + 1);
    return joined;
}

static rv_status read_files(const reading *r, const rv_node *node, rv_schema_source *source) {
    RV_TRY(read_list(r, node, "files", &source->files, &source->n_files));
    if (source->n_files == 0) return rv_node_fail(r->document, node, r->err, "'files' names no file");
    for (size_t i = 0; i < source->n_files; i++) {
        source->files[i] = rv_path_beside(&r->file->arena, r->file->path, source->files[i]);
        if (!source->files[i]) return no_memory(r);
    }
    return RV_OK;
}

static rv_status read_dialect_key(const reading *r, const char *key, const rv_node *node, rv_dialect *dialect) {
    static const char *const ENCODINGS[] = {"auto",        "utf-8",    "cp1252", "utf-16le",    "utf-16be",
                                            "iso-8859-15", "macroman", "cp850",  "utf-8-twice", NULL};
    static const char *const DATE_ORDERS[] = {"auto", "dmy", "mdy", "ymd", NULL};
    static const char *const SWITCHES[] = {"auto", "yes",   "no",
                                           "true", "false", NULL}; /* as --header says it, and YAML */
    int index = 0;
    if (strcmp(key, "sep") == 0) return read_char(r, node, key, &dialect->separator);
    if (strcmp(key, "quote") == 0) return read_char(r, node, key, &dialect->quote);
    if (strcmp(key, "escape") == 0) return read_char(r, node, key, &dialect->escape);
    if (strcmp(key, "decimal") == 0) return read_char(r, node, key, &dialect->decimal);
    if (strcmp(key, "encoding") == 0) {
        RV_TRY(read_word(r, node, key, ENCODINGS, &index));
        dialect->encoding = (rv_encoding)index;
    } else if (strcmp(key, "date_order") == 0) {
        RV_TRY(read_word(r, node, "date order", DATE_ORDERS, &index));
        dialect->date_order = (rv_date_order)index;
    } else if (strcmp(key, "country") == 0) {
        const char *country = rv_node_string(node);
        if (!country || !rv_country_code(country, dialect->country))
            return rv_node_fail(r->document, node, r->err, "country: no such country; give its ISO code, such as BE");
    } else if (strcmp(key, "header") == 0) {
        RV_TRY(read_word(r, node, key, SWITCHES, &index));
        dialect->header = (rv_switch)(index > 2 ? index - 2 : index);
    } else if (strcmp(key, "footer") == 0) {
        RV_TRY(read_word(r, node, key, SWITCHES, &index));
        dialect->footer = (rv_switch)(index > 2 ? index - 2 : index);
    } else if (strcmp(key, "repair") == 0) {
        RV_TRY(rv_node_read_bool(r->document, node, key, &dialect->repair, r->err));
    } else if (strcmp(key, "strict") == 0) {
        RV_TRY(rv_node_read_bool(r->document, node, key, &dialect->strict, r->err));
    } else if (strcmp(key, "skip_lines") == 0) {
        uint64_t lines = 0;
        RV_TRY(rv_node_read_unsigned(r->document, node, key, &lines, r->err));
        if (lines > UINT32_MAX) return rv_node_fail(r->document, node, r->err, "'skip_lines' is too large");
        dialect->skip_lines = (uint32_t)lines;
        dialect->skip_given = true;
    }
    return RV_OK;
}

static rv_status read_source(const reading *r, const rv_node *node, rv_schema_source *source) {
    RV_TRY(expect(r, node, RV_NODE_MAPPING, "sources", "a list of mappings with name and files"));
    RV_TRY(check_keys(r, node, "sources"));
    *source = (rv_schema_source){
        .date = RV_DATE_NONE, .priority = RV_PRIORITY_NONE, .line = rv_node_line(node), .column = rv_node_column(node)};
    for (size_t i = 0; i < rv_node_size(node); i++) {
        const char *key = rv_node_key(node, i);
        const rv_node *value = rv_node_value(node, i);
        if (rv_node_is_null(value)) continue;
        if (strcmp(key, "name") == 0) {
            RV_TRY(read_name(r, value, "name", &source->name));
        } else if (strcmp(key, "files") == 0) {
            RV_TRY(read_files(r, value, source));
        } else if (strcmp(key, "date") == 0) {
            RV_TRY(read_date(r, value, &source->date));
        } else if (strcmp(key, "priority") == 0) {
            uint64_t priority = 0;
            RV_TRY(rv_node_read_unsigned(r->document, value, key, &priority, r->err));
            if (priority >= RV_PRIORITY_NONE)
                return rv_node_fail(r->document, value, r->err, "'priority' is too large");
            source->priority = (uint32_t)priority;
        } else if (strcmp(key, "id") == 0) {
            RV_TRY(read_name(r, value, "id", &source->id));
        } else {
            RV_TRY(read_dialect_key(r, key, value, &source->dialect));
        }
    }
    if (!source->name) return rv_node_fail(r->document, node, r->err, "this source has no 'name'");
    return RV_OK;
}

static rv_status read_sources(const reading *r, const rv_node *node) {
    rv_schema_file *file = r->file;
    if (!node || rv_node_is_null(node)) return RV_OK;
    RV_TRY(expect(r, node, RV_NODE_SEQUENCE, "sources", "a list"));
    size_t n = rv_node_size(node);
    if (n > RV_MAX_SOURCES) return rv_node_fail(r->document, node, r->err, "more than %d sources", RV_MAX_SOURCES);
    file->sources = rv_arena_get(&file->arena, (n ? n : 1) * sizeof *file->sources);
    if (!file->sources) return no_memory(r);
    for (size_t i = 0; i < n; i++) {
        rv_schema_source *source = &file->sources[i];
        RV_TRY(read_source(r, rv_node_item(node, i), source));
        for (size_t j = 0; j < i; j++)
            if (strcmp(file->sources[j].name, source->name) == 0)
                return rv_node_fail(r->document, rv_node_item(node, i), r->err,
                                    "source '%s' stands here and at line %llu", source->name,
                                    (unsigned long long)file->sources[j].line);
        file->n_sources = i + 1;
    }
    return RV_OK;
}

/* --- Columns ------------------------------------------------------------------------------------------------------ */

static rv_status read_column(const reading *r, const rv_node *node, rv_schema_column *column) {
    static const char *const TYPES[] = {"category", "integer", "decimal", "date", "flag", "text", NULL};
    RV_TRY(expect(r, node, RV_NODE_MAPPING, "columns", "a list of mappings with name and role"));
    RV_TRY(check_keys(r, node, "columns"));
    *column = (rv_schema_column){.line = rv_node_line(node), .column_at = rv_node_column(node)};
    for (size_t i = 0; i < rv_node_size(node); i++) {
        const char *key = rv_node_key(node, i);
        const rv_node *value = rv_node_value(node, i);
        if (rv_node_is_null(value)) continue;
        if (strcmp(key, "name") == 0) {
            RV_TRY(read_name(r, value, "name", &column->name));
        } else if (strcmp(key, "role") == 0) {
            int index = 0;
            RV_TRY(read_word(r, value, "role", rv_role_names(), &index));
            rv_role_find(rv_role_names()[index], &column->role);
        } else if (strcmp(key, "type") == 0) {
            int index = 0;
            RV_TRY(read_word(r, value, "type", TYPES, &index));
            column->type = (rv_type)index;
        } else if (strcmp(key, "sensitive") == 0) {
            RV_TRY(rv_node_read_bool(r->document, value, key, &column->sensitive, r->err));
        } else {
            RV_TRY(read_list(r, value, "values", &column->values, &column->n_values));
        }
    }
    if (!column->name) return rv_node_fail(r->document, node, r->err, "this column has no 'name'");
    if (column->role == RV_ROLE_NONE) column->role = RV_ROLE_ATTRIBUTE;
    return RV_OK;
}

static int by_name(const void *a, const void *b) {
    const rv_schema_column *const *x = a, *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);
    return order ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

/* Sorted, since a schema may name thousands of attributes. */
static rv_status check_twins(const reading *r) {
    rv_schema_file *file = r->file;
    const rv_schema_column **sorted = rv_arena_get(&file->arena, (file->n_columns + 1) * sizeof *sorted);
    if (!sorted) return no_memory(r);
    for (size_t i = 0; i < file->n_columns; i++) sorted[i] = &file->columns[i];
    qsort(sorted, file->n_columns, sizeof *sorted, by_name);
    for (size_t i = 1; i < file->n_columns; i++) {
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0) continue;
        rv_fail(r->err, RV_BAD_ARGUMENT, "column '%s' stands here and at line %llu", sorted[i]->name,
                (unsigned long long)sorted[i - 1]->line);
        rv_error_at(r->err, file->path, sorted[i]->line, sorted[i]->column_at);
        return RV_BAD_ARGUMENT;
    }
    return RV_OK;
}

static rv_status read_columns(const reading *r, const rv_node *root, const rv_node *node) {
    rv_schema_file *file = r->file;
    if (!node || rv_node_is_null(node)) return rv_node_fail(r->document, root, r->err, "the schema has no 'columns'");
    RV_TRY(expect(r, node, RV_NODE_SEQUENCE, "columns", "a list"));
    size_t n = rv_node_size(node);
    if (n == 0) return rv_node_fail(r->document, node, r->err, "'columns' is empty");
    if (n > RV_MAX_ATTRIBUTES)
        return rv_node_fail(r->document, node, r->err, "more than %d columns", RV_MAX_ATTRIBUTES);
    file->columns = rv_arena_get(&file->arena, n * sizeof *file->columns);
    if (!file->columns) return no_memory(r);
    for (size_t i = 0; i < n; i++) {
        RV_TRY(read_column(r, rv_node_item(node, i), &file->columns[i]));
        file->n_columns = i + 1;
    }
    return check_twins(r);
}

/* --- Keys --------------------------------------------------------------------------------------------------------- */

/* Key kinds whose names may stand in a list, for did-you-mean. */
static void kind_names(bool hashes, const char *names[RV_KEY_KINDS + 1]) {
    unsigned n = 0;
    for (int kind = 0; kind < RV_KEY_KINDS; kind++)
        if ((kind >= RV_KEY_EMAIL_SHA256) == hashes) names[n++] = rv_key_kind_name((rv_key_kind)kind);
    names[n] = NULL;
}

static rv_status read_keys(const reading *r, const rv_node *node, const char *what, bool hashes) {
    const char *names[RV_KEY_KINDS + 1];
    kind_names(hashes, names);
    RV_TRY(expect(r, node, RV_NODE_SEQUENCE, what, "a list of key names"));
    for (size_t i = 0; i < rv_node_size(node); i++) {
        int index = 0;
        rv_key_kind kind = RV_KEY_EMAIL;
        RV_TRY(read_word(r, rv_node_item(node, i), hashes ? "hash key" : "key", names, &index));
        rv_key_kind_find(names[index], &kind);
        r->file->keys |= 1u << kind;
    }
    return RV_OK;
}

static bool has_role(const rv_schema_file *file, rv_role role) {
    for (size_t i = 0; i < file->n_columns; i++)
        if (file->columns[i].role == role) return true;
    return false;
}

/* What the columns can give. Digests that a source brings instead of clear values are keys by themselves. */
static uint32_t default_keys(const rv_schema_file *file) {
    static const struct {
        rv_role role;
        rv_key_kind kind;
    } HELD[] = {{RV_ROLE_IDENTIFIER, RV_KEY_IDENTIFIER},
                {RV_ROLE_EMAIL_SHA256, RV_KEY_EMAIL_SHA256},
                {RV_ROLE_EMAIL_MD5, RV_KEY_EMAIL_MD5},
                {RV_ROLE_EMAIL_SHA1, RV_KEY_EMAIL_SHA1},
                {RV_ROLE_PHONE_SHA256, RV_KEY_PHONE_SHA256}};
    uint32_t keys = 1u << RV_KEY_EMAIL | 1u << RV_KEY_MOBILE | 1u << RV_KEY_PHONE | 1u << RV_KEY_PERSON_BIRTH |
                    1u << RV_KEY_PERSON_ADDRESS;
    for (size_t i = 0; i < sizeof HELD / sizeof HELD[0]; i++)
        if (has_role(file, HELD[i].role)) keys |= 1u << HELD[i].kind;
    return keys;
}

/* --- The whole ---------------------------------------------------------------------------------------------------- */

static rv_status read_root(const reading *r) {
    const rv_node *root = rv_document_root(r->document);
    RV_TRY(expect(r, root, RV_NODE_MAPPING, "schema", "a mapping with version, sources and columns"));
    RV_TRY(check_keys(r, root, ""));
    const rv_node *version = rv_node_get(root, "version");
    if (!version) return rv_node_fail(r->document, root, r->err, "the schema has no 'version'; write 'version: 1'");
    uint64_t number = 0;
    RV_TRY(rv_node_read_unsigned(r->document, version, "version", &number, r->err));
    if (number != 1)
        return rv_node_fail(r->document, version, r->err, "schema version %llu; this program knows version 1",
                            (unsigned long long)number);
    RV_TRY(read_sources(r, rv_node_get(root, "sources")));
    RV_TRY(read_columns(r, root, rv_node_get(root, "columns")));
    const rv_node *keys = rv_node_get(root, "keys"), *hashes = rv_node_get(root, "hash_keys");
    if (keys && !rv_node_is_null(keys)) RV_TRY(read_keys(r, keys, "keys", false));
    else r->file->keys |= default_keys(r->file);
    if (hashes && !rv_node_is_null(hashes)) RV_TRY(read_keys(r, hashes, "hash_keys", true));
    if (r->file->keys & 1u << RV_KEY_EMAIL) r->file->keys |= 1u << RV_KEY_EMAIL_FOLDED;
    return RV_OK;
}

rv_status rv_schema_file_open(const char *path, rv_schema_file *out, rv_error *err) {
    rv_schema_file file = {.path = path};
    RV_TRY(rv_document_open(path, &file.document, err));
    reading r = {&file, file.document, err};
    rv_status status = read_root(&r);
    if (status != RV_OK) {
        rv_schema_file_reset(&file);
        return status;
    }
    *out = file;
    return RV_OK;
}

void rv_schema_file_reset(rv_schema_file *file) {
    rv_document_close(file->document);
    rv_arena_free(&file->arena);
    *file = (rv_schema_file){0};
}

const rv_schema_column *rv_schema_file_column(const rv_schema_file *file, rv_text name) {
    for (size_t i = 0; i < file->n_columns; i++)
        if (rv_text_is(name, file->columns[i].name)) return &file->columns[i];
    return NULL;
}
