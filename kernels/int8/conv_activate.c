/* conv_activate.c: forward convolutions with the quantizer behind them. */
#include "conv_fused.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  const eoq_quantizer_words *quantizer;
  int8_t *y;
  uint64_t *mask;
  int32_t summand;
} context;

static void activate(void *argument, const int32_t *sums, size_t from, size_t count, int32_t shift) {
  const context *c = argument;
  c->kernels->activate(sums, count, c->summand, shift, c->y + from, c->mask == NULL ? NULL : c->mask + from / 64);
}

static int32_t exact_activated(const void *argument, const int32_t extremes[2]) {
  const context *c = argument;
  return eoq_int8_shift(c->quantizer, eoq_magnitude(c->summand, extremes[1] + c->summand));
}

static void quantize(void *argument, const int32_t *sums, size_t from, size_t count, int32_t shift) {
  const context *c = argument;
  c->kernels->quantize(sums, count, shift, c->y + from);
}

static int32_t exact_plain(const void *argument, const int32_t extremes[2]) {
  const context *c = argument;
  return eoq_int8_shift(c->quantizer, eoq_magnitude(extremes[0], extremes[1]));
}

static const eoq_int8_fused activated = { NULL, activate, NULL, exact_activated };
static const eoq_int8_fused plain = { NULL, quantize, NULL, exact_plain };

static void finish(const eoq_int8_conv *conv, const context *sink, eoq_tensor *to, int32_t minimum, int32_t maximum,
                   int32_t shift) {
  const eoq_rounding rounding = { .bits = sink->quantizer->bits, .shift = shift };
  eoq_int8_set_rounded(to, eoq_conv_outputs(&conv->shape), conv->exponent, minimum, maximum, rounding);
}

int32_t eoq_int8_conv_forward_activate(eoq_int8_conv_forward_activate_call *call) {
  eoq_int8_conv conv;
  eoq_int8_conv_forward_call first = { .x = call->x,
                                       .weights = call->weights,
                                       .scalars = call->scalars,
                                       .bias = call->bias_before,
                                       .biases = 1,
                                       .y = call->sums,
                                       .shape = call->shape,
                                       .n = call->n };
  int32_t status = eoq_int8_conv_of_forward(&conv, &first, "sums");
  if (status < 0 || (status = EOQ_APART(3, { "sums", call->sums }, { "y", call->y }, { "mask", call->mask },
                                        { "x", call->x }, { "weights", call->weights }, { "scalars", call->scalars },
                                        { "quantizer.exponents", call->quantizer.exponents })) < 0) {
    return status;
  }
  const size_t count = eoq_conv_outputs(&conv.shape);
  eoq_tensor *to = eoq_int8_target(&call->quantizer, call->y, count, "y");
  eoq_tensor *bits = to == NULL || call->mask == 0 ? NULL : eoq_tensor_get(call->mask, EOQ_BITS, count, "mask");
  if (to == NULL || (call->mask != 0 && bits == NULL)) return EOQ_ERROR_TENSOR;
  const int16_t *scalar = call->bias_behind == -1 ? NULL : eoq_int8_scalars(call->scalars, call->bias_behind, 1);
  if (call->bias_behind != -1 && scalar == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  eoq_conv_job job;
  eoq_conv_forward_job(&conv.shape, &job);
  if (!eoq_int8_worth_fusing(&job, &call->quantizer)) {
    eoq_int8_activate_call second = { .x = call->sums,
                                      .scalars = call->scalars,
                                      .bias = call->bias_behind,
                                      .y = call->y,
                                      .quantizer = call->quantizer,
                                      .mask = call->mask,
                                      .count = (int32_t)count };
    status = eoq_int8_conv_forward(&first);
    return status < 0 ? status : eoq_int8_activate(&second);
  }
  context sink = {
    .kernels = eoq_int8_selected()->elementwise,
    .quantizer = &call->quantizer,
    .y = to->data,
    .mask = bits == NULL ? NULL : bits->data,
    .summand = scalar == NULL ? 0 : eoq_align_bias(*scalar, conv.exponent),
  };
  eoq_int8_fused_range range;
  eoq_int8_end end = { .kind = EOQ_END_ACTIVATED, .y = sink.y, .mask = sink.mask, .summand = sink.summand };
  status = eoq_int8_run_fused(&conv, &job, eoq_int8_conv_run_forward, &activated, &sink, &end, &call->guess, &range);
  if (status < 0) return status;
  finish(&conv, &sink, to, sink.summand, range.maximum + sink.summand, range.shift);
  return EOQ_OK;
}

int32_t eoq_int8_conv_forward_quantize(eoq_int8_conv_forward_quantize_call *call) {
  eoq_int8_conv conv;
  eoq_int8_conv_forward_call first = {
    .x = call->x, .weights = call->weights, .bias = -1, .y = call->sums, .shape = call->shape, .n = call->n
  };
  int32_t status = eoq_int8_conv_of_forward(&conv, &first, "sums");
  if (status < 0 ||
      (status = EOQ_APART(2, { "sums", call->sums }, { "y", call->y }, { "x", call->x }, { "weights", call->weights },
                          { "quantizer.exponents", call->quantizer.exponents })) < 0) {
    return status;
  }
  const size_t count = eoq_conv_outputs(&conv.shape);
  eoq_tensor *to = eoq_int8_target(&call->quantizer, call->y, count, "y");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  eoq_conv_job job;
  eoq_conv_forward_job(&conv.shape, &job);
  if (!eoq_int8_worth_fusing(&job, &call->quantizer)) {
    eoq_int8_quantize_call second = {
      .x = call->sums, .y = call->y, .quantizer = call->quantizer, .count = (int32_t)count
    };
    status = eoq_int8_conv_forward(&first);
    return status < 0 ? status : eoq_int8_quantize(&second);
  }
  context sink = { .kernels = eoq_int8_selected()->elementwise, .quantizer = &call->quantizer, .y = to->data };
  eoq_int8_fused_range range;
  eoq_int8_end end = { .kind = EOQ_END_ROUNDED, .y = sink.y };
  status = eoq_int8_run_fused(&conv, &job, eoq_int8_conv_run_forward, &plain, &sink, &end, &call->guess, &range);
  if (status < 0) return status;
  finish(&conv, &sink, to, range.minimum, range.maximum, range.shift);
  return EOQ_OK;
}
