/* conv_fused.h: a convolution whose sums are quantized while they are in the
 * nearest cache, instead of travelling to memory and back.
 *
 * Shift quantization needs the largest sum before it can quantize the first.
 * So the convolution starts with a shift that it guesses, measures as it goes,
 * and goes on with a larger one as soon as a sum needs it; what it quantized
 * with another than the exact one it computes again. A shift that is too small
 * is found out at the first large sum, one that is too large only at the end.
 * So the guess is one below the shift of the last call, and images whose sums
 * were large in the layer before come first. A wrong guess costs time; the
 * result never depends on it. */
#ifndef EOQ_INT8_CONV_FUSED_H
#define EOQ_INT8_CONV_FUSED_H

#include "conv.h"
#include "end.h"

typedef struct {
  /* Sets `extremes` to those that decide the shift, of all that the thread has taken with these sums, which it may
   * change first, and quantizes with `shift` on the way. NULL where they are those of the convolution's own sums. */
  void (*measure)(void *context, int32_t *sums, size_t from, size_t count, int32_t thread, int32_t shift,
                  int32_t extremes[2]);
  void (*quantize)(void *context, const int32_t *sums, size_t from, size_t count, int32_t shift);
  /* Ends the measuring, and sets `extremes` to those of all threads; NULL as `measure`. */
  void (*measured)(void *context, int32_t extremes[2]);
  /* The shift that quantizes what has these extremes. */
  int32_t (*exact)(const void *context, const int32_t extremes[2]);
} eoq_int8_fused;

/* What decided the shift, and the shift. */
typedef struct {
  int32_t minimum, maximum, shift;
} eoq_int8_fused_range;

/* Whether quantizing in the cache as q says is possible, and worth a wrong
 * guess now and then: small sums stay in the second-level cache anyway. */
int32_t eoq_int8_worth_fusing(const eoq_conv_job *job, const eoq_quantizer_words *q);

/* Runs the convolution of `job` into `fused`, from the shift `guess` on, which becomes the one to start with next. What
 * `end` says of the same end, if not NULL, paths may do in its stead; the run fills in the rest. */
int32_t eoq_int8_run_fused(const eoq_int8_conv *conv, const eoq_conv_job *job, eoq_int8_conv_run *run,
                           const eoq_int8_fused *fused, void *context, eoq_int8_end *end, int32_t *guess,
                           eoq_int8_fused_range *range);

#endif
