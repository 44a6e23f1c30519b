/* See predict.h. Everything here is measured within some tenths of a second; nothing is kept and no output is touched. */
#include "predict.h"

#include "enrich_block.h"
#include "file.h"
#include "file_samples.h"
#include "parallel.h"
#include <stdio.h>
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

typedef struct measured {
    rv_file_samples samples;
    rv_enrich_cost cost[2];
    rv_resident before, after;               /* the first sample */
    rv_megabase_touched start, now[2], then; /* after each sample, and after the whole */
} measured;

/* Seconds of a sample without what only its first blocks cost (threads, room in the slots). */
static double settled(const rv_enrich_cost *cost) {
    if (!cost->steady_rows) return cost->seconds;
    return cost->steady_seconds / (double)cost->steady_rows * (double)cost->rows;
}

static double work_seconds(const measured *m) {
    const rv_enrich_cost *first = &m->cost[0], *second = &m->cost[1];
    if (m->samples.times <= 1 || !second->rows) return first->seconds;
    double early = m->now[0].windows - m->start.windows, late = m->now[1].windows - m->now[0].windows;
    double calm = settled(second), starting = second->seconds - calm, per_row = (double)second->rows;
    double cold = (first->seconds - starting) * per_row / (double)first->rows;
    early *= per_row / (double)first->rows;
    double f = early > late && cold > calm ? (cold - calm) / (early - late) : 0;
    if (f * late > calm / 2) f = calm / 2 / late;
    double c = (calm - f * late) / per_row, rows = (double)(first->rows + second->rows) * m->samples.times;
    return starting + rows * c + (m->then.windows - m->start.windows) * f;
}

static double seconds_of(const measured *m, const rv_enrich_load *load, const rv_enrich_options *options,
                         const rv_settings *settings) {
    double seconds = work_seconds(m) * (load->twice ? 1.03 : 1); /* parsing again */
    if (!options->out || strcmp(options->out, "-") == 0) return seconds;
    write_rate rate = probe_writing(options->out);
    double lines = (double)(m->cost[0].line_bytes + m->cost[1].line_bytes) * m->samples.times;
    return seconds + lines * (rate.copying / rv_threads(settings) + rate.syncing);
}

/*
 * Of an image the stage itself knows what it will map. What a file taken whole as the sample touched has been measured;
 * and of an archive, what is touched of the file and decoded from it grows together.
 */
static uint64_t peak_of(const measured *m, const rv_enrich_load *load, rv_layout layout) {
    enum { KEPT_BYTES = 16 }; /* of a client between two passes */
    bool sampled = m->cost[1].rows > 0;
    double anonymous = (double)m->cost[sampled].anonymous_bytes, before = (double)m->before.anonymous;
    double base = m->after.files > m->before.files ? (double)(m->after.files - m->before.files) : 0;
    if (sampled && layout == RV_IMAGE) {
        base = (double)load->mapped;
        if (load->twice) anonymous += KEPT_BYTES * (double)(m->cost[0].rows + m->cost[1].rows) * m->samples.times;
    } else if (sampled) {
        double more = m->then.windows / (m->now[1].windows > 0 ? m->now[1].windows : 1);
        base *= m->then.windows / (m->now[0].windows > 0 ? m->now[0].windows : 1);
        if (anonymous > before) anonymous = before + (anonymous - before) * more;
    }
    return (uint64_t)((double)m->before.files + base + anonymous + (double)m->samples.mapped);
}

void rv_prediction_tell(const rv_prediction *p, const rv_settings *settings, rv_summary *summary) {
    rv_json *json = &summary->json;
    if (!p->known) {
        for (int i = 0; i < 3; i++) {
            static const char *const keys[] = {"expected_rows", "expected_seconds", "expected_peak_bytes"};
            rv_json_key(json, keys[i]);
            rv_json_null(json);
        }
        rv_note(settings, "what the job will take can't be told beforehand: the clients can't be looked at twice");
        return;
    }
    rv_json_put_unsigned(json, "expected_rows", p->rows);
    rv_json_put_number(json, "expected_seconds", (double)(uint64_t)(p->seconds * 1000 + 0.5) / 1000);
    rv_json_put_unsigned(json, "expected_peak_bytes", p->peak_bytes);
    rv_note(settings, "expected: %llu rows, %.2f seconds, %.2f GB of memory at most", (unsigned long long)p->rows,
            p->seconds, (double)p->peak_bytes / 1e9);
}

static rv_status measure(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                         const rv_predict_feed *feed, measured *m, rv_error *err) {
    rv_enrich_options sampled = *options;
    m->before = rv_resident_bytes();
    rv_megabase_count_touched(megabase, 1, &m->start, &m->then);
    for (int i = 0; i < (m->samples.times > 1 ? 2 : 1); i++) {
        sampled.clients.path = m->samples.of[i].path;
        rv_enrich_sink sink;
        if (feed) RV_TRY(feed->begin(feed->ctx, &sink, err));
        RV_TRY(rv_enrich_measure(megabase, &sampled, settings, feed ? &sink : NULL, &m->cost[i], err));
        rv_megabase_count_touched(megabase, m->samples.times, &m->now[i], &m->then);
        if (i == 0) m->after = rv_resident_bytes();
    }
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
        p.rows = (uint64_t)((double)(m.cost[0].rows + m.cost[1].rows) * m.samples.times + 0.5);
        rv_enrich_load load = rv_enrich_expect(megabase, settings, m.samples.stored, m.samples.mapped > 0);
        p.seconds = seconds_of(&m, &load, options, settings);
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
    p.seconds += opening;
    if (p.foretold) rv_prediction_tell(&p, settings, summary);
    return RV_OK;
}
