/* The best rows of a megabase: those of a naive sort of everything, whatever the layout, the threads, the filters. */
#include "contact_maker.h"
#include "megabase_walk.h"
#include "score_base.h"
#include "scratch.h"

#include "cpu.h"
#include "file.h"
#include "random.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef struct question {
    rv_best_query query;
    rv_base_points points[80];
    rv_base_filter filters[3];
    rv_base_pair pairs[4];
    rv_exclusion exclusion;
} question;

static void ask(question *q, const made_contacts *made, rv_random *random, uint32_t top, bool filtered) {
    *q = (question){.query = {.base = 500, .top = top}};
    for (uint32_t a = 0; a < made->schema.n_attributes; a++) {
        if (rv_random_below(random, 10) == 0) continue;
        int32_t *points = calloc(made->dictionaries[a].n + 1, sizeof *points);
        uint32_t spread = top % 2 ? 3 : 90; /* few different scores: many ties */
        for (uint32_t c = 0; c <= made->dictionaries[a].n; c++)
            points[c] = (int32_t)rv_random_below(random, 2 * spread + 1) - (int32_t)spread;
        q->points[q->query.n_points++] = (rv_base_points){a, points};
    }
    for (size_t i = 0; i < 4 && q->query.n_points > 1; i++) { /* any two that count, of any width */
        uint32_t a = rv_random_below(random, (uint32_t)q->query.n_points - 1);
        uint32_t b = i == 0 ? (uint32_t)q->query.n_points - 1 : a + 1;
        rv_base_pair *p = &q->pairs[q->query.n_pairs++];
        *p = (rv_base_pair){.a = q->points[a].attribute, .b = q->points[b].attribute, .width = 7};
        for (size_t side = 0; side < 2; side++) {
            uint32_t n = made->dictionaries[side ? p->b : p->a].n;
            uint8_t *bins = malloc((size_t)n + 1);
            for (uint32_t c = 0; c <= n; c++) bins[c] = (uint8_t)rv_random_below(random, side ? 7 : 11);
            *(side ? &p->bins_b : &p->bins_a) = bins;
        }
        int32_t *points = malloc(77 * sizeof *points);
        for (uint32_t c = 0; c < 77; c++) points[c] = (int32_t)rv_random_below(random, 101) - 50;
        p->points = points;
    }
    q->query.pairs = q->pairs;
    if (filtered) {
        for (size_t i = 0; i < 3; i++) { /* one of 4 bits, one of 8, one in a side column */
            uint32_t a = made->schema.n_attributes - 1 - (uint32_t)i * 2 - (i == 2);
            uint8_t *allowed = calloc(made->dictionaries[a].n + 1, 1);
            for (uint32_t c = 0; c <= made->dictionaries[a].n; c++) allowed[c] = rv_random_below(random, 4) != 0;
            q->filters[q->query.n_filters++] = (rv_base_filter){a, allowed};
        }
        q->exclusion.bits = calloc(made->rows / 64 + 1, sizeof(uint64_t));
        for (uint32_t r = 0; r < made->rows; r++)
            if (rv_random_below(random, 3) == 0) q->exclusion.bits[r / 64] |= (uint64_t)1 << (r % 64);
        q->query.exclusion = &q->exclusion;
    }
    q->query.points = q->points;
    q->query.filters = q->filters;
}

static void forget(question *q) {
    for (size_t i = 0; i < q->query.n_points; i++) free((void *)(uintptr_t)q->points[i].points);
    for (size_t i = 0; i < q->query.n_filters; i++) free((void *)(uintptr_t)q->filters[i].allowed);
    for (size_t i = 0; i < q->query.n_pairs; i++) {
        free((void *)(uintptr_t)q->pairs[i].bins_a);
        free((void *)(uintptr_t)q->pairs[i].bins_b);
        free((void *)(uintptr_t)q->pairs[i].points);
    }
    free((void *)q->exclusion.bits);
}

static int by_score_then_row(const void *a, const void *b) {
    const rv_best_row *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static uint32_t naive(const question *q, const made_contacts *made, rv_best_row *out) {
    uint32_t n = 0;
    for (uint32_t r = 0; r < made->rows; r++) {
        const uint32_t *codes = made->codes + (size_t)r * made->schema.n_attributes;
        bool in = !q->exclusion.bits || !(q->exclusion.bits[r / 64] >> (r % 64) & 1);
        for (size_t i = 0; i < q->query.n_filters; i++)
            in = in && q->filters[i].allowed[codes[q->filters[i].attribute]];
        if (!in) continue;
        out[n] = (rv_best_row){q->query.base, r};
        for (size_t i = 0; i < q->query.n_points; i++)
            out[n].score += q->points[i].points[codes[q->points[i].attribute]];
        for (size_t i = 0; i < q->query.n_pairs; i++) {
            const rv_base_pair *p = &q->pairs[i];
            out[n].score += p->points[p->bins_a[codes[p->a]] * p->width + p->bins_b[codes[p->b]]];
        }
        n++;
    }
    qsort(out, n, sizeof *out, by_score_then_row);
    return n;
}

static void compare(const made_contacts *made, const char *path, rv_layout layout, uint64_t seed) {
    rv_error err = {0};
    rv_megabase_settings how = {.layout = layout, .replace = true, .seeded = true, .seed = 1, .threads = 1};
    cr_assert_eq(contacts_write(made, path, &how, &err), RV_OK, "%s", err.message);
    rv_best_row *want = calloc(made->rows + 1, sizeof *want);
    rv_random random;
    rv_random_init(&random, seed, 9);
    static const uint32_t tops[] = {1, 2, 100, 2001, 5000, 1000000};
    for (unsigned t = 0; t < sizeof tops / sizeof *tops; t++) {
        question q;
        ask(&q, made, &random, tops[t], t % 2);
        uint32_t eligible = naive(&q, made, want), n = eligible < tops[t] ? eligible : tops[t];
        for (int threads = 1; threads <= 3; threads++) {
            rv_megabase *m;
            rv_best best;
            cr_assert_eq(rv_megabase_open(path, &m, &err), RV_OK, "%s", err.message);
            cr_assert_eq(rv_best_rows(m, &q.query, &(rv_settings){.threads = threads}, &best, &err), RV_OK, "%s",
                         err.message);
            cr_assert_eq(best.eligible, eligible);
            cr_assert_eq(best.n, n, "top %u, threads %d: %u, not %u", tops[t], threads, best.n, n);
            for (uint32_t i = 0; i < n; i++)
                cr_assert(best.rows[i].row == want[i].row && best.rows[i].score == want[i].score,
                          "top %u, threads %d, place %u: row %u with %d, not row %u with %d", tops[t], threads, i,
                          best.rows[i].row, best.rows[i].score, want[i].row, want[i].score);
            rv_free(best.rows);
            rv_megabase_close(m);
        }
        forget(&q);
    }
    free(want);
}

Test(score_base, best_rows_are_those_of_a_naive_sort) {
    static const making how[] = {{.rows = 20000, .seed = 1, .narrow = 62, .wide = true},
                                 {.rows = 9001, .seed = 2, .narrow = 5, .wide = true},
                                 {.rows = 4096, .seed = 3, .narrow = 11, .wide = true},
                                 {.rows = 1, .seed = 4, .narrow = 3, .wide = true}};
    for (unsigned i = 0; i < sizeof how / sizeof *how; i++) {
        made_contacts *made = contacts_make(&how[i]);
        compare(made, scratch_path("image.rvl"), RV_IMAGE, i);
        compare(made, scratch_path("archive.rvl"), RV_ARCHIVE, i);
        contacts_free(made);
    }
}

/* --- The walk ---------------------------------------------------------------------------------------------------- */

typedef struct seeing {
    const made_contacts *made;
    const rv_record_layout *layout;
    _Atomic uint32_t rows;
    _Atomic uint32_t wrong;
    _Atomic uint32_t last[3]; /* per worker: rows ascend */
} seeing;

static rv_status see(void *ctx, const rv_walk_rows *rows, int worker, rv_error *err) {
    (void)err;
    seeing *s = ctx;
    uint32_t n = s->made->schema.n_attributes;
    if (rows->first % RV_WALK_STEP || rows->n > RV_WALK_STEP || rows->n == 0) s->wrong++;
    if (rows->first < s->last[worker]) s->wrong++;
    s->last[worker] = rows->first + rows->n;
    for (uint32_t i = 0; i < rows->n; i++) {
        const uint32_t *codes = s->made->codes + (size_t)(rows->first + i) * n;
        unsigned char record[64] = {0};
        uint32_t side = 0;
        rv_record_pack(s->layout, codes, record);
        if (memcmp(record, rows->records + (size_t)i * s->layout->width, s->layout->width) != 0) s->wrong++;
        memcpy(&side, rows->sides[0] + (size_t)i * 4, 4); /* the last attribute: 32 bits */
        if (side != codes[n - 1]) s->wrong++;
        side = 0;
        memcpy(&side, rows->sides[1] + (size_t)i * 2, 2);
        if (side != codes[n - 2]) s->wrong++;
    }
    s->rows += rows->n;
    return RV_OK;
}

Test(score_base, a_walk_shows_every_row_once_as_it_was_written) {
    made_contacts *made = contacts_make(&(making){.rows = TEST_SMALL_WORLDS ? 50000 : 150000, .seed = 7, .narrow = 9, .wide = true});
    for (int layout = RV_IMAGE; layout <= RV_ARCHIVE; layout++) {
        const char *path = scratch_path("walk.rvl");
        rv_megabase_settings how = {.layout = (rv_layout)layout, .replace = true, .seeded = true, .threads = 2};
        rv_error err = {0};
        cr_assert_eq(contacts_write(made, path, &how, &err), RV_OK, "%s", err.message);
        rv_megabase *m;
        cr_assert_eq(rv_megabase_open(path, &m, &err), RV_OK);
        uint32_t n = made->schema.n_attributes, sides[] = {n - 1, n - 2};
        for (int round = 0; round < 2;
             round++) { /* the second time blocks are known to be proved, pages were given back */
            seeing s = {.made = made, .layout = rv_megabase_record_layout(m)};
            cr_assert_eq(rv_megabase_walk(m, sides, 2, 1 + round * 2, see, &s, &err), RV_OK, "%s", err.message);
            cr_assert_eq(s.rows, made->rows);
            cr_assert_eq(s.wrong, 0u);
        }
        uint32_t narrow = 0;
        cr_assert_eq(rv_megabase_walk(m, &narrow, 1, 1, see, NULL, &err), RV_BAD_ARGUMENT);
        rv_megabase_close(m);
    }
    contacts_free(made);
}

/* The walk gives pages back, and advice reaches as far as it is told: the file is mapped amid memory that is ours, at no
 * round place, and that memory must keep what it holds. */
enum { MARGIN = 4 << 20, ODD = 5 * 4096 };
static unsigned char *around;
static size_t around_n;

static void *map_amid(void *at, size_t n, int prot, int flags, int fd, off_t off) {
    (void)at;
    around_n = n + 2 * MARGIN;
    around = mmap(NULL, around_n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(around, 0xa5, around_n);
    return mmap(around + MARGIN + ODD, n, prot, flags | MAP_FIXED, fd, off);
}

Test(score_base, giving_pages_back_touches_no_others) {
    made_contacts *made = contacts_make(&(making){.rows = 70000, .seed = 11, .narrow = 60, .wide = true});
    const char *path = scratch_path("amid.rvl");
    rv_error err = {0};
    cr_assert_eq(
        contacts_write(made, path, &(rv_megabase_settings){.replace = true, .seeded = true, .threads = 1}, &err), RV_OK,
        "%s", err.message);
    rv_io io = rv_io_system;
    io.mmap = map_amid;
    rv_io_use(&io);
    rv_megabase *m;
    cr_assert_eq(rv_megabase_open(path, &m, &err), RV_OK);
    rv_io_use(NULL);
    uint32_t n = made->schema.n_attributes, sides[] = {n - 1, n - 2};
    struct stat st;
    stat(path, &st);
    for (int threads = 1; threads <= 2; threads++) {
        seeing s = {.made = made, .layout = rv_megabase_record_layout(m)};
        cr_assert_eq(rv_megabase_walk(m, sides, 2, threads, see, &s, &err), RV_OK, "%s", err.message);
        cr_assert(s.rows == made->rows && s.wrong == 0);
    }
    size_t file = ((size_t)st.st_size + 4095) & ~(size_t)4095, wrong = 0;
    for (size_t i = 0; i < around_n; i++)
        if (i < MARGIN + ODD || i >= MARGIN + ODD + file) wrong += around[i] != 0xa5;
    cr_assert_eq(wrong, 0u);
    rv_megabase_close(m);
    munmap(around, around_n);
    contacts_free(made);
}

Test(score_base, a_damaged_block_is_told_before_it_is_scored) {
    made_contacts *made = contacts_make(&(making){.rows = 30000, .seed = 8, .narrow = 30});
    for (int layout = RV_IMAGE; layout <= RV_ARCHIVE; layout++) {
        const char *path = scratch_path("damaged.rvl");
        rv_megabase_settings how = {.layout = (rv_layout)layout, .replace = true, .seeded = true, .threads = 1};
        rv_error err = {0};
        cr_assert_eq(contacts_write(made, path, &how, &err), RV_OK);
        rv_megabase *m;
        uint64_t at = 0;
        cr_assert_eq(rv_megabase_open(path, &m, &err), RV_OK);
        rv_megabase_close(m);
        size_t n;
        char *bytes = scratch_read(path, &n);
        /* the records' section: found by its name in the directory, offset behind name, id, codec, flags, width */
        for (size_t i = 0; i + 88 < n && !at; i++)
            if (memcmp(bytes + i, "records\0", 8) == 0) memcpy(&at, bytes + i + 80, 8);
        cr_assert(at && at < n);
        bytes[at + 5000] ^= 1;
        path = scratch_file("damaged.rvl", bytes, n);
        free(bytes);
        rv_random random;
        rv_random_init(&random, 1, 1);
        question q;
        rv_best best;
        ask(&q, made, &random, 10, false);
        cr_assert_eq(rv_megabase_open(path, &m, &err), RV_OK);
        cr_assert_eq(rv_best_rows(m, &q.query, &(rv_settings){.threads = 2}, &best, &err), RV_CORRUPT);
        forget(&q);
        rv_megabase_close(m);
    }
    contacts_free(made);
}

Test(score_base, a_memory_limit_is_kept_and_failing_memory_is_told) {
    made_contacts *made = contacts_make(&(making){.rows = 9000, .seed = 9, .narrow = 10, .wide = true});
    for (int layout = RV_IMAGE; layout <= RV_ARCHIVE; layout++) {
        const char *path = scratch_path("small.rvl");
        rv_megabase_settings how = {.layout = (rv_layout)layout, .replace = true, .seeded = true, .threads = 1};
        rv_error err = {0};
        cr_assert_eq(contacts_write(made, path, &how, &err), RV_OK);
        rv_random random;
        rv_random_init(&random, 1, 1);
        question q;
        rv_best best = {0};
        rv_megabase *m;
        ask(&q, made, &random, 5000, true);
        cr_assert_eq(rv_megabase_open(path, &m, &err), RV_OK);
        rv_settings settings = {.threads = 2, .memory_limit = 2 * 10000 * 16 - 1};
        cr_assert_eq(rv_best_rows(m, &q.query, &settings, &best, &err), RV_NO_MEMORY);
        settings.memory_limit++;
        cr_assert_eq(rv_best_rows(m, &q.query, &settings, &best, &err), RV_OK);
        rv_free(best.rows);
#ifdef RV_TESTING
        for (uint64_t k = 1;; k++) {
            rv_memory_fail_at(k, k % 2);
            rv_status status = rv_best_rows(m, &q.query, &(rv_settings){.threads = 1}, &best, &err);
            rv_memory_fail_at(0, false);
            if (status == RV_OK) {
                rv_free(best.rows);
                cr_assert_gt(k, 8u);
                break;
            }
            cr_assert_eq(status, RV_NO_MEMORY);
        }
#endif
        forget(&q);
        rv_megabase_close(m);
    }
    contacts_free(made);
}
