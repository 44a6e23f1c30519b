/*
 * See drift.h. Large tables are looked at through an even sample of rows: a hundred thousand people tell a share to two
 * thousandths, and counting every row of every attribute would cost as much as scoring them.
 */
#include "drift.h"

#include "parallel.h"
#include <math.h>
#include <stdio.h>

enum { SAMPLE = 1 << 17 };

double rv_stability(const uint64_t *a, const uint64_t *b, uint32_t bins) {
    double total_a = 0, total_b = 0, sum = 0;
    for (uint32_t i = 0; i < bins; i++) {
        total_a += (double)a[i] + 0.5;
        total_b += (double)b[i] + 0.5;
    }
    for (uint32_t i = 0; i < bins; i++) {
        double p = ((double)a[i] + 0.5) / total_a, q = ((double)b[i] + 0.5) / total_b;
        sum += (p - q) * log(p / q);
    }
    return sum;
}

/* --- Two sets of counts ------------------------------------------------------------------------------------------- */

static uint64_t sum_of(const uint64_t *counts, uint32_t n) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += counts[i];
    return sum;
}

static rv_drift compare(const uint64_t *a, const uint64_t *b, uint32_t bins) {
    rv_drift out = {.stability = rv_stability(a, b, bins)};
    uint64_t x = sum_of(a, bins), y = sum_of(b, bins);
    double free = -1;
    for (uint32_t i = 0; i < bins; i++) free += a[i] || b[i];
    if (x && y && free > 0) out.by_chance = (1 / (double)x + 1 / (double)y) * (free + 3 * sqrt(2 * free));
    return out;
}

bool rv_drift_alarms(const rv_drift *drift) { return drift->stability > RV_DRIFT_ALARM + drift->by_chance; }

const char *rv_drift_state(const rv_drift *drift) {
    if (rv_drift_alarms(drift)) return "alarm";
    return drift->stability > RV_DRIFT_WATCH + drift->by_chance ? "watch" : "calm";
}

/* --- Counting ----------------------------------------------------------------------------------------------------- */

static uint64_t step_of(uint64_t rows) { return rows > SAMPLE ? rows / SAMPLE : 1; }

/* By code first, four counts each: two people in a row who are alike then don't wait for each other. */
static void count_narrow(const uint8_t *codes, const uint8_t *bins, uint64_t begin, uint64_t end, uint64_t step,
                         uint64_t *counts) {
    uint32_t by_code[RV_NARROW_VALUES + 1][4] = {0};
    uint64_t r = begin;
    for (; r + 3 * step < end; r += 4 * step)
        for (unsigned i = 0; i < 4; i++) by_code[codes[r + i * step]][i]++;
    for (; r < end; r += step) by_code[codes[r]][0]++;
    for (unsigned code = 0; code <= RV_NARROW_VALUES; code++) {
        uint64_t people = (uint64_t)by_code[code][0] + by_code[code][1] + by_code[code][2] + by_code[code][3];
        if (people) counts[bins[code]] += people;
    }
}

/* People by bin among rows begin..end - 1, every `step` of them. */
static void count_bins(const rv_profile_view *view, uint32_t c, uint64_t begin, uint64_t end, uint64_t *counts) {
    rv_codes codes = view->codes[c];
    const uint8_t *bins = view->bins[c];
    uint64_t step = step_of(end - begin);
    if (codes.narrow) count_narrow(codes.narrow, bins, begin, end, step, counts);
    else
        for (uint64_t r = begin; r < end; r += step) counts[bins[codes.wide[r]]]++;
}

/* What the profile hides of small cells is one cell together, on both sides. */
static uint32_t join_masked(const rv_profile *profile, const rv_profile_column *column, uint64_t *then, uint64_t *now) {
    uint32_t n = 0;
    uint64_t told = 0, hidden = 0;
    bool any = false;
    for (uint32_t b = 0; b < column->binning.n; b++) {
        if (column->masked[b] & RV_MASKED_PEOPLE) {
            hidden += now[b];
            any = true;
            continue;
        }
        told += column->people[b];
        then[n] = column->people[b];
        now[n++] = now[b];
    }
    if (!any) return n;
    then[n] = profile->people > told ? profile->people - told : 0;
    now[n++] = hidden;
    return n;
}

/* The variance of an attribute's points over the people of learning. */
static double variance_of(const rv_profile_column *column) {
    double n = 0, sum = 0, squares = 0;
    for (uint32_t b = 0; b < column->binning.n; b++) {
        double people = (double)column->people[b], points = column->points[b];
        n += people;
        sum += people * points;
        squares += people * points * points;
    }
    return n > 0 ? fmax(0, squares / n - sum / n * (sum / n)) : 0;
}

typedef struct comparing {
    const rv_profile *profile;
    const rv_profile_view *view;
    uint64_t begin, rows; /* begin 0: the profile's people are the other side */
    rv_drift *out;
} comparing;

static rv_status compare_column(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const comparing *c = ctx;
    const rv_profile_column *column = &c->profile->column[index];
    uint64_t then[RV_BINS_MAX + 1] = {0}, now[RV_BINS_MAX + 1] = {0};
    uint32_t bins = column->binning.n;
    count_bins(c->view, (uint32_t)index, c->begin, c->rows, now);
    if (c->begin) count_bins(c->view, (uint32_t)index, 0, c->begin, then);
    else bins = join_masked(c->profile, column, then, now);
    c->out[index] = compare(then, now, bins);
    c->out[index].carries = variance_of(column);
    return RV_OK;
}

static rv_status compare_columns(const comparing *c, int threads, rv_drift_sheet *out, rv_error *err) {
    rv_drift_sheet sheet = {.columns = c->profile->columns, .rows = c->rows - c->begin};
    sheet.people = c->begin ? c->begin : c->profile->people;
    if (!(sheet.column = rv_array_new(sheet.columns, sizeof *sheet.column, err))) return RV_NO_MEMORY;
    comparing work = *c;
    work.out = sheet.column;
    rv_status status = rv_parallel(threads, sheet.columns, compare_column, &work, err);
    double all = 0;
    for (uint32_t i = 0; i < sheet.columns; i++) all += sheet.column[i].carries;
    for (uint32_t i = 0; i < sheet.columns; i++) sheet.column[i].carries /= all > 0 ? all : 1;
    if (status == RV_OK) *out = sheet;
    else rv_drift_sheet_reset(&sheet);
    return status;
}

void rv_drift_sheet_reset(rv_drift_sheet *sheet) {
    rv_free(sheet->column);
    *sheet = (rv_drift_sheet){0};
}

/* --- Scores ------------------------------------------------------------------------------------------------------- */

static void measure_scores(const int32_t *scores, uint64_t rows, rv_drift_sheet *out) {
    int64_t n = 0, sum = 0, squares = 0;
    for (uint64_t r = 0; r < rows; r += step_of(rows), n++) {
        sum += scores[r];
        squares += (int64_t)scores[r] * scores[r];
    }
    if (n == 0) return;
    out->average = (double)sum / (double)n;
    out->deviation = sqrt(fmax(0, (double)squares / (double)n - out->average * out->average));
}

/* Beyond what a sample of so many rows does by chance: three standard errors. */
bool rv_drift_scores_alarm(const rv_drift_sheet *sheet, const rv_profile *profile) {
    double chance = 3 / sqrt((double)(sheet->rows ? sheet->rows : 1));
    double shift = fabs(sheet->average - profile->base) / RV_SCORE_DEVIATION,
           spread = sheet->deviation / RV_SCORE_DEVIATION;
    return shift > RV_DRIFT_SHIFT / 100.0 + chance || spread > RV_DRIFT_SPREAD * (1 + chance) ||
           spread * (1 + chance) < (1 - chance) / RV_DRIFT_SPREAD;
}

/* --- For others ---------------------------------------------------------------------------------------------------- */

rv_status rv_drift_since(const rv_profile *profile, const rv_profile_view *view, const int32_t *scores, uint64_t rows,
                         int threads, rv_drift_sheet *out, rv_error *err) {
    RV_TRY(compare_columns(&(comparing){profile, view, 0, rows, NULL}, threads, out, err));
    measure_scores(scores, rows, out);
    return RV_OK;
}

rv_status rv_drift_within(const rv_profile *profile, const rv_profile_view *view, uint64_t begin, uint64_t rows,
                          int threads, rv_drift_sheet *out, rv_error *err) {
    return compare_columns(&(comparing){profile, view, begin, rows, NULL}, threads, out, err);
}

bool rv_drift_forbids(const rv_drift_sheet *sheet, const rv_profile *profile, char *why, size_t room) {
    double carried = 0, most = -1;
    uint32_t strongest = 0, n = 0;
    if (rv_drift_scores_alarm(sheet, profile)) {
        snprintf(
            why, room,
            "scores have drifted since the profile was learned: %.0f on average with a deviation of %.0f, where %d "
            "and %d are to be expected",
            sheet->average, sheet->deviation, profile->base, RV_SCORE_DEVIATION);
        return true;
    }
    for (uint32_t c = 0; c < sheet->columns; c++) {
        const rv_drift *d = &sheet->column[c];
        if (!rv_drift_alarms(d)) continue;
        n++;
        carried += d->carries;
        if (d->carries > most) most = d->carries, strongest = c;
    }
    if (carried < RV_DRIFT_BEARABLE) return false;
    snprintf(why, room, "'%.60s'%s drifted since the profile was learned and carr%s %.0f %% of the score",
             profile->column[strongest].name, n == 1 ? " has" : " and others have", n == 1 ? "ies" : "y",
             100 * carried);
    return true;
}
