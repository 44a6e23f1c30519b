/*
 * The list is short and printed on purpose: whoever runs a profile can read what it leaves out, and a name it doesn't
 * know is marked in the schema (`sensitive: true`). Whole words are compared, since "trace" holds "race" and "brushes"
 * holds nothing at all; stems with a '*' take the endings of French and English.
 */
#include "sensitive.h"

static const char *const words[] = {
    "race",      "races",    "racial*",   "racia*",   "ethni*",   "religi*",  "confession*", "faith",
    "church",    "health*",  "sante",     "medic*",   "disease*", "maladie*", "diagnos*",    "patholog*",
    "handicap*", "disab*",   "invalid*",  "politi*",  "vote",     "votes",    "voter*",      "party",
    "union",     "unions",   "syndic*",   "sexual*",  "sexuel*",  "sexlife",  "lgbt*",       "gay",
    "homosexu*", "pregnan*", "grossesse", "genetic*", "genetiq*", "biometr*", NULL,
};

/* One letter of the name in lower case without its accent; 0 for what isn't a letter. Advances *at. */
static char next_letter(rv_text name, uint32_t *at, bool *upper) {
    unsigned char c = (unsigned char)name.ptr[(*at)++];
    *upper = c >= 'A' && c <= 'Z';
    if (*upper) return (char)(c + 32);
    if (c >= 'a' && c <= 'z') return (char)c;
    if (c != 0xC3 || *at >= name.len) return 0;
    /* U+00C0..U+00FF: 0xC3 and a second byte whose bit 5 is the case */
    unsigned char d = (unsigned char)name.ptr[(*at)++] | 0x20;
    if (d >= 0xA0 && d <= 0xA5) return 'a';
    if (d == 0xA7) return 'c';
    if (d >= 0xA8 && d <= 0xAB) return 'e';
    if (d >= 0xAC && d <= 0xAF) return 'i';
    if (d >= 0xB2 && d <= 0xB6) return 'o';
    if (d >= 0xB9 && d <= 0xBC) return 'u';
    return 0;
}

static bool word_is_listed(const char *word, size_t len) {
    for (const char *const *w = words; *w; w++) {
        size_t n = strlen(*w);
        bool stem = (*w)[n - 1] == '*';
        if (stem) n--;
        if ((stem ? len >= n : len == n) && memcmp(word, *w, n) == 0) return true;
    }
    return false;
}

bool rv_name_is_sensitive(rv_text name) {
    char word[64];
    size_t len = 0;
    bool was_lower = false;
    for (uint32_t at = 0; at < name.len;) {
        bool upper;
        char c = next_letter(name, &at, &upper);
        if (!c || (upper && was_lower)) { /* a blank, a digit, an underscore, or camelCase: a word ends */
            if (word_is_listed(word, len)) return true;
            len = 0;
        }
        if (c && len < sizeof word) word[len++] = c;
        was_lower = c && !upper;
    }
    return word_is_listed(word, len);
}
