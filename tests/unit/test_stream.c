/* Streams: the same bytes out whatever the packing, and never a silent cut. */
#include "stream.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { TEXT = 300000 };

static char *make_text(uint64_t seed) {
    char *text = malloc(TEXT);
    rv_random random;
    rv_random_init(&random, seed, 0);
    for (size_t i = 0; i < TEXT; i++) text[i] = (char)('a' + (i % 7 ? rv_random_below(&random, 20) : 0));
    return text;
}

static size_t gzip(const char *text, size_t n, char *out, size_t room) {
    z_stream z = {0};
    cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text, z.avail_in = (unsigned)n;
    z.next_out = (unsigned char *)out, z.avail_out = (unsigned)room;
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

/* Three members or frames of the text, the second one empty. */
static size_t pack(rv_compression kind, const char *text, size_t n, char *out, size_t room) {
    size_t half = n / 2, len = 0;
    const size_t parts[3][2] = {{0, half}, {half, 0}, {half, n - half}};
    for (int i = 0; i < 3; i++)
        len += kind == RV_GZIP ? gzip(text + parts[i][0], parts[i][1], out + len, room - len)
                               : ZSTD_compress(out + len, room - len, text + parts[i][0], parts[i][1], 3);
    return len;
}

/* Reads all in pieces; returns the status; *n is what came before it. */
static rv_status read_all(const char *path, size_t piece, char *out, size_t room, size_t *n, rv_error *err) {
    rv_stream *s;
    *n = 0;
    RV_TRY(rv_stream_open(path, &s, err));
    rv_status status;
    for (;;) {
        size_t got = 0, want = piece < room - *n ? piece : room - *n;
        status = rv_stream_read(s, out + *n, want, &got, err);
        if (status != RV_OK || got == 0) break;
        *n += got;
    }
    rv_stream_close(s);
    return status;
}

static void expect_text(const char *path, const char *text, size_t n) {
    static const size_t pieces[] = {1 << 20, 4096, 777};
    char *out = malloc(TEXT * 2);
    for (size_t i = 0; i < 3; i++) {
        size_t got;
        rv_error err = {0};
        cr_assert_eq(read_all(path, pieces[i], out, TEXT * 2, &got, &err), RV_OK, "%s", err.message);
        cr_assert(got == n && memcmp(out, text, n) == 0, "%zu bytes of %zu", got, n);
    }
    free(out);
}

static void each_packing(rv_compression kind) {
    char *text = make_text(1), *packed = malloc(TEXT * 2);
    size_t n = pack(kind, text, TEXT, packed, TEXT * 2);
    const char *path = scratch_file("packed", packed, n);
    expect_text(path, text, TEXT);
    rv_stream *s;
    cr_assert_eq(rv_stream_open(path, &s, NULL), RV_OK);
    cr_assert_eq(rv_stream_compression(s), kind);
    cr_assert_eq(rv_stream_stored_size(s), n);
    size_t size;
    cr_assert_null(rv_stream_mapped(s, &size));
    rv_stream_close(s);
    free(text), free(packed);
}
Test(stream, gzip_of_several_members_reads_as_one) { each_packing(RV_GZIP); }
Test(stream, zstd_of_several_frames_reads_as_one) { each_packing(RV_ZSTD); }

Test(stream, plain_files_are_mapped_and_readable_too) {
    char *text = make_text(2);
    const char *path = scratch_file("plain", text, TEXT);
    expect_text(path, text, TEXT);
    rv_stream *s;
    cr_assert_eq(rv_stream_open(path, &s, NULL), RV_OK);
    size_t size = 0;
    const char *map = rv_stream_mapped(s, &size);
    cr_assert(map && size == TEXT && memcmp(map, text, TEXT) == 0);
    cr_assert_str_eq(rv_compression_name(rv_stream_compression(s)), "none");
    rv_stream_close(s);
    free(text);
}

Test(stream, an_empty_file_is_an_empty_stream) { expect_text(scratch_text("empty", ""), "", 0); }

Test(stream, padding_and_skippable_frames_are_passed_over) {
    char packed[4096], text[] = "hello, world";
    size_t n = gzip(text, 12, packed, sizeof packed);
    memset(packed + n, 0, 512);
    expect_text(scratch_file("padded.gz", packed, n + 512), text, 12);
    memcpy(packed, "\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
    n = 11 + ZSTD_compress(packed + 11, sizeof packed - 11, text, 12, 1);
    expect_text(scratch_file("skippable.zst", packed, n), text, 12);
}

/* A cut anywhere but between members is told, with the offset. */
static void each_cut(rv_compression kind) {
    char text[600], packed[2000], out[2000];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i * i % 23);
    size_t n = pack(kind, text, sizeof text, packed, sizeof packed);
    unsigned whole = 0;
    for (size_t cut = 5; cut < n; cut++) {
        size_t got;
        rv_error err = {0};
        rv_status status = read_all(scratch_file("cut", packed, cut), 100, out, sizeof out, &got, &err);
        if (status == RV_OK) {
            whole++;
            cr_assert_eq(got, 300, "cut at %zu of %zu gave %zu bytes", cut, n, got);
            continue;
        }
        cr_assert_eq(status, RV_CORRUPT);
        cr_assert(err.offset <= cut && err.file[0] && err.hint[0]);
    }
    cr_assert_eq(whole, 2, "only the two ends of members are ends");
}
Test(stream, gzip_cut_anywhere_is_told) { each_cut(RV_GZIP); }
Test(stream, zstd_cut_anywhere_is_told) { each_cut(RV_ZSTD); }

static void each_damage(rv_compression kind) {
    char text[3000], packed[6000], out[8000];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i * i % 23);
    size_t n;
    if (kind == RV_GZIP) {
        n = gzip(text, sizeof text, packed, sizeof packed);
    } else { /* with its checksum: without one zstd can't promise to notice */
        ZSTD_CCtx *c = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
        n = ZSTD_compress2(c, packed, sizeof packed, text, sizeof text);
        ZSTD_freeCCtx(c);
    }
    unsigned told = 0, rounds = 600;
    for (unsigned round = 0; round < rounds; round++) {
        rv_random random;
        rv_random_init(&random, 3, round);
        size_t at = 4 + rv_random_below(&random, (uint32_t)(n - 4));
        packed[at] ^= (char)(1 << round % 8);
        size_t got;
        rv_error err = {0};
        rv_status status = read_all(scratch_file("damaged", packed, n), 1000, out, sizeof out, &got, &err);
        cr_assert(status != RV_OK || (got == sizeof text && memcmp(out, text, got) == 0), "round %u: damage passed",
                  round);
        told += status == RV_CORRUPT;
        packed[at] ^= (char)(1 << round % 8);
    }
    cr_assert(told > rounds * 9 / 10, "%u of %u", told, rounds);
}
Test(stream, damaged_gzip_is_told_or_harmless) { each_damage(RV_GZIP); }
Test(stream, damaged_zstd_is_told_or_harmless) { each_damage(RV_ZSTD); }

Test(stream, garbage_after_the_last_member_is_told) {
    char packed[4096], out[100];
    size_t n = gzip("hello", 5, packed, sizeof packed), got;
    memcpy(packed + n, "garbage", 7);
    cr_assert_eq(read_all(scratch_file("tail.gz", packed, n + 7), 100, out, sizeof out, &got, NULL), RV_CORRUPT);
    n = ZSTD_compress(packed, sizeof packed, "hello", 5, 1);
    memcpy(packed + n, "garbage", 7);
    cr_assert_eq(read_all(scratch_file("tail.zst", packed, n + 7), 100, out, sizeof out, &got, NULL), RV_CORRUPT);
}

Test(stream, a_bomb_is_refused_once_it_has_shown_its_nature) {
    size_t n, room = 1 << 20, chunk = 64 << 20;
    char *bomb = malloc(room), *zeros = calloc(1, chunk), *out = malloc(1 << 20);
    size_t frame = ZSTD_compress(bomb, room, zeros, chunk, 1); /* 64 MB in some KB */
    for (n = frame; n + frame <= room; n += frame) memcpy(bomb + n, bomb, frame);
    rv_stream *s;
    cr_assert_eq(rv_stream_open(scratch_file("bomb.zst", bomb, n), &s, NULL), RV_OK);
    uint64_t total = 0;
    rv_status status = RV_OK;
    rv_error err = {0};
    for (size_t got = 1; status == RV_OK && got; total += got) status = rv_stream_read(s, out, 1 << 20, &got, &err);
    cr_assert_eq(status, RV_BAD_INPUT);
    cr_assert(total <= RV_STREAM_FREE_BYTES + (64u << 20), "%llu bytes came out", (unsigned long long)total);
    rv_stream_close(s);
    free(bomb), free(zeros), free(out);
}

Test(stream, workbooks_and_other_archives_are_named_and_refused) {
    static const struct {
        const char *bytes, *word;
        size_t n;
    } kinds[] = {{"PK\x03\x04xxxx", "cut", 8},
                 {"\xd0\xcf\x11\xe0xxxx", "Excel", 8},
                 {"\xfd"
                  "7zXZ\0xx",
                  "xz", 8},
                 {"BZh91AY&SYxx", "bzip2", 12},
                 {"PAR1\0\0\0\0", "Parquet", 8},
                 {"\x8bRVL\r\n\x1a\n\2\0\0\0", "megabase", 12},
                 {"ARROW1\0\0", "Arrow", 8}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        rv_stream *s;
        rv_error err = {0};
        cr_assert_eq(rv_stream_open(scratch_file("foreign", kinds[i].bytes, kinds[i].n), &s, &err), RV_BAD_INPUT);
        cr_assert(strstr(err.message, kinds[i].word) && err.hint[0], "%s", err.message);
    }
    expect_text(scratch_text("bz", "BZh,name\n"), "BZh,name\n", 9);
    expect_text(scratch_text("par", "PAR1,name\n"), "PAR1,name\n", 10);
}

Test(stream, missing_files_and_folders_are_bad_input) {
    rv_stream *s;
    rv_error err = {0};
    cr_assert_eq(rv_stream_open(scratch_path("nothing"), &s, &err), RV_BAD_INPUT);
    cr_assert(err.file[0] && err.sys_errno == ENOENT);
    cr_assert_eq(rv_stream_open(scratch_folder(), &s, &err), RV_BAD_INPUT);
    rv_stream_close(NULL);
}

/* --- Pipes ------------------------------------------------------------------------------------------------------- */

typedef struct feed {
    int fd;
    const char *bytes;
    size_t n, piece;
} feed;

static void *feed_pipe(void *arg) {
    feed *f = arg;
    for (size_t i = 0; i < f->n;) {
        size_t n = f->n - i < f->piece ? f->n - i : f->piece;
        ssize_t put = write(f->fd, f->bytes + i, n);
        if (put <= 0) break;
        i += (size_t)put;
    }
    close(f->fd);
    return NULL;
}

static void through_stdin(const char *bytes, size_t n, const char *text, size_t text_n) {
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    feed f = {ends[1], bytes, n, 5000};
    pthread_t thread;
    pthread_create(&thread, NULL, feed_pipe, &f);
    char *out = malloc(TEXT * 2);
    size_t got;
    rv_error err = {0};
    cr_assert_eq(read_all("-", 10000, out, TEXT * 2, &got, &err), RV_OK, "%s", err.message);
    pthread_join(thread, NULL);
    cr_assert(got == text_n && memcmp(out, text, got) == 0);
    free(out);
}

Test(stream, stdin_is_told_by_its_first_bytes_too) {
    char *text = make_text(4), *packed = malloc(TEXT * 2);
    through_stdin(text, TEXT, text, TEXT);
    size_t n = pack(RV_GZIP, text, TEXT, packed, TEXT * 2);
    through_stdin(packed, n, text, TEXT);
    n = pack(RV_ZSTD, text, TEXT, packed, TEXT * 2);
    through_stdin(packed, n, text, TEXT);
    through_stdin("", 0, "", 0);
    free(text), free(packed);
}

Test(stream, a_named_pipe_is_read_as_a_pipe) {
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    char name[64];
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    feed f = {ends[1], "a,b\n1,2\n", 8, 3};
    feed_pipe(&f);
    char out[100];
    size_t got;
    cr_assert_eq(read_all(name, 100, out, sizeof out, &got, NULL), RV_OK);
    cr_assert_eq(got, 8);
}

/* --- What breaks ------------------------------------------------------------------------------------------------- */

static unsigned calls, fail_at;
static ssize_t short_read(int fd, void *buf, size_t n) {
    calls++;
    if (calls == fail_at) return errno = EIO, -1;
    if (calls % 3 == 0) return errno = EINTR, -1;
    return read(fd, buf, n < 100 ? n : 100);
}

Test(stream, short_and_interrupted_reads_are_carried_on_and_failing_ones_told) {
    rv_io io = rv_io_system;
    io.read = short_read;
    char text[1000], out[2000];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i % 26);
    for (unsigned round = 0; round < 4; round++) {
        int ends[2];
        cr_assert_eq(pipe(ends), 0);
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        feed f = {ends[1], text, sizeof text, 1000};
        feed_pipe(&f);
        calls = 0;
        fail_at = round * 4;
        rv_io_use(&io);
        size_t got;
        rv_error err = {0};
        rv_status status = read_all("-", 300, out, sizeof out, &got, &err);
        rv_io_use(NULL);
        cr_assert_eq(status, fail_at ? RV_BAD_INPUT : RV_OK);
        if (!fail_at) cr_assert(got == sizeof text && memcmp(out, text, got) == 0);
        else cr_assert_eq(err.sys_errno, EIO);
    }
}

#ifdef RV_TESTING
Test(stream, any_failing_allocation_is_an_error_and_no_leak) {
    char text[5000], packed[8000], out[6000];
    memset(text, 'x', sizeof text);
    for (int kind = RV_PLAIN; kind <= RV_ZSTD; kind++) {
        size_t n = kind == RV_PLAIN ? sizeof text
                                    : pack((rv_compression)kind, text, sizeof text, packed, sizeof packed),
               got;
        const char *path = scratch_file("small", kind == RV_PLAIN ? text : packed, n);
        unsigned failures = 0;
        for (uint64_t k = 1;; k++) {
            rv_memory_fail_at(k, k % 2);
            rv_status status = read_all(path, 1000, out, sizeof out, &got, NULL);
            rv_memory_fail_at(0, false);
            if (status == RV_OK) break;
            cr_assert_eq(status, RV_NO_MEMORY, "kind %d allocation %llu", kind, (unsigned long long)k);
            failures++;
        }
        cr_assert(failures >= 2);
        cr_assert_eq(got, sizeof text);
    }
}
#endif
