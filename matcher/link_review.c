/* Strata are stretches of log odds, narrow at the threshold. A stratum that has too few pairs leaves its part to the others;
 * within one, pairs are taken evenly from the whole file. */
#include "link_review.h"

#include "csv_writer.h"
#include <math.h>
#include <stdio.h>

static const double BOUNDS[] = {-5, -3, -1.5, -0.5, 0, 0.5, 1.5, 3, 5}; /* log odds beyond the threshold's */
enum { STRATA = sizeof BOUNDS / sizeof *BOUNDS - 1, PATH_MAX_BYTES = 4096 };

static int stratum_of(const rv_linking *l, const rv_link_pair *pair) {
    double beyond = (double)pair->weight.person - rv_log_odds(l->threshold);
    if (beyond < BOUNDS[0] || beyond >= BOUNDS[STRATA]) return -1;
    int s = 0;
    while (beyond >= BOUNDS[s + 1]) s++;
    return s;
}

/* How many pairs of each stratum: equal parts, what one lacks goes to those that have more. */
static void share_out(const uint64_t have[STRATA], uint32_t n, uint64_t take[STRATA]) {
    uint64_t rest = n;
    for (int s = 0; s < STRATA; s++) take[s] = 0;
    for (bool given = true; given && rest;) {
        given = false;
        for (int s = 0; s < STRATA && rest; s++) {
            if (take[s] == have[s]) continue;
            take[s]++;
            rest--;
            given = true;
        }
    }
}

/* --- One pair ---------------------------------------------------------------------------------------------------- */

typedef struct shown { /* a column of rv_link_row */
    const char *name;
    rv_link_words_kind kind;
    size_t offset;
} shown;
static const shown FIELDS[] = {
    {"first_name", RV_WORDS_NAME, offsetof(rv_link_row, first)},
    {"last_name", RV_WORDS_NAME, offsetof(rv_link_row, last)},
    {"birth_name", RV_WORDS_NAME, offsetof(rv_link_row, birth_name)},
    {"number", RV_WORDS_NUMBER, offsetof(rv_link_row, number)},
    {"street", RV_WORDS_STREET, offsetof(rv_link_row, street)},
    {"extra", RV_WORDS_STREET, offsetof(rv_link_row, extra)},
    {"postcode", RV_WORDS_NUMBER, offsetof(rv_link_row, postcode)},
    {"city", RV_WORDS_PLACE, offsetof(rv_link_row, city)},
    {"region", RV_WORDS_PLACE, offsetof(rv_link_row, region)},
    {"mobile", RV_WORDS_NUMBER, offsetof(rv_link_row, mobile)},
    {"phone", RV_WORDS_NUMBER, offsetof(rv_link_row, phone)},
    {"email", RV_WORDS_EMAIL, offsetof(rv_link_row, email)},
    {"identifier", RV_WORDS_NUMBER, offsetof(rv_link_row, identifier)},
};
enum { N_FIELDS = sizeof FIELDS / sizeof *FIELDS };

static void put_header(rv_buffer *csv) {
    rv_buffer_string(csv, "left_id,right_id,is_match,probability,left_birth_date,right_birth_date");
    for (int f = 0; f < N_FIELDS; f++) rv_buffer_format(csv, ",left_%s,right_%s", FIELDS[f].name, FIELDS[f].name);
    rv_csv_end(csv);
}

static void put_birth(rv_buffer *csv, uint32_t birth) {
    rv_csv_comma(csv);
    if (birth) rv_buffer_format(csv, "%04u-%02u-%02u", birth / 10000, birth / 100 % 100, birth % 100);
}

static void put_pair(rv_buffer *csv, const rv_link_people *people, const rv_link_pair *pair) {
    const rv_link_row *rows[2] = {&people->left.rows[pair->left], &rv_link_right(people)->rows[pair->right]};
    rv_csv_put(csv, rv_link_id(&people->left, pair->left));
    rv_csv_comma(csv);
    rv_csv_put(csv, rv_link_id(rv_link_right(people), pair->right));
    rv_buffer_string(csv, ",,");
    rv_buffer_fixed(csv, rv_odds_share((double)pair->weight.person), 6);
    for (int side = 0; side < 2; side++) put_birth(csv, rows[side]->birth);
    for (int f = 0; f < N_FIELDS; f++)
        for (int side = 0; side < 2; side++) {
            uint32_t code;
            memcpy(&code, (const char *)rows[side] + FIELDS[f].offset, sizeof code);
            rv_csv_comma(csv);
            if (code) rv_csv_put(csv, rv_link_text(&people->words[FIELDS[f].kind], code));
        }
    rv_csv_end(csv);
}

/* --- Whole ------------------------------------------------------------------------------------------------------- */

static void put_sample(const rv_linking *l, uint32_t n, rv_buffer *csv) {
    uint64_t have[STRATA] = {0}, take[STRATA], seen[STRATA] = {0};
    for (size_t i = 0; i < l->pairs.n; i++) {
        int s = stratum_of(l, &l->pairs.at[i]);
        if (s >= 0) have[s]++;
    }
    share_out(have, n, take);
    for (size_t i = 0; i < l->pairs.n; i++) {
        int s = stratum_of(l, &l->pairs.at[i]);
        if (s < 0) continue;
        uint64_t k = seen[s]++; /* the k-th of have[s]: taken where the count of taken ones steps on */
        if ((k + 1) * take[s] / have[s] != k * take[s] / have[s]) put_pair(csv, &l->people, &l->pairs.at[i]);
    }
}

static rv_status path_of(const char *out, char path[PATH_MAX_BYTES], rv_error *err) {
    const char *slash = strrchr(out, '/'), *name = slash ? slash + 1 : out, *dot = strchr(name, '.');
    if (strcmp(out, "-") == 0)
        return rv_fail(err, RV_BAD_ARGUMENT, "--sample-for-review is written beside --out: give that a name, not -");
    size_t stem = dot && dot != name ? (size_t)(dot - out) : strlen(out);
    if (stem + 12 > PATH_MAX_BYTES) return rv_fail(err, RV_BAD_ARGUMENT, "--out: a name too long");
    memcpy(path, out, stem);
    memcpy(path + stem, ".review.csv", 12);
    return RV_OK;
}

rv_status rv_link_review_check(const char *input, const char *out, rv_error *err) {
    char path[PATH_MAX_BYTES];
    RV_TRY(path_of(out, path, err));
    return rv_file_check_distinct(input, path, err);
}

rv_status rv_link_review_write(const rv_linking *linking, const char *out, uint32_t n, const rv_settings *settings,
                               rv_error *err) {
    char path[PATH_MAX_BYTES];
    rv_table_out *file = NULL;
    rv_buffer csv = {0};
    RV_TRY(path_of(out, path, err));
    RV_TRY(rv_table_out_open(path, settings->force, &file, err));
    rv_table_out_for_people(file, settings, 3, 7); /* probability, birth dates */
    put_header(&csv);
    put_sample(linking, n, &csv);
    rv_status status = rv_table_out_put(file, &csv, err);
    rv_buffer_free(&csv);
    if (status == RV_OK) return rv_table_out_finish(file, settings->held, err);
    rv_table_out_abort(file);
    return status;
}
