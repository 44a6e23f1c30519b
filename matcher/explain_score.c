/*
 * See explain_score.h. Reasons are read back as they were delivered, so that what is explained is what was scored; the
 * profile adds the index: how often the seeds have a value, everybody's share being 100.
 */
#include "explain_score.h"
#include "messages.h"

#include <string.h>

/* --- Reading a reason back --------------------------------------------------------------------------------------- */

/* %XX of the reasons back to its byte. */
static void put_unescaped(rv_buffer *text, const char *p, size_t n) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < n; i++) {
        const char *hi = p[i] == '%' && i + 2 < n ? strchr(digits, p[i + 1]) : NULL;
        const char *lo = hi && *hi ? strchr(digits, p[i + 2]) : NULL;
        if (lo && *lo) {
            rv_buffer_byte(text, (char)((hi - digits) * 16 + (lo - digits)));
            i += 2;
        } else {
            rv_buffer_byte(text, p[i]);
        }
    }
}

static bool is_escaped(const char *p, size_t n, const char *plain, size_t len) {
    rv_buffer unescaped = {0};
    put_unescaped(&unescaped, p, n);
    bool same = !unescaped.failed && unescaped.len == len && (len == 0 || memcmp(unescaped.data, plain, len) == 0);
    rv_buffer_free(&unescaped);
    return same;
}

static const rv_profile_column *find_column(const rv_profile *profile, const char *p, size_t n) {
    for (uint32_t c = 0; profile && c < profile->columns; c++)
        if (is_escaped(p, n, profile->column[c].name, strlen(profile->column[c].name))) return &profile->column[c];
    return NULL;
}

static uint32_t find_bin(const rv_profile_column *column, const char *p, size_t n) {
    rv_buffer label = {0};
    uint32_t b = 0;
    for (; b < column->binning.n; b++) {
        label.len = 0;
        rv_binning_label(&column->binning, b, &label);
        if (!label.failed && is_escaped(p, n, label.data, label.len)) break;
    }
    rv_buffer_free(&label);
    return b;
}

/* Seeds' share over everybody's, 100 is the same; 0: not told. */
static unsigned index_of(const rv_profile *profile, const char *name, size_t name_len, const char *value,
                         size_t value_len) {
    const rv_profile_column *column = find_column(profile, name, name_len);
    uint32_t b = column ? find_bin(column, value, value_len) : 0;
    if (!column || b == column->binning.n || column->masked[b] || !column->people[b] || !profile->seeds) return 0;
    double expected = (double)column->people[b] * (double)profile->seeds / (double)profile->people;
    return (unsigned)((double)column->seeds[b] / expected * 100 + 0.5);
}

/* --- Words -------------------------------------------------------------------------------------------------------- */

static bool is(const char *p, size_t n, const char *word) { return n == strlen(word) && memcmp(p, word, n) == 0; }

/* attribute=value */
static void put_condition(rv_buffer *text, const char *p, size_t n) {
    const char *equals = memchr(p, '=', n);
    size_t name = equals ? (size_t)(equals - p) : n;
    put_unescaped(text, p, name);
    if (!equals) return;
    const char *value = equals + 1;
    size_t len = n - name - 1;
    if (is(value, len, "(missing)")) rv_tell(text, " isn't known");
    else if (is(value, len, "(other)")) rv_tell(text, " has none of the usual values");
    else {
        rv_tell(text, " is ");
        put_unescaped(text, value, len);
    }
}

/* Conditions joined by '&', told by the profile when there is one alone. */
static void put_conditions(rv_buffer *text, const char *p, size_t n, const rv_profile *profile, bool *told) {
    unsigned conditions = 0;
    for (size_t at = 0; at <= n; conditions++) {
        const char *amp = memchr(p + at, '&', n - at);
        size_t end = amp ? (size_t)(amp - p) : n;
        if (conditions) rv_tell(text, " and ");
        put_condition(text, p + at, end - at);
        at = end + 1;
    }
    rv_tell(text, ": ");
    const char *equals = memchr(p, '=', n);
    if (conditions != 1 || !equals) return;
    size_t name = (size_t)(equals - p);
    unsigned index = index_of(profile, p, name, equals + 1, n - name - 1);
    if (!index) return;
    rv_tell(text, "index %u, ", index);
    *told = true;
}

static void put_reason(rv_buffer *text, const char *p, size_t n, const rv_profile *profile, bool *told) {
    const char *colon = memrchr(p, ':', n);
    if (!colon) return;
    size_t what = (size_t)(colon - p);
    bool against = colon + 1 < p + n && colon[1] == '-';
    rv_buffer_string(text, "             ");
    if (is(p, what, "rest")) rv_tell(text, "all other attributes together: ");
    else if (is(p, what, "base")) rv_tell(text, "where everybody starts: ");
    else put_conditions(text, p, what, profile, told);
    rv_buffer_add(text, colon + 1 + against, n - what - 1 - against);
    rv_tell_padded(text, against ? " points against\n" : " points for\n", 0);
}

static void put_told(rv_buffer *text, const char *before, rv_text value, const char *after) {
    if (!value.len) return;
    rv_tell_padded(text, before, 0);
    rv_buffer_text(text, value);
    rv_tell_padded(text, after, 0);
}

void rv_explain_score(rv_buffer *text, const rv_score_line *line, const rv_profile *profile) {
    bool told = false;
    put_told(text, "  score      ", line->score, "");
    put_told(text, ", rank ", line->rank, "");
    put_told(text, ", decile ", line->decile, " (1 is the best)");
    put_told(text, ", probability ", line->probability, "");
    rv_tell(text, ", because\n");
    rv_text reasons = line->reasons;
    for (size_t at = 0; at < reasons.len;) {
        const char *bar = memchr(reasons.ptr + at, '|', reasons.len - at);
        size_t end = bar ? (size_t)(bar - reasons.ptr) : reasons.len;
        put_reason(text, reasons.ptr + at, end - at, profile, &told);
        at = end + 1;
    }
    if (told) rv_tell(text, "             (index 100: the active have it as often as everybody)\n");
}
