/*
 * Two files become tables of codes, block by block (link_loader.h).
 *
 * A column that only one of two files has may be named by --role or --id all the same: files of different houses have
 * different headers, and one list of roles serves both.
 */
#include "link_table.h"

#include "table_reader.h"
#include "link_loader.h"
#include "overshared.h"
#include "parallel.h"
#include "repeats.h"

typedef struct loader { /* of one file */
    rv_link_loader rows;
    rv_table *csv;
    const rv_table_info *info;
    rv_table_options options; /* roles narrowed to this file's columns */
    rv_assignment *own_roles;
    rv_table_roles *roles;
    rv_rejects *rejects;
} loader;

static rv_status read_block(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)worker;
    return rv_link_block_read(&((const loader *)ctx)->rows, &block->batch, &block->user, err);
}

static rv_status merge_block(void *ctx, rv_table_block *block, rv_error *err) {
    loader *l = ctx;
    RV_TRY(rv_check_cancel(l->rows.settings, err));
    for (size_t i = 0; i < block->n_rejects; i++) {
        const rv_reject *r = &block->rejects[i];
        RV_TRY(rv_rejects_add(l->rejects, l->options.path, r->line, r->offset, r->reason, r->raw, err));
    }
    rv_progress(l->rows.settings, "read", block->end_offset, 0);
    return rv_link_block_merge(&l->rows, &block->batch, block->user, err);
}

/* --- Files ------------------------------------------------------------------------------------------------------- */

static bool has_column(const rv_table_info *info, const char *name) {
    for (uint32_t c = 0; c < info->columns; c++)
        if (rv_text_is(rv_text_trim(info->names[c]), name)) return true;
    return false;
}

/* Drops what names a column of the other file only. What neither has stays, to be refused with its name. */
static rv_status narrow(loader *l, const rv_table_info *other, rv_error *err) {
    rv_table_options *o = &l->options;
    if (!other) return RV_OK;
    if (o->id && !has_column(l->info, o->id) && has_column(other, o->id)) o->id = NULL;
    l->own_roles = rv_array_new(o->n_roles, sizeof *l->own_roles, err);
    if (!l->own_roles) return RV_NO_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < o->n_roles; i++)
        if (has_column(l->info, o->roles[i].name) || !has_column(other, o->roles[i].name))
            l->own_roles[n++] = o->roles[i];
    o->roles = l->own_roles;
    o->n_roles = n;
    return RV_OK;
}

static bool recognises_people(const rv_table_roles *roles) {
    static const rv_role telling[] = {RV_ROLE_FIRST_NAME, RV_ROLE_LAST_NAME,  RV_ROLE_FULL_NAME,    RV_ROLE_EMAIL,
                                      RV_ROLE_MOBILE,     RV_ROLE_PHONE,      RV_ROLE_IDENTIFIER,   RV_ROLE_BIRTH_DATE,
                                      RV_ROLE_STREET,     RV_ROLE_BIRTH_YEAR, RV_ROLE_ADDRESS_LINE, RV_ROLE_COMPARE};
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
        if (roles->of[telling[i]] >= 0) return true;
    return false;
}

/* The `compare` columns: the left file's in order, the right file's by name and else by position. */
static void find_compare(loader *l, const loader *left) {
    int32_t own[RV_LINK_COMPARE_MAX];
    bool taken[RV_LINK_COMPARE_MAX] = {false};
    uint32_t n = 0;
    for (uint32_t c = 0; c < l->roles->columns && n < RV_LINK_COMPARE_MAX; c++)
        if (l->roles->roles[c] == RV_ROLE_COMPARE && !l->roles->ignored[c]) own[n++] = (int32_t)c;
    l->rows.n_compare = left ? left->rows.n_compare : n;
    for (uint32_t k = 0; k < l->rows.n_compare; k++) {
        l->rows.compare[k] = left ? -1 : own[k];
        for (uint32_t i = 0; left && i < n && l->rows.compare[k] < 0; i++) {
            if (taken[i] || left->rows.compare[k] < 0) continue;
            rv_text name = rv_text_trim(left->info->names[left->rows.compare[k]]);
            if (!rv_text_equal(name, rv_text_trim(l->info->names[own[i]]))) continue;
            l->rows.compare[k] = own[i];
            taken[i] = true;
        }
    }
    for (uint32_t k = 0, i = 0; left && k < l->rows.n_compare; k++) {
        while (i < n && taken[i]) i++;
        if (l->rows.compare[k] >= 0 || i == n) continue;
        l->rows.compare[k] = own[i];
        taken[i] = true;
    }
}

static rv_status name_compared(loader *l, rv_error *err) {
    rv_link_table *t = l->rows.table;
    t->n_compare = l->rows.n_compare;
    t->compare_names = rv_array_new((size_t)l->rows.n_compare + 1, sizeof *t->compare_names, err);
    if (!t->compare_names) return RV_NO_MEMORY;
    for (uint32_t k = 0; k < l->rows.n_compare; k++) {
        rv_text name = l->rows.compare[k] < 0 ? (rv_text){0} : rv_text_trim(l->info->names[l->rows.compare[k]]);
        if (!(t->compare_names[k] = rv_array_new((size_t)name.len + 1, 1, err))) return RV_NO_MEMORY;
        if (name.len) memcpy(t->compare_names[k], name.ptr, name.len);
    }
    return RV_OK;
}

static rv_status open_file(loader *l, rv_error *err) {
    RV_TRY(rv_table_open(l->options.path, &l->options.dialect, &l->csv, err));
    l->info = rv_table_describe(l->csv);
    rv_warn_of_table(l->rows.settings, l->options.path, l->info->sniffed);
    return RV_OK;
}

static rv_status find_roles(loader *l, const rv_table_info *other, rv_error *err) {
    RV_TRY(narrow(l, other, err));
    if (!(l->roles = rv_new(sizeof *l->roles, err))) return RV_NO_MEMORY;
    RV_TRY(rv_table_roles_of(&l->options, l->csv, l->roles, err));
    l->rows.table->roles = l->roles;
    l->rows.reader =
        (rv_person_reader){.roles = l->roles, .date_order = l->info->date_order, .country = l->options.dialect.country};
    if (recognises_people(l->roles)) return RV_OK;
    rv_fail(err, RV_BAD_INPUT, "no column is known by which people could be recognised");
    rv_error_at(err, l->options.path, l->info->has_header ? l->info->header_line : 0, 0);
    rv_error_hint(err, "name them: --role COLUMN=last_name --role COLUMN=birth_date ...");
    return RV_BAD_INPUT;
}

/* What a file gives to many people is nobody's in linkage either. Told under the file's side. */
static void tell_shared(const loader *l, const char *side, rv_summary *summary) {
    if (!l->rows.reader.overshared) return;
    rv_json_key(&summary->json, side);
    rv_json_object(&summary->json);
    rv_overshared_report(l->rows.reader.overshared, l->rows.settings, summary);
    rv_json_end(&summary->json, '}');
}

static rv_status read_file(loader *l, const char *side, rv_summary *summary, rv_error *err) {
    RV_TRY(name_compared(l, err));
    RV_TRY(rv_overshared_find(&l->options, l->csv, l->roles, l->rows.settings, &l->rows.reader.overshared, err));
    RV_TRY(rv_rejects_open(NULL, l->rows.settings, &l->rejects, err));
    rv_table_visitor visitor = {.work = read_block, .consume = merge_block, .free_user = rv_link_block_free, .ctx = l};
    RV_TRY(rv_table_each(l->csv, rv_threads(l->rows.settings), &visitor, err));
    RV_TRY(rv_rejects_check(l->rejects, l->rows.table->n, err));
    uint64_t rejected = rv_rejects_count(l->rejects);
    rv_rejects *rejects = l->rejects;
    l->rejects = NULL;
    RV_TRY(rv_rejects_commit(rejects, err));
    rv_table_counts counts = rv_table_counted(l->csv);
    rv_summary_table(summary, l->options.path, &counts);
    summary->rows_in += l->rows.table->n + rejected;
    summary->rejected += rejected;
    tell_shared(l, side, summary);
    return RV_OK;
}

static void close_file(loader *l) {
    rv_rejects_abort(l->rejects);
    rv_table_close(l->csv);
    rv_free(l->own_roles);
    rv_overshared_free(l->rows.reader.overshared);
}

static rv_status read_both(loader file[2], int n, rv_settings *quiet, rv_link_people *people, rv_summary *summary,
                           rv_error *err) {
    for (int i = 0; i < n; i++) RV_TRY(open_file(&file[i], err));
    for (int i = 0; i < n; i++) {
        RV_TRY(find_roles(&file[i], n == 2 ? file[1 - i].info : NULL, err));
        find_compare(&file[i], i ? &file[0] : NULL);
    }
    for (int i = 0; i < n; i++) {
        file[i].rows.walked = n == 2 && file[i].info->stored_bytes > file[1 - i].info->stored_bytes;
        file[i].rows.other = i ? &people->left : NULL;
        if (i) file[i].rows.settings = quiet; /* one reject file, the left file's */
        RV_TRY(read_file(&file[i], n == 1 ? "file" : i ? "right" : "left", summary, err));
    }
    return rv_link_people_finish(people, &file[0].rows, n == 2 ? &file[1].rows : NULL, err);
}

/* Links and clusters name rows by their ids: one that two rows have tells neither. */
static rv_status look_for_repeats(rv_link_table *table, const char *path, const rv_settings *settings, rv_error *err) {
    rv_repeats repeats;
    RV_TRY(rv_repeats_find(table->ids, table->id_starts, table->n, rv_threads(settings), &repeats, err));
    table->repeated_ids = repeats.n;
    if (repeats.n)
        rv_warn(settings, "%s: %llu rows have the id of an earlier row: the output can't tell which is meant", path,
                (unsigned long long)repeats.n);
    if (repeats.empty && repeats.empty < table->n)
        rv_warn(settings, "%s: %llu rows have no id", path, (unsigned long long)repeats.empty);
    rv_repeats_reset(&repeats);
    return RV_OK;
}

rv_status rv_link_people_load(const rv_table_options *left, const rv_table_options *right, const rv_settings *settings,
                              rv_summary *summary, rv_link_people *out, rv_error *err) {
    rv_words_builder words[RV_WORDS_KINDS] = {0};
    rv_settings quiet = *settings;
    quiet.rejects = NULL;
    rv_link_people people = {.self = right == NULL};
    loader file[2] = {
        {.rows = {.settings = settings, .words = words, .table = &people.left}, .options = *left},
        {.rows = {.settings = settings, .words = words, .table = &people.right}},
    };
    if (right) file[1].options = *right;
    rv_status status = read_both(file, right ? 2 : 1, &quiet, &people, summary, err);
    for (int i = 0; i < 2; i++) close_file(&file[i]);
    for (int i = 0; i < (right ? 2 : 1) && status == RV_OK; i++)
        status = look_for_repeats(i ? &people.right : &people.left, file[i].options.path, settings, err);
    for (int i = 0; i < 2; i++)
        if (file[i].roles && !file[i].rows.table->roles) { /* found by halves */
            rv_table_roles_reset(file[i].roles);
            rv_free(file[i].roles);
        }
    rv_words_reset(words);
    if (status == RV_OK) *out = people;
    else rv_link_people_reset(&people);
    return status;
}

static void reset_table(rv_link_table *t) {
    for (uint32_t k = 0; t->compare_names && k < t->n_compare; k++) rv_free(t->compare_names[k]);
    rv_free(t->compare_names);
    if (t->roles) rv_table_roles_reset(t->roles);
    rv_free(t->roles);
    rv_pages_free(t->rows, t->rows_bytes);
    rv_free(t->compared);
    rv_free(t->id_starts);
    rv_free(t->ids);
    *t = (rv_link_table){0};
}

void rv_link_people_reset(rv_link_people *people) {
    for (int c = 0; c < RV_COLUMN_COUNTED; c++)
        rv_pages_free(people->bearers[c], people->words[rv_link_column_words((rv_link_column)c)].n * sizeof *people->bearers[c]);
    for (int k = 0; k < RV_WORDS_KINDS; k++) {
        rv_pages_free(people->words[k].words, people->words[k].n * sizeof *people->words[k].words);
        rv_free(people->words[k].bytes);
    }
    reset_table(&people->left);
    reset_table(&people->right);
    *people = (rv_link_people){0};
}

rv_link_people rv_link_one_side(const rv_link_people *people, const rv_link_table *table) {
    rv_link_people own = *people;
    own.left = *table;
    own.right = (rv_link_table){0};
    own.self = true;
    return own;
}

rv_text rv_link_id(const rv_link_table *table, uint32_t row) {
    return rv_text_make(table->ids + table->id_starts[row], table->id_starts[row + 1] - table->id_starts[row]);
}
