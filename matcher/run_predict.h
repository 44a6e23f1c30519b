/* What `run` will take, told before it is done (--dry-run): see predict.h for the clients; orders and scores are measured on
 * samples too. */
#ifndef RV_RUN_PREDICT_H
#define RV_RUN_PREDICT_H

#include "job_description.h"
#include "predict.h"

/* Tells rows, seconds and peak memory of the whole job, all client files together; opening: seconds that opening the
 * megabase took. What is wrong with the job is left for the job to tell. Fails for want of memory and when asked to stop. */
rv_status rv_predict_run(rv_job_description *job, rv_megabase *megabase, const rv_settings *settings, double opening,
                         rv_summary *summary, rv_error *err);

#endif
