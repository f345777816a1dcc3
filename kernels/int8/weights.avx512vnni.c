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

static inline __m512i some(const int8_t *from, __mmask64 mask, __m512i offset) {
  return _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, from), offset);
}

/* 64 elements of four rows at a time, as a 4 x 4 transposition of bytes in
 * every dword and of dwords across the vector. */
static inline void interleave(uint8_t *to, const int8_t *const from[4], size_t count, int vector) {
  const __m512i offset = _mm512_set1_epi8(vector ? (char)0x80 : 0);
  for (size_t i = 0; i < count; i += 64, to += 256) {
    const size_t left = count - i;
    const __mmask64 mask = left < 64 ? ((__mmask64)1 << left) - 1 : ~(__mmask64)0;
    __m512i a = some(from[0] + i, mask, offset), b = some(from[1] + i, mask, offset);
    __m512i c = some(from[2] + i, mask, offset), d = some(from[3] + i, mask, offset);
    __m512i ab0 = _mm512_unpacklo_epi8(a, b), ab1 = _mm512_unpackhi_epi8(a, b);
    __m512i cd0 = _mm512_unpacklo_epi8(c, d), cd1 = _mm512_unpackhi_epi8(c, d);
    __m512i q0 = _mm512_unpacklo_epi16(ab0, cd0), q1 = _mm512_unpackhi_epi16(ab0, cd0);
    __m512i q2 = _mm512_unpacklo_epi16(ab1, cd1), q3 = _mm512_unpackhi_epi16(ab1, cd1);
    __m512i lo0 = _mm512_shuffle_i32x4(q0, q1, 0x44), hi0 = _mm512_shuffle_i32x4(q0, q1, 0xee);
    __m512i lo1 = _mm512_shuffle_i32x4(q2, q3, 0x44), hi1 = _mm512_shuffle_i32x4(q2, q3, 0xee);
    __m512i out[4] = {
      _mm512_shuffle_i32x4(lo0, lo1, 0x88), _mm512_shuffle_i32x4(lo0, lo1, 0xdd),
      _mm512_shuffle_i32x4(hi0, hi1, 0x88), _mm512_shuffle_i32x4(hi0, hi1, 0xdd),
    };
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
      if (left >= 64) {
        _mm512_storeu_si512(to + 64 * j, out[j]);
      } else if (left > 16u * j) {
        const size_t part = left - 16 * j;
        _mm512_mask_storeu_epi32(to + 64 * j, part < 16 ? (__mmask16)((1u << part) - 1) : 0xffff, out[j]);
      }
    }
  }
}

#define MOST_1 16
#define MOST_2 14

#include "../weights_tasks.h"
#include "weights_entries.h"

EOQ_INT8_WEIGHTS_ENTRIES(avx512vnni)
