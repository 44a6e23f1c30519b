/* The CDNOW sample (Fader and Hardie), as purchase days per customer: what published buy-till-you-die fits rest on. */
#ifndef TEST_CDNOW_H
#define TEST_CDNOW_H

#include "btyd.h"
#include <stdint.h>

enum { CDNOW_CUSTOMERS = 2357 };
typedef struct cdnow_customer {
    uint32_t x, t_x, T; /* in the calibration period, days */
    uint32_t after;     /* purchase days in the hold-out period */
    int32_t first;
} cdnow_customer;
/* Counts distinct days up to as_of (days since 1970) and after it. 0 when the data aren't there. */
int cdnow_read(int32_t as_of, cdnow_customer out[CDNOW_CUSTOMERS]);
/* One group per customer-like triple; returns their number. */
size_t cdnow_group(const cdnow_customer *customers, rv_btyd_group out[CDNOW_CUSTOMERS]);

#endif
