/* batchnorm.c: batch normalization with the ReLU that follows it (and the
 * residual sum between them): the checks, and the passes over the pool.
 *
 * The caller's scratch is shared by all threads of a call: LANE_VECTORS lane
 * vectors (a per-channel value repeated to the partition's width), then
 * EOQ_FP32_PARTIALS a chunk.
 */
#include "batchnorm_statistics.h"

typedef struct {
  const eoq_fp32_elementwise *kernel;
  eoq_fp32_partition partition;
  const float *y, *residual;
  float *x, *dy, *result;
  float *lanes, *partial; /* in scratch */
} job;

enum { LANE_VECTORS = 4 };

static int32_t job_init(job *j, int32_t pixels, int32_t c) {
  int32_t status;
  if ((status = eoq_fp32_at_least("pixels", pixels, 1)) < 0 || (status = eoq_fp32_at_least("c", c, 1)) < 0) {
    return status;
  }
  *j = (job){ .kernel = eoq_fp32_selected()->elementwise, .partition = eoq_fp32_partition_of(pixels, c) };
  return EOQ_OK;
}

static int32_t reserve(job *j) {
  const eoq_fp32_partition *p = &j->partition;
  size_t vectors = LANE_VECTORS + EOQ_FP32_PARTIALS * (size_t)p->chunks;
  int32_t status = eoq_scratch_reserve(vectors * p->width * sizeof(float));
  if (status < 0) return status;
  j->lanes = eoq_scratch(0);
  j->partial = j->lanes + LANE_VECTORS * p->width;
  return EOQ_OK;
}

/* Lane vector `index`; lane l belongs to channel l mod c. */
static float *lanes(const job *j, int32_t index) {
  return j->lanes + (size_t)index * j->partition.width;
}

static void fill_lanes(const job *j, int32_t index, size_t channel, float value) {
  float *vector = lanes(j, index);
  for (size_t l = channel; l < j->partition.width; l += j->partition.c) vector[l] = value;
}

static void moments_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_fp32_partition *p = &j->partition;
  float *pivot = eoq_fp32_partial(p, j->partial, item);
  j->kernel->moments(j->x + (size_t)item * p->chunk, eoq_fp32_chunk_length(p, item), p->width, pivot,
                     pivot + p->width, pivot + 2 * p->width);
}

/* Lane vectors: 0 mean, 1 scale, 2 beta. */
static void normalize_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  size_t at = (size_t)item * j->partition.chunk;
  j->kernel->normalize(j->x + at, j->residual == NULL ? NULL : j->residual + at, lanes(j, 0), lanes(j, 1),
                       lanes(j, 2), eoq_fp32_chunk_length(&j->partition, item), j->partition.width,
                       j->result + at);
}

int32_t eoq_fp32_batchnorm_relu_forward(int32_t x, int32_t residual, int32_t gamma, int32_t beta, int32_t y,
                                        int32_t mean, int32_t inverse_std, int32_t running_mean,
                                        int32_t running_variance, int32_t pixels, int32_t c, float momentum,
                                        float epsilon) {
  job j;
  int32_t status = EOQ_APART(4, { "mean", mean }, { "inverse_std", inverse_std }, { "running_mean", running_mean },
                             { "running_variance", running_variance }, { "x", x }, { "residual", residual },
                             { "gamma", gamma }, { "beta", beta }, { "y", y });
  if (status < 0 || (status = job_init(&j, pixels, c)) < 0) return status;
  size_t length = j.partition.length;
  float *g, *b, *m, *s, *rm, *rv;
  if ((j.x = eoq_fp32_data(x, length, "x")) == NULL ||
      (residual != 0 && (j.residual = eoq_fp32_data(residual, length, "residual")) == NULL) ||
      (g = eoq_fp32_data(gamma, c, "gamma")) == NULL || (b = eoq_fp32_data(beta, c, "beta")) == NULL ||
      (j.result = eoq_fp32_data(y, length, "y")) == NULL || (m = eoq_fp32_data(mean, c, "mean")) == NULL ||
      (s = eoq_fp32_data(inverse_std, c, "inverse_std")) == NULL ||
      (rm = eoq_fp32_data(running_mean, c, "running_mean")) == NULL ||
      (rv = eoq_fp32_data(running_variance, c, "running_variance")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = reserve(&j)) < 0) return status;
  eoq_parallel(moments_chunk, &j, j.partition.chunks);
  for (int32_t k = 0; k < c; k++) {
    eoq_fp32_moments whole = eoq_fp32_merge_moments(&j.partition, j.partial, k);
    m[k] = (float)whole.mean;
    s[k] = eoq_fp32_inverse_std(whole.squares / pixels, epsilon);
    double unbiased = whole.squares / (pixels > 1 ? pixels - 1 : 1);
    rm[k] += momentum * (m[k] - rm[k]);
    rv[k] += momentum * ((float)unbiased - rv[k]);
    fill_lanes(&j, 0, k, m[k]);
    fill_lanes(&j, 1, k, g[k] * s[k]);
    fill_lanes(&j, 2, k, b[k]);
  }
  eoq_parallel(normalize_chunk, &j, j.partition.chunks);
  return EOQ_OK;
}

int32_t eoq_fp32_batchnorm_relu_inference(int32_t x, int32_t residual, int32_t gamma, int32_t beta,
                                          int32_t running_mean, int32_t running_variance, int32_t y, int32_t pixels,
                                          int32_t c, float epsilon) {
  job j;
  int32_t status = job_init(&j, pixels, c);
  if (status < 0) return status;
  size_t length = j.partition.length;
  const float *g, *b, *rm, *rv;
  if ((j.x = eoq_fp32_data(x, length, "x")) == NULL ||
      (residual != 0 && (j.residual = eoq_fp32_data(residual, length, "residual")) == NULL) ||
      (g = eoq_fp32_data(gamma, c, "gamma")) == NULL || (b = eoq_fp32_data(beta, c, "beta")) == NULL ||
      (rm = eoq_fp32_data(running_mean, c, "running_mean")) == NULL ||
      (rv = eoq_fp32_data(running_variance, c, "running_variance")) == NULL ||
      (j.result = eoq_fp32_data(y, length, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = reserve(&j)) < 0) return status;
  for (int32_t k = 0; k < c; k++) {
    fill_lanes(&j, 0, k, rm[k]);
    fill_lanes(&j, 1, k, g[k] * eoq_fp32_inverse_std(rv[k], epsilon));
    fill_lanes(&j, 2, k, b[k]);
  }
  eoq_parallel(normalize_chunk, &j, j.partition.chunks);
  return EOQ_OK;
}

/* Lane vector 0 is the mean. */
static void mask_and_sum_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_fp32_partition *p = &j->partition;
  size_t at = (size_t)item * p->chunk;
  float *sum = eoq_fp32_partial(p, j->partial, item);
  j->kernel->mask_and_sum(j->dy + at, j->y + at, j->x + at, lanes(j, 0), eoq_fp32_chunk_length(p, item), p->width,
                          sum, sum + p->width);
}

/* Lane vectors: 0 mean, 1 scale, 2 offset, 3 slope. */
static void input_gradient_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  size_t at = (size_t)item * j->partition.chunk;
  j->kernel->input_gradient(j->dy + at, j->x + at, lanes(j, 0), lanes(j, 1), lanes(j, 2), lanes(j, 3),
                            eoq_fp32_chunk_length(&j->partition, item), j->partition.width);
}

/* With xhat = (x - mean) s and m pixels:
 * dx = gamma s (dy - sum(dy) / m - xhat sum(dy xhat) / m). */
int32_t eoq_fp32_batchnorm_relu_backward(int32_t dy, int32_t y, int32_t x, int32_t gamma, int32_t mean,
                                         int32_t inverse_std, int32_t dgamma, int32_t dbeta, int32_t pixels,
                                         int32_t c) {
  job j;
  int32_t status = EOQ_APART(4, { "dy", dy }, { "x", x }, { "dgamma", dgamma }, { "dbeta", dbeta }, { "y", y },
                             { "gamma", gamma }, { "mean", mean }, { "inverse_std", inverse_std });
  if (status < 0 || (status = job_init(&j, pixels, c)) < 0) return status;
  size_t length = j.partition.length;
  const float *g, *m, *s;
  float *dg, *db;
  if ((j.dy = eoq_fp32_data(dy, length, "dy")) == NULL || (j.y = eoq_fp32_data(y, length, "y")) == NULL ||
      (j.x = eoq_fp32_data(x, length, "x")) == NULL || (g = eoq_fp32_data(gamma, c, "gamma")) == NULL ||
      (m = eoq_fp32_data(mean, c, "mean")) == NULL ||
      (s = eoq_fp32_data(inverse_std, c, "inverse_std")) == NULL ||
      (dg = eoq_fp32_data(dgamma, c, "dgamma")) == NULL || (db = eoq_fp32_data(dbeta, c, "dbeta")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = reserve(&j)) < 0) return status;
  for (int32_t k = 0; k < c; k++) fill_lanes(&j, 0, k, m[k]);
  eoq_parallel(mask_and_sum_chunk, &j, j.partition.chunks);
  for (int32_t k = 0; k < c; k++) {
    double sum = eoq_fp32_merge_sums(&j.partition, j.partial, 0, k);
    double product = eoq_fp32_merge_sums(&j.partition, j.partial, 1, k) * s[k];
    db[k] = (float)sum;
    dg[k] = (float)product;
    fill_lanes(&j, 1, k, g[k] * s[k]);
    fill_lanes(&j, 2, k, (float)(sum / pixels));
    fill_lanes(&j, 3, k, (float)(product * s[k] / pixels));
  }
  eoq_parallel(input_gradient_chunk, &j, j.partition.chunks);
  return EOQ_OK;
}
