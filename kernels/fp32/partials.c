/* partials.c: the last sum of the weight gradients. */
#include "kernels.h"

typedef struct {
  const eoq_conv_shape *shape;
  const eoq_weights_sums *layout;
  const float *partials;
  int32_t chunks;
  float *dw;
} context;

/* The taps of one output channel. */
static void sum_channel(void *argument, int32_t k, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const eoq_weights_sums *l = c->layout;
  const int32_t taps = c->shape->kernel * c->shape->kernel, inputs = c->shape->c;
  float *to = c->dw + (size_t)k * taps * inputs;
  for (int32_t tap = 0; tap < taps; tap++, to += inputs) {
    const float *from = c->partials + k * l->channel + tap * l->tap;
    for (int32_t i = 0; i < inputs; i++) to[i] = from[i * l->input];
    for (int32_t p = 1; p < c->chunks; p++) {
      from += l->count;
      if (l->input == 1)
        for (int32_t i = 0; i < inputs; i++) to[i] += from[i];
      else
        for (int32_t i = 0; i < inputs; i++) to[i] += from[i * l->input];
    }
  }
}

void eoq_fp32_sum_partials(const eoq_conv_shape *shape, const float *partials, int32_t chunks,
                           const eoq_weights_sums *layout, float *dw) {
  context c = { .shape = shape, .layout = layout, .partials = partials, .chunks = chunks, .dw = dw };
  eoq_parallel(sum_channel, &c, shape->k);
}
