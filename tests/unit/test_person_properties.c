/* What must hold of readers, keys and guard for any input: random bytes, generated values, a failing allocator. */
#include "normal_form.h"
#include "person.h"
#include "phone.h"
#include "random.h"
#include <criterion/criterion.h>
#include <stdio.h>

enum { SEED = 20261121 };

static const rv_role normal_roles[] = {
    RV_ROLE_EMAIL,      RV_ROLE_PHONE,     RV_ROLE_ADDRESS_LINE, RV_ROLE_STREET,       RV_ROLE_FULL_NAME,
    RV_ROLE_FIRST_NAME, RV_ROLE_LAST_NAME, RV_ROLE_BIRTH_DATE,   RV_ROLE_CIVILITY,     RV_ROLE_SEX,
    RV_ROLE_POSTCODE,   RV_ROLE_CITY,      RV_ROLE_COUNTRY,      RV_ROLE_EMAIL_SHA256, RV_ROLE_EMAIL_MD5};
enum { N_ROLES = sizeof normal_roles / sizeof *normal_roles };

/* Bytes, or pieces that readers have an opinion on, glued in any order. */
static size_t random_value(rv_random *random, char *out, size_t cap) {
    static const char *const pieces[] = {
        "12",    "bis",      "rue",   " ",    "-",   ",",        "é",     "'",    "@", ".", "+33",       "06",
        "75011", "M.",       "Mme",   "née",  "ép.", "DUPONT",   "jean",  "(",    ")", "/", "gmail.com", "BP 3",
        "\xff",  "\xe2\x80", "CEDEX", "1975", "00",  "\xC2\xA0", "de la", "E+10", "=", "Ω", "李"};
    size_t n = 0, want = rv_random_below(random, 14);
    if (rv_random_below(random, 3) == 0) {
        n = rv_random_below(random, (uint32_t)cap);
        for (size_t i = 0; i < n; i++) out[i] = (char)rv_random_next(random);
        return n;
    }
    while (want-- > 0) {
        const char *piece = pieces[rv_random_below(random, sizeof pieces / sizeof *pieces)];
        size_t len = strlen(piece);
        if (n + len > cap) break;
        memcpy(out + n, piece, len);
        n += len;
    }
    return n;
}

/* The value stands in memory of exactly its size, so that a byte too far is seen. */
Test(readers, random_values_do_no_harm) {
    rv_random random;
    rv_random_init(&random, SEED, 1);
    for (int round = 0; round < 40000; round++) {
        char value[96];
        size_t n = random_value(&random, value, sizeof value);
        char *exact = malloc(n ? n : 1);
        memcpy(exact, value, n);
        rv_normal_form form;
        rv_role role = normal_roles[rv_random_below(&random, N_ROLES)];
        rv_normal_form_of(role, rv_text_make(exact, n), "FR", &form);
        cr_assert(form.valid || form.reason[0], "what isn't valid has a reason");
        for (int i = 0; i < RV_NORMAL_COLUMNS && !form.valid; i++) cr_assert_eq(form.values[i].len, 0);
        free(exact);
    }
}

static void stays(rv_role role, int column, rv_text value) {
    rv_normal_form once, twice;
    rv_normal_form_of(role, value, "FR", &once);
    if (!once.valid || once.values[column].len == 0) return;
    rv_normal_form_of(role, once.values[column], "FR", &twice);
    cr_assert(twice.valid && rv_text_equal(once.values[column], twice.values[column]), "%s: '%.*s' then '%.*s'",
              rv_role_name(role), (int)once.values[column].len, once.values[column].ptr, (int)twice.values[column].len,
              twice.values[column].ptr);
}

Test(readers, reading_twice_is_reading_once) {
    rv_random random;
    rv_random_init(&random, SEED, 2);
    for (int round = 0; round < 20000; round++) {
        char value[96];
        rv_text text = rv_text_make(value, random_value(&random, value, sizeof value));
        stays(RV_ROLE_EMAIL, 0, text);
        stays(RV_ROLE_EMAIL, 1, text);
        stays(RV_ROLE_PHONE, 0, text);
        stays(RV_ROLE_BIRTH_DATE, 0, text);
        stays(RV_ROLE_CIVILITY, 0, text);
        stays(RV_ROLE_EMAIL_SHA256, 0, text);
    }
}

Test(phone, generated_french_numbers_are_read_in_every_writing) {
    static const char *const forms[] = {"0%s%s", "+33%s%s", "0033%s%s", "+33 (0)%s %s",
                                        "%s%s",  "33%s%s",  "0%s.%s",   " 0%s-%s "};
    rv_random random;
    rv_random_init(&random, SEED, 3);
    for (int round = 0; round < 5000; round++) {
        char head[2] = {"1234567"[rv_random_below(&random, 7)], 0}, tail[9], text[40];
        snprintf(tail, sizeof tail, "%08u", rv_random_below(&random, 100000000));
        rv_phone expected, read;
        snprintf(text, sizeof text, "0%s%s", head, tail);
        const char *reason = rv_phone_read(rv_text_of(text), "FR", &expected);
        for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
            snprintf(text, sizeof text, forms[f], head, tail);
            const char *other = rv_phone_read(rv_text_of(text), NULL, &read);
            cr_assert_eq(!reason, !other, "%s: %s", text, other);
            if (reason) continue;
            cr_assert_str_eq(read.e164, expected.e164, "%s", text);
            cr_assert_eq(read.kind, expected.kind);
            bool french = strcmp(read.country, "FR") == 0;
            cr_assert(!french || read.kind == (*head >= '6' ? RV_PHONE_MOBILE : RV_PHONE_FIXED));
        }
    }
}

Test(phone, knows_national_numbers_of_other_countries) {
    const struct {
        const char *country, *text, *e164;
    } cases[] = {{"BE", "0475 12 34 56", "+32475123456"},        {"CH", "079 123 45 67", "+41791234567"},
                 {"AU", "02 1234 5678", "+61212345678"},         {"GB", "07911 123456", "+447911123456"},
                 {"ES", "612 34 56 78", "+34612345678"},         {"US", "(415) 555-2671", "+14155552671"},
                 {"US", "1-415-555-2671", "+14155552671"},       {"RE", "0692 12 34 56", "+262692123456"},
                 {"YT", "0639 01 34 56", "+262639013456"},       {"ES", "34612345678", "+34612345678"},
                 {"US", "011 33 6 12 34 56 78", "+33612345678"}, {"RE", "06 12 34 56 78", "+33612345678"},
                 {"GP", "0692 12 34 56", "+262692123456"},       {"JE", "07797 712345", "+447797712345"},
                 {"RU", "8 (912) 345-67-89", "+79123456789"},    {"IT", "06 1234 5678", "+390612345678"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_phone phone = {0};
        const char *reason = rv_phone_read(rv_text_of(cases[i].text), cases[i].country, &phone);
        cr_expect_null(reason, "%s: %s", cases[i].text, reason);
        cr_expect_str_eq(phone.e164, cases[i].e164);
    }
    rv_phone phone;
    cr_expect_str_eq(rv_phone_read(RV_TEXT("12345678"), "XX", &phone), "not_in_plan");
    char local[RV_PHONE_MAX];
    cr_expect_eq(rv_phone_local(RV_TEXT("555 01 23 4"), local), 8);
    cr_expect_eq(rv_phone_local(RV_TEXT("0000000000"), local), 0);
    cr_expect_eq(rv_phone_local(RV_TEXT("123456"), local), 0);
    cr_expect_eq(rv_phone_local(RV_TEXT("3,36E+10"), local), 0);
}

/* Rows of random cells: nothing breaks, keys stay within their room, the guard judges both ways alike and itself kindly. */
Test(person, random_rows_keep_the_promises_of_keys_and_guard) {
    enum { COLUMNS = 20 };
    rv_role roles[COLUMNS];
    rv_table_roles table = {.columns = COLUMNS, .roles = roles};
    for (int r = 0; r < RV_ROLE_COUNT; r++) table.of[r] = -1;
    static const rv_role used[COLUMNS] = {
        RV_ROLE_FIRST_NAME, RV_ROLE_LAST_NAME,    RV_ROLE_FULL_NAME,     RV_ROLE_CIVILITY,  RV_ROLE_SEX,
        RV_ROLE_BIRTH_DATE, RV_ROLE_BIRTH_YEAR,   RV_ROLE_BIRTH_MONTH,   RV_ROLE_BIRTH_DAY, RV_ROLE_STREET_NUMBER,
        RV_ROLE_STREET,     RV_ROLE_ADDRESS_LINE, RV_ROLE_ADDRESS_EXTRA, RV_ROLE_POSTCODE,  RV_ROLE_CITY,
        RV_ROLE_COUNTRY,    RV_ROLE_EMAIL,        RV_ROLE_MOBILE,        RV_ROLE_PHONE,     RV_ROLE_IDENTIFIER};
    for (int c = 0; c < COLUMNS; c++) table.of[roles[c] = used[c]] = c;
    rv_random random;
    rv_random_init(&random, SEED, 4);
    rv_secret secret;
    rv_secret_from_seed(&secret, 3);
    rv_arena arena = {0};
    rv_guard before = {0};
    for (int round = 0; round < 5000; round++) {
        char values[COLUMNS][96];
        rv_text cells[COLUMNS];
        for (int c = 0; c < COLUMNS; c++)
            cells[c] = rv_text_make(values[c], random_value(&random, values[c], sizeof values[c]));
        rv_batch batch = {.rows = 1, .columns = COLUMNS, .cells = cells};
        rv_person_reader reader = {.roles = &table};
        rv_person person;
        rv_person_key keys[RV_PERSON_KEYS_MAX];
        rv_guard guard;
        cr_assert(rv_person_read(&reader, &batch, 0, &arena, &person));
        cr_assert_leq(rv_person_keys(&person, &secret, UINT32_MAX, round % 2, keys), RV_PERSON_KEYS_MAX);
        rv_guard_of(&person, &guard);
        cr_assert_neq(rv_guard_compare(&guard, &guard), RV_GUARD_CONTRADICTS);
        cr_assert_eq(rv_guard_compare(&guard, &before), rv_guard_compare(&before, &guard));
        cr_assert_eq(rv_guard_affinity(&guard, &before), rv_guard_affinity(&before, &guard));
        cr_assert_leq(rv_guard_affinity(&guard, &guard), 100);
        before = guard;
        if (round % 100 == 0) rv_arena_reset(&arena);
    }
    rv_arena_free(&arena);
}

#ifdef RV_TESTING
Test(person, no_memory_is_told) {
    rv_role roles[1] = {RV_ROLE_LAST_NAME};
    rv_table_roles table = {.columns = 1, .roles = roles};
    for (int r = 0; r < RV_ROLE_COUNT; r++) table.of[r] = -1;
    table.of[RV_ROLE_LAST_NAME] = 0;
    rv_text cell = RV_TEXT("Dupont");
    rv_batch batch = {.rows = 1, .columns = 1, .cells = &cell};
    rv_person_reader reader = {.roles = &table};
    rv_arena arena = {0};
    rv_person person = {.sex = RV_SEX_FEMALE};
    rv_memory_fail_at(1, true);
    cr_expect_not(rv_person_read(&reader, &batch, 0, &arena, &person));
    rv_memory_fail_at(0, false);
    cr_expect_eq(person.sex, RV_SEX_FEMALE, "the output is untouched");
    rv_arena_free(&arena);
}
#endif
