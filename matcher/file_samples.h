/*
 * Samples of a table's file, each of four pieces from all over it, so that what a job takes can be measured on them
 * beforehand (predict.h). Later samples go on where the first one has been: what they find warm, the job will; and what
 * they cost tells how far one of them can be trusted.
 */
#ifndef RV_FILE_SAMPLES_H
#define RV_FILE_SAMPLES_H

#include "error.h"

typedef struct rv_file_sample {
    int fd; /* a file in memory, of no name */
    char path[64];
    uint64_t bytes; /* decoded */
} rv_file_sample;

enum { RV_FILE_SAMPLES = 4 };
typedef struct rv_file_samples {
    rv_file_sample of[RV_FILE_SAMPLES];
    int n;           /* 1: the first is the file; 2 of a file that is small or packed */
    double times;    /* how many times all of them the file is */
    uint64_t stored; /* bytes on disk */
    uint64_t mapped; /* those that the job will map, and touch */
    bool known;      /* false: nothing can be seen beforehand (a pipe) */
} rv_file_samples;

rv_status rv_file_samples_take(const char *path, rv_file_samples *out, rv_error *err);
/* All of them as one, in the place of the first. */
rv_status rv_file_samples_join(rv_file_samples *samples, rv_error *err);
void rv_file_samples_close(rv_file_samples *samples); /* after taking, whatever came of it */

#endif
