/*
 * One client, step by step: which keys it had, what each led to, why a contact was taken or turned away, what came back
 * and from where. The same cascade as in a run, watched. Values are told as shapes unless the caller may see them.
 */
#include "enrich.h"

#include "enrich_block.h"
#include "guard_store.h"
#include "hash_scan.h"
#include "id_table.h"
#include "messages.h"
#include "overshared.h"
#include "parallel.h"

typedef struct explaining {
    rv_enrich_stage stage;
    const rv_enrich_options *options;
    const rv_settings *settings;
    rv_table_roles roles;
    rv_id_table ids;
    uint32_t id_column;
    bool *seen; /* per id */
    rv_buffer *text;
} explaining;

/* --- What the watch saw ------------------------------------------------------------------------------------------ */

typedef struct steps {
    rv_cascade_step *at;
    uint32_t n, capacity;
    bool failed;
} steps;

static void watch(void *ctx, const rv_cascade_step *step) {
    steps *seen = ctx;
    if (seen->n == seen->capacity) {
        uint32_t capacity = seen->capacity ? seen->capacity * 2 : 64;
        seen->failed |= !rv_array_resize(&seen->at, capacity, sizeof *seen->at, NULL);
        if (seen->failed) return;
        seen->capacity = capacity;
    }
    seen->at[seen->n++] = *step;
}

typedef struct subject { /* one client, and all that is known of it */
    const explaining *e;
    rv_buffer *out;
    rv_person person;
    rv_guard guard;
    rv_match match;
    steps steps;
    rv_hash_profile hashed; /* where a digest found the contact */
    rv_contact *contacts; /* per step; id empty where the step has none */
    rv_guard *guards;
} subject;

/* --- Words ------------------------------------------------------------------------------------------------------- */

static void put_value(const subject *s, rv_text value) {
    char shape[80];
    if (!value.len) return;
    rv_buffer_byte(s->out, ' ');
    if (s->e->settings->show_values) {
        rv_buffer_text(s->out, value);
    } else {
        rv_text_shape(value, shape, sizeof shape);
        rv_buffer_string(s->out, shape);
    }
}

static void put_birth(const subject *s) {
    char date[11] = "";
    if (s->person.birth == RV_DATE_NONE) return;
    rv_date_format(s->person.birth, date);
    put_value(s, rv_text_of(date));
}

/* The values that a tier's key is made of. */
static void put_key(const subject *s, rv_tier tier) {
    const rv_person *p = &s->person;
    switch (tier) {
    case RV_TIER_EMAIL: put_value(s, p->email); break;
    case RV_TIER_EMAIL_FOLDED: put_value(s, p->email_folded); break;
    case RV_TIER_MOBILE: put_value(s, p->mobile); break;
    case RV_TIER_PHONE: put_value(s, p->phone); break;
    case RV_TIER_IDENTIFIER: put_value(s, p->identifier); break;
    case RV_TIER_PERSON_BIRTH:
        put_value(s, p->first);
        put_value(s, p->last);
        put_birth(s);
        break;
    case RV_TIER_PERSON_ADDRESS:
        put_value(s, p->first);
        put_value(s, p->last);
        put_value(s, p->number);
        put_value(s, p->street);
        put_value(s, p->postcode.len ? p->postcode : p->city);
        break;
    default: rv_tell(s->out, " a digest"); break;
    }
}

/* What of the guard says no: each part is asked alone. */
static void put_contradiction(const subject *s, const rv_guard *contact) {
    static const char *const names[] = {"another first name", "another sex", "another birth date"};
    bool any = false;
    for (unsigned part = 0; part < 3; part++) {
        rv_guard a = {.birth = RV_DATE_NONE}, b = {.birth = RV_DATE_NONE};
        if (part == 0) {
            a.first = s->guard.first;
            b.first = contact->first;
            a.flags = s->guard.flags & RV_GUARD_INITIAL_ONLY;
            b.flags = contact->flags & RV_GUARD_INITIAL_ONLY;
        } else if (part == 1) {
            a.sex = s->guard.sex;
            b.sex = contact->sex;
        } else {
            a.birth = s->guard.birth;
            b.birth = contact->birth;
            a.flags = s->guard.flags & RV_GUARD_BIRTH_WEAK;
            b.flags = contact->flags & RV_GUARD_BIRTH_WEAK;
        }
        if (rv_guard_compare(&a, &b) != RV_GUARD_CONTRADICTS) continue;
        if (any) rv_tell(s->out, " and ");
        rv_tell_padded(s->out, names[part], 0);
        any = true;
    }
    if (!any) rv_tell(s->out, "another person by all that is known");
}

static void put_contact(const subject *s, uint32_t step) {
    rv_tell(s->out, "contact ");
    rv_buffer_text(s->out, s->contacts[step].id);
}

static void put_candidate(const subject *s, uint32_t step) {
    const rv_cascade_step *c = &s->steps.at[step];
    rv_buffer_string(s->out, "        ");
    put_contact(s, step);
    rv_tell(s->out, ": ");
    switch (c->verdict) {
    case RV_GUARD_CONTRADICTS: put_contradiction(s, &s->guards[step]); break;
    case RV_GUARD_SILENT: rv_tell(s->out, "nothing to compare by"); break;
    case RV_GUARD_COMPATIBLE: rv_tell(s->out, "nothing speaks against it"); break;
    case RV_GUARD_AGREES: rv_tell(s->out, "agrees"); break;
    }
    if (c->verdict == RV_GUARD_CONTRADICTS) rv_tell(s->out, ": refused");
    else rv_tell(s->out, "; last name, birth date and address agree to %u %%", c->affinity);
    rv_buffer_byte(s->out, '\n');
}

/* --- Steps ------------------------------------------------------------------------------------------------------- */

static void put_step(const subject *s, uint32_t i, bool *named) {
    const rv_cascade_step *step = &s->steps.at[i];
    rv_buffer *out = s->out;
    bool after_stop_key = *named && s->steps.at[i - 1].what == RV_STEP_STOP_KEY;
    if (after_stop_key && step->what != RV_STEP_STOP_KEY) rv_buffer_byte(out, '\n');
    if (!*named) {
        rv_buffer_format(out, "    %-15s", rv_tier_name(step->tier));
        if (step->what != RV_STEP_NO_KEY && step->what != RV_STEP_NO_INDEX) {
            put_key(s, step->tier);
            rv_buffer_string(out, ":");
        }
        *named = true;
        if (step->what == RV_STEP_CANDIDATE) rv_tell(out, " borne by\n");
    }
    switch (step->what) {
    case RV_STEP_NO_KEY: rv_tell(out, " the row has none, or only a place-holder\n"); break;
    case RV_STEP_NO_INDEX: rv_tell(out, " the megabase has no such key\n"); break;
    case RV_STEP_ABSENT:
        if (!after_stop_key) rv_tell(out, " no contact bears it\n");
        break;
    case RV_STEP_STOP_KEY:
        rv_tell(out, " more than %d contacts bear it, so it is nobody's", RV_CASCADE_RUN_MAX);
        break;
    case RV_STEP_CANDIDATE: put_candidate(s, i); break;
    case RV_STEP_DECIDED:
        if (step->row == UINT32_MAX) rv_tell(out, "        none attached by this key\n");
        else rv_tell(out, "        attached\n");
        if (step->row != UINT32_MAX && rv_tier_is_hash(step->tier))
            rv_tell(out, "        hashed as: %s\n", rv_hash_profile_name(s->hashed));
        break;
    }
}

static void put_steps(const subject *s) {
    bool named = false;
    rv_tell(s->out, "  keys, in the order of the cascade\n");
    for (uint32_t i = 0; i < s->steps.n; i++) {
        if (i && s->steps.at[i].tier != s->steps.at[i - 1].tier) named = false;
        put_step(s, i, &named);
    }
}

static void put_outcome(const subject *s) {
    const rv_match *m = &s->match;
    rv_tell(s->out, "  match      %s", rv_tier_name(m->tier));
    for (uint32_t i = 0; i < s->steps.n; i++)
        if (s->steps.at[i].what == RV_STEP_DECIDED && s->steps.at[i].row != UINT32_MAX) {
            rv_buffer_string(s->out, ", ");
            put_contact(s, i);
            rv_tell(s->out, ", probability ");
            rv_buffer_fixed(s->out, (double)m->probability, 6);
        }
    if (m->tier == RV_TIER_AMBIGUOUS) rv_tell(s->out, ": several contacts fit equally, none is attached");
    if (m->tier == RV_TIER_NONE && m->refused)
        rv_tell(s->out, ": %u contacts met, none could be taken", m->refused);
    rv_buffer_byte(s->out, '\n');
    for (uint32_t i = 0; i < s->steps.n && m->runner_up != UINT32_MAX; i++) {
        if (s->steps.at[i].what != RV_STEP_CANDIDATE || s->steps.at[i].row != m->runner_up) continue;
        rv_tell(s->out, "  runner-up  by %s, ", rv_tier_name(m->runner_up_tier));
        put_contact(s, i);
        rv_buffer_byte(s->out, '\n');
        break;
    }
}

static void put_fill(const subject *s, const rv_contact *contact, uint32_t field, rv_text value) {
    const rv_schema *schema = s->e->stage.fill.schema;
    char day[11];
    const char *date = rv_translate("no date", (rv_language)s->out->language, NULL);
    if (!value.len) return;
    if (contact->origins[field].date != RV_DATE_NONE) {
        rv_date_format(contact->origins[field].date, day);
        date = day;
    }
    rv_tell(s->out, "  filled     %s from %s, %s:", schema->fields[field].name,
                     schema->sources[contact->origins[field].source].name, date);
    put_value(s, value);
    rv_buffer_byte(s->out, '\n');
}

static void put_fills(const subject *s, const rv_batch *batch, uint32_t r) {
    const rv_fill_plan *plan = &s->e->stage.fill;
    for (uint32_t i = 0; i < s->steps.n; i++) {
        if (s->steps.at[i].what != RV_STEP_DECIDED || s->steps.at[i].row == UINT32_MAX) continue;
        uint32_t postcode = s->guards[i].postcode;
        rv_fill_row row = {.cells = batch->cells + (size_t)r * batch->columns,
                           .match = &s->match,
                           .contact = &s->contacts[i],
                           .elsewhere = s->guard.postcode && postcode && postcode != s->guard.postcode};
        for (uint32_t c = 0; c < batch->columns; c++)
            if (plan->field_of[c] >= 0)
                put_fill(s, row.contact, (uint32_t)plan->field_of[c], rv_fill_cell(plan, &row, c));
        for (uint32_t k = 0; k < plan->n_added; k++)
            put_fill(s, row.contact, plan->added[k], rv_fill_added(plan, &row, k));
        if (row.elsewhere)
            rv_tell(s->out, "  address    another postcode than the contact's: none brought back\n");
    }
}

/* --- One client -------------------------------------------------------------------------------------------------- */

static rv_status read_steps(subject *s, rv_arena *arena, rv_error *err) {
    rv_contact_reader *reader;
    rv_megabase *megabase = s->e->stage.megabase;
    size_t n = (size_t)s->steps.n + 1;
    s->contacts = rv_arena_get(arena, n * sizeof *s->contacts);
    s->guards = rv_arena_get(arena, n * sizeof *s->guards);
    if (!s->contacts || !s->guards) return rv_fail_memory(err, n * sizeof *s->contacts);
    RV_TRY(rv_contact_reader_new(megabase, &reader, err));
    rv_status status = RV_OK;
    for (uint32_t i = 0; i < s->steps.n && status == RV_OK; i++) {
        uint32_t row = s->steps.at[i].row;
        bool has_row =
            row != UINT32_MAX && (s->steps.at[i].what == RV_STEP_CANDIDATE || s->steps.at[i].what == RV_STEP_DECIDED);
        s->contacts[i] = (rv_contact){0};
        if (!has_row) continue;
        status = rv_contact_read(reader, &row, 1, arena, &s->contacts[i], err);
        if (status == RV_OK) status = rv_guards_fetch(megabase, &row, 1, &s->guards[i], err);
        rv_tier tier = s->steps.at[i].tier;
        if (status == RV_OK && s->steps.at[i].what == RV_STEP_DECIDED && rv_tier_is_hash(tier))
            status = rv_hash_profile_of(s->e->stage.fill.schema, &s->contacts[i], &s->person, tier, arena, &s->hashed, err);
    }
    rv_contact_reader_free(reader);
    return status;
}

static rv_status explain_row(const explaining *e, const rv_table_block *block, uint32_t r, rv_buffer *out,
                             rv_error *err) {
    subject s = {.e = e, .out = out};
    rv_cascade_scratch *scratch = NULL;
    rv_cascade_counts counts = {0};
    if (!rv_person_read(&e->stage.reader, &block->batch, r, block->arena, &s.person))
        return rv_fail_memory(err, sizeof s.person);
    rv_guard_of(&s.person, &s.guard); /* read whole: the cascade asks the row for nothing more */
    rv_people people = {&e->stage.reader, &block->batch, block->arena, &s.person, 1};
    rv_status status = rv_cascade_run(&e->stage.cascade, &people, &scratch, &s.match, &counts, watch, &s.steps, err);
    rv_cascade_scratch_free(scratch);
    if (status == RV_OK && s.steps.failed) status = rv_fail_memory(err, sizeof *s.steps.at);
    if (status == RV_OK) status = read_steps(&s, block->arena, err);
    if (status == RV_OK) {
        rv_tell(out, "client ");
        rv_buffer_text(out, rv_batch_cell(&block->batch, r, e->id_column));
        rv_tell(out, " (%s, line %llu)\n", e->options->clients.path,
                         (unsigned long long)block->batch.lines[r]);
        put_outcome(&s);
        put_fills(&s, &block->batch, r);
        put_steps(&s);
        status = rv_buffer_check(out, err);
    }
    rv_free(s.steps.at);
    return status;
}

static rv_status explain_block(void *ctx, rv_table_block *block, rv_error *err) {
    explaining *e = ctx;
    RV_TRY(rv_check_cancel(e->settings, err));
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        uint32_t id = rv_id_table_find(&e->ids, rv_batch_cell(&block->batch, r, e->id_column));
        if (id == RV_ID_NONE) continue;
        e->seen[id] = true;
        RV_TRY(explain_row(e, block, r, e->text, err));
    }
    return RV_OK;
}

/* --- The file ---------------------------------------------------------------------------------------------------- */

static rv_status open_stage(explaining *e, rv_table *csv, rv_megabase *megabase, rv_hash_scan **scan, rv_error *err) {
    const rv_table_info *info = rv_table_describe(csv);
    rv_enrich_options without = *e->options;
    static const char *const nothing[1];
    without.take = nothing; /* attributes aren't explained */
    without.n_take = 0;
    RV_TRY(rv_table_roles_of(&e->options->clients, csv, &e->roles, err));
    if (e->roles.of[RV_ROLE_ID] < 0) {
        rv_fail(err, RV_BAD_ARGUMENT, "%s: no column is known to be the id", e->options->clients.path);
        rv_error_hint(err, "name it: --id COLUMN, or `id: COLUMN` under `clients` in the job file");
        return RV_BAD_ARGUMENT;
    }
    e->id_column = (uint32_t)e->roles.of[RV_ROLE_ID];
    e->stage.megabase = megabase;
    e->stage.reader = (rv_person_reader){
        .roles = &e->roles, .date_order = info->date_order, .country = e->options->clients.dialect.country};
    RV_TRY(rv_fill_plan_make(megabase, info, &e->roles, &without, &e->stage.fill, err));
    RV_TRY(rv_cascade_open(megabase, &e->stage.cascade, err));
    RV_TRY(rv_hash_scan_run(&e->stage.cascade, &e->stage.reader, e->options, e->settings, scan, err));
    return rv_overshared_find(&e->options->clients, csv, &e->roles, e->settings, &e->stage.reader.overshared, err);
}

rv_status rv_enrich_explain(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                            const char *const *ids, size_t n_ids, rv_buffer *text, bool *known, rv_error *err) {
    explaining e = {.options = options, .settings = settings, .text = text};
    rv_table *csv = NULL;
    rv_hash_scan *scan = NULL;
    rv_status status = RV_OK;
    for (size_t i = 0; i < n_ids && status == RV_OK; i++) {
        uint32_t number;
        status = rv_id_table_add(&e.ids, rv_text_of(ids[i]), &number, err);
    }
    if (status == RV_OK && !(e.seen = rv_array_new((size_t)e.ids.n + 1, sizeof *e.seen, err))) status = RV_NO_MEMORY;
    if (status == RV_OK) status = rv_table_open(options->clients.path, &options->clients.dialect, &csv, err);
    if (status == RV_OK) status = open_stage(&e, csv, megabase, &scan, err);
    if (status == RV_OK) {
        rv_table_visitor visitor = {.consume = explain_block, .ctx = &e};
        status = rv_table_each(csv, rv_threads(settings), &visitor, err);
    }
    for (size_t i = 0; known && i < n_ids && status == RV_OK; i++)
        if (e.seen[rv_id_table_find(&e.ids, rv_text_of(ids[i]))]) known[i] = true;
    for (uint32_t i = 0; i < e.ids.n && status == RV_OK; i++) {
        if (e.seen[i]) continue;
        rv_tell(text, "client ");
        rv_buffer_text(text, rv_id_table_text(&e.ids, i));
        rv_tell(text, ": no such id in %s\n", options->clients.path);
        status = rv_buffer_check(text, err);
    }
    rv_hash_scan_free(scan);
    rv_overshared_free(e.stage.reader.overshared);
    rv_fill_plan_reset(&e.stage.fill);
    rv_table_roles_reset(&e.roles);
    rv_table_close(csv);
    rv_id_table_reset(&e.ids);
    rv_free(e.seen);
    return status;
}
