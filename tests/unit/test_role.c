/* Roles: names, guesses from headers, and a table's roles from schema, flags and guesses. */
#include "role.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <string.h>

Test(role_guess, knows_french_and_english_headers) {
    const struct {
        const char *header;
        rv_role role;
    } cases[] = {
        {"nom", RV_ROLE_LAST_NAME},
        {"Prénom", RV_ROLE_FIRST_NAME},
        {"NOM DE FAMILLE", RV_ROLE_LAST_NAME},
        {"name", RV_ROLE_FULL_NAME},
        {"given_name", RV_ROLE_FIRST_NAME},
        {"surname", RV_ROLE_LAST_NAME},
        {"E-mail", RV_ROLE_EMAIL},
        {"courriel", RV_ROLE_EMAIL},
        {"adresse e-mail", RV_ROLE_EMAIL},
        {"Tél.", RV_ROLE_PHONE},
        {"Téléphone portable", RV_ROLE_MOBILE},
        {"gsm", RV_ROLE_MOBILE},
        {"CP", RV_ROLE_POSTCODE},
        {"code_postal", RV_ROLE_POSTCODE},
        {"Ville", RV_ROLE_CITY},
        {"suburb", RV_ROLE_CITY},
        {"Date de naissance", RV_ROLE_BIRTH_DATE},
        {"dob", RV_ROLE_BIRTH_DATE},
        {"birth", RV_ROLE_BIRTH_DATE},
        {"date_of_birth", RV_ROLE_BIRTH_DATE},
        {"adresse", RV_ROLE_ADDRESS_LINE},
        {"address_1", RV_ROLE_ADDRESS_LINE},
        {"address_2", RV_ROLE_ADDRESS_EXTRA},
        {"street_number", RV_ROLE_STREET_NUMBER},
        {"rec_id", RV_ROLE_ID},
        {"rv_contact_id", RV_ROLE_NONE}, /* of an enriched file: whom the row was matched with */
        {"rv_rv_contact_id", RV_ROLE_NONE},
        {"contact_id", RV_ROLE_ID},
        {"code client", RV_ROLE_ID},
        {"N° client", RV_ROLE_ID},
        {"customer_id", RV_ROLE_ID},
        {"civilité", RV_ROLE_CIVILITY},
        {"titre", RV_ROLE_CIVILITY},
        {"sexe", RV_ROLE_SEX},
        {"client_email", RV_ROLE_EMAIL},
        {"EmailClient", RV_ROLE_EMAIL},
        {"email_sha256", RV_ROLE_EMAIL_SHA256},
        {"order_id", RV_ROLE_ORDER_ID},
        {"birth_date", RV_ROLE_BIRTH_DATE},
        {"state", RV_ROLE_REGION},
        {"soc_sec_id", RV_ROLE_IDENTIFIER},
        {"", RV_ROLE_NONE},
        {"nomade", RV_ROLE_NONE},
        {"education", RV_ROLE_NONE},
        {"username", RV_ROLE_NONE},
        {"email_opened", RV_ROLE_NONE},
        {"dernier mail ouvert", RV_ROLE_NONE},
        {"???", RV_ROLE_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(rv_role_guess(rv_text_of(cases[i].header)), cases[i].role, "'%s' is taken for '%s'",
                     cases[i].header, rv_role_name(rv_role_guess(rv_text_of(cases[i].header))));
}

Test(role_names, are_found_again_and_are_guessed) {
    unsigned n = 0;
    for (const char *const *name = rv_role_names(); *name; name++, n++) {
        rv_role role;
        cr_expect(rv_role_find(*name, &role));
        cr_expect_str_eq(rv_role_name(role), *name);
        cr_expect_eq(rv_role_guess(rv_text_of(*name)), role, "%s", *name);
    }
    cr_expect_eq(n, RV_ROLE_COUNT - 1);
    rv_role role;
    cr_expect_not(rv_role_find("e-mail", &role));
    cr_expect_str_eq(rv_role_name(RV_ROLE_NONE), "");
    cr_expect(rv_role_is_contact(RV_ROLE_EMAIL) && rv_role_is_contact(RV_ROLE_CITY));
    cr_expect_not(rv_role_is_contact(RV_ROLE_ATTRIBUTE) || rv_role_is_contact(RV_ROLE_ID) ||
                  rv_role_is_contact(RV_ROLE_CONSENT));
}

static const rv_text columns[] = {RV_TEXT("rec_id"), RV_TEXT(" nom"),     RV_TEXT("prenom"),
                                  RV_TEXT("tel"),    RV_TEXT("tel fixe"), RV_TEXT("score")};
enum { N = sizeof columns / sizeof *columns };

Test(table_roles, come_from_guesses) {
    rv_table_options table = {.path = "x.csv"};
    rv_table_roles roles;
    cr_assert_eq(rv_table_roles_find(&table, columns, N, &roles, NULL), RV_OK);
    cr_expect_eq(roles.of[RV_ROLE_ID], 0);
    cr_expect_eq(roles.of[RV_ROLE_LAST_NAME], 1);
    cr_expect_eq(roles.of[RV_ROLE_PHONE], 3);
    cr_expect_eq(roles.roles[4], RV_ROLE_NONE, "a second phone isn't guessed");
    cr_expect_eq(roles.roles[5], RV_ROLE_NONE);
    cr_expect_eq(roles.of[RV_ROLE_EMAIL], -1);
    rv_table_roles_reset(&roles);
}

Test(table_roles, flags_go_before_guesses) {
    const rv_assignment assigned[] = {{"tel fixe", "phone"}, {"score", "compare"}};
    const char *const ignore[] = {"nom"};
    rv_table_options table = {
        .path = "x.csv", .id = "prenom", .roles = assigned, .n_roles = 2, .ignore = ignore, .n_ignore = 1};
    rv_table_roles roles;
    cr_assert_eq(rv_table_roles_find(&table, columns, N, &roles, NULL), RV_OK);
    cr_expect_eq(roles.of[RV_ROLE_ID], 2);
    cr_expect_eq(roles.roles[0], RV_ROLE_NONE, "one id only");
    cr_expect(roles.ignored[1]);
    cr_expect_eq(roles.of[RV_ROLE_LAST_NAME], -1);
    cr_expect_eq(roles.of[RV_ROLE_PHONE], 4);
    cr_expect_eq(roles.of[RV_ROLE_COMPARE], 5);
    rv_table_roles_reset(&roles);
}

Test(table_roles, nom_alone_is_the_whole_name_and_name_beside_a_first_name_the_last) {
    const rv_text alone[] = {RV_TEXT("nom"), RV_TEXT("ville")}, beside[] = {RV_TEXT("name"), RV_TEXT("first name")};
    rv_table_options table = {.path = "x.csv"};
    rv_table_roles roles;
    cr_assert_eq(rv_table_roles_find(&table, alone, 2, &roles, NULL), RV_OK);
    cr_expect_eq(roles.of[RV_ROLE_FULL_NAME], 0);
    rv_table_roles_reset(&roles);
    cr_assert_eq(rv_table_roles_find(&table, beside, 2, &roles, NULL), RV_OK);
    cr_expect_eq(roles.of[RV_ROLE_LAST_NAME], 0);
    rv_table_roles_reset(&roles);
}

Test(table_roles, come_from_a_schema_which_gives_all) {
    const char *schema = scratch_text(
        "schema.yaml",
        "version: 1\ncolumns:\n  - {name: score, role: email}\n  - {name: tel}\n  - {name: other, role: city}\n");
    rv_table_options table = {.path = "x.csv", .schema = schema};
    rv_table_roles roles;
    cr_assert_eq(rv_table_roles_find(&table, columns, N, &roles, NULL), RV_OK);
    cr_expect_eq(roles.of[RV_ROLE_EMAIL], 5);
    cr_expect_eq(roles.roles[3], RV_ROLE_ATTRIBUTE);
    cr_expect_eq(roles.roles[1], RV_ROLE_NONE, "no guess beside a schema");
    rv_table_roles_reset(&roles);
}

static void refused(rv_table_options table, const rv_text *names, uint32_t n, rv_status status, const char *hint) {
    rv_table_roles roles = {.columns = 77};
    rv_error err = {0};
    table.path = "x.csv";
    cr_expect_eq(rv_table_roles_find(&table, names, n, &roles, &err), status, "%s", err.message);
    cr_expect_eq(roles.columns, 77, "outputs are untouched");
    cr_expect(strstr(err.hint, hint), "'%s' has no '%s'", err.hint, hint);
}

Test(table_roles, refuse_what_nobody_can_mean) {
    const rv_text twice[] = {RV_TEXT("a"), RV_TEXT("b"), RV_TEXT("a ")};
    const rv_assignment role[] = {{"tel", "phoone"}}, column[] = {{"preno", "first_name"}};
    const char *const ignore[] = {"scor"};
    refused((rv_table_options){0}, twice, 3, RV_BAD_INPUT, "rename");
    refused((rv_table_options){.roles = role, .n_roles = 1}, columns, N, RV_BAD_ARGUMENT, "'phone'");
    refused((rv_table_options){.roles = column, .n_roles = 1}, columns, N, RV_BAD_ARGUMENT, "'prenom'");
    refused((rv_table_options){.ignore = ignore, .n_ignore = 1}, columns, N, RV_BAD_ARGUMENT, "'score'");
    refused((rv_table_options){.id = "rec_di"}, columns, N, RV_BAD_ARGUMENT, "'rec_id'");
    refused((rv_table_options){.schema = scratch_text("a.yaml", "columns:\n - {name: tel, role: phoone}\n")}, columns,
            N, RV_BAD_ARGUMENT, "'phone'");
    refused((rv_table_options){.schema = scratch_text("b.yaml", "sources: []\n")}, columns, N, RV_BAD_ARGUMENT, "");
    refused((rv_table_options){.schema = scratch_text("c.yaml", "columns: [tel]\n")}, columns, N, RV_BAD_ARGUMENT, "");
    refused((rv_table_options){.schema = scratch_path("absent.yaml")}, columns, N, RV_BAD_INPUT, "");
}

#ifdef RV_TESTING
Test(table_roles, dont_show_a_person_taken_for_the_header) {
    const rv_text twice[] = {rv_text_of("zz@canari.fr"), rv_text_of("zz@canari.fr")};
    const rv_text once[] = {rv_text_of("zz@canari.fr"), rv_text_of("0698765432")};
    rv_table_options table = {.path = "c.csv"};
    rv_table_roles roles = {0};
    rv_error err = {0};
    cr_assert_eq(rv_table_roles_find(&table, twice, 2, &roles, &err), RV_BAD_INPUT);
    cr_assert(!strstr(err.message, "canari") && strstr(err.message, "aa@aaaaaa.aa"), "%s", err.message);
    table.id = "zz@canari.f";
    err = (rv_error){0};
    cr_assert_eq(rv_table_roles_find(&table, once, 2, &roles, &err), RV_BAD_ARGUMENT);
    cr_assert_str_eq(err.hint, "");
}

Test(table_roles, no_memory_is_an_error_and_no_leak) {
    rv_table_options table = {.path = "x.csv"};
    rv_table_roles roles;
    rv_status status = RV_NO_MEMORY;
    for (uint64_t n = 1; status != RV_OK; n++) {
        cr_assert_lt(n, 100);
        rv_memory_fail_at(n, false);
        status = rv_table_roles_find(&table, columns, N, &roles, NULL);
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY);
    }
    rv_table_roles_reset(&roles);
}
#endif
