/*
 * A value is cut into words that remember how they were written: in capitals or not, glued by a hyphen, after a comma.
 * French files write "DUPONT Jean", "Jean DUPONT", "M. Dupont Jean", "Dupont, Jean" and "MARTIN née DUPONT Marie"
 * side by side; capitals, commas and known first names tell them apart. Where nothing does, capitals throughout mean
 * the order of the administration (last name first), else first name first. Keys are the same for both orders, so
 * a wrong guess there costs nothing.
 */
#include "name.h"

#include "first_name.h"
#include "letters.h"
#include "placeholder.h"
#include "vocabulary.h"

enum { MAX_WORDS = 24 };
_Static_assert((int)RV_PLAIN_MAX <= (int)RV_NAME_MAX, "a plain value is a name that fits");

typedef struct word {
    rv_text text;
    bool capitals; /* its piece has two letters or more, none of them small */
    bool glued;    /* to the word before, by a hyphen or an apostrophe */
    bool in_parentheses;
    uint32_t start, end; /* its piece, in the value */
} word;

typedef struct words {
    char letters[RV_LETTERS_MAX];
    word list[MAX_WORDS];
    size_t n;
    size_t comma; /* words before the first comma; 0: none */
} words;

/* Words by which a name names several people: between two of them, and in front of a family's. */
#define BETWEEN "ET AND"
#define FAMILIES "FAMILLE FAM CONSORTS INDIVISION FOYER MENAGE SUCCESSION SUCC HOIRIE HERITIERS"
#define SEVERAL BETWEEN " " FAMILIES " EPX"

/* First names that are as frequent as last names. */
#define FIRST_AND_LAST                                                                                                 \
    "MARTIN BERNARD THOMAS ROBERT RICHARD SIMON LAURENT MICHEL DAVID ROGER VINCENT HENRY MATHIEU GAUTHIER GERARD BENOIT " \
    "FRANCOIS REMY HUBERT COLIN GERMAIN ADAM BLAISE"

typedef enum marker { NO_MARKER, BORN, MARRIED, FORMERLY } marker;

static bool is_capitals(rv_text piece) {
    size_t large = 0;
    for (uint32_t i = 0; i < piece.len; i++) {
        unsigned char c = (unsigned char)piece.ptr[i];
        if (c >= 'a' && c <= 'z') return false;
        large += c >= 'A' && c <= 'Z';
        /* U+00E0-U+00FF but the division sign: small letters with accents */
        if (c == 0xC3 && i + 1 < piece.len && (unsigned char)piece.ptr[i + 1] >= 0xA0) return false;
    }
    return large >= 2;
}

/* A mark that parts two people. */
static void add_and(words *out) {
    if (out->n && out->n < MAX_WORDS) out->list[out->n++] = (word){.text = rv_text_of("ET")};
}

static void add_piece(rv_text value, uint32_t start, uint32_t end, bool parentheses, size_t *used, words *out) {
    rv_text piece = rv_text_make(value.ptr + start, end - start);
    size_t n = rv_letters(piece, 0, out->letters + *used, sizeof out->letters - *used);
    rv_text texts[MAX_WORDS];
    size_t count = rv_words(rv_text_make(out->letters + *used, n), texts, MAX_WORDS - out->n);
    bool capitals = is_capitals(piece);
    for (size_t i = 0; i < count; i++) out->list[out->n++] = (word){texts[i], capitals, i > 0, parentheses, start, end};
    *used += n;
}

static void cut(rv_text value, words *out) {
    size_t used = 0;
    uint32_t start = 0;
    bool parentheses = false;
    out->n = out->comma = 0;
    if (value.len > RV_LETTERS_MAX || (value.len && memchr(value.ptr, '@', value.len))) return; /* an e-mail is no name */
    for (uint32_t i = 0; i <= value.len; i++) {
        char c = i < value.len ? value.ptr[i] : ' ';
        if (c != ' ' && c != ',' && c != '(' && c != ')' && c != '/' && c != '\t' && c != ';' && c != '&') continue;
        if (i > start) add_piece(value, start, i, parentheses, &used, out);
        start = i + 1;
        if (c == '&') add_and(out);
        if (c == ',' && out->comma == 0 && i + 1 < value.len) out->comma = out->n;
        if (c == '(') parentheses = true;
        if (c == ')') parentheses = false;
    }
    if (out->comma >= out->n) out->comma = 0;
}

static void drop(words *w, size_t at, size_t count) {
    memmove(w->list + at, w->list + at + count, (w->n - at - count) * sizeof *w->list);
    w->n -= count;
    if (w->comma > at) w->comma = w->comma > at + count ? w->comma - count : at;
}

/* --- Civility ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *civility;
    rv_sex sex;
} civilities[] = {{"M", RV_SEX_MALE},     {"MME", RV_SEX_FEMALE}, {"MLLE", RV_SEX_FEMALE},
                  {"DR", RV_SEX_UNKNOWN}, {"PR", RV_SEX_UNKNOWN}, {"ME", RV_SEX_UNKNOWN}};
enum { N_CIVILITIES = sizeof civilities / sizeof *civilities };

static int civility_named(const char *name) {
    for (int i = 0; i < N_CIVILITIES; i++)
        if (strcmp(name, civilities[i].civility) == 0) return i;
    return -1;
}

static int civility_of(rv_text text) {
    const rv_word *found = rv_word_find(text);
    return found && found->civility ? civility_named(found->civility) : -1;
}

/* The vocabulary's word that the value is, a point behind it apart ("Mme", "M."). NULL: none, or of another shape. */
static const rv_word *one_plain_word(rv_text value) {
    char letters[RV_PLAIN_MAX];
    rv_plain plain;
    if (value.len > 1 && value.ptr[value.len - 1] == '.') value.len--;
    size_t n = rv_letters_plain(value, 0, letters, &plain);
    return n && !plain.blanks ? rv_word_find(rv_text_make(letters, n)) : NULL;
}

/* As nearly all files write them, each in the slot of its bytes: which of them it is can't be guessed. The index of its
 * civility, or -1. */
static int usual_civility(rv_text value) {
    static const struct {
        char written[8]; /* zeros behind */
        uint8_t n;
        int8_t civility;
    } usual[16] = {[0] = {"MME", 3, 1},     [2] = {"Madame", 6, 1}, [4] = {"MLLE", 4, 2}, [6] = {"M", 1, 0},
                   [8] = {"Mr", 2, 0},      [11] = {"Monsieur", 8, 0}, [12] = {"MR", 2, 0}, [13] = {"M.", 2, 0},
                   [14] = {"Mlle", 4, 2},   [15] = {"Mme", 3, 1}};
    if (value.len == 0 || value.len > 8) return -1;
    uint64_t written = rv_load_bytes(value.ptr, value.len), one;
    size_t slot = written * 0xd60dca1cf25c53a5 >> 60;
    memcpy(&one, usual[slot].written, sizeof one);
    return value.len == usual[slot].n && one == written ? usual[slot].civility : -1;
}

static void set_civility(int i, rv_name *name) {
    if (!name->civility || !*name->civility) name->civility = civilities[i].civility;
    if (name->sex == RV_SEX_UNKNOWN) name->sex = civilities[i].sex;
}

/* "M. et Mme" is two people: neither's sex is known. */
static bool strip_two_civilities(words *w) {
    if (w->n < 3) return false;
    int a = civility_of(w->list[0].text), b = civility_of(w->list[2].text);
    if (a >= 0 && b >= 0 && rv_word_in(w->list[1].text, "ET OU AND")) {
        drop(w, 0, 3);
        return true;
    }
    b = civility_of(
        w->list[1].text); /* "M & Mme", "M/Mme": the mark is gone; the M of "MME M. DUDILIN" is an initial */
    if (a < 0 || b < 0 || w->list[1].text.len == 1 || w->list[2].glued ||
        civilities[a].sex + civilities[b].sex != RV_SEX_MALE + RV_SEX_FEMALE)
        return false;
    drop(w, 0, 2);
    return true;
}

/* In front of the names of a household. */
static bool strip_family(words *w) {
    if (w->n < 2 || w->list[1].glued || !rv_word_in(w->list[0].text, FAMILIES)) return false;
    drop(w, 0, 1);
    return true;
}

static bool strip_couple(words *w, rv_name *name) {
    if (w->n > 1 && !w->list[1].glued && rv_word_in(w->list[0].text, "EPOUX EPX")) drop(w, 0, 1);
    else if (!strip_two_civilities(w)) return false;
    name->several = true; /* until a first name is found */
    return true;
}

/* Where the second person's name begins: "Jean ET Marie", "Jean & Marie". 0: there is none. */
static size_t second_person(const words *w) {
    for (size_t i = 1; i + 1 < w->n; i++)
        if (!w->list[i].glued && !w->list[i].in_parentheses && rv_word_in(w->list[i].text, BETWEEN)) return i;
    return 0;
}

/* In front anywhere; behind only where it can't be an initial ("DUPONT M"). A value that is a civility and no more
 * is used up. */
static void strip_civility(words *w, rv_name *name, bool alone_is_initial) {
    if (strip_couple(w, name)) return;
    while (w->n) {
        int i = civility_of(w->list[0].text);
        if (i < 0 || (w->n == 1 && alone_is_initial && w->list[0].text.len == 1)) break;
        if (w->n > 1 && w->list[0].text.len == 1 && *name->civility) break; /* "M. M. DUPONT" */
        if (w->n > 1 && w->list[1].glued) break;
        set_civility(i, name);
        drop(w, 0, 1);
    }
    if (w->n > 1) {
        int i = civility_of(w->list[w->n - 1].text);
        if (i >= 0 && i < 3 && w->list[w->n - 1].text.len > 1 && !w->list[w->n - 1].glued) {
            set_civility(i, name);
            w->n--;
            if (w->comma >= w->n) w->comma = 0;
        }
    }
}

rv_sex rv_civility_read(rv_text value, const char **civility) {
    words w;
    rv_name name;
    int at_once = usual_civility(value);
    if (at_once >= 0) {
        if (civility) *civility = civilities[at_once].civility;
        return civilities[at_once].sex;
    }
    const rv_word *plain = one_plain_word(value);
    if (plain && plain->civility) {
        int i = civility_named(plain->civility);
        if (civility) *civility = civilities[i].civility;
        if (civilities[i].sex != RV_SEX_UNKNOWN) return civilities[i].sex;
    }
    rv_name_init(&name);
    cut(value, &w);
    if (w.n == 1 && rv_text_is(w.list[0].text, "1")) set_civility(0, &name);
    else if (w.n == 1 && rv_text_is(w.list[0].text, "2")) set_civility(1, &name);
    else if (w.n == 1 && rv_text_is(w.list[0].text, "3")) set_civility(2, &name);
    else strip_civility(&w, &name, false);
    if (civility) *civility = name.civility;
    return w.n && name.sex == RV_SEX_UNKNOWN ? rv_sex_read(value) : name.sex;
}

bool rv_civility_is_couple(rv_text value) {
    words w;
    rv_name name;
    rv_name_init(&name);
    cut(value, &w);
    w.list[w.n < MAX_WORDS ? w.n++ : MAX_WORDS - 1] = (word){.text = rv_text_of("X")}; /* a name behind it */
    return strip_couple(&w, &name);
}

rv_sex rv_sex_read(rv_text value) {
    char letters[32];
    rv_text text = rv_text_make(letters, rv_letters(value, 0, letters, sizeof letters));
    if (rv_word_in(text, "M H 1 HOMME MASCULIN MALE MAN MASC GARCON MR MONSIEUR")) return RV_SEX_MALE;
    if (rv_word_in(text, "F 2 FEMME FEMININ FEMALE WOMAN W FEM FILLE MME MLLE MADAME MADEMOISELLE"))
        return RV_SEX_FEMALE;
    return RV_SEX_UNKNOWN;
}

/* --- Parts ------------------------------------------------------------------------------------------------------- */

/* Joins words [from, to) that aren't numbers. Nothing is written when it is nobody's name or doesn't fit. */
static void join(const words *w, size_t from, size_t to, char *out, uint8_t *len) {
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        rv_text text = w->list[i].text;
        if (rv_all_digits(text)) continue;
        if (n + text.len + 1 > RV_NAME_MAX) return;
        if (n) out[n++] = ' ';
        memcpy(out + n, text.ptr, text.len);
        n += text.len;
    }
    if (n && !rv_placeholder_name(rv_text_make(out, n))) *len = (uint8_t)n;
}

static marker marker_at(const words *w, size_t i) {
    const rv_word *found = w->list[i].glued ? NULL : rv_word_find(w->list[i].text);
    if (!found) return NO_MARKER;
    if (found->classes & RV_WORD_BORN) return BORN;
    if (found->classes & RV_WORD_MARRIED) return MARRIED;
    return found->classes & RV_WORD_FORMERLY ? FORMERLY : NO_MARKER;
}

/* "veuve DUPONT née MARTIN": the name at birth behind the married one. Returns where the latter ends. */
static size_t take_born(const words *w, size_t from, size_t to, rv_name *name) {
    size_t born = from;
    while (born < to && marker_at(w, born) != BORN) born++;
    if (born == from || born + 1 >= to) return to;
    join(w, born + 1, to, name->birth_name, &name->birth_name_len);
    return born;
}

/* Cuts the married or birth name off behind its marker: words [0, result) are what is left. */
static size_t take_other_name(const words *w, rv_name *name) {
    size_t at = 0;
    while (at < w->n && marker_at(w, at) == NO_MARKER && !w->list[at].in_parentheses) at++;
    if (at == w->n) return w->n;
    marker kind = marker_at(w, at);
    size_t from = at + (kind != NO_MARKER), to = w->n;
    if (from < to && kind == BORN && marker_at(w, from) == BORN) from++;
    if (from >= to) return at;
    if (at == 0) { /* nothing before: it is the name */
        if (kind != BORN) to = take_born(w, from, to, name);
        join(w, from, to, name->last, &name->last_len);
        return 0;
    }
    if (kind == MARRIED) to = take_born(w, from, to, name);
    if (kind == MARRIED) join(w, from, to, name->last, &name->last_len);
    else join(w, from, to, name->birth_name, &name->birth_name_len);
    return at;
}

/* What stands before "épouse X" is the name at birth. */
static void set_last(const words *w, size_t from, size_t to, rv_name *name) {
    if (name->last_len) join(w, from, to, name->birth_name, &name->birth_name_len);
    else join(w, from, to, name->last, &name->last_len);
}

/* Signs that say more than a blank: a second person, a nickname, an e-mail. */
static bool has_signs(rv_text value) {
    for (uint32_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '&' || value.ptr[i] == '@' || value.ptr[i] == '(' || value.ptr[i] == ')') return true;
    return false;
}

/*
 * The short way for nearly all first and last names: letters with single marks between, and no word among them that
 * says more than a name (a civility, "née"). Then the canonical form is the name, unless it is a place-holder.
 */
static bool read_plain(rv_text value, char *out, uint8_t *len) {
    rv_plain plain;
    uint32_t n = (uint32_t)rv_letters_plain(value, 0, out, &plain);
    if (n == 0 || plain.digits) return false;
    if (plain.blanks && (has_signs(value) || __builtin_popcountll(plain.blanks) >= MAX_WORDS)) return false;
    const rv_word *found = NULL;
    for (uint32_t start = 0; start < n;) {
        uint64_t ahead = plain.blanks >> start;
        uint32_t end = ahead ? start + (uint32_t)__builtin_ctzll(ahead) : n;
        found = rv_word_find(rv_text_make(out + start, end - start));
        if (found && (found->civility || found->classes & (RV_WORD_BORN | RV_WORD_MARRIED | RV_WORD_FORMERLY)))
            return false;
        if (plain.blanks && rv_word_in(rv_text_make(out + start, end - start), SEVERAL)) return false;
        start = end + 1;
    }
    bool single = plain.blanks == 0 && !found && n > 1 && out[0] != out[1];
    if (!single && rv_placeholder_name(rv_text_make(out, n))) return false;
    *len = (uint8_t)n;
    return true;
}

void rv_name_read_first(rv_text value, rv_name *name) {
    words w;
    if (!name->first_len && read_plain(value, name->first, &name->first_len)) return;
    cut(value, &w);
    strip_civility(&w, name, true);
    if (second_person(&w)) {
        name->several = true;
        return;
    }
    if (w.n) name->several = false;
    size_t end = 0; /* a nickname in parentheses isn't the name */
    while (end < w.n && !w.list[end].in_parentheses) end++;
    join(&w, 0, end ? end : w.n, name->first, &name->first_len);
}

void rv_name_read_last(rv_text value, rv_name *name) {
    words w;
    if (!name->last_len && read_plain(value, name->last, &name->last_len)) return;
    cut(value, &w);
    if (strip_family(&w)) name->several = true;
    else if (w.n > 1) strip_civility(&w, name, true);
    size_t second = second_person(&w);
    if (second) { /* DUPONT ET MARTIN: both */
        name->several = true;
        join(&w, 0, second, name->last, &name->last_len);
        join(&w, second + 1, w.n, name->birth_name, &name->birth_name_len);
        return;
    }
    size_t end = take_other_name(&w, name);
    if (end) set_last(&w, 0, end, name);
}

/* --- One column for all ------------------------------------------------------------------------------------------ */

static bool is_particle(rv_text text) { return rv_word_is(text, RV_WORD_PARTICLE); }

/* Compound first names as initials: Jean-Pierre, Francois-Xavier. */
static bool is_initials(rv_text text) { return text.len == 2 && rv_word_in(text, "JP JC JM JL JF JB JY JJ PH FX"); }

/* The last name is the longest run of words in capitals at one end, when the other words aren't. */
static bool split_by_capitals(const words *w, size_t n, size_t *first_from, size_t *first_to) {
    size_t head = 0, tail = 0;
    while (head < n && w->list[head].capitals) head++;
    while (tail < n && w->list[n - 1 - tail].capitals) tail++;
    if (head == n || (head == 0) == (tail == 0)) return false;
    size_t letters = 0; /* "J.-P. Marchand": initials are no last name */
    for (size_t i = 0; i < head + tail; i++) letters += w->list[head ? i : n - 1 - i].text.len;
    if (letters == head + tail) return false;
    if ((head == 1 && is_initials(w->list[0].text)) || (tail == 1 && is_initials(w->list[n - 1].text))) return false;
    if (tail) { /* particles before it belong to it: "Charles de GAULLE" */
        size_t from = n - tail;
        while (from > 1 && is_particle(w->list[from - 1].text)) from--;
        *first_from = 0;
        *first_to = from;
    } else {
        while (head < n - 1 && is_particle(w->list[head].text) && w->list[head + 1].capitals) head++;
        *first_from = head;
        *first_to = n;
    }
    return true;
}

/* "SARL DUPONT", "DUPONT SAS", "Mairie de Lyon": nobody's name. */
static bool is_company(const words *w) {
    static const char forms[] = "SARL SAS SASU EURL SCI SNC SELARL SCP GAEC GMBH LTD INC LLC BVBA SPRL SRL SPA PLC CORP";
    static const char houses[] = /* in front of a firm's, an office's or a club's name */
        "MAIRIE COMMUNE ASSOCIATION ASSOC SOCIETE STE ETS ETABLISSEMENTS ENTREPRISE CABINET GARAGE PHARMACIE BOULANGERIE "
        "BOUCHERIE PATISSERIE MENUISERIE PLOMBERIE RESTAURANT HOTEL AUBERGE CLINIQUE ECOLE COLLEGE LYCEE UNIVERSITE PREFECTURE "
        "MINISTERE SYNDICAT SYNDIC COPROPRIETE FONDATION FEDERATION MUTUELLE COMITE EHPAD CCAS "
        "AYUNTAMIENTO COMUNE GEMEINDE FIRMA PRAXIS APOTHEKE STUDIO FARMACIA";
    if (w->n < 2) return false;
    const word *first = &w->list[0], *last = &w->list[w->n - 1];
    if (w->n > 2 && rv_word_in(last[-1].text, BETWEEN) && rv_word_in(last->text, "FILS FILLE FILLES FRERES CIE ASSOCIES CO"))
        return true;
    if (rv_word_in(first->text, forms) || rv_word_in(last->text, forms)) return true;
    if (!first[1].glued && rv_word_in(first->text, houses)) return true;
    if (first->capitals && rv_text_is(first->text, "SA") && rv_first_name_find(first[1].text) == RV_FIRST_NAME_UNKNOWN)
        return true; /* "SA DUPONT"; "SA Thierry" is a person */
    bool form_behind = last->capitals && !last->glued && rv_word_in(last->text, "SA AG KG BV NV SL"); /* "Keller AG" */
    bool person = rv_first_name_find(first->text) != RV_FIRST_NAME_UNKNOWN &&
                  (w->n > 2 || !rv_word_in(first->text, FIRST_AND_LAST)); /* "Ana SA" */
    return form_behind && !person && !rv_word_is(last[-1].text, RV_WORD_PARTICLE);
}

/* "John Smith Jr": which of a family's Johns, and in few files told. */
static void drop_generation(words *w, size_t least) {
    if (w->n > least && !w->list[w->n - 1].glued && rv_word_in(w->list[w->n - 1].text, "JR SR II III IV ESQ PHD"))
        w->n--;
    else if (w->n > 2 && !w->list[w->n - 1].capitals && rv_word_in(w->list[w->n - 1].text, "FILS PERE")) /* "Jean DUPONT fils" */
        w->n--;
    if (w->comma >= w->n) w->comma = 0;
}

/* A known first name, and not one of the other sex: the SIMON of "MME ANNE SIMON" is a last name. An initial glued to one
 * is a first name too: "M-LOUISE". */
static bool is_first_name(const words *w, size_t n, size_t i, rv_sex sex) {
    int known = rv_first_name_find(w->list[i].text);
    if (known == RV_FIRST_NAME_UNKNOWN && is_initials(w->list[i].text)) return true;
    if (known == RV_FIRST_NAME_UNKNOWN)
        return w->list[i].text.len == 1 && i + 1 < n && w->list[i + 1].glued &&
               (w->list[i + 1].text.len == 1 || is_first_name(w, n, i + 1, sex));
    return !(known == RV_FIRST_NAME_MALE && sex == RV_SEX_FEMALE) &&
           !(known == RV_FIRST_NAME_FEMALE && sex == RV_SEX_MALE);
}

static bool is_last_name_too(rv_text text) { return rv_word_in(text, FIRST_AND_LAST); }

static bool all_capitals(const words *w, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!w->list[i].capitals && w->list[i].text.len > 1) return false;
    return true;
}

/* Known first names in front or behind; glued words go together. */
static void split_by_names(const words *w, size_t n, rv_sex sex, size_t *first_from, size_t *first_to) {
    size_t head = 0, tail = 0;
    size_t particles = 0; /* "Van der Berg Jan", "Le Goff": a last name in front, or alone */
    while (particles + 1 < n && is_particle(w->list[particles].text) && !is_first_name(w, n, particles, sex) &&
           !rv_word_in(w->list[particles].text, "BEN"))
        particles++;
    if (particles) {
        *first_from = particles + 1;
        while (*first_from < n && w->list[*first_from].glued) ++*first_from;
        *first_to = n;
        return;
    }
    while (head < n && (is_first_name(w, n, head, sex) || (head && w->list[head].glued))) head++;
    while (tail < n && (is_first_name(w, n, n - 1 - tail, sex) || w->list[n - 1 - tail].glued)) tail++;
    bool at_front = head > 0, at_back = tail > 0;
    if (at_front && at_back) { /* MARTIN THOMAS, Thomas Martin, PAUL MARTIN */
        bool last_in_front = is_last_name_too(w->list[0].text), last_behind = is_last_name_too(w->list[n - 1].text);
        at_back = last_in_front != last_behind ? last_in_front : all_capitals(w, n);
        at_front = !at_back;
    }
    if (!at_front && !at_back) { /* an initial is a first name's: "DUPONT J" */
        at_back = w->list[n - 1].text.len == 1 || (w->list[0].text.len > 1 && all_capitals(w, n));
        at_front = !at_back;
        head = tail = 1;
    }
    if (at_front) {
        if (head >= n) head = n - 1; /* the last name keeps a word */
        while (head < n && w->list[head].glued) head++;
        for (size_t i = 1; i < head; i++)
            if (is_particle(w->list[i].text) && !w->list[i].glued) head = i;
        *first_from = 0;
        *first_to = head < n ? head : 1;
    } else {
        if (tail >= n) tail = n - 1;
        while (tail < n && w->list[n - tail].glued) tail++;
        if (tail >= n) tail = 1;
        *first_from = n - tail;
        *first_to = n;
    }
}

/*
 * Vietnamese names stand last name first ("Nguyen Thi Hoa"), in the West also behind ("Hoa Nguyen"). A dozen last names are
 * nearly everybody's; the short ones among them (LE, HO) are other people's words too and count only before THI, the sign of
 * a woman's name.
 */
static bool split_vietnamese(const words *w, size_t n, size_t *first_from, size_t *first_to) {
    static const char families[] = "NGUYEN TRAN PHAM HUYNH HOANG PHAN DANG DUONG TRUONG TRINH NGO BUI DINH";
    const word *list = w->list;
    bool front = rv_word_in(list[0].text, families), behind = rv_word_in(list[n - 1].text, families);
    bool woman = n > 2 && rv_text_is(list[1].text, "THI");
    if (woman && rv_word_in(list[0].text, "LE VU VO DO HO LY MAI CAO LAM LUU TA")) front = true;
    if (front && !behind) {
        *first_from = 1;
        *first_to = n;
        return true;
    }
    if (!behind || front || n < 3 || !rv_word_in(list[0].text, "THI VAN")) return false;
    *first_from = 0; /* "Thi Hoa Nguyen" */
    *first_to = n - 1;
    return true;
}

static void read_one(words *w, rv_name *name);

/* Two people, or a couple under one of their first names: last names stay, a first name only where it is the only one. */
static void read_two(rv_text value, const words *w, size_t second, rv_name *name) {
    uint32_t end = w->list[second - 1].end, from = w->list[second + 1].start;
    words one, other;
    rv_name a, b;
    rv_name_init(&a);
    rv_name_init(&b);
    cut(rv_text_make(value.ptr, end), &one);
    cut(rv_text_make(value.ptr + from, value.len - from), &other);
    bool first_alone = one.n == 1, other_alone = other.n == 1 && !first_alone;
    if (!first_alone) read_one(&one, &a);
    if (!other_alone) read_one(&other, &b);
    *name = a;
    if (!a.last_len) memcpy(name->last, b.last, sizeof name->last), name->last_len = b.last_len;
    else if (b.last_len && !rv_text_equal(rv_text_make(a.last, a.last_len), rv_text_make(b.last, b.last_len)) && !name->birth_name_len)
        memcpy(name->birth_name, b.last, sizeof name->birth_name), name->birth_name_len = b.last_len;
    name->first_len = 0;
    name->civility = "";
    name->sex = RV_SEX_UNKNOWN;
    name->several = true;
}

void rv_name_read_full(rv_text value, rv_name *name) {
    words w;
    cut(value, &w);
    if (is_company(&w)) return;
    bool couple = strip_couple(&w, name), family = !couple && strip_family(&w);
    if ((couple || family) && w.n) { /* the rest as it was written: "M. et Mme DUPONT Jean et Marie" */
        value = rv_text_make(value.ptr + w.list[0].start, value.len - w.list[0].start);
        cut(value, &w);
    }
    size_t second = second_person(&w);
    if (second) {
        read_two(value, &w, second, name);
        return;
    }
    name->several |= family;
    read_one(&w, name);
    name->several = family || (couple && !name->first_len);
    if (family) name->first_len = 0;
}

/* Cuts " TAIL" off a name; false where it isn't its end. */
static bool cut_tail(const char *text, uint8_t *len, const char *tail, uint8_t tail_len) {
    if (*len < tail_len + 2 || text[*len - tail_len - 1] != ' ' || memcmp(text + *len - tail_len, tail, tail_len) != 0)
        return false;
    *len = (uint8_t)(*len - tail_len - 1);
    return true;
}

/* "Mme DUPONT née MARTIN Sophie", "Veuve DUPONT Marie": the first name behind the name that the marker tells. */
static void take_first_behind(const words *w, rv_name *name) {
    size_t tail = 0;
    if (name->first_len || name->several) return;
    while (tail + 1 < w->n &&
           (is_first_name(w, w->n, w->n - 1 - tail, name->sex) || (tail && w->list[w->n - tail].glued)))
        tail++;
    for (; tail; tail--) {
        char text[RV_NAME_MAX];
        uint8_t len = 0;
        if (w->list[w->n - tail].glued) continue;
        join(w, w->n - tail, w->n, text, &len);
        if (!len || (!cut_tail(name->birth_name, &name->birth_name_len, text, len) &&
                     !cut_tail(name->last, &name->last_len, text, len)))
            continue;
        memcpy(name->first, text, len);
        name->first_len = len;
        return;
    }
}

static void read_one(words *list, rv_name *name) {
    words w = *list;
    if (is_company(&w)) return;
    strip_civility(&w, name, false);
    drop_generation(&w, 2);
    size_t n = take_other_name(&w, name);
    if (n == 0) take_first_behind(&w, name);
    if (n == 0) return;
    size_t from = 0, to = 0;
    if (w.comma && w.comma < n) {
        from = w.comma;
        to = n;
        int civility = civility_of(w.list[from].text); /* "Dupont, M. Jean" */
        if (civility >= 0 && to - from > 1) {
            set_civility(civility, name);
            from++;
        }
        join(&w, from, to, name->first, &name->first_len);
        set_last(&w, 0, w.comma, name);
        return;
    }
    if (n == 1) { /* a civility goes with a last name; a known first name alone is a first name */
        bool titled = name->several || (name->civility && *name->civility);
        if (!titled && !name->last_len && is_first_name(&w, 1, 0, RV_SEX_UNKNOWN))
            join(&w, 0, 1, name->first, &name->first_len);
        else set_last(&w, 0, 1, name);
        if (w.n > 1) take_first_behind(&w, name);
        return;
    }
    if (!split_by_capitals(&w, n, &from, &to) && !split_vietnamese(&w, n, &from, &to))
        split_by_names(&w, n, name->sex, &from, &to);
    join(&w, from, to, name->first, &name->first_len);
    if (from == 0) set_last(&w, to, n, name);
    else set_last(&w, 0, from, name);
}
