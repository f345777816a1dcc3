/* simd.neondot.c: the int8 kernels on 128-bit sdot (Armv8.2 dot product). */
#include <arm_neon.h>

#define KERNELS eoq_int8_neondot
#define PIXELS_1 16
#define PIXELS_2 8
#define ELEMENTS_1 16
#define ELEMENTS_2 14

static inline int8x16_t arrange(int8x16_t bytes) {
  return bytes;
}

static inline int32x4_t dot(int32x4_t sums, int32x4_t a, int32x4_t b) {
  return vdotq_s32(sums, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b));
}

#define ADVANCE(sums, x) __asm__ volatile("sdot %0.4s, %1.16b, %1.16b" : "+w"(sums) : "w"(x))

#include "neon.inc"
