/* What follows from flags and job file together: how to run, and what each output is called. */
#ifndef RV_JOB_SETTINGS_H
#define RV_JOB_SETTINGS_H

#include "job_description.h"

/* Given settings (flags, environment) go before the job's keys. Paths stay borrowed from the job. */
void rv_job_settings(const rv_job_description *job, const rv_settings *given, rv_settings *out);

/* With several client files each has outputs of its own: "out.csv" becomes "out-STEM.csv" by the client file's stem.
 * NULL only for a NULL path or when memory is short. */
const char *rv_job_output_for(rv_job_description *job, const char *path, const char *client);
/* "rejects.csv" serves the clients; what is read beside them has a file of its own: "rejects-SUFFIX.csv". */
const char *rv_job_beside(rv_job_description *job, const char *path, const char *suffix);

/* How the job enriches its client file of that number. */
void rv_job_enrich_options(rv_job_description *job, size_t client, rv_enrich_options *out);

#endif
