/*
 * What this machine can do at most, measured in the same run as everything else, so that a stage can be told as a
 * share of its limit: reading memory, first touch of fresh pages, mapping a cached file, random cache lines, XXH3, zstd, disk.
 *
 * usage: bench_limits FILE FOLDER ROUNDS
 *   FILE    a large file in the page cache (mapped and read; its first bytes are what zstd codes)
 *   FOLDER  on the disk whose write rate counts
 */
#include "bench_tell.h"
#include "hash.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

enum { PIECE = 1 << 20, LINE = 64, AHEAD = 32, SAMPLE = 64 << 20, ZSTD_BLOCK = 128 << 10, WRITTEN = 256 << 20 };
static const size_t LARGE = (size_t)1 << 30; /* beyond every cache that one machine has to itself */
static const size_t LINES = 1 << 23;         /* random lines per round */

typedef struct work {
    unsigned char *data;
    size_t bytes, pieces;
    uint64_t sums[64];
} work;

static size_t piece_bytes(const work *w, size_t i) {
    return w->bytes - i * PIECE < PIECE ? w->bytes - i * PIECE : PIECE;
}

/* Eight sums at once: one chain of additions would be the limit instead of the memory. */
static rv_status read_piece(void *ctx, size_t i, int worker, rv_error *err) {
    (void)err;
    work *w = ctx;
    const uint64_t *p = (const uint64_t *)(const void *)(w->data + i * PIECE);
    uint64_t s[8] = {0};
    for (size_t k = 0; k + 8 <= piece_bytes(w, i) / 8; k += 8)
        for (size_t j = 0; j < 8; j++) s[j] += p[k + j];
    w->sums[worker] += s[0] + s[1] + s[2] + s[3] + s[4] + s[5] + s[6] + s[7];
    return RV_OK;
}

static rv_status touch_piece(void *ctx, size_t i, int worker, rv_error *err) {
    (void)err, (void)worker;
    work *w = ctx;
    for (size_t k = 0; k < piece_bytes(w, i); k += 4096) w->data[i * PIECE + k] = 1;
    return RV_OK;
}

static rv_status hash_piece(void *ctx, size_t i, int worker, rv_error *err) {
    (void)err;
    work *w = ctx;
    for (size_t k = 0; k < piece_bytes(w, i); k += 65536)
        w->sums[worker] += rv_hash64(w->data + i * PIECE + k, 65536, k);
    return RV_OK;
}

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* LINES / pieces random lines each, fetched AHEAD of their use. */
static rv_status lines_piece(void *ctx, size_t i, int worker, rv_error *err) {
    (void)err;
    work *w = ctx;
    uint64_t state = (i + 1) * 0x9e3779b97f4a7c15u, lines = w->bytes / LINE, ring[AHEAD] = {0}, sum = 0;
    for (size_t k = 0; k < LINES / w->pieces + AHEAD; k++) {
        if (k >= AHEAD) sum += w->data[ring[k % AHEAD] * LINE];
        ring[k % AHEAD] = (uint64_t)(((__uint128_t)next(&state) * lines) >> 64);
        __builtin_prefetch(w->data + ring[k % AHEAD] * LINE);
    }
    w->sums[worker] += sum;
    return RV_OK;
}

static unsigned char *fresh(size_t bytes, bool huge) {
    unsigned char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) exit(1);
    madvise(p, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    return p;
}

static void measure(const char *name, work *w, rv_piece_fn fn, int rounds, double amount, const char *unit) {
    for (int threads = 1; threads <= rv_threads(NULL); threads *= 2) {
        bench_rounds r = {0};
        for (int i = 0; i < rounds; i++) {
            double since = bench_now();
            rv_parallel(threads, w->pieces, fn, w, NULL);
            bench_add(&r, since);
        }
        bench_tell(name, threads, amount, unit, &r);
    }
}

static void memory(int rounds) {
    for (int huge = 0; huge < 2; huge++) {
        work w = {.bytes = LARGE, .pieces = LARGE / PIECE};
        for (int threads = 1; threads <= rv_threads(NULL); threads *= 2) {
            bench_rounds r = {0};
            for (int i = 0; i < rounds; i++) {
                if (w.data) munmap(w.data, w.bytes);
                w.data = fresh(LARGE, huge);
                double since = bench_now();
                rv_parallel(threads, w.pieces, touch_piece, &w, NULL);
                bench_add(&r, since);
            }
            bench_tell(huge ? "first touch, huge pages" : "first touch, 4 KB pages", threads, (double)LARGE, "B", &r);
        }
        if (huge) {
            measure("read memory", &w, read_piece, rounds, (double)LARGE, "B");
            measure("XXH3-64 of 64 KB blocks", &w, hash_piece, rounds, (double)LARGE, "B");
        }
        w.pieces = 64;
        measure(huge ? "random lines, huge pages" : "random lines, 4 KB pages", &w, lines_piece, rounds, (double)LINES,
                "line");
        munmap(w.data, w.bytes);
    }
}

static int open_file(const char *path, size_t *bytes) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (end < PIECE) {
        fprintf(stderr, "bench_limits: %s: too small, or unreadable\n", path);
        exit(1);
    }
    *bytes = (size_t)end < LARGE ? (size_t)end / PIECE * PIECE : LARGE;
    return fd;
}

/* A cached file mapped anew and read once: what a proving pass can reach at most. */
static void mapped(int fd, size_t bytes, int rounds) {
    for (int threads = 1; threads <= rv_threads(NULL); threads *= 2) {
        bench_rounds r = {0};
        for (int i = 0; i < rounds; i++) {
            double since = bench_now();
            work w = {.data = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0), .bytes = bytes, .pieces = bytes / PIECE};
            if (w.data == MAP_FAILED) exit(1);
            rv_parallel(threads, w.pieces, read_piece, &w, NULL);
            munmap(w.data, bytes);
            bench_add(&r, since);
        }
        bench_tell("map a cached file and read it", threads, (double)bytes, "B", &r);
    }
}

/* Random lines of the whole file, every page of it mapped beforehand: what probes and gathers can reach at most. */
static void mapped_lines(int fd, int rounds) {
    size_t bytes = (size_t)lseek(fd, 0, SEEK_END) / PIECE * PIECE;
    work w = {.data = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0), .bytes = bytes, .pieces = bytes / PIECE};
    if (w.data == MAP_FAILED) exit(1);
    madvise(w.data, bytes, MADV_HUGEPAGE);
    rv_parallel(rv_threads(NULL), w.pieces, read_piece, &w, NULL);
    w.pieces = 64;
    measure("random lines of the mapped file", &w, lines_piece, rounds, (double)LINES, "line");
    munmap(w.data, bytes);
}

static void compression(int fd, size_t bytes, int rounds) {
    if (bytes > SAMPLE) bytes = SAMPLE;
    unsigned char *raw = malloc(bytes);
    size_t room = ZSTD_compressBound(ZSTD_BLOCK), blocks = (bytes + ZSTD_BLOCK - 1) / ZSTD_BLOCK,
           *sizes = calloc(blocks, sizeof *sizes);
    unsigned char *packed = malloc(blocks * room), *back = malloc(ZSTD_BLOCK);
    ZSTD_CCtx *to = ZSTD_createCCtx();
    ZSTD_DCtx *from = ZSTD_createDCtx();
    bench_rounds encode = {0}, decode = {0};
    if (!raw || !sizes || !packed || !back || !to || !from || pread(fd, raw, bytes, 0) != (ssize_t)bytes) exit(1);
    for (int i = 0; i < rounds; i++) {
        double since = bench_now();
        for (size_t b = 0; b < blocks; b++) {
            size_t n = bytes - b * ZSTD_BLOCK < ZSTD_BLOCK ? bytes - b * ZSTD_BLOCK : ZSTD_BLOCK;
            sizes[b] = ZSTD_compressCCtx(to, packed + b * room, room, raw + b * ZSTD_BLOCK, n, 1);
        }
        bench_add(&encode, since);
        since = bench_now();
        for (size_t b = 0; b < blocks; b++) ZSTD_decompressDCtx(from, back, ZSTD_BLOCK, packed + b * room, sizes[b]);
        bench_add(&decode, since);
    }
    bench_tell("zstd -1 encode, 128 KB blocks", 1, (double)bytes, "B", &encode);
    bench_tell("zstd decode, 128 KB blocks", 1, (double)bytes, "B", &decode);
    ZSTD_freeCCtx(to), ZSTD_freeDCtx(from);
    free(raw), free(packed), free(back), free(sizes);
}

static void disk(const char *folder, int rounds) {
    char path[4096];
    snprintf(path, sizeof path, "%s/bench_limits.%d.tmp", folder, (int)getpid());
    unsigned char *data = malloc(WRITTEN);
    if (!data) exit(1);
    memset(data, 7, WRITTEN);
    bench_rounds written = {0}, synced = {0};
    for (int i = 0; i < rounds; i++) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        double since = bench_now();
        for (size_t k = 0; fd >= 0 && k < WRITTEN; k += PIECE)
            if (write(fd, data + k, PIECE) != PIECE) exit(1);
        bench_add(&written, since);
        if (fd < 0 || fsync(fd) != 0 || close(fd) != 0) exit(1);
        bench_add(&synced, since);
        unlink(path);
    }
    bench_tell("write a new file, page cache only", 1, WRITTEN, "B", &written);
    bench_tell("write a new file and fsync", 1, WRITTEN, "B", &synced);
    free(data);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: bench_limits FILE FOLDER ROUNDS\n");
        return 2;
    }
    int rounds = atoi(argv[3]);
    size_t bytes;
    int fd = open_file(argv[1], &bytes);
    memory(rounds);
    mapped(fd, bytes, rounds);
    mapped_lines(fd, rounds);
    compression(fd, bytes, rounds);
    disk(argv[2], rounds);
    close(fd);
    return 0;
}
