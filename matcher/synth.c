/*
 * The job behind `reveil synth`: opens all files of the world first (so that a file in the way is told at once), fills
 * them one after the other with all threads, and publishes them together at the end.
 */
#include "parallel.h"
#include "report.h"
#include "synth_output.h"
#include "synth_tables.h"

#include <stdio.h>
#include <string.h>

enum { TABLES = RV_SYNTH_SOURCES + 4, MOST_PEOPLE = 100000000 };

typedef struct synth_job {
    const rv_synth_options *options;
    const rv_settings *settings;
    rv_world *world;
    rv_synth_sources_plan *plan;
    rv_synth_file tables[TABLES];
    rv_output *schema, *job; /* the two papers */
    rv_summary summary;
} synth_job;

static rv_status check_options(const rv_synth_options *options, const rv_settings *settings, rv_error *err) {
    rv_status status = RV_OK;
    if (!options->out || !*options->out) status = rv_fail(err, RV_BAD_ARGUMENT, "the folder of the world isn't named");
    else if (options->contacts == 0) status = rv_fail(err, RV_BAD_ARGUMENT, "a world needs at least one contact");
    else if (options->clients == 0) status = rv_fail(err, RV_BAD_ARGUMENT, "a world needs at least one client");
    else if (options->contacts > MOST_PEOPLE / 4 * 3 || options->clients > MOST_PEOPLE ||
             options->contacts / 3 * 4 + options->clients > MOST_PEOPLE)
        status = rv_fail(err, RV_BAD_ARGUMENT,
                         "a world holds at most %d people: clients plus four thirds of the contacts", MOST_PEOPLE);
    else if (!settings->seeded) status = rv_fail(err, RV_BAD_ARGUMENT, "a world needs a seed");
    if (status != RV_OK) rv_error_hint(err, "reveil synth --contacts 100000 --clients 10000 --seed 7 --out world");
    return status;
}

static rv_synth_file *add_table(synth_job *job, unsigned *n, const char *name, uint64_t items, uint32_t piece,
                                const char *header, uint64_t (*rows)(const void *, uint64_t, uint64_t, rv_buffer *),
                                const void *ctx) {
    rv_synth_file *file = &job->tables[(*n)++];
    *file = (rv_synth_file){.items = items, .piece = piece, .header = header, .rows = rows, .ctx = ctx};
    snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

static void list_tables(synth_job *job) {
    unsigned n = 0;
    uint64_t contacts = job->options->contacts, clients = job->options->clients;
    for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++) {
        char name[64];
        snprintf(name, sizeof name, "sources/%s.csv.zst", rv_synth_sources[s].name);
        add_table(job, &n, name, contacts, 16384, job->plan->sources[s].header, rv_synth_source_rows,
                  &job->plan->sources[s]);
    }
    add_table(job, &n, "truth_contacts.csv.zst", contacts, 65536, RV_SYNTH_CONTACT_TRUTH_HEADER,
              rv_synth_contact_truth_rows, job->plan);
    add_table(job, &n, "clients.csv", clients, 4096, RV_SYNTH_CLIENTS_HEADER, rv_synth_client_rows, job->plan);
    add_table(job, &n, "transactions.csv", clients, 4096, RV_SYNTH_ORDERS_HEADER, rv_synth_order_rows, job->plan);
    add_table(job, &n, "truth.csv", clients, 4096, RV_SYNTH_TRUTH_HEADER, rv_synth_truth_rows, job->plan);
}

static rv_status write_tables(synth_job *job, rv_error *err) {
    for (unsigned t = 0; t < TABLES; t++) {
        double since = rv_clock_seconds();
        RV_TRY(rv_synth_file_write(&job->tables[t], job->settings, err));
        rv_summary_timing(&job->summary, job->tables[t].name, since);
    }
    return RV_OK;
}

/* A paper is small: it's made in memory, and checked before anything is published. */
static rv_status write_paper(synth_job *job, const char *name,
                             void (*write)(const rv_synth_sources_plan *, rv_buffer *), rv_output **out,
                             rv_error *err) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", job->options->out, name);
    if (n < 0 || (size_t)n >= sizeof path) return rv_fail(err, RV_BAD_ARGUMENT, "the path of the folder is too long");
    rv_buffer text = {0};
    write(job->plan, &text);
    rv_status status = rv_buffer_check(&text, err);
    if (status == RV_OK) status = rv_output_open(path, job->settings->force, out, err);
    if (status == RV_OK) status = rv_output_write(*out, text.data, text.len, err);
    rv_buffer_free(&text);
    return status;
}

static rv_status fill_world(synth_job *job, rv_error *err) {
    char folder[4096];
    int n = snprintf(folder, sizeof folder, "%s/sources", job->options->out);
    if (n < 0 || (size_t)n >= sizeof folder) return rv_fail(err, RV_BAD_ARGUMENT, "the path of the folder is too long");
    RV_TRY(rv_directory_make(folder, err));
    snprintf(folder, sizeof folder, "%s/out", job->options->out);
    RV_TRY(rv_directory_make(folder, err));
    RV_TRY(write_paper(job, "schema.yaml", rv_synth_schema_write, &job->schema, err));
    RV_TRY(write_paper(job, "job.yaml", rv_synth_job_write, &job->job, err));
    for (unsigned t = 0; t < TABLES; t++)
        RV_TRY(rv_synth_file_open(&job->tables[t], job->options->out, job->settings->force, err));
    return write_tables(job, err);
}

/* job.yaml last: where it stands the world is whole. */
static rv_status publish_world(synth_job *job, rv_error *err) {
    for (unsigned t = 0; t < TABLES; t++) {
        rv_table_out *out = job->tables[t].out;
        job->tables[t].out = NULL;
        RV_TRY(rv_table_out_commit(out, err));
    }
    rv_output *papers[] = {job->schema, job->job};
    job->schema = NULL;
    RV_TRY(rv_output_commit(papers[0], err));
    job->job = NULL;
    return rv_output_commit(papers[1], err);
}

static void drop_world(synth_job *job) {
    for (unsigned t = 0; t < TABLES; t++) rv_table_out_abort(job->tables[t].out);
    rv_output_abort(job->schema);
    rv_output_abort(job->job);
}

static void report_rates(rv_summary *summary) {
    static const struct {
        const char *name;
        double rate;
    } rates[] = {{"email", 0.70},
                 {"mobile", 0.60},
                 {"birth_date", 0.60},
                 {"address", 0.90},
                 {"typing_errors", 0.15},
                 {"movers", RV_SYNTH_MOVERS},
                 {"changed_names", RV_SYNTH_RENAMED},
                 {"changed_emails", RV_SYNTH_NEW_EMAIL},
                 {"shared_emails", RV_SYNTH_SHARED_EMAIL},
                 {"shared_phones", RV_SYNTH_SHARED_PHONE},
                 {"clients_inside", RV_SYNTH_CLIENTS_INSIDE},
                 {"client_duplicates", RV_SYNTH_CLIENT_DUPLICATES}};
    rv_json_key(&summary->json, "rates");
    rv_json_object(&summary->json);
    rv_buffer_string(&summary->text, "rates:");
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        rv_json_put_number(&summary->json, rates[i].name, rates[i].rate);
        rv_buffer_format(&summary->text, "%s %s %.3g %%", i ? "," : "", rates[i].name, rates[i].rate * 100);
    }
    rv_buffer_string(&summary->text, "\n");
    rv_json_end(&summary->json, '}');
}

static void report_world(synth_job *job, double seconds) {
    rv_summary *summary = &job->summary;
    uint64_t source_rows = 0;
    for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++) source_rows += job->tables[s].n_rows;
    rv_json_key(&summary->json, "synth");
    rv_json_object(&summary->json);
    rv_json_put_unsigned(&summary->json, "contacts", job->options->contacts);
    rv_json_put_unsigned(&summary->json, "clients", job->options->clients);
    rv_json_put_unsigned(&summary->json, "seed", job->settings->seed);
    rv_json_put_unsigned(&summary->json, "source_rows", source_rows);
    rv_json_put_unsigned(&summary->json, "clients_inside", job->world->inside_clients);
    report_rates(summary);
    rv_json_key(&summary->json, "files");
    rv_json_array(&summary->json);
    for (unsigned t = 0; t < TABLES; t++) {
        rv_json_object(&summary->json);
        rv_json_put_string(&summary->json, "name", job->tables[t].name);
        rv_json_put_unsigned(&summary->json, "rows", job->tables[t].n_rows);
        rv_json_put_unsigned(&summary->json, "bytes", job->tables[t].bytes);
        rv_json_end(&summary->json, '}');
    }
    rv_json_end(&summary->json, ']');
    rv_json_end(&summary->json, '}');
    for (unsigned t = 0; t < TABLES; t++)
        rv_buffer_format(&summary->text, "%-28s %12llu rows\n", job->tables[t].name,
                         (unsigned long long)job->tables[t].n_rows);
    if (seconds > 0 && !job->settings->dry_run)
        rv_buffer_format(&summary->text, "%.2f s, %.2f M contacts a second\nnext: reveil run %s/job.yaml\n", seconds,
                         (double)job->options->contacts / seconds / 1e6, job->options->out);
}

rv_status rv_synth(const rv_synth_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    RV_TRY(check_options(options, settings, err));
    synth_job job = {.options = options, .settings = settings};
    double since = rv_clock_seconds();
    rv_summary_begin(&job.summary, "synth");
    rv_status status = rv_world_new(settings->seed, options->contacts, options->clients, &job.world, err);
    if (status == RV_OK && (job.plan = rv_new(sizeof *job.plan, err)) == NULL) status = RV_NO_MEMORY;
    if (status == RV_OK) {
        rv_synth_sources_plan_make(job.plan, job.world);
        list_tables(&job);
        if (!settings->dry_run) status = fill_world(&job, err);
    }
    rv_report told = {0}; /* before anything is published: telling may fail too */
    if (status == RV_OK) {
        report_world(&job, rv_clock_seconds() - since);
        status = rv_summary_finish(&job.summary, &told, err);
    }
    if (status == RV_OK && !settings->dry_run) status = publish_world(&job, err);
    if (status == RV_OK) *report = told;
    else rv_report_reset(&told);
    drop_world(&job);
    rv_summary_reset(&job.summary);
    rv_free(job.plan);
    rv_world_free(job.world);
    return status;
}
