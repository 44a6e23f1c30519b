/*
 * Fitting the models of btyd.h.
 *
 * One evaluation of likelihood and gradient costs, per group, one exponential and one logarithm (btyd_kernel.h): all that
 * depends on x alone is tabulated by x (cumulated sums of ln(r + k) and of 1 / (r + k) stand for gamma and digamma), and
 * ln(alpha + t) by day. With A = r + x and gone = v / (u + v) a client's logarithm is
 *   [value(x) + r ln alpha + ln u'(x)] - A ln(alpha + T) + ln(1 + v / u)
 * of which only the last part asks for the group; the others are summed by x and by T, people being counted once for all
 * evaluations. So are their gradients; what is left of each is gone times a difference. BFGS with exact gradients
 * (likelihood.h) needs some 30 evaluations where a simplex needs 300, which lets a million clients be fitted within a run.
 */
#include "btyd.h"
#include "btyd_kernel.h"
#include "likelihood.h"
#include "memory.h"
#include "parallel.h"
#include <assert.h>
#include <math.h>

_Static_assert((int)RV_BTYD_PARAMETERS <= (int)RV_LIKELIHOOD_MAX, "they fit");
enum { P = RV_BTYD_PARAMETERS, RANGE = 8192 }; /* groups a range: about a millisecond's work */

typedef struct by_repeats { /* sums of what x alone decides */
    double value, of_r, of_a, of_b;
    double log_u, log_v;   /* ln of the factors of u and v; log_v is -inf where v is absent */
    double u_of_b, v_of_b; /* derivatives of log_u and log_v by b */
} by_repeats;

typedef struct by_day {
    double log, inverse; /* of alpha + weeks */
} by_day;

typedef struct people { /* of one x, or of one day T */
    double n, repeats;  /* repeats: of a day only */
} people;

typedef struct objective {
    rv_btyd_model model;
    const rv_btyd_group *groups;
    size_t n, ranges;
    int threads;
    uint32_t max_repeats, max_days;
    by_repeats *x;
    by_day *day;
    people *of_x, *of_day;
    rv_btyd_sums *partials;
    double r, log_alpha, alpha, a;
} objective;

static rv_status objective_init(objective *o, rv_btyd_model model, const rv_btyd_group *groups, size_t n, int threads,
                                rv_error *err) {
    *o = (objective){.model = model, .groups = groups, .n = n, .threads = threads};
    for (size_t i = 0; i < n; i++) {
        if (groups[i].repeats > o->max_repeats) o->max_repeats = groups[i].repeats;
        if (groups[i].age_days > o->max_days) o->max_days = groups[i].age_days;
    }
    o->ranges = (n + RANGE - 1) / RANGE;
    o->x = rv_array_new((size_t)o->max_repeats + 1, sizeof *o->x, err);
    o->day = o->x ? rv_array_new((size_t)o->max_days + 1, sizeof *o->day, err) : NULL;
    o->of_x = o->day ? rv_array_new((size_t)o->max_repeats + 1, sizeof *o->of_x, err) : NULL;
    o->of_day = o->of_x ? rv_array_new((size_t)o->max_days + 1, sizeof *o->of_day, err) : NULL;
    o->partials = o->of_day ? rv_array_new(o->ranges ? o->ranges : 1, sizeof *o->partials, err) : NULL;
    if (!o->partials) return RV_NO_MEMORY;
    for (size_t i = 0; i < n; i++) { /* whole numbers: exact in any order */
        o->of_x[groups[i].repeats].n += groups[i].count;
        o->of_day[groups[i].age_days].n += groups[i].count;
        o->of_day[groups[i].age_days].repeats += (double)groups[i].repeats * groups[i].count;
    }
    return RV_OK;
}

static void objective_reset(objective *o) {
    rv_free(o->x);
    rv_free(o->day);
    rv_free(o->of_x);
    rv_free(o->of_day);
    rv_free(o->partials);
}

static void tabulate(objective *o, const double theta[P]) {
    double r = theta[RV_BTYD_R], alpha = theta[RV_BTYD_ALPHA], a = theta[RV_BTYD_A], b = theta[RV_BTYD_B];
    o->r = r, o->alpha = alpha, o->a = a, o->log_alpha = log(alpha);
    for (uint32_t d = 0; d <= o->max_days; d++) {
        double at = alpha + d / 7.0;
        o->day[d] = (by_day){log(at), 1 / at};
    }
    bool bg = o->model == RV_BG;
    /* MBG has one factor a + b + k more than BG */
    by_repeats s = {.value = bg ? 0 : -log(a + b), .of_a = bg ? 0 : -1 / (a + b), .of_b = bg ? 0 : -1 / (a + b)};
    for (uint32_t x = 0; x <= o->max_repeats; x++) {
        if (x > 0) {
            double k = x - 1.0, ab = a + b + (bg ? k : x);
            s.value += log(r + k) + log(b + k) - log(ab);
            s.of_r += 1 / (r + k);
            s.of_a -= 1 / ab;
            s.of_b += 1 / (b + k) - 1 / ab;
        }
        if (bg) {
            s.log_v = x > 0 ? log(a / (b + x - 1.0)) : -INFINITY;
            s.v_of_b = x > 0 ? -1 / (b + x - 1.0) : 0;
        } else {
            s.log_u = log(b + x), s.u_of_b = 1 / (b + x);
            s.log_v = log(a);
        }
        o->x[x] = s;
    }
}

/* What each group says apart from the sums by x and by day. */
static rv_status evaluate_range(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    objective *o = ctx;
    size_t end = (index + 1) * RANGE < o->n ? (index + 1) * RANGE : o->n;
    rv_btyd_sums sums = {0};
    rv_btyd_tile tile;
    for (size_t begin = index * RANGE; begin < end; begin += RV_BTYD_TILE) {
        size_t n = end - begin < RV_BTYD_TILE ? end - begin : RV_BTYD_TILE, filled = 0;
        for (; filled < n; filled++) {
            const rv_btyd_group *g = &o->groups[begin + filled];
            const by_repeats *x = &o->x[g->repeats];
            by_day age = o->day[g->age_days], last = o->day[g->last_days];
            double shape = o->r + g->repeats, log_ratio = age.log - last.log;
            tile.gap[filled] = x->log_v - x->log_u + shape * log_ratio;
            tile.people[filled] = g->count;
            tile.by_r[filled] = log_ratio;
            tile.by_alpha[filled] = shape * (age.inverse - last.inverse);
            tile.by_b[filled] = x->v_of_b - x->u_of_b;
        }
        for (; filled % RV_BTYD_LANES; filled++)
            tile.gap[filled] = tile.people[filled] = tile.by_r[filled] = tile.by_alpha[filled] = tile.by_b[filled] = 0;
        rv_btyd_tile_sum(&tile, filled, &sums);
    }
    o->partials[index] = sums;
    return RV_OK;
}

/* What x and T alone say: everybody's u. */
static double sum_tables(const objective *o, double gradient[P]) {
    double value = 0, per_client = o->r * o->log_alpha;
    for (uint32_t x = 0; x <= o->max_repeats; x++) {
        double n = o->of_x[x].n;
        const by_repeats *of = &o->x[x];
        if (n == 0) continue;
        value += n * (of->value + of->log_u + per_client);
        gradient[RV_BTYD_R] += n * (of->of_r + o->log_alpha);
        gradient[RV_BTYD_ALPHA] += n * (o->r / o->alpha);
        gradient[RV_BTYD_A] += n * of->of_a;
        gradient[RV_BTYD_B] += n * (of->of_b + of->u_of_b);
    }
    for (uint32_t d = 0; d <= o->max_days; d++) {
        double n = o->of_day[d].n, shapes = o->r * n + o->of_day[d].repeats;
        value -= shapes * o->day[d].log;
        gradient[RV_BTYD_R] -= n * o->day[d].log;
        gradient[RV_BTYD_ALPHA] -= shapes * o->day[d].inverse;
    }
    return value;
}

/* Log-likelihood and its gradient by the logarithms of the parameters. */
static double evaluate(void *ctx, const double *log_theta, double *gradient) {
    objective *o = ctx;
    double theta[P];
    for (unsigned j = 0; j < P; j++) theta[j] = exp(log_theta[j]);
    tabulate(o, theta);
    rv_status status = rv_parallel(o->ranges > 3 ? o->threads : 1, o->ranges, evaluate_range, o, NULL);
    assert(status == RV_OK); /* a range can't fail */
    (void)status;
    for (unsigned j = 0; j < P; j++) gradient[j] = 0;
    double value = sum_tables(o, gradient);
    for (size_t i = 0; i < o->ranges; i++) {
        value += o->partials[i].log;
        gradient[RV_BTYD_R] += o->partials[i].by_r;
        gradient[RV_BTYD_ALPHA] += o->partials[i].by_alpha;
        gradient[RV_BTYD_A] += o->partials[i].gone / o->a;
        gradient[RV_BTYD_B] += o->partials[i].by_b;
    }
    for (unsigned j = 0; j < P; j++) gradient[j] *= theta[j];
    return value;
}

/* --- The two entries ------------------------------------------------------------------------------------------------- */

/* Counts and rough rates to begin with; false when there's too little to fit. */
static bool look_over(const rv_btyd_group *groups, size_t n, rv_btyd *out, double start[P]) {
    double repeats = 0, weeks = 0;
    for (size_t i = 0; i < n; i++) {
        out->clients += groups[i].count;
        if (groups[i].repeats > 0) out->repeat_clients += groups[i].count;
        repeats += (double)groups[i].repeats * groups[i].count;
        weeks += groups[i].age_days / 7.0 * groups[i].count;
    }
    out->groups = n;
    if (out->clients < RV_BTYD_MIN_CLIENTS) out->why = "fewer than 50 clients with an order";
    else if (out->repeat_clients < RV_BTYD_MIN_REPEAT) out->why = "fewer than 10 clients with a second order";
    else if (n < RV_BTYD_MIN_DISTINCT) out->why = "fewer than 5 distinct histories: nearly all clients are alike";
    if (out->why) return false;
    start[RV_BTYD_R] = 0; /* logarithms: r = 1, a = 1, b = 2, and alpha such that the mean rate is the observed one */
    start[RV_BTYD_ALPHA] = log(weeks / repeats);
    start[RV_BTYD_A] = 0;
    start[RV_BTYD_B] = log(2);
    return true;
}

static void take_over(const rv_maximum *best, rv_btyd *fit) {
    memcpy(fit->theta, best->theta, sizeof fit->theta);
    memcpy(fit->deviation, best->deviation, sizeof fit->deviation);
    fit->log_likelihood = best->log_likelihood;
    fit->converged = best->converged;
    fit->at_bound = best->at_bound;
    fit->iterations = best->iterations;
    fit->evaluations = best->evaluations;
    fit->fitted = fit->converged && isfinite(fit->log_likelihood);
    if (!fit->fitted) fit->why = "the search for the likelihood's maximum didn't converge";
}

rv_status rv_btyd_fit(rv_btyd_model model, const rv_btyd_group *groups, size_t n, int threads, rv_btyd *out,
                      rv_error *err) {
    rv_btyd fit = {.model = model};
    double start[P];
    if (!look_over(groups, n, &fit, start)) {
        *out = fit;
        return RV_OK;
    }
    objective o;
    rv_status status = objective_init(&o, model, groups, n, threads, err);
    if (status == RV_OK) {
        rv_maximum best;
        rv_likelihood_maximise(&(rv_likelihood){evaluate, &o, P, (double)fit.clients}, start, &best);
        take_over(&best, &fit);
        *out = fit;
    }
    objective_reset(&o);
    return status;
}

rv_status rv_btyd_likelihood(rv_btyd_model model, const double theta[RV_BTYD_PARAMETERS], const rv_btyd_group *groups,
                             size_t n, int threads, double *out, rv_error *err) {
    objective o;
    rv_status status = objective_init(&o, model, groups, n, threads, err);
    if (status == RV_OK) {
        double at[P], gradient[P];
        for (unsigned j = 0; j < P; j++) at[j] = log(theta[j]);
        *out = evaluate(&o, at, gradient);
    }
    objective_reset(&o);
    return status;
}
