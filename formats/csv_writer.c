/*
 * Quotes stand only where a reader would need them: around separators, quotes, line ends, and blanks at either end
 * (which some programs trim away). Packing is one gzip member or zstd frame per buffer: any thread packs, and the bytes
 * don't depend on how many there are.
 */
#include "csv_writer.h"

#include <emmintrin.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 1, GZIP_LEVEL = 4 };

/* --- Cells ------------------------------------------------------------------------------------------------------- */

static bool has_special(const char *p, size_t n) {
    const __m128i comma = _mm_set1_epi8(','), quote = _mm_set1_epi8('"'), cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n');
    size_t i = 0;
    for (; n - i >= 16; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, comma), _mm_cmpeq_epi8(v, quote)),
                                   _mm_or_si128(_mm_cmpeq_epi8(v, cr), _mm_cmpeq_epi8(v, lf)));
        if (_mm_movemask_epi8(hit)) return true;
    }
    for (; i < n; i++)
        if (p[i] == ',' || p[i] == '"' || p[i] == '\r' || p[i] == '\n') return true;
    return false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static void put_quoted(rv_buffer *buffer, rv_text cell) {
    if (!rv_buffer_reserve(buffer, 2 * (size_t)cell.len + 2)) return;
    char *to = buffer->data + buffer->len;
    *to++ = '"';
    for (uint32_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"') *to++ = '"';
        *to++ = cell.ptr[i];
    }
    *to++ = '"';
    buffer->len = (size_t)(to - buffer->data);
}

void rv_csv_put(rv_buffer *buffer, rv_text cell) {
    if (cell.len == 0) {
        if (cell.flags & RV_TEXT_QUOTED) rv_buffer_add(buffer, "\"\"", 2);
        return;
    }
    if (is_blank(cell.ptr[0]) || is_blank(cell.ptr[cell.len - 1]) || has_special(cell.ptr, cell.len))
        put_quoted(buffer, cell);
    else
        rv_buffer_add(buffer, cell.ptr, cell.len);
}

/* --- Tables ------------------------------------------------------------------------------------------------------ */

typedef enum packing { PLAIN, GZIP, ZSTD } packing;

struct rv_table_out {
    rv_output *output;
    packing packing;
};

static packing packing_of(const char *path) {
    size_t n = strlen(path);
    if (n > 3 && strcmp(path + n - 3, ".gz") == 0) return GZIP;
    if (n > 4 && strcmp(path + n - 4, ".zst") == 0) return ZSTD;
    return PLAIN;
}

rv_status rv_table_out_open(const char *path, bool replace, rv_table_out **out, rv_error *err) {
    rv_table_out *table = rv_new(sizeof *table, err);
    if (!table) return RV_NO_MEMORY;
    table->packing = packing_of(path);
    rv_status status = rv_output_open(path, replace, &table->output, err);
    if (status == RV_OK) *out = table;
    else rv_free(table);
    return status;
}

static void *zlib_alloc(void *opaque, unsigned n, unsigned size) { return (void)opaque, rv_array_new(n, size, NULL); }
static void zlib_free(void *opaque, void *p) { (void)opaque, rv_free(p); }

static rv_status pack_gzip(const rv_buffer *from, rv_buffer *to, rv_error *err) {
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    if (from->len > UINT32_MAX / 2) return rv_fail(err, RV_FAILED, "a block of %zu bytes is too large for gzip", from->len);
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return rv_fail_memory(err, 1 << 18);
    size_t room = deflateBound(&z, (unsigned long)from->len);
    rv_status status = rv_buffer_reserve(to, room) ? RV_OK : rv_fail_memory(err, room);
    if (status == RV_OK) {
        z.next_in = (unsigned char *)from->data;
        z.avail_in = (unsigned)from->len;
        z.next_out = (unsigned char *)to->data;
        z.avail_out = (unsigned)room;
        if (deflate(&z, Z_FINISH) != Z_STREAM_END) status = rv_fail(err, RV_FAILED, "gzip can't pack a block");
        to->len = room - z.avail_out;
    }
    deflateEnd(&z);
    return status;
}

static rv_status pack_zstd(const rv_buffer *from, rv_buffer *to, rv_error *err) {
    size_t room = ZSTD_compressBound(from->len);
    if (!rv_buffer_reserve(to, room)) return rv_fail_memory(err, room);
    to->len = ZSTD_compress(to->data, room, from->data, from->len, ZSTD_LEVEL);
    if (!ZSTD_isError(to->len)) return RV_OK;
    to->len = 0;
    return rv_fail_memory(err, room);
}

rv_status rv_table_out_pack(const rv_table_out *table, rv_buffer *buffer, rv_error *err) {
    RV_TRY(rv_buffer_check(buffer, err));
    if (table->packing == PLAIN || buffer->len == 0) return RV_OK;
    rv_buffer packed = {0};
    rv_status status = table->packing == GZIP ? pack_gzip(buffer, &packed, err) : pack_zstd(buffer, &packed, err);
    if (status != RV_OK) {
        rv_buffer_free(&packed);
        return status;
    }
    rv_buffer_free(buffer);
    *buffer = packed;
    return RV_OK;
}

rv_status rv_table_out_append(rv_table_out *table, const rv_buffer *packed, rv_error *err) {
    RV_TRY(rv_buffer_check(packed, err));
    return rv_output_write(table->output, packed->data, packed->len, err);
}

rv_status rv_table_out_commit(rv_table_out *table, rv_error *err) {
    rv_status status = rv_output_commit(table->output, err);
    rv_free(table);
    return status;
}

void rv_table_out_abort(rv_table_out *table) {
    if (!table) return;
    rv_output_abort(table->output);
    rv_free(table);
}
