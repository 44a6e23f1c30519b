#include "build_codes.h"

#include "bytes16.h"

enum {
    SLOTS = 64,    /* of short values: 1.5 KB an attribute, most have fewer values */
    TEXT_MAX = 15, /* bytes of a value that fit two words beside their length */
    DIGITS = 16,   /* nothing, '0' and the fourteen signs behind it: most values are one digit */
    BEFORE_ZERO = '0' - 1
};
static const char NOTHING = BEFORE_ZERO; /* what an empty value is looked up by */

typedef struct known_value {
    uint64_t head, tail; /* its bytes, its length in the last; 0: free */
    uint32_t code;
} known_value;

typedef struct rv_code_cache {
    uint32_t digits[DIGITS]; /* code + 1; 0: not known yet. A line, where slots are spread over many */
    known_value slots[SLOTS];
} code_cache;

rv_status rv_codes_new(rv_dictionary_builder **dictionaries, uint32_t n_attributes, int workers, rv_codes *out,
                       rv_error *err) {
    *out = (rv_codes){.dictionaries = dictionaries, .n_attributes = n_attributes};
    out->caches = rv_array_new((size_t)workers * n_attributes, sizeof *out->caches, err);
    return out->caches ? RV_OK : RV_NO_MEMORY;
}

void rv_codes_free(rv_codes *codes) {
    rv_free(codes->caches);
    *codes = (rv_codes){0};
}

/* Fewer words than for contact data: "none", "-" or "0" may well be a value of an attribute. */
static bool is_missing(rv_text value) {
    return rv_text_is_nocase(value, "null") || rv_text_is_nocase(value, "n/a") || rv_text_is_nocase(value, "#n/a");
}

static rv_status code_of(rv_dictionary_builder *dictionary, rv_text value, uint32_t *code, rv_error *err) {
    *code = 0;
    return is_missing(value) ? RV_OK : rv_dictionary_add(dictionary, value, code, err);
}

static rv_status look_up(rv_dictionary_builder *dictionary, code_cache *cache, rv_text value, uint32_t *code,
                         rv_error *err) {
    if (value.len > TEXT_MAX) return code_of(dictionary, value, code, err);
    uint64_t head, tail;
    rv_load_words(value.ptr, value.len, &head, &tail);
    tail |= (uint64_t)value.len << 56;
    known_value *slot = &cache->slots[(head ^ tail * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u >> 58];
    if (slot->head != head || slot->tail != tail) {
        RV_TRY(code_of(dictionary, value, code, err));
        *slot = (known_value){head, tail, *code};
    }
    *code = slot->code;
    return RV_OK;
}

/* What isn't among the digits. */
static rv_status read_value(rv_dictionary_builder *dictionary, code_cache *cache, rv_text cell, uint32_t *code,
                            rv_error *err) {
    rv_text value = rv_text_trim(cell);
    *code = 0;
    if (value.len) RV_TRY(look_up(dictionary, cache, value, code, err));
    unsigned digit = (unsigned char)(value.len ? *value.ptr : NOTHING) - BEFORE_ZERO;
    if (value.len <= 1 && digit < DIGITS) cache->digits[digit] = *code + 1;
    return RV_OK;
}

/* Nothing and digits that were met before go the short way, which doesn't ask which of both it is: that can't be foretold. */
rv_status rv_codes_read(const rv_codes *codes, int worker, const rv_build_file *file, const rv_text *cells,
                        uint32_t *out, rv_error *err) {
    code_cache *caches = codes->caches + (size_t)worker * codes->n_attributes;
    const uint32_t *carried = file->carried;
    const int32_t *columns = file->attributes;
    for (uint32_t k = 0, n = file->n_carried; k < n; k++) {
        uint32_t attribute = carried[k];
        rv_text value = cells[columns[attribute]];
        code_cache *cache = &caches[attribute];
        if (value.len <= 1) {
            const char *first = value.len ? value.ptr : &NOTHING;
            unsigned digit = (unsigned char)*first - BEFORE_ZERO;
            out[k] = digit < DIGITS ? cache->digits[digit] - 1 : UINT32_MAX;
            if (out[k] != UINT32_MAX) continue;
        }
        RV_TRY(read_value(codes->dictionaries[attribute], cache, value, &out[k], err));
    }
    return RV_OK;
}
