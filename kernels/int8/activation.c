/* activation.c: ReLU with the biases around it, plain quantization, the bias
 * of a block's input, and the input itself. */
#include "../core/group.h"
#include "alignment.h"
#include "bounds.h"
#include "ranges.h"
#include "tally.h"

#include <string.h>

enum { INPUT_EXPONENT = -6, CENTRE = 128 };

typedef struct {
  const eoq_int8_elementwise *kernels;
  const void *x;
  int8_t *y;
  uint64_t *mask;
  size_t count;
  int32_t factor, summand, shift;
} context;

static void input_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t from = eoq_range_from(c->count, item), length = eoq_range_length(c->count, item);
  const uint8_t *images = (const uint8_t *)c->x + from;
  if (c->summand == 0) {
    for (size_t i = 0; i < length; i++) c->y[from + i] = (int8_t)(images[i] >> 1);
    EOQ_TALLY(EOQ_OP_SHIFT, length);
  } else {
    for (size_t i = 0; i < length; i++) c->y[from + i] = (int8_t)eoq_clip127(images[i] - c->summand);
    EOQ_TALLY(EOQ_OP_INT8_ADD, length);
    EOQ_TALLY_CLIP(length);
  }
}

int32_t eoq_int8_input(eoq_int8_input_call *call) {
  int32_t status = eoq_int8_count("count", call->count);
  if (status < 0) return status;
  if (call->offset != 0 && call->offset != CENTRE)
    return eoq_fail(EOQ_ERROR_ARGUMENT, "offset: %d is not 0 or %d", call->offset, CENTRE);
  eoq_tensor *from = eoq_tensor_get(call->images, EOQ_UINT8, (size_t)call->count, "images");
  eoq_tensor *to = from == NULL ? NULL : eoq_tensor_get(call->x, EOQ_INT8, (size_t)call->count, "x");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  context c = { .x = from->data, .y = to->data, .count = (size_t)call->count, .summand = call->offset };
  eoq_parallel(input_range, &c, eoq_ranges(c.count));
  to->exponent = INPUT_EXPONENT;
  to->minimum = call->offset == 0 ? 0 : -127;
  to->maximum = 127;
  to->partial = 0;
  return EOQ_OK;
}

static void activate_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t from = eoq_range_from(c->count, item);
  c->kernels->activate((const int32_t *)c->x + from, eoq_range_length(c->count, item), c->summand, c->shift,
                       c->y + from, c->mask == NULL ? NULL : c->mask + from / 64);
}

static void activated_values(const void *argument, size_t from, size_t count, int32_t *v) {
  const context *c = argument;
  memcpy(v, (const int32_t *)c->x + from, count * sizeof *v);
  eoq_int8_relu(v, count, c->mask == NULL ? NULL : c->mask + from / 64);
  for (size_t i = 0; i < count; i++) v[i] += c->summand;
  EOQ_TALLY(EOQ_OP_INT32_ADD, count);
}

int32_t eoq_int8_activate(eoq_int8_activate_call *call) {
  int32_t status = eoq_int8_count("count", call->count);
  if (status < 0 || (status = EOQ_APART(1, { "quantizer.exponents", call->quantizer.exponents }, { "x", call->x })) < 0)
    return status;
  eoq_tensor *from = eoq_tensor_get(call->x, EOQ_INT32, (size_t)call->count, "x");
  eoq_tensor *to = from == NULL ? NULL : eoq_int8_target(&call->quantizer, call->y, (size_t)call->count, "y");
  eoq_tensor *bits =
    to == NULL || call->mask == 0 ? NULL : eoq_tensor_get(call->mask, EOQ_BITS, (size_t)call->count, "mask");
  if (to == NULL || (call->mask != 0 && bits == NULL)) return EOQ_ERROR_TENSOR;
  const int16_t *scalar = call->bias == -1 ? NULL : eoq_int8_scalars(call->scalars, call->bias, 1);
  if (call->bias != -1 && scalar == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  if ((status = eoq_int8_quantizable(from, "x")) < 0 ||
      (status = eoq_int8_whole_extremes(&call->quantizer, from->exponent, EOQ_MOST_SHIFT, &from->minimum,
                                        &from->maximum)) < 0) {
    return status;
  }
  const int32_t summand = scalar == NULL ? 0 : eoq_align_bias(*scalar, from->exponent);
  const int32_t maximum = (from->maximum > 0 ? from->maximum : 0) + summand;
  const eoq_rounding rounding =
    eoq_int8_rounding(&call->quantizer, from->exponent, eoq_magnitude(summand, maximum), EOQ_MOST_SHIFT);
  context c = {
    .kernels = eoq_int8_selected()->elementwise,
    .x = from->data,
    .y = to->data,
    .mask = bits == NULL ? NULL : bits->data,
    .count = (size_t)call->count,
    .summand = summand,
    .shift = rounding.shift,
  };
  if (eoq_by_values(rounding)) eoq_int8_round_values(to, c.count, rounding, activated_values, &c);
  else eoq_parallel(activate_range, &c, eoq_ranges(c.count));
  eoq_int8_set_rounded(to, c.count, from->exponent, summand, maximum, rounding);
  return EOQ_OK;
}

static void quantize_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t from = eoq_range_from(c->count, item);
  c->kernels->quantize((const int32_t *)c->x + from, eoq_range_length(c->count, item), c->shift, c->y + from);
}

static void plain_values(const void *argument, size_t from, size_t count, int32_t *v) {
  const context *c = argument;
  memcpy(v, (const int32_t *)c->x + from, count * sizeof *v);
}

int32_t eoq_int8_quantize(eoq_int8_quantize_call *call) {
  int32_t status = eoq_int8_count("count", call->count);
  if (status < 0 || (status = EOQ_APART(1, { "quantizer.exponents", call->quantizer.exponents }, { "x", call->x })) < 0)
    return status;
  eoq_tensor *from = eoq_tensor_get(call->x, EOQ_INT32, (size_t)call->count, "x");
  eoq_tensor *to = from == NULL ? NULL : eoq_int8_target(&call->quantizer, call->y, (size_t)call->count, "y");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  if ((status = eoq_int8_quantizable(from, "x")) < 0 ||
      (status = eoq_int8_whole_extremes(&call->quantizer, from->exponent, EOQ_MOST_SHIFT, &from->minimum,
                                        &from->maximum)) < 0) {
    return status;
  }
  const eoq_rounding rounding =
    eoq_int8_rounding(&call->quantizer, from->exponent, eoq_magnitude(from->minimum, from->maximum), EOQ_MOST_SHIFT);
  context c = { .kernels = eoq_int8_selected()->elementwise,
                .x = from->data,
                .y = to->data,
                .count = (size_t)call->count,
                .shift = rounding.shift };
  if (eoq_by_values(rounding)) eoq_int8_round_values(to, c.count, rounding, plain_values, &c);
  else eoq_parallel(quantize_range, &c, eoq_ranges(c.count));
  eoq_int8_set_rounded(to, c.count, from->exponent, from->minimum, from->maximum, rounding);
  return EOQ_OK;
}

static void add_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t from = eoq_range_from(c->count, item);
  c->kernels->scale((const int8_t *)c->x + from, eoq_range_length(c->count, item), c->factor, c->summand, c->shift,
                    c->y + from);
}

static void added_values(const void *argument, size_t from, size_t count, int32_t *v) {
  const context *c = argument;
  const int8_t *x = (const int8_t *)c->x + from;
  for (size_t i = 0; i < count; i++) v[i] = x[i] * c->factor + c->summand;
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, count);
  EOQ_TALLY(EOQ_OP_INT32_ADD, count);
}

int32_t eoq_int8_add_bias(eoq_int8_add_bias_call *call) {
  int32_t status = eoq_int8_count("count", call->count);
  if (status < 0) return status;
  eoq_tensor *from = eoq_tensor_get(call->x, EOQ_INT8, (size_t)call->count, "x");
  eoq_tensor *to = from == NULL ? NULL : eoq_int8_target(&call->quantizer, call->y, (size_t)call->count, "y");
  const int16_t *scalar = to == NULL ? NULL : eoq_int8_scalars(call->scalars, call->bias, 1);
  if (scalar == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  const eoq_summand summands[] = { eoq_summand_of(from), eoq_summand_of_bias(*scalar) };
  if ((status = eoq_int8_whole_bounds(&call->quantizer, summands, 2)) < 0) return status;
  const eoq_bias_alignment a = eoq_align_to_bias(from->exponent, from->minimum, from->maximum, *scalar);
  int32_t minimum = from->minimum * a.factor + a.summand, maximum = from->maximum * a.factor + a.summand;
  if (call->quantizer.exponents != 0 &&
      (status = eoq_int8_whole_extremes(&call->quantizer, a.exponent, EOQ_MOST_SHIFT, &minimum, &maximum)) < 0) {
    return status;
  }
  const eoq_rounding rounding =
    eoq_int8_rounding(&call->quantizer, a.exponent, eoq_magnitude(minimum, maximum), EOQ_MOST_SHIFT);
  context c = { .kernels = eoq_int8_selected()->elementwise,
                .x = from->data,
                .y = to->data,
                .count = (size_t)call->count,
                .factor = a.factor,
                .summand = a.summand,
                .shift = rounding.shift };
  if (eoq_by_values(rounding)) eoq_int8_round_values(to, c.count, rounding, added_values, &c);
  else eoq_parallel(add_range, &c, eoq_ranges(c.count));
  eoq_int8_set_rounded(to, c.count, a.exponent, minimum, maximum, rounding);
  return EOQ_OK;
}
