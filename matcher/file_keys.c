/* The tables, and what is asked of them. */
#include "file_keys.h"

#include "job_description.h"
#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(rv_job_description, member)
/* clang-format off */
/* How to read a file: the same under every list of files. */
#define DIALECT(under)                                                                                                  \
    {under "sep", RV_FORM_CHARACTER, RV_NO_PLACE, NULL, 0, 0, "found", "separator; tab may be written \\t"},            \
    {under "quote", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, "found", "quote character, or none"},                         \
    {under "escape", RV_FORM_CHARACTER, RV_NO_PLACE, NULL, 0, 0, "found", "makes data of the character behind it"},     \
    {under "encoding", RV_FORM_TEXT, RV_NO_PLACE, "auto|utf-8|cp1252|utf-16le|utf-16be|iso-8859-15|macroman|cp850|utf-8-twice", 0, 0, "found", "encoding"},    \
    {under "header", RV_FORM_HEADER, RV_NO_PLACE, NULL, 0, 0, "found", "whether the first line names the columns"},     \
    {under "decimal", RV_FORM_CHARACTER, RV_NO_PLACE, NULL, 0, 0, "found", "decimal mark of numbers"},                  \
    {under "date_order", RV_FORM_TEXT, RV_NO_PLACE, "auto|dmy|mdy|ymd", 0, 0, "found", "order of day, month, year"},    \
    {under "skip_lines", RV_FORM_WHOLE, RV_NO_PLACE, NULL, 0, UINT32_MAX, "found", "lines before the table"},           \
    {under "footer", RV_FORM_HEADER, RV_NO_PLACE, NULL, 0, 0, "yes", "set totals and notes at the end aside"},          \
    {under "repair", RV_FORM_SWITCH, RV_NO_PLACE, NULL, 0, 0, "false", "mend rows of another width"},                   \
    {under "strict", RV_FORM_SWITCH, RV_NO_PLACE, NULL, 0, 0, "false", "refuse what RFC 4180 refuses"}
#define COUNTRY(under)                                                                                                  \
    {under "country", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, "FR", "country of phones and addresses that name none"}

const rv_file_key rv_job_keys[] = {
    {"version", RV_FORM_WHOLE, RV_NO_PLACE, NULL, 1, 1, NULL, "always 1"},
    {"megabase", RV_FORM_PATH, AT(megabase), NULL, 0, 0, NULL, "the megabase, *.rvl"},
    {"build.schema", RV_FORM_PATH, AT(build_schema), NULL, 0, 0, NULL, "schema file: makes the megabase when it isn't there"},
    {"build.sources", RV_FORM_PATHS, AT(build_sources), NULL, 0, 0, "those of the schema", "partner files"},
    {"build.layout", RV_FORM_TEXT, AT(build_layout), "image|archive", 0, 0, "image", "layout of the megabase"},
    {"clients.file", RV_FORM_PATH, RV_NO_PLACE, NULL, 0, 0, NULL, "the client file"},
    {"clients.id", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, "found", "column that names the client"},
    {"clients.roles", RV_FORM_ROLES, RV_NO_PLACE, NULL, 0, 0, "found", "what columns mean, instead of the guess"},
    {"clients.ignore", RV_FORM_LIST, RV_NO_PLACE, NULL, 0, 0, NULL, "columns to leave out"},
    {"clients.schema", RV_FORM_PATH, RV_NO_PLACE, NULL, 0, 0, NULL, "schema file that gives all roles"},
    DIALECT("clients."), COUNTRY("clients."),
    {"transactions.file", RV_FORM_PATH, RV_NO_PLACE, NULL, 0, 0, NULL, "the file of orders"},
    {"transactions.client", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, "found", "column of the client's id"},
    {"transactions.date", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, "found", "column of the order's date"},
    {"transactions.amount", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, "found", "column of the amount"},
    {"transactions.order", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, "found", "column of the order's number"},
    DIALECT("transactions."),
    {"as_of", RV_FORM_DATE, AT(as_of), NULL, 0, 0, NULL, "day from which silence is counted, YYYY-MM-DD"},
    {"link", RV_FORM_TEXT, AT(link), "off|strict|default|wide", 0, 0, "off", "how far to go beyond keys that agree to the letter"},
    {"threshold", RV_FORM_PROBABILITY, AT(threshold), NULL, 0, 0, ".5; strict .95, wide .2", "probability from which a link counts"},
    {"model", RV_FORM_PATH, AT(link_model), NULL, 0, 0, NULL, "linkage weights learned before"},
    {"model_out", RV_FORM_PATH, AT(link_model_out), NULL, 0, 0, NULL, "where to write the linkage weights"},
    {"take", RV_FORM_LIST, AT(take), NULL, 0, 0, "all", "attributes to append"},
    {"sources", RV_FORM_LIST, AT(sources), NULL, 0, 0, "all", "partner sources to use, or with - to leave out"},
    {"gates", RV_FORM_LIST, AT(gates), NULL, 0, 0, NULL, "publish only if these hold: match_rate>=.4"},
    {"segment.horizon_days", RV_FORM_WHOLE, AT(horizon_days), NULL, 1, 36500, "182", "days that expected_orders looks ahead"},
    {"segment.active_months", RV_FORM_WHOLE, AT(active_months), NULL, 1, 1200, "12", "months of silence up to which a client is active"},
    {"segment.model", RV_FORM_TEXT, AT(model), "mbg|bg", 0, 0, "mbg", "buy-till-you-die model"},
    {"segment.states", RV_FORM_TEXT, AT(states), "months|rhythm", 0, 0, "months", "fixed months, or the client's own rhythm"},
    {"segment.rfm", RV_FORM_TEXT, AT(rfm), NULL, 0, 0, NULL, "limits of r, f, m instead of quintiles: r=30/90/180/365,f=1/2/4/9,m=20/50/100/250"},
    {"segment.previous", RV_FORM_PATH, AT(previous), NULL, 0, 0, NULL, "an earlier result: adds newly_at_risk and cause"},
    {"score.active", RV_FORM_TEXT, AT(active), NULL, 0, 0, NULL, "COLUMN=VALUE: who teaches the profile"},
    {"score.method", RV_FORM_TEXT, AT(method), NULL, 0, 0, "auto", "how weights are learned"},
    {"score.profile", RV_FORM_PATH, AT(profile), NULL, 0, 0, NULL, "score with a profile learned before"},
    {"score.min_seeds", RV_FORM_WHOLE, AT(min_seeds), NULL, 1, UINT32_MAX, "100", "fewest seeds to learn from"},
    {"score.reasons", RV_FORM_WHOLE, AT(reasons), NULL, 1, 1000, "5", "strongest reasons per row"},
    {"score.use_sensitive", RV_FORM_LIST, AT(use_sensitive), NULL, 0, 0, NULL, "sensitive attributes that may be used"},
    {"score.monotone", RV_FORM_LIST, AT(monotone), NULL, 0, 0, NULL, "numbers or dates whose points may only rise, or only fall"},
    {"score.previous", RV_FORM_PATH, AT(previous_profile), NULL, 0, 0, NULL, "the profile of the last run: the sheet tells what has moved since"},
    {"out.enriched", RV_FORM_PATH, AT(out.enriched), NULL, 0, 0, NULL, "enriched clients"},
    {"out.segments", RV_FORM_PATH, AT(out.segments), NULL, 0, 0, NULL, "segments of clients with orders"},
    {"out.scores", RV_FORM_PATH, AT(out.scores), NULL, 0, 0, NULL, "scores of clients who aren't active"},
    {"out.rejects", RV_FORM_PATH, AT(out.rejects), NULL, 0, 0, NULL, "rows that couldn't be read, and why"},
    {"out.profile", RV_FORM_PATH, AT(out.profile), NULL, 0, 0, NULL, "the profile, JSON"},
    {"out.quality", RV_FORM_PATH, AT(out.quality), NULL, 0, 0, NULL, "the quality sheet, JSON"},
    {"out.summary", RV_FORM_PATH, AT(out.summary), NULL, 0, 0, NULL, "the summary, one line of JSON"},
    {"threads", RV_FORM_WHOLE, AT(threads), NULL, 1, 1024, "all cores", "threads to use"},
    {"seed", RV_FORM_WHOLE, AT(seed), NULL, 0, 0, NULL, "make everything random follow from this number"},
    {"memory_limit", RV_FORM_SIZE, AT(memory_limit), NULL, 0, 0, NULL, "refuse to use more memory than this"},
    {"tmpdir", RV_FORM_PATH, AT(tmpdir), NULL, 0, 0, "beside the output", "folder for temporary files"},
    {"out_dialect", RV_FORM_TEXT, AT(out_dialect), "plain|excel-fr", 0, 0, "plain", "how CSV is written: excel-fr for French spreadsheets"},
    {"formula_safe", RV_FORM_SWITCH, AT(formula_safe), NULL, 0, 0, "false", "put ' before cells that a spreadsheet would run"},
    {"max_rejects", RV_FORM_SHARE, AT(max_rejects), NULL, 0, 0, "1%", "rejected rows allowed before the job fails"},
    {"force", RV_FORM_SWITCH, AT(force), NULL, 0, 0, "false", "let outputs replace existing files"},
    {NULL, RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, NULL, NULL},
};

const rv_file_key rv_schema_keys[] = {
    {"version", RV_FORM_WHOLE, RV_NO_PLACE, NULL, 1, 1, NULL, "always 1"},
    {"sources.name", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, NULL, "name of the partner source"},
    {"sources.files", RV_FORM_PATHS, RV_NO_PLACE, NULL, 0, 0, NULL, "its files; * and ? match several"},
    {"sources.date", RV_FORM_DATE, RV_NO_PLACE, NULL, 0, 0, NULL, "day of the data, YYYY-MM-DD"},
    {"sources.priority", RV_FORM_WHOLE, RV_NO_PLACE, NULL, 0, UINT32_MAX - 1, NULL, "1 goes first where values differ"},
    {"sources.id", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, NULL, "column that names the row"},
    DIALECT("sources."), COUNTRY("sources."),
    {"columns.name", RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, NULL, "name of the column in the files"},
    {"columns.role", RV_FORM_ROLE, RV_NO_PLACE, NULL, 0, 0, "attribute", "what it means"},
    {"columns.type", RV_FORM_TEXT, RV_NO_PLACE, "category|integer|decimal|date|flag|text", 0, 0, "category", "type of an attribute"},
    {"columns.sensitive", RV_FORM_SWITCH, RV_NO_PLACE, NULL, 0, 0, "false", "left out of scores unless named"},
    {"columns.values", RV_FORM_LIST, RV_NO_PLACE, NULL, 0, 0, NULL, "values that are expected"},
    {"keys", RV_FORM_LIST, RV_NO_PLACE, NULL, 0, 0, "what the columns can give", "kinds of keys to index"},
    {"hash_keys", RV_FORM_LIST, RV_NO_PLACE, NULL, 0, 0, NULL, "digests to index"},
    {NULL, RV_FORM_TEXT, RV_NO_PLACE, NULL, 0, 0, NULL, NULL},
};
/* clang-format on */

/* Words are literals' parts; each first word of a group is kept once, as a text of its own below. */
static const char *const groups[] = {"build", "clients", "transactions", "segment", "score", "out", "sources",
                                     "columns"};

static const char *group_named(const char *path, size_t n) {
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (strlen(groups[i]) == n && memcmp(groups[i], path, n) == 0) return groups[i];
    return NULL;
}

void rv_file_keys_under(const rv_file_key *table, const char *path, const char *names[RV_MAX_FILE_KEYS]) {
    size_t n = 0, skip = strlen(path);
    const char *last = NULL;
    for (const rv_file_key *k = table; k->path && n + 1 < RV_MAX_FILE_KEYS; k++) {
        if (strncmp(k->path, path, skip) != 0 || (skip && k->path[skip] != '.')) continue;
        const char *word = k->path + (skip ? skip + 1 : 0), *dot = strchr(word, '.');
        if (dot) word = group_named(word, (size_t)(dot - word));
        if (word && word != last) names[n++] = last = word;
    }
    names[n] = NULL;
}

const rv_file_key *rv_file_key_find(const rv_file_key *table, const char *path) {
    for (const rv_file_key *k = table; k->path; k++)
        if (strcmp(k->path, path) == 0) return k;
    return NULL;
}
