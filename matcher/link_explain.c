/* Factors rather than logarithms: a reader of a complaint knows what "two hundred times as likely" is. */
#include "link_explain.h"
#include "messages.h"

#include <math.h>

static void put_factor(rv_buffer *out, double log_factor) {
    double factor = exp(fabs(log_factor));
    rv_buffer_string(out, log_factor < 0 ? "/ " : "x ");
    rv_buffer_fixed(out, factor, factor < 10 ? 2 : 0);
    rv_buffer_byte(out, '\n');
}

void rv_link_explain_pair(const rv_link_scorer *scorer, uint32_t left, uint32_t right, rv_link_scratch *scratch,
                          rv_buffer *out) {
    float part[RV_FIELD_COUNT] = {0}, prior;
    rv_link_weight weight;
    rv_link_pattern pattern;
    if (!rv_link_score(scorer, left, right, -INFINITY, scratch, &weight, &pattern)) return;
    rv_link_waterfall(scorer, left, right, scratch, part, &prior);
    rv_buffer_string(out, "      ");
    rv_tell_padded(out, "before", 14);
    rv_buffer_byte(out, ' ');
    rv_tell_padded(out, "any two", 24);
    rv_buffer_byte(out, ' ');
    put_factor(out, (double)prior);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        if (pattern.level[f] == RV_LEVEL_MISSING) continue;
        rv_buffer_format(out, "      %-14s %-24s ", rv_link_field_name((rv_link_field)f),
                         rv_link_level_name((rv_link_field)f, pattern.level[f]));
        put_factor(out, (double)part[f]);
    }
    if (pattern.swapped) rv_tell(out, "      first and last name compared crosswise\n");
    rv_tell(out, "      odds of one person, against relatives and strangers: ");
    put_factor(out, (double)weight.person);
}
