/*
 * The grid below is the whole of the segmentation: one cell, one segment, so nothing overlaps and nobody is left over.
 * Rows are recency, columns frequency; money only splits a cell in two (4 and 5 are high), because a big basket alone
 * doesn't make a habit, but decides who is worth attention, and whom one can't lose.
 */
#include "rfm.h"
#include "amount.h"
#include "date.h"
#include "memory.h"
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

static void begin(const int64_t *own, rv_quintiles *out) {
    *out = (rv_quintiles){.own = own != NULL};
    if (own) memcpy(out->threshold, own, sizeof out->threshold);
}

static void note_collapse(rv_quintiles *q) {
    for (unsigned s = 0; s < 5; s++) q->collapsed |= q->count[s] == 0;
}

/*
 * The values of some ranks (from 0, ascending) without sorting all: values are counted in 65,536 steps between the
 * least and the greatest, and only those of the steps in which the ranks lie are looked at again, likewise. Money has a
 * long tail, but the steps are narrow even so: a million amounts take two passes and a few thousand values more.
 */
static rv_status pick(const int64_t *values, uint64_t n, const uint64_t *ranks, unsigned n_ranks, int64_t *out,
                      rv_error *err) {
    enum { STEPS = 1 << 16 };
    int64_t least = values[0], greatest = values[0];
    for (uint64_t i = 1; i < n; i++) {
        least = values[i] < least ? values[i] : least;
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    uint64_t range = (uint64_t)greatest - (uint64_t)least;
    unsigned shift = range < STEPS ? 0 : 48 - (unsigned)__builtin_clzll(range);
    uint64_t *counts = rv_array_new(STEPS, sizeof *counts, err), below = 0;
    if (!counts) return RV_NO_MEMORY;
    for (uint64_t i = 0; i < n; i++) counts[((uint64_t)values[i] - (uint64_t)least) >> shift]++;
    rv_status status = RV_OK;
    for (uint64_t step = 0, k = 0; k < n_ranks && status == RV_OK; below += counts[step++]) {
        uint64_t inside[4];
        unsigned same = 0;
        while (k + same < n_ranks && ranks[k + same] < below + counts[step]) {
            inside[same] = ranks[k + same] - below;
            out[k + same++] = (int64_t)((uint64_t)least + step);
        }
        if (shift > 0 && same > 0) {
            int64_t *some = rv_array_new(counts[step], sizeof *some, err);
            uint64_t m = 0;
            for (uint64_t i = 0; i < n && some; i++)
                if (((uint64_t)values[i] - (uint64_t)least) >> shift == step) some[m++] = values[i];
            status = some ? pick(some, m, inside, same, out + k, err) : RV_NO_MEMORY;
            rv_free(some);
        }
        k += same;
    }
    rv_free(counts);
    return status;
}

rv_status rv_quintiles_of(const int64_t *values, uint64_t n, const int64_t *own, rv_quintiles *out, rv_error *err) {
    assert(n > 0);
    rv_quintiles q;
    begin(own, &q);
    const uint64_t ranks[4] = {rank_of(n, 1) - 1, rank_of(n, 2) - 1, rank_of(n, 3) - 1, rank_of(n, 4) - 1};
    if (!own) RV_TRY(pick(values, n, ranks, 4, q.threshold, err));
    for (uint64_t i = 0; i < n; i++) q.count[rv_quintile_score(&q, values[i]) - 1]++;
    note_collapse(&q);
    *out = q;
    return RV_OK;
}

void rv_quintiles_of_counts(const uint64_t *counts, size_t n, const int64_t *own, rv_quintiles *out) {
    uint64_t total = 0, seen = 0;
    for (size_t v = 0; v < n; v++) total += counts[v];
    assert(total > 0);
    begin(own, out);
    unsigned k = 1;
    for (size_t v = 0; v < n && k <= 4 && !own; v++)
        for (seen += counts[v]; k <= 4 && seen >= rank_of(total, k); k++) out->threshold[k - 1] = (int64_t)v;
    for (size_t v = 0; v < n; v++) out->count[rv_quintile_score(out, (int64_t)v) - 1] += counts[v];
    note_collapse(out);
}

/* --- Limits of one's own ------------------------------------------------------------------------------------------ */

static bool read_limit(rv_text text, unsigned measure, int64_t *out) {
    uint64_t whole;
    if (measure == 2) return rv_amount_parse(text, '.', out, NULL) == NULL;
    if (!rv_text_to_unsigned(text, &whole) || whole > INT32_MAX) return false;
    *out = (int64_t)whole;
    return true;
}

static bool read_limits(rv_text text, unsigned measure, int64_t out[4]) {
    for (unsigned k = 0; k < 4; k++) {
        const char *end = k < 3 ? memchr(text.ptr, '/', text.len) : text.ptr + text.len;
        if (!end || !read_limit(rv_text_make(text.ptr, (size_t)(end - text.ptr)), measure, &out[k])) return false;
        if (k > 0 && out[k] <= out[k - 1]) return false;
        if (k < 3) text = rv_text_make(end + 1, text.len - (size_t)(end + 1 - text.ptr));
    }
    return true;
}

rv_status rv_rfm_limits_parse(const char *text, rv_rfm_limits *out, rv_error *err) {
    static const char measures[] = "rfm";
    *out = (rv_rfm_limits){0};
    for (const char *at = text; at;) {
        size_t len = strcspn(at, ",");
        const char *measure = len > 2 && at[1] == '=' ? strchr(measures, at[0]) : NULL;
        unsigned m = measure ? (unsigned)(measure - measures) : 0;
        if (!measure || out->given[m] || !read_limits(rv_text_make(at + 2, len - 2), m, out->threshold[m])) {
            rv_fail(err, RV_BAD_ARGUMENT, "rfm: '%.*s' isn't a measure (r, f or m) with four ascending limits",
                    (int)len, at);
            rv_error_hint(err, "--rfm r=30/90/180/365,f=1/2/4/9,m=20/50/100/250");
            return RV_BAD_ARGUMENT;
        }
        out->given[m] = true;
        at = at[len] ? at + len + 1 : NULL;
    }
    return RV_OK;
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
