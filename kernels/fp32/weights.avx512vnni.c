/* weights.avx512vnni.c: fp32 backward weights on 512-bit fused multiply-adds. */
#include "kernels.h"

#include <immintrin.h>

#define VECTOR __m512
#define LANES 16
#define MOST_1 16
#define MOST_2 14
#define load_packed _mm512_loadu_ps
#define load_sums _mm512_loadu_ps
#define store_sums _mm512_storeu_ps
#define repeat _mm512_set1_ps
#define vector_add _mm512_add_ps

static inline __m512 dot(__m512 sums, __m512 vector, __m512 element) {
  return _mm512_fmadd_ps(vector, element, sums);
}

static inline __m512 broadcast(const float *from) {
  return _mm512_set1_ps(*from);
}

#include "weights_entries.inc"

EOQ_FP32_WEIGHTS_ENTRIES(avx512vnni)
