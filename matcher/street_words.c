/* What takes more than one word to tell: double types, and names of large cities behind a street without a comma. */
#include "street_words.h"

#include "letters.h"
#include "vocabulary.h"

static const struct {
    const char *first, *second, *full;
} double_types[] = {
    {"GRANDE", "RUE", "GRANDE RUE"},
    {"GRAND", "RUE", "GRANDE RUE"},
    {"GDE", "RUE", "GRANDE RUE"},
    {"PETITE", "RUE", "PETITE RUE"},
    {"ROND", "POINT", "ROND POINT"},
    {"LIEU", "DIT", "LIEU DIT"},
    {"VIEUX", "CHEMIN", "VIEUX CHEMIN"},
    {"ANCIEN", "CHEMIN", "ANCIEN CHEMIN"},
    {"ANCIENNE", "ROUTE", "ANCIENNE ROUTE"},
    {"VIEILLE", "ROUTE", "VIEILLE ROUTE"},
    {"NOUVELLE", "ROUTE", "NOUVELLE ROUTE"},
    {"GRAND", "PLACE", "GRANDE PLACE"},
    {"GRANDE", "PLACE", "GRANDE PLACE"},
    {"GRANDE", "ALLEE", "GRANDE ALLEE"},
    {"PETITE", "AVENUE", "PETITE AVENUE"},
    {"PETIT", "CHEMIN", "PETIT CHEMIN"},
    {"PETITE", "ROUTE", "PETITE ROUTE"},
    {"BASSE", "RUE", "BASSE RUE"},
    {"HAUTE", "RUE", "HAUTE RUE"},
};

const char *rv_street_type(const rv_text *words, size_t n, bool after_number, size_t *used) {
    if (n == 0) return NULL;
    *used = 2;
    bool may_be_double = n > 1 && words[0].len > 2 && strchr("RPDCA", words[1].ptr[0]);
    for (size_t i = 0; may_be_double && i < sizeof double_types / sizeof *double_types; i++)
        if (words[0].ptr[0] == double_types[i].first[0] && rv_text_is(words[1], double_types[i].second) &&
            rv_text_is(words[0], double_types[i].first))
            return double_types[i].full;
    *used = 1;
    const rv_word *found = rv_word_find(words[0]);
    if (!found || (words[0].len <= 2 && !after_number && !rv_word_in(words[0], "AV BD"))) return NULL;
    return found->type;
}

/* The largest communes and some suburbs of Paris, Lyon, Lille; words glued by hyphens. */
static const char cities[] =
    "PARIS MARSEILLE LYON TOULOUSE NICE NANTES MONTPELLIER STRASBOURG BORDEAUX LILLE RENNES REIMS TOULON SAINT-ETIENNE "
    "LE-HAVRE "
    "GRENOBLE DIJON ANGERS VILLEURBANNE SAINT-DENIS NIMES CLERMONT-FERRAND AIX-EN-PROVENCE LE-MANS BREST TOURS AMIENS "
    "LIMOGES "
    "ANNECY PERPIGNAN BOULOGNE-BILLANCOURT METZ BESANCON ORLEANS ROUEN MULHOUSE CAEN MONTREUIL NANCY ARGENTEUIL "
    "ROUBAIX TOURCOING "
    "NANTERRE AVIGNON CRETEIL DUNKERQUE POITIERS ASNIERES-SUR-SEINE VERSAILLES COURBEVOIE COLOMBES VITRY-SUR-SEINE "
    "AUBERVILLIERS "
    "AULNAY-SOUS-BOIS LA-ROCHELLE RUEIL-MALMAISON CHAMPIGNY-SUR-MARNE SAINT-MAUR-DES-FOSSES CALAIS ANTIBES BEZIERS "
    "SAINT-NAZAIRE COLMAR DRANCY MERIGNAC AJACCIO BOURGES ISSY-LES-MOULINEAUX LEVALLOIS-PERRET LEVALLOIS "
    "LA-SEYNE-SUR-MER QUIMPER "
    "NOISY-LE-GRAND NEUILLY-SUR-SEINE VALENCE VILLENEUVE-D-ASCQ CERGY ANTONY VENISSIEUX TROYES PESSAC CLICHY "
    "IVRY-SUR-SEINE "
    "CHAMBERY LORIENT LES-ABYMES MONTAUBAN SARCELLES NIORT VILLEJUIF SAINT-ANDRE HYERES SAINT-QUENTIN BEAUVAIS "
    "EPINAY-SUR-SEINE "
    "CAYENNE CANNES MAISONS-ALFORT PANTIN MEAUX CHELLES EVRY FONTENAY-SOUS-BOIS FREJUS VANNES BONDY LA-ROCHE-SUR-YON "
    "LE-BLANC-MESNIL CLAMART ARLES BOBIGNY SAINT-MALO SAINT-BRIEUC CHOLET GRASSE MASSY BAYONNE LAVAL CORBEIL-ESSONNES "
    "ALBI "
    "VINCENNES MONTROUGE SURESNES MARTIGUES CAGNES-SUR-MER AUBAGNE CHARLEVILLE-MEZIERES SARTROUVILLE EVREUX "
    "GENNEVILLIERS BELFORT "
    "BLOIS SAINT-OUEN BRIVE-LA-GAILLARDE CARCASSONNE SAINT-HERBLAIN SAINT-PRIEST MEUDON PUTEAUX RIS-ORANGIS CHARTRES "
    "TARBES ALFORTVILLE "
    "CHALON-SUR-SAONE BASTIA SEVRAN LIVRY-GARGAN ROSNY-SOUS-BOIS MANTES-LA-JOLIE SETE SALON-DE-PROVENCE GAGNY "
    "SAINT-GERMAIN-EN-LAYE "
    "CALUIRE-ET-CUIRE VAULX-EN-VELIN BRON CHOISY-LE-ROI LES-MUREAUX CHATEAUROUX REZE SAINT-MARTIN-D-HERES VALENCIENNES "
    "ANGOULEME "
    "THIONVILLE BOULOGNE-SUR-MER DOUAI WATTRELOS ARRAS COMPIEGNE NEVERS AUXERRE ROANNE LE-KREMLIN-BICETRE "
    "CHARENTON-LE-PONT "
    "ALES GAP VICHY PLERIN ROSCOFF PLAISIR POISSY CONFLANS-SAINTE-HONORINE HOUILLES ERMONT FRANCONVILLE TAVERNY "
    "BAGNEUX MALAKOFF VANVES "
    "CHATILLON ARCUEIL CACHAN THIAIS ORLY VILLEPINTE TREMBLAY-EN-FRANCE STAINS DOMONT OSNY PONTOISE ETAMPES MORANGIS "
    "GRIGNY "
    "AGEN PAU DAX BIARRITZ ANGLET RODEZ AURILLAC LE-PUY-EN-VELAY MONTLUCON MOULINS MACON BOURG-EN-BRESSE OYONNAX "
    "ANNEMASSE THONON-LES-BAINS "
    "VOIRON VIENNE BOURGOIN-JALLIEU ECHIROLLES MEYZIEU OULLINS DECINES-CHARPIEU TASSIN-LA-DEMI-LUNE RILLIEUX-LA-PAPE "
    "SAINT-CHAMOND FIRMINY "
    "MONTELIMAR ROMANS-SUR-ISERE AIX-LES-BAINS ALBERTVILLE ALENCON LISIEUX CHERBOURG SAINT-LO DIEPPE VERNON LOUVIERS "
    "FECAMP MORLAIX "
    "LANNION GUINGAMP DINAN FOUGERES VITRE PONTIVY CONCARNEAU LANDERNEAU SAUMUR MAYENNE EPERNAY CHALONS-EN-CHAMPAGNE "
    "SEDAN VERDUN BAR-LE-DUC EPINAL "
    "SAINT-DIE HAGUENAU SCHILTIGHEIM DOLE LONS-LE-SAUNIER VESOUL MONTBELIARD PONTARLIER";

/* The last words, whole where they are abbreviations: looked up once for all cities. */
enum { CITY_WORDS = 8 };

static bool ends_in_city(const rv_text *last, size_t n, const char *city, size_t length, size_t *count) {
    size_t at = length, used = 0;
    while (at > 0) {
        size_t start = at;
        while (start > 0 && city[start - 1] != '-') start--;
        if (used == n || last[used].len != at - start || memcmp(last[used].ptr, city + start, at - start) != 0)
            return false;
        used++;
        at = start > 0 ? start - 1 : 0;
    }
    *count = used;
    return true;
}

size_t rv_large_city_behind(const rv_text *words, size_t n) {
    rv_text last[CITY_WORDS];
    size_t best = 0, count = 0, n_last = n < CITY_WORDS ? n : CITY_WORDS;
    for (size_t i = 0; i < n_last; i++) {
        const rv_word *found = rv_word_find(words[n - 1 - i]);
        last[i] = found && found->full ? rv_text_of(found->full) : words[n - 1 - i];
    }
    for (const char *city = cities; *city;) {
        size_t length = strcspn(city, " ");
        if (ends_in_city(last, n_last, city, length, &count) && count > best) best = count;
        city += length + (city[length] == ' ');
    }
    return best;
}
