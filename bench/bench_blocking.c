/*
 * What blocking finds and what it costs: of the pairs known to be true, the share among the candidates; candidates a row;
 * and for each rule the true pairs that it alone proposes beside the candidates that it alone proposes.
 *
 * usage: bench_blocking TRUTH.csv LEFT.csv RIGHT.csv|- COLUMN=ROLE...     (-: LEFT against itself)
 * RULES=1 tells of each rule, MISSED=1 the ids of some pairs that no rule proposed.
 * TRUTH: id,person for one file; left_id,right_id|right_id... for two. Rows are named by the column `id`.
 */
#include "table_reader.h"
#include "id_table.h"
#include "link_index.h"
#include "parallel.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct truth {
    rv_id_table left, right; /* rows by their ids */
    rv_id_table people;
    uint64_t *pairs; /* left << 32 | right */
    bool *hit;       /* per pair: among the candidates */
    size_t n, room;
    uint32_t *person; /* per left row, of one file */
} truth;

static void die(const rv_error *err) {
    fprintf(stderr, "bench_blocking: %s: %s\n", err->file, err->message);
    exit(1);
}

static void add_pair(truth *t, uint32_t left, uint32_t right) {
    if (t->n == t->room) {
        t->room = t->room * 2 + 1024;
        if (!rv_array_resize(&t->pairs, t->room, sizeof *t->pairs, NULL)) exit(5);
    }
    t->pairs[t->n++] = (uint64_t)left << 32 | right;
}

static rv_status take_truth(void *ctx, rv_table_block *block, rv_error *err) {
    truth *t = ctx;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        uint32_t left = rv_id_table_find(&t->left, rv_batch_cell(&block->batch, r, 0));
        rv_text others = rv_batch_cell(&block->batch, r, 1);
        if (left == RV_ID_NONE) continue;
        if (t->person) {
            RV_TRY(rv_id_table_add(&t->people, others, &t->person[left], err));
            continue;
        }
        while (others.len) {
            const char *bar = memchr(others.ptr, '|', others.len);
            uint32_t n = bar ? (uint32_t)(bar - others.ptr) : others.len;
            uint32_t right = rv_id_table_find(&t->right, rv_text_make(others.ptr, n));
            if (right != RV_ID_NONE) add_pair(t, left, right);
            n += bar != NULL;
            others = rv_text_make(others.ptr + n, others.len - n);
        }
    }
    return RV_OK;
}

static void read_truth(truth *t, const char *path, const rv_link_people *people) {
    rv_error err = {0};
    rv_table *csv = NULL;
    uint32_t number;
    for (uint32_t r = 0; r < people->left.n; r++)
        rv_id_table_add(&t->left, rv_link_id(&people->left, r), &number, NULL);
    for (uint32_t r = 0; r < people->right.n; r++)
        rv_id_table_add(&t->right, rv_link_id(&people->right, r), &number, NULL);
    if (people->self) t->person = rv_array_new((size_t)people->left.n + 1, sizeof *t->person, NULL);
    rv_table_visitor visitor = {.consume = take_truth, .ctx = t};
    if (rv_table_open(path, NULL, &csv, &err) != RV_OK || rv_table_each(csv, 1, &visitor, &err) != RV_OK) die(&err);
    rv_table_close(csv);
}

/* Of one file: every two rows of one person. */
static void pair_people(truth *t, uint32_t rows) {
    uint32_t *last = rv_array_new((size_t)t->people.n + 1, sizeof *last, NULL);
    uint32_t *before = rv_array_new((size_t)rows + 1, sizeof *before, NULL);
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t other = last[t->person[r]]; other; other = before[other - 1]) add_pair(t, other - 1, r);
        before[r] = last[t->person[r]];
        last[t->person[r]] = r + 1;
    }
    rv_free(last);
    rv_free(before);
}

static int by_value(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void tell(const rv_link_people *people, const rv_link_index *index, truth *t) {
    enum { MOST = 1000 };
    uint64_t candidates = 0, hit = 0, alone[RV_LINK_RULES_MAX] = {0}, alone_true[RV_LINK_RULES_MAX] = {0};
    uint64_t all[RV_LINK_RULES_MAX] = {0}, all_true[RV_LINK_RULES_MAX] = {0};
    rv_link_batch batch = {0};
    rv_error err = {0};
    t->hit = rv_array_new(t->n + 1, 1, NULL);
    qsort(t->pairs, t->n, sizeof *t->pairs, by_value);
    for (uint32_t from = 0; from < people->left.n; from += MOST) {
        uint32_t n = people->left.n - from < MOST ? people->left.n - from : MOST;
        if (rv_link_candidates(index, from, n, &batch, &err) != RV_OK) die(&err);
        candidates += batch.starts[n];
        for (uint32_t r = 0; r < n; r++) {
            for (uint32_t i = batch.starts[r]; i < batch.starts[r + 1]; i++) {
                uint64_t pair = (uint64_t)(from + r) << 32 | batch.at[i].row;
                const uint64_t *known = t->n ? bsearch(&pair, t->pairs, t->n, sizeof pair, by_value) : NULL;
                bool right = known != NULL;
                if (known) t->hit[known - t->pairs] = true;
                uint32_t rules = batch.at[i].rules;
                hit += right;
                if ((rules & (rules - 1)) == 0) {
                    alone[__builtin_ctz(rules)]++;
                    alone_true[__builtin_ctz(rules)] += right;
                }
                for (; rules; rules &= rules - 1) {
                    all[__builtin_ctz(rules)]++;
                    all_true[__builtin_ctz(rules)] += right;
                }
            }
        }
    }
    printf("recall %.5f (%llu of %zu true pairs), %llu candidates, %.1f a left row, limits %u and %u\n",
           t->n ? (double)hit / (double)t->n : 0, (unsigned long long)hit, t->n, (unsigned long long)candidates,
           (double)candidates / people->left.n, rv_link_index_limit(index, 0),
           rv_link_index_limit(index, rv_link_rules(index) - 1));
    for (size_t i = 0, shown = 0; getenv("MISSED") && i < t->n && shown < 40; i++) {
        uint32_t left = (uint32_t)(t->pairs[i] >> 32), right = (uint32_t)t->pairs[i];
        if (t->hit[i]) continue;
        rv_text a = rv_link_id(&people->left, left), b = rv_link_id(rv_link_right(people), right);
        printf("%.*s %.*s\n", (int)a.len, a.ptr, (int)b.len, b.ptr);
        shown++;
    }
    if (getenv("RULES"))
        for (unsigned rule = 0; rule < rv_link_rules(index); rule++)
            printf("  %-22s alone %8llu candidates %6llu true; with others %9llu candidates %7llu true\n",
                   rv_link_rule_name(index, rule), (unsigned long long)alone[rule],
                   (unsigned long long)alone_true[rule], (unsigned long long)all[rule],
                   (unsigned long long)all_true[rule]);
    rv_link_batch_reset(&batch);
}

int main(int argc, char **argv) {
    enum { ROLES = 64 };
    rv_assignment roles[ROLES];
    size_t n_roles = 0;
    if (argc < 4) return fprintf(stderr, "usage: bench_blocking TRUTH LEFT RIGHT|- COLUMN=ROLE...\n"), 2;
    for (int i = 4; i < argc && n_roles < ROLES; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) return fprintf(stderr, "bench_blocking: %s isn't COLUMN=ROLE\n", argv[i]), 2;
        *equals = 0;
        roles[n_roles++] = (rv_assignment){argv[i], equals + 1};
    }
    rv_settings settings = {.max_rejects = 1, .max_rejects_is_share = true};
    rv_table_options left = {.path = argv[2], .id = "id", .roles = roles, .n_roles = n_roles}, right = left;
    right.path = argv[3];
    rv_link_people people;
    rv_link_index *index;
    rv_summary summary;
    rv_error err = {0};
    truth t = {0};
    rv_summary_begin(&summary, "bench");
    double start = rv_clock_seconds();
    bool self = strcmp(argv[3], "-") == 0;
    if (rv_link_people_load(&left, self ? NULL : &right, &settings, &summary, &people, &err) != RV_OK) die(&err);
    double read = rv_clock_seconds();
    if (rv_link_index_new(&people, &settings, &index, &err) != RV_OK) die(&err);
    double indexed = rv_clock_seconds();
    read_truth(&t, argv[1], &people);
    if (self) pair_people(&t, people.left.n);
    double begun = rv_clock_seconds();
    tell(&people, index, &t);
    printf("read %.2f s, index %.2f s, candidates %.2f s (one thread), %.0f MB\n", read - start, indexed - read,
           rv_clock_seconds() - begun, (double)rv_resident_bytes().anonymous / 1e6);
    rv_link_index_free(index);
    rv_link_people_reset(&people);
    rv_summary_reset(&summary);
    rv_id_table_reset(&t.left);
    rv_id_table_reset(&t.right);
    rv_id_table_reset(&t.people);
    rv_free(t.person);
    rv_free(t.pairs);
    rv_free(t.hit);
    return 0;
}
