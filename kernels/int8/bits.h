/* bits.h: eight 0/1 bytes to eight bits and back, in one multiplication, or sixteen by a few
 * instructions where the compiler has NEON. */
#ifndef EOQ_INT8_BITS_H
#define EOQ_INT8_BITS_H

#include <stdint.h>
#include <string.h>

#if defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>

/* Word whose bit i is bytes[i], each 0 or 1. */
static inline uint64_t eoq_bits_pack(const uint8_t bytes[64]) {
  const int8x16_t places = vreinterpretq_s8_u64(vdupq_n_u64(0x0706050403020100u));
  uint8x16_t v[4];
  for (int i = 0; i < 4; i++) v[i] = vshlq_u8(vld1q_u8(bytes + 16 * i), places);
  const uint8x16_t sums = vpaddq_u8(vpaddq_u8(v[0], v[1]), vpaddq_u8(v[2], v[3]));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
}

/* bytes[i] = -1 where bit i is set, else 0. */
static inline void eoq_bits_spread(uint64_t word, int8_t bytes[64]) {
  static const uint8_t two[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
  const uint8x16_t all = vreinterpretq_u8_u64(vdupq_n_u64(word));
  const uint8x16_t bits = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
  for (int i = 0; i < 4; i++) {
    const uint8x16_t eights = vqtbl1q_u8(all, vaddq_u8(vld1q_u8(two), vdupq_n_u8((uint8_t)(2 * i))));
    vst1q_s8(bytes + 16 * i, vreinterpretq_s8_u8(vtstq_u8(eights, bits)));
  }
}
#else
/* Word whose bit i is bytes[i], each 0 or 1. */
static inline uint64_t eoq_bits_pack(const uint8_t bytes[64]) {
  uint64_t word = 0;
  for (int i = 0; i < 8; i++) {
    uint64_t eight;
    memcpy(&eight, bytes + 8 * i, sizeof eight);
    word |= (eight * 0x0102040810204080u >> 56) << (8 * i);
  }
  return word;
}

/* bytes[i] = -1 where bit i is set, else 0. */
static inline void eoq_bits_spread(uint64_t word, int8_t bytes[64]) {
  for (int i = 0; i < 8; i++) {
    uint64_t eight = (word >> (8 * i) & 0xff) * 0x0101010101010101u & 0x8040201008040201u;
    eight = ((eight + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u) * 0xff;
    memcpy(bytes + 8 * i, &eight, sizeof eight);
  }
}

#endif

#endif
