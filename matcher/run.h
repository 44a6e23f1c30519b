/* What rv_run_job shares with rv_explain: the settings that follow from flags and job together. */
#ifndef RV_RUN_H
#define RV_RUN_H

#include "job_description.h"

/* Given settings (flags, environment) go before the job's keys. Paths stay borrowed from the job. */
rv_status rv_job_settings(const rv_job_description *job, const rv_settings *given, rv_settings *out, rv_error *err);

/* With several client files each has outputs of its own: "out.csv" becomes "out-STEM.csv" by the client file's stem.
 * NULL only for a NULL path or when memory is short. */
const char *rv_job_output_for(rv_job_description *job, const char *path, const char *client);

#endif
