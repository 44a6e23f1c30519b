/*
 * Memory: four lifetimes. Engine (until close), result (one owner, one free), batch (an arena reset after each batch),
 * call (the stack). Sizes are checked: rv_array_new fails on overflow instead of wrapping.
 */
#ifndef RV_MEMORY_H
#define RV_MEMORY_H

#include "error.h"
#include "text.h"

void *rv_new(size_t bytes, rv_error *err);                            /* zeroed; NULL + err on failure */
void *rv_array_new(size_t n, size_t size, rv_error *err);             /* zeroed; n * size checked */
void *rv_array_grow(void *old, size_t n, size_t size, rv_error *err); /* realloc; old is still valid on failure */
/* The same for the array whose pointer stands at `array`; false: it is as it was. */
bool rv_array_resize(void *array, size_t n, size_t size, rv_error *err);
void rv_free(void *p); /* NULL is fine */

/* Large, page-aligned, zeroed memory for tables of the size of the base: asks for huge pages. */
void *rv_pages_new(size_t bytes, rv_error *err);
void rv_pages_free(void *p, size_t bytes);
/* The first `bytes` of it won't be looked at again: gives whole huge pages of them back. To be freed all the same. */
void rv_pages_release(void *p, size_t bytes);
/* A larger one with the same contents, zeros behind; old (of old_bytes; NULL is fine) is gone, or still valid on failure. */
void *rv_pages_grow(void *old, size_t old_bytes, size_t bytes, rv_error *err);
/* For fresh pages that will be gone through once or twice, one after the other: advises against huge pages, since clearing
 * them costs more there than it saves. */
void rv_pages_prefer_small(void *p, size_t bytes);
/* For fresh pages all of which will be written, and soon: has them made at once. For small ones that takes two thirds of a fault
 * each, and much less when another thread faults meanwhile. Advice, never fails. */
void rv_pages_make_now(void *p, size_t bytes);
/* Gives back what stands behind the first `bytes` of them; they stay where they are, and are of `bytes` from now on. */
void rv_pages_trim(void *p, size_t old_bytes, size_t bytes);
/* For a fresh array that will be read or written at random: asks for huge pages under it. Any memory of ours; advice, never
 * fails. */
void rv_pages_prefer_huge(void *p, size_t bytes);

#ifdef RV_TESTING
/* Let the n-th allocation from now fail (1 is the next), once or from then on; n = 0 switches it off. Returns how many
 * allocations were counted since the last call. For tests; counts over all threads. */
uint64_t rv_memory_fail_at(uint64_t n, bool forever);
#endif

/* Arena: many small pieces, one reset. Not shared between threads. Zero-initialised is empty and ready. */
typedef struct rv_arena {
    struct rv_arena_chunk *chunk; /* newest */
    size_t used;                  /* bytes used in the newest chunk */
} rv_arena;
void *rv_arena_get(rv_arena *arena, size_t bytes);    /* 16-byte aligned, not zeroed; NULL: no memory */
void rv_arena_trim(rv_arena *arena, const void *end); /* of the piece had last, nothing is needed from here on */
rv_text rv_arena_copy(rv_arena *arena, const char *ptr, size_t len); /* ptr NULL in the result: no memory */
void rv_arena_reset(rv_arena *arena);                                /* keeps the largest chunk for the next batch */
void rv_arena_free(rv_arena *arena);

/* A growable run of bytes. Zero-initialised is empty and ready. A failed append sets `failed` and later appends do
 * nothing, so that a writer checks once at the end (rv_buffer_check). */
typedef struct rv_buffer {
    char *data;
    size_t len, cap;
    bool failed;
    uint8_t language; /* an rv_language: of what rv_tell (messages.h) adds */
} rv_buffer;
bool rv_buffer_reserve(rv_buffer *buffer, size_t more); /* room for `more` bytes beyond len */
void rv_buffer_add(rv_buffer *buffer, const void *ptr, size_t len);
void rv_buffer_text(rv_buffer *buffer, rv_text text);
void rv_buffer_string(rv_buffer *buffer, const char *string);
void rv_buffer_byte(rv_buffer *buffer, char c);
void rv_buffer_unsigned(rv_buffer *buffer, uint64_t value);
void rv_buffer_integer(rv_buffer *buffer, int64_t value);
void rv_buffer_fixed(rv_buffer *buffer, double value, int decimals); /* "0.123457"; never an exponent */
void rv_buffer_double(rv_buffer *buffer, double value); /* 15 to 17 digits, as many as come back the same: "1e+300" */
void rv_buffer_format(rv_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
rv_status rv_buffer_check(const rv_buffer *buffer, rv_error *err);
char *rv_buffer_take(rv_buffer *buffer, rv_error *err); /* zero-terminated, the caller's (rv_free); buffer is empty */
void rv_buffer_free(rv_buffer *buffer);

#endif
