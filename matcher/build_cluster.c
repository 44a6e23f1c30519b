#include "build_cluster.h"

#include "random.h"

enum {
    GROUP_CLUSTERS = 64, /* clusters of one group that are weighed against each other at once */
    AHEAD = 8,           /* groups whose rows are fetched before their turn */
    CANCEL_EVERY = 1 << 16,
    NAME_RARE = 4,   /* rows with a birth date that bear a name: so few may share a day of birth by being one */
    NAME_MANY = 100, /* further ones aren't counted: more threads than 155 could make the count run over */
    NAMES_AHEAD = 16,
    NUMBERS_AHEAD = 24,
    NAME_COUNTS_MIN = 1 << 10,
    NAME_COUNTS_MAX = 1 << 26,
    ROW_PIECES = 64
};

static uint32_t piece_start(const rv_clusters *c, size_t piece) {
    return (uint32_t)((uint64_t)c->n_rows * piece / ROW_PIECES);
}

static uint64_t name_slot(const rv_clusters *c, const rv_guard *guard) {
    return rv_mix64(guard->first ^ rv_mix64(guard->last)) & c->name_mask;
}

/* Only namesakes who could share a day count: rows that know theirs. Threads count together; what goes past NAME_MANY is all
 * the same. */
static void count_name(const rv_clusters *c, uint32_t row) {
    const rv_guard *guard = &c->guards[row];
    if (!guard->first || !guard->last || guard->birth == RV_DATE_NONE) return;
    uint8_t *count = &c->name_counts[name_slot(c, guard)];
    if (__atomic_load_n(count, __ATOMIC_RELAXED) < NAME_MANY) __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

static rv_status begin_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker, (void)err;
    const rv_clusters *c = ctx;
    uint32_t end = piece_start(c, piece + 1);
    for (uint32_t row = piece_start(c, piece); row < end; row++) {
        c->parent[row] = c->next[row] = row;
        if (end - row > NAMES_AHEAD)
            __builtin_prefetch(&c->name_counts[name_slot(c, &c->guards[row + NAMES_AHEAD])], 1);
        count_name(c, row);
    }
    return RV_OK;
}

rv_status rv_clusters_new(rv_guard *guards, uint32_t n_rows, int threads, rv_clusters *out, rv_error *err) {
    rv_clusters c = {.n_rows = n_rows, .guards = guards};
    uint64_t names = NAME_COUNTS_MIN;
    while (names < n_rows && names < NAME_COUNTS_MAX) names *= 2;
    c.name_mask = names - 1;
    c.parent = rv_array_grow(NULL, n_rows, sizeof *c.parent, err);
    c.next = rv_array_grow(NULL, n_rows, sizeof *c.next, err);
    c.name_counts = rv_array_new(names, sizeof *c.name_counts, err);
    if (!c.parent || !c.next || !c.name_counts) {
        rv_clusters_free(&c);
        return RV_NO_MEMORY;
    }
    rv_pages_prefer_huge(c.parent, n_rows * sizeof *c.parent);
    rv_pages_prefer_huge(c.next, n_rows * sizeof *c.next);
    rv_pages_prefer_huge(c.name_counts, names * sizeof *c.name_counts);
    rv_parallel(threads, ROW_PIECES, begin_piece, &c, NULL); /* can't fail */
    *out = c;
    return RV_OK;
}

void rv_clusters_forget(rv_clusters *clusters) {
    rv_free(clusters->parent);
    rv_free(clusters->next);
    rv_free(clusters->name_counts);
    clusters->parent = clusters->next = NULL;
    clusters->name_counts = NULL;
    clusters->guards = NULL;
}

void rv_clusters_free(rv_clusters *clusters) {
    rv_clusters_forget(clusters);
    *clusters = (rv_clusters){0};
}

uint32_t rv_cluster_root(rv_clusters *clusters, uint32_t row) {
    uint32_t *parent = clusters->parent;
    while (parent[row] != row) {
        parent[row] = parent[parent[row]];
        row = parent[row];
    }
    return row;
}

static void unite(rv_clusters *c, uint32_t a, uint32_t b) {
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    c->parent[high] = low;
    uint32_t after = c->next[low];
    c->next[low] = c->next[high];
    c->next[high] = after;
}

/* --- Two clusters ------------------------------------------------------------------------------------------------- */

static rv_guard_verdict compare(const rv_clusters *c, uint32_t a, uint32_t b) {
    rv_guard_verdict best = RV_GUARD_SILENT;
    uint32_t x = a, y = b;
    for (unsigned i = 0; i < RV_CLUSTER_LOOK; i++) {
        for (unsigned j = 0; j < RV_CLUSTER_LOOK; j++) {
            rv_guard_verdict verdict = rv_guard_compare(&c->guards[x], &c->guards[y]);
            if (verdict == RV_GUARD_CONTRADICTS) return verdict;
            if (verdict > best) best = verdict;
            if ((y = c->next[y]) == b) break;
        }
        if ((x = c->next[x]) == a) break;
        y = b;
    }
    return best;
}

static unsigned affinity(const rv_clusters *c, uint32_t a, uint32_t b) {
    unsigned best = 0;
    uint32_t x = a, y = b;
    for (unsigned i = 0; i < RV_CLUSTER_LOOK; i++) {
        for (unsigned j = 0; j < RV_CLUSTER_LOOK; j++) {
            unsigned value = rv_guard_affinity(&c->guards[x], &c->guards[y]);
            if (value > best) best = value;
            if ((y = c->next[y]) == b) break;
        }
        if ((x = c->next[x]) == a) break;
        y = b;
    }
    return best;
}

/* Same name and day of birth: the same place of living makes it one person, else only a rare name does. */
static bool place_or_rarity(const rv_clusters *c, uint32_t a, uint32_t b) {
    bool rare = true;
    uint32_t x = a, y = b;
    for (unsigned i = 0; i < RV_CLUSTER_LOOK; i++) {
        const rv_guard *g = &c->guards[x];
        if (g->flags & RV_GUARD_BIRTH_WEAK || c->name_counts[name_slot(c, g)] > NAME_RARE) rare = false;
        for (unsigned j = 0; j < RV_CLUSTER_LOOK; j++) {
            if (g->postcode && g->postcode == c->guards[y].postcode) return true;
            if ((y = c->next[y]) == b) break;
        }
        if ((x = c->next[x]) == a) break;
        y = b;
    }
    return rare;
}

static bool is_named(const rv_clusters *c, uint32_t root) {
    uint32_t row = root;
    for (unsigned i = 0; i < RV_CLUSTER_LOOK; i++) {
        if (c->guards[row].first) return true;
        if ((row = c->next[row]) == root) break;
    }
    return false;
}

/* Six letters, as the name at birth is kept. */
static uint32_t six_letters(uint64_t last) { return (uint32_t)(last >> 30); }

/* Rows without a first name may still bear another family's name. */
static bool last_names_agree(const rv_clusters *c, uint32_t a, uint32_t b) {
    const rv_guard *g = &c->guards[a], *h = &c->guards[b];
    if (!g->last || !h->last || g->last == h->last) return true;
    return (g->birth_name && g->birth_name == six_letters(h->last)) ||
           (h->birth_name && h->birth_name == six_letters(g->last));
}

/* --- One group ---------------------------------------------------------------------------------------------------- */

typedef struct weighing {
    rv_clusters *c;
    rv_key_kind kind;
    rv_merge_round round;
    uint32_t roots[GROUP_CLUSTERS];
    unsigned n;
    uint8_t verdicts[GROUP_CLUSTERS][GROUP_CLUSTERS];
} weighing;

/* Of the clusters that begin with two rows, as they are now. */
static rv_guard_verdict weigh_rows(const rv_clusters *c, rv_key_kind kind, uint32_t a, uint32_t b) {
    rv_guard_verdict verdict = compare(c, a, b);
    if (verdict > RV_GUARD_SILENT && kind == RV_KEY_PERSON_BIRTH && !place_or_rarity(c, a, b))
        return RV_GUARD_CONTRADICTS;
    return verdict;
}

static rv_guard_verdict weigh(const weighing *w, unsigned i, unsigned j) {
    return weigh_rows(w->c, w->kind, w->roots[i], w->roots[j]);
}

static void weigh_all(weighing *w) {
    for (unsigned i = 0; i < w->n; i++)
        for (unsigned j = 0; j < i; j++) w->verdicts[i][j] = w->verdicts[j][i] = (uint8_t)weigh(w, i, j);
}

/* Joins i and j; the later one leaves the list, and the earlier one is weighed anew. */
static void join(weighing *w, unsigned i, unsigned j) {
    unsigned low = i < j ? i : j, high = i < j ? j : i;
    unite(w->c, w->roots[low], w->roots[high]);
    w->c->merges[w->kind]++;
    if (w->roots[high] < w->roots[low]) w->roots[low] = w->roots[high];
    w->n--;
    for (unsigned k = high; k < w->n; k++) {
        w->roots[k] = w->roots[k + 1];
        for (unsigned m = 0; m <= w->n; m++) w->verdicts[k][m] = w->verdicts[k + 1][m];
    }
    for (unsigned k = high; k < w->n; k++)
        for (unsigned m = 0; m < w->n; m++) w->verdicts[m][k] = w->verdicts[m][k + 1];
    for (unsigned k = 0; k < w->n; k++)
        if (k != low) w->verdicts[k][low] = w->verdicts[low][k] = (uint8_t)weigh(w, low, k);
}

/* i agrees with j, but also with a k that can't be j: then i belongs to the nearer of them, and to none at a tie. */
static bool is_torn(const weighing *w, unsigned i, unsigned j) {
    for (unsigned k = 0; k < w->n; k++) {
        if (k == i || k == j || w->verdicts[i][k] != RV_GUARD_AGREES || w->verdicts[j][k] != RV_GUARD_CONTRADICTS)
            continue;
        if (affinity(w->c, w->roots[i], w->roots[k]) >= affinity(w->c, w->roots[i], w->roots[j])) return true;
    }
    return false;
}

static bool join_agreeing(weighing *w) {
    for (unsigned j = 1; j < w->n; j++)
        for (unsigned i = 0; i < j; i++)
            if (w->verdicts[i][j] == RV_GUARD_AGREES && !is_torn(w, i, j) && !is_torn(w, j, i)) {
                join(w, i, j);
                return true;
            }
    return false;
}

/* The only cluster near i, or n when there is none or several. */
static unsigned only_near(const weighing *w, unsigned i) {
    unsigned found = w->n;
    for (unsigned k = 0; k < w->n; k++) {
        if (k == i || w->verdicts[i][k] < RV_GUARD_COMPATIBLE) continue;
        if (found != w->n) return w->n;
        found = k;
    }
    return found;
}

static bool join_near(weighing *w) {
    for (unsigned i = 0; i < w->n; i++) {
        unsigned j = only_near(w, i);
        if (j < w->n && only_near(w, j) == i) {
            join(w, i, j);
            return true;
        }
    }
    return false;
}

static bool join_silent(weighing *w) {
    unsigned named = 0, person = 0;
    for (unsigned i = 0; i < w->n; i++) {
        if (!is_named(w->c, w->roots[i])) continue;
        named++;
        person = i;
    }
    if (named > 1) return false;
    if (named == 0) /* nobody is named: one person unless something contradicts */
        for (unsigned i = 0; i < w->n; i++)
            for (unsigned j = 0; j < i; j++)
                if (w->verdicts[i][j] == RV_GUARD_CONTRADICTS || !last_names_agree(w->c, w->roots[i], w->roots[j]))
                    return false;
    for (unsigned i = 0; i < w->n; i++) {
        if (i == person || w->verdicts[i][person] == RV_GUARD_CONTRADICTS ||
            !last_names_agree(w->c, w->roots[i], w->roots[person]))
            continue;
        join(w, i, person);
        return true;
    }
    return false;
}

static void join_all(weighing *w) {
    static bool (*const ROUNDS[RV_MERGE_ROUNDS])(weighing *) = {join_agreeing, join_near, join_silent};
    while (w->n > 1 && ROUNDS[w->round](w)) {}
}

static void settle(weighing *w) {
    if (w->n < 2) return;
    weigh_all(w);
    join_all(w);
}

static bool add_cluster(weighing *w, uint32_t root) {
    for (unsigned i = 0; i < w->n; i++)
        if (w->roots[i] == root) return true;
    if (w->n == GROUP_CLUSTERS) settle(w);
    for (unsigned i = 0; i < w->n; i++)
        if (w->roots[i] == rv_cluster_root(w->c, root)) return true;
    if (w->n == GROUP_CLUSTERS) return false;
    w->roots[w->n++] = root;
    return true;
}

/* --- Stop values -------------------------------------------------------------------------------------------------- */

static bool is_stop_value(const rv_clusters *c, rv_key_kind kind, const uint32_t *rows, uint32_t n) {
    if (n <= RV_STOP_NAMES) return false;
    if (kind == RV_KEY_PERSON_BIRTH) return n > RV_STOP_ROWS;
    struct {
        uint64_t first, last;
    } names[RV_STOP_NAMES];
    unsigned n_names = 0;
    for (uint32_t i = 0; i < n; i++) {
        const rv_guard *guard = &c->guards[rows[i]];
        if (!guard->first && !guard->last) continue;
        unsigned k = 0;
        while (k < n_names && (names[k].first != guard->first || names[k].last != guard->last)) k++;
        if (k < n_names) continue;
        if (n_names == RV_STOP_NAMES) return true;
        names[n_names].first = guard->first;
        names[n_names++].last = guard->last;
    }
    return n > RV_STOP_ROWS && (n_names > RV_STOP_FEW || n_names == 0);
}

/* Of the value that the key is made of; a digest's is the e-mail's. */
static rv_key_kind value_kind(rv_key_kind kind) {
    bool email = kind == RV_KEY_EMAIL_FOLDED || kind == RV_KEY_EMAIL_SHA256 || kind == RV_KEY_EMAIL_MD5 ||
                 kind == RV_KEY_EMAIL_SHA1;
    return email ? RV_KEY_EMAIL : kind;
}

static void mark_rows(rv_clusters *c, rv_key_kind kind, const rv_key_group *group, const uint32_t *rows) {
    static const uint8_t flags[RV_KEY_KINDS] = {[RV_KEY_EMAIL] = RV_GUARD_EMAIL_NOBODYS,
                                                [RV_KEY_MOBILE] = RV_GUARD_MOBILE_NOBODYS,
                                                [RV_KEY_PHONE] = RV_GUARD_PHONE_NOBODYS,
                                                [RV_KEY_IDENTIFIER] = RV_GUARD_IDENTIFIER_NOBODYS};
    rv_key_kind value = value_kind(kind);
    for (uint32_t i = 0; i < group->count && flags[value]; i++) {
        uint8_t *row = &c->guards[rows[i]].flags;
        c->shared_rows[value] += !(*row & flags[value]);
        *row |= flags[value];
    }
}

static void note_stop_value(rv_clusters *c, rv_key_kind kind, const rv_key_group *group, const uint32_t *rows) {
    enum { ROOM = sizeof c->heaviest / sizeof c->heaviest[0] };
    mark_rows(c, kind, group, rows);
    c->stop_values[kind]++;
    c->stop_rows[kind] += group->count;
    unsigned at = c->n_heaviest < ROOM ? c->n_heaviest++ : ROOM;
    while (at > 0 && c->heaviest[at - 1].rows < group->count) {
        if (at < ROOM) c->heaviest[at] = c->heaviest[at - 1];
        at--;
    }
    if (at < ROOM) c->heaviest[at] = (rv_stop_value){kind, group->first, group->count};
}

/* --- All groups --------------------------------------------------------------------------------------------------- */

static bool is_left(weighing *w) {
    if (w->round + 1 == RV_MERGE_ROUNDS) w->c->refused[w->kind] += w->n * (w->n - 1) / 2;
    return w->n > 1;
}

/* Two rows that are alone so far: the verdict is known. */
static bool merge_pair(weighing *w, const uint32_t *rows, uint8_t verdict) {
    w->n = 2;
    w->roots[0] = rows[0];
    w->roots[1] = rows[1];
    w->verdicts[0][1] = w->verdicts[1][0] = verdict;
    join_all(w);
    return is_left(w);
}

static bool is_alone(const rv_clusters *c, uint32_t row) { return c->next[row] == row; }

/* true: several clusters are left. */
static bool merge_group(weighing *w, const rv_key_group *group, const uint32_t *rows) {
    rv_clusters *c = w->c;
    w->n = 0;
    if (is_stop_value(c, w->kind, rows, group->count)) {
        note_stop_value(c, w->kind, group, rows);
        return false;
    }
    for (uint32_t i = 0; i < group->count; i++)
        if (!add_cluster(w, rv_cluster_root(c, rows[i]))) return true;
    settle(w);
    return is_left(w);
}

void rv_clusters_mark(rv_clusters *clusters, rv_key_kind kind, const rv_key_groups *groups) {
    for (size_t i = 0; i < groups->n; i++) {
        const rv_key_group *group = &groups->groups[i];
        const uint32_t *rows = groups->members + group->start;
        if (is_stop_value(clusters, kind, rows, group->count)) note_stop_value(clusters, kind, group, rows);
    }
}

typedef struct weighing_pairs {
    rv_clusters *clusters;
    rv_key_kind kind;
    rv_key_groups *groups;
} weighing_pairs;
enum { PAIR_PIECE = 1 << 14 };

static rv_status weigh_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker, (void)err;
    const weighing_pairs *p = ctx;
    const rv_key_group *groups = p->groups->groups;
    const uint32_t *members = p->groups->members;
    const rv_guard *guards = p->clusters->guards;
    size_t end = (piece + 1) * PAIR_PIECE < p->groups->n ? (piece + 1) * PAIR_PIECE : p->groups->n;
    for (size_t i = piece * PAIR_PIECE; i < end; i++) {
        if (i + 2 * AHEAD < end) __builtin_prefetch(&members[groups[i + 2 * AHEAD].start]);
        if (i + AHEAD < end && groups[i + AHEAD].count == 2)
            for (uint32_t k = 0; k < 2; k++) __builtin_prefetch(&guards[members[groups[i + AHEAD].start + k]]);
        if (groups[i].count != 2) continue;
        p->groups->pairs[i] =
            (uint8_t)weigh_rows(p->clusters, p->kind, members[groups[i].start + 1], members[groups[i].start]);
    }
    return RV_OK;
}

rv_status rv_clusters_weigh_pairs(rv_clusters *clusters, rv_key_kind kind, rv_key_groups *groups, int threads,
                                  rv_error *err) {
    if (groups->n == 0) return RV_OK;
    groups->pairs = rv_array_new(groups->n, sizeof *groups->pairs, err);
    if (!groups->pairs) return RV_NO_MEMORY;
    weighing_pairs p = {clusters, kind, groups};
    return rv_parallel(threads, (groups->n + PAIR_PIECE - 1) / PAIR_PIECE, weigh_piece, &p, err);
}

/* Inlined by force: a function that only asks has no effect that gcc knows of, and its calls go. */
RV_INLINE void fetch(const rv_clusters *c, const uint32_t *rows, uint32_t n) {
    for (uint32_t i = 0; i < n && i < 8; i++) {
        __builtin_prefetch(&c->parent[rows[i]]);
        __builtin_prefetch(&c->guards[rows[i]]);
        __builtin_prefetch(&c->next[rows[i]]);
    }
}

rv_status rv_clusters_merge(rv_clusters *clusters, rv_key_kind kind, rv_merge_round round, rv_key_groups *groups,
                            const rv_settings *settings, rv_error *err) {
    weighing w = {.c = clusters, .kind = kind, .round = round};
    size_t kept = 0;
    for (size_t i = 0; i < groups->n; i++) {
        if (i % CANCEL_EVERY == 0) RV_TRY(rv_check_cancel(settings, err));
        if (i + 2 * AHEAD < groups->n) __builtin_prefetch(&groups->members[groups->groups[i + 2 * AHEAD].start]);
        if (i + AHEAD < groups->n) {
            const rv_key_group *soon = &groups->groups[i + AHEAD];
            fetch(clusters, groups->members + soon->start, soon->count);
        }
        rv_key_group group = groups->groups[i];
        const uint32_t *rows = groups->members + group.start;
        bool known = groups->pairs && group.count == 2 && is_alone(clusters, rows[0]) && is_alone(clusters, rows[1]);
        if (!(known ? merge_pair(&w, rows, groups->pairs[i]) : merge_group(&w, &group, rows))) continue;
        if (groups->pairs) groups->pairs[kept] = groups->pairs[i];
        groups->groups[kept++] = group;
    }
    groups->n = kept;
    return RV_OK;
}

typedef struct numbering {
    const rv_clusters *c;
    uint32_t *contact;
    uint32_t roots[ROW_PIECES]; /* in each piece of rows; then: before it */
} numbering;

static rv_status count_roots(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker, (void)err;
    numbering *n = ctx;
    const uint32_t *parent = n->c->parent;
    for (uint32_t row = piece_start(n->c, piece), end = piece_start(n->c, piece + 1); row < end; row++)
        n->roots[piece] += parent[row] == row;
    return RV_OK;
}

static rv_status number_roots(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker, (void)err;
    numbering *n = ctx;
    const uint32_t *parent = n->c->parent;
    uint32_t next = n->roots[piece];
    for (uint32_t row = piece_start(n->c, piece), end = piece_start(n->c, piece + 1); row < end; row++)
        if (parent[row] == row) n->contact[row] = next++;
    return RV_OK;
}

/* Nobody shortens paths here: others look. */
static rv_status number_others(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker, (void)err;
    numbering *n = ctx;
    const uint32_t *parent = n->c->parent;
    uint32_t end = piece_start(n->c, piece + 1);
    for (uint32_t row = piece_start(n->c, piece); row < end; row++) {
        if (end - row > NUMBERS_AHEAD) __builtin_prefetch(&n->contact[parent[row + NUMBERS_AHEAD]]);
        uint32_t root = parent[row];
        if (root == row) continue;
        while (parent[root] != root) root = parent[root];
        n->contact[row] = n->contact[root];
    }
    return RV_OK;
}

uint32_t rv_clusters_number(const rv_clusters *clusters, int threads, uint32_t *contact) {
    numbering n = {.c = clusters, .contact = contact};
    uint32_t total = 0;
    rv_parallel(threads, ROW_PIECES, count_roots, &n, NULL); /* these can't fail */
    for (size_t piece = 0; piece < ROW_PIECES; piece++) {
        uint32_t roots = n.roots[piece];
        n.roots[piece] = total;
        total += roots;
    }
    rv_parallel(threads, ROW_PIECES, number_roots, &n, NULL);
    rv_parallel(threads, ROW_PIECES, number_others, &n, NULL);
    return total;
}
