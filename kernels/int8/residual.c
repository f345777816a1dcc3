/* residual.c: the end of a block, y = relu(z * scale + bias + shortcut), and
 * its way back to z, scale and bias. */
#include "../core/group.h"
#include "../core/reruns.h"
#include "alignment.h"
#include "bounds.h"
#include "ranges.h"
#include "tally.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  const int8_t *a, *b; /* z and shortcut, or dy and z */
  int8_t *y;
  uint64_t *mask;
  size_t count;
  eoq_residual residual;
  int32_t shift;
  int32_t maximum[EOQ_MAX_THREADS];
  int64_t product[EOQ_MAX_THREADS], sum[EOQ_MAX_THREADS];
} context;

static void maximum_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->count, item);
  const int32_t maximum =
    c->kernels->residual_maximum(c->a + from, c->b + from, eoq_range_length(c->count, item), c->residual);
  c->maximum[thread] = maximum > c->maximum[thread] ? maximum : c->maximum[thread];
}

static void forward_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->count, item);
  const int32_t maximum = c->kernels->residual(c->a + from, c->b + from, eoq_range_length(c->count, item), c->residual,
                                               c->shift, c->y + from, c->mask == NULL ? NULL : c->mask + from / 64);
  c->maximum[thread] = maximum > c->maximum[thread] ? maximum : c->maximum[thread];
}

/* Where they are rounded stochastically: forward, and back with dy in the place of z. */
static void joined_values(const void *argument, size_t from, size_t count, int32_t *v) {
  const context *c = argument;
  const eoq_residual r = c->residual;
  const int8_t *a = c->a + from, *b = c->b + from;
  for (size_t i = 0; i < count; i++) v[i] = a[i] * r.z_factor + b[i] * r.shortcut_factor + r.summand;
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 2 * count);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2 * count);
}

static void passed_values(const void *argument, size_t from, size_t count, int32_t *v) {
  const context *c = argument;
  joined_values(argument, from, count, v);
  eoq_int8_relu(v, count, c->mask == NULL ? NULL : c->mask + from / 64);
}

int32_t eoq_int8_residual(eoq_int8_residual_call *call) {
  int32_t status = eoq_int8_count("count", call->count);
  if (status < 0) return status;
  eoq_tensor *branch = eoq_tensor_get(call->z, EOQ_INT8, (size_t)call->count, "z");
  eoq_tensor *other = branch == NULL ? NULL : eoq_tensor_get(call->shortcut, EOQ_INT8, (size_t)call->count, "shortcut");
  eoq_tensor *to = other == NULL ? NULL : eoq_int8_target(&call->quantizer, call->y, (size_t)call->count, "y");
  eoq_tensor *bits =
    to == NULL || call->mask == 0 ? NULL : eoq_tensor_get(call->mask, EOQ_BITS, (size_t)call->count, "mask");
  if (to == NULL || (call->mask != 0 && bits == NULL)) return EOQ_ERROR_TENSOR;
  const int16_t *s = eoq_int8_scalars(call->scalars, call->scale, 1);
  const int16_t *b = s == NULL ? NULL : eoq_int8_scalars(call->scalars, call->bias, 1);
  if (b == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  const eoq_summand summands[] = { eoq_summand_of_scaled(branch, *s), eoq_summand_of(other), eoq_summand_of_bias(*b) };
  if ((status = eoq_int8_whole_bounds(&call->quantizer, summands, 3)) < 0) return status;

  const int32_t product_exponent = branch->exponent + EOQ_SCALE_EXPONENT;
  context c = {
    .kernels = eoq_int8_selected()->elementwise,
    .a = branch->data,
    .b = other->data,
    .y = to->data,
    .mask = bits == NULL ? NULL : bits->data,
    .count = (size_t)call->count,
  };
  const int32_t exponent =
    eoq_align_residual(product_exponent, eoq_top_of(product_exponent, branch->minimum, branch->maximum), *s,
                       other->exponent, eoq_top_of(other->exponent, other->minimum, other->maximum), *b, &c.residual);
  /* With the shift of the last call, which is nearly always the exact one; not
   * over an operand, which a second try would read. */
  const int32_t guess = eoq_guess(call->guess);
  c.shift = guess;
  const int32_t guessed = to != branch && to != other && eoq_int8_exact(&call->quantizer);
  eoq_parallel(guessed ? forward_range : maximum_range, &c, eoq_ranges(c.count));
  int32_t maximum = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) maximum = eoq_larger(maximum, c.maximum[t]);
  int32_t minimum = 0;
  status = eoq_int8_whole_extremes(&call->quantizer, exponent, EOQ_MOST_SHIFT, &minimum, &maximum);
  if (status < 0) return status;
  const eoq_rounding rounding = eoq_int8_rounding(&call->quantizer, exponent, (uint64_t)maximum, EOQ_MOST_SHIFT);
  c.shift = rounding.shift;
  if (eoq_by_values(rounding)) eoq_int8_round_values(to, c.count, rounding, passed_values, &c);
  if (!eoq_by_values(rounding) && (!guessed || c.shift != guess)) {
    if (guessed) eoq_rerun_begin();
    eoq_parallel(forward_range, &c, eoq_ranges(c.count));
    eoq_rerun_end();
  }
  call->guess = c.shift;
  eoq_int8_set_rounded(to, c.count, exponent, 0, maximum, rounding);
  return EOQ_OK;
}

static void backward_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->count, item), length = eoq_range_length(c->count, item);
  c->kernels->dot(c->a + from, c->b + from, length, &c->product[thread], &c->sum[thread]);
  c->kernels->scale(c->a + from, length, c->residual.z_factor, 0, c->shift, c->y + from);
}

int32_t eoq_int8_residual_backward(eoq_int8_residual_backward_call *call) {
  int32_t status = eoq_int8_count("count", call->count);
  if (status < 0 || (status = EOQ_APART(2, { "dz", call->dz }, { "quantizer.fine", call->quantizer.fine },
                                        { "dy", call->dy }, { "z", call->z })) < 0)
    return status;
  eoq_tensor *error = eoq_tensor_get(call->dy, EOQ_INT8, (size_t)call->count, "dy");
  eoq_tensor *branch = error == NULL ? NULL : eoq_tensor_get(call->z, EOQ_INT8, (size_t)call->count, "z");
  eoq_tensor *to = branch == NULL ? NULL : eoq_int8_target(&call->quantizer, call->dz, (size_t)call->count, "dz");
  const int16_t *s = to == NULL ? NULL : eoq_int8_scalars(call->scalars, call->scale, 1);
  if (s == NULL) return EOQ_ERROR_TENSOR;
  int64_t *scale_gradient, *bias_gradient;
  if ((status = eoq_int8_gradient(call->gradients, call->scale, &scale_gradient)) < 0 ||
      (status = eoq_int8_gradient(call->gradients, call->bias, &bias_gradient)) < 0) {
    return status;
  }
  EOQ_END_OF_CHECKS();
  const eoq_quantizer_words *q = &call->quantizer;
  const eoq_summand summand = eoq_summand_of(error);
  if (q->exponents == 0 && (status = eoq_int8_whole_bounds(q, &summand, 1)) < 0) return status;
  const int32_t ends[2] = { error->minimum * *s, error->maximum * *s };
  int32_t low = ends[*s < 0], high = ends[*s >= 0]; /* a negative scale swaps them */
  const int32_t exponent = error->exponent + EOQ_SCALE_EXPONENT;
  if (q->exponents != 0 && (status = eoq_int8_whole_extremes(q, exponent, EOQ_MOST_SHIFT, &low, &high)) < 0) {
    return status;
  }
  const eoq_rounding rounding = eoq_int8_rounding(q, exponent, eoq_magnitude(low, high), EOQ_MOST_SHIFT);
  context c = {
    .kernels = eoq_int8_selected()->elementwise,
    .a = error->data,
    .b = branch->data,
    .y = to->data,
    .count = (size_t)call->count,
    .residual = { .z_factor = *s },
    .shift = rounding.shift,
  };
  eoq_parallel(backward_range, &c, eoq_ranges(c.count));
  if (eoq_by_values(rounding)) eoq_int8_round_values(to, c.count, rounding, joined_values, &c);
  int64_t product = 0, sum = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) {
    product += c.product[t];
    sum += c.sum[t];
  }
  eoq_int8_set_rounded(to, c.count, exponent, low, high, rounding);
  eoq_int8_store_gradient(scale_gradient, product, error->exponent + branch->exponent);
  eoq_int8_store_gradient(bias_gradient, sum, error->exponent);
  return EOQ_OK;
}
