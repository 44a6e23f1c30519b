/* The job `score`, from a file to files: what it promises to whoever runs it. */
#include "scratch.h"

#include "file.h"
#include "memory.h"
#include "random.h"
#include <reveil.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- A small world ----------------------------------------------------------------------------------------------- */

enum { ROWS = 2000 };

/* Actives are older, live in certain towns, and have more income, not always. Names and e-mails carry a canary. */
static const char *world(const char *name, unsigned rows, uint64_t seed, const char *active) {
    static const char *const towns[] = {"Lyon", "Paris", "Nice", "Brest", "Lille"};
    rv_buffer csv = {0};
    rv_buffer_string(&csv, "client_id,last_name,email,age,town,income,noise,religion,state\n");
    for (unsigned i = 0; i < rows; i++) {
        rv_random r;
        rv_random_init(&r, seed, i);
        unsigned age = 18 + rv_random_below(&r, 60), town = rv_random_below(&r, 5);
        double income = 1000 + 50 * (double)age + 1000 * rv_random_unit(&r);
        double push = ((double)age - 50) / 12 + (town < 2 ? 0.8 : -0.8) + (income - 4000) / 2000;
        bool is_active = rv_random_unit(&r) < 1 / (1 + exp(-push));
        rv_buffer_format(&csv, "c%05u,CANARYNAME%u,canary%u@example.fr,%u,%s,", i, i, i, age, towns[town]);
        if (rv_random_below(&r, 10)) rv_buffer_fixed(&csv, income, 2);
        rv_buffer_format(&csv, ",%u,r%u,%s\n", rv_random_below(&r, 1000), rv_random_below(&r, 3),
                         is_active ? active : "asleep");
    }
    static char path[512]; /* scratch paths rotate */
    snprintf(path, sizeof path, "%s", scratch_file(name, csv.data, csv.len));
    rv_buffer_free(&csv);
    return path;
}

static rv_settings quiet(int threads) { return (rv_settings){.threads = threads, .force = true}; }

static rv_status run(const rv_score_options *options, const rv_settings *settings, char **json, rv_error *err) {
    rv_report report = {0};
    rv_status status = rv_score(options, settings, &report, err);
    if (status == RV_OK && json) { *json = strdup(report.json); }
    rv_report_reset(&report);
    return status;
}

/* The n-th field of a line without quotes; advances to the next line. */
static const char *field(const char *line, unsigned n, char out[512]) {
    while (n--) line = strchr(line, ',') + 1;
    size_t len = strcspn(line, ",\n");
    memcpy(out, line, len);
    out[len] = 0;
    return out;
}
static const char *next_line(const char *line) {
    const char *end = strchr(line, '\n');
    return end && end[1] ? end + 1 : NULL;
}

static long sum_of_reasons(const char *reasons) {
    long sum = 0;
    char text[512];
    snprintf(text, sizeof text, "%s", reasons);
    for (char *part = strtok(text, "|"); part; part = strtok(NULL, "|"))
        sum += strtol(strrchr(part, ':') + 1, NULL, 10);
    return sum;
}

/* --- Promises ---------------------------------------------------------------------------------------------------- */

Test(score, every_row_but_the_seeds_is_scored_with_reasons_that_add_up) {
    rv_score_options o = {
        .in.path = world("in.csv", ROWS, 1, "active"), .active = "state=active", .out = scratch_path("out.csv")};
    rv_settings s = quiet(2);
    rv_error err = {0};
    cr_assert_eq(run(&o, &s, NULL, &err), RV_OK, "%s", err.message);
    char *out = scratch_read(o.out, NULL), *in = scratch_read(o.in.path, NULL), text[512];
    const char *line = next_line(out), *row = next_line(in);
    cr_assert_eq(strncmp(out, "client_id,score,probability,rank,decile,reasons\n", 48), 0);
    unsigned scored = 0, asleep = 0;
    bool ranks[ROWS + 1] = {false};
    for (; row; row = next_line(row)) {
        if (strcmp(field(row, 8, text), "asleep") != 0) continue;
        asleep++;
        cr_assert(line, "a row is missing");
        char id[512];
        field(row, 0, id);
        cr_assert_str_eq(field(line, 0, text), id); /* in the order of the file */
        long shown = strtol(field(line, 1, text), NULL, 10), sum = sum_of_reasons(field(line, 5, text));
        cr_assert_eq(shown, sum < 0 ? 0 : sum > 1000 ? 1000 : sum, "row %s", id);
        double p = strtod(field(line, 2, text), NULL);
        cr_assert(strlen(text) == 8 && p > 0 && p < 1, "probability %s", text);
        unsigned rank = (unsigned)strtoul(field(line, 3, text), NULL, 10);
        cr_assert(rank >= 1 && rank <= ROWS && !ranks[rank]);
        ranks[rank] = true;
        scored++;
        line = next_line(line);
    }
    cr_assert_null(line);
    for (unsigned rank = 1; rank <= scored; rank++) cr_assert(ranks[rank], "no row has rank %u", rank);
    cr_assert_eq(scored, asleep);
    free(out);
    free(in);
}

Test(score, ranks_follow_scores_and_deciles_follow_ranks) {
    rv_score_options o = {
        .in.path = world("in.csv", ROWS, 2, "active"), .active = "state=active", .out = scratch_path("out.csv")};
    rv_settings s = quiet(2);
    cr_assert_eq(run(&o, &s, NULL, NULL), RV_OK);
    char *out = scratch_read(o.out, NULL), text[512];
    static struct {
        long score;
        unsigned line, decile;
    } by_rank[ROWS + 1];
    unsigned n = 0;
    for (const char *line = next_line(out); line; line = next_line(line)) {
        unsigned rank = (unsigned)strtoul(field(line, 3, text), NULL, 10);
        by_rank[rank].score = strtol(field(line, 1, text), NULL, 10);
        by_rank[rank].decile = (unsigned)strtoul(field(line, 4, text), NULL, 10);
        by_rank[rank].line = n++;
    }
    for (unsigned rank = 1; rank <= n; rank++) {
        cr_assert_eq(by_rank[rank].decile, (rank - 1) * 10 / n + 1);
        if (rank == 1) continue;
        cr_assert(by_rank[rank].score <= by_rank[rank - 1].score);
        bool tied =
            by_rank[rank].score == by_rank[rank - 1].score && by_rank[rank].score > 0 && by_rank[rank].score < 1000;
        if (tied) cr_assert(by_rank[rank].line > by_rank[rank - 1].line, "a tie goes by row");
    }
    free(out);
}

Test(score, one_and_two_threads_and_a_second_run_give_the_same_bytes) {
    const char *in = world("in.csv", TEST_SMALL_WORLDS ? ROWS / 3 : ROWS, 3, "active"), *const methods[] = {"auto", "shared",    "centroid", "index",
                                                                             "woe",  "scorecard", "logistic"};
    for (size_t m = 0; m < 7; m++) {
        char *first[3] = {NULL};
        for (int time = 0; time < 3; time++) {
            rv_score_options o = {.in.path = in,
                                  .active = "state=active",
                                  .method = methods[m],
                                  .out = scratch_path("out.csv"),
                                  .quality_out = scratch_path("q.json"),
                                  .profile_out = scratch_path("p.json")};
            rv_settings s = quiet(time == 1 ? 1 : 2);
            cr_assert_eq(run(&o, &s, NULL, NULL), RV_OK);
            const char *paths[3] = {o.out, o.quality_out, o.profile_out};
            for (int f = 0; f < 3; f++) {
                char *bytes = scratch_read(paths[f], NULL);
                if (time) cr_assert_str_eq(bytes, first[f], "%s, run %d", paths[f], time);
                else first[f] = strdup(bytes);
                free(bytes);
            }
        }
        for (int f = 0; f < 3; f++) free(first[f]);
    }
}

Test(score, a_profile_kept_and_read_again_gives_the_same_scores) {
    const char *in = world("in.csv", ROWS, 4, "active");
    rv_score_options learn = {
        .in.path = in, .active = "state=active", .out = scratch_path("a.csv"), .profile_out = scratch_path("p.json")};
    rv_score_options apply = {.in.path = in,
                              .profile = learn.profile_out,
                              .out = scratch_path("b.csv"),
                              .quality_out = scratch_path("q.json")};
    rv_settings s = quiet(2);
    rv_error err = {0};
    char *json = NULL;
    cr_assert_eq(run(&learn, &s, NULL, NULL), RV_OK);
    cr_assert_eq(run(&apply, &s, &json, &err), RV_OK, "%s", err.message);
    cr_assert(strstr(json, "\"drift_alarms\":0"), "%s", json);
    char *a = scratch_read(learn.out, NULL), *b = scratch_read(apply.out, NULL), x[512], y[512];
    const char *line = next_line(b);
    for (const char *row = next_line(a); row; row = next_line(row)) { /* b has the seeds too */
        while (strcmp(field(line, 0, x), field(row, 0, y)) != 0) line = next_line(line);
        cr_assert_str_eq(field(line, 1, x), field(row, 1, y));
        cr_assert_str_eq(field(line, 2, x), field(row, 2, y));
        cr_assert_str_eq(field(line, 5, x), field(row, 5, y));
    }
    free(a);
    free(b);
    free(json);
}

Test(score, every_method_beats_chance_and_auto_is_never_worse_than_shared) {
    rv_score_options o = {
        .in.path = world("in.csv", ROWS, 5, "active"), .active = "state=active", .out = scratch_path("out.csv")};
    rv_settings s = quiet(2);
    char *json = NULL;
    cr_assert_eq(run(&o, &s, &json, NULL), RV_OK);
    double chosen = strtod(strstr(json, "\"auc\":") + 6, NULL);
    const char *methods = strstr(json, "\"methods\":{");
    double shared = strtod(strstr(methods, "\"shared\":") + 9, NULL),
           index = strtod(strstr(methods, "\"index\":") + 8, NULL);
    cr_assert(chosen >= shared && chosen > 0.6 && index > 0.6, "chosen %g, shared %g, index %g", chosen, shared, index);
    free(json);
}

Test(score, a_sensitive_attribute_is_left_out_unless_named) {
    const char *in = world("in.csv", ROWS, 6, "active");
    rv_score_options o = {.in.path = in, .active = "state=active", .profile_out = scratch_path("p.json")};
    rv_settings s = quiet(2);
    cr_assert_eq(run(&o, &s, NULL, NULL), RV_OK);
    char *profile = scratch_read(o.profile_out, NULL);
    cr_assert_null(strstr(profile, "religion"));
    free(profile);
    const char *named[] = {"religion"};
    o.use_sensitive = named;
    o.n_use_sensitive = 1;
    cr_assert_eq(run(&o, &s, NULL, NULL), RV_OK);
    profile = scratch_read(o.profile_out, NULL);
    cr_assert(strstr(profile, "\"religion\""));
    free(profile);
}

Test(score, names_and_addresses_never_enter_any_output_or_message) {
    rv_score_options o = {.in.path = world("in.csv", ROWS, 7, "active"),
                          .active = "state=active",
                          .out = scratch_path("out.csv"),
                          .quality_out = scratch_path("q.json"),
                          .profile_out = scratch_path("p.json")};
    rv_settings s = quiet(2);
    char *json = NULL;
    cr_assert_eq(run(&o, &s, &json, NULL), RV_OK);
    const char *paths[] = {o.out, o.quality_out, o.profile_out};
    for (int f = 0; f < 3; f++) {
        char *bytes = scratch_read(paths[f], NULL);
        cr_assert_null(strstr(bytes, "CANARY"));
        cr_assert_null(strstr(bytes, "canary"));
        free(bytes);
        struct stat st;
        stat(paths[f], &st);
        cr_assert_eq(st.st_mode & 0777, 0600);
    }
    cr_assert_null(strstr(json, "anary"));
    free(json);
}

/* --- What can be wrong ------------------------------------------------------------------------------------------- */

static void expect(rv_score_options *o, rv_status status, const char *words) {
    rv_settings s = quiet(2);
    rv_error err = {0};
    if (!o->out) o->out = scratch_path("out.csv");
    cr_assert_eq(run(o, &s, NULL, &err), status, "status %d: %s", err.status, err.message);
    char all[2048];
    snprintf(all, sizeof all, "%s | %s", err.message, err.hint);
    cr_assert(strstr(all, words), "'%s' isn't in '%s'", words, all);
    cr_assert_not(rv_file_exists(o->out), "a failed job leaves no output");
}

Test(score, too_few_seeds_are_refused_with_the_way_out) {
    rv_score_options o = {.in.path = world("in.csv", 150, 8, "active"), .active = "state=active"};
    expect(&o, RV_REFUSED, "--min-seeds");
    o.min_seeds = 24;
    expect(&o, RV_REFUSED, "25 is the least");
    o.min_seeds = 25;
    rv_settings s = quiet(2);
    cr_assert_eq(run(&o, &s, NULL, NULL), RV_OK);
}

Test(score, no_active_and_nobody_else_are_told_apart) {
    const char *in = world("in.csv", ROWS, 9, "active");
    rv_score_options nobody = {.in.path = in, .active = "state=awake"};
    expect(&nobody, RV_BAD_INPUT, "no row is active");
    char everybody[400 * 8 + 32] = "id,a,state\n";
    for (int i = 0; i < 300; i++) sprintf(everybody + strlen(everybody), "%d,%d,y\n", i, i % 3);
    rv_score_options all = {.in.path = scratch_text("all.csv", everybody), .active = "state=y"};
    expect(&all, RV_BAD_INPUT, "nobody");
}

Test(score, a_wrong_column_method_or_flag_is_named) {
    const char *in = world("in.csv", ROWS, 10, "active");
    rv_score_options column = {.in.path = in, .active = "stat=active"};
    expect(&column, RV_BAD_ARGUMENT, "did you mean 'state'");
    rv_score_options method = {.in.path = in, .active = "state=active", .method = "indx"};
    expect(&method, RV_BAD_ARGUMENT, "did you mean --method index");
    rv_score_options none = {.in.path = in};
    expect(&none, RV_BAD_ARGUMENT, "--active");
    rv_score_options both = {.in.path = in, .active = "state=active", .profile = "p.json"};
    expect(&both, RV_BAD_ARGUMENT, "only one of them");
    rv_score_options no_value = {.in.path = in, .active = "state="};
    expect(&no_value, RV_BAD_ARGUMENT, "unlabelled");
    rv_score_options missing = {.in.path = scratch_path("nowhere.csv"), .active = "state=active"};
    expect(&missing, RV_BAD_INPUT, "");
    rv_score_options itself = {.in.path = in, .active = "state=active", .out = in};
    rv_settings s = quiet(1);
    cr_assert_eq(run(&itself, &s, NULL, NULL), RV_BAD_ARGUMENT);
}

Test(score, of_two_columns_of_one_name_the_second_is_called_by_number) {
    rv_buffer csv = {0};
    rv_buffer_string(&csv, "id,age,age,state\n");
    for (unsigned i = 0; i < 600; i++)
        rv_buffer_format(&csv, "%u,%u,%u,%s\n", i, i % 70, i % 3 ? i % 9 : i % 5, i % 3 ? "n" : "y");
    rv_score_options o = {.in.path = scratch_file("in.csv", csv.data, csv.len),
                          .active = "state=y",
                          .method = "index",
                          .quality_out = scratch_path("q.json")};
    rv_buffer_free(&csv);
    rv_settings s = quiet(1);
    rv_error err = {0};
    cr_assert_eq(run(&o, &s, NULL, &err), RV_OK, "%s", err.message);
    char *sheet = scratch_read(o.quality_out, NULL);
    cr_assert(strstr(sheet, "\"attribute\": \"age\"") && strstr(sheet, "\"attribute\": \"age_2\""), "%s", sheet);
    free(sheet);
}

Test(score, a_profile_for_other_columns_names_what_is_missing) {
    rv_score_options learn = {.in.path = world("in.csv", ROWS, 11, "active"),
                              .active = "state=active",
                              .profile_out = scratch_path("p.json")};
    rv_settings s = quiet(2);
    cr_assert_eq(run(&learn, &s, NULL, NULL), RV_OK);
    rv_score_options apply = {.in.path = scratch_text("other.csv", "id,age,city\n1,33,Lyon\n"),
                              .profile = learn.profile_out};
    expect(&apply, RV_BAD_INPUT, "'town', 'income'");
}

Test(score, values_unknown_to_the_profile_count_as_other_and_speak_for_nobody) {
    rv_score_options learn = {.in.path = world("in.csv", ROWS, 12, "active"),
                              .active = "state=active",
                              .profile_out = scratch_path("p.json")};
    rv_settings s = quiet(2);
    cr_assert_eq(run(&learn, &s, NULL, NULL), RV_OK);
    rv_score_options apply = {
        .in.path = scratch_text("one.csv", "client_id,age,town,income,noise\nx1,abc,Atlantis,999999999,-5\n"),
        .profile = learn.profile_out,
        .out = scratch_path("one-out.csv")};
    rv_error err = {0};
    cr_assert_eq(run(&apply, &s, NULL, &err), RV_OK, "%s", err.message);
    char *out = scratch_read(apply.out, NULL), reasons[512];
    field(next_line(out), 5, reasons);
    cr_assert_null(strstr(reasons, "Atlantis"));
    cr_assert_null(strstr(reasons, "town=("), "an unknown town has no points: %s", reasons);
    cr_assert(strstr(reasons, "+"), "an income above all others falls into the last range: %s", reasons);
    free(out);
}

/* Columns of every awkward kind beside one that works. */
Test(score, empty_constant_crowded_and_mixed_columns_have_their_outcomes) {
    rv_buffer csv = {0};
    rv_buffer_string(&csv, "id,empty,constant,crowded,mixed,good,leak,state\n");
    for (unsigned i = 0; i < 12000; i++) {
        bool active = i % 3 == 0;
        rv_buffer_format(&csv, "%u,,same,v%u,", i, i % 10000);
        if (i % 100 == 7) rv_buffer_string(&csv, "n/a,");
        else rv_buffer_format(&csv, "%u,", i % 50);
        rv_buffer_format(&csv, "%s,%s,%s\n", (i / 3 + (active ? 0 : 1)) % 3 ? "high" : "low", active ? "2026" : "2020",
                         active ? "y" : "n");
    }
    rv_score_options o = {.in.path = scratch_file("in.csv", csv.data, csv.len),
                          .active = "state=y",
                          .out = scratch_path("out.csv"),
                          .quality_out = scratch_path("q.json"),
                          .profile_out = scratch_path("p.json")};
    rv_buffer_free(&csv);
    rv_settings s = quiet(2);
    rv_error err = {0};
    char *json = NULL;
    cr_assert_eq(run(&o, &s, &json, &err), RV_OK, "%s", err.message);
    cr_assert(strstr(json, "\"empty\":\"empty\""), "%s", json);
    cr_assert(strstr(json, "\"constant\":\"one value only\""));
    cr_assert(strstr(json, "\"crowded\":\"no value is held by enough people\""));
    cr_assert(strstr(json, "\"leak\":\"predicts the target nearly alone\""));
    char *quality = scratch_read(o.quality_out, NULL), *profile = scratch_read(o.profile_out, NULL);
    cr_assert(strstr(quality, "'leak' predicts the target nearly alone"));
    cr_assert(strstr(quality, "'mixed' is a column of numbers; 120 rows have something else (1 distinct)"));
    cr_assert_null(strstr(profile, "\"leak\""));
    free(json);
    free(quality);
    free(profile);
}

Test(score, without_known_non_seeds_no_probability_is_given) {
    const char *in = world("in.csv", ROWS, 13, "active");
    char *text = scratch_read(in, NULL);
    for (char *at; (at = strstr(text, ",asleep"));) memcpy(at, ",      ", 7); /* blank: unlabelled */
    rv_score_options o = {
        .in.path = scratch_text("pool.csv", text), .active = "state=active", .out = scratch_path("out.csv")};
    rv_settings s = quiet(2);
    char *json = NULL, cell[512];
    cr_assert_eq(run(&o, &s, &json, NULL), RV_OK);
    cr_assert(strstr(json, "\"probability\":\"withheld\"") && strstr(json, "no known non-seeds"), "%s", json);
    char *out = scratch_read(o.out, NULL);
    for (const char *line = next_line(out); line; line = next_line(line)) cr_assert_str_eq(field(line, 2, cell), "");
    free(out);
    free(text);
    free(json);
}

Test(score, small_cells_are_masked_in_the_profile) {
    rv_buffer csv = {0};
    rv_buffer_string(&csv, "id,kind,state\n");
    for (unsigned i = 0; i < 1000; i++)
        rv_buffer_format(&csv, "%u,%s,%s\n", i,
                         i < 30  ? "rare"
                         : i % 2 ? "b"
                                 : "c",
                         i < 3 || (i >= 30 && i % 4 == 0) ? "y" : "n");
    rv_score_options o = {.in.path = scratch_file("in.csv", csv.data, csv.len),
                          .active = "state=y",
                          .profile_out = scratch_path("p.json")};
    rv_buffer_free(&csv);
    rv_settings s = quiet(2);
    rv_error err = {0};
    cr_assert_eq(run(&o, &s, NULL, &err), RV_OK, "%s", err.message);
    char *profile = scratch_read(o.profile_out, NULL), *rare = strstr(profile, "\"rare\"");
    cr_assert(rare && strstr(rare, "\"seeds\": null") == strstr(rare, "\"seeds\":"), "%s", profile);
    free(profile);
}

#ifdef RV_TESTING
Test(score, every_allocation_may_fail) {
    const char *in = world("in.csv", 300, 14, "active");
    rv_settings s = quiet(1);
    bool done = false;
    for (uint64_t n = 1; !done; n += n < 300 ? 1 : 71) {
        rv_score_options o = {.in.path = in,
                              .active = "state=active",
                              .min_seeds = 25,
                              .out = scratch_path("out.csv"),
                              .quality_out = scratch_path("q.json"),
                              .profile_out = scratch_path("p.json")};
        rv_report report = {0};
        rv_memory_fail_at(n, false);
        rv_status status = rv_score(&o, &s, &report, NULL);
        done = status == RV_OK;
        rv_memory_fail_at(0, false);
        cr_assert(done || status == RV_NO_MEMORY, "allocation %llu: status %d", (unsigned long long)n, status);
        if (!done && rv_file_exists(o.out)) { /* only the report failed, after everything was published */
            char *out = scratch_read(o.out, NULL);
            cr_assert_eq(out[strlen(out) - 1], '\n');
            cr_assert(rv_file_exists(o.quality_out) && rv_file_exists(o.profile_out));
            free(out);
            remove(o.out);
        }
        rv_report_reset(&report);
        cr_assert(n < 20000);
    }
}
#endif

/* --- Real data --------------------------------------------------------------------------------------------------- */

static double method_auc(const char *json, const char *method) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", method);
    return strtod(strstr(strstr(json, "\"methods\":{"), key) + strlen(key), NULL);
}

/* In builds with sanitizers each so many-th row of the file does. */
static void thin_out(char *path, size_t room, unsigned each) {
    if (!TEST_SMALL_WORLDS) return;
    size_t size;
    char *text = scratch_read(path, &size), *to = strchr(text, '\n') + 1;
    unsigned row = 0;
    for (char *line = to, *next; *line; line = next) {
        char *end = strchr(line, '\n');
        next = end ? end + 1 : line + strlen(line);
        if (row++ % each) continue;
        memmove(to, line, (size_t)(next - line));
        to += next - line;
    }
    snprintf(path, room, "%s", scratch_file("thin.csv", text, (size_t)(to - text)));
    free(text);
}

Test(score, adult_reaches_what_the_methods_are_known_for) {
    char path[512];
    if (!shared_data("scoring/adult/adult.data", path, sizeof path)) cr_skip_test("no ../shared/data");
    thin_out(path, sizeof path, 8);
    const char *named[] = {"race"}, *ignored[] = {"fnlwgt"};
    rv_score_options o = {.in = {.path = path, .ignore = ignored, .n_ignore = 1},
                          .active = "Y=>50K",
                          .method = "logistic",
                          .use_sensitive = named,
                          .n_use_sensitive = 1,
                          .out = scratch_path("out.csv")};
    rv_settings s = quiet(2);
    rv_error err = {0};
    char *json = NULL;
    cr_assert_eq(run(&o, &s, &json, &err), RV_OK, "%s", err.message);
    double shared = method_auc(json, "shared"), logistic = method_auc(json, "logistic");
    cr_log_info("Adult, 5 folds: shared %.4f logistic %.4f (all methods: tests/reference/scoring.py)", shared,
                logistic);
    cr_assert(logistic > (TEST_SMALL_WORLDS ? .9 : .92) && logistic > shared && shared > .5);
    cr_assert(strstr(json, "\"probability\":\"given\""));
    free(json);
}

/* Calls in order of date: the last quarter is another world, and the profile of the first three says so. */
Test(score, banks_last_quarter_sets_off_the_drift_alarm) {
    char path[512];
    if (!shared_data("scoring/bank/bank-train.csv", path, sizeof path)) cr_skip_test("no ../shared/data");
    thin_out(path, sizeof path, 2);
    size_t size;
    char *text = scratch_read(path, &size), *body = strchr(text, '\n') + 1,
         *cut = strchr(text + size * 3 / 4, '\n') + 1;
    char early[512], late[512];
    snprintf(early, sizeof early, "%s", scratch_file("early.csv", text, (size_t)(cut - text)));
    memmove(cut - (body - text), text, (size_t)(body - text)); /* the header again, before the late rows */
    snprintf(late, sizeof late, "%s", scratch_file("late.csv", cut - (body - text), size - (size_t)(cut - body)));
    const char *ignored[] = {"duration"};
    rv_score_options learn = {.in = {.path = early, .ignore = ignored, .n_ignore = 1},
                              .active = "y=yes",
                              .method = "logistic",
                              .profile_out = scratch_path("p.json")};
    rv_score_options apply = {.in = {.path = late},
                              .profile = learn.profile_out,
                              .out = scratch_path("out.csv"),
                              .quality_out = scratch_path("q.json")};
    rv_settings s = quiet(2);
    rv_error err = {0};
    char *json = NULL;
    cr_assert_eq(run(&learn, &s, &json, &err), RV_OK, "%s", err.message);
    cr_log_info("Bank, first three quarters: shared %.4f logistic %.4f", method_auc(json, "shared"),
                method_auc(json, "logistic"));
    cr_assert(method_auc(json, "logistic") > method_auc(json, "shared"));
    free(json);
    /* the whole file, with the profile of the last run beside it */
    rv_score_options again = {.in = {.path = path, .ignore = ignored, .n_ignore = 1},
                              .active = "y=yes",
                              .method = "index",
                              .previous = learn.profile_out,
                              .quality_out = scratch_path("again.json")};
    cr_assert_eq(run(&again, &s, NULL, &err), RV_OK, "%s", err.message);
    char *sheet = scratch_read(again.quality_out, NULL), *within = strstr(sheet, "\"drift_last_quarter\""),
         *since = strstr(sheet, "\"drift_since_last_run\"");
    cr_assert(within && since && strstr(within, "\"alarm\"") < since);
    cr_assert(strstr(since, "'month' has drifted since the last run") == NULL && strstr(since, "\"alarm\""));
    cr_assert(strstr(sheet, "\"calibration_error_foretold\": 0.0"));
    free(sheet);
    cr_assert_eq(run(&apply, &s, &json, &err), RV_OK, "%s", err.message);
    cr_assert_null(strstr(json, "\"drift_alarms\":0"), "%s", json);
    char *quality = scratch_read(apply.quality_out, NULL);
    cr_assert(strstr(quality, "\"alarm\""));
    cr_assert(strstr(json, "\"probability\":\"withheld\",\"withheld_because\":\"'month' and others have drifted"), "%s",
              json);
    cr_assert(strstr(quality, "\"withheld_because\": \"'month' and others have drifted"), "%s", quality);
    char *scores = scratch_read(apply.out, NULL), p[512];
    for (const char *line = next_line(scores); line; line = next_line(line)) cr_assert_str_eq(field(line, 2, p), "");
    free(scores);
    free(quality);
    free(json);
    free(text);
}
