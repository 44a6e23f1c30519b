/* The job `dedupe`: who is in a file more than once. */
#include "csv_writer.h"
#include "link_review.h"
#include "link_sheet.h"

static void put_row(rv_buffer *csv, const rv_link_table *table, uint32_t row, uint32_t cluster) {
    rv_csv_put(csv, rv_link_id(table, row));
    rv_csv_comma(csv);
    rv_csv_put(csv, rv_link_id(table, cluster));
    rv_csv_end(csv);
}

static rv_status write_clusters(const rv_linking *l, const uint32_t *cluster, const char *path,
                                const rv_settings *settings, rv_error *err) {
    enum { PACK_AT = 1 << 20 };
    rv_table_out *out = NULL;
    rv_buffer csv = {0};
    RV_TRY(rv_table_out_open(path, settings->force, &out, err));
    rv_table_out_for_people(out, settings, 0, 0);
    rv_status status = RV_OK;
    rv_buffer_string(&csv, "id,cluster_id\n");
    for (uint32_t r = 0; status == RV_OK && r <= l->people.left.n; r++) {
        if (r < l->people.left.n) put_row(&csv, &l->people.left, r, cluster[r]);
        if (csv.len < PACK_AT && r < l->people.left.n) continue;
        status = rv_table_out_put(out, &csv, err);
    }
    rv_buffer_free(&csv);
    if (status == RV_OK) return rv_table_out_finish(out, settings->held, err);
    rv_table_out_abort(out);
    return status;
}

static rv_status cluster_and_write(rv_linking *l, const rv_dedupe_options *options, const rv_settings *settings,
                                   rv_summary *summary, rv_error *err) {
    uint32_t review = options->out && !settings->dry_run ? options->linkage.review_sample : 0;
    RV_TRY(rv_linking_find(l, (float)rv_log_odds(l->threshold) - (review ? 5 : 0), 0, settings, summary, err));
    if (review) RV_TRY(rv_link_review_write(l, options->out, review, settings, err));
    uint32_t rows = l->people.left.n, clusters = 0;
    uint32_t *cluster = rv_array_new((size_t)rows + 1, sizeof *cluster, err);
    if (!cluster) return RV_NO_MEMORY;
    double since = rv_clock_seconds();
    rv_status status = rv_link_cluster(&l->people, l->scorer, &l->pairs, l->threshold, cluster, err);
    rv_summary_timing(summary, "cluster", since);
    for (uint32_t r = 0; status == RV_OK && r < rows; r++) clusters += cluster[r] == r;
    rv_json_put_unsigned(&summary->json, "rows", rows);
    rv_json_put_unsigned(&summary->json, "people", clusters);
    rv_json_put_unsigned(&summary->json, "candidates", l->pairs.candidates);
    rv_json_put_unsigned(&summary->json, "pairs", l->pairs.n);
    rv_buffer_format(&summary->text, "  %u rows, %u people, %u rows more than people\n", rows, clusters,
                     rows - clusters);
    rv_link_sheet_blocks(l, summary);
    if (status == RV_OK) status = rv_link_sheet_unlinkable(l, summary, err);
    since = rv_clock_seconds();
    if (status == RV_OK && options->out && !settings->dry_run)
        status = write_clusters(l, cluster, options->out, settings, err);
    rv_summary_timing(summary, "write", since);
    rv_free(cluster);
    return status;
}

static rv_status run(const rv_dedupe_options *options, const rv_settings *settings, rv_summary *summary,
                     rv_error *err) {
    rv_linking linking;
    if (!options->in.path) return rv_fail(err, RV_BAD_ARGUMENT, "--in is needed");
    if (!options->out && !settings->dry_run) return rv_fail(err, RV_BAD_ARGUMENT, "--out is needed");
    RV_TRY(rv_file_check_distinct(options->in.path, options->out, err));
    rv_json_key(&summary->json, "dedupe");
    rv_json_object(&summary->json);
    RV_TRY(rv_linking_open(&options->in, NULL, &options->linkage, settings, summary, &linking, err));
    rv_status status = cluster_and_write(&linking, options, settings, summary, err);
    rv_json_end(&summary->json, '}');
    rv_linking_close(&linking);
    return status;
}

rv_status rv_dedupe(const rv_dedupe_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    static const rv_settings defaults;
    rv_summary summary;
    rv_summary_begin(&summary, "dedupe");
    rv_status status = run(options, settings ? settings : &defaults, &summary, err);
    if (status == RV_OK && report) status = rv_summary_finish(&summary, report, err);
    rv_summary_reset(&summary);
    return status;
}
