/* simd.neon.c: the int8 kernels on the NEON that every 64-bit Arm core has. Two
 * products of values in [-127, 127] fit int16, so smull and smlal2 make 16
 * products of a vector and sum them in pairs, and sadalp adds these sums, two a
 * lane, to int32. The first two bytes of all lanes lie in the low half of a
 * vector, the others in the high half. */
#include <arm_neon.h>

#define KERNELS eoq_int8_neon
#define PIXELS_1 16
#define PIXELS_2 8
#define ELEMENTS_1 16
#define ELEMENTS_2 14

static inline int8x16_t arrange(int8x16_t bytes) {
  static const uint8_t halves[16] = { 0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15 };
  return vqtbl1q_s8(bytes, vld1q_u8(halves));
}

static inline int32x4_t spread(int32x4_t first) {
  static const uint8_t halves[16] = { 0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 2, 3 };
  return vreinterpretq_s32_s8(vqtbl1q_s8(vreinterpretq_s8_s32(first), vld1q_u8(halves)));
}

static inline int32x4_t dot(int32x4_t sums, int32x4_t a, int32x4_t b) {
  const int8x16_t x = vreinterpretq_s8_s32(a), y = vreinterpretq_s8_s32(b);
  const int16x8_t pairs = vmlal_high_s8(vmull_s8(vget_low_s8(x), vget_low_s8(y)), x, y);
  return vpadalq_s16(sums, pairs);
}

#define ADVANCE(sums, x)                                                                                \
  do {                                                                                                  \
    int16x8_t pairs;                                                                                    \
    __asm__ volatile("smull %1.8h, %2.8b, %2.8b\n\tsmlal2 %1.8h, %2.16b, %2.16b\n\tsadalp %0.4s, %1.8h" \
                     : "+w"(sums), "=&w"(pairs)                                                         \
                     : "w"(x));                                                                         \
  } while (0)

#include "neon_fours.inc"
