/*
 * Messages on stderr, answers on stdout. Progress is a bar on a terminal and a plain line every ten seconds elsewhere,
 * so that a log of a night's job stays readable.
 */
#include "console.h"

#include "excerpt.h"
#include "job_changes.h"
#include "outputs.h"
#include "usage.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile int cancel; /* the number of the signal that asked to stop */
static bool bar_shown, quiet, plain_progress, bar_progress;

/* --- Errors ------------------------------------------------------------------------------------------------------ */

static void clear_bar(void) {
    if (bar_shown) fputs("\r\033[K", stderr);
    bar_shown = false;
}

int exit_code(rv_status status) {
    switch (status) {
    case RV_OK: return 0;
    case RV_BAD_ARGUMENT: return 2;
    case RV_BAD_INPUT:
    case RV_CORRUPT:
    case RV_NEWER:
    case RV_OVER_BUDGET: return 3;
    case RV_GATE_MISSED: return 4;
    case RV_NO_MEMORY:
    case RV_NO_SPACE: return 5;
    case RV_REFUSED: return 6;
    case RV_UNCHANGED: return 99;
    case RV_INTERRUPTED: return 128 + (cancel ? cancel : SIGINT);
    case RV_FAILED: break;
    }
    return 1;
}

static void print_error(const arguments *a, const rv_error *err) {
    clear_bar();
    if (err->file[0]) {
        show_text(stderr, err->file);
        if (err->line) fprintf(stderr, ":%llu", (unsigned long long)err->line);
        if (err->line && err->column) fprintf(stderr, ":%llu", (unsigned long long)err->column);
        fputs(": ", stderr);
    } else {
        fprintf(stderr, "reveil %s: ", a->command->name);
    }
    bool french = language() == RV_FRENCH && err->french[0];
    const char *message = french ? err->french : err->message;
    const char *hint = french && err->french_hint[0] ? err->french_hint : err->hint;
    print_error_head();
    show_text(stderr, *message ? message : say("the job failed"));
    print_code(err->code);
    print_excerpt(stderr, err, has(a, "show-values"));
    if (!*hint) return;
    fputs("  ", stderr);
    show_text(stderr, hint);
    fputc('\n', stderr);
}

/* --- Progress and notes ------------------------------------------------------------------------------------------ */

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void draw_bar(const char *stage, uint64_t done, uint64_t total, double since) {
    double share = total ? (double)(done < total ? done : total) / (double)total : 0;
    char bar[31];
    for (int i = 0; i < 30; i++) bar[i] = i < (int)(share * 30) ? '=' : ' ';
    bar[30] = 0;
    if (total) {
        double left = share > 0.01 ? since / share - since : 0;
        fputc('\r', stderr);
        fprintf(stderr, say("%-10.10s [%s] %3.0f %%  %.0f s left"), stage, bar, share * 100, left);
        fputs("\033[K", stderr);
    } else {
        fprintf(stderr, "\r%-10.10s %llu\033[K", stage, (unsigned long long)done);
    }
    bar_shown = true;
}

static void show_progress(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    (void)ctx;
    static double last, began;
    static char current[32];
    double now = seconds_now();
    if (strncmp(current, stage, sizeof current - 1) != 0) {
        snprintf(current, sizeof current, "%s", stage);
        began = last = now;
    }
    if (bar_progress && now - last >= 0.1) {
        last = now;
        draw_bar(stage, done, total, now - began);
    } else if (plain_progress && now - last >= 10) {
        last = now;
        if (total) fprintf(stderr, "%s: %.0f %%\n", stage, 100.0 * (double)done / (double)total);
        else fprintf(stderr, "%s: %llu\n", stage, (unsigned long long)done);
    }
}

static void show_message(void *ctx, rv_level level, const char *text) {
    (void)ctx;
    if (quiet) return;
    clear_bar();
    fprintf(stderr, language() == RV_FRENCH ? "%s : " : "%s: ", say(level == RV_WARNING ? "warning" : "note"));
    show_text(stderr, text);
    fputc('\n', stderr);
}

/* --- Settings ---------------------------------------------------------------------------------------------------- */

static int read_max_rejects(const arguments *a, rv_settings *s) {
    s->max_rejects = 0.01;
    s->max_rejects_is_share = true;
    const char *text = text_of(a, "max-rejects");
    if (!text) return 0;
    if (!rv_read_share(text, &s->max_rejects, &s->max_rejects_is_share))
        return usage_error(a->command, "for example --max-rejects 1000, or --max-rejects 2%",
                           "--max-rejects wants a number or a share, not '%s'", text);
    return 0;
}

int read_settings(const arguments *a, rv_settings *s) {
    *s = (rv_settings){.progress = show_progress, .message = show_message, .cancel = &cancel};
    uint32_t threads = 0;
    int status = read_whole(a, "threads", 1, 1024, &threads);
    if (status) return status;
    s->threads = (int)threads;
    s->memory_limit = size_of(a, "memory-limit");
    s->tmpdir = text_of(a, "tmpdir");
    s->seeded = has(a, "seed");
    s->seed = whole_of(a, "seed", 0);
    s->force = has(a, "force");
    const char *dialect = text_of(a, "out-dialect");
    if (dialect) s->out_dialect = strcmp(dialect, "excel-fr") == 0 ? RV_OUT_EXCEL_FR : RV_OUT_PLAIN;
    s->formula_safe = has(a, "formula-safe");
    s->dry_run = has(a, "dry-run");
    s->show_values = has(a, "show-values");
    s->language = language();
    s->rejects = text_of(a, "rejects");
    static const char *gates[MAX_WORDS];
    s->gates = gates;
    s->n_gates = list_of(a, "gate", gates);
    const char *job = a->command->name;
    if (s->n_gates && strcmp(job, "run") != 0 && strcmp(job, "enrich") != 0 && strcmp(job, "score") != 0)
        return usage_error(a->command, "run, enrich and score have gates",
                           "%s measures nothing that a gate could ask for", job);
    quiet = has(a, "quiet");
    const char *progress = text_of(a, "progress");
    bool terminal = isatty(STDERR_FILENO);
    bool automatic = !progress || strcmp(progress, "auto") == 0;
    bar_progress = !quiet && automatic && terminal;
    plain_progress = !quiet && ((automatic && !terminal) || (progress && strcmp(progress, "plain") == 0));
    return read_max_rejects(a, s);
}

/* One character, or \t. 0 on a mistake. */
static char one_character(const char *text) {
    if (strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0) return '\t';
    return text[0] && !text[1] && !(text[0] & 0x80) ? text[0] : 0;
}

static int read_character(const arguments *a, const char *name, char *out) {
    const char *text = text_of(a, name);
    if (!text) return 0;
    *out = one_character(text);
    if (*out && *out != '\n' && *out != '\r') return 0;
    return usage_error(a->command, NULL, "--%s wants one character, not '%s'", name, text);
}

int read_country(const arguments *a, char out[3]) {
    const char *text = text_of(a, "country");
    if (!text || rv_country_code(text, out)) return 0;
    return usage_error(a->command, NULL, "--country: no country is called '%s'; give its ISO code, such as BE", text);
}

static int read_dialect(const arguments *a, rv_dialect *d) {
    int status = read_character(a, "sep", &d->separator);
    if (!status) status = read_country(a, d->country);
    const char *quote = text_of(a, "quote"), *footer = text_of(a, "footer");
    if (quote && strcmp(quote, "none") == 0) d->quote = RV_NO_QUOTE;
    else if (!status) status = read_character(a, "quote", &d->quote);
    if (!status) status = read_character(a, "escape", &d->escape);
    if (!status) status = read_character(a, "decimal", &d->decimal);
    if (status) return status;
    static const struct {
        const char *name;
        rv_encoding encoding;
    } encodings[] = {{"utf-8", RV_UTF8},       {"cp1252", RV_CP1252},         {"utf-16le", RV_UTF16LE},
                     {"utf-16be", RV_UTF16BE}, {"iso-8859-15", RV_LATIN9},    {"macroman", RV_MACROMAN},
                     {"cp850", RV_CP850},      {"utf-8-twice", RV_UTF8_TWICE}};
    const char *encoding = text_of(a, "encoding"), *header = text_of(a, "header"), *order = text_of(a, "date-order");
    for (size_t i = 0; encoding && i < sizeof encodings / sizeof *encodings; i++)
        if (strcmp(encodings[i].name, encoding) == 0) d->encoding = encodings[i].encoding;
    if (header) d->header = strcmp(header, "yes") == 0 ? RV_YES : RV_NO;
    if (has(a, "no-header")) d->header = RV_NO;
    if (order) d->date_order = order[0] == 'd' ? RV_DMY : order[0] == 'm' ? RV_MDY : RV_YMD;
    uint64_t skip = whole_of(a, "skip-lines", 0);
    if (skip > UINT32_MAX) return usage_error(a->command, NULL, "--skip-lines: that many lines can't be skipped");
    d->skip_lines = (uint32_t)skip;
    d->skip_given = has(a, "skip-lines");
    if (footer) d->footer = strcmp(footer, "yes") == 0 ? RV_YES : RV_NO;
    d->repair = has(a, "repair");
    d->strict = has(a, "strict");
    return 0;
}

int read_table(const arguments *a, const char *path, rv_table_options *t) {
    static rv_assignment roles[MAX_VALUES];
    static const char *ignored[MAX_WORDS];
    *t = (rv_table_options){.path = path, .id = text_of(a, "id"), .schema = text_of(a, "schema")};
    t->roles = roles;
    t->n_roles = assignments_of(a, "role", roles);
    t->ignore = ignored;
    t->n_ignore = list_of(a, "ignore", ignored);
    return read_dialect(a, &t->dialect);
}

/* An option's default, as its help tells it: "(default: 12)". */
static void print_default(const char *help, char *out, size_t cap) {
    static const char start[] = "(default: ";
    const char *at = strstr(help, start);
    out[0] = 0;
    if (!at) return;
    at += sizeof start - 1;
    snprintf(out, cap, "%.*s", (int)strcspn(at, ")"), at);
}

bool print_config(const arguments *a) {
    if (!has(a, "print-config")) return false;
    static const char *const origins[] = {"default", "environment", "flag"};
    for (const option *o = next_option(a->command, NULL); o; o = next_option(a->command, o)) {
        bool given = false;
        if (strcmp(o->name, "print-config") == 0 || strcmp(o->name, "help") == 0) continue;
        for (unsigned i = 0; i < a->n_values; i++) {
            if (a->values[i].option != o) continue;
            given = true;
            printf("%-24s %-28s %s\n", o->name, o->kind == OPTION_SWITCH ? "yes" : a->values[i].text,
                   origins[a->values[i].origin]);
        }
        char fallback[128];
        print_default(o->help, fallback, sizeof fallback);
        if (!given) printf("%-24s %-28s %s\n", o->name, fallback, origins[FROM_DEFAULT]);
    }
    return true;
}

/* --- The end of a job -------------------------------------------------------------------------------------------- */

static void json_string(FILE *f, const char *text) {
    fputc('"', f);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') fprintf(f, "\\%c", c);
        else if (c < 0x20) fprintf(f, "\\u%04x", c);
        else fputc(c, f);
    }
    fputc('"', f);
}

/* A failed job has a summary too: pipelines read one file, whatever happened. */
static void print_failure(FILE *f, const arguments *a, rv_status status, const rv_report *report, const rv_error *err) {
    static const char *const names[] = {
        "ok",          "failed",    "bad_argument", "bad_input", "corrupt",   "newer_format", "over_reject_budget",
        "gate_missed", "no_memory", "no_space",     "refused",   "unchanged", "interrupted"};
    fputs("{\"summary_version\":1,\"job\":", f);
    json_string(f, a->command->name);
    fputs(",\"reveil\":", f);
    json_string(f, rv_version());
    fprintf(f, ",\"status\":\"%s\",\"exit_code\":%d,\"error\":{\"message\":", names[status], exit_code(status));
    json_string(f, err->message);
    if (err->code) fprintf(f, ",\"code\":\"E%04u\"", err->code);
    else fputs(",\"code\":null", f);
    fputs(",\"file\":", f);
    json_string(f, err->file);
    fprintf(f, ",\"line\":%llu,\"column\":%llu,\"offset\":%llu,\"hint\":", (unsigned long long)err->line,
            (unsigned long long)err->column, (unsigned long long)err->offset);
    json_string(f, err->hint);
    fputc('}', f);
    if (report->json && report->json[0] == '{') fprintf(f, ",%s\n", report->json + 1); /* what was read until then */
    else fputs("}\n", f);
}

/* With what --if-changed compares the next time. */
static void print_summary(FILE *f, const char *json) {
    const char *fingerprint = fingerprint_of_job();
    size_t n = strlen(json);
    if (fingerprint) fprintf(f, "%.*s,\"fingerprint\":\"%s\"}\n", (int)(n - 1), json, fingerprint);
    else fprintf(f, "%s\n", json);
}

static char own_summary[4096];

void tell_failure_in(const char *path) { snprintf(own_summary, sizeof own_summary, "%s", path); }

static int write_summary(const arguments *a, const char *path, rv_status status, const rv_report *report,
                         const rv_error *err) {
    bool to_stdout = strcmp(path, "-") == 0;
    if (!to_stdout && !rv_may_take_summary(path)) { /* an output of the job that has just been made */
        fprintf(stderr, say("%s: error: the summary would replace a file that is no summary; it isn't written\n"),
                path);
        return 2;
    }
    char temporary[4096], place[4000]; /* a link stays, as those of other outputs do */
    if (to_stdout || !rv_file_behind(path, place, sizeof place)) snprintf(place, sizeof place, "%s", path);
    snprintf(temporary, sizeof temporary, "%s.%ld.reveil-tmp", place, (long)getpid());
    int fd = to_stdout ? STDOUT_FILENO : open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *f = to_stdout ? stdout : fd >= 0 ? fdopen(fd, "w") : NULL;
    bool failed = !f;
    if (f) {
        if (status == RV_OK && report->json) print_summary(f, report->json);
        else print_failure(f, a, status, report, err);
        failed = fflush(f) != 0 || (!to_stdout && fsync(fd) != 0);
        if (!to_stdout) failed |= fclose(f) != 0;
        if (!to_stdout && !failed) failed = rename(temporary, place) != 0;
    }
    if (!failed) return 0;
    int reason = errno;
    if (!to_stdout) unlink(temporary);
    fprintf(stderr, say("%s: error: the summary can't be written: %s\n"), path, say(strerror(reason)));
    return reason == ENOSPC ? 5 : 1;
}

static volatile sig_atomic_t ends_by_itself; /* the job has come back */

int finish(const arguments *a, bool answer, rv_status status, rv_report *report, const rv_error *err) {
    ends_by_itself = 1;
    int code = exit_code(status);
    clear_bar();
    if (status != RV_OK) print_error(a, err);
    if (status == RV_OK && report->text && (answer || !quiet)) show_text(answer ? stdout : stderr, report->text);
    const char *path = text_of(a, "summary");
    if (!path && status != RV_OK && own_summary[0]) path = own_summary;
    if (path) {
        int failed = write_summary(a, path, status, report, err);
        if (failed && code == 0) code = failed;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        int reason = errno;
        fprintf(stderr, say("reveil %s: error: writing to stdout failed: %s\n"), a->command->name,
                say(strerror(reason)));
        if (code == 0) code = reason == ENOSPC ? 5 : 1;
    }
    rv_report_reset(report);
    return code;
}

int finish_with_json(const arguments *a, rv_status status, rv_report *report, const rv_error *err) {
    if (status == RV_OK) printf("%s\n", report->json);
    quiet = true; /* the answer is given: the text for people would only repeat it */
    return finish(a, false, status, report, err);
}

/* --- Signals ----------------------------------------------------------------------------------------------------- */

static const arguments *at_work; /* a job, from the moment when it may leave something behind */

/* What a signal handler tells about the job that it has to end, made beforehand. An empty path: no summary is wanted. */
typedef struct last_words {
    char message[256], summary[512];
} last_words;
static last_words cut_words, interrupted_words, terminated_words;
static char last_summary[4096], last_temporary[sizeof last_summary + 32];

static void prepare_words(last_words *words, const char *job, const char *status, int code, const char *text) {
    unsigned number = 0;
    const char *told = rv_translate(text, language(), &number);
    bool of_file = *text == ':'; /* its name goes before */
    snprintf(words->message, sizeof words->message, "%s%s%s%s [E%04u]\n", of_file ? "" : "reveil ",
             of_file ? "" : job, of_file ? "" : ": ", told, number);
    if (of_file) text += strlen(": error: ");
    snprintf(words->summary, sizeof words->summary,
             "{\"summary_version\":1,\"job\":\"%s\",\"reveil\":\"%s\",\"status\":\"%s\",\"exit_code\":%d,"
             "\"error\":{\"message\":\"%s\",\"code\":\"E%04u\",\"file\":\"\",\"line\":0,\"column\":0,\"offset\":0,"
             "\"hint\":\"\"}}\n",
             job, rv_version(), status, code, text, number);
}

void prepare_emergency(const arguments *a) {
    static const char stopped[] = "stopped as asked; no output was changed";
    const char *job = a->command->name, *path = text_of(a, "summary");
    prepare_words(&cut_words, job, "bad_input", 3,
                  ": error: the file was cut or replaced while it was read; nothing was written");
    prepare_words(&interrupted_words, job, "interrupted", 128 + SIGINT, stopped);
    prepare_words(&terminated_words, job, "interrupted", 128 + SIGTERM, stopped);
    at_work = a;
    if (!path || strlen(path) >= sizeof last_summary) return;
    if (strcmp(path, "-") == 0 || !rv_file_behind(path, last_summary, sizeof last_summary))
        snprintf(last_summary, sizeof last_summary, "%s", path);
    snprintf(last_temporary, sizeof last_temporary, "%s.%ld.reveil-tmp", last_summary, (long)getpid());
}

static void write_last_words(const last_words *words) {
    ssize_t ignored = write(STDERR_FILENO, words->message, strlen(words->message));
    (void)ignored;
    if (!last_summary[0]) return;
    bool to_stdout = strcmp(last_summary, "-") == 0;
    int fd = to_stdout ? STDOUT_FILENO : open(last_temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return;
    size_t n = strlen(words->summary);
    bool whole = write(fd, words->summary, n) == (ssize_t)n;
    if (to_stdout) return;
    if (!whole || fsync(fd) != 0 || rename(last_temporary, last_summary) != 0) unlink(last_temporary);
}

/* --- Being asked to stop ------------------------------------------------------------------------------------------ */

/*
 * The first signal asks the job to stop, which it does as soon as it looks, and removes what it began. Work that can't be
 * broken off (a library that packs a workbook, a query's task) doesn't look for seconds; so a timer runs, and what the job
 * hasn't done by then its handler does: temporaries away, the summary written, the process ended. Unless an output is in
 * its place already: then the job is about to be done. A second signal doesn't wait for the timer.
 */
enum { PATIENCE_MS = 600, MORE_MS = 20 };
static timer_t patience;
static bool has_timer;

static void wait_until(int milliseconds) {
    const struct itimerspec then = {.it_value = {.tv_nsec = milliseconds * 1000000L}};
    if (has_timer) timer_settime(patience, 0, &then, NULL);
}

static void end_now(void) {
    char path[1];
    rv_emergency(NULL, path, sizeof path);
    if (at_work) write_last_words(cancel == SIGTERM ? &terminated_words : &interrupted_words);
    _exit(128 + cancel);
}

static void on_stop(int number) {
    int saved = errno;
    bool again = cancel != 0;
    cancel = number;
    rv_stop_waiting();
    if (again && !ends_by_itself && rv_end_now()) end_now();
    wait_until(PATIENCE_MS);
    errno = saved;
}

static void on_patience(int number) {
    (void)number;
    int saved = errno;
    if (!ends_by_itself && rv_end_now()) end_now();
    if (!ends_by_itself) wait_until(MORE_MS);
    errno = saved;
}

/* A mapped file that shrinks under a reader: said, cleaned up, exit 3. Only async-signal-safe calls. */
static void on_bus(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    char path[256] = "an input file";
    rv_emergency(info->si_addr, path, sizeof path);
    ssize_t ignored = write(STDERR_FILENO, path, strlen(path));
    (void)ignored;
    write_last_words(&cut_words);
    _exit(3);
}

/* A library that ends the process itself (OpenMP where the system gives it no threads) isn't told what we began. */
static bool returned;

static void on_unasked_exit(void) {
    if (returned || !at_work) return;
    char path[256];
    rv_emergency(NULL, path, sizeof path);
    static const char message[] = "the system gives the process no more threads";
    static const char hint[] = "--threads 1 needs none; else allow more processes or memory (ulimit -u, ulimit -v)";
    rv_report report = {0};
    rv_error err = {.status = RV_NO_MEMORY};
    snprintf(err.message, sizeof err.message, "%s", message);
    snprintf(err.hint, sizeof err.hint, "%s", hint);
    snprintf(err.french, sizeof err.french, "%s", rv_translate(message, RV_FRENCH, &err.code));
    snprintf(err.french_hint, sizeof err.french_hint, "%s", rv_translate(hint, RV_FRENCH, NULL));
    int code = finish(at_work, false, RV_NO_MEMORY, &report, &err);
    fflush(stderr);
    _exit(code);
}

int leave(int status) {
    returned = true;
    return status;
}

void watch_signals(void) {
    atexit(on_unasked_exit);
    struct sigevent to_handler = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    has_timer = timer_create(CLOCK_MONOTONIC, &to_handler, &patience) == 0;
    struct sigaction lost = {.sa_handler = on_patience, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &lost, NULL);
    struct sigaction stop = {.sa_handler = on_stop};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    struct sigaction bus = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &bus, NULL);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, told as such */
    signal(SIGXFSZ, SIG_IGN); /* and so is a limit on the size of files */
}
