/* JSON text (RFC 8259), looked at where it stands: where a value ends, and what a string says. Never allocates. */
#ifndef RV_JSON_SCAN_H
#define RV_JSON_SCAN_H

#include "text.h"

enum { RV_JSON_DEPTH = 64 }; /* of objects and arrays in one another */

typedef struct rv_json_value {
    rv_text raw;  /* as it stands, quotes included */
    char kind;    /* '"' '{' '[' '0' (a number) 't' 'f' 'n' */
    bool escapes; /* of a string: some */
} rv_json_value;

static inline const char *rv_json_blanks(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) p++;
    return p;
}
/* The value that begins at p. Returns the byte after it, or NULL, and then *fault is where it stops being JSON. */
const char *rv_json_scan(const char *p, const char *end, rv_json_value *out, const char **fault);
/* The characters of a string with escapes; raw as above. Writes at most raw.len bytes. Returns the length, or SIZE_MAX for
 * half a surrogate pair. */
size_t rv_json_unescape(rv_text raw, char *out);

#endif
