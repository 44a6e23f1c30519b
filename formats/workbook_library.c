/* See workbook_library.h. Its one state of the process is the loaded library itself. */
#include "workbook_library.h"

#include "loaded_library.h"
#include <pthread.h>

#define SYMBOL(name)                                                                                                   \
    { #name, offsetof(rv_workbook_api, name) }
static const rv_symbol SYMBOLS[] = {SYMBOL(lxw_version),
                                    SYMBOL(lxw_strerror),
                                    SYMBOL(workbook_new_opt),
                                    SYMBOL(workbook_set_properties),
                                    SYMBOL(workbook_add_worksheet),
                                    SYMBOL(workbook_add_format),
                                    SYMBOL(workbook_close),
                                    SYMBOL(lxw_workbook_free),
                                    SYMBOL(format_set_bold),
                                    SYMBOL(format_set_num_format_index),
                                    SYMBOL(worksheet_write_number),
                                    SYMBOL(worksheet_write_string),
                                    SYMBOL(worksheet_set_column),
                                    SYMBOL(worksheet_autofilter),
                                    SYMBOL(worksheet_freeze_panes),
                                    SYMBOL(worksheet_ignore_errors)};

static rv_workbook_api api;
static bool loaded;
static char why_not[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Each version of the library bears its own number; the functions above are the same in all of them. */
static void load(void) {
    static const char *const names[] = {"libxlsxwriter.so",   "libxlsxwriter.so.10", "libxlsxwriter.so.9",
                                        "libxlsxwriter.so.8", "libxlsxwriter.so.7",  "libxlsxwriter.so.6",
                                        "libxlsxwriter.so.5", "libxlsxwriter.so.4",  NULL};
    loaded = rv_library_load(names, SYMBOLS, sizeof SYMBOLS / sizeof *SYMBOLS, &api, why_not, sizeof why_not);
}

const char *rv_xlsxwriter_version(void) {
    pthread_once(&once, load);
    return loaded ? api.lxw_version() : NULL;
}

rv_status rv_workbook_load(const rv_workbook_api **out, rv_error *err) {
    pthread_once(&once, load);
    *out = &api;
    if (loaded) return RV_OK;
    rv_fail(err, RV_BAD_ARGUMENT, "Excel workbooks need libxlsxwriter, which isn't there (%s)", why_not);
    rv_error_hint(err, "apt-get install libxlsxwriter-dev; or write CSV that Excel opens: --out-dialect excel-fr");
    return RV_BAD_ARGUMENT;
}
