/* batchnorm_forward.c: batch normalization with the ReLU that follows it (and
 * the residual sum between them), with the statistics of the batch or, for
 * inference, the running ones. y = relu(x scale + shift + residual) with
 * scale = gamma / std and shift = beta - mean scale. */
#include "../core/group.h"
#include "batchnorm_pass.h"

static void moments_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const eoq_fp32_batchnorm_pass *pass = context;
  const eoq_fp32_partition *p = &pass->partition;
  float *pivot = eoq_fp32_partial(p, pass->partial, item);
  pass->kernel->moments(pass->x + (size_t)item * p->chunk, eoq_fp32_chunk_length(p, item), p->width, pivot,
                        pivot + p->width, pivot + 2 * p->width);
}

static void normalize_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const eoq_fp32_batchnorm_pass *pass = context;
  const eoq_fp32_partition *p = &pass->partition;
  const size_t at = (size_t)item * p->chunk;
  pass->kernel->normalize(pass->x + at, pass->residual == NULL ? NULL : pass->residual + at,
                          pass->lanes[EOQ_FP32_SCALE], pass->lanes[EOQ_FP32_SHIFT], pass->floor,
                          eoq_fp32_chunk_length(p, item), p->width, pass->result + at);
}

int32_t eoq_fp32_batchnorm_relu_forward(eoq_fp32_batchnorm_relu_forward_call *call) {
  eoq_fp32_batchnorm_pass pass;
  int32_t status =
    EOQ_APART(4, { "mean", call->mean }, { "inverse_std", call->inverse_std }, { "running_mean", call->running_mean },
              { "running_variance", call->running_variance }, { "x", call->x }, { "residual", call->residual },
              { "gamma", call->gamma }, { "beta", call->beta }, { "y", call->y });
  if (status < 0 || (status = eoq_fp32_batchnorm_pass_init(&pass, call->pixels, call->c, call->relu)) < 0)
    return status;
  const size_t length = pass.partition.length;
  float *g, *b, *m, *s, *rm, *rv;
  if ((pass.x = eoq_fp32_data(call->x, length, "x")) == NULL ||
      (call->residual != 0 && (pass.residual = eoq_fp32_data(call->residual, length, "residual")) == NULL) ||
      (g = eoq_fp32_data(call->gamma, call->c, "gamma")) == NULL ||
      (b = eoq_fp32_data(call->beta, call->c, "beta")) == NULL ||
      (pass.result = eoq_fp32_data(call->y, length, "y")) == NULL ||
      (m = eoq_fp32_data(call->mean, call->c, "mean")) == NULL ||
      (s = eoq_fp32_data(call->inverse_std, call->c, "inverse_std")) == NULL ||
      (rm = eoq_fp32_data(call->running_mean, call->c, "running_mean")) == NULL ||
      (rv = eoq_fp32_data(call->running_variance, call->c, "running_variance")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  if ((status = eoq_fp32_batchnorm_pass_reserve(&pass)) < 0) return status;
  eoq_parallel(moments_chunk, &pass, pass.partition.chunks);
  const double *means = pass.sums[0], *squares = pass.sums[1];
  status = eoq_fp32_merge_moments(&pass.partition, pass.partial, pass.sums[0], pass.sums[1]);
  if (status < 0) return status;
  const int64_t pixels = eoq_group_whole(call->pixels);
  for (int32_t k = 0; k < call->c; k++) {
    m[k] = (float)means[k];
    s[k] = eoq_fp32_inverse_std(squares[k] / pixels, call->epsilon);
    const double unbiased = squares[k] / (pixels > 1 ? pixels - 1 : 1);
    rm[k] += call->momentum * (m[k] - rm[k]);
    rv[k] += call->momentum * ((float)unbiased - rv[k]);
    eoq_fp32_set_scale(&pass, k, m[k], g[k] * s[k], b[k]);
    EOQ_FP32_TALLY(3, 4, 0);
    EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 2);
  }
  eoq_parallel(normalize_chunk, &pass, pass.partition.chunks);
  return EOQ_OK;
}

int32_t eoq_fp32_batchnorm_relu_inference(eoq_fp32_batchnorm_relu_inference_call *call) {
  eoq_fp32_batchnorm_pass pass;
  int32_t status = eoq_fp32_batchnorm_pass_init(&pass, call->pixels, call->c, call->relu);
  if (status < 0) return status;
  const size_t length = pass.partition.length;
  const float *g, *b, *rm, *rv;
  if ((pass.x = eoq_fp32_data(call->x, length, "x")) == NULL ||
      (call->residual != 0 && (pass.residual = eoq_fp32_data(call->residual, length, "residual")) == NULL) ||
      (g = eoq_fp32_data(call->gamma, call->c, "gamma")) == NULL ||
      (b = eoq_fp32_data(call->beta, call->c, "beta")) == NULL ||
      (rm = eoq_fp32_data(call->running_mean, call->c, "running_mean")) == NULL ||
      (rv = eoq_fp32_data(call->running_variance, call->c, "running_variance")) == NULL ||
      (pass.result = eoq_fp32_data(call->y, length, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  if ((status = eoq_fp32_batchnorm_pass_reserve(&pass)) < 0) return status;
  for (int32_t k = 0; k < call->c; k++) {
    eoq_fp32_set_scale(&pass, k, rm[k], g[k] * eoq_fp32_inverse_std(rv[k], call->epsilon), b[k]);
    EOQ_FP32_TALLY(1, 0, 0);
  }
  eoq_parallel(normalize_chunk, &pass, pass.partition.chunks);
  return EOQ_OK;
}
