/*
 * zstd behind two functions. Its contexts allocate through base/memory.h, so that a test can make each allocation
 * fail. The transposition works in tiles of 16 rows x 16 bytes in SSE2 registers (every amd64 has them): byte by byte
 * it would take longer than zstd takes to decode the block.
 */
#define ZSTD_STATIC_LINKING_ONLY
#include "block_codec.h"
#include <emmintrin.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { RUN_BYTES = 512 }; /* shorter runs share a frame: its head and tables would cost more than they save */

struct rv_codec {
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
};

static void *codec_alloc(void *opaque, size_t size) {
    (void)opaque;
    return rv_new(size, NULL);
}

static void codec_release(void *opaque, void *address) {
    (void)opaque;
    rv_free(address);
}

static const ZSTD_customMem codec_memory = {codec_alloc, codec_release, NULL};

rv_status rv_codec_new(rv_codec **out, rv_error *err) {
    rv_codec *codec = rv_new(sizeof *codec, err);
    if (!codec) return RV_NO_MEMORY;
    *out = codec;
    return RV_OK;
}

void rv_codec_free(rv_codec *codec) {
    if (!codec) return;
    ZSTD_freeCCtx(codec->pack);
    ZSTD_freeDCtx(codec->unpack);
    rv_free(codec);
}

/* A skippable frame of `n` bytes in all (at least 8), zero inside. */
static void pad_block(rv_buffer *out, size_t n) {
    uint32_t head[2] = {ZSTD_MAGIC_SKIPPABLE_START, (uint32_t)(n - 8)};
    if (!rv_buffer_reserve(out, n)) return;
    memcpy(out->data + out->len, head, sizeof head);
    memset(out->data + out->len + sizeof head, 0, n - sizeof head);
    out->len += n;
}

static rv_status pack_frame(rv_codec *codec, int level, const char *src, size_t n, rv_buffer *out, rv_error *err) {
    if (!codec->pack && !(codec->pack = ZSTD_createCCtx_advanced(codec_memory))) return rv_fail_memory(err, 0);
    size_t bound = ZSTD_compressBound(n);
    if (!rv_buffer_reserve(out, bound)) return rv_fail_memory(err, bound);
    ZSTD_CCtx_setParameter(codec->pack, ZSTD_c_compressionLevel, level);
    size_t packed = ZSTD_compress2(codec->pack, out->data + out->len, bound, src, n);
    if (ZSTD_isError(packed)) {
        if (ZSTD_getErrorCode(packed) == ZSTD_error_memory_allocation) return rv_fail_memory(err, 0);
        return rv_fail(err, RV_FAILED, "zstd can't pack a block: %s", ZSTD_getErrorName(packed));
    }
    out->len += packed;
    return RV_OK;
}

rv_status rv_codec_pack_runs(rv_codec *codec, int level, const void *src, const size_t *ends, size_t n_ends,
                             rv_buffer *out, rv_error *err) {
    size_t n = n_ends ? ends[n_ends - 1] : 0, before = out->len, start = 0;
    for (size_t i = 0; i < n_ends; i++) {
        bool last = i + 1 == n_ends;
        if (last ? ends[i] == start && start > 0 : ends[i] - start < RUN_BYTES || n - ends[i] < RUN_BYTES) continue;
        RV_TRY(pack_frame(codec, level, (const char *)src + start, ends[i] - start, out, err));
        start = ends[i];
    }
    size_t packed = out->len - before;
    if (n > RV_CODEC_SLACK && packed < n / RV_CODEC_EXPANSION + 1) pad_block(out, n / RV_CODEC_EXPANSION + 9 - packed);
    return rv_buffer_check(out, err);
}

rv_status rv_codec_pack(rv_codec *codec, int level, const void *src, size_t n, rv_buffer *out, rv_error *err) {
    return rv_codec_pack_runs(codec, level, src, &n, 1, out, err);
}

bool rv_codec_raw_size(const void *src, size_t n, size_t limit, size_t *raw_n) {
    unsigned long long raw = ZSTD_findDecompressedSize(src, n);
    if (raw == ZSTD_CONTENTSIZE_UNKNOWN || raw == ZSTD_CONTENTSIZE_ERROR) return false;
    if (raw > limit || raw > (unsigned long long)n * RV_CODEC_EXPANSION + RV_CODEC_SLACK) return false;
    *raw_n = (size_t)raw;
    return true;
}

rv_status rv_codec_unpack(rv_codec *codec, const void *src, size_t n, void *dst, size_t raw_n, rv_error *err) {
    if (!codec->unpack && !(codec->unpack = ZSTD_createDCtx_advanced(codec_memory))) return rv_fail_memory(err, 0);
    size_t got = ZSTD_decompressDCtx(codec->unpack, dst, raw_n, src, n);
    if (ZSTD_isError(got) && ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation) return rv_fail_memory(err, 0);
    if (ZSTD_isError(got)) return rv_fail(err, RV_CORRUPT, "a packed block is damaged: %s", ZSTD_getErrorName(got));
    if (got != raw_n) return rv_fail(err, RV_CORRUPT, "a packed block holds %zu bytes instead of %zu", got, raw_n);
    return RV_OK;
}

/* One 16 x 16 tile: rows of src (src_step apart) become columns of dst (dst_step apart). */
static void transpose_tile(const unsigned char *src, size_t src_step, unsigned char *dst, size_t dst_step) {
    __m128i a[16], b[16];
    for (size_t i = 0; i < 16; i++) a[i] = _mm_loadu_si128((const __m128i *)(const void *)(src + i * src_step));
    /* Four rounds of interleaving row i with row i + 8 move each byte's row number into its position. */
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < 8; i++) {
            b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
            b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
        }
        memcpy(a, b, sizeof a);
    }
    for (size_t i = 0; i < 16; i++) _mm_storeu_si128((__m128i *)(void *)(dst + i * dst_step), a[i]);
}

/* dst[j * dst_step + i] = src[i * src_step + j] for i < rows, j < width. */
static void transpose(const unsigned char *src, size_t src_step, size_t rows, size_t width, unsigned char *dst,
                      size_t dst_step) {
    size_t whole_rows = rows & ~(size_t)15, whole_width = width & ~(size_t)15;
    for (size_t i = 0; i < whole_rows; i += 16)
        for (size_t j = 0; j < whole_width; j += 16)
            transpose_tile(src + i * src_step + j, src_step, dst + j * dst_step + i, dst_step);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i < whole_rows ? whole_width : 0; j < width; j++) dst[j * dst_step + i] = src[i * src_step + j];
}

void rv_bytes_transpose(const void *src, size_t rows, size_t width, void *dst) {
    transpose(src, width, rows, width, dst, rows);
}

void rv_bytes_untranspose(const void *src, size_t rows, size_t width, void *dst) {
    transpose(src, rows, width, rows, dst, width);
}
