/* Interim: struct calls onto positional functions. */
#include "../int8/calls.h"
static void set_q(int32_t y, const eoq_quantizer_words *q) {
  if (y == 0) return;
  eoq_int8_quantizer(y, q->bits);
  eoq_tensor *t = eoq_tensor_get(y, EOQ_INT8, 1, "y");
  if (t == NULL) return;
  t->quantizer.random = q->stochastic;
  t->quantizer.seed = q->seed;
  t->quantizer.step = q->step;
  t->quantizer.stream = q->stream;
  t->quantizer.exponents = q->exponents;
  t->quantizer.next = q->exponents == 0 ? 0 : q->exponent;
  t->quantizer.end = q->exponents == 0 ? 0 : q->exponent + 1;
  t->quantizer.fine = q->fine;
}
static void set_fine(int32_t y, int32_t fine, int32_t sums) {
  eoq_tensor *t = eoq_tensor_get(y, EOQ_INT8, 1, "dy");
  if (t == NULL) return;
  t->quantizer.fine = fine;
  t->quantizer.fine_sums = sums;
  t->flagged = fine != 0;
}
static void set_policy(int32_t v, const eoq_policy_words *p) {
  eoq_int8_update_policy(v, p->weight_bits, p->gradient_bits, p->gradient_nearest, p->gradient_fixed, p->gradient_exponent, p->update_bits, p->update_nearest, p->momentum_shift, p->feedback, p->decay);
}
static int32_t run_int8_input(void *words) {
  const eoq_int8_input_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_input(c->images, c->offset, c->x, c->count);
}
static int32_t run_int8_conv_forward(void *words) {
  const eoq_int8_conv_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_conv_forward(c->x, c->weights, c->scalars, c->bias, c->biases, c->y, c->shape, c->n);
}
static int32_t run_int8_conv_backward_data(void *words) {
  const eoq_int8_conv_backward_data_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_fine(c->dy, c->fine, c->fine_sums);
  return eoq_int8_conv_backward_data(c->dy, c->weights, c->dx, c->shape, c->n);
}
static int32_t run_int8_conv_backward_weights(void *words) {
  const eoq_int8_conv_backward_weights_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_fine(c->dy, c->fine, 0);
  return eoq_int8_conv_backward_weights(c->x, c->dy, c->dw, c->shape, c->n);
}
static int32_t run_int8_conv_forward_activate(void *words) {
  const eoq_int8_conv_forward_activate_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->y, &c->quantizer);
  return eoq_int8_conv_forward_activate(c->x, c->weights, c->scalars, c->bias_before, c->bias_behind, c->sums, c->y, c->mask, c->shape, c->n);
}
static int32_t run_int8_conv_forward_quantize(void *words) {
  const eoq_int8_conv_forward_quantize_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->y, &c->quantizer);
  return eoq_int8_conv_forward_quantize(c->x, c->weights, c->sums, c->y, c->shape, c->n);
}
static int32_t run_int8_conv_backward_data_activate(void *words) {
  const eoq_int8_conv_backward_data_activate_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->dx, &c->quantizer);
  set_fine(c->dy, c->fine, c->fine_sums);
  return eoq_int8_conv_backward_data_activate(c->dy, c->weights, c->mask, c->sums, c->gradients, c->bias_before, c->bias_behind, c->dx, c->shape, c->n);
}
static int32_t run_int8_conv_backward_data_block(void *words) {
  const eoq_int8_conv_backward_data_block_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->dx, &c->quantizer);
  set_fine(c->dy, c->fine, c->fine_sums);
  return eoq_int8_conv_backward_data_block(c->dy, c->weights, c->dr, c->mask, c->shortcut_behind, c->sums, c->gradients, c->bias_before, c->bias_behind, c->dx, c->shape, c->shortcut, c->n);
}
static int32_t run_int8_activate(void *words) {
  const eoq_int8_activate_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->y, &c->quantizer);
  return eoq_int8_activate(c->x, c->scalars, c->bias, c->y, c->mask, c->count);
}
static int32_t run_int8_quantize(void *words) {
  const eoq_int8_quantize_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->y, &c->quantizer);
  return eoq_int8_quantize(c->x, c->y, c->count);
}
static int32_t run_int8_add_bias(void *words) {
  const eoq_int8_add_bias_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->y, &c->quantizer);
  return eoq_int8_add_bias(c->x, c->scalars, c->bias, c->y, c->count);
}
static int32_t run_int8_shortcut(void *words) {
  const eoq_int8_shortcut_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_shortcut(c->x, c->y, c->shape, c->n);
}
static int32_t run_int8_residual(void *words) {
  const eoq_int8_residual_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->y, &c->quantizer);
  return eoq_int8_residual(c->z, c->shortcut, c->scalars, c->scale, c->bias, c->y, c->mask, c->count);
}
static int32_t run_int8_pool(void *words) {
  const eoq_int8_pool_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->y, &c->quantizer);
  return eoq_int8_pool(c->x, c->reciprocal, c->scalars, c->bias, c->sums, c->y, c->n, c->pixels, c->c);
}
static int32_t run_int8_max_pool(void *words) {
  const eoq_int8_max_pool_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_max_pool(c->x, c->x_mask, c->y, c->y_mask, c->places, c->shape, c->n);
}
static int32_t run_int8_loss(void *words) {
  const eoq_int8_loss_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->dlogits, &c->quantizer);
  return eoq_int8_loss(c->logits, c->labels, c->partners, c->share, c->smoothing, c->gradients, c->bias, c->dlogits, c->metrics, c->n, c->classes);
}
static int32_t run_int8_pool_backward(void *words) {
  const eoq_int8_pool_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->dx, &c->quantizer);
  return eoq_int8_pool_backward(c->dy, c->mask, c->reciprocal, c->gradients, c->bias, c->dx, c->n, c->pixels, c->c);
}
static int32_t run_int8_max_pool_backward(void *words) {
  const eoq_int8_max_pool_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_max_pool_backward(c->dy, c->places, c->dx, c->shape, c->n);
}
static int32_t run_int8_residual_backward(void *words) {
  const eoq_int8_residual_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->dz, &c->quantizer);
  return eoq_int8_residual_backward(c->dy, c->z, c->scalars, c->scale, c->gradients, c->bias, c->dz, c->count);
}
static int32_t run_int8_activate_backward(void *words) {
  const eoq_int8_activate_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->dx, &c->quantizer);
  return eoq_int8_activate_backward(c->dy, c->mask, c->gradients, c->bias_before, c->bias_behind, c->dx, c->count);
}
static int32_t run_int8_block_backward(void *words) {
  const eoq_int8_block_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->dx, &c->quantizer);
  return eoq_int8_block_backward(c->du, c->dr, c->mask, c->shortcut_behind, c->gradients, c->bias_before, c->bias_behind, c->dx, c->shape, c->n);
}
static int32_t run_int8_batchnorm_forward(void *words) {
  const eoq_int8_batchnorm_forward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_batchnorm_forward(c->x, c->residual, c->norm, c->running, c->y, c->mask, c->xhat, c->inverse, c->pixels, c->c);
}
static int32_t run_int8_batchnorm_inference(void *words) {
  const eoq_int8_batchnorm_inference_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_batchnorm_inference(c->x, c->residual, c->norm, c->running, c->relu, c->y, c->pixels, c->c);
}
static int32_t run_int8_batchnorm_backward(void *words) {
  const eoq_int8_batchnorm_backward_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_q(c->dx, &c->quantizer);
  return eoq_int8_batchnorm_backward(c->dy, c->xhat, c->norm, c->inverse, c->gradients, c->dx, c->pixels, c->c);
}
static int32_t run_int8_centre_gradients(void *words) {
  const eoq_int8_centre_gradients_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_centre_gradients(c->dw, c->channels, c->count);
}
static int32_t run_int8_update(void *words) {
  const eoq_int8_update_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_policy(c->momentum, &c->policy);
  return eoq_int8_update(c->weights, c->fraction, c->momentum, c->dw, c->rate_mantissa, c->rate_exponent, c->count, c->seed, c->step, c->stream);
}
static int32_t run_int8_clear_gradients(void *words) {
  const eoq_int8_clear_gradients_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  eoq_tensor *g = eoq_tensor_get(c->gradients, EOQ_INT64, (size_t)c->first + c->count, "gradients");
  if (g == NULL) return EOQ_ERROR_TENSOR;
  for (int32_t i = 0; i < c->count; i++) ((int64_t *)g->data)[c->first + i] = 0;
  return EOQ_OK;
}
static int32_t run_int8_update_scalars(void *words) {
  const eoq_int8_update_scalars_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  eoq_int8_update_policy(c->momentum, 8, 8, 0, 0, 0, 8, 0, c->momentum_shift, 0, 0);
  return eoq_int8_update_scalars(c->scalars, c->momentum, c->gradients, c->rate_mantissa, c->rate_exponent, c->biases, c->scales, c->seed, c->step, c->stream);
}
static int32_t run_int8_count_values(void *words) {
  const eoq_int8_count_values_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  set_fine(c->x, c->fine, 0);
  return eoq_int8_count_values(c->x, c->counts, c->count);
}
static int32_t run_int8_count_updates(void *words) {
  const eoq_int8_count_updates_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_count_updates(c->weights, c->fraction, c->before, c->counts, c->count);
}
static int32_t run_int8_peak(void *words) {
  const eoq_int8_peak_call *c = words;
  if (eoq_only_checks) return EOQ_OK;
  return eoq_int8_peak(c->iterations);
}
