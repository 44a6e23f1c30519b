/* See likelihood.h. The negative mean log-likelihood goes down; parameters are held within their bounds. */
#include "likelihood.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { P = RV_LIKELIHOOD_MAX };

typedef struct search {
    const rv_likelihood *of;
    unsigned evaluations;
    double at[P], value, gradient[P]; /* of the negative mean log-likelihood */
    double inverse[P][P];             /* of the curvature, as learned */
} search;

static double dot(unsigned n, const double *a, const double *b) {
    double sum = 0;
    for (unsigned j = 0; j < n; j++) sum += a[j] * b[j];
    return sum;
}

static double greatest(unsigned n, const double *v) {
    double m = 0;
    for (unsigned j = 0; j < n; j++) m = fmax(m, fabs(v[j]));
    return m;
}

static double evaluate(search *s, const double *at, double *gradient) {
    s->evaluations++;
    return s->of->evaluate(s->of->ctx, at, gradient);
}

static void evaluate_mean(search *s, const double *at, double *value, double *gradient) {
    *value = -evaluate(s, at, gradient) / s->of->people;
    for (unsigned j = 0; j < s->of->n; j++) gradient[j] /= -s->of->people;
}

static void set_identity(search *s, double scale) {
    for (unsigned i = 0; i < P; i++)
        for (unsigned j = 0; j < P; j++) s->inverse[i][j] = i == j ? scale : 0;
}

static void update_inverse(search *s, const double *step, const double *change, bool first) {
    unsigned n = s->of->n;
    double curvature = dot(n, step, change);
    if (curvature <= 1e-12 * sqrt(dot(n, step, step) * dot(n, change, change))) return; /* keep it positive definite */
    if (first) set_identity(s, curvature / dot(n, change, change));
    double hy[P];
    for (unsigned i = 0; i < n; i++) hy[i] = dot(n, s->inverse[i], change);
    double scale = (1 + dot(n, change, hy) / curvature) / curvature;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++)
            s->inverse[i][j] += scale * step[i] * step[j] - (hy[i] * step[j] + step[i] * hy[j]) / curvature;
}

/* Bit j: parameter j is at its bound and the slope leads further out; such a one is held. */
static unsigned held(const search *s) {
    unsigned bits = 0;
    for (unsigned j = 0; j < s->of->n; j++)
        bits |= (unsigned)((s->at[j] <= -RV_LIKELIHOOD_BOUND && s->gradient[j] > 0) ||
                           (s->at[j] >= RV_LIKELIHOOD_BOUND && s->gradient[j] < 0))
                << j;
    return bits;
}

/* The greatest slope that may still be followed. */
static double slope_left(const search *s) {
    double m = 0;
    for (unsigned j = 0, bits = held(s); j < s->of->n; j++)
        if (!(bits >> j & 1)) m = fmax(m, fabs(s->gradient[j]));
    return m;
}

/* The way down as far as the curvature is known, among the parameters that aren't held. */
static void find_direction(const search *s, unsigned bits, double *direction) {
    unsigned n = s->of->n;
    for (unsigned i = 0; i < n; i++) {
        direction[i] = 0;
        for (unsigned k = 0; k < n && !(bits >> i & 1); k++)
            if (!(bits >> k & 1)) direction[i] -= s->inverse[i][k] * s->gradient[k];
    }
}

/* Goes down along `direction` until the value falls enough (Armijo). Steps stay below 2 in any logarithm. */
static bool line_search(search *s, const double *direction, double *step, double *change) {
    unsigned n = s->of->n;
    double slope = dot(n, direction, s->gradient), length = fmin(1, 2 / greatest(n, direction));
    for (unsigned tries = 0; tries < 40; tries++, length /= 2) {
        double at[P], value, gradient[P];
        for (unsigned j = 0; j < n; j++)
            at[j] = fmax(-RV_LIKELIHOOD_BOUND, fmin(RV_LIKELIHOOD_BOUND, s->at[j] + length * direction[j]));
        evaluate_mean(s, at, &value, gradient);
        if (!(value <= s->value + 1e-4 * length * slope)) continue; /* NaN too */
        for (unsigned j = 0; j < n; j++) {
            step[j] = at[j] - s->at[j];
            change[j] = gradient[j] - s->gradient[j];
            s->at[j] = at[j];
            s->gradient[j] = gradient[j];
        }
        s->value = value;
        return true;
    }
    return false;
}

static void minimise(search *s, rv_maximum *out) {
    const double flat = 1e-8; /* mean gradient at which parameters stand still in their 6th digit or better */
    unsigned n = s->of->n, idle = 0, were_held = 0;
    bool fresh = true;
    set_identity(s, 1);
    evaluate_mean(s, s->at, &s->value, s->gradient);
    for (out->iterations = 0; out->iterations < 200 && idle < 3 && slope_left(s) > flat; out->iterations++) {
        double direction[P], step[P], change[P], before = s->value;
        unsigned bits = held(s);
        if (bits != were_held) { /* what was learned of the curvature is of another space */
            set_identity(s, 1);
            fresh = true;
            were_held = bits;
        }
        find_direction(s, bits, direction);
        if (dot(n, direction, s->gradient) >= 0 || !line_search(s, direction, step, change)) {
            if (fresh) break; /* not even the steepest descent goes down: rounding is all that is left */
            set_identity(s, 1);
            fresh = true;
            continue;
        }
        update_inverse(s, step, change, fresh);
        fresh = false;
        idle = before - s->value > 1e-13 * (1 + fabs(before)) ? 0 : idle + 1;
        if (idle == 2) { /* what was learned of the curvature may be what holds it up */
            set_identity(s, 1);
            fresh = true;
        }
    }
    out->converged = slope_left(s) <= 1e-5;
}

/* Inverts a symmetric positive definite matrix by Cholesky; false when it isn't one. */
static bool invert(unsigned n, double m[P][P], double out[P][P]) {
    double l[P][P] = {{0}};
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j <= i; j++) {
            double sum = m[i][j];
            for (unsigned k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 1e-12 * m[i][i])) return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    for (unsigned c = 0; c < n; c++) { /* solve l l' column = unit vector */
        double y[P];
        for (unsigned i = 0; i < n; i++) {
            double sum = i == c;
            for (unsigned k = 0; k < i; k++) sum -= l[i][k] * y[k];
            y[i] = sum / l[i][i];
        }
        for (unsigned i = n; i-- > 0;) {
            double sum = y[i];
            for (unsigned k = i + 1; k < n; k++) sum -= l[k][i] * out[k][c];
            out[i][c] = sum / l[i][i];
        }
    }
    return true;
}

/* The curvature by differences of exact gradients; errors of the logarithms times the parameter. */
static void deviations(search *s, rv_maximum *out) {
    const double h = 1e-4;
    unsigned n = s->of->n;
    double curvature[P][P], covariance[P][P];
    for (unsigned i = 0; i < n; i++) {
        double at[P], up[P], down[P];
        memcpy(at, s->at, sizeof at);
        at[i] = s->at[i] + h;
        evaluate(s, at, up);
        at[i] = s->at[i] - h;
        evaluate(s, at, down);
        for (unsigned j = 0; j < n; j++) curvature[i][j] = -(up[j] - down[j]) / (2 * h);
    }
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < i; j++) curvature[i][j] = curvature[j][i] = (curvature[i][j] + curvature[j][i]) / 2;
    bool known = invert(n, curvature, covariance);
    for (unsigned j = 0; j < n; j++) out->deviation[j] = known ? out->theta[j] * sqrt(covariance[j][j]) : NAN;
}

void rv_likelihood_maximise(const rv_likelihood *likelihood, const double *log_start, rv_maximum *out) {
    assert(likelihood->n >= 1 && likelihood->n <= P);
    search s = {.of = likelihood};
    *out = (rv_maximum){0};
    memcpy(s.at, log_start, likelihood->n * sizeof *log_start);
    minimise(&s, out);
    for (unsigned j = 0; j < likelihood->n; j++) {
        out->theta[j] = exp(s.at[j]);
        if (fabs(s.at[j]) > RV_LIKELIHOOD_BOUND - 0.01) out->at_bound |= 1u << j;
    }
    out->log_likelihood = -s.value * likelihood->people;
    deviations(&s, out);
    out->evaluations = s.evaluations;
}
