/* centre_kernels.h: gradient centring (Yong et al., arXiv 2004.01461) of one
 * output channel: its gradients minus their mean, a product with a reciprocal. */
#include "kernels.h"
#include "number.h"
#include "tally.h"

enum { RECIPROCAL_BITS = 22 };

/* Gradients beyond this are clipped, so that a sum times the reciprocal fits
 * int64. Sums of 2^26 products do not pass it. */
#define WIDE_LIMIT ((int64_t)1 << 40)

/* sum / count: for a count of at most 2^22 the reciprocal times the count is at
 * most 3/2 * 2^22, and the product below 3/2 * 2^62. */
static inline int64_t mean_of(int64_t sum, int32_t reciprocal) {
  EOQ_TALLY(EOQ_OP_INT64_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 1);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  return (sum * reciprocal + ((int64_t)1 << (RECIPROCAL_BITS - 1))) >> RECIPROCAL_BITS;
}

/* What is left is within +-(2^31 - 1): it passes that only where gradients of
 * both signs are near the limits of int32. */
static void centre32(int32_t *restrict g, size_t count, int32_t reciprocal) {
  int64_t sum = 0;
  int32_t low = g[0], high = g[0];
  for (size_t i = 0; i < count; i++) {
    sum += g[i];
    low = g[i] < low ? g[i] : low;
    high = g[i] > high ? g[i] : high;
    EOQ_TALLY(EOQ_OP_INT64_ADD, 1);
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
  }
  const int64_t mean = mean_of(sum, reciprocal);
  if (high - mean <= INT32_MAX && mean - low <= INT32_MAX) {
    const uint32_t low_bits = (uint32_t)mean; /* the difference fits, so it is right modulo 2^32 */
    for (size_t i = 0; i < count; i++) {
      g[i] = (int32_t)((uint32_t)g[i] - low_bits);
      EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
    }
  } else {
    for (size_t i = 0; i < count; i++) {
      g[i] = (int32_t)eoq_clamp64(g[i] - mean, INT32_MAX);
      EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
    }
  }
}

static void centre64(int64_t *restrict g, size_t count, int32_t reciprocal) {
  int64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    g[i] = eoq_clamp64(g[i], WIDE_LIMIT);
    sum += g[i];
    EOQ_TALLY(EOQ_OP_INT64_ADD, 1);
    EOQ_TALLY_CLIP(1);
  }
  const int64_t mean = mean_of(sum, reciprocal);
  for (size_t i = 0; i < count; i++) {
    g[i] -= mean;
    EOQ_TALLY(EOQ_OP_INT64_ADD, 1);
  }
}
