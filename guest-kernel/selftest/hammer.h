/* Fills the wide registers with a value and compares them with it around a sched_yield and a spin. */
#ifndef JVMM_HAMMER_H
#define JVMM_HAMMER_H

#include <stdbool.h>
#include <stdint.h>

/* Returns 0 when every register still had its value. */
typedef long hammer(const uint64_t value[8], long spin);

hammer hammer_ymm;
hammer hammer_zmm;

bool has_ymm(void);
bool has_zmm(void);

#endif
