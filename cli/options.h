/*
 * One table per command says which options it takes; parsing, help, man pages and completion all read that table, so
 * they can't disagree. A value comes from the command line, else from the environment (REVEIL_<NAME>), else the job's
 * own default holds.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <reveil.h>

typedef enum option_kind {
    OPTION_SWITCH, /* no value */
    OPTION_TEXT,
    OPTION_FILE,
    OPTION_WHOLE,  /* a whole number */
    OPTION_SIZE,   /* bytes: 512M, 6G */
    OPTION_LIST,   /* a,b,c; may be given several times */
    OPTION_ASSIGN, /* NAME=VALUE; may be given several times */
    OPTION_CHOICE  /* one of `choices`, words parted by '|' */
} option_kind;

typedef struct option {
    const char *name; /* without the dashes; NULL ends a table */
    option_kind kind;
    const char *argument; /* for help: FILE, N...; NULL for a switch */
    const char *choices;  /* OPTION_CHOICE */
    const char *help;     /* one line, no full stop */
} option;

struct arguments;
typedef struct command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "SOURCE..." or "" */
    unsigned min_operands, max_operands;
    const option *options; /* its own */
    bool takes_table;      /* table_options apply too */
    bool takes_common;     /* common_options apply too */
    const char *details;   /* paragraphs for help and man, lines ended by \n; or NULL */
    const char *example;   /* one command line, or NULL */
    int (*run)(const struct arguments *arguments);
    int (*config)(const struct arguments *arguments); /* --print-config beyond the options; or NULL */
} command;

extern const option common_options[];   /* everywhere */
extern const option table_options[];    /* for commands that read a client file or the like */
extern const command *const commands[]; /* NULL-terminated */
const command *find_command(const char *name);

typedef enum origin { FROM_DEFAULT, FROM_ENVIRONMENT, FROM_FLAG } origin;
typedef struct value {
    const option *option;
    const char *text; /* "" for a switch */
    origin origin;
} value;

enum { MAX_VALUES = 512, MAX_OPERANDS = 4096, MAX_WORDS = 16384 };
typedef struct arguments {
    const command *command;
    value values[MAX_VALUES]; /* in the order given; environment after flags */
    unsigned n_values;
    const char *operands[MAX_OPERANDS];
    unsigned n_operands;
} arguments;

/* Parses argv (after the command's name). On a mistake prints the error and gives 2; 0 else; -1 when help was asked for. */
int parse_arguments(const command *command, int argc, char **argv, arguments *out);

bool has(const arguments *arguments, const char *name);
const char *text_of(const arguments *arguments, const char *name); /* last one given, or NULL */
uint64_t whole_of(const arguments *arguments, const char *name, uint64_t fallback);
/* Leaves *out as it is when the option isn't given; 2, after an error was printed, when it is out of range. */
int read_whole(const arguments *arguments, const char *name, uint32_t least, uint32_t most, uint32_t *out);
uint64_t size_of(const arguments *arguments, const char *name); /* 0 when absent */
/* All words of a list option, and all values of an assigning one; returns how many. Parsing lets no more pass than `out` has
 * room for: MAX_WORDS and MAX_VALUES. The storage lives as long as the process. */
size_t list_of(const arguments *arguments, const char *name, const char *out[MAX_WORDS]);
size_t assignments_of(const arguments *arguments, const char *name, rv_assignment out[MAX_VALUES]);
/* Every option that applies to a command, one table after the other; NULL after the last. */
const option *next_option(const command *command, const option *previous);

#endif
