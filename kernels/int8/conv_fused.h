/* conv_fused.h: a convolution whose sums are quantized while they are in the
 * nearest cache, instead of travelling to memory and back.
 *
 * Shift quantization needs the largest sum before it can quantize the first.
 * From one step to the next that maximum seldom crosses a power of two, so
 * the convolution quantizes with the shift of the last call, measures, and
 * runs again where that was not the exact one. A wrong guess costs time; the
 * result never depends on the guess. */
#ifndef EOQ_INT8_CONV_FUSED_H
#define EOQ_INT8_CONV_FUSED_H

#include "conv.h"

typedef struct {
  void (*take)(void *context, const void *sums, size_t from, size_t count, int32_t thread);
  /* Forgets what an earlier run measured, and quantizes with `shift` from here on. */
  void (*start)(void *context, int32_t shift);
  /* Of all that was taken, the extremes that decide the shift, where those of the sums do not; or NULL. */
  void (*measured)(void *context, int32_t extremes[2]);
  /* The shift that quantizes all that was taken, which has these extremes. */
  int32_t (*exact)(const void *context, const int32_t extremes[2]);
} eoq_int8_fused;

/* Whether quantizing in the cache as q says is possible, and worth a wrong
 * guess now and then: small sums stay in the second-level cache anyway. */
int32_t eoq_int8_worth_fusing(const eoq_conv_job *job, const eoq_quantizer_words *q);

/* Runs the convolution into `fused`, a second time where `guess` was not the exact shift, which it then is;
 * `extremes` get those that decided it. */
int32_t eoq_int8_run_fused(const eoq_int8_conv *conv, eoq_int8_conv_run *run, const eoq_int8_fused *fused,
                           void *context, int32_t *guess, int32_t extremes[2]);

#endif
