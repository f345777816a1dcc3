/* weights.avx512vnni.c: int8 backward weights on 512-bit vpdpbusd. The
 * instruction wants one unsigned operand: vectors are packed as value + 128
 * (XOR 0x80), and 128 times the other operand's sum is taken off. */
#include "kernels.h"

#include <immintrin.h>

#define SOURCE int8_t
#define PACKED uint8_t
#define SUM int32_t
#define VECTOR __m512i
#define GROUP 4
#define LANES 16
#define OFFSET 1

/* As the intrinsic, but gcc 12 spills a large tile's accumulators with that. */
static inline __m512i dot(__m512i sums, __m512i vector, __m512i element) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(vector), "v"(element));
  return sums;
}

static inline __m512i offset_dot(__m512i sums, __m512i elements) {
  return dot(sums, _mm512_set1_epi8((char)0x80), elements);
}

static inline __m512i broadcast(const uint8_t *from) {
  int32_t four;
  __builtin_memcpy(&four, from, sizeof four);
  return _mm512_set1_epi32(four);
}

#define load_packed _mm512_loadu_si512
#define load_sums _mm512_loadu_si512
#define store_sums _mm512_storeu_si512
#define repeat _mm512_set1_epi32
#define vector_add _mm512_add_epi32
#define vector_subtract _mm512_sub_epi32

/* Byte i of each of four rows becomes dword i: bytes are transposed in every
 * 128-bit lane, then the lanes put in order. */
static inline void interleave_64(const __m512i rows[4], __m512i to[4]) {
  const __m512i ab0 = _mm512_unpacklo_epi8(rows[0], rows[1]), ab1 = _mm512_unpackhi_epi8(rows[0], rows[1]);
  const __m512i cd0 = _mm512_unpacklo_epi8(rows[2], rows[3]), cd1 = _mm512_unpackhi_epi8(rows[2], rows[3]);
  const __m512i q0 = _mm512_unpacklo_epi16(ab0, cd0), q1 = _mm512_unpackhi_epi16(ab0, cd0);
  const __m512i q2 = _mm512_unpacklo_epi16(ab1, cd1), q3 = _mm512_unpackhi_epi16(ab1, cd1);
  const __m512i front0 = _mm512_shuffle_i32x4(q0, q1, 0x44), back0 = _mm512_shuffle_i32x4(q0, q1, 0xee);
  const __m512i front1 = _mm512_shuffle_i32x4(q2, q3, 0x44), back1 = _mm512_shuffle_i32x4(q2, q3, 0xee);
  to[0] = _mm512_shuffle_i32x4(front0, front1, 0x88);
  to[1] = _mm512_shuffle_i32x4(front0, front1, 0xdd);
  to[2] = _mm512_shuffle_i32x4(back0, back1, 0x88);
  to[3] = _mm512_shuffle_i32x4(back0, back1, 0xdd);
}

static inline void interleave(uint8_t *to, const int8_t *const from[4], size_t count, int vector) {
  const __m512i offset = _mm512_set1_epi8(vector ? (char)0x80 : 0);
  __m512i rows[4], out[4];
  size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    for (int row = 0; row < 4; row++) rows[row] = _mm512_xor_si512(_mm512_loadu_si512(from[row] + i), offset);
    interleave_64(rows, out);
    for (int part = 0; part < 4; part++) _mm512_storeu_si512(to + 4 * i + 64 * part, out[part]);
  }
  if (i == count) return;
  const __mmask64 left = ((__mmask64)1 << (count - i)) - 1;
  for (int row = 0; row < 4; row++) {
    rows[row] = _mm512_xor_si512(_mm512_maskz_loadu_epi8(left, from[row] + i), offset);
  }
  interleave_64(rows, out);
  for (int part = 0; part < 4; part++) {
    _mm512_mask_storeu_epi32(to + 4 * i + 64 * part, (__mmask16)(left >> 16 * part), out[part]);
  }
}

#define MOST_1 16
#define MOST_2 14

#include "../conv/weights_tasks.inc"
#include "weights_entries.inc"

EOQ_INT8_WEIGHTS_ENTRIES(avx512vnni)
