/* Word lists, one group a line: what it is written out, then how else people write it. La Poste's abbreviations and
 * those of everyday files. */
#include "street_words.h"

#include "letters.h"

typedef struct group {
    const char *full, *others;
} group;

static const group types[] = {
    {"RUE", "RUE R RU"},
    {"AVENUE", "AVENUE AV AVE AVEN"},
    {"BOULEVARD", "BOULEVARD BD BVD BLD BLVD BOUL BOULEVART BOULVARD"},
    {"CHEMIN", "CHEMIN CHEM CHE CHM CH CHEMI"},
    {"IMPASSE", "IMPASSE IMP IMPAS IMPASS"},
    {"PLACE", "PLACE PL PLC"},
    {"ROUTE", "ROUTE RTE RT RTES"},
    {"ALLEE", "ALLEE ALLEES ALL ALEE ALEES"},
    {"SQUARE", "SQUARE SQ"},
    {"QUAI", "QUAI QU QAI"},
    {"COURS", "COURS CRS"},
    {"PASSAGE", "PASSAGE PAS PASS PSG"},
    {"FAUBOURG", "FAUBOURG FG FBG FAUB FBOURG"},
    {"LOTISSEMENT", "LOTISSEMENT LOT LOTIS LOTISS"},
    {"RESIDENCE", "RESIDENCE RES RESID RESIDENCES RCE"},
    {"HAMEAU", "HAMEAU HAM HAMEAUX"},
    {"QUARTIER", "QUARTIER QUA QRT QUART QTIER"},
    {"LIEU DIT", "LIEUDIT LD"},
    {"MONTEE", "MONTEE MTE"},
    {"PROMENADE", "PROMENADE PROM"},
    {"TRAVERSE", "TRAVERSE TRA TRAV"},
    {"VENELLE", "VENELLE VEN"},
    {"RUELLE", "RUELLE RLE RUELLES"},
    {"SENTIER", "SENTIER SEN SENT SENTIERS"},
    {"SENTE", "SENTE SENTES"},
    {"ESPLANADE", "ESPLANADE ESP"},
    {"CITE", "CITE"},
    {"CLOS", "CLOS"},
    {"COUR", "COUR"},
    {"COTE", "COTE"},
    {"DOMAINE", "DOMAINE DOM"},
    {"PARC", "PARC"},
    {"PARVIS", "PARVIS"},
    {"VILLA", "VILLA VLA VILLAS"},
    {"VILLAGE", "VILLAGE VGE"},
    {"VOIE", "VOIE VOI"},
    {"MAIL", "MAIL"},
    {"GALERIE", "GALERIE GALERIES"},
    {"CARREFOUR", "CARREFOUR CAR CARR"},
    {"CHAUSSEE", "CHAUSSEE CHS CHAUSS"},
    {"CORNICHE", "CORNICHE COR CORN"},
    {"DESCENTE", "DESCENTE DSC"},
    {"ROCADE", "ROCADE"},
    {"RAMPE", "RAMPE"},
    {"TERRASSE", "TERRASSE TSSE TERRASSES"},
    {"PLACETTE", "PLACETTE"},
    {"PLATEAU", "PLATEAU"},
    {"PLAINE", "PLAINE"},
    {"PONT", "PONT"},
    {"PORT", "PORT"},
    {"PORTE", "PORTE"},
    {"JARDIN", "JARDIN JARDINS"},
    {"MARCHE", "MARCHE"},
    {"ENCLOS", "ENCLOS"},
    {"ESPACE", "ESPACE"},
    {"ESCALIER", "ESCALIER ESCALIERS"},
    {"GRANDE RUE", "GRANDRUE GRANDERUE GR"},
    {"ROND POINT", "RPT RDPT RDPOINT ROUNDPOINT"},
    {"ZONE ARTISANALE", "ZA"},
    {"ZONE INDUSTRIELLE", "ZI"},
    {"ZONE D ACTIVITES", "ZAC ZAE"},
    {"HENT", "HENT"},
    {"STRAED", "STRAED"},
    {"VIA", "VIA"},
    {"CALLE", "CALLE"},
};

static const struct {
    const char *first, *second, *full;
} double_types[] = {
    {"GRANDE", "RUE", "GRANDE RUE"}, {"GRAND", "RUE", "GRANDE RUE"}, {"GDE", "RUE", "GRANDE RUE"},
    {"PETITE", "RUE", "PETITE RUE"}, {"ROND", "POINT", "ROND POINT"}, {"LIEU", "DIT", "LIEU DIT"},
    {"VIEUX", "CHEMIN", "VIEUX CHEMIN"}, {"ANCIEN", "CHEMIN", "ANCIEN CHEMIN"}, {"ANCIENNE", "ROUTE", "ANCIENNE ROUTE"},
    {"VIEILLE", "ROUTE", "VIEILLE ROUTE"}, {"NOUVELLE", "ROUTE", "NOUVELLE ROUTE"}, {"GRAND", "PLACE", "GRANDE PLACE"},
    {"GRANDE", "PLACE", "GRANDE PLACE"}, {"GRANDE", "ALLEE", "GRANDE ALLEE"}, {"PETITE", "AVENUE", "PETITE AVENUE"},
    {"PETIT", "CHEMIN", "PETIT CHEMIN"}, {"PETITE", "ROUTE", "PETITE ROUTE"}, {"BASSE", "RUE", "BASSE RUE"},
    {"HAUTE", "RUE", "HAUTE RUE"},
};

const char *rv_street_type(const rv_text *words, size_t n, bool after_number, size_t *used) {
    if (n == 0) return NULL;
    *used = 2;
    for (size_t i = 0; n > 1 && i < sizeof double_types / sizeof *double_types; i++)
        if (rv_text_is(words[0], double_types[i].first) && rv_text_is(words[1], double_types[i].second))
            return double_types[i].full;
    *used = 1;
    if (words[0].len <= 2 && !after_number && !rv_word_in(words[0], "AV BD")) return NULL;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].full[0] == words[0].ptr[0] || types[i].others[0] != types[i].full[0])
            if (rv_word_in(words[0], types[i].others)) return types[i].full;
    return NULL;
}

static const group english[] = {
    {"STREET", "STREET ST STR"}, {"ROAD", "ROAD RD"}, {"AVENUE", "AVENUE AVE AV"}, {"DRIVE", "DRIVE DR"},
    {"LANE", "LANE LN"}, {"COURT", "COURT CT CRT"}, {"CLOSE", "CLOSE CL"}, {"CRESCENT", "CRESCENT CRES CR"},
    {"PLACE", "PLACE PL"}, {"CIRCUIT", "CIRCUIT CCT"}, {"TERRACE", "TERRACE TCE"}, {"PARADE", "PARADE PDE"},
    {"HIGHWAY", "HIGHWAY HWY"}, {"WAY", "WAY"}, {"GROVE", "GROVE GR"}, {"SQUARE", "SQUARE"}, {"BOULEVARD", "BOULEVARD BLVD"},
    {"STRASSE", "STRASSE"},
};

const char *rv_street_type_behind(rv_text last) {
    for (size_t i = 0; i < sizeof english / sizeof *english; i++)
        if (rv_word_in(last, english[i].others)) return english[i].full;
    return NULL;
}

static const group inner[] = {
    {"SAINT", "ST"}, {"SAINTE", "STE"}, {"SAINTS", "STS"}, {"GENERAL", "GAL GL GEN"}, {"MARECHAL", "MAL MARAL MCHAL"},
    {"DOCTEUR", "DR DOCT"}, {"PRESIDENT", "PDT PRES PDENT PRESID PST"}, {"COMMANDANT", "CDT CMDT CDANT"}, {"COLONEL", "COL CNL"},
    {"CAPITAINE", "CAP CNE CAPT"}, {"LIEUTENANT", "LT LTN LIEUT"}, {"PROFESSEUR", "PR PROF PRF"}, {"SERGENT", "SGT"},
    {"AMIRAL", "AMAL AML"}, {"MONSEIGNEUR", "MGR"}, {"NOTRE", "ND"}, {"MADAME", "MME"}, {"VIEUX", "VX"}, {"GRAND", "GD"},
    {"GRANDE", "GDE"}, {"PETIT", "PT"}, {"PETITE", "PTE"}, {"FAUBOURG", "FG FBG"}, {"CHATEAU", "CHAT CHT CHAU"}, {"EGLISE", "EGL"},
    {"REPUBLIQUE", "REP REPUB"}, {"LIBERATION", "LIB LIBER"}, {"RESISTANCE", "RESIST"}, {"FRERES", "FRS"}, {"SUR", "S"},
};

const char *rv_street_word_full(rv_text word) {
    if (word.len > 6) return NULL;
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
        if (rv_word_in(word, inner[i].others)) return inner[i].full;
    return NULL;
}

static const group days[] = {
    {"1", "1ER PREMIER"}, {"2", "DEUX"}, {"3", "TROIS"}, {"4", "QUATRE"}, {"5", "CINQ"}, {"6", "SIX"}, {"8", "HUIT"},
    {"10", "DIX"}, {"11", "ONZE"}, {"14", "QUATORZE"}, {"18", "DIXHUIT"}, {"19", "DIXNEUF"}, {"20", "VINGT"},
};

const char *rv_street_day(rv_text word) {
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        if (rv_word_in(word, days[i].others)) return days[i].full;
    return NULL;
}

bool rv_street_is_month(rv_text word) {
    return rv_word_in(word, "JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE");
}

bool rv_street_is_article(rv_text word) {
    return word.len <= 4 && rv_word_in(word, "DE DU DES D LA LE LES L A AU AUX ET EN AN AR");
}

bool rv_street_is_repeat(rv_text word) { return rv_word_in(word, "BIS TER QUATER QUINQUIES"); }

bool rv_street_is_extra(rv_text word) {
    return rv_word_in(word, "APPT APPART APPARTEMENT APT APP BAT BATIMENT BT BTMT ETAGE ETG ESC ESCALIER ENTREE ENT IMM IMMEUBLE "
                         "RESIDENCE RES RESID CHEZ PORTE PTE LOGEMENT LGT LOGT HALL TOUR TOURS FLOOR UNIT FLAT SUITE BP CS "
                         "TSA BOITE");
}

/* The largest communes and some suburbs of Paris, Lyon, Lille; words glued by hyphens. */
static const char cities[] =
    "PARIS MARSEILLE LYON TOULOUSE NICE NANTES MONTPELLIER STRASBOURG BORDEAUX LILLE RENNES REIMS TOULON SAINT-ETIENNE LE-HAVRE "
    "GRENOBLE DIJON ANGERS VILLEURBANNE SAINT-DENIS NIMES CLERMONT-FERRAND AIX-EN-PROVENCE LE-MANS BREST TOURS AMIENS LIMOGES "
    "ANNECY PERPIGNAN BOULOGNE-BILLANCOURT METZ BESANCON ORLEANS ROUEN MULHOUSE CAEN MONTREUIL NANCY ARGENTEUIL ROUBAIX TOURCOING "
    "NANTERRE AVIGNON CRETEIL DUNKERQUE POITIERS ASNIERES-SUR-SEINE VERSAILLES COURBEVOIE COLOMBES VITRY-SUR-SEINE AUBERVILLIERS "
    "AULNAY-SOUS-BOIS LA-ROCHELLE RUEIL-MALMAISON CHAMPIGNY-SUR-MARNE SAINT-MAUR-DES-FOSSES CALAIS ANTIBES BEZIERS "
    "SAINT-NAZAIRE COLMAR DRANCY MERIGNAC AJACCIO BOURGES ISSY-LES-MOULINEAUX LEVALLOIS-PERRET LEVALLOIS LA-SEYNE-SUR-MER QUIMPER "
    "NOISY-LE-GRAND NEUILLY-SUR-SEINE VALENCE VILLENEUVE-D-ASCQ CERGY ANTONY VENISSIEUX TROYES PESSAC CLICHY IVRY-SUR-SEINE "
    "CHAMBERY LORIENT LES-ABYMES MONTAUBAN SARCELLES NIORT VILLEJUIF SAINT-ANDRE HYERES SAINT-QUENTIN BEAUVAIS EPINAY-SUR-SEINE "
    "CAYENNE CANNES MAISONS-ALFORT PANTIN MEAUX CHELLES EVRY FONTENAY-SOUS-BOIS FREJUS VANNES BONDY LA-ROCHE-SUR-YON "
    "LE-BLANC-MESNIL CLAMART ARLES BOBIGNY SAINT-MALO SAINT-BRIEUC CHOLET GRASSE MASSY BAYONNE LAVAL CORBEIL-ESSONNES ALBI "
    "VINCENNES MONTROUGE SURESNES MARTIGUES CAGNES-SUR-MER AUBAGNE CHARLEVILLE-MEZIERES SARTROUVILLE EVREUX GENNEVILLIERS BELFORT "
    "BLOIS SAINT-OUEN BRIVE-LA-GAILLARDE CARCASSONNE SAINT-HERBLAIN SAINT-PRIEST MEUDON PUTEAUX RIS-ORANGIS CHARTRES TARBES ALFORTVILLE "
    "CHALON-SUR-SAONE BASTIA SEVRAN LIVRY-GARGAN ROSNY-SOUS-BOIS MANTES-LA-JOLIE SETE SALON-DE-PROVENCE GAGNY SAINT-GERMAIN-EN-LAYE "
    "CALUIRE-ET-CUIRE VAULX-EN-VELIN BRON CHOISY-LE-ROI LES-MUREAUX CHATEAUROUX REZE SAINT-MARTIN-D-HERES VALENCIENNES ANGOULEME "
    "THIONVILLE BOULOGNE-SUR-MER DOUAI WATTRELOS ARRAS COMPIEGNE NEVERS AUXERRE ROANNE LE-KREMLIN-BICETRE CHARENTON-LE-PONT "
    "ALES GAP VICHY PLERIN ROSCOFF PLAISIR POISSY CONFLANS-SAINTE-HONORINE HOUILLES ERMONT FRANCONVILLE TAVERNY BAGNEUX MALAKOFF VANVES "
    "CHATILLON ARCUEIL CACHAN THIAIS ORLY VILLEPINTE TREMBLAY-EN-FRANCE STAINS DOMONT OSNY PONTOISE ETAMPES MORANGIS GRIGNY "
    "AGEN PAU DAX BIARRITZ ANGLET RODEZ AURILLAC LE-PUY-EN-VELAY MONTLUCON MOULINS MACON BOURG-EN-BRESSE OYONNAX ANNEMASSE THONON-LES-BAINS "
    "VOIRON VIENNE BOURGOIN-JALLIEU ECHIROLLES MEYZIEU OULLINS DECINES-CHARPIEU TASSIN-LA-DEMI-LUNE RILLIEUX-LA-PAPE SAINT-CHAMOND FIRMINY "
    "MONTELIMAR ROMANS-SUR-ISERE AIX-LES-BAINS ALBERTVILLE ALENCON LISIEUX CHERBOURG SAINT-LO DIEPPE VERNON LOUVIERS FECAMP MORLAIX "
    "LANNION GUINGAMP DINAN FOUGERES VITRE PONTIVY CONCARNEAU LANDERNEAU SAUMUR MAYENNE EPERNAY CHALONS-EN-CHAMPAGNE SEDAN VERDUN BAR-LE-DUC EPINAL "
    "SAINT-DIE HAGUENAU SCHILTIGHEIM DOLE LONS-LE-SAUNIER VESOUL MONTBELIARD PONTARLIER";

static bool ends_in_city(const rv_text *words, size_t n, const char *city, size_t length, size_t *count) {
    size_t at = length, used = 0;
    while (at > 0) {
        size_t start = at;
        while (start > 0 && city[start - 1] != '-') start--;
        if (used == n) return false;
        rv_text word = words[n - 1 - used];
        const char *full = rv_street_word_full(word);
        rv_text text = full ? rv_text_of(full) : word;
        if (text.len != at - start || memcmp(text.ptr, city + start, text.len) != 0) return false;
        used++;
        at = start > 0 ? start - 1 : 0;
    }
    *count = used;
    return true;
}

size_t rv_large_city_behind(const rv_text *words, size_t n) {
    size_t best = 0, count = 0;
    for (const char *city = cities; *city;) {
        size_t length = strcspn(city, " ");
        if (ends_in_city(words, n, city, length, &count) && count > best) best = count;
        city += length + (city[length] == ' ');
    }
    return best;
}
