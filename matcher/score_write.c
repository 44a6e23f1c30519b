/*
 * Writing a million scores with their reasons is mostly text, and the texts are few: one per table entry, made once.
 * Blocks of rows are formatted in parallel and appended in order.
 */
#include "score_write.h"

#include "parallel.h"
#include "report.h"
#include "score_kernel.h"

enum { BLOCK = 4096, TILE = 512, COUNTED_RANGE = 1 << 16 };
_Static_assert((int)RV_PROFILE_COLUMNS + (int)RV_PAIRS_MAX <= 1 << RV_KEY_COLUMN_BITS, "a key tells its column");
_Static_assert(BLOCK % TILE == 0 && TILE % 8 == 0, "tiles are whole");

/* --- Ranks ------------------------------------------------------------------------------------------------------- */

/* Ascending keys are descending scores. */
static uint32_t key_of(int32_t score) { return ~((uint32_t)score ^ 0x80000000u); }

/* One stable pass of a radix sort on 16 bits of the key. */
static void sort_pass(const int32_t *scores, unsigned shift, const uint32_t *from, uint32_t *to, uint64_t n,
                      uint32_t *starts) {
    memset(starts, 0, ((size_t)1 << 16) * sizeof *starts);
    for (uint64_t i = 0; i < n; i++) starts[key_of(scores[from[i]]) >> shift & 0xFFFF]++;
    uint32_t sum = 0;
    for (size_t k = 0; k < (size_t)1 << 16; k++) {
        uint32_t count = starts[k];
        starts[k] = sum;
        sum += count;
    }
    for (uint64_t i = 0; i < n; i++) to[starts[key_of(scores[from[i]]) >> shift & 0xFFFF]++] = from[i];
}

static rv_status rank_by_radix(const int32_t *scores, const uint8_t *skip, uint8_t skipped, uint64_t rows,
                               uint32_t *ranks, uint64_t *ranked, rv_error *err) {
    rv_status status = RV_NO_MEMORY;
    uint32_t *a = rv_array_new(rows, sizeof *a, err), *b = NULL, *starts = NULL;
    if (a) b = rv_array_new(rows, sizeof *b, err);
    if (b) starts = rv_array_new((size_t)1 << 16, sizeof *starts, err);
    if (starts) {
        uint64_t n = 0;
        for (uint64_t r = 0; r < rows; r++)
            if (!skip || skip[r] != skipped) a[n++] = (uint32_t)r;
        sort_pass(scores, 0, a, b, n, starts);
        sort_pass(scores, 16, b, a, n, starts);
        for (uint64_t i = 0; i < n; i++) ranks[a[i]] = (uint32_t)i + 1;
        *ranked = n;
        status = RV_OK;
    }
    rv_free(a);
    rv_free(b);
    rv_free(starts);
    return status;
}

/* Scores are whole numbers of some deviations of 100 points: nearly always within a small range, and then counting tells
 * the ranks in two passes in the order of the rows. Who is skipped follows no pattern, so nothing branches on it: they
 * count in a place of their own. */
static rv_status rank_by_counts(const int32_t *scores, const uint8_t *skip, uint8_t skipped, uint64_t rows,
                                int32_t highest, uint32_t range, uint32_t *ranks, uint64_t *ranked, rv_error *err) {
    const uint32_t apart = range + 1;
    uint32_t *next = rv_array_new((size_t)apart + 1, sizeof *next, err); /* by points below the highest */
    if (!next) return RV_NO_MEMORY;
    for (uint64_t r = 0; r < rows; r++) {
        bool kept = !skip || skip[r] != skipped;
        next[kept ? (uint32_t)(highest - scores[r]) : apart]++;
    }
    uint32_t sum = 0;
    for (uint32_t k = 0; k <= range; k++) {
        uint32_t count = next[k];
        next[k] = sum;
        sum += count;
    }
    for (uint64_t r = 0; r < rows; r++) {
        bool kept = !skip || skip[r] != skipped;
        uint32_t rank = ++next[kept ? (uint32_t)(highest - scores[r]) : apart];
        ranks[r] = kept ? rank : 0;
    }
    *ranked = sum;
    rv_free(next);
    return RV_OK;
}

rv_status rv_rank_rows(const int32_t *scores, const uint8_t *skip, uint8_t skipped, uint64_t rows, uint32_t *ranks,
                       uint64_t *ranked, rv_error *err) {
    int32_t lowest = INT32_MAX, highest = INT32_MIN;
    for (uint64_t r = 0; r < rows; r++) {
        bool kept = !skip || skip[r] != skipped;
        int32_t low = kept ? scores[r] : INT32_MAX, high = kept ? scores[r] : INT32_MIN;
        lowest = low < lowest ? low : lowest;
        highest = high > highest ? high : highest;
    }
    memset(ranks, 0, rows * sizeof *ranks);
    *ranked = 0;
    if (lowest > highest) return RV_OK;
    int64_t range = (int64_t)highest - lowest;
    if (range > COUNTED_RANGE) return rank_by_radix(scores, skip, skipped, rows, ranks, ranked, err);
    return rank_by_counts(scores, skip, skipped, rows, highest, (uint32_t)range, ranks, ranked, err);
}

/* --- Reasons ----------------------------------------------------------------------------------------------------- */

static void put_escaped(rv_buffer *out, const char *ptr, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (strchr("=:&|%", ptr[i]) && ptr[i]) rv_buffer_format(out, "%%%02X", (unsigned)ptr[i]);
        else rv_buffer_byte(out, ptr[i]);
    }
}

void rv_reasons_reset(rv_reasons *reasons) {
    rv_arena_free(&reasons->arena);
    rv_free(reasons->text);
    rv_free(reasons->bare);
    *reasons = (rv_reasons){0};
}

rv_status rv_reasons_make(const rv_profile *profile, rv_reasons *out, rv_error *err) {
    rv_reasons made = {.plain = true};
    rv_buffer line = {0}, label = {0};
    rv_status status = RV_NO_MEMORY;
    if (!(made.text = rv_array_new((size_t)profile->columns * RV_BINS_MAX, sizeof *made.text, err))) goto done;
    if (!(made.bare = rv_array_new((size_t)profile->columns * RV_BINS_MAX, sizeof *made.bare, err))) goto done;
    for (uint32_t c = 0; c < profile->columns; c++) {
        const rv_profile_column *column = &profile->column[c];
        for (uint32_t b = 0; b < column->binning.n; b++) {
            line.len = label.len = 0;
            rv_binning_label(&column->binning, b, &label);
            put_escaped(&line, column->name, strlen(column->name));
            rv_buffer_byte(&line, '=');
            put_escaped(&line, label.data, label.len);
            made.bare[(size_t)c * RV_BINS_MAX + b] = (uint32_t)line.len;
            rv_buffer_byte(&line, ':');
            rv_buffer_integer(&line, column->points[b]);
            if ((status = rv_buffer_check(&label, err)) != RV_OK || (status = rv_buffer_check(&line, err)) != RV_OK)
                goto done;
            rv_text text = rv_arena_copy(&made.arena, line.data, line.len);
            if (!text.ptr) {
                status = rv_fail_memory(err, line.len);
                goto done;
            }
            made.text[(size_t)c * RV_BINS_MAX + b] = text;
            label.len = 0;
            rv_csv_put(&label, text);
            made.plain = made.plain && label.len == text.len;
        }
    }
    status = RV_OK;
done:
    rv_buffer_free(&line);
    rv_buffer_free(&label);
    if (status == RV_OK) *out = made;
    else rv_reasons_reset(&made);
    return status;
}

/* The keys of one row's strongest entries, one every `stride`. The rest is what the chosen leave of the score. */
typedef struct choice {
    const int32_t *keys;
    size_t stride;
    uint32_t most;
    int64_t sum; /* of all points */
} choice;

static void put_bare(const rv_reasons *reasons, const rv_profile_view *view, uint32_t column, uint64_t row,
                     rv_buffer *out) {
    size_t at = (size_t)column * RV_BINS_MAX + view->bins[column][rv_code_at(view->codes[column], row)];
    rv_buffer_add(out, reasons->text[at].ptr, reasons->bare[at]);
}

/* A pair's number as a column is its own behind those of all attributes. Returns its points. */
static int32_t put_pair(const rv_reasons *reasons, const rv_profile_view *view, uint32_t pair, uint64_t row,
                        rv_buffer *out) {
    int32_t points = rv_profile_pair_at(view, pair, row);
    put_bare(reasons, view, view->pair[pair].a, row, out);
    rv_buffer_byte(out, '&');
    put_bare(reasons, view, view->pair[pair].b, row, out);
    rv_buffer_byte(out, ':');
    rv_buffer_integer(out, points);
    return points;
}

static void put_choice(const rv_reasons *reasons, const rv_profile *profile, const rv_profile_view *view, uint64_t row,
                       const choice *chosen, rv_buffer *out) {
    int64_t rest = chosen->sum;
    for (uint32_t i = 0; i < chosen->most && chosen->keys[i * chosen->stride]; i++) {
        uint32_t c = rv_key_column(chosen->keys[i * chosen->stride]);
        if (c < view->columns) {
            uint32_t code = rv_code_at(view->codes[c], row);
            rv_buffer_text(out, reasons->text[(size_t)c * RV_BINS_MAX + view->bins[c][code]]);
            rest -= view->points[c][code];
        } else {
            rest -= put_pair(reasons, view, c - view->columns, row, out);
        }
        rv_buffer_byte(out, '|');
    }
    rv_buffer_add(out, "rest:", 5);
    rv_buffer_integer(out, rest);
    rv_buffer_add(out, "|base:", 6);
    rv_buffer_integer(out, profile->base);
}

static int64_t choose_of_row(const rv_profile_view *view, uint64_t row, uint32_t most, int32_t *keys) {
    int64_t sum = 0;
    memset(keys, 0, most * sizeof *keys);
    for (uint32_t c = 0; c < view->columns + view->pairs; c++) {
        int32_t points = c < view->columns ? view->points[c][rv_code_at(view->codes[c], row)]
                                           : rv_profile_pair_at(view, c - view->columns, row);
        int32_t key = rv_strength_key(points, c);
        sum += points;
        for (uint32_t k = most; k-- > 0 && keys[k] < key; keys[k] = key)
            if (k + 1 < most) keys[k + 1] = keys[k];
    }
    return sum;
}

void rv_reasons_put(const rv_reasons *reasons, const rv_profile *profile, const rv_profile_view *view, uint64_t row,
                    uint32_t most, rv_buffer *out) {
    int32_t keys[RV_REASONS_MAX];
    int64_t sum = choose_of_row(view, row, most, keys);
    put_choice(reasons, profile, view, row, &(choice){keys, 1, most, sum}, out);
}

/* Of TILE rows: each column is read in one stream, its points stay in the first cache. best: most * TILE. */
static void choose_of_tile(const rv_profile_view *view, uint64_t begin, size_t n, uint32_t most, int32_t *best) {
    int32_t points[TILE];
    memset(best, 0, (size_t)most * TILE * sizeof *best);
    for (uint32_t c = 0; c < view->columns + view->pairs; c++) {
        memset(points, 0, sizeof points);
        if (c < view->columns) rv_profile_add_column(view, c, begin, n, points);
        else rv_profile_add_pair(view, c - view->columns, begin, n, points);
        rv_strongest_add(points, TILE, c, most, best);
    }
}

/* --- Rows -------------------------------------------------------------------------------------------------------- */

typedef struct slot {
    uint64_t begin;
    rv_buffer text, reasons;
    int32_t *best; /* scored->reasons * TILE */
} slot;

typedef struct writing {
    const rv_scored *scored;
    const rv_reasons *reasons;
    const rv_settings *settings;
    rv_table_out *out;
    uint64_t next;
} writing;

static rv_status next_block(void *ctx, void *at, bool *end, rv_error *err) {
    writing *w = ctx;
    slot *s = at;
    RV_TRY(rv_check_cancel(w->settings, err));
    *end = w->next >= w->scored->frame->rows;
    s->begin = w->next;
    w->next += BLOCK;
    return RV_OK;
}

/* Six decimals of a number in [0, 1]. */
static void put_probability(rv_buffer *out, double p) {
    uint32_t millionths = (uint32_t)(p * 1e6 + 0.5);
    char text[8] = {(char)('0' + millionths / 1000000), '.'};
    for (unsigned i = 7; i >= 2; i--, millionths /= 10) text[i] = (char)('0' + millionths % 10);
    rv_buffer_add(out, text, sizeof text);
}

/* All of a line but its reasons. */
static void put_line(const rv_profile *profile, const rv_scored_line *line, rv_buffer *out) {
    int32_t shown = line->score < 0 ? 0 : line->score > 1000 ? 1000 : line->score;
    rv_csv_put(out, line->id);
    rv_csv_comma(out);
    rv_buffer_integer(out, shown);
    rv_csv_comma(out);
    if (profile->calibration.n) put_probability(out, rv_calibration_at(&profile->calibration, line->score));
    rv_csv_comma(out);
    rv_buffer_unsigned(out, line->rank);
    rv_csv_comma(out);
    rv_buffer_unsigned(out, (line->rank - 1) * 10 / line->of + 1);
    rv_csv_comma(out);
}

static void put_reasons(const rv_reasons *texts, const rv_profile *profile, const rv_profile_view *view, uint64_t row,
                        const choice *chosen, rv_buffer *scratch, rv_buffer *out) {
    if (texts->plain) { /* put together they need no quotes either */
        put_choice(texts, profile, view, row, chosen, out);
    } else {
        scratch->len = 0;
        put_choice(texts, profile, view, row, chosen, scratch);
        rv_csv_put(out, rv_text_make(scratch->data, scratch->len));
    }
    rv_csv_end(out);
}

void rv_scored_put(const rv_profile *profile, const rv_profile_view *view, const rv_reasons *texts, uint32_t reasons,
                   const rv_scored_line *line, rv_buffer *scratch, rv_buffer *out) {
    int32_t keys[RV_REASONS_MAX];
    int64_t sum = choose_of_row(view, line->row, reasons, keys);
    put_line(profile, line, out);
    put_reasons(texts, profile, view, line->row, &(choice){keys, 1, reasons, sum}, scratch, out);
}

static void put_tile(const writing *w, uint64_t begin, size_t n, slot *s) {
    const rv_scored *scored = w->scored;
    choose_of_tile(scored->view, begin, n, scored->reasons, s->best);
    for (uint64_t r = begin; r < begin + n; r++) {
        if (!scored->ranks[r]) continue;
        rv_scored_line line = {rv_dictionary_value(&scored->frame->ids, (uint32_t)r + 1), scored->scores[r],
                               scored->ranks[r], scored->n, r};
        choice chosen = {s->best + (r - begin), TILE, scored->reasons,
                         (int64_t)scored->scores[r] - scored->profile->base};
        put_line(scored->profile, &line, &s->text);
        put_reasons(w->reasons, scored->profile, scored->view, r, &chosen, &s->reasons, &s->text);
    }
}

static rv_status format_block(void *ctx, void *at, int worker, rv_error *err) {
    (void)worker;
    const writing *w = ctx;
    slot *s = at;
    uint64_t rows = w->scored->frame->rows;
    s->text.len = 0;
    if (!s->best && !(s->best = rv_array_new((size_t)w->scored->reasons * TILE, sizeof *s->best, err)))
        return RV_NO_MEMORY;
    for (uint64_t r = s->begin; r < s->begin + BLOCK && r < rows; r += TILE)
        put_tile(w, r, rows - r < TILE ? (size_t)(rows - r) : TILE, s);
    RV_TRY(rv_buffer_check(&s->reasons, err));
    RV_TRY(rv_buffer_check(&s->text, err));
    return s->text.len ? rv_table_out_pack(w->out, &s->text, err) : RV_OK;
}

static rv_status append_block(void *ctx, void *at, rv_error *err) {
    const writing *w = ctx;
    const slot *s = at;
    rv_progress(w->settings, "write", s->begin, w->scored->frame->rows);
    return s->text.len ? rv_table_out_append(w->out, &s->text, err) : RV_OK;
}

rv_status rv_scored_header(rv_table_out *out, const char *id, rv_error *err) {
    rv_buffer header = {0};
    rv_buffer_string(&header, id);
    rv_buffer_string(&header, ",score,probability,rank,decile,reasons\n");
    rv_status status = rv_table_out_put(out, &header, err);
    rv_buffer_free(&header);
    return status;
}

rv_status rv_scored_write(const rv_scored *scored, rv_table_out *out, const rv_settings *settings, rv_error *err) {
    rv_reasons reasons = {0};
    int threads = rv_threads(settings);
    size_t slots = (size_t)threads * 2 + 1;
    RV_TRY(rv_scored_header(out, "client_id", err));
    RV_TRY(rv_reasons_make(scored->profile, &reasons, err));
    rv_status status = RV_NO_MEMORY;
    slot *ring = rv_array_new(slots, sizeof *ring, err);
    if (ring) {
        writing w = {.scored = scored, .reasons = &reasons, .settings = settings, .out = out};
        rv_pipeline pipeline = {.produce = next_block,
                                .work = format_block,
                                .consume = append_block,
                                .ctx = &w,
                                .slot_array = ring,
                                .slot_bytes = sizeof *ring,
                                .slots = slots};
        status = rv_pipeline_run(&pipeline, threads, err);
        for (size_t i = 0; i < slots; i++) {
            rv_buffer_free(&ring[i].text);
            rv_buffer_free(&ring[i].reasons);
            rv_free(ring[i].best);
        }
    }
    rv_free(ring);
    rv_reasons_reset(&reasons);
    return status;
}
