/* sums256.h: int32 sums in 256-bit vectors, as conv_tile.h wants them. */
#include <immintrin.h>
#include <stdint.h>

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

#define vector_add _mm256_add_epi32
#define vector_min _mm256_min_epi32
#define vector_max _mm256_max_epi32
#define repeat _mm256_set1_epi32
