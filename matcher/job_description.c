/*
 * Reading job files. One table maps each key's path to its place in rv_job_description, and strictness, overrides and
 * did-you-mean all follow from that table.
 */
#include "job_description.h"

#include "method.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef enum key_kind { KEY_TEXT, KEY_PATH, KEY_WHOLE, KEY_LIST, KEY_PATHS, KEY_SWITCH } key_kind;
typedef struct key {
    const char *path; /* "score.method" */
    key_kind kind;
    size_t at;
    const char *choices; /* "a|b", or NULL */
} key;

#define AT(member) offsetof(rv_job_description, member)
static const key keys[] = {
    {"megabase", KEY_PATH, AT(megabase), NULL},
    {"build.schema", KEY_PATH, AT(build_schema), NULL},
    {"build.sources", KEY_PATHS, AT(build_sources), NULL},
    {"build.layout", KEY_TEXT, AT(build_layout), "image|archive"},
    {"as_of", KEY_TEXT, AT(as_of), NULL},
    {"link", KEY_TEXT, AT(link), "off|strict|default|wide"},
    {"threshold", KEY_TEXT, AT(threshold), NULL},
    {"model", KEY_PATH, AT(link_model), NULL},
    {"model_out", KEY_PATH, AT(link_model_out), NULL},
    {"take", KEY_LIST, AT(take), NULL},
    {"sources", KEY_LIST, AT(sources), NULL},
    {"gates", KEY_LIST, AT(gates), NULL},
    {"segment.horizon_days", KEY_WHOLE, AT(horizon_days), NULL},
    {"segment.active_months", KEY_WHOLE, AT(active_months), NULL},
    {"segment.model", KEY_TEXT, AT(model), "mbg|bg"},
    {"segment.states", KEY_TEXT, AT(states), "months|rhythm"},
    {"score.active", KEY_TEXT, AT(active), NULL},
    {"score.method", KEY_TEXT, AT(method), NULL},
    {"score.profile", KEY_PATH, AT(profile), NULL},
    {"score.min_seeds", KEY_WHOLE, AT(min_seeds), NULL},
    {"score.reasons", KEY_WHOLE, AT(reasons), NULL},
    {"score.use_sensitive", KEY_LIST, AT(use_sensitive), NULL},
    {"out.enriched", KEY_PATH, AT(out.enriched), NULL},
    {"out.segments", KEY_PATH, AT(out.segments), NULL},
    {"out.scores", KEY_PATH, AT(out.scores), NULL},
    {"out.rejects", KEY_PATH, AT(out.rejects), NULL},
    {"out.profile", KEY_PATH, AT(out.profile), NULL},
    {"out.quality", KEY_PATH, AT(out.quality), NULL},
    {"out.summary", KEY_PATH, AT(out.summary), NULL},
    {"threads", KEY_WHOLE, AT(threads), NULL},
    {"seed", KEY_WHOLE, AT(seed), NULL},
    {"memory_limit", KEY_TEXT, AT(memory_limit), NULL},
    {"tmpdir", KEY_PATH, AT(tmpdir), NULL},
    {"max_rejects", KEY_TEXT, AT(max_rejects), NULL},
    {"force", KEY_SWITCH, AT(force), NULL},
};
enum { N_KEYS = sizeof keys / sizeof *keys };

static const char *const top_keys[] = {
    "version", "megabase",  "build",        "clients", "transactions", "as_of",   "link",  "threshold",
    "model",   "model_out", "take",         "sources", "gates",        "segment", "score", "out",
    "threads", "seed",      "memory_limit", "tmpdir",  "max_rejects",  "force",   NULL};
static const char *const build_keys[] = {"schema", "sources", "layout", NULL};
static const char *const segment_keys[] = {"horizon_days", "active_months", "model", "states", NULL};
static const char *const score_keys[] = {"active", "method", "profile", "min_seeds", "reasons", "use_sensitive", NULL};
static const char *const out_keys[] = {"enriched", "segments", "scores",  "rejects",
                                       "profile",  "quality",  "summary", NULL};
static const char *const client_keys[] = {"file",       "id",      "roles",      "ignore", "schema",
                                          "sep",        "quote",   "encoding",   "header", "decimal",
                                          "date_order", "country", "skip_lines", "strict", NULL};
static const char *const transaction_keys[] = {"file",       "client",     "date",     "amount", "order",
                                               "sep",        "quote",      "encoding", "header", "decimal",
                                               "date_order", "skip_lines", "strict",   NULL};

typedef struct reader {
    rv_job_description *job;
    const rv_document *document;
    const rv_assignment *overrides;
    size_t n_overrides;
    rv_environment environment;
    char folder[4096]; /* of the job file, with its slash; "" for the current one */
    rv_error *err;
} reader;

/* --- Texts and paths --------------------------------------------------------------------------------------------- */

static rv_status no_memory(reader *r) { return rv_fail_memory(r->err, 0); }

/* ${NAME} from the environment. A name that isn't set is an error: an empty path would be found out much later. */
static rv_status expand(reader *r, const rv_node *node, const char *text, const char **out) {
    rv_buffer buffer = {0};
    rv_status status = RV_OK;
    for (const char *at = text; *at && status == RV_OK;) {
        const char *end = at[0] == '$' && at[1] == '{' ? strchr(at, '}') : NULL;
        if (!end) {
            rv_buffer_byte(&buffer, *at++);
            continue;
        }
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)(end - at - 2), at + 2);
        const char *value = r->environment ? r->environment(name) : NULL;
        if (value) rv_buffer_string(&buffer, value);
        else if (node) status = rv_node_fail(r->document, node, r->err, "the environment has no variable %s", name);
        else status = rv_fail(r->err, RV_BAD_ARGUMENT, "the environment has no variable %s", name);
        at = end + 1;
    }
    rv_text copy = {0};
    if (status == RV_OK) {
        rv_buffer_byte(&buffer, 0);
        if (!buffer.failed) copy = rv_arena_copy(&r->job->arena, buffer.data, buffer.len);
        if (!copy.ptr) status = no_memory(r);
    }
    rv_buffer_free(&buffer);
    if (status == RV_OK) *out = copy.ptr;
    return status;
}

static rv_status expand_path(reader *r, const rv_node *node, const char *text, const char **out) {
    const char *path;
    RV_TRY(expand(r, node, text, &path));
    if (path[0] == '/' || strcmp(path, "-") == 0 || !r->folder[0]) {
        *out = path;
        return RV_OK;
    }
    size_t n = strlen(r->folder), m = strlen(path);
    char *joined = rv_arena_get(&r->job->arena, n + m + 1);
    if (!joined) return no_memory(r);
    memcpy(joined, r->folder, n);
    memcpy(joined + n, path, m + 1);
    *out = joined;
    return RV_OK;
}

/* --- Values ------------------------------------------------------------------------------------------------------ */

static bool one_of(const char *choices, const char *word) {
    size_t n = strlen(word);
    for (const char *at = choices;; at++) {
        size_t len = strcspn(at, "|");
        if (len == n && memcmp(at, word, n) == 0) return true;
        at += len;
        if (!*at) return false;
    }
}

static rv_status add_word(reader *r, rv_job_list *list, size_t cap, const char *word) {
    if (list->n == cap) return rv_fail(r->err, RV_BAD_ARGUMENT, "a list of more than %zu words", cap);
    list->words[list->n++] = word;
    return RV_OK;
}

static rv_status read_list(reader *r, const rv_node *node, const char *what, bool paths, rv_job_list *out) {
    bool sequence = rv_node_kind_of(node) == RV_NODE_SEQUENCE;
    size_t n = sequence ? rv_node_size(node) : 1;
    rv_job_list list = {rv_arena_get(&r->job->arena, (n ? n : 1) * sizeof(char *)), 0};
    if (!list.words) return no_memory(r);
    for (size_t i = 0; i < n; i++) {
        const rv_node *item = sequence ? rv_node_item(node, i) : node;
        const char *text, *word;
        RV_TRY(rv_node_read_string(r->document, item, what, &text, r->err));
        RV_TRY(paths ? expand_path(r, item, text, &word) : expand(r, item, text, &word));
        RV_TRY(add_word(r, &list, n, word));
    }
    *out = list;
    return RV_OK;
}

static rv_status check_choice(reader *r, const key *k, const rv_node *node, const char *text) {
    if (!k->choices || one_of(k->choices, text)) return RV_OK;
    if (node) return rv_node_fail(r->document, node, r->err, "%s: '%s' isn't one of %s", k->path, text, k->choices);
    return rv_fail(r->err, RV_BAD_ARGUMENT, "%s: '%s' isn't one of %s", k->path, text, k->choices);
}

/* A nought would silently mean the default. */
static rv_status check_range(reader *r, const key *k, const rv_node *node, uint64_t value) {
    static const struct {
        size_t at;
        uint64_t least, most;
    } ranges[] = {{AT(horizon_days), 1, 36500},
                  {AT(active_months), 1, 1200},
                  {AT(min_seeds), 1, UINT32_MAX},
                  {AT(reasons), 1, 1000},
                  {AT(threads), 1, 1024}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (ranges[i].at != k->at || (value >= ranges[i].least && value <= ranges[i].most)) continue;
        unsigned long long least = ranges[i].least, most = ranges[i].most;
        if (node)
            return rv_node_fail(r->document, node, r->err, "%s: a number from %llu to %llu was expected", k->path,
                                least, most);
        return rv_fail(r->err, RV_BAD_ARGUMENT, "%s: a number from %llu to %llu was expected", k->path, least, most);
    }
    return RV_OK;
}

/* Here, not after an hour of matching. */
static rv_status check_method(reader *r, const key *k, const rv_node *node) {
    const char *name = r->job->method;
    if (k->at != AT(method) || !name || strcmp(name, "auto") == 0 || rv_method_find(name)) return RV_OK;
    if (node) rv_node_fail(r->document, node, r->err, "%s: there is no method '%s'", k->path, name);
    else rv_fail(r->err, RV_BAD_ARGUMENT, "%s: there is no method '%s'", k->path, name);
    const char *near = rv_nearest_word(name, rv_method_names());
    if (near) rv_error_hint(r->err, "did you mean %s?", near);
    return RV_BAD_ARGUMENT;
}

static rv_status read_value(reader *r, const key *k, const rv_node *node) {
    void *at = (char *)r->job + k->at;
    const char *text;
    switch (k->kind) {
    case KEY_WHOLE:
        if (rv_node_is_null(node)) return RV_OK;
        RV_TRY(rv_node_read_unsigned(r->document, node, k->path, at, r->err));
        return check_range(r, k, node, *(const uint64_t *)at);
    case KEY_SWITCH: return rv_node_read_bool(r->document, node, k->path, at, r->err);
    case KEY_LIST:
    case KEY_PATHS: return read_list(r, node, k->path, k->kind == KEY_PATHS, at);
    default:
        if (rv_node_is_null(node)) return RV_OK;
        RV_TRY(rv_node_read_string(r->document, node, k->path, &text, r->err));
        RV_TRY(check_choice(r, k, node, text));
        if (k->kind == KEY_PATH) return expand_path(r, node, text, at);
        RV_TRY(expand(r, node, text, at));
        return check_method(r, k, node);
    }
}

/* The same from the command line: paths there start at the current folder, as a shell user expects. */
static rv_status override_value(reader *r, const key *k, const char *text) {
    void *at = (char *)r->job + k->at;
    uint64_t whole;
    switch (k->kind) {
    case KEY_WHOLE:
        if (!rv_text_to_unsigned(rv_text_of(text), &whole))
            return rv_fail(r->err, RV_BAD_ARGUMENT, "%s: a whole number was expected, not '%s'", k->path, text);
        RV_TRY(check_range(r, k, NULL, whole));
        *(uint64_t *)at = whole;
        return RV_OK;
    case KEY_SWITCH:
        *(bool *)at = strcmp(text, "true") == 0;
        return *(bool *)at || strcmp(text, "false") == 0
                   ? RV_OK
                   : rv_fail(r->err, RV_BAD_ARGUMENT, "%s: true or false was expected", k->path);
    case KEY_LIST:
    case KEY_PATHS: {
        size_t n = 1;
        for (const char *c = text; *c; c++) n += *c == ',';
        rv_job_list *list = at;
        *list = (rv_job_list){rv_arena_get(&r->job->arena, n * sizeof(char *)), 0};
        char *copy = (char *)(uintptr_t)rv_arena_copy(&r->job->arena, text, strlen(text) + 1).ptr;
        if (!list->words || !copy) return no_memory(r);
        for (char *rest = copy, *word; (word = strsep(&rest, ","));)
            if (*word) RV_TRY(add_word(r, list, n, word));
        return RV_OK;
    }
    default:
        RV_TRY(check_choice(r, k, NULL, text));
        RV_TRY(expand(r, NULL, text, at));
        return check_method(r, k, NULL);
    }
}

static const key *find_key(const char *path) {
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcmp(keys[i].path, path) == 0) return &keys[i];
    return NULL;
}

static rv_status apply_overrides(reader *r) {
    for (size_t i = 0; i < r->n_overrides; i++) {
        const rv_assignment *o = &r->overrides[i];
        if (strcmp(o->name, "clients.file") == 0 && r->job->n_clients == 1) {
            RV_TRY(expand(r, NULL, o->value, &r->job->clients[0].path));
            continue;
        }
        if (strcmp(o->name, "transactions.file") == 0) {
            RV_TRY(expand(r, NULL, o->value, &r->job->transactions.path));
            continue;
        }
        const key *k = find_key(o->name);
        if (!k) {
            const char *names[N_KEYS + 3];
            size_t n = 0;
            for (; n < N_KEYS; n++) names[n] = keys[n].path;
            names[n++] = "clients.file";
            names[n++] = "transactions.file";
            names[n] = NULL;
            rv_fail(r->err, RV_BAD_ARGUMENT, "--set: unknown key '%s'", o->name);
            const char *near = rv_nearest_word(o->name, names);
            if (near) rv_error_hint(r->err, "did you mean --set %s=...?", near);
            return RV_BAD_ARGUMENT;
        }
        RV_TRY(override_value(r, k, o->value));
    }
    return RV_OK;
}

/* --- Tables ------------------------------------------------------------------------------------------------------ */

static rv_status read_character(reader *r, const rv_node *node, const char *what, char *out) {
    const char *text;
    RV_TRY(rv_node_read_string(r->document, node, what, &text, r->err));
    bool tab = strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0;
    if (!tab && strlen(text) != 1)
        return rv_node_fail(r->document, node, r->err, "%s: one character was expected", what);
    *out = tab ? '\t' : text[0];
    return RV_OK;
}

static rv_status read_choice(reader *r, const rv_node *mapping, const char *name, const char *const *words, int *out) {
    const rv_node *node = rv_node_get(mapping, name);
    if (!node) return RV_OK;
    const char *text = rv_node_string(node);
    for (int i = 0; text && words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return RV_OK;
        }
    return rv_node_fail(r->document, node, r->err, "%s: unknown value", name);
}

static rv_status read_dialect(reader *r, const rv_node *mapping, rv_dialect *d) {
    static const char *const encodings[] = {"auto", "utf-8", "cp1252", "utf-16le", "utf-16be", NULL};
    static const char *const headers[] = {"auto", "yes", "no", NULL};
    static const char *const booleans[] = {"auto", "true", "false", NULL}; /* YAML writers' yes and no */
    static const char *const orders[] = {"auto", "dmy", "mdy", "ymd", NULL};
    const rv_node *node;
    if ((node = rv_node_get(mapping, "sep"))) RV_TRY(read_character(r, node, "sep", &d->separator));
    if ((node = rv_node_get(mapping, "quote"))) RV_TRY(read_character(r, node, "quote", &d->quote));
    if ((node = rv_node_get(mapping, "decimal"))) RV_TRY(read_character(r, node, "decimal", &d->decimal));
    int encoding = 0, header = 0, order = 0;
    RV_TRY(read_choice(r, mapping, "encoding", encodings, &encoding));
    node = rv_node_get(mapping, "header");
    bool boolean = node && rv_node_string(node) && (rv_node_string(node)[0] == 't' || rv_node_string(node)[0] == 'f');
    RV_TRY(read_choice(r, mapping, "header", boolean ? booleans : headers, &header));
    RV_TRY(read_choice(r, mapping, "date_order", orders, &order));
    d->encoding = (rv_encoding)encoding;
    d->header = (rv_switch)header;
    d->date_order = (rv_date_order)order;
    node = rv_node_get(mapping, "country");
    const char *country = node ? rv_node_string(node) : NULL;
    if (node && !(country && rv_country_code(country, d->country)))
        return rv_node_fail(r->document, node, r->err, "country: no such country; give its ISO code, such as BE");
    uint64_t skip = 0;
    if ((node = rv_node_get(mapping, "skip_lines")))
        RV_TRY(rv_node_read_unsigned(r->document, node, "skip_lines", &skip, r->err));
    if (skip > UINT32_MAX) return rv_node_fail(r->document, node, r->err, "skip_lines: too large");
    d->skip_lines = (uint32_t)skip;
    if ((node = rv_node_get(mapping, "strict")))
        RV_TRY(rv_node_read_bool(r->document, node, "strict", &d->strict, r->err));
    return RV_OK;
}

static rv_status read_file_key(reader *r, const rv_node *mapping, const char **out) {
    const rv_node *file = rv_node_get(mapping, "file");
    if (!file) return rv_node_fail(r->document, mapping, r->err, "the key 'file' is missing here");
    const char *text;
    RV_TRY(rv_node_read_string(r->document, file, "file", &text, r->err));
    return expand_path(r, file, text, out);
}

static rv_status read_client(reader *r, const rv_node *node, rv_table_options *out) {
    *out = (rv_table_options){0};
    const char *text;
    if (rv_node_kind_of(node) == RV_NODE_SCALAR) { /* clients: clients.csv */
        RV_TRY(rv_node_read_string(r->document, node, "clients", &text, r->err));
        return expand_path(r, node, text, &out->path);
    }
    RV_TRY(rv_node_check_keys(r->document, node, client_keys, r->err));
    RV_TRY(read_file_key(r, node, &out->path));
    const rv_node *value;
    if ((value = rv_node_get(node, "id"))) {
        RV_TRY(rv_node_read_string(r->document, value, "id", &text, r->err));
        RV_TRY(expand(r, value, text, &out->id));
    }
    if ((value = rv_node_get(node, "schema"))) {
        RV_TRY(rv_node_read_string(r->document, value, "schema", &text, r->err));
        RV_TRY(expand_path(r, value, text, &out->schema));
    }
    if ((value = rv_node_get(node, "roles"))) {
        if (rv_node_kind_of(value) != RV_NODE_MAPPING)
            return rv_node_fail(r->document, value, r->err, "roles: a mapping (column: role) was expected");
        rv_assignment *roles = rv_arena_get(&r->job->arena, (rv_node_size(value) + 1) * sizeof *roles);
        if (!roles) return no_memory(r);
        for (size_t i = 0; i < rv_node_size(value); i++) {
            RV_TRY(rv_node_read_string(r->document, rv_node_value(value, i), "roles", &text, r->err));
            RV_TRY(expand(r, value, rv_node_key(value, i), &roles[i].name));
            RV_TRY(expand(r, value, text, &roles[i].value));
        }
        out->roles = roles;
        out->n_roles = rv_node_size(value);
    }
    if ((value = rv_node_get(node, "ignore"))) {
        rv_job_list ignore;
        RV_TRY(read_list(r, value, "ignore", false, &ignore));
        out->ignore = ignore.words;
        out->n_ignore = ignore.n;
    }
    return read_dialect(r, node, &out->dialect);
}

static rv_status read_clients(reader *r, const rv_node *node) {
    bool several = rv_node_kind_of(node) == RV_NODE_SEQUENCE;
    size_t n = several ? rv_node_size(node) : 1;
    if (n == 0) return rv_node_fail(r->document, node, r->err, "clients: at least one file is needed");
    rv_table_options *clients = rv_arena_get(&r->job->arena, n * sizeof *clients);
    if (!clients) return no_memory(r);
    for (size_t i = 0; i < n; i++) RV_TRY(read_client(r, several ? rv_node_item(node, i) : node, &clients[i]));
    r->job->clients = clients;
    r->job->n_clients = n;
    return RV_OK;
}

static rv_status read_transactions(reader *r, const rv_node *node) {
    rv_table_options *t = &r->job->transactions;
    if (rv_node_kind_of(node) == RV_NODE_SCALAR) {
        const char *text;
        RV_TRY(rv_node_read_string(r->document, node, "transactions", &text, r->err));
        return expand_path(r, node, text, &t->path);
    }
    RV_TRY(rv_node_check_keys(r->document, node, transaction_keys, r->err));
    RV_TRY(read_file_key(r, node, &t->path));
    static const char *const names[] = {"client", "date", "amount", "order"};
    static const char *const roles[] = {"id", "order_date", "amount", "order_id"};
    rv_assignment *assigned = rv_arena_get(&r->job->arena, 4 * sizeof *assigned);
    if (!assigned) return no_memory(r);
    for (size_t i = 0; i < 4; i++) {
        const rv_node *column = rv_node_get(node, names[i]);
        if (!column) continue;
        const char *text;
        RV_TRY(rv_node_read_string(r->document, column, names[i], &text, r->err));
        RV_TRY(expand(r, column, text, &assigned[t->n_roles].name));
        assigned[t->n_roles++].value = roles[i];
    }
    t->roles = assigned;
    return read_dialect(r, node, &t->dialect);
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

static rv_status check_group(reader *r, const char *name, const char *const *known) {
    const rv_node *node = rv_node_get(rv_document_root(r->document), name);
    return node ? rv_node_check_keys(r->document, node, known, r->err) : RV_OK;
}

static rv_status read_keys(reader *r) {
    const rv_node *root = rv_document_root(r->document);
    RV_TRY(rv_node_check_keys(r->document, root, top_keys, r->err));
    RV_TRY(check_group(r, "build", build_keys));
    RV_TRY(check_group(r, "segment", segment_keys));
    RV_TRY(check_group(r, "score", score_keys));
    RV_TRY(check_group(r, "out", out_keys));
    const rv_node *version = rv_node_get(root, "version");
    uint64_t number = 0;
    if (version) RV_TRY(rv_node_read_unsigned(r->document, version, "version", &number, r->err));
    if (!version || number != 1)
        return rv_node_fail(r->document, version ? version : root, r->err, "a job begins with 'version: 1'");
    for (size_t i = 0; i < N_KEYS; i++) {
        const char *dot = strchr(keys[i].path, '.');
        const rv_node *node = root;
        if (dot) {
            char group[32];
            snprintf(group, sizeof group, "%.*s", (int)(dot - keys[i].path), keys[i].path);
            node = rv_node_get(root, group);
        }
        if (node) node = rv_node_get(node, dot ? dot + 1 : keys[i].path);
        if (node) RV_TRY(read_value(r, &keys[i], node));
    }
    const rv_node *clients = rv_node_get(root, "clients"), *transactions = rv_node_get(root, "transactions");
    if (!clients)
        return rv_node_fail(r->document, root, r->err, "the key 'clients' is missing: clients: {file: clients.csv}");
    RV_TRY(read_clients(r, clients));
    return transactions ? read_transactions(r, transactions) : RV_OK;
}

static rv_status check_whole(reader *r) {
    rv_job_description *job = r->job;
    const rv_node *root = rv_document_root(r->document);
    if (!job->megabase) return rv_node_fail(r->document, root, r->err, "the key 'megabase' is missing");
    if (job->transactions.path && !job->as_of)
        return rv_node_fail(r->document, root, r->err, "with transactions, 'as_of: YYYY-MM-DD' is needed");
    if (job->out.scores && !job->active && !job->profile) {
        rv_node_fail(r->document, root, r->err, "out.scores needs score.active or score.profile");
        rv_error_hint(r->err, "add for example: score: {active: state=active}");
        return RV_BAD_ARGUMENT;
    }
    return RV_OK;
}

rv_status rv_job_read(const char *path, const rv_assignment *overrides, size_t n_overrides, rv_environment environment,
                      rv_job_description *out, rv_error *err) {
    rv_document *document;
    RV_TRY(rv_document_open(path, &document, err));
    rv_job_description job = {.threads = UINT64_MAX, .seed = UINT64_MAX};
    reader r = {.job = &job,
                .document = document,
                .overrides = overrides,
                .n_overrides = n_overrides,
                .environment = environment,
                .err = err};
    const char *slash = strrchr(path, '/');
    if (slash) snprintf(r.folder, sizeof r.folder, "%.*s", (int)(slash - path + 1), path);
    rv_text copy = rv_arena_copy(&job.arena, path, strlen(path) + 1);
    job.path = copy.ptr;
    rv_status status = copy.ptr ? read_keys(&r) : no_memory(&r);
    if (status == RV_OK) status = apply_overrides(&r);
    if (status == RV_OK) status = check_whole(&r);
    rv_document_close(document);
    if (status == RV_OK) *out = job;
    else rv_job_reset(&job);
    return status;
}

void rv_job_reset(rv_job_description *job) {
    rv_arena_free(&job->arena);
    *job = (rv_job_description){0};
}
