/* Threads: everything is done once, in order where order is promised, and the lowest failure is the one that is told. */
#include "parallel.h"
#include "random.h"
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

typedef struct counted {
    _Atomic int done[1000];
    size_t fail_at, fail_also;
} counted;

static rv_status count_piece(void *ctx, size_t index, int worker, rv_error *err) {
    counted *c = ctx;
    cr_assert(worker >= 0 && worker < 4);
    atomic_fetch_add(&c->done[index], 1);
    if (index == c->fail_at || index == c->fail_also) return rv_fail(err, RV_FAILED, "piece %zu", index);
    return RV_OK;
}

Test(parallel, every_piece_runs_once) {
    static counted c = {.fail_at = SIZE_MAX, .fail_also = SIZE_MAX};
    cr_assert_eq(rv_parallel(4, 1000, count_piece, &c, NULL), RV_OK);
    for (int i = 0; i < 1000; i++) cr_assert_eq(c.done[i], 1);
    cr_assert_eq(rv_parallel(4, 0, count_piece, &c, NULL), RV_OK);
}

Test(parallel, the_lowest_failure_is_told) {
    for (int threads = 1; threads <= 4; threads++) {
        counted c = {.fail_at = 100, .fail_also = 101};
        rv_error err = {0};
        cr_assert_eq(rv_parallel(threads, 1000, count_piece, &c, &err), RV_FAILED);
        cr_assert_str_eq(err.message, "piece 100");
        cr_assert_eq(c.done[999], 0);
    }
}

typedef struct slot {
    uint64_t number;
    uint64_t value;
} slot;
typedef struct stream {
    uint64_t next, total, seen, sum;
    uint64_t fail_produce, fail_work, fail_consume;
    _Atomic int inside_produce, inside_consume;
    _Atomic uint64_t afterwards;
} stream;

static rv_status produce(void *ctx, void *s, bool *end, rv_error *err) {
    stream *st = ctx;
    cr_assert_eq(atomic_fetch_add(&st->inside_produce, 1), 0);
    *end = st->next == st->total;
    ((slot *)s)->number = st->next;
    rv_status status =
        st->next == st->fail_produce ? rv_fail(err, RV_FAILED, "produce %lu", (unsigned long)st->next) : RV_OK;
    st->next++;
    atomic_fetch_sub(&st->inside_produce, 1);
    return status;
}

static rv_status work(void *ctx, void *s, int worker, rv_error *err) {
    (void)worker;
    stream *st = ctx;
    slot *sl = s;
    sl->value = rv_mix64(sl->number);
    for (uint64_t spin = sl->value % 2000; spin; spin--) sl->value = rv_mix64(sl->value); /* uneven work */
    return sl->number == st->fail_work ? rv_fail(err, RV_FAILED, "work %lu", (unsigned long)sl->number) : RV_OK;
}

static rv_status consume(void *ctx, void *s, rv_error *err) {
    stream *st = ctx;
    slot *sl = s;
    cr_assert_eq(atomic_fetch_add(&st->inside_consume, 1), 0);
    cr_assert_eq(sl->number, st->seen, "consumed out of order");
    st->seen++;
    st->sum = rv_mix64(st->sum ^ sl->value);
    atomic_fetch_sub(&st->inside_consume, 1);
    return sl->number == st->fail_consume ? rv_fail(err, RV_FAILED, "consume %lu", (unsigned long)sl->number) : RV_OK;
}

static void after(void *ctx) { atomic_fetch_add(&((stream *)ctx)->afterwards, 1); }

static rv_status run(stream *st, int threads, size_t slots, bool ahead, rv_error *err) {
    slot array[8];
    rv_pipeline p = {produce, work, consume, st, array, sizeof *array, slots, after, ahead};
    return rv_pipeline_run(&p, threads, err);
}

Test(pipeline, the_result_is_the_same_whatever_threads_and_slots) {
    uint64_t sum = 0;
    for (int threads = 1; threads <= 4; threads++)
        for (size_t slots = 1; slots <= 15; slots++) {
            stream st = {.total = 500, .fail_produce = UINT64_MAX, .fail_work = UINT64_MAX, .fail_consume = UINT64_MAX};
            cr_assert_eq(run(&st, threads, slots / 2 + 1, slots % 2, NULL), RV_OK);
            cr_assert_eq(st.seen, 500);
            cr_assert_eq(st.afterwards, 500);
            if (!sum) sum = st.sum;
            cr_assert_eq(st.sum, sum);
        }
}

Test(pipeline, the_earliest_failure_of_any_stage_ends_it) {
    static const struct {
        uint64_t p, w, c;
        const char *told;
    } cases[] = {{50, 60, 70, "produce 50"},
                 {60, 50, 70, "work 50"},
                 {70, 60, 50, "consume 50"},
                 {0, UINT64_MAX, UINT64_MAX, "produce 0"}};
    for (size_t i = 0; i < 4; i++)
        for (int threads = 1; threads <= 8; threads++) {
            stream st = {.total = 500, .fail_produce = cases[i].p, .fail_work = cases[i].w, .fail_consume = cases[i].c};
            rv_error err = {0};
            cr_assert_eq(run(&st, (threads + 1) / 2, 7, threads % 2, &err), RV_FAILED);
            cr_assert_str_eq(err.message, cases[i].told, "%s, not %s, on %d threads", err.message, cases[i].told,
                             threads);
        }
}

typedef struct supply {
    _Atomic uint64_t produced;
    uint64_t total;
    _Atomic bool missed;
} supply;

static rv_status produce_supply(void *ctx, void *s, bool *end, rv_error *err) {
    (void)s, (void)err;
    supply *p = ctx;
    *end = p->produced == p->total;
    if (!*end) p->produced++;
    return RV_OK;
}

/* Nobody is done before there are three, though only two work. */
static rv_status wait_for_third(void *ctx, void *s, int worker, rv_error *err) {
    (void)s, (void)worker, (void)err;
    supply *p = ctx;
    for (int ms = 0; p->produced < 3 && ms < 2000; ms++) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (p->produced < 3) p->missed = true;
    return RV_OK;
}

Test(pipeline, ahead_there_is_a_piece_for_who_comes_while_another_produces) {
    slot array[5];
    supply p = {.total = 10};
    rv_pipeline line = {produce_supply, wait_for_third, NULL, &p, array, sizeof *array, 5, NULL, true};
    cr_assert_eq(rv_pipeline_run(&line, 2, NULL), RV_OK);
    cr_assert(!p.missed);
}

typedef struct places {
    uint64_t left;
    uint64_t used; /* a bit per slot */
    const slot *array;
} places;

static rv_status produce_place(void *ctx, void *s, bool *end, rv_error *err) {
    (void)err;
    places *p = ctx;
    *end = p->left == 0;
    if (p->left) p->left--;
    p->used |= (uint64_t)1 << ((const slot *)s - p->array);
    return RV_OK;
}

/* Whoever is alone never has two pieces under way, and stays in the memory that its caches hold. */
Test(pipeline, a_worker_gets_the_slot_again_that_it_had_last) {
    slot array[8];
    places p = {100, 0, array};
    rv_pipeline line = {produce_place, NULL, NULL, &p, array, sizeof *array, 8, NULL, true};
    cr_assert_eq(rv_pipeline_run(&line, 1, NULL), RV_OK);
    cr_assert_eq(__builtin_popcountll(p.used), 1, "slots %lx", (unsigned long)p.used);
}

Test(pipeline, an_empty_stream_is_fine) {
    stream st = {.total = 0, .fail_produce = UINT64_MAX, .fail_work = UINT64_MAX, .fail_consume = UINT64_MAX};
    cr_assert_eq(run(&st, 2, 3, true, NULL), RV_OK);
    cr_assert_eq(st.seen, 0);
}
