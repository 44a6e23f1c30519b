/*
 * Households of one file: rows that share a home and a last name. A level of its own beside the clusters of people, since
 * a family is no person, and a letter to each home is cheaper than one to each of its people.
 *
 * Rows meet by a word of the last name (or the name at birth), the street and the place, as they sound; the number is the
 * same. Of those who meet, the model says whether they are of one household rather than strangers who bear a frequent name in a
 * large building. A row without an address lives where its person does; one person's rows at two addresses are two households:
 * people move.
 */
#include "link_decide.h"

#include "link_names.h"
#include "link_rules.h"
#include "parallel.h"
#include "sort.h"
#include <math.h>

enum { KEYS_MAX = 12, LOOKED_BACK = 4, STREET_ALIKE = 3, NEAR_PLACE = 3 }; /* levels: part and better; near and better */

typedef struct homes {
    const rv_link_people *people;
    const rv_link_scorer *scorer;
    const uint32_t *cluster;
    rv_link_parts parts;
    rv_link_scratch *scratch;
    uint32_t *root;
    double least;
} homes;

static uint32_t root_of(const homes *h, uint32_t row) {
    while (h->root[row] != row) row = h->root[row] = h->root[h->root[row]];
    return row;
}

static void join(const homes *h, uint32_t a, uint32_t b) {
    a = root_of(h, a), b = root_of(h, b);
    if (a < b) h->root[b] = a;
    else h->root[a] = b;
}

static bool has_home(const rv_link_row *row) {
    return (row->street || row->extra) && (row->postcode || row->city);
}

/* Street, number and place are what they are, or written otherwise. */
static bool same_home(const rv_link_pattern *p) {
    const uint8_t *level = p->level;
    bool street = level[RV_FIELD_STREET] ? level[RV_FIELD_STREET] >= STREET_ALIKE : level[RV_FIELD_EXTRA] >= STREET_ALIKE;
    return street && level[RV_FIELD_NUMBER] != RV_LEVEL_DIFFERENT && level[RV_FIELD_PLACE] >= NEAR_PLACE;
}

static unsigned keys_of(const homes *h, uint32_t row, uint64_t keys[KEYS_MAX]) {
    const rv_link_row *r = &h->people->left.rows[row];
    const uint32_t names[] = {r->last, r->birth_name}, places[] = {r->postcode, r->city};
    unsigned n = 0;
    if (!has_home(r) || r->flags & RV_LINK_NAME_NOBODYS) return 0;
    for (int i = 0; i < 2; i++)
        for (int t = 0; names[i] && t < 3; t++)
            for (int p = 0; p < 2; p++) {
                uint32_t token = h->parts.names[names[i]].token[t];
                const uint32_t parts[] = {token, h->parts.streets[r->street ? r->street : r->extra], r->number, places[p], (uint32_t)p};
                if (token && places[p]) keys[n++] = rv_hash64(parts, sizeof parts, 11);
            }
    return n;
}

/* Keys above, row below: a sort brings together who may live together. */
static rv_status list_keys(const homes *h, uint64_t **out, size_t *n_out, rv_error *err) {
    uint32_t rows = h->people->left.n;
    uint64_t keys[KEYS_MAX], *all = NULL;
    size_t n = 0, room = 0;
    for (uint32_t r = 0; r < rows; r++) {
        unsigned of_row = keys_of(h, r, keys);
        if (n + of_row > room) {
            room = room * 2 + 4096;
            if (!rv_array_resize(&all, room, sizeof *all, err)) {
                rv_free(all);
                return RV_NO_MEMORY;
            }
        }
        for (unsigned i = 0; i < of_row; i++) all[n++] = (keys[i] & ~(uint64_t)UINT32_MAX) | r;
    }
    uint64_t *scratch = rv_array_new(n + 1, sizeof *scratch, err);
    if (!scratch) {
        rv_free(all);
        return RV_NO_MEMORY;
    }
    if (n) rv_sort_u64(all, scratch, n);
    rv_free(scratch);
    *out = all;
    *n_out = n;
    return RV_OK;
}

static void meet(const homes *h, uint32_t a, uint32_t b) {
    rv_link_weight weight;
    rv_link_pattern pattern;
    if (root_of(h, a) == root_of(h, b)) return;
    if (!rv_link_score(h->scorer, a < b ? a : b, a < b ? b : a, -INFINITY, h->scratch, &weight, &pattern)) return;
    if (same_home(&pattern) && pattern.level[RV_FIELD_LAST] >= RV_NAME_PART && (double)weight.household >= h->least) join(h, a, b);
}

static rv_status join_neighbours(const homes *h, rv_error *err) {
    uint64_t *keys;
    size_t n;
    RV_TRY(list_keys(h, &keys, &n, err));
    for (size_t i = 1; i < n; i++)
        for (size_t back = 1; back <= LOOKED_BACK && back <= i && keys[i - back] >> 32 == keys[i] >> 32; back++)
            meet(h, (uint32_t)keys[i - back], (uint32_t)keys[i]);
    rv_free(keys);
    return RV_OK;
}

/* Rows of one person: with the first of them that has a home. */
static rv_status join_people(const homes *h, rv_error *err) {
    uint32_t rows = h->people->left.n;
    uint32_t *anchor = rv_array_new((size_t)rows + 1, sizeof *anchor, err);
    if (!anchor) return RV_NO_MEMORY;
    for (uint32_t r = 0; r < rows; r++) anchor[r] = UINT32_MAX;
    for (uint32_t r = 0; r < rows; r++)
        if (anchor[h->cluster[r]] == UINT32_MAX && has_home(&h->people->left.rows[r])) anchor[h->cluster[r]] = r;
    for (uint32_t r = 0; r < rows; r++) {
        uint32_t with = anchor[h->cluster[r]] == UINT32_MAX ? h->cluster[r] : anchor[h->cluster[r]];
        rv_link_pattern pattern;
        if (with == r) continue;
        bool homeless = !has_home(&h->people->left.rows[r]);
        if (!homeless) rv_link_compare(h->people, with < r ? with : r, with < r ? r : with, h->scratch, &pattern);
        if (homeless || same_home(&pattern)) join(h, with, r);
    }
    rv_free(anchor);
    return RV_OK;
}

rv_status rv_link_households(const rv_link_people *people, const rv_link_scorer *scorer, const uint32_t *cluster, double threshold,
                             const rv_settings *settings, uint32_t *household, rv_error *err) {
    homes h = {.people = people, .scorer = scorer, .cluster = cluster, .root = household, .least = log(threshold) - log1p(-threshold)};
    for (uint32_t r = 0; r < people->left.n; r++) household[r] = r;
    rv_status status = rv_link_parts_new(people, 0, rv_threads(settings), &h.parts, err);
    if (status == RV_OK && !(h.scratch = rv_link_scratch_new(err))) status = RV_NO_MEMORY;
    if (status == RV_OK) status = join_neighbours(&h, err);
    if (status == RV_OK) status = join_people(&h, err);
    for (uint32_t r = 0; status == RV_OK && r < people->left.n; r++) household[r] = root_of(&h, r);
    rv_link_scratch_free(h.scratch);
    rv_link_parts_free(&h.parts);
    return status;
}
