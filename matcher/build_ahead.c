#include "build_ahead.h"

enum { STEP = 2 << 20, LONG = 8 << 20 }; /* a huge page; shorter arrays aren't worth it */

void rv_ahead_ask(rv_ahead *ahead, void *bytes, size_t used, size_t cap, size_t *made) {
    size_t from = (used + STEP - 1) / STEP * STEP;
    if (*made > from || cap < LONG || cap - from < STEP || atomic_load(&ahead->next)) return;
    *made = from + STEP;
    atomic_store(&ahead->next, (char *)bytes + from);
}

void rv_ahead_make(rv_ahead *ahead) {
    if (atomic_load_explicit(&ahead->next, memory_order_relaxed))
        rv_pages_make_now(atomic_exchange(&ahead->next, NULL), STEP);
}
