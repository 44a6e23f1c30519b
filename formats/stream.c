/*
 * Decoding streams. Input comes from a map (regular files) or through a buffer (pipes); a decoder turns it into bytes.
 * The end of the input is the end of the stream only where a member or frame has ended too: anything else was cut, and
 * says so, because half a customer file that looks whole is worse than none.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_createDCtx_advanced: our allocator */
#include "stream.h"

#include "foreign_file.h"
#include "waiting.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>
#include <strings.h>

struct rv_stream {
    char *path;
    rv_mapping mapping; /* regular files; else fd and buffer */
    bool mapped;
    rv_workbook_notes workbook;
    char table[32]; /* a name for a workbook's table in memory, while it is mapped */
    int fd;
    unsigned char *buffer;
    const unsigned char *in; /* bytes of the stored file not yet taken */
    size_t in_len;
    bool in_end;        /* nothing follows `in` */
    uint64_t in_offset; /* of `in` in the stored file */
    uint64_t dropped;   /* of a map: bytes whose pages have been given back */
    uint64_t decoded;   /* bytes given so far */
    rv_compression compression;
    bool between; /* compressed: at the start of a member or frame, so the input may end here */
    z_stream z;
    bool z_ready;
    ZSTD_DCtx *zstd;
};

static void *zlib_alloc(void *opaque, unsigned n, unsigned size) { return (void)opaque, rv_array_new(n, size, NULL); }
static void zlib_free(void *opaque, void *p) { (void)opaque, rv_free(p); }
static void *zstd_alloc(void *opaque, size_t size) { return (void)opaque, rv_new(size, NULL); }

const char *rv_compression_name(rv_compression compression) {
    static const char *const names[] = {"none", "gzip", "zstd", "xlsx"};
    return names[compression];
}

/* zstd's may begin with a frame that is to be skipped. */
rv_compression rv_compression_of(const void *head, size_t n) {
    const unsigned char *p = head;
    if (n >= 2 && memcmp(p, "\x1f\x8b", 2) == 0) return RV_GZIP;
    bool frame = n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0;
    bool skipped = n >= 4 && (p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0;
    return frame || skipped ? RV_ZSTD : RV_PLAIN;
}

/* --- Opening ----------------------------------------------------------------------------------------------------- */

static rv_status open_bytes(rv_stream *s, rv_error *err) {
    struct stat st;
    if (strcmp(s->path, "-") == 0 && !rv_stdin_is_file()) {
        s->fd = STDIN_FILENO;
    } else {
        bool is_stdin = strcmp(s->path, "-") == 0;
        s->fd = is_stdin ? -1 : rv_io_now()->open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0); /* waiting.h */
        if (s->fd >= 0 && rv_io_now()->fstat(s->fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            goto piped;
        if (s->fd >= 0) rv_io_now()->close(s->fd);
        s->fd = -1;
        RV_TRY(rv_file_map(s->path, &s->mapping, err)); /* and all its messages */
        s->mapped = true;
        s->in = s->mapping.data;
        s->in_len = s->mapping.size;
        s->in_end = true;
        return RV_OK;
    }
piped:
    if (s->fd != STDIN_FILENO) rv_blocking(s->fd);
    s->buffer = rv_new(RV_STREAM_INPUT, err);
    return s->buffer ? RV_OK : RV_NO_MEMORY;
}

/* Pipes: more input into the buffer once the last was taken. */
static rv_status refill(rv_stream *s, rv_error *err) {
    if (s->in_len > 0 || s->in_end) return RV_OK;
    size_t got;
    RV_TRY(rv_file_read_some(s->fd, s->path, s->buffer, RV_STREAM_INPUT, &got, err));
    s->in = s->buffer;
    s->in_len = got;
    s->in_end = got < RV_STREAM_INPUT;
    return RV_OK;
}

/* Pages of a map that have been taken are given back: a file of any size holds some 32 MB. Advice only. */
static void drop_behind(rv_stream *s) {
    enum { STEP = 32 << 20, PAGE = 4096 };
    if (!s->mapped || s->in_offset - s->dropped < STEP) return;
    size_t n = (size_t)(s->in_offset - s->dropped) & ~(size_t)(PAGE - 1);
    madvise((void *)(uintptr_t)(s->mapping.data + s->dropped), n, MADV_DONTNEED);
    s->dropped += n;
}

static void take(rv_stream *s, size_t n) {
    s->in += n;
    s->in_len -= n;
    s->in_offset += n;
    drop_behind(s);
}

static bool starts_with(const rv_stream *s, const char *magic, size_t n) {
    return s->in_len >= n && memcmp(s->in, magic, n) == 0;
}

/* The table takes the place of the file that was mapped. */
static rv_status open_workbook(rv_stream *s, rv_error *err) {
    int fd = memfd_create("reveil-workbook", MFD_CLOEXEC);
    if (fd < 0) return rv_fail_errno(err, RV_FAILED, s->path, "can't make a temporary file");
    snprintf(s->table, sizeof s->table, "/proc/self/fd/%d", fd);
    rv_mapping table = {.fd = -1};
    rv_status status = rv_workbook_to_csv(s->in, s->in_len, fd, &s->workbook, err);
    if (status == RV_OK) status = rv_file_check_unchanged(&s->mapping, s->path, err);
    if (status == RV_OK) status = rv_file_map(s->table, &table, err);
    close(fd);
    if (status != RV_OK) return rv_error_at(err, s->path, 0, 0);
    rv_file_unmap(&s->mapping);
    s->mapping = table;
    s->in = table.data;
    s->in_len = table.size;
    s->compression = RV_WORKBOOK;
    return RV_OK;
}

static rv_status start_decoder(rv_stream *s, rv_error *err) {
    s->compression = rv_compression_of(s->in, s->in_len);
    if (s->compression == RV_GZIP) {
        s->z.zalloc = zlib_alloc;
        s->z.zfree = zlib_free;
        if (inflateInit2(&s->z, 15 + 16) != Z_OK) return rv_fail_memory(err, 1 << 15);
        s->z_ready = true;
    } else if (s->compression == RV_ZSTD) {
        s->zstd = ZSTD_createDCtx_advanced((ZSTD_customMem){zstd_alloc, zlib_free, NULL});
        if (!s->zstd) return rv_fail_memory(err, 1 << 17);
    } else if (s->mapped && starts_with(s, "PK\x03\x04", 4) && rv_workbook_begins(s->in, s->in_len)) {
        return open_workbook(s, err);
    } else {
        RV_TRY(rv_foreign_refuse(s->path, s->in, s->in_len, s->mapped, err));
    }
    s->between = true;
    return RV_OK;
}

rv_status rv_stream_open(const char *path, rv_stream **out, rv_error *err) {
    rv_stream *s = rv_new(sizeof *s, err);
    if (!s) return RV_NO_MEMORY;
    s->fd = -1;
    s->mapping.fd = -1;
    rv_status status = RV_NO_MEMORY;
    s->path = rv_new(strlen(path) + 1, err);
    if (!s->path) goto done;
    memcpy(s->path, path, strlen(path));
    status = open_bytes(s, err);
    if (status == RV_OK) status = refill(s, err);
    if (status == RV_OK) status = start_decoder(s, err);
done:
    if (status == RV_OK) *out = s;
    else rv_stream_close(s);
    return status;
}

void rv_stream_close(rv_stream *s) {
    if (!s) return;
    if (s->z_ready) inflateEnd(&s->z);
    ZSTD_freeDCtx(s->zstd);
    if (s->mapped) rv_file_unmap(&s->mapping);
    if (s->fd > STDIN_FILENO) rv_io_now()->close(s->fd);
    rv_free(s->buffer);
    rv_free(s->path);
    rv_free(s);
}

rv_compression rv_stream_compression(const rv_stream *s) { return s->compression; }
const rv_workbook_notes *rv_stream_workbook(const rv_stream *s) {
    return s->compression == RV_WORKBOOK ? &s->workbook : NULL;
}
rv_status rv_stream_check_unchanged(const rv_stream *s, rv_error *err) {
    if (!s->mapped || s->compression == RV_WORKBOOK) return RV_OK; /* a workbook was read whole when it was opened */
    return rv_file_check_unchanged(&s->mapping, s->path, err);
}

uint64_t rv_stream_stored_size(const rv_stream *s) { return s->mapping.size; }

uint64_t rv_stream_stored_read(const rv_stream *s) { return s->in_offset; }

const char *rv_stream_mapped(const rv_stream *s, size_t *size) {
    if (!s->mapped || (s->compression != RV_PLAIN && s->compression != RV_WORKBOOK)) return NULL;
    *size = s->mapping.size;
    return s->mapping.size ? (const char *)s->mapping.data : "";
}

/* --- Decoding ---------------------------------------------------------------------------------------------------- */

/* The format takes the compression's name and the offset. */
static rv_status damaged(const rv_stream *s, rv_error *err, const char *format) {
    rv_fail(err, RV_CORRUPT, format, rv_compression_name(s->compression), (unsigned long long)s->in_offset);
    rv_error_at(err, s->path, 0, 0);
    if (err) err->offset = s->in_offset;
    rv_error_hint(err,
                  s->compression == RV_GZIP ? "test it with: gzip -t '%s'; then fetch or export it again"
                                            : "test it with: zstd -t '%s'; then fetch or export it again",
                  s->path);
    return RV_CORRUPT;
}

/* One step: decodes into [out, out + n). The counts of taken and made bytes are kept by the caller's `made`. */
static rv_status inflate_some(rv_stream *s, unsigned char *out, size_t n, size_t *made, rv_error *err) {
    if (s->between && s->in[0] == 0) { /* zero padding after the last member, as tapes leave it */
        take(s, 1);
        *made = 0;
        return RV_OK;
    }
    size_t in = s->in_len < (1u << 30) ? s->in_len : (1u << 30), room = n < (1u << 30) ? n : (1u << 30);
    s->z.next_in = (unsigned char *)(uintptr_t)s->in;
    s->z.avail_in = (unsigned)in;
    s->z.next_out = out;
    s->z.avail_out = (unsigned)room;
    s->between = false;
    int code = inflate(&s->z, Z_NO_FLUSH);
    take(s, in - s->z.avail_in);
    *made = room - s->z.avail_out;
    if (code == Z_STREAM_END) {
        s->between = true;
        return inflateReset(&s->z) == Z_OK ? RV_OK : rv_fail_memory(err, 1 << 15);
    }
    if (code == Z_MEM_ERROR) return rv_fail_memory(err, 1 << 15);
    return code == Z_OK || code == Z_BUF_ERROR ? RV_OK : damaged(s, err, "the %s file is damaged at byte %llu");
}

static rv_status unzstd_some(rv_stream *s, unsigned char *out, size_t n, size_t *made, rv_error *err) {
    ZSTD_inBuffer in = {s->in, s->in_len, 0};
    ZSTD_outBuffer to = {out, n, 0};
    size_t left = ZSTD_decompressStream(s->zstd, &to, &in);
    take(s, in.pos);
    *made = to.pos;
    if (ZSTD_isError(left)) {
        if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation) return rv_fail_memory(err, (size_t)128 << 20);
        if (ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge) {
            damaged(s, err, "the %s file asks for a window beyond 128 MB at byte %llu");
            rv_error_hint(err, "pack it again without --long, or pipe it: zstd -d --long=31 -c FILE | reveil ... -");
            return RV_CORRUPT;
        }
        return damaged(s, err, "the %s file is damaged at byte %llu");
    }
    s->between = left == 0;
    return RV_OK;
}

static rv_status check_expansion(const rv_stream *s, rv_error *err) {
    if (s->decoded < RV_STREAM_FREE_BYTES || s->decoded / RV_STREAM_MAX_RATIO < s->in_offset) return RV_OK;
    rv_fail(err, RV_BAD_INPUT, "%llu bytes of this %s file expand to more than %llu: no table does that",
            (unsigned long long)s->in_offset, rv_compression_name(s->compression), (unsigned long long)s->decoded);
    rv_error_at(err, s->path, 0, 0);
    rv_error_hint(err, "if you trust the file, decompress it yourself and give the plain one");
    return RV_BAD_INPUT;
}

static rv_status read_plain(rv_stream *s, char *out, size_t n, size_t *got, rv_error *err) {
    size_t have = s->in_len < n ? s->in_len : n;
    if (have) memcpy(out, s->in, have);
    take(s, have);
    size_t more = 0;
    if (have < n && !s->in_end) { /* what the buffer doesn't hold goes straight to the caller */
        RV_TRY(rv_file_read_some(s->fd, s->path, out + have, n - have, &more, err));
        s->in_offset += more;
        s->in_end = more < n - have;
    }
    *got = have + more;
    return RV_OK;
}

rv_status rv_stream_read(rv_stream *s, void *buf, size_t n, size_t *got, rv_error *err) {
    if (s->compression == RV_PLAIN || s->compression == RV_WORKBOOK) return read_plain(s, buf, n, got, err);
    size_t have = 0;
    while (have < n) {
        RV_TRY(refill(s, err));
        if (s->in_len == 0 && s->between) break;
        size_t made = 0, before = s->in_len;
        unsigned char *out = (unsigned char *)buf + have;
        RV_TRY(s->compression == RV_GZIP ? inflate_some(s, out, n - have, &made, err)
                                         : unzstd_some(s, out, n - have, &made, err));
        if (made == 0 && s->in_len == before && before == 0 && !s->between)
            return damaged(s, err, "the %s file ends too early at byte %llu");
        have += made;
        s->decoded += made;
        RV_TRY(check_expansion(s, err));
    }
    *got = have;
    return RV_OK;
}
