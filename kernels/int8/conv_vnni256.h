/* conv_vnni256.h: int8 convolutions on 256-bit vpdpbusd, of the path whose
 * file includes this. The padded copy holds x + 128 (x XOR 0x80), and a
 * channel's sums start from -128 times the sum of its weights. */
#include "kernels.h"
#include "vnni256.h"

#define WEIGHT int8_t
#define STORED int8_t
#define PAD_VALUE 0x80
#define EXTREMES 1

static inline void convert(uint8_t *to, const int8_t *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = (uint8_t)from[i] ^ 0x80;
}

static inline __m256i load_weights(const int8_t *from) {
  return _mm256_load_si256((const void *)from);
}

static inline void store_sums(int32_t *to, __m256i sums, int32_t lanes) {
  if (lanes == LANES) {
    _mm256_storeu_si256((void *)to, sums);
  } else {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_epi32(to, _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), lane), sums);
  }
}

static inline int32_t start_of(int32_t bias, int32_t weight_sum) {
  return bias - 128 * weight_sum;
}

static inline int32_t lowest(__m256i v) {
  int32_t lanes[LANES], least = INT32_MAX;
  _mm256_storeu_si256((void *)lanes, v);
  for (int i = 0; i < LANES; i++) least = lanes[i] < least ? lanes[i] : least;
  return least;
}

static inline int32_t highest(__m256i v) {
  int32_t lanes[LANES], most = INT32_MIN;
  _mm256_storeu_si256((void *)lanes, v);
  for (int i = 0; i < LANES; i++) most = lanes[i] > most ? lanes[i] : most;
  return most;
}

#define vector_min _mm256_min_epi32
#define vector_max _mm256_max_epi32

#include "../conv_tile.h"
#include "conv_entries.h"
