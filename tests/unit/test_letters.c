/* Canonical capitals, place-holders, the vocabulary and first names. */
#include "address.h"
#include "bytes16.h"
#include "first_name.h"
#include "letters.h"
#include "placeholder.h"
#include "random.h"
#include "vocabulary.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/mman.h>
#include <utf8proc.h>

static void becomes(const char *in, const char *expected) {
    char out[RV_LETTERS_MAX];
    size_t n = rv_letters(rv_text_of(in), 0, out, sizeof out);
    cr_expect(rv_text_is(rv_text_make(out, n), expected), "'%s' gives '%.*s'", in, (int)n, out);
}

Test(letters, accents_ligatures_marks_and_blanks) {
    becomes("  Élodie   d’Été-Cœur ", "ELODIE D ETE COEUR");
    becomes("Straße", "STRASSE");
    becomes("Æsop Œuf", "AESOP OEUF");
    becomes("Łódź Ørsted Đinh", "LODZ ORSTED DINH");
    becomes("e\xCC\x81"
            "le\xCC\x80ve",
            "ELEVE");                               /* accents of their own */
    becomes("\xEF\xAC\x81n \xEF\xBC\xA1", "FIN A"); /* a printer's ligature, a wide letter */
    becomes("Nguyễn Văn", "NGUYEN VAN");
    becomes("na\xC2\xADme", "NAME"); /* soft hyphen */
    becomes("Jean\xC2\xA0Paul", "JEAN PAUL");
    becomes("J.-P. O'Neil", "J P O NEIL");
    becomes("Δημήτρης", "ΔΗΜΗΤΡΗΣ");
    becomes("Иван", "ИВАН");
    becomes("李明", "李明");
    becomes("\xE9lodie", "ELODIE"); /* Latin-1 in a UTF-8 file */
    becomes("---", "");
    becomes("", "");
}

Test(letters, comma_stays_where_asked) {
    char out[64];
    size_t n = rv_letters(RV_TEXT("12, rue X ,, "), ',', out, sizeof out);
    cr_expect(rv_text_is(rv_text_make(out, n), "12 , RUE X , ,"));
}

Test(letters, too_long_is_nothing) {
    char in[RV_LETTERS_MAX + 1], out[RV_LETTERS_MAX];
    memset(in, 'a', sizeof in);
    cr_expect_eq(rv_letters(rv_text_make(in, RV_LETTERS_MAX), 0, out, sizeof out), RV_LETTERS_MAX);
    cr_expect_eq(rv_letters(rv_text_make(in, RV_LETTERS_MAX + 1), 0, out, sizeof out), 0);
    cr_expect_eq(rv_letters(rv_text_make(in, 20), 0, out, 19), 0);
}

/* The naive twin: utf8proc on each Latin code point. Letters that don't decompose are ours to spell. */
Test(letters, latin_table_agrees_with_utf8proc) {
    unsigned compared = 0;
    for (utf8proc_int32_t point = 0xC0; point < 0x180; point++) {
        utf8proc_int32_t parts[32];
        int boundclass = UTF8PROC_BOUNDCLASS_START;
        utf8proc_ssize_t n = utf8proc_decompose_char(
            point, parts, 32, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK, &boundclass);
        if (n != 1 || parts[0] >= 0x80) continue;
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t len = utf8proc_encode_char(point, bytes);
        char out[8], expected = (char)utf8proc_toupper(parts[0]);
        size_t got = rv_letters(rv_text_make((const char *)bytes, (size_t)len), 0, out, sizeof out);
        cr_expect(got == 1 && out[0] == expected, "U+%04X", (unsigned)point);
        compared++;
    }
    cr_expect_gt(compared, 120);
}

Test(letters, twice_is_once_and_random_bytes_do_no_harm) {
    rv_random random;
    rv_random_init(&random, 20261121, 1);
    for (int round = 0; round < 20000; round++) {
        char in[64], once[4 * RV_LETTERS_MAX], twice[4 * RV_LETTERS_MAX];
        size_t n = rv_random_below(&random, sizeof in);
        for (size_t i = 0; i < n; i++) in[i] = (char)rv_random_next(&random);
        if (round % 2) /* code points, not bytes */
            for (n = 0; n + 4 < sizeof in;) {
                utf8proc_int32_t point = (utf8proc_int32_t)rv_random_below(&random, round % 4 == 1 ? 0x3000 : 0x11000);
                if (point >= 0xD800 && point < 0xE000) continue;
                n += (size_t)utf8proc_encode_char(point, (utf8proc_uint8_t *)in + n);
            }
        size_t a = rv_letters(rv_text_make(in, n), 0, once, sizeof once);
        if (a > RV_LETTERS_MAX) continue;
        size_t b = rv_letters(rv_text_make(once, a), 0, twice, sizeof twice);
        cr_assert(a == b && memcmp(once, twice, a) == 0, "round %d: '%.*s' / '%.*s'", round, (int)a, once, (int)b,
                  twice);
    }
}

Test(placeholder, says_nothing) {
    const char *const missing[] = {"#N/A", "NULL",          "-",           ".",        "0",   "n/a",  "inconnu",
                                   "NC",   "N.C.",          "XXX",         "NR",       "",    "  ",   "???",
                                   "000",  "non renseigné", "Pas de mail", "#VALEUR!", "nan", "None", "(null)"};
    const char *const values[] = {"Ng", "NICE",          "Xavier",          "1", "10", "Nadal", "O",
                                  "X",  "Nil Armstrong", "inconnue de tous"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        cr_expect(rv_placeholder(rv_text_of(missing[i])), "%s", missing[i]);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cr_expect_not(rv_placeholder(rv_text_of(values[i])), "%s", values[i]);
    cr_expect(rv_placeholder_name(RV_TEXT("TEST")));
    cr_expect(rv_placeholder_name(RV_TEXT("CLIENT PASSAGE")));
    cr_expect(rv_placeholder_name(RV_TEXT("AAAA")));
    cr_expect(rv_placeholder_name(RV_TEXT("12345")));
    cr_expect_not(rv_placeholder_name(RV_TEXT("LI")));
    cr_expect_not(rv_placeholder_name(RV_TEXT("TESTA")));
}

Test(letters, five_digits_are_what_a_look_at_each_says) {
    rv_random random;
    rv_random_init(&random, 20261122, 9);
    size_t numbers = 0;
    for (int round = 0; round < 100000; round++) {
        char text[8];
        uint32_t n = round % 8 ? 5 : rv_random_below(&random, 8);
        for (uint32_t i = 0; i < n; i++) text[i] = (char)('0' + rv_random_below(&random, 10));
        if (n && round % 3 == 0) text[rv_random_below(&random, n)] = (char)rv_random_below(&random, 256);
        rv_text a = rv_text_make(text, n);
        int32_t expected = -1;
        if (n == 5 && rv_all_digits(a)) {
            expected = 0;
            for (uint32_t i = 0; i < 5; i++) expected = expected * 10 + (text[i] - '0');
        }
        cr_assert_eq(rv_five_digits(a), expected, "round %d", round);
        numbers += expected >= 0;
    }
    cr_expect(numbers > 50000 && numbers < 80000, "%zu", numbers);
    cr_expect_eq(rv_five_digits((rv_text){0}), -1);
}

Test(vocabulary, finds_every_word_of_its_table_and_no_other) {
    size_t n;
    const rv_word *table = rv_word_table(&n);
    for (size_t i = 0; i < n; i++) {
        cr_expect_eq(rv_word_find(rv_text_of(table[i].word)), &table[i], "%s", table[i].word);
        if (i) cr_expect_lt(strcmp(table[i - 1].word, table[i].word), 0, "%s", table[i].word);
    }
    cr_expect_null(rv_word_find(RV_TEXT("")));
    cr_expect_null(rv_word_find(RV_TEXT("ZZZ")));
    cr_expect_null(rv_word_find(RV_TEXT("RUEX")));
    cr_expect_null(rv_word_find(RV_TEXT("AAAAAAAAAAAAAAAAAAAA")));
    cr_expect_null(rv_word_find(RV_TEXT("9")));
}

static const rv_word *find_one_by_one(rv_text word) {
    size_t n;
    const rv_word *table = rv_word_table(&n);
    for (size_t i = 0; i < n; i++)
        if (word.len && rv_text_is(word, table[i].word)) return &table[i];
    return NULL;
}

/* Words of the table with a letter changed, cut off or more, and words of no meaning. */
Test(vocabulary, finds_what_a_look_at_each_word_finds) {
    rv_random random;
    rv_random_init(&random, 20261122, 7);
    size_t n, found = 0;
    const rv_word *table = rv_word_table(&n);
    for (int round = 0; round < 60000; round++) {
        char text[RV_WORD_MAX + 2];
        uint32_t len = 1 + rv_random_below(&random, RV_WORD_MAX + 1);
        for (uint32_t i = 0; i < len; i++) text[i] = (char)('A' + rv_random_below(&random, 26));
        if (round % 4) {
            const char *word = table[rv_random_below(&random, (uint32_t)n)].word;
            len = (uint32_t)strlen(word) + rv_random_below(&random, 3) - 1;
            memcpy(text, word, strlen(word));
            if (len && round % 4 > 1) text[rv_random_below(&random, len)] = (char)('A' + rv_random_below(&random, 26));
        }
        rv_text word = rv_text_make(text, len);
        const rv_word *expected = find_one_by_one(word);
        cr_assert_eq(rv_word_find(word), expected, "round %d: %.*s", round, (int)len, text);
        found += expected != NULL;
    }
    cr_expect(found > 5000 && found < 40000, "both are met: %zu", found);
}

Test(first_names, are_found_and_in_order) {
    for (size_t i = 0; i < rv_first_names_count; i++) {
        cr_expect_eq(rv_first_name_find(rv_text_of(rv_first_names[i].name)), rv_first_names[i].sex);
        if (i)
            cr_expect_lt(strcmp(rv_first_names[i - 1].name, rv_first_names[i].name), 0, "%s", rv_first_names[i].name);
    }
    cr_expect_eq(rv_first_name_find(RV_TEXT("JEAN")), RV_FIRST_NAME_MALE);
    cr_expect_eq(rv_first_name_find(RV_TEXT("JEA")), RV_FIRST_NAME_UNKNOWN);
    cr_expect_eq(rv_first_name_find(RV_TEXT("")), RV_FIRST_NAME_UNKNOWN);
    cr_expect_eq(rv_first_name_find(RV_TEXT("JEANXXXXXXXXXXXX")), RV_FIRST_NAME_UNKNOWN);
    cr_expect_eq(rv_first_name_find(RV_TEXT("CAMILLE")), RV_FIRST_NAME_BOTH);
    cr_expect(rv_first_name_same(RV_TEXT("KATHY"), RV_TEXT("CATHERINE")));
    cr_expect(rv_first_name_same(RV_TEXT("MATHIEU"), RV_TEXT("MATTHIEU")));
    cr_expect_not(rv_first_name_same(RV_TEXT("JEAN"), RV_TEXT("JEANNE")));
    cr_expect_not(rv_first_name_same(RV_TEXT("ALEXANDRE"), RV_TEXT("ALEXANDRA")));
}

/* --- Twins ------------------------------------------------------------------------------------------------------- */

static size_t plain_words(rv_text text, rv_text *words, size_t max) {
    size_t n = 0;
    uint32_t start = 0;
    for (uint32_t i = 0; i <= text.len && n < max; i++) {
        if (i < text.len && text.ptr[i] != ' ') continue;
        if (i > start) words[n++] = rv_text_make(text.ptr + start, i - start);
        start = i + 1;
    }
    return n;
}

Test(words, are_cut_as_a_byte_at_a_time_would) {
    rv_random random;
    rv_random_init(&random, 20261121, 1);
    for (int round = 0; round < 20000; round++) {
        uint32_t len = (uint32_t)rv_random_below(&random, 60);
        size_t max = (size_t)rv_random_below(&random, 9);
        char *text = malloc(len ? len : 1); /* no byte more: reading beyond is seen */
        for (uint32_t i = 0; i < len; i++) text[i] = "A  B!\xA0\xC3\x1F"[rv_random_below(&random, 8)];
        rv_text fast[9], plain[9];
        size_t n = rv_words(rv_text_make(text, len), fast, max);
        cr_assert_eq(n, plain_words(rv_text_make(text, len), plain, max), "round %d", round);
        for (size_t i = 0; i < n; i++)
            cr_assert(fast[i].ptr == plain[i].ptr && fast[i].len == plain[i].len, "round %d", round);
        for (uint32_t from = 0; from <= len; from++) {
            uint64_t word = 0;
            for (uint32_t i = 0; i < 8 && from + i < len; i++)
                word |= (uint64_t)(unsigned char)text[from + i] << (8 * i);
            cr_assert_eq(rv_load_bytes(text + from, len - from), word, "round %d", round);
        }
        free(text);
    }
}

/* Every length at every place of two pages, of which the second can't be read: whoever reads beyond a page is stopped. */
Test(words, are_loaded_and_copied_at_the_end_of_what_can_be_read) {
    enum { PAGE = RV_PAGE_BYTES };
    char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(page != MAP_FAILED && mprotect(page + PAGE, PAGE, PROT_NONE) == 0);
    for (size_t i = 0; i < PAGE; i++) page[i] = (char)(i * 7 + 1);
    for (size_t n = 0; n <= 40; n++)
        for (size_t behind = 0; behind < 20; behind++) {
            const char *p = page + PAGE - behind - n;
            unsigned char want[16] = {0}, got[16], copy[64];
            memcpy(want, p, n < 16 ? n : 16);
            rv_store_16((char *)got, rv_load_16(p, n < 16 ? n : 16));
            cr_assert(memcmp(got, want, 16) == 0, "%zu bytes, %zu behind", n, behind);
            uint64_t word, head, tail;
            memcpy(&word, want, 8);
            cr_assert_eq(rv_load_bytes(p, n), word);
            cr_assert_eq(rv_load_bytes_apart(p, n), word);
            rv_load_words(p, n < 16 ? n : 16, &head, &tail);
            cr_assert(memcmp(&head, want, 8) == 0 && memcmp(&tail, want + 8, 8) == 0);
            memset(copy, 0xEE, sizeof copy);
            rv_copy_16((char *)copy, p, n);
            cr_assert(memcmp(copy, p, n) == 0 && copy[n + 15] == 0xEE, "%zu bytes, %zu behind", n, behind);
        }
    cr_assert_eq(rv_load_bytes(NULL, 0), 0);
    munmap(page, 2 * PAGE);
}

static rv_text plain_street_word(rv_text street) {
    rv_text words[64];
    size_t n = plain_words(street, words, 64);
    while (n > 0) {
        rv_text word = words[--n];
        bool article = word.len <= 3 && rv_word_is(word, RV_WORD_ARTICLE);
        if (!rv_is_digit(word.ptr[0]) && word.len > 1 && !article) return word;
    }
    return street;
}

Test(words, the_street_word_is_the_last_that_is_no_article_number_or_letter) {
    static const char *const pieces[] = {"DE", "LA", "MAI", "8", "1945", "B", "LILAS", "L", "AUX", ""};
    rv_random random;
    rv_random_init(&random, 20261121, 2);
    for (int round = 0; round < 5000; round++) {
        char street[64] = "";
        size_t n = rv_random_below(&random, 6);
        for (size_t i = 0; i < n; i++) {
            if (i) strcat(street, " ");
            strcat(street, pieces[rv_random_below(&random, 10)]);
        }
        rv_text a = rv_address_street_word(rv_text_of(street)), b = plain_street_word(rv_text_of(street));
        cr_assert(a.ptr == b.ptr && a.len == b.len, "'%s'", street);
    }
}

/* Line by line, word by word. */
static bool plainly_same(rv_text a, rv_text b) {
    size_t n;
    const char *const *forms = rv_first_name_forms(&n);
    for (size_t i = 0; i < n && a.len > 1 && b.len > 1; i++)
        if ((forms[i][0] == a.ptr[0] || forms[i][0] == b.ptr[0]) && rv_word_in(a, forms[i]) && rv_word_in(b, forms[i]))
            return true;
    return false;
}

Test(first_name, forms_found_by_their_hash_are_those_of_the_lines) {
    enum { MAX = 2000 };
    static rv_text all[MAX];
    size_t lines, n = 0, same = 0;
    const char *const *forms = rv_first_name_forms(&lines);
    for (size_t i = 0; i < lines; i++) n += rv_words(rv_text_of(forms[i]), all + n, MAX - n);
    cr_assert(n > 400 && n < MAX - 20);
    static const char *const others[] = {"A", "ZZ", "", "ALEXANDREALEXANDRE", "FREDERI", "OHN", "JEAN", "JEANNE"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) all[n++] = rv_text_of(others[i]);
    rv_random random;
    rv_random_init(&random, 17, 0);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 60; k++) { /* neighbours, of which most share a line, and strangers */
            size_t j = k < 12 ? (i + k) % n : rv_random_below(&random, (uint32_t)n);
            bool expected = plainly_same(all[i], all[j]);
            cr_assert_eq(rv_first_name_same(all[i], all[j]), expected, "%.*s %.*s", (int)all[i].len, all[i].ptr,
                         (int)all[j].len, all[j].ptr);
            same += expected;
        }
    cr_assert(same > 500);
}

/* Byte by byte, as one would write it. */
static bool naive_word_in(rv_text word, const char *list) {
    for (const char *end; *list; list = *end ? end + 1 : end) {
        end = strchr(list, ' ');
        if (!end) end = list + strlen(list);
        if (word.len && (size_t)(end - list) == word.len && memcmp(list, word.ptr, word.len) == 0) return true;
    }
    return false;
}

Test(letters, words_are_found_in_lists_of_any_length) {
    static const char letters[] = "AB C";
    unsigned found = 0;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 0);
        size_t n = rv_random_below(&random, 70), len = rv_random_below(&random, 5);
        char *list = malloc(n + 1), *word = malloc(len + 1); /* so that a byte too many is told */
        for (size_t i = 0; i < n; i++) list[i] = letters[rv_random_below(&random, 4)];
        for (size_t i = 1; i < n; i++)
            if (list[i] == ' ' && list[i - 1] == ' ') list[i] = 'A';
        if (n && list[0] == ' ') list[0] = 'B';
        list[n] = 0;
        for (size_t i = 0; i < len; i++) word[i] = "ABC"[rv_random_below(&random, 3)];
        bool expected = naive_word_in(rv_text_make(word, len), list);
        cr_assert_eq(rv_word_in(rv_text_make(word, len), list), expected, "seed %llu: %.*s in %s",
                     (unsigned long long)seed, (int)len, word, list);
        found += expected;
        free(list);
        free(word);
    }
    cr_assert(found > 1000 && found < 19000);
}
