/* See csv_sniff.h. Trying a dialect costs one pass of the exact reader over some hundred lines. */
#include "csv_sniff.h"

#include "csv_values.h"
#include <stdarg.h>
#include <stdio.h>

enum { TYPED_LINES = 60, TYPED_FIELDS = 64, BEFORE_MOST = 40, AFTER_MOST = 8 };

void rv_finding_say(rv_finding *finding, double confidence, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    vsnprintf(finding->evidence, sizeof finding->evidence, format, args);
    vsnprintf(finding->french, sizeof finding->french, rv_translate(format, RV_FRENCH, NULL), again);
    va_end(args);
    va_end(again);
    finding->confidence = confidence < 0 ? 0 : confidence > 1 ? 1 : confidence;
    finding->given = false;
}

void rv_finding_given(rv_finding *finding) {
    rv_finding_say(finding, 1, "given");
    finding->given = true;
}

/* --- Lines ------------------------------------------------------------------------------------------------------- */

void rv_csv_lines_read(const rv_csv_rules *rules, const char *data, size_t n, bool at_end, rv_csv_lines *out) {
    rv_csv_ahead ahead = {0};
    bool after_empty = false;
    out->n = out->empty = out->irregular = 0;
    size_t at = 0;
    while (at < n && out->n < RV_CSV_LINES) {
        rv_csv_record record;
        rv_csv_outcome end = rv_csv_record_at(rules, data, at, n, at_end, 0, &ahead, NULL, &record);
        if (end == RV_CSV_MORE || end == RV_CSV_TOO_LONG) break;
        if (record.end == at) {
            out->empty++;
            after_empty = true;
        } else {
            out->at[out->n].start = at;
            out->at[out->n].end = record.end;
            out->at[out->n].next = record.next;
            out->at[out->n].fields = end == RV_CSV_UNCLOSED ? 0 : (uint32_t)record.fields;
            out->at[out->n].after_empty = after_empty;
            out->irregular += end == RV_CSV_WHOLE && record.irregular > 0;
            out->n++;
            after_empty = false;
        }
        at = record.next;
    }
    out->all = at >= n;
}

static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* --- One dialect ------------------------------------------------------------------------------------------------- */

typedef struct shape {
    rv_csv_rules rules;
    size_t width, agree, lines; /* fields of most lines; lines of that width; lines that should have it */
    size_t before;              /* lines above the first of that width */
    char above;                 /* separator of another table above this one; 0: there is none */
    double typed;               /* share of cells that are more than plain text */
    double score;
} shape;

/* The commonest number of fields; among equals the larger. With `least` 2 lines without a separator don't vote. */
static size_t commonest(const rv_csv_lines *lines, uint32_t least, size_t *times) {
    size_t best = 0, width = 0;
    for (size_t i = 0; i < lines->n; i++) {
        uint32_t f = lines->at[i].fields;
        if (f < least) continue;
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) seen = lines->at[k].fields == f;
        if (seen) continue;
        size_t n = 0;
        for (size_t k = i; k < lines->n; k++) n += lines->at[k].fields == f;
        if (n > best || (n == best && f > width)) best = n, width = f;
    }
    *times = best;
    return width;
}

/* A semicolon that isn't the end of &eacute; or &#39; */
static bool has_semicolon(rv_text cell) {
    for (uint32_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] != ';') continue;
        uint32_t k = i;
        while (k > 0 && i - k < 8 && (is_letter_or_digit(cell.ptr[k - 1]) || cell.ptr[k - 1] == '#')) k--;
        if (k == i || k == 0 || cell.ptr[k - 1] != '&') return true;
    }
    return false;
}

/* How much a cell looks like a value: 1 is certain. */
static double worth(rv_text cell, bool quoted, bool *typed) {
    *typed = false;
    if (quoted) return 1;
    if (cell.len == 0) return .8;
    char first = cell.ptr[0], last = cell.ptr[cell.len - 1];
    rv_value_kind kind = rv_csv_value_look(cell).kind;
    *typed = kind != RV_VALUE_TEXT && kind != RV_VALUE_EMPTY;
    if (*typed) return first == ' ' ? .9 : 1;
    if ((first == '\'' && last == '\'' && cell.len > 1) || first == '"' || (last == '"' && first == '"')) return .1;
    if (has_semicolon(cell) || memchr(cell.ptr, '\t', cell.len) || memchr(cell.ptr, '|', cell.len)) return .1;
    return first == ' ' ? .85 : .95;
}

/* A comma with a letter right behind it parts something; one with a blank behind is prose. */
static bool has_tight_comma(rv_text cell) {
    const char *end = cell.ptr + cell.len;
    for (const char *p = cell.ptr; p < end && (p = memchr(p, ',', (size_t)(end - p))) != NULL; p++)
        if (p + 1 == end || p[1] != ' ') return true;
    return false;
}

static double cell_worth(const shape *s, const char *data, const rv_csv_lines *lines, double *typed) {
    rv_csv_span at[TYPED_FIELDS];
    rv_csv_ahead ahead = {0};
    double sum = 0;
    size_t cells = 0, n_typed = 0, seen = 0;
    for (size_t i = s->before; i < lines->n && seen < TYPED_LINES; i++) {
        if (lines->at[i].fields != s->width) continue;
        seen++;
        rv_csv_spans spans = {at, 0, TYPED_FIELDS};
        rv_csv_record record;
        rv_csv_record_at(&s->rules, data, lines->at[i].start, lines->at[i].end, true, 0, &ahead, &spans, &record);
        for (size_t k = 0; k < spans.n && k < TYPED_FIELDS; k++) {
            bool is_typed;
            rv_text cell = rv_text_make(data + at[k].start, at[k].end - at[k].start);
            double value = worth(cell, at[k].quoted, &is_typed);
            bool parted = s->width == 1 && !at[k].quoted && value > .3 && has_tight_comma(cell);
            sum += !parted ? value : is_typed ? .8 : .3;
            n_typed += is_typed;
            cells++;
        }
    }
    *typed = cells ? (double)n_typed / (double)cells : 0;
    return cells ? sum / (double)cells : 0;
}

/* Lines above the table that are likely to be that: few, or apart from it by an empty line. */
static bool likely_preamble(const rv_csv_lines *lines, size_t before, size_t agree) {
    return before == 0 ||
           (before <= BEFORE_MOST && agree >= 2 && (before <= 2 || before <= agree || lines->at[before].after_empty));
}

/* Lines above that are a table of their own, written otherwise: then the dialect changes here, and the first one holds. */
static char other_table(const rv_csv_rules *rules, const char *data, const rv_csv_lines *lines, size_t before) {
    for (size_t i = 0; i + 1 < before; i++) {
        const char *first = data + lines->at[i].start, *second = data + lines->at[i + 1].start;
        size_t n = lines->at[i].end - lines->at[i].start, m = lines->at[i + 1].end - lines->at[i + 1].start;
        for (size_t columns = 3; columns <= 64; columns++) {
            char other = rv_csv_other_separator(rules, first, n, columns);
            if (other && rv_csv_other_separator(rules, second, m, columns) == other) return other;
        }
    }
    return 0;
}

/* Numbers, dates, e-mails in the first line of a narrow table: no header, so nothing stands above it either. */
static bool begins_with_values(const shape *s, const char *data, const rv_csv_lines *lines) {
    const char *line = data + lines->at[s->before].start;
    rv_csv_span at[2];
    rv_csv_ahead ahead = {0};
    rv_csv_record record;
    rv_csv_spans spans = {at, 0, 2};
    if (s->width != 2) return false;
    rv_csv_record_at(&s->rules, line, 0, lines->at[s->before].end - lines->at[s->before].start, true, 0, &ahead, &spans,
                     &record);
    rv_value_kind kinds[2];
    for (size_t k = 0; k < 2; k++)
        kinds[k] = rv_csv_value_look(rv_text_make(line + at[k].start, at[k].end - at[k].start)).kind;
    return kinds[0] > RV_VALUE_TEXT || kinds[1] > RV_VALUE_TEXT;
}

/* Commas between digits all along, below a header that has none: decimals, which part nothing. */
static bool parts_numbers(const shape *s, const char *data, const rv_csv_lines *lines) {
    size_t seen = 0, between = 0;
    for (size_t i = s->before; i < lines->n; i++)
        for (size_t at = lines->at[i].start + 1; at + 1 < lines->at[i].end; at++) {
            if (data[at] != s->rules.separator) continue;
            seen++;
            between += data[at - 1] >= '0' && data[at - 1] <= '9' && data[at + 1] >= '0' && data[at + 1] <= '9';
        }
    return between * 10 >= seen * 9;
}

/* Does the table begin at s->before? */
static bool begins_there(shape *s, const rv_csv_sample *head, const rv_csv_lines *lines) {
    for (size_t i = 0; i < s->before; i++)
        if (lines->at[i].fields == 0) return false; /* what doesn't close is no title */
    if (s->before == 0) return true;
    if (!likely_preamble(lines, s->before, s->agree) || begins_with_values(s, head->data, lines) ||
        (s->rules.separator == ',' && parts_numbers(s, head->data, lines)))
        return false;
    s->above = other_table(&s->rules, head->data, lines, s->before);
    return !s->above;
}

static void judge(shape *s, const rv_csv_sample *head, double prior, bool strict, rv_csv_lines *lines) {
    rv_csv_lines_read(&s->rules, head->data, head->n, head->at_end, lines);
    s->score = 0;
    s->width = commonest(lines, 2, &s->agree);
    if (s->width == 0) return;
    while (lines->at[s->before].fields != s->width) s->before++;
    size_t after = 0;
    while (lines->all && after < AFTER_MOST && lines->at[lines->n - 1 - after].fields != s->width) after++;
    if (after == AFTER_MOST) after = 0;
    if (strict || !begins_there(s, head, lines)) { /* then the first line is the table's */
        s->before = 0;
        s->width = lines->at[0].fields;
        s->agree = 0;
        for (size_t i = 0; i < lines->n; i++) s->agree += lines->at[i].fields == s->width;
        if (s->width < 2) return;
    }
    s->lines = lines->n - s->before - after;
    double agree = (double)s->agree / (double)s->lines, stray = (double)lines->irregular / (double)lines->n;
    double apart = 1 - .5 * (double)(s->before + after) / (double)lines->n;
    s->score = agree * agree * (1 - .5 / (double)s->width) * cell_worth(s, head->data, lines, &s->typed) *
               (1 - .5 * stray) * prior * apart;
}

/* The file as one column: every line is a cell. */
static void judge_single(shape *s, const rv_csv_sample *head, rv_csv_lines *lines) {
    rv_csv_lines_read(&s->rules, head->data, head->n, head->at_end, lines);
    s->width = 1;
    s->agree = 0;
    for (size_t i = 0; i < lines->n; i++) s->agree += lines->at[i].fields == 1;
    s->lines = lines->n;
    s->score = lines->n ? (double)s->agree / (double)lines->n * .5 * cell_worth(s, head->data, lines, &s->typed) : 0;
}

/* --- All dialects ------------------------------------------------------------------------------------------------ */

/* A separator that a value of a single column can't hold. */
#define NO_SEPARATOR '\x1f'

static const struct {
    char separator;
    double prior;
} separators[] = {{',', 1},  {';', 1},  {'\t', 1}, {'|', 1},   {'\x1f', .97}, {'\x01', .97},
                  {'^', .9}, {'~', .9}, {'#', .7}, {':', .75}, {' ', .62}};
enum { N_SEPARATORS = sizeof separators / sizeof *separators, USUAL = 4 };

/* Blanks and colons stand in values too: they part only what has some width and values of several kinds. */
static bool possible(const shape *s, const shape *single) {
    char c = s->rules.separator;
    if (c != ' ' && c != ':' && c != '#') return true;
    return s->width >= 3 && s->agree >= 3 && s->agree == s->lines && s->typed > .25 && single->typed < .5;
}

/* Quotes at the beginnings and at the ends of what may be fields. */
static void edges_of(char quote, const rv_csv_sample *head, size_t *opened, size_t *closed) {
    static const char around[] = ",;\t|^~\x1f\n\r";
    const char *end = head->data + head->n;
    *opened = *closed = 0;
    for (const char *p = head->data; p < end && (p = memchr(p, quote, (size_t)(end - p))) != NULL; p++) {
        char before = p == head->data ? '\n' : p[-1], after = p + 1 == end ? '\n' : p[1];
        *opened += before && strchr(around, before) != NULL;
        *closed += after && strchr(around, after) != NULL;
    }
}

/* Other quotes than " to be tried: ' where cells stand between two of them; none where quotes open what never closes, and
 * more than once: a forgotten one costs its line, not the meaning of all others. Where some don't, the lines decide. */
static size_t other_quotes(const rv_csv_sample *head, char out[2]) {
    size_t opened, closed, n = 0;
    edges_of('\'', head, &opened, &closed);
    if (opened >= 2 && closed >= 2 && closed * 10 >= opened * 7) out[n++] = '\'';
    edges_of('"', head, &opened, &closed);
    if (opened >= closed + 2 && closed * 2 <= opened) out[n++] = RV_NO_QUOTE;
    return n;
}

static bool escapes(char escape, char quote, const rv_csv_sample *head) {
    const char *end = head->data + head->n;
    for (const char *p = head->data; p < end && (p = memchr(p, escape, (size_t)(end - p))) != NULL; p++)
        if (p + 1 < end && (p[1] == quote || strchr(",;\t|", p[1])) && p[1]) return true;
    return false;
}

char rv_csv_announced(const rv_csv_sample *head) {
    rv_text line = rv_text_make(head->data, rv_csv_line_end(head->data, 0, head->n < 16 ? head->n : 16));
    if (line.len > 2 && line.ptr[0] == '"' && line.ptr[line.len - 1] == '"')
        line = rv_text_make(line.ptr + 1, line.len - 2);
    return line.len == 5 && rv_text_is_nocase(rv_text_make(line.ptr, 4), "sep=") ? line.ptr[4] : 0;
}

typedef struct search {
    const rv_dialect *given;
    const rv_csv_sample *head;
    shape best, second, single; /* second: the best with another separator */
    rv_csv_lines lines;
    char above; /* separator with which the file begins, before another one takes over */
} search;

static void try_one(search *s, char separator, char quote, char escape, double prior) {
    if (separator == quote || !memchr(s->head->data, separator, s->head->n)) return;
    shape now = {.rules = s->best.rules};
    now.rules.separator = separator;
    now.rules.quote = quote;
    now.rules.escape = escape;
    judge(&now, s->head, prior, s->given->strict, &s->lines);
    if (now.above) s->above = now.above;
    if (!s->given->separator && !possible(&now, &s->single)) return;
    if (now.score > s->best.score + 1e-9) {
        if (s->best.rules.separator != separator) s->second = s->best;
        s->best = now;
    } else if (separator != s->best.rules.separator && now.score > s->second.score) {
        s->second = now;
    }
}

static void try_quotes(search *s, char separator, double prior) {
    const rv_dialect *d = s->given;
    char quotes[3] = {'"'};
    size_t n = 1;
    if (d->quote) quotes[0] = d->quote;
    else if (!d->strict) n += other_quotes(s->head, quotes + 1);
    for (size_t q = 0; q < n; q++) {
        double weight = prior * (quotes[q] == RV_NO_QUOTE ? .96 : q ? .99 : 1);
        char doubled = d->escape && d->escape != quotes[q] ? d->escape : 0;
        try_one(s, separator, quotes[q], doubled, weight);
        if (!d->escape && !d->strict && escapes('\\', quotes[q], s->head))
            try_one(s, separator, quotes[q], '\\', weight * .99);
    }
}

static char absent_separator(const rv_csv_sample *head) {
    for (size_t i = 0; i < USUAL; i++)
        if (!memchr(head->data, separators[i].separator, head->n)) return separators[i].separator;
    return NO_SEPARATOR;
}

static const char *character_name(char c, char out[16]) {
    if (c == '\t') return "tab";
    if (c == ' ') return "blank";
    if ((unsigned char)c < ' ' || c == NO_SEPARATOR) snprintf(out, 16, "U+%04X", (unsigned)(unsigned char)c);
    else snprintf(out, 16, "%c", c);
    return out;
}

static void tell_separator(const search *s, rv_sniffed *out) {
    char name[16];
    const shape *b = &s->best, *o = &s->second;
    double sure = b->score > 0 ? 1 - .5 * o->score / b->score : .3;
    if (b->lines < 3) sure *= .9;
    if (b->width == 1)
        rv_finding_say(&out->separator, b->score > o->score * 1.5 ? .9 : .6,
                       "one column: no character parts the %zu lines evenly", b->lines);
    else if (o->score > 0 && o->width > 1)
        rv_finding_say(&out->separator, sure, "%zu of %zu lines have %zu fields; with %s %zu of %zu have %zu", b->agree,
                       b->lines, b->width, character_name(o->rules.separator, name), o->agree, o->lines, o->width);
    else rv_finding_say(&out->separator, sure, "%zu of %zu lines have %zu fields", b->agree, b->lines, b->width);
}

static size_t count_byte(const rv_csv_sample *head, char c) {
    size_t n = 0;
    const char *end = head->data + head->n;
    for (const char *p = head->data; p < end && (p = memchr(p, c, (size_t)(end - p))) != NULL; p++) n++;
    return n;
}

static void tell_quotes(const search *s, rv_sniffed *out) {
    const rv_csv_rules *r = &s->best.rules;
    size_t quotes = r->quote == RV_NO_QUOTE ? 0 : count_byte(s->head, r->quote);
    if (r->quote == RV_NO_QUOTE) rv_finding_say(&out->quote, .8, "quotes open fields that never close: they are data");
    else if (quotes == 0) rv_finding_say(&out->quote, .9, "none in the sample");
    else rv_finding_say(&out->quote, .98, "%zu in the sample, at the edges of fields", quotes);
    if (r->escape)
        rv_finding_say(&out->escape, .9, "%zu in the sample; without it fewer lines are alike",
                       count_byte(s->head, r->escape));
    else
        rv_finding_say(&out->escape, quotes ? .95 : .9,
                       quotes ? "quotes within fields are doubled" : "nothing to escape");
}

size_t rv_csv_sniff_rules(const rv_dialect *given, const rv_csv_sample *head, rv_csv_rules *rules, rv_sniffed *out) {
    static const rv_dialect open = {0};
    search s = {.given = given ? given : &open, .head = head};
    s.best.rules = s.single.rules =
        (rv_csv_rules){NO_SEPARATOR, s.given->quote ? s.given->quote : '"', rules->record_limit, 0};
    char announced = s.given->separator || s.given->skip_given || s.given->strict ? 0 : rv_csv_announced(head);
    char fixed = s.given->separator ? s.given->separator : announced;
    judge_single(&s.single, head, &s.lines);
    if (!fixed) s.best = s.single;
    for (size_t i = 0; i < N_SEPARATORS; i++)
        if (!fixed) try_quotes(&s, separators[i].separator, separators[i].prior);
    if (fixed) try_quotes(&s, fixed, 1);
    if (!fixed && s.best.width <= 1 && s.above) {
        fixed = s.above;
        s.best.score = -1;
        try_one(&s, fixed, s.best.rules.quote, 0, 1);
    }
    if (!fixed && s.best.width <= 1) s.best.rules.separator = absent_separator(head);
    if (fixed) s.best.rules.separator = fixed;
    if (s.best.rules.quote == s.best.rules.separator) s.best.rules.quote = RV_NO_QUOTE;
    *rules = s.best.rules;
    out->dialect.separator = rules->separator;
    out->dialect.quote = rules->quote;
    out->dialect.escape = rules->escape ? rules->escape : rules->quote;
    tell_separator(&s, out);
    tell_quotes(&s, out);
    if (s.given->separator) rv_finding_given(&out->separator);
    else if (announced) rv_finding_say(&out->separator, 1, "the first line says so (sep=)");
    if (s.given->quote) rv_finding_given(&out->quote);
    if (s.given->escape) rv_finding_given(&out->escape);
    size_t times;
    if (s.best.width == 0) {
        rv_csv_lines_read(rules, head->data, head->n, head->at_end, &s.lines);
        s.best.width = commonest(&s.lines, 1, &times);
    }
    return s.best.width;
}

char rv_csv_other_separator(const rv_csv_rules *rules, const char *record, size_t n, size_t columns) {
    if (columns < 2) return 0;
    for (size_t i = 0; i < USUAL; i++) {
        rv_csv_rules other = *rules;
        other.separator = separators[i].separator;
        if (other.separator == rules->separator || other.separator == rules->quote) continue;
        rv_csv_ahead ahead = {0};
        rv_csv_record found;
        if (rv_csv_record_at(&other, record, 0, n, true, 0, &ahead, NULL, &found) == RV_CSV_WHOLE &&
            found.fields == columns && found.end == n)
            return other.separator;
    }
    return 0;
}
