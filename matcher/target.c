/*
 * See target.h. Two columns that say the same agree for one client and not for two clients taken at random: so a match
 * with one's own orders is held against a match with the orders of the client before. That tells "number of orders" from
 * "number of children", which agree for many by chance.
 */
#include "target.h"

#include "binning.h"
#include "date.h"
#include "parallel.h"
#include <math.h>

enum { SAMPLE = 20000, LEAST = 25 };
static const double AGREEMENT = 0.5;

void rv_target_mark_names(rv_frame *frame, uint32_t n, const char *target) {
    static const char *const names[] = {"state",
                                        "segment",
                                        "r",
                                        "f",
                                        "m",
                                        "orders",
                                        "amount",
                                        "recency_days",
                                        "first_order",
                                        "last_order",
                                        "mean_interval_days",
                                        "expected_orders",
                                        "p_alive",
                                        "newly_at_risk",
                                        "cause"};
    enum { NAMES = sizeof names / sizeof *names };
    bool ours = false;
    for (size_t i = 0; i < NAMES; i++) ours = ours || strcmp(target, names[i]) == 0;
    for (uint32_t c = 0; ours && c < n; c++) {
        frame->column[c].suspect = true;
        for (size_t i = 0; i < NAMES; i++)
            if (strcmp(frame->column[c].name, names[i]) == 0) frame->column[c].defines = "of the same segmentation";
    }
}

/* --- Orders -------------------------------------------------------------------------------------------------------- */

typedef struct fact { /* what a column may repeat */
    const char *why;
    rv_scale scale;
    double nearness;
} fact;
enum { FACTS = 6 };
static const fact facts[FACTS] = {
    {"the date of the first order", RV_SCALE_DATE, 0.5},     {"the date of the last order", RV_SCALE_DATE, 0.5},
    {"the number of orders", RV_SCALE_NUMBER, 1e-9},         {"the amount of the orders", RV_SCALE_NUMBER, 0.005},
    {"the days since the last order", RV_SCALE_NUMBER, 0.5}, {"the days between orders", RV_SCALE_NUMBER, 0.5}};

typedef struct known { /* one client of the sample */
    uint64_t row;
    double fact[FACTS];
} known;

static void learn_facts(const rv_client_life *life, double out[FACTS]) {
    const double values[FACTS] = {life->first_order,  life->last_order,
                                  life->orders,       (double)life->amount / RV_AMOUNT_UNIT,
                                  life->recency_days, life->mean_interval_days};
    for (unsigned f = 0; f < FACTS; f++) out[f] = values[f];
}

/* Clients with an order, evenly spaced over the frame. */
static rv_status take_sample(const rv_frame *frame, const rv_lifecycle *life, known **out, size_t *n, rv_error *err) {
    uint64_t step = frame->rows / SAMPLE + 1;
    *n = 0;
    if (!(*out = rv_array_new((size_t)(frame->rows / step + 1), sizeof **out, err))) return RV_NO_MEMORY;
    for (uint64_t r = 0; r < frame->rows; r += step) {
        rv_client_life client;
        if (!rv_lifecycle_find(life, rv_dictionary_value(&frame->ids, (uint32_t)r + 1), &client) || !client.orders)
            continue;
        (*out)[*n].row = r;
        learn_facts(&client, (*out)[(*n)++].fact);
    }
    return RV_OK;
}

static bool says(const fact *f, double value, double of_orders) { return fabs(value - of_orders) < f->nearness; }

/* How often the column says this of its client, beyond what it says of the client before (Cohen's kappa, 1960). */
static double agreement(const rv_frame_column *column, const rv_values *values, const known *sample, size_t n,
                        unsigned f) {
    double compared = 0, own = 0, others = 0;
    for (size_t i = 1; i < n; i++) {
        double value = values->number[rv_code_at(column->codes, sample[i].row)];
        if (isnan(value) || isnan(sample[i].fact[f]) || isnan(sample[i - 1].fact[f])) continue;
        compared++;
        own += says(&facts[f], value, sample[i].fact[f]);
        others += says(&facts[f], value, sample[i - 1].fact[f]);
    }
    return own < LEAST || others >= compared ? 0 : (own - others) / (compared - others);
}

/* Names what the column agrees with best, if it is enough. */
static rv_status mark_column(rv_frame_column *column, const known *sample, size_t n, rv_scale scale, rv_error *err) {
    rv_values values;
    double best = AGREEMENT;
    RV_TRY(rv_values_read(&column->dictionary, scale, &values, err));
    for (unsigned f = 0; f < FACTS; f++) {
        double here = facts[f].scale == scale ? agreement(column, &values, sample, n, f) : 0;
        if (here < best) continue;
        best = here;
        column->defines = facts[f].why;
    }
    rv_values_reset(&values);
    return RV_OK;
}

typedef struct marking {
    rv_frame *frame;
    const known *sample;
    size_t n;
} marking;

static rv_status mark_one(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    const marking *m = ctx;
    rv_frame_column *column = &m->frame->column[index];
    column->suspect = true;
    if (!column->scored || column->dictionary.n < 2) return RV_OK;
    RV_TRY(mark_column(column, m->sample, m->n, RV_SCALE_DATE, err));
    return column->defines ? RV_OK : mark_column(column, m->sample, m->n, RV_SCALE_NUMBER, err);
}

rv_status rv_target_mark_orders(rv_frame *frame, uint32_t n_client, const rv_lifecycle *life, int threads,
                                rv_error *err) {
    known *sample = NULL;
    size_t n = 0;
    rv_status status = take_sample(frame, life, &sample, &n, err);
    if (status == RV_OK) status = rv_parallel(threads, n_client, mark_one, &(marking){frame, sample, n}, err);
    rv_free(sample);
    return status;
}
