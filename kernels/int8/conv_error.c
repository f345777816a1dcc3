/* conv_error.c: backward data with the ReLU, the shortcut's error and the
 * quantizer behind it. */
#include "conv_fused.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  const uint64_t *mask;
  const eoq_quantizer_words *quantizer;
  int64_t *before, *behind; /* where the gradients of the biases go, or NULL */
  int8_t *y;
  /* The shortcut's error, in steps of 2^left sums; NULL for none. */
  const int8_t *shortcut;
  int32_t left;
  int32_t shortcut_behind; /* whether it starts behind the bias of the block's input */
  eoq_conv_shape pixels;   /* the shortcut as a 1x1 convolution of the block's input */
  eoq_error_statistics statistics[EOQ_MAX_THREADS];
  int64_t inner_sum[EOQ_MAX_THREADS]; /* of the sums before the shortcut's error joined them */
  eoq_error_statistics total;
  int64_t inner_total;
} context;

/* Those of the masked and joined sums count. */
static void measured(void *argument, int32_t extremes[2]) {
  context *c = argument;
  c->total = eoq_int8_error_total(c->statistics);
  for (int32_t t = 0; t < eoq_threads(); t++) c->inner_total += c->inner_sum[t];
  extremes[0] = c->total.minimum;
  extremes[1] = c->total.maximum;
}

static void extremes_of(const eoq_error_statistics *statistics, int32_t extremes[2]) {
  extremes[0] = statistics->minimum;
  extremes[1] = statistics->maximum;
}

static int32_t exact(const void *argument, const int32_t extremes[2]) {
  const context *c = argument;
  return eoq_int8_shift(c->quantizer, eoq_magnitude(extremes[0], extremes[1]));
}

static void measure_error(void *argument, int32_t *x, size_t from, size_t count, int32_t thread, int32_t shift,
                          int32_t extremes[2]) {
  context *c = argument;
  const uint64_t magnitude = eoq_magnitude(extremes[0], extremes[1]);
  c->kernels->error_statistics(x, c->mask + from / 64, count, magnitude, &c->statistics[thread], shift, c->y + from);
  extremes_of(&c->statistics[thread], extremes);
}

static void quantize(void *argument, const int32_t *x, size_t from, size_t count, int32_t shift) {
  const context *c = argument;
  c->kernels->error_quantize(x, c->mask + from / 64, count, shift, c->y + from);
}

static int changes_shape(const eoq_conv_shape *shortcut) {
  return shortcut->stride != 1 || shortcut->k != shortcut->c;
}

/* Where the shape changes, every stride-th pixel's channels get the error of
 * the shortcut's first channels. Blocks hold whole rows. */
static void join_rows(const context *c, int32_t *x, size_t from, size_t count) {
  const eoq_conv_shape *s = &c->pixels;
  const size_t row_size = (size_t)s->w * s->c;
  for (size_t row = from / row_size; row < (from + count) / row_size; row++, x += row_size) {
    const size_t n = row / (size_t)s->h;
    const int32_t y = (int32_t)(row % (size_t)s->h);
    if (y % s->stride != 0) continue;
    const int8_t *error = c->shortcut + ((n * s->oh + y / s->stride) * s->ow) * (size_t)s->k;
    c->kernels->join_pixels(x, error, (size_t)s->ow, (size_t)s->c, (size_t)s->stride * s->c, (size_t)s->k,
                            1 << c->left);
  }
}

static void measure_joined(void *argument, int32_t *x, size_t from, size_t count, int32_t thread, int32_t shift,
                           int32_t extremes[2]) {
  context *c = argument;
  const uint64_t *mask = c->mask + from / 64;
  const eoq_join join = { .factor = 1 << c->left };
  const uint64_t magnitude = eoq_magnitude(extremes[0], extremes[1]);
  eoq_error_statistics *statistics = &c->statistics[thread];
  if (changes_shape(&c->pixels)) {
    if (!c->shortcut_behind) c->inner_sum[thread] += c->kernels->sum(x, count);
    join_rows(c, x, from, count);
    c->kernels->error_statistics(x, mask, count, eoq_joined_magnitude(magnitude, join), statistics, shift, c->y + from);
  } else {
    c->inner_sum[thread] += c->kernels->join_statistics(x, c->shortcut + from, mask, count, magnitude, join,
                                                        !c->shortcut_behind, statistics, shift, c->y + from);
  }
  extremes_of(statistics, extremes);
}

static const eoq_int8_fused masked = { measure_error, quantize, measured, exact };
static const eoq_int8_fused joined = { measure_joined, quantize, measured, exact };

static void finish(const eoq_int8_conv *conv, const context *sink, eoq_tensor *to, eoq_int8_fused_range range,
                   int64_t sum_behind) {
  const eoq_rounding rounding = { .bits = sink->quantizer->bits, .shift = range.shift };
  eoq_int8_set_rounded(to, eoq_conv_inputs(&conv->shape), conv->exponent, range.minimum, range.maximum, rounding);
  eoq_int8_store_gradient(sink->behind, sum_behind, conv->exponent);
  eoq_int8_store_gradient(sink->before, sink->total.masked_sum, conv->exponent);
}

/* The convolution alone, of a call that goes on from its sums. */
#define CONVOLUTION_OF(call)                                                                            \
  {                                                                                                     \
    .dy = (call)->dy, .fine = (call)->fine, .weights = (call)->weights, .fine_sums = (call)->fine_sums, \
    .dx = (call)->sums, .shape = (call)->shape, .n = (call)->n                                          \
  }

int32_t eoq_int8_conv_backward_data_activate(eoq_int8_conv_backward_data_activate_call *call) {
  eoq_int8_conv conv;
  eoq_int8_conv_backward_data_call first = CONVOLUTION_OF(call);
  context sink = { .kernels = eoq_int8_selected()->elementwise, .quantizer = &call->quantizer };
  int32_t status = eoq_int8_conv_of_backward_data(&conv, &first, "sums");
  if (status < 0 ||
      (status = EOQ_APART(3, { "sums", call->sums }, { "dx", call->dx }, { "gradients", call->gradients },
                          { "dy", call->dy }, { "weights", call->weights }, { "mask", call->mask },
                          { "quantizer.exponents", call->quantizer.exponents })) < 0 ||
      (status = EOQ_APART(1, { "fine_sums", call->fine_sums }, { "quantizer.exponents", call->quantizer.exponents })) <
        0 ||
      (status = eoq_int8_gradient(call->gradients, call->bias_behind, &sink.behind)) < 0 ||
      (status = eoq_int8_gradient(call->gradients, call->bias_before, &sink.before)) < 0) {
    return status;
  }
  const size_t count = eoq_conv_inputs(&conv.shape);
  eoq_tensor *bits = eoq_tensor_get(call->mask, EOQ_BITS, count, "mask");
  eoq_tensor *to = bits == NULL ? NULL : eoq_int8_target(&call->quantizer, call->dx, count, "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  eoq_conv_job job;
  eoq_conv_backward_data_job(&conv.shape, &job);
  if (conv.fine != NULL || !eoq_int8_worth_fusing(&job, &call->quantizer)) {
    eoq_int8_activate_backward_call second = { .dy = call->sums,
                                               .mask = call->mask,
                                               .gradients = call->gradients,
                                               .bias_before = call->bias_before,
                                               .bias_behind = call->bias_behind,
                                               .dx = call->dx,
                                               .quantizer = call->quantizer,
                                               .count = (int32_t)count };
    status = eoq_int8_conv_backward_data(&first);
    return status < 0 ? status : eoq_int8_activate_backward(&second);
  }
  sink.mask = bits->data;
  sink.y = to->data;
  eoq_int8_fused_range range;
  eoq_int8_end end = { .kind = EOQ_END_MASKED, .y = sink.y, .mask = bits->data, .statistics = sink.statistics };
  status = eoq_int8_run_fused(&conv, &job, eoq_int8_conv_run_backward_data, &masked, &sink, &end, &call->guess, &range);
  if (status < 0) return status;
  finish(&conv, &sink, to, range, sink.total.sum);
  return EOQ_OK;
}

/* The shortcut as a 1x1 convolution of the block's input. */
static int32_t get_shortcut(eoq_conv_shape *pixels, int32_t shortcut, const eoq_conv_shape *s) {
  const int32_t status = eoq_conv_shortcut_get(pixels, shortcut, s->n, "shortcut");
  if (status < 0 || (pixels->h == s->h && pixels->w == s->w && pixels->c == s->c)) return status;
  return eoq_fail(EOQ_ERROR_SHAPE, "shortcut: starts at %dx%dx%d, the block at %dx%dx%d", pixels->h, pixels->w,
                  pixels->c, s->h, s->w, s->c);
}

int32_t eoq_int8_conv_backward_data_block(eoq_int8_conv_backward_data_block_call *call) {
  eoq_int8_conv conv;
  eoq_int8_conv_backward_data_call first = CONVOLUTION_OF(call);
  context sink = { .kernels = eoq_int8_selected()->elementwise, .quantizer = &call->quantizer };
  int32_t status = eoq_int8_conv_of_backward_data(&conv, &first, "sums");
  if (status < 0 || (status = get_shortcut(&sink.pixels, call->shortcut, &conv.shape)) < 0 ||
      (status = eoq_int8_flag("shortcut_behind", call->shortcut_behind)) < 0 ||
      (status = EOQ_APART(3, { "sums", call->sums }, { "dx", call->dx }, { "gradients", call->gradients },
                          { "dy", call->dy }, { "weights", call->weights }, { "mask", call->mask }, { "dr", call->dr },
                          { "quantizer.exponents", call->quantizer.exponents })) < 0 ||
      (status = EOQ_APART(1, { "fine_sums", call->fine_sums }, { "quantizer.exponents", call->quantizer.exponents })) <
        0 ||
      (status = eoq_int8_gradient(call->gradients, call->bias_behind, &sink.behind)) < 0 ||
      (status = eoq_int8_gradient(call->gradients, call->bias_before, &sink.before)) < 0) {
    return status;
  }
  const size_t count = eoq_conv_inputs(&conv.shape);
  const eoq_tensor *error = eoq_tensor_get(call->dr, EOQ_INT8, eoq_conv_outputs(&sink.pixels), "dr");
  if (error == NULL) return EOQ_ERROR_TENSOR;
  eoq_tensor *bits = eoq_tensor_get(call->mask, EOQ_BITS, count, "mask");
  eoq_tensor *to = bits == NULL ? NULL : eoq_int8_target(&call->quantizer, call->dx, count, "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  eoq_conv_job job;
  eoq_conv_backward_data_job(&conv.shape, &job);
  const int in_steps = eoq_joins_in_steps(conv.exponent, error->exponent);
  /* Rows of a 1x1 convolution may end anywhere in an image's. */
  const int joins_rows = !changes_shape(&sink.pixels) || job.target_width % conv.shape.w == 0;
  if (conv.fine != NULL || !eoq_int8_worth_fusing(&job, &call->quantizer) || !in_steps || !joins_rows) {
    eoq_int8_block_backward_call second = { .du = call->sums,
                                            .dr = call->dr,
                                            .mask = call->mask,
                                            .shortcut_behind = call->shortcut_behind,
                                            .gradients = call->gradients,
                                            .bias_before = call->bias_before,
                                            .bias_behind = call->bias_behind,
                                            .dx = call->dx,
                                            .quantizer = call->quantizer,
                                            .shape = call->shortcut,
                                            .n = call->n };
    status = eoq_int8_conv_backward_data(&first);
    return status < 0 ? status : eoq_int8_block_backward(&second);
  }
  sink.mask = bits->data;
  sink.y = to->data;
  sink.shortcut = error->data;
  sink.left = error->exponent - conv.exponent;
  sink.shortcut_behind = call->shortcut_behind;
  eoq_int8_fused_range range;
  status = eoq_int8_run_fused(&conv, &job, eoq_int8_conv_run_backward_data, &joined, &sink, NULL, &call->guess, &range);
  if (status < 0) return status;
  finish(&conv, &sink, to, range, call->shortcut_behind ? sink.total.sum : sink.inner_total);
  return EOQ_OK;
}
