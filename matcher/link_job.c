/* The steps, timed and told. */
#include "link_job.h"

#include "csv_writer.h"
#include "parallel.h"
#include <math.h>

double rv_log_odds(double probability) { return log(probability) - log1p(-probability); }
double rv_odds_share(double log_odds) { return 1 / (1 + exp(-log_odds)); }

double rv_linking_floor(double threshold) { return fmin(rv_log_odds(threshold), 0) - 4.6; }

void rv_links_put(rv_buffer *csv, rv_text right_id, rv_tier tier, double probability) {
    rv_csv_put(csv, right_id);
    rv_csv_comma(csv);
    rv_buffer_string(csv, rv_tier_name(tier));
    rv_csv_comma(csv);
    rv_buffer_fixed(csv, probability, 6);
    rv_csv_end(csv);
}

bool rv_linkage_find(const char *level, rv_linkage *out) {
    static const char *const names[] = {
        [RV_LINKAGE_OFF] = "off",
        [RV_LINKAGE_STRICT] = "strict",
        [RV_LINKAGE_DEFAULT] = "default",
        [RV_LINKAGE_WIDE] = "wide",
    };
    for (unsigned i = RV_LINKAGE_OFF; i < sizeof names / sizeof *names; i++)
        if (strcmp(level, names[i]) == 0) {
            *out = (rv_linkage)i;
            return true;
        }
    return false;
}

static double threshold_of(const rv_linkage_options *options) {
    if (options->threshold > 0) return options->threshold;
    return options->level == RV_LINKAGE_STRICT ? 0.95 : options->level == RV_LINKAGE_WIDE ? 0.2 : 0.5;
}

static rv_status check_options(const rv_linkage_options *options, rv_error *err) {
    if (!(options->threshold >= 0 && options->threshold < 1))
        return rv_fail(err, RV_BAD_ARGUMENT, "--threshold is a probability between 0 and 1");
    if (options->model && options->model_out)
        return rv_fail(err, RV_BAD_ARGUMENT, "--model uses weights and --model-out learns them: only one of them");
    return RV_OK;
}

/* Told before it is taken, and refused where it is too much. */
static rv_status foretell(const rv_linking *l, const rv_settings *settings, rv_summary *summary, rv_error *err) {
    uint64_t need = rv_link_index_bytes(&l->people), have = rv_resident_bytes().anonymous;
    rv_note(settings, "memory: %llu MB for people, at most %llu MB more for candidates",
            (unsigned long long)(have >> 20), (unsigned long long)(need >> 20));
    rv_json_put_unsigned(&summary->json, "people_bytes", have);
    rv_json_put_unsigned(&summary->json, "index_bytes_at_most", need);
    if (!settings->memory_limit || have + need <= settings->memory_limit) return RV_OK;
    rv_fail(err, RV_NO_MEMORY, "linking these files needs up to %llu MB, more than the memory limit of %llu MB",
            (unsigned long long)((have + need) >> 20), (unsigned long long)(settings->memory_limit >> 20));
    return RV_NO_MEMORY;
}

/* Where the weights come from: nobody should take built-in ones for learned ones. */
static void tell_weights(const rv_link_model *m, const rv_linkage_options *options, const rv_settings *settings,
                         rv_summary *summary) {
    const char *from = options->model ? "given" : options->level == RV_LINKAGE_OFF || !m->met ? "built_in" : "learned";
    rv_json *json = &summary->json;
    rv_buffer names = {0};
    rv_json_key(json, "weights");
    rv_json_object(json);
    rv_json_put_string(json, "from", from);
    rv_json_put_unsigned(json, "pairs_seen", m->pairs_seen);
    rv_json_put_unsigned(json, "iterations", m->iterations);
    rv_json_put_bool(json, "converged", m->converged);
    rv_json_put_number(json, "persons_a_row", m->persons_a_row);
    rv_json_put_bool(json, "bounded", m->bounded);
    rv_json_key(json, "built_in");
    rv_json_array(json);
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
        if (!(m->met >> f & 1) || m->trained[f]) continue;
        rv_json_string(json, rv_link_field_name((rv_link_field)f));
        rv_buffer_format(&names, "%s%s", names.len ? ", " : "", rv_link_field_name((rv_link_field)f));
    }
    rv_json_end(json, ']');
    rv_json_end(json, '}');
    if (names.len && rv_buffer_check(&names, NULL) == RV_OK)
        rv_note(settings, "too few sure pairs to learn these weights from; mostly built-in ones are used: %.*s",
                (int)names.len, names.data);
    if (m->bounded)
        rv_warn(settings,
                "the rows are too regular to learn from freely: at most %.1f pairs a row are taken for one person, the "
                "likeliest; look at the links before you trust their probabilities",
                m->persons_a_row);
    rv_buffer_free(&names);
}

static rv_status learn(rv_linking *l, const rv_linkage_options *options, const rv_settings *settings,
                       rv_summary *summary, rv_error *err) {
    double since = rv_clock_seconds();
    if (options->model) RV_TRY(rv_link_model_read(options->model, &l->model, err));
    else if (options->level == RV_LINKAGE_OFF) rv_link_model_built_in(&l->model);
    else RV_TRY(rv_link_model_train(&l->people, l->index, settings, &l->model, err));
    if (options->model_out) RV_TRY(rv_link_model_write(&l->model, options->model_out, settings, err));
    rv_summary_timing(summary, "learn", since);
    tell_weights(&l->model, options, settings, summary);
    return rv_link_scorer_new(&l->people, &l->model, &l->scorer, err);
}

rv_status rv_linking_prepare(rv_linking *l, const rv_linkage_options *options, const rv_settings *settings,
                             rv_summary *summary, rv_error *err) {
    l->threshold = threshold_of(options);
    if (l->index) return learn(l, options, settings, summary, err);
    l->turned = !l->people.self && l->people.right.n > l->people.left.n;
    l->left_indexed = l->turned;
    if (l->turned) rv_link_turn(&l->people);
    RV_TRY(foretell(l, settings, summary, err));
    double since = rv_clock_seconds();
    RV_TRY(rv_link_index_new(&l->people, settings, &l->index, err));
    rv_summary_timing(summary, "index", since);
    return learn(l, options, settings, summary, err);
}

static rv_status open_steps(rv_linking *l, const rv_table_options *left, const rv_table_options *right,
                            const rv_linkage_options *options, const rv_settings *settings, rv_summary *summary,
                            rv_error *err) {
    RV_TRY(check_options(options, err));
    double since = rv_clock_seconds();
    RV_TRY(rv_link_people_load(left, right, settings, summary, &l->people, err));
    rv_summary_timing(summary, "read", since);
    summary->rows_out = summary->rows_in - summary->rejected;
    return rv_linking_prepare(l, options, settings, summary, err);
}

rv_status rv_linking_open(const rv_table_options *left, const rv_table_options *right,
                          const rv_linkage_options *options, const rv_settings *settings, rv_summary *summary,
                          rv_linking *out, rv_error *err) {
    *out = (rv_linking){0};
    rv_status status = open_steps(out, left, right, options, settings, summary, err);
    if (status != RV_OK) rv_linking_close(out);
    return status;
}

rv_status rv_linking_find(rv_linking *l, float floor, unsigned kept, const rv_settings *settings, rv_summary *summary,
                          rv_error *err) {
    double since = rv_clock_seconds();
    if (kept && l->turned) kept = RV_LINK_KEPT_CLIENTS;
    RV_TRY(rv_link_find(&l->people, l->index, l->scorer, floor, kept, settings, &l->pairs, err));
    if (l->turned) {
        RV_TRY(rv_link_pairs_turn(&l->pairs, l->people.right.n, err));
        rv_link_turn(&l->people);
        l->turned = false;
    }
    rv_summary_timing(summary, "compare", since);
    return RV_OK;
}

void rv_linking_close(rv_linking *l) {
    rv_link_scorer_free(l->scorer);
    rv_link_index_free(l->index);
    rv_link_pairs_reset(&l->pairs);
    rv_link_people_reset(&l->people);
    *l = (rv_linking){0};
}
