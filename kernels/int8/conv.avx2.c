/* conv.avx2.c: int8 convolutions on 256-bit vpmaddwd. Operands are widened to
 * int16 when they are packed: the byte instruction vpmaddubsw would saturate
 * its sums at int16, this one is exact on all of [-127, 127]. */
#include "kernels.h"

#include <immintrin.h>

#define SOURCE int8_t
#define PACKED int16_t
#define WEIGHT int8_t
#define STORED int16_t
#define SUM int32_t
#define VECTOR __m256i
#define GROUP 2
#define LANES 8
#define ROWS_1 12
#define ROWS_2 6
#define PAD_VALUE 0
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

static inline __m256i load_sums(const int32_t *from) {
  return _mm256_load_si256((const void *)from);
}

static inline void store_sums(int32_t *to, __m256i sums, int32_t lanes) {
  if (lanes == 8) {
    _mm256_storeu_si256((void *)to, sums);
  } else {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_epi32(to, _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), lane), sums);
  }
}

static inline int32_t start_of(int32_t bias, int32_t weight_sum) {
  (void)weight_sum;
  return bias;
}

static inline int32_t lowest(__m256i v) {
  int32_t lanes[8], least = INT32_MAX;
  _mm256_storeu_si256((void *)lanes, v);
  for (int i = 0; i < 8; i++) least = lanes[i] < least ? lanes[i] : least;
  return least;
}

static inline int32_t highest(__m256i v) {
  int32_t lanes[8], most = INT32_MIN;
  _mm256_storeu_si256((void *)lanes, v);
  for (int i = 0; i < 8; i++) most = lanes[i] > most ? lanes[i] : most;
  return most;
}

#define vector_min _mm256_min_epi32
#define vector_max _mm256_max_epi32
#define repeat _mm256_set1_epi32

#include "../conv_tile.h"
#include "conv_entries.h"

EOQ_INT8_CONV_ENTRIES(avx2)
