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
    PERSONS_A_ROW = 3,
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

/* --- Gathering ---------------------------------------------------------------------------------------------------- */

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

/* --- What can't be ------------------------------------------------------------------------------------------------- */

/* Two rows of one file are at most as often one person as strangers of two files are: files have their duplicates. So
 * the share of its pairs that are equal bounds u where the pairs between two files can't tell (e-mails and nothing else:
 * all that are equal may be persons, or none). */
static double equal_within(const rv_link_people *people, const rv_link_table *table, rv_link_column column, uint32_t words) {
    double same = .5, n = (double)table->filled[column];
    for (uint32_t i = 1; people->bearers[column] && i < words; i++) {
        double c = people->bearers[column][i].of[table->side];
        same += c * (c - 1) / 2;
    }
    return n > 1 ? same / (n * (n - 1) / 2) : 1;
}

static void bound_strangers(const rv_link_people *people, double most[RV_FIELD_COUNT]) {
    static const struct {
        rv_link_field field;
        rv_link_column column;
        rv_link_words_kind kind;
    } of[] = {{RV_FIELD_PHONE, RV_COLUMN_MOBILE, RV_WORDS_NUMBER},
              {RV_FIELD_PHONE, RV_COLUMN_PHONE, RV_WORDS_NUMBER},
              {RV_FIELD_EMAIL, RV_COLUMN_EMAIL, RV_WORDS_EMAIL},
              {RV_FIELD_IDENTIFIER, RV_COLUMN_IDENTIFIER, RV_WORDS_NUMBER}};
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) most[f] = 1;
    if (people->self || people->left.chosen_from || people->right.chosen_from) return;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        rv_link_column column = of[i].column;
        if (!people->left.filled[column] || !people->right.filled[column]) continue;
        double left = equal_within(people, &people->left, column, people->words[of[i].kind].n);
        double within = fmax(left, equal_within(people, &people->right, column, people->words[of[i].kind].n));
        double *bound = &most[of[i].field];
        *bound = *bound < 1 ? fmax(*bound, within) : within;
    }
}

static unsigned equal_in(uint64_t packed, rv_link_field field) {
    return rv_pattern_level(packed, field) + 1 == rv_link_levels(field) ? 1 : 0;
}

/* What an exact key of two fields would find. */
static bool is_sure(uint64_t packed) {
    unsigned names = equal_in(packed, RV_FIELD_FIRST) & equal_in(packed, RV_FIELD_LAST);
    unsigned home = equal_in(packed, RV_FIELD_STREET) & equal_in(packed, RV_FIELD_PLACE);
    if (rv_pattern_level(packed, RV_FIELD_FIRST) == RV_LEVEL_DIFFERENT) return false;
    return equal_in(packed, RV_FIELD_EMAIL) || equal_in(packed, RV_FIELD_PHONE) ||
           equal_in(packed, RV_FIELD_IDENTIFIER) || (names && (home || equal_in(packed, RV_FIELD_BIRTH)));
}

/* Persons there can be: files of orders have many rows a person, and then the exact keys show it. On the public files EM
 * takes 0.1 to 1.9 a row; of a file whose people follow a pattern, 29. */
static double most_persons(const training *t, const rv_patterns *candidates) {
    double sure = 0, rows = 0;
    for (size_t i = 0; i < candidates->n; i++)
        if (is_sure(candidates->at[i].packed)) sure += (double)candidates->at[i].pairs;
    for (size_t b = 0; b < t->batches; b++) rows += batch_rows(t, b);
    return PERSONS_A_ROW * fmax(rows, sure);
}

/* --- Training -------------------------------------------------------------------------------------------------------- */

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
    double most_equal[RV_FIELD_COUNT], most = most_persons(t, candidates), seen = 0;
    bound_strangers(t->people, most_equal);
    for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
        rv_link_learn_u(random, candidates, pairs, alone, most_equal, model);
        rv_link_learn(candidates, pairs, most, ROUNDS, model);
    }
    for (size_t b = 0; b < t->batches; b++) seen += batch_rows(t, b);
    for (size_t i = 0; i < candidates->n; i++) {
        model->pairs_seen += candidates->at[i].pairs;
        for (unsigned f = 0; f < RV_FIELD_COUNT; f++)
            if (rv_pattern_level(candidates->at[i].packed, f)) model->met |= 1u << f;
    }
    model->persons_a_row = seen > 0 && model->met ? model->person * pairs / seen : 0;
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
