/*
 * A linkage model as JSON that people can read: per field and level the two shares, under the names that explain and
 * the report use. Numbers are written so that they read back to the same bits: a model that is loaded gives the links
 * that it gave when it was trained.
 *
 * Reading trusts nothing: all fields and levels, each once, shares strictly between 0 and 1.
 */
#include "document.h"
#include "file.h"
#include "json_writer.h"
#include "link_model.h"

/* --- Writing ------------------------------------------------------------------------------------------------------ */

static void put_field(rv_json *json, const rv_link_model *model, rv_link_field field) {
    rv_json_key(json, rv_link_field_name(field));
    rv_json_object(json);
    rv_json_put_bool(json, "trained", model->trained[field]);
    rv_json_put_bool(json, "by_value", model->by_value[field]);
    rv_json_key(json, "levels");
    rv_json_object(json);
    for (unsigned level = RV_LEVEL_DIFFERENT; level < rv_link_levels(field); level++) {
        rv_json_key(json, rv_link_level_name(field, level));
        rv_json_object(json);
        rv_json_put_number(json, "m", model->m[field][level]);
        rv_json_put_number(json, "u", model->u[field][level]);
        rv_json_end(json, '}');
    }
    rv_json_end(json, '}');
    rv_json_end(json, '}');
}

static void put_model(const rv_link_model *model, rv_buffer *out) {
    rv_json json;
    rv_json_init(&json, out, true);
    rv_json_object(&json);
    rv_json_put_unsigned(&json, "link_model_version", RV_LINK_MODEL_VERSION);
    rv_json_put_number(&json, "person", model->person);
    rv_json_put_number(&json, "household", model->household);
    rv_json_put_number(&json, "swapped", model->swapped);
    rv_json_put_unsigned(&json, "pairs_seen", model->pairs_seen);
    rv_json_put_unsigned(&json, "iterations", model->iterations);
    rv_json_put_bool(&json, "converged", model->converged);
    rv_json_key(&json, "fields");
    rv_json_object(&json);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) put_field(&json, model, (rv_link_field)f);
    rv_json_end(&json, '}');
    rv_json_end(&json, '}');
    rv_buffer_byte(out, '\n');
}

rv_status rv_link_model_write(const rv_link_model *model, const char *path, const rv_settings *settings,
                              rv_error *err) {
    rv_buffer text = {0};
    rv_output *output = NULL;
    if (settings->dry_run) return RV_OK;
    put_model(model, &text);
    rv_status status = rv_buffer_check(&text, err);
    if (status == RV_OK) status = rv_output_open(path, settings->force, &output, err);
    if (status == RV_OK) status = rv_output_write(output, text.data, text.len, err);
    if (status == RV_OK) status = rv_output_finish(output, settings->held, err);
    else rv_output_abort(output);
    rv_buffer_free(&text);
    return status;
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

typedef struct reading {
    const rv_document *document;
    rv_error *err;
} reading;

static rv_status need(const reading *r, const rv_node *mapping, const char *key, const rv_node **out) {
    *out = rv_node_kind_of(mapping) == RV_NODE_MAPPING ? rv_node_get(mapping, key) : NULL;
    return *out ? RV_OK : rv_node_fail(r->document, mapping, r->err, "the model lacks %s", key);
}

static rv_status read_share(const reading *r, const rv_node *mapping, const char *key, double *out) {
    const rv_node *node;
    RV_TRY(need(r, mapping, key, &node));
    RV_TRY(rv_node_read_number(r->document, node, key, out, r->err));
    if (*out > 0 && *out < 1) return RV_OK;
    return rv_node_fail(r->document, node, r->err, "%s must be between 0 and 1", key);
}

static rv_status read_bool(const reading *r, const rv_node *mapping, const char *key, bool *out) {
    const rv_node *node;
    RV_TRY(need(r, mapping, key, &node));
    return rv_node_read_bool(r->document, node, key, out, r->err);
}

static rv_status read_count(const reading *r, const rv_node *mapping, const char *key, uint64_t *out) {
    const rv_node *node;
    RV_TRY(need(r, mapping, key, &node));
    return rv_node_read_unsigned(r->document, node, key, out, r->err);
}

static rv_status read_level(const reading *r, const rv_node *levels, rv_link_field field, unsigned level,
                            rv_link_model *model) {
    static const char *const keys[] = {"m", "u", NULL};
    const rv_node *node;
    RV_TRY(need(r, levels, rv_link_level_name(field, level), &node));
    RV_TRY(rv_node_check_keys(r->document, node, keys, r->err));
    RV_TRY(read_share(r, node, "m", &model->m[field][level]));
    return read_share(r, node, "u", &model->u[field][level]);
}

static rv_status read_field(const reading *r, const rv_node *fields, rv_link_field field, rv_link_model *model) {
    static const char *const keys[] = {"trained", "by_value", "levels", NULL};
    const char *known[RV_LEVELS_MAX + 1] = {0};
    unsigned n = rv_link_levels(field);
    for (unsigned level = RV_LEVEL_DIFFERENT; level < n; level++) known[level - 1] = rv_link_level_name(field, level);
    const rv_node *node, *levels;
    RV_TRY(need(r, fields, rv_link_field_name(field), &node));
    RV_TRY(rv_node_check_keys(r->document, node, keys, r->err));
    RV_TRY(read_bool(r, node, "trained", &model->trained[field]));
    RV_TRY(read_bool(r, node, "by_value", &model->by_value[field]));
    RV_TRY(need(r, node, "levels", &levels));
    RV_TRY(rv_node_check_keys(r->document, levels, known, r->err));
    for (unsigned level = RV_LEVEL_DIFFERENT; level < n; level++) RV_TRY(read_level(r, levels, field, level, model));
    return RV_OK;
}

static rv_status read_fields(const reading *r, const rv_node *root, rv_link_model *model) {
    const char *known[RV_FIELD_COUNT + 1] = {0};
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) known[f] = rv_link_field_name((rv_link_field)f);
    const rv_node *fields;
    RV_TRY(need(r, root, "fields", &fields));
    RV_TRY(rv_node_check_keys(r->document, fields, known, r->err));
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) RV_TRY(read_field(r, fields, (rv_link_field)f, model));
    return RV_OK;
}

static rv_status read_model(const reading *r, rv_link_model *model) {
    static const char *const keys[] = {"link_model_version", "person",    "household", "swapped", "pairs_seen",
                                       "iterations",         "converged", "fields",    NULL};
    const rv_node *root = rv_document_root(r->document);
    uint64_t version, iterations;
    RV_TRY(read_count(r, root, "link_model_version", &version));
    if (version > RV_LINK_MODEL_VERSION)
        return rv_fail(r->err, RV_NEWER, "the model is of version %llu; this program reads %d",
                       (unsigned long long)version, RV_LINK_MODEL_VERSION);
    RV_TRY(rv_node_check_keys(r->document, root, keys, r->err));
    RV_TRY(read_share(r, root, "person", &model->person));
    RV_TRY(read_share(r, root, "household", &model->household));
    RV_TRY(read_share(r, root, "swapped", &model->swapped));
    if (model->person + model->household >= 1)
        return rv_node_fail(r->document, root, r->err, "person and household must be less than 1 together");
    RV_TRY(read_count(r, root, "pairs_seen", &model->pairs_seen));
    RV_TRY(read_count(r, root, "iterations", &iterations));
    model->iterations = (uint32_t)iterations;
    RV_TRY(read_bool(r, root, "converged", &model->converged));
    return read_fields(r, root, model);
}

rv_status rv_link_model_read(const char *path, rv_link_model *out, rv_error *err) {
    rv_document *document;
    rv_link_model model = {0};
    RV_TRY(rv_document_open(path, &document, err));
    rv_status status = read_model(&(reading){document, err}, &model);
    rv_document_close(document);
    if (status == RV_OK) *out = model;
    return status;
}
