/*
 * Rejects: the rows that couldn't be read, one line each, with where they stood and why. The raw line is kept as it
 * was, so that a mended reject file can be fed again.
 *
 * The budget is judged at the end, on all rows: a file whose bad lines all stand in front isn't refused for that.
 */
#include "csv_writer.h"
#include "report.h"
#include "table_reader.h"

#include <stdio.h>

enum { REASONS_MAX = 32, FLUSH_BYTES = 1 << 20 };

struct rv_rejects {
    rv_table_out *out; /* NULL: counted only */
    rv_buffer lines;
    const rv_settings *settings;
    uint64_t count;
    bool over_budget;
    unsigned n_reasons;
    struct {
        char name[32];
        uint64_t count, line;
        char file[256];
    } reasons[REASONS_MAX]; /* in order of first appearance; the last one takes what finds no room */
};

rv_status rv_rejects_open(const char *path, const rv_settings *settings, rv_rejects **out, rv_error *err) {
    rv_rejects *rejects = rv_new(sizeof *rejects, err);
    if (!rejects) return RV_NO_MEMORY;
    rejects->settings = settings;
    if (!path) path = settings->rejects;
    if (path && !settings->dry_run) {
        rv_status status = rv_table_out_open(path, settings->force, &rejects->out, err);
        if (status != RV_OK) {
            rv_free(rejects);
            return status;
        }
        rv_table_out_for_people(rejects->out, settings, 0, 0);
        rv_buffer_string(&rejects->lines, "file,line,offset,reason,raw\n");
    }
    *out = rejects;
    return RV_OK;
}

static void count_reason(rv_rejects *rejects, const char *file, uint64_t line, const char *reason) {
    unsigned i = 0;
    while (i < rejects->n_reasons && strcmp(rejects->reasons[i].name, reason) != 0) i++;
    if (i == REASONS_MAX) i = REASONS_MAX - 1;
    if (i == rejects->n_reasons) {
        rejects->n_reasons++;
        snprintf(rejects->reasons[i].name, sizeof rejects->reasons[i].name, "%s", reason);
        snprintf(rejects->reasons[i].file, sizeof rejects->reasons[i].file, "%s", file);
        rejects->reasons[i].line = line;
    }
    rejects->reasons[i].count++;
}

rv_status rv_rejects_add(rv_rejects *rejects, const char *file, uint64_t line, uint64_t offset, const char *reason,
                         rv_text raw, rv_error *err) {
    if (!rv_reject_is_aside(reason)) { /* written too, but no fault */
        rejects->count++;
        count_reason(rejects, file, line, reason);
    }
    if (!rejects->out) return RV_OK;
    rv_buffer *lines = &rejects->lines;
    rv_csv_put(lines, rv_text_of(file));
    rv_csv_comma(lines);
    rv_buffer_unsigned(lines, line);
    rv_csv_comma(lines);
    rv_buffer_unsigned(lines, offset);
    rv_csv_comma(lines);
    rv_csv_put(lines, rv_text_of(reason));
    rv_csv_comma(lines);
    rv_csv_put(lines, raw);
    rv_csv_end(lines);
    if (lines->failed || lines->len >= FLUSH_BYTES) return rv_table_out_put(rejects->out, &rejects->lines, err);
    return RV_OK;
}

void rv_rejects_again(rv_rejects *rejects) {
    rejects->count = 0;
    rejects->n_reasons = 0;
    memset(rejects->reasons, 0, sizeof rejects->reasons);
}

uint64_t rv_rejects_count(const rv_rejects *rejects) { return rejects->count; }

/* "1 %" or "20 rows" */
static void budget_text(const rv_settings *settings, char *out, size_t cap) {
    if (settings->max_rejects_is_share) snprintf(out, cap, "%g %%", settings->max_rejects * 100.0);
    else snprintf(out, cap, "%.0f rows", settings->max_rejects);
}

rv_status rv_rejects_check(rv_rejects *rejects, uint64_t rows, rv_error *err) {
    const rv_settings *settings = rejects->settings;
    double all = (double)rows + (double)rejects->count;
    double budget = settings->max_rejects_is_share ? settings->max_rejects * all : settings->max_rejects;
    if ((double)rejects->count <= budget) return RV_OK;
    rejects->over_budget = true;
    unsigned commonest = 0;
    for (unsigned i = 1; i < rejects->n_reasons; i++)
        if (rejects->reasons[i].count > rejects->reasons[commonest].count) commonest = i;
    char text[64];
    budget_text(settings, text, sizeof text);
    rv_fail(err, RV_OVER_BUDGET,
            "%llu of %.0f rows rejected, more than the %s allowed; most often: %s (%llu rows, here the first)",
            (unsigned long long)rejects->count, all, text, rejects->reasons[commonest].name,
            (unsigned long long)rejects->reasons[commonest].count);
    if (settings->rejects)
        rv_error_hint(err, "look at %s; to accept them: --max-rejects %llu", settings->rejects,
                      (unsigned long long)rejects->count);
    else
        rv_error_hint(err, "to see them: --rejects rejects.csv; to accept them: --max-rejects %llu",
                      (unsigned long long)rejects->count);
    rv_error_at(err, rejects->reasons[commonest].file, rejects->reasons[commonest].line, 0);
    return RV_OVER_BUDGET;
}

static void release(rv_rejects *rejects) {
    rv_buffer_free(&rejects->lines);
    rv_free(rejects);
}

static rv_status finish(rv_rejects *rejects, rv_held_outputs *held, rv_error *err) {
    rv_status status = RV_OK;
    if (rejects->out) {
        status = rv_table_out_put(rejects->out, &rejects->lines, err);
        if (status == RV_OK) status = rv_table_out_finish(rejects->out, held, err);
        else rv_table_out_abort(rejects->out);
    }
    release(rejects);
    return status;
}

rv_status rv_rejects_commit(rv_rejects *rejects, rv_error *err) {
    return finish(rejects, rejects->settings->held, err);
}

void rv_rejects_abort(rv_rejects *rejects) {
    if (!rejects) return;
    if (rejects->over_budget) {
        /* The job has failed already, with the error that counts. */
        (void)finish(rejects, NULL, NULL);
        return;
    }
    rv_table_out_abort(rejects->out);
    release(rejects);
}
