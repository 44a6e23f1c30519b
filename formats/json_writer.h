/* JSON out, into a buffer. Commas and escapes are its affair; invalid UTF-8 becomes U+FFFD; doubles that aren't finite
 * become null. Numbers: shortest text that reads back the same. */
#ifndef RV_JSON_WRITER_H
#define RV_JSON_WRITER_H

#include "memory.h"

typedef struct rv_json {
    rv_buffer *buffer;
    uint64_t has_item; /* one bit a level: a comma is due */
    unsigned depth;    /* at most 63 */
    bool pretty;       /* two blanks a level, for files that people read */
    bool after_key;
} rv_json;
void rv_json_init(rv_json *json, rv_buffer *buffer, bool pretty);
void rv_json_object(rv_json *json);          /* { */
void rv_json_array(rv_json *json);           /* [ */
void rv_json_end(rv_json *json, char close); /* '}' or ']' */
void rv_json_key(rv_json *json, const char *key);
void rv_json_text_key(rv_json *json, rv_text key);
void rv_json_string(rv_json *json, const char *value); /* NULL: null */
void rv_json_text(rv_json *json, rv_text value);
void rv_json_unsigned(rv_json *json, uint64_t value);
void rv_json_integer(rv_json *json, int64_t value);
void rv_json_number(rv_json *json, double value);
void rv_json_digits(rv_json *json, rv_text number); /* a number as it is written */
void rv_json_bool(rv_json *json, bool value);
void rv_json_null(rv_json *json);
/* key and value at once */
void rv_json_put_string(rv_json *json, const char *key, const char *value);
void rv_json_put_unsigned(rv_json *json, const char *key, uint64_t value);
void rv_json_put_number(rv_json *json, const char *key, double value);
void rv_json_put_bool(rv_json *json, const char *key, bool value);

#endif
