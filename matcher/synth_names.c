/* See synth_names.h. The list of surnames is in the order of their frequency in France as commonly published; what
 * each weighs comes from a law fitted to the few shares that everybody knows (0.35 % Martin, 0.19 % Bernard, ...). */
#include "synth_names.h"

#include <math.h>
#include <string.h>

/* clang-format off */
const char *const rv_last_names[] = {
    "Martin", "Bernard", "Thomas", "Petit", "Robert", "Richard", "Durand", "Dubois", "Moreau", "Laurent",
    "Simon", "Michel", "Lefebvre", "Leroy", "Roux", "David", "Bertrand", "Morel", "Fournier", "Girard",
    "Bonnet", "Dupont", "Lambert", "Fontaine", "Rousseau", "Vincent", "Muller", "Lefèvre", "Faure",
    "André", "Mercier", "Blanc", "Guérin", "Boyer", "Garnier", "Chevalier", "François", "Legrand",
    "Gauthier", "Garcia", "Perrin", "Robin", "Clément", "Morin", "Nicolas", "Henry", "Roussel", "Mathieu",
    "Gautier", "Masson", "Marchand", "Duval", "Denis", "Dumont", "Marie", "Lemaire", "Noël", "Meyer",
    "Dufour", "Meunier", "Brun", "Blanchard", "Giraud", "Joly", "Rivière", "Lucas", "Brunet", "Gaillard",
    "Barbier", "Arnaud", "Martinez", "Gérard", "Roche", "Renard", "Schmitt", "Roy", "Leroux", "Colin",
    "Vidal", "Caron", "Picard", "Roger", "Fabre", "Aubert", "Lemoine", "Renaud", "Dumas", "Lacroix",
    "Olivier", "Philippe", "Bourgeois", "Pierre", "Benoît", "Rey", "Leclerc", "Payet", "Rolland",
    "Leclercq", "Guillaume", "Lecomte", "Lopez", "Jean", "Dupuy", "Guillot", "Hubert", "Berger",
    "Carpentier", "Sanchez", "Dupuis", "Moulin", "Louis", "Deschamps", "Huet", "Vasseur", "Perez",
    "Boucher", "Fleury", "Royer", "Klein", "Jacquet", "Adam", "Paris", "Poirier", "Marty", "Aubry", "Guyot",
    "Carré", "Charles", "Renault", "Charpentier", "Ménard", "Maillard", "Baron", "Bertin", "Bailly",
    "Hervé", "Schneider", "Fernandez", "Collet", "Léger", "Bouvier", "Julien", "Prévost", "Millet",
    "Perrot", "Daniel", "Cousin", "Germain", "Breton", "Besson", "Langlois", "Rémy", "Pelletier",
    "Lévêque", "Perrier", "Leblanc", "Barré", "Lebrun", "Marchal", "Weber", "Mallet", "Hamon",
    "Boulanger", "Jacob", "Monnier", "Michaud", "Rodriguez", "Guichard", "Gillet", "Étienne", "Grondin",
    "Poulain", "Tessier", "Chevallier", "Collin", "Chauvin", "Bouchet", "Gay", "Lemaître", "Bénard",
    "Maréchal", "Humbert", "Reynaud", "Antoine", "Hoarau", "Perret", "Barthélemy", "Cordier", "Pichon",
    "Lejeune", "Gilbert", "Lamy", "Delaunay", "Pasquier", "Carlier", "Laporte", "Gros", "Buisson",
    "Blondel", "Évrard", "Ollivier", "Rossi", "Ferreira", "Coulon", "Diallo", "Fischer", "Jourdan", "Pons",
    "Delattre", "Besnard", "Mahé", "Tanguy", "Briand", "Hebert", "Guillou", "Legall", "Delmas", "Navarro",
    "Seguin", "Ferry", "Joubert", "Godard", "Vallet", "Ribeiro", "Bodin", "Lebon", "Charrier", "Gomez",
    "Albert", "Alexandre", "Salmon", "Rousset", "Bouvet", "Gonzalez", "Raynaud", "Didier", "Hardy",
    "Delorme", "Guillet", "Imbert", "Tournier", "Sauvage", "Lacombe", "Merle", "Guyon", "Marin", "Regnier",
    "Launay", "Vaillant", "Bazin", "Maurice", "Leduc", "Pinto", "Mendes", "Hernandez", "Martins",
    "Da Silva", "Dos Santos", "Pereira", "Rodrigues", "Lopes", "Fernandes", "Gonçalves", "Da Costa",
    "De Oliveira", "Le Goff", "Le Gall", "Le Roux", "Le Corre", "Le Bihan", "Le Guen", "Le Bras",
    "Le Floch", "Nguyen", "Tran", "Pham", "Benali", "Benamar", "Traoré", "Diarra", "Coulibaly", "Camara",
    "Konaté", "Bah", "Sow", "Ndiaye", "Keita", "Ali", "Ahmed", "Mohamed", "Bouzid", "Saïdi", "Brahimi",
    "Cherif", "Hamidi", "Amrani", "Mansouri", "Slimani", "Belkacem", "Haddad", "Rahmani", "Toumi", "Ziani",
    "Kaya", "Yilmaz", "Demir", "Chen", "Wang", "Singh", "Costa", "Rocha", "Alves", "Teixeira", "Gomes",
    "Marques", "Carvalho", "Sousa", "Santos", "Silva", "Pires", "Ferrari", "Russo", "Esposito", "Romano",
    "Bianchi", "Colombo", "Ricci", "Kowalski", "Nowak", "Wagner", "Becker", "Schmidt", "Zimmermann",
    "Keller", "Kieffer", "Schwartz", "Hoffmann", "Koch", "Bauer", "Walter", "Wolff", "Muths", "Kuntz",
    "Diot", "Gras", "Allard", "Tardy", "Valentin", "Sabatier", "Chapuis", "Ferrand", "Bonneau",
    "Charbonnier", "Pruvost", "Delannoy", "Lenoir", "Bigot", "Couturier", "Dupin", "Pineau", "Texier",
    "Verdier", "Doucet", "Bouquet", "Fouquet", "Peltier", "Raymond", "Bruneau", "Gaudin", "Jolly", "Mangin",
    "Michelet", "Maurin", "Grenier", "Rigaud", "Blin", "Maillet", "Guilbert", "Bourdon", "Thibault",
    "Gaubert", "Lamotte", "Courtois", "Laroche", "Leconte", "Drouet", "Levasseur", "Prat", "Jacques",
    "Vial", "Barbe", "Carton", "Bourdin", "Vigneron", "Hamel", "Ledoux", "Rose", "Delage", "Boutin",
    "Chauveau", "Tellier", "Mary", "Cartier", "Riou", "Gallet", "Ragot", "Castel", "Lelièvre", "Barret",
    "Combes", "Hardouin", "Grand", "Millot", "Lagarde", "Martel", "Clerc", "Pottier", "Guy", "Lesage",
    "Bonnin", "Rault", "Toussaint", "Pascal", "Labbé", "Dujardin", "Masse", "Coste", "Lacoste", "Granger",
    "Vacher", "Camus", "Thiery", "Blondeau", "Leveque", "Boulay", "Constant", "Delahaye", "Fortin",
    "Faivre", "Devaux", "Grosjean", "Favre", "Petitjean", "Bernier", "Duchêne", "Dubreuil", "Cornu",
    "Auger", "Chartier", "Neveu", "Berthelot", "Gillot", "Bocquet", "Wallart", "Flament", "Dhaene",
    "Vandamme", "Leleu", "Delcourt", "Dewitte", "Lecocq", "Parent", "Cochet", "Foucher", "Goujon",
    "Brossard", "Guibert", "Pages", "Sicard", "Bonnefoy", "Cazenave", "Etcheverry", "Larrieu", "Lafitte",
    "Castagnet", "Casanova", "Santoni", "Albertini", "Mariani", "Luciani", "Orsini", "Grimaldi", "Sorel",
    "Vernet", "Mouton", "Loiseau", "Rossignol", "Boisson", "Fontan", "Delpech", "Puech", "Cros", "Bousquet",
    "Fabregas", "Soler", "Serra", "Vila", "Pujol", "Roca", "Torres", "Ruiz", "Moreno", "Diaz", "Molina",
    "Ortega", "Ramos", "Jimenez", "Blasco", "Lorenzo",
};
/* clang-format on */
const uint32_t rv_last_names_count = sizeof rv_last_names / sizeof *rv_last_names;

/* 64 x 80 x 48 ways; the products read like French surnames, and a few of them are. */
static const char *const heads[64] = {
    "Bar", "Ber", "Bon", "Bou", "Bri",  "Bru", "Cha", "Char", "Che", "Cla", "Co",  "Cor", "Cou", "Cre", "Da",  "De",
    "Del", "Des", "Do",  "Dou", "Du",   "Es",  "Fa",  "Fer",  "Fla", "Fo",  "Fou", "Fra", "Ga",  "Gar", "Gi",  "Gou",
    "Gra", "Gué", "Hau", "Jac", "Jou",  "La",  "Lam", "Lan",  "Le",  "Lou", "Ma",  "Mar", "Mé",  "Mo",  "Mon", "Mou",
    "Na",  "Pa",  "Per", "Pi",  "Plan", "Pou", "Qué", "Ra",   "Ri",  "Rou", "Sa",  "Sau", "Tar", "Tou", "Va",  "Ver"};
/* clang-format off */
static const char *const middles[80] = {
    "",     "ba",   "be",   "bi",   "bou",  "bri",  "ca",   "cha",  "che",  "chi",  "cla",  "co",   "cou",  "cre",
    "da",   "de",   "di",   "do",   "dra",  "du",   "fa",   "fe",   "fi",   "fou",  "ga",   "gi",   "gne",  "go",
    "gra",  "gue",  "gui",  "ja",   "la",   "lan",  "le",   "li",   "lla",  "lle",  "lo",   "lu",   "ma",   "man",
    "me",   "mi",   "mon",  "mou",  "na",   "ne",   "ni",   "no",   "nou",  "pa",   "pe",   "pi",   "pla",  "po",
    "que",  "qui",  "ra",   "ran",  "re",   "ri",   "ro",   "rou",  "sa",   "se",   "si",   "sso",  "ta",   "te",
    "ti",   "to",   "tou",  "tra",  "va",   "ve",   "vi",   "vo",   "za",   "zi"};
/* clang-format on */
static const char *const tails[48] = {
    "bert", "caud", "chard", "chet",  "chon",  "cier", "court", "dier", "din",  "dot", "don",   "fort",
    "gnac", "gnon", "guet",  "ller",  "let",   "lier", "lin",   "lard", "lot",  "lon", "mard",  "mel",
    "mont", "neau", "net",   "nier",  "nnec",  "not",  "pier",  "quet", "quin", "rat", "reau",  "ret",
    "rier", "rin",  "ron",   "sseau", "ssier", "sson", "teau",  "tier", "ton",  "vet", "ville", "vin"};

rv_status rv_names_new(rv_names *out, rv_error *err) {
    enum { MOST = 1024 };
    double weights[MOST];
    rv_names names = {0};
    rv_status status = RV_OK;
    for (int female = 0; female < 2; female++) {
        const rv_first_name *table = female ? rv_first_names_female : rv_first_names_male;
        uint32_t n = female ? rv_first_names_female_count : rv_first_names_male_count;
        for (int generation = 0; generation < RV_GENERATIONS && status == RV_OK; generation++) {
            for (uint32_t i = 0; i < n; i++) weights[i] = table[i].weight[generation];
            status = rv_alias_new(weights, n, &names.first[female][generation], err);
        }
    }
    double known = 0; /* shares of the population */
    for (uint32_t i = 0; i < rv_last_names_count; i++) {
        weights[i] = i == 0 ? 0.0035 : 0.0019 * pow(10.0 / (i + 9.0), 0.6);
        known += weights[i];
    }
    weights[rv_last_names_count] = 1 - known;
    if (status == RV_OK) status = rv_alias_new(weights, rv_last_names_count + 1, &names.last, err);
    if (status != RV_OK) {
        rv_names_reset(&names);
        return status;
    }
    *out = names;
    return RV_OK;
}

void rv_names_reset(rv_names *names) {
    for (int female = 0; female < 2; female++)
        for (int generation = 0; generation < RV_GENERATIONS; generation++)
            rv_alias_free(&names->first[female][generation]);
    rv_alias_free(&names->last);
}

uint32_t rv_names_pick_first(const rv_names *names, bool female, int birth_year, uint64_t word) {
    int generation = birth_year < 1945 ? 0 : birth_year < 1965 ? 1 : birth_year < 1985 ? 2 : 3;
    return rv_alias_pick(&names->first[female][generation], word);
}

/* The tail's ranks fall off as rank^-0.9 from where the list ends: u is spread over rank^0.1 and raised again. */
uint32_t rv_names_pick_last(const rv_names *names, uint64_t word, uint64_t tail_word) {
    uint32_t id = rv_alias_pick(&names->last, word);
    if (id < rv_last_names_count) return id;
    const double from = 1.8656, to = 3.4609; /* 510^0.1, (510 + RV_TAIL_NAMES)^0.1 */
    double x = from + (to - from) * ((double)(tail_word >> 11) * 0x1p-53), x2 = x * x, x4 = x2 * x2;
    double rank = x4 * x4 * x2 - 510;
    return rv_last_names_count + (rank < 0 ? 0 : rank >= RV_TAIL_NAMES ? RV_TAIL_NAMES - 1 : (uint32_t)rank);
}

char *rv_first_name_write(bool female, uint32_t id, char *to) {
    return stpcpy(to, (female ? rv_first_names_female : rv_first_names_male)[id].text);
}

char *rv_last_name_write(uint32_t id, char *to) {
    if (id < rv_last_names_count) return stpcpy(to, rv_last_names[id]);
    /* Neighbouring ranks get unlike names: an odd multiplier prime to the number of names scatters them. */
    uint32_t n = (uint32_t)((uint64_t)(id - rv_last_names_count) * 100003u % RV_TAIL_NAMES);
    to = stpcpy(to, heads[n % 64]);
    to = stpcpy(to, middles[n / 64 % 80]);
    return stpcpy(to, tails[n / (64 * 80)]);
}
