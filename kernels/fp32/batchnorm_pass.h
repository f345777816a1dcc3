/* batchnorm_pass.h: what the batch-norm functions share: a channels-last array
 * cut into chunks, and the scratch of a call.
 *
 * All threads see the scratch of the first: sums of the channels, then lane
 * vectors (a channel's value repeated to the partition's width), then
 * EOQ_FP32_PARTIALS vectors a chunk. */
#ifndef EOQ_FP32_BATCHNORM_PASS_H
#define EOQ_FP32_BATCHNORM_PASS_H

#include "batchnorm_statistics.h"

/* Lane vectors. */
enum { EOQ_FP32_MEAN, EOQ_FP32_SCALE, EOQ_FP32_SHIFT, EOQ_FP32_SLOPE, EOQ_FP32_OFFSET, EOQ_FP32_LANE_VECTORS };

typedef struct {
  const eoq_fp32_elementwise *kernel;
  eoq_fp32_partition partition;
  const float *y, *residual, *skip;
  float *x, *dy, *result;
  float floor; /* the ReLU's 0, or below everything */
  double *sums[2];
  float *lanes[EOQ_FP32_LANE_VECTORS], *partial;
} eoq_fp32_batchnorm_pass;

/* Checks the sizes. */
int32_t eoq_fp32_batchnorm_pass_init(eoq_fp32_batchnorm_pass *pass, int32_t pixels, int32_t c, int32_t relu);

/* Reserves the scratch: after the tensors are checked, as sizes that none of
 * them has could ask for any amount. */
int32_t eoq_fp32_batchnorm_pass_reserve(eoq_fp32_batchnorm_pass *pass);

/* Sets a channel's lanes of one vector. */
static inline void eoq_fp32_set_lanes(eoq_fp32_batchnorm_pass *pass, int32_t vector, size_t channel, double value) {
  const eoq_fp32_partition *p = &pass->partition;
  for (size_t l = channel; l < p->width; l += p->c) pass->lanes[vector][l] = (float)value;
}

/* Sets a channel's scale = gamma / std and shift = beta - mean scale. */
static inline void eoq_fp32_set_scale(eoq_fp32_batchnorm_pass *pass, size_t channel, double mean, float scale,
                                      float beta) {
  eoq_fp32_set_lanes(pass, EOQ_FP32_SCALE, channel, scale);
  eoq_fp32_set_lanes(pass, EOQ_FP32_SHIFT, channel, beta - mean * scale);
  EOQ_FP32_TALLY(1, 1, 0);
}

#endif
