/* peak.avx2.c: 256-bit fused multiply-adds. */
#include "peak.h"

#include <immintrin.h>

#define PEAK_LOOP eoq_fp32_peak_avx2
#define VECTOR __m256
#define ZERO _mm256_setzero_ps()
#define MACS 8
#define ADVANCE(sums, x) __asm__ volatile("vfmadd231ps %1, %1, %0" : "+x"(sums) : "x"(x))

#include "../core/peak_loop.inc"
