/* schema.yaml and job.yaml of a synthetic world: what a user would write for these files. */
#include "date.h"
#include "synth_tables.h"

void rv_synth_schema_write(const rv_synth_sources_plan *plan, rv_buffer *out) {
    rv_buffer_string(out, "version: 1\nsources:\n");
    for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++) {
        const rv_synth_source *source = &rv_synth_sources[s];
        char date[11];
        rv_date_format(plan->world->today - source->to, date);
        rv_buffer_format(out, "  - {name: %s, files: [sources/%s.csv.zst], date: %s, priority: %u, id: %s}\n",
                         source->name, source->name, date, s + 1, source->columns[0].header);
    }
    rv_buffer_string(out, "columns:\n");
    for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++)
        for (unsigned c = 0; rv_synth_sources[s].columns[c].header; c++)
            rv_buffer_format(out, "  - {name: %s, role: %s}\n", rv_synth_sources[s].columns[c].header,
                             rv_synth_sources[s].columns[c].role);
    static const char *const types[] = {"category", "integer", "flag"};
    for (unsigned a = 0; a < RV_SYNTH_ATTRIBUTES; a++)
        rv_buffer_format(out, "  - {name: %s, role: attribute, type: %s%s}\n", rv_synth_attributes[a].name,
                         types[rv_synth_attributes[a].kind],
                         rv_synth_attributes[a].sensitive ? ", sensitive: true" : "");
    rv_buffer_string(out, "  - {name: " RV_SYNTH_BASKET ", role: attribute, type: decimal}\n"
                          "keys: [email, mobile, phone, person_birth, person_address]\n");
}

void rv_synth_job_write(const rv_synth_sources_plan *plan, rv_buffer *out) {
    char today[11];
    rv_date_format(plan->world->today, today);
    rv_buffer_format(
        out,
        "# The whole chain on this world: reveil run job.yaml\n"
        "version: 1\n"
        "megabase: mega.rvl\n"
        "build: {schema: schema.yaml} # when mega.rvl isn't there yet\n"
        "clients:\n"
        "  file: clients.csv\n"
        "  id: client_id\n"
        "  ignore: [date_creation] # who came within the year and bought is active by definition\n"
        "  roles: {civilite: civility, prenom: first_name, nom: last_name, email: email, telephone: mobile,\n"
        "          fixe: phone, date_naissance: birth_date, adresse: address_line, complement: address_extra,\n"
        "          code_postal: postcode, ville: city}\n"
        "transactions: {file: transactions.csv, client: client_id, date: date, amount: amount, order: order_id}\n"
        "as_of: %s\n"
        "score: {active: state=active}\n"
        "out:\n"
        "  enriched: out/enriched.csv\n"
        "  segments: out/segments.csv\n"
        "  scores: out/scores.csv\n"
        "  rejects: out/rejects.csv\n"
        "  profile: out/profile.json\n"
        "  quality: out/quality.json\n"
        "  summary: out/summary.json\n",
        today);
}
