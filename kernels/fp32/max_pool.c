/* max_pool.c: the largest value of each window, and the error's way back to
 * where it was found. */
#include "kernels.h"

#include <string.h>

typedef struct {
  const eoq_fp32_elementwise *kernel;
  const eoq_conv_shape *s;
  const float *from; /* x, or dy */
  float *to;         /* y, or dx */
  uint8_t *places;
} job;

/* One pixel of the output; `places` may be NULL. Every window holds a pixel,
 * as the padding is narrower than the kernel. */
static void pool_pixel(const job *j, const float *image, int32_t top, int32_t left, float *y, uint8_t *places) {
  const eoq_conv_shape *s = j->s;
  int first = 1;
  for (int32_t tap = 0; tap < s->kernel * s->kernel; tap++) {
    const int32_t row = top + tap / s->kernel, column = left + tap % s->kernel;
    if (row < 0 || row >= s->h || column < 0 || column >= s->w) continue;
    const float *x = image + ((size_t)row * s->w + column) * s->c;
    if (first) {
      memcpy(y, x, (size_t)s->c * sizeof *y);
      if (places != NULL) memset(places, tap, (size_t)s->c);
      first = 0;
    } else {
      j->kernel->maximum(x, (size_t)s->c, (uint8_t)tap, y, places);
    }
  }
}

/* An item is a row of the output. */
static void forward_row(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_conv_shape *s = j->s;
  const float *image = j->from + (size_t)(item / s->oh) * s->h * s->w * s->c;
  const int32_t top = item % s->oh * s->stride - s->pad;
  for (int32_t x = 0; x < s->ow; x++) {
    const size_t at = ((size_t)item * s->ow + x) * s->c;
    pool_pixel(j, image, top, x * s->stride - s->pad, j->to + at, j->places == NULL ? NULL : j->places + at);
  }
}

/* The output row or column whose window has `position` at its `tap`, or -1. */
static int32_t window_of(const eoq_conv_shape *s, int32_t position, int32_t tap, int32_t outputs) {
  const int32_t start = position + s->pad - tap;
  return start < 0 || start % s->stride != 0 || start / s->stride >= outputs ? -1 : start / s->stride;
}

/* An item is a row of the input, which takes from every window that it is in. */
static void backward_row(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_conv_shape *s = j->s;
  float *to = j->to + (size_t)item * s->w * s->c;
  memset(to, 0, (size_t)s->w * s->c * sizeof *to);
  for (int32_t tap = 0; tap < s->kernel * s->kernel; tap++) {
    const int32_t oy = window_of(s, item % s->h, tap / s->kernel, s->oh);
    if (oy < 0) continue;
    const size_t row = ((size_t)(item / s->h) * s->oh + oy) * s->ow;
    for (int32_t x = 0; x < s->w; x++) {
      const int32_t ox = window_of(s, x, tap % s->kernel, s->ow);
      if (ox < 0) continue;
      const size_t at = (row + ox) * s->c;
      j->kernel->add_from(j->from + at, j->places + at, (uint8_t)tap, (size_t)s->c, to + (size_t)x * s->c);
    }
  }
}

static uint8_t *places_of(int32_t handle, const eoq_conv_shape *s) {
  const eoq_tensor *tensor = eoq_tensor_get(handle, EOQ_UINT8, eoq_conv_outputs(s), "places");
  return tensor == NULL ? NULL : tensor->data;
}

int32_t eoq_fp32_max_pool_forward(eoq_fp32_max_pool_forward_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_window_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "y", call->y }, { "x", call->x })) < 0) return status;
  job j = { .kernel = eoq_fp32_selected()->elementwise, .s = &s };
  if ((j.from = eoq_fp32_data(call->x, eoq_conv_inputs(&s), "x")) == NULL ||
      (j.to = eoq_fp32_data(call->y, eoq_conv_outputs(&s), "y")) == NULL ||
      (call->places != 0 && (j.places = places_of(call->places, &s)) == NULL)) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  eoq_parallel(forward_row, &j, s.n * s.oh);
  return EOQ_OK;
}

int32_t eoq_fp32_max_pool_backward(eoq_fp32_max_pool_backward_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_window_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "dx", call->dx }, { "dy", call->dy })) < 0) return status;
  job j = { .kernel = eoq_fp32_selected()->elementwise, .s = &s };
  if ((j.from = eoq_fp32_data(call->dy, eoq_conv_outputs(&s), "dy")) == NULL ||
      (j.places = places_of(call->places, &s)) == NULL ||
      (j.to = eoq_fp32_data(call->dx, eoq_conv_inputs(&s), "dx")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  eoq_parallel(backward_row, &j, s.n * s.h);
  return EOQ_OK;
}
