/* max_pool.c: the largest value of each window, and the error's way back to
 * where it was found. */
#include "ranges.h"
#include "tally.h"

#include <string.h>

typedef struct {
  const eoq_conv_shape *shape;
  const int8_t *from; /* x, or dy */
  const uint64_t *x_mask;
  int8_t *y;
  uint64_t *y_mask;
  uint8_t *places;
  int32_t *dx;
  int32_t minimum[EOQ_MAX_THREADS], maximum[EOQ_MAX_THREADS];
} context;

/* One pixel's largest values, and their places where wanted. Every window
 * holds a pixel, since the padding is narrower than the kernel. */
static void pool_pixel(const eoq_conv_shape *s, const int8_t *image, int32_t top, int32_t left, int8_t *y,
                       uint8_t *places) {
  memset(y, INT8_MIN, (size_t)s->c); /* below every value */
  for (int32_t tap = 0; tap < s->kernel * s->kernel; tap++) {
    const int32_t row = top + tap / s->kernel, column = left + tap % s->kernel;
    if (row < 0 || row >= s->h || column < 0 || column >= s->w) continue;
    const int8_t *x = image + ((size_t)row * s->w + column) * s->c;
    if (places != NULL) {
      for (int32_t i = 0; i < s->c; i++) places[i] = x[i] > y[i] ? (uint8_t)tap : places[i];
      EOQ_TALLY(EOQ_OP_COMPARE, s->c);
    }
    for (int32_t i = 0; i < s->c; i++) y[i] = x[i] > y[i] ? x[i] : y[i];
    EOQ_TALLY(EOQ_OP_COMPARE, s->c);
  }
}

/* An item is a row of the output. */
static void pool_row(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const eoq_conv_shape *s = c->shape;
  const int8_t *image = c->from + (size_t)(item / s->oh) * s->h * s->w * s->c;
  const int32_t top = item % s->oh * s->stride - s->pad;
  for (int32_t ox = 0; ox < s->ow; ox++) {
    const size_t at = ((size_t)item * s->ow + ox) * s->c;
    pool_pixel(s, image, top, ox * s->stride - s->pad, c->y + at, c->places == NULL ? NULL : c->places + at);
  }
}

/* The mask's bits of a range of the output: words are not shared by ranges, as they are by rows. */
static void mask_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const eoq_conv_shape *s = c->shape;
  const size_t count = eoq_conv_outputs(s), from = eoq_range_from(count, item);
  const size_t to = from + eoq_range_length(count, item);
  memset(c->y_mask + from / 64, 0, (to - from + 63) / 64 * sizeof *c->y_mask);
  for (size_t i = from; i < to;) {
    const size_t pixel = i / s->c, row = pixel / s->ow, image = row / s->oh;
    const int32_t top = (int32_t)(row % s->oh) * s->stride - s->pad;
    const int32_t left = (int32_t)(pixel % s->ow) * s->stride - s->pad;
    const size_t end = (pixel + 1) * s->c < to ? (pixel + 1) * s->c : to;
    for (; i < end; i++) {
      const int32_t y = top + c->places[i] / s->kernel, x = left + c->places[i] % s->kernel;
      const size_t source = ((image * s->h + y) * s->w + x) * s->c + i % s->c;
      c->y_mask[i / 64] |= (c->x_mask[source / 64] >> source % 64 & 1) << i % 64;
    }
  }
}

int32_t eoq_int8_max_pool(eoq_int8_max_pool_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_window_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(3, { "y", call->y }, { "y_mask", call->y_mask }, { "places", call->places },
                                        { "x", call->x }, { "x_mask", call->x_mask })) < 0) {
    return status;
  }
  const size_t count = eoq_conv_outputs(&s);
  const int32_t masked = call->x_mask != 0 || call->y_mask != 0 || call->places != 0;
  eoq_tensor *from = eoq_tensor_get(call->x, EOQ_INT8, eoq_conv_inputs(&s), "x");
  eoq_tensor *to = from == NULL ? NULL : eoq_tensor_get(call->y, EOQ_INT8, count, "y");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  context context = { .shape = &s, .from = from->data, .y = to->data };
  if (masked) {
    eoq_tensor *bits = eoq_tensor_get(call->x_mask, EOQ_BITS, eoq_conv_inputs(&s), "x_mask");
    eoq_tensor *picked = bits == NULL ? NULL : eoq_tensor_get(call->y_mask, EOQ_BITS, count, "y_mask");
    eoq_tensor *found = picked == NULL ? NULL : eoq_tensor_get(call->places, EOQ_UINT8, count, "places");
    if (found == NULL) return EOQ_ERROR_TENSOR;
    context.x_mask = bits->data;
    context.y_mask = picked->data;
    context.places = found->data;
  }
  EOQ_END_OF_CHECKS();
  eoq_parallel(pool_row, &context, s.n * s.oh);
  if (masked) eoq_parallel(mask_range, &context, eoq_ranges(count));
  to->exponent = from->exponent;
  to->partial = from->partial;
  to->minimum = from->minimum;
  to->maximum = from->maximum;
  return EOQ_OK;
}

/* An item is a row of dx, which gathers from the windows that reach it: whatever
 * a place says, nothing outside the row is written. */
static void gather_row(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const eoq_conv_shape *s = c->shape;
  const int32_t image = item / s->h, y = item % s->h;
  int32_t *dx = c->dx + (size_t)item * s->w * s->c;
  memset(dx, 0, (size_t)s->w * s->c * sizeof *dx);
  for (int32_t row = 0; row < s->kernel; row++) {
    const int32_t below = y + s->pad - row;
    if (below < 0 || below % s->stride != 0 || below / s->stride >= s->oh) continue;
    size_t at = ((size_t)image * s->oh + below / s->stride) * s->ow * s->c;
    for (int32_t ox = 0; ox < s->ow; ox++) {
      for (int32_t i = 0; i < s->c; i++, at++) {
        const int32_t place = c->places[at], x = ox * s->stride - s->pad + place % s->kernel;
        if (place / s->kernel == row && x >= 0 && x < s->w) {
          dx[x * s->c + i] += c->from[at];
          EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
        }
      }
    }
  }
  for (int32_t i = 0; i < s->w * s->c; i++) {
    c->minimum[thread] = dx[i] < c->minimum[thread] ? dx[i] : c->minimum[thread];
    c->maximum[thread] = dx[i] > c->maximum[thread] ? dx[i] : c->maximum[thread];
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
  }
}

int32_t eoq_int8_max_pool_backward(eoq_int8_max_pool_backward_call *call) {
  eoq_conv_shape s;
  const int32_t status = eoq_conv_window_get(&s, call->shape, call->n, "shape");
  if (status < 0) return status;
  eoq_tensor *error = eoq_tensor_get(call->dy, EOQ_INT8, eoq_conv_outputs(&s), "dy");
  eoq_tensor *found = error == NULL ? NULL : eoq_tensor_get(call->places, EOQ_UINT8, eoq_conv_outputs(&s), "places");
  eoq_tensor *to = found == NULL ? NULL : eoq_tensor_get(call->dx, EOQ_INT32, eoq_conv_inputs(&s), "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  context context = { .shape = &s, .from = error->data, .places = found->data, .dx = to->data };
  eoq_parallel(gather_row, &context, s.n * s.h);
  to->exponent = error->exponent;
  to->minimum = to->maximum = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) {
    to->minimum = context.minimum[t] < to->minimum ? context.minimum[t] : to->minimum;
    to->maximum = context.maximum[t] > to->maximum ? context.maximum[t] : to->maximum;
  }
  return EOQ_OK;
}
