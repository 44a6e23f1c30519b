/*
 * Given pairs, scored: a file in which each row holds two people, in columns of their own. The file is read as two files,
 * each with its side's columns, whose rows belong together one by one.
 *
 * Somebody chose these pairs because they resemble each other, so the one is the other far more often than among all pairs
 * of two files, and far less often than their likeness to strangers would say: the wrong ones too share a name or a street.
 * One in fifty is taken for granted; estimating the share from the pairs themselves takes likeness for proof (on the
 * 548 name pairs F1 .61 instead of .81). Weights are learned from the file where it is large enough.
 */
#include "csv_writer.h"
#include "file.h"
#include "link_job.h"
#include "messages.h"
#include "parallel.h"

#include <math.h>

enum { COLUMNS_MAX = 4096, LEARN_FROM = 2000 };
#define SHARE 0.02

typedef struct given {
    const rv_match_options *options;
    const rv_settings *settings;
    rv_link_people people;
    double *odds; /* per row: natural log of the likelihood ratio */
    rv_table_out *out;
    rv_buffer csv;
    uint64_t row, likely;
    double expected;
} given;

static bool named(const rv_assignment *columns, size_t n, rv_text name) {
    for (size_t i = 0; i < n; i++)
        if (rv_text_is(rv_text_trim(name), columns[i].name)) return true;
    return false;
}

/* Options by which only the side's own columns mean anything. `names` holds the others' names. */
static rv_status side_options(const given *g, const rv_table_info *info, bool right, const char **ignore,
                              rv_arena *names, rv_table_options *out, rv_error *err) {
    *out = g->options->pairs;
    out->roles = right ? g->options->right_columns : g->options->left_columns;
    out->n_roles = right ? g->options->n_right_columns : g->options->n_left_columns;
    out->ignore = ignore;
    out->n_ignore = 0;
    if (info->columns > COLUMNS_MAX) return rv_fail(err, RV_BAD_INPUT, "more than %d columns", COLUMNS_MAX);
    for (uint32_t c = 0; c < info->columns; c++) {
        rv_text name = rv_text_trim(info->names[c]);
        if (name.len == 0 || named(out->roles, out->n_roles, name) || (out->id && rv_text_is(name, out->id))) continue;
        char *copy = rv_arena_get(names, (size_t)name.len + 1);
        if (!copy) return rv_fail_memory(err, name.len);
        memcpy(copy, name.ptr, name.len);
        copy[name.len] = 0;
        ignore[out->n_ignore++] = copy;
    }
    return RV_OK;
}

static rv_status read_sides(given *g, rv_summary *summary, rv_error *err) {
    const char **ignore = rv_array_new((size_t)2 * COLUMNS_MAX, sizeof *ignore, err);
    if (!ignore) return RV_NO_MEMORY;
    rv_arena names = {0};
    rv_table *csv = NULL;
    rv_table_options side[2];
    rv_status status = rv_table_open(g->options->pairs.path, &g->options->pairs.dialect, &csv, err);
    for (int i = 0; i < 2 && status == RV_OK; i++)
        status = side_options(g, rv_table_describe(csv), i == 1, ignore + i * COLUMNS_MAX, &names, &side[i], err);
    rv_table_close(csv);
    if (status == RV_OK) status = rv_link_people_load(&side[0], &side[1], g->settings, summary, &g->people, err);
    rv_arena_free(&names);
    rv_free(ignore);
    return status;
}

/* --- Probabilities ----------------------------------------------------------------------------------------------- */

static rv_status learn(const given *g, rv_link_model *model, rv_error *err) {
    const rv_linkage_options *o = &g->options->linkage;
    if (o->model) return rv_link_model_read(o->model, model, err);
    rv_link_model_built_in(model);
    for (int f = 0; f < RV_FIELD_COUNT; f++)
        model->by_value[f] = false; /* a few chosen pairs don't tell what is rare */
    if (g->people.left.n < LEARN_FROM) return RV_OK;
    rv_link_index *index = NULL;
    RV_TRY(rv_link_index_new(&g->people, g->settings, &index, err));
    rv_status status = rv_link_model_train(&g->people, index, g->settings, model, err);
    rv_link_index_free(index);
    return status;
}

static rv_status weigh(given *g, rv_error *err) {
    rv_link_model model;
    rv_link_scorer *scorer = NULL;
    RV_TRY(learn(g, &model, err));
    if (g->options->linkage.model_out)
        RV_TRY(rv_link_model_write(&model, g->options->linkage.model_out, g->settings, err));
    RV_TRY(rv_link_scorer_new(&g->people, &model, &scorer, err));
    rv_link_scratch *scratch = rv_link_scratch_new(err);
    double prior = rv_log_odds(model.person);
    for (uint32_t r = 0; scratch && r < g->people.left.n; r++) {
        rv_link_weight w = {0};
        rv_link_score(scorer, r, r, -INFINITY, scratch, &w, NULL);
        g->odds[r] = (double)w.person - prior;
    }
    rv_link_scratch_free(scratch);
    rv_link_scorer_free(scorer);
    return scratch ? RV_OK : RV_NO_MEMORY;
}

static double probability(const given *g, uint64_t row) { return rv_odds_share(g->odds[row] + rv_log_odds(SHARE)); }

/* --- Out --------------------------------------------------------------------------------------------------------- */

static rv_status put_rows(void *ctx, rv_table_block *block, rv_error *err) {
    given *g = ctx;
    for (uint32_t r = 0; r < block->batch.rows; r++, g->row++) {
        for (uint32_t c = 0; c < block->batch.columns; c++) {
            rv_csv_put(&g->csv, rv_batch_cell(&block->batch, r, c));
            rv_csv_comma(&g->csv);
        }
        double p = probability(g, g->row);
        double threshold = g->options->linkage.threshold > 0 ? g->options->linkage.threshold : 0.5;
        rv_csv_put(&g->csv, rv_link_id(&g->people.left, (uint32_t)g->row));
        rv_csv_comma(&g->csv);
        rv_csv_put(&g->csv, rv_link_id(&g->people.right, (uint32_t)g->row));
        rv_csv_comma(&g->csv);
        if (p >= threshold)
            rv_buffer_string(&g->csv, rv_tier_name(rv_link_tier(&g->people, (uint32_t)g->row, (uint32_t)g->row)));
        else rv_buffer_string(&g->csv, rv_tier_name(RV_TIER_NONE));
        rv_csv_comma(&g->csv);
        rv_buffer_fixed(&g->csv, p, 6);
        rv_csv_end(&g->csv);
        g->likely += p >= threshold;
        g->expected += p;
    }
    return rv_table_out_put(g->out, &g->csv, err);
}

static void put_header(given *g, const rv_table_info *info) {
    static const char *const added[] = {"left_id", "right_id", "tier", "probability"};
    for (uint32_t c = 0; c < info->columns; c++) {
        rv_csv_put(&g->csv, info->names[c]);
        rv_csv_comma(&g->csv);
    }
    for (int i = 0; i < 4; i++) {
        bool clash = false;
        for (uint32_t c = 0; c < info->columns; c++) clash |= rv_text_is(rv_text_trim(info->names[c]), added[i]);
        if (clash) rv_buffer_string(&g->csv, "rv_");
        rv_buffer_string(&g->csv, added[i]);
        rv_buffer_byte(&g->csv, i < 3 ? ',' : '\n');
    }
}

static rv_status write_rows(given *g, rv_error *err) {
    rv_table *csv = NULL;
    RV_TRY(rv_table_open(g->options->pairs.path, &g->options->pairs.dialect, &csv, err));
    rv_table_out_for_people(g->out, g->settings, rv_table_describe(csv)->columns + 3, 1); /* probability */
    put_header(g, rv_table_describe(csv));
    rv_table_visitor visitor = {.consume = put_rows, .ctx = g};
    rv_status status = rv_table_each(csv, rv_threads(g->settings), &visitor, err);
    rv_table_close(csv);
    if (status == RV_OK && g->row != g->people.left.n)
        status = rv_fail(err, RV_BAD_INPUT, "%s changed while it was read", g->options->pairs.path);
    return status;
}

static rv_status score(given *g, rv_summary *summary, rv_error *err) {
    RV_TRY(read_sides(g, summary, err));
    summary->rows_in /= 2; /* one file, read as two */
    summary->rejected /= 2;
    summary->rows_out = summary->rows_in - summary->rejected;
    if (!(g->odds = rv_array_new((size_t)g->people.left.n + 1, sizeof *g->odds, err))) return RV_NO_MEMORY;
    RV_TRY(weigh(g, err));
    if (g->options->out && !g->settings->dry_run)
        RV_TRY(rv_table_out_open(g->options->out, g->settings->force, &g->out, err));
    RV_TRY(write_rows(g, err));
    rv_json_put_unsigned(&summary->json, "pairs", g->people.left.n);
    rv_json_put_unsigned(&summary->json, "links", g->likely);
    rv_json_put_number(&summary->json, "expected_links", g->expected);
    rv_tell(&summary->text, "  %u pairs, %llu of them one person\n", g->people.left.n, (unsigned long long)g->likely);
    if (!g->out) return RV_OK;
    rv_table_out *out = g->out;
    g->out = NULL;
    return rv_table_out_finish(out, g->settings->held, err);
}

rv_status rv_link_given(const rv_match_options *options, const rv_settings *settings, rv_summary *summary,
                        rv_error *err) {
    if (rv_file_reads_once(options->pairs.path))
        return rv_fail(err, RV_BAD_ARGUMENT, "--pairs is read twice: give it a file, no stream");
    if (!options->n_left_columns || !options->n_right_columns)
        return rv_fail(err, RV_BAD_ARGUMENT, "--pairs needs --left-columns and --right-columns");
    given g = {.options = options, .settings = settings};
    rv_status status = score(&g, summary, err);
    rv_table_out_abort(g.out);
    rv_buffer_free(&g.csv);
    rv_free(g.odds);
    rv_link_people_reset(&g.people);
    return status;
}
