/* The job `score --megabase`: who is proposed, in which order, and who never is. */
#include "consent.h"
#include "file.h"
#include "scratch.h"
#include "test_base.h"

#include "random.h"
#include <criterion/criterion.h>
#include <reveil.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* --- A base of a dozen people ------------------------------------------------------------------------------------ */

static const char base_table[] =
    "id,first_name,last_name,email,mobile,phone,birth_date,address_line,postcode,city,csp,years,optin,religion\n"
    "k01,ANNE,MARTIN,anne@example.fr,+33613579246,,1970-02-03,1 rue Haute,75011,Paris,cadre,50,oui,r1\n"
    "k02,BRUNO,PETIT,bruno.petit@gmail.com,,,1981-05-06,2 rue Basse,69001,Lyon,cadre,40,oui,r1\n"
    "k03,CLARA,DURAND,,+33627183945,,,,,,cadre,40,oui,r2\n"
    "k04,DENIS,MOREAU,,,+33143526178,,,,,ouvrier,30,oui,r1\n"
    "k05,EMMA,LEROY,,,,1990-07-08,,,,cadre,60,oui,r2\n"
    "k06,FELIX,ROUX,,,,,6 avenue Longue,33000,Bordeaux,cadre,50,oui,r1\n"
    "k07,GILLES,FAURE,gilles@example.fr,,,,,,,cadre,50,non,r1\n"
    "k08,HELENE,BLANC,helene@example.fr,,,,,,,cadre,20,,r1\n"
    "k09,IRENE,GIRARD,famille@example.fr,,,1950-01-02,,,,cadre,50,oui,r1\n"
    "k10,JULES,GIRARD,famille@example.fr,,,1980-01-02,,,,cadre,50,oui,r2\n"
    "k11,LOUIS,NOIR,,,,,,,,,50,oui,r1\n"
    "k12,MAUD,VERT,maud@example.fr,,,,,,,cadre,,oui,r1\n";

/* csp cadre 40, other -10, missing -5; age below 35: -20, from 35: 30, missing 7. */
#define ENTRY(what, points) "{" what ", \"points\": " points ", \"seeds\": 20, \"people\": 40}"
#define CSP                                                                                                            \
    "{\"attribute\": \"csp\", \"scale\": \"category\", \"entries\": [" ENTRY("\"missing\": true", "-5") ", " ENTRY(    \
        "\"other\": true", "-10") ", " ENTRY("\"value\": \"cadre\"", "40") "]}"
#define AGE                                                                                                            \
    "{\"attribute\": \"years\", \"scale\": \"number\", \"whole\": true, \"entries\": [" ENTRY(                         \
        "\"missing\": true", "7") ", " ENTRY("\"other\": true", "0") ", " ENTRY("\"below\": 35",                       \
                                                                                "-20") ", " ENTRY("\"from\": 35",      \
                                                                                                  "30") "]}"
#define ONLY(name)                                                                                                     \
    "{\"attribute\": \"" name "\", \"scale\": \"category\", \"entries\": [" ENTRY(                                     \
        "\"missing\": true", "0") ", " ENTRY("\"other\": true", "3") "]}"

static const char *profile_of(const char *attributes) {
    static char path[512];
    char text[8192];
    snprintf(text, sizeof text,
             "{\"profile_version\": 1, \"method\": \"index\", \"base\": 500, \"seeds\": 100, \"others\": 200, "
             "\"people\": 300, \"against_pool\": false, \"probability\": {\"knots\": [{\"score\": 400, "
             "\"probability\": 0.1}, {\"score\": 600, \"probability\": 0.6}]}, \"attributes\": [%s]}",
             attributes);
    snprintf(path, sizeof path, "%s", scratch_text("profile.json", text));
    return path;
}

typedef struct outcome {
    rv_status status;
    rv_error err;
    char *csv, *json;
    char ids[2000]; /* of the lines, joined by blanks */
} outcome;

static outcome propose(const rv_prospect_options *given, int threads, const char *table) {
    outcome o = {0};
    rv_prospect_options options = *given;
    rv_settings settings = {.threads = threads, .force = true};
    rv_report report = {0};
    if (!options.megabase)
        options.megabase = base_make("base.rvl", table ? table : base_table, BASE_ALL_KINDS, RV_IMAGE);
    if (!options.out) options.out = scratch_path("out.csv");
    o.status = rv_prospects(&options, &settings, &report, &o.err);
    if (o.status == RV_OK) {
        o.csv = scratch_read(options.out, NULL);
        o.json = strdup(report.json);
        for (const char *line = strchr(o.csv, '\n') + 1; *line; line = strchr(line, '\n') + 1)
            snprintf(o.ids + strlen(o.ids), sizeof o.ids - strlen(o.ids), "%s%.*s", o.ids[0] ? " " : "",
                     (int)strcspn(line, ","), line);
    }
    rv_report_reset(&report);
    return o;
}
static void drop(outcome *o) {
    free(o->csv);
    free(o->json);
}

static void expect(const rv_prospect_options *options, const char *ids) {
    outcome o = propose(options, 2, NULL);
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert_str_eq(o.ids, ids);
    drop(&o);
}

/* --- Who is proposed --------------------------------------------------------------------------------------------- */

Test(prospects, best_come_first_and_ties_by_row) {
    rv_prospect_options o = {.profile = profile_of(CSP ", " AGE), .top = 100};
    /* 570: k01 k02 k03 k05 k06 k09 k10; 547: k12; 525: k11; 520: k08; 470: k04. k07 refused consent. */
    expect(&o, "k01 k02 k03 k05 k06 k09 k10 k12 k11 k08 k04");
    o.top = 3;
    expect(&o, "k01 k02 k03");
    o.with_refusals = true;
    o.top = 7;
    expect(&o, "k01 k02 k03 k05 k06 k07 k09");
}

Test(prospects, a_line_tells_score_probability_rank_decile_and_reasons) {
    outcome o = propose(&(rv_prospect_options){.profile = profile_of(CSP ", " AGE), .top = 9}, 1, NULL);
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    static const char head[] = "contact_id,score,probability,rank,decile,reasons\n"
                               "k01,570,0.525000,1,1,csp=cadre:40|years=35+:30|rest:0|base:500\n"
                               "k02,570,0.525000,2,1,";
    cr_assert_eq(strncmp(o.csv, head, sizeof head - 1), 0, "%s", o.csv);
    cr_assert(strstr(o.csv, "\nk12,547,0.467500,8,7,csp=cadre:40|years=(missing):7|rest:0|base:500\n"), "%s", o.csv);
    cr_assert(strstr(o.csv, "\nk11,525,0.412500,9,8,years=35+:30|csp=(missing):-5|rest:0|base:500\n"), "%s", o.csv);
    cr_assert(strstr(o.json, "\"filtered\":1,\"scored\":11,\"proposed\":9,\"best_score\":570,\"last_score\":525"), "%s",
              o.json);
    struct stat st;
    cr_assert_eq(stat(scratch_path("out.csv"), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600u);
    drop(&o);
}

/* Every key takes a client's contact out, and nobody else. */
Test(prospects, clients_are_excluded_by_any_key) {
    static const struct {
        const char *clients, *excluded;
    } cases[] = {
        {"email\nANNE@Example.fr\n", "k01"},
        {"email\nbrunopetit+shop@gmail.com\n", "k02"}, /* folded */
        {"mobile\n06 27 18 39 45\n", "k03"},
        {"telephone\n+33 6 27 18 39 45\n", "k03"}, /* a mobile filed as a telephone */
        {"mobile\n01 43 52 61 78\n", "k04"},
        {"prenom,nom,date_naissance\nEmma,Leroy,08/07/1990\n", "k05"},
        {"prenom,nom,adresse,code_postal,ville\nFélix,Roux,6 av Longue,33000,Bordeaux\n", "k06"},
        {"email_md5\n95337c00afd90d68249ded2fd1e8383f\nd41d8cd98f00b204e9800998ecf8427e\n", "k01"},
        /* no guard: who shares an e-mail goes, whatever the first name and the birth date say */
        {"email,prenom,date_naissance\nfamille@example.fr,Zoe,01/01/2001\n", "k09 k10"},
        {"email,prenom,nom,date_naissance\nanne@example.fr,Emma,Leroy,08/07/1990\n", "k01 k05"},
        {"email\nnobody@example.fr\n", ""},
    };
    static const char *const all[] = {"k01", "k02", "k03", "k04", "k05", "k06",
                                      "k07", "k08", "k09", "k10", "k11", "k12"};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_prospect_options o = {.profile = profile_of(CSP ", " AGE), .top = 100, .with_refusals = true};
        o.exclude.path = scratch_text("clients.csv", cases[i].clients);
        outcome got = propose(&o, 2, NULL);
        cr_assert_eq(got.status, RV_OK, "case %u: %s", i, got.err.message);
        for (unsigned k = 0; k < 12; k++)
            cr_assert_eq(strstr(got.ids, all[k]) == NULL, strstr(cases[i].excluded, all[k]) != NULL, "case %u: %s", i,
                         all[k]);
        drop(&got);
    }
}

/* Digests: brought by the clients, with an index of them or without (then the base is scanned); or made of the clients'
 * clear values where only the base has digests. */
Test(prospects, digests_exclude_both_ways) {
    const char *base =
        "id,email_sha256,csp\n"
        "k1,2f1a6a06bd1d9dbdf5a3ee4a10df1c4e4a0fbbd6a1e0f4b0a1d7a3f3e2c1b0a9,cadre\n"
        "k2,4441bcf161bb259a0133b7b0054b9044878e2b7da61ec3cc1e63b9a3e8d05f6b,cadre\n"; /* zoe.b@example.fr */
    rv_prospect_options o = {.profile = profile_of(CSP), .top = 10};
    o.exclude.path = scratch_text("clients.csv", "email\nZoe.B@Example.fr\n");
    outcome got = propose(&o, 1, base);
    cr_assert_eq(got.status, RV_OK, "%s", got.err.message);
    cr_assert_str_eq(got.ids, "k1");
    drop(&got);
    for (int indexed = 0; indexed < 2; indexed++) {
        o.megabase = base_make("clear.rvl", "id,email,csp\nk1,a@example.com,cadre\nk2,zoe.b@example.fr,cadre\n",
                               indexed ? BASE_ALL_KINDS : BASE_CLEAR_KINDS, indexed ? RV_ARCHIVE : RV_IMAGE);
        o.exclude.path = scratch_text(
            "clients.csv", "email_sha256\n4441bcf161bb259a0133b7b0054b9044878e2b7da61ec3cc1e63b9a3e8d05f6b\n");
        got = propose(&o, 1, NULL);
        cr_assert_eq(got.status, RV_OK, "%s", got.err.message);
        cr_assert_str_eq(got.ids, "k1", "indexed %d", indexed);
        drop(&got);
    }
}

/* A crowd's key is no stop key here; a hundred and one contacts is one more than matching would look at. */
Test(prospects, a_key_of_a_crowd_takes_the_crowd_out) {
    rv_buffer table = {0};
    rv_buffer_string(&table, "id,email,csp\n");
    for (int i = 0; i < 300; i++)
        rv_buffer_format(&table, "c%03d,%s@example.fr,cadre\n", i, i < 150 ? "caisse" : i < 250 ? "two" : "other");
    rv_buffer_byte(&table, 0);
    rv_prospect_options o = {.profile = profile_of(CSP), .top = 1000};
    o.exclude.path = scratch_text("clients.csv", "email\ncaisse@example.fr\ncaisse@example.fr\ncaisse@example.fr\n");
    outcome got = propose(&o, 2, table.data);
    cr_assert_eq(got.status, RV_OK, "%s", got.err.message);
    cr_assert_eq(strlen(got.ids), 150 * 5 - 1u);
    cr_assert_null(strstr(got.ids, "c149"));
    cr_assert_not_null(strstr(got.ids, "c150"));
    cr_assert(strstr(got.json, "\"clients\":3,\"known\":3,\"without_key\":0,\"contacts\":150"), "%s", got.json);
    drop(&got);
    rv_buffer_free(&table);
}

Test(prospects, required_values_and_columns_left_out) {
    rv_assignment require[] = {{"csp", "cadre"}, {"years", "50"}};
    const char *without[] = {"csp"};
    rv_prospect_options o = {.profile = profile_of(CSP ", " AGE), .top = 100, .require = require, .n_require = 2};
    expect(&o, "k01 k06 k09 k10");
    o.n_require = 1;
    o.without = without;
    o.n_without = 1;
    outcome got = propose(&o, 1, NULL);
    cr_assert_eq(got.status, RV_OK, "%s", got.err.message);
    cr_assert_str_eq(got.ids, "k01 k02 k03 k05 k06 k09 k10 k12 k08");
    cr_assert(strstr(got.csv, "\nk01,530,0.425000,1,1,years=35+:30|rest:0|base:500\n"), "%s", got.csv);
    cr_assert(strstr(got.json, "\"left_out\":[\"csp\"]"), "%s", got.json);
    drop(&got);
}

/* --- What is refused --------------------------------------------------------------------------------------------- */

static void expect_failure(const rv_prospect_options *options, rv_status status, const char *message) {
    outcome o = propose(options, 1, NULL);
    cr_assert_eq(o.status, status, "%d: %s", o.status, o.err.message);
    cr_assert(strstr(o.err.message, message), "%s", o.err.message);
    cr_assert_not(rv_file_exists(scratch_path("out.csv")));
    cr_assert_eq(scratch_count(), 2u + (options->exclude.path != NULL)); /* base, profile, clients */
    drop(&o);
}

Test(prospects, what_cannot_be_is_refused_and_nothing_is_written) {
    const char *religion[] = {"religion"}, *nothing[] = {"cps"};
    rv_assignment wrong[] = {{"cps", "cadre"}}, nobody[] = {{"csp", "roi"}};
    rv_prospect_options good = {.profile = profile_of(CSP ", " AGE), .top = 5}, o = good;
    o.top = 0;
    expect_failure(&o, RV_BAD_ARGUMENT, "--top N is needed");
    o = good;
    o.require = wrong;
    o.n_require = 1;
    expect_failure(&o, RV_BAD_ARGUMENT, "no attribute 'cps'");
    o.require = nobody;
    expect_failure(&o, RV_BAD_ARGUMENT, "no contact has the value 'roi'");
    o = good;
    o.without = nothing;
    o.n_without = 1;
    expect_failure(&o, RV_BAD_ARGUMENT, "the profile has no column 'cps'");
    o = good;
    o.exclude.path = scratch_text("clients.csv", "colour,years\nred,50\n");
    expect_failure(&o, RV_BAD_INPUT, "can tell who they are");
    remove(o.exclude.path);
    o = good;
    o.profile = profile_of(CSP ", " ONLY("religion"));
    expect_failure(&o, RV_REFUSED, "'religion', which is sensitive");
    o.use_sensitive = religion;
    o.n_use_sensitive = 1;
    expect(&o, "k01 k02 k03 k05 k06");
    o.use_sensitive = NULL;
    o.n_use_sensitive = 0;
    o.without = religion;
    o.n_without = 1;
    expect(&o, "k01 k02 k03 k05 k06");
}

Test(prospects, columns_that_the_base_has_not_are_named_with_the_remedy) {
    rv_prospect_options o = {.profile = profile_of(CSP ", " ONLY("magasin") ", " ONLY("carte")), .top = 5};
    outcome got = propose(&o, 1, NULL);
    cr_assert_eq(got.status, RV_BAD_INPUT);
    cr_assert(strstr(got.err.message, "2 columns that the megabase has not: magasin,carte"), "%s", got.err.message);
    cr_assert(strstr(got.err.hint, "--without magasin,carte"), "%s", got.err.hint);
    const char *without[] = {"magasin", "carte"};
    o.without = without;
    o.n_without = 1;
    got = propose(&o, 1, NULL);
    cr_assert(strstr(got.err.message, "1 columns that the megabase has not: carte"), "%s", got.err.message);
    cr_assert(strstr(got.err.hint, "--without magasin,carte"), "what was left out stays so: %s", got.err.hint);
    o.n_without = 2;
    expect(&o, "k01 k02 k03 k05 k06");
}

Test(prospects, a_dry_run_writes_nothing_and_an_old_output_is_kept) {
    rv_prospect_options o = {.megabase = base_make("base.rvl", base_table, BASE_ALL_KINDS, RV_IMAGE),
                             .profile = profile_of(CSP),
                             .top = 5,
                             .out = scratch_path("out.csv")};
    rv_error err = {0};
    rv_report report = {0};
    cr_assert_eq(rv_prospects(&o, &(rv_settings){.dry_run = true}, &report, &err), RV_OK, "%s", err.message);
    cr_assert(strstr(report.json, "\"proposed\":5"), "%s", report.json);
    cr_assert_not(rv_file_exists(o.out));
    rv_report_reset(&report);
    scratch_text("out.csv", "mine\n");
    cr_assert_eq(rv_prospects(&o, &(rv_settings){0}, NULL, &err), RV_BAD_ARGUMENT);
    char *kept = scratch_read(o.out, NULL);
    cr_assert_str_eq(kept, "mine\n");
    free(kept);
}

/* --- A larger base: the same as `score --profile` says of a table of its contacts ---------------------------------- */

static const char *field(const char *line, unsigned n, char out[512]) {
    while (n--) line = strchr(line, ',') + 1;
    size_t len = strcspn(line, ",\n");
    memcpy(out, line, len);
    out[len] = 0;
    return out;
}

Test(prospects, scores_and_ranks_are_those_of_the_same_people_in_a_table) {
    enum { ROWS = 6000, TOP = 500 };
    rv_buffer base = {0}, table = {0};
    rv_random r;
    rv_random_init(&r, 5, 5);
    rv_buffer_string(&base, "id,csp,years,wide,many\n");
    rv_buffer_string(&table, "client_id,csp,years,wide,many,state\n");
    for (int i = 0; i < ROWS; i++) {
        static const char *const csp[] = {"cadre", "ouvrier", "", "employe"};
        char age[16] = "", wide[16] = "";
        unsigned a = rv_random_below(&r, 80), w = rv_random_below(&r, 1000);
        if (a) snprintf(age, sizeof age, "%u", a);
        if (w) snprintf(wide, sizeof wide, "%u.5", w * 3);
        const char *c = csp[rv_random_below(&r, 4)];
        unsigned many = rv_random_below(&r, 12);
        rv_buffer_format(&base, "p%04d,%s,%s,%s,m%u\n", i, c, age, wide, many);
        bool active = rv_random_below(&r, 100) < a / 2 + (c[0] == 'c' ? 30 : 0) + w / 40 + many;
        rv_buffer_format(&table, "p%04d,%s,%s,%s,m%u,%s\n", i, c, age, wide, many, active ? "active" : "asleep");
    }
    rv_buffer_byte(&base, 0);
    char profile[512], out[512], scored[512], in[512];
    snprintf(profile, sizeof profile, "%s", scratch_path("learned.json"));
    snprintf(out, sizeof out, "%s", scratch_path("best.csv"));
    snprintf(scored, sizeof scored, "%s", scratch_path("scored.csv"));
    snprintf(in, sizeof in, "%s", scratch_file("in.csv", table.data, table.len));
    const char *ignore[] = {"state"};
    rv_settings settings = {.threads = 2, .force = true};
    rv_error err = {0};
    rv_score_options learn = {.in.path = in, .active = "state=active", .profile_out = profile};
    cr_assert_eq(rv_score(&learn, &settings, NULL, &err), RV_OK, "%s", err.message);
    rv_score_options apply = {.in = {.path = in, .ignore = ignore, .n_ignore = 1}, .profile = profile, .out = scored};
    cr_assert_eq(rv_score(&apply, &settings, NULL, &err), RV_OK, "%s", err.message);
    char *want = scratch_read(scored, NULL), *lines[ROWS + 1] = {0}, text[512];
    for (char *line = strchr(want, '\n') + 1; *line; line = strchr(line, '\n') + 1)
        lines[strtoul(field(line, 3, text), NULL, 10)] = line; /* by rank */
    char *first = NULL;
    for (int layout = RV_IMAGE; layout <= RV_ARCHIVE; layout++)
        for (int threads = 1; threads <= 3; threads += 2) {
            char mega[512];
            snprintf(mega, sizeof mega, "%s", base_make("large.rvl", base.data, BASE_ALL_KINDS, (rv_layout)layout));
            rv_prospect_options o = {.megabase = mega, .profile = profile, .top = TOP, .out = out};
            settings.threads = threads;
            cr_assert_eq(rv_prospects(&o, &settings, NULL, &err), RV_OK, "%s", err.message);
            char *got = scratch_read(out, NULL);
            const char *line = strchr(got, '\n') + 1;
            for (int rank = 1; rank <= TOP; rank++, line = strchr(line, '\n') + 1) {
                size_t n = strcspn(line, "\n");
                cr_assert(n == strcspn(lines[rank], "\n") && memcmp(line, lines[rank], n) == 0,
                          "rank %d: %.*s, not %.*s", rank, (int)n, line, (int)strcspn(lines[rank], "\n"), lines[rank]);
            }
            cr_assert_eq(*line, 0);
            if (first) cr_assert_str_eq(got, first);
            else first = strdup(got);
            free(got);
        }
    free(first);
    free(want);
    rv_buffer_free(&base);
    rv_buffer_free(&table);
}

/* --- Consent ----------------------------------------------------------------------------------------------------- */

Test(prospects, consent_is_read_by_its_words) {
    static const struct {
        const char *name;
        bool consent;
        const char *value;
        bool refused;
    } cases[] = {
        {"optin", false, "non", true},      {"optin", false, "oui", false},     {"OptIn_Email", false, "0", true},
        {"opt_out", false, "1", true},      {"opt_out", false, "0", false},     {"optout", false, "Oui", true},
        {"consentement", false, "N", true}, {"consent", false, "", false},      {"consent", false, "perhaps", false},
        {"letters", true, "no", true},      {"letters", false, "no", false},    {"optin_courrier", false, "non", false},
        {"consent", false, "Refusé", true}, {"gdpr_optout", true, "yes", true}, {"gdpr_optout", true, "no", false}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_attribute a = {.consent = cases[i].consent};
        snprintf(a.name, sizeof a.name, "%s", cases[i].name);
        cr_assert_eq(rv_consent_is_refused(rv_consent_of(&a), rv_text_of(cases[i].value)), cases[i].refused, "%s=%s",
                     cases[i].name, cases[i].value);
    }
}
