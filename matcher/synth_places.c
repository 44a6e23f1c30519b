/* See synth_places.h. Populations are round figures in thousands. */
#include "synth_places.h"

#include "synth_errors.h"

#include <string.h>

/* clang-format off */
const rv_commune rv_communes[] = {
    {"Paris", 75001, 16}, {"Paris", 75002, 21}, {"Paris", 75003, 33}, {"Paris", 75004, 29},
    {"Paris", 75005, 58}, {"Paris", 75006, 40}, {"Paris", 75007, 49}, {"Paris", 75008, 36},
    {"Paris", 75009, 60}, {"Paris", 75010, 85}, {"Paris", 75011, 142}, {"Paris", 75012, 140},
    {"Paris", 75013, 180}, {"Paris", 75014, 135}, {"Paris", 75015, 230}, {"Paris", 75016, 162},
    {"Paris", 75017, 165}, {"Paris", 75018, 190}, {"Paris", 75019, 183}, {"Paris", 75020, 190},
    {"Marseille", 13001, 39}, {"Marseille", 13002, 24}, {"Marseille", 13003, 52}, {"Marseille", 13004, 49},
    {"Marseille", 13005, 46}, {"Marseille", 13006, 41}, {"Marseille", 13007, 35}, {"Marseille", 13008, 82},
    {"Marseille", 13009, 75}, {"Marseille", 13010, 57}, {"Marseille", 13011, 57}, {"Marseille", 13012, 61},
    {"Marseille", 13013, 92}, {"Marseille", 13014, 61}, {"Marseille", 13015, 77}, {"Marseille", 13016, 16},
    {"Lyon", 69001, 29}, {"Lyon", 69002, 31}, {"Lyon", 69003, 102}, {"Lyon", 69004, 36}, {"Lyon", 69005, 48},
    {"Lyon", 69006, 52}, {"Lyon", 69007, 83}, {"Lyon", 69008, 85}, {"Lyon", 69009, 51},
    {"Toulouse", 31000, 200}, {"Toulouse", 31100, 100}, {"Toulouse", 31200, 80}, {"Toulouse", 31300, 60},
    {"Toulouse", 31400, 60}, {"Toulouse", 31500, 40}, {"Nice", 6000, 130}, {"Nice", 6100, 90},
    {"Nice", 6200, 70}, {"Nice", 6300, 55}, {"Nantes", 44000, 150}, {"Nantes", 44100, 80},
    {"Nantes", 44200, 45}, {"Nantes", 44300, 50}, {"Montpellier", 34000, 110}, {"Montpellier", 34070, 75},
    {"Montpellier", 34080, 70}, {"Montpellier", 34090, 50}, {"Strasbourg", 67000, 130},
    {"Strasbourg", 67100, 90}, {"Strasbourg", 67200, 65}, {"Bordeaux", 33000, 120}, {"Bordeaux", 33100, 30},
    {"Bordeaux", 33200, 40}, {"Bordeaux", 33300, 35}, {"Bordeaux", 33800, 40}, {"Lille", 59000, 150},
    {"Lille", 59800, 50}, {"Rennes", 35000, 130}, {"Rennes", 35200, 60}, {"Rennes", 35700, 35},
    {"Reims", 51100, 182}, {"Toulon", 83000, 110}, {"Toulon", 83100, 40}, {"Toulon", 83200, 28},
    {"Saint-Étienne", 42000, 110}, {"Saint-Étienne", 42100, 62}, {"Le Havre", 76600, 100},
    {"Le Havre", 76610, 35}, {"Le Havre", 76620, 32}, {"Grenoble", 38000, 110}, {"Grenoble", 38100, 48},
    {"Dijon", 21000, 158}, {"Angers", 49000, 105}, {"Angers", 49100, 50}, {"Villeurbanne", 69100, 154},
    {"Saint-Denis", 97400, 150}, {"Nîmes", 30000, 105}, {"Nîmes", 30900, 42}, {"Clermont-Ferrand", 63000, 95},
    {"Clermont-Ferrand", 63100, 50}, {"Aix-en-Provence", 13090, 90}, {"Aix-en-Provence", 13100, 55},
    {"Le Mans", 72000, 95}, {"Le Mans", 72100, 50}, {"Brest", 29200, 139}, {"Tours", 37000, 75},
    {"Tours", 37100, 35}, {"Tours", 37200, 28}, {"Amiens", 80000, 95}, {"Amiens", 80080, 38},
    {"Annecy", 74000, 130}, {"Limoges", 87000, 95}, {"Limoges", 87280, 35}, {"Metz", 57000, 75},
    {"Metz", 57050, 25}, {"Metz", 57070, 20}, {"Boulogne-Billancourt", 92100, 121}, {"Perpignan", 66000, 80},
    {"Perpignan", 66100, 40}, {"Besançon", 25000, 118}, {"Orléans", 45000, 65}, {"Orléans", 45100, 50},
    {"Rouen", 76000, 75}, {"Rouen", 76100, 38}, {"Saint-Denis", 93200, 80}, {"Saint-Denis", 93210, 32},
    {"Montreuil", 93100, 111}, {"Caen", 14000, 107}, {"Argenteuil", 95100, 110}, {"Mulhouse", 68100, 65},
    {"Mulhouse", 68200, 43}, {"Nancy", 54000, 104}, {"Roubaix", 59100, 98}, {"Tourcoing", 59200, 98},
    {"Nanterre", 92000, 96}, {"Vitry-sur-Seine", 94400, 95}, {"Créteil", 94000, 92}, {"Avignon", 84000, 91},
    {"Poitiers", 86000, 89}, {"Aubervilliers", 93300, 90}, {"Asnières-sur-Seine", 92600, 87},
    {"Colombes", 92700, 86}, {"Dunkerque", 59140, 30}, {"Dunkerque", 59240, 28},
    {"Aulnay-sous-Bois", 93600, 86}, {"Versailles", 78000, 84}, {"Saint-Pierre", 97410, 84},
    {"Courbevoie", 92400, 82}, {"Saint-Paul", 97460, 50}, {"Rueil-Malmaison", 92500, 79},
    {"Champigny-sur-Marne", 94500, 77}, {"Pau", 64000, 77}, {"La Rochelle", 17000, 77},
    {"Fort-de-France", 97200, 77}, {"Béziers", 34500, 79}, {"Le Tampon", 97430, 79}, {"Calais", 62100, 67},
    {"Saint-Maur-des-Fossés", 94100, 40}, {"Saint-Maur-des-Fossés", 94210, 35}, {"Cannes", 6400, 45},
    {"Cannes", 6150, 28}, {"Antibes", 6600, 50}, {"Mérignac", 33700, 74}, {"Drancy", 93700, 72},
    {"Saint-Nazaire", 44600, 72}, {"Ajaccio", 20000, 50}, {"Ajaccio", 20090, 22}, {"Colmar", 68000, 68},
    {"Issy-les-Moulineaux", 92130, 68}, {"Noisy-le-Grand", 93160, 70}, {"Évry-Courcouronnes", 91000, 67},
    {"Vénissieux", 69200, 66}, {"Cergy", 95000, 60}, {"Levallois-Perret", 92300, 66}, {"Cayenne", 97300, 64},
    {"Bourges", 18000, 64}, {"Valence", 26000, 64}, {"Pessac", 33600, 66}, {"La Seyne-sur-Mer", 83500, 62},
    {"Ivry-sur-Seine", 94200, 63}, {"Quimper", 29000, 63}, {"Antony", 92160, 62}, {"Clichy", 92110, 63},
    {"Troyes", 10000, 62}, {"Montauban", 82000, 61}, {"Villeneuve-d'Ascq", 59491, 20},
    {"Villeneuve-d'Ascq", 59650, 22}, {"Neuilly-sur-Seine", 92200, 60}, {"Pantin", 93500, 59},
    {"Chambéry", 73000, 59}, {"Niort", 79000, 59}, {"Sarcelles", 95200, 58}, {"Le Blanc-Mesnil", 93150, 57},
    {"Fréjus", 83600, 45}, {"Lorient", 56100, 57}, {"Beauvais", 60000, 56}, {"Hyères", 83400, 55},
    {"Meaux", 77100, 55}, {"Épinay-sur-Seine", 93800, 53}, {"Bondy", 93140, 53}, {"Narbonne", 11100, 55},
    {"Maisons-Alfort", 94700, 55}, {"Cholet", 49300, 54}, {"Chelles", 77500, 54},
    {"La Roche-sur-Yon", 85000, 54}, {"Clamart", 92140, 53}, {"Vannes", 56000, 54},
    {"Saint-Quentin", 2100, 53}, {"Arles", 13200, 40}, {"Fontenay-sous-Bois", 94120, 52},
    {"Bobigny", 93000, 54}, {"Corbeil-Essonnes", 91100, 52}, {"Laval", 53000, 50}, {"Albi", 81000, 49},
    {"Sartrouville", 78500, 52}, {"Saint-Herblain", 44800, 47}, {"Bayonne", 64100, 52}, {"Grasse", 6130, 48},
    {"Brive-la-Gaillarde", 19100, 46}, {"Charleville-Mézières", 8000, 46}, {"Vincennes", 94300, 49},
    {"Montrouge", 92120, 47}, {"Massy", 91300, 50}, {"Belfort", 90000, 46}, {"Évreux", 27000, 47},
    {"Carcassonne", 11000, 46}, {"Saint-Malo", 35400, 46}, {"Blois", 41000, 46}, {"Bastia", 20200, 35},
    {"Bastia", 20600, 12}, {"Châlons-en-Champagne", 51000, 44}, {"Saint-Brieuc", 22000, 44},
    {"Suresnes", 92150, 48}, {"Salon-de-Provence", 13300, 45}, {"Meudon", 92190, 40}, {"Puteaux", 92800, 44},
    {"Alfortville", 94140, 44}, {"Châteauroux", 36000, 43}, {"Sète", 34200, 44},
    {"Mantes-la-Jolie", 78200, 44}, {"Saint-Germain-en-Laye", 78100, 45}, {"Vaulx-en-Velin", 69120, 52},
    {"Caluire-et-Cuire", 69300, 43}, {"Bron", 69500, 42}, {"Istres", 13800, 43}, {"Valenciennes", 59300, 43},
    {"Chalon-sur-Saône", 71100, 45}, {"Thionville", 57100, 41}, {"Angoulême", 16000, 42},
    {"Tarbes", 65000, 42}, {"Castres", 81100, 42}, {"Boulogne-sur-Mer", 62200, 40}, {"Arras", 62000, 42},
    {"Bourg-en-Bresse", 1000, 41}, {"Wattrelos", 59150, 41}, {"Compiègne", 60200, 40}, {"Gap", 5000, 40},
    {"Melun", 77000, 41}, {"Rezé", 44400, 42}, {"Chartres", 28000, 39}, {"Gennevilliers", 92230, 48},
    {"Douai", 59500, 40}, {"Montélimar", 26200, 39}, {"Alès", 30100, 42}, {"Draguignan", 83300, 39},
    {"Colomiers", 31770, 39}, {"Anglet", 64600, 39}, {"Martigues", 13500, 48}, {"Aubagne", 13400, 47},
    {"Saint-Priest", 69800, 47}, {"Villejuif", 94800, 56}, {"Livry-Gargan", 93190, 45},
    {"Rosny-sous-Bois", 93110, 46}, {"Choisy-le-Roi", 94600, 46}, {"Talence", 33400, 44},
    {"Échirolles", 38130, 36}, {"Saint-Martin-d'Hères", 38400, 38}, {"Villefranche-sur-Saône", 69400, 36},
    {"Périgueux", 24000, 30}, {"Bergerac", 24100, 27}, {"Agen", 47000, 33}, {"Rodez", 12000, 24},
    {"Aurillac", 15000, 26}, {"Le Puy-en-Velay", 43000, 19}, {"Mende", 48000, 12}, {"Cahors", 46000, 20},
    {"Auch", 32000, 22}, {"Foix", 9000, 10}, {"Pamiers", 9100, 16}, {"Mont-de-Marsan", 40000, 30},
    {"Dax", 40100, 21}, {"Biarritz", 64200, 25}, {"Libourne", 33500, 24}, {"Arcachon", 33120, 11},
    {"Royan", 17200, 18}, {"Saintes", 17100, 25}, {"Rochefort", 17300, 24}, {"Cognac", 16100, 19},
    {"Châtellerault", 86100, 31}, {"Bressuire", 79300, 20}, {"Les Herbiers", 85500, 16},
    {"Saumur", 49400, 27}, {"Alençon", 61000, 26}, {"Flers", 61100, 15}, {"Cherbourg-en-Cotentin", 50100, 78},
    {"Saint-Lô", 50000, 19}, {"Lisieux", 14100, 20}, {"Bayeux", 14400, 13}, {"Dieppe", 76200, 29},
    {"Sotteville-lès-Rouen", 76300, 29}, {"Vernon", 27200, 24}, {"Abbeville", 80100, 23}, {"Laon", 2000, 24},
    {"Soissons", 2200, 28}, {"Creil", 60100, 36}, {"Lens", 62300, 32}, {"Liévin", 62800, 30},
    {"Béthune", 62400, 25}, {"Saint-Omer", 62500, 15}, {"Maubeuge", 59600, 29}, {"Cambrai", 59400, 32},
    {"Armentières", 59280, 25}, {"Marcq-en-Baroeul", 59700, 38}, {"Hazebrouck", 59190, 21},
    {"Sedan", 8200, 16}, {"Épernay", 51200, 22}, {"Chaumont", 52000, 21}, {"Saint-Dizier", 52100, 23},
    {"Bar-le-Duc", 55000, 14}, {"Verdun", 55100, 16}, {"Épinal", 88000, 32},
    {"Saint-Dié-des-Vosges", 88100, 19}, {"Lunéville", 54300, 18}, {"Forbach", 57600, 21},
    {"Sarreguemines", 57200, 20}, {"Haguenau", 67500, 35}, {"Schiltigheim", 67300, 34},
    {"Sélestat", 67600, 19}, {"Saint-Louis", 68300, 22}, {"Montbéliard", 25200, 25},
    {"Pontarlier", 25300, 17}, {"Vesoul", 70000, 15}, {"Lons-le-Saunier", 39000, 17}, {"Dole", 39100, 23},
    {"Mâcon", 71000, 34}, {"Le Creusot", 71200, 21}, {"Nevers", 58000, 32}, {"Auxerre", 89000, 34},
    {"Sens", 89100, 27}, {"Montluçon", 3100, 34}, {"Vichy", 3200, 25}, {"Moulins", 3000, 19},
    {"Roanne", 42300, 34}, {"Saint-Chamond", 42400, 35}, {"Vienne", 38200, 30}, {"Voiron", 38500, 20},
    {"Bourgoin-Jallieu", 38300, 29}, {"Annemasse", 74100, 37}, {"Thonon-les-Bains", 74200, 36},
    {"Aix-les-Bains", 73100, 31}, {"Albertville", 73200, 20}, {"Annonay", 7100, 16}, {"Aubenas", 7200, 12},
    {"Privas", 7000, 8}, {"Romans-sur-Isère", 26100, 33}, {"Orange", 84100, 29}, {"Carpentras", 84200, 29},
    {"Cavaillon", 84300, 26}, {"Digne-les-Bains", 4000, 16}, {"Manosque", 4100, 22}, {"Briançon", 5100, 11},
    {"Menton", 6500, 30}, {"Cagnes-sur-Mer", 6800, 52}, {"Le Cannet", 6110, 42},
    {"Six-Fours-les-Plages", 83140, 35}, {"Saint-Raphaël", 83700, 36}, {"Marignane", 13700, 33},
    {"La Ciotat", 13600, 36}, {"Vitrolles", 13127, 34}, {"Gardanne", 13120, 21}, {"Lunel", 34400, 26},
    {"Agde", 34300, 29}, {"Millau", 12100, 22}, {"Tulle", 19000, 15}, {"Guéret", 23000, 13},
    {"Issoudun", 36100, 12}, {"Vierzon", 18100, 25}, {"Dreux", 28100, 31}, {"Vendôme", 41100, 17},
    {"Romorantin-Lanthenay", 41200, 18}, {"Joué-lès-Tours", 37300, 38}, {"Montargis", 45200, 15},
    {"Pithiviers", 45300, 9}, {"Fontainebleau", 77300, 15}, {"Pontault-Combault", 77340, 38},
    {"Savigny-sur-Orge", 91600, 37}, {"Palaiseau", 91120, 36}, {"Athis-Mons", 91200, 34},
    {"Viry-Châtillon", 91170, 31}, {"Yerres", 91330, 29}, {"Étampes", 91150, 25}, {"Poissy", 78300, 38},
    {"Conflans-Sainte-Honorine", 78700, 36}, {"Plaisir", 78370, 31}, {"Rambouillet", 78120, 27},
    {"Trappes", 78190, 33}, {"Garges-lès-Gonesse", 95140, 43}, {"Franconville", 95130, 37},
    {"Pontoise", 95300, 31}, {"Goussainville", 95190, 31}, {"Bezons", 95870, 31}, {"Taverny", 95150, 27},
    {"Bagneux", 92220, 41}, {"Châtillon", 92320, 37}, {"Malakoff", 92240, 31}, {"Thiais", 94320, 30},
    {"Villiers-sur-Marne", 94350, 28}, {"Gagny", 93220, 40}, {"Stains", 93240, 38},
    {"Tremblay-en-France", 93290, 36}, {"Neuilly-sur-Marne", 93330, 35}, {"Sevran", 93270, 51},
    {"Villepinte", 93420, 37}, {"Fougères", 35300, 20}, {"Vitré", 35500, 18}, {"Lannion", 22300, 20},
    {"Dinan", 22100, 14}, {"Morlaix", 29600, 15}, {"Concarneau", 29900, 19}, {"Pontivy", 56300, 15},
    {"Lanester", 56600, 22}, {"Orvault", 44700, 27}, {"Vertou", 44120, 25},
    {"Les Sables-d'Olonne", 85100, 45}, {"Challans", 85300, 21}, {"Fontenay-le-Comte", 85200, 13},
    {"Sablé-sur-Sarthe", 72300, 12}, {"Mayenne", 53100, 13}, {"Tournefeuille", 31170, 28},
    {"Muret", 31600, 25}, {"Blagnac", 31700, 25}, {"Gaillac", 81600, 15}, {"Castelnaudary", 11400, 12},
    {"Limoux", 11300, 10}, {"Villeneuve-sur-Lot", 47300, 22}, {"Marmande", 47200, 17}, {"Lourdes", 65100, 13},
    {"Orthez", 64300, 10}, {"Le Bouscat", 33110, 24}, {"Gradignan", 33170, 26}, {"Saint-Benoît", 97470, 37},
    {"Les Abymes", 97139, 53}, {"Baie-Mahault", 97122, 31}, {"Le Lamentin", 97232, 40},
    {"Saint-Laurent-du-Maroni", 97320, 48}, {"Kourou", 97310, 25}, {"Saint-André", 97440, 56},
    {"Saint-Louis", 97450, 53},
};
/* clang-format on */
const uint32_t rv_communes_count = sizeof rv_communes / sizeof *rv_communes;

/* Names of small communes: a saint or a root, and often what tells it from its namesakes. */
/* clang-format off */
static const char *const saints[40] = {
    "Saint-Martin",  "Saint-Jean",    "Saint-Pierre",  "Saint-Germain", "Saint-Laurent", "Saint-Georges",
    "Saint-Hilaire", "Saint-Julien",  "Saint-Michel",  "Saint-Aubin",   "Saint-Sauveur", "Saint-Léger",
    "Saint-Maurice", "Saint-Paul",    "Saint-Étienne", "Saint-Vincent", "Saint-Rémy",    "Saint-Christophe",
    "Saint-Denis",   "Saint-Cyr",     "Saint-Marcel",  "Saint-Loup",    "Saint-Gervais", "Saint-Médard",
    "Saint-Symphorien", "Saint-Ouen", "Saint-Romain",  "Saint-Bonnet",  "Saint-Genest",  "Saint-Priest",
    "Sainte-Marie",  "Sainte-Colombe", "Sainte-Croix", "Sainte-Foy",    "Sainte-Hélène", "Sainte-Anne",
    "Notre-Dame",    "Villeneuve",    "Châteauneuf",   "Beaumont"};
/* clang-format on */
/* clang-format off */
static const char *const complements[48] = {
    "sur-Loire",    "sur-Seine",   "sur-Saône",    "sur-Vienne",  "sur-Sarthe",  "sur-Mayenne", "sur-Orne",  "sur-Isle",
    "sur-Vilaine",  "sur-Allier",  "sur-Cher",     "sur-Indre",   "sur-Creuse",  "sur-Lot",     "sur-Tarn",  "sur-Garonne",
    "sur-Aisne",    "sur-Oise",    "sur-Somme",    "sur-Meuse",   "sur-Moselle", "sur-Drôme",   "sur-Rhône", "sur-Mer",
    "en-Bray",      "en-Forez",    "en-Royans",    "en-Velay",    "en-Bresse",   "en-Morvan",   "en-Caux",   "en-Auge",
    "des-Bois",     "des-Champs",  "des-Prés",     "des-Landes",  "de-la-Plaine", "de-Fougeray", "du-Bois",  "du-Perche",
    "la-Forêt",     "la-Rivière",  "le-Vieux",     "le-Château",  "les-Bains",   "l'Abbaye",    "sous-Bois", "d'Aunis"};
/* clang-format on */
static const char *const roots[48] = {
    "Aubi",   "Auri",  "Bari",   "Bazo",   "Belle", "Bonne", "Bour",  "Brassa", "Brou",     "Cama",   "Canta", "Chali",
    "Chante", "Cour",  "Coule",  "Cressi", "Dampi", "Doma",  "Éper",  "Flavi",  "Florensa", "Fontai", "Gama",  "Germi",
    "Gran",   "Haute", "Jonqui", "Juvi",   "Lanta", "Lavi",  "Luchi", "Magna",  "Marci",    "Massi",  "Méri",  "Monta",
    "Nanti",  "Orli",  "Pari",   "Plou",   "Poui",  "Queva", "Roque", "Savi",   "Sermai",   "Tauri",  "Vali",  "Verni"};
static const char *const endings[24] = {"gny",    "lles", "court", "ville",   "gnac", "ac",      "mont", "bourg",
                                        "zan",    "nay",  "reux",  "llières", "sson", "lhac",    "guen", "gneux",
                                        "mesnil", "becq", "vron",  "sange",   "dan",  "ssières", "gnan", "val"};

/* clang-format off */
static const struct {
    const char *full, *brief;
    double weight;
} street_types[] = {{"rue", "r", 62},        {"avenue", "av", 11},    {"chemin", "che", 6},     {"place", "pl", 4},
                    {"boulevard", "bd", 5},  {"impasse", "imp", 5},   {"allée", "all", 5},      {"route", "rte", 6},
                    {"square", "sq", 1},     {"résidence", "res", 2}, {"cours", "crs", 1},      {"quai", "qu", 1},
                    {"lotissement", "lot", 1.5}, {"faubourg", "fg", 0.5}, {"hameau", "ham", 1}, {"sentier", "sen", 0.5}};
/* clang-format on */
enum { STREET_TYPES = sizeof street_types / sizeof *street_types };

/* The commonest first: a draw is the smaller of two, so that the front of the list is met most often. */
/* clang-format off */
static const char *const streets[] = {
    "de l'Église", "de la Mairie", "du Moulin", "des Écoles", "de la Gare", "Victor Hugo", "du Général de Gaulle",
    "Jean Jaurès", "de la République", "des Lilas", "Pasteur", "de la Fontaine", "du Stade", "des Acacias",
    "des Jardins", "Jean Moulin", "de la Libération", "du Château", "Jules Ferry", "des Rosiers", "du Lavoir",
    "de Verdun", "de la Paix", "Gambetta", "Principale", "du 8 Mai 1945", "du 11 Novembre", "des Tilleuls",
    "Émile Zola", "du Maréchal Foch", "de la Forge", "des Vignes", "Pierre Curie", "Anatole France", "des Peupliers",
    "Saint-Martin", "Saint-Jean", "Jean Mermoz", "des Cerisiers", "Voltaire", "Aristide Briand", "du Maréchal Leclerc",
    "de Paris", "du Pont", "des Érables", "Henri Barbusse", "Marcel Pagnol", "Jacques Prévert", "des Chênes",
    "Louis Pasteur", "de la Poste", "du Bois", "Georges Clemenceau", "Paul Bert", "du Centre", "Molière",
    "de Lattre de Tassigny", "du Professeur Calmette", "des Mésanges", "Albert Camus", "Raspail", "Carnot",
    "Maréchal Joffre", "du Docteur Roux", "Antoine de Saint-Exupéry", "des Primevères", "du Commerce", "Thiers",
    "des Fleurs", "du Port", "Lamartine", "Paul Éluard", "Ampère", "Denis Papin", "Édouard Herriot", "Saint-Pierre",
    "des Bleuets", "Georges Brassens", "des Hirondelles", "de Bretagne", "de Normandie", "de Provence", "Salvador Allende",
    "du Puits", "des Marronniers", "Hector Berlioz", "Claude Debussy", "Maurice Ravel", "des Pins", "du Verger",
    "de la Croix", "des Carrières", "du Four", "de la Vallée", "du Président Wilson", "du Président Kennedy",
    "Alphonse Daudet", "Guy de Maupassant", "Honoré de Balzac", "Charles Baudelaire", "Arthur Rimbaud", "Paul Verlaine",
    "des Noisetiers", "des Platanes", "Saint-Michel", "Saint-Nicolas", "Sainte-Anne", "Notre-Dame", "des Remparts",
    "de la Liberté", "de l'Égalité", "de la Fraternité", "du Faubourg", "Neuve", "Haute", "Basse", "Grande",
    "du Capitaine Fracasse", "du Commandant Cousteau", "du Colonel Fabien", "Léon Blum", "Pierre Mendès France",
    "François Mitterrand", "Nelson Mandela", "Rosa Parks", "Simone Veil", "Olympe de Gouges", "Marie Curie",
    "des Coquelicots", "des Genêts", "des Ajoncs", "des Bruyères", "des Châtaigniers", "de la Garenne", "du Clos",
    "de la Grange", "des Prés", "du Vieux Moulin", "des Sources", "de l'Étang", "de la Plage", "de l'Océan",
    "de la Mer", "du Phare", "des Dunes", "du Mont Blanc", "des Alpes", "des Pyrénées", "du Midi", "du Languedoc",
    "d'Alsace", "de Lorraine", "de Strasbourg", "de Lyon", "de Bordeaux", "de Toulouse", "de Nantes", "de Rennes",
    "d'Italie", "d'Espagne", "de l'Europe", "des États-Unis", "du Canada", "Roger Salengro", "Marcel Cachin",
    "Gabriel Péri", "Pierre Brossolette", "Guy Môquet", "Danielle Casanova", "Jean-Jacques Rousseau", "Diderot",
    "Montesquieu", "Descartes", "Blaise Pascal", "Copernic", "Galilée", "Ambroise Paré", "Claude Bernard", "Buffon",
    "Lavoisier", "Gay-Lussac", "Parmentier", "de la Tour", "de la Chapelle", "de l'Abbaye", "du Prieuré", "des Moines",
    "des Capucins", "du Couvent", "de l'Hôpital", "du Cimetière", "de la Caserne", "du Champ de Foire", "du Marché",
    "de la Halle", "des Tanneurs", "des Tisserands", "des Forgerons", "du Four à Chaux", "de la Tuilerie",
    "de la Briqueterie", "de l'Usine", "de l'Industrie", "du Progrès", "de l'Avenir", "des Cigales",
    "du Soleil", "du Levant", "du Couchant", "Bellevue", "Beau Soleil", "Beau Séjour", "Mon Repos"};
/* clang-format on */
enum { STREETS = sizeof streets / sizeof *streets };

static const char *const extras[] = {"",
                                     "Bâtiment ",
                                     "Bât. ",
                                     "Appartement ",
                                     "Appt ",
                                     "Résidence les Ormes, appt ",
                                     "Escalier ",
                                     "BP ",
                                     "Lieu-dit Bel Air, lot "};
enum { EXTRAS = sizeof extras / sizeof *extras };

rv_status rv_places_new(rv_places *out, rv_error *err) {
    double weights[1024];
    rv_places places = {0};
    for (uint32_t i = 0; i < rv_communes_count; i++) weights[i] = rv_communes[i].population;
    rv_status status = rv_alias_new(weights, rv_communes_count, &places.communes, err);
    for (int i = 0; i < STREET_TYPES; i++) weights[i] = street_types[i].weight;
    if (status == RV_OK) status = rv_alias_new(weights, STREET_TYPES, &places.types, err);
    if (status != RV_OK) {
        rv_places_reset(&places);
        return status;
    }
    *out = places;
    return RV_OK;
}

void rv_places_reset(rv_places *places) {
    rv_alias_free(&places->communes);
    rv_alias_free(&places->types);
}

/* A small commune lies in a department of the mainland, Corsica apart (its postcodes begin otherwise). */
static uint32_t small_postcode(uint32_t commune) {
    uint64_t word = rv_dice_mix(commune + UINT64_C(0x5eed0f9ace5));
    uint32_t department = 1 + (uint32_t)(word % 95);
    if (department == 20 || department == 75) department = 59;
    return department * 1000 + 110 + (uint32_t)(word >> 32) % 80 * 10;
}

void rv_synth_address_make(const rv_places *places, uint64_t commune_word, uint64_t street_word,
                           rv_synth_address *out) {
    rv_dice where = {commune_word}, door = {street_word};
    rv_synth_address address = {.urban = rv_dice_chance(&where, 0.5)};
    if (address.urban) {
        address.commune = rv_alias_pick(&places->communes, rv_dice_next(&where));
        address.postcode = rv_communes[address.commune].postcode;
    } else { /* the square of a uniform: some villages are towns */
        uint64_t u = rv_dice_next(&where) >> 32;
        uint32_t small = (uint32_t)(u * u >> 32) / (UINT32_MAX / RV_SMALL_COMMUNES + 1);
        address.commune = rv_communes_count + small;
        address.postcode = small_postcode(small);
    }
    address.type = (uint8_t)rv_alias_pick(&places->types, rv_dice_next(&door));
    uint32_t a = rv_dice_below(&door, STREETS), b = rv_dice_below(&door, STREETS);
    address.street = (uint16_t)(a < b ? a : b);
    uint64_t word = rv_dice_next(&door);
    uint32_t most = (word & 7) == 0 ? 250 : (word & 7) < 4 ? 80 : 30;
    if (address.urban || (word >> 8 & 15) != 0) address.number = (uint16_t)(1 + (word >> 16) % most);
    if (address.number && (word >> 40 & 31) == 0) address.repeat = (uint8_t)(1 + (word >> 45 & 1));
    if ((word >> 48 & 255) < (address.urban ? 92u : 18u)) {
        address.extra = (uint8_t)(1 + (word >> 56) % (EXTRAS - 1));
        address.extra_number = (uint8_t)(1 + rv_dice_below(&door, 60));
    }
    *out = address;
}

char *rv_synth_address_write_type(const rv_synth_address *address, bool abbreviated, char *to) {
    return stpcpy(to, abbreviated ? street_types[address->type].brief : street_types[address->type].full);
}

char *rv_synth_address_write_street(const rv_synth_address *address, char *to) {
    return stpcpy(to, streets[address->street]);
}

char *rv_synth_address_write_number(const rv_synth_address *address, char *to) {
    if (address->number == 0) return to;
    to = rv_synth_number(to, address->number, 0);
    return address->repeat ? stpcpy(to, address->repeat == 1 ? " bis" : " ter") : to;
}

char *rv_synth_address_write_extra(const rv_synth_address *address, char *to) {
    if (address->extra == 0) return to;
    return rv_synth_number(stpcpy(to, extras[address->extra]), address->extra_number, 0);
}

char *rv_synth_address_write_city(const rv_synth_address *address, char *to) {
    if (address->commune < rv_communes_count) return stpcpy(to, rv_communes[address->commune].name);
    uint64_t word = rv_dice_mix(address->commune - rv_communes_count + UINT64_C(0x7e11a9e));
    if ((word & 3) == 0) {
        to = stpcpy(to, saints[(word >> 8) % 40]);
        *to++ = '-';
        return stpcpy(to, complements[(word >> 24) % 48]);
    }
    to = stpcpy(to, roots[(word >> 8) % 48]);
    to = stpcpy(to, endings[(word >> 24) % 24]);
    if ((word & 3) == 1) {
        *to++ = '-';
        to = stpcpy(to, complements[(word >> 40) % 48]);
    }
    return to;
}
