/* See gates.h. */
#include "gates.h"

#include "text.h"
#include <stdio.h>
#include <string.h>

typedef enum comparison { AT_LEAST, AT_MOST, ABOVE, BELOW } comparison;
typedef struct gate {
    char measure[64];
    comparison comparison;
    double bound;
} gate;

static bool parse(const char *text, gate *out) {
    size_t n = strcspn(text, "<>");
    if (n == 0 || n >= sizeof out->measure || !text[n]) return false;
    rv_text measure = rv_text_trim(rv_text_make(text, n));
    snprintf(out->measure, sizeof out->measure, "%.*s", (int)measure.len, measure.ptr);
    bool equal = text[n + 1] == '=';
    if (text[n] == '>') out->comparison = equal ? AT_LEAST : ABOVE;
    else out->comparison = equal ? AT_MOST : BELOW;
    return rv_text_to_decimal(rv_text_trim(rv_text_of(text + n + 1 + equal)), '.', &out->bound);
}

static bool holds(const gate *g, double value) {
    switch (g->comparison) {
    case AT_LEAST: return value >= g->bound;
    case AT_MOST: return value <= g->bound;
    case ABOVE: return value > g->bound;
    default: return value < g->bound;
    }
}

rv_status rv_gates_validate(const rv_settings *settings, const char *const *measures, rv_error *err) {
    for (size_t i = 0; i < settings->n_gates; i++) {
        gate g;
        if (!parse(settings->gates[i], &g)) {
            rv_fail(err, RV_BAD_ARGUMENT, "the gate '%s' can't be read", settings->gates[i]);
            rv_error_hint(err, "for example --gate 'match_rate>=.4'");
            return RV_BAD_ARGUMENT;
        }
        const char *const *m = measures;
        while (*m && strcmp(*m, g.measure) != 0) m++;
        if (*m) continue;
        rv_fail(err, RV_BAD_ARGUMENT, "the gate '%s' is on something that this job doesn't measure",
                settings->gates[i]);
        const char *near = rv_nearest_word(g.measure, measures);
        if (near) rv_error_hint(err, "did you mean %s?", near);
        else if (measures[0])
            rv_error_hint(err, "it measures %s%s%s", measures[0], measures[1] ? " and " : "",
                          measures[1] ? measures[1] : "");
        return RV_BAD_ARGUMENT;
    }
    return RV_OK;
}

rv_status rv_gates_check(const rv_settings *settings, const char *measure, double value, rv_error *err) {
    for (size_t i = 0; i < settings->n_gates; i++) {
        gate g;
        if (!parse(settings->gates[i], &g) || strcmp(g.measure, measure) != 0 || holds(&g, value)) continue;
        rv_fail(err, RV_GATE_MISSED, "the gate '%s' is missed: %s is %.4f; nothing was published", settings->gates[i],
                measure, value);
        return RV_GATE_MISSED;
    }
    return RV_OK;
}
