/* See run_segment.h. One thread of its own leads the work; the library's threads do it, as for any job. */
#include "run_segment.h"

#include "job_settings.h"
#include "parallel.h"

#include <pthread.h>
#include <string.h>

struct rv_run_segment {
    const rv_settings *given;
    rv_settings settings;
    rv_segment_options options;
    rv_lifecycle life;
    rv_summary *summary;
    rv_held_outputs held;
    rv_buffer messages; /* a byte of level, text, zero */
    volatile int failed;
    rv_status status;
    rv_error error;
    pthread_t thread;
    bool apart; /* a thread of its own is at work, or has been and wasn't waited for */
};

rv_segment_options rv_run_segment_options(const rv_job_description *job) {
    return (rv_segment_options){.transactions = job->transactions,
                                .as_of = job->as_of,
                                .horizon_days = (uint32_t)job->horizon_days,
                                .active_months = (uint32_t)job->active_months,
                                .rfm = job->rfm,
                                .own_rhythm = job->states && strcmp(job->states, "rhythm") == 0,
                                .model = job->model && strcmp(job->model, "bg") == 0 ? RV_BG : RV_MBG,
                                .previous = job->previous,
                                .out = job->out.segments};
}

static void work(rv_run_segment *s) {
    double since = rv_clock_seconds();
    s->status = rv_lifecycle_compute(&s->options, &s->settings, &s->life, s->summary, &s->error);
    if (s->status == RV_OK && s->options.out && !s->settings.dry_run)
        s->status = rv_lifecycle_write(&s->life, &s->options, &s->settings, &s->error);
    rv_summary_timing(s->summary, "segment", since);
    s->failed = s->status != RV_OK;
}

static void *work_apart(void *ctx) {
    work(ctx);
    return NULL;
}

static void keep_message(void *ctx, rv_level level, const char *text) {
    rv_run_segment *s = ctx;
    rv_buffer_byte(&s->messages, (char)level);
    rv_buffer_add(&s->messages, text, strlen(text) + 1);
}

static void repeat_messages(rv_run_segment *s) {
    for (size_t at = 0; at < s->messages.len;) {
        const char *text = s->messages.data + at + 1;
        if (s->given->message) s->given->message(s->given->ctx, (rv_level)s->messages.data[at], text);
        at += strlen(text) + 2;
    }
    rv_buffer_free(&s->messages);
}

rv_status rv_run_segment_begin(rv_job_description *job, const rv_settings *settings, rv_summary *summary,
                               rv_run_segment **out, rv_error *err) {
    rv_run_segment *s = rv_new(sizeof *s, err);
    if (!s) return RV_NO_MEMORY;
    s->given = settings;
    s->settings = *settings;
    s->settings.rejects = rv_job_beside(job, settings->rejects, "transactions");
    s->settings.held = &s->held;
    s->options = rv_run_segment_options(job);
    s->summary = summary;
    *out = s;
    bool one_stream = settings->rejects && strcmp(settings->rejects, "-") == 0;
    if (rv_threads(settings) > 1 && !one_stream) {
        s->settings.progress = NULL; /* one stage at a time is shown, and that is the enriching */
        s->settings.message = keep_message;
        s->settings.ctx = s;
        s->apart = pthread_create(&s->thread, NULL, work_apart, s) == 0;
    }
    if (!s->apart) work(s);
    return RV_OK;
}

const volatile int *rv_run_segment_failed(const rv_run_segment *s) { return &s->failed; }

static void join_thread(rv_run_segment *s) {
    if (s->apart) pthread_join(s->thread, NULL);
    s->apart = false;
}

rv_status rv_run_segment_wait(rv_run_segment *s, rv_error *err) {
    join_thread(s);
    repeat_messages(s);
    if (s->status == RV_OK && s->given->held) s->status = rv_held_join(s->given->held, &s->held, &s->error);
    if (s->status != RV_OK && err) *err = s->error;
    return s->status;
}

const rv_lifecycle *rv_run_segment_life(const rv_run_segment *s) { return &s->life; }

void rv_run_segment_free(rv_run_segment *s) {
    if (!s) return;
    join_thread(s);
    rv_held_abort(&s->held);
    rv_buffer_free(&s->messages);
    rv_lifecycle_reset(&s->life);
    rv_free(s);
}
