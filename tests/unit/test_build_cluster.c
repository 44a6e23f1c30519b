/* Who is merged with whom: cases in words, and a naive twin over small random worlds. */
#include "build_cluster.h"
#include "random.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static rv_guard person(const char *first, const char *last, rv_sex sex, int32_t birth, const char *postcode) {
    rv_person p = {.first = rv_text_of(first),
                   .last = rv_text_of(last),
                   .sex = sex,
                   .birth = birth,
                   .postcode = rv_text_of(postcode)};
    rv_guard guard;
    rv_guard_of(&p, &guard);
    return guard;
}
#define NAMED(first, last) person(first, last, RV_SEX_UNKNOWN, RV_DATE_NONE, "")

/* --- Cases -------------------------------------------------------------------------------------------------------- */

typedef struct world {
    rv_guard guards[256];
    uint32_t n, values[RV_KEY_KINDS][256]; /* 0: none */
} world;

static uint32_t add(world *w, rv_guard guard, uint32_t email, uint32_t mobile, uint32_t birth) {
    w->guards[w->n] = guard;
    w->values[RV_KEY_EMAIL][w->n] = email;
    w->values[RV_KEY_MOBILE][w->n] = mobile;
    w->values[RV_KEY_PERSON_BIRTH][w->n] = birth;
    return w->n++;
}

static const rv_key_kind KINDS[] = {RV_KEY_EMAIL, RV_KEY_MOBILE, RV_KEY_PERSON_BIRTH};
enum { N_KINDS = 3 };

/* contact[row] for all rows; returns how many contacts. Secrets from WEIGHED on: pairs are weighed beforehand. */
enum { WEIGHED = 1000 };
static uint32_t merge(world *w, uint64_t secret_seed, uint32_t *contact, rv_clusters *out) {
    rv_secret secret;
    rv_secret_from_seed(&secret, secret_seed);
    rv_key_groups groups[N_KINDS];
    rv_clusters clusters;
    int threads = secret_seed >= WEIGHED ? 2 : 1;
    cr_assert_eq(rv_clusters_new(w->guards, w->n, threads, &clusters, NULL), RV_OK);
    for (int k = 0; k < N_KINDS; k++) {
        rv_key_list list = {0};
        for (uint32_t row = 0; row < w->n; row++) {
            uint32_t value = w->values[KINDS[k]][row];
            if (!value) continue;
            rv_key_entry entry = {.key = rv_key_of(&secret, &value, sizeof value), .row = row};
            cr_assert_eq(rv_key_list_add(&list, &entry, 1, NULL), RV_OK);
        }
        cr_assert_eq(rv_key_groups_make(&list, 1, &groups[k], NULL), RV_OK);
        rv_key_list_free(&list);
        if (secret_seed >= WEIGHED)
            cr_assert_eq(rv_clusters_weigh_pairs(&clusters, KINDS[k], &groups[k], threads, NULL), RV_OK);
    }
    for (int round = 0; round < RV_MERGE_ROUNDS; round++)
        for (int k = 0; k < N_KINDS; k++)
            cr_assert_eq(rv_clusters_merge(&clusters, KINDS[k], (rv_merge_round)round, &groups[k], NULL, NULL), RV_OK);
    uint32_t n = rv_clusters_number(&clusters, threads, contact);
    for (int k = 0; k < N_KINDS; k++) rv_key_groups_free(&groups[k]);
    if (out) *out = clusters;
    else rv_clusters_free(&clusters);
    return n;
}

Test(build_cluster, the_same_person_under_one_email_is_one_contact) {
    world w = {0};
    uint32_t contact[256];
    add(&w, NAMED("MARIE", "DUPONT"), 1, 0, 0);
    add(&w, NAMED("MARIE", "MARTIN"), 1, 0, 0);
    add(&w, NAMED("MARIE", "DUPONT"), 2, 0, 0);
    cr_assert_eq(merge(&w, 1, contact, NULL), 2u);
    cr_assert_eq(contact[0], contact[1]);
    cr_assert_neq(contact[0], contact[2]);
}

Test(build_cluster, a_family_that_shares_an_email_and_a_mobile_stays_apart) {
    world w = {0};
    uint32_t contact[256];
    add(&w, NAMED("MARIE", "DUPONT"), 1, 7, 0);
    add(&w, NAMED("PIERRE", "DUPONT"), 1, 7, 0);
    add(&w, NAMED("LUCAS", "DUPONT"), 1, 7, 0);
    rv_clusters clusters;
    cr_assert_eq(merge(&w, 1, contact, &clusters), 3u);
    cr_assert_eq(clusters.refused[RV_KEY_EMAIL], 3u);
    cr_assert_eq(clusters.merges[RV_KEY_EMAIL], 0u);
    rv_clusters_free(&clusters);
}

Test(build_cluster, a_nameless_row_joins_one_person_but_no_family) {
    world w = {0};
    uint32_t contact[256];
    add(&w, NAMED("MARIE", "DUPONT"), 1, 0, 0);
    add(&w, NAMED("", ""), 1, 0, 0);
    add(&w, NAMED("MARIE", "DUPONT"), 2, 0, 0);
    add(&w, NAMED("PIERRE", "DUPONT"), 2, 0, 0);
    add(&w, NAMED("", ""), 2, 0, 0);
    cr_assert_eq(merge(&w, 1, contact, NULL), 4u);
    cr_assert_eq(contact[0], contact[1]);
    cr_assert_neq(contact[4], contact[2]);
    cr_assert_neq(contact[4], contact[3]);
}

Test(build_cluster, a_nameless_row_of_another_family_name_stays_alone) {
    world w = {0};
    uint32_t contact[256];
    add(&w, NAMED("MARIE", "DUPONT"), 1, 0, 0);
    add(&w, NAMED("", "MARTIN"), 1, 0, 0);
    cr_assert_eq(merge(&w, 1, contact, NULL), 2u);
}

Test(build_cluster, nameless_rows_of_one_email_are_one_contact) {
    world w = {0};
    uint32_t contact[256];
    for (int i = 0; i < 3; i++) add(&w, NAMED("", ""), 1, 0, 0);
    cr_assert_eq(merge(&w, 1, contact, NULL), 1u);
}

Test(build_cluster, an_initial_joins_only_when_one_name_can_be_meant) {
    world w = {0};
    uint32_t contact[256];
    add(&w, NAMED("J", "DUPONT"), 1, 0, 0);
    add(&w, NAMED("JEAN", "DUPONT"), 1, 0, 0);
    add(&w, NAMED("J", "DUPONT"), 2, 0, 0);
    add(&w, NAMED("JEAN", "DUPONT"), 2, 0, 0);
    add(&w, NAMED("JULIE", "DUPONT"), 2, 0, 0);
    merge(&w, 1, contact, NULL);
    cr_assert_eq(contact[0], contact[1]);
    cr_assert_neq(contact[2], contact[3]);
    cr_assert_neq(contact[2], contact[4]);
    cr_assert_neq(contact[3], contact[4]);
}

Test(build_cluster, names_under_each_others_heading_are_one_person_despite_a_typing_error) {
    world w = {0};
    uint32_t contact[256];
    add(&w, NAMED("JULIEN", "FOROMEL"), 1, 0, 0);
    add(&w, NAMED("FOORMEL", "JULIEN"), 1, 0, 0);
    add(&w, NAMED("PAULINE", "FOROMEL"), 1, 0, 0);
    cr_assert_eq(merge(&w, 1, contact, NULL), 2u);
    cr_assert_eq(contact[0], contact[1]);
}

/* Joined by another key, the whole cluster speaks: its son's birth date keeps the father's row out. */
Test(build_cluster, a_contradiction_with_any_row_of_a_cluster_keeps_it_apart) {
    world w = {0};
    uint32_t contact[256];
    add(&w, person("JEAN", "DUPONT", RV_SEX_MALE, rv_date_of(1990, 5, 17), ""), 0, 5, 0);
    add(&w, person("JEAN", "DUPONT", RV_SEX_MALE, RV_DATE_NONE, ""), 1, 5, 0);
    add(&w, person("JEAN", "DUPONT", RV_SEX_MALE, rv_date_of(1961, 11, 2), ""), 1, 0, 0);
    merge(&w, 1, contact, NULL);
    cr_assert_neq(contact[0], contact[2]);
}

/* The row without a birth date could be either: it goes to neither, rather than to the first. */
Test(build_cluster, a_row_torn_between_two_people_joins_neither) {
    world w = {0};
    uint32_t contact[256];
    add(&w, person("JEAN", "DUPONT", RV_SEX_MALE, rv_date_of(1990, 5, 17), ""), 1, 0, 0);
    add(&w, person("JEAN", "DUPONT", RV_SEX_MALE, rv_date_of(1961, 11, 2), ""), 1, 0, 0);
    add(&w, person("JEAN", "DUPONT", RV_SEX_MALE, RV_DATE_NONE, ""), 1, 0, 0);
    cr_assert_eq(merge(&w, 1, contact, NULL), 3u);
}

Test(build_cluster, namesakes_born_on_one_day_need_one_place_or_a_rare_name) {
    world w = {0};
    uint32_t contact[256];
    int32_t day = rv_date_of(1980, 3, 14);
    uint32_t a = add(&w, person("MARIE", "MARTIN", RV_SEX_FEMALE, day, "75001"), 0, 0, 1);
    uint32_t b = add(&w, person("MARIE", "MARTIN", RV_SEX_FEMALE, day, "75001"), 0, 0, 1);
    uint32_t c = add(&w, person("MARIE", "MARTIN", RV_SEX_FEMALE, day, "69002"), 0, 0, 1);
    for (int i = 0; i < 20; i++)
        add(&w, person("MARIE", "MARTIN", RV_SEX_FEMALE, day + 100 + i, "13001"), 0, 0, 100 + (uint32_t)i);
    uint32_t d = add(&w, person("ANATOLINE", "QUEFFELEC", RV_SEX_FEMALE, day, "29000"), 0, 0, 2);
    uint32_t e = add(&w, person("ANATOLINE", "QUEFFELEC", RV_SEX_FEMALE, day, "69002"), 0, 0, 2);
    merge(&w, 1, contact, NULL);
    cr_assert_eq(contact[a], contact[b]);
    cr_assert_neq(contact[a], contact[c]);
    cr_assert_eq(contact[d], contact[e]);
}

Test(build_cluster, a_value_of_too_many_people_merges_nothing_and_is_told) {
    world w = {0};
    uint32_t contact[256];
    char first[2] = "A", last[4] = "AAA";
    for (int i = 0; i <= RV_STOP_NAMES; i++) { /* initials of different names: near to nobody else */
        first[0] = (char)('A' + i);
        last[1] = (char)('A' + i);
        add(&w, NAMED(first, last), 1, 0, 0);
        add(&w, NAMED(first, last), 1, 0, 0);
    }
    rv_clusters clusters;
    cr_assert_eq(merge(&w, 1, contact, &clusters), w.n);
    cr_assert_eq(clusters.stop_values[RV_KEY_EMAIL], 1u);
    cr_assert_eq(clusters.stop_rows[RV_KEY_EMAIL], w.n);
    cr_assert_eq(clusters.n_heaviest, 1u);
    cr_assert_eq(clusters.heaviest[0].rows, w.n);
    cr_assert_eq(clusters.heaviest[0].first, 0u);
    rv_clusters_free(&clusters);
}

Test(build_cluster, many_rows_of_one_person_are_no_stop_value) {
    world w = {0};
    uint32_t contact[256];
    for (int i = 0; i < 200; i++) add(&w, NAMED("MARIE", "DUPONT"), 1, 0, 0);
    cr_assert_eq(merge(&w, 1, contact, NULL), 1u);
    for (uint32_t i = 0; i < w.n; i++) cr_assert_eq(w.guards[i].flags, 0);
}

/* n people, each under the e-mail 1 and the mobile of another one. */
static world crowd(int n) {
    world w = {0};
    char first[2] = "A", last[4] = "AAA";
    for (int i = 0; i < n; i++) {
        first[0] = last[1] = (char)('A' + i);
        add(&w, NAMED(first, last), 1, 10 + (uint32_t)i / 2, 0);
    }
    add(&w, NAMED("ZOE", "ZOLA"), 2, 0, 0);
    return w;
}

Test(build_cluster, rows_of_a_stop_value_are_marked_each_for_the_kind_that_is_nobodys) {
    uint32_t contact[256];
    rv_clusters clusters;
    world few = crowd(RV_STOP_NAMES), many = crowd(RV_STOP_NAMES + 1);
    merge(&few, 1, contact, &clusters);
    cr_assert_eq(clusters.shared_rows[RV_KEY_EMAIL], 0u);
    for (uint32_t i = 0; i < few.n; i++) cr_assert_eq(few.guards[i].flags & RV_GUARD_VALUES_NOBODYS, 0);
    rv_clusters_free(&clusters);
    merge(&many, 1, contact, &clusters);
    cr_assert_eq(clusters.shared_rows[RV_KEY_EMAIL], RV_STOP_NAMES + 1u);
    cr_assert_eq(clusters.shared_rows[RV_KEY_MOBILE], 0u);
    for (uint32_t i = 0; i < many.n; i++)
        cr_assert_eq(many.guards[i].flags & RV_GUARD_VALUES_NOBODYS, i <= RV_STOP_NAMES ? RV_GUARD_EMAIL_NOBODYS : 0);
    rv_clusters_free(&clusters);
}

Test(build_cluster, groups_that_merge_nobody_are_marked_once_whatever_the_writing) {
    world w = crowd(RV_STOP_NAMES + 1);
    uint32_t members[RV_STOP_NAMES + 2];
    rv_key_group all = {0, 0, w.n}, two = {0, 0, 2};
    rv_key_groups groups = {.groups = &all, .members = members, .n = 1}, pair = groups;
    rv_clusters clusters;
    pair.groups = &two;
    for (uint32_t i = 0; i < w.n; i++) members[i] = i;
    cr_assert_eq(rv_clusters_new(w.guards, w.n, 1, &clusters, NULL), RV_OK);
    rv_clusters_mark(&clusters, RV_KEY_PHONE, &pair);
    cr_assert_eq(clusters.shared_rows[RV_KEY_PHONE], 0u);
    rv_clusters_mark(&clusters, RV_KEY_PHONE, &groups);
    rv_clusters_mark(&clusters, RV_KEY_EMAIL_MD5, &groups);
    rv_clusters_mark(&clusters, RV_KEY_EMAIL, &groups);
    cr_assert_eq(clusters.shared_rows[RV_KEY_PHONE], w.n);
    cr_assert_eq(clusters.shared_rows[RV_KEY_EMAIL], w.n);
    for (uint32_t i = 0; i < w.n; i++)
        cr_assert_eq(w.guards[i].flags & RV_GUARD_VALUES_NOBODYS, RV_GUARD_PHONE_NOBODYS | RV_GUARD_EMAIL_NOBODYS);
    rv_clusters_free(&clusters);
}

Test(build_cluster, many_rows_without_a_name_are_a_stop_value) {
    world w = {0};
    uint32_t contact[256];
    for (int i = 0; i <= RV_STOP_ROWS; i++) add(&w, NAMED("", ""), 1, 0, 0);
    cr_assert_eq(merge(&w, 1, contact, NULL), w.n);
    w.n = RV_STOP_ROWS;
    cr_assert_eq(merge(&w, 1, contact, NULL), 1u);
}

Test(build_cluster, a_cancelled_job_stops) {
    int cancel = 1;
    rv_settings settings = {.cancel = &cancel};
    rv_guard guards[2] = {{0}};
    rv_clusters clusters;
    uint32_t members[2] = {0, 1};
    rv_key_group group = {0, 0, 2};
    rv_key_groups groups = {.groups = &group, .members = members, .n = 1};
    cr_assert_eq(rv_clusters_new(guards, 2, 1, &clusters, NULL), RV_OK);
    cr_assert_eq(rv_clusters_merge(&clusters, RV_KEY_EMAIL, RV_ROUND_AGREEING, &groups, &settings, NULL),
                 RV_INTERRUPTED);
    rv_clusters_free(&clusters);
}

/* --- The naive twin ----------------------------------------------------------------------------------------------- */

/* The rules again, with labels and full scans instead of trees, rings, lists and matrices. */
typedef struct twin {
    const world *w;
    uint32_t label[256];
    int kind;
} twin;

static rv_guard_verdict twin_compare(const twin *t, uint32_t a, uint32_t b) {
    const world *w = t->w;
    rv_guard_verdict best = RV_GUARD_SILENT;
    bool same_place = false, rare = true;
    for (uint32_t i = 0; i < w->n; i++) {
        if (t->label[i] != a) continue;
        unsigned namesakes = 0;
        for (uint32_t k = 0; k < w->n; k++)
            namesakes += w->guards[k].birth != RV_DATE_NONE && w->guards[k].first && w->guards[k].last &&
                         w->guards[k].first == w->guards[i].first && w->guards[k].last == w->guards[i].last;
        if (namesakes > 4) rare = false;
        for (uint32_t j = 0; j < w->n; j++) {
            if (t->label[j] != b) continue;
            rv_guard_verdict verdict = rv_guard_compare(&w->guards[i], &w->guards[j]);
            if (verdict == RV_GUARD_CONTRADICTS) return verdict;
            if (verdict > best) best = verdict;
            if (w->guards[i].postcode && w->guards[i].postcode == w->guards[j].postcode) same_place = true;
        }
    }
    if (best > RV_GUARD_SILENT && t->kind == RV_KEY_PERSON_BIRTH && !same_place && !rare) return RV_GUARD_CONTRADICTS;
    return best;
}

static unsigned twin_affinity(const twin *t, uint32_t a, uint32_t b) {
    unsigned best = 0;
    for (uint32_t i = 0; i < t->w->n; i++)
        for (uint32_t j = 0; j < t->w->n; j++)
            if (t->label[i] == a && t->label[j] == b) {
                unsigned value = rv_guard_affinity(&t->w->guards[i], &t->w->guards[j]);
                if (value > best) best = value;
            }
    return best;
}

static unsigned twin_clusters(const twin *t, uint32_t value, uint32_t *out) {
    unsigned n = 0;
    for (uint32_t row = 0; row < t->w->n; row++) {
        if (t->w->values[t->kind][row] != value) continue;
        unsigned k = 0;
        while (k < n && out[k] != t->label[row]) k++;
        if (k == n) out[n++] = t->label[row];
    }
    return n;
}

static bool twin_torn(const twin *t, const uint32_t *c, unsigned n, unsigned i, unsigned j) {
    for (unsigned k = 0; k < n; k++)
        if (k != i && k != j && twin_compare(t, c[i], c[k]) == RV_GUARD_AGREES &&
            twin_compare(t, c[j], c[k]) == RV_GUARD_CONTRADICTS &&
            twin_affinity(t, c[i], c[k]) >= twin_affinity(t, c[i], c[j]))
            return true;
    return false;
}

static unsigned twin_near(const twin *t, const uint32_t *c, unsigned n, unsigned i) {
    unsigned found = n, times = 0;
    for (unsigned k = 0; k < n; k++)
        if (k != i && twin_compare(t, c[i], c[k]) >= RV_GUARD_COMPATIBLE) found = k, times++;
    return times == 1 ? found : n;
}

static bool twin_named(const twin *t, uint32_t label) {
    for (uint32_t row = 0; row < t->w->n; row++)
        if (t->label[row] == label && t->w->guards[row].first) return true;
    return false;
}

/* Here all rows bear one last name or none, so the last names never speak. */
static bool twin_step(twin *t, uint32_t value, int round) {
    uint32_t c[256];
    unsigned n = twin_clusters(t, value, c), a = n, b = n;
    if (round == RV_ROUND_AGREEING) {
        for (unsigned j = 1; j < n && a == n; j++)
            for (unsigned i = 0; i < j && a == n; i++)
                if (twin_compare(t, c[i], c[j]) == RV_GUARD_AGREES && !twin_torn(t, c, n, i, j) &&
                    !twin_torn(t, c, n, j, i))
                    a = i, b = j;
    } else if (round == RV_ROUND_NEAR) {
        for (unsigned i = 0; i < n && a == n; i++) {
            unsigned j = twin_near(t, c, n, i);
            if (j < n && twin_near(t, c, n, j) == i) a = i, b = j;
        }
    } else {
        unsigned named = 0, at = 0, against = 0;
        for (unsigned i = 0; i < n; i++)
            if (twin_named(t, c[i])) named++, at = i;
        for (unsigned i = 0; i < n; i++)
            for (unsigned j = 0; j < i; j++) against += twin_compare(t, c[i], c[j]) == RV_GUARD_CONTRADICTS;
        for (unsigned i = 0; i < n && a == n && named < 2 && !(named == 0 && against); i++)
            if (i != at && twin_compare(t, c[i], c[at]) != RV_GUARD_CONTRADICTS) a = i, b = at;
    }
    if (a == n) return false;
    uint32_t from = c[a] > c[b] ? c[a] : c[b], to = c[a] > c[b] ? c[b] : c[a];
    for (uint32_t row = 0; row < t->w->n; row++)
        if (t->label[row] == from) t->label[row] = to;
    return true;
}

static void twin_merge(const world *w, uint32_t *contact) {
    twin t = {.w = w};
    for (uint32_t row = 0; row < w->n; row++) t.label[row] = row;
    for (int round = 0; round < RV_MERGE_ROUNDS; round++)
        for (int k = 0; k < N_KINDS; k++) {
            t.kind = KINDS[k];
            for (uint32_t row = 0; row < w->n; row++) { /* groups in order of first row */
                uint32_t value = w->values[t.kind][row];
                bool first = value != 0;
                for (uint32_t before = 0; before < row && first; before++) first = w->values[t.kind][before] != value;
                while (first && twin_step(&t, value, round)) {}
            }
        }
    memcpy(contact, t.label, w->n * sizeof *contact);
}

static void make_world(rv_random *random, world *w) {
    static const char *const FIRST[] = {"JEAN", "J", "JEANNE", "MARIE", "MARIA", "LUCAS", "", "JEAN PIERRE"};
    static const char *const PLACES[] = {"75001", "69002", ""};
    memset(w, 0, sizeof *w);
    uint32_t n = 2 + rv_random_below(random, 30), values = 1 + rv_random_below(random, 8);
    for (uint32_t i = 0; i < n; i++) {
        unsigned f = rv_random_below(random, 8), year = rv_random_below(random, 4);
        int32_t birth = year < 2 ? RV_DATE_NONE : rv_date_of(1960 + 20 * (int)year, 7, 23);
        rv_guard guard = person(FIRST[f], "DUPONT", (rv_sex)(rv_random_below(random, 4) == 0), birth,
                                PLACES[rv_random_below(random, 3)]);
        uint32_t key = birth == RV_DATE_NONE || !*FIRST[f] ? 0 : 1 + f * 4 + year;
        add(w, guard, rv_random_below(random, values + 2), rv_random_below(random, values + 4), key);
    }
}

Test(build_cluster, random_worlds_are_merged_as_by_the_naive_twin_whatever_the_secret) {
    for (uint64_t seed = 1; seed <= (uint64_t)test_rounds(400); seed++) {
        rv_random random;
        static world w;
        uint32_t contact[256], again[256], expected[256];
        rv_random_init(&random, seed, 1);
        make_world(&random, &w);
        merge(&w, seed, contact, NULL);
        merge(&w, seed + WEIGHED, again, NULL);
        twin_merge(&w, expected);
        for (uint32_t i = 0; i < w.n; i++)
            for (uint32_t j = 0; j < i; j++) {
                cr_assert_eq(contact[i] == contact[j], expected[i] == expected[j], "seed %llu rows %u %u",
                             (unsigned long long)seed, j, i);
                cr_assert_eq(contact[i] == contact[j], again[i] == again[j],
                             "seed %llu rows %u %u: another secret, pairs weighed", (unsigned long long)seed, j, i);
            }
    }
}

#ifdef RV_TESTING
Test(build_cluster, without_memory_it_fails_and_leaks_nothing) {
    rv_guard guards[4] = {{0}};
    for (uint64_t n = 1;; n++) {
        rv_clusters clusters = {0};
        rv_memory_fail_at(n, false);
        rv_status status = rv_clusters_new(guards, 4, 1, &clusters, NULL);
        rv_memory_fail_at(0, false);
        rv_clusters_free(&clusters);
        if (status == RV_OK) break;
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif
