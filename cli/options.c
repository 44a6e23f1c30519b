/* Parsing the command line against the tables. Every value is checked here, so that commands only pick them up. */
#include "options.h"

#include "usage.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const option common_options[] = {
    {"threads", OPTION_WHOLE, "N", NULL, "threads to use (default: all cores)"},
    {"memory-limit", OPTION_SIZE, "SIZE", NULL, "refuse to use more memory than this, for example 6G"},
    {"tmpdir", OPTION_FILE, "DIR", NULL, "folder for temporary files (default: beside the output)"},
    {"seed", OPTION_WHOLE, "S", NULL, "make everything random follow from this number"},
    {"summary", OPTION_FILE, "FILE", NULL, "write the job's summary as one line of JSON; - is stdout, last line"},
    {"progress", OPTION_CHOICE, "HOW", "auto|plain|none", "progress on stderr (default: auto, a bar on a terminal)"},
    {"quiet", OPTION_SWITCH, NULL, NULL, "say nothing but errors"},
    {"lang", OPTION_CHOICE, "LANGUAGE", "en|fr", "language of messages (default: what the locale says, else en)"},
    {"dry-run", OPTION_SWITCH, NULL, NULL,
     "check everything, count, write nothing; enrich and run also foretell their time and memory"},
    {"if-changed", OPTION_SWITCH, NULL, NULL,
     "exit 99, doing nothing, when inputs, options and program are those of the last --summary"},
    {"force", OPTION_SWITCH, NULL, NULL, "let outputs replace existing files"},
    {"out-dialect", OPTION_CHOICE, "NAME", "plain|excel-fr",
     "CSV as French spreadsheets open it: byte order mark, ;, CRLF, own numbers and dates as 0,25 and 01/11/2026"},
    {"formula-safe", OPTION_SWITCH, NULL, NULL, "put ' before cells of CSV outputs that a spreadsheet would run"},
    {"max-rejects", OPTION_TEXT, "N|P%", NULL, "rejected rows allowed before the job fails (default: 1%)"},
    {"rejects", OPTION_FILE, "FILE", NULL, "write rejected rows here, with line, offset and reason"},
    {"gate", OPTION_LIST, "MEASURE>=X", NULL, "publish only if this holds, for example 'match_rate>=.4'; else exit 4"},
    {"show-values", OPTION_SWITCH, NULL, NULL, "let messages show personal data instead of its shape"},
    {"print-config", OPTION_SWITCH, NULL, NULL,
     "print every option, its value and where that comes from; do nothing else"},
    {"help", OPTION_SWITCH, NULL, NULL, "this text"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

const option table_options[] = {
    {"id", OPTION_TEXT, "COLUMN", NULL, "column that names the row"},
    {"role", OPTION_ASSIGN, "COLUMN=ROLE", NULL, "what a column means, instead of the guess from its header"},
    {"ignore", OPTION_LIST, "COLUMN,...", NULL, "columns to leave out of matching and scoring"},
    {"schema", OPTION_FILE, "FILE", NULL, "schema file that gives all roles"},
    {"sep", OPTION_TEXT, "C", NULL, "separator (default: found; tab may be written \\t)"},
    {"quote", OPTION_TEXT, "C", NULL, "quote character, or none (default: found)"},
    {"escape", OPTION_TEXT, "C", NULL, "character that makes data of a quote or separator behind it (default: found)"},
    {"encoding", OPTION_CHOICE, "NAME", "utf-8|cp1252|utf-16le|utf-16be|iso-8859-15|macroman|cp850|utf-8-twice", "encoding of the file (default: found)"},
    {"header", OPTION_CHOICE, "yes|no", "yes|no", "whether the first line names the columns"},
    {"no-header", OPTION_SWITCH, NULL, NULL, "the same as --header no: columns are c1, c2..."},
    {"decimal", OPTION_TEXT, "C", NULL, "decimal mark of numbers (default: found)"},
    {"date-order", OPTION_CHOICE, "ORDER", "dmy|mdy|ymd", "order of day, month and year (default: found)"},
    {"country", OPTION_TEXT, "NAME", NULL, "country of telephone numbers and addresses that name none (default: FR)"},
    {"skip-lines", OPTION_WHOLE, "N", NULL, "lines to pass over before the table begins (default: found)"},
    {"footer", OPTION_CHOICE, "yes|no", "yes|no", "set lines of totals and notes at the end aside (default: yes)"},
    {"repair", OPTION_SWITCH, NULL, NULL,
     "read rows of another width: short ones get empty values, the last value of long ones takes the rest"},
    {"strict", OPTION_SWITCH, NULL, NULL, "refuse what RFC 4180 refuses, with line and column"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static const option *first_of(const command *c, int table) {
    const option *tables[] = {c->options, c->takes_table ? table_options : NULL,
                              c->takes_common ? common_options : NULL};
    for (; table < 3; table++)
        if (tables[table] && tables[table]->name) return tables[table];
    return NULL;
}

const option *next_option(const command *c, const option *previous) {
    if (!previous) return first_of(c, 0);
    if (previous[1].name) return previous + 1;
    bool common =
        previous >= common_options && previous < common_options + sizeof common_options / sizeof *common_options;
    bool table = previous >= table_options && previous < table_options + sizeof table_options / sizeof *table_options;
    return common ? NULL : first_of(c, table ? 2 : 1);
}

static const option *find_option(const command *c, const char *name, size_t len) {
    for (const option *o = next_option(c, NULL); o; o = next_option(c, o))
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0) return o;
    return NULL;
}

const command *find_command(const char *name) {
    for (const command *const *c = commands; *c; c++)
        if (strcmp((*c)->name, name) == 0) return *c;
    return NULL;
}

/* --- Checking values --------------------------------------------------------------------------------------------- */

static bool in_choices(const char *choices, const char *word) {
    size_t n = strlen(word);
    for (const char *at = choices;;) {
        size_t len = strcspn(at, "|");
        if (len == n && memcmp(at, word, n) == 0) return true;
        if (!at[len]) return false;
        at += len + 1;
    }
}

static int check_value(const command *c, const option *o, const char *text, const char *whence) {
    uint64_t n;
    switch (o->kind) {
    case OPTION_WHOLE:
        if (rv_read_count(text, &n)) return 0;
        return usage_error(c, NULL, "%s%s wants a whole number, not '%s'", whence, o->name, text);
    case OPTION_SIZE:
        if (rv_read_size(text, &n)) return 0;
        return usage_error(c, "for example --memory-limit 6G", "%s%s wants a size, not '%s'", whence, o->name, text);
    case OPTION_ASSIGN:
        if (strchr(text, '=') && text[0] != '=') return 0;
        return usage_error(c, NULL, "%s%s wants %s, not '%s'", whence, o->name, o->argument, text);
    case OPTION_CHOICE:
        if (in_choices(o->choices, text)) return 0;
        return usage_error(c, NULL, "%s%s wants one of %s, not '%s'", whence, o->name, o->choices, text);
    default: return 0;
    }
}

/* --- Parsing ----------------------------------------------------------------------------------------------------- */

/* What a table is written as is no option: people ask for it by one all the same. */
static bool names_a_form(const char *word) {
    static const char *const forms[] = {"xlsx", "excel", "parquet", "jsonl", "json", "format", "output-format"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(word, forms[i]) == 0) return true;
    return false;
}

static int unknown_option(const command *c, const char *given, size_t len) {
    const char *names[128];
    size_t n = 0;
    for (const option *o = next_option(c, NULL); o && n + 1 < 128; o = next_option(c, o)) names[n++] = o->name;
    names[n] = NULL;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(len < 63 ? len : 63), given);
    const char *near = rv_nearest_word(word, names);
    char hint[96] = "";
    if (near) snprintf(hint, sizeof hint, say("did you mean --%s?"), near);
    if (names_a_form(word) && find_option(c, "out", 3))
        return usage_error(c, "the output's name says what it is written as: --out FILE.xlsx, .parquet, .jsonl, .csv.gz",
                           "unknown option --%s", word);
    return usage_error(c, near ? hint : NULL, "unknown option --%s", word);
}

static size_t words_in(const char *list) {
    size_t n = 0;
    while (*list) {
        size_t len = strcspn(list, ",");
        n += len > 0;
        list += len + (list[len] == ',');
    }
    return n;
}

static int add_value(arguments *a, const option *o, const char *text, origin from) {
    if (a->n_values == MAX_VALUES) return usage_error(a->command, NULL, "more than %d options", MAX_VALUES);
    size_t words = 0;
    if (o->kind == OPTION_LIST) {
        words = words_in(text);
        for (unsigned i = 0; i < a->n_values; i++)
            if (a->values[i].option == o) words += words_in(a->values[i].text);
    }
    if (words > MAX_WORDS) return usage_error(a->command, NULL, "--%s names more than %d", o->name, MAX_WORDS);
    a->values[a->n_values++] = (value){o, text, from};
    return 0;
}

/* `--out --quiet`: a file called --quiet is far rarer than a forgotten name (or an empty shell variable). */
static int missing_value(const command *c, const option *o, const char *next) {
    char hint[256];
    snprintf(hint, sizeof hint, say("if that is its value: --%s=%s"), o->name, next);
    return usage_error(c, hint, "--%s wants a value, and %s looks like an option", o->name, next);
}

static int parse_option(arguments *a, int argc, char **argv, int *at) {
    const char *word = argv[*at] + 2;
    size_t len = strcspn(word, "=");
    const option *o = find_option(a->command, word, len);
    if (!o) return unknown_option(a->command, word, len);
    const char *text = word[len] == '=' ? word + len + 1 : NULL;
    if (o->kind == OPTION_SWITCH) {
        if (text) return usage_error(a->command, NULL, "--%s takes no value", o->name);
        return add_value(a, o, "", FROM_FLAG);
    }
    if (!text) {
        if (*at + 1 >= argc)
            return usage_error(a->command, NULL, "--%s wants a value: --%s %s", o->name, o->name, o->argument);
        text = argv[++*at];
        if (text[0] == '-' && text[1] == '-') return missing_value(a->command, o, text);
    }
    int status = check_value(a->command, o, text, "--");
    return status ? status : add_value(a, o, text, FROM_FLAG);
}

/* REVEIL_MEMORY_LIMIT=6G stands for --memory-limit 6G where the flag isn't given. */
static int take_environment(arguments *a) {
    for (const option *o = next_option(a->command, NULL); o; o = next_option(a->command, o)) {
        char name[64] = "REVEIL_";
        size_t n = strlen(name);
        for (const char *c = o->name; *c && n + 1 < sizeof name; c++)
            name[n++] = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
        name[n] = 0;
        const char *text = getenv(name);
        if (!text || !*text || has(a, o->name) || strcmp(o->name, "help") == 0) continue;
        if (o->kind == OPTION_SWITCH) {
            if (strcmp(text, "0") == 0 || strcmp(text, "false") == 0 || strcmp(text, "no") == 0) continue;
            text = "";
        }
        int status = check_value(a->command, o, text, "environment: ");
        if (status == 0) status = add_value(a, o, text, FROM_ENVIRONMENT);
        if (status) return status;
    }
    return 0;
}

int parse_arguments(const command *c, int argc, char **argv, arguments *a) {
    a->command = c;
    a->n_values = a->n_operands = 0;
    bool options_over = false;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        int status = 0;
        if (!options_over && strcmp(word, "--") == 0) {
            options_over = true;
        } else if (!options_over && (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)) {
            return -1;
        } else if (!options_over && word[0] == '-' && word[1] == '-') {
            status = parse_option(a, argc, argv, &i);
        } else if (!options_over && word[0] == '-' && word[1]) {
            status = usage_error(c, "options have two dashes, for example --out FILE", "unknown option %s", word);
        } else if (a->n_operands == c->max_operands || a->n_operands == MAX_OPERANDS) {
            status = usage_error(c, NULL, "one argument too many: '%s'", word);
        } else {
            a->operands[a->n_operands++] = word;
        }
        if (status) return status;
    }
    int status = take_environment(a);
    if (status) return status;
    if (a->n_operands < c->min_operands) return usage_error(c, NULL, "an argument is missing: %s", c->operands);
    return 0;
}

/* --- Picking up -------------------------------------------------------------------------------------------------- */

static const value *last_value(const arguments *a, const char *name) {
    const value *found = NULL;
    for (unsigned i = 0; i < a->n_values; i++)
        if (strcmp(a->values[i].option->name, name) == 0 && (!found || a->values[i].origin == FROM_FLAG))
            found = &a->values[i];
    return found;
}

bool has(const arguments *a, const char *name) { return last_value(a, name) != NULL; }

const char *text_of(const arguments *a, const char *name) {
    const value *v = last_value(a, name);
    return v ? v->text : NULL;
}

uint64_t whole_of(const arguments *a, const char *name, uint64_t fallback) {
    const char *text = text_of(a, name);
    uint64_t n;
    return text && rv_read_count(text, &n) ? n : fallback;
}

int read_whole(const arguments *a, const char *name, uint32_t least, uint32_t most, uint32_t *out) {
    if (!has(a, name)) return 0;
    uint64_t n = whole_of(a, name, 0);
    if (n < least || n > most)
        return usage_error(a->command, NULL, "--%s wants a number from %u to %u", name, least, most);
    *out = (uint32_t)n;
    return 0;
}

uint64_t size_of(const arguments *a, const char *name) {
    const char *text = text_of(a, name);
    uint64_t n;
    return text && rv_read_size(text, &n) ? n : 0;
}

size_t list_of(const arguments *a, const char *name, const char *out[MAX_WORDS]) {
    size_t n = 0;
    for (unsigned i = 0; i < a->n_values; i++) {
        if (strcmp(a->values[i].option->name, name) != 0 || !words_in(a->values[i].text)) continue;
        char *copy = strdup(a->values[i].text); /* kept: options live as long as the process */
        if (!copy) abort();
        for (char *rest = copy, *word; (word = strsep(&rest, ","));)
            if (*word) out[n++] = word;
    }
    return n;
}

size_t assignments_of(const arguments *a, const char *name, rv_assignment out[MAX_VALUES]) {
    size_t n = 0;
    for (unsigned i = 0; i < a->n_values; i++) {
        if (strcmp(a->values[i].option->name, name) != 0) continue;
        char *copy = strdup(a->values[i].text);
        if (!copy) abort();
        char *equals = strchr(copy, '=');
        *equals = 0;
        out[n++] = (rv_assignment){copy, equals + 1};
    }
    return n;
}
