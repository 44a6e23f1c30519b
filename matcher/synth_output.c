/* See synth_output.h. */
#include "synth_output.h"

#include "parallel.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

rv_status rv_synth_file_open(rv_synth_file *file, const char *folder, bool replace, rv_error *err) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, file->name);
    if (n < 0 || (size_t)n >= sizeof path) return rv_fail(err, RV_BAD_ARGUMENT, "the path of the folder is too long");
    return rv_table_out_open(path, replace, &file->out, err);
}

typedef struct slot {
    uint64_t first, last, rows, bytes;
    rv_buffer buffer;
} slot;
typedef struct writing {
    rv_synth_file *file;
    const rv_settings *settings;
    uint64_t next;
    bool begun;
} writing;

static rv_status produce(void *ctx, void *slot_, bool *end, rv_error *err) {
    writing *w = ctx;
    slot *s = slot_;
    RV_TRY(rv_check_cancel(w->settings, err));
    *end = w->begun && w->next >= w->file->items;
    if (*end) return RV_OK;
    uint64_t left = w->file->items - w->next;
    s->first = w->next;
    s->last = w->next += left < w->file->piece ? left : w->file->piece;
    w->begun = true;
    return RV_OK;
}

static rv_status work(void *ctx, void *slot_, int worker, rv_error *err) {
    (void)worker;
    const writing *w = ctx;
    slot *s = slot_;
    s->buffer.len = 0;
    s->rows = 0;
    if (s->first == 0) rv_buffer_string(&s->buffer, w->file->header);
    if (s->last > s->first) s->rows = w->file->rows(w->file->ctx, s->first, s->last, &s->buffer);
    RV_TRY(rv_buffer_check(&s->buffer, err));
    s->bytes = s->buffer.len;
    return rv_table_out_pack(w->file->out, &s->buffer, err);
}

static rv_status consume(void *ctx, void *slot_, rv_error *err) {
    writing *w = ctx;
    slot *s = slot_;
    w->file->n_rows += s->rows;
    w->file->bytes += s->bytes;
    rv_progress(w->settings, w->file->name, s->last, w->file->items);
    return rv_table_out_append(w->file->out, &s->buffer, err);
}

rv_status rv_synth_file_write(rv_synth_file *file, const rv_settings *settings, rv_error *err) {
    int threads = rv_threads(settings);
    size_t n = 2 * (size_t)threads + 1;
    slot *slots = rv_array_new(n, sizeof *slots, err);
    if (slots == NULL) return RV_NO_MEMORY;
    writing w = {.file = file, .settings = settings};
    rv_pipeline pipeline = {.produce = produce,
                            .work = work,
                            .consume = consume,
                            .ctx = &w,
                            .slot_array = slots,
                            .slot_bytes = sizeof *slots,
                            .slots = n};
    rv_status status = rv_pipeline_run(&pipeline, threads, err);
    for (size_t i = 0; i < n; i++) rv_buffer_free(&slots[i].buffer);
    rv_free(slots);
    return status;
}

char *rv_synth_put(char *to, const char *text, uint32_t len, char separator) {
    if (!memchr(text, separator, len) && !memchr(text, '"', len)) return mempcpy(to, text, len);
    *to++ = '"';
    for (uint32_t i = 0; i < len; i++) {
        if (text[i] == '"') *to++ = '"';
        *to++ = text[i];
    }
    *to++ = '"';
    return to;
}
