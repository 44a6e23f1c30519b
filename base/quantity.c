/* Numbers as people write them, on the command line and in job files: one reader for both. */
#include "text.h"

#include <reveil.h>

/* Cuts one of the letters off the end and gives its power; 0: none is there. */
static unsigned cut_letter(rv_text *t) {
    static const char letters[] = "KMGT";
    char last = t->len ? t->ptr[t->len - 1] : 0;
    const char *at = last ? strchr(letters, last >= 'a' ? last - 'a' + 'A' : last) : NULL;
    if (!at) return 0;
    t->len--;
    return (unsigned)(at - letters) + 1;
}

static bool scaled(rv_text digits, double base, unsigned power, double most, uint64_t *out) {
    double n;
    if (!digits.len || digits.ptr[0] < '0' || digits.ptr[0] > '9' || !rv_text_to_decimal(digits, '.', &n)) return false;
    while (power--) n *= base;
    if (n > most) return false;
    *out = (uint64_t)n;
    return true;
}

bool rv_read_size(const char *text, uint64_t *bytes) {
    rv_text t = rv_text_of(text);
    if (t.len && (t.ptr[t.len - 1] == 'B' || t.ptr[t.len - 1] == 'b')) t.len--;
    if (t.len && t.ptr[t.len - 1] == 'i') t.len--;
    unsigned power = cut_letter(&t);
    return scaled(t, 1024, power, 1e18, bytes);
}

bool rv_read_count(const char *text, uint64_t *n) {
    rv_text t = rv_text_of(text);
    if (t.len && t.ptr[0] >= '0' && t.ptr[0] <= '9' && rv_text_to_unsigned(t, n)) return true;
    unsigned power = cut_letter(&t);
    return power && scaled(t, 1000, power, 1e18, n);
}

bool rv_read_share(const char *text, double *n, bool *is_share) {
    rv_text t = rv_text_of(text);
    bool share = t.len && t.ptr[t.len - 1] == '%';
    if (share) t.len--;
    double value;
    if (!rv_text_to_decimal(t, '.', &value) || value < 0 || (share && value > 100)) return false;
    *n = share ? value / 100 : value;
    *is_share = share;
    return true;
}
