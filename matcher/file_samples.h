/*
 * Two samples of a table's file, each of four pieces from all over it, so that what a job takes can be measured on them
 * beforehand (predict.h). The second sample goes on where the first one has been: what it finds warm, the job will.
 */
#ifndef RV_FILE_SAMPLES_H
#define RV_FILE_SAMPLES_H

#include "error.h"

typedef struct rv_file_sample {
    int fd; /* a file in memory, of no name */
    char path[64];
    uint64_t bytes; /* decoded */
} rv_file_sample;

typedef struct rv_file_samples {
    rv_file_sample of[2];
    double times;    /* how many times both the file is; 1: the first is the file, and there is no second */
    uint64_t stored; /* bytes on disk */
    uint64_t mapped; /* those that the job will map, and touch */
    bool known;      /* false: nothing can be seen beforehand (a pipe) */
} rv_file_samples;

rv_status rv_file_samples_take(const char *path, rv_file_samples *out, rv_error *err);
void rv_file_samples_close(rv_file_samples *samples); /* after taking, whatever came of it */

#endif
