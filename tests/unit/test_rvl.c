/* The container by itself: sections side by side, packed frames, sizes that lie. */
#include "block_codec.h"
#include "damage.h"
#include "random.h"
#include "rvl_frames.h"
#include "rvl_writer.h"
#include "schema.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

Test(block_codec, transposed_rows_come_back) {
    rv_random random;
    rv_random_init(&random, 1, 1);
    for (int round = 0; round < 300; round++) {
        size_t rows = rv_random_below(&random, 80), width = 1 + rv_random_below(&random, 70), n = rows * width;
        unsigned char *from = malloc(n + 1), *turned = malloc(n + 1), *back = malloc(n + 1);
        for (size_t i = 0; i < n; i++) from[i] = (unsigned char)rv_random_below(&random, 256);
        rv_bytes_transpose(from, rows, width, turned);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < width; j++) cr_assert_eq(turned[j * rows + i], from[i * width + j]);
        rv_bytes_untranspose(turned, rows, width, back);
        cr_assert_eq(memcmp(from, back, n), 0);
        free(from);
        free(turned);
        free(back);
    }
}

Test(block_codec, blocks_come_back_and_lies_are_refused) {
    rv_codec *codec;
    rv_buffer packed = {0};
    cr_assert_eq(rv_codec_new(&codec, NULL), RV_OK);
    size_t n = 8 << 20, raw; /* zeros pack a million to one: padded, so that the reader's bound holds */
    unsigned char *zeros = calloc(1, n), *back = malloc(n);
    cr_assert_eq(rv_codec_pack(codec, 3, zeros, n, &packed, NULL), RV_OK);
    cr_assert(packed.len >= n / RV_CODEC_EXPANSION && packed.len < n / 512);
    cr_assert(rv_codec_raw_size(packed.data, packed.len, n, &raw) && raw == n);
    cr_assert(!rv_codec_raw_size(packed.data, packed.len, n - 1, &raw));
    cr_assert(!rv_codec_raw_size(packed.data, packed.len / 2, n, &raw)); /* promises more than it may expand to */
    cr_assert(!rv_codec_raw_size("not a block", 11, n, &raw));
    cr_assert_eq(rv_codec_unpack(codec, packed.data, packed.len, back, n, NULL), RV_OK);
    cr_assert_eq(memcmp(zeros, back, n), 0);
    rv_error err = {0};
    cr_assert_eq(rv_codec_unpack(codec, packed.data, 20, back, n, &err), RV_CORRUPT);
    packed.len = 0;
    cr_assert_eq(rv_codec_pack(codec, 3, "abc", 3, &packed, NULL), RV_OK);
    cr_assert_eq(rv_codec_unpack(codec, packed.data, packed.len, back, 4, &err), RV_CORRUPT);
    rv_codec_free(codec);
    rv_codec_free(NULL);
    rv_buffer_free(&packed);
    free(zeros);
    free(back);
}

/* Two spooled sections larger than their memory, a direct one and one whose place is kept grow side by side. */
static void write_sections(const char *path, size_t steps) {
    rv_rvl_options options = {.max_sections = 5, .generation = 3, .replace = true};
    rv_rvl_writer *w;
    rv_rvl_stream *a, *b, *c, *d;
    cr_assert_eq(rv_rvl_create(path, &options, &w, NULL), RV_OK);
    cr_assert_eq(
        rv_rvl_begin(w, &(rv_rvl_spec){.name = "kept", .id = 5, .fixed = steps * 59999}, &d, NULL),
        RV_OK);
    cr_assert_eq(rv_rvl_begin(w, &(rv_rvl_spec){.name = "direct", .id = 1, .direct = true}, &a, NULL), RV_OK);
    cr_assert_eq(rv_rvl_begin(w, &(rv_rvl_spec){.name = "spooled", .id = 2, .param = 9}, &b, NULL), RV_OK);
    cr_assert_eq(
        rv_rvl_begin(w, &(rv_rvl_spec){.name = "packed", .id = 3, .codec = RV_RVL_ZSTD, .frame_raw = 60000, .width = 6},
                     &c, NULL),
        RV_OK);
    unsigned char chunk[60000];
    rv_codec *codec;
    rv_buffer packed = {0};
    cr_assert_eq(rv_codec_new(&codec, NULL), RV_OK);
    for (size_t i = 0; i < steps; i++) {
        rv_random random;
        rv_random_init(&random, 7, i);
        for (size_t j = 0; j < sizeof chunk; j++) chunk[j] = (unsigned char)(rv_random_below(&random, 7) + i);
        cr_assert_eq(rv_rvl_add(a, chunk, sizeof chunk - i, 0, NULL), RV_OK);
        cr_assert_eq(rv_rvl_add(b, chunk, sizeof chunk, 0, NULL), RV_OK);
        cr_assert_eq(rv_rvl_add(d, chunk, sizeof chunk - 1, 0, NULL), RV_OK);
        unsigned char turned[sizeof chunk];
        rv_bytes_transpose(chunk, sizeof chunk / 6, 6, turned);
        packed.len = 0;
        cr_assert_eq(rv_codec_pack(codec, 1, turned, sizeof turned, &packed, NULL), RV_OK);
        cr_assert_eq(rv_rvl_add(c, packed.data, packed.len, sizeof chunk, NULL), RV_OK);
    }
    rv_codec_free(codec);
    rv_buffer_free(&packed);
    cr_assert_eq(rv_rvl_end(w, a, NULL), RV_OK);
    cr_assert_eq(rv_rvl_end(w, c, NULL), RV_OK);
    cr_assert_eq(rv_rvl_end(w, b, NULL), RV_OK);
    cr_assert_eq(rv_rvl_end(w, d, NULL), RV_OK);
    cr_assert_eq(rv_rvl_put(w, 4, "empty one", 0, NULL, 0, NULL), RV_OK);
    cr_assert_eq(rv_rvl_publish(w, NULL), RV_OK);
}

Test(rvl, sections_grow_side_by_side_and_come_back) {
    const char *path = scratch_path("sections.rvl");
    size_t steps = 90;
    write_sections(path, steps);
    rv_rvl *f;
    rv_error err = {0};
    uint64_t damaged, blocks;
    cr_assert_eq(rv_rvl_verify(path, 2, &damaged, &blocks, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_rvl_open(path, &f, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_rvl_head(f)->n_sections, 5u);
    for (size_t i = 1; i < 5; i++) cr_assert(rv_rvl_section(f, i - 1)->offset < rv_rvl_section(f, i)->offset);
    const rv_rvl_entry *kept = rv_rvl_find(f, 5), *direct = rv_rvl_find(f, 1), *spooled = rv_rvl_find(f, 2),
                       *packed = rv_rvl_find(f, 3);
    cr_assert_null(rv_rvl_find(f, 9));
    cr_assert_eq(spooled->param, 9u);
    cr_assert_str_eq(rv_rvl_find(f, 4)->name, "empty?one");
    cr_assert_eq(rv_rvl_prove_all(f, direct, 2, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_rvl_prove(f, spooled, 5, spooled->stored - 5, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_rvl_prove(f, spooled, 5, spooled->stored, &err), RV_CORRUPT); /* one too far */
    rv_rvl_frames *frames;
    cr_assert_eq(rv_rvl_frames_new(f, direct, &frames, &err), RV_CORRUPT); /* it isn't packed */
    cr_assert_eq(rv_rvl_frames_new(f, packed, &frames, &err), RV_OK, "%s", err.message);
    const unsigned char *rows = rv_rvl_frames_bytes(frames), *plain = rv_rvl_bytes(f, spooled);
    for (uint64_t last = 60000 * 7 - 1; last < 60000 * 7 + 1; last++) { /* both sides of a frame's end */
        cr_assert_eq(rv_rvl_frames_touch(frames, 60000 * 6 + 5, last - 60000 * 6 - 4, &err), RV_OK, "%s", err.message);
        cr_assert_eq(memcmp(rows + 60000 * 6, plain + 60000 * 6, 60000), 0);
        cr_assert_eq(memcmp(rows + 60000 * 7, plain + 60000 * 7, 60000) == 0, last == 60000 * 7);
    }
    cr_assert_eq(rv_rvl_frames_all(frames, 2, &err), RV_OK, "%s", err.message);
    cr_assert_eq(packed->raw, steps * 60000);
    cr_assert_eq(memcmp(rows, plain, packed->raw), 0);
    size_t at = 0;
    for (size_t i = 0; i < steps; at += 60000 - i, i++)
        cr_assert_eq(memcmp(rv_rvl_bytes(f, direct) + at, rows + i * 60000, 60000 - i), 0);
    cr_assert_eq(rv_rvl_prove_all(f, kept, 2, &err), RV_OK, "%s", err.message);
    for (size_t i = 0; i < steps; i++)
        cr_assert_eq(memcmp(rv_rvl_bytes(f, kept) + i * 59999, rows + i * 60000, 59999), 0);
    rv_rvl_frames_free(frames);
    rv_rvl_frames_free(NULL);
    rv_rvl_close(f);
    rv_rvl_close(NULL);
}

/* A kept place is filled exactly, or nothing is published. */
Test(rvl, a_kept_place_is_filled_exactly) {
    const char *path = scratch_path("kept.rvl");
    unsigned char bytes[1001] = {1};
    for (size_t n = 999; n <= 1001; n++) {
        rv_rvl_writer *w;
        rv_rvl_stream *s;
        rv_error err = {0};
        cr_assert_eq(rv_rvl_create(path, &(rv_rvl_options){.max_sections = 1, .replace = true}, &w, NULL), RV_OK);
        cr_assert_eq(rv_rvl_begin(w, &(rv_rvl_spec){.name = "kept", .id = 1, .fixed = 1000}, &s, NULL), RV_OK);
        cr_assert_eq(rv_rvl_add(s, bytes, n, 0, &err), n <= 1000 ? RV_OK : RV_FAILED);
        cr_assert_eq(rv_rvl_end(w, s, &err), n == 1000 ? RV_OK : RV_FAILED);
        cr_assert_eq(rv_rvl_publish(w, &err), n == 1000 ? RV_OK : RV_FAILED);
    }
}

/* A range of blocks is proved, no more is, and one damaged byte is found in its block. */
Test(rvl, blocks_are_proved_by_themselves) {
    const char *path = scratch_path("blocks.rvl");
    enum { BLOCK = RV_RVL_BLOCK };
    size_t n = 70 * BLOCK + 1; /* more than a word of bits */
    unsigned char *bytes = malloc(n);
    rv_random random;
    rv_random_init(&random, 17, 0);
    for (size_t i = 0; i < n; i++) bytes[i] = (unsigned char)rv_random_next(&random);
    for (int turn = 0; turn < 4; turn++) {
        rv_rvl_options options = {.max_sections = 1, .replace = true};
        rv_rvl_writer *w;
        rv_rvl_stream *s;
        cr_assert_eq(rv_rvl_create(path, &options, &w, NULL), RV_OK);
        cr_assert_eq(rv_rvl_begin(w, &(rv_rvl_spec){.name = "rows", .id = 1, .direct = true}, &s, NULL), RV_OK);
        for (size_t at = 0, step; at < n; at += step) {
            step = 1 + rv_random_below(&random, 3 * BLOCK);
            if (step > n - at) step = n - at;
            cr_assert_eq(rv_rvl_add(s, bytes + at, step, step, NULL), RV_OK);
        }
        cr_assert_eq(rv_rvl_end(w, s, NULL), RV_OK);
        cr_assert_eq(rv_rvl_publish(w, NULL), RV_OK);
        size_t size, bad = turn ? rv_random_below(&random, (uint32_t)n) : n - 1;
        char *file = scratch_read(path, &size);
        const rv_rvl_entry *e = (const void *)(file + RV_RVL_PAGE);
        cr_assert_eq(rv_rvl_blocks(e), (n + BLOCK - 1) / BLOCK);
        cr_assert_eq(memcmp(file + e->offset, bytes, n), 0);
        file[e->offset + bad] ^= 1;
        scratch_file("blocks.rvl", file, size);
        free(file);
        rv_rvl *f;
        cr_assert_eq(rv_rvl_open(path, &f, NULL), RV_OK);
        rv_rvl_view view = rv_rvl_view_of(f, rv_rvl_section(f, 0));
        for (int round = 0; round < 100; round++) {
            size_t at = rv_random_below(&random, (uint32_t)n), length = 1 + rv_random_below(&random, 3 * BLOCK);
            if (length > n - at) length = n - at;
            bool hit = at / BLOCK <= bad / BLOCK && bad / BLOCK <= (at + length - 1) / BLOCK;
            cr_assert_eq(rv_rvl_touch(&view, at, length, NULL), hit ? RV_CORRUPT : RV_OK);
            cr_assert(!rv_rvl_block_is_proved(view.proved, bad / BLOCK));
            if (!hit) cr_assert(rv_rvl_block_is_proved(view.proved, at / BLOCK));
        }
        cr_assert_eq(rv_rvl_prove_all(f, view.section, 2, NULL), RV_CORRUPT);
        cr_assert(!rv_rvl_all_proved(f, view.section));
        rv_rvl_close(f);
    }
    free(bytes);
}

/* Whoever proves, and whoever only notes what it read, counts alike. */
Test(rvl, what_was_touched_is_counted_by_64_kb_and_by_2_mb) {
    enum { MB = 1 << 20, N = 5 * MB + 3 };
    const char *path = scratch_path("touched.rvl");
    unsigned char *bytes = calloc(1, N);
    rv_rvl_writer *w;
    rv_rvl_stream *s;
    cr_assert_eq(rv_rvl_create(path, &(rv_rvl_options){.max_sections = 1, .replace = true}, &w, NULL), RV_OK);
    cr_assert_eq(rv_rvl_begin(w, &(rv_rvl_spec){.name = "rows", .id = 1, .direct = true}, &s, NULL),
                 RV_OK);
    cr_assert_eq(rv_rvl_add(s, bytes, N, N, NULL), RV_OK);
    cr_assert_eq(rv_rvl_end(w, s, NULL), RV_OK);
    cr_assert_eq(rv_rvl_publish(w, NULL), RV_OK);
    rv_rvl *f;
    rv_rvl_touched now, then;
    cr_assert_eq(rv_rvl_open(path, &f, NULL), RV_OK);
    rv_rvl_view view = rv_rvl_view_of(f, rv_rvl_section(f, 0));
    rv_rvl_count_touched(f, 2, &now, &then);
    cr_assert(now.windows == 0 && now.pages == 0 && then.windows == 0);
    cr_assert_eq(rv_rvl_touch(&view, 2 * MB - 1, 2, NULL), RV_OK); /* two windows of two pages */
    rv_rvl_note(&view, 2 * MB + 65535);                            /* the second of them again */
    rv_rvl_note(&view, N - 1);                                     /* the last, of three bytes */
    rv_rvl_count_touched(f, 1, &now, &then);
    cr_assert_float_eq(now.windows, 3.0 / 81 * N, 1);
    cr_assert_float_eq(now.pages, N, 1);
    cr_assert_float_eq(then.windows, now.windows, 1);
    rv_rvl_count_touched(f, 2, &now, &then);
    cr_assert(then.windows > 1.9 * now.windows && then.windows < 2 * now.windows);
    cr_assert_eq(rv_rvl_prove_all(f, view.section, 1, NULL), RV_OK);
    rv_rvl_count_touched(f, 2, &now, &then);
    cr_assert_float_eq(now.windows, N, 1);
    rv_rvl_close(f);
    free(bytes);
}

Test(rvl, an_unfinished_file_is_not_published) {
    rv_rvl_options options = {.max_sections = 1};
    rv_rvl_writer *w;
    rv_rvl_stream *s, *t;
    const char *path = scratch_path("unfinished.rvl");
    cr_assert_eq(rv_rvl_create(path, &options, &w, NULL), RV_OK);
    cr_assert_eq(rv_rvl_begin(w, &(rv_rvl_spec){.name = "open", .id = 1}, &s, NULL), RV_OK);
    cr_assert_eq(rv_rvl_publish(w, NULL), RV_FAILED);
    cr_assert_eq(rv_rvl_create(path, &options, &w, NULL), RV_OK);
    cr_assert_eq(rv_rvl_put(w, 1, "one", 0, "x", 1, NULL), RV_OK);
    cr_assert_eq(rv_rvl_begin(w, &(rv_rvl_spec){.name = "more", .id = 2}, &t, NULL),
                 RV_FAILED); /* than it was made for */
    rv_rvl_abandon(w);
    rv_rvl_abandon(NULL);
    cr_assert_eq(scratch_count(), 0u);
}

static unsigned char *file_of_two(const char *name, const unsigned char *bytes, size_t before, size_t n, int threads,
                                  size_t *size) {
    const char *path = scratch_path(name);
    rv_rvl_options options = {.max_sections = 3, .generation = 3, .replace = true};
    rv_rvl_writer *w;
    rv_rvl_stream *stream;
    cr_assert_eq(rv_rvl_create(path, &options, &w, NULL), RV_OK);
    cr_assert_eq(rv_rvl_put(w, 1, "before", 0, bytes, before, NULL), RV_OK);
    if (threads) {
        cr_assert_eq(rv_rvl_put_large(w, 2, "large", 7, bytes, n, threads, NULL), RV_OK);
    } else {
        rv_rvl_spec spec = {.name = "large", .id = 2, .param = 7, .direct = true};
        cr_assert_eq(rv_rvl_begin(w, &spec, &stream, NULL), RV_OK);
        for (size_t at = 0; at < n; at += 99991) {
            size_t step = n - at < 99991 ? n - at : 99991;
            cr_assert_eq(rv_rvl_add(stream, bytes + at, step, step, NULL), RV_OK);
        }
        cr_assert_eq(rv_rvl_end(w, stream, NULL), RV_OK);
    }
    cr_assert_eq(rv_rvl_put(w, 3, "behind", 0, bytes, 5, NULL), RV_OK);
    cr_assert_eq(rv_rvl_publish(w, NULL), RV_OK);
    FILE *file = fopen(path, "rb");
    cr_assert(file);
    unsigned char *all = malloc(n * 2 + before + (1 << 20));
    *size = fread(all, 1, n * 2 + before + (1 << 20), file);
    fclose(file);
    return all;
}

/* Shorter than a piece of the file, with and without a rest, from the middle of a piece and from near its end. */
Test(rvl, a_large_section_is_the_same_by_pieces_and_by_threads) {
    enum { MB = 1 << 20 };
    static const size_t sizes[] = {0, 1, MB, 2 * MB, 4 * MB, 4 * MB + 65536, 5 * MB + 12345},
                        before[] = {10, 2 * MB - 3 * 4096};
    unsigned char *bytes = malloc(6 * MB);
    for (size_t i = 0; i < 6 * MB; i++) bytes[i] = (unsigned char)(i * 2654435761u >> 13);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (unsigned j = 0; j < 2; j++) {
            size_t expected_size, size;
            unsigned char *expected = file_of_two("twin.rvl", bytes, before[j], sizes[i], 0, &expected_size);
            for (int threads = 1; threads <= 3; threads += 2) {
                unsigned char *all = file_of_two("large.rvl", bytes, before[j], sizes[i], threads, &size);
                cr_assert_eq(size, expected_size);
                cr_assert_eq(memcmp(all, expected, size), 0, "%zu bytes after %zu, %d threads", sizes[i], before[j],
                             threads);
                free(all);
            }
            free(expected);
        }
    free(bytes);
}

/* Every number of an entry set to each lie, with the seals made again: refused before anything is allocated for it. */
Test(rvl, lying_sizes_are_refused_before_allocation) {
    const char *path = scratch_path("lies.rvl");
    write_sections(path, 4);
    size_t n;
    char *clean = scratch_read(path, &n), *work = malloc(n);
    const uint64_t lies[] = {
        1, (uint64_t)1 << 31, (uint64_t)1 << 32, (uint64_t)1 << 40, (uint64_t)1 << 63, UINT64_MAX, n + 1};
    for (uint32_t section = 0; section < 3; section++)
        for (size_t field = offsetof(rv_rvl_entry, offset); field < offsetof(rv_rvl_entry, seals_seal); field += 8)
            for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
                memcpy(work, clean, n);
                memcpy(work + RV_RVL_PAGE + section * sizeof(rv_rvl_entry) + field, &lies[i], 8);
                damage_reseal((unsigned char *)work, n);
                rv_rvl *f;
                rv_error err = {0};
                rv_rvl_frames *frames;
                rv_status status = rv_rvl_open(scratch_file("lies.rvl", work, n), &f, &err);
                if (status != RV_OK) {
                    cr_assert_eq(status, RV_CORRUPT);
                    continue;
                }
                for (uint32_t id = 1; id <= 2; id++) rv_rvl_prove_all(f, rv_rvl_find(f, id), 1, NULL);
                const rv_rvl_entry *packed = rv_rvl_find(f, 3);
                if (rv_rvl_frames_new(f, packed, &frames, &err) == RV_OK) {
                    rv_rvl_frames_all(frames, 1, &err);
                    rv_rvl_frames_free(frames);
                }
                rv_rvl_close(f);
            }
    free(clean);
    free(work);
}

Test(schema, it_comes_back_and_cut_bytes_are_refused) {
    rv_field fields[] = {{"email"}, {"city"}};
    rv_attribute attributes[] = {{"age", RV_INTEGER, true, 90, 8, false},
                                 {"note", RV_FREE_TEXT, false, 70000, 32, true}};
    rv_source sources[] = {{"presse", 20000, 2, 12345}};
    char keys[2][RV_SCHEMA_NAME_MAX + 1] = {"email", "mobile"};
    rv_schema schema = {2, 2, 1, 2, fields, attributes, sources, keys, 32}, back, copy;
    rv_buffer bytes = {0};
    cr_assert_eq(rv_schema_write(&schema, &bytes, NULL), RV_OK);
    cr_assert_eq(rv_schema_read(bytes.data, bytes.len, &back, NULL), RV_OK);
    cr_assert_eq(rv_schema_copy(&back, &copy, NULL), RV_OK);
    cr_assert_eq(rv_schema_field(&copy, "city"), 1);
    cr_assert_eq(rv_schema_field(&copy, "town"), -1);
    cr_assert_eq(rv_schema_attribute(&copy, "note"), 1);
    cr_assert_eq(rv_schema_attribute(&copy, "city"), -1);
    cr_assert(copy.attributes[0].sensitive && copy.attributes[1].values == 70000 && copy.sources[0].rows == 12345);
    cr_assert(!copy.attributes[0].consent && copy.attributes[1].consent && !copy.attributes[1].sensitive);
    cr_assert_str_eq(copy.keys[1], "mobile");
    rv_schema_reset(&back);
    rv_schema_reset(&copy);
    for (size_t n = 0; n < bytes.len; n++) {
        char *cut = malloc(n + 1); /* its own block: a read beyond shows */
        memcpy(cut, bytes.data, n);
        cr_assert_eq(rv_schema_read(cut, n, &back, NULL), RV_CORRUPT, "%zu bytes", n);
        free(cut);
    }
    rv_schema many = {.n_fields = RV_MAX_FIELDS + 1};
    cr_assert_eq(rv_schema_write(&many, &bytes, NULL), RV_BAD_ARGUMENT);
    rv_buffer_free(&bytes);
}
