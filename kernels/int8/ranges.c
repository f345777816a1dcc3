/* ranges.c: the arguments that the int8 kernels have in common. */
#include "ranges.h"

int32_t eoq_int8_count(const char *name, int32_t count) {
  if (count >= 1) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %d is not positive", name, count);
}

eoq_tensor *eoq_int8_sums(int32_t handle, size_t count, const char *what) {
  eoq_tensor *tensor = eoq_tensor_get(handle, EOQ_INT32, count, what);
  if (tensor == NULL || eoq_magnitude(tensor->minimum, tensor->maximum) <= EOQ_MAX_SUM) return tensor;
  eoq_fail(EOQ_ERROR_TENSOR, "%s: holds values beyond +-%d, which cannot be quantized", what, EOQ_MAX_SUM);
  return NULL;
}

int16_t *eoq_int8_scalars(int32_t scalars, int32_t index, int32_t count) {
  if (index < 0 || count < 1 || index > INT32_MAX - count) {
    eoq_fail(EOQ_ERROR_ARGUMENT, "scalars: %d from index %d do not exist", count, index);
    return NULL;
  }
  eoq_tensor *tensor = eoq_tensor_get(scalars, EOQ_INT16, (size_t)index + count, "scalars");
  return tensor == NULL ? NULL : (int16_t *)tensor->data + index;
}

int32_t eoq_int8_store_gradient(int32_t gradients, int32_t index, int64_t sum, int32_t exponent) {
  if (index == -1) return EOQ_OK;
  if (index < 0) return eoq_fail(EOQ_ERROR_ARGUMENT, "gradients: index %d is below -1", index);
  eoq_tensor *tensor = eoq_tensor_get(gradients, EOQ_INT64, 2 * ((size_t)index + 1), "gradients");
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  int64_t *at = (int64_t *)tensor->data + 2 * (size_t)index;
  at[0] = sum;
  at[1] = exponent;
  return EOQ_OK;
}
