/* batchnorm_pass.c: the chunks and the scratch of a batch-norm call. */
#include "batchnorm_pass.h"

#include <math.h>

int32_t eoq_fp32_batchnorm_pass_init(eoq_fp32_batchnorm_pass *pass, int32_t pixels, int32_t c, int32_t relu) {
  int32_t status;
  if ((status = eoq_fp32_at_least("pixels", pixels, 1)) < 0 || (status = eoq_fp32_at_least("c", c, 1)) < 0 ||
      (status = eoq_fp32_at_least("relu", relu, 0)) < 0) {
    return status;
  }
  *pass = (eoq_fp32_batchnorm_pass){ .kernel = eoq_fp32_selected()->elementwise,
                                     .partition = eoq_fp32_partition_of(pixels, c),
                                     .floor = relu ? 0 : -INFINITY };
  return EOQ_OK;
}

int32_t eoq_fp32_batchnorm_pass_reserve(eoq_fp32_batchnorm_pass *pass) {
  const eoq_fp32_partition *p = &pass->partition;
  const size_t vectors = EOQ_FP32_LANE_VECTORS + EOQ_FP32_PARTIALS * (size_t)p->chunks;
  int32_t status = eoq_scratch_reserve((2 * sizeof(double) + vectors * sizeof(float)) * p->width);
  if (status < 0) return status;
  double *sums = eoq_scratch(0);
  pass->sums[0] = sums;
  pass->sums[1] = sums + p->width;
  float *lanes = (float *)(sums + 2 * p->width);
  for (int32_t i = 0; i < EOQ_FP32_LANE_VECTORS; i++) pass->lanes[i] = lanes + i * p->width;
  pass->partial = lanes + EOQ_FP32_LANE_VECTORS * p->width;
  return EOQ_OK;
}
