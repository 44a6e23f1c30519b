/* See synth_errors.h. */
#include "synth_errors.h"

#include <string.h>

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* The key to the right on a French keyboard, or to the left at the end of a row. */
static char neighbour_key(char c) {
    static const char rows[] = "azertyuiopoqsdfghjklmlwxcvbnb"; /* each row followed by the key before its last */
    char low = (char)(c | 0x20);
    const char *at = strchr(rows, low);
    char next = at && at[1] ? at[1] : 'e';
    return c == low ? next : (char)(next - 32);
}

size_t rv_synth_typo(char *text, size_t len, rv_dice *dice) {
    uint64_t word = rv_dice_next(dice);
    size_t start = len ? (word >> 8) % len : 0;
    for (size_t tried = 0; tried < len; tried++) {
        size_t at = (start + tried) % len;
        if (at + 1 >= len || !is_letter(text[at]) || !is_letter(text[at + 1])) continue;
        switch (word & 3) {
        case 0: /* left out */ memmove(text + at, text + at + 1, len - at - 1); return len - 1;
        case 1: /* doubled */ memmove(text + at + 1, text + at, len - at); return len + 1;
        case 2: { /* swapped: of equal letters nothing would be seen */
            char c = text[at];
            if (c == text[at + 1]) continue;
            text[at] = text[at + 1];
            text[at + 1] = c;
            return len;
        }
        default: text[at] = neighbour_key(text[at]); return len;
        }
    }
    return len;
}

/* By the second byte, for U+00C0..U+00FF; lower half capitals. */
static const char plain_letters[64] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

size_t rv_synth_strip_accents(char *text, size_t len) {
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] == 0xc3 && i + 1 < len) text[out++] = plain_letters[(unsigned char)text[++i] & 63];
        else text[out++] = text[i];
    }
    return out;
}

void rv_synth_upper(char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 'a' && c <= 'z') text[i] = (char)(c - 32);
        else if (c == 0xc3 && i + 1 < len && (unsigned char)text[++i] >= 0xa0) text[i] = (char)(text[i] - 32);
    }
}

void rv_synth_lower(char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 'A' && c <= 'Z') text[i] = (char)(c + 32);
        else if (c == 0xc3 && i + 1 < len && (unsigned char)text[++i] < 0xa0) text[i] = (char)(text[i] + 32);
    }
}

size_t rv_synth_abbreviate(char *text, size_t len) {
    static const struct {
        const char *full, *brief;
    } words[] = {{"Général ", "Gal "},    {"Maréchal ", "Mal "}, {"Docteur ", "Dr "}, {"Président ", "Pdt "},
                 {"Professeur ", "Pr "},  {"Sainte-", "Ste "},   {"Saint-", "St "},   {"Capitaine ", "Cne "},
                 {"Commandant ", "Cdt "}, {"Colonel ", "Col "}};
    for (size_t at = 0; at + 6 < len; at++) {
        if (text[at] < 'A' || text[at] > 'S' || (at > 0 && text[at - 1] != ' ')) continue;
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            size_t n = strlen(words[w].full), m = strlen(words[w].brief);
            if (len - at < n || memcmp(text + at, words[w].full, n) != 0) continue;
            memcpy(text + at, words[w].brief, m);
            memmove(text + at + m, text + at + n, len - at - n);
            return len - n + m; /* one is enough: no street honours two of them */
        }
    }
    return len;
}

size_t rv_synth_to_cp1252(char *text, size_t len) {
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c == 0xc2 || c == 0xc3) && i + 1 < len)
            text[out++] = (char)((c & 3) << 6 | ((unsigned char)text[++i] & 63));
        else text[out++] = (char)c;
    }
    return out;
}

char *rv_synth_number(char *to, uint64_t value, unsigned digits) {
    unsigned n = 1;
    for (uint64_t ten = 10; value >= ten && n < 19; ten *= 10) n++;
    if (digits > n) n = digits;
    for (char *at = to + n; at > to; value /= 10) *--at = (char)('0' + value % 10);
    return to + n;
}
