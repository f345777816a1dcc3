/* peak.avx512vnni.c: 512-bit vpdpbusd. */
#include "peak.h"

#include <immintrin.h>

#define PEAK_LOOP eoq_int8_peak_avx512vnni
#define VECTOR __m512i
#define ZERO _mm512_setzero_si512()
#define MACS 64
#define ADVANCE(sums, x) __asm__ volatile("vpdpbusd %1, %1, %0" : "+v"(sums) : "v"(x))

#include "../core/peak_loop.inc"
