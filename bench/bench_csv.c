/*
 * How fast CSV is read and written, per core, beside memcpy of the same bytes. Data are made in memory and mapped from
 * a file in /dev/shm, so the disk has no part in it. One figure a line: name, value, unit; the best of several runs, with
 * the slowest behind it.
 *
 * usage: bench_csv [MB]
 */
#include "csv_cutter.h"
#include "csv_writer.h"
#include "encoding.h"
#include "parallel.h"
#include "random.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 7 };

/* Processor time, so that neighbours on the machine disturb little: GB/s here are per core. */
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print(const char *what, size_t bytes, const double *seconds) {
    double best = seconds[0], worst = seconds[0];
    for (int i = 1; i < RUNS; i++) {
        if (seconds[i] < best) best = seconds[i];
        if (seconds[i] > worst) worst = seconds[i];
    }
    for (const char *c = what; *c; c++)
        if (*c != ',' && *c != '(' && *c != ')') putchar(*c == ' ' ? '_' : *c);
    printf(" %.3f GB/s slowest_of_%d %.3f\n", (double)bytes / best * 1e-9, RUNS, (double)bytes / worst * 1e-9);
}

/* Client-like rows: id, names, e-mail, phone, address, postcode, city, two numbers. */
static void make_row(rv_buffer *b, rv_random *r, uint64_t i, int kind) {
    static const char *const firsts[] = {"Marie", "Jean", "H\xc3\xa9l\xc3\xa8ne", "Pierre", "Louise", "Ren\xc3\xa9"};
    static const char *const lasts[] = {"MARTIN", "BERNARD", "DUBOIS", "LEFEBVRE", "ROUSSEAU", "GARNIER"};
    const char *q = kind > 0 ? "\"" : "", *first = firsts[rv_random_below(r, kind == 3 ? 6 : 2)],
               *last = lasts[rv_random_below(r, 6)];
    rv_buffer_format(b,
                     "%s%llu%s,%s%s%s,%s%s%s,%s%s.%u@example.fr%s,%s06%08u%s,%s%u rue de la "
                     "Paix%s%s,%s%05u%s,%sPARIS%s,%u,%u.%02u\n",
                     q, (unsigned long long)i, q, q, last, q, q, first, q, q, last, rv_random_below(r, 100000), q, q,
                     rv_random_below(r, 100000000), q, q, rv_random_below(r, 200),
                     kind == 2 ? "\nB\xc3\xa2timent \"\"A\"\"" : "", q, q, rv_random_below(r, 99999), q, q, q,
                     rv_random_below(r, 100), rv_random_below(r, 1000), rv_random_below(r, 100));
}

static rv_status ignore(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    *(uint64_t *)ctx += block->batch.rows;
    return RV_OK;
}

static void read_file(const char *path, int threads, const char *what, size_t bytes) {
    double seconds[RUNS];
    for (int i = 0; i < RUNS; i++) {
        rv_table *csv;
        rv_error err = {0};
        uint64_t rows = 0;
        double start = now();
        if (rv_table_open(path, NULL, &csv, &err) != RV_OK) {
            printf("%s\n", err.message);
            exit(1);
        }
        rv_table_visitor visitor = {.consume = ignore, .ctx = &rows};
        if (rv_table_each(csv, threads, &visitor, &err) != RV_OK) exit(1);
        rv_table_close(csv);
        seconds[i] = now() - start;
    }
    print(what, bytes, seconds);
}

/* The stages apart: which one costs what. */
static void stages(const char *path, const char *what, size_t bytes) {
    double cut_s[RUNS], parse_s[RUNS], check_s[RUNS];
    char title[96];
    for (int i = 0; i < RUNS; i++) {
        rv_stream *stream;
        if (rv_stream_open(path, &stream, NULL) != RV_OK) exit(1);
        rv_csv_cutter cutter = {.rules = {',', '"', RV_RECORD_LIMIT}, .block_bytes = RV_CSV_BLOCK_BYTES, .line = 1};
        rv_csv_source_init(&cutter.source, stream);
        rv_table_rows rows = {0};
        rv_csv_scratch scratch = {0};
        rv_csv_reading reading = {.rules = cutter.rules, .columns = 10};
        cut_s[i] = parse_s[i] = check_s[i] = 0;
        for (;;) {
            rv_csv_piece piece;
            double a = now();
            if (rv_csv_cut_next(&cutter, &piece, NULL, NULL) != RV_OK) exit(1);
            double b = now();
            if (piece.n == 0) break;
            if (rv_csv_parse(&rows, &scratch, &reading, &piece, NULL) != RV_OK) exit(1);
            double c = now();
            if (!rv_utf8_is_valid(piece.data, piece.n)) exit(1);
            cut_s[i] += b - a;
            parse_s[i] += c - b;
            check_s[i] += now() - c;
        }
        rv_table_rows_free(&rows);
        rv_csv_scratch_free(&scratch);
        rv_csv_source_free(&cutter.source);
    }
    snprintf(title, sizeof title, "cut %s", what);
    print(title, bytes, cut_s);
    snprintf(title, sizeof title, "parse and check %s", what);
    print(title, bytes, parse_s);
    snprintf(title, sizeof title, "check of UTF-8 %s", what);
    print(title, bytes, check_s);
}

typedef struct copy_job {
    rv_buffer out;
    size_t bytes;
} copy_job;

static rv_status write_rows(void *ctx, rv_table_block *block, rv_error *err) {
    copy_job *job = ctx;
    job->out.len = 0;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        for (uint32_t c = 0; c < block->batch.columns; c++) {
            if (c) rv_csv_comma(&job->out);
            rv_csv_put(&job->out, rv_batch_cell(&block->batch, r, c));
        }
        rv_csv_end(&job->out);
    }
    job->bytes += job->out.len;
    return rv_buffer_check(&job->out, err);
}

static void write_file(const char *path, const char *what) {
    double seconds[RUNS];
    copy_job job = {0};
    for (int i = 0; i < RUNS; i++) {
        rv_table *csv;
        job.bytes = 0;
        if (rv_table_open(path, NULL, &csv, NULL) != RV_OK) exit(1);
        rv_table_visitor visitor = {.consume = write_rows, .ctx = &job};
        double start = now();
        if (rv_table_each(csv, 1, &visitor, NULL) != RV_OK) exit(1);
        seconds[i] = now() - start;
        rv_table_close(csv);
    }
    print(what, job.bytes, seconds);
    rv_buffer_free(&job.out);
}

int main(int argc, char **argv) {
    size_t target = (argc > 1 ? strtoul(argv[1], NULL, 10) : 100) << 20;
    static const char *const kinds[] = {"unquoted", "quoted", "quoted, lines and quotes within",
                                        "quoted, 1/3 of names accented"};
    for (int kind = 0; kind < 4; kind++) {
        rv_buffer b = {0};
        rv_random random;
        rv_random_init(&random, 1, (uint64_t)kind);
        rv_buffer_string(&b, "id,last,first,email,mobile,address,postcode,city,orders,amount\n");
        for (uint64_t i = 0; b.len < target; i++) make_row(&b, &random, i, kind);
        char path[64], title[96];
        snprintf(path, sizeof path, "/dev/shm/bench-csv-%d.csv", (int)getpid());
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(b.data, 1, b.len, f) != b.len || fclose(f) != 0) return 1;
        if (kind == 0) {
            double seconds[RUNS];
            char *copy = malloc(b.len);
            for (int i = 0; copy && i < RUNS; i++) {
                double start = now();
                memcpy(copy, b.data, b.len);
                seconds[i] = now() - start;
            }
            if (copy) print("memcpy", b.len, seconds);
            free(copy);
        }
        snprintf(title, sizeof title, "read %s, 1 thread", kinds[kind]);
        read_file(path, 1, title, b.len);
        stages(path, kinds[kind], b.len);
        snprintf(title, sizeof title, "read %s, 2 threads (both)", kinds[kind]);
        read_file(path, 2, title, b.len);
        snprintf(title, sizeof title, "read and write %s, 1 thread", kinds[kind]);
        write_file(path, title);
        unlink(path);
        rv_buffer_free(&b);
    }
    return 0;
}
