/* update_scalars.c: SGD with momentum on the 16-bit scalars. */
#include "ranges.h"
#include "tally.h"
#include "update_policy.h"

enum { SCALAR_FRACTION = 16, MOST_SCALARS = 1 << 20 };
#define SCALAR_LIMIT ((int64_t)1 << 44)
#define SUM_LIMIT ((int64_t)1 << 52)
#define EXPONENT_LIMIT ((int64_t)1 << 20)

int32_t eoq_int8_update_scalars(int32_t scalars, int32_t momentum, int32_t gradients, int32_t biases, int32_t scales,
                                int32_t rate_mantissa, int32_t rate_exponent, uint32_t seed, uint32_t step,
                                uint32_t tensor) {
  const eoq_rate rate = { rate_mantissa, rate_exponent };
  int32_t status = eoq_int8_rate(rate);
  if (status < 0) return status;
  if ((status = eoq_within("biases", biases, 0, MOST_SCALARS)) < 0 ||
      (status = eoq_within("scales", scales, 0, MOST_SCALARS)) < 0) {
    return status;
  }
  const int32_t count = biases + scales;
  eoq_tensor *s = eoq_tensor_get(scalars, EOQ_INT16, (size_t)count, "scalars");
  eoq_tensor *v = s == NULL ? NULL : eoq_tensor_get(momentum, EOQ_INT64, (size_t)count, "momentum");
  eoq_tensor *g = v == NULL ? NULL : eoq_tensor_get(gradients, EOQ_INT64, 2 * (size_t)count, "gradients");
  if (g == NULL) return EOQ_ERROR_TENSOR;
  const int32_t momentum_shift = eoq_int8_update_policy_of(v).momentum_shift;
  int16_t *values = s->data;
  int64_t *velocities = v->data;
  const int64_t *sums = g->data;
  const eoq_random_key key = eoq_random_stream(seed, step, tensor);
  for (int32_t i = 0; i < count; i++) {
    const int32_t unit = (i < biases ? EOQ_BIAS_EXPONENT : EOQ_SCALE_EXPONENT) - SCALAR_FRACTION;
    const int32_t shift = (int32_t)eoq_clamp64(sums[2 * i + 1], EXPONENT_LIMIT) + rate.exponent - unit;
    const int64_t scaled = eoq_clamp64(sums[2 * i], SUM_LIMIT) * rate.mantissa;
    int64_t velocity = eoq_clamp64(velocities[i], SCALAR_LIMIT);
    velocity += eoq_scale_by_power(scaled, shift, SCALAR_LIMIT) - eoq_round_shift64(velocity, momentum_shift);
    velocity = eoq_clamp64(velocity, SCALAR_LIMIT);
    velocities[i] = velocity;
    const int64_t bits = eoq_random(key, (uint32_t)i) >> (32 - SCALAR_FRACTION);
    const int64_t next = values[i] - eoq_clamp64((velocity + bits) >> SCALAR_FRACTION, INT16_MAX);
    values[i] = (int16_t)eoq_clamp64(next, INT16_MAX);
    EOQ_TALLY(EOQ_OP_INT64_MULTIPLY, 1);
    EOQ_TALLY_SCALE_BY_POWER(1);
    EOQ_TALLY_ROUND_SHIFT64(1);
    EOQ_TALLY(EOQ_OP_RANDOM, 1);
    EOQ_TALLY(EOQ_OP_SHIFT, 2);
    EOQ_TALLY(EOQ_OP_INT64_ADD, 3);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
    EOQ_TALLY_CLIP(5); /* but for that of the exponent */
  }
  return EOQ_OK;
}
