/* max_pool.c: the largest value of each window, and the error's way back to
 * where it was found. */
#include "kernels.h"

#include <string.h>

/* A place in a window is one byte. */
enum { MAX_POOL_KERNEL = 15 };

typedef struct {
  const eoq_fp32_elementwise *kernel;
  const eoq_conv_shape *s;
  const float *from; /* x, or dy */
  float *to;         /* y, or dx */
  uint8_t *places;
} job;

static int32_t shape_init(eoq_conv_shape *s, int32_t n, int32_t h, int32_t w, int32_t c, int32_t kernel,
                          int32_t stride, int32_t pad) {
  if (kernel > MAX_POOL_KERNEL) return eoq_within("kernel", kernel, 1, MAX_POOL_KERNEL);
  return eoq_conv_shape_init(s, n, h, w, c, c, kernel, stride, pad);
}

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

int32_t eoq_fp32_max_pool_forward(int32_t x, int32_t y, int32_t places, int32_t n, int32_t h, int32_t w, int32_t c,
                                  int32_t kernel, int32_t stride, int32_t pad) {
  eoq_conv_shape s;
  int32_t status = shape_init(&s, n, h, w, c, kernel, stride, pad);
  if (status < 0 || (status = EOQ_APART(1, { "y", y }, { "x", x })) < 0) return status;
  job j = { .kernel = eoq_fp32_selected()->elementwise, .s = &s };
  if ((j.from = eoq_fp32_data(x, eoq_conv_inputs(&s), "x")) == NULL ||
      (j.to = eoq_fp32_data(y, eoq_conv_outputs(&s), "y")) == NULL ||
      (places != 0 && (j.places = places_of(places, &s)) == NULL)) {
    return EOQ_ERROR_TENSOR;
  }
  eoq_parallel(forward_row, &j, n * s.oh);
  return EOQ_OK;
}

int32_t eoq_fp32_max_pool_backward(int32_t dy, int32_t places, int32_t dx, int32_t n, int32_t h, int32_t w, int32_t c,
                                   int32_t kernel, int32_t stride, int32_t pad) {
  eoq_conv_shape s;
  int32_t status = shape_init(&s, n, h, w, c, kernel, stride, pad);
  if (status < 0 || (status = EOQ_APART(1, { "dx", dx }, { "dy", dy })) < 0) return status;
  job j = { .kernel = eoq_fp32_selected()->elementwise, .s = &s };
  if ((j.from = eoq_fp32_data(dy, eoq_conv_outputs(&s), "dy")) == NULL || (j.places = places_of(places, &s)) == NULL ||
      (j.to = eoq_fp32_data(dx, eoq_conv_inputs(&s), "dx")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  eoq_parallel(backward_row, &j, n * h);
  return EOQ_OK;
}
