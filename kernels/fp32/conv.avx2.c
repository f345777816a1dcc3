/* conv.avx2.c: fp32 convolutions on 256-bit fused multiply-adds. */
#include "kernels.h"

#include <immintrin.h>

#define VECTOR __m256
#define LANES 8
#define MOST_1 8
#define MOST_2 4

static inline __m256 dot(__m256 sums, __m256 x, __m256 weights) {
  return _mm256_fmadd_ps(x, weights, sums);
}

static inline __m256 broadcast(const float *from) {
  return _mm256_broadcast_ss(from);
}

static inline __m256 load_weights(const float *from) {
  return _mm256_load_ps(from);
}

static inline __m256 load_sums(const float *from) {
  return _mm256_load_ps(from);
}

static inline void store_sums(float *to, __m256 sums, int32_t lanes) {
  if (lanes == 8) {
    _mm256_storeu_ps(to, sums);
  } else {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(to, _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), lane), sums);
  }
}

#include "conv_hooks.inc"

#include "../conv/run.inc"
#include "conv_entries.inc"

EOQ_FP32_CONV_ENTRIES(avx2)
