/* peak.avx512vnni-256.c: 256-bit vpdpbusd, EVEX encoding: 32 registers. */
#include "peak.h"

#include <immintrin.h>

#define PEAK_LOOP eoq_int8_peak_avx512vnni_256
#define VECTOR __m256i
#define ZERO _mm256_setzero_si256()
#define MACS 32
#define ADVANCE(sums, x) __asm__ volatile("vpdpbusd %1, %1, %0" : "+v"(sums) : "v"(x))

#include "../core/peak_loop.inc"
