/* See arrow_writer.h. */
#include "arrow_writer.h"

/* --- Schema ------------------------------------------------------------------------------------------------------ */

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t c = 0; c < schema->n_children; c++)
        if (schema->children[c]->release) schema->children[c]->release(schema->children[c]);
    rv_free(schema->private_data);
    schema->release = NULL;
}

/* n structs of `size` bytes, zeroed, and in front of them pointers to each. */
static void **structs_new(size_t n, size_t size, rv_error *err) {
    void **pointers = rv_array_new(n ? n : 1, sizeof *pointers + size, err);
    char *first = pointers ? (char *)(pointers + n) : NULL;
    for (size_t i = 0; pointers && i < n; i++) pointers[i] = first + i * size;
    return pointers;
}

rv_status rv_arrow_schema_of(const rv_text *names, uint32_t columns, struct ArrowSchema *out, rv_error *err) {
    void **children = structs_new(columns, sizeof(struct ArrowSchema), err);
    if (!children) return RV_NO_MEMORY;
    struct ArrowSchema schema = {.format = "+s",
                                 .name = "",
                                 .n_children = columns,
                                 .children = (struct ArrowSchema **)children,
                                 .release = release_schema,
                                 .private_data = children};
    for (uint32_t c = 0; c < columns; c++) {
        char *name = rv_new((size_t)names[c].len + 1, err);
        if (!name) {
            release_schema(&schema);
            return RV_NO_MEMORY;
        }
        if (names[c].len) memcpy(name, names[c].ptr, names[c].len);
        *schema.children[c] = (struct ArrowSchema){
            .format = "u", .name = name, .flags = ARROW_FLAG_NULLABLE, .release = release_schema, .private_data = name};
    }
    *out = schema;
    return RV_OK;
}

/* --- Arrays ------------------------------------------------------------------------------------------------------ */

static void release_array(struct ArrowArray *array) {
    for (int64_t c = 0; c < array->n_children; c++)
        if (array->children[c]->release) array->children[c]->release(array->children[c]);
    rv_free(array->private_data);
    array->release = NULL;
}

enum { BUFFERS = 3, ALIGNMENT = 64 }; /* validity, offsets, bytes; as the format advises */
static size_t aligned(size_t n) { return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static rv_status fill_column(const rv_batch *batch, uint32_t column, struct ArrowArray *out, rv_error *err) {
    const uint32_t rows = batch->rows;
    uint64_t bytes = 0;
    for (uint32_t r = 0; r < rows; r++) bytes += rv_batch_cell(batch, r, column).len;
    if (bytes > INT32_MAX) return rv_fail(err, RV_BAD_INPUT, "more than 2 GB of text in one column of a block of rows");
    const size_t validity = aligned(rows / 8 + 1), offsets = aligned(((size_t)rows + 1) * sizeof(int32_t));
    const void **buffers =
        rv_new(BUFFERS * sizeof *buffers + ALIGNMENT + validity + offsets + aligned((size_t)bytes + 1), err);
    if (!buffers) return RV_NO_MEMORY;
    char *base = (char *)(buffers + BUFFERS);
    base += (ALIGNMENT - (uintptr_t)base % ALIGNMENT) % ALIGNMENT;
    uint8_t *valid = (uint8_t *)base;
    int32_t *starts = (int32_t *)(void *)(base + validity), at = 0;
    char *text = base + validity + offsets;
    int64_t nulls = 0;
    for (uint32_t r = 0; r < rows; r++) {
        rv_text cell = rv_batch_cell(batch, r, column);
        if (cell.len) memcpy(text + at, cell.ptr, cell.len);
        if (cell.len || cell.flags & RV_TEXT_QUOTED) valid[r / 8] |= (uint8_t)(1U << r % 8);
        else nulls++;
        at += (int32_t)cell.len;
        starts[r + 1] = at;
    }
    buffers[0] = valid;
    buffers[1] = starts;
    buffers[2] = text;
    *out = (struct ArrowArray){.length = rows,
                               .null_count = nulls,
                               .n_buffers = BUFFERS,
                               .buffers = buffers,
                               .release = release_array,
                               .private_data = (void *)buffers};
    return RV_OK;
}

rv_status rv_arrow_array_of(const rv_batch *batch, struct ArrowArray *out, rv_error *err) {
    const size_t columns = batch->columns;
    void **held = structs_new(columns + 1, sizeof(struct ArrowArray), err);
    if (!held) return RV_NO_MEMORY;
    const void **buffers = held[columns]; /* the parent's one buffer, of no validity, where the last struct would be */
    struct ArrowArray array = {.length = batch->rows,
                               .n_buffers = 1,
                               .n_children = batch->columns,
                               .buffers = buffers,
                               .children = (struct ArrowArray **)held,
                               .release = release_array,
                               .private_data = held};
    for (uint32_t c = 0; c < batch->columns; c++) {
        rv_status status = fill_column(batch, c, array.children[c], err);
        if (status != RV_OK) {
            release_array(&array);
            return status;
        }
    }
    *out = array;
    return RV_OK;
}
