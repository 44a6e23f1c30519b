/* Pairs weighed: giving up early changes no answer, the parts add up, an odd model file is refused. */
#include "link_model.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

static const rv_settings SETTINGS = {.threads = 2, .max_rejects = 1, .max_rejects_is_share = true, .force = true};

static const char *pick(rv_random *random, const char *const *all, uint32_t n) {
    return all[rv_random_below(random, n)];
}

/* Few values, so that all levels come up, names in each other's columns and missing ones too. */
static const char *make_people(void) {
    static const char *const names[] = {"Marie",  "Maria", "Dupont",   "Dupond",  "Dupont Martin",
                                        "Martin", "M",     "Matthieu", "Mathieu", "Jean Pierre",
                                        "Jean",   "",      "Lefevre",  "Lefebvre"};
    static const char *const births[] = {"12/03/1970", "03/12/1970", "12/03/1971", "01/01/1970", "", "25/11/1946"};
    static const char *const streets[] = {"12 rue de la Paix", "12 r de la pais", "14 avenue Foch", "", "rue Foch"};
    static const char *const cities[] = {"Paris", "Pariss", "Lyon", "", "Saint-Denis"};
    static const char *const codes[] = {"75002", "75020", "69001", "", "93200"};
    static const char *const mobiles[] = {"0612345678", "0612345679", "0798765432", "", ""};
    static const char *const emails[] = {"a.dupont@orange.fr", "a.dupond@orange.fr", "a.dupont@free.fr", "", "x@y.org"};
    static const char *const ages[] = {"", "41", "42", "60"};
    static char text[1 << 16];
    rv_random random;
    rv_random_init(&random, 11, 0);
    size_t n = (size_t)snprintf(text, sizeof text,
                                "id,first_name,last_name,birth_date,age,address,city,postcode,mobile,email\n");
    for (int i = 0; i < 150; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%d,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", i, pick(&random, names, 14),
                              pick(&random, names, 14), pick(&random, births, 6), pick(&random, ages, 4),
                              pick(&random, streets, 5), pick(&random, cities, 5), pick(&random, codes, 5),
                              pick(&random, mobiles, 5), pick(&random, emails, 5));
    return scratch_text("people.csv", text);
}

Test(link_model, giving_up_early_changes_no_answer_and_parts_add_up) {
    rv_summary summary;
    rv_error err = {0};
    rv_assignment roles[] = {{"age", "age"}, {"address", "address_line"}};
    rv_table_options table = {.path = make_people(), .id = "id", .roles = roles, .n_roles = 2};
    rv_link_people people;
    rv_link_model model;
    rv_link_scorer *scorer;
    rv_summary_begin(&summary, "test");
    cr_assert_eq(rv_link_people_load(&table, NULL, &SETTINGS, &summary, &people, &err), RV_OK, "%s", err.message);
    rv_link_model_built_in(&model);
    cr_assert_eq(rv_link_scorer_new(&people, &model, &scorer, &err), RV_OK);
    rv_link_scratch *scratch = rv_link_scratch_new(&err);
    unsigned over = 0;
    for (uint32_t a = 0; a < people.left.n; a++)
        for (uint32_t b = a + 1; b < people.left.n; b++) {
            rv_link_weight whole, early;
            rv_link_pattern pattern;
            float part[RV_FIELD_COUNT], prior;
            cr_assert(rv_link_score(scorer, a, b, -INFINITY, scratch, &whole, &pattern));
            for (float floor = -6; floor <= 6; floor += 3) {
                bool reached = rv_link_score(scorer, a, b, floor, scratch, &early, NULL);
                cr_assert_eq(reached, whole.person >= floor, "%u %u: %g, floor %g", a, b, (double)whole.person,
                             (double)floor);
                if (reached) cr_assert_eq(early.person, whole.person);
                over += reached;
            }
            rv_link_waterfall(scorer, a, b, scratch, part, &prior);
            double sum = (double)prior;
            for (unsigned f = 0; f < RV_FIELD_COUNT; f++) {
                sum += (double)part[f];
                cr_assert(pattern.level[f] || part[f] == 0);
            }
            cr_assert_geq(sum + .001, (double)whole.person); /* households take from it, never add */
        }
    cr_assert_gt(over, 100);
    rv_link_scratch_free(scratch);
    rv_link_scorer_free(scorer);
    rv_link_people_reset(&people);
    rv_summary_reset(&summary);
}

Test(link_model, a_file_with_a_share_of_nothing_is_refused) {
    rv_link_model model, back;
    rv_error err = {0};
    const char *path = scratch_path("model.json");
    rv_link_model_built_in(&model);
    model.m[RV_FIELD_SEX][1] = 0;
    cr_assert_eq(rv_link_model_write(&model, path, &SETTINGS, &err), RV_OK);
    cr_assert_neq(rv_link_model_read(path, &back, &err), RV_OK);
    cr_assert(strstr(err.message, "between 0 and 1"), "%s", err.message);
    path = scratch_text("other.json", "{\"link_model_version\": 99}");
    cr_assert_eq(rv_link_model_read(path, &back, &err), RV_NEWER);
}
