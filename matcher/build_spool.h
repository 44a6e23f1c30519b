/*
 * The spool: all rows of a build between reading and assembling, each as a compact record. Chunks (one per CSV block)
 * stay in memory up to a limit, in slabs of huge pages, since they are read at random; those beyond go to an unlinked
 * temporary file that is mapped once reading is done.
 *
 *   record: which dates it has (a byte), those dates (updated_on, last_seen: i32 each), the mask of the fields it has (LEB128),
 *   id, those fields' texts (a LEB128 length before each), then the numbers: one per attribute that the row's file has a column of (0 missing, else the
 *   dictionary's provisional number), four bits each; 15 says that the number stands behind them as a varint.
 *
 * A file has half of the attributes or fewer, and nearly all numbers are below 15: 32 attributes take 16 bytes.
 *
 * The spool is our own memory, never a file from outside: records are read without checks.
 */
#ifndef RV_BUILD_SPOOL_H
#define RV_BUILD_SPOOL_H

#include "file.h"
#include "memory.h"

typedef struct rv_spool_chunk {
    uint32_t first_row, rows;
    uint32_t file;     /* index of the file that the rows come from */
    uint32_t *offsets; /* rows: where each record begins in the chunk's bytes */
    char *bytes;       /* in a slab; NULL: it lies in the file */
    uint64_t size, at; /* bytes; offset in the file */
} rv_spool_chunk;

enum { RV_SPOOL_STEP = 512 };

typedef struct rv_spool { /* zero is empty */
    rv_spool_chunk *chunks;
    size_t n, cap;
    struct {
        char *bytes;
        size_t size;
        uint32_t end_row; /* behind the last row that it holds */
    } * slabs;
    size_t n_slabs, slab_used; /* bytes of the last one */
    size_t gone, slabs_gone;   /* chunks and slabs that have been given back */
    uint32_t *chunk_of;        /* when ready: the chunk of every RV_SPOOL_STEP-th row */
    uint32_t rows;
    uint64_t bytes, kept_bytes, limit_bytes; /* in all; in memory; how many may stay there */
    const char *tmpdir;
    int fd; /* of the temporary file when has_file */
    bool has_file;
    char *map;
    uint64_t file_bytes;
} rv_spool;

void rv_spool_init(rv_spool *spool, uint64_t limit_bytes, const char *tmpdir);
void rv_spool_free(rv_spool *spool);
/* Copies the buffer's bytes and takes the offsets (they are the spool's, in any case). */
rv_status rv_spool_add(rv_spool *spool, uint32_t file, uint32_t rows, const rv_buffer *bytes, uint32_t *offsets,
                       rv_error *err);
/* Moves slabs to the file until no more than `keep` bytes are in memory. */
rv_status rv_spool_shrink(rv_spool *spool, uint64_t keep, rv_error *err);
rv_status rv_spool_ready(rv_spool *spool, rv_error *err); /* no more adds; maps the file */

/* Rows below `row` aren't asked for any more: whole slabs of them are given back, while other threads read rows from there
 * on. */
void rv_spool_release(rv_spool *spool, uint32_t row);

/* The record of a row and its file. Any thread, after rv_spool_ready. A cache miss, that rv_spool_fetch asks for ahead;
 * and another on the record, which is for the caller to fetch. */
void rv_spool_fetch(const rv_spool *spool, uint32_t row);
const char *rv_spool_record(const rv_spool *spool, uint32_t row, uint32_t *file);

/* --- Records ------------------------------------------------------------------------------------------------------ */

typedef struct rv_spool_head {
    int32_t updated_on, last_seen; /* RV_DATE_NONE: unknown */
    rv_text id;
    uint64_t fields; /* bit f: field f is there */
} rv_spool_head;

static inline char *rv_varint_write(char *to, uint64_t value) { /* room for 10 bytes is the caller's affair */
    for (; value >= 0x80; value >>= 7) *to++ = (char)(value | 0x80);
    *to++ = (char)value;
    return to;
}
static inline const char *rv_varint_get(const char *p, uint32_t *value) {
    uint32_t v = (unsigned char)*p++;
    if (v >= 0x80) {
        unsigned shift = 7;
        uint32_t byte;
        v &= 0x7f;
        do {
            byte = (unsigned char)*p++;
            v |= (byte & 0x7f) << shift;
            shift += 7;
        } while (byte >= 0x80);
    }
    *value = v;
    return p;
}

/* Packs n numbers behind what the buffer holds, as a record ends with them. false: no memory. */
bool rv_spool_pack_numbers(rv_buffer *buffer, const uint32_t *numbers, size_t n);
/* Writes a record: the texts of the fields in head->fields, in order, and packed numbers. false: no memory. */
bool rv_spool_put(rv_buffer *buffer, const rv_spool_head *head, const rv_text *fields, rv_text numbers);
/* Reads the head; returns where the field texts begin. */
const char *rv_spool_get(const char *record, rv_spool_head *head);
static inline const char *rv_spool_text(const char *p, rv_text *text) {
    uint32_t len;
    p = rv_varint_get(p, &len);
    *text = rv_text_make(p, len);
    return p + len;
}

enum { RV_SPOOL_ESCAPE = 15 };
typedef struct rv_spool_numbers { /* walks a record's numbers; begin where the texts end */
    const unsigned char *packed;
    const char *escaped;
} rv_spool_numbers;
static inline rv_spool_numbers rv_spool_numbers_at(const char *p, size_t n) {
    return (rv_spool_numbers){(const unsigned char *)p, p + (n + 1) / 2};
}
/* The i-th; in order, each once. */
static inline uint32_t rv_spool_number(rv_spool_numbers *walk, size_t i) {
    uint32_t number = (uint32_t)walk->packed[i / 2] >> (i % 2 * 4) & 15;
    if (number == RV_SPOOL_ESCAPE) walk->escaped = rv_varint_get(walk->escaped, &number);
    return number;
}

#endif
