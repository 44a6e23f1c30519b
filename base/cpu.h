/* Which instruction set the kernels may use: what the machine has, lowered by rv_cpu_limit. SSE2 is the amd64 base. */
#ifndef RV_CPU_H
#define RV_CPU_H

#include <reveil.h>

typedef enum rv_cpu { RV_CPU_SCALAR, RV_CPU_AVX2, RV_CPU_AVX512 } rv_cpu;
rv_cpu rv_cpu_level(void);
const char *rv_cpu_name(rv_cpu level);

#endif
