/*
 * Profiles as JSON that people can read, and back. docs/SCORING.md describes the fields. A profile that is written and
 * read again gives the same scores, to the point.
 *
 * Reading trusts nothing: numbers within bounds, ranges that don't overlap, no value twice; errors name file, line and
 * column. A newer version is RV_NEWER.
 */
#ifndef RV_PROFILE_FILE_H
#define RV_PROFILE_FILE_H

#include "profile.h"

enum { RV_PROFILE_VERSION = 2 }; /* of a profile with pairs; one without them is of version 1 */
rv_status rv_profile_write(const rv_profile *profile, rv_buffer *out, rv_error *err);
rv_status rv_profile_read(const char *path, rv_profile *out, rv_error *err);

#endif
