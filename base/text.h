/* Views of bytes, and what is done with them everywhere. A view borrows; it isn't zero-terminated. */
#ifndef RV_TEXT_H
#define RV_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct rv_text {
    const char *ptr;
    uint32_t len;
    uint32_t flags; /* RV_TEXT_* of the batch that the view comes from; 0 elsewhere */
} rv_text;
enum {
    RV_TEXT_QUOTED = 1,   /* stood in quotes in its file */
    RV_TEXT_UNQUOTED = 2, /* of a record: it is known to hold no quote */
};

#define RV_TEXT(literal) ((rv_text){literal, sizeof(literal) - 1, 0})
static inline rv_text rv_text_of(const char *s) { return (rv_text){s, s ? (uint32_t)strlen(s) : 0, 0}; }
static inline rv_text rv_text_make(const char *p, size_t n) { return (rv_text){p, (uint32_t)n, 0}; }
static inline bool rv_text_equal(rv_text a, rv_text b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
/* May n bytes be read at p, whatever belongs to whom? Within a page, yes: nothing is told by bytes that are masked away,
 * and a page can be read or not as a whole. Sanitizers see objects, not pages: there, nothing is read beyond. */
enum { RV_PAGE_BYTES = 4096 };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang_analyzer__)
#define RV_READS_PAGES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define RV_READS_PAGES 0
#endif
#endif
#ifndef RV_READS_PAGES
#define RV_READS_PAGES 1
#endif
static inline bool rv_page_holds(const char *p, size_t n) {
    return RV_READS_PAGES && ((uintptr_t)p & (RV_PAGE_BYTES - 1)) <= RV_PAGE_BYTES - n;
}
/* Hides from the compiler what stands at p: it would know that the object ends there. */
static inline const char *rv_any_bytes(const char *p) {
    __asm__("" : "+r"(p));
    return p;
}
uint64_t rv_load_bytes_apart(const char *p, size_t left); /* the same, never reading beyond: at the end of a page */
/* The first eight bytes, or all `left` of them with zeros behind, the first one lowest. A branch on the length of words
 * would be guessed wrong every other time, so it is masks that cut. */
static inline uint64_t rv_load_bytes(const char *p, size_t left) {
    if (__builtin_expect(left == 0 || !rv_page_holds(p, 8), 0)) return rv_load_bytes_apart(p, left);
    uint64_t word;
    memcpy(&word, rv_any_bytes(p), 8);
    return word & ~(uint64_t)0 >> (left < 8 ? 64 - 8 * left : 0);
}
int rv_text_compare(rv_text a, rv_text b); /* bytewise: <0, 0, >0 */
/* Equal to a C string; of a literal, one compare. */
static inline bool rv_text_is(rv_text a, const char *string) {
    return a.len == strlen(string) && memcmp(a.ptr ? a.ptr : "", string, strlen(string)) == 0;
}
bool rv_text_is_nocase(rv_text a, const char *string); /* ASCII case apart */
rv_text rv_text_trim_ends(rv_text a);                  /* what rv_text_trim does, without its short cut */
/* ASCII blanks, U+00A0, U+202F at both ends. Most values are seen at once to have none. */
static inline rv_text rv_text_trim(rv_text a) {
    if (a.len == 0) return a;
    unsigned char first = (unsigned char)a.ptr[0], last = (unsigned char)a.ptr[a.len - 1];
    return first > ' ' && first < 0x80 && last > ' ' && last < 0x80 ? a : rv_text_trim_ends(a);
}

/* Whole text or nothing. Integers: optional sign, digits. Decimals: optional sign, digits, one `decimal` ('.' or ','),
 * optional exponent; not "inf" or "nan". Locale-free and exact (correctly rounded). */
bool rv_text_to_integer(rv_text a, int64_t *out);
bool rv_text_to_unsigned(rv_text a, uint64_t *out);
bool rv_text_to_decimal(rv_text a, char decimal, double *out);

/* The shape of a value for messages: letters become A or a, digits 9, others stay: "Aaaa@aaa.aa". At most `cap` - 1
 * bytes and a zero. */
void rv_text_shape(rv_text a, char *out, size_t cap);
/* The first line of somebody else's message, what stands in quotes as shapes. At most `cap` - 1 bytes and a zero. */
void rv_text_hide_quoted(const char *words, char *out, size_t cap);
/* Edit distance (Damerau, adjacent transpositions) of short ASCII words, at most `limit` + 1. */
unsigned rv_text_distance(rv_text a, rv_text b, unsigned limit);

#endif
