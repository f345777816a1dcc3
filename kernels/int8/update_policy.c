/* update_policy.c: the widths and policies of a weight update. */
#include "update_policy.h"

enum {
  LEAST_BITS = 2,
  MOST_BITS = 8,
  LOWEST_EXPONENT = -64,
  HIGHEST_EXPONENT = 64,
  MOST_MOMENTUM_SHIFT = 8,
  LARGEST_DECAY = 40,
};

static const eoq_update_policy recipe = {
  .weight_bits = MOST_BITS,
  .gradient_bits = MOST_BITS,
  .update_bits = MOST_BITS,
  .momentum_shift = 3,
};

eoq_update_policy eoq_int8_update_policy_of(const eoq_tensor *momentum) {
  return momentum->update.changed ? momentum->update : recipe;
}

int32_t eoq_int8_update_policy(int32_t momentum, int32_t weight_bits, int32_t gradient_bits, int32_t gradient_nearest,
                               int32_t gradient_fixed, int32_t gradient_exponent, int32_t update_bits,
                               int32_t update_nearest, int32_t momentum_shift, int32_t feedback, int32_t decay) {
  int32_t status;
  if ((status = eoq_within("weight_bits", weight_bits, LEAST_BITS, MOST_BITS)) < 0 ||
      (status = eoq_within("gradient_bits", gradient_bits, LEAST_BITS, MOST_BITS)) < 0 ||
      (status = eoq_within("gradient_nearest", gradient_nearest, 0, 1)) < 0 ||
      (status = eoq_within("gradient_fixed", gradient_fixed, 0, 1)) < 0 ||
      (status = eoq_within("gradient_exponent", gradient_exponent, LOWEST_EXPONENT, HIGHEST_EXPONENT)) < 0 ||
      (status = eoq_within("update_bits", update_bits, LEAST_BITS, MOST_BITS)) < 0 ||
      (status = eoq_within("update_nearest", update_nearest, 0, 1)) < 0 ||
      (status = eoq_within("momentum_shift", momentum_shift, 0, MOST_MOMENTUM_SHIFT)) < 0 ||
      (status = eoq_within("feedback", feedback, 0, 1)) < 0 ||
      (status = eoq_within("decay", decay, 0, LARGEST_DECAY)) < 0) {
    return status;
  }
  const int32_t type = eoq_tensor_type(momentum) == EOQ_INT64 ? EOQ_INT64 : EOQ_INT32;
  eoq_tensor *v = eoq_tensor_get(momentum, type, 1, "momentum");
  if (v == NULL) return EOQ_ERROR_TENSOR;
  v->update = (eoq_update_policy){
    .changed = 1,
    .weight_bits = weight_bits,
    .gradient_bits = gradient_bits,
    .gradient_nearest = gradient_nearest,
    .gradient_fixed = gradient_fixed,
    .gradient_exponent = gradient_exponent,
    .update_bits = update_bits,
    .update_nearest = update_nearest,
    .momentum_shift = momentum_shift,
    .feedback = feedback,
    .decay = decay,
  };
  return EOQ_OK;
}
