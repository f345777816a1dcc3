/* conv.avx2.c: int8 convolutions on 256-bit vpmaddwd. Operands are widened to
 * int16 when they are packed: the byte instruction vpmaddubsw would saturate
 * its sums at int16, this one is exact on all of [-127, 127]. */
#include "kernels.h"
#include "sums256.inc"

#define SOURCE int8_t
#define PACKED int16_t
#define WEIGHT int8_t
#define STORED int16_t
#define SUM int32_t
#define VECTOR __m256i
#define GROUP 2
#define LANES 8
#define MOST_1 8
#define MOST_2 4
#define IN_PLACE 0
#define OFFSET 0
#define EXTREMES 1

static inline void convert(int16_t *to, const int8_t *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = from[i];
}

static inline __m256i dot(__m256i sums, __m256i x, __m256i weights) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(x, weights));
}

static inline __m256i broadcast(const int16_t *from) {
  int32_t two;
  __builtin_memcpy(&two, from, sizeof two);
  return _mm256_set1_epi32(two);
}

static inline __m256i load_weights(const int16_t *from) {
  return _mm256_load_si256((const void *)from);
}

static inline void pack_vector(int16_t *to, const int8_t *from, int32_t lanes, ptrdiff_t lane_pitch, ptrdiff_t pitch) {
  for (int32_t lane = 0; lane < lanes; lane++, from += lane_pitch) {
    *to++ = from[0];
    *to++ = from[pitch];
  }
  for (int32_t i = 2 * lanes; i < 16; i++) *to++ = 0;
}

#include "../conv/run.inc"
#include "conv_entries.inc"

EOQ_INT8_CONV_ENTRIES(avx2)
