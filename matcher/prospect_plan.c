/* The profile names its columns; the megabase has attributes of these names or it hasn't. Nothing is guessed. */
#include "prospect_plan.h"

#include "consent.h"
#include "profile_file.h"
#include "sensitive.h"

static bool is_named(const char *const *names, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

void rv_prospect_plan_reset(rv_prospect_plan *p) {
    for (size_t i = 0; p->filters && i < p->n_filters; i++) rv_free((void *)(uintptr_t)p->filters[i].allowed);
    rv_free(p->filters);
    rv_free(p->points);
    rv_free(p->attributes);
    rv_free(p->columns);
    rv_profile_view_reset(&p->view);
    rv_profile_reset(&p->profile);
    *p = (rv_prospect_plan){0};
}

/* --- Columns ----------------------------------------------------------------------------------------------------- */

static rv_status check_without(const rv_profile *profile, const rv_prospect_options *o, rv_error *err) {
    for (size_t i = 0; i < o->n_without; i++) {
        uint32_t c = 0;
        while (c < profile->columns && strcmp(profile->column[c].name, o->without[i]) != 0) c++;
        if (c < profile->columns) continue;
        rv_fail(err, RV_BAD_ARGUMENT, "--without: the profile has no column '%s'", o->without[i]);
        const char **names = rv_array_new((size_t)profile->columns + 1, sizeof *names, NULL);
        for (c = 0; names && c < profile->columns; c++) names[c] = profile->column[c].name;
        const char *near = names ? rv_nearest_word(o->without[i], names) : NULL;
        if (near) rv_error_hint(err, "did you mean '%s'?", near);
        rv_free(names);
        return RV_BAD_ARGUMENT;
    }
    return RV_OK;
}

static void list_name(rv_buffer *names, const char *name) {
    rv_buffer_format(names, "%s%s", names->len ? "," : "", name);
}

/* All names that are lacking go into the hint, behind those left out already: it is a command to paste. */
static rv_status fail_missing(const rv_profile *profile, const rv_schema *schema, const rv_prospect_options *o,
                              uint32_t n_missing, rv_error *err) {
    rv_buffer names = {0}, all = {0};
    for (size_t i = 0; i < o->n_without; i++) list_name(&all, o->without[i]);
    for (uint32_t c = 0; c < profile->columns; c++) {
        const char *name = profile->column[c].name;
        if (rv_schema_attribute(schema, name) >= 0 || is_named(o->without, o->n_without, name)) continue;
        list_name(&names, name);
        list_name(&all, name);
    }
    rv_fail(err, RV_BAD_INPUT, "the profile has %u columns that the megabase has not: %.*s", n_missing,
            names.len < 400 ? (int)names.len : 400, names.data ? names.data : "");
    if (n_missing + o->n_without < profile->columns && all.len < 400)
        rv_error_hint(err,
                      "--without %.*s counts them for nobody; better, learn a profile that leaves them out (--ignore)",
                      (int)all.len, all.data ? all.data : "");
    else rv_error_hint(err, "learn a profile on the megabase's attributes: enrich a client file, then score it");
    rv_buffer_free(&names);
    rv_buffer_free(&all);
    return rv_error_at(err, o->profile, 0, 0);
}

static rv_status check_sensitive(const rv_schema *schema, uint32_t attribute, const rv_prospect_options *o,
                                 rv_error *err) {
    const rv_attribute *a = &schema->attributes[attribute];
    if (!a->sensitive && !rv_name_is_sensitive(rv_text_of(a->name))) return RV_OK;
    if (is_named(o->use_sensitive, o->n_use_sensitive, a->name)) return RV_OK;
    rv_fail(err, RV_REFUSED, "the profile uses '%s', which is sensitive", a->name);
    rv_error_hint(err, "--without %s leaves it out; --use-sensitive %s uses it", a->name, a->name);
    return RV_REFUSED;
}

static rv_status find_columns(rv_prospect_plan *p, const rv_schema *schema, const rv_prospect_options *o,
                              rv_error *err) {
    uint32_t columns = p->profile.columns, missing = 0;
    p->attributes = rv_array_new((size_t)columns + 1, sizeof *p->attributes, err);
    p->columns = p->attributes ? rv_array_new((size_t)columns + 1, sizeof *p->columns, err) : NULL;
    p->points = p->columns ? rv_array_new((size_t)columns + 1, sizeof *p->points, err) : NULL;
    if (!p->points) return RV_NO_MEMORY;
    for (uint32_t c = 0; c < columns; c++) {
        const char *name = p->profile.column[c].name;
        if (is_named(o->without, o->n_without, name)) continue;
        int attribute = rv_schema_attribute(schema, name);
        missing += attribute < 0;
        if (attribute < 0) continue;
        RV_TRY(check_sensitive(schema, (uint32_t)attribute, o, err));
        for (uint32_t i = 0; i < p->n; i++)
            if (p->attributes[i] == (uint32_t)attribute)
                return rv_fail(err, RV_BAD_INPUT, "the profile has two columns called '%s'", name);
        p->attributes[p->n] = (uint32_t)attribute;
        p->columns[p->n++] = c;
    }
    return missing ? fail_missing(&p->profile, schema, o, missing, err) : RV_OK;
}

/* Points and bins by code. A column that doesn't count has one code, worth nothing. */
static rv_status make_view(rv_prospect_plan *p, rv_megabase *megabase, rv_error *err) {
    uint32_t columns = p->profile.columns;
    p->view.columns = columns;
    p->view.codes = rv_array_new((size_t)columns + 1, sizeof *p->view.codes, err);
    p->view.values = p->view.codes ? rv_array_new((size_t)columns + 1, sizeof *p->view.values, err) : NULL;
    p->view.points = p->view.values ? rv_array_new((size_t)columns + 1, sizeof *p->view.points, err) : NULL;
    p->view.bins = p->view.points ? rv_array_new((size_t)columns + 1, sizeof *p->view.bins, err) : NULL;
    if (!p->view.bins) return RV_NO_MEMORY;
    for (uint32_t c = 0, i = 0; c < columns; c++) {
        const rv_profile_column *column = &p->profile.column[c];
        bool counts = i < p->n && p->columns[i] == c;
        const rv_dictionary *dictionary = NULL;
        if (counts) RV_TRY(rv_megabase_dictionary(megabase, p->attributes[i], &dictionary, err));
        size_t codes = counts ? (size_t)dictionary->n + 1 : 1;
        p->view.values[c] = (uint32_t)codes;
        if (!(p->view.points[c] = rv_array_new(codes, sizeof(int32_t), err))) return RV_NO_MEMORY;
        if (!(p->view.bins[c] = rv_array_new(codes, 1, err))) return RV_NO_MEMORY;
        if (!counts) continue;
        rv_values values;
        RV_TRY(rv_values_read(dictionary, column->binning.scale, &values, err));
        rv_binning_map(&column->binning, dictionary, &values, p->view.bins[c]);
        rv_values_reset(&values);
        for (size_t code = 0; code < codes; code++) p->view.points[c][code] = column->points[p->view.bins[c][code]];
        p->points[i] = (rv_base_points){p->attributes[i], p->view.points[c]};
        i++;
    }
    return RV_OK;
}

static bool find_attribute(const rv_prospect_plan *p, uint32_t column, uint32_t *attribute) {
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->columns[i] != column) continue;
        *attribute = p->attributes[i];
        return true;
    }
    return false;
}

/* A pair counts when both its columns do. */
static void find_pairs(rv_prospect_plan *p) {
    for (uint32_t k = 0; k < p->profile.pairs; k++) {
        const rv_pair_points *pair = &p->profile.pair[k];
        rv_base_pair base = {.bins_a = p->view.bins[pair->a],
                             .bins_b = p->view.bins[pair->b],
                             .width = pair->width,
                             .points = pair->points};
        if (!find_attribute(p, pair->a, &base.a) || !find_attribute(p, pair->b, &base.b)) continue;
        p->pairs[p->view.pairs] = base;
        p->view.pair[p->view.pairs++] = *pair;
    }
}

/* --- Filters ----------------------------------------------------------------------------------------------------- */

static rv_status new_filter(rv_prospect_plan *p, rv_megabase *megabase, uint32_t attribute,
                            const rv_dictionary **dictionary, uint8_t **allowed, rv_error *err) {
    RV_TRY(rv_megabase_dictionary(megabase, attribute, dictionary, err));
    if (!(*allowed = rv_array_new((size_t)(*dictionary)->n + 1, 1, err))) return RV_NO_MEMORY;
    p->filters[p->n_filters++] = (rv_base_filter){attribute, *allowed};
    return RV_OK;
}

static rv_status require(rv_prospect_plan *p, rv_megabase *megabase, const rv_assignment *a, rv_error *err) {
    const rv_schema *schema = rv_megabase_schema(megabase);
    int attribute = rv_schema_attribute(schema, a->name);
    if (attribute < 0) {
        rv_fail(err, RV_BAD_ARGUMENT, "--require: the megabase has no attribute '%s'", a->name);
        const char **names = rv_array_new((size_t)schema->n_attributes + 1, sizeof *names, NULL);
        for (uint32_t i = 0; names && i < schema->n_attributes; i++) names[i] = schema->attributes[i].name;
        const char *near = names ? rv_nearest_word(a->name, names) : NULL;
        if (near) rv_error_hint(err, "did you mean '%s'?", near);
        rv_free(names);
        return RV_BAD_ARGUMENT;
    }
    const rv_dictionary *dictionary;
    uint8_t *allowed;
    RV_TRY(new_filter(p, megabase, (uint32_t)attribute, &dictionary, &allowed, err));
    uint32_t found = 0;
    for (uint32_t code = 1; code <= dictionary->n; code++)
        if (rv_text_equal(rv_dictionary_value(dictionary, code), rv_text_trim(rv_text_of(a->value))))
            allowed[found = code] = 1;
    return found ? RV_OK
                 : rv_fail(err, RV_BAD_ARGUMENT, "--require: no contact has the value '%s' of '%s'", a->value, a->name);
}

/* Contacts whose consent attributes say no. One that says nothing refuses nothing. */
static rv_status add_consents(rv_prospect_plan *p, rv_megabase *megabase, rv_error *err) {
    const rv_schema *schema = rv_megabase_schema(megabase);
    for (uint32_t i = 0; i < schema->n_attributes; i++) {
        rv_consent_kind kind = rv_consent_of(&schema->attributes[i]);
        if (kind == RV_NO_CONSENT) continue;
        const rv_dictionary *dictionary;
        uint8_t *allowed;
        RV_TRY(new_filter(p, megabase, i, &dictionary, &allowed, err));
        p->n_consents++;
        allowed[0] = 1;
        for (uint32_t code = 1; code <= dictionary->n; code++)
            allowed[code] = !rv_consent_is_refused(kind, rv_dictionary_value(dictionary, code));
    }
    return RV_OK;
}

rv_status rv_prospect_plan_make(rv_megabase *megabase, const rv_prospect_options *o, rv_prospect_plan *out,
                                rv_error *err) {
    const rv_schema *schema = rv_megabase_schema(megabase);
    rv_prospect_plan p = {0};
    rv_status status = rv_profile_read(o->profile, &p.profile, err);
    if (status == RV_OK) status = check_without(&p.profile, o, err);
    if (status == RV_OK) status = find_columns(&p, schema, o, err);
    if (status == RV_OK) status = make_view(&p, megabase, err);
    if (status == RV_OK) find_pairs(&p);
    if (status == RV_OK && !(p.filters = rv_array_new(o->n_require + schema->n_attributes + 1, sizeof *p.filters, err)))
        status = RV_NO_MEMORY;
    for (size_t i = 0; i < o->n_require && status == RV_OK; i++) status = require(&p, megabase, &o->require[i], err);
    if (status == RV_OK && !o->with_refusals) status = add_consents(&p, megabase, err);
    if (status == RV_OK) *out = p;
    else rv_prospect_plan_reset(&p);
    return status;
}
