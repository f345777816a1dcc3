/* conv_reference.c: the convolutions as their definitions, in plain loops.
 * Every other path must give exactly these sums. */
#include "../core/count.h"
#include "kernels.h"

#include <string.h>

typedef struct {
  const eoq_conv_shape *shape;
  const int8_t *x, *w;
  const int32_t *bias;
  int32_t *y;
} context;

#define TALLY_PRODUCTS(n) (EOQ_TALLY(EOQ_OP_INT8_MULTIPLY, n), EOQ_TALLY(EOQ_OP_INT32_ADD, n))

/* Kernel taps [first, last) that touch the image from output position o. */
static void taps(int32_t o, int32_t size, const eoq_conv_shape *s, int32_t *first, int32_t *last) {
  const int32_t origin = o * s->stride - s->pad;
  *first = origin < 0 ? -origin : 0;
  *last = origin + s->kernel > size ? size - origin : s->kernel;
}

static void extremes_of(const int32_t *y, size_t count, int32_t extremes[2]) {
  extremes[0] = extremes[1] = 0;
  for (size_t i = 0; i < count; i++) {
    extremes[0] = y[i] < extremes[0] ? y[i] : extremes[0];
    extremes[1] = y[i] > extremes[1] ? y[i] : extremes[1];
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
  }
}

static void forward_image(void *argument, int32_t n, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const eoq_conv_shape *s = c->shape;
  const int8_t *x = c->x + (size_t)n * s->h * s->w * s->c;
  int32_t *y = c->y + (size_t)n * s->oh * s->ow * s->k;
  for (int32_t oy = 0; oy < s->oh; oy++) {
    for (int32_t ox = 0; ox < s->ow; ox++) {
      int32_t y0, y1, x0, x1;
      taps(oy, s->h, s, &y0, &y1);
      taps(ox, s->w, s, &x0, &x1);
      for (int32_t k = 0; k < s->k; k++) {
        int32_t sum = c->bias == NULL ? 0 : c->bias[k];
        for (int32_t ky = y0; ky < y1; ky++) {
          for (int32_t kx = x0; kx < x1; kx++) {
            const int32_t iy = oy * s->stride + ky - s->pad, ix = ox * s->stride + kx - s->pad;
            const int8_t *a = x + ((size_t)iy * s->w + ix) * s->c;
            const int8_t *b = c->w + (((size_t)k * s->kernel + ky) * s->kernel + kx) * s->c;
            for (int32_t i = 0; i < s->c; i++) sum += a[i] * b[i];
            TALLY_PRODUCTS(s->c);
          }
        }
        y[((size_t)oy * s->ow + ox) * s->k + k] = sum;
      }
    }
  }
}

int32_t eoq_int8_conv_forward_reference(const eoq_conv_shape *shape, const int8_t *x, eoq_tensor *w,
                                        const int32_t *bias, eoq_int8_conv_output *y) {
  context c = { .shape = shape, .x = x, .w = w->data, .bias = bias, .y = y->sums };
  eoq_parallel(forward_image, &c, shape->n);
  extremes_of(y->sums, eoq_conv_outputs(shape), y->extremes);
  return EOQ_OK;
}

static void backward_data_image(void *argument, int32_t n, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const eoq_conv_shape *s = c->shape;
  const int8_t *dy = c->x + (size_t)n * s->oh * s->ow * s->k;
  int32_t *dx = c->y + (size_t)n * s->h * s->w * s->c;
  memset(dx, 0, (size_t)s->h * s->w * s->c * sizeof *dx);
  for (int32_t oy = 0; oy < s->oh; oy++) {
    for (int32_t ox = 0; ox < s->ow; ox++) {
      int32_t y0, y1, x0, x1;
      taps(oy, s->h, s, &y0, &y1);
      taps(ox, s->w, s, &x0, &x1);
      for (int32_t k = 0; k < s->k; k++) {
        const int32_t e = dy[((size_t)oy * s->ow + ox) * s->k + k];
        for (int32_t ky = y0; ky < y1; ky++) {
          for (int32_t kx = x0; kx < x1; kx++) {
            const int32_t iy = oy * s->stride + ky - s->pad, ix = ox * s->stride + kx - s->pad;
            int32_t *a = dx + ((size_t)iy * s->w + ix) * s->c;
            const int8_t *b = c->w + (((size_t)k * s->kernel + ky) * s->kernel + kx) * s->c;
            for (int32_t i = 0; i < s->c; i++) a[i] += e * b[i];
            TALLY_PRODUCTS(s->c);
          }
        }
      }
    }
  }
}

int32_t eoq_int8_conv_backward_data_reference(const eoq_conv_shape *shape, const int8_t *dy, eoq_tensor *w,
                                              eoq_int8_conv_output *dx) {
  context c = { .shape = shape, .x = dy, .w = w->data, .y = dx->sums };
  eoq_parallel(backward_data_image, &c, shape->n);
  extremes_of(dx->sums, eoq_conv_inputs(shape), dx->extremes);
  return EOQ_OK;
}

typedef struct {
  const eoq_conv_shape *shape;
  const int8_t *x, *dy;
  int32_t *partial;
  int32_t chunks;
} weights_context;

static void backward_weights_channel(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const weights_context *c = argument;
  const eoq_conv_shape *s = c->shape;
  const int32_t chunk = item / s->k, k = item % s->k;
  int32_t *partial = c->partial + (size_t)chunk * eoq_conv_weights(s);
  const int32_t last = eoq_share(s->n, chunk + 1, c->chunks);
  for (int32_t i = 0; i < s->kernel * s->kernel * s->c; i++) partial[(size_t)i * s->k + k] = 0;
  for (int32_t n = eoq_share(s->n, chunk, c->chunks); n < last; n++) {
    for (int32_t oy = 0; oy < s->oh; oy++) {
      for (int32_t ox = 0; ox < s->ow; ox++) {
        int32_t y0, y1, x0, x1;
        taps(oy, s->h, s, &y0, &y1);
        taps(ox, s->w, s, &x0, &x1);
        const int32_t e = c->dy[(((size_t)n * s->oh + oy) * s->ow + ox) * s->k + k];
        for (int32_t ky = y0; ky < y1; ky++) {
          for (int32_t kx = x0; kx < x1; kx++) {
            const int32_t iy = oy * s->stride + ky - s->pad, ix = ox * s->stride + kx - s->pad;
            const int8_t *a = c->x + (((size_t)n * s->h + iy) * s->w + ix) * s->c;
            int32_t *sums = partial + ((size_t)ky * s->kernel + kx) * s->c * s->k + k;
            for (int32_t i = 0; i < s->c; i++) sums[(size_t)i * s->k] += e * a[i];
            TALLY_PRODUCTS(s->c);
          }
        }
      }
    }
  }
}

int32_t eoq_int8_conv_backward_weights_reference(const eoq_conv_shape *shape, const int8_t *x, const int8_t *dy,
                                                 int32_t chunks, int32_t *dw, eoq_int8_partials *partials) {
  (void)dw;
  int32_t status = eoq_shared_reserve((size_t)chunks * eoq_conv_weights(shape) * sizeof(int32_t));
  if (status < 0) return status;
  weights_context c = { .shape = shape, .x = x, .dy = dy, .partial = eoq_shared(), .chunks = chunks };
  eoq_parallel(backward_weights_channel, &c, chunks * shape->k);
  *partials = (eoq_int8_partials){
    .sums = c.partial,
    .chunks = chunks,
    .layout = { .channel = 1, .tap = (size_t)shape->c * shape->k, .input = shape->k, .count = eoq_conv_weights(shape) },
  };
  return EOQ_OK;
}
