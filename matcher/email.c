/*
 * What is accepted is what mail providers hand out: ASCII, a name of letters, digits and the marks of RFC 5322's
 * "atext" with single dots inside, and a domain of at least two labels. Quoted names and addresses of machines
 * ([192.0.2.1]) are legal and are nobody's customer's.
 */
#include "email.h"

#include "letters.h"

static bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static bool good_local(const char *s, size_t n) {
    if (n == 0 || n > 64 || s[0] == '.' || s[n - 1] == '.') return false;
    for (size_t i = 0; i < n; i++) {
        if (is_alnum(s[i])) continue;
        if (s[i] == 0 || !strchr(".!#$%&'*+-/=?^_`{|}~", s[i])) return false;
        if (s[i] == '.' && s[i + 1] == '.') return false;
    }
    return true;
}

static bool good_domain(const char *s, size_t n) {
    size_t label = 0, labels = 0;
    if (n > 253) return false;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && (is_alnum(s[i]) || s[i] == '-')) {
            label++;
            continue;
        }
        if (i < n && s[i] != '.') return false;
        if (label == 0 || label > 63 || s[i - label] == '-' || s[i - 1] == '-') return false;
        labels++;
        if (i < n) label = 0;
    }
    if (labels < 2 || label < 2) return false;
    for (size_t i = n - label; i < n; i++) /* a top level domain has a letter: 192.168.1.10 hasn't */
        if (s[i] >= 'a' && s[i] <= 'z') return true;
    return false;
}

/* "mailto:a@b.fr", "<a@b.fr>", "Jean Dupont <a@b.fr>", and the semicolon that lists leave behind. */
static rv_text unwrap(rv_text value) {
    value = rv_text_trim(value);
    while (value.len && (value.ptr[value.len - 1] == ';' || value.ptr[value.len - 1] == ',')) value.len--;
    if (value.len && value.ptr[value.len - 1] == '>') {
        const char *open = memchr(value.ptr, '<', value.len);
        if (open) value = rv_text_make(open + 1, value.len - (size_t)(open - value.ptr) - 2);
    }
    if (value.len > 7 && rv_text_is_nocase(rv_text_make(value.ptr, 7), "mailto:"))
        value = rv_text_make(value.ptr + 7, value.len - 7);
    return rv_text_trim(value);
}

static bool is_gmail(const char *domain, size_t n) {
    return (n == 9 && memcmp(domain, "gmail.com", 9) == 0) || (n == 14 && memcmp(domain, "googlemail.com", 14) == 0);
}

static void fold(rv_email *email, size_t at) {
    const char *domain = email->strict + at + 1;
    size_t domain_len = email->strict_len - at - 1, n = 0;
    bool gmail = is_gmail(domain, domain_len);
    for (size_t i = 0; i < at; i++) {
        if (email->strict[i] == '+' && n > 0) break;
        if (gmail && email->strict[i] == '.') continue;
        email->folded[n++] = email->strict[i];
    }
    email->folded[n++] = '@';
    if (gmail) {
        domain = "gmail.com";
        domain_len = 9;
    }
    memcpy(email->folded + n, domain, domain_len);
    email->folded_len = (uint16_t)(n + domain_len);
}

const char *rv_email_read(rv_text value, rv_email *out) {
    value = unwrap(value);
    if (value.len == 0) return "empty";
    const char *at = memchr(value.ptr, '@', value.len);
    if (!at) return "no_at";
    if (value.len > RV_EMAIL_MAX) return "too_long";
    if (memchr(at + 1, '@', value.len - (size_t)(at - value.ptr) - 1)) return "several_at";
    rv_email email;
    for (uint32_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == ' ' || value.ptr[i] == '\t') return "blank_inside";
        email.strict[i] = lower(value.ptr[i]);
    }
    email.strict_len = (uint16_t)value.len;
    size_t local = (size_t)(at - value.ptr);
    if (!good_local(email.strict, local)) return "bad_local_part";
    if (!good_domain(email.strict + local + 1, value.len - local - 1)) return "bad_domain";
    fold(&email, local);
    memcpy(out->strict, email.strict, email.strict_len);
    memcpy(out->folded, email.folded, email.folded_len);
    out->strict_len = email.strict_len;
    out->folded_len = email.folded_len;
    return NULL;
}

/* Without the marks . - _ and digits at the end: "service-client", "contact2". */
static const char *const functions_by_letter[26] = {
    ['a' - 'a'] =
        "accueil admin administration administrateur administrator abuse anonyme anonymous aaa azerty adresse",
    ['b' - 'a'] = "billing bonjour bureau",
    ['c' - 'a'] = "contact contacts commercial commande commandes compta comptabilite client clients",
    ['d' - 'a'] = "donotreply direction dpo",
    ['e' - 'a'] = "equipe email example exemple",
    ['f' - 'a'] = "facturation",
    ['h' - 'a'] = "hostmaster helpdesk help hello",
    ['i' - 'a'] = "info infos information informations inconnu",
    ['m' - 'a'] = "mailerdaemon mairie marketing mail",
    ['n' - 'a'] = "noreply nepasrepondre noresponse newsletter none null na nc nomail noemail",
    ['o' - 'a'] = "office",
    ['p' - 'a'] = "postmaster privacy pasdemail pasdemel",
    ['r' - 'a'] = "reception root rh recrutement rgpd refus",
    ['s' - 'a'] = "support sales secretariat serviceclient serviceclients sav sansmail sansemail",
    ['t' - 'a'] = "team test",
    ['v' - 'a'] = "vente ventes",
    ['w' - 'a'] = "webmaster",
    ['x' - 'a'] = "xxx xx",
};

bool rv_email_is_shared(rv_text strict) {
    const char *at = strict.len ? memchr(strict.ptr, '@', strict.len) : NULL;
    if (!at) return false;
    char name[32];
    size_t n = 0;
    for (const char *p = strict.ptr; p < at; p++) {
        if (*p == '.' || *p == '-' || *p == '_') continue;
        if (*p == '+') break;
        if (n == sizeof name - 1) return false;
        name[n++] = *p;
    }
    while (n && name[n - 1] >= '0' && name[n - 1] <= '9') n--;
    if (n == 0) return at - strict.ptr <= 3; /* "0@...", "-@..." */
    const char *list = name[0] >= 'a' && name[0] <= 'z' ? functions_by_letter[name[0] - 'a'] : NULL;
    if (list && rv_word_in(rv_text_make(name, n), list)) return true;
    /* One word twice, as people type it into a form that insists: "aze@aze.fr". */
    size_t local = (size_t)(at - strict.ptr);
    return local <= 4 && strict.len > 2 * local + 1 && memcmp(at + 1, strict.ptr, local) == 0 && at[1 + local] == '.';
}
