/* window.h: what one pixel of a convolution reads. */
#ifndef EOQ_DEVICE_WINDOW_H
#define EOQ_DEVICE_WINDOW_H

#include "device.h"

/* Taps [first, last) of a window whose first lies at `origin` that touch the image. */
static inline void eoq_taps(int32_t origin, int32_t size, int32_t kernel, int32_t *first, int32_t *last) {
  *first = origin < 0 ? -origin : 0;
  *last = origin + kernel > size ? size - origin : kernel;
}

/* What output pixel (oy, ox) reads, in the order of a channel's weights: the
 * input itself, or its window copied to `patch` with zeros for the padding. */
static const int8_t *eoq_window(const eoq_shape *s, const int8_t *x, int32_t oy, int32_t ox, int8_t *patch) {
  const int32_t top = oy * s->stride - s->padding, left = ox * s->stride - s->padding;
  const int32_t run = s->kernel * s->inputs;
  if (s->kernel == 1) return x + (top * s->width + left) * s->inputs;
  int32_t first, last;
  eoq_taps(left, s->width, s->kernel, &first, &last);
  const int32_t from = first * s->inputs, to = last * s->inputs;
  int8_t *row = patch;
  for (int32_t ky = 0; ky < s->kernel; ky++, row += run) {
    const int32_t y = top + ky;
    if (y < 0 || y >= s->height) {
      for (int32_t i = 0; i < run; i++) row[i] = 0;
      continue;
    }
    const int8_t *source = x + (y * s->width + left) * s->inputs;
    for (int32_t i = 0; i < from; i++) row[i] = 0;
    for (int32_t i = to; i < run; i++) row[i] = 0;
    int32_t i = from;
#if defined(__ARM_FEATURE_SIMD32)
    for (; i + 4 <= to; i += 4) memcpy(row + i, source + i, 4);
#endif
    for (; i < to; i++) row[i] = source[i];
  }
  return patch;
}

#endif
