/*
 * The plan of a build: files to sources, columns to fields and attributes. Every header is read before any row, so
 * that a misspelt column costs a second and not an hour.
 *
 * The schema is the contract with the partners: a column it names that no file has is an error; a column that a file
 * has and the schema doesn't is left out, with a warning that names it.
 */
#include "build.h"

#include "file.h"
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct planning {
    rv_build_plan *plan;
    const rv_settings *settings;
    size_t files_cap;
    bool *found;  /* per column of the schema: some file has it */
    bool partial; /* the command line chose some of the schema's sources */
    rv_error *err;
} planning;

static rv_status no_memory(const planning *p) { return rv_fail_memory(p->err, 0); }

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* --- Files -------------------------------------------------------------------------------------------------------- */

static rv_status add_file(planning *p, const char *path, uint32_t source) {
    rv_build_plan *plan = p->plan;
    for (uint32_t i = 0; i < plan->n_files; i++) {
        if (strcmp(plan->files[i].path, path) != 0 && !rv_file_same(plan->files[i].path, path)) continue;
        rv_fail(p->err, RV_BAD_ARGUMENT, "this file is named twice: by source '%s' and by source '%s'",
                plan->sources[plan->files[i].source].name, plan->sources[source].name);
        rv_error_at(p->err, path, 0, 0);
        return RV_BAD_ARGUMENT;
    }
    if (plan->n_files == p->files_cap) {
        size_t cap = p->files_cap * 2 + 8;
        rv_build_file *grown = rv_array_grow(plan->files, cap, sizeof *grown, p->err);
        if (!grown) return RV_NO_MEMORY;
        plan->files = grown;
        p->files_cap = cap;
    }
    rv_text copy = rv_arena_copy(&plan->arena, path, strlen(path) + 1);
    if (!copy.ptr) return no_memory(p);
    plan->files[plan->n_files++] = (rv_build_file){.path = copy.ptr, .source = source};
    return RV_OK;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* A pattern's files in bytewise order; glob's own order follows the locale. */
static rv_status add_pattern(planning *p, const char *pattern, uint32_t source) {
    if (rv_table_is_query(pattern) || !strpbrk(pattern, "*?[")) return add_file(p, pattern, source);
    glob_t found = {0};
    int result = glob(pattern, GLOB_NOSORT, NULL, &found);
    rv_status status = RV_OK;
    if (result == GLOB_NOSPACE) {
        status = no_memory(p);
    } else if (result != 0) {
        const rv_schema_source *from = p->plan->sources[source].schema;
        status = rv_fail(p->err, RV_BAD_INPUT, "source '%s': no file matches '%s'", from->name, pattern);
        rv_error_at(p->err, p->plan->schema.path, from->line, from->column);
    } else {
        qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_bytes);
        for (size_t i = 0; i < found.gl_pathc && status == RV_OK; i++) status = add_file(p, found.gl_pathv[i], source);
    }
    globfree(&found);
    return status;
}

/* --- Sources ------------------------------------------------------------------------------------------------------ */

static rv_build_source source_of(const rv_schema_source *from) {
    return (rv_build_source){.name = from->name,
                             .date = from->date,
                             .priority = from->priority,
                             .id = from->id,
                             .dialect = from->dialect,
                             .schema = from};
}

static rv_status schema_sources(planning *p) {
    rv_build_plan *plan = p->plan;
    const rv_schema_file *schema = &plan->schema;
    if (schema->n_sources == 0) {
        rv_fail(p->err, RV_BAD_ARGUMENT, "the schema names no sources, and neither does the command line");
        rv_error_hint(p->err, "reveil build --schema %s --out mega.rvl SOURCE.csv...", schema->path);
        rv_error_at(p->err, schema->path, 0, 0);
        return RV_BAD_ARGUMENT;
    }
    for (size_t i = 0; i < schema->n_sources; i++) {
        const rv_schema_source *from = &schema->sources[i];
        if (from->n_files == 0) {
            rv_fail(p->err, RV_BAD_ARGUMENT, "source '%s' names no 'files'", from->name);
            rv_error_at(p->err, schema->path, from->line, from->column);
            return RV_BAD_ARGUMENT;
        }
        plan->sources[plan->n_sources++] = source_of(from);
        for (size_t j = 0; j < from->n_files; j++) RV_TRY(add_pattern(p, from->files[j], plan->n_sources - 1));
    }
    return RV_OK;
}

/* "sources/crm-2026.csv.zst" is "crm-2026" */
static size_t stem_length(const char *name) {
    static const char *const ENDS[] = {".gz", ".zst", ".csv", ".tsv", ".txt", ".jsonl", ".parquet", ".xlsx"};
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        size_t end = strlen(ENDS[i]);
        if (len > end && memcmp(name + len - end, ENDS[i], end) == 0) len -= end;
    }
    return len < RV_SCHEMA_NAME_MAX ? len : RV_SCHEMA_NAME_MAX;
}

/* The schema's source that a path on the command line belongs to: by its files' names, else by its own. */
static const rv_schema_source *source_for(const rv_schema_file *schema, const char *path) {
    const char *name = base_name(path);
    for (size_t i = 0; i < schema->n_sources; i++)
        for (size_t j = 0; j < schema->sources[i].n_files; j++)
            if (fnmatch(base_name(schema->sources[i].files[j]), name, 0) == 0) return &schema->sources[i];
    size_t stem = stem_length(name);
    for (size_t i = 0; i < schema->n_sources; i++)
        if (strlen(schema->sources[i].name) == stem && memcmp(schema->sources[i].name, name, stem) == 0)
            return &schema->sources[i];
    return NULL;
}

static rv_status new_source(planning *p, const char *path, rv_build_source *out) {
    const char *name = strcmp(path, "-") == 0 ? "stdin" : rv_table_is_query(path) ? "duckdb" : base_name(path);
    char *stem = rv_arena_get(&p->plan->arena, stem_length(name) + 1);
    if (!stem) return no_memory(p);
    memcpy(stem, name, stem_length(name));
    stem[stem_length(name)] = 0;
    *out = (rv_build_source){.name = stem, .date = RV_DATE_NONE, .priority = RV_PRIORITY_NONE};
    return RV_OK;
}

static bool is_source(const rv_build_source *source, const rv_schema_source *schema, const char *name) {
    return schema ? source->schema == schema : !source->schema && strcmp(source->name, name) == 0;
}

/* Paths of the command line, in the schema's order of sources, then those that the schema doesn't know. */
static rv_status given_sources(planning *p, const rv_build_options *options) {
    rv_build_plan *plan = p->plan;
    const rv_schema_file *schema = &plan->schema;
    for (size_t i = 0; i <= schema->n_sources; i++) {
        const rv_schema_source *wanted = i < schema->n_sources ? &schema->sources[i] : NULL;
        for (size_t j = 0; j < options->n_sources; j++) {
            const char *path = options->sources[j];
            if (source_for(schema, path) != wanted) continue;
            rv_build_source source = {0};
            if (wanted) source = source_of(wanted);
            else RV_TRY(new_source(p, path, &source));
            uint32_t s = 0;
            while (s < plan->n_sources && !is_source(&plan->sources[s], wanted, source.name)) s++;
            if (s == plan->n_sources) plan->sources[plan->n_sources++] = source;
            RV_TRY(add_file(p, path, s));
        }
    }
    size_t used = 0;
    for (uint32_t s = 0; s < plan->n_sources; s++) used += plan->sources[s].schema != NULL;
    p->partial = used < schema->n_sources;
    return RV_OK;
}

/* --- Columns ------------------------------------------------------------------------------------------------------ */

static bool is_field(rv_role role) { return rv_role_is_contact(role); }
static bool is_control(rv_role role) {
    return role == RV_ROLE_ID || role == RV_ROLE_UPDATED_ON || role == RV_ROLE_LAST_SEEN;
}

/* Fields are the contact roles that the schema speaks of; what is neither a field nor the row's own affair (id, dates)
 * is an attribute, consent and texts to compare included. */
static rv_status schema_columns(planning *p) {
    rv_build_plan *plan = p->plan;
    const rv_schema_file *schema = &plan->schema;
    plan->attributes = rv_arena_get(&plan->arena, schema->n_columns * sizeof *plan->attributes);
    if (!plan->attributes) return no_memory(p);
    for (int role = RV_ROLE_NONE + 1; role < RV_ROLE_COUNT; role++) {
        if (!is_field((rv_role)role)) continue;
        for (size_t i = 0; i < schema->n_columns; i++) {
            if (schema->columns[i].role != (rv_role)role) continue;
            plan->fields[plan->n_fields++] = (rv_role)role;
            break;
        }
    }
    for (size_t i = 0; i < schema->n_columns; i++)
        if (!is_field(schema->columns[i].role) && !is_control(schema->columns[i].role))
            plan->attributes[plan->n_attributes++] = &schema->columns[i];
    return RV_OK;
}

/* Strong keys: each names one person (or a family, which the guard tells). A landline or an address doesn't. Digests
 * merge where a source brings them; elsewhere they are the e-mail once more. */
static uint32_t merging_keys(const rv_build_plan *plan) {
    static const struct {
        rv_role role;
        rv_key_kind kind;
    } DIGESTS[] = {{RV_ROLE_EMAIL_SHA256, RV_KEY_EMAIL_SHA256},
                   {RV_ROLE_EMAIL_MD5, RV_KEY_EMAIL_MD5},
                   {RV_ROLE_EMAIL_SHA1, RV_KEY_EMAIL_SHA1}};
    uint32_t kinds = 1u << RV_KEY_EMAIL | 1u << RV_KEY_EMAIL_FOLDED | 1u << RV_KEY_MOBILE | 1u << RV_KEY_PERSON_BIRTH |
                     1u << RV_KEY_IDENTIFIER;
    for (uint32_t f = 0; f < plan->n_fields; f++)
        for (size_t d = 0; d < sizeof DIGESTS / sizeof DIGESTS[0]; d++)
            if (plan->fields[f] == DIGESTS[d].role) kinds |= 1u << DIGESTS[d].kind;
    return kinds;
}

static int64_t find_name(const rv_table_info *info, const char *name) {
    for (uint32_t c = 0; c < info->columns; c++)
        if (rv_text_is(rv_text_trim(info->names[c]), name)) return c;
    return -1;
}

static const char *as_string(planning *p, rv_text text) {
    char *s = rv_arena_get(&p->plan->arena, (size_t)text.len + 1);
    if (!s) return NULL;
    memcpy(s, text.ptr, text.len);
    s[text.len] = 0;
    return s;
}

/* The nearest of a file's column names, as a hint. */
static void hint_column(planning *p, const rv_table_info *info, const char *name) {
    const char **names = rv_arena_get(&p->plan->arena, (info->columns + 1) * sizeof *names);
    if (!names) return;
    for (uint32_t c = 0; c < info->columns; c++)
        if (!(names[c] = as_string(p, rv_text_trim(info->names[c])))) return;
    names[info->columns] = NULL;
    const char *near = rv_nearest_word(name, names);
    if (near) rv_error_hint(p->err, "did you mean '%s'?", near);
}

/* The schema's roles for the columns it knows; the others are ignored. */
static rv_status find_roles(planning *p, rv_build_file *file, const rv_table_info *info, rv_buffer *unknown) {
    rv_build_plan *plan = p->plan;
    const rv_build_source *source = &plan->sources[file->source];
    rv_assignment *roles = rv_arena_get(&plan->arena, (info->columns + 1) * sizeof *roles);
    const char **ignore = rv_arena_get(&plan->arena, (info->columns + 1) * sizeof *ignore);
    if (!roles || !ignore) return no_memory(p);
    rv_table_options table = {.path = file->path, .id = source->id, .roles = roles, .ignore = ignore};
    for (uint32_t c = 0; c < info->columns; c++) {
        rv_text name = rv_text_trim(info->names[c]);
        const rv_schema_column *column = rv_schema_file_column(&plan->schema, name);
        const char *string = as_string(p, name);
        if (!string) return no_memory(p);
        bool is_id = source->id && strcmp(source->id, string) == 0;
        if (column) p->found[column - plan->schema.columns] = true;
        if (is_id) continue;
        if (column && !(source->id && column->role == RV_ROLE_ID)) {
            roles[table.n_roles++] = (rv_assignment){string, rv_role_name(column->role)};
            continue;
        }
        ignore[table.n_ignore++] = string;
        if (column) continue; /* another source's id */
        rv_buffer_string(unknown, unknown->len ? ", " : "");
        rv_buffer_text(unknown, name);
    }
    return rv_table_roles_find(&table, info->names, info->columns, &file->roles, p->err);
}

/* Which column gives which field: a role that two columns of one file bear would make the second one vanish. */
static rv_status find_fields(planning *p, rv_build_file *file, const rv_table_info *info) {
    rv_build_plan *plan = p->plan;
    file->fields = rv_arena_get(&plan->arena, (plan->n_fields + 1) * sizeof *file->fields);
    file->attributes = rv_arena_get(&plan->arena, (plan->n_attributes + 1) * sizeof *file->attributes);
    file->carried = rv_arena_get(&plan->arena, (plan->n_attributes + 1) * sizeof *file->carried);
    if (!file->fields || !file->attributes || !file->carried) return no_memory(p);
    for (uint32_t f = 0; f < plan->n_fields; f++) {
        file->fields[f] = -1;
        for (uint32_t c = 0; c < info->columns; c++) {
            if (file->roles.roles[c] != plan->fields[f]) continue;
            if (file->fields[f] >= 0 && plan->fields[f] != RV_ROLE_ADDRESS_EXTRA) {
                rv_text a = rv_text_trim(info->names[file->fields[f]]), b = rv_text_trim(info->names[c]);
                rv_fail(p->err, RV_BAD_ARGUMENT, "columns '%.*s' and '%.*s' have one role, %s", (int)a.len, a.ptr,
                        (int)b.len, b.ptr, rv_role_name(plan->fields[f]));
                rv_error_hint(p->err, "give one of them another role in %s", plan->schema.path);
                rv_error_at(p->err, file->path, info->header_line, 0);
                return RV_BAD_ARGUMENT;
            }
            if (file->fields[f] < 0) file->fields[f] = (int32_t)c;
        }
    }
    for (uint32_t a = 0; a < plan->n_attributes; a++) {
        file->attributes[a] = (int32_t)find_name(info, plan->attributes[a]->name);
        if (file->attributes[a] >= 0) file->carried[file->n_carried++] = a;
    }
    file->id = file->roles.of[RV_ROLE_ID];
    file->updated_on = file->roles.of[RV_ROLE_UPDATED_ON];
    file->last_seen = file->roles.of[RV_ROLE_LAST_SEEN];
    return RV_OK;
}

static rv_status plan_columns(planning *p, rv_build_file *file, const rv_table_info *info) {
    const rv_build_source *source = &p->plan->sources[file->source];
    file->stored_bytes = info->stored_bytes;
    if (source->id && find_name(info, source->id) < 0) {
        rv_fail(p->err, RV_BAD_ARGUMENT, "source '%s' has its id in column '%s', which this file doesn't have",
                source->name, source->id);
        hint_column(p, info, source->id);
        rv_error_at(p->err, file->path, info->header_line, 0);
        return RV_BAD_ARGUMENT;
    }
    rv_buffer unknown = {0};
    rv_status status = find_roles(p, file, info, &unknown);
    if (status == RV_OK) status = rv_buffer_check(&unknown, p->err);
    if (status == RV_OK && unknown.len)
        rv_warn(p->settings, "%s: columns that the schema doesn't name are left out: %.*s", file->path,
                (int)(unknown.len < 1000 ? unknown.len : 1000), unknown.data);
    rv_buffer_free(&unknown);
    return status == RV_OK ? find_fields(p, file, info) : status;
}

static rv_status plan_file(planning *p, rv_build_file *file) {
    rv_table *csv = NULL;
    RV_TRY(rv_table_open(file->path, &p->plan->sources[file->source].dialect, &csv, p->err));
    rv_status status = plan_columns(p, file, rv_table_describe(csv));
    if (status == RV_OK && strcmp(file->path, "-") == 0) file->held = csv;
    else rv_table_close(csv);
    return status;
}

/* A column that no file has is a misspelling, unless only some of the sources were asked for. */
static rv_status check_found(planning *p) {
    const rv_schema_file *schema = &p->plan->schema;
    for (size_t i = 0; i < schema->n_columns; i++) {
        if (p->found[i]) continue;
        const rv_schema_column *column = &schema->columns[i];
        if (p->partial) {
            rv_warn(p->settings, "%s:%llu: no chosen source has column '%s'", schema->path,
                    (unsigned long long)column->line, column->name);
            continue;
        }
        rv_fail(p->err, RV_BAD_ARGUMENT, "no source has the column '%s'", column->name);
        const rv_build_file *first = &p->plan->files[0];
        rv_table *csv = NULL;
        if (strcmp(first->path, "-") != 0 &&
            rv_table_open(first->path, &p->plan->sources[first->source].dialect, &csv, NULL) == RV_OK)
            hint_column(p, rv_table_describe(csv), column->name);
        rv_table_close(csv);
        rv_error_at(p->err, schema->path, column->line, column->column_at);
        return RV_BAD_ARGUMENT;
    }
    return RV_OK;
}

/* --- The whole ---------------------------------------------------------------------------------------------------- */

static rv_status make(planning *p, const rv_build_options *options) {
    rv_build_plan *plan = p->plan;
    RV_TRY(rv_schema_file_open(options->schema, &plan->schema, p->err));
    if (options->n_sources + plan->schema.n_sources > RV_MAX_SOURCES)
        return rv_fail(p->err, RV_BAD_ARGUMENT, "more than %d sources", RV_MAX_SOURCES);
    plan->sources = rv_array_new(options->n_sources + plan->schema.n_sources, sizeof *plan->sources, p->err);
    p->found = rv_array_new(plan->schema.n_columns, sizeof *p->found, p->err);
    if (!plan->sources || !p->found) return RV_NO_MEMORY;
    RV_TRY(options->n_sources ? given_sources(p, options) : schema_sources(p));
    RV_TRY(schema_columns(p));
    plan->merging = merging_keys(plan);
    for (uint32_t i = 0; i < plan->n_files; i++) {
        RV_TRY(rv_file_check_distinct(plan->files[i].path, options->out, p->err));
        RV_TRY(rv_file_check_distinct(plan->files[i].path, p->settings->rejects, p->err));
        RV_TRY(rv_file_check_distinct(plan->files[i].path, options->ids, p->err));
        RV_TRY(plan_file(p, &plan->files[i]));
    }
    RV_TRY(rv_file_check_distinct(options->schema, options->out, p->err));
    return check_found(p);
}

rv_status rv_build_plan_make(const rv_build_options *options, const rv_settings *settings, rv_build_plan *plan,
                             rv_error *err) {
    *plan = (rv_build_plan){0};
    planning p = {.plan = plan, .settings = settings, .err = err};
    rv_status status = make(&p, options);
    rv_free(p.found);
    if (status != RV_OK) rv_build_plan_reset(plan);
    return status;
}

void rv_build_plan_reset(rv_build_plan *plan) {
    for (uint32_t i = 0; i < plan->n_files; i++) {
        rv_table_close(plan->files[i].held);
        rv_table_roles_reset(&plan->files[i].roles);
    }
    rv_free(plan->files);
    rv_free(plan->sources);
    rv_arena_free(&plan->arena);
    rv_schema_file_reset(&plan->schema);
    *plan = (rv_build_plan){0};
}
