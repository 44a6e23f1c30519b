/* The job `match`: the best link of each row of the left file, all links, or given pairs scored. */
#include "csv_writer.h"
#include "link_review.h"
#include "link_sheet.h"
#include "messages.h"
#include "parallel.h"
#include "together.h"

#include <math.h>
#include <stdlib.h>

enum { LINKS_PER_PIECE = 8192 };

typedef struct writer {
    const rv_linking *linking;
    const rv_link_answer *answers; /* of each left row; NULL: all pairs of probability `least` or more are links */
    double least;
    size_t n, taken;   /* rows or pairs; those handed out */
    rv_table_out *out; /* NULL: nothing is written */
    rv_link_tiers tiers;
    uint64_t links;
    double probabilities;
    bool exact_only;
} writer;

typedef struct piece { /* of what becomes links */
    size_t from, to;
    rv_buffer csv;
    rv_link_tiers tiers;
    uint64_t links;
    double probabilities;
} piece;

static void put_link(const writer *w, piece *to, uint32_t left, uint32_t right, double probability) {
    const rv_link_people *people = &w->linking->people;
    rv_tier tier = rv_link_tier(people, left, right);
    if (w->exact_only && tier == RV_TIER_LINKAGE) return;
    to->tiers.links[tier]++;
    to->tiers.probabilities[tier] += probability;
    to->links++;
    to->probabilities += probability;
    rv_csv_put(&to->csv, rv_link_id(&people->left, left));
    rv_csv_comma(&to->csv);
    rv_links_put(&to->csv, rv_link_id(rv_link_right(people), right), tier, probability);
}

static rv_status take_piece(void *ctx, void *slot, bool *end, rv_error *err) {
    writer *w = ctx;
    piece *p = slot;
    (void)err;
    *end = w->taken == w->n;
    p->from = w->taken;
    p->to = w->taken = w->n - w->taken < LINKS_PER_PIECE ? w->n : w->taken + LINKS_PER_PIECE;
    return RV_OK;
}

static rv_status put_piece(void *ctx, void *slot, int worker, rv_error *err) {
    const writer *w = ctx;
    piece *p = slot;
    (void)worker;
    p->csv.len = 0;
    p->tiers = (rv_link_tiers){0};
    p->links = 0;
    p->probabilities = 0;
    for (size_t i = p->from; i < p->to; i++) {
        if (w->answers) {
            const rv_link_answer *a = &w->answers[i];
            if (a->verdict == RV_LINK_MATCH) put_link(w, p, (uint32_t)i, a->right, (double)a->probability);
        } else {
            const rv_link_pair *pair = &w->linking->pairs.at[i];
            double probability = rv_odds_share((double)pair->weight.person);
            if (probability >= w->least) put_link(w, p, pair->left, pair->right, probability);
        }
    }
    RV_TRY(rv_buffer_check(&p->csv, err));
    return w->out ? rv_table_out_pack(w->out, &p->csv, err) : RV_OK;
}

static rv_status join_piece(void *ctx, void *slot, rv_error *err) {
    writer *w = ctx;
    const piece *p = slot;
    for (int t = 0; t < RV_TIER_COUNT; t++) {
        w->tiers.links[t] += p->tiers.links[t];
        w->tiers.probabilities[t] += p->tiers.probabilities[t];
    }
    w->links += p->links;
    w->probabilities += p->probabilities;
    return w->out ? rv_table_out_append(w->out, &p->csv, err) : RV_OK;
}

static rv_status put_links(writer *w, size_t n, const rv_settings *settings, rv_error *err) {
    int threads = rv_threads(settings);
    size_t slots = (size_t)threads * 2 + 1;
    piece *pieces = rv_array_new(slots, sizeof *pieces, err);
    if (!pieces) return RV_NO_MEMORY;
    w->n = n;
    rv_pipeline pipeline = {.produce = take_piece,
                            .work = put_piece,
                            .consume = join_piece,
                            .ctx = w,
                            .slot_array = pieces,
                            .slot_bytes = sizeof *pieces,
                            .slots = slots};
    rv_status status = rv_pipeline_run(&pipeline, threads, err);
    for (size_t i = 0; i < slots; i++) rv_buffer_free(&pieces[i].csv);
    rv_free(pieces);
    return status;
}

static void report(const writer *w, rv_summary *summary) {
    rv_json *json = &summary->json;
    double precision = w->links ? w->probabilities / (double)w->links : NAN;
    rv_json_put_unsigned(json, "links", w->links);
    rv_json_put_number(json, "expected_precision", precision);
    rv_json_put_unsigned(json, "repeated_ids", w->linking->people.left.repeated_ids + w->linking->people.right.repeated_ids);
    rv_json_put_unsigned(json, "candidates", w->linking->pairs.candidates);
    rv_json_put_unsigned(json, "pairs", w->linking->pairs.n);
}

static rv_status put_all(writer *w, const rv_settings *settings, rv_summary *summary, rv_error *err) {
    RV_TRY(put_links(w, w->linking->pairs.n, settings, err));
    report(w, summary);
    rv_tell(&summary->text, "  %llu links\n", (unsigned long long)w->links);
    rv_link_sheet_links(w->linking, &w->tiers, NULL, summary);
    return RV_OK;
}

static rv_status put_best(writer *w, const rv_match_options *options, const rv_settings *settings, rv_summary *summary,
                          rv_error *err) {
    const rv_linking *l = w->linking;
    uint32_t rows = l->people.left.n, verdicts[4] = {0};
    rv_link_answer *answers = rv_array_new((size_t)rows + 1, sizeof *answers, err);
    if (!answers) return RV_NO_MEMORY;
    rv_link_rule_of_decision rule = {l->threshold, options->one_to_one};
    double since = rv_clock_seconds();
    rv_status status = rv_link_decide(&l->people, &l->model, &l->pairs, &rule, answers, err);
    rv_summary_timing(summary, "decide", since);
    for (uint32_t r = 0; status == RV_OK && r < rows; r++) verdicts[answers[r].verdict]++;
    w->answers = answers;
    if (status == RV_OK) status = put_links(w, rows, settings, err);
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
    writer w = {.linking = l, .least = least, .exact_only = options->linkage.level == RV_LINKAGE_OFF};
    if (options->out && !settings->dry_run) RV_TRY(rv_table_out_open(options->out, settings->force, &w.out, err));
    rv_table_out_for_people(w.out, settings, 3, 1); /* probability */
    rv_buffer header = {0};
    rv_buffer_string(&header, RV_LINKS_HEADER);
    rv_status status = rv_table_out_put(w.out, &header, err);
    rv_buffer_free(&header);
    if (status == RV_OK)
        status = options->all_links > 0 ? put_all(&w, settings, summary, err)
                                        : put_best(&w, options, settings, summary, err);
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
    if (options->linkage.review_sample && options->out) {
        RV_TRY(rv_link_review_check(options->left.path, options->out, err));
        RV_TRY(rv_link_review_check(options->right.path, options->out, err));
    }
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
    rv_summary summary;
    rv_together together;
    settings = rv_together_begin(&together, settings);
    rv_summary_begin(&summary, "match");
    rv_summary_speak(&summary, settings);
    rv_status status = run(options, settings, &summary, err);
    if (status == RV_OK && report_out) status = rv_summary_finish(&summary, report_out, err);
    status = rv_together_end(&together, status, err);
    if (status != RV_OK && report_out) rv_report_reset(report_out);
    rv_summary_reset(&summary);
    return status;
}
