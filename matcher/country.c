/* Countries as customer files of France and its neighbours write them; all others by their ISO code. */
#include "letters.h"
#include "phone.h"
#include "phone_plan.h"
#include "reveil.h"

static const char *const countries[][2] = {
    {"FR", "FR FRA FRANCE FRANCEMETROPOLITAINE METROPOLE F"},
    {"BE", "BE BEL BELGIQUE BELGIUM BELGIE B"},
    {"CH", "CH CHE SUISSE SWITZERLAND SCHWEIZ"},
    {"LU", "LU LUX LUXEMBOURG"},
    {"DE", "DE DEU ALLEMAGNE GERMANY DEUTSCHLAND"},
    {"GB", "GB GBR UK ROYAUMEUNI UNITEDKINGDOM GRANDEBRETAGNE ANGLETERRE ENGLAND"},
    {"ES", "ES ESP ESPAGNE SPAIN ESPANA"},
    {"IT", "IT ITA ITALIE ITALY ITALIA"},
    {"NL", "NL NLD PAYSBAS NETHERLANDS NEDERLAND"},
    {"PT", "PT PRT PORTUGAL"},
    {"IE", "IE IRL IRLANDE IRELAND"},
    {"AT", "AT AUT AUTRICHE AUSTRIA"},
    {"PL", "PL POL POLOGNE POLAND POLSKA"},
    {"US", "US USA ETATSUNIS UNITEDSTATES UNITEDSTATESOFAMERICA"},
    {"CA", "CA CAN CANADA"},
    {"AU", "AU AUS AUSTRALIE AUSTRALIA"},
    {"MA", "MA MAR MAROC MOROCCO"},
    {"DZ", "DZ DZA ALGERIE ALGERIA"},
    {"TN", "TN TUN TUNISIE TUNISIA"},
    {"SN", "SN SEN SENEGAL"},
    {"MC", "MC MCO MONACO"},
    {"AD", "AD AND ANDORRE ANDORRA"},
    {"RE", "RE REU REUNION LAREUNION ILEDELAREUNION"},
    {"YT", "YT MYT MAYOTTE"},
    {"GP", "GP GLP GUADELOUPE"},
    {"MQ", "MQ MTQ MARTINIQUE"},
    {"GF", "GF GUF GUYANE GUYANEFRANCAISE"},
    {"PM", "PM SPM SAINTPIERREETMIQUELON"},
    {"NC", "NC NCL NOUVELLECALEDONIE"},
    {"PF", "PF PYF POLYNESIEFRANCAISE POLYNESIE TAHITI"},
    {"RO", "ROU ROUMANIE ROMANIA"},
    {"HU", "HUN HONGRIE HUNGARY"},
    {"CZ", "CZE TCHEQUIE REPUBLIQUETCHEQUE CZECHIA CZECHREPUBLIC"},
    {"SK", "SVK SLOVAQUIE SLOVAKIA"},
    {"BG", "BGR BULGARIE BULGARIA"},
    {"GR", "GRC GRECE GREECE"},
    {"HR", "HRV CROATIE CROATIA"},
    {"SI", "SVN SLOVENIE SLOVENIA"},
    {"SE", "SWE SUEDE SWEDEN"},
    {"DK", "DNK DANEMARK DENMARK"},
    {"NO", "NOR NORVEGE NORWAY"},
    {"FI", "FIN FINLANDE FINLAND"},
    {"TR", "TUR TURQUIE TURKEY TURKIYE"},
    {"RU", "RUS RUSSIE RUSSIA"},
    {"UA", "UKR UKRAINE"},
    {"CI", "CIV COTEDIVOIRE IVORYCOAST"},
    {"CM", "CMR CAMEROUN CAMEROON"},
    {"ML", "MLI MALI"},
    {"MG", "MDG MADAGASCAR"},
    {"MU", "MUS MAURICE ILEMAURICE MAURITIUS"},
    {"IL", "ISR ISRAEL"},
    {"LB", "LBN LIBAN LEBANON"},
    {"CN", "CHN CHINE CHINA"},
    {"IN", "IND INDE INDIA"},
    {"JP", "JPN JAPON JAPAN"},
    {"VN", "VNM VIETNAM"},
    {"BR", "BRA BRESIL BRAZIL"},
    {"BL", "BLM SAINTBARTHELEMY STBARTHELEMY"},
    {"MF", "MAF SAINTMARTIN STMARTIN"},
    {"WF", "WF WLF WALLISETFUTUNA"},
};

const char *rv_country_find(rv_text value) {
    char letters[64], word[64];
    size_t len = rv_letters(value, 0, letters, sizeof letters), n = 0;
    for (size_t i = 0; i < len; i++)
        if (letters[i] != ' ') word[n++] = letters[i];
    if (n == 0) return NULL;
    for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
        if (rv_word_in(rv_text_make(word, n), countries[i][1])) return countries[i][0];
    const rv_phone_country *found = rv_phone_country_find(rv_text_make(word, n));
    return found ? found->code : NULL;
}

bool rv_country_code(const char *name, char out[3]) {
    const char *code = rv_country_find(rv_text_of(name));
    if (code) memcpy(out, code, 3);
    return code != NULL;
}
