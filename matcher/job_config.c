/*
 * A job's values and where each comes from, told from the document that was read: there the environment's and the command
 * line's values stand in the place of the file's, each with its origin. What isn't there is told with its default.
 */
#include "job_config.h"

#include "file_keys.h"
#include "report.h"
#include <stdio.h>

typedef struct teller {
    const rv_job_description *job;
    rv_environment environment;
    rv_buffer *out;
} teller;

/* ${NAME} as the job reads it: a name that isn't set has been refused before. */
static void put_expanded(const teller *t, rv_buffer *out, const char *text) {
    while (*text) {
        const char *end = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
        if (!end) {
            rv_buffer_byte(out, *text++);
            continue;
        }
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)(end - text - 2), text + 2);
        const char *value = t->environment ? t->environment(name) : NULL;
        rv_buffer_string(out, value ? value : "");
        text = end + 1;
    }
}

static void put_value(const teller *t, rv_buffer *out, const rv_node *node) {
    bool mapping = rv_node_kind_of(node) == RV_NODE_MAPPING;
    if (rv_node_kind_of(node) == RV_NODE_SCALAR) {
        put_expanded(t, out, rv_node_is_null(node) ? "" : rv_node_string(node));
        return;
    }
    for (size_t i = 0; i < rv_node_size(node); i++) {
        if (i) rv_buffer_byte(out, ',');
        if (mapping) rv_buffer_format(out, "%s=", rv_node_key(node, i));
        put_value(t, out, mapping ? rv_node_value(node, i) : rv_node_item(node, i));
    }
}

static void put_origin(const teller *t, const rv_node *node) {
    const char *whence = rv_node_whence(node);
    if (!whence) rv_buffer_format(t->out, "%s:%llu", t->job->path, (unsigned long long)rv_node_line(node));
    else rv_buffer_string(t->out, strncmp(whence, "--", 2) == 0 ? "flag" : "environment");
}

static void put_line(const teller *t, const char *name, const rv_file_key *k, const rv_node *node) {
    rv_buffer value = {0};
    if (node) put_value(t, &value, node);
    else if (k->fallback) rv_buffer_string(&value, k->fallback);
    rv_buffer_byte(&value, 0);
    rv_buffer_format(t->out, "%-24s %-28s ", name, value.failed ? "" : value.data);
    t->out->failed |= value.failed;
    rv_buffer_free(&value);
    if (node) put_origin(t, node);
    else rv_buffer_string(t->out, "default");
    rv_buffer_byte(t->out, '\n');
}

/* The keys under a group; `label` is how its name is told. A scalar stands for its file. */
static void put_group(const teller *t, const char *group, const char *label, const rv_node *node) {
    size_t n = strlen(group);
    for (const rv_file_key *k = rv_job_keys; k->path; k++) {
        if (strncmp(k->path, group, n) != 0 || k->path[n] != '.') continue;
        const char *word = k->path + n + 1;
        char name[160];
        snprintf(name, sizeof name, "%s.%s", label, word);
        bool scalar = node && rv_node_kind_of(node) == RV_NODE_SCALAR;
        const rv_node *value = scalar ? (strcmp(word, "file") == 0 ? node : NULL) : node ? rv_node_get(node, word) : NULL;
        put_line(t, name, k, value);
    }
}

rv_status rv_job_config(const rv_job_description *job, rv_environment environment, rv_buffer *out, rv_error *err) {
    const teller t = {job, environment, out};
    const rv_node *root = rv_document_root(job->document);
    const char *names[RV_MAX_FILE_KEYS];
    rv_file_keys_under(rv_job_keys, "", names);
    for (size_t i = 0; names[i]; i++) {
        const rv_file_key *plain = rv_file_key_find(rv_job_keys, names[i]);
        const rv_node *node = rv_node_get(root, names[i]);
        if (plain) {
            put_line(&t, names[i], plain, node);
        } else if (node && rv_node_kind_of(node) == RV_NODE_SEQUENCE) {
            for (size_t j = 0; j < rv_node_size(node); j++) {
                char label[64];
                snprintf(label, sizeof label, "%s.%zu", names[i], j);
                put_group(&t, names[i], label, rv_node_item(node, j));
            }
        } else {
            put_group(&t, names[i], names[i], node);
        }
    }
    return rv_buffer_check(out, err);
}

rv_status rv_run_config(const rv_run_options *o, rv_report *report, rv_error *err) {
    rv_job_description job;
    RV_TRY(rv_job_read(o->job, o->overrides, o->n_overrides, o->environment, &job, err));
    rv_buffer text = {0};
    rv_status status = rv_job_config(&job, o->environment, &text, err);
    char *told = status == RV_OK ? rv_buffer_take(&text, err) : NULL;
    rv_buffer_free(&text);
    rv_job_reset(&job);
    if (!told) return status == RV_OK ? RV_NO_MEMORY : status;
    rv_report_give(report, NULL, told);
    return RV_OK;
}
