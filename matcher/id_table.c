/*
 * Open addressing with linear probing over 32-bit numbers; texts lie one after the other in one buffer, so that a
 * million short ids cost their bytes and sixteen more, not an allocation each.
 */
#include "id_table.h"

#include "hash.h"

static bool entry_is(const rv_id_table *table, uint32_t number, uint64_t hash, rv_text id) {
    return table->hashes[number] == hash && rv_text_equal(rv_id_table_text(table, number), id);
}

/* The slot that holds `id`, or the free one where it belongs. */
static uint64_t slot_of(const rv_id_table *table, rv_text id, uint64_t hash) {
    uint64_t mask = table->n_slots - 1, slot = hash & mask;
    while (table->slots[slot] && !entry_is(table, table->slots[slot] - 1, hash, id)) slot = (slot + 1) & mask;
    return slot;
}

static rv_status grow_slots(rv_id_table *table, rv_error *err) {
    uint64_t n_slots = table->n_slots ? table->n_slots * 2 : 64;
    uint32_t *slots = rv_array_new(n_slots, sizeof *slots, err);
    if (!slots) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < table->n; i++) {
        uint64_t slot = table->hashes[i] & (n_slots - 1);
        while (slots[slot]) slot = (slot + 1) & (n_slots - 1);
        slots[slot] = i + 1;
    }
    rv_free(table->slots);
    table->slots = slots;
    table->n_slots = n_slots;
    return RV_OK;
}

static rv_status grow_entries(rv_id_table *table, rv_error *err) {
    if (table->n >= UINT32_MAX - 2) return rv_fail(err, RV_BAD_INPUT, "more than 4 294 967 293 distinct ids");
    uint64_t capacity = table->capacity ? (uint64_t)table->capacity * 2 : 64;
    if (capacity > UINT32_MAX - 1) capacity = UINT32_MAX - 1;
    uint64_t *starts = rv_array_grow(table->starts, capacity + 1, sizeof *starts, err);
    if (!starts) return RV_NO_MEMORY;
    table->starts = starts;
    uint64_t *hashes = rv_array_grow(table->hashes, capacity, sizeof *hashes, err);
    if (!hashes) return RV_NO_MEMORY;
    table->hashes = hashes;
    table->capacity = (uint32_t)capacity;
    return RV_OK;
}

rv_status rv_id_table_add(rv_id_table *table, rv_text id, uint32_t *out, rv_error *err) {
    uint64_t hash = rv_hash64(id.ptr, id.len, 0);
    if ((uint64_t)table->n * 2 >= table->n_slots) RV_TRY(grow_slots(table, err));
    uint64_t slot = slot_of(table, id, hash);
    if (table->slots[slot]) {
        *out = table->slots[slot] - 1;
        return RV_OK;
    }
    if (table->n == table->capacity) RV_TRY(grow_entries(table, err));
    uint64_t start = table->bytes.len;
    rv_buffer_text(&table->bytes, id);
    RV_TRY(rv_buffer_check(&table->bytes, err));
    table->starts[table->n] = start;
    table->starts[table->n + 1] = table->bytes.len;
    table->hashes[table->n] = hash;
    table->slots[slot] = ++table->n;
    *out = table->n - 1;
    return RV_OK;
}

uint32_t rv_id_table_find(const rv_id_table *table, rv_text id) {
    if (!table->n_slots) return RV_ID_NONE;
    uint32_t number = table->slots[slot_of(table, id, rv_hash64(id.ptr, id.len, 0))];
    return number ? number - 1 : RV_ID_NONE;
}

rv_text rv_id_table_text(const rv_id_table *table, uint32_t number) {
    uint64_t start = table->starts[number];
    return rv_text_make(table->bytes.data + start, (size_t)(table->starts[number + 1] - start));
}

void rv_id_table_reset(rv_id_table *table) {
    rv_buffer_free(&table->bytes);
    rv_free(table->starts);
    rv_free(table->hashes);
    rv_free(table->slots);
    *table = (rv_id_table){0};
}
