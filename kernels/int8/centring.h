/* centring.h: the mean of gradients (Yong et al., arXiv 2004.01461), a product with a reciprocal. */
#ifndef EOQ_INT8_CENTRING_H
#define EOQ_INT8_CENTRING_H

#include <stdint.h>

enum { EOQ_RECIPROCAL_BITS = 22 };

/* 2^22 / count to nearest. */
static inline int32_t eoq_reciprocal(int32_t count) {
  return ((1 << EOQ_RECIPROCAL_BITS) + count / 2) / count;
}

/* sum / count: for a count of at most 2^22 the reciprocal times the count is at
 * most 3/2 * 2^22, and for a sum of as many elements within +-2^40 the product below 3/2 * 2^62. */
static inline int64_t eoq_mean(int64_t sum, int32_t reciprocal) {
  return (sum * reciprocal + ((int64_t)1 << (EOQ_RECIPROCAL_BITS - 1))) >> EOQ_RECIPROCAL_BITS;
}

#endif
