/* See arrow_values.h. */
#include "arrow_values.h"

#include "csv_writer.h"
#include "date.h"
#include "encoding.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 wide;

/* --- Types ------------------------------------------------------------------------------------------------------- */

/* "d:38,10" or "d:38,10,128" */
static bool decimal_of(const char *format, rv_arrow_type *out) {
    int precision, scale, bits = 128, end = 0;
    if (sscanf(format, "d:%d,%d%n", &precision, &scale, &end) != 2) return false;
    if (format[end] == ',') {
        int more = 0;
        if (sscanf(format + end, ",%d%n", &bits, &more) != 1) return false;
        end += more;
    }
    if (format[end] || bits != 128 || precision < 1 || precision > 38 || scale < -38 || scale > 38) return false;
    *out = (rv_arrow_type){.kind = RV_ARROW_DECIMAL, .bytes = 16, .scale = (int8_t)scale};
    return true;
}

static bool timestamp_of(const char *format, rv_arrow_type *out) {
    static const char units[] = "smun";
    const char *unit = format[2] && format[3] == ':' ? strchr(units, format[2]) : NULL;
    if (!unit) return false;
    *out = (rv_arrow_type){.kind = RV_ARROW_TIMESTAMP, .bytes = 8, .digits = (uint8_t)(3 * (unit - units)), .zone = format[4]};
    return true;
}

bool rv_arrow_type_of(const char *format, rv_arrow_type *out) {
    static const struct {
        char format[4];
        rv_arrow_type type;
    } types[] = {
        {"n", {.kind = RV_ARROW_NULL}},
        {"b", {.kind = RV_ARROW_BOOL}},
        {"c", {.kind = RV_ARROW_SIGNED, .bytes = 1}},
        {"C", {.kind = RV_ARROW_UNSIGNED, .bytes = 1}},
        {"s", {.kind = RV_ARROW_SIGNED, .bytes = 2}},
        {"S", {.kind = RV_ARROW_UNSIGNED, .bytes = 2}},
        {"i", {.kind = RV_ARROW_SIGNED, .bytes = 4}},
        {"I", {.kind = RV_ARROW_UNSIGNED, .bytes = 4}},
        {"l", {.kind = RV_ARROW_SIGNED, .bytes = 8}},
        {"L", {.kind = RV_ARROW_UNSIGNED, .bytes = 8}},
        {"f", {.kind = RV_ARROW_FLOAT, .bytes = 4}},
        {"g", {.kind = RV_ARROW_FLOAT, .bytes = 8}},
        {"u", {.kind = RV_ARROW_TEXT, .bytes = 4}},
        {"U", {.kind = RV_ARROW_TEXT, .bytes = 8}},
        {"vu", {.kind = RV_ARROW_TEXT_VIEW, .bytes = 16}},
        {"tdD", {.kind = RV_ARROW_DATE, .bytes = 4}},
        {"tdm", {.kind = RV_ARROW_DATE, .bytes = 8}},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(format, types[i].format) == 0) {
            *out = types[i].type;
            return true;
        }
    if (format[0] == 'd') return decimal_of(format, out);
    return format[0] == 't' && format[1] == 's' && timestamp_of(format, out);
}

const char *rv_arrow_array_fault(const rv_arrow_type *type, const struct ArrowArray *a, int64_t rows) {
    if (a->offset < 0 || a->length < rows || a->offset > INT64_MAX / 16 - a->length) return "its length";
    if (type->kind == RV_ARROW_NULL) return NULL;
    const int64_t buffers = type->kind == RV_ARROW_TEXT ? 3 : 2;
    if (type->kind == RV_ARROW_TEXT_VIEW ? a->n_buffers < 3 : a->n_buffers != buffers) return "its number of buffers";
    if (!a->buffers || (rows && !a->buffers[1])) return "a buffer that isn't there";
    return NULL;
}

/* --- Numbers ----------------------------------------------------------------------------------------------------- */

static int64_t load_signed(const char *p, unsigned bytes) {
    const unsigned unused = 64 - 8 * bytes;
    return (int64_t)(rv_load_bytes(p, bytes) << unused) >> unused;
}

int64_t rv_arrow_integer(const rv_arrow_type *type, const struct ArrowArray *a, int64_t at) {
    const char *p = (const char *)a->buffers[1] + type->bytes * at;
    return type->kind == RV_ARROW_UNSIGNED ? (int64_t)rv_load_bytes(p, type->bytes) : load_signed(p, type->bytes);
}

/* m * 10^exponent; without a point, which a host program's locale may write otherwise. */
static bool comes_back(uint64_t m, int exponent, double value, bool single) {
    char text[40];
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)m, exponent);
    return single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

/* The digits of a positive number: `n` of them, of which the first stands for 10^exponent. The nearest number of so many
 * digits is tried. Powers of two have twice as much room above as below: there the next one may come back where it doesn't. */
static int fewest_digits(double value, bool single, char *digits, int *exponent) {
    const int last = single ? 9 : 17; /* always come back; 6 and 15 can't be missed by fewer, but among the smallest */
    int n = value < (single ? (double)FLT_MIN : DBL_MIN) ? 1 : single ? 6 : 15;
    int power;
    const bool lopsided = frexp(value, &power) == .5;
    for (;; n++) {
        char text[40];
        snprintf(text, sizeof text, "%.*e", n - 1, value);
        uint64_t m = 0;
        for (const char *p = text; *p != 'e'; p++)
            if (*p >= '0' && *p <= '9') m = 10 * m + (uint64_t)(*p - '0');
        int tail = atoi(strchr(text, 'e') + 1) - (n - 1); /* of the last digit */
        if (n < last && !comes_back(m, tail, value, single)) {
            if (!lopsided || !comes_back(m + 1, tail, value, single)) continue;
            m++;
        }
        n = snprintf(digits, 24, "%llu", (unsigned long long)m);
        *exponent = tail + n - 1;
        while (n > 1 && digits[n - 1] == '0') n--;
        return n;
    }
}

/* As Python and DuckDB write them: 2.0, 0.1, 1e+16, 1e-05. */
static void put_float(rv_buffer *cells, const char *p, bool single) {
    float narrow;
    double value;
    memcpy(single ? (void *)&narrow : (void *)&value, p, single ? sizeof narrow : sizeof value);
    if (single) value = (double)narrow;
    if (!isfinite(value)) {
        rv_buffer_string(cells, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    char digits[24] = "0";
    int exponent = 0, n = value == 0 ? 1 : fewest_digits(fabs(value), single, digits, &exponent);
    if (signbit(value)) rv_buffer_byte(cells, '-');
    if (exponent < -4 || exponent >= 16) {
        rv_buffer_add(cells, digits, 1);
        if (n > 1) rv_buffer_byte(cells, '.');
        rv_buffer_add(cells, digits + 1, (size_t)n - 1);
        rv_buffer_format(cells, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    const int whole = exponent < 0 ? 0 : exponent + 1; /* digits before the point */
    if (!whole) rv_buffer_byte(cells, '0');
    for (int i = 0; i < whole; i++) rv_buffer_byte(cells, i < n ? digits[i] : '0');
    rv_buffer_byte(cells, '.');
    for (int zeros = -exponent - 1; zeros > 0; zeros--) rv_buffer_byte(cells, '0');
    if (n > whole) rv_buffer_add(cells, digits + whole, (size_t)(n - whole));
    else rv_buffer_byte(cells, '0');
}

static void put_decimal(rv_buffer *cells, const char *p, int scale) {
    wide value;
    memcpy(&value, p, sizeof value);
    const bool negative = value >> 127;
    if (negative) value = -value;
    char digits[40]; /* from the right */
    int n = 0;
    do digits[n++] = (char)('0' + (int)(value % 10));
    while ((value /= 10) != 0);
    if (negative) rv_buffer_byte(cells, '-');
    const bool zero = n == 1 && digits[0] == '0';
    for (int i = n > scale ? n - 1 : scale; i >= 0; i--) {
        rv_buffer_byte(cells, i < n ? digits[i] : '0');
        if (i == scale && i > 0) rv_buffer_byte(cells, '.');
    }
    for (int i = scale; i < 0 && !zero; i++) rv_buffer_byte(cells, '0');
}

/* --- Dates and times --------------------------------------------------------------------------------------------- */

static const char *put_day(rv_buffer *cells, int64_t day) {
    if (day < rv_date_of(1, 1, 1) || day > rv_date_of(9999, 12, 31)) return "a date outside the years 1 to 9999";
    char text[11];
    rv_date_format((int32_t)day, text);
    rv_buffer_string(cells, text);
    return NULL;
}

static int64_t floored(int64_t value, int64_t by, int64_t *rest) {
    int64_t quotient = value / by;
    *rest = value % by;
    if (*rest < 0) *rest += by, quotient--;
    return quotient;
}

static const char *put_timestamp(rv_buffer *cells, const rv_arrow_type *type, int64_t value) {
    static const int64_t units[] = {1, 1000, 1000000, 1000000000};
    int64_t fraction, second;
    int64_t day = floored(floored(value, units[type->digits / 3], &fraction), 86400, &second);
    const char *wrong = put_day(cells, day);
    if (wrong) return wrong;
    char text[sizeof " 00:00:00.123456789"] = " 00:00:00.";
    const int clock[] = {(int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60)};
    for (int i = 0; i < 3; i++) {
        text[3 * i + 1] = (char)('0' + clock[i] / 10);
        text[3 * i + 2] = (char)('0' + clock[i] % 10);
    }
    int digits = fraction ? type->digits : 0;
    while (digits && fraction % 10 == 0) fraction /= 10, digits--;
    for (int i = digits; i > 0; i--, fraction /= 10) text[9 + i] = (char)('0' + fraction % 10);
    rv_buffer_add(cells, text, digits ? 10 + (size_t)digits : 9);
    if (type->zone) rv_buffer_string(cells, "+00");
    return NULL;
}

/* --- Text -------------------------------------------------------------------------------------------------------- */

static const char *text_at(const rv_arrow_type *type, const struct ArrowArray *a, int64_t at, rv_text *out) {
    int64_t from = load_signed((const char *)a->buffers[1] + type->bytes * at, type->bytes);
    int64_t to = load_signed((const char *)a->buffers[1] + type->bytes * (at + 1), type->bytes);
    if (from < 0 || to < from) return "offsets that go back";
    if (to - from > (int64_t)UINT32_MAX) return "a text of more than 4 GB";
    *out = (rv_text){to > from ? (const char *)a->buffers[2] + from : "", (uint32_t)(to - from), 0};
    return to > from && !a->buffers[2] ? "offsets into nothing" : NULL;
}

/* A view is a length and either up to 12 bytes, or four of them, the number of a buffer and an offset in it. The last buffer
 * has the lengths of those. */
static const char *view_at(const struct ArrowArray *a, int64_t at, rv_text *out) {
    const char *view = (const char *)a->buffers[1] + 16 * at;
    int32_t head[4]; /* length, prefix, buffer, offset */
    memcpy(head, view, sizeof head);
    if (head[0] < 0) return "a text of less than nothing";
    *out = (rv_text){view + 4, (uint32_t)head[0], 0};
    if (head[0] <= 12) return NULL;
    const char *lengths = a->buffers[a->n_buffers - 1];
    const char *data = head[2] >= 0 && head[2] < a->n_buffers - 3 ? a->buffers[2 + head[2]] : NULL;
    if (!data || !lengths || head[3] < 0 || head[3] > load_signed(lengths + 8 * (int64_t)head[2], 8) - head[0])
        return "offsets into nothing";
    out->ptr = data + head[3];
    return NULL;
}

static const char *put_text(rv_buffer *cells, rv_text text) {
    if (memchr(text.ptr, 0, text.len)) return "a text that holds a zero byte";
    if (!rv_utf8_is_valid(text.ptr, text.len)) return "a text that isn't valid UTF-8";
    text.flags = RV_TEXT_QUOTED; /* an empty one is written as "" */
    rv_csv_put(cells, text);
    return NULL;
}

const char *rv_arrow_put(const rv_arrow_type *type, const struct ArrowArray *a, int64_t at, rv_buffer *cells) {
    const char *data = type->kind == RV_ARROW_NULL ? NULL : a->buffers[1], *wrong;
    rv_text text;
    int64_t rest;
    switch (type->kind) {
    case RV_ARROW_NULL: return NULL;
    case RV_ARROW_BOOL: rv_buffer_string(cells, data[at >> 3] >> (at & 7) & 1 ? "true" : "false"); return NULL;
    case RV_ARROW_SIGNED: rv_buffer_integer(cells, rv_arrow_integer(type, a, at)); return NULL;
    case RV_ARROW_UNSIGNED: rv_buffer_unsigned(cells, (uint64_t)rv_arrow_integer(type, a, at)); return NULL;
    case RV_ARROW_FLOAT:
        put_float(cells, data + type->bytes * at, type->bytes == 4);
        return NULL;
    case RV_ARROW_TEXT: return (wrong = text_at(type, a, at, &text)) ? wrong : put_text(cells, text);
    case RV_ARROW_TEXT_VIEW: return (wrong = view_at(a, at, &text)) ? wrong : put_text(cells, text);
    case RV_ARROW_DECIMAL: put_decimal(cells, data + 16 * at, type->scale); return NULL;
    case RV_ARROW_DATE:
        return put_day(cells, type->bytes == 4 ? rv_arrow_integer(type, a, at)
                                               : floored(rv_arrow_integer(type, a, at), 86400000, &rest));
    case RV_ARROW_TIMESTAMP: return put_timestamp(cells, type, rv_arrow_integer(type, a, at));
    }
    return NULL;
}
