/* partials.c: the last sum of the weight gradients. */
#include "kernels.h"

typedef struct {
  const eoq_conv_shape *shape;
  const float *partial;
  int32_t chunks, channels, inputs;
  float *dw;
} context;

/* One kernel row and 16 of its inputs, all output channels: blocks that keep
 * both the reads and the transposed writes in the nearest cache. */
enum { INPUTS_A_BLOCK = 16 };

static void sum_block(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t inputs = (size_t)c->shape->kernel * c->inputs, chunk = inputs * c->channels;
  const size_t from = (size_t)item * INPUTS_A_BLOCK;
  const size_t to = from + INPUTS_A_BLOCK < inputs ? from + INPUTS_A_BLOCK : inputs;
  for (int32_t k = 0; k < c->shape->k; k++) {
    for (size_t i = from; i < to; i++) {
      const float *at = c->partial + i * c->channels + k;
      float sum = at[0];
      for (int32_t p = 1; p < c->chunks; p++) sum += at[p * chunk];
      c->dw[k * inputs + i] = sum;
    }
  }
}

void eoq_fp32_sum_partials(const eoq_conv_shape *shape, const float *partial, int32_t chunks, int32_t channels,
                           float *dw) {
  context c = { .shape = shape, .partial = partial, .chunks = chunks, .channels = channels,
                .inputs = shape->kernel * shape->c, .dw = dw };
  eoq_parallel(sum_block, &c, (shape->kernel * c.inputs + INPUTS_A_BLOCK - 1) / INPUTS_A_BLOCK);
}
