/*
 * The summary of a job: counts per step, timings, inputs' hashes, in one JSON object and as lines for people. Steps
 * write into it in the order in which they run. See docs/SUMMARY.md for the fields that scripts may rely on.
 */
#ifndef RV_REPORT_H
#define RV_REPORT_H

#include "json_writer.h"
#include "table_reader.h"

typedef struct rv_summary {
    rv_buffer body; /* JSON members of the job's own, in an open object */
    rv_json json;   /* writes into body: rv_json_key(&summary->json, "enrich"); ... */
    rv_buffer text; /* lines for people */
    bool is_answer; /* the text is what was asked for: no last line on time and memory, the same every time */
    const char *job;
    double started, cpu_started;
    struct {
        char stage[32];
        double seconds;
    } timings[32];
    unsigned n_timings;
    struct {
        char path[256];
        uint64_t bytes, hash;
        rv_table_bytes of; /* which they are; zeros: not told apart */
    } inputs[256];
    unsigned n_inputs;
    uint64_t rows_in, rows_out, rejected; /* rows_in == rows_out + rejected, or the job fails */
} rv_summary;

void rv_summary_begin(rv_summary *summary, const char *job);
/* Its lines for people are in the language of the settings (NULL: English) from now on. */
static inline void rv_summary_speak(rv_summary *summary, const rv_settings *settings) {
    summary->text.language = settings ? (uint8_t)settings->language : RV_ENGLISH;
}
void rv_summary_reset(rv_summary *summary);
/* Of this process: bytes of no file, and bytes of mapped files; 0 where the system doesn't tell. */
typedef struct rv_resident {
    uint64_t anonymous, files;
} rv_resident;
rv_resident rv_resident_bytes(void);
/* Seconds of this process's threads: on a core, and ready but without one since others had them (0 where the system doesn't tell;
 * of threads that still live). The first is what a job costs, whoever else is at work; both tell what it takes beside them. */
typedef struct rv_core_time {
    double ran, waited;
} rv_core_time;
rv_core_time rv_core_times(void);
double rv_clock_seconds(void);                                                /* monotonic */
void rv_summary_timing(rv_summary *summary, const char *stage, double since); /* seconds from `since` to now */
/* Appends a part that was begun and filled on its own (by another thread) as if its steps had been written here. */
void rv_summary_join(rv_summary *summary, const rv_summary *part);
void rv_summary_input(rv_summary *summary, const char *path, uint64_t bytes, uint64_t hash);
/* A table as an input, when it has been walked. */
void rv_summary_table(rv_summary *summary, const char *path, const rv_table_counts *counts);
/* The megabase as an input: its size, and the identity that its seals give. */
struct rv_megabase;
void rv_summary_megabase(rv_summary *summary, const char *path, const struct rv_megabase *megabase);
/* One line of JSON: {"summary_version":1,"job":...,"reveil":version,"status":"ok","rows":{in,out,rejected},...body...,
 * "inputs":[...],"timings":{...},"peak_memory_bytes":N}. Fills report->json and report->text. */
rv_status rv_summary_finish(rv_summary *summary, rv_report *report, rv_error *err);

/* Puts two texts of rv_buffer_take, or NULL, in place of what a report holds, which may be NULL: then they are freed. */
void rv_report_give(rv_report *report, char *json, char *text);

/* Of a job that fails: {"rows":...,"inputs":[...],"timings":{...}}, what was read until then, into report->json, or NULL
 * where memory is short. The caller, who knows the error, makes a summary of it. */
void rv_summary_unfinished(const rv_summary *summary, rv_report *report);

/* Progress and messages through the settings; NULL callbacks are fine. */
void rv_note(const rv_settings *settings, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What every job that reads the table should tell: which sheet of a workbook is read, and the like. */
void rv_warn_of_table(const rv_settings *settings, const char *path, const rv_sniffed *sniffed);
void rv_warn(const rv_settings *settings, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rv_progress(const rv_settings *settings, const char *stage, uint64_t done, uint64_t total);
/* RV_NO_MEMORY when the process holds more than settings->memory_limit beside mapped files. For jobs whose need shows only while
 * they read; call it once per block. */
rv_status rv_check_memory(const rv_settings *settings, rv_error *err);
/* RV_INTERRUPTED when the caller asked to stop. Call it once per block. */
rv_status rv_check_cancel(const rv_settings *settings, rv_error *err);

/* --- Rejects: every row that isn't read is accounted for ------------------------------------------------------- */

/* Header: file,line,offset,reason,raw. Budget as in the settings. Serial: call from consume functions. */
typedef struct rv_rejects rv_rejects;
struct rv_table_block;
/* path NULL: settings->rejects; when that is NULL too, rejects are counted but not written. */
rv_status rv_rejects_open(const char *path, const rv_settings *settings, rv_rejects **out, rv_error *err);
rv_status rv_rejects_add(rv_rejects *rejects, const char *file, uint64_t line, uint64_t offset, const char *reason,
                         rv_text raw, rv_error *err);
/* Another file follows, with a budget of its own: counts begin anew, the reject file goes on. */
void rv_rejects_again(rv_rejects *rejects);
uint64_t rv_rejects_count(const rv_rejects *rejects);
/* Over the budget (of rows + rejects): RV_OVER_BUDGET, with the commonest reason and its first line. */
rv_status rv_rejects_check(rv_rejects *rejects, uint64_t rows, rv_error *err);
rv_status rv_rejects_commit(rv_rejects *rejects, rv_error *err); /* frees, in any case */
/* For a failed job; NULL is fine. Drops the file, unless the check found the budget overspent: then the file is what
 * the user needs to see why, and is published though the job's outputs aren't. */
void rv_rejects_abort(rv_rejects *rejects);

#endif
