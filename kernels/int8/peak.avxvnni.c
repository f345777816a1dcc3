/* peak.avxvnni.c: 256-bit vpdpbusd, VEX encoding: 16 registers. */
#include "peak.h"

#include <immintrin.h>

#define PEAK_LOOP eoq_int8_peak_avxvnni
#define VECTOR __m256i
#define ZERO _mm256_setzero_si256()
#define MACS 32
#define ADVANCE(sums, x) __asm__ volatile("%{vex%} vpdpbusd %1, %1, %0" : "+x"(sums) : "x"(x))

#include "../core/peak_loop.inc"
