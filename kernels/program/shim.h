/* Interim: struct calls onto positional functions. */
#include "../int8/calls.h"
#ifndef EOQ_INTEGER_ONLY
#include "../fp32/calls.h"
#endif
#include "../core/words_as_text.inc"
#define EOQ_KERNEL(name, words) static int32_t run_##name(void *call) { return eoq_##name(call); }
#include "../int8/declarations.inc"
#undef EOQ_KERNEL
#include "../core/words_end.inc"
#ifndef EOQ_INTEGER_ONLY
static int32_t run_fp32_from_uint8(void *words) {
  const eoq_fp32_from_uint8_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_from_uint8(c->images, c->offset, c->x, c->count);
}
static int32_t run_fp32_conv_forward(void *words) {
  const eoq_fp32_conv_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_conv_forward(c->x, c->weights, c->y, c->shape, c->n);
}
static int32_t run_fp32_conv_backward_data(void *words) {
  const eoq_fp32_conv_backward_data_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_conv_backward_data(c->dy, c->weights, c->dx, c->shape, c->n);
}
static int32_t run_fp32_conv_backward_weights(void *words) {
  const eoq_fp32_conv_backward_weights_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_conv_backward_weights(c->x, c->dy, c->dweights, c->shape, c->n);
}
static int32_t run_fp32_batchnorm_relu_forward(void *words) {
  const eoq_fp32_batchnorm_relu_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_batchnorm_relu_forward(c->x, c->residual, c->gamma, c->beta, c->running_mean, c->running_variance,
                                         c->relu, c->momentum, c->epsilon, c->y, c->mean, c->inverse_std, c->pixels,
                                         c->c);
}
static int32_t run_fp32_batchnorm_relu_inference(void *words) {
  const eoq_fp32_batchnorm_relu_inference_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_batchnorm_relu_inference(c->x, c->residual, c->gamma, c->beta, c->running_mean, c->running_variance,
                                           c->relu, c->epsilon, c->y, c->pixels, c->c);
}
static int32_t run_fp32_batchnorm_relu_backward(void *words) {
  const eoq_fp32_batchnorm_relu_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_batchnorm_relu_backward(c->dy, c->skip, c->y, c->x, c->gamma, c->beta, c->mean, c->inverse_std,
                                          c->relu, c->dgamma, c->dbeta, c->pixels, c->c);
}
static int32_t run_fp32_fixup_relu_forward(void *words) {
  const eoq_fp32_fixup_relu_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_fixup_relu_forward(c->x, c->residual, c->scalars, c->scale, c->before, c->less, c->behind, c->y,
                                     c->count);
}
static int32_t run_fp32_fixup_relu_backward(void *words) {
  const eoq_fp32_fixup_relu_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_fixup_relu_backward(c->dy, c->skip, c->y, c->scalars, c->gradients, c->before, c->behind, c->count);
}
static int32_t run_fp32_fixup_residual_backward(void *words) {
  const eoq_fp32_fixup_residual_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_fixup_residual_backward(c->dy, c->skip, c->y, c->x, c->scalars, c->gradients, c->scale, c->before,
                                          c->behind, c->count);
}
static int32_t run_fp32_shortcut_forward(void *words) {
  const eoq_fp32_shortcut_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_shortcut_forward(c->x, c->y, c->shape, c->n);
}
static int32_t run_fp32_shortcut_backward(void *words) {
  const eoq_fp32_shortcut_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_shortcut_backward(c->dy, c->dx, c->shape, c->n);
}
static int32_t run_fp32_max_pool_forward(void *words) {
  const eoq_fp32_max_pool_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_max_pool_forward(c->x, c->y, c->places, c->shape, c->n);
}
static int32_t run_fp32_max_pool_backward(void *words) {
  const eoq_fp32_max_pool_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_max_pool_backward(c->dy, c->places, c->dx, c->shape, c->n);
}
static int32_t run_fp32_pool_forward(void *words) {
  const eoq_fp32_pool_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_pool_forward(c->x, c->y, c->n, c->pixels, c->c);
}
static int32_t run_fp32_pool_backward(void *words) {
  const eoq_fp32_pool_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_pool_backward(c->dy, c->dx, c->n, c->pixels, c->c);
}
static int32_t run_fp32_bias_forward(void *words) {
  const eoq_fp32_bias_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_bias_forward(c->y, c->bias, c->n, c->c);
}
static int32_t run_fp32_bias_backward(void *words) {
  const eoq_fp32_bias_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_bias_backward(c->dy, c->dbias, c->n, c->c);
}
static int32_t run_fp32_softmax_cross_entropy(void *words) {
  const eoq_fp32_softmax_cross_entropy_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_softmax_cross_entropy(c->logits, c->labels, c->partners, c->share, c->smoothing, c->dlogits,
                                        c->metrics, c->n, c->classes);
}
static int32_t run_fp32_sgd_step(void *words) {
  const eoq_fp32_sgd_step_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_sgd_step(c->weights, c->velocity, c->gradient, c->learning_rate, c->momentum, c->decay, c->count);
}
static int32_t run_fp32_sgd_step_centered(void *words) {
  const eoq_fp32_sgd_step_centered_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_sgd_step_centered(c->weights, c->velocity, c->gradient, c->learning_rate, c->momentum, c->decay, c->k,
                                    c->length);
}
static int32_t run_fp32_peak(void *words) {
  const eoq_fp32_peak_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_fp32_peak(c->iterations);
}
#endif
