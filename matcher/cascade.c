/*
 * How a block goes through the cascade: for each tier, the keys of all clients that are still without a contact are
 * made, probed in every index that may hold them, the guards of what was met are gathered at once, and each client is
 * judged. Rows are read and keys made tier by tier since most clients need only the first one.
 */
#include "cascade.h"
#include "guard_store.h"

#define NONE UINT32_MAX

/*
 * What a tier asks for beyond "nothing against":
 *   A personal key (e-mail, mobile) may stand alone when there is nothing to compare, if one contact only bears it.
 *   A landline belongs to a household, and a card number may be another shop's: the first name must speak for it.
 *   Names are in the key where the key is a name; a birth date that says little must be helped by the address.
 */
typedef enum evidence { NEED_NOTHING_AGAINST, NEED_FIRST_NAME, NEED_TELLING_BIRTH } evidence;

typedef struct tier_rule {
    rv_tier tier;
    evidence need;
    unsigned n_probes;
    struct {
        rv_key_kind key, index;
    } probes[3];
} tier_rule;

/* A number filed under the wrong heading is still the number, and a folded e-mail may be someone's strict one. */
static const tier_rule RULES[] = {
    {RV_TIER_EMAIL, NEED_NOTHING_AGAINST, 1, {{RV_KEY_EMAIL, RV_KEY_EMAIL}}},
    {RV_TIER_EMAIL_FOLDED,
     NEED_NOTHING_AGAINST,
     2,
     {{RV_KEY_EMAIL_FOLDED, RV_KEY_EMAIL}, {RV_KEY_EMAIL_FOLDED, RV_KEY_EMAIL_FOLDED}}},
    {RV_TIER_EMAIL_HASH,
     NEED_NOTHING_AGAINST,
     3,
     {{RV_KEY_EMAIL_SHA256, RV_KEY_EMAIL_SHA256},
      {RV_KEY_EMAIL_MD5, RV_KEY_EMAIL_MD5},
      {RV_KEY_EMAIL_SHA1, RV_KEY_EMAIL_SHA1}}},
    {RV_TIER_MOBILE, NEED_NOTHING_AGAINST, 2, {{RV_KEY_MOBILE, RV_KEY_MOBILE}, {RV_KEY_MOBILE, RV_KEY_PHONE}}},
    {RV_TIER_IDENTIFIER, NEED_FIRST_NAME, 1, {{RV_KEY_IDENTIFIER, RV_KEY_IDENTIFIER}}},
    {RV_TIER_PHONE, NEED_FIRST_NAME, 2, {{RV_KEY_PHONE, RV_KEY_PHONE}, {RV_KEY_PHONE, RV_KEY_MOBILE}}},
    {RV_TIER_PHONE_HASH, NEED_FIRST_NAME, 1, {{RV_KEY_PHONE_SHA256, RV_KEY_PHONE_SHA256}}},
    {RV_TIER_PERSON_BIRTH, NEED_TELLING_BIRTH, 1, {{RV_KEY_PERSON_BIRTH, RV_KEY_PERSON_BIRTH}}},
    {RV_TIER_PERSON_ADDRESS, NEED_NOTHING_AGAINST, 1, {{RV_KEY_PERSON_ADDRESS, RV_KEY_PERSON_ADDRESS}}},
};
enum { RULE_COUNT = sizeof RULES / sizeof RULES[0] };

static uint32_t kinds_of(const tier_rule *rule) {
    uint32_t kinds = 0;
    for (unsigned i = 0; i < rule->n_probes; i++) kinds |= 1u << rule->probes[i].key;
    return kinds;
}

const char *rv_tier_name(rv_tier tier) {
    static const char *const names[RV_TIER_COUNT] = {
        [RV_TIER_NONE] = "none",
        [RV_TIER_EMAIL] = "email",
        [RV_TIER_EMAIL_FOLDED] = "email_folded",
        [RV_TIER_EMAIL_HASH] = "email_hash",
        [RV_TIER_MOBILE] = "mobile",
        [RV_TIER_PHONE] = "phone",
        [RV_TIER_PHONE_HASH] = "phone_hash",
        [RV_TIER_PERSON_BIRTH] = "person_birth",
        [RV_TIER_PERSON_ADDRESS] = "person_address",
        [RV_TIER_IDENTIFIER] = "identifier",
        [RV_TIER_LINKAGE] = "linkage",
        [RV_TIER_HOUSEHOLD] = "household",
        [RV_TIER_AMBIGUOUS] = "ambiguous",
    };
    return (unsigned)tier < RV_TIER_COUNT ? names[tier] : "none";
}

/*
 * Per tier: nothing to compare, something near, agreement. Zero where the tier never attaches on that verdict. Shares of
 * right matches on two synthetic worlds of a million contacts each (2026-11-21: 400,000 clients, 214,000 matches,
 * namesakes, families that share e-mails and telephones, fathers and sons of one name), rounded down; where fewer than
 * 500 matches were seen, what the shared keys of that world let expect (2 % of e-mails, 5 % of telephones).
 * person_birth is put lower than seen (0.9999), since namesakes born on one day grow with the base.
 */
static const float PROBABILITY[RV_TIER_COUNT][3] = {
    [RV_TIER_EMAIL] = {.98f, .999f, .9999f},          [RV_TIER_EMAIL_FOLDED] = {.97f, .998f, .9998f},
    [RV_TIER_EMAIL_HASH] = {.98f, .999f, .9999f},     [RV_TIER_MOBILE] = {.95f, .996f, .9998f},
    [RV_TIER_IDENTIFIER] = {0, .99f, .999f},          [RV_TIER_PHONE] = {0, .975f, .997f},
    [RV_TIER_PHONE_HASH] = {0, .975f, .997f},         [RV_TIER_PERSON_BIRTH] = {.99f, .99f, .999f},
    [RV_TIER_PERSON_ADDRESS] = {.975f, .975f, .997f},
};

float rv_tier_probability(rv_tier tier, rv_guard_verdict verdict) {
    return verdict == RV_GUARD_CONTRADICTS ? 0 : PROBABILITY[tier][verdict - RV_GUARD_SILENT];
}

rv_status rv_cascade_open(rv_megabase *megabase, rv_cascade *out, rv_error *err) {
    rv_cascade cascade = {.megabase = megabase, .secret = rv_megabase_secret(megabase)};
    uint32_t width = rv_megabase_schema(megabase)->person_bytes;
    if (width != RV_GUARD_STORED) {
        rv_fail(err, RV_NEWER, "the megabase keeps %u bytes per person, this program knows %u", width,
                (unsigned)RV_GUARD_STORED);
        rv_error_hint(err, "build it again with this version, or use the version that built it");
        return RV_NEWER;
    }
    for (unsigned kind = 0; kind < RV_KEY_KINDS; kind++)
        RV_TRY(rv_megabase_index(megabase, rv_key_kind_name((rv_key_kind)kind), &cascade.index[kind], err));
    *out = cascade;
    return RV_OK;
}

bool rv_cascade_can_know(const rv_cascade *cascade, const rv_table_roles *roles) {
    static const struct {
        rv_key_kind kind;
        rv_role role;
    } simple[] = {{RV_KEY_EMAIL, RV_ROLE_EMAIL},
                  {RV_KEY_MOBILE, RV_ROLE_MOBILE},
                  {RV_KEY_MOBILE, RV_ROLE_PHONE},
                  {RV_KEY_PHONE, RV_ROLE_PHONE},
                  {RV_KEY_PHONE, RV_ROLE_MOBILE},
                  {RV_KEY_IDENTIFIER, RV_ROLE_IDENTIFIER},
                  {RV_KEY_EMAIL_SHA256, RV_ROLE_EMAIL},
                  {RV_KEY_EMAIL_SHA256, RV_ROLE_EMAIL_SHA256},
                  {RV_KEY_EMAIL_MD5, RV_ROLE_EMAIL},
                  {RV_KEY_EMAIL_MD5, RV_ROLE_EMAIL_MD5},
                  {RV_KEY_EMAIL_SHA1, RV_ROLE_EMAIL},
                  {RV_KEY_EMAIL_SHA1, RV_ROLE_EMAIL_SHA1},
                  {RV_KEY_PHONE_SHA256, RV_ROLE_MOBILE},
                  {RV_KEY_PHONE_SHA256, RV_ROLE_PHONE},
                  {RV_KEY_PHONE_SHA256, RV_ROLE_PHONE_SHA256}};
    for (size_t i = 0; i < sizeof simple / sizeof *simple; i++)
        if (cascade->index[simple[i].kind] && roles->of[simple[i].role] >= 0) return true;
    bool named =
        roles->of[RV_ROLE_FULL_NAME] >= 0 || (roles->of[RV_ROLE_LAST_NAME] >= 0 && roles->of[RV_ROLE_FIRST_NAME] >= 0);
    bool born = roles->of[RV_ROLE_BIRTH_DATE] >= 0 || roles->of[RV_ROLE_BIRTH_YEAR] >= 0;
    bool housed = roles->of[RV_ROLE_ADDRESS_LINE] >= 0 || roles->of[RV_ROLE_STREET] >= 0;
    return named &&
           ((born && cascade->index[RV_KEY_PERSON_BIRTH]) || (housed && cascade->index[RV_KEY_PERSON_ADDRESS]));
}

void rv_cascade_counts_add(rv_cascade_counts *to, const rv_cascade_counts *from) {
    for (unsigned t = 0; t < RV_TIER_COUNT; t++) {
        to->tier[t].asked += from->tier[t].asked;
        to->tier[t].met += from->tier[t].met;
        to->tier[t].refused += from->tier[t].refused;
        to->tier[t].unproved += from->tier[t].unproved;
        to->tier[t].in_doubt += from->tier[t].in_doubt;
        to->tier[t].matched += from->tier[t].matched;
    }
    to->stop_keys += from->stop_keys;
    to->ambiguous += from->ambiguous;
    to->household += from->household;
    to->none += from->none;
}

/* --- Scratch ----------------------------------------------------------------------------------------------------- */

typedef struct candidate {
    uint32_t row, client;
    uint32_t next; /* of the same client, or NONE */
    unsigned affinity;
    rv_guard_verdict verdict;
} candidate;

enum { DOUBTS_MAX = 6 };
typedef struct doubtful { /* contacts that a stronger tier couldn't choose between */
    uint32_t rows[DOUBTS_MAX];
    uint32_t n;
} doubtful;

struct rv_cascade_scratch {
    uint32_t clients;      /* room for */
    rv_guard *guards;      /* of the clients that met a contact */
    uint32_t *guard_parts; /* of the persons when their guards were made; 0: not yet */
    bool *has_key;
    uint32_t *open; /* clients without a contact, ascending */
    uint32_t n_open;
    uint32_t *head; /* per client: first candidate */
    doubtful *doubts;

    rv_person_key *keys; /* of one tier */
    uint32_t *key_clients;
    size_t n_keys, keys_capacity;
    rv_key *probe_keys; /* of one probe: same capacity */
    uint32_t *probe_clients;
    rv_run *runs;

    candidate *candidates; /* of one tier */
    uint32_t *rows;
    rv_guard *contacts;
    size_t n_candidates, candidates_capacity;
};

void rv_cascade_scratch_free(rv_cascade_scratch *s) {
    if (!s) return;
    rv_free(s->guards);
    rv_free(s->guard_parts);
    rv_free(s->has_key);
    rv_free(s->open);
    rv_free(s->head);
    rv_free(s->doubts);
    rv_free(s->keys);
    rv_free(s->key_clients);
    rv_free(s->probe_keys);
    rv_free(s->probe_clients);
    rv_free(s->runs);
    rv_free(s->candidates);
    rv_free(s->rows);
    rv_free(s->contacts);
    rv_free(s);
}

static rv_status room_for_clients(rv_cascade_scratch *s, uint32_t n, rv_error *err) {
    if (n <= s->clients) return RV_OK;
    if (!rv_array_resize(&s->guards, n, sizeof *s->guards, err) ||
        !rv_array_resize(&s->guard_parts, n, sizeof *s->guard_parts, err) ||
        !rv_array_resize(&s->has_key, n, sizeof *s->has_key, err) ||
        !rv_array_resize(&s->open, n, sizeof *s->open, err) || !rv_array_resize(&s->head, n, sizeof *s->head, err) ||
        !rv_array_resize(&s->doubts, n, sizeof *s->doubts, err))
        return RV_NO_MEMORY;
    s->clients = n;
    return RV_OK;
}

static rv_status room_for_keys(rv_cascade_scratch *s, size_t more, rv_error *err) {
    if (s->n_keys + more <= s->keys_capacity) return RV_OK;
    size_t n = (s->n_keys + more) * 2;
    if (!rv_array_resize(&s->keys, n, sizeof *s->keys, err) ||
        !rv_array_resize(&s->key_clients, n, sizeof *s->key_clients, err) ||
        !rv_array_resize(&s->probe_keys, n, sizeof *s->probe_keys, err) ||
        !rv_array_resize(&s->probe_clients, n, sizeof *s->probe_clients, err) ||
        !rv_array_resize(&s->runs, n, sizeof *s->runs, err))
        return RV_NO_MEMORY;
    s->keys_capacity = n;
    return RV_OK;
}

static rv_status room_for_candidates(rv_cascade_scratch *s, size_t more, rv_error *err) {
    if (s->n_candidates + more <= s->candidates_capacity) return RV_OK;
    size_t n = (s->n_candidates + more) * 2;
    if (!rv_array_resize(&s->candidates, n, sizeof *s->candidates, err) ||
        !rv_array_resize(&s->rows, n, sizeof *s->rows, err) ||
        !rv_array_resize(&s->contacts, n, sizeof *s->contacts, err))
        return RV_NO_MEMORY;
    s->candidates_capacity = n;
    return RV_OK;
}

/* --- Meeting contacts -------------------------------------------------------------------------------------------- */

typedef struct pass { /* one block on its way */
    const rv_cascade *cascade;
    const rv_people *people;
    rv_cascade_scratch *s;
    rv_match *matches;
    rv_cascade_counts *counts;
    rv_cascade_watch watch;
    void *watch_ctx;
} pass;

static void tell(const pass *p, const rv_cascade_step *event) {
    if (p->watch) p->watch(p->watch_ctx, event);
}

static bool has_index(const pass *p, const tier_rule *rule) {
    for (unsigned i = 0; i < rule->n_probes; i++)
        if (p->cascade->index[rule->probes[i].index]) return true;
    return false;
}

/* Reads what the kinds are made of; of names only where there is something to go with them. */
static rv_status read_for(const pass *p, uint32_t client, uint32_t kinds, rv_error *err) {
    const rv_person *person = &p->people->persons[client];
    uint32_t parts = 0;
    if (kinds & (1u << RV_KEY_EMAIL | 1u << RV_KEY_EMAIL_FOLDED)) parts |= RV_PERSON_EMAIL;
    if (kinds & (1u << RV_KEY_MOBILE | 1u << RV_KEY_PHONE)) parts |= RV_PERSON_PHONES;
    if (kinds & 1u << RV_KEY_IDENTIFIER) parts |= RV_PERSON_IDENTIFIER;
    if (kinds &
        (1u << RV_KEY_EMAIL_SHA256 | 1u << RV_KEY_EMAIL_MD5 | 1u << RV_KEY_EMAIL_SHA1 | 1u << RV_KEY_PHONE_SHA256))
        parts |= RV_PERSON_HASHES;
    if (kinds & 1u << RV_KEY_PERSON_BIRTH) {
        RV_TRY(rv_people_need(p->people, client, RV_PERSON_BIRTH, err));
        if (person->birth != RV_DATE_NONE) parts |= RV_PERSON_NAMES;
        if (person->birth_weak) parts |= RV_PERSON_POSTCODE;
    }
    if (kinds & 1u << RV_KEY_PERSON_ADDRESS) {
        RV_TRY(rv_people_need(p->people, client, RV_PERSON_NAMES, err));
        if (person->first.len) parts |= RV_PERSON_ADDRESS;
    }
    return rv_people_need(p->people, client, parts, err);
}

static rv_status make_keys(const pass *p, const tier_rule *rule, rv_error *err) {
    rv_cascade_scratch *s = p->s;
    uint32_t kinds = kinds_of(rule);
    s->n_keys = 0;
    for (uint32_t i = 0; i < s->n_open; i++) {
        uint32_t client = s->open[i];
        RV_TRY(room_for_keys(s, RV_PERSON_KEYS_MAX, err));
        RV_TRY(read_for(p, client, kinds, err));
        unsigned n = rv_person_keys(&p->people->persons[client], p->cascade->secret, kinds, false, s->keys + s->n_keys);
        for (unsigned k = 0; k < n; k++) s->key_clients[s->n_keys + k] = client;
        s->n_keys += n;
        s->has_key[client] = n > 0;
        if (n) p->counts->tier[rule->tier].asked++;
        else tell(p, &(rv_cascade_step){.tier = rule->tier, .client = client, .what = RV_STEP_NO_KEY, .row = NONE});
    }
    return RV_OK;
}

static void add_candidate(rv_cascade_scratch *s, uint32_t client, uint32_t row) {
    for (uint32_t at = s->head[client]; at != NONE; at = s->candidates[at].next)
        if (s->candidates[at].row == row) return;
    s->candidates[s->n_candidates] = (candidate){.row = row, .client = client, .next = s->head[client]};
    s->rows[s->n_candidates] = row;
    s->head[client] = (uint32_t)s->n_candidates++;
}

/* A folded e-mail that is the strict one has been looked for already. */
static bool is_known_absent(const rv_person *person, rv_key_kind kind, rv_key_kind index) {
    return kind == RV_KEY_EMAIL_FOLDED && index == RV_KEY_EMAIL && rv_person_email_is_folded(person);
}

static rv_status probe_one(const pass *p, rv_tier tier, rv_key_kind kind, rv_key_kind index, rv_error *err) {
    rv_cascade_scratch *s = p->s;
    size_t n = 0;
    for (size_t i = 0; i < s->n_keys; i++) {
        if (s->keys[i].kind != kind || is_known_absent(&p->people->persons[s->key_clients[i]], kind, index)) continue;
        s->probe_keys[n] = s->keys[i].key;
        s->probe_clients[n++] = s->key_clients[i];
    }
    RV_TRY(rv_key_index_probe(p->cascade->index[index], s->probe_keys, n, RV_CASCADE_RUN_MAX, s->runs, err));
    for (size_t i = 0; i < n; i++) {
        const rv_run *run = &s->runs[i];
        if (run->count == 0) continue;
        if (run->count > RV_CASCADE_RUN_MAX) {
            p->counts->stop_keys++;
            tell(p, &(rv_cascade_step){
                        .tier = tier, .client = s->probe_clients[i], .what = RV_STEP_STOP_KEY, .row = NONE});
            continue;
        }
        RV_TRY(room_for_candidates(s, run->count, err));
        for (uint32_t k = 0; k < run->count; k++) add_candidate(s, s->probe_clients[i], rv_run_row(run, k));
    }
    return RV_OK;
}

/* Of the clients that met somebody. Where they live is asked only where there is a choice. */
static rv_status make_guards(const pass *p, const tier_rule *rule, rv_error *err) {
    rv_cascade_scratch *s = p->s;
    for (uint32_t i = 0; i < s->n_open; i++) {
        uint32_t client = s->open[i], first = s->head[client];
        if (first == NONE) continue;
        uint32_t parts = RV_PERSON_NAMES | RV_PERSON_BIRTH;
        if (s->candidates[first].next != NONE || p->watch) parts |= RV_PERSON_ADDRESS;
        else if (rule->need == NEED_TELLING_BIRTH) parts |= RV_PERSON_POSTCODE;
        RV_TRY(rv_people_need(p->people, client, parts, err));
        const rv_person *person = &p->people->persons[client];
        if (s->guard_parts[client] == person->parts) continue;
        rv_guard_of(person, &s->guards[client]);
        s->guard_parts[client] = person->parts;
    }
    return RV_OK;
}

static rv_status meet(const pass *p, const tier_rule *rule, rv_error *err) {
    rv_cascade_scratch *s = p->s;
    RV_TRY(make_keys(p, rule, err));
    for (uint32_t i = 0; i < s->n_open; i++) s->head[s->open[i]] = NONE;
    s->n_candidates = 0;
    for (unsigned i = 0; i < rule->n_probes; i++) {
        rv_key_kind index = rule->probes[i].index;
        if (p->cascade->index[index]) RV_TRY(probe_one(p, rule->tier, rule->probes[i].key, index, err));
    }
    if (s->n_candidates == 0) return RV_OK;
    RV_TRY(rv_guards_fetch(p->cascade->megabase, s->rows, s->n_candidates, s->contacts, err));
    return make_guards(p, rule, err);
}

/* --- Judging ----------------------------------------------------------------------------------------------------- */

/* In points of rv_guard_affinity: a family shares an e-mail or a telephone among a few, and beyond that the last name
 * must agree too (or the birth date), since every first name occurs somewhere in a crowd. A lead is a postcode or a
 * street more; one person is the same names at one address, or the same names and birth date. */
enum { FAMILY_MAX = 6, NAMES_AGREE = 30, CLEAR_LEAD = 10, SAME_PERSON = 70 };

/* Is what speaks for the contact enough for the tier? `met`: how many contacts bear the client's keys. */
static bool is_proved(evidence need, const rv_guard *client, const rv_guard *contact, const candidate *c,
                      unsigned met) {
    rv_guard_verdict verdict = c->verdict;
    if (met > FAMILY_MAX && c->affinity < NAMES_AGREE) return false;
    if (client->flags & RV_GUARD_NAME_NOBODYS && verdict == RV_GUARD_SILENT)
        return false; /* a family's e-mail, maybe */
    switch (need) {
    case NEED_FIRST_NAME: return verdict > RV_GUARD_SILENT && client->first && contact->first;
    case NEED_TELLING_BIRTH: {
        bool weak = (client->flags | contact->flags) & RV_GUARD_BIRTH_WEAK;
        return !weak || (client->postcode && client->postcode == contact->postcode);
    }
    case NEED_NOTHING_AGAINST: break;
    }
    return verdict > RV_GUARD_SILENT || met == 1;
}

/* Which of two speaks louder: verdict, then affinity, then the lower row so that equals have an order. */
static bool is_better(const candidate *a, const candidate *b) {
    if (a->verdict != b->verdict) return a->verdict > b->verdict;
    return a->affinity != b->affinity ? a->affinity > b->affinity : a->row < b->row;
}

/* Two contacts that are plainly one person, left apart by build for want of a strong key: either is right. */
static bool is_same_person(const rv_guard *a, const rv_guard *b) {
    bool elsewhere = a->postcode && b->postcode && a->postcode != b->postcode;
    return !elsewhere && rv_guard_compare(a, b) == RV_GUARD_AGREES && rv_guard_affinity(a, b) >= SAME_PERSON;
}

static bool leads_clearly(const rv_cascade_scratch *s, const candidate *best, const candidate *second) {
    if (best->verdict > second->verdict && best->affinity + CLEAR_LEAD >= second->affinity) return true;
    if (best->verdict == second->verdict && best->affinity >= second->affinity + CLEAR_LEAD) return true;
    return is_same_person(&s->contacts[best - s->candidates], &s->contacts[second - s->candidates]);
}

static void note_runner_up(rv_match *match, uint32_t row, rv_tier tier) {
    if (match->runner_up != NONE || row == match->row) return;
    match->runner_up = row;
    match->runner_up_tier = tier;
}

static bool in_doubts(const doubtful *doubt, uint32_t row) {
    for (uint32_t i = 0; i < doubt->n; i++)
        if (doubt->rows[i] == row) return true;
    return false;
}

static void remember_doubt(doubtful *doubt, uint32_t row) {
    if (doubt->n < DOUBTS_MAX && !in_doubts(doubt, row)) doubt->rows[doubt->n++] = row;
}

typedef struct sifted { /* a client's candidates of one tier, sifted */
    candidate *best, *second;
    unsigned met, refused;
} sifted;

static sifted sift(const pass *p, uint32_t client, rv_tier tier) {
    rv_cascade_scratch *s = p->s;
    const rv_guard *guard = &s->guards[client];
    rv_match *match = &p->matches[client];
    bool choice = s->candidates[s->head[client]].next != NONE || p->watch;
    sifted b = {0};
    for (uint32_t at = s->head[client]; at != NONE; at = s->candidates[at].next) {
        candidate *c = &s->candidates[at];
        c->verdict = rv_guard_compare(guard, &s->contacts[at]);
        if (choice) c->affinity = rv_guard_affinity(guard, &s->contacts[at]);
        b.met++;
        tell(p, &(rv_cascade_step){tier, client, RV_STEP_CANDIDATE, c->row, c->verdict, c->affinity});
        if (c->verdict == RV_GUARD_CONTRADICTS) {
            b.refused++;
            if (match->refused < UINT8_MAX) match->refused++;
            continue;
        }
        if (!b.best || is_better(c, b.best)) {
            b.second = b.best;
            b.best = c;
        } else if (!b.second || is_better(c, b.second)) {
            b.second = c;
        }
    }
    return b;
}

/* true: this tier gives the client its contact. */
static bool judge(const pass *p, const tier_rule *rule, uint32_t client) {
    rv_cascade_scratch *s = p->s;
    rv_match *match = &p->matches[client];
    doubtful *doubt = &s->doubts[client];
    sifted b = sift(p, client, rule->tier);
    p->counts->tier[rule->tier].met++;
    if (!b.best) {
        note_runner_up(match, s->candidates[s->head[client]].row, rule->tier);
        p->counts->tier[rule->tier].refused++;
        return false;
    }
    const rv_guard *contact = &s->contacts[b.best - s->candidates];
    bool known_doubt = !doubt->n || in_doubts(doubt, b.best->row) || b.best->verdict == RV_GUARD_AGREES;
    if (b.second && !leads_clearly(s, b.best, b.second)) {
        remember_doubt(doubt, b.best->row);
        for (uint32_t at = s->head[client]; at != NONE; at = s->candidates[at].next)
            if (s->candidates[at].verdict != RV_GUARD_CONTRADICTS) remember_doubt(doubt, s->candidates[at].row);
        p->counts->tier[rule->tier].in_doubt++;
        note_runner_up(match, b.best->row, rule->tier);
        return false;
    }
    if (!known_doubt || !is_proved(rule->need, &s->guards[client], contact, b.best, b.met)) {
        note_runner_up(match, b.best->row, rule->tier);
        p->counts->tier[rule->tier].unproved++;
        return false;
    }
    match->tier = rule->tier;
    match->row = b.best->row;
    match->postcode = contact->postcode;
    match->probability = rv_tier_probability(rule->tier, b.best->verdict);
    if (match->runner_up == match->row) match->runner_up = NONE;
    if (b.second) note_runner_up(match, b.second->row, rule->tier);
    p->counts->tier[rule->tier].matched++;
    return true;
}

static void judge_all(const pass *p, const tier_rule *rule) {
    rv_cascade_scratch *s = p->s;
    uint32_t still = 0;
    for (uint32_t i = 0; i < s->n_open; i++) {
        uint32_t client = s->open[i];
        bool found = s->head[client] != NONE && judge(p, rule, client);
        if (p->watch && s->has_key[client])
            tell(p, &(rv_cascade_step){.tier = rule->tier,
                                       .client = client,
                                       .what = s->head[client] == NONE ? RV_STEP_ABSENT : RV_STEP_DECIDED,
                                       .row = found ? p->matches[client].row : NONE});
        if (!found) s->open[still++] = client;
    }
    s->n_open = still;
}

rv_status rv_cascade_run(const rv_cascade *cascade, const rv_people *people, rv_cascade_scratch **scratch,
                         rv_match *matches, rv_cascade_counts *counts, rv_cascade_watch watch, void *watch_ctx,
                         rv_error *err) {
    uint32_t n = people->n;
    if (!*scratch && !(*scratch = rv_new(sizeof **scratch, err))) return RV_NO_MEMORY;
    rv_cascade_scratch *s = *scratch;
    RV_TRY(room_for_clients(s, n, err));
    pass p = {cascade, people, s, matches, counts, watch, watch_ctx};
    s->n_open = n;
    for (uint32_t i = 0; i < n; i++) {
        s->open[i] = i;
        s->guard_parts[i] = 0;
        s->doubts[i].n = 0;
        matches[i] = (rv_match){.tier = RV_TIER_NONE, .row = NONE, .runner_up = NONE};
    }
    for (unsigned i = 0; i < RULE_COUNT && s->n_open; i++) {
        if (!has_index(&p, &RULES[i])) {
            for (uint32_t k = 0; k < s->n_open; k++)
                tell(&p, &(rv_cascade_step){
                             .tier = RULES[i].tier, .client = s->open[k], .what = RV_STEP_NO_INDEX, .row = NONE});
            continue;
        }
        RV_TRY(meet(&p, &RULES[i], err));
        judge_all(&p, &RULES[i]);
    }
    for (uint32_t i = 0; i < s->n_open; i++) {
        uint32_t client = s->open[i];
        if (s->doubts[client].n) {
            matches[client].tier = RV_TIER_AMBIGUOUS;
            counts->ambiguous++;
        } else {
            counts->none++;
        }
    }
    return RV_OK;
}
