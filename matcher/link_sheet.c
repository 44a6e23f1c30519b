/* Sums of probabilities: if these are calibrated, the sum over the links is how many of them are right, and the sum over
 * all best candidates how many right ones there were to find. */
#include "link_sheet.h"
#include "messages.h"

#include <math.h>

enum { BINS = 20, SAMPLE = 100000 };
static const double thresholds[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999};
enum { N_THRESHOLDS = sizeof thresholds / sizeof *thresholds };

static double part(double of, double whole) { return whole > 0 ? of / whole : NAN; }

/* --- Tiers ------------------------------------------------------------------------------------------------------- */

static void put_tiers(const rv_link_tiers *tiers, uint64_t rows, rv_summary *summary) {
    rv_json *json = &summary->json;
    rv_json_key(json, "tiers");
    rv_json_object(json);
    for (int t = 0; t < RV_TIER_COUNT; t++) {
        double n = (double)tiers->links[t];
        if (!tiers->links[t]) continue;
        rv_json_key(json, rv_tier_name((rv_tier)t));
        rv_json_object(json);
        rv_json_put_unsigned(json, "links", tiers->links[t]);
        rv_json_put_number(json, "gain", part(n, (double)rows));
        rv_json_put_number(json, "expected_precision", part(tiers->probabilities[t], n));
        rv_json_end(json, '}');
        rv_tell(&summary->text, "    %-24s %12llu  %5.1f %%  expected precision %.4f\n",
                         rv_tier_name((rv_tier)t), (unsigned long long)tiers->links[t], 100 * part(n, (double)rows),
                         part(tiers->probabilities[t], n));
    }
    rv_json_end(json, '}');
}

/* --- Probabilities ----------------------------------------------------------------------------------------------- */

typedef struct spread {
    uint64_t bins[BINS], none;
    uint64_t reached[N_THRESHOLDS];
    double sums[N_THRESHOLDS], sum; /* of probabilities */
} spread;

static void count(spread *s, double p) {
    unsigned bin = (unsigned)(p * BINS);
    s->bins[bin < BINS ? bin : BINS - 1]++;
    s->sum += p;
    for (unsigned t = 0; t < N_THRESHOLDS && p >= thresholds[t]; t++) {
        s->reached[t]++;
        s->sums[t] += p;
    }
}

static void put_spread(const spread *s, rv_summary *summary) {
    rv_json *json = &summary->json;
    rv_json_key(json, "probabilities"); /* of twentieths, from 0 to 1 */
    rv_json_array(json);
    for (int b = 0; b < BINS; b++) rv_json_unsigned(json, s->bins[b]);
    rv_json_end(json, ']');
    rv_json_put_unsigned(json, "without_candidate", s->none);
    rv_json_key(json, "thresholds");
    rv_json_array(json);
    rv_tell(&summary->text, "  threshold        links  expected precision  expected recall\n");
    for (int t = 0; t < N_THRESHOLDS; t++) {
        double precision = part(s->sums[t], (double)s->reached[t]), recall = part(s->sums[t], s->sum);
        rv_json_object(json);
        rv_json_put_number(json, "threshold", thresholds[t]);
        rv_json_put_unsigned(json, "links", s->reached[t]);
        rv_json_put_number(json, "expected_precision", precision);
        rv_json_put_number(json, "expected_recall", recall);
        rv_json_end(json, '}');
        if (s->reached[t])
            rv_buffer_format(&summary->text, "    %-9g %11llu  %18.4f  %15.4f\n", thresholds[t],
                             (unsigned long long)s->reached[t], precision, recall);
    }
    rv_json_end(json, ']');
}

void rv_link_sheet_links(const rv_linking *l, const rv_link_tiers *tiers, const rv_link_answer *answers,
                         rv_summary *summary) {
    spread s = {0};
    put_tiers(tiers, l->people.left.n, summary);
    for (uint32_t r = 0; answers && r < l->people.left.n; r++) {
        if (answers[r].right == UINT32_MAX) s.none++;
        else count(&s, (double)answers[r].probability);
    }
    for (size_t i = 0; !answers && i < l->pairs.n; i++) count(&s, rv_odds_share((double)l->pairs.at[i].weight.person));
    put_spread(&s, summary);
}

/* --- Rows that tell too little ----------------------------------------------------------------------------------- */

rv_status rv_link_sheet_unlinkable(const rv_linking *l, rv_summary *summary, rv_error *err) {
    uint32_t rows = l->people.left.n, n = rows < SAMPLE ? rows : SAMPLE, unlinkable = 0;
    double least = rv_log_odds(l->threshold);
    rv_link_people own = rv_link_one_side(&l->people, &l->people.left);
    rv_link_scorer *scorer = NULL;
    RV_TRY(rv_link_scorer_new(&own, &l->model, &scorer, err));
    rv_link_scratch *scratch = rv_link_scratch_new(err);
    for (uint32_t i = 0; scratch && i < n; i++) {
        uint32_t r = (uint32_t)((uint64_t)rows * i / n);
        rv_link_weight w = {0};
        rv_link_score(scorer, r, r, -INFINITY, scratch, &w, NULL);
        unlinkable += (double)w.person < least;
    }
    rv_link_scratch_free(scratch);
    rv_link_scorer_free(scorer);
    if (!scratch) return RV_NO_MEMORY;
    rv_json_key(&summary->json, "unlinkable");
    rv_json_object(&summary->json);
    rv_json_put_unsigned(&summary->json, "sample", n);
    rv_json_put_unsigned(&summary->json, "rows", unlinkable);
    rv_json_put_number(&summary->json, "share", part(unlinkable, n));
    rv_json_end(&summary->json, '}');
    if (unlinkable)
        rv_tell(&summary->text, "  %.1f %% of the rows tell too little to be linked to anybody\n",
                         100 * part(unlinkable, n));
    return RV_OK;
}

/* --- Blocks ------------------------------------------------------------------------------------------------------ */

/* What the heaviest list of a rule for single values shares, as a shape. */
static void shape_of(const rv_linking *l, unsigned rule, const rv_link_skew *skew, char *out, size_t cap) {
    const rv_link_table *table = l->left_indexed ? &l->people.left : rv_link_right(&l->people);
    const rv_link_row *row = &table->rows[skew->heaviest_row];
    const uint32_t codes[] = {row->email, row->mobile ? row->mobile : row->phone, row->identifier};
    static const rv_link_words_kind kinds[] = {RV_WORDS_EMAIL, RV_WORDS_NUMBER, RV_WORDS_NUMBER};
    uint32_t code = codes[rule];
    rv_text_shape(code ? rv_link_text(&l->people.words[kinds[rule]], code) : (rv_text){0}, out, cap);
}

void rv_link_sheet_blocks(const rv_linking *l, rv_summary *summary) {
    rv_json *json = &summary->json;
    rv_json_key(json, "blocks");
    rv_json_array(json);
    for (unsigned rule = 0; rule < rv_link_rules(l->index); rule++) {
        rv_link_skew skew;
        rv_link_index_skew(l->index, rule, &skew);
        if (!skew.keys) continue;
        rv_json_object(json);
        rv_json_put_string(json, "rule", rv_link_rule_name(l->index, rule));
        rv_json_put_unsigned(json, "limit", rv_link_index_limit(l->index, rule));
        rv_json_put_unsigned(json, "keys", skew.keys);
        rv_json_put_unsigned(json, "rows", skew.rows);
        rv_json_put_unsigned(json, "keys_over_limit", skew.over_cap_keys);
        rv_json_put_unsigned(json, "rows_over_limit", skew.over_cap_rows);
        rv_json_put_unsigned(json, "heaviest", skew.heaviest_rows);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
    /* People want to know of values that should be telling and aren't: an e-mail on hundreds of rows. */
    for (unsigned rule = 0; rule < 3 && rule < rv_link_rules(l->index); rule++) {
        rv_link_skew skew;
        rv_link_index_skew(l->index, rule, &skew);
        if (!skew.over_cap_keys) continue;
        char shape[64];
        shape_of(l, rule, &skew, shape, sizeof shape);
        rv_tell(&summary->text, "  %s: %llu values on more than %u rows propose nobody (the heaviest: %s, %llu rows)\n",
                         rv_link_rule_name(l->index, rule), (unsigned long long)skew.over_cap_keys,
                         rv_link_index_limit(l->index, rule), shape, (unsigned long long)skew.heaviest_rows);
    }
}
