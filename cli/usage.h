/* A mistake on the command line, told. */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include "options.h"

/* Prints "reveil COMMAND: error: ..." with the hint and where help is; returns 2. */
int usage_error(const command *command, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
