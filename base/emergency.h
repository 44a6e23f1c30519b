/* Registers of mapped files and of temporaries, for rv_emergency (reveil.h). Paths of temporaries are borrowed until
 * settled. Any thread. */
#ifndef RV_EMERGENCY_H
#define RV_EMERGENCY_H

#include <stddef.h>

void rv_emergency_mapped(const void *start, size_t size, const char *path);
void rv_emergency_unmapped(const void *start);
void rv_emergency_temporary(const char *path);
void rv_emergency_settled(const char *path); /* renamed or removed */
/* From here on outputs are in their places, so the process may no longer end as if there were none. Doesn't return when it
 * is ending already (rv_end_now). */
void rv_emergency_publishes(void);

#endif
