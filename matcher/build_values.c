#include "build_values.h"

static bool is_flag(rv_text value) {
    static const char *const WORDS[] = {"0",    "1",    "yes", "no", "oui", "non", "true", "false",
                                        "vrai", "faux", "o",   "n",  "y",   "t",   "f",    "x"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (rv_text_is_nocase(value, WORDS[i])) return true;
    return false;
}

static bool is_of_type(rv_text value, const rv_schema_column *column) {
    int64_t integer;
    double decimal;
    switch (column->type) {
    case RV_INTEGER: return rv_text_to_integer(value, &integer);
    case RV_DECIMAL: return rv_text_to_decimal(value, '.', &decimal) || rv_text_to_decimal(value, ',', &decimal);
    case RV_DATE: return rv_date_parse(value, RV_DATE_ORDER_AUTO) != RV_DATE_NONE;
    case RV_FLAG: return column->n_values > 0 || is_flag(value); /* a list names its own words */
    default: return true;
    }
}

static bool is_listed(rv_text value, const rv_schema_column *column) {
    for (size_t i = 0; i < column->n_values; i++)
        if (rv_text_is(value, column->values[i])) return true;
    return column->n_values == 0;
}

uint32_t rv_build_count_strangers(const rv_schema_column *column, const rv_dictionary *values, rv_text *first) {
    uint32_t n = 0;
    for (uint32_t code = 1; code <= values->n; code++) {
        rv_text value = rv_dictionary_value(values, code);
        if (is_of_type(value, column) && is_listed(value, column)) continue;
        if (n++ == 0) *first = value;
    }
    return n;
}

void rv_build_tell_strangers(const rv_build_plan *plan, const rv_dictionary *dictionaries, const rv_settings *settings,
                             rv_summary *summary) {
    static const char *const TYPES[] = {"category", "integer", "decimal", "date", "flag", "text"};
    rv_json_key(&summary->json, "unexpected_values");
    rv_json_object(&summary->json);
    for (uint32_t a = 0; a < plan->n_attributes; a++) {
        const rv_schema_column *column = plan->attributes[a];
        rv_text first = {0};
        uint32_t n = rv_build_count_strangers(column, &dictionaries[a], &first);
        if (n == 0) continue;
        char shape[48];
        rv_text_shape(first, shape, sizeof shape);
        rv_warn(settings,
                "%s:%llu: column '%s' (%s) holds %u values that the schema doesn't expect, such as '%s'; kept",
                plan->schema.path, (unsigned long long)column->line, column->name, TYPES[column->type], n, shape);
        rv_json_put_unsigned(&summary->json, column->name, n);
    }
    rv_json_end(&summary->json, '}');
}
