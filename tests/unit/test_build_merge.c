/* One contact from several rows: the guard that stands for all of them, and freshness without dates. */
#include "build_merge.h"
#include "random.h"

#include "random.h"
#include <criterion/criterion.h>

static rv_guard guard(const char *first, const char *last, int32_t birth, bool weak, const char *postcode) {
    rv_person p = {.first = rv_text_of(first),
                   .last = rv_text_of(last),
                   .birth = birth,
                   .birth_weak = weak,
                   .postcode = rv_text_of(postcode)};
    rv_guard out;
    rv_guard_of(&p, &out);
    return out;
}

typedef struct row_spec {
    int32_t updated_on, last_seen;
    uint32_t source;
    const char *id, *first, *city;
    uint32_t code;
} row_spec;

enum { FIELDS = 2 };

static bool *refusals; /* by code; NULL: the attribute isn't consent */

/* Merges rows that were packed in this order; `guards` may be NULL. */
static rv_contact merged(const row_spec *specs, size_t n, const rv_guard *guards, rv_guard *person, uint32_t *code) {
    static rv_text texts[FIELDS];
    static rv_origin origins[FIELDS], attribute_origin;
    static rv_buffer records[8];
    static rv_guard nobody = {.birth = RV_DATE_NONE};
    static rv_build_source sources[3] = {{.name = "a", .date = RV_DATE_NONE, .priority = 2},
                                         {.name = "b", .date = 100, .priority = 1},
                                         {.name = "c", .date = RV_DATE_NONE, .priority = 1}};
    static const rv_schema_column *attributes[1];
    static uint32_t carried[1] = {0};
    static rv_build_file files[3] = {{.source = 0, .carried = carried, .n_carried = 1},
                                     {.source = 1, .carried = carried, .n_carried = 1},
                                     {.source = 2, .carried = carried, .n_carried = 1}};
    static uint32_t same[300001], *const remap[1] = {same};
    static bool *const open[1] = {NULL};
    bool *const refuses[1] = {refusals};
    rv_merge_codes values = {remap, refusals ? refuses : open};
    for (uint32_t i = 0; i <= 300000; i++) same[i] = i;
    rv_build_plan plan = {.sources = sources,
                          .files = files,
                          .n_files = 3,
                          .n_sources = 3,
                          .n_fields = FIELDS,
                          .n_attributes = 1,
                          .fields = {RV_ROLE_FIRST_NAME, RV_ROLE_CITY},
                          .attributes = attributes};
    rv_merge_row rows[8];
    rv_merge_scratch scratch = {0};
    rv_contact contact = {.fields = texts, .origins = origins};
    for (size_t i = 0; i < n; i++) {
        rv_text fields[FIELDS] = {rv_text_of(specs[i].first), rv_text_of(specs[i].city)};
        rv_spool_head head = {.updated_on = specs[i].updated_on,
                              .last_seen = specs[i].last_seen,
                              .id = rv_text_of(specs[i].id),
                              .fields = (uint64_t)(fields[0].len > 0) | (uint64_t)(fields[1].len > 0) << 1};
        records[i].len = 0;
        rv_buffer numbers = {0};
        cr_assert(rv_spool_pack_numbers(&numbers, &specs[i].code, 1));
        cr_assert(rv_spool_put(&records[i], &head, fields, rv_text_make(numbers.data, numbers.len)));
        rv_buffer_free(&numbers);
        rows[i] = (rv_merge_row){.row = (uint32_t)i,
                                 .file = specs[i].source,
                                 .record = records[i].data,
                                 .guard = guards ? &guards[i] : &nobody};
    }
    cr_assert_eq(rv_merge_contact(&plan, &values, rows, n, &scratch, &contact, code, &attribute_origin, person, NULL),
                 RV_OK);
    rv_merge_scratch_free(&scratch);
    return contact;
}

Test(build_merge, a_dated_row_beats_an_undated_one_then_priority_then_order) {
    const int32_t none = RV_DATE_NONE;
    rv_guard person;
    uint32_t code;
    row_spec specs[] = {{none, none, 0, "1", "old", "", 7},
                        {none, none, 2, "2", "trusted", "", 0},
                        {none, none, 1, "3", "dated", "", 0},
                        {none, 500, 2, "4", "later", "Lyon", 300000}};
    rv_contact contact = merged(specs, 4, NULL, &person, &code);
    cr_assert(rv_text_is(contact.fields[0], "dated"));
    cr_assert_eq(contact.origins[0].date, 100);
    cr_assert(rv_text_is(contact.fields[1], "Lyon"));
    cr_assert_eq(code, 300000u); /* the undated source of priority 1 before that of priority 2 */
    cr_assert_eq(contact.last_seen, 500);
    cr_assert_eq(contact.source_rows, 4u);
    contact = merged(specs, 2, NULL, &person, &code);
    cr_assert(rv_text_is(contact.fields[0], "trusted"));
    cr_assert_eq(contact.origins[0].date, none);
    cr_assert_eq(contact.last_seen, none);
    specs[1].source = 0;
    contact = merged(specs, 2, NULL, &person, &code);
    cr_assert(rv_text_is(contact.fields[0], "old"));
}

/* --- Consent ------------------------------------------------------------------------------------------------------ */

enum { NOTHING, YES, NO, PERHAPS };
static bool no_refuses[] = {false, false, true, false};

static uint32_t consent_of(const row_spec *specs, size_t n) {
    rv_guard person;
    uint32_t code;
    refusals = no_refuses;
    merged(specs, n, NULL, &person, &code);
    refusals = NULL;
    return code;
}

/* Source 0 has no date and the worst priority. */
static row_spec says(int32_t date, uint32_t code) {
    return (row_spec){date, RV_DATE_NONE, date == RV_DATE_NONE ? 0 : 1, "1", "", "", code};
}

Test(build_merge, a_no_is_taken_back_by_a_later_yes_alone) {
    const int32_t none = RV_DATE_NONE;
    cr_assert_eq(consent_of((row_spec[]){says(500, YES), says(499, NO)}, 2), YES);
    cr_assert_eq(consent_of((row_spec[]){says(500, YES), says(500, NO)}, 2), NO);
    cr_assert_eq(consent_of((row_spec[]){says(500, YES), says(501, NO)}, 2), NO);
    cr_assert_eq(consent_of((row_spec[]){says(500, YES), says(none, NO)}, 2), NO);
    cr_assert_eq(consent_of((row_spec[]){says(none, YES), says(500, NO)}, 2), NO);
    cr_assert_eq(consent_of((row_spec[]){says(none, YES), says(none, NO)}, 2), NO);
    cr_assert_eq(consent_of((row_spec[]){says(500, NOTHING), says(499, YES)}, 2), YES,
                 "who says nothing refuses nothing");
    cr_assert_eq(consent_of((row_spec[]){says(500, PERHAPS), says(500, NO)}, 2), NO);
    cr_assert_eq(consent_of((row_spec[]){says(500, YES), says(499, NO), says(498, YES)}, 3), YES);
}

Test(build_merge, other_attributes_know_no_refusal) {
    rv_guard person;
    uint32_t code;
    merged((row_spec[]){says(500, YES), says(500, NO), says(RV_DATE_NONE, NO)}, 3, NULL, &person, &code);
    cr_assert_eq(code, YES);
}

/* The rule as a lawyer would say it: a no holds unless every row that says it is dated, and a yes is dated later than all of them. */
Test(build_merge, consent_is_as_by_the_naive_rule_whatever_the_order_of_rows) {
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 5);
        row_spec specs[8];
        size_t n = 1 + rv_random_below(&random, 8);
        int32_t last_no = RV_DATE_NONE, last_yes = RV_DATE_NONE;
        bool no = false, undated_no = false, yes = false;
        for (size_t i = 0; i < n; i++) {
            int32_t date = rv_random_below(&random, 4) ? 400 + (int32_t)rv_random_below(&random, 3) : RV_DATE_NONE;
            specs[i] = says(date, rv_random_below(&random, 3));
            if (specs[i].code == NO) {
                no = true;
                undated_no |= date == RV_DATE_NONE;
                if (date > last_no) last_no = date;
            }
            if (specs[i].code == YES) {
                yes = true;
                if (date > last_yes) last_yes = date;
            }
        }
        bool refused = no && (undated_no || last_yes == RV_DATE_NONE || last_no >= last_yes);
        cr_assert_eq(consent_of(specs, n), refused ? NO : yes ? YES : NOTHING, "seed %llu", (unsigned long long)seed);
    }
}

Test(build_merge, one_row_is_taken_as_it_is) {
    rv_guard person;
    uint32_t code;
    row_spec spec = {200, 300, 1, "1", "Marie", "", 5};
    rv_contact contact = merged(&spec, 1, NULL, &person, &code);
    cr_assert(rv_text_is(contact.fields[0], "Marie"));
    cr_assert_eq(contact.fields[1].len, 0u);
    cr_assert_eq(contact.origins[0].date, 200);
    cr_assert_eq(code, 5u);
    cr_assert_eq(contact.last_seen, 300);
}

Test(build_merge, who_was_last_seen_years_ago_wasnt_seen_again_because_a_file_still_has_the_row) {
    rv_guard person;
    uint32_t code;
    row_spec specs[] = {{200, 50, 1, "1", "Marie", "", 5},
                        {150, 70, 1, "1", "Marie", "", 5},
                        {RV_DATE_NONE, RV_DATE_NONE, 1, "1", "Marie", "", 5}};
    cr_assert_eq(merged(specs, 1, NULL, &person, &code).last_seen, 50);
    cr_assert_eq(merged(specs, 2, NULL, &person, &code).last_seen, 70);
    cr_assert_eq(merged(specs, 3, NULL, &person, &code).last_seen, 100,
                 "the day of the data, for a row that doesn't say");
}

Test(build_merge, the_guard_prefers_whole_names_and_full_dates_and_keeps_a_former_name) {
    row_spec specs[] = {{300, RV_DATE_NONE, 0, "1", "", "", 0},
                        {200, RV_DATE_NONE, 0, "2", "", "", 0},
                        {100, RV_DATE_NONE, 0, "3", "", "", 0}};
    rv_guard guards[] = {guard("J", "MARTIN", rv_date_of(1980, 1, 1), true, ""),
                         guard("JEANNE", "DUPONT", RV_DATE_NONE, false, "75011"),
                         guard("JANE", "DURAND", rv_date_of(1980, 4, 9), false, "69002")};
    rv_guard person, jeanne = guard("JEANNE", "MARTIN", 0, false, ""), dupont = guard("", "", RV_DATE_NONE, false, "");
    uint32_t code;
    rv_person born = {.birth_name = RV_TEXT("DUPONT"), .birth = RV_DATE_NONE};
    rv_guard_of(&born, &dupont);
    merged(specs, 3, guards, &person, &code);
    cr_assert_eq(person.first, jeanne.first);
    cr_assert_eq(person.flags, 0);
    cr_assert_eq(person.last, jeanne.last);
    cr_assert_eq(person.birth_name, dupont.birth_name);
    cr_assert_eq(person.birth, rv_date_of(1980, 4, 9));
    cr_assert_eq(person.postcode, 75011u);
}

/* Against the definition: of the rows that fill an attribute, the one that no other is fresher than, save that a no may
 * take back a yes. */
Test(build_merge, an_attribute_is_the_freshest_row_s) {
    enum { ATTRIBUTES = 9, ROWS = 6, FILES = 3 };
    uint32_t carried[FILES][ATTRIBUTES] = {{0, 1, 2, 3, 4, 5, 6, 7, 8}, {1, 4, 7}, {0, 2, 4, 6, 8}}, table[101];
    uint32_t *remap[ATTRIBUTES];
    const rv_schema_column *columns[ATTRIBUTES] = {0};
    rv_build_file files[FILES] = {{.source = 0, .carried = carried[0], .n_carried = 9},
                                  {.source = 1, .carried = carried[1], .n_carried = 3},
                                  {.source = 2, .carried = carried[2], .n_carried = 5}};
    rv_build_source sources[FILES] = {{.name = "a", .date = 3, .priority = 2},
                                      {.name = "b", .date = RV_DATE_NONE, .priority = 1},
                                      {.name = "c", .date = 2, .priority = 1}};
    rv_build_plan plan = {.sources = sources, .files = files, .n_files = FILES, .n_sources = FILES};
    plan.n_attributes = ATTRIBUTES;
    plan.attributes = columns;
    for (uint32_t i = 0; i <= 100; i++) table[i] = i ? 101 - i : 0;
    for (uint32_t a = 0; a < ATTRIBUTES; a++) remap[a] = table;
    bool no[101], *refuses[ATTRIBUTES] = {[0] = no, [4] = no};
    for (uint32_t i = 0; i <= 100; i++) no[i] = i % 2;
    rv_merge_codes merge_codes = {.remap = remap, .refuses = refuses};
    rv_merge_scratch scratch = {0};
    for (uint32_t round = 0; round < 1000; round++) {
        rv_random random;
        rv_random_init(&random, 41, round);
        uint32_t n = 1 + rv_random_below(&random, ROWS), codes[ATTRIBUTES], best[ATTRIBUTES],
                 values[ROWS][ATTRIBUTES] = {0};
        rv_buffer records[ROWS] = {0};
        rv_merge_row rows[ROWS];
        int32_t dates[ROWS];
        rv_guard nobody = {.birth = RV_DATE_NONE}, person;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t f = rv_random_below(&random, FILES), packed[ATTRIBUTES];
            rv_spool_head head = {.updated_on =
                                      rv_random_below(&random, 3) ? (int32_t)rv_random_below(&random, 5) : RV_DATE_NONE,
                                  .last_seen = RV_DATE_NONE};
            dates[i] = head.updated_on != RV_DATE_NONE ? head.updated_on : sources[f].date;
            for (uint32_t k = 0; k < files[f].n_carried; k++) {
                packed[k] = rv_random_below(&random, 2)
                                ? 1 + rv_random_below(&random, rv_random_below(&random, 4) ? 14 : 100)
                                : 0;
                values[i][files[f].carried[k]] = packed[k];
            }
            rv_buffer numbers = {0};
            cr_assert(rv_spool_pack_numbers(&numbers, packed, files[f].n_carried));
            cr_assert(rv_spool_put(&records[i], &head, NULL, rv_text_make(numbers.data, numbers.len)));
            rv_buffer_free(&numbers);
            rows[i] = (rv_merge_row){.row = i, .file = f, .record = records[i].data, .guard = &nobody};
        }
        for (uint32_t a = 0; a < ATTRIBUTES; a++) {
            best[a] = ROWS;
            for (int step = 0; step < 2;
                 step++) { /* the freshest; then, against a yes, the freshest no of its day or of none */
                uint32_t first = best[a], found = ROWS;
                if (step == 1 && (first == ROWS || !refuses[a] || no[table[values[first][a]]])) break;
                for (uint32_t i = 0; i < n; i++) {
                    if (!values[i][a]) continue;
                    if (step == 1 &&
                        (!no[table[values[i][a]]] || (dates[i] != RV_DATE_NONE && dates[i] != dates[first])))
                        continue;
                    if (found == ROWS || dates[i] > dates[found] ||
                        (dates[i] == dates[found] &&
                         sources[rows[i].file].priority < sources[rows[found].file].priority))
                        found = i;
                }
                if (found != ROWS) best[a] = found;
            }
        }
        uint32_t files_of[ROWS];
        for (uint32_t i = 0; i < n; i++) files_of[i] = rows[i].file;
        rv_origin origins[ATTRIBUTES];
        rv_text text;
        rv_origin origin;
        rv_contact contact = {.fields = &text, .origins = &origin};
        cr_assert_eq(rv_merge_contact(&plan, &merge_codes, rows, n, &scratch, &contact, codes, origins, &person, NULL),
                     RV_OK);
        for (uint32_t a = 0; a < ATTRIBUTES; a++) {
            uint32_t b = best[a];
            cr_assert_eq(codes[a], b == ROWS ? 0 : table[values[b][a]], "seed 41, round %u, attribute %u", round, a);
            if (b == ROWS || n == 1) continue;
            cr_assert_eq(origins[a].source, files_of[b]);
            cr_assert_eq(origins[a].date, dates[b]);
        }
        for (uint32_t i = 0; i < n; i++) rv_buffer_free(&records[i]);
    }
    rv_merge_scratch_free(&scratch);
}
