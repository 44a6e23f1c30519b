/*
 * Postcode and town at the end of a line. With a postcode the cut is clear; without one a town's name is told from the end
 * of a street's name by the list of communes: the longest name that leaves a street which can end there. "Rue de Paris"
 * can't end at DE, "rue Paul Bert" not at a first name, "rue du Faubourg Saint-Denis" not at FAUBOURG. What the writer did
 * (a comma, hyphens, capitals, a postcode or a department) weighs more than what names are like.
 */
#include "address_detail.h"
#include "commune.h"
#include "first_name.h"
#include "street_words.h"

/* How sure is it, beside its name, that words are a town? */
typedef enum evidence { BY_NAME, BY_DEPARTMENT, TOLD } evidence;
enum { SMALL = 11, LARGE = 14, VERY_LARGE = 16 }; /* communes of 2,048; 16,384; 65,536 people, seldom part of a name */

/* --- Communes among words ---------------------------------------------------------------------------------------- */

/* Do the words name a commune? Short forms (ST, S, LEZ) as the table writes them. */
static bool named(const rv_text *words, size_t n, rv_commune *found) {
    char name[RV_COMMUNE_MAX];
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        rv_text word = words[i];
        if (rv_is_comma(word)) return false;
        if (word.len <= 3 && word.ptr[0] == 'S' && (i > 0 || word.len > 1)) {
            const rv_word *known = rv_word_find(word);
            if (known && known->full) word = rv_text_of(known->full);
        } else if (rv_text_is(word, "LEZ")) {
            word = RV_TEXT("LES");
        }
        if (len + word.len + 1 > sizeof name) return false;
        if (len) name[len++] = ' ';
        memcpy(name + len, word.ptr, word.len);
        len += word.len;
    }
    return rv_commune_find(rv_text_make(name, len), found);
}

/* Words at the beginning that name a commune there, the most; 0: none. */
static size_t commune_ahead(const rv_text *words, size_t n, rv_text digits) {
    rv_commune commune;
    for (size_t k = n < RV_COMMUNE_WORDS ? n : RV_COMMUNE_WORDS; k > 0; k--)
        if (named(words, k, &commune) && rv_commune_is_at(&commune, digits)) return k;
    return 0;
}

/* --- Can a street end here? -------------------------------------------------------------------------------------- */

static const char titles[] = "GENERAL GAL GEN MARECHAL MAL AMIRAL COLONEL COL COMMANDANT CDT CAPITAINE CNE LIEUTENANT "
                             "LT SERGENT SGT ADJUDANT CAPORAL DOCTEUR "
                             "DR PROFESSEUR PR PROF PRESIDENT PDT ABBE CHANOINE CURE MONSEIGNEUR MGR CARDINAL PERE "
                             "FRERE FRERES SOEUR MERE MAITRE COMTE "
                             "COMTESSE DUC DUCHESSE BARON MARQUIS PRINCE ROI REINE EMPEREUR MADAME MME MONSIEUR";
static const char wants_more[] = /* other words that no street's name ends in */
    "SUR SOUS VERS DEVANT DERRIERE ENTRE PAR SANS PRES CHEZ DIT DITE NOTRE FAUBOURG FBG FG ANCIEN ANCIENNE SAINT "
    "SAINTE ST STE BEAU "
    "BEAUX BEL BELLE BON BONNE GROS VIEUX VIEIL";
static const char wants_noun[] = /* the same behind DU, DE LA, DES */
    "GRAND PETIT HAUT BAS GRANDS GRANDE GRANDES PETITS PETITE PETITES VIEILLE VIEILLES HAUTS HAUTE HAUTES BASSE BASSES "
    "BELLES BONS BONNES NOUVEAU NOUVEAUX "
    "NOUVELLE NOUVELLES GROSSE LONG LONGS LONGUE LONGUES MI DEUX TROIS QUATRE CINQ SIX SEPT HUIT NEUF DIX ONZE DOUZE "
    "QUINZE CENT MILLE "
    "PREMIER PREMIERE";
static const char of_saints[] = /* what a saint's name often follows */
    "PORTE PONT MOULIN CHAPELLE CROIX CLOS COTE BUTTE MONT VAL QUAI PORT COUR MARCHE ABBAYE PRIEURE CHAMP PRE BOIS "
    "FOSSE FOSSES "
    "MONTAGNE ILE FONTAINE ENCLOS HOTEL GRANGE TOUR PUITS BUISSON FERME HOSPICE HOPITAL COUVENT PARC JARDIN CITE "
    "DOMAINE PASSAGE MAIL "
    "CLOITRE BASTION HALLES COTEAU MAISON COLLEGE SQUARE";

/* The street's whole name is one first name: the next word is the surname. JEAN PAUL is one. */
static bool is_first_name_only(const rv_text *words, size_t n) {
    while (n > 1 && (rv_is_article(words[0]) || rv_word_in(words[0], titles))) {
        words++;
        n--;
    }
    if (n == 2 && !rv_word_in(words[0], "JEAN MARIE PIERRE ANNE LOUIS CHARLES")) return false;
    for (size_t i = 0; i < n; i++)
        if (rv_first_name_find(words[i]) == RV_FIRST_NAME_UNKNOWN) return false;
    return n == 1 || n == 2;
}

static bool can_end(const rv_address_line *l, const rv_street_place *street, size_t end) {
    while (end > street->body && rv_is_comma(l->words[end - 1])) end--;
    if (street->body >= end) /* "Grande Rue" is whole, and what has no name has a number */
        return street->body == end && street->type && strchr(street->type, ' ') && !strstr(street->type, " D");
    size_t names = 0;
    for (size_t i = street->body; i < end; i++) names += !rv_is_article(l->words[i]) && !rv_is_comma(l->words[i]);
    rv_text last = l->words[end - 1];
    if (names == 0 || rv_is_article(last) || rv_word_in(last, wants_more) || rv_word_in(last, titles)) return false;
    if (rv_is_single_letter(last) && !(end > street->body + 1 && rv_is_digit(l->words[end - 2].ptr[0]))) return false;
    if (!rv_word_in(last, wants_noun)) return true;
    size_t at = end - 1; /* "du, de la, des", or an article of a place without a type; not "rue Jules Le Grand" */
    if (at > street->body && rv_word_in(l->words[at - 1], "LE LA LES L")) at--;
    bool after_article = at == street->body ? at < end - 1 : rv_is_article(l->words[at - 1]);
    return !after_article;
}

/* Words written in capitals behind others that aren't, or the other way round. */
static bool case_changes(const rv_address_line *l, size_t street, size_t start, size_t end) {
    unsigned town = RV_WORD_CAPITALS | RV_WORD_SMALL, before = town;
    for (size_t i = start; i < end; i++)
        if (l->marks[i]) town &= l->marks[i];
    for (size_t i = street; i < start; i++)
        if (l->marks[i] && !rv_is_digit(l->words[i].ptr[0])) before &= l->marks[i];
    return (town == RV_WORD_CAPITALS && before == RV_WORD_SMALL) ||
           (town == RV_WORD_SMALL && before == RV_WORD_CAPITALS);
}

/* "13 algan street belvedere": a street of another language; what follows is none of ours. */
static bool is_english(const rv_address_line *l, const rv_street_place *street, size_t end) {
    for (size_t i = street->body; i < end && !street->type; i++) {
        const rv_word *word = rv_word_find(l->words[i]);
        if (word && word->type_behind && !word->type && !word->full) return true;
    }
    return false;
}

/* Are the words [start, end) rather a town than the end of the street's name? */
static bool is_town(const rv_address_line *l, const rv_street_place *street, size_t start, size_t end,
                    const rv_commune *commune, evidence told) {
    if (!can_end(l, street, start)) return false;
    if (told == TOLD || case_changes(l, street->body, start, end)) return true;
    const rv_text *words = l->words;
    bool brief = end - start == 1 && words[start].len == 2 && commune->size < SMALL; /* RI, UR */
    if (told == BY_NAME && ((commune->ordinary && commune->size < LARGE) || brief || is_english(l, street, start)))
        return false;
    bool saint = rv_word_in(words[start], "SAINT SAINTE ST STE") && end - start == 2;
    bool of_saint = saint && rv_word_in(words[start - 1], of_saints) &&
                    rv_first_name_find(words[start + 1]) != RV_FIRST_NAME_UNKNOWN;
    if (of_saint && commune->size < VERY_LARGE) return false; /* "rue du Puits Saint-Jean" */
    bool sole = end - start == 1 || saint;
    return !(sole && commune->size < LARGE && is_first_name_only(words + street->body, start - street->body));
}

/* --- The end of a line ------------------------------------------------------------------------------------------- */

typedef struct reading {
    rv_address *address;
    const rv_address_line *line;
    rv_street_place street;
    size_t from, end; /* the words not taken yet */
} reading;

static bool ends_in(const reading *r, const char *word) {
    return r->end > r->from + 1 && rv_text_is(r->line->words[r->end - 1], word);
}

static void drop_commas(reading *r) {
    while (r->end > r->from && rv_is_comma(r->line->words[r->end - 1])) r->end--;
}

static bool is_ordinal(rv_text word) {
    uint32_t digits = 0;
    while (digits < word.len && rv_is_digit(word.ptr[digits])) digits++;
    if (digits == 0 || digits > 2)
        return digits == 0 && word.len < 6 &&
               rv_word_in(word, "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX");
    rv_text rest = rv_text_make(word.ptr + digits, word.len - digits);
    return rest.len == 0 || rv_word_in(rest, "E ER EME ERE IEME");
}

static const char arrondissements[] = "ARRONDISSEMENT ARRDT ARDT ARR CEDEX FRANCE";

/* "Paris 15e arrondissement", "LYON 03": the end without the arrondissement. */
static void drop_arrondissement(reading *r) {
    const rv_text *words = r->line->words;
    size_t end = r->end;
    if (end > r->from + 1 && rv_word_in(words[end - 1], arrondissements)) end--;
    if (end > r->from + 1 && is_ordinal(words[end - 1])) end--;
    if (end < r->end && end > r->from && rv_word_in(words[end - 1], "PARIS LYON MARSEILLE")) r->end = end;
}

/* All that is left is a town: "Paris 75002". */
static bool is_all_town(const reading *r) {
    rv_commune commune;
    return r->end > r->from && r->end - r->from <= RV_COMMUNE_WORDS &&
           named(r->line->words + r->from, r->end - r->from, &commune) && !commune.ordinary;
}

/* The words at the end that are a town; 0: none. `digits`: the postcode's or the department's, or empty. */
static size_t town_behind(const reading *r, rv_text digits, evidence told) {
    const rv_address_line *l = r->line;
    rv_commune commune;
    size_t most = r->end - r->from;
    for (size_t k = most < RV_COMMUNE_WORDS ? most : RV_COMMUNE_WORDS; k > 0; k--) {
        size_t start = r->end - k;
        if (start == r->from || (l->marks[start] & RV_WORD_GLUED) || !named(l->words + start, k, &commune)) continue;
        bool at = digits.len == 0 || rv_commune_is_at(&commune, digits);
        evidence known = told;
        bool by_name = rv_text_is(l->words[start - 1], "A") && start > r->from + 2; /* "rue Richan a Lyon" */
        if (by_name || rv_is_comma(l->words[start - 1])) known = TOLD;
        if (at && is_town(l, &r->street, start - by_name, r->end, &commune, known)) return k;
    }
    return 0;
}

static void take_town(reading *r, size_t n) {
    const rv_text *words = r->line->words;
    r->address->city = rv_address_city_words(r->address, words + r->end - n, n);
    r->end -= n;
    if (r->end > r->from + 2 && rv_text_is(words[r->end - 1], "A")) r->end--;
    drop_commas(r);
}

/* "FRANCE", "CEDEX 08" off the end; true where a town must stand in front of them. */
static bool drop_country(reading *r) {
    const rv_text *words = r->line->words;
    bool town = false;
    drop_commas(r);
    if (ends_in(r, "FRANCE")) {
        reading before = *r;
        before.end--;
        rv_text last = words[before.end - 1];
        bool behind =
            rv_is_comma(last) || (last.len == 5 && rv_all_digits(last)) || town_behind(&before, (rv_text){0}, BY_NAME);
        if (behind) *r = before;
    }
    drop_commas(r);
    for (size_t i = r->end; i-- > r->from + 1 && i + 3 > r->end;)
        if (rv_text_is(words[i], "CEDEX")) {
            r->end = i;
            town = true;
        }
    drop_arrondissement(r);
    return town;
}

/* --- With a postcode --------------------------------------------------------------------------------------------- */

static bool is_postcode(rv_text word) { return word.len == 5 && rv_all_digits(word) && memcmp(word.ptr, "00", 2) != 0; }

/* The last postcode; r->end if there is none. "BP 12345" is none. */
static size_t find_postcode(const reading *r) {
    const rv_text *words = r->line->words;
    for (size_t i = r->end; i-- > r->from;) {
        if (!is_postcode(words[i])) continue;
        if (i > r->from && rv_word_in(words[i - 1], "BP CS TSA BOITE POSTALE CEDEX CIDEX")) continue;
        return i;
    }
    return r->end;
}

static rv_text department_of(rv_text postcode) {
    return rv_text_make(postcode.ptr, postcode.ptr[0] == '9' && postcode.ptr[1] >= '7' ? 3 : 2);
}

/* A whole segment behind a comma that can't be anything else. */
static size_t segment_behind(const reading *r) {
    const rv_text *words = r->line->words;
    size_t comma = r->end, used;
    while (comma > r->from && !rv_is_comma(words[comma - 1])) comma--;
    size_t n = r->end - comma;
    if (comma <= r->from + 1 || n == 0 || n > 6 || rv_is_digit(words[comma].ptr[0])) return 0;
    if (rv_street_type(words + comma, n, false, &used) || rv_word_is(words[comma], RV_WORD_EXTRA)) return 0;
    return n;
}

/* "98000 Monaco 12 bd des Moulins": a town that the list of communes hasn't ends where a comma or a number and its street begin. */
static size_t town_before_street(const rv_text *words, size_t n) {
    size_t used;
    for (size_t i = 1; i + 1 < n; i++)
        if (rv_is_comma(words[i]) ||
            (rv_is_digit(words[i].ptr[0]) && rv_street_type(words + i + 1, n - i - 1, false, &used)))
            return i;
    return n;
}

/* Behind the postcode stands the town, and sometimes more. */
static void split_behind(reading *r, size_t first, rv_text postcode, rv_address_rest *rest) {
    const rv_text *words = r->line->words;
    size_t n = r->end - first, town = commune_ahead(words + first, n, postcode);
    if (town == 0) town = commune_ahead(words + first, n, department_of(postcode));
    reading before = *r;
    before.end = first - 1;
    drop_commas(&before);
    size_t in_front = town == 0 && n > 0 ? town_behind(&before, postcode, TOLD) : 0;
    if (in_front) { /* "vichy (03200) m. martin" */
        rest->tail = first;
        rest->tail_end = r->end;
        return;
    }
    if (town == 0) town = first == r->from + 1 ? town_before_street(words + first, n) : n;
    r->address->city = rv_address_city_words(r->address, words + first, town);
    size_t behind = first + town;
    bool more =
        behind < r->end && !rv_word_in(words[behind], "CEDEX FRANCE") && rv_department_find(words[behind]).len == 0;
    if (more && is_ordinal(words[behind]))
        more = behind + 1 < r->end && !rv_word_in(words[behind + 1], arrondissements);
    if (more) {
        rest->tail = first + town;
        rest->tail_end = r->end;
    }
}

static void take_postcode(reading *r, size_t at, rv_address_rest *rest) {
    const rv_text *words = r->line->words;
    rv_text postcode = words[at], alone;
    rv_address_read_postcode(postcode, "FR", r->address);
    postcode = r->address->postcode;
    bool first = at == r->from, street_behind = false;
    if (at + 1 < r->end) split_behind(r, at + 1, postcode, rest);
    if (first && rest->tail_end > rest->tail) { /* "75002 Paris 12 rue de la Paix" */
        size_t used;
        street_behind = rv_is_digit(words[rest->tail].ptr[0]) || rv_is_comma(words[rest->tail]) ||
                        rv_street_type(words + rest->tail, rest->tail_end - rest->tail, false, &used);
    }
    if (street_behind) {
        r->from = rest->tail;
        while (r->from < r->end && rv_is_comma(words[r->from])) r->from++;
        rest->tail = rest->tail_end = 0;
        return;
    }
    r->end = at;
    if (r->end > r->from && rv_word_in(words[r->end - 1], "F FR CP")) r->end--;
    drop_commas(r);
    if (r->address->city.len == 0) {
        drop_country(r);
        size_t behind = town_behind(r, postcode, TOLD);
        if (behind == 0) behind = town_behind(r, department_of(postcode), BY_DEPARTMENT);
        if (behind == 0) behind = is_all_town(r) ? r->end - r->from : segment_behind(r);
        if (behind) take_town(r, behind);
    }
    if (r->address->city.len == 0 && rv_postcode_find(postcode, &alone) && alone.len)
        r->address->city = rv_address_city_words(r->address, &alone, 1);
}

/* "1300 Arbignieu", or "Arbignieu 1300": the zero that a spreadsheet ate. */
static bool take_short_postcode(reading *r, rv_address_rest *rest) {
    const rv_text *words = r->line->words;
    for (size_t i = r->end; i-- > r->from + 2;) {
        rv_text word = words[i], alone;
        char digits[5] = "0";
        if (word.len != 4 || !rv_all_digits(word) || word.ptr[0] == '0') continue;
        memcpy(digits + 1, word.ptr, 4);
        rv_text code = rv_text_make(digits, 5);
        if (!rv_postcode_find(code, &alone)) continue;
        reading before = *r;
        before.end = i;
        drop_commas(&before);
        size_t town = i + 1 < r->end ? commune_ahead(words + i + 1, r->end - i - 1, code) : 0;
        bool year = rv_text_compare(word, RV_TEXT("1780")) > 0 && rv_text_compare(word, RV_TEXT("2040")) < 0;
        bool good = i + 1 < r->end
                        ? town > 0
                        : town_behind(&before, code, TOLD) ||
                              (!year && r->street.number.len && r->street.type && can_end(r->line, &r->street, i));
        if (!good) continue;
        take_postcode(r, i, rest);
        return true;
    }
    return false;
}

/* "Rue de la Loi 16, 1000 Bruxelles", "CH-1204 Geneve": the postcode of a neighbour, four digits in front of a town. */
static bool take_foreign_postcode(reading *r) {
    const rv_text *words = r->line->words;
    for (size_t i = r->end - 1; i-- > r->from + 2;) {
        if (words[i].len != 4 || !rv_all_digits(words[i])) continue;
        bool country = rv_word_in(words[i - 1], "A AT B BE CH L LU NL");
        rv_text before = words[i - 1 - country];
        bool told = (country && (r->line->marks[i] & RV_WORD_GLUED)) || rv_is_comma(before) ||
                    (!country && before.len < 4 && rv_is_digit(before.ptr[0]));
        if (!told || rv_is_digit(words[i + 1].ptr[0])) return false;
        rv_address_read_postcode(words[i], "", r->address);
        r->address->city = rv_address_city_words(r->address, words + i + 1, r->end - i - 1);
        r->end = i - country;
        drop_commas(r);
        return true;
    }
    return false;
}

/* --- Without one ------------------------------------------------------------------------------------------------- */

/* "92 le plessis robinson": a department and a town of it. */
static bool take_department(reading *r) {
    const rv_text *words = r->line->words;
    for (size_t i = r->from + 2; i + 1 < r->end; i++) {
        rv_text digits = words[i];
        if (digits.len < 2 || digits.len > 3 || !rv_all_digits(digits)) continue;
        if (commune_ahead(words + i + 1, r->end - i - 1, digits) != r->end - i - 1) continue;
        if (!can_end(r->line, &r->street, i)) continue;
        r->address->city = rv_address_city_words(r->address, words + i + 1, r->end - i - 1);
        r->end = i;
        drop_commas(r);
        return true;
    }
    return false;
}

/* "Claix (38)", "Claix Isere": the department behind its town is no part of it. */
static size_t town_in_department(reading *r) {
    char name[RV_COMMUNE_MAX];
    const rv_text *words = r->line->words;
    size_t len = 0, most = r->end - r->from < 4 ? r->end - r->from : 4;
    for (size_t k = 1; k <= most; k++) {
        rv_text word = words[r->end - k];
        if (len + word.len + 1 > sizeof name) return 0;
        memmove(name + word.len + (len > 0), name, len);
        memcpy(name, word.ptr, word.len);
        if (len) name[word.len] = ' ';
        len += word.len + (len > 0);
        rv_text digits = k == 1 && rv_all_digits(word) ? word : rv_department_find(rv_text_make(name, len));
        if (digits.len < 2 || digits.len > 3) continue;
        reading before = *r;
        before.end -= k;
        drop_commas(&before);
        size_t town = before.end > before.from ? town_behind(&before, digits, BY_DEPARTMENT) : 0;
        if (town == 0) continue;
        *r = before;
        return town;
    }
    return 0;
}

/* A name that nobody knows, glued by hyphens as only communes' are: "St-Quentin-sur-Fallavie". */
static size_t hyphenated_behind(const reading *r) {
    const rv_address_line *l = r->line;
    size_t start = r->end - 1;
    while (start > r->from && (l->marks[start] & RV_WORD_GLUED)) start--;
    for (size_t i = start + 1; i + 1 < r->end; i++)
        if (rv_word_in(l->words[i], "SUR SOUS LES LEZ EN") && can_end(l, &r->street, start)) return r->end - start;
    return 0;
}

static void take_without_code(reading *r, bool told) {
    size_t end = r->end, whole = town_behind(r, (rv_text){0}, told ? TOLD : BY_NAME), town = town_in_department(r);
    if (town && whole == town + end - r->end) { /* "Montaigu-Vendee" is one name */
        r->end = end;
        town = whole;
    }
    if (town == 0 && take_department(r)) return;
    if (town == 0) town = whole;
    if (town == 0) town = is_all_town(r) ? r->end - r->from : segment_behind(r);
    if (town == 0 && r->end > r->from) town = hyphenated_behind(r);
    if (town) take_town(r, town);
}

void rv_address_take_place(rv_address *a, rv_address_line *line, rv_address_rest *rest) {
    reading r = {.address = a, .line = line, .end = line->n};
    *rest = (rv_address_rest){0};
    rv_address_find_street(line->words, line->n, false, &r.street);
    bool told = drop_country(&r);
    size_t code = find_postcode(&r);
    rv_address_find_street(line->words, code, false, &r.street); /* "29600 Cours" is no number in front of a type */
    if (code < r.end) take_postcode(&r, code, rest);
    else if (r.end > r.from && !take_short_postcode(&r, rest) && !take_foreign_postcode(&r))
        take_without_code(&r, told);
    rest->from = r.from;
    rest->to = r.end;
}

size_t rv_address_commune_behind(const rv_text *words, size_t n, rv_text postcode) {
    rv_address_line line;
    reading r = {.line = &line, .end = n};
    memcpy(line.words, words, n * sizeof *words);
    memset(line.marks, 0, n);
    rv_address_find_street(words, n, true, &r.street);
    return n > 2 ? town_behind(&r, postcode, TOLD) : 0;
}
