/* The job `dedupe`: who is in a file more than once. */
#include "csv_writer.h"
#include "link_review.h"
#include "link_sheet.h"
#include "messages.h"
#include "together.h"

typedef struct answers {
    uint32_t *cluster, *household; /* per row; household NULL: not asked for */
} answers;

static void put_row(rv_buffer *csv, const rv_link_table *table, uint32_t row, const answers *a) {
    rv_csv_put(csv, rv_link_id(table, row));
    rv_csv_comma(csv);
    rv_csv_put(csv, rv_link_id(table, a->cluster[row]));
    if (a->household) {
        rv_csv_comma(csv);
        rv_csv_put(csv, rv_link_id(table, a->household[row]));
    }
    rv_csv_end(csv);
}

static rv_status write_clusters(const rv_linking *l, const answers *a, const char *path, const rv_settings *settings,
                                rv_error *err) {
    enum { PACK_AT = 1 << 20 };
    rv_table_out *out = NULL;
    rv_buffer csv = {0};
    RV_TRY(rv_table_out_open(path, settings->force, &out, err));
    rv_table_out_for_people(out, settings, 0, 0);
    rv_status status = RV_OK;
    rv_buffer_string(&csv, a->household ? "id,cluster_id,household_id\n" : "id,cluster_id\n");
    for (uint32_t r = 0; status == RV_OK && r <= l->people.left.n; r++) {
        if (r < l->people.left.n) put_row(&csv, &l->people.left, r, a);
        if (csv.len < PACK_AT && r < l->people.left.n) continue;
        status = rv_table_out_put(out, &csv, err);
    }
    rv_buffer_free(&csv);
    if (status == RV_OK) return rv_table_out_finish(out, settings->held, err);
    rv_table_out_abort(out);
    return status;
}

static void tell_people(const rv_linking *l, const answers *a, rv_summary *summary) {
    uint32_t rows = l->people.left.n, people = 0, households = 0;
    for (uint32_t r = 0; r < rows; r++) {
        people += a->cluster[r] == r;
        households += a->household && a->household[r] == r;
    }
    rv_json_put_unsigned(&summary->json, "rows", rows);
    rv_json_put_unsigned(&summary->json, "people", people);
    rv_json_put_unsigned(&summary->json, "repeated_ids", l->people.left.repeated_ids);
    if (a->household) rv_json_put_unsigned(&summary->json, "households", households);
    rv_json_put_unsigned(&summary->json, "candidates", l->pairs.candidates);
    rv_json_put_unsigned(&summary->json, "pairs", l->pairs.n);
    rv_tell(&summary->text, "  %u rows, %u people, %u rows more than people\n", rows, people, rows - people);
    if (a->household) rv_tell(&summary->text, "  %u households\n", households);
}

/* The pairs that stand in one cluster, by tier, and what the probabilities of all pairs say of other thresholds. */
static void tell_pairs(const rv_linking *l, const answers *a, rv_summary *summary) {
    rv_link_tiers tiers = {0};
    for (size_t i = 0; i < l->pairs.n; i++) {
        const rv_link_pair *p = &l->pairs.at[i];
        if (a->cluster[p->left] != a->cluster[p->right]) continue;
        rv_tier tier = rv_link_tier(&l->people, p->left, p->right);
        tiers.links[tier]++;
        tiers.probabilities[tier] += rv_odds_share((double)p->weight.person);
    }
    rv_link_sheet_links(l, &tiers, NULL, summary);
    rv_link_sheet_blocks(l, summary);
}

static rv_status find_answers(rv_linking *l, const rv_dedupe_options *options, const rv_settings *settings, answers *a,
                              rv_summary *summary, rv_error *err) {
    size_t rows = l->people.left.n;
    if (!(a->cluster = rv_array_new(rows + 1, sizeof *a->cluster, err))) return RV_NO_MEMORY;
    if (options->household && !(a->household = rv_array_new(rows + 1, sizeof *a->household, err))) return RV_NO_MEMORY;
    double since = rv_clock_seconds();
    RV_TRY(rv_link_cluster(&l->people, l->scorer, &l->pairs, l->threshold, a->cluster, err));
    rv_summary_timing(summary, "cluster", since);
    if (!a->household) return RV_OK;
    since = rv_clock_seconds();
    RV_TRY(rv_link_households(&l->people, l->scorer, a->cluster, l->threshold, settings, a->household, err));
    rv_summary_timing(summary, "households", since);
    return RV_OK;
}

static rv_status cluster_and_write(rv_linking *l, const rv_dedupe_options *options, const rv_settings *settings,
                                   rv_summary *summary, rv_error *err) {
    bool write = options->out && !settings->dry_run;
    answers a = {0};
    RV_TRY(rv_linking_find(l, (float)rv_linking_floor(l->threshold), 0, settings, summary, err));
    if (write && options->linkage.review_sample)
        RV_TRY(rv_link_review_write(l, options->out, options->linkage.review_sample, settings, err));
    rv_status status = find_answers(l, options, settings, &a, summary, err);
    if (status == RV_OK) {
        tell_people(l, &a, summary);
        tell_pairs(l, &a, summary);
        status = rv_link_sheet_unlinkable(l, summary, err);
    }
    double since = rv_clock_seconds();
    if (status == RV_OK && write) status = write_clusters(l, &a, options->out, settings, err);
    rv_summary_timing(summary, "write", since);
    rv_free(a.cluster);
    rv_free(a.household);
    return status;
}

static rv_status run(const rv_dedupe_options *options, const rv_settings *settings, rv_summary *summary,
                     rv_error *err) {
    rv_linking linking;
    if (!options->in.path) return rv_fail(err, RV_BAD_ARGUMENT, "--in is needed");
    if (!options->out && !settings->dry_run) return rv_fail(err, RV_BAD_ARGUMENT, "--out is needed");
    RV_TRY(rv_file_check_distinct(options->in.path, options->out, err));
    if (options->linkage.review_sample && options->out)
        RV_TRY(rv_link_review_check(options->in.path, options->out, err));
    rv_json_key(&summary->json, "dedupe");
    rv_json_object(&summary->json);
    RV_TRY(rv_linking_open(&options->in, NULL, &options->linkage, settings, summary, &linking, err));
    rv_status status = cluster_and_write(&linking, options, settings, summary, err);
    rv_json_end(&summary->json, '}');
    rv_linking_close(&linking);
    return status;
}

rv_status rv_dedupe(const rv_dedupe_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    rv_summary summary;
    rv_together together;
    settings = rv_together_begin(&together, settings);
    rv_summary_begin(&summary, "dedupe");
    rv_summary_speak(&summary, settings);
    rv_status status = run(options, settings, &summary, err);
    if (status == RV_OK && report) status = rv_summary_finish(&summary, report, err);
    status = rv_together_end(&together, status, err);
    if (status != RV_OK && report) rv_report_reset(report);
    rv_summary_reset(&summary);
    return status;
}
