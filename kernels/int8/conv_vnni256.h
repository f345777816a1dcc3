/* conv_vnni256.h: int8 convolutions on 256-bit vpdpbusd, for the path whose
 * file includes this. The instruction wants one unsigned operand: tiles
 * read a copy of x + 128 (x XOR 0x80), and a channel's sums start from -128
 * times the sum of its weights. */
#include "kernels.h"
#include "pack_bytes.h"
#include "sums256.h"
#include "vnni256.h"

#define PACKED uint8_t
#define WEIGHT int8_t
#define STORED int8_t
#define IN_PLACE 0
#define OFFSET 128
#define EXTREMES 1
#define ONES _mm256_set1_epi8(1)

static inline void convert(uint8_t *to, const int8_t *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = (uint8_t)from[i] ^ OFFSET;
}

#define broadcast repeat_four

static inline __m256i load_weights(const int8_t *from) {
  return _mm256_load_si256((const void *)from);
}

/* Lanes that lie side by side in four rows (backward data) are transposed. */
static inline void pack_vector(int8_t *to, const int8_t *from, int32_t lanes, ptrdiff_t lane_pitch, ptrdiff_t pitch) {
  if (lanes < LANES || lane_pitch != 1) {
    pack_lanes(to, from, lanes, LANES, lane_pitch, pitch);
    return;
  }
  __m128i rows[4];
  for (int row = 0; row < 4; row++) rows[row] = _mm_loadl_epi64((const void *)(from + row * pitch));
  const __m128i ab = _mm_unpacklo_epi8(rows[0], rows[1]), cd = _mm_unpacklo_epi8(rows[2], rows[3]);
  _mm_store_si128((void *)to, _mm_unpacklo_epi16(ab, cd));
  _mm_store_si128((void *)(to + 16), _mm_unpackhi_epi16(ab, cd));
}

#include "../conv_run.h"
#include "conv_entries.h"
