/* conv.avx512vnni.c: int8 convolutions on 512-bit vpdpbusd. The instruction
 * wants one unsigned operand: the padded copy holds x + 128 (x XOR 0x80), and
 * a channel's sums start from -128 times the sum of its weights. */
#include "kernels.h"

#include <immintrin.h>

#define SOURCE int8_t
#define PACKED uint8_t
#define WEIGHT int8_t
#define STORED int8_t
#define SUM int32_t
#define VECTOR __m512i
#define GROUP 4
#define LANES 16
#define ROWS_1 16
#define ROWS_2 14
#define PAD_VALUE 0x80
#define EXTREMES 1

static inline void convert(uint8_t *to, const int8_t *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = (uint8_t)from[i] ^ 0x80;
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

static inline int32_t start_of(int32_t bias, int32_t weight_sum) {
  return bias - 128 * weight_sum;
}

#define vector_min _mm512_min_epi32
#define vector_max _mm512_max_epi32
#define repeat _mm512_set1_epi32
#define lowest _mm512_reduce_min_epi32
#define highest _mm512_reduce_max_epi32

#include "../conv_tile.h"
#include "conv_entries.h"

EOQ_INT8_CONV_ENTRIES(avx512vnni)
