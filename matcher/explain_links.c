/*
 * Why two rows are linked, or aren't: `match` or `dedupe` gone through again, with the same weights and the same rivals, and
 * told for the rows that somebody asks about. What is told is what was delivered, since both are the same from run to run.
 */
#include "id_table.h"
#include "link_explain.h"
#include "link_job.h"
#include "messages.h"

#include <math.h>

typedef struct telling {
    rv_linking l;
    const rv_explain_links_options *o;
    rv_link_answer *answers; /* of two files, per left row; or NULL */
    uint32_t *cluster;       /* of one file, per row; or NULL */
    rv_id_table ids;         /* those asked for */
    uint32_t *rows[2];       /* per id, its first row in the left file, and in the right one; RV_ID_NONE: none */
    uint64_t *starts;        /* of the pairs of each left row */
    rv_link_scratch *scratch;
    rv_link_batch batch;
    rv_buffer *text;
} telling;

static const rv_link_table *side(const telling *t, int right) {
    return right ? rv_link_right(&t->l.people) : &t->l.people.left;
}

/* --- Rows by id -------------------------------------------------------------------------------------------------- */

static rv_status list_ids(telling *t, rv_error *err) {
    const rv_explain_links_options *o = t->o;
    uint32_t number;
    for (size_t i = 0; i < o->n_rows; i++) RV_TRY(rv_id_table_add(&t->ids, rv_text_of(o->rows[i]), &number, err));
    for (size_t i = 0; i < o->n_pairs; i++) {
        RV_TRY(rv_id_table_add(&t->ids, rv_text_of(o->pairs[i].name), &number, err));
        RV_TRY(rv_id_table_add(&t->ids, rv_text_of(o->pairs[i].value), &number, err));
    }
    for (int s = 0; s < 2; s++) {
        if (!(t->rows[s] = rv_array_new((size_t)t->ids.n + 1, sizeof *t->rows[s], err))) return RV_NO_MEMORY;
        for (uint32_t i = 0; i < t->ids.n; i++) t->rows[s][i] = RV_ID_NONE;
        for (uint32_t r = side(t, s)->n; r-- > 0;) { /* the first of several stays */
            number = rv_id_table_find(&t->ids, rv_link_id(side(t, s), r));
            if (number != RV_ID_NONE) t->rows[s][number] = r;
        }
    }
    return RV_OK;
}

static rv_status row_of(const telling *t, const char *id, int right, uint32_t *out, rv_error *err) {
    *out = t->rows[right][rv_id_table_find(&t->ids, rv_text_of(id))];
    if (*out != RV_ID_NONE) return RV_OK;
    const char *path = right && t->o->right.path ? t->o->right.path : t->o->left.path;
    rv_fail(err, RV_BAD_INPUT, "no row has the id '%s'", id);
    rv_error_at(err, path, 0, 0);
    rv_error_hint(err, "ids are compared as they stand in the file: case, zeros and marks count");
    return RV_BAD_INPUT;
}

/* --- What was found ---------------------------------------------------------------------------------------------- */

static rv_status index_pairs(telling *t, rv_error *err) {
    uint32_t rows = t->l.people.left.n;
    if (!(t->starts = rv_array_new((size_t)rows + 1, sizeof *t->starts, err))) return RV_NO_MEMORY;
    for (size_t i = 0; i < t->l.pairs.n; i++) t->starts[t->l.pairs.at[i].left + 1]++;
    for (uint32_t r = 0; r < rows; r++) t->starts[r + 1] += t->starts[r];
    return RV_OK;
}

static bool was_kept(const telling *t, uint32_t left, uint32_t right) {
    for (uint64_t i = t->starts[left]; i < t->starts[left + 1]; i++)
        if (t->l.pairs.at[i].right == right) return true;
    return false;
}

/* The index was made over the smaller file: where that is the left one, the right row asks. */
static rv_status was_proposed(telling *t, uint32_t left, uint32_t right, uint32_t *rules, rv_error *err) {
    bool turned = t->l.left_indexed;
    uint32_t asks = turned ? right : left, asked = turned ? left : right;
    if (turned) rv_link_turn(&t->l.people);
    rv_status status = rv_link_candidates(t->l.index, asks, 1, &t->batch, err);
    if (turned) rv_link_turn(&t->l.people);
    *rules = 0;
    for (uint32_t i = 0; status == RV_OK && i < t->batch.starts[1]; i++)
        if (t->batch.at[i].row == asked) *rules = t->batch.at[i].rules;
    return status;
}

static bool is_nobodys(const telling *t, int right, uint32_t row) {
    return side(t, right)->rows[row].flags & RV_LINK_NAME_NOBODYS;
}

/* --- Words ------------------------------------------------------------------------------------------------------- */

static void put_id(const telling *t, const char *before, int right, uint32_t row, const char *after) {
    rv_tell_padded(t->text, before, 0);
    rv_buffer_text(t->text, rv_link_id(side(t, right), row));
    rv_buffer_string(t->text, after);
}

static void put_probability(const telling *t, const char *before, double probability, const char *after) {
    rv_tell_padded(t->text, before, 0);
    rv_buffer_fixed(t->text, probability, 6);
    rv_buffer_string(t->text, after);
}

static double alone(telling *t, uint32_t left, uint32_t right) {
    rv_link_weight weight = {.person = -INFINITY};
    rv_link_score(t->l.scorer, left, right, -INFINITY, t->scratch, &weight, NULL);
    return rv_odds_share((double)weight.person);
}

static void put_pair(telling *t, uint32_t left, uint32_t right) {
    rv_link_explain_pair(t->l.scorer, left, right, t->scratch, t->text);
    put_probability(t, "      probability by itself ", alone(t, left, right), "\n");
}

static void put_rules(const telling *t, uint32_t rules) {
    rv_tell(t->text, "  proposed   by ");
    const char *comma = "";
    for (unsigned r = 0; r < rv_link_rules(t->l.index); r++)
        if (rules & 1u << r) {
            rv_buffer_format(t->text, "%s%s", comma, rv_link_rule_name(t->l.index, r));
            comma = ", ";
        }
    rv_buffer_byte(t->text, '\n');
}

/* --- A row of the left file -------------------------------------------------------------------------------------- */

static void put_verdict(telling *t, uint32_t row) {
    const rv_link_answer *a = &t->answers[row];
    double threshold = t->l.threshold;
    if (a->right == UINT32_MAX) {
        rv_tell(t->text, "  none       nobody comes near enough\n");
        if (is_nobodys(t, 0, row)) rv_tell(t->text, "  name       its file gives this name to all and sundry: it tells nobody\n");
        return;
    }
    if (a->verdict == RV_LINK_MATCH) {
        put_id(t, "  linked     to ", 1, a->right, "");
        rv_tell(t->text, ", tier %s", rv_tier_name(rv_link_tier(&t->l.people, row, a->right)));
        put_probability(t, ", probability ", (double)a->probability, "\n");
    } else {
        static const char *const words[] = {[RV_LINK_NONE] = "  none       the best one is ",
                                            [RV_LINK_AMBIGUOUS] = "  ambiguous  the best one, good by itself, has rivals: ",
                                            [RV_LINK_HOUSEHOLD] = "  household  the best one is of the same home, and somebody else: "};
        put_id(t, words[a->verdict], 1, a->right, "");
        put_probability(t, ", probability ", (double)a->probability, "");
        rv_tell(t->text, ", below %.2f\n", threshold);
    }
    put_pair(t, row, a->right);
    if (a->runner_up == UINT32_MAX) return;
    put_id(t, "  runner-up  ", 1, a->runner_up, "");
    put_probability(t, ", probability ", (double)a->runner_up_probability, "\n");
    put_pair(t, row, a->runner_up);
}

static void put_cluster(telling *t, uint32_t row) {
    uint32_t name = t->cluster[row], n = 0, best = UINT32_MAX;
    double most = 0;
    for (uint32_t r = 0; r < t->l.people.left.n; r++) n += t->cluster[r] == name;
    if (n == 1) rv_tell(t->text, "  single     no other row is this person\n");
    else rv_tell(t->text, "  cluster    of %u rows, named ", n);
    if (n > 1) put_id(t, "", 0, name, "\n");
    for (uint32_t r = 0; r < t->l.people.left.n; r++) { /* the strongest pair with another row, of the cluster or else of all found */
        if (r == row || (n > 1 && t->cluster[r] != name)) continue;
        uint32_t a = r < row ? r : row, b = r < row ? row : r;
        if (n == 1 && !was_kept(t, a, b)) continue;
        double p = alone(t, a, b);
        if (p > most) most = p, best = r;
    }
    if (best == UINT32_MAX) return;
    put_id(t, n > 1 ? "  nearest    in it: " : "  nearest    ", 0, best, "\n");
    put_pair(t, best < row ? best : row, best < row ? row : best);
}

static rv_status tell_row(telling *t, const char *id, rv_error *err) {
    uint32_t row;
    RV_TRY(row_of(t, id, 0, &row, err));
    put_id(t, "row ", 0, row, "\n");
    if (t->cluster) put_cluster(t, row);
    else put_verdict(t, row);
    return RV_OK;
}

/* --- A pair ------------------------------------------------------------------------------------------------------ */

static void put_outcome_of_match(telling *t, uint32_t left, uint32_t right, double probability) {
    const rv_link_answer *a = &t->answers[left];
    if (a->right == right && a->verdict == RV_LINK_MATCH) {
        put_probability(t, "  linked     probability beside all rivals ", (double)a->probability, "\n");
    } else if (probability < t->l.threshold) {
        put_probability(t, "  not linked the probability by itself is ", probability, "");
        rv_tell(t->text, ", below %.2f\n", t->l.threshold);
    } else if (a->right == right) {
        put_probability(t, "  ambiguous  good by itself; beside the rivals on both sides ", (double)a->probability, "\n");
    } else if (a->right != UINT32_MAX) {
        put_id(t, "  not linked the left row's best one is ", 1, a->right, "");
        put_probability(t, ", probability ", (double)a->probability, "\n");
    }
    for (uint32_t r = 0; r < t->l.people.left.n; r++)
        if (r != left && t->answers[r].right == right && t->answers[r].verdict == RV_LINK_MATCH) {
            put_id(t, "  rival      the right row is linked to ", 0, r, "");
            put_probability(t, ", probability ", (double)t->answers[r].probability, "\n");
            return; /* one is enough */
        }
}

static void put_outcome_of_dedupe(telling *t, uint32_t a, uint32_t b, double probability) {
    bool reached = probability >= t->l.threshold;
    if (t->cluster[a] == t->cluster[b])
        rv_tell_padded(t->text, reached ? "  together   in one cluster\n"
                                        : "  together   in one cluster, held together by its other rows\n", 0);
    else
        rv_tell_padded(t->text, reached ? "  apart      the other rows of their clusters speak against it\n"
                                        : "  apart      the probability is below the threshold\n", 0);
}

static rv_status tell_pair(telling *t, const rv_assignment *pair, rv_error *err) {
    uint32_t left, right, rules;
    RV_TRY(row_of(t, pair->name, 0, &left, err));
    RV_TRY(row_of(t, pair->value, 1, &right, err));
    if (t->cluster && left == right) return rv_fail(err, RV_BAD_ARGUMENT, "a pair wants two rows: '%s' is one", pair->name);
    put_id(t, "pair ", 0, left, ", ");
    put_id(t, "", 1, right, "\n");
    if (t->cluster && left > right) {
        uint32_t swap = left;
        left = right, right = swap;
    }
    RV_TRY(was_proposed(t, left, right, &rules, err));
    put_pair(t, left, right);
    double probability = alone(t, left, right);
    bool nobodys = is_nobodys(t, 0, left) || is_nobodys(t, 1, right), kept = was_kept(t, left, right);
    if (rules) put_rules(t, rules);
    else rv_tell(t->text, "  proposed   by no rule: what they share is borne by too many rows, or too little is alike\n");
    if (nobodys && !kept) rv_tell(t->text, "  name       is given to all and sundry: only birth date and a number or e-mail together would tell\n");
    if (t->cluster) put_outcome_of_dedupe(t, left, right, probability);
    else if (!rules || (!kept && probability >= t->l.threshold))
        rv_tell_padded(t->text, rules ? "  not linked others are nearer\n" : "  not linked nobody compared them\n", 0);
    else put_outcome_of_match(t, left, right, probability);
    return RV_OK;
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

static rv_status find(telling *t, const rv_settings *settings, rv_summary *summary, rv_error *err) {
    rv_linking *l = &t->l;
    size_t rows = l->people.left.n;
    bool self = l->people.self;
    RV_TRY(rv_linking_find(l, (float)rv_linking_floor(l->threshold), self ? 0 : RV_LINK_KEPT, settings, summary, err));
    RV_TRY(index_pairs(t, err));
    if (!(t->scratch = rv_link_scratch_new(err))) return RV_NO_MEMORY;
    if (self) {
        if (!(t->cluster = rv_array_new(rows + 1, sizeof *t->cluster, err))) return RV_NO_MEMORY;
        return rv_link_cluster(&l->people, l->scorer, &l->pairs, l->threshold, t->cluster, err);
    }
    if (!(t->answers = rv_array_new(rows + 1, sizeof *t->answers, err))) return RV_NO_MEMORY;
    rv_link_rule_of_decision rule = {l->threshold, t->o->one_to_one};
    return rv_link_decide(&l->people, &l->model, &l->pairs, &rule, t->answers, err);
}

static rv_status tell_all(telling *t, const rv_settings *settings, rv_summary *summary, rv_error *err) {
    RV_TRY(find(t, settings, summary, err));
    RV_TRY(list_ids(t, err));
    for (size_t i = 0; i < t->o->n_rows; i++) RV_TRY(tell_row(t, t->o->rows[i], err));
    for (size_t i = 0; i < t->o->n_pairs; i++) RV_TRY(tell_pair(t, &t->o->pairs[i], err));
    return rv_buffer_check(t->text, err);
}

static void reset(telling *t) {
    rv_link_scratch_free(t->scratch);
    rv_link_batch_reset(&t->batch);
    rv_id_table_reset(&t->ids);
    rv_free(t->rows[0]);
    rv_free(t->rows[1]);
    rv_free(t->starts);
    rv_free(t->answers);
    rv_free(t->cluster);
    rv_linking_close(&t->l);
}

rv_status rv_explain_links(const rv_explain_links_options *o, const rv_settings *given, rv_report *report, rv_error *err) {
    static const rv_settings defaults;
    const rv_settings *settings = given ? given : &defaults;
    rv_summary summary;
    if (!o->left.path) return rv_fail(err, RV_BAD_ARGUMENT, "--left and --right, or --in, are needed");
    rv_summary_begin(&summary, "explain");
    rv_summary_speak(&summary, settings);
    summary.is_answer = true;
    telling t = {.o = o, .text = &summary.text};
    rv_status status = rv_linking_open(&o->left, o->right.path ? &o->right : NULL, &o->linkage, settings, &summary, &t.l, err);
    if (status == RV_OK) status = tell_all(&t, settings, &summary, err);
    if (status == RV_OK) status = rv_summary_finish(&summary, report, err);
    reset(&t);
    rv_summary_reset(&summary);
    return status;
}
