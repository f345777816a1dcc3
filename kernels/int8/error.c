/* error.c: the error on its way back through ReLUs and block inputs. */
#include "../core/group.h"
#include "alignment.h"
#include "bits.h"
#include "ranges.h"
#include "tally.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  int32_t *x;
  const int8_t *other;
  const uint64_t *mask;
  int8_t *y;
  size_t count;
  uint64_t magnitude; /* that none of x passes */
  eoq_join join;
  int32_t shortcut_behind; /* whether the shortcut starts behind the bias whose gradient is wanted */
  int32_t shift;
  eoq_error_statistics statistics[EOQ_MAX_THREADS];
  int64_t raw_sum[EOQ_MAX_THREADS];
} context;

static void statistics_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->count, item);
  c->kernels->error_statistics(c->x + from, c->mask + from / 64, eoq_range_length(c->count, item), c->magnitude,
                               &c->statistics[thread], 0, NULL);
}

static void sum_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  c->raw_sum[thread] += c->kernels->sum(c->x + eoq_range_from(c->count, item), eoq_range_length(c->count, item));
}

#define TALLY_JOIN(n) \
  (EOQ_TALLY(EOQ_OP_SHIFT, 2 * (n)), EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, n), EOQ_TALLY(EOQ_OP_INT32_ADD, 2 * (n)))

static void join_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->count, item), length = eoq_range_length(c->count, item);
  c->raw_sum[thread] +=
    c->kernels->join_statistics(c->x + from, c->other + from, c->mask + from / 64, length, c->magnitude, c->join,
                                !c->shortcut_behind, &c->statistics[thread], 0, NULL);
  TALLY_JOIN(length);
}

static void quantize_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t from = eoq_range_from(c->count, item);
  c->kernels->error_quantize(c->x + from, c->mask + from / 64, eoq_range_length(c->count, item), c->shift, c->y + from);
}

static void masked_values(const void *argument, size_t from, size_t count, int32_t *v) {
  const context *c = argument;
  for (size_t i = 0; i < count; i += 64) {
    int8_t keep[64];
    const size_t length = count - i < 64 ? count - i : 64;
    eoq_bits_spread(c->mask[(from + i) / 64], keep);
    for (size_t j = 0; j < length; j++) v[i + j] = c->x[from + i + j] & keep[j];
  }
}

/* The second pass, once the statistics are known. */
static void quantize(context *c, const eoq_error_statistics *s, const eoq_quantizer_words *q, int32_t exponent,
                     eoq_tensor *y) {
  const eoq_rounding rounding = eoq_int8_rounding(q, exponent, eoq_magnitude(s->minimum, s->maximum), EOQ_MOST_SHIFT);
  c->shift = rounding.shift;
  if (eoq_by_values(rounding)) eoq_int8_round_values(y, c->count, rounding, masked_values, c);
  else eoq_parallel(quantize_range, c, eoq_ranges(c->count));
  eoq_int8_set_rounded(y, c->count, exponent, s->minimum, s->maximum, rounding);
}

int32_t eoq_int8_activate_backward(eoq_int8_activate_backward_call *call) {
  int32_t status = eoq_int8_count("count", call->count);
  if (status < 0 ||
      (status = EOQ_APART(1, { "quantizer.exponents", call->quantizer.exponents }, { "dy", call->dy })) < 0)
    return status;
  eoq_tensor *error = eoq_tensor_get(call->dy, EOQ_INT32, (size_t)call->count, "dy");
  eoq_tensor *bits = error == NULL ? NULL : eoq_tensor_get(call->mask, EOQ_BITS, (size_t)call->count, "mask");
  eoq_tensor *to = bits == NULL ? NULL : eoq_int8_target(&call->quantizer, call->dx, (size_t)call->count, "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  int64_t *before, *behind;
  if ((status = eoq_int8_gradient(call->gradients, call->bias_behind, &behind)) < 0 ||
      (status = eoq_int8_gradient(call->gradients, call->bias_before, &before)) < 0) {
    return status;
  }
  EOQ_END_OF_CHECKS();
  if ((status = eoq_int8_quantizable(error, "dy")) < 0) return status;
  context c = { .kernels = eoq_int8_selected()->elementwise,
                .x = error->data,
                .mask = bits->data,
                .y = to->data,
                .count = (size_t)call->count,
                .magnitude = eoq_magnitude(error->minimum, error->maximum) };
  eoq_parallel(statistics_range, &c, eoq_ranges(c.count));
  eoq_error_statistics s = eoq_int8_error_total(c.statistics);
  status = eoq_int8_whole_extremes(&call->quantizer, error->exponent, EOQ_MOST_SHIFT, &s.minimum, &s.maximum);
  if (status < 0) return status;
  quantize(&c, &s, &call->quantizer, error->exponent, to);
  eoq_int8_store_gradient(behind, s.sum, error->exponent);
  eoq_int8_store_gradient(before, s.masked_sum, error->exponent);
  return EOQ_OK;
}

typedef struct {
  context *elements;
  int32_t h, w, c, stride, k;
} scatter_context;

/* One image of a shape-changing block: all rows are aligned, then every stride-th
 * pixel's first channels get the shortcut's error. */
static void scatter_image(void *argument, int32_t n, int32_t thread) {
  (void)thread;
  const scatter_context *s = argument;
  const context *c = s->elements;
  const int32_t oh = (s->h - 1) / s->stride + 1, ow = (s->w - 1) / s->stride + 1;
  const size_t row = (size_t)s->w * s->c, pixel = (size_t)s->stride * s->c;
  int32_t *x = c->x + (size_t)n * s->h * row;
  const int8_t *other = c->other + (size_t)n * oh * ow * s->k;
  const eoq_join aligned_only = { .left = c->join.left, .right = c->join.right };
  for (int32_t y = 0; y < s->h; y++, x += row) {
    /* Whether they need aligning depends on the data, so it is not counted but where it is joined. */
    if (aligned_only.left != 0 || aligned_only.right != 0) c->kernels->join(x, c->y, row, aligned_only);
    if (y % s->stride != 0) continue;
    c->kernels->join_pixels(x, other, (size_t)ow, (size_t)s->c, pixel, (size_t)s->k, c->join.factor);
    TALLY_JOIN((size_t)ow * s->c);
    other += (size_t)ow * s->k;
  }
}

int32_t eoq_int8_block_backward(eoq_int8_block_backward_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shortcut_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = eoq_int8_flag("shortcut_behind", call->shortcut_behind)) < 0 ||
      (status = EOQ_APART(1, { "quantizer.exponents", call->quantizer.exponents }, { "du", call->du })) < 0)
    return status;
  const size_t count = eoq_conv_inputs(&s);
  eoq_tensor *inner = eoq_tensor_get(call->du, EOQ_INT32, count, "du");
  eoq_tensor *other = inner == NULL ? NULL : eoq_tensor_get(call->dr, EOQ_INT8, eoq_conv_outputs(&s), "dr");
  eoq_tensor *bits = other == NULL ? NULL : eoq_tensor_get(call->mask, EOQ_BITS, count, "mask");
  eoq_tensor *to = bits == NULL ? NULL : eoq_int8_target(&call->quantizer, call->dx, count, "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  int64_t *before, *behind;
  if ((status = eoq_int8_gradient(call->gradients, call->bias_behind, &behind)) < 0 ||
      (status = eoq_int8_gradient(call->gradients, call->bias_before, &before)) < 0) {
    return status;
  }
  EOQ_END_OF_CHECKS();
  if ((status = eoq_int8_quantizable(inner, "du")) < 0) return status;

  const int in_steps = eoq_joins_in_steps(inner->exponent, other->exponent);
  int32_t minima[2] = { inner->minimum, other->minimum }, maxima[2] = { inner->maximum, other->maximum };
  if (!in_steps && (status = eoq_group_alignment(minima, maxima, other->partial ? 2 : 1)) < 0) return status;
  context elements = { .kernels = eoq_int8_selected()->elementwise,
                       .x = inner->data,
                       .other = other->data,
                       .mask = bits->data,
                       .y = to->data,
                       .count = count,
                       .magnitude = eoq_magnitude(inner->minimum, inner->maximum),
                       .shortcut_behind = call->shortcut_behind };
  const int32_t exponent =
    eoq_align_join(inner->exponent, eoq_top_of(inner->exponent, minima[0], maxima[0]), other->exponent,
                   eoq_top_of(other->exponent, minima[1], maxima[1]), &elements.join);
  const int changes = s.stride != 1 || s.k != s.c;
  if (changes) {
    if (!call->shortcut_behind) eoq_parallel(sum_range, &elements, eoq_ranges(count));
    scatter_context scatter = { .elements = &elements, .h = s.h, .w = s.w, .c = s.c, .stride = s.stride, .k = s.k };
    eoq_parallel(scatter_image, &scatter, call->n);
    elements.magnitude = in_steps ? eoq_joined_magnitude(elements.magnitude, elements.join) : UINT64_MAX;
    eoq_parallel(statistics_range, &elements, eoq_ranges(count));
  } else {
    eoq_parallel(join_range, &elements, eoq_ranges(count));
  }
  eoq_error_statistics statistics = eoq_int8_error_total(elements.statistics);
  if ((status = eoq_int8_whole_extremes(&call->quantizer, exponent, EOQ_MOST_SHIFT, &statistics.minimum,
                                        &statistics.maximum)) < 0) {
    return status;
  }
  int64_t bias_sum = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) bias_sum += elements.raw_sum[t];
  if (call->shortcut_behind) bias_sum = statistics.sum;
  const int32_t bias_exponent = call->shortcut_behind ? exponent : inner->exponent;
  quantize(&elements, &statistics, &call->quantizer, exponent, to);
  inner->exponent = exponent;
  inner->maximum = in_steps ? maxima[0] + 127 * elements.join.factor : 1 << (EOQ_JOINED_BITS + 1);
  inner->minimum = in_steps ? minima[0] - 127 * elements.join.factor : -inner->maximum;
  eoq_int8_store_gradient(behind, bias_sum, bias_exponent);
  eoq_int8_store_gradient(before, statistics.masked_sum, exponent);
  return EOQ_OK;
}
