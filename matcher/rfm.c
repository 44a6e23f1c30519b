/*
 * The grid below is the whole of the segmentation: one cell, one segment, so nothing overlaps and nobody is left over.
 * Rows are recency, columns frequency; money only splits a cell in two (4 and 5 are high), because a big basket alone
 * doesn't make a habit, but decides who is worth attention, and whom one can't lose.
 */
#include "rfm.h"
#include "date.h"
#include <assert.h>
#include <string.h>

static const char *const state_names[] = {"", "active", "at_risk", "inactive", "lost"};

const char *rv_state_name(rv_state state) { return state_names[state]; }

bool rv_state_find(const char *name, size_t len, rv_state *out) {
    for (unsigned s = RV_ACTIVE; s <= RV_LOST; s++)
        if (strlen(state_names[s]) == len && memcmp(state_names[s], name, len) == 0) {
            *out = (rv_state)s;
            return true;
        }
    return false;
}

const char *rv_segment_name(unsigned segment) {
    static const char *const names[RV_SEGMENT_COUNT] = {"",        "champions", "loyal",          "potential_loyalist",
                                                        "new",     "promising", "need_attention", "about_to_sleep",
                                                        "at_risk", "cant_lose", "hibernating",    "lost"};
    assert(segment < RV_SEGMENT_COUNT);
    return names[segment];
}

rv_segment_id rv_rfm_segment(unsigned r, unsigned f, unsigned m) {
    enum {
        CH = RV_CHAMPIONS,
        LO = RV_LOYAL,
        PL = RV_POTENTIAL_LOYALIST,
        NW = RV_NEW,
        PR = RV_PROMISING,
        NA = RV_NEED_ATTENTION,
        AS = RV_ABOUT_TO_SLEEP,
        AR = RV_SEGMENT_AT_RISK,
        CL = RV_CANT_LOSE,
        HI = RV_HIBERNATING,
        XX = RV_SEGMENT_LOST
    };
    static const unsigned char grid[5][5][2] = {
        /* f:   1         2         3         4         5      each {m 1-3, m 4-5} */
        {{XX, HI}, {XX, HI}, {AR, CL}, {CL, CL}, {CL, CL}}, /* r 1 */
        {{HI, HI}, {HI, AR}, {AR, AR}, {AR, AR}, {AR, AR}}, /* r 2 */
        {{AS, AS}, {AS, NA}, {NA, NA}, {LO, LO}, {LO, LO}}, /* r 3 */
        {{PR, PR}, {PL, PL}, {PL, LO}, {LO, CH}, {LO, CH}}, /* r 4 */
        {{NW, NW}, {PL, PL}, {PL, LO}, {LO, CH}, {LO, CH}}, /* r 5 */
    };
    assert(r >= 1 && r <= 5 && f >= 1 && f <= 5 && m >= 1 && m <= 5);
    return (rv_segment_id)grid[r - 1][f - 1][m >= 4];
}

/* ceil(k n / 5) without overflow */
static uint64_t rank_of(uint64_t n, unsigned k) { return n / 5 * k + (n % 5 * k + 4) / 5; }

static void note_collapse(rv_quintiles *q) {
    for (unsigned s = 0; s < 5; s++) q->collapsed |= q->count[s] == 0;
}

void rv_quintiles_of(const int64_t *sorted, uint64_t n, rv_quintiles *out) {
    assert(n > 0);
    *out = (rv_quintiles){0};
    for (unsigned k = 1; k <= 4; k++) out->threshold[k - 1] = sorted[rank_of(n, k) - 1];
    for (uint64_t i = 0; i < n; i++) out->count[rv_quintile_score(out, sorted[i]) - 1]++;
    note_collapse(out);
}

void rv_quintiles_of_counts(const uint64_t *counts, size_t n, rv_quintiles *out) {
    uint64_t total = 0, seen = 0;
    for (size_t v = 0; v < n; v++) total += counts[v];
    assert(total > 0);
    *out = (rv_quintiles){0};
    unsigned k = 1;
    for (size_t v = 0; v < n && k <= 4; v++)
        for (seen += counts[v]; k <= 4 && seen >= rank_of(total, k); k++) out->threshold[k - 1] = (int64_t)v;
    for (size_t v = 0; v < n; v++) out->count[rv_quintile_score(out, (int64_t)v) - 1] += counts[v];
    note_collapse(out);
}

unsigned rv_quintile_score(const rv_quintiles *quintiles, int64_t value) {
    unsigned below = 0;
    for (unsigned k = 0; k < 4; k++) below += quintiles->threshold[k] < value;
    return 1 + below;
}

/* The same day of the month, or the month's last when it is shorter. */
static int32_t months_before(int32_t day, unsigned months) {
    int y, m, d;
    rv_date_split(day, &y, &m, &d);
    int64_t month = (int64_t)y * 12 + (m - 1) - (int64_t)months;
    if (month < 12) return rv_date_of(1, 1, 1); /* before year 1: no limit */
    for (int32_t date;; d--) {
        date = rv_date_of((int)(month / 12), (int)(month % 12) + 1, d);
        if (date != RV_DATE_NONE) return date;
    }
}

void rv_state_limits_of(int32_t as_of, unsigned active_months, rv_state_limits *out) {
    out->months[0] = active_months;
    out->months[1] = active_months + (active_months + 1) / 2;
    out->months[2] = active_months * 3;
    for (unsigned i = 0; i < 3; i++) out->since[i] = months_before(as_of, out->months[i]);
}

rv_state rv_state_of(const rv_state_limits *limits, int32_t last_order) {
    for (unsigned i = 0; i < 3; i++)
        if (last_order >= limits->since[i]) return (rv_state)(RV_ACTIVE + i);
    return RV_LOST;
}

const double rv_rhythm_limits[3] = {2, 3, 6};

double rv_rhythm_days(double span_days, uint32_t intervals, double population_days) {
    return (span_days + RV_RHYTHM_WEIGHT * population_days) / (intervals + RV_RHYTHM_WEIGHT);
}

rv_state rv_state_of_rhythm(double silence_days, double span_days, uint32_t intervals, double population_days) {
    double silence = silence_days / rv_rhythm_days(span_days, intervals, population_days);
    for (unsigned i = 0; i < 3; i++)
        if (silence <= rv_rhythm_limits[i]) return (rv_state)(RV_ACTIVE + i);
    return RV_LOST;
}
