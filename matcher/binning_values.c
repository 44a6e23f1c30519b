/*
 * Reading a dictionary as numbers or dates. The scale is chosen by people, not by distinct values: an age column with
 * three rows of "n/a" is a column of numbers, and those three are "other".
 */
#include "binning.h"

#include "date.h"
#include <math.h>
#include <stdlib.h>

const char *rv_scale_name(rv_scale scale) {
    static const char *const names[RV_SCALE_COUNT] = {"category", "number", "date"};
    return names[scale];
}

static bool read_number(rv_text text, char decimal, double *out) {
    return rv_text_to_decimal(text, decimal, out) && isfinite(*out);
}

static bool read_date(rv_text text, double *out) {
    /* eight digits alone are a number; a date shows its parts */
    if (text.len < 8 || text.len > 32 ||
        !(memchr(text.ptr, '-', text.len) || memchr(text.ptr, '/', text.len) || memchr(text.ptr, '.', text.len)))
        return false;
    int32_t day = rv_date_parse(text, RV_DATE_ORDER_AUTO);
    *out = day;
    return day != RV_DATE_NONE;
}

rv_scale rv_values_scale(const rv_dictionary *dictionary, const uint32_t *people) {
    uint64_t all = 0, numbers = 0, dates = 0;
    for (uint32_t code = 1; code <= dictionary->n; code++) {
        rv_text text = rv_dictionary_value(dictionary, code);
        double x;
        all += people[code];
        if (read_number(text, '.', &x) || read_number(text, ',', &x)) numbers += people[code];
        else if (read_date(text, &x)) dates += people[code];
    }
    if (all == 0) return RV_SCALE_CATEGORY;
    uint64_t enough = all - all / 20;
    return numbers >= enough ? RV_SCALE_NUMBER : dates >= enough ? RV_SCALE_DATE : RV_SCALE_CATEGORY;
}

typedef struct ranked {
    double number;
    uint32_t code;
} ranked;

static int by_number(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return x->code < y->code ? -1 : x->code > y->code;
}

/* Fills order; a finished dictionary of plain numbers is in order already. */
static rv_status sort_numbers(rv_values *values, uint32_t n, rv_error *err) {
    bool sorted = true;
    uint32_t last = 0;
    for (uint32_t code = 1; code <= n; code++) {
        if (isnan(values->number[code])) continue;
        if (last && values->number[code] < values->number[last]) sorted = false;
        values->order[values->n_numbers++] = last = code;
    }
    if (sorted) return RV_OK;
    ranked *pairs = rv_array_new(values->n_numbers, sizeof *pairs, err);
    if (!pairs) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < values->n_numbers; i++)
        pairs[i] = (ranked){values->number[values->order[i]], values->order[i]};
    qsort(pairs, values->n_numbers, sizeof *pairs, by_number);
    for (uint32_t i = 0; i < values->n_numbers; i++) values->order[i] = pairs[i].code;
    rv_free(pairs);
    return RV_OK;
}

static void read_all(const rv_dictionary *dictionary, rv_values *values) {
    char decimal = ',';
    for (uint32_t code = 1; code <= dictionary->n && decimal == ','; code++) {
        double x;
        rv_text text = rv_dictionary_value(dictionary, code);
        if (read_number(text, '.', &x) && !read_number(text, ',', &x)) decimal = '.';
    }
    values->whole = true;
    values->number[0] = NAN;
    for (uint32_t code = 1; code <= dictionary->n; code++) {
        rv_text text = rv_dictionary_value(dictionary, code);
        double x;
        bool known = values->scale == RV_SCALE_DATE ? read_date(text, &x) : read_number(text, decimal, &x);
        values->number[code] = known ? x : NAN;
        values->words += !known;
        if (known && (x != floor(x) || fabs(x) > 9e15)) values->whole = false;
    }
}

rv_status rv_values_read(const rv_dictionary *dictionary, rv_scale scale, rv_values *out, rv_error *err) {
    rv_values values = {.scale = scale};
    if (scale != RV_SCALE_CATEGORY) {
        rv_status status = RV_NO_MEMORY;
        values.number = rv_array_new((size_t)dictionary->n + 1, sizeof *values.number, err);
        if (values.number) values.order = rv_array_new((size_t)dictionary->n + 1, sizeof *values.order, err);
        if (values.order) {
            read_all(dictionary, &values);
            status = sort_numbers(&values, dictionary->n, err);
        }
        if (status != RV_OK) {
            rv_values_reset(&values);
            return status;
        }
    }
    *out = values;
    return RV_OK;
}

void rv_values_reset(rv_values *values) {
    rv_free(values->number);
    rv_free(values->order);
    *values = (rv_values){0};
}
