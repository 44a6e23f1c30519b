/* Linkage as the last tier of enriching: whom it finds, whom it leaves alone. */
#include "enrich.h"
#include "file.h"
#include "random.h"
#include "scratch.h"
#include "test_base.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CONTACTS = 3000, CLIENTS = 600 };

static const char *const FIRST[] = {"Jeanne", "Marie", "Lucien", "Annette", "Pierre", "Karim", "Paulette", "Mathilde"};
static const char *const LAST[] = {"Martinet", "Dupontel", "Lefebvre", "Nguyen",   "Garnier",
                                   "Roussel",  "Bouchard", "Moreau",   "Delahaye", "Perrin"};
static const char *const STREETS[] = {"rue des Lilas", "avenue Foch", "place du Marche", "chemin Vert", "rue Basse"};

typedef struct somebody {
    const char *first, *last, *street;
    unsigned year, month, day, number, postcode;
} somebody;

static somebody people[CONTACTS];

static void make_people(uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 1);
    for (unsigned i = 0; i < CONTACTS; i++)
        people[i] = (somebody){FIRST[rv_random_below(&random, 8)],   LAST[rv_random_below(&random, 10)],
                               STREETS[rv_random_below(&random, 5)], 1940 + rv_random_below(&random, 60),
                               1 + rv_random_below(&random, 12),     1 + rv_random_below(&random, 28),
                               1 + rv_random_below(&random, 90),     10000 + 100 * rv_random_below(&random, 40)};
}

static void put(rv_buffer *to, const char *id, unsigned number, const somebody *p, const char *last) {
    rv_buffer_format(to, "%s%u,%s,%s,%04u-%02u-%02u,%u,%s,%u,Ville\n", id, number, p->first, last, p->year, p->month,
                     p->day, p->number, p->street, p->postcode);
}
#define COLUMNS "id,first_name,last_name,birth_date,street_number,street,postcode,city\n"

/* Client i is contact 5 i with a letter of the last name wrong; from the middle on he is a child of that house, of a
 * first name and a birth of his own, who isn't in the base. */
static const char *make_clients(void) {
    rv_buffer text = {0};
    rv_buffer_string(&text, COLUMNS);
    for (unsigned i = 0; i < CLIENTS; i++) {
        somebody p = people[5 * i];
        char last[16];
        snprintf(last, sizeof last, "%s", p.last);
        if (i < CLIENTS / 2) {
            last[3] = last[3] == 'x' ? 'w' : 'x';
        } else {
            p.first = "Zephirine";
            p.year = 2001;
            p.month = 13 - p.month;
        }
        put(&text, "C", i, &p, last);
    }
    char *all = rv_buffer_take(&text, NULL);
    const char *path = scratch_text("clients.csv", all);
    rv_free(all);
    return path;
}

static const char *make_base(void) {
    rv_buffer text = {0};
    rv_buffer_string(&text, COLUMNS);
    for (unsigned i = 0; i < CONTACTS; i++) put(&text, "M", i, &people[i], people[i].last);
    char *all = rv_buffer_take(&text, NULL);
    const char *path = base_make("mega.rvl", all, BASE_CLEAR_KINDS, RV_IMAGE);
    rv_free(all);
    return path;
}

static rv_status enrich(const char *base, const char *clients, rv_linkage level, int threads, const char *out,
                        rv_report *report, rv_error *error) {
    rv_settings settings = {.threads = threads, .force = true};
    rv_enrich_options options = {
        .megabase = base, .clients = {.path = clients}, .out = scratch_path(out), .linkage = {.level = level}};
    return rv_enrich(&options, &settings, report, error);
}

/* Lines whose tier is `tier`; *right: those of them with the contact that the client was made of. */
static unsigned count(const char *csv, const char *tier, unsigned *right) {
    unsigned n = 0;
    char wanted[64];
    *right = 0;
    for (const char *line = strchr(csv, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        unsigned client = (unsigned)atoi(line + 1);
        const char *at = line;
        for (int comma = 0; comma < 8; comma++) at = strchr(at, ',') + 1;
        if (strncmp(at, tier, strlen(tier)) != 0 || at[strlen(tier)] != ',') continue;
        snprintf(wanted, sizeof wanted, ",M%u,", 5 * client);
        const char *found = strstr(at, wanted), *end = strchr(at, '\n');
        *right += found && found < end;
        n++;
    }
    return n;
}

Test(enrich_link, clients_with_errors_are_found_and_their_children_are_not) {
    make_people(1);
    const char *base = make_base(), *clients = make_clients();
    rv_error error = {0};
    rv_report report = {0};
    unsigned right;
    cr_assert_eq(enrich(base, clients, RV_LINKAGE_UNSAID, 2, "off.csv", &report, &error), RV_OK, "%s", error.message);
    rv_report_reset(&report);
    char *csv = scratch_read(scratch_path("off.csv"), NULL);
    cr_expect_eq(count(csv, "linkage", &right), 0, "nobody asked for linkage");
    free(csv);
    cr_assert_eq(enrich(base, clients, RV_LINKAGE_DEFAULT, 2, "on.csv", &report, &error), RV_OK, "%s", error.message);
    csv = scratch_read(scratch_path("on.csv"), NULL);
    unsigned linked = count(csv, "linkage", &right);
    cr_expect_geq(right, CLIENTS / 2 * 9 / 10, "%u right", right);
    cr_expect_leq(linked - right, CLIENTS / 100, "%u of %u wrong", linked - right, linked);
    cr_expect_geq(count(csv, "household", &right), CLIENTS / 2 * 9 / 10);
    cr_expect_eq(right, 0, "a household attaches nobody");
    cr_expect_neq(strstr(report.json, "\"linkage\":{"), NULL);
    free(csv);
    rv_report_reset(&report);
}

Test(enrich_link, any_number_of_threads_writes_the_same_bytes) {
    make_people(2);
    const char *base = make_base(), *clients = make_clients();
    rv_error error = {0};
    rv_report report = {0};
    size_t n_one, n_four;
    cr_assert_eq(enrich(base, clients, RV_LINKAGE_WIDE, 1, "one.csv", &report, &error), RV_OK, "%s", error.message);
    rv_report_reset(&report);
    cr_assert_eq(enrich(base, clients, RV_LINKAGE_WIDE, 4, "four.csv", &report, &error), RV_OK, "%s", error.message);
    rv_report_reset(&report);
    char *one = scratch_read(scratch_path("one.csv"), &n_one), *four = scratch_read(scratch_path("four.csv"), &n_four);
    cr_assert_eq(n_one, n_four);
    cr_expect_eq(memcmp(one, four, n_one), 0);
    free(one);
    free(four);
}

Test(enrich_link, a_stream_is_refused_with_the_way_out) {
    make_people(3);
    rv_error error = {0};
    rv_report report = {0};
    const char *base = make_base();
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    cr_assert_gt(write(ends[1], COLUMNS, sizeof COLUMNS - 1), 0);
    close(ends[1]);
    cr_assert_eq(enrich(base, "-", RV_LINKAGE_DEFAULT, 1, "out.csv", &report, &error), RV_BAD_ARGUMENT);
    cr_expect_neq(strstr(error.hint, "--link off"), NULL);
    cr_expect_neq(rv_file_exists(scratch_path("out.csv")), true, "nothing was written");
}

Test(enrich_link, a_file_whose_clients_are_all_found_or_nobody_is_no_failure) {
    make_people(4);
    rv_error error = {0};
    rv_report report = {0};
    const char *base = make_base();
    const char *same = scratch_text("same.csv", COLUMNS), *strangers;
    cr_expect_eq(enrich(base, same, RV_LINKAGE_DEFAULT, 2, "none.csv", &report, &error), RV_OK, "%s", error.message);
    rv_report_reset(&report);
    strangers = scratch_text("strangers.csv", COLUMNS "C1,Wolfgang,Schmidt,1931-07-04,3,Hauptstrasse,99999,Stadt\n");
    cr_expect_eq(enrich(base, strangers, RV_LINKAGE_DEFAULT, 2, "strange.csv", &report, &error), RV_OK, "%s",
                 error.message);
    rv_report_reset(&report);
}

Test(enrich_link, match_gives_the_links_that_enrich_attaches) {
    make_people(5);
    const char *base = make_base(), *clients = make_clients();
    rv_error error = {0};
    rv_report report = {0};
    rv_settings settings = {.threads = 2};
    rv_match_base_options options = {.megabase = base,
                                     .clients = {.path = clients},
                                     .linkage = {.level = RV_LINKAGE_DEFAULT},
                                     .out = scratch_path("links.csv")};
    cr_assert_eq(rv_match_base(&options, &settings, &report, &error), RV_OK, "%s", error.message);
    rv_report_reset(&report);
    cr_assert_eq(enrich(base, clients, RV_LINKAGE_DEFAULT, 2, "enriched.csv", &report, &error), RV_OK);
    rv_report_reset(&report);
    char *links = scratch_read(options.out, NULL), *csv = scratch_read(scratch_path("enriched.csv"), NULL);
    const char *link = strchr(links, '\n') + 1;
    cr_assert_eq(strncmp(links, "left_id,right_id,tier,probability\n", 34), 0);
    for (const char *line = strchr(csv, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        char id[16], tier[32], probability[16], contact[16], expected[96];
        const char *at = line;
        for (int comma = 0; comma < 8; comma++) at = strchr(at, ',') + 1;
        cr_assert_eq(sscanf(line, "%15[^,]", id), 1);
        if (sscanf(at, "%31[^,],%15[^,],%15[^,\n]", tier, probability, contact) != 3) continue; /* no contact */
        int n = snprintf(expected, sizeof expected, "%s,%s,%s,%s\n", id, contact, tier, probability);
        cr_assert_eq(strncmp(link, expected, (size_t)n), 0, "expected %s", expected);
        link += n;
    }
    cr_expect_eq(*link, 0, "a link too many");
    free(links);
    free(csv);
    options.clients.path = NULL;
    cr_expect_eq(rv_match_base(&options, &settings, &report, &error), RV_BAD_ARGUMENT);
}

Test(enrich_link, explain_tells_what_each_field_said_and_shows_no_value) {
    make_people(6);
    const char *base = make_base(), *clients = make_clients();
    rv_error error = {0};
    rv_megabase *megabase;
    rv_settings settings = {.threads = 2};
    static const char *const ids[] = {"C0", "C599"};
    rv_enrich_options options = {
        .megabase = base, .clients = {.path = clients}, .linkage = {.level = RV_LINKAGE_DEFAULT}};
    rv_buffer text = {0};
    cr_assert_eq(rv_megabase_open(base, &megabase, &error), RV_OK);
    cr_assert_eq(rv_enrich_explain_linkage(megabase, &options, &settings, ids, 2, &text, &error), RV_OK, "%s",
                 error.message);
    char *told = rv_buffer_take(&text, NULL);
    const char *first = strstr(told, "client C0\n"), *second = strstr(told, "client C599\n");
    cr_assert(first && second, "%s", told);
    const char *contact = strstr(first, "contact M0\n"), *relatives = strstr(second, "only people of his household");
    cr_expect(contact && contact < second, "%s", told);
    cr_expect_neq(strstr(first, "birth_date     equal"), NULL, "%s", told);
    cr_expect_neq(relatives, NULL, "%s", told);
    for (unsigned i = 0; i < 10; i++) {
        char shown[16];
        size_t n = strlen(LAST[i]);
        for (size_t k = 0; k <= n; k++) shown[k] = (char)(LAST[i][k] >= 'a' ? LAST[i][k] - 32 : LAST[i][k]);
        cr_expect(!strstr(told, LAST[i]) && !strstr(told, shown), "a name is shown");
    }
    rv_free(told);
    options.linkage.level = RV_LINKAGE_OFF;
    cr_assert_eq(rv_enrich_explain_linkage(megabase, &options, &settings, ids, 2, &text, &error), RV_OK);
    cr_expect_eq(text.len, 0, "nobody asked for linkage");
    rv_buffer_free(&text);
    rv_megabase_close(megabase);
}
