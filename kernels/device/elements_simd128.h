/* elements_simd128.h: what becomes of sums element by element, with the vectors
 * of WebAssembly. Each function takes as many elements as vectors can and says
 * how many they were; the loops that host and device share take the rest. */
#ifndef EOQ_DEVICE_ELEMENTS_SIMD128_H
#define EOQ_DEVICE_ELEMENTS_SIMD128_H

#include <wasm_simd128.h>

#include "rounding.h"

enum { EOQ_BLOCK = 16, EOQ_WORDS_OF_BLOCK = 4 };

/* Shifts by a number that may not be known when this is compiled. A compiler that moves a vector of it out of a loop
 * shifts lane by lane in there; so each shift has a number of its own. */
static inline v128_t eoq_shifted_left(v128_t x, int32_t by) {
  if (!__builtin_constant_p(by)) __asm__ volatile("" : "+r"(by));
  return wasm_i32x4_shl(x, (uint32_t)by);
}

static inline v128_t eoq_shifted_right(v128_t x, int32_t by) {
  if (!__builtin_constant_p(by)) __asm__ volatile("" : "+r"(by));
  return wasm_i32x4_shr(x, (uint32_t)by);
}

static inline v128_t eoq_bits_shifted_right(v128_t x, int32_t by) {
  if (!__builtin_constant_p(by)) __asm__ volatile("" : "+r"(by));
  return wasm_u32x4_shr(x, (uint32_t)by);
}

/* Rounding to nearest within a limit, of vectors of int32. */
typedef struct {
  v128_t half, limit;
  int32_t shift;
} eoq_rounding_vectors;

static inline eoq_rounding_vectors eoq_vectors_of(const eoq_rounding *r) {
  return (eoq_rounding_vectors){ .half = wasm_i32x4_splat((1 << r->shift) >> 1),
                                 .limit = wasm_i8x16_splat((int8_t)r->limit),
                                 .shift = r->shift };
}

/* 16 int8 of 16 sums. Narrowing saturates, which no value within the limit notices. */
static inline v128_t eoq_rounded_block(eoq_rounding_vectors r, const v128_t *v) {
  v128_t q[EOQ_WORDS_OF_BLOCK];
  for (int32_t i = 0; i < EOQ_WORDS_OF_BLOCK; i++) q[i] = eoq_shifted_right(wasm_i32x4_add(v[i], r.half), r.shift);
  const v128_t bytes =
    wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(q[0], q[1]), wasm_i16x8_narrow_i32x4(q[2], q[3]));
  return wasm_i8x16_max(wasm_i8x16_min(bytes, r.limit), wasm_i8x16_neg(r.limit));
}

static inline int32_t eoq_least_lane(v128_t v) {
  v = wasm_i32x4_min(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
  return wasm_i32x4_extract_lane(wasm_i32x4_min(v, wasm_i32x4_shuffle(v, v, 1, 0, 3, 2)), 0);
}

static inline int32_t eoq_largest_lane(v128_t v) {
  v = wasm_i32x4_max(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
  return wasm_i32x4_extract_lane(wasm_i32x4_max(v, wasm_i32x4_shuffle(v, v, 1, 0, 3, 2)), 0);
}

/* Sums of int64 in two lanes. */
static inline v128_t eoq_add_wide(v128_t sum, v128_t v) {
  return wasm_i64x2_add(sum, wasm_i64x2_add(wasm_i64x2_extend_low_i32x4(v), wasm_i64x2_extend_high_i32x4(v)));
}

static inline int64_t eoq_wide_sum(v128_t v) {
  return wasm_i64x2_extract_lane(v, 0) + wasm_i64x2_extract_lane(v, 1);
}

/* Widens low and high to what `n` elements lie between, and adds them to *sum; returns how many it took. */
static inline int32_t eoq_measure_blocks(const int32_t *x, int32_t n, int32_t *low, int32_t *high, int64_t *sum) {
  v128_t least = wasm_i32x4_splat(*low), most = wasm_i32x4_splat(*high), wide = wasm_i64x2_splat(0);
  int32_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const v128_t v = wasm_v128_load(x + i);
    least = wasm_i32x4_min(least, v);
    most = wasm_i32x4_max(most, v);
    wide = eoq_add_wide(wide, v);
  }
  *low = eoq_least_lane(least);
  *high = eoq_largest_lane(most);
  *sum += eoq_wide_sum(wide);
  return i;
}

/* y = quantize(v + summand) and bits of v > 0, v = max(x, 0) or x; elements [0, n) lie at the beginning of a byte of
 * the mask. */
static inline int32_t eoq_activate_blocks(const eoq_rounding *r, const int32_t *x, int32_t n, int32_t relu,
                                          int32_t summand, int8_t *y, uint8_t *mask) {
  if (r->stochastic) return 0;
  const eoq_rounding_vectors by = eoq_vectors_of(r);
  const v128_t least = wasm_i32x4_splat(relu ? 0 : INT32_MIN), added = wasm_i32x4_splat(summand);
  int32_t i = 0;
  for (; i + EOQ_BLOCK <= n; i += EOQ_BLOCK) {
    v128_t v[EOQ_WORDS_OF_BLOCK];
    for (int32_t j = 0; j < EOQ_WORDS_OF_BLOCK; j++) v[j] = wasm_v128_load(x + i + 4 * j);
    if (mask != NULL) { /* narrowing keeps signs and what is not 0 */
      const v128_t low = wasm_i16x8_narrow_i32x4(v[0], v[1]), high = wasm_i16x8_narrow_i32x4(v[2], v[3]);
      const v128_t bytes = wasm_i8x16_narrow_i16x8(low, high);
      const uint16_t bits = (uint16_t)wasm_i8x16_bitmask(wasm_i8x16_gt(bytes, wasm_i8x16_splat(0)));
      memcpy(mask + i / 8, &bits, sizeof bits);
    }
    for (int32_t j = 0; j < EOQ_WORDS_OF_BLOCK; j++) v[j] = wasm_i32x4_add(wasm_i32x4_max(v[j], least), added);
    wasm_v128_store(y + i, eoq_rounded_block(by, v));
  }
  return i;
}

/* All ones in the bytes whose bits are set, of 16 bits. */
static inline v128_t eoq_bytes_of_bits(const uint8_t *bits) {
  const v128_t places = wasm_i8x16_const(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const v128_t which = wasm_i8x16_const(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  return wasm_i8x16_eq(wasm_v128_and(wasm_i8x16_swizzle(wasm_v128_load16_splat(bits), which), places), places);
}

/* 16 int8 as int32. */
static inline void eoq_widened(v128_t x, v128_t *v) {
  const v128_t low = wasm_i16x8_extend_low_i8x16(x), high = wasm_i16x8_extend_high_i8x16(x);
  v[0] = wasm_i32x4_extend_low_i16x8(low);
  v[1] = wasm_i32x4_extend_high_i16x8(low);
  v[2] = wasm_i32x4_extend_low_i16x8(high);
  v[3] = wasm_i32x4_extend_high_i16x8(high);
}

/* Blocks whose products and sums are added in int32: 16384 times four products are within 2^31. */
enum { EOQ_MOST_BLOCKS = 16384 };

/* dz = quantize(e * scale), a scale of 16 bits; adds e * z to *product and e to *sum. */
static inline int32_t eoq_scale_error_blocks(const eoq_rounding *r, const int8_t *e, const int8_t *z, int32_t n,
                                             int32_t scale, int8_t *dz, int64_t *product, int64_t *sum) {
  if (r->stochastic) return 0;
  const eoq_rounding_vectors by = eoq_vectors_of(r);
  const v128_t factor = wasm_i16x8_splat((int16_t)scale);
  int32_t i = 0;
  while (i + EOQ_BLOCK <= n) {
    const int32_t blocks = (n - i) / EOQ_BLOCK;
    v128_t products = wasm_i32x4_splat(0), sums = products;
    for (int32_t left = blocks < EOQ_MOST_BLOCKS ? blocks : EOQ_MOST_BLOCKS; left > 0; left--, i += EOQ_BLOCK) {
      const v128_t x = wasm_v128_load(e + i), y = wasm_v128_load(z + i);
      const v128_t low = wasm_i16x8_extend_low_i8x16(x), high = wasm_i16x8_extend_high_i8x16(x);
      const v128_t v[EOQ_WORDS_OF_BLOCK] = {
        wasm_i32x4_extmul_low_i16x8(low, factor),
        wasm_i32x4_extmul_high_i16x8(low, factor),
        wasm_i32x4_extmul_low_i16x8(high, factor),
        wasm_i32x4_extmul_high_i16x8(high, factor),
      };
      products = wasm_i32x4_add(products, wasm_i32x4_dot_i16x8(low, wasm_i16x8_extend_low_i8x16(y)));
      products = wasm_i32x4_add(products, wasm_i32x4_dot_i16x8(high, wasm_i16x8_extend_high_i8x16(y)));
      sums = wasm_i32x4_add(sums, wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_add(low, high)));
      wasm_v128_store(dz + i, eoq_rounded_block(by, v));
    }
    *product += eoq_wide_sum(eoq_add_wide(wasm_i64x2_splat(0), products));
    *sum += eoq_wide_sum(eoq_add_wide(wasm_i64x2_splat(0), sums));
  }
  return i;
}

/* What passing errors on comes to, beside their extremes. */
typedef struct {
  int64_t raw, all, masked;
} eoq_passed_sums;

/* Sums of an error in place become what is quantized: joined by `other` or, without one, as they are, where mask;
 * elements [0, n) lie at the beginning of a byte of it. */
static inline int32_t eoq_pass_blocks(int32_t *x, int32_t n, const int8_t *other, eoq_join join, const uint8_t *mask,
                                      int32_t *low, int32_t *high, eoq_passed_sums *sums) {
  v128_t least = wasm_i32x4_splat(*low), most = wasm_i32x4_splat(*high);
  v128_t raw = wasm_i64x2_splat(0), all = raw, masked = raw;
  const v128_t half = wasm_i32x4_splat((1 << join.right) >> 1), factor = wasm_i32x4_splat(join.factor);
  int32_t i = 0;
  for (; i + EOQ_BLOCK <= n; i += EOQ_BLOCK) {
    v128_t v[EOQ_WORDS_OF_BLOCK], there[EOQ_WORDS_OF_BLOCK];
    for (int32_t j = 0; j < EOQ_WORDS_OF_BLOCK; j++) v[j] = wasm_v128_load(x + i + 4 * j);
    if (other != NULL) {
      v128_t o[EOQ_WORDS_OF_BLOCK];
      eoq_widened(wasm_v128_load(other + i), o);
      for (int32_t j = 0; j < EOQ_WORDS_OF_BLOCK; j++) {
        raw = eoq_add_wide(raw, v[j]);
        v[j] = eoq_shifted_right(wasm_i32x4_add(eoq_shifted_left(v[j], join.left), half), join.right);
        v[j] = wasm_i32x4_add(v[j], wasm_i32x4_mul(o[j], factor));
      }
    }
    eoq_widened(mask == NULL ? wasm_i8x16_splat(-1) : eoq_bytes_of_bits(mask + i / 8), there);
    for (int32_t j = 0; j < EOQ_WORDS_OF_BLOCK; j++) {
      all = eoq_add_wide(all, v[j]);
      v[j] = wasm_v128_and(v[j], there[j]);
      masked = eoq_add_wide(masked, v[j]);
      least = wasm_i32x4_min(least, v[j]);
      most = wasm_i32x4_max(most, v[j]);
      wasm_v128_store(x + i + 4 * j, v[j]);
    }
  }
  *low = eoq_least_lane(least);
  *high = eoq_largest_lane(most);
  sums->raw += eoq_wide_sum(raw);
  sums->all += eoq_wide_sum(all);
  sums->masked += eoq_wide_sum(masked);
  return i;
}

#endif
