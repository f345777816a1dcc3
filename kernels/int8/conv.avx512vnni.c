/* conv.avx512vnni.c: int8 convolutions on 512-bit vpdpbusd. The instruction
 * wants one unsigned operand: tiles read a copy of x + 128 (x XOR 0x80; to add
 * it to each broadcast would take the dots' pipes), and a channel's sums start
 * from -128 times the sum of its weights. */
#include "kernels.h"
#include "pack_bytes.inc"

#include <immintrin.h>

#define SOURCE int8_t
#define PACKED uint8_t
#define WEIGHT int8_t
#define STORED int8_t
#define SUM int32_t
#define VECTOR __m512i
#define GROUP 4
#define LANES 16
#define MOST_1 16
#define MOST_2 8
#define IN_PLACE 0
#define OFFSET 128
#define EXTREMES 1
#define ONES _mm512_set1_epi8(1)

static inline void convert(uint8_t *to, const int8_t *from, size_t count) {
  const __m512i offset = _mm512_set1_epi8((char)OFFSET);
  for (; count >= 64; count -= 64, to += 64, from += 64) {
    _mm512_storeu_si512(to, _mm512_xor_si512(_mm512_loadu_si512(from), offset));
  }
  if (count == 0) return;
  const __mmask64 left = ((__mmask64)1 << count) - 1;
  _mm512_mask_storeu_epi8(to, left, _mm512_xor_si512(_mm512_maskz_loadu_epi8(left, from), offset));
}

/* As the intrinsic, but gcc 12 spills a large tile's accumulators with that. */
static inline __m512i dot(__m512i sums, __m512i x, __m512i weights) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(x), "v"(weights));
  return sums;
}

static inline __m512i broadcast(const uint8_t *from) {
  int32_t four;
  __builtin_memcpy(&four, from, sizeof four);
  return _mm512_set1_epi32(four);
}

static inline __m512i load_weights(const int8_t *from) {
  return _mm512_load_si512(from);
}

static inline __m512i load_sums(const int32_t *from) {
  return _mm512_load_si512(from);
}

static inline void store_sums(int32_t *to, __m512i sums, int32_t lanes) {
  if (lanes == 16) _mm512_storeu_si512(to, sums);
  else _mm512_mask_storeu_epi32(to, (__mmask16)((1u << lanes) - 1), sums);
}

/* Four bytes of each of 16 lanes: side by side in a lane (forward), or lanes
 * side by side in four rows (backward data), which are transposed. */
static inline void pack_vector(int8_t *to, const int8_t *from, int32_t lanes, ptrdiff_t lane_pitch, ptrdiff_t pitch) {
  if (lanes == 16 && lane_pitch == 1) {
    __m512i rows = _mm512_castsi128_si512(_mm_loadu_si128((const void *)from));
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const void *)(from + pitch)), 1);
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const void *)(from + 2 * pitch)), 2);
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const void *)(from + 3 * pitch)), 3);
    const __m512i fours = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes =
      _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    _mm512_store_si512(to, _mm512_shuffle_epi8(_mm512_permutexvar_epi32(fours, rows), bytes));
    return;
  }
  pack_lanes(to, from, lanes, LANES, lane_pitch, pitch);
}

#define vector_add _mm512_add_epi32
#define vector_min _mm512_min_epi32
#define vector_max _mm512_max_epi32
#define repeat _mm512_set1_epi32
#define lowest _mm512_reduce_min_epi32
#define highest _mm512_reduce_max_epi32

#include "../conv/run.inc"
#include "conv_entries.inc"

EOQ_INT8_CONV_ENTRIES(avx512vnni)
