/* conv.avx512vnni.c: int8 convolutions on 512-bit vpdpbusd. The instruction
 * wants one unsigned operand: the padded copy holds x + 128 (x XOR 0x80), and
 * a channel's sums start from -128 times the sum of its weights. */
#include "kernels.h"

#include <immintrin.h>
#include <string.h>

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
#define ERROR int8_t
#define EXTREMES 1
#define OFFSET 1

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

static inline void convert_errors(int8_t *to, const int8_t *from, size_t count) {
  memcpy(to, from, count);
}

static inline __m512i load_errors(const int8_t *from) {
  return _mm512_load_si512(from);
}

#define dot_errors dot
#define vector_subtract _mm512_sub_epi32

static inline __m512i offset_dot(__m512i sums, __m512i errors) {
  return dot(sums, _mm512_set1_epi8((char)0x80), errors);
}

/* Four pixels' channels side by side, 16 at a time. */
static inline void interleave(void *to, const void *from, size_t pitch, size_t count) {
  const uint8_t *a = from, *b = a + pitch, *c = b + pitch, *d = c + pitch;
  uint8_t *out = to;
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m128i va = _mm_loadu_si128((const void *)(a + i)), vb = _mm_loadu_si128((const void *)(b + i));
    __m128i vc = _mm_loadu_si128((const void *)(c + i)), vd = _mm_loadu_si128((const void *)(d + i));
    __m128i ab0 = _mm_unpacklo_epi8(va, vb), ab1 = _mm_unpackhi_epi8(va, vb);
    __m128i cd0 = _mm_unpacklo_epi8(vc, vd), cd1 = _mm_unpackhi_epi8(vc, vd);
    _mm_storeu_si128((void *)(out + 4 * i), _mm_unpacklo_epi16(ab0, cd0));
    _mm_storeu_si128((void *)(out + 4 * i + 16), _mm_unpackhi_epi16(ab0, cd0));
    _mm_storeu_si128((void *)(out + 4 * i + 32), _mm_unpacklo_epi16(ab1, cd1));
    _mm_storeu_si128((void *)(out + 4 * i + 48), _mm_unpackhi_epi16(ab1, cd1));
  }
  for (; i < count; i++) {
    out[4 * i] = a[i];
    out[4 * i + 1] = b[i];
    out[4 * i + 2] = c[i];
    out[4 * i + 3] = d[i];
  }
}

#include "../conv_tile.h"
#include "../weights_tile.h"
#include "conv_entries.h"

EOQ_INT8_CONV_ENTRIES(avx512vnni)
