/* The catalogue: both languages take the same arguments, no text stands twice, every code is explained. */
#include "error.h"
#include "messages.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

/* The conversions of a format, one after the other: "%s%llu". */
static void conversions(const char *format, char *out, size_t cap) {
    size_t n = 0;
    for (const char *at = format; *at; at++) {
        if (*at != '%') continue;
        if (at[1] == '%') {
            at++;
            continue;
        }
        size_t len = 1 + strspn(at + 1, "0123456789.*-+ #lzhj");
        if (!at[len] || !strchr("dusfgxc", at[len])) continue; /* a share in a text without arguments: "2 % of it" */
        cr_assert(n + len + 2 < cap);
        memcpy(out + n, at, len + 1);
        n += len + 1;
        at += len;
    }
    out[n] = 0;
}

Test(messages, both_languages_take_the_same_arguments) {
    for (const rv_message *m = rv_messages; m->english; m++) {
        char english[256], french[256];
        conversions(m->english, english, sizeof english);
        conversions(m->french, french, sizeof french);
        cr_expect_str_eq(english, french, "%s", m->english);
        cr_expect_neq(m->french[0], 0, "%s", m->english);
    }
}

Test(messages, no_text_stands_twice) {
    for (const rv_message *m = rv_messages; m->english; m++)
        for (const rv_message *n = m + 1; n->english; n++) cr_expect_str_neq(m->english, n->english);
}

Test(messages, every_code_is_explained_in_both_languages_and_in_order) {
    for (const rv_message *m = rv_messages; m->english; m++) {
        if (!m->code) continue;
        const rv_error_kind *k = rv_error_kinds();
        while (k->code && k->code != m->code) k++;
        cr_expect(k->code != 0, "E%04u of '%s'", m->code, m->english);
    }
    unsigned last = 0;
    for (const rv_error_kind *k = rv_error_kinds(); k->code; k++) {
        cr_expect(k->code > last);
        last = k->code;
        for (int language = RV_ENGLISH; language <= RV_FRENCH; language++)
            cr_expect(k->title[language][0] && k->cause[language][0] && k->mending[language][0], "E%04u", k->code);
        cr_expect_str_neq(k->cause[RV_ENGLISH], k->cause[RV_FRENCH]);
    }
}

Test(messages, an_error_has_both_languages_and_its_code) {
    rv_error err;
    rv_fail(&err, RV_BAD_ARGUMENT, "unknown key '%s'", "colour");
    cr_expect_str_eq(err.message, "unknown key 'colour'");
    cr_expect_str_eq(err.french, "clé inconnue : « colour »");
    cr_expect_eq(err.code, 202);
    rv_error_hint(&err, "did you mean '%s'?", "color");
    cr_expect_str_eq(err.hint, "did you mean 'color'?");
    cr_expect_str_eq(err.french_hint, "vouliez-vous dire « color » ?");
}

Test(messages, an_unknown_text_is_told_as_it_is) {
    rv_error err;
    rv_fail(&err, RV_FAILED, "nobody wrote this down: %d", 7);
    cr_expect_str_eq(err.message, "nobody wrote this down: 7");
    cr_expect_str_eq(err.french, err.message);
    cr_expect_eq(err.code, 0);
    cr_expect_str_eq(rv_translate("what?", RV_FRENCH, NULL), "what?");
}

Test(messages, the_systems_reason_follows_in_both_languages) {
    rv_error err;
    errno = ENOENT;
    rv_fail_errno(&err, RV_BAD_INPUT, "f.csv", "can't open the file");
    cr_expect_str_eq(err.message, "can't open the file: No such file or directory");
    cr_expect_str_eq(err.french, "le fichier ne s'ouvre pas : il n'y a pas de fichier ni de dossier de ce nom");
    cr_expect_eq(err.code, 301);
    errno = ENOSPC;
    cr_expect_eq(rv_fail_errno(&err, RV_FAILED, "f.csv", "writing failed"), RV_NO_SPACE);
    cr_expect_eq(err.code, 304);
}

Test(messages, what_is_added_is_cut_not_overrun) {
    rv_error err;
    char text[sizeof err.message * 2];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    rv_fail_text(&err, RV_FAILED, text);
    rv_error_add(&err, "; %llu of %llu blocks are damaged", 1ull, 2ull);
    cr_expect_eq(strlen(err.message), sizeof err.message - 1);
    cr_expect_eq(strlen(err.french), sizeof err.french - 1);
    rv_fail(&err, RV_CORRUPT, "unknown key '%s'", "a");
    rv_error_add(&err, " and %d", 3);
    cr_expect_str_eq(err.message, "unknown key 'a' and 3");
    rv_error_add(NULL, " and %d", 4);
}

Test(messages, lines_for_people_are_in_the_language_of_their_buffer) {
    for (rv_language language = RV_ENGLISH; language <= RV_FRENCH; language++) {
        rv_buffer text = {.language = (uint8_t)language};
        rv_tell(&text, "  %llu links\n", 12ull);
        rv_tell(&text, "no catalogue has %s", "this");
        rv_tell_padded(&text, "matched", 12); /* an accent is one character */
        rv_tell_padded(&text, "methods:", 3);
        char *told = rv_buffer_take(&text, NULL);
        cr_expect_str_eq(told, language == RV_ENGLISH ? "  12 links\nno catalogue has thismatched     methods:"
                                                      : "  12 liens\nno catalogue has thisrapprochés  méthodes :");
        rv_free(told);
    }
}
