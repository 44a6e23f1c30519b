/* Job files: what they may say, where a mistake is told, and what goes before what. */
#include "job_description.h"
#include "job_settings.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char *environment(const char *name) {
    static char value[] = "mega";
    return strcmp(name, "BASE") == 0 ? value : NULL;
}

static rv_status read_with(const char *text, const rv_assignment *o, size_t n, rv_job_description *job, rv_error *err) {
    return rv_job_read(scratch_text("job.yaml", text), o, n, environment, job, err);
}

static void refused(const char *text, uint64_t line, const char *message, const char *hint) {
    rv_job_description job;
    rv_error err = {0};
    cr_assert_eq(read_with(text, NULL, 0, &job, &err), RV_BAD_ARGUMENT, "accepted: %s", text);
    cr_assert(strstr(err.message, message), "'%s' doesn't say '%s'", err.message, message);
    if (line) cr_assert_eq(err.line, line, "line %lu: %s", (unsigned long)err.line, err.message);
    if (hint) cr_assert(strstr(err.hint, hint), "'%s' doesn't say '%s'", err.hint, hint);
}

static const char full[] =
    "version: 1\n"
    "megabase: ${BASE}.rvl\n"
    "build: {schema: schema.yaml, sources: [a.csv, b.csv], layout: archive}\n"
    "clients:\n"
    "  file: clients.csv\n"
    "  id: client_id\n"
    "  roles: {nom: last_name}\n"
    "  ignore: [x, y]\n"
    "  sep: ';'\n"
    "  encoding: cp1252\n"
    "  header: true\n"
    "  date_order: dmy\n"
    "  skip_lines: 2\n"
    "transactions: {file: /abs/t.csv, client: c, date: d, amount: a, order: o}\n"
    "as_of: 2026-11-01\n"
    "link: off\n"
    "take: [a1, a2]\n"
    "segment: {horizon_days: 91, active_months: 6, model: bg, rfm: f=1/2/4/9, previous: s0.csv}\n"
    "score: {active: state=active, method: index, min_seeds: 50, use_sensitive: [race], monotone: [orders], previous: p.json}\n"
    "out: {enriched: e.csv, segments: s.csv, scores: c.csv, summary: '-'}\n"
    "gates: ['match_rate>=.4']\n"
    "threads: 2\n"
    "memory_limit: 2G\n"
    "max_rejects: 2%\n";

Test(job_description, every_key_lands_in_its_place) {
    rv_job_description job;
    rv_error err = {0};
    cr_assert_eq(read_with(full, NULL, 0, &job, &err), RV_OK, "%s", err.message);
    char expected[600];
    snprintf(expected, sizeof expected, "%s/mega.rvl", scratch_folder());
    cr_assert_str_eq(job.megabase, expected);
    snprintf(expected, sizeof expected, "%s/b.csv", scratch_folder());
    cr_assert_eq(job.build_sources.n, 2);
    cr_assert_str_eq(job.build_sources.words[1], expected);
    cr_assert_str_eq(job.build_layout, "archive");
    cr_assert_eq(job.n_clients, 1);
    const rv_table_options *c = &job.clients[0];
    cr_assert_str_eq(c->id, "client_id");
    cr_assert_eq(c->n_roles, 1);
    cr_assert_str_eq(c->roles[0].value, "last_name");
    cr_assert_eq(c->n_ignore, 2);
    cr_assert_eq(c->dialect.separator, ';');
    cr_assert_eq(c->dialect.encoding, RV_CP1252);
    cr_assert_eq(c->dialect.header, RV_YES);
    cr_assert_eq(c->dialect.date_order, RV_DMY);
    cr_assert_eq(c->dialect.skip_lines, 2);
    cr_assert_str_eq(job.transactions.path, "/abs/t.csv");
    cr_assert_eq(job.transactions.n_roles, 4);
    cr_assert_str_eq(job.transactions.roles[1].value, "order_date");
    cr_assert_eq(job.horizon_days, 91);
    cr_assert_str_eq(job.model, "bg");
    cr_assert_str_eq(job.rfm, "f=1/2/4/9");
    cr_assert(strstr(job.previous, "s0.csv"), "%s", job.previous);
    cr_assert_eq(job.min_seeds, 50);
    cr_assert_str_eq(job.use_sensitive.words[0], "race");
    cr_assert_str_eq(job.monotone.words[0], "orders");
    cr_assert(strstr(job.previous_profile, "p.json"), "%s", job.previous_profile);
    cr_assert_str_eq(job.out.summary, "-");
    rv_settings settings = {0}, given = {.threads = 1};
    rv_job_settings(&job, &given, &settings);
    cr_assert_eq(settings.threads, 1, "a flag goes before the job");
    cr_assert_eq(settings.memory_limit, (uint64_t)2 << 30);
    cr_assert(settings.max_rejects_is_share);
    cr_assert_float_eq(settings.max_rejects, 0.02, 1e-12);
    cr_assert_eq(settings.n_gates, 1);
    rv_job_reset(&job);
}

Test(job_description, overrides_go_before_the_file) {
    rv_job_description job;
    rv_error err = {0};
    rv_assignment o[] = {{"score.method", "centroid"},  {"out.enriched", "here.csv"},  {"take", "b,c,d"},
                         {"clients.file", "other.csv"}, {"segment.horizon_days", "7"}, {"force", "true"}};
    cr_assert_eq(read_with(full, o, 6, &job, &err), RV_OK, "%s", err.message);
    cr_assert_str_eq(job.method, "centroid");
    cr_assert_str_eq(job.out.enriched, "here.csv");
    cr_assert_eq(job.take.n, 3);
    cr_assert_str_eq(job.clients[0].path, "other.csv");
    cr_assert_eq(job.horizon_days, 7);
    cr_assert(job.force);
    rv_job_reset(&job);
    rv_assignment bad = {"score.metod", "x"};
    cr_assert_eq(read_with(full, &bad, 1, &job, &err), RV_BAD_ARGUMENT);
    cr_assert(strstr(err.hint, "score.method"));
    rv_assignment wrong[] = {{"segment.model", "nbd"}, {"threads", "two"}, {"force", "yes"}, {"megabase", "${NONE}"}};
    for (int i = 0; i < 4; i++) cr_assert_eq(read_with(full, &wrong[i], 1, &job, &err), RV_BAD_ARGUMENT);
}

static void overridden(const char *text, const char *key, const char *value, rv_job_description *job) {
    rv_error err = {0};
    rv_assignment o = {key, value};
    cr_assert_eq(read_with(text, &o, 1, job, &err), RV_OK, "%s: %s", key, err.message);
}

static void override_refused(const char *text, const char *key, const char *value, const char *message,
                             const char *hint) {
    rv_job_description job;
    rv_error err = {0};
    rv_assignment o = {key, value};
    cr_assert_eq(read_with(text, &o, 1, &job, &err), RV_BAD_ARGUMENT, "%s=%s", key, value);
    cr_assert(strstr(err.message, message), "%s: '%s'", key, err.message);
    if (hint) cr_assert(strstr(err.hint, hint), "%s: '%s'", key, err.hint);
}

Test(job_description, overrides_reach_inside) {
    static const char plain[] = "version: 1\nmegabase: m.rvl\nclients: c.csv\n";
    static const char two[] = "version: 1\nmegabase: m.rvl\nclients: [a.csv, {file: b.csv}]\n";
    rv_job_description job;
    overridden(plain, "clients.sep", ";", &job);
    cr_assert_eq(job.clients[0].dialect.separator, ';');
    char expected[600];
    snprintf(expected, sizeof expected, "%s/c.csv", scratch_folder());
    cr_assert_str_eq(job.clients[0].path, expected, "the file's own path keeps its folder");
    rv_job_reset(&job);
    overridden(full, "clients.roles.e.mail", "email", &job);
    cr_assert_eq(job.clients[0].n_roles, 2);
    cr_assert_str_eq(job.clients[0].roles[1].name, "e.mail");
    rv_job_reset(&job);
    overridden(full, "transactions.date", "jour", &job);
    cr_assert_str_eq(job.transactions.roles[1].name, "jour");
    rv_job_reset(&job);
    overridden(two, "clients.1.encoding", "cp1252", &job);
    cr_assert_eq(job.clients[1].dialect.encoding, RV_CP1252);
    cr_assert_eq(job.clients[0].dialect.encoding, RV_ENCODING_AUTO);
    rv_job_reset(&job);
    overridden(full, "clients", "only.csv", &job);
    cr_assert_str_eq(job.clients[0].path, "only.csv");
    cr_assert_str_eq(job.clients[0].id, "client_id", "the rest stays");
    rv_job_reset(&job);
    overridden("version: 1\nclients: c\nmegabase: m\nsegment:\n", "segment.model", "bg", &job);
    cr_assert_str_eq(job.model, "bg");
    rv_job_reset(&job);
    overridden(full, "out.scores", "", &job);
    cr_assert_null(job.out.scores, "nothing takes a key away");
    rv_job_reset(&job);
    override_refused(two, "clients.sep", ";", "several client files", "clients.0.sep");
    override_refused(two, "clients.2.sep", ";", "no place for '2'", NULL);
    override_refused(plain, "clients.seps", ";", "unknown key 'clients.seps'", "clients.sep");
    override_refused(plain, "clients.sep", ";;", "one character", NULL);
    override_refused(plain, "megabase.x", "1", "unknown key", NULL);
    override_refused(plain, "score", "1", "unknown key", NULL);
    override_refused(plain, "", "1", "unknown key", NULL);
    override_refused(plain, ".", "1", "unknown key", NULL);
}

static char *with_values(const char *name) {
    static char method[] = "index", separator[] = "|";
    if (strcmp(name, "REVEIL_SCORE_METHOD") == 0) return method;
    if (strcmp(name, "REVEIL_CLIENTS_SEP") == 0) return separator;
    return NULL;
}

Test(job_description, the_environment_goes_before_the_file_and_behind_flags) {
    static const char text[] = "version: 1\nmegabase: m\nclients: {file: c, sep: ';'}\nscore: {method: auto}\n";
    rv_job_description job;
    rv_error err = {0};
    const char *path = scratch_text("job.yaml", text);
    cr_assert_eq(rv_job_read(path, NULL, 0, with_values, &job, &err), RV_OK, "%s", err.message);
    cr_assert_str_eq(job.method, "index");
    cr_assert_eq(job.clients[0].dialect.separator, '|');
    rv_job_reset(&job);
    rv_assignment o = {"score.method", "centroid"};
    cr_assert_eq(rv_job_read(path, &o, 1, with_values, &job, &err), RV_OK, "%s", err.message);
    cr_assert_str_eq(job.method, "centroid");
    rv_job_reset(&job);
}

Test(job_description, a_mistake_from_elsewhere_is_told_with_where_it_comes_from) {
    rv_job_description job;
    rv_error err = {0};
    rv_assignment o = {"segment.horizon_days", "0"};
    cr_assert_eq(read_with(full, &o, 1, &job, &err), RV_BAD_ARGUMENT);
    cr_assert_str_eq(err.file, "--set segment.horizon_days");
    cr_assert_eq(err.line, 0);
}

Test(job_description, several_client_files_have_outputs_of_their_own) {
    rv_job_description job;
    rv_error err = {0};
    const char *text = "version: 1\nmegabase: m.rvl\nclients: [a.csv, {file: b.csv.gz}]\nout: {enriched: e.csv.zst}\n";
    cr_assert_eq(read_with(text, NULL, 0, &job, &err), RV_OK, "%s", err.message);
    cr_assert_eq(job.n_clients, 2);
    char expected[600];
    snprintf(expected, sizeof expected, "%s/e-b.csv.zst", scratch_folder());
    cr_assert_str_eq(rv_job_output_for(&job, job.out.enriched, job.clients[1].path), expected);
    cr_assert_null(rv_job_output_for(&job, NULL, "x"));
    rv_job_reset(&job);
}

Test(job_description, mistakes_are_told_with_their_place) {
    refused("version: 1\nmegabsae: m\nclients: c\n", 2, "megabsae", "megabase");
    refused("version: 2\nmegabase: m\nclients: c\n", 1, "version: 1", NULL);
    refused("megabase: m\nclients: c\n", 0, "version: 1", NULL);
    refused("version: 1\nclients: c\n", 0, "megabase", NULL);
    refused("version: 1\nmegabase: m\n", 0, "clients", NULL);
    refused("version: 1\nmegabase: m\nclients: []\n", 3, "at least one", NULL);
    refused("version: 1\nmegabase: m\nclients: {id: x}\n", 3, "file", NULL);
    refused("version: 1\nmegabase: m\nclients: {file: x, sep: ';;'}\n", 3, "one character", NULL);
    refused("version: 1\nmegabase: m\nclients: {file: x, header: maybe}\n", 3, "header", NULL);
    refused("version: 1\nmegabase: m\nclients: {file: x, roles: [a]}\n", 3, "roles", NULL);
    refused("version: 1\nmegabase: m\nclients: c\nlink: fuzzy\n", 4, "fuzzy", NULL);
    refused("version: 1\nmegabase: m\nclients: c\ntransactions: t.csv\n", 0, "as_of", NULL);
    refused("version: 1\nmegabase: m\nclients: '-'\ntransactions: {file: '-'}\nas_of: 2026-01-01\n", 0, "from stdin", NULL);
    refused("version: 1\nmegabase: m\nclients: c\nas_of: 2026-02-30\n", 4, "as_of: a day of the form YYYY-MM-DD", NULL);
    refused("version: 1\nmegabase: m\nclients: c\nscore: {actve: a=b}\n", 4, "actve", "active");
    refused("version: 1\nmegabase: m\nclients: c\nout: {scores: s.csv}\n", 0, "score.active", "state=active");
    refused("version: 1\nmegabase: ${NOT_SET}\nclients: c\n", 2, "NOT_SET", NULL);
    refused("version: 1\nmegabase: m\nclients: c\nsegment: {horizon_days: soon}\n", 4, "whole number", NULL);
}

Test(job_description, numbers_and_methods_out_of_range_are_told_before_the_work) {
    static const char *const wrong[] = {"segment: {horizon_days: 0}",
                                        "segment: {horizon_days: 36501}",
                                        "segment: {active_months: 0}",
                                        "segment: {active_months: 1201}",
                                        "score: {min_seeds: 0}",
                                        "score: {min_seeds: 4294967296}",
                                        "score: {reasons: 0}",
                                        "score: {reasons: 1001}",
                                        "threads: 0",
                                        "threads: 1025"};
    static const char *const right[] = {"segment: {horizon_days: 36500, active_months: 1200}",
                                        "segment: {horizon_days: 1, active_months: 1}", "threads: 1024",
                                        "score: {min_seeds: 1, reasons: 1, method: auto}",
                                        "score: {min_seeds: 4294967295, reasons: 1000, method: index}"};
    char text[300];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "version: 1\nmegabase: m.rvl\nclients: {file: c.csv}\n%s\n", wrong[i]);
        refused(text, 4, "a number from 1 to", NULL);
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        snprintf(text, sizeof text, "version: 1\nmegabase: m.rvl\nclients: {file: c.csv}\n%s\n", right[i]);
        rv_job_description job;
        rv_error err = {0};
        cr_assert_eq(read_with(text, NULL, 0, &job, &err), RV_OK, "%s: %s", right[i], err.message);
        rv_job_reset(&job);
    }
    refused("version: 1\nmegabase: m.rvl\nclients: {file: c.csv}\nscore: {method: indx}\n", 4, "no method", "index");
}

Test(job_description, quantities_that_cant_be_read_are_refused) {
    static const char *const bad[] = {"memory_limit: lots", "max_rejects: 200%", "max_rejects: some", "threshold: 1",
                                      "threshold: 0",       "threshold: high",   "memory_limit: -1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[200];
        snprintf(text, sizeof text, "version: 1\nmegabase: m\nclients: c\n%s\n", bad[i]);
        refused(text, 4, "was expected", NULL);
    }
}

#ifdef RV_TESTING
Test(job_description, every_failing_allocation_is_an_error_without_a_leak) {
    const char *path = scratch_text("job.yaml", full);
    for (uint64_t n = 1;; n++) {
        rv_job_description job;
        rv_memory_fail_at(n, false);
        rv_assignment o[] = {{"clients.sep", ";"}, {"take", "a,b"}, {"clients.roles.x", "email"}};
        rv_status status = rv_job_read(path, o, 3, environment, &job, NULL);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            rv_job_reset(&job);
            cr_assert_gt(n, 3);
            return;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif
