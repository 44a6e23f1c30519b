/*
 * See profile_file.h. The file is written by hand of one function per level and read the same way round, so that the
 * two can be laid side by side.
 */
#include "profile_file.h"

#include "date.h"
#include "document.h"
#include "json_writer.h"
#include <math.h>
#include <stdlib.h>

/* --- Writing ----------------------------------------------------------------------------------------------------- */

static void put_end(rv_json *json, const char *key, rv_scale scale, double x) {
    if (isinf(x)) return; /* an open end has no key */
    if (scale == RV_SCALE_DATE) {
        char date[11];
        rv_date_format((int32_t)x, date);
        rv_json_put_string(json, key, date);
    } else {
        rv_json_put_number(json, key, x);
    }
}

static void put_share(rv_json *json, const char *key, uint64_t count, uint64_t all, bool hidden) {
    rv_json_put_number(json, key, hidden || all == 0 ? NAN : round((double)count / (double)all * 1e4) / 1e4);
}

static void put_count(rv_json *json, const char *key, uint64_t count, bool hidden) {
    rv_json_key(json, key);
    if (hidden) rv_json_null(json);
    else rv_json_unsigned(json, count);
}

static void put_entry(rv_json *json, const rv_profile *profile, const rv_profile_column *column, uint32_t b) {
    const rv_bin *bin = &column->binning.bin[b];
    rv_scale scale = column->binning.scale;
    bool no_seeds = column->masked[b] & RV_MASKED_SEEDS, no_people = column->masked[b] & RV_MASKED_PEOPLE;
    rv_json_object(json);
    if (b == RV_BIN_MISSING || b == RV_BIN_OTHER) {
        rv_json_put_bool(json, b == RV_BIN_MISSING ? "missing" : "other", true);
    } else if (bin->value.ptr) {
        rv_json_key(json, "value");
        rv_json_text(json, bin->value);
    } else if (bin->from == bin->below) {
        put_end(json, "value", scale, bin->from);
    } else {
        put_end(json, "from", scale, bin->from);
        put_end(json, "below", scale, bin->below);
    }
    rv_json_key(json, "points");
    rv_json_integer(json, column->points[b]);
    put_count(json, "seeds", column->seeds[b], no_seeds);
    put_count(json, "people", column->people[b], no_people);
    put_share(json, "share_of_seeds", column->seeds[b], profile->seeds, no_seeds);
    put_share(json, "share_of_people", column->people[b], profile->people, no_people);
    double expected =
        profile->people ? (double)column->people[b] * (double)profile->seeds / (double)profile->people : 0;
    bool no_index = no_seeds || no_people || expected <= 0;
    rv_json_put_number(json, "index", no_index ? NAN : round((double)column->seeds[b] / expected * 100));
    rv_json_end(json, '}');
}

static void put_column(rv_json *json, const rv_profile *profile, const rv_profile_column *column) {
    rv_json_object(json);
    rv_json_put_string(json, "attribute", column->name);
    rv_json_put_string(json, "scale", rv_scale_name(column->binning.scale));
    if (column->binning.scale == RV_SCALE_NUMBER) rv_json_put_bool(json, "whole", column->binning.whole);
    rv_json_key(json, "entries");
    rv_json_array(json);
    for (uint32_t b = 0; b < column->binning.n; b++) put_entry(json, profile, column, b);
    rv_json_end(json, ']');
    rv_json_end(json, '}');
}

static void put_label(rv_json *json, const rv_profile_column *column, uint32_t b, rv_buffer *label) {
    label->len = 0;
    rv_binning_label(&column->binning, b, label);
    rv_json_text(json, rv_text_make(label->data, label->len));
}

/* A table: a line per entry of the first attribute, in it the points by entry of the second. */
static void put_pair(rv_json *json, const rv_profile *profile, const rv_pair_points *pair, rv_buffer *label) {
    const rv_profile_column *a = &profile->column[pair->a], *b = &profile->column[pair->b];
    rv_json_object(json);
    rv_json_key(json, "attributes");
    rv_json_array(json);
    rv_json_string(json, a->name);
    rv_json_string(json, b->name);
    rv_json_end(json, ']');
    rv_json_key(json, "entries");
    rv_json_array(json);
    for (uint32_t y = 0; y < pair->width; y++) put_label(json, b, y, label);
    rv_json_end(json, ']');
    rv_json_key(json, "table");
    rv_json_array(json);
    for (uint32_t x = 0; x < a->binning.n; x++) {
        rv_json_object(json);
        rv_json_key(json, "entry");
        put_label(json, a, x, label);
        rv_json_key(json, "points");
        rv_json_array(json);
        for (uint32_t y = 0; y < pair->width; y++) rv_json_integer(json, pair->points[x * pair->width + y]);
        rv_json_end(json, ']');
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
    rv_json_end(json, '}');
}

static void put_pairs(rv_json *json, const rv_profile *profile) {
    rv_buffer label = {0};
    rv_json_key(json, "pairs");
    rv_json_array(json);
    for (uint32_t k = 0; k < profile->pairs; k++) put_pair(json, profile, &profile->pair[k], &label);
    rv_json_end(json, ']');
    rv_buffer_free(&label);
}

static void put_calibration(rv_json *json, const rv_calibration *calibration) {
    rv_json_key(json, "probability");
    rv_json_object(json);
    if (calibration->n == 0) rv_json_put_string(json, "withheld", calibration->withheld);
    rv_json_key(json, "knots");
    rv_json_array(json);
    for (uint32_t i = 0; i < calibration->n; i++) {
        rv_json_object(json);
        rv_json_key(json, "score");
        rv_json_integer(json, calibration->score[i]);
        rv_json_put_number(json, "probability", calibration->probability[i]);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
    rv_json_end(json, '}');
}

rv_status rv_profile_write(const rv_profile *profile, rv_buffer *out, rv_error *err) {
    rv_json json;
    rv_json_init(&json, out, true);
    rv_json_object(&json);
    rv_json_put_unsigned(&json, "profile_version", profile->pairs ? RV_PROFILE_VERSION : 1);
    rv_json_put_string(&json, "method", profile->method);
    rv_json_key(&json, "base");
    rv_json_integer(&json, profile->base);
    rv_json_put_unsigned(&json, "seeds", profile->seeds);
    rv_json_put_unsigned(&json, "others", profile->others);
    rv_json_put_unsigned(&json, "people", profile->people);
    rv_json_put_bool(&json, "against_pool", profile->against_pool);
    put_calibration(&json, &profile->calibration);
    rv_json_key(&json, "attributes");
    rv_json_array(&json);
    for (uint32_t c = 0; c < profile->columns; c++) put_column(&json, profile, &profile->column[c]);
    rv_json_end(&json, ']');
    if (profile->pairs) put_pairs(&json, profile);
    rv_json_end(&json, '}');
    rv_buffer_byte(out, '\n');
    return rv_buffer_check(out, err);
}

/* --- Reading ----------------------------------------------------------------------------------------------------- */

/* A value that must be there. */
static rv_status need(const rv_document *d, const rv_node *mapping, const char *key, const rv_node **out,
                      rv_error *err) {
    const rv_node *node = rv_node_get(mapping, key);
    if (!node) {
        rv_node_fail(d, mapping, err, "'%s' is missing", key);
        return RV_BAD_ARGUMENT;
    }
    *out = node;
    return RV_OK;
}

static rv_status read_whole(const rv_document *d, const rv_node *mapping, const char *key, double limit, int32_t *out,
                            rv_error *err) {
    const rv_node *node;
    double x;
    RV_TRY(need(d, mapping, key, &node, err));
    RV_TRY(rv_node_read_number(d, node, key, &x, err));
    if (!(fabs(x) <= limit) || x != floor(x))
        return rv_node_fail(d, node, err, "'%s' must be a whole number within +-%.0f", key, limit);
    *out = (int32_t)x;
    return RV_OK;
}

static rv_status read_count(const rv_document *d, const rv_node *mapping, const char *key, uint64_t *out, bool *hidden,
                            rv_error *err) {
    const rv_node *node;
    RV_TRY(need(d, mapping, key, &node, err));
    bool null = rv_node_is_null(node);
    if (null && !hidden) return rv_node_fail(d, node, err, "'%s' must be a count", key);
    if (hidden) *hidden = null;
    *out = 0;
    return null ? RV_OK : rv_node_read_unsigned(d, node, key, out, err);
}

static rv_status read_list(const rv_document *d, const rv_node *mapping, const char *key, size_t most,
                           const rv_node **out, rv_error *err) {
    RV_TRY(need(d, mapping, key, out, err));
    if (rv_node_kind_of(*out) != RV_NODE_SEQUENCE) return rv_node_fail(d, *out, err, "'%s' must be a list", key);
    if (rv_node_size(*out) > most)
        return rv_node_fail(d, *out, err, "'%s' has %zu items; %zu are the most", key, rv_node_size(*out), most);
    return RV_OK;
}

/* An end of a range, or a single number; absent is `open`. */
static rv_status read_end(const rv_document *d, const rv_node *mapping, const char *key, rv_scale scale, double open,
                          double *out, rv_error *err) {
    const rv_node *node = rv_node_get(mapping, key);
    *out = open;
    if (!node) return RV_OK;
    if (scale == RV_SCALE_NUMBER) return rv_node_read_number(d, node, key, out, err);
    const char *text;
    RV_TRY(rv_node_read_string(d, node, key, &text, err));
    int32_t day = rv_date_parse(rv_text_of(text), RV_YMD);
    if (day == RV_DATE_NONE) return rv_node_fail(d, node, err, "'%s' must be a date, yyyy-mm-dd", key);
    *out = day;
    return RV_OK;
}

static rv_status read_bin(const rv_document *d, const rv_node *node, rv_binning *binning, uint32_t b, rv_error *err) {
    rv_bin *bin = &binning->bin[b];
    const rv_node *value = rv_node_get(node, "value");
    bool missing = rv_node_get(node, "missing"), other = rv_node_get(node, "other");
    if (missing != (b == RV_BIN_MISSING) || other != (b == RV_BIN_OTHER))
        return rv_node_fail(d, node, err, "the first entry is \"missing\", the second \"other\", and no other is");
    if (missing || other) return RV_OK;
    if (binning->scale == RV_SCALE_CATEGORY) {
        const char *text;
        RV_TRY(need(d, node, "value", &value, err));
        RV_TRY(rv_node_read_string(d, value, "value", &text, err));
        for (uint32_t before = RV_BIN_FIRST; before < b; before++)
            if (rv_text_is(binning->bin[before].value, text))
                return rv_node_fail(d, value, err, "this value has two entries");
        bin->value = rv_arena_copy(&binning->texts, text, strlen(text));
        return bin->value.ptr ? RV_OK : rv_fail_memory(err, strlen(text));
    }
    if (value) {
        RV_TRY(read_end(d, node, "value", binning->scale, NAN, &bin->from, err));
        bin->below = bin->from;
        return RV_OK;
    }
    RV_TRY(read_end(d, node, "from", binning->scale, -INFINITY, &bin->from, err));
    RV_TRY(read_end(d, node, "below", binning->scale, INFINITY, &bin->below, err));
    if (!(bin->from < bin->below)) return rv_node_fail(d, node, err, "'from' must be less than 'below'");
    for (uint32_t before = RV_BIN_FIRST; before < b; before++) {
        const rv_bin *x = &binning->bin[before];
        if (x->from < bin->below && bin->from < x->below)
            return rv_node_fail(d, node, err, "this range overlaps another");
    }
    return RV_OK;
}

static rv_status read_entry(const rv_document *d, const rv_node *node, rv_profile_column *column, uint32_t b,
                            rv_error *err) {
    static const char *const keys[] = {"missing",        "other",           "value", "from",
                                       "below",          "points",          "seeds", "people",
                                       "share_of_seeds", "share_of_people", "index", NULL};
    bool no_seeds, no_people;
    RV_TRY(rv_node_check_keys(d, node, keys, err));
    RV_TRY(read_bin(d, node, &column->binning, b, err));
    RV_TRY(read_whole(d, node, "points", RV_POINTS_LIMIT, &column->points[b], err));
    RV_TRY(read_count(d, node, "seeds", &column->seeds[b], &no_seeds, err));
    RV_TRY(read_count(d, node, "people", &column->people[b], &no_people, err));
    column->masked[b] = (uint8_t)((no_seeds ? RV_MASKED_SEEDS : 0) | (no_people ? RV_MASKED_PEOPLE : 0));
    return RV_OK;
}

static rv_status read_scale(const rv_document *d, const rv_node *node, rv_binning *binning, rv_error *err) {
    const rv_node *at;
    const char *text;
    RV_TRY(need(d, node, "scale", &at, err));
    RV_TRY(rv_node_read_string(d, at, "scale", &text, err));
    rv_scale scale = RV_SCALE_CATEGORY;
    while (scale < RV_SCALE_COUNT && strcmp(rv_scale_name(scale), text) != 0) scale++;
    if (scale == RV_SCALE_COUNT) return rv_node_fail(d, at, err, "'scale' must be category, number or date");
    binning->scale = scale;
    binning->whole = scale == RV_SCALE_DATE;
    const rv_node *whole = rv_node_get(node, "whole");
    return whole ? rv_node_read_bool(d, whole, "whole", &binning->whole, err) : RV_OK;
}

static rv_status read_column(const rv_document *d, const rv_node *node, rv_profile_column *column, rv_error *err) {
    static const char *const keys[] = {"attribute", "scale", "whole", "entries", NULL};
    const rv_node *at;
    const char *name;
    RV_TRY(rv_node_check_keys(d, node, keys, err));
    RV_TRY(need(d, node, "attribute", &at, err));
    RV_TRY(rv_node_read_string(d, at, "attribute", &name, err));
    if (strlen(name) >= sizeof column->name)
        return rv_node_fail(d, at, err, "the name has %zu bytes; 127 are the most", strlen(name));
    memcpy(column->name, name, strlen(name) + 1);
    RV_TRY(read_scale(d, node, &column->binning, err));
    RV_TRY(read_list(d, node, "entries", RV_BINS_MAX, &at, err));
    size_t n = rv_node_size(at);
    if (n < RV_BIN_FIRST) return rv_node_fail(d, at, err, "'entries' needs \"missing\" and \"other\"");
    if (!(column->binning.bin = rv_array_new(n, sizeof *column->binning.bin, err))) return RV_NO_MEMORY;
    column->binning.n = (uint32_t)n;
    for (uint32_t b = 0; b < n; b++) RV_TRY(read_entry(d, rv_node_item(at, b), column, b, err));
    return RV_OK;
}

static rv_status read_point(const rv_document *d, const rv_node *node, int32_t *out, rv_error *err) {
    double x;
    RV_TRY(rv_node_read_number(d, node, "points", &x, err));
    if (!(fabs(x) <= RV_POINTS_LIMIT) || x != floor(x))
        return rv_node_fail(d, node, err, "'points' must be whole numbers within +-%d", RV_POINTS_LIMIT);
    *out = (int32_t)x;
    return RV_OK;
}

/* The two columns of a pair, the first one first. */
static rv_status read_pair_columns(const rv_document *d, const rv_node *node, const rv_profile *profile,
                                   rv_pair_points *pair, rv_error *err) {
    const rv_node *names;
    uint32_t found[2];
    RV_TRY(read_list(d, node, "attributes", 2, &names, err));
    if (rv_node_size(names) != 2) return rv_node_fail(d, names, err, "a pair has two attributes");
    for (size_t i = 0; i < 2; i++) {
        const char *name;
        RV_TRY(rv_node_read_string(d, rv_node_item(names, i), "attributes", &name, err));
        for (found[i] = 0; found[i] < profile->columns; found[i]++)
            if (strcmp(profile->column[found[i]].name, name) == 0) break;
        if (found[i] == profile->columns) return rv_node_fail(d, names, err, "the profile has no attribute '%s'", name);
    }
    if (found[0] >= found[1]) return rv_node_fail(d, names, err, "a pair's attributes stand in the profile's order");
    for (uint32_t k = 0; k < profile->pairs; k++)
        if (profile->pair[k].a == found[0] && profile->pair[k].b == found[1])
            return rv_node_fail(d, names, err, "this pair comes twice");
    *pair = (rv_pair_points){.a = found[0], .b = found[1], .width = profile->column[found[1]].binning.n};
    return RV_OK;
}

/* Labels are for people; points count by their place. */
static rv_status read_pair(const rv_document *d, const rv_node *node, const rv_profile *profile, rv_pair_points *pair,
                           rv_error *err) {
    static const char *const keys[] = {"attributes", "entries", "table", NULL}, *const row_keys[] = {"entry", "points",
                                                                                                     NULL};
    const rv_node *table, *points;
    RV_TRY(rv_node_check_keys(d, node, keys, err));
    RV_TRY(read_pair_columns(d, node, profile, pair, err));
    uint32_t rows = profile->column[pair->a].binning.n;
    if (rows * pair->width > RV_PAIR_CELLS)
        return rv_node_fail(d, node, err, "the pair has %u cells; %d are the most", rows * pair->width, RV_PAIR_CELLS);
    RV_TRY(read_list(d, node, "table", rows, &table, err));
    if (rv_node_size(table) != rows)
        return rv_node_fail(d, table, err, "'table' has %zu lines; the attribute has %u entries", rv_node_size(table),
                            rows);
    if (!(pair->points = rv_array_new((size_t)rows * pair->width, sizeof *pair->points, err))) return RV_NO_MEMORY;
    for (uint32_t x = 0; x < rows; x++) {
        RV_TRY(rv_node_check_keys(d, rv_node_item(table, x), row_keys, err));
        RV_TRY(read_list(d, rv_node_item(table, x), "points", pair->width, &points, err));
        if (rv_node_size(points) != pair->width)
            return rv_node_fail(d, points, err, "'points' has %zu items; the attribute has %u entries",
                                rv_node_size(points), pair->width);
        for (uint32_t y = 0; y < pair->width; y++)
            RV_TRY(read_point(d, rv_node_item(points, y), &pair->points[x * pair->width + y], err));
    }
    return RV_OK;
}

static rv_status read_pairs(const rv_document *d, const rv_node *root, rv_profile *out, rv_error *err) {
    const rv_node *list;
    if (!rv_node_get(root, "pairs")) return RV_OK;
    RV_TRY(read_list(d, root, "pairs", RV_PAIRS_MAX, &list, err));
    for (size_t k = 0; k < rv_node_size(list); k++) {
        rv_pair_points pair = {0};
        rv_status status = read_pair(d, rv_node_item(list, k), out, &pair, err);
        out->pair[out->pairs] = pair;
        if (status == RV_OK) out->pairs++;
        else rv_free(pair.points);
        RV_TRY(status);
    }
    return RV_OK;
}

static rv_status read_calibration(const rv_document *d, const rv_node *root, rv_calibration *out, rv_error *err) {
    static const char *const keys[] = {"withheld", "knots", NULL}, *const knot_keys[] = {"score", "probability", NULL};
    const rv_node *node, *knots, *at;
    RV_TRY(need(d, root, "probability", &node, err));
    RV_TRY(rv_node_check_keys(d, node, keys, err));
    RV_TRY(read_list(d, node, "knots", RV_CALIBRATION_KNOTS, &knots, err));
    const char *withheld = rv_node_get(node, "withheld") ? rv_node_string(rv_node_get(node, "withheld")) : NULL;
    if (withheld) memcpy(out->withheld, withheld, strnlen(withheld, sizeof out->withheld - 1));
    if (rv_node_size(knots) == 0 && !out->withheld[0])
        return rv_node_fail(d, knots, err, "a profile without knots says in 'withheld' why");
    for (uint32_t i = 0; i < rv_node_size(knots); i++) {
        const rv_node *knot = rv_node_item(knots, i);
        double p;
        RV_TRY(rv_node_check_keys(d, knot, knot_keys, err));
        RV_TRY(read_whole(d, knot, "score", 1e9, &out->score[i], err));
        RV_TRY(need(d, knot, "probability", &at, err));
        RV_TRY(rv_node_read_number(d, at, "probability", &p, err));
        bool rises = i == 0 || (out->score[i] > out->score[i - 1] && p >= out->probability[i - 1]);
        if (!(p >= 0 && p <= 1) || !rises)
            return rv_node_fail(d, knot, err, "knots must rise, with probabilities in [0, 1]");
        out->probability[i] = p;
        out->n = i + 1;
    }
    return RV_OK;
}

static rv_status read_header(const rv_document *d, const rv_node *root, rv_profile *out, rv_error *err) {
    const rv_node *at;
    const char *method;
    uint64_t version;
    if (rv_node_kind_of(root) != RV_NODE_MAPPING) return rv_node_fail(d, root, err, "this isn't a profile");
    RV_TRY(read_count(d, root, "profile_version", &version, NULL, err));
    if (version == 0) return rv_node_fail(d, root, err, "'profile_version' must be 1 or more");
    if (version > RV_PROFILE_VERSION) {
        rv_status status = rv_fail(err, RV_NEWER, "the profile is of version %llu; this program reads %d",
                                   (unsigned long long)version, RV_PROFILE_VERSION);
        return rv_error_at(err, rv_document_name(d), rv_node_line(root), 0), status;
    }
    static const char *const keys[] = {"profile_version", "method",      "base",       "seeds", "others", "people",
                                       "against_pool",    "probability", "attributes", "pairs", NULL};
    RV_TRY(rv_node_check_keys(d, root, keys, err));
    RV_TRY(need(d, root, "method", &at, err));
    RV_TRY(rv_node_read_string(d, at, "method", &method, err));
    memcpy(out->method, method, strnlen(method, sizeof out->method - 1));
    RV_TRY(read_whole(d, root, "base", 1e6, &out->base, err));
    RV_TRY(read_count(d, root, "seeds", &out->seeds, NULL, err));
    RV_TRY(read_count(d, root, "others", &out->others, NULL, err));
    RV_TRY(read_count(d, root, "people", &out->people, NULL, err));
    RV_TRY(need(d, root, "against_pool", &at, err));
    return rv_node_read_bool(d, at, "against_pool", &out->against_pool, err);
}

static rv_status read_all(const rv_document *d, rv_profile *out, rv_error *err) {
    const rv_node *root = rv_document_root(d), *list;
    RV_TRY(read_header(d, root, out, err));
    RV_TRY(read_calibration(d, root, &out->calibration, err));
    RV_TRY(read_list(d, root, "attributes", RV_PROFILE_COLUMNS, &list, err));
    size_t n = rv_node_size(list);
    if (!(out->column = rv_array_new(n, sizeof *out->column, err))) return RV_NO_MEMORY;
    for (size_t c = 0; c < n; c++) {
        out->columns = (uint32_t)c + 1;
        RV_TRY(read_column(d, rv_node_item(list, c), &out->column[c], err));
        for (size_t before = 0; before < c; before++)
            if (strcmp(out->column[before].name, out->column[c].name) == 0)
                return rv_node_fail(d, rv_node_item(list, c), err, "attribute '%s' comes twice", out->column[c].name);
    }
    if (n == 0) return rv_node_fail(d, list, err, "the profile has no attributes");
    return read_pairs(d, root, out, err);
}

rv_status rv_profile_read(const char *path, rv_profile *out, rv_error *err) {
    rv_document *document;
    rv_profile profile = {0};
    RV_TRY(rv_document_open(path, &document, err));
    rv_status status = read_all(document, &profile, err);
    rv_document_close(document);
    if (status == RV_OK) *out = profile;
    else rv_profile_reset(&profile);
    return status;
}
