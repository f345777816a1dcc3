/* update_scalars.c: SGD with momentum on the 16-bit scalars, and gradients that start from 0. */
#include "../core/group.h"
#include "ranges.h"
#include "scalar_update.h"

#include <string.h>

enum { MOST_SCALARS = 1 << 20 };

int32_t eoq_int8_update_scalars(eoq_int8_update_scalars_call *call) {
  const eoq_rate rate = { call->rate_mantissa, call->rate_exponent };
  int32_t status = eoq_int8_rate(rate);
  if (status < 0 || (status = eoq_within("momentum_shift", call->momentum_shift, 0, EOQ_MOST_MOMENTUM_SHIFT)) < 0)
    return status;
  if ((status = eoq_int8_flag("nesterov", call->nesterov)) < 0) return status;
  if ((status = eoq_within("biases", call->biases, 0, MOST_SCALARS)) < 0 ||
      (status = eoq_within("scales", call->scales, 0, MOST_SCALARS)) < 0) {
    return status;
  }
  const int32_t count = call->biases + call->scales;
  eoq_tensor *s = eoq_tensor_get(call->scalars, EOQ_INT16, (size_t)count, "scalars");
  eoq_tensor *v = s == NULL ? NULL : eoq_tensor_get(call->momentum, EOQ_INT64, (size_t)count, "momentum");
  eoq_tensor *g = v == NULL ? NULL : eoq_tensor_get(call->gradients, EOQ_INT64, 2 * (size_t)count, "gradients");
  if (g == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  if ((status = eoq_shared_reserve(((size_t)count + 1) * sizeof(int64_t))) < 0) return status;
  int16_t *values = s->data;
  int64_t *velocities = v->data;
  const int64_t *gradients = g->data;
  int64_t *sums = eoq_shared();
  for (int32_t i = 0; i < count; i++) sums[i] = gradients[2 * i];
  if ((status = eoq_group_sums(sums, (size_t)count, EOQ_INT64)) < 0) return status;
  const eoq_random_key key = eoq_random_stream(call->seed, call->step, call->stream);
  for (int32_t i = 0; i < count; i++) {
    const int32_t unit = i < call->biases ? EOQ_BIAS_EXPONENT : EOQ_SCALE_EXPONENT;
    eoq_update_scalar(&values[i], &velocities[i], sums[i], gradients[2 * i + 1], unit, rate, call->momentum_shift,
                      call->nesterov, eoq_random(key, (uint32_t)i));
  }
  return EOQ_OK;
}

int32_t eoq_int8_clear_gradients(eoq_int8_clear_gradients_call *call) {
  int32_t status = eoq_within("first", call->first, 0, INT32_MAX);
  if (status < 0 || (status = eoq_within("count", call->count, 0, INT32_MAX)) < 0) return status;
  const size_t first = (size_t)call->first, count = (size_t)call->count;
  eoq_tensor *g = eoq_tensor_get(call->gradients, EOQ_INT64, first + count, "gradients");
  if (g == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  memset((int64_t *)g->data + first, 0, count * sizeof(int64_t));
  return EOQ_OK;
}
