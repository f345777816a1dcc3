/* bounds.h: summands that are aligned by what tensors lie between, where a
 * batch is shared and each member knows it of its own images alone. Steps finer
 * than all summands lose nothing, so where the exponent of the step before
 * decides how the sum is rounded, the result is the same from whichever of them. */
#ifndef EOQ_INT8_BOUNDS_H
#define EOQ_INT8_BOUNDS_H

#include "alignment.h"
#include "quantizer.h"

typedef struct {
  eoq_tensor *tensor; /* NULL for a bias */
  int32_t exponent;   /* of its whole steps */
  int32_t low, high;  /* the tops that it can have, whatever the tensor holds */
} eoq_summand;

/* An int8 tensor, whose values have up to 7 bits. */
static inline eoq_summand eoq_summand_of(eoq_tensor *x) {
  return (
    eoq_summand){ .tensor = x, .exponent = x->exponent, .low = x->exponent, .high = x->exponent + EOQ_INT8_BITS - 1 };
}

/* The same, times a scale. */
static inline eoq_summand eoq_summand_of_scaled(eoq_tensor *x, int16_t scale) {
  const eoq_summand s = eoq_summand_of(x);
  return (eoq_summand){
    .tensor = x,
    .exponent = s.exponent + EOQ_SCALE_EXPONENT,
    .low = eoq_top_of(s.low + EOQ_SCALE_EXPONENT, scale, scale),
    .high = eoq_top_of(s.high + EOQ_SCALE_EXPONENT, scale, scale),
  };
}

static inline eoq_summand eoq_summand_of_bias(int16_t bias) {
  const int32_t top = eoq_top_of(EOQ_BIAS_EXPONENT, bias, bias);
  return (eoq_summand){ .exponent = EOQ_BIAS_EXPONENT, .low = top, .high = top };
}

/* Has the bounds of the tensors among at most 3 summands combined over all
 * members, unless the quantizer leaves the same whatever they are. */
int32_t eoq_int8_whole_bounds(const eoq_quantizer_words *q, const eoq_summand *summands, int32_t count);

#endif
