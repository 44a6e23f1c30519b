/* reveil version */
#include "console.h"

#include <stdio.h>

static int run(const arguments *a) {
    (void)a;
    const char *duckdb = rv_duckdb_version(), *workbooks = rv_xlsxwriter_version();
    printf("reveil %s\n", rv_version());
    if (duckdb) printf("libduckdb %s: reads and writes Parquet, asks SQL\n", duckdb);
    else printf("libduckdb isn't there: no Parquet, no SQL (scripts/get_duckdb.sh fetches it)\n");
    if (workbooks) printf("libxlsxwriter %s: writes Excel workbooks\n", workbooks);
    else printf("libxlsxwriter isn't there: no Excel workbooks (apt-get install libxlsxwriter-dev)\n");
    return 0;
}

const command version_command = {
    .name = "version",
    .summary = "print the version, and which optional libraries are there",
    .operands = "",
    .run = run,
};
