/* Who is matched with whom, and by what: tiers, families, namesakes, doubt, digests. */
#include "enrich.h"
#include "file.h"
#include "scratch.h"
#include "test_base.h"

#include <criterion/criterion.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>

#define COLUMNS                                                                                                        \
    "id,email,mobile,phone,first_name,last_name,sex,birth_date,street_number,street,postcode,city,identifier\n"

static const char *const WORLD = COLUMNS
    "M01,marie.durand@example.fr,0612345601,0145000001,Marie,Durand,F,1980-05-06,12,rue des Lilas,75011,Paris,C-1001\n"
    "M02,j.dupont+news@gmail.com,0612345602,,Jean,Dupont,M,1975-03-04,3,rue Basse,69001,Lyon,\n"
    /* a couple: one e-mail, one landline, one address */
    "M03,famille.petit@example.fr,0612345603,0478000003,Paul,Petit,M,1970-01-20,8,place du Marche,38000,Grenoble,\n"
    "M04,famille.petit@example.fr,,0478000003,Anne,Petit,F,1972-02-21,8,place du Marche,38000,Grenoble,\n"
    /* father and son: one name, one address */
    "M05,pere@example.fr,,0556000005,Michel,Garnier,M,1950-06-07,5,avenue Foch,33000,Bordeaux,\n"
    "M06,fils@example.fr,,0556000005,Michel,Garnier,M,1982-08-09,5,avenue Foch,33000,Bordeaux,\n"
    /* namesakes of one birth date in two towns */
    "M07,claire.a@example.fr,,,Claire,Moreau,F,1990-10-11,1,rue Haute,59000,Lille,\n"
    "M08,claire.b@example.fr,,,Claire,Moreau,F,1990-10-11,2,rue Neuve,13001,Marseille,\n"
    "M09,,,0299000009,Luc,Robert,M,,7,chemin Vert,35000,Rennes,\n"
    /* same XXH3-64 under seed 0 (trust.md, row 1) */
    "M10,lcclkoaokjfopbcd@example.fr,,,Alice,Un,F,,,,,,\n";

static char *output;

static const char *base_path(const char *world, unsigned kinds) {
    return base_make("mega.rvl", world, kinds, RV_IMAGE);
}

/* Enriches, keeps the output in `output`; returns the summary. */
static char *enrich(const char *base, const char *clients, int threads) {
    rv_error error = {0};
    rv_report report = {0};
    rv_settings settings = {.threads = threads, .force = true};
    rv_enrich_options options = {
        .megabase = base, .clients = {.path = scratch_text("clients.csv", clients)}, .out = scratch_path("out.csv")};
    rv_status status = rv_enrich(&options, &settings, &report, &error);
    cr_assert_eq(status, RV_OK, "%s (%s)", error.message, error.hint);
    free(output);
    output = scratch_read(options.out, NULL);
    char *json = strdup(report.json);
    rv_report_reset(&report);
    return json;
}

/* Cell of the output by row (from 1; 0 is the header) and column name; the outputs here hold no quotes. */
static const char *cell(unsigned row, const char *name) {
    static char found[256];
    const char *header = output, *line = output;
    for (unsigned i = 0; i < row; i++) line = strchr(line, '\n') + 1;
    while (strncmp(header, name, strlen(name)) != 0 || !strchr(",\n", header[strlen(name)])) {
        header += strcspn(header, ",\n");
        cr_assert_eq(*header, ',', "no column %s", name);
        header++;
        line += strcspn(line, ",\n") + 1;
    }
    size_t n = strcspn(line, ",\n");
    memcpy(found, line, n);
    found[n] = 0;
    return found;
}

static void expect(unsigned row, const char *tier, const char *contact) {
    cr_expect_str_eq(cell(row, "rv_tier"), tier, "row %u: tier %s, expected %s", row, cell(row, "rv_tier"), tier);
    cr_expect_str_eq(cell(row, "rv_contact_id"), contact, "row %u: contact '%s', expected '%s'", row,
                     cell(row, "rv_contact_id"), contact);
}

static void finish(void) { free(output); }
TestSuite(cascade, .fini = finish);

Test(cascade, each_tier_finds_its_own) {
    free(enrich(base_path(WORLD, BASE_CLEAR_KINDS),
                "client_id,email,mobile,phone,first_name,last_name,birth_date,address_line,postcode,city,identifier\n"
                "c1,Marie.Durand@Example.FR,,,Marie,,,,,,\n"
                "c2,jdupont@gmail.com,,,Jean,Dupont,,,,,\n"
                "c3,,06 12 34 56 01,,Marie,Durand,,,,,\n"
                "c4,,,01 45 00 00 01,Marie,Durand,,,,,\n"
                "c5,,,,Marie,Durand,06/05/1980,,,,\n"
                "c6,,,,Luc,Robert,,\"7 chemin Vert\",35000,Rennes,\n"
                "c7,,,,Marie,Durand,,,,,C-1001\n"
                "c8,nobody@example.fr,,,Jean,Personne,,,,,\n",
                1));
    expect(1, "email", "M01");
    expect(2, "email_folded", "M02");
    expect(3, "mobile", "M01");
    expect(4, "phone", "M01");
    expect(5, "person_birth", "M01");
    expect(6, "person_address", "M09");
    expect(7, "identifier", "M01");
    expect(8, "none", "");
    cr_expect_str_eq(cell(8, "rv_probability"), "");
    cr_expect_eq(strlen(cell(1, "rv_probability")), 8);
}

Test(cascade, a_mobile_in_the_phone_column_is_a_mobile) {
    free(enrich(base_path(WORLD, BASE_CLEAR_KINDS), "client_id,phone,first_name\nc1,0612345601,Marie\n", 1));
    expect(1, "mobile", "M01");
}

Test(cascade, a_family_email_gives_each_member_their_own_contact) {
    char *json = enrich(base_path(WORLD, BASE_CLEAR_KINDS),
                        "client_id,email,first_name\n"
                        "c1,famille.petit@example.fr,Paul\n"
                        "c2,famille.petit@example.fr,Anne\n"
                        "c3,famille.petit@example.fr,\n"
                        "c4,famille.petit@example.fr,Zoe\n",
                        1);
    expect(1, "email", "M03");
    expect(2, "email", "M04");
    expect(3, "ambiguous", "");
    expect(4, "none", "");
    cr_expect(
        strstr(json, "\"email\":{\"asked\":4,\"met\":4,\"refused\":1,\"unproved\":0,\"in_doubt\":1,\"matched\":2"),
        "%s", json);
    free(json);
}

Test(cascade, a_later_key_settles_a_doubt_among_those_in_doubt) {
    free(enrich(base_path(WORLD, BASE_CLEAR_KINDS),
                "client_id,email,mobile,first_name\n"
                "c1,famille.petit@example.fr,0612345603,\n"  /* Paul's mobile */
                "c2,famille.petit@example.fr,0612345601,\n", /* Marie Durand's: nothing says that it is her */
                1));
    expect(1, "mobile", "M03");
    expect(2, "ambiguous", "");
}

Test(cascade, a_landline_alone_attaches_nobody) {
    free(enrich(base_path(WORLD, BASE_CLEAR_KINDS),
                "client_id,phone,first_name,last_name\n"
                "c1,0299000009,,Robert\n"
                "c2,0299000009,Luc,Robert\n"
                "c3,0299000009,Zoe,Robert\n",
                1));
    expect(1, "none", "");
    expect(2, "phone", "M09");
    expect(3, "none", "");
}

Test(cascade, father_and_son_are_told_apart_by_birth_or_not_at_all) {
    free(enrich(base_path(WORLD, BASE_CLEAR_KINDS),
                "client_id,first_name,last_name,birth_date,phone,address_line,postcode,city\n"
                "c1,Michel,Garnier,1950-06-07,,5 avenue Foch,33000,Bordeaux\n"
                "c2,Michel,Garnier,1982-08-09,0556000005,5 avenue Foch,33000,Bordeaux\n"
                "c3,Michel,Garnier,,,5 avenue Foch,33000,Bordeaux\n"
                "c4,Michel,Garnier,,0556000005,,,\n"
                "c5,Michel,Garnier,2010-01-02,0556000005,5 avenue Foch,33000,Bordeaux\n",
                1));
    expect(1, "person_birth", "M05");
    expect(2, "phone", "M06");
    expect(3, "ambiguous", "");
    expect(4, "ambiguous", "");
    expect(5, "none", "");
}

Test(cascade, namesakes_of_one_birth_date_are_told_apart_by_where_they_live) {
    free(enrich(base_path(WORLD, BASE_CLEAR_KINDS),
                "client_id,first_name,last_name,birth_date,address_line,postcode,city\n"
                "c1,Claire,Moreau,1990-10-11,1 rue Haute,59000,Lille\n"
                "c2,Claire,Moreau,1990-10-11,2 rue Neuve,13001,Marseille\n"
                "c3,Claire,Moreau,1990-10-11,,,\n",
                1));
    expect(1, "person_birth", "M07");
    expect(2, "person_birth", "M08");
    expect(3, "ambiguous", "");
}

Test(cascade, two_emails_of_one_64_bit_hash_are_two_people) {
    const char *clients =
        "client_id,email,first_name\nc1,lcclkoaokjfopbcd@example.fr,\nc2,gcmkpnnjjdfiecmi@example.fr,\n";
    const char *base = base_path(WORLD, BASE_ALL_KINDS);
    free(enrich(base, clients, 1));
    expect(1, "email", "M10");
    expect(2, "none", "");
    free(enrich(base, "client_id,email\nc1,lcclkoaokjfopbcd@example.fr\nc2,gcmkpnnjjdfiecmi@example.fr\n", 2));
    expect(1, "email", "M10");
    expect(2, "none", "");
}

Test(cascade, an_over_shared_key_is_nobodys) {
    size_t cap = 1 << 20, n = 0;
    char *world = malloc(cap);
    n += (size_t)sprintf(world, "id,email,first_name,last_name\n");
    for (int i = 0; i < 101; i++)
        n += (size_t)sprintf(world + n, "M%03d,caisse@example.fr,Prenom%c%c,Nom\n", i, 'a' + i % 26, 'a' + i / 26);
    n += (size_t)sprintf(world + n, "X1,deux@example.fr,Jeanne,Nom\n");
    char *json = enrich(base_path(world, BASE_CLEAR_KINDS),
                        "client_id,email,first_name\nc1,caisse@example.fr,Prenomaa\nc2,deux@example.fr,Jeanne\n", 1);
    expect(1, "none", "");
    expect(2, "email", "X1");
    cr_expect(strstr(json, "\"stop_keys\":1"), "%s", json);
    free(json);
    free(world);
}

Test(cascade, in_a_crowd_under_one_key_the_last_name_must_agree) {
    char world[2048];
    size_t n = (size_t)sprintf(world, "id,email,first_name,last_name\n");
    for (int i = 0; i < 8; i++)
        n +=
            (size_t)sprintf(world + n, "M%d,les.voisins@example.fr,%s,Nom%c\n", i,
                            (const char *[]){"Paul", "Anne", "Luc", "Marie", "Jean", "Eva", "Zoe", "Hugo"}[i], 'a' + i);
    free(enrich(base_path(world, BASE_CLEAR_KINDS),
                "client_id,email,first_name,last_name\nc1,les.voisins@example.fr,Paul,Autre\nc2,les.voisins@example.fr,"
                "Paul,Noma\n",
                1));
    expect(1, "none", "");
    expect(2, "email", "M0");
}

/* Digests of values of WORLD in canonical form, from another implementation (Python's hashlib). */
#define MARIE_SHA256 "595034f1b9505857bda2667e26157c3e74c70c67dc610f7d37d19133f645cab2"
#define PETIT_MD5 "A28654D4A7F6A8D671F11F40AC49D518"
#define FIXTURE_SHA1 "67b4a32c9bd4ac1ea855d10d8d5513c82fc15eff"
#define PHONE_SHA256 "a6878655a17a33c6953d6507c0afb0fab3cc831bd37be61bb73a1f1a6f89f756"
#define DUPONT_FOLDED_SHA256 "a78131658bbd11877ae17608b65d36a0bc49ff29a7420d2474dae5cfde67ed7d"
static const char *const HASHED = "client_id,email_sha256,email_md5,email_sha1,phone_sha256,first_name,last_name\n"
                                  "c1,@S256@,,,,Marie,Durand\n"
                                  "c2,,@MD5@,,,Paul,\n"
                                  "c3,,,@SHA1@,,Alice,\n"
                                  "c4,,,,@PHONE@,Luc,Robert\n"
                                  "c5,,,,@PHONE@,,\n"
                                  "c6,0000000000000000000000000000000000000000000000000000000000000000,,,,Marie,\n";

static void put_digest(char *text, const char *mark, const char *digest) {
    char *at;
    while ((at = strstr(text, mark))) {
        size_t old = strlen(mark), new = strlen(digest);
        memmove(at + new, at + old, strlen(at + old) + 1);
        memcpy(at, digest, new);
    }
}

static char *hashed_clients(void) {
    char *text = malloc(4096);
    strcpy(text, HASHED);
    put_digest(text, "@S256@", MARIE_SHA256);
    put_digest(text, "@MD5@", PETIT_MD5);
    put_digest(text, "@SHA1@", FIXTURE_SHA1);
    put_digest(text, "@PHONE@", PHONE_SHA256);
    return text;
}

static void expect_hashed(void) {
    expect(1, "email_hash", "M01");
    expect(2, "email_hash", "M03");
    expect(3, "email_hash", "M10");
    expect(4, "phone_hash", "M09");
    expect(5, "none", "");
    expect(6, "none", "");
}

Test(cascade, digests_match_as_clear_values_do_with_an_index) {
    char *clients = hashed_clients();
    free(enrich(base_path(WORLD, BASE_ALL_KINDS), clients, 1));
    expect_hashed();
    free(clients);
}

Test(cascade, digests_match_as_clear_values_do_with_a_scan_of_the_base) {
    char *clients = hashed_clients();
    free(enrich(base_path(WORLD, BASE_CLEAR_KINDS), clients, 1));
    expect_hashed();
    char *one = strdup(output);
    free(enrich(scratch_path("mega.rvl"), clients, 2));
    cr_expect_str_eq(output, one);
    free(one);
    free(clients);
}

Test(cascade, a_digest_of_the_folded_form_matches_too) {
    char clients[256];
    sprintf(clients, "client_id,email_sha256,first_name\nc1,%s,Jean\n", DUPONT_FOLDED_SHA256);
    free(enrich(base_path(WORLD, BASE_CLEAR_KINDS), clients, 1));
    expect(1, "email_hash", "M02");
    free(enrich(base_path(WORLD, BASE_ALL_KINDS), clients, 1));
    expect(1, "email_hash", "M02");
}

/* What comes through a pipe can be read once. */
static void pipe_in(const char *text) {
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    close(ends[1]);
    cr_assert_geq(dup2(ends[0], STDIN_FILENO), 0);
    close(ends[0]);
}

Test(cascade, digests_from_stdin_need_an_index) {
    rv_error error = {0};
    rv_report report = {0};
    rv_settings settings = {.threads = 1, .force = true};
    char *clients = hashed_clients();
    rv_enrich_options options = {.megabase = base_path(WORLD, BASE_CLEAR_KINDS), .clients = {.path = "-"}};
    options.out = scratch_path("out.csv");
    pipe_in(clients);
    cr_assert_eq(rv_enrich(&options, &settings, &report, &error), RV_BAD_ARGUMENT);
    cr_assert(strstr(error.message, "stdin") && strstr(error.hint, "hash_keys"), "%s (%s)", error.message, error.hint);
    cr_assert(!rv_file_exists(options.out));
    pipe_in(clients);
    options.megabase = base_path(WORLD, BASE_ALL_KINDS);
    cr_assert_eq(rv_enrich(&options, &settings, &report, &error), RV_OK, "%s", error.message);
    output = scratch_read(options.out, NULL);
    expect_hashed();
    rv_report_reset(&report);
    free(clients);
}
