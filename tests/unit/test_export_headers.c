/* The header rows of the exports that brands send: every column gets the role it has, and no other one. */
#include "role.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 128 };

typedef struct header_set {
    char *title;
    rv_text names[MOST];
    const char *roles[MOST];
    uint32_t n;
} header_set;

static void check(const header_set *set) {
    rv_table_options options = {.path = "x.csv"};
    rv_table_roles roles;
    cr_assert_eq(rv_table_roles_find(&options, set->names, set->n, &roles, NULL), RV_OK, "%s", set->title);
    for (uint32_t i = 0; i < set->n; i++) {
        const char *found = roles.roles[i] == RV_ROLE_NONE ? "-" : rv_role_name(roles.roles[i]);
        cr_expect_str_eq(found, set->roles[i], "%s: '%.*s' is taken for '%s', not '%s'", set->title,
                         (int)set->names[i].len, set->names[i].ptr, found, set->roles[i]);
    }
    rv_table_roles_reset(&roles);
}

Test(export_headers, get_all_their_roles) {
    size_t size, sets = 0;
    char *text = scratch_read(TEST_DATA "/cases/export_headers.txt", &size);
    cr_assert(text);
    header_set set = {0};
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        if (strncmp(line, "== ", 3) == 0) {
            if (set.n) check(&set);
            set = (header_set){.title = line + 3};
            sets++;
            continue;
        }
        char *equals = strstr(line, " = ");
        if (line[0] == '#' || !equals) continue;
        cr_assert_lt(set.n, MOST);
        *equals = 0;
        set.names[set.n] = rv_text_of(line);
        set.roles[set.n++] = equals + 3;
    }
    check(&set);
    cr_expect_geq(sets, 30);
    free(text);
}

static rv_role guess(const char *header) { return rv_role_guess(rv_text_of(header)); }

Test(role_guess, has_no_false_friends) {
    static const char *const friends[] = {
        "Nom de la boutique", "Nombre",
        "Email Domain",       "Ville de naissance",
        "Nom du compte",      "Company Name",
        "Nom du magasin",     "Address ID",
        "Shipping date",      "Date de livraison",
        "Adresse IP",         "Email envoyé",
        "Mail ouvert",        "Prénom du conjoint",
        "Nom de jeune fille", "Lieu de naissance",
        "Code promo",         "Code produit",
        "Numéro de boutique", "Date d'inscription",
        "Date de création",   "Nom du produit",
        "Tel conseiller",     "Département d'achat",
        "Titre du film",      "Name of the shop",
        "Billing company",    "Nom d'usager",
        "username",           "Nom du fichier",
    };
    for (size_t i = 0; i < sizeof friends / sizeof *friends; i++)
        cr_expect_eq(guess(friends[i]), RV_ROLE_NONE, "'%s' is taken for '%s'", friends[i],
                     rv_role_name(guess(friends[i])));
}

Test(role_guess, sees_what_says_nothing_and_what_is_a_stranger) {
    static const char *const nameless[] = {"", " ", "c1", "Column 12", "Colonne3", "Champ 4", "Unnamed: 0", "F7", "12"};
    for (size_t i = 0; i < sizeof nameless / sizeof *nameless; i++)
        cr_expect(rv_header_read(rv_text_of(nameless[i])).nameless, "'%s'", nameless[i]);
    cr_expect_not(rv_header_read(rv_text_of("contact")).nameless);
    static const char *const strangers[] = {"Contact owner", "Email du conseiller", "Ville du magasin",
                                            "password_hash", "StoreCity",           "Date d'inscription"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        cr_expect(rv_header_read(rv_text_of(strangers[i])).strange, "'%s'", strangers[i]);
    cr_expect_not(rv_header_read(rv_text_of("joindre au")).strange);
}
