/*
 * The columns of an enriched file: the client's, ours, the contact roles that the client file has no column for, the
 * attributes. Values of attributes are turned into CSV once, since the same few come back a million times.
 */
#include "fill.h"

#include "id_table.h"

static const char *const OWN_COLUMNS[] = {"rv_tier", "rv_probability", "rv_contact_id", "rv_filled", "rv_last_seen"};
enum { N_OWN_COLUMNS = sizeof OWN_COLUMNS / sizeof OWN_COLUMNS[0] };

/* The nearest of a schema's names goes into the hint. `size` is the distance from one name to the next. */
static rv_status unknown_name(const char *what, const char *flag, const char *name, const char *names, size_t n,
                              size_t size, rv_error *err) {
    rv_fail(err, RV_BAD_ARGUMENT, "%s: the megabase has no %s '%s'", flag, what, name);
    const char **words = rv_array_new(n + 1, sizeof *words, NULL);
    for (size_t i = 0; words && i < n; i++) words[i] = names + i * size;
    const char *near = words ? rv_nearest_word(name, words) : NULL;
    if (near) rv_error_hint(err, "did you mean '%s'? `reveil info` lists what there is", near);
    else rv_error_hint(err, "`reveil info` lists what there is");
    rv_free(words);
    return RV_BAD_ARGUMENT;
}

static rv_status plan_sources(rv_fill_plan *plan, const rv_enrich_options *options, rv_error *err) {
    const rv_schema *schema = plan->schema;
    if (!(plan->allowed = rv_array_new((size_t)schema->n_sources + 1, sizeof *plan->allowed, err))) return RV_NO_MEMORY;
    bool only_named = false;
    for (size_t i = 0; i < options->n_sources; i++) only_named |= options->sources[i][0] != '-';
    for (uint32_t s = 0; s < schema->n_sources; s++) plan->allowed[s] = !only_named;
    for (size_t i = 0; i < options->n_sources; i++) {
        bool take = options->sources[i][0] != '-';
        const char *name = options->sources[i] + !take;
        uint32_t s = 0;
        while (s < schema->n_sources && strcmp(schema->sources[s].name, name) != 0) s++;
        if (s == schema->n_sources)
            return unknown_name("source", "--sources", name, schema->n_sources ? schema->sources[0].name : NULL,
                                schema->n_sources, sizeof(rv_source), err);
        plan->allowed[s] = take;
    }
    plan->all_allowed = true;
    for (uint32_t s = 0; s < schema->n_sources; s++) plan->all_allowed &= plan->allowed[s];
    return RV_OK;
}

static rv_status plan_taken(rv_fill_plan *plan, const rv_enrich_options *options, rv_error *err) {
    const rv_schema *schema = plan->schema;
    plan->n_taken = options->take ? (uint32_t)options->n_take : schema->n_attributes;
    if (!(plan->taken = rv_array_new((size_t)plan->n_taken + 1, sizeof *plan->taken, err))) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < plan->n_taken; i++) {
        plan->taken[i] = i;
        if (!options->take) continue;
        int at = rv_schema_attribute(schema, options->take[i]);
        if (at < 0)
            return unknown_name("attribute", "--take", options->take[i],
                                schema->n_attributes ? schema->attributes[0].name : NULL, schema->n_attributes,
                                sizeof(rv_attribute), err);
        plan->taken[i] = (uint32_t)at;
        for (uint32_t k = 0; k < i; k++)
            if (plan->taken[k] == plan->taken[i])
                return rv_fail(err, RV_BAD_ARGUMENT, "--take: '%s' stands twice", options->take[i]);
    }
    if (!(plan->taken_values = rv_array_new((size_t)plan->n_taken + 1, sizeof *plan->taken_values, err)))
        return RV_NO_MEMORY;
    for (uint32_t i = 0; i < plan->n_taken; i++) plan->taken_values[i] = schema->n_fields + plan->taken[i];
    plan->taken_in_row = true;
    for (uint32_t i = 1; i < plan->n_taken; i++) plan->taken_in_row &= plan->taken[i] == plan->taken[i - 1] + 1;
    return RV_OK;
}

static rv_status plan_fields(rv_fill_plan *plan, const rv_table_roles *roles, rv_error *err) {
    const rv_schema *schema = plan->schema;
    plan->field_roles = rv_array_new((size_t)schema->n_fields + 1, sizeof *plan->field_roles, err);
    plan->added = rv_array_new((size_t)schema->n_fields + 1, sizeof *plan->added, err);
    plan->is_address = rv_array_new((size_t)schema->n_fields + 1, sizeof *plan->is_address, err);
    plan->field_of = rv_array_new((size_t)plan->csv->columns + 1, sizeof *plan->field_of, err);
    plan->own = rv_array_new((size_t)plan->csv->columns + 1, sizeof *plan->own, err);
    if (!plan->field_roles || !plan->added || !plan->is_address || !plan->field_of || !plan->own) return RV_NO_MEMORY;
    for (uint32_t c = 0; c < plan->csv->columns; c++) plan->field_of[c] = -1;
    for (uint32_t f = 0; f < schema->n_fields; f++) {
        rv_role role;
        plan->field_roles[f] = RV_ROLE_NONE;
        if (!rv_role_find(schema->fields[f].name, &role) || !rv_role_is_contact(role)) continue;
        plan->field_roles[f] = role;
        plan->is_address[f] = rv_role_is_address(role);
        uint32_t c = 0;
        while (c < roles->columns && (roles->roles[c] != role || roles->ignored[c])) c++;
        if (c < roles->columns) plan->field_of[c] = (int32_t)f;
        else plan->added[plan->n_added++] = f;
        plan->added_fields |= (uint64_t)(c == roles->columns) << f;
        plan->address_fields |= (uint64_t)plan->is_address[f] << f;
    }
    for (uint32_t c = 0; c < plan->csv->columns; c++)
        if (plan->field_of[c] >= 0) plan->own[plan->n_own++] = c;
    return RV_OK;
}

/* Adds ",name" to the header; a name that stands there already gets rv_ in front until it is new. */
static rv_status put_name(rv_fill_plan *plan, rv_id_table *names, const char *name, rv_error *err) {
    rv_buffer text = {0};
    uint32_t before = names->n, number = 0;
    rv_buffer_string(&text, name);
    rv_status status = rv_buffer_check(&text, err);
    while (status == RV_OK) {
        status = rv_id_table_add(names, rv_text_make(text.data, text.len), &number, err);
        if (status != RV_OK || names->n > before) break;
        rv_buffer longer = {0};
        rv_buffer_string(&longer, "rv_");
        rv_buffer_add(&longer, text.data, text.len);
        rv_buffer_free(&text);
        text = longer;
        status = rv_buffer_check(&text, err);
    }
    rv_csv_comma(&plan->header);
    if (status == RV_OK) rv_csv_put(&plan->header, rv_text_make(text.data, text.len));
    rv_buffer_free(&text);
    return status;
}

static rv_status put_added_names(rv_fill_plan *plan, rv_id_table *names, rv_error *err) {
    const rv_schema *schema = plan->schema;
    char name[RV_SCHEMA_NAME_MAX + 4];
    for (unsigned i = 0; i < N_OWN_COLUMNS; i++) RV_TRY(put_name(plan, names, OWN_COLUMNS[i], err));
    for (uint32_t i = 0; i < plan->n_added; i++) {
        memcpy(name, "rv_", 3);
        memcpy(name + 3, schema->fields[plan->added[i]].name, RV_SCHEMA_NAME_MAX + 1);
        RV_TRY(put_name(plan, names, name, err));
    }
    for (uint32_t i = 0; i < plan->n_taken; i++)
        RV_TRY(put_name(plan, names, schema->attributes[plan->taken[i]].name, err));
    rv_csv_end(&plan->header);
    return rv_buffer_check(&plan->header, err);
}

static rv_status plan_header(rv_fill_plan *plan, rv_error *err) {
    rv_id_table names = {0};
    rv_status status = RV_OK;
    for (uint32_t c = 0; c < plan->csv->columns && status == RV_OK; c++) {
        uint32_t number;
        if (c) rv_csv_comma(&plan->header);
        rv_csv_put(&plan->header, plan->csv->names[c]);
        status = rv_id_table_add(&names, plan->csv->names[c], &number, err);
    }
    if (status == RV_OK) status = put_added_names(plan, &names, err);
    rv_id_table_reset(&names);
    for (uint32_t i = 1; i < N_OWN_COLUMNS + plan->n_added + plan->n_taken; i++) rv_csv_comma(&plan->blank);
    return status == RV_OK ? rv_buffer_check(&plan->blank, err) : status;
}

/* ",value" as CSV, in `text`, which is used again. */
static rv_status plan_value(rv_fill_plan *plan, rv_text value, rv_buffer *text, rv_fill_value *out, rv_error *err) {
    text->len = 0;
    rv_csv_comma(text);
    rv_csv_put(text, value);
    RV_TRY(rv_buffer_check(text, err));
    *out = (rv_fill_value){.n = RV_FILL_LONG};
    if (text->len <= RV_FILL_SHORT) {
        memcpy(out->text, text->data, text->len);
        out->n = (uint8_t)text->len;
        return RV_OK;
    }
    uint32_t place[2] = {(uint32_t)plan->long_values.len, (uint32_t)text->len};
    if (plan->long_values.len > UINT32_MAX - text->len)
        return rv_fail(err, RV_FAILED, "the dictionaries hold more than 4 GB of text");
    memcpy(out->text, place, sizeof place);
    rv_buffer_add(&plan->long_values, text->data, text->len);
    return rv_buffer_check(&plan->long_values, err);
}

static rv_status plan_values(rv_fill_plan *plan, rv_megabase *megabase, rv_error *err) {
    rv_buffer text = {0};
    rv_status status = RV_OK;
    if (!(plan->values = rv_array_new((size_t)plan->n_taken + 1, sizeof *plan->values, err))) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < plan->n_taken && status == RV_OK; i++) {
        const rv_dictionary *dictionary;
        size_t longest = 0;
        status = rv_megabase_dictionary(megabase, plan->taken[i], &dictionary, err);
        if (status != RV_OK) break;
        plan->values[i] = rv_array_new((size_t)dictionary->n + 1, sizeof **plan->values, err);
        if (!plan->values[i]) status = RV_NO_MEMORY;
        for (uint32_t code = 0; status == RV_OK && code <= dictionary->n; code++) {
            rv_text value = code ? rv_dictionary_value(dictionary, code) : (rv_text){0};
            status = plan_value(plan, value, &text, &plan->values[i][code], err);
            if (text.len > longest) longest = text.len;
        }
        plan->values_max += longest;
    }
    plan->values_max += sizeof(rv_fill_value);
    rv_buffer_free(&text);
    return status;
}

/* Source names are free text; the three characters that rv_filled is made of are escaped in them. */
static void put_source(rv_buffer *out, const char *name) {
    for (; *name; name++) {
        if (*name == ':' || *name == '|' || *name == '%')
            rv_buffer_format(out, "%%%02X", (unsigned)(unsigned char)*name);
        else rv_buffer_byte(out, *name);
    }
}

static rv_status plan_labels(rv_fill_plan *plan, rv_error *err) {
    const rv_schema *schema = plan->schema;
    rv_buffer *out = &plan->labels;
    plan->plain_source = rv_array_new((size_t)schema->n_sources + 1, sizeof *plan->plain_source, err);
    plan->label_of = rv_array_new((size_t)schema->n_fields * schema->n_sources + 1, sizeof *plan->label_of, err);
    if (!plan->plain_source || !plan->label_of) return RV_NO_MEMORY;
    for (uint32_t s = 0; s < schema->n_sources; s++)
        plan->plain_source[s] = !strpbrk(schema->sources[s].name, " ,\"\r\n");
    for (uint32_t f = 0; f < schema->n_fields; f++)
        for (uint32_t s = 0; s < schema->n_sources; s++) {
            rv_fill_label *label = &plan->label_of[(size_t)f * schema->n_sources + s];
            label->at = (uint32_t)out->len;
            rv_buffer_string(out, schema->fields[f].name);
            rv_buffer_byte(out, ':');
            put_source(out, schema->sources[s].name);
            rv_buffer_byte(out, ':');
            label->n = (uint32_t)out->len - label->at;
            if (label->n > plan->label_max) plan->label_max = label->n;
        }
    for (unsigned pad = 0; pad < RV_FILL_LABEL; pad++) rv_buffer_byte(out, 0);
    return rv_buffer_check(out, err);
}

rv_status rv_fill_plan_make(rv_megabase *megabase, const rv_table_info *csv, const rv_table_roles *roles,
                            const rv_enrich_options *options, rv_fill_plan *out, rv_error *err) {
    rv_fill_plan plan = {.schema = rv_megabase_schema(megabase), .csv = csv};
    plan.copies_records = csv->separator == ',' && csv->quote == '"';
    for (unsigned t = 0; t < RV_TIER_COUNT; t++) { /* RV_FILL_SHORT is the longest */
        rv_text name = rv_text_of(rv_tier_name((rv_tier)t));
        plan.tiers[t].text[0] = ',';
        memcpy(plan.tiers[t].text + 1, name.ptr, name.len);
        plan.tiers[t].n = (uint8_t)(name.len + 1);
    }
    rv_status status = plan_sources(&plan, options, err);
    if (status == RV_OK) status = plan_taken(&plan, options, err);
    if (status == RV_OK) status = plan_fields(&plan, roles, err);
    if (status == RV_OK) status = plan_header(&plan, err);
    if (status == RV_OK) status = plan_values(&plan, megabase, err);
    if (status == RV_OK) status = plan_labels(&plan, err);
    if (status == RV_OK) *out = plan;
    else rv_fill_plan_reset(&plan);
    return status;
}

void rv_fill_plan_reset(rv_fill_plan *plan) {
    for (uint32_t i = 0; i < plan->n_taken && plan->values; i++) rv_free(plan->values[i]);
    rv_free(plan->values);
    rv_buffer_free(&plan->long_values);
    rv_buffer_free(&plan->labels);
    rv_free(plan->label_of);
    rv_free(plan->plain_source);
    rv_free(plan->is_address);
    rv_free(plan->own);
    rv_free(plan->field_roles);
    rv_free(plan->field_of);
    rv_free(plan->added);
    rv_free(plan->taken);
    rv_free(plan->taken_values);
    rv_free(plan->allowed);
    rv_buffer_free(&plan->header);
    rv_buffer_free(&plan->blank);
    *plan = (rv_fill_plan){0};
}
