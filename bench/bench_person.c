/* How fast rows become persons, keys and guards: rows of ten fields, some of them untidy, on one core. One figure a line:
 * name, value, unit. */
#include "person.h"

#include <stdio.h>
#include <time.h>

enum { COLUMNS = 10, DISTINCT = 1000, ROWS = 1000000 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fill(rv_text *cells, char (*text)[COLUMNS][64]) {
    static const char *const firsts[] = {"Jean", "MARIE", "Jean-Pierre", "Hélène", "frédéric", "Anne", "Thomas", "Léa"};
    static const char *const lasts[] = {"MARTIN",       "Dupont", "de la Tour", "LEFÈVRE",
                                        "Petit-Durand", "Garcia", "Nguyen"};
    static const char *const streets[] = {"rue de la Paix", "av. du Gal Leclerc", "bd Voltaire", "chemin des Vignes",
                                          "PL DE L EGLISE"};
    for (unsigned r = 0; r < DISTINCT; r++) {
        snprintf(text[r][0], 64, "%s", r % 2 ? "Mme" : "M.");
        snprintf(text[r][1], 64, "%s", firsts[r % 8]);
        snprintf(text[r][2], 64, "%s", lasts[r % 7]);
        snprintf(text[r][3], 64, "%s.%u@%s", firsts[r % 2], r, r % 3 ? "gmail.com" : "orange.fr");
        snprintf(text[r][4], 64, "06 %02u %02u 34 %02u", r % 100, r / 10, r % 97);
        snprintf(text[r][5], 64, "+331%08u", 42000000 + r * 7919 % 999999);
        snprintf(text[r][6], 64, "%02u/%02u/%u", r % 28 + 1, r % 12 + 1, 1930 + r % 70);
        snprintf(text[r][7], 64, "%u%s %s", r % 200 + 1, r % 10 ? "" : " bis", streets[r % 5]);
        snprintf(text[r][8], 64, "%05u", 1000 + r * 89);
        snprintf(text[r][9], 64, "%s", r % 3 ? "St-Étienne" : "PARIS 15");
        for (unsigned c = 0; c < COLUMNS; c++) cells[r * COLUMNS + c] = rv_text_of(text[r][c]);
    }
}

int main(void) {
    static rv_role roles[COLUMNS] = {RV_ROLE_CIVILITY, RV_ROLE_FIRST_NAME, RV_ROLE_LAST_NAME,  RV_ROLE_EMAIL,
                                     RV_ROLE_MOBILE,   RV_ROLE_PHONE,      RV_ROLE_BIRTH_DATE, RV_ROLE_ADDRESS_LINE,
                                     RV_ROLE_POSTCODE, RV_ROLE_CITY};
    static char text[DISTINCT][COLUMNS][64];
    static rv_text cells[DISTINCT * COLUMNS];
    static rv_guard guards[DISTINCT];
    fill(cells, text);
    rv_table_roles table = {.columns = COLUMNS, .roles = roles};
    for (int r = 0; r < RV_ROLE_COUNT; r++) table.of[r] = -1;
    for (int c = 0; c < COLUMNS; c++) table.of[roles[c]] = c;
    rv_batch batch = {.rows = DISTINCT, .columns = COLUMNS, .cells = cells};
    rv_person_reader reader = {.roles = &table};
    rv_secret secret;
    rv_secret_from_seed(&secret, 1);
    rv_arena arena = {0};
    const uint32_t clear = (1u << RV_KEY_EMAIL_SHA256) - 1, hashed = 1u << RV_KEY_EMAIL_SHA256;
    uint64_t sum = 0;
    static rv_person persons[DISTINCT];
    double reading = 0, keying = 0, hashing = 0, guarding = 0;
    for (unsigned round = 0; round < ROWS / DISTINCT; round++) {
        rv_person_key keys[RV_PERSON_KEYS_MAX];
        double t0 = now();
        rv_arena_reset(&arena);
        for (uint32_t r = 0; r < DISTINCT; r++)
            if (!rv_person_read(&reader, &batch, r, &arena, &persons[r])) return 1;
        double t1 = now();
        for (uint32_t r = 0; r < DISTINCT; r++) {
            unsigned n = rv_person_keys(&persons[r], &secret, clear, true, keys);
            sum += keys[n - 1].key.lo;
        }
        double t2 = now();
        for (uint32_t r = 0; r < DISTINCT; r++) sum += rv_person_keys(&persons[r], &secret, hashed, true, keys);
        double t3 = now();
        for (uint32_t r = 0; r < DISTINCT; r++) rv_guard_of(&persons[r], &guards[r]);
        double t4 = now();
        reading += t1 - t0;
        keying += t2 - t1;
        hashing += t3 - t2;
        guarding += t4 - t3;
    }
    double t0 = now();
    for (unsigned i = 0; i < 20000000; i++) {
        const rv_guard *a = &guards[i % DISTINCT];
        __asm__ volatile("" : "+r"(a) : : "memory");
        sum += rv_guard_compare(a, &guards[i % DISTINCT]);
    }
    double equal = (now() - t0) / 20000000;
    t0 = now();
    for (unsigned i = 0; i < 1000000; i++) sum += rv_guard_compare(&guards[i % DISTINCT], &guards[i * 31 % DISTINCT]);
    double other = (now() - t0) / 1000000;
    printf("person_read %.1f ns/row\nperson_keys %.1f ns/row\nemail_digests %.1f ns/row\nguard %.1f ns/row\n"
           "guard_compare_equal %.2f ns\nguard_compare_other %.1f ns\nchecksum %llx -\n",
           reading / ROWS * 1e9, keying / ROWS * 1e9, hashing / ROWS * 1e9, guarding / ROWS * 1e9, equal * 1e9,
           other * 1e9, (unsigned long long)sum);
    rv_arena_free(&arena);
    return 0;
}
