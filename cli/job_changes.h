/* --if-changed: whether there is anything to do, and the fingerprint that the summary keeps for the next time. */
#ifndef CLI_JOB_CHANGES_H
#define CLI_JOB_CHANGES_H

#include "options.h"

/* 0: go on; else the code to end with: 99 when nothing has changed, 2 or 3 after an error was printed. */
int check_changed(const arguments *arguments);
/* What the summary of a job that ended well keeps; NULL without --if-changed. */
const char *fingerprint_of_job(void);

#endif
