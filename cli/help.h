/* Help and man pages, read from the option tables. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "options.h"

void print_overview(void);
void print_command_help(const command *command);
void print_man_page(const command *command); /* roff; NULL: reveil(1) itself */
/* Text after each command list: exit codes and meanings that hold everywhere. */
extern const char *const exit_code_text;

#endif
