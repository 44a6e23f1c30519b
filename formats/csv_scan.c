/* The scalar twins of the scanner's kernels, and the choice between kernels. */
#include "csv_scan.h"

#include "cpu.h"
#include <string.h>

void rv_csv_cut_scalar(const rv_csv_rules *rules, const char *data, size_t n, rv_csv_cut *out) {
    rv_csv_cut cut = {.irregular = n};
    uint64_t breaks = 0;
    for (size_t i = 0; i < n; i++) {
        char c = data[i], before = i ? data[i - 1] : '\n';
        if (c == rules->quote) {
            char other = cut.inside ? i + 1 < n ? data[i + 1] : '\n' : before;
            if (other != rules->quote && other != rules->separator && other != '\n' && other != '\r') {
                cut.irregular = i;
                break;
            }
            cut.inside = !cut.inside;
        } else if (c == '\r' || c == '\n') {
            breaks += !(c == '\n' && i && before == '\r');
            if (!cut.inside) {
                cut.end = i + 1;
                cut.breaks = breaks;
            }
        }
    }
    *out = cut;
}

size_t rv_csv_index_scalar(const rv_csv_rules *rules, const char *data, size_t from, size_t to, rv_csv_marks *marks,
                           uint32_t *at) {
    size_t n = 0;
    rv_csv_marks m = *marks;
    m.quotes = m.inside;
    m.inner_breaks = false;
    for (size_t i = from; i < to; i++) {
        char c = data[i];
        bool quote = c == rules->quote, line_end = c == '\r' || c == '\n';
        if (quote) {
            if (!m.inside && m.after_quote) m.doubled = true;
            m.inside = !m.inside;
            m.quotes = true;
        }
        if (line_end && m.inside) m.inner_breaks = true;
        if (!m.inside && (c == rules->separator || (line_end && !(c == '\n' && m.after_cr)))) at[n++] = (uint32_t)i;
        m.after_quote = quote;
        m.after_cr = c == '\r';
    }
    *marks = m;
    return n;
}

void rv_csv_cut_scan(const rv_csv_rules *rules, const char *data, size_t n, rv_csv_cut *out) {
    switch (rv_cpu_level()) {
    case RV_CPU_AVX512: rv_csv_cut_avx512(rules, data, n, out); break;
    case RV_CPU_AVX2: rv_csv_cut_avx2(rules, data, n, out); break;
    case RV_CPU_SCALAR: rv_csv_cut_scalar(rules, data, n, out); break;
    }
}

bool rv_csv_is_regular(const rv_csv_rules *rules, const char *data, size_t n) {
    rv_csv_cut cut;
    if (rules->escape && memchr(data, rules->escape, n)) return false;
    rv_csv_cut_scan(rules, data, n, &cut);
    return cut.irregular == n && !cut.inside;
}

rv_csv_index_fn *rv_csv_index(void) {
    switch (rv_cpu_level()) {
    case RV_CPU_AVX512: return rv_csv_index_avx512;
    case RV_CPU_AVX2: return rv_csv_index_avx2;
    case RV_CPU_SCALAR: break;
    }
    return rv_csv_index_scalar;
}
