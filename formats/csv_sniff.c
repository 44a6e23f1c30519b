/* See csv_sniff.h. Records are those of csv_exact.h, so separators and line ends inside quotes don't count. */
#include "csv_sniff.h"

enum { RECORDS = 100, HEADER_RECORDS = 20, HEADER_COLUMNS = 256 };

/* Field counts of the first records; empty lines are passed over. */
static size_t count_fields(const rv_csv_rules *rules, const char *sample, size_t n, bool at_end,
                           size_t counts[RECORDS]) {
    rv_csv_ahead ahead = {0};
    size_t found = 0;
    for (size_t at = 0; at < n && found < RECORDS;) {
        rv_csv_record record;
        rv_csv_outcome end = rv_csv_record_at(rules, sample, at, n, at_end, 0, &ahead, NULL, &record);
        if (end == RV_CSV_MORE || end == RV_CSV_TOO_LONG) break;
        if (end == RV_CSV_UNCLOSED) counts[found++] = record.fields + 1; /* those before it, and the open one */
        else if (record.end > at) counts[found++] = record.fields;
        at = record.next;
    }
    return found;
}

char rv_csv_guess_separator(const char *sample, size_t n, bool at_end, char quote) {
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = 0, alike = 0, absent = 0;
    size_t best_agree = 0, best_fields = 0;
    for (size_t k = 0; k < sizeof candidates; k++) {
        rv_csv_rules rules = {candidates[k], quote, n};
        size_t counts[RECORDS], found = count_fields(&rules, sample, n, at_end, counts), agree = 0, second = 0;
        if (found == 0) break;
        for (size_t i = 0; i < found; i++) agree += counts[i] == counts[0];
        for (size_t i = 1; i < found; i++) second += counts[i] == counts[1] && counts[i] > 1;
        if (counts[0] > 1 && (agree > best_agree || (agree == best_agree && counts[0] > best_fields))) {
            best = candidates[k];
            best_agree = agree;
            best_fields = counts[0];
        }
        if (!alike && second * 2 > found) alike = candidates[k];
        if (!absent && agree == found) absent = candidates[k];
    }
    return best ? best : alike ? alike : absent ? absent : ',';
}

static bool is_email(rv_text t) {
    const char *at = t.len ? memchr(t.ptr, '@', t.len) : NULL;
    return at && at > t.ptr && memchr(at, '.', (size_t)(t.ptr + t.len - at)) != NULL;
}

/* Digits with the signs that numbers, dates and phones have; *digits of them. */
static bool is_number(rv_text t, unsigned *digits) {
    *digits = 0;
    for (uint32_t i = 0; i < t.len; i++) {
        if (t.ptr[i] >= '0' && t.ptr[i] <= '9') ++*digits;
        else if (!strchr("+-./:, ", t.ptr[i]) || t.ptr[i] == 0) return false;
    }
    return *digits > 0;
}

static bool is_year(rv_text t) { return t.len == 4 && (memcmp(t.ptr, "19", 2) == 0 || memcmp(t.ptr, "20", 2) == 0); }

bool rv_csv_guess_header(const rv_csv_rules *rules, const char *sample, size_t n, bool at_end) {
    rv_csv_span first[HEADER_COLUMNS], later[HEADER_COLUMNS];
    rv_csv_spans spans = {first, 0, HEADER_COLUMNS}, others = {later, 0, HEADER_COLUMNS};
    rv_csv_ahead ahead = {0};
    rv_csv_record record;
    if (rv_csv_record_at(rules, sample, 0, n, at_end, 0, &ahead, &spans, &record) != RV_CSV_WHOLE) return true;
    size_t fields = spans.n < HEADER_COLUMNS ? spans.n : HEADER_COLUMNS;
    bool number[HEADER_COLUMNS] = {false}, sure[HEADER_COLUMNS] = {false};
    for (size_t i = 0; i < fields; i++) {
        rv_text t = rv_text_trim(rv_text_make(sample + first[i].start, first[i].end - first[i].start));
        unsigned digits;
        if (is_email(t)) return false;
        number[i] = is_number(t, &digits) && !is_year(t);
        sure[i] = number[i] && digits >= 5; /* no column is called 0612345678 */
    }
    size_t rows = 0;
    for (size_t at = record.next; at < n && rows < HEADER_RECORDS; at = record.next) {
        if (rv_csv_record_at(rules, sample, at, n, at_end, 0, &ahead, &others, &record) != RV_CSV_WHOLE) break;
        if (others.n != spans.n || record.end == at) continue;
        for (size_t i = 0; i < fields; i++) {
            unsigned digits;
            rv_text t = rv_text_trim(rv_text_make(sample + later[i].start, later[i].end - later[i].start));
            if (t.len && !is_number(t, &digits)) number[i] = false;
        }
        rows++;
    }
    size_t numbers = 0;
    bool any_sure = false;
    for (size_t i = 0; i < fields; i++) {
        numbers += number[i];
        any_sure |= number[i] && sure[i];
    }
    return rows == 0 || !(any_sure || numbers >= 2);
}
