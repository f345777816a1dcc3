/* shape.h: the geometry of a convolution, checked once at the door. */
#ifndef EOQ_CONV_SHAPE_H
#define EOQ_CONV_SHAPE_H

#include <stddef.h>
#include <stdint.h>

enum { EOQ_MAX_STRIDE = 8 };

typedef struct {
  int32_t n, h, w, c;            /* input images, rows, columns, channels */
  int32_t k, kernel, stride, pad; /* output channels; square kernel */
  int32_t oh, ow;                /* output rows and columns, derived */
} eoq_conv_shape;

/* Fills `shape`; fails when a size is not positive, the kernel does not fit
 * the padded image, or a tensor of the layer would pass 2^31 - 1 elements. */
int32_t eoq_conv_shape_init(eoq_conv_shape *shape, int32_t n, int32_t h, int32_t w, int32_t c, int32_t k,
                            int32_t kernel, int32_t stride, int32_t pad);

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
