/* conv.avx512vnni.c: fp32 convolutions on 512-bit fused multiply-adds. */
#include "kernels.h"

#include <immintrin.h>

#define VECTOR __m512
#define LANES 16
#define MOST_1 16
#define MOST_2 8

static inline __m512 dot(__m512 sums, __m512 x, __m512 weights) {
  return _mm512_fmadd_ps(x, weights, sums);
}

static inline __m512 broadcast(const float *from) {
  return _mm512_set1_ps(*from);
}

static inline __m512 load_weights(const float *from) {
  return _mm512_load_ps(from);
}

static inline __m512 load_sums(const float *from) {
  return _mm512_load_ps(from);
}

static inline void store_sums(float *to, __m512 sums, int32_t lanes) {
  if (lanes == 16) _mm512_storeu_ps(to, sums);
  else _mm512_mask_storeu_ps(to, (__mmask16)((1u << lanes) - 1), sums);
}

#include "conv_hooks.inc"

#include "../conv/run.inc"
#include "conv_entries.inc"

EOQ_FP32_CONV_ENTRIES(avx512vnni)
