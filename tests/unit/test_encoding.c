/* Encodings: told apart, and turned into UTF-8 whatever the pieces. */
#include "encoding.h"
#include "random.h"
#include <criterion/criterion.h>
#include <stdlib.h>

static size_t in_pieces(rv_encoding from, const char *in, size_t n, size_t piece, char *out) {
    rv_transcoder t = {.from = from};
    size_t len = 0;
    for (size_t i = 0; i < n; i += piece) {
        size_t take = n - i < piece ? n - i : piece;
        len += rv_transcode(&t, in + i, take, false, out + len);
    }
    return len + rv_transcode(&t, "", 0, true, out + len);
}

static void expect(rv_encoding from, const char *in, size_t n, const char *utf8) {
    char out[256];
    for (size_t piece = 1; piece <= n; piece++) {
        size_t len = in_pieces(from, in, n, piece, out);
        cr_assert(len == strlen(utf8) && memcmp(out, utf8, len) == 0, "pieces of %zu: %.*s", piece, (int)len, out);
    }
}

Test(encoding, cp1252_becomes_utf8_with_its_five_holes_kept) {
    expect(RV_CP1252, "Ren\xe9 \x80 \x8cuvre \x92 \x9f \xff", 18,
           "Ren\xc3\xa9 \xe2\x82\xac \xc5\x92uvre \xe2\x80\x99 \xc5\xb8 \xc3\xbf");
    expect(RV_CP1252, "\x81\x8d\x8f\x90\x9d", 5, "\xc2\x81\xc2\x8d\xc2\x8f\xc2\x90\xc2\x9d");
    expect(RV_CP1252, "a long line of ASCII letters and then \xe0",
           strlen("a long line of ASCII letters and then ") + 1, "a long line of ASCII letters and then \xc3\xa0");
}

Test(encoding, utf16_of_both_kinds_becomes_utf8_in_pieces_of_any_size) {
    expect(RV_UTF16LE,
           "A\0\xe9\0\xac\x20\x3d\xd8\x0e\xde"
           "b\0",
           12,
           "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x8e"
           "b");
    expect(RV_UTF16BE, "\0A\0\xe9\x20\xac\xd8\x3d\xde\x0e\0b", 12,
           "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x8e"
           "b");
}

Test(encoding, broken_utf16_becomes_bytes_that_are_no_utf8) {
    static const struct {
        const char *in;
        size_t n;
    } broken[] = {{"A\0\x3d\xd8", 4},
                  {"\x0e\xde"
                   "A\0",
                   4},
                  {"\x3d\xd8"
                   "A\0",
                   4},
                  {"A\0B", 3},
                  {"\x3d\xd8\x0e", 3}};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        for (size_t piece = 1; piece <= broken[i].n; piece++) {
            char out[64];
            size_t len = in_pieces(RV_UTF16LE, broken[i].in, broken[i].n, piece, out);
            cr_assert(len > 0 && rv_utf8_prefix(out, len) < len, "case %zu pieces of %zu", i, piece);
        }
}

Test(encoding, every_code_point_survives_utf16) {
    char in[4], out[16];
    for (uint32_t c = 1; c < 0x110000; c += c < 0x900 || c > 0x10ff00 ? 1 : 97) {
        if (c >= 0xd800 && c < 0xe000) continue;
        size_t n = 2;
        uint32_t unit = c;
        if (c >= 0x10000) {
            uint32_t low = 0xdc00 + ((c - 0x10000) & 0x3ff);
            unit = 0xd800 + ((c - 0x10000) >> 10);
            in[2] = (char)low, in[3] = (char)(low >> 8);
            n = 4;
        }
        in[0] = (char)unit, in[1] = (char)(unit >> 8);
        rv_transcoder t = {.from = RV_UTF16LE};
        size_t len = rv_transcode(&t, in, n, true, out);
        cr_assert(rv_utf8_is_valid(out, len));
        cr_assert_eq(len, c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u);
    }
}

static rv_encoding guess(const char *text, size_t n) {
    rv_encoding_evidence evidence = {0};
    rv_encoding_look(&evidence, text, n, 0);
    return rv_encoding_guess(&evidence);
}

Test(encoding, samples_tell_the_encoding) {
    cr_assert_eq(guess("", 0), RV_UTF8);
    cr_assert_eq(guess("plain ascii", 11), RV_UTF8);
    cr_assert_eq(guess("H\xc3\xa9l\xc3\xa8ne", 8), RV_UTF8);
    cr_assert_eq(guess("H\xe9l\xe8ne", 6), RV_CP1252);
    cr_assert_eq(guess("n\0o\0m\0,\0a\0", 10), RV_UTF16LE);
    cr_assert_eq(guess("\0n\0o\0m\0,\0a", 10), RV_UTF16BE);
}

Test(encoding, one_stray_byte_among_many_accents_leaves_a_file_utf8) {
    char text[2000];
    size_t n = 0;
    for (int i = 0; i < 100; i++, n += 3) memcpy(text + n, "\xc3\xa9,", 3);
    text[n++] = (char)0xe9;
    text[n++] = 'x';
    cr_assert_eq(guess(text, n), RV_UTF8);
}

Test(encoding, a_sample_that_cuts_sequences_at_both_ends_is_no_evidence_against_utf8) {
    const char *text = "\xa9"
                       "abc\xe2\x82";
    rv_encoding_evidence evidence = {0};
    rv_encoding_look(&evidence, text, strlen(text), 1000);
    cr_assert_eq(evidence.strays, 0);
    cr_assert_eq(rv_encoding_guess(&evidence), RV_UTF8);
}

Test(encoding, marks_name_their_encoding) {
    rv_encoding e = RV_ENCODING_AUTO;
    cr_assert_eq(rv_encoding_bom("\xef\xbb\xbf"
                                 "a",
                                 4, &e),
                 3);
    cr_assert_eq(e, RV_UTF8);
    cr_assert_eq(rv_encoding_bom("\xff\xfe", 2, &e), 2);
    cr_assert_eq(e, RV_UTF16LE);
    cr_assert_eq(rv_encoding_bom("\xfe\xff", 2, &e), 2);
    cr_assert_eq(e, RV_UTF16BE);
    cr_assert_eq(rv_encoding_bom("\xef\xbb", 2, &e), 0);
    cr_assert_str_eq(rv_encoding_name(RV_CP1252), "cp1252");
}

/* --- One byte a character ---------------------------------------------------------------------------------------- */

Test(encoding, tables_of_one_byte_a_character) {
    expect(RV_MACROMAN, "Civilit\x8e Besan\x8don \xdb", 19, "Civilit\xc3\xa9 Besan\xc3\xa7on \xe2\x82\xac");
    expect(RV_CP850, "Pr\x82nom H\x82l\x8ane", 13, "Pr\xc3\xa9nom H\xc3\xa9l\xc3\xa8ne");
    expect(RV_LATIN9, "c\xbdur 3 \xa4", 8, "c\xc5\x93ur 3 \xe2\x82\xac");
}

static rv_encoding guess_of(const char *text) {
    rv_encoding_evidence evidence = {0};
    rv_encoding_look(&evidence, text, strlen(text), 0);
    return rv_encoding_guess(&evidence);
}

Test(encoding, letters_in_their_places_tell_encodings_of_one_byte_apart) {
    cr_expect_eq(guess_of("Ren\xe9;H\xe9l\xe8ne;LEF\xc8VRE;\xc9tienne;l\x92\xe9t\xe9;3 \x80"), RV_CP1252);
    cr_expect_eq(guess_of("Ren\x8e;H\x8el\x8fne;LEF\xe9VRE;\x83tienne;l\xd5\x8et\x8e"), RV_MACROMAN);
    cr_expect_eq(guess_of("Ren\x82;H\x82l\x8ane;LEF\xd4VRE;\x90tienne;Ma\x87on"), RV_CP850);
    cr_expect_eq(guess_of("Ren\xe9;s\xbdur;3 \xa4"), RV_LATIN9);
    cr_expect_eq(guess_of("Ren\xe9;LEF\xe9VRE;1\xbd;FRAN\xe7OIS"), RV_CP1252, "nothing speaks for another one");
    cr_expect_eq(guess_of("\x8akoda;\x8ei\x9eka;No\xebl"), RV_CP1252, "capitals begin words");
    cr_expect_eq(guess_of("\x85 \x96 \x97"), RV_CP1252, "signs alone tell nothing");
}

Test(encoding, utf16_is_known_by_its_line_ends_where_no_letter_is_latin) {
    static const char text[] = "\x10\x04\n\0\x11\x04\n\0\x12\x04\x13\x04\n\0";
    static const char nul[] = "ab\0cd\nef\0gh\nij\nkl\n";
    rv_encoding_evidence wide = {0}, other = {0};
    rv_encoding_look(&wide, text, sizeof text - 1, 0);
    cr_expect_eq(rv_encoding_guess(&wide), RV_UTF16LE);
    rv_encoding_look(&other, nul, sizeof nul - 1, 0);
    cr_expect_eq(rv_encoding_guess(&other), RV_UTF8, "zero bytes in a text of one byte a letter");
}

/* --- UTF-8 written twice ------------------------------------------------------------------------------------------ */

/* The bytes as CP1252, written as UTF-8: what a program does that takes UTF-8 for CP1252. */
static size_t once_more(const char *in, size_t n, char *out) {
    rv_transcoder t = {.from = RV_CP1252};
    return rv_transcode(&t, in, n, true, out);
}

Test(encoding, what_was_written_twice_is_taken_back_in_pieces_of_any_size) {
    static const char *const bits[] = {
        "a", ";", "\n", "\xc3\xa9", "\xc3\x80", "\xe2\x82\xac", "\xe2\x80\x99", "\xf0\x9f\x98\x8e", "\xc5\x93", "\xc3"};
    for (unsigned round = 0; round < 400; round++) {
        rv_random random;
        rv_random_init(&random, 21, round);
        char text[128], twice[512], found[512];
        size_t n = 0;
        while (n < 100) {
            const char *bit = bits[rv_random_below(&random, round % 2 ? 9 : 10)];
            memcpy(text + n, bit, strlen(bit));
            n += strlen(bit);
        }
        size_t whole = rv_utf8_prefix(text, n), len = once_more(text, n, twice);
        for (size_t piece = 1; piece < 20; piece++) {
            size_t got = in_pieces(RV_UTF8_TWICE, twice, len, piece, found);
            cr_assert(got >= whole && memcmp(found, text, whole) == 0, "round %u, pieces of %zu", round, piece);
            cr_assert_eq(rv_utf8_prefix(found, got), got, "round %u: what wasn't written twice stays as it is", round);
            if (whole == n) cr_assert_eq(got, n, "round %u", round);
        }
    }
}

Test(encoding, twice_is_believed_where_most_characters_say_so) {
    cr_expect_eq(guess_of("Ren\xc3\x83\xc2\xa9;H\xc3\x83\xc2\xa9l\xc3\x83\xc2\xa8ne"), RV_UTF8_TWICE);
    cr_expect_eq(guess_of("Ren\xc3\x83\xc2\xa9"), RV_UTF8, "one alone may be a quotation");
    cr_expect_eq(guess_of("Ren\xc3\x83\xc2\xa9;H\xc3\x83\xc2\xa9;\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"),
                 RV_UTF8, "most are written once");
}
