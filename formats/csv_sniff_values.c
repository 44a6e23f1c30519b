/* What the columns hold: kinds of values, marks of numbers, orders of dates; and whether other places of the file look like
 * its head. */
#include "csv_sniff.h"
#include "csv_values.h"

#include <stdarg.h>
#include <stdio.h>

enum { HEAD_ROWS = 1000, SIDE_ROWS = 200, CELLS_MOST = 200000, RESYNC_LINES = 4, FAR_MORE = 20 };

rv_status rv_csv_note(rv_arena *arena, rv_sniffed *out, rv_error *err, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    const char **notes = rv_arena_get(arena, (out->n_notes + 1) * sizeof *notes);
    char *copy = rv_arena_get(arena, len + 1);
    if (!notes || !copy) return rv_fail_memory(err, len + 1);
    memcpy(copy, text, len);
    copy[len] = 0;
    for (size_t i = 0; i < out->n_notes; i++) notes[i] = out->notes[i];
    notes[out->n_notes++] = copy;
    out->notes = notes;
    return RV_OK;
}

typedef struct tally { /* of one column, beyond what rv_column_found tells */
    uint32_t kinds[RV_VALUE_PHONE + 1];
    uint64_t first_two, last_two[2]; /* of dates with years of two digits, which numbers come first and last */
} tally;

typedef struct look {
    const rv_csv_rules *rules;
    rv_sniffed *out;
    rv_csv_span *spans;
    tally *tallies;
    uint64_t groups[RV_GROUP_COUNT];
    size_t cells;
} look;

static void note_cell(look *l, size_t c, rv_text t) {
    rv_column_found *f = &l->out->columns[c];
    rv_value_look v = rv_csv_value_look(t);
    f->rows++;
    if (t.len > f->longest) f->longest = t.len;
    f->placeholders += v.placeholder;
    f->filled += v.kind != RV_VALUE_EMPTY;
    f->commas += v.comma;
    f->points += v.point;
    f->day_first += v.day_first;
    f->month_first += v.month_first;
    f->year_first += v.year_first;
    f->unclear_days += v.unclear_day;
    f->serial_dates += v.serial;
    f->short_years += v.short_year;
    f->apostrophes += v.apostrophe;
    f->scientific += v.scientific;
    tally *of = &l->tallies[c];
    of->kinds[v.kind]++;
    if (v.short_year) {
        of->first_two |= (uint64_t)1 << (v.first_two & 63);
        of->last_two[v.last_two >> 6 & 1] |= (uint64_t)1 << (v.last_two & 63);
    }
    if (v.group) l->groups[v.group]++;
}

/* Adds the rows of a sample from `at` on. Returns how many lines were seen, and in *agree how many are rows. */
static size_t note_rows(look *l, const rv_csv_sample *s, size_t at, size_t most, size_t *agree, bool count_only) {
    rv_csv_ahead ahead = {0};
    size_t lines = 0, columns = l->out->n_columns;
    *agree = 0;
    while (at < s->n && lines < most && l->cells < CELLS_MOST) {
        rv_csv_record record;
        rv_csv_spans spans = {l->spans, 0, columns};
        rv_csv_outcome end = rv_csv_record_at(l->rules, s->data, at, s->n, s->at_end, 0, &ahead, &spans, &record);
        if (end == RV_CSV_MORE || end == RV_CSV_TOO_LONG) break;
        size_t start = at;
        at = record.next;
        if (record.end == start && columns > 1) continue;
        lines++;
        bool row = end == RV_CSV_WHOLE && spans.n >= columns;
        for (size_t i = columns; row && i < spans.n; i++)
            row = s->data[record.end - 1 - (i - columns)] == l->rules->separator;
        if (!row) continue;
        ++*agree;
        if (count_only) continue;
        l->cells += columns;
        l->out->sampled_rows++;
        for (size_t c = 0; c < columns; c++)
            note_cell(l, c, rv_text_make(s->data + l->spans[c].start, l->spans[c].end - l->spans[c].start));
    }
    return lines;
}

/* --- Elsewhere in the file --------------------------------------------------------------------------------------- */

/* A sample from the middle begins anywhere, within quotes too: of the first few line ends, that behind which most is read
 * as rows. */
static size_t resync(look *l, const rv_csv_sample *s) {
    size_t best = s->n, best_agree = 0, at = 0;
    for (unsigned i = 0; i < RESYNC_LINES && at < s->n; i++) {
        at = rv_csv_after_line_end(s->data, rv_csv_line_end(s->data, at, s->n), s->n);
        size_t agree;
        note_rows(l, s, at, 50, &agree, true);
        if (best == s->n || agree > best_agree) best = at, best_agree = agree;
    }
    return best;
}

static void look_for_change(look *l, const rv_csv_sample *s, size_t at) {
    rv_csv_lines lines;
    size_t wide[128] = {0}, alike = 0;
    rv_csv_lines_read(l->rules, s->data + at, s->n - at, s->at_end, &lines);
    for (size_t i = 0; i < lines.n; i++) {
        const char *record = s->data + at + lines.at[i].start;
        size_t n = lines.at[i].end - lines.at[i].start;
        if (lines.at[i].fields == l->out->n_columns) continue;
        char other = rv_csv_other_separator(l->rules, record, n, l->out->n_columns);
        if (other > 0) {
            if (++wide[(unsigned char)other] > alike) {
                alike = wide[(unsigned char)other];
                l->out->change_separator = other;
            }
            if (alike == 1) l->out->change_offset = s->offset + at + lines.at[i].start;
        }
    }
}

/* --- Verdicts ---------------------------------------------------------------------------------------------------- */

static void settle_kind(rv_column_found *f, const tally *t) {
    uint32_t need = f->filled - f->filled / 20, number = t->kinds[RV_VALUE_INTEGER] + t->kinds[RV_VALUE_DECIMAL];
    uint32_t phones = t->kinds[RV_VALUE_PHONE], dates = t->kinds[RV_VALUE_DATE];
    f->kind = RV_VALUE_TEXT;
    f->of_kind = t->kinds[RV_VALUE_TEXT];
    if (f->filled == 0) {
        f->kind = RV_VALUE_EMPTY;
        f->of_kind = 0;
        return;
    }
    for (int k = RV_VALUE_INTEGER; k <= RV_VALUE_PHONE; k++)
        if (t->kinds[k] >= need) f->kind = (rv_value_kind)k, f->of_kind = t->kinds[k];
    if (f->kind != RV_VALUE_TEXT) return;
    if (phones * 2 >= f->filled && phones + number >= need) f->kind = RV_VALUE_PHONE, f->of_kind = phones + number;
    else if (number >= need) f->kind = RV_VALUE_DECIMAL, f->of_kind = number;
    else if (dates * 2 >= f->filled && dates + f->serial_dates >= need)
        f->kind = RV_VALUE_DATE, f->of_kind = dates + f->serial_dates;
}

/* 25-03-14, 26-01-31: where the last numbers are many and are days, and the first ones few, the year comes first. */
static void settle_short_years(rv_column_found *f, const tally *t) {
    bool days = (t->last_two[0] & 0xffffffff00000001) == 0 && t->last_two[1] == 0;
    int first = __builtin_popcountll(t->first_two), last = __builtin_popcountll(t->last_two[0]);
    if (f->short_years < 8 || !days || first * 3 > last) return;
    f->year_first += f->short_years;
    f->day_first = f->month_first = f->unclear_days = 0;
}

static void settle_marks(const rv_dialect *given, const look *l, rv_sniffed *out) {
    static const char *const names[RV_GROUP_COUNT] = {"", " ", "U+00A0", "U+202F", ".", ",", "'"};
    uint64_t commas = 0, points = 0, most = 0;
    for (uint32_t c = 0; c < out->n_columns; c++) {
        const rv_column_found *f = &out->columns[c];
        if (f->kind != RV_VALUE_DECIMAL && f->kind != RV_VALUE_INTEGER) continue;
        commas += f->commas;
        points += f->points;
    }
    unsigned group = 0;
    for (unsigned g = 1; g < RV_GROUP_COUNT; g++)
        if (l->groups[g] > most) most = l->groups[g], group = g;
    out->thousands_mark = names[group];
    if (group) rv_finding_say(&out->thousands, .9, "%llu numbers are grouped by it", (unsigned long long)most);
    else rv_finding_say(&out->thousands, .7, "no number in the samples is grouped");
    out->dialect.decimal = 0;
    if (commas && !points) out->dialect.decimal = ',';
    else if (points && !commas) out->dialect.decimal = '.';
    if (commas && points)
        rv_finding_say(&out->decimal, .4, "%llu numbers with a comma, %llu with a point: each by itself",
                       (unsigned long long)commas, (unsigned long long)points);
    else if (commas + points)
        rv_finding_say(&out->decimal, commas + points > 2 ? .97 : .85, "%llu numbers in which it can only be decimal",
                       (unsigned long long)(commas + points));
    else rv_finding_say(&out->decimal, .3, "no number in the samples has decimals");
    if (given->decimal) {
        out->dialect.decimal = given->decimal;
        rv_finding_given(&out->decimal);
    }
}

static void settle_dates(const rv_dialect *given, rv_sniffed *out) {
    uint64_t day = 0, month = 0, year = 0, unclear = 0;
    for (uint32_t c = 0; c < out->n_columns; c++) {
        const rv_column_found *f = &out->columns[c];
        if (f->kind != RV_VALUE_DATE) continue;
        day += f->day_first;
        month += f->month_first;
        year += f->year_first;
        unclear += f->unclear_days;
    }
    out->dialect.date_order = RV_DATE_ORDER_AUTO;
    bool clear = day >= FAR_MORE * month || month >= FAR_MORE * day; /* one slip doesn't change a file's habit */
    if (day && clear && day > month) out->dialect.date_order = RV_DMY;
    else if (month && clear) out->dialect.date_order = RV_MDY;
    else if (year && !day && !month && !unclear) out->dialect.date_order = RV_YMD;
    if (day && month && !clear)
        rv_finding_say(&out->date_order, .3, "%llu dates can only be day first, %llu only month first",
                       (unsigned long long)day, (unsigned long long)month);
    else if (day + month)
        rv_finding_say(&out->date_order, .97, "%llu dates have a day beyond 12",
                       (unsigned long long)(day > month ? day : month));
    else if (unclear)
        rv_finding_say(&out->date_order, .6, "%llu dates, no day beyond 12: day first is assumed",
                       (unsigned long long)unclear);
    else if (year) rv_finding_say(&out->date_order, .97, "%llu dates begin with the year", (unsigned long long)year);
    else rv_finding_say(&out->date_order, .3, "no dates in the samples");
    if (given->date_order) {
        out->dialect.date_order = given->date_order;
        rv_finding_given(&out->date_order);
    }
}

static rv_status tell_columns(rv_sniffed *out, rv_arena *arena, rv_error *err) {
    for (uint32_t c = 0; c < out->n_columns; c++) {
        const rv_column_found *f = &out->columns[c];
        if (f->scientific)
            RV_TRY(rv_csv_note(arena, out, err,
                               "column %u: %u values such as 3,36E+10: a spreadsheet has dropped their digits", c + 1,
                               f->scientific));
        if (f->apostrophes)
            RV_TRY(rv_csv_note(arena, out, err, "column %u: %u values begin with ', a spreadsheet's mark of text",
                               c + 1, f->apostrophes));
        if (f->kind == RV_VALUE_DATE && f->short_years)
            RV_TRY(rv_csv_note(arena, out, err,
                               "column %u: %u dates have years of two digits: of orders 00 to 69 are read as 2000 to "
                               "2069, of births 00 to 14 as 2000 to 2014, the others as 1900 and later",
                               c + 1, f->short_years));
        if (f->kind == RV_VALUE_DATE && f->serial_dates)
            RV_TRY(rv_csv_note(arena, out, err, "column %u: %u dates are a spreadsheet's numbers of days", c + 1,
                               f->serial_dates));
    }
    return RV_OK;
}

rv_status rv_csv_sniff_values(const rv_dialect *given, const rv_csv_sample *samples, size_t n_samples, size_t from,
                              const rv_csv_rules *rules, rv_arena *arena, rv_sniffed *out, rv_error *err) {
    look l = {.rules = rules, .out = out};
    rv_status status = RV_NO_MEMORY;
    l.spans = rv_array_new(out->n_columns, sizeof *l.spans, err);
    l.tallies = l.spans ? rv_array_new(out->n_columns, sizeof *l.tallies, err) : NULL;
    if (!l.tallies) goto done;
    for (size_t i = 0; i < n_samples; i++) {
        const rv_csv_sample *s = &samples[i];
        size_t at = i ? resync(&l, s) : from, agree;
        size_t lines = note_rows(&l, s, at, i ? SIDE_ROWS : HEAD_ROWS, &agree, false);
        out->sampled_bytes += s->n;
        if (lines >= 3 && agree < lines && !out->change_separator) look_for_change(&l, s, at);
    }
    for (uint32_t c = 0; c < out->n_columns; c++) {
        settle_kind(&out->columns[c], &l.tallies[c]);
        settle_short_years(&out->columns[c], &l.tallies[c]);
    }
    settle_marks(given, &l, out);
    settle_dates(given, out);
    status = tell_columns(out, arena, err);
    if (status == RV_OK && out->change_separator)
        status = rv_csv_note(arena, out, err, "near byte %llu lines are written with another separator",
                             (unsigned long long)out->change_offset);
done:
    rv_free(l.spans);
    rv_free(l.tallies);
    return status;
}
