/* simd.avx2.c: the fp32 kernels on 256-bit fused multiply-adds. */
#include "../conv/transpose_256.inc"
#include "kernels.h"

#include <immintrin.h>

#define KERNELS eoq_fp32_avx2
#define VECTOR __m256
#define POINT __m256
#define LANES 8
#define PACKS_RUNS
#define PIXELS_1 8
#define PIXELS_2 4
#define ELEMENTS_1 12
#define ELEMENTS_2 6

static inline __m256 dot(__m256 sums, __m256 x, __m256 weights) {
  return _mm256_fmadd_ps(x, weights, sums);
}

static inline __m256 broadcast(const float *from) {
  return _mm256_broadcast_ss(from);
}

static inline __m256i load_groups(const float *from, int32_t count) {
  return load_dwords(from, count);
}

static inline void store_lanes(float *to, __m256 sums, int32_t lanes) {
  if (lanes == 8) {
    _mm256_storeu_ps(to, sums);
  } else {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(to, _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), lane), sums);
  }
}

#define load_vector _mm256_loadu_ps
#define store_vector _mm256_storeu_ps
#define repeat _mm256_set1_ps
#define vector_add _mm256_add_ps
#define vector_subtract _mm256_sub_ps
#define vector_multiply _mm256_mul_ps
#define POINT_COUNT 2
#define TRANSFORM_DOTS 500
#define RECOVERY_DOTS 130

#define ADVANCE(sums, x) __asm__ volatile("vfmadd231ps %1, %1, %0" : "+x"(sums) : "x"(x))

#include "simd.inc"
