/* Where outputs may go: no two options name one file, and a summary replaces only a summary. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "options.h"

/* 0, or 2 after an error was printed. */
int check_outputs(const arguments *arguments);
/* Of options: the file is written, not read. */
bool is_output(const char *option);

#endif
