/*
 * libxlsxwriter, when it is there: tables as Excel workbooks go through it (loaded_library.h). Only what is used is declared
 * here, after the headers of libxlsxwriter 1.1 (BSD licence); handles are opaque pointers, an int is an lxw_error, 0 is none.
 */
#ifndef RV_WORKBOOK_LIBRARY_H
#define RV_WORKBOOK_LIBRARY_H

#include "error.h"
#include <time.h>

typedef struct rv_workbook_options { /* lxw_workbook_options, with room for what later versions add: zeros */
    uint8_t constant_memory;
    const char *tmpdir;
    uint8_t use_zip64;
    const void *later[8];
} rv_workbook_options;

typedef struct rv_workbook_properties { /* lxw_doc_properties */
    const char *texts[10];
    time_t created;
    const void *later[8];
} rv_workbook_properties;

typedef struct rv_workbook_api {
    const char *(*lxw_version)(void);
    const char *(*lxw_strerror)(int error);
    void *(*workbook_new_opt)(const char *path, const rv_workbook_options *options);
    int (*workbook_set_properties)(void *workbook, const rv_workbook_properties *properties);
    void *(*workbook_add_worksheet)(void *workbook, const char *name);
    void *(*workbook_add_format)(void *workbook);
    int (*workbook_close)(void *workbook); /* writes the file, and frees */
    void (*lxw_workbook_free)(void *workbook);
    void (*format_set_bold)(void *format);
    void (*format_set_num_format_index)(void *format, uint8_t index);
    int (*worksheet_write_number)(void *sheet, uint32_t row, uint16_t column, double value, void *format);
    int (*worksheet_write_string)(void *sheet, uint32_t row, uint16_t column, const char *text, void *format);
    int (*worksheet_set_column)(void *sheet, uint16_t first, uint16_t last, double width, void *format);
    int (*worksheet_autofilter)(void *sheet, uint32_t row, uint16_t column, uint32_t last_row, uint16_t last_column);
    void (*worksheet_freeze_panes)(void *sheet, uint32_t row, uint16_t column);
    int (*worksheet_ignore_errors)(void *sheet, uint8_t type, const char *range);
} rv_workbook_api;
enum { RV_WORKBOOK_NUMBER_AS_TEXT = 1, RV_WORKBOOK_SHORT_DATE = 14 }; /* a type to ignore; a format's index */

/* RV_BAD_ARGUMENT where it isn't there, with how to get it as the hint. Any thread. */
rv_status rv_workbook_load(const rv_workbook_api **out, rv_error *err);

#endif
