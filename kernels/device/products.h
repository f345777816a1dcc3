/* products.h: sums of products of int8, the inner loops. */
#ifndef EOQ_DEVICE_PRODUCTS_H
#define EOQ_DEVICE_PRODUCTS_H

#include "window.h"

static inline int32_t eoq_dot(const int8_t *a, const int8_t *b, int32_t n) {
  int32_t sum = 0;
  for (int32_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* sums += factor * x */
static inline void eoq_axpy(int32_t *sums, int32_t factor, const int8_t *x, int32_t n) {
  for (int32_t i = 0; i < n; i++) sums[i] += factor * x[i];
}

/* Sums of outputs [from, from + n) of a pixel that reads `window`. */
static void eoq_forward_sums(const eoq_layer *l, const int8_t *window, int32_t from, int32_t n, int32_t add,
                             int32_t *sums) {
  const int32_t length = l->shape.kernel * l->shape.kernel * l->shape.inputs;
  const int8_t *w = l->weights + from * length;
  for (int32_t k = 0; k < n; k++, w += length) sums[k] = eoq_dot(window, w, length) + add;
}

/* Sums of channels [from, from + n) of the error of input pixel (y, x). */
static void eoq_error_sums(const eoq_layer *l, const int8_t *dy, int32_t y, int32_t x, int32_t from, int32_t n,
                           int32_t *sums) {
  const eoq_shape *s = &l->shape;
  const int32_t pitch = s->kernel * s->kernel * s->inputs;
  memset(sums, 0, (size_t)n * sizeof *sums);
  for (int32_t ky = 0; ky < s->kernel; ky++) {
    const int32_t below = y + s->padding - ky;
    if (below < 0 || below % s->stride != 0 || below / s->stride >= s->out_height) continue;
    for (int32_t kx = 0; kx < s->kernel; kx++) {
      const int32_t right = x + s->padding - kx;
      if (right < 0 || right % s->stride != 0 || right / s->stride >= s->out_width) continue;
      const int8_t *e = dy + (below / s->stride * s->out_width + right / s->stride) * s->outputs;
      const int8_t *w = l->weights + (ky * s->kernel + kx) * s->inputs + from;
      for (int32_t k = 0; k < s->outputs; k++, w += pitch) {
        if (e[k] != 0) eoq_axpy(sums, e[k], w, n);
      }
    }
  }
}

/* Gradients of all weights of output k. */
static void eoq_gradient_sums(const eoq_shape *s, const int8_t *x, const int8_t *dy, int32_t k, int32_t *sums) {
  memset(sums, 0, (size_t)(s->kernel * s->kernel * s->inputs) * sizeof *sums);
  for (int32_t oy = 0; oy < s->out_height; oy++) {
    const int32_t top = oy * s->stride - s->padding;
    int32_t y0, y1;
    eoq_taps(top, s->height, s->kernel, &y0, &y1);
    for (int32_t ox = 0; ox < s->out_width; ox++) {
      const int32_t e = dy[(oy * s->out_width + ox) * s->outputs + k], left = ox * s->stride - s->padding;
      if (e == 0) continue;
      int32_t x0, x1;
      eoq_taps(left, s->width, s->kernel, &x0, &x1);
      for (int32_t ky = y0; ky < y1; ky++) {
        eoq_axpy(sums + (ky * s->kernel + x0) * s->inputs, e, x + ((top + ky) * s->width + left + x0) * s->inputs,
                 (x1 - x0) * s->inputs);
      }
    }
  }
}

#endif
