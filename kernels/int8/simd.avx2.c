/* simd.avx2.c: the int8 kernels on 256-bit vpmaddwd. Convolutions widen their
 * operands to int16 when they pack them: the byte instruction vpmaddubsw would
 * saturate its sums at int16, this one is exact on all of [-127, 127]. */
#include "../conv/transpose_256.inc"
#include "kernels.h"
#include "vectors256.inc"

#include <string.h>

#define KERNELS eoq_int8_avx2
#define PACKS_RUNS
#define PACKED int16_t
#define STORED int16_t
#define GROUP 2
#define OFFSET 0
#define PIXELS_1 8
#define PIXELS_2 4
#define ELEMENTS_1 12
#define ELEMENTS_2 6

static inline void convert(int16_t *to, const int8_t *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = from[i];
}

static inline __m256i dot(__m256i sums, __m256i x, __m256i weights) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(x, weights));
}

/* Lanes that lie side by side in two rows (backward data) are interleaved. */
static inline void pack_vector(int16_t *to, const int8_t *from, int32_t lanes, ptrdiff_t lane_pitch, ptrdiff_t pitch) {
  if (lanes == LANES && lane_pitch == 1) {
    const __m128i a = _mm_loadl_epi64((const void *)from), b = _mm_loadl_epi64((const void *)(from + pitch));
    _mm256_storeu_si256((void *)to, _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(a, b)));
    return;
  }
  for (int32_t lane = 0; lane < lanes; lane++, from += lane_pitch) {
    *to++ = from[0];
    *to++ = from[pitch];
  }
  for (int32_t i = 2 * lanes; i < 16; i++) *to++ = 0;
}

static inline __m256i load_groups(const int8_t *from, int32_t count) {
  int8_t pairs[16] = { 0 };
  if (count < LANES) from = memcpy(pairs, from, 2 * (size_t)count);
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)from));
}

/* 16 elements of two rows at a time. */
static inline void interleave(int16_t *to, const int8_t *const from[2], size_t count, int vector) {
  (void)vector;
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m128i a = _mm_loadu_si128((const void *)(from[0] + i)), b = _mm_loadu_si128((const void *)(from[1] + i));
    _mm256_storeu_si256((void *)(to + 2 * i), _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(a, b)));
    _mm256_storeu_si256((void *)(to + 2 * i + 16), _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(a, b)));
  }
  for (; i < count; i++) {
    to[2 * i] = from[0][i];
    to[2 * i + 1] = from[1][i];
  }
}

#include "points_256.inc"
#define dot_points dot
#define POINT_COUNT 2
#define TRANSFORM_DOTS 250
#define RECOVERY_DOTS 60

/* The instruction and the addition of its pair sums. */
#define ADVANCE(sums, x)                                                                                 \
  do {                                                                                                   \
    VECTOR products;                                                                                     \
    __asm__ volatile("vpmaddwd %2, %2, %1\n\tvpaddd %1, %0, %0" : "+x"(sums), "=&x"(products) : "x"(x)); \
  } while (0)

#include "simd.inc"
