/*
 * A number is first stripped to its digits, then read as international (after '+' or 00), then as a national number
 * of the country that the file defaults to. French numbers of overseas parts belong to calling codes of their own
 * (0690... is +590 690...), and some national ranges are no person's: the calling platforms of Arcep's decision
 * 2022-1583, services (08), machines (0700). Which other numbers are in use, phone_plan.h knows.
 */
#include "phone.h"

#include "bytes16.h"
#include "error.h"
#include "letters.h"
#include "phone_plan.h"

/* What people type to get past a form: one digit all along (after the first), 123456789, 0102030405, 0606060606. */
static bool is_stop_of_any_length(const char *national, size_t n) {
    size_t same = 1;
    while (same < n && (same < 2 || national[same] == national[1])) same++;
    return same == n;
}

/* Of nine digits, as French ones have: eight at a time, since which digits follow can't be foretold. */
static bool is_stop_of_nine(const char *national) {
    static const char stops[3][8] = {"12345678", "10203040", "98765432"};
    static const char lasts[] = "951";
    const uint64_t each = 0x0101010101010101, odd = 0xff00ff00ff00ff00;
    uint64_t first, behind, stop;
    memcpy(&first, national, 8);
    memcpy(&behind, national + 1, 8);
    bool found = behind == each * (unsigned char)national[1]; /* one digit all along */
    for (int i = 0; i < 3; i++) {
        memcpy(&stop, stops[i], 8);
        found |= (first == stop) & (national[8] == lasts[i]);
    }
    uint64_t pairs = (each * '0' & odd) | (each * (unsigned char)national[0] & ~odd);
    return found | ((first == pairs) & (national[8] == national[0]));
}

static bool is_stop(const char *national, size_t n) {
    return n == 9 ? is_stop_of_nine(national) : is_stop_of_any_length(national, n);
}

/* Inlined, so that what is known of a French number's lengths needn't be counted. */
RV_INLINE const char *emit(const char *code, const char *national, size_t n, rv_phone_kind kind, const char *country,
                           rv_phone *out) {
    size_t code_len = strlen(code);
    if (code_len + n > 15) return "too_long";
    out->e164[0] = '+';
    memcpy(out->e164 + 1, code, code_len);
    memcpy(out->e164 + 1 + code_len, national, n);
    out->e164[1 + code_len + n] = 0;
    out->len = (uint8_t)(1 + code_len + n);
    out->kind = kind;
    memcpy(out->country, country, strlen(country) + 1);
    return NULL;
}

static const char *read_planned(const rv_phone_plan *plan, const char *national, rv_phone *out) {
    static const rv_phone_kind kinds[] = {[RV_RANGE_FIXED] = RV_PHONE_FIXED, [RV_RANGE_MOBILE] = RV_PHONE_MOBILE};
    size_t n = strlen(national);
    const rv_phone_range *range = rv_phone_range_find(plan, national, n);
    if (!range) {
        unsigned shortest, longest;
        rv_phone_plan_lengths(plan, &shortest, &longest);
        return n < shortest ? "too_short" : n > longest ? "too_long" : "not_in_plan";
    }
    if (is_stop(national, n)) return "stop_value";
    if (range->kind == RV_RANGE_SERVICE) return "service_number";
    return emit(plan->code, national, n, range->kind <= RV_RANGE_MOBILE ? kinds[range->kind] : RV_PHONE_UNKNOWN,
                range->country, out);
}

/* --- France ------------------------------------------------------------------------------------------------------ */

/* Where French national numbers of overseas parts belong. */
static const char *const overseas[][2] = {
    {"26[239] 639 69[23] 7092 7093[5-7]", "262"},
    {"590 69[01] 7090", "590"},
    {"594 694 7093[0-3]", "594"},
    {"596 69[67] 7091", "596"},
    {"508 708", "508"},
};
/* Arcep's ranges for calling platforms, and those of the overseas parts. */
static const char platforms[] = "16[23] 27[01] 37[78] 42[45] 56[89] 94[89] 947[5-9]", platforms_overseas[] = "947[5-9]";

static const char *read_overseas(const char *code, const char *national, rv_phone *out) {
    return read_planned(rv_phone_plan_of_number(code), strncmp(national, "508", 3) == 0 ? national + 3 : national, out);
}

/* What the first two digits say: Fixed, Mobile, Service, or that more must be looked at. */
static const char first_digits[10][11] = {"??????????", "FFFFFF?FFF", "FFFFFF??FF", "FFFFFFF?FF", "?F?FFFFFFF",
                                          "?FFFFF?FF?", "MMM?MMMMM?", "???MMMMMMM", "SSSSSSSSSS", "FFFF?FFFFF"};

/* `national`: the n digits after +33, without the zero; a zero byte behind. */
static const char *read_french(const char *national, size_t n, rv_phone *out) {
    if (n == 13 && memcmp(national, "700", 3) == 0) return "machine_number";
    if (n < 9) return "too_short";
    if (n > 9) return "too_long";
    if (national[0] == '0') return "not_in_plan";
    if (is_stop(national, n)) return "stop_value";
    switch (first_digits[national[0] - '0'][national[1] - '0']) {
    case 'F': return emit("33", national, 9, RV_PHONE_FIXED, "FR", out);
    case 'M': return emit("33", national, 9, RV_PHONE_MOBILE, "FR", out);
    case 'S': return "service_number";
    default: break;
    }
    if (rv_phone_begins(national, platforms)) return "calling_platform";
    if (memcmp(national, "700", 3) == 0) return "machine_number";
    for (size_t i = 0; i < sizeof overseas / sizeof *overseas; i++)
        if (rv_phone_begins(national, overseas[i][0])) return read_overseas(overseas[i][1], national, out);
    return read_planned(rv_phone_plan_of_number("33"), national, out);
}

static bool is_french_overseas(const rv_phone_plan *plan) {
    return rv_word_in(rv_text_of(plan->code), "262 590 594 596 508");
}

/* --- Which reading ----------------------------------------------------------------------------------------------- */

/* `digits`: of one plan, behind its code or dialled at home, with or without what is dialled in front there. */
static const char *read_at_home(const rv_phone_plan *plan, const char *digits, rv_phone *out) {
    size_t n = strlen(plan->trunk);
    bool trunk = n && strncmp(digits, plan->trunk, n) == 0;
    if (is_french_overseas(plan) && rv_phone_begins(digits + (trunk ? n : 0), platforms_overseas))
        return "calling_platform";
    const char *reason = trunk && *digits == '0' ? "not_in_plan" : read_planned(plan, digits, out);
    return trunk && reason ? read_planned(plan, digits + n, out) : reason;
}

static const char *read_international(const char *digits, rv_phone *out) {
    const rv_phone_plan *plan = rv_phone_plan_of_number(digits);
    if (!plan) return "not_in_plan";
    const char *national = digits + strlen(plan->code);
    if (strcmp(plan->code, "33") != 0) return read_at_home(plan, national, out);
    national += *national == '0';
    return read_french(national, strlen(national), out);
}

static const char *read_at_french_home(const char *digits, rv_phone *out) {
    size_t n = strlen(digits);
    if (digits[0] == '0' && n > 1) return read_french(digits + 1, n - 1, out);
    if ((n == 11 || n == 12) && strncmp(digits, "33", 2) == 0) return read_international(digits, out);
    if (n == 9) return read_french(digits, n, out); /* a spreadsheet ate the zero */
    if (n == 12 && rv_phone_begins(digits, "262 590 594 596")) return read_international(digits, out);
    return n < 9 ? "too_short" : "not_in_plan";
}

/* The number is understood, and is nobody's: another reading is no better. */
static bool is_final(const char *reason) {
    return !reason || strcmp(reason, "stop_value") == 0 || strcmp(reason, "service_number") == 0 ||
           strcmp(reason, "calling_platform") == 0;
}

static const char *read_national(const char *digits, const char *country, rv_phone *out) {
    if (strcmp(country, "FR") == 0) return read_at_french_home(digits, out);
    const rv_phone_country *home = rv_phone_country_find(rv_text_of(country));
    if (!home) return "not_in_plan";
    const rv_phone_plan *plan = &rv_phone_plans[home->plan];
    size_t code = strlen(plan->code), leave = strlen(plan->leave);
    const char *first = read_at_home(plan, digits, out), *reason = first;
    if (!is_final(reason) && strncmp(digits, plan->code, code) == 0) /* a '+' is missing */
        reason = read_at_home(plan, digits + code, out);
    if (!is_final(reason) && strncmp(digits, plan->leave, leave) == 0) reason = read_international(digits + leave, out);
    if (!is_final(reason) && is_french_overseas(plan)) /* all French numbers are dialled alike */
        reason = read_at_french_home(digits, out);
    return is_final(reason) ? reason : first;
}

/* "3,36E+10": the digits are gone. */
static bool is_scientific(rv_text value) {
    bool exponent = false;
    for (uint32_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (rv_is_digit(c) || c == ',' || c == '.' || (exponent && (c == '+' || c == '-'))) continue;
        if ((c != 'E' && c != 'e') || exponent || i == 0) return false;
        exponent = true;
    }
    return exponent;
}

static bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/* Digits up to the end of the first number, past words in front ("Tel. 06...") and before words behind ("06... (bureau)").
 * Returns their count, or -1: something that is no number. */
static int strip(rv_text value, bool *plus, char digits[24]) {
    int n = 0;
    *plus = false;
    for (uint32_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (rv_is_digit(c)) {
            if (n < 20) digits[n] = c;
            if (++n > 20) return n;
        } else if (c == '+' && n == 0) {
            *plus = true;
        } else if (((c == '/' || c == ';' || c == ',') && n >= 9) || (c == '#' && n >= 6)) {
            break; /* a second number follows, or an extension */
        } else if (is_letter(c) && n > 0) {
            if (n < 6 || (rv_is_digit(value.ptr[i - 1]) && c != 'x')) return -1;
            break;
        }
    }
    if (n < 24) digits[n < 20 ? n : 20] = 0;
    return n;
}

static rv_text unwrap(rv_text value) {
    value = rv_text_trim(value);
    if (value.len > 4 && rv_text_is_nocase(rv_text_make(value.ptr, 4), "tel:"))
        value = rv_text_make(value.ptr + 4, value.len - 4);
    /* "612345678.0": a column of numbers with gaps, saved by a table program. */
    if (value.len > 8 && memcmp(value.ptr + value.len - 2, ".0", 2) == 0 &&
        rv_all_digits(rv_text_make(value.ptr, value.len - 2)))
        value.len -= 2;
    return value;
}

/* What nearly all numbers of a French file look like: ten digits from 0 on, or +33 and nine, with points, blanks or
 * hyphens anywhere. NULL: another shape, or a number that the long way may still read otherwise. */
static const char *plain_digits(rv_text value, char digits[17]) {
    size_t n = value.len, count = 9;
    if (n < 10 || n > 16 || (value.ptr[n - 1] == '0' && value.ptr[n - 2] == '.')) return NULL;
    __m128i v = rv_load_16(value.ptr, n);
    uint64_t all = ((uint64_t)1 << n) - 1, is_digit = rv_mask_16(rv_in_range(v, '0', 9));
    uint64_t gaps = rv_mask_equal(v, '.') | rv_mask_equal(v, ' ') | rv_mask_equal(v, '-');
    bool plus = value.ptr[0] == '+';
    if ((is_digit | gaps | (uint64_t)plus) != all) return NULL;
    uint64_t last = (uint64_t)1 << (n - 1);
    for (unsigned i = 0; i < 9; i++, is_digit &= is_digit - 1) digits[i] = value.ptr[__builtin_ctzll(is_digit | last)];
    if (!is_digit) return NULL;
    for (unsigned i = 9; i < 11; i++, is_digit &= is_digit - 1) { /* ten or eleven: which isn't guessed at */
        digits[i] = value.ptr[__builtin_ctzll(is_digit | last)];
        count += is_digit != 0;
    }
    if (is_digit) return NULL;
    digits[count] = 0;
    bool national = !plus && count == 10 && digits[0] == '0' && digits[1] != '0';
    bool international = plus && count == 11 && digits[0] == '3' && digits[1] == '3' && digits[2] != '0';
    return national ? digits + 1 : international ? digits + 2 : NULL;
}

const char *rv_phone_read(rv_text value, const char *country, rv_phone *out) {
    char digits[24];
    bool plus;
    if (!country || (country[0] == 'F' && country[1] == 'R' && country[2] == 0)) {
        const char *national = plain_digits(value, digits);
        rv_phone found;
        if (national && !read_french(national, 9, &found)) {
            *out = found;
            return NULL;
        }
    }
    value = unwrap(value);
    if (value.len == 0) return "empty";
    if (is_scientific(value)) return "spreadsheet_rounded";
    int n = strip(value, &plus, digits);
    if (n <= 0) return "not_a_number";
    if (n > 20) return "too_long";
    if (!country) country = "FR";
    rv_phone phone = {0};
    const char *reason;
    if (digits[0] == '0' && digits[1] == '0') reason = read_international(digits + 2, &phone);
    else if (plus && digits[0] != '0') reason = read_international(digits, &phone);
    else reason = read_national(digits, country, &phone);
    if (!reason) *out = phone;
    return reason;
}

const char *rv_phone_kind_name(rv_phone_kind kind) {
    static const char *const names[] = {"unknown", "fixed", "mobile"};
    return names[kind];
}

size_t rv_phone_local(rv_text value, char out[RV_PHONE_MAX]) {
    char digits[24];
    bool plus;
    value = unwrap(value);
    for (uint32_t i = 0; i < value.len; i++)
        if (is_letter(value.ptr[i])) return 0; /* a number of something else, or a rounded one */
    int n = strip(value, &plus, digits);
    unsigned seen = 0;
    for (int i = 0; i < n && i < 20; i++) seen |= 1u << (digits[i] - '0');
    if (plus || n < 7 || n > 15 || __builtin_popcount(seen) < 3 || is_stop(digits, (size_t)n)) return 0;
    memcpy(out, digits, (size_t)n);
    return (size_t)n;
}
