/* See csv_source.h. The buffer is compacted only once half of it is spent, so each byte is moved about once. */
#include "csv_source.h"

#include <sys/mman.h>

/* Blocks on their way to the consumer lie within this many bytes behind the window, but for monstrous records. */
enum { KEPT = 16 << 20, PAGE = 4096 };

void rv_csv_source_init(rv_csv_source *s, rv_stream *stream) {
    *s = (rv_csv_source){.stream = stream};
    s->data = rv_stream_mapped(stream, &s->n);
    s->mapped = s->at_end = s->data != NULL;
}

static void show_window(rv_csv_source *s) {
    s->data = s->buffer.data ? s->buffer.data + s->head : "";
    s->n = s->buffer.len - s->head;
    s->at_end = s->stream_ended;
}

rv_status rv_csv_source_encoding(rv_csv_source *s, rv_encoding encoding, rv_error *err) {
    if (encoding == RV_UTF8) return RV_OK;
    rv_buffer utf8 = {0};
    s->transcodes = true;
    s->transcoder = (rv_transcoder){.from = encoding};
    if (s->mapped) { /* from now on the map is read as a stream; what was advanced over stays so */
        size_t skipped = (size_t)s->offset, got;
        char *skip = skipped ? rv_new(skipped, err) : NULL;
        if (skipped && !skip) return RV_NO_MEMORY;
        rv_status status = skipped ? rv_stream_read(s->stream, skip, skipped, &got, err) : RV_OK;
        rv_free(skip);
        s->mapped = false;
        s->buffer = utf8;
        s->head = 0;
        show_window(s);
        return status;
    }
    if (!rv_buffer_reserve(&utf8, rv_transcode_room(s->n))) return rv_fail_memory(err, rv_transcode_room(s->n));
    utf8.len = rv_transcode(&s->transcoder, s->data, s->n, s->stream_ended, utf8.data);
    rv_buffer_free(&s->buffer);
    s->buffer = utf8;
    s->head = 0;
    show_window(s);
    return RV_OK;
}

static rv_status read_more(rv_csv_source *s, size_t more, rv_error *err) {
    rv_buffer *b = &s->buffer;
    size_t got = 0, room = s->transcodes ? rv_transcode_room(more) : more;
    if (!rv_buffer_reserve(b, room)) return rv_fail_memory(err, room);
    if (!s->transcodes) {
        RV_TRY(rv_stream_read(s->stream, b->data + b->len, more, &got, err));
        b->len += got;
    } else {
        s->raw.len = 0;
        if (!rv_buffer_reserve(&s->raw, more)) return rv_fail_memory(err, more);
        RV_TRY(rv_stream_read(s->stream, s->raw.data, more, &got, err));
        b->len += rv_transcode(&s->transcoder, s->raw.data, got, got < more, b->data + b->len);
    }
    s->stream_ended = got < more;
    return RV_OK;
}

rv_status rv_csv_source_fill(rv_csv_source *s, size_t want, rv_error *err) {
    if (s->mapped) return RV_OK;
    if (s->head > 0 && s->head >= s->buffer.len / 2) {
        s->buffer.len -= s->head;
        memmove(s->buffer.data, s->buffer.data + s->head, s->buffer.len);
        s->head = 0;
    }
    rv_status status = RV_OK;
    while (status == RV_OK && !s->stream_ended && s->buffer.len - s->head < want) {
        size_t more = want - (s->buffer.len - s->head);
        status = read_more(s, more < RV_STREAM_INPUT ? RV_STREAM_INPUT : more, err);
    }
    show_window(s);
    return status;
}

/* A map's pages are given back once they have been read, so that a file of any size holds some 32 MB. Whoever looks at
 * such bytes again gets them from the page cache. */
static void drop_behind(rv_csv_source *s) {
    if (s->offset - s->dropped < 2 * (uint64_t)KEPT) return;
    const char *start = s->data - s->offset + s->dropped; /* maps begin with a page */
    size_t n = (size_t)(s->offset - s->dropped - KEPT) & ~(size_t)(PAGE - 1);
    madvise((void *)(uintptr_t)start, n, MADV_DONTNEED); /* advice only: failure is fine */
    s->dropped += n;
}

/* Pages of a map are made at once, some hundreds at a call: a fault makes sixteen, and costs as much as making them. Those a
 * block needs next are there already, but at the start. Advice only: where the system knows no such call faults do. */
static void bring_ahead(rv_csv_source *s) {
    enum { AHEAD = 1 << 20 };
    uint64_t end = s->offset + s->n;
    if (s->offset + AHEAD / 2 < s->brought || s->brought == end) return;
    uint64_t from = s->brought > s->offset ? s->brought : s->offset & ~(uint64_t)(PAGE - 1);
    size_t n = end - from < AHEAD ? (size_t)(end - from) : AHEAD;
    madvise((void *)(uintptr_t)(s->data - s->offset + from), n, MADV_POPULATE_READ);
    s->brought = from + n;
}

void rv_csv_source_advance(rv_csv_source *s, size_t n) {
    s->data += n;
    s->n -= n;
    s->offset += n;
    s->head += n;
    if (!s->mapped) return;
    drop_behind(s);
    bring_ahead(s);
}

void rv_csv_source_free(rv_csv_source *s) {
    rv_stream_close(s->stream);
    rv_buffer_free(&s->buffer);
    rv_buffer_free(&s->raw);
    *s = (rv_csv_source){0};
}
