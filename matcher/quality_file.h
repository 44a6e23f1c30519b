/* The quality sheet: as JSON for programs, as lines for people. */
#ifndef RV_QUALITY_FILE_H
#define RV_QUALITY_FILE_H

#include "drift.h"
#include "learn.h"

/* Beside the sheet of a profile learned now; sheets without columns say nothing. */
typedef struct rv_quality_drift {
    const rv_drift_sheet *last_quarter; /* of the profile's attributes */
    const rv_profile *previous;         /* of the last run */
    const rv_drift_sheet *since_last;   /* of its attributes */
} rv_quality_drift;

/* One JSON object, two blanks a level. drift: NULL is fine. */
void rv_quality_json(const rv_quality *quality, const rv_profile *profile, const rv_quality_drift *drift,
                     rv_buffer *out);
/* Method, AUC, lift, what was left out, warnings. */
void rv_quality_text(const rv_quality *quality, const rv_profile *profile, rv_buffer *out);
/* One line per warning; none is an answer. `line` is called for each. */
void rv_quality_warnings(const rv_quality *quality, const rv_profile *profile,
                         void (*line)(void *ctx, const char *text), void *ctx);
/* One line per attribute in alarm: "'month' has drifted `since`: ...". */
void rv_drift_warnings(const rv_drift_sheet *drift, const rv_profile *profile, const char *since,
                       void (*line)(void *ctx, const char *text), void *ctx);
/* When a profile learned before was applied: drift since then, per attribute and of the scores. */
void rv_drift_json(const rv_profile *profile, const rv_drift_sheet *drift, rv_buffer *out);

static inline double rv_quality_lift(const rv_quality *q, unsigned deciles) { /* of the first deciles, over average */
    double people = 0, seeds = 0, all = 0, all_seeds = 0;
    for (unsigned d = 0; d < 10; d++) {
        if (d < deciles) people += (double)q->decile[d].people, seeds += (double)q->decile[d].seeds;
        all += (double)q->decile[d].people, all_seeds += (double)q->decile[d].seeds;
    }
    return people > 0 && all_seeds > 0 ? seeds / people / (all_seeds / all) : 0;
}

#endif
