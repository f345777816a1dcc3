/* bounds.c: when bounds are combined; see the header. */
#include "bounds.h"

#include "../core/group.h"

enum { MOST_SUMMANDS = 3 };

/* Whether all steps that the bounds can lead to hold every summand exactly, and
 * the quantizer rounds from each of them to those that were measured before. */
static int32_t lossless(const eoq_quantizer_words *q, const eoq_summand *summands, int32_t count) {
  if (q->stochastic || q->fine != 0) return 0;
  int32_t low = summands[0].low, high = summands[0].high, steps = summands[0].exponent;
  for (int32_t i = 1; i < count; i++) {
    low = eoq_larger(low, summands[i].low);
    high = eoq_larger(high, summands[i].high);
    steps = summands[i].exponent < steps ? summands[i].exponent : steps;
  }
  const int32_t finest = low - EOQ_ALIGNED_BITS, coarsest = high - EOQ_ALIGNED_BITS;
  return steps >= coarsest && eoq_int8_decided(q, finest, coarsest, EOQ_MOST_SHIFT);
}

int32_t eoq_int8_whole_bounds(const eoq_quantizer_words *q, const eoq_summand *summands, int32_t count) {
  eoq_tensor *tensors[MOST_SUMMANDS];
  int32_t minima[MOST_SUMMANDS], maxima[MOST_SUMMANDS], pairs = 0;
  if (eoq_part.whole == 0 || lossless(q, summands, count)) return EOQ_OK;
  for (int32_t i = 0; i < count; i++) {
    eoq_tensor *tensor = summands[i].tensor;
    if (tensor == NULL || !tensor->partial) continue;
    tensor->partial = 0;
    minima[pairs] = tensor->minimum;
    maxima[pairs] = tensor->maximum;
    tensors[pairs++] = tensor;
  }
  const int32_t status = pairs == 0 ? EOQ_OK : eoq_group_alignment(minima, maxima, pairs);
  for (int32_t i = 0; i < pairs; i++) {
    tensors[i]->minimum = minima[i];
    tensors[i]->maximum = maxima[i];
  }
  return status;
}
