/*
 * Tables as Arrow structs of text columns: a schema, and an array for each batch. What is made owns all it points to, the
 * parent and each child for itself, so that a consumer may move children out, as the interface allows.
 */
#ifndef RV_ARROW_WRITER_H
#define RV_ARROW_WRITER_H

#include "batch.h"
#include "memory.h"

rv_status rv_arrow_schema_of(const rv_text *names, uint32_t columns, struct ArrowSchema *out, rv_error *err);
/* Empty cells are null, unless they were quoted. RV_BAD_INPUT when a column's texts are more than 2 GB, which this type
 * doesn't hold. */
rv_status rv_arrow_array_of(const rv_batch *batch, struct ArrowArray *out, rv_error *err);

#endif
