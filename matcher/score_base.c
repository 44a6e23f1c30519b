/*
 * What a row costs is in engine/record_score*.c; here it is compared with the threshold, which nearly none passes. A
 * row that does is kept as one word, its score turned upside down above its row number, so that the best are the
 * least, ties included, and a radix sort of words is all the ordering there is.
 */
#include "score_base.h"

#include "megabase_walk.h"
#include "parallel.h"
#include "record_score.h"
#include "score_kernel.h"
#include "sort.h"
#include <stdatomic.h>

enum { LEAST_ROOM = 4096 };

typedef struct side_column { /* an attribute in a column of its own */
    uint32_t bytes, values;
    const int32_t *points; /* or NULL: only filtered by */
} side_column;

typedef struct filter {
    const uint8_t *allowed;
    uint32_t values;
    int32_t side; /* its column among the sides, or -1: in the record */
    rv_record_place place;
} filter;

typedef struct half { /* of a pair: where its codes are, and their bins */
    const uint8_t *bins;
    uint32_t values;
    int32_t side; /* as in a filter */
    rv_record_place place;
} half;

typedef struct pair {
    half a, b;
    uint32_t width;
    const int32_t *points;
} pair;

typedef struct finder { /* one thread */
    uint64_t *kept, *scratch;
    uint32_t *counts; /* COUNTED */
    size_t n;
    int32_t threshold; /* no row with this score or less gets in */
    bool full;
    uint64_t eligible;
} finder;

typedef struct finding {
    rv_megabase *megabase;
    const rv_best_query *query;
    const rv_settings *settings;
    rv_record_scorer *scorer;
    uint32_t width; /* of a record */
    side_column *sides;
    size_t n_sides;
    filter *filters;
    pair *pairs;
    size_t room; /* of each finder */
    finder *finders;
    atomic_int_least64_t floor; /* the highest threshold of all threads; rows that equal it may still win by row */
    atomic_uint_least64_t done;
} finding;

static uint64_t word_of(int32_t score, uint32_t row) {
    return (uint64_t)(uint32_t) ~((uint32_t)score ^ 0x80000000u) << 32 | row;
}
static rv_best_row row_of(uint64_t word) {
    return (rv_best_row){(int32_t)(~(uint32_t)(word >> 32) ^ 0x80000000u), (uint32_t)word};
}

/* --- One step of rows -------------------------------------------------------------------------------------------- */

/* A side column holds codes of 2 or 4 bytes. */
static inline uint32_t side_code(const unsigned char *column, uint32_t bytes, uint32_t i) {
    uint16_t narrow;
    uint32_t wide;
    if (bytes == 2) {
        memcpy(&narrow, column + (size_t)i * 2, 2);
        return narrow;
    }
    memcpy(&wide, column + (size_t)i * 4, 4);
    return wide;
}

static bool add_sides(const finding *f, const rv_walk_rows *rows, int32_t *sums) {
    bool good = true;
    for (size_t s = 0; s < f->n_sides; s++) {
        const side_column *side = &f->sides[s];
        if (side->points) good &= rv_side_score(side->points, side->values, rows->sides[s], side->bytes, rows->n, sums);
    }
    return good;
}

/* Bins of a step's rows. Codes are proved: the attribute itself counts too. */
static void bins_of(const finding *f, const half *h, const rv_walk_rows *rows, uint8_t *out) {
    if (h->side >= 0) {
        for (uint32_t i = 0; i < rows->n; i++)
            out[i] = h->bins[side_code(rows->sides[h->side], f->sides[h->side].bytes, i)];
        return;
    }
    const unsigned char *at = rows->records + h->place.at;
    uint8_t of_byte[256]; /* one look-up whatever the width of the code */
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t code = h->place.bits == 8 ? byte : byte >> h->place.shift & 15;
        of_byte[byte] = code <= h->values ? h->bins[code] : 0;
    }
    for (uint32_t i = 0; i < rows->n; i++, at += f->width) out[i] = of_byte[*at];
}

static void add_pairs(const finding *f, const rv_walk_rows *rows, int32_t *sums) {
    uint8_t a[RV_WALK_STEP], b[RV_WALK_STEP];
    for (size_t k = 0; k < f->query->n_pairs; k++) {
        bins_of(f, &f->pairs[k].a, rows, a);
        bins_of(f, &f->pairs[k].b, rows, b);
        rv_points_add_pair(f->pairs[k].points, f->pairs[k].width, a, b, rows->n, sums);
    }
}

static uint32_t code_to_filter(const finding *f, const filter *by, const rv_walk_rows *rows, uint32_t i) {
    if (by->side >= 0) return side_code(rows->sides[by->side], f->sides[by->side].bytes, i);
    uint32_t byte = rows->records[(size_t)i * f->width + by->place.at];
    return by->place.bits == 8 ? byte : byte >> by->place.shift & 15;
}

/* One bit per row of the step; a step begins at a multiple of 64. False: a code that its dictionary hasn't. */
static bool find_eligible(const finding *f, const rv_walk_rows *rows, uint64_t *eligible) {
    bool good = true;
    for (uint32_t i = 0; i < rows->n; i += 64) {
        uint32_t n = rows->n - i < 64 ? rows->n - i : 64;
        uint64_t word = n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
        const rv_exclusion *exclusion = f->query->exclusion;
        if (exclusion && exclusion->bits)
            word &= ~atomic_load_explicit(&exclusion->bits[(rows->first + i) / 64], memory_order_relaxed);
        for (size_t k = 0; k < f->query->n_filters; k++) {
            const filter *by = &f->filters[k];
            uint64_t allowed = 0;
            for (uint32_t b = 0; b < n; b++) {
                uint32_t code = code_to_filter(f, by, rows, i + b);
                good &= code <= by->values;
                allowed |= (uint64_t)(by->allowed[code <= by->values ? code : 0] != 0) << b;
            }
            word &= allowed;
        }
        eligible[i / 64] = word;
    }
    return good;
}

enum { COUNTED = 1 << 16 }; /* scores further apart than this are sorted instead of counted */

/* The score of the `top`-th best of n > top words, found by counting; false: too far apart. */
static bool find_threshold(const uint64_t *words, size_t n, size_t top, uint32_t *counts, uint32_t *threshold) {
    uint32_t least = UINT32_MAX, most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t high = (uint32_t)(words[i] >> 32);
        least = high < least ? high : least;
        most = high > most ? high : most;
    }
    if (most - least >= COUNTED) return false;
    memset(counts, 0, COUNTED * sizeof *counts);
    for (size_t i = 0; i < n; i++) counts[(uint32_t)(words[i] >> 32) - least]++;
    size_t sum = 0;
    uint32_t at = 0;
    for (; (sum += counts[at]) < top; at++) continue;
    *threshold = least + at;
    return true;
}

/*
 * The finder is full: the best stay, and the last of them is what others must beat. Words of one score stand in order of
 * their rows, so of those at the threshold the first ones stay. Two passes over the words: sorting them took 5 ms each
 * time for a hundred thousand, 25 ms of a walk of 150.
 */
static void cut(finding *f, finder *self) {
    uint32_t top = f->query->top, threshold, level = 0;
    size_t kept = 0, better = 0;
    if (find_threshold(self->kept, self->n, top, self->counts, &threshold)) {
        for (size_t i = 0; i < self->n; i++) better += (uint32_t)(self->kept[i] >> 32) < threshold;
        for (size_t i = 0; i < self->n; i++) {
            uint32_t high = (uint32_t)(self->kept[i] >> 32);
            bool in = high < threshold || (high == threshold && level < top - better);
            level += high == threshold;
            self->kept[kept] = self->kept[i];
            kept += in;
        }
    } else {
        rv_sort_u64(self->kept, self->scratch, self->n);
        threshold = (uint32_t)(self->kept[top - 1] >> 32);
    }
    self->n = top;
    self->full = true;
    self->threshold = row_of((uint64_t)threshold << 32).score;
    int_least64_t floor = atomic_load_explicit(&f->floor, memory_order_relaxed);
    while (self->threshold > floor &&
           !atomic_compare_exchange_weak_explicit(&f->floor, &floor, self->threshold, memory_order_relaxed,
                                                  memory_order_relaxed))
        continue;
}

/* Most groups of rows have nobody above the threshold; the compiler compares these several at a time. */
static bool any_above(const int32_t *sums, uint32_t n, int32_t above) {
    int any = 0;
    for (uint32_t i = 0; i < n; i++) any |= sums[i] > above;
    return any;
}

static rv_status score_step(void *ctx, const rv_walk_rows *rows, int worker, rv_error *err) {
    finding *f = ctx;
    finder *self = &f->finders[worker];
    int32_t sums[RV_WALK_STEP];
    uint64_t eligible[RV_WALK_STEP / 64];
    bool good = rv_record_score(f->scorer, rows->records, rows->n, sums);
    good &= add_sides(f, rows, sums);
    if (good) add_pairs(f, rows, sums);
    good &= find_eligible(f, rows, eligible);
    if (!good) {
        rv_fail(err, RV_CORRUPT, "the megabase is damaged: a record holds a code that its dictionary hasn't");
        return RV_CORRUPT;
    }
    for (uint32_t i = 0; i < rows->n; i += 64) self->eligible += (uint64_t)__builtin_popcountll(eligible[i / 64]);
    /* Rows of one thread ascend, so that an equal score comes too late here; another thread's floor may be equalled. */
    int_least64_t floor = atomic_load_explicit(&f->floor, memory_order_relaxed);
    bool open = !self->full && floor == INT_LEAST64_MIN;
    int32_t above = self->full ? self->threshold : INT32_MIN;
    if (floor != INT_LEAST64_MIN && floor - 1 > above) above = (int32_t)(floor - 1);
    for (uint32_t from = 0; from < rows->n; from += 64) {
        uint32_t n = rows->n - from < 64 ? rows->n - from : 64;
        if (!open && !any_above(sums + from, n, above)) continue;
        for (uint32_t i = from; i < from + n; i++) {
            if (!(sums[i] > above || open) || !(eligible[i / 64] >> (i % 64) & 1)) continue;
            self->kept[self->n++] = word_of(sums[i], rows->first + i);
            if (self->n < f->room) continue;
            cut(f, self);
            open = false;
            if (self->threshold > above) above = self->threshold;
        }
    }
    uint64_t done = atomic_fetch_add_explicit(&f->done, rows->n, memory_order_relaxed) + rows->n;
    if (worker == 0) rv_progress(f->settings, "score", done, rv_megabase_rows(f->megabase));
    return rv_check_cancel(f->settings, err);
}

/* --- Before and after -------------------------------------------------------------------------------------------- */

static int32_t side_of(finding *f, uint32_t *attributes, uint32_t attribute, const rv_record_place *place) {
    size_t s = 0;
    while (s < f->n_sides && attributes[s] != attribute) s++;
    if (s == f->n_sides) {
        attributes[f->n_sides] = attribute;
        f->sides[f->n_sides++] = (side_column){.bytes = place->bits / 8, .values = place->values};
    }
    return (int32_t)s;
}

/* The attribute is among the points, so its column is known when it is beside the records. */
static half half_of(finding *f, uint32_t *attributes, uint32_t attribute, const uint8_t *bins) {
    const rv_record_place *place = &rv_megabase_record_layout(f->megabase)->places[attribute];
    int32_t side = place->bits > 8 ? side_of(f, attributes, attribute, place) : -1;
    return (half){bins, place->values, side, *place};
}

/* Which attributes are in the records and which beside them. attributes: room for n_points + n_filters. */
static rv_status plan(finding *f, uint32_t *attributes, rv_error *err) {
    const rv_best_query *q = f->query;
    const rv_record_layout *layout = rv_megabase_record_layout(f->megabase);
    f->width = layout->width;
    rv_record_points *inside = rv_array_new(q->n_points + 1, sizeof *inside, err);
    f->sides = inside ? rv_array_new(q->n_points + q->n_filters + 1, sizeof *f->sides, err) : NULL;
    f->filters = f->sides ? rv_array_new(q->n_filters + 1, sizeof *f->filters, err) : NULL;
    f->pairs = f->filters ? rv_array_new(q->n_pairs + 1, sizeof *f->pairs, err) : NULL;
    rv_status status = f->pairs ? RV_OK : RV_NO_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < q->n_points && status == RV_OK; i++) {
        const rv_record_place *place = &layout->places[q->points[i].attribute];
        if (place->bits <= 8) inside[n++] = (rv_record_points){*place, q->points[i].points};
        else f->sides[side_of(f, attributes, q->points[i].attribute, place)].points = q->points[i].points;
    }
    for (size_t i = 0; i < q->n_filters && status == RV_OK; i++) {
        const rv_record_place *place = &layout->places[q->filters[i].attribute];
        f->filters[i] = (filter){q->filters[i].allowed, place->values, -1, *place};
        if (place->bits > 8) f->filters[i].side = side_of(f, attributes, q->filters[i].attribute, place);
    }
    for (size_t i = 0; i < q->n_pairs && status == RV_OK; i++) {
        const rv_base_pair *p = &q->pairs[i];
        f->pairs[i] = (pair){half_of(f, attributes, p->a, p->bins_a), half_of(f, attributes, p->b, p->bins_b), p->width,
                             p->points};
    }
    if (status == RV_OK) status = rv_record_scorer_new(layout->width, inside, n, q->base, &f->scorer, err);
    rv_free(inside);
    return status;
}

static rv_status make_finders(finding *f, int threads, rv_error *err) {
    uint32_t rows = rv_megabase_rows(f->megabase), top = f->query->top < rows ? f->query->top : rows;
    f->room = (size_t)top * 2 < LEAST_ROOM ? LEAST_ROOM : (size_t)top * 2;
    uint64_t bytes = (uint64_t)threads * f->room * 2 * sizeof(uint64_t), limit = f->settings->memory_limit;
    if (limit && bytes > limit) {
        rv_fail(err, RV_NO_MEMORY, "the best %u contacts need %llu MB while they are sought; --memory-limit is %llu MB",
                f->query->top, (unsigned long long)(bytes >> 20), (unsigned long long)(limit >> 20));
        rv_error_hint(err, "lower --top, use fewer threads, or raise --memory-limit");
        return RV_NO_MEMORY;
    }
    if (!(f->finders = rv_array_new((size_t)threads, sizeof *f->finders, err))) return RV_NO_MEMORY;
    for (int t = 0; t < threads; t++) {
        f->finders[t].kept = rv_pages_new(f->room * sizeof(uint64_t), err);
        f->finders[t].scratch = rv_pages_new(f->room * sizeof(uint64_t), err);
        f->finders[t].counts = rv_array_new(COUNTED, sizeof(uint32_t), err);
        if (!f->finders[t].kept || !f->finders[t].scratch || !f->finders[t].counts) return RV_NO_MEMORY;
    }
    return RV_OK;
}

static rv_status join(const finding *f, int threads, rv_best *out, rv_error *err) {
    size_t n = 0;
    for (int t = 0; t < threads; t++) n += f->finders[t].n;
    uint64_t *all = rv_array_new(n, sizeof *all, err), *scratch = all ? rv_array_new(n, sizeof *scratch, err) : NULL;
    rv_status status = RV_NO_MEMORY;
    if (scratch) {
        n = 0;
        for (int t = 0; t < threads; t++) {
            if (f->finders[t].n) memcpy(all + n, f->finders[t].kept, f->finders[t].n * sizeof *all);
            n += f->finders[t].n;
            out->eligible += f->finders[t].eligible;
        }
        uint32_t threshold;
        size_t kept = 0;
        if (n > f->query->top && find_threshold(all, n, f->query->top, f->finders[0].counts, &threshold)) {
            for (size_t i = 0; i < n; i++) {
                all[kept] = all[i];
                kept += (uint32_t)(all[i] >> 32) <= threshold;
            }
            n = kept; /* and those who equal the last one: by row */
        }
        rv_sort_u64(all, scratch, n);
        out->n = n < f->query->top ? (uint32_t)n : f->query->top;
        if ((out->rows = rv_array_new(out->n, sizeof *out->rows, err))) status = RV_OK;
        for (uint32_t i = 0; status == RV_OK && i < out->n; i++) out->rows[i] = row_of(all[i]);
    }
    rv_free(all);
    rv_free(scratch);
    return status;
}

static void finding_reset(finding *f, int threads) {
    rv_record_scorer_free(f->scorer);
    rv_free(f->sides);
    rv_free(f->filters);
    rv_free(f->pairs);
    for (int t = 0; f->finders && t < threads; t++) {
        rv_pages_free(f->finders[t].kept, f->room * sizeof(uint64_t));
        rv_pages_free(f->finders[t].scratch, f->room * sizeof(uint64_t));
        rv_free(f->finders[t].counts);
    }
    rv_free(f->finders);
}

rv_status rv_best_rows(rv_megabase *megabase, const rv_best_query *query, const rv_settings *settings, rv_best *out,
                       rv_error *err) {
    int threads = rv_threads(settings);
    finding f = {.megabase = megabase, .query = query, .settings = settings, .floor = INT_LEAST64_MIN};
    uint32_t *sides = rv_array_new(query->n_points + query->n_filters + 1, sizeof *sides, err);
    rv_best best = {0};
    rv_status status = sides ? plan(&f, sides, err) : RV_NO_MEMORY;
    if (status == RV_OK) status = make_finders(&f, threads, err);
    if (status == RV_OK) status = rv_megabase_walk(megabase, sides, f.n_sides, threads, score_step, &f, err);
    if (status == RV_OK) status = join(&f, threads, &best, err);
    finding_reset(&f, threads);
    rv_free(sides);
    if (status == RV_OK) *out = best;
    return status;
}
