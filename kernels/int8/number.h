/* number.h: the arithmetic of power-of-two quantization, defined once.
 *
 * A tensor holds q in [-127, 127] with one exponent e: value = q * 2^e. Every
 * rounding, clipping and choice of an exponent in the int8 path is one of
 * these functions, on every instruction-set path. */
#ifndef EOQ_INT8_NUMBER_H
#define EOQ_INT8_NUMBER_H

#include <stdint.h>

/* A sum of this many products of two int8 stays within +-2^30 and leaves
 * room for a bias; the reduction of a convolution is held below it. */
#define EOQ_MAX_REDUCTION 65536
/* A sum of this many products still fits int32: 133144 * 127 * 127 < 2^31. */
#define EOQ_MAX_INT32_PRODUCTS 133144
/* Largest aligned bias: EOQ_MAX_REDUCTION products and two of them fit int32. */
#define EOQ_MAX_BIAS ((int64_t)1 << 28)

/* Largest sum that a kernel quantizes: products or a pooled mean within 2^30,
 * and a bias; a further bias and the rounding still fit int32. */
#define EOQ_MAX_SUM (5 << 28)
/* 24 bits of momentum, in steps of 2^-EOQ_MOMENTUM_FRACTION weight steps. */
#define EOQ_MOMENTUM_LIMIT ((1 << 23) - 1)
enum { EOQ_MOMENTUM_FRACTION = 12, EOQ_MOST_MOMENTUM_SHIFT = 8 };
/* Of those a momentum of 16 bits leaves out the lowest and, where it is clipped, the highest. */
enum { EOQ_MOMENTUM_DROPPED = 4 };

enum { EOQ_INT8_BITS = 8 };

/* Fixed exponents of the recipe. */
enum {
  EOQ_BIAS_EXPONENT = -14,  /* 16 bits over R = 2 */
  EOQ_SCALE_EXPONENT = -13, /* 16 bits over R = 4 */
  EOQ_LOGIT_ERROR_EXPONENT = -7,
};

/* round(log2 m) for m > 0: floor(log2 m), plus 1 from 2^(floor + 1/2) on. */
static inline int32_t eoq_log2_nearest(uint64_t m) {
  const int32_t f = 63 - __builtin_clzll(m);
  /* floor(sqrt(2) * 2^63), which no whole number lies on: m is above sqrt(2) * 2^f if it is above its first bits. */
  return f + (m > 0xb504f333f9de6484u >> (63 - f));
}

/* Shift quantization SQ (arXiv 1909.02384, eq. 8): the right shift that brings
 * a tensor of largest magnitude m to steps of R / 2^(bits - 1), R = 2^round(log2 m).
 * A tensor that already fits is left as it is. */
static inline int32_t eoq_quantize_shift_to(uint64_t m, int32_t bits) {
  if (m == 0) return 0;
  int32_t shift = eoq_log2_nearest(m) - (bits - 1);
  return shift > 0 ? shift : 0;
}

static inline int32_t eoq_quantize_shift(uint64_t m) {
  return eoq_quantize_shift_to(m, EOQ_INT8_BITS);
}

/* Largest magnitude of a number of so many bits. */
static inline int32_t eoq_limit(int32_t bits) {
  return (1 << (bits - 1)) - 1;
}

static inline uint64_t eoq_magnitude(int64_t minimum, int64_t maximum) {
  uint64_t low = minimum < 0 ? -(uint64_t)minimum : 0;
  uint64_t high = maximum > 0 ? (uint64_t)maximum : 0;
  return low > high ? low : high;
}

/* x / 2^shift to nearest, halves upwards. */
static inline int32_t eoq_round_shift(int32_t x, int32_t shift) {
  return (x + ((1 << shift) >> 1)) >> shift;
}

static inline int64_t eoq_round_shift64(int64_t x, int32_t shift) {
  if (shift <= 0) return x;
  if (shift > 62) return 0;
  return (x >> shift) + ((x >> (shift - 1)) & 1);
}

static inline int32_t eoq_clip127(int32_t x) {
  x = x < -127 ? -127 : x;
  return x > 127 ? 127 : x;
}

static inline int64_t eoq_clamp64(int64_t x, int64_t limit) {
  x = x < -limit ? -limit : x;
  return x > limit ? limit : x;
}

/* q * 2^shift, to nearest where bits are dropped, held within +-limit (< 2^62). */
static inline int64_t eoq_scale_by_power(int64_t q, int32_t shift, int64_t limit) {
  if (shift <= 0) return eoq_clamp64(eoq_round_shift64(q, -shift), limit);
  if (q == 0) return 0;
  uint64_t magnitude = q < 0 ? -(uint64_t)q : (uint64_t)q;
  if (shift > 62 || magnitude > ((uint64_t)limit >> shift)) return q < 0 ? -limit : limit;
  return q < 0 ? -(int64_t)(magnitude << shift) : (int64_t)(magnitude << shift);
}

/* A 16-bit bias as a summand of sums with the given exponent. */
static inline int32_t eoq_align_bias(int16_t q, int32_t exponent) {
  return (int32_t)eoq_scale_by_power(q, EOQ_BIAS_EXPONENT - exponent, EOQ_MAX_BIAS);
}

/* Bits of a magnitude: the exponent of the power of two just above it. */
static inline int32_t eoq_bits(uint64_t m) {
  return m == 0 ? 0 : 64 - __builtin_clzll(m);
}

#endif
