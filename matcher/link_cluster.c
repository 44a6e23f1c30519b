/*
 * Clusters of one file. Pairs come strongest first; a pair joins the clusters of its two rows if the pairs between them,
 * all of them, speak for it on the average. The average is that of the roots of the odds: with the log odds themselves
 * one row full of errors keeps out a row that agrees with all others, with the odds one sure pair carries in somebody
 * whom the others know nothing of (a weight counts up to a bound for the same reason). Pairs that are somewhat below the
 * threshold may join clusters, but not two single rows.
 */
#include "link_decide.h"

#include <math.h>
#include <stdlib.h>

enum { COMPARED_MAX = 256 };
#define WEIGHT_BOUND 10.0
#define BELOW 3.0 /* the threshold: natural log of odds */

typedef struct members { /* of clusters, as rings */
    uint32_t *root;      /* per row: towards the cluster's name */
    uint32_t *next, *size;
} members;

static uint32_t root_of(const members *m, uint32_t row) {
    while (m->root[row] != row) row = m->root[row] = m->root[m->root[row]];
    return row;
}

static int by_weight(const void *a, const void *b) {
    const rv_link_pair *x = a, *y = b;
    if (x->weight.person != y->weight.person) return x->weight.person > y->weight.person ? -1 : 1;
    if (x->left != y->left) return x->left < y->left ? -1 : 1;
    return (x->right > y->right) - (x->right < y->right);
}

/* Log of the mean odds of the pairs between two clusters; of very many a fixed sample. */
static double mean_weight(const members *m, const rv_link_scorer *scorer, rv_link_scratch *scratch, uint32_t a,
                          uint32_t b) {
    uint64_t all = (uint64_t)m->size[a] * m->size[b], step = (all + COMPARED_MAX - 1) / COMPARED_MAX, at = 0, n = 0;
    double sum = 0;
    uint32_t x = a;
    for (uint32_t i = 0; i < m->size[a]; i++, x = m->next[x]) {
        uint32_t y = b;
        for (uint32_t k = 0; k < m->size[b]; k++, y = m->next[y]) {
            if (at++ % step) continue;
            rv_link_weight w = {0};
            rv_link_score(scorer, x < y ? x : y, x < y ? y : x, -INFINITY, scratch, &w, NULL);
            sum += exp(fmin(fmax((double)w.person, -WEIGHT_BOUND), WEIGHT_BOUND) / 2);
            n++;
        }
    }
    return 2 * log(sum / (double)n);
}

static void join(members *m, uint32_t a, uint32_t b) {
    uint32_t keep = a < b ? a : b, other = a < b ? b : a, next = m->next[keep];
    m->next[keep] = m->next[other];
    m->next[other] = next;
    m->root[other] = keep;
    m->size[keep] += m->size[other];
}

rv_status rv_link_cluster(const rv_link_people *people, const rv_link_scorer *scorer, const rv_link_pairs *pairs,
                          double threshold, uint32_t *cluster, rv_error *err) {
    uint32_t rows = people->left.n;
    double least = log(threshold) - log1p(-threshold);
    members m = {cluster, rv_array_new((size_t)rows + 1, sizeof *m.next, err),
                 rv_array_new((size_t)rows + 1, sizeof *m.size, err)};
    rv_link_pair *order = rv_array_new(pairs->n + 1, sizeof *order, err);
    rv_link_scratch *scratch = rv_link_scratch_new(err);
    rv_status status = m.next && m.size && order && scratch ? RV_OK : RV_NO_MEMORY;
    size_t n = 0;
    for (uint32_t r = 0; status == RV_OK && r < rows; r++) {
        m.root[r] = m.next[r] = r;
        m.size[r] = 1;
    }
    for (size_t i = 0; status == RV_OK && i < pairs->n; i++)
        if ((double)pairs->at[i].weight.person >= least - BELOW) order[n++] = pairs->at[i];
    if (n > 1) qsort(order, n, sizeof *order, by_weight);
    for (size_t i = 0; i < n; i++) {
        uint32_t a = root_of(&m, order[i].left), b = root_of(&m, order[i].right);
        if (a == b) continue;
        bool single = m.size[a] == 1 && m.size[b] == 1;
        if (single ? (double)order[i].weight.person >= least : mean_weight(&m, scorer, scratch, a, b) >= least)
            join(&m, a, b);
    }
    for (uint32_t r = 0; status == RV_OK && r < rows; r++) cluster[r] = root_of(&m, r);
    rv_link_scratch_free(scratch);
    rv_free(order);
    rv_free(m.next);
    rv_free(m.size);
    return status;
}
