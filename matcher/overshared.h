/*
 * Values that are nobody's, found from the client file itself: the shop's own e-mail typed for every client without
 * one, a telephone of the head office, "CLIENT MAGASIN" as a name. What many rows share with different partners (an
 * e-mail with different names, a name with different e-mails, telephones, birth dates and addresses) says nothing of
 * the row; the same value with the same partner is one client met often, as in a file of orders, and stays.
 *
 * Counted in a pass of its own before matching, in tables of fixed size (Cormode and Muthukrishnan, "An improved data
 * stream summary: the count-min sketch", J. Algorithms 55, 2005): counts are never too low, too high by less than one
 * in ten thousand rows, and don't depend on the threads. Of a large file some
 * 65,000 rows are counted, one in so many bytes: the rest of it isn't read for this.
 */
#ifndef RV_OVERSHARED_H
#define RV_OVERSHARED_H

#include "batch.h"
#include "report.h"
#include "role.h"
#include "table_reader.h"

typedef enum rv_shared_kind {
    RV_SHARED_EMAIL,
    RV_SHARED_MOBILE,
    RV_SHARED_PHONE,
    RV_SHARED_NAME,
    RV_SHARED_KINDS
} rv_shared_kind;

/* E-mails and telephones: shared by 50 rows and one in 2,000. Names: by 50 rows and one in 100. */
enum { RV_SHARED_LEAST = 50, RV_SHARED_CONTACT_ONE_IN = 2000, RV_SHARED_NAME_ONE_IN = 100 };

typedef struct rv_overshared rv_overshared;
/* Goes through the file of `table` once more. *out is NULL when nothing in it is over-shared, and for a stream (of no
 * known size), which can't be read twice. */
rv_status rv_overshared_find(const rv_table_options *clients, const rv_table *table, const rv_table_roles *roles,
                             const rv_settings *settings, rv_overshared **out, rv_error *err);
void rv_overshared_free(rv_overshared *overshared); /* NULL is fine */

/* Is this row's value of the kind one of them? NULL: no. Remembers what it said yes to, for the report. Any thread. */
bool rv_overshared_has(rv_overshared *overshared, rv_shared_kind kind, const rv_table_roles *roles,
                       const rv_batch *batch, uint32_t row);
/* "shared_values": [{"column","value","rows"}] in the open object, and lines for people. Values as shapes unless
 * settings->show_values. */
void rv_overshared_report(const rv_overshared *overshared, const rv_settings *settings, rv_summary *summary);

#endif
