/*
 * reveil completion bash|zsh|fish
 *
 * Each shell gets commands, their options, the words that an option or an operand takes, and files elsewhere, all from the
 * tables of options. How shells want it: bash's COMP_WORDS parts --option=value at the =; zsh's file is either found by
 * compinit, which calls it as the function, or read by `source`, which must only declare it.
 */
#include "console.h"

#include <stdio.h>
#include <string.h>

/* Words parted by | as words parted by blanks. */
static void print_words(const char *words) {
    for (const char *p = words; *p; p++) putchar(*p == '|' ? ' ' : *p);
}

static void print_commands(void) {
    for (const command *const *c = commands; *c; c++) printf("%s%s", c == commands ? "" : " ", (*c)->name);
}

/* Prints which words the operand is one of; false, and nothing, where it may be anything. */
static bool print_operands(const command *c) {
    if (strcmp(c->name, "help") == 0) {
        print_commands();
        printf(" errors roles");
        return true;
    }
    bool words = strchr(c->operands, '|') != NULL;
    if (words) print_words(c->operands);
    return words;
}

static bool has_word_operands(const command *c) { return strcmp(c->name, "help") == 0 || strchr(c->operands, '|'); }

static void bash_completion(void) {
    printf("_reveil() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
           "  if [ \"$cur\" = = ]; then cur=\n  elif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
           "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W '");
    print_commands();
    printf("' -- \"$cur\")); return\n  fi\n  case \"${COMP_WORDS[1]}:$prev\" in\n");
    for (const command *const *c = commands; *c; c++)
        for (const option *o = next_option(*c, NULL); o; o = next_option(*c, o)) {
            if (o->kind != OPTION_CHOICE) continue;
            printf("    %s:--%s) COMPREPLY=($(compgen -W '", (*c)->name, o->name);
            print_words(o->choices);
            printf("' -- \"$cur\")); return ;;\n");
        }
    for (const command *const *c = commands; *c; c++) {
        if (!has_word_operands(*c)) continue;
        printf("    %s:%s) COMPREPLY=($(compgen -W '", (*c)->name, (*c)->name);
        print_operands(*c);
        printf("' -- \"$cur\")); return ;;\n");
    }
    printf("  esac\n  case \"${COMP_WORDS[1]}\" in\n");
    for (const command *const *c = commands; *c; c++) {
        printf("    %s) words='", (*c)->name);
        for (const option *o = next_option(*c, NULL); o; o = next_option(*c, o)) printf("--%s ", o->name);
        printf("' ;;\n");
    }
    printf("  esac\n  case \"$cur\" in\n    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
           "    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n  esac\n}\ncomplete -o filenames -F _reveil reveil\n");
}

/* Inside single quotes of a Bourne shell; brackets and colons mean something to zsh's _arguments. */
static void zsh_quoted(const char *text, const char *escaped) {
    for (; *text; text++) {
        if (strchr(escaped, *text)) putchar('\\');
        if (*text == '\'') fputs("'\\''", stdout);
        else putchar(*text);
    }
}

static bool may_come_again(const option *o) { return o->kind == OPTION_LIST || o->kind == OPTION_ASSIGN; }

static void zsh_option(const option *o) {
    printf(" \\\n      '%s--%s%s[", may_come_again(o) ? "*" : "", o->name, o->kind == OPTION_SWITCH ? "" : "=");
    zsh_quoted(o->help, "[]:");
    putchar(']');
    if (o->kind == OPTION_CHOICE) {
        printf(":choice:(");
        print_words(o->choices);
        putchar(')');
    } else if (o->kind != OPTION_SWITCH) {
        printf(":value:%s", o->kind == OPTION_FILE ? "_files" : " ");
    }
    putchar('\'');
}

static void zsh_completion(void) {
    printf("#compdef reveil\n_reveil() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n");
    for (const command *const *c = commands; *c; c++) {
        printf("      '%s:", (*c)->name);
        zsh_quoted((*c)->summary, "");
        printf("'\n");
    }
    printf("    )\n    _describe command commands; return\n  fi\n"
           "  local name=$words[2]\n  shift words; (( CURRENT-- ))\n  case $name in\n");
    for (const command *const *c = commands; *c; c++) {
        printf("    %s) _arguments '*:%s:", (*c)->name, has_word_operands(*c) ? "word" : "file");
        if (has_word_operands(*c)) {
            putchar('(');
            print_operands(*c);
            putchar(')');
        } else {
            printf("_files");
        }
        putchar('\'');
        for (const option *o = next_option(*c, NULL); o; o = next_option(*c, o)) zsh_option(o);
        printf(" ;;\n");
    }
    printf("  esac\n}\nif [ \"$funcstack[1]\" = _reveil ]; then _reveil \"$@\"; else compdef _reveil reveil; fi\n");
}

/* Inside single quotes of fish. */
static void fish_quoted(const char *text) {
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') putchar('\\');
        putchar(*text);
    }
}

static void fish_completion(void) {
    for (const command *const *c = commands; *c; c++) {
        printf("complete -c reveil -n __fish_use_subcommand -f -a %s -d '", (*c)->name);
        fish_quoted((*c)->summary);
        printf("'\n");
        if (has_word_operands(*c)) {
            printf("complete -c reveil -n '__fish_seen_subcommand_from %s' -f -a '", (*c)->name);
            print_operands(*c);
            printf("'\n");
        }
        for (const option *o = next_option(*c, NULL); o; o = next_option(*c, o)) {
            printf("complete -c reveil -n '__fish_seen_subcommand_from %s' -l %s%s", (*c)->name, o->name,
                   o->kind == OPTION_SWITCH ? ""
                   : o->kind == OPTION_FILE ? " -r -F"
                                            : " -x");
            if (o->kind == OPTION_CHOICE) {
                printf(" -a '");
                print_words(o->choices);
                putchar('\'');
            }
            printf(" -d '");
            fish_quoted(o->help);
            printf("'\n");
        }
    }
}

static int run(const arguments *a) {
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(a->operands[0], shells[i].name) != 0) continue;
        shells[i].print();
        return 0;
    }
    return usage_error(a->command, "reveil completion bash", "completion for '%s' isn't known: bash, zsh or fish",
                       a->operands[0]);
}

const command completion_command = {
    .name = "completion",
    .summary = "print completion for a shell",
    .operands = "bash|zsh|fish",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .details = "bash: source <(reveil completion bash)   or into /etc/bash_completion.d/reveil\n"
               "zsh:  source <(reveil completion zsh)    or as _reveil into a folder of $fpath\n"
               "fish: reveil completion fish | source    or as ~/.config/fish/completions/reveil.fish\n",
    .example = "reveil completion bash > /etc/bash_completion.d/reveil",
};
