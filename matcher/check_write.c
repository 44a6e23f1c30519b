/*
 * What check tells. All that is for people stands behind '#', so the whole answer is a job file: `reveil check clients.csv
 * > job.yaml` freezes what was found, and `reveil run job.yaml` does just that, whatever the next month's file looks like.
 */
#include "check.h"

#include "encoding.h"
#include "messages.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static double share(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : 0; }

/* Columns on a terminal: bytes that continue a letter take no room. */
static void padded(rv_buffer *text, rv_text value, unsigned width) {
    unsigned n = 0;
    for (uint32_t i = 0; i < value.len && n < width; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c & 0xc0) == 0x80) continue;
        uint32_t size = 1;
        while (i + size < value.len && ((unsigned char)value.ptr[i + size] & 0xc0) == 0x80) size++;
        rv_buffer_text(text, c < ' ' ? RV_TEXT(" ") : rv_text_make(value.ptr + i, size));
        n++;
    }
    for (; n < width; n++) rv_buffer_byte(text, ' ');
}

static const char *shown_role(const rv_checked *c, uint32_t i) {
    if (c->roles.ignored[i]) return "(ignored)";
    return c->roles.roles[i] == RV_ROLE_NONE ? "-" : rv_role_name(c->roles.roles[i]);
}

/* --- Problems ------------------------------------------------------------------------------------------------------ */

typedef void (*teller)(void *ctx, const char *column, uint32_t name_len, const char *sentence);

typedef struct problems {
    teller tell;
    void *ctx;
    const rv_checked *checked;
    rv_language language;
    uint32_t column;
} problems;

__attribute__((format(printf, 2, 3))) static void problem(const problems *p, const char *format, ...) {
    char sentence[256];
    va_list list;
    va_start(list, format);
    vsnprintf(sentence, sizeof sentence, rv_translate(format, p->language, NULL), list);
    va_end(list);
    rv_text name = p->column == UINT32_MAX ? (rv_text){0} : p->checked->info->names[p->column];
    p->tell(p->ctx, name.ptr, name.len, sentence);
}

static void problems_of_column(problems *p) {
    const rv_checked *c = p->checked;
    const rv_column_content *v = &c->columns[p->column].content;
    const rv_role_reason *why = &c->roles.reasons[p->column];
    rv_role role = c->roles.roles[p->column];
    if (why->contradicted) problem(p, "%s", p->language == RV_FRENCH ? why->french : why->evidence);
    if (v->filled == 0) {
        if (role != RV_ROLE_NONE && c->rows)
            problem(p, "%s has no value in the first %u rows", rv_role_name(role), v->rows);
        return;
    }
    bool telephone = role == RV_ROLE_PHONE || role == RV_ROLE_MOBILE;
    if (v->rounded)
        problem(p,
                "%u of %u values are rounded by a spreadsheet (6,12E+08): their digits are lost; export "
                "the column as text",
                v->rounded, v->filled);
    if (telephone && v->phone + v->rounded < v->filled)
        problem(p, "%u of %u values are no telephone number in use", v->filled - v->phone - v->rounded, v->filled);
    if (role == RV_ROLE_EMAIL && v->email < v->filled)
        problem(p, "%u of %u values are no e-mail address", v->filled - v->email, v->filled);
    if (role == RV_ROLE_BIRTH_DATE && v->date + v->digits < v->filled)
        problem(p, "%u of %u values are no date", v->filled - v->date, v->filled);
    if (role == RV_ROLE_BIRTH_DATE && v->two_thousands * 5 > v->filled)
        problem(p, "%u of %u are born after 2015", v->two_thousands, v->filled);
    if (role == RV_ROLE_ID && v->distinct < v->filled)
        problem(p, "%u of %u values come more than once: is this the id of a row?", v->filled - v->distinct, v->filled);
    bool one_each = role == RV_ROLE_EMAIL || telephone;
    if (one_each && v->filled >= 20 && v->distinct * 2 < v->filled)
        problem(p, "%u rows share %u values", v->filled, v->distinct);
}

static bool has_role(const rv_checked *c, rv_role role) { return c->roles.of[role] >= 0; }

static void all_problems(const rv_checked *c, rv_language language, teller tell, void *ctx) {
    problems p = {tell, ctx, c, language, UINT32_MAX};
    for (unsigned i = 0; i < c->n_reasons; i++)
        problem(&p, "%llu lines can't be read: %s, first in line %llu", (unsigned long long)c->reasons[i].count,
                c->reasons[i].reason, (unsigned long long)c->reasons[i].first_line);
    if (c->irregular)
        problem(&p, "%llu values hold quotes that neither open nor close one; they were read as text",
                (unsigned long long)c->irregular);
    if (c->rows == 0) problem(&p, "there is no row");
    for (size_t i = 0; c->info->sniffed && i < c->info->sniffed->n_notes; i++)
        problem(&p, "%s", c->info->sniffed->notes[i]);
    for (p.column = 0; p.column < c->info->columns; p.column++)
        if (!c->roles.ignored[p.column]) problems_of_column(&p);
    p.column = UINT32_MAX;
    if (!has_role(c, RV_ROLE_ID)) problem(&p, "no column is known to be the id: name it with --id COLUMN");
    static const rv_role keys[] = {RV_ROLE_EMAIL,     RV_ROLE_MOBILE,     RV_ROLE_PHONE,     RV_ROLE_EMAIL_SHA256,
                                   RV_ROLE_EMAIL_MD5, RV_ROLE_EMAIL_SHA1, RV_ROLE_LAST_NAME, RV_ROLE_FULL_NAME};
    bool any = false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) any |= has_role(c, keys[i]);
    if (!any) problem(&p, "no column is known by which people could be recognised: name one with --role COLUMN=ROLE");
    if (has_role(c, RV_ROLE_ORDER_DATE) && has_role(c, RV_ROLE_AMOUNT))
        problem(&p, "this looks like a list of orders: a job takes it as transactions, beside a file of clients");
}

/* --- For people ---------------------------------------------------------------------------------------------------- */

static void tell_line(void *ctx, const char *name, uint32_t name_len, const char *sentence) {
    rv_buffer *text = ctx;
    rv_buffer_string(text, "#   ");
    if (name_len) {
        rv_buffer_text(text, rv_text_make(name, name_len));
        rv_buffer_string(text, ": ");
    }
    rv_buffer_format(text, "%s\n", sentence);
}

static void put_character(rv_buffer *text, char c) {
    if (c == RV_NO_QUOTE) rv_tell(text, "none");
    else if (c == '\t') rv_tell(text, "tab");
    else if (c) rv_buffer_byte(text, c);
}

/* One decision about how the file is written. */
static void put_finding(rv_buffer *text, const char *what, const rv_finding *finding, const char *value) {
    rv_buffer_string(text, "#   ");
    rv_tell_padded(text, what, 10);
    rv_buffer_string(text, "  ");
    padded(text, rv_text_of(value), 9);
    rv_buffer_format(text, "  %4.2f  ", finding->confidence);
    rv_buffer_string(text, text->language == RV_FRENCH ? finding->french : finding->evidence);
    rv_buffer_byte(text, '\n');
}

static void put_character_finding(rv_buffer *text, const char *what, const rv_finding *finding, char c) {
    rv_buffer value = {.language = text->language};
    put_character(&value, c);
    rv_buffer_byte(&value, 0);
    put_finding(text, what, finding, value.failed ? "" : value.data);
    rv_buffer_free(&value);
}

static const char *const orders[] = {"auto", "dmy", "mdy", "ymd"};

static void write_findings(const rv_checked *c, rv_buffer *text) {
    const rv_sniffed *s = c->info->sniffed;
    char lines[24];
    if (!s) return;
    rv_tell(text, "#\n# how it is written:\n");
    put_character_finding(text, "separator", &s->separator, s->dialect.separator);
    put_character_finding(text, "quote", &s->quote, s->dialect.quote);
    if (s->dialect.escape && s->dialect.escape != s->dialect.quote)
        put_character_finding(text, "escape", &s->escape, s->dialect.escape);
    put_finding(text, "encoding", &s->encoding, rv_encoding_name(s->dialect.encoding));
    put_finding(text, "header", &s->header, c->info->has_header ? "yes" : "no");
    snprintf(lines, sizeof lines, "%u lines", s->preamble_lines);
    if (s->preamble_lines) put_finding(text, "above it", &s->preamble, lines);
    snprintf(lines, sizeof lines, "%u lines", s->footer_lines);
    if (s->footer_lines) put_finding(text, "below it", &s->footer, lines);
    if (c->info->decimal) put_character_finding(text, "decimal", &s->decimal, c->info->decimal);
    if (s->thousands_mark && s->thousands_mark[0] > ' ')
        put_finding(text, "thousands", &s->thousands, s->thousands_mark);
    if (c->info->date_order) put_finding(text, "dates", &s->date_order, orders[c->info->date_order]);
}

/* Wilson's interval at 95 %. */
static void interval(uint64_t hits, uint64_t n, double *low, double *high) {
    double z = 1.96, p = share(hits, n), m = (double)n;
    double middle = (p + z * z / (2 * m)) / (1 + z * z / m);
    double half = z * sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / (1 + z * z / m);
    *low = middle > half ? middle - half : 0;
    *high = middle + half < 1 ? middle + half : 1;
}

static void write_rate(const rv_checked *c, rv_buffer *text) {
    if (!c->rated) return;
    double low, high;
    interval(c->matched, c->sampled, &low, &high);
    rv_tell(text, "#\n# expected match rate with %s: %.1f %%", c->options->megabase,
            100 * share(c->matched, c->sampled));
    if (c->whole) rv_tell(text, " (all %llu rows)\n", (unsigned long long)c->sampled);
    else rv_tell(text, " (%.1f to %.1f, from %llu rows)\n", 100 * low, 100 * high, (unsigned long long)c->sampled);
}

static void write_table(const rv_checked *c, rv_buffer *text) {
    const rv_table_info *info = c->info;
    rv_tell(text, "# %s: %llu rows", c->options->clients.path, (unsigned long long)c->rows);
    if (c->rejected) rv_tell(text, ", %llu lines rejected", (unsigned long long)c->rejected);
    if (c->asides) rv_tell(text, ", %llu lines are no rows", (unsigned long long)c->asides);
    if (info->has_header && info->header_line)
        rv_tell(text, "; header in line %llu", (unsigned long long)info->header_line);
    if (info->compression && strcmp(info->compression, "none") != 0) rv_buffer_format(text, ", %s", info->compression);
    rv_tell(text, "\n#\n# column                        role           sure   filled  examples\n");
    for (uint32_t i = 0; i < info->columns; i++) {
        const rv_checked_column *column = &c->columns[i];
        rv_buffer_string(text, "# ");
        padded(text, info->names[i], 28);
        rv_buffer_string(text, "  ");
        padded(text, rv_text_of(shown_role(c, i)), 13);
        if (c->roles.roles[i] != RV_ROLE_NONE) rv_buffer_format(text, "  %4.2f", c->roles.reasons[i].confidence);
        else rv_buffer_string(text, "      ");
        rv_buffer_format(text, "  %5.1f %%", 100 * share(column->filled, c->rows));
        for (unsigned k = 0; k < RV_CHECK_EXAMPLES && column->examples[k][0]; k++)
            rv_buffer_format(text, "%s%s", k ? " | " : "  ", column->examples[k]);
        rv_buffer_byte(text, '\n');
    }
    for (uint32_t i = 0, told = 0; i < info->columns; i++) {
        if (!c->roles.reasons[i].by_content || c->roles.reasons[i].contradicted || c->roles.roles[i] == RV_ROLE_NONE)
            continue;
        if (!told++) rv_tell(text, "#\n# by their values:\n");
        rv_buffer_string(text, "#   ");
        rv_buffer_text(text, info->names[i]);
        rv_tell(text, " is %s: %s\n", shown_role(c, i), text->language == RV_FRENCH ? c->roles.reasons[i].french : c->roles.reasons[i].evidence);
    }
    write_findings(c, text);
    rv_buffer lines = {0};
    all_problems(c, (rv_language)text->language, tell_line, &lines);
    if (lines.len) {
        rv_tell(text, "#\n# to look at:\n");
        rv_buffer_add(text, lines.data, lines.len);
    }
    rv_buffer_free(&lines);
}

/* --- The job file -------------------------------------------------------------------------------------------------- */

static void quoted(rv_buffer *text, rv_text value) { /* a JSON string is a YAML one */
    rv_json json;
    rv_json_init(&json, text, false);
    rv_json_text(&json, value);
}

static void character(rv_buffer *text, const char *key, char c) {
    rv_buffer_format(text, "  %s: ", key);
    if (c == '\t' || c == RV_NO_QUOTE) put_character(text, c);
    else quoted(text, rv_text_make(&c, 1));
    rv_buffer_byte(text, '\n');
}

static void write_dialect(const rv_checked *c, rv_buffer *text) {
    const rv_dialect *given = &c->options->clients.dialect;
    const rv_table_info *info = c->info;
    if (info->sniffed) {
        const rv_dialect *d = &info->sniffed->dialect;
        character(text, "sep", d->separator);
        character(text, "quote", d->quote);
        if (d->escape && d->escape != d->quote) character(text, "escape", d->escape);
        rv_buffer_format(text, "  encoding: %s\n", rv_encoding_name(d->encoding));
        rv_buffer_format(text, "  header: %s\n", info->has_header ? "yes" : "no");
        rv_buffer_format(text, "  skip_lines: %u\n", d->skip_lines);
    }
    if (info->decimal) character(text, "decimal", info->decimal);
    if (info->date_order) rv_buffer_format(text, "  date_order: %s\n", orders[info->date_order]);
    if (given->country[0]) rv_buffer_format(text, "  country: %s\n", given->country);
    if (given->footer) rv_buffer_format(text, "  footer: %s\n", given->footer == RV_YES ? "yes" : "no");
    if (given->repair) rv_buffer_string(text, "  repair: true\n");
    if (given->strict) rv_buffer_string(text, "  strict: true\n");
}

static void write_roles(const rv_checked *c, rv_buffer *text) {
    rv_buffer_string(text, "  roles:\n");
    for (uint32_t i = 0; i < c->info->columns; i++) {
        rv_role role = c->roles.roles[i];
        if (c->roles.ignored[i] || c->info->names[i].len == 0 || role == RV_ROLE_ID) continue;
        rv_buffer_string(text, "    ");
        quoted(text, c->info->names[i]);
        rv_buffer_format(text, ": %s\n", rv_role_name(role == RV_ROLE_NONE ? RV_ROLE_ATTRIBUTE : role));
    }
    bool any = false;
    for (uint32_t i = 0; i < c->info->columns; i++) {
        if (!c->roles.ignored[i]) continue;
        rv_buffer_string(text, any ? ", " : "  ignore: [");
        quoted(text, c->info->names[i]);
        any = true;
    }
    if (any) rv_buffer_string(text, "]\n");
}

static void write_job(const rv_checked *c, rv_buffer *text) {
    const char *path = c->options->clients.path, *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    int stem = strcmp(path, "-") == 0 ? 0 : (int)strcspn(name, ".");
    if (stem == 0) {
        name = "clients";
        stem = 7;
    }
    rv_buffer_string(text, "\nversion: 1\nmegabase: ");
    quoted(text, rv_text_of(c->options->megabase ? c->options->megabase : "mega.rvl"));
    rv_buffer_string(text, c->options->megabase ? "\nclients:\n  file: " : "  # yours\nclients:\n  file: ");
    quoted(text, rv_text_of(path));
    rv_buffer_byte(text, '\n');
    write_dialect(c, text);
    if (has_role(c, RV_ROLE_ID)) {
        rv_buffer_string(text, "  id: ");
        quoted(text, c->info->names[c->roles.of[RV_ROLE_ID]]);
        rv_buffer_byte(text, '\n');
    }
    if (c->options->clients.schema) {
        rv_buffer_string(text, "  schema: ");
        quoted(text, rv_text_of(c->options->clients.schema));
        rv_buffer_byte(text, '\n');
    } else write_roles(c, text);
    rv_buffer_format(text, "out:\n  enriched: \"%.*s-enriched.csv\"\n  rejects: \"%.*s-rejects.csv\"\n", stem, name,
                     stem, name);
}

void rv_check_write_text(const rv_checked *checked, rv_buffer *text) {
    write_table(checked, text);
    write_rate(checked, text);
    write_job(checked, text);
}

/* --- For programs -------------------------------------------------------------------------------------------------- */

static void tell_json(void *ctx, const char *name, uint32_t name_len, const char *sentence) {
    rv_json *json = ctx;
    rv_json_object(json);
    if (name_len) {
        rv_json_key(json, "column");
        rv_json_text(json, rv_text_make(name, name_len));
    }
    rv_json_put_string(json, "says", sentence);
    rv_json_end(json, '}');
}

void rv_check_write_json(const rv_checked *c, rv_json *json) {
    const rv_table_info *info = c->info;
    rv_json_key(json, "check");
    rv_json_object(json);
    char separator[2] = {info->separator, 0};
    rv_json_put_string(json, "separator", info->separator ? separator : NULL);
    rv_json_put_string(json, "encoding", info->separator ? rv_encoding_name(info->encoding) : NULL);
    rv_json_put_bool(json, "header", info->has_header);
    const char decimal[2] = {info->decimal, 0};
    rv_json_put_string(json, "decimal", info->decimal ? decimal : NULL);
    rv_json_put_string(json, "date_order", info->date_order ? orders[info->date_order] : NULL);
    rv_json_put_unsigned(json, "skip_lines", info->sniffed ? info->sniffed->dialect.skip_lines : 0);
    rv_json_put_unsigned(json, "set_aside", c->asides);
    rv_json_key(json, "columns");
    rv_json_array(json);
    for (uint32_t i = 0; i < info->columns; i++) {
        const rv_role_reason *why = &c->roles.reasons[i];
        rv_json_object(json);
        rv_json_key(json, "name");
        rv_json_text(json, info->names[i]);
        rv_json_put_string(json, "role", c->roles.roles[i] == RV_ROLE_NONE ? NULL : rv_role_name(c->roles.roles[i]));
        rv_json_put_number(json, "confidence", round(why->confidence * 1000) / 1000);
        rv_json_put_string(json, "evidence", why->evidence[0] ? why->evidence : NULL);
        rv_json_put_unsigned(json, "filled", c->columns[i].filled);
        rv_json_put_number(json, "fill_rate", round(share(c->columns[i].filled, c->rows) * 10000) / 10000);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
    rv_json_key(json, "problems");
    rv_json_array(json);
    all_problems(c, RV_ENGLISH, tell_json, json);
    rv_json_end(json, ']');
    if (c->rated) {
        double low, high;
        interval(c->matched, c->sampled, &low, &high);
        rv_json_put_number(json, "expected_match_rate", round(share(c->matched, c->sampled) * 10000) / 10000);
        rv_json_put_number(json, "expected_match_rate_low", round(low * 10000) / 10000);
        rv_json_put_number(json, "expected_match_rate_high", round(high * 10000) / 10000);
        rv_json_put_unsigned(json, "sampled_rows", c->sampled);
    }
    rv_json_end(json, '}');
}
