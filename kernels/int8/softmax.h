/* softmax.h: softmax and its error in integers, for one logit at a time. Logits
 * are read in steps of 2^-8 nats, exponentials come from a table of 2^(-i / 32)
 * and a shift, and each output costs one integer division. */
#ifndef EOQ_INT8_SOFTMAX_H
#define EOQ_INT8_SOFTMAX_H

#include "number.h"
#include "random.h"

enum {
  EOQ_LOGIT_FRACTION = 8,
  EOQ_LOG2_E = 23637,     /* log2(e) * 2^14 */
  EOQ_FARTHEST = 1 << 15, /* 128 nats below the largest logit is nothing */
  EOQ_ERROR_FRACTION = 7,
  EOQ_SHARE_FRACTION = 8,
};

/* round(2^15 * 2^(-i / 32)) */
static const int32_t eoq_powers[32] = {
  32768, 32066, 31379, 30706, 30048, 29405, 28774, 28158, 27554, 26964, 26386, 25821, 25268, 24726, 24196, 23678,
  23170, 22674, 22188, 21713, 21247, 20792, 20347, 19911, 19484, 19066, 18658, 18258, 17867, 17484, 17109, 16743,
};

/* 2^15 * exp(-distance), distance in steps of 2^-8. */
static inline int32_t eoq_exponential(int32_t distance) {
  if (distance >= EOQ_FARTHEST) return 0;
  const int32_t power = distance * EOQ_LOG2_E; /* 22 fraction bits */
  const int32_t shift = power >> 22;
  return shift > 15 ? 0 : eoq_powers[power >> 17 & 31] >> shift;
}

/* A logit in steps of 2^-8 nats, from a sum with an exponent. */
static inline int32_t eoq_logit(int32_t value, int32_t exponent) {
  return (int32_t)eoq_scale_by_power(value, exponent + EOQ_LOGIT_FRACTION, 1 << 28);
}

/* round((exponential / sum - target / 256) * 2^7), halves up; the half that an
 * odd target leaves is the one that rounding would add. */
static inline int8_t eoq_nearest_error(uint32_t exponential, uint32_t sum, int32_t target) {
  const uint32_t half = target % 2 == 0 ? sum / 2 : 0;
  const int32_t probability = (int32_t)(((exponential << EOQ_ERROR_FRACTION) + half) / sum);
  return (int8_t)eoq_clip127(probability - target / 2);
}

/* floor((exponential / sum - target) * 2^7 + u), target in steps of
 * 2^-fraction, u uniform in [0, 1) in steps of 2^-32: over 2^(fraction - 7)
 * sum, plus 2^7 so that nothing is negative. */
static inline int8_t eoq_random_error(uint32_t exponential, uint32_t sum, int32_t target, int32_t fraction,
                                      uint32_t bits) {
  const int32_t finer = fraction - EOQ_SHARE_FRACTION;
  const uint64_t twice = 2 * (uint64_t)sum;
  const uint64_t scaled = ((uint64_t)exponential << fraction) + (uint64_t)sum * (uint32_t)((1 << fraction) - target);
  const uint64_t added = (twice * bits >> 32) << finer;
  const int64_t error = (int64_t)((scaled + added) / (twice << finer)) - (1 << EOQ_ERROR_FRACTION);
  return (int8_t)eoq_clip127((int32_t)error);
}

#endif
