#include "cdnow.h"
#include "date.h"
#include "scratch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cdnow_read(int32_t as_of, cdnow_customer out[CDNOW_CUSTOMERS]) {
    char path[512];
    if (!shared_data("scoring/cdnow/CDNOW_sample.txt", path, sizeof path)) return 0;
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    memset(out, 0, CDNOW_CUSTOMERS * sizeof *out);
    unsigned id, day;
    int32_t last[CDNOW_CUSTOMERS + 1];
    memset(last, 0, sizeof last);
    /* a customer's lines follow each other in order of date */
    while (fscanf(f, " %*u %u %u %*u %*f", &id, &day) == 2) {
        int32_t date = rv_date_of((int)(day / 10000), (int)(day / 100 % 100), (int)(day % 100));
        cdnow_customer *c = &out[id - 1];
        if (date == last[id]) continue;
        if (last[id] == 0) {
            c->first = date;
            c->T = (uint32_t)(as_of - date);
        } else if (date <= as_of) {
            c->x++;
            c->t_x = (uint32_t)(date - c->first);
        } else c->after++;
        last[id] = date;
    }
    fclose(f);
    return 1;
}

static int by_triple(const void *a, const void *b) { return memcmp(a, b, 3 * sizeof(uint16_t)); }

size_t cdnow_group(const cdnow_customer *customers, rv_btyd_group out[CDNOW_CUSTOMERS]) {
    for (size_t i = 0; i < CDNOW_CUSTOMERS; i++)
        out[i] = (rv_btyd_group){(uint16_t)customers[i].x, (uint16_t)customers[i].t_x, (uint16_t)customers[i].T, 1};
    qsort(out, CDNOW_CUSTOMERS, sizeof *out, by_triple);
    size_t n = 0;
    for (size_t i = 0; i < CDNOW_CUSTOMERS; i++) {
        if (n > 0 && by_triple(&out[n - 1], &out[i]) == 0) out[n - 1].count++;
        else out[n++] = out[i];
    }
    return n;
}
