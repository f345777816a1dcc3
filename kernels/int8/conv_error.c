/* conv_error.c: backward data with the ReLU, the shortcut's error and the
 * quantizer behind it. */
#include "conv_fused.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  const uint64_t *mask;
  const eoq_tensor *to;
  int8_t *y;
  int32_t shift;
  /* The shortcut's error, in steps of 2^left sums; NULL for none. */
  const int8_t *shortcut;
  int32_t left;
  int32_t behind_bias;   /* whether the shortcut starts behind the bias of the block's input */
  eoq_conv_shape pixels; /* the shortcut as a 1x1 convolution of the block's input */
  eoq_error_statistics statistics[EOQ_MAX_THREADS];
  int64_t inner_sum[EOQ_MAX_THREADS]; /* of the sums before the shortcut's error joined them */
  eoq_error_statistics total;
} context;

static void start(void *argument, int32_t shift) {
  context *c = argument;
  c->shift = shift;
  for (int32_t t = 0; t < eoq_threads(); t++) {
    c->statistics[t] = (eoq_error_statistics){ 0 };
    c->inner_sum[t] = 0;
  }
}

static int32_t exact(void *argument, const int32_t extremes[2]) {
  (void)extremes; /* those of the masked and joined sums count */
  context *c = argument;
  c->total = eoq_int8_error_total(c->statistics);
  return eoq_int8_shift(c->to, eoq_magnitude(c->total.minimum, c->total.maximum));
}

static void take_error(void *argument, const void *sums, size_t from, size_t count, int32_t thread) {
  context *c = argument;
  const uint64_t *mask = c->mask + from / 64;
  c->kernels->error_statistics(sums, mask, count, &c->statistics[thread]);
  c->kernels->error_quantize(sums, mask, count, c->shift, c->y + from);
}

/* Where the shape changes, every stride-th pixel's channels get the error of
 * the shortcut's first channels. Blocks hold whole rows. */
static void join_pixels(const context *c, int32_t *x, size_t from, size_t count) {
  const eoq_conv_shape *s = &c->pixels;
  const eoq_join join = { .factor = 1 << c->left };
  const size_t row_size = (size_t)s->w * s->c;
  for (size_t row = from / row_size; row < (from + count) / row_size; row++, x += row_size) {
    const size_t n = row / (size_t)s->h;
    const int32_t y = (int32_t)(row % (size_t)s->h);
    if (y % s->stride != 0) continue;
    const int8_t *error = c->shortcut + ((n * s->oh + y / s->stride) * s->ow) * (size_t)s->k;
    for (int32_t i = 0; i < s->ow; i++) {
      c->kernels->join(x + (size_t)i * s->stride * s->c, error + (size_t)i * s->k, (size_t)s->c, join);
    }
  }
}

static void take_joined(void *argument, const void *sums, size_t from, size_t count, int32_t thread) {
  context *c = argument;
  int32_t *x = (int32_t *)sums;
  const int changes = c->pixels.stride != 1 || c->pixels.k != c->pixels.c;
  if (!c->behind_bias) c->inner_sum[thread] += c->kernels->sum(x, count);
  if (changes) {
    join_pixels(c, x, from, count);
  } else {
    c->kernels->join(x, c->shortcut + from, count, (eoq_join){ .factor = 1 << c->left });
  }
  take_error(argument, x, from, count, thread);
}

static const eoq_int8_fused masked = { take_error, start, exact };
static const eoq_int8_fused joined = { take_joined, start, exact };

static int32_t finish(const eoq_int8_conv *conv, const context *sink, eoq_tensor *to, int32_t gradients,
                      int32_t bias_behind, int64_t sum_behind, int32_t bias_before) {
  eoq_int8_set_quantized(to, eoq_conv_inputs(&conv->shape), conv->exponent, sink->total.minimum, sink->total.maximum,
                         sink->shift);
  const int32_t status = eoq_int8_store_gradient(gradients, bias_behind, sum_behind, conv->exponent);
  return status < 0 ? status
                    : eoq_int8_store_gradient(gradients, bias_before, sink->total.masked_sum, conv->exponent);
}

int32_t eoq_int8_conv_backward_data_activate(int32_t dy, int32_t weights, int32_t mask, int32_t sums, int32_t gradients,
                            int32_t bias_behind, int32_t bias_before, int32_t dx, int32_t n, int32_t h, int32_t w,
                            int32_t c, int32_t k, int32_t kernel, int32_t stride, int32_t pad) {
  eoq_conv_shape s;
  eoq_int8_conv conv;
  int32_t status = eoq_conv_shape_init(&s, n, h, w, c, k, kernel, stride, pad);
  if (status < 0 || (status = eoq_int8_conv_of_backward_data(&conv, &s, dy, weights)) < 0 ||
      (status = EOQ_APART(3, { "sums", sums }, { "dx", dx }, { "gradients", gradients }, { "dy", dy },
                          { "weights", weights }, { "mask", mask })) < 0) {
    return status;
  }
  const size_t count = eoq_conv_inputs(&s);
  eoq_tensor *bits = eoq_tensor_get(mask, EOQ_BITS, count, "mask");
  eoq_tensor *to = bits == NULL ? NULL : eoq_int8_fused_target(sums, dx, "dx", count);
  if (to == NULL) return EOQ_ERROR_TENSOR;
  eoq_conv_job job;
  eoq_conv_backward_data_job(&s, &job);
  if (conv.source->flagged || !eoq_int8_worth_fusing(&job, to)) {
    status = eoq_int8_conv_backward_data(dy, weights, sums, n, h, w, c, k, kernel, stride, pad);
    if (status < 0) return status;
    return eoq_int8_activate_backward(sums, mask, (int32_t)count, gradients, bias_behind, bias_before, dx);
  }
  context sink = { .kernels = eoq_int8_selected()->elementwise, .mask = bits->data, .to = to, .y = to->data };
  int32_t extremes[2];
  status =
    eoq_int8_run_fused(&conv, eoq_int8_conv_run_backward_data, &masked, &sink, &conv.weights->guess[1], extremes);
  if (status < 0) return status;
  return finish(&conv, &sink, to, gradients, bias_behind, sink.total.sum, bias_before);
}

/* The shortcut as a 1x1 convolution of the block's input. */
static int32_t check_shortcut(eoq_conv_shape *pixels, const eoq_conv_shape *s, int32_t stride, int32_t channels) {
  if (stride < 1 || stride > EOQ_MAX_STRIDE) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "dr_stride: %d is not in 1..%d", stride, EOQ_MAX_STRIDE);
  }
  if (channels < s->c) return eoq_fail(EOQ_ERROR_ARGUMENT, "dr_channels: %d is less than c, %d", channels, s->c);
  return eoq_conv_shape_init(pixels, s->n, s->h, s->w, s->c, channels, 1, stride, 0);
}

int32_t eoq_int8_conv_backward_data_block(int32_t dy, int32_t weights, int32_t dr, int32_t dr_stride, int32_t dr_channels,
                                  int32_t behind_bias, int32_t mask, int32_t sums, int32_t gradients, int32_t bias,
                                  int32_t bias_before, int32_t dx, int32_t n, int32_t h, int32_t w, int32_t c,
                                  int32_t k, int32_t kernel, int32_t stride, int32_t pad) {
  eoq_conv_shape s, pixels;
  eoq_int8_conv conv;
  int32_t status = eoq_conv_shape_init(&s, n, h, w, c, k, kernel, stride, pad);
  if (status < 0 || (status = eoq_int8_conv_of_backward_data(&conv, &s, dy, weights)) < 0 ||
      (status = check_shortcut(&pixels, &s, dr_stride, dr_channels)) < 0 ||
      (status = eoq_int8_flag("behind_bias", behind_bias)) < 0 ||
      (status = EOQ_APART(3, { "sums", sums }, { "dx", dx }, { "gradients", gradients }, { "dy", dy },
                          { "weights", weights }, { "mask", mask }, { "dr", dr })) < 0) {
    return status;
  }
  const size_t count = eoq_conv_inputs(&s);
  const eoq_tensor *shortcut = eoq_tensor_get(dr, EOQ_INT8, eoq_conv_outputs(&pixels), "dr");
  if (shortcut == NULL) return EOQ_ERROR_TENSOR;
  eoq_tensor *bits = eoq_tensor_get(mask, EOQ_BITS, count, "mask");
  eoq_tensor *to = bits == NULL ? NULL : eoq_int8_fused_target(sums, dx, "dx", count);
  if (to == NULL) return EOQ_ERROR_TENSOR;
  eoq_conv_job job;
  eoq_conv_backward_data_job(&s, &job);
  const int32_t left = eoq_int8_join_shift(conv.exponent, shortcut->exponent);
  if (conv.source->flagged || !eoq_int8_worth_fusing(&job, to) || left < 0) {
    status = eoq_int8_conv_backward_data(dy, weights, sums, n, h, w, c, k, kernel, stride, pad);
    if (status < 0) return status;
    return eoq_int8_block_backward(sums, dr, n, h, w, c, dr_stride, dr_channels, behind_bias, mask, gradients, bias,
                                   bias_before, dx);
  }
  context sink = {
    .kernels = eoq_int8_selected()->elementwise, .mask = bits->data, .to = to, .y = to->data,
    .shortcut = shortcut->data, .left = left, .behind_bias = behind_bias,
    .pixels = pixels,
  };
  int32_t extremes[2];
  status =
    eoq_int8_run_fused(&conv, eoq_int8_conv_run_backward_data, &joined, &sink, &conv.weights->guess[1], extremes);
  if (status < 0) return status;
  int64_t inner = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) inner += sink.inner_sum[t];
  return finish(&conv, &sink, to, gradients, bias, behind_bias ? sink.total.sum : inner, bias_before);
}
