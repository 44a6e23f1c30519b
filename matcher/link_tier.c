/* The tier of a link: which strong key says the same. Linkage has found the pair in any case; people trust a link more
 * that they can check by eye. */
#include "link_job.h"

static rv_text text_of(const rv_link_people *people, rv_link_words_kind kind, uint32_t code) {
    return code ? rv_link_text(&people->words[kind], code) : (rv_text){0};
}

static void guard_of(const rv_link_people *people, const rv_link_row *row, rv_guard *out) {
    rv_person person;
    rv_person_init(&person);
    person.first = text_of(people, RV_WORDS_NAME, row->first);
    person.last = text_of(people, RV_WORDS_NAME, row->last);
    person.birth_name = text_of(people, RV_WORDS_NAME, row->birth_name);
    person.sex = (rv_sex)row->sex;
    person.birth = rv_date_of((int)(row->birth / 10000), (int)(row->birth / 100 % 100), (int)(row->birth % 100));
    person.birth_weak = row->birth_weak;
    person.parts = RV_PERSON_ALL;
    rv_guard_of(&person, out);
}

static bool same(uint32_t a, uint32_t b) { return a && a == b; }

static bool names_agree(const rv_link_row *a, const rv_link_row *b) {
    return (same(a->first, b->first) && same(a->last, b->last)) || (same(a->first, b->last) && same(a->last, b->first));
}

rv_tier rv_link_tier(const rv_link_people *people, uint32_t left, uint32_t right) {
    const rv_link_row *a = &people->left.rows[left], *b = &rv_link_right(people)->rows[right];
    rv_guard guards[2];
    guard_of(people, a, &guards[0]);
    guard_of(people, b, &guards[1]);
    rv_guard_verdict verdict = rv_guard_compare(&guards[0], &guards[1]);
    if (verdict == RV_GUARD_CONTRADICTS) return RV_TIER_LINKAGE;
    bool phone = same(a->phone, b->phone) || same(a->mobile, b->phone) || same(a->phone, b->mobile);
    bool home = same(a->number, b->number) && same(a->street, b->street) &&
                (same(a->postcode, b->postcode) || same(a->city, b->city));
    if (same(a->email, b->email)) return RV_TIER_EMAIL;
    if (same(a->mobile, b->mobile)) return RV_TIER_MOBILE;
    if (phone && verdict != RV_GUARD_SILENT) return RV_TIER_PHONE; /* a household's */
    if (names_agree(a, b) && same(a->birth, b->birth) && a->birth % 10000) return RV_TIER_PERSON_BIRTH;
    if (names_agree(a, b) && home) return RV_TIER_PERSON_ADDRESS;
    return same(a->identifier, b->identifier) ? RV_TIER_IDENTIFIER : RV_TIER_LINKAGE;
}
