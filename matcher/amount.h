/*
 * Amounts as people write them, to whole ten-thousandths: 29.90, 29,90, 1 234,50 €, CHF 1'234.-, 1.234,50, -12, (12.50),
 * 12.50-, +3.5, 1e2. Sums of whole numbers don't depend on their order, so neither does a client's amount.
 *
 * Whether 1,234 is a little more than one or more than a thousand can't be told from one cell. It is read as a decimal,
 * and counted; the marks seen in the whole file then say whether that was safe (rv_amount_doubt).
 */
#ifndef RV_AMOUNT_H
#define RV_AMOUNT_H

#include "error.h"
#include "text.h"

#define RV_AMOUNT_UNIT 10000                                  /* of the currency */
#define RV_AMOUNT_MAX ((int64_t)10000000000 * RV_AMOUNT_UNIT) /* ten billion a row */

static inline double rv_amount_value(int64_t amount) { return (double)amount / RV_AMOUNT_UNIT; }

typedef struct rv_amount_marks { /* [0] '.', [1] ',' */
    uint64_t decimal[2];         /* cells in which the mark can only be decimal */
    uint64_t unclear[2];         /* cells in which it could also group thousands */
    uint32_t currencies;         /* bit k: cells that name currency k (rv_amount_currency) */
} rv_amount_marks;

const char *rv_amount_currency(unsigned k); /* "EUR" ...; NULL: there are no more */

/* decimal: '.', ',' or 0 (each cell by itself). Five decimals and more are rounded half away from zero. Returns NULL, or
 * the reason of the reject: "bad_amount", "amount_not_finite", "amount_out_of_range". */
const char *rv_amount_parse(rv_text text, char decimal, int64_t *out, rv_amount_marks *marks);

typedef enum rv_amount_verdict { RV_AMOUNTS_CLEAR, RV_AMOUNTS_UNCLEAR, RV_AMOUNTS_CONTRADICT } rv_amount_verdict;
/* CONTRADICT: unclear cells were read with one mark as decimal where only the other is proven to be. UNCLEAR: there are
 * unclear cells, and nothing else to tell by. `mark` gets the mark that was taken as decimal. */
rv_amount_verdict rv_amount_doubt(const rv_amount_marks *marks, char *mark);

#endif
