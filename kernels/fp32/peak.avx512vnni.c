/* peak.avx512vnni.c: 512-bit fused multiply-adds. */
#include "peak.h"

#include <immintrin.h>

#define PEAK_LOOP eoq_fp32_peak_avx512vnni
#define VECTOR __m512
#define ZERO _mm512_setzero_ps()
#define MACS 16
#define ADVANCE(sums, x) __asm__ volatile("vfmadd231ps %1, %1, %0" : "+v"(sums) : "v"(x))

#include "../core/peak_loop.inc"
