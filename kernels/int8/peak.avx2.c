/* peak.avx2.c: vpmaddwd of sixteen int16 and the addition of its pair sums. */
#include "peak.h"

#include <immintrin.h>

#define PEAK_LOOP eoq_int8_peak_avx2
#define VECTOR __m256i
#define ZERO _mm256_setzero_si256()
#define MACS 16
#define ADVANCE(sums, x)                                           \
  do {                                                             \
    VECTOR products;                                               \
    __asm__ volatile("vpmaddwd %2, %2, %1\n\tvpaddd %1, %0, %0"    \
                     : "+x"(sums), "=&x"(products) : "x"(x));      \
  } while (0)

#include "../core/peak_loop.inc"
