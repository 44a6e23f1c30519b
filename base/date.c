/* Dates without the C library's time zone and locale: civil days only. */
#include "date.h"

static bool leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int month_days(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : days[month - 1];
}

int32_t rv_date_of(int year, int month, int day) {
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return RV_DATE_NONE;
    int y = month <= 2 ? year - 1 : year;
    int era = y / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void rv_date_split(int32_t date, int *year, int *month, int *day) {
    int32_t z = date + 719468; /* years 1-9999 keep this positive */
    int32_t era = z / 146097;
    int32_t day_of_era = z - era * 146097;
    int32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t m = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* Reads 1..max digits; 0 digits read is a failure. */
static uint32_t read_digits(rv_text text, uint32_t at, uint32_t max, int *value) {
    uint32_t n = 0;
    *value = 0;
    while (n < max && at + n < text.len && text.ptr[at + n] >= '0' && text.ptr[at + n] <= '9') {
        *value = *value * 10 + (text.ptr[at + n] - '0');
        n++;
    }
    return n;
}

int32_t rv_date_ordered(int a, int b, int year, rv_date_order order) {
    if (order == RV_MDY) return rv_date_of(year, a, b);
    int32_t date = rv_date_of(year, b, a);
    return date == RV_DATE_NONE && order == RV_DATE_ORDER_AUTO ? rv_date_of(year, a, b) : date;
}

/* The date ends here, or a time follows: 'T' or a blank, then a digit. */
static bool ends(rv_text text, uint32_t at) {
    if (at == text.len) return true;
    if (text.ptr[at] != 'T' && text.ptr[at] != ' ') return false;
    return at + 1 < text.len && text.ptr[at + 1] >= '0' && text.ptr[at + 1] <= '9';
}

/* 2026-11-21 and nothing else, which is what most files hold: eight digits and two hyphens at once. False: look closer. */
static bool read_iso(rv_text text, int32_t *out) {
    if (text.len != 10) return false;
    uint64_t head;
    uint16_t tail;
    memcpy(&head, text.ptr, 8);
    memcpy(&tail, text.ptr + 8, 2);
    uint64_t digits = head ^ 0x2d30302d30303030; /* each digit its value, hyphens 0, lowest byte first */
    uint32_t day = tail ^ 0x3030u;
    if (((digits + 0x7f76767f76767676) | digits) & 0x8080808080808080) return false;
    if (((day + 0x7676) | day) & 0x8080) return false;
    unsigned year = (unsigned)(digits & 15) * 1000 + (unsigned)(digits >> 8 & 15) * 100 +
                    (unsigned)(digits >> 16 & 15) * 10 + (unsigned)(digits >> 24 & 15);
    unsigned month = (unsigned)(digits >> 40 & 15) * 10 + (unsigned)(digits >> 48 & 15);
    *out = rv_date_of((int)year, (int)month, (int)((day & 15) * 10 + (day >> 8)));
    return true;
}

int32_t rv_date_parse(rv_text text, rv_date_order order) {
    int32_t iso;
    if (read_iso(text, &iso)) return iso;
    text = rv_text_trim(text);
    int a, b, c;
    uint32_t na = read_digits(text, 0, 8, &a);
    if (na == 8) return ends(text, na) ? rv_date_of(a / 10000, a / 100 % 100, a % 100) : RV_DATE_NONE;
    if (na == 0 || na >= text.len) return RV_DATE_NONE;
    char separator = text.ptr[na];
    if (separator != '-' && separator != '/' && separator != '.') return RV_DATE_NONE;
    uint32_t nb = read_digits(text, na + 1, 2, &b);
    uint32_t second = na + 1 + nb;
    if (nb == 0 || second >= text.len || text.ptr[second] != separator) return RV_DATE_NONE;
    uint32_t nc = read_digits(text, second + 1, 4, &c);
    if (nc == 0 || !ends(text, second + 1 + nc)) return RV_DATE_NONE;
    if (na == 4) return nc <= 2 ? rv_date_of(a, b, c) : RV_DATE_NONE;
    if (na > 2 || nc != 4) return RV_DATE_NONE;
    if (order == RV_YMD) return RV_DATE_NONE;
    return rv_date_ordered(a, b, c, order);
}

/* 0 to 99 as two digits. */
static inline void put_two(char *to, unsigned n) {
    to[0] = (char)('0' + n / 10);
    to[1] = (char)('0' + n % 10);
}

void rv_date_format(int32_t date, char out[11]) {
    int year, month, day;
    rv_date_split(date, &year, &month, &day);
    put_two(out, (unsigned)year / 100 % 100);
    put_two(out + 2, (unsigned)year % 100);
    out[4] = '-';
    put_two(out + 5, (unsigned)month);
    out[7] = '-';
    put_two(out + 8, (unsigned)day);
    out[10] = 0;
}
