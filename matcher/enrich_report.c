/* What an enrichment tells: "enrich" in the summary (docs/SUMMARY.md), and a funnel for people. */
#include "enrich_block.h"
#include "messages.h"

static double share(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : 0; }

/* The order of the cascade, which is that of gains. */
static const rv_tier TIERS[] = {RV_TIER_EMAIL,          RV_TIER_EMAIL_FOLDED, RV_TIER_EMAIL_HASH, RV_TIER_MOBILE,
                                RV_TIER_IDENTIFIER,     RV_TIER_PHONE,        RV_TIER_PHONE_HASH, RV_TIER_PERSON_BIRTH,
                                RV_TIER_PERSON_ADDRESS, RV_TIER_LINKAGE};
enum { N_TIERS = sizeof TIERS / sizeof TIERS[0] };

static uint64_t matched(const rv_enrich_totals *t) {
    uint64_t n = 0;
    for (unsigned i = 0; i < N_TIERS; i++) n += t->cascade.tier[TIERS[i]].matched;
    return n;
}

static void put_tiers(rv_json *json, const rv_enrich_totals *t) {
    rv_json_key(json, "tiers");
    rv_json_object(json);
    for (unsigned i = 0; i < N_TIERS; i++) {
        rv_json_key(json, rv_tier_name(TIERS[i]));
        rv_json_object(json);
        rv_json_put_unsigned(json, "asked", t->cascade.tier[TIERS[i]].asked);
        rv_json_put_unsigned(json, "met", t->cascade.tier[TIERS[i]].met);
        rv_json_put_unsigned(json, "refused", t->cascade.tier[TIERS[i]].refused);
        rv_json_put_unsigned(json, "unproved", t->cascade.tier[TIERS[i]].unproved);
        rv_json_put_unsigned(json, "in_doubt", t->cascade.tier[TIERS[i]].in_doubt);
        rv_json_put_unsigned(json, "matched", t->cascade.tier[TIERS[i]].matched);
        rv_json_put_number(json, "gain", share(t->cascade.tier[TIERS[i]].matched, t->rows));
        rv_json_end(json, '}');
    }
    rv_json_end(json, '}');
}

static void put_hash_profiles(rv_json *json, const rv_fill_counts *f) {
    rv_json_key(json, "hash_profiles");
    rv_json_object(json);
    for (unsigned i = 0; i < RV_HASH_PROFILES; i++)
        if (f->hash_profiles[i])
            rv_json_put_unsigned(json, rv_hash_profile_name((rv_hash_profile)i), f->hash_profiles[i]);
    rv_json_end(json, '}');
}

static void put_fills(rv_json *json, const rv_enrich_stage *stage, const rv_fill_counts *f) {
    const rv_schema *schema = stage->fill.schema;
    rv_json_key(json, "columns");
    rv_json_object(json);
    for (uint32_t i = 0; i < schema->n_fields; i++) {
        if (stage->fill.field_roles[i] == RV_ROLE_NONE) continue;
        rv_json_key(json, schema->fields[i].name);
        rv_json_object(json);
        rv_json_put_unsigned(json, "filled", f->own[i]);
        rv_json_put_unsigned(json, "added", f->added[i]);
        rv_json_end(json, '}');
    }
    rv_json_end(json, '}');
    rv_json_key(json, "attributes");
    rv_json_object(json);
    for (uint32_t i = 0; i < stage->fill.n_taken; i++)
        rv_json_put_unsigned(json, schema->attributes[stage->fill.taken[i]].name, f->attributes[i]);
    rv_json_end(json, '}');
    rv_json_key(json, "sources");
    rv_json_object(json);
    for (uint32_t i = 0; i < schema->n_sources; i++) {
        rv_json_key(json, schema->sources[i].name);
        rv_json_object(json);
        rv_json_put_bool(json, "allowed", stage->fill.allowed[i]);
        rv_json_put_unsigned(json, "matches", f->match_sources[i]);
        rv_json_put_unsigned(json, "fills", f->sources[i]);
        rv_json_put_unsigned(json, "attributes", f->attribute_sources[i]);
        rv_json_end(json, '}');
    }
    rv_json_end(json, '}');
}

static uint64_t sum(const uint64_t *counts, uint32_t n) {
    uint64_t all = 0;
    for (uint32_t i = 0; i < n; i++) all += counts[i];
    return all;
}

static void line(rv_buffer *text, const char *what, uint64_t n, uint64_t of) {
    rv_buffer_string(text, "  ");
    rv_tell_padded(text, what, 28);
    rv_buffer_format(text, " %12llu  %5.1f %%\n", (unsigned long long)n, 100 * share(n, of));
}

static void put_text(const rv_enrich_stage *stage, const rv_enrich_totals *t, rv_buffer *text) {
    const rv_fill_counts *f = &t->fills;
    uint32_t n_fields = stage->fill.schema->n_fields;
    uint64_t filled = sum(f->own, n_fields), added = sum(f->added, n_fields);
    line(text, "clients", t->rows, t->rows);
    line(text, "matched", matched(t), t->rows);
    for (unsigned i = 0; i < N_TIERS; i++) {
        char name[32] = "  ";
        if (!t->cascade.tier[TIERS[i]].asked) continue;
        memcpy(name + 2, rv_tier_name(TIERS[i]), strlen(rv_tier_name(TIERS[i])) + 1);
        line(text, name, t->cascade.tier[TIERS[i]].matched, t->rows);
    }
    line(text, "ambiguous", t->cascade.ambiguous, t->rows);
    if (t->cascade.household) line(text, "household only", t->cascade.household, t->rows);
    line(text, "not found", t->cascade.none, t->rows);
    line(text, "filled with contact data", f->rows_filled, t->rows);
    rv_tell(text, "  %llu empty cells filled, %llu values in columns of their own, %llu attribute values\n",
            (unsigned long long)filled, (unsigned long long)added,
            (unsigned long long)sum(f->attributes, stage->fill.n_taken));
    if (t->shared_contacts)
        rv_tell(text, "  %llu clients share their contact with an earlier one (duplicates in the client file)\n",
                (unsigned long long)t->shared_contacts);
    if (f->addresses_withheld)
        rv_tell(text, "  %llu clients live at another postcode than their contact: no address brought back\n",
                (unsigned long long)f->addresses_withheld);
}

void rv_enrich_report(const rv_enrich_stage *stage, const rv_enrich_totals *t, rv_summary *summary) {
    rv_json *json = &summary->json;
    rv_json_key(json, "enrich");
    rv_json_object(json);
    rv_json_put_unsigned(json, "megabase_rows", rv_megabase_rows(stage->megabase));
    rv_json_put_unsigned(json, "clients", t->rows);
    rv_json_put_unsigned(json, "matched", matched(t));
    rv_json_put_number(json, "match_rate", share(matched(t), t->rows));
    rv_json_put_unsigned(json, "ambiguous", t->cascade.ambiguous);
    rv_json_put_unsigned(json, "household", t->cascade.household);
    rv_json_put_unsigned(json, "none", t->cascade.none);
    rv_json_put_unsigned(json, "contacts", t->n_contacts);
    rv_json_put_unsigned(json, "clients_sharing_a_contact", t->shared_contacts);
    rv_json_put_unsigned(json, "stop_keys", t->cascade.stop_keys);
    put_tiers(json, t);
    put_hash_profiles(json, &t->fills);
    rv_json_put_unsigned(json, "clients_filled", t->fills.rows_filled);
    rv_json_put_unsigned(json, "addresses_withheld", t->fills.addresses_withheld);
    rv_json_put_unsigned(json, "values_withheld_by_source", t->fills.values_withheld);
    put_fills(json, stage, &t->fills);
    rv_json_end(json, '}');
    put_text(stage, t, &summary->text);
}
