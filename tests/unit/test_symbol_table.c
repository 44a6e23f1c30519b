/* Strings packed by learned symbols come back as they were. */
#include "cpu.h"
#include "random.h"
#include "symbol_table.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXTS = 2000 };

static rv_text *make_texts(uint64_t seed, bool binary) {
    static const char *const words[] = {"marie",      ".",      "dupont",  "@example", ".fr",
                                        "@gmail.com", "saint-", "etienne", "7",        "42"};
    rv_text *texts = calloc(TEXTS, sizeof *texts);
    for (uint32_t i = 0; i < TEXTS; i++) {
        rv_random random;
        rv_random_init(&random, seed, i);
        char text[400];
        size_t n = 0;
        uint32_t parts = rv_random_below(&random, 8);
        for (uint32_t j = 0; j < parts && !binary; j++)
            n += (size_t)sprintf(text + n, "%s", words[rv_random_below(&random, 10)]);
        if (binary)
            for (n = 0; n < parts * 40; n++) text[n] = (char)rv_random_below(&random, 256);
        char *copy = malloc(n + 1);
        memcpy(copy, text, n);
        texts[i] = rv_text_make(copy, n);
    }
    return texts;
}
static void free_texts(rv_text *texts) {
    for (int i = 0; i < TEXTS; i++) free((void *)(uintptr_t)texts[i].ptr);
    free(texts);
}

/* The longest symbol at each place, by looking at all of them. */
static size_t plain_pack(const rv_symbol_table *table, rv_text text, unsigned char *out) {
    size_t n = 0;
    for (uint32_t at = 0; at < text.len;) {
        unsigned best = RV_SYMBOL_ESCAPE;
        for (unsigned code = 0; code < RV_SYMBOLS; code++) {
            unsigned length = table->lengths[code];
            if (length == 0 || length > text.len - at || memcmp(&table->symbols[code], text.ptr + at, length) != 0)
                continue;
            if (best == RV_SYMBOL_ESCAPE || length > table->lengths[best]) best = code;
        }
        out[n++] = (unsigned char)best;
        if (best == RV_SYMBOL_ESCAPE) out[n++] = (unsigned char)text.ptr[at++];
        else at += table->lengths[best];
    }
    return n;
}

/* All texts at once, by the kernels of a level. */
static size_t round_trip_with(const char *level, const rv_symbol_table *table, const rv_text *texts) {
    cr_assert(rv_cpu_limit(level));
    rv_symbol_packer *packer = malloc(sizeof *packer);
    rv_symbols_prepare(table, packer);
    size_t bytes = 0, packed_bytes = 0;
    for (int i = 0; i < TEXTS; i++) bytes += texts[i].len;
    unsigned char *out = malloc(2 * bytes + 1);
    rv_text *packed = malloc(TEXTS * sizeof *packed);
    memcpy(packed, texts, TEXTS * sizeof *packed);
    rv_symbols_pack(packer, packed, TEXTS, out);
    packed_bytes = 0;
    for (int i = 0; i < TEXTS; i++) {
        unsigned char *plain = malloc(2 * (size_t)texts[i].len + 1);
        const unsigned char *p = (const unsigned char *)packed[i].ptr;
        size_t n = packed[i].len;
        cr_assert(p >= out && p + n <= out + 2 * bytes);
        cr_assert_eq(plain_pack(table, texts[i], plain), n);
        cr_assert_eq(memcmp(plain, p, n), 0);
        free(plain);
        char *back = malloc(8 * n + RV_SYMBOL_SLACK);
        cr_assert_eq(rv_symbols_unpack(table, p, n, back), texts[i].len);
        cr_assert_eq(memcmp(back, texts[i].ptr, texts[i].len), 0, "text %d", i);
        free(back);
        packed_bytes += n;
    }
    free(packed);
    free(out);
    free(packer);
    return packed_bytes;
}

static size_t round_trip(const rv_symbol_table *table, const rv_text *texts) {
    round_trip_with("scalar", table, texts);
    return round_trip_with("avx512", table, texts);
}

/* Few, many or all of the texts that a caller may have. */
Test(symbol_table, any_number_of_texts) {
    rv_text *texts = make_texts(5, false), packed[12];
    rv_symbol_table table;
    rv_symbol_packer *packer = malloc(sizeof *packer);
    cr_assert_eq(rv_symbols_train(texts, TEXTS, &table, NULL), RV_OK);
    rv_symbols_prepare(&table, packer);
    for (size_t n = 0; n <= 12; n++)
        for (size_t first = 0; first < 100; first++) {
            unsigned char out[2 * 12 * 400], plain[800];
            if (n) memcpy(packed, texts + first, n * sizeof *packed);
            rv_symbols_pack(packer, packed, n, out);
            for (size_t i = 0; i < n; i++) {
                cr_assert_eq(plain_pack(&table, texts[first + i], plain), packed[i].len);
                cr_assert_eq(memcmp(plain, packed[i].ptr, packed[i].len), 0);
            }
        }
    free(packer);
    free_texts(texts);
}
/* More symbols of one beginning than a bucket holds, so that some stand in the next one. */
Test(symbol_table, many_symbols_that_begin_alike) {
    rv_symbol_table table = {0};
    unsigned code = 0;
    for (unsigned length = 1; length <= RV_SYMBOL_BYTES; length++)
        for (unsigned k = 0; k < 4; k++, code++) {
            char symbol[9] = "ruedelap";
            symbol[length - 1] = (char)(symbol[length - 1] + (char)k);
            memcpy(&table.symbols[code], symbol, length);
            table.lengths[code] = (uint8_t)length;
        }
    rv_text *texts = calloc(TEXTS, sizeof *texts);
    for (uint32_t i = 0; i < TEXTS; i++) {
        rv_random random;
        rv_random_init(&random, 6, i);
        size_t n = rv_random_below(&random, 24);
        char *text = malloc(n + 1);
        for (size_t at = 0; at < n; at++)
            text[at] =
                (char)("ruedelap"[at % 8] + (rv_random_below(&random, 4) ? 0 : (int)rv_random_below(&random, 4)));
        texts[i] = rv_text_make(text, n);
    }
    round_trip(&table, texts);
    free_texts(texts);
}
Test(symbol_table, words_shrink_and_come_back) {
    rv_text *texts = make_texts(1, false);
    rv_symbol_table table;
    cr_assert_eq(rv_symbols_train(texts, TEXTS, &table, NULL), RV_OK);
    size_t bytes = 0, packed = round_trip(&table, texts);
    for (int i = 0; i < TEXTS; i++) bytes += texts[i].len;
    cr_assert(packed * 4 < bytes, "%zu bytes packed into %zu", bytes, packed);
    free_texts(texts);
}
/* Texts are laid out together, so many and so many bytes at once: both sides of these limits, long ones among short ones and
 * empty ones, a zero at their ends. */
Test(symbol_table, texts_of_all_lengths_beside_each_other) {
    static const uint32_t lengths[] = {0, 1, 2, 7, 8, 15, 16, 17, 33, 400, 16366, 16367, 16368, 16369, 40000};
    enum { LENGTHS = sizeof lengths / sizeof *lengths };
    rv_text *words = make_texts(7, false);
    rv_symbol_table table;
    cr_assert_eq(rv_symbols_train(words, TEXTS, &table, NULL), RV_OK);
    rv_text *texts = calloc(TEXTS, sizeof *texts);
    for (uint32_t i = 0; i < TEXTS; i++) {
        rv_random random;
        rv_random_init(&random, 8, i);
        uint32_t n = lengths[rv_random_below(&random, i % 400 ? 9 : LENGTHS)];
        char *text = malloc(n + 1), *at = text;
        for (uint32_t left = n; left;) {
            rv_text word = words[rv_random_below(&random, TEXTS)];
            uint32_t some = word.len < left ? word.len : left;
            memcpy(at, word.ptr, some);
            at += some;
            left -= some;
        }
        if (n && rv_random_below(&random, 4) == 0) text[n - 1] = 0;
        texts[i] = rv_text_make(text, n);
    }
    round_trip(&table, texts);
    free_texts(texts);
    free_texts(words);
}
Test(symbol_table, any_bytes_come_back_whatever_the_table_was_learned_from) {
    rv_text *words = make_texts(2, false), *bytes = make_texts(3, true);
    rv_symbol_table table, empty = {0};
    cr_assert_eq(rv_symbols_train(words, TEXTS, &table, NULL), RV_OK);
    round_trip(&table, bytes);
    round_trip(&empty, words);
    cr_assert_eq(rv_symbols_train(bytes, TEXTS, &table, NULL), RV_OK);
    round_trip(&table, words);
    round_trip(&table, bytes);
    free_texts(words);
    free_texts(bytes);
}
Test(symbol_table, the_same_texts_give_the_same_table) {
    rv_text *texts = make_texts(4, false);
    rv_symbol_table a, b;
    cr_assert_eq(rv_symbols_train(texts, TEXTS, &a, NULL), RV_OK);
    cr_assert_eq(rv_symbols_train(texts, TEXTS, &b, NULL), RV_OK);
    cr_assert_eq(memcmp(&a, &b, sizeof a), 0);
    free_texts(texts);
}
Test(symbol_table, bytes_that_name_no_symbol_are_refused) {
    rv_symbol_table table = {.symbols = {'a'}, .lengths = {1}};
    char room[8 * 4 + RV_SYMBOL_SLACK];
    cr_assert_eq(rv_symbols_unpack(&table, (const unsigned char[]){0, 0, 255, 'z'}, 4, room), 3u);
    cr_assert_eq(rv_symbols_unpack(&table, (const unsigned char[]){0, 1}, 2, room), SIZE_MAX);
    cr_assert_eq(rv_symbols_unpack(&table, (const unsigned char[]){0, 255}, 2, room), SIZE_MAX);
}
