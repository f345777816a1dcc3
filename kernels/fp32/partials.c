/* partials.c: the last sum of the weight gradients. */
#include "kernels.h"
#include "transpose.h"

typedef struct {
  const eoq_conv_shape *shape;
  const float *partial;
  int32_t chunks, channels, inputs;
  float *dw;
} context;

/* Partials lie input by input, gradients channel by channel: squares of this
 * side are summed along one and written along the other. */
enum { BLOCK = 16 };

static inline size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static void sum_inputs(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t inputs = (size_t)c->shape->kernel * c->inputs, chunk = inputs * c->channels;
  const size_t first = (size_t)item * BLOCK, count = smaller(BLOCK, inputs - first), outputs = c->shape->k;
  for (size_t k = 0; k < outputs; k += BLOCK) {
    const size_t width = smaller(BLOCK, outputs - k);
    float sums[BLOCK][BLOCK];
    for (size_t i = 0; i < count; i++) {
      const float *from = c->partial + (first + i) * c->channels + k;
      memcpy(sums[i], from, width * sizeof(float));
      for (int32_t p = 1; p < c->chunks; p++) {
        for (size_t j = 0; j < width; j++) sums[i][j] += from[p * chunk + j];
      }
    }
    eoq_fp32_transpose(sums[0], BLOCK, count, width, c->dw + k * inputs + first, inputs);
  }
}

void eoq_fp32_sum_partials(const eoq_conv_shape *shape, const float *partial, int32_t chunks, int32_t channels,
                           float *dw) {
  context c = { .shape = shape, .partial = partial, .chunks = chunks, .channels = channels,
                .inputs = shape->kernel * shape->c, .dw = dw };
  eoq_parallel(sum_inputs, &c, (shape->kernel * c.inputs + BLOCK - 1) / BLOCK);
}
