/*
 * Links and clusters, by counting.
 *
 * A contact that bears several ids is one right answer with several names, so truth is a list of alternatives that
 * point at true pairs, and a true pair counts once however often it is hit.
 */
#include "evaluate.h"

#include <math.h>
#include <stdlib.h>

static double ratio(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : NAN; }

/* Harmonic mean; 0 when nothing is right, NaN when there was nothing to find and nothing found. */
static double f1_of(uint64_t right, uint64_t found, uint64_t hit, uint64_t pairs) {
    if (!found && !pairs) return NAN;
    if (!right || !hit) return 0;
    double p = (double)right / (double)found, r = (double)hit / (double)pairs;
    return 2 * p * r / (p + r);
}

static int by_left_right_pair(const void *a, const void *b) {
    const rv_eval_alternative *x = a, *y = b;
    if (x->left != y->left) return x->left < y->left ? -1 : 1;
    if (x->right != y->right) return x->right < y->right ? -1 : 1;
    return x->pair != y->pair ? (x->pair < y->pair ? -1 : 1) : 0;
}

static int by_link(const void *a, const void *b) {
    const rv_eval_link *x = a, *y = b;
    if (x->left != y->left) return x->left < y->left ? -1 : 1;
    if (x->right != y->right) return x->right < y->right ? -1 : 1;
    return x->probability != y->probability ? (x->probability > y->probability ? -1 : 1) : 0;
}

static int by_probability_down(const void *a, const void *b) {
    double x = ((const rv_eval_link *)a)->probability, y = ((const rv_eval_link *)b)->probability;
    return x != y ? (x > y ? -1 : 1) : 0;
}

static int by_value_down(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x != y ? (x > y ? -1 : 1) : 0;
}

static uint32_t root_of(uint32_t *same, uint32_t pair) {
    while (same[pair] != pair) pair = same[pair] = same[same[pair]];
    return pair;
}

/* Pairs that share an alternative are one: a truth file may list a link twice. Returns how many there are. */
static uint32_t join_pairs(const rv_eval_alternative *alternatives, size_t n, uint32_t *same, uint32_t n_pairs) {
    for (uint32_t i = 0; i < n_pairs; i++) same[i] = i;
    uint32_t distinct = n_pairs;
    for (size_t i = 1; i < n; i++) {
        if (alternatives[i].left != alternatives[i - 1].left || alternatives[i].right != alternatives[i - 1].right)
            continue;
        uint32_t a = root_of(same, alternatives[i - 1].pair), b = root_of(same, alternatives[i].pair);
        if (a == b) continue;
        same[a > b ? a : b] = a < b ? a : b;
        distinct--;
    }
    return distinct;
}

static const rv_eval_alternative *find_alternative(const rv_eval_alternative *alternatives, size_t n, uint32_t left,
                                                   uint32_t right) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const rv_eval_alternative *m = &alternatives[mid];
        if (m->left < left || (m->left == left && m->right < right)) low = mid + 1;
        else high = mid;
    }
    return low < n && alternatives[low].left == left && alternatives[low].right == right ? &alternatives[low] : NULL;
}

/* Walks down the probabilities, one step for each distinct value. hits: the best probability of each pair hit. */
static void find_best(const rv_eval_link *links, size_t n, const double *hits, size_t n_hits, rv_eval_pairs *out) {
    uint64_t right = 0;
    size_t hit = 0;
    for (size_t i = 0; i < n;) {
        double threshold = links[i].probability;
        for (; i < n && links[i].probability == threshold; i++) right += links[i].right_one;
        while (hit < n_hits && hits[hit] >= threshold) hit++;
        double f1 = f1_of(right, i, hit, out->pairs_true);
        if (!(f1 <= out->best_f1)) {
            out->best_f1 = f1;
            out->best_threshold = threshold;
        }
    }
}

rv_status rv_eval_links(rv_eval_alternative *alternatives, size_t n_alternatives, uint32_t n_pairs, rv_eval_link *links,
                        size_t *n_links, bool has_probability, rv_eval_pairs *out, rv_error *err) {
    uint32_t *same = rv_array_new((size_t)n_pairs + 1, sizeof *same, err);
    double *hits = rv_array_new((size_t)n_pairs + 1, sizeof *hits, err);
    if (!same || !hits) {
        rv_free(same);
        rv_free(hits);
        return RV_NO_MEMORY;
    }
    if (n_alternatives) qsort(alternatives, n_alternatives, sizeof *alternatives, by_left_right_pair);
    if (*n_links) qsort(links, *n_links, sizeof *links, by_link);
    size_t n = 0;
    for (size_t i = 0; i < *n_links; i++)
        if (!n || links[i].left != links[n - 1].left || links[i].right != links[n - 1].right) links[n++] = links[i];
    *n_links = n;
    *out = (rv_eval_pairs){.pairs_true = join_pairs(alternatives, n_alternatives, same, n_pairs), .pairs_found = n};

    for (uint32_t i = 0; i < n_pairs; i++) hits[i] = NAN;
    uint64_t right = 0;
    for (size_t i = 0; i < n; i++) {
        const rv_eval_alternative *a = find_alternative(alternatives, n_alternatives, links[i].left, links[i].right);
        links[i].right_one = a != NULL;
        if (!a) continue;
        right++;
        double *best = &hits[root_of(same, a->pair)];
        if (!(links[i].probability <= *best)) *best = links[i].probability;
    }
    size_t n_hits = 0;
    for (uint32_t i = 0; i < n_pairs; i++)
        if (!isnan(hits[i])) hits[n_hits++] = hits[i];
    if (n_hits) qsort(hits, n_hits, sizeof *hits, by_value_down);
    if (n) qsort(links, n, sizeof *links, by_probability_down);

    out->precision = ratio(right, n);
    out->recall = ratio(n_hits, out->pairs_true);
    out->f1 = f1_of(right, n, n_hits, out->pairs_true);
    out->threshold = out->best_threshold = NAN;
    out->best_f1 = out->f1;
    if (has_probability && n) {
        out->threshold = links[n - 1].probability;
        out->best_f1 = NAN;
        find_best(links, n, hits, n_hits, out);
    }
    rv_free(same);
    rv_free(hits);
    return RV_OK;
}

/* --- Clusters ---------------------------------------------------------------------------------------------------- */

static int by_found_truth(const void *a, const void *b) {
    const rv_eval_member *x = a, *y = b;
    if (x->found != y->found) return x->found < y->found ? -1 : 1;
    return x->truth != y->truth ? (x->truth < y->truth ? -1 : 1) : 0;
}

static int by_truth(const void *a, const void *b) {
    const rv_eval_member *x = a, *y = b;
    return x->truth != y->truth ? (x->truth < y->truth ? -1 : 1) : 0;
}

static uint64_t pairs_of(uint64_t n) { return n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1); } /* 0 of 0 */

void rv_eval_clusters(rv_eval_member *members, size_t n, rv_eval_pairs *out) {
    uint64_t both = 0, found = 0, truth = 0;
    if (n) qsort(members, n, sizeof *members, by_found_truth);
    for (size_t i = 0, from = 0, cell = 0; i < n; i++) {
        bool last = i + 1 == n, new_found = last || members[i + 1].found != members[i].found;
        if (new_found || members[i + 1].truth != members[i].truth) {
            if (members[i].found != RV_ID_NONE && members[i].truth != RV_ID_NONE) both += pairs_of(i + 1 - cell);
            cell = i + 1;
        }
        if (!new_found) continue;
        if (members[i].found != RV_ID_NONE) found += pairs_of(i + 1 - from);
        from = i + 1;
    }
    if (n) qsort(members, n, sizeof *members, by_truth);
    for (size_t i = 0, from = 0; i < n; i++) {
        if (i + 1 < n && members[i + 1].truth == members[i].truth) continue;
        if (members[i].truth != RV_ID_NONE) truth += pairs_of(i + 1 - from);
        from = i + 1;
    }
    *out = (rv_eval_pairs){.pairs_true = truth, .pairs_found = found};
    out->precision = ratio(both, found);
    out->recall = ratio(both, truth);
    out->f1 = out->best_f1 = f1_of(both, found, both, truth);
    out->threshold = out->best_threshold = NAN;
}
