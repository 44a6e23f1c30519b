/* Persons, keys and the guard, from rows as files give them. */
#include "person.h"
#include "random.h"
#include <criterion/criterion.h>
#include <stdlib.h>

enum { MAX_COLUMNS = 16, ALL = (1 << RV_KEY_KINDS) - 1 };

typedef struct table {
    rv_table_roles roles;
    rv_role columns[MAX_COLUMNS];
    rv_text cells[MAX_COLUMNS];
    rv_batch batch;
    rv_arena arena;
} table;

/* "role=value|role=value": one row. */
static rv_person person_of(table *t, const char *row) {
    memset(t, 0, sizeof *t);
    for (int r = 0; r < RV_ROLE_COUNT; r++) t->roles.of[r] = -1;
    uint32_t n = 0;
    while (*row) {
        size_t length = strcspn(row, "|"), name = strcspn(row, "=");
        char word[64] = {0};
        memcpy(word, row, name);
        cr_assert(rv_role_find(word, &t->columns[n]), "%s", word);
        t->roles.of[t->columns[n]] = (int32_t)n;
        t->cells[n++] = rv_text_make(row + name + 1, length - name - 1);
        row += length + (row[length] == '|');
    }
    t->roles.columns = n;
    t->roles.roles = t->columns;
    t->batch = (rv_batch){.rows = 1, .columns = n, .cells = t->cells};
    rv_person_reader reader = {.roles = &t->roles};
    rv_person person;
    cr_assert(rv_person_read(&reader, &t->batch, 0, &t->arena, &person));
    return person;
}

static void is_text(rv_text text, const char *expected) {
    cr_assert(rv_text_is(text, expected), "'%.*s' is not '%s'", (int)text.len, text.ptr ? text.ptr : "", expected);
}

static unsigned keys_of(const char *row, bool of_base, rv_person_key out[RV_PERSON_KEYS_MAX]) {
    rv_secret secret;
    rv_secret_from_seed(&secret, 1);
    table t;
    rv_person person = person_of(&t, row);
    unsigned n = rv_person_keys(&person, &secret, ALL, of_base, out);
    rv_arena_free(&t.arena);
    return n;
}

/* Do a base row and a client row share a key of this kind? E-mail and phone kinds are probed in both of their tables. */
static bool meet(const char *base, const char *client, rv_key_kind kind) {
    rv_person_key a[RV_PERSON_KEYS_MAX], b[RV_PERSON_KEYS_MAX];
    unsigned n_a = keys_of(base, true, a), n_b = keys_of(client, false, b);
    for (unsigned i = 0; i < n_a; i++)
        for (unsigned j = 0; j < n_b; j++)
            if ((a[i].kind == kind || b[j].kind == kind) && rv_key_equal(a[i].key, b[j].key)) return true;
    return false;
}

static rv_guard guard_of(const char *row) {
    table t;
    rv_person person = person_of(&t, row);
    rv_guard guard;
    rv_guard_of(&person, &guard);
    rv_arena_free(&t.arena);
    return guard;
}

static uint64_t letter_by_letter(rv_text text, unsigned letters) {
    uint64_t packed = 0;
    for (unsigned i = 0; i < letters; i++) {
        char c = i < text.len ? text.ptr[i] : 0;
        unsigned code = c == 0 ? 0 : c == ' ' ? 27 : c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A' + 1) : (unsigned)(c % 26 + 1);
        packed = packed << 5 | code;
    }
    return packed;
}

Test(guard, names_are_packed_as_a_letter_at_a_time_would) {
    rv_random random;
    rv_random_init(&random, 20261122, 7);
    for (int round = 0; round < 20000; round++) {
        rv_text names[3];
        for (int i = 0; i < 3; i++) {
            size_t n = rv_random_below(&random, 18);
            char *text = malloc(n ? n : 1); /* no byte more */
            for (size_t k = 0; k < n; k++) text[k] = " ABCJKYZAZ0"[rv_random_below(&random, round % 2 ? 10 : 11)];
            names[i] = rv_text_make(text, n);
        }
        rv_person person;
        rv_guard guard;
        rv_person_init(&person);
        person.first = names[0];
        person.last = names[1];
        person.birth_name = names[2];
        rv_guard_of(&person, &guard);
        cr_assert_eq(guard.first, letter_by_letter(names[0], 12), "round %d", round);
        cr_assert_eq(guard.last, letter_by_letter(names[1], 12), "round %d", round);
        cr_assert_eq(guard.birth_name, letter_by_letter(names[2], 6), "round %d", round);
        for (int i = 0; i < 3; i++) free((char *)names[i].ptr);
    }
}

static void compares(const char *a, const char *b, rv_guard_verdict expected) {
    rv_guard left = guard_of(a), right = guard_of(b);
    rv_guard_verdict verdict = rv_guard_compare(&left, &right);
    cr_assert_eq(verdict, rv_guard_compare(&right, &left), "%s / %s: not the same both ways", a, b);
    cr_expect_eq(verdict, expected, "%s / %s: %d", a, b, (int)verdict);
}

/* "CP Ville" is one column of many a French export. */
Test(person_read, a_postcode_in_the_city_is_read_where_it_has_no_column_of_its_own) {
    static const struct {
        const char *row, *postcode, *city;
    } cases[] = {
        {"city=69001 LYON", "69001", "LYON"},
        {"city=LYON 69001", "69001", "LYON"},
        {"city=  69001   Lyon", "69001", "LYON"},
        {"city=69001 LYON|postcode=69002", "69002", "LYON"},
        {"city=PARIS 11", "", "PARIS"},
        {"city=69001", "", ""},
        {"city=1000 BRUXELLES|country=BE", "1000", "BRUXELLES"},
        {"city=00000 LYON", "", "LYON"},
        {"city=123456 LYON", "", "123456 LYON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        table t;
        rv_person p = person_of(&t, cases[i].row);
        cr_expect(rv_text_is(p.postcode, cases[i].postcode), "%s: postcode '%.*s'", cases[i].row, (int)p.postcode.len, p.postcode.ptr);
        cr_expect(rv_text_is(p.city, cases[i].city), "%s: city '%.*s'", cases[i].row, (int)p.city.len, p.city.ptr);
        rv_arena_free(&t.arena);
    }
    cr_expect(meet("last_name=Dupont|first_name=Jean|address_line=7 rue Foch|postcode=69001|city=Lyon",
                   "last_name=Dupont|first_name=Jean|address_line=7 rue Foch|city=69001 LYON", RV_KEY_PERSON_ADDRESS));
}

Test(person_read, reads_a_french_row) {
    table t;
    rv_person p =
        person_of(&t, "civility=Mme|first_name=Marie-Hélène|last_name=de l'Étoile ép. Dûpont|birth_date=12/03/1975|"
                      "address_line=12bis, av. du Gal Leclerc|postcode=1300|city=St Étienne cedex 2|"
                      "email= Marie.H+x@GMail.com |phone=06.12.34.56.79");
    is_text(p.first, "MARIE HELENE");
    is_text(p.last, "DUPONT");
    is_text(p.birth_name, "DE L ETOILE");
    cr_assert_eq(p.sex, RV_SEX_FEMALE);
    cr_assert_eq(p.birth, rv_date_of(1975, 3, 12));
    is_text(p.number, "12");
    is_text(p.repeat, "BIS");
    is_text(p.street_type, "AVENUE");
    is_text(p.street, "DU GENERAL LECLERC");
    is_text(p.postcode, "01300");
    is_text(p.city, "SAINT ETIENNE");
    is_text(p.email, "marie.h+x@gmail.com");
    is_text(p.email_folded, "marieh@gmail.com");
    is_text(p.mobile, "+33612345679");
    is_text(p.phone, "");
    rv_arena_free(&t.arena);
}

Test(person_read, reads_an_australian_row) {
    table t;
    rv_person p = person_of(&t, "first_name= lachlan|last_name= berry|street_number= 69|address_line= giblin street|"
                                "address_extra= killarney|city= bittern|postcode= 4814|birth_date= 19990219");
    is_text(p.first, "LACHLAN");
    is_text(p.last, "BERRY");
    is_text(p.number, "69");
    is_text(p.street_type, "STREET");
    is_text(p.street, "GIBLIN");
    is_text(p.extra, "KILLARNEY");
    cr_assert_eq(p.birth, rv_date_of(1999, 2, 19));
    rv_arena_free(&t.arena);
}

Test(person_keys, are_the_same_for_other_writings_of_one_person) {
    cr_expect(meet("email=JaneSaoirse+Work@gmail.com", "email=jane.saoirse@googlemail.com", RV_KEY_EMAIL_FOLDED));
    cr_expect(meet("email=janesaoirse@gmail.com", "email=Jane.Saoirse@gmail.com", RV_KEY_EMAIL_FOLDED));
    cr_expect(meet("mobile=0612345679", "phone=+33 (0)6 12 34 56 79", RV_KEY_MOBILE));
    cr_expect(meet("first_name=Jean-Pierre|last_name=Lefèvre|birth_date=1950-05-04",
                   "first_name=JEAN|last_name=LE FEVRE|birth_date=04/05/1950", RV_KEY_PERSON_BIRTH));
    cr_expect(meet("first_name=Paul|last_name=Martin|birth_date=1950-05-04",
                   "first_name=MARTIN|last_name=PAUL|birth_date=04/05/1950", RV_KEY_PERSON_BIRTH));
    cr_expect(meet("first_name=Anne|last_name=Dupont-Martin|birth_date=1950-05-04",
                   "first_name=anne|last_name=Martin|birth_date=04/05/1950", RV_KEY_PERSON_BIRTH));
    cr_expect(meet("first_name=Anne|last_name=de la Tour|birth_date=1950-05-04",
                   "first_name=anne|last_name=TOUR|birth_date=04/05/1950", RV_KEY_PERSON_BIRTH));
    cr_expect(
        meet("first_name=Anne|last_name=Dupont|address_line=12 bis av Charles de Gaulle|postcode=01300|city=Belley",
             "full_name=Mme DUPONT Anne|address_line=12 B, avenue du Gal de Gaulle 1300 Belley|postcode=1300",
             RV_KEY_PERSON_ADDRESS));
    cr_expect(meet("email=Jane.Saoirse@gmail.com",
                   "email_sha256=92ee26057ed9dea2535d6c8b141d48373932476599196e00352254896db5888f",
                   RV_KEY_EMAIL_SHA256));
}

Test(person_keys, give_nothing_for_stop_values_and_initials) {
    rv_person_key keys[RV_PERSON_KEYS_MAX];
    cr_expect_eq(keys_of("email=info@brand.fr|mobile=0600000000|first_name=TEST|last_name=XXX|birth_date=1980-02-03",
                         true, keys),
                 0);
    cr_expect_eq(
        keys_of("first_name=J|last_name=Dupont|birth_date=1980-02-03|address_line=1 rue X|postcode=75001", true, keys),
        0);
    cr_expect_eq(keys_of("first_name=Jean|last_name=Dupont|birth_date=1980", true, keys), 0);
}

Test(guard, family_members_contradict) {
    compares("first_name=Jean", "first_name=Jeanne", RV_GUARD_CONTRADICTS);
    compares("first_name=Marie", "first_name=Mario", RV_GUARD_CONTRADICTS);
    compares("first_name=Paul", "first_name=Paule", RV_GUARD_CONTRADICTS);
    compares("first_name=Jean-Pierre", "first_name=Jean-Paul", RV_GUARD_CONTRADICTS);
    compares("first_name=Dominique|civility=M", "first_name=Dominique|civility=Mme", RV_GUARD_CONTRADICTS);
    compares("first_name=Jean|birth_date=1950-01-02", "first_name=Jean|birth_date=1978-11-23", RV_GUARD_CONTRADICTS);
    compares("first_name=J|civility=M", "first_name=Julie", RV_GUARD_CONTRADICTS);
    compares("first_name=J|birth_date=1950-01-02", "first_name=Jean|birth_date=1950-11-23", RV_GUARD_CONTRADICTS);
    compares("birth_date=1950-01-02", "first_name=Jean|birth_date=1950-11-23", RV_GUARD_CONTRADICTS);
    compares("first_name=Roman|last_name=Sau|civility=M", "first_name=Romain|last_name=Sau|civility=M",
             RV_GUARD_CONTRADICTS);
}

Test(guard, one_person_written_twice_does_not_contradict) {
    compares("first_name=Samuel|birth_date=1971-09-22", "first_name=Samuel|birth_date=1970-09-23", RV_GUARD_AGREES);
    compares("first_name=Patrck|birth_date=1964-01-04", "first_name=Patrick|birth_date=1963-12-25",
             RV_GUARD_COMPATIBLE);
    compares("first_name=Roman|last_name=Sau|civility=M|birth_date=1964-01-04",
             "first_name=Romain|last_name=Sau|civility=M|birth_date=1964-01-04", RV_GUARD_AGREES);
    compares("first_name=Frédéric", "first_name=FRED", RV_GUARD_COMPATIBLE);
    compares("first_name=Frédéric", "first_name=FREDRIC", RV_GUARD_COMPATIBLE);
    compares("first_name=Jean-Pierre", "first_name=Jean", RV_GUARD_COMPATIBLE);
    compares("first_name=Jean-Pierre", "first_name=J.P.", RV_GUARD_COMPATIBLE);
    compares("first_name=Jean-Pierre", "first_name=JEANPIERRE", RV_GUARD_AGREES);
    compares("first_name=Paul|birth_date=1950-03-04", "first_name=Paul|birth_date=1950-04-03", RV_GUARD_AGREES);
    compares("first_name=Paul|last_name=Martin", "first_name=Martin|last_name=Paul", RV_GUARD_AGREES);
    compares("last_name=Martin", "last_name=Martin", RV_GUARD_SILENT);
}

Test(person, a_typing_error_in_a_frequent_domain_meets_by_the_folded_key_alone) {
    cr_expect(meet("email=jane.doe@gmail.com", "email=jane.doe@gmial.com", RV_KEY_EMAIL_FOLDED));
    cr_expect(meet("email=jane.doe@gmial.com", "email=jane.doe@gmail.com", RV_KEY_EMAIL_FOLDED));
    cr_expect(meet("email=jane@orange.fr", "email=Jane@orange.f", RV_KEY_EMAIL_FOLDED));
    cr_expect(meet("email=jane@orange.f", "email=jane@orange.fr", RV_KEY_EMAIL_FOLDED));
    cr_expect(meet("email=jane@gmial.com", "email=jane@gmial.com", RV_KEY_EMAIL));
    cr_expect(meet("email=jane@orange,fr", "email=jane@orange.fr", RV_KEY_EMAIL_FOLDED));
    cr_expect(meet("email=jane@orange.fr", "email=Jane@orange;fr", RV_KEY_EMAIL_FOLDED));
    cr_expect(meet("email=jane@gmial,com", "email=jane@gmail.com", RV_KEY_EMAIL_FOLDED));
    cr_expect_not(meet("email=jane@orange,fr", "email=jane@orange,fr", RV_KEY_EMAIL));
    cr_expect_not(meet("email=jane@orange.fr,dupont", "email=jane@orange.fr.dupont", RV_KEY_EMAIL_FOLDED));
    cr_expect_not(meet("email=jane@mail,orange,fr", "email=jane@mail.orange.fr", RV_KEY_EMAIL_FOLDED));
    cr_expect_not(meet("email=jane@mail.com", "email=jane@gmail.com", RV_KEY_EMAIL_FOLDED));
    cr_expect_not(meet("email=info@orange.fr", "email=info@orange.f", RV_KEY_EMAIL_FOLDED));
    table t;
    rv_person person = person_of(&t, "email=jane@orange.f");
    cr_expect_eq(person.email.len, 0);
    is_text(person.email_folded, "jane@orange.fr");
    rv_arena_free(&t.arena);
}
