/* simd.neondot.c: the int8 kernels on 128-bit sdot (Armv8.2 dot product). */
#include <arm_neon.h>

#define KERNELS eoq_int8_neondot
#define PIXELS_1 16
#define PIXELS_2 8
#define ELEMENTS_1 16
#define ELEMENTS_2 14
#define PICKS_LANES

static inline int8x16_t arrange(int8x16_t bytes) {
  return bytes;
}

static inline int32x4_t spread(int32x4_t first) {
  return first;
}

/* The instruction holds the lane, so each has its own. */
static inline int32x4_t dot_lane(int32x4_t sums, int32x4_t vector, int32x4_t elements, int lane) {
  const int8x16_t a = vreinterpretq_s8_s32(vector), b = vreinterpretq_s8_s32(elements);
  return lane == 0   ? vdotq_laneq_s32(sums, a, b, 0)
         : lane == 1 ? vdotq_laneq_s32(sums, a, b, 1)
         : lane == 2 ? vdotq_laneq_s32(sums, a, b, 2)
                     : vdotq_laneq_s32(sums, a, b, 3);
}

static inline int32x4_t dot(int32x4_t sums, int32x4_t spread, int32x4_t vector) {
  return dot_lane(sums, vector, spread, 0);
}

#define ADVANCE(sums, x) __asm__ volatile("sdot %0.4s, %1.16b, %1.16b" : "+w"(sums) : "w"(x))

#include "neon_fours.inc"
