/* See synth_attributes.h. */
#include "synth_attributes.h"

#include "synth_errors.h"

#include <math.h>
#include <string.h>

/* name, kind, values, words, loads, noise, fall, missing, sources, sensitive */
/* clang-format off */
const rv_synth_attribute rv_synth_attributes[RV_SYNTH_ATTRIBUTES] = {
    /* Affluence: income, housing, cars. */
    {"revenu_foyer", RV_KIND_LEVELS, 10, NULL, {{RV_AFFLUENCE, 85}}, 40, 100, 12, 0x19, false},
    {"csp", RV_KIND_WORDS, 8, "inactif ouvrier employe artisan retraite intermediaire cadre liberal",
     {{RV_AFFLUENCE, 70}}, 70, 95, 10, 0x0c, false},
    {"proprietaire", RV_KIND_FLAG, 2, NULL, {{RV_AFFLUENCE, 55}, {RV_AGE, 40}}, 60, 140, 8, 0x0c, false},
    {"type_habitat", RV_KIND_WORDS, 5, "appartement studio maison pavillon ferme",
     {{RV_URBAN, -60}, {RV_FAMILY, 30}}, 60, 80, 10, 0x1c, false},
    {"surface_logement", RV_KIND_LEVELS, 8, NULL,
     {{RV_AFFLUENCE, 50}, {RV_FAMILY, 45}}, 60, 90, 18, 0x08, false},
    {"valeur_logement", RV_KIND_LEVELS, 12, NULL,
     {{RV_AFFLUENCE, 70}, {RV_URBAN, 35}}, 50, 92, 20, 0x0c, false},
    {"gamme_vehicule", RV_KIND_LEVELS, 6, NULL, {{RV_AFFLUENCE, 70}}, 60, 80, 15, 0x08, false},
    {"nombre_vehicules", RV_KIND_LEVELS, 4, NULL, {{RV_FAMILY, 40}, {RV_URBAN, -50}}, 60, 60, 10, 0x18, false},
    {"epargne", RV_KIND_LEVELS, 7, NULL, {{RV_AFFLUENCE, 60}, {RV_AGE, 40}}, 60, 85, 25, 0x08, false},
    {"credit_immobilier", RV_KIND_FLAG, 2, NULL,
     {{RV_FAMILY, 45}, {RV_AFFLUENCE, 25}}, 75, 60, 15, 0x08, false},
    {"carte_premium", RV_KIND_FLAG, 2, NULL, {{RV_AFFLUENCE, 75}}, 55, 25, 12, 0x09, false},
    {"voyages_lointains", RV_KIND_LEVELS, 5, NULL,
     {{RV_AFFLUENCE, 60}, {RV_LEISURE, 40}}, 60, 55, 20, 0x14, false},
    /* Digital life. */
    {"achats_en_ligne", RV_KIND_LEVELS, 9, NULL,
     {{RV_DIGITAL, 80}, {RV_AFFINITY, 25}}, 45, 90, 10, 0x13, false},
    {"frequence_web", RV_KIND_LEVELS, 7, NULL, {{RV_DIGITAL, 85}}, 45, 95, 12, 0x12, false},
    {"appareil", RV_KIND_WORDS, 5, "aucun ordinateur tablette mobile mobile_seul",
     {{RV_DIGITAL, 75}}, 55, 110, 10, 0x12, false},
    {"reseaux_sociaux", RV_KIND_LEVELS, 6, NULL, {{RV_DIGITAL, 60}, {RV_AGE, -40}}, 55, 95, 20, 0x12, false},
    {"streaming", RV_KIND_WORDS, 4, "jamais parfois souvent chaque_jour",
     {{RV_DIGITAL, 60}, {RV_AGE, -30}}, 60, 90, 18, 0x12, false},
    {"ouverture_newsletters", RV_KIND_LEVELS, 8, NULL,
     {{RV_DIGITAL, 45}, {RV_AFFINITY, 55}}, 55, 90, 10, 0x03, false},
    {"clics_newsletters", RV_KIND_LEVELS, 8, NULL,
     {{RV_DIGITAL, 40}, {RV_AFFINITY, 60}}, 55, 75, 12, 0x12, false},
    {"application_mobile", RV_KIND_FLAG, 2, NULL,
     {{RV_DIGITAL, 60}, {RV_AFFINITY, 35}}, 55, 55, 10, 0x03, false},
    {"paiement_mobile", RV_KIND_FLAG, 2, NULL, {{RV_DIGITAL, 70}, {RV_AGE, -25}}, 60, 45, 14, 0x12, false},
    {"fibre", RV_KIND_FLAG, 2, NULL, {{RV_URBAN, 45}, {RV_DIGITAL, 40}}, 70, 120, 12, 0x14, false},
    {"jeux_video", RV_KIND_LEVELS, 5, NULL, {{RV_AGE, -50}, {RV_DIGITAL, 35}}, 65, 65, 15, 0x10, false},
    {"avis_laisses", RV_KIND_LEVELS, 5, NULL, {{RV_DIGITAL, 55}, {RV_LEISURE, 20}}, 70, 50, 20, 0x12, false},
    /* Family and home. */
    {"enfants_foyer", RV_KIND_LEVELS, 5, NULL, {{RV_FAMILY, 85}}, 40, 70, 8, 0x1d, false},
    {"age_enfants", RV_KIND_WORDS, 5, "sans 0-3 4-10 11-17 18plus",
     {{RV_FAMILY, 70}, {RV_AGE, 25}}, 55, 85, 12, 0x11, false},
    {"situation", RV_KIND_WORDS, 4, "seul couple marie parent", {{RV_FAMILY, 75}}, 55, 100, 10, 0x0c, false},
    {"taille_foyer", RV_KIND_LEVELS, 6, NULL, {{RV_FAMILY, 90}}, 30, 80, 8, 0x19, false},
    {"animaux", RV_KIND_WORDS, 4, "aucun chat chien plusieurs",
     {{RV_FAMILY, 25}, {RV_URBAN, -35}}, 85, 65, 15, 0x11, false},
    {"achats_jouets", RV_KIND_LEVELS, 6, NULL, {{RV_FAMILY, 65}, {RV_AFFINITY, 20}}, 60, 65, 15, 0x03, false},
    {"courses_drive", RV_KIND_LEVELS, 6, NULL, {{RV_FAMILY, 45}, {RV_DIGITAL, 45}}, 60, 70, 15, 0x03, false},
    {"jardin", RV_KIND_FLAG, 2, NULL, {{RV_URBAN, -65}, {RV_AFFLUENCE, 20}}, 60, 130, 10, 0x0c, false},
    {"bricolage", RV_KIND_LEVELS, 6, NULL, {{RV_URBAN, -35}, {RV_LEISURE, 35}}, 70, 85, 18, 0x05, false},
    /* Leisure. */
    {"sport", RV_KIND_LEVELS, 7, NULL, {{RV_LEISURE, 60}, {RV_AGE, -35}}, 60, 90, 15, 0x14, false},
    {"culture", RV_KIND_LEVELS, 7, NULL, {{RV_LEISURE, 60}, {RV_URBAN, 30}}, 60, 85, 15, 0x14, false},
    {"lecture", RV_KIND_LEVELS, 6, NULL, {{RV_LEISURE, 45}, {RV_AGE, 35}}, 65, 90, 12, 0x14, false},
    {"genre_musical", RV_KIND_WORDS, 6, "variete rock classique jazz electro rap",
     {{RV_AGE, -60}}, 75, 95, 20, 0x14, false},
    {"restaurant", RV_KIND_LEVELS, 6, NULL, {{RV_AFFLUENCE, 40}, {RV_LEISURE, 55}}, 60, 90, 15, 0x12, false},
    {"cinema", RV_KIND_LEVELS, 6, NULL, {{RV_LEISURE, 50}, {RV_DIGITAL, 25}}, 65, 85, 18, 0x14, false},
    {"abonnement_presse", RV_KIND_WORDS, 8, "aucun actualite televisuel feminin economie sport nature maison",
     {{RV_LEISURE, 40}}, 85, 80, 8, 0x04, false},
    {"loisirs_creatifs", RV_KIND_LEVELS, 5, NULL,
     {{RV_LEISURE, 40}, {RV_AFFINITY, 35}}, 70, 70, 20, 0x11, false},
    {"jeux_argent", RV_KIND_FLAG, 2, NULL, {{RV_AGE, 20}}, 95, 35, 15, 0x10, false},
    /* Affinity with what the brand sells. */
    {"achats_beaute", RV_KIND_LEVELS, 10, NULL, {{RV_AFFINITY, 80}}, 45, 85, 10, 0x13, false},
    {"achats_mode", RV_KIND_LEVELS, 10, NULL, {{RV_AFFINITY, 75}, {RV_DIGITAL, 20}}, 50, 90, 10, 0x03, false},
    {"parfum", RV_KIND_LEVELS, 6, NULL, {{RV_AFFINITY, 65}, {RV_AFFLUENCE, 35}}, 55, 80, 15, 0x03, false},
    {"soins", RV_KIND_LEVELS, 6, NULL, {{RV_AFFINITY, 70}, {RV_AGE, 20}}, 55, 85, 15, 0x11, false},
    {"maquillage", RV_KIND_WORDS, 4, "jamais occasionnel regulier quotidien",
     {{RV_AFFINITY, 75}}, 50, 85, 12, 0x13, false},
    {"budget_mode", RV_KIND_LEVELS, 9, NULL, {{RV_AFFINITY, 55}, {RV_AFFLUENCE, 50}}, 50, 90, 15, 0x03, false},
    {"soldes", RV_KIND_WORDS, 4, "jamais parfois souvent toujours",
     {{RV_AFFINITY, 45}, {RV_AFFLUENCE, -35}}, 65, 95, 15, 0x03, false},
    {"marques_premium", RV_KIND_LEVELS, 6, NULL,
     {{RV_AFFINITY, 45}, {RV_AFFLUENCE, 60}}, 50, 75, 15, 0x12, false},
    {"bio_naturel", RV_KIND_LEVELS, 6, NULL, {{RV_AFFINITY, 35}, {RV_LEISURE, 35}}, 65, 80, 15, 0x05, false},
    {"frequence_achat", RV_KIND_LEVELS, 9, NULL,
     {{RV_AFFINITY, 55}, {RV_DIGITAL, 25}, {RV_LEISURE, 20}}, 50, 90, 10, 0x03, false},
    /* Where they live; and what is common and tells nothing. */
    {"zone", RV_KIND_WORDS, 5, "rural periurbain ville grande_ville metropole",
     {{RV_URBAN, 85}}, 40, 90, 6, 0x0d, false},
    {"distance_magasin", RV_KIND_LEVELS, 8, NULL, {{RV_URBAN, -70}}, 55, 90, 12, 0x03, false},
    {"operateur", RV_KIND_WORDS, 5, "orange free sfr bouygues autre", {{0, 0}}, 100, 70, 10, 0x18, false},
    {"energie", RV_KIND_WORDS, 5, "electricite gaz fioul bois pompe", {{0, 0}}, 100, 55, 12, 0x0c, false},
    {"canal_collecte", RV_KIND_WORDS, 4, "magasin web courrier telephone", {{0, 0}}, 100, 45, 3, 0x07, false},
    {"optin_courrier", RV_KIND_FLAG, 2, NULL, {{0, 0}}, 100, 9, 2, 0x1f, false},
    {"langue_autre", RV_KIND_FLAG, 2, NULL, {{0, 0}}, 100, 4, 5, 0x12, false},
    {"tri_selectif", RV_KIND_FLAG, 2, NULL, {{0, 0}}, 100, 220, 20, 0x14, false},
    {"banque", RV_KIND_WORDS, 4, "mutualiste nationale en_ligne postale", {{0, 0}}, 100, 60, 15, 0x08, false},
    {"vague_collecte", RV_KIND_LEVELS, 12, NULL, {{0, 0}}, 100, 97, 4, 0x15, false},
    {"depenses_sante", RV_KIND_LEVELS, 6, NULL, {{RV_AGE, 60}, {RV_AFFLUENCE, 30}}, 60, 85, 12, 0x08, true},
    {"signe_zodiaque", RV_KIND_WORDS, 12,
     "belier taureau gemeaux cancer lion vierge balance scorpion sagittaire capricorne verseau poissons",
     {{0, 0}}, 100, 100, 15, 0x10, false},
};
/* clang-format on */

static void make_words(rv_attribute_plan *plan, unsigned a) {
    const rv_synth_attribute *attribute = &rv_synth_attributes[a];
    const char *at = attribute->words;
    for (unsigned v = 0; v < attribute->values; v++) {
        char *to = plan->words[a][v].text;
        if (attribute->kind == RV_KIND_WORDS) {
            size_t n = strcspn(at, " ");
            memcpy(to, at, n);
            to += n;
            at += n + (at[n] == ' ');
        } else to = rv_synth_number(to, attribute->kind == RV_KIND_LEVELS ? v + 1 : v, 0);
        plan->words[a][v].len = (uint8_t)(to - plan->words[a][v].text);
    }
}

/* Positions of the unit normal law are cut where the values' shares add up. */
static void make_cuts(rv_attribute_plan *plan, unsigned a) {
    const rv_synth_attribute *attribute = &rv_synth_attributes[a];
    double share[RV_SYNTH_VALUES], sum = 0;
    for (unsigned v = 0; v < attribute->values; v++) sum += share[v] = pow(attribute->fall / 100.0, v);
    for (unsigned i = 0; i < 256; i++) {
        double below = 0.5 * erfc(-((i + 0.5) / 32 - 4) * 0.70710678118654752);
        unsigned v = 0;
        double upto = share[0] / sum;
        while (v + 1u < attribute->values && below > upto) upto += share[++v] / sum;
        plan->value[a][i] = (uint8_t)v;
    }
}

void rv_attribute_plan_make(rv_attribute_plan *plan) {
    memset(plan, 0, sizeof *plan);
    for (unsigned a = 0; a < RV_SYNTH_ATTRIBUTES; a++) {
        const rv_synth_attribute *attribute = &rv_synth_attributes[a];
        double square = attribute->noise * attribute->noise;
        for (int i = 0; i < 3; i++) square += attribute->loads[i].percent * attribute->loads[i].percent;
        double scale = RV_LATENT_ONE / sqrt(square);
        for (int i = 0; i < 3; i++) {
            plan->latents[a][i] = (uint8_t)attribute->loads[i].latent;
            plan->weights[a][i] = (int16_t)lrint(attribute->loads[i].percent * scale);
        }
        plan->weights[a][3] = (int16_t)lrint(attribute->noise * scale);
        make_words(plan, a);
        make_cuts(plan, a);
    }
}

unsigned rv_synth_value(const rv_attribute_plan *plan, const rv_world *world, const rv_synth_person *person,
                        unsigned attribute) {
    /* One word of dice serves six attributes, ten bits of noise each. */
    uint64_t word = rv_dice_mix(person->attribute_dice + attribute / 6 * 0x9e3779b97f4a7c15u);
    int32_t x = plan->weights[attribute][3] * world->normal[word >> attribute % 6 * 10 & 1023];
    for (int i = 0; i < 3; i++) x += plan->weights[attribute][i] * person->latent[plan->latents[attribute][i]];
    x = (x >> 15) + 128; /* 1024 * 1024 is one deviation, 32 steps of the table */
    return plan->value[attribute][x < 0 ? 0 : x > 255 ? 255 : x];
}

char *rv_synth_value_write(const rv_attribute_plan *plan, const rv_world *world, const rv_synth_person *person,
                           unsigned attribute, uint64_t row_word, char *to) {
    const rv_synth_attribute *a = &rv_synth_attributes[attribute];
    if ((row_word & 0xff) * 100 < a->missing * 256u) return to;
    unsigned value = rv_synth_value(plan, world, person, attribute);
    if ((row_word >> 8 & 0xff) < 21) { /* one of twelve is off by one */
        if ((row_word >> 16 & 1) && value + 1u < a->values) value++;
        else if (value > 0) value--;
    }
    memcpy(to, plan->words[attribute][value].text, sizeof plan->words[attribute][value].text);
    return to + plan->words[attribute][value].len;
}
