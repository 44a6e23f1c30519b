/* The job `match`: the best link of each row of the left file, all links, or given pairs scored. */
#include "csv_writer.h"
#include "link_review.h"
#include "link_sheet.h"
#include "messages.h"

#include <math.h>
#include <stdlib.h>

enum { PACK_AT = 1 << 20 };

typedef struct writer {
    const rv_linking *linking;
    rv_table_out *out; /* NULL: nothing is written */
    rv_buffer csv;
    rv_link_tiers tiers;
    uint64_t links;
    double probabilities;
    bool exact_only;
} writer;

static rv_status put_link(writer *w, uint32_t left, uint32_t right, double probability, rv_error *err) {
    const rv_link_people *people = &w->linking->people;
    rv_tier tier = rv_link_tier(people, left, right);
    if (w->exact_only && tier == RV_TIER_LINKAGE) return RV_OK;
    w->tiers.links[tier]++;
    w->tiers.probabilities[tier] += probability;
    w->links++;
    w->probabilities += probability;
    rv_csv_put(&w->csv, rv_link_id(&people->left, left));
    rv_csv_comma(&w->csv);
    rv_links_put(&w->csv, rv_link_id(rv_link_right(people), right), tier, probability);
    return w->csv.len < PACK_AT ? RV_OK : rv_table_out_put(w->out, &w->csv, err);
}

static void report(const writer *w, rv_summary *summary) {
    rv_json *json = &summary->json;
    double precision = w->links ? w->probabilities / (double)w->links : NAN;
    rv_json_put_unsigned(json, "links", w->links);
    rv_json_put_number(json, "expected_precision", precision);
    rv_json_put_unsigned(json, "candidates", w->linking->pairs.candidates);
    rv_json_put_unsigned(json, "pairs", w->linking->pairs.n);
}

static rv_status put_all(writer *w, double least, rv_summary *summary, rv_error *err) {
    const rv_link_pairs *pairs = &w->linking->pairs;
    for (size_t i = 0; i < pairs->n; i++) {
        double probability = rv_odds_share((double)pairs->at[i].weight.person);
        if (probability >= least) RV_TRY(put_link(w, pairs->at[i].left, pairs->at[i].right, probability, err));
    }
    report(w, summary);
    rv_tell(&summary->text, "  %llu links\n", (unsigned long long)w->links);
    rv_link_sheet_links(w->linking, &w->tiers, NULL, summary);
    return RV_OK;
}

static rv_status put_best(writer *w, const rv_match_options *options, rv_summary *summary, rv_error *err) {
    const rv_linking *l = w->linking;
    uint32_t rows = l->people.left.n, verdicts[4] = {0};
    rv_link_answer *answers = rv_array_new((size_t)rows + 1, sizeof *answers, err);
    if (!answers) return RV_NO_MEMORY;
    rv_link_rule_of_decision rule = {l->threshold, options->one_to_one};
    double since = rv_clock_seconds();
    rv_status status = rv_link_decide(&l->people, &l->model, &l->pairs, &rule, answers, err);
    rv_summary_timing(summary, "decide", since);
    for (uint32_t r = 0; status == RV_OK && r < rows; r++) {
        verdicts[answers[r].verdict]++;
        if (answers[r].verdict == RV_LINK_MATCH)
            status = put_link(w, r, answers[r].right, (double)answers[r].probability, err);
    }
    if (status == RV_OK) report(w, summary);
    if (status == RV_OK)
        rv_tell(&summary->text, "  %u rows, %llu links (%u in doubt, %u only of a household)\n", rows,
                (unsigned long long)w->links, verdicts[RV_LINK_AMBIGUOUS], verdicts[RV_LINK_HOUSEHOLD]);
    if (status == RV_OK) rv_link_sheet_links(l, &w->tiers, answers, summary);
    rv_json_put_unsigned(&summary->json, "ambiguous", verdicts[RV_LINK_AMBIGUOUS]);
    rv_json_put_unsigned(&summary->json, "household", verdicts[RV_LINK_HOUSEHOLD]);
    rv_json_put_unsigned(&summary->json, "none", verdicts[RV_LINK_NONE]);
    rv_free(answers);
    return status;
}

static rv_status link_and_write(rv_linking *l, const rv_match_options *options, const rv_settings *settings,
                                rv_summary *summary, rv_error *err) {
    double least = options->all_links > 0 ? options->all_links : l->threshold;
    double floor = options->all_links > 0 ? rv_log_odds(least) : rv_linking_floor(least);
    unsigned kept = options->all_links > 0 ? 0 : RV_LINK_KEPT;
    RV_TRY(rv_linking_find(l, (float)floor, kept, settings, summary, err));
    if (options->linkage.review_sample && options->out && !settings->dry_run)
        RV_TRY(rv_link_review_write(l, options->out, options->linkage.review_sample, settings, err));
    writer w = {.linking = l, .exact_only = options->linkage.level == RV_LINKAGE_OFF};
    if (options->out && !settings->dry_run) RV_TRY(rv_table_out_open(options->out, settings->force, &w.out, err));
    rv_table_out_for_people(w.out, settings, 3, 1); /* probability */
    rv_buffer_string(&w.csv, RV_LINKS_HEADER);
    rv_status status = options->all_links > 0 ? put_all(&w, least, summary, err) : put_best(&w, options, summary, err);
    if (status == RV_OK) status = rv_table_out_put(w.out, &w.csv, err);
    rv_buffer_free(&w.csv);
    rv_link_sheet_blocks(l, summary);
    if (status == RV_OK) status = rv_link_sheet_unlinkable(l, summary, err);
    if (status == RV_OK && w.out) return rv_table_out_finish(w.out, settings->held, err);
    rv_table_out_abort(w.out);
    return status;
}

static rv_status link_files(const rv_match_options *options, const rv_settings *settings, rv_summary *summary,
                            rv_error *err) {
    rv_linking linking;
    if (!options->left.path || !options->right.path)
        return rv_fail(err, RV_BAD_ARGUMENT, "--left and --right are needed");
    RV_TRY(rv_file_check_distinct(options->left.path, options->out, err));
    RV_TRY(rv_file_check_distinct(options->right.path, options->out, err));
    RV_TRY(rv_linking_open(&options->left, &options->right, &options->linkage, settings, summary, &linking, err));
    rv_status status = link_and_write(&linking, options, settings, summary, err);
    rv_linking_close(&linking);
    return status;
}

static rv_status run(const rv_match_options *options, const rv_settings *settings, rv_summary *summary, rv_error *err) {
    if (!options->out && !settings->dry_run) return rv_fail(err, RV_BAD_ARGUMENT, "--out is needed");
    if (!(options->all_links >= 0 && options->all_links < 1))
        return rv_fail(err, RV_BAD_ARGUMENT, "--all-links is a probability between 0 and 1");
    if (options->pairs.path) RV_TRY(rv_file_check_distinct(options->pairs.path, options->out, err));
    rv_json_key(&summary->json, "match");
    rv_json_object(&summary->json);
    RV_TRY(options->pairs.path ? rv_link_given(options, settings, summary, err)
                               : link_files(options, settings, summary, err));
    rv_json_end(&summary->json, '}');
    return RV_OK;
}

rv_status rv_match_files(const rv_match_options *options, const rv_settings *settings, rv_report *report_out,
                         rv_error *err) {
    static const rv_settings defaults;
    rv_summary summary;
    rv_summary_begin(&summary, "match");
    rv_summary_speak(&summary, settings);
    rv_status status = run(options, settings ? settings : &defaults, &summary, err);
    if (status == RV_OK && report_out) status = rv_summary_finish(&summary, report_out, err);
    rv_summary_reset(&summary);
    return status;
}
