/* explain of a job: the match told anew, segment and score as they were delivered. */
#include "job_description.h"
#include "scratch.h"
#include "test_base.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const WORLD = "id,email,first_name,last_name,city,source,date\n"
                                 "M1,paul@example.fr,Paul,Petit,Grenoble,alpha,2026-01-02\n"
                                 "M2,anne@example.fr,Anne,Petit,Lyon,alpha,2026-01-02\n";
static const char *const JOB = "version: 1\n"
                               "megabase: mega.rvl\n"
                               "clients: {file: clients.csv, id: client_id}\n"
                               "transactions: t.csv\n"
                               "as_of: 2026-11-01\n"
                               "score: {active: state=active}\n"
                               "out: {segments: segments.csv, scores: scores.csv}\n";

static void make_world(void) {
    base_make("mega.rvl", WORLD, BASE_CLEAR_KINDS, RV_IMAGE);
    scratch_text("clients.csv",
                 "client_id,email,first_name,last_name\nc1,paul@example.fr,Paul,Petit\nc2,none@example.fr,Luc,Roux\n");
    scratch_text("segments.csv",
                 "client_id,first_order,last_order,orders,amount,recency_days,mean_interval_days,r,f,m,segment,"
                 "state,expected_orders,p_alive\n"
                 "c1,2026-01-01,2026-02-01,2,10.00,273,31.00,3,2,2,hibernating,at_risk,0.100000,0.400000\n");
    scratch_text("scores.csv", "client_id,score,probability,rank,decile,reasons\n"
                               "c1,512,0.250000,1,1,b%3Dc=v%7Cw:40|age=18-30:-31|rest:3|base:500\n");
}

static rv_status explain(const char *const *ids, size_t n, rv_report *report, rv_error *err) {
    rv_explain_options o = {.job = scratch_text("job.yaml", JOB), .clients = ids, .n_clients = n};
    rv_settings settings = {.threads = 1};
    return rv_explain(&o, &settings, report, err);
}

#define SAYS(part) cr_assert(strstr(report.text, part), "no '%s' in\n%s", part, report.text)

Test(job_explain, match_segment_and_score_are_told_in_words) {
    make_world();
    rv_report report = {0};
    rv_error err = {0};
    const char *ids[] = {"c1"};
    cr_assert_eq(explain(ids, 1, &report, &err), RV_OK, "%s", err.message);
    SAYS("contact M1");
    SAYS("state      at_risk, segment hibernating: 2 orders, the last one 273 days ago");
    SAYS("score      512, rank 1, decile 1 (1 is the best), probability 0.250000, because\n");
    SAYS("b=c is v|w: 40 points for\n");
    SAYS("age is 18-30: 31 points against\n");
    SAYS("all other attributes together: 3 points for\n");
    SAYS("where everybody starts: 500 points for\n");
    cr_assert(strstr(report.json, "\"job\":\"explain\""));
    rv_report_reset(&report);
}

Test(job_explain, several_clients_are_kept_apart_and_unknown_ones_named) {
    make_world();
    rv_report report = {0};
    rv_error err = {0};
    const char *ids[] = {"c2", "c1", "nobody"};
    cr_assert_eq(explain(ids, 3, &report, &err), RV_BAD_INPUT);
    cr_assert_str_eq(err.message, "no client of the job has the id 'nobody'");
    SAYS("client c1\n  state");
    SAYS("client nobody: no such id");
    SAYS("client c2\n  score      none: clients with state=active teach the profile");
    cr_assert_null(strstr(report.text, "client c2\n  state"));
    rv_report_reset(&report);
}

/* The profile that the job wrote adds how usual a value is among the active; small cells and pairs have none. */
Test(job_explain, reasons_are_told_with_their_index_and_in_words) {
    make_world();
    scratch_text("scores.csv",
                 "client_id,score,probability,rank,decile,reasons\n"
                 "c1,512,,1,1,\"achats=beauty, 12 months:45|age=18-30:-31|age=(missing):9|achats=(other):8|"
                 "achats=few:7|age=18-30&achats=few:-6|100%25=x:5|rest:3|base:500\"\n"
                 "c3,1,,2,1,rest:1|base:0\n");
    scratch_text("profile.json",
                 "{\"profile_version\": 1, \"method\": \"index\", \"base\": 500, \"seeds\": 100, \"others\": 900,"
                 "\"people\": 1000, \"against_pool\": false, \"probability\": {\"knots\": [], \"withheld\": \"few\"}, \"attributes\": ["
                 "{\"attribute\": \"achats\", \"scale\": \"category\", \"entries\": ["
                 "{\"missing\": true, \"points\": 0, \"seeds\": 0, \"people\": 0},"
                 "{\"other\": true, \"points\": 8, \"seeds\": 20, \"people\": 100},"
                 "{\"value\": \"beauty, 12 months\", \"points\": 45, \"seeds\": 48, \"people\": 200},"
                 "{\"value\": \"few\", \"points\": 7, \"seeds\": null, \"people\": 30}]},"
                 "{\"attribute\": \"age\", \"scale\": \"number\", \"whole\": true, \"entries\": ["
                 "{\"missing\": true, \"points\": 9, \"seeds\": 10, \"people\": 500},"
                 "{\"other\": true, \"points\": 0, \"seeds\": 0, \"people\": 0},"
                 "{\"from\": 18, \"below\": 31, \"points\": -31, \"seeds\": 15, \"people\": 500}]}]}");
    rv_explain_options o = {.job = scratch_text("job.yaml", "version: 1\nmegabase: mega.rvl\n"
                                                            "clients: {file: clients.csv, id: client_id}\n"
                                                            "score: {active: actif=oui}\n"
                                                            "out: {scores: scores.csv, profile: profile.json}\n")};
    const char *ids[] = {"c1"};
    o.clients = ids;
    o.n_clients = 1;
    rv_settings settings = {.threads = 1};
    rv_report report = {0};
    rv_error err = {0};
    cr_assert_eq(rv_explain(&o, &settings, &report, &err), RV_OK, "%s", err.message);
    SAYS("             achats is beauty, 12 months: index 240, 45 points for\n");
    SAYS("             age is 18-30: index 30, 31 points against\n");
    SAYS("             age isn't known: index 20, 9 points for\n");
    SAYS("             achats has none of the usual values: index 200, 8 points for\n");
    SAYS("             achats is few: 7 points for\n");
    SAYS("             age is 18-30 and achats is few: 6 points against\n");
    SAYS("             100% is x: 5 points for\n");
    SAYS("(index 100: the active have it as often as everybody)");
    rv_report_reset(&report);
}

Test(job_explain, whoever_teaches_the_profile_is_told_so_and_unknown_ids_fail) {
    make_world();
    scratch_text("segments.csv", "client_id,segment,state\nc2,loyal,active\n");
    rv_report report = {0};
    rv_error err = {0};
    const char *ids[] = {"c2"}, *strangers[] = {"x", "y", "x"};
    cr_assert_eq(explain(ids, 1, &report, &err), RV_OK, "%s", err.message);
    SAYS("score      none: state=active, so the profile is learned from this client");
    cr_assert_eq(explain(strangers, 2, &report, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.message, "'x', nor 1 others"), "%s", err.message);
    cr_assert_eq(explain(strangers + 2, 1, &report, &err), RV_BAD_INPUT);
    rv_report_reset(&report);
}

Test(job_explain, ids_may_come_from_stdin) {
    make_world();
    int fd = open(scratch_text("ids.txt", "c1\r\n\nc2\n"), O_RDONLY);
    cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    rv_report report = {0};
    rv_error err = {0};
    const char *ids[] = {"-"};
    cr_assert_eq(explain(ids, 1, &report, &err), RV_OK, "%s", err.message);
    SAYS("client c1\n  state");
    SAYS("c2");
    rv_report_reset(&report);
}

Test(job_explain, results_that_arent_there_yet_say_nothing) {
    make_world();
    unlink(scratch_path("segments.csv"));
    unlink(scratch_path("scores.csv"));
    rv_report report = {0};
    rv_error err = {0};
    const char *ids[] = {"c1"};
    cr_assert_eq(explain(ids, 1, &report, &err), RV_OK, "%s", err.message);
    cr_assert_null(strstr(report.text, "state"));
    rv_report_reset(&report);
    unlink(scratch_path("mega.rvl"));
    cr_assert_eq(explain(ids, 1, &report, &err), RV_BAD_INPUT);
}
