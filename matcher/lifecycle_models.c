/* What segment tells of its models: parameters with their errors, whether the search came to an end, and why there is none. */
#include "lifecycle_detail.h"
#include "messages.h"
#include <math.h>

static const char *const btyd_names[RV_BTYD_PARAMETERS] = {"r", "alpha", "a", "b"};
static const char *const spend_names[RV_SPEND_PARAMETERS] = {"p", "q", "v"};

static void json_parameters(rv_json *json, const char *const *names, const double *theta, const double *deviation,
                            unsigned at_bound, unsigned n) {
    for (unsigned j = 0; j < n; j++) rv_json_put_number(json, names[j], theta[j]);
    rv_json_key(json, "standard_errors");
    rv_json_array(json);
    for (unsigned j = 0; j < n; j++) rv_json_number(json, deviation[j]);
    rv_json_end(json, ']');
    rv_json_key(json, "at_bound");
    rv_json_array(json);
    for (unsigned j = 0; j < n; j++)
        if (at_bound >> j & 1) rv_json_string(json, names[j]);
    rv_json_end(json, ']');
}

static void json_model(rv_json *json, const rv_life_detail *life) {
    const rv_btyd *fit = &life->fit;
    rv_json_key(json, "model");
    rv_json_object(json);
    rv_json_put_string(json, "name", fit->model == RV_BG ? "bg" : "mbg");
    rv_json_put_bool(json, "fitted", fit->fitted);
    if (!fit->fitted) rv_json_put_string(json, "why", fit->why);
    else {
        json_parameters(json, btyd_names, fit->theta, fit->deviation, fit->at_bound, RV_BTYD_PARAMETERS);
        rv_json_put_number(json, "log_likelihood", fit->log_likelihood);
        rv_json_put_bool(json, "converged", fit->converged);
        rv_json_put_unsigned(json, "iterations", fit->iterations);
        rv_json_put_unsigned(json, "distinct", fit->groups);
        rv_json_put_unsigned(json, "horizon_days", life->horizon_days);
        rv_json_put_number(json, "expected_orders", life->expected);
    }
    rv_json_end(json, '}');
}

static void json_spend(rv_json *json, const rv_spend *fit) {
    rv_json_key(json, "value_model");
    rv_json_object(json);
    rv_json_put_string(json, "name", "gamma_gamma");
    rv_json_put_bool(json, "fitted", fit->fitted);
    if (!fit->fitted) rv_json_put_string(json, "why", fit->why);
    rv_json_put_unsigned(json, "clients", fit->clients);
    rv_json_put_number(json, "mean_order_value", fit->mean);
    rv_json_put_number(json, "correlation", fit->correlation);
    if (fit->fitted) {
        json_parameters(json, spend_names, fit->theta, fit->deviation, fit->at_bound, RV_SPEND_PARAMETERS);
        rv_json_put_number(json, "log_likelihood", fit->log_likelihood);
        rv_json_put_bool(json, "converged", fit->converged);
        rv_json_put_unsigned(json, "iterations", fit->iterations);
    }
    rv_json_end(json, '}');
}

/* " r 0.2426 (0.0126), alpha ...": the standard error behind each. */
static void text_parameters(rv_buffer *text, const char *const *names, const double *theta, const double *deviation,
                            unsigned n) {
    for (unsigned j = 0; j < n; j++) {
        rv_buffer_format(text, "%s %s %.4f", j ? "," : "", names[j], theta[j]);
        if (isnan(deviation[j])) rv_tell(text, " (flat)");
        else rv_buffer_format(text, " (%.4f)", deviation[j]);
    }
}

/* A parameter at its bound isn't known, but what follows from it is. */
static void text_bounds(rv_buffer *text, const rv_btyd *f) {
    if (f->at_bound >> RV_BTYD_A & 1 || f->at_bound >> RV_BTYD_B & 1)
        rv_tell(text, "  a or b is at its bound: all leave with the same probability, or nobody seems to\n");
    if (f->at_bound >> RV_BTYD_R & 1 || f->at_bound >> RV_BTYD_ALPHA & 1)
        rv_tell(text, "  r or alpha is at its bound: all buy at the same rate\n");
}

static void text_model(rv_buffer *text, const rv_life_detail *life) {
    const rv_btyd *f = &life->fit;
    const char *name = f->model == RV_BG ? "BG/NBD" : "MBG/NBD";
    if (!f->fitted) {
        rv_tell(text, "no %s model: ", name);
        rv_tell_padded(text, f->why, 0);
        rv_buffer_byte(text, '\n');
        return;
    }
    rv_buffer_format(text, "%s:", name);
    text_parameters(text, btyd_names, f->theta, f->deviation, RV_BTYD_PARAMETERS);
    rv_tell(text, "; log-likelihood %.1f; converged after %u iterations on %llu distinct clients\n", f->log_likelihood,
            f->iterations, (unsigned long long)f->groups);
    text_bounds(text, f);
    rv_tell(text, "  %.0f orders expected within %u days\n", life->expected, life->horizon_days);
}

static void text_spend(rv_buffer *text, const rv_spend *f) {
    if (!f->fitted) {
        rv_tell(text, "no gamma-gamma model of order values: ");
        rv_tell_padded(text, f->why, 0);
        rv_buffer_byte(text, '\n');
        return;
    }
    rv_tell(text, "gamma-gamma:");
    text_parameters(text, spend_names, f->theta, f->deviation, RV_SPEND_PARAMETERS);
    rv_tell(text, "; log-likelihood %.1f; an order is worth %.2f on average; correlation with orders %.2f\n",
            f->log_likelihood, f->mean, f->correlation);
}

void rv_life_models_json(rv_json *json, const rv_life_detail *life) {
    json_model(json, life);
    json_spend(json, &life->spend);
}

void rv_life_models_text(rv_buffer *text, const rv_life_detail *life) {
    text_model(text, life);
    text_spend(text, &life->spend);
}
