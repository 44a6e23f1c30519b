/*
 * See link_model.h: which pairs a model is trained on. All pairs of small files; of large ones a sample, of rows evenly
 * from the whole left file with all their candidates, and of pairs drawn by a fixed seed. Threads only count.
 */
#include "link_learn.h"

#include "parallel.h"
#include "random.h"
#include <math.h>

enum {
    ROWS_MAX = 20000,    /* left rows whose candidates are looked at */
    BATCH = 16,          /* adjacent rows: a file may be in order */
    RANDOM_MAX = 400000, /* pairs for u */
    PIECE = 20000,       /* pairs a piece */
    ROUNDS = 25,
    CYCLES = 4, /* u, m and shares depend on each other */
};
static const uint64_t SEED = 0x5eed11;

typedef struct worker {
    rv_patterns patterns;
    rv_link_scratch *scratch;
    rv_link_batch batch;
} worker;

typedef struct training {
    const rv_link_people *people;
    rv_link_people strangers; /* a view: pairs of it are random ones */
    const rv_link_index *index;
    const rv_settings *settings;
    worker *workers;
    int threads;
    uint64_t all_pairs; /* of strangers */
    bool every;         /* all pairs stand for random ones */
    size_t batches;
} training;

static uint64_t pairs_of(const rv_link_people *people) {
    uint64_t left = people->left.n, right = people->right.n;
    return people->self ? left * (left ? left - 1 : 0) / 2 : left * right;
}

static rv_status count_pair(const rv_link_people *people, worker *w, uint32_t left, uint32_t right, uint32_t rules,
                            rv_error *err) {
    rv_link_pattern pattern;
    rv_link_compare(people, left, right, w->scratch, &pattern);
    return rv_patterns_add(&w->patterns, rv_pattern_pack(&pattern), rules, 1, err);
}

/* --- Random pairs ------------------------------------------------------------------------------------------------- */

static rv_status count_row(const training *t, worker *w, uint32_t left, rv_error *err) {
    uint32_t n = rv_link_right(&t->strangers)->n;
    for (uint32_t right = t->strangers.self ? left + 1 : 0; right < n; right++)
        RV_TRY(count_pair(&t->strangers, w, left, right, 0, err));
    return RV_OK;
}

static rv_status count_random(void *ctx, size_t index, int at, rv_error *err) {
    const training *t = ctx;
    worker *w = &t->workers[at];
    RV_TRY(rv_check_cancel(t->settings, err));
    if (t->every) return count_row(t, w, (uint32_t)index, err);
    rv_random random;
    rv_random_init(&random, SEED, index);
    uint32_t n_left = t->strangers.left.n, n_right = rv_link_right(&t->strangers)->n;
    for (unsigned i = 0; i < PIECE; i++) {
        uint32_t left = rv_random_below(&random, n_left), right = rv_random_below(&random, n_right);
        if (t->strangers.self && left == right) continue;
        RV_TRY(count_pair(&t->strangers, w, left, right, 0, err));
    }
    return RV_OK;
}

/* --- Candidates --------------------------------------------------------------------------------------------------- */

static uint32_t batch_start(const training *t, size_t index) {
    return (uint32_t)((uint64_t)t->people->left.n * index / t->batches);
}

static uint32_t batch_rows(const training *t, size_t index) {
    uint32_t rows = batch_start(t, index + 1) - batch_start(t, index);
    return rows < BATCH ? rows : BATCH;
}

static rv_status count_candidates(void *ctx, size_t index, int at, rv_error *err) {
    const training *t = ctx;
    worker *w = &t->workers[at];
    RV_TRY(rv_check_cancel(t->settings, err));
    uint32_t first = batch_start(t, index), n = batch_rows(t, index);
    RV_TRY(rv_link_candidates(t->index, first, n, &w->batch, err));
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = w->batch.starts[i]; k < w->batch.starts[i + 1]; k++)
            RV_TRY(count_pair(t->people, w, first + i, w->batch.at[k].row, w->batch.at[k].rules, err));
    return RV_OK;
}

static double pairs_looked_at(const training *t) {
    double pairs = 0;
    for (size_t b = 0; b < t->batches; b++)
        for (uint32_t i = 0, first = batch_start(t, b); i < batch_rows(t, b); i++)
            pairs += t->people->self ? t->people->left.n - 1 - (first + i) : t->people->right.n;
    return pairs * rv_link_chosen_share(t->people);
}

/* --- Training ----------------------------------------------------------------------------------------------------- */

static rv_status gather(training *t, size_t pieces, rv_piece_fn fn, rv_patterns *out, rv_error *err) {
    RV_TRY(rv_parallel(t->threads, pieces, fn, t, err));
    for (int i = 0; i < t->threads; i++) RV_TRY(rv_patterns_merge(out, &t->workers[i].patterns, err));
    rv_patterns_list(out);
    return RV_OK;
}

static rv_status prepare(training *t, rv_error *err) {
    t->threads = rv_threads(t->settings);
    t->strangers = rv_link_unchosen(t->people);
    t->all_pairs = pairs_of(&t->strangers);
    t->every = t->all_pairs <= 2 * RANDOM_MAX;
    uint32_t n = t->people->left.n;
    t->batches = n <= ROWS_MAX ? (n + BATCH - 1) / BATCH : ROWS_MAX / BATCH;
    t->workers = rv_array_new((size_t)t->threads, sizeof *t->workers, err);
    if (!t->workers) return RV_NO_MEMORY;
    for (int i = 0; i < t->threads; i++) {
        t->workers[i].scratch = rv_link_scratch_new(err);
        if (!t->workers[i].scratch) return RV_NO_MEMORY;
    }
    return RV_OK;
}

static void finish(training *t) {
    for (int i = 0; t->workers && i < t->threads; i++) {
        rv_patterns_reset(&t->workers[i].patterns);
        rv_link_scratch_free(t->workers[i].scratch);
        rv_link_batch_reset(&t->workers[i].batch);
    }
    rv_free(t->workers);
}

static void learn(const training *t, const rv_patterns *random, const rv_patterns *candidates, rv_link_model *model) {
    double pairs = pairs_looked_at(t);
    uint32_t alone = 0;
    for (unsigned r = 0; r < rv_link_rules(t->index); r++) {
        uint32_t fields = rv_link_rule_fields(t->index, r);
        if ((fields & (fields - 1)) == 0) alone |= fields;
    }
    double rows = (double)rv_link_right(t->people)->n * rv_link_chosen_share(t->people);
    model->person = fmin(.1, 1.0 / rows);
    model->household = model->person / 10;
    for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
        rv_link_learn_u(random, candidates, pairs, alone, model);
        rv_link_learn(candidates, pairs, ROUNDS, model);
    }
    for (size_t i = 0; i < candidates->n; i++) model->pairs_seen += candidates->at[i].pairs;
}

rv_status rv_link_model_train(const rv_link_people *people, const rv_link_index *index, const rv_settings *settings,
                              rv_link_model *out, rv_error *err) {
    training t = {.people = people, .index = index, .settings = settings};
    rv_patterns random = {0}, candidates = {0};
    rv_link_model model;
    rv_link_model_built_in(&model);
    rv_status status = RV_OK;
    if (pairs_of(people) > 0) {
        status = prepare(&t, err);
        size_t pieces = t.every ? t.strangers.left.n : RANDOM_MAX / PIECE;
        if (status == RV_OK) status = gather(&t, pieces, count_random, &random, err);
        if (status == RV_OK) status = gather(&t, t.batches, count_candidates, &candidates, err);
        if (status == RV_OK) learn(&t, &random, &candidates, &model);
        finish(&t);
    }
    if (status == RV_OK) *out = model;
    rv_patterns_reset(&random);
    rv_patterns_reset(&candidates);
    return status;
}
