/* conv_activate.c: forward convolutions with the quantizer behind them. */
#include "conv_fused.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  const eoq_tensor *to;
  int8_t *y;
  uint64_t *mask;
  int32_t summand, shift;
} context;

static void start(void *argument, int32_t shift) {
  ((context *)argument)->shift = shift;
}

static void take_activated(void *argument, const void *sums, size_t from, size_t count, int32_t thread) {
  (void)thread;
  const context *c = argument;
  c->kernels->activate(sums, count, c->summand, c->shift, c->y + from, c->mask == NULL ? NULL : c->mask + from / 64);
}

static int32_t exact_activated(void *argument, const int32_t extremes[2]) {
  const context *c = argument;
  return eoq_int8_shift(c->to, eoq_magnitude(c->summand, extremes[1] + c->summand));
}

static void take_plain(void *argument, const void *sums, size_t from, size_t count, int32_t thread) {
  (void)thread;
  const context *c = argument;
  c->kernels->quantize(sums, count, c->shift, c->y + from);
}

static int32_t exact_plain(void *argument, const int32_t extremes[2]) {
  const context *c = argument;
  return eoq_int8_shift(c->to, eoq_magnitude(extremes[0], extremes[1]));
}

static const eoq_int8_fused activated = { take_activated, start, exact_activated };
static const eoq_int8_fused plain = { take_plain, start, exact_plain };

int32_t eoq_int8_conv_forward_activate(int32_t x, int32_t weights, int32_t scalars, int32_t bias_before,
                                       int32_t bias_behind, int32_t sums, int32_t y, int32_t mask, int32_t shape,
                                       int32_t n) {
  eoq_conv_shape s;
  eoq_int8_conv conv;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
  if (status < 0 || (status = eoq_int8_conv_of_forward(&conv, &s, x, weights, scalars, bias_before, 1)) < 0 ||
      (status = EOQ_APART(3, { "sums", sums }, { "y", y }, { "mask", mask }, { "x", x }, { "weights", weights },
                          { "scalars", scalars })) < 0) {
    return status;
  }
  const size_t count = eoq_conv_outputs(&s);
  eoq_tensor *to = eoq_int8_fused_target(sums, y, "y", count);
  eoq_tensor *bits = to == NULL || mask == 0 ? NULL : eoq_tensor_get(mask, EOQ_BITS, count, "mask");
  if (to == NULL || (mask != 0 && bits == NULL)) return EOQ_ERROR_TENSOR;
  const int16_t *scalar = bias_behind == -1 ? NULL : eoq_int8_scalars(scalars, bias_behind, 1);
  if (bias_behind != -1 && scalar == NULL) return EOQ_ERROR_TENSOR;
  eoq_conv_job job;
  eoq_conv_forward_job(&s, &job);
  if (!eoq_int8_worth_fusing(&job, to)) {
    status = eoq_int8_conv_forward(x, weights, scalars, bias_before, 1, sums, shape, n);
    return status < 0 ? status : eoq_int8_activate(sums, scalars, bias_behind, y, mask, (int32_t)count);
  }
  context sink = {
    .kernels = eoq_int8_selected()->elementwise,
    .to = to,
    .y = to->data,
    .mask = bits == NULL ? NULL : bits->data,
    .summand = scalar == NULL ? 0 : eoq_align_bias(*scalar, conv.exponent),
  };
  int32_t extremes[2];
  status = eoq_int8_run_fused(&conv, eoq_int8_conv_run_forward, &activated, &sink, &conv.weights->guess[0], extremes);
  eoq_int8_set_quantized(to, count, conv.exponent, sink.summand, extremes[1] + sink.summand, sink.shift);
  return status;
}

int32_t eoq_int8_conv_forward_quantize(int32_t x, int32_t weights, int32_t sums, int32_t y, int32_t shape, int32_t n) {
  eoq_conv_shape s;
  eoq_int8_conv conv;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
  if (status < 0 || (status = eoq_int8_conv_of_forward(&conv, &s, x, weights, -1, -1, 1)) < 0 ||
      (status = EOQ_APART(2, { "sums", sums }, { "y", y }, { "x", x }, { "weights", weights })) < 0) {
    return status;
  }
  const size_t count = eoq_conv_outputs(&s);
  eoq_tensor *to = eoq_int8_fused_target(sums, y, "y", count);
  if (to == NULL) return EOQ_ERROR_TENSOR;
  eoq_conv_job job;
  eoq_conv_forward_job(&s, &job);
  if (!eoq_int8_worth_fusing(&job, to)) {
    status = eoq_int8_conv_forward(x, weights, -1, -1, 1, sums, shape, n);
    return status < 0 ? status : eoq_int8_quantize(sums, y, (int32_t)count);
  }
  context sink = { .kernels = eoq_int8_selected()->elementwise, .to = to, .y = to->data };
  int32_t extremes[2];
  status = eoq_int8_run_fused(&conv, eoq_int8_conv_run_forward, &plain, &sink, &conv.weights->guess[0], extremes);
  eoq_int8_set_quantized(to, count, conv.exponent, extremes[0], extremes[1], sink.shift);
  return status;
}
