/* weights.avx2.c: fp32 backward weights on 256-bit fused multiply-adds. */
#include "kernels.h"

#include <immintrin.h>

#define VECTOR __m256
#define LANES 8
#define MOST_1 12
#define MOST_2 6
#define load_packed _mm256_loadu_ps
#define load_sums _mm256_loadu_ps
#define store_sums _mm256_storeu_ps
#define repeat _mm256_set1_ps
#define vector_add _mm256_add_ps

static inline __m256 dot(__m256 sums, __m256 vector, __m256 element) {
  return _mm256_fmadd_ps(vector, element, sums);
}

static inline __m256 broadcast(const float *from) {
  return _mm256_broadcast_ss(from);
}

#include "weights_entries.inc"

EOQ_FP32_WEIGHTS_ENTRIES(avx2)
