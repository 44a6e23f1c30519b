/* Names and values are compared in canonical capitals, names without blanks: "opt_out" and "OptOut" fall together. */
#include "consent.h"

#include "letters.h"

/* Fewer than a client file's header may be called (role_guess.c): an attribute "newsletter" is also what somebody reads. */
static const char by_name[] = "CONSENT CONSENTEMENT OPTIN OPTINEMAIL OPTINSMS OPTINMAIL OPTOUT";

rv_consent_kind rv_consent_of(const rv_attribute *attribute) {
    char capitals[256];
    size_t n = rv_letters(rv_text_of(attribute->name), 0, capitals, sizeof capitals - 1), joined = 0;
    for (size_t i = 0; i < n; i++)
        if (capitals[i] != ' ') capitals[joined++] = capitals[i];
    capitals[joined] = 0;
    if (!attribute->consent && !rv_word_in(rv_text_make(capitals, joined), by_name)) return RV_NO_CONSENT;
    static const char *const refusals[] = {"OPTOUT",    "OPTEDOUT",  "UNSUB",     "DESINSCRI",
                                           "BLOCKLIST", "BLACKLIST", "DONOTCALL", "NEPASAPPEL"};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strstr(capitals, refusals[i])) return RV_OPT_OUT;
    return RV_OPT_IN;
}

bool rv_consent_is_refused(rv_consent_kind kind, rv_text value) {
    char capitals[64];
    size_t n = rv_letters(value, 0, capitals, sizeof capitals);
    if (n == 0 || kind == RV_NO_CONSENT) return false;
    rv_text word = rv_text_make(capitals, n);
    if (rv_word_in(word, "OPTOUT REFUS REFUSE REFUSED DENIED WITHDRAWN RETIRE STOP")) return true;
    return rv_word_in(word, kind == RV_OPT_OUT ? "OUI O YES Y 1 TRUE VRAI T V" : "NON N NO 0 FALSE FAUX F");
}
