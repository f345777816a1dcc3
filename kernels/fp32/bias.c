/* bias.c: the classifier's bias. A few hundred numbers: one thread is enough. */
#include "../core/sums.h"
#include "kernels.h"

static int32_t sizes(int32_t n, int32_t c) {
  int32_t status = eoq_fp32_at_least("n", n, 1);
  return status < 0 ? status : eoq_fp32_at_least("c", c, 1);
}

int32_t eoq_fp32_bias_forward(eoq_fp32_bias_forward_call *call) {
  int32_t status = sizes(call->n, call->c);
  if (status < 0 || (status = EOQ_APART(1, { "y", call->y }, { "bias", call->bias })) < 0) return status;
  float *output = eoq_fp32_data(call->y, (size_t)call->n * call->c, "y");
  const float *b = output ? eoq_fp32_data(call->bias, call->c, "bias") : NULL;
  if (b == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  const eoq_fp32_elementwise *kernel = eoq_fp32_selected()->elementwise;
  for (int32_t i = 0; i < call->n; i++) kernel->add(b, call->c, output + (size_t)i * call->c);
  return EOQ_OK;
}

int32_t eoq_fp32_bias_backward(eoq_fp32_bias_backward_call *call) {
  int32_t status = sizes(call->n, call->c);
  if (status < 0 || (status = EOQ_APART(1, { "dbias", call->dbias }, { "dy", call->dy })) < 0) return status;
  const float *error = eoq_fp32_data(call->dy, (size_t)call->n * call->c, "dy");
  float *gradient = error ? eoq_fp32_data(call->dbias, call->c, "dbias") : NULL;
  if (gradient == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  eoq_fp32_selected()->elementwise->sum(error, (size_t)call->n * call->c, call->c, gradient);
  return eoq_sums_start(gradient, (size_t)call->c, EOQ_FP32);
}
