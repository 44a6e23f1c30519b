/*
 * Reading job files, by the table of their keys (file_keys.c). What the environment and the command line say is put into
 * the document first, where the file's own value would stand, so that there is one way to read a value, one to check it
 * and one to tell a mistake in it, wherever it comes from.
 */
#include "job_description.h"

#include "date.h"
#include "file_keys.h"
#include "method.h"
#include "table_reader.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct reader {
    rv_job_description *job;
    rv_document *document;
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
        else status = rv_node_fail(r->document, node, r->err, "the environment has no variable %s", name);
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

/* Paths of the command line start at the current folder, as a shell user expects. */
static rv_status expand_path(reader *r, const rv_node *node, const char *text, const char **out) {
    const char *path;
    RV_TRY(expand(r, node, text, &path));
    if (path[0] == '/' || strcmp(path, "-") == 0 || !r->folder[0] || rv_node_whence(node) || rv_table_is_query(path)) {
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

/* A list on the command line is a,b,c. */
static rv_status split_list(reader *r, const char *text, rv_job_list *list) {
    size_t n = 1;
    for (const char *c = text; *c; c++) n += *c == ',';
    rv_text copy = rv_arena_copy(&r->job->arena, text, strlen(text) + 1);
    list->words = rv_arena_get(&r->job->arena, n * sizeof *list->words);
    if (!copy.ptr || !list->words) return no_memory(r);
    for (char *rest = (char *)(uintptr_t)copy.ptr, *word; (word = strsep(&rest, ","));)
        if (*word) list->words[list->n++] = word;
    return RV_OK;
}

static rv_status read_list(reader *r, const rv_node *node, const char *what, bool paths, rv_job_list *out) {
    bool sequence = rv_node_kind_of(node) == RV_NODE_SEQUENCE;
    rv_job_list list = {0};
    if (!sequence && rv_node_whence(node)) {
        RV_TRY(split_list(r, rv_node_string(node), &list));
    } else {
        list.n = sequence ? rv_node_size(node) : 1;
        list.words = rv_arena_get(&r->job->arena, (list.n ? list.n : 1) * sizeof(char *));
        if (!list.words) return no_memory(r);
        for (size_t i = 0; i < list.n; i++)
            RV_TRY(rv_node_read_string(r->document, sequence ? rv_node_item(node, i) : node, what, &list.words[i],
                                       r->err));
    }
    for (size_t i = 0; i < list.n; i++) {
        const rv_node *item = sequence ? rv_node_item(node, i) : node;
        const char *word = list.words[i];
        RV_TRY(paths ? expand_path(r, item, word, &list.words[i]) : expand(r, item, word, &list.words[i]));
    }
    *out = list;
    return RV_OK;
}

static rv_status check_choice(reader *r, const rv_file_key *k, const rv_node *node, const char *text) {
    if (!k->choices || one_of(k->choices, text)) return RV_OK;
    return rv_node_fail(r->document, node, r->err, "%s: '%s' isn't one of %s", k->path, text, k->choices);
}

/* A nought would silently mean the default. */
static rv_status check_range(reader *r, const rv_file_key *k, const rv_node *node, uint64_t value) {
    if (!k->most || (value >= k->least && value <= k->most)) return RV_OK;
    return rv_node_fail(r->document, node, r->err, "%s: a number from %llu to %llu was expected", k->path,
                        (unsigned long long)k->least, (unsigned long long)k->most);
}

/* Here, where the line is known. */
static rv_status check_day(reader *r, const rv_file_key *k, const rv_node *node, const char *text) {
    if (rv_date_parse(rv_text_of(text), RV_YMD) != RV_DATE_NONE) return RV_OK;
    return rv_node_fail(r->document, node, r->err, "%s: a day of the form YYYY-MM-DD was expected, not '%s'", k->path,
                        text);
}

/* Here, not after an hour of matching. */
static rv_status check_method(reader *r, const rv_node *node, const char *name) {
    if (strcmp(name, "auto") == 0 || rv_method_find(name)) return RV_OK;
    rv_node_fail(r->document, node, r->err, "%s: there is no method '%s'", "score.method", name);
    const char *near = rv_nearest_word(name, rv_method_names());
    if (near) rv_error_hint(r->err, "did you mean %s?", near);
    return RV_BAD_ARGUMENT;
}

static rv_status read_quantity(reader *r, const rv_file_key *k, const rv_node *node, void *at) {
    const char *text;
    double *probability = at;
    rv_job_share *share = at;
    if (rv_node_is_null(node)) return RV_OK;
    RV_TRY(rv_node_read_string(r->document, node, k->path, &text, r->err));
    RV_TRY(expand(r, node, text, &text));
    if (k->form == RV_FORM_SIZE) {
        if (rv_read_size(text, at)) return RV_OK;
        return rv_node_fail(r->document, node, r->err, "%s: a size such as 6G was expected, not '%s'", k->path, text);
    }
    if (k->form == RV_FORM_SHARE) {
        share->given = rv_read_share(text, &share->value, &share->is_share);
        if (share->given) return RV_OK;
        return rv_node_fail(r->document, node, r->err, "%s: a number or a share such as 2%% was expected, not '%s'",
                            k->path, text);
    }
    if (rv_text_to_decimal(rv_text_of(text), '.', probability) && *probability > 0 && *probability < 1) return RV_OK;
    return rv_node_fail(r->document, node, r->err, "%s: a probability between 0 and 1 was expected, not '%s'", k->path,
                        text);
}

static rv_status read_value(reader *r, const rv_file_key *k, const rv_node *node) {
    void *at = (char *)r->job + k->at;
    const char *text, **out = at;
    switch (k->form) {
    case RV_FORM_WHOLE:
        if (rv_node_is_null(node)) return RV_OK;
        RV_TRY(rv_node_read_unsigned(r->document, node, k->path, at, r->err));
        return check_range(r, k, node, *(const uint64_t *)at);
    case RV_FORM_SWITCH: return rv_node_read_bool(r->document, node, k->path, at, r->err);
    case RV_FORM_LIST:
    case RV_FORM_PATHS: return read_list(r, node, k->path, k->form == RV_FORM_PATHS, at);
    case RV_FORM_SIZE:
    case RV_FORM_SHARE:
    case RV_FORM_PROBABILITY: return read_quantity(r, k, node, at);
    default:
        if (rv_node_is_null(node)) return RV_OK;
        RV_TRY(rv_node_read_string(r->document, node, k->path, &text, r->err));
        RV_TRY(check_choice(r, k, node, text));
        RV_TRY(k->form == RV_FORM_PATH ? expand_path(r, node, text, out) : expand(r, node, text, out));
        if (k->form == RV_FORM_DATE) return check_day(r, k, node, *out);
        return k->at == offsetof(rv_job_description, method) ? check_method(r, node, *out) : RV_OK;
    }
}

static rv_status check_keys(reader *r, const rv_node *mapping, const char *path) {
    const char *names[RV_MAX_FILE_KEYS];
    rv_file_keys_under(rv_job_keys, path, names);
    return rv_node_check_keys(r->document, mapping, names, r->err);
}

/* --- Tables ------------------------------------------------------------------------------------------------------ */

static rv_status read_character(reader *r, const rv_node *node, const char *what, char *out) {
    const char *text;
    RV_TRY(rv_node_read_string(r->document, node, what, &text, r->err));
    bool tab = strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0;
    bool none = strcmp(what, "quote") == 0 && strcmp(text, "none") == 0;
    if (!tab && !none && strlen(text) != 1)
        return rv_node_fail(r->document, node, r->err, "%s: one character was expected", what);
    *out = tab ? '\t' : none ? RV_NO_QUOTE : text[0];
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
    static const char *const encodings[] = {"auto",        "utf-8",    "cp1252", "utf-16le",    "utf-16be",
                                            "iso-8859-15", "macroman", "cp850",  "utf-8-twice", NULL};
    static const char *const headers[] = {"auto", "yes", "no", NULL};
    static const char *const booleans[] = {"auto", "true", "false", NULL}; /* YAML writers' yes and no */
    static const char *const orders[] = {"auto", "dmy", "mdy", "ymd", NULL};
    const rv_node *node;
    if ((node = rv_node_get(mapping, "sep"))) RV_TRY(read_character(r, node, "sep", &d->separator));
    if ((node = rv_node_get(mapping, "quote"))) RV_TRY(read_character(r, node, "quote", &d->quote));
    if ((node = rv_node_get(mapping, "escape"))) RV_TRY(read_character(r, node, "escape", &d->escape));
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
    d->skip_given = rv_node_get(mapping, "skip_lines") != NULL;
    int footer = 0;
    node = rv_node_get(mapping, "footer");
    boolean = node && rv_node_string(node) && (rv_node_string(node)[0] == 't' || rv_node_string(node)[0] == 'f');
    RV_TRY(read_choice(r, mapping, "footer", boolean ? booleans : headers, &footer));
    d->footer = (rv_switch)footer;
    if ((node = rv_node_get(mapping, "repair")))
        RV_TRY(rv_node_read_bool(r->document, node, "repair", &d->repair, r->err));
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
    RV_TRY(check_keys(r, node, "clients"));
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
    RV_TRY(check_keys(r, node, "transactions"));
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

static const rv_node *find_node(const rv_node *from, const char *path) {
    for (const char *dot; from && (dot = strchr(path, '.')); path = dot + 1) {
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)(dot - path), path);
        from = rv_node_get(from, word);
    }
    return from ? rv_node_get(from, path) : NULL;
}

static rv_status read_keys(reader *r) {
    static const char *const groups[] = {"build", "segment", "score", "out"};
    const rv_node *root = rv_document_root(r->document);
    RV_TRY(check_keys(r, root, ""));
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const rv_node *group = rv_node_get(root, groups[i]);
        if (group) RV_TRY(check_keys(r, group, groups[i]));
    }
    const rv_node *version = rv_node_get(root, "version");
    uint64_t number = 0;
    if (version) RV_TRY(rv_node_read_unsigned(r->document, version, "version", &number, r->err));
    if (!version || number != 1)
        return rv_node_fail(r->document, version ? version : root, r->err, "a job begins with 'version: 1'");
    for (const rv_file_key *k = rv_job_keys; k->path; k++) {
        const rv_node *node = k->at == RV_NO_PLACE ? NULL : find_node(root, k->path);
        if (node) RV_TRY(read_value(r, k, node));
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
    size_t from_stdin = job->transactions.path && strcmp(job->transactions.path, "-") == 0;
    for (size_t i = 0; i < job->n_clients; i++) from_stdin += strcmp(job->clients[i].path, "-") == 0;
    if (from_stdin > 1) return rv_node_fail(r->document, root, r->err, "two tables of the job are to come from stdin");
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

/* --- What goes before the file ----------------------------------------------------------------------------------- */

enum { MAX_WORDS = 8, MAX_PATH = 256 };

/* "clients.0.sep" is the key "clients.sep", and everything under "clients.roles" is a column. */
static const rv_file_key *key_of(const char *path) {
    char plain[MAX_PATH];
    size_t n = 0;
    for (const char *at = path, *word = path; n + 1 < sizeof plain; at = word) {
        size_t len = strcspn(at, ".");
        word = at + len + (at[len] == '.');
        bool index = at != path && len && strspn(at, "0123456789") == len;
        for (size_t i = 0; !index && i < len + 1 && n + 1 < sizeof plain; i++) plain[n++] = i == 0 ? '.' : at[i - 1];
        if (!at[len]) break;
    }
    plain[n] = 0;
    memmove(plain, plain + 1, n); /* the first word's dot */
    static const char roles[] = "clients.roles";
    if (strncmp(plain, roles, sizeof roles - 1) == 0 && plain[sizeof roles - 1] == '.') plain[sizeof roles - 1] = 0;
    return rv_file_key_find(rv_job_keys, plain);
}

static rv_status unknown_override(reader *r, const char *path) {
    const char *names[2 * RV_MAX_FILE_KEYS];
    size_t n = 0;
    for (const rv_file_key *k = rv_job_keys; k->path && n + 1 < sizeof names / sizeof *names; k++) names[n++] = k->path;
    names[n] = NULL;
    rv_fail(r->err, RV_BAD_ARGUMENT, "--set: unknown key '%s'", path);
    const char *near = rv_nearest_word(path, names);
    if (near) rv_error_hint(r->err, "did you mean --set %s=...?", near);
    return RV_BAD_ARGUMENT;
}

/* The way from the root, as words. A job of one client file may say `clients: clients.csv`, or hold it in a list. */
static rv_status find_way(reader *r, const char *path, char *copy, const char *way[MAX_WORDS], size_t *n_words) {
    snprintf(copy, MAX_PATH, "%s", path);
    size_t n = 0;
    for (char *rest = copy, *word; n + 1 < MAX_WORDS && (word = strsep(&rest, "."));) {
        way[n++] = word;
        bool table = n == 1 && rest && (strcmp(word, "clients") == 0 || strcmp(word, "transactions") == 0);
        const rv_node *node = table ? rv_node_get(rv_document_root(r->document), word) : NULL;
        if (node && rv_node_kind_of(node) == RV_NODE_SEQUENCE) {
            if (rest[0] >= '0' && rest[0] <= '9') way[n++] = strsep(&rest, ".");
            else if (rv_node_size(node) == 1) way[n++] = "0";
            else {
                rv_fail(r->err, RV_BAD_ARGUMENT, "the job has several client files: which one is meant?");
                rv_error_hint(r->err, "--set clients.0.%s=... is the first one", rest);
                return RV_BAD_ARGUMENT;
            }
        }
        if (node) RV_TRY(rv_document_wrap(r->document, way, n, "file", r->err));
        bool column = n >= 2 && strcmp(way[0], "clients") == 0 && strcmp(way[n - 1], "roles") == 0;
        if (column && rest) { /* a column's name may hold dots */
            way[n++] = rest;
            break;
        }
    }
    *n_words = n;
    return RV_OK;
}

static rv_status put_value(reader *r, const char *path, const char *text, const char *whence) {
    if (strcmp(path, "clients") == 0) path = "clients.file";
    if (strcmp(path, "transactions") == 0) path = "transactions.file";
    if (strlen(path) >= MAX_PATH || !key_of(path)) return unknown_override(r, path);
    char copy[MAX_PATH];
    const char *way[MAX_WORDS];
    size_t n;
    RV_TRY(find_way(r, path, copy, way, &n));
    return rv_document_set(r->document, way, n, text, whence, r->err);
}

/* REVEIL_SCORE_METHOD stands for score.method. How to run (threads and the like) the caller's settings say already. */
static rv_status take_environment(reader *r) {
    static const char *const settled[] = {"version",     "threads", "seed",          "memory_limit", "tmpdir",
                                          "max_rejects", "force",   "clients.roles", "out_dialect",  "formula_safe"};
    if (!r->environment) return RV_OK;
    for (const rv_file_key *k = rv_job_keys; k->path; k++) {
        bool skip = false;
        for (size_t i = 0; i < sizeof settled / sizeof *settled; i++) skip |= strcmp(k->path, settled[i]) == 0;
        char name[MAX_PATH] = "REVEIL_";
        size_t n = strlen(name);
        for (const char *c = k->path; *c && n + 1 < sizeof name; c++)
            name[n++] = *c == '.' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        name[n] = 0;
        const char *text = skip ? NULL : r->environment(name);
        if (text && *text) RV_TRY(put_value(r, k->path, text, name));
    }
    return RV_OK;
}

static rv_status take_overrides(reader *r, const rv_assignment *overrides, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char whence[MAX_PATH + 8];
        snprintf(whence, sizeof whence, "--set %.*s", MAX_PATH, overrides[i].name);
        RV_TRY(put_value(r, overrides[i].name, overrides[i].value, whence));
    }
    return RV_OK;
}

rv_status rv_job_read(const char *path, const rv_assignment *overrides, size_t n_overrides, rv_environment environment,
                      rv_job_description *out, rv_error *err) {
    rv_document *document;
    RV_TRY(rv_document_open(path, &document, err));
    rv_job_description job = {.threads = UINT64_MAX, .seed = UINT64_MAX};
    reader r = {.job = &job, .document = document, .environment = environment, .err = err};
    const char *slash = strrchr(path, '/');
    if (slash) snprintf(r.folder, sizeof r.folder, "%.*s", (int)(slash - path + 1), path);
    rv_text copy = rv_arena_copy(&job.arena, path, strlen(path) + 1);
    job.path = copy.ptr;
    rv_status status = copy.ptr ? RV_OK : no_memory(&r);
    if (status == RV_OK && rv_node_kind_of(rv_document_root(document)) != RV_NODE_MAPPING)
        status = check_keys(&r, rv_document_root(document), "");
    if (status == RV_OK) status = take_environment(&r);
    if (status == RV_OK) status = take_overrides(&r, overrides, n_overrides);
    if (status == RV_OK) status = read_keys(&r);
    if (status == RV_OK) status = check_whole(&r);
    job.document = document;
    if (status == RV_OK) *out = job;
    else rv_job_reset(&job);
    return status;
}

void rv_job_reset(rv_job_description *job) {
    rv_arena_free(&job->arena);
    rv_document_close(job->document);
    *job = (rv_job_description){0};
}
