/* alignment.h: the exponents at which values of several exponents are added,
 * and what each is multiplied with to come there. They follow from the ranges
 * that tensors are known to lie between, not from the elements. */
#ifndef EOQ_INT8_ALIGNMENT_H
#define EOQ_INT8_ALIGNMENT_H

#include "number.h"

/* Bits of the largest summand: activations, and errors that join. A shift of
 * EOQ_MOST_JOIN_RIGHT leaves of a sum no more than its rounding, 1; 127 <<
 * EOQ_MOST_JOIN_LEFT on top of EOQ_MAX_SUM fits int32. */
enum { EOQ_ALIGNED_BITS = 24, EOQ_JOINED_BITS = 28, EOQ_MOST_JOIN_RIGHT = 30, EOQ_MOST_JOIN_LEFT = 20 };

/* Exponent of the power of two just above what a tensor with an exponent can hold. */
static inline int32_t eoq_top_of(int32_t exponent, int32_t minimum, int32_t maximum) {
  return exponent + eoq_bits(eoq_magnitude(minimum, maximum));
}

static inline int32_t eoq_larger(int32_t a, int32_t b) {
  return a > b ? a : b;
}

/* 2^shift, within 2^bits. */
static inline int32_t eoq_factor(int32_t q, int32_t shift, int32_t bits) {
  return (int32_t)eoq_scale_by_power(q, shift, (int64_t)1 << bits);
}

/* x * factor + summand, in steps of 2^exponent. */
typedef struct {
  int32_t exponent, factor, summand;
} eoq_bias_alignment;

/* Of a tensor x and a bias: both at the exponent that leaves the larger EOQ_ALIGNED_BITS bits. */
static inline eoq_bias_alignment eoq_align_to_bias(int32_t x_exponent, int32_t minimum, int32_t maximum, int16_t bias) {
  const int32_t top = eoq_larger(eoq_top_of(x_exponent, minimum, maximum), eoq_top_of(EOQ_BIAS_EXPONENT, bias, bias));
  const int32_t exponent = top - EOQ_ALIGNED_BITS;
  return (eoq_bias_alignment){
    .exponent = exponent,
    .factor = eoq_factor(1, x_exponent - exponent, EOQ_ALIGNED_BITS),
    .summand = eoq_align_bias(bias, exponent),
  };
}

/* v = z * z_factor + shortcut * shortcut_factor + summand. */
typedef struct {
  int32_t z_factor, shortcut_factor, summand;
} eoq_residual;

/* Of a branch z that a scale multiplies, whose products have this exponent and
 * `branch_top`, a shortcut and a bias: all three summands at the exponent that
 * leaves the largest EOQ_ALIGNED_BITS bits; the alignment goes into the factors,
 * so an element costs two multiplications and no shift. Returns the exponent. */
static inline int32_t eoq_align_residual(int32_t product_exponent, int32_t branch_top, int16_t scale,
                                         int32_t shortcut_exponent, int32_t shortcut_top, int16_t bias,
                                         eoq_residual *residual) {
  const int32_t top = eoq_larger(eoq_larger(eoq_top_of(branch_top, scale, scale), shortcut_top),
                                 eoq_top_of(EOQ_BIAS_EXPONENT, bias, bias));
  const int32_t exponent = top - EOQ_ALIGNED_BITS;
  *residual = (eoq_residual){
    .z_factor = eoq_factor(scale, product_exponent - exponent, EOQ_ALIGNED_BITS),
    .shortcut_factor = eoq_factor(1, shortcut_exponent - exponent, EOQ_ALIGNED_BITS),
    .summand = eoq_align_bias(bias, exponent),
  };
  return exponent;
}

/* x = x * 2^(left - right) + other * factor; left or right is 0. */
typedef struct {
  int32_t left, right, factor;
} eoq_join;

/* The largest magnitude of what sums of one become where an int8 error joins them in their steps. */
static inline uint64_t eoq_joined_magnitude(uint64_t magnitude, eoq_join join) {
  return magnitude + INT8_MAX * (uint64_t)join.factor;
}

/* Whether a shortcut's error joins sums in their steps: where it is not finer
 * than those, nor so coarse that the sum could pass int32. */
static inline int32_t eoq_joins_in_steps(int32_t sums_exponent, int32_t shortcut_exponent) {
  const int32_t shift = shortcut_exponent - sums_exponent;
  return shift >= 0 && shift <= EOQ_MOST_JOIN_LEFT;
}

/* Of sums and a shortcut's error: both in steps of the sums, or else at the
 * exponent that leaves the larger EOQ_JOINED_BITS bits. Returns the exponent. */
static inline int32_t eoq_align_join(int32_t sums_exponent, int32_t sums_top, int32_t shortcut_exponent,
                                     int32_t shortcut_top, eoq_join *join) {
  const int32_t in_steps = eoq_joins_in_steps(sums_exponent, shortcut_exponent);
  const int32_t exponent = in_steps ? sums_exponent : eoq_larger(sums_top, shortcut_top) - EOQ_JOINED_BITS;
  const int32_t left = sums_exponent - exponent;
  *join = (eoq_join){
    .left = left > 0 ? left : 0, /* at most EOQ_JOINED_BITS */
    .right = left < 0 ? (left > -EOQ_MOST_JOIN_RIGHT ? -left : EOQ_MOST_JOIN_RIGHT) : 0,
    .factor = eoq_factor(1, shortcut_exponent - exponent, EOQ_JOINED_BITS),
  };
  return exponent;
}

/* A sum with an error that joins it. */
static inline int32_t eoq_joined(int32_t x, int32_t other, eoq_join join) {
  const int32_t half = (1 << join.right) >> 1;
  return (((int32_t)((uint32_t)x << join.left) + half) >> join.right) + other * join.factor;
}

#endif
