/*
 * One table for all words, so that a word is looked up once and answers every question. Ascending bytewise; the words of
 * a letter are found by `starts`, then by halving. La Poste's abbreviations, and those of everyday files.
 */
#include "vocabulary.h"

enum {
    ARTICLE = RV_WORD_ARTICLE,
    REPEAT = RV_WORD_REPEAT,
    EXTRA = RV_WORD_EXTRA,
    MONTH = RV_WORD_MONTH,
    PARTICLE = RV_WORD_PARTICLE,
    BORN = RV_WORD_BORN,
    MARRIED = RV_WORD_MARRIED,
    FORMERLY = RV_WORD_FORMERLY
};

/* clang-format off */
static const rv_word table[] = {
    {"1ER", .day = "1"}, {"A", .classes = ARTICLE}, {"ABOU", .classes = PARTICLE}, {"AIT", .classes = PARTICLE},
    {"AL", .classes = PARTICLE}, {"ALEE", .type = "ALLEE"}, {"ALEES", .type = "ALLEE"}, {"ALL", .type = "ALLEE"},
    {"ALLEE", .type = "ALLEE"}, {"ALLEES", .type = "ALLEE"}, {"AMAL", .full = "AMIRAL"}, {"AML", .full = "AMIRAL"},
    {"AN", .classes = ARTICLE}, {"AOUT", .classes = MONTH}, {"APP", .classes = EXTRA}, {"APPART", .classes = EXTRA},
    {"APPARTEMENT", .classes = EXTRA}, {"APPT", .classes = EXTRA}, {"APT", .classes = EXTRA},
    {"AR", .classes = ARTICLE}, {"AU", .classes = ARTICLE}, {"AUX", .classes = ARTICLE},
    {"AV", .type = "AVENUE", .type_behind = "AVENUE"}, {"AVE", .type = "AVENUE", .type_behind = "AVENUE"},
    {"AVEN", .type = "AVENUE"}, {"AVENUE", .type = "AVENUE", .type_behind = "AVENUE"}, {"AVRIL", .classes = MONTH},
    {"BAT", .classes = EXTRA}, {"BATIMENT", .classes = EXTRA}, {"BD", .type = "BOULEVARD"},
    {"BEN", .classes = PARTICLE}, {"BIS", .classes = REPEAT}, {"BLD", .type = "BOULEVARD"},
    {"BLVD", .type = "BOULEVARD", .type_behind = "BOULEVARD"}, {"BOITE", .classes = EXTRA},
    {"BOUL", .type = "BOULEVARD"}, {"BOULEVARD", .type = "BOULEVARD", .type_behind = "BOULEVARD"},
    {"BOULEVART", .type = "BOULEVARD"}, {"BOULVARD", .type = "BOULEVARD"}, {"BP", .classes = EXTRA},
    {"BT", .classes = EXTRA}, {"BTMT", .classes = EXTRA}, {"BVD", .type = "BOULEVARD"}, {"CALLE", .type = "CALLE"},
    {"CAP", .full = "CAPITAINE"}, {"CAPT", .full = "CAPITAINE"}, {"CAR", .type = "CARREFOUR"},
    {"CARR", .type = "CARREFOUR"}, {"CARREFOUR", .type = "CARREFOUR"}, {"CCT", .type_behind = "CIRCUIT"},
    {"CDANT", .full = "COMMANDANT"}, {"CDT", .full = "COMMANDANT"}, {"CH", .type = "CHEMIN"},
    {"CHAT", .full = "CHATEAU"}, {"CHAU", .full = "CHATEAU"}, {"CHAUSS", .type = "CHAUSSEE"},
    {"CHAUSSEE", .type = "CHAUSSEE"}, {"CHE", .type = "CHEMIN"}, {"CHEM", .type = "CHEMIN"},
    {"CHEMI", .type = "CHEMIN"}, {"CHEMIN", .type = "CHEMIN"}, {"CHEZ", .classes = EXTRA}, {"CHM", .type = "CHEMIN"},
    {"CHS", .type = "CHAUSSEE"}, {"CHT", .full = "CHATEAU"}, {"CINQ", .day = "5"},
    {"CIRCUIT", .type_behind = "CIRCUIT"}, {"CITE", .type = "CITE"}, {"CL", .type_behind = "CLOSE"},
    {"CLOS", .type = "CLOS"}, {"CLOSE", .type_behind = "CLOSE"}, {"CMDT", .full = "COMMANDANT"},
    {"CNE", .full = "CAPITAINE"}, {"CNL", .full = "COLONEL"}, {"COL", .full = "COLONEL"}, {"COR", .type = "CORNICHE"},
    {"CORN", .type = "CORNICHE"}, {"CORNICHE", .type = "CORNICHE"}, {"COTE", .type = "COTE"},
    {"COUR", .type = "COUR"}, {"COURS", .type = "COURS"}, {"COURT", .type_behind = "COURT"},
    {"CR", .type_behind = "CRESCENT"}, {"CRES", .type_behind = "CRESCENT"}, {"CRESCENT", .type_behind = "CRESCENT"},
    {"CRS", .type = "COURS"}, {"CRT", .type_behind = "COURT"}, {"CS", .classes = EXTRA},
    {"CT", .type_behind = "COURT"}, {"D", .classes = ARTICLE | PARTICLE}, {"DA", .classes = PARTICLE},
    {"DE", .classes = ARTICLE | PARTICLE}, {"DECEMBRE", .classes = MONTH}, {"DEL", .classes = PARTICLE},
    {"DEN", .classes = PARTICLE}, {"DER", .classes = PARTICLE}, {"DES", .classes = ARTICLE | PARTICLE},
    {"DESCENTE", .type = "DESCENTE"}, {"DEUX", .day = "2"}, {"DI", .classes = PARTICLE}, {"DIT", .classes = FORMERLY},
    {"DITE", .classes = FORMERLY}, {"DIV", .classes = FORMERLY}, {"DIVORCE", .classes = FORMERLY},
    {"DIVORCEE", .classes = FORMERLY}, {"DIX", .day = "10"}, {"DIXHUIT", .day = "18"}, {"DIXNEUF", .day = "19"},
    {"DO", .classes = PARTICLE}, {"DOCT", .full = "DOCTEUR"}, {"DOCTEUR", .civility = "DR"},
    {"DOCTOR", .civility = "DR"}, {"DOM", .type = "DOMAINE"}, {"DOMAINE", .type = "DOMAINE"},
    {"DOS", .classes = PARTICLE}, {"DR", .type_behind = "DRIVE", .full = "DOCTEUR", .civility = "DR"},
    {"DRIVE", .type_behind = "DRIVE"}, {"DSC", .type = "DESCENTE"}, {"DU", .classes = ARTICLE | PARTICLE},
    {"EGL", .full = "EGLISE"}, {"EL", .classes = PARTICLE}, {"EN", .classes = ARTICLE}, {"ENCLOS", .type = "ENCLOS"},
    {"ENT", .classes = EXTRA}, {"ENTREE", .classes = EXTRA}, {"EP", .classes = MARRIED},
    {"EPOUSE", .classes = MARRIED}, {"EPS", .classes = MARRIED}, {"EPSE", .classes = MARRIED},
    {"EPX", .classes = MARRIED}, {"ESC", .classes = EXTRA}, {"ESCALIER", .classes = EXTRA, .type = "ESCALIER"},
    {"ESCALIERS", .type = "ESCALIER"}, {"ESP", .type = "ESPLANADE"}, {"ESPACE", .type = "ESPACE"},
    {"ESPLANADE", .type = "ESPLANADE"}, {"ET", .classes = ARTICLE}, {"ETAGE", .classes = EXTRA},
    {"ETG", .classes = EXTRA}, {"FAUB", .type = "FAUBOURG"}, {"FAUBOURG", .type = "FAUBOURG"},
    {"FBG", .type = "FAUBOURG", .full = "FAUBOURG"}, {"FBOURG", .type = "FAUBOURG"}, {"FEVRIER", .classes = MONTH},
    {"FG", .type = "FAUBOURG", .full = "FAUBOURG"}, {"FLAT", .classes = EXTRA}, {"FLOOR", .classes = EXTRA},
    {"FRAU", .civility = "MME"}, {"FRS", .full = "FRERES"}, {"GAL", .full = "GENERAL"},
    {"GALERIE", .type = "GALERIE"}, {"GALERIES", .type = "GALERIE"}, {"GD", .full = "GRAND"},
    {"GDE", .full = "GRANDE"}, {"GEN", .full = "GENERAL"}, {"GL", .full = "GENERAL"},
    {"GR", .type = "GRANDE RUE", .type_behind = "GROVE"}, {"GRANDERUE", .type = "GRANDE RUE"},
    {"GRANDRUE", .type = "GRANDE RUE"}, {"GROVE", .type_behind = "GROVE"}, {"HALL", .classes = EXTRA},
    {"HAM", .type = "HAMEAU"}, {"HAMEAU", .type = "HAMEAU"}, {"HAMEAUX", .type = "HAMEAU"}, {"HENT", .type = "HENT"},
    {"HERR", .civility = "M"}, {"HIGHWAY", .type_behind = "HIGHWAY"}, {"HUIT", .day = "8"},
    {"HWY", .type_behind = "HIGHWAY"}, {"IMM", .classes = EXTRA}, {"IMMEUBLE", .classes = EXTRA},
    {"IMP", .type = "IMPASSE"}, {"IMPAS", .type = "IMPASSE"}, {"IMPASS", .type = "IMPASSE"},
    {"IMPASSE", .type = "IMPASSE"}, {"JANVIER", .classes = MONTH}, {"JARDIN", .type = "JARDIN"},
    {"JARDINS", .type = "JARDIN"}, {"JUILLET", .classes = MONTH}, {"JUIN", .classes = MONTH},
    {"L", .classes = ARTICLE | PARTICLE}, {"LA", .classes = ARTICLE | PARTICLE}, {"LANE", .type_behind = "LANE"},
    {"LD", .type = "LIEU DIT"}, {"LE", .classes = ARTICLE | PARTICLE}, {"LES", .classes = ARTICLE | PARTICLE},
    {"LGT", .classes = EXTRA}, {"LIB", .full = "LIBERATION"}, {"LIBER", .full = "LIBERATION"},
    {"LIEUDIT", .type = "LIEU DIT"}, {"LIEUT", .full = "LIEUTENANT"}, {"LN", .type_behind = "LANE"},
    {"LOGEMENT", .classes = EXTRA}, {"LOGT", .classes = EXTRA}, {"LOT", .type = "LOTISSEMENT"},
    {"LOTIS", .type = "LOTISSEMENT"}, {"LOTISS", .type = "LOTISSEMENT"}, {"LOTISSEMENT", .type = "LOTISSEMENT"},
    {"LT", .full = "LIEUTENANT"}, {"LTN", .full = "LIEUTENANT"}, {"M", .civility = "M"}, {"MAC", .classes = PARTICLE},
    {"MADAME", .civility = "MME"}, {"MADEMOISELLE", .civility = "MLLE"}, {"MAI", .classes = MONTH},
    {"MAIL", .type = "MAIL"}, {"MAITRE", .civility = "ME"}, {"MAL", .full = "MARECHAL"},
    {"MARAL", .full = "MARECHAL"}, {"MARCHE", .type = "MARCHE"}, {"MARIEE", .classes = MARRIED},
    {"MARS", .classes = MONTH}, {"MC", .classes = PARTICLE}, {"MCHAL", .full = "MARECHAL"},
    {"MDME", .civility = "MME"}, {"ME", .civility = "ME"}, {"MELLE", .civility = "MLLE"},
    {"MGR", .full = "MONSEIGNEUR"}, {"MISS", .civility = "MLLE"}, {"MISTER", .civility = "M"},
    {"MLE", .civility = "MLLE"}, {"MLLE", .civility = "MLLE"}, {"MME", .full = "MADAME", .civility = "MME"},
    {"MMES", .civility = "MME"}, {"MONS", .civility = "M"}, {"MONSIEUR", .civility = "M"},
    {"MONTEE", .type = "MONTEE"}, {"MR", .civility = "M"}, {"MRS", .civility = "MME"}, {"MS", .civility = "MME"},
    {"MSR", .civility = "M"}, {"MTE", .type = "MONTEE"}, {"ND", .full = "NOTRE"}, {"NE", .classes = BORN},
    {"NEE", .classes = BORN}, {"NOVEMBRE", .classes = MONTH}, {"O", .classes = PARTICLE},
    {"OCTOBRE", .classes = MONTH}, {"ONZE", .day = "11"}, {"PARADE", .type_behind = "PARADE"},
    {"PARC", .type = "PARC"}, {"PARVIS", .type = "PARVIS"}, {"PAS", .type = "PASSAGE"}, {"PASS", .type = "PASSAGE"},
    {"PASSAGE", .type = "PASSAGE"}, {"PDE", .type_behind = "PARADE"}, {"PDENT", .full = "PRESIDENT"},
    {"PDT", .full = "PRESIDENT"}, {"PL", .type = "PLACE", .type_behind = "PLACE"},
    {"PLACE", .type = "PLACE", .type_behind = "PLACE"}, {"PLACETTE", .type = "PLACETTE"},
    {"PLAINE", .type = "PLAINE"}, {"PLATEAU", .type = "PLATEAU"}, {"PLC", .type = "PLACE"}, {"PONT", .type = "PONT"},
    {"PORT", .type = "PORT"}, {"PORTE", .classes = EXTRA, .type = "PORTE"},
    {"PR", .full = "PROFESSEUR", .civility = "PR"}, {"PREMIER", .day = "1"}, {"PRES", .full = "PRESIDENT"},
    {"PRESID", .full = "PRESIDENT"}, {"PRF", .full = "PROFESSEUR"}, {"PROF", .full = "PROFESSEUR", .civility = "PR"},
    {"PROFESSEUR", .civility = "PR"}, {"PROFESSOR", .civility = "PR"}, {"PROM", .type = "PROMENADE"},
    {"PROMENADE", .type = "PROMENADE"}, {"PSG", .type = "PASSAGE"}, {"PST", .full = "PRESIDENT"},
    {"PT", .full = "PETIT"}, {"PTE", .classes = EXTRA, .full = "PETITE"}, {"QAI", .type = "QUAI"},
    {"QRT", .type = "QUARTIER"}, {"QTIER", .type = "QUARTIER"}, {"QU", .type = "QUAI"}, {"QUA", .type = "QUARTIER"},
    {"QUAI", .type = "QUAI"}, {"QUART", .type = "QUARTIER"}, {"QUARTIER", .type = "QUARTIER"},
    {"QUATER", .classes = REPEAT}, {"QUATORZE", .day = "14"}, {"QUATRE", .day = "4"},
    {"QUINQUIES", .classes = REPEAT}, {"R", .type = "RUE"}, {"RAMPE", .type = "RAMPE"}, {"RCE", .type = "RESIDENCE"},
    {"RD", .type_behind = "ROAD"}, {"RDPOINT", .type = "ROND POINT"}, {"RDPT", .type = "ROND POINT"},
    {"REP", .full = "REPUBLIQUE"}, {"REPUB", .full = "REPUBLIQUE"}, {"RES", .classes = EXTRA, .type = "RESIDENCE"},
    {"RESID", .classes = EXTRA, .type = "RESIDENCE"}, {"RESIDENCE", .classes = EXTRA, .type = "RESIDENCE"},
    {"RESIDENCES", .type = "RESIDENCE"}, {"RESIST", .full = "RESISTANCE"}, {"RLE", .type = "RUELLE"},
    {"ROAD", .type_behind = "ROAD"}, {"ROCADE", .type = "ROCADE"}, {"ROUNDPOINT", .type = "ROND POINT"},
    {"ROUTE", .type = "ROUTE"}, {"RPT", .type = "ROND POINT"}, {"RT", .type = "ROUTE"}, {"RTE", .type = "ROUTE"},
    {"RTES", .type = "ROUTE"}, {"RU", .type = "RUE"}, {"RUE", .type = "RUE"}, {"RUELLE", .type = "RUELLE"},
    {"RUELLES", .type = "RUELLE"}, {"S", .full = "SUR"}, {"SAINT", .classes = PARTICLE}, {"SEN", .type = "SENTIER"},
    {"SENT", .type = "SENTIER"}, {"SENTE", .type = "SENTE"}, {"SENTES", .type = "SENTE"},
    {"SENTIER", .type = "SENTIER"}, {"SENTIERS", .type = "SENTIER"}, {"SEPTEMBRE", .classes = MONTH},
    {"SGT", .full = "SERGENT"}, {"SIR", .civility = "M"}, {"SIX", .day = "6"}, {"SQ", .type = "SQUARE"},
    {"SQUARE", .type = "SQUARE", .type_behind = "SQUARE"},
    {"ST", .classes = PARTICLE, .type_behind = "STREET", .full = "SAINT"}, {"STE", .full = "SAINTE"},
    {"STR", .type_behind = "STREET"}, {"STRAED", .type = "STRAED"}, {"STRASSE", .type_behind = "STRASSE"},
    {"STREET", .type_behind = "STREET"}, {"STS", .full = "SAINTS"}, {"SUITE", .classes = EXTRA},
    {"TCE", .type_behind = "TERRACE"}, {"TER", .classes = REPEAT}, {"TERRACE", .type_behind = "TERRACE"},
    {"TERRASSE", .type = "TERRASSE"}, {"TERRASSES", .type = "TERRASSE"}, {"TOUR", .classes = EXTRA},
    {"TOURS", .classes = EXTRA}, {"TRA", .type = "TRAVERSE"}, {"TRAV", .type = "TRAVERSE"},
    {"TRAVERSE", .type = "TRAVERSE"}, {"TROIS", .day = "3"}, {"TSA", .classes = EXTRA}, {"TSSE", .type = "TERRASSE"},
    {"UNIT", .classes = EXTRA}, {"VAN", .classes = PARTICLE}, {"VEN", .type = "VENELLE"},
    {"VENELLE", .type = "VENELLE"}, {"VEUVE", .classes = MARRIED}, {"VGE", .type = "VILLAGE"}, {"VIA", .type = "VIA"},
    {"VILLA", .type = "VILLA"}, {"VILLAGE", .type = "VILLAGE"}, {"VILLAS", .type = "VILLA"}, {"VINGT", .day = "20"},
    {"VLA", .type = "VILLA"}, {"VOI", .type = "VOIE"}, {"VOIE", .type = "VOIE"}, {"VON", .classes = PARTICLE},
    {"VVE", .classes = MARRIED}, {"VX", .full = "VIEUX"}, {"WAY", .type_behind = "WAY"},
    {"ZA", .type = "ZONE ARTISANALE"}, {"ZAC", .type = "ZONE D ACTIVITES"}, {"ZAE", .type = "ZONE D ACTIVITES"},
    {"ZI", .type = "ZONE INDUSTRIELLE"},
};
/* clang-format on */
enum { WORDS = sizeof table / sizeof *table };

/* Where the words of each letter begin; the last is the end. */
static const uint16_t starts[27] = {1,   27,  43,  89,  119, 139, 149, 160, 169, 175, 180, 180, 200, 232,
                                    236, 239, 271, 283, 309, 331, 344, 345, 361, 362, 362, 362, 366};

const rv_word *rv_word_find(rv_text word) {
    if (word.len == 0 || word.len > RV_WORD_MAX) return NULL;
    unsigned letter = (unsigned)(unsigned char)word.ptr[0] - 'A';
    if (letter > 25) return rv_text_is(word, table[0].word) ? table : NULL; /* "1ER" */
    size_t low = starts[letter], high = starts[letter + 1];
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(word.ptr, table[middle].word, word.len);
        if (order == 0) order = table[middle].word[word.len] ? -1 : 0;
        if (order == 0) return &table[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}

const rv_word *rv_word_table(size_t *n) {
    *n = WORDS;
    return table;
}
