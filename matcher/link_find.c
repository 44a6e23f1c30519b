/*
 * Candidates to weighed pairs, on all threads: rows in pieces, each piece's pairs joined in their order.
 *
 * A candidate is two misses one behind the other: its row, then its words or their counts. Most rows have two or three
 * candidates, so they are asked for along a whole batch of rows: words when the row has come.
 */
#include "link_decide.h"

#include "parallel.h"
#include <math.h>
#include <stdlib.h>

enum { ROWS_PER_PIECE = 2048, BATCH = 128, AHEAD = 8 };
_Static_assert((int)BATCH <= UINT8_MAX + 1, "the owner of a candidate is a byte");

typedef struct found { /* of one piece */
    rv_link_pair *at;
    size_t n, room;
    uint64_t candidates, compared;
} found;

typedef struct hand { /* of one thread */
    rv_link_batch batch;
    uint32_t first;  /* row of the batch */
    uint8_t *owner;  /* of each candidate: its row, from there */
    uint32_t owners; /* room */
    rv_link_scratch *scratch;
} hand;

typedef struct finder {
    const rv_link_people *people;
    const rv_link_index *index;
    const rv_link_scorer *scorer;
    const rv_settings *settings;
    float floor;
    unsigned kept;
    found *found;
    hand *hands;
} finder;

static bool before(const rv_link_pair *a, const rv_link_pair *b) {
    if (a->weight.person != b->weight.person) return a->weight.person > b->weight.person;
    return a->right < b->right;
}

static int by_weight(const void *a, const void *b) { return before(a, b) ? -1 : 1; }

/* Enters a pair among those of its left row, which begin at `from`; the worst of too many goes. */
static rv_status enter(found *f, size_t from, unsigned kept, const rv_link_pair *pair, rv_error *err) {
    if (f->n == f->room) {
        size_t room = f->room * 2 + 1024;
        if (!rv_array_resize(&f->at, room, sizeof *f->at, err)) return RV_NO_MEMORY;
        f->room = room;
    }
    if (!kept) {
        f->at[f->n++] = *pair;
        return RV_OK;
    }
    size_t at = f->n;
    if (f->n - from == kept) {
        if (!before(pair, &f->at[f->n - 1])) return RV_OK;
        at--;
    } else {
        f->n++;
    }
    for (; at > from && before(pair, &f->at[at - 1]); at--) f->at[at] = f->at[at - 1];
    f->at[at] = *pair;
    return RV_OK;
}

typedef struct told { /* fields that comparing two rows reads nearly always */
    rv_link_words_kind kind;
    rv_link_column column;
    size_t offset;
} told;
#define TOLD(kind, column, field) {RV_WORDS_##kind, RV_COLUMN_##column, offsetof(rv_link_row, field)}
static const told told_fields[] = {TOLD(NAME, FIRST, first), TOLD(NAME, LAST, last), TOLD(STREET, STREET, street),
                                   TOLD(PLACE, CITY, city), TOLD(NUMBER, POSTCODE, postcode)};
#undef TOLD

static inline uint32_t code_of(const rv_link_row *row, const told *field) {
    uint32_t code;
    memcpy(&code, (const char *)row + field->offset, sizeof code);
    return code;
}

/* Two words that differ are looked at, how many rows bear it where they are one. Inlined by force: a function that only
 * asks has no effect that gcc knows of, and its calls go. */
RV_INLINE void ask_ahead(const finder *w, const hand *h, uint32_t at, uint32_t n) {
    const rv_link_row *rows = rv_link_right(w->people)->rows;
    if (at + 2 * AHEAD < n) __builtin_prefetch(&rows[h->batch.at[at + 2 * AHEAD].row]);
    if (at + AHEAD >= n) return;
    const rv_link_row *a = &w->people->left.rows[h->first + h->owner[at + AHEAD]];
    const rv_link_row *b = &rows[h->batch.at[at + AHEAD].row];
    for (size_t i = 0; i < sizeof told_fields / sizeof *told_fields; i++) {
        const told *f = &told_fields[i];
        uint32_t x = code_of(a, f), y = code_of(b, f);
        if (!x || !y) continue;
        if (x == y) {
            __builtin_prefetch(&w->people->bearers[f->column][x]);
        } else {
            __builtin_prefetch(&w->people->words[f->kind].words[x]);
            __builtin_prefetch(&w->people->words[f->kind].words[y]);
        }
    }
}

static bool shares_number(const rv_link_row *a, const rv_link_row *b) {
    return (a->mobile && (a->mobile == b->mobile || a->mobile == b->phone)) ||
           (a->phone && (a->phone == b->phone || a->phone == b->mobile)) || (a->email && a->email == b->email) ||
           (a->identifier && a->identifier == b->identifier);
}

/* Who lives here, was born on this day or has this mailbox may be any of a family: one alone tells no person where the
 * name is nobody's. */
static bool may_be_told(const rv_link_row *a, const rv_link_row *b) {
    if (!((a->flags | b->flags) & RV_LINK_NAME_NOBODYS)) return true;
    return a->birth && a->birth == b->birth && !a->birth_weak && shares_number(a, b);
}

static rv_status weigh_row(const finder *w, const hand *h, uint32_t row, uint32_t n, found *f, rv_error *err) {
    const rv_link_batch *batch = &h->batch;
    uint32_t left = h->first + row, begin = batch->starts[row], end = batch->starts[row + 1], all = batch->starts[n];
    const rv_link_row *a = &w->people->left.rows[left], *rows = rv_link_right(w->people)->rows;
    size_t from = f->n;
    for (uint32_t i = begin; i < end; i++) {
        ask_ahead(w, h, i, all);
        rv_link_pair pair = {.left = left, .right = batch->at[i].row};
        if (!may_be_told(a, &rows[pair.right])) continue;
        if (!rv_link_score(w->scorer, left, pair.right, w->floor, h->scratch, &pair.weight, NULL)) continue;
        f->compared++;
        if (pair.weight.person >= w->floor) RV_TRY(enter(f, from, w->kept, &pair, err));
    }
    f->candidates += end - begin;
    if (!w->kept && f->n - from > 1) qsort(f->at + from, f->n - from, sizeof *f->at, by_weight);
    return RV_OK;
}

static rv_status find_batch(const finder *w, hand *h, uint32_t first, uint32_t n, rv_error *err) {
    RV_TRY(rv_link_candidates(w->index, first, n, &h->batch, err));
    uint32_t count = h->batch.starts[n];
    if (count > h->owners) {
        if (!rv_array_resize(&h->owner, (size_t)count * 2, sizeof *h->owner, err)) return RV_NO_MEMORY;
        h->owners = count * 2;
    }
    h->first = first;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = h->batch.starts[i]; k < h->batch.starts[i + 1]; k++) h->owner[k] = (uint8_t)i;
    return RV_OK;
}

static rv_status weigh_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    const finder *w = ctx;
    hand *h = &w->hands[worker];
    found *f = &w->found[piece];
    RV_TRY(rv_check_cancel(w->settings, err));
    if (!h->scratch && !(h->scratch = rv_link_scratch_new(err))) return RV_NO_MEMORY;
    uint32_t rows = w->people->left.n, from = (uint32_t)(piece * ROWS_PER_PIECE);
    uint32_t to = rows - from < ROWS_PER_PIECE ? rows : from + ROWS_PER_PIECE;
    for (uint32_t r = from; r < to; r += BATCH) {
        uint32_t n = to - r < BATCH ? to - r : BATCH;
        RV_TRY(find_batch(w, h, r, n, err));
        for (uint32_t i = 0; i < n; i++) RV_TRY(weigh_row(w, h, i, n, f, err));
    }
    if (f->n) rv_array_resize(&f->at, f->n, sizeof *f->at, NULL); /* smaller */
    f->room = f->n;
    return RV_OK;
}

static rv_status join(const finder *w, size_t pieces, rv_link_pairs *out, rv_error *err) {
    rv_link_pairs all = {0};
    size_t n = 0;
    for (size_t p = 0; p < pieces; p++) n += w->found[p].n;
    if (!(all.at = rv_array_new(n + 1, sizeof *all.at, err))) return RV_NO_MEMORY;
    for (size_t p = 0; p < pieces; p++) {
        found *f = &w->found[p];
        if (f->n) memcpy(all.at + all.n, f->at, f->n * sizeof *f->at);
        all.n += f->n;
        all.candidates += f->candidates;
        all.compared += f->compared;
        rv_free(f->at);
        f->at = NULL;
    }
    *out = all;
    return RV_OK;
}

rv_status rv_link_find(const rv_link_people *people, const rv_link_index *index, const rv_link_scorer *scorer,
                       float floor, unsigned kept, const rv_settings *settings, rv_link_pairs *out, rv_error *err) {
    int threads = rv_threads(settings);
    size_t pieces = ((size_t)people->left.n + ROWS_PER_PIECE - 1) / ROWS_PER_PIECE;
    finder w = {people, index, scorer, settings, floor, kept, NULL, NULL};
    w.found = rv_array_new(pieces + 1, sizeof *w.found, err);
    w.hands = rv_array_new((size_t)threads, sizeof *w.hands, err);
    rv_status status = w.found && w.hands ? RV_OK : RV_NO_MEMORY;
    if (status == RV_OK) status = rv_parallel(threads, pieces, weigh_piece, &w, err);
    if (status == RV_OK) status = join(&w, pieces, out, err);
    for (size_t p = 0; w.found && p < pieces; p++) rv_free(w.found[p].at);
    for (int t = 0; w.hands && t < threads; t++) {
        rv_link_batch_reset(&w.hands[t].batch);
        rv_free(w.hands[t].owner);
        rv_link_scratch_free(w.hands[t].scratch);
    }
    rv_free(w.found);
    rv_free(w.hands);
    return status;
}

void rv_link_pairs_reset(rv_link_pairs *pairs) {
    rv_free(pairs->at);
    *pairs = (rv_link_pairs){0};
}

void rv_link_turn(rv_link_people *people) {
    rv_link_table left = people->left;
    people->left = people->right;
    people->right = left;
}

rv_status rv_link_pairs_turn(rv_link_pairs *pairs, uint32_t n_right, rv_error *err) {
    uint64_t *starts = rv_array_new((size_t)n_right + 1, sizeof *starts, err);
    rv_link_pair *turned = rv_array_new(pairs->n + 1, sizeof *turned, err);
    if (!starts || !turned) {
        rv_free(starts);
        rv_free(turned);
        return RV_NO_MEMORY;
    }
    for (size_t i = 0; i < pairs->n; i++) starts[pairs->at[i].right + 1]++;
    for (uint32_t r = 0; r < n_right; r++) starts[r + 1] += starts[r];
    for (size_t i = 0; i < pairs->n; i++) {
        const rv_link_pair *p = &pairs->at[i];
        turned[starts[p->right]++] = (rv_link_pair){p->right, p->left, p->weight};
    }
    for (size_t i = 0, end; i < pairs->n; i = end) {
        for (end = i + 1; end < pairs->n && turned[end].left == turned[i].left;) end++;
        if (end - i > 1) qsort(turned + i, end - i, sizeof *turned, by_weight);
    }
    rv_free(starts);
    rv_free(pairs->at);
    pairs->at = turned;
    return RV_OK;
}
