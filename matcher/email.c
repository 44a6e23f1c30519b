/*
 * What is accepted is what mail providers hand out: ASCII, a name of letters, digits and the marks of RFC 5322's
 * "atext" with single dots inside, and a domain of at least two labels. Quoted names and addresses of machines
 * ([192.0.2.1]) are legal and are nobody's customer's.
 */
#include "email.h"

#include "bytes16.h"
#include "letters.h"
#include <pthread.h>
#include <stdatomic.h>

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
    while (value.len && strchr(";,.", value.ptr[value.len - 1])) value.len--;
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

/* "jean@orange.fr; marie@orange.fr": the first, as of several telephones. */
static rv_text first_of_several(rv_text value) {
    const char *at = memchr(value.ptr, '@', value.len), *end = value.ptr + value.len;
    if (!at || !memchr(at + 1, '@', (size_t)(end - at) - 1)) return value;
    const char *p = at + 1;
    while (p < end && !strchr(";,/| \t", *p)) p++;
    return p < end ? rv_text_make(value.ptr, (size_t)(p - value.ptr)) : value;
}

const char *rv_email_read(rv_text value, rv_email *out) {
    value = unwrap(first_of_several(value));
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

/* --- The plain shape --------------------------------------------------------------------------------------------- */

/* Bit i speaks of byte i. */
typedef struct shape {
    uint64_t at, dots, hyphens, marks, letters, digits, capitals; /* marks: _ and + */
    uint64_t plus;
} shape;

/* Lower case into `to`, and what stands where. */
static shape shape_of(rv_text value, char to[RV_EMAIL_PLAIN]) {
    shape s = {0};
    const __m128i small = _mm_set1_epi8(0x20);
    for (size_t i = 0, n = value.len; 16 * i < n; i++) {
        size_t at = rv_piece_at(i, n);
        __m128i v = rv_load_piece(value.ptr, at, n);
        __m128i capital = rv_in_range(v, 'A', 25), low = _mm_or_si128(v, _mm_and_si128(capital, small));
        rv_store_16(to + at, low);
        s.capitals |= rv_mask_16(capital) << at;
        s.letters |= rv_mask_16(rv_in_range(low, 'a', 25)) << at;
        s.digits |= rv_mask_16(rv_in_range(low, '0', 9)) << at;
        s.at |= rv_mask_equal(low, '@') << at;
        s.dots |= rv_mask_equal(low, '.') << at;
        s.hyphens |= rv_mask_equal(low, '-') << at;
        s.plus |= rv_mask_equal(low, '+') << at;
        s.marks |= rv_mask_equal(low, '_') << at;
    }
    s.marks |= s.plus;
    return s;
}

/* What good_local and good_domain say, for all bytes at once. */
static bool good_shape(const shape *s, unsigned n) {
    uint64_t all = ~(uint64_t)0 >> (64 - n), first_of_local = 1, last = (uint64_t)1 << (n - 1);
    if (!s->at || (s->at & (s->at - 1)) || (s->at & (first_of_local | last))) return false;
    if ((s->letters | s->digits | s->dots | s->hyphens | s->marks | s->at) != all) return false;
    uint64_t local = s->at - 1, domain = all & ~local & ~s->at;
    uint64_t edges = s->dots | s->at; /* a dot stands neither beside one nor beside the @ */
    if (s->dots & (edges << 1 | edges >> 1 | 1 | last)) return false;
    if (s->marks & domain) return false;
    uint64_t hyphens = s->hyphens & domain; /* nor a hyphen at a label's edge */
    if (hyphens & (edges << 1 | edges >> 1 | last)) return false;
    uint64_t dots = s->dots & domain;
    if (!dots) return false;
    unsigned behind = 64 - (unsigned)__builtin_clzll(dots); /* the last label's first byte */
    uint64_t label = all & ~(uint64_t)0 << behind;
    return (label & (label - 1)) && (label & s->letters);
}

static size_t fold_plain(const char *from, const shape *s, size_t n, char *to) {
    size_t at = (size_t)__builtin_ctzll(s->at), end = at, written = 0;
    bool gmail = is_gmail(from + at + 1, n - at - 1);
    uint64_t plus = s->plus & (s->at - 1) & ~(uint64_t)1; /* a name doesn't end before its first byte */
    uint64_t dots = gmail ? s->dots : 0;
    if (plus) end = (size_t)__builtin_ctzll(plus);
    for (size_t i = 0; i < end; i++) { /* no branch: where the dots are can't be foretold */
        to[written] = from[i];
        written += !(dots >> i & 1);
    }
    to[written++] = '@';
    const char *domain = gmail ? "gmail.com" : from + at + 1;
    size_t domain_len = gmail ? 9 : n - at - 1;
    memcpy(to + written, domain, domain_len);
    return written + domain_len;
}

bool rv_email_read_plain(rv_text value, char room[2 * RV_EMAIL_PLAIN], rv_text *strict, rv_text *folded) {
    size_t n = value.len;
    if (n == 0 || n > RV_EMAIL_PLAIN) return false;
    shape s = shape_of(value, room);
    if (!good_shape(&s, (unsigned)n)) return false;
    *strict = *folded = rv_text_make(s.capitals ? room : value.ptr, n);
    size_t at = (size_t)__builtin_ctzll(s.at);
    uint64_t local = s.at - 1; /* a Gmail name without a dot is folded already, unless it is at googlemail.com */
    bool may_fold = (s.plus & local) || ((value.ptr[at + 1] | 0x20) == 'g' &&
                                         ((s.dots & local) || (value.ptr[at + 2] | 0x20) == 'o'));
    if (!may_fold) return true;
    size_t folded_len = fold_plain(room, &s, n, room + RV_EMAIL_PLAIN);
    if (folded_len != n || memcmp(room, room + RV_EMAIL_PLAIN, n) != 0)
        *folded = rv_text_make(room + RV_EMAIL_PLAIN, folded_len);
    return true;
}

/* --- Shared mailboxes -------------------------------------------------------------------------------------------- */

/* Names of functions, by length, one behind the other; without the marks . - _ and digits at the end: "service-client",
 * "contact2". */
enum { LONGEST_FUNCTION = 14, LONGEST_SHARED = 31 };
static const char *const functions[LONGEST_FUNCTION + 1] = {
    [2] = "nancrhxx",
    [3] = "aaadposavxxx",
    [4] = "helpinfomailnonenullrgpdrootteamtest",
    [5] = "abuseadminemailhelloinfosrefussalesvente",
    [6] = "azertybureauclientcomptaequipemairienomailofficeventes",
    [7] = "accueiladresseanonymebillingbonjourclientscontactexampleexempleinconnunoemailnoreplyprivacysupport",
    [8] = "commandecontactshelpdeskpasdemelsansmail",
    [9] = "anonymouscommandesdirectionmarketingpasdemailreceptionsansemailwebmaster",
    [10] = "commercialdonotreplyhostmasternewsletternoresponsepostmaster",
    [11] = "facturationinformationrecrutementsecretariat",
    [12] = "comptabiliteinformationsmailerdaemon",
    [13] = "administratornepasrepondreserviceclient",
    [14] = "administrateuradministrationserviceclients",
};

static bool is_function(const char *name, size_t n) {
    const char *list = n <= LONGEST_FUNCTION ? functions[n] : NULL;
    for (; list && *list; list += n)
        if (list[0] == name[0] && memcmp(list, name, n) == 0) return true;
    return false;
}

/* One word twice, as people type it into a form that insists: "aze@aze.fr". */
static bool is_twice(rv_text strict, size_t local) {
    return local <= 4 && strict.len > 2 * local + 1 && memcmp(strict.ptr + local + 1, strict.ptr, local) == 0 &&
           strict.ptr[2 * local + 1] == '.';
}

/* Most names begin as no function does: bits of the second and of the third letters that stand behind a first one in none
 * of them; NO_LETTER of the second ones: no function begins with it. Nothing is said as long as they aren't made, at
 * the first name that is looked at in full. */
enum { LETTERS = 26, NO_LETTER = 31 };
static _Atomic uint32_t no_second[LETTERS], no_third[LETTERS];
static pthread_once_t beginnings_made = PTHREAD_ONCE_INIT;

static void make_beginnings(void) {
    uint32_t second[LETTERS] = {0}, third[LETTERS] = {0};
    for (size_t n = 2; n <= LONGEST_FUNCTION; n++)
        for (const char *name = functions[n]; name && *name; name += n) {
            second[name[0] - 'a'] |= 1u << (name[1] - 'a') | 1u << NO_LETTER;
            third[name[0] - 'a'] |= n > 2 ? 1u << (name[2] - 'a') | 1u << NO_LETTER : 1u << NO_LETTER;
        }
    for (int i = 0; i < LETTERS; i++) {
        atomic_store_explicit(&no_second[i], ~second[i], memory_order_relaxed);
        atomic_store_explicit(&no_third[i], ~third[i], memory_order_relaxed);
    }
}

static unsigned letter_of(char c) { return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') : NO_LETTER; }

/* Behind letters there is an @ at least. */
static bool begins_no_function(rv_text strict) {
    unsigned a = letter_of(strict.ptr[0]);
    if (a == NO_LETTER) return false;
    unsigned b = letter_of(strict.ptr[1]), c = b == NO_LETTER ? NO_LETTER : letter_of(strict.ptr[2]);
    return (atomic_load_explicit(&no_second[a], memory_order_relaxed) >> b |
            atomic_load_explicit(&no_third[a], memory_order_relaxed) >> c) & 1;
}

/* The name in front of `at` as the lists have it. false: longer than any of them. */
static bool plain_name(rv_text strict, const char *at, char name[LONGEST_FUNCTION + 1], size_t *len) {
    size_t n = 0, digits = 0, all = 0; /* digits: of the name's end */
    for (const char *p = strict.ptr; p < at && *p != '+'; p++) {
        if (*p == '.' || *p == '-' || *p == '_') continue;
        bool digit = rv_is_digit(*p);
        if (n > LONGEST_FUNCTION && !digit) return false;
        if (++all > LONGEST_SHARED) return false;
        if (n > LONGEST_FUNCTION) continue; /* digits, as before */
        digits = digit ? digits + 1 : 0;
        name[n++] = *p;
    }
    *len = n - digits;
    return true;
}

bool rv_email_is_shared(rv_text strict) {
    const char *at = strict.len ? memchr(strict.ptr, '@', strict.len) : NULL;
    if (!at) return false;
    if (begins_no_function(strict)) return is_twice(strict, (size_t)(at - strict.ptr));
    char name[LONGEST_FUNCTION + 1];
    size_t n, local = (size_t)(at - strict.ptr);
    if (!plain_name(strict, at, name, &n)) return false;
    pthread_once(&beginnings_made, make_beginnings);
    if (n == 0) return local <= 3; /* "0@...", "-@..." */
    return is_function(name, n) || is_twice(strict, local);
}

bool rv_email_is_dead(rv_text strict) {
    static const char dead[] = "na nc nan xx aaa xxx none null test azerty nomail anonyme inconnu example exemple noemail noreply "
                               "pasdemel sansmail anonymous pasdemail sansemail donotreply noresponse mailerdaemon nepasrepondre";
    char name[LONGEST_FUNCTION + 1];
    size_t n;
    if (!rv_email_is_shared(strict)) return false;
    const char *at = memchr(strict.ptr, '@', strict.len);
    if (is_twice(strict, (size_t)(at - strict.ptr)) || !plain_name(strict, at, name, &n)) return true;
    return n == 0 || rv_word_in(rv_text_make(name, n), dead);
}

/* --- Typing errors ----------------------------------------------------------------------------------------------- */

/* Right domain, then what people type for it and nobody receives mail at. */
static const char *const typos[][2] = {
    {"gmail.com",
     "gmial.com gamil.com gmai.com gmal.com gmil.com gnail.com gmaill.com gmail.co gmail.cm gmail.con gmail.cim "
     "gmail.comm gmail.fr gmail.om gmaul.com gmeil.com gimail.com ggmail.com gmqil.com gmail.vom gmail.c"},
    {"hotmail.fr",
     "hotmial.fr hotmal.fr hotmai.fr homail.fr hotamil.fr hotmil.fr hotmaill.fr hotmail.f hotmail.ft hormail.fr "
     "htmail.fr hotmeil.fr hotmqil.fr"},
    {"hotmail.com", "hotmial.com hotmal.com hotmai.com homail.com hotamil.com hotmil.com hotmaill.com hotmail.con "
                    "hotmail.co hotmail.cm hormail.com htmail.com hotmeil.com hotmail.c"},
    {"yahoo.fr", "yaho.fr yhoo.fr yahooo.fr yaoo.fr yahoo.f yahho.fr yahoo.ft yhaoo.fr"},
    {"yahoo.com", "yaho.com yhoo.com yahooo.com yaoo.com yahoo.con yahoo.co yhaoo.com"},
    {"orange.fr", "orange.f orang.fr ornage.fr oragne.fr ornge.fr oange.fr orangr.fr orange.ft orange.r orrange.fr"},
    {"wanadoo.fr", "wanadoo.f wanado.fr wandoo.fr wanadooo.fr wannadoo.fr wanadoo.ft wanaddo.fr wnaadoo.fr"},
    {"free.fr", "free.f freee.fr free.ft"},
    {"laposte.net", "laposte.ne lapost.net laposte.nt laoste.net lapsote.net laposte.nett"},
    {"sfr.fr", "sfr.f sfr.ft"},
    {"outlook.fr", "outlok.fr outloo.fr outllook.fr outlook.f outlook.ft"},
    {"outlook.com", "outlok.com outloo.com outllook.com outlook.con"},
    {"live.fr", "live.f live.ft"},
    {"icloud.com", "iclou.com icould.com icloud.co icloud.con"},
};

enum { LONGEST_TYPO = 12, N_RIGHT = sizeof typos / sizeof *typos, DOMAIN_SLOTS = 512, MOST_TYPOS = 32 };

/* All of them by a hash: right ones, which nearly all domains are, and wrong ones are told by one look. Made at first use. */
typedef struct domain {
    uint64_t head, tail; /* its bytes, zeros behind; head 0: the slot is free */
    uint8_t right;       /* of which right one it is an error, or N_RIGHT */
} domain;
static domain domains[DOMAIN_SLOTS];
static pthread_once_t domains_made = PTHREAD_ONCE_INIT;

/* The slot of a domain of 1 to LONGEST_TYPO bytes in small letters, or the free one where it would stand. */
static domain *slot_of(uint64_t head, uint64_t tail) {
    uint32_t at = (uint32_t)((head * 0x9e3779b97f4a7c15u ^ tail * 0xc2b2ae3d27d4eb4fu) >> 40) % DOMAIN_SLOTS;
    while (domains[at].head && (domains[at].head != head || domains[at].tail != tail)) at = (at + 1) % DOMAIN_SLOTS;
    return &domains[at];
}

/* A domain that is right for somebody is nobody's error, and the first of several is meant. */
static void add_domain(rv_text text, size_t right) {
    uint64_t head, tail;
    rv_load_words(text.ptr, text.len, &head, &tail);
    domain *to = slot_of(head, tail);
    if (!to->head) *to = (domain){head, tail, (uint8_t)right};
}

static void make_domains(void) {
    for (size_t i = 0; i < N_RIGHT; i++) add_domain(rv_text_of(typos[i][0]), N_RIGHT);
    for (size_t i = 0; i < N_RIGHT; i++) {
        rv_text wrong[MOST_TYPOS];
        size_t n = rv_words(rv_text_of(typos[i][1]), wrong, MOST_TYPOS);
        for (size_t k = 0; k < n; k++) add_domain(wrong[k], i);
    }
}

/* What is meant by a wrong domain, in whatever case; NULL: it isn't known to be wrong. */
static const char *right_for(const char *written, size_t n) {
    uint64_t head, tail;
    if (n == 0 || n > LONGEST_TYPO) return NULL;
    pthread_once(&domains_made, make_domains);
    __m128i v = rv_load_16(written, n);
    v = _mm_or_si128(v, _mm_and_si128(rv_in_range(v, 'A', 25), _mm_set1_epi8(0x20)));
    rv_split_16(v, &head, &tail);
    const domain *found = slot_of(head, tail);
    return found->head && found->right < N_RIGHT ? typos[found->right][0] : NULL;
}

/* Behind the @ one comma or semicolon, and no point: "orange,fr". */
static rv_text mend_point(rv_text value, const char *at, char room[RV_EMAIL_MAX]) {
    size_t place = 0;
    for (size_t i = (size_t)(at - value.ptr) + 1; i < value.len; i++) {
        char c = value.ptr[i];
        if (c != ',' && c != ';' && c != '.') continue;
        if (c == '.' || place) return (rv_text){0};
        place = i;
    }
    if (!place) return (rv_text){0};
    memcpy(room, value.ptr, value.len);
    room[place] = '.';
    value.ptr = room;
    return value;
}

/* `value` may lie in `room`. */
static rv_text mend_domain(rv_text value, const char *at, char room[RV_EMAIL_MAX]) {
    size_t local = (size_t)(at - value.ptr) + 1;
    const char *meant = right_for(at + 1, value.len - local);
    if (!meant) return (rv_text){0};
    if (value.ptr != room) memcpy(room, value.ptr, local);
    memcpy(room + local, meant, strlen(meant));
    return rv_text_make(room, local + strlen(meant));
}

rv_text rv_email_mend(rv_text value, char room[RV_EMAIL_MAX]) {
    value = rv_text_trim(value);
    const char *at = value.len && value.len <= RV_EMAIL_MAX - LONGEST_TYPO ? memchr(value.ptr, '@', value.len) : NULL;
    if (!at) return (rv_text){0};
    rv_text point = mend_point(value, at, room);
    if (!point.len) return mend_domain(value, at, room);
    rv_text both = mend_domain(point, room + (at - value.ptr), room); /* "gmial,com" */
    return both.len ? both : point;
}

rv_text rv_email_mend_valid(rv_text strict, char room[RV_EMAIL_MAX]) {
    const char *at = memchr(strict.ptr, '@', strict.len);
    return at && strict.len <= RV_EMAIL_MAX - LONGEST_TYPO ? mend_domain(strict, at, room) : (rv_text){0};
}

const char *const (*rv_email_typos(size_t *n))[2] {
    *n = N_RIGHT;
    return typos;
}
