#include "build.h"

#include "build_contacts.h"
#include "build_ids.h"
#include "build_shared.h"
#include "build_values.h"
#include "consent.h"
#include "file.h"
#include "guard_store.h"
#include "messages.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STOP_SHAPE = 64 };

typedef struct building {
    const rv_build_options *options;
    const rv_settings *settings;
    rv_build_plan plan;
    rv_build_rows rows;
    rv_clusters clusters;
    rv_rejects *rejects;
    rv_megabase_writer *writer;
    rv_table_out *ids;
    rv_schema schema; /* of the megabase */
    rv_secret secret;
    uint32_t *contact; /* per row */
    uint32_t n_contacts;
    rv_id_clashes clashes;
    rv_dictionary *dictionaries;
    uint32_t **remap;
    bool **refuses; /* per attribute: build_merge.h */
    uint64_t *source_contacts;
    uint64_t key_entries[RV_KEY_KINDS];
    uint64_t spool_bytes, spool_file_bytes;
    char (*stop_shapes)[STOP_SHAPE]; /* of clusters.heaviest */
    char *tmpdir;
    rv_summary summary;
    rv_error *err;
} building;

/* --- Before ------------------------------------------------------------------------------------------------------- */

/* Told now and not after an hour: a folder that can't be written, a file that stands in the way. */
static rv_status check_output(building *b) {
    const char *out = b->options->out;
    if (!out || !*out) return rv_fail(b->err, RV_BAD_ARGUMENT, "no output: say --out mega.rvl");
    if (strcmp(out, "-") == 0)
        return rv_fail(b->err, RV_BAD_ARGUMENT, "a megabase can't go to stdout: say --out mega.rvl");
    RV_TRY(rv_output_check_no_pipe(out, b->err));
    if (b->settings->dry_run) return RV_OK;
    rv_output *output = NULL;
    RV_TRY(rv_output_open(out, b->settings->force, &output, b->err));
    rv_output_abort(output);
    return RV_OK;
}

/* Half of the machine's memory, or of the limit, may hold rows; the rest of a build needs about as much. */
static uint64_t spool_limit(const rv_settings *settings) {
    if (settings->memory_limit) return settings->memory_limit / 2;
    long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && bytes > 0 ? (uint64_t)pages * (uint64_t)bytes / 2 : (uint64_t)4 << 30;
}

static rv_status open_ids(building *b) {
    RV_TRY(rv_file_check_distinct(b->options->out, b->options->ids, b->err));
    RV_TRY(rv_table_out_open(b->options->ids, b->settings->force, &b->ids, b->err));
    rv_buffer header = {0};
    rv_buffer_string(&header, "id,contact_id\n");
    rv_status status = rv_table_out_put(b->ids, &header, b->err);
    rv_buffer_free(&header);
    return status;
}

static rv_status prepare(building *b) {
    if (!b->options->schema) {
        rv_fail(b->err, RV_BAD_ARGUMENT, "no schema: say --schema schema.yaml");
        return RV_BAD_ARGUMENT;
    }
    RV_TRY(rv_build_plan_make(b->options, b->settings, &b->plan, b->err));
    RV_TRY(check_output(b));
    RV_TRY(rv_file_check_distinct(b->options->out, b->settings->rejects, b->err));
    RV_TRY(rv_rejects_open(NULL, b->settings, &b->rejects, b->err));
    if (b->options->ids && !b->settings->dry_run) RV_TRY(open_ids(b));
    if (b->settings->seeded) {
        rv_secret_from_seed(&b->secret, b->settings->seed);
        rv_warn(b->settings, "--seed makes the megabase's secret known: for tests, not for real people");
    } else if (!rv_secret_random(&b->secret)) {
        return rv_fail(b->err, RV_FAILED, "the system gives no random bytes for the megabase's secret");
    }
    const char *tmpdir = b->settings->tmpdir, *slash = strrchr(b->options->out, '/');
    if (!tmpdir) {
        size_t n = slash ? (size_t)(slash - b->options->out) + 1 : 1;
        if (!(b->tmpdir = rv_new(n + 1, b->err))) return RV_NO_MEMORY;
        memcpy(b->tmpdir, slash ? b->options->out : ".", n);
        tmpdir = b->tmpdir;
    }
    rv_spool_init(&b->rows.spool, spool_limit(b->settings), tmpdir);
    return RV_OK;
}

/* What the rest of the build will need, by the formula of build.h; users plan their machines by it. */
static void tell_memory(const building *b) {
    uint64_t bytes = rv_build_table_bytes(&b->rows, b->plan.merging) + b->rows.spool.kept_bytes;
    rv_note(b->settings, "%llu rows read; up to %.0f MB of memory from here on", (unsigned long long)b->rows.spool.rows,
            (double)bytes / 1e6);
}

/* --- Rows --------------------------------------------------------------------------------------------------------- */

static rv_status read_rows(building *b) {
    double since = rv_clock_seconds();
    RV_TRY(rv_build_rows_read(&b->plan, &b->secret, b->settings, b->rejects, &b->summary, &b->rows, b->err));
    for (uint32_t s = 0; s < b->plan.n_sources; s++) {
        b->summary.rows_out += b->plan.sources[s].rows;
        b->summary.rejected += b->plan.sources[s].rejected;
    }
    b->summary.rows_in = b->summary.rows_out + b->summary.rejected;
    for (int kind = 0; kind < RV_KEY_KINDS; kind++) b->key_entries[kind] = b->rows.keys[kind].n;
    rv_summary_timing(&b->summary, "read", since);
    if (!b->settings->dry_run) tell_memory(b);
    RV_TRY(rv_rejects_check(b->rejects, b->summary.rows_out, b->err));
    if (b->summary.rows_out == 0) return rv_fail(b->err, RV_BAD_INPUT, "the sources hold no row");
    return RV_OK;
}

/* --- Clusters ----------------------------------------------------------------------------------------------------- */

/* Strongest first. */
static const rv_key_kind MERGE_ORDER[] = {RV_KEY_IDENTIFIER, RV_KEY_EMAIL,  RV_KEY_EMAIL_SHA256, RV_KEY_EMAIL_MD5,
                                          RV_KEY_EMAIL_SHA1, RV_KEY_MOBILE, RV_KEY_EMAIL_FOLDED, RV_KEY_PERSON_BIRTH};
enum { MERGE_KINDS = sizeof MERGE_ORDER / sizeof MERGE_ORDER[0] };

/* A folded form meets the strict form of another row: strict entries that could be some row's folded one join them.
 * A bit per hash value tells most of the others. */
static rv_status folded_list(const building *b, rv_key_list *out) {
    const rv_key_list *folded = &b->rows.keys[RV_KEY_EMAIL_FOLDED], *strict = &b->rows.keys[RV_KEY_EMAIL];
    if (folded->n == 0) return RV_OK;
    uint64_t bits = 1 << 16;
    while (bits < folded->n * 8 && bits < (uint64_t)1 << 32) bits *= 2;
    uint64_t *seen = rv_array_new(bits / 64, sizeof *seen, b->err);
    if (!seen) return RV_NO_MEMORY;
    for (size_t i = 0; i < folded->n; i++) {
        uint64_t bit = folded->entries[i].key.lo & (bits - 1);
        seen[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    rv_status status = rv_key_list_add(out, folded->entries, folded->n, b->err);
    for (size_t i = 0; i < strict->n && status == RV_OK; i++) {
        uint64_t bit = strict->entries[i].key.lo & (bits - 1);
        if (seen[bit / 64] >> bit % 64 & 1) status = rv_key_list_add(out, &strict->entries[i], 1, b->err);
    }
    rv_free(seen);
    return status;
}

static rv_status make_groups(building *b, rv_key_kind kind, rv_key_groups *groups) {
    int threads = rv_threads(b->settings);
    if (kind != RV_KEY_EMAIL_FOLDED) return rv_key_groups_make(&b->rows.keys[kind], threads, groups, b->err);
    rv_key_list list = {0};
    rv_status status = folded_list(b, &list);
    if (status == RV_OK) status = rv_key_groups_make(&list, threads, groups, b->err);
    rv_key_list_free(&list);
    return status;
}

/* Merging is serial: each join decides what the next ones meet. The other threads group the ids meanwhile, and what by its
 * kind merges nobody. */
typedef struct clustering {
    building *b;
    rv_key_groups groups[MERGE_KINDS], ids, phones, mailboxes;
} clustering;
enum { CLUSTERING_PIECES = 3 };

static rv_status merge_all(building *b, rv_key_groups *groups, rv_error *err) {
    for (int round = 0; round < RV_MERGE_ROUNDS; round++)
        for (unsigned k = 0; k < MERGE_KINDS; k++) {
            rv_progress(b->settings, "merge", (uint64_t)round * MERGE_KINDS + k, RV_MERGE_ROUNDS * MERGE_KINDS);
            RV_TRY(
                rv_clusters_merge(&b->clusters, MERGE_ORDER[k], (rv_merge_round)round, &groups[k], b->settings, err));
        }
    return RV_OK;
}

static rv_status group_shared(clustering *c, rv_error *err) {
    RV_TRY(rv_shared_groups(&c->b->rows.keys[RV_KEY_PHONE], RV_STOP_NAMES, &c->phones, err));
    rv_status status = rv_shared_groups(&c->b->rows.mailboxes, RV_STOP_NAMES, &c->mailboxes, err);
    rv_key_list_free(&c->b->rows.mailboxes);
    return status;
}

static rv_status merge_or_group(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker;
    clustering *c = ctx;
    switch (piece) {
    case 0: return merge_all(c->b, c->groups, err);
    case 1: return rv_build_id_groups(&c->b->rows, &c->b->secret, &c->ids, err);
    default: return group_shared(c, err);
    }
}

static rv_status number_contacts(building *b, const rv_key_groups *ids) {
    uint32_t rows = b->rows.spool.rows;
    b->contact = rv_array_grow(NULL, rows, sizeof *b->contact, b->err);
    if (!b->contact) return RV_NO_MEMORY;
    rv_pages_prefer_huge(b->contact, rows * sizeof *b->contact);
    b->n_contacts = rv_clusters_number(&b->clusters, rv_threads(b->settings), b->contact);
    if (b->n_contacts > INT32_MAX) return rv_fail(b->err, RV_BAD_INPUT, "more than 2 billion contacts");
    return rv_build_find_clashes(&b->plan, ids, b->contact, &b->clashes, b->err);
}

static rv_status cluster(building *b) {
    double since = rv_clock_seconds();
    clustering c = {.b = b};
    rv_status status =
        rv_clusters_new(b->rows.guards, b->rows.spool.rows, rv_threads(b->settings), &b->clusters, b->err);
    for (unsigned k = 0; k < MERGE_KINDS && status == RV_OK; k++) {
        rv_progress(b->settings, "group", k, MERGE_KINDS);
        if (b->plan.merging >> MERGE_ORDER[k] & 1) status = make_groups(b, MERGE_ORDER[k], &c.groups[k]);
        if (status == RV_OK)
            status =
                rv_clusters_weigh_pairs(&b->clusters, MERGE_ORDER[k], &c.groups[k], rv_threads(b->settings), b->err);
    }
    rv_summary_timing(&b->summary, "group", since);
    since = rv_clock_seconds();
    if (status == RV_OK) status = rv_parallel(rv_threads(b->settings), CLUSTERING_PIECES, merge_or_group, &c, b->err);
    for (unsigned k = 0; k < MERGE_KINDS; k++) rv_key_groups_free(&c.groups[k]);
    rv_clusters_mark(&b->clusters, RV_KEY_PHONE, &c.phones);
    rv_clusters_mark(&b->clusters, RV_KEY_EMAIL, &c.mailboxes);
    rv_key_groups_free(&c.phones);
    rv_key_groups_free(&c.mailboxes);
    rv_build_rows_forget_ids(&b->rows);
    if (status == RV_OK) status = number_contacts(b, &c.ids);
    rv_key_groups_free(&c.ids);
    rv_summary_timing(&b->summary, "merge", since);
    return status;
}

/* --- Megabase ----------------------------------------------------------------------------------------------------- */

static void copy_name(char to[RV_SCHEMA_NAME_MAX + 1], const char *from) {
    snprintf(to, RV_SCHEMA_NAME_MAX + 1, "%s", from);
}

static rv_status make_schema(building *b) {
    const rv_build_plan *plan = &b->plan;
    rv_schema *schema = &b->schema;
    *schema = (rv_schema){.n_fields = plan->n_fields,
                          .n_attributes = plan->n_attributes,
                          .n_sources = plan->n_sources,
                          .person_bytes = RV_GUARD_STORED};
    schema->fields = rv_array_new(plan->n_fields, sizeof *schema->fields, b->err);
    schema->attributes = rv_array_new(plan->n_attributes, sizeof *schema->attributes, b->err);
    schema->sources = rv_array_new(plan->n_sources, sizeof *schema->sources, b->err);
    schema->keys = rv_array_new(RV_KEY_KINDS, sizeof *schema->keys, b->err);
    if (!schema->fields || !schema->attributes || !schema->sources || !schema->keys) return RV_NO_MEMORY;
    for (uint32_t f = 0; f < plan->n_fields; f++) copy_name(schema->fields[f].name, rv_role_name(plan->fields[f]));
    for (uint32_t a = 0; a < plan->n_attributes; a++) {
        copy_name(schema->attributes[a].name, plan->attributes[a]->name);
        schema->attributes[a].type = plan->attributes[a]->type;
        schema->attributes[a].sensitive = plan->attributes[a]->sensitive;
        schema->attributes[a].consent = plan->attributes[a]->role == RV_ROLE_CONSENT;
        schema->attributes[a].values = b->dictionaries[a].n;
    }
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        const rv_build_source *source = &plan->sources[s];
        copy_name(schema->sources[s].name, source->name);
        schema->sources[s].date = source->date;
        schema->sources[s].priority = source->priority;
        schema->sources[s].rows = source->rows;
    }
    for (int kind = 0; kind < RV_KEY_KINDS; kind++)
        if (plan->schema.keys >> kind & 1)
            copy_name(schema->keys[schema->n_keys++], rv_key_kind_name((rv_key_kind)kind));
    return RV_OK;
}

static rv_status finish_dictionaries(building *b) {
    uint32_t n = b->plan.n_attributes;
    b->dictionaries = rv_array_new(n, sizeof *b->dictionaries, b->err);
    b->remap = rv_array_new(n, sizeof *b->remap, b->err);
    if (!b->dictionaries || !b->remap) return RV_NO_MEMORY;
    for (uint32_t a = 0; a < n; a++)
        RV_TRY(rv_dictionary_finish(b->rows.dictionaries[a], &b->dictionaries[a], &b->remap[a], b->err));
    return RV_OK;
}

/* Which values of attributes of consent say no. */
static rv_status find_refusals(building *b) {
    b->refuses = rv_array_new(b->schema.n_attributes, sizeof *b->refuses, b->err);
    if (!b->refuses) return RV_NO_MEMORY;
    for (uint32_t a = 0; a < b->schema.n_attributes; a++) {
        rv_consent_kind kind = rv_consent_of(&b->schema.attributes[a]);
        const rv_dictionary *values = &b->dictionaries[a];
        if (kind == RV_NO_CONSENT) continue;
        b->refuses[a] = rv_array_new(values->n + 1, sizeof *b->refuses[a], b->err);
        if (!b->refuses[a]) return RV_NO_MEMORY;
        for (uint32_t code = 1; code <= values->n; code++)
            b->refuses[a][code] = rv_consent_is_refused(kind, rv_dictionary_value(values, code));
    }
    return RV_OK;
}

/* The value itself is personal data: its shape tells enough to find it. */
static void stop_shape(const building *b, const rv_stop_value *stop, char *out, size_t cap) {
    rv_role role = stop->kind == RV_KEY_MOBILE                                       ? RV_ROLE_MOBILE
                   : stop->kind == RV_KEY_PHONE                                      ? RV_ROLE_PHONE
                   : stop->kind == RV_KEY_IDENTIFIER                                 ? RV_ROLE_IDENTIFIER
                   : stop->kind == RV_KEY_EMAIL || stop->kind == RV_KEY_EMAIL_FOLDED ? RV_ROLE_EMAIL
                                                                                     : RV_ROLE_NONE;
    rv_spool_head head;
    uint32_t file;
    const char *p = rv_spool_get(rv_spool_record(&b->rows.spool, stop->first, &file), &head);
    *out = 0;
    for (uint32_t f = 0; f < b->plan.n_fields; f++) {
        rv_text text = {0};
        if (head.fields >> f & 1) p = rv_spool_text(p, &text);
        if (b->plan.fields[f] == role) rv_text_shape(text, out, cap);
    }
}

/* Before rows become contacts: their memory goes back as they do. */
static rv_status tell_rows(building *b) {
    b->spool_bytes = b->rows.spool.bytes;
    b->spool_file_bytes = b->rows.spool.file_bytes;
    b->stop_shapes = rv_array_new(b->clusters.n_heaviest + 1, sizeof *b->stop_shapes, b->err);
    if (!b->stop_shapes) return RV_NO_MEMORY;
    for (unsigned i = 0; i < b->clusters.n_heaviest; i++)
        stop_shape(b, &b->clusters.heaviest[i], b->stop_shapes[i], sizeof b->stop_shapes[i]);
    return RV_OK;
}

static rv_status write_contacts(building *b) {
    double since = rv_clock_seconds();
    RV_TRY(finish_dictionaries(b));
    RV_TRY(make_schema(b));
    RV_TRY(find_refusals(b));
    rv_megabase_settings settings = {.layout = b->options->layout,
                                     .replace = b->settings->force,
                                     .seeded = b->settings->seeded,
                                     .seed = b->settings->seed,
                                     .secret = b->secret,
                                     .threads = rv_threads(b->settings),
                                     .rows = b->n_contacts};
    RV_TRY(rv_megabase_create(b->options->out, &b->schema, b->dictionaries, &settings, &b->writer, b->err));
    b->source_contacts = rv_array_new(b->plan.n_sources, sizeof *b->source_contacts, b->err);
    if (!b->source_contacts) return RV_NO_MEMORY;
    rv_build_contacts contacts = {.plan = &b->plan,
                                  .rows = &b->rows,
                                  .contact = b->contact,
                                  .next = b->clusters.next,
                                  .clashes = &b->clashes,
                                  .n_contacts = b->n_contacts,
                                  .block_rows = rv_block_rows(b->options->layout),
                                  .values = {b->remap, b->refuses},
                                  .settings = b->settings,
                                  .source_contacts = b->source_contacts,
                                  .ids = b->ids};
    RV_TRY(tell_rows(b));
    RV_TRY(rv_build_contacts_write(&contacts, b->writer, b->err));
    rv_build_rows_forget(&b->rows);
    rv_clusters_forget(&b->clusters);
    rv_summary_timing(&b->summary, "write", since);
    return RV_OK;
}

/* From rows to contacts. The entries stand in order of key by now, so each asks memory for another line of the table. */
typedef struct renaming {
    rv_key_list *list;
    const uint32_t *contact;
} renaming;
enum { RENAME_PIECES = 64, RENAME_AHEAD = 24 };

static rv_status rename_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker, (void)err;
    const renaming *r = ctx;
    rv_key_entry *entries = r->list->entries;
    size_t end =
        r->list->n / RENAME_PIECES * (piece + 1) + (piece + 1 == RENAME_PIECES ? r->list->n % RENAME_PIECES : 0);
    for (size_t i = r->list->n / RENAME_PIECES * piece; i < end; i++) {
        if (i + RENAME_AHEAD < end) __builtin_prefetch(&r->contact[entries[i + RENAME_AHEAD].row]);
        entries[i].row = r->contact[entries[i].row];
    }
    return RV_OK;
}

/* All keys of a contact's rows are its keys: an old e-mail still finds it. */
static rv_status write_indexes(building *b) {
    double since = rv_clock_seconds();
    for (int kind = 0; kind < RV_KEY_KINDS; kind++) {
        rv_key_list *list = &b->rows.keys[kind];
        if (b->plan.schema.keys >> kind & 1) {
            RV_TRY(rv_check_cancel(b->settings, b->err));
            rv_progress(b->settings, "index", (uint64_t)kind, RV_KEY_KINDS);
            renaming r = {list, b->contact};
            RV_TRY(rv_parallel(rv_threads(b->settings), RENAME_PIECES, rename_piece, &r, b->err));
            RV_TRY(
                rv_megabase_add_index(b->writer, rv_key_kind_name((rv_key_kind)kind), list->entries, list->n, b->err));
        }
        rv_key_list_free(list);
    }
    rv_summary_timing(&b->summary, "index", since);
    return RV_OK;
}

static rv_status publish(building *b) {
    rv_rejects *rejects = b->rejects;
    rv_megabase_writer *writer = b->writer;
    rv_table_out *ids = b->ids;
    b->rejects = NULL;
    RV_TRY(rv_rejects_commit(rejects, b->err));
    b->ids = NULL;
    if (ids) RV_TRY(rv_table_out_commit(ids, b->err));
    b->writer = NULL;
    return rv_megabase_publish(writer, b->err);
}

/* --- Summary ------------------------------------------------------------------------------------------------------ */

static void tell_sources(building *b) {
    rv_json *json = &b->summary.json;
    rv_json_key(json, "sources");
    rv_json_array(json);
    for (uint32_t s = 0; s < b->plan.n_sources; s++) {
        const rv_build_source *source = &b->plan.sources[s];
        char date[11];
        if (source->date != RV_DATE_NONE) rv_date_format(source->date, date);
        rv_json_object(json);
        rv_json_put_string(json, "name", source->name);
        rv_json_put_string(json, "date", source->date == RV_DATE_NONE ? NULL : date);
        rv_json_put_unsigned(json, "rows_in", source->rows + source->rejected);
        rv_json_put_unsigned(json, "rows_out", source->rows);
        rv_json_put_unsigned(json, "rejected", source->rejected);
        rv_json_put_unsigned(json, "irregular_quotes", source->irregular);
        rv_json_put_unsigned(json, "late_dates", source->late_dates);
        if (b->source_contacts) rv_json_put_unsigned(json, "contacts", b->source_contacts[s]);
        rv_json_end(json, '}');
        rv_tell(&b->summary.text, "source %s: %llu rows, %llu rejected\n", source->name,
                (unsigned long long)source->rows, (unsigned long long)source->rejected);
    }
    rv_json_end(json, ']');
}

static void tell_shared(building *b) {
    static const rv_key_kind kinds[] = {RV_KEY_EMAIL, RV_KEY_MOBILE, RV_KEY_PHONE, RV_KEY_IDENTIFIER};
    rv_json_key(&b->summary.json, "shared_values");
    rv_json_object(&b->summary.json);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint64_t rows = b->clusters.shared_rows[kinds[i]];
        rv_json_put_unsigned(&b->summary.json, rv_key_kind_name(kinds[i]), rows);
        if (rows)
            rv_tell(&b->summary.text, "  %llu rows have a value (%s) that many people share: no contact is given it\n",
                    (unsigned long long)rows, rv_key_kind_name(kinds[i]));
    }
    rv_json_end(&b->summary.json, '}');
}

static void tell_merges(building *b) {
    rv_json *json = &b->summary.json;
    const rv_clusters *c = &b->clusters;
    rv_json_key(json, "merges");
    rv_json_object(json);
    for (unsigned k = 0; k < MERGE_KINDS; k++) {
        rv_key_kind kind = MERGE_ORDER[k];
        if (!(b->plan.merging >> kind & 1)) continue;
        rv_json_key(json, rv_key_kind_name(kind));
        rv_json_object(json);
        rv_json_put_unsigned(json, "merged", c->merges[kind]);
        rv_json_put_unsigned(json, "kept_apart", c->refused[kind]);
        rv_json_put_unsigned(json, "stop_values", c->stop_values[kind]);
        rv_json_put_unsigned(json, "stop_rows", c->stop_rows[kind]);
        rv_json_end(json, '}');
        rv_tell(&b->summary.text, "  %-13s %10llu rows joined, %llu pairs kept apart, %llu stop values\n",
                rv_key_kind_name(kind), (unsigned long long)c->merges[kind], (unsigned long long)c->refused[kind],
                (unsigned long long)c->stop_values[kind]);
    }
    rv_json_end(json, '}');
    tell_shared(b);
    rv_json_key(json, "heaviest_stop_values");
    rv_json_array(json);
    for (unsigned i = 0; i < c->n_heaviest; i++) {
        rv_json_object(json);
        rv_json_put_string(json, "key", rv_key_kind_name(c->heaviest[i].kind));
        rv_json_put_unsigned(json, "rows", c->heaviest[i].rows);
        rv_json_put_string(json, "shape", b->stop_shapes[i]);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
}

static void tell_fill(building *b) {
    rv_json *json = &b->summary.json;
    const uint64_t *fill = rv_megabase_fill(b->writer);
    rv_json_key(json, "fields");
    rv_json_object(json);
    for (uint32_t f = 0; f < b->plan.n_fields; f++)
        rv_json_put_unsigned(json, rv_role_name(b->plan.fields[f]), fill[f]);
    rv_json_end(json, '}');
    rv_json_key(json, "attributes");
    rv_json_object(json);
    for (uint32_t a = 0; a < b->plan.n_attributes; a++)
        rv_json_put_unsigned(json, b->plan.attributes[a]->name, fill[b->plan.n_fields + a]);
    rv_json_end(json, '}');
    rv_json_key(json, "keys");
    rv_json_object(json);
    for (int kind = 0; kind < RV_KEY_KINDS; kind++)
        if (b->plan.schema.keys >> kind & 1)
            rv_json_put_unsigned(json, rv_key_kind_name((rv_key_kind)kind), b->key_entries[kind]);
    rv_json_end(json, '}');
    rv_build_tell_strangers(&b->plan, b->dictionaries, b->settings, &b->summary);
}

static void tell(building *b) {
    rv_json *json = &b->summary.json;
    bool dry = b->settings->dry_run;
    rv_json_key(json, "build");
    rv_json_object(json);
    rv_json_put_bool(json, "dry_run", dry);
    if (dry) {
        rv_tell(&b->summary.text, "dry run: %llu rows of %u sources can be read, %llu are rejected\n",
                (unsigned long long)b->summary.rows_out, b->plan.n_sources, (unsigned long long)b->summary.rejected);
        tell_sources(b);
    } else {
        rv_json_put_unsigned(json, "contacts", b->n_contacts);
        rv_json_put_unsigned(json, "id_clashes", b->clashes.ids);
        rv_json_put_unsigned(json, "spool_bytes", b->spool_bytes);
        rv_json_put_unsigned(json, "spool_file_bytes", b->spool_file_bytes);
        rv_tell(&b->summary.text, "%u contacts from %llu rows of %u sources, %llu rows rejected\n", b->n_contacts,
                (unsigned long long)b->summary.rows_out, b->plan.n_sources, (unsigned long long)b->summary.rejected);
        tell_sources(b);
        tell_merges(b);
        tell_fill(b);
    }
    rv_json_end(json, '}');
}

/* --- The job ------------------------------------------------------------------------------------------------------ */

static rv_status run(building *b, rv_report *report) {
    RV_TRY(prepare(b));
    RV_TRY(read_rows(b));
    if (!b->settings->dry_run) {
        RV_TRY(cluster(b));
        RV_TRY(write_contacts(b));
        RV_TRY(write_indexes(b));
    }
    tell(b);
    rv_report told = {0}; /* whole before the file is published: what fails after that would leave both wrong */
    RV_TRY(rv_summary_finish(&b->summary, &told, b->err));
    rv_status status = b->settings->dry_run ? RV_OK : publish(b);
    if (status == RV_OK) *report = told;
    else rv_report_reset(&told);
    return status;
}

static void release(building *b) {
    rv_rejects_abort(b->rejects);
    rv_table_out_abort(b->ids);
    rv_megabase_abandon(b->writer);
    for (uint32_t a = 0; a < b->plan.n_attributes; a++) {
        if (b->dictionaries) rv_dictionary_reset(&b->dictionaries[a]);
        if (b->remap) rv_free(b->remap[a]);
        if (b->refuses) rv_free(b->refuses[a]);
    }
    rv_free(b->refuses);
    rv_free(b->dictionaries);
    rv_free(b->remap);
    rv_free(b->source_contacts);
    rv_id_clashes_free(&b->clashes);
    rv_free(b->stop_shapes);
    rv_free(b->contact);
    rv_free(b->tmpdir);
    rv_schema_reset(&b->schema);
    rv_clusters_free(&b->clusters);
    rv_build_rows_reset(&b->rows);
    rv_build_plan_reset(&b->plan);
    rv_summary_reset(&b->summary);
}

rv_status rv_build(const rv_build_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    rv_error own;
    building b = {.options = options, .settings = settings, .err = err ? err : &own, .rows.spool.fd = -1};
    rv_summary_begin(&b.summary, "build");
    rv_summary_speak(&b.summary, settings);
    rv_status status = run(&b, report);
    release(&b);
    return status;
}
