/* ranges.c: the arguments that the int8 kernels have in common. */
#include "ranges.h"

enum { LOWEST_RATE = -60, HIGHEST_RATE = 8 };

int32_t eoq_int8_count(const char *name, int32_t count) {
  if (count >= 1) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %d is not positive", name, count);
}

int32_t eoq_int8_flag(const char *name, int32_t value) {
  if (value == 0 || value == 1) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %d is not 0 or 1", name, value);
}

int32_t eoq_int8_rate(eoq_rate rate) {
  const int32_t status = eoq_within("rate_mantissa", rate.mantissa, 1, UINT8_MAX);
  return status < 0 ? status : eoq_within("rate_exponent", rate.exponent, LOWEST_RATE, HIGHEST_RATE);
}

int32_t eoq_int8_quantizable(const eoq_tensor *x, const char *what) {
  if (eoq_magnitude(x->minimum, x->maximum) <= EOQ_MAX_SUM) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_TENSOR, "%s: holds values beyond +-%d, which cannot be quantized", what, EOQ_MAX_SUM);
}

eoq_error_statistics eoq_int8_error_total(const eoq_error_statistics *threads) {
  eoq_error_statistics total = { 0 };
  for (int32_t t = 0; t < eoq_threads(); t++) {
    const eoq_error_statistics *s = &threads[t];
    total.minimum = s->minimum < total.minimum ? s->minimum : total.minimum;
    total.maximum = s->maximum > total.maximum ? s->maximum : total.maximum;
    total.sum += s->sum;
    total.masked_sum += s->masked_sum;
  }
  return total;
}

int16_t *eoq_int8_scalars(int32_t scalars, int32_t index, int32_t count) {
  if (index < 0 || count < 1 || index > INT32_MAX - count) {
    eoq_fail(EOQ_ERROR_ARGUMENT, "scalars: %d from index %d do not exist", count, index);
    return NULL;
  }
  eoq_tensor *tensor = eoq_tensor_get(scalars, EOQ_INT16, (size_t)index + count, "scalars");
  return tensor == NULL ? NULL : (int16_t *)tensor->data + index;
}

int32_t eoq_int8_gradient(int32_t gradients, int32_t index, int64_t **gradient) {
  *gradient = NULL;
  if (index == -1) return EOQ_OK;
  if (index < 0) return eoq_fail(EOQ_ERROR_ARGUMENT, "gradients: index %d is below -1", index);
  eoq_tensor *tensor = eoq_tensor_get(gradients, EOQ_INT64, 2 * ((size_t)index + 1), "gradients");
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  *gradient = (int64_t *)tensor->data + 2 * (size_t)index;
  return EOQ_OK;
}

void eoq_int8_store_gradient(int64_t *gradient, int64_t sum, int32_t exponent) {
  if (gradient == NULL) return;
  gradient[0] = sum;
  gradient[1] = exponent;
}
