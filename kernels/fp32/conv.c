/* conv.c: the convolutions: checks, then the selected path. */
#include "../core/sums.h"
#include "kernels.h"

int32_t eoq_fp32_conv_forward(eoq_fp32_conv_forward_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "y", call->y }, { "x", call->x }, { "weights", call->weights })) < 0)
    return status;
  const float *input = eoq_fp32_data(call->x, eoq_conv_inputs(&s), "x");
  eoq_tensor *filter = input ? eoq_tensor_get(call->weights, EOQ_FP32, eoq_conv_weights(&s), "weights") : NULL;
  float *output = filter ? eoq_fp32_data(call->y, eoq_conv_outputs(&s), "y") : NULL;
  if (output == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  return eoq_fp32_selected()->conv_forward(&s, input, filter, output);
}

int32_t eoq_fp32_conv_backward_data(eoq_fp32_conv_backward_data_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "dx", call->dx }, { "dy", call->dy }, { "weights", call->weights })) < 0)
    return status;
  const float *error = eoq_fp32_data(call->dy, eoq_conv_outputs(&s), "dy");
  eoq_tensor *filter = error ? eoq_tensor_get(call->weights, EOQ_FP32, eoq_conv_weights(&s), "weights") : NULL;
  float *gradient = filter ? eoq_fp32_data(call->dx, eoq_conv_inputs(&s), "dx") : NULL;
  if (gradient == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  return eoq_fp32_selected()->conv_backward_data(&s, error, filter, gradient);
}

int32_t eoq_fp32_conv_backward_weights(eoq_fp32_conv_backward_weights_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "dweights", call->dweights }, { "x", call->x }, { "dy", call->dy })) < 0)
    return status;
  const float *input = eoq_fp32_data(call->x, eoq_conv_inputs(&s), "x");
  const float *error = input ? eoq_fp32_data(call->dy, eoq_conv_outputs(&s), "dy") : NULL;
  float *gradient = error ? eoq_fp32_data(call->dweights, eoq_conv_weights(&s), "dweights") : NULL;
  if (gradient == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  status = eoq_fp32_selected()->conv_backward_weights(&s, input, error, gradient);
  return status < 0 ? status : eoq_sums_start(gradient, eoq_conv_weights(&s), EOQ_FP32);
}
