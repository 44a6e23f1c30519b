#include "build_spool.h"

#include "date.h"
#include <errno.h>
#include <sys/mman.h>

enum { SLAB_BYTES = 32 << 20 };

void rv_spool_init(rv_spool *spool, uint64_t limit_bytes, const char *tmpdir) {
    *spool = (rv_spool){.limit_bytes = limit_bytes, .tmpdir = tmpdir, .fd = -1};
}

void rv_spool_free(rv_spool *spool) {
    for (size_t i = 0; i < spool->n; i++) rv_free(spool->chunks[i].offsets);
    for (size_t i = 0; i < spool->n_slabs; i++) rv_pages_free(spool->slabs[i].bytes, spool->slabs[i].size);
    rv_free(spool->slabs);
    rv_free(spool->chunks);
    rv_free(spool->chunk_of);
    if (spool->map) munmap(spool->map, (size_t)spool->file_bytes);
    if (spool->has_file) rv_io_now()->close(spool->fd);
    rv_spool_init(spool, 0, NULL);
}

/* --- Adding ------------------------------------------------------------------------------------------------------- */

static rv_status write_all(rv_spool *spool, const char *bytes, size_t n, rv_error *err) {
    for (size_t done = 0; done < n;) {
        ssize_t w = rv_io_now()->pwrite(spool->fd, bytes + done, n - done, (off_t)(spool->file_bytes + done));
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) {
            if (w == 0) errno = ENOSPC;
            rv_status status =
                rv_fail_errno(err, RV_FAILED, spool->tmpdir ? spool->tmpdir : "/tmp", "can't write the temporary file");
            rv_error_hint(err, "name a folder with more room: --tmpdir DIR");
            return status;
        }
        done += (size_t)w;
    }
    return RV_OK;
}

static rv_status write_out(rv_spool *spool, rv_spool_chunk *chunk, const char *bytes, size_t n, rv_error *err) {
    if (!spool->has_file) {
        spool->fd = rv_file_scratch(spool->tmpdir, err);
        if (spool->fd < 0) return err ? err->status : RV_FAILED;
        spool->has_file = true;
    }
    RV_TRY(write_all(spool, bytes, n, err));
    chunk->at = spool->file_bytes;
    chunk->bytes = NULL;
    spool->file_bytes += n;
    return RV_OK;
}

/* Room for n bytes in the last slab, or in a fresh one. */
static char *slab_room(rv_spool *spool, size_t n, rv_error *err) {
    if (spool->n_slabs == 0 || spool->slabs[spool->n_slabs - 1].size - spool->slab_used < n) {
        size_t size = n > SLAB_BYTES ? n : SLAB_BYTES;
        void *grown = rv_array_grow(spool->slabs, spool->n_slabs + 1, sizeof *spool->slabs, err);
        if (!grown) return NULL;
        spool->slabs = grown;
        char *bytes = rv_pages_new(size, err);
        if (!bytes) return NULL;
        spool->slabs[spool->n_slabs].bytes = bytes;
        spool->slabs[spool->n_slabs++].size = size;
        spool->slab_used = 0;
    }
    char *room = spool->slabs[spool->n_slabs - 1].bytes + spool->slab_used;
    spool->slab_used += n;
    return room;
}

static rv_status add_chunk(rv_spool *spool, rv_spool_chunk *chunk, const rv_buffer *bytes, rv_error *err) {
    if (spool->n == spool->cap) {
        size_t cap = spool->cap * 2 + 64;
        rv_spool_chunk *grown = rv_array_grow(spool->chunks, cap, sizeof *grown, err);
        if (!grown) return RV_NO_MEMORY;
        spool->chunks = grown;
        spool->cap = cap;
    }
    if (spool->kept_bytes + bytes->len > spool->limit_bytes) {
        RV_TRY(write_out(spool, chunk, bytes->data, bytes->len, err));
    } else {
        chunk->bytes = slab_room(spool, bytes->len, err);
        if (!chunk->bytes) return RV_NO_MEMORY;
        memcpy(chunk->bytes, bytes->data, bytes->len);
        spool->slabs[spool->n_slabs - 1].end_row = chunk->first_row + chunk->rows;
        spool->kept_bytes += bytes->len;
    }
    spool->chunks[spool->n++] = *chunk;
    spool->rows += chunk->rows;
    spool->bytes += chunk->size;
    return RV_OK;
}

rv_status rv_spool_add(rv_spool *spool, uint32_t file, uint32_t rows, const rv_buffer *bytes, uint32_t *offsets,
                       rv_error *err) {
    rv_spool_chunk chunk = {
        .first_row = spool->rows, .rows = rows, .file = file, .offsets = offsets, .size = bytes->len};
    rv_status status = RV_OK;
    if (UINT32_MAX - spool->rows <= rows)
        status = rv_fail(err, RV_BAD_INPUT, "more than 4 billion rows in all sources");
    if (status == RV_OK) status = add_chunk(spool, &chunk, bytes, err);
    if (status != RV_OK) rv_free(offsets);
    return status;
}

/* The last slab first: chunks stand in slabs in their order, so it holds the last ones that are in memory. */
rv_status rv_spool_shrink(rv_spool *spool, uint64_t keep, rv_error *err) {
    size_t left = spool->n;
    while (spool->n_slabs && spool->kept_bytes > keep) {
        const char *slab = spool->slabs[spool->n_slabs - 1].bytes;
        size_t size = spool->slabs[spool->n_slabs - 1].size;
        for (; left > 0; left--) {
            rv_spool_chunk *chunk = &spool->chunks[left - 1];
            if (!chunk->bytes) continue;
            if (chunk->bytes < slab || chunk->bytes >= slab + size) break;
            RV_TRY(write_out(spool, chunk, chunk->bytes, (size_t)chunk->size, err));
            spool->kept_bytes -= chunk->size;
        }
        rv_pages_free(spool->slabs[--spool->n_slabs].bytes, size);
        spool->slab_used = spool->n_slabs ? spool->slabs[spool->n_slabs - 1].size : 0; /* it gets no more */
    }
    return RV_OK;
}

static rv_status make_table(rv_spool *spool, rv_error *err) {
    spool->chunk_of = rv_array_new((size_t)spool->rows / RV_SPOOL_STEP + 1, sizeof *spool->chunk_of, err);
    if (!spool->chunk_of) return RV_NO_MEMORY;
    uint32_t chunk = 0;
    for (uint32_t row = 0; row < spool->rows; row += RV_SPOOL_STEP) {
        while (row - spool->chunks[chunk].first_row >= spool->chunks[chunk].rows) chunk++;
        spool->chunk_of[row / RV_SPOOL_STEP] = chunk;
        if (UINT32_MAX - row < RV_SPOOL_STEP) break;
    }
    return RV_OK;
}

rv_status rv_spool_ready(rv_spool *spool, rv_error *err) {
    RV_TRY(make_table(spool, err));
    if (!spool->has_file || spool->file_bytes == 0) return RV_OK;
    void *map = rv_io_now()->mmap(NULL, (size_t)spool->file_bytes, PROT_READ, MAP_SHARED, spool->fd, 0);
    if (map == MAP_FAILED) return rv_fail_errno(err, RV_NO_MEMORY, NULL, "can't map the temporary file");
    spool->map = map;
    return RV_OK;
}

void rv_spool_release(rv_spool *spool, uint32_t row) {
    for (; spool->gone < spool->n; spool->gone++) {
        rv_spool_chunk *chunk = &spool->chunks[spool->gone];
        if (chunk->first_row + chunk->rows > row) break;
        rv_free(chunk->offsets);
        chunk->offsets = NULL;
    }
    for (; spool->slabs_gone < spool->n_slabs; spool->slabs_gone++) {
        if (spool->slabs[spool->slabs_gone].end_row > row) break;
        rv_pages_free(spool->slabs[spool->slabs_gone].bytes, spool->slabs[spool->slabs_gone].size);
        spool->slabs[spool->slabs_gone].bytes = NULL;
    }
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

/* A few steps from the table's chunk: chunks have some 1,000 rows. */
static const rv_spool_chunk *chunk_of(const rv_spool *spool, uint32_t row) {
    const rv_spool_chunk *chunk = &spool->chunks[spool->chunk_of[row / RV_SPOOL_STEP]];
    while (row - chunk->first_row >= chunk->rows) chunk++;
    return chunk;
}

void rv_spool_fetch(const rv_spool *spool, uint32_t row) {
    const rv_spool_chunk *chunk = chunk_of(spool, row);
    __builtin_prefetch(&chunk->offsets[row - chunk->first_row]);
}

const char *rv_spool_record(const rv_spool *spool, uint32_t row, uint32_t *file) {
    const rv_spool_chunk *chunk = chunk_of(spool, row);
    *file = chunk->file;
    return (chunk->bytes ? chunk->bytes : spool->map + chunk->at) + chunk->offsets[row - chunk->first_row];
}

enum { HAS_UPDATED_ON = 1, HAS_LAST_SEEN = 2, HEAD_BYTES = 1 + 4 + 4 + 10 + 5 };

bool rv_spool_pack_numbers(rv_buffer *buffer, const uint32_t *numbers, size_t n) {
    if (!rv_buffer_reserve(buffer, n * 6 + 1)) return false;
    unsigned char *packed = (unsigned char *)buffer->data + buffer->len;
    char *escaped = buffer->data + buffer->len + (n + 1) / 2;
    for (size_t i = 0; i < n; i += 2) {
        uint32_t low = numbers[i], high = i + 1 < n ? numbers[i + 1] : 0;
        if (low >= RV_SPOOL_ESCAPE) escaped = rv_varint_write(escaped, low);
        if (high >= RV_SPOOL_ESCAPE) escaped = rv_varint_write(escaped, high);
        low = low < RV_SPOOL_ESCAPE ? low : RV_SPOOL_ESCAPE;
        high = high < RV_SPOOL_ESCAPE ? high : RV_SPOOL_ESCAPE;
        packed[i / 2] = (unsigned char)(low | high << 4);
    }
    buffer->len = (size_t)(escaped - buffer->data);
    return true;
}

static inline char *put_bytes(char *to, const void *bytes, size_t n) {
    if (n) memcpy(to, bytes, n);
    return to + n;
}

static inline char *put_text(char *to, rv_text text) {
    return put_bytes(rv_varint_write(to, text.len), text.ptr, text.len);
}

bool rv_spool_put(rv_buffer *buffer, const rv_spool_head *head, const rv_text *fields, rv_text numbers) {
    size_t need = HEAD_BYTES + head->id.len + numbers.len;
    for (uint64_t left = head->fields; left; left &= left - 1) need += 5 + fields[__builtin_ctzll(left)].len;
    if (!rv_buffer_reserve(buffer, need)) return false;
    bool updated_on = head->updated_on != RV_DATE_NONE, last_seen = head->last_seen != RV_DATE_NONE;
    char *to = buffer->data + buffer->len;
    *to++ = (char)((updated_on ? HAS_UPDATED_ON : 0) | (last_seen ? HAS_LAST_SEEN : 0));
    if (updated_on) to = put_bytes(to, &head->updated_on, 4);
    if (last_seen) to = put_bytes(to, &head->last_seen, 4);
    to = rv_varint_write(to, head->fields);
    to = put_text(to, head->id);
    for (uint64_t left = head->fields; left; left &= left - 1) to = put_text(to, fields[__builtin_ctzll(left)]);
    to = put_bytes(to, numbers.ptr, numbers.len);
    buffer->len = (size_t)(to - buffer->data);
    return true;
}

const char *rv_spool_get(const char *record, rv_spool_head *head) {
    unsigned char dates = (unsigned char)*record++;
    head->updated_on = head->last_seen = RV_DATE_NONE;
    if (dates & HAS_UPDATED_ON) memcpy(&head->updated_on, record, 4), record += 4;
    if (dates & HAS_LAST_SEEN) memcpy(&head->last_seen, record, 4), record += 4;
    head->fields = 0;
    for (unsigned shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
        byte = (unsigned char)*record++;
        head->fields |= (uint64_t)(byte & 0x7f) << shift;
    }
    return rv_spool_text(record, &head->id);
}
