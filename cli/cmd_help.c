/* reveil help [COMMAND]: for people, as a man page, or as the bare list that the install step goes through. */
#include "console.h"
#include "help.h"

#include <stdio.h>

static const option options[] = {
    {"man", OPTION_SWITCH, NULL, NULL, "as a man page (roff)"},
    {"names", OPTION_SWITCH, NULL, NULL, "only the names of the commands, one a line"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    const command *c = a->n_operands ? find_command(a->operands[0]) : NULL;
    if (a->n_operands && !c) return usage_error(NULL, NULL, "unknown command '%s'", a->operands[0]);
    if (has(a, "names"))
        for (const command *const *each = commands; *each; each++) puts((*each)->name);
    else if (has(a, "man")) print_man_page(c);
    else if (c) print_command_help(c);
    else print_overview();
    return 0;
}

const command help_command = {
    .name = "help",
    .summary = "show the commands, or the options of one",
    .operands = "[COMMAND]",
    .max_operands = 1,
    .options = options,
    .run = run,
};
