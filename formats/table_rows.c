/* See table_rows.h. */
#include "table_rows.h"

enum { FIRST_ROOM = 1024 };

static size_t grown(size_t room, size_t need) {
    size_t next = room ? room : FIRST_ROOM;
    while (next < need) next += next / 2;
    return next;
}

void rv_table_rows_reset(rv_table_rows *r, size_t columns) {
    rv_arena_reset(&r->arena);
    r->n = r->n_rejects = 0;
    r->irregular = 0;
    r->tally = (rv_table_tally){0};
    r->columns = columns;
}

rv_status rv_table_rows_cells(rv_table_rows *r, size_t need, rv_error *err) {
    if (need <= r->room_cells) return RV_OK;
    size_t room = grown(r->room_cells, need);
    if (!rv_array_resize(&r->cells, room, sizeof *r->cells, err)) return RV_NO_MEMORY;
    r->room_cells = room;
    return RV_OK;
}

rv_status rv_table_rows_room(rv_table_rows *r, size_t need, rv_error *err) {
    if (need <= r->room_rows) return RV_OK;
    size_t room = grown(r->room_rows, need);
    if (!rv_array_resize(&r->records, room, sizeof *r->records, err) ||
        !rv_array_resize(&r->lines, room, sizeof *r->lines, err) ||
        !rv_array_resize(&r->offsets, room, sizeof *r->offsets, err))
        return RV_NO_MEMORY;
    r->room_rows = room;
    return RV_OK;
}

rv_status rv_table_rows_reject(rv_table_rows *r, rv_reject reject, rv_error *err) {
    if (r->n_rejects == r->room_rejects) {
        size_t room = grown(r->room_rejects, r->n_rejects + 1);
        if (!rv_array_resize(&r->rejects, room, sizeof *r->rejects, err)) return RV_NO_MEMORY;
        r->room_rejects = room;
    }
    r->rejects[r->n_rejects++] = reject;
    return RV_OK;
}

void rv_table_rows_show(rv_table_rows *r, rv_table_block *block) {
    block->batch = (rv_batch){(uint32_t)r->n, (uint32_t)r->columns, r->cells, r->records, r->lines, r->offsets};
    block->rejects = r->rejects;
    block->n_rejects = r->n_rejects;
    block->irregular = r->irregular;
    block->tally = r->tally;
    block->arena = &r->arena;
}

void rv_table_rows_free(rv_table_rows *r) {
    rv_free(r->cells);
    rv_free(r->records);
    rv_free(r->lines);
    rv_free(r->offsets);
    rv_free(r->rejects);
    rv_arena_free(&r->arena);
    *r = (rv_table_rows){0};
}
