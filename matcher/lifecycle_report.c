/* What segment tells: thresholds always, since a quintile or a state that nobody can check is worth little. */
#include "date.h"
#include "lifecycle_detail.h"
#include "messages.h"
#include <stdio.h>

const char *rv_cause_name(rv_cause cause) {
    static const char *const names[RV_CAUSES] = {"", "silence", "order_withdrawn", "thresholds_changed",
                                                 "not_in_previous"};
    return names[cause];
}

static void json_quintiles(rv_json *json, const char *name, const rv_quintiles *q, double unit) {
    rv_json_key(json, name);
    rv_json_object(json);
    rv_json_key(json, "thresholds");
    rv_json_array(json);
    for (unsigned k = 0; k < 4; k++) rv_json_number(json, (double)q->threshold[k] / unit);
    rv_json_end(json, ']');
    rv_json_key(json, "clients");
    rv_json_array(json);
    for (unsigned s = 0; s < 5; s++) rv_json_unsigned(json, q->count[s]);
    rv_json_end(json, ']');
    rv_json_put_bool(json, "collapsed", q->collapsed);
    rv_json_put_bool(json, "own", q->own);
    rv_json_end(json, '}');
}

static void json_states(rv_json *json, const rv_life_detail *life) {
    rv_json_key(json, "states");
    rv_json_object(json);
    for (unsigned s = RV_ACTIVE; s <= RV_LOST; s++)
        rv_json_put_unsigned(json, rv_state_name((rv_state)s), life->in_state[s]);
    rv_json_end(json, '}');
    rv_json_key(json, "state_limits");
    rv_json_object(json);
    rv_json_put_string(json, "by", life->by_rhythm ? "rhythm" : "months");
    for (unsigned i = 0; i < 3; i++) {
        char key[40], date[11];
        const char *name = rv_state_name((rv_state)(RV_ACTIVE + i));
        if (life->by_rhythm) {
            snprintf(key, sizeof key, "%s_intervals", name);
            rv_json_put_number(json, key, rv_rhythm_limits[i]);
        } else {
            snprintf(key, sizeof key, "%s_months", name);
            rv_json_put_unsigned(json, key, life->limits.months[i]);
            snprintf(key, sizeof key, "%s_since", name);
            rv_date_format(life->limits.since[i], date);
            rv_json_put_string(json, key, date);
        }
    }
    if (life->by_rhythm) rv_json_put_number(json, "population_interval_days", life->population_days);
    rv_json_end(json, '}');
}

static void write_json(rv_json *json, const rv_life_detail *life) {
    char as_of[11];
    rv_date_format(life->as_of, as_of);
    rv_json_key(json, "segment");
    rv_json_object(json);
    rv_json_put_string(json, "as_of", as_of);
    rv_json_put_unsigned(json, "rows", life->read.rows);
    rv_json_put_unsigned(json, "purchases", life->read.purchases);
    rv_json_put_unsigned(json, "refunds", life->read.refunds);
    rv_json_put_unsigned(json, "lines_merged", life->read.merged);
    rv_json_put_unsigned(json, "future_ignored", life->read.future);
    rv_json_put_unsigned(json, "rejected", life->read.rejected);
    rv_json_put_unsigned(json, "irregular_quotes", life->read.irregular);
    rv_json_put_unsigned(json, "clients", life->n);
    rv_json_put_unsigned(json, "refunds_only", life->n - life->buyers);
    json_states(json, life);
    rv_json_key(json, "segments");
    rv_json_object(json);
    for (unsigned s = 1; s < RV_SEGMENT_COUNT; s++) rv_json_put_unsigned(json, rv_segment_name(s), life->in_segment[s]);
    rv_json_end(json, '}');
    if (life->buyers) {
        json_quintiles(json, "recency_days", &life->recency, 1);
        json_quintiles(json, "orders", &life->frequency, 1);
        json_quintiles(json, "amount", &life->money, RV_AMOUNT_UNIT);
    }
    if (life->with_previous) {
        rv_json_key(json, "newly_at_risk");
        rv_json_object(json);
        for (unsigned c = 1; c < RV_CAUSES; c++)
            rv_json_put_unsigned(json, rv_cause_name((rv_cause)c), life->newly_at_risk[c]);
        rv_json_end(json, '}');
        rv_json_put_unsigned(json, "gone_since_previous", life->gone);
        rv_json_put_unsigned(json, "previous_rejected", life->previous_rejected);
    }
    rv_life_models_json(json, life);
    rv_json_end(json, '}');
}

static double percent(uint64_t part, uint64_t all) { return all ? 100.0 * (double)part / (double)all : 0; }

static void text_states(rv_buffer *text, const rv_life_detail *life) {
    static const char *const rhythm[] = {"silence up to 2 of the client's own intervals", "up to 3", "up to 6",
                                         "beyond"};
    for (unsigned s = RV_ACTIVE; s <= RV_LOST; s++) {
        char date[11] = "";
        unsigned i = s - RV_ACTIVE;
        rv_buffer_format(text, "  %-10s %12llu %5.1f %%  ", rv_state_name((rv_state)s),
                         (unsigned long long)life->in_state[s], percent(life->in_state[s], life->n));
        if (life->by_rhythm) rv_tell_padded(text, rhythm[i], 0);
        else if (s == RV_LOST) rv_tell(text, "before that");
        else {
            rv_date_format(life->limits.since[i], date);
            rv_tell(text, "last order since %s (%u months)", date, life->limits.months[i]);
        }
        rv_buffer_byte(text, '\n');
    }
}

/* A score that is nobody's is told, with what can be done about it. */
static void text_collapse(rv_buffer *text, const rv_life_detail *life) {
    const rv_quintiles *const all[] = {&life->recency, &life->frequency, &life->money};
    bool collapsed = false;
    for (unsigned k = 0; k < 3; k++) collapsed |= all[k]->collapsed && !all[k]->own;
    if (collapsed)
        rv_tell(text, "                 equal values share a score, so some scores are nobody's; limits of your "
                      "own: --rfm f=1/2/4/9\n");
}

/* "orders: 1 up to 1 | 2 none | ... | 5 above 7": each score with its range of values. Recency counts downwards. */
static void text_quintiles(rv_buffer *text, const char *name, const rv_quintiles *q, double unit, int decimals,
                           bool down) {
    rv_buffer_string(text, "  ");
    rv_tell_padded(text, name, 13);
    for (unsigned k = 0; k < 5; k++) {
        unsigned score = down ? 5 - k : k + 1;
        rv_buffer_format(text, "%s%u: ", k ? " | " : " ", score);
        if (q->count[score - 1] == 0) rv_tell(text, "nobody");
        else if (k < 4) rv_tell(text, "up to %.*f", decimals, (double)q->threshold[k] / unit);
        else rv_tell(text, "above %.*f", decimals, (double)q->threshold[3] / unit);
    }
    rv_buffer_byte(text, '\n');
}

static void write_text(rv_buffer *text, const rv_life_detail *life) {
    char as_of[11];
    rv_date_format(life->as_of, as_of);
    rv_tell(text, "%llu clients as of %s, from %llu rows (%llu refunds, %llu after that date ignored, %llu rejected)\n",
            (unsigned long long)life->n, as_of, (unsigned long long)life->read.rows,
            (unsigned long long)life->read.refunds, (unsigned long long)life->read.future,
            (unsigned long long)life->read.rejected);
    text_states(text, life);
    if (life->buyers) {
        text_quintiles(text, "days silent, r", &life->recency, 1, 0, true);
        text_quintiles(text, "orders, f", &life->frequency, 1, 0, false);
        text_quintiles(text, "amount, m", &life->money, RV_AMOUNT_UNIT, 2, false);
        text_collapse(text, life);
    }
    for (unsigned s = 1; s < RV_SEGMENT_COUNT; s++)
        rv_buffer_format(text, "  %-19s %12llu %5.1f %%\n", rv_segment_name(s), (unsigned long long)life->in_segment[s],
                         percent(life->in_segment[s], life->n));
    if (life->with_previous) {
        uint64_t newly = 0;
        for (unsigned c = 1; c < RV_CAUSES; c++) newly += life->newly_at_risk[c];
        rv_tell(text,
                "%llu newly at risk: %llu by silence, %llu by withdrawn orders, %llu by changed thresholds, "
                "%llu not in the previous result; %llu clients gone\n",
                (unsigned long long)newly, (unsigned long long)life->newly_at_risk[RV_CAUSE_SILENCE],
                (unsigned long long)life->newly_at_risk[RV_CAUSE_WITHDRAWN],
                (unsigned long long)life->newly_at_risk[RV_CAUSE_THRESHOLDS],
                (unsigned long long)life->newly_at_risk[RV_CAUSE_ABSENT], (unsigned long long)life->gone);
    }
    rv_life_models_text(text, life);
}

void rv_life_report(const rv_life_detail *life, rv_summary *summary) {
    write_json(&summary->json, life);
    write_text(&summary->text, life);
}
