/*
 * JSON Schemas (draft 2020-12) of the files that reveil reads and writes, for editors and for whoever makes such files by
 * program. Those of job and schema files are the tables of their keys in other words, so they can't say another thing than
 * the reader. YAML's readers differ in what they take for a number or a truth value ("off" is one for some), so a word
 * list that holds such a word also admits the truth value.
 */
#include "file_keys.h"
#include "json_writer.h"
#include "link_model.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

static void put_type(rv_json *json, const char *type) { rv_json_put_string(json, "type", type); }

static void one_type_of(rv_json *json, const char *const *types) {
    rv_json_key(json, "type");
    rv_json_array(json);
    for (; *types; types++) rv_json_string(json, *types);
    rv_json_end(json, ']');
}

static void put_words(rv_json *json, const char *words) {
    bool truth = false;
    rv_json_key(json, "enum");
    rv_json_array(json);
    for (const char *at = words;; at++) {
        char word[64];
        size_t n = strcspn(at, "|");
        snprintf(word, sizeof word, "%.*s", (int)n, at);
        rv_json_string(json, word);
        truth |= strcmp(word, "off") == 0 || strcmp(word, "no") == 0;
        at += n;
        if (!*at) break;
    }
    if (truth) {
        rv_json_bool(json, false);
        if (strstr(words, "yes")) rv_json_bool(json, true);
    }
    rv_json_end(json, ']');
}

static void put_roles(rv_json *json) {
    rv_json_key(json, "enum");
    rv_json_array(json);
    for (const char *const *role = rv_role_names(); *role; role++) rv_json_string(json, *role);
    rv_json_end(json, ']');
}

static void put_list(rv_json *json) {
    static const char *const one_or_more[] = {"array", "string", "number", "boolean", NULL};
    static const char *const item[] = {"string", "number", "boolean", NULL};
    one_type_of(json, one_or_more);
    rv_json_key(json, "items");
    rv_json_object(json);
    one_type_of(json, item);
    rv_json_end(json, '}');
}

/* What a key admits. A text may look like a number: `active: 1`. Nothing at all is the default. */
static void put_form(rv_json *json, const rv_file_key *k) {
    static const char *const text[] = {"string", "number", "boolean", "null", NULL};
    static const char *const path[] = {"string", "null", NULL}, *const number[] = {"integer", "null", NULL};
    static const char *const quantity[] = {"string", "number", "null", NULL};
    switch (k->form) {
    case RV_FORM_WHOLE:
        one_type_of(json, number);
        if (k->least) rv_json_put_unsigned(json, "minimum", k->least);
        if (k->most) rv_json_put_unsigned(json, "maximum", k->most);
        break;
    case RV_FORM_SWITCH: put_type(json, "boolean"); break;
    case RV_FORM_LIST:
    case RV_FORM_PATHS: put_list(json); break;
    case RV_FORM_HEADER: put_words(json, "yes|no|auto"); break;
    case RV_FORM_ROLE: put_roles(json); break;
    case RV_FORM_ROLES:
        put_type(json, "object");
        rv_json_key(json, "additionalProperties");
        rv_json_object(json);
        put_roles(json);
        rv_json_end(json, '}');
        break;
    case RV_FORM_CHARACTER:
        put_type(json, "string");
        rv_json_put_string(json, "pattern", "^(.|\\\\t|tab)$");
        break;
    case RV_FORM_SIZE:
    case RV_FORM_SHARE:
    case RV_FORM_PROBABILITY: one_type_of(json, quantity); break;
    case RV_FORM_PATH:
    case RV_FORM_DATE: one_type_of(json, path); break;
    case RV_FORM_TEXT:
        if (k->choices) put_words(json, k->choices);
        else one_type_of(json, text);
        break;
    }
    rv_json_put_string(json, "description", k->help);
    if (k->fallback) rv_json_put_string(json, "$comment", k->fallback);
}

static void put_needed(rv_json *json, const char *const *words) {
    rv_json_key(json, "required");
    rv_json_array(json);
    for (; *words; words++) rv_json_string(json, *words);
    rv_json_end(json, ']');
}

/* The mapping of a group's keys. */
static void put_group(rv_json *json, const rv_file_key *table, const char *group, const char *const *needed) {
    size_t n = strlen(group);
    put_type(json, "object");
    rv_json_key(json, "additionalProperties");
    rv_json_bool(json, false);
    if (needed) put_needed(json, needed);
    rv_json_key(json, "properties");
    rv_json_object(json);
    for (const rv_file_key *k = table; k->path; k++) {
        if (strncmp(k->path, group, n) != 0 || k->path[n] != '.') continue;
        rv_json_key(json, k->path + n + 1);
        rv_json_object(json);
        put_form(json, k);
        rv_json_end(json, '}');
    }
    rv_json_end(json, '}');
}

static void put_reference(rv_json *json, const char *name) {
    rv_json_object(json);
    rv_json_put_string(json, "$ref", name);
    rv_json_end(json, '}');
}

static void begin(rv_json *json, const char *title) {
    rv_json_object(json);
    rv_json_put_string(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    rv_json_put_string(json, "title", title);
}

/* The keys of the root: plain ones, and groups by a function. */
static void put_root(rv_json *json, const rv_file_key *table, void (*put_named)(rv_json *json, const char *group)) {
    const char *names[RV_MAX_FILE_KEYS];
    rv_file_keys_under(table, "", names);
    put_type(json, "object");
    rv_json_key(json, "additionalProperties");
    rv_json_bool(json, false);
    rv_json_key(json, "properties");
    rv_json_object(json);
    for (size_t i = 0; names[i]; i++) {
        const rv_file_key *k = rv_file_key_find(table, names[i]);
        rv_json_key(json, names[i]);
        rv_json_object(json);
        if (k) put_form(json, k);
        else put_named(json, names[i]);
        rv_json_end(json, '}');
    }
    rv_json_end(json, '}');
}

/* --- Job files --------------------------------------------------------------------------------------------------- */

static const char *const file_needed[] = {"file", NULL};

/* clients: a path, a mapping, or a list of both; transactions: a path or a mapping. */
static void put_job_group(rv_json *json, const char *group) {
    bool clients = strcmp(group, "clients") == 0;
    if (!clients && strcmp(group, "transactions") != 0) {
        put_group(json, rv_job_keys, group, NULL);
        return;
    }
    rv_json_key(json, "anyOf");
    rv_json_array(json);
    rv_json_object(json);
    put_type(json, "string");
    rv_json_end(json, '}');
    put_reference(json, clients ? "#/$defs/client" : "#/$defs/transactions");
    if (clients) {
        rv_json_object(json);
        put_type(json, "array");
        rv_json_put_unsigned(json, "minItems", 1);
        rv_json_key(json, "items");
        rv_json_object(json);
        rv_json_key(json, "anyOf");
        rv_json_array(json);
        rv_json_object(json);
        put_type(json, "string");
        rv_json_end(json, '}');
        put_reference(json, "#/$defs/client");
        rv_json_end(json, ']');
        rv_json_end(json, '}');
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
}

static void job_schema(rv_json *json) {
    static const char *const needed[] = {"version", "megabase", "clients", NULL};
    begin(json, "reveil: a job file");
    put_needed(json, needed);
    put_root(json, rv_job_keys, put_job_group);
    rv_json_key(json, "$defs");
    rv_json_object(json);
    rv_json_key(json, "client");
    rv_json_object(json);
    put_group(json, rv_job_keys, "clients", file_needed);
    rv_json_end(json, '}');
    rv_json_key(json, "transactions");
    rv_json_object(json);
    put_group(json, rv_job_keys, "transactions", file_needed);
    rv_json_end(json, '}');
    rv_json_end(json, '}');
    rv_json_end(json, '}');
}

/* --- Schema files ------------------------------------------------------------------------------------------------ */

static void put_schema_group(rv_json *json, const char *group) {
    static const char *const needed[] = {"name", NULL};
    put_type(json, "array");
    rv_json_key(json, "items");
    rv_json_object(json);
    put_group(json, rv_schema_keys, group, needed);
    rv_json_end(json, '}');
}

static void schema_schema(rv_json *json) {
    static const char *const needed[] = {"version", "columns", NULL};
    begin(json, "reveil: a schema file");
    put_needed(json, needed);
    put_root(json, rv_schema_keys, put_schema_group);
    rv_json_end(json, '}');
}

/* --- Linkage models ---------------------------------------------------------------------------------------------- */

static void put_number_between(rv_json *json, const char *name) {
    rv_json_key(json, name);
    rv_json_object(json);
    put_type(json, "number");
    rv_json_put_unsigned(json, "exclusiveMinimum", 0);
    rv_json_put_unsigned(json, "exclusiveMaximum", 1);
    rv_json_end(json, '}');
}

static void put_kind(rv_json *json, const char *name, const char *type) {
    rv_json_key(json, name);
    rv_json_object(json);
    put_type(json, type);
    if (strcmp(type, "integer") == 0) rv_json_put_unsigned(json, "minimum", 0);
    rv_json_end(json, '}');
}

/* A mapping of these names and no others, all of them needed; its properties follow, up to end_strict. */
static void begin_strict(rv_json *json, const char *const *names) {
    put_type(json, "object");
    rv_json_key(json, "additionalProperties");
    rv_json_bool(json, false);
    put_needed(json, names);
    rv_json_key(json, "properties");
    rv_json_object(json);
}
static void end_strict(rv_json *json) { rv_json_end(json, '}'); }

static void put_model_field(rv_json *json, rv_link_field field) {
    static const char *const members[] = {"trained", "by_value", "levels", NULL};
    const char *levels[RV_LEVELS_MAX + 1] = {0};
    for (unsigned l = RV_LEVEL_DIFFERENT; l < rv_link_levels(field); l++) levels[l - 1] = rv_link_level_name(field, l);
    rv_json_key(json, rv_link_field_name(field));
    rv_json_object(json);
    begin_strict(json, members);
    put_kind(json, "trained", "boolean");
    put_kind(json, "by_value", "boolean");
    rv_json_key(json, "levels");
    rv_json_object(json);
    begin_strict(json, levels);
    for (unsigned l = 0; levels[l]; l++) {
        rv_json_key(json, levels[l]);
        put_reference(json, "#/$defs/level");
    }
    end_strict(json);
    rv_json_end(json, '}');
    end_strict(json);
    rv_json_end(json, '}');
}

static void model_schema(rv_json *json) {
    static const char *const members[] = {"link_model_version", "person",    "household", "swapped", "pairs_seen",
                                          "iterations",         "converged", "fields",    NULL};
    static const char *const shares[] = {"m", "u", NULL};
    const char *fields[RV_FIELD_COUNT + 1] = {0};
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) fields[f] = rv_link_field_name((rv_link_field)f);
    begin(json, "reveil: a model of linkage");
    begin_strict(json, members);
    rv_json_key(json, "link_model_version");
    rv_json_object(json);
    rv_json_put_unsigned(json, "const", RV_LINK_MODEL_VERSION);
    rv_json_end(json, '}');
    for (unsigned i = 1; i < 4; i++) put_number_between(json, members[i]);
    put_kind(json, "pairs_seen", "integer");
    put_kind(json, "iterations", "integer");
    put_kind(json, "converged", "boolean");
    rv_json_key(json, "fields");
    rv_json_object(json);
    begin_strict(json, fields);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) put_model_field(json, (rv_link_field)f);
    end_strict(json);
    rv_json_end(json, '}');
    end_strict(json);
    rv_json_key(json, "$defs");
    rv_json_object(json);
    rv_json_key(json, "level");
    rv_json_object(json);
    begin_strict(json, shares);
    put_number_between(json, "m");
    put_number_between(json, "u");
    end_strict(json);
    rv_json_end(json, '}');
    rv_json_end(json, '}');
    rv_json_end(json, '}');
}

/* --- Summaries --------------------------------------------------------------------------------------------------- */

/* What every summary has; steps have members of their own (docs/SUMMARY.md), and a job may say more. */
static const char summary_text[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"reveil: the summary of a job\","
    "\"type\":\"object\",\"required\":[\"summary_version\",\"job\",\"reveil\",\"status\"],"
    "\"properties\":{\"summary_version\":{\"const\":1},\"job\":{\"type\":\"string\"},"
    "\"reveil\":{\"type\":\"string\",\"pattern\":\"^[0-9]+\\\\.[0-9]+\\\\.[0-9]+\"},"
    "\"status\":{\"enum\":[\"ok\",\"failed\",\"bad_argument\",\"bad_input\",\"corrupt\",\"newer_format\","
    "\"over_reject_budget\",\"gate_missed\",\"no_memory\",\"no_space\",\"refused\",\"interrupted\"]},"
    "\"exit_code\":{\"enum\":[1,2,3,4,5,6,130,143]},"
    "\"rows\":{\"type\":\"object\",\"required\":[\"in\",\"out\",\"rejected\"],\"properties\":{"
    "\"in\":{\"type\":\"integer\",\"minimum\":0},\"out\":{\"type\":\"integer\",\"minimum\":0},"
    "\"rejected\":{\"type\":\"integer\",\"minimum\":0}}},"
    "\"inputs\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"path\",\"bytes\",\"xxh3\"],"
    "\"properties\":{\"path\":{\"type\":\"string\"},\"bytes\":{\"type\":\"integer\",\"minimum\":0},"
    "\"xxh3\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{16}$\"},"
    "\"of\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\",\"minimum\":0}}}}},"
    "\"inputs_left_out\":{\"type\":\"integer\",\"minimum\":1},"
    "\"timings\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\",\"minimum\":0}},"
    "\"peak_memory_bytes\":{\"type\":\"integer\",\"minimum\":0},"
    "\"fingerprint\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{16}-[0-9a-f]{16}$\"},"
    "\"error\":{\"type\":\"object\",\"required\":[\"message\",\"code\",\"file\",\"line\",\"column\",\"offset\",\"hint\"],"
    "\"properties\":{\"message\":{\"type\":\"string\"},"
    "\"code\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^E[0-9]{4}$\"},\"file\":{\"type\":\"string\"},"
    "\"line\":{\"type\":\"integer\",\"minimum\":0},\"column\":{\"type\":\"integer\",\"minimum\":0},"
    "\"offset\":{\"type\":\"integer\",\"minimum\":0},\"hint\":{\"type\":\"string\"}}}},"
    "\"if\":{\"properties\":{\"status\":{\"const\":\"ok\"}}},"
    "\"then\":{\"required\":[\"rows\",\"inputs\",\"timings\",\"peak_memory_bytes\"]},"
    "\"else\":{\"required\":[\"exit_code\",\"error\"]}}";

rv_status rv_json_schema(const char *what, rv_report *report, rv_error *err) {
    rv_buffer text = {0};
    rv_json json;
    rv_json_init(&json, &text, false);
    if (strcmp(what, "job") == 0) job_schema(&json);
    else if (strcmp(what, "schema") == 0) schema_schema(&json);
    else if (strcmp(what, "model") == 0) model_schema(&json);
    else if (strcmp(what, "summary") == 0) rv_buffer_string(&text, summary_text);
    else return rv_fail(err, RV_BAD_ARGUMENT, "there is no schema of '%s': job, schema, model or summary", what);
    rv_status status = rv_buffer_check(&text, err);
    char *taken = status == RV_OK ? rv_buffer_take(&text, err) : NULL;
    rv_buffer_free(&text);
    if (!taken) return status == RV_OK ? RV_NO_MEMORY : status;
    rv_report_give(report, taken, NULL);
    return RV_OK;
}
