/* rv_build from end to end: small partner files in, a megabase out, opened and read again. */
#include "csv_writer.h"
#include "document.h"
#include "megabase.h"
#include "person.h"
#include "report.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- Building and looking ----------------------------------------------------------------------------------------- */

#define COLUMNS                                                                                                        \
    "columns:\n"                                                                                                       \
    "  - {name: id, role: id}\n"                                                                                       \
    "  - {name: first, role: first_name}\n"                                                                            \
    "  - {name: last, role: last_name}\n"                                                                              \
    "  - {name: born, role: birth_date}\n"                                                                             \
    "  - {name: email, role: email}\n"                                                                                 \
    "  - {name: mobile, role: mobile}\n"                                                                               \
    "  - {name: phone, role: phone}\n"                                                                                 \
    "  - {name: street, role: address_line}\n"                                                                         \
    "  - {name: zip, role: postcode}\n"                                                                                \
    "  - {name: town, role: city}\n"                                                                                   \
    "  - {name: upd, role: updated_on}\n"                                                                              \
    "  - {name: pets, role: attribute}\n"                                                                              \
    "  - {name: income, role: attribute, type: integer, sensitive: true}\n"
#define SOURCES                                                                                                        \
    "version: 1\nsources:\n"                                                                                           \
    "  - {name: crm, files: crm.csv, date: 2026-01-10, priority: 1, id: id}\n"                                         \
    "  - {name: web, files: [web.csv], date: 2026-03-20, priority: 2}\n"
#define HEADER "id,first,last,born,email,mobile,phone,street,zip,town,upd,pets,income\n"

static const char *warned;
static char warnings[4096];
static void hear(void *ctx, rv_level level, const char *text) {
    (void)ctx;
    if (level != RV_WARNING) return;
    warned = warnings;
    strncat(warnings, text, sizeof warnings - strlen(warnings) - 1);
    strncat(warnings, "\n", sizeof warnings - strlen(warnings) - 1);
}

static rv_settings settings_of(int threads) {
    warned = NULL;
    warnings[0] = 0;
    return (rv_settings){.threads = threads, .seeded = true, .seed = 7, .message = hear};
}

typedef struct built {
    rv_status status;
    rv_error err;
    rv_report report;
    rv_megabase *base;
    rv_contact_reader *reader;
    rv_arena arena;
    rv_contact contacts[64];
    uint32_t rows;
} built;

static built build_with(rv_settings settings, const char *schema, const char *crm, const char *web) {
    built b = {0};
    char schema_path[256], out[256];
    snprintf(schema_path, sizeof schema_path, "%s", scratch_text("schema.yaml", schema));
    snprintf(out, sizeof out, "%s", scratch_path("mega.rvl"));
    if (crm) scratch_text("crm.csv", crm);
    if (web) scratch_text("web.csv", web);
    rv_build_options options = {.schema = schema_path, .out = out};
    b.status = rv_build(&options, &settings, &b.report, &b.err);
    return b;
}

static void look(built *b) {
    cr_assert_eq(b->status, RV_OK, "%s %s (%s:%llu:%llu)", b->err.message, b->err.hint, b->err.file,
                 (unsigned long long)b->err.line, (unsigned long long)b->err.column);
    cr_assert_eq(rv_megabase_open(scratch_path("mega.rvl"), &b->base, &b->err), RV_OK, "%s", b->err.message);
    cr_assert_eq(rv_contact_reader_new(b->base, &b->reader, &b->err), RV_OK);
    b->rows = rv_megabase_rows(b->base);
    uint32_t rows[64];
    cr_assert(b->rows <= 64);
    for (uint32_t i = 0; i < b->rows; i++) {
        rows[i] = i;
        b->contacts[i].fields = rv_arena_get(&b->arena, RV_MAX_FIELDS * sizeof(rv_text));
        b->contacts[i].origins = rv_arena_get(&b->arena, RV_MAX_FIELDS * sizeof(rv_origin));
    }
    cr_assert_eq(rv_contact_read(b->reader, rows, b->rows, &b->arena, b->contacts, &b->err), RV_OK, "%s",
                 b->err.message);
}

static built build(const char *crm, const char *web) {
    rv_settings settings = settings_of(1);
    settings.force = true;
    built b = build_with(settings, SOURCES COLUMNS, crm, web);
    look(&b);
    return b;
}

static void drop(built *b) {
    rv_contact_reader_free(b->reader);
    rv_megabase_close(b->base);
    rv_arena_free(&b->arena);
    rv_report_reset(&b->report);
}

static const char *text(rv_text t) {
    static char out[8][256];
    static unsigned turn;
    char *to = out[turn++ % 8];
    snprintf(to, 256, "%.*s", (int)t.len, t.ptr ? t.ptr : "");
    return to;
}
static const char *field(const built *b, uint32_t row, const char *name) {
    return text(b->contacts[row].fields[rv_schema_field(rv_megabase_schema(b->base), name)]);
}
static rv_origin origin(const built *b, uint32_t row, const char *name) {
    return b->contacts[row].origins[rv_schema_field(rv_megabase_schema(b->base), name)];
}
static const char *attribute(const built *b, uint32_t row, const char *name) {
    uint32_t a = (uint32_t)rv_schema_attribute(rv_megabase_schema(b->base), name), code = 0;
    const rv_dictionary *dictionary = NULL;
    cr_assert_eq(rv_megabase_codes(b->base, &row, 1, &a, 1, &code, NULL), RV_OK);
    cr_assert_eq(rv_megabase_dictionary(b->base, a, &dictionary, NULL), RV_OK);
    return code ? text(rv_dictionary_value(dictionary, code)) : "";
}
/* Rows of the base that an e-mail finds, as "0 1". */
static const char *found(const built *b, const char *index_name, rv_key_kind kind, const rv_person *person) {
    static char out[64];
    rv_person_key keys[RV_PERSON_KEYS_MAX];
    const rv_key_index *index = NULL;
    cr_assert_eq(rv_megabase_index(b->base, index_name, &index, NULL), RV_OK);
    cr_assert(index);
    unsigned n = rv_person_keys(person, rv_megabase_secret(b->base), 1u << kind, false, keys);
    cr_assert_eq(n, 1u);
    rv_run run;
    cr_assert_eq(rv_key_index_probe(index, &keys[0].key, 1, UINT32_MAX, &run, NULL), RV_OK);
    out[0] = 0;
    for (uint32_t i = 0; i < run.count; i++)
        snprintf(out + strlen(out), sizeof out - strlen(out), i ? " %u" : "%u", rv_run_row(&run, i));
    return out;
}

/* --- Merging ------------------------------------------------------------------------------------------------------ */

Test(build, the_freshest_value_wins_field_by_field_and_keeps_its_source_and_date) {
    built b = build(HEADER "A1,Marie,Dupont,,marie@exemple.fr,0612345678,,,,,2026-05-01,cat,\n"
                           "A2,Paul,Durand,,paul@exemple.fr,,,,,,,,900\n",
                    HEADER "W9,Marie,DUPONT,12/03/1980,marie@exemple.fr,0798765432,,,,,,dog,1200\n");
    cr_assert_eq(b.rows, 2u);
    cr_assert_str_eq(text(b.contacts[0].id), "A1");
    cr_assert_str_eq(text(b.contacts[0].aliases), "W9");
    cr_assert_eq(b.contacts[0].source_rows, 2u);
    cr_assert_eq(b.contacts[0].last_seen, rv_date_of(2026, 5, 1));
    cr_assert_str_eq(field(&b, 0, "mobile"), "0612345678"); /* updated in May, the other source is of March */
    cr_assert_str_eq(field(&b, 0, "last_name"), "Dupont");
    cr_assert_str_eq(field(&b, 0, "birth_date"), "12/03/1980"); /* only the older row has it */
    cr_assert_eq(origin(&b, 0, "mobile").source, 0);
    cr_assert_eq(origin(&b, 0, "mobile").date, rv_date_of(2026, 5, 1));
    cr_assert_eq(origin(&b, 0, "birth_date").source, 1);
    cr_assert_eq(origin(&b, 0, "birth_date").date, rv_date_of(2026, 3, 20));
    cr_assert_str_eq(attribute(&b, 0, "pets"), "cat");
    cr_assert_str_eq(attribute(&b, 0, "income"), "1200");
    cr_assert_str_eq(attribute(&b, 1, "pets"), "");
    cr_assert_str_eq(attribute(&b, 1, "income"), "900");
    uint32_t row = 0, both[2] = {0, 1};
    uint16_t sources[2];
    cr_assert_eq(rv_megabase_attribute_sources(b.reader, &row, 1, both, 2, sources, NULL), RV_OK);
    cr_assert_eq(sources[0], 0);
    cr_assert_eq(sources[1], 1);
    const rv_schema *schema = rv_megabase_schema(b.base);
    cr_assert_eq(schema->n_sources, 2u);
    cr_assert_str_eq(schema->sources[1].name, "web");
    cr_assert_eq(schema->sources[1].date, rv_date_of(2026, 3, 20));
    cr_assert_eq(schema->sources[0].rows, 2u);
    cr_assert(schema->attributes[1].sensitive);
    cr_assert_eq(schema->attributes[1].type, RV_INTEGER);
    drop(&b);
}

Test(build, at_one_date_priority_wins_then_the_first_row) {
    rv_settings settings = settings_of(1);
    const char *one = HEADER "A1,Marie,Dupont,,m@exemple.fr,,,,,,2026-01-01,first,\n"
                             "A2,Marie,Dupont,,m@exemple.fr,,,,,,2026-01-01,second,3\n";
    const char *two = HEADER "W1,Marie,Dupont,,m@exemple.fr,,,,,,2026-01-01,third,4\n";
    built b = build_with(settings, SOURCES COLUMNS, one, two);
    look(&b);
    cr_assert_eq(b.rows, 1u);
    cr_assert_str_eq(attribute(&b, 0, "pets"), "first");
    cr_assert_str_eq(attribute(&b, 0, "income"), "3");
    drop(&b);
    settings.force = true;
    b = build_with(settings,
                   "version: 1\nsources:\n  - {name: crm, files: crm.csv, priority: 5}\n"
                   "  - {name: web, files: web.csv, priority: 2}\n" COLUMNS,
                   one, two);
    look(&b);
    cr_assert_str_eq(attribute(&b, 0, "pets"), "third");
    cr_assert_str_eq(attribute(&b, 0, "income"), "4");
    drop(&b);
}

Test(build, an_address_is_taken_whole_from_the_freshest_row_that_has_one) {
    built b = build(HEADER "A1,Marie,Dupont,,m@exemple.fr,,,3 rue Basse,69002,Lyon,2026-01-01,,\n"
                           "A2,Marie,Dupont,,m@exemple.fr,,,,75011,Paris,2026-02-01,,\n"
                           "A3,Jean,Petit,,j@exemple.fr,,,3 rue Basse,69002,Lyon,2026-01-01,,\n"
                           "A4,Jean,Petit,,j@exemple.fr,,,,69002,LYON 2,2026-02-01,,\n",
                    HEADER);
    cr_assert_eq(b.rows, 2u);
    cr_assert_str_eq(field(&b, 0, "city"), "Paris");
    cr_assert_str_eq(field(&b, 0, "address_line"), ""); /* a street in Lyon isn't one in Paris */
    cr_assert_str_eq(field(&b, 1, "city"), "LYON 2");
    cr_assert_str_eq(field(&b, 1, "address_line"), "3 rue Basse");
    drop(&b);
}

Test(build, families_and_flatmates_stay_apart_and_share_their_keys) {
    built b = build(HEADER "A1,Marie,Dupont,,famille@exemple.fr,0612345678,0145678901,1 rue Haute,75011,Paris,,,\n"
                           "A2,Pierre,Dupont,,famille@exemple.fr,0612345678,0145678901,1 rue Haute,75011,Paris,,,\n"
                           "A3,Anna,Klein,,,,0145678901,1 rue Haute,75011,Paris,,,\n",
                    HEADER "W1,Anna,Klein,,,,01 45 67 89 01,,,,,,\n"
                           "W2,Pierre,Dupont,,FAMILLE@exemple.fr,,,,,,,,\n");
    cr_assert_eq(b.rows, 4u); /* the landline alone joins nobody */
    cr_assert_str_eq(text(b.contacts[1].aliases), "W2");
    rv_person who = {.email = RV_TEXT("famille@exemple.fr"), .birth = RV_DATE_NONE};
    cr_assert_str_eq(found(&b, "email", RV_KEY_EMAIL, &who), "0 1");
    drop(&b);
}

Test(build, strong_keys_join_whatever_their_form) {
    built b = build(HEADER "A1,Marie,Dupont,,marie.dupont@gmail.com,,,,,,,,\n"
                           "A2,Paul,Durand,,,+33 6 98 76 54 32,,,,,,,\n"
                           "A3,Anatoline,Queffelec,14/07/1971,,,,,,,,,\n"
                           "A4,Nadia,Klein,,nadia@exemple.fr,,,,,,,,\n",
                    HEADER "W1,Marie,Dupont,,mariedupont+news@googlemail.com,,,,,,,,\n"
                           "W2,Paul,Durand,,,,0698765432,,,,,,\n"
                           "W3,ANATOLINE,QUEFFELEC,1971-07-14,,,,,,,,,\n"
                           "W4,Nadia,Klein,,nadia@exemple.fr.,,,,,,,,\n");
    cr_assert_str_eq(text(b.contacts[0].aliases), "W1", "folded e-mail");
    cr_assert_str_eq(text(b.contacts[1].aliases), "W2", "a mobile under the heading phone");
    cr_assert_str_eq(text(b.contacts[2].aliases), "W3", "name and birth date");
    rv_person who = {.email = RV_TEXT("marie.dupont@gmail.com"), .birth = RV_DATE_NONE};
    cr_assert_str_eq(found(&b, "email", RV_KEY_EMAIL, &who), "0");
    drop(&b);
}

Test(build, an_old_email_still_finds_its_contact) {
    built b = build(HEADER "A1,Marie,Dupont,,ancienne@exemple.fr,0612345678,,,,,2020-01-01,,\n",
                    HEADER "W1,Marie,Dupont,,nouvelle@exemple.fr,0612345678,,,,,2026-01-01,,\n");
    cr_assert_eq(b.rows, 1u);
    cr_assert_str_eq(field(&b, 0, "email"), "nouvelle@exemple.fr");
    rv_person old = {.email = RV_TEXT("ancienne@exemple.fr"), .birth = RV_DATE_NONE};
    cr_assert_str_eq(found(&b, "email", RV_KEY_EMAIL, &old), "0");
    drop(&b);
}

Test(build, a_birth_date_that_nobody_has_gives_way_to_an_older_sources_true_one) {
    static const char *const none[] = {"01/01/1900", "30/02/1985", "31/12/2999", "00/00/0000"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char crm[512], web[512];
        snprintf(crm, sizeof crm, "%sA1,Marie,Dupont,%s,m@exemple.fr,,,,,,2026-01-01,,\nA2,Paul,Durand,%s,p@exemple.fr,,,,,,,,\n",
                 HEADER, none[i], none[i]);
        snprintf(web, sizeof web, "%sW1,Marie,Dupont,14/07/1971,m@exemple.fr,,,,,,2020-01-01,,\n", HEADER);
        built b = build(crm, web);
        cr_assert_eq(b.rows, 2u);
        cr_assert_str_eq(field(&b, 0, "birth_date"), "14/07/1971", "%s", none[i]);
        cr_assert_str_eq(field(&b, 1, "birth_date"), "", "%s", none[i]);
        drop(&b);
    }
}

Test(build, values_that_cant_be_used_arent_kept) {
    built b = build(HEADER "A1,Marie,Dupont,,pas-de-mail,0600000000,NC,inconnu,,Paris,,null,0\n", HEADER);
    cr_assert_str_eq(field(&b, 0, "email"), "");
    cr_assert_str_eq(field(&b, 0, "mobile"), "");
    cr_assert_str_eq(field(&b, 0, "phone"), "");
    cr_assert_str_eq(field(&b, 0, "address_line"), "");
    cr_assert_str_eq(field(&b, 0, "city"), "Paris");
    cr_assert_str_eq(attribute(&b, 0, "pets"), "");
    cr_assert_str_eq(attribute(&b, 0, "income"), "0");
    drop(&b);
}

/* crm is of 2020-01-10, and may have been updated for a year (of 366 days) more. */
Test(build, a_date_that_cant_be_true_is_not_the_freshest) {
    static const char schema[] = "version: 1\nsources:\n  - {name: crm, files: crm.csv, date: 2020-01-10, priority: 1}\n"
                                 "  - {name: web, files: web.csv, date: 2020-03-20, priority: 2}\n" COLUMNS;
    rv_settings settings = settings_of(1);
    settings.force = true;
    built b = build_with(settings, schema,
                         HEADER "A1,Marie,Dupont,,marie@exemple.fr,,,,,Lyon,2062-01-09,,\n"
                                "A2,Paul,Durand,,paul@exemple.fr,,,,,Lyon,2021-01-11,,\n"
                                "A3,Anne,Leroy,,anne@exemple.fr,,,,,Lyon,2021-01-10,,\n",
                         HEADER "W1,Marie,Dupont,,marie@exemple.fr,,,,,Paris,2020-01-11,,\n"
                                "W2,Paul,Durand,,paul@exemple.fr,,,,,Paris,2020-01-11,,\n"
                                "W3,Anne,Leroy,,anne@exemple.fr,,,,,Paris,2020-01-11,,\n");
    look(&b);
    cr_assert_str_eq(field(&b, 0, "city"), "Paris");
    cr_assert_eq(b.contacts[0].last_seen, rv_date_of(2020, 1, 11));
    cr_assert_str_eq(field(&b, 1, "city"), "Paris");
    cr_assert_str_eq(field(&b, 2, "city"), "Lyon");
    cr_assert_eq(b.contacts[2].last_seen, rv_date_of(2021, 1, 10));
    cr_assert(strstr(b.report.json, "\"late_dates\":2"));
    cr_assert(strstr(b.report.json, "\"late_dates\":0"));
    cr_assert(strstr(warnings, "2 dates of update or activity lie after 2021-01-10"));
    drop(&b);
}

Test(build, a_source_without_a_date_is_held_to_the_day_of_the_build) {
    static const char schema[] = "version: 1\nsources:\n  - {name: crm, files: crm.csv}\n"
                                 "columns:\n  - {name: email, role: email}\n  - {name: seen, role: last_seen}\n";
    rv_settings settings = settings_of(1);
    settings.force = true;
    built b = build_with(settings, schema, "email,seen\na@exemple.fr,2026-01-01\nb@exemple.fr,2962-01-01\n", NULL);
    look(&b);
    cr_assert_eq(b.contacts[0].last_seen, rv_date_of(2026, 1, 1));
    cr_assert_eq(b.contacts[1].last_seen, RV_DATE_NONE);
    cr_assert(strstr(b.report.json, "\"late_dates\":1"));
    drop(&b);
}

/* Else the bytes of a seeded build would be other ones tomorrow. */
Test(build, a_seeded_build_doesnt_ask_what_day_it_is) {
    static const char schema[] = "version: 1\nsources:\n  - {name: crm, files: crm.csv, date: 2900-01-01}\n"
                                 "columns:\n  - {name: email, role: email}\n  - {name: seen, role: last_seen}\n";
    for (int seeded = 0; seeded <= 1; seeded++) {
        rv_settings settings = settings_of(1);
        settings.force = true;
        settings.seeded = seeded;
        built b = build_with(settings, schema, "email,seen\na@exemple.fr,2900-03-01\nb@exemple.fr,2901-03-01\n", NULL);
        look(&b);
        int32_t of_source = rv_date_of(2900, 1, 1);
        cr_assert_eq(b.contacts[0].last_seen, seeded ? rv_date_of(2900, 3, 1) : of_source);
        cr_assert_eq(b.contacts[1].last_seen, of_source);
        cr_assert(strstr(b.report.json, seeded ? "\"late_dates\":1" : "\"late_dates\":2"));
        drop(&b);
    }
}

static const char *consent_after(const char *crm, const char *web) {
    static const char schema[] = "version: 1\nsources:\n  - {name: crm, files: crm.csv, date: 2026-01-10, priority: 1}\n"
                                 "  - {name: web, files: web.csv, date: 2026-03-20, priority: 2}\n"
                                 "columns:\n  - {name: email, role: email}\n  - {name: upd, role: updated_on}\n"
                                         "  - {name: newsletter, role: consent}\n";
    static char out[32], rows[2][128];
    rv_settings settings = settings_of(1);
    settings.force = true;
    snprintf(rows[0], sizeof rows[0], "email,upd,newsletter\na@exemple.fr,%s\n", crm);
    snprintf(rows[1], sizeof rows[1], "email,upd,newsletter\na@exemple.fr,%s\n", web);
    built b = build_with(settings, schema, rows[0], rows[1]);
    look(&b);
    cr_assert_eq(b.rows, 1u);
    snprintf(out, sizeof out, "%s", attribute(&b, 0, "newsletter"));
    drop(&b);
    return out;
}

Test(build, a_refusal_holds_against_a_yes_that_isnt_later) {
    cr_assert_str_eq(consent_after("2026-01-05,oui", "2026-01-05,non"), "non", "one day: though crm goes first");
    cr_assert_str_eq(consent_after("2026-01-06,oui", "2026-01-05,non"), "oui");
    cr_assert_str_eq(consent_after("2026-01-04,oui", "2026-01-05,non"), "non");
    cr_assert_str_eq(consent_after("2062-01-04,oui", "2026-01-11,non"), "non", "a yes of the future is none of later");
    cr_assert_str_eq(consent_after("2026-01-04,non", ",oui"), "oui", "of the day of web's data");
}

/* n people who all have the shop's mobile, switchboard and mailbox; what the first one has to himself is older. */
static built build_crowd(int n, const char *email) {
    static char crm[8192];
    size_t len = (size_t)snprintf(crm, sizeof crm, "%s", HEADER);
    for (int i = 0; i < n; i++)
        len += (size_t)snprintf(crm + len, sizeof crm - len,
                                "K%02d,Q%cnter,Vb%cx,1980-02-%02d,%s,06 12 34 56 78,01 44 55 66 77,,01000,,2026-02-01,,\n", i,
                                'a' + i, 'a' + i, 1 + i, email);
    return build(crm, HEADER "W1,Qanter,Vbax,1980-02-01,qanter@exemple.fr,06 87 65 43 21,01 44 55 66 78,,01000,,2020-01-01,,\n");
}

Test(build, what_many_people_share_is_nobodys_and_ones_own_older_value_comes_instead) {
    static const char *const emails[] = {"caisse7@magasin.fr", "contact@magasin.fr"};
    for (int i = 0; i < 2; i++) {
        built b = build_crowd(16, emails[i]);
        cr_assert_eq(b.rows, 16u);
        for (uint32_t row = 0; row < b.rows; row++) {
            cr_assert_str_eq(field(&b, row, "email"), emails[i]);
            cr_assert_str_eq(field(&b, row, "mobile"), "06 12 34 56 78");
            cr_assert_str_eq(field(&b, row, "phone"), "01 44 55 66 77");
        }
        cr_assert(strstr(b.report.json, "\"shared_values\":{\"email\":0,\"mobile\":0,\"phone\":0,\"identifier\":0}"));
        drop(&b);
        b = build_crowd(17, emails[i]);
        cr_assert_eq(b.rows, 17u);
        for (uint32_t row = 0; row < b.rows; row++) {
            cr_assert_str_eq(field(&b, row, "email"), row ? "" : "qanter@exemple.fr");
            cr_assert_str_eq(field(&b, row, "mobile"), row ? "" : "06 87 65 43 21");
            cr_assert_str_eq(field(&b, row, "phone"), row ? "" : "01 44 55 66 78");
            cr_assert_str_eq(field(&b, row, "postcode"), "01000");
        }
        cr_assert_eq(origin(&b, 0, "email").source, 1);
        cr_assert(strstr(b.report.json, "\"shared_values\":{\"email\":17,\"mobile\":17,\"phone\":17,\"identifier\":0}"));
        drop(&b);
    }
}

Test(build, a_mailbox_that_nobody_reads_isnt_kept_and_a_small_firms_is) {
    built b = build(HEADER "A1,Marie,Dupont,,no-reply@magasin.fr,,,,,,,,\n"
                           "A2,Paul,Durand,,contact@durand-toiture.fr,,,,,,,,\n"
                           "A3,Anne,Leroy,,aze@aze.fr,,,,,,,,\n", HEADER);
    cr_assert_str_eq(field(&b, 0, "email"), "");
    cr_assert_str_eq(field(&b, 1, "email"), "contact@durand-toiture.fr");
    cr_assert_str_eq(field(&b, 2, "email"), "");
    drop(&b);
}

/* --- Ids ---------------------------------------------------------------------------------------------------------- */

Test(build, ids_that_clash_between_sources_bear_their_source_and_rows_without_one_a_number) {
    built b = build(HEADER "7,Marie,Dupont,,marie@exemple.fr,,,,,,,,\n"
                           "8,Paul,Durand,,paul@exemple.fr,,,,,,,,\n"
                           ",Luc,Petit,,luc@exemple.fr,,,,,,,,\n",
                    HEADER "7,Nadia,Klein,,nadia@exemple.fr,,,,,,,,\n"
                           "8,Paul,Durand,,paul@exemple.fr,,,,,,,,\n"
                           "5,Paul,Durand,,paul@exemple.fr,,,,,,,,\n");
    cr_assert_eq(b.rows, 4u);
    cr_assert_str_eq(text(b.contacts[0].id), "crm:7");
    cr_assert_str_eq(text(b.contacts[1].id), "5"); /* "8" is one person's in both sources */
    cr_assert_str_eq(text(b.contacts[1].aliases), "8");
    cr_assert_str_eq(text(b.contacts[2].id), "crm:3");
    cr_assert_str_eq(text(b.contacts[3].id), "web:7");
    cr_assert(strstr(b.report.json, "\"id_clashes\":1"));
    drop(&b);
}

Test(build, ids_that_clash_within_a_source_name_one_contact_each) {
    built b = build(HEADER "7,Marie,Dupont,,marie@exemple.fr,,,,,,,,\n"
                           "7,Luc,Petit,,luc@exemple.fr,,,,,,,,\n" /* a card for two */
                           "7,Luc,Petit,,luc@exemple.fr,,,,,,,,\n",
                    HEADER "7,Nadia,Klein,,nadia@exemple.fr,,,,,,,,\n"
                           "7,Nadia,Klein,,nadia@exemple.fr,,,,,,,,\n"
                           "9,Marie,Dupont,,marie@exemple.fr,,,,,,,,\n");
    cr_assert_eq(b.rows, 3u);
    cr_assert_str_eq(text(b.contacts[0].id), "9");
    cr_assert_str_eq(text(b.contacts[0].aliases), "crm:7:1");
    cr_assert_str_eq(text(b.contacts[1].id), "crm:7:2");
    cr_assert_str_eq(text(b.contacts[1].aliases), "crm:7:3");
    cr_assert_str_eq(text(b.contacts[2].id), "web:7"); /* of the other source: one contact's */
    cr_assert(strstr(b.report.json, "\"id_clashes\":1"));
    drop(&b);
}

Test(build, the_ids_file_says_what_each_row_became) {
    char schema[256], out[256], ids[256];
    scratch_text("crm.csv", HEADER "A1,Marie,Dupont,,m@exemple.fr,,,,,,,,\nA2,Paul,Durand,,p@exemple.fr,,,,,,,,\n");
    scratch_text("web.csv", HEADER "W1,Marie,Dupont,,m@exemple.fr,,,,,,,,\n");
    snprintf(schema, sizeof schema, "%s", scratch_text("schema.yaml", SOURCES COLUMNS));
    snprintf(out, sizeof out, "%s", scratch_path("mega.rvl"));
    snprintf(ids, sizeof ids, "%s", scratch_path("ids.csv"));
    rv_build_options options = {.schema = schema, .out = out, .ids = ids};
    rv_settings settings = settings_of(2);
    rv_report report = {0};
    rv_error err = {0};
    cr_assert_eq(rv_build(&options, &settings, &report, &err), RV_OK, "%s", err.message);
    char *written = scratch_read(ids, NULL);
    cr_assert_str_eq(written, "id,contact_id\nA1,A1\nW1,A1\nA2,A2\n");
    free(written);
    rv_report_reset(&report);
    char crm[256];
    snprintf(crm, sizeof crm, "%s", scratch_path("crm.csv"));
    options.ids = crm;
    settings.force = true;
    cr_assert_eq(rv_build(&options, &settings, &report, &err), RV_BAD_ARGUMENT);
}

/* --- Files and sources -------------------------------------------------------------------------------------------- */

static void write_table(const char *name, const char *content) {
    rv_table_out *out = NULL;
    rv_buffer buffer = {0};
    rv_buffer_string(&buffer, content);
    cr_assert_eq(rv_table_out_open(scratch_path(name), true, &out, NULL), RV_OK);
    cr_assert_eq(rv_table_out_pack(out, &buffer, NULL), RV_OK);
    cr_assert_eq(rv_table_out_append(out, &buffer, NULL), RV_OK);
    cr_assert_eq(rv_table_out_commit(out, NULL), RV_OK);
    rv_buffer_free(&buffer);
}

Test(build, reads_globs_compressed_files_and_other_dialects) {
    write_table("part-2.csv.zst", "id;mail;fn;ln\nC2;a@exemple.fr;Marie;Dupont\n");
    write_table("part-1.csv.gz", "id;mail;fn;ln\nC1;b@exemple.fr;Paul;Durand\n");
    scratch_text("latin.txt", "zoe\xe9@exemple.fr;Zo\xe9;L\xe9ger\n");
    rv_settings settings = settings_of(2);
    built b = build_with(settings,
                         "version: 1\nsources:\n"
                         "  - {name: parts, files: 'part-*.csv.*', sep: ';', id: id}\n"
                         "  - {name: latin, files: latin.txt, sep: ';', header: no, encoding: cp1252}\n"
                         "columns:\n  - {name: mail, role: email}\n  - {name: fn, role: first_name}\n"
                         "  - {name: ln, role: last_name}\n  - {name: c2, role: first_name}\n"
                         "  - {name: c3, role: last_name}\n",
                         NULL, NULL);
    look(&b);
    cr_assert_eq(b.rows, 3u);
    cr_assert_str_eq(text(b.contacts[0].id), "C1");
    cr_assert_str_eq(text(b.contacts[1].id), "C2");
    cr_assert_str_eq(field(&b, 2, "first_name"), "Zo\xc3\xa9");
    cr_assert_str_eq(text(b.contacts[2].id), "latin:1");
    drop(&b);
}

Test(build, sources_of_the_command_line_choose_or_add) {
    scratch_text("crm.csv", HEADER "A1,Marie,Dupont,,m@exemple.fr,,,,,,,,\n");
    scratch_text("web.csv", HEADER "W1,Marie,Dupont,,m@exemple.fr,,,,,,,,\n");
    scratch_text("extra.csv", HEADER "X1,Paul,Durand,,p@exemple.fr,,,,,,,,\n");
    char schema[256], out[256], web[256], extra[256];
    snprintf(schema, sizeof schema, "%s", scratch_text("schema.yaml", SOURCES COLUMNS));
    snprintf(out, sizeof out, "%s", scratch_path("mega.rvl"));
    snprintf(web, sizeof web, "%s", scratch_path("web.csv"));
    snprintf(extra, sizeof extra, "%s", scratch_path("extra.csv"));
    const char *given[] = {extra, web};
    rv_build_options options = {.schema = schema, .out = out, .sources = given, .n_sources = 2};
    rv_settings settings = settings_of(1);
    built b = {0};
    b.status = rv_build(&options, &settings, &b.report, &b.err);
    look(&b);
    cr_assert_eq(b.rows, 2u);
    cr_assert_str_eq(text(b.contacts[0].id), "W1"); /* the schema's sources come first */
    cr_assert_str_eq(text(b.contacts[1].id), "X1");
    const rv_schema *s = rv_megabase_schema(b.base);
    cr_assert_eq(s->n_sources, 2u);
    cr_assert_str_eq(s->sources[0].name, "web");
    cr_assert_eq(s->sources[0].date, rv_date_of(2026, 3, 20));
    cr_assert_str_eq(s->sources[1].name, "extra");
    drop(&b);
}

Test(build, a_column_that_the_schema_doesnt_name_is_left_out_with_a_warning) {
    rv_settings settings = settings_of(1);
    built b = build_with(settings,
                         "version: 1\nsources: [{name: crm, files: crm.csv}]\ncolumns: [{name: email, role: email}]\n",
                         "email,secret,other\nm@exemple.fr,1,2\n", NULL);
    look(&b);
    cr_assert(warned && strstr(warned, "secret, other"));
    cr_assert_eq(rv_megabase_schema(b.base)->n_attributes, 0u);
    drop(&b);
}

Test(build, values_that_the_schema_doesnt_expect_are_kept_and_told) {
    rv_settings settings = settings_of(1);
    built b = build_with(
        settings,
        "version: 1\nsources: [{name: crm, files: crm.csv}]\ncolumns:\n"
        "  - {name: n, type: integer}\n  - {name: d, type: decimal}\n  - {name: t, type: date}\n"
        "  - {name: f, type: flag}\n  - {name: c, values: [red, blue]}\n  - {name: g, type: flag, values: [ja, nein]}\n",
        "n,d,t,f,c,g\n1,\"1,5\",2026-01-02,oui,red,ja\nmany,1.5e3,31/02/2026,maybe,green,nein\n-4,x,01/12/2025,0,blue,1\n",
        NULL);
    look(&b);
    cr_assert(strstr(b.report.json, "\"unexpected_values\":{\"n\":1,\"d\":1,\"t\":1,\"f\":1,\"c\":1,\"g\":1}"), "%s",
              b.report.json);
    cr_assert(warned && strstr(warned, "'n' (integer) holds 1 values") && strstr(warned, "'aaaa'") &&
                  !strstr(warned, "many"),
              "%s", warnings);
    cr_assert_str_eq(attribute(&b, 1, "c"), "green");
    drop(&b);
}

/* --- Rejects, dry run, cancel ------------------------------------------------------------------------------------- */

static const char RAGGED[] = HEADER "A1,Marie,Dupont,,m@exemple.fr,,,,,,,,\n"
                                    "A2,Paul\n"
                                    "A3,Luc,Petit,,l@exemple.fr,,,,,,,,\n";

Test(build, rejected_rows_are_counted_written_and_held_to_the_budget) {
    char rejects[256];
    snprintf(rejects, sizeof rejects, "%s", scratch_path("rejects.csv"));
    rv_settings settings = settings_of(1);
    settings.rejects = rejects;
    built b = build_with(settings, SOURCES COLUMNS, RAGGED, HEADER "W1,A,B,,,,,,,,,,\n");
    cr_assert_eq(b.status, RV_OVER_BUDGET);
    cr_assert(strstr(b.err.file, "crm.csv"));
    cr_assert_eq(b.err.line, 3u);
    cr_assert_not(rv_file_exists(scratch_path("mega.rvl")));
    cr_assert_eq(scratch_count(), 4u); /* schema, two sources, and the rejects that tell why */
    settings.max_rejects = 1;
    settings.force = true;
    b = build_with(settings, SOURCES COLUMNS, RAGGED, HEADER "W1,A,B,,,,,,,,,,\n");
    look(&b);
    cr_assert_eq(b.rows, 3u);
    cr_assert(strstr(b.report.json, "\"rows\":{\"in\":4,\"out\":3,\"rejected\":1}"), "%s", b.report.json);
    char *written = scratch_read(rejects, NULL);
    cr_assert(strstr(written, ",3,"), "%s", written);
    cr_assert(strstr(written, "ragged"));
    free(written);
    drop(&b);
}

Test(build, a_dry_run_counts_and_writes_nothing) {
    rv_settings settings = settings_of(1);
    settings.dry_run = true;
    settings.max_rejects = 5;
    built b = build_with(settings, SOURCES COLUMNS, RAGGED, HEADER);
    cr_assert_eq(b.status, RV_OK, "%s", b.err.message);
    cr_assert(strstr(b.report.json, "\"rows\":{\"in\":3,\"out\":2,\"rejected\":1}"), "%s", b.report.json);
    cr_assert_eq(scratch_count(), 3u);
    drop(&b);
}

Test(build, a_cancelled_build_leaves_nothing) {
    int cancel = 1;
    rv_settings settings = settings_of(2);
    settings.cancel = &cancel;
    built b = build_with(settings, SOURCES COLUMNS, HEADER "A1,M,D,,,,,,,,,,\n", HEADER "W1,M,D,,,,,,,,,,\n");
    cr_assert_eq(b.status, RV_INTERRUPTED);
    cr_assert_eq(scratch_count(), 3u);
}

/* --- Determinism -------------------------------------------------------------------------------------------------- */

static char *make_rows(uint32_t n, uint64_t seed, const char *prefix) {
    static const char *const FIRST[] = {"Marie", "Jean", "Pierre", "Zoé", "J.", ""};
    rv_buffer b = {0};
    rv_buffer_string(&b, HEADER);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t x = seed * 1000003 + i * 2654435761u;
        x ^= x >> 13, x *= 0x9e3779b97f4a7c15u, x ^= x >> 29;
        rv_buffer_format(&b,
                         "%s%u,%s,Nom%u,%02u/0%u/19%02u,p%u@exemple.fr,06%08u,,%u rue Haute,750%02u,Paris,,v%u,%u\n",
                         prefix, i, FIRST[x % 6], (unsigned)(x >> 8) % 50, 1 + (unsigned)(x >> 16) % 28,
                         1 + (unsigned)(x >> 22) % 9, 30 + (unsigned)(x >> 28) % 60, (unsigned)(x >> 34) % (n / 2 + 1),
                         10000000 + (unsigned)(x >> 10) % (n / 3 + 1), 1 + (unsigned)(x >> 40) % 9,
                         1 + (unsigned)(x >> 44) % 20, (unsigned)(x >> 12) % 30, (unsigned)(x >> 20) % 100000);
    }
    char *rows = rv_buffer_take(&b, NULL);
    cr_assert(rows);
    return rows;
}

Test(build, threads_and_spilled_rows_change_no_byte) {
    char *crm = make_rows(9000, 1, "A"), *web = make_rows(9000, 2, "W"), *first = NULL;
    size_t first_size = 0;
    for (int run = 0; run < 3; run++) {
        rv_settings settings = settings_of(run == 0 ? 1 : 2);
        settings.force = true;
        settings.memory_limit = run == 2 ? 4 << 20 : 0; /* the tables take 3.1 MB, so rows go to a file */
        settings.tmpdir = run == 2 ? scratch_folder() : NULL;
        built b = build_with(settings, SOURCES COLUMNS, crm, web);
        cr_assert_eq(b.status, RV_OK, "%s", b.err.message);
        cr_assert_eq(strstr(b.report.json, "\"spool_file_bytes\":0") == NULL, run == 2);
        rv_report_reset(&b.report);
        size_t size = 0;
        char *bytes = scratch_read(scratch_path("mega.rvl"), &size);
        cr_assert(bytes);
        if (run == 0) {
            first = bytes;
            first_size = size;
            continue;
        }
        cr_assert_eq(size, first_size, "run %d", run);
        cr_assert_eq(memcmp(bytes, first, size), 0, "run %d", run);
        free(bytes);
    }
    cr_assert_eq(scratch_count(), 4u);
    free(first);
    rv_free(crm);
    rv_free(web);
}

Test(build, a_limit_that_the_tables_exceed_is_told_while_rows_are_read) {
    char *crm = make_rows(9000, 1, "A");
    rv_settings settings = settings_of(2);
    settings.memory_limit = 1 << 20;
    built b = build_with(settings, SOURCES COLUMNS, crm, HEADER "W1,M,D,,,,,,,,,,\n");
    cr_assert_eq(b.status, RV_NO_MEMORY);
    cr_assert(strstr(b.err.message, "--memory-limit is 1 MB"), "%s", b.err.message);
    cr_assert_not(rv_file_exists(scratch_path("mega.rvl")));
    rv_free(crm);
}

/* --- Bad input ---------------------------------------------------------------------------------------------------- */

static void refuse(const char *schema, const char *crm, const char *web, rv_status status, const char *message,
                   const char *hint) {
    rv_settings settings = settings_of(1);
    built b = build_with(settings, schema, crm, web);
    cr_assert_eq(b.status, status, "%d: %s", (int)b.status, b.err.message);
    cr_assert(strstr(b.err.message, message), "%s", b.err.message);
    if (hint) cr_assert(strstr(b.err.hint, hint), "%s", b.err.hint);
    cr_assert_null(b.report.json);
    cr_assert_not(rv_file_exists(scratch_path("mega.rvl")));
}

Test(build, wrong_columns_are_told_before_a_row_is_read) {
    const char *rows = HEADER "A1,M,D,,,,,,,,,,\n";
    refuse(SOURCES COLUMNS "  - {name: emial, role: attribute}\n", rows, rows, RV_BAD_ARGUMENT, "emial", "email");
    refuse("version: 1\nsources: [{name: crm, files: crm.csv, id: idd}]\n" COLUMNS, rows, NULL, RV_BAD_ARGUMENT, "idd",
           "'id'");
    refuse("version: 1\nsources: [{name: crm, files: crm.csv}]\ncolumns: [{name: a, role: email}, {name: b, role: "
           "email}]\n",
           "a,b\n1,2\n", NULL, RV_BAD_ARGUMENT, "one role", NULL);
    cr_assert_eq(scratch_count(), 3u);
}

Test(build, missing_and_empty_sources_are_bad_input) {
    const char *rows = HEADER "A1,M,D,,,,,,,,,,\n";
    refuse("version: 1\nsources: [{name: crm, files: nowhere.csv}]\n" COLUMNS, NULL, NULL, RV_BAD_INPUT, "", NULL);
    refuse("version: 1\nsources: [{name: crm, files: 'nowhere-*.csv'}]\n" COLUMNS, NULL, NULL, RV_BAD_INPUT, "nowhere-",
           NULL);
    refuse(SOURCES COLUMNS, "", rows, RV_BAD_INPUT, "", NULL);
    refuse(SOURCES COLUMNS, HEADER, HEADER, RV_BAD_INPUT, "no row", NULL);
    refuse("version: 1\n" COLUMNS, NULL, NULL, RV_BAD_ARGUMENT, "no sources", "SOURCE");
    refuse("version: 1\nsources: [{name: crm}]\n" COLUMNS, NULL, NULL, RV_BAD_ARGUMENT, "no 'files'", NULL);
    refuse("version: 1\nsources:\n  - {name: crm, files: crm.csv}\n  - {name: two, files: 'cr*.csv'}\n" COLUMNS, rows,
           NULL, RV_BAD_ARGUMENT, "twice", NULL);
}

Test(build, outputs_that_cant_be_are_refused_at_once) {
    const char *rows = HEADER "A1,M,D,,,,,,,,,,\n";
    scratch_text("crm.csv", rows);
    char schema[256], crm[256];
    snprintf(schema, sizeof schema, "%s",
             scratch_text("schema.yaml", "version: 1\nsources: [{name: crm, files: crm.csv}]\n" COLUMNS));
    snprintf(crm, sizeof crm, "%s", scratch_path("crm.csv"));
    rv_settings settings = settings_of(1);
    const char *outs[] = {crm, schema, "-", "", NULL, "/nowhere/at/all/mega.rvl"};
    for (size_t i = 0; i < sizeof outs / sizeof outs[0]; i++) {
        settings.force = i < 2;
        rv_build_options options = {.schema = schema, .out = outs[i]};
        rv_report report = {0};
        rv_error err = {0};
        cr_assert_neq(rv_build(&options, &settings, &report, &err), RV_OK, "%zu", i);
        if (i < 5) cr_assert_eq(err.status, RV_BAD_ARGUMENT, "%zu: %s", i, err.message);
        cr_assert_eq(scratch_count(), 2u);
    }
    scratch_text("there.rvl", "x");
    char there[256];
    snprintf(there, sizeof there, "%s", scratch_path("there.rvl"));
    rv_build_options options = {.schema = schema, .out = there};
    rv_report report = {0};
    rv_error err = {0};
    settings.force = false;
    cr_assert_eq(rv_build(&options, &settings, &report, &err), RV_BAD_ARGUMENT);
    cr_assert(strstr(err.hint, "--force"));
    options.schema = NULL;
    cr_assert_eq(rv_build(&options, &settings, &report, &err), RV_BAD_ARGUMENT);
    options.schema = "/nowhere/schema.yaml";
    cr_assert_eq(rv_build(&options, &settings, &report, NULL), RV_BAD_INPUT);
}

#ifdef RV_TESTING
Test(build, without_memory_it_fails_publishes_nothing_and_leaks_nothing) {
    const char *crm = HEADER "A1,Marie,Dupont,,m@exemple.fr,0612345678,,,,,,cat,1\n"
                             "A2,Paul\n";
    const char *web = HEADER "A1,Paul,Durand,,m.x+y@gmail.com,,,,,,,dog,2\n"
                             "W2,Marie,Dupont,,m@exemple.fr,,,,,,,an attribute of some length,2\n";
    for (uint64_t n = 1; n < 100000; n += 1 + n / 60) {
        rv_settings settings = settings_of(1);
        settings.max_rejects = 9;
        scratch_text("crm.csv", crm);
        rv_memory_fail_at(n, true);
        built b = build_with(settings, SOURCES COLUMNS, NULL, web);
        rv_memory_fail_at(0, false);
        if (b.status == RV_OK) {
            rv_report_reset(&b.report);
            break;
        }
        cr_assert_eq(b.status, RV_NO_MEMORY, "allocation %llu: %s", (unsigned long long)n, b.err.message);
        cr_assert_not(rv_file_exists(scratch_path("mega.rvl")), "allocation %llu", (unsigned long long)n);
    }
    cr_assert(rv_file_exists(scratch_path("mega.rvl")));
}
#endif
