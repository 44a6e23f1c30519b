/*
 * A bucket holds four names on average, one behind the other as text: they are few bytes, compared in one go, and the
 * table needs no offsets. Only lines without columns of their own for postcode and city come here.
 */
#include "commune.h"

#include "letters.h"

static uint32_t bucket_of(rv_text name) { /* FNV-1a; scripts/communes.py has the same */
    uint32_t value = 2166136261u;
    for (uint32_t i = 0; i < name.len; i++) value = (value ^ (unsigned char)name.ptr[i]) * 16777619u;
    return (value ^ value >> 15) % RV_COMMUNE_BUCKETS;
}

static bool is_size(char c) { return c >= 'a' && c <= 'z'; }

bool rv_commune_find(rv_text name, rv_commune *found) {
    if (name.len < 2 || name.len > RV_COMMUNE_MAX) return false;
    for (const char *at = rv_commune_buckets[bucket_of(name)]; *at;) {
        const char *end = strchr(at, ';');
        bool same = (size_t)(end - at) > name.len && is_size(at[name.len]) && memcmp(at, name.ptr, name.len) == 0;
        if (!same) {
            at = end + 1;
            continue;
        }
        at += name.len;
        found->size = (unsigned)(*at++ - 'a');
        found->ordinary = *at == '!';
        found->codes = at + found->ordinary;
        found->n_codes = (size_t)(end - found->codes) / 5;
        return true;
    }
    return false;
}

bool rv_commune_is_at(const rv_commune *commune, rv_text digits) {
    for (size_t i = 0; i < commune->n_codes && digits.len <= 5; i++)
        if (memcmp(commune->codes + 5 * i, digits.ptr, digits.len) == 0) return true;
    return false;
}

bool rv_postcode_find(rv_text postcode, rv_text *alone) {
    *alone = (rv_text){0};
    if (postcode.len != 5 || !rv_all_digits(postcode)) return false;
    const char *digits = postcode.ptr,
               *at = rv_commune_at[(digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0'];
    while (*at) {
        const char *end = strchr(at, ';');
        if (memcmp(at, digits + 3, 2) == 0) {
            *alone = rv_text_make(at + 2, (size_t)(end - at - 2));
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* clang-format off */
static const struct {
    char name[26], digits[4];
} departments[] = { /* ascending */
    {"AIN", "01"}, {"AISNE", "02"}, {"ALLIER", "03"}, {"ALPES DE HAUTE PROVENCE", "04"}, {"ALPES MARITIMES", "06"},
    {"ARDECHE", "07"}, {"ARDENNES", "08"}, {"ARIEGE", "09"}, {"AUBE", "10"}, {"AUDE", "11"}, {"AVEYRON", "12"},
    {"BAS RHIN", "67"}, {"BOUCHES DU RHONE", "13"}, {"CALVADOS", "14"}, {"CANTAL", "15"}, {"CHARENTE", "16"},
    {"CHARENTE MARITIME", "17"}, {"CHER", "18"}, {"CORREZE", "19"}, {"CORSE", "20"}, {"CORSE DU SUD", "20"},
    {"COTE D OR", "21"}, {"COTES D ARMOR", "22"}, {"CREUSE", "23"}, {"DEUX SEVRES", "79"}, {"DORDOGNE", "24"},
    {"DOUBS", "25"}, {"DROME", "26"}, {"ESSONNE", "91"}, {"EURE", "27"}, {"EURE ET LOIR", "28"}, {"FINISTERE", "29"},
    {"GARD", "30"}, {"GERS", "32"}, {"GIRONDE", "33"}, {"GUADELOUPE", "971"}, {"GUYANE", "973"}, {"HAUT RHIN", "68"},
    {"HAUTE CORSE", "20"}, {"HAUTE GARONNE", "31"}, {"HAUTE LOIRE", "43"}, {"HAUTE MARNE", "52"},
    {"HAUTE SAONE", "70"}, {"HAUTE SAVOIE", "74"}, {"HAUTE VIENNE", "87"}, {"HAUTES ALPES", "05"},
    {"HAUTES PYRENEES", "65"}, {"HAUTS DE SEINE", "92"}, {"HERAULT", "34"}, {"ILLE ET VILAINE", "35"},
    {"INDRE", "36"}, {"INDRE ET LOIRE", "37"}, {"ISERE", "38"}, {"JURA", "39"}, {"LA REUNION", "974"},
    {"LANDES", "40"}, {"LOIR ET CHER", "41"}, {"LOIRE", "42"}, {"LOIRE ATLANTIQUE", "44"}, {"LOIRET", "45"},
    {"LOT", "46"}, {"LOT ET GARONNE", "47"}, {"LOZERE", "48"}, {"MAINE ET LOIRE", "49"}, {"MANCHE", "50"},
    {"MARNE", "51"}, {"MARTINIQUE", "972"}, {"MAYENNE", "53"}, {"MAYOTTE", "976"}, {"MEURTHE ET MOSELLE", "54"},
    {"MEUSE", "55"}, {"MORBIHAN", "56"}, {"MOSELLE", "57"}, {"NIEVRE", "58"}, {"NORD", "59"}, {"OISE", "60"},
    {"ORNE", "61"}, {"PAS DE CALAIS", "62"}, {"PUY DE DOME", "63"}, {"PYRENEES ATLANTIQUES", "64"},
    {"PYRENEES ORIENTALES", "66"}, {"REUNION", "974"}, {"RHONE", "69"}, {"SAONE ET LOIRE", "71"}, {"SARTHE", "72"},
    {"SAVOIE", "73"}, {"SEINE ET MARNE", "77"}, {"SEINE MARITIME", "76"}, {"SEINE SAINT DENIS", "93"},
    {"SOMME", "80"}, {"TARN", "81"}, {"TARN ET GARONNE", "82"}, {"TERRITOIRE DE BELFORT", "90"}, {"VAL D OISE", "95"},
    {"VAL DE MARNE", "94"}, {"VAR", "83"}, {"VAUCLUSE", "84"}, {"VENDEE", "85"}, {"VIENNE", "86"}, {"VOSGES", "88"},
    {"YONNE", "89"}, {"YVELINES", "78"},
};
/* clang-format on */

rv_text rv_department_find(rv_text name) {
    size_t low = 0, high = sizeof departments / sizeof *departments;
    if (name.len >= sizeof departments->name) return (rv_text){0};
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = rv_text_compare(name, rv_text_of(departments[middle].name));
        if (order == 0) return rv_text_of(departments[middle].digits);
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return (rv_text){0};
}
