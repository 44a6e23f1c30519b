/*
 * What scoring a whole megabase costs, and what bounds it: reading its records, proving them, scoring them from the
 * second cache with each kernel, and all of it as the job does. Points are random (seeded), the same as in the files
 * that --export writes for the peers (bench/peers/score_peers.py): codes of the first ROWS contacts, one byte each, and
 * the table of points.
 *
 * usage: bench_score MEGABASE [THREADS [TOP]]
 *        bench_score MEGABASE --export ROWS CODES POINTS BEST
 * Prints lines of NAME BEST MEDIAN WORST (seconds) and figures made of them.
 */
#include "bench_tell.h"
#include "cpu.h"
#include "megabase_walk.h"
#include "parallel.h"
#include "random.h"
#include "record_score.h"
#include "score_base.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 9 };

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double tell(const char *name, double *seconds) {
    qsort(seconds, ROUNDS, sizeof *seconds, by_value);
    printf("%-24s best %.4f median %.4f worst %.4f", name, seconds[0], seconds[ROUNDS / 2], seconds[ROUNDS - 1]);
    return seconds[ROUNDS / 2];
}
typedef struct board {
    rv_megabase *m;
    const rv_record_layout *layout;
    rv_base_points *points; /* one per attribute, all of them */
    uint32_t n;
    rv_record_scorer *scorer;
    uint32_t *sides;
    size_t n_sides;
} board;

static void set_up(board *b, const char *path) {
    rv_error err = {0};
    bench_check(rv_megabase_open(path, &b->m, &err), &err);
    b->layout = rv_megabase_record_layout(b->m);
    b->n = b->layout->n;
    b->points = calloc(b->n + 1, sizeof *b->points);
    b->sides = calloc(b->n + 1, sizeof *b->sides);
    rv_record_points *inside = calloc(b->n + 1, sizeof *inside);
    size_t n_inside = 0;
    rv_random random;
    rv_random_init(&random, 40, 0);
    for (uint32_t a = 0; a < b->n; a++) {
        const rv_record_place *place = &b->layout->places[a];
        int32_t *points = calloc(place->values + 1, sizeof *points);
        for (uint32_t c = 0; c <= place->values; c++) points[c] = (int32_t)rv_random_below(&random, 151) - 75;
        b->points[a] = (rv_base_points){a, points};
        if (place->bits <= 8) inside[n_inside++] = (rv_record_points){*place, points};
        else b->sides[b->n_sides++] = a;
    }
    bench_check(rv_record_scorer_new(b->layout->width, inside, n_inside, 500, &b->scorer, &err), &err);
    free(inside);
}

/* --- Stages ------------------------------------------------------------------------------------------------------ */

typedef struct visiting {
    const board *b;
    _Atomic uint64_t sum;
} visiting;

static rv_status only_look(void *ctx, const rv_walk_rows *rows, int worker, rv_error *err) {
    (void)worker, (void)err;
    visiting *v = ctx;
    v->sum += rows->n;
    return RV_OK;
}

/* One word of each cache line. */
static rv_status read_lines(void *ctx, const rv_walk_rows *rows, int worker, rv_error *err) {
    (void)worker, (void)err;
    visiting *v = ctx;
    uint64_t sum = 0, word;
    for (size_t at = 0; at + 8 <= (size_t)rows->n * v->b->layout->width; at += 64) {
        memcpy(&word, rows->records + at, 8);
        sum += word;
    }
    v->sum += sum;
    return RV_OK;
}

static rv_status score(void *ctx, const rv_walk_rows *rows, int worker, rv_error *err) {
    (void)worker, (void)err;
    visiting *v = ctx;
    int32_t sums[RV_WALK_STEP];
    if (!rv_record_score(v->b->scorer, rows->records, rows->n, sums)) return RV_CORRUPT;
    v->sum += (uint64_t)(uint32_t)sums[0];
    return RV_OK;
}

/* open: whether each round opens the megabase anew, so that nothing is known to be proved. */
static double walk(board *b, const char *path, const char *name, rv_walk_fn visit, int threads, bool anew) {
    double seconds[ROUNDS];
    rv_error err = {0};
    rv_megabase *m = b->m;
    for (int i = 0; i < ROUNDS; i++) {
        if (anew) bench_check(rv_megabase_open(path, &m, &err), &err);
        visiting v = {.b = b};
        double since = bench_now();
        bench_check(rv_megabase_walk(m, NULL, 0, threads, visit, &v, &err), &err);
        seconds[i] = bench_now() - since;
        if (anew) rv_megabase_close(m);
    }
    double median = tell(name, seconds);
    printf(", %.1f GB/s\n", (double)rv_megabase_rows(b->m) * b->layout->width / median * 1e-9);
    return median;
}

static void kernels(const board *b) {
    static const struct {
        const char *name;
        rv_record_score_fn *fn;
        rv_cpu level;
    } all[] = {{"kernel scalar", rv_record_score_scalar, RV_CPU_SCALAR},
               {"kernel avx2", rv_record_score_avx2, RV_CPU_AVX2},
               {"kernel avx512", rv_record_score_avx512, RV_CPU_AVX512}};
    enum { TURNS = 500 };
    unsigned char *records = calloc(RV_WALK_STEP, b->layout->width + 1);
    int32_t sums[RV_WALK_STEP];
    for (size_t k = 0; k < 3; k++) {
        double seconds[ROUNDS];
        if (rv_cpu_level() < all[k].level) continue;
        for (int i = 0; i < ROUNDS; i++) {
            double since = bench_now();
            for (int t = 0; t < TURNS; t++)
                if (!all[k].fn(b->scorer, records, RV_WALK_STEP, sums)) exit(1);
            seconds[i] = bench_now() - since;
        }
        double median = tell(all[k].name, seconds);
        printf(", %.2f ns a record\n", median / TURNS / RV_WALK_STEP * 1e9);
    }
    free(records);
}

static void whole(board *b, const char *path, int threads, uint32_t top) {
    double seconds[ROUNDS];
    rv_error err = {0};
    rv_best best = {0};
    for (int i = 0; i < ROUNDS; i++) {
        rv_megabase *m;
        rv_free(best.rows);
        bench_check(rv_megabase_open(path, &m, &err), &err);
        rv_best_query query = {.base = 500, .points = b->points, .n_points = b->n, .top = top};
        double since = bench_now();
        bench_check(rv_best_rows(m, &query, &(rv_settings){.threads = threads}, &best, &err), &err);
        seconds[i] = bench_now() - since;
        rv_megabase_close(m);
    }
    double median = tell("best of all", seconds);
    printf(", %.1f M contacts/s; the first has %d, the last %d\n", (double)rv_megabase_rows(b->m) / median * 1e-6,
           best.rows[0].score, best.rows[best.n - 1].score);
    rv_free(best.rows);
}

/* --- For the peers ----------------------------------------------------------------------------------------------- */

static FILE *create(const char *path) {
    FILE *f = fopen(path, "wb");
    if (f) return f;
    perror(path);
    exit(1);
}

/* CODES: ROWS x attributes, a byte each (attributes of more than 255 values are left out). POINTS: a line per attribute,
 * its points by code. BEST: the thousand best of these rows by our own count, "row score" a line, best first. */
static void export(board *b, uint32_t rows, char **names) {
    enum { BATCH = 4096, TOP = 1000 };
    rv_error err = {0};
    uint32_t *attributes = calloc(b->n + 1, sizeof *attributes), n = 0, ids[BATCH];
    for (uint32_t a = 0; a < b->n; a++)
        if (b->layout->places[a].bits <= 8) attributes[n++] = a;
    uint32_t *codes = calloc((size_t)BATCH * n + 1, sizeof *codes);
    unsigned char *bytes = calloc((size_t)BATCH * n + 1, 1);
    FILE *to = create(names[0]);
    for (uint32_t first = 0; first < rows; first += BATCH) {
        uint32_t some = rows - first < BATCH ? rows - first : BATCH;
        for (uint32_t i = 0; i < some; i++) ids[i] = first + i;
        bench_check(rv_megabase_codes(b->m, ids, some, attributes, n, codes, &err), &err);
        for (size_t i = 0; i < (size_t)some * n; i++) bytes[i] = (unsigned char)codes[i];
        fwrite(bytes, n, some, to);
    }
    fclose(to);
    to = create(names[1]);
    rv_base_points *points = calloc(n + 1, sizeof *points);
    for (uint32_t j = 0; j < n; j++) {
        points[j] = b->points[attributes[j]];
        for (uint32_t c = 0; c <= b->layout->places[attributes[j]].values; c++)
            fprintf(to, "%s%d", c ? " " : "", points[j].points[c]);
        fputc('\n', to);
    }
    fclose(to);
    rv_exclusion others = {.bits = calloc(rv_megabase_rows(b->m) / 64 + 1, 8)};
    for (uint32_t r = rows; r < rv_megabase_rows(b->m); r++) others.bits[r / 64] |= (uint64_t)1 << (r % 64);
    rv_best best;
    rv_best_query query = {.base = 500, .points = points, .n_points = n, .exclusion = &others, .top = TOP};
    bench_check(rv_best_rows(b->m, &query, &(rv_settings){0}, &best, &err), &err);
    to = create(names[2]);
    for (uint32_t i = 0; i < best.n; i++) fprintf(to, "%u %d\n", best.rows[i].row, best.rows[i].score);
    fclose(to);
    rv_free(best.rows);
    free((void *)others.bits);
    free(points);
    free(codes);
    free(bytes);
    free(attributes);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_score MEGABASE [THREADS [TOP]] | MEGABASE --export ROWS CODES POINTS BEST\n");
        return 2;
    }
    board b = {0};
    set_up(&b, argv[1]);
    if (argc == 7 && strcmp(argv[2], "--export") == 0) {
        uint32_t rows = (uint32_t)strtoul(argv[3], NULL, 10), all = rv_megabase_rows(b.m);
        export(&b, rows < all ? rows : all, argv + 4);
    } else {
        int threads = argc > 2 ? atoi(argv[2]) : rv_threads(NULL);
        printf("%u contacts, records of %u bytes, %u attributes, %d threads\n", rv_megabase_rows(b.m), b.layout->width,
               b.n, threads);
        kernels(&b);
        walk(&b, argv[1], "walk, proving", only_look, threads, true);
        walk(&b, argv[1], "walk, proved", only_look, threads, false);
        walk(&b, argv[1], "read", read_lines, threads, false);
        walk(&b, argv[1], "score", score, threads, false);
        walk(&b, argv[1], "prove and score", score, threads, true);
        whole(&b, argv[1], threads, argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 100000);
    }
    rv_record_scorer_free(b.scorer);
    rv_megabase_close(b.m);
    for (uint32_t a = 0; a < b.n; a++) free((void *)(uintptr_t)b.points[a].points);
    free(b.points);
    free(b.sides);
    return 0;
}
