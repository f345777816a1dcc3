/* weights.avx2.c: int8 backward weights on 256-bit vpmaddwd. Operands are
 * widened to int16 when they are packed: the byte instruction vpmaddubsw would
 * saturate its sums at int16, this one is exact on all of [-127, 127]. */
#include "kernels.h"

#include <immintrin.h>

#define SOURCE int8_t
#define PACKED int16_t
#define SUM int32_t
#define VECTOR __m256i
#define GROUP 2
#define LANES 8
#define OFFSET 0

static inline __m256i dot(__m256i sums, __m256i vector, __m256i element) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(vector, element));
}

static inline __m256i broadcast(const int16_t *from) {
  int32_t two;
  __builtin_memcpy(&two, from, sizeof two);
  return _mm256_set1_epi32(two);
}

static inline __m256i load_packed(const int16_t *from) {
  return _mm256_loadu_si256((const void *)from);
}

static inline __m256i load_sums(const int32_t *from) {
  return _mm256_loadu_si256((const void *)from);
}

static inline void store_sums(int32_t *to, __m256i sums) {
  _mm256_storeu_si256((void *)to, sums);
}

#define repeat _mm256_set1_epi32
#define vector_add _mm256_add_epi32

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

#define MOST_1 12
#define MOST_2 6

#include "../conv/weights_tasks.inc"
#include "weights_entries.inc"

EOQ_INT8_WEIGHTS_ENTRIES(avx2)
