/* A job as it will be run: what rv_run_config tells. */
#ifndef RV_JOB_CONFIG_H
#define RV_JOB_CONFIG_H

#include "job_description.h"

/* One line a key: name, value, where it comes from; the keys of each client file apart when there are several. */
rv_status rv_job_config(const rv_job_description *job, rv_environment environment, rv_buffer *out, rv_error *err);

#endif
