/* See the header. Clients and contacts are read by the same hands as two files are (link_loader.h). */
#include "enrich_link.h"

#include "guard_store.h"
#include "link_explain.h"
#include "link_loader.h"
#include "link_scan.h"
#include "messages.h"
#include "parallel.h"
#include <math.h>
#include <stdlib.h>

enum { CONTACTS_AT_ONCE = 2048 };

struct rv_enrich_link {
    rv_megabase *megabase;
    const rv_linkage_options *options;
    const rv_settings *settings;
    rv_person_reader clients;
    rv_words_builder words[RV_WORDS_KINDS];
    rv_linking linking;
    rv_link_loader left, right;
    rv_guard *guards; /* of the clients left over, and where their answers go */
    rv_kept_match **kept;
    uint32_t n, room;
    rv_table_roles fields;      /* of the megabase's fields as columns */
    const rv_id_table *watched; /* or NULL */
    rv_buffer *text;
    uint32_t *contacts; /* ascending: rows of the megabase that were near to some client */
    uint32_t n_contacts;
};

struct rv_enrich_left {
    rv_batch batch; /* the rows left over of a block */
    rv_text *cells;
    size_t cells_room;
    uint32_t *rows; /* their numbers in the block */
    rv_guard *guards;
    uint32_t room;
    rv_arena arena;
    void *people;
};

void rv_enrich_left_free(rv_enrich_left *left) {
    if (!left) return;
    rv_free(left->cells);
    rv_free(left->rows);
    rv_free(left->guards);
    rv_arena_free(&left->arena);
    rv_link_block_free(left->people);
    rv_free(left);
}

/* The megabase's fields as columns of a table. */
static rv_status roles_of_fields(const rv_schema *schema, rv_table_roles *out, rv_error *err) {
    *out = (rv_table_roles){.columns = schema->n_fields};
    for (int r = 0; r < RV_ROLE_COUNT; r++) out->of[r] = -1;
    if (!(out->roles = rv_array_new((size_t)schema->n_fields + 1, sizeof *out->roles, err)) ||
        !(out->ignored = rv_array_new((size_t)schema->n_fields + 1, sizeof *out->ignored, err)))
        return RV_NO_MEMORY;
    for (uint32_t f = 0; f < schema->n_fields; f++) {
        if (!rv_role_find(schema->fields[f].name, &out->roles[f]) || out->roles[f] == RV_ROLE_ID) continue;
        if (out->of[out->roles[f]] < 0) out->of[out->roles[f]] = (int32_t)f;
    }
    return RV_OK;
}

rv_status rv_enrich_link_new(rv_megabase *megabase, const rv_person_reader *clients, const rv_linkage_options *options,
                             const rv_settings *settings, rv_enrich_link **out, rv_error *err) {
    rv_enrich_link *link = *out = rv_new(sizeof *link, err);
    if (!link) return RV_NO_MEMORY;
    link->megabase = megabase;
    link->options = options;
    link->settings = settings;
    link->clients = *clients;
    RV_TRY(roles_of_fields(rv_megabase_schema(megabase), &link->fields, err));
    rv_link_people *people = &link->linking.people;
    link->left =
        (rv_link_loader){.settings = settings, .reader = link->clients, .words = link->words, .table = &people->left};
    link->right = (rv_link_loader){.settings = settings,
                                   .reader = {.roles = &link->fields, .date_order = RV_YMD},
                                   .words = link->words,
                                   .table = &people->right,
                                   .other = &people->left};
    return RV_OK;
}

void rv_enrich_link_free(rv_enrich_link *link) {
    if (!link) return;
    rv_linking_close(&link->linking);
    rv_words_reset(link->words);
    rv_table_roles_reset(&link->fields);
    rv_free(link->guards);
    rv_free(link->kept);
    rv_free(link->contacts);
    rv_free(link);
}

/* --- The clients left over ------------------------------------------------------------------------------------------- */

static rv_status room_for(rv_enrich_left *left, uint32_t rows, uint32_t columns, rv_error *err) {
    size_t cells = (size_t)rows * columns;
    if (cells > left->cells_room) {
        if (!rv_array_resize(&left->cells, cells, sizeof *left->cells, err)) return RV_NO_MEMORY;
        left->cells_room = cells;
    }
    if (rows <= left->room) return RV_OK;
    if (!rv_array_resize(&left->rows, rows, sizeof *left->rows, err) ||
        !rv_array_resize(&left->guards, rows, sizeof *left->guards, err))
        return RV_NO_MEMORY;
    left->room = rows;
    return RV_OK;
}

rv_status rv_enrich_link_work(const rv_enrich_link *link, const rv_table_block *block, const rv_match *matches,
                              rv_enrich_left **out, rv_error *err) {
    const rv_batch *batch = &block->batch;
    if (!*out && !(*out = rv_new(sizeof **out, err))) return RV_NO_MEMORY;
    rv_enrich_left *left = *out;
    RV_TRY(room_for(left, batch->rows, batch->columns, err));
    rv_arena_reset(&left->arena);
    uint32_t n = 0;
    for (uint32_t r = 0; r < batch->rows; r++) {
        if (matches[r].tier != RV_TIER_NONE) continue;
        rv_person person;
        if (!rv_person_read(&link->clients, batch, r, &left->arena, &person)) return rv_fail_memory(err, sizeof person);
        rv_guard_of(&person, &left->guards[n]);
        memcpy(left->cells + (size_t)n * batch->columns, batch->cells + (size_t)r * batch->columns,
               batch->columns * sizeof *left->cells);
        left->rows[n++] = r;
    }
    left->batch = (rv_batch){.rows = n, .columns = batch->columns, .cells = left->cells};
    return rv_link_block_read(&link->left, &left->batch, &left->people, err);
}

rv_status rv_enrich_link_take(rv_enrich_link *link, const rv_enrich_left *left, rv_kept_match *kept, rv_error *err) {
    uint32_t n = left->batch.rows, need = link->n + n;
    if (need > link->room) {
        uint32_t room = need + need / 2;
        if (!rv_array_resize(&link->guards, room, sizeof *link->guards, err) ||
            !rv_array_resize(&link->kept, room, sizeof *link->kept, err))
            return RV_NO_MEMORY;
        link->room = room;
    }
    for (uint32_t i = 0; i < n; i++) {
        link->guards[link->n + i] = left->guards[i];
        link->kept[link->n + i] = &kept[left->rows[i]];
    }
    link->n = need;
    return rv_link_block_merge(&link->left, &left->batch, left->people, err);
}

/* --- The contacts near to them --------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static rv_status list_contacts(rv_enrich_link *link, const rv_link_scan *scan, rv_error *err) {
    uint32_t listed = scan->n ? scan->starts[scan->n] : 0;
    if (!(link->contacts = rv_array_new((size_t)listed + 1, sizeof *link->contacts, err))) return RV_NO_MEMORY;
    if (listed) memcpy(link->contacts, scan->rows, listed * sizeof *scan->rows);
    qsort(link->contacts, listed, sizeof *link->contacts, ascending);
    for (uint32_t i = 0; i < listed; i++)
        if (i == 0 || link->contacts[i] != link->contacts[i - 1])
            link->contacts[link->n_contacts++] = link->contacts[i];
    return RV_OK;
}

static uint32_t place_of(const rv_enrich_link *link, uint32_t row) {
    uint32_t low = 0, high = link->n_contacts;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (link->contacts[middle] < row) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Each client is compared with the contacts on his own list. */
static rv_status give_candidates(rv_enrich_link *link, rv_link_scan *scan, rv_error *err) {
    uint32_t *starts = scan->starts, *rows = scan->rows;
    for (uint32_t i = 0; i < starts[link->n]; i++) rows[i] = place_of(link, rows[i]);
    for (uint32_t c = 0; c < link->n; c++) qsort(rows + starts[c], starts[c + 1] - starts[c], sizeof *rows, ascending);
    scan->starts = scan->rows = NULL;
    return rv_link_index_given(&link->linking.people, starts, rows, &link->linking.index, err);
}

typedef struct reading { /* contacts in pieces */
    rv_enrich_link *link;
    uint32_t next;
} reading;

typedef struct read_slot {
    rv_contact_reader *reader;
    rv_arena arena;
    rv_contact *contacts;
    rv_text *cells;
    rv_batch batch;
    uint32_t first;
    void *people;
} read_slot;

static rv_status next_piece(void *ctx, void *slot, bool *end, rv_error *err) {
    reading *r = ctx;
    read_slot *s = slot;
    uint32_t left = r->link->n_contacts - r->next;
    RV_TRY(rv_check_cancel(r->link->settings, err));
    *end = left == 0;
    s->first = r->next;
    s->batch.rows = left < CONTACTS_AT_ONCE ? left : CONTACTS_AT_ONCE;
    r->next += s->batch.rows;
    return RV_OK;
}

static rv_status read_piece(void *ctx, void *slot, int worker, rv_error *err) {
    const rv_enrich_link *link = ((reading *)ctx)->link;
    read_slot *s = slot;
    uint32_t columns = link->fields.columns;
    (void)worker;
    if (!s->reader) RV_TRY(rv_contact_reader_new(link->megabase, &s->reader, err));
    if (!s->cells && (!(s->contacts = rv_array_new(CONTACTS_AT_ONCE, sizeof *s->contacts, err)) ||
                      !(s->cells = rv_array_new((size_t)CONTACTS_AT_ONCE * columns, sizeof *s->cells, err))))
        return RV_NO_MEMORY;
    rv_arena_reset(&s->arena);
    RV_TRY(rv_contact_read(s->reader, link->contacts + s->first, s->batch.rows, &s->arena, s->contacts, err));
    for (uint32_t i = 0; i < s->batch.rows; i++)
        memcpy(s->cells + (size_t)i * columns, s->contacts[i].fields, columns * sizeof *s->cells);
    s->batch.columns = columns;
    s->batch.cells = s->cells;
    return rv_link_block_read(&link->right, &s->batch, &s->people, err);
}

static rv_status merge_piece(void *ctx, void *slot, rv_error *err) {
    rv_enrich_link *link = ((reading *)ctx)->link;
    read_slot *s = slot;
    rv_progress(link->settings, "read contacts", s->first, link->n_contacts);
    return rv_link_block_merge(&link->right, &s->batch, s->people, err);
}

static rv_status read_contacts(rv_enrich_link *link, rv_error *err) {
    int threads = rv_threads(link->settings);
    size_t n_slots = 2 * (size_t)threads + 1;
    read_slot *slots = rv_array_new(n_slots, sizeof *slots, err);
    if (!slots) return RV_NO_MEMORY;
    reading r = {.link = link};
    rv_pipeline pipeline = {.produce = next_piece,
                            .work = read_piece,
                            .consume = merge_piece,
                            .ctx = &r,
                            .slot_array = slots,
                            .slot_bytes = sizeof *slots,
                            .slots = n_slots};
    rv_status status = rv_pipeline_run(&pipeline, threads, err);
    for (size_t i = 0; i < n_slots; i++) {
        rv_contact_reader_free(slots[i].reader);
        rv_arena_free(&slots[i].arena);
        rv_free(slots[i].contacts);
        rv_free(slots[i].cells);
        rv_link_block_free(slots[i].people);
    }
    rv_free(slots);
    return status;
}

/* --- The answers ----------------------------------------------------------------------------------------------------- */

typedef struct told {
    uint64_t linked, ambiguous, household, turned_away;
    double probabilities;
} told;

/* --- For explain ------------------------------------------------------------------------------------------------- */

void rv_enrich_link_watch(rv_enrich_link *link, const rv_id_table *ids, rv_buffer *text) {
    link->watched = ids;
    link->text = text;
}

static rv_status put_candidate(const rv_enrich_link *link, uint32_t client, uint32_t contact, rv_link_scratch *scratch,
                               rv_error *err) {
    rv_contact_reader *reader;
    rv_contact found;
    rv_arena arena = {0};
    RV_TRY(rv_contact_reader_new(link->megabase, &reader, err));
    rv_status status = rv_contact_read(reader, &link->contacts[contact], 1, &arena, &found, err);
    if (status == RV_OK) {
        rv_tell(link->text, "    contact ");
        rv_buffer_text(link->text, found.id);
        rv_buffer_byte(link->text, '\n');
        rv_link_explain_pair(link->linking.scorer, client, contact, scratch, link->text);
    }
    rv_contact_reader_free(reader);
    rv_arena_free(&arena);
    return status;
}

static void put_verdict(const rv_enrich_link *link, const rv_link_answer *a, const rv_kept_match *kept, uint32_t near) {
    rv_buffer *out = link->text;
    rv_tell(out, "  linkage    compared with %u contacts near to him: ", near);
    switch (kept->tier) {
    case RV_TIER_LINKAGE:
        rv_tell(out, "linked, probability ");
        rv_buffer_fixed(out, (double)a->probability, 6);
        break;
    case RV_TIER_AMBIGUOUS: rv_tell(out, "several fit equally, none is attached"); break;
    case RV_TIER_HOUSEHOLD: rv_tell(out, "only people of his household are there"); break;
    default:
        if (a->right == UINT32_MAX) rv_tell(out, "nobody comes near enough");
        else if (a->verdict == RV_LINK_NONE && (double)a->probability >= link->linking.threshold)
            rv_tell(out, "first name, sex or birth date contradicts the best one");
        else {
            rv_tell(out, "the best one's probability is ");
            rv_buffer_fixed(out, (double)a->probability, 6);
            rv_tell(out, ", below ");
            rv_buffer_fixed(out, link->linking.threshold, 2);
        }
    }
    rv_buffer_byte(out, '\n');
}

static rv_status explain_watched(const rv_enrich_link *link, const rv_link_answer *answers, rv_error *err) {
    const rv_linking *l = &link->linking;
    if (!link->watched) return RV_OK;
    rv_link_scratch *scratch = rv_link_scratch_new(err);
    if (!scratch) return RV_NO_MEMORY;
    rv_status status = RV_OK;
    for (uint32_t c = 0; c < link->n && status == RV_OK; c++) {
        rv_text id = rv_link_id(&l->people.left, c);
        if (rv_id_table_find(link->watched, id) == RV_ID_NONE) continue;
        rv_tell(link->text, "client ");
        rv_buffer_text(link->text, id);
        rv_buffer_byte(link->text, '\n');
        put_verdict(link, &answers[c], link->kept[c], rv_link_given_count(l->index, c));
        if (answers[c].right != UINT32_MAX) status = put_candidate(link, c, answers[c].right, scratch, err);
        if (status == RV_OK && answers[c].runner_up != UINT32_MAX) {
            rv_tell(link->text, "  runner-up\n");
            status = put_candidate(link, c, answers[c].runner_up, scratch, err);
        }
    }
    rv_link_scratch_free(scratch);
    return status == RV_OK ? rv_buffer_check(link->text, err) : status;
}

/* --- The answers, written ------------------------------------------------------------------------------------------ */

/* What the guard says against a link holds, whatever the weights. */
static rv_status check_guards(const rv_enrich_link *link, rv_link_answer *answers, const rv_guard *contacts, told *t) {
    for (uint32_t c = 0; c < link->n; c++) {
        if (answers[c].verdict != RV_LINK_MATCH) continue;
        if (rv_guard_compare(&link->guards[c], &contacts[answers[c].right]) != RV_GUARD_CONTRADICTS) continue;
        answers[c].verdict = RV_LINK_NONE;
        t->turned_away++;
    }
    return RV_OK;
}

static void write_answer(const rv_enrich_link *link, uint32_t client, const rv_link_answer *a, bool household,
                         const rv_guard *contacts, told *t) {
    rv_kept_match *kept = link->kept[client];
    if (a->runner_up != UINT32_MAX) {
        kept->runner_up = link->contacts[a->runner_up];
        kept->runner_up_tier = RV_TIER_LINKAGE;
    }
    if (a->verdict == RV_LINK_MATCH) {
        uint32_t own = link->guards[client].postcode, postcode = contacts[a->right].postcode;
        kept->tier = RV_TIER_LINKAGE;
        kept->row = link->contacts[a->right];
        kept->probability = a->probability;
        kept->elsewhere = own && postcode && own != postcode;
        t->linked++;
        t->probabilities += (double)a->probability;
    } else if (a->verdict == RV_LINK_AMBIGUOUS) {
        kept->tier = RV_TIER_AMBIGUOUS;
        t->ambiguous++;
    } else if (a->verdict == RV_LINK_HOUSEHOLD || household) {
        kept->tier = RV_TIER_HOUSEHOLD;
        t->household++;
    }
}

static rv_status decide(rv_enrich_link *link, const rv_link_scan *scan, told *t, rv_error *err) {
    rv_linking *l = &link->linking;
    rv_link_answer *answers = rv_array_new((size_t)link->n + 1, sizeof *answers, err);
    rv_guard *contacts = rv_array_new((size_t)link->n_contacts + 1, sizeof *contacts, err);
    rv_link_rule_of_decision rule = {l->threshold, false};
    rv_status status = answers && contacts ? RV_OK : RV_NO_MEMORY;
    if (status == RV_OK) status = rv_link_decide(&l->people, &l->model, &l->pairs, &rule, answers, err);
    if (status == RV_OK) status = rv_guards_fetch(link->megabase, link->contacts, link->n_contacts, contacts, err);
    if (status == RV_OK) {
        check_guards(link, answers, contacts, t);
        for (uint32_t c = 0; c < link->n; c++) write_answer(link, c, &answers[c], scan->household[c], contacts, t);
        status = explain_watched(link, answers, err);
    }
    rv_free(answers);
    rv_free(contacts);
    return status;
}

static void tell(const rv_enrich_link *link, const rv_link_scan *scan, const told *t, rv_summary *summary) {
    rv_json *json = &summary->json;
    rv_json_put_unsigned(json, "asked", link->n);
    rv_json_put_unsigned(json, "linked", t->linked);
    rv_json_put_number(json, "expected_precision", t->linked ? t->probabilities / (double)t->linked : NAN);
    rv_json_put_number(json, "threshold", link->linking.threshold);
    rv_json_put_unsigned(json, "ambiguous", t->ambiguous);
    rv_json_put_unsigned(json, "household", t->household);
    rv_json_put_unsigned(json, "turned_away_by_guard", t->turned_away);
    rv_json_put_unsigned(json, "contacts_read", link->n_contacts);
    rv_json_put_unsigned(json, "scan_keys", scan->keys);
    rv_json_put_unsigned(json, "scan_keys_over_limit", scan->client_stops + scan->contact_stops);
    rv_json_put_unsigned(json, "pairs", link->linking.pairs.n);
}

static rv_status link_left_over(rv_enrich_link *link, rv_cascade_counts *counts, rv_link_scan *scan,
                                rv_summary *summary, rv_error *err) {
    double since = rv_clock_seconds();
    RV_TRY(rv_link_scan_run(link->megabase, link->guards, link->n, link->settings, scan, err));
    rv_megabase_release(link->megabase, RV_PREPARE_PERSONS);
    rv_summary_timing(summary, "scan", since);
    since = rv_clock_seconds();
    RV_TRY(list_contacts(link, scan, err));
    RV_TRY(read_contacts(link, err));
    rv_megabase_release(link->megabase, RV_PREPARE_STRINGS | RV_PREPARE_RECORDS);
    link->linking.people.right.chosen_from = rv_megabase_rows(link->megabase);
    RV_TRY(rv_link_people_finish(&link->linking.people, &link->left, &link->right, err));
    rv_summary_timing(summary, "read contacts", since);
    RV_TRY(give_candidates(link, scan, err));
    RV_TRY(rv_linking_prepare(&link->linking, link->options, link->settings, summary, err));
    RV_TRY(rv_linking_find(&link->linking, (float)rv_linking_floor(link->linking.threshold), RV_LINK_KEPT,
                           link->settings, summary, err));
    told t = {0};
    RV_TRY(decide(link, scan, &t, err));
    counts->tier[RV_TIER_LINKAGE].asked = link->n;
    counts->tier[RV_TIER_LINKAGE].met = link->linking.pairs.n;
    counts->tier[RV_TIER_LINKAGE].refused = t.turned_away;
    counts->tier[RV_TIER_LINKAGE].in_doubt = t.ambiguous;
    counts->tier[RV_TIER_LINKAGE].matched = t.linked;
    counts->ambiguous += t.ambiguous;
    counts->household += t.household;
    counts->none -= t.linked + t.ambiguous + t.household;
    tell(link, scan, &t, summary);
    return RV_OK;
}

rv_status rv_enrich_link_run(rv_enrich_link *link, rv_cascade_counts *counts, rv_summary *summary, rv_error *err) {
    rv_link_scan scan = {0};
    if (!link->n) return RV_OK;
    rv_json_key(&summary->json, "linkage");
    rv_json_object(&summary->json);
    rv_status status = link_left_over(link, counts, &scan, summary, err);
    rv_json_end(&summary->json, '}');
    rv_link_scan_reset(&scan);
    rv_linking_close(&link->linking);
    return status;
}
