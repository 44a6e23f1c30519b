/* See zip_reader.h. The directory at the end is what counts: what stands before a member is only passed over. */
#include "zip_reader.h"

#include "memory.h"
#include "waiting.h"
#include <string.h>
#include <zlib.h>

enum {
    END = 22, /* bytes of the end of the central directory, without its comment */
    LOCATOR = 20,
    WIDE_END = 56,
    ENTRY = 46,
    LOCAL = 30,
    PIECE = 1 << 16
};

static uint64_t number_at(const unsigned char *p, int bytes) {
    uint64_t value = 0;
    for (int i = bytes; i-- > 0;) value = value << 8 | p[i];
    return value;
}

static bool is_at(const unsigned char *archive, size_t n, uint64_t at, size_t bytes, const char *mark) {
    return at <= n && n - at >= bytes && memcmp(archive + at, mark, 4) == 0;
}

/* Where the directory begins and how many members it has. */
static bool find_directory(const unsigned char *a, size_t n, uint64_t *at, uint64_t *members) {
    if (n < END) return false;
    size_t end = n - END, least = end > UINT16_MAX ? end - UINT16_MAX : 0;
    while (!is_at(a, n, end, END, "PK\5\6"))
        if (end-- == least) return false;
    *members = number_at(a + end + 10, 2);
    *at = number_at(a + end + 16, 4);
    if (end < LOCATOR || !is_at(a, n, end - LOCATOR, LOCATOR, "PK\6\7")) return true;
    uint64_t wide = number_at(a + end - LOCATOR + 8, 8);
    if (!is_at(a, n, wide, WIDE_END, "PK\6\6")) return false;
    *members = number_at(a + wide + 32, 8);
    *at = number_at(a + wide + 48, 8);
    return true;
}

/* What is too large for four bytes stands in the extra field, in this order. */
static bool widen(const unsigned char *extra, size_t n, uint64_t *size, uint64_t *packed, uint64_t *local) {
    uint64_t *const fields[] = {size, packed, local};
    for (size_t at = 0; n - at >= 4;) {
        size_t bytes = (size_t)number_at(extra + at + 2, 2);
        bool wide = number_at(extra + at, 2) == 1;
        at += 4;
        if (bytes > n - at) return false;
        for (size_t i = 0, from = at; wide && i < 3; i++) {
            if (*fields[i] != UINT32_MAX) continue;
            if (at + bytes - from < 8) return false;
            *fields[i] = number_at(extra + from, 8);
            from += 8;
        }
        at += bytes;
    }
    return true;
}

static bool take_entry(const unsigned char *a, size_t n, const unsigned char *entry, rv_zip_member *out) {
    uint64_t packed = number_at(entry + 20, 4), size = number_at(entry + 24, 4), local = number_at(entry + 42, 4);
    size_t name = (size_t)number_at(entry + 28, 2), extra = (size_t)number_at(entry + 30, 2);
    unsigned flags = (unsigned)number_at(entry + 8, 2), method = (unsigned)number_at(entry + 10, 2);
    if (!widen(entry + ENTRY + name, extra, &size, &packed, &local)) return false;
    if (flags & 1 || (method != 0 && method != Z_DEFLATED) || !is_at(a, n, local, LOCAL, "PK\3\4")) return false;
    uint64_t before = LOCAL + number_at(a + local + 26, 2) + number_at(a + local + 28, 2);
    if (before > n - local || packed > n - local - before) return false;
    *out = (rv_zip_member){a + local + before, packed, size, (uint32_t)number_at(entry + 16, 4), method == Z_DEFLATED};
    return true;
}

bool rv_zip_find(const void *archive, size_t n, const char *name, rv_zip_member *out) {
    const unsigned char *a = archive;
    uint64_t at, members;
    size_t len = strlen(name);
    if (!find_directory(a, n, &at, &members)) return false;
    for (; members > 0 && is_at(a, n, at, ENTRY, "PK\1\2"); members--) {
        const unsigned char *entry = a + at;
        size_t own = (size_t)number_at(entry + 28, 2);
        uint64_t bytes = ENTRY + own + number_at(entry + 30, 2) + number_at(entry + 32, 2);
        if (bytes > n - at) return false;
        if (own == len && memcmp(entry + ENTRY, name, len) == 0) return take_entry(a, n, entry, out);
        at += bytes;
    }
    return false;
}

bool rv_zip_is_whole(const void *archive, size_t n) {
    uint64_t at, members;
    return find_directory(archive, n, &at, &members);
}

static rv_status damaged(rv_error *err) {
    rv_fail(err, RV_CORRUPT, "the zip archive is damaged");
    rv_error_hint(err, "fetch or export it again; test it with: unzip -t FILE");
    return RV_CORRUPT;
}

static void *zlib_alloc(void *opaque, unsigned n, unsigned size) { return (void)opaque, rv_array_new(n, size, NULL); }
static void zlib_free(void *opaque, void *p) { (void)opaque, rv_free(p); }

typedef struct reading {
    const rv_zip_member *member;
    rv_zip_each *each;
    void *ctx;
    uint64_t given;
    uLong crc;
} reading;

static rv_status give(reading *r, const unsigned char *bytes, size_t n, rv_error *err) {
    if (n > r->member->size - r->given) return damaged(err); /* or made to expand beyond reason */
    RV_TRY(rv_wait_ended(err));                              /* a workbook may take seconds */
    r->given += n;
    r->crc = crc32(r->crc, bytes, (uInt)n);
    return n ? r->each(r->ctx, (const char *)bytes, n, err) : RV_OK;
}

static rv_status inflate_all(reading *r, z_stream *z, unsigned char *room, rv_error *err) {
    uint64_t left = r->member->packed;
    z->next_in = (unsigned char *)(uintptr_t)r->member->data;
    for (int said = Z_OK; said != Z_STREAM_END;) {
        if (z->avail_in == 0) {
            z->avail_in = left < 1 << 30 ? (uInt)left : 1 << 30;
            left -= z->avail_in;
        }
        z->next_out = room;
        z->avail_out = PIECE;
        said = inflate(z, Z_NO_FLUSH);
        if (said == Z_MEM_ERROR) return rv_fail_memory(err, 1 << 15);
        if (said != Z_OK && said != Z_STREAM_END) return damaged(err);
        if (said == Z_OK && z->avail_out == PIECE && z->avail_in == 0 && left == 0) return damaged(err);
        RV_TRY(give(r, room, PIECE - z->avail_out, err));
    }
    return RV_OK;
}

rv_status rv_zip_read(const rv_zip_member *member, rv_zip_each *each, void *ctx, rv_error *err) {
    reading r = {member, each, ctx, 0, crc32(0, NULL, 0)};
    rv_status status = RV_OK;
    if (!member->deflated) {
        for (uint64_t at = 0; at < member->packed && status == RV_OK; at += PIECE)
            status =
                give(&r, member->data + at, member->packed - at < PIECE ? (size_t)(member->packed - at) : PIECE, err);
    } else {
        z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
        unsigned char *room = rv_new(PIECE, err);
        if (!room) return RV_NO_MEMORY;
        if (inflateInit2(&z, -15) != Z_OK) status = rv_fail_memory(err, 1 << 15);
        if (status == RV_OK) status = inflate_all(&r, &z, room, err);
        inflateEnd(&z);
        rv_free(room);
    }
    if (status == RV_OK && (r.given != member->size || r.crc != member->crc)) status = damaged(err);
    return status;
}
