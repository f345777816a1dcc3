/* arguments.c: checks that every fp32 function makes of its arguments. */
#include "kernels.h"

float *eoq_fp32_data(int32_t handle, size_t count, const char *what) {
  eoq_tensor *tensor = eoq_tensor_get(handle, EOQ_FP32, count, what);
  return tensor == NULL ? NULL : tensor->data;
}

int32_t eoq_fp32_at_least(const char *name, int32_t value, int32_t low) {
  if (value >= low) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %d is less than %d", name, value, low);
}
