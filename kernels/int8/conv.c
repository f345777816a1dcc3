/* conv.c: the convolutions as exported: arguments, exponents and the aligned
 * bias. Backward weights are in conv_weights.c. */
#include "ranges.h"

#include <stdlib.h>

static int32_t reduction(const char *name, const eoq_conv_shape *s, int32_t channels) {
  const int64_t products = (int64_t)s->kernel * s->kernel * channels;
  if (products <= EOQ_MAX_REDUCTION) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: sums of %lld products can pass int32, the limit is %d", name,
                  (long long)products, EOQ_MAX_REDUCTION);
}

int32_t eoq_int8_conv_forward(int32_t x, int32_t weights, int32_t scalars, int32_t bias, int32_t biases, int32_t y,
                              int32_t n, int32_t h, int32_t w, int32_t c, int32_t k, int32_t kernel, int32_t stride,
                              int32_t pad) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_init(&s, n, h, w, c, k, kernel, stride, pad);
  if (status < 0 || (status = reduction("c", &s, c)) < 0) return status;
  eoq_tensor *from = eoq_tensor_get(x, EOQ_INT8, eoq_conv_inputs(&s), "x");
  eoq_tensor *by = from == NULL ? NULL : eoq_tensor_get(weights, EOQ_INT8, eoq_conv_weights(&s), "weights");
  eoq_tensor *to = by == NULL ? NULL : eoq_tensor_get(y, EOQ_INT32, eoq_conv_outputs(&s), "y");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  if (bias != -1 && biases != 1 && biases != k) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "biases: %d is neither 1 nor %d", biases, k);
  }
  const int16_t *scalar = bias == -1 ? NULL : eoq_int8_scalars(scalars, bias, biases);
  if (bias != -1 && scalar == NULL) return EOQ_ERROR_TENSOR;

  /* One 16-bit scalar a channel is aligned to the exponent of the sums. */
  const int32_t exponent = from->exponent + by->exponent;
  int32_t *aligned = scalar == NULL ? NULL : malloc((size_t)k * sizeof *aligned);
  if (scalar != NULL && aligned == NULL) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for %d biases", k);
  for (int32_t i = 0; aligned != NULL && i < k; i++) {
    aligned[i] = eoq_align_bias(scalar[biases == 1 ? 0 : i], exponent);
  }
  int32_t extremes[2];
  status = eoq_int8_selected()->conv_forward(&s, from->data, by->data, aligned, to->data, extremes);
  free(aligned);
  to->exponent = exponent;
  to->minimum = extremes[0];
  to->maximum = extremes[1];
  return status;
}

int32_t eoq_int8_conv_backward_data(int32_t dy, int32_t weights, int32_t dx, int32_t n, int32_t h, int32_t w,
                                    int32_t c, int32_t k, int32_t kernel, int32_t stride, int32_t pad) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_init(&s, n, h, w, c, k, kernel, stride, pad);
  if (status < 0 || (status = reduction("k", &s, k)) < 0) return status;
  eoq_tensor *from = eoq_tensor_get(dy, EOQ_INT8, eoq_conv_outputs(&s), "dy");
  eoq_tensor *by = from == NULL ? NULL : eoq_tensor_get(weights, EOQ_INT8, eoq_conv_weights(&s), "weights");
  eoq_tensor *to = by == NULL ? NULL : eoq_tensor_get(dx, EOQ_INT32, eoq_conv_inputs(&s), "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  int32_t extremes[2];
  status = eoq_int8_selected()->conv_backward_data(&s, from->data, by->data, to->data, extremes);
  to->exponent = from->exponent + by->exponent;
  to->minimum = extremes[0];
  to->maximum = extremes[1];
  return status;
}
