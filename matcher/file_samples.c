/* See file_samples.h. Samples are files in memory, without a name: what reads a file reads them as well. */
#include "file_samples.h"

#include "duckdb_reader.h"
#include "file.h"
#include "memory.h"
#include "stream.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SAMPLE = 4 << 20, PIECES = 4, HEAD = 64 << 10 };

void rv_file_samples_close(rv_file_samples *s) {
    for (int i = 0; i < RV_FILE_SAMPLES; i++)
        if (s->of[i].fd >= 0) close(s->of[i].fd);
}

static rv_status add_piece(rv_file_sample *s, const char *data, size_t from, size_t to, rv_error *err) {
    RV_TRY(rv_file_write_at(s->fd, data + from, to - from, s->bytes, err));
    s->bytes += to - from;
    return RV_OK;
}

static size_t line_start(const char *data, size_t at, size_t end) {
    while (at > 0 && at < end && data[at - 1] != '\n') at++;
    return at;
}

/* Pieces by turns to the n samples, each from the beginning of a line to the end of one; all but the first, which has them
 * anyway, begin with the file's first lines, for its header. */
static rv_status deal_pieces(rv_file_samples *s, int samples, const char *data, size_t n, rv_error *err) {
    size_t piece = SAMPLE / PIECES, pieces = (size_t)samples * PIECES, step = (n - piece) / (pieces - 1), dealt = 0;
    s->n = samples;
    for (int i = 1; i < samples; i++) RV_TRY(add_piece(&s->of[i], data, 0, line_start(data, HEAD, n), err));
    for (size_t i = 0; i < pieces; i++) {
        size_t at = line_start(data, i * step, n), end = line_start(data, i * step + piece, n);
        RV_TRY(add_piece(&s->of[i % (size_t)samples], data, at, end, err));
    }
    for (int i = 0; i < samples; i++) dealt += s->of[i].bytes;
    s->times = (double)n / (double)dealt;
    return RV_OK;
}

static rv_status deal(rv_file_samples *s, rv_stream *stream, rv_error *err) {
    size_t n;
    const char *data = rv_stream_mapped(stream, &n);
    uint64_t stored = s->stored = rv_stream_stored_size(stream);
    if (data) {
        s->mapped = n;
        if (n <= 2 * SAMPLE) return add_piece(&s->of[0], data, 0, n, err);
        return deal_pieces(s, n < (size_t)2 * RV_FILE_SAMPLES * SAMPLE ? 2 : RV_FILE_SAMPLES, data, n, err);
    }
    char *head = rv_new(2 * SAMPLE, err); /* packed: its head, and the rest is packed as well as that */
    if (!head) return RV_NO_MEMORY;
    rv_status status = rv_stream_read(stream, head, 2 * SAMPLE, &n, err);
    uint64_t taken = rv_stream_stored_read(stream);
    if (status == RV_OK && n == 2 * SAMPLE && taken < stored) {
        status = deal_pieces(s, 2, head, n, err);
        s->times *= (double)stored / (double)taken;
    } else if (status == RV_OK) status = add_piece(&s->of[0], head, 0, n, err);
    rv_free(head);
    return status;
}

rv_status rv_file_samples_take(const char *path, rv_file_samples *s, rv_error *err) {
    *s = (rv_file_samples){.n = 1, .times = 1};
    for (int i = 0; i < RV_FILE_SAMPLES; i++) s->of[i].fd = -1;
    if (rv_file_reads_once(path) || (strcmp(path, "-") != 0 && !rv_file_exists(path))) return RV_OK;
    if (rv_parquet_begins(path)) return RV_OK; /* no piece of it is a file of its kind */
    rv_stream *stream;
    RV_TRY(rv_stream_open(path, &stream, err));
    bool made = true;
    for (int i = 0; i < RV_FILE_SAMPLES; i++) {
        s->of[i].fd = memfd_create("reveil-sample", MFD_CLOEXEC);
        snprintf(s->of[i].path, sizeof s->of[i].path, "/proc/self/fd/%d", s->of[i].fd);
        made = made && s->of[i].fd >= 0;
    }
    rv_status status = RV_OK;
    if (made) status = deal(s, stream, err);
    s->known = status == RV_OK && s->of[0].bytes;
    rv_stream_close(stream);
    return status;
}

rv_status rv_file_samples_join(rv_file_samples *s, rv_error *err) {
    char *bytes = rv_new(SAMPLE / PIECES, err);
    rv_status status = bytes ? RV_OK : RV_NO_MEMORY;
    for (int i = 1; i < s->n; i++) {
        for (uint64_t at = 0, n; at < s->of[i].bytes && status == RV_OK; at += n) {
            n = s->of[i].bytes - at < SAMPLE / PIECES ? s->of[i].bytes - at : SAMPLE / PIECES;
            status = rv_file_read_at(s->of[i].fd, bytes, (size_t)n, at, err);
            if (status == RV_OK) status = add_piece(&s->of[0], bytes, 0, (size_t)n, err);
        }
    }
    rv_free(bytes);
    return status;
}
