/* What the program says: errors in the form file:line:column, progress, reports, summaries. Only cli/ prints. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "options.h"
#include "usage.h"

/* The exit code of a status. After a signal: 128 + its number. */
int exit_code(rv_status status);

/* Settings from the common options; progress and messages go to stderr. */
int read_settings(const arguments *arguments, rv_settings *out);
/* Table options; `path` is the file. */
/* --country, of any spelling, as an ISO code. */
int read_country(const arguments *arguments, char out[3]);
int read_table(const arguments *arguments, const char *path, rv_table_options *out);

/* Ends a job: prints the error or the report (to stdout when the report is the answer, else to stderr unless --quiet),
 * writes the summary, frees the report, and gives the exit code. */
int finish(const arguments *arguments, bool report_is_answer, rv_status status, rv_report *report, const rv_error *err);

/* Where a job that fails is told of when there is no --summary: the job's own out.summary. */
void tell_failure_in(const char *path);

/* The same for jobs whose answer is their JSON, on stdout. */
int finish_with_json(const arguments *arguments, rv_status status, rv_report *report, const rv_error *err);

/* So that a job is told of, in its summary too, when a SIGBUS or a library ends the process. */
void prepare_emergency(const arguments *arguments);
/* Main's last word: from here on it is we who end the process. */
int leave(int status);
/* Installs SIGINT, SIGTERM, SIGBUS, SIGPIPE and SIGXFSZ handling. */
void watch_signals(void);
/* --print-config was given: prints the options and returns true. */
bool print_config(const arguments *arguments);

#endif
