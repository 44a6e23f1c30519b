/*
 * The job `match` against a megabase: enriching with nothing brought back. The same tiers, the same guard, the same
 * linkage, and a line for each client who has a contact.
 */
#include "csv_writer.h"
#include "enrich.h"
#include "link_job.h"
#include "together.h"

typedef struct links { /* what the sink writes into */
    rv_megabase *megabase;
    rv_table_out *out; /* NULL: nothing is written */
    rv_contact_reader *reader;
    rv_buffer csv;
    rv_arena arena;
    rv_contact *contacts; /* of a block, as many as `rows` */
    uint32_t *rows, *clients;
    uint32_t room;
    uint64_t n;
} links;

static bool wants_none(const void *ctx, uint32_t column) {
    (void)ctx;
    (void)column;
    return false; /* ids are read from the clients' own cells */
}

static rv_status room_for(links *l, uint32_t rows, rv_error *err) {
    if (rows <= l->room) return RV_OK;
    if (!rv_array_resize(&l->rows, rows, sizeof *l->rows, err) ||
        !rv_array_resize(&l->clients, rows, sizeof *l->clients, err) ||
        !rv_array_resize(&l->contacts, rows, sizeof *l->contacts, err))
        return RV_NO_MEMORY;
    l->room = rows;
    return RV_OK;
}

static void put_link(links *l, const rv_enrich_plan *plan, const rv_enriched_block *block, uint32_t i) {
    uint32_t row = l->clients[i];
    int32_t id = plan->roles->of[RV_ROLE_ID];
    const rv_match *match = &block->matches[row];
    if (id >= 0) rv_csv_put(&l->csv, rv_batch_cell(&block->clients->batch, row, (uint32_t)id));
    else rv_buffer_unsigned(&l->csv, block->first_row + row + 1);
    rv_csv_comma(&l->csv);
    rv_links_put(&l->csv, l->contacts[i].id, match->tier, (double)match->probability);
}

static rv_status take_links(void *ctx, const rv_enrich_plan *plan, const rv_enriched_block *block, void *user,
                            rv_error *err) {
    links *l = ctx;
    uint32_t n = 0;
    (void)user;
    RV_TRY(room_for(l, block->clients->batch.rows, err));
    for (uint32_t r = 0; r < block->clients->batch.rows; r++) {
        if (block->matches[r].row == UINT32_MAX) continue;
        l->clients[n] = r;
        l->rows[n++] = block->matches[r].row;
    }
    if (n == 0) return RV_OK;
    rv_arena_reset(&l->arena);
    RV_TRY(rv_contact_read(l->reader, l->rows, n, &l->arena, l->contacts, err));
    for (uint32_t i = 0; i < n; i++) put_link(l, plan, block, i);
    l->n += n;
    return rv_table_out_put(l->out, &l->csv, err);
}

static rv_status match_clients(links *l, const rv_match_base_options *o, const rv_settings *settings,
                               rv_summary *summary, rv_error *err) {
    static const char *const nothing[] = {NULL};
    rv_enrich_options enrich = {
        .megabase = o->megabase, .clients = o->clients, .linkage = o->linkage, .take = nothing, .n_take = 0};
    const rv_enrich_sink sink = {.wants = wants_none, .take = take_links, .ctx = l};
    RV_TRY(rv_contact_reader_new(l->megabase, &l->reader, err));
    if (o->out && !settings->dry_run) RV_TRY(rv_table_out_open(o->out, settings->force, &l->out, err));
    rv_table_out_for_people(l->out, settings, 3, 1); /* probability */
    rv_buffer_string(&l->csv, RV_LINKS_HEADER);
    RV_TRY(rv_table_out_put(l->out, &l->csv, err));
    RV_TRY(rv_enrich_file(l->megabase, &enrich, settings, &sink, summary, err));
    rv_json_put_unsigned(&summary->json, "links", l->n);
    rv_table_out *out = l->out;
    l->out = NULL;
    return out ? rv_table_out_finish(out, settings->held, err) : RV_OK;
}

rv_status rv_match_base(const rv_match_base_options *options, const rv_settings *settings, rv_report *report,
                        rv_error *err) {
    links l = {0};
    rv_summary summary;
    if (!options->megabase || !options->clients.path)
        return rv_fail(err, RV_BAD_ARGUMENT, "match: --megabase and --clients are needed together");
    if (!options->out && !settings->dry_run) return rv_fail(err, RV_BAD_ARGUMENT, "match: --out is missing");
    RV_TRY(rv_file_check_distinct(options->clients.path, options->out, err));
    RV_TRY(rv_file_check_distinct(options->megabase, options->out, err));
    rv_together together;
    settings = rv_together_begin(&together, settings);
    rv_summary_begin(&summary, "match");
    rv_summary_speak(&summary, settings);
    rv_status status = rv_megabase_open(options->megabase, &l.megabase, err);
    if (status == RV_OK) status = match_clients(&l, options, settings, &summary, err);
    if (status == RV_OK) status = rv_summary_finish(&summary, report, err);
    status = rv_together_end(&together, status, err);
    if (status != RV_OK) rv_report_reset(report);
    rv_table_out_abort(l.out);
    rv_contact_reader_free(l.reader);
    rv_buffer_free(&l.csv);
    rv_arena_free(&l.arena);
    rv_free(l.contacts);
    rv_free(l.rows);
    rv_free(l.clients);
    rv_megabase_close(l.megabase);
    rv_summary_reset(&summary);
    return status;
}
