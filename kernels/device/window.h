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
  for (int32_t ky = 0; ky < s->kernel; ky++) {
    int8_t *row = patch + ky * run;
    const int32_t y = top + ky;
    const int32_t inside = y >= 0 && y < s->height;
    if (!inside || last - first < s->kernel) memset(row, 0, (size_t)run);
    if (!inside) continue;
    memcpy(row + first * s->inputs, x + (y * s->width + left + first) * s->inputs,
           (size_t)((last - first) * s->inputs));
  }
  return patch;
}

#endif
