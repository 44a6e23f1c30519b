/* See predict.h. Everything here is measured within some tenths of a second; nothing is kept and no output is touched. */
#include "predict.h"

#include "enrich_block.h"
#include "file.h"
#include "file_samples.h"
#include "parallel.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WRITE_PROBE = 16 << 20 };

/* --- The machine ---------------------------------------------------------------------------------------------------- */

typedef struct write_rate {
    double copying, syncing; /* seconds a byte */
} write_rate;

/* Where the output will stand, in a file without a name. What can't be measured is left at a disk's usual rate. */
static write_rate probe_writing(const char *out) {
    write_rate rate = {1 / 2e9, 1 / 2e9};
    char folder[4096] = ".";
    const char *slash = strrchr(out, '/');
    if (slash && (size_t)(slash - out) < sizeof folder)
        snprintf(folder, sizeof folder, "%.*s", slash == out ? 1 : (int)(slash - out), out);
    int fd = rv_file_scratch(folder, NULL);
    enum { PIECE = 1 << 18 };
    char *piece = fd >= 0 ? rv_new(PIECE, NULL) : NULL;
    if (piece) {
        memset(piece, '7', PIECE);
        double since = rv_clock_seconds(), copied;
        bool good = true;
        for (uint64_t at = 0; at < WRITE_PROBE && good; at += PIECE)
            good = rv_file_write_at(fd, piece, PIECE, at, NULL) == RV_OK;
        copied = rv_clock_seconds();
        if (good && rv_io_now()->fsync(fd) == 0)
            rate = (write_rate){(copied - since) / WRITE_PROBE, (rv_clock_seconds() - copied) / WRITE_PROBE};
    }
    rv_free(piece);
    if (fd >= 0) rv_io_now()->close(fd);
    return rate;
}

/* --- The prediction -------------------------------------------------------------------------------------------------- */

enum { SAMPLES = RV_FILE_SAMPLES };

typedef struct measured {
    rv_file_samples samples;
    rv_enrich_cost cost[SAMPLES];
    rv_resident before, after;                     /* the first sample */
    rv_megabase_touched start, now[SAMPLES], then; /* after each sample, and after the whole */
    bool cold; /* the first sample read from a disk: the later ones' costs are those of a second time, which touches nothing */
} measured;

/* Of the threads, how much is at work on the whole: beginnings, ends and what one thread does alone are the rest. Measured
 * for `enrich` and `run` of a million clients. */
static const double AT_WORK = 0.93;
static const double AGAIN = 1.03; /* parsing the clients twice */
/* The most that a fault costs which finds its 64 KB in the page cache: 2 us. What is beyond was a disk's. */
static const double TOUCH_MOST = 2e-6 / (64 << 10);

typedef struct per_row {
    double ran, touched;
} per_row;

/* Without what only a sample's first blocks cost (threads, room in the slots). */
static double settled(const rv_enrich_cost *cost) {
    if (!cost->steady_rows) return cost->cores.ran;
    return cost->steady_cores.ran / (double)cost->steady_rows * (double)cost->rows;
}

static double sampled_rows(const measured *m) {
    double rows = 0;
    for (int i = 0; i < m->samples.n; i++) rows += (double)m->cost[i].rows;
    return rows;
}

static per_row sample_at(const measured *m, int i) {
    double rows = (double)(m->cost[i].rows ? m->cost[i].rows : 1);
    double before = i ? m->now[i - 1].windows : m->start.windows;
    double touched = i && m->cold ? 0 : m->now[i].windows - before;
    return (per_row){settled(&m->cost[i]) / rows, touched / rows};
}

static void insert(double *sorted, int n, double value) {
    for (; n > 0 && sorted[n - 1] > value; n--) sorted[n] = sorted[n - 1];
    sorted[n] = value;
}

static void foretell_processor(const measured *m, rv_prediction *p) {
    int n = m->samples.n, later = n - 1;
    p->processor = p->least = p->most = m->cost[0].cores.ran;
    if (n == 1 || !m->cost[1].rows) return;
    per_row first = sample_at(m, 0), calm = {0};
    for (int i = 1; i < n; i++) {
        per_row s = sample_at(m, i);
        calm.ran += s.ran / later, calm.touched += s.touched / later;
    }
    double f = first.touched > calm.touched ? (first.ran - calm.ran) / (first.touched - calm.touched) : 0;
    f = f < 0 ? 0 : f > TOUCH_MOST ? TOUCH_MOST : f;
    if (f * calm.touched > calm.ran / 2) f = calm.ran / 2 / calm.touched;
    double c[SAMPLES] = {0}, rows = sampled_rows(m) * m->samples.times,
           once = m->cost[1].cores.ran - settled(&m->cost[1]) + (m->then.windows - m->start.windows) * f;
    for (int i = 1; i < n; i++) insert(c, i - 1, sample_at(m, i).ran - f * sample_at(m, i).touched);
    p->processor = once + rows * (c[(later - 1) / 2] + c[later / 2]) / 2;
    p->least = once + rows * c[0];
    p->most = once + rows * c[later - 1];
}

/* Seconds of a sample in which threads neither ran nor stood ready, beyond what a short run always has of them. */
static double asleep(const rv_core_time *cores, double seconds, int threads) {
    double idle = seconds - (cores->ran + cores->waited) / threads - 0.25 * seconds;
    return idle > 0 ? idle : 0;
}

/* A disk that was waited for by the first sample alone has been read; one that all wait for will be by the job. */
static void foretell_waiting(const measured *m, int threads, rv_prediction *p) {
    double ran = 0, waited = 0, slept = 0, rows = 0, all = sampled_rows(m) * m->samples.times;
    for (int i = 0; i < m->samples.n; i++) {
        const rv_enrich_cost *cost = &m->cost[i];
        ran += cost->cores.ran, waited += cost->cores.waited;
        if (i == 0 || !cost->steady_rows) continue;
        slept += asleep(&cost->steady_cores, cost->steady_seconds, threads);
        rows += (double)cost->steady_rows;
    }
    p->waited = ran > 0 ? waited / ran : 0;
    p->waiting = rows > 0 ? slept / rows * all : 0;
    double first = asleep(&m->cost[0].cores, m->cost[0].seconds, threads);
    double more = m->now[0].pages > m->start.pages ? (m->then.pages - m->start.pages) / (m->now[0].pages - m->start.pages) : 1;
    p->most_waiting = p->waiting > first * more ? p->waiting : first * more;
}

/* The disk writes beside the work; what it is behind at the end is waited for. */
static void foretell_writing(const measured *m, const rv_enrich_options *options, int threads, rv_prediction *p) {
    if (!options->out || strcmp(options->out, "-") == 0) return;
    write_rate rate = probe_writing(options->out);
    double lines = 0;
    for (int i = 0; i < m->samples.n; i++) lines += (double)m->cost[i].line_bytes * m->samples.times;
    double copying = lines * rate.copying, last = lines < WRITE_PROBE ? lines : WRITE_PROBE;
    p->processor += copying, p->least += copying, p->most += copying;
    double behind = lines * rate.syncing - p->processor / threads;
    if (behind < last * rate.syncing) behind = last * rate.syncing;
    p->waiting += behind;
    p->most_waiting += behind;
}

/*
 * Of an image the stage itself knows what it will map. What a file taken whole as the sample touched has been measured;
 * and of an archive, what is touched of the file and decoded from it grows together.
 */
static uint64_t peak_of(const measured *m, const rv_enrich_load *load, rv_layout layout) {
    enum { KEPT_BYTES = 16 }; /* of a client between two passes */
    bool sampled = m->samples.n > 1 && m->cost[1].rows > 0;
    int last = m->samples.n - 1;
    double anonymous = (double)m->cost[sampled].anonymous_bytes, before = (double)m->before.anonymous;
    double base = m->after.files > m->before.files ? (double)(m->after.files - m->before.files) : 0;
    if (sampled && layout == RV_IMAGE) {
        base = (double)load->mapped;
        if (load->twice) anonymous += KEPT_BYTES * sampled_rows(m) * m->samples.times;
    } else if (sampled) {
        double more = m->then.windows / (m->now[last].windows > 0 ? m->now[last].windows : 1);
        base *= m->then.windows / (m->now[0].windows > 0 ? m->now[0].windows : 1);
        if (anonymous > before) anonymous = before + (anonymous - before) * more;
    }
    return (uint64_t)((double)m->before.files + base + anonymous + (double)m->samples.mapped);
}

static double seconds_of(double processor, double waited, double waiting, int threads) {
    double seconds = processor * (1 + waited) / (threads * (threads > 1 ? AT_WORK : 1)) + waiting;
    return (double)(uint64_t)(seconds * 1000 + 0.5) / 1000;
}

void rv_prediction_tell(const rv_prediction *p, const rv_settings *settings, rv_summary *summary) {
    enum { WIDE = 10 }; /* per cent: a range that is told */
    rv_json *json = &summary->json;
    int threads = rv_threads(settings);
    if (!p->known) {
        for (int i = 0; i < 4; i++) {
            static const char *const keys[] = {"expected_rows", "expected_seconds", "expected_peak_bytes",
                                               "expected_seconds_range"};
            rv_json_key(json, keys[i]);
            rv_json_null(json);
        }
        rv_note(settings, "what the job will take can't be told beforehand: the clients can't be looked at twice");
        return;
    }
    double seconds = seconds_of(p->processor, p->waited, p->waiting, threads),
           least = seconds_of(p->least, 0, p->waiting, threads),
           most = seconds_of(p->most, p->waited, p->most_waiting, threads);
    rv_json_put_unsigned(json, "expected_rows", p->rows);
    rv_json_put_number(json, "expected_seconds", seconds);
    rv_json_put_unsigned(json, "expected_peak_bytes", p->peak_bytes);
    rv_json_key(json, "expected_seconds_range");
    rv_json_array(json);
    rv_json_number(json, least);
    rv_json_number(json, most);
    rv_json_end(json, ']');
    rv_note(settings, "expected: %llu rows, %.2f seconds, %.2f GB of memory at most", (unsigned long long)p->rows,
            seconds, (double)p->peak_bytes / 1e9);
    if ((most - least) * 100 > seconds * WIDE)
        rv_note(settings, "by sample, and with others at work or a disk to read from: %.2f to %.2f seconds", least, most);
}

static long faults_from_disk(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_majflt : 0;
}

static rv_status measure_one(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                             const rv_predict_feed *feed, int i, measured *m, rv_error *err) {
    rv_enrich_options sampled = *options;
    sampled.clients.path = m->samples.of[i].path;
    rv_enrich_sink sink;
    if (feed) RV_TRY(feed->begin(feed->ctx, &sink, err));
    return rv_enrich_measure(megabase, &sampled, settings, feed ? &sink : NULL, &m->cost[i], err);
}

/*
 * Where the first sample had to read from a disk, later ones are measured a second time: on a guest each small page costs its
 * first visitor a fault of the host, which nobody here sees, and made fresh samples take 2.2 to 2.8 times of what they took a
 * moment later. Looking at the same lines again is the smaller error.
 */
static rv_status measure(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                         const rv_predict_feed *feed, measured *m, rv_error *err) {
    long faults = faults_from_disk();
    m->before = rv_resident_bytes();
    rv_megabase_count_touched(megabase, 1, &m->start, &m->then);
    for (int i = 0; i < m->samples.n; i++) {
        RV_TRY(measure_one(megabase, options, settings, feed, i, m, err));
        double more = m->samples.times * m->samples.n / (i + 1);
        rv_megabase_count_touched(megabase, more, &m->now[i], &m->then);
        if (i == 0) m->after = rv_resident_bytes();
    }
    m->cold = faults_from_disk() > faults;
    for (int i = 1; i < m->samples.n && m->cold; i++) RV_TRY(measure_one(megabase, options, settings, feed, i, m, err));
    rv_megabase_release(megabase, RV_PREPARE_ALL);
    return RV_OK;
}

rv_status rv_predict_clients(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                             const rv_predict_feed *feed, rv_prediction *out, rv_error *err) {
    measured m = {0};
    rv_prediction p = {0};
    rv_error own = {0};
    rv_status status = rv_file_samples_take(options->clients.path, &m.samples, &own);
    if (m.samples.known) {
        status = measure(megabase, options, settings, feed, &m, &own);
        p.known = status == RV_OK;
    }
    if (p.known) {
        p.rows = (uint64_t)(sampled_rows(&m) * m.samples.times + 0.5);
        rv_enrich_load load = rv_enrich_expect(megabase, settings, m.samples.stored, m.samples.mapped > 0);
        foretell_processor(&m, &p);
        if (load.twice) p.processor *= AGAIN, p.least *= AGAIN, p.most *= AGAIN;
        foretell_waiting(&m, rv_threads(settings), &p);
        foretell_writing(&m, options, rv_threads(settings), &p);
        p.peak_bytes = peak_of(&m, &load, rv_megabase_layout(megabase));
    }
    rv_file_samples_close(&m.samples);
    p.foretold = status == RV_OK;
    *out = p;
    if (status != RV_NO_MEMORY && status != RV_INTERRUPTED) return RV_OK;
    if (err) *err = own;
    return status;
}

rv_status rv_predict_enrich(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                            double opening, rv_summary *summary, rv_error *err) {
    rv_prediction p;
    RV_TRY(rv_predict_clients(megabase, options, settings, NULL, &p, err));
    p.waiting += opening;
    p.most_waiting += opening;
    if (p.foretold) rv_prediction_tell(&p, settings, summary);
    return RV_OK;
}
