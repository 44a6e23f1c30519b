/* See csv_values.h. Values are short and samples small: everything goes byte by byte. */
#include "csv_values.h"
#include "date.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* ASCII lower case without the accents of French, everything that is no letter or digit a blank; zero-terminated. */
static size_t fold(rv_text t, char *out, size_t cap) {
    static const char latin[] = "aaaaaaaceeeeiiiidnooooo ouuuuyps"
                                "aaaaaaaceeeeiiiidnooooo ouuuuypy";
    size_t n = 0;
    for (uint32_t i = 0; i < t.len && n + 1 < cap; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c == 0xc3 && i + 1 < t.len) {
            unsigned char low = (unsigned char)t.ptr[++i];
            out[n++] = low >= 0x80 && low < 0xc0 ? latin[low - 0x80] : ' ';
        } else if (c >= 0x80) {
            out[n++] = ' ';
            while (i + 1 < t.len && ((unsigned char)t.ptr[i + 1] & 0xc0) == 0x80) i++;
        } else {
            char l = lower((char)c);
            out[n++] = (l >= 'a' && l <= 'z') || is_digit(l) ? l : ' ';
        }
    }
    out[n] = 0;
    return n;
}

/* Is `word` (n bytes) in a list of words parted by single blanks? */
static bool in_list(const char *word, size_t n, const char *list) {
    for (const char *at = list; *at;) {
        size_t len = 0;
        while (at[len] > ' ') len++;
        if (len == n && memcmp(at, word, n) == 0) return true;
        at += len + (at[len] == ' ');
    }
    return false;
}

typedef struct placeholder {
    const char *word;
    unsigned char n;
    bool hash; /* only behind #, as spreadsheets write errors */
} placeholder;
#define WORD(w)                                                                                                        \
    { w, sizeof w - 1, false }
#define ERROR_WORD(w)                                                                                                  \
    { w, sizeof w - 1, true }
enum { LONGEST_PLACEHOLDER = 13 };

/* Signs that stand for nothing, alone or a few of one kind. */
static bool is_dash(rv_text t) {
    static const char *const marks[] = {"-",  "--",  "---", "?", "??",  "???",          ".",
                                        "..", "...", "_",   "/", "\\N", "\xe2\x80\x94", "\xe2\x80\x93"};
    char first = lower(t.ptr[0]);
    if (t.len > 3 || (first >= 'a' && first <= 'z')) return false;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (rv_text_is(t, marks[i])) return true;
    return false;
}

static bool is_placeholder(rv_text t) {
    static const placeholder words[] = {WORD("null"),
                                        WORD("nul"),
                                        WORD("none"),
                                        WORD("nil"),
                                        WORD("na"),
                                        WORD("nan"),
                                        WORD("nd"),
                                        WORD("nc"),
                                        WORD("ns"),
                                        WORD("nr"),
                                        WORD("nsp"),
                                        WORD("inconnu"),
                                        WORD("inconnue"),
                                        WORD("unknown"),
                                        WORD("undefined"),
                                        WORD("vide"),
                                        WORD("empty"),
                                        WORD("nonrenseigne"),
                                        WORD("nonrenseignee"),
                                        WORD("noncommunique"),
                                        WORD("nonconnu"),
                                        WORD("sansobjet"),
                                        WORD("aucun"),
                                        WORD("aucune"),
                                        WORD("missing"),
                                        ERROR_WORD("ref"),
                                        ERROR_WORD("div0"),
                                        ERROR_WORD("valeur"),
                                        ERROR_WORD("value"),
                                        ERROR_WORD("nom"),
                                        ERROR_WORD("name")};
    if (is_digit(t.ptr[0]) || t.len > 24) return false;
    if (is_dash(t)) return true;
    char word[32];
    size_t n = 0, len = fold(t, word, sizeof word);
    for (size_t i = 0; i < len; i++)
        if (word[i] != ' ') word[n++] = word[i];
    if (n > LONGEST_PLACEHOLDER) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].n == n && words[i].word[0] == word[0] && memcmp(words[i].word, word, n) == 0)
            return !words[i].hash || t.ptr[0] == '#';
    return false;
}

/* --- Numbers ----------------------------------------------------------------------------------------------------- */

/* A mark between digits at p: its bytes, and which it is. */
static uint32_t mark_at(const char *p, uint32_t left, rv_digit_group *group) {
    static const struct {
        const char *bytes;
        uint32_t n;
        rv_digit_group group;
    } marks[] = {{" ", 1, RV_GROUP_BLANK},
                 {".", 1, RV_GROUP_POINT},
                 {",", 1, RV_GROUP_COMMA},
                 {"'", 1, RV_GROUP_APOSTROPHE},
                 {"\xc2\xa0", 2, RV_GROUP_NO_BREAK},
                 {"\xe2\x80\xaf", 3, RV_GROUP_NARROW},
                 {"\xe2\x80\x99", 3, RV_GROUP_APOSTROPHE}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (left >= marks[i].n && memcmp(p, marks[i].bytes, marks[i].n) == 0) {
            *group = marks[i].group;
            return marks[i].n;
        }
    return 0;
}

static bool may_begin_number(char c) { return is_digit(c) || c == '-' || c == '+' || c == '.' || c == ','; }

static rv_text without_unit(rv_text t) {
    if (may_begin_number(t.ptr[0]) && is_digit(t.ptr[t.len - 1])) return t;
    static const char *const units[] = {"\xe2\x82\xac", "EUR", "$", "USD", "%", "\xc2\xa3", "CHF"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint32_t n = (uint32_t)strlen(units[i]);
        if (t.len > n && memcmp(t.ptr + t.len - n, units[i], n) == 0)
            return rv_text_trim(rv_text_make(t.ptr, t.len - n));
        if (t.len > n && memcmp(t.ptr, units[i], n) == 0) return rv_text_trim(rv_text_make(t.ptr + n, t.len - n));
    }
    return t;
}

/* digits (mark digits)* [E sign digits]; fills the marks of *look. */
static bool look_number(rv_text t, rv_value_look *look) {
    t = without_unit(t);
    uint32_t i = t.len && (t.ptr[0] == '-' || t.ptr[0] == '+'), runs[16], n = 0;
    rv_digit_group marks[16];
    for (;;) {
        uint32_t from = i;
        while (i < t.len && is_digit(t.ptr[i])) i++;
        if (n == 16 || (i == from && n > 0)) return false;
        runs[n++] = i - from;
        if (i == t.len || t.ptr[i] == 'E' || t.ptr[i] == 'e') break;
        uint32_t bytes = mark_at(t.ptr + i, t.len - i, &marks[n - 1]);
        if (!bytes) return false;
        i += bytes;
    }
    if (runs[0] == 0 && !(n == 2 && marks[0] <= RV_GROUP_COMMA && marks[0] >= RV_GROUP_POINT)) return false;
    if (i < t.len) { /* an exponent */
        i++;
        if (i < t.len && (t.ptr[i] == '+' || t.ptr[i] == '-')) i++;
        uint32_t from = i;
        while (i < t.len && is_digit(t.ptr[i])) i++;
        if (i == from || i - from > 3 || i < t.len || n > 2) return false;
        look->scientific = true;
    }
    uint32_t groups = n - 1; /* marks that group: all but a decimal one at the end */
    rv_digit_group last = n > 1 ? marks[n - 2] : RV_GROUP_NONE;
    bool may_be_decimal = last == RV_GROUP_POINT || last == RV_GROUP_COMMA;
    if (n > 1 && may_be_decimal) {
        bool alone = n == 2, other = n > 2 && marks[n - 3] != last, like_group = runs[n - 1] == 3;
        bool certain =
            other || (alone && (!like_group || runs[0] > 3 || runs[0] == 0 || t.ptr[0] == '0' || look->scientific));
        if (certain || alone) groups--;
        if (certain) *(last == RV_GROUP_COMMA ? &look->comma : &look->point) = true;
        look->kind = RV_VALUE_DECIMAL;
    } else {
        look->kind = look->scientific ? RV_VALUE_DECIMAL : RV_VALUE_INTEGER;
    }
    for (uint32_t g = 0; g < groups; g++)
        if (marks[g] != marks[0] || runs[g + 1] != 3 || runs[0] > 3 || runs[0] == 0) return false;
    if (groups) look->group = marks[0];
    if (groups && groups == n - 1) look->kind = RV_VALUE_INTEGER;
    return true;
}

static bool look_serial(rv_text t) {
    if (t.len < 5) return false;
    unsigned n = 0;
    for (uint32_t i = 0; i < 5; i++) {
        if (!is_digit(t.ptr[i])) return false;
        n = n * 10 + (unsigned)(t.ptr[i] - '0');
    }
    return n >= 20000 && n < 60000 && (t.len == 5 || t.ptr[5] == ',' || t.ptr[5] == '.'); /* 1954 to 2064 */
}

static bool parts_phone(char c) { return c == ' ' || c == '.' || c == '-' || c == '(' || c == ')' || c == '/'; }

static bool look_phone(rv_text t) {
    unsigned digits = 0, pairs = 0, run = 0;
    bool plus = t.len && t.ptr[0] == '+', zero = t.len && t.ptr[0] == '0';
    for (uint32_t i = plus; i < t.len; i++) {
        if (is_digit(t.ptr[i])) {
            digits++;
            run++;
        } else if (parts_phone(t.ptr[i])) {
            pairs += run == 2;
            run = 0;
        } else return false;
    }
    if (plus) return digits >= 8 && digits <= 15;
    if (zero) return digits == 10 || (digits >= 11 && digits <= 15 && t.ptr[1] == '0');
    return (digits == 10 || digits == 9) && pairs >= 3;
}

/* --- Dates ------------------------------------------------------------------------------------------------------- */

static bool ends_date(rv_text t, uint32_t i) { /* nothing, or a time */
    return i == t.len || ((t.ptr[i] == ' ' || t.ptr[i] == 'T') && i + 1 < t.len && is_digit(t.ptr[i + 1]));
}

static uint32_t number_at(rv_text t, uint32_t *i, unsigned *digits) {
    uint32_t value = 0;
    for (*digits = 0; *i < t.len && is_digit(t.ptr[*i]) && *digits < 8; ++*i, ++*digits)
        value = value * 10 + (uint32_t)(t.ptr[*i] - '0');
    return value;
}

static bool look_date(rv_text t, rv_value_look *look) {
    uint32_t i = 0;
    unsigned na, nb, nc;
    uint32_t a = number_at(t, &i, &na);
    if (na == 8 && ends_date(t, i)) {
        look->year_first = a / 10000 >= 1900 && a / 10000 < 2100 && a / 100 % 100 >= 1 && a / 100 % 100 <= 12 &&
                           a % 100 >= 1 && a % 100 <= 31;
        return look->year_first;
    }
    if (i >= t.len || (na != 4 && na != 2 && na != 1)) return false;
    char mark = t.ptr[i++];
    if (mark != '/' && mark != '-' && mark != '.') return false;
    uint32_t b = number_at(t, &i, &nb);
    if (i >= t.len || t.ptr[i++] != mark || nb == 0 || nb > 2) return false;
    uint32_t c = number_at(t, &i, &nc);
    if (!ends_date(t, i) && rv_date_written(t, RV_DATE_ORDER_AUTO, RV_SHORT_YEAR_PIVOT) == RV_DATE_NONE) return false;
    if (na == 4) {
        look->year_first = nc >= 1 && nc <= 2 && b >= 1 && b <= 12 && c >= 1 && c <= 31 && a >= 1800 && a < 2200;
        return look->year_first;
    }
    if ((nc != 4 && nc != 2) || b == 0 || b > 31 || (a > 12 && b > 12)) return false;
    if (nc == 2) look->short_year = true, look->first_two = (uint8_t)a, look->last_two = (uint8_t)c;
    bool no_day = a == 0 || a > 31; /* 98-12-31 */
    if (no_day && (nc != 2 || na != 2 || c == 0 || c > 31)) return false;
    if (no_day) look->year_first = true;
    else if (a > 12) look->day_first = true;
    else if (b > 12) look->month_first = true;
    else if (a != b) look->unclear_day = true;
    return true;
}

/* 1 mars 2026, 01-mars-26: nothing to learn of the order, but dates. */
static bool look_words_date(rv_text t) {
    unsigned letters = 0, digits = 0;
    if (t.len < 8 || t.len > 40 || !is_digit(t.ptr[0])) return false;
    for (uint32_t i = 0; i < t.len; i++) {
        char c = lower(t.ptr[i]);
        letters += c >= 'a' && c <= 'z';
        digits += is_digit(c);
    }
    return letters >= 2 && digits >= 3 &&
           rv_date_written(t, RV_DATE_ORDER_AUTO, RV_SHORT_YEAR_PIVOT) != RV_DATE_NONE;
}

/* --- All --------------------------------------------------------------------------------------------------------- */

static bool look_email(rv_text t) {
    const char *at = memchr(t.ptr, '@', t.len);
    if (!at || at == t.ptr || memchr(t.ptr, ' ', t.len) || memchr(t.ptr, ',', t.len) || memchr(t.ptr, ';', t.len))
        return false;
    const char *rest = at + 1, *end = t.ptr + t.len, *dot = memchr(rest, '.', (size_t)(end - rest));
    return dot && dot > rest && dot + 1 < end;
}

static bool look_flag(rv_text t) {
    static const char *const words[] = {"oui",  "non",  "o",     "n", "yes", "no", "y",  "vrai",
                                        "faux", "true", "false", "v", "x",   "on", "off"};
    if (t.len > 5) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i][0] == lower(t.ptr[0]) && rv_text_is_nocase(t, words[i])) return true;
    return false;
}

rv_value_look rv_csv_value_look(rv_text value) {
    rv_value_look look = {0};
    rv_text t = rv_text_trim(value);
    if (t.len == 0) return look;
    if (is_placeholder(t)) {
        look.placeholder = true;
        return look;
    }
    look.kind = RV_VALUE_TEXT;
    if (t.ptr[0] == '\'' && t.len > 1 && t.ptr[t.len - 1] != '\'') {
        look.apostrophe = true;
        t = rv_text_make(t.ptr + 1, t.len - 1);
    }
    if (t.len > 128) return look;
    char first = t.ptr[0];
    bool signs = first == '+' || first == '-' || first == '.' || first == ',' || first == '(' || first == '$' ||
                 (unsigned char)first >= 0x80;
    if (is_digit(first) || signs) {
        rv_value_look number = look;
        look.serial = look_serial(t);
        if (look_date(t, &look) || look_words_date(t)) look.kind = RV_VALUE_DATE;
        else if (look_phone(t)) look.kind = RV_VALUE_PHONE;
        else if (look_number(t, &number)) {
            number.serial = look.serial;
            look = number;
        }
        if (look.kind != RV_VALUE_TEXT) return look;
    }
    if (look_email(t)) look.kind = RV_VALUE_EMAIL;
    else if (look_flag(t)) look.kind = RV_VALUE_FLAG;
    return look;
}

/* --- Words ------------------------------------------------------------------------------------------------------- */

bool rv_csv_names_column(rv_text cell) {
    static const char words[] = "nom nomb prenom name names firstname lastname surname fullname civilite titre title "
                                "genre sexe sex gender naissance birth birthdate "
                                "birthday dob age id ids identifiant identifier uid uuid ref reference numero num no "
                                "number code codes cp postal postcode zip ville city "
                                "town commune adresse address adr rue street voie pays country region departement dept "
                                "state email mail mel courriel tel telephone "
                                "phone mobile portable gsm fixe fax sms date dates jour day mois month annee year "
                                "heure time montant amount total ttc ht tva prix price "
                                "quantite quantity qte qty nb nombre count solde balance ca revenue chiffre devise "
                                "currency client clients customer contact societe "
                                "company entreprise organisation statut status etat state type categorie category "
                                "segment groupe group magasin store boutique shop "
                                "commande order commandes orders achat purchase facture invoice produit product "
                                "article sku optin optout consentement consent newsletter "
                                "langue language lang source canal channel campagne campaign points fidelite loyalty "
                                "carte card actif active inscription created "
                                "creation updated modification derniere dernier last first premier premiere prochaine "
                                "note notes commentaire comment description libelle "
                                "label valeur value url site web latitude longitude lat lng score rang rank taux rate "
                                "pourcentage key val cle row col column champ field "
                                "zipcode codepostal mobilephone homephone username user login iban siret siren "
                                "profession occupation job poste fonction service";
    char text[160];
    size_t n = fold(cell, text, sizeof text), start = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && text[i] != ' ') continue;
        if (i > start && in_list(text + start, i - start, words)) return true;
        start = i + 1;
    }
    return false;
}

static bool begins(const char *text, const char *word) {
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 && (text[n] == 0 || text[n] == ' ');
}

bool rv_csv_names_total(rv_text cell) {
    static const char *const words[] = {"total",       "totaux", "totals", "sous total", "subtotal", "sub total",
                                        "grand total", "somme",  "sum",    "ensemble",   "moyenne",  "average"};
    cell = rv_text_trim(cell);
    if (cell.len == 0 || cell.len > 48) return false;
    char text[64];
    fold(cell, text, sizeof text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (begins(text, words[i])) return true;
    return false;
}

bool rv_csv_is_rule(rv_text line) {
    uint32_t strokes = 0, longest = 0, run = 0;
    for (uint32_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        bool stroke = c == '-' || c == '=';
        if (!stroke && !memchr("+|: \t,;", c, 7)) return false;
        run = stroke ? run + 1 : 0;
        strokes += stroke;
        if (run > longest) longest = run;
    }
    return longest >= 2 && strokes >= 3;
}

bool rv_csv_begins_note(rv_text line) {
    static const char *const words[] = {"nombre",     "nb",     "source",    "sources",      "note",    "notes",
                                        "nota",       "export", "exporte",   "genere",       "edite",   "extrait",
                                        "extraction", "fin",    "end",       "page",         "fichier", "file",
                                        "generated",  "date",   "copyright", "confidentiel", "lignes",  "rows"};
    static const char *const counted[] = {
        "ligne",          "lignes",          "row",    "rows",    "record",   "records",
        "enregistrement", "enregistrements", "client", "clients", "resultat", "resultats"};
    line = rv_text_trim(line);
    if (line.len == 0) return false;
    if (rv_text_is(line, "\\.") || line.ptr[0] == '\x1a') return true; /* ends of COPY's text, and of files under DOS */
    if (rv_csv_is_rule(line) || line.ptr[0] == '#' || line.ptr[0] == '*' || line.ptr[0] == '(' ||
        (line.len > 1 &&
         (memcmp(line.ptr, "--", 2) == 0 || memcmp(line.ptr, "==", 2) == 0 || memcmp(line.ptr, "//", 2) == 0)))
        return true;
    if (rv_csv_names_total(line.len > 48 ? rv_text_make(line.ptr, 48) : line)) return true;
    char folded[96], *text = folded;
    fold(line, folded, sizeof folded);
    while (*text == ' ') text++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (begins(text, words[i])) return true;
    if (!is_digit(*text)) return false;
    while (is_digit(*text) || *text == ' ') text++;
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        if (begins(text, counted[i])) return true;
    return false;
}
