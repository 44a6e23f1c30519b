/* Lists are short (the generator parts long ones by their first digits), so they are read from left to right. */
#include "phone_plan.h"

/* Past `[2-46]`; *found: whether the digit is in it. */
static const char *read_set(const char *set, char digit, bool *found) {
    *found = false;
    for (set++; *set != ']'; set++) {
        char low = *set, high = low;
        if (set[1] == '-') {
            high = set[2];
            set += 2;
        }
        *found |= digit >= low && digit <= high;
    }
    return set + 1;
}

bool rv_phone_begins(const char *digits, const char *list) {
    if (!*list) return true;
    while (*list) {
        const char *digit = digits;
        bool good = true;
        while (good && *list && *list != ' ') {
            if (*list == '[') list = read_set(list, *digit, &good);
            else good = *list == '.' ? *digit != 0 : *list == *digit, list++;
            digit++;
        }
        if (good) return true;
        while (*list && *list != ' ') list++;
        list += *list == ' ';
    }
    return false;
}

const rv_phone_plan *rv_phone_plan_of_number(const char *digits) {
    size_t low = 0, high = rv_phone_plans_count; /* the last plan whose code isn't above */
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *code = rv_phone_plans[middle].code;
        if (strncmp(digits, code, strlen(code)) >= 0) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return NULL;
    const rv_phone_plan *plan = &rv_phone_plans[low - 1];
    return strncmp(digits, plan->code, strlen(plan->code)) == 0 ? plan : NULL;
}

const rv_phone_country *rv_phone_country_find(rv_text code) {
    size_t low = 0, high = rv_phone_countries_count;
    if (code.len != 2) return NULL;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(code.ptr, rv_phone_countries[middle].code, 2);
        if (order == 0) return &rv_phone_countries[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}

const rv_phone_range *rv_phone_range_find(const rv_phone_plan *plan, const char *national, size_t digits) {
    const rv_phone_range *range = rv_phone_ranges + plan->first;
    for (const rv_phone_range *end = range + plan->count; range < end; range++) {
        if (digits < range->shortest || digits > range->longest) continue;
        size_t n = strlen(range->head);
        if (memcmp(national, range->head, n) == 0 && rv_phone_begins(national + n, range->behind)) return range;
    }
    return NULL;
}

void rv_phone_plan_lengths(const rv_phone_plan *plan, unsigned *shortest, unsigned *longest) {
    *shortest = UINT8_MAX;
    *longest = 0;
    for (const rv_phone_range *range = rv_phone_ranges + plan->first, *end = range + plan->count; range < end;
         range++) {
        if (range->shortest < *shortest) *shortest = range->shortest;
        if (range->longest > *longest) *longest = range->longest;
    }
}
