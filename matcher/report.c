/*
 * The summary of a job, and what a job says while it runs.
 *
 * Jobs write their own members straight into `body` while they run, so that a chain of jobs (rv_run) is one summary
 * with one object a step. The members that all jobs share (rows, inputs, timings, memory) stand around them and are
 * written at the end, when they are known.
 *
 * Peak memory is the kernel's high-water mark of this process image (VmHWM): getrusage also counts what the parent
 * held before exec, which made a small job look as big as the script that started it.
 */
#include "report.h"
#include "file.h"
#include "megabase.h"
#include "messages.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { MESSAGE_MAX = 2048, PROC_STATUS_MAX = 1 << 16 };

static double clock_of(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double rv_clock_seconds(void) { return clock_of(CLOCK_MONOTONIC); }

void rv_summary_begin(rv_summary *summary, const char *job) {
    memset(summary, 0, sizeof *summary);
    summary->job = job;
    summary->started = rv_clock_seconds();
    summary->cpu_started = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    rv_json_init(&summary->json, &summary->body, false);
    rv_json_object(&summary->json);
}

void rv_summary_reset(rv_summary *summary) {
    rv_buffer_free(&summary->body);
    rv_buffer_free(&summary->text);
    memset(summary, 0, sizeof *summary);
}

static void copy_name(char *to, size_t cap, const char *from) { snprintf(to, cap, "%s", from); }

/* A stage that runs several times (once a file) is one line: its seconds add up. */
static void add_timing(rv_summary *summary, const char *stage, double seconds) {
    for (unsigned i = 0; i < summary->n_timings; i++) {
        if (strcmp(summary->timings[i].stage, stage) == 0) {
            summary->timings[i].seconds += seconds;
            return;
        }
    }
    if (summary->n_timings == sizeof summary->timings / sizeof summary->timings[0]) return;
    copy_name(summary->timings[summary->n_timings].stage, sizeof summary->timings[0].stage, stage);
    summary->timings[summary->n_timings++].seconds = seconds;
}

void rv_summary_timing(rv_summary *summary, const char *stage, double since) {
    add_timing(summary, stage, rv_clock_seconds() - since);
}

void rv_summary_join(rv_summary *summary, const rv_summary *part) {
    enum { TOP = 1 }; /* the level of the job's own members */
    rv_buffer *body = &summary->body;
    if (part->body.len > 1) {
        if (summary->json.has_item >> TOP & 1) rv_buffer_byte(body, ',');
        rv_buffer_add(body, part->body.data + 1, part->body.len - 1);
        summary->json.has_item |= (uint64_t)1 << TOP;
    }
    rv_buffer_add(&summary->text, part->text.data, part->text.len);
    body->failed |= part->body.failed;
    summary->text.failed |= part->text.failed;
    for (unsigned i = 0; i < part->n_timings; i++)
        add_timing(summary, part->timings[i].stage, part->timings[i].seconds);
    unsigned room = sizeof part->inputs / sizeof part->inputs[0];
    for (unsigned i = 0; i < part->n_inputs; i++) {
        unsigned kept = i < room ? i : room - 1; /* beyond the room they are counted only */
        rv_summary_input(summary, part->inputs[kept].path, part->inputs[kept].bytes, part->inputs[kept].hash);
        if (summary->n_inputs <= room) summary->inputs[summary->n_inputs - 1].of = part->inputs[kept].of;
    }
    summary->rows_in += part->rows_in;
    summary->rows_out += part->rows_out;
    summary->rejected += part->rejected;
}

/* Inputs beyond the room are counted, so that the summary says how many it left out. */
void rv_summary_input(rv_summary *summary, const char *path, uint64_t bytes, uint64_t hash) {
    if (summary->n_inputs < sizeof summary->inputs / sizeof summary->inputs[0]) {
        copy_name(summary->inputs[summary->n_inputs].path, sizeof summary->inputs[0].path, path);
        summary->inputs[summary->n_inputs].bytes = bytes;
        summary->inputs[summary->n_inputs].hash = hash;
        summary->inputs[summary->n_inputs].of = (rv_table_bytes){0};
    }
    summary->n_inputs++;
}

void rv_summary_table(rv_summary *summary, const char *path, const rv_table_counts *counts) {
    rv_summary_input(summary, path, counts->decoded_bytes, counts->input_hash);
    if (summary->n_inputs <= sizeof summary->inputs / sizeof summary->inputs[0])
        summary->inputs[summary->n_inputs - 1].of = counts->tally.bytes;
}

void rv_summary_megabase(rv_summary *summary, const char *path, const rv_megabase *megabase) {
    uint64_t bytes, identity = rv_megabase_identity(megabase, &bytes);
    rv_summary_input(summary, path, bytes, identity);
}

/* A line of the kernel's status of this process, in bytes; 0: there is none. */
static uint64_t status_bytes(const char *status, const char *name) {
    const char *line = status ? strstr(status, name) : NULL;
    return line ? strtoull(line + strlen(name), NULL, 10) * 1024 : 0;
}

static char *read_status(void) {
    char *status = NULL;
    size_t len = 0;
    return rv_file_read("/proc/self/status", PROC_STATUS_MAX, &status, &len, NULL) == RV_OK ? status : NULL;
}

rv_resident rv_resident_bytes(void) {
    char *status = read_status();
    rv_resident out = {status_bytes(status, "RssAnon:"), status_bytes(status, "RssFile:")};
    rv_free(status);
    return out;
}

rv_core_time rv_core_times(void) {
    rv_core_time out = {.ran = clock_of(CLOCK_PROCESS_CPUTIME_ID)};
    DIR *threads = opendir("/proc/self/task");
    for (const struct dirent *one; threads && (one = readdir(threads));) {
        char path[300], *text = NULL, *second;
        size_t len = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", one->d_name);
        if (one->d_name[0] == '.' || rv_file_read(path, PROC_STATUS_MAX, &text, &len, NULL) != RV_OK) continue;
        if ((second = strchr(text, ' '))) out.waited += (double)strtoull(second, NULL, 10) * 1e-9;
        rv_free(text);
    }
    if (threads) closedir(threads);
    return out;
}

static uint64_t peak_memory_bytes(void) {
    char *status = read_status();
    uint64_t bytes = status_bytes(status, "VmHWM:");
    rv_free(status);
    if (bytes == 0) {
        struct rusage usage;
        if (getrusage(RUSAGE_SELF, &usage) == 0) bytes = (uint64_t)usage.ru_maxrss * 1024;
    }
    return bytes;
}

static void write_rows(rv_json *json, const rv_summary *summary) {
    rv_json_key(json, "rows");
    rv_json_object(json);
    rv_json_put_unsigned(json, "in", summary->rows_in);
    rv_json_put_unsigned(json, "out", summary->rows_out);
    rv_json_put_unsigned(json, "rejected", summary->rejected);
    rv_json_end(json, '}');
}

static void write_bytes(rv_json *json, const rv_table_bytes *of) {
    rv_json_key(json, "of");
    rv_json_object(json);
    rv_json_put_unsigned(json, "header", of->header);
    rv_json_put_unsigned(json, "rows", of->rows);
    rv_json_put_unsigned(json, "rejected", of->rejects);
    rv_json_put_unsigned(json, "set_aside", of->asides);
    rv_json_put_unsigned(json, "empty", of->empty);
    rv_json_put_unsigned(json, "line_ends", of->line_ends);
    rv_json_put_unsigned(json, "passed_over", of->passed);
    rv_json_end(json, '}');
}

static void write_inputs(rv_json *json, const rv_summary *summary) {
    unsigned room = sizeof summary->inputs / sizeof summary->inputs[0];
    unsigned n = summary->n_inputs < room ? summary->n_inputs : room;
    rv_json_key(json, "inputs");
    rv_json_array(json);
    for (unsigned i = 0; i < n; i++) {
        char hash[17];
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)summary->inputs[i].hash);
        rv_json_object(json);
        rv_json_put_string(json, "path", summary->inputs[i].path);
        rv_json_put_unsigned(json, "bytes", summary->inputs[i].bytes);
        rv_json_put_string(json, "xxh3", hash);
        if (rv_table_bytes_sum(&summary->inputs[i].of)) write_bytes(json, &summary->inputs[i].of);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
    if (summary->n_inputs > n) rv_json_put_unsigned(json, "inputs_left_out", summary->n_inputs - n);
}

/* Milliseconds are enough for people and scripts, and keep the line short. */
static double rounded(double seconds) { return (double)(int64_t)(seconds * 1000.0 + 0.5) / 1000.0; }

static void write_timings(rv_json *json, const rv_summary *summary, double total, double cpu) {
    rv_json_key(json, "timings");
    rv_json_object(json);
    for (unsigned i = 0; i < summary->n_timings; i++)
        rv_json_put_number(json, summary->timings[i].stage, rounded(summary->timings[i].seconds));
    rv_json_put_number(json, "total", rounded(total));
    rv_json_put_number(json, "processor", rounded(cpu));
    rv_json_end(json, '}');
}

rv_status rv_summary_finish(rv_summary *summary, rv_report *report, rv_error *err) {
    if (summary->rows_in != summary->rows_out + summary->rejected)
        return rv_fail(err, RV_FAILED, "rows in (%llu) aren't rows out (%llu) and rejected rows (%llu) together",
                       (unsigned long long)summary->rows_in, (unsigned long long)summary->rows_out,
                       (unsigned long long)summary->rejected);
    RV_TRY(rv_buffer_check(&summary->body, err));
    double total = rv_clock_seconds() - summary->started;
    double cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - summary->cpu_started;
    uint64_t peak = peak_memory_bytes();

    rv_buffer line = {0};
    rv_json json;
    rv_json_init(&json, &line, false);
    rv_json_object(&json);
    rv_json_put_unsigned(&json, "summary_version", 1);
    rv_json_put_string(&json, "job", summary->job);
    rv_json_put_string(&json, "reveil", rv_version());
    rv_json_put_string(&json, "status", "ok");
    write_rows(&json, summary);
    if (summary->body.len > 1) { /* the members after the opening brace; the comma after them is the writer's affair */
        rv_buffer_byte(&line, ',');
        rv_buffer_add(&line, summary->body.data + 1, summary->body.len - 1);
    }
    write_inputs(&json, summary);
    write_timings(&json, summary, total, cpu);
    rv_json_put_unsigned(&json, "peak_memory_bytes", peak);
    rv_json_end(&json, '}');
    if (!summary->is_answer)
        rv_tell(&summary->text, "done in %.2f s (%.2f s of processor time), %.0f MB of memory at most\n", total, cpu,
                (double)peak / 1e6);

    char *text = NULL;
    rv_status status = rv_buffer_check(&summary->text, err);
    if (status == RV_OK && !(text = rv_buffer_take(&summary->text, err))) status = RV_NO_MEMORY;
    char *whole = status == RV_OK ? rv_buffer_take(&line, err) : NULL;
    rv_buffer_free(&line);
    if (!whole) {
        rv_free(text);
        return RV_NO_MEMORY;
    }
    rv_report_give(report, whole, text);
    return RV_OK;
}

/* Known by its first member, which every summary begins with. */
bool rv_may_take_summary(const char *path) {
    static const char start[] = "{\"summary_version\":";
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0) return true;
    char head[sizeof start] = "";
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(head, 1, sizeof head - 1, f) : 0;
    if (f) fclose(f);
    return n == sizeof head - 1 && memcmp(head, start, n) == 0;
}

void rv_summary_unfinished(const rv_summary *summary, rv_report *report) {
    rv_buffer line = {0};
    rv_json json;
    rv_json_init(&json, &line, false);
    rv_json_object(&json);
    write_rows(&json, summary);
    write_inputs(&json, summary);
    write_timings(&json, summary, rv_clock_seconds() - summary->started,
                  clock_of(CLOCK_PROCESS_CPUTIME_ID) - summary->cpu_started);
    rv_json_end(&json, '}');
    char *text = rv_buffer_take(&line, NULL);
    rv_buffer_free(&line);
    if (!report) {
        rv_free(text);
        return;
    }
    rv_free(report->json); /* of a job that failed at its very end, it says ok */
    report->json = text;
}

void rv_report_give(rv_report *report, char *json, char *text) {
    if (report) {
        rv_report_reset(report);
        *report = (rv_report){json, text};
    } else {
        rv_free(json);
        rv_free(text);
    }
}

void rv_report_reset(rv_report *report) {
    if (!report) return;
    rv_free(report->json);
    rv_free(report->text);
    report->json = report->text = NULL;
}

/* --- While it runs ------------------------------------------------------------------------------------------------ */

static void say(const rv_settings *settings, rv_level level, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void say(const rv_settings *settings, rv_level level, const char *format, va_list args) {
    char text[MESSAGE_MAX];
    vsnprintf(text, sizeof text, rv_translate(format, settings->language, NULL), args);
    settings->message(settings->ctx, level, text);
}

void rv_note(const rv_settings *settings, const char *format, ...) {
    if (!settings || !settings->message) return;
    va_list args;
    va_start(args, format);
    say(settings, RV_NOTE, format, args);
    va_end(args);
}

void rv_warn(const rv_settings *settings, const char *format, ...) {
    if (!settings || !settings->message) return;
    va_list args;
    va_start(args, format);
    say(settings, RV_WARNING, format, args);
    va_end(args);
}

void rv_warn_of_table(const rv_settings *settings, const char *path, const rv_sniffed *sniffed) {
    for (size_t i = 0; sniffed && i < sniffed->n_warnings; i++) rv_warn(settings, "%s: %s", path, sniffed->notes[i]);
}

void rv_progress(const rv_settings *settings, const char *stage, uint64_t done, uint64_t total) {
    if (settings && settings->progress) settings->progress(settings->ctx, stage, done, total);
}

rv_status rv_check_memory(const rv_settings *settings, rv_error *err) {
    enum { EVERY = 16 }; /* a look takes 20 us, a block of a table 50 or more */
    static atomic_uint blocks;
    if (!settings || !settings->memory_limit || atomic_fetch_add(&blocks, 1) % EVERY) return RV_OK;
    uint64_t held = rv_resident_bytes().anonymous;
    if (held <= settings->memory_limit) return RV_OK;
    rv_fail(err, RV_NO_MEMORY, "the job holds %llu KB, more than the memory limit of %llu KB",
            (unsigned long long)(held >> 10), (unsigned long long)(settings->memory_limit >> 10));
    rv_error_hint(err, "raise --memory-limit, or give fewer rows at a time");
    return RV_NO_MEMORY;
}

rv_status rv_check_cancel(const rv_settings *settings, rv_error *err) {
    if (settings && settings->cancel && *settings->cancel)
        return rv_fail(err, RV_INTERRUPTED, "stopped as asked; no output was changed");
    if (settings && settings->failed && *settings->failed)
        return rv_fail(err, RV_INTERRUPTED, "stopped, since another step of the job has failed");
    return RV_OK;
}
