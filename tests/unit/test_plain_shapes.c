/* The short ways of reading against the long ones: whatever a short way takes, the long way reads the same. */
#include "birth.h"
#include "email.h"
#include "letters.h"
#include "name.h"
#include "person.h"
#include "phone.h"
#include "random.h"
#include "vocabulary.h"
#include <criterion/criterion.h>
#include <stdio.h>

enum { SEED = 20261122, ROUNDS = 60000 };

/* Up to `most` bytes, mostly from `usual`, in memory of exactly that size. */
static rv_text random_text(rv_random *random, const char *usual, uint32_t most) {
    static const char odd[] = "@.-+_ '(),;/\t0129XzZ[`{@!\"\xc3\xa9\x80\xff";
    uint32_t n = rv_random_below(random, most + 1), oddness = rv_random_below(random, 12);
    char *text = malloc(n ? n : 1);
    for (uint32_t i = 0; i < n; i++) {
        bool is_odd = rv_random_below(random, 12) > oddness / 3 + 9;
        text[i] = is_odd ? odd[rv_random_below(random, sizeof odd - 1)]
                         : usual[rv_random_below(random, (uint32_t)strlen(usual))];
    }
    return rv_text_make(text, n);
}

static void done(rv_text text) { free((char *)(uintptr_t)text.ptr); }

/* A buffer that is too small for the short way makes rv_letters take the long one. */
Test(plain_shapes, letters) {
    rv_random random;
    rv_random_init(&random, SEED, 1);
    unsigned taken = 0;
    for (int round = 0; round < ROUNDS; round++) {
        rv_text text = random_text(&random, round % 3 ? "abcxyzABCXYZ019 -" : "ab \xc3\xa9\xc3\x89\xc5\x81", 70);
        char keep = round % 2 ? ',' : 0, plain[RV_PLAIN_MAX], out[RV_PLAIN_MAX - 1], whole[RV_LETTERS_MAX];
        rv_plain shape;
        size_t n = rv_letters(text, keep, out, sizeof out), all = rv_letters(text, keep, whole, sizeof whole);
        if (text.len < sizeof out && all < sizeof out)
            cr_assert(n == all && memcmp(out, whole, n) == 0, "%.*s", (int)text.len, text.ptr);
        size_t plain_len = rv_letters_plain(text, keep, plain, &shape);
        if (plain_len) {
            taken++;
            cr_assert(all == plain_len && memcmp(plain, whole, all) == 0, "%.*s", (int)text.len, text.ptr);
            for (size_t i = 0; i < RV_PLAIN_MAX; i++) {
                cr_assert_eq(shape.blanks >> i & 1, i < all && whole[i] == ' ');
                cr_assert_eq(shape.digits >> i & 1, i < all && rv_is_digit(whole[i]));
            }
        }
        done(text);
    }
    cr_expect_gt(taken, ROUNDS / 50);
}

Test(plain_shapes, both_sides_of_the_longest_plain_value) {
    char text[RV_PLAIN_MAX + 1], out[RV_PLAIN_MAX];
    rv_plain shape;
    memset(text, 'q', sizeof text);
    cr_expect(rv_letters_plain(rv_text_make(text, RV_PLAIN_MAX), 0, out, &shape));
    cr_expect_eq(shape.blanks | shape.digits, 0);
    cr_expect_not(rv_letters_plain(rv_text_make(text, RV_PLAIN_MAX + 1), 0, out, &shape));
    cr_expect_not(rv_letters_plain(rv_text_make(text, 0), 0, out, &shape));
}

/* An address in lists' brackets is read the long way, and is the same one. */
Test(plain_shapes, emails) {
    rv_random random;
    rv_random_init(&random, SEED, 2);
    unsigned taken = 0, folds = 0;
    static const char *const domains[] = {"", "@gmail.com", "@GoogleMail.com", "@free.fr", "@a-b.c9", "@x.y.zz"};
    for (int round = 0; round < ROUNDS; round++) {
        rv_text local = random_text(&random, "abcxyzABC019._-+", 66);
        char value[100], wrapped[104], room[2 * RV_EMAIL_PLAIN];
        int n = snprintf(value, sizeof value, "%.*s%s", (int)local.len, local.ptr,
                         domains[rv_random_below(&random, sizeof domains / sizeof *domains)]);
        rv_text text = rv_text_make(value, strlen(value)), strict, folded;
        rv_email email;
        (void)n;
        snprintf(wrapped, sizeof wrapped, "<%s>", value);
        const char *reason = rv_email_read(rv_text_of(wrapped), &email);
        if (rv_email_read_plain(text, room, &strict, &folded)) {
            taken++;
            cr_assert_null(reason, "%s: %s", value, reason);
            cr_assert(rv_text_equal(strict, rv_text_make(email.strict, email.strict_len)), "%s", value);
            cr_assert(rv_text_equal(folded, rv_text_make(email.folded, email.folded_len)), "%s", value);
            cr_assert_eq(folded.ptr == strict.ptr, rv_text_equal(folded, strict), "%s", value);
            folds += folded.ptr != strict.ptr;
        } else if (!reason && text.len <= RV_EMAIL_PLAIN) {
            cr_assert(strpbrk(value, "!#$%&'*/=?^`{|}~ \t;,<>:\xc2"), "'%s' is as plain as can be", value);
        }
        done(local);
    }
    cr_expect_gt(taken, ROUNDS / 50);
    cr_expect_gt(folds, ROUNDS / 500);
}

Test(plain_shapes, shared_mailboxes) {
    static const char *const shared[] = {"info@x.fr",
                                         "in.fo@x.fr",
                                         "contact2@x.fr",
                                         "na99@x.fr",
                                         "no_reply+me@x.fr",
                                         "service-clients12@x.fr",
                                         "administrateur.1@x.fr",
                                         "0@x.fr",
                                         "-@x.fr",
                                         "aze@aze.fr",
                                         "info000000000000000000000000000@x.fr"};
    static const char *const persons[] = {"infos2a@x.fr",   "contactez@x.fr", "1234@x.fr",
                                          "abcde@abcde.fr", "ad@x.fr",        "servicesclients@x.fr",
                                          "aze@azer.fr",    "in+fo@x.fr",     "info0000000000000000000000000000@x.fr"};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        cr_expect(rv_email_is_shared(rv_text_of(shared[i])), "%s", shared[i]);
    for (size_t i = 0; i < sizeof persons / sizeof *persons; i++)
        cr_expect_not(rv_email_is_shared(rv_text_of(persons[i])), "%s", persons[i]);
}

/* Each function's name, and the same with its second letter changed to one that no function has there. */
Test(plain_shapes, every_function_is_a_shared_mailbox) {
    static char functions[] =
        "na nc rh xx aaa dpo sav xxx help info mail none null rgpd root team test abuse admin email hello infos refus "
        "sales vente azerty bureau client compta equipe mairie nomail office ventes accueil adresse anonyme billing "
        "bonjour clients contact example exemple inconnu noemail noreply privacy support commande contacts helpdesk "
        "pasdemel sansmail anonymous commandes direction marketing pasdemail reception sansemail webmaster commercial "
        "donotreply hostmaster newsletter noresponse postmaster facturation information recrutement secretariat "
        "comptabilite informations mailerdaemon administrator nepasrepondre serviceclient administrateur "
        "administration serviceclients";
    for (char *name = strtok(functions, " "); name; name = strtok(NULL, " ")) {
        char value[40];
        snprintf(value, sizeof value, "%s@x.fr", name);
        cr_expect(rv_email_is_shared(rv_text_of(value)), "%s", value);
        snprintf(value, sizeof value, "%.1s.%s12@x.fr", name, name + 1);
        cr_expect(rv_email_is_shared(rv_text_of(value)), "%s", value);
        snprintf(value, sizeof value, "%.1sk%s@x.fr", name, name + 2);
        cr_expect_not(rv_email_is_shared(rv_text_of(value)), "%s", value);
    }
}

/* Names of any three letters and more, with and without marks, against the lists looked through one by one. */
Test(plain_shapes, beginnings_of_functions_hide_no_function) {
    static const char *const functions[] = {"na", "nc", "rh", "xx", "aaa", "dpo", "info", "rgpd", "admin", "accueil", "serviceclients"};
    char value[40];
    for (int i = 0; i < 26 * 26 * 26; i++) {
        char three[4] = {(char)('a' + i / 676), (char)('a' + i / 26 % 26), (char)('a' + i % 26), 0};
        for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
            snprintf(value, sizeof value, "%s%s@x.fr", three, functions[f] + (strlen(functions[f]) > 3 ? 3 : 0));
            bool shared = rv_email_is_shared(rv_text_of(value));
            snprintf(value, sizeof value, "-%s%s@x.fr", three, functions[f] + (strlen(functions[f]) > 3 ? 3 : 0));
            cr_assert_eq(shared, rv_email_is_shared(rv_text_of(value)), "a mark in front makes it be looked at in full: %s", value);
        }
    }
}

static rv_text mend_one_by_one(rv_text value, char room[RV_EMAIL_MAX]) {
    const char *at = memchr(value.ptr, '@', value.len);
    size_t n_right, local = (size_t)(at - value.ptr) + 1;
    const char *const(*typos)[2] = rv_email_typos(&n_right);
    char domain[16];
    for (size_t i = local; i < value.len; i++) domain[i - local] = (char)(value.ptr[i] | (value.ptr[i] >= 'A' && value.ptr[i] <= 'Z' ? 0x20 : 0));
    rv_text written = rv_text_make(domain, value.len - local);
    for (size_t i = 0; i < n_right; i++)
        if (rv_text_is(written, typos[i][0])) return (rv_text){0};
    for (size_t i = 0; i < n_right; i++) {
        if (!rv_word_in(written, typos[i][1])) continue;
        memcpy(room, value.ptr, local);
        strcpy(room + local, typos[i][0]);
        return rv_text_make(room, local + strlen(typos[i][0]));
    }
    return (rv_text){0};
}

/* Each domain of the lists, as it stands and with a letter changed or in capitals. */
Test(plain_shapes, wrong_domains_are_mended_as_their_lists_say) {
    rv_random random;
    rv_random_init(&random, SEED, 8);
    size_t n_right, mended = 0, all = 0;
    const char *const(*typos)[2] = rv_email_typos(&n_right);
    for (size_t i = 0; i < n_right; i++) {
        char list[600];
        snprintf(list, sizeof list, "%s %s", typos[i][0], typos[i][1]);
        for (char *domain = strtok(list, " "); domain; domain = strtok(NULL, " "))
            for (int change = 0; change < 30; change++) {
                char value[40], room[RV_EMAIL_MAX], expected_room[RV_EMAIL_MAX];
                snprintf(value, sizeof value, "a.b@%s", domain);
                char *c = value + 4 + rv_random_below(&random, (uint32_t)strlen(domain));
                if (change > 1 && *c != '.') *c = (char)("aeGfrMh"[rv_random_below(&random, 7)]);
                rv_text found = rv_email_mend(rv_text_of(value), room), expected = mend_one_by_one(rv_text_of(value), expected_room);
                cr_assert(rv_text_equal(found, expected), "%s", value);
                mended += found.len > 0;
                all++;
            }
    }
    cr_expect(mended > all / 20 && mended < all / 2, "%zu of %zu", mended, all);
}

Test(plain_shapes, what_nobody_reads_is_told_from_what_a_small_firm_reads) {
    static const char *const dead[] = {"noreply@x.fr", "no-reply2@x.fr", "test@test.fr", "aze@aze.fr", "0@x.fr",
                                       "mailer-daemon@x.fr", "ne_pas_repondre@x.fr", "sans.mail@x.fr", "noreply+me@x.fr"};
    static const char *const read[] = {"info@x.fr", "contact@x.fr", "rh@x.fr", "commercial@x.fr", "direction@x.fr",
                                       "marie@x.fr", "", "null"};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++) cr_expect(rv_email_is_dead(rv_text_of(dead[i])), "%s", dead[i]);
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        cr_expect_not(rv_email_is_dead(rv_text_of(read[i])), "%s", read[i]);
}

Test(plain_shapes, civilities_as_files_write_them) {
    static const char *const usual[] = {"M.", "Mme", "M",  "MME",    "Mr",       "Mlle",
                                        "MR", "MLLE", "Madame", "Monsieur", "m.",  "Dr"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        char wrapped[16];
        const char *at_once = NULL, *long_way = NULL;
        snprintf(wrapped, sizeof wrapped, " %s", usual[i]);
        cr_expect_eq(rv_civility_read(rv_text_of(usual[i]), &at_once),
                     rv_civility_read(rv_text_of(wrapped), &long_way), "%s", usual[i]);
        cr_assert_not_null(at_once, "%s", usual[i]);
        cr_assert_not_null(long_way, "%s", usual[i]);
        cr_expect_str_eq(at_once, long_way, "%s", usual[i]);
    }
}

/* A tab in front is read the long way. */
Test(plain_shapes, phones) {
    rv_random random;
    rv_random_init(&random, SEED, 3);
    unsigned good = 0;
    for (int round = 0; round < ROUNDS; round++) {
        static const char *const heads[] = {"0", "+33", "", "06", "0033", "+336", "+330"};
        char value[40], wrapped[44], usual[8];
        snprintf(usual, sizeof usual, "%s", round % 3 ? "0123456" : round % 2 ? "12" : "10");
        rv_text tail = random_text(&random, usual, 16);
        for (uint32_t i = 1; i < tail.len; i++) /* separators here and there */
            if (rv_random_below(&random, 9) == 0) ((char *)(uintptr_t)tail.ptr)[i] = ". -"[rv_random_below(&random, 3)];
        snprintf(value, sizeof value, "%s%.*s", heads[rv_random_below(&random, 7)], (int)tail.len, tail.ptr);
        snprintf(wrapped, sizeof wrapped, "\t%s", value);
        rv_phone plain = {0}, long_way = {0};
        const char *a = rv_phone_read(rv_text_of(value), "FR", &plain);
        const char *b = rv_phone_read(rv_text_of(wrapped), "FR", &long_way);
        cr_assert(a == b || (a && b && strcmp(a, b) == 0), "'%s': %s, %s", value, a, b);
        if (!a) {
            cr_assert_str_eq(plain.e164, long_way.e164, "%s", value);
            cr_assert_str_eq(plain.country, long_way.country);
            cr_assert(plain.kind == long_way.kind && plain.len == long_way.len);
            good++;
        }
        done(tail);
    }
    cr_expect_gt(good, ROUNDS / 50);
}

/* By the byte, as phone.c says what a stop value is. */
static bool is_stop(const char *digits) {
    bool same = true, pairs = true;
    for (int i = 1; i < 9; i++) same &= digits[i] == digits[1];
    for (int i = 1; i < 9; i++) pairs &= digits[i] == (i % 2 ? '0' : digits[0]);
    return same || pairs || strcmp(digits, "123456789") == 0 || strcmp(digits, "102030405") == 0 ||
           strcmp(digits, "987654321") == 0;
}

Test(plain_shapes, numbers_typed_to_get_past_a_form) {
    static const char *const stops[] = {"600000000", "611111111", "606060606", "123456789", "102030405", "987654321"};
    rv_random random;
    rv_random_init(&random, SEED, 9);
    unsigned found = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char digits[10], value[11];
        strcpy(digits, stops[rv_random_below(&random, 6)]);
        for (unsigned change = rv_random_below(&random, 3); change > 0; change--)
            digits[rv_random_below(&random, 9)] = (char)('0' + rv_random_below(&random, 10));
        if (digits[0] == '0') continue;
        snprintf(value, sizeof value, "0%s", digits);
        rv_phone phone;
        const char *reason = rv_phone_read(rv_text_of(value), "FR", &phone);
        cr_assert_eq(reason && strcmp(reason, "stop_value") == 0, is_stop(digits), "%s: %s", value, reason);
        found += is_stop(digits);
    }
    cr_expect(found > ROUNDS / 4 && found < ROUNDS / 4 * 3, "%u", found);
}

/* A blank in front is read the long way. */
Test(plain_shapes, birth_dates) {
    rv_random random;
    rv_random_init(&random, SEED, 4);
    static const char *const forms[] = {"%04u-%02u-%02u", "%3$02u/%2$02u/%1$04u", "%3$02u.%2$02u.%1$04u",
                                        "%2$02u/%3$02u/%1$04u", "%3$02u-%2$02u-%1$04u"};
    for (int round = 0; round < ROUNDS; round++) {
        char value[24], wrapped[32];
        unsigned year = 1895 + rv_random_below(&random, 140), month = rv_random_below(&random, 14);
        snprintf(value, sizeof value, forms[round % 5], year, month, rv_random_below(&random, 33));
        if (round % 50 == 0) value[rv_random_below(&random, 10)] = "x/-.5"[rv_random_below(&random, 5)];
        snprintf(wrapped, sizeof wrapped, " %s", value);
        rv_date_order order = (rv_date_order)rv_random_below(&random, 4);
        rv_birth a = {.date = 7}, b = {.date = 7};
        const char *x = rv_birth_read(rv_text_of(value), order, &a), *y = rv_birth_read(rv_text_of(wrapped), order, &b);
        cr_assert_eq(!x, !y, "%s: %s, %s", value, x, y);
        cr_assert(a.date == b.date && a.weak == b.weak && a.year_only == b.year_only, "%s", value);
    }
}

/* Blanks around are read the long way. */
Test(plain_shapes, names) {
    rv_random random;
    rv_random_init(&random, SEED, 5);
    size_t n_words, kept = 0;
    const rv_word *words = rv_word_table(&n_words);
    for (int round = 0; round < ROUNDS; round++) {
        char value[80] = "", wrapped[90];
        for (unsigned left = 1 + rv_random_below(&random, 3); left--;) {
            rv_text part = random_text(&random, "abcdABCDeeX", 9);
            bool known = rv_random_below(&random, 4) == 0;
            size_t at = strlen(value);
            snprintf(value + at, sizeof value - at, "%.*s%s", known ? RV_WORD_MAX : (int)part.len,
                     known ? words[rv_random_below(&random, (uint32_t)n_words)].word : part.ptr,
                     left ? &"\0 \0-\0'\0(\0,"[1 + 2 * rv_random_below(&random, 5)] : "");
            done(part);
        }
        snprintf(wrapped, sizeof wrapped, " %s ", value);
        rv_name a, b;
        rv_name_init(&a);
        rv_name_init(&b);
        rv_name_read_last(rv_text_of(value), &a);
        rv_name_read_last(rv_text_of(wrapped), &b);
        rv_name_read_first(rv_text_of(value), &a);
        rv_name_read_first(rv_text_of(wrapped), &b);
        kept += a.last_len > 0;
        cr_assert(a.last_len == b.last_len && memcmp(a.last, b.last, a.last_len) == 0, "'%s'", value);
        cr_assert(a.first_len == b.first_len && memcmp(a.first, b.first, a.first_len) == 0, "'%s'", value);
        cr_assert(a.birth_name_len == b.birth_name_len && memcmp(a.birth_name, b.birth_name, a.birth_name_len) == 0);
        cr_assert_eq(a.sex, b.sex, "'%s'", value);
        cr_assert_str_eq(a.civility, b.civility);
        const char *civility_a, *civility_b;
        cr_assert_eq(rv_civility_read(rv_text_of(value), &civility_a),
                     rv_civility_read(rv_text_of(wrapped), &civility_b));
        cr_assert_str_eq(civility_a, civility_b, "'%s'", value);
    }
    cr_expect_gt(kept, ROUNDS / 4);
}

/* What address_street.c and street_words.c look at before they ask. */
Test(plain_shapes, words_that_repeat_a_number_begin_with_three_letters_only) {
    size_t n;
    const rv_word *table = rv_word_table(&n);
    for (size_t i = 0; i < n; i++)
        if (table[i].classes & RV_WORD_REPEAT)
            cr_expect(strlen(table[i].word) >= 3 && strchr("BTQ", table[i].word[0]), "%s", table[i].word);
}

Test(plain_shapes, no_word_for_nothing_begins_with_a_digit_but_nought) {
    size_t n;
    const rv_word *words = rv_word_table(&n);
    for (size_t i = 0; i < n; i++)
        if (words[i].classes & RV_WORD_NOTHING) cr_expect_not(words[i].word[0] >= '1' && words[i].word[0] <= '9');
}

/* Parts asked for one by one, in any order, make the person that is read at once. */
Test(person, parts_in_any_order_make_the_whole) {
    enum { COLUMNS = 12 };
    static const rv_role used[COLUMNS] = {RV_ROLE_CIVILITY,   RV_ROLE_FIRST_NAME,   RV_ROLE_LAST_NAME,
                                          RV_ROLE_EMAIL,      RV_ROLE_MOBILE,       RV_ROLE_PHONE,
                                          RV_ROLE_BIRTH_DATE, RV_ROLE_ADDRESS_LINE, RV_ROLE_POSTCODE,
                                          RV_ROLE_CITY,       RV_ROLE_IDENTIFIER,   RV_ROLE_EMAIL_MD5};
    static const char *const choices[COLUMNS][4] = {
        {"Mme", "M.", "", "x"},
        {"Marie", "JEAN-PIERRE", "", "J"},
        {"de la Tour", "DUPONT née Martin", "", "Le Bris"},
        {"A.b+c@gmail.com", "a.b@free.fr", "", "no"},
        {"0612345678", "+33142424242", "", "555 01 23"},
        {"01 42 42 42 43", "06 12 34 56 78", "", "0"},
        {"1973-12-29", "1973", "", "01/01/1980"},
        {"12 rue de la Paix 75002 PARIS", "3 av. du Gal Leclerc", "", "BP 3"},
        {"75001", "1300", "", "00000"},
        {"PARIS", "St-Malo", "", "nc"},
        {"A 12", "nc", "", "7"},
        {"d41d8cd98f00b204e9800998ecf8427e", "zz", "", "0"}};
    rv_role roles[COLUMNS];
    rv_table_roles table = {.columns = COLUMNS, .roles = roles};
    for (int r = 0; r < RV_ROLE_COUNT; r++) table.of[r] = -1;
    for (int c = 0; c < COLUMNS; c++) table.of[roles[c] = used[c]] = c;
    rv_person_reader reader = {.roles = &table};
    rv_arena arena = {0};
    rv_random random;
    rv_random_init(&random, SEED, 6);
    for (int round = 0; round < 4000; round++) {
        rv_text cells[COLUMNS];
        for (int c = 0; c < COLUMNS; c++) cells[c] = rv_text_of(choices[c][rv_random_below(&random, 4)]);
        rv_batch batch = {.rows = 1, .columns = COLUMNS, .cells = cells};
        rv_person whole, made;
        rv_guard guard_whole, guard_made;
        rv_person_init(&made);
        cr_assert(rv_person_read(&reader, &batch, 0, &arena, &whole));
        while (made.parts != RV_PERSON_ALL) {
            uint32_t parts = (uint32_t)rv_random_next(&random) & RV_PERSON_ALL;
            cr_assert(rv_person_read_parts(&reader, &batch, 0, parts, &arena, &made));
            cr_assert_eq(made.parts & parts, parts);
            if (made.parts & RV_PERSON_POSTCODE) cr_assert(rv_text_equal(made.postcode, whole.postcode));
        }
        rv_guard_of(&whole, &guard_whole);
        rv_guard_of(&made, &guard_made);
        cr_assert_eq(memcmp(&guard_whole, &guard_made, sizeof guard_made), 0);
        cr_assert(rv_text_equal(whole.email, made.email) && rv_text_equal(whole.email_folded, made.email_folded));
        cr_assert(rv_text_equal(whole.mobile, made.mobile) && rv_text_equal(whole.phone, made.phone));
        cr_assert(rv_text_equal(whole.street, made.street) && rv_text_equal(whole.city, made.city));
        cr_assert(rv_text_equal(whole.extra, made.extra) && rv_text_equal(whole.identifier, made.identifier));
        cr_assert_eq(!whole.hashes, !made.hashes);
        rv_arena_reset(&arena);
    }
    rv_arena_free(&arena);
}
