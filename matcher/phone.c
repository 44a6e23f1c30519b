/*
 * A number is first stripped to its digits, then read as international (after '+' or 00), then as a national number
 * of the country that the file defaults to. French numbers of overseas parts belong to calling codes of their own
 * (0690... is +590 690...), and some national ranges are no person's: the calling platforms of Arcep's decision
 * 2022-1583, services (08), machines (0700).
 */
#include "phone.h"

#include "bytes16.h"
#include "letters.h"

typedef struct plan {
    const char *code, *country;
    uint8_t shortest, longest;   /* digits after the code */
    bool trunk_zero;             /* national numbers have a 0 in front that isn't part of the number */
    const char *mobiles, *fixed; /* how they begin, parted by blanks; NULL: not told apart */
} plan;

/* The national (significant) numbers of countries near and dear. IT keeps its leading zero. */
static const plan plans[] = {
    {"32", "BE", 8, 9, true, "45 46 47 48 49", "1 2 3 4 5 6 7 8 9"},
    {"41", "CH", 9, 9, true, "74 75 76 77 78 79", "2 3 4 5 6 8 9"},
    {"352", "LU", 4, 11, false, "621 628 661 671 691", "2 3 4 5 7 8 9"},
    {"49", "DE", 6, 13, true, "15 16 17", "2 3 4 5 6 7 8 9"},
    {"44", "GB", 9, 10, true, "71 72 73 74 75 77 78 79", "1 2 3"},
    {"34", "ES", 9, 9, false, "6 71 72 73 74 75 76 77 78 79", "8 9"},
    {"39", "IT", 6, 11, false, "3", "0"},
    {"31", "NL", 9, 9, true, "6", "1 2 3 4 5 7 8"},
    {"351", "PT", 9, 9, false, "91 92 93 96", "2 3"},
    {"353", "IE", 7, 9, true, "82 83 84 85 86 87 88 89", "1 2 4 5 6 7 9"},
    {"43", "AT", 4, 13, true, "65 66 67 68 69", "1 2 3 4 5 6 7"},
    {"48", "PL", 9, 9, false, "45 50 51 53 57 60 66 69 72 73 78 79 88", "1 2 3 4 5 6 7 8 9"},
    {"212", "MA", 9, 9, true, "6 7", "5"},
    {"213", "DZ", 8, 9, true, "5 6 7", "2 3 4"},
    {"216", "TN", 8, 8, false, "2 4 5 9", "3 7"},
    {"221", "SN", 9, 9, false, "7", "3"},
    {"61", "AU", 9, 9, true, "4", "2 3 7 8"},
    {"377", "MC", 8, 9, false, "4 6", "9 8"},
    {"376", "AD", 6, 9, false, "3 4 6", "7 8"},
    {"262", "RE", 9, 9, true, "692 693", "262 263 9"},
    {"590", "GP", 9, 9, true, "690 691", "590 9"},
    {"594", "GF", 9, 9, true, "694", "594 9"},
    {"596", "MQ", 9, 9, true, "696 697", "596 9"},
    {"508", "PM", 6, 9, true, "55 708", "4 508"},
    {"687", "NC", 6, 6, false, "7 8 9", "2 3 4 5"},
    {"689", "PF", 8, 8, false, "87 88 89", "40 49"},
    {"681", "WF", 6, 6, false, "82 83", "72"},
};

static bool begins(const char *digits, const char *prefixes) {
    while (*prefixes) {
        size_t n = strcspn(prefixes, " ");
        if (strncmp(digits, prefixes, n) == 0) return true;
        prefixes += n + (prefixes[n] == ' ');
    }
    return false;
}

/* What people type to get past a form: one digit all along (after the first), 123456789, 0102030405, 0606060606. */
static bool is_stop(const char *national, size_t n) {
    size_t same = 1;
    while (same < n && (same < 2 || national[same] == national[1])) same++;
    if (same == n) return true;
    if (strcmp(national, "123456789") == 0 || strcmp(national, "102030405") == 0 || strcmp(national, "987654321") == 0)
        return true;
    if (n != 9) return false;
    for (size_t i = 1; i < 9; i++)
        if (national[i] != (i % 2 ? '0' : national[0])) return false;
    return true;
}

static const char *emit(const char *code, const char *national, rv_phone_kind kind, const char *country,
                        rv_phone *out) {
    size_t code_len = strlen(code), n = strlen(national);
    if (code_len + n > 15) return "too_long";
    out->e164[0] = '+';
    memcpy(out->e164 + 1, code, code_len);
    memcpy(out->e164 + 1 + code_len, national, n + 1);
    out->len = (uint8_t)(1 + code_len + n);
    out->kind = kind;
    memcpy(out->country, country, strlen(country) + 1);
    return NULL;
}

/* Where French national numbers of overseas parts belong, by their first three digits. */
static void overseas(int prefix, const char **code, const char **country) {
    switch (prefix) {
    case 262:
    case 263:
    case 692:
    case 693: *code = "262", *country = "RE"; return;
    case 269:
    case 639: *code = "262", *country = "YT"; return;
    case 590:
    case 690:
    case 691: *code = "590", *country = "GP"; return;
    case 594:
    case 694: *code = "594", *country = "GF"; return;
    case 596:
    case 696:
    case 697: *code = "596", *country = "MQ"; return;
    default: return;
    }
}

/* Arcep's ranges for calling platforms, by the digits after the zero. */
static bool is_platform(int prefix, char fourth) {
    switch (prefix) {
    case 162:
    case 163:
    case 270:
    case 271:
    case 377:
    case 378:
    case 424:
    case 425:
    case 568:
    case 569:
    case 948:
    case 949: return true;
    default: return prefix == 947 && fourth >= '5';
    }
}

/* `national`: the digits after +33, without the zero. */
static const char *read_french(const char *national, rv_phone *out) {
    size_t n = strlen(national);
    if (n == 13 && memcmp(national, "700", 3) == 0) return "machine_number";
    if (n < 9) return "too_short";
    if (n > 9) return "too_long";
    if (national[0] == '0') return "not_in_plan";
    if (is_stop(national, n)) return "stop_value";
    if (national[0] == '8') return "service_number";
    int prefix = (national[0] - '0') * 100 + (national[1] - '0') * 10 + (national[2] - '0');
    if (is_platform(prefix, national[3])) return "calling_platform";
    if (prefix == 700) return "machine_number";
    const char *code = "33", *country = "FR";
    overseas(prefix, &code, &country);
    return emit(code, national, national[0] == '6' || national[0] == '7' ? RV_PHONE_MOBILE : RV_PHONE_FIXED, country,
                out);
}

static const char *read_planned(const plan *p, const char *national, rv_phone *out) {
    size_t n = strlen(national);
    if (p->trunk_zero && national[0] == '0') {
        national++;
        n--;
    }
    if (n < p->shortest) return "too_short";
    if (n > p->longest) return "too_long";
    if (is_stop(national, n)) return "stop_value";
    const char *country = p->country;
    if (strcmp(country, "RE") == 0 && begins(national, "269 639")) country = "YT";
    if (begins(national, p->mobiles) || strcmp(country, "YT") == 0)
        return emit(p->code, national, national[0] == '2' && *country == 'Y' ? RV_PHONE_FIXED : RV_PHONE_MOBILE,
                    country, out);
    if (begins(national, p->fixed)) return emit(p->code, national, RV_PHONE_FIXED, country, out);
    return "not_in_plan";
}

/* North America: ten digits, neither area nor exchange begins with 0 or 1; mobiles look like others. */
static const char *read_american(const char *national, rv_phone *out) {
    size_t n = strlen(national);
    if (n != 10) return n < 10 ? "too_short" : "too_long";
    if (national[0] < '2' || national[3] < '2') return "not_in_plan";
    return is_stop(national, n) ? "stop_value" : emit("1", national, RV_PHONE_UNKNOWN, "", out);
}

/* Length of the calling code that `digits` begin with: 1 and 7 stand alone, some have two digits, all others three. */
static size_t code_length(const char *digits) {
    if (digits[0] == '1' || digits[0] == '7') return 1;
    if (begins(digits,
               "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 "
               "81 82 84 86 90 91 92 93 94 95 98"))
        return 2;
    return begins(digits, "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 85 88 96 97 99") ? 3 : 0;
}

static const char *read_international(const char *digits, rv_phone *out) {
    if (strncmp(digits, "33", 2) == 0) {
        const char *national = digits + 2;
        return read_french(national[0] == '0' ? national + 1 : national, out);
    }
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        if (strncmp(digits, plans[i].code, strlen(plans[i].code)) == 0)
            return read_planned(&plans[i], digits + strlen(plans[i].code), out);
    if (digits[0] == '1') return read_american(digits + 1, out);
    size_t code = code_length(digits), n = strlen(digits);
    if (code == 0) return "not_in_plan";
    if (n < code + 5) return "too_short";
    if (n > 15) return "too_long";
    if (is_stop(digits + code, n - code)) return "stop_value";
    char prefix[4] = {0};
    memcpy(prefix, digits, code);
    return emit(prefix, digits + code, RV_PHONE_UNKNOWN, "", out);
}

static const char *read_national(const char *digits, const char *country, rv_phone *out) {
    size_t n = strlen(digits);
    bool french = strcmp(country, "FR") == 0;
    if (!french && strncmp(country, "US", 2) != 0 && strncmp(country, "CA", 2) != 0) {
        for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
            bool own = strcmp(plans[i].country, country) == 0 ||
                       (plans[i].code[1] == '6' && strcmp(country, "YT") == 0 && strcmp(plans[i].country, "RE") == 0);
            if (!own) continue;
            size_t code = strlen(plans[i].code);
            if (n > code + 5 && digits[0] != '0' && strncmp(digits, plans[i].code, code) == 0 &&
                n - code >= plans[i].shortest && n > plans[i].longest)
                return read_planned(&plans[i], digits + code, out);
            return read_planned(&plans[i], digits, out);
        }
        return "not_in_plan";
    }
    if (!french) return read_american(n == 11 && digits[0] == '1' ? digits + 1 : digits, out);
    if (digits[0] == '0' && n > 1) return read_french(digits + 1, out);
    if ((n == 11 || n == 12) && strncmp(digits, "33", 2) == 0) return read_international(digits, out);
    if (n == 9) return read_french(digits, out); /* a spreadsheet ate the zero */
    if (n == 12 && begins(digits, "262 590 594 596")) return read_international(digits, out);
    return n < 9 ? "too_short" : "not_in_plan";
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

/* Digits up to the end of the first number. Returns their count, or -1: something that is no number. */
static int strip(rv_text value, bool *plus, char digits[24]) {
    int n = 0;
    *plus = false;
    for (uint32_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (rv_is_digit((char)c)) {
            if (n < 20) digits[n] = (char)c;
            if (++n > 20) return n;
        } else if (c == '+' && n == 0) {
            *plus = true;
        } else if ((c == '/' || c == ';' || c == ',') && n >= 9) {
            break; /* a second number follows */
        } else if (c >= 'A' && ((c & 0xDF) <= 'Z')) {
            return -1;
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
    size_t n = value.len, count = 0;
    if (n < 10 || n > 16 || (value.ptr[n - 1] == '0' && value.ptr[n - 2] == '.')) return NULL;
    __m128i v = rv_load_16(value.ptr, n);
    uint64_t all = ((uint64_t)1 << n) - 1, is_digit = rv_mask_16(rv_in_range(v, '0', 9));
    uint64_t gaps = rv_mask_equal(v, '.') | rv_mask_equal(v, ' ') | rv_mask_equal(v, '-');
    bool plus = value.ptr[0] == '+';
    if ((is_digit | gaps | (uint64_t)plus) != all) return NULL;
    for (uint64_t left = is_digit; left; left &= left - 1) digits[count++] = value.ptr[__builtin_ctzll(left)];
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
        if (national && !read_french(national, &found)) {
            *out = found;
            return NULL;
        }
    }
    value = unwrap(value);
    if (value.len == 0) return "empty";
    if (is_scientific(value)) return "spreadsheet_rounded";
    int n = strip(value, &plus, digits);
    if (n <= 0) return "not_a_number";
    if (n > 17) return "too_long";
    if (!country) country = "FR";
    rv_phone phone = {0};
    const char *reason;
    if (plus || (digits[0] == '0' && digits[1] == '0')) {
        const char *number = digits[0] == '0' && digits[1] == '0' ? digits + 2 : digits;
        reason = *number == '0' ? read_national(number, country, &phone) : read_international(number, &phone);
        if (reason && n == 9 && plus && !read_national(digits, country, &phone)) reason = NULL;
    } else {
        reason = read_national(digits, country, &phone);
    }
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
    if (is_scientific(value)) return 0;
    int n = strip(value, &plus, digits);
    unsigned seen = 0;
    for (int i = 0; i < n && i < 20; i++) seen |= 1u << (digits[i] - '0');
    if (plus || n < 7 || n > 15 || __builtin_popcount(seen) < 3 || is_stop(digits, (size_t)n)) return 0;
    memcpy(out, digits, (size_t)n);
    return (size_t)n;
}
