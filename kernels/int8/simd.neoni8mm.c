/* simd.neoni8mm.c: the int8 kernels on 128-bit smmla (Armv8.2 int8 matrix
 * multiply), which multiplies 2 x 8 by 8 x 2 bytes: two pixels of eight input
 * channels by two output channels, or two elements by two channels over a pixel
 * of eight images. */
#include <arm_neon.h>

#define KERNELS eoq_int8_neoni8mm
#define PIXELS_1 16
#define PIXELS_2 8
#define ELEMENTS_1 16
#define ELEMENTS_2 12
#define PAIRS
#define LANES 4
#define GROUP 8

#include "kernels.h"
#include "pack_bytes.inc"

static inline int32x4_t load_bytes(const int8_t *from) {
  return vreinterpretq_s32_s8(vld1q_s8(from));
}

static inline int32x4_t load_pair(const int8_t *first, const int8_t *second) {
  return vreinterpretq_s32_s8(vcombine_s8(vld1_s8(first), vld1_s8(second)));
}

static inline int32x4_t first_of(const int8_t *from) {
  return vreinterpretq_s32_s8(vcombine_s8(vld1_s8(from), vdup_n_s8(0)));
}

static inline int32x4_t second_of(const int8_t *from) {
  return vreinterpretq_s32_s8(vcombine_s8(vdup_n_s8(0), vld1_s8(from)));
}

static inline int32x4_t dot(int32x4_t sums, int32x4_t pair, int32x4_t vector) {
  return vmmlaq_s32(sums, vreinterpretq_s8_s32(pair), vreinterpretq_s8_s32(vector));
}

static inline void regroup(int32x4_t *a, int32x4_t *b) {
  const int64x2_t x = vreinterpretq_s64_s32(*a), y = vreinterpretq_s64_s32(*b);
  *a = vreinterpretq_s32_s64(vzip1q_s64(x, y));
  *b = vreinterpretq_s32_s64(vzip2q_s64(x, y));
}

/* Lanes that lie side by side in eight rows (backward data) are transposed. */
static inline void pack_vector(int8_t *to, const int8_t *from, int32_t lanes, ptrdiff_t lane_pitch, ptrdiff_t pitch) {
  if (lanes < LANES || lane_pitch != 1) {
    pack_lanes(to, from, lanes, LANES, lane_pitch, pitch);
    return;
  }
  static const uint8_t columns[32] = { 0, 4, 8,  12, 16, 20, 24, 28, 1, 5, 9,  13, 17, 21, 25, 29,
                                       2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31 };
  int8_t rows[32];
  for (int row = 0; row < 8; row++) __builtin_memcpy(rows + 4 * row, from + row * pitch, 4);
  const int8x16x2_t all = { { vld1q_s8(rows), vld1q_s8(rows + 16) } };
  vst1q_s8(to, vqtbl2q_s8(all, vld1q_u8(columns)));
  vst1q_s8(to + 16, vqtbl2q_s8(all, vld1q_u8(columns + 16)));
}

/* 16 elements of eight rows at a time: those of two rows make the 16-bit ones of four. */
static inline void interleave(int8_t *to, const int8_t *const from[8], size_t count, int vector) {
  (void)vector;
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    int16x8x4_t low, high;
    for (int pair = 0; pair < 4; pair++) {
      const int8x16_t a = vld1q_s8(from[2 * pair] + i), b = vld1q_s8(from[2 * pair + 1] + i);
      low.val[pair] = vreinterpretq_s16_s8(vzip1q_s8(a, b));
      high.val[pair] = vreinterpretq_s16_s8(vzip2q_s8(a, b));
    }
    vst4q_s16((int16_t *)(to + 8 * i), low);
    vst4q_s16((int16_t *)(to + 8 * i + 64), high);
  }
  for (; i < count; i++) {
    for (int row = 0; row < 8; row++) to[8 * i + row] = from[row][i];
  }
}

#define ADVANCE(sums, x) __asm__ volatile("smmla %0.4s, %1.16b, %1.16b" : "+w"(sums) : "w"(x))

#include "neon.inc"
