/*
 * The job behind `reveil evaluate`: reads what was found and what is true, and answers in one JSON object.
 *
 * Truth is always the first two columns, whatever their names. Links judged by people have a column is_match (yes or no): then
 * only the pairs that bear an answer are measured, the others are left out on both sides. What was found:
 *   links     left_id, right_id, tier, probability by name, or an enriched file (rv_contact_id, rv_tier, rv_probability,
 *             and client_id, id or the first column); else the first two columns. Rows without a right id are no links.
 *   clusters  id, and cluster_id or cluster; else the first two columns. An empty cluster is a cluster of one.
 *   score     client_id or id, else the first column; score, probability, either or both; else the second column is the
 *             score. The order is by score where there is one. Rows whose id the truth doesn't know aren't judged.
 */
#include "evaluate.h"

#include "json_writer.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>

static const char *const LEFT_NAMES[] = {"left_id", "client_id", "id", NULL};
static const char *const RIGHT_NAMES[] = {"right_id", "rv_contact_id", NULL};
static const char *const TIER_NAMES[] = {"tier", "rv_tier", NULL};
static const char *const PROBABILITY_NAMES[] = {"probability", "rv_probability", NULL};
static const char *const MEMBER_NAMES[] = {"id", NULL};
static const char *const CLUSTER_NAMES[] = {"cluster_id", "cluster", NULL};
static const char *const CLIENT_NAMES[] = {"client_id", "id", NULL};
static const char *const SCORE_NAMES[] = {"score", NULL};
static const char *const JUDGED_NAMES[] = {"is_match", NULL};
static const rv_eval_column TRUTH_COLUMNS[] = {{NULL, 0, true}, {NULL, 1, true}};
static const rv_eval_column TRUE_LINKS[] = {{NULL, 0, true}, {NULL, 1, true}, {JUDGED_NAMES, -1, false}};

/* Room for one more item in the array whose pointer stands at `items`; arrays double. */
static rv_status make_room(void *items, size_t *capacity, size_t n, size_t size, rv_error *err) {
    if (n < *capacity) return RV_OK;
    size_t more = *capacity ? *capacity * 2 : 256;
    if (!rv_array_resize(items, more, size, err)) return RV_NO_MEMORY;
    *capacity = more;
    return RV_OK;
}

static rv_status read_number(rv_text cell, const char *what, double *out, rv_error *err) {
    rv_text number = rv_text_trim(cell); /* 0,25 is reveil's own with --out-dialect excel-fr */
    if (rv_text_to_decimal(number, '.', out) || rv_text_to_decimal(number, ',', out)) return RV_OK;
    char shape[32];
    rv_text_shape(cell, shape, sizeof shape);
    return rv_fail(err, RV_BAD_INPUT, "%s: a number expected, found '%s'", what, shape);
}

/* --- Links ------------------------------------------------------------------------------------------------------- */

typedef struct links_reading {
    rv_id_table lefts, rights, tiers;
    rv_eval_alternative *alternatives;
    size_t n_alternatives, alternatives_capacity;
    uint32_t n_pairs;
    rv_eval_link *links;
    size_t n_links, links_capacity;
    bool has_tier, has_probability;
    bool judged;       /* the truth is a sample that people have judged */
    uint64_t *answers; /* judged pairs: left << 32 | right */
    size_t n_answers, answers_capacity;
} links_reading;

static rv_status add_alternative(links_reading *l, uint32_t left, rv_text right, rv_error *err) {
    uint32_t number;
    RV_TRY(rv_id_table_add(&l->rights, right, &number, err));
    RV_TRY(make_room(&l->alternatives, &l->alternatives_capacity, l->n_alternatives, sizeof *l->alternatives, err));
    l->alternatives[l->n_alternatives++] = (rv_eval_alternative){left, number, l->n_pairs};
    return RV_OK;
}

static rv_status add_answer(links_reading *l, rv_text left, rv_text right, rv_error *err) {
    uint32_t from, to;
    RV_TRY(rv_id_table_add(&l->lefts, left, &from, err));
    RV_TRY(rv_id_table_add(&l->rights, right, &to, err));
    RV_TRY(make_room(&l->answers, &l->answers_capacity, l->n_answers, sizeof *l->answers, err));
    l->answers[l->n_answers++] = (uint64_t)from << 32 | to;
    return RV_OK;
}

/* What people write into is_match; empty: they haven't judged it. */
static rv_status read_answer(rv_text cell, bool *told, bool *match, rv_error *err) {
    static const char *const yes[] = {"yes", "y", "1", "true", "oui", "o", NULL};
    static const char *const no[] = {"no", "n", "0", "false", "non", NULL};
    *told = cell.len > 0;
    for (int i = 0; yes[i]; i++)
        if (rv_text_is_nocase(cell, yes[i])) return *match = true, RV_OK;
    for (int i = 0; no[i]; i++)
        if (rv_text_is_nocase(cell, no[i])) return RV_OK;
    if (!*told) return RV_OK;
    return rv_fail(err, RV_BAD_INPUT, "is_match: yes or no expected, or nothing");
}

static int by_value(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Links that nobody has judged are neither right nor wrong. */
static void keep_judged(links_reading *l) {
    size_t kept = 0;
    if (!l->judged) return;
    if (l->n_answers) qsort(l->answers, l->n_answers, sizeof *l->answers, by_value);
    for (size_t i = 0; i < l->n_links; i++) {
        uint64_t pair = (uint64_t)l->links[i].left << 32 | l->links[i].right;
        if (l->n_answers && bsearch(&pair, l->answers, l->n_answers, sizeof pair, by_value))
            l->links[kept++] = l->links[i];
    }
    l->n_links = kept;
}

static rv_status truth_link(void *ctx, const rv_text *cells, uint64_t line, rv_error *err) {
    links_reading *l = ctx;
    (void)line;
    rv_text left = rv_text_trim(cells[0]), right = rv_text_trim(cells[1]);
    if (!left.len || !right.len) return RV_OK;
    if (cells[2].ptr) {
        bool match = false, told = false;
        RV_TRY(read_answer(rv_text_trim(cells[2]), &told, &match, err));
        l->judged = true;
        if (told) RV_TRY(add_answer(l, left, right, err));
        if (!match) return RV_OK;
    }
    if (l->n_pairs == UINT32_MAX - 1) return rv_fail(err, RV_BAD_INPUT, "more than 4 294 967 294 true links");
    uint32_t number;
    RV_TRY(rv_id_table_add(&l->lefts, left, &number, err));
    for (uint32_t from = 0, i = 0; i <= right.len; i++) {
        if (i < right.len && right.ptr[i] != '|') continue;
        if (i > from) RV_TRY(add_alternative(l, number, rv_text_make(right.ptr + from, i - from), err));
        from = i + 1;
    }
    l->n_pairs++;
    return RV_OK;
}

static rv_status found_link(void *ctx, const rv_text *cells, uint64_t line, rv_error *err) {
    links_reading *l = ctx;
    (void)line;
    rv_text right = rv_text_trim(cells[0]), left = rv_text_trim(cells[1]);
    if (!left.len || !right.len) return RV_OK;
    rv_eval_link link = {.probability = 1};
    l->has_tier = cells[2].ptr != NULL;
    l->has_probability = cells[3].ptr != NULL;
    if (l->has_probability) RV_TRY(read_number(cells[3], "probability", &link.probability, err));
    if (l->has_tier) RV_TRY(rv_id_table_add(&l->tiers, rv_text_trim(cells[2]), &link.tier, err));
    RV_TRY(rv_id_table_add(&l->lefts, left, &link.left, err));
    RV_TRY(rv_id_table_add(&l->rights, right, &link.right, err));
    RV_TRY(make_room(&l->links, &l->links_capacity, l->n_links, sizeof *l->links, err));
    l->links[l->n_links++] = link;
    return RV_OK;
}

static void put_pairs(rv_json *json, rv_buffer *text, const rv_eval_pairs *p) {
    rv_json_put_number(json, "precision", p->precision);
    rv_json_put_number(json, "recall", p->recall);
    rv_json_put_number(json, "f1", p->f1);
    rv_json_put_number(json, "threshold", p->threshold);
    rv_json_put_number(json, "best_f1", p->best_f1);
    rv_json_put_number(json, "best_threshold", p->best_threshold);
    rv_json_put_unsigned(json, "pairs_true", p->pairs_true);
    rv_json_put_unsigned(json, "pairs_found", p->pairs_found);
    rv_buffer_format(text, "precision %.6f  recall %.6f  F1 %.6f  (%llu pairs found, %llu true)\n", p->precision,
                     p->recall, p->f1, (unsigned long long)p->pairs_found, (unsigned long long)p->pairs_true);
}

/* Tiers in the order in which the file shows them first. */
static rv_status put_tiers(rv_json *json, const links_reading *l, rv_error *err) {
    uint64_t *counts = rv_array_new((size_t)l->tiers.n * 2 + 1, sizeof *counts, err);
    if (!counts) return RV_NO_MEMORY;
    for (size_t i = 0; i < l->n_links; i++) {
        counts[2 * (size_t)l->links[i].tier]++;
        counts[2 * (size_t)l->links[i].tier + 1] += l->links[i].right_one;
    }
    rv_json_key(json, "tiers");
    rv_json_object(json);
    for (uint32_t t = 0; t < l->tiers.n; t++) {
        rv_json_text_key(json, rv_id_table_text(&l->tiers, t));
        rv_json_object(json);
        rv_json_put_unsigned(json, "pairs_found", counts[2 * (size_t)t]);
        rv_json_put_number(json, "precision", (double)counts[2 * (size_t)t + 1] / (double)counts[2 * (size_t)t]);
        rv_json_end(json, '}');
    }
    rv_json_end(json, '}');
    rv_free(counts);
    return RV_OK;
}

static rv_status evaluate_links(const rv_evaluate_options *options, const rv_settings *settings, rv_json *json,
                                rv_buffer *text, rv_error *err) {
    static const rv_eval_column found[] = {
        {RIGHT_NAMES, 1, true}, {LEFT_NAMES, 0, true}, {TIER_NAMES, -1, false}, {PROBABILITY_NAMES, -1, false}};
    links_reading l = {0};
    rv_eval_pairs pairs;
    rv_status status = rv_eval_read(options->truth, TRUE_LINKS, 3, settings, truth_link, &l, err);
    if (status == RV_OK) status = rv_eval_read(options->found, found, 4, settings, found_link, &l, err);
    keep_judged(&l);
    if (status == RV_OK)
        status = rv_eval_links(l.alternatives, l.n_alternatives, l.n_pairs, l.links, &l.n_links, l.has_probability,
                               &pairs, err);
    if (status == RV_OK) {
        put_pairs(json, text, &pairs);
        if (l.has_tier) status = put_tiers(json, &l, err);
    }
    rv_id_table_reset(&l.lefts);
    rv_id_table_reset(&l.rights);
    rv_id_table_reset(&l.tiers);
    rv_free(l.alternatives);
    rv_free(l.links);
    rv_free(l.answers);
    return status;
}

/* --- Clusters ---------------------------------------------------------------------------------------------------- */

typedef struct clusters_reading {
    rv_id_table ids, clusters[2]; /* [0] true, [1] found */
    rv_eval_member *members;      /* by number of the id */
    size_t capacity;
    bool *seen; /* per id, in the file that is being read */
    size_t seen_capacity;
    int side;
} clusters_reading;

static rv_status member_row(void *ctx, const rv_text *cells, uint64_t line, rv_error *err) {
    clusters_reading *c = ctx;
    (void)line;
    uint32_t id, before = c->ids.n, cluster = RV_ID_NONE;
    rv_text name = rv_text_trim(cells[1]);
    RV_TRY(rv_id_table_add(&c->ids, rv_text_trim(cells[0]), &id, err));
    if (name.len) RV_TRY(rv_id_table_add(&c->clusters[c->side], name, &cluster, err));
    RV_TRY(make_room(&c->members, &c->capacity, id, sizeof *c->members, err));
    RV_TRY(make_room(&c->seen, &c->seen_capacity, id, sizeof *c->seen, err));
    if (id == before) {
        c->members[id] = (rv_eval_member){RV_ID_NONE, RV_ID_NONE};
        c->seen[id] = false;
    }
    uint32_t *side = c->side ? &c->members[id].found : &c->members[id].truth;
    if (c->seen[id] && *side != cluster) {
        rv_fail(err, RV_BAD_INPUT, "an id that stands in two clusters");
        rv_error_hint(err, "each id may have one cluster; an id column that isn't unique can't be judged");
        return RV_BAD_INPUT;
    }
    c->seen[id] = true;
    *side = cluster;
    return RV_OK;
}

static rv_status evaluate_clusters(const rv_evaluate_options *options, const rv_settings *settings, rv_json *json,
                                   rv_buffer *text, rv_error *err) {
    static const rv_eval_column found[] = {{MEMBER_NAMES, 0, true}, {CLUSTER_NAMES, 1, true}};
    clusters_reading c = {0};
    rv_status status = rv_eval_read(options->truth, TRUTH_COLUMNS, 2, settings, member_row, &c, err);
    for (uint32_t i = 0; i < c.ids.n && c.seen; i++) c.seen[i] = false;
    c.side = 1;
    if (status == RV_OK) status = rv_eval_read(options->found, found, 2, settings, member_row, &c, err);
    if (status == RV_OK) {
        rv_eval_pairs pairs;
        rv_eval_clusters(c.members, c.ids.n, &pairs);
        put_pairs(json, text, &pairs);
    }
    rv_id_table_reset(&c.ids);
    rv_id_table_reset(&c.clusters[0]);
    rv_id_table_reset(&c.clusters[1]);
    rv_free(c.members);
    rv_free(c.seen);
    return status;
}

/* --- Scores ------------------------------------------------------------------------------------------------------ */

enum { NEGATIVE, POSITIVE, UNKNOWN };
typedef struct scores_reading {
    rv_id_table ids;
    unsigned char *truth; /* per id */
    size_t truth_capacity;
    rv_eval_scored *rows;
    size_t n, capacity;
    uint64_t unjudged;
} scores_reading;

static rv_status truth_score(void *ctx, const rv_text *cells, uint64_t line, rv_error *err) {
    scores_reading *s = ctx;
    (void)line;
    rv_text value = rv_text_trim(cells[1]);
    double number;
    if (!value.len) return RV_OK;
    RV_TRY(read_number(value, "truth", &number, err));
    if (number != 0 && number != 1) return rv_fail(err, RV_BAD_INPUT, "truth: 0 or 1 expected, found %g", number);
    uint32_t id, before = s->ids.n;
    RV_TRY(rv_id_table_add(&s->ids, rv_text_trim(cells[0]), &id, err));
    RV_TRY(make_room(&s->truth, &s->truth_capacity, id, 1, err));
    unsigned char truth = number == 1 ? POSITIVE : NEGATIVE;
    if (id != before && s->truth[id] != truth) return rv_fail(err, RV_BAD_INPUT, "an id that is both 0 and 1");
    s->truth[id] = truth;
    return RV_OK;
}

static rv_status found_score(void *ctx, const rv_text *cells, uint64_t line, rv_error *err) {
    scores_reading *s = ctx;
    (void)line;
    rv_text score = rv_text_trim(cells[1]), probability = rv_text_trim(cells[2]);
    if (!cells[1].ptr && !cells[2].ptr) score = rv_text_trim(cells[3]);
    uint32_t id = rv_id_table_find(&s->ids, rv_text_trim(cells[0]));
    if (id == RV_ID_NONE || (!score.len && !probability.len)) {
        s->unjudged++;
        return RV_OK;
    }
    rv_eval_scored row = {.probability = NAN, .positive = s->truth[id] == POSITIVE};
    if (probability.len) RV_TRY(read_number(probability, "probability", &row.probability, err));
    if (score.len) RV_TRY(read_number(score, "score", &row.score, err));
    else row.score = row.probability;
    RV_TRY(make_room(&s->rows, &s->capacity, s->n, sizeof *s->rows, err));
    s->rows[s->n++] = row;
    return RV_OK;
}

static void put_scores(rv_json *json, rv_buffer *text, const rv_eval_scores *q, uint64_t unjudged) {
    rv_json_put_number(json, "auc", q->auc);
    rv_json_put_number(json, "ks", q->ks);
    rv_json_put_number(json, "brier", q->brier);
    rv_json_put_number(json, "calibration_error", q->calibration_error);
    rv_json_put_number(json, "lift_10", q->lift_10);
    rv_json_key(json, "deciles");
    rv_json_array(json);
    for (unsigned d = 0; d < 10; d++) {
        const rv_eval_decile *decile = &q->deciles[d];
        rv_json_object(json);
        rv_json_put_unsigned(json, "decile", d + 1);
        rv_json_put_unsigned(json, "rows", decile->rows);
        rv_json_put_number(json, "positives", decile->positives);
        rv_json_put_number(json, "rate", decile->rate);
        rv_json_put_number(json, "lift", decile->lift);
        rv_json_put_number(json, "probability", decile->probability);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
    rv_json_put_unsigned(json, "rows", q->rows);
    rv_json_put_unsigned(json, "positives", q->positives);
    rv_json_put_unsigned(json, "not_judged", unjudged);
    rv_buffer_format(
        text, "AUC %.4f  KS %.4f  lift of the best tenth %.2f  (%llu rows, %llu positive, %llu not judged)\n", q->auc,
        q->ks, q->lift_10, (unsigned long long)q->rows, (unsigned long long)q->positives, (unsigned long long)unjudged);
}

static rv_status evaluate_scores(const rv_evaluate_options *options, const rv_settings *settings, rv_json *json,
                                 rv_buffer *text, rv_error *err) {
    static const rv_eval_column found[] = {
        {CLIENT_NAMES, 0, true}, {SCORE_NAMES, -1, false}, {PROBABILITY_NAMES, -1, false}, {NULL, 1, false}};
    scores_reading s = {0};
    rv_status status = rv_eval_read(options->truth, TRUTH_COLUMNS, 2, settings, truth_score, &s, err);
    if (status == RV_OK) status = rv_eval_read(options->found, found, 4, settings, found_score, &s, err);
    if (status == RV_OK) {
        rv_eval_scores quality;
        rv_eval_scores_of(s.rows, s.n, &quality);
        put_scores(json, text, &quality, s.unjudged);
    }
    rv_id_table_reset(&s.ids);
    rv_free(s.truth);
    rv_free(s.rows);
    return status;
}

/* --- The job ----------------------------------------------------------------------------------------------------- */

static const char *const KINDS[] = {"links", "clusters", "score", NULL};

static rv_status evaluate_kind(const rv_evaluate_options *options, const rv_settings *settings, rv_json *json,
                               rv_buffer *text, rv_error *err) {
    const char *kind = options->kind ? options->kind : "";
    if (!strcmp(kind, "links")) return evaluate_links(options, settings, json, text, err);
    if (!strcmp(kind, "clusters")) return evaluate_clusters(options, settings, json, text, err);
    if (!strcmp(kind, "score")) return evaluate_scores(options, settings, json, text, err);
    const char *near = rv_nearest_word(kind, KINDS);
    rv_fail(err, RV_BAD_ARGUMENT, "evaluate: 'links', 'clusters' or 'score' expected, not '%s'", kind);
    if (near) rv_error_hint(err, "did you mean '%s'?", near);
    return RV_BAD_ARGUMENT;
}

rv_status rv_evaluate(const rv_evaluate_options *options, const rv_settings *settings, rv_report *report,
                      rv_error *err) {
    rv_buffer body = {0}, text = {0};
    rv_json json;
    char *answer = NULL, *lines = NULL;
    if (!options->found || !options->truth)
        return rv_fail(err, RV_BAD_ARGUMENT, "evaluate: --%s is missing", options->found ? "truth" : "found");
    rv_json_init(&json, &body, false);
    rv_json_object(&json);
    rv_status status = evaluate_kind(options, settings, &json, &text, err);
    rv_json_end(&json, '}');
    if (status == RV_OK && !(answer = rv_buffer_take(&body, err))) status = RV_NO_MEMORY;
    if (status == RV_OK && !(lines = rv_buffer_take(&text, err))) status = RV_NO_MEMORY;
    if (status == RV_OK) rv_report_give(report, answer, lines);
    else rv_free(answer);
    rv_buffer_free(&body);
    rv_buffer_free(&text);
    return status;
}
