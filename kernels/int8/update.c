/* update.c: SGD with momentum on int8 weights, whose stored value may have a fraction. */
#include "ranges.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  eoq_update_tensors tensors;
  size_t count;
  eoq_update update;
  uint64_t magnitude[EOQ_MAX_THREADS];
} context;

static void magnitude_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->count, item), length = eoq_range_length(c->count, item);
  const eoq_update_tensors *t = &c->tensors;
  const uint64_t m = t->wide != NULL ? c->kernels->magnitude64(t->wide + from, length)
                                     : c->kernels->magnitude32(t->narrow + from, length);
  c->magnitude[thread] = m > c->magnitude[thread] ? m : c->magnitude[thread];
}

/* Centring leaves its extremes behind. A counting build looks all the same, so
 * that counts do not depend on what ran before. */
static uint64_t magnitude_of(context *c, const eoq_tensor *g) {
#if !defined(EOQ_COUNT)
  if (g->exact == c->count) return eoq_magnitude(g->minimum, g->maximum);
#else
  (void)g;
#endif
  eoq_parallel(magnitude_range, c, eoq_ranges(c->count));
  uint64_t magnitude = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) magnitude = c->magnitude[t] > magnitude ? c->magnitude[t] : magnitude;
  return magnitude;
}

static void update_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t from = eoq_range_from(c->count, item);
  eoq_update_tensors t = c->tensors;
  if (t.narrow != NULL) t.narrow += from;
  if (t.wide != NULL) t.wide += from;
  if (t.fraction8 != NULL) t.fraction8 += from;
  if (t.fraction16 != NULL) t.fraction16 += from;
  t.weights += from;
  if (t.momentum != NULL) t.momentum += from;
  if (t.momentum16 != NULL) t.momentum16 += from;
  c->kernels->update(c->update, t, from, eoq_range_length(c->count, item));
}

enum { LEAST_BITS = 2, LOWEST_EXPONENT = -64, HIGHEST_EXPONENT = 64, LARGEST_DECAY = 40 };

static int32_t check_policy(const eoq_policy_words *p) {
  int32_t status;
  if ((status = eoq_within("policy.weight_bits", p->weight_bits, LEAST_BITS, EOQ_INT8_BITS)) < 0 ||
      (status = eoq_within("policy.gradient_bits", p->gradient_bits, LEAST_BITS, EOQ_INT8_BITS)) < 0 ||
      (status = eoq_int8_flag("policy.gradient_nearest", p->gradient_nearest)) < 0 ||
      (status = eoq_int8_flag("policy.gradient_fixed", p->gradient_fixed)) < 0 ||
      (status = eoq_within("policy.gradient_exponent", p->gradient_exponent, LOWEST_EXPONENT, HIGHEST_EXPONENT)) < 0 ||
      (status = eoq_within("policy.update_bits", p->update_bits, LEAST_BITS, EOQ_INT8_BITS)) < 0 ||
      (status = eoq_int8_flag("policy.update_nearest", p->update_nearest)) < 0 ||
      (status = eoq_within("policy.momentum_shift", p->momentum_shift, 0, EOQ_MOST_MOMENTUM_SHIFT)) < 0 ||
      (status = eoq_int8_flag("policy.feedback", p->feedback)) < 0 ||
      (status = eoq_int8_flag("policy.nesterov", p->nesterov)) < 0) {
    return status;
  }
  return eoq_within("policy.decay", p->decay, 0, LARGEST_DECAY);
}

int32_t eoq_int8_update(eoq_int8_update_call *call) {
  const eoq_rate rate = { call->rate_mantissa, call->rate_exponent };
  int32_t status = eoq_int8_count("count", call->count);
  if (status < 0 || (status = check_policy(&call->policy)) < 0 || (status = eoq_int8_rate(rate)) < 0) return status;
  const int32_t type = eoq_tensor_type(call->dw) == EOQ_INT64 ? EOQ_INT64 : EOQ_INT32;
  const int32_t fraction_type = eoq_tensor_type(call->fraction) == EOQ_INT16 ? EOQ_INT16 : EOQ_UINT8;
  const int32_t momentum_type = eoq_tensor_type(call->momentum) == EOQ_INT16 ? EOQ_INT16 : EOQ_INT32;
  eoq_tensor *w = eoq_tensor_get(call->weights, EOQ_INT8, (size_t)call->count, "weights");
  eoq_tensor *v = w == NULL ? NULL : eoq_tensor_get(call->momentum, momentum_type, (size_t)call->count, "momentum");
  eoq_tensor *g = v == NULL ? NULL : eoq_tensor_get(call->dw, type, (size_t)call->count, "dw");
  eoq_tensor *f = g == NULL || call->fraction == 0
                    ? NULL
                    : eoq_tensor_get(call->fraction, fraction_type, (size_t)call->count, "fraction");
  if (g == NULL || (f == NULL && call->fraction != 0)) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  if (eoq_magnitude(v->minimum, v->maximum) > EOQ_MOMENTUM_LIMIT) {
    return eoq_fail(EOQ_ERROR_TENSOR, "momentum: holds values beyond +-%d", EOQ_MOMENTUM_LIMIT);
  }
  context c = {
    .kernels = eoq_int8_selected()->elementwise,
    .tensors = {
      .narrow = type == EOQ_INT32 ? g->data : NULL,
      .wide = type == EOQ_INT64 ? g->data : NULL,
      .weights = w->data,
      .momentum = momentum_type == EOQ_INT32 ? v->data : NULL,
      .momentum16 = momentum_type == EOQ_INT16 ? v->data : NULL,
      .fraction8 = f != NULL && fraction_type == EOQ_UINT8 ? f->data : NULL,
      .fraction16 = f != NULL && fraction_type == EOQ_INT16 ? f->data : NULL,
    },
    .count = (size_t)call->count,
  };
  const uint64_t magnitude = magnitude_of(&c, g);
  const eoq_policy_words policy = call->policy;
  const int32_t shift = eoq_quantize_shift_to(magnitude, policy.gradient_bits);
  const int32_t exponent = policy.gradient_fixed ? policy.gradient_exponent : g->exponent + shift;
  c.update = (eoq_update){
    .shift = shift,
    .gradient_limit = eoq_limit(policy.gradient_bits),
    .momentum_shift = policy.momentum_shift,
    .feedback = policy.feedback && f == NULL,
    .nesterov = policy.nesterov,
    .update_bits = policy.update_bits,
    .weight_limit = eoq_limit(policy.weight_bits),
    .key = eoq_random_stream(call->seed, call->step, call->stream),
    .gradient_dither = eoq_dither_of(policy.gradient_nearest),
    .update_dither = eoq_dither_of(policy.update_nearest),
  };
  const int32_t finer = c.update.feedback ? policy.momentum_shift : 0;
  eoq_update_set_rate(&c.update, rate, exponent - (w->exponent - EOQ_MOMENTUM_FRACTION), finer, policy.decay);
  eoq_parallel(update_range, &c, eoq_ranges(c.count));
  w->minimum = -127;
  w->maximum = 127;
  v->maximum = momentum_type == EOQ_INT16 ? INT16_MAX : EOQ_MOMENTUM_LIMIT;
  v->minimum = -v->maximum;
  return EOQ_OK;
}
