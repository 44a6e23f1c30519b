/* A mistake on the command line, told; and the language in which all is told. */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include "options.h"

#include <stdio.h>

/* --lang, else REVEIL_LANG, else what the locale (LC_ALL, LC_MESSAGES, LANG) says; English unless one of them is French.
 * Looked for before the command line is parsed, since mistakes in it are told in that language too. */
void choose_language(int argc, char **argv);
rv_language language(void);
/* A text of the catalogue (or a format) in that language. */
const char *say(const char *english) __attribute__((format_arg(1)));
/* A text in which names from files may stand: what could steer a terminal, or is no UTF-8, becomes a question mark. */
void show_text(FILE *to, const char *text);
/* "error: " and the code's brackets, as they stand around every message. */
void print_error_head(void);
void print_code(unsigned code);

/* Prints "reveil COMMAND: error: ..." with the hint and where help is; returns 2. */
int usage_error(const command *command, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
