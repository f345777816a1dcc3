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
  int32_t shortcut_behind; /* whether it starts behind the bias of the block's input */
  eoq_conv_shape pixels;   /* the shortcut as a 1x1 convolution of the block's input */
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
  if (!c->shortcut_behind) c->inner_sum[thread] += c->kernels->sum(x, count);
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
                      int32_t bias_before, int32_t bias_behind, int64_t sum_behind) {
  eoq_int8_set_quantized(to, eoq_conv_inputs(&conv->shape), conv->exponent, sink->total.minimum, sink->total.maximum,
                         sink->shift);
  const int32_t status = eoq_int8_store_gradient(gradients, bias_behind, sum_behind, conv->exponent);
  return status < 0 ? status : eoq_int8_store_gradient(gradients, bias_before, sink->total.masked_sum, conv->exponent);
}

int32_t eoq_int8_conv_backward_data_activate(int32_t dy, int32_t weights, int32_t mask, int32_t sums, int32_t gradients,
                                             int32_t bias_before, int32_t bias_behind, int32_t dx, int32_t shape,
                                             int32_t n) {
  eoq_conv_shape s;
  eoq_int8_conv conv;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
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
    status = eoq_int8_conv_backward_data(dy, weights, sums, shape, n);
    if (status < 0) return status;
    return eoq_int8_activate_backward(sums, mask, gradients, bias_before, bias_behind, dx, (int32_t)count);
  }
  context sink = { .kernels = eoq_int8_selected()->elementwise, .mask = bits->data, .to = to, .y = to->data };
  int32_t extremes[2];
  status =
    eoq_int8_run_fused(&conv, eoq_int8_conv_run_backward_data, &masked, &sink, &conv.weights->guess[1], extremes);
  if (status < 0) return status;
  return finish(&conv, &sink, to, gradients, bias_before, bias_behind, sink.total.sum);
}

/* The shortcut as a 1x1 convolution of the block's input. */
static int32_t get_shortcut(eoq_conv_shape *pixels, int32_t shortcut, const eoq_conv_shape *s) {
  const int32_t status = eoq_conv_shortcut_get(pixels, shortcut, s->n, "shortcut");
  if (status < 0 || (pixels->h == s->h && pixels->w == s->w && pixels->c == s->c)) return status;
  return eoq_fail(EOQ_ERROR_SHAPE, "shortcut: starts at %dx%dx%d, the block at %dx%dx%d", pixels->h, pixels->w,
                  pixels->c, s->h, s->w, s->c);
}

int32_t eoq_int8_conv_backward_data_block(int32_t dy, int32_t weights, int32_t dr, int32_t mask,
                                          int32_t shortcut_behind, int32_t sums, int32_t gradients, int32_t bias_before,
                                          int32_t bias_behind, int32_t dx, int32_t shape, int32_t shortcut, int32_t n) {
  eoq_conv_shape s, pixels;
  eoq_int8_conv conv;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
  if (status < 0 || (status = eoq_int8_conv_of_backward_data(&conv, &s, dy, weights)) < 0 ||
      (status = get_shortcut(&pixels, shortcut, &s)) < 0 ||
      (status = eoq_int8_flag("shortcut_behind", shortcut_behind)) < 0 ||
      (status = EOQ_APART(3, { "sums", sums }, { "dx", dx }, { "gradients", gradients }, { "dy", dy },
                          { "weights", weights }, { "mask", mask }, { "dr", dr })) < 0) {
    return status;
  }
  const size_t count = eoq_conv_inputs(&s);
  const eoq_tensor *error = eoq_tensor_get(dr, EOQ_INT8, eoq_conv_outputs(&pixels), "dr");
  if (error == NULL) return EOQ_ERROR_TENSOR;
  eoq_tensor *bits = eoq_tensor_get(mask, EOQ_BITS, count, "mask");
  eoq_tensor *to = bits == NULL ? NULL : eoq_int8_fused_target(sums, dx, "dx", count);
  if (to == NULL) return EOQ_ERROR_TENSOR;
  eoq_conv_job job;
  eoq_conv_backward_data_job(&s, &job);
  const int32_t left = eoq_int8_join_shift(conv.exponent, error->exponent);
  if (conv.source->flagged || !eoq_int8_worth_fusing(&job, to) || left < 0) {
    status = eoq_int8_conv_backward_data(dy, weights, sums, shape, n);
    if (status < 0) return status;
    return eoq_int8_block_backward(sums, dr, mask, shortcut_behind, gradients, bias_before, bias_behind, dx, shortcut,
                                   n);
  }
  context sink = {
    .kernels = eoq_int8_selected()->elementwise,
    .mask = bits->data,
    .to = to,
    .y = to->data,
    .shortcut = error->data,
    .left = left,
    .shortcut_behind = shortcut_behind,
    .pixels = pixels,
  };
  int32_t extremes[2];
  status =
    eoq_int8_run_fused(&conv, eoq_int8_conv_run_backward_data, &joined, &sink, &conv.weights->guess[1], extremes);
  if (status < 0) return status;
  int64_t inner = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) inner += sink.inner_sum[t];
  return finish(&conv, &sink, to, gradients, bias_before, bias_behind, shortcut_behind ? sink.total.sum : inner);
}
