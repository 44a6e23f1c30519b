/* Headers that stand for a client, a date or an amount differ by table: "id" is the order's in a file of orders that also
 * has a client_id. So each reader brings its own names, and they go before general guesses. */
#include "table_pass.h"
#include "letters.h"
#include "parallel.h"

rv_status rv_table_pass_open(rv_table_pass *pass, const rv_table_options *options, const char *path, const char *stage,
                             rv_rejects *rejects, const rv_settings *settings, rv_error *err) {
    *pass = (rv_table_pass){.options = options, .path = path, .stage = stage, .settings = settings, .rejects = rejects};
    rv_rejects_again(rejects);
    rv_status status = rv_table_open(path, &options->dialect, &pass->csv, err);
    if (status != RV_OK) return status;
    pass->info = rv_table_describe(pass->csv);
    rv_warn_of_table(settings, path, pass->info->sniffed);
    rv_table_options table = *options;
    table.path = path;
    status = rv_table_roles_of(&table, pass->csv, &pass->roles, err);
    if (status != RV_OK) rv_table_pass_close(pass);
    return status;
}

void rv_table_pass_close(rv_table_pass *pass) {
    rv_table_roles_reset(&pass->roles);
    rv_table_close(pass->csv);
    *pass = (rv_table_pass){0};
}

/* Letters and digits are what counts: "Dernière commande", "derniere_commande" and "DerniereCommande" are one header. */
static bool header_is(rv_text header, const char *name) {
    char letters[RV_LETTERS_MAX];
    size_t n = rv_letters(header, 0, letters, sizeof letters), i = 0;
    for (; *name; name++) {
        if (*name == '_') continue;
        while (i < n && letters[i] == ' ') i++;
        if (i == n || letters[i++] != *name - 'a' + 'A') return false;
    }
    return i == n;
}

static bool named_by_user(const rv_table_pass *pass, rv_role role) {
    const rv_table_options *o = pass->options;
    if (o->schema || (role == RV_ROLE_ID && o->id)) return true;
    for (size_t i = 0; i < o->n_roles; i++)
        if (strcmp(o->roles[i].value, rv_role_name(role)) == 0) return true;
    return false;
}

int32_t rv_table_pass_column(const rv_table_pass *pass, rv_role role, const char *const *names) {
    if (role != RV_ROLE_NONE && named_by_user(pass, role)) return pass->roles.of[role];
    for (; *names; names++)
        for (uint32_t c = 0; c < pass->info->columns; c++)
            if (!pass->roles.ignored[c] && header_is(pass->info->names[c], *names)) return (int32_t)c;
    return role == RV_ROLE_NONE ? -1 : pass->roles.of[role];
}

rv_status rv_table_pass_missing(const rv_table_pass *pass, rv_role role, rv_error *err) {
    const char *name = rv_role_name(role);
    rv_fail(err, RV_BAD_INPUT, "no column is known to be the %s", name);
    rv_error_at(err, pass->path, pass->info->has_header ? pass->info->header_line : 0, 0);
    int32_t email = pass->roles.of[RV_ROLE_EMAIL]; /* marketplaces know a buyer by nothing else */
    if (role == RV_ROLE_ID && email >= 0)
        rv_error_hint(err, "name it: --id COLUMN; or who is told by the e-mail: --id '%.*s'",
                      (int)pass->info->names[email].len, pass->info->names[email].ptr);
    else if (role == RV_ROLE_ID) rv_error_hint(err, "name it: --id COLUMN");
    else rv_error_hint(err, "name it: --role COLUMN=%s", name);
    return RV_BAD_INPUT;
}

rv_status rv_table_pass_block(rv_table_pass *pass, const rv_table_block *block, const rv_row_reject *own, size_t n_own,
                              rv_error *err) {
    RV_TRY(rv_check_cancel(pass->settings, err));
    RV_TRY(rv_check_memory(pass->settings, err));
    const rv_batch *batch = &block->batch;
    size_t i = 0, k = 0;
    while (i < block->n_rejects || k < n_own) {
        if (k == n_own || (i < block->n_rejects && block->rejects[i].line < batch->lines[own[k].row])) {
            const rv_reject *r = &block->rejects[i++];
            RV_TRY(rv_rejects_add(pass->rejects, pass->path, r->line, r->offset, r->reason, r->raw, err));
        } else {
            const rv_row_reject *r = &own[k++];
            RV_TRY(rv_rejects_add(pass->rejects, pass->path, batch->lines[r->row], batch->offsets[r->row], r->reason,
                                  batch->records[r->row], err));
        }
    }
    pass->rows += batch->rows - n_own;
    rv_progress(pass->settings, pass->stage, block->end_offset, 0);
    return RV_OK;
}

rv_status rv_table_pass_run(rv_table_pass *pass, const rv_table_visitor *visitor, uint64_t *rejected,
                            rv_summary *summary, rv_error *err) {
    RV_TRY(rv_table_each(pass->csv, rv_threads(pass->settings), visitor, err));
    rv_table_counts counts = rv_table_counted(pass->csv);
    rv_summary_table(summary, pass->path, &counts);
    RV_TRY(rv_rejects_check(pass->rejects, pass->rows, err));
    *rejected = rv_rejects_count(pass->rejects);
    return RV_OK;
}
