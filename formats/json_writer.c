/* JSON out. Numbers are the shortest decimal text that reads back as the same double: 15, 16 or 17 digits. */
#include "json_writer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void rv_json_init(rv_json *json, rv_buffer *buffer, bool pretty) {
    *json = (rv_json){.buffer = buffer, .pretty = pretty};
}

static void new_line(rv_json *json) {
    rv_buffer_byte(json->buffer, '\n');
    for (unsigned i = 0; i < json->depth; i++) rv_buffer_add(json->buffer, "  ", 2);
}

/* Before an item or a key: the comma that is due. */
static void begin_item(rv_json *json) {
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->has_item >> json->depth & 1) rv_buffer_byte(json->buffer, ',');
    json->has_item |= (uint64_t)1 << json->depth;
    if (json->pretty && json->depth) new_line(json);
}

static void open_level(rv_json *json, char c) {
    begin_item(json);
    rv_buffer_byte(json->buffer, c);
    assert(json->depth < 63);
    json->depth++;
    json->has_item &= ~((uint64_t)1 << json->depth);
}

void rv_json_object(rv_json *json) { open_level(json, '{'); }
void rv_json_array(rv_json *json) { open_level(json, '['); }

void rv_json_end(rv_json *json, char close) {
    bool had = json->has_item >> json->depth & 1;
    json->depth--;
    if (json->pretty && had) new_line(json);
    rv_buffer_byte(json->buffer, close);
}

/* Length of the valid UTF-8 sequence at p (n bytes are left), or 0. */
static size_t sequence(const unsigned char *p, size_t n) {
    if (p[0] < 0x80) return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) return n >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;
    if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        if (n < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80) return 0;
        if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F)) return 0;
        return 3;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        if (n < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80) return 0;
        if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F)) return 0;
        return 4;
    }
    return 0;
}

static void quoted(rv_buffer *b, rv_text text) {
    rv_buffer_byte(b, '"');
    for (size_t i = 0; i < text.len;) {
        const unsigned char *p = (const unsigned char *)text.ptr + i;
        size_t n = sequence(p, text.len - i);
        if (n == 0) {
            rv_buffer_string(b, "\xEF\xBF\xBD");
            i++;
            continue;
        }
        if (*p == '"' || *p == '\\') {
            rv_buffer_byte(b, '\\');
            rv_buffer_byte(b, (char)*p);
        } else if (*p == '\n') {
            rv_buffer_string(b, "\\n");
        } else if (*p < 0x20 || *p == 0x7f) {
            rv_buffer_format(b, "\\u%04x", *p);
        } else {
            rv_buffer_add(b, p, n);
        }
        i += n;
    }
    rv_buffer_byte(b, '"');
}

void rv_json_text_key(rv_json *json, rv_text key) {
    begin_item(json);
    quoted(json->buffer, key);
    rv_buffer_string(json->buffer, json->pretty ? ": " : ":");
    json->after_key = true;
}

void rv_json_key(rv_json *json, const char *key) { rv_json_text_key(json, rv_text_of(key)); }

void rv_json_text(rv_json *json, rv_text value) {
    begin_item(json);
    quoted(json->buffer, value);
}

void rv_json_string(rv_json *json, const char *value) {
    if (value) rv_json_text(json, rv_text_of(value));
    else rv_json_null(json);
}

void rv_json_unsigned(rv_json *json, uint64_t value) {
    begin_item(json);
    rv_buffer_unsigned(json->buffer, value);
}

void rv_json_integer(rv_json *json, int64_t value) {
    begin_item(json);
    rv_buffer_integer(json->buffer, value);
}

void rv_json_number(rv_json *json, double value) {
    if (!isfinite(value)) {
        rv_json_null(json);
        return;
    }
    begin_item(json);
    rv_buffer_double(json->buffer, value);
}

void rv_json_bool(rv_json *json, bool value) {
    begin_item(json);
    rv_buffer_string(json->buffer, value ? "true" : "false");
}

void rv_json_digits(rv_json *json, rv_text number) {
    begin_item(json);
    rv_buffer_add(json->buffer, number.ptr, number.len);
}

void rv_json_null(rv_json *json) {
    begin_item(json);
    rv_buffer_string(json->buffer, "null");
}

void rv_json_put_string(rv_json *json, const char *key, const char *value) {
    rv_json_key(json, key);
    rv_json_string(json, value);
}
void rv_json_put_unsigned(rv_json *json, const char *key, uint64_t value) {
    rv_json_key(json, key);
    rv_json_unsigned(json, value);
}
void rv_json_put_number(rv_json *json, const char *key, double value) {
    rv_json_key(json, key);
    rv_json_number(json, value);
}
void rv_json_put_bool(rv_json *json, const char *key, bool value) {
    rv_json_key(json, key);
    rv_json_bool(json, value);
}
