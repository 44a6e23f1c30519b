/* Options that every command that links people has. */
#ifndef CLI_LINKAGE_H
#define CLI_LINKAGE_H

#include "options.h"

#define LINKAGE_OPTIONS_OF_USE                                                                                         \
    {"link", OPTION_CHOICE, "HOW", "off|strict|default|wide",                                                          \
     "how far to go beyond keys that agree to the letter (match, dedupe: default; enrich: off)"},                      \
        {"threshold", OPTION_TEXT, "P", NULL,                                                                          \
         "probability from which a link counts (default: .5; strict: .95, wide: .2)"},                                 \
        {"model", OPTION_FILE, "FILE", NULL, "weights learned before"}

#define LINKAGE_OPTIONS                                                                                                \
    LINKAGE_OPTIONS_OF_USE, {"model-out", OPTION_FILE, "FILE", NULL, "write the weights learned, JSON"}, {             \
        "sample-for-review", OPTION_WHOLE, "N", NULL,                                                                  \
            "write N doubtful pairs for people to judge, into OUT.review.csv"                                          \
    }

/* 0, or 2 after an error was printed. */
int read_linkage(const arguments *arguments, rv_linkage_options *out);
/* People are gone over more than once: where one of these files (NULLs are skipped) is standard input, it is kept. 0, or the
 * exit code after an error was printed. Last, once all other options are known to be good. */
int keep_people(const arguments *arguments, const char *one, const char *other);
int read_probability(const arguments *arguments, const char *name, double *out);

#endif
