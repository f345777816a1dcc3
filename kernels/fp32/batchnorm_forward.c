/* batchnorm_forward.c: batch normalization with the ReLU that follows it (and
 * the residual sum between them), with the statistics of the batch or, for
 * inference, the running ones. y = relu(x scale + shift + residual) with
 * scale = gamma / std and shift = beta - mean scale. */
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

int32_t eoq_fp32_batchnorm_relu_forward(int32_t x, int32_t residual, int32_t gamma, int32_t beta, int32_t running_mean,
                                        int32_t running_variance, int32_t relu, float momentum, float epsilon,
                                        int32_t y, int32_t mean, int32_t inverse_std, int32_t pixels, int32_t c) {
  eoq_fp32_batchnorm_pass pass;
  int32_t status = EOQ_APART(4, { "mean", mean }, { "inverse_std", inverse_std }, { "running_mean", running_mean },
                             { "running_variance", running_variance }, { "x", x }, { "residual", residual },
                             { "gamma", gamma }, { "beta", beta }, { "y", y });
  if (status < 0 || (status = eoq_fp32_batchnorm_pass_init(&pass, pixels, c, relu)) < 0) return status;
  const size_t length = pass.partition.length;
  float *g, *b, *m, *s, *rm, *rv;
  if ((pass.x = eoq_fp32_data(x, length, "x")) == NULL ||
      (residual != 0 && (pass.residual = eoq_fp32_data(residual, length, "residual")) == NULL) ||
      (g = eoq_fp32_data(gamma, c, "gamma")) == NULL || (b = eoq_fp32_data(beta, c, "beta")) == NULL ||
      (pass.result = eoq_fp32_data(y, length, "y")) == NULL || (m = eoq_fp32_data(mean, c, "mean")) == NULL ||
      (s = eoq_fp32_data(inverse_std, c, "inverse_std")) == NULL ||
      (rm = eoq_fp32_data(running_mean, c, "running_mean")) == NULL ||
      (rv = eoq_fp32_data(running_variance, c, "running_variance")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = eoq_fp32_batchnorm_pass_reserve(&pass)) < 0) return status;
  eoq_parallel(moments_chunk, &pass, pass.partition.chunks);
  const double *means = pass.sums[0], *squares = pass.sums[1];
  eoq_fp32_merge_moments(&pass.partition, pass.partial, pass.sums[0], pass.sums[1]);
  for (int32_t k = 0; k < c; k++) {
    m[k] = (float)means[k];
    s[k] = eoq_fp32_inverse_std(squares[k] / pixels, epsilon);
    const double unbiased = squares[k] / (pixels > 1 ? pixels - 1 : 1);
    rm[k] += momentum * (m[k] - rm[k]);
    rv[k] += momentum * ((float)unbiased - rv[k]);
    eoq_fp32_set_scale(&pass, k, m[k], g[k] * s[k], b[k]);
    EOQ_FP32_TALLY(3, 4, 0);
    EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 2);
  }
  eoq_parallel(normalize_chunk, &pass, pass.partition.chunks);
  return EOQ_OK;
}

int32_t eoq_fp32_batchnorm_relu_inference(int32_t x, int32_t residual, int32_t gamma, int32_t beta,
                                          int32_t running_mean, int32_t running_variance, int32_t relu, float epsilon,
                                          int32_t y, int32_t pixels, int32_t c) {
  eoq_fp32_batchnorm_pass pass;
  int32_t status = eoq_fp32_batchnorm_pass_init(&pass, pixels, c, relu);
  if (status < 0) return status;
  const size_t length = pass.partition.length;
  const float *g, *b, *rm, *rv;
  if ((pass.x = eoq_fp32_data(x, length, "x")) == NULL ||
      (residual != 0 && (pass.residual = eoq_fp32_data(residual, length, "residual")) == NULL) ||
      (g = eoq_fp32_data(gamma, c, "gamma")) == NULL || (b = eoq_fp32_data(beta, c, "beta")) == NULL ||
      (rm = eoq_fp32_data(running_mean, c, "running_mean")) == NULL ||
      (rv = eoq_fp32_data(running_variance, c, "running_variance")) == NULL ||
      (pass.result = eoq_fp32_data(y, length, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = eoq_fp32_batchnorm_pass_reserve(&pass)) < 0) return status;
  for (int32_t k = 0; k < c; k++) {
    eoq_fp32_set_scale(&pass, k, rm[k], g[k] * eoq_fp32_inverse_std(rv[k], epsilon), b[k]);
    EOQ_FP32_TALLY(1, 0, 0);
  }
  eoq_parallel(normalize_chunk, &pass, pass.partition.chunks);
  return EOQ_OK;
}
