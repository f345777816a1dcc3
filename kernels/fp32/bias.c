/* bias.c: the classifier's bias. A few hundred numbers: one thread is enough. */
#include "kernels.h"

static int32_t sizes(int32_t n, int32_t c) {
  int32_t status = eoq_fp32_at_least("n", n, 1);
  return status < 0 ? status : eoq_fp32_at_least("c", c, 1);
}

int32_t eoq_fp32_bias_forward(int32_t y, int32_t bias, int32_t n, int32_t c) {
  int32_t status = sizes(n, c);
  if (status < 0 || (status = EOQ_APART(1, { "y", y }, { "bias", bias })) < 0) return status;
  float *output = eoq_fp32_data(y, (size_t)n * c, "y");
  const float *b = output ? eoq_fp32_data(bias, c, "bias") : NULL;
  if (b == NULL) return EOQ_ERROR_TENSOR;
  const eoq_fp32_elementwise *kernel = eoq_fp32_selected()->elementwise;
  for (int32_t i = 0; i < n; i++) kernel->add(b, c, output + (size_t)i * c);
  return EOQ_OK;
}

int32_t eoq_fp32_bias_backward(int32_t dy, int32_t dbias, int32_t n, int32_t c) {
  int32_t status = sizes(n, c);
  if (status < 0 || (status = EOQ_APART(1, { "dbias", dbias }, { "dy", dy })) < 0) return status;
  const float *error = eoq_fp32_data(dy, (size_t)n * c, "dy");
  float *gradient = error ? eoq_fp32_data(dbias, c, "dbias") : NULL;
  if (gradient == NULL) return EOQ_ERROR_TENSOR;
  eoq_fp32_selected()->elementwise->sum(error, (size_t)n * c, c, gradient);
  return EOQ_OK;
}
