/*
 * The stage around the blocks: opening what is needed, taking the blocks in order, publishing, telling. And the job
 * rv_enrich, which is the stage with nothing else.
 */
#include "enrich.h"

#include "gates.h"

#include "enrich_link.h"
#include "file.h"
#include "hash_scan.h"
#include "overshared.h"
#include "parallel.h"
#include "predict.h"
#include "together.h"

typedef struct enriching { /* one run of the stage */
    rv_enrich_stage stage;
    rv_megabase *megabase;
    const rv_enrich_options *options;
    const rv_settings *settings;
    const rv_enrich_sink *sink;
    uint32_t *wanted; /* of the sink */
    rv_table *csv;
    rv_table_roles roles;
    rv_hash_scan *scan;
    rv_table_out *out;
    rv_rejects *rejects;
    unsigned char *attached; /* one bit per row of the megabase; in huge pages: see the bits of rvl_reader.c */
    size_t attached_bytes;
    rv_enrich_link *link; /* or NULL */
    rv_kept_block *kept;  /* of the first of two passes */
    size_t n_kept;
    uint64_t first_hash; /* what that pass read */
    rv_enrich_totals totals;
    rv_enrich_cost *cost; /* of a sample, else NULL */
    double since;
    rv_core_time cores_since;
} enriching;

static rv_status check_options(const rv_enrich_options *o, const rv_settings *settings, rv_error *err) {
    if (!o->clients.path) return rv_fail(err, RV_BAD_ARGUMENT, "enrich: --clients is missing");
    const char *outputs[] = {o->out, settings->rejects};
    for (size_t i = 0; i < 2; i++) {
        RV_TRY(rv_file_check_distinct(o->clients.path, outputs[i], err));
        RV_TRY(rv_file_check_distinct(o->megabase, outputs[i], err));
    }
    return RV_OK;
}

/* The fields whose source a match of each tier is credited to. */
static void find_key_fields(rv_enrich_stage *stage) {
    static const char *const names[RV_TIER_COUNT][2] = {
        [RV_TIER_EMAIL] = {"email"},
        [RV_TIER_EMAIL_FOLDED] = {"email"},
        [RV_TIER_EMAIL_HASH] = {"email"},
        [RV_TIER_MOBILE] = {"mobile", "phone"},
        [RV_TIER_PHONE] = {"phone", "mobile"},
        [RV_TIER_PHONE_HASH] = {"phone", "mobile"},
        [RV_TIER_PERSON_BIRTH] = {"last_name", "full_name"},
        [RV_TIER_PERSON_ADDRESS] = {"last_name", "full_name"},
        [RV_TIER_IDENTIFIER] = {"identifier"},
        [RV_TIER_LINKAGE] = {"last_name", "full_name"},
    };
    for (unsigned t = 0; t < RV_TIER_COUNT; t++)
        for (unsigned i = 0; i < 2; i++)
            stage->key_fields[t][i] = names[t][i] ? rv_schema_field(stage->fill.schema, names[t][i]) : -1;
}

static rv_status begin_sink(enriching *e, rv_error *err) {
    rv_enrich_plan *plan = &e->stage.plan;
    if (e->sink->begin) RV_TRY(e->sink->begin(e->sink->ctx, plan, err));
    if (!(e->wanted = rv_array_new((size_t)plan->csv->columns + 1, sizeof *e->wanted, err))) return RV_NO_MEMORY;
    for (uint32_t c = 0; c < plan->csv->columns; c++)
        if (!e->sink->wants || e->sink->wants(e->sink->ctx, c)) e->wanted[plan->n_wanted++] = c;
    plan->wanted = e->wanted;
    return RV_OK;
}

/* No error, as a chain may want such a file's orders and scores alone; yet mostly a separator or a role is wrong. */
static void warn_of_strangers(const enriching *e) {
    bool links = e->options->linkage.level > RV_LINKAGE_OFF &&
                 (e->roles.of[RV_ROLE_LAST_NAME] >= 0 || e->roles.of[RV_ROLE_FULL_NAME] >= 0);
    if (e->cost || links || rv_cascade_can_know(&e->stage.cascade, &e->roles)) return;
    rv_warn(e->settings,
            "%s: no column can tell who the clients are by a key of the megabase: nobody is matched; --role COLUMN=email "
            "(or mobile, last_name...) says what a column means",
            e->options->clients.path);
}

static rv_status open_stage(enriching *e, rv_error *err) {
    const rv_enrich_options *o = e->options;
    rv_enrich_stage *stage = &e->stage;
    RV_TRY(rv_table_open(o->clients.path, &o->clients.dialect, &e->csv, err));
    const rv_table_info *info = rv_table_describe(e->csv);
    if (!e->cost) rv_warn_of_table(e->settings, o->clients.path, info->sniffed);
    RV_TRY(rv_table_roles_of(&o->clients, e->csv, &e->roles, err));
    stage->megabase = e->megabase;
    stage->reader =
        (rv_person_reader){.roles = &e->roles, .date_order = info->date_order, .country = o->clients.dialect.country};
    stage->sink = e->sink;
    RV_TRY(rv_fill_plan_make(e->megabase, info, &e->roles, o, &stage->fill, err));
    stage->plan = (rv_enrich_plan){e->megabase, info, &e->roles, stage->fill.taken, stage->fill.n_taken, NULL, 0};
    find_key_fields(stage);
    if (e->sink) RV_TRY(begin_sink(e, err));
    RV_TRY(rv_cascade_open(e->megabase, &stage->cascade, err));
    RV_TRY(rv_hash_scan_run(&stage->cascade, &stage->reader, o, e->settings, &e->scan, err));
    warn_of_strangers(e);
    e->attached_bytes = (size_t)rv_megabase_rows(e->megabase) / 8 + 1;
    if (!(e->attached = rv_pages_new(e->attached_bytes, err))) return RV_NO_MEMORY;
    RV_TRY(rv_fill_counts_new(&stage->fill, &e->totals.fills, err));
    RV_TRY(rv_rejects_open(NULL, e->settings, &e->rejects, err));
    if (!o->out || e->settings->dry_run) return RV_OK;
    if (e->cost) RV_TRY(rv_table_out_nowhere(o->out, &e->out, err));
    else RV_TRY(rv_table_out_open(o->out, e->settings->force, &e->out, err));
    rv_table_out_for_people(e->out, e->settings, info->columns + 1, 1 | 1 << 3); /* rv_probability, rv_last_seen */
    stage->out = e->out;
    rv_buffer header = {0};
    rv_buffer_add(&header, stage->fill.header.data, stage->fill.header.len);
    rv_status status = rv_table_out_put(e->out, &header, err);
    rv_buffer_free(&header);
    return status;
}

static void count_contacts(enriching *e, const rv_enrich_slot *s) {
    for (uint32_t i = 0; i < s->n_contacts; i++) {
        unsigned char bit = (unsigned char)(1u << (s->rows[i] & 7)), *byte = &e->attached[s->rows[i] >> 3];
        if (*byte & bit) e->totals.shared_contacts++;
        else e->totals.n_contacts++;
        *byte |= bit;
    }
}

static rv_status work_block(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)worker;
    return rv_enrich_block_work(&((const enriching *)ctx)->stage, block, err);
}

static void note_cost(enriching *e, const rv_table_block *block, const rv_enrich_slot *s) {
    double now = rv_clock_seconds();
    uint64_t slots = 2 * (uint64_t)rv_threads(e->settings) + 1;
    e->cost->rows += block->batch.rows;
    e->cost->rejected += block->n_rejects - block->tally.asides;
    e->cost->line_bytes += s->lines.len;
    rv_core_time cores = rv_core_times();
    if (block->number + 1 == slots) e->since = now, e->cores_since = cores;
    if (block->number < slots) return;
    e->cost->steady_rows += block->batch.rows;
    e->cost->steady_seconds = now - e->since;
    e->cost->steady_cores = (rv_core_time){cores.ran - e->cores_since.ran, cores.waited - e->cores_since.waited};
    e->cost->anonymous_bytes = rv_resident_bytes().anonymous;
}

static rv_status take_block(void *ctx, rv_table_block *block, rv_error *err) {
    enriching *e = ctx;
    const rv_enrich_slot *s = block->user;
    RV_TRY(rv_check_cancel(e->settings, err));
    for (size_t i = 0; i < block->n_rejects; i++) {
        const rv_reject *r = &block->rejects[i];
        RV_TRY(rv_rejects_add(e->rejects, e->options->clients.path, r->line, r->offset, r->reason, r->raw, err));
    }
    if (e->out) RV_TRY(rv_table_out_append(e->out, &s->lines, err));
    count_contacts(e, s);
    rv_cascade_counts_add(&e->totals.cascade, &s->cascade);
    rv_fill_counts_add(&e->stage.fill, &e->totals.fills, &s->fills);
    if (e->sink) {
        rv_enriched_block enriched = rv_enrich_slot_block(s, block, e->totals.rows);
        RV_TRY(e->sink->take(e->sink->ctx, &e->stage.plan, &enriched, s->sink_user, err));
    }
    e->totals.rows += block->batch.rows;
    if (e->cost) note_cost(e, block, s);
    rv_progress(e->settings, "enrich", block->end_offset, e->stage.plan.csv->stored_bytes);
    return RV_OK;
}

/* The last step: what can fail has been done, save what the system refuses. */
static rv_status publish(enriching *e, rv_error *err) {
    rv_table_out *out = e->out;
    rv_rejects *rejects = e->rejects;
    e->out = NULL;
    e->rejects = NULL;
    rv_status status = rv_rejects_commit(rejects, err);
    if (status == RV_OK) return out ? rv_table_out_finish(out, e->settings->held, err) : RV_OK;
    rv_table_out_abort(out);
    return status;
}

/* Told of a job that fails after reading, too. */
static void tell_rows(const enriching *e, rv_summary *summary) {
    rv_table_counts counts = rv_table_counted(e->csv);
    rv_summary_table(summary, e->options->clients.path, &counts);
    summary->rows_in += counts.rows + counts.rejected;
    summary->rows_out += e->totals.rows;
    summary->rejected += counts.rejected;
}

static void tell(enriching *e, rv_summary *summary) {
    rv_enrich_report(&e->stage, &e->totals, summary);
    rv_overshared_report(e->stage.reader.overshared, e->settings, summary);
}

/* --- Two passes ---------------------------------------------------------------------------------------------------- */

/*
 * Matching reads indexes and persons, fetching reads records and strings: half of an image each, and a million clients
 * leave all of it mapped. Where that is too much the client file is gone through twice, first for the matches, of which
 * 16 bytes a client are kept, then for the rest, with the first half given back between. Parsing it again takes some 3 %
 * of the job. A stream can't be read twice, and an archive is decoded into memory of its own anyway.
 */
enum { MATCHING = RV_PREPARE_INDEXES | RV_PREPARE_PERSONS, FETCHING = RV_PREPARE_RECORDS | RV_PREPARE_STRINGS };
#define MAPPED_USUAL ((uint64_t)5 << 30) /* without --memory-limit */
enum { CLIENT_BYTES = 100 };             /* of a client's line, at least */

rv_enrich_load rv_enrich_expect(const rv_megabase *megabase, const rv_settings *settings, uint64_t stored_bytes,
                                bool plain) {
    rv_enrich_load load = {.limit = settings->memory_limit ? settings->memory_limit : MAPPED_USUAL};
    if (rv_megabase_layout(megabase) != RV_IMAGE) return load;
    uint64_t asked = stored_bytes ? stored_bytes / CLIENT_BYTES + 1 : UINT32_MAX;
    uint64_t first = rv_megabase_expect(megabase, MATCHING, asked),
             second = rv_megabase_expect(megabase, FETCHING, asked);
    load.twice = first + second > load.limit && stored_bytes && plain;
    load.mapped = !load.twice ? first + second : first > second ? first : second;
    return load;
}

static rv_status plan_passes(const enriching *e, bool *twice, rv_error *err) {
    const rv_table_info *info = e->stage.plan.csv;
    rv_enrich_load load =
        rv_enrich_expect(e->megabase, e->settings, info->stored_bytes, strcmp(info->compression, "none") == 0);
    *twice = load.twice;
    if (!e->settings->memory_limit || load.mapped <= load.limit) return RV_OK;
    rv_fail(err, RV_NO_MEMORY, "enriching maps %.0f MB of the megabase, more than --memory-limit allows",
            (double)load.mapped / 1e6);
    if (*twice) rv_error_hint(err, "raise --memory-limit, or enrich the clients in smaller files");
    else rv_error_hint(err, "raise --memory-limit, or give the clients as a plain file: it can be read in two passes");
    return RV_NO_MEMORY;
}

static rv_status match_block(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)worker;
    return rv_enrich_block_match(&((const enriching *)ctx)->stage, block, err);
}

static rv_status keep_block(void *ctx, rv_table_block *block, rv_error *err) {
    enriching *e = ctx;
    const rv_enrich_slot *s = block->user;
    RV_TRY(rv_check_cancel(e->settings, err));
    if ((e->n_kept & (e->n_kept - 1)) == 0 &&
        !rv_array_resize(&e->kept, e->n_kept ? e->n_kept * 2 : 1, sizeof *e->kept, err))
        return RV_NO_MEMORY;
    RV_TRY(rv_enrich_slot_keep(s, block->batch.rows, &e->kept[e->n_kept], err));
    rv_kept_match *kept = e->kept[e->n_kept++].matches;
    if (e->link) RV_TRY(rv_enrich_link_take(e->link, s->left, kept, err));
    rv_cascade_counts_add(&e->totals.cascade, &s->cascade);
    rv_progress(e->settings, "match", block->end_offset, e->stage.plan.csv->stored_bytes);
    return RV_OK;
}

static rv_status match_first(enriching *e, rv_summary *summary, rv_error *err) {
    rv_table *csv;
    rv_table_visitor visitor = {.work = match_block, .consume = keep_block, .free_user = rv_enrich_slot_free, .ctx = e};
    RV_TRY(rv_table_again(e->csv, e->options->clients.path, &e->options->clients.dialect, &csv, err));
    rv_status status = rv_table_each(csv, rv_threads(e->settings), &visitor, err);
    e->first_hash = rv_table_counted(csv).input_hash;
    if (status == RV_OK) rv_table_trust(e->csv, csv);
    rv_table_close(csv);
    if (status == RV_OK && e->link) status = rv_enrich_link_run(e->link, &e->totals.cascade, summary, err);
    rv_megabase_release(e->megabase, MATCHING);
    e->stage.kept = e->kept;
    e->stage.n_kept = e->n_kept;
    return status;
}

/* Linkage asks for all clients at once: their file is read again for what comes after. */
static rv_status open_linkage(enriching *e, rv_error *err) {
    const rv_linkage_options *linkage = &e->options->linkage;
    if (linkage->level == RV_LINKAGE_UNSAID || linkage->level == RV_LINKAGE_OFF || e->cost) return RV_OK;
    if (rv_file_reads_once(e->options->clients.path)) {
        rv_fail(err, RV_BAD_ARGUMENT, "linkage reads the clients twice, and a stream can't be read twice");
        rv_error_hint(err, "give the clients as a file, or leave linkage out: --link off");
        return RV_BAD_ARGUMENT;
    }
    RV_TRY(rv_enrich_link_new(e->megabase, &e->stage.reader, linkage, e->settings, &e->link, err));
    e->stage.link = e->link;
    return RV_OK;
}

/* Everything but publishing. */
static rv_status run_stage(enriching *e, rv_summary *summary, rv_error *err) {
    RV_TRY(check_options(e->options, e->settings, err));
    RV_TRY(open_stage(e, err));
    RV_TRY(rv_overshared_find(&e->options->clients, e->csv, &e->roles, e->settings, &e->stage.reader.overshared, err));
    bool twice;
    RV_TRY(plan_passes(e, &twice, err));
    RV_TRY(open_linkage(e, err));
    if (twice || e->link) RV_TRY(match_first(e, summary, err));
    rv_table_visitor visitor = {.work = work_block, .consume = take_block, .free_user = rv_enrich_slot_free, .ctx = e};
    RV_TRY(rv_table_each(e->csv, rv_threads(e->settings), &visitor, err));
    /* Else rows would get the matches of others: a file put in the place of the first between the passes. */
    if ((twice || e->link) && rv_table_counted(e->csv).input_hash != e->first_hash)
        return rv_fail(err, RV_BAD_INPUT, "the client file has changed while it was read");
    tell_rows(e, summary);
    RV_TRY(rv_rejects_check(e->rejects, e->totals.rows, err));
    uint64_t rows = e->totals.rows,
             unmatched = e->totals.cascade.none + e->totals.cascade.ambiguous + e->totals.cascade.household;
    RV_TRY(rv_gates_check(e->settings, "match_rate", rows ? (double)(rows - unmatched) / (double)rows : 0, err));
    tell(e, summary);
    return RV_OK;
}

static void close_stage(enriching *e) {
    rv_table_out_abort(e->out);
    rv_free(e->wanted);
    rv_rejects_abort(e->rejects);
    rv_hash_scan_free(e->scan);
    rv_overshared_free(e->stage.reader.overshared);
    rv_fill_counts_reset(&e->totals.fills);
    rv_fill_plan_reset(&e->stage.fill);
    rv_table_roles_reset(&e->roles);
    rv_table_close(e->csv);
    for (size_t i = 0; i < e->n_kept; i++) rv_free(e->kept[i].matches);
    rv_free(e->kept);
    rv_enrich_link_free(e->link);
    rv_pages_free(e->attached, e->attached_bytes);
}

rv_status rv_enrich_file(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                         const rv_enrich_sink *sink, rv_summary *summary, rv_error *err) {
    enriching e = {.megabase = megabase, .options = options, .settings = settings, .sink = sink};
    rv_status status = run_stage(&e, summary, err);
    if (status == RV_OK) status = publish(&e, err);
    close_stage(&e);
    return status;
}

static rv_status explain_stage(enriching *e, const rv_id_table *ids, rv_buffer *text, rv_error *err) {
    rv_summary unread;
    rv_summary_begin(&unread, "explain");
    rv_status status = open_stage(e, err);
    if (status == RV_OK) status = open_linkage(e, err);
    if (status == RV_OK && e->link) {
        rv_enrich_link_watch(e->link, ids, text);
        status = match_first(e, &unread, err);
    }
    rv_summary_reset(&unread);
    return status;
}

rv_status rv_enrich_explain_linkage(rv_megabase *megabase, const rv_enrich_options *options,
                                    const rv_settings *settings, const char *const *ids, size_t n_ids, rv_buffer *text,
                                    rv_error *err) {
    rv_settings own = {.threads = settings->threads,
                       .memory_limit = settings->memory_limit,
                       .tmpdir = settings->tmpdir,
                       .max_rejects = 1,
                       .max_rejects_is_share = true,
                       .cancel = settings->cancel};
    rv_enrich_options without = *options;
    static const char *const nothing[1];
    without.out = NULL;
    without.take = nothing; /* attributes aren't compared */
    without.n_take = 0;
    without.linkage.model_out = NULL;
    enriching e = {.megabase = megabase, .options = &without, .settings = &own};
    rv_id_table wanted = {0};
    rv_status status = RV_OK;
    for (size_t i = 0; i < n_ids && status == RV_OK; i++) {
        uint32_t number;
        status = rv_id_table_add(&wanted, rv_text_of(ids[i]), &number, err);
    }
    if (status == RV_OK) status = explain_stage(&e, &wanted, text, err);
    close_stage(&e);
    rv_id_table_reset(&wanted);
    return status;
}

rv_status rv_enrich_measure(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                            const rv_enrich_sink *sink, rv_enrich_cost *out, rv_error *err) {
    rv_settings own = {.threads = settings->threads,
                       .memory_limit = settings->memory_limit,
                       .tmpdir = settings->tmpdir,
                       .max_rejects = 1,
                       .max_rejects_is_share = true,
                       .cancel = settings->cancel};
    *out = (rv_enrich_cost){0};
    enriching e = {.megabase = megabase, .options = options, .settings = &own, .sink = sink, .cost = out};
    double since = rv_clock_seconds();
    rv_core_time before = rv_core_times();
    rv_status status = open_stage(&e, err);
    rv_table_visitor visitor = {.work = work_block, .consume = take_block, .free_user = rv_enrich_slot_free, .ctx = &e};
    if (status == RV_OK) status = rv_table_each(e.csv, rv_threads(&own), &visitor, err);
    rv_core_time after = rv_core_times();
    out->seconds = rv_clock_seconds() - since;
    out->cores = (rv_core_time){after.ran - before.ran, after.waited - before.waited};
    if (!out->anonymous_bytes) out->anonymous_bytes = rv_resident_bytes().anonymous;
    close_stage(&e);
    return status;
}

/* The report is made before publishing: once a file stands in its place the job can't fail any more. */
static rv_status enrich_and_report(enriching *e, rv_summary *summary, rv_report *report, rv_error *err) {
    double started = rv_clock_seconds();
    RV_TRY(run_stage(e, summary, err));
    rv_summary_timing(summary, "enrich", started);
    RV_TRY(rv_summary_finish(summary, report, err));
    return publish(e, err);
}

rv_status rv_enrich(const rv_enrich_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    if (!options->megabase) return rv_fail(err, RV_BAD_ARGUMENT, "enrich: --megabase is missing");
    if (!options->out && !settings->dry_run) return rv_fail(err, RV_BAD_ARGUMENT, "enrich: --out is missing");
    static const char *const measures[] = {"match_rate", NULL};
    RV_TRY(rv_gates_validate(settings, measures, err));
    RV_TRY(check_options(options, settings, err));
    rv_summary summary;
    rv_summary_begin(&summary, "enrich");
    rv_summary_speak(&summary, settings);
    rv_together together;
    settings = rv_together_begin(&together, settings);
    enriching e = {.options = options, .settings = settings};
    double started = rv_clock_seconds();
    rv_status status = rv_megabase_open(options->megabase, &e.megabase, err);
    rv_summary_timing(&summary, "open", started);
    if (status == RV_OK && settings->dry_run)
        status = rv_predict_enrich(e.megabase, options, settings, rv_clock_seconds() - started, &summary, err);
    if (status == RV_OK) rv_summary_megabase(&summary, options->megabase, e.megabase);
    if (status == RV_OK) status = enrich_and_report(&e, &summary, report, err);
    close_stage(&e);
    status = rv_together_end(&together, status, err);
    if (status != RV_OK) rv_summary_unfinished(&summary, report);
    rv_summary_reset(&summary);
    rv_megabase_close(e.megabase);
    return status;
}
