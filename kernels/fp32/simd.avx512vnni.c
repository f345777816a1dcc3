/* simd.avx512vnni.c: the fp32 kernels on 512-bit fused multiply-adds. */
#include "../conv/transpose_512.inc"
#include "kernels.h"

#include <immintrin.h>

#define KERNELS eoq_fp32_avx512vnni
#define VECTOR __m512
#define POINT __m512
#define LANES 16
#define PACKS_RUNS
#define PIXELS_1 16
#define PIXELS_2 8
#define ELEMENTS_1 16
#define ELEMENTS_2 14

static inline __m512 dot(__m512 sums, __m512 x, __m512 weights) {
  return _mm512_fmadd_ps(x, weights, sums);
}

static inline __m512 broadcast(const float *from) {
  return _mm512_set1_ps(*from);
}

static inline __m512i load_groups(const float *from, int32_t count) {
  return load_dwords(from, count);
}

static inline void store_lanes(float *to, __m512 sums, int32_t lanes) {
  if (lanes == 16) _mm512_storeu_ps(to, sums);
  else _mm512_mask_storeu_ps(to, (__mmask16)((1u << lanes) - 1), sums);
}

#define load_vector _mm512_loadu_ps
#define store_vector _mm512_storeu_ps
#define repeat _mm512_set1_ps
#define vector_add _mm512_add_ps
#define vector_subtract _mm512_sub_ps
#define vector_multiply _mm512_mul_ps
#define POINT_COUNT 4
#define TRANSFORM_DOTS 330
#define RECOVERY_DOTS 340

#define ADVANCE(sums, x) __asm__ volatile("vfmadd231ps %1, %1, %0" : "+v"(sums) : "v"(x))

#include "simd.inc"
