/*
 * Learning bins, and binning by them. See binning.h for the rules.
 *
 * The tree works on prefix sums over the distinct numbers, so a split costs one scan; where a column has many distinct
 * numbers they are first grouped into some thousand runs of about equal weight, which moves a cut by less than a
 * thousandth of the people.
 */
#include "binning.h"

#include "date.h"
#include "hash.h"
#include <assert.h>
#include <math.h>

enum { RUNS = 1024 };
/* A cut must gain this much in -2 log-likelihood. 3.84 is the 5 % level for one cut chosen in advance; the best of
 * many cuts needs more, and Adult and Bank lose nothing up to 12. */
static const double CUT_GAIN = 4.0;

void rv_binning_reset(rv_binning *binning) {
    rv_free(binning->bin);
    rv_arena_free(&binning->texts);
    *binning = (rv_binning){0};
}

/* --- Numbers ----------------------------------------------------------------------------------------------------- */

/* A run of neighbouring numbers that stay together. */
typedef struct run {
    double first, last;
    uint64_t seeds, others, people;
} run;

typedef struct segment {
    uint32_t begin, end; /* runs */
    uint32_t cut;        /* the best place to cut: runs from here on go right */
    double gain;         /* 0: nothing to gain */
} segment;

static double x_log_x(uint64_t x) { return x ? (double)x * log((double)x) : 0; }
/* Log-likelihood of a leaf with its own rate. */
static double leaf(uint64_t seeds, uint64_t others) {
    return x_log_x(seeds) + x_log_x(others) - x_log_x(seeds + others);
}

static void find_cut(const run *runs, uint32_t min_people, segment *s) {
    uint64_t seeds = 0, others = 0, people = 0, left_seeds = 0, left_others = 0, left_people = 0;
    for (uint32_t i = s->begin; i < s->end; i++) {
        seeds += runs[i].seeds;
        others += runs[i].others;
        people += runs[i].people;
    }
    double whole = leaf(seeds, others);
    s->gain = 0;
    for (uint32_t i = s->begin; i + 1 < s->end; i++) {
        left_seeds += runs[i].seeds;
        left_others += runs[i].others;
        left_people += runs[i].people;
        if (left_people < min_people) continue;
        if (people - left_people < min_people) break;
        double gain = 2 * (leaf(left_seeds, left_others) + leaf(seeds - left_seeds, others - left_others) - whole);
        if (gain > s->gain && gain >= CUT_GAIN) {
            s->gain = gain;
            s->cut = i + 1;
        }
    }
}

/* Cuts best first; returns the number of segments, in ascending order. */
static uint32_t grow_tree(const run *runs, uint32_t n, uint32_t min_people, uint32_t most, segment *segments) {
    uint32_t count = 1;
    segments[0] = (segment){.begin = 0, .end = n};
    find_cut(runs, min_people, &segments[0]);
    while (count < most) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < count; i++)
            if (segments[i].gain > segments[best].gain) best = i;
        if (segments[best].gain <= 0) break;
        memmove(&segments[best + 1], &segments[best], (count - best) * sizeof *segments);
        segments[best].end = segments[best + 1].begin = segments[best].cut;
        find_cut(runs, min_people, &segments[best]);
        find_cut(runs, min_people, &segments[best + 1]);
        count++;
    }
    return count;
}

/* A cut that people can read: the fewest decimals in (left, right]. */
static double nice_cut(double left, double right, bool whole) {
    if (whole || fabs(left) > 1e15 || fabs(right) > 1e15) return right;
    rv_buffer text = {0};
    double found = right, cut, middle = left + (right - left) / 2;
    for (int decimals = 0; decimals <= 12 && !text.failed; decimals++) {
        text.len = 0;
        rv_buffer_fixed(&text, middle, decimals);
        if (text.failed || !rv_text_to_decimal(rv_text_make(text.data, text.len), '.', &cut)) break;
        if (cut > left && cut <= right) {
            found = cut;
            break;
        }
    }
    rv_buffer_free(&text);
    return found;
}

/* The numbers held by over 1/40 of the people, in ascending order; at most 39. */
static uint32_t find_heavy(const rv_values *values, const uint32_t *people, uint64_t total,
                           uint32_t heavy[RV_HEAVY_SHARE]) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < values->n_numbers; i++) {
        uint32_t code = values->order[i];
        if ((uint64_t)people[code] * RV_HEAVY_SHARE > total && n < RV_HEAVY_SHARE - 1) heavy[n++] = code;
    }
    return n;
}

/* Numbers that aren't heavy, in runs. Equal numbers under two spellings ("1" and "1.0") are one. */
static uint32_t make_runs(const rv_values *values, const rv_code_counts *counts, const uint32_t *heavy,
                          uint32_t n_heavy, uint64_t light_people, run *runs) {
    uint64_t goal = light_people / RUNS + 1;
    bool group = values->n_numbers > RUNS;
    uint32_t n = 0, h = 0;
    for (uint32_t i = 0; i < values->n_numbers; i++) {
        uint32_t code = values->order[i];
        double x = values->number[code];
        while (h < n_heavy && values->number[heavy[h]] < x) h++;
        if ((h < n_heavy && values->number[heavy[h]] == x) || counts->people[code] == 0) continue;
        bool joins = n && (x == runs[n - 1].last || (group && runs[n - 1].people < goal));
        if (!joins) runs[n++] = (run){.first = x};
        runs[n - 1].last = x;
        runs[n - 1].seeds += counts->seeds[code];
        runs[n - 1].others += counts->others[code];
        runs[n - 1].people += counts->people[code];
    }
    return n;
}

static rv_status learn_numbers(const rv_values *values, const rv_code_counts *counts, uint32_t min_people,
                               bool ranges_only, rv_binning *binning, rv_error *err) {
    uint32_t heavy[RV_HEAVY_SHARE];
    segment segments[RV_NUMBER_BINS];
    uint64_t total = 0, light = 0;
    for (uint32_t i = 0; i < values->n_numbers; i++) total += counts->people[values->order[i]];
    uint32_t n_heavy = ranges_only ? 0 : find_heavy(values, counts->people, total, heavy);
    light = total;
    for (uint32_t h = 0; h < n_heavy; h++) light -= counts->people[heavy[h]];
    /* grouping opens a new run once the last has its goal, so there are at most RUNS + 1 of them */
    run *runs = rv_array_new(values->n_numbers > RUNS ? RUNS + 2 : values->n_numbers, sizeof *runs, err);
    if (!runs) return RV_NO_MEMORY;
    uint32_t n_runs = make_runs(values, counts, heavy, n_heavy, light, runs), n_segments = 0;
    if (n_runs) n_segments = grow_tree(runs, n_runs, min_people, RV_NUMBER_BINS - n_heavy, segments);
    binning->bin = rv_array_new(RV_BIN_FIRST + n_heavy + n_segments, sizeof *binning->bin, err);
    if (binning->bin) {
        binning->n = RV_BIN_FIRST;
        double from = -INFINITY;
        for (uint32_t i = 0; i < n_segments; i++) {
            uint32_t end = segments[i].end;
            double below =
                i + 1 < n_segments ? nice_cut(runs[end - 1].last, runs[end].first, binning->whole) : INFINITY;
            binning->bin[binning->n++] = (rv_bin){.from = from, .below = below};
            from = below;
        }
        for (uint32_t h = 0; h < n_heavy; h++) {
            double x = values->number[heavy[h]];
            if (h && x == values->number[heavy[h - 1]]) continue; /* two spellings of one number */
            binning->bin[binning->n++] = (rv_bin){.from = x, .below = x};
        }
    }
    rv_free(runs);
    return binning->bin ? RV_OK : RV_NO_MEMORY;
}

/* --- Categories -------------------------------------------------------------------------------------------------- */

/* How many people the 254th most frequent value has: the least that still makes an entry. */
static uint64_t least_people(const uint32_t *people, uint32_t n, uint32_t min_people) {
    uint64_t low = min_people ? min_people : 1, high = UINT32_MAX;
    while (low < high) { /* the smallest bar that at most 254 values pass */
        uint64_t bar = low + (high - low) / 2;
        uint32_t passing = 0;
        for (uint32_t code = 1; code <= n; code++) passing += people[code] >= bar;
        if (passing <= RV_CATEGORY_BINS) high = bar;
        else low = bar + 1;
    }
    return low;
}

static rv_status learn_categories(const rv_dictionary *dictionary, const rv_code_counts *counts, uint32_t min_people,
                                  rv_binning *binning, rv_error *err) {
    uint64_t least = least_people(counts->people, dictionary->n, min_people);
    uint32_t room = dictionary->n < RV_CATEGORY_BINS ? dictionary->n : (uint32_t)RV_CATEGORY_BINS;
    if (!(binning->bin = rv_array_new(RV_BIN_FIRST + room, sizeof *binning->bin, err))) return RV_NO_MEMORY;
    binning->n = RV_BIN_FIRST;
    for (uint32_t code = 1; code <= dictionary->n; code++) {
        if (counts->people[code] < least) continue;
        rv_text value = rv_dictionary_value(dictionary, code);
        value = rv_arena_copy(&binning->texts, value.ptr, value.len);
        if (!value.ptr) return rv_fail_memory(err, value.len);
        binning->bin[binning->n++].value = value;
    }
    return RV_OK;
}

rv_status rv_binning_learn(const rv_dictionary *dictionary, const rv_values *values, const rv_code_counts *counts,
                           uint32_t min_people, bool ranges_only, rv_binning *out, rv_error *err) {
    rv_binning binning = {.scale = values->scale, .whole = values->whole || values->scale == RV_SCALE_DATE};
    rv_status status = values->scale == RV_SCALE_CATEGORY
                           ? learn_categories(dictionary, counts, min_people, &binning, err)
                           : learn_numbers(values, counts, min_people, ranges_only, &binning, err);
    if (status == RV_OK) *out = binning;
    else rv_binning_reset(&binning);
    return status;
}

/* --- Binning by a description ------------------------------------------------------------------------------------ */

static uint8_t bin_of_number(const rv_binning *binning, double x) {
    uint32_t found = RV_BIN_OTHER;
    for (uint32_t b = RV_BIN_FIRST; b < binning->n; b++) {
        const rv_bin *bin = &binning->bin[b];
        if (bin->from == bin->below && x == bin->from) return (uint8_t)b; /* one number goes before any range */
        if (bin->from <= x && x < bin->below) found = b;
    }
    return (uint8_t)found;
}

/* Few words, looked up often: a table of twice their number at least, linear probing. */
enum { WORD_SLOTS = 2 * RV_BINS_MAX };

static void map_categories(const rv_binning *binning, const rv_dictionary *dictionary, uint8_t *of_code) {
    uint8_t slots[WORD_SLOTS] = {0}; /* bin, or 0: free */
    for (uint32_t b = RV_BIN_FIRST; b < binning->n; b++) {
        rv_text value = binning->bin[b].value;
        uint32_t at = (uint32_t)rv_hash64(value.ptr, value.len, 0) % WORD_SLOTS;
        while (slots[at]) at = (at + 1) % WORD_SLOTS;
        slots[at] = (uint8_t)b;
    }
    for (uint32_t code = 1; code <= dictionary->n; code++) {
        rv_text value = rv_dictionary_value(dictionary, code);
        uint32_t at = (uint32_t)rv_hash64(value.ptr, value.len, 0) % WORD_SLOTS;
        while (slots[at] && !rv_text_equal(binning->bin[slots[at]].value, value)) at = (at + 1) % WORD_SLOTS;
        of_code[code] = slots[at] ? slots[at] : RV_BIN_OTHER;
    }
}

void rv_binning_map(const rv_binning *binning, const rv_dictionary *dictionary, const rv_values *values,
                    uint8_t *of_code) {
    assert(binning->n >= RV_BIN_FIRST && binning->n <= RV_BINS_MAX && values->scale == binning->scale);
    of_code[0] = RV_BIN_MISSING;
    if (binning->scale == RV_SCALE_CATEGORY) {
        map_categories(binning, dictionary, of_code);
        return;
    }
    for (uint32_t code = 1; code <= dictionary->n; code++) {
        double x = values->number[code];
        of_code[code] = isnan(x) ? RV_BIN_OTHER : bin_of_number(binning, x);
    }
}

/* --- Labels ------------------------------------------------------------------------------------------------------ */

void rv_number_put(rv_buffer *out, double x) {
    size_t before = out->len;
    double size = fabs(x);
    if (size >= 1e15 || (size > 0 && size < 1e-6)) { /* hundreds of noughts are nobody's reading */
        rv_buffer_double(out, x);
        return;
    }
    for (int decimals = 0; decimals <= 15; decimals++) {
        double back;
        out->len = before;
        rv_buffer_fixed(out, x, decimals);
        if (out->failed ||
            (rv_text_to_decimal(rv_text_make(out->data + before, out->len - before), '.', &back) && back == x))
            return;
    }
}

static void put_end(rv_buffer *out, rv_scale scale, double x) {
    if (scale == RV_SCALE_DATE) {
        char date[11];
        rv_date_format((int32_t)x, date);
        rv_buffer_string(out, date);
    } else {
        rv_number_put(out, x);
    }
}

static void put_range(rv_buffer *out, const rv_binning *binning, const rv_bin *bin) {
    rv_scale scale = binning->scale;
    bool dates = scale == RV_SCALE_DATE;
    if (isinf(bin->from) && isinf(bin->below)) {
        rv_buffer_string(out, dates ? "(any date)" : "(any number)");
    } else if (isinf(bin->from)) {
        rv_buffer_string(out, dates ? "before " : "under ");
        put_end(out, scale, bin->below);
    } else if (isinf(bin->below)) {
        if (dates) rv_buffer_string(out, "from ");
        put_end(out, scale, bin->from);
        if (!dates) rv_buffer_byte(out, '+');
    } else {
        double last = binning->whole ? bin->below - 1 : bin->below;
        put_end(out, scale, bin->from);
        if (last <= bin->from) return;
        rv_buffer_string(out, binning->whole && !dates && bin->from >= 0 ? "-" : " to ");
        put_end(out, scale, last);
    }
}

void rv_binning_label(const rv_binning *binning, uint32_t bin, rv_buffer *out) {
    const rv_bin *b = &binning->bin[bin];
    if (bin == RV_BIN_MISSING) rv_buffer_string(out, "(missing)");
    else if (bin == RV_BIN_OTHER) rv_buffer_string(out, "(other)");
    else if (b->value.ptr) rv_buffer_text(out, b->value);
    else if (b->from == b->below) put_end(out, binning->scale, b->from);
    else put_range(out, binning, b);
}
