/* The scalar twin, and the choice between the twins. */
#define RV_LAID_PACK rv_laid_pack_scalar
#include "symbol_pack_simd.h"

#include "cpu.h"

void rv_laid_pack(const rv_symbol_packer *packer, rv_laid_texts *laid, unsigned char *out) {
    if (rv_cpu_level() >= RV_CPU_AVX2) rv_laid_pack_avx2(packer, laid, out);
    else rv_laid_pack_scalar(packer, laid, out);
}
