/* Roles by what the values are: where headers are missing, say nothing, or lie. */
#include "role.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static rv_table_roles roles_of(const char *csv, rv_table **table) {
    static char path[256];
    snprintf(path, sizeof path, "%s", scratch_text("clients.csv", csv));
    rv_table_options options = {.path = path};
    rv_table_roles roles = {0};
    rv_error err = {0};
    cr_assert_eq(rv_table_open(path, NULL, table, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_table_roles_of(&options, *table, &roles, &err), RV_OK, "%s", err.message);
    return roles;
}

static void expect(const char *csv, const char *wanted) {
    rv_table *table;
    rv_table_roles roles = roles_of(csv, &table);
    char found[512] = "";
    for (uint32_t i = 0; i < roles.columns; i++) {
        const char *name = roles.roles[i] == RV_ROLE_NONE ? "-" : rv_role_name(roles.roles[i]);
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i ? " " : "", name);
        cr_expect(roles.roles[i] == RV_ROLE_NONE || roles.reasons[i].evidence[0], "%u of %s", i, csv);
        cr_expect(roles.reasons[i].confidence >= 0 && roles.reasons[i].confidence <= 1);
        cr_expect_not(strchr(roles.reasons[i].evidence, '@'), "no value is told: %s", roles.reasons[i].evidence);
    }
    cr_expect_str_eq(found, wanted, "'%s', not '%s', for\n%s", found, wanted, csv);
    rv_table_roles_reset(&roles);
    rv_table_close(table);
}

#define PEOPLE                                                                                                         \
    "C01;Mme;Hélène;DUPRÉ;helene.dupre@orange.fr;06 12 34 56 71;01000;BOURG EN BRESSE;12/03/1975\n"                 \
    "C02;M.;Bruno;LEFEBVRE;bruno@laposte.net;07 61 22 33 42;69003;Lyon;01/12/1961\n"                                   \
    "C03;M.;Thomas;PETITJEAN;thomas.pj@free.fr;06 98 76 54 13;33000;Bordeaux;23/07/1988\n"                             \
    "C04;Mme;Nathalie;ROUSSEL;n.roussel@gmail.com;06 11 22 33 44;44000;Nantes;30/06/1949\n"                            \
    "C05;Mme;Chloé;GAUTHIER;chloe.g@wanadoo.fr;07 81 82 83 85;31000;Toulouse;04/11/1993\n"                            \
    "C06;M.;Karim;BENSALEM;karim@hotmail.fr;06 20 30 40 56;59000;Lille;15/02/1970\n"

Test(role_content, stands_in_where_there_is_no_header) {
    expect(PEOPLE, "id civility first_name last_name email mobile postcode city birth_date");
    expect("c1;c2;Colonne3;Champ 4;;Unnamed: 5;F7;8;x\n" PEOPLE,
           "id civility first_name last_name email mobile postcode city birth_date");
}

Test(role_content, goes_before_a_lying_header) {
    expect("id,telephone,email\n1,a@free.fr,0612345678\n2,b@free.fr,0612345679\n3,c@free.fr,0612345670\n",
           "id email mobile");
    expect("nom,prenom,email\nThomas,DUBREUIL,a@free.fr\nHélène,KERVELLA,b@free.fr\nBruno,LEGOFFIC,c@free.fr\n"
           "Nathalie,QUEMENER,d@free.fr\nChloé,TANGUY,e@free.fr\nKarim,BENSALEM,f@free.fr\n",
           "first_name last_name email");
    expect("id,ville,joindre au\n1,Lyon,06 12 34 56 78\n2,Paris,06 12 34 56 79\n3,Nantes,07 12 34 56 70\n",
           "id city -");
    expect("id,ville,joindre au\n1,Lyon,06 12 34 56 78\n2,Paris,06 12 34 56 79\n3,Nantes,06 12 34 56 70\n",
           "id city mobile");
    expect("id,contact pref\n1,a@free.fr\n2,b@free.fr\n3,\n4,c@free.fr\n", "id email");
}

Test(role_content, believes_a_header_where_values_allow_it) {
    /* few values, broken ones, none at all */
    expect("id,email,tel\n1,,\n2,,\n3,,\n", "id email phone");
    expect("id,email,tel\n1,a@,1\n2,b@free.fr,0412345678\n3,b,0612345678\n", "id email phone");
    expect("nom,prenom\nMARTIN,Thomas\nBERNARD,Hélène\nTHOMAS,Bruno\nROBERT,Chloé\nRICHARD,Karim\nSIMON,Lucie\n",
           "last_name first_name");
    /* numbers whose zero was eaten, and rounded ones */
    expect("id,portable\n1,612345678\n2,\"6,12E+08\"\n3,712345678\n", "id mobile");
}

Test(role_content, tells_which_telephone_is_the_mobile) {
    expect("id,tel 1,tel 2\n1,0412345678,0612345678\n2,0112345678,0781645678\n3,0212345678,0698765432\n",
           "id phone mobile");
    expect("id,tel 1,tel 2\n1,0612345678,0412345678\n2,0781645678,0112345678\n3,0698765432,0212345678\n",
           "id mobile phone");
    expect("id,telephone\n1,0612345678\n2,0112345678\n3,0698765432\n", "id phone");
}

Test(role_content, takes_no_number_for_a_telephone_that_is_none) {
    /* SIRET, EAN, SIREN, client numbers of nine digits, unix times */
    expect("id,no\n1,73282932000074\n2,55210055400013\n3,44306184100047\n", "id -");
    expect("id,ref\n1,3017620422003\n2,3228857000166\n3,7613034626844\n", "id -");
    expect("id,code\n1,732829320\n2,552100554\n3,443061841\n", "id -");
    expect("id,dossier\n1,412345678\n2,512345678\n3,312345671\n", "id -");
    expect("id,vu\n1,1700000000\n2,1700086400\n3,1600000000\n", "id -");
}

Test(role_content, knows_digests_and_answers) {
    expect("cle,e\n1,0cc175b9c0f1b6a831c399e269772661\n2,92eb5ffee6ae2fec3ad71c777531578f\n"
           "3,4a8a08f09d37b73795649038408b5f33\n",
           "- email_md5");
    expect("id,email,sms\n1,oui,non\n2,oui,oui\n3,non,oui\n4,oui,oui\n", "id consent consent");
    expect("id,title,birthday\n1,Directrice,05/12\n2,Acheteur,06/30\n3,CEO,01/15\n", "id - -");
    expect("id,country code,pays\n1,33,France\n2,32,Belgique\n3,33,France\n", "id - country");
}

Test(role_content, of_somebody_else_is_left_alone) {
    expect("id,nom,email du conseiller,ville du magasin\n1,Roux,a@shop.fr,Lyon\n2,Petit,b@shop.fr,Paris\n"
           "3,Blanc,c@shop.fr,Nantes\n",
           "id full_name - -");
    expect("id,date d'inscription\n1,12/03/1975\n2,13/04/1985\n3,01/01/1999\n", "id -");
    expect("id,password_hash\n1,0cc175b9c0f1b6a831c399e269772661\n2,92eb5ffee6ae2fec3ad71c777531578f\n"
           "3,4a8a08f09d37b73795649038408b5f33\n",
           "id -");
}

static rv_status count_rows(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    cr_expect_eq(block->number, *(uint64_t *)ctx >> 32);
    *(uint64_t *)ctx += ((uint64_t)1 << 32) + block->batch.rows;
    return RV_OK;
}

Test(table_peek, shows_rows_that_come_again) {
    for (int threads = 1; threads < 4; threads += 2) {
        rv_table *table;
        rv_table_roles roles = roles_of(PEOPLE, &table);
        rv_batch again;
        uint64_t counted = 0;
        rv_table_visitor visitor = {.consume = count_rows, .ctx = &counted};
        cr_assert_eq(rv_table_peek(table, &again, NULL), RV_OK);
        cr_expect_eq(again.rows, 6);
        cr_assert_eq(rv_table_each(table, threads, &visitor, NULL), RV_OK);
        cr_expect_eq((uint32_t)counted, 6);
        cr_expect_eq(rv_table_counted(table).rows, 6);
        cr_expect_neq(rv_table_peek(table, &again, NULL), RV_OK);
        rv_table_roles_reset(&roles);
        rv_table_close(table);
    }
    rv_table *table;
    rv_table_roles roles = roles_of("a,b\n", &table);
    uint64_t counted = 0;
    rv_table_visitor visitor = {.consume = count_rows, .ctx = &counted};
    cr_assert_eq(rv_table_each(table, 1, &visitor, NULL), RV_OK);
    cr_expect_eq(counted, 0);
    rv_table_roles_reset(&roles);
    rv_table_close(table);
}

#ifdef RV_TESTING
Test(role_content, no_memory_is_an_error_and_no_leak) {
    const char *path = scratch_text("m.csv", PEOPLE);
    rv_table_options options = {.path = path};
    rv_status status = RV_NO_MEMORY;
    for (uint64_t n = 1; status != RV_OK; n++) {
        cr_assert_lt(n, 300);
        rv_table *table = NULL;
        rv_table_roles roles = {0};
        rv_memory_fail_at(n, false);
        status = rv_table_open(path, NULL, &table, NULL);
        if (status == RV_OK) status = rv_table_roles_of(&options, table, &roles, NULL);
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY);
        rv_table_roles_reset(&roles);
        rv_table_close(table);
    }
}
#endif
