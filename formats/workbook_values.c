/* See workbook_values.h. */
#include "workbook_values.h"

#include "date.h"
#include "text.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SECONDS = 86400 };

rv_number_format rv_number_format_builtin(unsigned id) {
    bool date = (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58);
    bool time = (id >= 18 && id <= 22) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47);
    return (rv_number_format){.date = date, .time = time};
}

/* The next character of the code that isn't a literal, a colour, a condition or a filler; 0 at the end of its first part. */
static char next_sign(const char **at) {
    for (const char *p = *at; *p && *p != ';'; p++) {
        if (*p == '"') {
            const char *close = strchr(p + 1, '"');
            if (!close) break;
            p = close;
        } else if (*p == '[') {
            const char *close = strchr(p, ']');
            if (!close) break;
            if (strchr("hHmMsS", p[1])) { /* [h]: hours beyond 24 */
                *at = close + 1;
                return 'h';
            }
            p = close;
        } else if (*p == '\\' || *p == '_' || *p == '*') {
            if (p[1]) p++;
        } else {
            *at = p + 1;
            return *p;
        }
    }
    *at = "";
    return 0;
}

rv_number_format rv_number_format_of(const char *code) {
    rv_number_format format = {0};
    unsigned digits = 0;
    bool plain = true, months = false;
    if (strncasecmp(code, "general", 7) == 0) return format;
    for (char c; (c = next_sign(&code));) {
        if (strchr("yYdD", c)) format.date = true;
        if (strchr("mM", c)) months = true;
        if (strchr("hHsS", c)) format.time = true;
        if (c == '0' || (c == '#' && digits)) digits++;
        else if (!strchr("# -/().", c) || (c == '.' && digits)) plain = false;
    }
    if (months && !format.time) format.date = true; /* m is a month, or a minute beside an hour */
    if (plain && !format.date && !format.time && digits > 1 && digits < 32) format.digits = (uint8_t)digits;
    return format;
}

static void put_number(rv_buffer *to, rv_text number, double value, unsigned digits) {
    char text[64];
    bool whole = value == trunc(value) && fabs(value) < 1e15;
    if (digits && whole && value >= 0) {
        rv_buffer_format(to, "%0*.0f", (int)digits, value);
    } else if (number.len <= 15 && !memchr(number.ptr, 'E', number.len) && !memchr(number.ptr, 'e', number.len)) {
        rv_buffer_text(to, number);
    } else if (whole) {
        rv_buffer_format(to, "%.0f", value);
    } else {
        snprintf(text, sizeof text, "%.15g", value);
        for (char *p = text; *p; p++)
            if (*p == ',') *p = '.'; /* a host program's locale */
        rv_buffer_string(to, text);
    }
}

static bool put_moment(rv_buffer *to, double value, rv_number_format format, bool since_1904) {
    if (value < 0 || value >= 2958466) return false; /* the year 10000 */
    int64_t seconds = (int64_t)floor(value * SECONDS + .5), day = seconds / SECONDS;
    seconds %= SECONDS;
    bool dated = format.date && (day > 0 || !format.time);
    if (dated) {
        char text[11];
        int32_t zero = since_1904 ? rv_date_of(1904, 1, 1) : rv_date_of(1899, 12, 30);
        if (!since_1904 && day < 60) zero++; /* before the day that never was, 1900-02-29 */
        if (day == 0 && !since_1904) return false;
        rv_date_format(zero + (int32_t)day, text);
        rv_buffer_string(to, text);
        if (seconds == 0) return true;
        rv_buffer_byte(to, ' ');
    } else {
        seconds += day * SECONDS; /* a duration */
    }
    rv_buffer_format(to, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    return true;
}

void rv_sheet_number_put(rv_buffer *to, rv_text number, rv_number_format format, bool since_1904) {
    double value;
    if (!rv_text_to_decimal(number, '.', &value)) rv_buffer_text(to, number);
    else if ((!format.date && !format.time) || !put_moment(to, value, format, since_1904))
        put_number(to, number, value, format.digits);
}
