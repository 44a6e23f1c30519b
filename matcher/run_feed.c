/*
 * Blocks are coded by the threads that enrich them and taken in their order. Looking a million ids up in the clients of
 * the transactions is two misses each, asked for some at a time.
 */
#include "run_feed.h"

#include "parallel.h"
#include "score.h"
#include "target.h"

#include <stdio.h>
#include <string.h>

typedef rv_run_feed feed;

/* What a block in flight brings for the frame. */
typedef struct fed {
    rv_frame_piece *piece;
    uint8_t *labels;
    uint32_t room;
} fed;

static void fed_free(void *user) {
    fed *p = user;
    rv_frame_piece_free(p->piece);
    rv_free(p->labels);
    rv_free(p);
}

void rv_run_feed_reset(feed *f) {
    rv_frame_builder_free(f->builder);
    rv_free(f->labels);
    rv_free(f->columns);
    *f = (feed){0};
}

rv_status rv_run_feed_begin(feed *f, const rv_job_description *job, bool with_life, rv_error *err) {
    *f = (feed){.job = job, .label.client_column = -1};
    if (!job->active) return RV_OK;
    const char *equals = strchr(job->active, '=');
    size_t n = equals ? (size_t)(equals - job->active) : 0;
    if (n == 0 || n >= sizeof f->label.column) {
        rv_fail(err, RV_BAD_ARGUMENT, "score.active: COLUMN=VALUE was expected, for example state=active");
        rv_error_at(err, job->path, 0, 0);
        return RV_BAD_ARGUMENT;
    }
    memcpy(f->label.column, job->active, n);
    f->label.value = equals + 1;
    bool state = strcmp(f->label.column, "state") == 0;
    f->label.by_segment = strcmp(f->label.column, "segment") == 0;
    f->label.by_life = with_life && (state || f->label.by_segment);
    f->label.wanted = UINT8_MAX;
    for (uint8_t i = 1; i < (f->label.by_segment ? (uint8_t)RV_SEGMENT_COUNT : (uint8_t)(RV_LOST + 1)); i++) {
        const char *name = f->label.by_segment ? rv_segment_name(i) : rv_state_name((rv_state)i);
        if (strcmp(name, f->label.value) == 0) f->label.wanted = i;
    }
    return RV_OK;
}

/* --- Columns ------------------------------------------------------------------------------------------------------ */

static bool enters_frame(const rv_enrich_plan *plan, const feed *f, uint32_t c) {
    if (plan->roles->ignored[c] || (int32_t)c == f->label.client_column || plan->csv->names[c].len > 127) return false;
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)plan->csv->names[c].len, plan->csv->names[c].ptr);
    return rv_column_is_scored(name, plan->roles->roles[c]);
}

static rv_status find_label_column(feed *f, const rv_enrich_plan *plan, rv_error *err) {
    if (!f->job->active || f->label.by_life) return RV_OK;
    const rv_table_info *csv = plan->csv;
    for (uint32_t c = 0; c < csv->columns; c++)
        if (rv_text_is(csv->names[c], f->label.column)) f->label.client_column = (int32_t)c;
    if (f->label.client_column >= 0) return RV_OK;
    rv_fail(err, RV_BAD_ARGUMENT, "score.active: the client file has no column '%s', and the job has no transactions",
            f->label.column);
    rv_error_at(err, f->job->path, 0, 0);
    return RV_BAD_ARGUMENT;
}

static rv_status begin_frame(void *ctx, const rv_enrich_plan *plan, rv_error *err) {
    feed *f = ctx;
    RV_TRY(find_label_column(f, plan, err));
    f->id_column = plan->roles->of[RV_ROLE_ID];
    const rv_schema *schema = rv_megabase_schema(plan->megabase);
    uint32_t clients = plan->csv->columns;
    f->columns = rv_array_new(clients, sizeof *f->columns, err);
    rv_frame_spec *specs = rv_array_new(clients + plan->n_taken, sizeof *specs, err);
    char(*names)[128] = rv_array_new(clients, sizeof *names, err);
    rv_status status = f->columns && specs && names ? RV_OK : RV_NO_MEMORY;
    uint32_t n = 0;
    for (uint32_t c = 0; c < clients && status == RV_OK; c++) {
        if (!enters_frame(plan, f, c)) continue;
        snprintf(names[n], sizeof *names, "%.*s", (int)plan->csv->names[c].len, plan->csv->names[c].ptr);
        specs[n] = (rv_frame_spec){.name = names[n], .role = plan->roles->roles[c]};
        f->columns[n++] = c;
    }
    f->n_columns = n;
    for (size_t i = 0; i < plan->n_taken && status == RV_OK; i++) {
        const rv_attribute *a = &schema->attributes[plan->taken[i]];
        const rv_dictionary *dictionary;
        status = rv_megabase_dictionary(plan->megabase, plan->taken[i], &dictionary, err);
        if (status == RV_OK)
            specs[n++] = (rv_frame_spec){
                .name = a->name, .role = RV_ROLE_ATTRIBUTE, .sensitive = a->sensitive, .dictionary = dictionary};
    }
    if (status == RV_OK) status = rv_frame_builder_new(specs, n, &f->builder, err);
    rv_free(specs);
    rv_free(names);
    return status;
}

static bool wants_column(const void *ctx, uint32_t column) {
    const feed *f = ctx;
    for (uint32_t i = 0; i < f->n_columns; i++)
        if (f->columns[i] == column) return true;
    return false;
}

/* --- Blocks ------------------------------------------------------------------------------------------------------- */

static uint8_t label_of(const feed *f, const rv_enriched_block *block, uint32_t row) {
    rv_text cell = rv_batch_cell(&block->clients->batch, row, (uint32_t)f->label.client_column);
    if (cell.len == 0) return RV_UNLABELLED;
    return rv_text_is(rv_text_trim(cell), f->label.value) ? RV_SEED : RV_NON_SEED;
}

static rv_status ready_fed(fed **out, uint32_t rows, rv_error *err) {
    if (!*out && !(*out = rv_new(sizeof **out, err))) return RV_NO_MEMORY;
    if (rows <= (*out)->room) return RV_OK;
    if (!rv_array_resize(&(*out)->labels, rows, 1, err)) return RV_NO_MEMORY;
    (*out)->room = rows;
    return RV_OK;
}

/* Any thread: coding a million clients of 70 columns is a quarter of a second's work. */
static rv_status feed_block(void *ctx, const rv_enriched_block *block, void **user, rv_error *err) {
    feed *f = ctx;
    const rv_batch *batch = &block->clients->batch;
    fed *p = *user;
    rv_status status = ready_fed(&p, batch->rows, err);
    *user = p;
    if (status != RV_OK) return status;
    const rv_text *ids = f->id_column >= 0 ? batch->cells + f->id_column : NULL;
    for (uint32_t r = 0; r < batch->rows && f->label.client_column >= 0; r++) p->labels[r] = label_of(f, block, r);
    rv_text none = {0};
    rv_frame_rows rows = {.rows = batch->rows,
                          .cells = block->cells,
                          .stride = f->n_columns,
                          .ids = ids ? ids : &none,
                          .id_stride = ids ? batch->columns : 0,
                          .codes = block->codes,
                          .coded = block->attached,
                          .n_coded = block->n_attached};
    return rv_frame_piece_fill(f->builder, &rows, &p->piece, err);
}

static rv_status take_labels(feed *f, const fed *p, uint32_t rows, rv_error *err) {
    if (f->n + rows > f->cap) {
        uint64_t cap = (f->n + rows) * 2;
        if (!rv_array_resize(&f->labels, cap, 1, err)) return RV_NO_MEMORY;
        f->cap = cap;
    }
    memcpy(f->labels + f->n, p->labels, rows);
    f->n += rows;
    return RV_OK;
}

static rv_status take_block(void *ctx, const rv_enrich_plan *plan, const rv_enriched_block *block, void *user,
                            rv_error *err) {
    feed *f = ctx;
    const fed *p = user;
    if (block->first_row == 0)
        rv_frame_builder_expect(f->builder, block->clients->batch.rows, block->clients->end_offset,
                                plan->csv->stored_bytes);
    if (f->label.client_column >= 0) RV_TRY(take_labels(f, p, block->clients->batch.rows, err));
    return rv_frame_builder_take(f->builder, p->piece, err);
}

rv_enrich_sink rv_run_feed_sink(feed *f) {
    return (rv_enrich_sink){begin_frame, wants_column, feed_block, take_block, fed_free, f};
}

/* --- Labels ------------------------------------------------------------------------------------------------------- */

typedef struct labelling {
    const feed *f;
    const rv_frame *frame;
    const rv_lifecycle *life;
} labelling;

enum { RANGE = 16384, GROUP = 1024 };

/* Who is labelled by the lifecycle; a client without transactions has no label. */
static rv_status label_range(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const labelling *l = ctx;
    uint64_t end = (index + 1) * RANGE < l->frame->rows ? (index + 1) * RANGE : l->frame->rows;
    rv_text ids[GROUP];
    uint8_t segments[GROUP], states[GROUP];
    for (uint64_t begin = index * RANGE; begin < end; begin += GROUP) {
        size_t n = end - begin < GROUP ? (size_t)(end - begin) : GROUP;
        for (size_t i = 0; i < n; i++) ids[i] = rv_dictionary_value(&l->frame->ids, (uint32_t)(begin + i) + 1);
        rv_lifecycle_places(l->life, ids, 1, n, segments, states);
        for (size_t i = 0; i < n; i++) {
            if (states[i] == RV_STATE_NONE) continue;
            uint8_t place = l->f->label.by_segment ? segments[i] : states[i];
            l->f->labels[begin + i] = place == l->f->label.wanted ? RV_SEED : RV_NON_SEED;
        }
    }
    return RV_OK;
}

/* Without an id column nobody is known: the frame's ids are places in the file then. */
static rv_status label_by_life(feed *f, const rv_frame *frame, const rv_lifecycle *life, int threads, rv_error *err) {
    _Static_assert(RV_UNLABELLED == 0, "as rv_array_new leaves it");
    rv_free(f->labels);
    if (!(f->labels = rv_array_new(frame->rows, 1, err))) return RV_NO_MEMORY;
    if (f->id_column < 0) return RV_OK;
    return rv_parallel(threads, (size_t)((frame->rows + RANGE - 1) / RANGE), label_range, &(labelling){f, frame, life},
                       err);
}

rv_status rv_run_feed_finish(feed *f, const rv_lifecycle *life, int threads, rv_frame *frame, const uint8_t **labels,
                             rv_error *err) {
    rv_frame made = {0};
    rv_frame_builder *builder = f->builder;
    f->builder = NULL;
    if (!builder) return rv_fail(err, RV_BAD_INPUT, "no client could be read, so there is nobody to score");
    RV_TRY(rv_frame_builder_finish(builder, threads, &made, err));
    rv_status status = RV_OK;
    if (made.rows == 0) status = rv_fail(err, RV_BAD_INPUT, "no client could be read, so there is nobody to score");
    else if (f->label.by_life && !f->job->profile) status = label_by_life(f, &made, life, threads, err);
    if (status == RV_OK && f->job->active) rv_target_mark_names(&made, f->n_columns, f->label.column);
    if (status == RV_OK && f->label.by_life && !f->job->profile && f->id_column >= 0)
        status = rv_target_mark_orders(&made, f->n_columns, life, threads, err);
    if (status != RV_OK) {
        rv_frame_reset(&made);
        return status;
    }
    *frame = made;
    *labels = f->labels;
    return RV_OK;
}
