/*
 * Nearly every value is ASCII or Western European: those are read byte by byte against a small table. Only what is
 * left goes through utf8proc, one code point at a time: NFKD, marks stripped, upper case. Working per code point is
 * enough since nothing is ever composed again.
 */
#include "letters.h"

#include "bytes16.h"
#include <utf8proc.h>

enum { FIRST_LATIN = 0xC0, END_LATIN = 0x180 };

/* U+00C0-U+017F. utf8proc's NFKD agrees (a test says so) save where a letter doesn't decompose: AE, O, D, TH... */
static const char latin[END_LATIN - FIRST_LATIN][3] = {
    "A", "A", "A",  "A", "A", "A", "AE", "C",  "E", "E", "E",  "E",  "I", "I", "I",  "I",  "D", "N", "O",  "O",
    "O", "O", "O",  " ", "O", "U", "U",  "U",  "U", "Y", "TH", "SS", "A", "A", "A",  "A",  "A", "A", "AE", "C",
    "E", "E", "E",  "E", "I", "I", "I",  "I",  "D", "N", "O",  "O",  "O", "O", "O",  " ",  "O", "U", "U",  "U",
    "U", "Y", "TH", "Y", "A", "A", "A",  "A",  "A", "A", "C",  "C",  "C", "C", "C",  "C",  "C", "C", "D",  "D",
    "D", "D", "E",  "E", "E", "E", "E",  "E",  "E", "E", "E",  "E",  "G", "G", "G",  "G",  "G", "G", "G",  "G",
    "H", "H", "H",  "H", "I", "I", "I",  "I",  "I", "I", "I",  "I",  "I", "I", "IJ", "IJ", "J", "J", "K",  "K",
    "K", "L", "L",  "L", "L", "L", "L",  "L",  "L", "L", "L",  "N",  "N", "N", "N",  "N",  "N", "N", "NG", "NG",
    "O", "O", "O",  "O", "O", "O", "OE", "OE", "R", "R", "R",  "R",  "R", "R", "S",  "S",  "S", "S", "S",  "S",
    "S", "S", "T",  "T", "T", "T", "T",  "T",  "U", "U", "U",  "U",  "U", "U", "U",  "U",  "U", "U", "U",  "U",
    "W", "W", "Y",  "Y", "Y", "Z", "Z",  "Z",  "Z", "Z", "Z",  "S",
};

typedef struct writer {
    char *out;
    size_t len, cap;
    bool blank; /* a blank is due before the next letter */
    bool full;
} writer;

static void put(writer *w, const char *bytes, size_t n) {
    bool blank = w->blank && w->len;
    if (w->len + n + blank > w->cap) {
        w->full = true;
        return;
    }
    if (blank) w->out[w->len++] = ' ';
    w->blank = false;
    memcpy(w->out + w->len, bytes, n);
    w->len += n;
}

static inline char capital(unsigned char c) {
    unsigned char upper = (unsigned char)(c & 0xDF);
    if ((unsigned char)(upper - 'A') < 26) return (char)upper;
    return (unsigned char)(c - '0') < 10 ? (char)c : 0;
}

/* One decomposed code point beyond Latin Extended-A. */
static void put_other(writer *w, utf8proc_int32_t point) {
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: {
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t n = utf8proc_encode_char(utf8proc_toupper(point), bytes);
        put(w, (const char *)bytes, (size_t)n);
        return;
    }
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME: /* accents on their own */
    case UTF8PROC_CATEGORY_CF: /* soft hyphen, zero-width blanks, direction marks */ return;
    default: w->blank = true;
    }
}

static void put_latin(writer *w, utf8proc_int32_t point) {
    const char *letters = latin[point - FIRST_LATIN];
    if (letters[0] == ' ') w->blank = true;
    else put(w, letters, letters[1] ? 2 : 1);
}

static void put_point(writer *w, utf8proc_int32_t point) {
    if (point >= FIRST_LATIN && point < END_LATIN) {
        put_latin(w, point);
        return;
    }
    if (point < FIRST_LATIN) { /* signs; the soft hyphen alone is nothing at all */
        if (point != 0xAD) w->blank = true;
        return;
    }
    utf8proc_int32_t parts[32];
    int boundclass = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        point, parts, 32, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK, &boundclass);
    if (n < 0 || n > 32) {
        w->blank = true;
        return;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        if (parts[i] >= 0x80) {
            if (parts[i] >= FIRST_LATIN && parts[i] < END_LATIN) put_latin(w, parts[i]);
            else put_other(w, parts[i]);
            continue;
        }
        char c = capital((unsigned char)parts[i]);
        if (c) put(w, &c, 1);
        else w->blank = true;
    }
}

/* The code point at `at`, its length in *n. What isn't UTF-8 is one Latin-1 letter. */
static utf8proc_int32_t read_point(rv_text in, uint32_t at, uint32_t *n) {
    unsigned char lead = (unsigned char)in.ptr[at];
    *n = 1;
    if (lead >= 0xC2 && lead <= 0xDF && at + 1 < in.len && ((unsigned char)in.ptr[at + 1] & 0xC0) == 0x80) {
        *n = 2;
        return (lead & 0x1F) << 6 | ((unsigned char)in.ptr[at + 1] & 0x3F);
    }
    utf8proc_int32_t point;
    utf8proc_ssize_t got =
        utf8proc_iterate((const utf8proc_uint8_t *)in.ptr + at, (utf8proc_ssize_t)(in.len - at), &point);
    if (got <= 1) return lead;
    *n = (uint32_t)got;
    return point;
}

/* Accented letters that are one letter without their accents become it; false where there is anything else beyond ASCII,
 * or what must be judged with its accents on. `beyond`: where bytes beyond ASCII are. What lies between them, mostly all but
 * one letter, is copied at once. `out` may be written over up to its end. */
static bool without_accents(rv_text in, uint64_t beyond, char out[RV_PLAIN_MAX + 16], uint32_t *n) {
    uint32_t written = 0, from = 0;
    while (beyond) {
        uint32_t i = (uint32_t)__builtin_ctzll(beyond);
        unsigned char c = (unsigned char)in.ptr[i];
        unsigned next = i + 1 < in.len ? (unsigned char)in.ptr[i + 1] : 0;
        if (c < 0xC3 || c > 0xC5 || (next & 0xC0) != 0x80) return false;
        unsigned point = (c & 0x1Fu) << 6 | (next & 0x3F);
        const char *letters = latin[point - FIRST_LATIN];
        if (letters[1] || letters[0] == ' ') return false;
        rv_copy_16(out + written, in.ptr + from, i - from);
        written += i - from;
        out[written++] = letters[0];
        from = i + 2;
        beyond &= beyond - 1; /* the letter's two bytes */
        beyond &= beyond - 1;
    }
    rv_copy_16(out + written, in.ptr + from, in.len - from);
    *n = written + in.len - from;
    return true;
}

size_t rv_letters_plain(rv_text in, char keep, char out[RV_PLAIN_MAX], rv_plain *plain) {
    const __m128i blank = _mm_set1_epi8(' '), small = _mm_set1_epi8((char)0xDF);
    const char *from = in.ptr;
    size_t n = in.len;
    char ascii[RV_PLAIN_MAX + 16];
    if (n == 0 || n > RV_PLAIN_MAX) return 0;
    for (bool again = false;; again = true) {
        uint64_t letters = 0, digits = 0, beyond = 0, refused = 0;
        for (size_t i = 0; 16 * i < n; i++) {
            size_t at = rv_piece_at(i, n);
            __m128i v = rv_load_piece(from, at, n), upper = _mm_and_si128(v, small);
            __m128i is_letter = rv_in_range(upper, 'A', 25), is_digit = rv_in_range(v, '0', 9);
            __m128i word = _mm_or_si128(_mm_and_si128(is_letter, upper), _mm_and_si128(is_digit, v));
            __m128i gap = _mm_andnot_si128(_mm_or_si128(is_letter, is_digit), blank);
            rv_store_16(out + at, _mm_or_si128(word, gap));
            letters |= rv_mask_16(is_letter) << at;
            digits |= rv_mask_16(is_digit) << at;
            beyond |= rv_mask_16(v) << at;
            if (keep) refused |= rv_mask_equal(v, keep);
        }
        uint64_t blanks = ~(letters | digits) & (~(uint64_t)0 >> (64 - n));
        plain->blanks = blanks;
        plain->digits = digits;
        if (!beyond) return refused || (blanks & 1) || (blanks >> (n - 1) & 1) || (blanks & blanks << 1) ? 0 : n;
        uint32_t shorter;
        if (again || !without_accents(in, beyond, ascii, &shorter)) return 0;
        from = ascii;
        n = shorter;
    }
}

/* Byte by byte: any text. */
static size_t letters_of_any(rv_text in, char keep, char *out, size_t cap) {
    writer w = {.out = out, .cap = cap};
    for (uint32_t i = 0; i < in.len && !w.full;) {
        unsigned char c = (unsigned char)in.ptr[i];
        if (c >= 0x80) {
            uint32_t n;
            put_point(&w, read_point(in, i, &n));
            i += n;
            continue;
        }
        i++;
        char letter = capital(c);
        if (letter) {
            if (!w.blank && w.len < cap) out[w.len++] = letter;
            else put(&w, &letter, 1);
        } else {
            w.blank = true;
            if (keep && c == (unsigned char)keep && w.len) {
                put(&w, &keep, 1);
                w.blank = true;
            }
        }
    }
    return w.full ? 0 : w.len;
}

size_t rv_letters(rv_text in, char keep, char *out, size_t cap) {
    rv_plain plain;
    if (in.len > RV_LETTERS_MAX) return 0;
    size_t n = cap >= RV_PLAIN_MAX ? rv_letters_plain(in, keep, out, &plain) : 0;
    return n ? n : letters_of_any(in, keep, out, cap);
}

/* Sixteen bytes at a time: words are short, and a byte at a time mispredicts at the end of each. */
size_t rv_words(rv_text canonical, rv_text *words, size_t max) {
    size_t n = 0;
    uint32_t start = 0;
    for (uint32_t at = 0; at < canonical.len; at += 16) {
        uint32_t left = canonical.len - at;
        uint64_t blanks = rv_mask_equal(rv_load_16(canonical.ptr + at, left < 16 ? left : 16), ' ');
        for (; blanks; blanks &= blanks - 1) {
            uint32_t end = at + (uint32_t)__builtin_ctzll(blanks);
            if (end > start && n < max) words[n++] = rv_text_make(canonical.ptr + start, end - start);
            start = end + 1;
        }
    }
    if (canonical.len > start && n < max) words[n++] = rv_text_make(canonical.ptr + start, canonical.len - start);
    return n;
}

bool rv_all_digits(rv_text a) {
    for (uint32_t i = 0; i < a.len; i++)
        if (!rv_is_digit(a.ptr[i])) return false;
    return a.len > 0;
}

int32_t rv_five_digits(rv_text a) {
    if (a.len != 5) return -1;
    uint64_t digits = rv_load_bytes(a.ptr, 5) ^ 0x3030303030; /* each 0 to 9, if it is one */
    if ((digits | (digits + 0x7676767676)) & 0x8080808080) return -1;
    int32_t number = 0;
    for (unsigned i = 0; i < 5; i++) number = number * 10 + (int32_t)(digits >> 8 * i & 255);
    return number;
}

/* Sixteen bytes at a time: where a word of the list begins with our first letter. Mostly nowhere. */
bool rv_word_in(rv_text word, const char *list) {
    size_t n = strlen(list);
    if (word.len == 0 || word.len > n) return false;
    for (size_t i = 0; 16 * i < n; i++) {
        size_t at = rv_piece_at(i, n);
        __m128i v = rv_load_piece(list, at, n);
        uint64_t begins = rv_mask_equal(v, ' ') << 1 | (at == 0 || list[at - 1] == ' ');
        for (uint64_t left = begins & rv_mask_equal(v, word.ptr[0]); left; left &= left - 1) {
            const char *candidate = list + at + __builtin_ctzll(left);
            if ((size_t)(list + n - candidate) < word.len || memcmp(candidate, word.ptr, word.len) != 0) continue;
            if (candidate[word.len] == ' ' || candidate[word.len] == 0) return true;
        }
    }
    return false;
}
