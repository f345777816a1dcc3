/* simd.neon.c: the fp32 kernels on 128-bit fused multiply-adds. */
#include "kernels.h"

#include <arm_neon.h>

#define KERNELS eoq_fp32_neon
#define VECTOR float32x4_t
#define LANES 4
#define PIXELS_1 16
#define PIXELS_2 8
#define ELEMENTS_1 16
#define ELEMENTS_2 14
#define PICKS_LANES

static inline float32x4_t dot(float32x4_t sums, float32x4_t x, float32x4_t weights) {
  return vfmaq_f32(sums, x, weights);
}

/* The instruction holds the lane, so each has its own. */
static inline float32x4_t dot_lane(float32x4_t sums, float32x4_t vector, float32x4_t elements, int lane) {
  return lane == 0   ? vfmaq_laneq_f32(sums, vector, elements, 0)
         : lane == 1 ? vfmaq_laneq_f32(sums, vector, elements, 1)
         : lane == 2 ? vfmaq_laneq_f32(sums, vector, elements, 2)
                     : vfmaq_laneq_f32(sums, vector, elements, 3);
}

static inline float32x4_t broadcast(const float *from) {
  return vdupq_n_f32(*from);
}

static inline void store_lanes(float *to, float32x4_t sums, int32_t lanes) {
  if (lanes == 4) {
    vst1q_f32(to, sums);
    return;
  }
  vst1q_lane_f32(to, sums, 0);
  if (lanes > 1) vst1q_lane_f32(to + 1, sums, 1);
  if (lanes > 2) vst1q_lane_f32(to + 2, sums, 2);
}

#define load_vector vld1q_f32
#define store_vector vst1q_f32
#define repeat vdupq_n_f32
#define vector_add vaddq_f32

#define ADVANCE(sums, x) __asm__ volatile("fmla %0.4s, %1.4s, %1.4s" : "+w"(sums) : "w"(x))

#include "simd.inc"
