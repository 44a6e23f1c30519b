/*
 * The roles of a table: what the schema says, then what --id and --role say, then guesses from headers. Words that
 * people type are checked here, so every command gives the same errors and the same "did you mean".
 */
#include "role.h"

#include "letters.h"
#include "role_decide.h"

static const char *const names[RV_ROLE_COUNT + 1] = {
    "",
    "id",
    "first_name",
    "last_name",
    "full_name",
    "civility",
    "sex",
    "birth_date",
    "birth_day",
    "birth_month",
    "birth_year",
    "age",
    "street_number",
    "street",
    "address_line",
    "address_extra",
    "postcode",
    "city",
    "region",
    "country",
    "email",
    "email_sha256",
    "email_md5",
    "email_sha1",
    "mobile",
    "phone",
    "phone_sha256",
    "identifier",
    "compare",
    "attribute",
    "consent",
    "last_seen",
    "updated_on",
    "source",
    "order_date",
    "amount",
    "order_id",
    NULL,
};

const char *rv_role_name(rv_role role) { return (unsigned)role < RV_ROLE_COUNT ? names[role] : ""; }
const char *const *rv_role_names(void) { return names + 1; }

bool rv_role_find(const char *name, rv_role *out) {
    for (int role = 1; role < RV_ROLE_COUNT; role++) {
        if (strcmp(names[role], name) != 0) continue;
        *out = (rv_role)role;
        return true;
    }
    return false;
}

bool rv_role_is_address(rv_role role) {
    switch (role) {
    case RV_ROLE_STREET_NUMBER:
    case RV_ROLE_STREET:
    case RV_ROLE_ADDRESS_LINE:
    case RV_ROLE_ADDRESS_EXTRA:
    case RV_ROLE_POSTCODE:
    case RV_ROLE_CITY:
    case RV_ROLE_REGION:
    case RV_ROLE_COUNTRY: return true;
    default: return false;
    }
}

bool rv_role_is_contact(rv_role role) {
    if (rv_role_is_address(role)) return true;
    switch (role) {
    case RV_ROLE_FIRST_NAME:
    case RV_ROLE_LAST_NAME:
    case RV_ROLE_FULL_NAME:
    case RV_ROLE_CIVILITY:
    case RV_ROLE_SEX:
    case RV_ROLE_BIRTH_DATE:
    case RV_ROLE_BIRTH_DAY:
    case RV_ROLE_BIRTH_MONTH:
    case RV_ROLE_BIRTH_YEAR:
    case RV_ROLE_AGE:
    case RV_ROLE_EMAIL:
    case RV_ROLE_EMAIL_SHA256:
    case RV_ROLE_EMAIL_MD5:
    case RV_ROLE_EMAIL_SHA1:
    case RV_ROLE_MOBILE:
    case RV_ROLE_PHONE:
    case RV_ROLE_PHONE_SHA256:
    case RV_ROLE_IDENTIFIER: return true;
    default: return false;
    }
}

/* A column's header as people mean it: blanks around it are nobody's intention. */
static int64_t find_column(const rv_text *columns, uint32_t n, const char *name) {
    rv_text wanted = rv_text_trim(rv_text_of(name));
    for (uint32_t i = 0; i < n; i++)
        if (rv_text_equal(rv_text_trim(columns[i]), wanted)) return i;
    return -1;
}

/* Where a person's row is taken for the header, what stands there is no name to show. */
static bool looks_personal(rv_text name) {
    size_t digits = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '@') return true;
        digits += name.ptr[i] >= '0' && name.ptr[i] <= '9';
    }
    return digits >= 6;
}

/* Fills the hint with the nearest column name, if one is near. Accents, case and marks are what people leave out first, so
 * they don't count. */
static void hint_column(const rv_text *columns, uint32_t n, const char *name, rv_error *err) {
    char wanted_letters[64], letters[64];
    rv_text wanted = rv_text_make(wanted_letters, rv_letters(rv_text_of(name), 0, wanted_letters, sizeof letters));
    rv_text best = {0};
    unsigned limit = wanted.len <= 3 ? 1 : wanted.len <= 7 ? 2 : 3, nearest = limit + 1;
    for (uint32_t i = 0; i < n; i++) {
        rv_text column = rv_text_trim(columns[i]);
        if (column.len > 64 || looks_personal(column)) continue;
        rv_text canonical = rv_text_make(letters, rv_letters(column, 0, letters, sizeof letters));
        unsigned distance = rv_text_distance(canonical, wanted, limit);
        if (distance < nearest && distance < wanted.len) {
            nearest = distance;
            best = column;
        }
    }
    if (best.len) rv_error_hint(err, "did you mean '%.*s'?", (int)best.len, best.ptr);
}

static rv_status unknown_column(const rv_table_options *table, const rv_text *columns, uint32_t n, const char *flag,
                                const char *name, rv_error *err) {
    rv_fail(err, RV_BAD_ARGUMENT, "%s names a column '%s' that the file doesn't have", flag, name);
    hint_column(columns, n, name, err);
    return rv_error_at(err, table->path, 0, 0);
}

static rv_status unknown_role(const char *name, rv_error *err) {
    rv_status status = rv_fail(err, RV_BAD_ARGUMENT, "'%s' is not a role", name);
    const char *near = rv_nearest_word(name, names + 1);
    if (!near) near = rv_role_name(rv_role_guess(rv_text_of(name))); /* "courriel" */
    if (!*near) near = NULL;
    if (near) rv_error_hint(err, "did you mean '%s'?", near);
    else
        rv_error_hint(err,
                      "roles: id first_name last_name full_name email mobile phone birth_date street postcode city "
                      "attribute... (reveil help roles)");
    return status;
}

static rv_status check_duplicates(const rv_table_options *table, const rv_text *columns, uint32_t n, rv_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        rv_text name = rv_text_trim(columns[i]);
        if (name.len == 0) continue;
        for (uint32_t j = 0; j < i; j++) {
            if (!rv_text_equal(rv_text_trim(columns[j]), name)) continue;
            char shape[128];
            rv_text_shape(name, shape, sizeof shape);
            rv_text shown = looks_personal(name) ? rv_text_of(shape) : name;
            rv_fail(err, RV_BAD_INPUT, "two columns are named '%.*s' (%u and %u)", (int)shown.len, shown.ptr, j + 1,
                    i + 1);
            rv_error_hint(err,
                          "rename one of them in the header, or read the file without it: --header no --skip-lines 1");
            return rv_error_at(err, table->path, 1, 0);
        }
    }
    return RV_OK;
}

static void set_role(rv_table_roles *roles, uint32_t column, rv_role role) { roles->roles[column] = role; }

/* The schema gives all roles: a column that it doesn't name has none. Columns that only the schema has are other
 * files' columns. */
static rv_status apply_schema(const char *path, const rv_text *columns, uint32_t n, rv_table_roles *roles,
                              rv_error *err) {
    rv_document *document = NULL;
    RV_TRY(rv_document_open(path, &document, err));
    rv_status status = RV_OK;
    const rv_node *root = rv_document_root(document);
    const rv_node *list = root && rv_node_kind_of(root) == RV_NODE_MAPPING ? rv_node_get(root, "columns") : NULL;
    if (!list || rv_node_kind_of(list) != RV_NODE_SEQUENCE) {
        status = rv_node_fail(document, list ? list : root, err, "a schema has a list 'columns'");
        goto done;
    }
    for (size_t i = 0; i < rv_node_size(list); i++) {
        const rv_node *item = rv_node_item(list, i), *role_node = NULL;
        const char *name = NULL, *word = NULL;
        rv_role role = RV_ROLE_ATTRIBUTE;
        if (rv_node_kind_of(item) != RV_NODE_MAPPING) {
            status = rv_node_fail(document, item, err, "a column is a mapping: {name: ..., role: ...}");
            goto done;
        }
        status = rv_node_read_string(document, rv_node_get(item, "name"), "name", &name, err);
        if (status != RV_OK) goto done;
        if ((role_node = rv_node_get(item, "role")) != NULL) {
            status = rv_node_read_string(document, role_node, "role", &word, err);
            if (status != RV_OK) goto done;
            if (!rv_role_find(word, &role)) {
                status = unknown_role(word, err);
                rv_error_at(err, path, rv_node_line(role_node), rv_node_column(role_node));
                goto done;
            }
        }
        int64_t column = find_column(columns, n, name);
        if (column >= 0) set_role(roles, (uint32_t)column, role);
    }
done:
    rv_document_close(document);
    return status;
}

static rv_status apply_flags(const rv_table_options *table, const rv_text *columns, uint32_t n, bool *set,
                             rv_table_roles *roles, rv_error *err) {
    for (size_t i = 0; i < table->n_ignore; i++) {
        int64_t column = find_column(columns, n, table->ignore[i]);
        if (column < 0) return unknown_column(table, columns, n, "--ignore", table->ignore[i], err);
        roles->ignored[column] = set[column] = true;
        set_role(roles, (uint32_t)column, RV_ROLE_NONE);
    }
    if (table->id) {
        int64_t column = find_column(columns, n, table->id);
        if (column < 0) return unknown_column(table, columns, n, "--id", table->id, err);
        for (uint32_t i = 0; i < n; i++)
            if (roles->roles[i] == RV_ROLE_ID) set_role(roles, i, RV_ROLE_NONE);
        set_role(roles, (uint32_t)column, RV_ROLE_ID);
        set[column] = true;
        roles->ignored[column] = false;
    }
    for (size_t i = 0; i < table->n_roles; i++) {
        rv_role role;
        int64_t column = find_column(columns, n, table->roles[i].name);
        if (column < 0) return unknown_column(table, columns, n, "--role", table->roles[i].name, err);
        if (!table->roles[i].value || !rv_role_find(table->roles[i].value, &role))
            return unknown_role(table->roles[i].value ? table->roles[i].value : "", err);
        set_role(roles, (uint32_t)column, role);
        set[column] = true;
    }
    return RV_OK;
}

static rv_status find_roles(const rv_table_options *table, const rv_text *columns, uint32_t n,
                            const rv_column_content *contents, rv_table_roles *out, rv_error *err) {
    RV_TRY(check_duplicates(table, columns, n, err));
    rv_table_roles roles = {.columns = n};
    rv_status status = RV_NO_MEMORY;
    bool *set = rv_array_new(n, sizeof *set, err); /* decided by the user, not to be guessed */
    roles.roles = rv_array_new(n, sizeof *roles.roles, err);
    roles.ignored = rv_array_new(n, sizeof *roles.ignored, err);
    roles.reasons = rv_array_new(n, sizeof *roles.reasons, err);
    if (!set || !roles.roles || !roles.ignored || !roles.reasons) goto done;
    if (table->schema) {
        status = apply_schema(table->schema, columns, n, &roles, err);
        if (status != RV_OK) goto done;
    }
    status = apply_flags(table, columns, n, set, &roles, err);
    if (status != RV_OK) goto done;
    if (!table->schema) status = rv_roles_guess(columns, n, set, contents, roles.roles, roles.reasons, err);
    if (status != RV_OK) goto done;
    for (uint32_t i = 0; i < n; i++)
        if (set[i] || table->schema) roles.reasons[i] = (rv_role_reason){.confidence = 1, .evidence = "given", .french = "donné"};
    for (int role = 0; role < RV_ROLE_COUNT; role++) roles.of[role] = -1;
    for (uint32_t i = n; i-- > 0;)
        if (!roles.ignored[i]) roles.of[roles.roles[i]] = (int32_t)i;
    *out = roles;
done:
    rv_free(set);
    if (status != RV_OK) rv_table_roles_reset(&roles);
    return status;
}

rv_status rv_table_roles_find(const rv_table_options *table, const rv_text *columns, uint32_t n, rv_table_roles *out,
                              rv_error *err) {
    return find_roles(table, columns, n, NULL, out, err);
}

rv_status rv_table_roles_of(const rv_table_options *options, rv_table *table, rv_table_roles *out, rv_error *err) {
    const rv_table_info *info = rv_table_describe(table);
    if (options->schema) return find_roles(options, info->names, info->columns, NULL, out, err);
    rv_batch sample;
    RV_TRY(rv_table_peek(table, &sample, err));
    rv_column_content *contents = rv_array_new(info->columns, sizeof *contents, err);
    if (!contents) return RV_NO_MEMORY;
    rv_status status = rv_content_read(&sample, options->dialect.country, options->dialect.date_order, contents, err);
    if (status == RV_OK) status = find_roles(options, info->names, info->columns, contents, out, err);
    rv_free(contents);
    return status;
}

void rv_table_roles_reset(rv_table_roles *roles) {
    rv_free(roles->roles);
    rv_free(roles->ignored);
    rv_free(roles->reasons);
    *roles = (rv_table_roles){0};
}
