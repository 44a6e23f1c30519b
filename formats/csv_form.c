/* See csv_form.h. Quotes that stand stay; more come only where the new separator asks for them. */
#include "csv_form.h"

#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* --- Formulas ---------------------------------------------------------------------------------------------------- */

static bool is_number(const char *p, size_t n) {
    size_t digits = 0, marks = 0;
    for (size_t i = 0; i < n; i++) {
        digits += is_digit(p[i]);
        marks += p[i] == '.' || p[i] == ',';
    }
    return digits && marks <= 1 && digits + marks == n;
}

static bool is_phone(const char *p, size_t n) {
    size_t digits = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(p[i]) && !memchr(" .-()", p[i], 5)) return false;
        digits += is_digit(p[i]);
    }
    return digits >= 7 && digits <= 15;
}

/* = + - @ of full width: U+FF1D, U+FF0B, U+FF0D, U+FF20. */
static bool begins_wide(rv_text cell) {
    return cell.len >= 3 && memcmp(cell.ptr, "\xef\xbc", 2) == 0 && memchr("\x9d\x8b\x8d\xa0", cell.ptr[2], 4);
}

bool rv_csv_is_formula(rv_text cell) {
    if (cell.len == 0) return false;
    if (!memchr("=+-@\t\r\n", cell.ptr[0], 7)) return begins_wide(cell);
    if (cell.ptr[0] != '+' && cell.ptr[0] != '-') return true;
    if (is_number(cell.ptr + 1, cell.len - 1)) return false;
    return cell.ptr[0] == '-' || !is_phone(cell.ptr + 1, cell.len - 1);
}

/* --- Numbers and dates ------------------------------------------------------------------------------------------- */

bool rv_csv_is_number(const char *p, size_t n) {
    size_t i = n && p[0] == '-', start = i, point = n;
    for (; i < n; i++) {
        if (p[i] == '.' && point == n && i > start) point = i;
        else if (!is_digit(p[i])) return false;
    }
    if (point == start || start == n || point + 1 == n) return false;
    return p[start] != '0' || point == start + 1 || n == start + 1;
}

bool rv_csv_is_date(const char *p, size_t n) {
    if (n != 10 || p[4] != '-' || p[7] != '-') return false;
    for (size_t i = 0; i < n; i++)
        if (i != 4 && i != 7 && !is_digit(p[i])) return false;
    return true;
}

static bool put_date(const char *p, size_t n, rv_buffer *to) {
    if (!rv_csv_is_date(p, n)) return false;
    const char date[] = {p[8], p[9], '/', p[5], p[6], '/', p[0], p[1], p[2], p[3]};
    rv_buffer_add(to, date, sizeof date);
    return true;
}

static bool put_decimal(const char *p, size_t n, rv_buffer *to) {
    const char *point = memchr(p, '.', n);
    size_t sign = n && p[0] == '-';
    if (!point || !is_number(p + sign, n - sign)) return false;
    rv_buffer_add(to, p, (size_t)(point - p));
    rv_buffer_byte(to, ',');
    rv_buffer_add(to, point + 1, n - (size_t)(point + 1 - p));
    return true;
}

/* --- Records ----------------------------------------------------------------------------------------------------- */

const char *rv_csv_cell_end(const char *p, const char *end) {
    if (p < end && *p == '"') {
        for (p++; p < end; p++) {
            if (*p != '"') continue;
            if (p + 1 == end || p[1] != '"') return p + 1;
            p++;
        }
        return end;
    }
    while (p < end && *p != ',' && *p != '\n') p++;
    return p;
}

rv_text rv_csv_cell_text(const char *p, size_t n, rv_buffer *room) {
    if (n < 2 || p[0] != '"') return rv_text_make(p, n);
    room->len = 0;
    for (size_t i = 1; i + 1 < n; i++) {
        rv_buffer_byte(room, p[i]);
        if (p[i] == '"') i++;
    }
    return rv_text_make(room->data, room->len);
}

static void put_cell(const rv_csv_form *form, uint32_t column, const char *p, size_t n, rv_buffer *to) {
    bool quoted = n >= 2 && p[0] == '"';
    rv_text inner = quoted ? rv_text_make(p + 1, n - 2) : rv_text_make(p, n);
    bool own = rv_csv_form_is_own(form, column);
    if (own && form->excel_fr && (put_date(p, n, to) || put_decimal(p, n, to))) return;
    bool safe = !own && form->formula_safe && rv_csv_is_formula(inner);
    bool quotes = quoted || (form->excel_fr && memchr(inner.ptr ? inner.ptr : "", ';', inner.len));
    if (quotes) rv_buffer_byte(to, '"');
    if (safe) rv_buffer_byte(to, '\'');
    rv_buffer_add(to, inner.ptr, inner.len);
    if (quotes) rv_buffer_byte(to, '"');
}

void rv_csv_form_put(const rv_csv_form *form, const char *csv, size_t n, rv_buffer *to) {
    const char *p = csv, *end = csv + n;
    uint32_t column = 0;
    while (p < end && !to->failed) {
        const char *stop = rv_csv_cell_end(p, end);
        put_cell(form, column, p, (size_t)(stop - p), to);
        if (stop < end && *stop == ',') {
            rv_buffer_byte(to, form->excel_fr ? ';' : ',');
            column++;
        } else if (stop < end) {
            if (form->excel_fr) rv_buffer_byte(to, '\r');
            rv_buffer_byte(to, '\n');
            column = 0;
        }
        p = stop + 1;
    }
}
