/* simd.avx512vnni.c: the int8 kernels on 512-bit vpdpbusd. The instruction wants
 * one unsigned operand. Forward and backward data read a copy of x + 128 (x XOR
 * 0x80; to add it to each broadcast would take the dots' pipes), and a channel's
 * sums start from -128 times the sum of its weights; backward weights packs
 * vectors as value + 128, and takes off 128 times the other operand's sum. */
#include "../conv/transpose_512.inc"
#include "kernels.h"
#include "elementwise_512.inc"

#include <immintrin.h>

#include "ended_512.inc"
#define ENDED ended_512
#define MEASURED measured_512
#define KERNELS eoq_int8_avx512vnni
#define EOQ_STREAMS_512
#define PACKS_RUNS
#define PACKED uint8_t
#define STORED int8_t
#define VECTOR __m512i
#define LANES 16
#define GROUP 4
#define OFFSET 128
#define PIXELS_1 16
#define PIXELS_2 8
#define ELEMENTS_1 16
#define ELEMENTS_2 14

#include "pack_bytes.inc"

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
static inline __m512i dot(__m512i sums, __m512i bytes, __m512i signed_bytes) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(bytes), "v"(signed_bytes));
  return sums;
}

static inline __m512i broadcast(const uint8_t *from) {
  int32_t four;
  __builtin_memcpy(&four, from, sizeof four);
  return _mm512_set1_epi32(four);
}

static inline void store_lanes(int32_t *to, __m512i sums, int32_t lanes) {
  if (lanes == 16) _mm512_storeu_si512(to, sums);
  else _mm512_mask_storeu_epi32(to, (__mmask16)((1u << lanes) - 1), sums);
}

/* Bytes of four rows of 16, side by side in a register, become dwords of a byte of each. */
static inline __m512i transpose_4(__m512i rows) {
  const __m512i fours = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(fours, rows), bytes);
}

static inline __m512i rows_of_16(const int8_t *a, const int8_t *b, const int8_t *c, const int8_t *d) {
  __m512i rows = _mm512_castsi128_si512(_mm_loadu_si128((const void *)a));
  rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const void *)b), 1);
  rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const void *)c), 2);
  return _mm512_inserti32x4(rows, _mm_loadu_si128((const void *)d), 3);
}

/* Four bytes of each of 16 lanes: side by side in a lane (forward), or lanes
 * side by side in four rows (backward data), which are transposed. */
static inline void pack_vector(int8_t *to, const int8_t *from, int32_t lanes, ptrdiff_t lane_pitch, ptrdiff_t pitch) {
  if (lanes == 16 && lane_pitch == 1) {
    _mm512_store_si512(to, transpose_4(rows_of_16(from, from + pitch, from + 2 * pitch, from + 3 * pitch)));
    return;
  }
  pack_lanes(to, from, lanes, LANES, lane_pitch, pitch);
}

static inline __m512i load_groups(const int8_t *from, int32_t count) {
  return load_dwords(from, count);
}

static inline void interleave(uint8_t *to, const int8_t *const from[4], size_t count, int vector) {
  const __m512i offset = _mm512_set1_epi8(vector ? (char)OFFSET : 0);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m512i rows = rows_of_16(from[0] + i, from[1] + i, from[2] + i, from[3] + i);
    _mm512_storeu_si512(to + 4 * i, _mm512_xor_si512(transpose_4(rows), offset));
  }
  if (i == count) return;
  const __mmask16 left = (__mmask16)((1u << (count - i)) - 1);
  int8_t rows[4][16];
  for (int row = 0; row < 4; row++) {
    _mm_storeu_si128((void *)rows[row], _mm_maskz_loadu_epi8(left, from[row] + i));
  }
  const __m512i last = transpose_4(rows_of_16(rows[0], rows[1], rows[2], rows[3]));
  _mm512_mask_storeu_epi32(to + 4 * i, left, _mm512_xor_si512(last, offset));
}

#define load_vector _mm512_loadu_si512
#define store_vector _mm512_storeu_si512
#define repeat _mm512_set1_epi32
#define repeat_byte _mm512_set1_epi8
#define vector_add _mm512_add_epi32
#define vector_subtract _mm512_sub_epi32
#define vector_min _mm512_min_epi32
#define vector_max _mm512_max_epi32
#define lowest _mm512_reduce_min_epi32
#define highest _mm512_reduce_max_epi32

#include "points_512.inc"
#define POINT_COUNT 4
#define TRANSFORM_DOTS 330
#define RECOVERY_DOTS 300

/* Bytes of two rows side by side, widened. */
static inline __m512i load_strips(const int8_t *const rows[2], size_t at) {
  const __m128i a = _mm_loadu_si128((const void *)(rows[0] + at)), b = _mm_loadu_si128((const void *)(rows[1] + at));
  return _mm512_cvtepi8_epi16(_mm256_set_m128i(_mm_unpackhi_epi8(a, b), _mm_unpacklo_epi8(a, b)));
}

#define ADVANCE(sums, x) __asm__ volatile("vpdpbusd %1, %1, %0" : "+v"(sums) : "v"(x))

#include "simd.inc"
