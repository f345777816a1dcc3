/* elementwise_512.h: the streams of elementwise.h that gcc does not vectorise
 * well, on 512-bit registers, whose comparison masks are the bits of a ReLU
 * mask as they lie. */
#include "kernels.h"

#include <immintrin.h>

enum { BLOCK_512 = 64, VECTORS = 4 };

/* Lanes of vector `v` of a block that the elements left over fill. */
static inline __mmask16 lanes_512(size_t left, int v) {
  const size_t from = 16 * (size_t)v;
  if (left >= from + 16) return 0xffff;
  return left <= from ? 0 : (__mmask16)((1u << (left - from)) - 1);
}

/* Rounds four vectors as eoq_round_shift does and writes them as int8 in [-127, 127]. */
static inline void store_512(const __m512i x[VECTORS], int32_t shift, size_t left, int8_t *y) {
  const __m512i half = _mm512_set1_epi32((1 << shift) >> 1);
  const __m128i by = _mm_cvtsi32_si128(shift);
  __m512i v[VECTORS];
  for (int i = 0; i < VECTORS; i++) v[i] = _mm512_sra_epi32(_mm512_add_epi32(x[i], half), by);
  /* The packs work within 128-bit lanes; the permutation puts the dwords of bytes in order. */
  const __m512i packed = _mm512_packs_epi16(_mm512_packs_epi32(v[0], v[1]), _mm512_packs_epi32(v[2], v[3]));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i bytes = _mm512_max_epi8(_mm512_permutexvar_epi32(order, packed), _mm512_set1_epi8(-127));
  if (left >= BLOCK_512) _mm512_storeu_si512(y, bytes);
  else _mm512_mask_storeu_epi8(y, ((__mmask64)1 << left) - 1, bytes);
}

static void activate(const int32_t *x, size_t count, int32_t bias, int32_t shift, int8_t *y, uint64_t *mask) {
  const __m512i zero = _mm512_setzero_si512(), summand = _mm512_set1_epi32(bias);
  for (size_t i = 0; i < count; i += BLOCK_512) {
    uint64_t positive = 0;
    __m512i v[VECTORS];
    for (int j = 0; j < VECTORS; j++) {
      const __m512i in = _mm512_maskz_loadu_epi32(lanes_512(count - i, j), x + i + 16 * j);
      positive |= (uint64_t)_mm512_cmpgt_epi32_mask(in, zero) << 16 * j;
      v[j] = _mm512_add_epi32(_mm512_max_epi32(in, zero), summand);
    }
    if (mask != NULL) mask[i / BLOCK_512] = positive;
    store_512(v, shift, count - i, y + i);
  }
}

static void quantize(const int32_t *x, size_t count, int32_t shift, int8_t *y) {
  for (size_t i = 0; i < count; i += BLOCK_512) {
    __m512i v[VECTORS];
    for (int j = 0; j < VECTORS; j++) v[j] = _mm512_maskz_loadu_epi32(lanes_512(count - i, j), x + i + 16 * j);
    store_512(v, shift, count - i, y + i);
  }
}

static inline __m512i residual_512(const int8_t *z, const int8_t *shortcut, __mmask16 lanes, eoq_residual r) {
  const __m512i a = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(lanes, z));
  const __m512i b = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(lanes, shortcut));
  const __m512i scaled = _mm512_mullo_epi32(a, _mm512_set1_epi32(r.z_factor));
  const __m512i other = _mm512_mullo_epi32(b, _mm512_set1_epi32(r.shortcut_factor));
  return _mm512_add_epi32(_mm512_add_epi32(scaled, other), _mm512_set1_epi32(r.summand));
}

static int32_t residual(const int8_t *z, const int8_t *shortcut, size_t count, eoq_residual r, int32_t shift,
                        int8_t *y, uint64_t *mask) {
  const __m512i zero = _mm512_setzero_si512();
  __m512i most = zero;
  for (size_t i = 0; i < count; i += BLOCK_512) {
    uint64_t positive = 0;
    __m512i v[VECTORS];
    for (int j = 0; j < VECTORS; j++) {
      const __mmask16 lanes = lanes_512(count - i, j);
      const size_t at = i + 16 * (size_t)j;
      v[j] = residual_512(z + at, shortcut + at, lanes, r);
      positive |= (uint64_t)_mm512_mask_cmpgt_epi32_mask(lanes, v[j], zero) << 16 * j;
      v[j] = _mm512_max_epi32(v[j], zero);
      most = _mm512_mask_max_epi32(most, lanes, most, v[j]);
    }
    if (mask != NULL) mask[i / BLOCK_512] = positive;
    store_512(v, shift, count - i, y + i);
  }
  return _mm512_reduce_max_epi32(most);
}

/* Sums of int32 as sums of their halves: 2^16 vectors of these fit int32. */
typedef struct {
  __m512i low, high;
} halves;

static inline int64_t sum_of(halves h) {
  const __m512i low = _mm512_add_epi64(_mm512_cvtepu32_epi64(_mm512_castsi512_si256(h.low)),
                                       _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(h.low, 1)));
  const __m512i high = _mm512_add_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(h.high)),
                                        _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(h.high, 1)));
  return _mm512_reduce_add_epi64(low) + _mm512_reduce_add_epi64(high) * 65536;
}

enum { STATISTICS_ELEMENTS = 1 << 18 };

static void error_statistics_of(const int32_t *x, const uint64_t *mask, size_t count, eoq_error_statistics *s) {
  const __m512i zero = _mm512_setzero_si512(), low_half = _mm512_set1_epi32(0xffff);
  __m512i least = zero, most = zero;
  halves all = { zero, zero }, masked = { zero, zero };
  for (size_t i = 0; i < count; i += BLOCK_512) {
    const uint64_t word = mask[i / BLOCK_512];
    for (int j = 0; j < VECTORS; j++) {
      const __m512i v = _mm512_maskz_loadu_epi32(lanes_512(count - i, j), x + i + 16 * j);
      const __mmask16 keep = (__mmask16)(word >> 16 * j);
      const __m512i low = _mm512_and_si512(v, low_half), high = _mm512_srai_epi32(v, 16);
      all.low = _mm512_add_epi32(all.low, low);
      all.high = _mm512_add_epi32(all.high, high);
      masked.low = _mm512_mask_add_epi32(masked.low, keep, masked.low, low);
      masked.high = _mm512_mask_add_epi32(masked.high, keep, masked.high, high);
      least = _mm512_mask_min_epi32(least, keep, least, v);
      most = _mm512_mask_max_epi32(most, keep, most, v);
    }
  }
  const int32_t minimum = _mm512_reduce_min_epi32(least), maximum = _mm512_reduce_max_epi32(most);
  s->minimum = minimum < s->minimum ? minimum : s->minimum;
  s->maximum = maximum > s->maximum ? maximum : s->maximum;
  s->sum += sum_of(all);
  s->masked_sum += sum_of(masked);
}

static void error_statistics(const int32_t *x, const uint64_t *mask, size_t count, eoq_error_statistics *s) {
  for (size_t i = 0; i < count; i += STATISTICS_ELEMENTS) {
    const size_t length = count - i < STATISTICS_ELEMENTS ? count - i : STATISTICS_ELEMENTS;
    error_statistics_of(x + i, mask + i / BLOCK_512, length, s);
  }
}

static void error_quantize(const int32_t *x, const uint64_t *mask, size_t count, int32_t shift, int8_t *y) {
  for (size_t i = 0; i < count; i += BLOCK_512) {
    const uint64_t word = mask[i / BLOCK_512];
    __m512i v[VECTORS];
    for (int j = 0; j < VECTORS; j++) {
      const __mmask16 keep = lanes_512(count - i, j) & (__mmask16)(word >> 16 * j);
      v[j] = _mm512_maskz_loadu_epi32(keep, x + i + 16 * j);
    }
    store_512(v, shift, count - i, y + i);
  }
}
