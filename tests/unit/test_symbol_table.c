/* Strings packed by learned symbols come back as they were. */
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

static size_t round_trip(const rv_symbol_table *table, const rv_text *texts) {
    rv_symbol_packer *packer = malloc(sizeof *packer);
    rv_symbols_prepare(table, packer);
    size_t packed_bytes = 0;
    for (int i = 0; i < TEXTS; i++) {
        unsigned char *packed = malloc(2 * (size_t)texts[i].len + 1);
        char *back = malloc(texts[i].len + RV_SYMBOL_SLACK);
        size_t n = rv_symbols_pack(packer, texts[i].ptr, texts[i].len, packed);
        unsigned char *plain = malloc(2 * (size_t)texts[i].len + 1);
        cr_assert_eq(plain_pack(table, texts[i], plain), n);
        cr_assert_eq(memcmp(plain, packed, n), 0);
        free(plain);
        cr_assert(n <= 2 * (size_t)texts[i].len);
        cr_assert_eq(rv_symbols_length(table, packed, n), texts[i].len);
        rv_symbols_unpack(table, packed, n, back);
        cr_assert_eq(memcmp(back, texts[i].ptr, texts[i].len), 0, "text %d", i);
        packed_bytes += n;
        free(packed);
        free(back);
    }
    free(packer);
    return packed_bytes;
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
    cr_assert_eq(rv_symbols_length(&table, (const unsigned char[]){0, 0, 255, 'z'}, 4), 3u);
    cr_assert_eq(rv_symbols_length(&table, (const unsigned char[]){0, 1}, 2), SIZE_MAX);
    cr_assert_eq(rv_symbols_length(&table, (const unsigned char[]){0, 255}, 2), SIZE_MAX);
}
