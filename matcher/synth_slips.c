/* See synth_slips.h. The lists hold what French clerks are known to confuse; they are no model of frequencies. */
#include "synth_slips.h"

#include <string.h>

static bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
static char low(char c) { return is_capital(c) ? (char)(c + 32) : c; }
static bool is_word(char c) { return (low(c) >= 'a' && low(c) <= 'z') || (unsigned char)c >= 0x80; }

/* --- By ear ------------------------------------------------------------------------------------------------------ */

typedef struct sound {
    const char *from, *to;
    bool last; /* at the end of a word only */
} sound;
static const sound sounds[] = {
    {"ph", "f", false},   {"f", "ph", false},    {"y", "i", false},     {"i", "y", false},   {"eau", "o", true},
    {"eau", "au", true},  {"aud", "ault", true}, {"ault", "aut", true}, {"ot", "eau", true}, {"ot", "aud", true},
    {"et", "ey", true},   {"ss", "s", false},    {"ll", "l", false},    {"tt", "t", false},  {"nn", "n", false},
    {"rr", "r", false},   {"mm", "m", false},    {"pp", "p", false},    {"l", "ll", false},  {"n", "nn", false},
    {"t", "tt", false},   {"ca", "ka", false},   {"co", "ko", false},   {"qu", "k", false},  {"ck", "k", false},
    {"th", "t", false},   {"an", "en", false},   {"en", "an", false},   {"ai", "e", false},  {"ei", "ai", false},
    {"ain", "in", false}, {"in", "ain", true},   {"z", "s", true},      {"s", "", true},     {"x", "", true},
    {"t", "d", true},     {"d", "t", true},      {"e", "", true},       {"er", "ez", true},  {"oux", "ou", true},
    {"on", "ont", true},  {"ge", "je", false},   {"sch", "ch", false},  {"ch", "sh", false}, {"w", "v", false},
    {"cq", "c", false},   {"lt", "t", false},    {"gn", "ni", false}};
enum { SOUNDS = sizeof sounds / sizeof *sounds };

static size_t find_sound(const sound *s, const char *text, size_t len) {
    size_t n = strlen(s->from);
    for (size_t at = 0; at + n <= len; at++) {
        size_t i = 0;
        while (i < n && low(text[at + i]) == s->from[i]) i++;
        if (i == n && (!s->last || at + n == len || !is_word(text[at + n]))) return at;
    }
    return len;
}

size_t rv_synth_respell(char *text, size_t len, size_t room, rv_dice *dice) {
    uint8_t met[SOUNDS];
    uint32_t n_met = 0;
    for (uint8_t s = 0; s < SOUNDS; s++)
        if (find_sound(&sounds[s], text, len) < len) met[n_met++] = s;
    if (n_met == 0) return len;
    const sound *s = &sounds[met[rv_dice_below(dice, n_met)]];
    size_t at = find_sound(s, text, len), n = strlen(s->from), m = strlen(s->to);
    if (len - n + m > room || len - n + m == 0) return len;
    bool capital = is_capital(text[at]);
    memmove(text + at + m, text + at + n, len - at - n);
    memcpy(text + at, s->to, m);
    if (capital && m) text[at] = (char)(text[at] - 32);
    return len - n + m;
}

/* --- In short ---------------------------------------------------------------------------------------------------- */

size_t rv_synth_nickname(char *text, size_t len) {
    static const char *const names[][2] = {
        {"Alexandre", "Alex"},    {"Alexandra", "Alex"},   {"Frédéric", "Fred"},      {"Philippe", "Phil"},
        {"Christophe", "Chris"},  {"Christine", "Chris"},  {"Christian", "Chris"},    {"Catherine", "Cathy"},
        {"Véronique", "Véro"},    {"Dominique", "Dom"},    {"Stéphanie", "Steph"},    {"Stéphane", "Steph"},
        {"Nicolas", "Nico"},      {"Isabelle", "Isa"},     {"Patricia", "Pat"},       {"Patrick", "Pat"},
        {"Sébastien", "Bastien"}, {"Benjamin", "Ben"},     {"Maxime", "Max"},         {"Valérie", "Val"},
        {"Mathieu", "Mat"},       {"Emmanuel", "Manu"},    {"Caroline", "Caro"},      {"Jacqueline", "Jacky"},
        {"Marguerite", "Margot"}, {"Élisabeth", "Babeth"}, {"Thomas", "Tom"},         {"Antoine", "Tony"},
        {"Jessica", "Jess"},      {"Jennifer", "Jenny"},   {"Geneviève", "Ginette"},  {"Madeleine", "Mado"},
        {"Théodore", "Théo"},     {"Samuel", "Sam"},       {"Daniel", "Dan"},         {"Florence", "Flo"},
        {"Florian", "Flo"},       {"Sandrine", "Sandra"},  {"Nathalie", "Nath"},      {"Angélique", "Angie"},
        {"Raphaël", "Raph"},      {"Vincent", "Vince"},    {"Laetitia", "Titia"},     {"Jonathan", "Jon"},
        {"Virginie", "Ninie"},    {"Françoise", "France"}, {"Élodie", "Lodie"},       {"Amandine", "Mandine"},
        {"Grégory", "Greg"},      {"Laurent", "Lolo"},     {"Olivier", "Oliv"},       {"Jérôme", "Jé"},
        {"Guillaume", "Guigui"},  {"Thierry", "Titi"},     {"Bernadette", "Nadette"}, {"Suzanne", "Suzy"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i][0]) == len && memcmp(names[i][0], text, len) == 0) {
            size_t n = strlen(names[i][1]);
            memcpy(text, names[i][1], n);
            return n;
        }
    return len;
}

static size_t letter_bytes(const char *text) { return (unsigned char)*text >= 0xc0 ? 2 : 1; }

size_t rv_synth_uncompound(char *text, size_t len, rv_dice *dice) {
    char *hyphen = memchr(text, '-', len);
    if (hyphen == NULL) return len;
    size_t head = (size_t)(hyphen - text), tail = len - head - 1, one = letter_bytes(text);
    switch (rv_dice_below(dice, 8)) {
    case 0:
    case 1:
    case 2: *hyphen = ' '; return len;
    case 3: /* Jeanpierre */
        memmove(hyphen, hyphen + 1, tail);
        *hyphen = low(*hyphen);
        return len - 1;
    case 4:
    case 5: return head;
    case 6: /* J-Pierre */ memmove(text + one, hyphen, tail + 1); return one + 1 + tail;
    default: { /* J-P, JP */
        bool joined = rv_dice_below(dice, 2);
        size_t other = letter_bytes(hyphen + 1);
        memmove(text + one, hyphen + joined, other + !joined);
        return one + other + !joined;
    }
    }
}

/* --- Small words ------------------------------------------------------------------------------------------------- */

/* Length of the particle at the head of a name, its blank included; 0: none. */
static size_t particle_bytes(const char *text, size_t len) {
    static const char *const particles[] = {"De ", "Le ", "La ", "Da ", "Dos ", "Du ", "Des "};
    for (size_t i = 0; i < sizeof particles / sizeof *particles; i++) {
        size_t n = strlen(particles[i]);
        if (len > n && memcmp(text, particles[i], n) == 0) return n;
    }
    return 0;
}

size_t rv_synth_unparticle(char *text, size_t len, rv_dice *dice) {
    size_t n = particle_bytes(text, len);
    if (n == 0) return len;
    bool joined = rv_dice_below(dice, 2);
    if (joined) { /* Deoliveira: the particle stays, its blank goes */
        text[n] = low(text[n]);
        n--;
        memmove(text + n, text + n + 1, len - n - 1);
        return len - 1;
    }
    memmove(text, text + n, len - n);
    return len - n;
}

size_t rv_synth_drop_small_word(char *text, size_t len) {
    static const char *const words[] = {" de la ", " de l'", " du ", " des ", " de ", " d'", " la ", " le ", " les "};
    size_t first = len, width = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        char *at = memmem(text, len, words[i], n);
        if (at && (size_t)(at - text) < first) {
            first = (size_t)(at - text);
            width = n;
        }
    }
    if (first == len) return len;
    memmove(text + first + 1, text + first + width, len - first - width); /* one blank stays */
    return len - width + 1;
}

/* --- Code pages and digits --------------------------------------------------------------------------------------- */

/* What CP1252 shows for the bytes 0x80..0x9f; "" where it has nothing. */
static const char *const cp1252[32] = {"€", "",  "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", "", "Ž", "",
                                       "",  "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", "", "ž", "Ÿ"};

static char *write_garbled(unsigned char second, unsigned form, char *to) {
    if (form == 1) return stpcpy(to, "?");
    if (form == 2) return stpcpy(to, "\xef\xbf\xbd");
    to = stpcpy(to, "Ã");
    if (second < 0xa0) return stpcpy(to, cp1252[second - 0x80]);
    *to++ = (char)0xc2;
    *to++ = (char)second;
    return to;
}

size_t rv_synth_mojibake(char *text, size_t len, size_t room, unsigned form) {
    char out[512], *to = out;
    if (len > sizeof out / 4 || memchr(text, 0xc3, len) == NULL) return len;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] == 0xc3 && i + 1 < len) to = write_garbled((unsigned char)text[++i], form, to);
        else *to++ = text[i];
    }
    size_t n = (size_t)(to - out);
    if (n > room) return len;
    memcpy(text, out, n);
    return n;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

void rv_synth_digit_typo(char *text, size_t len, rv_dice *dice) {
    if (len == 0) return;
    size_t start = rv_dice_below(dice, (uint32_t)len);
    unsigned step = 1 + rv_dice_below(dice, 9);
    bool swap = rv_dice_below(dice, 3) == 0;
    for (size_t tried = 0; tried < len; tried++) {
        size_t at = (start + tried) % len;
        if (!is_digit(text[at])) continue;
        if (swap && at + 1 < len && is_digit(text[at + 1]) && text[at] != text[at + 1]) {
            char c = text[at];
            text[at] = text[at + 1];
            text[at + 1] = c;
        } else {
            text[at] = (char)('0' + ((unsigned)(text[at] - '0') + step) % 10);
        }
        return;
    }
}
