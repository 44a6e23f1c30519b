/* The program: finds the command, parses its options, runs it. One command is one file, cmd_<name>.c. */
#include "console.h"
#include "help.h"
#include "job_changes.h"
#include "outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const command check_command, synth_command, build_command, convert_command, info_command, verify_command,
    enrich_command, segment_command, score_command, run_command, evaluate_command, normalize_command, explain_command,
    version_command, help_command, completion_command, match_command, dedupe_command, clean_command;

const command *const commands[] = {&run_command,
                                   &check_command,
                                   &clean_command,
                                   &enrich_command,
                                   &match_command,
                                   &dedupe_command,
                                   &segment_command,
                                   &score_command,
                                   &explain_command,
                                   &build_command,
                                   &convert_command,
                                   &info_command,
                                   &verify_command,
                                   &normalize_command,
                                   &evaluate_command,
                                   &synth_command,
                                   &version_command,
                                   &help_command,
                                   &completion_command,
                                   NULL};

static int unknown_command(const char *word) {
    const char *names[64];
    size_t n = 0;
    for (const command *const *c = commands; *c; c++) names[n++] = (*c)->name;
    names[n] = NULL;
    const char *near = rv_nearest_word(word, names);
    char hint[96] = "";
    if (near) snprintf(hint, sizeof hint, say("did you mean: reveil %s"), near);
    return usage_error(NULL, near ? hint : NULL, "unknown command '%s'", word);
}

/* Where a stream is closed the next file opened would get its number, and messages would land in an output. */
static void hold_standard_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* An answer that didn't reach stdout wasn't given. Jobs have said so themselves already. */
static int check_answer(int status) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    int reason = errno;
    if (status == 0) fprintf(stderr, say("reveil: error: writing to stdout failed: %s\n"), say(strerror(reason)));
    return status ? status : reason == ENOSPC ? 5 : 1;
}

static int answer(int argc, char **argv) {
    hold_standard_streams();
    choose_language(argc, argv);
    const char *level = getenv("REVEIL_CPU");
    if (level && *level && !rv_cpu_limit(level))
        return usage_error(NULL, NULL, "REVEIL_CPU is scalar, avx2 or avx512, not '%s'", level);
    if (argc < 2) {
        print_overview();
        return 2;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) word = "help";
    if (strcmp(word, "--version") == 0) word = "version";
    const command *c = find_command(word);
    if (!c) return unknown_command(word);
    watch_signals();
    static arguments a; /* large: not on the stack */
    int status = parse_arguments(c, argc - 2, argv + 2, &a);
    if (status < 0) print_command_help(c);
    if (status) return status < 0 ? check_answer(0) : status;
    if (print_config(&a)) return check_answer(c->config ? c->config(&a) : 0);
    status = check_outputs(&a);
    if (status == 0) prepare_emergency(&a);
    if (status == 0) status = check_changed(&a);
    return status ? status : check_answer(c->run(&a));
}

int main(int argc, char **argv) { return leave(answer(argc, argv)); }
