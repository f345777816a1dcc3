/* classify.h: the classifier, the softmax behind it and the error of its logits. */
#ifndef EOQ_DEVICE_CLASSIFY_H
#define EOQ_DEVICE_CLASSIFY_H

#include "../int8/softmax.h"
#include "products.h"
#include "rounding.h"

/* logits = conv(x) + biases, `bias` the index of the first; returns their exponent. */
static int32_t eoq_classify(const eoq_layer *l, eoq_values x, const int16_t *scalars, int32_t bias, int32_t *logits) {
  const int32_t exponent = x.range->exponent + l->exponent;
  eoq_forward_sums(l, x.q, 0, l->shape.outputs, 0, logits);
  for (int32_t k = 0; k < l->shape.outputs; k++) logits[k] += eoq_align_bias(scalars[bias + k], exponent);
  return exponent;
}

/* Index of the first largest. */
static int32_t eoq_best(const int32_t *logits, int32_t classes) {
  int32_t best = 0;
  for (int32_t k = 1; k < classes; k++) best = logits[k] > logits[best] ? k : best;
  return best;
}

/* logits become exponentials, 2^15 that of the largest; returns their sum. */
static uint32_t eoq_softmax(int32_t *logits, int32_t classes, int32_t exponent) {
  const int32_t highest = eoq_logit(logits[eoq_best(logits, classes)], exponent);
  uint32_t sum = 0;
  for (int32_t k = 0; k < classes; k++) {
    logits[k] = eoq_exponential(highest - eoq_logit(logits[k], exponent));
    sum += (uint32_t)logits[k];
  }
  return sum;
}

/* error = p - onehot(label) in steps of 2^-7, from the exponentials and their
 * sum, and the gradients of the biases from `bias` on. */
static void eoq_loss(const eoq_step *at, const int32_t *exponentials, uint32_t sum, int32_t classes, int32_t label,
                     const eoq_quantizer *q, eoq_gradients gradients, int32_t bias, eoq_values error) {
  const eoq_random_key key = eoq_random_stream(at->seed, at->step, q->stream);
  for (int32_t k = 0; k < classes; k++) {
    const uint32_t e = (uint32_t)exponentials[k];
    const int32_t target = k == label ? 1 << EOQ_SHARE_FRACTION : 0;
    error.q[k] = q->stochastic ? eoq_random_error(e, sum, target, EOQ_SHARE_FRACTION, eoq_random(key, (uint32_t)k))
                               : eoq_nearest_error(e, sum, target);
    eoq_store(gradients, bias + k, error.q[k], EOQ_LOGIT_ERROR_EXPONENT);
  }
  *error.range = (eoq_range){ EOQ_LOGIT_ERROR_EXPONENT, -127, 127 };
}

#endif
