/* conv.c: the convolutions of eoq_fp32.h: checks, then the selected path. */
#include "kernels.h"

int32_t eoq_fp32_conv_forward(int32_t x, int32_t weights, int32_t y, int32_t shape, int32_t n) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "y", y }, { "x", x }, { "weights", weights })) < 0) return status;
  const float *input = eoq_fp32_data(x, eoq_conv_inputs(&s), "x");
  const float *filter = input ? eoq_fp32_data(weights, eoq_conv_weights(&s), "weights") : NULL;
  float *output = filter ? eoq_fp32_data(y, eoq_conv_outputs(&s), "y") : NULL;
  if (output == NULL) return EOQ_ERROR_TENSOR;
  return eoq_fp32_selected()->conv_forward(&s, input, filter, output);
}

int32_t eoq_fp32_conv_backward_data(int32_t dy, int32_t weights, int32_t dx, int32_t shape, int32_t n) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "dx", dx }, { "dy", dy }, { "weights", weights })) < 0) return status;
  const float *error = eoq_fp32_data(dy, eoq_conv_outputs(&s), "dy");
  const float *filter = error ? eoq_fp32_data(weights, eoq_conv_weights(&s), "weights") : NULL;
  float *gradient = filter ? eoq_fp32_data(dx, eoq_conv_inputs(&s), "dx") : NULL;
  if (gradient == NULL) return EOQ_ERROR_TENSOR;
  return eoq_fp32_selected()->conv_backward_data(&s, error, filter, gradient);
}

int32_t eoq_fp32_conv_backward_weights(int32_t x, int32_t dy, int32_t dweights, int32_t shape, int32_t n) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "dweights", dweights }, { "x", x }, { "dy", dy })) < 0) return status;
  const float *input = eoq_fp32_data(x, eoq_conv_inputs(&s), "x");
  const float *error = input ? eoq_fp32_data(dy, eoq_conv_outputs(&s), "dy") : NULL;
  float *gradient = error ? eoq_fp32_data(dweights, eoq_conv_weights(&s), "dweights") : NULL;
  if (gradient == NULL) return EOQ_ERROR_TENSOR;
  return eoq_fp32_selected()->conv_backward_weights(&s, input, error, gradient);
}
