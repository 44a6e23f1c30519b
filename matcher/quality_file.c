/*
 * See quality_file.h. A figure that can't be given is null, with the reason beside it. Cells of fewer than 11 people
 * are null too: a decile of seven seeds would tell of seven people.
 */
#include "quality_file.h"

#include "json_writer.h"
#include "measure.h"
#include "messages.h"
#include <math.h>
#include <stdio.h>

static bool is_small(uint64_t count) { return count > 0 && count < RV_MASK_BELOW; }

static void put_masked(rv_json *json, const char *key, uint64_t count) {
    rv_json_key(json, key);
    if (is_small(count)) rv_json_null(json);
    else rv_json_unsigned(json, count);
}

/* Figures of a file that people read: four decimals at most. */
static void put_rounded(rv_json *json, const char *key, double value) {
    rv_json_put_number(json, key, round(value * 1e4) / 1e4);
}

static void put_methods(const rv_quality *q, rv_json *json) {
    rv_json_key(json, "methods");
    rv_json_array(json);
    for (unsigned m = 0; m < q->n_methods; m++) {
        const rv_method_quality *mq = &q->method[m];
        if (!mq->tried) continue;
        rv_json_object(json);
        rv_json_put_string(json, "method", mq->method->name);
        put_rounded(json, "auc", mq->auc);
        put_rounded(json, "auc_low", fmax(0, mq->auc - 1.96 * mq->standard_error));
        put_rounded(json, "auc_high", fmin(1, mq->auc + 1.96 * mq->standard_error));
        put_rounded(json, "standard_error", mq->standard_error);
        put_rounded(json, "behind_best", mq->behind);
        put_rounded(json, "behind_best_error", mq->behind_error);
        rv_json_put_bool(json, "chosen", m == q->chosen);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
}

/* Tenths of few seeds aren't told, and when one alone is hidden the next smallest goes with it, or the sum would tell it. */
static void hide_deciles(const rv_quality *q, bool hidden[10]) {
    unsigned n = 0, smallest = 10;
    for (unsigned d = 0; d < 10; d++) {
        hidden[d] = is_small(q->decile[d].seeds);
        n += hidden[d];
        if (!hidden[d] && q->decile[d].seeds && (smallest == 10 || q->decile[d].seeds <= q->decile[smallest].seeds))
            smallest = d;
    }
    if (n == 1 && smallest < 10) hidden[smallest] = true;
}

/* Sums up to a tenth would tell a hidden one: gain and KS end where the first is. */
static void put_deciles(const rv_quality *q, bool withheld, rv_json *json) {
    uint64_t seeds = 0, people = 0, so_far = 0, so_many = 0;
    bool hidden[10], any = false;
    hide_deciles(q, hidden);
    for (unsigned d = 0; d < 10; d++) {
        seeds += q->decile[d].seeds;
        people += q->decile[d].people;
    }
    rv_json_key(json, "deciles");
    rv_json_array(json);
    for (unsigned d = 0; d < 10; d++) {
        const rv_decile *decile = &q->decile[d];
        bool untold = hidden[d] || !decile->people;
        double rate = people ? (double)seeds / (double)people : 0;
        any = any || hidden[d];
        so_far += decile->seeds;
        so_many += decile->people;
        rv_json_object(json);
        rv_json_put_unsigned(json, "decile", d + 1);
        rv_json_put_unsigned(json, "people", decile->people);
        rv_json_key(json, "seeds");
        if (hidden[d]) rv_json_null(json);
        else rv_json_unsigned(json, decile->seeds);
        put_rounded(json, "observed", untold ? NAN : (double)decile->seeds / (double)decile->people);
        put_rounded(json, "predicted", withheld || !decile->people ? NAN : decile->predicted / (double)decile->people);
        put_rounded(json, "lift", untold ? NAN : (double)decile->seeds / (double)decile->people / rate);
        put_rounded(json, "gain", seeds && !any ? (double)so_far / (double)seeds : NAN);
        put_rounded(json, "ks",
                    seeds && people > seeds && !any
                        ? (double)so_far / (double)seeds - (double)(so_many - so_far) / (double)(people - seeds)
                        : NAN);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
}

static bool was_looked_at(const rv_attribute_quality *a) {
    return a->left_out == RV_USED || a->left_out == RV_LEFT_LEAK || a->left_out == RV_LEFT_ONE_SIDED ||
           a->left_out == RV_LEFT_FLAT;
}

static void put_attributes(const rv_quality *q, rv_json *json) {
    rv_json_key(json, "attributes");
    rv_json_array(json);
    for (uint32_t c = 0; c < q->columns; c++) {
        const rv_attribute_quality *a = &q->attribute[c];
        bool looked_at = was_looked_at(a);
        rv_json_object(json);
        rv_json_put_string(json, "attribute", a->name);
        rv_json_put_bool(json, "used", a->left_out == RV_USED);
        if (a->left_out != RV_USED) rv_json_put_string(json, "left_out", rv_left_out_reason(a->left_out));
        if (a->defines) rv_json_put_string(json, "it_is", a->defines);
        if (a->monotone) rv_json_put_string(json, "monotone", a->monotone);
        if (looked_at) {
            rv_json_put_string(json, "scale", rv_scale_name(a->scale));
            rv_json_put_unsigned(json, "values", a->values);
            rv_json_put_unsigned(json, "entries", a->bins);
            put_rounded(json, "auc_alone", a->auc);
            put_rounded(json, "stability_seeds_to_others", a->stability);
            put_rounded(json, "stability_seeds_to_pool", a->of_the_pool);
            rv_json_put_bool(json, "leaks", a->leaks);
            put_rounded(json, "held_by_one_side_only", a->pure);
        }
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
}

static void put_drift(rv_json *json, const char *name, const rv_drift *drift) {
    rv_json_object(json);
    rv_json_put_string(json, "attribute", name);
    put_rounded(json, "stability", drift->stability);
    put_rounded(json, "by_chance", drift->by_chance);
    put_rounded(json, "carries", drift->carries);
    rv_json_put_string(json, "state", rv_drift_state(drift));
    rv_json_end(json, '}');
}

static void put_drift_sheet(rv_json *json, const char *key, const rv_profile *profile, const rv_drift_sheet *drift) {
    rv_json_key(json, key);
    rv_json_array(json);
    for (uint32_t c = 0; c < drift->columns; c++) put_drift(json, profile->column[c].name, &drift->column[c]);
    rv_json_end(json, ']');
}

static void put_warning(void *ctx, const char *text) { rv_json_string(ctx, text); }

void rv_quality_json(const rv_quality *q, const rv_profile *profile, const rv_quality_drift *drift, rv_buffer *out) {
    rv_json json;
    bool withheld = q->against_pool || q->calibration_error < 0 || profile->calibration.n == 0;
    static const char *const recalls[4] = {"1%", "5%", "10%", "20%"};
    rv_json_init(&json, out, true);
    rv_json_object(&json);
    rv_json_put_unsigned(&json, "quality_version", 1);
    rv_json_put_unsigned(&json, "rows", q->rows);
    rv_json_put_unsigned(&json, "seeds", q->seeds);
    put_masked(&json, "non_seeds", q->non_seeds);
    put_masked(&json, "unlabelled", q->unlabelled);
    rv_json_put_string(&json, "told_from", q->against_pool ? "the rest of the file" : "the known non-seeds");
    rv_json_put_unsigned(&json, "folds", RV_FOLDS);
    rv_json_put_string(&json, "method", profile->method);
    put_rounded(&json, "auc", q->auc);
    put_rounded(&json, "auc_low", fmax(0, q->auc - 1.96 * q->standard_error));
    put_rounded(&json, "auc_high", fmin(1, q->auc + 1.96 * q->standard_error));
    put_rounded(&json, "ks", q->ks);
    put_rounded(&json, "lift_10", rv_quality_lift(q, 1));
    rv_json_key(&json, "recall_of_seeds");
    rv_json_object(&json);
    for (unsigned i = 0; i < 4; i++)
        put_rounded(&json, recalls[i],
                    is_small((uint64_t)llround(q->recall[i] * (double)q->seeds)) ? NAN : q->recall[i]);
    rv_json_end(&json, '}');
    rv_json_put_string(&json, "probability", profile->calibration.n ? "given" : "withheld");
    rv_json_put_string(&json, "withheld_because", profile->calibration.n ? NULL : profile->calibration.withheld);
    put_rounded(&json, "brier", q->brier > 0 ? q->brier : NAN);
    put_rounded(&json, "calibration_error", q->brier > 0 ? q->calibration_error : NAN);
    put_rounded(&json, "calibration_error_last_quarter", q->late_checked ? q->late_error : NAN);
    put_rounded(&json, "calibration_error_foretold", q->late_checked ? q->forward_error : NAN);
    put_methods(q, &json);
    put_deciles(q, withheld && !(q->brier > 0), &json);
    put_attributes(q, &json);
    if (drift) {
        put_drift_sheet(&json, "drift_last_quarter", profile, drift->last_quarter);
        put_drift_sheet(&json, "drift_since_last_run", drift->previous, drift->since_last);
    }
    rv_json_key(&json, "warnings");
    rv_json_array(&json);
    rv_quality_warnings(q, profile, put_warning, &json);
    rv_json_end(&json, ']');
    rv_json_end(&json, '}');
    rv_buffer_byte(out, '\n');
}

static void warn_of_attribute(const rv_attribute_quality *a, void (*line)(void *ctx, const char *text), void *ctx) {
    char text[512];
    const char *used = a->left_out == RV_USED ? "used all the same" : "left out (--use-sensitive names it to use it)";
    if (a->defines && a->left_out == RV_USED) {
        snprintf(text, sizeof text, "'%s' (%s) makes the target; used all the same", a->name, a->defines);
        line(ctx, text);
    } else if (was_looked_at(a) && a->leaks && a->auc >= 0.9) {
        snprintf(text, sizeof text, "'%s' predicts the target nearly alone (AUC %.3f): it may be made of it; %s",
                 a->name, a->auc, used);
        line(ctx, text);
    } else if (was_looked_at(a) && (a->leaks || a->half_leaks)) {
        snprintf(text, sizeof text,
                 "'%s' has values that only one side has, %.0f %% of it: it may be made of the target; %s", a->name,
                 100 * a->pure, used);
        line(ctx, text);
    }
    if (a->left_out == RV_USED && a->words) {
        snprintf(text, sizeof text,
                 "'%s' is a column of %ss; %llu rows have something else (%u distinct), which counts as other", a->name,
                 rv_scale_name(a->scale), (unsigned long long)a->worded, a->words);
        line(ctx, text);
    }
}

/* Those that make the target, in one line: a segmentation has a dozen. */
static void warn_of_definers(const rv_quality *q, void (*line)(void *ctx, const char *text), void *ctx) {
    enum { NAMED = 3 };
    char text[768];
    size_t at = 0, n = 0;
    for (uint32_t c = 0; c < q->columns; c++) {
        const rv_attribute_quality *a = &q->attribute[c];
        if (a->left_out != RV_LEFT_DEFINES || ++n > NAMED) continue;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s'%s' (%s)", at ? ", " : "", a->name, a->defines);
    }
    if (n > NAMED) at += (size_t)snprintf(text + at, sizeof text - at, " and %zu others", n - NAMED);
    snprintf(text + at, sizeof text - at,
             " left out: the target is made of them (--use-sensitive names one to use it)");
    if (n) line(ctx, text);
}

void rv_quality_warnings(const rv_quality *q, const rv_profile *profile, void (*line)(void *ctx, const char *text),
                         void *ctx) {
    char text[512];
    if (q->seeds < 500) {
        snprintf(text, sizeof text,
                 "only %llu seeds: figures are rough (AUC +- %.3f); simple methods are the wiser choice",
                 (unsigned long long)q->seeds, 1.96 * q->standard_error);
        line(ctx, text);
    }
    for (uint32_t c = 0; c < q->columns; c++) warn_of_attribute(&q->attribute[c], line, ctx);
    warn_of_definers(q, line, ctx);
    if (q->auc - 1.96 * q->standard_error <= 0.5)
        line(ctx, "the score isn't better than chance: seeds and others look alike");
    if (profile->calibration.n && q->late_checked && q->forward_error > RV_BEARABLE_ERROR + q->forward_noise) {
        snprintf(
            text, sizeof text,
            "learned on the rows before it, the probability would have been %.3f off in the last quarter of the file: "
            "expect as much of later files",
            q->forward_error);
        line(ctx, text);
    }
    if (profile->calibration.n == 0) {
        snprintf(text, sizeof text, "no probability: %s", profile->calibration.withheld);
        line(ctx, text);
    }
}

/* Observed against predicted, tenth by tenth: the table that people look at. */
static void put_text_deciles(const rv_quality *q, rv_buffer *out) {
    uint64_t seeds = 0, so_far = 0;
    bool hidden[10], any = false;
    hide_deciles(q, hidden);
    for (unsigned d = 0; d < 10; d++) seeds += q->decile[d].seeds;
    rv_tell(out, "  tenth    people     seeds  observed  predicted   gain\n");
    for (unsigned d = 0; d < 10; d++) {
        const rv_decile *decile = &q->decile[d];
        double people = decile->people ? (double)decile->people : 1;
        so_far += decile->seeds;
        any = any || hidden[d];
        rv_buffer_format(out, "  %5u %9llu ", d + 1, (unsigned long long)decile->people);
        if (hidden[d]) rv_buffer_format(out, "%9s %9s", rv_translate("few", (rv_language)out->language, NULL), "");
        else
            rv_buffer_format(out, "%9llu %7.1f %%", (unsigned long long)decile->seeds,
                             100 * (double)decile->seeds / people);
        if (q->brier > 0) rv_buffer_format(out, " %8.1f %%", 100 * decile->predicted / people);
        else rv_buffer_format(out, " %10s", "");
        if (!any && seeds) rv_buffer_format(out, " %4.0f %%", 100 * (double)so_far / (double)seeds);
        rv_buffer_byte(out, '\n');
    }
}

void rv_quality_text(const rv_quality *q, const rv_profile *profile, rv_buffer *out) {
    rv_tell(out, "profile: method %s, %u attributes, %llu seeds told from ", profile->method, profile->columns,
            (unsigned long long)q->seeds);
    rv_tell_padded(out, q->against_pool ? "the rest of the file" : "the known non-seeds", 0);
    rv_buffer_byte(out, '\n');
    rv_tell(out,
            "quality: AUC %.4f (%.4f-%.4f), KS %.3f, lift of the best tenth %.2f, %.0f %% of held-out seeds "
            "in the best 20 %%\n",
            q->auc, fmax(0, q->auc - 1.96 * q->standard_error), fmin(1, q->auc + 1.96 * q->standard_error), q->ks,
            rv_quality_lift(q, 1), 100 * q->recall[3]);
    put_text_deciles(q, out);
    if (q->brier > 0) {
        rv_tell(out, "calibration: predicted and observed %.4f apart on held-out rows, Brier %.4f",
                q->calibration_error, q->brier);
        if (!profile->calibration.n) rv_tell(out, "; withheld");
        rv_buffer_byte(out, '\n');
    }
    rv_tell(out, "methods:");
    for (unsigned m = 0, n = 0; m < q->n_methods; m++)
        if (q->method[m].tried)
            rv_buffer_format(out, "%s %s %.4f", n++ ? "," : "", q->method[m].method->name, q->method[m].auc);
    rv_buffer_string(out, "\n");
    for (rv_left_out reason = RV_USED + 1; reason < RV_LEFT_COUNT; reason++) {
        unsigned n = 0;
        for (uint32_t c = 0; c < q->columns; c++) {
            if (q->attribute[c].left_out != reason) continue;
            rv_tell(out, n++ ? ", %s" : "left out: %s", q->attribute[c].name);
        }
        if (n) {
            rv_buffer_string(out, " (");
            rv_tell_padded(out, rv_left_out_reason(reason), 0);
            rv_buffer_string(out, ")\n");
        }
    }
}

void rv_drift_warnings(const rv_drift_sheet *drift, const rv_profile *profile, const char *since,
                       void (*line)(void *ctx, const char *text), void *ctx) {
    char text[512];
    for (uint32_t c = 0; c < drift->columns; c++) {
        const rv_drift *d = &drift->column[c];
        if (!rv_drift_alarms(d)) continue;
        snprintf(text, sizeof text, "'%s' has drifted %s: stability %.2f, %.2f is the alarm", profile->column[c].name,
                 since, d->stability, RV_DRIFT_ALARM + d->by_chance);
        line(ctx, text);
    }
}

void rv_drift_json(const rv_profile *profile, const rv_drift_sheet *drift, rv_buffer *out) {
    rv_json json;
    bool given = profile->calibration.n > 0;
    rv_json_init(&json, out, true);
    rv_json_object(&json);
    rv_json_put_unsigned(&json, "quality_version", 1);
    rv_json_put_unsigned(&json, "rows", drift->rows);
    rv_json_put_string(&json, "method", profile->method);
    rv_json_put_unsigned(&json, "learned_on", drift->people);
    rv_json_put_string(&json, "probability", given ? "given" : "withheld");
    rv_json_put_string(&json, "withheld_because", given ? NULL : profile->calibration.withheld);
    rv_json_key(&json, "scores");
    rv_json_object(&json);
    put_rounded(&json, "average", drift->average);
    put_rounded(&json, "average_when_learned", profile->base);
    put_rounded(&json, "deviation", drift->deviation);
    put_rounded(&json, "deviation_when_learned", RV_SCORE_DEVIATION);
    rv_json_put_string(&json, "state", rv_drift_scores_alarm(drift, profile) ? "alarm" : "calm");
    rv_json_end(&json, '}');
    put_drift_sheet(&json, "drift", profile, drift);
    rv_json_end(&json, '}');
    rv_buffer_byte(out, '\n');
}
