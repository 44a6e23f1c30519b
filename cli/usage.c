/* Apart from console.c, which needs the options: the options need only this. */
#include "usage.h"

#include <stdarg.h>
#include <stdio.h>

int usage_error(const command *c, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, c ? "reveil %s: error: " : "reveil%s: error: ", c ? c->name : "");
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    if (hint) fprintf(stderr, "  %s\n", hint);
    fprintf(stderr, c ? "  reveil help %s shows what it takes\n" : "  reveil help%s lists the commands\n",
            c ? c->name : "");
    return 2;
}
