/* weights_vnni256.h: int8 backward weights on 256-bit vpdpbusd, for the path
 * whose file includes this. Vectors are packed as value + 128 (XOR 0x80), and
 * 128 times the other operand's sum is taken off. */
#include "kernels.h"
#include "vnni256.h"

#define PACKED uint8_t
#define OFFSET 1

static inline __m256i offset_dot(__m256i sums, __m256i elements) {
  return dot(sums, _mm256_set1_epi8((char)0x80), elements);
}

static inline __m256i broadcast(const uint8_t *from) {
  return repeat_four(from);
}

#define repeat _mm256_set1_epi32
#define vector_add _mm256_add_epi32
#define vector_subtract _mm256_sub_epi32

static inline __m256i load_packed(const void *from) {
  return _mm256_loadu_si256(from);
}
#define load_sums load_packed

static inline void store_sums(int32_t *to, __m256i sums) {
  _mm256_storeu_si256((void *)to, sums);
}

/* 16 elements of four rows at a time. */
static inline void interleave(uint8_t *to, const int8_t *const from[4], size_t count, int vector) {
  const uint8_t flip = vector ? 0x80 : 0;
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m128i rows[4];
    for (int row = 0; row < 4; row++) {
      rows[row] = _mm_xor_si128(_mm_loadu_si128((const void *)(from[row] + i)), _mm_set1_epi8((char)flip));
    }
    const __m128i ab0 = _mm_unpacklo_epi8(rows[0], rows[1]), ab1 = _mm_unpackhi_epi8(rows[0], rows[1]);
    const __m128i cd0 = _mm_unpacklo_epi8(rows[2], rows[3]), cd1 = _mm_unpackhi_epi8(rows[2], rows[3]);
    __m128i *out = (void *)(to + 4 * i);
    _mm_storeu_si128(out, _mm_unpacklo_epi16(ab0, cd0));
    _mm_storeu_si128(out + 1, _mm_unpackhi_epi16(ab0, cd0));
    _mm_storeu_si128(out + 2, _mm_unpacklo_epi16(ab1, cd1));
    _mm_storeu_si128(out + 3, _mm_unpackhi_epi16(ab1, cd1));
  }
  for (; i < count; i++) {
    for (int row = 0; row < 4; row++) to[4 * i + row] = (uint8_t)from[row][i] ^ flip;
  }
}

#include "../weights_tasks.h"
#include "weights_entries.h"
