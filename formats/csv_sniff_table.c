/* Where the table is among the lines: what stands above it, whether its first line names the columns, what stands below. */
#include "csv_sniff.h"
#include "csv_values.h"

#include <stdio.h>

enum { COLUMNS = 128, BODY_LINES = 50, PADDED_LINES = 20, FOOTER_LINES = 20 };

typedef struct cells {
    rv_csv_span at[COLUMNS];
    size_t n; /* those looked at */
    const char *data;
} cells;

static void cells_of(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t i, cells *out) {
    rv_csv_ahead ahead = {0};
    rv_csv_record record;
    rv_csv_spans spans = {out->at, 0, COLUMNS};
    rv_csv_record_at(rules, data, lines->at[i].start, lines->at[i].end, true, 0, &ahead, &spans, &record);
    out->n = spans.n < COLUMNS ? spans.n : COLUMNS;
    out->data = data;
}

static rv_text cell(const cells *c, size_t i) {
    if (i >= c->n) return (rv_text){"", 0, 0};
    return rv_text_trim(rv_text_make(c->data + c->at[i].start, c->at[i].end - c->at[i].start));
}

static size_t filled(const cells *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) n += cell(c, i).len > 0;
    return n;
}

static size_t names_in(const cells *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) n += rv_csv_names_column(cell(c, i));
    return n;
}

static size_t typed_in(const cells *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        rv_value_kind kind = rv_csv_value_look(cell(c, i)).kind;
        n += kind != RV_VALUE_TEXT && kind != RV_VALUE_EMPTY;
    }
    return n;
}

/* --- Above ------------------------------------------------------------------------------------------------------- */

/* Spreadsheets pad titles with separators to the width of the table: such lines are as wide, and nearly empty. */
static size_t after_padded(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t from,
                           size_t width) {
    cells c;
    size_t most = 0, until = lines->n < from + 2 * PADDED_LINES ? lines->n : from + 2 * PADDED_LINES;
    if (width < 3) return from;
    for (size_t i = from; i < until; i++) {
        if (lines->at[i].fields != width) continue;
        cells_of(rules, data, lines, i, &c);
        if (filled(&c) > most) most = filled(&c);
    }
    size_t at = from;
    while (at + 1 < until && at < from + PADDED_LINES) {
        if (lines->at[at].fields == width) {
            cells_of(rules, data, lines, at, &c);
            size_t n = filled(&c);
            if (n * 2 > width || n * 2 > most || (n > 1 && names_in(&c) * 2 > n)) break;
        }
        at++;
    }
    return at < from + PADDED_LINES && at + 1 < until ? at : from;
}

/* A header may have another number of fields than the rows, most often for a separator too many at their ends. */
static bool is_narrow_header(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t i,
                             size_t width) {
    size_t fields = lines->at[i].fields;
    if (fields < 2 || fields * 2 < width || lines->at[i + 1].after_empty) return false;
    cells above, below;
    cells_of(rules, data, lines, i, &above);
    cells_of(rules, data, lines, i + 1, &below);
    return typed_in(&above) == 0 && (names_in(&above) * 2 >= above.n || (names_in(&above) > 0 && typed_in(&below) > 0));
}

/* --- The first line ---------------------------------------------------------------------------------------------- */

typedef enum casing { NO_LETTERS, UPPER, LOWER, CAPITALISED } casing;
static casing casing_of(rv_text t) {
    bool upper = false, lower = false;
    for (uint32_t i = 0; i < t.len; i++) {
        upper |= t.ptr[i] >= 'A' && t.ptr[i] <= 'Z';
        lower |= t.ptr[i] >= 'a' && t.ptr[i] <= 'z';
    }
    return upper && lower ? CAPITALISED : upper ? UPPER : lower ? LOWER : NO_LETTERS;
}

static bool is_year(rv_text t) { return t.len == 4 && (memcmp(t.ptr, "19", 2) == 0 || memcmp(t.ptr, "20", 2) == 0); }

typedef struct verdict {
    double points;
    size_t names, against, unlike; /* cells that name columns, that are data, that differ in kind from those below */
} verdict;

/* One column: its first cell against those below. */
static void weigh_column(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t first,
                         size_t column, rv_text head, verdict *v, bool *same_casing) {
    size_t kinds[RV_VALUE_PHONE + 1] = {0}, seen = 0, equal = 0, alike = 0;
    rv_value_kind kind = rv_csv_value_look(head).kind;
    bool digits = kind == RV_VALUE_INTEGER || kind == RV_VALUE_DECIMAL;
    for (size_t i = first + 1; i < lines->n && i <= first + BODY_LINES; i++) {
        if (lines->at[i].fields != lines->at[first].fields) continue;
        cells c;
        cells_of(rules, data, lines, i, &c);
        rv_text t = cell(&c, column);
        if (t.len == 0) continue;
        seen++;
        kinds[rv_csv_value_look(t).kind]++;
        equal += rv_text_equal(t, head);
        alike += casing_of(t) == casing_of(head);
    }
    *same_casing &= seen > 0 && alike * 10 >= seen * 9;
    size_t numbers = kinds[RV_VALUE_INTEGER] + kinds[RV_VALUE_DECIMAL] + kinds[RV_VALUE_PHONE],
           text = kinds[RV_VALUE_TEXT] + kinds[RV_VALUE_EMPTY];
    if (rv_csv_names_column(head)) {
        v->points += 1.5;
        v->names++;
    }
    if (kind == RV_VALUE_EMAIL || kind == RV_VALUE_PHONE) {
        v->points -= 4;
        v->against++;
    } else if (seen && text * 10 <= seen * 3 && kind == RV_VALUE_TEXT) {
        v->points += seen >= 3 ? 2 : 1;
        v->unlike++;
    } else if (digits && !is_year(head) && (seen ? numbers * 10 >= seen * 7 : head.len >= 5)) {
        v->points -= 2;
        v->against++;
    } else if (seen && kind != RV_VALUE_TEXT && kind != RV_VALUE_EMPTY && kinds[kind] * 10 >= seen * 7 &&
               !is_year(head)) {
        v->points -= 2;
        v->against++;
    }
    if (equal && seen >= 3 && head.len && kind == RV_VALUE_TEXT) {
        v->points -= 1.5;
        v->against++;
    }
}

static bool guess_header(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t first,
                         rv_finding *finding) {
    verdict v = {0};
    cells head;
    bool same_casing = true, several = false;
    cells_of(rules, data, lines, first, &head);
    for (size_t c = 0; c < head.n; c++) {
        weigh_column(rules, data, lines, first, c, cell(&head, c), &v, &same_casing);
        several |= casing_of(cell(&head, c)) != casing_of(cell(&head, 0));
    }
    if (v.names == 0 && same_casing && several && head.n >= 2) v.points -= 1;
    bool header = v.points >= 0;
    double sure = .55 + .1 * (v.points < 0 ? -v.points : v.points);
    rv_finding_say(finding, sure > .99 ? .99 : sure,
                   "first line: %zu of %zu cells name columns, %zu differ in kind from those below, %zu look like data",
                   v.names, head.n, v.unlike, v.against);
    return header;
}

/* --- Below ------------------------------------------------------------------------------------------------------- */

/* A row of totals: its label, numbers, and nothing else. */
static bool is_total(const cells *c) {
    size_t labels = 0, others = 0;
    for (size_t i = 0; i < c->n; i++) {
        rv_text t = cell(c, i);
        rv_value_kind kind = rv_csv_value_look(t).kind;
        if (kind == RV_VALUE_TEXT && rv_csv_names_total(t)) labels++;
        else others += kind != RV_VALUE_EMPTY && kind != RV_VALUE_INTEGER && kind != RV_VALUE_DECIMAL;
    }
    return labels == 1 && others == 0;
}

/* As wide as the table, or wider by separators that part nothing. */
static bool is_as_wide(const cells *c, size_t fields, size_t columns) {
    if (fields < columns || fields > COLUMNS) return fields == columns;
    for (size_t i = columns; i < fields; i++)
        if (cell(c, i).len > 0) return false;
    return true;
}

/* "2,record(s) downloaded,,,": a number and what it counts, in a line as wide as the table. */
static bool counts_rows(const cells *c) {
    char text[64];
    rv_text number = cell(c, 0), what = cell(c, 1);
    if (rv_csv_value_look(number).kind != RV_VALUE_INTEGER || what.len == 0 || number.len + 1 + what.len > sizeof text) return false;
    memcpy(text, number.ptr, number.len);
    text[number.len] = ' ';
    memcpy(text + number.len + 1, what.ptr, what.len);
    return rv_csv_begins_note(rv_text_make(text, number.len + 1 + what.len));
}

static bool is_footer(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t i, size_t columns,
                      bool *as_wide) {
    cells c;
    *as_wide = true;
    if (lines->at[i].fields == 0) return false; /* a quote that never closes: a damaged row */
    cells_of(rules, data, lines, i, &c);
    size_t n = filled(&c);
    bool same_width = *as_wide = is_as_wide(&c, lines->at[i].fields, columns);
    rv_text first = {"", 0, 0};
    for (size_t k = 0; k < c.n && first.len == 0; k++) first = cell(&c, k);
    if (n == 0) return true;
    if (is_total(&c)) return same_width ? n * 2 <= columns + 2 : true;
    if (same_width && n == 2 && columns >= 4) return counts_rows(&c);
    if (same_width) return columns >= 3 && n == 1 && (rv_csv_begins_note(first) || lines->at[i].after_empty);
    return lines->at[i].fields < columns && rv_csv_begins_note(first);
}

size_t rv_csv_footer(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t first,
                     size_t columns) {
    if (columns < 2) return 0;
    size_t n = 0, apart = 0,
           sure = 0; /* lines of another width, those below an empty line, those that say what they are */
    bool chain = true;
    while (n < FOOTER_LINES && first + n + 1 < lines->n) {
        size_t i = lines->n - 1 - n;
        bool as_wide, footer = is_footer(rules, data, lines, i, columns, &as_wide);
        if (!footer && as_wide) break;
        chain &= footer;
        n++;
        if (chain) sure = n;
        if (lines->at[i].after_empty) apart = n;
    }
    return apart > sure ? apart : sure;
}

/* --- All --------------------------------------------------------------------------------------------------------- */

/* Names that are missing at the end of the header, over columns without any value: separators that part nothing. */
static size_t drop_unnamed(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t first) {
    cells head, c;
    cells_of(rules, data, lines, first, &head);
    size_t columns = lines->at[first].fields, rows = 0;
    if (columns > COLUMNS) return columns;
    while (columns > 1 && cell(&head, columns - 1).len == 0) columns--;
    for (size_t i = first + 1; i < lines->n && columns < lines->at[first].fields; i++) {
        if (lines->at[i].fields == 0 || lines->at[i].fields > COLUMNS) continue;
        cells_of(rules, data, lines, i, &c);
        rows++;
        for (size_t k = c.n; k > columns; k--)
            if (cell(&c, k - 1).len > 0) {
                columns = k;
                break;
            }
    }
    return rows ? (columns < lines->at[first].fields ? columns : lines->at[first].fields) : lines->at[first].fields;
}

static size_t first_line(const rv_dialect *given, const rv_csv_sample *head, const rv_csv_rules *rules,
                         const rv_csv_lines *lines, size_t width) {
    size_t first = rv_csv_announced(head) ? 1 : 0, at = first;
    if (given->strict || given->skip_given || given->skip_lines || lines->n <= first) return 0;
    if (width < 2) return first;
    while (at < lines->n && lines->at[at].fields != width) at++;
    size_t agree = 0;
    for (size_t i = at; i < lines->n; i++) agree += lines->at[i].fields == width;
    bool believable =
        at == first || at <= first + 2 || at - first <= agree || (at < lines->n && lines->at[at].after_empty);
    if (agree < 2 || !believable) return first;
    if (at > first && is_narrow_header(rules, head->data, lines, at - 1, width)) return at - 1;
    return after_padded(rules, head->data, lines, at, width);
}

void rv_csv_sniff_layout(const rv_dialect *given, const rv_csv_sample *head, const rv_csv_rules *rules, size_t width,
                         rv_csv_layout *layout, rv_sniffed *out) {
    rv_csv_lines lines;
    rv_csv_lines_read(rules, head->data, head->n, head->at_end, &lines);
    size_t first = first_line(given, head, rules, &lines, width);
    *layout = (rv_csv_layout){.header = given->header != RV_NO};
    bool skipped = given->skip_given || given->skip_lines;
    if (skipped) rv_finding_given(&out->preamble);
    else rv_finding_say(&out->preamble, .95, "the first line is as wide as those below");
    if (given->header != RV_AUTO) rv_finding_given(&out->header);
    else rv_finding_say(&out->header, .5, "no line to compare the first one with");
    rv_finding_say(&out->footer, head->at_end ? .95 : .6,
                   head->at_end ? "the last lines are rows" : "the end isn't in the sample");
    if (given->footer != RV_AUTO) rv_finding_given(&out->footer);
    if (lines.n == 0) return;
    if (given->header == RV_AUTO) layout->header = guess_header(rules, head->data, &lines, first, &out->header);
    if (first > 0) {
        layout->start = lines.at[first].start;
        rv_finding_say(&out->preamble, lines.at[first].after_empty ? .95 : .85,
                       "%zu lines of another shape above the table", first);
    }
    layout->columns = lines.at[first].fields;
    if (layout->header && !given->strict && layout->columns > 1)
        layout->columns = drop_unnamed(rules, head->data, &lines, first);
    out->trailing_separators = layout->columns < lines.at[first].fields;
    if (head->at_end && lines.all && !given->strict && given->footer != RV_NO) {
        out->footer_lines = (uint32_t)rv_csv_footer(rules, head->data, &lines, first, layout->columns);
        if (out->footer_lines && given->footer == RV_AUTO)
            rv_finding_say(&out->footer, .85, "the last %u lines are totals or notes", out->footer_lines);
    }
}
