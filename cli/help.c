/* One table, three renderings. Nothing about an option is written anywhere else. */
#include "help.h"

#include "usage.h"
#include <stdio.h>
#include <string.h>

const char *const exit_code_text =
    "0 ok; 1 job failed; 2 usage or configuration; 3 input unreadable, damaged, or over the\n"
    "reject budget; 4 quality gate missed; 5 out of memory or disk; 6 refused for privacy\n"
    "or consent; 99 nothing to do; 130, 143 stopped by a signal\n";

void print_overview(void) {
    puts(say("reveil wakes sleeping customers: matches a brand's customer file with a megabase of\n"
         "contacts, brings back what is missing, tells who sleeps, and scores whom to wake.\n\n"
             "usage: reveil COMMAND [OPTION...]\n"));
    for (const command *const *c = commands; *c; c++) printf("  %-11s %s\n", (*c)->name, say((*c)->summary));
    printf(say("\nreveil help COMMAND shows its options. A first run:\n\n"
           "  reveil synth --contacts 100000 --clients 10000 --seed 7 --out world\n"
           "  reveil run world/job.yaml\n\n"
               "Errors end with a code in brackets: reveil help E0202 explains it. Exit codes: %s"),
           say(exit_code_text));
}

static void print_option(const option *o) {
    char left[48];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
    printf("  %-27s %s", left, say(o->help));
    if (o->choices && (!o->argument || strcmp(o->argument, o->choices) != 0)) printf(" (%s)", o->choices);
    putchar('\n');
}

static void print_table(const char *title, const option *table) {
    if (!table || !table->name) return;
    printf("\n%s\n", say(title));
    for (; table->name; table++) print_option(table);
}

void print_command_help(const command *c) {
    printf("reveil %s: %s\n\n%s reveil %s%s%s%s\n", c->name, say(c->summary), say("usage:"), c->name,
           c->takes_common ? " [OPTION...]" : "", c->operands[0] ? " " : "", c->operands);
    if (c->details) printf("\n%s", c->details);
    print_table("options:", c->options);
    if (c->takes_table) print_table("how to read the file:", table_options);
    if (c->takes_common) print_table("everywhere:", common_options);
    if (c->example) printf("\n%s\n  %s\n", say("example:"), c->example);
}

/* --- Man pages --------------------------------------------------------------------------------------------------- */

/* roff takes '-' for a hyphen and a leading '.' for a request. */
static void roff(const char *text) {
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
        if (*text == '-') fputs("\\-", stdout);
        else if (*text == '\\') fputs("\\e", stdout);
        else putchar(*text);
        line_start = *text == '\n';
    }
}

static void roff_options(const char *title, const option *table) {
    if (!table || !table->name) return;
    printf(".SH %s\n", title);
    for (; table->name; table++) {
        printf(".TP\n\\fB\\-\\-");
        roff(table->name);
        printf("\\fR");
        if (table->argument) {
            printf(" \\fI");
            roff(table->argument);
            printf("\\fR");
        }
        putchar('\n');
        roff(table->help);
        if (table->choices) {
            printf(" (");
            roff(table->choices);
            putchar(')');
        }
        putchar('\n');
    }
}

static void roff_exit_codes(void) {
    printf(".SH EXIT STATUS\n");
    roff(exit_code_text);
    printf(
        ".SH ENVIRONMENT\nREVEIL_NAME stands for the option \\-\\-name where the flag isn't given: REVEIL_THREADS=2.\n"
        "REVEIL_CPU=scalar, avx2 or avx512 is the highest instruction set that is used.\n");
}

void print_man_page(const command *c) {
    if (!c) {
        printf(".TH REVEIL 1 \"\" \"reveil %s\" \"User Commands\"\n.SH NAME\nreveil \\- wakes sleeping customers\n"
               ".SH SYNOPSIS\n\\fBreveil\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]\n.SH COMMANDS\n",
               rv_version());
        for (const command *const *each = commands; *each; each++) {
            printf(".TP\n\\fBreveil\\-%s\\fR(1)\n", (*each)->name);
            roff((*each)->summary);
            putchar('\n');
        }
        roff_exit_codes();
        return;
    }
    printf(".TH REVEIL\\-%s 1 \"\" \"reveil %s\" \"User Commands\"\n.SH NAME\nreveil\\-%s \\- ", c->name, rv_version(),
           c->name);
    roff(c->summary);
    printf("\n.SH SYNOPSIS\n\\fBreveil %s\\fR%s ", c->name, c->takes_common ? " [\\fIOPTION\\fR...]" : "");
    roff(c->operands);
    putchar('\n');
    if (c->details) {
        printf(".SH DESCRIPTION\n.nf\n");
        roff(c->details);
        printf(".fi\n");
    }
    roff_options("OPTIONS", c->options);
    if (c->takes_table) roff_options("HOW TO READ THE FILE", table_options);
    if (c->takes_common) roff_options("EVERYWHERE", common_options);
    if (c->example) {
        printf(".SH EXAMPLE\n.nf\n");
        roff(c->example);
        printf("\n.fi\n");
    }
    roff_exit_codes();
    printf(".SH SEE ALSO\n\\fBreveil\\fR(1)\n");
}
