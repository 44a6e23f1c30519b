/*
 * The job behind `reveil synth`: opens all files of the world, or of the linkage set, first (so that a file in the way is
 * told at once), fills them one after the other with all threads, and publishes them together at the end.
 */
#include "parallel.h"
#include "report.h"
#include "synth_linkage.h"
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
    rv_linkage_set linkage;
    rv_synth_file tables[TABLES];
    unsigned n_tables;
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

static void add_table(synth_job *job, const char *name, uint64_t items, uint32_t piece, const char *header,
                      uint64_t (*rows)(const void *, uint64_t, uint64_t, rv_buffer *), const void *ctx) {
    rv_synth_file *file = &job->tables[job->n_tables++];
    *file = (rv_synth_file){.items = items, .piece = piece, .header = header, .rows = rows, .ctx = ctx};
    snprintf(file->name, sizeof file->name, "%s", name);
}

static void list_world(synth_job *job) {
    uint64_t contacts = job->options->contacts, clients = job->options->clients;
    for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++) {
        char name[64];
        snprintf(name, sizeof name, "sources/%s.csv.zst", rv_synth_sources[s].name);
        add_table(job, name, contacts, 16384, job->plan->sources[s].header, rv_synth_source_rows,
                  &job->plan->sources[s]);
    }
    add_table(job, "truth_contacts.csv.zst", contacts, 65536, RV_SYNTH_CONTACT_TRUTH_HEADER,
              rv_synth_contact_truth_rows, job->plan);
    add_table(job, "clients.csv", clients, 4096, RV_SYNTH_CLIENTS_HEADER, rv_synth_client_rows, job->plan);
    add_table(job, "transactions.csv", clients, 4096, RV_SYNTH_ORDERS_HEADER, rv_synth_order_rows, job->plan);
    add_table(job, "truth.csv", clients, 4096, RV_SYNTH_TRUTH_HEADER, rv_synth_truth_rows, job->plan);
}

static void list_linkage(synth_job *job) {
    uint64_t contacts = job->options->contacts, clients = job->options->clients;
    bool email = job->options->set == RV_SET_LINKAGE_EMAIL;
    rv_linkage_set_make(&job->linkage, job->world, email);
    add_table(job, "contacts.csv", contacts, 4096, rv_linkage_header(RV_LINKAGE_CONTACTS, email),
              rv_linkage_contact_rows, &job->linkage);
    add_table(job, "clients.csv", clients, 4096, rv_linkage_header(RV_LINKAGE_CLIENTS, email), rv_linkage_client_rows,
              &job->linkage);
    add_table(job, "truth.csv", clients, 4096, RV_LINKAGE_TRUTH_HEADER, rv_linkage_truth_rows, &job->linkage);
}

static rv_status write_tables(synth_job *job, rv_error *err) {
    for (unsigned t = 0; t < job->n_tables; t++) {
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

static rv_status make_folder(const synth_job *job, const char *name, rv_error *err) {
    char folder[4096];
    int n = snprintf(folder, sizeof folder, "%s%s", job->options->out, name);
    if (n < 0 || (size_t)n >= sizeof folder) return rv_fail(err, RV_BAD_ARGUMENT, "the path of the folder is too long");
    return rv_directory_make(folder, err);
}

static rv_status fill(synth_job *job, rv_error *err) {
    if (job->options->set == RV_SET_WORLD) {
        RV_TRY(make_folder(job, "/sources", err));
        RV_TRY(make_folder(job, "/out", err));
        RV_TRY(write_paper(job, "schema.yaml", rv_synth_schema_write, &job->schema, err));
        RV_TRY(write_paper(job, "job.yaml", rv_synth_job_write, &job->job, err));
    } else {
        RV_TRY(make_folder(job, "", err));
    }
    for (unsigned t = 0; t < job->n_tables; t++)
        RV_TRY(rv_synth_file_open(&job->tables[t], job->options->out, job->settings->force, err));
    return write_tables(job, err);
}

/* job.yaml last: where it stands the world is whole. */
static rv_status publish(synth_job *job, rv_error *err) {
    for (unsigned t = 0; t < job->n_tables; t++) {
        rv_table_out *out = job->tables[t].out;
        job->tables[t].out = NULL;
        RV_TRY(rv_table_out_commit(out, err));
    }
    rv_output *papers[] = {job->schema, job->job};
    job->schema = job->job = NULL;
    rv_status status = RV_OK;
    for (int i = 0; i < 2; i++) {
        if (status != RV_OK) rv_output_abort(papers[i]);
        else if (papers[i]) status = rv_output_commit(papers[i], err);
    }
    return status;
}

static void drop(synth_job *job) {
    for (unsigned t = 0; t < job->n_tables; t++) rv_table_out_abort(job->tables[t].out);
    rv_output_abort(job->schema);
    rv_output_abort(job->job);
}

typedef struct named_rate {
    const char *name;
    double rate;
} named_rate;

static void report_rates(rv_summary *summary, const char *key, const named_rate *rates, size_t n) {
    rv_json_key(&summary->json, key);
    rv_json_object(&summary->json);
    rv_buffer_format(&summary->text, "%s:", key);
    for (size_t i = 0; i < n; i++) {
        rv_json_put_number(&summary->json, rates[i].name, rates[i].rate);
        rv_buffer_format(&summary->text, "%s %s %.3g %%", i ? "," : "", rates[i].name, rates[i].rate * 100);
    }
    rv_buffer_string(&summary->text, "\n");
    rv_json_end(&summary->json, '}');
}

static void report_world_rates(rv_summary *summary) {
    static const named_rate rates[] = {{"email", 0.70},
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
    report_rates(summary, "rates", rates, sizeof rates / sizeof *rates);
}

/* Of the rows where a slip can happen. */
static void report_linkage_rates(rv_summary *summary) {
    static const char *const keys[2] = {"contact_rates", "client_rates"};
    for (int side = 0; side < 2; side++) {
        named_rate rates[RV_SLIPS];
        for (int slip = 0; slip < RV_SLIPS; slip++)
            rates[slip] = (named_rate){rv_slip_kinds[slip].name, rv_slip_kinds[slip].rate[side]};
        report_rates(summary, keys[side], rates, RV_SLIPS);
    }
}

static void tell(synth_job *job, double seconds) {
    rv_summary *summary = &job->summary;
    bool world = job->options->set == RV_SET_WORLD;
    uint64_t source_rows = 0;
    for (unsigned s = 0; world && s < RV_SYNTH_SOURCES; s++) source_rows += job->tables[s].n_rows;
    rv_json_key(&summary->json, "synth");
    rv_json_object(&summary->json);
    rv_json_put_unsigned(&summary->json, "contacts", job->options->contacts);
    rv_json_put_unsigned(&summary->json, "clients", job->options->clients);
    rv_json_put_unsigned(&summary->json, "seed", job->settings->seed);
    if (world) rv_json_put_unsigned(&summary->json, "source_rows", source_rows);
    rv_json_put_unsigned(&summary->json, "clients_inside", job->world->inside_clients);
    if (world) report_world_rates(summary);
    else report_linkage_rates(summary);
    rv_json_key(&summary->json, "files");
    rv_json_array(&summary->json);
    for (unsigned t = 0; t < job->n_tables; t++) {
        rv_json_object(&summary->json);
        rv_json_put_string(&summary->json, "name", job->tables[t].name);
        rv_json_put_unsigned(&summary->json, "rows", job->tables[t].n_rows);
        rv_json_put_unsigned(&summary->json, "bytes", job->tables[t].bytes);
        rv_json_end(&summary->json, '}');
    }
    rv_json_end(&summary->json, ']');
    rv_json_end(&summary->json, '}');
    for (unsigned t = 0; t < job->n_tables; t++)
        rv_buffer_format(&summary->text, "%-28s %12llu rows\n", job->tables[t].name,
                         (unsigned long long)job->tables[t].n_rows);
    if (seconds <= 0 || job->settings->dry_run) return;
    const char *out = job->options->out;
    rv_buffer_format(&summary->text, "%.2f s, %.2f M contacts a second\n", seconds,
                     (double)job->options->contacts / seconds / 1e6);
    if (world) rv_buffer_format(&summary->text, "next: reveil run %s/job.yaml\n", out);
    else
        rv_buffer_format(&summary->text,
                         "next: reveil match --left %s/clients.csv --right %s/contacts.csv --out links.csv\n", out,
                         out);
}

rv_status rv_synth(const rv_synth_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    RV_TRY(check_options(options, settings, err));
    synth_job job = {.options = options, .settings = settings};
    double since = rv_clock_seconds();
    rv_summary_begin(&job.summary, "synth");
    rv_status status = rv_world_new(settings->seed, options->contacts, options->clients, &job.world, err);
    if (status == RV_OK && options->set != RV_SET_WORLD) {
        list_linkage(&job);
    } else if (status == RV_OK && (job.plan = rv_new(sizeof *job.plan, err)) == NULL) {
        status = RV_NO_MEMORY;
    } else if (status == RV_OK) {
        rv_synth_sources_plan_make(job.plan, job.world);
        list_world(&job);
    }
    if (status == RV_OK && !settings->dry_run) status = fill(&job, err);
    rv_report told = {0}; /* before anything is published: telling may fail too */
    if (status == RV_OK) {
        tell(&job, rv_clock_seconds() - since);
        status = rv_summary_finish(&job.summary, &told, err);
    }
    if (status == RV_OK && !settings->dry_run) status = publish(&job, err);
    if (status == RV_OK) *report = told;
    else rv_report_reset(&told);
    drop(&job);
    rv_summary_reset(&job.summary);
    rv_free(job.plan);
    rv_world_free(job.world);
    return status;
}
