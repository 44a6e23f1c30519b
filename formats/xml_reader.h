/*
 * XML, as far as Excel workbooks need it: elements and text handed to callbacks while a zip member is unpacked, through
 * libexpat where it is there (loaded_library.h). Names come without their prefix: x:row is row.
 */
#ifndef RV_XML_READER_H
#define RV_XML_READER_H

#include "text.h"
#include "zip_reader.h"

typedef struct rv_xml_handler {
    /* attributes: name, value, name, value... NULL. A failure ends the reading. Any callback may be NULL. */
    rv_status (*start)(void *ctx, const char *name, const char *const *attributes, rv_error *err);
    rv_status (*end)(void *ctx, const char *name, rv_error *err);
    rv_status (*text)(void *ctx, const char *bytes, size_t n, rv_error *err); /* UTF-8, in pieces as they come */
    void *ctx;
} rv_xml_handler;

/* RV_BAD_INPUT where libexpat isn't there, with how to get it as the hint; RV_CORRUPT where the member is no XML. */
rv_status rv_xml_read(const rv_zip_member *member, const rv_xml_handler *handler, rv_error *err);
/* The value of an attribute, its prefix apart, or NULL. */
const char *rv_xml_attribute(const char *const *attributes, const char *name);

#endif
