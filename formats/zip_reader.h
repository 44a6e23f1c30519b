/*
 * Zip archives, as far as Excel workbooks need them: members found by their names and unpacked piece by piece, stored or
 * deflated, of any size; sizes and checksums are proved. Format: PKWARE's APPNOTE 6.3, sections 4.3 to 4.5.
 */
#ifndef RV_ZIP_READER_H
#define RV_ZIP_READER_H

#include "error.h"

typedef struct rv_zip_member {
    const unsigned char *data; /* packed; a view of the archive */
    uint64_t packed, size;
    uint32_t crc;
    bool deflated;
} rv_zip_member;

/* False: no such member, or its entry isn't what the format says. */
bool rv_zip_find(const void *archive, size_t n, const char *name, rv_zip_member *out);

/* False: there is no directory at its end, so it was cut, or is none. */
bool rv_zip_is_whole(const void *archive, size_t n);

/* Gives the member's bytes to `each`, in order; its failure ends the reading. RV_CORRUPT where the archive lies. */
typedef rv_status rv_zip_each(void *ctx, const char *bytes, size_t n, rv_error *err);
rv_status rv_zip_read(const rv_zip_member *member, rv_zip_each *each, void *ctx, rv_error *err);

#endif
