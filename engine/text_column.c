/* Everything here follows from the texts alone: words of equal frequency stand in order of appearance. */
#include "text_column.h"

#include "hash.h"
#include <stdlib.h>

enum { TRIAL_LEVEL = 1, TRIAL_ROWS = 4096 }; /* the first rows of a block stand for it */

typedef struct word {
    rv_text text;
    uint32_t first, count; /* row of its first appearance; rows */
} word;

struct rv_text_column {
    /* packing */
    rv_text *rows; /* n: the texts, or their patterns */
    rv_buffer patterns;
    unsigned char *pairs; /* n * RV_COLUMN_PAIRS_MAX */
    uint8_t *n_pairs;     /* n */
    uint32_t *slots;      /* of a hash table: 1 + word */
    uint32_t *word_of;    /* n: the word's number by appearance */
    uint32_t *number_of;  /* per word by appearance: its number by frequency */
    word *words;
    size_t rows_cap;
    rv_buffer tried[RV_COLUMN_STREAMS], packed;
    /* unpacking */
    rv_buffer lengths, bytes;
    rv_text *entries;
    size_t entries_cap;
};

rv_status rv_text_column_new(rv_text_column **out, rv_error *err) {
    *out = rv_new(sizeof **out, err);
    return *out ? RV_OK : RV_NO_MEMORY;
}

static void free_rows(rv_text_column *c) {
    rv_free(c->rows);
    rv_free(c->pairs);
    rv_free(c->n_pairs);
    rv_free(c->slots);
    rv_free(c->word_of);
    rv_free(c->number_of);
    rv_free(c->words);
    c->rows = NULL, c->pairs = NULL, c->n_pairs = NULL, c->slots = NULL;
    c->word_of = NULL, c->number_of = NULL, c->words = NULL;
    c->rows_cap = 0;
}

void rv_text_column_free(rv_text_column *c) {
    if (!c) return;
    free_rows(c);
    rv_buffer_free(&c->patterns);
    for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) rv_buffer_free(&c->tried[s]);
    rv_buffer_free(&c->packed);
    rv_buffer_free(&c->lengths);
    rv_buffer_free(&c->bytes);
    rv_free(c->entries);
    rv_free(c);
}

static size_t slots_for(size_t n) {
    size_t slots = 64;
    while (slots < n * 2) slots *= 2;
    return slots;
}

static rv_status ready_for(rv_text_column *c, size_t n, rv_error *err) {
    if (n <= c->rows_cap) return RV_OK;
    free_rows(c);
    c->rows = rv_array_new(n, sizeof *c->rows, err);
    c->pairs = rv_array_new(n, RV_COLUMN_PAIRS_MAX, err);
    c->n_pairs = rv_array_new(n, 1, err);
    c->slots = rv_array_new(slots_for(n), sizeof *c->slots, err);
    c->word_of = rv_array_new(n, sizeof *c->word_of, err);
    c->number_of = rv_array_new(n, sizeof *c->number_of, err);
    c->words = rv_array_new(n, sizeof *c->words, err);
    if (!c->rows || !c->pairs || !c->n_pairs || !c->slots || !c->word_of || !c->number_of || !c->words)
        return RV_NO_MEMORY;
    c->rows_cap = n;
    return RV_OK;
}

/* --- Digits ------------------------------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* One text's pairs; its pattern to `pattern`. false: too many digits. */
static bool take_digits(rv_text text, char *pattern, unsigned char *pairs, uint8_t *n_pairs) {
    unsigned n = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        char ch = text.ptr[i];
        pattern[i] = is_digit(ch) ? '0' : ch;
        if (!is_digit(ch)) continue;
        if (n == 2 * RV_COLUMN_PAIRS_MAX) return false;
        unsigned digit = (unsigned)(ch - '0');
        pairs[n / 2] = (unsigned char)(n % 2 ? (pairs[n / 2] - 100) * 10 + (int)digit : 100 + (int)digit);
        n++;
    }
    *n_pairs = (uint8_t)((n + 1) / 2);
    return true;
}

/* Patterns into c->rows. *digits: is it worth a try? */
static rv_status split_digits(rv_text_column *c, const rv_text *texts, size_t n, size_t step, bool *digits,
                              rv_error *err) {
    size_t total = 0, pairs = 0;
    for (size_t i = 0; i < n; i++) total += texts[i * step].len;
    c->patterns.len = 0;
    if (!rv_buffer_reserve(&c->patterns, total + 1)) return rv_fail_memory(err, total);
    char *at = c->patterns.data;
    *digits = true;
    for (size_t i = 0; i < n && *digits; i++) {
        rv_text text = texts[i * step];
        *digits = take_digits(text, at, c->pairs + i * RV_COLUMN_PAIRS_MAX, &c->n_pairs[i]);
        c->rows[i] = rv_text_make(at, text.len);
        at += text.len;
        pairs += c->n_pairs[i];
    }
    *digits = *digits && pairs * 8 > n; /* a digit in some texts: no form of the column */
    return RV_OK;
}

static void put_digits(const rv_text_column *c, size_t n, rv_buffer *out, size_t *ends, size_t *n_ends) {
    size_t start = out->len;
    for (unsigned place = 0; place < RV_COLUMN_PAIRS_MAX; place++) {
        size_t before = out->len;
        if (!rv_buffer_reserve(out, n)) return; /* told by rv_buffer_check */
        for (size_t i = 0; i < n; i++)
            if (c->n_pairs[i] > place) out->data[out->len++] = (char)c->pairs[i * RV_COLUMN_PAIRS_MAX + place];
        if (out->len == before) break;
        ends[(*n_ends)++] = out->len - start;
    }
}

/* --- Words -------------------------------------------------------------------------------------------------------- */

static int by_frequency(const void *a, const void *b) {
    const word *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* The distinct texts of c->rows into c->words, by frequency; word_of and number_of lead from rows to them. */
static size_t find_words(rv_text_column *c, size_t n) {
    size_t slots = slots_for(c->rows_cap), found = 0;
    memset(c->slots, 0, slots * sizeof *c->slots);
    for (size_t i = 0; i < n; i++) {
        size_t slot = (size_t)rv_hash64(c->rows[i].ptr, c->rows[i].len, 0) & (slots - 1);
        while (c->slots[slot] && !rv_text_equal(c->words[c->slots[slot] - 1].text, c->rows[i]))
            slot = (slot + 1) & (slots - 1);
        if (!c->slots[slot]) {
            c->words[found] = (word){.text = c->rows[i], .first = (uint32_t)i};
            c->slots[slot] = (uint32_t)++found;
        }
        c->word_of[i] = c->slots[slot] - 1;
        c->words[c->word_of[i]].count++;
    }
    qsort(c->words, found, sizeof *c->words, by_frequency);
    for (size_t w = 0; w < found; w++) c->number_of[c->word_of[c->words[w].first]] = (uint32_t)w;
    return found;
}

static void put_varint(rv_buffer *out, uint32_t value) {
    unsigned char bytes[5];
    size_t n = 0;
    for (; value >= 128; value >>= 7) bytes[n++] = (unsigned char)(value | 128);
    bytes[n++] = (unsigned char)value;
    rv_buffer_add(out, bytes, n);
}

static void put_text(rv_text text, rv_buffer *lengths, rv_buffer *bytes) {
    put_varint(lengths, text.len);
    rv_buffer_add(bytes, text.ptr, text.len);
}

static void put_words(const rv_text_column *c, size_t n, size_t words, rv_buffer *const *streams) {
    for (size_t w = 0; w < words; w++) put_text(c->words[w].text, streams[RV_STREAM_LENGTHS], streams[RV_STREAM_BYTES]);
    rv_buffer *low = streams[RV_STREAM_LOW], *high = streams[RV_STREAM_HIGH];
    if (!rv_buffer_reserve(low, n) || !rv_buffer_reserve(high, n)) return;
    for (size_t i = 0; i < n; i++) {
        uint32_t number = c->number_of[c->word_of[i]];
        low->data[low->len++] = (char)number;
        if (words > 256) high->data[high->len++] = (char)(number >> 8);
    }
}

/* --- Forms -------------------------------------------------------------------------------------------------------- */

typedef struct form {
    bool words, digits;
} form;

/* c->rows are the texts or, with digits apart, the patterns; words are found. */
static rv_status put_form(const rv_text_column *c, form f, size_t n, size_t words, rv_buffer *const *streams,
                          size_t *ends, size_t *n_ends, rv_error *err) {
    *n_ends = 0;
    if (f.words) put_words(c, n, words, streams);
    else
        for (size_t i = 0; i < n; i++) put_text(c->rows[i], streams[RV_STREAM_LENGTHS], streams[RV_STREAM_BYTES]);
    if (f.digits) put_digits(c, n, streams[RV_STREAM_DIGITS], ends, n_ends);
    for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) RV_TRY(rv_buffer_check(streams[s], err));
    return RV_OK;
}

static rv_status try_form(rv_text_column *c, rv_codec *codec, form f, size_t n, size_t words, size_t *size,
                          rv_error *err) {
    rv_buffer *streams[RV_COLUMN_STREAMS];
    size_t ends[RV_COLUMN_PAIRS_MAX], n_ends;
    for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) {
        streams[s] = &c->tried[s];
        c->tried[s].len = 0;
    }
    RV_TRY(put_form(c, f, n, words, streams, ends, &n_ends, err));
    c->packed.len = 0;
    for (unsigned s = 0; s < RV_STREAM_DIGITS; s++)
        if (c->tried[s].len)
            RV_TRY(rv_codec_pack(codec, TRIAL_LEVEL, c->tried[s].data, c->tried[s].len, &c->packed, err));
    if (f.digits)
        RV_TRY(rv_codec_pack_runs(codec, TRIAL_LEVEL, c->tried[RV_STREAM_DIGITS].data, ends, n_ends, &c->packed, err));
    *size = c->packed.len;
    return RV_OK;
}

/* Both forms of what stands in c->rows against the best so far. */
static rv_status try_both(rv_text_column *c, rv_codec *codec, bool digits, size_t n, form *best, size_t *least,
                          rv_error *err) {
    size_t words = find_words(c, n), size;
    for (int as_words = 0; as_words < 2; as_words++) {
        form f = {as_words, digits};
        if (as_words && words > n / 8 * 7) continue; /* nearly all differ */
        RV_TRY(try_form(c, codec, f, n, words, &size, err));
        if (size >= *least) continue;
        *least = size;
        *best = f;
    }
    return RV_OK;
}

rv_status rv_text_column_pack(rv_text_column *c, rv_codec *codec, const rv_text *texts, size_t n, size_t step,
                              rv_buffer *const streams[RV_COLUMN_STREAMS], size_t *ends, size_t *n_ends,
                              rv_error *err) {
    form best = {false, false};
    size_t least = SIZE_MAX;
    bool digits;
    if (n > RV_COLUMN_ROWS_MAX) return rv_fail(err, RV_BAD_ARGUMENT, "a column of %zu texts", n);
    size_t tried = n < TRIAL_ROWS ? n : TRIAL_ROWS;
    RV_TRY(ready_for(c, n, err));
    RV_TRY(split_digits(c, texts, tried, step, &digits, err));
    if (digits) RV_TRY(try_both(c, codec, true, tried, &best, &least, err));
    for (size_t i = 0; i < n; i++) c->rows[i] = texts[i * step];
    RV_TRY(try_both(c, codec, false, tried, &best, &least, err));
    if (best.digits) {
        RV_TRY(split_digits(c, texts, n, step, &best.digits, err)); /* a later text may have too many */
        for (size_t i = 0; i < n && !best.digits; i++) c->rows[i] = texts[i * step];
    }
    return put_form(c, best, n, best.words ? find_words(c, n) : 0, streams, ends, n_ends, err);
}

/* --- Unpacking ---------------------------------------------------------------------------------------------------- */

static rv_status senseless(rv_error *err) { return rv_fail(err, RV_CORRUPT, "a column of texts makes no sense"); }

static bool take_length(rv_text *lengths, uint32_t *out) {
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 28 && lengths->len; shift += 7) {
        unsigned char byte = (unsigned char)*lengths->ptr++;
        lengths->len--;
        value |= (uint32_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = value;
            return true;
        }
    }
    return false;
}

/* All words into c->entries; *n of them. */
static rv_status read_words(rv_text_column *c, rv_text lengths, rv_text bytes, size_t *n, rv_error *err) {
    size_t found = 0;
    while (lengths.len) {
        uint32_t len;
        if (found == c->entries_cap) {
            size_t cap = found * 2 + 1024;
            if (!rv_array_resize(&c->entries, cap, sizeof *c->entries, err)) return RV_NO_MEMORY;
            c->entries_cap = cap;
        }
        if (!take_length(&lengths, &len) || len > bytes.len || found == RV_COLUMN_ROWS_MAX) return senseless(err);
        c->entries[found++] = rv_text_make(bytes.ptr, len);
        bytes.ptr += len;
        bytes.len -= len;
    }
    *n = found;
    return RV_OK;
}

/* Every row's text, digits still '0', as lengths and bytes. */
static rv_status expand_words(rv_text_column *c, const rv_text *streams, size_t n, size_t limit, rv_error *err) {
    size_t words = 0, total = 0;
    const unsigned char *low = (const unsigned char *)streams[RV_STREAM_LOW].ptr,
                        *high = (const unsigned char *)streams[RV_STREAM_HIGH].ptr;
    bool wide = streams[RV_STREAM_HIGH].len > 0;
    if (streams[RV_STREAM_LOW].len != n || (wide && streams[RV_STREAM_HIGH].len != n)) return senseless(err);
    RV_TRY(read_words(c, streams[RV_STREAM_LENGTHS], streams[RV_STREAM_BYTES], &words, err));
    for (size_t i = 0; i < n; i++) {
        size_t number = low[i] | (wide ? (size_t)high[i] << 8 : 0);
        if (number >= words) return senseless(err);
        total += c->entries[number].len;
    }
    if (total > limit) return senseless(err);
    c->lengths.len = c->bytes.len = 0;
    if (!rv_buffer_reserve(&c->lengths, n * 5 + 1) || !rv_buffer_reserve(&c->bytes, total + 1))
        return rv_fail_memory(err, total);
    for (size_t i = 0; i < n; i++)
        put_text(c->entries[low[i] | (wide ? (size_t)high[i] << 8 : 0)], &c->lengths, &c->bytes);
    return RV_OK;
}

/* Counts the texts that have more than p pairs, for each p; the bytes stay as they are. */
static bool count_pairs(rv_text lengths, const char *text, size_t left, size_t n, size_t *counts) {
    for (size_t i = 0; i < n; i++) {
        uint32_t len, zeros = 0;
        if (!take_length(&lengths, &len) || len > left) return false;
        for (uint32_t k = 0; k < len; k++) zeros += text[k] == '0';
        if (zeros > 2 * RV_COLUMN_PAIRS_MAX) return false;
        for (uint32_t p = 0; p < (zeros + 1) / 2; p++) counts[p]++;
        text += len;
        left -= len;
    }
    return true;
}

/* Digits back to their places in c->bytes, whose lengths are `lengths`. */
static rv_status fill_digits(rv_text_column *c, rv_text lengths, rv_text digits, size_t n, rv_error *err) {
    size_t counts[RV_COLUMN_PAIRS_MAX] = {0}, total = 0;
    const unsigned char *next[RV_COLUMN_PAIRS_MAX];
    if (!count_pairs(lengths, c->bytes.data, c->bytes.len, n, counts)) return senseless(err);
    for (unsigned p = 0; p < RV_COLUMN_PAIRS_MAX; p++) {
        next[p] = (const unsigned char *)digits.ptr + (total < digits.len ? total : digits.len);
        total += counts[p];
    }
    if (total != digits.len) return senseless(err);
    char *text = c->bytes.data;
    for (size_t i = 0; i < n; i++) {
        uint32_t len, seen = 0;
        char *first = NULL;
        if (!take_length(&lengths, &len)) return senseless(err);
        for (uint32_t k = 0; k < len; k++) {
            if (text[k] != '0') continue;
            if (seen++ % 2 == 0) {
                first = &text[k];
                continue;
            }
            unsigned pair = *next[seen / 2 - 1]++;
            if (pair >= 100) return senseless(err);
            *first = (char)('0' + pair / 10);
            text[k] = (char)('0' + pair % 10);
        }
        if (seen % 2) {
            unsigned alone = *next[seen / 2]++;
            if (alone < 100 || alone > 109) return senseless(err);
            *first = (char)('0' + (alone - 100));
        }
        text += len;
    }
    return RV_OK;
}

rv_status rv_text_column_unpack(rv_text_column *c, const rv_text streams[RV_COLUMN_STREAMS], size_t n, size_t limit,
                                rv_text *lengths, rv_text *bytes, rv_error *err) {
    rv_text own_lengths = streams[RV_STREAM_LENGTHS], own_bytes = streams[RV_STREAM_BYTES];
    if (n > RV_COLUMN_ROWS_MAX) return senseless(err);
    if (streams[RV_STREAM_LOW].len) {
        RV_TRY(expand_words(c, streams, n, limit, err));
        own_lengths = rv_text_make(c->lengths.data, c->lengths.len);
        own_bytes = rv_text_make(c->bytes.data, c->bytes.len);
    } else if (streams[RV_STREAM_DIGITS].len) {
        c->bytes.len = 0;
        if (!rv_buffer_reserve(&c->bytes, own_bytes.len + 1)) return rv_fail_memory(err, own_bytes.len);
        rv_buffer_add(&c->bytes, own_bytes.ptr, own_bytes.len);
        own_bytes = rv_text_make(c->bytes.data, c->bytes.len);
    }
    if (own_bytes.len > limit) return senseless(err);
    if (streams[RV_STREAM_DIGITS].len) RV_TRY(fill_digits(c, own_lengths, streams[RV_STREAM_DIGITS], n, err));
    *lengths = own_lengths;
    *bytes = own_bytes;
    return RV_OK;
}
