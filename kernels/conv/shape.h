/* shape.h: the geometry of a convolution, checked once at the door. Callers
 * hold handles of shapes without their count of images, which each call adds. */
#ifndef EOQ_CONV_SHAPE_H
#define EOQ_CONV_SHAPE_H

#include <stddef.h>
#include <stdint.h>

enum { EOQ_MAX_STRIDE = 8 };

typedef struct {
  int32_t n, h, w, c;             /* input images, rows, columns, channels */
  int32_t k, kernel, stride, pad; /* output channels; square kernel */
  int32_t oh, ow;                 /* output rows and columns, derived */
} eoq_conv_shape;

/* Fills `shape`; fails when a size is not positive, the kernel does not fit
 * the padded image, or a tensor of the layer would pass 2^31 - 1 elements. */
int32_t eoq_conv_shape_init(eoq_conv_shape *shape, int32_t n, int32_t h, int32_t w, int32_t c, int32_t k,
                            int32_t kernel, int32_t stride, int32_t pad);

/* Fills `shape` with that behind a handle, for n images; fails, naming the
 * argument `what`, when the handle is not a live shape, and as above. */
int32_t eoq_conv_shape_get(eoq_conv_shape *shape, int32_t handle, int32_t n, const char *what);

/* The same for what is no convolution: a window over each channel (k = c), its
 * place within one byte, and the pixels that a shortcut reads (1x1, k >= c). */
int32_t eoq_conv_window_get(eoq_conv_shape *shape, int32_t handle, int32_t n, const char *what);
int32_t eoq_conv_shortcut_get(eoq_conv_shape *shape, int32_t handle, int32_t n, const char *what);

static inline size_t eoq_conv_inputs(const eoq_conv_shape *s) {
  return (size_t)s->n * s->h * s->w * s->c;
}
static inline size_t eoq_conv_outputs(const eoq_conv_shape *s) {
  return (size_t)s->n * s->oh * s->ow * s->k;
}
static inline size_t eoq_conv_weights(const eoq_conv_shape *s) {
  return (size_t)s->k * s->kernel * s->kernel * s->c;
}

#endif
