/*
 * One place for allocation, so that a test build can let any single allocation fail. Sizes are checked here and
 * nowhere else. Large tables come from anonymous maps advised towards huge pages: 4 KB pages cost up to 70 % on random
 * access.
 */
#include "memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef RV_TESTING
static _Atomic uint64_t fail_countdown; /* 0: off */
static _Atomic bool fail_forever;
static _Atomic uint64_t counted;

uint64_t rv_memory_fail_at(uint64_t n, bool forever) {
    uint64_t before = atomic_exchange(&counted, 0);
    atomic_store(&fail_forever, forever);
    atomic_store(&fail_countdown, n);
    return before;
}

static bool refuse(void) {
    atomic_fetch_add(&counted, 1);
    uint64_t left = atomic_load(&fail_countdown);
    while (left != 0) {
        uint64_t next = left == 1 && atomic_load(&fail_forever) ? 1 : left - 1;
        if (atomic_compare_exchange_weak(&fail_countdown, &left, next)) return left == 1;
    }
    return false;
}
#else
static bool refuse(void) { return false; }
#endif

void *rv_new(size_t bytes, rv_error *err) {
    void *p = refuse() ? NULL : calloc(1, bytes ? bytes : 1);
    if (!p) rv_fail_memory(err, bytes);
    return p;
}

void *rv_array_new(size_t n, size_t size, rv_error *err) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        rv_fail_memory(err, SIZE_MAX);
        return NULL;
    }
    return rv_new(bytes, err);
}

void *rv_array_grow(void *old, size_t n, size_t size, rv_error *err) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        rv_fail_memory(err, SIZE_MAX);
        return NULL;
    }
    void *p = refuse() ? NULL : realloc(old, bytes ? bytes : 1);
    if (!p) rv_fail_memory(err, bytes);
    return p;
}

bool rv_array_resize(void *array, size_t n, size_t size, rv_error *err) {
    void *old;
    memcpy(&old, array, sizeof old); /* the pointer's own type isn't known here */
    void *grown = rv_array_grow(old, n, size, err);
    if (grown) memcpy(array, &grown, sizeof grown);
    return grown != NULL;
}

void rv_free(void *p) { free(p); }

enum { HUGE_FROM = 4 << 20 };

/* Whole huge pages: the system aligns a mapping to them only if its length is a multiple of theirs (Linux 6.13). */
static size_t pages_size(size_t bytes) {
    const size_t huge = (size_t)2 << 20;
    if (bytes < HUGE_FROM || bytes > SIZE_MAX - huge) return bytes ? bytes : 1;
    return (bytes + huge - 1) & ~(huge - 1);
}

void *rv_pages_new(size_t bytes, rv_error *err) {
    size_t size = pages_size(bytes);
    void *p = refuse() ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        rv_fail_memory(err, bytes);
        return NULL;
    }
    if (size >= HUGE_FROM) madvise(p, size, MADV_HUGEPAGE); /* advice only: failure is fine */
    return p;
}

/* Large tables are moved by their page tables, to an address that is as aligned: no byte is copied and no huge page split. */
void *rv_pages_grow(void *old, size_t old_bytes, size_t bytes, rv_error *err) {
    void *grown = rv_pages_new(bytes, err);
    if (!grown || !old) return grown;
    if (pages_size(old_bytes) >= HUGE_FROM &&
        mremap(old, pages_size(old_bytes), pages_size(bytes), MREMAP_MAYMOVE | MREMAP_FIXED, grown) != MAP_FAILED)
        return grown;
    memcpy(grown, old, old_bytes < bytes ? old_bytes : bytes);
    rv_pages_free(old, old_bytes);
    return grown;
}

void rv_pages_prefer_huge(void *p, size_t bytes) {
    enum { WORTH = 8 << 20, HUGE_PAGE = 2 << 20 };
    if (!p || bytes < WORTH) return;
    uintptr_t from = ((uintptr_t)p + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1),
              to = ((uintptr_t)p + bytes) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (from < to) madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void rv_pages_prefer_small(void *p, size_t bytes) {
    if (p && bytes >= HUGE_FROM) madvise(p, pages_size(bytes), MADV_NOHUGEPAGE); /* advice only: failure is fine */
}

void rv_pages_make_now(void *p, size_t bytes) {
#ifdef MADV_POPULATE_WRITE
    if (p) madvise(p, bytes, MADV_POPULATE_WRITE);
#else
    (void)p, (void)bytes;
#endif
}

void rv_pages_trim(void *p, size_t old_bytes, size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t kept = (pages_size(bytes) + page - 1) & ~(page - 1), whole = (pages_size(old_bytes) + page - 1) & ~(page - 1);
    if (p && kept < whole) munmap((char *)p + kept, whole - kept);
}

void rv_pages_free(void *p, size_t bytes) {
    if (p) munmap(p, pages_size(bytes));
}

void rv_pages_release(void *p, size_t bytes) {
    size_t whole = bytes / HUGE_FROM * HUGE_FROM;
    if (whole) madvise(p, whole, MADV_DONTNEED); /* advice only: failure is fine */
}

/* --- Arena ------------------------------------------------------------------------------------------------------- */

/* Chunks double, so a batch of any size costs a few allocations at most, and none once the arena has seen its like. */
typedef struct rv_arena_chunk {
    struct rv_arena_chunk *older;
    size_t size;
    _Alignas(16) unsigned char bytes[];
} arena_chunk;

enum { ARENA_FIRST = 16 << 10 };

void *rv_arena_get(rv_arena *arena, size_t bytes) {
    if (bytes > SIZE_MAX / 4) return NULL;
    size_t need = (bytes + 15) & ~(size_t)15;
    if (!arena->chunk || arena->chunk->size - arena->used < need) {
        size_t size = arena->chunk ? arena->chunk->size * 2 : (size_t)ARENA_FIRST;
        if (size < need) size = need;
        if (size > ((size_t)64 << 20) && size > need) size = need > ((size_t)64 << 20) ? need : (size_t)64 << 20;
        arena_chunk *chunk = refuse() ? NULL : malloc(sizeof *chunk + size);
        if (!chunk) return NULL;
        chunk->older = arena->chunk;
        chunk->size = size;
        arena->chunk = chunk;
        arena->used = 0;
    }
    void *p = arena->chunk->bytes + arena->used;
    arena->used += need;
    return p;
}

void rv_arena_trim(rv_arena *arena, const void *end) {
    size_t used = (size_t)((const unsigned char *)end - arena->chunk->bytes);
    arena->used = (used + 15) & ~(size_t)15;
}

rv_text rv_arena_copy(rv_arena *arena, const char *ptr, size_t len) {
    char *p = len > UINT32_MAX ? NULL : rv_arena_get(arena, len ? len : 1);
    if (!p) return (rv_text){NULL, 0, 0};
    if (len) memcpy(p, ptr, len);
    return rv_text_make(p, len);
}

static void free_chunks(arena_chunk *chunk) {
    while (chunk) {
        arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
}

void rv_arena_reset(rv_arena *arena) {
    if (!arena->chunk) return;
    arena_chunk *largest = arena->chunk;
    for (arena_chunk *c = arena->chunk; c; c = c->older)
        if (c->size > largest->size) largest = c;
    arena_chunk *c = arena->chunk;
    while (c) {
        arena_chunk *older = c->older;
        if (c != largest) free(c);
        c = older;
    }
    largest->older = NULL;
    arena->chunk = largest;
    arena->used = 0;
}

void rv_arena_free(rv_arena *arena) {
    free_chunks(arena->chunk);
    *arena = (rv_arena){0};
}

/* --- Buffer ------------------------------------------------------------------------------------------------------ */

bool rv_buffer_reserve(rv_buffer *buffer, size_t more) {
    if (buffer->failed) return false;
    if (buffer->cap - buffer->len >= more) return true;
    size_t need, cap = buffer->cap ? buffer->cap : 256;
    if (__builtin_add_overflow(buffer->len, more, &need) || need > SIZE_MAX / 2) {
        buffer->failed = true;
        return false;
    }
    while (cap < need) cap *= 2;
    char *data = refuse() ? NULL : realloc(buffer->data, cap);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->cap = cap;
    return true;
}

void rv_buffer_add(rv_buffer *buffer, const void *ptr, size_t len) {
    if (len == 0 || !rv_buffer_reserve(buffer, len)) return;
    memcpy(buffer->data + buffer->len, ptr, len);
    buffer->len += len;
}

void rv_buffer_text(rv_buffer *buffer, rv_text text) { rv_buffer_add(buffer, text.ptr, text.len); }
void rv_buffer_string(rv_buffer *buffer, const char *string) { rv_buffer_add(buffer, string, strlen(string)); }
void rv_buffer_byte(rv_buffer *buffer, char c) { rv_buffer_add(buffer, &c, 1); }

void rv_buffer_unsigned(rv_buffer *buffer, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    rv_buffer_add(buffer, digits + at, sizeof digits - at);
}

void rv_buffer_integer(rv_buffer *buffer, int64_t value) {
    if (value < 0) rv_buffer_byte(buffer, '-');
    rv_buffer_unsigned(buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/*
 * |value| times 10^decimals, rounded half to even as printf does, exactly: a double is m 2^-s with m below 2^53, so m 10^decimals
 * fits 128 bits, and the bits shifted out decide. False where that doesn't hold: huge values, many decimals, no number.
 * Some 10 ns where snprintf takes 150 (a million rows of segments hold three such numbers each).
 */
static bool fixed_digits(double value, int decimals, uint64_t *out) {
    static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    unsigned exponent = bits >> 52 & 0x7ff;
    if (decimals < 0 || decimals > 9 || exponent == 0x7ff || exponent > 1074) return false;
    uint64_t m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)(exponent != 0) << 52;
    unsigned shift = 1075 - (exponent ? exponent : 1);
    *out = 0;
    if (shift > 84) return true; /* m 10^decimals is below 2^83: less than a half */
    __extension__ unsigned __int128 product = (unsigned __int128)m * powers[decimals], one = 1;
    __extension__ unsigned __int128 whole = product >> shift, rest = product & ((one << shift) - 1);
    if (whole >> 63) return false;
    *out = (uint64_t)whole;
    if (rest > one << (shift - 1) || (rest == one << (shift - 1) && (*out & 1))) ++*out;
    return true;
}

void rv_buffer_double(rv_buffer *buffer, double value) {
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    for (char *c = text; *c; c++)
        if (*c == ',') *c = '.'; /* a host program's locale must not reach a file */
    rv_buffer_string(buffer, text);
}

void rv_buffer_fixed(rv_buffer *buffer, double value, int decimals) {
    uint64_t digits;
    if (!fixed_digits(value, decimals, &digits)) {
        char text[400]; /* the longest double has 309 digits before the point */
        int n = snprintf(text, sizeof text, "%.*f", decimals, value);
        if (n > 0) rv_buffer_add(buffer, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
        return;
    }
    char text[32];
    size_t at = sizeof text;
    for (int i = 0; i < decimals; i++, digits /= 10) text[--at] = (char)('0' + digits % 10);
    if (decimals > 0) text[--at] = '.';
    do text[--at] = (char)('0' + digits % 10);
    while (digits /= 10);
    if (signbit(value)) text[--at] = '-';
    rv_buffer_add(buffer, text + at, sizeof text - at);
}

void rv_buffer_format(rv_buffer *buffer, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        buffer->failed = true;
    } else if (rv_buffer_reserve(buffer, (size_t)n + 1)) {
        vsnprintf(buffer->data + buffer->len, (size_t)n + 1, format, again);
        buffer->len += (size_t)n;
    }
    va_end(again);
}

rv_status rv_buffer_check(const rv_buffer *buffer, rv_error *err) {
    return buffer->failed ? rv_fail_memory(err, buffer->cap) : RV_OK;
}

char *rv_buffer_take(rv_buffer *buffer, rv_error *err) {
    if (!rv_buffer_reserve(buffer, 1)) {
        rv_fail_memory(err, buffer->cap + 1);
        return NULL;
    }
    buffer->data[buffer->len] = 0;
    char *data = buffer->data;
    *buffer = (rv_buffer){0};
    return data;
}

void rv_buffer_free(rv_buffer *buffer) {
    free(buffer->data);
    *buffer = (rv_buffer){0};
}
