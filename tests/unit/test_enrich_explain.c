/* What explain says of a client: found, refused, in doubt, not there. */
#include "enrich.h"
#include "scratch.h"
#include "test_base.h"

#include <criterion/criterion.h>

static const char *const WORLD =
    "id,email,mobile,phone,first_name,last_name,sex,birth_date,street_number,street,postcode,city,source,date\n"
    "M1,famille@example.fr,0612345601,,Paul,Petit,M,1970-01-20,8,rue Basse,38000,Grenoble,alpha,2026-01-02\n"
    "M2,famille@example.fr,,0478000003,Anne,Petit,F,1972-02-21,8,rue Basse,38000,Grenoble,beta,\n";
static const char *const CLIENTS = "client_id,email,mobile,phone,first_name,last_name,birth_date,postcode\n"
                                   "c1,famille@example.fr,,,Paul,Petit,,\n"
                                   "c2,famille@example.fr,,,,Petit,,\n"
                                   "c3,famille@example.fr,,,Zoe,Petit,1999-09-09,\n"
                                   "c4,other@example.fr,0612345699,,Luc,Robert,,\n"
                                   "c5,,,04 78 00 00 03,Anne,,,75001\n"
                                   "c6,,,04 78 00 00 03,,Petit,,\n";

static rv_buffer text;
static rv_error error;
static rv_settings settings;

static rv_status explain(const char *clients, const char *const *ids, size_t n) {
    rv_megabase *megabase;
    rv_enrich_options options = {.clients = {.path = scratch_text("clients.csv", clients)}};
    settings.threads = 1;
    error = (rv_error){0};
    text.len = 0;
    cr_assert_eq(rv_megabase_open(base_make("mega.rvl", WORLD, BASE_CLEAR_KINDS, RV_IMAGE), &megabase, &error), RV_OK);
    rv_status status = rv_enrich_explain(megabase, &options, &settings, ids, n, &text, NULL, &error);
    rv_megabase_close(megabase);
    if (status == RV_OK) {
        rv_buffer_byte(&text, 0);
        text.len--;
    }
    return status;
}
static void explain_one(const char *id) { cr_assert_eq(explain(CLIENTS, &id, 1), RV_OK, "%s", error.message); }
#define SAYS(part) cr_assert(strstr(text.data, part), "no '%s' in\n%s", part, text.data)
#define HIDES(part) cr_assert(!strstr(text.data, part), "'%s' in\n%s", part, text.data)

static void finish(void) { rv_buffer_free(&text); }
TestSuite(enrich_explain, .fini = finish);

Test(enrich_explain, a_match_tells_tier_contact_runner_up_and_fills) {
    explain_one("c1");
    SAYS("client c1 (");
    SAYS(", line 2)\n  match      email, contact M1, probability 0.99");
    SAYS("contact M1: agrees; last name, birth date and address agree to 40 %");
    SAYS("contact M2: another first name: refused");
    SAYS("  filled     mobile from alpha, 2026-01-02: 9999999999\n");
    HIDES("famille");
    HIDES("Petit");
    HIDES("0612345601");
    SAYS("aaaaaaa@aaaaaaa.aa");
    settings.show_values = true;
    explain_one("c1");
    SAYS("famille@example.fr");
}

Test(enrich_explain, doubt_and_refusal_tell_why) {
    explain_one("c2");
    SAYS("match      ambiguous: several contacts fit equally, none is attached");
    SAYS("  runner-up  by email, contact M");
    SAYS("nothing to compare by");
    explain_one("c3");
    SAYS("match      none: 2 contacts met, none could be taken");
    SAYS("another first name and another birth date: refused");
}

Test(enrich_explain, a_miss_tells_each_key) {
    explain_one("c4");
    SAYS("match      none\n");
    SAYS("email           aaaaa@aaaaaaa.aa: no contact bears it\n");
    SAYS("mobile          +99999999999: no contact bears it\n");
    SAYS("phone           the row has none, or only a place-holder\n");
    SAYS("email_hash      the megabase has no such key\n");
}

Test(enrich_explain, a_landline_without_a_first_name_proves_nothing) {
    explain_one("c6");
    SAYS("nothing to compare by");
    SAYS("none attached by this key");
}

Test(enrich_explain, an_address_elsewhere_is_said) {
    explain_one("c5");
    SAYS("match      phone, contact M2");
    SAYS("  address    another postcode than the contact's: none brought back\n");
    HIDES("filled     city");
    SAYS("filled     last_name from beta, no date: ");
}

Test(enrich_explain, several_ids_and_unknown_ones) {
    const char *ids[] = {"c4", "nobody", "c1"};
    cr_assert_eq(explain(CLIENTS, ids, 3), RV_OK);
    SAYS("client nobody: no such id in ");
    cr_assert(strstr(text.data, "client c1 (") < strstr(text.data, "client c4 ("), "in the order of the file");
}

Test(enrich_explain, a_file_without_ids_is_refused_with_the_fix) {
    const char *id = "c1";
    cr_assert_eq(explain("email,city\na@example.fr,Lyon\n", &id, 1), RV_BAD_ARGUMENT);
    cr_assert(strstr(error.hint, "--id"));
}

#ifdef RV_TESTING
Test(enrich_explain, running_out_of_memory_is_an_error) {
    const char *id = "c1";
    rv_megabase *megabase;
    rv_enrich_options options = {.clients = {.path = scratch_text("clients.csv", CLIENTS)}};
    const char *path = base_make("mega.rvl", WORLD, BASE_CLEAR_KINDS, RV_IMAGE);
    rv_status status = RV_NO_MEMORY;
    for (uint64_t n = 1; status != RV_OK; n++) {
        cr_assert_lt(n, 2000);
        cr_assert_eq(rv_megabase_open(path, &megabase, &error), RV_OK);
        rv_buffer out = {0};
        rv_memory_fail_at(n, n % 2);
        status = rv_enrich_explain(megabase, &options, &settings, &id, 1, &out, NULL, &error);
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY);
        rv_buffer_free(&out);
        rv_megabase_close(megabase);
    }
}
#endif
