/*
 * Blocks of bytes, packed by zstd and back, and the byte transposition that makes fixed-width rows pack well.
 *
 * A codec holds zstd's contexts, which cost more to make than a small block costs to decode: one per thread, reused.
 */
#ifndef RV_BLOCK_CODEC_H
#define RV_BLOCK_CODEC_H

#include "memory.h"

typedef struct rv_codec rv_codec;
rv_status rv_codec_new(rv_codec **out, rv_error *err);
void rv_codec_free(rv_codec *codec); /* NULL is fine */

/*
 * The most that a packed block may expand: a reader refuses more before it allocates, and the packer pads a block that
 * would pack better (with a skippable frame, which costs 0.1 % of what was saved), so that honest files always pass.
 */
enum { RV_CODEC_EXPANSION = 1024, RV_CODEC_SLACK = 65536 };

/* Appends one packed block to `out`. level 1..19. */
rv_status rv_codec_pack(rv_codec *codec, int level, const void *src, size_t n, rv_buffer *out, rv_error *err);
/* The same for bytes that are cut into runs of different kinds, run i ending at ends[i] and the last one all of them:
 * each run that is worth it gets a zstd frame and thus tables of its own. Together they are one packed block. */
rv_status rv_codec_pack_runs(rv_codec *codec, int level, const void *src, const size_t *ends, size_t n_ends,
                             rv_buffer *out, rv_error *err);
/* Exactly raw_n bytes into dst, or RV_CORRUPT. */
rv_status rv_codec_unpack(rv_codec *codec, const void *src, size_t n, void *dst, size_t raw_n, rv_error *err);
/* What the block says it holds; false: not a packed block, or more than limit, or more than it may expand to. */
bool rv_codec_raw_size(const void *src, size_t n, size_t limit, size_t *raw_n);

/* rows x width bytes: byte j of every row becomes contiguous, and back. dst and src don't overlap. */
void rv_bytes_transpose(const void *src, size_t rows, size_t width, void *dst);
void rv_bytes_untranspose(const void *src, size_t rows, size_t width, void *dst);

#endif
