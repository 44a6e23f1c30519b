/* reveil help [WHAT]: for people, as a man page, or as the bare list that the install step goes through. */
#include "console.h"
#include "help.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"man", OPTION_SWITCH, NULL, NULL, "as a man page (roff)"},
    {"names", OPTION_SWITCH, NULL, NULL, "only the names of the commands, one a line"},
    {"schema-of", OPTION_CHOICE, "WHAT", "job|schema|model|summary", "JSON Schema of a kind of file"},
    {"lang", OPTION_CHOICE, "LANGUAGE", "en|fr", "language in which errors are explained"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

/* E0202, e202 or E202; 0: no such form. */
static unsigned code_of(const char *word) {
    char *end;
    if ((word[0] != 'E' && word[0] != 'e') || !isdigit((unsigned char)word[1])) return 0;
    unsigned long code = strtoul(word + 1, &end, 10);
    return *end == 0 && code < 10000 ? (unsigned)code : 0;
}

static void print_indented(const char *text) {
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "\n");
        printf("  %.*s\n", (int)n, at);
        at += n + (at[n] == '\n');
    }
}

static int explain_code(const char *word, unsigned code) {
    const rv_error_kind *k = rv_error_kinds();
    while (k->code && k->code != code) k++;
    if (!k->code) return usage_error(NULL, "reveil help errors", "there is no error '%s'", word);
    printf("E%04u: %s\n\n", k->code, k->title[language()]);
    print_indented(k->cause[language()]);
    printf("\n%s\n", say("What to do:"));
    print_indented(k->mending[language()]);
    return 0;
}

static int list_errors(void) {
    for (const rv_error_kind *k = rv_error_kinds(); k->code; k++) printf("E%04u  %s\n", k->code, k->title[language()]);
    return 0;
}

static int list_roles(void) {
    for (const char *const *role = rv_role_names(); *role; role++) puts(*role);
    return 0;
}

static int unknown_subject(const char *word) {
    const char *names[64] = {"errors", "roles"};
    size_t n = 2;
    for (const command *const *c = commands; *c && n + 1 < sizeof names / sizeof *names; c++) names[n++] = (*c)->name;
    names[n] = NULL;
    const char *near = rv_nearest_word(word, names);
    char hint[96] = "";
    if (near) snprintf(hint, sizeof hint, say("did you mean: reveil help %s"), near);
    return usage_error(NULL, near ? hint : NULL, "there is no help about '%s'", word);
}

static int print_json_schema(const arguments *a, const char *what) {
    rv_report report = {0};
    rv_error err = {0};
    return finish_with_json(a, rv_json_schema(what, &report, &err), &report, &err);
}

static int run(const arguments *a) {
    if (has(a, "schema-of")) return print_json_schema(a, text_of(a, "schema-of"));
    const char *word = a->n_operands ? a->operands[0] : NULL;
    const command *c = word ? find_command(word) : NULL;
    if (word && !c) {
        if (code_of(word)) return explain_code(word, code_of(word));
        if (strcmp(word, "errors") == 0) return list_errors();
        if (strcmp(word, "roles") == 0) return list_roles();
        return unknown_subject(word);
    }
    if (has(a, "names"))
        for (const command *const *each = commands; *each; each++) puts((*each)->name);
    else if (has(a, "man")) print_man_page(c);
    else if (c) print_command_help(c);
    else print_overview();
    return 0;
}

const command help_command = {
    .name = "help",
    .summary = "show the commands, the options of one, or what an error means",
    .operands = "[COMMAND|E0123|errors|roles]",
    .max_operands = 1,
    .options = options,
    .run = run,
    .example = "reveil help E0202 --lang fr",
};
