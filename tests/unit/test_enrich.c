/* What an enriched file is: columns, fills, the client's own bytes, publishing, counting. */
#include "table_reader.h"
#include "csv_writer.h"
#include "enrich.h"
#include "file.h"
#include "fill.h"
#include "random.h"
#include "scratch.h"
#include "test_base.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const WORLD =
    "id,email,mobile,first_name,last_name,street,postcode,city,income,shops,source,date\n"
    "M1,zanzibar@canary.example,0612345601,Zanzibar,Canaryman,rue des Lilas,75011,Paris,high,\"a\",alpha,2026-01-02\n"
    "M2,paul@example.fr,0612345602,Paul,Petit,rue Basse,69001,Lyon,low,b,beta,2025-12-31\n"
    "M3,anne@example.fr,,Anne,Petit,,,,,,beta,\n";

static rv_error error;
static rv_report report;
static rv_settings settings;
static char *output;

static rv_enrich_options options_for(const char *clients) {
    return (rv_enrich_options){.megabase = scratch_path("mega.rvl"),
                               .clients = {.path = scratch_text("clients.csv", clients)},
                               .out = scratch_path("out.csv")};
}

static rv_status run(const rv_enrich_options *options) {
    error = (rv_error){0};
    rv_report_reset(&report);
    rv_status status = rv_enrich(options, &settings, &report, &error);
    free(output);
    output = status == RV_OK && options->out ? scratch_read(options->out, NULL) : NULL;
    return status;
}

static void enrich(const char *clients) {
    rv_enrich_options options = options_for(clients);
    cr_assert_eq(run(&options), RV_OK, "%s (%s)", error.message, error.hint);
}

static void begin(void) {
    settings = (rv_settings){.threads = 1, .force = true};
    base_make("mega.rvl", WORLD, BASE_CLEAR_KINDS, RV_IMAGE);
}
static void finish(void) {
    rv_report_reset(&report);
    free(output);
}
TestSuite(enrich, .init = begin, .fini = finish);

static void expect_output(const char *text) { cr_assert_str_eq(output, text, "got\n%sexpected\n%s", output, text); }
#define TELLS(part) cr_assert(strstr(report.json, part), "no %s in %s", part, report.json)

Test(enrich, empty_cells_are_filled_and_others_kept) {
    enrich("client_id,email,mobile,first_name,city\n"
           "c1,paul@example.fr,,Paul,\n"
           "c2,paul@example.fr,NC,Paul, \n"
           "c3,paul@example.fr,+33 6 99 99 99 99,Paul,\"\"\n"
           "c4,x@example.fr,,Paul,\n");
    expect_output(
        "client_id,email,mobile,first_name,city,rv_tier,rv_probability,rv_contact_id,rv_filled,rv_last_seen,"
        "rv_last_name,rv_street,rv_postcode,income,shops\n"
        "c1,paul@example.fr,0612345602,Paul,Lyon,email,0.999900,M2,mobile:beta:2025-12-31|city:beta:2025-12-31|"
        "last_name:beta:2025-12-31|street:beta:2025-12-31|postcode:beta:2025-12-31,2025-12-31,Petit,rue "
        "Basse,69001,low,b\n"
        "c2,paul@example.fr,NC,Paul, ,email,0.999900,M2,last_name:beta:2025-12-31|street:beta:2025-12-31|"
        "postcode:beta:2025-12-31,2025-12-31,Petit,rue Basse,69001,low,b\n"
        "c3,paul@example.fr,+33 6 99 99 99 "
        "99,Paul,Lyon,email,0.999900,M2,city:beta:2025-12-31|last_name:beta:2025-12-31|"
        "street:beta:2025-12-31|postcode:beta:2025-12-31,2025-12-31,Petit,rue Basse,69001,low,b\n"
        "c4,x@example.fr,,Paul,,none,,,,,,,,,\n");
    TELLS("\"clients\":4,\"matched\":3,\"match_rate\":0.75,");
    TELLS("\"contacts\":1,\"clients_sharing_a_contact\":2,");
    TELLS("\"mobile\":{\"filled\":1,\"added\":0}");
    TELLS("\"last_name\":{\"filled\":0,\"added\":3}");
    TELLS("\"beta\":{\"allowed\":true,\"matches\":3,\"fills\":12,\"attributes\":6}");
    TELLS("\"rows\":{\"in\":4,\"out\":4,\"rejected\":0}");
}

Test(enrich, a_date_that_is_not_known_stays_empty) {
    enrich("id,email,first_name,last_name\nc1,anne@example.fr,Anne,\n");
    cr_assert(strstr(output, "c1,anne@example.fr,Anne,Petit,email,0.999900,M3,last_name:beta:,,,"), "%s", output);
}

Test(enrich, names_that_clash_get_rv_in_front_until_they_are_new) {
    rv_enrich_options options = options_for("id,email,rv_tier,income,rv_income,rv_mobile\nc1,x@example.fr,a,b,c,d\n");
    rv_assignment role = {"rv_mobile", "attribute"};
    options.clients.roles = &role;
    options.clients.n_roles = 1;
    cr_assert_eq(run(&options), RV_OK, "%s", error.message);
    cr_assert_eq(
        strncmp(output,
                "id,email,rv_tier,income,rv_income,rv_mobile,rv_rv_tier,rv_probability,rv_contact_id,rv_filled,"
                "rv_last_seen,rv_rv_mobile,rv_first_name,rv_last_name,rv_street,rv_postcode,rv_city,"
                "rv_rv_income,shops\nc1,x@example.fr,a,b,c,d,none,",
                200),
        0, "%s", output);
}

Test(enrich, an_address_comes_as_one_or_not_at_all) {
    enrich("id,email,first_name,street,postcode,city\n"
           "c1,paul@example.fr,Paul,,69001,\n"
           "c2,paul@example.fr,Paul,,13001,\n");
    cr_assert(strstr(output, "c1,paul@example.fr,Paul,rue Basse,69001,Lyon,email"), "%s", output);
    cr_assert(strstr(output, "c2,paul@example.fr,Paul,,13001,,email"), "%s", output);
    TELLS("\"addresses_withheld\":1,");
}

Test(enrich, taken_attributes_come_in_the_order_asked_for) {
    const char *take[] = {"shops", "income"};
    rv_enrich_options options = options_for("id,email\nc1,paul@example.fr\n");
    options.take = take;
    options.n_take = 2;
    cr_assert_eq(run(&options), RV_OK);
    cr_assert(strstr(output, "rv_city,shops,income\n") && strstr(output, "Lyon,b,low\n"), "%s", output);
    options.n_take = 0;
    cr_assert_eq(run(&options), RV_OK);
    cr_assert(strstr(output, "rv_city\n") && strstr(output, "Lyon\n"), "%s", output);
    take[1] = "incom";
    options.n_take = 2;
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
    cr_assert(strstr(error.message, "'incom'") && strstr(error.hint, "'income'"), "%s (%s)", error.message, error.hint);
    take[1] = "shops";
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
}

Test(enrich, sources_left_out_bring_nothing_back) {
    const char *sources[] = {"-beta"};
    const char *clients = "id,email,mobile\nc1,paul@example.fr,\nc2,zanzibar@canary.example,\n";
    rv_enrich_options options = options_for(clients);
    options.sources = sources;
    options.n_sources = 1;
    cr_assert_eq(run(&options), RV_OK);
    cr_assert(strstr(output, "c1,paul@example.fr,,email,0.980000,M2,,2025-12-31,,,,,,,\n"), "%s", output);
    cr_assert(strstr(output, "c2,zanzibar@canary.example,0612345601,email"), "%s", output);
    char *one = output;
    output = NULL;
    sources[0] = "alpha";
    cr_assert_eq(run(&options), RV_OK);
    cr_assert_str_eq(output, one);
    free(one);
    sources[0] = "-gamma";
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
    cr_assert(strstr(error.message, "'gamma'"), "%s", error.message);
}

Test(enrich, ignored_columns_stay_but_are_neither_matched_nor_filled) {
    const char *ignore[] = {"email", "mobile"};
    rv_enrich_options options = options_for("id,email,mobile,first_name\nc1,paul@example.fr,,Paul\n");
    options.clients.ignore = ignore;
    options.clients.n_ignore = 1;
    cr_assert_eq(run(&options), RV_OK);
    cr_assert(strstr(output, "c1,paul@example.fr,,Paul,none,"), "%s", output);
    ignore[0] = "mobile";
    cr_assert_eq(run(&options), RV_OK);
    cr_assert(strstr(output, "c1,paul@example.fr,,Paul,email,0.999900,M2,mobile:beta:"), "%s", output);
}

/* --- The client's own bytes -------------------------------------------------------------------------------------- */

typedef struct table { /* read back, cells owned by the arena */
    rv_arena arena;
    rv_text *cells;
    size_t rows, columns, capacity;
} table;

static rv_status keep_rows(void *ctx, rv_table_block *block, rv_error *err) {
    table *t = ctx;
    (void)err;
    cr_assert_eq(block->n_rejects, 0);
    t->columns = block->batch.columns;
    for (uint32_t i = 0; i < block->batch.rows * block->batch.columns; i++) {
        if (t->rows * t->columns + i >= t->capacity)
            t->cells = realloc(t->cells, (t->capacity = t->capacity * 2 + 1024) * sizeof *t->cells);
        rv_text cell = block->batch.cells[i];
        t->cells[t->rows * t->columns + i] = rv_arena_copy(&t->arena, cell.len ? cell.ptr : "", cell.len);
    }
    t->rows += block->batch.rows;
    return RV_OK;
}

static table read_table(const char *path) {
    table t = {0};
    rv_table *csv;
    rv_dialect dialect = {.header = RV_YES, .encoding = RV_UTF8};
    cr_assert_eq(rv_table_open(path, &dialect, &csv, &error), RV_OK, "%s", error.message);
    rv_table_visitor visitor = {.consume = keep_rows, .ctx = &t};
    cr_assert_eq(rv_table_each(csv, 1, &visitor, &error), RV_OK, "%s", error.message);
    rv_table_close(csv);
    return t;
}

static void put_hostile(rv_random *random, rv_buffer *out) {
    static const char *const pieces[] = {"\"",   "\"\"", ",", ";", "\n", "\r\n", " ",    "\t", "é",     "=1+1", "'",
                                         "NULL", "#N/A", "-", "@", "|",  "a",    "Paul", "\\", "\"x\"", "œ",    "0612"};
    for (uint32_t n = rv_random_below(random, 5); n > 0; n--)
        rv_buffer_string(out, pieces[rv_random_below(random, sizeof pieces / sizeof pieces[0])]);
}

Test(enrich, hostile_cells_come_out_as_they_came_in) {
    for (uint64_t seed = 1; seed <= 18; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 7);
        rv_buffer csv = {0}, cells[5] = {{0}};
        size_t rows = 140; /* an e-mail of 50 rows is nobody's */
        rv_arena arena = {0};
        rv_text *own = calloc(rows * 5, sizeof *own);
        rv_buffer_string(&csv, "id,email,mobile,city,note\n");
        for (size_t r = 0; r < rows; r++) {
            for (unsigned c = 0; c < 5; c++) {
                cells[c].len = 0;
                if (c == 0) rv_buffer_format(&cells[c], "c%zu", r);
                else if (c == 1 && r % 3 == 0) rv_buffer_string(&cells[c], "paul@example.fr");
                else put_hostile(&random, &cells[c]);
                own[r * 5 + c] = rv_arena_copy(&arena, cells[c].len ? cells[c].data : "", cells[c].len);
                if (c) rv_csv_comma(&csv);
                rv_csv_put(&csv, own[r * 5 + c]);
            }
            rv_csv_end(&csv);
        }
        rv_buffer_byte(&csv, 0);
        settings.threads = 1 + (int)(seed % 2);
        enrich(csv.data);
        table t = read_table(scratch_path("out.csv"));
        cr_assert_eq(t.rows, rows, "seed %llu", (unsigned long long)seed);
        for (size_t r = 0; r < rows; r++)
            for (unsigned c = 0; c < 5; c++) {
                rv_text was = own[r * 5 + c], is = t.cells[r * t.columns + c];
                bool filled = !was.len && (c == 2 || c == 3);
                cr_assert(filled || rv_text_equal(was, is), "seed %llu, row %zu, column %u: '%.*s' became '%.*s'",
                          (unsigned long long)seed, r, c, (int)was.len, was.ptr, (int)is.len, is.ptr);
                if (filled && r % 3 == 0) cr_assert(rv_text_is(is, c == 2 ? "0612345602" : "Lyon"));
            }
        rv_arena_free(&t.arena);
        free(t.cells);
        rv_arena_free(&arena);
        free(own);
        rv_buffer_free(&csv);
        for (unsigned c = 0; c < 5; c++) rv_buffer_free(&cells[c]);
    }
}

Test(enrich, irregular_and_foreign_files_come_out_as_plain_csv) {
    settings.max_rejects = 1;
    enrich("id;email;ville;note\r\n"
           "1;paul@example.fr;;5\" pouces\r\n"
           "2;x@example.fr;Aix, en Provence;\"deux\r\nlignes\"\r\n"
           "3;trop;de;champs;ici\r\n");
    cr_assert(strstr(output, "1,paul@example.fr,Lyon,\"5\"\" pouces\",email,"), "%s", output);
    cr_assert(strstr(output, "2,x@example.fr,\"Aix, en Provence\",\"deux\r\nlignes\",none,"), "%s", output);
    TELLS("\"rows\":{\"in\":3,\"out\":2,\"rejected\":1}");
}

static char warned[4096];
static void keep_warning(void *ctx, rv_level level, const char *text) {
    (void)ctx;
    if (level == RV_WARNING) snprintf(warned, sizeof warned, "%s", text);
}
static bool warns_of_strangers(const char *clients, rv_linkage link) {
    rv_enrich_options options = options_for(clients);
    options.linkage.level = link;
    warned[0] = 0;
    settings.message = keep_warning;
    cr_assert_eq(run(&options), RV_OK, "%s", error.message);
    settings.message = NULL;
    return strstr(warned, "no column can tell who the clients are") != NULL;
}

Test(enrich, a_file_that_can_know_nobody_is_warned_of) {
    cr_expect(warns_of_strangers("id,note\n1,x\n2,y\n", RV_LINKAGE_OFF));
    cr_expect(warns_of_strangers("id,last_name\n1,Petit\n", RV_LINKAGE_OFF), "half a name is no key");
    cr_expect(warns_of_strangers("id,note\n1,x\n2,y\n", RV_LINKAGE_DEFAULT));
    cr_expect_not(warns_of_strangers("id,last_name\n1,Petit\n", RV_LINKAGE_DEFAULT), "linkage may do with it");
    cr_expect_not(warns_of_strangers("id,email\n1,paul@example.fr\n", RV_LINKAGE_OFF));
    cr_expect_not(warns_of_strangers("id,email\n", RV_LINKAGE_OFF));
}

Test(enrich, whoever_wants_no_report_and_no_error_gives_null) {
    rv_enrich_options options = options_for("id,email\n1,paul@example.fr\n");
    settings.force = true;
    cr_expect_eq(rv_enrich(&options, &settings, NULL, NULL), RV_OK);
    options.clients.path = "absent.csv";
    cr_expect_eq(rv_enrich(&options, &settings, NULL, NULL), RV_BAD_INPUT);
    rv_report_reset(NULL);
}

/* --- Many rows --------------------------------------------------------------------------------------------------- */

static char *many_clients(unsigned n) {
    static const char *const firsts[] = {"Paul", "Anne", "Zanzibar", "", "Luc"};
    static const char *const emails[] = {"paul@example.fr", "anne@example.fr", "zanzibar@canary.example", "", "l@x.fr"};
    char *text = malloc(64 + (size_t)n * 320), *at = text;
    rv_random random;
    rv_random_init(&random, 5, 0);
    at += sprintf(at, "id,email,mobile,first_name,city,note\n");
    for (unsigned i = 0; i < n; i++) /* wide, so that there are several blocks */
        at += sprintf(at, "c%u,%s,%s,%s,%s,%0200u\n", i, emails[rv_random_below(&random, 5)],
                      rv_random_below(&random, 2) ? "" : "0612345602", firsts[rv_random_below(&random, 5)],
                      rv_random_below(&random, 2) ? "" : "\"Aix\"", i);
    return text;
}

Test(enrich, threads_and_layouts_change_no_byte) {
    char *clients = many_clients(9000);
    enrich(clients);
    char *one = output;
    output = NULL;
    for (int threads = 2; threads <= 3; threads++) {
        settings.threads = threads;
        enrich(clients);
        cr_assert_str_eq(output, one);
    }
    base_make("mega.rvl", WORLD, BASE_CLEAR_KINDS, RV_ARCHIVE);
    enrich(clients);
    cr_assert_str_eq(output, one);
    free(one);
    free(clients);
}

/* The counts of the job, without times and sizes. */
static char *counts_of(void) {
    const char *from = strstr(report.json, "\"enrich\":{"), *to = strstr(report.json, "\"timings\"");
    cr_assert(from && to && from < to, "%s", report.json);
    return strndup(from, (size_t)(to - from));
}

Test(enrich, two_passes_change_nothing_but_the_memory) {
    char *clients = many_clients(9000);
    enrich(clients);
    char *one = output, *counts = counts_of();
    output = NULL;
    rv_megabase *m;
    cr_assert_eq(rv_megabase_open(scratch_path("mega.rvl"), &m, &error), RV_OK);
    uint64_t first = rv_megabase_expect(m, RV_PREPARE_INDEXES | RV_PREPARE_PERSONS, 9000),
             second = rv_megabase_expect(m, RV_PREPARE_RECORDS | RV_PREPARE_STRINGS, 9000);
    rv_megabase_close(m);
    cr_assert(first > 100 && second > 100);
    settings.memory_limit = first + second - 1;
    for (settings.threads = 1; settings.threads <= 3; settings.threads++) {
        enrich(clients);
        cr_assert_str_eq(output, one);
        char *again = counts_of();
        cr_assert_str_eq(again, counts);
        free(again);
    }
    settings.memory_limit = first > second ? first : second;
    enrich(clients);
    cr_assert_str_eq(output, one);
    settings.memory_limit--;
    rv_enrich_options options = options_for(clients);
    cr_assert_eq(run(&options), RV_NO_MEMORY);
    cr_assert(strstr(error.message, "--memory-limit"), "%s", error.message);
    free(counts);
    free(one);
    free(clients);
}

/* At some opening of the client file another one stands in its place: the clients in another order, with as many rows in
 * every block. */
static int openings_until;
static const char *to_come;
static int open_another(const char *path, int flags, mode_t mode) {
    const char *clients = scratch_path("clients.csv");
    if (strcmp(path, clients) == 0 && --openings_until == 0)
        cr_assert_eq(rename(scratch_text("another.csv", to_come), scratch_path("clients.csv")), 0);
    return rv_io_system.open(path, flags, mode);
}

Test(enrich, a_file_that_takes_the_place_of_the_clients_gives_nobody_anothers_contact) {
    static const char there[] = "id,email\nc1,paul@example.fr\nc2,luc0@example.fr\n",
                      reversed[] = "id,email\nc2,luc0@example.fr\nc1,paul@example.fr\n";
    rv_megabase *m;
    cr_assert_eq(rv_megabase_open(scratch_path("mega.rvl"), &m, &error), RV_OK);
    settings.memory_limit = rv_megabase_expect(m, RV_PREPARE_INDEXES | RV_PREPARE_PERSONS, 1) +
                            rv_megabase_expect(m, RV_PREPARE_RECORDS | RV_PREPARE_STRINGS, 1) - 1;
    rv_megabase_close(m);
    enrich(reversed);
    char *of_reversed = output;
    output = NULL;
    enrich(there);
    char *of_there = output;
    output = NULL;
    rv_io swapping = rv_io_system;
    swapping.open = open_another;
    unsigned refused = 0;
    for (int k = 1;; k++) {
        rv_enrich_options options = options_for(there);
        openings_until = k;
        to_come = reversed;
        rv_io_use(&swapping);
        rv_status status = run(&options);
        rv_io_use(NULL);
        if (openings_until > 0) break; /* it isn't opened as often */
        cr_assert(status == RV_BAD_INPUT ||
                      (status == RV_OK && (strcmp(output, of_there) == 0 || strcmp(output, of_reversed) == 0)),
                  "opening %d: %s\n%s", k, error.message, output ? output : "");
        refused += status == RV_BAD_INPUT;
    }
    cr_assert_geq(refused, 1);
    free(of_there);
    free(of_reversed);
}

static rv_status note_block(void *ctx, const rv_enriched_block *block, void **user, rv_error *err) {
    (void)ctx, (void)err;
    if (!*user) *user = malloc(sizeof(uint32_t));
    *(uint32_t *)*user = block->clients->batch.rows;
    return RV_OK;
}

static rv_status count_sink(void *ctx, const rv_enrich_plan *plan, const rv_enriched_block *block, void *user,
                            rv_error *err) {
    uint64_t *rows = ctx;
    (void)err;
    cr_assert_eq(*(uint32_t *)user, block->clients->batch.rows);
    cr_assert_eq(block->first_row, *rows);
    const rv_batch *batch = &block->clients->batch;
    uint32_t at = 0;
    while (at < plan->n_wanted && plan->wanted[at] != 4) at++;
    cr_assert(at < plan->n_wanted);
    uint32_t contact = 0;
    for (uint32_t r = 0; r < batch->rows; r++) {
        bool attached = block->matches[r].row != UINT32_MAX;
        rv_text city = block->cells[(size_t)r * plan->n_wanted + at];
        if (attached && block->matches[r].row == 1) cr_assert(rv_text_is(city, "Lyon") || rv_text_is(city, "Aix"));
        const rv_dictionary *income;
        cr_assert_eq(rv_megabase_dictionary(plan->megabase, plan->taken[0], &income, NULL), RV_OK);
        uint32_t code = attached ? block->codes[(size_t)contact * plan->n_taken] : 0;
        if (attached) cr_assert_eq(block->attached[contact++], r);
        cr_assert_eq(code != 0, attached && block->matches[r].row != 2);
        if (code) cr_assert(rv_text_is(rv_dictionary_value(income, code), block->matches[r].row == 1 ? "low" : "high"));
    }
    cr_assert_eq(contact, block->n_attached);
    *rows += batch->rows;
    return RV_OK;
}

static bool wants_city(const void *ctx, uint32_t column) { return (void)ctx, column == 4; }

static void check_sink(bool (*wants)(const void *, uint32_t)) {
    char *clients = many_clients(5000);
    rv_enrich_options options = options_for(clients);
    options.out = NULL;
    settings.threads = 2;
    rv_megabase *megabase;
    rv_summary summary;
    rv_summary_begin(&summary, "test");
    cr_assert_eq(rv_megabase_open(options.megabase, &megabase, &error), RV_OK);
    uint64_t rows = 0;
    rv_enrich_sink sink = {.wants = wants, .work = note_block, .take = count_sink, .free_user = free, .ctx = &rows};
    cr_assert_eq(rv_enrich_file(megabase, &options, &settings, &sink, &summary, &error), RV_OK, "%s", error.message);
    cr_assert_eq(rows, 5000);
    rv_summary_reset(&summary);
    rv_megabase_close(megabase);
    free(clients);
}

Test(enrich, a_sink_sees_filled_cells_and_codes_in_order) { check_sink(NULL); }
Test(enrich, a_sink_sees_the_columns_it_wants) { check_sink(wants_city); }

/* --- Publishing and refusing ------------------------------------------------------------------------------------- */

Test(enrich, over_the_budget_nothing_is_published) {
    rv_enrich_options options = options_for("id,email\nc1,a@example.fr\nragged\nc2,b@example.fr\n");
    settings.rejects = scratch_path("rejects.csv");
    cr_assert_eq(run(&options), RV_OVER_BUDGET);
    cr_assert(!rv_file_exists(options.out));
    cr_assert_eq(error.line, 3);
    settings.max_rejects = 1;
    cr_assert_eq(run(&options), RV_OK);
    char *rejects = scratch_read(settings.rejects, NULL);
    cr_assert(strstr(rejects, ",3,") && strstr(rejects, "ragged"), "%s", rejects);
    free(rejects);
}

Test(enrich, the_output_is_never_the_input) {
    rv_enrich_options options = options_for("id,email\nc1,a@example.fr\n");
    options.out = options.clients.path;
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
    options.out = options.megabase;
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
    options.out = scratch_path("out.csv");
    settings.rejects = options.clients.path;
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
    settings.rejects = NULL;
    cr_assert_eq(run(&options), RV_OK);
    settings.force = false;
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
    cr_assert(strstr(error.hint, "--force"));
    options.out = NULL;
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
    options.clients.path = NULL;
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
    options.megabase = NULL;
    cr_assert_eq(run(&options), RV_BAD_ARGUMENT);
}

Test(enrich, a_dry_run_counts_and_writes_nothing) {
    rv_enrich_options options = options_for("id,email\nc1,paul@example.fr\n");
    settings.dry_run = true;
    settings.rejects = scratch_path("rejects.csv");
    size_t files = scratch_count();
    options.out = scratch_path("out.csv");
    error = (rv_error){0};
    cr_assert_eq(rv_enrich(&options, &settings, &report, &error), RV_OK);
    cr_assert_eq(scratch_count(), files);
    TELLS("\"matched\":1,");
    TELLS("\"mobile\":{\"filled\":0,\"added\":1}");
}

/* --- Foretelling -------------------------------------------------------------------------------------------------- */

static double foretold(const char *key) {
    const char *at = strstr(report.json, key);
    cr_assert(at, "no %s in %s", key, report.json);
    return strtod(at + strlen(key), NULL);
}

/* A dry run of these clients: what was foretold must be there and be sane, and no file may have come. */
static void foretell(const char *path, double rows, double tolerance) {
    rv_enrich_options options = options_for("id,email\n");
    options.clients.path = path;
    size_t files = scratch_count();
    settings.dry_run = true;
    error = (rv_error){0};
    rv_report_reset(&report);
    cr_assert_eq(rv_enrich(&options, &settings, &report, &error), RV_OK, "%s", error.message);
    cr_assert_eq(scratch_count(), files);
    cr_assert_float_eq(foretold("\"expected_rows\":"), rows, tolerance, "%s: %s", path, report.json);
    cr_assert(foretold("\"expected_seconds\":") >= 0 && foretold("\"expected_seconds\":") < 600);
    cr_assert(foretold("\"expected_peak_bytes\":") > 1e6 && foretold("\"expected_peak_bytes\":") < 1e11);
}

static rv_buffer wide_clients(unsigned n) {
    char filler[401];
    rv_buffer clients = {0};
    memset(filler, 'x', 400);
    filler[400] = 0;
    rv_buffer_string(&clients, "id,email,note\n");
    for (unsigned i = 0; i < n; i++)
        rv_buffer_format(&clients, "c%u,%s@example.fr,%s\n", i, i % 2 ? "paul" : "nobody", filler + i % 50);
    return clients;
}

Test(enrich, a_dry_run_foretells_rows_time_and_memory) {
    settings.threads = 2;
    foretell(scratch_text("none.csv", "id,email\n"), 0, 0);
    foretell(scratch_text("one.csv", "id,email\nc1,paul@example.fr"), 1, 0);
    settings.max_rejects = 9;
    foretell(scratch_text("some.csv", "id,email\nc1,paul@example.fr\nc2,\nbad\"row\nc4,x@example.fr,,y\n"), 2, 0);
}

/* Beyond 8 MB samples are taken; of a packed file its size is guessed from its head. */
Test(enrich, a_large_file_is_foretold_from_samples) {
    enum { ROWS = 30000 };
    settings.threads = 2;
    rv_buffer clients = wide_clients(ROWS);
    foretell(scratch_file("large.csv", clients.data, clients.len), ROWS, ROWS / 50.0);
    rv_table_out *out;
    cr_assert_eq(rv_table_out_open(scratch_path("large.csv.zst"), true, &out, &error), RV_OK);
    cr_assert_eq(rv_table_out_pack(out, &clients, &error), RV_OK);
    cr_assert_eq(rv_table_out_append(out, &clients, &error), RV_OK);
    cr_assert_eq(rv_table_out_commit(out, &error), RV_OK);
    foretell(scratch_path("large.csv.zst"), ROWS, ROWS / 5.0);
    rv_buffer_free(&clients);
}

Test(enrich, what_comes_through_a_pipe_is_not_foretold) {
    const char *path = scratch_path("pipe");
    cr_assert_eq(mkfifo(path, 0600), 0);
    pid_t writer = fork();
    if (writer == 0) {
        FILE *f = fopen(path, "w");
        if (f) fputs("id,email\nc1,paul@example.fr\n", f);
        _exit(!f || fclose(f) != 0);
    }
    rv_enrich_options options = options_for("id,email\n");
    options.clients.path = path;
    settings.dry_run = true;
    cr_assert_eq(rv_enrich(&options, &settings, &report, &error), RV_OK, "%s", error.message);
    cr_assert_eq(waitpid(writer, NULL, 0), writer);
    TELLS("\"expected_rows\":null,\"expected_seconds\":null,\"expected_peak_bytes\":null");
    TELLS("\"matched\":1,");
}

Test(enrich, sources_of_attributes_are_counted_as_one_at_a_time_would) {
    enum { MOST = 200, SOURCES = 7 };
    rv_random random;
    rv_random_init(&random, 20261122, 3);
    for (int round = 0; round < 20000; round++) {
        rv_origin at[SOURCES];
        uint32_t values[MOST], codes[MOST], n = (uint32_t)rv_random_below(&random, MOST), first = (uint32_t)rv_random_below(&random, 20);
        bool in_row = rv_random_below(&random, 2);
        rv_origin_list origins = {at, (uint32_t)rv_random_below(&random, SOURCES), 0, NULL};
        while (1u << origins.bits < origins.n) origins.bits++;
        for (uint32_t i = 0; i < origins.n; i++) at[i] = (rv_origin){(uint16_t)rv_random_below(&random, SOURCES), 0};
        for (uint32_t i = 0; i < n; i++) {
            values[i] = first + (in_row ? i : (uint32_t)rv_random_below(&random, MOST));
            codes[i] = (uint32_t)rv_random_below(&random, 3);
        }
        size_t bytes = ((size_t)(first + MOST) * origins.bits + 7) / 8 + 3; /* no byte more */
        unsigned char *numbers = malloc(bytes);
        for (size_t i = 0; i < bytes; i++) numbers[i] = (unsigned char)rv_random_below(&random, 256);
        origins.numbers = numbers;
        uint64_t counted[SOURCES] = {0}, wanted[SOURCES] = {0};
        for (uint32_t i = 0; i < n && origins.n; i++) wanted[rv_origin_at(&origins, values[i]).source] += codes[i] != 0;
        rv_fill_count_sources(&origins, values, in_row, codes, n, counted);
        cr_assert(memcmp(counted, wanted, sizeof wanted) == 0, "round %d", round);
        free(numbers);
    }
}

Test(enrich, missing_files_are_bad_input) {
    rv_enrich_options options = options_for("id,email\nc1,a@example.fr\n");
    options.megabase = "/nowhere/mega.rvl";
    cr_assert_eq(run(&options), RV_BAD_INPUT);
    options = options_for("id,email\nc1,a@example.fr\n");
    options.clients.path = "/nowhere/clients.csv";
    cr_assert_eq(run(&options), RV_BAD_INPUT);
    options = options_for("");
    cr_assert_eq(run(&options), RV_BAD_INPUT);
    cr_assert(!rv_file_exists(options.out));
}

Test(enrich, a_damaged_megabase_gives_the_clean_answer_or_none) {
    const char *clients = "id,email,mobile,first_name\nc1,paul@example.fr,,Paul\nc2,,0612345601,Zanzibar\n";
    enrich(clients);
    char *clean = output;
    output = NULL;
    size_t size;
    char *bytes = scratch_read(scratch_path("mega.rvl"), &size);
    rv_random random;
    rv_random_init(&random, 3, 3);
    unsigned refused = 0;
    for (unsigned i = 0; i < 150; i++) {
        size_t at = rv_random_below(&random, (uint32_t)size);
        char was = bytes[at];
        bytes[at] = (char)(bytes[at] ^ (1 << rv_random_below(&random, 8)));
        scratch_file("mega.rvl", bytes, size);
        bytes[at] = was;
        unlink(scratch_path("out.csv"));
        rv_enrich_options options = options_for(clients);
        rv_status status = run(&options);
        if (status == RV_OK) {
            cr_assert_str_eq(output, clean, "byte %zu", at);
            continue;
        }
        refused++;
        cr_assert(status == RV_CORRUPT || status == RV_NEWER || status == RV_BAD_INPUT, "byte %zu: %d %s", at, status,
                  error.message);
        cr_assert(!rv_file_exists(scratch_path("out.csv")));
    }
    cr_assert_gt(refused, 10);
    free(bytes);
    free(clean);
}

static void keep_message(void *ctx, rv_level level, const char *text) {
    (void)level;
    rv_buffer_string(ctx, text);
}

Test(enrich, canary_people_stay_in_the_outputs) {
    rv_buffer messages = {0};
    settings.message = keep_message;
    settings.ctx = &messages;
    enrich("id,email,first_name,last_name,mobile\nc1,zanzibar@canary.example,Zanzibar,Canaryman,\n"
           "c2,zanzibar@canary.example,,,\nc3,zanzibar@canary.example,Other,Canaryman,0612345601\n");
    cr_assert(strstr(output, "0612345601"));
    rv_buffer_string(&messages, report.json);
    rv_buffer_string(&messages, report.text);
    rv_enrich_options options = options_for("id,email\nzanzibar@canary.example,Zanzibar,Canaryman,0612345601\n");
    run(&options);
    rv_buffer_string(&messages, error.message);
    rv_buffer_string(&messages, error.hint);
    rv_buffer_byte(&messages, 0);
    const char *canaries[] = {"anzibar", "anaryman", "canary.ex", "12345601", "rue des Lilas"};
    for (size_t i = 0; i < 5; i++)
        cr_assert(!strstr(messages.data, canaries[i]), "%s in %s", canaries[i], messages.data);
    rv_buffer_free(&messages);
    struct stat st;
    enrich("id,email\nc1,a@example.fr\n");
    stat(scratch_path("out.csv"), &st);
    cr_assert_eq(st.st_mode & 0777, 0600);
}

#ifdef RV_TESTING
Test(enrich, running_out_of_memory_is_an_error_and_leaves_nothing) {
    const char *clients = "id,email,email_md5,first_name\nc1,paul@example.fr,00000000000000000000000000000000,Paul\n";
    rv_enrich_options options = options_for(clients);
    size_t files = scratch_count();
    rv_status status = RV_NO_MEMORY;
    unsigned failures = 0;
    for (uint64_t n = 1; status != RV_OK; n++) {
        cr_assert_lt(n, 3000);
        rv_memory_fail_at(n, n % 2);
        error = (rv_error){0};
        rv_report_reset(&report);
        status = rv_enrich(&options, &settings, &report, &error);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) break;
        failures++;
        cr_assert_eq(status, RV_NO_MEMORY, "allocation %llu: %d %s", (unsigned long long)n, status, error.message);
        cr_assert_eq(scratch_count(), files, "allocation %llu", (unsigned long long)n);
    }
    cr_assert_gt(failures, 20);
}
#endif
