/*
 * What of a command line decides about results, for --if-changed: every option but those that say how to run, and every
 * file that is read. Commands that answer on stdout have no results to keep, and a stream can't be looked at beforehand.
 */
#include "job_changes.h"

#include "console.h"
#include "outputs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rv_fingerprint fingerprint;
static bool wanted;
static rv_work work;
static rv_run_options run_options;

/* How to run and what to say: the same results, the same bytes. */
static bool decides(const char *name) {
    static const char *const others[] = {"threads",     "memory-limit", "tmpdir",    "summary",    "progress", "quiet",
                                         "lang",        "force",        "dry-run",   "if-changed", "help",     "rejects",
                                         "show-values", "print-config", "max-rejects"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], name) == 0) return false;
    return true;
}

static bool keeps_results(const char *name) {
    static const char *const names[] = {"build", "clean", "enrich", "match", "dedupe", "segment", "score", "run"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* The command in one text; its files in two lists. */
static void describe(const arguments *a, const char **inputs, const char **outputs) {
    static char text[1 << 20];
    size_t at = (size_t)snprintf(text, sizeof text, "%s\n", a->command->name);
    for (unsigned i = 0; i < a->n_values; i++) {
        const option *o = a->values[i].option;
        bool file = o->kind == OPTION_FILE && strcmp(o->name, "tmpdir") != 0;
        if (file && is_output(o->name)) {
            if (strcmp(o->name, "summary") != 0 && strcmp(o->name, "rejects") != 0)
                outputs[work.n_outputs++] = a->values[i].text;
        } else if (file) {
            inputs[work.n_inputs++] = a->values[i].text;
        }
        if (decides(o->name) && at < sizeof text)
            at += (size_t)snprintf(text + at, sizeof text - at, "--%s=%s\n", o->name, a->values[i].text);
    }
    for (unsigned i = 0; i < a->n_operands; i++) inputs[work.n_inputs++] = a->operands[i];
    work.command = text;
    work.inputs = inputs;
    work.outputs = outputs;
}

static int has_stream(const arguments *a, const char *const *paths, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(paths[i], "-") == 0)
            return usage_error(a->command, "give files instead of -", "--if-changed can't look at a stream beforehand");
    return 0;
}

static int failed(const arguments *a, rv_status status, rv_error *err) {
    rv_report none = {0};
    return finish(a, false, status, &none, err);
}

int check_changed(const arguments *a) {
    if (!has(a, "if-changed")) return 0;
    if (!keeps_results(a->command->name))
        return usage_error(a->command, "build, clean, enrich, match, dedupe, segment, score and run do",
                           "%s has no results to keep", a->command->name);
    const char *summary = text_of(a, "summary");
    if (!summary || strcmp(summary, "-") == 0)
        return usage_error(a->command, "--if-changed --summary FILE", "--if-changed compares with the last summary: "
                                                                      "where is it?");
    static const char *inputs[MAX_VALUES + MAX_OPERANDS], *outputs[MAX_VALUES];
    static rv_assignment overrides[MAX_VALUES];
    describe(a, inputs, outputs);
    int status = has_stream(a, inputs, work.n_inputs);
    if (!status) status = has_stream(a, outputs, work.n_outputs);
    if (status) return status;
    if (strcmp(a->command->name, "build") == 0 && a->n_operands == 0) work.build_schema = text_of(a, "schema");
    if (strcmp(a->command->name, "run") == 0) {
        run_options = (rv_run_options){.job = a->operands[0], .overrides = overrides, .environment = getenv};
        run_options.n_overrides = assignments_of(a, "set", overrides);
        work.run = &run_options;
    }
    rv_error err = {0};
    rv_status result = rv_fingerprint_of(&work, &fingerprint, &err);
    if (result == RV_OK) result = rv_check_changed(&work, &fingerprint, summary, &err);
    wanted = true;
    if (result == RV_OK) return 0;
    if (result != RV_UNCHANGED) return failed(a, result, &err);
    if (!has(a, "quiet"))
        fprintf(stderr, "%s\n", language() == RV_FRENCH && err.french[0] ? err.french : err.message);
    return exit_code(result);
}

const char *fingerprint_of_job(void) {
    if (!wanted) return NULL;
    if (fingerprint.megabase_is_due) { /* now it has been made */
        rv_fingerprint now;
        size_t half = strcspn(fingerprint.text, "-");
        if (rv_fingerprint_of(&work, &now, NULL) != RV_OK) return NULL;
        memcpy(fingerprint.text + half, now.text + half, strlen(now.text) - half);
        fingerprint.megabase_is_due = false;
    }
    return fingerprint.text;
}
