/*
 * One table for all words, so that a word is looked up once and answers every question. Ascending bytewise, and
 * found by a hash: most words looked up are names, and not here. La Poste's abbreviations, and those of everyday files.
 */
#include "vocabulary.h"

#include "bytes16.h"
#include <pthread.h>
#include <stdatomic.h>

enum {
    ARTICLE = RV_WORD_ARTICLE,
    REPEAT = RV_WORD_REPEAT,
    EXTRA = RV_WORD_EXTRA,
    MONTH = RV_WORD_MONTH,
    PARTICLE = RV_WORD_PARTICLE,
    BORN = RV_WORD_BORN,
    MARRIED = RV_WORD_MARRIED,
    FORMERLY = RV_WORD_FORMERLY,
    NOTHING = RV_WORD_NOTHING,
    NOBODY = RV_WORD_NOBODY,
    BEFORE = RV_WORD_BEFORE,
    DOUBLE = RV_WORD_DOUBLE
};

/* clang-format off */
static const rv_word table[] = {
    {"1ER", .day = "1"}, {"A", .classes = ARTICLE}, {"ABOU", .classes = PARTICLE}, {"ACOMPLETER", .classes = NOTHING},
    {"ADEFINIR", .classes = NOTHING}, {"AIT", .classes = PARTICLE}, {"AL", .classes = ARTICLE | PARTICLE},
    {"ALEE", .type = "ALLEE"}, {"ALEES", .type = "ALLEES"}, {"ALL", .type = "ALLEE"}, {"ALLEE", .type = "ALLEE"},
    {"ALLEES", .type = "ALLEES"}, {"AMAL", .classes = BEFORE, .full = "AMIRAL"},
    {"AML", .classes = BEFORE, .full = "AMIRAL"}, {"AN", .classes = ARTICLE}, {"ANCIEN", .classes = DOUBLE}, {"ANCIENNE", .classes = DOUBLE}, {"ANONYME", .classes = NOBODY},
    {"ANONYMOUS", .classes = NOBODY}, {"AOUT", .classes = MONTH}, {"APP", .classes = EXTRA},
    {"APPART", .classes = EXTRA}, {"APPARTEMENT", .classes = EXTRA}, {"APPT", .classes = EXTRA},
    {"APT", .classes = EXTRA}, {"AR", .classes = ARTICLE}, {"ARENSEIGNER", .classes = NOTHING},
    {"ASDF", .classes = NOBODY}, {"AU", .classes = ARTICLE}, {"AUCUN", .classes = NOTHING},
    {"AUCUNE", .classes = NOTHING}, {"AUX", .classes = ARTICLE}, {"AV", .type = "AVENUE", .type_behind = "AVENUE"},
    {"AVE", .type = "AVENUE", .type_behind = "AVENUE"}, {"AVEN", .type = "AVENUE"},
    {"AVENUE", .type = "AVENUE", .type_behind = "AVENUE"}, {"AVRIL", .classes = MONTH}, {"AZE", .classes = NOBODY},
    {"AZERTY", .classes = NOBODY}, {"BASSE", .classes = DOUBLE}, {"BAT", .classes = EXTRA}, {"BATIMENT", .classes = EXTRA},
    {"BD", .type = "BOULEVARD"}, {"BEN", .classes = PARTICLE}, {"BIS", .classes = REPEAT}, {"BLD", .type = "BOULEVARD"},
    {"BLVD", .type = "BOULEVARD", .type_behind = "BOULEVARD"}, {"BOITE", .classes = EXTRA},
    {"BOUL", .type = "BOULEVARD"}, {"BOULEVARD", .type = "BOULEVARD", .type_behind = "BOULEVARD"},
    {"BOULEVART", .type = "BOULEVARD"}, {"BOULVARD", .type = "BOULEVARD"}, {"BP", .classes = EXTRA},
    {"BT", .classes = EXTRA}, {"BTE", .classes = EXTRA}, {"BTMT", .classes = EXTRA}, {"BVD", .type = "BOULEVARD"}, {"CALLE", .type = "CALLE"},
    {"CAPT", .classes = BEFORE, .full = "CAPITAINE"}, {"CAR", .type = "CARREFOUR"}, {"CARR", .type = "CARREFOUR"},
    {"CARREFOUR", .type = "CARREFOUR"}, {"CCT", .type_behind = "CIRCUIT"},
    {"CDANT", .classes = BEFORE, .full = "COMMANDANT"}, {"CDT", .classes = BEFORE, .full = "COMMANDANT"},
    {"CH", .type = "CHEMIN"}, {"CHAU", .full = "CHATEAU"}, {"CHAUSS", .type = "CHAUSSEE"},
    {"CHAUSSEE", .type = "CHAUSSEE"}, {"CHE", .type = "CHEMIN"}, {"CHEM", .type = "CHEMIN"},
    {"CHEMI", .type = "CHEMIN"}, {"CHEMIN", .type = "CHEMIN"}, {"CHEZ", .classes = EXTRA}, {"CHM", .type = "CHEMIN"},
    {"CHS", .type = "CHAUSSEE"}, {"CHT", .full = "CHATEAU"}, {"CINQ", .day = "5"},
    {"CIRCUIT", .type_behind = "CIRCUIT"}, {"CITE", .type = "CITE"}, {"CL", .type_behind = "CLOSE"},
    {"CLIENT", .classes = NOBODY}, {"CLIENTCOMPTANT", .classes = NOBODY}, {"CLIENTDIVERS", .classes = NOBODY},
    {"CLIENTE", .classes = NOBODY}, {"CLIENTINCONNU", .classes = NOBODY}, {"CLIENTPASSAGE", .classes = NOBODY},
    {"CLOS", .type = "CLOS"}, {"CLOSE", .type_behind = "CLOSE"}, {"CMDT", .classes = BEFORE, .full = "COMMANDANT"},
    {"CNE", .classes = BEFORE, .full = "CAPITAINE"}, {"CNL", .classes = BEFORE, .full = "COLONEL"},
    {"COL", .classes = BEFORE, .full = "COLONEL"}, {"COR", .type = "CORNICHE"}, {"CORN", .type = "CORNICHE"},
    {"CORNICHE", .type = "CORNICHE"}, {"COTE", .type = "COTE"}, {"COUR", .type = "COUR"}, {"COURS", .type = "COURS"},
    {"COURT", .type_behind = "COURT"}, {"CR", .type_behind = "CRESCENT"}, {"CRES", .type_behind = "CRESCENT"},
    {"CRESCENT", .type_behind = "CRESCENT"}, {"CRS", .type = "COURS"}, {"CRT", .type_behind = "COURT"},
    {"CS", .classes = EXTRA}, {"CT", .type_behind = "COURT"}, {"CUSTOMER", .classes = NOBODY},
    {"D", .classes = ARTICLE | PARTICLE}, {"DA", .classes = PARTICLE}, {"DE", .classes = ARTICLE | PARTICLE},
    {"DECEMBRE", .classes = MONTH}, {"DEL", .classes = PARTICLE}, {"DEN", .classes = PARTICLE},
    {"DER", .classes = PARTICLE}, {"DES", .classes = ARTICLE | PARTICLE}, {"DESCENTE", .type = "DESCENTE"},
    {"DEUX", .day = "2"}, {"DHR", .civility = "M"}, {"DI", .classes = PARTICLE}, {"DIT", .classes = FORMERLY}, {"DITE", .classes = FORMERLY},
    {"DIV", .classes = FORMERLY}, {"DIV0", .classes = NOTHING}, {"DIVERS", .classes = NOBODY},
    {"DIVORCE", .classes = FORMERLY}, {"DIVORCEE", .classes = FORMERLY}, {"DIX", .day = "10"}, {"DIXHUIT", .day = "18"},
    {"DIXNEUF", .day = "19"}, {"DO", .classes = PARTICLE}, {"DOCT", .classes = BEFORE, .full = "DOCTEUR"},
    {"DOCTEUR", .civility = "DR"}, {"DOCTOR", .civility = "DR"}, {"DOM", .type = "DOMAINE"},
    {"DOMAINE", .type = "DOMAINE"}, {"DOS", .classes = PARTICLE}, {"DOUBLON", .classes = NOBODY},
    {"DR", .classes = BEFORE, .type_behind = "DRIVE", .full = "DOCTEUR", .civility = "DR"},
    {"DRIVE", .type_behind = "DRIVE"}, {"DSC", .type = "DESCENTE"}, {"DU", .classes = ARTICLE | PARTICLE},
    {"EGL", .full = "EGLISE"}, {"EL", .classes = PARTICLE}, {"EMPTY", .classes = NOTHING}, {"EN", .classes = ARTICLE},
    {"ENCLOS", .type = "ENCLOS"}, {"ENT", .classes = EXTRA}, {"ENTREE", .classes = EXTRA}, {"EP", .classes = MARRIED},
    {"EPOUSE", .classes = MARRIED}, {"EPS", .classes = MARRIED}, {"EPSE", .classes = MARRIED},
    {"EPX", .classes = MARRIED}, {"ESC", .classes = EXTRA}, {"ESCALIER", .classes = EXTRA, .type = "ESCALIER"},
    {"ESCALIERS", .type = "ESCALIERS"}, {"ESP", .type = "ESPLANADE"}, {"ESPACE", .type = "ESPACE"},
    {"ESPLANADE", .type = "ESPLANADE"}, {"ET", .classes = ARTICLE}, {"ETAGE", .classes = EXTRA},
    {"ETG", .classes = EXTRA}, {"FAMILYNAME", .classes = NOBODY}, {"FAUB", .type = "FAUBOURG"},
    {"FAUBOURG", .type = "FAUBOURG"}, {"FBG", .type = "FAUBOURG", .full = "FAUBOURG"}, {"FBOURG", .type = "FAUBOURG"},
    {"FEVRIER", .classes = MONTH}, {"FG", .type = "FAUBOURG", .full = "FAUBOURG"}, {"FIRSTNAME", .classes = NOBODY},
    {"FLAT", .classes = EXTRA}, {"FLOOR", .classes = EXTRA}, {"FRAU", .civility = "MME"}, {"FRS", .full = "FRERES"},
    {"GAL", .classes = BEFORE, .full = "GENERAL"}, {"GALERIE", .type = "GALERIE"}, {"GALERIES", .type = "GALERIES"},
    {"GD", .classes = BEFORE, .full = "GRAND"}, {"GDE", .classes = BEFORE | DOUBLE, .full = "GRANDE"},
    {"GEN", .classes = BEFORE, .full = "GENERAL"}, {"GL", .classes = BEFORE, .full = "GENERAL"},
    {"GR", .type = "GRANDE RUE", .type_behind = "GROVE"}, {"GRAND", .classes = DOUBLE}, {"GRANDE", .classes = DOUBLE}, {"GRANDERUE", .type = "GRANDE RUE"},
    {"GRANDRUE", .type = "GRANDE RUE"}, {"GROVE", .type_behind = "GROVE"}, {"GUEST", .classes = NOBODY},
    {"HALL", .classes = EXTRA}, {"HAM", .type = "HAMEAU"}, {"HAMEAU", .type = "HAMEAU"}, {"HAMEAUX", .type = "HAMEAUX"}, {"HAUTE", .classes = DOUBLE},
    {"HENT", .type = "HENT"}, {"HERR", .civility = "M"}, {"HIGHWAY", .type_behind = "HIGHWAY"}, {"HUIT", .day = "8"},
    {"HWY", .type_behind = "HIGHWAY"}, {"IMM", .classes = EXTRA}, {"IMMEUBLE", .classes = EXTRA},
    {"IMP", .type = "IMPASSE"}, {"IMPAS", .type = "IMPASSE"}, {"IMPASS", .type = "IMPASSE"},
    {"IMPASSE", .type = "IMPASSE"}, {"INCONNU", .classes = NOTHING}, {"INCONNUE", .classes = NOTHING},
    {"INCONNUS", .classes = NOTHING}, {"INVALID", .classes = NOTHING}, {"INVALIDE", .classes = NOTHING},
    {"JANVIER", .classes = MONTH}, {"JARDIN", .type = "JARDIN"}, {"JARDINS", .type = "JARDINS"},
    {"JUILLET", .classes = MONTH}, {"JUIN", .classes = MONTH}, {"L", .classes = ARTICLE | PARTICLE},
    {"LA", .classes = ARTICLE | PARTICLE}, {"LANE", .type_behind = "LANE"}, {"LASTNAME", .classes = NOBODY},
    {"LD", .type = "LIEU DIT"}, {"LE", .classes = ARTICLE | PARTICLE}, {"LES", .classes = ARTICLE | PARTICLE},
    {"LGT", .classes = EXTRA}, {"LIB", .full = "LIBERATION"}, {"LIBER", .full = "LIBERATION"}, {"LIEU", .classes = DOUBLE},
    {"LIEUDIT", .type = "LIEU DIT"}, {"LIEUT", .classes = BEFORE, .full = "LIEUTENANT"}, {"LN", .type_behind = "LANE"},
    {"LOGEMENT", .classes = EXTRA}, {"LOGT", .classes = EXTRA}, {"LOT", .type = "LOTISSEMENT"},
    {"LOTIS", .type = "LOTISSEMENT"}, {"LOTISS", .type = "LOTISSEMENT"}, {"LOTISSEMENT", .type = "LOTISSEMENT"},
    {"LT", .classes = BEFORE, .full = "LIEUTENANT"}, {"LTN", .classes = BEFORE, .full = "LIEUTENANT"},
    {"M", .civility = "M"}, {"MAC", .classes = PARTICLE}, {"MADAME", .civility = "MME"},
    {"MADEMOISELLE", .civility = "MLLE"}, {"MAI", .classes = MONTH}, {"MAIL", .type = "MAIL"},
    {"MAITRE", .civility = "ME"}, {"MAL", .classes = BEFORE, .full = "MARECHAL"}, {"MANQUANT", .classes = NOTHING},
    {"MARAL", .classes = BEFORE, .full = "MARECHAL"}, {"MARCHE", .type = "MARCHE"}, {"MARIEE", .classes = MARRIED},
    {"MARS", .classes = MONTH}, {"MC", .classes = PARTICLE}, {"MCHAL", .classes = BEFORE, .full = "MARECHAL"},
    {"MDME", .civility = "MME"}, {"ME", .civility = "ME"}, {"MELLE", .civility = "MLLE"},
    {"MEVR", .civility = "MME"}, {"MEVROUW", .civility = "MME"}, {"MGR", .classes = BEFORE, .full = "MONSEIGNEUR"}, {"MISS", .civility = "MLLE"}, {"MISSING", .classes = NOTHING},
    {"MISTER", .civility = "M"}, {"MLE", .civility = "MLLE"}, {"MLLE", .civility = "MLLE"},
    {"MME", .classes = BEFORE, .full = "MADAME", .civility = "MME"}, {"MMES", .civility = "MME"},
    {"MONS", .civility = "M"}, {"MONSIEUR", .civility = "M"}, {"MONTEE", .type = "MONTEE"}, {"MR", .civility = "M"},
    {"MRS", .civility = "MME"}, {"MS", .civility = "MME"}, {"MSR", .civility = "M"}, {"MTE", .type = "MONTEE"},
    {"MW", .civility = "MME"}, {"NA", .classes = NOTHING}, {"NAME", .classes = NOTHING}, {"NAN", .classes = NOTHING}, {"NC", .classes = NOTHING},
    {"ND", .classes = NOTHING, .full = "NOTRE DAME"}, {"NE", .classes = BORN}, {"NEANT", .classes = NOTHING},
    {"NEE", .classes = BORN}, {"NESAITPAS", .classes = NOTHING}, {"NIL", .classes = NOTHING},
    {"NOEMAIL", .classes = NOTHING}, {"NOM", .classes = NOBODY}, {"NOMAIL", .classes = NOTHING},
    {"NOMDEFAMILLE", .classes = NOBODY}, {"NOMPRENOM", .classes = NOBODY}, {"NONAPPLICABLE", .classes = NOTHING},
    {"NONCOMMUNIQUE", .classes = NOTHING}, {"NONCOMMUNIQUEE", .classes = NOTHING}, {"NONCONNU", .classes = NOTHING},
    {"NONCONNUE", .classes = NOTHING}, {"NONDEFINI", .classes = NOTHING}, {"NONDISPONIBLE", .classes = NOTHING},
    {"NONE", .classes = NOTHING}, {"NONRENSEIGNE", .classes = NOTHING}, {"NONRENSEIGNEE", .classes = NOTHING},
    {"NOPHONE", .classes = NOTHING}, {"NOTAPPLICABLE", .classes = NOTHING}, {"NOTAVAILABLE", .classes = NOTHING},
    {"NOTPROVIDED", .classes = NOTHING}, {"NOUVELLE", .classes = DOUBLE}, {"NOVEMBRE", .classes = MONTH}, {"NR", .classes = NOTHING},
    {"NSP", .classes = NOTHING}, {"NULL", .classes = NOTHING}, {"O", .classes = PARTICLE},
    {"OCTOBRE", .classes = MONTH}, {"ONZE", .day = "11"}, {"PARADE", .type_behind = "PARADE"}, {"PARC", .type = "PARC"},
    {"PARVIS", .type = "PARVIS"}, {"PAS", .type = "PASSAGE"}, {"PASDADRESSE", .classes = NOTHING},
    {"PASDEMAIL", .classes = NOTHING}, {"PASDEMAILS", .classes = NOTHING}, {"PASDEMEL", .classes = NOTHING},
    {"PASDEMOBILE", .classes = NOTHING}, {"PASDETELEPHONE", .classes = NOTHING}, {"PASRENSEIGNE", .classes = NOTHING},
    {"PASS", .type = "PASSAGE"}, {"PASSAGE", .classes = NOBODY, .type = "PASSAGE"}, {"PDE", .type_behind = "PARADE"},
    {"PDENT", .classes = BEFORE, .full = "PRESIDENT"}, {"PDT", .classes = BEFORE, .full = "PRESIDENT"}, {"PETIT", .classes = DOUBLE}, {"PETITE", .classes = DOUBLE},
    {"PL", .type = "PLACE", .type_behind = "PLACE"}, {"PLACE", .type = "PLACE", .type_behind = "PLACE"},
    {"PLACETTE", .type = "PLACETTE"}, {"PLAINE", .type = "PLAINE"}, {"PLATEAU", .type = "PLATEAU"},
    {"PLC", .type = "PLACE"}, {"PONT", .type = "PONT"}, {"PORT", .type = "PORT"},
    {"PORTE", .classes = EXTRA, .type = "PORTE"}, {"PR", .classes = BEFORE, .full = "PROFESSEUR", .civility = "PR"},
    {"PREMIER", .day = "1"}, {"PRENOM", .classes = NOBODY}, {"PRESID", .classes = BEFORE, .full = "PRESIDENT"},
    {"PRF", .classes = BEFORE, .full = "PROFESSEUR"},
    {"PROF", .classes = BEFORE, .full = "PROFESSEUR", .civility = "PR"}, {"PROFESSEUR", .civility = "PR"},
    {"PROFESSOR", .civility = "PR"}, {"PROM", .type = "PROMENADE"}, {"PROMENADE", .type = "PROMENADE"},
    {"PSG", .type = "PASSAGE"}, {"PST", .classes = BEFORE, .full = "PRESIDENT"},
    {"PT", .classes = BEFORE, .full = "PETIT"}, {"PTE", .classes = EXTRA | BEFORE, .full = "PETITE"},
    {"QAI", .type = "QUAI"}, {"QRT", .type = "QUARTIER"}, {"QSDF", .classes = NOBODY}, {"QTIER", .type = "QUARTIER"},
    {"QU", .type = "QUAI"}, {"QUA", .type = "QUARTIER"}, {"QUAI", .type = "QUAI"}, {"QUART", .type = "QUARTIER"},
    {"QUARTIER", .type = "QUARTIER"}, {"QUATER", .classes = REPEAT}, {"QUATORZE", .day = "14"}, {"QUATRE", .day = "4"},
    {"QUINQUIES", .classes = REPEAT}, {"QWERTY", .classes = NOBODY}, {"R", .type = "RUE"}, {"RAMPE", .type = "RAMPE"},
    {"RCE", .type = "RESIDENCE"}, {"RD", .type_behind = "ROAD"}, {"RDPOINT", .type = "ROND POINT"},
    {"RDPT", .type = "ROND POINT"}, {"REF", .classes = NOTHING}, {"REP", .full = "REPUBLIQUE"},
    {"REPUB", .full = "REPUBLIQUE"}, {"RES", .classes = EXTRA, .type = "RESIDENCE"},
    {"RESID", .classes = EXTRA, .type = "RESIDENCE"}, {"RESIDENCE", .classes = EXTRA, .type = "RESIDENCE"},
    {"RESIDENCES", .type = "RESIDENCES"}, {"RESIST", .full = "RESISTANCE"}, {"RIEN", .classes = NOTHING},
    {"RLE", .type = "RUELLE"}, {"ROAD", .type_behind = "ROAD"}, {"ROCADE", .type = "ROCADE"}, {"ROND", .classes = DOUBLE},
    {"ROUNDPOINT", .type = "ROND POINT"}, {"ROUTE", .type = "ROUTE"}, {"RPT", .type = "ROND POINT"},
    {"RT", .type = "ROUTE"}, {"RTE", .type = "ROUTE"}, {"RTES", .type = "ROUTE"}, {"RU", .type = "RUE"},
    {"RUE", .type = "RUE"}, {"RUELLE", .type = "RUELLE"}, {"RUELLES", .type = "RUELLES"}, {"S", .full = "SUR"},
    {"SAINT", .classes = PARTICLE}, {"SANS", .classes = NOTHING}, {"SANSEMAIL", .classes = NOTHING},
    {"SANSMAIL", .classes = NOTHING}, {"SANSOBJET", .classes = NOTHING}, {"SANSTELEPHONE", .classes = NOTHING},
    {"SEN", .type = "SENTIER"}, {"SENT", .type = "SENTIER"}, {"SENTE", .type = "SENTE"}, {"SENTES", .type = "SENTES"},
    {"SENTIER", .type = "SENTIER"}, {"SENTIERS", .type = "SENTIERS"}, {"SEPTEMBRE", .classes = MONTH},
    {"SGT", .classes = BEFORE, .full = "SERGENT"}, {"SIGNOR", .civility = "M"}, {"SIGNORA", .civility = "MME"}, {"SIR", .civility = "M"}, {"SIX", .day = "6"},
    {"SQ", .type = "SQUARE"}, {"SQUARE", .type = "SQUARE", .type_behind = "SQUARE"}, {"SS", .full = "SOUS"},
    {"ST", .classes = PARTICLE, .type_behind = "STREET", .full = "SAINT"}, {"STE", .full = "SAINTE"},
    {"STR", .type_behind = "STREET"}, {"STRAED", .type = "STRAED"}, {"STRASSE", .type_behind = "STRASSE"},
    {"STREET", .type_behind = "STREET"}, {"STS", .full = "SAINTS"}, {"SUITE", .classes = EXTRA},
    {"SURNAME", .classes = NOBODY}, {"TCE", .type_behind = "TERRACE"}, {"TER", .classes = REPEAT},
    {"TERRACE", .type_behind = "TERRACE"}, {"TERRASSE", .type = "TERRASSE"}, {"TERRASSES", .type = "TERRASSES"},
    {"TEST", .classes = NOBODY}, {"TESTEUR", .classes = NOBODY}, {"TESTS", .classes = NOBODY},
    {"TESTTEST", .classes = NOBODY}, {"TOTO", .classes = NOBODY}, {"TOUR", .classes = EXTRA},
    {"TOURS", .classes = EXTRA}, {"TRA", .type = "TRAVERSE"}, {"TRAV", .type = "TRAVERSE"},
    {"TRAVERSE", .type = "TRAVERSE"}, {"TROIS", .day = "3"}, {"TSA", .classes = EXTRA}, {"TSSE", .type = "TERRASSE"},
    {"UNDEFINED", .classes = NOTHING}, {"UNDISCLOSED", .classes = NOTHING}, {"UNIT", .classes = EXTRA},
    {"UNKNOWN", .classes = NOTHING}, {"VALEUR", .classes = NOTHING}, {"VALUE", .classes = NOTHING},
    {"VAN", .classes = PARTICLE}, {"VEN", .type = "VENELLE"}, {"VENELLE", .type = "VENELLE"},
    {"VEUVE", .classes = MARRIED}, {"VGE", .type = "VILLAGE"}, {"VIA", .type = "VIA"}, {"VIDE", .classes = NOTHING}, {"VIEILLE", .classes = DOUBLE}, {"VIEUX", .classes = DOUBLE},
    {"VILLA", .type = "VILLA"}, {"VILLAGE", .type = "VILLAGE"}, {"VILLAS", .type = "VILLAS"}, {"VINGT", .day = "20"},
    {"VLA", .type = "VILLA"}, {"VOI", .type = "VOIE"}, {"VOIE", .type = "VOIE"}, {"VON", .classes = PARTICLE},
    {"VVE", .classes = MARRIED}, {"VX", .classes = BEFORE, .full = "VIEUX"}, {"WAY", .type_behind = "WAY"},
    {"ZA", .type = "ZONE ARTISANALE"}, {"ZAC", .type = "ZONE D ACTIVITES"}, {"ZAE", .type = "ZONE D ACTIVITES"},
    {"ZI", .type = "ZONE INDUSTRIELLE"},
};
/* clang-format on */
enum { WORDS = sizeof table / sizeof *table };

/* Found by a hash of its bytes, zeros behind. Most words looked up are names, and not here: one bit of 4 KB, which stay in the
 * nearest cache, says so without a guess. The bits are of hashes that no word has, so that as long as there are none, at the
 * start, everything goes to the slots: whoever comes there first makes both, and nobody else asks whether they are made. */
enum { SLOTS = 8192, ABSENT = 1 << 15 };
static uint16_t slots[SLOTS]; /* 1 + a word's place, from the slot of its hash on; 0: free */
static _Atomic uint64_t absent[ABSENT / 64];
static pthread_once_t made = PTHREAD_ONCE_INIT;
_Static_assert((int)WORDS < (int)SLOTS / 8, "nearly every search ends where it begins");

static uint64_t hash_of(uint64_t head, uint64_t tail) {
    return (head ^ tail * 0xff51afd7ed558ccd) * 0x9e3779b97f4a7c15;
}
static uint32_t slot_of(uint64_t hash) { return (uint32_t)(hash >> 51); }
static uint32_t bit_of(uint64_t hash) { return (uint32_t)(hash >> 49); }

static void make_slots(void) {
    uint64_t present[ABSENT / 64] = {0};
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t hash = hash_of(rv_load_bytes(table[i].word, 8), rv_load_bytes(table[i].word + 8, 8));
        uint32_t at = slot_of(hash), bit = bit_of(hash);
        while (slots[at]) at = (at + 1) % SLOTS;
        slots[at] = (uint16_t)(i + 1);
        present[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    for (size_t i = 0; i < ABSENT / 64; i++) atomic_store_explicit(&absent[i], ~present[i], memory_order_relaxed);
}

static const rv_word *find_among_slots(uint64_t head, uint64_t tail, uint64_t hash) {
    pthread_once(&made, make_slots);
    for (uint32_t at = slot_of(hash); slots[at]; at = (at + 1) % SLOTS) {
        const rv_word *found = &table[slots[at] - 1];
        if (rv_load_bytes(found->word, 8) == head && rv_load_bytes(found->word + 8, 8) == tail) return found;
    }
    return NULL;
}

const rv_word *rv_word_find(rv_text word) {
    if (word.len == 0 || word.len > RV_WORD_MAX) return NULL;
    uint64_t head, tail;
    rv_load_words(word.ptr, word.len, &head, &tail);
    uint64_t hash = hash_of(head, tail), bit = bit_of(hash);
    if (atomic_load_explicit(&absent[bit / 64], memory_order_relaxed) >> bit % 64 & 1) return NULL;
    return find_among_slots(head, tail, hash);
}

const rv_word *rv_word_table(size_t *n) {
    *n = WORDS;
    return table;
}
